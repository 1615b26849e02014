//! The last stage: one look-ahead limiter over everything, and the mono versions.
//!
//! The limiter is a gain that all stems share, so that limited stems still add up to the limited mix.

use super::{Frames, Render};

/// Below it nothing is touched.
const KNEE: f32 = 0.70;
/// No sample goes beyond.
const CEILING: f32 = 0.97;
const BLOCK: usize = 64;
/// Blocks that the gain looks ahead and stays down after a peak: about 9 ms each way.
const REACH: usize = 6;

/// Limits four stems and adds them up.
pub(super) fn finish(stems: [Frames; 4]) -> Render {
    let [drums, bass, vocals, other] = &stems;
    let mut mix: Frames = drums.clone();
    for stem in [bass, vocals, other] {
        for (sum, frame) in mix.iter_mut().zip(stem) {
            sum[0] += frame[0];
            sum[1] += frame[1];
        }
    }
    let gains = gains(&mix);
    for_each_gain(&gains, mix.len(), |n, gain| mix[n] = mix[n].map(|sample| sample * gain));
    let mono_stems = stems.map(|stem| {
        let mut mono = vec![0.0; stem.len()];
        for_each_gain(&gains, stem.len(), |n, gain| mono[n] = (stem[n][0] + stem[n][1]) * 0.5 * gain);
        mono
    });
    let mono = mix.iter().map(|frame| (frame[0] + frame[1]) * 0.5).collect();
    Render { mix, mono, stems: mono_stems }
}

/// The gain at every block's start, smooth, and never above what a peak within reach allows.
fn gains(mix: &[[f32; 2]]) -> Vec<f32> {
    let wanted: Vec<f32> = mix.chunks(BLOCK).map(|block| allowed(block.iter().flatten().fold(0.0, |peak, s| peak.max(s.abs())))).collect();
    let around = |values: &[f32], at: usize, reach: usize| at.saturating_sub(reach)..(at + reach + 1).min(values.len());
    let held: Vec<f32> = (0..wanted.len()).map(|at| wanted[around(&wanted, at, 2 * REACH)].iter().copied().fold(1.0, f32::min)).collect();
    (0..held.len())
        .map(|at| {
            let window = &held[around(&held, at, REACH)];
            window.iter().sum::<f32>() / window.len() as f32
        })
        .collect()
}

/// What a peak may be multiplied by: it bends over from the knee to the ceiling.
fn allowed(peak: f32) -> f32 {
    if peak <= KNEE {
        return 1.0;
    }
    let span = CEILING - KNEE;
    (KNEE + span * ((peak - KNEE) / span).tanh()) / peak
}

fn for_each_gain(gains: &[f32], n_samples: usize, mut apply: impl FnMut(usize, f32)) {
    for (block, &from) in gains.iter().enumerate() {
        let to = gains.get(block + 1).copied().unwrap_or(from);
        for n in block * BLOCK..((block + 1) * BLOCK).min(n_samples) {
            apply(n, from + (to - from) * (n % BLOCK) as f32 / BLOCK as f32);
        }
    }
}
