//! Graphs that ask for too much: they get what there is, or are refused in words, and nothing stands still meanwhile.

use std::time::{Duration, Instant};

use luma::engine::graph::build::{Inputs, build};
use luma::engine::lint::{Kind, lint};
use luma::engine::nodes::features::Features;
use luma::engine::{BeatGrid, Frame, Live, Severity, TrackAnalysis, Window, compile, render};
use serde_json::{Map, Value, json};

use super::harness::sketch::{Stage, close, graph};

/// Far more than any of these takes, even without optimisation on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// `n` nodes of a kind behind one another between a first node and a dimmer.
fn chain(n: usize, first: (&str, Value), ty: &str, port: &str) -> luma::engine::graph::model::Graph {
    let mut nodes = vec![json!({"id": "0", "typeId": first.0, "params": first.1})];
    let mut edges = Vec::new();
    let mut wire = |from: String, from_port: &str, to: String, to_port: &str| {
        edges.push(json!({"id": format!("e{}", edges.len()), "fromNode": from, "fromPort": from_port, "toNode": to, "toPort": to_port}));
    };
    for at in 1..=n {
        nodes.push(json!({"id": at.to_string(), "typeId": ty, "params": {}}));
        wire((at - 1).to_string(), "out", at.to_string(), port);
    }
    nodes.push(json!({"id": "heads", "typeId": "select", "params": {"tag_expression": "front"}}));
    nodes.push(json!({"id": "dim", "typeId": "apply_dimmer", "params": {}}));
    wire(n.to_string(), "out", "dim".into(), "signal");
    wire("heads".into(), "out", "dim".into(), "selection");
    serde_json::from_value(json!({"nodes": nodes, "edges": edges})).unwrap()
}

#[test]
fn a_chain_as_long_as_a_graph_may_be_compiles_on_a_small_stack() {
    let show = Stage::new().show(chain(1990, ("sine_wave", json!({"amplitude": 0.25, "offset": 0.5})), "falloff", "in"));
    // Threads get 2 MiB unless they ask for more.
    let thread = std::thread::Builder::new().name("compiling".into()).stack_size(2 << 20).spawn(move || {
        let (program, problems) = compile(&show);
        assert_eq!(problems, []);
        let mut frame = Frame::default();
        render(&program, Window::instant(3.0), &Live::default(), &mut frame);
        frame.dimmer[0]
    });
    close(thread.unwrap().join().unwrap(), 0.75, "the sine at its top");
}

#[test]
fn more_nodes_wires_or_arguments_than_anyone_draws_are_refused() {
    let (_, problems) = compile(&Stage::new().show(chain(2000, ("scalar", json!({})), "falloff", "in")));
    assert!(problems.len() == 1 && problems[0].message.contains("2003 nodes") && problems[0].message.contains("2000"), "{problems:?}");
    let args: Vec<Value> = (0..257).map(|at| json!({"id": at.to_string(), "argType": "Scalar", "defaultValue": 1})).collect();
    let graph = serde_json::from_value(json!({"nodes": [], "edges": [], "args": args})).unwrap();
    let (_, problems) = compile(&Stage::new().show(graph));
    assert!(problems.len() == 1 && problems[0].message.contains("257 arguments"), "{problems:?}");
}

