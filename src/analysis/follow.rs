//! The tempo follower: the beat of sound as it comes in, for a sound-card input or a deck that nobody analysed.
//!
//! ```text
//! push ─▶ ring of the last seconds ─▶ update (a few times a second) ─▶ clock ─▶ beat_at
//! ```
//! The ring is heard as the whole analysis would hear it, but only what has been: [`heard`] draws a line through the newest
//! beats, and the clock runs on from there.  It gives in to what is heard little by little, and jumps only when the hearing has
//! contradicted it several times alike: the longer it was right, the more often.
//!
//! A hand wins.  Taps set the beat and the tempo, a nudge moves the beat and stays; from then on the hearing only corrects the
//! clock around the hand's word, counting twice as fast or slow or half a beat later where the hand does, until another
//! tempo altogether has come to stay.
//!
//! Seconds are those of the input, counted in samples from the first.  [`station`] keeps a follower on a thread of its own.

mod clock;
mod heard;
#[cfg(feature = "desktop")]
pub mod input;
pub mod station;

use super::dsp::resample;
use super::ear::{self, RhythmEar};

pub use clock::Clock;
use clock::line_through;

/// What is heard again and again: long enough for a tempo, short enough to hear it change.
const RING_SECS: usize = 12;
/// Nothing is said before so much was heard.
const LEAST_SECS: f64 = 3.0;
/// How much of a difference one correction takes away.
const GIVE: f64 = 0.35;
/// So many hearings in a row must say another thing alike before a new clock jumps; the longer it was right the more, up to so
/// many: to another count of the same beat, and to another beat.
const LEAST_PATIENCE: u32 = 2;
const RELATED_PATIENCE: u32 = 10;
const OTHER_PATIENCE: u32 = 5;
/// So many hearings in a row of a tempo that has nothing to do with the hand's end its word.
const HAND_PATIENCE: u32 = 36;
/// A mean square below this is silence.
const SILENCE: f32 = 1e-7;
/// Taps farther apart begin anew.
const LONGEST_TAP_SECS: f64 = 2.5;
const N_TAPS: usize = 8;

pub struct Follower {
    rate_hz: u32,
    ring: Vec<f32>,
    n_pushed: u64,
    ear: Option<RhythmEar>,
    clock: Option<Clock>,
    /// How many hearings agreed with the clock.
    n_agreed: u32,
    /// What was heard instead, and how often in a row.
    other: Option<(Clock, u32)>,
    hand: Hand,
}

