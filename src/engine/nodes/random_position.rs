//! A point in a box, drawn anew whenever the trigger changes.

use std::sync::Arc;

use super::random::draw;
use super::random_select_mask::draw_number;
use super::spec::{NodeSpec, number, signal};
use crate::engine::graph::build::Value;
use crate::engine::graph::plan::{At, Op};
use crate::engine::signal::TimeSlot;

pub const RANDOM_POSITION: NodeSpec = NodeSpec {
    type_id: "random_position",
    title: "Random position",
    category: "Movement",
    doc: "A point in a box (metres), drawn anew whenever the trigger's value changes.",
    inputs: &[signal("trigger")],
    outputs: &[signal("x"), signal("y"), signal("z")],
    params: &[
        number("min_x", -3.0).usually(-10.0, 10.0),
        number("max_x", 3.0).usually(-10.0, 10.0),
        number("min_y", -3.0).usually(-10.0, 10.0),
        number("max_y", 3.0).usually(-10.0, 10.0),
        number("min_z", 0.0).usually(-10.0, 10.0),
        number("max_z", 2.0).usually(-10.0, 10.0),
    ],
    sink: false,
    build: |b| {
        let changes = b.changes("trigger");
        let seed = b.seed();
        for (axis, port) in ["x", "y", "z"].into_iter().enumerate() {
            let range = [b.level(&format!("min_{port}")), b.level(&format!("max_{port}"))];
            let time = b.time();
            let out = b.push((time.n, 1), &[], true, Axis { seed, axis: axis as u64, range, changes: changes.clone(), time });
            b.output(port, Value::Signal(out));
        }
    },
};

struct Axis {
    seed: u64,
    axis: u64,
    range: [f32; 2],
    changes: Arc<[f64]>,
    time: TimeSlot,
}

impl Op for Axis {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let [low, high] = self.range;
        for (out, &secs) in out.iter_mut().zip(at.times(self.time)) {
            *out = low + (high - low) * draw(self.seed, draw_number(&self.changes, secs), self.axis);
        }
    }
}
