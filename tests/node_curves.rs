//! What every node kind does over a second, against the curves in `tests/snapshots/nodes/`.
//!
//! Each kind stands in a tiny graph: its inputs come from a 1 Hz sine between 0 and 1, from the heads' order, and from the
//! test track; one block for every option of its choices.  `UPDATE_SNAPSHOTS=1 cargo test --test node_curves` writes the
//! curves anew; read the difference before committing it.

#![expect(clippy::unwrap_used, reason = "a graph of this test that does not build has failed it")]

mod harness;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use harness::rig::{every_analysis, every_sort};
use luma::engine::composite::blend::BlendMode;
use luma::engine::frame::BeamValue;
use luma::engine::graph::build::{Inputs, MAX_TABLES, build};
use luma::engine::graph::model::Graph;
use luma::engine::graph::plan::Arena;
use luma::engine::nodes::features::Features;
use luma::engine::nodes::spec::{NodeSpec, ParamKind, Port, PortType};
use luma::engine::{Annotation, Frame, Live, PatternGraph, Show, Window, compile, nodes, render};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The annotation, and the instants that are looked at.
const START: f64 = 0.55;
const END: f64 = 4.55;
const LOOKS: usize = 13;
const TOLERANCE: f64 = 1e-4;

fn instants() -> impl Iterator<Item = f64> {
    (0..LOOKS).map(|look| 1.0 + look as f64 / (LOOKS - 1) as f64)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/nodes")
}

/// Nodes and wires as they are put together.
#[derive(Default)]
struct Sketch {
    nodes: Vec<Value>,
    edges: Vec<Value>,
}

impl Sketch {
    fn node(&mut self, id: &str, type_id: &str, params: Value) {
        if self.nodes.iter().all(|node| node["id"] != id) {
            self.nodes.push(json!({"id": id, "typeId": type_id, "params": params}));
        }
    }

    fn wire(&mut self, from: (&str, &str), to: (&str, &str)) {
        if self.edges.iter().any(|edge| edge["toNode"] == to.0 && edge["toPort"] == to.1) {
            return;
        }
        let id = format!("wire_{}", self.edges.len());
        self.edges.push(json!({"id": id, "fromNode": from.0, "fromPort": from.1, "toNode": to.0, "toPort": to.1}));
    }

    /// The source that fits a port.
    fn feed(&mut self, node: &str, port: &Port, nth: usize) {
        let from = match (port.ty, port.channels, port.name) {
            (PortType::Signal, 2, _) => {
                self.node("path", "circle", json!({"radius": 0.8, "speed": 0.5}));
                ("path", "uv")
            }
            (PortType::Signal, 4, _) => {
                let (id, color) = if port.name == "end_color" { ("blue", "#0040ff80") } else { ("orange", "#ff8000") };
                self.node(id, "color", json!({"color": color}));
                (id, "out")
            }
            (PortType::Signal, 12, _) => {
                self.feed_audio();
                self.node("chords", "harmony_analysis", json!({}));
                self.wire(("sound", "out"), ("chords", "audio_in"));
                ("chords", "signal")
            }
            (PortType::Signal, _, "trigger") => {
                self.node("beat", "beat_clock", json!({}));
                self.node("count", "ramp", json!({}));
                self.node("step", "round", json!({"operation": "floor"}));
                self.wire(("beat", "grid_out"), ("count", "grid"));
                self.wire(("count", "out"), ("step", "in"));
                ("step", "out")
            }
            (PortType::Signal, ..) if nth == 0 => {
                self.node("wave", "sine_wave", json!({"frequency_hz": 1, "amplitude": 0.5, "offset": 0.5}));
                ("wave", "out")
            }
            (PortType::Signal, ..) => {
                self.feed_selection();
                self.node("order", "get_attribute", json!({"attribute": "normalized_index"}));
                self.wire(("heads", "out"), ("order", "selection"));
                ("order", "out")
            }
            (PortType::Selection, ..) => {
                self.feed_selection();
                ("heads", "out")
            }
            (PortType::Audio, ..) => {
                self.feed_audio();
                ("sound", "out")
            }
            (PortType::Beats, ..) => {
                self.node("beat", "beat_clock", json!({}));
                ("beat", "grid_out")
            }
        };
        self.wire(from, (node, port.name));
    }

