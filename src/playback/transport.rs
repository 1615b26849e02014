//! Where playback is at any instant: a snapshot that needs no further word from whoever made it.
//!
//! Pure: instants come as arguments and are never read here, so a copy on another thread goes on by itself and a
//! test steps it.  Positions are seconds of the track, `0.0..=end`.
//!
//! - Every break in the flow (seek, start, stop, a round of the loop, a snap to the sound) changes
//!   [`LightMoment::jump`]; equal numbers mean that the time between two moments was really played.
//! - A loop catches only a playhead that runs into its end: after a seek behind it the track plays on.
//! - The light's offset moves what light shows along the same looped path, so a light that runs ahead of the sound
//!   already shows the loop's start while its end is still heard.

use std::time::{Duration, Instant};

use thiserror::Error;

pub const RATES: std::ops::RangeInclusive<f64> = 0.25..=4.0;
/// Shorter loops are a mistake of the hand, and their rounds would outrun a frame.
pub const SHORTEST_LOOP_SECS: f64 = 0.05;
/// Further apart than this, the transport snaps to the sound instead of gliding.
pub const SNAP_SECS: f64 = 0.05;
pub const LARGEST_OFFSET_SECS: f64 = 10.0;

/// How fast a small difference to the sound fades: to a third in this time.
const GLIDE_SECS: f64 = 0.5;

/// What a break adds to the jump counter, in which every round of a loop counts one: no number of rounds meets it.
const BREAK: u64 = 1 << 32;

#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum TransportError {
    #[error("The position {0} is not in the track: give seconds, 0 or more")]
    Position(f64),
    #[error("The playback rate {0} is not possible: give 0.25 to 4")]
    Rate(f64),
    #[error("The loop from {0} to {1} is not possible: its end must lie at least 0.05 s behind its start, inside the track")]
    Loop(f64, f64),
    #[error("The track length {0} is not possible: give seconds, 0 or more")]
    Length(f64),
    #[error("The light offset {0} s is not possible: give -10 to 10")]
    Offset(f64),
}

/// A stretch that repeats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoopRegion {
    start_secs: f64,
    end_secs: f64,
}

impl LoopRegion {
    pub fn new(start_secs: f64, end_secs: f64) -> Result<Self, TransportError> {
        // A NaN fails every comparison, so it ends here too.
        if start_secs >= 0.0 && end_secs.is_finite() && end_secs - start_secs >= SHORTEST_LOOP_SECS {
            Ok(Self { start_secs, end_secs })
        } else {
            Err(TransportError::Loop(start_secs, end_secs))
        }
    }

    pub fn start_secs(self) -> f64 {
        self.start_secs
    }

    pub fn end_secs(self) -> f64 {
        self.end_secs
    }

    pub fn length_secs(self) -> f64 {
        self.end_secs - self.start_secs
    }
}

/// How far light runs ahead of the sound (negative: behind it), in seconds of the track.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LightOffset(f64);

impl LightOffset {
    pub fn new(secs: f64) -> Result<Self, TransportError> {
        if secs.abs() <= LARGEST_OFFSET_SECS { Ok(Self(secs)) } else { Err(TransportError::Offset(secs)) }
    }

    pub fn secs(self) -> f64 {
        self.0
    }
}

/// What light shows at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LightMoment {
    pub secs: f64,
    /// Differs from the last moment's when the show did not run through what lies between.
    pub jump: u64,
    pub playing: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transport {
    /// `position_secs` was reached at `at`.
    at: Instant,
    position_secs: f64,
    rate: f64,
    playing: bool,
    end_secs: f64,
    region: Option<LoopRegion>,
    /// The loop was gone through since the last seek, so its tail lies before its start.
    lapped: bool,
    jumps: u64,
}

impl Transport {
    /// Stopped at the start of a track of `end_secs`.
    pub fn new(now: Instant, end_secs: f64) -> Result<Self, TransportError> {
        let end_secs = length(end_secs)?;
        Ok(Self { at: now, position_secs: 0.0, rate: 1.0, playing: false, end_secs, region: None, lapped: false, jumps: 0 })
    }

    /// Another track: stopped at its start, no loop; the rate stays.
    pub fn load(&mut self, now: Instant, end_secs: f64) -> Result<(), TransportError> {
        self.end_secs = length(end_secs)?;
        self.region = None;
        self.playing = false;
        self.break_to(now, 0.0);
        Ok(())
    }

    pub fn position_at(&self, now: Instant) -> f64 {
        self.fold(self.run_secs(now)).0
    }

    pub fn light_at(&self, now: Instant, offset: LightOffset) -> LightMoment {
        let (secs, laps) = self.fold(self.run_secs(now) + offset.0);
        LightMoment { secs, jump: self.jumps.wrapping_add_signed(laps), playing: self.is_playing_at(now) }
    }

    /// False also when the track has run out by itself.
    pub fn is_playing_at(&self, now: Instant) -> bool {
        self.playing && (self.looping().is_some() || self.run_secs(now) < self.end_secs)
    }

    pub fn rate(&self) -> f64 {
        self.rate
    }

