//! The JSON of the Open Fixture Library.
//!
//! [`read`] is total: a file is a [`Definition`] with warnings, or one [`OflError`].  JSON has no lines worth naming, so a
//! warning names channel or mode.  What is written as part of a 16 or 24 bit value is brought to its highest byte, low bytes
//! become channels of their own that say which one they continue.
//!
//! A file does not say who made the device: its folder does, and `manufacturers.json` beside that has the name as people
//! write it ([`makers`]).  A redirect is another name for a device in another file; whoever knows folders follows it.
//!
//! # What is decided here
//! - A channel that switches with another one stands for what it is while the other one rests at its default; what it is else
//!   is kept as an alias of the other one's range.
//! - Every pixel, or group of pixels, that a mode repeats channels for is a head; channels of a group that holds several of
//!   them belong to all of those.  Heads are numbered by place in the matrix, left to right, top to bottom.
//! - The third byte of a value rests: 16 bits are what Luma drives.

mod capability;
mod channel;
mod entity;
mod matrix;
mod mode;
mod pattern;
#[cfg(test)]
mod tests;
mod wheel;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::definition::{Definition, Device, Effect, Group, Physical, Warning};

pub(in crate::venue) const MAX_BYTES: usize = 4 << 20;
/// The file beside the folders that names makers.
pub const MAKERS: &str = "manufacturers.json";
const MAX_CHANNELS: usize = 8192;
const MAX_MODES: usize = 512;
/// Channels of all modes together.
const MAX_ALL_SLOTS: usize = 1 << 16;
const MAX_TEMPLATES: usize = 64;

/// Why a file is no fixture definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OflError {
    #[error("the file is {bytes} bytes long; a fixture definition has at most {max}", max = MAX_BYTES)]
    TooLarge { bytes: usize },
    #[error("not well-formed JSON: {reason}")]
    Malformed { reason: String },
    #[error("no \"modes\" with channels in it; is this a fixture of the Open Fixture Library?")]
    NotADefinition,
    #[error("the file has no \"{name}\"")]
    Missing { name: &'static str },
    #[error("it is another name for \"{to}\", which has to stand beside it")]
    Redirect { name: String, to: String },
    #[error("more than {max} {what}")]
    TooMany { max: usize, what: &'static str },
    #[error("mode \"{mode}\" has more than {max} channels, as many as a universe", max = mode::MAX_SLOTS)]
    TooWide { mode: String },
}

/// The definition in the bytes of a file; `path` says whose folder it lies in.
pub fn read(path: &str, bytes: &[u8]) -> Result<Definition, OflError> {
    let root = parse(bytes)?;
    let Some(root) = root.as_object() else { return Err(OflError::NotADefinition) };
    let model = text(root, "name").unwrap_or_default().trim().to_owned();
    if let Some(to) = text(root, "redirectTo") {
        return Err(OflError::Redirect { name: model, to: to.to_owned() });
    }
    let Some(modes) = root.get("modes").and_then(Value::as_array) else { return Err(OflError::NotADefinition) };
    if model.is_empty() {
        return Err(OflError::Missing { name: "name" });
    }
    let key = text(root, "manufacturerKey").map(str::to_owned).or_else(|| folder_of(path)).unwrap_or_default();
    let mut reader = Reader {
        definition: Definition { manufacturer: spelled(&key), model, ..Definition::default() },
        warnings: Warnings::default(),
        physical: Physical::default(),
        wheels: wheel::Wheels::new(root),
        matrix: matrix::Matrix::default(),
        sources: channel::Sources::default(),
        made: BTreeMap::new(),
    };
    reader.definition.device = device(root);
    if let Some(physical) = object(root, "physical") {
        apply_physical(physical, &mut reader.physical);
    }
    reader.matrix = matrix::Matrix::new(root, &mut reader.warnings)?;
    reader.sources = channel::Sources::new(root, &reader.matrix, &mut reader.warnings)?;
    if modes.len() > MAX_MODES {
        return Err(OflError::TooMany { max: MAX_MODES, what: "modes" });
    }
    for mode in modes {
        reader.mode(mode)?;
    }
    reader.finish()
}

/// Names of makers by the names of their folders.
pub fn makers(bytes: &[u8]) -> Result<BTreeMap<String, String>, OflError> {
    let root = parse(bytes)?;
    let makers = root.as_object().into_iter().flatten();
    Ok(makers.filter_map(|(key, maker)| Some((key.clone(), text(maker.as_object()?, "name")?.to_owned()))).collect())
}

/// The key of the maker that the definition of a file goes under: the name of the folder that it lies in.
pub fn folder_of(path: &str) -> Option<String> {
    Some(Path::new(path).parent()?.file_name()?.to_str()?.to_owned())
}

/// A folder's name as a maker's: `clay-paky` is Clay Paky.
fn spelled(key: &str) -> String {
    let capital = |word: &str| {
        let mut signs = word.chars();
        signs.next().map(|first| first.to_uppercase().chain(signs).collect::<String>()).unwrap_or_default()
    };
    let words: Vec<String> = key.split('-').filter(|word| !word.is_empty()).map(capital).collect();
    if words.is_empty() { "Unknown maker".to_owned() } else { words.join(" ") }
}

fn parse(bytes: &[u8]) -> Result<Value, OflError> {
    if bytes.len() > MAX_BYTES {
        return Err(OflError::TooLarge { bytes: bytes.len() });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|source| OflError::Malformed { reason: source.to_string() })
}

type Object = Map<String, Value>;

fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

fn object<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.get(key).and_then(Value::as_object)
}

