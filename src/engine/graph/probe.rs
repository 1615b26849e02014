//! What flows out of every node at an instant: for whoever draws or debugs a graph.
//!
//! Other than [`build`](super::build), a probe builds every node that can be built, whether a sink needs it or not; a node
//! that something is wrong with, and what hangs on it, has no reading.  What one look may compute is bounded.

use std::collections::BTreeMap;

use super::bake::{Room, part};
use super::build::{Builder, Inputs, Value};
use super::check::{Checked, Diagnostic, check};
use super::model::Graph;
use super::outputs;
use super::plan::{Arena, Plan};
use crate::engine::nodes::features::{AudioRef, spectrogram};
use crate::engine::signal::{NOW, Slot};
use crate::engine::track::TrackAnalysis;

/// Lanes of a signal that a reading holds; the others only count in its extremes.
pub const MAX_LANES: usize = 16;
/// Numbers, by weight, that drawing one curve may compute.
const MAX_TRACE: u64 = 1 << 22;

/// A graph, built so that every wire can be read.
#[derive(Default)]
pub struct Probe {
    plan: Plan,
    taps: BTreeMap<String, BTreeMap<String, Tap>>,
    /// Everything that is said about the graph, the checker's words first.
    pub diagnostics: Vec<Diagnostic>,
}

enum Tap {
    Signal(Slot),
    Selection(u32),
    Audio(AudioRef),
    Beats,
}

/// What flows along a wire at an instant.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    Signal {
        /// All heads.
        n_lanes: usize,
        n_channels: usize,
        /// Lane by lane, the channels of each side by side; the first [`MAX_LANES`] lanes.
        values: Vec<f32>,
        /// Smallest and largest over all lanes and channels.
        extent: (f32, f32),
        /// The same at every instant.
        constant: bool,
    },
    Selection {
        n_heads: usize,
    },
    Audio,
    /// Bar and beat, as people count.
    Beats {
        bar: i64,
        beat: u32,
    },
}

/// A signal over a stretch of time: `lanes[lane][instant][channel]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    pub from: f64,
    pub to: f64,
    pub n_channels: usize,
    pub lanes: Vec<Vec<Vec<f32>>>,
}

impl Trace {
    /// Smallest and largest value.
    pub fn extent(&self) -> Option<(f32, f32)> {
        let all = self.lanes.iter().flatten().flatten();
        all.fold(None, |extent, &value| {
            extent.map_or(Some((value, value)), |(low, high): (f32, f32)| Some((low.min(value), high.max(value))))
        })
    }
}

/// Builds what can be built of a graph.
pub fn probe(graph: &Graph, inputs: &Inputs<'_>) -> Probe {
    let mut checked = check(graph);
    let mut diagnostics = std::mem::take(&mut checked.diagnostics);
    let buildable = buildable(&checked, &diagnostics);
    let mut builder = Builder::new(checked, inputs);
    let mut taps: BTreeMap<String, BTreeMap<String, Tap>> = BTreeMap::new();
    for (at, node) in graph.nodes.iter().enumerate().filter(|(at, _)| buildable[*at]) {
        let outputs = builder.built(at, NOW);
        let tapped = outputs.iter().map(|(port, value)| (port.clone(), tap(value)));
        taps.entry(node.id.clone()).or_default().extend(tapped);
    }
    let halted = builder.halted;
    outputs::resolve(&mut builder);
    for found in builder.diagnostics {
        if !diagnostics.contains(&found) {
            diagnostics.push(found);
        }
    }
    if halted {
        return Probe { diagnostics, ..Probe::default() };
    }
    Probe { plan: builder.plan, taps, diagnostics }
}

/// Nodes with which nothing is wrong, and nothing with what feeds them.
fn buildable(checked: &Checked<'_>, diagnostics: &[Diagnostic]) -> Vec<bool> {
    let n = checked.specs.len();
    let mut sound: Vec<bool> = (0..n).map(|at| checked.specs[at].is_some()).collect();
    let named = diagnostics.iter().filter_map(|problem| checked.index.get(problem.node.as_deref()?));
    named.for_each(|&at| sound[at] = false);
    if diagnostics.iter().any(|problem| problem.node.is_none() && problem.severity == super::check::Severity::Error) {
        return vec![false; n];
    }
    let mut feeds = vec![Vec::new(); n];
    for (to, inputs) in checked.inputs.iter().enumerate() {
        for edge in inputs.values() {
            if let Some(&from) = checked.index.get(edge.from_node.as_str()) {
                feeds[from].push(to);
            }
        }
    }
    let mut open: Vec<usize> = (0..n).filter(|&at| !sound[at]).collect();
    while let Some(at) = open.pop() {
        for &to in &feeds[at] {
            if std::mem::replace(&mut sound[to], false) {
                open.push(to);
            }
        }
    }
    sound
}

