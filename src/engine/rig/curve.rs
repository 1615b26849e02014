//! How a fixture's level answers to the level asked for: the curve and the ceiling that people set at the patch.

use serde::{Deserialize, Serialize};

/// Persisted by these names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DimmerCurve {
    #[default]
    Linear,
    /// Fine at the dark end.
    Square,
    /// Fine at both ends.
    SCurve,
    /// Fine at the bright end.
    InverseSquare,
}

impl DimmerCurve {
    pub const ALL: [Self; 4] = [Self::Linear, Self::Square, Self::SCurve, Self::InverseSquare];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Square => "square",
            Self::SCurve => "s_curve",
            Self::InverseSquare => "inverse_square",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.name() == name)
    }

    /// `0.0..=1.0` to `0.0..=1.0`; both ends stay where they are, and more never becomes less.
    pub fn apply(self, level: f32) -> f32 {
        match self {
            Self::Linear => level,
            Self::Square => level * level,
            Self::SCurve => level * level * (3.0 - 2.0 * level),
            Self::InverseSquare => level * (2.0 - level),
        }
    }

    /// The level that [`Self::apply`] makes this one of.
    pub fn invert(self, level: f32) -> f32 {
        let level = level.clamp(0.0, 1.0);
        match self {
            Self::Linear => level,
            Self::Square => level.sqrt(),
            Self::SCurve => 0.5 - ((1.0 - 2.0 * level).asin() / 3.0).sin(),
            Self::InverseSquare => 1.0 - (1.0 - level).sqrt(),
        }
    }
}

/// Curve and ceiling together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Response {
    pub curve: DimmerCurve,
    pub max: f32,
}

impl Default for Response {
    fn default() -> Self {
        Self { curve: DimmerCurve::Linear, max: 1.0 }
    }
}

impl Response {
    pub fn is_plain(self) -> bool {
        self == Self::default()
    }

    pub fn apply(self, level: f32) -> f32 {
        self.curve.apply(level.clamp(0.0, 1.0)) * self.max
    }

    /// The level that was asked for.
    pub fn invert(self, level: f32) -> f32 {
        if self.max > 0.0 { self.curve.invert(level / self.max) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_keep_their_ends_and_never_fall() {
        for curve in DimmerCurve::ALL {
            assert_eq!((curve.apply(0.0), curve.apply(1.0)), (0.0, 1.0), "{curve:?}");
            let values: Vec<f32> = (0..=100).map(|step| curve.apply(step as f32 / 100.0)).collect();
            assert!(values.is_sorted(), "{curve:?}");
            assert_eq!(DimmerCurve::named(curve.name()), Some(curve));
            let back = |step: i32| (curve.invert(curve.apply(step as f32 / 100.0)) - step as f32 / 100.0).abs();
            assert!((0..=100).all(|step| back(step) < 1e-3), "{curve:?}");
        }
        let at_half = DimmerCurve::ALL.map(|curve| curve.apply(0.5));
        assert_eq!(at_half, [0.5, 0.25, 0.5, 0.75]);
        assert_eq!(Response { curve: DimmerCurve::Square, max: 0.5 }.apply(0.5), 0.125);
    }
}
