//! Cues by the sentence: their loop, their order, their level, and flashes that are shorter than a frame.

use std::collections::BTreeMap;

use glam::Vec3;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;
use crate::engine::composite::blend::BlendMode;
use crate::engine::live::Manual;
use crate::engine::rig::kind::{Channel, Drive, Emitter, FixtureKind, Function};
use crate::engine::rig::{PatchOptions, Pose, RigFixture};
use crate::engine::{
    Annotation, Cue, CueMode, PatternGraph, Rgb, Rig, Severity, Show, StrobeGuard, TrackAnalysis, compile, mix, perform, render,
};

/// Two movers that mix colours.
fn rig() -> Rig {
    let at = |coarse| Channel { coarse, fine: None };
    let emitters = vec![(Emitter::Red, at(0)), (Emitter::Green, at(1)), (Emitter::Blue, at(2))];
    let drives = [Drive::Color { emitters, scaled: true }, Drive::Pan { channel: at(3), range_deg: (-100.0, 100.0) }];
    let kind = Arc::new(FixtureKind {
        footprint: 4,
        defaults: vec![0; 4],
        functions: drives.into_iter().map(|drive| Function { heads: 0..1, drive }).collect(),
        head_offsets: vec![Vec3::ZERO],
        ..FixtureKind::default()
    });
    let fixture = |number: u16| RigFixture {
        id: Uuid::from_u128(number.into()),
        label: String::new(),
        kind: kind.clone(),
        universe: 1,
        address: 1 + number * 8,
        pose: Pose { position: Vec3::new(f32::from(number), 0.0, 3.0), rotation_deg: Vec3::ZERO },
        options: PatchOptions::default(),
        first_head: 0,
    };
    Rig::new(vec![fixture(0), fixture(1)], Vec::new())
}

/// A graph of nodes (id, kind, params) and wires "from.port to.port", on all heads.
fn graph(nodes: &[(&str, &str, Value)], wires: &[&str]) -> PatternGraph {
    let mut nodes: Vec<Value> = nodes.iter().map(|(id, ty, params)| json!({"id": id, "typeId": ty, "params": params})).collect();
    nodes.extend([json!({"id": "all", "typeId": "select"}), json!({"id": "clock", "typeId": "beat_clock"})]);
    let edge = |(number, wire): (usize, &&str)| {
        let ends: Vec<&str> = wire.split([' ', '.']).collect();
        json!({"id": format!("e{number}"), "fromNode": ends[0], "fromPort": ends[1], "toNode": ends[2], "toPort": ends[3]})
    };
    let edges: Vec<Value> = wires.iter().enumerate().map(edge).collect();
    PatternGraph { name: "made up".into(), graph: Arc::new(serde_json::from_value(json!({"nodes": nodes, "edges": edges})).unwrap()) }
}

/// Dimmer rises from 0 to 1 over the loop, pan from 0 to 100.
fn rise() -> PatternGraph {
    let nodes = [
        ("zero", "scalar", json!({"value": 0})),
        ("one", "scalar", json!({"value": 1})),
        ("rise", "ramp_between", json!({})),
        ("degrees", "remap", json!({"in_min": 0, "in_max": 1, "out_min": 0, "out_max": 100})),
        ("dim", "apply_dimmer", json!({})),
        ("move", "apply_position", json!({})),
    ];
    let wires = [
        "clock.grid_out rise.grid",
        "zero.out rise.start",
        "one.out rise.end",
        "rise.out dim.signal",
        "all.out dim.selection",
        "rise.out degrees.in",
        "degrees.out move.pan",
        "all.out move.selection",
    ];
    graph(&nodes, &wires)
}

fn color(hex: &str) -> PatternGraph {
    let nodes = [("color", "color", json!({"color": hex})), ("tint", "apply_color", json!({}))];
    graph(&nodes, &["color.out tint.signal", "all.out tint.selection"])
}

/// Five milliseconds of light on every beat of half a second.
fn pulse() -> PatternGraph {
    let nodes = [
        ("pulse", "beat_envelope", json!({"attack": 0, "decay": 0, "sustain": 10, "release": 990, "sustain_level": 1})),
        ("step", "threshold", json!({"threshold": 0.999})),
        ("dim", "apply_dimmer", json!({})),
    ];
    graph(&nodes, &["clock.grid_out pulse.grid", "pulse.out step.in", "step.out dim.signal", "all.out dim.selection"])
}

const RISE: Uuid = Uuid::from_u128(10);
const RED: Uuid = Uuid::from_u128(11);
const BLUE: Uuid = Uuid::from_u128(12);
const PULSE: Uuid = Uuid::from_u128(13);

