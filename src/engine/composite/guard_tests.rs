//! The guard by what it leaves on rendered frames: never too fast, never touched where it is slow.

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::Vec3;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::engine::composite::blend::BlendMode;
use crate::engine::flash::Swings;
use crate::engine::rig::kind::{Channel, Drive, FixtureKind, Function};
use crate::engine::rig::{GroupSpec, Member, PatchOptions, Pose, RigFixture};
use crate::engine::{
    Annotation, BeatGrid, DmxFrame, Frame, Held, Live, PatternGraph, Program, Rig, Show, StrobeGuard, TrackAnalysis, Window, compile,
    encode, render,
};

/// Three dimmers with a strobe from 1 to 11 Hz, the first one in a group of its own.
fn rig() -> Rig {
    let at = |coarse| Channel { coarse, fine: None };
    let drives = [
        Drive::Dimmer { channel: at(0), off: 0, range: (0, 255) },
        Drive::Shutter { channel: at(1), open: 255, closed: None, strobe: Some((10, 110)), hz: Some((1.0, 11.0)) },
    ];
    let kind = Arc::new(FixtureKind {
        footprint: 2,
        defaults: vec![0; 2],
        functions: drives.into_iter().map(|drive| Function { heads: 0..1, drive }).collect(),
        head_offsets: vec![Vec3::ZERO],
        ..FixtureKind::default()
    });
    let fixture = |number: u16| RigFixture {
        id: Uuid::from_u128(u128::from(number) + 1),
        label: String::new(),
        kind: kind.clone(),
        universe: 1,
        address: 1 + number * 2,
        pose: Pose::default(),
        options: PatchOptions::default(),
        first_head: 0,
    };
    let member = Member { fixture: Uuid::from_u128(1), head: None };
    Rig::new((0..3).map(fixture).collect(), vec![GroupSpec { name: "first".into(), members: vec![member], ..GroupSpec::default() }])
}

/// Pulses per beat of half a second, `lit` of their spacing long; or a strobe value instead.
#[derive(Clone, Copy)]
struct Pulses {
    per_beat: f64,
    lit: f64,
    lamps: &'static str,
    blend: BlendMode,
    start: f64,
    end: f64,
}

const PULSES: Pulses = Pulses { per_beat: 1.0, lit: 0.5, lamps: "all", blend: BlendMode::Add, start: 0.0, end: 8.0 };

fn show(score: &[Pulses], cap_hz: Option<f32>) -> Show {
    let mut patterns = BTreeMap::new();
    let mut annotations = Vec::new();
    for (at, pulses) in score.iter().enumerate() {
        let nodes: [(&str, &str, Value); 5] = [
            ("lamps", "select", json!({"tag_expression": pulses.lamps})),
            ("clock", "beat_clock", json!({})),
            (
                "pulse",
                "beat_envelope",
                json!({"subdivision": pulses.per_beat, "attack": 0, "decay": 0, "sustain": pulses.lit, "release": 1.0 - pulses.lit, "sustain_level": 1}),
            ),
            ("step", "threshold", json!({"threshold": 0.999})),
            ("dim", "apply_dimmer", json!({})),
        ];
        let nodes: Vec<Value> = nodes.iter().map(|(id, ty, params)| json!({"id": id, "typeId": ty, "params": params})).collect();
        let wires = [
            ("clock", "grid_out", "pulse", "grid"),
            ("pulse", "out", "step", "in"),
            ("step", "out", "dim", "signal"),
            ("lamps", "out", "dim", "selection"),
        ];
        let edges: Vec<Value> = wires
            .iter()
            .map(|wire| json!({"id": wire.2.to_owned() + wire.3, "fromNode": wire.0, "fromPort": wire.1, "toNode": wire.2, "toPort": wire.3}))
            .collect();
        let graph = Arc::new(serde_json::from_value(json!({"nodes": nodes, "edges": edges})).unwrap());
        let (id, z, args) = (Uuid::from_u128(at as u128 + 1), at as i32, Map::new());
        let Pulses { start, end, blend, .. } = *pulses;
        patterns.insert(id, PatternGraph { name: "pulses".into(), graph });
        annotations.push(Annotation { id, pattern: id, start, end, z, blend, args });
    }
    Show {
        rig: Arc::new(rig()),
        annotations: Arc::new(annotations),
        patterns: Arc::new(patterns),
        track: Arc::new(TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 100), 50.0)),
        guard: StrobeGuard { cap_hz },
        ..Show::default()
    }
}