    fn feed_selection(&mut self) {
        self.node("heads", "select", json!({"tag_expression": "front | spots"}));
    }

    fn feed_audio(&mut self) {
        self.node("sound", "audio_input", json!({}));
    }

    fn graph(self, args: Value) -> Graph {
        serde_json::from_value(json!({"nodes": self.nodes, "edges": self.edges, "args": args})).unwrap()
    }
}

/// Shows an output by a position sink, which takes any signal as it is; other things through the node that reads them.
fn watch(sketch: &mut Sketch, port: &str, ty: PortType) {
    sketch.feed_selection();
    sketch.node("watch", "apply_position", json!({}));
    sketch.wire(("heads", "out"), ("watch", "selection"));
    let shown = match ty {
        PortType::Signal => ("it", port),
        PortType::Selection => {
            sketch.node("view", "get_attribute", json!({"attribute": "pos_x"}));
            sketch.wire(("it", port), ("view", "selection"));
            ("view", "out")
        }
        PortType::Audio => {
            sketch.node("view", "frequency_amplitude", json!({}));
            sketch.wire(("it", port), ("view", "audio_in"));
            ("view", "amplitude_out")
        }
        PortType::Beats => {
            sketch.node("view", "ramp", json!({}));
            sketch.wire(("it", port), ("view", "grid"));
            ("view", "out")
        }
    };
    sketch.wire(shown, ("watch", "pan"));
}

fn args() -> Value {
    json!([
        {"id": "tone", "name": "Tone", "argType": "Color", "defaultValue": {"r": 255, "g": 51, "b": 0, "a": 0.5}},
        {"id": "level", "name": "Level", "argType": "Scalar", "defaultValue": "0.25"},
        {"id": "where", "name": "Where", "argType": "Selection", "defaultValue": {"expression": "ring", "spatialReference": "global"}},
    ])
}

/// The outputs of a kind; those of `pattern_args` by the arguments above.
fn outputs(spec: &NodeSpec) -> Vec<(&'static str, PortType)> {
    if spec.type_id == "pattern_args" {
        return vec![("tone", PortType::Signal), ("level", PortType::Signal), ("where", PortType::Selection)];
    }
    spec.outputs.iter().map(|port| (port.name, port.ty)).collect()
}

/// One set of parameters for every option of every choice.
fn variants(spec: &NodeSpec) -> Vec<Map<String, Value>> {
    let choices = spec.params.iter().filter_map(|param| match param.kind {
        ParamKind::Choice { options } => Some(options.iter().map(move |option| Map::from_iter([(param.name.to_owned(), json!(option))]))),
        _ => None,
    });
    let mut variants: Vec<_> = choices.flatten().collect();
    if variants.is_empty() {
        variants.push(Map::new());
    }
    variants.extend(PARAMS.iter().filter(|(kind, _)| *kind == spec.type_id).map(|(_, params)| serde_json::from_str(params).unwrap()));
    variants
}

