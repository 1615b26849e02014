//! How long a frame takes: heads x layers, with built-in patterns, on one core.
//!
//! `cargo bench --no-default-features --bench render [-- HEADS...]`.  Every frame covers 1/44 s of a song at 128 bpm, so
//! that flashes within frames are looked for as on stage.  Times are per frame, over two bars.

#![expect(clippy::unwrap_used, reason = "a bench that cannot find its patterns has no figure to give")]
#![expect(clippy::print_stdout, reason = "the table is the point")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use glam::Vec3;
use luma::engine::composite::blend::BlendMode;
use luma::engine::rig::kind::{Channel, Drive, Emitter, FixtureKind, Function};
use luma::engine::rig::{GroupSpec, Member, PatchOptions, Pose, RigFixture};
use luma::engine::{
    Annotation, BeatGrid, DmxFrame, Frame, Held, Live, PatternGraph, Program, Rig, Show, TrackAnalysis, Window, compile, encode, render,
};
use luma::patterns::builtin::builtin;
use serde_json::{Map, Value, json};
use uuid::Uuid;

const HEADS: &[usize] = &[100, 1_000, 10_000, 87_040, 100_000];
const LAYERS: &[usize] = &[1, 8, 16];
/// RGB pixels in a universe.
const PIXELS: usize = 170;
const FRAMES_HZ: f64 = 44.0;