#[track_caller]
fn program(score: &[Pulses], cap_hz: Option<f32>) -> Program {
    let (program, problems) = compile(&show(score, cap_hz));
    assert_eq!(problems, []);
    program
}

/// Frames of 1/44 s that begin at `phase` of a frame: the first head's levels.
fn frames(program: &Program, phase: f64, secs: f64) -> Vec<f32> {
    let mut frame = Frame::default();
    let levels = (0..(secs * 44.0) as usize).map(|tick| {
        let from = (tick as f64 + phase) / 44.0;
        render(program, Window { from, to: from + 1.0 / 44.0 }, &Live::default(), &mut frame);
        frame.dimmer[0]
    });
    levels.collect()
}

/// Numbers of the frames with which flashes begin.
fn flashes(levels: &[f32]) -> Vec<usize> {
    let mut swings = Swings::default();
    (0..levels.len()).filter(|&tick| swings.take(tick as u32, levels[tick]).is_some()).collect()
}

/// The most flashes that any second of frames holds.
fn most_in_a_second(levels: &[f32]) -> usize {
    let flashes = flashes(levels);
    flashes.iter().map(|&first| flashes.iter().filter(|&&flash| (first..first + 44).contains(&flash)).count()).max().unwrap_or(0)
}

#[test]
fn with_the_cap_at_4_hz_no_frames_flash_faster_however_the_score_does() {
    for per_beat in [2.2, 2.5, 3.0, 4.0, 5.0, 6.5, 8.0, 10.5] {
        for lit in [0.02, 0.3, 0.5, 0.9] {
            let pulses = [Pulses { per_beat, lit, ..PULSES }];
            let (wild, tame) = (program(&pulses, None), program(&pulses, Some(4.0)));
            // From about 20 a second on the wire cannot show them all; the score is too fast all the same.
            if per_beat <= 8.0 && lit <= 0.5 {
                assert!(most_in_a_second(&frames(&wild, 0.0, 8.0)) > 4, "{per_beat} a beat, {lit} lit: too slow to test anything");
            }
            for phase in [0.0, 0.31, 0.77] {
                let levels = frames(&tame, phase, 8.0);
                let most = most_in_a_second(&levels);
                assert!(most <= 4, "{per_beat} a beat, {lit} lit, phase {phase}: {most} in a second");
                if most_in_a_second(&frames(&wild, phase, 8.0)) > 4 {
                    let n = flashes(&levels).len();
                    assert!(n >= 9, "{per_beat} a beat, {lit} lit, phase {phase}: only {n} are left");
                }
            }
        }
    }
}

#[test]
fn of_ten_flashes_a_second_every_fourth_stays_on_its_beat_and_the_light_between_is_flat() {
    let levels = frames(&program(&[Pulses { per_beat: 5.0, ..PULSES }], Some(4.0)), 0.0, 8.0);
    // Ten a second: every second is five, every fourth two and a half.
    let flashes = flashes(&levels);
    assert!((19..=21).contains(&flashes.len()), "{flashes:?}");
    for (nth, flash) in flashes.iter().enumerate().skip(1) {
        let secs = *flash as f64 / 44.0;
        assert!((secs - nth as f64 * 0.4).abs() < 1.5 / 44.0, "flash {nth} at {secs} s");
    }
    assert!(levels.iter().all(|&level| level == 0.0 || level == 1.0), "nothing glimmers in between");
}

#[test]
fn slow_light_is_the_same_to_the_last_byte_with_the_guard_on_or_off() {
    for pulses in [
        vec![Pulses { per_beat: 1.0, ..PULSES }],
        // Four a second is as fast as the cap and not faster.
        vec![Pulses { per_beat: 2.0, lit: 0.2, ..PULSES }],
        vec![Pulses { per_beat: 0.5, ..PULSES }, Pulses { per_beat: 1.0, blend: BlendMode::Multiply, ..PULSES }],
        // Four in a row and then a rest: a second never holds more.
        vec![Pulses { per_beat: 5.0, end: 0.4, ..PULSES }, Pulses { per_beat: 5.0, start: 1.6, end: 2.0, ..PULSES }],
    ] {
        let (off, on) = (program(&pulses, None), program(&pulses, Some(4.0)));
        assert_eq!(on.guard_hz(), Some(4.0));
        let bytes = |program: &Program| {
            let (mut frame, mut held, mut dmx) = (Frame::default(), Held::default(), DmxFrame::default());
            let frames = (0..352).map(|tick| {
                let from = f64::from(tick) / 44.0;
                render(program, Window { from, to: from + 1.0 / 44.0 }, &Live::default(), &mut frame);
                encode(&program.rig, &frame, &mut held, &mut dmx);
                dmx.clone()
            });
            frames.collect::<Vec<_>>()
        };
        assert!(bytes(&off) == bytes(&on), "{} layers", pulses.len());
    }
}

