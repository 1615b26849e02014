//! Bytes to frames and back: whatever Luma writes, it reads as what it meant, on every definition of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod harness;

use std::collections::BTreeSet;
use std::sync::Arc;

use luma::engine::frame::{BeamValue, HeadState, has};
use luma::engine::rig::kind::{Channel, Drive, FixtureKind};
use luma::engine::rig::{PatchOptions, Pose, Rig, RigFixture};
use luma::engine::{DmxFrame, Frame, Held, Live, Window, decode, encode, render};
use luma::venue::library::Library;
use proptest::prelude::*;
use uuid::Uuid;

fn rig(kind: &Arc<FixtureKind>) -> Rig {
    let fixture = RigFixture {
        id: Uuid::nil(),
        label: "one".into(),
        kind: kind.clone(),
        universe: 1,
        address: 1,
        pose: Pose::default(),
        options: PatchOptions::default(),
        first_head: 0,
    };
    Rig::new(vec![fixture], Vec::new())
}

fn kinds() -> Vec<Arc<FixtureKind>> {
    let library = Library::builtin();
    let modes = Library::builtin_paths().flat_map(|path| {
        let definition = library.definition(path).unwrap();
        definition.modes.iter().map(|mode| (path, mode.name.clone())).collect::<Vec<_>>()
    });
    modes.map(|(path, mode)| library.kind(path, &mode).unwrap()).collect()
}

/// A place of two bytes, by the offset of the fine one.
fn fine_of(kind: &FixtureKind) -> BTreeSet<usize> {
    let mut fine = BTreeSet::new();
    let mut add = |channel: &Channel| fine.extend(channel.fine.map(usize::from));
    for function in &kind.functions {
        match &function.drive {
            Drive::Color { emitters, .. } => emitters.iter().for_each(|(_, channel)| add(channel)),
            Drive::Dimmer { channel, .. }
            | Drive::ColorWheel { channel, .. }
            | Drive::Temperature { channel, .. }
            | Drive::Pan { channel, .. }
            | Drive::Tilt { channel, .. }
            | Drive::Shutter { channel, .. }
            | Drive::Strobe { channel, .. }
            | Drive::Zoom { channel, .. }
            | Drive::Focus { channel, .. }
            | Drive::Iris { channel, .. }
            | Drive::Frost { channel, .. }
            | Drive::Gobo { channel, .. }
            | Drive::GoboRotation { channel, .. }
            | Drive::Prism { channel, .. }
            | Drive::Speed { channel, .. } => add(channel),
        }
    }
    fine
}

/// What a head does, drawn by chance: every value that a frame has.
#[derive(Clone, Debug)]
struct Row {
    dimmer: f32,
    color: Option<[f32; 3]>,
    strobe: f32,
    axes: [Option<f32>; 2],
    beam: [Option<f32>; 7],
}

fn row() -> impl Strategy<Value = Row> {
    let level = || prop_oneof![2 => 0.02f32..=1.0, 1 => Just(1.0f32)];
    let color = prop::array::uniform3(prop_oneof![2 => 0.0f32..=1.0, 1 => Just(0.0f32), 1 => Just(1.0f32)])
        .prop_filter("a colour", |color| color.iter().copied().fold(0.0, f32::max) > 0.2);
    // Colours of a frame are as bright as they can be: the dimmer has the level.
    let color = color.prop_map(|color| color.map(|level| level / color.iter().copied().fold(0.0, f32::max)));
    let beam = [prop::option::of(level()), prop::option::of(level()), prop::option::of(level()), prop::option::of(level())];
    let rest = (
        prop::option::of((0..6u8).prop_map(f32::from)),
        prop::option::of(level()),
        prop::option::of(prop_oneof![Just(0.0f32), Just(1.0f32)]),
    );
    let axis = || prop::option::of(-60.0f32..60.0);
    let strobe = prop_oneof![3 => Just(0.0f32), 1 => level()];
    (level(), prop::option::of(color), strobe, [axis(), axis()], beam, rest).prop_map(
        |(dimmer, color, strobe, axes, [zoom, focus, iris, frost], (gobo, turn, prism))| Row {
            dimmer,
            color,
            strobe,
            axes,
            beam: [zoom, focus, iris, frost, gobo, turn, prism],
        },
    )
}

