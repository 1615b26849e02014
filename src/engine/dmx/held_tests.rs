//! What stays where it was left, and what gives way.

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::Vec3;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;
use crate::engine::live::{Fired, Manual};
use crate::engine::rig::kind::{Channel, Drive, FixtureKind, Function, WheelSlot};
use crate::engine::rig::{PatchOptions, Pose, RigFixture};
use crate::engine::{
    Annotation, BeatGrid, Cue, DmxFrame, Live, PatternGraph, Program, Show, TrackAnalysis, Window, compile, encode, render,
};

const TURN: Uuid = Uuid::from_u128(1);
const LIGHT: Uuid = Uuid::from_u128(2);
const BLUE_FLASH: Uuid = Uuid::from_u128(3);
const CUE: Uuid = Uuid::from_u128(4);
const GREEN: Uuid = Uuid::from_u128(5);

/// One spot: dimmer, pan over 255 degrees (a degree a step, home at 128), a wheel of four colours.
fn rig() -> Rig {
    let at = |coarse| Channel { coarse, fine: None };
    let slot = |byte, color| WheelSlot { byte, color: Rgb(color), name: String::new() };
    let slots = vec![slot(0, [1.0; 3]), slot(40, [1.0, 0.0, 0.0]), slot(80, [0.0, 0.0, 1.0]), slot(120, [0.0, 1.0, 0.0])];
    let drives = [
        Drive::Dimmer { channel: at(0), off: 0, range: (0, 255) },
        Drive::Pan { channel: at(1), range_deg: (-128.0, 127.0) },
        Drive::ColorWheel { channel: at(2), slots },
    ];
    let kind = FixtureKind {
        footprint: 3,
        defaults: vec![0; 3],
        functions: drives.into_iter().map(|drive| Function { heads: 0..1, drive }).collect(),
        head_offsets: vec![Vec3::ZERO],
        ..FixtureKind::default()
    };
    let fixture = RigFixture {
        id: Uuid::from_u128(1),
        label: String::new(),
        kind: Arc::new(kind),
        universe: 1,
        address: 1,
        pose: Pose::default(),
        options: PatchOptions::default(),
        first_head: 0,
    };
    Rig::new(vec![fixture], Vec::new())
}

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

fn patterns() -> BTreeMap<Uuid, PatternGraph> {
    let turn = graph(
        &[("pan", "scalar", json!({"value": 50})), ("move", "apply_position", json!({}))],
        &["pan.out move.pan", "all.out move.selection"],
    );
    let light = graph(
        &[("level", "scalar", json!({"value": 1})), ("dim", "apply_dimmer", json!({}))],
        &["level.out dim.signal", "all.out dim.selection"],
    );
    // Colour that is black between the beats, and no dimmer beside it.
    let flash = graph(
        &[
            ("pulse", "beat_envelope", json!({"attack": 0, "decay": 0, "sustain": 1, "release": 0, "sustain_level": 1})),
            ("half", "modulo", json!({"divisor": 2})),
            ("beats", "ramp", json!({})),
            ("odd", "threshold", json!({"threshold": 1})),
            ("color", "color", json!({"color": "#0000ff"})),
            ("both", "math", json!({"operation": "multiply"})),
            ("tint", "apply_color", json!({})),
        ],
        &[
            "clock.grid_out beats.grid",
            "beats.out half.in",
            "half.out odd.in",
            "odd.out both.a",
            "color.out both.b",
            "both.out tint.signal",
            "all.out tint.selection",
            "clock.grid_out pulse.grid",
        ],
    );
    let green = graph(
        &[("color", "color", json!({"color": "#00ff00"})), ("tint", "apply_color", json!({}))],
        &["color.out tint.signal", "all.out tint.selection"],
    );
    BTreeMap::from([(TURN, turn), (LIGHT, light), (BLUE_FLASH, flash), (GREEN, green)])
}

/// A program of (pattern, start, end), and one cue that turns the head to 50 degrees.
fn program(score: &[(Uuid, f64, f64)]) -> Program {
    let place = |(at, &(pattern, start, end)): (usize, &(Uuid, f64, f64))| Annotation {
        id: Uuid::from_u128(100 + at as u128),
        pattern,
        start,
        end,
        z: at as i32,
        blend: Default::default(),
        args: Map::new(),
    };
    let show = Show {
        rig: Arc::new(rig()),
        annotations: Arc::new(score.iter().enumerate().map(place).collect()),
        patterns: Arc::new(patterns()),
        track: Arc::new(TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 200), 100.0)),
        cues: Arc::new(vec![
            Cue { id: CUE, pattern: TURN, ..Cue::default() },
            Cue { id: GREEN, pattern: GREEN, ..Cue::default() },
            Cue { id: LIGHT, pattern: LIGHT, ..Cue::default() },
        ]),
        ..Show::default()
    };
    compile(&show).0
}

