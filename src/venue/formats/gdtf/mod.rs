//! GDTF, the fixture definitions of MA, Robe and Vectorworks: an archive with `description.xml` in it.
//!
//! [`read`] is laxer than the standard: a number that is none, a link that leads nowhere, a colour or a matrix that cannot be
//! read is told in the warnings and replaced by what the standard has for it.  Only what is no archive, no XML or no
//! `<FixtureType>` with a mode fails.  What the file says about whole values, geometry and wheels stays in the definition as
//! it is (see [`parameter`](super::parameter)); bytes, ranges and heads are made from that.
//!
//! Left out, and said so by [`left_out`]: meshes and pictures (their names are kept), macros, presets, protocols, connectors.

mod attributes;
mod channel;
mod geometry;
mod heads;
mod mode;
mod physical;
mod ranges;
#[cfg(test)]
mod tests;
pub(crate) mod value;
pub mod write;

use std::collections::BTreeMap;

use uuid::Uuid;

use super::archive::{Archive, ArchiveError};
use super::definition::{Definition, Device, Warning};
use super::parameter::{Function, Model, Slot, Source, Wheel};
use super::xml::{self, Element, XmlError};

const LIMITS: xml::Limits = xml::Limits { bytes: 32 << 20, depth: 48, elements: 400_000 };
const MAX_CHANNELS: usize = 65_536;
const MAX_MODES: usize = 512;
/// Instances of geometry and channels in all modes together.
const MAX_INSTANCES: usize = 200_000;
/// Wheels, emitters, filters: as many of each are read.
const MAX_NAMED: usize = 1024;
const MAX_ATTRIBUTES: usize = 4096;
/// Names that a link is made of.
const MAX_LINK: usize = 8;
const MAX_WARNINGS: usize = 100;

