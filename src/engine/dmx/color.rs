//! How different two colours look, which decides between the positions of a wheel.

use super::chroma;
use crate::engine::units::Rgb;

/// Squared distance in CIE 1976 u'v' chromaticity, and some of the difference in lightness.
pub fn difference(a: Rgb, b: Rgb) -> f32 {
    let luminance = |rgb: Rgb| 0.2126 * rgb.0[0] + 0.7152 * rgb.0[1] + 0.0722 * rgb.0[2];
    let ([u1, v1], [u2, v2]) = (chroma::uv(a.0), chroma::uv(b.0));
    (u1 - u2).powi(2) + (v1 - v2).powi(2) + 0.002 * (luminance(a) - luminance(b)).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn red_is_nearer_to_orange_than_to_blue() {
        let red = Rgb([1.0, 0.0, 0.0]);
        assert!(difference(red, Rgb([1.0, 0.5, 0.0])) < difference(red, Rgb([0.0, 0.0, 1.0])));
    }
}
