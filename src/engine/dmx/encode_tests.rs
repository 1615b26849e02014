//! What each drive writes: ranges hit, never a byte outside them.

use std::sync::Arc;

use glam::Vec3;
use uuid::Uuid;

use super::*;
use crate::engine::dmx::chroma;
use crate::engine::rig::curve::{DimmerCurve, Response};
use crate::engine::rig::kind::{Channel, Drive, Emitter, FixtureKind, Function, WheelSlot};
use crate::engine::rig::{AxisOptions, PatchOptions, Pose, RigFixture};
use crate::engine::units::Window;

fn at(coarse: u16) -> Channel {
    Channel { coarse, fine: None }
}

fn fine(coarse: u16) -> Channel {
    Channel { coarse, fine: Some(coarse + 1) }
}

fn rig(n_heads: usize, functions: Vec<(Range<u16>, Drive)>, options: PatchOptions) -> Rig {
    let kind = FixtureKind {
        footprint: 16,
        defaults: vec![7; 16],
        functions: functions.into_iter().map(|(heads, drive)| Function { heads, drive }).collect(),
        head_offsets: vec![Vec3::ZERO; n_heads],
        ..FixtureKind::default()
    };
    let fixture = RigFixture {
        id: Uuid::from_u128(1),
        label: "test".into(),
        kind: Arc::new(kind),
        universe: 3,
        address: 11,
        pose: Pose::default(),
        options,
        first_head: 0,
    };
    Rig::new(vec![fixture], Vec::new())
}

/// The 16 bytes of the fixture for a frame.
fn bytes(rig: &Rig, fill: impl Fn(&mut Frame)) -> Vec<u8> {
    let mut frame = Frame::default();
    frame.reset(rig.heads.len(), Window::default());
    fill(&mut frame);
    let mut dmx = DmxFrame::default();
    encode(rig, &frame, &mut Held::default(), &mut dmx);
    assert_eq!(dmx.numbers, [3]);
    dmx.bytes[0][10..26].to_vec()
}

fn lit(dimmer: f32, color: [f32; 3]) -> impl Fn(&mut Frame) {
    move |frame| {
        for head in 0..frame.n_heads() {
            frame.dimmer[head] = dimmer;
            frame.set[head] |= has::COLOR;
            (0..3).for_each(|channel| frame.color[channel][head] = color[channel]);
        }
    }
}

#[test]
fn a_dimmer_of_two_bytes_is_one_number_and_a_part_range_stays_inside() {
    let wide = rig(1, vec![(0..1, Drive::Dimmer { channel: fine(0), off: 0, range: (0, 255) })], PatchOptions::default());
    for (dimmer, want) in [(0.0, [0, 0]), (0.5, [128, 0]), (1.0, [255, 255])] {
        assert_eq!(bytes(&wide, |frame| frame.dimmer[0] = dimmer)[..2], want, "{dimmer}");
    }
    let part = rig(1, vec![(0..1, Drive::Dimmer { channel: at(0), off: 0, range: (8, 134) })], PatchOptions::default());
    for (dimmer, want) in [(0.0, 0), (0.001, 8), (0.5, 71), (1.0, 134)] {
        assert_eq!(bytes(&part, |frame| frame.dimmer[0] = dimmer)[0], want, "{dimmer}");
    }
}

#[test]
fn colour_carries_the_dimmer_only_where_no_dimmer_does() {
    let emitters = || vec![(Emitter::Red, at(1)), (Emitter::Green, at(2)), (Emitter::Blue, at(3))];
    let virtual_dimmer = rig(1, vec![(0..1, Drive::Color { emitters: emitters(), scaled: true })], PatchOptions::default());
    assert_eq!(bytes(&virtual_dimmer, lit(0.5, [1.0, 0.5, 0.0]))[..4], [7, 128, 64, 0]);
    let with_master = rig(
        1,
        vec![
            (0..1, Drive::Dimmer { channel: at(0), off: 0, range: (0, 255) }),
            (0..1, Drive::Color { emitters: emitters(), scaled: false }),
        ],
        PatchOptions::default(),
    );
    assert_eq!(bytes(&with_master, lit(0.5, [1.0, 0.5, 0.0]))[..4], [128, 255, 128, 0]);
    assert_eq!(bytes(&with_master, |frame| frame.dimmer[0] = 1.0)[..4], [255, 255, 255, 255], "no colour is white");
}