/// Each doubles what lies before it: once as it is, once as it was.
#[test]
fn delays_that_multiply_are_refused_before_they_fill_the_memory() {
    let mut nodes = vec![
        ("heads".to_owned(), "select", json!({})),
        ("place".to_owned(), "get_attribute", json!({"attribute": "normalized_index"})),
        ("n0".to_owned(), "sine_wave", json!({})),
        ("dim".to_owned(), "apply_dimmer", json!({})),
    ];
    let mut wires = vec!["heads.out place.selection".to_owned(), "heads.out dim.selection".to_owned()];
    for at in 1..=20 {
        nodes.push((format!("d{at}"), "time_delay", json!({})));
        nodes.push((format!("n{at}"), "math", json!({})));
        wires.extend([
            format!("n{}.out d{at}.in", at - 1),
            format!("place.out d{at}.delay"),
            format!("n{}.out n{at}.a", at - 1),
            format!("d{at}.out n{at}.b"),
        ]);
    }
    wires.push("n20.out dim.signal".into());
    let nodes: Vec<(&str, &str, Value)> = nodes.iter().map(|(id, ty, params)| (id.as_str(), *ty, params.clone())).collect();
    let wires: Vec<&str> = wires.iter().map(String::as_str).collect();
    let begun = Instant::now();
    let (program, problems) = Stage::new().program(&nodes, &wires);
    assert!(program.layers.is_empty() && problems.len() == 1, "{problems:?}");
    assert!(problems[0].message.contains("too many time delays") && problems[0].severity == Severity::Error, "{problems:?}");
    assert!(begun.elapsed() < PATIENCE);
}

#[test]
fn a_range_too_long_and_wide_is_looked_at_less_often_and_says_so() {
    // Ten hours of eight octaves of noise on every head.
    let nodes = [
        ("heads", "select", json!({})),
        ("place", "get_attribute", json!({"attribute": "pos_x"})),
        ("noise", "noise", json!({"octaves": 8, "amplitude": 5})),
        ("it", "normalize", json!({})),
    ];
    let wires = ["heads.out place.selection", "place.out noise.x", "noise.out it.in"];
    let stage = Stage { span: (0.0, 36_000.0), ..Stage::new() };
    let begun = Instant::now();
    let (it, problems) = stage.try_probe(&nodes, &wires, "it.out");
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    assert!(problems.len() == 1 && problems[0].contains("too long and wide to look at 240 times a second"), "{problems:?}");
    let lanes = it.lanes(1000.0);
    assert!(lanes.iter().all(|value| (-0.2..=1.2).contains(value)) && lanes.iter().any(|value| *value > 0.2), "{lanes:?}");
}

#[test]
fn one_graph_that_looks_ahead_again_and_again_is_given_up_in_words() {
    let begun = Instant::now();
    let stage = Stage { span: (0.0, 36_000.0), ..Stage::new() };
    let (program, problems) = compile(&stage.show(chain(200, ("noise", json!({"octaves": 8})), "normalize", "in")));
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    let errors: Vec<&str> =
        problems.iter().filter(|problem| problem.severity == Severity::Error).map(|problem| problem.message.as_str()).collect();
    assert!(program.layers.is_empty());
    assert!(matches!(errors[..], [only] if only.contains("too much work")), "{errors:?}");
}

/// Pan that jumps on every look, far beyond what the head can follow.
fn restless() -> ([(&'static str, &'static str, Value); 6], [&'static str; 7]) {
    let nodes = [
        ("heads", "select", json!({})),
        ("place", "get_attribute", json!({"attribute": "index"})),
        ("wave", "sine_wave", json!({"frequency_hz": 90, "amplitude": 170})),
        ("sum", "math", json!({})),
        ("it", "smooth_movement", json!({})),
        ("move", "apply_position", json!({})),
    ];
    let wires = [
        "heads.out place.selection",
        "place.out sum.a",
        "wave.out sum.b",
        "sum.out it.pan_in",
        "sum.out it.tilt_in",
        "heads.out move.selection",
        "it.pan move.pan",
    ];
    (nodes, wires)
}

#[test]
fn tables_stay_under_their_cap_and_movement_without_room_passes_as_it_is() {
    let (nodes, wires) = restless();
    let graph = graph(&nodes, &wires);
    let stage = Stage::new();
    let (features, args) = (Features::default(), Map::new());
    let built = |tables: usize| {
        let inputs =
            Inputs { rig: &stage.rig, track: &stage.track, features: &features, args: &args, start: 2.0, end: 10.0, seed: 1, tables };
        let (plan, problems) = build(&graph, &inputs);
        (plan.unwrap(), problems)
    };
    let (roomy, problems) = built(256 << 20);
    assert_eq!(problems, []);
    assert!(roomy.table_bytes > 100_000 && !roomy.tables_cut, "{} bytes", roomy.table_bytes);
    let (tight, problems) = built(50_000);
    assert!(tight.table_bytes <= 50_000);
    assert!(problems.len() == 2 && problems.iter().all(|problem| problem.message.contains("passes as it is")), "{problems:?}");
}

#[test]
fn lint_names_what_takes_much_memory() {
    let (nodes, wires) = restless();
    let track = TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 400), 200.0);
    let stage = Stage { span: (0.0, 120.0), ..Stage::with_track(track) };
    let report = lint(&stage.show(graph(&nodes, &wires)), &[], 4.0);
    let found: Vec<_> = report.findings.iter().filter(|finding| finding.kind == Kind::Memory).collect();
    assert!(matches!(found[..], [only] if only.text.contains("MB of 256") && only.places.len() == 1), "{:?}", report.findings);
    assert_eq!(report.score, 100.0, "it costs no points");
    let short = Stage { span: (0.0, 2.0), ..stage };
    assert!(lint(&short.show(graph(&nodes, &wires)), &[], 4.0).findings.iter().all(|finding| finding.kind != Kind::Memory));
}

