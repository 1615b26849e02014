//! Kick, snare and hat hits: peaks of their bands' flux.

use super::dsp::envelope::smoothed;
use super::onsets::{AIR, KICK, LOW_MID, Onsets, PRESENCE};

/// No drum is hit twice within this.
const WAIT_SECS: f64 = 0.06;
/// How far above its surroundings a peak must stand.
const MARGIN: [f32; 3] = [0.35, 0.30, 0.22];

/// Seconds of hits, in the order of [`crate::engine::track::Drum::ALL`].
pub(super) fn hits(onsets: &Onsets) -> [Vec<f64>; 3] {
    let n_frames = onsets.strength.len();
    // A snare is skin and wires at once; either alone is a tom, a voice or a hat.
    let snare: Vec<f32> = (0..n_frames).map(|frame| (onsets.bands[LOW_MID][frame] * onsets.bands[PRESENCE][frame]).sqrt()).collect();
    let curves = [&onsets.bands[KICK], &snare, &onsets.bands[AIR]];
    std::array::from_fn(|drum| peaks(onsets, curves[drum], MARGIN[drum]))
}

fn peaks(onsets: &Onsets, curve: &[f32], margin: f32) -> Vec<f64> {
    let around = smoothed(curve, (0.1 / onsets.hop_secs) as usize);
    let reach = (0.03 / onsets.hop_secs) as usize;
    let mut hits: Vec<f64> = Vec::new();
    for at in 0..curve.len() {
        let window = &curve[at.saturating_sub(reach)..(at + reach + 1).min(curve.len())];
        let is_peak = curve[at] > around[at] + margin && window.iter().all(|value| *value <= curve[at]);
        let secs = onsets.secs_of(at as f64);
        if is_peak && hits.last().is_none_or(|last| secs - last >= WAIT_SECS) {
            hits.push(secs);
        }
    }
    hits
}