/// What a person said.
#[derive(Default)]
struct Hand {
    holds: bool,
    /// Beats are so much later than they are heard.
    nudged_secs: f64,
    taps: Vec<f64>,
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
            n_agreed: 0,
            other: None,
            hand: Hand::default(),
        }
    }

    /// The newest sound, mono.  Allocates nothing.
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

    /// Hears what came since.  Takes some tens of milliseconds: for a worker, two or three times a second.
    pub fn update(&mut self) {
        if let Some(heard) = self.hear() {
            self.take(heard);
        }
    }

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
        let curves = self.ear.as_mut()?.hear(&sound);
        heard::clock(&curves, first as f64 / f64::from(self.rate_hz), now)
    }

    /// Lets the clock give in to what was heard.
    fn take(&mut self, heard: Clock) {
        let now = self.now_secs();
        let heard = Clock { beat_secs: heard.beat_secs + self.hand.nudged_secs, ..heard };
        let Some(clock) = self.clock else {
            self.clock = Some(heard);
            return;
        };
        let as_the_hand = || heard.relatives(now).into_iter().find(|relative| clock.is_near(*relative, now));
        let agreeing = if self.hand.holds { as_the_hand() } else { Some(heard).filter(|heard| clock.is_near(*heard, now)) };
        if let Some(heard) = agreeing {
            (self.other, self.n_agreed) = (None, self.n_agreed + 1);
            let off = clock.off(heard, now);
            let period_secs = clock.period_secs + GIVE * (heard.period_secs - clock.period_secs);
            let beat_secs = now - (clock.beat_at(now) - GIVE * off) * period_secs;
            self.clock = Some(Clock { beat_secs, period_secs });
            return;
        }
        let n_alike = match self.other {
            Some((other, n)) if other.is_near(heard, now) => n + 1,
            _ => 1,
        };
        self.other = Some((heard, n_alike));
        // The same music counted otherwise is doubted longer than other music.
        let is_related = heard.relatives(now).iter().any(|relative| clock.is_near(*relative, now));
        let patience = match (self.hand.holds, is_related) {
            (true, _) => HAND_PATIENCE,
            (false, true) => (LEAST_PATIENCE + self.n_agreed / 2).min(RELATED_PATIENCE),
            (false, false) => (LEAST_PATIENCE + self.n_agreed / 4).min(OTHER_PATIENCE),
        };
        if n_alike >= patience {
            let heard = Clock { beat_secs: heard.beat_secs - self.hand.nudged_secs, ..heard };
            (self.clock, self.other, self.n_agreed, self.hand) = (Some(heard), None, 0, Hand::default());
        }
    }

    /// The clock, once there is one.
    pub fn clock(&self) -> Option<Clock> {
        self.clock
    }

    /// Whether the clock goes by a person's word.
    pub fn is_held(&self) -> bool {
        self.hand.holds
    }

    /// A tap now: the beat is here, and after three the tempo is that of the taps.
    pub fn tap(&mut self) {
        self.tap_at(self.now_secs());
    }

    /// The same for a tap of a moment ago.
    pub fn tap_at(&mut self, secs: f64) {
        let taps = &mut self.hand.taps;
        if taps.last().is_some_and(|last| secs - last > LONGEST_TAP_SECS || secs <= *last) {
            taps.clear();
        }
        if taps.len() == N_TAPS {
            taps.remove(0);
        }
        taps.push(secs);
        let tapped = if taps.len() >= 3 { line_through(taps) } else { None };
        // The line's beat is steadier than the last finger.
        self.clock = tapped.or(self.clock.map(|clock| Clock { beat_secs: secs, ..clock }));
        (self.hand.holds, self.hand.nudged_secs, self.other) = (self.clock.is_some(), 0.0, None);
    }

    /// Beats earlier (negative) or later from now on.
    pub fn nudge(&mut self, secs: f64) {
        if let Some(clock) = self.clock.as_mut().filter(|_| secs.is_finite()) {
            clock.beat_secs += secs;
            self.hand.nudged_secs += secs;
            (self.hand.holds, self.other) = (true, None);
        }
    }

    /// The hearing alone counts again.
    pub fn let_go(&mut self) {
        (self.hand, self.n_agreed) = (Hand::default(), 0);
    }
}

/// The beats that a follower says while a sound comes, fed in the order of time.
pub struct Followed {
    follower: Follower,
    beats: Vec<f64>,
    /// Samples that no look was taken at yet.
    waiting: Vec<f32>,
    n_looks: u32,
    looked_secs: Option<f64>,
}

/// Updates a second, and looks at the clock a second.
const UPDATES: u32 = 3;
const LOOKS: u32 = 100;

impl Followed {
    pub fn new(rate_hz: u32) -> Self {
        Self { follower: Follower::new(rate_hz), beats: Vec::new(), waiting: Vec::new(), n_looks: 0, looked_secs: None }
    }

    /// The next samples, mono.
    pub fn push(&mut self, mono: &[f32]) {
        self.waiting.extend_from_slice(mono);
        let n_look = (self.follower.rate_hz / LOOKS).max(1) as usize;
        let waiting = std::mem::take(&mut self.waiting);
        let blocks = waiting.chunks_exact(n_look);
        let rest = blocks.remainder().to_vec();
        blocks.for_each(|block| self.look(block));
        self.waiting = rest;
    }

    fn look(&mut self, block: &[f32]) {
        self.follower.push(block);
        self.n_looks += 1;
        if self.n_looks.is_multiple_of(LOOKS / UPDATES) {
            self.follower.update();
        }
        let now = self.follower.now_secs();
        let Some(clock) = self.follower.clock() else { return };
        // Where its whole number rose since the last look, a beat has just passed.
        let last = self.looked_secs.replace(now).map_or(f64::INFINITY, |looked| clock.beat_at(looked).floor());
        let beat = clock.beat_at(now).floor();
        let passed = clock.beat_secs + beat * clock.period_secs;
        if beat > last && self.beats.last().is_none_or(|last| passed - last > 0.5 * clock.period_secs) {
            self.beats.push(passed);
        }
    }

    pub fn beats(&self) -> &[f64] {
        &self.beats
    }
}

/// The same of a whole sound.
pub fn followed(mono: &[f32], rate_hz: u32) -> Vec<f64> {
    let mut followed = Followed::new(rate_hz);
    followed.push(mono);
    followed.beats
}

#[cfg(test)]
mod tests;
