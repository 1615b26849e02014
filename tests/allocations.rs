//! Rendering and encoding allocate nothing after the first frame of a program, whatever begins or ends.

mod harness;

use luma::engine::{DmxFrame, Frame, Held, Live, Program, Window, encode, render};

const HZ: f64 = 44.0;

fn play(program: &Program, from_secs: f64, secs: f64, frame: &mut Frame, dmx: &mut DmxFrame) {
    let mut held = Held::default();
    for n in 0..(secs * HZ) as usize {
        let window = Window { from: from_secs + n as f64 / HZ, to: from_secs + (n + 1) as f64 / HZ };
        render(program, window, &Live::default(), frame);
        encode(&program.rig, frame, &mut held, dmx);
    }
}

#[test]
fn the_demo_plays_across_its_annotations_without_an_allocation() {
    let program = harness::shows::demo_program();
    let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
    let end = program.layers.iter().map(|layer| layer.end).fold(0.0, f64::max);
    // One frame is all it takes.
    play(&program, end - 1.0, 0.03, &mut frame, &mut dmx);
    let (from, secs) = (end / 3.0, 12.0);
    let boundaries = program.layers.iter().filter(|layer| (from..from + secs).contains(&layer.start)).count();
    assert!(boundaries > 5, "only {boundaries} annotations begin in {secs} s from {from} s");
    let counted = allocation_counter::measure(|| play(&program, from, secs, &mut frame, &mut dmx));
    assert_eq!((counted.count_total, counted.bytes_total), (0, 0));
    assert!(dmx.bytes.iter().flatten().any(|byte| *byte > 0), "the demo is lit at the end of the stretch");
}
