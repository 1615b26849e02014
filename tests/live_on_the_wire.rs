//! What performers do, and what is shorter than a tick, as a node on the network sees it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod harness;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use harness::ArtNetNode;
use luma::engine::live::Manual;
use luma::engine::rig::kind::{Channel, Drive, FixtureKind, Function};
use luma::engine::rig::{PatchOptions, Pose, RigFixture};
use luma::engine::{Annotation, BeatGrid, Cue, Fired, Live, PatternGraph, Program, Rig, Show, TrackAnalysis, Window, compile};
use luma::output::routes::{Broadcast, Routes};
use luma::output::worker::{Output, OutputConfig};
use luma::playback::transport::Transport;
use serde_json::{Map, Value, json};
use uuid::Uuid;

const TRACK_SECS: f64 = 60.0;
/// No multiple of a tick, so that pulses fall everywhere between two.
const BEAT_SECS: f64 = 0.2911;
const PULSE_SECS: f64 = 0.005;
const PULSE: Uuid = Uuid::from_u128(1);
const TURN: Uuid = Uuid::from_u128(2);

/// A graph of nodes (id, kind, params) and wires "from.port to.port".
fn graph(name: &str, nodes: &[(&str, &str, Value)], wires: &[&str]) -> PatternGraph {
    let nodes: Vec<Value> = nodes.iter().map(|(id, ty, params)| json!({"id": id, "typeId": ty, "params": params})).collect();
    let edge = |(number, wire): (usize, &&str)| {
        let ends: Vec<&str> = wire.split([' ', '.']).collect();
        json!({"id": format!("e{number}"), "fromNode": ends[0], "fromPort": ends[1], "toNode": ends[2], "toPort": ends[3]})
    };
    let edges: Vec<Value> = wires.iter().enumerate().map(edge).collect();
    PatternGraph { name: name.into(), graph: Arc::new(serde_json::from_value(json!({"nodes": nodes, "edges": edges})).unwrap()) }
}

/// A dimmer and a pan of a degree a step, home at 128.  Every beat is 5 ms of full light; a cue turns the head to 50 degrees.
fn show() -> Show {
    let at = |coarse| Channel { coarse, fine: None };
    let drives = [Drive::Dimmer { channel: at(0), off: 0, range: (0, 255) }, Drive::Pan { channel: at(1), range_deg: (-128.0, 127.0) }];
    let kind = FixtureKind {
        footprint: 2,
        defaults: vec![0; 2],
        functions: drives.into_iter().map(|drive| Function { heads: 0..1, drive }).collect(),
        head_offsets: vec![glam::Vec3::ZERO],
        ..FixtureKind::default()
    };
    let head = RigFixture {
        id: Uuid::from_u128(1),
        label: "head".into(),
        kind: Arc::new(kind),
        universe: 1,
        address: 1,
        pose: Pose::default(),
        options: PatchOptions::default(),
        first_head: 0,
    };
    let share = PULSE_SECS / BEAT_SECS;
    let pulse = graph(
        "pulse",
        &[
            ("clock", "beat_clock", json!({})),
            ("pulse", "beat_envelope", json!({"attack": 0, "decay": 0, "sustain": share, "release": 1.0 - share, "sustain_level": 1})),
            ("step", "threshold", json!({"threshold": 0.9999})),
            ("all", "select", json!({})),
            ("dim", "apply_dimmer", json!({})),
        ],
        &["clock.grid_out pulse.grid", "pulse.out step.in", "step.out dim.signal", "all.out dim.selection"],
    );
    let turn = graph(
        "turn",
        &[("pan", "scalar", json!({"value": 50})), ("all", "select", json!({})), ("move", "apply_position", json!({}))],
        &["pan.out move.pan", "all.out move.selection"],
    );
    let annotation =
        Annotation { id: PULSE, pattern: PULSE, start: 0.0, end: TRACK_SECS, z: 0, blend: Default::default(), args: Map::new() };
    Show {
        rig: Arc::new(Rig::new(vec![head], Vec::new())),
        annotations: Arc::new(vec![annotation]),
        patterns: Arc::new(BTreeMap::from([(PULSE, pulse), (TURN, turn)])),
        track: Arc::new(TrackAnalysis::of_grid(BeatGrid::steady(60.0 / BEAT_SECS, 4, 0.0, 206), TRACK_SECS)),
        cues: Arc::new(vec![Cue { id: TURN, pattern: TURN, ..Cue::default() }]),
        ..Show::default()
    }
}

fn program() -> Arc<Program> {
    let (program, problems) = compile(&show());
    assert!(problems.is_empty(), "{problems:?}");
    Arc::new(program)
}

fn start(node: &ArtNetNode, config: OutputConfig) -> Output {
    let target = node.addr().to_string();
    let routes = Routes::parse([target.as_str()], Broadcast::Refuse).unwrap();
    Output::start(OutputConfig { routes, ..config }).unwrap()
}

fn play(output: &Output) {
    let now = Instant::now();
    let mut transport = Transport::new(now, TRACK_SECS).unwrap();
    transport.play(now);
    output.handle().set_transport(transport);
}

