//! The tempo follower: the beat of sound as it comes in, for a sound-card input or a deck that nobody analysed.
//!
//! ```text
//! push (audio thread, no allocation) ─▶ ring of the last seconds ─▶ update (a worker, a few times a second) ─▶ clock ─▶ beat_at
//! ```
//! The worker hears the ring as the whole analysis would, but only what has been: the net's beats of the last seconds, a line
//! through the newest of them, and a clock that runs on from there.  The clock gives in to what is heard little by little, and
//! jumps only when the hearing has contradicted it several times alike.  What a person taps or nudges wins, and the hearing then
//! corrects only around it.
//!
//! Seconds are those of the input, counted in samples from the first.
//!
//! Not in the app yet: `luma analyze --follow` is what there is.  Known fault: a hat between the kicks was seen to hold the clock
//! half a beat off at 120 BPM.

use super::beats::{NEVER, OFTEN, SURE_HIT, peak_near};
use super::dsp::resample;
use super::ear::{self, RhythmEar};
use super::pulse;

/// What is heard again and again: long enough for a tempo, short enough to hear it change.
const RING_SECS: usize = 12;
/// Nothing is said before so much was heard.
const LEAST_SECS: f64 = 3.0;
/// Beats of the last so many seconds make the line.
const LINE_SECS: f64 = 7.0;
const LEAST_BEATS: usize = 4;
/// Beats nearer to the newest sample than this are not all heard yet.
const EDGE_SECS: f64 = 0.12;
/// Beats that lie farther from their line are no pulse, in beats.
const LOOSE: f64 = 0.12;
/// How far the hearing may be from the clock to correct it, in beats and as a ratio of tempo.
const NEAR_BEATS: f64 = 0.18;
const NEAR_TEMPO: f64 = 0.04;
/// How much of a difference one correction takes away.
const GIVE: f64 = 0.35;
/// So many hearings in a row must say another thing alike before the clock jumps.
const PATIENCE: u32 = 5;
/// After a tap or nudge the hearing corrects only what is near, for so long.
const HAND_SECS: f64 = 16.0;
/// A mean square below this is silence.
const SILENCE: f32 = 1e-7;

/// A beat at every `period_secs`, one of them at `beat_secs`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    pub beat_secs: f64,
    pub period_secs: f64,
}

impl Clock {
    /// Fractional beats from its own.
    pub fn beat_at(self, secs: f64) -> f64 {
        (secs - self.beat_secs) / self.period_secs
    }

    pub fn bpm(self) -> f64 {
        60.0 / self.period_secs
    }

    /// How far `other`'s beats lie from these around an instant, in beats: `-0.5..=0.5`.
    fn off(self, other: Self, secs: f64) -> f64 {
        let apart = self.beat_at(secs) - other.beat_at(secs);
        apart - apart.round()
    }

    fn is_near(self, other: Self, secs: f64) -> bool {
        (other.period_secs / self.period_secs - 1.0).abs() < NEAR_TEMPO && self.off(other, secs).abs() < NEAR_BEATS
    }
}

pub struct Follower {
    rate_hz: u32,
    ring: Vec<f32>,
    n_pushed: u64,
    ear: Option<RhythmEar>,
    clock: Option<Clock>,
    /// What was heard instead, and how often in a row.
    other: Option<(Clock, u32)>,
    /// Until when a hand's word stands.
    hand_until: f64,
    taps: [f64; 8],
    n_taps: usize,
}

impl Follower {
    pub fn new(rate_hz: u32) -> Self {
        let rate_hz = rate_hz.clamp(8_000, 192_000);
        Self {
            rate_hz,
            ring: vec![0.0; RING_SECS * rate_hz as usize],
            n_pushed: 0,
            ear: RhythmEar::new(),
            clock: None,
            other: None,
            hand_until: f64::NEG_INFINITY,
            taps: [0.0; 8],
            n_taps: 0,
        }
    }

    /// The newest sound, mono.  Allocates nothing, takes no lock: for the thread that has the sound.
    pub fn push(&mut self, samples: &[f32]) {
        let n = self.ring.len();
        for &sample in samples {
            self.ring[(self.n_pushed % n as u64) as usize] = if sample.is_finite() { sample } else { 0.0 };
            self.n_pushed += 1;
        }
    }

