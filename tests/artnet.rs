//! What a node on the network receives, as seen by a node on the network.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod harness;

use std::net::SocketAddr;

use harness::{ArtNetNode, assert_sequences, count};
use luma::output::heart::ExitLook;
use luma::output::routes::{Broadcast, Routes};
use luma::output::worker::{Output, OutputConfig};

fn start(targets: &[SocketAddr], config: OutputConfig) -> Output {
    let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
    let routes = Routes::parse(targets.iter().map(String::as_str), Broadcast::Refuse).unwrap();
    Output::start(OutputConfig { routes, ..config }).unwrap()
}

#[test]
fn without_a_show_every_known_universe_is_dark_repeated_and_closed_with_three_frames() {
    let node = ArtNetNode::listen();
    let output =
        start(&[node.addr()], OutputConfig { universes_when_empty: vec![1, 2, 300], exit: ExitLook::Hold, ..OutputConfig::default() });

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
