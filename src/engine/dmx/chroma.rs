//! Chromaticities: where colours lie apart from how bright they are.
//!
//! A show's colours are linear and stand on the primaries of sRGB, white on D65.  Light sources lie outside of those, so
//! amounts of the three may be negative here.  Distances are taken in CIE 1976 u'v', where they look alike everywhere.

use crate::engine::rig::kind::Emitter;
use crate::engine::units::Rgb;

/// CIE 1931 xy of white.
pub const WHITE: [f32; 2] = [0.3127, 0.3290];

/// What an emitter is taken to be where its definition does not say: red, green and blue as the show's own colours mean them,
/// so that a mixture looks alike on every fixture; the rest as the LEDs that are sold under these names measure (amber near
/// 590 nm, lime a converted green, indigo near 445 nm, cyan near 500 nm, whites of 6500 K, 7500 K and 3000 K).
pub fn typical(emitter: Emitter) -> [f32; 2] {
    match emitter {
        Emitter::Red => [0.640, 0.330],
        Emitter::Green => [0.300, 0.600],
        Emitter::Blue => [0.150, 0.060],
        Emitter::White => WHITE,
        Emitter::ColdWhite => [0.2990, 0.3149],
        Emitter::WarmWhite => [0.4369, 0.4041],
        Emitter::Amber => [0.580, 0.415],
        Emitter::Lime => [0.408, 0.550],
        Emitter::Indigo => [0.161, 0.014],
        Emitter::Uv => [0.170, 0.010],
        Emitter::Cyan => [0.090, 0.450],
        Emitter::Magenta => [0.380, 0.160],
        Emitter::Yellow => [0.440, 0.510],
    }
}

/// Amounts of the three primaries that make a chromaticity, the largest of them 1.
pub fn linear([x, y]: [f32; 2]) -> [f32; 3] {
    let y = y.max(1e-4);
    let (x, z) = (x / y, (1.0 - x - y) / y);
    let rgb = [3.2406 * x - 1.5372 - 0.4986 * z, -0.9689 * x + 1.8758 + 0.0415 * z, 0.0557 * x - 0.2040 + 1.0570 * z];
    let most = rgb.into_iter().fold(0.0, f32::max).max(1e-6);
    rgb.map(|amount| amount / most)
}

/// CIE XYZ of amounts of the three primaries.
fn xyz([r, g, b]: [f32; 3]) -> [f32; 3] {
    [0.4124 * r + 0.3576 * g + 0.1805 * b, 0.2126 * r + 0.7152 * g + 0.0722 * b, 0.0193 * r + 0.1192 * g + 0.9505 * b]
}

/// u'v' of amounts of the three primaries; black is white.
pub fn uv(rgb: [f32; 3]) -> [f32; 2] {
    let [x, y, z] = xyz(rgb);
    let sum = x + 15.0 * y + 3.0 * z;
    if sum <= 1e-6 { uv_of_xy(WHITE) } else { [4.0 * x / sum, 9.0 * y / sum] }
}

pub fn uv_of_xy([x, y]: [f32; 2]) -> [f32; 2] {
    let sum = (-2.0 * x + 12.0 * y + 3.0).max(1e-6);
    [4.0 * x / sum, 9.0 * y / sum]
}

pub fn xy_of_uv([u, v]: [f32; 2]) -> [f32; 2] {
    let sum = (6.0 * u - 16.0 * v + 12.0).max(1e-6);
    [9.0 * u / sum, 4.0 * v / sum]
}

/// The chromaticity of a black body, by the usual cubic fits (1667 K to 25000 K).
pub fn xy_of_kelvin(kelvin: f32) -> [f32; 2] {
    let t = if kelvin.is_finite() { kelvin.clamp(1667.0, 25_000.0) } else { 6500.0 };
    let k = 1000.0 / t;
    let x = if t <= 4000.0 {
        ((-0.266_123_9 * k - 0.234_358_9) * k + 0.877_695_6) * k + 0.179_910
    } else {
        ((-3.025_847 * k + 2.107_037_9) * k + 0.222_634_7) * k + 0.240_390
    };
    let y = if t <= 2222.0 {
        ((-1.106_381_4 * x - 1.348_110_2) * x + 2.185_558_3) * x - 0.202_196_83
    } else if t <= 4000.0 {
        ((-0.954_947_6 * x - 1.374_185_9) * x + 2.091_37) * x - 0.167_488_67
    } else {
        ((3.081_758 * x - 5.873_387) * x + 3.751_13) * x - 0.370_014_83
    };
    [x, y]
}

/// A temperature as a colour, its largest channel 1.
pub fn of_kelvin(kelvin: f32) -> Rgb {
    Rgb(linear(xy_of_kelvin(kelvin)).map(|level| level.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primaries_and_white_are_themselves() {
        for (emitter, wanted) in [(Emitter::Red, [1.0, 0.0, 0.0]), (Emitter::Blue, [0.0, 0.0, 1.0]), (Emitter::White, [1.0, 1.0, 1.0])] {
            let found = linear(typical(emitter));
            assert!(found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 0.005), "{emitter:?}: {found:?}");
        }
    }
}
