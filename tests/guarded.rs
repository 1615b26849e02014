//! The strobe guard on the wire's own terms: rendered window by window, whatever the phase of the ticks, no second of the
//! demo holds more flashes of a head than the cap.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod harness;

use std::collections::VecDeque;

use harness::shows::demo_show;
use luma::engine::{Frame, Live, StrobeGuard, Window, compile, render};

const CAP_HZ: usize = 4;
const TICKS_PER_SEC: f64 = 44.0;

/// Counts as WCAG 2.3.1 does: up by a tenth or more out of what is darker than 0.8, and down by a tenth.
#[derive(Clone, Default)]
struct Head {
    up: bool,
    turn: f32,
    rises: VecDeque<f64>,
}

impl Head {
    /// How many flashes the second before `secs` holds.
    fn take(&mut self, secs: f64, level: f32) -> usize {
        if self.up {
            self.turn = self.turn.max(level);
            if level <= self.turn - 0.1 {
                (self.up, self.turn) = (false, level);
            }
        } else {
            self.turn = self.turn.min(level);
            if level >= self.turn + 0.1 && self.turn < 0.8 {
                (self.up, self.turn) = (true, level);
                self.rises.push_back(secs);
            }
        }
        while self.rises.front().is_some_and(|rise| secs - rise >= 1.0 - 1e-6) {
            self.rises.pop_front();
        }
        self.rises.len()
    }
}

#[test]
fn the_guarded_demo_keeps_to_the_cap_at_any_phase_of_the_ticks() {
    let mut show = demo_show();
    show.guard = StrobeGuard { cap_hz: Some(CAP_HZ as f32) };
    let (program, problems) = compile(&show);
    assert_eq!(problems, []);
    let n_heads = show.rig.heads.len();
    let mut told = Vec::new();
    for phase in [0.0, 0.13, 0.25, 0.38, 0.5, 0.61, 0.75, 0.87] {
        let mut heads = vec![Head::default(); n_heads];
        let (mut frame, mut end) = (Frame::default(), Frame::default());
        for tick in 1..(124.0 * TICKS_PER_SEC) as u32 {
            let time = |tick: u32| (f64::from(tick) + phase) / TICKS_PER_SEC;
            let window = Window { from: time(tick - 1), to: time(tick) };
            render(&program, window, &Live::default(), &mut frame);
            render(&program, Window::instant(window.to), &Live::default(), &mut end);
            for (at, head) in heads.iter_mut().enumerate() {
                let n = head.take(window.to, frame.dimmer[at]).max(head.take(window.to, end.dimmer[at]));
                if n > CAP_HZ {
                    told.push(format!(
                        "{} flashes {n} times in the second before {:.3} (phase {phase}): {:?}",
                        show.rig.head_id(at as u32),
                        window.to,
                        head.rises
                    ));
                }
            }
        }
    }
    assert!(told.is_empty(), "{} times, for instance\n{}", told.len(), told[..told.len().min(20)].join("\n"));
}
