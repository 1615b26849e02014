//! Saved venue and definitions into the engine's [`Rig`].
//!
//! Never fails as a whole: a fixture that cannot be patched is left out and becomes a [`Problem`] in words, the rest stays.

pub mod complete;
mod conditions;
pub mod kind;
pub mod purpose;
mod ranges;
mod rest;
mod shape;
mod shutter;
mod slots;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use glam::Vec3;
use uuid::Uuid;

use super::formats::definition::{Channel, Definition, Device, Mode};
use super::library::Library;
use super::model::{Fixture, Group, Venue};
use super::patch;
use crate::engine::rig::curve::Response;
use crate::engine::rig::{self, AxisOptions, GroupSpec, PatchOptions, Pose, Rig, RigFixture};
use purpose::Purpose;

/// Something about a venue that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub fixture: Option<Uuid>,
    /// A whole sentence, with the fixture's label and what to do.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The stretch that dims, lowest and highest byte, where a dimmer has only a part of its channel.
pub fn part_dimmer(channel: &Channel, device: Device) -> Option<[u8; 2]> {
    let (_, (a, b)) = match purpose::of(channel, device) {
        Purpose::Dimmer { .. } => ranges::dimmer(channel),
        Purpose::Shutter => ranges::dimmer_in_shutter(channel)?,
        _ => return None,
    };
    (a != b && (a.min(b), a.max(b)) != (0, u8::MAX)).then_some([a.min(b), a.max(b)])
}

/// Heads of a mode, as the rig will have them.
pub fn n_heads(definition: &Definition, mode: &Mode) -> u16 {
    slots::heads(definition, mode).len() as u16
}

/// False for what a file calls intensity or position and the rig leaves at rest.
pub fn is_driven(channel: &Channel, device: Device) -> bool {
    purpose::of(channel, device) != Purpose::Other
}

/// The rig of a venue, and what had to be left out.
pub fn rig(venue: &Venue, library: &Library) -> (Rig, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut taken = patch::Occupancy::default();
    let mut ids = BTreeSet::new();
    let mut fixtures: Vec<RigFixture> = Vec::new();
    for fixture in &venue.fixtures {
        let patched = if !ids.insert(fixture.id) {
            Err(format!("its id {} is used by another fixture already; give it an id of its own", fixture.id))
        } else {
            patched(fixture, library, &mut taken)
        };
        match patched {
            Ok(fixture) => fixtures.push(fixture),
            Err(reason) => {
                problems.push(Problem { fixture: Some(fixture.id), text: format!("{} is left out: {reason}", name_of(fixture)) });
            }
        }
    }
    let groups = venue.groups.iter().map(|group| group_spec(group, &ids, &mut problems)).collect();
    (Rig::new(fixtures, groups), problems)
}

fn name_of(fixture: &Fixture) -> String {
    if fixture.label.is_empty() { format!("Fixture {}", fixture.id) } else { format!("\"{}\"", fixture.label) }
}

fn patched(fixture: &Fixture, library: &Library, taken: &mut patch::Occupancy) -> Result<RigFixture, String> {
    let kind = library.kind(&fixture.definition, &fixture.mode).map_err(|error| error.to_string())?;
    let numbers = fixture.position.iter().chain(&fixture.rotation_deg);
    if !numbers.clone().all(|number| number.is_finite()) {
        return Err("its position or rotation is no number".to_owned());
    }
    taken.claim(&fixture.label, fixture.universe, fixture.address, kind.footprint).map_err(|error| error.to_string())?;
    Ok(RigFixture {
        id: fixture.id,
        label: fixture.label.clone(),
        kind,
        universe: fixture.universe,
        address: fixture.address,
        pose: Pose { position: Vec3::from_array(fixture.position), rotation_deg: Vec3::from_array(fixture.rotation_deg) },
        options: options(fixture),
        first_head: 0,
    })
}

fn options(fixture: &Fixture) -> PatchOptions {
    // What is no number is left out: a device that moves wrongly is better than one that does not.
    let axis = |offset_deg: f32, limits: Option<[f32; 2]>| AxisOptions {
        offset_deg: if offset_deg.is_finite() { offset_deg } else { 0.0 },
        limits_deg: limits.filter(|ends| ends.iter().all(|end| end.is_finite())).map(|[a, b]| (a.min(b), a.max(b))),
    };
    let max = if fixture.max_level.0.is_finite() { fixture.max_level.0.clamp(0.0, 1.0) } else { 1.0 };
    PatchOptions {
        invert_pan: fixture.invert_pan,
        invert_tilt: fixture.invert_tilt,
        swap_pan_tilt: fixture.swap_pan_tilt,
        pan: axis(fixture.pan_offset_deg, fixture.limits.pan),
        tilt: axis(fixture.tilt_offset_deg, fixture.limits.tilt),
        response: Response { curve: fixture.dimmer_curve, max },
        mixing: fixture.color_mixing,
    }
}

fn group_spec(group: &Group, ids: &BTreeSet<Uuid>, problems: &mut Vec<Problem>) -> GroupSpec {
    if !patch::is_group_name(&group.name) {
        let text = format!("Group \"{}\": a name has small letters, digits and _, begins with a letter and is not \"all\"", group.name);
        problems.push(Problem { fixture: None, text });
    }
    for member in &group.members {
        if !ids.contains(&member.fixture) {
            let text = format!("Group \"{}\" names fixture {}, which the venue does not have; it is left out", group.name, member.fixture);
            problems.push(Problem { fixture: None, text });
        }
    }
    GroupSpec {
        name: group.name.clone(),
        members: group.members.iter().map(|member| rig::Member { fixture: member.fixture, head: member.head }).collect(),
        axes: group.axes,
        tags: group.tags.clone(),
        movement: group.movement.map(|movement| rig::Movement {
            base: Vec3::from_array(movement.base).normalize_or(Vec3::NEG_Z),
            half_u_deg: movement.half_u_deg,
            half_v_deg: movement.half_v_deg,
            rotation_deg: movement.rotation_deg,
        }),
    }
}
