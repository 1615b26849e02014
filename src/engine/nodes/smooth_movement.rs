//! Pan and tilt no faster than a head can follow.
//!
//! A limit on speed needs history, so the path over the annotation is followed when it is compiled, 240 looks a second.  Only
//! the stretches in which a head falls behind are kept; everywhere else the path is the input as it was looked at, straight
//! from look to look, and is read from the input itself.  So reading is the same at any instant, however one got there.

use std::sync::Arc;

use super::spec::{NodeSpec, ranged, signal};
use crate::engine::graph::build::{Building, Value};
use crate::engine::graph::looks::Looks;
use crate::engine::graph::plan::{At, Op};
use crate::engine::signal::{Lanes, NOW, Slot, TimeSlot, broadcast};

const AXES: [(&str, &str, &str); 2] = [("pan_in", "pan", "pan_max_deg_per_s"), ("tilt_in", "tilt", "tilt_max_deg_per_s")];

pub const SMOOTH_MOVEMENT: NodeSpec = NodeSpec {
    type_id: "smooth_movement",
    title: "Smooth movement",
    category: "Movement",
    doc: "Follows pan and tilt (degrees) at no more than a given speed, from where they are at the annotation's start.",
    inputs: &[signal("pan_in"), signal("tilt_in")],
    outputs: &[signal("pan"), signal("tilt")],
    params: &[
        ranged("pan_max_deg_per_s", 360.0, 0.0, 1e5).usually(0.0, 720.0),
        ranged("tilt_max_deg_per_s", 180.0, 0.0, 1e5).usually(0.0, 720.0),
    ],
    sink: false,
    build,
};

fn build(b: &mut Building<'_, '_>) {
    let [Some(pan), Some(tilt)] = AXES.map(|(from, ..)| b.signal_at(from, NOW)) else { return };
    let speeds = AXES.map(|(.., limit)| b.level(limit));
    let room = b.tables_left() / size_of::<Stretch>();
    let mut paths = [pan, tilt].map(|input| Path::new(input.n as usize, room / 2));
    let looks = b.bake(&[pan, tilt], |looks, look, lanes| {
        for ((path, lanes), speed) in paths.iter_mut().zip(lanes).zip(speeds) {
            path.follow(look, *lanes, speed * looks.step_secs() as f32);
        }
    });
    let Some(looks) = looks else { return };
    let contexts = b.looked_at(looks);
    for ((from, to, _), path) in AXES.into_iter().zip(paths) {
        let (time, [before, after]) = (b.time(), contexts.map(|context| b.signal_at(from, context)));
        let (Some(input), Some(before), Some(after)) = (b.signal(from), before, after) else { return };
        let n = broadcast(broadcast(before.n, after.n), time.n);
        let out = match path.table(b) {
            Some(table) => {
                let op = Followed { before, after, time, look: contexts[0], looks, table };
                b.push((n, 1), &[before, after], true, op)
            }
            None => {
                b.warn(Some(from), "the annotation is too long and wide to limit its speed; the movement passes as it is");
                input
            }
        };
        b.output(to, Value::Signal(out));
    }
}

/// Looks in which a head goes as fast as it may and is still behind.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    first: u32,
    last: u32,
    /// Where it was at the first look, and how far it gets from one to the next.
    value: f32,
    step: f32,
}

impl Stretch {
    fn at(&self, look: u32) -> f32 {
        self.value + self.step * (look - self.first) as f32
    }
}

/// A path as it is being followed.
struct Path {
    reached: Vec<f32>,
    open: Vec<Option<Stretch>>,
    /// By lane; more than there is room for are not kept.
    closed: Vec<(u32, Stretch)>,
    room: usize,
}

impl Path {
    fn new(n: usize, room: usize) -> Self {
        Self { reached: Vec::new(), open: vec![None; n], closed: Vec::new(), room: room.saturating_sub(n) }
    }