/// Why a file is no GDTF definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GdtfError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("there is no description.xml in the archive; is this a GDTF file?")]
    NoDescription,
    #[error("description.xml: {0}")]
    Xml(#[from] XmlError),
    #[error("description.xml has <{root}> where <GDTF> with a <FixtureType> was expected")]
    NotADefinition { root: String },
    #[error("the definition has no DMX mode")]
    NoMode,
    #[error("description.xml, line {line}: more than {max} {what}")]
    TooMany { line: usize, max: usize, what: &'static str },
    #[error("its geometry has more than {max} pieces, references counted")]
    TooManyParts { max: usize },
    #[error("the reference \"{name}\" leads back to itself")]
    ReferenceLoop { name: String },
    #[error("\"{what}\" cannot be written: {reason}")]
    Unwritable { what: String, reason: String },
}

/// The definition in the bytes of a `.gdtf` file.
pub fn read(bytes: &[u8]) -> Result<Definition, GdtfError> {
    let archive = Archive::open(bytes)?;
    let text = archive.read("description.xml", LIMITS.bytes as u64)?.ok_or(GdtfError::NoDescription)?;
    let mut definition = match String::from_utf8(text) {
        Ok(text) => description(&text)?,
        Err(error) => {
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let mut definition = description(&text)?;
            definition.warnings.insert(0, Warning { line: 1, text: "the text is not UTF-8 throughout; signs are lost".to_owned() });
            definition
        }
    };
    definition.warnings.extend(left_out(&archive));
    Ok(definition)
}

/// The definition in the text of a `description.xml`.
pub fn description(text: &str) -> Result<Definition, GdtfError> {
    // Some programs close their text with a zero.
    let mut root = xml::parse(text.trim_end_matches('\0'), LIMITS)?;
    clean(&mut root);
    let device = root.child("FixtureType").filter(|_| root.name == "GDTF");
    let device = device.ok_or_else(|| GdtfError::NotADefinition { root: root.name.clone() })?;
    let mut warnings = Warnings::default();
    let said = |name: &str| device.attribute(name).unwrap_or_default().to_owned();
    let model = ["Name", "LongName", "ShortName"].map(said).into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let mut definition = Definition { manufacturer: said("Manufacturer"), model, ..Definition::default() };
    definition.id = device.attribute("FixtureTypeID").and_then(|text| {
        let id = Uuid::parse_str(text.trim()).ok();
        if id.is_none() && !text.trim().is_empty() {
            warnings.push(device, format!("FixtureTypeID=\"{text}\" is no id; it is left out"));
        }
        id
    });
    let descriptions = device.child("PhysicalDescriptions");
    definition.wheels = list(device, "Wheels", "Wheel").take(MAX_NAMED).map(wheel).collect();
    for (folder, kind, filter) in [("Emitters", "Emitter", false), ("Filters", "Filter", true)] {
        let sources = descriptions.into_iter().flat_map(|element| list(element, folder, kind)).take(MAX_NAMED);
        definition.sources.extend(sources.map(|element| source(element, filter)));
    }
    definition.models = list(device, "Models", "Model").map(model_of).collect();
    if let Some(geometries) = device.child("Geometries") {
        definition.geometries = geometry::read(geometries, &mut warnings);
    }
    definition.physical = physical::of_device(descriptions, &definition);
    let features = list(device.child("AttributeDefinitions").unwrap_or(device), "Attributes", "Attribute");
    let features: Vec<(String, String)> = features
        .take(MAX_ATTRIBUTES)
        .filter_map(|element| Some((element.attribute("Name")?.to_owned(), element.attribute("Feature").unwrap_or_default().to_owned())))
        .collect();
    for element in list(device, "DMXModes", "DMXMode") {
        if definition.modes.len() >= MAX_MODES {
            return Err(GdtfError::TooMany { line: element.line, max: MAX_MODES, what: "modes" });
        }
        let modes = mode::read(element, &mut definition, &features, &mut warnings)?;
        for mode in modes {
            if definition.mode(&mode.name).is_some() {
                warnings.push(element, format!("a second mode \"{}\" is left out", mode.name));
            } else {
                definition.modes.push(mode);
            }
        }
        if definition.modes.iter().map(|mode| mode.params.len() + mode.parts.len()).sum::<usize>() > MAX_INSTANCES {
            return Err(GdtfError::TooMany { line: element.line, max: MAX_INSTANCES, what: "instances of channels and geometry" });
        }
    }
    if definition.modes.is_empty() {
        return Err(GdtfError::NoMode);
    }
    let told = Device::named(device.attribute("Description").unwrap_or_default());
    definition.device = told.unwrap_or_else(|| physical::device(&definition));
    definition.warnings = warnings.list;
    Ok(definition)
}

/// Takes out the signs that no XML holds: nothing can write them, so that a link would lead elsewhere afterwards.
fn clean(element: &mut Element) {
    let is_held = |sign: char| !(sign < ' ' && !matches!(sign, '\n' | '\r' | '\t') || matches!(sign, '\u{fffe}' | '\u{ffff}'));
    for (_, value) in &mut element.attributes {
        value.retain(is_held);
    }
    element.children.iter_mut().for_each(clean);
}

/// The place of a name among others: exactly, else but for the blanks around it, which editors leave behind.
fn place_of<'n>(names: impl Iterator<Item = &'n str> + Clone, name: &str) -> Option<usize> {
    let name = Some(name).filter(|name| !name.trim().is_empty())?;
    names.clone().position(|it| it == name).or_else(|| names.clone().position(|it| it.trim() == name.trim()))
}

fn list<'a>(element: &'a Element, folder: &'a str, kind: &'a str) -> impl Iterator<Item = &'a Element> {
    element.child(folder).into_iter().flat_map(move |folder| folder.children(kind))
}

fn text(element: &Element, name: &str) -> String {
    element.attribute(name).unwrap_or_default().to_owned()
}

fn wheel(element: &Element) -> Wheel {
    let slot = |slot: &Element| Slot {
        name: text(slot, "Name"),
        color: slot.attribute("Color").and_then(value::color),
        picture: text(slot, "MediaFileName"),
        facets: slot.children("Facet").count().min(usize::from(u16::MAX)) as u16,
    };
    Wheel { name: text(element, "Name"), slots: element.children("Slot").map(slot).collect() }
}

fn source(element: &Element, filter: bool) -> Source {
    Source {
        name: text(element, "Name"),
        color: element.attribute("Color").and_then(value::color),
        dominant_nm: element.attribute("DominantWaveLength").and_then(value::number).filter(|nm| *nm > 0.0),
        filter,
    }
}

