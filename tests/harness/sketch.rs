//! Small graphs in a few words, and what flows out of any of their ports.

use std::sync::Arc;

use luma::engine::composite::blend::BlendMode;
use luma::engine::graph::build::{Inputs, MAX_TABLES, build};
use luma::engine::graph::model::Graph;
use luma::engine::graph::plan::{Arena, Plan};
use luma::engine::nodes::features::Features;
use luma::engine::signal::Slot;
use luma::engine::{Annotation, BeatGrid, Diagnostic, PatternGraph, Program, Rig, Show, TrackAnalysis, compile};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// (id, type, parameters).
pub(crate) type Nodes<'a> = &'a [(&'a str, &'a str, Value)];
/// `"from.port to.port"`.
pub(crate) type Wires<'a> = &'a [&'a str];

pub(crate) fn graph(nodes: Nodes<'_>, wires: Wires<'_>) -> Graph {
    let nodes: Vec<Value> = nodes.iter().map(|(id, ty, params)| json!({"id": id, "typeId": ty, "params": params})).collect();
    let edge = |(number, wire): (usize, &&str)| {
        let (from, to) = wire.split_once(' ').expect("two ends");
        let ((from_node, from_port), (to_node, to_port)) = (from.split_once('.').expect("a port"), to.split_once('.').expect("a port"));
        json!({"id": format!("e{number}"), "fromNode": from_node, "fromPort": from_port, "toNode": to_node, "toPort": to_port})
    };
    let edges: Vec<Value> = wires.iter().enumerate().map(edge).collect();
    serde_json::from_value(json!({"nodes": nodes, "edges": edges})).expect("a graph")
}

/// Where a graph is placed: the rig, the track, from when to when, with which seed.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) rig: Arc<Rig>,
    pub(crate) track: Arc<TrackAnalysis>,
    pub(crate) span: (f64, f64),
    pub(crate) seed: u64,
}

impl Stage {
    /// The rig of every sort; 120 beats a minute from second 0, for 20 s; the annotation lies between seconds 2 and 10.
    pub(crate) fn new() -> Self {
        let track = TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 41), 20.0);
        Self { rig: super::rig::every_sort(), track: Arc::new(track), span: (2.0, 10.0), seed: 7 }
    }

    pub(crate) fn with_track(track: TrackAnalysis) -> Self {
        Self { track: Arc::new(track), ..Self::new() }
    }

    /// What flows out of `node.port`.
    #[track_caller]
    pub(crate) fn probe(&self, nodes: Nodes<'_>, wires: Wires<'_>, port: &str) -> Probe {
        let (probe, problems) = self.try_probe(nodes, wires, port);
        assert!(problems.is_empty(), "{problems:?}");
        probe
    }

    /// The same where warnings are expected.
    #[track_caller]
    pub(crate) fn try_probe(&self, nodes: Nodes<'_>, wires: Wires<'_>, port: &str) -> (Probe, Vec<String>) {
        // A position sink takes any signal as it is.
        let watch = [("watch_all", "select", json!({})), ("watch", "apply_position", json!({}))];
        let nodes: Vec<_> = nodes.iter().cloned().chain(watch).collect();
        let wire = format!("{port} watch.pan");
        let wires: Vec<&str> = wires.iter().copied().chain(["watch_all.out watch.selection", &wire]).collect();
        let (features, args) = (Features::default(), Map::new());
        let (start, end) = self.span;
        let inputs = Inputs {
            rig: &self.rig,
            track: &self.track,
            features: &features,
            args: &args,
            start,
            end,
            seed: self.seed,
            tables: MAX_TABLES,
        };
        let (plan, problems) = build(&graph(&nodes, &wires), &inputs);
        let plan = plan.unwrap_or_else(|| panic!("{problems:?}"));
        let slot = plan.outputs.pan[0].feed.slot;
        (Probe { plan, slot }, problems.iter().map(ToString::to_string).collect())
    }

    /// One annotation with the graph.
    pub(crate) fn show(&self, graph: Graph) -> Show {
        let (id, pattern) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let args = Map::from_iter([("seed".to_owned(), json!(self.seed))]);
        let annotation = Annotation { id, pattern, start: self.span.0, end: self.span.1, z: 0, blend: BlendMode::Replace, args };
        Show {
            rig: self.rig.clone(),
            annotations: Arc::new(vec![annotation]),
            patterns: Arc::new([(pattern, PatternGraph { name: "sketch".into(), graph: Arc::new(graph) })].into()),
            track: self.track.clone(),
            ..Show::default()
        }
    }

    pub(crate) fn program(&self, nodes: Nodes<'_>, wires: Wires<'_>) -> (Program, Vec<Diagnostic>) {
        compile(&self.show(graph(nodes, wires)))
    }
}

/// A signal of a compiled graph.
pub(crate) struct Probe {
    pub(crate) plan: Plan,
    pub(crate) slot: Slot,
}

impl Probe {
    /// By channel, then by lane.
    pub(crate) fn planes(&self, secs: f64) -> Vec<Vec<f32>> {
        let mut arena = Arena::default();
        self.plan.eval(secs, &mut arena);
        let lanes = self.plan.at(&arena).read(self.slot);
        (0..lanes.c).map(|channel| lanes.plane(channel).to_vec()).collect()
    }

    /// All lanes of the first channel.
    pub(crate) fn lanes(&self, secs: f64) -> Vec<f32> {
        self.planes(secs).swap_remove(0)
    }

    /// All channels of the first lane.
    pub(crate) fn channels(&self, secs: f64) -> Vec<f32> {
        self.planes(secs).into_iter().map(|plane| plane[0]).collect()
    }

    /// The first number.
    pub(crate) fn one(&self, secs: f64) -> f32 {
        self.lanes(secs)[0]
    }
}

/// Alike but for rounding.
#[track_caller]
pub(crate) fn close(got: f32, want: f32, place: impl std::fmt::Display) {
    assert!((got - want).abs() <= 1e-4 * want.abs().max(1.0), "{place}: {got}, not {want}");
}

#[track_caller]
pub(crate) fn all_close(got: &[f32], want: &[f32], place: impl std::fmt::Display) {
    let alike = got.len() == want.len() && got.iter().zip(want).all(|(got, want)| (got - want).abs() <= 1e-4 * want.abs().max(1.0));
    assert!(alike, "{place}: {got:?}, not {want:?}");
}
