//! What other desks' bytes are read as.  That our own come back is in `tests/decoding.rs`, over every definition of ours.

use std::sync::Arc;

use glam::Vec3;
use uuid::Uuid;

use super::*;
use crate::engine::rig::curve::{DimmerCurve, Response};
use crate::engine::rig::kind::{Channel, Drive, Emitter, FixtureKind, Function, WheelSlot};
use crate::engine::rig::{AxisOptions, PatchOptions, Pose, RigFixture};

fn at(coarse: u16) -> Channel {
    Channel { coarse, fine: None }
}

fn rig(n_heads: usize, functions: Vec<(Range<u16>, Drive)>, options: PatchOptions) -> Rig {
    let kind = FixtureKind {
        footprint: 16,
        defaults: vec![0; 16],
        functions: functions.into_iter().map(|(heads, drive)| Function { heads, drive }).collect(),
        head_offsets: vec![Vec3::ZERO; n_heads],
        ..FixtureKind::default()
    };
    let fixture = |universe: u16| RigFixture {
        id: Uuid::from_u128(universe.into()),
        label: "test".into(),
        kind: Arc::new(kind.clone()),
        universe,
        address: 11,
        pose: Pose::default(),
        options,
        first_head: 0,
    };
    Rig::new(vec![fixture(3), fixture(4)], Vec::new())
}

/// The frame of these bytes from the fixture's first channel on, in universe 3 alone.
fn read(rig: &Rig, bytes: &[u8]) -> Frame {
    let mut frame = Frame::default();
    frame.reset(rig.heads.len(), crate::engine::Window::default());
    let mut universe = [0; N_CHANNELS];
    universe[10..10 + bytes.len()].copy_from_slice(bytes);
    decode(rig, &DmxFrame { numbers: vec![3], bytes: vec![universe] }, &mut frame);
    frame
}

fn mix(emitters: &[Emitter], first: u16, scaled: bool) -> Drive {
    Drive::Color { emitters: emitters.iter().zip(first..).map(|(&emitter, offset)| (emitter, at(offset))).collect(), scaled }
}

const RGB: [Emitter; 3] = [Emitter::Red, Emitter::Green, Emitter::Blue];

#[test]
fn only_lamps_of_the_universes_that_are_told_change() {
    let rig = rig(1, vec![(0..1, Drive::Dimmer { channel: at(0), off: 0, range: (0, 255) })], PatchOptions::default());
    let frame = read(&rig, &[51]);
    assert_eq!(frame.dimmer, [0.2, 0.0]);
    let mut kept = Frame::default();
    kept.reset(2, crate::engine::Window::default());
    kept.dimmer = vec![0.7, 0.9];
    decode(&rig, &DmxFrame { numbers: vec![4, 9], bytes: vec![[0; N_CHANNELS]; 2] }, &mut kept);
    assert_eq!(kept.dimmer, [0.7, 0.0]);
}

#[test]
fn dimmers_multiply_and_curves_are_undone() {
    let options = PatchOptions { response: Response { curve: DimmerCurve::Square, max: 0.5 }, ..PatchOptions::default() };
    let dimmer = |channel, range| Drive::Dimmer { channel: at(channel), off: 0, range };
    let one = rig(1, vec![(0..1, dimmer(0, (0, 255)))], options);
    assert!((read(&one, &[32]).dimmer[0] - 0.5).abs() < 0.01, "a quarter of half");
    let bar = rig(2, vec![(0..2, dimmer(0, (8, 199))), (0..1, mix(&RGB, 1, true)), (1..2, mix(&RGB, 4, true))], PatchOptions::default());
    let seen = |master: u8| read(&bar, &[master, 255, 51, 0, 0, 0, 102]);
    assert_eq!((seen(199).dimmer[0], seen(255).dimmer[0], seen(4).dimmer[0], seen(0).dimmer[0]), (1.0, 1.0, 0.0, 0.0));
    assert_eq!(seen(199).head(0).color, Some(Rgb([1.0, 0.2, 0.0])));
    assert_eq!((seen(199).dimmer[1], seen(199).head(1).color), (0.4, Some(Rgb([0.0, 0.0, 1.0]))));
}

