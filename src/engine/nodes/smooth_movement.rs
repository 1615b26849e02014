//! Pan and tilt no faster than a head can follow.
//!
//! A limit on speed needs history, so the path over the annotation is baked when it is compiled; reading it is the same
//! at any instant, however one got there.

use std::sync::Arc;

use super::spec::{NodeSpec, ranged, signal};
use crate::engine::graph::build::{BAKE_HZ, Building, Value};
use crate::engine::graph::plan::{At, Op};
use crate::engine::signal::{NOW, TimeSlot};

pub const SMOOTH_MOVEMENT: NodeSpec = NodeSpec {
    type_id: "smooth_movement",
    title: "Smooth movement",
    category: "Movement",
    doc: "Follows pan and tilt (degrees) at no more than a given speed, from where they are at the annotation's start.",
    inputs: &[signal("pan_in"), signal("tilt_in")],
    outputs: &[signal("pan"), signal("tilt")],
    params: &[ranged("pan_max_deg_per_s", 360.0, 0.0, 1e5), ranged("tilt_max_deg_per_s", 180.0, 0.0, 1e5)],
    sink: false,
    build: |b| {
        for (from, to, limit) in [("pan_in", "pan", "pan_max_deg_per_s"), ("tilt_in", "tilt", "tilt_max_deg_per_s")] {
            follow(b, from, to, limit);
        }
    },
};

/// Numbers in one baked path at most: 64 MiB.
const MAX_TABLE: usize = 1 << 24;

fn follow(b: &mut Building<'_, '_>, from: &str, to: &str, limit: &str) {
    let Some(input) = b.signal_at(from, NOW) else { return };
    let limit = b.level(limit);
    let n = input.n as usize;
    let looks = ((b.inputs().end - b.inputs().start).max(0.0) * BAKE_HZ) as usize + 2;
    if looks * n > MAX_TABLE {
        b.warn(Some(from), "the annotation is too long and wide to limit its speed; the movement passes as it is");
        return b.output(to, Value::Signal(input));
    }
    let mut path: Vec<f32> = Vec::with_capacity(looks * n);
    let mut instants: Vec<f64> = Vec::with_capacity(looks);
    b.bake(input, |secs, values| {
        match instants.last() {
            None => path.extend_from_slice(&values[..n]),
            Some(last) => {
                let step = limit * (secs - last) as f32;
                let before = path.len() - n;
                for (lane, &value) in values[..n].iter().enumerate() {
                    let reached = path[before + lane];
                    path.push(reached + (value - reached).clamp(-step, step));
                }
            }
        }
        instants.push(secs);
    });
    let time = b.time();
    let lanes = input.n.max(time.n);
    let out = b.push((lanes, 1), &[], true, Baked { path: path.into(), instants: instants.into(), n, time });
    b.output(to, Value::Signal(out));
}

struct Baked {
    /// Instant by instant, `n` lanes each.
    path: Arc<[f32]>,
    instants: Arc<[f64]>,
    n: usize,
    time: TimeSlot,
}

impl Op for Baked {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let times = at.times(self.time);
        let last = self.instants.len() - 1;
        for (lane, out) in out.iter_mut().enumerate() {
            let secs = times[lane % times.len()];
            let after = self.instants.partition_point(|&instant| instant <= secs).clamp(1, last.max(1)).min(last);
            let before = after.saturating_sub(1);
            let span = self.instants[after] - self.instants[before];
            let share = if span > 0.0 { ((secs - self.instants[before]) / span).clamp(0.0, 1.0) as f32 } else { 0.0 };
            let value = |instant: usize| self.path[instant * self.n + lane % self.n];
            *out = value(before) + (value(after) - value(before)) * share;
        }
    }
}
