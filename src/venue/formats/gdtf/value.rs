//! The small types of GDTF's attributes: DMX values, colours, matrices, numbers.  What is junk is `None`, never an error.

use crate::venue::formats::parameter::{Break, Cie, IDENTITY, max_of};

/// A DMX value as it is written: a number of so many bytes, repeated or shifted into other sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DmxValue {
    value: u32,
    bytes: u8,
    shifted: bool,
}

impl DmxValue {
    /// `255/1`, `65280/2`, `255/1s`; a bare number is of one byte.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (number, size) = text.trim().split_once('/').unwrap_or((text.trim(), "1"));
        let shifted = size.ends_with(['s', 'S']);
        let bytes: u8 = size.trim_end_matches(['s', 'S']).trim().parse().ok().filter(|bytes| (1..=4).contains(bytes))?;
        let value: u64 = number.trim().parse().ok()?;
        Some(Self { value: value.min(u64::from(max_of(bytes))) as u32, bytes, shifted })
    }

    /// In `bytes` bytes: its bytes over and over, or followed by zeros.
    pub(super) fn of_bytes(self, bytes: u8) -> u32 {
        let byte = |at: u8| match at < self.bytes || !self.shifted {
            true => (self.value >> (8 * u32::from(self.bytes - 1 - at % self.bytes))) & 0xff,
            false => 0,
        };
        (0..bytes.clamp(1, 4)).fold(0, |value, at| value << 8 | byte(at))
    }
}

pub(super) fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

/// `1,2,3`: addresses from 1, the highest byte first.  Nothing and `None` mean that there are none.
pub(super) fn offsets(text: &str) -> Option<Vec<u16>> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("none") {
        return Some(Vec::new());
    }
    let offsets: Option<Vec<u16>> = text.split(',').map(|part| part.trim().parse().ok().filter(|offset| *offset > 0)).collect();
    offsets.filter(|offsets| offsets.len() <= 4)
}

pub(super) fn dmx_break(text: Option<&str>) -> Option<Break> {
    match text.map(str::trim) {
        None | Some("") => Some(Break::default()),
        Some(text) if text.eq_ignore_ascii_case("overwrite") => Some(Break::Overwrite),
        // Breaks count from 1.
        Some(text) => text.parse().ok().filter(|number| *number > 0).map(Break::Number),
    }
}

/// `0.3127,0.3290,100`.
pub(super) fn color(text: &str) -> Option<Cie> {
    let numbers: Vec<f64> = text.split([',', ' ', '{', '}']).filter(|part| !part.is_empty()).map(number).collect::<Option<_>>()?;
    match numbers[..] {
        [x, y, luminance] => Some(Cie { x, y, luminance }),
        [x, y] => Some(Cie { x, y, luminance: 100.0 }),
        _ => None,
    }
}

/// Rows in braces, the fourth number of each the translation.
pub(super) fn matrix(text: &str) -> Option<[[f64; 4]; 3]> {
    let numbers: Vec<f64> =
        text.split([',', ' ', '{', '}', '\n', '\t']).filter(|part| !part.is_empty()).map(number).collect::<Option<_>>()?;
    let mut rows = IDENTITY;
    match numbers.len() {
        16 | 12 => rows.iter_mut().zip(numbers.chunks(4)).for_each(|(row, four)| row.copy_from_slice(four)),
        _ => return None,
    }
    Some(rows)
}

/// The colour as a screen shows it, as bright as it can be.
pub(crate) fn screen_color(cie: Cie) -> Option<[u8; 3]> {
    if !(cie.y > 1e-6 && cie.luminance > 0.0) {
        // Y of 0 is how some files write black.
        return (cie.luminance <= 0.0).then_some([0; 3]);
    }
    let (x, z) = (cie.x / cie.y, (1.0 - cie.x - cie.y) / cie.y);
    let linear = [3.2406 * x - 1.5372 - 0.4986 * z, -0.9689 * x + 1.8758 + 0.0415 * z, 0.0557 * x - 0.2040 + 1.0570 * z];
    let brightest = linear.iter().copied().fold(1e-6, f64::max);
    Some(linear.map(|level| {
        let level = (level / brightest).clamp(0.0, 1.0);
        let encoded = if level <= 0.003_130_8 { 12.92 * level } else { 1.055 * level.powf(1.0 / 2.4) - 0.055 };
        (encoded * 255.0).round() as u8
    }))
}

