//! A node that believes nothing: rate, order, length, subscription, polls, our answer, sync, keep-alive and the last frames,
//! for 1, 16 and 64 universes, with the real threads over the loopback.
//!
//! Its decoder is written from the published rules and shares nothing with Luma's.  What a busy machine delays is forgiven as
//! far as Luma's own counters admit it; what is wrong is not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod harness;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use luma::output::pattern::Pattern;
use luma::output::routes::{Route, Routes, To};
use luma::output::stats::OutputStats;
use luma::output::worker::listen::{ListenConfig, Listener};
use luma::output::worker::{Output, OutputConfig};
use socket2::{Domain, Socket, Type};

const LUMA: Ipv4Addr = Ipv4Addr::LOCALHOST;
const EVERYBODY: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);

struct Packet {
    at: Instant,
    from: SocketAddr,
    /// Sent to all, not to this node.
    to_all: bool,
    bytes: Vec<u8>,
}

impl Packet {
    fn code(&self) -> u16 {
        u16::from_le_bytes([self.bytes[8], self.bytes[9]])
    }

    fn address(&self) -> u16 {
        u16::from_le_bytes([self.bytes[14], self.bytes[15]])
    }
}

/// A node with as many ports as it takes, four to a page, that answers every poll of Luma's.
struct Node {
    packets: Receiver<Packet>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    socket: UdpSocket,
    port: u16,
}

fn open(ip: Ipv4Addr, port: u16) -> UdpSocket {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.set_recv_buffer_size(1 << 22).unwrap();
    socket.bind(&SocketAddrV4::new(ip, port).into()).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    socket.into()
}

impl Node {
    fn open(last: u8, n_ports: u16) -> Self {
        let ip = Ipv4Addr::new(127, 0, 79, last);
        let socket = open(ip, 0);
        let port = socket.local_addr().unwrap().port();
        let all = open(EVERYBODY, port);
        let (sender, packets) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let threads = [(socket.try_clone().unwrap(), false), (all, true)].map(|(heard, to_all)| {
            let (sender, stop, answers) = (sender.clone(), stop.clone(), socket.try_clone().unwrap());
            let listen = move || {
                let mut bytes = [0; 2048];
                while !stop.load(Ordering::Acquire) {
                    let Ok((length, from)) = heard.recv_from(&mut bytes) else { continue };
                    let packet = Packet { at: Instant::now(), from, to_all, bytes: bytes[..length].to_vec() };
                    if from.ip() == IpAddr::V4(LUMA) && length >= 14 && packet.code() == 0x2000 {
                        for page in 0..n_ports.div_ceil(4) {
                            answers.send_to(&reply(ip, page, n_ports), SocketAddrV4::new(LUMA, port)).unwrap();
                        }
                    }
                    if sender.send(packet).is_err() {
                        return;
                    }
                }
            };
            std::thread::Builder::new().spawn(listen).unwrap()
        });
        Self { packets, stop, threads: threads.into(), socket, port }
    }

    /// Everything from Luma for a while.
    fn watch(&self, span: Duration) -> Vec<Packet> {
        let end = Instant::now() + span;
        std::iter::from_fn(|| self.packets.recv_timeout(end.checked_duration_since(Instant::now())?).ok())
            .filter(|packet| packet.from.ip() == IpAddr::V4(LUMA))
            .collect()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.threads.drain(..).for_each(|thread| thread.join().unwrap());
    }
}