#[test]
fn under_one_master_dimmer_pixels_keep_their_own_levels() {
    let color = |offset| Drive::Color {
        emitters: vec![(Emitter::Red, at(offset)), (Emitter::Green, at(offset + 1)), (Emitter::Blue, at(offset + 2))],
        scaled: false,
    };
    let rig = rig(
        2,
        vec![(0..2, Drive::Dimmer { channel: at(0), off: 0, range: (0, 255) }), (0..1, color(1)), (1..2, color(4))],
        PatchOptions::default(),
    );
    let out = bytes(&rig, |frame| {
        lit(0.0, [1.0, 0.0, 0.0])(frame);
        (frame.dimmer[0], frame.dimmer[1]) = (0.4, 0.8);
    });
    assert_eq!(out[..7], [204, 128, 0, 0, 255, 0, 0]);
}

#[test]
fn pan_and_tilt_are_centred_clamped_inverted_and_swapped() {
    let axes = || {
        vec![
            (0..1, Drive::Pan { channel: fine(0), range_deg: (-270.0, 270.0) }),
            (0..1, Drive::Tilt { channel: at(2), range_deg: (-135.0, 135.0) }),
        ]
    };
    let aimed = |pan: f32, tilt: f32| {
        move |frame: &mut Frame| {
            (frame.pan[0], frame.tilt[0]) = (pan, tilt);
            frame.set[0] |= has::PAN | has::TILT;
        }
    };
    let plain = rig(1, axes(), PatchOptions::default());
    assert_eq!(bytes(&plain, |_| {})[..3], [128, 0, 128], "unset is home");
    assert_eq!(bytes(&plain, aimed(270.0, -135.0))[..3], [255, 255, 0]);
    assert_eq!(bytes(&plain, aimed(9999.0, f32::NAN))[..3], [255, 255, 0], "never outside, never NaN");
    let inverted = rig(1, axes(), PatchOptions { invert_pan: true, ..PatchOptions::default() });
    assert_eq!(bytes(&inverted, aimed(270.0, 135.0))[..3], [0, 0, 255]);
    let swapped = rig(1, axes(), PatchOptions { swap_pan_tilt: true, ..PatchOptions::default() });
    assert_eq!(bytes(&swapped, aimed(0.0, 270.0))[..3], [255, 255, 128]);
}

#[test]
fn an_axis_is_moved_home_and_kept_within_its_limits_before_it_is_inverted() {
    let axes = || {
        vec![
            (0..1, Drive::Pan { channel: at(0), range_deg: (-100.0, 100.0) }),
            (0..1, Drive::Tilt { channel: at(1), range_deg: (-100.0, 100.0) }),
        ]
    };
    let aimed = |pan: f32, tilt: f32| {
        move |frame: &mut Frame| {
            (frame.pan[0], frame.tilt[0]) = (pan, tilt);
            frame.set[0] |= has::PAN | has::TILT;
        }
    };
    let pan = AxisOptions { offset_deg: 20.0, limits_deg: Some((-40.0, 60.0)) };
    for (invert_pan, wanted, byte) in [(false, 0.0, 153), (false, 90.0, 204), (false, -90.0, 77), (true, 0.0, 102), (true, 90.0, 51)] {
        let rig = rig(1, axes(), PatchOptions { invert_pan, pan, ..PatchOptions::default() });
        assert_eq!(bytes(&rig, aimed(wanted, 0.0))[..2], [byte, 128], "{wanted} {invert_pan}");
    }
    let swapped = rig(1, axes(), PatchOptions { swap_pan_tilt: true, pan, ..PatchOptions::default() });
    assert_eq!(bytes(&swapped, aimed(50.0, 0.0))[..2], [153, 191], "the limits are the device's own");
}

