//! What fuzzing found worth keeping, run again through the same functions (`fuzz/bodies/`) on every test.
//!
//! `scripts/fuzz TARGET` looks for more.  `UPDATE_SNAPSHOTS=1 cargo test --test corpora` adds a graph for every node kind that
//! no kept graph has.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod harness;

#[path = "../fuzz/bodies/artnet.rs"]
mod artnet;
#[path = "../fuzz/bodies/graph_json.rs"]
mod graph_json;
#[path = "../fuzz/bodies/qxf.rs"]
mod qxf;
#[path = "../fuzz/bodies/sacn.rs"]
mod sacn;
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
use serde_json::Map;

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
fn venues_that_were_found_by_fuzzing() {
    replay(&["fuzz/corpus/venue", "assets/venues"], venue::run);
}

#[test]
fn art_net_that_was_found_by_fuzzing() {
    replay(&["fuzz/corpus/artnet"], artnet::run);
}

#[test]
fn sacn_that_was_found_by_fuzzing() {
    replay(&["fuzz/corpus/sacn"], sacn::run);
}

/// Kept packets, cut, doubled and with bytes turned: a fuzzer's first thousands of tries, on every test.
#[test]
fn packets_that_were_damaged_on_the_way() {
    for (folder, run) in [("fuzz/corpus/artnet", artnet::run as fn(&[u8])), ("fuzz/corpus/sacn", sacn::run)] {
        for (path, bytes) in files(folder) {
            for seed in 0..300_u64 {
                let mut damaged = bytes.clone();
                let pick = |nth: u64, below: usize| draw_bits(seed, nth, 7) as usize % below.max(1);
                for nth in 0..=seed % 6 {
                    let at = pick(3 * nth, damaged.len());
                    match pick(3 * nth + 1, 4) {
                        0 => damaged.truncate(at),
                        1 => damaged.extend_from_within(at..(at + 40).min(damaged.len())),
                        _ => damaged.iter_mut().skip(at).take(1).for_each(|byte| *byte = pick(3 * nth + 2, 256) as u8),
                    }
                }
                assert!(catch_unwind(|| run(&damaged)).is_ok(), "{} damaged by {seed}", path.display());
            }
        }
    }
}

#[test]
fn the_corpora_stay_small() {
    let targets = ["graph_json", "selection", "qxf", "venue", "artnet", "sacn"];
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
