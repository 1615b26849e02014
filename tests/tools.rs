//! The tools on the engine, as people call them: the graph verbs, why, lint, patterns.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod harness;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use harness::shows;
use luma::engine::explain::{Above, Explanation, Reading, Rest, explain};
use luma::engine::graph::build::Target;
use luma::engine::live::Manual;
use luma::engine::{Cue, DmxFrame, Fired, Frame, Held, Live, Program, StrobeGuard, Window, compile, encode, nodes, render};
use serde_json::{Value, json};
use uuid::Uuid;

fn luma(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_luma")).args(args).output().expect("the built binary runs")
}

#[track_caller]
fn answer(args: &[&str]) -> Value {
    let output = luma(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn text(args: &[&str]) -> String {
    let output = luma(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn refused(args: &[&str], words: &str) {
    let output = luma(args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(said.contains(words), "{args:?} said: {said}");
}

/// A graph whose `nodes` are (id, type, params) and whose wires are "from.port to.port".
fn graph(folder: &Path, name: &str, nodes: &[(&str, &str, Value)], wires: &[&str]) -> String {
    let nodes: Vec<Value> = nodes.iter().map(|(id, ty, params)| json!({"id": id, "typeId": ty, "params": params})).collect();
    let edge = |(number, wire): (usize, &&str)| {
        let (from, to) = wire.split_once(' ').unwrap();
        let ((from_node, from_port), (to_node, to_port)) = (from.split_once('.').unwrap(), to.split_once('.').unwrap());
        json!({"id": format!("e{number}"), "fromNode": from_node, "fromPort": from_port, "toNode": to_node, "toPort": to_port})
    };
    let edges: Vec<Value> = wires.iter().enumerate().map(edge).collect();
    let path = folder.join(name);
    fs::write(&path, json!({"nodes": nodes, "edges": edges}).to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_catalogue_lists_every_kind_with_its_ports_and_parameters() {
    let listed = answer(&["graph", "nodes", "--json"]);
    let listed = listed["nodes"].as_array().unwrap();
    assert_eq!(listed.len(), nodes::ALL.len());
    let remap = listed.iter().find(|node| node["typeId"] == "remap").unwrap();
    assert_eq!(remap["inputs"][0]["name"], "in");
    assert!(remap["params"].as_array().unwrap().iter().any(|param| param["name"] == "out_max" && param["default"] == 180.0));
    let readable = text(&["graph", "nodes"]);
    assert!(nodes::ALL.iter().all(|spec| readable.contains(spec.type_id) && readable.contains(spec.doc)));
}

#[test]
fn every_pattern_of_ours_passes_the_check() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/patterns");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let checked = answer(&["graph", "check", path.to_str().unwrap(), "--json"]);
        assert!(checked["runs"] == true && checked["warnings"] == 0, "{}: {checked}", path.display());
    }
}

#[test]
fn the_check_tells_every_problem_with_its_node_and_port_and_exits_accordingly() {
    let folder = tempfile::tempdir().unwrap();
    let nodes = [
        ("lamps", "select", json!({"tag_expression": "all & no_such_group"})),
        ("dim", "apply_dimmer", json!({})),
        ("env", "beat_envelope", json!({})),
        ("move", "apply_movement", json!({})),
        ("left", "frobnicate", json!({})),
    ];
    let wires = ["lamps.out dim.selection", "env.out dim.signal", "lamps.out move.uv"];
    let broken = graph(folder.path(), "broken.json", &nodes, &wires);
    let output = luma(&["graph", "check", &broken, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let checked: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told: Vec<String> = checked["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| {
            format!(
                "{} {}.{}",
                problem["severity"].as_str().unwrap(),
                problem["node"].as_str().unwrap(),
                problem["port"].as_str().unwrap_or("-")
            )
        })
        .collect();
    for expected in ["error env.grid", "error move.selection", "error move.uv", "warning left.-"] {
        assert!(told.iter().any(|told| told == expected), "{expected} is missing in {told:?}");
    }
    let sound = graph(
        folder.path(),
        "sound.json",
        &[nodes[0].clone(), nodes[1].clone(), ("n", "scalar", json!({}))],
        &["lamps.out dim.selection", "n.out dim.signal"],
    );
    let said = text(&["graph", "check", &sound]);
    assert!(said.contains("\"no_such_group\" (position 7)") && said.contains("runs"), "{said}");
    let cut = folder.path().join("cut.json");
    fs::write(&cut, "{\"nodes\": [\n  {\"id\": 5}]}").unwrap();
    refused(&["graph", "check", cut.to_str().unwrap()], "line 2 column 10");
    fs::write(&cut, "{\"fixtures\": []}").unwrap();
    refused(&["graph", "check", cut.to_str().unwrap()], "holds no graph");
    refused(&["graph", "check", "missing.json"], "missing.json");
}

#[test]
fn a_graph_is_evaluated_on_a_synthetic_beat_and_any_output_can_be_probed() {
    let folder = tempfile::tempdir().unwrap();
    let nodes = [
        ("lamps", "select", json!({"tag_expression": "uplights"})),
        ("clock", "beat_clock", json!({})),
        ("beats", "ramp", json!({})),
        ("level", "modulo", json!({"divisor": 1})),
        ("dim", "apply_dimmer", json!({})),
    ];
    let wires = ["clock.grid_out beats.grid", "beats.out level.in", "lamps.out dim.selection", "level.out dim.signal"];
    let file = graph(folder.path(), "saw.json", &nodes, &wires);
    let shown = answer(&["graph", "eval", &file, "--to", "2", "--hz", "8", "--bpm", "60", "--probe", "beats.out", "--json"]);
    assert_eq!(shown["instants"].as_array().unwrap().len(), 16);
    let column = |name: &str| shown["columns"].as_array().unwrap().iter().find(|column| column["value"] == name).unwrap().clone();
    let (dimmer, beats) = (column("dimmer"), column("beats.out"));
    assert_eq!((dimmer["sinks"].clone(), dimmer["heads"].as_array().unwrap().len()), (json!(["dim"]), 12));
    assert_eq!((dimmer["values"][3][11].as_f64(), dimmer["values"][12][0].as_f64()), (Some(0.375), Some(0.5)));
    assert_eq!((beats["values"][12][0].as_f64(), beats["lanes"].as_array().unwrap().len()), (Some(1.5), 1));
    let table = text(&["graph", "eval", &file, "--to", "1", "--hz", "4", "--bpm", "60"]);
    assert_eq!(table.lines().count(), 2 + 4, "{table}");
    assert!(table.lines().last().unwrap().ends_with("0.750    0.750    0.750"), "{table}");
    refused(&["graph", "eval", &file, "--to", "100000", "--hz", "100"], "instants");
    refused(&["graph", "eval", &file, "--from", "3", "--to", "2"], "--to");
    refused(&["graph", "eval", &file, "--to", "2", "--probe", "beats.nothing"], "no node \"beats\" with an output \"nothing\"");
}

/// Heads of every kind of fixture, more than ten.
fn heads(program: &Program) -> Vec<u32> {
    let n = program.rig.heads.len() as u32;
    let heads: Vec<u32> = (0..n).step_by(n as usize / 16).collect();
    assert!(heads.len() >= 10);
    heads
}

fn seen(program: &Program, window: Window, live: &Live) -> (Frame, DmxFrame) {
    let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
    render(program, window, live, &mut frame);
    encode(&program.rig, &frame, &mut Held::default(), &mut dmx);
    (frame, dmx)
}

#[track_caller]
fn agrees(why: &Explanation, frame: &Frame, dmx: &DmxFrame) {
    for chain in &why.chains {
        assert_eq!(chain.value, Reading::of(&frame.head(why.head), chain.target), "head {} {:?}", why.head, chain.target);
    }
    for written in &why.channels {
        let bytes = dmx.universe(written.universe).unwrap();
        assert_eq!(bytes[usize::from(written.channel) - 1], written.byte, "head {}: {written:?}", why.head);
        assert!(written.fine.is_none_or(|(channel, byte)| bytes[usize::from(channel) - 1] == byte), "head {}: {written:?}", why.head);
    }
}

#[test]
fn what_is_explained_is_what_is_rendered_and_sent() {
    let program = shows::demo_program();
    let (mut steps, mut channels) = (0, 0);
    for at in [3.0, 10.2, 14.02, 15.5, 22.7, 33.3, 61.7, 75.43, 100.0] {
        let window = Window::ending(at, 1.0 / 44.0);
        let (frame, dmx) = seen(&program, window, &Live::default());
        for head in heads(&program) {
            let why = explain(&program, window, &Live::default(), &Held::default(), head).unwrap();
            agrees(&why, &frame, &dmx);
            channels += why.channels.len();
            for chain in &why.chains {
                steps += chain.steps.len();
                // The chain ends in the value: nothing comes in between.
                if let Some(step) = chain.steps.last() {
                    assert_eq!(step.after, chain.value, "head {head} at {at}: {chain:?}");
                }
            }
        }
    }
    assert!(steps > 400 && channels > 800, "{steps} {channels}");
}

#[test]
fn what_performers_hold_is_a_part_of_the_chain() {
    let program = shows::demo_program();
    let window = Window::ending(33.3, 0.5);
    let manual = Manual { dimmer: Some(0.8), pan_deg: Some(12.0), ..Manual::default() };
    let group = (0..program.rig.groups.len() as u32).map(|group| (group, 0.5)).collect();
    let held = Live {
        programmer: heads(&program).into_iter().map(|head| (head, manual)).collect(),
        group_masters: group,
        grand_master: 0.5,
        max_dimmer: 0.9,
        ..Live::default()
    };
    let lives = [held.clone(), Live { blackout: true, ..held.clone() }, held.frozen_at(Window::ending(20.0, 0.1))];
    for live in &lives {
        let (frame, dmx) = seen(&program, window, live);
        for head in heads(&program) {
            let why = explain(&program, window, live, &Held::default(), head).unwrap();
            agrees(&why, &frame, &dmx);
            let dimmer = why.chains.iter().find(|chain| chain.target == Target::Dimmer);
            let Some(dimmer) = dimmer.filter(|chain| chain.able) else { continue };
            assert_eq!(dimmer.above.last().map(|above| above.after), Some(dimmer.value), "{dimmer:?}");
            let names: Vec<&str> = dimmer.above.iter().map(|above| above.what).collect();
            assert!(names.starts_with(&["programmer", "group master", "grand master"]), "{names:?}");
            assert_eq!(names.contains(&"blackout"), live.blackout);
        }
    }
}

#[test]
fn cues_the_strobe_guard_and_what_was_left_behind_are_parts_of_the_chain() {
    let mut show = shows::demo_show();
    let pattern = |name: &str| *show.patterns.iter().find(|(_, pattern)| pattern.name == name).unwrap().0;
    let (wash, hit) = (pattern("Colour wash"), pattern("Kick hit"));
    show.cues = vec![Cue { id: wash, pattern: wash, z: 1, ..Cue::default() }, Cue { id: hit, pattern: hit, z: 2, ..Cue::default() }].into();
    show.guard = StrobeGuard { cap_hz: Some(2.0) };
    let (program, problems) = compile(&show);
    assert_eq!(problems, []);
    let fired = |cue, level| Fired { cue, bar: 0, level };
    let live = Live { cues: vec![fired(hit, 0.5), fired(wash, 1.0)], grand_master: 0.5, ..Live::default() };
    let (mut cues, mut guarded) = (0, 0);
    for tick in 0..44 {
        // Where the demo's strobes and pulses are at their fastest.
        let window = Window::ending(64.0 + f64::from(tick) / 4.0, 1.0 / 44.0);
        let (frame, dmx) = seen(&program, window, &live);
        for head in heads(&program) {
            let why = explain(&program, window, &live, &Held::default(), head).unwrap();
            agrees(&why, &frame, &dmx);
            for chain in &why.chains {
                let order = |above: &Above| ["strobe guard", "cue", "grand master"].iter().position(|known| *known == above.what).unwrap();
                assert!(chain.above.windows(2).all(|pair| order(&pair[0]) <= order(&pair[1])), "{:?}", chain.above);
                let ids: Vec<Uuid> = chain.above.iter().filter_map(|above| above.cue).collect();
                assert!(ids.len() < 2 || ids == [wash, hit], "bottom to top: {ids:?}");
                cues += ids.len();
                guarded += chain.above.iter().filter(|above| above.what == "strobe guard").count();
                assert_eq!(chain.above.last().map_or(chain.value, |above| above.after), chain.value, "{chain:?}");
            }
        }
    }
    assert!(cues > 100 && guarded > 0, "{cues} {guarded}");

    // A head that the programmer turned and let go, where nothing in the score moves it.
    let still = program.only(|_| false);
    let head = (0..still.rig.heads.len() as u32).find(|&head| still.rig.heads[head as usize].pan_deg.is_some()).unwrap();
    let turned = Live { programmer: vec![(head, Manual { pan_deg: Some(33.0), ..Manual::default() })], ..Live::default() };
    let mut held = Held::default();
    let mut dmx = DmxFrame::default();
    encode(&still.rig, &seen(&still, Window::instant(5.0), &turned).0, &mut held, &mut dmx);
    let why = explain(&still, Window::instant(6.0), &Live::default(), &held, head).unwrap();
    let pan = why.chains.iter().find(|chain| chain.target == Target::Pan).unwrap();
    assert_eq!((pan.rest, pan.value), (Rest::Left, Reading::Number(33.0)));
    encode(&still.rig, &seen(&still, Window::instant(6.0), &Live::default()).0, &mut held, &mut dmx);
    let bytes = dmx.universe(why.channels[0].universe).unwrap();
    assert!(why.channels.iter().all(|written| bytes[usize::from(written.channel) - 1] == written.byte));
}

#[test]
fn where_an_undriven_axis_comes_from_is_named() {
    let program = shows::demo_program();
    let (mut held, mut ahead) = (0, 0);
    for at in [0.1, 5.0, 14.6, 47.0, 76.3, 110.0, 123.0] {
        let window = Window::instant(at);
        for head in heads(&program) {
            let why = explain(&program, window, &Live::default(), &Held::default(), head).unwrap();
            for chain in why.chains.iter().filter(|chain| matches!(chain.target, Target::Pan | Target::Tilt)) {
                let annotation = match chain.rest {
                    Rest::Default | Rest::Left => continue,
                    Rest::Held { annotation } => annotation,
                    Rest::PrePositioned { annotation } => annotation,
                };
                (held, ahead) = if matches!(chain.rest, Rest::Held { .. }) { (held + 1, ahead) } else { (held, ahead + 1) };
                // With that annotation alone in the score the head stands in the same place.
                let alone = program.only(|layer| layer.id == annotation);
                let (frame, _) = seen(&alone, window, &Live::default());
                assert_eq!(Reading::of(&frame.head(head), chain.target), chain.value, "head {head} at {at}: {chain:?}");
            }
        }
    }
    assert!(held > 0 && ahead > 0, "{held} held, {ahead} ahead");
}

#[test]
fn a_head_is_found_by_id_and_by_label() {
    let by_label = answer(&["why", "demo", "--at", "33.3", "--head", "bar left 1:4", "--json"]);
    let id = by_label["head"].as_str().unwrap().to_owned();
    assert!(id.ends_with(":4"));
    assert_eq!(answer(&["why", "demo", "--at", "33.3", "--head", &id, "--json"]), by_label);
    let frame = answer(&["frame", "demo", "--at", "33.3", "--json"]);
    let row = frame["heads"].as_array().unwrap().iter().find(|row| row["id"] == id.as_str()).unwrap();
    let color = by_label["capabilities"].as_array().unwrap().iter().find(|row| row["capability"] == "color").unwrap();
    assert_eq!((&color["value"], color["layers"][0]["pattern"].as_str()), (&row["color"], Some("Pixel meter")));
    let readable = text(&["why", "demo", "--at", "33.3", "--head", "Back spot 3"]);
    assert!(readable.contains("Linear chase") && readable.contains("pan, fine"), "{readable}");
    refused(&["why", "demo", "--at", "3", "--head", "Back spt 3"], "perhaps Back spot 1");
    refused(&["why", "demo", "--at", "3", "--head", "Bar left 1:99"], "numbered from 0");
}

fn kinds(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().filter(|finding| finding["partly"] == false).map(|finding| finding["kind"].as_str().unwrap()).collect()
}

#[test]
fn the_demo_is_nearly_whole_in_the_club_and_its_strobes_are_told() {
    let report = answer(&["lint", "demo", "--json"]);
    assert!(report["score"].as_f64().unwrap() > 95.0, "{}", report["score"]);
    let lost: f64 = report["deductions"].as_array().unwrap().iter().map(|deduction| deduction["points"].as_f64().unwrap()).sum();
    assert!((report["score"].as_f64().unwrap() + lost - 100.0).abs() < 1e-9);
    assert!(kinds(&report).iter().all(|kind| ["lost_color", "flashes"].contains(kind)), "{:?}", kinds(&report));
    let strobes = |finding: &&Value| finding["places"].as_array().unwrap().iter().any(|place| place["pattern"] == "Strobe hit");
    assert!(report["findings"].as_array().unwrap().iter().filter(|finding| finding["kind"] == "flashes").any(|finding| strobes(&finding)));
    let quiet = answer(&["lint", "demo", "--json", "--alarm-hz", "100"]);
    assert!(!kinds(&quiet).contains(&"flashes"));
    let guarded = answer(&["lint", "demo", "--json", "--strobe-guard", "4"]);
    let moments: Vec<&Value> = guarded["findings"].as_array().unwrap().iter().filter(|finding| finding["kind"] == "flashes").collect();
    assert_eq!(
        (guarded["guard_hz"].as_f64(), moments.len()),
        (Some(4.0), report["findings"].as_array().unwrap().iter().filter(|finding| finding["kind"] == "flashes").count())
    );
    for finding in moments {
        let (wild, left) = (finding["moment"]["hz"].as_f64().unwrap(), finding["moment"]["guarded_hz"].as_f64().unwrap());
        assert!(wild > 4.0 && left <= 4.0, "{finding}");
    }
    refused(&["lint", "demo", "--strobe-guard", "0"], "flashes a second");
}

#[test]
fn an_empty_venue_and_four_dimmers_are_told_in_words() {
    let empty = text(&["lint", "demo", "--venue", "empty"]);
    assert!(empty.starts_with("First light in Empty: 0 of 100\n") && empty.contains("the venue has no lamps at all"), "{empty}");
    assert!(empty.lines().count() < 20, "{empty}");
    let four = answer(&["lint", "demo", "--venue", "four-dimmers", "--json"]);
    // What stands in counts a tenth less, and colour is lost; strobes, movers and pixel bars are not there at all.
    let score = four["score"].as_f64().unwrap();
    assert!(score > 5.0 && score < 60.0, "{score}");
    let kinds = kinds(&four);
    assert!(kinds.contains(&"no_lamps") && kinds.contains(&"stand_in") && kinds.contains(&"unknown_name"), "{kinds:?}");
    let text = text(&["lint", "demo", "--venue", "four-dimmers"]);
    for words in [
        "\"strobes > has_strobe & ~has_color & ~has_movement\" finds no lamp here",
        "\"has_color\" finds nothing here; \"all\" stands in",
        "this venue has no group or tag \"uplights\" (position 1)",
    ] {
        assert!(text.contains(words), "{words} is missing in {text}");
    }
}

#[test]
fn patches_that_overlap_stand_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let mut venue: Value = serde_json::from_str(include_str!("../assets/venues/four-dimmers.json")).unwrap();
    venue["fixtures"][1]["address"] = json!(1);
    let path = folder.path().join("venue.json");
    fs::write(&path, venue.to_string()).unwrap();
    let report = answer(&["lint", "demo", "--venue", path.to_str().unwrap(), "--json"]);
    assert_eq!((report["findings"][0]["kind"].as_str(), report["heads"].as_u64()), (Some("patch"), Some(3)));
    assert!(report["findings"][0]["text"].as_str().unwrap().contains("Dimmer 2"));
}

#[test]
fn the_built_in_patterns_are_listed() {
    let listed = answer(&["patterns", "--json"]);
    let listed = listed["patterns"].as_array().unwrap();
    assert_eq!(listed.len(), luma::patterns::builtin::builtin().len());
    assert!(listed.iter().all(|pattern| pattern["args"].as_array().is_some_and(|args| !args.is_empty())));
    let readable = text(&["patterns"]);
    assert!(listed.iter().all(|pattern| readable.contains(pattern["name"].as_str().unwrap())));
    if cfg!(not(feature = "desktop")) {
        refused(&["patterns", "--out", "somewhere"], "desktop");
    }
}
