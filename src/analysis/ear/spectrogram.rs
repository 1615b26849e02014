//! The two spectrograms that the nets were taught with; `scripts/ear/features.py` says the same in numbers of its own.
//!
//! fast: 50 frames a second of 2048 samples in semitones from 27.5 Hz; slow: 10 frames a second of 16384 samples in
//! thirds of semitones over six octaves from 55 Hz.  Both are `ln(1 + 1000 x)` of magnitudes, at one level for all sounds.

use super::super::dsp::spectrum::Spectrum;

pub(in super::super) const RATE_HZ: u32 = 44_100;
pub(super) const N_FAST: usize = 78;
pub(super) const N_SLOW: usize = 216;

const LOUD_RMS: f32 = 0.15;
const COMPRESSION: f32 = 1_000.0;

/// What to multiply a sound by so that its loud seconds have one level.
pub(super) fn level(mono: &[f32]) -> f32 {
    let rms = |second: &[f32]| (second.iter().map(|sample| sample * sample).sum::<f32>() / second.len().max(1) as f32).sqrt();
    let rate = RATE_HZ as usize;
    let seconds: Vec<f32> = if mono.len() < rate { vec![rms(mono)] } else { mono.chunks_exact(rate).map(rms).collect() };
    LOUD_RMS / super::super::dsp::envelope::percentile(&seconds, 0.95).max(1e-5)
}

/// A triangle over the bins of a spectrum.
struct Band {
    first: usize,
    weights: Vec<f32>,
}

pub(super) struct Spectrogram {
    spectrum: Spectrum,
    n_hop: usize,
    bands: Vec<Band>,
}

impl Spectrogram {
    pub(super) fn fast() -> Self {
        let n = 2_048;
        let bin_hz = f64::from(RATE_HZ) / n as f64;
        let mut centres: Vec<f64> = Vec::new();
        for centre in (0..120).map(|step| 27.5 * 2_f64.powf(f64::from(step) / 12.0)).take_while(|&centre| centre <= 16_000.0) {
            // Semitones nearer than a bin cannot be told apart.
            if centres.last().is_none_or(|last| centre - last >= bin_hz * 0.999) {
                centres.push(centre);
            }
        }
        Self::new(n, 882, &centres, 2_f64.powf(1.0 / 12.0) - 1.0)
    }

    pub(super) fn slow() -> Self {
        let centres: Vec<f64> = (0..N_SLOW).map(|step| 55.0 * 2_f64.powf(step as f64 / 36.0)).collect();
        Self::new(16_384, 4_410, &centres, 2_f64.powf(1.0 / 36.0) - 1.0)
    }

    fn new(n: usize, n_hop: usize, centres: &[f64], width: f64) -> Self {
        let bin_hz = f64::from(RATE_HZ) / n as f64;
        let band = |&centre: &f64| {
            let reach = (centre * width).max(bin_hz);
            let weight = |bin: usize| (1.0 - (bin as f64 * bin_hz - centre).abs() / reach).max(0.0) as f32;
            let first = ((centre - reach) / bin_hz).ceil().max(0.0) as usize;
            let last = (((centre + reach) / bin_hz) as usize).min(n / 2);
            Band { first, weights: (first..=last).map(weight).collect() }
        };
        Self { spectrum: Spectrum::new(n), n_hop, bands: centres.iter().map(band).collect() }
    }

    /// The frames from one second up to another, band by band.
    pub(super) fn of(&mut self, mono: &[f32], gain: f32, from_secs: usize, to_secs: usize) -> Vec<f32> {
        let per_sec = RATE_HZ as usize / self.n_hop;
        let mut frames = Vec::with_capacity((to_secs - from_secs) * per_sec * self.bands.len());
        for frame in from_secs * per_sec..to_secs * per_sec {
            let magnitudes = self.spectrum.at(mono, frame * self.n_hop);
            for band in &self.bands {
                let sum: f32 = band.weights.iter().zip(&magnitudes[band.first..]).map(|(weight, magnitude)| weight * magnitude).sum();
                frames.push((COMPRESSION * gain * sum).ln_1p());
            }
        }
        frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bands_are_as_many_as_the_nets_know() {
        assert_eq!(Spectrogram::fast().bands.len(), N_FAST);
        assert_eq!(Spectrogram::slow().bands.len(), N_SLOW);
    }

    #[test]
    fn a_tone_stands_in_its_own_band() {
        let mono: Vec<f32> = (0..2 * RATE_HZ).map(|n| 0.3 * (std::f32::consts::TAU * 440.0 * n as f32 / RATE_HZ as f32).sin()).collect();
        let frames = Spectrogram::slow().of(&mono, level(&mono), 0, 2);
        let middle = &frames[10 * N_SLOW..11 * N_SLOW];
        let loudest = (0..N_SLOW).max_by(|&a, &b| middle[a].total_cmp(&middle[b]));
        assert_eq!(loudest, Some(108), "three octaves above 55 Hz");
    }
}
