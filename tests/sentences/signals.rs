//! Nodes that calculate: arithmetic, ramps, waves, delays, and those that must have seen the whole range.

use luma::engine::{BeatGrid, TrackAnalysis};
use serde_json::{Value, json};

use super::harness::sketch::{Stage, all_close, close};

/// A node fed by numbers on its ports.
fn of_numbers(ty: &str, params: Value, inputs: &[(&str, f64)]) -> f32 {
    let mut nodes = vec![("it", ty, params)];
    let mut wires = Vec::new();
    for (port, value) in inputs {
        nodes.push((port, "scalar", json!({"value": value})));
        wires.push(format!("{port}.out it.{port}"));
    }
    let wires: Vec<&str> = wires.iter().map(String::as_str).collect();
    Stage::new().probe(&nodes, &wires, "it.out").one(3.0)
}

#[test]
fn math_does_what_its_operations_are_called() {
    for (operation, a, b, want) in [
        ("add", 2.0, 3.0, 5.0),
        ("subtract", 2.0, 3.0, -1.0),
        ("multiply", 2.0, 3.0, 6.0),
        ("divide", 3.0, 2.0, 1.5),
        ("divide", 3.0, 0.0, 0.0),
        ("max", 2.0, 3.0, 3.0),
        ("min", 2.0, 3.0, 2.0),
        ("abs_diff", 2.0, 3.5, 1.5),
        ("abs", -2.5, 9.0, 2.5),
        ("modulo", -1.0, 3.0, 2.0),
        ("modulo", 7.0, 0.0, 0.0),
        ("circular_distance", 0.1, 0.9, 0.2),
        ("circular_distance", 0.2, 0.7, 0.5),
        ("power", 3.0, 4.0, 81.0),
        ("power", 3.0, 2.0, 9.0),
        // Nothing that is no number comes out.
        ("power", -1.0, 0.5, 0.0),
    ] {
        close(of_numbers("math", json!({"operation": operation}), &[("a", a), ("b", b)]), want, format!("{a} {operation} {b}"));
    }
    close(of_numbers("math", json!({}), &[("a", 1.0), ("b", 2.0)]), 3.0, "adding is the default");
}

#[test]
fn round_threshold_falloff_modulo_and_remap_follow_their_formulas() {
    for (ty, params, input, want) in [
        ("round", json!({"operation": "floor"}), 1.7, 1.0),
        ("round", json!({"operation": "ceil"}), 1.2, 2.0),
        ("round", json!({"operation": "round"}), 1.5, 2.0),
        ("round", json!({"operation": "floor"}), -0.2, -1.0),
        ("threshold", json!({}), 0.5, 1.0),
        ("threshold", json!({}), 0.499, 0.0),
        ("threshold", json!({"threshold": 2}), 1.9, 0.0),
        ("falloff", json!({}), 0.4, 0.4),
        ("falloff", json!({"width": 2}), 0.4, 0.8),
        ("falloff", json!({"width": 3}), 0.4, 1.0),
        ("falloff", json!({"width": 2}), -5.0, 0.0),
        // c > 0: x^(1+5c); c < 0: 1 - (1-x)^(1-5c).
        ("falloff", json!({"curve": 0.2}), 0.5, 0.25),
        ("falloff", json!({"curve": -0.2}), 0.5, 0.75),
        ("modulo", json!({}), 2.75, 0.75),
        ("modulo", json!({}), -0.25, 0.75),
        ("modulo", json!({"divisor": 2}), -0.5, 1.5),
        ("modulo", json!({"divisor": 0}), 5.0, 0.0),
        ("remap", json!({}), 0.0, 90.0),
        ("remap", json!({}), 3.0, 360.0),
        ("remap", json!({"clamp": true}), 3.0, 180.0),
        ("remap", json!({"in_min": 0, "in_max": 2, "out_min": 1, "out_max": -1}), 0.5, 0.5),
        ("remap", json!({"in_min": 1, "in_max": 1, "out_min": 4, "out_max": 5}), 7.0, 4.0),
    ] {
        close(of_numbers(ty, params.clone(), &[("in", input)]), want, format!("{ty} {params} of {input}"));
    }
}

