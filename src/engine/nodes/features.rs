//! Spectra of the track's sound, taken once for a set of bands and kept: the one file that knows the FFT.
//!
//! Filters are applied where the spectrum is read, as the steady-state gain of a second-order Butterworth filter, so a
//! filtered stem costs no second pass over the samples.

use std::cell::RefCell;
use std::sync::Arc;

use realfft::RealFftPlanner;

use crate::engine::track::{Audio, Stem, TrackAnalysis};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Filter {
    Low { cutoff_hz: f64 },
    High { cutoff_hz: f64 },
}

impl Filter {
    /// Gain at a frequency: second-order Butterworth.
    fn gain(self, hz: f64) -> f64 {
        match self {
            Self::Low { cutoff_hz } => 1.0 / (1.0 + (hz / cutoff_hz).powi(4)).sqrt(),
            Self::High { cutoff_hz } => (hz / cutoff_hz).powi(2) / (1.0 + (hz / cutoff_hz).powi(4)).sqrt(),
        }
    }
}

/// The mix or a stem, and the filters it has passed.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioRef {
    pub stem: Option<Stem>,
    pub filters: Vec<Filter>,
}

impl AudioRef {
    pub fn mix() -> Self {
        Self { stem: None, filters: Vec::new() }
    }

    pub fn find<'t>(&self, track: &'t TrackAnalysis) -> Option<&'t Audio> {
        self.stem.map_or(track.audio.as_ref(), |stem| track.stem(stem)).filter(|audio| audio.rate_hz > 0 && !audio.samples.is_empty())
    }
}

/// A level over the track, one value every `hop_secs`, the first at second 0.
#[derive(Debug)]
pub struct Series {
    pub hop_secs: f64,
    pub values: Vec<f32>,
}

impl Series {
    /// Linear interpolation; 0 outside.
    pub fn at(&self, secs: f64) -> f32 {
        let place = secs / self.hop_secs;
        if !(0.0..self.values.len() as f64).contains(&place) {
            return 0.0;
        }
        let index = place as usize;
        let value = |index: usize| self.values.get(index).copied().unwrap_or(0.0);
        value(index) + (value(index + 1) - value(index)) * (place - index as f64) as f32
    }
}

/// Series taken so far, by samples, source and bands.
#[derive(Default)]
pub struct Features {
    taken: RefCell<Vec<(Arc<[f32]>, AudioRef, Vec<[f64; 2]>, Arc<Series>)>>,
}

/// Kept at most; the oldest goes first.
const MAX_KEPT: usize = 256;

impl Features {
    /// Mean magnitude of the bands (in Hz), scaled so that the 99th percentile over the track is 1.
    pub fn amplitude(&self, audio: &Audio, source: &AudioRef, bands: &[[f64; 2]]) -> Arc<Series> {
        let known = |entry: &&(Arc<[f32]>, AudioRef, Vec<[f64; 2]>, Arc<Series>)| {
            Arc::ptr_eq(&entry.0, &audio.samples) && entry.1 == *source && entry.2 == bands
        };
        if let Some(entry) = self.taken.borrow().iter().find(known) {
            return entry.3.clone();
        }
        let series = Arc::new(take(audio, &source.filters, bands));
        let mut taken = self.taken.borrow_mut();
        if taken.len() >= MAX_KEPT {
            taken.remove(0);
        }
        taken.push((audio.samples.clone(), source.clone(), bands.to_vec(), series.clone()));
        series
    }
}

/// Samples of one spectrum.
const SIZE: usize = 2048;

/// Takes spectra of sound that is centred on a sample; before the first and after the last sample it is silent.
struct Spectra {
    fft: Arc<dyn realfft::RealToComplex<f32>>,
    window: Vec<f32>,
    input: Vec<f32>,
    output: Vec<realfft::num_complex::Complex<f32>>,
    scratch: Vec<realfft::num_complex::Complex<f32>>,
}

impl Spectra {
    fn new() -> Self {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(SIZE);
        let (input, output, scratch) = (fft.make_input_vec(), fft.make_output_vec(), fft.make_scratch_vec());
        let window = (0..SIZE).map(|i| 0.5 - 0.5 * (i as f32 / SIZE as f32 * std::f32::consts::TAU).cos()).collect();
        Self { fft, window, input, output, scratch }
    }

    /// The bins around a sample; `None` where the transform refuses.
    fn at(&mut self, samples: &[f32], middle: usize) -> Option<&[realfft::num_complex::Complex<f32>]> {
        for (i, slot) in self.input.iter_mut().enumerate() {
            let sample = (middle + i).checked_sub(SIZE / 2).and_then(|at| samples.get(at)).copied().unwrap_or(0.0);
            *slot = if sample.is_finite() { sample * self.window[i] } else { 0.0 };
        }
        let done = self.fft.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch);
        done.is_ok().then_some(&self.output)
    }
}

/// The bins whose frequency is wanted and that the filters let through, with what they let through.
fn weights(rate: f64, filters: &[Filter], wanted: impl Fn(f64) -> bool) -> Vec<(usize, f32)> {
    let weight = |bin: usize| {
        let hz = bin as f64 * rate / SIZE as f64;
        let gain: f64 = filters.iter().map(|filter| filter.gain(hz)).product();
        (wanted(hz) && gain > 1e-4).then_some((bin, gain as f32))
    };
    (1..=SIZE / 2).filter_map(weight).collect()
}

