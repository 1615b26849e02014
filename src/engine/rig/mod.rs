//! The rig: the venue as the engine sees it, a flat list of heads and named sets of them.
//!
//! Fixtures are sorted by id and heads numbered in that order, so two machines agree on every index.  A rig is
//! immutable; its write list for the wire is made once, in [`Rig::new`].
//!
//! Space is right-handed and Z-up, metres: X to the audience's right, Y upstage, Z up.

pub mod aim;
pub mod curve;
pub mod kind;
pub mod select;
pub mod space;

use std::sync::Arc;

use glam::{EulerRot, Quat, Vec3};
use uuid::Uuid;

use super::dmx::mixer::Mixing;
use super::dmx::patch::Patch;
use super::nodes::random::{hash_bytes, mix};
use kind::{Drive, FixtureKind};

/// Index of a head in [`Rig::heads`].
pub type HeadIdx = u32;

/// Capabilities of a head, its fixture's included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps(pub u16);

impl Caps {
    pub const DIMMER: Self = Self(1);
    pub const COLOR: Self = Self(1 << 1);
    pub const PAN: Self = Self(1 << 2);
    pub const TILT: Self = Self(1 << 3);
    pub const STROBE: Self = Self(1 << 4);
    pub const ZOOM: Self = Self(1 << 5);
    pub const FOCUS: Self = Self(1 << 6);
    pub const IRIS: Self = Self(1 << 7);
    pub const FROST: Self = Self(1 << 8);
    pub const GOBO: Self = Self(1 << 9);
    pub const PRISM: Self = Self(1 << 10);
    pub const SPEED: Self = Self(1 << 11);
    pub const MOVEMENT: Self = Self(Self::PAN.0 | Self::TILT.0);

    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True when any of `other`'s bits is here.
    pub fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn of(drive: &Drive) -> Self {
        match drive {
            Drive::Dimmer { .. } => Self::DIMMER,
            // Colour channels without a dimmer above them dim as well (virtual dimmer).
            Drive::Color { scaled, .. } => Self::COLOR.with(if *scaled { Self::DIMMER } else { Self(0) }),
            Drive::ColorWheel { .. } | Drive::Temperature { .. } => Self::COLOR,
            Drive::Pan { .. } => Self::PAN,
            Drive::Tilt { .. } => Self::TILT,
            Drive::Shutter { strobe, .. } => {
                if strobe.is_some() {
                    Self::STROBE
                } else {
                    Self(0)
                }
            }
            Drive::Strobe { .. } => Self::STROBE,
            Drive::Zoom { .. } => Self::ZOOM,
            Drive::Focus { .. } => Self::FOCUS,
            Drive::Iris { .. } => Self::IRIS,
            Drive::Frost { .. } => Self::FROST,
            Drive::Gobo { .. } | Drive::GoboRotation { .. } => Self::GOBO,
            Drive::Prism { .. } => Self::PRISM,
            Drive::Speed { .. } => Self::SPEED,
        }
    }
}

/// Where a fixture hangs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    pub position: Vec3,
    /// Degrees, applied as Rx·Ry·Rz.
    pub rotation_deg: Vec3,
}

impl Pose {
    pub fn rotation(&self) -> Quat {
        let [x, y, z] = self.rotation_deg.to_array().map(f32::to_radians);
        Quat::from_euler(EulerRot::XYZ, x, y, z)
    }
}

/// Per-fixture corrections.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PatchOptions {
    pub invert_pan: bool,
    pub invert_tilt: bool,
    pub swap_pan_tilt: bool,
    /// Pan and tilt of the device itself, so after swapping and before inverting.
    pub pan: AxisOptions,
    pub tilt: AxisOptions,
    pub response: curve::Response,
    pub mixing: Mixing,
}

/// How one axis of a device hangs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AxisOptions {
    /// Added to every angle: where home really is.
    pub offset_deg: f32,
    /// Degrees from the middle of the range, lowest and highest: where the device may go.
    pub limits_deg: Option<(f32, f32)>,
}

/// A patched device.
#[derive(Clone, Debug)]
pub struct RigFixture {
    pub id: Uuid,
    pub label: String,
    pub kind: Arc<FixtureKind>,
    /// 1-based, as people write it.
    pub universe: u16,
    /// `1..=512`.
    pub address: u16,
    pub pose: Pose,
    pub options: PatchOptions,
    /// Index of its first head; filled in by [`Rig::new`].
    pub first_head: HeadIdx,
}

/// The smallest part that can be controlled by itself.
#[derive(Clone, Debug)]
pub struct Head {
    /// Index in [`Rig::fixtures`].
    pub fixture: u32,
    /// Index inside the fixture.
    pub index: u16,
    pub position: Vec3,
    /// Turns fixture space into the venue's.  At rest a head looks along -Z of its fixture.
    pub world_from_fixture: Quat,
    pub caps: Caps,
    /// Degrees at the channel's ends, where the head can move.
    pub pan_deg: Option<(f32, f32)>,
    pub tilt_deg: Option<(f32, f32)>,
    /// Slowest and fastest strobe rate.
    pub strobe_hz: (f32, f32),
}

/// What a strobe is taken to do whose definition states no rates.
const USUAL_STROBE_HZ: (f32, f32) = (0.5, 20.0);

/// How a group turns a movement signal (u, v) into a direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Movement {
    pub base: Vec3,
    pub half_u_deg: f32,
    pub half_v_deg: f32,
    pub rotation_deg: f32,
}

