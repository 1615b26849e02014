//! What performers hold right now.  Plain data: it is copied to the output thread as a whole, newest wins.

/// Everything above the score that is not in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// `0.0..=1.0`, scales every dimmer.
    pub grand_master: f32,
    /// Intensity to zero, nothing else; wins over everything.
    pub blackout: bool,
}

impl Default for Live {
    fn default() -> Self {
        Self { grand_master: 1.0, blackout: false }
    }
}
