//! What an sACN receiver hears, as seen by a receiver, and by a network analyser that we did not write.
//!
//! The decoder is written from the tables of E1.31 and shares nothing with Luma's.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod harness;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::process::ChildStdout;
use std::time::{Duration, Instant};

use harness::analyser::Running;
use harness::{ArtNetNode, analyser};
use luma::output::input::{InputKey, InputUniverse};
use luma::output::loss::{Act, LossRules, Rule};
use luma::output::pattern::{Pattern, level};
use luma::output::routes::{Protocol, Route, Routes, To};
use luma::output::sacn::Source;
use luma::output::worker::receive::{ReceiveConfig, Receiver as Hearing};
use luma::output::worker::{Output, OutputConfig};
use uuid::Uuid;

const CID: u128 = 0x1234_5678_9abc_4def_8123_4567_89ab_cdef;

struct Heard {
    universe: u16,
    sequence: u8,
    options: u8,
    priority: u8,
    slots: Vec<u8>,
}

struct Receiver(UdpSocket);

impl Receiver {
    fn listen() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self(socket)
    }

    fn to(&self) -> To {
        To::Node(Ipv4Addr::LOCALHOST, Some(self.0.local_addr().unwrap().port()))
    }

    fn next(&self) -> Heard {
        let mut bytes = [0; 1500];
        let length = self.0.recv(&mut bytes).expect("a packet");
        assert_eq!(length, 638);
        let two = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        assert_eq!(&bytes[..16], b"\x00\x10\x00\x00ASC-E1.17\x00\x00\x00");
        assert_eq!((two(16), two(38), two(115)), (0x7000 | 622, 0x7000 | 600, 0x7000 | 523));
        assert_eq!((two(18), two(20), two(40), two(42), bytes[117]), (0, 4, 0, 2, 2));
        assert_eq!(bytes[22..38], *Uuid::from_u128(CID).as_bytes());
        assert!(bytes[44..].starts_with(b"Stage\0"));
        assert_eq!((bytes[118], two(119), two(121), two(123), bytes[125]), (0xa1, 0, 1, 513, 0));
        Heard { universe: two(113), sequence: bytes[111], options: bytes[112], priority: bytes[108], slots: bytes[126..638].to_vec() }
    }
}

fn start(routes: Routes, universes: &[u16]) -> Output {
    let source = Source { cid: Uuid::from_u128(CID), name: "Stage".to_owned() };
    let config = OutputConfig { routes, source, universes_when_empty: universes.to_vec(), ..OutputConfig::default() };
    let pattern = Pattern::new(universes.to_vec(), true);
    Output::start_with(config, |_| pattern).unwrap()
}

#[test]
fn every_universe_counts_for_itself_and_ends_with_darkness_and_three_terminations() {
    let receiver = Receiver::listen();
    let mut routes = Routes::of(vec![Route { priority: 120, ..Route::sacn(receiver.to()) }]);
    routes.universes.insert(2, vec![Route { number: Some(63_999), ..Route::sacn(receiver.to()) }]);
    let output = start(routes, &[1, 2]);
    let mut heard: BTreeMap<u16, Vec<Heard>> = BTreeMap::new();
    let mut take = |n: usize| {
        for _ in 0..n {
            let packet = receiver.next();
            heard.entry(packet.universe).or_default().push(packet);
        }
    };
    take(40);
    let stats = output.stop().unwrap();
    take(stats.packets as usize - 40);
    assert_eq!(heard.keys().collect::<Vec<_>>(), [&1, &63_999]);
    for (universe, packets) in heard {
        assert!(packets.iter().all(|packet| packet.priority == if universe == 1 { 120 } else { 100 }));
        for (nth, packet) in packets.iter().enumerate() {
            assert_eq!(packet.sequence, nth as u8);
        }
        let number = if universe == 1 { 1 } else { 2 };
        for (beat, packet) in packets.iter().take(10).enumerate() {
            assert_eq!(packet.slots, (0..512).map(|slot| level(number, slot, beat as u32)).collect::<Vec<_>>());
        }
        let last: Vec<_> = packets.iter().rev().take(6).rev().map(|packet| (packet.options, packet.slots == [0; 512])).collect();
        assert_eq!(last, [(0, true), (0, true), (0, true), (0x40, true), (0x40, true), (0x40, true)]);
    }
}

