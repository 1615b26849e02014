//! Play, pause, seek, loop, rate and the sound-to-light offset, read from the bytes on the wire.
//!
//! The show is one 16-bit dimmer that rises with the track, so that every frame tells where the light is.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod harness;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use harness::{ArtNetNode, Received};
use luma::engine::rig::kind::{Channel, Drive, FixtureKind, Function};
use luma::engine::rig::{PatchOptions, Pose, RigFixture};
use luma::engine::{Annotation, BeatGrid, PatternGraph, Program, Rig, Show, TrackAnalysis, compile};
use luma::output::routes::{Broadcast, Routes};
use luma::output::worker::{Output, OutputConfig};
use luma::playback::clock::SilentClock;
use luma::playback::player::Player;
use luma::playback::transport::{LightOffset, LoopRegion, Transport};
use uuid::Uuid;

const TRACK_SECS: f64 = 100.0;

/// A dimmer of two bytes whose level is the share of the track that has passed.
fn rising() -> Arc<Program> {
    let kind = FixtureKind {
        footprint: 2,
        defaults: vec![0; 2],
        functions: vec![Function {
            heads: 0..1,
            drive: Drive::Dimmer { channel: Channel { coarse: 0, fine: Some(1) }, off: 0, range: (0, 255) },
        }],
        head_offsets: vec![glam::Vec3::ZERO],
        ..FixtureKind::default()
    };
    let dimmer = RigFixture {
        id: Uuid::from_u128(1),
        label: "dimmer".into(),
        kind: Arc::new(kind),
        universe: 1,
        address: 1,
        pose: Pose::default(),
        options: PatchOptions::default(),
        first_head: 0,
    };
    let graph = serde_json::json!({"nodes": [
        {"id": "beats", "typeId": "beat_clock"}, {"id": "zero", "typeId": "scalar", "params": {"value": 0}}, {"id": "one", "typeId": "scalar"},
        {"id": "rise", "typeId": "ramp_between"}, {"id": "all", "typeId": "select"}, {"id": "out", "typeId": "apply_dimmer"}],
        "edges": [
        {"id": "1", "fromNode": "beats", "fromPort": "grid_out", "toNode": "rise", "toPort": "grid"},
        {"id": "2", "fromNode": "zero", "fromPort": "out", "toNode": "rise", "toPort": "start"},
        {"id": "3", "fromNode": "one", "fromPort": "out", "toNode": "rise", "toPort": "end"},
        {"id": "4", "fromNode": "all", "fromPort": "out", "toNode": "out", "toPort": "selection"},
        {"id": "5", "fromNode": "rise", "fromPort": "out", "toNode": "out", "toPort": "signal"}]});
    let id = Uuid::from_u128(2);
    let graph = PatternGraph { name: "rise".into(), graph: Arc::new(serde_json::from_value(graph).unwrap()) };
    let annotation = Annotation { id, pattern: id, start: 0.0, end: TRACK_SECS, z: 0, blend: Default::default(), args: Default::default() };
    let show = Show {
        rig: Arc::new(Rig::new(vec![dimmer], Vec::new())),
        annotations: Arc::new(vec![annotation]),
        patterns: Arc::new(BTreeMap::from([(id, graph)])),
        track: Arc::new(TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 200), TRACK_SECS)),
        ..Show::default()
    };
    let (program, problems) = compile(&show);
    assert!(problems.is_empty(), "{problems:?}");
    Arc::new(program)
}

fn place(received: &Received) -> f64 {
    f64::from(u16::from_be_bytes([received.slots[0], received.slots[1]])) / 65535.0 * TRACK_SECS
}

struct Desk {
    node: ArtNetNode,
    output: Output,
    player: Player,
}

impl Desk {
    fn open() -> Self {
        let node = ArtNetNode::listen();
        let target = node.addr().to_string();
        let routes = Routes::parse([target.as_str()], Broadcast::Refuse).unwrap();
        let output = Output::start(OutputConfig { routes, ..OutputConfig::default() }).unwrap();
        output.handle().set_program(rising());
        let player = Player::new(Transport::new(Instant::now(), TRACK_SECS).unwrap(), Box::new(SilentClock::default()));
        Self { node, output, player }
    }

    fn hand_over(&mut self) {
        let transport = self.player.tick(Instant::now());
        self.output.handle().set_transport(transport);
    }

    /// Waits for a frame whose place `wanted` accepts.
    fn wait(&self, what: &str, wanted: impl Fn(f64) -> bool) -> Received {
        self.node.collect_until(what, |all| all.last().is_some_and(|last| wanted(place(last)))).pop().unwrap()
    }

    /// Seconds of the track per second of the day, over some frames.
    fn pace(&self) -> f64 {
        let all = self.node.collect(30);
        let (first, last) = (&all[5], &all[29]);
        (place(last) - place(first)) / (last.at - first.at).as_secs_f64()
    }
}

#[test]
fn what_is_done_to_the_transport_is_seen_in_the_bytes() {
    let mut desk = Desk::open();
    desk.player.seek(Instant::now(), 20.0).unwrap();
    desk.hand_over();
    let still = desk.wait("the place that was sought", |place| (place - 20.0).abs() < 0.01);
    let again = desk.wait("its repetition while stopped", |place| (place - 20.0).abs() < 0.01);
    assert_eq!(still.slots, again.slots);

    desk.player.play(Instant::now());
    desk.hand_over();
    desk.wait("the light that moves on", |place| place > 20.2);
    // Wide bounds: they tell running from standing and double from single, on a machine of any load.
    let single = desk.pace();
    assert!((0.5..1.6).contains(&single), "{single}");

    desk.player.set_rate(Instant::now(), 4.0).unwrap();
    desk.hand_over();
    desk.node.drain();
    let fast = desk.pace();
    assert!(fast > 2.4, "{fast}");

    desk.player.set_rate(Instant::now(), 1.0).unwrap();
    desk.player.set_loop(Instant::now(), Some(LoopRegion::new(50.0, 50.5).unwrap())).unwrap();
    desk.player.seek(Instant::now(), 50.2).unwrap();
    desk.hand_over();
    desk.wait("the loop", |place| (50.0..50.5).contains(&place));
    let looped = desk.node.collect(60);
    assert!(looped.iter().all(|frame| (49.99..50.51).contains(&place(frame))), "the light stays in the loop");
    assert!(looped.windows(2).any(|pair| place(&pair[1]) < place(&pair[0])), "and comes round");

    desk.player.set_loop(Instant::now(), None).unwrap();
    desk.player.pause(Instant::now());
    desk.player.seek(Instant::now(), 70.0).unwrap();
    desk.hand_over();
    desk.wait("the pause", |place| (place - 70.0).abs() < 0.01);
    desk.output.handle().set_offset(LightOffset::new(0.25).unwrap());
    desk.hand_over();
    let shifted = place(&desk.wait("the light's offset", |place| (place - 70.0).abs() > 0.1));
    assert!((shifted - 70.25).abs() < 0.01, "{shifted}");
}
