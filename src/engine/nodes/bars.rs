//! The song's shape: how much happens in a bar, and where a new section begins.

use std::ops::Range;
use std::sync::Arc;

use super::spec::{NodeSpec, signal};
use crate::engine::graph::build::Value;
use crate::engine::graph::plan::{At, Op, Peaks};
use crate::engine::signal::TimeSlot;
use crate::engine::track::TrackAnalysis;

pub const BAR_ENERGY: NodeSpec = NodeSpec {
    type_id: "bar_energy",
    title: "Bar energy",
    category: "Analysis",
    doc: "How much happens in the bar, 0..1, gliding from the middle of one bar to the middle of the next.",
    inputs: &[],
    outputs: &[signal("out")],
    params: &[],
    sink: false,
    build: |b| {
        let (track, time) = (b.track().clone(), b.time());
        let out = if track.bar_energy.is_empty() {
            b.warn(None, "bars are not analysed yet; their energy is 0");
            b.constant(1, 1, &[0.0])
        } else {
            b.push((time.n, 1), &[], true, Energy { track, time })
        };
        b.output("out", Value::Signal(out));
    },
};

struct Energy {
    track: Arc<TrackAnalysis>,
    time: TimeSlot,
}

impl Op for Energy {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let energy = &self.track.bar_energy;
        for (out, &secs) in out.iter_mut().zip(at.times(self.time)) {
            let place = (self.track.grid.bar_at(secs) - 0.5).clamp(0.0, (energy.len() - 1) as f64);
            let (bar, rest) = (place as usize, (place - place.floor()) as f32);
            let next = energy[(bar + 1).min(energy.len() - 1)];
            *out = (energy[bar] + (next - energy[bar]) * rest).clamp(0.0, 1.0);
        }
    }
}

pub const SECTION_CHANGE: NodeSpec = NodeSpec {
    type_id: "section_change",
    title: "Section change",
    category: "Analysis",
    doc: "1 where a section begins, falling to 0 over a bar.",
    inputs: &[],
    outputs: &[signal("out")],
    params: &[],
    sink: false,
    build: |b| {
        let (track, time) = (b.track().clone(), b.time());
        let out = if track.sections.is_empty() {
            b.warn(None, "sections are not analysed yet; no change is seen");
            b.constant(1, 1, &[0.0])
        } else {
            b.push((time.n, 1), &[], true, Change { track, time })
        };
        b.output("out", Value::Signal(out));
    },
};

struct Change {
    track: Arc<TrackAnalysis>,
    time: TimeSlot,
}

impl Op for Change {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let (sections, grid) = (&self.track.sections, &self.track.grid);
        for (out, &secs) in out.iter_mut().zip(at.times(self.time)) {
            let next = sections.partition_point(|section| section.start <= secs);
            let since = next.checked_sub(1).map(|last| grid.bar_at(secs) - grid.bar_at(sections[last].start));
            *out = since.map_or(0.0, |bars| (1.0 - bars).clamp(0.0, 1.0) as f32);
        }
    }

    fn peaks(&self, at: &At<'_>, window: &Range<f64>, found: &mut Peaks<'_>) {
        for &secs in at.times(self.time).first().into_iter().chain(at.times(self.time).last()) {
            let behind = window.end - secs;
            let inside = |start: &&f64| (window.start - behind < **start) && **start <= secs;
            self.track.sections.iter().map(|section| &section.start).filter(inside).for_each(|start| found.add(start + behind));
        }
    }
}
