//! What must hold for any graph: seeking equals playing, two runs are equal, nothing panics, nothing leaves its range.

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use harness::graphs::{Tape, expression, graph};
use harness::rig::{TRACK_SECS, every_analysis, every_sort};
use luma::engine::composite::blend::BlendMode;
use luma::engine::frame::has;
use luma::engine::graph::model::Graph;
use luma::engine::rig::select::{parse, select};
use luma::engine::{
    Annotation, DmxFrame, Frame, Held, Live, PatternGraph, Program, Rgb, Rig, Severity, Show, TrackAnalysis, Window, compile, encode,
    nodes, render,
};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;

static RIG: LazyLock<Arc<Rig>> = LazyLock::new(every_sort);
static TRACK: LazyLock<Arc<TrackAnalysis>> = LazyLock::new(every_analysis);

fn cases(n: u32) -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    // A case that once failed becomes a test with a name, not a file of seeds.
    ProptestConfig {
        cases: if asked { ProptestConfig::default().cases } else { n },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn tape(length: usize) -> impl Strategy<Value = Vec<u16>> {
    vec(any::<u16>(), 0..length)
}

/// Layers above one another, each with a graph of its own.
fn show(tape: &mut Tape<'_>) -> Show {
    let n_layers = 1 + tape.pick(3);
    let layers: Vec<(Annotation, PatternGraph)> = (0..n_layers).map(|layer| annotation(layer as u128 + 1, graph(tape), tape)).collect();
    let patterns = layers.iter().map(|(annotation, pattern)| (annotation.pattern, pattern.clone())).collect();
    let annotations = layers.into_iter().map(|(annotation, _)| annotation).collect();
    Show { rig: RIG.clone(), annotations: Arc::new(annotations), patterns: Arc::new(patterns), track: TRACK.clone(), ..Show::default() }
}

fn annotation(id: u128, graph: Graph, tape: &mut Tape<'_>) -> (Annotation, PatternGraph) {
    let start = tape.share() * 4.0;
    let annotation = Annotation {
        id: Uuid::from_u128(id),
        pattern: Uuid::from_u128(id + 1000),
        start,
        end: start + 0.004 + tape.share() * 4.0,
        z: tape.pick(3) as i32,
        blend: tape.of(&BlendMode::ALL),
        args: if tape.once_in(4) { Map::from_iter([("seed".to_owned(), json!(tape.pick(100)))]) } else { Map::new() },
    };
    (annotation, PatternGraph { name: "generated".into(), graph: Arc::new(graph) })
}

fn one(graph: Graph) -> Show {
    let (annotation, pattern) = annotation(1, graph, &mut Tape::new(&[0, 999]));
    let patterns = BTreeMap::from([(annotation.pattern, pattern)]);
    Show {
        rig: RIG.clone(),
        annotations: Arc::new(vec![annotation]),
        patterns: Arc::new(patterns),
        track: TRACK.clone(),
        ..Show::default()
    }
}

/// Every number of a frame by its bits, and the bytes.
type Seen = (Vec<u32>, Vec<u16>, DmxFrame);

fn look(program: &Program, window: Window, frame: &mut Frame, dmx: &mut DmxFrame) -> Seen {
    render(program, window, &Live::default(), frame);
    encode(&program.rig, frame, &mut Held::default(), dmx);
    let columns = [&frame.dimmer, &frame.strobe, &frame.pan, &frame.tilt].into_iter().chain(&frame.color).chain(&frame.rest_color);
    (columns.chain(&frame.beam).flatten().map(|value| value.to_bits()).collect(), frame.set.clone(), dmx.clone())
}

fn assert_in_range(frame: &Frame) {
    let levels = [&frame.dimmer, &frame.strobe].into_iter().chain(&frame.color).chain(&frame.rest_color);
    for (column, values) in levels.enumerate() {
        assert!(values.iter().all(|value| (0.0..=1.0).contains(value)), "level column {column}: {values:?}");
    }
    assert!(frame.pan.iter().chain(&frame.tilt).chain(frame.beam.iter().flatten()).all(|value| value.is_finite()));
    assert!(frame.beam.iter().flatten().all(|value| *value >= 0.0));
    assert!((0..frame.n_heads()).all(|head| frame.set[head] & has::COLOR == 0 || frame.color.iter().any(|channel| channel[head] >= 0.0)));
}

/// Windows as playing meets them: side by side, of uneven length, some of them instants.
fn windows(steps: &[u16]) -> Vec<Window> {
    let mut at = 0.0;
    steps
        .iter()
        .map(|step| {
            let from = at;
            at = (from + f64::from(step % 500) / 1000.0).min(TRACK_SECS + 1.0);
            if step % 7 == 0 { Window::instant(at) } else { Window { from, to: at } }
        })
        .collect()
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn seeking_equals_playing_for_any_graph(choices in tape(400), steps in vec(any::<u16>(), 40), order in any::<u64>()) {
        let (program, _) = compile(&show(&mut Tape::new(&choices)));
        let windows = windows(&steps);
        let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
        let played: Vec<Seen> = windows.iter().map(|&window| {
            let seen = look(&program, window, &mut frame, &mut dmx);
            assert_in_range(&frame);
            seen
        }).collect();
        // Backwards with the same frame, in another order, and each by itself from nothing.
        for at in (0..windows.len()).rev() {
            prop_assert!(look(&program, windows[at], &mut frame, &mut dmx) == played[at], "backwards to {:?}", windows[at]);
        }
        for k in 0..windows.len() {
            let at = (k * 17 + order as usize % 40) % windows.len();
            prop_assert!(look(&program, windows[at], &mut frame, &mut dmx) == played[at], "seeking to {:?} in the same frame", windows[at]);
            if k % 5 == 0 {
                let fresh = look(&program, windows[at], &mut Frame::default(), &mut DmxFrame::default());
                prop_assert!(fresh == played[at], "{:?} in a fresh frame", windows[at]);
            }
        }
    }

    #[test]
    fn two_runs_give_equal_bytes(choices in tape(400), steps in vec(any::<u16>(), 12)) {
        let show = show(&mut Tape::new(&choices));
        let play = || {
            let (program, diagnostics) = compile(&show);
            let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
            let seen: Vec<Seen> = windows(&steps).into_iter().map(|window| look(&program, window, &mut frame, &mut dmx)).collect();
            (seen, diagnostics)
        };
        let here = play();
        let elsewhere = std::thread::scope(|scope| scope.spawn(play).join().unwrap());
        prop_assert!(here == elsewhere);
    }

    #[test]
    fn any_number_of_threads_gives_equal_bytes(choices in tape(400), steps in vec(any::<u16>(), 16)) {
        let show = show(&mut Tape::new(&choices));
        let windows = windows(&steps);
        // All threads share one fresh program and what it remembers; thread k takes every n-th window from the k-th on.
        let play = |n_threads: usize| {
            let (program, _) = compile(&show);
            let share = |from: usize| {
                let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
                let mine = windows.iter().enumerate().skip(from).step_by(n_threads);
                mine.map(|(at, window)| (at, look(&program, *window, &mut frame, &mut dmx))).collect::<Vec<_>>()
            };
            let mut seen: Vec<(usize, Seen)> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..n_threads).map(|from| scope.spawn(move || share(from))).collect();
                threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
            });
            seen.sort_by_key(|(at, _)| *at);
            seen
        };
        let one = play(1);
        prop_assert!(play(2) == one && play(5) == one);
    }

    #[test]
    fn a_frame_that_has_shown_another_program_shows_this_one_alike(first in tape(200), second in tape(200), at in 0.0..TRACK_SECS) {
        let (first, _) = compile(&show(&mut Tape::new(&first)));
        let (second, _) = compile(&show(&mut Tape::new(&second)));
        let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
        look(&first, Window::instant(at), &mut frame, &mut dmx);
        let after_another = look(&second, Window::instant(at), &mut frame, &mut dmx);
        prop_assert!(after_another == look(&second, Window::instant(at), &mut Frame::default(), &mut DmxFrame::default()));
    }

    #[test]
    fn a_graph_comes_back_from_json_as_it_was(choices in tape(300)) {
        let graph = graph(&mut Tape::new(&choices));
        let text = serde_json::to_string(&graph).unwrap();
        let again: Graph = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(serde_json::to_string(&again).unwrap(), text);
    }

    #[test]
    fn damaged_graphs_never_panic(choices in tape(250), damage in vec((any::<u16>(), any::<u16>()), 1..6)) {
        let mut json = serde_json::to_value(graph(&mut Tape::new(&choices))).unwrap();
        for (place, how) in damage {
            harm(&mut json, usize::from(place), how);
        }
        run_json(&json);
    }

    #[test]
    fn no_json_value_panics_as_a_graph(json in any_json()) {
        run_json(&json);
        run_json(&json!({"nodes": [{"id": "a", "typeId": "apply_dimmer", "params": json}], "edges": json, "args": json}));
    }

    #[test]
    fn any_text_is_read_as_a_selection_or_refused_with_its_place(text in "[a-z_~&|^>() é]{0,40}", choices in tape(30), seed in any::<u64>()) {
        for text in [text, expression(&mut Tape::new(&choices))] {
            match parse(&text) {
                Ok(expr) => {
                    let (heads, warnings) = select(&RIG, &expr, seed);
                    prop_assert_eq!(heads.iter().collect::<BTreeSet<_>>().len(), heads.len());
                    prop_assert!(heads.iter().all(|&head| (head as usize) < RIG.heads.len()));
                    prop_assert!(warnings.iter().all(|warning| text[warning.at..].starts_with(&warning.name)));
                }
                Err(error) => prop_assert!(error.at <= text.len() && text.is_char_boundary(error.at)),
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn every_blend_mode_keeps_to_the_range(base in 0.0f32..=1.0, top in 0.0f32..=1.0, opacity in 0.0f32..=1.0, tint in any::<[u8; 6]>()) {
        let share = |at: usize| f32::from(tint[at]) / 255.0;
        for mode in BlendMode::ALL {
            let level = mode.over(base, top, opacity);
            prop_assert!((0.0..=1.0).contains(&level), "{mode:?}: {level}");
            let color = mode.color(Rgb([share(0), share(1), share(2)]), Rgb([share(3), share(4), share(5)]));
            prop_assert!(color.0.iter().all(|channel| (0.0..=1.0).contains(channel)), "{mode:?}: {color:?}");
        }
    }
}

/// Compiles and plays what can be read as a graph.
fn run_json(json: &Value) {
    let Ok(graph) = serde_json::from_value::<Graph>(json.clone()) else { return };
    let (program, _) = compile(&one(graph));
    let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
    for to in [0.0, 0.5, 3.0] {
        look(&program, Window::ending(to, 0.025), &mut frame, &mut dmx);
        assert_in_range(&frame);
    }
}

/// Replaces, removes or repeats something somewhere in a JSON tree.
fn harm(json: &mut Value, place: usize, how: u16) {
    let n = match json {
        Value::Array(list) if !list.is_empty() => list.len(),
        Value::Object(map) if !map.is_empty() => map.len(),
        _ => 0,
    };
    if n == 0 || place % 11 == 10 {
        let values = [json!(null), json!(-1), json!("x"), json!([]), json!({}), json!(1e308), json!(""), json!([[0, 1e9]])];
        *json = values[usize::from(how) % values.len()].clone();
        return;
    }
    match json {
        Value::Array(list) if how.is_multiple_of(5) => drop(list.remove(place % n)),
        Value::Array(list) if how % 5 == 1 => list.push(list[place % n].clone()),
        Value::Array(list) => harm(&mut list[place % n], place / n, how / 5),
        Value::Object(map) => {
            if let Some((_, value)) = map.iter_mut().nth(place % n) {
                harm(value, place / n, how);
            }
        }
        _ => {}
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z\"\\\\#{}é]{0,8}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("nodes"),
        Just("edges"),
        Just("args"),
        Just("id"),
        Just("typeId"),
        Just("params"),
        Just("fromNode"),
        Just("signal"),
        Just("value")
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((key.clone(), inner), 0..6).prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// The properties mean little if the generator's graphs do not compile, or leave kinds out.
#[test]
fn the_generator_reaches_every_kind_in_graphs_that_run() {
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let (mut runs, mut lit) = (0, 0);
    for seed in 0..1500u64 {
        let choices: Vec<u16> = (0..300).map(|at| nodes::random::draw_bits(seed, at, 0) as u16).collect();
        let graph = graph(&mut Tape::new(&choices));
        let kinds: Vec<String> = graph.nodes.iter().map(|node| node.type_id.clone()).collect();
        let (program, diagnostics) = compile(&one(graph));
        if diagnostics.iter().any(|problem| problem.severity == Severity::Error) {
            continue;
        }
        runs += 1;
        reached.extend(kinds);
        let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
        look(&program, Window::instant(1.0), &mut frame, &mut dmx);
        lit += u32::from(frame.dimmer.iter().any(|level| *level > 0.0));
    }
    let missing: Vec<&str> = nodes::ALL.iter().map(|spec| spec.type_id).filter(|kind| !reached.contains(*kind)).collect();
    assert!(missing.is_empty(), "no graph that runs has {missing:?}");
    assert!(runs > 500 && lit > 150, "{runs} of 1500 run, {lit} of them light something");
}

/// Numbers of another plan would show through where a node leaves some of its own unwritten.
#[test]
fn looking_at_a_point_with_no_heads_is_zero_whatever_was_played_before() {
    let graph = |looking: &str, x: f64| {
        let graph = json!({
            "nodes": [
                {"id": "none", "typeId": "select", "params": {"tag_expression": looking}},
                {"id": "all", "typeId": "select"},
                {"id": "x", "typeId": "sine_wave", "params": {"offset": x}},
                {"id": "look", "typeId": "look_at_position"},
                {"id": "out", "typeId": "apply_position"},
            ],
            "edges": [
                {"id": "1", "fromNode": "none", "fromPort": "out", "toNode": "look", "toPort": "selection"},
                {"id": "2", "fromNode": "x", "fromPort": "out", "toNode": "look", "toPort": "x"},
                {"id": "3", "fromNode": "x", "fromPort": "out", "toNode": "look", "toPort": "y"},
                {"id": "4", "fromNode": "x", "fromPort": "out", "toNode": "look", "toPort": "z"},
                {"id": "5", "fromNode": "all", "fromPort": "out", "toNode": "out", "toPort": "selection"},
                {"id": "6", "fromNode": "look", "fromPort": "pan", "toNode": "out", "toPort": "pan"},
            ],
        });
        compile(&one(serde_json::from_value(graph).unwrap())).0
    };
    let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
    look(&graph("spots", 5.0), Window::instant(1.0), &mut frame, &mut dmx);
    look(&graph("nobody", 5.0), Window::instant(1.0), &mut frame, &mut dmx);
    assert!(frame.pan.iter().all(|pan| *pan == 0.0), "{:?}", frame.pan);
}

/// A constant time makes noise a constant, also where it is read through a delay.
#[test]
fn noise_at_a_fixed_time_behind_a_delay_does_not_panic() {
    let graph = json!({
        "nodes": [
            {"id": "sel", "typeId": "select"},
            {"id": "fixed", "typeId": "scalar"},
            {"id": "noise", "typeId": "noise"},
            {"id": "beat", "typeId": "sine_wave"},
            {"id": "both", "typeId": "math", "params": {"operation": "max"}},
            {"id": "later", "typeId": "time_delay"},
            {"id": "out", "typeId": "apply_dimmer"},
        ],
        "edges": [
            {"id": "1", "fromNode": "fixed", "fromPort": "out", "toNode": "noise", "toPort": "time"},
            {"id": "2", "fromNode": "noise", "fromPort": "out", "toNode": "both", "toPort": "a"},
            {"id": "3", "fromNode": "beat", "fromPort": "out", "toNode": "both", "toPort": "b"},
            {"id": "4", "fromNode": "both", "fromPort": "out", "toNode": "later", "toPort": "in"},
            {"id": "5", "fromNode": "fixed", "fromPort": "out", "toNode": "later", "toPort": "delay"},
            {"id": "6", "fromNode": "sel", "fromPort": "out", "toNode": "out", "toPort": "selection"},
            {"id": "7", "fromNode": "later", "fromPort": "out", "toNode": "out", "toPort": "signal"},
        ],
    });
    let (program, diagnostics) = compile(&one(serde_json::from_value(graph).unwrap()));
    assert_eq!(diagnostics, []);
    look(&program, Window::instant(0.5), &mut Frame::default(), &mut DmxFrame::default());
}

/// Each head's pulse of 2 ms peaks at another instant, most of them between two frames.
#[test]
fn pulses_shorter_than_a_frame_behind_a_delay_reach_every_head() {
    let graph = json!({
        "nodes": [
            {"id": "sel", "typeId": "select", "params": {"tag_expression": "front | ring | bars"}},
            {"id": "place", "typeId": "get_attribute", "params": {"attribute": "normalized_index"}},
            {"id": "grid", "typeId": "beat_clock"},
            {"id": "pulse", "typeId": "beat_envelope", "params":
                {"attack": 0, "decay": 5, "sustain": 995, "release": 0, "sustain_level": 0}},
            {"id": "later", "typeId": "time_delay"},
            {"id": "out", "typeId": "apply_dimmer"},
        ],
        "edges": [
            {"id": "1", "fromNode": "sel", "fromPort": "out", "toNode": "place", "toPort": "selection"},
            {"id": "2", "fromNode": "grid", "fromPort": "grid_out", "toNode": "pulse", "toPort": "grid"},
            {"id": "3", "fromNode": "pulse", "fromPort": "out", "toNode": "later", "toPort": "in"},
            {"id": "4", "fromNode": "place", "fromPort": "out", "toNode": "later", "toPort": "delay"},
            {"id": "5", "fromNode": "sel", "fromPort": "out", "toNode": "out", "toPort": "selection"},
            {"id": "6", "fromNode": "later", "fromPort": "out", "toNode": "out", "toPort": "signal"},
        ],
    });
    let (program, diagnostics) = compile(&one(serde_json::from_value(graph).unwrap()));
    assert_eq!(diagnostics, []);
    let (mut frame, mut seen) = (Frame::default(), vec![0.0f32; RIG.heads.len()]);
    for n in 0..44 {
        let window = Window { from: 1.5 + f64::from(n) / 44.0, to: 1.5 + f64::from(n + 1) / 44.0 };
        render(&program, window, &Live::default(), &mut frame);
        seen.iter_mut().zip(&frame.dimmer).for_each(|(seen, dimmer)| *seen = seen.max(*dimmer));
    }
    for &head in &program.layers[0].plan.outputs.touched {
        assert!(seen[head as usize] > 0.999, "head {head} was seen at {} at most", seen[head as usize]);
    }
}
