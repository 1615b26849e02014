//! Universes that come and go, and routes that change under them.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Instant;

use super::super::pacing;
use super::super::routes::{Route, Routes, To};
use super::super::stream::Sending;
use super::*;

fn frame(universes: &[(u16, u8)]) -> DmxFrame {
    DmxFrame {
        numbers: universes.iter().map(|&(number, _)| number).collect(),
        bytes: universes.iter().map(|&(_, level)| [level; 512]).collect(),
    }
}

fn node(last: u8) -> To {
    To::Node(Ipv4Addr::new(10, 0, 0, last), None)
}

fn wires(universes: &[u16], routes: Routes) -> (Wires, Directions) {
    let directions = Directions::of(routes);
    let mut wires = Wires::new(Source::default(), universes);
    wires.follow(&directions);
    (wires, directions)
}

fn load(wires: &mut Wires, universes: &[(u16, u8)]) {
    wires.load(&frame(universes));
    wires.advance(false);
}

fn levels(wires: &Wires) -> Vec<(u16, u8)> {
    wires.streams.iter().map(|stream| (stream.universe, stream.slots()[511])).collect()
}

/// Sends one packet of every stream and tells their numbers.
fn send(wires: &mut Wires, now: Instant) -> Vec<(SocketAddrV4, u8)> {
    let sent = |stream: &mut Stream| {
        stream.bytes(Sending::Due);
        stream.sent(now);
        (stream.lane().target, stream.sequence())
    };
    wires.streams.iter_mut().map(sent).collect()
}

#[test]
fn universes_that_a_new_rig_lacks_go_dark_and_stay() {
    let (mut wires, _) = wires(&[4, 2, 4], Routes::default());
    assert_eq!(levels(&wires), [(2, 0), (4, 0)]);
    load(&mut wires, &[(1, 10), (2, 20)]);
    assert_eq!(levels(&wires), [(1, 10), (2, 20), (4, 0)]);
    load(&mut wires, &[(3, 30)]);
    assert_eq!(levels(&wires), [(1, 0), (2, 0), (3, 30), (4, 0)]);
}

#[test]
fn a_universe_without_an_art_net_name_is_left_out() {
    let (mut wires, _) = wires(&[], Routes::default());
    load(&mut wires, &[(1, 10), (40_000, 20)]);
    assert_eq!(levels(&wires), [(1, 10)]);
}

#[test]
fn a_change_stays_due_until_it_was_sent() {
    let now = Instant::now();
    let (mut wires, _) = wires(&[1], Routes::default());
    send(&mut wires, now);
    load(&mut wires, &[(1, 10)]);
    load(&mut wires, &[(1, 10)]);
    assert!(wires.streams[0].is_due(Sending::Due, now));
    send(&mut wires, now);
    assert!(!wires.streams[0].is_due(Sending::Due, now));
}

#[test]
fn a_lane_that_goes_on_keeps_its_numbers_and_its_beat_when_routes_change() {
    let now = Instant::now();
    let (mut wires, directions) = wires(&[1, 2], Routes::of(vec![Route::artnet(node(1))]));
    for _ in 0..7 {
        send(&mut wires, now);
    }
    directions.routes.set(Some(Arc::new(Routes::of(vec![Route::artnet(node(1)), Route::artnet(node(2))]))));
    wires.follow(&directions);
    assert!(wires.leaving.is_empty());
    let due: Vec<bool> = wires.streams.iter().map(|stream| stream.is_due(Sending::Due, now)).collect();
    assert_eq!(due, [false, true, false, true], "what was just sent is not sent again");
    let numbers: Vec<u8> = send(&mut wires, now).into_iter().map(|(_, number)| number).collect();
    assert_eq!(numbers, [8, 1, 8, 1]);
}

#[test]
fn a_lane_that_ends_holds_its_last_frame_three_times_and_goes_on_counting_when_it_is_back() {
    let now = Instant::now();
    let both = Routes::of(vec![Route::artnet(node(1)), Route::artnet(node(2))]);
    let (mut wires, directions) = wires(&[1], both.clone());
    load(&mut wires, &[(1, 77)]);
    for _ in 0..5 {
        send(&mut wires, now);
    }
    directions.routes.set(Some(Arc::new(Routes::of(vec![Route::artnet(node(1))]))));
    wires.follow(&directions);
    assert_eq!((wires.streams.len(), wires.leaving.len()), (1, 1));
    let leaving = &wires.leaving[0];
    assert_eq!((leaving.left, leaving.stream.slots()[0], leaving.stream.sequence()), (3, 77, 5));
    // As the heart does: three packets, then gone.
    wires.leaving.clear();
    directions.routes.set(Some(Arc::new(both)));
    wires.follow(&directions);
    assert_eq!(send(&mut wires, now)[1].1, 9);
}

#[test]
fn a_lane_that_is_back_before_it_has_left_never_left() {
    let now = Instant::now();
    let only = |last| Arc::new(Routes::of(vec![Route::artnet(node(last))]));
    let (mut wires, directions) = wires(&[1], Routes::of(vec![Route::artnet(node(1))]));
    send(&mut wires, now);
    for last in [2, 1] {
        directions.routes.set(Some(only(last)));
        wires.follow(&directions);
    }
    assert!(wires.leaving.is_empty(), "node 2 was never sent to, node 1 is back");
    assert_eq!(send(&mut wires, now)[0].1, 2);
}

