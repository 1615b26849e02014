//! Any datagrams as Art-Net: read or refused, heard by the table of nodes and by the inputs.
//!
//! Nothing may panic or grow without bound, what is read stays inside of what came, and a reply that is written again
//! reads the same.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use luma::output::artnet::poll::{Packet, read};
use luma::output::input::{InputKey, Inputs};
use luma::output::nodes::NodeTable;
use luma::output::routes::Protocol;
use luma::output::timecode::Follower;

use crate::datagrams::datagrams;

pub(crate) fn run(data: &[u8]) {
    let (mut table, mut inputs, mut now) = (NodeTable::default(), Inputs::default(), Instant::now());
    let mut follower = Follower::default();
    for (nth, packet) in datagrams(data).enumerate() {
        let from = Ipv4Addr::new(10, 0, 0, (nth % 5) as u8);
        now += Duration::from_millis(nth as u64 % 7 * 500);
        match read(packet) {
            Ok(Packet::Dmx(dmx)) => {
                assert!(dmx.address <= 0x7fff && (1..=512).contains(&dmx.slots.len()) && dmx.slots.len() + 18 <= packet.len());
                let key = InputKey { protocol: Protocol::ArtNet, number: dmx.address };
                let alone = inputs.slots(key).is_none();
                inputs.artnet(&dmx, from, now);
                let shown = inputs.slots(key).expect("what was heard is there");
                assert!(!alone || shown[..dmx.slots.len()] == *dmx.slots);
            }
            Ok(Packet::Reply(reply)) => {
                let written = reply.write();
                let Ok(Packet::Reply(again)) = read(&written) else { panic!("what we write cannot be read") };
                assert_eq!(
                    (again.ip, again.sw_out, again.bind_index, again.refresh_hz),
                    (reply.ip, reply.sw_out, reply.bind_index, reply.refresh_hz)
                );
                table.hear(from, *reply, nth % 4 == 0);
                let subscribers = table.subscribers(6454);
                assert!(subscribers.0.keys().all(|&address| address <= 0x7fff));
            }
            Ok(Packet::Poll(poll)) => assert!(poll.targeted.is_none_or(|(low, high)| low <= high)),
            Ok(Packet::Timecode(code)) => {
                let Ok(Packet::Timecode(again)) = read(&code.write()) else { panic!("what we write cannot be read") };
                assert_eq!(again, code);
                follower.hear(code, from, now);
                assert!((0.0..86_401.0).contains(&code.secs()) && follower.last().is_some());
            }
            Ok(Packet::Trigger(trigger)) => assert!(trigger.pad() != Some(0) && !trigger.words().is_empty()),
            Ok(Packet::Sync | Packet::Other(_)) => {}
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        if nth % 6 == 5 {
            table.round();
            inputs.sweep(now);
        }
    }
    let (nodes, snapshot) = (table.nodes(), inputs.snapshot());
    assert!(nodes.iter().all(|node| node.ports.len() <= 8 && node.short_name.chars().all(|char| !char.is_control())));
    assert!(snapshot.universes.iter().all(|universe| universe.sources.len() <= 2));
}