impl Default for Movement {
    fn default() -> Self {
        Self { base: Vec3::NEG_Z, half_u_deg: 30.0, half_v_deg: 30.0, rotation_deg: 0.0 }
    }
}

/// A named, ordered set of heads.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub members: Vec<HeadIdx>,
    /// left/right, front/back, below/above, each `-1.0..=1.0`; `None` = computed from the members.
    pub axes: [Option<f32>; 3],
    pub tags: Vec<String>,
    pub movement: Movement,
}

/// A member of a group before heads are numbered: a whole fixture, or one head of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub fixture: Uuid,
    pub head: Option<u16>,
}

/// A group before heads are numbered.
#[derive(Clone, Debug, Default)]
pub struct GroupSpec {
    pub name: String,
    pub members: Vec<Member>,
    pub axes: [Option<f32>; 3],
    pub tags: Vec<String>,
    pub movement: Option<Movement>,
}

#[derive(Clone, Debug, Default)]
pub struct Rig {
    pub fixtures: Vec<RigFixture>,
    pub heads: Vec<Head>,
    /// In the venue's order.
    pub groups: Vec<Group>,
    /// Where every value goes on the wire.
    pub patch: Patch,
    /// Tells whether two rigs have the same heads under the same numbers.
    pub heads_key: u64,
}

impl Rig {
    /// Numbers the heads and compiles the patch.  Members that name no fixture are dropped.
    pub fn new(mut fixtures: Vec<RigFixture>, groups: Vec<GroupSpec>) -> Self {
        fixtures.sort_by_key(|fixture| fixture.id);
        let mut heads = Vec::new();
        for (fixture_idx, fixture) in fixtures.iter_mut().enumerate() {
            fixture.first_head = heads.len() as HeadIdx;
            let world_from_fixture = fixture.pose.rotation();
            for (index, &offset) in fixture.kind.head_offsets.iter().enumerate() {
                heads.push(head(fixture_idx, fixture, index as u16, offset, world_from_fixture));
            }
        }
        let groups = groups.into_iter().map(|spec| group(&fixtures, spec)).collect();
        let patch = Patch::new(&fixtures);
        let heads_key = fixtures.iter().fold(0, |key, fixture| {
            let n_heads = fixture.kind.head_offsets.len() as u64;
            mix(key ^ hash_bytes(fixture.id.as_bytes()) ^ mix(n_heads))
        });
        Self { fixtures, heads, groups, patch, heads_key }
    }

    /// `<fixture uuid>:<head index>`: a head's name for people and files.
    pub fn head_id(&self, head: HeadIdx) -> String {
        let head = &self.heads[head as usize];
        format!("{}:{}", self.fixtures[head.fixture as usize].id, head.index)
    }

    /// The inverse of [`Self::head_id`]; a bare fixture id means its first head.
    pub fn find_head(&self, id: &str) -> Option<HeadIdx> {
        let (fixture, index) = id.split_once(':').unwrap_or((id, "0"));
        let (fixture, index) = (Uuid::parse_str(fixture).ok()?, index.parse::<u16>().ok()?);
        let at = self.fixtures.binary_search_by_key(&fixture, |fixture| fixture.id).ok()?;
        let fixture = &self.fixtures[at];
        (usize::from(index) < fixture.kind.head_offsets.len()).then(|| fixture.first_head + HeadIdx::from(index))
    }

    /// The heads of a fixture, by its index.
    pub fn heads_of(&self, fixture: usize) -> std::ops::Range<HeadIdx> {
        let fixture = &self.fixtures[fixture];
        fixture.first_head..fixture.first_head + fixture.kind.head_offsets.len() as HeadIdx
    }
}

fn head(fixture_idx: usize, fixture: &RigFixture, index: u16, offset: Vec3, world_from_fixture: Quat) -> Head {
    let mut caps = Caps::default();
    let (mut pan_deg, mut tilt_deg, mut strobe_hz) = (None, None, USUAL_STROBE_HZ);
    for function in fixture.kind.functions.iter().filter(|function| function.heads.contains(&index)) {
        caps = caps.with(Caps::of(&function.drive));
        match function.drive {
            Drive::Pan { range_deg, .. } => pan_deg = Some(range_deg),
            Drive::Tilt { range_deg, .. } => tilt_deg = Some(range_deg),
            Drive::Shutter { hz: Some(hz), .. } | Drive::Strobe { hz: Some(hz), .. } => strobe_hz = hz,
            _ => {}
        }
    }
    Head {
        fixture: fixture_idx as u32,
        index,
        position: fixture.pose.position + world_from_fixture * offset,
        world_from_fixture,
        caps,
        pan_deg,
        tilt_deg,
        strobe_hz,
    }
}

fn group(fixtures: &[RigFixture], spec: GroupSpec) -> Group {
    let mut members = Vec::new();
    let mut seen = std::collections::BTreeSet::<HeadIdx>::new();
    for member in &spec.members {
        let Ok(at) = fixtures.binary_search_by_key(&member.fixture, |fixture| fixture.id) else {
            continue;
        };
        let fixture = &fixtures[at];
        let n_heads = fixture.kind.head_offsets.len() as u16;
        let heads = match member.head {
            Some(head) if head < n_heads => head..head + 1,
            Some(_) => continue,
            None => 0..n_heads,
        };
        members.extend(heads.map(|head| fixture.first_head + HeadIdx::from(head)).filter(|head| seen.insert(*head)));
    }
    Group { name: spec.name, members, axes: spec.axes, tags: spec.tags, movement: spec.movement.unwrap_or_default() }
}