#[test]
fn a_universe_is_sent_both_ways_and_elsewhere_while_it_runs() {
    let (receiver, nodes) = (Receiver::listen(), [ArtNetNode::listen(), ArtNetNode::listen()]);
    let node = |nth: usize| To::Node(Ipv4Addr::LOCALHOST, Some(nodes[nth].addr().port()));
    let output = start(Routes::of(vec![Route::artnet(node(0)), Route::sacn(receiver.to())]), &[5]);
    let first = nodes[0].collect(20);
    assert_eq!(first[0].slots, receiver.next().slots);
    output.handle().set_routes(Routes::of(vec![Route { number: Some(0x1234), ..Route::artnet(node(1)) }]));
    let moved = nodes[1].collect(20);
    assert!(moved.iter().all(|packet| packet.universe == 0x1234));
    harness::assert_sequences(&moved);
    let rest = nodes[0].drain();
    let all: Vec<_> = first.into_iter().chain(rest).collect();
    harness::assert_sequences(&all);
    // Held, and three times.
    let last: Vec<_> = all.iter().rev().take(4).map(|packet| &packet.slots).collect();
    assert!(last.iter().all(|slots| *slots == last[0]) && last[0].iter().any(|&slot| slot > 0));
    output.handle().set_routes(Routes::of(vec![Route::artnet(node(0))]));
    let back = nodes[0].collect(3);
    let next = |sequence: u8| if sequence == 255 { 1 } else { sequence + 1 };
    assert_eq!(back[0].sequence, next(all[all.len() - 1].sequence), "it goes on counting");
    output.stop().unwrap();
}

/// What the analyser sees of every sACN packet to a port.
fn tshark(port: u16) -> Option<(Running, BufReader<ChildStdout>)> {
    let dissect = ["--enable-heuristic", "acn", "-o", "acn.dmx_enable:TRUE"];
    let fields =
        ["acn.dmx.universe", "acn.dmx.seq_number", "acn.dmx.priority", "acn.cid", "acn.dmx.source_name", "_ws.malformed", "udp.payload"];
    analyser::capture(port, &dissect, &fields)
}

#[test]
fn a_network_analyser_reads_the_same() {
    let receiver = Receiver::listen();
    let Some((capture, mut lines)) = tshark(receiver.0.local_addr().unwrap().port()) else {
        println!("skipped: tshark is missing or may not capture on the loopback (scripts/test installs it; run as root)");
        return;
    };
    let output = start(Routes::of(vec![Route { priority: 77, ..Route::sacn(receiver.to()) }]), &[258]);
    let deadline = Instant::now() + Duration::from_secs(60);
    // The analyser may begin a packet late.
    let mut first = None;
    let mut seen = 0;
    let mut line = String::new();
    while seen < 30 && Instant::now() < deadline {
        line.clear();
        if lines.read_line(&mut line).unwrap() == 0 {
            break;
        }
        let fields: Vec<&str> = line.trim_end_matches('\n').split('\t').collect();
        let beat = seen + *first.get_or_insert(fields[1].parse::<u32>().unwrap());
        assert_eq!(fields[..3], ["258", beat.to_string().as_str(), "77"], "{line}");
        assert_eq!(fields[3].replace(['-', ':'], "").to_lowercase(), Uuid::from_u128(CID).simple().to_string());
        assert_eq!((fields[4].trim_end_matches('\0'), fields[5]), ("Stage", ""), "{line}");
        let payload: String = fields[6].chars().filter(char::is_ascii_hexdigit).collect();
        let slots: Vec<u8> = (126..638).map(|at| u8::from_str_radix(&payload[2 * at..2 * at + 2], 16).unwrap()).collect();
        assert_eq!(slots, (0..512).map(|slot| level(258, slot, beat)).collect::<Vec<_>>());
        seen += 1;
    }
    output.stop().unwrap();
    drop(capture);
    assert_eq!(seen, 30, "packets read by tshark");
}

