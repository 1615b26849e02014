//! What fuzzing found worth keeping, run again through the same functions (`fuzz/bodies/`) on every test.
//!
//! `scripts/fuzz TARGET` looks for more.  `UPDATE_SNAPSHOTS=1 cargo test --test corpora` adds a graph for every node kind that
//! no kept graph has.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod harness;

#[path = "../fuzz/bodies/graph_json.rs"]
mod graph_json;
#[path = "../fuzz/bodies/ofl.rs"]
mod ofl;
#[path = "../fuzz/bodies/qxf.rs"]
mod qxf;
#[path = "../fuzz/bodies/selection.rs"]
mod selection;
#[path = "../fuzz/bodies/venue.rs"]
mod venue;

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use harness::graphs::{Tape, graph};
use harness::rig;
use luma::engine::nodes::{self, random::draw_bits};
use luma::engine::{Severity, compile};
use serde_json::{Map, Value, json};

/// Bytes of all corpora together, at most: they are cloned with the source.
const MAX_BYTES: usize = 1 << 20;

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn files(path: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder(path)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Runs every file of some folders and names those that fail.
fn replay(folders: &[&str], run: fn(&[u8])) {
    let mut failed = Vec::new();
    folders.iter().for_each(|folder| assert!(!files(folder).is_empty(), "{folder} is empty"));
    for (path, bytes) in folders.iter().flat_map(|folder| files(folder)) {
        if catch_unwind(|| run(&bytes)).is_err() {
            failed.push(path);
        }
    }
    assert!(failed.is_empty(), "these inputs fail: {failed:#?}");
}

#[test]
fn graphs_that_were_found_by_fuzzing() {
    replay(&["fuzz/corpus/graph_json", "assets/patterns"], graph_json::run);
}

#[test]
fn selections_that_were_found_by_fuzzing() {
    replay(&["fuzz/corpus/selection"], selection::run);
}

#[test]
fn fixture_definitions_that_were_found_by_fuzzing() {
    replay(&["fuzz/corpus/qxf", "assets/fixtures/luma"], qxf::run);
}

#[test]
fn fixtures_of_the_open_library_that_were_found_by_fuzzing() {
    replay(&["fuzz/corpus/ofl"], ofl::run);
}

#[test]
fn venues_that_were_found_by_fuzzing() {
    replay(&["fuzz/corpus/venue", "assets/venues"], venue::run);
}

#[test]
fn the_corpora_stay_small() {
    let targets = ["graph_json", "selection", "qxf", "ofl", "venue"];
    let bytes: usize = targets.iter().flat_map(|target| files(&format!("fuzz/corpus/{target}"))).map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes <= MAX_BYTES, "{bytes} bytes: run scripts/fuzz TARGET keep, which minimises them");
}

/// Kinds in a graph that runs.
fn kinds(bytes: &[u8]) -> BTreeSet<String> {
    let Some((graph, given)) = graph_json::read(bytes) else { return BTreeSet::new() };
    let kinds = graph.nodes.iter().map(|node| node.type_id.clone()).collect();
    let (_, diagnostics) = compile(&graph_json::show(graph, given));
    if diagnostics.iter().any(|problem| problem.severity == Severity::Error) { BTreeSet::new() } else { kinds }
}

#[test]
fn every_node_kind_is_in_a_kept_graph_that_runs() {
    let mut reached: BTreeSet<String> = BTreeSet::new();
    fs::create_dir_all(folder("fuzz/corpus/graph_json")).unwrap();
    for (_, bytes) in files("fuzz/corpus/graph_json") {
        reached.extend(kinds(&bytes));
    }
    let missing = |reached: &BTreeSet<String>| nodes::ALL.iter().map(|spec| spec.type_id).find(|kind| !reached.contains(*kind));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        while let Some(kind) = missing(&reached) {
            let text = smallest(kind);
            reached.extend(kinds(text.as_bytes()));
            assert!(reached.contains(kind), "no generated graph has {kind}");
            fs::write(folder("fuzz/corpus/graph_json").join(format!("kind_{kind}")), text).unwrap();
        }
    }
    assert_eq!(missing(&reached), None);
}

