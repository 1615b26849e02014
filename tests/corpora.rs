//! What fuzzing found worth keeping, run again through the same functions (`fuzz/bodies/`) on every test.
//!
//! `scripts/fuzz TARGET` looks for more.  `UPDATE_SNAPSHOTS=1 cargo test --test corpora` adds a graph for every node kind that
//! no kept graph has.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test that cannot go on says where, a long one how far it came"
)]

mod harness;

#[path = "../fuzz/bodies/artnet.rs"]
mod artnet;
#[path = "../fuzz/bodies/datagrams.rs"]
mod datagrams;
#[path = "../fuzz/bodies/gdtf.rs"]
mod gdtf;
#[path = "../fuzz/bodies/graph_json.rs"]
mod graph_json;
#[path = "../fuzz/bodies/mvr.rs"]
mod mvr;
#[path = "../fuzz/bodies/ofl.rs"]
mod ofl;
#[path = "../fuzz/bodies/qxf.rs"]
mod qxf;
#[path = "../fuzz/bodies/recording.rs"]
mod recording;
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
fn gdtf_definitions_that_were_found_by_fuzzing() {
    replay(&["fuzz/corpus/gdtf"], gdtf::run);
}

#[test]
fn rooms_that_were_found_by_fuzzing() {
    replay(&["fuzz/corpus/mvr"], mvr::run);
}

/// Small changes to what is kept: pieces lost, doubled, exchanged with another file, numbers replaced by odd ones.
fn altered(seeds: &[Vec<u8>], seed: u64) -> Vec<u8> {
    const ODD: [&str; 16] =
        ["0", "-1", "1", "255", "65535", "65536", "99999999999", "1e308", "nan", "255/1s", "1/4", "0/9", "Overwrite", "None", "", "2.1"];
    let pick = |at: u64, n: usize| (draw_bits(seed, at, 7) % n.max(1) as u64) as usize;
    let mut bytes = seeds[pick(0, seeds.len())].clone();
    for step in 0..=pick(1, 6) as u64 {
        let at = |number: u64, n: usize| pick(10 * step + number, n);
        // Pieces begin where a tag or a value does, more often than not.
        let marks: Vec<usize> = (0..bytes.len()).filter(|&place| b"<\"".contains(&bytes[place])).collect();
        let place = |number: u64| match marks.get(at(number, marks.len() + 1)) {
            Some(mark) => *mark,
            None => at(number + 1, bytes.len()),
        };
        let (a, b) = (place(2), place(4));
        let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 600));
        match at(6, 5) {
            0 => drop(bytes.drain(from..to)),
            1 => drop(bytes.splice(to..to, bytes[from..to].to_vec())),
            2 => {
                let other = &seeds[at(7, seeds.len())];
                let start = at(8, other.len());
                drop(bytes.splice(from..to, other[start..(start + 300).min(other.len())].iter().copied()));
            }
            3 => {
                let numbers: Vec<usize> = (0..bytes.len()).filter(|&place| bytes[place].is_ascii_digit()).collect();
                if let Some(&start) = numbers.get(at(7, numbers.len())) {
                    let end = (start..bytes.len()).find(|&place| !bytes[place].is_ascii_digit()).unwrap_or(bytes.len());
                    drop(bytes.splice(start..end, ODD[at(8, ODD.len())].bytes()));
                }
            }
            _ => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte ^= 1 << at(7, 8);
                }
            }
        }
    }
    bytes
}

/// A few hundred of them on every test; as many as fit into `LUMA_FUZZ_SECS` where that is set.  An input that breaks something
/// is written beside the artifacts of the fuzzer.
fn alter(target: &str, seeds: Vec<Vec<u8>>, run: fn(&[u8])) {
    let secs: Option<u64> = std::env::var("LUMA_FUZZ_SECS").ok().and_then(|text| text.parse().ok());
    let (begun, first) = (std::time::Instant::now(), secs.map_or(0, |_| u64::from(std::process::id()) << 32));
    let mut n = 0;
    while secs.map_or(n < 300, |secs| begun.elapsed().as_secs() < secs) {
        let bytes = altered(&seeds, first + n);
        if catch_unwind(|| run(&bytes)).is_err() {
            let path = folder("fuzz/artifacts").join(format!("{target}_{:x}", first + n));
            fs::create_dir_all(folder("fuzz/artifacts")).unwrap();
            fs::write(&path, &bytes).unwrap();
            panic!("{target} breaks on {} after {n}", path.display());
        }
        n += 1;
    }
    if secs.is_some() {
        eprintln!("{target}: {n} inputs in {} s", begun.elapsed().as_secs());
    }
}

fn bytes_of(folder: &str) -> Vec<Vec<u8>> {
    files(folder).into_iter().map(|(_, bytes)| bytes).collect()
}

#[test]
fn altered_gdtf_definitions_break_nothing() {
    let mut seeds = bytes_of("fuzz/corpus/gdtf");
    let texts: Vec<String> = seeds.iter().filter_map(|seed| String::from_utf8(seed.clone()).ok()).collect();
    let definitions = texts.iter().filter_map(|text| luma::venue::formats::gdtf::description(text).ok());
    seeds.extend(definitions.filter_map(|definition| luma::venue::formats::gdtf::write::write(&definition).ok()));
    alter("gdtf", seeds, gdtf::run);
}

#[test]
fn altered_rooms_break_nothing() {
    let mut seeds = bytes_of("fuzz/corpus/mvr");
    let venue = luma::venue::builtin("four-dimmers").unwrap();
    let (bytes, _) = luma::venue::exchange::export::export(&venue, &luma::venue::library::Library::builtin()).unwrap();
    seeds.push(bytes);
    alter("mvr", seeds, mvr::run);
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

#[test]
fn recordings_that_were_found_by_fuzzing() {
    replay(&["fuzz/corpus/recording"], recording::run);
}

#[test]
fn altered_recordings_break_nothing() {
    alter("recording", bytes_of("fuzz/corpus/recording"), recording::run);
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
    let targets = ["artnet", "gdtf", "graph_json", "mvr", "sacn", "selection", "qxf", "ofl", "venue"];
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
        "",
        "all",
        "=1",
        "9n+9",
        "^(1|2)$",
        "[",
        "$pixelKey",
        "50%",
        "-1e30Hz",
        "fast CCW",
        "eachPixelGroup",
        "perChannel",
        "Intensity",
        "ShutterStrobe",
        "WheelSlot",
        "Red",
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

/// JSON is changed by its structure; a few hundred times on every test, for `LUMA_FUZZ_SECS` where that is set.
#[test]
fn altered_fixtures_of_the_open_library_break_nothing() {
    let secs: Option<u64> = std::env::var("LUMA_FUZZ_SECS").ok().and_then(|text| text.parse().ok());
    let (begun, first) = (std::time::Instant::now(), secs.map_or(0, |_| u64::from(std::process::id()) << 32));
    let seeds: Vec<Value> = files("fuzz/corpus/ofl").iter().filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok()).collect();
    let mut n = 0;
    while secs.map_or(n < 400, |secs| begun.elapsed().as_secs() < secs) {
        let round = first + n;
        n += 1;
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
    if secs.is_some() {
        eprintln!("ofl: {n} inputs in {} s", begun.elapsed().as_secs());
    }
}
