//! A small rig with one fixture of every sort, and a short track of which everything is known.

use std::sync::Arc;

use glam::Vec3;
use luma::engine::rig::kind::{Body, Channel, Drive, Emitter, FixtureKind, Function, WheelSlot};
use luma::engine::rig::{GroupSpec, Member, Movement, PatchOptions, Pose, Rig, RigFixture};
use luma::engine::track::{Audio, Chord, ChordLogits, Section, SectionLabel};
use luma::engine::{BeatGrid, Rgb, TrackAnalysis};
use uuid::Uuid;

fn at(coarse: u16) -> Channel {
    Channel { coarse, fine: None }
}

fn fine(coarse: u16) -> Channel {
    Channel { coarse, fine: Some(coarse + 1) }
}

fn kind(footprint: u16, heads: Vec<Vec3>, functions: Vec<(std::ops::Range<u16>, Drive)>) -> Arc<FixtureKind> {
    Arc::new(FixtureKind {
        body: Body::Par,
        footprint,
        defaults: vec![0; footprint.into()],
        functions: functions.into_iter().map(|(heads, drive)| Function { heads, drive }).collect(),
        head_offsets: heads,
        ..FixtureKind::default()
    })
}

fn mix(emitters: &[Emitter], first: u16, scaled: bool) -> Drive {
    let emitters = emitters.iter().enumerate().map(|(i, &emitter)| (emitter, at(first + i as u16)));
    Drive::Color { emitters: emitters.collect(), scaled }
}

const RGB: [Emitter; 3] = [Emitter::Red, Emitter::Green, Emitter::Blue];
const RGBWA: [Emitter; 5] = [Emitter::Red, Emitter::Green, Emitter::Blue, Emitter::White, Emitter::Amber];
const CMY: [Emitter; 3] = [Emitter::Cyan, Emitter::Magenta, Emitter::Yellow];

/// Three channels without a dimmer.
pub(crate) fn pixel_par() -> Arc<FixtureKind> {
    kind(3, vec![Vec3::ZERO], vec![(0..1, mix(&RGB, 0, true))])
}

/// A dimmer of 16 bits, five emitters, and a shutter.
fn wide_par() -> Arc<FixtureKind> {
    let shutter = Drive::Shutter { channel: at(7), open: 0, closed: Some(5), strobe: Some((20, 240)), hz: Some((1.0, 25.0)) };
    let dimmer = Drive::Dimmer { channel: fine(0), off: 0, range: (0, 255) };
    kind(8, vec![Vec3::ZERO], vec![(0..1, dimmer), (0..1, mix(&RGBWA, 2, false)), (0..1, shutter)])
}

fn bar(n_heads: u16) -> Arc<FixtureKind> {
    let offsets = (0..n_heads).map(|head| Vec3::new(f32::from(head) / f32::from(n_heads.max(2) - 1) - 0.5, 0.0, 0.0)).collect();
    let mut functions: Vec<_> = (0..n_heads).map(|head| (head..head + 1, mix(&RGB, 1 + head * 3, true))).collect();
    functions.push((0..n_heads, Drive::Dimmer { channel: at(0), off: 0, range: (0, 255) }));
    kind(1 + n_heads * 3, offsets, functions)
}

fn slots(colors: &[(u8, [f32; 3])]) -> Vec<WheelSlot> {
    colors.iter().map(|&(byte, color)| WheelSlot { byte, color: Rgb(color), name: format!("slot {byte}") }).collect()
}

/// Everything that a moving head can have, colour by a wheel.
fn spot() -> Arc<FixtureKind> {
    let wheel = slots(&[(0, [1.0; 3]), (20, [1.0, 0.0, 0.0]), (40, [0.0, 1.0, 0.0]), (60, [0.0, 0.0, 1.0]), (80, [1.0, 0.5, 0.0])]);
    let gobos = slots(&[(0, [1.0; 3]), (30, [1.0; 3]), (60, [1.0; 3])]);
    let drives = vec![
        Drive::Pan { channel: fine(0), range_deg: (-270.0, 270.0) },
        Drive::Tilt { channel: fine(2), range_deg: (-135.0, 135.0) },
        Drive::Dimmer { channel: fine(4), off: 0, range: (0, 255) },
        Drive::Shutter { channel: at(6), open: 255, closed: Some(0), strobe: Some((64, 95)), hz: None },
        Drive::ColorWheel { channel: at(7), slots: wheel },
        Drive::Gobo { channel: at(8), slots: gobos },
        Drive::GoboRotation { channel: at(9), still: 0, range: (128, 255) },
        Drive::Prism { channel: at(10), off: 0, on: 128 },
        Drive::Zoom { channel: at(11), range: (255, 0) },
        Drive::Focus { channel: at(12), range: (0, 255) },
        Drive::Iris { channel: at(13), range: (0, 180) },
        Drive::Frost { channel: at(14), range: (0, 255) },
        Drive::Speed { channel: at(15), fast: 0, slow: 255 },
    ];
    kind(16, vec![Vec3::ZERO], drives.into_iter().map(|drive| (0..1, drive)).collect())
}

/// Two heads on one yoke: pan in common, tilt and subtractive colour of their own.
fn twin() -> Arc<FixtureKind> {
    let mut functions = vec![(0..2, Drive::Pan { channel: at(0), range_deg: (-180.0, 180.0) })];
    for head in 0..2 {
        let first = 1 + head * 5;
        functions.push((head..head + 1, Drive::Tilt { channel: at(first), range_deg: (-90.0, 90.0) }));
        functions.push((head..head + 1, Drive::Dimmer { channel: at(first + 1), off: 0, range: (8, 255) }));
        functions.push((head..head + 1, mix(&CMY, first + 2, false)));
    }
    kind(11, vec![Vec3::new(-0.2, 0.0, 0.0), Vec3::new(0.2, 0.0, 0.0)], functions)
}

