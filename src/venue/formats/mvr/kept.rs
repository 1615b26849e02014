//! Parts of a room that Luma has no use for: taken along as XML, so that an exported room has them still.
//!
//! Shared meshes are not among them, since the files that they name are not kept.

use super::{Kept, Place};
use crate::venue::formats::pack::Xml;
use crate::venue::formats::xml::{self, Element};

/// Of one part, and of all parts of a room together.
const LIMITS: xml::Limits = xml::Limits { bytes: 256 << 10, depth: 64, elements: 20_000 };
const MAX_BYTES: usize = 2 << 20;
/// Of a fixture: what Luma reads and writes itself.
const READ: [&str; 10] =
    ["Matrix", "GDTFSpec", "GDTFMode", "Focus", "DMXInvertPan", "DMXInvertTilt", "Addresses", "FixtureID", "UnitNumber", "ChildList"];

/// What is kept so far, up to a bound.
#[derive(Default)]
pub(super) struct Keeping {
    pub(super) parts: Vec<Kept>,
    n_bytes: usize,
}

impl Keeping {
    /// Takes a part along; false where there is no more room for it.
    pub(super) fn keep(&mut self, place: Place, element: &Element) -> bool {
        // What hangs on it is read by itself.
        let children = element.children.iter().filter(|child| child.name != "ChildList").cloned().collect();
        let mut text = Xml::bare();
        text.element(&Element { children, ..element.clone() });
        let xml = text.finish().trim_end().to_owned();
        let fits = xml.len() <= LIMITS.bytes && self.n_bytes + xml.len() <= MAX_BYTES;
        if fits {
            self.n_bytes += xml.len();
            self.parts.push(Kept { place, xml });
        }
        fits
    }

    /// Everything in a fixture that Luma does not read.
    pub(super) fn keep_rest(&mut self, place: Place, fixture: &Element) -> bool {
        let rest = fixture.children.iter().filter(|child| !READ.contains(&child.name.as_str()));
        rest.filter(|child| !self.keep(place, child)).count() == 0
    }
}

/// Writes the parts of one place; what is no XML any more is left out.
pub(super) fn write(xml: &mut Xml, parts: &[Kept], place: Place) {
    for part in parts.iter().filter(|part| part.place == place) {
        if let Ok(element) = xml::parse(&part.xml, LIMITS) {
            xml.element(&element);
        }
    }
}
