//! A fixture definition as its file tells it: every channel with what its ranges do, and the modes made of them.
//!
//! Nothing is thrown away that a later step might need and nothing is interpreted beyond the file's own vocabulary; what a
//! mode means for light is decided in [`crate::venue::lower`].  Bytes are DMX values, lengths millimetres, angles degrees.
//! What only some formats know - whole values, physical ranges, geometry - is in [`super::parameter`] and hangs on here.

use uuid::Uuid;

use super::parameter::{Geometry, Model, OneBreak, Param, Part, Relation, Source, Value, Wheel};

use std::fmt;

/// One device, in all its modes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    pub manufacturer: String,
    pub model: String,
    pub device: Device,
    pub channels: Vec<Channel>,
    pub modes: Vec<Mode>,
    pub physical: Physical,
    /// The device type's own id, where the format has one.
    pub id: Option<Uuid>,
    pub wheels: Vec<Wheel>,
    /// Its lamps, LEDs and filters.
    pub sources: Vec<Source>,
    pub models: Vec<Model>,
    /// What it is made of; modes and references name them.
    pub geometries: Vec<Geometry>,
    /// Who wrote it, where the file says.
    pub author: String,
    /// What the file left open or had wrong, and what was assumed instead.
    pub warnings: Vec<Warning>,
}

/// Something odd in a definition that does not keep it from being used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Line in the file, from 1; 0 where the format has none, and the text names the place.
    pub line: usize,
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 { f.write_str(&self.text) } else { write!(f, "line {}: {}", self.line, self.text) }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    ColorChanger,
    Dimmer,
    Effect,
    Fan,
    Flower,
    Hazer,
    Laser,
    LedBarBeams,
    LedBarPixels,
    MovingHead,
    #[default]
    Other,
    Scanner,
    Smoke,
    Strobe,
}

impl Device {
    /// In the words of QLC+.
    pub const NAMES: [(Self, &str); 14] = [
        (Self::ColorChanger, "Color Changer"),
        (Self::Dimmer, "Dimmer"),
        (Self::Effect, "Effect"),
        (Self::Fan, "Fan"),
        (Self::Flower, "Flower"),
        (Self::Hazer, "Hazer"),
        (Self::Laser, "Laser"),
        (Self::LedBarBeams, "LED Bar (Beams)"),
        (Self::LedBarPixels, "LED Bar (Pixels)"),
        (Self::MovingHead, "Moving Head"),
        (Self::Other, "Other"),
        (Self::Scanner, "Scanner"),
        (Self::Smoke, "Smoke"),
        (Self::Strobe, "Strobe"),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(device, _)| *device == self).map_or("Other", |(_, name)| name)
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(device, _)| *device)
    }
}

/// What a channel is about, in the vocabulary of QLC+.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Group {
    #[default]
    Intensity,
    Color,
    Gobo,
    Speed,
    Pan,
    Tilt,
    Shutter,
    Prism,
    Beam,
    Effect,
    Maintenance,
    Nothing,
}

/// The light source that an [`Group::Intensity`] channel feeds; `None` in a channel means plain intensity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Primary {
    Red,
    Green,
    Blue,
    Cyan,
    Magenta,
    Yellow,
    Amber,
    White,
    Uv,
    Indigo,
    Lime,
    WarmWhite,
    ColdWhite,
}

/// What a channel preset says beyond group, colour and byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Pan or tilt to an angle, whatever the channel is called.
    Position,
    Dimmer,
    MasterDimmer,
    Hue,
    Saturation,
    Lightness,
    Value,
    PanTiltSpeed(Sweep),
    PanSpeed(Sweep),
    TiltSpeed(Sweep),
    ColorMacro,
    ColorWheel,
    ColorMixer,
    GoboWheel,
    GoboIndex,
    Strobe(Sweep),
    /// How long each flash of a strobe lasts; the numbers are seconds.
    FlashLength,
    /// `Up` opens with the value.
    Iris(Sweep),
    /// `Up` goes from near to far.
    Focus(Sweep),
    /// `Up` goes from narrow to wide.
    Zoom(Sweep),
    PrismRotation(Sweep),
    Frost,
    /// From one colour temperature to another; the ranges say which.
    Temperature,
    /// Something that the file names and that is nothing of the above, whatever the channel is called.
    Other,
}

/// How a quantity runs along a range of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sweep {
    /// Slow to fast, small to big, near to far.
    Up,
    Down,
    /// The same all over the range.
    #[default]
    Flat,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Channel {
    pub name: String,
    pub group: Group,
    pub color: Option<Primary>,
    /// The low byte of a 16-bit value.
    pub fine: bool,
    /// Of a low byte: the channel in [`Definition::channels`] that it continues, where the file says so.
    pub low_of: Option<usize>,
    /// `None` where the file says nothing.
    pub default: Option<u8>,
    /// The value that shows the device off best.
    pub highlight: Option<u8>,
    /// Never leaves its default.
    pub constant: bool,
    /// How a plain desk merges two sources; Luma's layers say that for themselves.
    pub precedence: Option<Precedence>,
    /// CIE xy of the light source that it feeds, where the file measured it.
    pub chroma: Option<[f32; 2]>,
    pub detail: Option<Detail>,
    /// Rising, without overlaps; at least one.
    pub ranges: Vec<Range>,
    /// The whole value, where the format knows more than bytes.
    pub value: Option<Box<Value>>,
    /// The file's own word for what it is, where several mean the same here: `PositionXAxis`.
    pub word: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precedence {
    HighestFirst,
    LatestFirst,
}

/// What one stretch of a channel's values does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Range {
    pub min: u8,
    /// Inclusive.
    pub max: u8,
    pub label: String,
    pub effect: Effect,
    /// Colours of a wheel position: one, or two for a split.
    pub colors: Vec<[u8; 3]>,
    /// Numbers behind the effect, at `min` and at `max`: Hz of a strobe, facets of a prism, degrees, kelvins, levels.
    pub numbers: [Option<f32>; 2],
    /// Picture of a gobo, as the file names it.
    pub picture: Option<String>,
    pub aliases: Vec<Alias>,
    /// The file's own word for its effect, where several mean the same here: `ResetGobo`.
    pub word: Option<String>,
    /// It is only there while another channel lies in a range.
    pub only: Option<Only>,
}

