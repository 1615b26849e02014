//! The demo as the network sees it: by our own node, and by a network analyser that we did not write.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod harness;

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use harness::analyser::Running;
use harness::{ArtNetNode, analyser, assert_sequences, shows};
use luma::engine::{Program, Window};
use serde_json::Value;

fn play_demo(target: SocketAddr, seconds: f64, out: &Path) -> Running {
    let log = out.join("frames.jsonl");
    let mut luma = Command::new(env!("CARGO_BIN_EXE_luma"));
    luma.args(["demo", "--headless", "--start", "30", "--every", "1000"]).args(["--seconds", &seconds.to_string()]);
    luma.arg("--target").arg(target.to_string()).arg("--frame-log").arg(log);
    Running(luma.stderr(Stdio::null()).spawn().expect("the built binary runs"))
}

/// (universe, sequence) to the window that was sent, from the frame log.
fn windows(log: &Path) -> HashMap<(u16, u8), Window> {
    let mut windows = HashMap::new();
    for line in std::fs::read_to_string(log).unwrap().lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        if record.get("exit").is_some() {
            continue;
        }
        let (Some(from), Some(to)) = (record["from"].as_f64(), record["to"].as_f64()) else { continue };
        for (universe, sequence) in record["sent"].as_object().unwrap() {
            windows.insert((universe.parse().unwrap(), sequence.as_u64().unwrap() as u8), Window { from, to });
        }
    }
    windows
}

/// Compares received slots with what the engine makes of the logged windows; returns how many could be compared.
fn compare(program: &Program, windows: &HashMap<(u16, u8), Window>, received: &[(u16, u8, Vec<u8>)]) -> usize {
    let known = received.iter().filter_map(|(universe, sequence, slots)| Some((*universe, windows.get(&(*universe, *sequence))?, slots)));
    known
        .map(|(universe, window, slots)| {
            let dmx = shows::bytes(program, *window);
            assert_eq!(dmx.universe(universe).unwrap().as_slice(), slots.as_slice(), "universe {universe} at {window:?}");
        })
        .count()
}

#[test]
fn two_hundred_frames_on_the_wire_equal_the_frames_of_their_windows() {
    let node = ArtNetNode::listen();
    let folder = tempfile::tempdir().unwrap();
    // Shorter than 255 frames, so that a sequence number means one frame.
    let mut luma = play_demo(node.addr(), 4.0, folder.path());
    let all = node.collect(300);
    assert!(luma.0.wait().unwrap().success());
    assert_sequences(&all);
    let received: Vec<_> = all.iter().map(|received| (received.universe, received.sequence, received.slots.clone())).collect();
    let program = shows::demo_program();
    let windows = windows(&folder.path().join("frames.jsonl"));
    assert!(compare(&program, &windows, &received) >= 200);
    let lit = all.iter().filter(|received| received.slots.iter().any(|&slot| slot > 100)).count();
    assert!(lit > 100, "only {lit} frames were lit");

    // The command line says the same of a few of them.
    for (key, window) in windows.iter().take(3) {
        let from = format!("{:?}", window.from);
        let to = format!("{:?}", window.to);
        let frame =
            Command::new(env!("CARGO_BIN_EXE_luma")).args(["frame", "demo", "--json", "--at", &to, "--from", &from]).output().unwrap();
        let frame: Value = serde_json::from_slice(&frame.stdout).unwrap();
        let printed: Vec<u8> =
            frame["universes"][key.0.to_string()].as_array().unwrap().iter().map(|byte| byte.as_u64().unwrap() as u8).collect();
        assert_eq!(printed, shows::bytes(&program, *window).universe(key.0).unwrap());
    }
}

/// Universe, sequence and data of every `ArtDmx` to a port.
fn tshark(port: u16) -> Option<(Running, BufReader<ChildStdout>)> {
    let decode = format!("udp.port=={port},artnet");
    analyser::capture(port, &["-d", &decode], &["artnet.output.universe", "artnet.output.sequence", "artnet.output.data"])
}

#[test]
fn a_network_analyser_sees_the_demos_universes_and_bytes() {
    let node = ArtNetNode::listen();
    let Some((capture, mut lines)) = tshark(node.addr().port()) else {
        println!("skipped: tshark is missing or may not capture on the loopback (scripts/test installs it; run as root)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut luma = play_demo(node.addr(), 4.0, folder.path());
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut received = Vec::new();
    let mut line = String::new();
    while received.len() < 300 && Instant::now() < deadline {
        line.clear();
        if lines.read_line(&mut line).unwrap() == 0 {
            break;
        }
        let mut fields = line.trim_end().split('\t');
        let mut number = || {
            let field = fields.next().unwrap_or_default();
            field.strip_prefix("0x").map_or_else(|| field.parse().ok(), |hex| u16::from_str_radix(hex, 16).ok())
        };
        let (Some(universe), Some(sequence)) = (number(), number()) else { continue };
        let data: String = fields.next().unwrap_or_default().chars().filter(char::is_ascii_hexdigit).collect();
        let slots = (0..data.len() / 2).map(|at| u8::from_str_radix(&data[2 * at..2 * at + 2], 16).unwrap()).collect();
        received.push((universe, sequence as u8, slots));
    }
    assert!(luma.0.wait().unwrap().success());
    drop(capture);
    let mut universes: Vec<u16> = received.iter().map(|frame| frame.0).collect();
    universes.sort_unstable();
    universes.dedup();
    assert_eq!(universes, [1, 2, 3, 4]);
    let compared = compare(&shows::demo_program(), &windows(&folder.path().join("frames.jsonl")), &received);
    assert!(compared >= 200, "{compared} of {} frames could be compared", received.len());
}