/// Six pars in a row, a wide par, two pixel bars, four spots, a twin and eight pars on a tilted ring: 41 heads.
pub(crate) fn every_sort() -> Arc<Rig> {
    let mut fixtures: Vec<RigFixture> = Vec::new();
    let mut address = 1;
    let mut add = |kind: &Arc<FixtureKind>, position: Vec3, rotation_deg: Vec3| {
        let id = Uuid::from_u128(fixtures.len() as u128 + 1);
        let options = PatchOptions {
            invert_pan: fixtures.len() % 5 == 4,
            invert_tilt: false,
            swap_pan_tilt: fixtures.len() % 7 == 6,
            ..PatchOptions::default()
        };
        fixtures.push(RigFixture {
            id,
            label: format!("fixture {}", fixtures.len() + 1),
            kind: kind.clone(),
            universe: 1 + (fixtures.len() / 8) as u16,
            address: 1 + address % 400,
            pose: Pose { position, rotation_deg },
            options,
            first_head: 0,
        });
        address += kind.footprint;
        Member { fixture: id, head: None }
    };
    let (par, spot) = (pixel_par(), spot());
    let front = (0..6).map(|i| add(&par, Vec3::new(i as f32 - 2.5, -2.0, 4.0), Vec3::ZERO)).collect();
    let mut odd = vec![add(&wide_par(), Vec3::new(0.0, 3.0, 1.0), Vec3::ZERO)];
    let bars = vec![
        add(&bar(8), Vec3::new(-2.0, 2.0, 2.0), Vec3::new(0.0, 0.0, 90.0)),
        add(&bar(12), Vec3::new(2.0, 2.0, 2.0), Vec3::new(0.0, 30.0, 90.0)),
    ];
    let spots = (0..4).map(|i| add(&spot, Vec3::new(i as f32 * 2.0 - 3.0, 1.0, 5.0), Vec3::new(if i < 2 { 0.0 } else { 180.0 }, 0.0, 0.0)));
    let spots = spots.collect();
    odd.push(add(&twin(), Vec3::new(0.0, -1.0, 5.0), Vec3::new(0.0, 15.0, 0.0)));
    let ring = (0..8).map(|i| {
        let (sin, cos) = (i as f32 / 8.0 * std::f32::consts::TAU).sin_cos();
        add(&par, Vec3::new(2.0 * cos, 2.0 * sin, 3.0 + sin), Vec3::ZERO)
    });
    let ring = ring.collect();
    let group = |name: &str, members: Vec<Member>| GroupSpec { name: name.into(), members, ..GroupSpec::default() };
    let movement = Movement { base: Vec3::new(0.0, -0.5, -1.0), half_u_deg: 40.0, half_v_deg: 20.0, rotation_deg: 15.0 };
    let groups = vec![
        group("front", front),
        GroupSpec { tags: vec!["floor".into()], ..group("odd", odd) },
        group("bars", bars),
        GroupSpec { movement: Some(movement), tags: vec!["air".into()], ..group("spots", spots) },
        group("ring", ring),
    ];
    Arc::new(Rig::new(fixtures, groups))
}

/// Seconds of [`every_analysis`].
pub(crate) const TRACK_SECS: f64 = 8.0;

/// A track with an uneven grid, sound, stems, chords, drums, bars and sections.
pub(crate) fn every_analysis() -> Arc<TrackAnalysis> {
    let beats: Vec<f64> = (0..17).map(|beat| 0.1 + f64::from(beat) * 0.45 + if beat % 3 == 1 { 0.02 } else { 0.0 }).collect();
    let grid = BeatGrid { downbeats: (1..beats.len()).step_by(4).collect(), beats, bpm: 133.0, beats_per_bar: 4 };
    let rate_hz = 4000;
    let sound = |hz: f64| {
        let samples = (0..(2.5 * f64::from(rate_hz)) as usize).map(|n| {
            let secs = n as f64 / f64::from(rate_hz);
            ((secs * hz * std::f64::consts::TAU).sin() * (1.0 - (secs * 2.0).fract())) as f32
        });
        Audio { samples: samples.collect(), rate_hz }
    };
    let chord = |start: f64, root: Option<u8>| Chord { start, end: start + 1.5, root, quality: "maj".into() };
    let logits = (0..80).map(|frame| std::array::from_fn(|root| if root == frame / 7 % 13 { 3.0 } else { (root as f32 * 0.3).sin() }));
    let section = |start: f64, label| Section { start, end: start + 4.0, label, energy: 0.5 };
    Arc::new(TrackAnalysis {
        duration_secs: TRACK_SECS,
        audio: Some(sound(220.0)),
        stems: [Some(sound(60.0)), Some(sound(80.0)), None, Some(sound(700.0))],
        chords: vec![chord(0.5, Some(0)), chord(2.0, None), chord(3.5, Some(9))],
        logits: Some(ChordLogits { first_secs: 0.2, hop_secs: 0.09, frames: logits.collect() }),
        drums: Some([grid.beats.clone(), grid.beats.iter().skip(1).step_by(2).copied().collect(), vec![0.3, 0.31, 2.0, 5.5]]),
        bar_energy: vec![0.2, 0.9, 0.5, 1.0],
        sections: vec![section(0.0, SectionLabel::Intro), section(4.0, SectionLabel::Drop)],
        grid,
    })
}
