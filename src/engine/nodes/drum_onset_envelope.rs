//! A flash on every drum hit that was heard.

use std::ops::Range;
use std::sync::Arc;

use super::beat_envelope::LINGERS;
use super::spec::{NodeSpec, audio, choice, ranged, signal};
use crate::engine::graph::build::{Building, Value};
use crate::engine::graph::plan::{At, MAX_PEAKS, Op, Peaks};
use crate::engine::signal::TimeSlot;
use crate::engine::track::Drum;

pub const DRUM_ONSET_ENVELOPE: NodeSpec = NodeSpec {
    type_id: "drum_onset_envelope",
    title: "Drum hits",
    category: "Audio",
    doc: "1 at each hit of the chosen drum, falling to 0 in a straight line over decay_ms; below the threshold it is 0.",
    inputs: &[audio("audio_in").optional()],
    outputs: &[signal("out")],
    params: &[
        choice("drum", &["kick", "snare", "hat", "any"]),
        ranged("decay_ms", 180.0, 1.0, 60_000.0).usually(10.0, 1000.0),
        ranged("threshold", 0.0, 0.0, 1.0),
    ],
    sink: false,
    build,
};

fn build(b: &mut Building<'_, '_>) {
    let drum = b.choice("drum");
    let (decay_secs, threshold, time) = (b.number("decay_ms") / 1000.0, b.level("threshold"), b.time());
    let Some(drums) = &b.track().drums else {
        b.warn(None, "drum hits are not analysed yet; the envelope stays at 0");
        let out = b.constant(1, 1, &[0.0]);
        return b.output("out", Value::Signal(out));
    };
    let mut hits: Vec<f64> = match Drum::ALL.get(drum) {
        Some(&drum) => drums[drum as usize].clone(),
        None => drums.iter().flatten().copied().collect(),
    };
    hits.sort_by(f64::total_cmp);
    let out = b.push((time.n, 1), &[], true, Hits { hits: hits.into(), decay_secs, threshold, time });
    b.output("out", Value::Signal(out));
}

struct Hits {
    hits: Arc<[f64]>,
    decay_secs: f64,
    threshold: f32,
    time: TimeSlot,
}

impl Op for Hits {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let window_secs = if out.len() > 1 { at.window_secs() } else { 0.0 };
        for (out, &secs) in out.iter_mut().zip(at.times(self.time)) {
            let next = self.hits.partition_point(|&hit| hit <= secs);
            let last = next.checked_sub(1).map(|last| self.hits[last]);
            // A hit within the window counts as if it were now.
            let since = |hit: f64| if secs - hit < window_secs { 0.0 } else { secs - hit };
            let level = last.map_or(0.0, |hit| (1.0 - since(hit) / self.decay_secs).max(0.0) as f32);
            *out = if level >= self.threshold { level } else { 0.0 };
        }
    }

    fn peaks_by_lane(&self) -> bool {
        self.time.n > 1
    }

    fn weight(&self) -> u32 {
        8
    }

    fn peaks(&self, at: &At<'_>, window: &Range<f64>, found: &mut Peaks<'_>) {
        let lingers = (window.end - window.start) / self.decay_secs <= f64::from(1.0 - LINGERS);
        if at.times(self.time).len() > 1 && lingers && self.threshold <= LINGERS {
            return;
        }
        let mut last = f64::NAN;
        for &secs in at.times(self.time) {
            if secs == last {
                continue;
            }
            last = secs;
            let behind = window.end - secs;
            let from = self.hits.partition_point(|&hit| hit <= window.start - behind);
            for hit in self.hits[from..].iter().take(MAX_PEAKS).take_while(|&&hit| hit <= secs) {
                if at.times(self.time).len() == 1 { found.add(hit + behind) } else { found.add_lane(hit + behind, window) }
            }
            if found.by_lane {
                return;
            }
        }
    }
}