/// A page by the book: port-addresses 1, 2, 3, …, four to a page.
fn reply(ip: Ipv4Addr, page: u16, n_ports: u16) -> [u8; 239] {
    let mut bytes = [0; 239];
    bytes[..10].copy_from_slice(b"Art-Net\0\x00\x21");
    bytes[10..14].copy_from_slice(&ip.octets());
    bytes[14..16].copy_from_slice(&[0x36, 0x19]);
    bytes[26..30].copy_from_slice(b"node");
    // All ports of a page share net and sub-net: the first page has 1 to 4, and so on; 0 is left to nobody.
    let first = page * 4;
    let addresses: Vec<u16> = (first..(first + 4).min(n_ports)).collect();
    bytes[18] = (first >> 8) as u8;
    bytes[19] = (first >> 4 & 0x0f) as u8;
    bytes[173] = addresses.len() as u8;
    for (at, address) in addresses.iter().enumerate() {
        bytes[174 + at] = 0x80;
        bytes[190 + at] = (address & 0x0f) as u8;
    }
    bytes[211] = page as u8 + 1;
    bytes
}

struct Run {
    output: Output,
    listener: Listener,
}

/// Universes 1 to N go to port-addresses 0 to N-1 of whoever asks, and one more to nobody.
fn start(node: &Node, n: u16, moving: bool) -> Run {
    let mut routes = Routes::of(Vec::new());
    for universe in 1..=n + 1 {
        routes.universes.insert(universe, vec![Route { number: Some(universe - 1), ..Route::artnet(To::Auto) }]);
    }
    routes.art_sync = true;
    let universes: Vec<u16> = (1..=n + 1).collect();
    let config = OutputConfig { routes, bind: LUMA, universes_when_empty: universes.clone(), ..OutputConfig::default() };
    let output = Output::start_with(config, |_| Pattern::new(universes, moving)).unwrap();
    let config = ListenConfig { bind: LUMA, port: node.port, inputs: vec![77], ..ListenConfig::default() };
    let listener = Listener::start(config, &output.handle()).unwrap();
    let patience = Instant::now() + harness::PATIENCE;
    while listener.nodes().iter().filter(|page| !page.own).count() < usize::from(n.div_ceil(4)) {
        assert!(Instant::now() < patience, "the node was not found");
        std::thread::sleep(Duration::from_millis(5));
    }
    Run { output, listener }
}

/// What is true of all data, always.
fn check_data(all: &[Packet], n: u16) -> BTreeMap<u16, Vec<&Packet>> {
    let mut streams: BTreeMap<u16, Vec<&Packet>> = BTreeMap::new();
    for packet in all.iter().filter(|packet| packet.code() == 0x5000) {
        assert!(!packet.to_all, "data goes to who asked for it");
        assert_eq!((packet.bytes.len(), &packet.bytes[10..12], &packet.bytes[16..18]), (530, [0, 14].as_slice(), [2, 0].as_slice()));
        assert_eq!(packet.bytes[13], 0, "the physical port never changes");
        assert!(packet.address() < n, "nobody asked for {}", packet.address());
        streams.entry(packet.address()).or_default().push(packet);
    }
    assert_eq!(streams.len(), usize::from(n), "everything that was asked for");
    for (address, packets) in &streams {
        for pair in packets.windows(2) {
            let (before, after) = (pair[0].bytes[12], pair[1].bytes[12]);
            assert_eq!(after, if before == 255 { 1 } else { before + 1 }, "port-address {address}");
        }
    }
    streams
}

