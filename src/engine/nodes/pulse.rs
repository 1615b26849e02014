//! The curve that envelopes and falloffs share.

/// Bends `x` in `0.0..=1.0`: `c = 0` is linear, `c > 0` starts slowly (`x^(1+5c)`), `c < 0` ends slowly.
pub(super) fn shape(x: f32, c: f32) -> f32 {
    // The ends stay where they are, and most of a chase lies at its ends.
    if x == 0.0 || x == 1.0 {
        x
    } else if c > 0.0 {
        x.powf(1.0 + 5.0 * c)
    } else if c < 0.0 {
        1.0 - (1.0 - x).powf(1.0 - 5.0 * c)
    } else {
        x
    }
}