    /// Seconds of the input so far.
    pub fn now_secs(&self) -> f64 {
        self.n_pushed as f64 / f64::from(self.rate_hz)
    }

    /// Hears what came since.  Takes some milliseconds: for a worker, four times a second or so.
    pub fn update(&mut self) {
        let now = self.now_secs();
        let Some(heard) = self.hear() else { return };
        let Some(clock) = self.clock else {
            self.clock = Some(heard);
            return;
        };
        if clock.is_near(heard, now) {
            self.other = None;
            // A hand knows the tempo too, but not on the millisecond.
            let off = clock.off(heard, now);
            let period_secs = clock.period_secs + GIVE * (heard.period_secs - clock.period_secs);
            let beat_secs = now - (clock.beat_at(now) - GIVE * off) * period_secs;
            self.clock = Some(Clock { beat_secs, period_secs });
            return;
        }
        if now < self.hand_until {
            return;
        }
        let n_alike = match self.other {
            Some((other, n)) if other.is_near(heard, now) => n + 1,
            _ => 1,
        };
        self.other = Some((heard, n_alike));
        if n_alike >= PATIENCE {
            (self.clock, self.other) = (Some(heard), None);
        }
    }

    /// The clock as the hearing alone would set it.
    fn hear(&mut self) -> Option<Clock> {
        let (now, n) = (self.now_secs(), self.ring.len());
        if now < LEAST_SECS {
            return None;
        }
        let n_known = (self.n_pushed as usize).min(n) / self.rate_hz as usize * self.rate_hz as usize;
        let first = self.n_pushed as usize - n_known;
        let sound: Vec<f32> = (first..first + n_known).map(|at| self.ring[at % n]).collect();
        if sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len().max(1) as f32 <= SILENCE {
            return None;
        }
        let mut sound = resample::resampled(&sound, self.rate_hz, ear::RATE_HZ);
        // Resampling may cost the last sample, and that a whole second.
        sound.resize(n_known / self.rate_hz as usize * ear::RATE_HZ as usize, 0.0);
        let [beat, kick] = self.ear.as_mut()?.beats(&sound);
        let beats = pulse::beats(&beat);
        let from_secs = first as f64 / f64::from(self.rate_hz);
        let beats: Vec<f64> = beats.into_iter().map(|secs| secs + from_secs).filter(|secs| *secs < now - EDGE_SECS).collect();
        let clock = line(&beats[beats.partition_point(|secs| *secs < now - LINE_SECS)..])?;
        let kicks = |secs: f64| peak_near(&kick, secs - from_secs, ear::BEAT_FPS, 2) > SURE_HIT;
        Some(by_kicks(clock, (now - LINE_SECS).max(from_secs), now - EDGE_SECS, &kicks))
    }

    /// The clock, once there is one.
    pub fn clock(&self) -> Option<Clock> {
        self.clock
    }

    /// A tap now: the beat is here, and after three the tempo is that of the taps.
    pub fn tap(&mut self) {
        let now = self.now_secs();
        let last = self.n_taps.checked_sub(1).map(|last| self.taps[last]);
        if last.is_some_and(|last| now - last > 2.5 || now <= last) {
            self.n_taps = 0;
        }
        if self.n_taps == self.taps.len() {
            self.taps.rotate_left(1);
            self.n_taps -= 1;
        }
        self.taps[self.n_taps] = now;
        self.n_taps += 1;
        let tapped = if self.n_taps >= 3 { line_through(&self.taps[..self.n_taps]) } else { None };
        // The line's beat is steadier than the last finger.
        self.clock = tapped.or(self.clock.map(|clock| Clock { beat_secs: now, ..clock }));
        (self.other, self.hand_until) = (None, now + HAND_SECS);
    }

    /// Beats earlier (negative) or later from now on.
    pub fn nudge(&mut self, secs: f64) {
        if let Some(clock) = self.clock.as_mut().filter(|_| secs.is_finite()) {
            clock.beat_secs += secs;
            (self.other, self.hand_until) = (None, self.now_secs() + HAND_SECS);
        }
    }

