//! Another sample rate: a windowed sinc read between samples, whatever the two rates are.

use std::f64::consts::PI;

/// Zero crossings of the sinc on each side, at the lower of the two rates.
const CROSSINGS: f64 = 16.0;
/// The share of the lower rate's band that is kept.
const KEPT: f64 = 0.95;
/// Positions between two samples for which the filter is worked out in advance.
const N_PHASES: usize = 256;

/// Sample `n` of the result is the instant `n / to_hz`.
pub(in super::super) fn resampled(samples: &[f32], from_hz: u32, to_hz: u32) -> Vec<f32> {
    if from_hz == to_hz || from_hz == 0 || to_hz == 0 {
        return samples.to_vec();
    }
    let step = f64::from(from_hz) / f64::from(to_hz);
    let cutoff = KEPT * (1.0 / step).min(1.0);
    let reach = (CROSSINGS / cutoff).ceil() as usize;
    let phases: Vec<Vec<f32>> = (0..=N_PHASES).map(|phase| filter(phase as f64 / N_PHASES as f64, cutoff, reach)).collect();
    let n = (samples.len() as f64 / step) as usize;
    (0..n)
        .map(|at| {
            let position = at as f64 * step;
            let (whole, part) = (position as usize, position.fract());
            let filter = &phases[(part * N_PHASES as f64).round() as usize];
            // The filter's first weight belongs to `reach - 1` samples before.
            let skipped = (reach - 1).saturating_sub(whole);
            let from = (whole + skipped + 1).saturating_sub(reach);
            let inside = &samples[from.min(samples.len())..];
            inside.iter().zip(&filter[skipped..]).map(|(sample, weight)| sample * weight).sum()
        })
        .collect()
}

/// Weights of the samples from `reach - 1` before to `reach` after, for an instant `part` of a sample later.
fn filter(part: f64, cutoff: f64, reach: usize) -> Vec<f32> {
    let weight = |at: usize| {
        let x = at as f64 - (reach as f64 - 1.0) - part;
        let window = (0.5 * PI * x / reach as f64).cos().max(0.0).powi(2);
        let sinc = if x.abs() < 1e-9 { 1.0 } else { (PI * cutoff * x).sin() / (PI * cutoff * x) };
        cutoff * sinc * window
    };
    let weights: Vec<f64> = (0..2 * reach).map(weight).collect();
    // Constant in, constant out.
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| (weight / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_keeps_its_pitch_time_and_level() {
        for (from_hz, to_hz) in [(48_000, 44_100), (22_050, 44_100), (96_000, 44_100), (8_000, 44_100)] {
            let tone = |rate: u32, at: usize| (2.0 * PI * 1_000.0 * at as f64 / f64::from(rate)).sin();
            let input: Vec<f32> = (0..from_hz as usize).map(|at| tone(from_hz, at) as f32).collect();
            let output = resampled(&input, from_hz, to_hz);
            assert!(output.len().abs_diff(to_hz as usize) <= 1);
            let worst = (2_000..output.len() - 2_000).map(|at| (f64::from(output[at]) - tone(to_hz, at)).abs()).fold(0.0, f64::max);
            assert!(worst < 0.01, "{from_hz}: {worst}");
        }
    }

    #[test]
    fn nothing_and_little_are_borne() {
        assert!(resampled(&[], 48_000, 44_100).is_empty());
        assert_eq!(resampled(&[1.0; 3], 44_100, 44_100), [1.0; 3]);
        assert!(resampled(&[1.0; 3], 48_000, 44_100).iter().all(|sample| sample.is_finite()));
    }
}
