//! Another sample rate: a windowed sinc read between samples, whatever the two rates are.

use std::f64::consts::PI;

/// Zero crossings of the sinc on each side, at the lower of the two rates.
const CROSSINGS: f64 = 16.0;
/// The share of the lower rate's band that is kept.
const KEPT: f64 = 0.95;
/// Positions between two samples for which the filter is worked out in advance.
const N_PHASES: usize = 256;

/// Sound that comes block by block, at another rate.
pub(in super::super) struct Resampler {
    /// Samples of the input for each of the output; `None` where the rates are the same.
    step: Option<f64>,
    phases: Vec<Vec<f32>>,
    reach: usize,
    /// What is still looked at, from the input's sample `first` on.
    kept: Vec<f32>,
    first: usize,
    n_out: usize,
}

impl Resampler {
    pub(in super::super) fn new(from_hz: u32, to_hz: u32) -> Self {
        let is_other = from_hz != to_hz && from_hz > 0 && to_hz > 0;
        let step = f64::from(from_hz) / f64::from(to_hz);
        let cutoff = KEPT * (1.0 / step).min(1.0);
        let reach = if is_other { (CROSSINGS / cutoff).ceil() as usize } else { 1 };
        let n_phases = if is_other { N_PHASES + 1 } else { 0 };
        let phases = (0..n_phases).map(|phase| filter(phase as f64 / N_PHASES as f64, cutoff, reach)).collect();
        Self { step: is_other.then_some(step), phases, reach, kept: Vec::new(), first: 0, n_out: 0 }
    }

    /// Adds what is known of the output after these samples.
    pub(in super::super) fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let Some(step) = self.step else { return out.extend_from_slice(samples) };
        self.kept.extend_from_slice(samples);
        let n_in = self.first + self.kept.len();
        while ((self.n_out as f64 * step) as usize + self.reach) < n_in {
            out.push(self.next(step));
        }
        let unneeded = ((self.n_out as f64 * step) as usize).saturating_sub(self.reach + self.first).min(self.kept.len());
        self.kept.drain(..unneeded);
        self.first += unneeded;
    }

    /// The rest, as if silence followed.
    pub(in super::super) fn finish(&mut self, out: &mut Vec<f32>) {
        let Some(step) = self.step else { return };
        let n = ((self.first + self.kept.len()) as f64 / step) as usize;
        while self.n_out < n {
            out.push(self.next(step));
        }
    }

    fn next(&mut self, step: f64) -> f32 {
        let position = self.n_out as f64 * step;
        self.n_out += 1;
        let (whole, part) = (position as usize, position.fract());
        let filter = &self.phases[(part * N_PHASES as f64).round() as usize];
        // The filter's first weight belongs to `reach - 1` samples before.
        let skipped = (self.reach - 1).saturating_sub(whole);
        let from = (whole + skipped + 1).saturating_sub(self.reach + self.first);
        let inside = &self.kept[from.min(self.kept.len())..];
        inside.iter().zip(&filter[skipped..]).map(|(sample, weight)| sample * weight).sum()
    }
}

/// Sample `n` of the result is the instant `n / to_hz`.
pub(in super::super) fn resampled(samples: &[f32], from_hz: u32, to_hz: u32) -> Vec<f32> {
    let mut resampler = Resampler::new(from_hz, to_hz);
    let mut out = Vec::new();
    resampler.push(samples, &mut out);
    resampler.finish(&mut out);
    out
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
    fn blocks_come_out_as_the_whole_does() {
        let input: Vec<f32> = (0..30_000).map(|at| ((at * at) % 977) as f32 / 977.0 - 0.5).collect();
        for (from_hz, to_hz) in [(48_000, 44_100), (22_050, 44_100), (96_000, 44_100), (44_100, 44_100)] {
            let (mut resampler, mut out) = (Resampler::new(from_hz, to_hz), Vec::new());
            input.chunks(701).for_each(|block| resampler.push(block, &mut out));
            resampler.finish(&mut out);
            assert_eq!(out, resampled(&input, from_hz, to_hz), "{from_hz} to {to_hz}");
            assert!(resampler.kept.len() < 2_000);
        }
    }

    #[test]
    fn nothing_and_little_are_borne() {
        assert!(resampled(&[], 48_000, 44_100).is_empty());
        assert_eq!(resampled(&[1.0; 3], 44_100, 44_100), [1.0; 3]);
        assert!(resampled(&[1.0; 3], 48_000, 44_100).iter().all(|sample| sample.is_finite()));
    }
}
