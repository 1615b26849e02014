//! Composition: which annotations count, in which order, and what becomes of colour, position and speed.

use std::sync::Arc;

use luma::engine::composite::blend::BlendMode;
use luma::engine::{Annotation, Frame, Live, PatternGraph, Program, Rgb, Show, Window, compile, render};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::harness::sketch::{Stage, close, graph};

/// One annotation: id, start, end, z, blend, its nodes and wires.
struct Placed {
    id: u128,
    span: (f64, f64),
    z: i32,
    blend: BlendMode,
    nodes: Vec<(&'static str, &'static str, Value)>,
    wires: Vec<&'static str>,
}

fn level(id: u128, value: f64) -> Placed {
    Placed {
        id,
        span: (2.0, 10.0),
        z: 0,
        blend: BlendMode::Replace,
        nodes: vec![
            ("heads", "select", json!({"tag_expression": "front"})),
            ("n", "scalar", json!({"value": value})),
            ("it", "apply_dimmer", json!({})),
        ],
        wires: vec!["heads.out it.selection", "n.out it.signal"],
    }
}

fn tone(id: u128, color: &str) -> Placed {
    Placed {
        nodes: vec![
            ("heads", "select", json!({"tag_expression": "front"})),
            ("n", "color", json!({"color": color})),
            ("it", "apply_color", json!({})),
        ],
        ..level(id, 0.0)
    }
}

/// Pan and tilt of the spots, each as far as it is given.
fn aim(id: u128, pan: Option<f64>, tilt: Option<f64>) -> Placed {
    let mut nodes = vec![("heads", "select", json!({"tag_expression": "spots"})), ("it", "apply_position", json!({}))];
    let mut wires = vec!["heads.out it.selection"];
    for (value, id, wire) in [(pan, "p", "p.out it.pan"), (tilt, "t", "t.out it.tilt")] {
        if let Some(value) = value {
            nodes.push((id, "scalar", json!({"value": value})));
            wires.push(wire);
        }
    }
    Placed { nodes, wires, ..level(id, 0.0) }
}

fn program(placed: Vec<Placed>) -> Program {
    let stage = Stage::new();
    let pattern = |id: u128| Uuid::from_u128(1000 + id);
    let patterns = placed.iter().map(|placed| {
        let graph = Arc::new(graph(&placed.nodes, &placed.wires));
        (pattern(placed.id), PatternGraph { name: "placed".into(), graph })
    });
    let patterns = Arc::new(patterns.collect());
    let annotations = placed.iter().map(|placed| Annotation {
        id: Uuid::from_u128(placed.id),
        pattern: pattern(placed.id),
        start: placed.span.0,
        end: placed.span.1,
        z: placed.z,
        blend: placed.blend,
        args: Map::new(),
    });
    let show = Show { rig: stage.rig, annotations: Arc::new(annotations.collect()), patterns, track: stage.track, ..Show::default() };
    let (program, problems) = compile(&show);
    assert_eq!(problems, []);
    program
}

fn frame(program: &Program, secs: f64) -> Frame {
    let mut frame = Frame::default();
    render(program, Window::instant(secs), &Live::default(), &mut frame);
    frame
}

fn dimmer(placed: Vec<Placed>, secs: f64) -> f32 {
    frame(&program(placed), secs).dimmer[0]
}

fn color(placed: Vec<Placed>) -> [f32; 3] {
    frame(&program(placed), 3.0).head(0).color.map_or([-1.0; 3], |color| color.0)
}

#[track_caller]
fn is_color(placed: Vec<Placed>, want: [f32; 3]) {
    let got = color(placed);
    assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-4), "{got:?}, not {want:?}");
}

#[test]
fn an_annotation_counts_from_its_start_up_to_but_not_at_its_end() {
    for (secs, want) in [(1.999, 0.0), (2.0, 0.6), (9.999, 0.6), (10.0, 0.0)] {
        close(dimmer(vec![level(1, 0.6)], secs), want, secs);
    }
}

#[test]
fn layers_lie_by_z_then_by_start_then_by_id() {
    let low = || level(1, 0.1);
    close(dimmer(vec![Placed { z: 2, ..low() }, Placed { z: 1, ..level(2, 0.2) }], 5.0), 0.1, "higher z lies above");
    close(dimmer(vec![Placed { z: -1, ..low() }, Placed { z: -2, ..level(2, 0.2) }], 5.0), 0.1, "also below zero");
    close(dimmer(vec![Placed { span: (3.0, 10.0), ..low() }, level(2, 0.2)], 5.0), 0.1, "at equal z the later start");
    close(dimmer(vec![low(), level(2, 0.2)], 5.0), 0.2, "at equal starts the larger id");
    close(dimmer(vec![level(2, 0.2), low()], 5.0), 0.2, "whatever the order in the list");
}

