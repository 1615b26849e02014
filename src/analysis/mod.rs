//! Sound to [`TrackAnalysis`]: beats, bars, drum hits, energy and sections.
//!
//! ```text
//! mono ─▶ flux (5 ms frames, five bands) ─▶ tempo ─▶ beats: one steady grid, or a path of their own ─▶ bars ─▶ energy, sections
//! ```
//!
//! Pure: samples in, values out, no file and no clock.  Times are seconds of the sound; a frame's latency is taken out
//! once, in [`onsets`].  A sound without a pulse gets a grid without beats.

mod bars;
mod beats;
mod drums;
mod dsp;
mod energy;
mod grid;
mod onsets;
mod tempo;

use crate::engine::TrackAnalysis;
use crate::engine::tempo::BeatGrid;
use crate::engine::track::Audio;

use onsets::Onsets;

/// Shorter than this there is no tempo to speak of.
const MIN_SECS: f64 = 2.0;
const BEATS_PER_BAR: u32 = 4;

/// Analyses a whole sound, given as its stereo frames (this knows no tracks).  Stems, chords and logits stay empty: they
/// come from elsewhere.
pub fn analyse(frames: &[[f32; 2]], rate_hz: u32) -> TrackAnalysis {
    let duration_secs = frames.len() as f64 / f64::from(rate_hz.max(1));
    let mono: Vec<f32> = frames.iter().map(|frame| (frame[0] + frame[1]) * 0.5).collect();
    let mut analysis = TrackAnalysis { duration_secs, ..TrackAnalysis::default() };
    if duration_secs >= MIN_SECS && mono.iter().any(|sample| sample.abs() > 1e-4) {
        let onsets = onsets::onsets(&mono, rate_hz);
        analysis.grid = beat_grid(&mono, rate_hz, &onsets);
        analysis.drums = Some(drums::hits(&onsets));
        analysis.bar_energy = energy::of_bars(&mono, rate_hz, &analysis.grid);
        analysis.sections = energy::sections(&analysis.grid, &analysis.bar_energy, duration_secs);
    }
    analysis.audio = Some(Audio { samples: mono.into(), rate_hz });
    analysis
}

fn beat_grid(mono: &[f32], rate_hz: u32, onsets: &Onsets) -> BeatGrid {
    let Some(period) = tempo::period_secs(onsets) else { return BeatGrid::default() };
    let beats = match grid::steady(onsets, period) {
        Some(steady) => steady.sharpened(mono, rate_hz, onsets).beats(onsets.duration_secs()),
        None => beats::track(onsets, period),
    };
    if beats.len() < 2 {
        return BeatGrid::default();
    }
    let bpm = 60.0 * (beats.len() - 1) as f64 / (beats[beats.len() - 1] - beats[0]);
    let first = bars::first_downbeat(mono, rate_hz, onsets, &beats);
    let downbeats = (first..beats.len()).step_by(BEATS_PER_BAR as usize).collect();
    BeatGrid { beats, downbeats, bpm, beats_per_bar: BEATS_PER_BAR }
}

#[cfg(test)]
mod tests;
