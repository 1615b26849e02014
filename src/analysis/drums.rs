//! Kick, snare and hat hits: peaks of their bands' flux.

use super::dsp::envelope::smoothed;
use super::onsets::{AIR, KICK, LOW_MID, Onsets, PRESENCE};

/// No drum is hit twice within this.
const WAIT_SECS: f64 = 0.06;
/// How far above its surroundings a peak must stand.
const MARGIN: [f32; 3] = [0.55, 0.45, 0.22];
/// The lowest octaves rise slowly: a hit is heard up to this much before its peak there.
const EARLIER_SECS: f64 = 0.03;

/// Seconds of hits, in the order of [`crate::engine::track::Drum::ALL`].
pub(super) fn hits(onsets: &Onsets) -> [Vec<f64>; 3] {
    let n_frames = onsets.strength.len();
    // A kick has a body above its depth, which a bass note lacks; the body comes first.
    let earlier = (EARLIER_SECS / onsets.hop_secs) as usize;
    let body = |frame: usize| onsets.bands[LOW_MID][frame.saturating_sub(earlier)..=frame].iter().copied().fold(0.0, f32::max);
    let kick: Vec<f32> = (0..n_frames).map(|frame| (onsets.bands[KICK][frame] * body(frame)).sqrt()).collect();
    // A snare is skin, wires and air at once; any of them alone is a tom, a voice or a hat.
    let together = |frame: usize| onsets.bands[LOW_MID][frame] * onsets.bands[PRESENCE][frame] * onsets.bands[AIR][frame];
    let snare: Vec<f32> = (0..n_frames).map(|frame| together(frame).cbrt()).collect();
    let curves = [&kick, &snare, &onsets.bands[AIR]];
    std::array::from_fn(|drum| peaks(onsets, curves[drum], MARGIN[drum]))
}

fn peaks(onsets: &Onsets, curve: &[f32], margin: f32) -> Vec<f64> {
    let around = smoothed(curve, (0.1 / onsets.hop_secs) as usize);
    let reach = (0.03 / onsets.hop_secs) as usize;
    let mut hits: Vec<f64> = Vec::new();
    for at in 0..curve.len() {
        let window = &curve[at.saturating_sub(reach)..(at + reach + 1).min(curve.len())];
        let is_peak = curve[at] > around[at] + margin && window.iter().all(|value| *value <= curve[at]);
        let secs = onsets.secs_of(attack_before(onsets, at) as f64);
        if is_peak && hits.last().is_none_or(|last| secs - last >= WAIT_SECS) {
            hits.push(secs);
        }
    }
    hits
}

/// The frame in which everything together rises most, shortly before a peak of one band.
fn attack_before(onsets: &Onsets, at: usize) -> usize {
    let from = at.saturating_sub((EARLIER_SECS / onsets.hop_secs) as usize);
    (from..=(at + 1).min(onsets.strength.len() - 1)).max_by(|&a, &b| onsets.strength[a].total_cmp(&onsets.strength[b])).unwrap_or(at)
}
