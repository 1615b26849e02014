//! What a node on the network receives, as seen by a node on the network.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod harness;

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use harness::{ArtNetNode, assert_sequences, count};
use luma::output::loss::{Act, LossRules, Rule};
use luma::output::routes::{Broadcast, Routes};
use luma::output::worker::{Output, OutputConfig};
use serde_json::Value;

fn start(targets: &[SocketAddr], config: OutputConfig) -> Output {
    let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
    let routes = Routes::parse(targets.iter().map(String::as_str), Broadcast::Refuse).unwrap();
    Output::start(OutputConfig { routes, ..config }).unwrap()
}

#[test]
fn without_a_show_every_known_universe_is_dark_repeated_and_closed_with_three_frames() {
    let node = ArtNetNode::listen();
    let output = start(
        &[node.addr()],
        OutputConfig {
            universes_when_empty: vec![1, 2, 300],
            loss: LossRules { exit: Rule::new(Act::Hold, 0, 0), ..LossRules::default() },
            ..OutputConfig::default()
        },
    );

    let mut all = node.collect(6);
    let stats = output.stop().unwrap();
    let sent: usize = stats.frames_sent.values().sum::<u64>() as usize;
    all.extend(node.collect(sent - all.len()));

    assert_eq!(count(&all), stats.frames_sent.iter().map(|(&universe, &n)| (universe, n as usize)).collect());
    assert_eq!(count(&all).into_keys().collect::<Vec<_>>(), [1, 2, 300]);
    assert!(all.iter().all(|received| received.slots == [0; 512]));
    assert_sequences(&all);
    // Two rounds that the test waited for, and the last one three times.
    assert!(count(&all).values().all(|&n| n >= 5), "{:?}", count(&all));
}

#[test]
fn every_target_hears_the_same() {
    let nodes = [ArtNetNode::listen(), ArtNetNode::listen()];
    let output = start(&nodes.each_ref().map(ArtNetNode::addr), OutputConfig::default());
    let stats = output.stop().unwrap();
    let heard = nodes.map(|node| {
        let all = node.collect(stats.frames_sent[&1] as usize);
        all.into_iter().map(|received| (received.universe, received.sequence, received.slots)).collect::<Vec<_>>()
    });
    assert_eq!(heard[0], heard[1]);
    assert_eq!(stats.packets, 2 * stats.frames_sent[&1]);
}

#[test]
fn a_pattern_from_the_command_line_is_steady_and_told_in_numbers() {
    let node = ArtNetNode::listen();
    let mut luma = Command::new(env!("CARGO_BIN_EXE_luma"));
    luma.args(["output", "test", "--universes", "4", "--seconds", "2", "--json", "--target", &node.addr().to_string()]);
    let mut running = luma.stdout(Stdio::piped()).spawn().unwrap();
    // Listening all the while, since a socket holds less than two seconds.
    let mut all = Vec::new();
    while running.try_wait().unwrap().is_none() {
        all.extend(node.drain());
    }
    all.extend(node.drain());
    let output = running.wait_with_output().unwrap();
    assert!(output.status.success());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_sequences(&all);
    assert_eq!(count(&all).into_keys().collect::<Vec<_>>(), (1..=4).collect::<Vec<_>>());
    assert_eq!((report["packets"].as_u64(), report["errors"].as_u64()), (Some(all.len() as u64), Some(0)));
    // Frames and beats that were left out make 44 a second; the process starts and ends within the rest.
    let beats = report["rate_hz"].as_f64().unwrap() * report["seconds"].as_f64().unwrap() + report["skipped_beats"].as_f64().unwrap();
    assert!((80.0..=92.0).contains(&beats), "{report}");
    for received in &all {
        let first = received.slots[0];
        let ramp = (0..512).map(|slot| first.wrapping_add(slot as u8));
        assert!(received.slots.iter().copied().eq(ramp) || received.slots == [0; 512], "universe {}", received.universe);
    }
    let last: Vec<_> = all.iter().rev().take(12).map(|received| received.slots == [0; 512]).collect();
    assert_eq!(last, [true; 12], "three dark frames of each");
}

#[test]
fn what_cannot_be_sent_is_refused_before_anything_is() {
    for (args, word) in [
        (vec!["--target", "multicast"], "multicast"),
        (vec!["--target", "255.255.255.255"], "give"),
        (vec!["--target", "10.0.0"], "give"),
        (vec!["--bind", "192.0.2.1"], "give an address"),
        (vec!["--universes", "0"], "universes"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_luma")).args(["output", "test"]).args(&args).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && told.contains(word), "{args:?}: {told}");
    }
}
