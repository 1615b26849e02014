//! Which stretch of the show a frame stands for: from where the last one ended, or an instant after a break.
//!
//! Pure.  Seconds of the track are rounded to 2^-20 s, so that a window's length and both its ends are exact numbers: who
//! reads `to` and `to - from` from a log can ask for the very same window again.

use crate::engine::Window;

/// A longer step is a machine that slept, not a frame.
const LONGEST_SECS: f64 = 1.0;
/// A glide toward the sound may fall a little behind; light then waits, since it never runs backward.
const GLIDE_BACK_SECS: f64 = 0.05;
const GRAIN: f64 = (1_u32 << 20) as f64;

#[derive(Clone, Copy, Debug, Default)]
pub struct Windows<Flow> {
    last: Option<(Flow, f64)>,
}

impl<Flow: Copy + PartialEq> Windows<Flow> {
    pub fn new() -> Self {
        Self { last: None }
    }

    /// The window that ends at `secs`.  While `flow` stays the same, time has run; another one is a break.
    pub fn next(&mut self, flow: Flow, secs: f64) -> Window {
        let mut to = (secs * GRAIN).round() / GRAIN;
        let mut from = to;
        if let Some((last_flow, last_to)) = self.last
            && last_flow == flow
            && (-GLIDE_BACK_SECS..=LONGEST_SECS).contains(&(to - last_to))
        {
            to = to.max(last_to);
            from = last_to;
        }
        self.last = Some((flow, to));
        Window { from, to }
    }

    /// What follows is a start.
    pub fn forget(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(windows: &mut Windows<u32>, flow: u32, secs: f64, want: (f64, f64)) {
        let window = windows.next(flow, secs);
        assert!((window.from - want.0).abs() < 1e-6 && (window.to - want.1).abs() < 1e-6, "{window:?}, not {want:?}");
    }

    #[test]
    fn windows_meet_while_time_runs_and_collapse_at_every_break() {
        let mut windows = Windows::new();
        check(&mut windows, 0, 5.0, (5.0, 5.0));
        check(&mut windows, 0, 5.1, (5.0, 5.1));
        check(&mut windows, 0, 5.2, (5.1, 5.2));
        check(&mut windows, 0, 5.2, (5.2, 5.2));
        check(&mut windows, 1, 5.3, (5.3, 5.3));
        check(&mut windows, 2, 1.0, (1.0, 1.0));
        check(&mut windows, 2, 1.1, (1.0, 1.1));
        windows.forget();
        check(&mut windows, 2, 1.2, (1.2, 1.2));
    }

    #[test]
    fn light_waits_rather_than_running_backward() {
        let mut windows = Windows::new();
        check(&mut windows, 0, 5.0, (5.0, 5.0));
        check(&mut windows, 0, 4.999, (5.0, 5.0));
        check(&mut windows, 0, 5.01, (5.0, 5.01));
    }

    #[test]
    fn another_show_that_counts_its_breaks_the_same_way_is_still_a_break() {
        let mut windows = Windows::new();
        check(&mut windows, 0, 5.0, (5.0, 5.0));
        check(&mut windows, 0, 1.0, (1.0, 1.0));
    }

    #[test]
    fn a_machine_that_slept_starts_anew() {
        let mut windows = Windows::new();
        check(&mut windows, 0, 5.0, (5.0, 5.0));
        check(&mut windows, 0, 50.0, (50.0, 50.0));
    }

    #[test]
    fn a_window_can_be_asked_for_again_by_its_end_and_length() {
        let mut windows = Windows::new();
        for n in 0..1000 {
            let window = windows.next(0, 100.0 + f64::from(n) / 44.0);
            assert_eq!(Window::ending(window.to, window.to - window.from), window);
        }
    }
}