fn tap(value: &Value) -> Tap {
    match value {
        Value::Signal(slot) => Tap::Signal(*slot),
        Value::Selection(selection) => Tap::Selection(selection.items.len() as u32),
        Value::Audio(audio) => Tap::Audio(audio.clone()),
        Value::Beats => Tap::Beats,
    }
}

impl Probe {
    fn tap(&self, node: &str, port: &str) -> Option<&Tap> {
        self.taps.get(node)?.get(port)
    }

    /// What flows out of every node at `secs`, by node and port.
    pub fn read(&self, secs: f64, track: &TrackAnalysis, arena: &mut Arena) -> BTreeMap<String, BTreeMap<String, Reading>> {
        self.plan.eval(secs, arena);
        let at = self.plan.at(arena);
        let reading = |tap: &Tap| match tap {
            Tap::Signal(slot) => {
                let lanes = at.read(*slot);
                let extent = lanes.data.iter().fold((f32::MAX, f32::MIN), |(low, high), &value| (low.min(value), high.max(value)));
                let lane = |lane: usize| (0..lanes.c).map(move |channel| lanes.get(lane, channel));
                let values = (0..lanes.n.min(MAX_LANES)).flat_map(lane).collect();
                let extent = if lanes.data.is_empty() { (0.0, 0.0) } else { extent };
                Reading::Signal { n_lanes: lanes.n, n_channels: lanes.c, values, extent, constant: slot.constant }
            }
            Tap::Selection(n_heads) => Reading::Selection { n_heads: *n_heads as usize },
            Tap::Audio(_) => Reading::Audio,
            Tap::Beats => {
                let place = track.grid.bar_beat_at(secs);
                Reading::Beats { bar: place.bar, beat: place.beat }
            }
        };
        let ports = |ports: &BTreeMap<String, Tap>| ports.iter().map(|(port, tap)| (port.clone(), reading(tap))).collect();
        self.taps.iter().map(|(node, taps)| (node.clone(), ports(taps))).collect()
    }

    /// A signal over a stretch of time at `n` instants, or fewer where that is too much work.
    pub fn trace(&self, (node, port): (&str, &str), (from, to): (f64, f64), n: usize) -> Option<Trace> {
        let Some(Tap::Signal(slot)) = self.tap(node, port) else { return None };
        let part = part(&self.plan, &[*slot]);
        let n = (MAX_TRACE / part.cost).clamp(2, n.max(2) as u64) as usize;
        let (n_lanes, n_channels) = ((slot.n as usize).min(MAX_LANES), slot.c as usize);
        let mut lanes = vec![Vec::with_capacity(n); n_lanes];
        let mut room = Room::default();
        for instant in 0..n {
            let secs = from + (to - from) * instant as f64 / (n - 1) as f64;
            let at = room.run(&self.plan, &part.steps, secs);
            let seen = at.read(*slot);
            for (lane, values) in lanes.iter_mut().enumerate() {
                values.push((0..n_channels).map(|channel| seen.get(lane, channel)).collect());
            }
        }
        Some(Trace { from, to, n_channels, lanes })
    }

    /// The spectrum of the sound on a wire over a stretch of time, column by column; see [`spectrogram`].
    pub fn spectrum(
        &self,
        (node, port): (&str, &str),
        (from, to): (f64, f64),
        (n_cols, n_bands): (usize, usize),
        track: &TrackAnalysis,
    ) -> Option<Vec<f32>> {
        let Some(Tap::Audio(source)) = self.tap(node, port) else { return None };
        source.find(track).map(|audio| spectrogram(audio, &source.filters, from, to, n_cols, n_bands))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Map, json};

