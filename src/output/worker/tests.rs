//! The real thread over the loopback.

use super::*;
use crate::engine::{DmxFrame, Show, compile};
use std::net::UdpSocket;

use crate::output::artnet::PACKET_LEN;
use crate::output::loss::{Act, Rule};
use crate::output::routes::{Broadcast, Route, To};
use crate::playback::transport::LoopRegion;

/// A node that hears what is sent to it.
struct Node(UdpSocket);

impl Node {
    fn listen() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self(socket)
    }

    fn routes(&self) -> Routes {
        Routes::parse([self.0.local_addr().unwrap().to_string().as_str()], Broadcast::Refuse).unwrap()
    }

    /// The next packet, or none within the deadline: a failed test, not a slow one.
    fn next(&self) -> [u8; PACKET_LEN] {
        let mut packet = [0; PACKET_LEN];
        assert_eq!(self.0.recv(&mut packet).unwrap(), PACKET_LEN);
        packet
    }
}

fn program() -> Arc<Program> {
    Arc::new(compile(&Show::default()).0)
}

#[test]
fn an_output_without_a_show_sends_darkness_and_ends_with_three_frames() {
    let node = Node::listen();
    let output = Output::start(OutputConfig { routes: node.routes(), universes_when_empty: vec![3], ..OutputConfig::default() }).unwrap();
    for sequence in [1, 2] {
        let packet = node.next();
        assert_eq!((packet[12], packet[14], packet[15]), (sequence, 3, 0));
        assert!(packet[18..].iter().all(|&slot| slot == 0));
    }
    let stats = output.stop().unwrap();
    let sent = stats.frames_sent[&3];
    assert!(sent >= 5 && stats.packets == sent && stats.errors == 0, "{stats:?}");
    for sequence in 3..=sent {
        assert_eq!(u64::from(node.next()[12]), sequence);
    }
}

#[test]
fn a_refused_address_and_an_unwritable_log_are_named() {
    let bind = Ipv4Addr::new(192, 0, 2, 1);
    let error = Output::start(OutputConfig { bind, ..OutputConfig::default() }).err().unwrap().to_string();
    assert!(error.contains("192.0.2.1"), "{error}");
    let log = PathBuf::from("/no/such/folder/frames.jsonl");
    let error = Output::start(OutputConfig { frame_log: Some(log), ..OutputConfig::default() }).err().unwrap().to_string();
    assert!(error.contains("/no/such/folder"), "{error}");
}

#[test]
fn the_log_tells_the_window_of_every_frame() {
    let node = Node::listen();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("frames.jsonl");
    let config = OutputConfig { routes: node.routes(), frame_log: Some(log.clone()), ..OutputConfig::default() };
    let output = Output::start(config).unwrap();
    let mut transport = Transport::new(Instant::now(), 100.0).unwrap();
    transport.seek(Instant::now(), 12.0).unwrap();
    output.handle().set_transport(transport);
    output.handle().set_program(program());
    let (first, second) = (node.next()[12], node.next()[12]);
    let stats = output.stop().unwrap();
    assert_eq!((stats.log_dropped, stats.log_failed), (0, false));
    let text = std::fs::read_to_string(log).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let logged = |sequence: u8| lines.iter().any(|line| line["sent"]["1"] == sequence);
    assert!(logged(first) && logged(second), "{text}");
    let shown = lines.iter().find(|line| line["to"] == 12.0).expect("a frame of the paused show");
    assert_eq!(shown["from"], 12.0);
}

/// The engine path, asked beat by beat.
struct Asked {
    source: EngineSource,
    start: Instant,
    transport: Transport,
}

impl Asked {
    fn new() -> Self {
        let start = Instant::now();
        let handle = OutputHandle::default();
        handle.set_program(program());
        Self { source: EngineSource::new(handle), start, transport: Transport::new(start, 100.0).unwrap() }
    }

    fn at(&self, millis: u64) -> Instant {
        self.start + Duration::from_millis(millis)
    }

    fn window(&mut self, millis: u64) -> (f64, f64) {
        self.source.handle.set_transport(self.transport);
        let at = self.at(millis);
        let window = self.source.frame(at, &mut DmxFrame::default()).unwrap();
        let round = |secs: f64| (secs * 1000.0).round() / 1000.0;
        (round(window.from), round(window.to))
    }
}