    pub fn end_secs(&self) -> f64 {
        self.end_secs
    }

    pub fn loop_region(&self) -> Option<LoopRegion> {
        self.region
    }

    /// The loop, if the playhead will run into its end.
    pub fn looping(&self) -> Option<LoopRegion> {
        self.region.filter(|region| self.position_secs < region.end_secs)
    }

    /// Plays on; from the start when the track had run out.
    pub fn play(&mut self, now: Instant) {
        if self.is_playing_at(now) {
            return;
        }
        self.anchor(now);
        self.playing = true;
        if self.position_secs >= self.end_secs {
            self.position_secs = 0.0;
        }
        self.jumps = self.jumps.wrapping_add(BREAK);
    }

    pub fn pause(&mut self, now: Instant) {
        if self.playing {
            self.anchor(now);
            self.playing = false;
            self.jumps = self.jumps.wrapping_add(BREAK);
        }
    }

    /// Behind the track's end is its end.
    pub fn seek(&mut self, now: Instant, secs: f64) -> Result<(), TransportError> {
        if !(secs >= 0.0 && secs.is_finite()) {
            return Err(TransportError::Position(secs));
        }
        self.break_to(now, secs.min(self.end_secs));
        Ok(())
    }

    pub fn set_rate(&mut self, now: Instant, rate: f64) -> Result<(), TransportError> {
        if !RATES.contains(&rate) {
            return Err(TransportError::Rate(rate));
        }
        self.anchor(now);
        self.rate = rate;
        Ok(())
    }

    pub fn set_loop(&mut self, now: Instant, region: Option<LoopRegion>) -> Result<(), TransportError> {
        if let Some(region) = region
            && region.end_secs > self.end_secs
        {
            return Err(TransportError::Loop(region.start_secs, region.end_secs));
        }
        self.anchor(now);
        if self.region != region {
            self.region = region;
            self.lapped = false;
        }
        Ok(())
    }

    /// Comes nearer to the position that is really heard: glides over a small difference, snaps over a large one.
    ///
    /// A glide never turns the light back: at most a tenth of the time passed is taken or given.
    pub fn follow(&mut self, now: Instant, heard_secs: f64) {
        if !heard_secs.is_finite() || !self.is_playing_at(now) {
            return;
        }
        let passed_secs = now.saturating_duration_since(self.at).as_secs_f64();
        let mut ahead_secs = heard_secs - self.position_at(now);
        // The sound may have gone round the loop just before us, or not yet.
        if let Some(region) = self.looping()
            && ahead_secs.abs() > region.length_secs() / 2.0
            && region.start_secs <= heard_secs
        {
            let half = region.length_secs() / 2.0;
            ahead_secs = (ahead_secs + half).rem_euclid(region.length_secs()) - half;
        }
        if ahead_secs.abs() > SNAP_SECS {
            let lapped = self.lapped;
            self.break_to(now, heard_secs.clamp(0.0, self.end_secs));
            self.lapped = lapped;
        } else {
            self.anchor(now);
            let (position, laps) = self.fold(self.position_secs + ahead_secs * (passed_secs / GLIDE_SECS).min(1.0));
            self.position_secs = position;
            self.jumps = self.jumps.wrapping_add_signed(laps);
        }
    }

    fn elapsed_secs(&self, now: Instant) -> f64 {
        let elapsed = if self.playing { now.saturating_duration_since(self.at) } else { Duration::ZERO };
        elapsed.as_secs_f64() * self.rate
    }

    /// The position if there were neither loop nor end.
    fn run_secs(&self, now: Instant) -> f64 {
        self.position_secs + self.elapsed_secs(now)
    }

    /// Onto the track: the position, and how often the loop's end was passed to get there.
    fn fold(&self, run_secs: f64) -> (f64, i64) {
        match self.looping() {
            Some(region) if run_secs >= region.end_secs || (self.lapped && run_secs < region.start_secs) => {
                let into_secs = run_secs - region.start_secs;
                let laps = (into_secs / region.length_secs()).floor();
                // Rounding must not put the position on the far side of the end.
                let position = region.start_secs + (into_secs - laps * region.length_secs()).max(0.0);
                (position.min(region.end_secs.next_down()), laps as i64)
            }
            Some(_) => (run_secs, 0),
            None => (run_secs.min(self.end_secs), 0),
        }
    }

    /// Moves the anchor to `now` without a break.
    fn anchor(&mut self, now: Instant) {
        let (position, laps) = self.fold(self.run_secs(now));
        self.lapped |= laps > 0;
        self.jumps = self.jumps.wrapping_add_signed(laps);
        self.position_secs = position;
        self.at = now.max(self.at);
    }

    fn break_to(&mut self, now: Instant, secs: f64) {
        self.anchor(now);
        self.position_secs = secs;
        self.lapped = false;
        self.jumps = self.jumps.wrapping_add(BREAK);
    }
}

fn length(end_secs: f64) -> Result<f64, TransportError> {
    if end_secs >= 0.0 && end_secs.is_finite() { Ok(end_secs) } else { Err(TransportError::Length(end_secs)) }
}

#[cfg(test)]
mod tests;