fn take(audio: &Audio, filters: &[Filter], bands: &[[f64; 2]]) -> Series {
    let rate = f64::from(audio.rate_hz);
    let hop = (rate * 0.01) as usize;
    let hop = hop.max(1);
    let weights = weights(rate, filters, |hz| bands.iter().any(|[low, high]| (*low..=*high).contains(&hz)));
    let mut spectra = Spectra::new();
    let n_frames = audio.samples.len() / hop + 1;
    let mut values = Vec::with_capacity(n_frames);
    for frame in 0..n_frames {
        let bins = spectra.at(&audio.samples, frame * hop);
        let sum = bins.map_or(0.0, |bins| weights.iter().map(|&(bin, gain)| bins[bin].norm() * gain).sum::<f32>());
        values.push(sum / weights.len().max(1) as f32);
    }
    let mut sorted = values.clone();
    sorted.sort_by(f32::total_cmp);
    let top = sorted.get((sorted.len() as f64 * 0.99) as usize).copied().unwrap_or(0.0);
    if top > 1e-9 {
        values.iter_mut().for_each(|value| *value = (*value / top).min(4.0));
    } else {
        values.fill(0.0);
    }
    Series { hop_secs: hop as f64 / rate, values }
}

/// Lowest and highest frequency of a [`spectrogram`].
pub const SHOWN_HZ: [f64; 2] = [40.0, 16_000.0];

/// Loudness of `n_bands` bands, evenly spaced by ear from low to high, at `n_cols` instants: column by column, `0.0..=1.0`
/// over the 60 dB below full.
pub fn spectrogram(audio: &Audio, filters: &[Filter], from: f64, to: f64, n_cols: usize, n_bands: usize) -> Vec<f32> {
    let rate = f64::from(audio.rate_hz);
    let edge = |band: usize| SHOWN_HZ[0] * (SHOWN_HZ[1] / SHOWN_HZ[0]).powf(band as f64 / n_bands.max(1) as f64);
    // Narrow bands at the bottom have no bin of their own: they take the nearest.
    let bin_hz = rate / SIZE as f64;
    let bands: Vec<Vec<(usize, f32)>> = (0..n_bands)
        .map(|band| {
            let (low, high) = (edge(band), edge(band + 1));
            let nearest = (low / bin_hz).round() * bin_hz;
            weights(rate, filters, |hz| (low..high).contains(&hz) || (hz - nearest).abs() < bin_hz * 0.1)
        })
        .collect();
    let mut spectra = Spectra::new();
    let mut levels = vec![0.0; n_cols * n_bands];
    for (col, levels) in levels.chunks_mut(n_bands.max(1)).enumerate() {
        let secs = from + (to - from) * (col as f64 + 0.5) / n_cols.max(1) as f64;
        let middle = (secs * rate).round();
        if !(0.0..=audio.samples.len() as f64).contains(&middle) {
            continue;
        }
        let Some(bins) = spectra.at(&audio.samples, middle as usize) else { continue };
        for (level, band) in levels.iter_mut().zip(&bands) {
            let loudest = band.iter().map(|&(bin, gain)| bins[bin].norm() * gain).fold(0.0, f32::max);
            // A full sine in a Hann window reaches a quarter of its size.
            let db = 20.0 * (loudest / (SIZE as f32 / 4.0)).max(1e-6).log10();
            *level = (1.0 + db / 60.0).clamp(0.0, 1.0);
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_fills_its_own_band_only_while_it_sounds() {
        let rate = 44_100;
        let samples: Vec<f32> =
            (0..rate * 2).map(|i| if i < rate { (i as f32 * 440.0 / rate as f32 * std::f32::consts::TAU).sin() } else { 0.0 }).collect();
        let audio = Audio { samples: samples.into(), rate_hz: rate as u32 };
        let features = Features::default();
        let inside = features.amplitude(&audio, &AudioRef::mix(), &[[400.0, 500.0]]);
        assert!(inside.at(0.5) > 0.9 && inside.at(1.5) < 0.01);
        let filtered = AudioRef { stem: None, filters: vec![Filter::Low { cutoff_hz: 50.0 }, Filter::Low { cutoff_hz: 50.0 }] };
        let quiet = features.amplitude(&audio, &filtered, &[[400.0, 500.0]]);
        assert!(quiet.at(0.5) > 0.9, "scaled to the track's own top");
        assert!(Arc::ptr_eq(&inside, &features.amplitude(&audio, &AudioRef::mix(), &[[400.0, 500.0]])));
    }
    #[test]
    fn a_spectrogram_shows_a_tone_in_its_band_while_it_sounds() {
        let rate = 44_100;
        let samples: Vec<f32> =
            (0..rate * 2).map(|i| if i < rate { (i as f32 * 1000.0 / rate as f32 * std::f32::consts::TAU).sin() } else { 0.0 }).collect();
        let audio = Audio { samples: samples.into(), rate_hz: rate as u32 };
        let (n_cols, n_bands) = (8, 24);
        let levels = spectrogram(&audio, &[], 0.0, 2.0, n_cols, n_bands);
        let loudest = (0..n_bands).max_by(|&a, &b| levels[n_bands + a].total_cmp(&levels[n_bands + b])).unwrap();
        let low = SHOWN_HZ[0] * (SHOWN_HZ[1] / SHOWN_HZ[0]).powf(loudest as f64 / n_bands as f64);
        let high = SHOWN_HZ[0] * (SHOWN_HZ[1] / SHOWN_HZ[0]).powf((loudest + 1) as f64 / n_bands as f64);
        assert!(low * 0.9 < 1000.0 && 1000.0 < high * 1.1, "loudest in {low}..{high} Hz");
        assert!(levels[n_bands + loudest] > 0.9);
        assert!(levels[6 * n_bands..].iter().all(|&level| level < 0.1));
        assert_eq!(spectrogram(&audio, &[], 5.0, 6.0, 4, 4), [0.0; 16]);
    }
}
