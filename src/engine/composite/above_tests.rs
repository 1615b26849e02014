//! Masters, limits, freeze and blackout by the sentence.

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::Vec3;
use uuid::Uuid;

use super::{Program, program::compile, render};
use crate::engine::frame::Frame;
use crate::engine::live::{Live, Manual};
use crate::engine::rig::kind::{Channel, Drive, Emitter, FixtureKind, Function};
use crate::engine::rig::{GroupSpec, Member, PatchOptions, Pose, RigFixture};
use crate::engine::{Annotation, BeatGrid, DmxFrame, Held, PatternGraph, Rgb, Rig, Show, TrackAnalysis, Window, encode};

const RISE: &str = r##"{"nodes":[{"id":"clock","typeId":"beat_clock"},{"id":"a","typeId":"scalar","params":{"value":0}},{"id":"b","typeId":"scalar"},
    {"id":"rise","typeId":"ramp_between"},{"id":"degrees","typeId":"remap","params":{"in_min":0,"in_max":1,"out_min":0,"out_max":100}},
    {"id":"fast","typeId":"scalar","params":{"value":1}},
    {"id":"all","typeId":"select"},{"id":"dim","typeId":"apply_dimmer"},{"id":"move","typeId":"apply_position"},{"id":"strobe","typeId":"apply_strobe"}],
  "edges":[{"id":"1","fromNode":"clock","fromPort":"grid_out","toNode":"rise","toPort":"grid"},
    {"id":"2","fromNode":"a","fromPort":"out","toNode":"rise","toPort":"start"},{"id":"3","fromNode":"b","fromPort":"out","toNode":"rise","toPort":"end"},
    {"id":"4","fromNode":"rise","fromPort":"out","toNode":"dim","toPort":"signal"},{"id":"5","fromNode":"all","fromPort":"out","toNode":"dim","toPort":"selection"},
    {"id":"6","fromNode":"rise","fromPort":"out","toNode":"degrees","toPort":"in"},{"id":"7","fromNode":"degrees","fromPort":"out","toNode":"move","toPort":"pan"},
    {"id":"8","fromNode":"all","fromPort":"out","toNode":"move","toPort":"selection"},{"id":"9","fromNode":"fast","fromPort":"out","toNode":"strobe","toPort":"signal"},
    {"id":"10","fromNode":"all","fromPort":"out","toNode":"strobe","toPort":"selection"}]}"##;

/// Two movers, the first in group 0; both rise from 0 to 1 and turn from 0° to 100° over ten seconds, strobing.
fn program() -> Program {
    let at = |coarse| Channel { coarse, fine: None };
    let drives = vec![
        Drive::Dimmer { channel: at(0), off: 0, range: (0, 255) },
        Drive::Pan { channel: at(1), range_deg: (-100.0, 100.0) },
        Drive::Shutter { channel: at(2), open: 255, closed: None, strobe: Some((10, 110)), hz: Some((1.0, 11.0)) },
        Drive::Color { emitters: vec![(Emitter::Red, at(3)), (Emitter::Green, at(4)), (Emitter::Blue, at(5))], scaled: false },
    ];
    let kind = Arc::new(FixtureKind {
        footprint: 6,
        defaults: vec![0; 6],
        functions: drives.into_iter().map(|drive| Function { heads: 0..1, drive }).collect(),
        head_offsets: vec![Vec3::ZERO],
        ..FixtureKind::default()
    });
    let fixture = |number: u128| RigFixture {
        id: Uuid::from_u128(number),
        label: String::new(),
        kind: kind.clone(),
        universe: 1,
        address: number as u16 * 10,
        pose: Pose::default(),
        options: PatchOptions::default(),
        first_head: 0,
    };
    let group =
        GroupSpec { name: "first".into(), members: vec![Member { fixture: Uuid::from_u128(1), head: None }], ..GroupSpec::default() };
    let id = Uuid::from_u128(7);
    let graph = PatternGraph { name: "rise".into(), graph: Arc::new(serde_json::from_str(RISE).unwrap()) };
    let show = Show {
        rig: Arc::new(Rig::new(vec![fixture(1), fixture(2)], vec![group])),
        annotations: Arc::new(vec![Annotation {
            id,
            pattern: id,
            start: 0.0,
            end: 10.0,
            z: 0,
            blend: Default::default(),
            args: Default::default(),
        }]),
        patterns: Arc::new(BTreeMap::from([(id, graph)])),
        track: Arc::new(TrackAnalysis::of_grid(BeatGrid::steady(120.0, 4, 0.0, 100), 10.0)),
        ..Show::default()
    };
    let (program, problems) = compile(&show);
    assert!(problems.is_empty(), "{problems:?}");
    program
}

