//! Transport and clock together: what play, pause and seek mean.
//!
//! The transport leads when something is asked for, the clock leads in between.  Sound comes in blocks, so its position
//! is taken only at the moment it changes: in between it says less than the machine's own clock.  A position that stands
//! still (a sound card that was unplugged) is therefore not followed, and the light plays on.

use std::time::Instant;

use super::clock::Clock;
use super::transport::{LoopRegion, Transport, TransportError};
use crate::engine::BeatGrid;

pub struct Player {
    transport: Transport,
    clock: Box<dyn Clock>,
    /// What was heard last.
    heard: Option<f64>,
}

impl Player {
    pub fn new(transport: Transport, clock: Box<dyn Clock>) -> Self {
        Self { transport, clock, heard: None }
    }

    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// Call it often (once a frame) and hand the answer to the output.
    pub fn tick(&mut self, now: Instant) -> Transport {
        if self.transport.is_playing_at(now) {
            self.clock.attend(now, &self.transport);
        }
        let heard = self.clock.heard_secs(now);
        if heard != self.heard {
            self.heard = heard;
            if let Some(secs) = heard {
                self.transport.follow(now, secs);
            }
        }
        self.transport
    }

    pub fn play(&mut self, now: Instant) {
        if !self.transport.is_playing_at(now) {
            self.transport.play(now);
            self.sound_on(now);
        }
    }

    pub fn pause(&mut self, now: Instant) {
        self.transport.pause(now);
        self.clock.stop(now);
        self.heard = None;
    }

    pub fn seek(&mut self, now: Instant, secs: f64) -> Result<(), TransportError> {
        let playing = self.transport.is_playing_at(now);
        self.transport.seek(now, secs)?;
        if playing {
            self.sound_on(now);
        }
        Ok(())
    }

    pub fn set_rate(&mut self, now: Instant, rate: f64) -> Result<(), TransportError> {
        self.transport.set_rate(now, rate)?;
        self.clock.retune(now, rate, self.transport.looping());
        Ok(())
    }

    pub fn set_loop(&mut self, now: Instant, region: Option<LoopRegion>) -> Result<(), TransportError> {
        self.transport.set_loop(now, region)?;
        self.clock.retune(now, self.transport.rate(), self.transport.looping());
        Ok(())
    }

    /// Another track, with the clock that sounds it; stopped at its start.
    pub fn load(&mut self, now: Instant, end_secs: f64, clock: Box<dyn Clock>) -> Result<(), TransportError> {
        self.transport.load(now, end_secs)?;
        self.clock.stop(now);
        self.clock = clock;
        self.heard = None;
        Ok(())
    }

    /// Goes on with another clock where this one is.
    pub fn set_clock(&mut self, now: Instant, clock: Box<dyn Clock>) {
        self.clock.stop(now);
        self.clock = clock;
        self.heard = None;
        if self.transport.is_playing_at(now) {
            self.sound_on(now);
        }
    }

    /// A clock from outside says where the track is, and whether it runs.  Behind the track's end is its end.
    pub fn chase(&mut self, now: Instant, secs: f64, running: bool) -> Result<(), TransportError> {
        let secs = secs.clamp(0.0, self.transport.end_secs());
        match (running, self.transport.is_playing_at(now)) {
            (true, true) => self.transport.follow(now, secs),
            (true, false) if secs < self.transport.end_secs() => {
                self.seek(now, secs)?;
                self.play(now);
            }
            (true, false) => {}
            (false, playing) => {
                if playing {
                    self.pause(now);
                }
                if (self.transport.position_at(now) - secs).abs() > 1e-3 {
                    self.seek(now, secs)?;
                }
            }
        }
        Ok(())
    }

    /// A click on every beat, or none.
    pub fn set_click(&mut self, beats: Option<&BeatGrid>) {
        self.clock.set_click(beats);
    }

