//! Following a timecode that comes by packets, late and uneven, as a clock that runs evenly.
//!
//! Pure: instants are arguments.  A code that repeats itself stands still; one that does not come any more is lost, which is
//! told apart, since a desk that was paused wants its look and one that was unplugged may not.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::artnet::timecode::Timecode;

/// A source that is silent for so long is gone.
pub const LOSS: Duration = Duration::from_millis(1000);
/// A code that repeats for so long stands still.
const STILL: Duration = Duration::from_millis(200);
/// Further off than this is another place, not another moment.
const JUMP_SECS: f64 = 0.1;
/// How much of a difference is believed: packets come late by other amounts each time.
const BELIEF: f64 = 0.1;

/// What the timecode does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Following {
    /// None has come yet.
    #[default]
    Never,
    /// At this second, going on.
    Running(f64),
    Still(f64),
    /// It was at this second when it was heard last.
    Lost(f64),
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Follower {
    known: Option<Known>,
    /// Codes of others, while one is followed.
    pub refused: u64,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    from: Ipv4Addr,
    code: Timecode,
    /// Even time: this second was reached then.
    at: Instant,
    secs: f64,
    heard: Instant,
    moved: Instant,
}

impl Follower {
    /// True when it was taken.
    pub fn hear(&mut self, code: Timecode, from: Ipv4Addr, now: Instant) -> bool {
        let fresh = Known { from, code, at: now, secs: code.secs(), heard: now, moved: now };
        let Some(known) = self.known.as_mut().filter(|known| now.saturating_duration_since(known.heard) < LOSS) else {
            self.known = Some(fresh);
            return true;
        };
        if (known.from, known.code.stream) != (from, code.stream) {
            self.refused += 1;
            return false;
        }
        known.heard = now;
        if known.code == code {
            return true;
        }
        let even = known.secs + now.saturating_duration_since(known.at).as_secs_f64();
        let off = code.secs() - even;
        let was_still = now.saturating_duration_since(known.moved) >= STILL;
        known.secs = if off.abs() > JUMP_SECS || was_still { code.secs() } else { even + off * BELIEF };
        (known.code, known.at, known.moved) = (code, now, now);
        true
    }

    pub fn at(&self, now: Instant) -> Following {
        let Some(known) = &self.known else { return Following::Never };
        let even = known.secs + now.saturating_duration_since(known.at).as_secs_f64();
        if now.saturating_duration_since(known.heard) >= LOSS {
            Following::Lost(known.code.secs())
        } else if now.saturating_duration_since(known.moved) >= STILL {
            Following::Still(known.code.secs())
        } else {
            Following::Running(even)
        }
    }

    /// The code that was heard last, and from whom.
    pub fn last(&self) -> Option<(Timecode, Ipv4Addr)> {
        self.known.map(|known| (known.code, known.from))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::artnet::timecode::Rate;
    use super::*;

    const DESK: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);

    fn after(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    #[test]
    fn it_runs_stands_still_jumps_and_is_lost() {
        let (mut follower, start) = (Follower::default(), Instant::now());
        assert_eq!(follower.at(start), Following::Never);
        for frame in 0..50 {
            follower.hear(Timecode::at(10.0 + f64::from(frame) / 25.0, Rate::Ebu25), DESK, after(start, u64::from(frame as u32) * 40));
        }
        let Following::Running(secs) = follower.at(after(start, 2000)) else { panic!("it runs") };
        assert!((secs - 12.0).abs() < 0.02, "{secs}");
        let paused = Timecode::at(11.96, Rate::Ebu25);
        for n in 0..10 {
            follower.hear(paused, DESK, after(start, 2000 + n * 40));
        }
        assert_eq!(follower.at(after(start, 2300)), Following::Still(11.96));
        follower.hear(Timecode::at(100.0, Rate::Ebu25), DESK, after(start, 2400));
        assert_eq!(follower.at(after(start, 2420)), Following::Running(100.02));
        assert_eq!(follower.at(after(start, 3390)), Following::Still(100.0));
        assert_eq!(follower.at(after(start, 3400)), Following::Lost(100.0));
    }

    #[test]
    fn one_desk_is_followed_until_it_is_gone() {
        let (mut follower, start) = (Follower::default(), Instant::now());
        let code = Timecode::at(5.0, Rate::Smpte30);
        let other = Ipv4Addr::new(10, 0, 0, 6);
        assert!(follower.hear(code, DESK, start));
        assert!(!follower.hear(Timecode::at(900.0, Rate::Smpte30), other, after(start, 500)));
        assert!(!follower.hear(Timecode { stream: 3, ..code }, DESK, after(start, 510)));
        assert!(follower.hear(Timecode::at(900.0, Rate::Smpte30), other, after(start, 1000)));
        assert_eq!((follower.refused, follower.last().unwrap().1), (2, other));
    }

    proptest! {
        /// Packets that are late by anything up to 12 ms give a clock that runs evenly and never back.
        #[test]
        fn uneven_packets_make_an_even_clock(late in prop::collection::vec(0_u64..12_000, 60..200)) {
            let (mut follower, start) = (Follower::default(), Instant::now());
            let mut before = 0.0;
            for (frame, late) in late.iter().enumerate() {
                let now = start + Duration::from_micros(frame as u64 * 40_000 + late);
                follower.hear(Timecode::at(frame as f64 / 25.0, Rate::Ebu25), DESK, now);
                let Following::Running(secs) = follower.at(now) else { panic!("it runs") };
                let real = now.duration_since(start).as_secs_f64();
                prop_assert!((secs - real).abs() < 0.013, "{secs} for {real}");
                prop_assert!(secs >= before - 0.0015, "{secs} after {before}");
                before = secs;
            }
        }
    }
}
