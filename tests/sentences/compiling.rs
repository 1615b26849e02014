//! From graph to program: what is refused and how it is told, what is evaluated how often, what an edit compiles again.

use std::sync::Arc;

use luma::engine::composite::program::Compiler;
use luma::engine::{Annotation, Frame, Live, Severity, Window, compile, render};
use serde_json::{Value, json};
use uuid::Uuid;

use super::harness::sketch::{Stage, close, graph};

/// (severity, node, port, words) of everything that is told.
fn told(nodes: &[(&str, &str, Value)], wires: &[&str]) -> Vec<(Severity, String, String, String)> {
    let (_, problems) = Stage::new().program(nodes, wires);
    problems
        .into_iter()
        .map(|problem| (problem.severity, problem.node.unwrap_or_default(), problem.port.unwrap_or_default(), problem.message))
        .collect()
}

#[track_caller]
fn has(told: &[(Severity, String, String, String)], severity: Severity, node: &str, port: &str, words: &str) {
    let found = told.iter().any(|(found, at, on, message)| *found == severity && at == node && on == port && message.contains(words));
    assert!(found, "no {severity:?} at {node}.{port} that says \"{words}\": {told:#?}");
}

#[test]
fn every_problem_of_a_graph_is_told_with_its_node_and_port() {
    let nodes = [
        ("heads", "select", json!({})),
        ("future", "from_the_future", json!({})),
        ("sum", "math", json!({})),
        ("bare", "falloff", json!({})),
        ("a", "round", json!({})),
        ("b", "round", json!({})),
        ("grid", "beat_clock", json!({})),
        ("dim", "apply_dimmer", json!({})),
        ("tint", "apply_color", json!({})),
        ("turn", "apply_position", json!({})),
        ("flash", "apply_strobe", json!({})),
    ];
    let wires = [
        "heads.out dim.selection",
        "sum.out dim.signal",
        "future.out sum.a",
        "bare.out sum.b",
        "heads.out tint.selection",
        "grid.grid_out tint.signal",
        "heads.out turn.selection",
        "a.out turn.pan",
        "a.out b.in",
        "b.out a.in",
        "sum.nowhere turn.tilt",
        "grid.grid_out flash.colour",
    ];
    let told = told(&nodes, &wires);
    has(&told, Severity::Error, "future", "", "unknown node type \"from_the_future\"");
    has(&told, Severity::Error, "bare", "in", "nothing is connected");
    has(&told, Severity::Error, "tint", "signal", "the wire brings");
    has(&told, Severity::Error, "a", "", "part of a cycle");
    has(&told, Severity::Error, "b", "", "part of a cycle");
    has(&told, Severity::Error, "sum", "nowhere", "has no output");
    has(&told, Severity::Error, "flash", "colour", "has no input");
    has(&told, Severity::Error, "flash", "signal", "nothing is connected");
    has(&told, Severity::Error, "flash", "selection", "nothing is connected");
}

const DIMMED: [(&str, &str); 3] = [("heads", "select"), ("half", "scalar"), ("dim", "apply_dimmer")];

/// Half light on all, and something beside it.
fn beside(more: &[(&str, &str, Value)], wires: &[&str]) -> (f32, Vec<(Severity, String, String, String)>) {
    let mut nodes: Vec<_> = DIMMED.map(|(id, ty)| (id, ty, if ty == "scalar" { json!({"value": 0.5}) } else { json!({}) })).to_vec();
    nodes.extend(more.iter().cloned());
    let wires: Vec<&str> = ["heads.out dim.selection", "half.out dim.signal"].into_iter().chain(wires.iter().copied()).collect();
    let (program, _) = Stage::new().program(&nodes, &wires);
    let mut frame = Frame::default();
    render(&program, Window::instant(3.0), &Live::default(), &mut frame);
    (frame.dimmer[0], told(&nodes, &wires))
}

#[test]
fn problems_that_no_sink_depends_on_are_warnings_and_the_graph_runs() {
    for (more, wires, node, words) in [
        (vec![("odd", "from_the_future", json!({}))], vec![], "odd", "unknown node type"),
        (vec![("bare", "falloff", json!({}))], vec![], "bare", "nothing is connected"),
        (vec![("a", "round", json!({})), ("b", "round", json!({}))], vec!["a.out b.in", "b.out a.in"], "a", "part of a cycle"),
        (vec![("view", "view_signal", json!({}))], vec!["heads.out view.in"], "view", "the wire brings"),
        (vec![], vec!["half.out gone.in"], "half", "a node that is not there"),
    ] {
        let (dimmer, told) = beside(&more, &wires);
        close(dimmer, 0.5, node);
        assert!(told.iter().all(|problem| problem.0 == Severity::Warning), "{told:?}");
        assert!(told.iter().any(|problem| problem.1 == node && problem.3.contains(words)), "{told:?}");
    }
}

#[test]
fn a_graph_with_an_error_contributes_nothing() {
    let (dimmer, told) = beside(&[("bad", "apply_strobe", json!({}))], &[]);
    assert_eq!(dimmer, 0.0);
    has(&told, Severity::Error, "bad", "signal", "nothing is connected");
}

#[test]
fn of_two_wires_into_one_input_the_later_counts_and_a_graph_without_a_sink_says_so() {
    let (dimmer, told) = beside(&[("full", "scalar", json!({}))], &["full.out dim.signal"]);
    close(dimmer, 1.0, "the later wire");
    has(&told, Severity::Warning, "dim", "signal", "two wires go into one input");
    let none = super::compiling::told(&[("half", "scalar", json!({}))], &[]);
    has(&none, Severity::Warning, "", "", "drives nothing");
}

