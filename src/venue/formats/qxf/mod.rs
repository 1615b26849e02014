//! QXF, the fixture definitions of QLC+.
//!
//! [`read`] is total: a file is a [`Definition`] with warnings, or one [`QxfError`] that names a line.  Unknown words never
//! fail a file; what they are taken for stands in the warnings.

mod channel;
mod mode;
mod presets;
#[cfg(test)]
mod tests;
pub mod write;

use super::definition::{Definition, Device, Warning};
use super::xml::{self, Element, XmlError};

pub(in crate::venue) const MAX_BYTES: usize = 4 << 20;
const LIMITS: xml::Limits = xml::Limits { bytes: MAX_BYTES, depth: 16, elements: 100_000 };
const MAX_CHANNELS: usize = 4096;

/// Why a file is no fixture definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QxfError {
    #[error("the file is not text in UTF-8 (byte {at})")]
    NotText { at: usize },
    #[error(transparent)]
    Xml(#[from] XmlError),
    #[error("line {line}: more than {max} {what}")]
    TooMany { line: usize, max: usize, what: &'static str },
    #[error("line {line}: <{root}> where <FixtureDefinition> was expected; is this a QLC+ fixture?")]
    NotADefinition { line: usize, root: String },
    #[error("line {line}: no <{name}> in the definition")]
    Missing { line: usize, name: &'static str },
    #[error("line {line}: mode \"{mode}\" has {n} channels; a universe has 512")]
    TooWide { line: usize, mode: String, n: usize },
}

/// The definition in the bytes of a `.qxf` file.
pub fn read_bytes(bytes: &[u8]) -> Result<Definition, QxfError> {
    let text = std::str::from_utf8(bytes).map_err(|source| QxfError::NotText { at: source.valid_up_to() })?;
    read(text)
}

/// The definition in the text of a `.qxf` file.
pub fn read(text: &str) -> Result<Definition, QxfError> {
    let root = xml::parse(text, LIMITS)?;
    if root.name != "FixtureDefinition" {
        return Err(QxfError::NotADefinition { line: root.line, root: root.name });
    }
    let mut warnings = Warnings::default();
    let manufacturer = required(&root, "Manufacturer")?.to_owned();
    let model = required(&root, "Model")?.to_owned();
    let device = root.child("Type").map(|element| {
        Device::named(&element.text).unwrap_or_else(|| {
            warnings.push(element, format!("unknown type \"{}\", assumed Other", element.text));
            Default::default()
        })
    });
    let mut definition = Definition { manufacturer, model, device: device.unwrap_or_default(), ..Definition::default() };
    definition.author =
        root.child("Creator").and_then(|creator| creator.child("Author")).map(|author| author.text.clone()).unwrap_or_default();
    if let Some(physical) = root.child("Physical") {
        definition.physical = mode::physical(physical, &mut warnings);
    }
    let n = root.children("Channel").count();
    if n > MAX_CHANNELS {
        return Err(QxfError::TooMany { line: root.line, max: MAX_CHANNELS, what: "channels" });
    }
    for element in root.children("Channel") {
        definition.channels.push(channel::read(element, &mut warnings));
    }
    for element in root.children("Mode") {
        let mode = mode::read(element, &mut definition.channels, &mut warnings)?;
        if definition.mode(&mode.name).is_some() {
            warnings.push(element, format!("a second mode \"{}\" is left out", mode.name));
        } else {
            definition.modes.push(mode);
        }
    }
    if definition.modes.is_empty() {
        return Err(QxfError::Missing { line: root.line, name: "Mode" });
    }
    definition.warnings = warnings.list;
    Ok(definition)
}

fn required<'a>(root: &'a Element, name: &'static str) -> Result<&'a str, QxfError> {
    root.child(name).map(|element| element.text.as_str()).filter(|text| !text.is_empty()).ok_or(QxfError::Missing { line: root.line, name })
}

/// Collects up to a bound, so that a hostile file cannot fill memory with complaints.
#[derive(Default)]
struct Warnings {
    list: Vec<Warning>,
}

impl Warnings {
    const MAX: usize = 100;

    fn push(&mut self, at: &Element, text: String) {
        if self.list.len() < Self::MAX {
            self.list.push(Warning { line: at.line, text });
        } else if self.list.len() == Self::MAX {
            self.list.push(Warning { line: at.line, text: "and more of this kind".to_owned() });
        }
    }

    /// A number in an attribute; absent, odd or out of bounds becomes `None`, with a warning unless it is just absent.
    fn number<T: std::str::FromStr>(&mut self, at: &Element, name: &str) -> Option<T> {
        let value = at.attribute(name)?;
        let parsed = value.trim().parse().ok();
        if parsed.is_none() {
            self.push(at, format!("{name}=\"{value}\" of <{}> is no number in range, assumed absent", at.name));
        }
        parsed
    }
}
