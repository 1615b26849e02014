//! The beat grid: the pulse's path made exact, cut to where there is sound, with its bars and what else it could be.

use crate::engine::tempo::BeatGrid;

use super::bars::{self, Bars};
use super::ear::{BEAT_FPS, Heard};
use super::grid::{self, Fit, Piece};
use super::pulse;
use super::sharpen::Rises;

/// Another reading of the same music.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    pub bpm: f64,
    /// Seconds by which every beat moves.
    pub beats_offset: f64,
    /// Beats by which the first of the bar moves.
    pub bar_shift: u32,
    pub why: &'static str,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) grid: BeatGrid,
    pub(super) confidence: f32,
    pub(super) is_steady: bool,
    pub(super) alternatives: Vec<Alternative>,
}

/// How much softer than the loud seconds a sound may be and still have beats, as a share of its amplitude.
const SOFT: f32 = 0.006;
/// What an attack without a kick counts for.
const NO_KICK: f64 = 0.15;
/// Where the net's clearest beats are, all is certain.
const CLEAR: f32 = 0.75;

pub(super) fn find(heard: &Heard, mono: &[f32], rate_hz: u32) -> Found {
    let path = pulse::beats(&heard.beat);
    let path = within(&path, sounding(mono, rate_hz));
    if path.len() < 4 {
        return Found::default();
    }
    let fit = grid::fit(&path);
    let is_steady = matches!(&fit, Fit::Steady(pieces) if pieces.len() == 1);
    let beats = match fit {
        Fit::Free(beats) => beats,
        Fit::Steady(pieces) => {
            let rises = Rises::new(mono, rate_hz);
            let kick = |secs: f64| NO_KICK + f64::from(peak_near(&heard.drums[0], secs, BEAT_FPS, 1));
            let exact: Vec<Piece> = pieces.into_iter().map(|piece| exact(piece, &rises, &kick)).collect();
            let mut beats: Vec<f64> = exact.iter().flat_map(|piece| (piece.from..piece.to).map(|beat| piece.secs(beat))).collect();
            beats.iter_mut().for_each(|beat| *beat = beat.max(0.0));
            beats.dedup_by(|later, earlier| *later - *earlier < 0.05);
            beats
        }
    };
    if beats.len() < 2 {
        return Found::default();
    }
    let bpm = 60.0 / median_step(&beats, is_steady);
    let evidence = bars::evidence(heard, &beats);
    let bars = bars::bars(&evidence);
    let clear = beats.iter().map(|&secs| peak_near(&heard.beat, secs, BEAT_FPS, 1)).sum::<f32>() / beats.len() as f32;
    let sure_of_bar = 1.0 - (-bars.lead.max(0.0)).exp();
    Found {
        confidence: (clear / CLEAR).min(1.0) * (0.7 + 0.3 * sure_of_bar),
        alternatives: alternatives(bpm, &evidence, &bars),
        grid: BeatGrid { beats, downbeats: bars.downbeats, bpm, beats_per_bar: bars.beats_per_bar },
        is_steady,
    }
}

fn exact(piece: Piece, rises: &Rises, kick: &dyn Fn(f64) -> f64) -> Piece {
    let sharp = rises.sharpened(piece, kick, false);
    match grid::rounded(sharp) {
        Some(round) => rises.sharpened(round, kick, true),
        None => sharp,
    }
}

fn median_step(beats: &[f64], is_steady: bool) -> f64 {
    if is_steady {
        return (beats[beats.len() - 1] - beats[0]) / (beats.len() - 1) as f64;
    }
    let mut steps: Vec<f64> = beats.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_unstable_by(f64::total_cmp);
    steps[steps.len() / 2]
}

fn peak_near(curve: &[f32], secs: f64, fps: f64, reach: usize) -> f32 {
    let centre = (secs * fps).round().max(0.0) as usize;
    let to = (centre + reach + 1).min(curve.len());
    curve.get(centre.saturating_sub(reach).min(to)..to).unwrap_or(&[]).iter().copied().fold(0.0, f32::max)
}

/// From when to when there is sound at all.
fn sounding(mono: &[f32], rate_hz: u32) -> (f64, f64) {
    let n_block = (rate_hz / 20).max(1) as usize;
    let peaks: Vec<f32> = mono.chunks(n_block).map(|block| block.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()))).collect();
    let gate = SOFT * peaks.iter().copied().fold(0.0, f32::max);
    let secs = |block: usize| (block * n_block) as f64 / f64::from(rate_hz);
    let first = peaks.iter().position(|&peak| peak > gate).unwrap_or(0);
    let last = peaks.iter().rposition(|&peak| peak > gate).map_or(0, |last| last + 1);
    (secs(first), secs(last))
}

fn within(beats: &[f64], (from, to): (f64, f64)) -> Vec<f64> {
    beats.iter().copied().filter(|&beat| beat >= from - 0.06 && beat <= to + 0.02).collect()
}

fn alternatives(bpm: f64, evidence: &[f32], bars: &Bars) -> Vec<Alternative> {
    let plain = Alternative { bpm, beats_offset: 0.0, bar_shift: 0, why: "" };
    let shifted = bars::shifts(evidence, bars).into_iter().take(2).map(|bar_shift| Alternative { bar_shift, why: "another beat is the first", ..plain.clone() });
    let mut all: Vec<Alternative> = shifted.collect();
    let twice = Alternative { bpm: 2.0 * bpm, why: "double tempo", ..plain.clone() };
    let half = Alternative { bpm: 0.5 * bpm, why: "half tempo", ..plain.clone() };
    // The nearer to what people tap comes first.
    all.extend(if bpm > 120.0 { [half, twice] } else { [twice, half] });
    all.push(Alternative { beats_offset: 30.0 / bpm, why: "half a beat later", ..plain });
    all
}