#[test]
fn sizes_broadcast_from_one_and_otherwise_wrap_by_modulo() {
    let nodes = [
        ("six", "select", json!({"tag_expression": "front"})),
        ("four", "select", json!({"tag_expression": "spots"})),
        ("a", "get_attribute", json!({"attribute": "index"})),
        ("b", "get_attribute", json!({"attribute": "index"})),
        ("ten", "scalar", json!({"value": 10})),
        ("wide", "math", json!({})),
        ("wraps", "math", json!({})),
        ("tint", "color", json!({"color": "#ff8000"})),
        ("colours", "math", json!({"operation": "multiply"})),
    ];
    let wires = [
        "six.out a.selection",
        "four.out b.selection",
        "a.out wide.a",
        "ten.out wide.b",
        "a.out wraps.a",
        "b.out wraps.b",
        "a.out colours.a",
        "tint.out colours.b",
    ];
    let probe = |port| Stage::new().probe(&nodes, &wires, port).planes(3.0);
    assert_eq!(probe("wide.out"), [[10.0, 11.0, 12.0, 13.0, 14.0, 15.0]]);
    assert_eq!(probe("wraps.out"), [[0.0, 2.0, 4.0, 6.0, 4.0, 6.0]], "0 1 2 3 4 5 and 0 1 2 3 0 1");
    let colours = probe("colours.out");
    assert_eq!((colours.len(), colours[0].as_slice()), (4, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0].as_slice()), "channels broadcast as well");
}

#[test]
fn a_ramp_counts_the_beats_that_were_heard_since_the_annotation_began() {
    let grid = BeatGrid { beats: vec![0.0, 1.0, 2.0, 4.0, 5.0, 6.0], downbeats: vec![0, 4], bpm: 60.0, beats_per_bar: 4 };
    let mut stage = Stage::with_track(TrackAnalysis::of_grid(grid, 20.0));
    stage.span = (1.5, 5.5);
    let ramp = stage.probe(&[("grid", "beat_clock", json!({})), ("it", "ramp", json!({}))], &["grid.grid_out it.grid"], "it.out");
    // Beat 1.5 at the start; from 2 s to 4 s there is one beat only.
    for (secs, want) in [(1.5, 0.0), (2.0, 0.5), (3.0, 1.0), (4.0, 1.5), (5.5, 3.0)] {
        close(ramp.one(secs), want, secs);
    }
}

#[test]
fn ramp_between_starts_and_ends_with_the_annotation() {
    let nodes = [
        ("grid", "beat_clock", json!({})),
        ("from", "scalar", json!({"value": 10})),
        ("to", "scalar", json!({"value": -10})),
        ("it", "ramp_between", json!({})),
    ];
    let wires = ["grid.grid_out it.grid", "from.out it.start", "to.out it.end"];
    let ramp = Stage::new().probe(&nodes, &wires, "it.out");
    for (secs, want) in [(2.0, 10.0), (4.0, 5.0), (6.0, 0.0), (10.0, -10.0)] {
        close(ramp.one(secs), want, secs);
    }
}

#[test]
fn a_sine_starts_with_the_annotation() {
    let wave = Stage::new().probe(&[("it", "sine_wave", json!({}))], &[], "it.out");
    for (secs, want) in [(2.0, 0.0), (3.0, 1.0), (4.0, 0.0), (5.0, -1.0)] {
        close(wave.one(secs), want, format!("0.25 Hz at {secs}"));
    }
    let params = json!({"frequency_hz": 2, "phase_deg": 90, "amplitude": 3, "offset": 1});
    close(Stage::new().probe(&[("it", "sine_wave", params)], &[], "it.out").one(2.25), -2.0, "half a turn on, from the top");
}

