//! A venue as it is saved: fixtures, where they hang and listen, and the groups people made of them.
//!
//! The JSON form of [`Venue`] is what `--venue FILE` reads and what stands in `assets/venues/`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::formats::mvr::Kept;
use crate::engine::dmx::mixer::Mixing;
use crate::engine::rig::curve::DimmerCurve;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Venue {
    pub id: Uuid,
    pub name: String,
    pub fixtures: Vec<Fixture>,
    /// In the order that selections follow.
    #[serde(default)]
    pub groups: Vec<Group>,
    #[serde(default)]
    pub scenery: Vec<Scenery>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub foreign: Foreign,
}

/// What a room of another program had and Luma has no use for: it goes out again when the venue is exported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Foreign {
    pub focus_points: Vec<FocusPoint>,
    /// Fixtures, and the focus point that each is turned to.
    pub focus: Vec<(Uuid, Uuid)>,
    pub parts: Vec<Kept>,
    /// Path below the library of the archive with the meshes of the scenery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub models: Option<String>,
}

/// A place with a name, as metres and degrees like a fixture's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FocusPoint {
    pub id: Uuid,
    pub name: String,
    pub position: [f32; 3],
    #[serde(default)]
    pub rotation_deg: [f32; 3],
}

/// A patched device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fixture {
    pub id: Uuid,
    pub label: String,
    /// Path of the definition below its library, for instance `luma/Luma-Par-RGBW.qxf`.
    pub definition: String,
    pub mode: String,
    /// 1-based.
    pub universe: u16,
    /// `1..=512`.
    pub address: u16,
    /// Metres; X to the audience's right, Y upstage, Z up.
    #[serde(default)]
    pub position: [f32; 3],
    /// Degrees, applied as Rx·Ry·Rz.
    #[serde(default)]
    pub rotation_deg: [f32; 3],
    #[serde(default, skip_serializing_if = "is_default")]
    pub invert_pan: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub invert_tilt: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub swap_pan_tilt: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub pan_offset_deg: f32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub tilt_offset_deg: f32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: Limits,
    #[serde(default, skip_serializing_if = "is_default")]
    pub dimmer_curve: DimmerCurve,
    #[serde(default, skip_serializing_if = "is_default")]
    pub max_level: MaxLevel,
    #[serde(default, skip_serializing_if = "is_default")]
    pub color_mixing: Mixing,
}

/// Where a device may move: degrees from the middle of its range, lowest and highest; `null` = all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    #[serde(default, skip_serializing_if = "is_default")]
    pub pan: Option<[f32; 2]>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub tilt: Option<[f32; 2]>,
}

/// The level that full means, `0.0..=1.0`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MaxLevel(pub f32);

impl Default for MaxLevel {
    fn default() -> Self {
        Self(1.0)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    pub id: Uuid,
    /// `[a-z][a-z0-9_]*`, never `all`.
    pub name: String,
    /// Ordered.
    pub members: Vec<Member>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// left/right, front/back, below/above in `-1.0..=1.0`; `null` = computed from the members.
    #[serde(default, skip_serializing_if = "is_default")]
    pub axes: [Option<f32>; 3],
    #[serde(default, skip_serializing_if = "is_default")]
    pub movement: Option<Movement>,
}

/// A whole fixture, or one head of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub fixture: Uuid,
    #[serde(default, skip_serializing_if = "is_default")]
    pub head: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Movement {
    /// Unit vector in the venue.
    pub base: [f32; 3],
    pub half_u_deg: f32,
    pub half_v_deg: f32,
    #[serde(default)]
    pub rotation_deg: f32,
}

/// What is not a fixture but stands in the room.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scenery {
    pub kind: SceneryKind,
    /// Centre, metres.
    pub position: [f32; 3],
    /// Full width (X), depth (Y), height (Z), metres.
    pub size: [f32; 3],
    #[serde(default)]
    pub rotation_deg: [f32; 3],
    /// What it looks like, if a room of another program said so; without it is drawn as its kind is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shapes: Vec<Shape>,
}

/// A mesh of a piece of scenery.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Its file in the archive of [`Foreign::models`].
    pub part: String,
    /// Where the mesh's axes and its origin go, in millimetres around the piece's centre, turned with it.
    pub at: [f32; 12],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SceneryKind {
    #[default]
    Block,
    Stage,
    Truss,
    Wall,
    Booth,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
