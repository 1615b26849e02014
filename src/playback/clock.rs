//! What makes the time of the track pass.
//!
//! A clock is told where to sound from and answers what is heard now.  It decides nothing: the transport does, and
//! follows the answer in small steps.

use std::time::Instant;

use super::transport::{LoopRegion, Transport};
use crate::engine::BeatGrid;

pub trait Clock: Send + Sync {
    /// Sounds from where the transport is, at its rate, in its loop; whatever sounded before is over.
    fn start(&mut self, now: Instant, transport: &Transport);

    fn stop(&mut self, now: Instant);

    /// The rate or the loop has changed while playing on.
    fn retune(&mut self, now: Instant, rate: f64, looping: Option<LoopRegion>);

    /// A click on every beat from now on, or none; who makes no sound makes no click.
    fn set_click(&mut self, _beats: Option<&BeatGrid>) {}

    /// Called often while playing: what was being prepared beside the frame is taken up here.
    fn attend(&mut self, _now: Instant, _transport: &Transport) {}

    /// Seconds of the track heard at `now`; `None` while nothing sounds or nobody can tell.
    fn heard_secs(&self, now: Instant) -> Option<f64>;
}

/// Time without sound: the machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SilentClock {
    running: Option<Transport>,
}

impl Clock for SilentClock {
    fn start(&mut self, now: Instant, transport: &Transport) {
        let mut running = *transport;
        running.play(now);
        self.running = Some(running);
    }

    fn stop(&mut self, _now: Instant) {
        self.running = None;
    }

    fn retune(&mut self, now: Instant, rate: f64, looping: Option<LoopRegion>) {
        if let Some(running) = &mut self.running {
            // Both were checked by the transport that this one is a copy of.
            if running.set_rate(now, rate).and_then(|()| running.set_loop(now, looping)).is_err() {
                self.running = None;
            }
        }
    }

    fn heard_secs(&self, now: Instant) -> Option<f64> {
        self.running.map(|running| running.position_at(now))
    }
}

/// Time that comes from outside: it makes no sound and knows nothing.  Whoever follows it tells the player, see
/// [`Player::chase`](super::player::Player::chase).
#[derive(Clone, Copy, Debug, Default)]
pub struct OutsideClock;

impl Clock for OutsideClock {
    fn start(&mut self, _: Instant, _: &Transport) {}

    fn stop(&mut self, _: Instant) {}

    fn retune(&mut self, _: Instant, _: f64, _: Option<LoopRegion>) {}

    fn heard_secs(&self, _: Instant) -> Option<f64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_silent_clock_runs_with_the_time_it_is_given() {
        let start = Instant::now();
        let mut clock = SilentClock::default();
        assert_eq!(clock.heard_secs(start), None);
        let mut transport = Transport::new(start, 100.0).unwrap();
        transport.seek(start, 10.0).unwrap();
        clock.start(start, &transport);
        assert_eq!(clock.heard_secs(start + Duration::from_secs(2)), Some(12.0));
        clock.retune(start + Duration::from_secs(2), 2.0, Some(LoopRegion::new(10.0, 13.0).unwrap()));
        assert_eq!(clock.heard_secs(start + Duration::from_secs(3)), Some(11.0));
        clock.stop(start + Duration::from_secs(3));
        assert_eq!(clock.heard_secs(start + Duration::from_secs(4)), None);
    }
}