/// A range of the channel whose whole value the file calls `master` (geometry and attribute).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    pub master: String,
    pub min: u8,
    /// Inclusive.
    pub max: u8,
}

impl Range {
    pub fn contains(&self, byte: u8) -> bool {
        (self.min..=self.max).contains(&byte)
    }

    /// Number of bytes in it.
    pub fn width(&self) -> u16 {
        u16::from(self.max) - u16::from(self.min) + 1
    }
}

/// While the range is active, channel `from` of mode `mode` is replaced by channel `to`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alias {
    pub mode: String,
    pub from: String,
    pub to: String,
}

/// What a range does, as far as the file names it formally.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    /// Only the label says.
    #[default]
    Unnamed,
    Sweep(Sweep),
    ShutterOpen,
    ShutterClosed,
    Strobe(Flash, Sweep),
    ColorMacro,
    ColorSplit,
    ColorIndex,
    Gobo,
    GoboShake,
    Picture,
    Rotation(Turn, Sweep),
    RotationStop,
    RotationIndexed,
    PrismOn,
    PrismOff,
    LampOn,
    LampOff,
    Reset,
    SilentMode,
    Alias,
    /// Light from one level to another, `0.0..=1.0` in the numbers where the file names them.
    Dim(Sweep),
    /// A position; the numbers are degrees.
    Angle,
    /// A colour temperature; the numbers are kelvins.
    Temperature(Sweep),
}

/// The shape of a strobe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flash {
    Steady,
    Random,
    Pulse,
    RampUp,
    RampDown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Clockwise,
    CounterClockwise,
}

/// An arrangement of the channels that the device can be set to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mode {
    pub name: String,
    pub slots: Vec<Slot>,
    /// Offsets in `slots`, in the file's order; empty when the file declares none.
    pub heads: Vec<Vec<u16>>,
    /// Replaces the definition's whole.
    pub physical: Option<Physical>,
    /// Where the light of each head leaves, metres; empty where the file does not say.
    pub head_positions_m: Vec<[f32; 3]>,
    /// Name of the geometry at its root.
    pub geometry: String,
    /// Instances of its geometry, and of its channels, by break and address.
    pub parts: Vec<Part>,
    pub params: Vec<Param>,
    pub relations: Vec<Relation>,
    /// Footprint of each address that it has; empty where there can only be one.
    pub breaks: Vec<(u16, u16)>,
    /// Set where it was made of another mode, to stand for one of its addresses.
    pub one_break: Option<OneBreak>,
}

/// A place in a mode's footprint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// Index in [`Definition::channels`].
    pub channel: usize,
    /// Offset of the slot that this one modifies.
    pub acts_on: Option<u16>,
}

/// Zero means unknown throughout.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Physical {
    pub width_mm: f32,
    pub height_mm: f32,
    pub depth_mm: f32,
    pub weight_kg: f32,
    pub lens_name: String,
    pub lens_min_deg: f32,
    pub lens_max_deg: f32,
    /// `Fixed`, `Head`, `Mirror` or `Barrel`.
    pub focus: String,
    pub pan_max_deg: f32,
    pub tilt_max_deg: f32,
    /// Columns and rows of its light sources.
    pub layout: Option<(u16, u16)>,
    pub bulb: String,
    pub lumens: f32,
    pub kelvin: f32,
    pub watts: f32,
    /// `3-pin`, `5-pin`.
    pub connector: String,
}

impl Definition {
    pub fn mode(&self, name: &str) -> Option<&Mode> {
        self.modes.iter().find(|mode| mode.name == name)
    }

    /// Leaves bytes, ranges and heads alone: what only some formats say would no longer fit them after a change.
    pub fn forget_whole_values(&mut self) {
        for channel in &mut self.channels {
            let source = channel.value.take().and_then(|value| value.functions.iter().find_map(|function| function.source));
            let color = source.and_then(|at| self.sources.get(at)).filter(|source| !source.filter).and_then(|source| source.color);
            channel.chroma = channel.chroma.or(color.map(|color| [color.x as f32, color.y as f32]));
        }
        (self.geometries, self.models, self.wheels, self.sources) = Default::default();
        for mode in &mut self.modes {
            (mode.parts, mode.params, mode.relations, mode.breaks) = Default::default();
            (mode.geometry, mode.one_break) = Default::default();
        }
    }

    pub fn physical<'a>(&'a self, mode: &'a Mode) -> &'a Physical {
        mode.physical.as_ref().unwrap_or(&self.physical)
    }

    pub fn channel(&self, slot: Slot) -> Option<&Channel> {
        self.channels.get(slot.channel)
    }
}
