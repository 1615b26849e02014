//! Shows made by hand, on rigs of a few heads.

use std::sync::Arc;

use glam::Vec3;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;
use crate::engine::composite::blend::BlendMode;
use crate::engine::rig::kind::{Channel, Drive, Emitter, FixtureKind, Function};
use crate::engine::rig::{GroupSpec, Member, PatchOptions, Pose, Rig, RigFixture};
use crate::engine::{BeatGrid, PatternGraph, TrackAnalysis};

const fn channel(coarse: u16) -> Channel {
    Channel { coarse, fine: None }
}

fn rig(drives: &[Drive], groups: &[&str]) -> Arc<Rig> {
    let functions: Vec<Function> = drives.iter().map(|drive| Function { heads: 0..1, drive: drive.clone() }).collect();
    let kind =
        Arc::new(FixtureKind { footprint: 8, defaults: vec![0; 8], functions, head_offsets: vec![Vec3::ZERO], ..FixtureKind::default() });
    let fixture = |n: u16| RigFixture {
        id: Uuid::from_u128(u128::from(n) + 1),
        label: format!("Lamp {n}"),
        kind: kind.clone(),
        universe: 1,
        address: 1 + 8 * n,
        pose: Pose { position: Vec3::new(f32::from(n), 0.0, 3.0), rotation_deg: Vec3::ZERO },
        options: PatchOptions::default(),
        first_head: 0,
    };
    let members: Vec<Member> = (0..2).map(|n| Member { fixture: Uuid::from_u128(n + 1), head: None }).collect();
    let group = |name: &&str| GroupSpec { name: (*name).to_owned(), members: members.clone(), ..GroupSpec::default() };
    Arc::new(Rig::new((0..2).map(fixture).collect(), groups.iter().map(group).collect()))
}

fn dimmers() -> Arc<Rig> {
    rig(&[Drive::Dimmer { channel: channel(0), off: 0, range: (0, 255) }], &["front"])
}

fn colours() -> Arc<Rig> {
    let emitters = vec![(Emitter::Red, channel(0)), (Emitter::Green, channel(1)), (Emitter::Blue, channel(2))];
    rig(&[Drive::Color { emitters, scaled: true }], &["front"])
}

/// One annotation over 4 s with `sinks` fed by nodes of that kind, all on one expression.
fn show(rig: &Arc<Rig>, expression: &str, sinks: &[(&str, &str, Value)]) -> Show {
    let mut nodes = vec![
        json!({"id": "select", "typeId": "select", "params": {"tag_expression": expression}}),
        json!({"id": "beat", "typeId": "beat_clock"}),
    ];
    let mut edges = Vec::new();
    let mut wire = |from: &str, from_port: &str, to: &str, to_port: &str| {
        edges.push(json!({"id": format!("e{}", edges.len()), "fromNode": from, "fromPort": from_port, "toNode": to, "toPort": to_port}));
    };
    for (sink, source, params) in sinks {
        let feed = format!("{sink} feed");
        nodes.push(json!({"id": feed, "typeId": source, "params": params}));
        nodes.push(json!({"id": sink, "typeId": sink}));
        wire("select", "out", sink, "selection");
        wire(&feed, "out", sink, if *sink == "apply_position" { "pan" } else { "signal" });
        if *source == "beat_envelope" {
            wire("beat", "grid_out", &feed, "grid");
        }
    }
    let graph = serde_json::from_value(json!({"nodes": nodes, "edges": edges})).unwrap();
    let pattern = Uuid::from_u128(7);
    let annotation =
        Annotation { id: Uuid::from_u128(8), pattern, start: 0.0, end: 4.0, z: 0, blend: BlendMode::Replace, args: Map::new() };
    Show {
        rig: rig.clone(),
        annotations: Arc::new(vec![annotation]),
        patterns: Arc::new([(pattern, PatternGraph { name: "Made up".into(), graph: Arc::new(graph) })].into()),
        track: Arc::new(TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 9), 4.0)),
        ..Show::default()
    }
}

fn kinds(report: &Report) -> Vec<Kind> {
    report.findings.iter().map(|finding| finding.kind).collect()
}

#[test]
fn a_show_that_finds_everything_it_asks_for_has_all_points() {
    let report = lint(&show(&colours(), "front", &[("apply_color", "color", json!({"color": "#ff0000"}))]), &[], ALARM_HZ);
    assert_eq!((report.score, report.findings.len(), report.looked_until), (100.0, 0, 4.0), "{report:?}");
}

#[test]
fn colour_on_dimmers_is_lost_and_white_is_not() {
    let red = lint(&show(&dimmers(), "all", &[("apply_color", "color", json!({"color": "#ff0000"}))]), &[], ALARM_HZ);
    assert_eq!(kinds(&red), [Kind::LostColor]);
    assert!((red.score - 60.0).abs() < 1e-9, "light counts 3, colour 2: {}", red.score);
    let white = lint(&show(&dimmers(), "all", &[("apply_color", "color", json!({"color": "#ffffff"}))]), &[], ALARM_HZ);
    assert_eq!(white.score, 100.0, "{white:?}");
}