#[test]
fn noise_is_smooth_seeded_and_keeps_to_its_range() {
    for octaves in [1, 3, 8] {
        let nodes = [("it", "noise", json!({"octaves": octaves, "amplitude": 2, "offset": -1}))];
        let noise = Stage::new().probe(&nodes, &[], "it.out");
        let values: Vec<f32> = (0..8000).map(|step| noise.one(2.0 + f64::from(step) / 1000.0)).collect();
        assert!(values.iter().all(|value| (-1.0..=1.0).contains(value)));
        let (low, high) = (values.iter().copied().fold(1.0, f32::min), values.iter().copied().fold(-1.0, f32::max));
        assert!(high - low > 0.5, "{octaves} octaves: {low} to {high}");
        let steepest = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.02, "{octaves} octaves jump by {steepest} in a millisecond");
        let other = Stage { seed: 8, ..Stage::new() }.probe(&nodes, &[], "it.out");
        assert!((0..8).any(|step| (other.one(2.5 + f64::from(step)) - noise.one(2.5 + f64::from(step))).abs() > 0.1));
    }
}

#[test]
fn noise_tells_heads_apart_by_x_and_y_and_can_be_given_its_time() {
    let nodes = [
        ("heads", "select", json!({"tag_expression": "front"})),
        ("x", "get_attribute", json!({"attribute": "pos_x"})),
        ("still", "scalar", json!({"value": 5})),
        ("it", "noise", json!({"scale": 0.7})),
    ];
    let wires = ["heads.out x.selection", "x.out it.x", "still.out it.time"];
    let noise = Stage::new().probe(&nodes, &wires, "it.out");
    let lanes = noise.lanes(3.0);
    assert!(lanes.windows(2).all(|pair| pair[0] != pair[1]), "{lanes:?}");
    assert_eq!(lanes, noise.lanes(7.0), "its time stands still");
}

#[test]
fn a_delay_reads_each_lane_as_it_was_that_long_ago() {
    let nodes = [
        ("heads", "select", json!({"tag_expression": "spots"})),
        ("place", "get_attribute", json!({"attribute": "index"})),
        ("grid", "beat_clock", json!({})),
        ("count", "ramp", json!({})),
        ("it", "time_delay", json!({})),
    ];
    let wires = ["heads.out place.selection", "grid.grid_out count.grid", "count.out it.in", "place.out it.delay"];
    // Two beats a second: head n is 2 n beats behind, also before the annotation began.
    all_close(&Stage::new().probe(&nodes, &wires, "it.out").lanes(3.5), &[3.0, 1.0, -1.0, -3.0], "at 3.5 s");
    let plain = Stage::new().probe(&nodes[2..], &["grid.grid_out count.grid", "count.out it.in"], "it.out");
    close(plain.one(3.5), 3.0, "without a delay it is the same");
}

#[test]
fn normalize_and_invert_know_everything_that_the_signal_does() {
    let nodes = [
        ("heads", "select", json!({"tag_expression": "spots"})),
        ("place", "get_attribute", json!({"attribute": "index"})),
        ("wave", "sine_wave", json!({"frequency_hz": 0.5, "amplitude": 2})),
        ("sum", "math", json!({})),
        ("norm", "normalize", json!({})),
        ("inv", "invert", json!({})),
        ("flat", "scalar", json!({"value": 3})),
        ("level", "normalize", json!({})),
    ];
    let wires =
        ["heads.out place.selection", "place.out sum.a", "wave.out sum.b", "sum.out norm.in", "sum.out inv.in", "flat.out level.in"];
    let probe = |port| Stage::new().probe(&nodes, &wires, port);
    // -2 to 2 of the wave on 0 to 3 of the heads: -2 to 5 over all heads and times.
    let (sum, norm, inv) = (probe("sum.out"), probe("norm.out"), probe("inv.out"));
    for secs in [2.0, 2.5, 3.7, 9.9] {
        for lane in 0..4 {
            let value = sum.lanes(secs)[lane];
            close(norm.lanes(secs)[lane], (value + 2.0) / 7.0, format!("normalized, lane {lane} at {secs}"));
            close(inv.lanes(secs)[lane], 3.0 - value, format!("inverted, lane {lane} at {secs}"));
        }
    }
    close(norm.lanes(2.5)[3], 1.0, "the highest of all");
    close(norm.lanes(3.5)[0], 0.0, "the lowest of all");
    close(probe("level.out").one(3.0), 0.0, "what never changes has no range");
}
