//! Kick, snare and hat hits: peaks of what the ear says of each drum.

use super::dsp::envelope;
use super::ear::BEAT_FPS;

/// No drum is hit twice within this.
const WAIT_FRAMES: usize = 3;
/// How sure the ear must be where a drum is plain; where the whole sound leaves it in doubt, a share of its best.
const THRESHOLDS: [f32; 3] = [0.7, 0.65, 0.68];
const BEST_SHARE: f32 = 0.8;
const LEAST: f32 = 0.3;

/// Seconds of hits, in the order of [`crate::engine::track::Drum::ALL`].
pub(super) fn hits(heard: &[Vec<f32>; 3]) -> [Vec<f64>; 3] {
    std::array::from_fn(|drum| {
        let best = envelope::percentile(&heard[drum], 0.99);
        peaks(&heard[drum], (BEST_SHARE * best).max(LEAST).min(THRESHOLDS[drum]))
    })
}

fn peaks(curve: &[f32], threshold: f32) -> Vec<f64> {
    let mut hits = Vec::new();
    let mut last = None;
    for at in 0..curve.len() {
        let window = &curve[at.saturating_sub(1)..(at + 2).min(curve.len())];
        let is_peak = curve[at] >= threshold && window.iter().all(|value| *value <= curve[at]);
        if is_peak && last.is_none_or(|last| at - last >= WAIT_FRAMES) {
            last = Some(at);
            let (mut sum, mut weight) = (0.0, 0.0);
            for (index, value) in curve.iter().enumerate().take(at + 2).skip(at.saturating_sub(1)) {
                sum += f64::from(*value) * index as f64;
                weight += f64::from(*value);
            }
            hits.push(sum / weight / BEAT_FPS);
        }
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_are_hits_once_each_and_between_frames() {
        let mut curve = vec![0.05; 300];
        for (at, value) in [(99, 0.5), (100, 0.9), (101, 0.9), (102, 0.5), (200, 0.4)] {
            curve[at] = value;
        }
        let hits = peaks(&curve, 0.5);
        assert_eq!(hits.len(), 1, "{hits:?}");
        assert!((hits[0] - 100.5 / BEAT_FPS).abs() < 0.012);
    }
}
