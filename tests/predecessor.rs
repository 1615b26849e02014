//! A graph as the predecessor's editor wrote it: it loads, gives the light it should, and is saved back as it came.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod harness;

use std::sync::Arc;

use harness::rig::every_sort;
use luma::engine::composite::blend::BlendMode;
use luma::engine::graph::model::Graph;
use luma::engine::{Annotation, BeatGrid, Frame, Live, PatternGraph, Program, Rgb, Severity, Show, TrackAnalysis, Window, compile, render};
use serde_json::{Map, Value, json};
use uuid::Uuid;

const DOCUMENT: &str = include_str!("documents/predecessor_graph.json");

/// At 120 bpm, the first beat at 0 s, from the second bar to the fourth.
fn program(args: Value) -> (Program, Vec<String>) {
    let graph: Graph = serde_json::from_str(DOCUMENT).unwrap();
    let (id, pattern) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let args: Map<String, Value> = serde_json::from_value(args).unwrap();
    let annotation = Annotation { id, pattern, start: 2.0, end: 8.0, z: 0, blend: BlendMode::Replace, args };
    let show = Show {
        rig: every_sort(),
        annotations: Arc::new(vec![annotation]),
        patterns: Arc::new([(pattern, PatternGraph { name: "Old".into(), graph: Arc::new(graph) })].into()),
        track: Arc::new(TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 40), 20.0)),
        ..Show::default()
    };
    let (program, diagnostics) = compile(&show);
    assert!(diagnostics.iter().all(|problem| problem.severity == Severity::Warning), "{diagnostics:?}");
    (program, diagnostics.iter().map(ToString::to_string).collect())
}

fn look(program: &Program, secs: f64) -> Frame {
    let mut frame = Frame::default();
    render(program, Window::instant(secs), &Live::default(), &mut frame);
    frame
}

fn heads(program: &Program, group: &str) -> Vec<u32> {
    program.rig.groups.iter().find(|known| known.name == group).unwrap().members.clone()
}

#[test]
fn it_is_saved_back_as_it_came() {
    let graph: Graph = serde_json::from_str(DOCUMENT).unwrap();
    let saved = serde_json::to_string(&graph).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&saved).unwrap(), serde_json::from_str::<Value>(DOCUMENT).unwrap());
    assert_eq!(serde_json::from_str::<Graph>(&saved).unwrap(), graph);
}

#[test]
fn only_what_it_does_not_know_is_told_and_it_runs() {
    let (_, problems) = program(json!({}));
    assert_eq!(problems, ["warning at crowd_noise-10: unknown node type \"crowd_noise_estimator\""]);
}

#[test]
fn the_fixtures_that_it_lists_pulse_in_its_colour() {
    let (program, _) = program(json!({}));
    for (secs, dimmer) in [(2.0, 0.8), (2.125, 0.6), (2.25, 0.4), (2.4, 0.16), (2.5, 0.8), (7.75, 0.4)] {
        let frame = look(&program, secs);
        for head in [0, 2] {
            let state = frame.head(head);
            assert!((state.dimmer - dimmer).abs() < 1e-4, "head {head} at {secs}: {state:?}");
            let Some(Rgb([r, g, b])) = state.color else { panic!("no colour") };
            assert!((r - 1.0).abs() < 1e-6 && (g - 0.2).abs() < 1e-6 && b == 0.0, "{state:?}");
        }
        // Its group is the front row: of that, only the two that are listed.
        for head in heads(&program, "front").into_iter().filter(|head| ![0, 2].contains(head)) {
            assert_eq!(frame.head(head).dimmer, 0.0, "head {head} at {secs}");
        }
    }
}

#[test]
fn the_second_arguments_node_serves_as_well_as_the_first() {
    let (program, _) = program(json!({}));
    let frame = look(&program, 3.1);
    for head in heads(&program, "ring") {
        let state = frame.head(head);
        // Half way from black to #0040ff: half as bright, the same hue.
        let Some(Rgb([r, g, b])) = state.color else { panic!("no colour") };
        assert!((state.dimmer - 0.5).abs() < 1e-4 && state.strobe == 0.25, "{state:?}");
        assert!(r == 0.0 && (g - 64.0 / 255.0).abs() < 1e-4 && (b - 1.0).abs() < 1e-6, "{state:?}");
    }
}

#[test]
fn an_annotation_may_say_otherwise_in_any_written_form() {
    let (program, problems) = program(json!({
        "arg-level": "0.5",
        "arg-color": "#00ff00",
        "arg-where": {"expression": "nobody > spots", "spatialReference": "global"},
        "arg-rate": 1,
    }));
    assert_eq!(problems.len(), 3, "the unknown node, and the group that is not there from either arguments node: {problems:?}");
    let frame = look(&program, 2.25);
    assert!((frame.head(0).dimmer - 0.25).abs() < 1e-4);
    assert_eq!(frame.head(0).color, Some(Rgb([0.0, 1.0, 0.0])));
    for head in heads(&program, "spots") {
        assert!((frame.head(head).dimmer - 0.5).abs() < 1e-4 && frame.head(head).strobe == 1.0);
    }
    assert!(heads(&program, "ring").into_iter().all(|head| frame.head(head).dimmer == 0.0));
}
