//! The papers as PDF, A4, in an embedded font.
//!
//! The same venue and the same date give the same bytes: nothing here knows a clock.  Signs that the font lacks are drawn as
//! empty boxes, told at the foot of the page, and come back with the bytes.

mod font;
mod labels;
mod page;
mod patch;
mod power;
mod universes;

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::{Sheet, What};
use font::{Font, Weight};
use page::{Book, Page};

/// A paper and what could not be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub bytes: Vec<u8>,
    pub n_pages: usize,
    /// Signs without a glyph, sorted.
    pub missing: Vec<char>,
}

/// `date` stands at the head as it is given.
pub fn pdf(sheet: &Sheet, what: What, date: &str) -> Rendered {
    let fonts = Weight::ALL.map(Font::new);
    let mut book = Book::new(&fonts, sheet, what, date);
    match what {
        What::Patch => patch::draw(&mut book, sheet),
        What::Labels => labels::draw(&mut book, sheet),
        What::Universes => universes::draw(&mut book, sheet),
        What::Power => power::draw(&mut book, sheet),
    }
    let (pages, missing) = book.finish();
    let n_pages = pages.len();
    Rendered {
        bytes: bytes(&fonts, pages, &format!("{} - {}", sheet.venue, what.title())),
        n_pages,
        missing: missing.into_iter().collect(),
    }
}

/// Hands out numbers of objects.
struct Refs(i32);

impl Refs {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

fn bytes(fonts: &[Font; 3], pages: Vec<Page>, title: &str) -> Vec<u8> {
    let mut refs = Refs(0);
    let mut pdf = Pdf::new();
    let (catalog, tree, info) = (refs.next(), refs.next(), refs.next());
    let font_refs: Vec<Ref> = fonts.iter().map(|font| embed(&mut pdf, &mut refs, font)).collect();
    let page_refs: Vec<(Ref, Ref)> = pages.iter().map(|_| (refs.next(), refs.next())).collect();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids(page_refs.iter().map(|(page, _)| *page)).count(page_refs.len() as i32);
    pdf.document_info(info).title(TextStr(title)).creator(TextStr("Luma"));
    for (page, (page_ref, content_ref)) in pages.into_iter().zip(page_refs) {
        let (width, height) = page.size;
        let mut written = pdf.page(page_ref);
        written.media_box(Rect::new(0.0, 0.0, width, height)).parent(tree).contents(content_ref);
        let mut resources = written.resources();
        let mut named = resources.fonts();
        for (font, font_ref) in fonts.iter().zip(&font_refs) {
            named.pair(Name(font.weight.name().as_bytes()), *font_ref);
        }
        named.finish();
        resources.finish();
        written.finish();
        let content = packed(&page.content.finish());
        pdf.stream(content_ref, &content).filter(Filter::FlateDecode);
    }
    pdf.finish()
}

/// The whole file goes in: what we ship has been cut to the signs that labels are written with.
fn embed(pdf: &mut Pdf, refs: &mut Refs, font: &Font) -> Ref {
    let name = Name(font.weight.name().as_bytes());
    let (whole, descendant, descriptor, file, map) = (refs.next(), refs.next(), refs.next(), refs.next(), refs.next());
    let system = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
    pdf.type0_font(whole).base_font(name).encoding_predefined(Name(b"Identity-H")).descendant_font(descendant).to_unicode(map);
    let mut cid = pdf.cid_font(descendant);
    cid.subtype(CidFontType::Type2).base_font(name).system_info(system).font_descriptor(descriptor);
    cid.cid_to_gid_map_predefined(Name(b"Identity"));
    cid.widths().consecutive(0, font.widths.iter().copied());
    cid.finish();
    let stem = if font.weight == Weight::Bold { 140.0 } else { 90.0 };
    pdf.font_descriptor(descriptor)
        .name(name)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(-891.0, -271.0, 2045.0, 1056.0))
        .italic_angle(0.0)
        .ascent(font.ascent)
        .descent(font.descent)
        .cap_height(711.0)
        .stem_v(stem)
        .font_file2(file);
    let packed_file = packed(font.file);
    pdf.stream(file, &packed_file).filter(Filter::FlateDecode).pair(Name(b"Length1"), font.file.len() as i32);
    let mut cmap = UnicodeCmap::<u16>::new(Name(b"Luma"), system);
    font.pairs().for_each(|(sign, glyph)| cmap.pair(glyph, sign));
    let cmap = packed(&cmap.finish());
    pdf.stream(map, &cmap).filter(Filter::FlateDecode);
    whole
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail.
    encoder.write_all(bytes).unwrap_or_default();
    encoder.finish().unwrap_or_default()
}
