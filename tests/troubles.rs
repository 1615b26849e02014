//! Troubles of a network provoked on the loopback, and what Luma says about them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod harness;

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use harness::PATIENCE;
use luma::output::artnet::address::Command;
use luma::output::artnet::timecode::{Rate, Timecode};
use luma::output::artnet::trigger::Trigger;
use luma::output::health::{self, Known, Trouble};
use luma::output::merge::{Merging, Side};
use luma::output::pattern::{Pattern, level};
use luma::output::routes::{Route, Routes, To};
use luma::output::timecode::Following;
use luma::output::worker::listen::{ListenConfig, Listener};
use luma::output::worker::{Output, OutputConfig, OutputHandle};

const LUMA: Ipv4Addr = Ipv4Addr::LOCALHOST;

fn desk(last: u8) -> UdpSocket {
    UdpSocket::bind(SocketAddrV4::new(Ipv4Addr::new(127, 0, 78, last), 0)).unwrap()
}

fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn listener(port: u16, output: &OutputHandle) -> Listener {
    Listener::start(ListenConfig { bind: LUMA, port, ..ListenConfig::default() }, output).unwrap()
}

fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} was not so within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What is said of a kind of trouble.
fn said(listener: &Listener, trouble: Trouble) -> Option<String> {
    let (nodes, inputs, air) = (listener.nodes(), listener.inputs(), listener.air());
    let known = Known { nodes: &nodes, inputs: Some(&inputs), air: Some(&air), ..Known::default() };
    let found = health::diagnose(&Routes::default(), &Default::default(), known);
    found.into_iter().find(|found| found.trouble == trouble).map(|found| found.text)
}

fn dmx(address: u8, level: u8) -> Vec<u8> {
    [b"Art-Net\0\x00\x50\x00\x0e\x00\x00".as_slice(), &[address, 0, 2, 0], &[level; 512]].concat()
}

#[test]
fn a_port_that_another_program_holds_is_told_with_what_to_do() {
    let holder = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    let error = Listener::start(ListenConfig { bind: LUMA, port, ..ListenConfig::default() }, &OutputHandle::default()).err().unwrap();
    assert_eq!(
        error.to_string(),
        format!("UDP port {port} of 127.0.0.1 is taken by another program: end it, or let it share the port, or listen on another address")
    );
}

#[test]
fn two_desks_on_one_universe_and_a_storm_are_told_by_who_they_are() {
    let port = free_port();
    let listener = listener(port, &OutputHandle::default());
    let to = SocketAddrV4::new(LUMA, port);
    for last in [1, 2] {
        desk(last).send_to(&dmx(7, last), to).unwrap();
    }
    wait("two desks", || said(&listener, Trouble::TwoSenders).is_some());
    assert_eq!(
        said(&listener, Trouble::TwoSenders).unwrap(),
        "127.0.78.1 and 127.0.78.2 both send Art-Net 7: end one of them, or give one another universe"
    );
    // Everybody of 127.0.0.0/8.
    let loud = desk(3);
    loud.set_broadcast(true).unwrap();
    let everybody = SocketAddrV4::new(Ipv4Addr::new(127, 255, 255, 255), port);
    if loud.send_to(&dmx(9, 1), everybody).is_err() {
        println!("skipped: the loopback takes no broadcasts here");
        return;
    }
    wait("a storm", || {
        for _ in 0..20 {
            loud.send_to(&dmx(9, 1), everybody).unwrap();
        }
        said(&listener, Trouble::Storm).is_some()
    });
    let words = said(&listener, Trouble::Storm).unwrap();
    assert!(words.contains("packets a second go to everybody in the network") && words.contains("of them from 127.0.78.3"), "{words}");
}

#[test]
fn a_timecode_is_followed_a_trigger_is_heard_and_a_node_is_told_to_blink() {
    let port = free_port();
    let listener = listener(port, &OutputHandle::default());
    let (desk, to) = (desk(4), SocketAddrV4::new(LUMA, port));
    assert_eq!(listener.timecode().at(Instant::now()), Following::Never);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(600) {
        let code = Timecode::at(3600.0 + begun.elapsed().as_secs_f64(), Rate::Ebu25);
        desk.send_to(&code.write(), to).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    let now = Instant::now();
    let real = 3600.0 + (now - begun).as_secs_f64();
    match listener.timecode().at(now) {
        Following::Running(secs) => assert!((secs - real).abs() < 0.15, "{secs} for {real}"),
        other => panic!("{other:?}"),
    }
    wait("its loss", || matches!(listener.timecode().at(Instant::now()), Following::Lost(_)));

    desk.send_to(b"Art-Net\0\x00\x99\x00\x0e\x00\x00\xff\xff\x01\x05", to).unwrap();
    let mut heard = Vec::new();
    wait("the trigger", || {
        heard.extend(listener.triggers());
        !heard.is_empty()
    });
    assert_eq!(heard, [(Trigger::Macro(5), Ipv4Addr::new(127, 0, 78, 4))]);

    let node = UdpSocket::bind(SocketAddrV4::new(Ipv4Addr::new(127, 0, 78, 5), port)).unwrap();
    node.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(listener.tell(Ipv4Addr::new(127, 0, 78, 5), 2, ("Bar", "Bar, upstage"), Command::Locate));
    let mut bytes = [0; 2048];
    let order = loop {
        let length = node.recv(&mut bytes).unwrap();
        if bytes[8..10] == [0x00, 0x60] {
            break &bytes[..length];
        }
    };
    assert_eq!(
        (order.len(), order[13], &order[14..18], &order[32..45], order[106]),
        (107, 2, b"Bar\0".as_slice(), b"Bar, upstage\0".as_slice(), 4)
    );
}

#[test]
fn another_desk_is_mixed_with_ours_on_the_wire_until_it_is_silent() {
    let (port, node) = (free_port(), harness::ArtNetNode::listen());
    let mut routes = Routes::of(vec![Route::artnet(To::Node(LUMA, Some(node.addr().port())))]);
    routes.merges.insert(1, Merging { side: Side::Above, number: Some(33), ..Merging::default() });
    let config = OutputConfig { routes, universes_when_empty: vec![1], ..OutputConfig::default() };
    let output = Output::start_with(config, |_| Pattern::new(vec![1], false)).unwrap();
    let listener = listener(port, &output.handle());
    let (desk, to) = (desk(6), SocketAddrV4::new(LUMA, port));
    let ours = |slot: usize| level(1, slot, 0);
    let mixed = |slot: usize| ours(slot).max(100);
    let is = |slots: &[u8], wanted: &dyn Fn(usize) -> u8| slots.iter().enumerate().all(|(slot, &shown)| shown == wanted(slot));
    node.wait_for("ours alone", 1, |slots| is(slots, &ours));
    desk.send_to(&dmx(33, 100), to).unwrap();
    let sent = Instant::now();
    node.wait_for("both", 1, |slots| is(slots, &mixed));
    assert!(sent.elapsed() < Duration::from_millis(500), "{:?}", sent.elapsed());
    let alone = node.wait_for("ours alone again", 1, |slots| is(slots, &ours));
    let silent = alone.at - sent;
    assert!((2450..3400).contains(&silent.as_millis()), "{silent:?}");
    listener.stop();
    output.stop().unwrap();
}
