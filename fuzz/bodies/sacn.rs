//! Any datagrams as sACN: read or refused, and merged.
//!
//! Nothing may panic or grow without bound, what is read stays inside of what came, and what is shown was sent.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use luma::output::input::{InputKey, Inputs, Merge};
use luma::output::routes::Protocol;
use luma::output::sacn::read::{Packet, read};

use crate::datagrams::datagrams;

pub(crate) fn run(data: &[u8]) {
    for merge in [Merge::Htp, Merge::Ltp] {
        merged(data, merge);
    }
}

fn merged(data: &[u8], merge: Merge) {
    let (mut inputs, mut now) = (Inputs::new(merge), Instant::now());
    for (nth, packet) in datagrams(data).enumerate() {
        now += Duration::from_millis(nth as u64 % 7 * 300);
        match read(packet) {
            Ok(Packet::Data(data)) => {
                assert!((1..=63_999).contains(&data.universe) && data.priority <= 200);
                assert!(data.slots.len() <= 512 && data.slots.len() + 126 <= packet.len() && data.name.len() <= 64);
                let key = InputKey { protocol: Protocol::Sacn, number: data.universe };
                let alone = inputs.slots(key).is_none();
                inputs.sacn(&data, Ipv4Addr::LOCALHOST, now);
                if let Some(shown) = inputs.slots(key).filter(|_| alone && data.start_code == 0) {
                    assert_eq!(shown[..data.slots.len()], *data.slots);
                }
            }
            Ok(Packet::Sync { universe, .. }) => assert!((1..=63_999).contains(&universe)),
            Ok(Packet::Discovery(discovery)) => assert!(discovery.universes().count() <= 512),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        if nth % 6 == 5 {
            inputs.sweep(now);
        }
    }
    assert!(inputs.snapshot().universes.iter().all(|universe| universe.sources.len() <= 8));
}
