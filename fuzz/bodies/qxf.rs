//! Any bytes as a fixture definition: read or refused, every mode lowered and driven with all sorts of light.
//!
//! Nothing may panic, no byte may leave the footprint, and no byte may enter a range that resets or switches the lamp while
//! its channel has another.

use std::sync::Arc;

use luma::engine::frame::has;
use luma::engine::nodes::random::draw;
use luma::engine::rig::kind::FixtureKind;
use luma::engine::rig::{PatchOptions, Pose, Rig, RigFixture};
use luma::engine::{DmxFrame, Frame, Held, encode};
use luma::venue::draft;
use luma::venue::formats::definition::{Definition, Effect, Mode};
use luma::venue::formats::qxf;
use luma::venue::lower::kind::kind;
use uuid::Uuid;

/// Modes and frames of each that are looked at.
const MODES: usize = 8;
const FRAMES: u64 = 6;

pub(crate) fn run(data: &[u8]) {
    let definition = match qxf::read_bytes(data) {
        Ok(definition) => definition,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    written(&definition);
    drive(&definition);
}

pub(crate) fn drive(definition: &Definition) {
    for mode in definition.modes.iter().take(MODES) {
        let (kind, _) = kind(definition, mode);
        assert_eq!((kind.defaults.len(), kind.footprint as usize), (mode.slots.len(), mode.slots.len()));
        assert!(!kind.head_offsets.is_empty() && kind.head_offsets.iter().all(|offset| offset.is_finite()));
        let n_heads = kind.head_offsets.len() as u16;
        assert!(kind.functions.iter().all(|function| function.heads.start < function.heads.end && function.heads.end <= n_heads));
        let kind = Arc::new(kind);
        // At its place, and partly past the end of the universe.
        for address in [1, 513 - mode.slots.len().div_ceil(2) as u16] {
            let rig = rig(&kind, address);
            for round in 0..FRAMES {
                let bytes = bytes(&rig, &frame(kind.head_offsets.len(), round));
                let first = usize::from(address) - 1;
                let used = first..(first + mode.slots.len()).min(512);
                assert!(bytes.iter().enumerate().all(|(at, byte)| used.contains(&at) || *byte == 0), "a byte outside of the footprint");
                harmless(definition, mode, &bytes[used]);
            }
        }
    }
}

/// What was read is written as itself, or refused for a sign that XML has no place for; its faults are found without panic.
fn written(definition: &Definition) {
    assert!(draft::faults(definition).iter().all(|fault| !fault.text.is_empty()));
    match qxf::write::write(definition) {
        // `write` has read it back and compared.
        Ok(bytes) => assert!(!bytes.is_empty()),
        Err(qxf::write::WriteError::Sign { .. }) => {}
        // A mode may name a channel that another of its name hides, or hold white space that attributes lose.
        Err(error) => assert!(is_twisted(definition), "{error}"),
    }
}

fn is_twisted(definition: &Definition) -> bool {
    let names: Vec<&str> = definition.channels.iter().map(|channel| channel.name.as_str()).collect();
    (1..names.len()).any(|at| names[..at].contains(&names[at]))
}

pub(crate) fn rig(kind: &Arc<FixtureKind>, address: u16) -> Rig {
    let options = PatchOptions { invert_pan: address > 1, swap_pan_tilt: address > 1, ..PatchOptions::default() };
    let fixture = RigFixture {
        id: Uuid::nil(),
        label: String::new(),
        kind: kind.clone(),
        universe: 1,
        address,
        pose: Pose::default(),
        options,
        first_head: 0,
    };
    Rig::new(vec![fixture], Vec::new())
}

/// Everything set to something; round 0 is dark and unset, round 1 full.
pub(crate) fn frame(n_heads: usize, round: u64) -> Frame {
    let mut frame = Frame::default();
    let mut column = 0;
    let mut levels = |scale: f32| -> Vec<f32> {
        column += 1;
        let level = |head: usize| match round {
            0 => 0.0,
            1 => 1.0,
            _ => draw(round, column, head as u64),
        };
        (0..n_heads).map(|head| level(head) * scale).collect()
    };
    frame.dimmer = levels(1.0);
    frame.strobe = levels(1.0);
    frame.color = [(); 3].map(|()| levels(1.0));
    frame.rest_color = [(); 3].map(|()| levels(1.0));
    frame.pan = levels(700.0);
    frame.tilt = levels(-700.0);
    frame.beam = [(); 7].map(|()| levels(1.0));
    frame.beam[4] = levels(40.0);
    frame.set = (0..n_heads).map(|head| if round == 0 { 0 } else { (draw(round, 99, head as u64) * 8192.0) as u16 }).collect();
    if round == 1 {
        frame.set.fill(!has::FROZEN);
    }
    frame
}

pub(crate) fn bytes(rig: &Rig, frame: &Frame) -> [u8; 512] {
    let mut dmx = DmxFrame::default();
    encode(rig, frame, &mut Held::default(), &mut dmx);
    dmx.bytes[0]
}

/// No byte in a formal reset or lamp range, where the channel has any other.
fn harmless(definition: &Definition, mode: &Mode, bytes: &[u8]) {
    let dangerous = |effect: Effect| matches!(effect, Effect::Reset | Effect::LampOn | Effect::LampOff);
    for (slot, byte) in mode.slots.iter().zip(bytes) {
        let channel = definition.channel(*slot).expect("a slot has its channel");
        // A low byte is half of a number.
        if channel.fine || channel.ranges.iter().all(|range| dangerous(range.effect)) {
            continue;
        }
        let inside = channel.ranges.iter().find(|range| range.contains(*byte));
        assert!(!inside.is_some_and(|range| dangerous(range.effect)), "{byte} on \"{}\" of \"{}\"", channel.name, mode.name);
    }
}