    use super::*;
    use crate::engine::nodes::features::Features;
    use crate::engine::rig::Rig;
    use crate::engine::tempo::BeatGrid;

    fn graph(json: serde_json::Value) -> Graph {
        serde_json::from_value(json).unwrap()
    }

    fn probed(graph: &Graph) -> (Probe, Arc<TrackAnalysis>) {
        let track = Arc::new(TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 64), 32.0));
        let (rig, features, args) = (Arc::new(Rig::default()), Features::default(), Map::new());
        let inputs = Inputs { rig: &rig, track: &track, features: &features, args: &args, start: 0.0, end: 8.0, seed: 1, tables: 1 << 20 };
        (probe(graph, &inputs), track)
    }

    #[test]
    fn every_wire_is_read_although_no_sink_needs_it() {
        let graph = graph(json!({
            "nodes": [{"id": "clock", "typeId": "beat_clock"}, {"id": "ramp", "typeId": "ramp"}, {"id": "half", "typeId": "scalar", "params": {"value": 0.5}},
                {"id": "times", "typeId": "math", "params": {"operation": "multiply"}}, {"id": "who", "typeId": "select"}],
            "edges": [{"id": "1", "fromNode": "clock", "fromPort": "grid_out", "toNode": "ramp", "toPort": "grid"},
                {"id": "2", "fromNode": "ramp", "fromPort": "out", "toNode": "times", "toPort": "a"},
                {"id": "3", "fromNode": "half", "fromPort": "out", "toNode": "times", "toPort": "b"}], "args": []
        }));
        let (probe, track) = probed(&graph);
        let read = probe.read(2.0, &track, &mut Arena::default());
        let signal = |node: &str| match &read[node]["out"] {
            Reading::Signal { values, constant, .. } => (values.clone(), *constant),
            other => panic!("{node}: {other:?}"),
        };
        assert_eq!(signal("ramp"), (vec![4.0], false), "four beats in two seconds at 120");
        assert_eq!(signal("times"), (vec![2.0], false));
        assert_eq!(signal("half"), (vec![0.5], true));
        assert_eq!(read["who"]["out"], Reading::Selection { n_heads: 0 });
        assert_eq!(read["clock"]["grid_out"], Reading::Beats { bar: 2, beat: 1 });
        let trace = probe.trace(("times", "out"), (0.0, 4.0), 5).unwrap();
        assert_eq!(trace.lanes, [[[0.0], [1.0], [2.0], [3.0], [4.0]]]);
        assert_eq!(trace.extent(), Some((0.0, 4.0)));
        assert!(probe.trace(("who", "out"), (0.0, 1.0), 5).is_none());
    }

    #[test]
    fn a_broken_node_and_what_hangs_on_it_have_no_reading_and_the_rest_has() {
        let graph = graph(json!({
            "nodes": [{"id": "lost", "typeId": "threshold"}, {"id": "after", "typeId": "round"}, {"id": "fine", "typeId": "scalar"},
                {"id": "a", "typeId": "math"}, {"id": "b", "typeId": "math"}, {"id": "odd", "typeId": "from_the_future"}],
            "edges": [{"id": "1", "fromNode": "lost", "fromPort": "out", "toNode": "after", "toPort": "in"},
                {"id": "2", "fromNode": "a", "fromPort": "out", "toNode": "b", "toPort": "a"},
                {"id": "3", "fromNode": "b", "fromPort": "out", "toNode": "a", "toPort": "a"}], "args": []
        }));
        let (probe, track) = probed(&graph);
        let read = probe.read(0.0, &track, &mut Arena::default());
        assert_eq!(read.keys().collect::<Vec<_>>(), ["fine"]);
        let about = |node: &str| probe.diagnostics.iter().any(|problem| problem.node.as_deref() == Some(node));
        assert!(about("lost") && about("a") && about("odd") && !about("fine"));
    }

    #[test]
    fn every_pattern_that_ships_can_be_read_everywhere() {
        for pattern in crate::patterns::builtin() {
            let (probe, track) = probed(&pattern.graph);
            let read = probe.read(1.0, &track, &mut Arena::default());
            for node in &pattern.graph.nodes {
                assert!(read.contains_key(&node.id), "{}: {} has no reading: {:?}", pattern.name, node.id, probe.diagnostics);
            }
        }
    }
}