fn at(live: &Live, secs: f64) -> Frame {
    let mut frame = Frame::default();
    render(&program(), Window::instant(secs), live, &mut frame);
    frame
}

#[test]
fn masters_scale_and_the_highest_dimmer_limits() {
    let live = Live { group_masters: vec![(0, 0.5), (99, 0.0)], grand_master: 0.8, ..Live::default() };
    let frame = at(&live, 5.0);
    assert!((frame.dimmer[0] - 0.2).abs() < 1e-4 && (frame.dimmer[1] - 0.4).abs() < 1e-4, "{:?}", frame.dimmer);
    assert!(at(&Live { max_dimmer: 0.3, ..Live::default() }, 5.0).dimmer.iter().all(|&dimmer| dimmer == 0.3));
}

#[test]
fn blackout_takes_the_light_and_nothing_else() {
    let (lit, dark) = (at(&Live::default(), 5.0), at(&Live { blackout: true, ..Live::default() }, 5.0));
    assert_eq!(dark.dimmer, [0.0, 0.0]);
    assert_eq!((dark.pan, dark.strobe, dark.set), (lit.pan, lit.strobe, lit.set));
}

#[test]
fn blackout_works_with_no_show_at_all() {
    let (program, _) = compile(&Show::default());
    let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
    render(&program, Window::instant(5.0), &Live { blackout: true, ..Live::default() }, &mut frame);
    encode(&program.rig, &frame, &mut Held::default(), &mut dmx);
    assert!(dmx.bytes.iter().flatten().all(|&byte| byte == 0));
}

#[test]
fn a_frozen_look_stays_while_the_music_plays_on_and_blackout_still_wins() {
    let frozen = Live { grand_master: 0.5, ..Live::default() }.frozen_at(Window::instant(4.0));
    let later = Live { grand_master: 1.0, ..frozen.clone() };
    let frame = at(&later, 9.0);
    assert!((frame.dimmer[1] - 0.2).abs() < 1e-4 && (frame.pan[1] - 40.0).abs() < 1e-3, "{:?} {:?}", frame.dimmer, frame.pan);
    assert_eq!(frame.window, Window::instant(9.0));
    assert_eq!(at(&Live { blackout: true, ..later }, 9.0).dimmer, [0.0, 0.0]);
}

#[test]
fn strobes_are_killed_or_held_below_a_rate() {
    assert_eq!(at(&Live::default(), 5.0).strobe, [1.0, 1.0]);
    assert_eq!(at(&Live { strobe_kill: true, ..Live::default() }, 5.0).strobe, [0.0, 0.0]);
    // From 1 Hz at level 0 to 11 Hz at level 1, so 4 Hz lies at 0.3.
    assert!((at(&Live { strobe_cap_hz: Some(4.0), ..Live::default() }, 5.0).strobe[0] - 0.3).abs() < 1e-5);
    assert_eq!(at(&Live { strobe_cap_hz: Some(0.5), ..Live::default() }, 5.0).strobe, [0.0, 0.0], "even the slowest is too fast");
}

#[test]
fn the_programmer_lies_above_the_score_and_below_the_masters() {
    let manual = Manual {
        dimmer: Some(1.0),
        color: Some(Rgb([0.0, 1.0, 0.0])),
        pan_deg: Some(-50.0),
        tilt_deg: Some(f32::NAN),
        ..Manual::default()
    };
    let live = Live { programmer: vec![(1, manual), (77, manual)], grand_master: 0.5, ..Live::default() };
    let frame = at(&live, 5.0);
    assert_eq!((frame.dimmer[0], frame.dimmer[1], frame.pan[1]), (0.25, 0.5, -50.0));
    assert_eq!(frame.head(1).color, Some(Rgb([0.0, 1.0, 0.0])));
}