    fn sound_on(&mut self, now: Instant) {
        self.clock.start(now, &self.transport);
        self.heard = self.clock.heard_secs(now);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::playback::clock::SilentClock;

    /// Hears what it was told to hear.
    struct Deaf(f64);

    impl Clock for Deaf {
        fn start(&mut self, _: Instant, _: &Transport) {}
        fn stop(&mut self, _: Instant) {}
        fn retune(&mut self, _: Instant, _: f64, _: Option<LoopRegion>) {}
        fn heard_secs(&self, _: Instant) -> Option<f64> {
            Some(self.0)
        }
    }

    #[test]
    fn a_clock_from_outside_starts_moves_and_stops_the_track() {
        let start = Instant::now();
        let mut player = Player::new(Transport::new(start, 60.0).unwrap(), Box::new(crate::playback::clock::OutsideClock));
        player.chase(start, 10.0, true).unwrap();
        assert!(player.transport().is_playing_at(start) && (player.transport().position_at(at(start, 500)) - 10.5).abs() < 1e-9);
        player.chase(at(start, 500), 10.52, true).unwrap();
        let glided = player.transport().position_at(at(start, 500));
        assert!(glided > 10.5 && glided <= 10.52, "{glided}");
        player.chase(at(start, 600), 40.0, true).unwrap();
        assert_eq!(player.transport().position_at(at(start, 600)), 40.0);
        player.chase(at(start, 700), 12.0, false).unwrap();
        assert!(!player.transport().is_playing_at(at(start, 700)));
        assert_eq!(player.transport().position_at(at(start, 900)), 12.0);
        player.chase(at(start, 1000), 3600.0, true).unwrap();
        assert!(!player.transport().is_playing_at(at(start, 1000)), "an hour is not in this track");
    }

    fn at(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    fn player(start: Instant, clock: impl Clock + 'static) -> Player {
        Player::new(Transport::new(start, 60.0).unwrap(), Box::new(clock))
    }

    #[test]
    fn without_sound_the_player_keeps_the_machines_time() {
        let start = Instant::now();
        let mut player = player(start, SilentClock::default());
        player.seek(start, 5.0).unwrap();
        player.play(start);
        player.set_rate(at(start, 1000), 2.0).unwrap();
        player.set_loop(at(start, 1000), Some(LoopRegion::new(5.0, 7.0).unwrap())).unwrap();
        for millis in (1000..2000).step_by(16) {
            player.tick(at(start, millis));
        }
        let position = player.tick(at(start, 2000)).position_at(at(start, 2000));
        assert!((position - 6.0).abs() < 1e-9, "6 s + 2 s at double speed, in a loop of 2 s: {position}");
        player.pause(at(start, 2000));
        assert_eq!(player.transport().position_at(at(start, 9000)), player.transport().position_at(at(start, 2000)));
    }

    #[test]
    fn a_sound_that_stands_still_does_not_hold_the_light() {
        let start = Instant::now();
        let mut player = player(start, Deaf(0.0));
        player.play(start);
        for millis in (0..5000).step_by(20) {
            player.tick(at(start, millis));
        }
        let position = player.transport().position_at(at(start, 5000));
        assert!(position > 4.5, "the light stopped with the sound card: {position}");
    }

    /// Hears what a device with large blocks reports: a position that stands still for 90 ms at a time.
    struct Blocks(Instant);

    impl Clock for Blocks {
        fn start(&mut self, _: Instant, _: &Transport) {}
        fn stop(&mut self, _: Instant) {}
        fn retune(&mut self, _: Instant, _: f64, _: Option<LoopRegion>) {}
        fn heard_secs(&self, now: Instant) -> Option<f64> {
            Some((now.duration_since(self.0).as_secs_f64() / 0.09).floor() * 0.09)
        }
    }

    #[test]
    fn sound_in_large_blocks_does_not_make_the_light_jump() {
        let start = Instant::now();
        let mut player = player(start, Blocks(start));
        player.play(start);
        let jump = player.transport().light_at(start, Default::default()).jump;
        for millis in (0..10_000).step_by(16) {
            let transport = player.tick(at(start, millis));
            assert_eq!(transport.light_at(at(start, millis), Default::default()).jump, jump, "after {millis} ms");
        }
        let position = player.transport().position_at(at(start, 10_000));
        assert!((position - 10.0).abs() < 0.03, "{position}");
    }

    #[test]
    fn a_refused_seek_leaves_the_show_where_it_is() {
        let start = Instant::now();
        let mut player = player(start, SilentClock::default());
        player.play(start);
        let before = player.transport();
        assert!(player.seek(at(start, 100), f64::NAN).is_err());
        assert!(player.set_rate(at(start, 100), 9.0).is_err());
        assert_eq!(player.transport(), before);
    }
}
