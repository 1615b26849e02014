//! The spacing of beats, from how well the onsets of each band agree with themselves.
//!
//! Bands are correlated apart: a kick on the beat and a hat between beats agree at the beat, and only a blind sum of
//! them would agree at half of it.

use super::dsp::spectrum::autocorrelation;
use super::onsets::{N_BANDS, Onsets};

const MIN_BPM: f64 = 62.0;
const MAX_BPM: f64 = 205.0;
/// What people tap to, if in doubt: the centre and width (in octaves) of a log-normal curve.
const PRIOR_BPM: f64 = 135.0;
const PRIOR_OCTAVES: f64 = 0.75;
const WEIGHTS: [f32; N_BANDS] = [1.2, 0.8, 0.8, 0.9, 0.6];

/// Seconds from beat to beat, to about one part in a thousand; `None` without any pulse.
pub(super) fn period_secs(onsets: &Onsets) -> Option<f64> {
    let n_lags = ((60.0 / MIN_BPM * 8.0 + 0.5) / onsets.hop_secs) as usize;
    let agreement = agreement(onsets, n_lags);
    if agreement.first().is_none_or(|zero| *zero <= 0.0) {
        return None;
    }
    let n_steps = 400;
    let bpm_of = |step: usize| MIN_BPM * (MAX_BPM / MIN_BPM).powf(step as f64 / f64::from(n_steps));
    let best = (0..=n_steps as usize)
        .map(|step| 60.0 / bpm_of(step))
        .map(|period| (period, score(&agreement, period / onsets.hop_secs) * prior(period)))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    (best.1 > 0.0).then(|| refined(&agreement, best.0 / onsets.hop_secs) * onsets.hop_secs)
}

fn prior(period_secs: f64) -> f64 {
    let octaves = (60.0 / period_secs / PRIOR_BPM).log2();
    (-0.5 * (octaves / PRIOR_OCTAVES).powi(2)).exp()
}

fn agreement(onsets: &Onsets, n_lags: usize) -> Vec<f32> {
    let mut sum = vec![0.0; n_lags];
    for (band, weight) in onsets.bands.iter().zip(WEIGHTS) {
        let mean = band.iter().sum::<f32>() / band.len().max(1) as f32;
        let centred: Vec<f32> = band.iter().map(|value| value - mean).collect();
        let lags = autocorrelation(&centred, n_lags);
        let zero = lags.first().copied().unwrap_or(0.0);
        if zero > 1e-6 {
            sum.iter_mut().zip(lags).for_each(|(sum, lag)| *sum += weight * lag / zero);
        }
    }
    sum
}

/// The value at a fractional lag: the best within a hair, since beats are not on frames.
fn near(agreement: &[f32], lag: f64) -> f64 {
    let centre = lag.round() as usize;
    let to = (centre + 2).min(agreement.len());
    agreement.get(centre.saturating_sub(1).min(to)..to).unwrap_or(&[]).iter().copied().fold(f32::MIN, f32::max).into()
}

/// One, two, three, four and eight beats must all agree; bars weigh as much as beats.
fn score(agreement: &[f32], lag: f64) -> f64 {
    [(1.0, 1.0), (2.0, 0.8), (3.0, 0.3), (4.0, 0.8), (8.0, 0.5)]
        .iter()
        .map(|(n_beats, weight)| weight * near(agreement, lag * n_beats))
        .sum()
}

/// A better lag from the peaks at two, four and eight beats, each found near where the one before points.
fn refined(agreement: &[f32], lag: f64) -> f64 {
    let mut lag = lag;
    for n_beats in [1.0, 2.0, 4.0, 8.0] {
        let reach = 2.max((0.012 * lag * n_beats / n_beats.sqrt()) as usize);
        let centre = (lag * n_beats).round() as usize;
        let span = centre.saturating_sub(reach).max(1)..(centre + reach + 1).min(agreement.len().saturating_sub(1));
        let Some(peak) = span.max_by(|&a, &b| agreement[a].total_cmp(&agreement[b])) else { return lag };
        let (before, at, after) = (agreement[peak - 1], agreement[peak], agreement[peak + 1]);
        let bend = before - 2.0 * at + after;
        let shift = if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 };
        lag = (peak as f64 + f64::from(shift)) / n_beats;
    }
    lag
}
