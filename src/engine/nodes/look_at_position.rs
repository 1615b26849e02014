//! Points every head at a place in the venue.

use std::sync::Arc;

use glam::Vec3;

use super::spec::{NodeSpec, flag, number, selection, signal};
use super::steering::{Direction, Finish, steer};
use crate::engine::graph::build::Value;
use crate::engine::graph::plan::{At, Op};
use crate::engine::rig::Head;
use crate::engine::rig::select::Selection;
use crate::engine::signal::Slot;

pub const LOOK_AT_POSITION: NodeSpec = NodeSpec {
    type_id: "look_at_position",
    title: "Look at",
    category: "Movement",
    doc: "Pan and tilt in degrees with which each head looks at a point (metres, venue space), by its pose and range; the nearest reachable where it cannot.",
    inputs: &[selection("selection"), signal("x"), signal("y"), signal("z")],
    outputs: &[signal("pan"), signal("tilt")],
    params: &[
        number("pan_offset_deg", 0.0).usually(-180.0, 180.0),
        number("tilt_offset_deg", 0.0).usually(-90.0, 90.0),
        flag("clamp", true),
    ],
    sink: false,
    build: |b| {
        let selection = b.selection("selection");
        let (x, y, z) = (b.signal_or("x", 0.0), b.signal_or("y", 0.0), b.signal_or("z", 0.0));
        let finish =
            Finish { pan_offset_deg: b.level("pan_offset_deg"), tilt_offset_deg: b.level("tilt_offset_deg"), clamp: b.flag("clamp") };
        let point = Point { selection: selection.clone(), point: [x, y, z] };
        let angles = steer(b, &selection.items, &[x, y, z], point, finish);
        for (port, channel) in [("pan", 0), ("tilt", 1)] {
            let out = b.push((angles.n, 1), &[angles], false, Plane { from: angles, channel });
            b.output(port, Value::Signal(out));
        }
    },
};

struct Point {
    selection: Arc<Selection>,
    point: [Slot; 3],
}

impl Direction for Point {
    fn of(&self, at: &At<'_>, item: usize, _head: &Head) -> Vec3 {
        Vec3::from_array(self.point.map(|slot| at.read(slot).get(item, 0))) - self.selection.positions[item]
    }
}

/// One channel of a signal as a signal of its own.
pub(super) struct Plane {
    pub(super) from: Slot,
    pub(super) channel: usize,
}

impl Op for Plane {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        out.copy_from_slice(at.read(self.from).plane(self.channel));
    }
}