#[test]
fn a_node_that_asks_is_sent_to_and_one_that_is_gone_is_not() {
    let (mut wires, directions) = wires(&[1, 2], Routes::of(vec![Route::artnet(To::Auto)]));
    assert!(wires.streams.is_empty());
    let target: SocketAddrV4 = "10.0.0.7:6454".parse().unwrap();
    directions.subscribers.set(Some(Arc::new(super::super::routes::Subscribers(BTreeMap::from([(2, vec![target])])))));
    wires.follow(&directions);
    assert_eq!(send(&mut wires, Instant::now()), [(target, 1)]);
    directions.subscribers.set(None);
    wires.follow(&directions);
    assert_eq!((wires.streams.len(), wires.leaving.len()), (0, 1));
}

#[test]
fn another_priority_is_sent_at_once_and_the_numbers_go_on() {
    let now = Instant::now();
    let with = |priority| Routes::of(vec![Route { priority, ..Route::sacn(node(1)) }]);
    let (mut wires, directions) = wires(&[1], with(100));
    (0..10).for_each(|_| drop(send(&mut wires, now)));
    assert!(!wires.streams[0].is_due(Sending::Due, now));
    directions.routes.set(Some(Arc::new(with(50))));
    wires.follow(&directions);
    assert!(wires.streams[0].is_due(Sending::Due, now));
    let bytes = wires.streams[0].bytes(Sending::Due);
    assert_eq!((bytes[108], bytes[111]), (50, 10));
}

#[test]
fn who_is_synchronised() {
    let mut routes = Routes::of(vec![Route::artnet(node(1)), Route::sacn(To::Multicast), Route::sacn(node(2))]);
    let (mut wires, directions) = wires(&[1, 2], routes.clone());
    assert!(wires.syncs.is_empty());
    assert_eq!(wires.groups, [1, 2]);
    routes.art_sync = true;
    routes.sacn_sync = Some(9);
    directions.routes.set(Some(Arc::new(routes)));
    wires.follow(&directions);
    let told: Vec<String> = wires.syncs.iter().map(|point| point.target.to_string()).collect();
    assert_eq!(told, ["10.0.0.1:6454", "239.255.0.9:5568", "10.0.0.2:5568"]);
    assert_eq!(wires.streams[1].bytes(Sending::Due)[109..111], [0, 9]);
    assert!(wires.streams[0].is_due(Sending::Due, Instant::now() + pacing::KEEP_ALIVE));
}

#[test]
fn another_desk_lies_below_what_we_do_or_above_it_and_leaves_when_it_is_silent() {
    use super::super::artnet::poll::Dmx;
    use super::super::input::Inputs;
    use super::super::loss::Act;
    use super::super::merge::{Merging, Side};
    use super::super::routes::Protocol;
    let now = Instant::now();
    let mut routes = Routes::of(vec![Route::artnet(node(1))]);
    routes.merges = BTreeMap::from([(1, Merging::default()), (2, Merging { side: Side::Above, ..Merging::default() })]);
    let (mut wires, directions) = wires(&[1, 2, 3], routes);
    let mut inputs = Inputs::default();
    for address in 1..=3 {
        inputs.artnet(&Dmx { sequence: 1, physical: 0, address, slots: &[200; 512] }, Ipv4Addr::LOCALHOST, now);
    }
    directions.inputs(Protocol::ArtNet).set(Some(Arc::new(inputs.snapshot())));
    let mut beat = |mix, after_ms: u64, dark| {
        let now = now + std::time::Duration::from_millis(after_ms);
        wires.load(&frame(&[(1, 50), (2, 50), (3, 50)]));
        wires.merge(Side::Below, &directions, now, dark);
        wires.mix(mix, &Looks::default());
        wires.merge(Side::Above, &directions, now, false);
        wires.advance(false);
        levels(&wires).into_iter().map(|(_, level)| level).collect::<Vec<_>>()
    };
    assert_eq!(beat(Mix::Show, 0, false), [200, 200, 50], "only what was asked for is mixed");
    assert_eq!(beat(Mix::Show, 20, true), [50, 200, 50], "a blackout takes what lies below");
    assert_eq!(beat(Mix::Away(Act::Black, 1.0), 40, false), [0, 200, 0], "and so do the loss rules");
    assert_eq!(beat(Mix::Show, 2499, false), [200, 200, 50]);
    assert_eq!(beat(Mix::Show, 2500, false), [50, 50, 50]);
}

#[test]
fn slots_that_nobody_patched_are_left_to_others_and_told_about_once_a_second() {
    use super::super::directions::Patched;
    use super::super::sacn::read::{Packet, read};
    let now = Instant::now();
    let mut routes = Routes::of(vec![Route { priority: 120, ..Route::sacn(node(1)) }]);
    routes.per_address = [1].into();
    let (mut wires, directions) = wires(&[1, 2], routes);
    directions.patched.set(Some(Arc::new(Patched(BTreeMap::from([(1, std::array::from_fn(|slot| slot < 10))])))));
    wires.follow(&directions);
    assert!(wires.streams[0].owes_priorities(now) && !wires.streams[1].owes_priorities(now));
    send(&mut wires, now);
    let Ok(Packet::Data(data)) = read(wires.streams[0].priorities()) else { panic!("not a packet of sACN") };
    assert_eq!((data.start_code, data.sequence, data.universe), (0xdd, 1, 1), "it counts with the levels");
    assert_eq!(data.slots[8..12], [120, 120, 0, 0]);
    wires.streams[0].priorities_sent(now);
    let later = |millis| now + std::time::Duration::from_millis(millis);
    assert!(!wires.streams[0].owes_priorities(later(800)) && wires.streams[0].owes_priorities(later(900)));
    assert_eq!(send(&mut wires, now)[0].1, 2);
}
