//! Where something starts to sound: spectral flux in five bands, about 200 times a second.
//!
//! Magnitudes are gathered into narrow bands, compressed, and only their rise over two frames counts.  A frame's time is
//! the instant of an attack that peaks in it: the window sees an attack before its centre reaches it, and
//! [`LATENCY_SHARE`] takes that out, once and for every reader.

use super::dsp::envelope::{percentile, smoothed};
use super::dsp::spectrum::Spectrum;

const WINDOW_SECS: f64 = 0.0232;
const HOP_SECS: f64 = 0.005;
/// How many frames back a rise is measured.
const LAG: usize = 2;
/// An attack's flux peaks when it lies this share of a window after the centre.
const LATENCY_SHARE: f64 = 0.10;
const COMPRESSION: f32 = 300.0;

/// Lower edges of the bands that are told apart, and the end of the last, in Hz.
const EDGES_HZ: [f64; 6] = [25.0, 130.0, 500.0, 2_000.0, 6_000.0, 16_000.0];
pub(super) const KICK: usize = 0;
pub(super) const LOW_MID: usize = 1;
pub(super) const PRESENCE: usize = 3;
pub(super) const AIR: usize = 4;
pub(super) const N_BANDS: usize = 5;
/// What each band says of the beat.
const WEIGHTS: [f32; N_BANDS] = [1.3, 0.9, 0.8, 0.8, 0.5];

#[derive(Clone, Debug)]
pub(super) struct Onsets {
    /// Flux per band, each scaled so that its strong onsets are about 1.
    pub(super) bands: [Vec<f32>; N_BANDS],
    /// All bands together, less what is always there.
    pub(super) strength: Vec<f32>,
    pub(super) hop_secs: f64,
    pub(super) first_secs: f64,
}

impl Onsets {
    pub(super) fn secs_of(&self, frame: f64) -> f64 {
        self.first_secs + frame * self.hop_secs
    }

    pub(super) fn frame_at(&self, secs: f64) -> f64 {
        (secs - self.first_secs) / self.hop_secs
    }

    pub(super) fn duration_secs(&self) -> f64 {
        self.strength.len() as f64 * self.hop_secs
    }

    /// The strongest value of a curve within `reach` frames of an instant.
    pub(super) fn peak_near(&self, curve: &[f32], secs: f64, reach: usize) -> f32 {
        let centre = self.frame_at(secs).round().max(0.0) as usize;
        let to = (centre + reach + 1).min(curve.len());
        curve.get(centre.saturating_sub(reach).min(to)..to).unwrap_or(&[]).iter().copied().fold(0.0, f32::max)
    }
}

/// Which narrow bands there are: bins of each, and which of the five it belongs to.
fn narrow_bands(rate_hz: u32, n: usize) -> Vec<(std::ops::Range<usize>, usize)> {
    let bin_hz = f64::from(rate_hz) / n as f64;
    let mut bands = Vec::new();
    let mut low_hz = EDGES_HZ[0];
    while low_hz < EDGES_HZ[N_BANDS] {
        // A quarter of an octave, but never less than a bin.
        let high_hz = (low_hz * 1.19).max(low_hz + bin_hz);
        let (from, to) = ((low_hz / bin_hz).round() as usize, (high_hz / bin_hz).round() as usize);
        let group = EDGES_HZ[1..N_BANDS].iter().filter(|&&edge| low_hz >= edge).count();
        if from.max(1) < to && to <= n / 2 {
            bands.push((from.max(1)..to, group));
        }
        low_hz = high_hz;
    }
    bands
}

pub(super) fn onsets(mono: &[f32], rate_hz: u32) -> Onsets {
    let n = ((f64::from(rate_hz) * WINDOW_SECS) as usize).next_power_of_two().max(64);
    let hop = ((f64::from(rate_hz) * HOP_SECS) as usize).max(1);
    let n_frames = mono.len() / hop + 1;
    let layout = narrow_bands(rate_hz, n);
    let mut spectrum = Spectrum::new(n);
    let mut bands: [Vec<f32>; N_BANDS] = std::array::from_fn(|_| Vec::with_capacity(n_frames));
    let mut history = vec![vec![0.0_f32; layout.len()]; LAG];
    for frame in 0..n_frames {
        let magnitudes = spectrum.at(mono, frame * hop);
        let past = &mut history[frame % LAG];
        let mut rises = [0.0_f32; N_BANDS];
        for ((bins, group), level) in layout.iter().zip(past.iter_mut()) {
            let now = (1.0 + COMPRESSION * magnitudes[bins.clone()].iter().sum::<f32>()).ln();
            rises[*group] += (now - *level).max(0.0);
            *level = now;
        }
        for (band, rise) in bands.iter_mut().zip(rises) {
            band.push(rise);
        }
    }
    for band in &mut bands {
        scale(band);
    }
    let hop_secs = hop as f64 / f64::from(rate_hz);
    let strength = strength(&bands, hop_secs);
    Onsets { bands, strength, hop_secs, first_secs: n as f64 / f64::from(rate_hz) * LATENCY_SHARE }
}

/// Brings a band's strong onsets to 1; a band in which nothing happens stays at 0.
fn scale(band: &mut [f32]) {
    let strong = percentile(band, 0.98);
    if strong > 1e-3 {
        band.iter_mut().for_each(|value| *value = (*value / strong).min(2.0));
    } else {
        band.fill(0.0);
    }
}

fn strength(bands: &[Vec<f32>; N_BANDS], hop_secs: f64) -> Vec<f32> {
    let sum: Vec<f32> =
        (0..bands[0].len()).map(|frame| bands.iter().zip(WEIGHTS).map(|(band, weight)| band[frame] * weight).sum()).collect();
    let usual = smoothed(&sum, (0.4 / hop_secs) as usize);
    sum.iter().zip(usual).map(|(value, usual)| (value - usual).max(0.0)).collect()
}
