//! How one layer's light lands on the light beneath it.
//!
//! Levels are linear and lie in `0.0..=1.0`, going in and coming out.  At opacity 0 every mode returns the base
//! untouched, so a cue can fade in from nothing under any of them.

use serde::{Deserialize, Serialize};

use crate::engine::units::Rgb;

/// Stored in scores by these names: add variants freely, never rename one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlendMode {
    #[default]
    Replace,
    Add,
    Subtract,
    Multiply,
    Screen,
    Max,
    Lighten,
    Min,
    Value,
}

impl BlendMode {
    pub const ALL: [Self; 9] =
        [Self::Replace, Self::Add, Self::Subtract, Self::Multiply, Self::Screen, Self::Max, Self::Lighten, Self::Min, Self::Value];

    /// Lays `top` over `base`, then fades the result in by `opacity`.
    #[inline(always)]
    pub fn over(self, base: f32, top: f32, opacity: f32) -> f32 {
        base + (self.full(base, top) - base) * opacity
    }

    #[inline(always)]
    pub fn full(self, base: f32, top: f32) -> f32 {
        match self {
            Self::Replace => top,
            Self::Add => (base + top).min(1.0),
            Self::Subtract => (base - top).max(0.0),
            Self::Multiply => base * top,
            Self::Screen => base + top - base * top,
            Self::Max | Self::Lighten => base.max(top), // two stored names, one rule
            Self::Min => base.min(top),
            Self::Value => top * top + base * (1.0 - top),
        }
    }

    /// Colours blend by channel; in `Value` mode the top's luminance is its opacity.
    #[inline(always)]
    pub fn color(self, base: Rgb, top: Rgb) -> Rgb {
        let [r, g, b] = top.0;
        if self == Self::Value {
            let luminance = (0.2126 * r + 0.7152 * g + 0.0722 * b).clamp(0.0, 1.0); // Rec. 709 weights
            let mix = |base: f32, top: f32| top * luminance + base * (1.0 - luminance);
            return Rgb([mix(base.0[0], r), mix(base.0[1], g), mix(base.0[2], b)]);
        }
        Rgb([self.full(base.0[0], r), self.full(base.0[1], g), self.full(base.0[2], b)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_keeps_to_the_range_and_vanishes_at_zero_opacity() {
        for mode in BlendMode::ALL {
            for (base, top) in [(0.0, 1.0), (0.25, 0.5), (1.0, 0.0), (1.0, 1.0)] {
                assert!((0.0..=1.0).contains(&mode.over(base, top, 1.0)), "{mode:?} of {top} on {base}");
                assert_eq!(mode.over(base, top, 0.0), base, "{mode:?} of {top} on {base}");
            }
        }
    }

    #[test]
    fn each_mode_follows_its_formula() {
        use BlendMode::*;
        for (mode, want) in [
            (Replace, 0.5),
            (Add, 0.75),
            (Subtract, 0.0),
            (Multiply, 0.125),
            (Screen, 0.625),
            (Max, 0.5),
            (Lighten, 0.5),
            (Min, 0.25),
            (Value, 0.375),
        ] {
            assert!((mode.full(0.25, 0.5) - want).abs() < 1e-6, "{mode:?}");
        }
    }

    #[test]
    fn names_in_files_stay_what_they_are() {
        let names: Vec<String> = BlendMode::ALL.iter().map(|mode| serde_json::to_string(mode).unwrap()).collect();
        assert_eq!(names.join(" "), r#""replace" "add" "subtract" "multiply" "screen" "max" "lighten" "min" "value""#);
    }
}
