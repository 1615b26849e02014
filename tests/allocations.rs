//! Rendering and encoding allocate nothing after the first frame of a program, whatever begins or ends, is fired or released.

mod harness;

use luma::engine::live::Manual;
use luma::engine::{Cue, DmxFrame, Fired, Frame, Held, Live, Program, StrobeGuard, Window, compile, encode, render};

const HZ: f64 = 44.0;

fn play(program: &Program, from_secs: f64, secs: f64, (frame, held, dmx): &mut (Frame, Held, DmxFrame)) {
    for n in 0..(secs * HZ) as usize {
        let window = Window { from: from_secs + n as f64 / HZ, to: from_secs + (n + 1) as f64 / HZ };
        render(program, window, &Live::default(), frame);
        encode(&program.rig, frame, held, dmx);
    }
}

#[test]
fn the_demo_plays_across_its_annotations_without_an_allocation() {
    let program = harness::shows::demo_program();
    let mut seen = (Frame::default(), Held::default(), DmxFrame::default());
    let end = program.layers.iter().map(|layer| layer.end).fold(0.0, f64::max);
    // One frame is all it takes.
    play(&program, end - 1.0, 0.03, &mut seen);
    let (from, secs) = (end / 3.0, 12.0);
    let boundaries = program.layers.iter().filter(|layer| (from..from + secs).contains(&layer.start)).count();
    assert!(boundaries > 5, "only {boundaries} annotations begin in {secs} s from {from} s");
    let counted = allocation_counter::measure(|| play(&program, from, secs, &mut seen));
    assert_eq!((counted.count_total, counted.bytes_total), (0, 0));
    assert!(seen.2.bytes.iter().flatten().any(|byte| *byte > 0), "the demo is lit at the end of the stretch");
}

#[test]
fn cues_programmer_and_guard_play_without_an_allocation() {
    let mut show = harness::shows::demo_show();
    let patterns: Vec<_> = show.patterns.keys().copied().collect();
    let cues: Vec<Cue> = patterns.iter().map(|&pattern| Cue { id: pattern, pattern, ..Cue::default() }).collect();
    show.cues = cues.into();
    show.guard = StrobeGuard { cap_hz: Some(4.0) };
    let (program, _) = compile(&show);
    assert!(program.cues.len() > 40, "{} of {} patterns run as cues", program.cues.len(), patterns.len());
    let (mut frame, mut dmx, mut held) = (Frame::default(), DmxFrame::default(), Held::default());
    let heads = program.rig.heads.len() as u32;
    let manual = Manual { pan_deg: Some(20.0), dimmer: Some(0.5), ..Manual::default() };
    // Some at a time, each at another level, and between them nothing at all.
    let lives: Vec<Live> = (0..patterns.len())
        .map(|first| {
            let running = program.cues.iter().skip(first).take(first % 12);
            let fired = |(at, cue): (usize, &_)| -> Fired {
                let cue: &luma::engine::composite::cues::CueLayer = cue;
                Fired { cue: cue.layer.id, bar: at as i64, level: 1.0 - at as f32 * 0.05 }
            };
            let programmer = if first % 3 == 0 { (0..heads).step_by(2).map(|head| (head, manual)).collect() } else { Vec::new() };
            Live { cues: running.enumerate().map(fired).collect(), programmer, ..Live::default() }
        })
        .collect();
    let mut play = |lives: &[Live]| {
        for (n, live) in lives.iter().enumerate() {
            for tick in 0..8 {
                let from = 40.0 + (n * 8 + tick) as f64 / HZ;
                render(&program, Window { from, to: from + 1.0 / HZ }, live, &mut frame);
                encode(&program.rig, &frame, &mut held, &mut dmx);
            }
        }
    };
    play(&[Live::default()]);
    let counted = allocation_counter::measure(|| play(&lives));
    assert_eq!((counted.count_total, counted.bytes_total), (0, 0));
}
