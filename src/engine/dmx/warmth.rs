//! A colour on a lamp whose white runs from one temperature to another.
//!
//! Colours and temperatures are compared as levels of red, green and blue, the largest of them full: in these, unlike in
//! u'v', a small step of a colour is a small step everywhere, deep red included.  A temperature is answered by itself, one
//! beyond the lamp's ends by the nearer end, and what is no temperature by white - the further from all of them, the more,
//! so that nothing jumps on the way from one to the other.

use super::chroma;
use crate::engine::units::{Rgb, unit};

/// Pieces that the line of temperatures is made of.
const N_PIECES: usize = 28;
/// Distances from all temperatures up to which a colour counts as one, and from which on it is none.
const NEAR: (f32, f32) = (0.05, 0.4);
const WHITE_K: f32 = 6500.0;
/// Ends of the line of temperatures, in 1/MK: steps of these look alike everywhere.
const MIREDS: (f32, f32) = (40.0, 600.0);

type Line = [[f32; 3]; N_PIECES + 1];

#[derive(Clone, Debug)]
pub(super) struct Warmth {
    /// Kelvins at the lamp's two ends.
    ends: (f32, f32),
    /// Colours of all temperatures, in equal steps.
    line: Line,
}

impl Warmth {
    /// Of a lamp with these kelvins at its two ends.
    pub(super) fn new(ends: (f32, f32)) -> Self {
        Self { ends, line: std::array::from_fn(|at| chroma::of_kelvin(kelvin(at as f32 / N_PIECES as f32)).0) }
    }

    /// Where between its ends a colour lies, `0.0..=1.0`.
    pub(super) fn of(&self, color: Rgb) -> f32 {
        let value = color.value();
        let white = self.along(WHITE_K);
        if value <= 0.0 || !value.is_finite() {
            return white;
        }
        let (share, off) = nearest(&self.line, color.0.map(|level| level.max(0.0) / value));
        let counts = 1.0 - unit((off - NEAR.0) / (NEAR.1 - NEAR.0));
        white + (self.along(kelvin(share)) - white) * counts
    }

    fn along(&self, kelvin: f32) -> f32 {
        let (from, to) = self.ends;
        if from == to { 0.0 } else { unit((kelvin - from) / (to - from)) }
    }
}

fn kelvin(share: f32) -> f32 {
    1e6 / (MIREDS.0 + (MIREDS.1 - MIREDS.0) * share)
}

/// Where on a line the nearest point to a colour is, `0.0..=1.0`, and how far off.
fn nearest(line: &Line, color: [f32; 3]) -> (f32, f32) {
    let mut best = (0.0, f32::MAX);
    for (at, piece) in line.windows(2).enumerate() {
        let along: [f32; 3] = std::array::from_fn(|axis| piece[1][axis] - piece[0][axis]);
        let from: [f32; 3] = std::array::from_fn(|axis| color[axis] - piece[0][axis]);
        let dot = |a: [f32; 3], b: [f32; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        let length = dot(along, along);
        let share = if length > 0.0 { unit(dot(along, from) / length) } else { 0.0 };
        let off: [f32; 3] = std::array::from_fn(|axis| from[axis] - along[axis] * share);
        let off = dot(off, off);
        if off < best.1 {
            best = ((at as f32 + share) / N_PIECES as f32, off);
        }
    }
    (best.0, best.1.sqrt())
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

        /// A step of a 200th of the way between any two colours moves no channel by more than 16 of 200.
        #[test]
        fn nothing_jumps_while_the_colour_moves(
            ends in prop::sample::select(vec![(6500.0, 2500.0), (2700.0, 6500.0), (3200.0, 5600.0), (6500.0, 4000.0)]),
            from in prop::array::uniform3(prop_oneof![2 => 0.0f32..=1.0, 1 => Just(0.0f32), 1 => Just(1.0f32)]),
            to in prop::array::uniform3(prop_oneof![2 => 0.0f32..=1.0, 1 => Just(0.0f32), 1 => Just(1.0f32)]),
        ) {
            let warmth = Warmth::new(ends);
            let at = |step: usize| Rgb(std::array::from_fn(|axis| from[axis] + (to[axis] - from[axis]) * step as f32 / 200.0));
            // Towards black any hue is near any other.
            prop_assume!((0..=200).all(|step| at(step).value() > 0.25));
            for step in 0..200 {
                let (before, after) = (warmth.of(at(step)), warmth.of(at(step + 1)));
                prop_assert!((after - before).abs() <= 16.0 / 200.0, "{:?}: {before} then {after} at {:?}", ends, at(step));
            }
        }
    }
}
