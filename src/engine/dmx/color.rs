//! A colour on the emitters that a head has.
//!
//! White (or the nearest to it) takes the part that red, green and blue share; amber, lime, indigo and UV take what lies
//! between their neighbours.  Subtractive flags filter the complement.

use crate::engine::rig::kind::Emitter;
use crate::engine::units::Rgb;

/// Which emitters a head has, as bits by [`Emitter`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmitterSet(u16);

impl EmitterSet {
    pub fn of(emitters: impl IntoIterator<Item = Emitter>) -> Self {
        Self(emitters.into_iter().fold(0, |bits, emitter| bits | 1 << emitter as u16))
    }

    pub fn has(self, emitter: Emitter) -> bool {
        self.0 & (1 << emitter as u16) != 0
    }
}

/// The level of one emitter for a colour.
pub fn level(set: EmitterSet, emitter: Emitter, color: Rgb) -> f32 {
    let [mut r, mut g, mut b] = color.0;
    match emitter {
        Emitter::Cyan => return 1.0 - r,
        Emitter::Magenta => return 1.0 - g,
        Emitter::Yellow => return 1.0 - b,
        _ => {}
    }
    let whites = [Emitter::White, Emitter::WarmWhite];
    let white = r.min(g).min(b);
    let n_whites = whites.into_iter().filter(|&white| set.has(white)).count();
    if n_whites > 0 {
        if whites.contains(&emitter) {
            return white;
        }
        (r, g, b) = (r - white, g - white, b - white);
    }
    // Amber stands at hue 30°, lime at 75°, indigo at 255°, UV at 275°: each takes the mix of the two primaries around
    // it, as far as it has both, in the proportion it has itself.
    if set.has(Emitter::Amber) {
        let amber = r.min(2.0 * g);
        if emitter == Emitter::Amber {
            return amber;
        }
        (r, g) = (r - amber, g - amber / 2.0);
    }
    if set.has(Emitter::Lime) {
        let lime = g.min(r / 0.75);
        if emitter == Emitter::Lime {
            return lime;
        }
        (r, g) = (r - lime * 0.75, g - lime);
    }
    for (violet, red_share) in [(Emitter::Indigo, 0.25), (Emitter::Uv, 0.58)] {
        if set.has(violet) {
            let level = b.min(r / red_share);
            if emitter == violet {
                return level;
            }
            (r, b) = (r - level * red_share, b - level);
        }
    }
    match emitter {
        Emitter::Red => r,
        Emitter::Green => g,
        Emitter::Blue => b,
        // Whites alone, without red, green and blue to share with, were answered above.
        _ => 0.0,
    }
    .clamp(0.0, 1.0)
}

/// How different two colours look: squared distance in CIE 1976 u'v' chromaticity, and some of the difference in lightness.
pub fn difference(a: Rgb, b: Rgb) -> f32 {
    let chroma = |rgb: Rgb| {
        let [r, g, b] = rgb.0;
        let x = 0.4124 * r + 0.3576 * g + 0.1805 * b;
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let z = 0.0193 * r + 0.1192 * g + 0.9505 * b;
        let sum = (x + 15.0 * y + 3.0 * z).max(1e-6);
        (4.0 * x / sum, 9.0 * y / sum, y)
    };
    let ((u1, v1, y1), (u2, v2, y2)) = (chroma(a), chroma(b));
    (u1 - u2).powi(2) + (v1 - v2).powi(2) + 0.002 * (y1 - y2).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Emitter::*;

    fn levels(emitters: &[Emitter], color: [f32; 3]) -> Vec<f32> {
        let set = EmitterSet::of(emitters.iter().copied());
        emitters.iter().map(|&emitter| (level(set, emitter, Rgb(color)) * 100.0).round() / 100.0).collect()
    }

    #[test]
    fn each_set_of_emitters_shares_a_colour_among_itself() {
        for (emitters, color, want) in [
            (vec![Red, Green, Blue], [1.0, 0.5, 0.2], vec![1.0, 0.5, 0.2]),
            (vec![Red, Green, Blue, White], [1.0, 0.5, 0.2], vec![0.8, 0.3, 0.0, 0.2]),
            (vec![Red, Green, Blue, White], [1.0, 1.0, 1.0], vec![0.0, 0.0, 0.0, 1.0]),
            (vec![Red, Green, Blue, Amber], [1.0, 0.5, 0.0], vec![0.0, 0.0, 0.0, 1.0]),
            (vec![Red, Green, Blue, Uv], [0.0, 0.0, 1.0], vec![0.0, 0.0, 1.0, 0.0]),
            (vec![Cyan, Magenta, Yellow], [1.0, 0.25, 0.0], vec![0.0, 0.75, 1.0]),
            (vec![White], [0.3, 0.3, 0.3], vec![0.3]),
        ] {
            assert_eq!(levels(&emitters, color), want, "{emitters:?}");
        }
    }

    #[test]
    fn red_is_nearer_to_orange_than_to_blue() {
        let red = Rgb([1.0, 0.0, 0.0]);
        assert!(difference(red, Rgb([1.0, 0.5, 0.0])) < difference(red, Rgb([0.0, 0.0, 1.0])));
    }
}