/// The way back, at full luminance.
pub(crate) fn cie_color([r, g, b]: [u8; 3]) -> Cie {
    let linear = [r, g, b].map(|byte| {
        let level = f64::from(byte) / 255.0;
        if level <= 0.040_45 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
    });
    let row = |a: f64, b: f64, c: f64| a * linear[0] + b * linear[1] + c * linear[2];
    let (x, y, z) = (row(0.4124, 0.3576, 0.1805), row(0.2126, 0.7152, 0.0722), row(0.0193, 0.1192, 0.9505));
    let sum = x + y + z;
    if sum <= 0.0 { Cie { x: 0.3127, y: 0.3290, luminance: 0.0 } } else { Cie { x: x / sum, y: y / sum, luminance: 100.0 * y } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dmx_values_are_repeated_or_shifted_into_other_sizes() {
        for (text, bytes, value) in [
            ("255/1", 2, Some(65535)),
            ("255/1s", 2, Some(65280)),
            ("1/1", 3, Some(0x01_01_01)),
            ("43981/2", 3, Some(0xab_cd_ab)),
            ("43981/2s", 3, Some(0xab_cd_00)),
            ("43981/2", 1, Some(0xab)),
            ("128", 2, Some(0x8080)),
            ("4294967295/4", 4, Some(u32::MAX)),
            ("256/1", 1, Some(255)),
            ("99999999999/2", 2, Some(65535)),
            ("6D6D6D", 1, None),
            ("1/255", 1, None),
            ("1/0", 1, None),
            ("-1/1", 1, None),
            ("asdasd0asd/2asdasdasd", 1, None),
            ("None", 1, None),
            ("", 1, None),
        ] {
            assert_eq!(DmxValue::parse(text).map(|value| value.of_bytes(bytes)), value, "{text} in {bytes} bytes");
        }
    }

    #[test]
    fn offsets_breaks_colours_and_matrices_are_read_or_refused() {
        assert_eq!(offsets("1, 2"), Some(vec![1, 2]));
        assert_eq!((offsets(""), offsets("None")), (Some(vec![]), Some(vec![])));
        assert_eq!((offsets("0"), offsets("1,x"), offsets("1,2,3,4,5")), (None, None, None));
        assert_eq!(
            (dmx_break(None), dmx_break(Some("Overwrite")), dmx_break(Some("2"))),
            (Some(Break::Number(1)), Some(Break::Overwrite), Some(Break::Number(2)))
        );
        assert_eq!(dmx_break(Some("-1")), None);
        assert_eq!(color("0.3,0.6,50"), Some(Cie { x: 0.3, y: 0.6, luminance: 50.0 }));
        assert_eq!((color("-nan(ind),0,0"), color("1")), (None, None));
        let rows = matrix("{1,0,0,0.5}{0,1,0,-2}{0,0,1,3}{0,0,0,1}").unwrap();
        assert_eq!(rows.map(|row| row[3]), [0.5, -2.0, 3.0]);
        assert_eq!((matrix("{1,0}"), matrix("{nan,0,0,0}{0,1,0,0}{0,0,1,0}{0,0,0,1}")), (None, None));
    }

    #[test]
    fn colours_go_to_the_screen_and_back() {
        assert_eq!(screen_color(Cie { x: 0.3127, y: 0.3290, luminance: 100.0 }), Some([255, 255, 255]));
        assert_eq!(screen_color(Cie { x: 0.64, y: 0.33, luminance: 21.0 }), Some([255, 0, 0]));
        assert_eq!(screen_color(Cie::default()), Some([0, 0, 0]));
        for rgb in [[255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 128, 0], [0, 0, 0]] {
            let back = screen_color(cie_color(rgb)).unwrap();
            assert!(rgb.iter().zip(back).all(|(a, b)| a.abs_diff(b) <= 1), "{rgb:?} came back as {back:?}");
        }
    }
}
