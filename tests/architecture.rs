//! The house rules that protect the product, checked on the source itself.
//!
//! The engine is pure; `ui/` knows no domain; no two domains import each other in a loop; one outside crate has one
//! place that knows it; every file says what it is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every Rust file below `src/`, with its path from there and its text.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&src, &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| (path.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/"), fs::read_to_string(&path).unwrap()))
        .collect()
}

/// The lines that are neither comment nor documentation, with their numbers.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())).filter(|(_, line)| !line.starts_with("//"))
}

fn is_test(path: &str) -> bool {
    path.ends_with("tests.rs") || path.ends_with("on_stage.rs")
}

/// The code of a file without its `mod tests`.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<String> = sources().into_iter().filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "these files do not open with //!: {silent:?}");
}

#[test]
fn the_engine_is_pure() {
    let mut broken = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("engine/")) {
        for (line, code) in code(without_tests(&text)) {
            let outside = code.contains("crate::") && !code.contains("crate::engine");
            let impure = [
                "std::fs",
                "std::net",
                "std::time",
                "std::thread",
                "std::env",
                "SystemTime",
                "Instant::now",
                "async ",
                "bevy",
                "tokio",
                "sqlx",
                "rand::",
                "tracing::",
                "println!",
            ];
            if outside || impure.iter().any(|word| code.contains(word)) {
                broken.push(format!("{path}:{line}: {code}"));
            }
        }
    }
    assert!(broken.is_empty(), "the engine imports or does what it must not:\n{}", broken.join("\n"));
}

/// Crates and the only places that may name them.
const KNOWN_BY: &[(&str, &[&str])] = &[
    ("kira", &["playback/audio.rs"]),
    ("cpal", &["playback/audio.rs", "analysis/follow/input.rs"]),
    ("symphonia", &["tracks/decode.rs", "tracks/decode/"]),
    ("quick_xml", &["venue/formats/"]),
    ("artnet_protocol", &["output/artnet.rs"]),
    ("clap", &["cli/"]),
    ("anyhow", &["cli/"]),
    ("ctrlc", &["cli/"]),
    // Those that speak to the file or to the outside; what they do is asked for by messages.
    ("zip", &["store/portable/", "venue/formats/"]),
    ("pdf_writer", &["venue/paper/pdf"]),
    ("sqlx", &["store/", "sync/", "server/"]),
    ("tokio", &["store/", "sync/", "server/", "mailbox/"]),
    ("bevy_panorbit_camera", &["previz/", "app.rs"]),
];

#[test]
fn one_outside_crate_is_known_in_one_place() {
    let mut broken = Vec::new();
    for (path, text) in sources().iter().filter(|(path, _)| !is_test(path)) {
        for (name, places) in KNOWN_BY {
            if places.iter().any(|place| path.starts_with(place)) {
                continue;
            }
            for (line, code) in code(without_tests(text)).filter(|(_, code)| code.contains(&format!("{name}::"))) {
                broken.push(format!("{path}:{line}: {code}"));
            }
        }
    }
    assert!(broken.is_empty(), "outside crates leak:\n{}", broken.join("\n"));
}

#[test]
fn bevy_and_egui_stay_where_the_file_name_allows_them() {
    let allowed = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let folder = ["previz/", "ui/", "show/"].iter().any(|folder| path.starts_with(folder));
        folder
            || ["plugin.rs", "app.rs", "schedule.rs", "selection.rs"].contains(&name)
            || path.contains("panel")
            || path.starts_with("app/")
    };
    let mut broken = Vec::new();
    for (path, text) in sources().iter().filter(|(path, _)| !allowed(path)) {
        for (line, code) in
            code(text).filter(|(_, code)| code.contains("bevy::") || code.contains("bevy_egui::") || code.contains("egui::"))
        {
            broken.push(format!("{path}:{line}: {code}"));
        }
    }
    assert!(broken.is_empty(), "Bevy or egui outside plugins, panels and the previz:\n{}", broken.join("\n"));
}

const DOMAINS: &[&str] = &["venue", "patterns", "tracks", "analysis", "score", "perform", "demo", "playback", "output", "previz"];

/// Which domains a domain's files name.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| !is_test(path)) {
        let Some((domain, _)) = path.split_once('/').filter(|(domain, _)| DOMAINS.contains(domain)) else { continue };
        for (_, code) in code(without_tests(&text)) {
            // A domain's model is everybody's: records are what domains speak in.
            let names = |other: &str| {
                code.match_indices(&format!("crate::{other}")).any(|(at, found)| !code[at + found.len()..].starts_with("::model"))
            };
            for other in DOMAINS.iter().filter(|other| **other != domain && names(other)) {
                imports.entry(domain.to_owned()).or_default().insert((*other).to_owned());
            }
        }
    }
    imports
}

#[test]
fn no_two_domains_import_each_other_in_a_loop() {
    let imports = imports();
    let reaches = |from: &str| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from.to_owned()];
        while let Some(domain) = open.pop() {
            for next in imports.get(&domain).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    open.push(next.clone());
                }
            }
        }
        seen
    };
    let loops: Vec<&&str> = DOMAINS.iter().filter(|domain| reaches(domain).contains(**domain)).collect();
    assert!(loops.is_empty(), "these domains import themselves through others: {loops:?}\n{imports:#?}");
}

#[test]
fn the_ui_frame_knows_no_domain() {
    let mut broken = Vec::new();
    for (path, text) in sources().iter().filter(|(path, _)| path.starts_with("ui/")) {
        for (line, code) in code(text) {
            if DOMAINS.iter().any(|domain| code.contains(&format!("crate::{domain}"))) {
                broken.push(format!("{path}:{line}: {code}"));
            }
        }
    }
    assert!(broken.is_empty(), "ui/ names a domain:\n{}", broken.join("\n"));
}

#[test]
fn nothing_is_left_to_do_later() {
    let markers = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[ig", "nore"),
    ];
    let left: Vec<String> = sources()
        .iter()
        .flat_map(|(path, text)| {
            text.lines()
                .enumerate()
                .filter(|(_, line)| markers.iter().any(|marker| line.contains(marker)))
                .map(move |(at, line)| format!("{path}:{}: {line}", at + 1))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(left.is_empty(), "{}", left.join("\n"));
}