    fn follow(&mut self, look: u32, input: Lanes<'_>, step: f32) {
        if look == 0 {
            self.reached = input.plane(0).to_vec();
            return;
        }
        for (lane, (reached, &wanted)) in self.reached.iter_mut().zip(input.plane(0)).enumerate() {
            let behind = wanted - *reached;
            let open = &mut self.open[lane];
            if behind.abs() <= step {
                *reached = wanted;
                self.closed.extend(open.take().map(|stretch| (lane as u32, stretch)).filter(|_| self.closed.len() <= self.room));
                continue;
            }
            let step = step.copysign(behind);
            match open {
                Some(stretch) if stretch.step.to_bits() == step.to_bits() => stretch.last = look,
                _ => {
                    let turned = open.replace(Stretch { first: look - 1, last: look, value: *reached, step });
                    self.closed.extend(turned.map(|stretch| (lane as u32, stretch)).filter(|_| self.closed.len() <= self.room));
                }
            }
            *reached = open.map_or(wanted, |stretch| stretch.at(look));
        }
    }

    /// `None` where there is no room for it.
    fn table(mut self, b: &mut Building<'_, '_>) -> Option<Table> {
        let n = self.open.len();
        self.closed.extend(self.open.iter().enumerate().filter_map(|(lane, open)| Some((lane as u32, (*open)?))));
        if self.closed.len() > self.room || b.table(self.closed.len(), size_of::<Stretch>()) < self.closed.len() {
            return None;
        }
        // Within a lane they were closed in their order.
        self.closed.sort_by_key(|(lane, _)| *lane);
        let ends = (0..n).map(|lane| self.closed.partition_point(|(of, _)| *of as usize <= lane) as u32);
        Some(Table { ends: ends.collect(), stretches: self.closed.iter().map(|(_, stretch)| *stretch).collect() })
    }
}

/// Where each lane is behind.
struct Table {
    /// For each lane, where its stretches end and the next lane's begin.
    ends: Arc<[u32]>,
    stretches: Arc<[Stretch]>,
}

impl Table {
    /// Where a lane is at a look, if it is behind there.
    fn at(&self, lane: usize, look: u32) -> Option<f32> {
        let lane = lane % self.ends.len();
        let from = lane.checked_sub(1).map_or(0, |before| self.ends[before]);
        let stretches = &self.stretches[from as usize..self.ends[lane] as usize];
        let begun = stretches.partition_point(|stretch| stretch.first < look);
        begun.checked_sub(1).map(|at| stretches[at]).filter(|stretch| look <= stretch.last).map(|stretch| stretch.at(look))
    }
}

struct Followed {
    /// The input at the look before, and at the one after.
    before: Slot,
    after: Slot,
    time: TimeSlot,
    look: TimeSlot,
    looks: Looks,
    table: Table,
}

impl Op for Followed {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let (before, after, times, looks) = (at.read(self.before), at.read(self.after), at.times(self.time), at.times(self.look));
        for (lane, out) in out.iter_mut().enumerate() {
            let (secs, before_secs) = (times[lane % times.len()], looks[lane % looks.len()]);
            let look = self.looks.nearest(before_secs);
            let share = ((secs - before_secs) / self.looks.step_secs()).clamp(0.0, 1.0) as f32;
            let from = self.table.at(lane, look).unwrap_or_else(|| before.get(lane, 0));
            let to = self.table.at(lane, look + 1).unwrap_or_else(|| after.get(lane, 0));
            *out = from + (to - from) * share;
        }
    }

    fn weight(&self) -> u32 {
        8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_behind_from_a_jump_until_it_has_caught_up() {
        let mut path = Path::new(1, 100);
        for (look, wanted) in [0.0, 0.5, 5.0, 5.0, 5.0, 2.0, 2.0, 2.0].into_iter().enumerate() {
            path.follow(look as u32, Lanes { data: &[wanted], n: 1, c: 1 }, 2.0);
        }
        let stretches: Vec<Stretch> = path.closed.iter().map(|(_, stretch)| *stretch).collect();
        let stretch = |first, last, value, step| Stretch { first, last, value, step };
        // 0, 0.5, then towards 5: 2.5, 4.5, 5; then back to 2: 3, 2.
        assert_eq!(stretches, [stretch(1, 3, 0.5, 2.0), stretch(4, 5, 5.0, -2.0)]);
        assert_eq!(path.reached, [2.0]);
    }
}