/// A head that is looked at again and again: dimmer, pan in degrees from home, wheel.
#[derive(Default)]
struct Stage {
    frame: Frame,
    held: Held,
    /// The world's own, which encodes nothing.
    worlds: Held,
    dmx: DmxFrame,
}

impl Stage {
    fn see(&mut self, program: &Program, live: &Live, secs: f64) -> (u8, i32, u8) {
        render(program, Window::instant(secs), live, &mut self.frame);
        encode(&program.rig, &self.frame, &mut self.held, &mut self.dmx);
        let bytes = self.dmx.bytes[0];
        let mut shown = self.frame.clone();
        self.worlds.settle(&program.rig, &mut shown);
        let mut world = DmxFrame::default();
        encode(&program.rig, &shown, &mut Held::default(), &mut world);
        assert_eq!(world.bytes[0], bytes, "what is seen is what is sent");
        (bytes[0], i32::from(bytes[1]) - 128, bytes[2])
    }
}

fn manual(manual: Manual) -> Live {
    Live { programmer: vec![(0, manual)], ..Live::default() }
}

fn turned(pan_deg: f32) -> Live {
    manual(Manual { pan_deg: Some(pan_deg), ..Manual::default() })
}

#[test]
fn a_head_that_the_programmer_turned_stays_when_released_until_the_score_moves_it() {
    let program = program(&[(LIGHT, 0.0, 10.0), (TURN, 10.0, 20.0), (LIGHT, 20.0, 40.0)]);
    let mut stage = Stage::default();
    assert_eq!(stage.see(&program, &Live::default(), 1.0), (255, 0, 0));
    assert!(stage.held.is_empty());
    assert_eq!(stage.see(&program, &turned(-40.0), 2.0), (255, -40, 0));
    // Released: lit or in the dark of a blackout, it stays.
    for (secs, live) in [(3.0, Live::default()), (4.0, Live { blackout: true, ..Live::default() }), (9.9, Live::default())] {
        assert_eq!(stage.see(&program, &live, secs).1, -40, "at {secs}");
    }
    // The score moves: at once, and from then on only the score counts.
    for secs in [10.0, 19.9, 20.0, 30.0] {
        assert_eq!(stage.see(&program, &Live::default(), secs).1, 50, "at {secs}");
    }
    assert!(stage.held.is_empty());
}

#[test]
fn in_the_dark_a_head_stays_where_it_was_left_unless_pre_positioning_takes_it() {
    let mut stage = Stage::default();
    // Nothing comes that would move it.
    let still = program(&[(LIGHT, 0.0, 5.0), (LIGHT, 30.0, 40.0)]);
    stage.see(&still, &turned(-40.0), 10.0);
    assert_eq!(stage.see(&still, &Live::default(), 12.0), (0, -40, 0));
    assert_eq!(stage.see(&still, &Live::default(), 31.0), (255, -40, 0));
    // What moves it begins at 30 s: it waits there in the dark.
    let moving = program(&[(LIGHT, 0.0, 5.0), (TURN, 30.0, 40.0)]);
    let mut stage = Stage::default();
    assert_eq!(stage.see(&moving, &Live::default(), 9.0).1, 50);
    assert_eq!(stage.see(&moving, &turned(-40.0), 10.0).1, -40);
    assert_eq!(stage.see(&moving, &Live::default(), 12.0), (0, 50, 0));
    assert!(stage.held.is_empty());
}

#[test]
fn a_cue_leaves_a_head_where_it_turned_it_and_the_wheel_at_its_colour() {
    let program = program(&[(LIGHT, 50.0, 60.0)]);
    let fired = |cue| Live { cues: vec![Fired { cue, bar: 0, level: 1.0 }], ..Live::default() };
    let mut stage = Stage::default();
    assert_eq!(stage.see(&program, &fired(CUE), 1.0).1, 50);
    assert_eq!(stage.see(&program, &fired(GREEN), 2.0), (255, 50, 120));
    assert_eq!(stage.see(&program, &Live::default(), 3.0), (0, 50, 120), "dark, and nothing turns");
    assert!(stage.held.holds(0, Target::Pan) && stage.held.holds(0, Target::Color) && !stage.held.holds(0, Target::Tilt));
    // Light without a colour is white: the score has the wheel again, and pan is still nobody's.
    assert_eq!(stage.see(&program, &Live::default(), 55.0), (255, 50, 0));
    assert_eq!(stage.see(&program, &Live::default(), 70.0), (0, 50, 0));
}

