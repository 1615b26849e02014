//! The instants at which nodes that must know their whole range look at their input.

/// Evenly spaced instants from an annotation's start to its end, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Looks {
    start: f64,
    span: f64,
    /// Steps; one instant more.
    n: u32,
}

impl Looks {
    pub(super) fn new(start: f64, span: f64, n: u32) -> Self {
        Self { start, span: span.max(f64::MIN_POSITIVE), n: n.max(1) }
    }

    /// Number of the last look, the annotation's end.
    pub fn last(self) -> u32 {
        self.n
    }

    pub fn secs(self, look: u32) -> f64 {
        self.start + self.span * f64::from(look) / f64::from(self.n)
    }

    /// Seconds between two looks.
    pub fn step_secs(self) -> f64 {
        self.span / f64::from(self.n)
    }

    /// The look whose instant this is.
    pub fn nearest(self, secs: f64) -> u32 {
        ((secs - self.start) / self.step_secs()).round().clamp(0.0, f64::from(self.n)) as u32
    }

    /// The look at or before an instant, one short of the last at most, so that another follows; and how far it is to that
    /// one, `0.0..=1.0`.
    pub fn place(self, secs: f64) -> (u32, f32) {
        let place = ((secs - self.start) / self.step_secs()).clamp(0.0, f64::from(self.n));
        let look = (place as u32).min(self.n - 1);
        (look, (place - f64::from(look)).clamp(0.0, 1.0) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_lies_between_its_look_and_the_next() {
        let looks = Looks::new(2.0, 1.0, 4);
        for (secs, place) in [(1.0, (0, 0.0)), (2.0, (0, 0.0)), (2.125, (0, 0.5)), (2.25, (1, 0.0)), (3.0, (3, 1.0)), (9.0, (3, 1.0))] {
            assert_eq!(looks.place(secs), place, "{secs}");
        }
        assert_eq!((looks.secs(0), looks.secs(3), looks.secs(looks.last())), (2.0, 2.75, 3.0));
    }
}