fn frame(n_heads: usize, rows: &[Row]) -> Frame {
    let mut frame = Frame::default();
    frame.reset(n_heads, Window::default());
    for head in 0..n_heads {
        let row = &rows[head % rows.len()];
        frame.dimmer[head] = row.dimmer;
        frame.strobe[head] = row.strobe;
        if let Some(color) = row.color {
            frame.set[head] |= has::COLOR;
            (0..3).for_each(|channel| frame.color[channel][head] = color[channel]);
        }
        for (bit, column, value) in [(has::PAN, &mut frame.pan, row.axes[0]), (has::TILT, &mut frame.tilt, row.axes[1])] {
            if let Some(value) = value {
                frame.set[head] |= bit;
                column[head] = value;
            }
        }
        for (value, level) in BeamValue::ALL.into_iter().zip(row.beam) {
            if let Some(level) = level {
                frame.set[head] |= value.bit();
                frame.beam[value as usize][head] = level;
            }
        }
    }
    frame
}

fn bytes(rig: &Rig, frame: &Frame) -> DmxFrame {
    let mut dmx = DmxFrame::default();
    encode(rig, frame, &mut Held::default(), &mut dmx);
    dmx
}

fn read(rig: &Rig, dmx: &DmxFrame) -> Frame {
    let mut frame = Frame::default();
    decode(rig, dmx, &mut frame);
    frame
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Read and written again, bytes are what they were: a step of eight bits, where several emitters make one colour two.
    #[test]
    fn every_byte_that_is_written_is_read_as_what_it_meant(rows in prop::collection::vec(row(), 1..4)) {
        for kind in kinds() {
            let rig = rig(&kind);
            let sent = bytes(&rig, &frame(rig.heads.len(), &rows));
            let again = bytes(&rig, &read(&rig, &sent));
            let fine = fine_of(&kind);
            for at in (0..usize::from(kind.footprint)).filter(|at| !fine.contains(at)) {
                let (was, is) = (sent.bytes[0][at], again.bytes[0][at]);
                prop_assert!(was.abs_diff(is) <= 2, "{} {} channel {}: {was} became {is}", kind.model, kind.mode, at + 1);
            }
        }
    }
}

#[test]
fn the_demo_is_seen_in_its_bytes_as_it_was_rendered() {
    let program = harness::shows::demo_program();
    let rig = &program.rig;
    let mut n_lit = 0;
    for beat in 0..120 {
        let (mut rendered, mut held, mut dmx) = (Frame::default(), Held::default(), DmxFrame::default());
        render(&program, Window::ending(f64::from(beat) * 0.8, 1.0 / 44.0), &Live::default(), &mut rendered);
        held.settle(rig, &mut rendered);
        encode(rig, &rendered, &mut Held::default(), &mut dmx);
        let seen = read(rig, &dmx);
        for head in 0..rig.heads.len() {
            let (was, is) = (rendered.head(head as u32), seen.head(head as u32));
            let label = || format!("{} at beat {beat}", rig.fixtures[rig.heads[head].fixture as usize].label);
            n_lit += usize::from(was.dimmer >= 0.01);
            // A wheel shows its own colours; whatever mixes gives back the light that was meant.
            let wheel = rig.patch.wheels.binary_search(&(head as u32)).is_ok();
            let light = |state: &HeadState| state.dimmer * state.color.filter(|_| !wheel).map_or(1.0, |color| color.value());
            assert!((light(&was) - light(&is)).abs() < 0.02, "{}: {} became {}", label(), light(&was), light(&is));
            for (was, is) in [(was.pan_deg, is.pan_deg), (was.tilt_deg, is.tilt_deg)] {
                if let Some((was, is)) = was.zip(is) {
                    assert!((was - is).abs() < 2.2, "{}: {was} degrees became {is}", label());
                }
            }
            assert!((was.strobe - is.strobe).abs() < 0.02, "{}", label());
        }
    }
    assert!(n_lit > 500, "{n_lit}");
}
