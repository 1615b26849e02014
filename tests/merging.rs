//! Two other desks and Luma on one universe, over real sockets: who is seen, who is mixed, and when one is gone.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod harness;

use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use harness::ArtNetNode;
use luma::engine::{DmxFrame, Window};
use luma::output::heart::FrameSource;
use luma::output::input::{InputKey, InputUniverse, Merge};
use luma::output::loss::Cause;
use luma::output::merge::{Merging, Side};
use luma::output::routes::{Protocol, Route, Routes, To};
use luma::output::sacn::Source;
use luma::output::worker::receive::{ReceiveConfig, Receiver};
use luma::output::worker::{Output, OutputConfig};
use uuid::Uuid;

/// Universe 7 with its first channels at these levels, all others dark.
struct Look([u8; 3]);

impl FrameSource for Look {
    fn frame(&mut self, _: Instant, dmx: &mut DmxFrame) -> Option<Window> {
        let mut slots = [0; 512];
        slots[..3].copy_from_slice(&self.0);
        *dmx = DmxFrame { numbers: vec![7], bytes: vec![slots] };
        Some(Window::instant(0.0))
    }

    fn reset(&mut self) {}
}

fn desk(name: &str, cid: u128, look: [u8; 3], route: Route) -> Output {
    let source = Source { cid: Uuid::from_u128(cid), name: name.to_owned() };
    let config = OutputConfig { routes: Routes::of(vec![route]), source, universes_when_empty: vec![7], ..OutputConfig::default() };
    Output::start_with(config, |_| Look(look)).unwrap()
}

fn free_port() -> u16 {
    UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port()
}

fn to(port: u16, priority: u8) -> Route {
    Route { priority, ..Route::sacn(To::Node(Ipv4Addr::LOCALHOST, Some(port))) }
}

/// Our own output on a node, with what others send mixed into its universe.
struct Ours {
    output: Output,
    node: ArtNetNode,
    receiver: Receiver,
}

impl Ours {
    fn new(look: [u8; 3], port: u16, how: Merging) -> Self {
        let node = ArtNetNode::listen();
        let mut routes = Routes::of(vec![Route::artnet(To::Node(Ipv4Addr::LOCALHOST, Some(node.addr().port())))]);
        routes.merges.insert(7, how);
        let config = OutputConfig { routes, universes_when_empty: vec![7], ..OutputConfig::default() };
        let output = Output::start_with(config, |_| Look(look)).unwrap();
        let listen = ReceiveConfig { bind: Ipv4Addr::LOCALHOST, port, universes: vec![7], merge: Merge::Htp };
        let receiver = Receiver::start_for(listen, Some(output.handle())).unwrap();
        Self { output, node, receiver }
    }

    fn comes(&self) -> InputUniverse {
        let inputs = self.receiver.inputs();
        inputs.universe(InputKey { protocol: Protocol::Sacn, number: 7 }).cloned().expect("it is heard")
    }

    /// How long until the lamps show this.
    fn wait_for(&self, what: &str, levels: [u8; 3]) -> Duration {
        let begun = Instant::now();
        self.node.wait_for(what, 7, |slots| slots[..3] == levels);
        begun.elapsed()
    }
}

fn sacn(rule: Merge, side: Side) -> Merging {
    Merging { protocol: Protocol::Sacn, number: None, rule, side }
}

#[test]
fn the_more_important_desk_is_mixed_with_ours_and_the_other_when_that_is_lost() {
    let port = free_port();
    let ours = Ours::new([10, 200, 30], port, sacn(Merge::Htp, Side::Below));
    ours.wait_for("ours alone", [10, 200, 30]);
    let lesser = desk("Lesser", 1, [90, 90, 90], to(port, 100));
    ours.wait_for("the higher of each", [90, 200, 90]);
    let greater = desk("Greater", 2, [50, 210, 0], to(port, 150));
    ours.wait_for("the more important desk alone beside ours", [50, 210, 30]);
    let shown: Vec<(String, u8, bool)> =
        ours.comes().sources.iter().map(|source| (source.name.clone(), source.priority, source.shown)).collect();
    assert_eq!(shown, [("Lesser".to_owned(), 100, false), ("Greater".to_owned(), 150, true)]);
    // Its cable is pulled: it cannot say that it ends.
    greater.handle().pull(Cause::Network, true);
    let lost = ours.wait_for("the lesser desk again", [90, 200, 90]);
    assert!((2.3..3.2).contains(&lost.as_secs_f64()), "a source is lost after 2.5 s, and it took {lost:?}");
    greater.handle().pull(Cause::Network, false);
    ours.wait_for("the more important desk again", [50, 210, 30]);
    // Who says that it ends is gone at once, its last frame with it.
    greater.stop().unwrap();
    let ended = ours.wait_for("the lesser desk at once", [90, 200, 90]);
    assert!(ended < Duration::from_secs(1), "{ended:?}");
    lesser.handle().pull(Cause::Network, true);
    let alone = ours.wait_for("ours alone at last", [10, 200, 30]);
    assert!((2.0..3.2).contains(&alone.as_secs_f64()), "{alone:?}");
    ours.output.stop().unwrap();
}

#[test]
fn two_desks_of_one_priority_add_up_and_stand_over_ours() {
    let port = free_port();
    let ours = Ours::new([10, 200, 30], port, sacn(Merge::Ltp, Side::Above));
    let one = desk("One", 1, [90, 0, 20], to(port, 100));
    let two = desk("Two", 2, [40, 0, 120], to(port, 100));
    ours.wait_for("the higher of the two over ours, where they are not dark", [90, 200, 120]);
    assert!(ours.comes().merging);
    // Above us: our own darkness does not touch it.
    ours.output.handle().pull(Cause::Engine, true);
    one.stop().unwrap();
    ours.wait_for("the one that is left", [40, 200, 120]);
    two.stop().unwrap();
    ours.output.stop().unwrap();
}
