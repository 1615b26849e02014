//! Magnitude spectra of frames.

use std::f32::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Frames of `n` samples under a Hann window.
pub(in super::super) struct Spectrum {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    input: Vec<f32>,
    bins: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    magnitudes: Vec<f32>,
}

impl Spectrum {
    pub(in super::super) fn new(n: usize) -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(n);
        // Scaled so that a full-scale sine has a magnitude of 1.
        let window = (0..n).map(|at| (1.0 - (TAU * at as f32 / n as f32).cos()) * 2.0 / n as f32).collect();
        let (bins, scratch) = (fft.make_output_vec(), fft.make_scratch_vec());
        Self { magnitudes: vec![0.0; bins.len()], fft, window, input: vec![0.0; n], bins, scratch }
    }

    /// Magnitudes of the frame that is centred on sample `centre`; beyond the sound there is silence.
    pub(in super::super) fn at(&mut self, samples: &[f32], centre: usize) -> &[f32] {
        let n = self.window.len();
        let before = (n / 2).saturating_sub(centre);
        let from = (centre + before).saturating_sub(n / 2).min(samples.len());
        let inside = &samples[from..(from + n - before).min(samples.len())];
        self.input.fill(0.0);
        for ((slot, sample), weight) in self.input[before..].iter_mut().zip(inside).zip(&self.window[before..]) {
            *slot = sample * weight;
        }
        // Lengths are the plan's own, the only thing that it can object to.
        if self.fft.process_with_scratch(&mut self.input, &mut self.bins, &mut self.scratch).is_err() {
            self.bins.fill(Complex::default());
        }
        for (magnitude, bin) in self.magnitudes.iter_mut().zip(&self.bins) {
            *magnitude = (bin.re * bin.re + bin.im * bin.im).sqrt();
        }
        &self.magnitudes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_stands_at_its_bin_with_its_level_and_frames_may_hang_over_the_edges() {
        let samples: Vec<f32> = (0..4_096).map(|n| 0.5 * (TAU * n as f32 * 32.0 / 1_024.0).sin()).collect();
        let mut spectrum = Spectrum::new(1_024);
        let magnitudes = spectrum.at(&samples, 2_048);
        assert!((magnitudes[32] - 0.5).abs() < 0.01, "{}", magnitudes[32]);
        assert!(magnitudes[40] < 0.001);
        for centre in [0, 100, 4_000, 4_096, 10_000] {
            assert!(spectrum.at(&samples, centre).iter().all(|magnitude| magnitude.is_finite()));
        }
    }
}