    /// The hearing counts again at once.
    pub fn let_go(&mut self) {
        (self.hand_until, self.n_taps) = (f64::NEG_INFINITY, 0);
    }
}

/// Hats between the beats draw a net to themselves; a kick that strikes in a row and never between it says where beats are.
fn by_kicks(clock: Clock, from_secs: f64, to_secs: f64, kicks: &dyn Fn(f64) -> bool) -> Clock {
    let share = |shift: f64| {
        let first = (clock.beat_at(from_secs) - shift).ceil();
        let n = ((clock.beat_at(to_secs) - shift).floor() - first + 1.0).max(0.0) as usize;
        let at = |beat: usize| clock.beat_secs + (first + beat as f64 + shift) * clock.period_secs;
        (0..n).filter(|beat| kicks(at(*beat))).count() as f64 / n.max(1) as f64
    };
    if share(0.5) > OFTEN && share(0.0) < NEVER * share(0.5) {
        return Clock { beat_secs: clock.beat_secs + 0.5 * clock.period_secs, ..clock };
    }
    clock
}

/// A steady line through beats of which some may be missing or too many; `None` where they are no row.
fn line(beats: &[f64]) -> Option<Clock> {
    if beats.len() < LEAST_BEATS {
        return None;
    }
    let clock = line_through(beats)?;
    let off = |secs: &f64| (clock.beat_at(*secs) - clock.beat_at(*secs).round()).abs();
    let n_loose = beats.iter().filter(|secs| off(secs) > LOOSE).count();
    (n_loose * 4 <= beats.len()).then_some(clock)
}

/// Least squares over numbered beats.
fn line_through(beats: &[f64]) -> Option<Clock> {
    let mut steps: Vec<f64> = beats.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_unstable_by(f64::total_cmp);
    let step = *steps.get(steps.len() / 2).filter(|step| (0.15..3.0).contains(*step))?;
    let mut number = 0.0;
    let mut rows = vec![(0.0, beats[0])];
    for pair in beats.windows(2) {
        number += ((pair[1] - pair[0]) / step).round().max(1.0);
        rows.push((number, pair[1]));
    }
    let n = rows.len() as f64;
    let (mean_number, mean_secs) = (rows.iter().map(|row| row.0).sum::<f64>() / n, rows.iter().map(|row| row.1).sum::<f64>() / n);
    let spread: f64 = rows.iter().map(|row| (row.0 - mean_number).powi(2)).sum();
    let period_secs = rows.iter().map(|row| (row.0 - mean_number) * (row.1 - mean_secs)).sum::<f64>() / spread;
    let beat_secs = mean_secs + (number - mean_number) * period_secs;
    (period_secs > 0.1 && period_secs.is_finite()).then_some(Clock { beat_secs, period_secs })
}

/// A whole sound as a follower hears it, fed in the order of time: the beats that it says while they come.
pub fn followed(mono: &[f32], rate_hz: u32) -> Vec<f64> {
    /// Updates a second, and looks at the clock a second.
    const UPDATES: u32 = 3;
    const LOOKS: u32 = 100;
    let mut follower = Follower::new(rate_hz);
    let mut beats: Vec<f64> = Vec::new();
    let mut before: Option<f64> = None;
    for (look, block) in mono.chunks((rate_hz / LOOKS).max(1) as usize).enumerate() {
        follower.push(block);
        if (look as u32 + 1).is_multiple_of(LOOKS / UPDATES) {
            follower.update();
        }
        let now = follower.now_secs();
        let Some(clock) = follower.clock() else { continue };
        let beat = clock.beat_at(now);
        // Its whole number rose since the last look: a beat has just passed.
        let from = before.map_or(now, |before| clock.beat_at(before).floor());
        before = Some(now);
        let passed = clock.beat_secs + beat.floor() * clock.period_secs;
        if beat.floor() > from && beats.last().is_none_or(|last| passed - last > 0.5 * clock.period_secs) {
            beats.push(passed);
        }
    }
    beats
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