#[test]
fn only_the_heads_that_flash_too_fast_are_thinned_and_only_while_they_do() {
    let score = [Pulses { per_beat: 6.0, lamps: "first", start: 2.0, end: 4.0, ..PULSES }, Pulses { per_beat: 1.0, ..PULSES }];
    let (off, on) = (program(&score, None), program(&score, Some(4.0)));
    let (mut a, mut b, mut differing) = (Frame::default(), Frame::default(), Vec::new());
    for tick in 0..352 {
        let window = Window { from: f64::from(tick) / 44.0, to: f64::from(tick + 1) / 44.0 };
        render(&off, window, &Live::default(), &mut a);
        render(&on, window, &Live::default(), &mut b);
        assert_eq!(a.dimmer[1..], b.dimmer[1..], "{window:?}");
        if a.dimmer[0] != b.dimmer[0] {
            assert!(b.dimmer[0] < a.dimmer[0]);
            differing.push(window.to);
        }
    }
    let (first, last) = (differing[0], differing[differing.len() - 1]);
    assert!(differing.len() > 20 && first > 1.9 && last < 4.3, "{} from {first} to {last}", differing.len());
}

#[test]
fn two_slow_layers_that_are_fast_together_are_thinned() {
    // Three a second each, half a pulse apart: six together.
    let score = [Pulses { per_beat: 1.5, lit: 0.2, ..PULSES }, Pulses { per_beat: 2.0, lit: 0.2, ..PULSES }];
    let together = |cap_hz| most_in_a_second(&frames(&program(&score, cap_hz), 0.4, 8.0));
    assert!(together(None) > 4);
    assert!(together(Some(4.0)) <= 4);
}

#[test]
fn a_light_that_comes_on_to_stay_comes_on_later() {
    let score = [
        Pulses { per_beat: 5.0, end: 1.55, ..PULSES },
        // On for two seconds right after the last pulse.
        Pulses { per_beat: 0.25, lit: 0.999, start: 1.6, end: 3.6, ..PULSES },
    ];
    let (off, on) = (frames(&program(&score, None), 0.0, 4.0), frames(&program(&score, Some(4.0)), 0.0, 4.0));
    let rise = |levels: &[f32]| flashes(levels).last().copied().unwrap();
    assert!(rise(&on) >= rise(&off) && rise(&on) - rise(&off) < 13, "{} and {}", rise(&off), rise(&on));
    assert_eq!(on[rise(&on)..], off[rise(&on)..], "and stays as long");
}

#[test]
fn seeking_equals_playing_with_the_guard_on() {
    let program = program(&[Pulses { per_beat: 6.5, ..PULSES }, Pulses { per_beat: 4.0, lamps: "first", start: 1.0, ..PULSES }], Some(3.5));
    let played = frames(&program, 0.0, 8.0);
    for tick in (0..352).rev().step_by(5) {
        let (mut frame, from) = (Frame::default(), tick as f64 / 44.0);
        render(&program, Window { from, to: from + 1.0 / 44.0 }, &Live::default(), &mut frame);
        assert_eq!(frame.dimmer[0], played[tick]);
    }
}

#[test]
fn the_guard_caps_strobe_rates_too_also_the_programmers() {
    let program = program(&[PULSES], Some(4.0));
    let strobing = crate::engine::live::Manual { strobe: Some(1.0), ..Default::default() };
    let mut frame = Frame::default();
    // From 1 Hz at level 0 to 11 Hz at level 1, so 4 Hz lies at 0.3; a lower cap of the moment counts.
    for (cap, want) in [(None, 0.3), (Some(8.0), 0.3), (Some(2.0), 0.1)] {
        let live = Live { programmer: vec![(0, strobing)], strobe_cap_hz: cap, ..Live::default() };
        render(&program, Window::instant(1.0), &live, &mut frame);
        assert!((frame.strobe[0] - want).abs() < 1e-5, "{cap:?}: {}", frame.strobe[0]);
    }
}

#[test]
fn a_cap_that_is_none_is_told_and_leaves_the_guard_off() {
    let (program, problems) = compile(&show(&[Pulses { per_beat: 5.0, ..PULSES }], Some(f32::NAN)));
    assert!(program.guard_hz().is_none() && problems.len() == 1 && problems[0].message.contains("must be above 0"), "{problems:?}");
}
