//! The transport, stepped by hand.

use std::time::{Duration, Instant};

use super::*;

const NONE: LightOffset = LightOffset(0.0);

struct Stepped {
    start: Instant,
    transport: Transport,
}

impl Stepped {
    fn new(end_secs: f64) -> Self {
        let start = Instant::now();
        Self { start, transport: Transport::new(start, end_secs).unwrap() }
    }

    fn at(&self, secs: f64) -> Instant {
        self.start + Duration::from_secs_f64(secs)
    }

    fn playing(end_secs: f64) -> Self {
        let mut this = Self::new(end_secs);
        this.transport.play(this.start);
        this
    }

    #[track_caller]
    fn check(&self, after_secs: f64, want_secs: f64) {
        let got = self.transport.position_at(self.at(after_secs));
        assert!((got - want_secs).abs() < 1e-6, "after {after_secs} s at {got}, not {want_secs}");
    }

    fn light(&self, after_secs: f64, offset_secs: f64) -> LightMoment {
        self.transport.light_at(self.at(after_secs), LightOffset::new(offset_secs).unwrap())
    }

    fn loop_over(&mut self, after_secs: f64, start_secs: f64, end_secs: f64) {
        let now = self.at(after_secs);
        self.transport.set_loop(now, Some(LoopRegion::new(start_secs, end_secs).unwrap())).unwrap();
    }
}

#[test]
fn time_passes_only_while_playing_and_at_the_rate() {
    let mut show = Stepped::new(100.0);
    show.check(5.0, 0.0);
    show.transport.play(show.at(5.0));
    show.check(7.0, 2.0);
    show.transport.set_rate(show.at(7.0), 4.0).unwrap();
    show.check(8.0, 6.0);
    show.transport.pause(show.at(8.0));
    show.check(50.0, 6.0);
}

#[test]
fn the_track_ends_and_plays_again_from_its_start() {
    let mut show = Stepped::playing(10.0);
    show.check(11.0, 10.0);
    assert!(show.transport.is_playing_at(show.at(9.9)) && !show.transport.is_playing_at(show.at(10.0)));
    show.transport.play(show.at(12.0));
    show.check(13.0, 1.0);
}

#[test]
fn a_loop_wraps_as_often_as_time_asks() {
    let mut show = Stepped::playing(100.0);
    show.loop_over(0.0, 2.0, 5.0);
    show.check(4.5, 4.5);
    show.check(5.0, 2.0);
    show.check(5.5, 2.5);
    show.check(2.0 + 3.0 * 1000.0 + 1.25, 3.25);
}

#[test]
fn a_loop_lets_a_playhead_behind_it_go() {
    let mut show = Stepped::playing(100.0);
    show.loop_over(0.0, 2.0, 5.0);
    show.transport.seek(show.at(1.0), 50.0).unwrap();
    show.check(4.0, 53.0);
    show.transport.seek(show.at(4.0), 4.0).unwrap();
    show.check(6.0, 3.0);
    show.transport.set_loop(show.at(6.0), None).unwrap();
    show.check(10.0, 7.0);
}

#[test]
fn every_break_in_the_flow_is_a_jump_and_nothing_else_is() {
    let mut show = Stepped::playing(100.0);
    let mut last = show.light(0.0, 0.0).jump;
    let mut jumped = |show: &Stepped, after_secs: f64| {
        let jump = show.light(after_secs, 0.0).jump;
        std::mem::replace(&mut last, jump) != jump
    };
    assert!(!jumped(&show, 1.0), "playing on");
    show.transport.set_rate(show.at(1.0), 1.5).unwrap();
    assert!(!jumped(&show, 1.0), "another rate");
    show.transport.seek(show.at(1.0), 8.0).unwrap();
    assert!(jumped(&show, 1.0), "a seek");
    show.transport.pause(show.at(1.0));
    assert!(jumped(&show, 1.0), "a stop");
    show.transport.pause(show.at(1.5));
    assert!(!jumped(&show, 2.0), "stopped twice");
    show.transport.set_rate(show.at(2.0), 1.0).unwrap();
    show.transport.play(show.at(2.0));
    assert!(jumped(&show, 2.0), "a start");
    show.loop_over(3.0, 8.0, 10.0);
    assert!(!jumped(&show, 3.0), "a loop set around the playhead");
    assert!(jumped(&show, 4.5), "the loop's first round");
    show.transport.set_rate(show.at(4.5), 2.0).unwrap();
    assert!(!jumped(&show, 4.6), "a rate inside the loop's second round");
    assert!(jumped(&show, 5.5), "the loop's second round");
    show.transport.follow(show.at(5.5), show.transport.position_at(show.at(5.5)) + 0.01);
    assert!(!jumped(&show, 5.5), "a glide");
    show.transport.load(show.at(6.0), 30.0).unwrap();
    assert!(jumped(&show, 6.0), "another track");
}