/// What a busy song stacks up: pattern, selection, blend, arguments.
const STACK: [(&str, &str, BlendMode, &str); 16] = [
    ("Gradient wash", "all", BlendMode::Replace, "{}"),
    ("Beat pulse", "odd", BlendMode::Multiply, r#"{"floor":0.3}"#),
    ("Linear chase", "all", BlendMode::Max, "{}"),
    ("Sparkle", "all", BlendMode::Add, r#"{"count":50}"#),
    ("Twinkle", "even", BlendMode::Screen, "{}"),
    ("Circles", "movers", BlendMode::Replace, "{}"),
    ("Circular chase", "odd", BlendMode::Max, "{}"),
    ("Kick hit", "even", BlendMode::Add, "{}"),
    ("Rainbow sweep", "odd", BlendMode::Screen, "{}"),
    ("Bounce chase", "all", BlendMode::Max, "{}"),
    ("Ripple", "even", BlendMode::Add, "{}"),
    ("Breathing", "all", BlendMode::Multiply, r#"{"floor":0.5}"#),
    ("Twinkle", "odd", BlendMode::Lighten, "{}"),
    ("Wander", "movers", BlendMode::Replace, "{}"),
    ("Linear chase", "even", BlendMode::Value, r#"{"beats":8}"#),
    ("Hat shimmer", "all", BlendMode::Max, "{}"),
];

fn main() {
    let asked: Vec<usize> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if asked.is_empty() { HEADS.to_vec() } else { asked };
    println!("   heads  layers | render ms: median   mean    max | encode ms | total ms  ns/head | allocations");
    for n_heads in sizes {
        let rig = rig(n_heads);
        for &n_layers in LAYERS {
            row(n_heads, n_layers, &program(&rig, n_layers));
        }
    }
}

fn row(n_heads: usize, n_layers: usize, program: &Program) {
    let (mut frame, mut dmx, mut held) = (Frame::default(), DmxFrame::default(), Held::default());
    let window = |n: usize| Window { from: 4.0 + n as f64 / FRAMES_HZ, to: 4.0 + (n + 1) as f64 / FRAMES_HZ };
    let n_frames = (FRAMES_HZ * 2.0 * 4.0 * 60.0 / 128.0) as usize;
    let mut play = |n: usize| {
        let begun = Instant::now();
        render(program, window(n), &Live::default(), &mut frame);
        let rendered = begun.elapsed();
        encode(&program.rig, &frame, &mut held, &mut dmx);
        (rendered.as_secs_f64() * 1e3, (begun.elapsed() - rendered).as_secs_f64() * 1e3)
    };
    for n in 0..n_frames.min(24) {
        play(n);
    }
    let mut times = Vec::with_capacity(n_frames);
    let counted = allocation_counter::measure(|| (0..n_frames).for_each(|n| times.push(play(n))));
    assert!(dmx.bytes.iter().flatten().any(|byte| *byte > 0), "nothing is lit");
    let column = |of: fn(&(f64, f64)) -> f64| {
        let mut column: Vec<f64> = times.iter().map(of).collect();
        column.sort_by(f64::total_cmp);
        column
    };
    let (renders, encodes, totals) = (column(|time| time.0), column(|time| time.1), column(|time| time.0 + time.1));
    let median = |column: &[f64]| column[column.len() / 2];
    let mean = renders.iter().sum::<f64>() / renders.len() as f64;
    println!(
        "{n_heads:8} {n_layers:7} | {:17.3} {mean:6.3} {:6.3} | {:9.3} | {:8.3} {:8.1} | {:11}",
        median(&renders),
        renders.last().unwrap(),
        median(&encodes),
        median(&totals),
        median(&totals) * 1e6 / n_heads as f64,
        counted.count_total,
    );
}

fn program(rig: &Arc<Rig>, n_layers: usize) -> Program {
    let library: BTreeMap<String, _> = builtin().into_iter().map(|pattern| (pattern.name.clone(), pattern)).collect();
    let mut patterns = BTreeMap::new();
    let mut annotations = Vec::new();
    for (at, (name, selection, blend, args)) in STACK[..n_layers].iter().enumerate() {
        let pattern = library.get(*name).unwrap_or_else(|| panic!("no pattern is called {name}: {:?}", library.keys()));
        patterns.insert(pattern.id, PatternGraph { name: pattern.name.clone(), graph: Arc::new(pattern.graph.clone()) });
        let mut args: Map<String, Value> = serde_json::from_str(args).unwrap();
        args.insert("selection".into(), json!({"expression": selection, "spatialReference": "global"}));
        let id = Uuid::from_u128(at as u128 + 1);
        annotations.push(Annotation { id, pattern: pattern.id, start: 0.0, end: 60.0, z: at as i32, blend: *blend, args });
    }
    let mut track = TrackAnalysis::of_grid(BeatGrid::steady(128.0, 4, 0.05, 400), 180.0);
    let every = |nth: usize, from: usize| track.grid.beats.iter().skip(from).step_by(nth).copied().collect();
    let offbeats = track.grid.beats.iter().map(|beat| beat + 60.0 / 256.0).collect();
    track.drums = Some([every(1, 0), every(2, 1), offbeats]);
    track.bar_energy = vec![0.8; 100];
    let show = Show {
        rig: rig.clone(),
        annotations: Arc::new(annotations),
        patterns: Arc::new(patterns),
        track: Arc::new(track),
        ..Show::default()
    };
    let (program, diagnostics) = compile(&show);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    program
}

/// RGB pixels on a wall, 170 to a universe, in fixtures of two; one head in a hundred moves.
fn rig(n_heads: usize) -> Arc<Rig> {
    let channel = |coarse| Channel { coarse, fine: None };
    let color = |first: u16| {
        let emitters = [Emitter::Red, Emitter::Green, Emitter::Blue].into_iter().zip(first..);
        Drive::Color { emitters: emitters.map(|(emitter, at)| (emitter, channel(at))).collect(), scaled: true }
    };
    let kind = |footprint: u16, functions: Vec<Drive>| {
        let functions = functions.into_iter().map(|drive| Function { heads: 0..1, drive }).collect();
        let defaults = vec![0; footprint.into()];
        Arc::new(FixtureKind { footprint, defaults, functions, head_offsets: vec![Vec3::ZERO], ..FixtureKind::default() })
    };
    let pixel = kind(3, vec![color(0)]);
    let fine = |coarse| Channel { coarse, fine: Some(coarse + 1) };
    let pan = Drive::Pan { channel: fine(3), range_deg: (-270.0, 270.0) };
    let tilt = Drive::Tilt { channel: fine(5), range_deg: (-135.0, 135.0) };
    let mover = kind(7, vec![color(0), pan, tilt]);
    let n_movers = n_heads / 100;
    let wide = (n_heads as f32 * 2.0).sqrt().ceil() as usize;
    let mut fixtures = Vec::with_capacity(n_heads);
    let mut groups = [("odd", Vec::new()), ("even", Vec::new()), ("movers", Vec::new())];
    for at in 0..n_heads {
        // Pixels fill their universes first, movers follow in universes of their own.
        let n_pixels = n_heads - n_movers;
        let moves = at >= n_pixels;
        let (kind, universe, address) = if moves {
            let number = at - n_pixels;
            (&mover, n_pixels.div_ceil(PIXELS) + 1 + number / 70, number % 70 * 7 + 1)
        } else {
            (&pixel, at / PIXELS + 1, at % PIXELS * 3 + 1)
        };
        let id = Uuid::from_u128(at as u128 + 1);
        let position = Vec3::new((at % wide) as f32 * 0.1, if moves { -1.0 } else { 0.0 }, (at / wide) as f32 * 0.1);
        fixtures.push(RigFixture {
            id,
            label: String::new(),
            kind: kind.clone(),
            universe: universe as u16,
            address: address as u16,
            pose: Pose { position, rotation_deg: Vec3::ZERO },
            options: PatchOptions::default(),
            first_head: 0,
        });
        let member = Member { fixture: id, head: None };
        groups[1 - at / 10 % 2].1.push(member);
        if moves {
            groups[2].1.push(member);
        }
    }
    let groups = groups.into_iter().map(|(name, members)| GroupSpec { name: name.into(), members, ..GroupSpec::default() });
    Arc::new(Rig::new(fixtures, groups.collect()))
}