/// The first category that says what the device is.
fn device(root: &Object) -> Device {
    let named = |category: &str| {
        Some(match category {
            "Color Changer" => Device::ColorChanger,
            "Dimmer" | "Blinder" => Device::Dimmer,
            "Effect" => Device::Effect,
            "Fan" => Device::Fan,
            "Flower" => Device::Flower,
            "Hazer" => Device::Hazer,
            "Laser" => Device::Laser,
            "Matrix" | "Pixel Bar" => Device::LedBarPixels,
            "Moving Head" => Device::MovingHead,
            "Scanner" | "Barrel Scanner" => Device::Scanner,
            "Smoke" => Device::Smoke,
            "Strobe" => Device::Strobe,
            _ => return None,
        })
    };
    let categories = root.get("categories").and_then(Value::as_array).into_iter().flatten();
    categories.filter_map(Value::as_str).find_map(named).unwrap_or_default()
}

/// Lays what an object says over what is known: a mode's own block changes a fixture's only where it speaks.
fn apply_physical(from: &Object, to: &mut Physical) {
    let positive = |value: &Value| value.as_f64().map(|number| number as f32).filter(|number| number.is_finite() && *number > 0.0);
    let number = |object: Option<&Object>, key: &str| object.and_then(|object| object.get(key)).and_then(positive);
    if let Some([width, height, depth]) = from.get("dimensions").and_then(Value::as_array).map(Vec::as_slice) {
        [(width, &mut to.width_mm), (height, &mut to.height_mm), (depth, &mut to.depth_mm)]
            .into_iter()
            .for_each(|(value, field)| *field = positive(value).unwrap_or(0.0));
    }
    let (bulb, lens) = (object(from, "bulb"), object(from, "lens"));
    for (value, field) in [
        (number(Some(from), "weight"), &mut to.weight_kg),
        (number(Some(from), "power"), &mut to.watts),
        (number(bulb, "lumens"), &mut to.lumens),
        (number(bulb, "colorTemperature"), &mut to.kelvin),
    ] {
        *field = value.unwrap_or(*field);
    }
    if let Some(kind) = bulb.and_then(|bulb| text(bulb, "type")) {
        to.bulb = kind.to_owned();
    }
    if let Some(name) = lens.and_then(|lens| text(lens, "name")) {
        to.lens_name = name.to_owned();
    }
    if let Some([min, max]) = lens.and_then(|lens| lens.get("degreesMinMax")).and_then(Value::as_array).map(Vec::as_slice) {
        (to.lens_min_deg, to.lens_max_deg) = (positive(min).unwrap_or(0.0), positive(max).unwrap_or(0.0));
    }
}

struct Reader {
    definition: Definition,
    warnings: Warnings,
    physical: Physical,
    wheels: wheel::Wheels,
    matrix: matrix::Matrix,
    sources: channel::Sources,
    /// Where a channel of the file stands in the definition, once a mode has used it.
    made: BTreeMap<String, usize>,
}

impl Reader {
    fn finish(mut self) -> Result<Definition, OflError> {
        if self.definition.modes.is_empty() {
            return Err(OflError::NotADefinition);
        }
        self.physical.pan_max_deg = self.widest(Group::Pan);
        self.physical.tilt_max_deg = self.widest(Group::Tilt);
        let (pan, tilt) = (self.physical.pan_max_deg, self.physical.tilt_max_deg);
        for physical in self.definition.modes.iter_mut().filter_map(|mode| mode.physical.as_mut()) {
            (physical.pan_max_deg, physical.tilt_max_deg) = (pan, tilt);
        }
        self.definition.physical = self.physical;
        self.definition.warnings = self.warnings.list;
        Ok(self.definition)
    }

    /// Degrees of the widest movement of a kind; 0 where the file gives none.
    fn widest(&self, group: Group) -> f32 {
        let of_group = self.definition.channels.iter().filter(|channel| channel.group == group && !channel.fine);
        let angles = of_group.flat_map(|channel| &channel.ranges).filter(|range| range.effect == Effect::Angle);
        angles.filter_map(|range| Some((range.numbers[1]? - range.numbers[0]?).abs())).fold(0.0, f32::max)
    }
}

/// Collects up to a bound, each once, so that a hostile file cannot fill memory with complaints.
#[derive(Default)]
struct Warnings {
    list: Vec<Warning>,
}

impl Warnings {
    const MAX: usize = 100;

    fn push(&mut self, text: String) {
        if self.list.len() > Self::MAX || self.list.iter().any(|warning| warning.text == text) {
            return;
        }
        let text = if self.list.len() == Self::MAX { "and more of this kind".to_owned() } else { text };
        self.list.push(Warning { line: 0, text });
    }
}