#[test]
fn each_mode_lays_levels_over_one_another_by_its_formula() {
    let (base, top) = (0.4f32, 0.7f32);
    for (mode, want) in [
        (BlendMode::Replace, top),
        (BlendMode::Add, 1.0),
        (BlendMode::Subtract, 0.0),
        (BlendMode::Multiply, base * top),
        (BlendMode::Screen, 1.0 - (1.0 - base) * (1.0 - top)),
        (BlendMode::Max, top),
        (BlendMode::Lighten, top),
        (BlendMode::Min, base),
        (BlendMode::Value, top * top + base * (1.0 - top)),
    ] {
        let placed = vec![level(1, f64::from(base)), Placed { blend: mode, ..level(2, f64::from(top)) }];
        close(dimmer(placed, 5.0), want, format!("{mode:?}"));
    }
    close(dimmer(vec![Placed { blend: BlendMode::Add, ..level(1, 0.25) }], 5.0), 0.25, "below everything lies dark");
    close(dimmer(vec![Placed { blend: BlendMode::Multiply, ..level(1, 0.25) }], 5.0), 0.0, "which stays dark multiplied");
}

#[test]
fn strobe_is_blended_like_the_dimmer() {
    let strobe = |id: u128, value: f64| Placed {
        nodes: vec![
            ("heads", "select", json!({"tag_expression": "front"})),
            ("n", "scalar", json!({"value": value})),
            ("it", "apply_strobe", json!({})),
        ],
        ..level(id, 0.0)
    };
    let both = program(vec![strobe(1, 0.25), Placed { blend: BlendMode::Add, ..strobe(2, 0.5) }]);
    close(frame(&both, 5.0).strobe[0], 0.75, "added");
    close(frame(&program(vec![level(1, 1.0)]), 5.0).strobe[0], 0.0, "0 unless asked for");
}

#[test]
fn colours_blend_by_channel_and_alpha_is_tint_strength() {
    is_color(vec![tone(1, "#ff0000"), tone(2, "#0000ff")], [0.0, 0.0, 1.0]);
    is_color(vec![tone(1, "#ff0000"), Placed { blend: BlendMode::Add, ..tone(2, "#0000ff") }], [1.0, 0.0, 1.0]);
    is_color(vec![tone(1, "#ff00ff"), Placed { blend: BlendMode::Multiply, ..tone(2, "#ffff00") }], [1.0, 0.0, 0.0]);
    // Half a tint: out = blended * alpha + inherited * (1 - alpha).
    let half = 128.0 / 255.0;
    is_color(vec![tone(1, "#ff0000"), tone(2, "#0000ff80")], [1.0 - half, 0.0, half]);
    // Value mode takes the luminance of the top as its opacity.
    is_color(vec![tone(1, "#ff0000"), Placed { blend: BlendMode::Value, ..tone(2, "#00ff00") }], [1.0 - 0.7152, 0.7152, 0.0]);
}

#[test]
fn a_layer_without_colour_inherits_the_colour_below_and_with_nothing_below_it_is_white() {
    is_color(vec![tone(1, "#ff0000"), level(2, 0.5)], [1.0, 0.0, 0.0]);
    close(dimmer(vec![tone(1, "#ff0000"), level(2, 0.5)], 5.0), 0.5, "dimmer is the true intensity");
    assert_eq!(frame(&program(vec![level(1, 0.5)]), 5.0).head(0).color, None, "none is set, and white is what is sent");
    is_color(vec![tone(1, "#0000ff80")], [1.0 - 128.0 / 255.0, 1.0 - 128.0 / 255.0, 1.0]);
}

#[test]
fn the_highest_layer_that_sets_an_axis_wins_and_an_axis_nobody_sets_is_held() {
    let head = Stage::new().rig.groups[3].members[0];
    let at = |placed: Vec<Placed>| {
        let state = frame(&program(placed), 5.0).head(head);
        (state.pan_deg, state.tilt_deg)
    };
    assert_eq!(at(vec![aim(1, Some(10.0), Some(20.0)), aim(2, Some(30.0), None)]), (Some(30.0), Some(20.0)));
    assert_eq!(at(vec![aim(1, None, Some(20.0))]), (Some(0.0), Some(20.0)), "never set: home");
    // Held: what the last annotation before left, whatever is above it in z.
    let before = Placed { span: (0.0, 1.0), z: 9, ..aim(1, Some(45.0), None) };
    assert_eq!(at(vec![before, aim(2, None, Some(20.0))]), (Some(45.0), Some(20.0)));
}