fn cue(pattern: Uuid, z: i32) -> Cue {
    Cue { id: pattern, name: "cue".into(), pattern, z, ..Cue::default() }
}

/// Bars of 2 s from 0.5 s on; blue light from 0 to 60 s below the cues.
fn show(cues: Vec<Cue>) -> Show {
    let patterns = BTreeMap::from([(RISE, rise()), (RED, color("#ff0000")), (BLUE, color("#0000ff")), (PULSE, pulse())]);
    let score = Annotation { id: BLUE, pattern: BLUE, start: 0.0, end: 60.0, z: 99, blend: BlendMode::Replace, args: Map::new() };
    Show {
        rig: Arc::new(rig()),
        annotations: Arc::new(vec![score]),
        patterns: Arc::new(patterns),
        track: Arc::new(TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.5, 100), 60.0)),
        cues: Arc::new(cues),
        ..Show::default()
    }
}

#[track_caller]
fn program(cues: Vec<Cue>) -> Program {
    let (program, problems) = compile(&show(cues));
    assert_eq!(problems, []);
    program
}

fn seen(program: &Program, live: &Live, window: Window) -> Frame {
    let mut frame = Frame::default();
    render(program, window, live, &mut frame);
    frame
}

fn running(cue: Uuid, bar: i64) -> Live {
    Live { cues: vec![Fired { cue, bar, level: 1.0 }], ..Live::default() }
}

#[test]
fn a_cue_loops_over_its_bars_in_phase_with_the_bar_it_was_fired_in() {
    let program = program(vec![cue(RISE, 0), Cue { id: RED, mode: CueMode::Loop { bars: 1 }, ..cue(RISE, 0) }]);
    let level = |cue: Uuid, fired_secs: f64, secs: f64| {
        let live = Live { cues: vec![Fired::at(cue, &program.track.grid, fired_secs)], ..Live::default() };
        seen(&program, &live, Window::instant(secs)).dimmer[0]
    };
    // Fired somewhere in bar 3, which begins at 6.5 s: four bars of 2 s, then again.
    for (secs, want) in [(6.5, 0.0), (7.1, 0.075), (8.5, 0.25), (14.4, 0.9875), (14.5, 0.0), (15.5, 0.125), (22.5, 0.0), (24.5, 0.25)] {
        for fired in [6.5, 7.1, 8.49] {
            assert!((level(RISE, fired, secs) - want).abs() < 1e-4, "fired at {fired}, at {secs}: {}", level(RISE, fired, secs));
        }
    }
    // The loop is there before it was fired as well: a seek back finds it in phase.
    assert!((level(RISE, 6.5, 5.5) - 0.875).abs() < 1e-4);
    // A bar later it is a bar behind.
    assert!((level(RISE, 8.5, 15.5) - 0.875).abs() < 1e-4);
    for (secs, want) in [(6.5, 0.0), (7.5, 0.5), (8.5, 0.0), (9.0, 0.25)] {
        assert!((level(RED, 7.0, secs) - want).abs() < 1e-4, "one bar, at {secs}");
    }
}

#[test]
fn a_cue_that_runs_with_the_track_knows_no_bar() {
    let program = program(vec![Cue { mode: CueMode::WithTrack, ..cue(RISE, 0) }]);
    for bar in [0, 7] {
        assert!((seen(&program, &running(RISE, bar), Window::instant(30.0)).dimmer[0] - 0.5).abs() < 1e-2);
    }
}

#[test]
fn programmer_lies_over_cue_over_score() {
    let program = program(vec![cue(RED, -5), cue(RISE, -9)]);
    let at = Window::instant(8.5);
    let score = seen(&program, &Live::default(), at).head(0);
    assert_eq!((score.color, score.dimmer, score.pan_deg), (Some(Rgb([0.0, 0.0, 1.0])), 1.0, Some(0.0)));
    // Lower z than the score's 99, and above it all the same.
    let red = seen(&program, &running(RED, 0), at).head(0);
    assert_eq!((red.color, red.dimmer), (Some(Rgb([1.0, 0.0, 0.0])), 1.0));
    let rise = seen(&program, &running(RISE, 3), at).head(0);
    assert!((rise.dimmer - 0.25).abs() < 1e-4 && (rise.pan_deg.unwrap() - 25.0).abs() < 1e-2, "{rise:?}");
    assert_eq!(rise.color, score.color, "a cue without colour inherits the score's");
    let manual = Manual { dimmer: Some(0.5), pan_deg: Some(-30.0), ..Manual::default() };
    let live = Live { programmer: vec![(0, manual)], grand_master: 0.5, ..running(RISE, 3) };
    let frame = seen(&program, &live, at);
    assert_eq!((frame.dimmer[0], frame.pan[0]), (0.25, -30.0));
    assert!((frame.dimmer[1] - 0.125).abs() < 1e-4 && (frame.pan[1] - 25.0).abs() < 1e-2, "masters scale cues too");
}

