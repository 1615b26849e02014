//! Beats that follow the players: the best path through the onsets whose steps stay near one period (after Ellis, 2007).

use super::onsets::{N_BANDS, Onsets};

/// How dear a step is that differs from the period; higher is stiffer.
const TIGHTNESS: f32 = 120.0;
const ON_BEAT: [f32; N_BANDS] = [1.6, 0.9, 0.7, 0.8, 0.3];
/// Evidence by which half-beats must outweigh beats before the whole path is moved.
const HALF_BEAT_LEAD: f32 = 1.15;

pub(super) fn track(onsets: &Onsets, period_secs: f64) -> Vec<f64> {
    let evidence = evidence(onsets);
    let path = path(&evidence, period_secs / onsets.hop_secs);
    let times: Vec<f64> = path.iter().map(|&frame| onsets.secs_of(frame as f64).max(0.0)).collect();
    let beats = smoothed(&times);
    on_the_beat(onsets, &evidence, beats)
}

/// Strength of onsets in units of its own spread, with kick and bass to the fore.
fn evidence(onsets: &Onsets) -> Vec<f32> {
    let mut sum: Vec<f32> =
        (0..onsets.strength.len()).map(|frame| onsets.bands.iter().zip(ON_BEAT).map(|(band, weight)| band[frame] * weight).sum()).collect();
    let square = sum.iter().map(|value| value * value).sum::<f32>() / sum.len().max(1) as f32;
    let scale = 1.0 / square.sqrt().max(1e-6);
    sum.iter_mut().for_each(|value| *value *= scale);
    sum
}

fn path(evidence: &[f32], period: f64) -> Vec<usize> {
    let (nearest, farthest) = ((period * 0.55).round().max(1.0) as usize, (period * 1.8).round() as usize);
    let dearness: Vec<f32> = (nearest..=farthest).map(|step| TIGHTNESS * ((step as f64 / period).ln() as f32).powi(2)).collect();
    let mut totals = vec![0.0_f32; evidence.len()];
    let mut origins = vec![usize::MAX; evidence.len()];
    for at in 0..evidence.len() {
        let mut best = (0.0, usize::MAX);
        for (index, dear) in dearness.iter().enumerate() {
            let Some(origin) = at.checked_sub(nearest + index) else { break };
            let total = totals[origin] - dear;
            if total > best.0 {
                best = (total, origin);
            }
        }
        totals[at] = evidence[at] + best.0;
        origins[at] = best.1;
    }
    let from = evidence.len().saturating_sub(period.ceil() as usize);
    let mut path = Vec::new();
    let mut at = (from..evidence.len()).max_by(|&a, &b| totals[a].total_cmp(&totals[b])).unwrap_or(usize::MAX);
    while at != usize::MAX {
        path.push(at);
        at = origins[at];
    }
    path.reverse();
    path
}

/// Each beat moved onto the straight line through its neighbours: players are steadier than frames.
fn smoothed(beats: &[f64]) -> Vec<f64> {
    const REACH: usize = 2;
    (0..beats.len())
        .map(|at| {
            let reach = REACH.min(at).min(beats.len() - 1 - at);
            let around = &beats[at - reach..=at + reach];
            // Symmetric about `at`, so the line's value there is the mean.
            around.iter().sum::<f64>() / around.len() as f64
        })
        .collect()
}

/// Moves the path by half a beat if that is where kick and bass are.
fn on_the_beat(onsets: &Onsets, evidence: &[f32], beats: Vec<f64>) -> Vec<f64> {
    let between: Vec<f64> = beats.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
    let sum = |times: &[f64]| times.iter().map(|&secs| onsets.peak_near(evidence, secs, 4)).sum::<f32>();
    if sum(&between) > HALF_BEAT_LEAD * sum(&beats) { between } else { beats }
}