/// Parameters that show more than the defaults do.
const PARAMS: &[(&str, &str)] = &[
    ("beat_envelope", r#"{"attack":0,"decay":1,"sustain":0,"release":0,"sustain_level":0,"decay_curve":0.25,"subdivision":2}"#),
    ("beat_envelope", r#"{"only_downbeats":true,"offset":0.5,"attack_curve":-0.5,"amplitude":2}"#),
    ("drum_onset_envelope", r#"{"drum":"any","decay_ms":400,"threshold":0.5}"#),
    ("falloff", r#"{"width":1.5,"curve":0.5}"#),
    ("falloff", r#"{"curve":-0.5}"#),
    (
        "gradient",
        r##"{"stops":"[{\"t\":0,\"r\":1,\"g\":0,\"b\":0},{\"t\":0.5,\"r\":0,\"g\":1,\"b\":0},{\"t\":1,\"r\":0,\"g\":0,\"b\":1}]"}"##,
    ),
    ("lowpass_filter", r#"{"cutoff_hz":30}"#),
    ("look_at_position", r#"{"clamp":false,"pan_offset_deg":10}"#),
    ("modulo", r#"{"divisor":0.25}"#),
    ("noise", r#"{"octaves":3,"scale":4,"offset":-0.5}"#),
    ("orbit", r#"{"tilt_deg":90,"center_y":2,"radius_x":3}"#),
    ("rainbow", r#"{"offset":0.25,"saturation":0.5,"spread":2}"#),
    ("random_select_mask", r#"{"count":4,"avoid_repeat":0}"#),
    ("remap", r#"{"in_min":0.2,"in_max":0.8,"out_min":1,"out_max":-1,"clamp":true}"#),
    ("select", r#"{"tag_expression":"has_movement & ~left > all"}"#),
    ("sine_wave", r#"{"frequency_hz":2,"phase_deg":90,"amplitude":3}"#),
    ("smooth_movement", r#"{"pan_max_deg_per_s":1,"tilt_max_deg_per_s":1}"#),
    ("sweep", r#"{"angle":90,"range":0.5}"#),
];

/// `all`: the optional signals too.
fn with_inputs(spec: &NodeSpec, params: &Map<String, Value>, all: bool) -> Sketch {
    let mut sketch = Sketch::default();
    sketch.node("it", spec.type_id, json!(params));
    for (nth, port) in spec.inputs.iter().filter(|port| port.required || all).filter(|port| port.ty == PortType::Signal).enumerate() {
        // The catalogue lets this one take three channels or four.
        let port = if spec.type_id == "spectral_shift" && port.name == "in" { port.channels(4) } else { *port };
        sketch.feed("it", &port, nth);
    }
    for port in spec.inputs.iter().filter(|port| port.ty != PortType::Signal) {
        sketch.feed("it", port, 0);
    }
    sketch
}

fn numbers(text: &mut String, secs: f64, values: impl Iterator<Item = f32>) {
    write!(text, "{secs:.4}").unwrap();
    for value in values {
        // No sign on a rounded zero.
        write!(text, " {:.5}", if value.abs() < 5e-6 { 0.0 } else { value }).unwrap();
    }
    text.push('\n');
}

/// First, middle and last of `n`.
fn some(n: usize) -> Vec<usize> {
    let mut some = vec![0, n / 2, n.saturating_sub(1)];
    some.dedup();
    some.truncate(n);
    some
}

fn curve(spec: &NodeSpec) -> String {
    let mut text = format!("{}\n", spec.doc);
    for params in variants(spec) {
        let title: String = params
            .iter()
            .map(|(name, value)| format!("  {name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect();
        if spec.sink {
            writeln!(text, "\nby head: dimmer r g b strobe pan tilt frozen{}{title}", BeamValue::ALL.map(|v| format!(" {v:?}")).concat())
                .unwrap();
            sink(spec, &params, &mut text);
        } else if outputs(spec).is_empty() {
            text += "\ndrives nothing\n";
        }
        let more = spec.inputs.iter().any(|port| !port.required && port.ty == PortType::Signal);
        let ways: &[(bool, &str)] = match (more, spec.type_id) {
            (false, _) => &[(false, "")],
            (true, "math") => &[(true, "")],
            (true, _) => &[(false, ""), (true, "  every input connected")],
        };
        for ((port, ty), (all, note)) in outputs(spec).into_iter().flat_map(|output| ways.iter().map(move |way| (output, way))) {
            let mut sketch = with_inputs(spec, &params, *all);
            watch(&mut sketch, port, ty);
            signal(sketch.graph(args()), &format!("{port}{title}{note}"), &mut text);
        }
    }
    text
}

/// The signal that the watching sink takes, lanes by channels.
fn signal(graph: Graph, title: &str, text: &mut String) {
    let (rig, track, features, args) = (every_sort(), every_analysis(), Features::default(), Map::new());
    let inputs = Inputs { rig: &rig, track: &track, features: &features, args: &args, start: START, end: END, seed: 7, tables: MAX_TABLES };
    let (plan, problems) = build(&graph, &inputs);
    let plan = plan.unwrap_or_else(|| panic!("{problems:?}"));
    let slot = plan.outputs.pan[0].feed.slot;
    let lanes = some(slot.n as usize);
    writeln!(text, "\n{title}: {} lanes of {} channels, lanes {lanes:?}", slot.n, slot.c).unwrap();
    problems.iter().for_each(|problem| writeln!(text, "{problem}").unwrap());
    let mut arena = Arena::default();
    for secs in instants().take(if slot.constant { 1 } else { LOOKS }) {
        plan.eval(secs, &mut arena);
        let at = plan.at(&arena);
        let values = at.read(slot);
        numbers(text, secs, lanes.iter().flat_map(|&lane| (0..values.c).map(move |channel| values.get(lane, channel))));
    }
}

/// What a sink does to the first par and the last spot.
fn sink(spec: &NodeSpec, params: &Map<String, Value>, text: &mut String) {
    let mut sketch = with_inputs(spec, params, true);
    if spec.type_id == "apply_color" {
        sketch.edges.retain(|edge| edge["toPort"] != "signal");
        sketch.node("wave", "sine_wave", json!({"frequency_hz": 1, "amplitude": 0.5, "offset": 0.5}));
        sketch.node("hue", "rainbow", json!({"saturation": 0.8}));
        sketch.wire(("wave", "out"), ("hue", "in"));
        sketch.wire(("hue", "out"), ("it", "signal"));
    }
    let (id, pattern) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let annotation = Annotation { id, pattern, start: START, end: END, z: 0, blend: BlendMode::Replace, args: Map::new() };
    let graph = PatternGraph { name: spec.title.into(), graph: Arc::new(sketch.graph(json!([]))) };
    let show = Show {
        rig: every_sort(),
        annotations: Arc::new(vec![annotation]),
        patterns: Arc::new([(pattern, graph)].into()),
        track: every_analysis(),
        ..Show::default()
    };
    let (program, problems) = compile(&show);
    assert_eq!(problems, [], "{}", spec.type_id);
    let heads = &show.rig.groups;
    let heads = [heads[0].members[0], heads[3].members[3]];
    let mut frame = Frame::default();
    for secs in instants() {
        render(&program, Window::instant(secs), &Live::default(), &mut frame);
        let states = heads.map(|head| frame.head(head));
        let rows = states.iter().flat_map(|state| {
            let color = state.color.map_or([-1.0; 3], |color| color.0);
            let rest = [state.strobe, state.pan_deg.unwrap_or(-1.0), state.tilt_deg.unwrap_or(-1.0), f32::from(u8::from(state.frozen))];
            let beam = BeamValue::ALL.map(|value| state.beam(value).unwrap_or(-1.0));
            [state.dimmer].into_iter().chain(color).chain(rest).chain(beam)
        });
        numbers(text, secs, rows);
    }
}

/// Where two texts differ by more than rounding.
fn difference(want: &str, got: &str) -> Option<String> {
    let (want_lines, got_lines): (Vec<&str>, Vec<&str>) = (want.lines().collect(), got.lines().collect());
    if want_lines.len() != got_lines.len() {
        return Some(format!("{} lines, {} were expected", got_lines.len(), want_lines.len()));
    }
    let alike = |want: &str, got: &str| match (want.parse::<f64>(), got.parse::<f64>()) {
        (Ok(want), Ok(got)) => (want - got).abs() <= TOLERANCE * want.abs().max(1.0),
        _ => want == got,
    };
    want_lines.iter().zip(&got_lines).enumerate().find_map(|(line, (want, got))| {
        let same = want.split(' ').count() == got.split(' ').count() && want.split(' ').zip(got.split(' ')).all(|(a, b)| alike(a, b));
        (!same).then(|| format!("line {}:\n  want {want}\n  got  {got}", line + 1))
    })
}

#[test]
fn every_node_follows_its_curve() {
    let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    let mut wrong = Vec::new();
    for spec in nodes::ALL {
        let (path, got) = (folder().join(format!("{}.txt", spec.type_id)), curve(spec));
        if update {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&path, &got).unwrap();
        }
        match fs::read_to_string(&path) {
            Ok(want) => wrong.extend(difference(&want, &got).map(|problem| format!("{}: {problem}", spec.type_id))),
            Err(_) => wrong.push(format!("{} has no curve in {}", spec.type_id, path.display())),
        }
    }
    assert!(wrong.is_empty(), "{}\nUPDATE_SNAPSHOTS=1 writes the curves anew", wrong.join("\n"));
}

#[test]
fn no_curve_is_left_of_a_kind_that_is_gone() {
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let kind = name.strip_suffix(".txt").unwrap();
        assert!(nodes::find(kind).is_some(), "{name} belongs to no node kind");
    }
}
