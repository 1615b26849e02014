//! Files in and out of a library by the built binary: the predecessor's in, ours out and in again, versions between.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};

fn luma(db: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luma"));
    command.arg("--db").arg(db).arg("db").args(args).env_remove("LUMA_DB").output().expect("the built binary runs")
}

#[track_caller]
fn done(db: &Path, args: &[&str]) -> String {
    let output = luma(db, args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {said}");
    format!("{}{said}", String::from_utf8_lossy(&output.stdout))
}

#[track_caller]
fn refused(db: &Path, args: &[&str], words: &str) {
    let output = luma(db, args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(said.contains(words) && !said.contains("panicked"), "{args:?} said: {said}");
}

fn old_library(path: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut db = SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.unwrap();
        db.execute(
            "CREATE TABLE venues (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
             CREATE TABLE fixtures (id TEXT PRIMARY KEY, venue_id INTEGER, universe INTEGER, address INTEGER, num_channels INTEGER, manufacturer TEXT, model TEXT,
                 mode_name TEXT, fixture_path TEXT, label TEXT, pos_x REAL, pos_y REAL, pos_z REAL, rot_x REAL, rot_y REAL, rot_z REAL);
             CREATE TABLE patterns (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
             CREATE TABLE implementations (id INTEGER PRIMARY KEY, pattern_id INTEGER, graph_json TEXT);
             CREATE TABLE tracks (id INTEGER PRIMARY KEY, track_hash TEXT, title TEXT, file_path TEXT);
             CREATE TABLE scores (id INTEGER PRIMARY KEY, track_id INTEGER, name TEXT);
             CREATE TABLE score_annotations (id INTEGER PRIMARY KEY, score_id INTEGER, pattern_id INTEGER, start_time REAL, end_time REAL);
             INSERT INTO venues VALUES (1, 'Club');
             INSERT INTO fixtures VALUES ('f1', 1, 1, 12, 4, 'Luma', 'Par', '4 ch', 'luma/Luma-Par-RGBW.qxf', 'Par 3', 1, -2, 3, 0, 0, 0);
             INSERT INTO patterns VALUES (3, 'Pulse');
             INSERT INTO implementations VALUES (1, 3, '{\"nodes\":[],\"edges\":[]}');
             INSERT INTO tracks VALUES (1, 'abc', 'Song', '');
             INSERT INTO scores VALUES (1, 1, 'Main');
             INSERT INTO score_annotations VALUES (1, 1, 3, 12.5, 13.5), (2, 1, 3, 20, 21);",
        )
        .await
        .unwrap();
        db.close().await.unwrap();
    });
}

#[test]
fn an_old_library_comes_in_goes_out_and_comes_in_elsewhere_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let path = |name: &str| at(name).to_str().unwrap().to_owned();
    let (mine, other) = (at("mine.db"), at("other.db"));
    old_library(&at("old.db"));

    let said = done(&mine, &["import", &path("old.db"), "--dry-run"]);
    assert!(said.contains("venue \"Club\": added") && said.contains("Nothing was changed"), "{said}");
    assert!(!mine.exists());
    done(&mine, &["import", &path("old.db")]);
    let said = done(&mine, &["import", &path("old.db"), "--json"]);
    let again: Value = serde_json::from_str(said.lines().find(|line| line.starts_with('{')).unwrap()).unwrap();
    assert_eq!(again["changed"], 0, "{again}");

    done(&mine, &["export", &path("a.lumashow")]);
    done(&other, &["import", &path("a.lumashow")]);
    done(&other, &["export", &path("b.lumashow")]);
    assert!(fs::read(at("a.lumashow")).unwrap() == fs::read(at("b.lumashow")).unwrap());
    for (option, name, file) in
        [("--score", "main", "a.lumascore"), ("--venue", "Club", "a.lumavenue"), ("--pattern", "Pulse", "a.lumapattern")]
    {
        done(&mine, &["export", &path(file), option, name]);
        let said = done(&other, &["import", &path(file)]);
        assert!(said.contains("here already, the same") && !said.contains("added"), "{said}");
    }

    refused(&mine, &["export", &path("x"), "--venue", "Arena"], "there is no venue called \"Arena\"; there are \"Club\"");
    fs::write(at("text.lumashow"), "hello").unwrap();
    refused(&mine, &["import", &path("text.lumashow")], "text.lumashow");
    refused(&mine, &["import", &path("nowhere.lumashow")], "nowhere.lumashow");
    // One file that cannot be taken keeps the others out too.
    refused(&at("third.db"), &["import", &path("a.lumashow"), &path("text.lumashow")], "no Luma file");
    let said = done(&at("third.db"), &["import", &path("a.lumashow"), "--dry-run"]);
    assert!(said.contains("venue \"Club\": added"), "{said}");
}

#[test]
fn versions_are_saved_listed_compared_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine.db");
    let old = folder.path().join("old.db");
    old_library(&old);
    done(&mine, &["import", old.to_str().unwrap()]);
    done(&mine, &["versions", "save", "opening night", "--venue", "Club", "--note", "as hung"]);
    let said = done(&mine, &["versions", "list", "--venue", "Club"]);
    assert!(said.contains("opening night - as hung"), "{said}");
    assert!(done(&mine, &["versions", "compare", "opening night", "--venue", "Club"]).contains("Nothing differs"));

    // The lamp is patched elsewhere: the same show, edited, comes back as a file that replaces ours.
    let file = folder.path().join("edited.lumavenue");
    let edited = folder.path().join("edited.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut db = SqliteConnectOptions::new().filename(&old).connect().await.unwrap();
        db.execute("UPDATE fixtures SET address = 40").await.unwrap();
        db.close().await.unwrap();
    });
    done(&edited, &["import", old.to_str().unwrap()]);
    done(&edited, &["export", file.to_str().unwrap(), "--venue", "Club"]);
    let said = done(&mine, &["import", file.to_str().unwrap(), "--replace"]);
    assert!(said.contains("venue \"Club\": here already and different: replaced"), "{said}");
    let said = done(&mine, &["versions", "compare", "opening night", "--venue", "Club"]);
    assert_eq!(said.trim(), "Par 3: address 12 -> 40");
    done(&mine, &["versions", "restore", "opening night", "--venue", "Club"]);
    assert!(done(&mine, &["versions", "compare", "opening night", "--venue", "Club"]).contains("Nothing differs"));
    refused(&mine, &["versions", "restore", "closing night", "--venue", "Club"], "there are \"opening night\"");
    refused(&mine, &["versions", "list"], "--venue");
}