#[test]
fn cues_lie_by_z_index_then_by_the_bar_they_were_fired_in_whatever_the_order_of_the_list() {
    let on_top = |z: (i32, i32), bar: (i64, i64)| {
        let program = program(vec![cue(RED, z.0), cue(BLUE, z.1)]);
        let fired = |cue, bar| Fired { cue, bar, level: 1.0 };
        let mut live = Live { cues: vec![fired(RED, bar.0), fired(BLUE, bar.1)], ..Live::default() };
        let one = seen(&program, &live, Window::instant(20.0)).head(0);
        live.cues.reverse();
        assert_eq!(one, seen(&program, &live, Window::instant(20.0)).head(0));
        if one.color == Some(Rgb([1.0, 0.0, 0.0])) { RED } else { BLUE }
    };
    assert_eq!(on_top((2, 1), (0, 5)), RED);
    assert_eq!(on_top((1, 2), (5, 0)), BLUE);
    assert_eq!(on_top((1, 1), (5, 0)), RED, "the later fired one");
    assert_eq!(on_top((1, 1), (3, 3)), BLUE, "the larger id");
}

#[test]
fn a_level_fades_a_cue_in_over_what_lies_below_under_any_blend() {
    for blend in BlendMode::ALL {
        let program = program(vec![Cue { blend, ..cue(RISE, 0) }]);
        let at = |level: f32| {
            let live = Live { cues: vec![Fired { level, ..running(RISE, 3).cues[0] }], ..Live::default() };
            seen(&program, &live, Window::instant(10.5)).head(0)
        };
        let (none, half, full) = (at(0.0), at(0.5), at(1.0));
        assert_eq!(none, seen(&program, &Live::default(), Window::instant(10.5)).head(0), "{blend:?}");
        assert!((half.dimmer - (none.dimmer + full.dimmer) / 2.0).abs() < 1e-5, "{blend:?}: {half:?}");
        assert!((full.dimmer - blend.full(1.0, 0.5)).abs() < 1e-4, "{blend:?}");
    }
    // Red over blue at half: as much of each.  Over darkness it is red from the start.
    let mut show = show(vec![cue(RED, 0)]);
    let (over_blue, _) = compile(&show);
    let faint = Live { cues: vec![Fired { cue: RED, bar: 0, level: 0.5 }], ..Live::default() };
    let color = seen(&over_blue, &faint, Window::instant(1.0)).head(0).color.unwrap().0;
    assert!((color[0] - 0.5).abs() < 1e-6 && (color[2] - 0.5).abs() < 1e-6, "{color:?}");
    show.annotations = Arc::default();
    let (over_nothing, _) = compile(&show);
    let state = seen(&over_nothing, &faint, Window::instant(1.0)).head(0);
    assert_eq!((state.color, state.dimmer), (Some(Rgb([1.0, 0.0, 0.0])), 0.5));
}

#[test]
fn a_cues_pulse_shorter_than_a_frame_is_seen_once_also_where_its_loop_begins_anew() {
    let mut show = show(vec![cue(PULSE, 0)]);
    show.annotations = Arc::default();
    let (program, _) = compile(&show);
    let live = running(PULSE, 1);
    for rate in [44.0, 25.0, 60.0] {
        let mut flashes = 0;
        for tick in 0..(20.0 * rate) as usize {
            let window = Window { from: 0.3 + tick as f64 / rate, to: 0.3 + (tick + 1) as f64 / rate };
            flashes += usize::from(seen(&program, &live, window).dimmer[0] > 0.9);
        }
        // From 0.5 to 20.0 s a pulse every half second; one that lies across a window's end shows in both.
        assert!((40..=46).contains(&flashes), "{flashes} of 40 at {rate} windows a second");
    }
}

#[test]
fn with_cues_running_seeking_equals_playing() {
    let program = program(vec![cue(RISE, 3), cue(PULSE, 5)]);
    let live = Live {
        cues: vec![Fired { cue: RISE, bar: 2, level: 0.7 }, Fired { cue: PULSE, bar: 3, level: 1.0 }],
        group_masters: vec![],
        ..Live::default()
    };
    let window = |tick: usize| Window { from: tick as f64 / 44.0, to: (tick + 1) as f64 / 44.0 };
    let bits = |frame: &Frame| (frame.dimmer.iter().map(|level| level.to_bits()).collect::<Vec<_>>(), frame.pan.clone(), frame.set.clone());
    let mut frame = Frame::default();
    let played: Vec<_> = (0..900)
        .map(|tick| {
            render(&program, window(tick), &live, &mut frame);
            bits(&frame)
        })
        .collect();
    for tick in (0..900).rev().step_by(7) {
        assert_eq!(bits(&seen(&program, &live, window(tick))), played[tick], "{tick}");
    }
}