#[test]
fn curve_and_ceiling_shape_the_level_wherever_it_is_carried() {
    let response = Response { curve: DimmerCurve::Square, max: 0.5 };
    let options = PatchOptions { response, ..PatchOptions::default() };
    let color = |offset, scaled| Drive::Color {
        emitters: vec![(Emitter::Red, at(offset)), (Emitter::Green, at(offset + 1)), (Emitter::Blue, at(offset + 2))],
        scaled,
    };
    let dimmer = || Drive::Dimmer { channel: at(0), off: 0, range: (0, 255) };
    let with_dimmer = rig(1, vec![(0..1, dimmer()), (0..1, color(1, false))], options);
    assert_eq!(bytes(&with_dimmer, lit(0.5, [1.0, 0.5, 0.0]))[..4], [32, 255, 128, 0], "255 * 0.25 * 0.5; colours as asked");
    let without = rig(1, vec![(0..1, color(1, true))], options);
    assert_eq!(bytes(&without, lit(1.0, [1.0, 0.5, 0.0]))[1..4], [128, 64, 0]);
    let shared = rig(2, vec![(0..2, dimmer()), (0..1, color(1, true)), (1..2, color(4, true))], options);
    let out = bytes(&shared, |frame| {
        lit(0.0, [1.0, 0.0, 0.0])(frame);
        (frame.dimmer[0], frame.dimmer[1]) = (0.5, 1.0);
    });
    assert_eq!((out[0], out[1], out[4]), (128, 64, 255), "the ceiling counts once, the curve for each head's share");
}

#[test]
fn shutter_speed_prism_and_gobo_stay_in_their_ranges() {
    let slots = vec![10u8, 20, 30].into_iter().map(|byte| WheelSlot { byte, color: Rgb::WHITE, name: String::new() }).collect();
    let rig = rig(
        1,
        vec![
            (0..1, Drive::Shutter { channel: at(0), open: 250, closed: Some(0), strobe: Some((64, 95)), hz: None }),
            (0..1, Drive::Speed { channel: at(1), fast: 0, slow: 255 }),
            (0..1, Drive::Prism { channel: at(2), off: 3, on: 200 }),
            (0..1, Drive::Gobo { channel: at(3), slots }),
            (0..1, Drive::Zoom { channel: at(4), range: (255, 0) }),
        ],
        PatchOptions::default(),
    );
    assert_eq!(bytes(&rig, |_| {})[..6], [0, 0, 3, 7, 7, 7], "closed in the dark, fast, no prism; the rest at default");
    let busy = bytes(&rig, |frame| {
        frame.strobe[0] = 1.0;
        frame.dimmer[0] = 1.0;
        frame.set[0] |= has::FROZEN | has::PRISM | has::GOBO | has::ZOOM;
        frame.beam[BeamValue::Prism as usize][0] = 1.0;
        frame.beam[BeamValue::Gobo as usize][0] = 2.0;
        frame.beam[BeamValue::Zoom as usize][0] = 1.0;
    });
    assert_eq!(busy[..5], [95, 255, 200, 30, 0]);
}

#[test]
fn a_shutter_darkens_a_lamp_that_nothing_else_can() {
    let shutter = Drive::Shutter { channel: at(0), open: 250, closed: Some(4), strobe: Some((64, 95)), hz: None };
    let alone = rig(1, vec![(0..1, shutter.clone())], PatchOptions::default());
    assert_eq!(bytes(&alone, |_| {})[0], 4);
    assert_eq!(bytes(&alone, |frame| frame.dimmer[0] = 0.2)[0], 250);
    let dimmed = rig(1, vec![(0..1, shutter), (0..1, Drive::Dimmer { channel: at(1), off: 0, range: (0, 255) })], PatchOptions::default());
    assert_eq!(bytes(&dimmed, |_| {})[..2], [250, 0]);
}

#[test]
fn a_wheel_takes_the_nearest_slot_and_rests_in_the_dark() {
    let slot = |byte, color| WheelSlot { byte, color: Rgb(color), name: String::new() };
    let slots = vec![slot(0, [1.0; 3]), slot(40, [1.0, 0.0, 0.0]), slot(80, [0.0, 0.0, 1.0])];
    let rig = rig(1, vec![(0..1, Drive::ColorWheel { channel: at(0), slots })], PatchOptions::default());
    assert_eq!(bytes(&rig, lit(1.0, [1.0, 0.1, 0.0]))[0], 40);
    assert_eq!(bytes(&rig, |frame| frame.dimmer[0] = 1.0)[0], 0, "no colour is open");
    let resting = bytes(&rig, |frame| {
        frame.set[0] |= has::REST_COLOR;
        frame.rest_color[2][0] = 1.0;
    });
    assert_eq!(resting[0], 80);
}

