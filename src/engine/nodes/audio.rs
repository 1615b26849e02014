//! Sound: stems, filters, and the level of chosen frequencies.

use std::sync::Arc;

use serde_json::Value as Json;

use super::features::{Filter, Series};
use super::spec::{NodeSpec, audio, ranged, signal, text};
use crate::engine::graph::build::{Building, Value, brief};
use crate::engine::graph::model;
use crate::engine::graph::plan::{At, Op};
use crate::engine::signal::TimeSlot;
use crate::engine::track::Stem;

pub const STEM_SPLITTER: NodeSpec = NodeSpec {
    type_id: "stem_splitter",
    title: "Stems",
    category: "Audio",
    doc: "Drums, bass, vocals and the rest, each by itself.",
    inputs: &[audio("audio_in")],
    outputs: &[audio("drums_out"), audio("bass_out"), audio("vocals_out"), audio("other_out")],
    params: &[],
    sink: false,
    build: |b| {
        let Some(from) = b.audio("audio_in") else { return };
        for (port, stem) in ["drums_out", "bass_out", "vocals_out", "other_out"].into_iter().zip(Stem::ALL) {
            let mut part = from.clone();
            part.stem = Some(stem);
            b.output(port, Value::Audio(part));
        }
    },
};

fn filter(b: &mut Building<'_, '_>, filter: fn(f64) -> Filter) {
    let Some(mut audio) = b.audio("audio_in") else { return };
    let nyquist = audio.find(b.track()).map_or(22_050.0, |audio| f64::from(audio.rate_hz) / 2.0);
    audio.filters.push(filter(b.number("cutoff_hz").min(nyquist)));
    b.output("audio_out", Value::Audio(audio));
}

pub const LOWPASS_FILTER: NodeSpec = NodeSpec {
    type_id: "lowpass_filter",
    title: "Low-pass",
    category: "Audio",
    doc: "Keeps what lies below the cutoff.",
    inputs: &[audio("audio_in")],
    outputs: &[audio("audio_out")],
    params: &[ranged("cutoff_hz", 200.0, 1.0, 96_000.0).usually(20.0, 16000.0)],
    sink: false,
    build: |b| filter(b, |cutoff_hz| Filter::Low { cutoff_hz }),
};

pub const HIGHPASS_FILTER: NodeSpec = NodeSpec {
    type_id: "highpass_filter",
    title: "High-pass",
    category: "Audio",
    doc: "Keeps what lies above the cutoff.",
    inputs: &[audio("audio_in")],
    outputs: &[audio("audio_out")],
    params: &[ranged("cutoff_hz", 200.0, 1.0, 96_000.0).usually(20.0, 16000.0)],
    sink: false,
    build: |b| filter(b, |cutoff_hz| Filter::High { cutoff_hz }),
};

pub const FREQUENCY_AMPLITUDE: NodeSpec = NodeSpec {
    type_id: "frequency_amplitude",
    title: "Frequency level",
    category: "Audio",
    doc: "How loud the chosen frequencies are; 1 is the track's 99th percentile.",
    inputs: &[audio("audio_in")],
    outputs: &[signal("amplitude_out")],
    params: &[text("selected_frequency_ranges", "[[20,20000]]")],
    sink: false,
    build: build_amplitude,
};

/// Each costs a pass over the track's sound.
const MAX_LEVELS: usize = 32;

fn build_amplitude(b: &mut Building<'_, '_>) {
    if b.graph().nodes.iter().filter(|node| node.type_id == FREQUENCY_AMPLITUDE.type_id).count() > MAX_LEVELS {
        return b.error(None, format!("the graph has more than {MAX_LEVELS} frequency levels"));
    }
    let bands = bands(b);
    let slot = match b.audio("audio_in") {
        Some(source) => match source.find(b.track()) {
            Some(audio) => {
                let series = b.inputs().features.amplitude(audio, &source, &bands);
                let time = b.time();
                b.push((time.n, 1), &[], true, Level { series, time })
            }
            None => {
                let what =
                    source.stem.map_or("the track's sound".to_owned(), |stem| format!("the {} stem", format!("{stem:?}").to_lowercase()));
                b.warn(Some("audio_in"), format!("{what} is not analysed yet; the level is 0"));
                b.constant(1, 1, &[0.0])
            }
        },
        None => b.constant(1, 1, &[0.0]),
    };
    b.output("amplitude_out", Value::Signal(slot));
}

/// `[[low, high], ...]` in Hz, as JSON or in a string; everything audible when nothing is chosen.
fn bands(b: &mut Building<'_, '_>) -> Vec<[f64; 2]> {
    let given = b.node.params.get("selected_frequency_ranges").cloned().unwrap_or(Json::Null);
    let list = match &given {
        Json::String(text) => serde_json::from_str::<Json>(text).unwrap_or(Json::Null),
        other => other.clone(),
    };
    let pair = |pair: &Json| Some([model::number(pair.get(0)?)?, model::number(pair.get(1)?)?]).map(|[a, b]| [a.min(b).max(0.0), a.max(b)]);
    let bands: Vec<[f64; 2]> = list.as_array().into_iter().flatten().take(64).filter_map(pair).collect();
    if bands.is_empty() {
        if !given.is_null() && given != Json::String("[]".into()) {
            b.warn(None, format!("\"selected_frequency_ranges\" is not a list of [low, high] in Hz: {}", brief(given)));
        }
        return vec![[20.0, 20_000.0]];
    }
    bands
}

struct Level {
    series: Arc<Series>,
    time: TimeSlot,
}

impl Op for Level {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        for (out, &secs) in out.iter_mut().zip(at.times(self.time)) {
            *out = self.series.at(secs);
        }
    }
}
