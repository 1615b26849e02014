//! The built binary as people call it: the same question twice, and everything that can be wrong with one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod harness;

use std::fs;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use harness::shows;
use luma::engine::{DmxFrame, Frame, Held, Live, Window, encode, render};
use serde_json::Value;

fn luma(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_luma")).args(args).output().expect("the built binary runs")
}

#[track_caller]
fn refused(args: &[&str], words: &str) {
    let output = luma(args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(said.contains(words), "{args:?} said: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn the_same_frame_twice_is_the_same_text() {
    let ask = || luma(&["frame", "demo", "--at", "33.3", "--json"]);
    let (first, second) = (ask(), ask());
    assert!(first.status.success());
    assert_eq!(first.stdout, second.stdout);
    let frame: Value = serde_json::from_slice(&first.stdout).unwrap();
    assert!(frame["heads"].as_array().unwrap().len() > 40);
    assert!(frame["universes"].as_object().unwrap().len() >= 3);
}

#[test]
fn a_frame_is_the_same_after_seeking_from_elsewhere() {
    let program = shows::demo_program();
    let (mut frame, mut dmx, mut held) = (Frame::default(), DmxFrame::default(), Held::default());
    let moments = [(0.0, 5.0), (33.3, 0.0227), (100.0, 0.02), (33.3, 0.0227), (2.0, 0.0), (61.7, 0.01), (33.3, 0.0227)];
    for (to, length) in moments {
        let window = Window::ending(to, length);
        render(&program, window, &Live::default(), &mut frame);
        encode(&program.rig, &frame, &mut held, &mut dmx);
        assert_eq!(dmx, shows::bytes(&program, window), "{window:?}");
    }
}

#[test]
fn playing_through_gives_what_seeking_gives() {
    let program = shows::demo_program();
    let (mut frame, mut dmx, mut held) = (Frame::default(), DmxFrame::default(), Held::default());
    for tick in 0..600 {
        let window = Window { from: 58.0 + f64::from(tick) / 44.0, to: 58.0 + f64::from(tick + 1) / 44.0 };
        render(&program, window, &Live::default(), &mut frame);
        encode(&program.rig, &frame, &mut held, &mut dmx);
        if tick % 20 == 0 {
            assert_eq!(dmx, shows::bytes(&program, window), "{window:?}");
        }
    }
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let text = file("song.mp3", b"This is no music, however often one listens to it. ".repeat(50).as_slice());
    let noise: Vec<u8> = (0..60_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let noise = file("noise.ogg", &noise);
    let broken = file("venue.json", b"{\"id\": 5");
    refused(&["frame", "demo", "--at", "NaN"], "\"NaN\" is not a number");
    refused(&["frame", "demo", "--at", "-3"], "seconds");
    refused(&["frame", "demo", "--at", "5", "--window", "-1"], "seconds");
    refused(&["frame", "demo", "--at", "5", "--from", "6"], "begins before it ends");
    refused(&["frame", "demo"], "--at");
    refused(&["frame", "nothing", "--at", "3"], "there is no show called \"nothing\"");
    refused(&["play", "--headless", "missing.ogg"], "missing.ogg");
    refused(&["play", "--headless", &text], "song.mp3");
    refused(&["play", "--headless", &noise], "noise.ogg");
    refused(&["frame", "demo", "--at", "3", "--venue", &broken], "venue.json");
    refused(&["frame", "demo", "--at", "3", "--venue", "no-such-venue"], "no-such-venue");
    refused(&["demo", "--headless", "--seconds", "-1"], "seconds");
    refused(&["demo", "--headless", "--target", "somewhere"], "somewhere");
    refused(&["demo", "--headless", "--rate", "99"], "rate");
    refused(&["disco"], "disco");
}

#[test]
fn a_venue_with_broken_fixtures_plays_with_the_others_and_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let venue = folder.path().join("venue.json");
    let fixture = |id: u32, label: &str, definition: &str, mode: &str, address: u32| {
        format!(
            r#"{{"id":"00000000-0000-0000-0000-00000000000{id}","label":"{label}","definition":"{definition}","mode":"{mode}","universe":1,"address":{address}}}"#
        )
    };
    let four: Value = serde_json::from_str(include_str!("../assets/venues/four-dimmers.json")).unwrap();
    let (definition, mode) = (four["fixtures"][0]["definition"].as_str().unwrap(), four["fixtures"][0]["mode"].as_str().unwrap());
    let fixtures = [
        fixture(1, "Good", definition, mode, 1),
        fixture(2, "Wrong mode", definition, "Nonesuch", 20),
        fixture(3, "No file", "luma/Nothing.qxf", "Standard", 40),
        fixture(4, "Clash", definition, mode, 1),
        fixture(5, "Overrun", definition, mode, 513),
    ];
    fs::write(&venue, format!(r#"{{"id":"00000000-0000-0000-0000-000000000009","name":"Broken","fixtures":[{}]}}"#, fixtures.join(",")))
        .unwrap();
    let output = luma(&["frame", "demo", "--at", "40", "--json", "--venue", venue.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    for words in ["Wrong mode", "Nonesuch", "No file", "Clash", "Overrun"] {
        assert!(said.contains(words), "{words} is missing in: {said}");
    }
    let frame: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(frame["heads"].as_array().unwrap().len(), 1);
}

#[test]
fn a_headless_run_ends_in_time_with_a_summary_that_adds_up() {
    let node = harness::ArtNetNode::listen();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let target = node.addr().to_string();
    let arguments = ["demo", "--headless", "--seconds", "2", "--every", "1000", "--out", out.to_str().unwrap(), "--target", &target];
    let mut running = Command::new(env!("CARGO_BIN_EXE_luma")).args(arguments).spawn().unwrap();
    // Taken as it comes: a socket's buffer holds less than a second of it.
    let mut received = node.collect(1);
    while running.try_wait().unwrap().is_none() {
        received.extend(node.receive(Instant::now() + Duration::from_millis(20)));
    }
    received.extend(node.drain());
    assert!(running.wait().unwrap().success());
    let summary: Value = serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap();
    let sent: u64 = summary["frames_sent"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(sent, received.len() as u64);
    assert!(summary["seconds"].as_f64().unwrap() >= 2.0);
    assert!(summary["heads"].as_u64().unwrap() >= 40 && summary["universes"].as_u64().unwrap() >= 3);
    for key in ["p50", "p99", "max"] {
        assert!(summary["lateness_ms"][key].is_number(), "{summary}");
    }
}
