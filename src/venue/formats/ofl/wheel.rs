//! Wheels and what stands in their slots.

use serde_json::Value;

use super::entity::{self, Unit};
use super::{Object, object, text};
use crate::engine::dmx::chroma;

const MAX_SLOTS: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Closed,
    Color,
    Gobo,
    Prism,
    Other,
}

#[derive(Clone, Debug)]
pub(super) struct WheelSlot {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) colors: Vec<[u8; 3]>,
    pub(super) picture: Option<String>,
    pub(super) facets: Option<f32>,
}

#[derive(Debug, Default)]
pub(super) struct Wheels(Vec<(String, Vec<WheelSlot>)>);

impl Wheels {
    pub(super) fn new(root: &Object) -> Self {
        let wheels = object(root, "wheels").into_iter().flatten();
        let slots = |wheel: &Value| wheel.get("slots")?.as_array().map(|slots| slots.iter().take(MAX_SLOTS).filter_map(slot).collect());
        Self(wheels.filter_map(|(name, wheel)| Some((name.clone(), slots(wheel)?))).collect())
    }

    /// The slots of a wheel by its name; without one, those of the wheel that is called as the channel.
    pub(super) fn slots(&self, name: Option<&str>, channel: &str) -> Option<&[WheelSlot]> {
        let wanted = name.unwrap_or(channel);
        self.0.iter().find(|(name, _)| name == wanted).map(|(_, slots)| slots.as_slice())
    }
}

fn slot(value: &Value) -> Option<WheelSlot> {
    let slot = value.as_object()?;
    let kind = match text(slot, "type")? {
        "Open" => Kind::Open,
        "Closed" => Kind::Closed,
        "Color" => Kind::Color,
        "Gobo" => Kind::Gobo,
        "Prism" => Kind::Prism,
        _ => Kind::Other,
    };
    let name = text(slot, "name").or_else(|| text(slot, "type")).unwrap_or_default().to_owned();
    let mut colors = colors(slot, "colors");
    if colors.is_empty() && kind == Kind::Color {
        colors.extend(kelvin(slot).or_else(|| color_named(&name)));
    }
    if kind == Kind::Open {
        colors = vec![[255; 3]];
    }
    let facets = slot.get("facets").and_then(Value::as_f64).map(|facets| facets as f32);
    Some(WheelSlot { kind, name, colors, picture: text(slot, "resource").map(str::to_owned), facets })
}

/// A list of `#rrggbb`.
pub(super) fn colors(from: &Object, key: &str) -> Vec<[u8; 3]> {
    let list = from.get(key).and_then(Value::as_array).into_iter().flatten();
    list.take(8).filter_map(Value::as_str).filter_map(hex).collect()
}

fn hex(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some([byte(0)?, byte(2)?, byte(4)?])
}

/// The colour of a temperature, where a slot or preset has one.
pub(super) fn kelvin(from: &Object) -> Option<[u8; 3]> {
    let [kelvin, _] = entity::ends_in(from, "colorTemperature", Unit::Kelvin);
    kelvin.map(of_kelvin)
}

fn of_kelvin(kelvin: f32) -> [u8; 3] {
    chroma::of_kelvin(kelvin).0.map(|level| (level.clamp(0.0, 1.0) * 255.0).round() as u8)
}

/// The colour of a plain word, for slots that have nothing but a name.
pub(super) fn color_named(name: &str) -> Option<[u8; 3]> {
    const WORDS: [(&str, [u8; 3]); 22] = [
        ("white", [255, 255, 255]),
        ("open", [255, 255, 255]),
        ("red", [255, 0, 0]),
        ("dark red", [160, 0, 0]),
        ("orange", [255, 128, 0]),
        ("amber", [255, 160, 0]),
        ("yellow", [255, 255, 0]),
        ("lime", [160, 255, 0]),
        ("light green", [128, 255, 128]),
        ("green", [0, 255, 0]),
        ("dark green", [0, 128, 0]),
        ("turquoise", [0, 255, 160]),
        ("cyan", [0, 255, 255]),
        ("light blue", [96, 160, 255]),
        ("blue", [0, 0, 255]),
        ("dark blue", [0, 0, 128]),
        ("purple", [128, 0, 255]),
        ("violet", [128, 0, 255]),
        ("uv", [80, 0, 255]),
        ("lavender", [160, 128, 255]),
        ("magenta", [255, 0, 255]),
        ("pink", [255, 96, 192]),
    ];
    let name = name.trim().to_lowercase();
    match name.split_whitespace().next() {
        Some("cto") => Some(of_kelvin(3200.0)),
        Some("ctb") => Some(of_kelvin(9000.0)),
        _ => WORDS.iter().find(|(word, _)| *word == name).map(|(_, color)| *color),
    }
}