#[test]
fn light_runs_ahead_of_the_sound_or_behind_it_by_the_offset() {
    let mut show = Stepped::playing(100.0);
    assert_eq!((show.light(10.0, 0.5).secs, show.light(10.0, -0.5).secs, show.light(0.0, -0.5).secs), (10.5, 9.5, -0.5));
    show.loop_over(0.0, 2.0, 5.0);
    let (near, lapped) = (show.light(4.75, 0.5), show.light(5.25, -0.5));
    assert!((near.secs - 2.25).abs() < 1e-9, "ahead of the loop's end is its start: {near:?}");
    assert!((lapped.secs - 4.75).abs() < 1e-9, "behind the loop's start is its end: {lapped:?}");
    // The same, after the anchor has moved into the second round.
    show.transport.set_rate(show.at(5.25), 1.0).unwrap();
    let moved = show.light(5.25, -0.5);
    assert!((moved.secs - lapped.secs).abs() < 1e-9 && moved.jump == lapped.jump, "{moved:?} {lapped:?}");
}

#[test]
fn light_reaches_the_end_even_when_it_lags() {
    let show = Stepped::playing(10.0);
    assert_eq!(show.light(10.25, -0.5).secs, 9.75);
    assert_eq!(show.light(10.5, -0.5).secs, 10.0);
    assert_eq!(show.light(99.0, 0.5).secs, 10.0);
}

#[test]
fn small_differences_to_the_sound_glide_forward_only() {
    for error_secs in [-0.045, 0.045] {
        let mut show = Stepped::playing(1000.0);
        let mut last = 0.0;
        let jump = show.light(0.0, 0.0).jump;
        for step in 1..=250 {
            let after = f64::from(step) * 0.016;
            show.transport.follow(show.at(after), after + error_secs);
            let light = show.light(after, 0.0);
            assert!(light.secs > last && light.jump == jump, "step {step} with {error_secs}: {light:?} after {last}");
            last = light.secs;
        }
        assert!((last - (4.0 + error_secs)).abs() < 0.001, "after four seconds at {last}");
    }
}

#[test]
fn a_large_difference_to_the_sound_snaps() {
    let mut show = Stepped::playing(1000.0);
    let before = show.light(10.0, 0.0);
    show.transport.follow(show.at(10.0), 10.2);
    let after = show.light(10.0, 0.0);
    assert_eq!(after.secs, 10.2);
    assert_ne!(after.jump, before.jump);
}

#[test]
fn a_sound_that_is_round_the_loop_first_is_near_not_far() {
    let mut show = Stepped::playing(1000.0);
    show.loop_over(0.0, 2.0, 5.0);
    show.transport.follow(show.at(4.99), 2.01);
    show.check(4.99, 2.01); // a step of five seconds takes the whole difference at once
}

#[test]
fn an_instant_before_the_snapshot_is_the_snapshot() {
    let mut show = Stepped::playing(10.0);
    show.transport.seek(show.at(3.0), 7.0).unwrap();
    show.check(2.0, 7.0);
}

#[test]
fn nonsense_is_refused_by_name() {
    let mut show = Stepped::playing(10.0);
    let now = show.at(1.0);
    for bad in [f64::NAN, -1.0, f64::INFINITY] {
        assert!(matches!(show.transport.seek(now, bad), Err(TransportError::Position(_))), "{bad}");
        assert!(matches!(show.transport.set_rate(now, bad), Err(TransportError::Rate(_))), "{bad}");
        assert!(matches!(Transport::new(now, bad), Err(TransportError::Length(_))), "{bad}");
        assert!(LoopRegion::new(bad, 5.0).is_err() && LoopRegion::new(1.0, bad).is_err(), "{bad}");
    }
    assert!(matches!(LightOffset::new(f64::NAN), Err(TransportError::Offset(_))));
    assert!(LightOffset::new(10.5).is_err() && LightOffset::new(-10.0).is_ok());
    assert!(LoopRegion::new(1.0, 1.01).is_err());
    assert!(show.transport.set_loop(now, Some(LoopRegion::new(5.0, 11.0).unwrap())).is_err(), "a loop that leaves the track");
    show.transport.seek(now, 99.0).unwrap();
    assert_eq!(show.transport.light_at(now, NONE).secs, 10.0);
}
