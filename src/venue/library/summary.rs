//! What the index keeps of a definition: enough to find it by, little enough to keep thousands.

use serde::{Deserialize, Serialize};

use crate::engine::rig::kind::Emitter;
use crate::venue::formats::definition::{Definition, Detail, Group, Mode};
use crate::venue::lower;
use crate::venue::lower::purpose::{self, Purpose};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub maker: String,
    pub model: String,
    /// In the words of QLC+: "Moving Head".
    pub kind: String,
    pub modes: Vec<ModeSummary>,
    pub watts: f32,
    pub weight_kg: f32,
    /// Things in the file that something was assumed for.
    pub n_warnings: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModeSummary {
    pub name: String,
    pub channels: u16,
    pub heads: u16,
    pub can: Can,
}

/// What a mode can do, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Can(u32);

impl Can {
    /// The words that people search by, a bit each.  Kept in indexes: new ones go to the end.
    pub const WORDS: [&str; 24] = [
        "dimmer", "color", "pan", "tilt", "strobe", "zoom", "focus", "iris", "frost", "gobo", "prism", "wheel", "rgb", "cmy", "white",
        "amber", "uv", "lime", "indigo", "speed", "16bit", "pixels", "hsv", "fog",
    ];

    fn word(name: &str) -> Self {
        Self(Self::WORDS.iter().position(|word| *word == name).map_or(0, |bit| 1 << bit))
    }

    fn set(&mut self, name: &str) {
        self.0 |= Self::word(name).0;
    }

    /// Every word that begins with `prefix` and that this has.  `movement` is pan or tilt.
    pub fn has(self, prefix: &str) -> bool {
        let moves = "movement".starts_with(prefix) && self.0 & (Self::word("pan").0 | Self::word("tilt").0) != 0;
        moves || self.words().any(|word| word.starts_with(prefix))
    }

    pub fn words(self) -> impl Iterator<Item = &'static str> {
        Self::WORDS.into_iter().enumerate().filter(move |(bit, _)| self.0 & (1 << bit) != 0).map(|(_, word)| word)
    }
}

impl Summary {
    pub fn of(definition: &Definition) -> Self {
        Self {
            maker: definition.manufacturer.clone(),
            model: definition.model.clone(),
            kind: definition.device.name().to_owned(),
            modes: definition.modes.iter().map(|mode| mode_summary(definition, mode)).collect(),
            watts: definition.physical.watts,
            weight_kg: definition.physical.weight_kg,
            n_warnings: definition.warnings.len() as u32,
        }
    }
}

fn mode_summary(definition: &Definition, mode: &Mode) -> ModeSummary {
    let mut can = Can::default();
    let mut primaries = [false; 6];
    for channel in mode.slots.iter().filter_map(|slot| definition.channel(*slot)) {
        if channel.fine {
            if matches!(channel.group, Group::Pan | Group::Tilt | Group::Intensity) {
                can.set("16bit");
            }
            continue;
        }
        match purpose::of(channel, definition.device) {
            Purpose::Dimmer { .. } => can.set("dimmer"),
            Purpose::Color(emitter) => color(emitter, &mut can, &mut primaries),
            Purpose::Pan => can.set("pan"),
            Purpose::Tilt => can.set("tilt"),
            Purpose::Shutter => can.set("strobe"),
            Purpose::Iris => can.set("iris"),
            Purpose::ColorWheel => ["color", "wheel"].iter().for_each(|word| can.set(word)),
            Purpose::Temperature => can.set("color"),
            Purpose::Gobo | Purpose::GoboRotation => can.set("gobo"),
            Purpose::Prism => can.set("prism"),
            Purpose::Zoom => can.set("zoom"),
            Purpose::Focus => can.set("focus"),
            Purpose::Frost => can.set("frost"),
            Purpose::Speed => can.set("speed"),
            Purpose::Other if matches!(channel.detail, Some(Detail::Hue | Detail::Saturation)) => can.set("hsv"),
            Purpose::Other => {}
        }
    }
    if primaries[..3] == [true; 3] {
        can.set("rgb");
    }
    if primaries[3..] == [true; 3] {
        can.set("cmy");
    }
    if purpose::makes_fog(definition.device) {
        can.set("fog");
    }
    let heads = lower::n_heads(definition, mode);
    if heads > 1 {
        can.set("pixels");
    }
    ModeSummary { name: mode.name.clone(), channels: mode.slots.len() as u16, heads, can }
}

fn color(emitter: Emitter, can: &mut Can, primaries: &mut [bool; 6]) {
    can.set("color");
    match emitter {
        Emitter::Red => primaries[0] = true,
        Emitter::Green => primaries[1] = true,
        Emitter::Blue => primaries[2] = true,
        Emitter::Cyan => primaries[3] = true,
        Emitter::Magenta => primaries[4] = true,
        Emitter::Yellow => primaries[5] = true,
        Emitter::White | Emitter::WarmWhite | Emitter::ColdWhite => can.set("white"),
        Emitter::Amber => can.set("amber"),
        Emitter::Uv => can.set("uv"),
        Emitter::Lime => can.set("lime"),
        Emitter::Indigo => can.set("indigo"),
    }
}