/// The shortest of many generated graphs with a kind in it.
fn smallest(kind: &str) -> String {
    let texts = (0..3000u64).filter_map(|seed| {
        let choices: Vec<u16> = (0..120).map(|at| draw_bits(seed, at, 0) as u16).collect();
        let graph = graph(&mut Tape::new(&choices));
        graph.nodes.iter().any(|node| node.type_id == kind).then(|| serde_json::to_string(&graph).unwrap())
    });
    texts.filter(|text| kinds(text.as_bytes()).contains(kind)).min_by_key(String::len).unwrap_or_default()
}

/// The same input always gives the same verdict, or replaying it would prove nothing.
#[test]
fn a_broken_input_is_seen_as_broken() {
    assert!(graph_json::read(b"{").is_none() && graph_json::read(b"{\"nodes\":7}").is_none());
    let (graph, given) =
        graph_json::read(br#"{"name":"p","graph":{"nodes":[{"id":"a","typeId":"apply_dimmer"}]},"given":{"seed":3}}"#).unwrap();
    assert_eq!((graph.nodes.len(), given), (1, Map::from_iter([("seed".to_owned(), 3.into())])));
}

/// One change to a random place of a JSON value: a number, a word, a part taken out, doubled or put elsewhere.
fn change(value: &mut Value, draw: &mut impl FnMut(usize) -> usize) {
    const WORDS: [&str; 16] = [
        "", "all", "=1", "9n+9", "^(1|2)$", "[", "$pixelKey", "50%", "-1e30Hz", "fast CCW", "eachPixelGroup", "perChannel", "Intensity",
        "ShutterStrobe", "WheelSlot", "Red",
    ];
    const NUMBERS: [f64; 8] = [0.0, -1.0, 1.5, 255.0, 256.0, 65_535.0, 1e9, 1e300];
    // Down into it, most of the time.
    let inner = match value {
        Value::Object(map) if draw(8) > 0 && !map.is_empty() => {
            let at = draw(map.len());
            map.values_mut().nth(at)
        }
        Value::Array(list) if draw(8) > 0 && !list.is_empty() => {
            let at = draw(list.len());
            list.get_mut(at)
        }
        _ => None,
    };
    if let Some(inner) = inner {
        return change(inner, draw);
    }
    match (value, draw(6)) {
        (Value::Object(map), 0 | 1) if !map.is_empty() => {
            let key = map.keys().nth(draw(map.len())).unwrap().clone();
            let part = map.shift_remove(&key).unwrap();
            map.insert(WORDS[draw(WORDS.len())].to_owned(), part);
        }
        (Value::Object(map), 2) if !map.is_empty() => {
            let key = map.keys().nth(draw(map.len())).unwrap().clone();
            map.shift_remove(&key);
        }
        (Value::Array(list), 0 | 1) if !list.is_empty() => {
            let copy = list[draw(list.len())].clone();
            list.insert(draw(list.len()), copy);
        }
        (Value::Array(list), 2) if !list.is_empty() => {
            list.remove(draw(list.len()));
        }
        (value, 3) => *value = json!(WORDS[draw(WORDS.len())]),
        (value, 4) => *value = json!(NUMBERS[draw(NUMBERS.len())]),
        (value, 5) => *value = [json!(null), json!([]), json!({}), json!(true), json!(draw(300))][draw(5)].clone(),
        _ => {}
    }
}

/// `OFL_ROUNDS` asks for more of them.
#[test]
fn changed_fixtures_break_nothing() {
    let n_rounds: u64 = std::env::var("OFL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(400);
    let seeds: Vec<Value> = files("fuzz/corpus/ofl").iter().filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok()).collect();
    for round in 0..n_rounds {
        let mut count = 0;
        let mut draw = |n: usize| {
            count += 1;
            (draw_bits(round, count, 7) % n as u64) as usize
        };
        let mut value = seeds[draw(seeds.len())].clone();
        (0..=draw(6)).for_each(|_| change(&mut value, &mut draw));
        let text = value.to_string();
        assert!(catch_unwind(|| ofl::run(text.as_bytes())).is_ok(), "round {round}: {text}");
    }
}
