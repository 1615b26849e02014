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

fn take(audio: &Audio, filters: &[Filter], bands: &[[f64; 2]]) -> Series {
    const SIZE: usize = 2048;
    let rate = f64::from(audio.rate_hz);
    let hop = (rate * 0.01) as usize;
    let hop = hop.max(1);
    let window: Vec<f32> = (0..SIZE).map(|i| 0.5 - 0.5 * (i as f32 / SIZE as f32 * std::f32::consts::TAU).cos()).collect();
    let weights: Vec<(usize, f32)> = (1..=SIZE / 2)
        .filter_map(|bin| {
            let hz = bin as f64 * rate / SIZE as f64;
            let inside = bands.iter().any(|[low, high]| (*low..=*high).contains(&hz));
            let gain: f64 = filters.iter().map(|filter| filter.gain(hz)).product();
            (inside && gain > 1e-4).then_some((bin, gain as f32))
        })
        .collect();
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(SIZE);
    let (mut input, mut output, mut scratch) = (fft.make_input_vec(), fft.make_output_vec(), fft.make_scratch_vec());
    let n_frames = audio.samples.len() / hop + 1;
    let mut values = Vec::with_capacity(n_frames);
    for frame in 0..n_frames {
        let middle = frame * hop;
        for (i, slot) in input.iter_mut().enumerate() {
            // The frame is centred on its instant; before the first and after the last sample it is silent.
            let sample = (middle + i).checked_sub(SIZE / 2).and_then(|at| audio.samples.get(at)).copied().unwrap_or(0.0);
            *slot = if sample.is_finite() { sample * window[i] } else { 0.0 };
        }
        let sum = match fft.process_with_scratch(&mut input, &mut output, &mut scratch) {
            Ok(()) => weights.iter().map(|&(bin, gain)| output[bin].norm() * gain).sum::<f32>(),
            Err(_) => 0.0,
        };
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
}
