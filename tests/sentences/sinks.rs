//! Sinks: what a graph does to heads.

use luma::engine::frame::{BeamValue, HeadState};
use luma::engine::{Frame, Live, Rgb, Severity, Window, render};
use serde_json::{Value, json};

use super::harness::sketch::{Stage, close};

/// The rig of every sort at second 3, by head.
fn played(nodes: &[(&str, &str, Value)], wires: &[&str]) -> (Vec<HeadState>, Vec<String>) {
    let (program, problems) = Stage::new().program(nodes, wires);
    assert!(problems.iter().all(|problem| problem.severity == Severity::Warning), "{problems:?}");
    let mut frame = Frame::default();
    render(&program, Window::instant(3.0), &Live::default(), &mut frame);
    let heads = (0..frame.n_heads() as u32).map(|head| frame.head(head)).collect();
    (heads, problems.iter().map(ToString::to_string).collect())
}

/// A sink on the front row, each port fed by a number.
fn sink(ty: &str, inputs: &[(&str, f64)]) -> HeadState {
    let mut nodes = vec![("heads", "select", json!({"tag_expression": "front"})), ("it", ty, json!({}))];
    let mut wires = vec!["heads.out it.selection".to_owned()];
    for (port, value) in inputs {
        nodes.push((port, "scalar", json!({"value": value})));
        wires.push(format!("{port}.out it.{port}"));
    }
    let wires: Vec<&str> = wires.iter().map(String::as_str).collect();
    let (heads, problems) = played(&nodes, &wires);
    assert_eq!(problems, [] as [&str; 0]);
    assert!(heads[6..].iter().all(|head| head.dimmer == 0.0 && head.strobe == 0.0), "nobody else is driven");
    heads[0]
}

#[test]
fn each_sink_drives_its_capability() {
    close(sink("apply_dimmer", &[("signal", 0.4)]).dimmer, 0.4, "dimmer");
    close(sink("apply_dimmer", &[("signal", 4.0)]).dimmer, 1.0, "no further than full");
    close(sink("apply_dimmer", &[("signal", -4.0)]).dimmer, 0.0, "nor below dark");
    close(sink("apply_strobe", &[("signal", 0.3)]).strobe, 0.3, "strobe");
    let moved = sink("apply_position", &[("pan", 33.0), ("tilt", -20.0)]);
    assert_eq!((moved.pan_deg, moved.tilt_deg), (Some(33.0), Some(-20.0)));
    let held = sink("apply_position", &[("tilt", -20.0)]);
    assert_eq!((held.pan_deg, held.tilt_deg), (None, Some(-20.0)), "an axis that is not connected is held");
    for (speed, frozen) in [(0.0, true), (0.5, true), (0.51, false), (1.0, false)] {
        assert_eq!(sink("apply_speed", &[("speed", speed)]).frozen, frozen, "{speed}");
    }
    let beam = sink("apply_beam", &[("zoom", 0.2), ("focus", 0.3), ("iris", 0.4), ("frost", 9.0)]);
    let values = [BeamValue::Zoom, BeamValue::Focus, BeamValue::Iris, BeamValue::Frost].map(|value| beam.beam(value));
    assert_eq!(values, [Some(0.2), Some(0.3), Some(0.4), Some(1.0)]);
    assert_eq!(sink("apply_beam", &[("iris", 1.0)]).beam(BeamValue::Zoom), None);
    let gobo = sink("apply_gobo", &[("index", 2.0), ("rotation", 0.5), ("prism", 1.0)]);
    let values = [BeamValue::Gobo, BeamValue::GoboRotation, BeamValue::Prism].map(|value| gobo.beam(value));
    assert_eq!(values, [Some(2.0), Some(0.5), Some(1.0)]);
}

fn colored(color: &str, more: &[(&str, &str, Value)], wires: &[&str]) -> (HeadState, Vec<String>) {
    let mut nodes = vec![
        ("heads", "select", json!({"tag_expression": "front"})),
        ("tone", "color", json!({"color": color})),
        ("it", "apply_color", json!({})),
    ];
    nodes.extend(more.iter().cloned());
    let wires: Vec<&str> = ["heads.out it.selection", "tone.out it.signal"].into_iter().chain(wires.iter().copied()).collect();
    let (heads, problems) = played(&nodes, &wires);
    (heads[0], problems)
}

#[test]
fn a_colour_alone_lights_a_lamp_and_is_split_into_hue_and_value() {
    let (head, _) = colored("#804000", &[], &[]);
    close(head.dimmer, 128.0 / 255.0, "its largest channel is the dimmer");
    let Some(Rgb([r, g, b])) = head.color else { panic!("no colour") };
    close(r, 1.0, "red");
    close(g, 0.5, "green");
    close(b, 0.0, "blue");
    let (black, _) = colored("#000000", &[], &[]);
    assert_eq!((black.dimmer, black.color), (0.0, None), "black has no hue to give");
}

#[test]
fn a_colours_value_multiplies_the_dimmer_of_the_same_graph() {
    let dimmer = [("half", "scalar", json!({"value": 0.5})), ("dim", "apply_dimmer", json!({}))];
    let (head, problems) = colored("#800000", &dimmer, &["heads.out dim.selection", "half.out dim.signal"]);
    assert_eq!(problems, [] as [&str; 0]);
    close(head.dimmer, 0.5 * 128.0 / 255.0, "half of half");
    assert_eq!(head.color, Some(Rgb([1.0, 0.0, 0.0])));
}

#[test]
fn the_fourth_channel_is_tint_strength_over_white_where_nothing_lies_below() {
    let (head, _) = colored("#ff000040", &[], &[]);
    let Some(Rgb([r, g, b])) = head.color else { panic!("no colour") };
    let strength = 64.0 / 255.0;
    close(r, 1.0, "red");
    close(g, 1.0 - strength, "green");
    close(b, 1.0 - strength, "blue");
    close(head.dimmer, 1.0, "tint strength is no dimmer");
}

#[test]
fn of_two_sinks_on_one_capability_the_later_node_wins_and_it_is_told() {
    let nodes = [
        ("heads", "select", json!({"tag_expression": "front | spots"})),
        ("few", "select", json!({"tag_expression": "front"})),
        ("low", "scalar", json!({"value": 0.2})),
        ("high", "scalar", json!({"value": 0.9})),
        ("first", "apply_dimmer", json!({})),
        ("second", "apply_dimmer", json!({})),
    ];
    let wires = ["heads.out first.selection", "low.out first.signal", "few.out second.selection", "high.out second.signal"];
    let (heads, problems) = played(&nodes, &wires);
    close(heads[0].dimmer, 0.9, "the later node wins where both drive");
    let spot = Stage::new().rig.groups[3].members[0] as usize;
    close(heads[spot].dimmer, 0.2, "elsewhere the first still drives");
    assert_eq!(problems, ["warning at second: \"first\" drives the same heads; this later node wins"]);
}

#[test]
fn a_signal_of_another_size_wraps_over_the_heads() {
    let nodes = [
        ("heads", "select", json!({"tag_expression": "front"})),
        ("four", "select", json!({"tag_expression": "spots"})),
        ("place", "get_attribute", json!({"attribute": "normalized_index"})),
        ("it", "apply_dimmer", json!({})),
    ];
    let (heads, _) = played(&nodes, &["heads.out it.selection", "four.out place.selection", "place.out it.signal"]);
    let want = [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0, 0.0, 1.0 / 3.0];
    want.into_iter().zip(&heads).enumerate().for_each(|(at, (want, head))| close(head.dimmer, want, at));
}