/// A million pulses a beat, and many times that by wire.
#[test]
fn pulses_beyond_counting_hold_up_no_frame() {
    for (subdivision, delay) in [(1e6, 0.0), (1e12, 0.0), (1e6, 0.001), (1e12, 0.001), (1e-9, 0.001)] {
        let nodes = [
            ("heads", "select", json!({})),
            ("place", "get_attribute", json!({"attribute": "index"})),
            ("by", "scalar", json!({"value": delay})),
            ("later", "math", json!({"operation": "multiply"})),
            ("big", "scalar", json!({"value": 1e6})),
            ("share", "scalar", json!({"value": subdivision / 1e6})),
            ("dense", "math", json!({"operation": "multiply"})),
            ("grid", "beat_clock", json!({})),
            ("pulse", "beat_envelope", json!({"attack": 0, "decay": 1, "sustain": 0, "release": 0, "sustain_level": 0})),
            ("delay", "time_delay", json!({})),
            ("dim", "apply_dimmer", json!({})),
        ];
        let wires = [
            "heads.out place.selection",
            "place.out later.a",
            "by.out later.b",
            "big.out dense.a",
            "share.out dense.b",
            "grid.grid_out pulse.grid",
            "dense.out pulse.subdivision",
            "pulse.out delay.in",
            "later.out delay.delay",
            "heads.out dim.selection",
            "delay.out dim.signal",
        ];
        let (program, problems) = Stage::new().program(&nodes, &wires);
        assert_eq!(problems, []);
        let (mut frame, begun) = (Frame::default(), Instant::now());
        for window in [Window { from: 3.0, to: 3.0227 }, Window { from: 3.0, to: 9.0 }] {
            render(&program, window, &Live::default(), &mut frame);
        }
        assert!(frame.dimmer.iter().all(|level| (0.0..=1.0).contains(level)));
        assert!(begun.elapsed() < PATIENCE, "{subdivision} pulses a beat: {:?}", begun.elapsed());
    }
}

#[test]
fn messages_stay_short_whatever_a_file_holds() {
    let long = "x".repeat(1 << 20);
    let nodes = [
        ("heads", "select", json!({"tag_expression": long})),
        ("n", "scalar", json!({"value": long})),
        ("tone", "color", json!({"color": [long]})),
        ("sum", "math", json!({"operation": long})),
        ("dim", "apply_dimmer", json!({})),
    ];
    let wires = ["heads.out dim.selection", "n.out sum.a", "n.out sum.b", "sum.out dim.signal"];
    let (_, problems) = Stage::new().program(&nodes, &wires);
    assert!(problems.len() >= 3);
    problems.iter().for_each(|problem| assert!(problem.to_string().len() < 400, "{} bytes", problem.to_string().len()));
}
