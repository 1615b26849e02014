//! What a format may know beyond single bytes: values of up to four bytes with what each stretch does in physical units,
//! the parts of a device that they belong to, and where light leaves it.
//!
//! The vocabulary is GDTF's, since no other format says as much: attributes by name, angles in degrees, lengths in metres,
//! colours in CIE xyY.  Bytes and ranges of a [`Channel`](super::definition::Channel) say the same in QLC+'s words; both are
//! filled by the reader, and [`crate::venue::lower`] looks here where it needs more than a byte can say.

/// The whole value that a channel is the highest byte of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Value {
    /// `1..=4`.
    pub bytes: u8,
    /// Name of the first attribute.
    pub attribute: String,
    /// The geometry it belongs to, by name.
    pub geometry: String,
    pub dmx_break: Break,
    /// As the file counts them: from 1, the highest byte first; empty for a virtual channel, which has no place in the footprint.
    pub offsets: Vec<u16>,
    /// In the value's own resolution, like everything below.
    pub default: Option<u32>,
    pub highlight: Option<u32>,
    pub snap: bool,
    /// Listens to the grand master.
    pub grand: bool,
    pub functions: Vec<Function>,
    /// Index of the function that it begins in.
    pub initial: usize,
}

impl Value {
    pub fn max(&self) -> u32 {
        max_of(self.bytes)
    }
}

/// The highest value of so many bytes.
pub fn max_of(bytes: u8) -> u32 {
    u32::MAX >> (32 - 8 * u32::from(bytes.clamp(1, 4)))
}

/// One of the addresses that a device may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Break {
    Number(u16),
    /// The one that a reference names last.
    Overwrite,
}

impl Default for Break {
    fn default() -> Self {
        Self::Number(1)
    }
}

/// What one stretch of a value does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Function {
    pub attribute: String,
    /// Number of the logical channel that it is in, from 0: functions end below the next one of their own.
    pub logical: usize,
    pub name: String,
    /// As people should read it, where that differs from `name`.
    pub custom_name: String,
    pub from: u32,
    /// Inclusive.
    pub to: u32,
    /// At `from` and at `to`, in the attribute's unit.
    pub physical: [f64; 2],
    pub default: Option<u32>,
    pub condition: Option<Condition>,
    /// Index in the definition's wheels.
    pub wheel: Option<usize>,
    /// Index in the definition's sources.
    pub source: Option<usize>,
    pub sets: Vec<Set>,
}

impl Function {
    /// What it has at `value`, on its line.
    pub fn at(&self, value: f64) -> f64 {
        let [from, to] = self.physical;
        if self.to <= self.from { from } else { from + (to - from) * (value - f64::from(self.from)) / f64::from(self.to - self.from) }
    }
}

/// A named piece of a function.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set {
    pub name: String,
    pub from: u32,
    /// Inclusive.
    pub to: u32,
    pub physical: Option<[f64; 2]>,
    /// Of the function's wheel, from 1; 0 for none.
    pub slot: u16,
}

/// A function is only there while another channel's value lies in a range.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Condition {
    /// The channel, or a function of it, in the words of the file.
    pub master: String,
    /// In the master's resolution.
    pub from: u32,
    pub to: u32,
}

/// A wheel with its slots, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wheel {
    pub name: String,
    pub slots: Vec<Slot>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slot {
    pub name: String,
    pub color: Option<Cie>,
    /// Name of the picture, without the end.
    pub picture: String,
    /// Facets of a prism.
    pub facets: u16,
}

/// CIE xyY, Y up to 100.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cie {
    pub x: f64,
    pub y: f64,
    pub luminance: f64,
}

/// A lamp, an LED or a filter by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    pub name: String,
    pub color: Option<Cie>,
    pub dominant_nm: Option<f64>,
    /// In the light's way instead of giving any.
    pub filter: bool,
}

/// A size that geometries share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    pub name: String,
    /// Along X, Y and Z.
    pub size_m: [f64; 3],
    /// The file with its mesh, without the end.
    pub file: String,
    pub primitive: String,
}

/// A piece of a device, as the file declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct Geometry {
    /// The kind of element: `Geometry`, `Axis`, `Beam`, `GeometryReference`...
    pub kind: String,
    pub name: String,
    pub model: String,
    /// Rows of a 3x4 matrix, the fourth column in metres, from here into its parent.
    pub matrix: [[f64; 4]; 3],
    pub beam: Option<Beam>,
    /// Of a reference: the geometry that stands here once more, and where its channels begin in which break.
    pub reference: Option<Reference>,
    pub children: Vec<Geometry>,
}

pub const IDENTITY: [[f64; 4]; 3] = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];

impl Default for Geometry {
    fn default() -> Self {
        Self {
            kind: "Geometry".to_owned(),
            name: String::new(),
            model: String::new(),
            matrix: IDENTITY,
            beam: None,
            reference: None,
            children: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reference {
    pub geometry: String,
    /// Break and first address in it.
    pub breaks: Vec<(u16, u16)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Beam {
    pub angle_deg: f64,
    pub field_deg: f64,
    pub lumens: f64,
    pub kelvin: f64,
    pub radius_m: f64,
    pub watts: f64,
}

/// A piece of a device in one mode, after every reference has become an instance of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Names from the root down, with `/` between.
    pub path: String,
    /// Index among the mode's parts; parents come first.
    pub parent: Option<usize>,
    /// Where it is in the device, metres.
    pub position_m: [f64; 3],
    pub beam: Option<Beam>,
    pub is_axis: bool,
}

/// A channel as it stands in a mode, once for every instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Param {
    /// Index in the definition's channels.
    pub channel: usize,
    pub dmx_break: u16,
    /// In the break, from 1, the highest byte first; empty for a virtual one.
    pub offsets: Vec<u16>,
    /// Index among the mode's parts.
    pub part: usize,
}

/// What one channel does to another inside the device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relation {
    pub name: String,
    /// `Multiply` or `Override`.
    pub kind: String,
    pub master: String,
    pub follower: String,
}

/// Where a mode comes from that stands for one address of a device with several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OneBreak {
    pub mode: String,
    pub dmx_break: u16,
}