#[test]
fn cues_lie_over_a_mix_of_decks() {
    let program = program(vec![cue(RED, 0)]);
    let at = Window::instant(8.5);
    let (blue, mut mixed) = (seen(&program, &Live::default(), at), Frame::default());
    for _ in 0..2 {
        mix(&[(&blue, 0.5), (&Frame::default(), 0.5)], &mut mixed);
        perform(&program, at, &Live { grand_master: 0.5, ..running(RED, 0) }, &mut mixed);
        assert_eq!((mixed.head(1).color, mixed.dimmer[1]), (Some(Rgb([1.0, 0.0, 0.0])), 0.5));
    }
    perform(&program, at, &Live { blackout: true, ..running(RED, 0) }, &mut mixed);
    assert_eq!(mixed.dimmer, [0.0, 0.0]);
}

#[test]
fn a_frozen_cue_stands_still_and_one_that_the_show_lacks_shows_nothing() {
    let program = program(vec![cue(RISE, 0)]);
    let frozen = running(RISE, 3).frozen_at(Window::instant(10.5));
    let frame = seen(&program, &Live { cues: Vec::new(), ..frozen }, Window::instant(13.0));
    assert!((frame.dimmer[0] - 0.5).abs() < 1e-4 && frame.window.to == 13.0);
    let unknown = seen(&program, &running(Uuid::from_u128(99), 0), Window::instant(13.0));
    assert_eq!(unknown.dimmer, seen(&program, &Live::default(), Window::instant(13.0)).dimmer);
}

#[test]
fn what_is_wrong_with_a_cue_is_told_and_the_others_run() {
    let bad_loop = Cue { id: Uuid::from_u128(1), mode: CueMode::Loop { bars: 0 }, ..cue(RISE, 0) };
    let bad_pattern = Cue { id: Uuid::from_u128(2), ..cue(Uuid::from_u128(77), 0) };
    let (program, problems) = compile(&show(vec![bad_loop, bad_pattern, cue(RISE, 0), cue(RISE, 1)]));
    let told: Vec<(u128, &str)> =
        problems.iter().map(|problem| (problem.annotation.unwrap().as_u128(), problem.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (1, "a cue's loop has 1 to 256 bars, not 0"),
            (2, "its pattern is not in the library"),
            (RISE.as_u128(), "another cue has the same id")
        ]
    );
    assert!(problems.iter().all(|problem| problem.severity == Severity::Error));
    assert!(seen(&program, &running(RISE, 3), Window::instant(8.5)).dimmer[0] < 0.3);
}

#[test]
fn a_cue_that_strobes_is_thinned_by_the_guard_round_its_loop() {
    let fast = graph(
        &[
            ("pulse", "beat_envelope", json!({"subdivision": 5, "attack": 0, "decay": 0, "sustain": 1, "release": 1, "sustain_level": 1})),
            ("step", "threshold", json!({"threshold": 0.999})),
            ("dim", "apply_dimmer", json!({})),
        ],
        &["clock.grid_out pulse.grid", "pulse.out step.in", "step.out dim.signal", "all.out dim.selection"],
    );
    let flashes = |cap_hz: Option<f32>, blend: BlendMode| {
        let mut show = show(vec![Cue { blend, mode: CueMode::Loop { bars: 1 }, ..cue(PULSE, 0) }]);
        show.patterns = Arc::new([(PULSE, fast.clone()), (BLUE, color("#0000ff"))].into());
        show.guard = StrobeGuard { cap_hz };
        let (program, problems) = compile(&show);
        assert_eq!(problems, []);
        let mut swings = crate::engine::flash::Swings::default();
        let window = |tick: u32| Window { from: 2.1 + f64::from(tick) / 44.0, to: 2.1 + f64::from(tick + 1) / 44.0 };
        let rises: Vec<u32> =
            (0..880).filter(|&tick| swings.take(tick, seen(&program, &running(PULSE, 1), window(tick)).dimmer[0]).is_some()).collect();
        (rises.len(), rises.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(u32::MAX))
    };
    let (n, closest) = flashes(None, BlendMode::Replace);
    assert!(n > 180 && closest <= 5, "ten a second for 20 s: {n}, {closest} windows apart");
    for blend in [BlendMode::Replace, BlendMode::Multiply] {
        let (n, closest) = flashes(Some(4.0), blend);
        assert!((35..=80).contains(&n) && closest >= 11, "{blend:?}: {n}, {closest} windows apart");
    }
}
