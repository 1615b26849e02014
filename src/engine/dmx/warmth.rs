//! A colour on a lamp whose white runs from one temperature to another.
//!
//! Temperatures are told apart by how much more red than blue there is, as shares of the largest level: that falls without a
//! turn from candle light to the sky, and a small step of a colour is a small step of it, deep red included.  A temperature
//! beyond the lamp's ends is answered by the nearer end, and what is no temperature, since it has another share of green, by
//! white - the further from all of them, the more, so that nothing jumps on the way from one to the other.

use super::chroma;
use crate::engine::units::{Rgb, unit};

/// Pieces that the line of temperatures is made of.
const N_PIECES: usize = 24;
/// Its ends in 1/MK, of which equal steps look alike; below 1920 K there is no blue left to tell by.
const MIREDS: (f32, f32) = (40.0, 520.0);
/// Distances in green up to which a colour counts as a temperature, and from which on it is none.
const NEAR: (f32, f32) = (0.05, 0.5);
const WHITE_K: f32 = 6500.0;

/// A temperature as shares of the largest level.
#[derive(Clone, Copy, Debug, Default)]
struct Point {
    /// Red less blue; rises along the line.
    warm: f32,
    green: f32,
    kelvin: f32,
}

#[derive(Clone, Debug)]
pub(super) struct Warmth {
    /// Kelvins at the lamp's two ends.
    ends: (f32, f32),
    line: [Point; N_PIECES + 1],
}

impl Warmth {
    /// Of a lamp with these kelvins at its two ends.
    pub(super) fn new(ends: (f32, f32)) -> Self {
        let point = |at: usize| {
            let kelvin = 1e6 / (MIREDS.0 + (MIREDS.1 - MIREDS.0) * at as f32 / N_PIECES as f32);
            let [r, g, b] = chroma::of_kelvin(kelvin).0;
            Point { warm: r - b, green: g, kelvin }
        };
        Self { ends, line: std::array::from_fn(point) }
    }

    /// Where between its ends a colour lies, `0.0..=1.0`.
    pub(super) fn of(&self, color: Rgb) -> f32 {
        let (value, white) = (color.value(), self.along(WHITE_K));
        if value <= 0.0 || !value.is_finite() {
            return white;
        }
        let [r, g, b] = color.0.map(|level| level.max(0.0) / value);
        let nearest = self.at(r - b);
        let counts = 1.0 - unit(((g - nearest.green).abs() - NEAR.0) / (NEAR.1 - NEAR.0));
        white + (self.along(nearest.kelvin) - white) * counts
    }

    /// What the lamp shows so far along.
    pub(super) fn color(&self, along: f32) -> Rgb {
        chroma::of_kelvin(self.ends.0 + (self.ends.1 - self.ends.0) * along)
    }

    /// The temperature that is as warm.
    fn at(&self, warm: f32) -> Point {
        let after = self.line.partition_point(|point| point.warm < warm).clamp(1, N_PIECES);
        let (from, to) = (self.line[after - 1], self.line[after]);
        let share = unit((warm - from.warm) / (to.warm - from.warm));
        let between = |from: f32, to: f32| from + (to - from) * share;
        Point { warm, green: between(from.green, to.green), kelvin: between(from.kelvin, to.kelvin) }
    }

    fn along(&self, kelvin: f32) -> f32 {
        let (from, to) = self.ends;
        if from == to { 0.0 } else { unit((kelvin - from) / (to - from)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn temperatures_are_themselves_and_other_colours_white() {
        for (ends, kelvin, wanted) in [
            ((6500.0, 2500.0), 4500.0, 0.5),
            ((2700.0, 6500.0), 3650.0, 0.25),
            ((6500.0, 4000.0), 2000.0, 1.0),
            ((6500.0, 4000.0), 12_000.0, 0.0),
            ((10_000.0, 2000.0), 8000.0, 0.25),
        ] {
            let found = Warmth::new(ends).of(chroma::of_kelvin(kelvin));
            assert!((found - wanted).abs() < 0.01, "{kelvin} K between {ends:?} is {found}");
        }
        for color in [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0], [0.0; 3]] {
            assert_eq!(Warmth::new((2700.0, 6500.0)).of(Rgb(color)), 1.0, "{color:?}");
        }
        assert_eq!(Warmth::new((5600.0, 5600.0)).of(chroma::of_kelvin(3000.0)), 0.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

        /// A step of a 200th of the way between any two colours, while they are brighter than half, moves no channel by more than 16 of 200.
        #[test]
        fn nothing_jumps_while_the_colour_moves(
            ends in prop::sample::select(vec![(6500.0, 2500.0), (2700.0, 6500.0), (3200.0, 5600.0), (6500.0, 4000.0)]),
            from in prop::array::uniform3(prop_oneof![2 => 0.0f32..=1.0, 1 => Just(0.0f32), 1 => Just(1.0f32)]),
            to in prop::array::uniform3(prop_oneof![2 => 0.0f32..=1.0, 1 => Just(0.0f32), 1 => Just(1.0f32)]),
        ) {
            let warmth = Warmth::new(ends);
            let at = |step: usize| Rgb(std::array::from_fn(|axis| from[axis] + (to[axis] - from[axis]) * step as f32 / 200.0));
            // Towards black any hue is near any other, and the same step of levels a larger one of colour.
            for step in (0..200).filter(|&step| at(step).value() > 0.5) {
                let (before, after) = (warmth.of(at(step)), warmth.of(at(step + 1)));
                prop_assert!((after - before).abs() <= 16.0 / 200.0, "{:?}: {before} then {after} at {:?}", ends, at(step));
            }
        }
    }
}