#[test]
fn movement_alone_on_lamps_that_cannot_move_is_lost_whole() {
    let report = lint(&show(&dimmers(), "all", &[("apply_position", "scalar", json!({"value": 30}))]), &[], ALARM_HZ);
    assert_eq!((report.score, kinds(&report)), (0.0, vec![Kind::LostMovement]));
}

#[test]
fn a_fallback_is_told_with_what_stands_in_and_an_unknown_name_with_its_position() {
    let report = lint(&show(&dimmers(), "truss & left > front", &[("apply_dimmer", "scalar", json!({}))]), &[], ALARM_HZ);
    assert_eq!(kinds(&report), [Kind::StandIn, Kind::UnknownName]);
    assert_eq!(report.findings[0].text, "\"truss & left\" finds nothing here; \"front\" stands in");
    assert!(report.findings[1].text.contains("\"truss\" (position 1)"), "{}", report.findings[1].text);
    assert!((report.score - 90.0).abs() < 1e-9);
}

#[test]
fn an_annotation_without_lamps_and_one_with_a_broken_graph_lose_everything() {
    let none = lint(&show(&dimmers(), "truss", &[("apply_dimmer", "scalar", json!({}))]), &[], ALARM_HZ);
    assert_eq!((none.score, kinds(&none)), (0.0, vec![Kind::NoLamps, Kind::UnknownName]));
    let broken = lint(&show(&dimmers(), "all", &[("apply_dimmer", "from_the_future", json!({}))]), &[], ALARM_HZ);
    assert_eq!((broken.score, kinds(&broken)), (0.0, vec![Kind::Broken]));
    assert_eq!(broken.findings[0].places[0].pattern, "Made up");
}

#[test]
fn music_that_is_not_analysed_costs_half_and_a_bad_patch_two_points() {
    let report =
        lint(&show(&dimmers(), "all", &[("apply_dimmer", "drum_onset_envelope", json!({}))]), &["Lamp 3 is left out.".into()], ALARM_HZ);
    assert_eq!(kinds(&report), [Kind::Patch, Kind::Analysis]);
    assert!((report.score - 48.0).abs() < 1e-9);
}

#[test]
fn a_score_that_flashes_ten_times_a_second_is_told_and_one_of_two_is_not() {
    let pulses = |per_beat: f64| {
        let params = json!({"subdivision": per_beat, "attack": 0, "sustain": 0.2, "decay": 0, "sustain_level": 1});
        lint(&show(&dimmers(), "all", &[("apply_dimmer", "beat_envelope", params)]), &[], ALARM_HZ)
    };
    let fast = pulses(5.0);
    assert_eq!((kinds(&fast), fast.score), (vec![Kind::Flashes], 100.0));
    let moment = fast.findings[0].moment.as_ref().unwrap();
    assert!((9.0..=11.0).contains(&moment.hz), "{moment:?}");
    assert!(moment.start < 0.3 && moment.end > 3.7 && moment.heads == [0, 1], "{moment:?}");
    assert_eq!(fast.findings[0].places.len(), 1);
    assert!(pulses(1.0).findings.is_empty());
}

#[test]
fn the_strobe_guards_report_on_a_score_that_flashes_at_10_hz() {
    let params = json!({"subdivision": 5, "attack": 0, "sustain": 0.2, "decay": 0, "sustain_level": 1});
    let mut show = show(&dimmers(), "all", &[("apply_dimmer", "beat_envelope", params)]);
    show.guard = crate::engine::StrobeGuard { cap_hz: Some(4.0) };
    let report = lint(&show, &[], ALARM_HZ);
    assert_eq!((kinds(&report), report.guard_hz), (vec![Kind::Flashes], Some(4.0)), "the moments are those with the guard off");
    let moment = report.findings[0].moment.as_ref().unwrap();
    assert!((9.0..=11.0).contains(&moment.hz) && moment.start < 0.3 && moment.end > 3.7, "{moment:?}");
    assert_eq!(moment.guarded_hz, Some(3.0), "two and a half a second, three in some seconds");
    let hz = moment.hz;
    assert_eq!(report.findings[0].text, format!("up to {hz:.0} flashes a second, 3 under the strobe guard at 4"));
    // Another alarm, another report: the guard has no say in it.
    assert!(lint(&show, &[], 12.0).findings.is_empty());
    show.guard.cap_hz = None;
    let off = lint(&show, &[], ALARM_HZ);
    assert_eq!((off.guard_hz, off.findings[0].moment.as_ref().unwrap().guarded_hz), (None, None));
}

#[test]
fn flashes_shorter_than_a_frame_are_counted_one_by_one() {
    let params = json!({"subdivision": 15, "attack": 0, "decay": 0, "sustain": 5, "release": 95, "sustain_level": 1});
    let report = lint(&show(&dimmers(), "all", &[("apply_dimmer", "beat_envelope", params)]), &[], ALARM_HZ);
    let hz = report.findings[0].moment.as_ref().unwrap().hz;
    assert!((28.0..=31.0).contains(&hz), "thirty a second, though every frame has light: {hz}");
}
