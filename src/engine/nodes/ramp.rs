//! Straight lines over time: counting beats, and going from one value to another.

use std::sync::Arc;

use super::spec::{NodeSpec, beats, signal};
use crate::engine::graph::build::Value;
use crate::engine::graph::plan::{At, Op};
use crate::engine::signal::{Slot, TimeSlot, broadcast};
use crate::engine::track::TrackAnalysis;

pub const RAMP: NodeSpec = NodeSpec {
    type_id: "ramp",
    title: "Beat ramp",
    category: "Signal",
    doc: "Beats since the annotation's start, on the song's real grid.",
    inputs: &[beats("grid")],
    outputs: &[signal("out")],
    params: &[],
    sink: false,
    build: |b| {
        let clock = BeatClock::new(b.track().clone(), b.inputs().start, b.time());
        let out = b.push((clock.time.n, 1), &[], true, Ramp { clock });
        b.output("out", Value::Signal(out));
    },
};

/// Counts beats from an annotation's start.
pub(super) struct BeatClock {
    track: Arc<TrackAnalysis>,
    first: f64,
    pub(super) time: TimeSlot,
}

impl BeatClock {
    pub(super) fn new(track: Arc<TrackAnalysis>, start: f64, time: TimeSlot) -> Self {
        let first = track.grid.beat_at(start);
        Self { track, first, time }
    }

    /// Beats at a lane's time; lanes wrap.
    pub(super) fn beats(&self, at: &At<'_>, lane: usize) -> f64 {
        let times = at.times(self.time);
        self.track.grid.beat_at(times[if lane < times.len() { lane } else { lane % times.len() }]) - self.first
    }
}

struct Ramp {
    clock: BeatClock,
}

impl Op for Ramp {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        for (lane, out) in out.iter_mut().enumerate() {
            *out = self.clock.beats(at, lane) as f32;
        }
    }

    fn weight(&self) -> u32 {
        8
    }
}

pub const RAMP_BETWEEN: NodeSpec = NodeSpec {
    type_id: "ramp_between",
    title: "Ramp between",
    category: "Signal",
    doc: "From start at the annotation's first instant to end at its last, by beats.",
    inputs: &[beats("grid"), signal("start"), signal("end")],
    outputs: &[signal("out")],
    params: &[],
    sink: false,
    build: |b| {
        let (Some(start), Some(end)) = (b.signal("start"), b.signal("end")) else { return };
        let clock = BeatClock::new(b.track().clone(), b.inputs().start, b.time());
        let length = b.track().grid.beat_at(b.inputs().end) - clock.first;
        let (n, c) = (broadcast(broadcast(start.n, end.n), clock.time.n), broadcast(start.c, end.c));
        let out = b.push((n, c), &[start, end], true, Between { clock, length, start, end, n: n as usize });
        b.output("out", Value::Signal(out));
    },
};

struct Between {
    clock: BeatClock,
    length: f64,
    start: Slot,
    end: Slot,
    n: usize,
}

impl Op for Between {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let (start, end) = (at.read(self.start), at.read(self.end));
        for (channel, plane) in out.chunks_mut(self.n).enumerate() {
            for (lane, out) in plane.iter_mut().enumerate() {
                let share = if self.length > 0.0 { (self.clock.beats(at, lane) / self.length).clamp(0.0, 1.0) as f32 } else { 0.0 };
                let (from, to) = (start.get(lane, channel), end.get(lane, channel));
                *out = from + (to - from) * share;
            }
        }
    }
}