#[test]
fn any_speed_of_zero_freezes() {
    let speed = |id: u128, value: f64, z: i32| Placed {
        z,
        nodes: vec![
            ("heads", "select", json!({"tag_expression": "spots"})),
            ("n", "scalar", json!({"value": value})),
            ("it", "apply_speed", json!({})),
        ],
        wires: vec!["heads.out it.selection", "n.out it.speed"],
        ..level(id, 0.0)
    };
    let head = Stage::new().rig.groups[3].members[0];
    assert!(frame(&program(vec![speed(1, 0.0, 0), speed(2, 1.0, 5)]), 5.0).head(head).frozen, "also from below");
    assert!(!frame(&program(vec![speed(1, 1.0, 0)]), 5.0).head(head).frozen);
    assert!(!frame(&program(vec![aim(1, Some(1.0), None)]), 5.0).head(head).frozen, "fast unless asked for");
}

#[test]
fn an_idle_head_travels_dark_to_where_its_next_annotation_starts() {
    let nodes = vec![
        ("heads", "select", json!({"tag_expression": "spots"})),
        ("wave", "sine_wave", json!({"frequency_hz": 0.1, "amplitude": 90, "phase_deg": 30})),
        ("one", "scalar", json!({})),
        ("it", "apply_position", json!({})),
        ("dim", "apply_dimmer", json!({})),
    ];
    let wires = vec!["heads.out it.selection", "wave.out it.pan", "heads.out dim.selection", "one.out dim.signal"];
    let later = || Placed { span: (6.0, 9.0), nodes: nodes.clone(), wires: wires.clone(), ..level(5, 0.0) };
    let head = Stage::new().rig.groups[3].members[1];
    let idle = frame(&program(vec![later()]), 3.0).head(head);
    close(idle.pan_deg.unwrap(), 45.0, "where the wave begins");
    close(idle.dimmer, 0.0, "dark");
    // Between two annotations it is the next that counts, not the last.
    let before = Placed { span: (0.0, 1.0), ..aim(1, Some(-70.0), None) };
    close(frame(&program(vec![before, later()]), 3.0).head(head).pan_deg.unwrap(), 45.0, "the next one counts");
    // A head that any annotation drives, even with dimmer 0, is left alone.
    let dark = Placed {
        nodes: vec![
            ("heads", "select", json!({"tag_expression": "spots"})),
            ("n", "scalar", json!({"value": 0})),
            ("it", "apply_dimmer", json!({})),
        ],
        ..Placed { span: (2.0, 5.0), ..level(3, 0.0) }
    };
    let before = Placed { span: (0.0, 1.0), ..aim(1, Some(-70.0), None) };
    close(frame(&program(vec![before, dark, later()]), 3.0).head(head).pan_deg.unwrap(), -70.0, "driven: it keeps what was left");
}

#[test]
fn a_seek_finds_the_same_as_playing_where_something_is_held() {
    let placed =
        || vec![Placed { span: (0.0, 1.0), ..aim(1, Some(45.0), Some(5.0)) }, Placed { span: (3.0, 4.0), ..aim(2, Some(10.0), None) }];
    let program = program(placed());
    let mut playing = Frame::default();
    let played: Vec<_> = (0..60)
        .map(|step| {
            render(&program, Window { from: f64::from(step) / 10.0, to: f64::from(step + 1) / 10.0 }, &Live::default(), &mut playing);
            (playing.pan.clone(), playing.tilt.clone())
        })
        .collect();
    for step in (0..60).rev().step_by(7) {
        let mut sought = Frame::default();
        render(&program, Window { from: f64::from(step) / 10.0, to: f64::from(step + 1) / 10.0 }, &Live::default(), &mut sought);
        assert_eq!((sought.pan, sought.tilt), played[step as usize], "step {step}");
    }
}

#[test]
fn a_colour_from_a_dark_layer_still_tints() {
    // Black has no hue: the red below shows through a layer that only darkens.
    let dark = tone(2, "#000000");
    let frame = frame(&program(vec![tone(1, "#ff0000"), dark]), 3.0);
    assert_eq!((frame.dimmer[0], frame.head(0).color), (0.0, Some(Rgb([1.0, 0.0, 0.0]))));
}
