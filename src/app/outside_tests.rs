//! What comes in by the network, all the way through the studio: triggers fire pads, another desk's light is seen on our
//! lamps; and what was chosen for the wire is undone.

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use bevy::prelude::*;
use uuid::Uuid;

use super::offscreen::Offscreen;
use super::studio_tests::demo;
use crate::document::plugin::{Edit, OnDesk, Saved, Travel};
use crate::output::options::OutputOptions;
use crate::output::plugin::{Network, Outlet, Routing};
use crate::output::routes::{Route, To};
use crate::output::rows as routes;
use crate::output::shown::Shown;
use crate::output::worker::OutputHandle;
use crate::output::worker::listen::ListenConfig;
use crate::perform::model::{Pad, Press};
use crate::perform::rows;
use crate::registry::TableId;
use crate::show::plugin::{CurrentFrame, CurrentLive, Part};

const PATIENCE: Duration = Duration::from_secs(20);

/// The studio, listening where nobody else does, and a desk that sends there.
struct Place {
    studio: Offscreen,
    desk: UdpSocket,
    to: SocketAddrV4,
}

impl Place {
    fn new(options: OutputOptions) -> Self {
        let ip = Ipv4Addr::new(127, 0, 77, 9);
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut studio = Offscreen::new(demo(), OutputHandle::default()).unwrap();
        // What was kept is recalled in the first frame.
        studio.update();
        studio.world().resource_mut::<Network>().listens = ListenConfig { bind: ip, port, ..ListenConfig::default() };
        studio.world().resource_mut::<Routing>().options = options;
        let desk = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut place = Self { studio, desk, to: SocketAddrV4::new(ip, port) };
        place.run(Duration::from_millis(50));
        place
    }

    /// An Art-Net packet, by hand.
    fn send(&self, code: u16, rest: &[u8]) {
        let packet = [b"Art-Net\0".as_slice(), &code.to_le_bytes(), &[0, 14], rest].concat();
        self.desk.send_to(&packet, self.to).unwrap();
    }

    fn run(&mut self, time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time {
            self.studio.update();
            std::thread::sleep(Duration::from_millis(4));
        }
    }

    fn wait(&mut self, what: &str, is_so: impl Fn(&World) -> bool, mut meanwhile: impl FnMut(&Self)) {
        let begun = Instant::now();
        while !is_so(self.studio.world()) {
            assert!(begun.elapsed() < PATIENCE, "{what} never came");
            meanwhile(self);
            self.run(Duration::from_millis(10));
        }
    }
}

#[test]
fn a_trigger_from_another_desk_fires_its_pad_and_only_where_that_is_wanted() {
    let mut place = Place::new(OutputOptions { triggers: true, ..OutputOptions::default() });
    let desk = *place.studio.world().resource::<OnDesk>();
    let before = place.studio.world().resource::<Saved>().ground().n_rows(TableId::Cues);
    let pattern = place.studio.world().resource::<Saved>().ground().rows(TableId::Patterns).next().unwrap().id();
    let pad = Pad { id: Uuid::from_u128(77), name: "Fire".into(), pattern, press: Press::Toggle, ..Pad::default() };
    place.studio.world().write_message(Edit(rows::add(desk.0.venue, &pad, 1000).unwrap()));
    place.run(Duration::from_millis(50));
    let is_on = |world: &World| world.resource::<CurrentLive>().0.cues.iter().any(|fired| fired.cue == Uuid::from_u128(77));
    assert!(!is_on(place.studio.world()));
    // Macro N: the last pad of all.
    let n = (before + 1) as u8;
    let press = |place: &Place| place.send(0x9900, &[0, 0, 0xff, 0xff, 1, n, 0, 0]);
    press(&place);
    place.wait("the cue", is_on, |_| {});
    press(&place);
    place.wait("its end", |world| !is_on(world), |_| {});
    place.studio.world().resource_mut::<Routing>().options.triggers = false;
    place.run(Duration::from_millis(30));
    press(&place);
    place.run(Duration::from_millis(300));
    assert!(!is_on(place.studio.world()), "nobody wants it any more");
}

#[test]
fn a_universe_of_another_desk_is_seen_on_our_lamps_as_long_as_that_is_wanted() {
    let mut place = Place::new(OutputOptions::default());
    let rig = place.studio.world().resource::<Part<crate::engine::Rig>>().get().clone();
    let universe = rig.fixtures[0].universe;
    // The desk opened with a program of nothing.
    place.studio.world().resource_mut::<Part<crate::engine::Rig>>().set_changed();
    place.wait("a program of the rig", |world| world.resource::<CurrentFrame>().0.n_heads() > 0, |_| {});
    let shown = Shown { number: Some(300), ..Shown::default() };
    place.studio.world().resource_mut::<Routing>().options.shows.insert(universe, shown);
    place.run(Duration::from_millis(60));
    let heads: Vec<u32> =
        (0..rig.fixtures.len()).filter(|&at| rig.fixtures[at].universe == universe).flat_map(|at| rig.heads_of(at)).collect();
    let light = move |world: &World| heads.iter().map(|&head| world.resource::<CurrentFrame>().0.dimmer[head as usize]).sum::<f32>();
    assert_eq!(light(place.studio.world()), 0.0, "nothing has come yet");
    let dmx = |level: u8| [[0, 0].as_slice(), &300_u16.to_le_bytes(), &[2, 0], &[level; 512]].concat();
    let lit = light.clone();
    place.wait("the other desk's light", move |world| lit(world) > 0.0, |place| place.send(0x5000, &dmx(255)));
    assert!(place.studio.world().resource::<Network>().heard.seen);
    place.wait("its darkness", move |world| light(world) == 0.0, |place| place.send(0x5000, &dmx(0)));
    place.studio.world().resource_mut::<Routing>().options.shows.clear();
    place.run(Duration::from_millis(200));
    assert!(!place.studio.world().resource::<Network>().heard.seen, "the show is seen again");
}

#[test]
fn a_route_reaches_the_wire_and_is_taken_back_by_the_one_undo() {
    let mut place = Place::new(OutputOptions::default());
    let wire = |place: &mut Place| place.studio.world().resource::<Outlet>().0.routes().routes(1).to_vec();
    let before = wire(&mut place);
    let route = Route { delay_ms: 40, ..Route::artnet(To::Node(Ipv4Addr::new(10, 0, 0, 20), None)) };
    place.studio.world().write_message(Edit(routes::add(1, &route).unwrap()));
    place.run(Duration::from_millis(50));
    assert_eq!(wire(&mut place), std::slice::from_ref(&route));
    for (travel, wanted) in [(Travel::Undo, before), (Travel::Redo, vec![route])] {
        place.studio.world().write_message(travel);
        place.run(Duration::from_millis(50));
        assert_eq!(wire(&mut place), wanted, "{travel:?}");
    }
}
