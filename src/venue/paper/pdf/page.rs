//! Pages and what can be drawn on them, in points from the upper left corner.
//!
//! A [`Book`] knows the head and the foot that every page of a paper has; pages are counted when all are there.

use std::collections::BTreeSet;

use pdf_writer::{Content, Name, Str};

use super::super::{Sheet, What};
use super::font::{Font, Weight};

/// A4, the short and the long side.
pub(super) const A4: (f32, f32) = (595.28, 841.89);
pub(super) const MARGIN: f32 = 36.0;
/// Where a page with a head begins.
pub(super) const TOP: f32 = 92.0;
/// What stays free below for the foot.
pub(super) const BOTTOM: f32 = 46.0;

pub(super) type Color = [f32; 3];
pub(super) const INK: Color = [0.11, 0.12, 0.15];
pub(super) const FAINT: Color = [0.45, 0.47, 0.52];
pub(super) const RULE: Color = [0.85, 0.86, 0.88];
pub(super) const PALE: Color = [0.955, 0.96, 0.97];
pub(super) const ACCENT: Color = [0.16, 0.36, 0.78];
pub(super) const ALARM: Color = [0.80, 0.12, 0.14];

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub(super) weight: Weight,
    pub(super) size: f32,
    pub(super) color: Color,
}

pub(super) const fn style(weight: Weight, size: f32, color: Color) -> Style {
    Style { weight, size, color }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

pub(super) struct Page {
    pub(super) size: (f32, f32),
    pub(super) content: Content,
    missing: BTreeSet<char>,
}

pub(super) struct Book<'a> {
    fonts: &'a [Font; 3],
    title: String,
    what: What,
    date: String,
    pages: Vec<Page>,
}

impl<'a> Book<'a> {
    pub(super) fn new(fonts: &'a [Font; 3], sheet: &Sheet, what: What, date: &str) -> Self {
        Self { fonts, title: sheet.venue.clone(), what, date: date.to_owned(), pages: Vec::new() }
    }

    /// A page without head and foot.
    pub(super) fn bare_page(&mut self, size: (f32, f32)) {
        self.pages.push(Page { size, content: Content::new(), missing: BTreeSet::new() });
    }

    /// A page with the venue's name, what it is, and the date.
    pub(super) fn page(&mut self, size: (f32, f32), subtitle: &str) {
        self.bare_page(size);
        let (right, top) = (size.0 - MARGIN, 52.0);
        let date = self.date.clone();
        let date_width = self.width(&date, style(Weight::Regular, 9.0, FAINT));
        let title = self.title.clone();
        self.fitted((MARGIN, top), right - MARGIN - date_width - 24.0, style(Weight::Bold, 20.0, INK), &title);
        self.text((right, top), Align::Right, style(Weight::Regular, 9.0, FAINT), &date);
        let what = format!("{}{}{subtitle}", self.what.title(), if subtitle.is_empty() { "" } else { "  ·  " });
        self.text((MARGIN, top + 16.0), Align::Left, style(Weight::Regular, 9.5, FAINT), &what);
        self.line((MARGIN, top + 25.0), (right, top + 25.0), 1.4, ACCENT);
    }

    /// Height left for content below `y`.
    pub(super) fn room(&self, y: f32) -> f32 {
        self.size().1 - BOTTOM - y
    }

    pub(super) fn size(&self) -> (f32, f32) {
        self.pages.last().map_or((A4.0, A4.1), |page| page.size)
    }

