//! A node that is found, sent to, repatched and asked back: by its own replies alone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use luma::output::input::InputKey;
use luma::output::pattern::Pattern;
use luma::output::routes::{Protocol, Route, Routes, To};
use luma::output::worker::listen::{ListenConfig, Listener};
use luma::output::worker::{Output, OutputConfig};

const LUMA: Ipv4Addr = Ipv4Addr::LOCALHOST;
const PATIENCE: Duration = Duration::from_secs(20);

/// A node of our own making, on an address and a port that nobody else has.
struct Node {
    socket: UdpSocket,
    ip: Ipv4Addr,
    port: u16,
}

impl Node {
    fn listen(last: u8) -> Self {
        let ip = Ipv4Addr::new(127, 0, 77, last);
        let socket = UdpSocket::bind(SocketAddrV4::new(ip, 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        Self { socket, ip, port }
    }

    /// The next packet of a kind from Luma.
    fn wait_for(&self, what: &str, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let deadline = Instant::now() + PATIENCE;
        let mut bytes = [0; 2048];
        while let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            self.socket.set_read_timeout(Some(left)).unwrap();
            let Ok(length) = self.socket.recv(&mut bytes) else { continue };
            if wanted(&bytes[..length]) {
                return bytes[..length].to_vec();
            }
        }
        panic!("{what} did not come within {PATIENCE:?}");
    }

    fn wait_for_code(&self, what: &str, code: u16) -> Vec<u8> {
        self.wait_for(what, |bytes| bytes.len() >= 10 && bytes[8..10] == code.to_le_bytes())
    }

    fn send(&self, bytes: &[u8]) {
        self.socket.send_to(bytes, SocketAddrV4::new(LUMA, self.port)).unwrap();
    }

    /// A reply by the book, cut to a length that real nodes have.
    fn reply(&self, page: u8, out: [u8; 4], length: usize) {
        let mut bytes = [0; 239];
        bytes[..8].copy_from_slice(b"Art-Net\0");
        bytes[8..10].copy_from_slice(&[0x00, 0x21]);
        bytes[10..14].copy_from_slice(&self.ip.octets());
        // The port with its bytes swapped, as one library sends it.
        bytes[14..16].copy_from_slice(&[0x19, 0x36]);
        (bytes[18], bytes[19]) = (1, 2);
        bytes[26..30].copy_from_slice(b"bars");
        bytes[173] = 4;
        bytes[174..178].copy_from_slice(&[0x80; 4]);
        bytes[190..194].copy_from_slice(&out);
        bytes[211] = page;
        self.send(&bytes[..length]);
    }
}

fn dmx_to(address: u16) -> impl Fn(&[u8]) -> bool {
    move |bytes| bytes.len() == 530 && bytes[8..10] == [0x00, 0x50] && bytes[14..16] == address.to_le_bytes()
}

fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} was not so within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_node_is_found_and_sent_what_it_asks_for_and_nothing_else() {
    let node = Node::listen(9);
    let universes: Vec<u16> = (0x120..0x130).collect();
    let config = OutputConfig {
        routes: Routes::of(vec![Route::artnet(To::Auto)]),
        bind: LUMA,
        universes_when_empty: universes.clone(),
        ..OutputConfig::default()
    };
    let output = Output::start_with(config, |_| Pattern::new(universes, true)).unwrap();
    let config = ListenConfig { bind: LUMA, port: node.port, also_ask: vec![node.ip], inputs: vec![5, 0x7fff], ..ListenConfig::default() };
    let listener = Listener::start(config, &output.handle()).unwrap();

    let poll = node.wait_for_code("a poll", 0x2000);
    assert_eq!((&poll[..8], &poll[10..13]), (b"Art-Net\0".as_slice(), [0, 14, 2].as_slice()));
    assert_eq!(output.stats().packets, 0, "nobody asked for anything");
    node.reply(1, [1, 1, 3, 4], 207);
    node.reply(2, [5, 6, 7, 8], 213);
    for address in [0x121, 0x123, 0x128] {
        node.wait_for("a universe that was asked for", dmx_to(address));
    }
    wait("two pages", || listener.nodes().iter().filter(|page| page.ip == node.ip).count() == 2);
    let nodes = listener.nodes();
    let page = nodes.iter().find(|page| page.ip == node.ip).unwrap();
    assert_eq!((page.short_name.as_str(), page.late, page.own), ("bars", false, false));
    let mut bytes = [0; 2048];
    for _ in 0..200 {
        let length = node.socket.recv(&mut bytes).unwrap();
        let address = u16::from_le_bytes([bytes[14], bytes[15]]);
        assert!(length != 530 || [0x121, 0x123, 0x124, 0x125, 0x126, 0x127, 0x128].contains(&address), "{address:#x} was not asked for");
    }

    // It is repatched: the old universe is held and ends, the new one begins.
    node.reply(1, [2, 2, 3, 4], 239);
    node.wait_for("the new universe", dmx_to(0x122));
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(300) {
        node.wait_for("anything", |_| true);
    }
    for _ in 0..100 {
        let length = node.socket.recv(&mut bytes).unwrap();
        assert!(!dmx_to(0x121)(&bytes[..length]), "it asks for 0x121 no longer");
    }

    // We answer as a controller that takes two universes, on a page for each sub-net.
    node.send(b"Art-Net\0\x00\x20\x00\x0e\x02\x00");
    let reply = node.wait_for_code("our answer", 0x2100);
    assert_eq!((reply.len(), &reply[10..16], reply[200]), (239, [127, 0, 0, 1, 0x36, 0x19].as_slice(), 1));
    assert_eq!((&reply[172..175], reply[190], reply[211]), ([0, 1, 0x80].as_slice(), 5, 1));
    let second = node.wait_for_code("our second page", 0x2100);
    assert_eq!((second[18], second[19], second[190], second[211]), (0x7f, 0x0f, 0x0f, 2));

    // What it sends is heard.
    let mut dmx = b"Art-Net\0\x00\x50\x00\x0e\x01\x00\x05\x00\x00\x04".to_vec();
    dmx.extend([9, 8, 7, 6]);
    node.send(&dmx);
    node.send(b"Art-Net\0\x00\x50\x00\x0e\x01\x00\x05\x00\x02\x04\x01");
    let key = InputKey { protocol: Protocol::ArtNet, number: 5 };
    wait("its levels", || listener.inputs().universe(key).is_some_and(|universe| universe.slots[..5] == [9, 8, 7, 6, 0]));
    wait("the damaged packet", || listener.inputs().counts.malformed == 1);
    assert_eq!(listener.inputs().universe(key).unwrap().sources[0].ip, node.ip);
    listener.stop();
    let stats = output.stop().unwrap();
    assert_eq!((stats.errors, stats.dropped), (0, 0));
}

#[test]
fn an_address_that_is_not_ours_is_refused_with_a_remedy() {
    let config = ListenConfig { bind: Ipv4Addr::new(192, 0, 2, 77), ..ListenConfig::default() };
    let error = Listener::start(config, &luma::output::worker::OutputHandle::default()).err().unwrap().to_string();
    assert!(error.contains("192.0.2.77") && error.contains("give"), "{error}");
}