fn model_of(element: &Element) -> Model {
    let size = |name: &str| element.attribute(name).and_then(value::number).unwrap_or(0.0);
    Model {
        name: text(element, "Name"),
        size_m: [size("Length"), size("Width"), size("Height")],
        file: text(element, "File"),
        primitive: Some(text(element, "PrimitiveType")).filter(|kind| kind != "Undefined").unwrap_or_default(),
    }
}

/// What stands in the archive and has no place in a definition.
fn left_out(archive: &Archive) -> Option<Warning> {
    let end = |name: &str, ends: &[&str]| ends.iter().any(|end| name.to_lowercase().ends_with(end));
    let meshes = archive.names().filter(|name| end(name, &[".3ds", ".glb", ".gltf"])).count();
    let pictures = archive.names().filter(|name| end(name, &[".png", ".svg", ".jpg"])).count();
    let text = format!("{meshes} meshes and {pictures} pictures are left aside; bodies are drawn by their size");
    (meshes + pictures > 0).then_some(Warning { line: 1, text })
}

fn check_channels(n: usize, line: usize) -> Result<(), GdtfError> {
    if n > MAX_CHANNELS { Err(GdtfError::TooMany { line, max: MAX_CHANNELS, what: "channels" }) } else { Ok(()) }
}

/// What channels refer to by name.
struct Names<'a> {
    wheels: &'a [Wheel],
    sources: &'a [Source],
    /// Attribute and feature.
    features: &'a [(String, String)],
    /// Bytes of each channel of the mode and the value that it begins with, by the name that conditions call it.
    masters: BTreeMap<String, (u8, u32)>,
}

impl<'a> Names<'a> {
    fn of(definition: &'a Definition, features: &'a [(String, String)], channels: Option<&Element>) -> Self {
        let channels = channels.into_iter().flat_map(|list| list.children("DMXChannel"));
        let masters = channels.map(|element| {
            let attribute = element.child("LogicalChannel").map(|part| text(part, "Attribute")).unwrap_or_default();
            let bytes = element.attribute("Offset").and_then(value::offsets).map_or(1, |offsets| offsets.len().clamp(1, 4) as u8);
            (format!("{}_{attribute}", text(element, "Geometry")), (bytes, channel::begins_with(element, bytes)))
        });
        Self { wheels: &definition.wheels, sources: &definition.sources, features, masters: masters.collect() }
    }

    fn wheel(&self, name: &str) -> Option<usize> {
        place_of(self.wheels.iter().map(|wheel| wheel.name.as_str()), name)
    }

    fn source(&self, name: &str) -> Option<usize> {
        place_of(self.sources.iter().map(|source| source.name.as_str()), name)
    }

    /// A slot by its number from 1.
    fn slot(&self, wheel: Option<usize>, slot: u16) -> Option<&'a Slot> {
        self.wheels.get(wheel?)?.slots.get(usize::from(slot).checked_sub(1)?)
    }

    fn feature(&self, attribute: &str) -> &'a str {
        self.features.iter().find(|(name, _)| name == attribute).map_or("", |(_, feature)| feature)
    }

    /// The channel that a condition names, or a function of which: its name, its bytes, and what it begins with.
    fn master<'m>(&self, master: &'m str) -> Option<(&'m str, u8, u32)> {
        let functions = master.rmatch_indices('.').take(MAX_LINK).map(|(at, _)| &master[..at]);
        std::iter::once(master).chain(functions).find_map(|name| self.masters.get(name).map(|&(bytes, begin)| (name, bytes, begin)))
    }

    /// Whether a function is there while nothing has been driven yet.
    fn is_there(&self, function: &Function) -> bool {
        let Some(condition) = &function.condition else { return true };
        self.master(&condition.master).is_some_and(|(_, _, begin)| (condition.from..=condition.to).contains(&begin))
    }
}

/// Collects up to a bound, so that a hostile file cannot fill memory with complaints.
#[derive(Default)]
struct Warnings {
    list: Vec<Warning>,
}

impl Warnings {
    fn push(&mut self, at: &Element, text: String) {
        match self.list.len() {
            n if n < MAX_WARNINGS => self.list.push(Warning { line: at.line, text }),
            MAX_WARNINGS => self.list.push(Warning { line: at.line, text: "and more of this kind".to_owned() }),
            _ => {}
        }
    }
}