    fn font(&self, weight: Weight) -> &'a Font {
        match weight {
            Weight::Regular => &self.fonts[0],
            Weight::Medium => &self.fonts[1],
            Weight::Bold => &self.fonts[2],
        }
    }

    pub(super) fn width(&self, text: &str, style: Style) -> f32 {
        self.font(style.weight).width(text) * style.size
    }

    /// Sets text on a base line at `at`.
    pub(super) fn text(&mut self, at: (f32, f32), align: Align, style: Style, text: &str) {
        let font = self.font(style.weight);
        let width = font.width(text) * style.size;
        let x = match align {
            Align::Left => at.0,
            Align::Center => at.0 - width / 2.0,
            Align::Right => at.0 - width,
        };
        let Some(page) = self.pages.last_mut() else { return };
        let mut glyphs = Vec::with_capacity(text.len() * 2);
        for sign in text.chars() {
            // Signs that only steer how text runs have no picture; they are not missed.
            if sign.is_control() {
                continue;
            }
            let glyph = font.glyph(sign);
            if glyph.is_none() {
                page.missing.insert(sign);
            }
            glyphs.extend(glyph.unwrap_or(0).to_be_bytes());
        }
        let y = page.size.1 - at.1;
        let [r, g, b] = style.color;
        let name = Name(style.weight.name().as_bytes());
        page.content.begin_text().set_font(name, style.size).set_fill_rgb(r, g, b).next_line(x, y).show(Str(&glyphs)).end_text();
    }

    /// Sets text in at most `width`, cut with an ellipsis where it is longer.
    pub(super) fn fitted(&mut self, at: (f32, f32), width: f32, style: Style, text: &str) {
        let cut = self.cut(text, width, style);
        self.text(at, Align::Left, style, &cut);
    }

    /// The text, or as much of its beginning as fits before an ellipsis.
    pub(super) fn cut(&self, text: &str, width: f32, style: Style) -> String {
        if self.width(text, style) <= width {
            return text.to_owned();
        }
        let mut cut: String = text.to_owned();
        while cut.pop().is_some() {
            let shown = format!("{}…", cut.trim_end());
            if self.width(&shown, style) <= width {
                return shown;
            }
        }
        String::new()
    }

    /// The style at the largest size from `least` up at which the text fits `width`.
    pub(super) fn shrunk(&self, text: &str, width: f32, least: f32, style: Style) -> Style {
        let natural = self.width(text, style);
        let size = if natural > width { style.size * width / natural } else { style.size };
        Style { size: size.max(least), ..style }
    }

    /// A filled area: left, top, width, height.
    pub(super) fn area(&mut self, [x, y, width, height]: [f32; 4], [r, g, b]: Color) {
        if let Some(page) = self.pages.last_mut() {
            let y = page.size.1 - y - height;
            page.content.set_fill_rgb(r, g, b).rect(x, y, width, height).fill_nonzero();
        }
    }

    pub(super) fn frame(&mut self, [x, y, width, height]: [f32; 4], thick: f32, [r, g, b]: Color) {
        if let Some(page) = self.pages.last_mut() {
            let y = page.size.1 - y - height;
            page.content.set_stroke_rgb(r, g, b).set_line_width(thick).rect(x, y, width, height).stroke();
        }
    }

    pub(super) fn line(&mut self, from: (f32, f32), to: (f32, f32), thick: f32, [r, g, b]: Color) {
        if let Some(page) = self.pages.last_mut() {
            let height = page.size.1;
            page.content.set_stroke_rgb(r, g, b).set_line_width(thick);
            page.content.move_to(from.0, height - from.1).line_to(to.0, height - to.1).stroke();
        }
    }

    /// Numbers the pages and tells what could not be set.
    pub(super) fn finish(mut self) -> (Vec<Page>, BTreeSet<char>) {
        let pages = std::mem::take(&mut self.pages);
        let (n_pages, bare) = (pages.len(), self.what == What::Labels);
        let mut done = Vec::with_capacity(n_pages);
        let mut all = BTreeSet::new();
        for (at, page) in pages.into_iter().enumerate() {
            let (width, height) = page.size;
            let missing = page.missing.clone();
            self.pages.push(page);
            if !bare {
                let faint = style(Weight::Regular, 8.0, FAINT);
                let y = height - 26.0;
                self.text((width - MARGIN, y), Align::Right, faint, &format!("Page {} of {n_pages}", at + 1));
                self.text((MARGIN, y), Align::Left, faint, "Luma");
                if !missing.is_empty() {
                    let told = format!("□ stands for {} signs that this font lacks; the CSV has them", missing.len());
                    self.text((width / 2.0, y), Align::Center, style(Weight::Regular, 8.0, ALARM), &told);
                }
            }
            all.extend(missing);
            done.extend(self.pages.pop());
        }
        (done, all)
    }
}
