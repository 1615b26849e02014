//! What performers hold right now.  Plain data: it is handed to the output thread as a whole, newest wins.
//!
//! In the order in which it acts: programmer, group masters, grand master, strobe kill, strobe cap, highest dimmer,
//! freeze, blackout.

use std::sync::Arc;

use super::rig::HeadIdx;
use super::units::{Rgb, Window};

/// Everything above the score that is not in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// Manual values, one entry a head, by rising head.
    pub programmer: Vec<(HeadIdx, Manual)>,
    /// Index in [`super::Rig::groups`] and level: a head in several groups is scaled by each.
    pub group_masters: Vec<(u32, f32)>,
    /// `0.0..=1.0`, scales every dimmer.
    pub grand_master: f32,
    /// No head strobes.
    pub strobe_kill: bool,
    /// No head strobes faster than this.
    pub strobe_cap_hz: Option<f32>,
    /// No dimmer goes above this.
    pub max_dimmer: f32,
    /// The look that is held instead of what would be shown.
    pub freeze: Option<Arc<Frozen>>,
    /// Intensity to zero, nothing else; wins over everything.
    pub blackout: bool,
}

/// A look to hold: the window it was seen in and what was held then.
#[derive(Clone, Debug, PartialEq)]
pub struct Frozen {
    pub window: Window,
    pub live: Live,
}

/// What the programmer says of one head; `None` leaves it to the score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Manual {
    pub dimmer: Option<f32>,
    pub color: Option<Rgb>,
    pub strobe: Option<f32>,
    /// Degrees from home.
    pub pan_deg: Option<f32>,
    pub tilt_deg: Option<f32>,
    /// In the order of [`super::frame::BeamValue::ALL`].
    pub beam: [Option<f32>; 7],
}

impl Default for Live {
    fn default() -> Self {
        Self {
            programmer: Vec::new(),
            group_masters: Vec::new(),
            grand_master: 1.0,
            strobe_kill: false,
            strobe_cap_hz: None,
            max_dimmer: 1.0,
            freeze: None,
            blackout: false,
        }
    }
}

impl Live {
    /// The same, holding the look of `window` from now on.  Freezing what is frozen changes nothing.
    pub fn frozen_at(&self, window: Window) -> Self {
        let freeze = self.freeze.clone().unwrap_or_else(|| Arc::new(Frozen { window, live: self.clone() }));
        Self { freeze: Some(freeze), ..self.clone() }
    }
}
