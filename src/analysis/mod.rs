//! Sound to what is known of it: beats, bars, drum hits, chords, key, energy, sections, loudness, stems.
//!
//! ```text
//! mono at 44.1 kHz ─▶ ear: two small nets over two spectrograms ─┬▶ pulse: path of beats ─▶ grid: exact lines ─▶ sharpen ─▶ bars
//!                                                                ├▶ drums
//!                                                                └▶ chords, key        grid and sound ─▶ energy, sections
//! ```
//!
//! [`plan`], [`processors`] and [`worker`] say what is done for one track, [`queue`] and [`listener`] which track comes next and
//! who does it, [`rows`] as what it is stored.
//!
//! Hearing is pure: samples in, values out, no file and no clock.  Times are seconds of the sound.  A sound without a pulse gets a
//! grid without beats.

mod bars;
mod beats;
pub mod chords;
mod drums;
mod dsp;
mod ear;
mod energy;
pub mod follow;
mod grid;
pub mod intake;
pub mod listener;
pub mod loudness;
mod outline;
#[cfg(feature = "desktop")]
pub mod panel;
pub mod picture;
pub mod plan;
pub mod processors;
mod pulse;
pub mod queue;
pub mod report;
pub mod rows;
mod sharpen;
pub mod stems;
pub mod worker;

use crate::engine::TrackAnalysis;
use crate::tracks::model::{Alternative, Hearing, Stage};

use chords::Key;
use intake::Intake;
use loudness::Loudness;

/// Shorter than this there is no tempo to speak of.
const MIN_SECS: f64 = 2.0;

/// All that one pass over a sound finds.
#[derive(Clone, Debug)]
pub struct Findings {
    pub track: TrackAnalysis,
    pub key: Option<Key>,
    /// How sure the grid is, `0.0..=1.0`.
    pub confidence: f32,
    /// Whether one tempo holds from end to end.
    pub is_steady: bool,
    /// Other grids that a person may mean, the likeliest first.
    pub alternatives: Vec<Alternative>,
    pub loudness: Loudness,
}

impl Findings {
    /// What is told of it beside what the engine plays by.
    pub fn hearing(&self) -> Hearing {
        Hearing {
            stage: Stage::Whole,
            confidence: self.confidence,
            is_steady: self.is_steady,
            key: self.key.map(|key| key.to_string()).unwrap_or_default(),
            alternatives: self.alternatives.clone(),
            lufs: self.loudness.lufs_i,
        }
    }
}

/// Analyses a whole sound, given as its stereo frames (this knows no tracks).
pub fn analyse(frames: &[[f32; 2]], rate_hz: u32) -> TrackAnalysis {
    find(frames, rate_hz).track
}

/// The same with everything that is found on the way.
pub fn find(frames: &[[f32; 2]], rate_hz: u32) -> Findings {
    find_in(Intake::of_frames(frames, rate_hz))
}

/// The same of a sound that was taken in block by block.
pub fn find_in(intake: Intake) -> Findings {
    let duration_secs = intake.duration_secs();
    let mut findings = Findings {
        track: TrackAnalysis { duration_secs, ..TrackAnalysis::default() },
        key: None,
        confidence: 0.0,
        is_steady: false,
        alternatives: Vec::new(),
        loudness: intake.loudness(),
    };
    if duration_secs >= MIN_SECS && intake.rate_hz() >= MIN_RATE_HZ && intake.outline.is_louder_than(QUIET) {
        listen(intake, &mut findings);
    }
    findings
}

/// Below this nothing of music is left.
const MIN_RATE_HZ: u32 = 4_000;
/// No sample above this is silence.
const QUIET: f32 = 1e-4;

fn listen(intake: Intake, findings: &mut Findings) {
    // Nobody stops it.
    let heard = ear::hear(&intake.spectra, &mut || true).unwrap_or_default();
    // Hours of spectra are not kept for nothing.
    let outline = intake.into_outline();
    let track = &mut findings.track;
    let found = beats::find(&heard, &outline);
    track.grid = found.grid;
    findings.confidence = found.confidence;
    findings.is_steady = found.is_steady;
    findings.alternatives = found.alternatives;
    track.drums = Some(drums::hits(&heard.drums));
    track.chords = chords::chords(&heard.chords, &track.grid, track.duration_secs);
    track.logits = Some(chords::logits(&heard.chords));
    findings.key = chords::key(&track.chords);
    track.bar_energy = energy::of_bars(&outline, &track.grid);
    track.sections = energy::sections(&track.grid, &track.bar_energy, track.duration_secs);
}

#[cfg(test)]
mod tests;
