//! What the end-to-end tests share: a node on the network, as a node on the network sees it.
//!
//! The decoder is written from the published Art-Net rules and shares nothing with Luma's encoder.

#![allow(dead_code, reason = "every test binary uses its own part of this")]
#![allow(clippy::expect_used, reason = "a test that cannot go on says where")]

pub(crate) mod analyser;
pub(crate) mod graphs;
pub(crate) mod rig;
pub(crate) mod shows;
pub(crate) mod sketch;

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Longer than any test waits for what does come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// One `ArtDmx` as it was received.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Received {
    pub(crate) at: Instant,
    pub(crate) from: SocketAddr,
    /// The 15-bit port-address; Luma's universe, unless routed elsewhere.
    pub(crate) universe: u16,
    pub(crate) sequence: u8,
    pub(crate) physical: u8,
    pub(crate) slots: Vec<u8>,
}

/// A node that listens on a port of its own on the loopback.
pub(crate) struct ArtNetNode {
    socket: UdpSocket,
}

impl ArtNetNode {
    pub(crate) fn listen() -> Self {
        Self { socket: UdpSocket::bind("127.0.0.1:0").expect("a free port on the loopback") }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.socket.local_addr().expect("a bound socket has an address")
    }

    /// The next `ArtDmx`, or `None` when none comes until `deadline`.  What is no proper `ArtDmx` fails the test.
    pub(crate) fn receive(&self, deadline: Instant) -> Option<Received> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        self.socket.set_read_timeout(Some(left)).expect("a timeout above zero");
        let mut packet = [0; 2048];
        match self.socket.recv_from(&mut packet) {
            Ok((length, from)) => {
                Some(decode(&packet[..length], from).unwrap_or_else(|fault| panic!("{from} sent no proper ArtDmx: {fault}")))
            }
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => None,
            Err(error) => panic!("the node cannot receive: {error}"),
        }
    }

    /// Collects until `enough` says so; fails when that does not come.
    pub(crate) fn collect_until(&self, what: &str, mut enough: impl FnMut(&[Received]) -> bool) -> Vec<Received> {
        let deadline = Instant::now() + PATIENCE;
        let mut all = Vec::new();
        while !enough(&all) {
            match self.receive(deadline) {
                Some(received) => all.push(received),
                None => panic!("{what} did not come within {PATIENCE:?}; {} packets did: {:?}", all.len(), count(&all)),
            }
        }
        all
    }

    pub(crate) fn collect(&self, n_packets: usize) -> Vec<Received> {
        self.collect_until(&format!("{n_packets} packets"), |all| all.len() >= n_packets)
    }

    /// The first frame of a universe that `wanted` accepts.
    pub(crate) fn wait_for(&self, what: &str, universe: u16, mut wanted: impl FnMut(&[u8]) -> bool) -> Received {
        let is_wanted = |all: &[Received]| all.last().is_some_and(|last| last.universe == universe && wanted(&last.slots));
        self.collect_until(what, is_wanted).pop().expect("the wanted one is the last")
    }

    /// Everything that has already arrived; waits for nothing.
    pub(crate) fn drain(&self) -> Vec<Received> {
        std::iter::from_fn(|| self.receive(Instant::now() + Duration::from_millis(1))).collect()
    }
}

/// Packets by universe.
pub(crate) fn count(all: &[Received]) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    for received in all {
        *counts.entry(received.universe).or_default() += 1;
    }
    counts
}

/// Fails unless every universe counts 1..=255 and round again without a gap.
#[track_caller]
pub(crate) fn assert_sequences(all: &[Received]) {
    let mut last = BTreeMap::new();
    for received in all {
        assert_ne!(received.sequence, 0, "0 switches ordering off");
        if let Some(last) = last.insert(received.universe, received.sequence) {
            assert_eq!(received.sequence, if last == 255 { 1 } else { last + 1 }, "universe {}", received.universe);
        }
    }
}

fn decode(packet: &[u8], from: SocketAddr) -> Result<Received, String> {
    let head = packet.get(..18).ok_or_else(|| format!("{} bytes are less than a head", packet.len()))?;
    if &head[..8] != b"Art-Net\0" {
        return Err(format!("id {:?}", &head[..8]));
    }
    if (head[8], head[9]) != (0x00, 0x50) {
        return Err(format!("opcode {:02x}{:02x}", head[9], head[8]));
    }
    let version = u16::from(head[10]) << 8 | u16::from(head[11]);
    if version < 14 {
        return Err(format!("protocol version {version}"));
    }
    if head[15] & 0x80 != 0 {
        return Err("a net above 127".to_owned());
    }
    let length = usize::from(head[16]) << 8 | usize::from(head[17]);
    let slots = &packet[18..];
    if length != slots.len() || !(2..=512).contains(&length) || length % 2 != 0 {
        return Err(format!("length {length} with {} slots", slots.len()));
    }
    Ok(Received {
        at: Instant::now(),
        from,
        universe: u16::from(head[15]) << 8 | u16::from(head[14]),
        sequence: head[12],
        physical: head[13],
        slots: slots.to_vec(),
    })
}