/// Sequence number to the window that was sent with it.
fn windows(log: &str) -> HashMap<u8, Window> {
    let mut windows = HashMap::new();
    for line in log.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let (Some(from), Some(to), Some(sequence)) = (record["from"].as_f64(), record["to"].as_f64(), record["sent"]["1"].as_u64()) else {
            continue;
        };
        if record.get("exit").is_none() {
            windows.insert(sequence as u8, Window { from, to });
        }
    }
    windows
}

#[test]
fn a_pulse_of_5_ms_between_two_ticks_is_seen_on_the_wire() {
    let node = ArtNetNode::listen();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("frames.jsonl");
    let output = start(&node, OutputConfig { frame_log: Some(log.clone()), ..OutputConfig::default() });
    output.handle().set_program(program());
    play(&output);
    // Fewer than 255 packets, so that a sequence number means one of them.
    let begun = Instant::now();
    let all = node.collect_until("four seconds", |_| begun.elapsed() > Duration::from_secs(4));
    output.stop().unwrap();
    let windows = windows(&std::fs::read_to_string(log).unwrap());
    let is_on = |secs: f64| secs.rem_euclid(BEAT_SECS) < PULSE_SECS + 1e-6;
    let (mut seen, mut between) = (0, 0);
    for received in &all {
        let Some(window) = windows.get(&received.sequence).filter(|window| window.to > window.from) else { continue };
        // A window without a pulse is only ever repeated, not sent because it changed.
        let beats = (window.from / BEAT_SECS).floor() + 1.0;
        let pulse = (beats * BEAT_SECS <= window.to).then_some(beats * BEAT_SECS);
        let lit = received.slots[0];
        assert_eq!(lit == 255, pulse.is_some() || is_on(window.to), "{window:?} sent {lit}");
        if pulse.is_some() {
            seen += 1;
            between += usize::from(!is_on(window.to) && !is_on(window.from));
        }
    }
    assert!(seen >= 10, "{seen} pulses were seen in {} packets", all.len());
    assert!(between >= 5, "{between} of {seen} began and ended between two ticks");
}

#[test]
fn blackout_holds_with_no_show_loaded_and_when_one_is() {
    let node = ArtNetNode::listen();
    let output = start(&node, OutputConfig::default());
    output.handle().set_live(Live { blackout: true, ..Live::default() });
    assert!(node.collect(2).iter().all(|received| received.universe == 1 && received.slots == [0; 512]));
    let steady = Live { programmer: vec![(0, Manual { dimmer: Some(1.0), pan_deg: Some(-28.0), ..Manual::default() })], ..Live::default() };
    output.handle().set_live(Live { blackout: true, ..steady.clone() });
    output.handle().set_program(program());
    play(&output);
    // The head moves, since that is no light; and stays dark.
    let all = node.collect_until("the head at 100", |all| all.last().is_some_and(|last| last.slots[1] == 100));
    assert!(all.iter().all(|received| received.slots[0] == 0));
    output.handle().set_live(steady);
    node.wait_for("light", 1, |slots| slots[..2] == [255, 100]);
}

#[test]
fn what_a_cue_turned_stays_turned_on_the_wire_until_the_end() {
    let node = ArtNetNode::listen();
    let output = start(&node, OutputConfig::default());
    output.handle().set_program(program());
    play(&output);
    node.wait_for("the head at home", 1, |slots| slots[1] == 128);
    let fired = Live { cues: vec![Fired { cue: TURN, bar: 0, level: 1.0 }], ..Live::default() };
    output.handle().set_live(fired.clone());
    node.wait_for("the head at 50 degrees", 1, |slots| slots[1] == 178);
    output.handle().set_live(Live::default());
    let begun = Instant::now();
    let released = node.collect_until("half a second", |_| begun.elapsed() > Duration::from_millis(500));
    assert!(released.iter().all(|received| received.slots[1] == 178), "it stays where the cue left it");
    // The last frames are dark and move nothing, whatever is live.
    output.handle().set_live(Live { programmer: vec![(0, Manual { pan_deg: Some(-28.0), ..Manual::default() })], ..fired });
    node.wait_for("the programmer's 100", 1, |slots| slots[1] == 100);
    output.stop().unwrap();
    let last = node.drain().pop().expect("the last frames");
    assert_eq!(last.slots[..2], [0, 100]);
}

#[test]
fn a_frozen_look_stands_still_on_the_wire_while_the_track_plays_on() {
    let node = ArtNetNode::listen();
    let output = start(&node, OutputConfig::default());
    output.handle().set_program(program());
    play(&output);
    node.wait_for("a pulse", 1, |slots| slots[0] == 255);
    // In the middle of a pulse.
    output.handle().set_live(Live::default().frozen_at(Window::instant(4.0 * BEAT_SECS + 0.002)));
    let begun = Instant::now();
    let all = node.collect_until("a second", |_| begun.elapsed() > Duration::from_secs(1));
    let frozen: Vec<u8> = all.iter().map(|received| received.slots[0]).skip_while(|&level| level == 0).skip(2).collect();
    assert!(frozen.iter().all(|&level| level == 255), "{frozen:?}");
    output.handle().set_live(Live::default());
    node.wait_for("darkness", 1, |slots| slots[0] == 0);
}