#[test]
fn what_other_desks_mix_is_a_colour_too() {
    use Emitter::{Amber, Blue, Cyan, Green, Magenta, Red, Uv, White, Yellow};
    let color = |emitters: &[Emitter], bytes: &[u8]| {
        let frame = read(&rig(1, vec![(0..1, mix(emitters, 0, true))], PatchOptions::default()), bytes);
        (frame.dimmer[0], frame.head(0).color.map(|color| color.0.map(|level| (level * 20.0).round() / 20.0)))
    };
    let rgbw = [Red, Green, Blue, White];
    assert_eq!(color(&rgbw, &[0, 0, 0, 255]), (1.0, Some([1.0, 1.0, 1.0])), "white alone");
    assert_eq!(color(&rgbw, &[255, 0, 0, 255]).1, Some([1.0, 0.5, 0.5]), "red in white");
    assert_eq!(color(&rgbw, &[0; 4]), (0.0, None));
    let (level, amber) = color(&[Red, Green, Blue, Amber], &[0, 0, 0, 128]);
    assert!((level - 0.5).abs() < 0.01 && amber.is_some_and(|[r, g, b]| r == 1.0 && (0.1..0.7).contains(&g) && b < 0.1), "{amber:?}");
    let (_, violet) = color(&[Red, Green, Blue, Uv], &[0, 0, 0, 255]);
    assert!(violet.is_some_and(|[r, _, b]| b == 1.0 && r < 0.7), "ultraviolet alone is seen: {violet:?}");
    assert_eq!(color(&[Cyan, Magenta, Yellow], &[0, 255, 255]), (1.0, Some([1.0, 0.0, 0.0])));
}

#[test]
fn shutters_wheels_and_beams_take_the_nearest_that_there_is() {
    let slot = |byte, color| WheelSlot { byte, color: Rgb(color), name: String::new() };
    let wheel = vec![slot(0, [1.0; 3]), slot(20, [1.0, 0.0, 0.0]), slot(40, [0.0, 0.0, 1.0])];
    let spot = vec![
        (0..1, Drive::Dimmer { channel: at(0), off: 0, range: (0, 255) }),
        (0..1, Drive::Shutter { channel: at(1), open: 255, closed: Some(0), strobe: Some((64, 95)), hz: None }),
        (0..1, Drive::ColorWheel { channel: at(2), slots: wheel.clone() }),
        (0..1, Drive::Gobo { channel: at(3), slots: wheel }),
        (0..1, Drive::GoboRotation { channel: at(4), still: 0, range: (128, 255) }),
        (0..1, Drive::Prism { channel: at(5), off: 0, on: 128 }),
        (0..1, Drive::Zoom { channel: at(6), range: (255, 0) }),
    ];
    let rig = rig(1, spot, PatchOptions::default());
    let seen = |shutter: u8| read(&rig, &[255, shutter, 27, 33, 100, 130, 0]);
    assert_eq!((seen(0).dimmer[0], seen(30).dimmer[0], seen(200).dimmer[0]), (0.0, 0.0, 1.0), "closed, about closed, about open");
    assert_eq!((seen(64).strobe[0], seen(95).strobe[0], seen(255).strobe[0]), (SLOWEST, 1.0, 0.0));
    let head = seen(255).head(0);
    assert_eq!(head.color, Some(Rgb([1.0, 0.0, 0.0])));
    let beam = [BeamValue::Gobo, BeamValue::GoboRotation, BeamValue::Prism, BeamValue::Zoom].map(|value| head.beam(value));
    assert_eq!(beam, [Some(2.0), None, Some(1.0), Some(1.0)], "the gobo is turned to a place and does not go round");
}

#[test]
fn heads_look_where_the_device_looks_however_it_hangs() {
    let range_deg = (-270.0, 270.0);
    let pan = (0..1, Drive::Pan { channel: Channel { coarse: 0, fine: Some(1) }, range_deg });
    let options = PatchOptions { invert_pan: true, pan: AxisOptions { offset_deg: 10.0, limits_deg: None }, ..PatchOptions::default() };
    let frame = read(&rig(1, vec![pan], options), &[0, 0]);
    assert_eq!(frame.head(0).pan_deg, Some(260.0));
    assert_eq!(frame.dimmer[0], 1.0, "nothing closes it");
}