#[test]
fn what_runs_past_channel_512_is_left_out() {
    let mut overrun = rig(
        1,
        vec![(0..1, Drive::Color { emitters: vec![(Emitter::Red, at(0)), (Emitter::Green, at(15))], scaled: true })],
        PatchOptions::default(),
    );
    overrun.fixtures[0].address = 505;
    let rig = Rig::new(overrun.fixtures, Vec::new());
    let mut frame = Frame::default();
    frame.reset(1, Window::default());
    lit(1.0, [1.0; 3])(&mut frame);
    let mut dmx = DmxFrame::default();
    encode(&rig, &frame, &mut Held::default(), &mut dmx);
    assert_eq!(dmx.bytes[0][504], 255);
}

#[test]
fn a_wheel_that_is_turned_by_hand_does_not_flap_and_one_of_a_score_has_no_memory() {
    let slot = |byte, color| WheelSlot { byte, color: Rgb(color), name: String::new() };
    let slots = vec![slot(40, [1.0, 0.0, 0.0]), slot(80, [1.0, 0.5, 0.0])];
    let rig = rig(1, vec![(0..1, Drive::ColorWheel { channel: at(0), slots })], PatchOptions::default());
    let mut held = Held::default();
    let mut turn = |green: f32, from: u8| {
        let mut frame = Frame::default();
        frame.reset(1, Window::default());
        lit(1.0, [1.0, green, 0.0])(&mut frame);
        frame.origin[0] = from;
        let mut dmx = DmxFrame::default();
        encode(&rig, &frame, &mut held, &mut dmx);
        dmx.bytes[0][10]
    };
    let live = crate::engine::frame::origin::LIVE | crate::engine::frame::origin::LIVE_COLOR;
    // Where the two are about as near: each way has an edge of its own.
    let edge = |turn: &mut dyn FnMut(f32, u8) -> u8, from: u8, mut steps: Box<dyn Iterator<Item = usize>>| {
        let before = turn(steps.next().unwrap() as f32 / 200.0, from);
        steps.find(|step| turn(*step as f32 / 200.0, from) != before).unwrap()
    };
    let (up, down) = (edge(&mut turn, live, Box::new(0..=100)), edge(&mut turn, live, Box::new((0..=100).rev())));
    assert!(up > down + 4, "live it changes at {up} on the way up and at {down} on the way down");
    turn(0.0, 0);
    let (up, down) = (edge(&mut turn, 0, Box::new(0..=100)), edge(&mut turn, 0, Box::new((0..=100).rev())));
    assert!(up.abs_diff(down) <= 1, "in a score it changes at {up} and at {down}");
}

#[test]
fn a_colour_temperature_follows_whites_and_rests_for_colours() {
    let cto = Drive::Temperature { channel: at(0), range: (10, 210), kelvin: (6500.0, 2500.0) };
    let rig = rig(1, vec![(0..1, cto), (0..1, Drive::Dimmer { channel: at(1), off: 0, range: (0, 255) })], PatchOptions::default());
    let byte = |color: Rgb| bytes(&rig, lit(1.0, color.0))[0];
    assert_eq!(byte(Rgb::WHITE), 10);
    assert_eq!(bytes(&rig, |frame| frame.dimmer[0] = 1.0)[0], 10, "no colour is white");
    for (kelvin, wanted) in [(5500.0, 60.0), (4500.0, 110.0), (3500.0, 160.0), (2500.0, 210.0)] {
        let byte = byte(chroma::of_kelvin(kelvin));
        assert!((f32::from(byte) - wanted).abs() < 8.0, "{kelvin} K gives {byte}");
    }
    assert_eq!(byte(Rgb([0.0, 1.0, 0.0])), 10, "green is no temperature");
    assert_eq!(byte(chroma::of_kelvin(12_000.0)), 10, "colder than it can");
    // From warm white to red in small steps: no jump.
    let mut last = byte(Rgb([1.0, 0.6, 0.3]));
    for step in 1..=200 {
        let share = 1.0 - step as f32 / 200.0;
        let next = byte(Rgb([1.0, 0.6 * share, 0.3 * share]));
        assert!(next.abs_diff(last) <= 16, "{last} then {next} at {step}");
        last = next;
    }
}
