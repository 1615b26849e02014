//! Where a graph ends: what its signals do to the selected heads.

use std::sync::Arc;

use glam::Vec3;

use super::look_at_position::Plane;
use super::spec::{NodeSpec, selection, signal};
use super::steering::{Direction, Finish, pyramid, steer};
use crate::engine::frame::BeamValue;
use crate::engine::graph::build::{Building, Target};
use crate::engine::graph::plan::At;
use crate::engine::rig::{Head, Movement};
use crate::engine::signal::Slot;

const fn sink(
    type_id: &'static str,
    title: &'static str,
    doc: &'static str,
    inputs: &'static [super::spec::Port],
    build: fn(&mut Building<'_, '_>),
) -> NodeSpec {
    NodeSpec { type_id, title, category: "Output", doc, inputs, outputs: &[], params: &[], sink: true, build }
}

/// Drives `target` with the signal on `port`, if one is connected.
fn drive(b: &mut Building<'_, '_>, port: &str, target: Target) {
    let selection = b.selection("selection");
    if let Some(slot) = b.signal(port) {
        b.sink(target, selection, slot);
    }
}

pub const APPLY_DIMMER: NodeSpec =
    sink("apply_dimmer", "Dimmer", "Intensity, 0..1.", &[selection("selection"), signal("signal")], |b| drive(b, "signal", Target::Dimmer));

pub const APPLY_COLOR: NodeSpec = sink(
    "apply_color",
    "Colour",
    "Colour by three channels, or four with tint strength. Its brightness is the dimmer, or multiplies the one that Dimmer sets.",
    &[selection("selection"), signal("signal")],
    |b| {
        if let Some(slot) = b.signal("signal").filter(|slot| !matches!(slot.c, 1 | 3 | 4)) {
            return b.error(Some("signal"), format!("\"signal\" takes a colour of 3 or 4 channels, the wire brings {}", slot.c));
        }
        drive(b, "signal", Target::Color);
    },
);

pub const APPLY_POSITION: NodeSpec = sink(
    "apply_position",
    "Position",
    "Pan and tilt in degrees from home; an axis that is not connected is held.",
    &[selection("selection"), signal("pan").optional(), signal("tilt").optional()],
    |b| {
        drive(b, "pan", Target::Pan);
        drive(b, "tilt", Target::Tilt);
    },
);

pub const APPLY_MOVEMENT: NodeSpec = sink(
    "apply_movement",
    "Movement",
    "A point of the group's movement pyramid: u and v in -1..1.",
    &[selection("selection"), signal("uv").channels(2)],
    |b| {
        let selection = b.selection("selection");
        let Some(uv) = b.signal("uv") else { return };
        if selection.items.is_empty() {
            return;
        }
        let rig = b.rig().clone();
        // The first group in the venue's order that configures movement; else straight down, 30 degrees around.
        let movement_of = |head: &u32| {
            let configured = rig.groups.iter().filter(|group| group.movement != Movement::default());
            configured.filter(|group| group.members.contains(head)).map(|group| group.movement).next().unwrap_or_default()
        };
        let movements = selection.items.iter().map(movement_of).collect();
        let finish = Finish { pan_offset_deg: 0.0, tilt_offset_deg: 0.0, clamp: true };
        let angles = steer(b, &selection.items, &[uv], Pyramid { uv, movements }, finish);
        for (channel, target) in [Target::Pan, Target::Tilt].into_iter().enumerate() {
            let slot = b.push((angles.n, 1), &[angles], false, Plane { from: angles, channel });
            b.sink(target, Arc::clone(&selection), slot);
        }
    },
);

struct Pyramid {
    uv: Slot,
    movements: Vec<Movement>,
}

impl Direction for Pyramid {
    fn of(&self, at: &At<'_>, item: usize, _head: &Head) -> Vec3 {
        let uv = at.read(self.uv);
        pyramid(&self.movements[item], uv.get(item, 0), uv.get(item, 1))
    }
}

pub const APPLY_STROBE: NodeSpec =
    sink("apply_strobe", "Strobe", "Strobe rate, 0 (open) to 1 (fastest).", &[selection("selection"), signal("signal")], |b| {
        drive(b, "signal", Target::Strobe)
    });

pub const APPLY_SPEED: NodeSpec = sink(
    "apply_speed",
    "Speed",
    "Above 0.5 heads move as fast as they can; at or below it they freeze.",
    &[selection("selection"), signal("speed")],
    |b| drive(b, "speed", Target::Speed),
);

pub const APPLY_BEAM: NodeSpec = sink(
    "apply_beam",
    "Beam",
    "Zoom (0 narrow .. 1 wide), focus, iris (0 open .. 1 closed), frost.",
    &[selection("selection"), signal("zoom").optional(), signal("focus").optional(), signal("iris").optional(), signal("frost").optional()],
    |b| {
        for (port, value) in
            [("zoom", BeamValue::Zoom), ("focus", BeamValue::Focus), ("iris", BeamValue::Iris), ("frost", BeamValue::Frost)]
        {
            drive(b, port, Target::Beam(value));
        }
    },
);

pub const APPLY_GOBO: NodeSpec = sink(
    "apply_gobo",
    "Gobo",
    "Gobo by number (0 = open), its rotation 0..1, and the prism (in above 0.5).",
    &[selection("selection"), signal("index").optional(), signal("rotation").optional(), signal("prism").optional()],
    |b| {
        for (port, value) in [("index", BeamValue::Gobo), ("rotation", BeamValue::GoboRotation), ("prism", BeamValue::Prism)] {
            drive(b, port, Target::Beam(value));
        }
    },
);
