//! What counts as a flash, for whoever counts them: the report of lint and the strobe guard.
//!
//! After the general flash of WCAG 2.3.1: a pair of opposing changes in luminance by a tenth of full or more, the darker
//! side of which lies below 0.8 of full.  A head's dimmer stands for its luminance, and each head is looked at by itself:
//! a chase that passes over a rig is many slow flashes, not one fast one.

/// Windows a second, as on the wire.
pub(super) const TICKS_PER_SEC: f64 = 44.0;
/// How far the level rises in a flash, and falls.
pub(super) const SWING: f32 = 0.1;
/// Where the darker side is brighter than this nothing flashes.
const DARKER: f32 = 0.8;

/// The dark before a flash.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trough {
    pub(super) level: f32,
    /// Numbers of the first and the last sample at that level.
    pub(super) first: u32,
    pub(super) last: u32,
}

/// Follows the level of one head from turn to turn, out of the dark.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Swings {
    up: bool,
    /// The highest level since the flash began, or the lowest since it ended.
    turn: f32,
    first: u32,
    last: u32,
}

impl Swings {
    /// Takes the next sample, by its number; where a flash begins with it, the dark before.
    pub(super) fn take(&mut self, at: u32, level: f32) -> Option<Trough> {
        if self.up {
            self.turn = self.turn.max(level);
            if level <= self.turn - SWING {
                *self = Self { up: false, turn: level, first: at, last: at };
            }
            return None;
        }
        if level < self.turn {
            (self.turn, self.first, self.last) = (level, at, at);
        } else if level == self.turn {
            self.last = at;
        } else if level >= self.turn + SWING && self.turn < DARKER {
            let trough = Trough { level: self.turn, first: self.first, last: self.last };
            (self.up, self.turn) = (true, level);
            return Some(trough);
        }
        None
    }

    /// The dark since the last flash; `None` while the light is up.
    pub(super) fn trough(&self) -> Option<Trough> {
        (!self.up).then_some(Trough { level: self.turn, first: self.first, last: self.last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flashes(levels: &[f32]) -> usize {
        let mut swings = Swings::default();
        levels.iter().enumerate().filter(|(at, level)| swings.take(*at as u32, **level).is_some()).count()
    }

    #[test]
    fn a_flash_is_a_rise_of_a_tenth_out_of_the_dark() {
        for (levels, want) in [
            (vec![0.0, 1.0, 0.0, 1.0, 0.0], 2),
            (vec![1.0, 1.0, 1.0], 1),
            (vec![1.0, 0.0, 1.0], 2),
            (vec![0.5, 0.55, 0.5, 0.58], 1),
            (vec![0.5, 0.61, 0.5, 0.61], 2),
            (vec![0.0, 0.04, 0.08, 0.12, 0.2, 0.3], 1),
            (vec![1.0, 0.85, 1.0, 0.85, 1.0], 1),
            (vec![1.0, 0.79, 1.0], 2),
        ] {
            assert_eq!(flashes(&levels), want, "{levels:?}");
        }
    }

    #[test]
    fn the_dark_before_a_flash_is_told_with_its_first_and_last_sample() {
        let mut swings = Swings::default();
        assert!(swings.take(0, 1.0).is_some());
        for (at, level) in [(1, 0.3), (2, 0.2), (3, 0.25), (4, 0.2)] {
            assert_eq!(swings.take(at, level), None);
        }
        assert_eq!(swings.take(5, 0.9), Some(Trough { level: 0.2, first: 2, last: 4 }));
        assert_eq!(swings.trough(), None);
    }
}
