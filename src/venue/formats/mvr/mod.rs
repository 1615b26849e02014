//! MVR, rooms of MA, Vectorworks, Capture and others: an archive with `GeneralSceneDescription.xml` and what it names.
//!
//! [`read`] gives plain facts in the file's own frame: millimetres, X to the audience's right, Y upstage, Z up, everything
//! already in the world.  Like the GDTF reader it is laxer than the standard and tells what it replaced.

pub(in crate::venue) mod kept;
pub mod matrix;
pub mod read;
#[cfg(test)]
mod tests;
pub mod write;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::archive::ArchiveError;
use super::definition::Warning;
use super::xml::XmlError;
use matrix::Matrix;

/// Longer files are not read.
pub const MAX_BYTES: usize = 512 << 20;
/// The part of the archive that says where everything is.
pub const SCENE: &str = "GeneralSceneDescription.xml";

/// Why a file is no room.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MvrError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("there is no {SCENE} in the archive; is this an MVR file?")]
    NoScene,
    #[error("{SCENE}: {0}")]
    Xml(#[from] XmlError),
    #[error("{SCENE} has <{root}> where <GeneralSceneDescription> with a <Scene> was expected")]
    NotAScene { root: String },
    #[error("{SCENE}, line {line}: more than {max} {what}")]
    TooMany { line: usize, max: usize, what: &'static str },
    #[error("\"{name}\" cannot be packed: {reason}")]
    Unwritable { name: String, reason: String },
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Major, minor.
    pub version: [u32; 2],
    pub layers: Vec<Layer>,
    /// In the file's order, those on other things and in groups included.
    pub fixtures: Vec<Fixture>,
    /// Everything else that has a shape.
    pub objects: Vec<Object>,
    pub focus_points: Vec<FocusPoint>,
    pub kept: Vec<Kept>,
    /// What Luma wrote for itself, if it wrote the file.
    pub own: Option<String>,
    pub warnings: Vec<Warning>,
}

/// A part of the file that Luma has no use for, and gives back as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    pub place: Place,
    /// One element with everything in it.
    pub xml: String,
}

/// Where a part of the file stands.  Persisted by these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Among what the whole room shares: classes, positions, mappings.
    Aux,
    /// Beside the fixtures of a layer.
    Layer,
    /// In the fixture of this id.
    Fixture(Uuid),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layer {
    pub uuid: Uuid,
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fixture {
    pub uuid: Uuid,
    pub name: String,
    /// The GDTF file, with or without its end.
    pub spec: String,
    pub mode: String,
    pub fixture_id: String,
    pub unit: i64,
    /// Index among the layers.
    pub layer: Option<usize>,
    /// Names of the groups around it, the outermost first.
    pub groups: Vec<String>,
    pub addresses: Vec<Address>,
    pub world: Matrix,
    pub invert_pan: bool,
    pub invert_tilt: bool,
    /// A focus point.
    pub focus: Option<Uuid>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Address {
    pub dmx_break: u16,
    /// From 1.
    pub universe: u32,
    /// `1..=512`.
    pub channel: u16,
}

/// Something with a shape: truss, scenery, a screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    /// The kind of element: `SceneObject`, `Truss`, `Support`, `VideoScreen`, `Projector`.
    pub kind: String,
    pub uuid: Uuid,
    pub name: String,
    pub world: Matrix,
    pub layer: Option<usize>,
    /// Files with its meshes, and where each is in the object.
    pub meshes: Vec<(String, Matrix)>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FocusPoint {
    pub uuid: Uuid,
    pub name: String,
    pub world: Matrix,
}
