//! Any bytes as a graph, or as a pattern with a graph inside: loaded, saved, compiled, rendered at several windows, encoded.
//!
//! Nothing may panic or hang, no level may leave its range, no value may be NaN, and seeking must equal playing.  A key
//! `given` at the top holds what the annotation says of the arguments.

use std::sync::{Arc, LazyLock};

use luma::engine::composite::blend::BlendMode;
use luma::engine::explain::explain;
use luma::engine::graph::model::Graph;
use luma::engine::lint::lint;
use luma::engine::{
    Annotation, DmxFrame, Frame, Held, Live, PatternGraph, Program, Rig, Show, TrackAnalysis, Window, compile, encode, render,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::rig::{every_analysis, every_sort};

static RIG: LazyLock<Arc<Rig>> = LazyLock::new(every_sort);
static TRACK: LazyLock<Arc<TrackAnalysis>> = LazyLock::new(every_analysis);

const START: f64 = 0.3;
const END: f64 = 2.3;

pub(crate) fn run(data: &[u8]) {
    let Some((graph, given)) = read(data) else { return };
    let saved = serde_json::to_value(&graph).expect("a graph that was read can be written");
    let again: Graph = serde_json::from_value(saved.clone()).expect("a graph that was written can be read");
    assert_eq!(serde_json::to_value(&again).expect("written again"), saved);
    let show = show(graph, given);
    let (program, diagnostics) = compile(&show);
    diagnostics.iter().for_each(|problem| assert!(!problem.to_string().is_empty()));
    let windows = [
        Window { from: 0.275, to: 0.3 },
        Window { from: 0.3, to: 0.325 },
        Window::instant(1.0),
        Window { from: 0.9, to: 1.35 },
        Window { from: 1.7, to: 1.7227 },
        Window { from: 2.29, to: 2.2999 },
        Window { from: 0.0, to: 3.0 },
    ];
    let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
    let played = windows.map(|window| look(&program, window, &mut frame, &mut dmx));
    for (window, seen) in windows.into_iter().zip(&played).rev().step_by(3) {
        let sought = look(&program, window, &mut Frame::default(), &mut DmxFrame::default());
        assert!(sought == *seen, "seeking to {window:?} is not what playing gave");
    }
    // What people ask about a show now and then costs many frames: now and then here too.
    if data.len() % 16 == 7 {
        assert!((0.0..=100.0).contains(&lint(&show, &[], 4.0).score));
        explain(&program, windows[3], &Live::default(), &Held::default(), (data.len() / 16 % RIG.heads.len()) as u32)
            .expect("the rig has that head");
    }
}

/// A graph, and arguments for it.
pub(crate) fn read(data: &[u8]) -> Option<(Graph, Map<String, Value>)> {
    let mut value: Value = serde_json::from_slice(data).ok()?;
    let given = match value.get_mut("given").map(Value::take) {
        Some(Value::Object(given)) => given,
        _ => Map::new(),
    };
    let graph = value.get_mut("graph").map(Value::take).unwrap_or(value);
    Some((serde_json::from_value(graph).ok()?, given))
}

/// One annotation on the rig of every sort.
pub(crate) fn show(graph: Graph, args: Map<String, Value>) -> Show {
    let (id, pattern) = (Uuid::from_u128(1), Uuid::from_u128(2));
    Show {
        rig: RIG.clone(),
        annotations: Arc::new(vec![Annotation { id, pattern, start: START, end: END, z: 0, blend: BlendMode::Replace, args }]),
        patterns: Arc::new([(pattern, PatternGraph { name: "fuzzed".into(), graph: Arc::new(graph) })].into()),
        track: TRACK.clone(),
        ..Show::default()
    }
}

/// Every number of a frame by its bits, and the bytes.
fn look(program: &Program, window: Window, frame: &mut Frame, dmx: &mut DmxFrame) -> (Vec<u32>, Vec<u16>, DmxFrame) {
    render(program, window, &Live::default(), frame);
    let levels = [&frame.dimmer, &frame.strobe].into_iter().chain(&frame.color).chain(&frame.rest_color);
    for (column, values) in levels.clone().enumerate() {
        assert!(values.iter().all(|value| (0.0..=1.0).contains(value)), "level column {column} leaves its range");
    }
    let others = [&frame.pan, &frame.tilt].into_iter().chain(&frame.beam);
    assert!(others.clone().flatten().all(|value| value.is_finite()), "a position or beam value is no number");
    let bits = levels.chain(others).flatten().map(|value| value.to_bits()).collect();
    encode(&program.rig, frame, &mut Held::default(), dmx);
    (bits, frame.set.clone(), dmx.clone())
}