#[test]
fn what_is_the_same_for_all_heads_costs_one_lane_and_what_never_changes_no_step() {
    let stage = Stage::new();
    let nodes = [
        ("heads", "select", json!({})),
        ("place", "get_attribute", json!({})),
        ("two", "scalar", json!({"value": 2})),
        ("still", "math", json!({"operation": "multiply"})),
        ("wave", "sine_wave", json!({})),
        ("scaled", "math", json!({"operation": "multiply"})),
        ("spread", "math", json!({})),
    ];
    let wires = [
        "heads.out place.selection",
        "place.out still.a",
        "two.out still.b",
        "wave.out scaled.a",
        "two.out scaled.b",
        "scaled.out spread.a",
        "place.out spread.b",
    ];
    let still = stage.probe(&nodes, &wires, "still.out");
    assert!(still.slot.constant && still.slot.n == 41, "folded when compiling");
    assert_eq!(format!("{:?}", still.plan), "Plan(0 steps, 0 numbers)");
    let scaled = stage.probe(&nodes, &wires, "scaled.out");
    assert_eq!((scaled.slot.n, format!("{:?}", scaled.plan)), (1, "Plan(2 steps, 2 numbers)".to_owned()));
    // The wave and its double for one lane, the sum for each.
    assert_eq!(format!("{:?}", stage.probe(&nodes, &wires, "spread.out").plan), "Plan(3 steps, 43 numbers)");
}

#[test]
fn what_two_nodes_share_is_evaluated_once() {
    let nodes = [("wave", "noise", json!({})), ("a", "round", json!({})), ("b", "falloff", json!({})), ("it", "math", json!({}))];
    let it = Stage::new().probe(&nodes, &["wave.out a.in", "wave.out b.in", "a.out it.a", "b.out it.b"], "it.out");
    assert_eq!(format!("{:?}", it.plan), "Plan(4 steps, 4 numbers)");
}

#[test]
fn an_annotations_seed_is_a_hash_of_its_id_unless_its_arguments_carry_one() {
    let mut annotation = Stage::new().show(graph(&[], &[])).annotations[0].clone();
    annotation.args.clear();
    let other = Annotation { id: Uuid::from_u128(77), ..annotation.clone() };
    assert_eq!(annotation.seed(), annotation.clone().seed());
    assert_ne!(annotation.seed(), other.seed());
    let with = |seed: Value| {
        let mut annotation = annotation.clone();
        annotation.args.insert("seed".into(), seed);
        annotation.seed()
    };
    assert_eq!(with(json!(5)), with(json!("5")), "as a number or in a string");
    assert_ne!(with(json!(5)), with(json!(6)));
    assert_ne!(with(json!(5)), annotation.seed());
}

#[test]
fn changing_one_argument_compiles_one_annotation_again() {
    let mut show = Stage::new().show(graph(
        &[("heads", "select", json!({})), ("half", "noise", json!({})), ("dim", "apply_dimmer", json!({}))],
        &["heads.out dim.selection", "half.out dim.signal"],
    ));
    let first = show.annotations[0].clone();
    let second = Annotation { id: Uuid::from_u128(9), z: 1, ..first.clone() };
    show.annotations = Arc::new(vec![first.clone(), second.clone()]);
    let mut compiler = Compiler::default();
    let (before, _) = compiler.compile(&show);
    let plan = |program: &luma::engine::Program, id: Uuid| program.layers.iter().find(|layer| layer.id == id).unwrap().plan.clone();
    let mut changed = second.clone();
    changed.args.insert("level".into(), json!(0.1));
    show.annotations = Arc::new(vec![first.clone(), changed]);
    let (after, _) = compiler.compile(&show);
    assert!(Arc::ptr_eq(&plan(&before, first.id), &plan(&after, first.id)), "the other one is kept");
    assert!(!Arc::ptr_eq(&plan(&before, second.id), &plan(&after, second.id)), "the changed one is made anew");
    // How a layer is laid over others is no part of its plan.
    show.annotations = Arc::new(vec![Annotation { z: 7, blend: luma::engine::composite::blend::BlendMode::Add, ..first.clone() }]);
    let (laid, _) = compiler.compile(&show);
    assert!(Arc::ptr_eq(&plan(&before, first.id), &plan(&laid, first.id)));
    assert_eq!((laid.layers[0].z, laid.layers.len()), (7, 1));
}

#[test]
fn an_annotation_that_ends_before_it_starts_or_has_no_pattern_is_told() {
    let mut show = Stage::new().show(graph(&[], &[]));
    let good = show.annotations[0].clone();
    let list = vec![
        Annotation { id: Uuid::from_u128(2), start: 5.0, end: 5.0, ..good.clone() },
        Annotation { id: Uuid::from_u128(3), end: f64::NAN, ..good.clone() },
        Annotation { id: Uuid::from_u128(4), pattern: Uuid::from_u128(99), ..good },
    ];
    show.annotations = Arc::new(list);
    let (program, problems) = compile(&show);
    let words: Vec<(Option<u128>, &str)> =
        problems.iter().map(|problem| (problem.annotation.map(|id| id.as_u128()), problem.message.as_str())).collect();
    assert!(program.layers.is_empty());
    assert!(
        matches!(words[..], [(Some(2), a), (Some(3), b), (Some(4), c)] if a.contains("ends") && b.contains("not a number") && c.contains("not in the library")),
        "{words:?}"
    );
}
