//! The three weights that papers are set in: which glyph a sign has and how wide it is.
//!
//! Only the tables of our own files (`assets/fonts/`) have to be read: `cmap` in format 4, `hhea`, `hmtx`.  A sign that the font
//! lacks is drawn as its empty box and remembered.

use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Medium,
    Bold,
}

impl Weight {
    pub(super) const ALL: [Self; 3] = [Self::Regular, Self::Medium, Self::Bold];

    /// The file's own name for itself.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Regular => "Roboto-Regular",
            Self::Medium => "Roboto-Medium",
            Self::Bold => "Roboto-Bold",
        }
    }

    fn file(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../../../../assets/fonts/Roboto-Regular.ttf"),
            Self::Medium => include_bytes!("../../../../assets/fonts/Roboto-Medium.ttf"),
            Self::Bold => include_bytes!("../../../../assets/fonts/Roboto-Bold.ttf"),
        }
    }
}

pub(super) struct Font {
    pub(super) weight: Weight,
    pub(super) file: &'static [u8],
    glyphs: BTreeMap<char, u16>,
    /// By glyph, in thousandths of the size.
    pub(super) widths: Vec<f32>,
    pub(super) ascent: f32,
    pub(super) descent: f32,
}

impl Font {
    /// A table that is not as it should be leaves signs out; the test reads our own files.
    pub(super) fn new(weight: Weight) -> Self {
        let file = weight.file();
        let table = |name: &[u8; 4]| table(file, name).unwrap_or_default();
        let (head, hhea, hmtx, cmap) = (table(b"head"), table(b"hhea"), table(b"hmtx"), table(b"cmap"));
        let per_em = f32::from(word(head, 18).unwrap_or(1000).max(1));
        let scaled = |units: u16| f32::from(units as i16) * 1000.0 / per_em;
        let n_widths = usize::from(word(hhea, 34).unwrap_or(0));
        let widths = (0..n_widths).map(|glyph| scaled(word(hmtx, glyph * 4).unwrap_or(0))).collect();
        let line = |at| scaled(word(hhea, at).unwrap_or(0));
        Self { weight, file, glyphs: glyphs(cmap).unwrap_or_default(), widths, ascent: line(4), descent: line(6) }
    }

    pub(super) fn glyph(&self, sign: char) -> Option<u16> {
        self.glyphs.get(&sign).copied()
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (char, u16)> {
        self.glyphs.iter().map(|(sign, glyph)| (*sign, *glyph))
    }

    /// Of a text, at size 1.
    pub(super) fn width(&self, text: &str) -> f32 {
        let last = self.widths.last().copied().unwrap_or(0.0);
        let width = |sign| self.widths.get(usize::from(self.glyph(sign).unwrap_or(0))).copied().unwrap_or(last);
        text.chars().map(width).sum::<f32>() / 1000.0
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes)
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at + 4)?.try_into().ok().map(|bytes| u32::from_be_bytes(bytes) as usize)
}

fn table<'a>(file: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    let n_tables = usize::from(word(file, 4)?);
    let entry = (0..n_tables).map(|at| 12 + at * 16).find(|&at| file.get(at..at + 4) == Some(name.as_slice()))?;
    let (offset, length) = (long(file, entry + 8)?, long(file, entry + 12)?);
    file.get(offset..offset + length)
}

/// Format 4: segments of signs with a distance or a list of glyphs each.
fn glyphs(cmap: &[u8]) -> Option<BTreeMap<char, u16>> {
    let n_tables = usize::from(word(cmap, 2)?);
    let offsets = (0..n_tables).filter_map(|at| long(cmap, 4 + at * 8 + 4));
    let table = offsets.filter_map(|at| cmap.get(at..)).find(|table| word(table, 0) == Some(4))?;
    let length = usize::from(word(table, 6)?);
    let (ends, starts) = (14, 16 + length);
    let (deltas, ranges) = (starts + length, starts + 2 * length);
    let mut glyphs = BTreeMap::new();
    for segment in (0..length).step_by(2) {
        let (start, end) = (word(table, starts + segment)?, word(table, ends + segment)?);
        let (delta, range) = (word(table, deltas + segment)?, usize::from(word(table, ranges + segment)?));
        for sign in start..=end {
            let glyph = match range {
                0 => sign.wrapping_add(delta),
                _ => match word(table, ranges + segment + range + usize::from(sign - start) * 2).unwrap_or(0) {
                    0 => 0,
                    glyph => glyph.wrapping_add(delta),
                },
            };
            if let Some(sign) = char::from_u32(u32::from(sign)).filter(|_| glyph != 0) {
                glyphs.insert(sign, glyph);
            }
        }
    }
    Some(glyphs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_fonts_know_latin_greek_and_cyrillic_and_digits_line_up() {
        for weight in Weight::ALL {
            let font = Font::new(weight);
            for sign in "AZaz09 äßŁőİ΄Ωωжщ°–…€".chars() {
                assert!(font.glyph(sign).is_some(), "{sign} of {}", weight.name());
            }
            assert_eq!(font.glyph('照'), None);
            let widths: Vec<f32> = ('0'..='9').map(|digit| font.width(&digit.to_string())).collect();
            assert!(widths.iter().all(|width| *width == widths[0] && *width > 0.4), "{widths:?}");
            assert!(font.width("iii") < font.width("WWW"));
            assert!(font.ascent > 800.0 && font.descent < -200.0, "{} {}", font.ascent, font.descent);
        }
    }
}
