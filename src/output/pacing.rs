//! When to send: the beat of the output, what is due on it, and how a beat's packets are spread.
//!
//! Pure: instants are arguments.  Deadlines are absolute, `start + n / 44 s`, so that lateness never adds up; a beat
//! that was missed is skipped in phase, never made up for, since nodes want no bursts.

use std::time::{Duration, Instant};

/// Not faster than a DMX line can carry 512 slots.
pub const RATE_HZ: u32 = 44;
/// Art-Net asks for 4 s at most and recommends 0.8 to 1.0 s.
pub const KEEP_ALIVE: Duration = Duration::from_millis(900);
/// Identical packets behind a change, before a stream that stands still is only kept alive: E1.31 wants them.
pub const SACN_REPEATS: u8 = 3;
/// Small nodes lose packets of a longer burst.
const BURST: usize = 8;
/// Between two bursts: 64 universes are out in 1.2 ms, and still hardly faster than 100 Mbit/s would carry them.
const BETWEEN_BURSTS: Duration = Duration::from_micros(160);
/// Beats that the next one can lie ahead.
const FURTHEST: u64 = 4;
/// More wakings a beat cost more than they spread.
const MOST_BURSTS: usize = 32;

/// One beat: its number since the start, and when it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    pub number: u64,
    pub deadline: Instant,
    /// Beats that were left out just before this one.
    pub skipped: u64,
}

/// Counts the beats from a start.
#[derive(Clone, Copy, Debug)]
pub struct Beat {
    start: Instant,
    next: u64,
}

impl Beat {
    pub fn new(start: Instant) -> Self {
        Self { start, next: 0 }
    }

    /// The next beat; those whose successor is already due at `now` are left out.
    pub fn next(&mut self, now: Instant) -> Tick {
        // A clock that was set back: whoever waited for the old beat would be silent until then.
        if now + at_beat(FURTHEST) < self.start + at_beat(self.next) {
            *self = Self::new(now);
        }
        let due = beats_in(now.saturating_duration_since(self.start));
        let number = self.next.max(due);
        let skipped = number - self.next;
        self.next = number + 1;
        Tick { number, deadline: self.start + at_beat(number), skipped }
    }
}

/// The length of `n` beats, without the rounding of a period adding up.
fn at_beat(n: u64) -> Duration {
    let (whole, rest) = (n / u64::from(RATE_HZ), n % u64::from(RATE_HZ));
    Duration::from_secs(whole) + Duration::from_secs(rest) / RATE_HZ
}

fn beats_in(elapsed: Duration) -> u64 {
    let beats = elapsed.as_nanos() * u128::from(RATE_HZ) / 1_000_000_000;
    // 64 bits of beats outlast the machine.
    let n = u64::try_from(beats).unwrap_or(u64::MAX);
    // The division above is exact, `at_beat` rounds down: a beat is in its own time.
    if at_beat(n + 1) <= elapsed { n + 1 } else { n }
}

/// Whether a universe goes out on the beat at `deadline`: it has changed, was never sent, or the next beat would be
/// too late to repeat it.
pub fn is_due(changed: bool, last_sent: Option<Instant>, deadline: Instant) -> bool {
    let Some(last) = last_sent else {
        return true;
    };
    changed || last > deadline || deadline.saturating_duration_since(last) + at_beat(1) > KEEP_ALIVE
}

/// How long after the deadline packet `nth` of `n_packets` leaves; `None` = at once, together with the one before.
///
/// Few packets leave together.  More leave in bursts of eight, soon behind each other, so that a frame is a frame; very many
/// in bursts as long as it takes to be done within half a beat: the other half belongs to lateness.
pub fn stagger(nth: usize, n_packets: usize) -> Option<Duration> {
    let burst = BURST.max(n_packets.div_ceil(MOST_BURSTS));
    if nth == 0 || !nth.is_multiple_of(burst) {
        return None;
    }
    let n_bursts = n_packets.div_ceil(burst) as u32;
    let longer = (burst / BURST) as u32;
    Some((BETWEEN_BURSTS * longer).min(at_beat(1) / 2 / n_bursts) * (nth / burst) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_are_absolute_and_44_to_the_second() {
        let start = Instant::now();
        let mut beat = Beat::new(start);
        for number in 0..44 * 60 {
            let tick = beat.next(start + at_beat(number) - Duration::from_millis(if number == 0 { 0 } else { 3 }));
            assert_eq!((tick.number, tick.skipped), (number, 0));
        }
        let end = start + Duration::from_secs(60);
        assert_eq!(beat.next(end).deadline, end);
    }

    #[test]
    fn a_clock_that_is_set_back_begins_anew_instead_of_waiting() {
        let start = Instant::now() + Duration::from_secs(7200);
        let mut beat = Beat::new(start);
        for number in 0..44 {
            assert_eq!(beat.next(start + at_beat(number)).number, number);
        }
        let back = start - Duration::from_secs(3600);
        assert_eq!(beat.next(back).deadline, back);
        assert_eq!(beat.next(back).deadline, back + at_beat(1));
        assert!(is_due(false, Some(start), back), "what was sent in the future is old");
    }

    #[test]
    fn a_late_beat_is_played_and_missed_ones_are_skipped_in_phase() {
        let start = Instant::now();
        let mut beat = Beat::new(start);
        assert_eq!(beat.next(start).number, 0);
        assert_eq!(beat.next(start + Duration::from_millis(40)).number, 1, "late, but the second is not yet due");
        let tick = beat.next(start + Duration::from_millis(500));
        assert_eq!((tick.number, tick.skipped), (22, 20));
        assert_eq!(tick.deadline, start + Duration::from_millis(500));
        assert_eq!(beat.next(start + Duration::from_millis(501)).number, 23);
    }

    #[test]
    fn unchanged_universes_repeat_within_their_time_and_not_much_sooner() {
        let start = Instant::now();
        assert!(is_due(false, None, start));
        assert!(is_due(true, Some(start), start + at_beat(1)));
        let repeats = (1..200).find(|&n| is_due(false, Some(start), start + at_beat(n)));
        let repeats = at_beat(repeats.unwrap());
        assert!(repeats <= KEEP_ALIVE && repeats > Duration::from_millis(850), "{repeats:?}");
    }

    #[test]
    fn few_packets_leave_together_and_many_in_bursts_within_half_a_beat() {
        assert!((0..8).all(|nth| stagger(nth, 8).is_none()));
        let waits = |n_packets| -> Vec<Duration> { (0..n_packets).filter_map(|nth| stagger(nth, n_packets)).collect() };
        assert_eq!(waits(64).len(), 7);
        assert!(waits(64)[6] < Duration::from_micros(1200));
        for n_packets in [64, 128, 512, 5000] {
            let waits = waits(n_packets);
            assert!(waits.is_sorted() && waits[0] > Duration::ZERO && waits.len() < MOST_BURSTS, "{waits:?}");
            assert!(waits[waits.len() - 1] < at_beat(1) / 2, "{waits:?}");
        }
    }
}