#[test]
fn a_group_is_joined_and_heard_where_the_loopback_allows_it() {
    // 239.255.x.y of a universe that no desk near a test uses.
    let universe = 60_123_u16;
    let [high, low] = universe.to_be_bytes();
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&SocketAddrV4::new(Ipv4Addr::new(239, 255, high, low), 5568).into()).unwrap();
    if socket.join_multicast_v4(&Ipv4Addr::new(239, 255, high, low), &Ipv4Addr::LOCALHOST).is_err() {
        println!("skipped: the loopback takes no groups here");
        return;
    }
    let receiver = Receiver(socket.into());
    receiver.0.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    let source = Source { cid: Uuid::from_u128(CID), name: "Stage".to_owned() };
    let config = OutputConfig {
        routes: Routes::of(vec![Route::sacn(To::Auto)]),
        source,
        bind: Ipv4Addr::LOCALHOST,
        universes_when_empty: vec![universe],
        ..OutputConfig::default()
    };
    let output = Output::start_with(config, |_| Pattern::new(vec![universe], true)).unwrap();
    let heard: Vec<Heard> = (0..5).map(|_| receiver.next()).collect();
    assert!(heard.iter().enumerate().all(|(nth, packet)| (packet.universe, usize::from(packet.sequence)) == (universe, nth)));
    output.stop().unwrap();
}

#[test]
fn of_two_desks_the_more_important_is_shown_until_it_ends() {
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let receiver = Hearing::start(ReceiveConfig { bind: Ipv4Addr::LOCALHOST, port, ..ReceiveConfig::default() }).unwrap();
    let to = To::Node(Ipv4Addr::LOCALHOST, Some(port));
    let desk = |name: &str, priority, universe| {
        let source = Source { name: name.to_owned(), ..Source::default() };
        let routes = Routes::of(vec![Route { priority, number: Some(7), ..Route::sacn(to) }]);
        let config = OutputConfig {
            routes,
            source,
            universes_when_empty: vec![universe],
            loss: LossRules { exit: Rule::new(Act::Hold, 0, 0), ..LossRules::default() },
            ..OutputConfig::default()
        };
        Output::start_with(config, |_| Pattern::new(vec![universe], false)).unwrap()
    };
    let (first, second) = (desk("first", 50, 1), desk("second", 150, 2));
    let key = InputKey { protocol: Protocol::Sacn, number: 7 };
    let wait = |what: &str, is_so: &dyn Fn(&InputUniverse) -> bool| {
        let deadline = Instant::now() + harness::PATIENCE;
        while !receiver.inputs().universe(key).is_some_and(is_so) {
            assert!(Instant::now() < deadline, "{what}: {:?}", receiver.inputs());
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let shows = |universe: &InputUniverse, desk: u16| universe.slots[3] == level(desk, 3, 0);
    wait("both are there and the second is shown", &|universe| {
        universe.sources.len() == 2
            && !universe.merging
            && shows(universe, 2)
            && universe.sources.iter().all(|source| source.shown == (source.name == "second"))
    });
    let stopped = Instant::now();
    second.stop().unwrap();
    wait("the first", &|universe| universe.sources.len() == 1 && shows(universe, 1));
    // It said that it ends: nobody had to wait for its silence.
    assert!(stopped.elapsed() < Duration::from_secs(2), "{:?}", stopped.elapsed());
    first.stop().unwrap();
    wait("nobody, and the look stays", &|universe| universe.sources.is_empty() && shows(universe, 1));
}
