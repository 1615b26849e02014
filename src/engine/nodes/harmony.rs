//! Chords as light may use them: how present each pitch class is, and how undecided the harmony.

use std::sync::Arc;

use super::spec::{NodeSpec, audio, beats, signal};
use crate::engine::graph::build::{Building, Value};
use crate::engine::graph::plan::{At, Op};
use crate::engine::signal::{Slot, TimeSlot};
use crate::engine::track::TrackAnalysis;

pub const HARMONY_ANALYSIS: NodeSpec = NodeSpec {
    type_id: "harmony_analysis",
    title: "Harmony",
    category: "Analysis",
    doc: "How likely each of the 12 pitch classes (C to B) is the chord's root.",
    inputs: &[audio("audio_in"), beats("grid_in").optional()],
    outputs: &[signal("signal").channels(12)],
    params: &[],
    sink: false,
    build: |b| {
        let track = b.track().clone();
        let time = b.time();
        let out = if track.logits.is_none() && track.chords.is_empty() {
            b.warn(None, "chords are not analysed yet; the harmony is 0");
            b.constant(1, 12, &[0.0])
        } else {
            b.push((time.n, 12), &[], true, Roots { track, time })
        };
        b.output("signal", Value::Signal(out));
    },
};

struct Roots {
    track: Arc<TrackAnalysis>,
    time: TimeSlot,
}

impl Roots {
    fn at(&self, secs: f64) -> [f32; 12] {
        let mut roots = [0.0; 12];
        if let Some(logits) = &self.track.logits {
            let place = (secs - logits.first_secs) / logits.hop_secs;
            let frame = if place >= 0.0 { logits.frames.get(place as usize) } else { None };
            if let Some(frame) = frame {
                let top = frame.iter().copied().fold(f32::MIN, f32::max);
                let powers = frame.map(|logit| (logit - top).exp());
                let sum: f32 = powers.iter().sum();
                (0..12).for_each(|root| roots[root] = powers[root] / sum);
            }
        } else {
            let chords = &self.track.chords;
            let next = chords.partition_point(|chord| chord.start <= secs);
            let chord = next.checked_sub(1).map(|at| &chords[at]).filter(|chord| secs < chord.end);
            if let Some(root) = chord.and_then(|chord| chord.root) {
                roots[usize::from(root % 12)] = 1.0;
            }
        }
        roots
    }
}

impl Op for Roots {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let times = at.times(self.time);
        for (lane, &secs) in times.iter().enumerate() {
            for (root, level) in self.at(secs).into_iter().enumerate() {
                out[root * times.len() + lane] = if level.is_finite() { level } else { 0.0 };
            }
        }
    }
}

pub const HARMONIC_TENSION: NodeSpec = NodeSpec {
    type_id: "harmonic_tension",
    title: "Harmonic tension",
    category: "Analysis",
    doc: "How undecided the harmony is: 0 for one clear root, 1 when all 12 are alike.",
    inputs: &[signal("chroma").channels(12)],
    outputs: &[signal("tension")],
    params: &[],
    sink: false,
    build: |b: &mut Building<'_, '_>| {
        let Some(chroma) = b.signal("chroma") else { return };
        let out = b.push((chroma.n, 1), &[chroma], false, Entropy { chroma });
        b.output("tension", Value::Signal(out));
    },
};

struct Entropy {
    chroma: Slot,
}

impl Op for Entropy {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let chroma = at.read(self.chroma);
        for (lane, out) in out.iter_mut().enumerate() {
            let sum: f32 = (0..12).map(|root| chroma.get(lane, root).max(0.0)).sum();
            let share = |root| if sum > 0.0 { chroma.get(lane, root).max(0.0) / sum } else { 0.0 };
            let entropy: f32 = (0..12).map(share).filter(|&share| share > 0.0).map(|share| -share * share.ln()).sum();
            *out = (entropy / 12f32.ln()).clamp(0.0, 1.0);
        }
    }
}