#[test]
fn windows_follow_the_transport_and_collapse_after_seek_start_stop_and_loop() {
    let mut show = Asked::new();
    assert_eq!(show.window(0), (0.0, 0.0));
    show.transport.play(show.at(0));
    assert_eq!(show.window(0), (0.0, 0.0));
    assert_eq!(show.window(20), (0.0, 0.02));
    assert_eq!(show.window(40), (0.02, 0.04));
    show.transport.seek(show.at(50), 30.0).unwrap();
    assert_eq!(show.window(60), (30.01, 30.01));
    show.transport.set_rate(show.at(60), 2.0).unwrap();
    assert_eq!(show.window(80), (30.01, 30.05));
    show.transport.set_loop(show.at(80), Some(LoopRegion::new(30.0, 30.08).unwrap())).unwrap();
    assert_eq!(show.window(90), (30.05, 30.07));
    assert_eq!(show.window(100), (30.01, 30.01), "a round of the loop");
    show.transport.pause(show.at(110));
    assert_eq!(show.window(120), (30.03, 30.03));
    assert_eq!(show.window(140), (30.03, 30.03));
    show.source.handle.set_offset(LightOffset::new(0.04).unwrap());
    assert_eq!(show.window(160), (30.07, 30.07));
}

#[test]
fn another_rig_starts_from_clean_universes() {
    let mut show = Asked::new();
    show.source.handle.set_transport(show.transport);
    let left_over = || DmxFrame { numbers: vec![9], bytes: vec![[1; 512]] };
    let mut dmx = DmxFrame::default();
    for _ in 0..2 {
        show.source.handle.set_program(program());
        dmx.clone_from(&left_over());
        show.source.frame(show.start, &mut dmx);
        assert_eq!(dmx.universe(9), None);
    }
}

/// Time that jumps to every deadline, and ends the run after some.
struct Rushing {
    now: Instant,
    beats_left: u32,
    stop: Arc<AtomicBool>,
}

impl Timer for Rushing {
    fn now(&self) -> Instant {
        self.now
    }

    fn sleep_until(&mut self, deadline: Instant) {
        self.now = self.now.max(deadline);
        self.beats_left = self.beats_left.saturating_sub(1);
        self.stop.store(self.beats_left == 0, Ordering::Release);
    }
}

#[test]
fn a_warm_output_allocates_nothing() {
    let node = Node::listen();
    let source = {
        let mut show = Asked::new();
        show.transport.play(show.start);
        show.source.handle.set_transport(show.transport);
        show.source.handle.set_live(Live::default());
        show.source
    };
    let stop = Arc::new(AtomicBool::new(false));
    let timer = Rushing { now: Instant::now(), beats_left: 100, stop: stop.clone() };
    let outlet = UdpOutlet::bind(Ipv4Addr::LOCALHOST).unwrap();
    let counters = Arc::new(Counters::default());
    let to = To::Node(Ipv4Addr::LOCALHOST, Some(node.0.local_addr().unwrap().port()));
    let late = Route { number: Some(9), delay_ms: 50, ..Route::artnet(to) };
    let mut routes = Routes::of(vec![Route::artnet(to), Route::sacn(to)]);
    routes.universes.insert(2, vec![late, Route::sacn(to)]);
    (routes.art_sync, routes.sacn_sync) = (true, Some(100));
    let directions = Arc::new(Directions::of(routes.clone()));
    let wires = Wires::new(Source::default(), &[1, 2]);
    let plugs = Arc::new(Plugs::of(LossRules { exit: Rule::new(Act::Hold, 0, 0), ..LossRules::default() }));
    let mut heart = Heart::new((source, outlet, timer), wires, (directions.clone(), plugs.clone()), counters.clone(), None);
    heart.run(&stop);
    heart.timer.beats_left = 1000;
    stop.store(false, Ordering::Release);
    let allocated = allocation_counter::measure(|| heart.run(&stop));
    assert_eq!(allocated.count_total, 0, "{allocated:?}");
    // Three last frames, and three that end the sACN streams.
    assert_eq!(counters.read().ticks, 1100 + 2 * 6);
    // New routes are the one thing that takes memory, on the beat that takes them.
    routes.universes.insert(1, vec![Route::artnet(to)]);
    let rerouted = Arc::new(routes);
    directions.routes.set(Some(rerouted));
    stop.store(false, Ordering::Release);
    heart.timer.beats_left = 20;
    heart.run(&stop);
    stop.store(false, Ordering::Release);
    heart.timer.beats_left = 500;
    let allocated = allocation_counter::measure(|| heart.run(&stop));
    assert_eq!(allocated.count_total, 0, "after new routes: {allocated:?}");
}

#[test]
fn stopping_does_not_wait_for_a_dropped_handle() {
    let node = Node::listen();
    let output = Output::start(OutputConfig { routes: node.routes(), ..OutputConfig::default() }).unwrap();
    let handle = output.handle();
    drop(output);
    handle.set_live(Live::default());
}
