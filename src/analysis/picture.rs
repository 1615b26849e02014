//! The pictures of a sound: its spectrogram and its chroma over time, as levels of 0 to 255.
//!
//! Made once for a whole track, with as many columns as its length asks for and a screen can show.

use super::dsp::spectrum::Spectrum;

/// Rows of the spectrogram: thirds of octaves would be too coarse, semitones finer than a screen.
pub const N_BANDS: usize = 96;
pub const N_TONES: usize = 12;

const LOWEST_HZ: f64 = 30.0;
const HIGHEST_HZ: f64 = 16_000.0;
/// What a full-scale tone stands above black.
const RANGE_DB: f32 = 72.0;
/// Where pitch can be told: below are drums, above are overtones.
const TONES_HZ: std::ops::Range<f64> = 65.0..2_100.0;
const COLUMNS_PER_SEC: f64 = 20.0;
const MOST_COLUMNS: usize = 8_192;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    pub secs_per_column: f64,
    /// Column by column, lowest band first.
    pub spectrum: Vec<[u8; N_BANDS]>,
    /// Column by column, C first; the strongest tone of a column is 255 where there is any.
    pub chroma: Vec<[u8; N_TONES]>,
}

impl Picture {
    pub fn duration_secs(&self) -> f64 {
        self.secs_per_column * self.spectrum.len() as f64
    }
}

/// The first bin of each band, and of the one after the last.
fn edges(bin_hz: f64, n_bins: usize) -> Vec<usize> {
    let ratio = (HIGHEST_HZ / LOWEST_HZ).powf(1.0 / N_BANDS as f64);
    (0..=N_BANDS).map(|band| ((LOWEST_HZ * ratio.powi(band as i32) / bin_hz) as usize).min(n_bins - 1)).collect()
}

pub fn of(samples: &[f32], rate_hz: u32) -> Picture {
    let rate = f64::from(rate_hz.max(1));
    // Long enough to tell low notes apart.
    let n = ((rate / 5.5) as usize).next_power_of_two();
    let mut spectrum = Spectrum::new(n);
    let secs = samples.len() as f64 / rate;
    let n_columns = ((secs * COLUMNS_PER_SEC).ceil() as usize).min(MOST_COLUMNS);
    let secs_per_column = secs / n_columns.max(1) as f64;
    let bin_hz = rate / n as f64;
    let edges = edges(bin_hz, n / 2 + 1);
    let tone_of: Vec<Option<usize>> = (0..n / 2 + 1)
        .map(|bin| bin as f64 * bin_hz)
        .map(|hz| TONES_HZ.contains(&hz).then(|| (12.0 * (hz / 440.0).log2() + 9.0).round().rem_euclid(12.0) as usize))
        .collect();
    let mut picture = Picture { secs_per_column, ..Picture::default() };
    for column in 0..n_columns {
        let magnitudes = spectrum.at(samples, ((column as f64 + 0.5) * secs_per_column * rate) as usize);
        picture.spectrum.push(std::array::from_fn(|band| {
            let bins = &magnitudes[edges[band]..edges[band + 1].max(edges[band] + 1)];
            level(bins.iter().copied().fold(0.0, f32::max))
        }));
        let mut tones = [0.0_f32; N_TONES];
        for (magnitude, tone) in magnitudes.iter().zip(&tone_of) {
            if let Some(tone) = tone {
                tones[*tone] += magnitude * magnitude;
            }
        }
        let most = tones.iter().copied().fold(1e-9, f32::max);
        picture.chroma.push(tones.map(|tone| if most > 1e-8 { ((tone / most).sqrt() * 255.0) as u8 } else { 0 }));
    }
    picture
}

fn level(magnitude: f32) -> u8 {
    ((20.0 * magnitude.max(1e-6).log10() / RANGE_DB + 1.0).clamp(0.0, 1.0) * 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brightest(levels: &[u8]) -> usize {
        (0..levels.len()).max_by_key(|at| levels[*at]).unwrap()
    }

    #[test]
    fn a_tone_lies_in_its_band_and_on_its_name_and_silence_is_black() {
        let rate = 44_100;
        // An A for two seconds, then nothing.
        let sample = |at: usize| if at < 2 * rate { 0.5 * (std::f32::consts::TAU * 440.0 * at as f32 / rate as f32).sin() } else { 0.0 };
        let samples: Vec<f32> = (0..4 * rate).map(sample).collect();
        let picture = of(&samples, rate as u32);
        assert_eq!((picture.spectrum.len(), picture.chroma.len()), (80, 80));
        assert!((picture.duration_secs() - 4.0).abs() < 1e-9);
        let band = (N_BANDS as f64 * (440.0_f64 / LOWEST_HZ).ln() / (HIGHEST_HZ / LOWEST_HZ).ln()) as usize;
        assert!(brightest(&picture.spectrum[20]).abs_diff(band) <= 1);
        assert_eq!(brightest(&picture.chroma[20]), 9, "A");
        assert!(picture.spectrum[70].iter().chain(&picture.chroma[70]).all(|level| *level == 0));
    }

    #[test]
    fn hours_have_no_more_columns_than_a_screen_can_show_and_nothing_has_none() {
        assert_eq!(of(&vec![0.0; 8_000 * 600], 8_000).spectrum.len(), MOST_COLUMNS);
        assert_eq!(of(&[], 44_100).spectrum.len(), 0);
    }
}