fn check(last: u8, n: u16) {
    let node = Node::open(last, n);
    // A moving picture.
    let run = start(&node, n, true);
    drop(node.watch(Duration::from_millis(300)));
    let before = run.output.stats();
    let all = node.watch(Duration::from_secs(3));
    let after = run.output.stats();
    let streams = check_data(&all, n);
    let skipped = (after.skipped_ticks - before.skipped_ticks) as f64;
    for (address, packets) in &streams {
        let span = (packets[packets.len() - 1].at - packets[0].at).as_secs_f64();
        let rate = (packets.len() - 1) as f64 / span;
        assert!(rate < 45.0, "port-address {address}: {rate} Hz is more than a DMX line has");
        assert!(rate + skipped / span > 43.0, "port-address {address}: {rate} Hz, and {skipped} beats that Luma knows to be late");
    }
    // Every frame is closed, from where it came from.
    let from = streams[&0][0].from;
    let syncs: Vec<&Packet> = all.iter().filter(|packet| packet.code() == 0x5200).collect();
    assert!(syncs.iter().all(|sync| sync.bytes == b"Art-Net\0\x00\x52\x00\x0e\x00\x00" && sync.from == from));
    let mut since_sync: Vec<u16> = Vec::new();
    for packet in &all {
        match packet.code() {
            0x5000 => {
                assert!(!since_sync.contains(&packet.address()), "a universe comes once in a frame");
                since_sync.push(packet.address());
            }
            0x5200 => since_sync.clear(),
            _ => {}
        }
    }
    assert!(syncs.len().abs_diff(streams[&0].len()) <= 1, "{} syncs for {} frames", syncs.len(), streams[&0].len());
    drop(run.listener);
    let stats = run.output.stop().unwrap();
    drop(node.watch(Duration::from_millis(300)));
    check_spread(n, &stats);

    // A still one.
    let run = start(&node, n, false);
    let all = node.watch(Duration::from_millis(6500));
    let streams = check_data(&all, n);
    let late = Duration::from_secs_f64(run.output.stats().lateness_ms.max / 1e3) + Duration::from_millis(150);
    for packets in streams.values() {
        for pair in packets.windows(2).skip(1) {
            let gap = pair[1].at - pair[0].at;
            assert!(gap <= Duration::from_millis(1000) + late && gap + late >= Duration::from_millis(800), "{gap:?}");
        }
        assert!(packets.len() <= 9, "{} packets of what stands still", packets.len());
    }
    // It asks everybody every 2.5 to 3 s, wants to hear of changes, and answers itself.
    let polls: Vec<&Packet> = all.iter().filter(|packet| packet.code() == 0x2000).collect();
    assert!(polls.len() >= 2 && polls.iter().all(|poll| poll.to_all && poll.bytes.len() >= 14 && poll.bytes[12] & 0x02 != 0));
    for pair in polls.windows(2) {
        let gap = (pair[1].at - pair[0].at).as_secs_f64();
        assert!((2.4..3.3).contains(&gap), "{gap} s between two polls");
    }
    node.socket.send_to(b"Art-Net\0\x00\x20\x00\x0e\x00\x00", SocketAddrV4::new(LUMA, node.port)).unwrap();
    let answers = node.watch(Duration::from_secs(1));
    let answer = answers.iter().find(|packet| packet.code() == 0x2100).expect("an answer to our poll");
    assert_eq!((answer.bytes.len(), &answer.bytes[10..16]), (239, [127, 0, 0, 1, 0x36, 0x19].as_slice()));
    assert_eq!(
        (answer.bytes[200], answer.bytes[173], answer.bytes[174], answer.bytes[190]),
        (1, 1, 0x80, 77 & 0x0f),
        "a controller that takes 77"
    );
    // The end: dark, three times, and then nothing.
    run.listener.stop();
    let stats = run.output.stop().unwrap();
    let all = node.watch(Duration::from_millis(500));
    let streams = check_data(&all, n);
    for packets in streams.values() {
        let dark = packets.iter().filter(|packet| packet.bytes[18..].iter().all(|&slot| slot == 0)).count();
        assert_eq!(dark, 3);
    }
    assert_eq!((stats.errors, stats.dropped), (0, 0));
}

/// A frame is a frame: its packets leave close behind each other, half of the time at least on whatever machine this is.
fn check_spread(n: u16, stats: &OutputStats) {
    println!("{n} universes: spread {:?} ms, lateness {:?} ms, {} beats left out", stats.spread_ms, stats.lateness_ms, stats.skipped_ticks);
    assert!(n == 1 || stats.spread_ms.p50 < 11.4, "{:?}", stats.spread_ms);
}

#[test]
fn one_universe() {
    check(2, 1);
}

#[test]
fn sixteen_universes() {
    check(3, 16);
}

#[test]
fn sixty_four_universes() {
    check(4, 64);
}
