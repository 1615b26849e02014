//! The verbs on venues: checked, grouped, on paper.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn luma(scratch: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luma"));
    command.env("LUMA_FIXTURES", scratch.join("own")).env("LUMA_CACHE", scratch.join("cache")).current_dir(scratch);
    command.arg("venue").args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_venue_is_checked_as_a_whole() {
    let scratch = tempfile::tempdir().unwrap();
    let good = luma(scratch.path(), &["check", "club"]);
    assert!(good.status.success(), "{}", text(&good.stdout));
    let mut club: Value = serde_json::from_str(include_str!("../assets/venues/club.json")).unwrap();
    let first = club["fixtures"][0]["address"].clone();
    let (universe, label) = (club["fixtures"][0]["universe"].clone(), club["fixtures"][1]["label"].as_str().unwrap().to_owned());
    club["fixtures"][1]["address"] = first;
    club["fixtures"][1]["universe"] = universe;
    club["fixtures"][2]["address"] = 512.into();
    club["fixtures"][3]["definition"] = "gone.qxf".into();
    fs::write(scratch.path().join("bad.json"), club.to_string()).unwrap();
    let bad = luma(scratch.path(), &["check", "bad.json", "--json"]);
    assert_eq!(bad.status.code(), Some(2));
    let answer: Value = serde_json::from_slice(&bad.stdout).unwrap();
    let problems: Vec<&str> = answer["problems"].as_array().unwrap().iter().map(|row| row["text"].as_str().unwrap()).collect();
    for words in [format!("\"{label}\" both listen there"), "run past 512".into(), "there is no definition \"gone.qxf\"".into()] {
        assert!(problems.iter().any(|problem| problem.contains(&words)), "{words}: {problems:#?}");
    }
}

#[test]
fn suggestions_are_groups_as_a_venue_file_holds_them() {
    let scratch = tempfile::tempdir().unwrap();
    let answer = luma(scratch.path(), &["groups", "club", "--suggest", "--json"]);
    let groups: Vec<Value> = serde_json::from_slice(&answer.stdout).unwrap();
    assert!(!groups.is_empty());
    let mut club: Value = serde_json::from_str(include_str!("../assets/venues/club.json")).unwrap();
    let n_there = club["groups"].as_array().unwrap().len();
    club["groups"].as_array_mut().unwrap().extend(groups.iter().cloned().enumerate().map(|(at, mut group)| {
        group["id"] = uuid::Uuid::from_u128(at as u128 + 1).to_string().into();
        group
    }));
    fs::write(scratch.path().join("more.json"), club.to_string()).unwrap();
    let checked = luma(scratch.path(), &["check", "more.json"]);
    assert!(checked.status.success(), "{}", text(&checked.stdout));
    let there: Vec<Value> = serde_json::from_slice(&luma(scratch.path(), &["groups", "more.json", "--json"]).stdout).unwrap();
    assert_eq!(there.len(), n_there + groups.len());
    let none = luma(scratch.path(), &["groups", "more.json", "--suggest"]);
    assert_eq!(text(&none.stdout), "0 groups suggested\n", "what was taken is not offered again");
}

#[test]
fn papers_are_written_whole_and_say_what_is_on_them() {
    let scratch = tempfile::tempdir().unwrap();
    for what in ["patch", "labels", "universes", "power"] {
        let (pdf, csv) = (format!("{what}.pdf"), format!("{what}.csv"));
        for out in [&pdf, &csv] {
            let done = luma(scratch.path(), &["sheet", "club", "--what", what, "--out", out, "--date", "1 May 2027"]);
            assert!(done.status.success(), "{what}: {}", text(&done.stderr));
        }
        assert!(fs::read(scratch.path().join(&pdf)).unwrap().starts_with(b"%PDF-"));
        assert!(fs::read_to_string(scratch.path().join(&csv)).unwrap().lines().count() > 10);
        // Somebody else's reader, where it is installed.
        let Ok(read) = Command::new("pdftotext").args(["-layout", &pdf, "-"]).current_dir(scratch.path()).output() else {
            eprintln!("skipped in part: pdftotext is not installed");
            continue;
        };
        assert!(read.status.success() && read.stderr.is_empty(), "{}", text(&read.stderr));
        let words = if what == "labels" { "1.001" } else { "1 May 2027" };
        assert!(text(&read.stdout).contains(words), "{what}: {}", text(&read.stdout));
    }
    let wrong = luma(scratch.path(), &["sheet", "club", "--out", "x.doc"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("end it in .pdf or .csv"));
}
