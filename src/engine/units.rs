//! Small value types that own their ranges: colour, DMX channel pairs, the window of a frame.
//!
//! Seconds are `f64` counted from the start of the track, levels `f32` in `0.0..=1.0`, angles degrees at every
//! edge; names say so (`_secs`, `_deg`) where a type does not.

use serde::{Deserialize, Serialize};

/// A level brought into `0.0..=1.0`; NaN is 0.
#[inline(always)]
pub fn unit(level: f32) -> f32 {
    if level > 0.0 { level.min(1.0) } else { 0.0 }
}

/// Linear RGB, each channel in `0.0..=1.0`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rgb(pub [f32; 3]);

impl Rgb {
    pub const WHITE: Self = Self([1.0; 3]);
    pub const BLACK: Self = Self([0.0; 3]);

    /// Reads `#rrggbb` or `#rrggbbaa` (alpha is returned apart, 1 when absent).  Bytes are taken as linear levels.
    pub fn from_hex(text: &str) -> Option<(Self, f32)> {
        let digits = text.trim().strip_prefix('#')?;
        if !(digits.len() == 6 || digits.len() == 8) || !digits.is_ascii() {
            return None;
        }
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok().map(|value| f32::from(value) / 255.0);
        let alpha = if digits.len() == 8 { byte(6)? } else { 1.0 };
        Some((Self([byte(0)?, byte(2)?, byte(4)?]), alpha))
    }

    /// The largest channel: the colour's value in the HSV sense.
    pub fn value(self) -> f32 {
        self.0[0].max(self.0[1]).max(self.0[2])
    }

    /// Hue in turns (`0.0..1.0`), saturation and value to RGB.
    pub fn from_hsv(hue_turns: f32, saturation: f32, value: f32) -> Self {
        let sector = hue_turns.rem_euclid(1.0) * 6.0;
        let channel = |shift: f32| {
            let k = (shift + sector).rem_euclid(6.0);
            value * (1.0 - saturation * k.min(4.0 - k).clamp(0.0, 1.0))
        };
        Self([channel(5.0), channel(3.0), channel(1.0)])
    }

    /// Hue in turns, saturation, value; hue 0 for greys.
    pub fn to_hsv(self) -> (f32, f32, f32) {
        let [r, g, b] = self.0;
        let max = self.value();
        let span = max - r.min(g).min(b);
        if span <= f32::EPSILON || max <= 0.0 {
            return (0.0, 0.0, max.max(0.0));
        }
        let sector = if max == r {
            ((g - b) / span).rem_euclid(6.0)
        } else if max == g {
            (b - r) / span + 2.0
        } else {
            (r - g) / span + 4.0
        };
        (sector / 6.0, span / max, max)
    }
}

/// The span of show time that one frame stands for: `(from, to]`, in seconds of the track.
///
/// After a seek, a start or a stop `from == to`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    pub from: f64,
    pub to: f64,
}

impl Window {
    pub fn instant(at_secs: f64) -> Self {
        Self { from: at_secs, to: at_secs }
    }

    /// The window of `length_secs` that ends at `to`.
    pub fn ending(to: f64, length_secs: f64) -> Self {
        Self { from: to - length_secs.max(0.0), to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_colours_are_read_and_nonsense_is_not() {
        assert_eq!(Rgb::from_hex("#ff0000"), Some((Rgb([1.0, 0.0, 0.0]), 1.0)));
        assert_eq!(Rgb::from_hex("#00ff0000"), Some((Rgb([0.0, 1.0, 0.0]), 0.0)));
        for bad in ["", "#", "ff0000", "#ff00", "#gg0000", "#ffé00"] {
            assert_eq!(Rgb::from_hex(bad), None, "{bad}");
        }
    }

    #[test]
    fn levels_come_into_range_whatever_they_are() {
        for (level, want) in [(0.3, 0.3), (-1.0, 0.0), (7.0, 1.0), (f32::NAN, 0.0), (f32::INFINITY, 1.0)] {
            assert_eq!(unit(level), want);
        }
    }

    #[test]
    fn hsv_and_rgb_agree_both_ways() {
        for hue in [0.0, 0.1, 0.35, 0.5, 0.77, 0.95] {
            let (h, s, v) = Rgb::from_hsv(hue, 0.8, 0.6).to_hsv();
            assert!((h - hue).abs() < 1e-4 && (s - 0.8).abs() < 1e-4 && (v - 0.6).abs() < 1e-4, "{hue}: {h} {s} {v}");
        }
    }
}