#[test]
fn live_light_does_not_travel_with_a_head_that_is_being_pre_positioned() {
    // At 5 s the head has nothing more to do until 30 s, where it is to stand at 50 degrees.
    let program = program(&[(LIGHT, 0.0, 5.0), (TURN, 30.0, 40.0)]);
    let light = Live { cues: vec![Fired { cue: LIGHT, bar: 0, level: 1.0 }], ..Live::default() };
    let mut stage = Stage::default();
    assert_eq!(stage.see(&program, &light, 4.0), (255, 0, 0));
    assert_eq!(stage.see(&program, &light, 6.0), (255, 0, 0), "it would swing through the picture");
    assert_eq!(stage.see(&program, &Live { blackout: true, ..light.clone() }, 7.0), (0, 0, 0), "blackout moves no head");
    assert_eq!(stage.see(&program, &Live::default(), 8.0), (0, 50, 0));
    assert!(stage.held.is_empty(), "where live light found it is nobody's business any more");
}

#[test]
fn nothing_that_a_score_sets_is_held() {
    let program = program(&[(TURN, 0.0, 10.0), (GREEN, 5.0, 15.0), (BLUE_FLASH, 20.0, 30.0), (LIGHT, 30.0, 35.0)]);
    let mut stage = Stage::default();
    let played: Vec<_> = (0..200).map(|tick| stage.see(&program, &Live::default(), f64::from(tick) * 0.2)).collect();
    assert!(stage.held.is_empty());
    for tick in [150, 3, 77, 110, 199] {
        assert_eq!(Stage::default().see(&program, &Live::default(), f64::from(tick) * 0.2), played[tick as usize]);
    }
}

#[test]
fn a_wheel_in_the_dark_holds_its_slot_between_the_flashes_of_an_annotation() {
    // Green before, blue flashes on every second beat, then darkness before green again.
    let program = program(&[(GREEN, 0.0, 4.0), (BLUE_FLASH, 4.0, 20.0), (GREEN, 30.0, 40.0)]);
    let mut stage = Stage::default();
    let wheel: Vec<(u8, u8)> = (0..64)
        .map(|tick| stage.see(&program, &Live::default(), 4.05 + f64::from(tick) * 0.25))
        .map(|(dimmer, _, wheel)| (dimmer, wheel))
        .collect();
    assert!(wheel.iter().all(|&(_, wheel)| wheel == 80), "{wheel:?}");
    assert!(wheel.iter().any(|&(dimmer, _)| dimmer == 0) && wheel.iter().any(|&(dimmer, _)| dimmer == 255));
    assert_eq!(stage.see(&program, &Live::default(), 25.0), (0, 0, 120), "pre-positioning asks for the next one");
}

#[test]
fn taking_light_away_turns_no_wheel() {
    let program = program(&[(GREEN, 0.0, 4.0), (LIGHT, 4.0, 20.0)]);
    let mut stage = Stage::default();
    assert_eq!(stage.see(&program, &Live::default(), 5.0), (255, 0, 0));
    for live in [Live { blackout: true, ..Live::default() }, Live { grand_master: 0.0, ..Live::default() }] {
        assert_eq!(stage.see(&program, &live, 6.0), (0, 0, 0), "white light that a master took away stands at open, not at green");
    }
}

#[test]
fn another_rig_remembers_nothing_and_the_same_heads_hung_elsewhere_do() {
    let mut stage = Stage::default();
    let here = program(&[]);
    stage.see(&here, &turned(-40.0), 1.0);
    let mut moved = here.clone();
    let mut fixtures = here.rig.fixtures.clone();
    fixtures[0].pose.position.x = 5.0;
    moved.rig = Arc::new(Rig::new(fixtures.clone(), Vec::new()));
    assert_eq!(stage.see(&moved, &Live::default(), 2.0).1, -40);
    fixtures[0].id = Uuid::from_u128(9);
    moved.rig = Arc::new(Rig::new(fixtures, Vec::new()));
    assert_eq!(stage.see(&moved, &Live::default(), 3.0).1, 0);
}
