//! The picture of a sound: one pass over the samples.

use std::f32::consts::TAU;

use super::model::{Sound, Waveform, WaveformColumn};

const COLUMNS_PER_SEC: f64 = 150.0;
/// Between low and middle, and between middle and high.
const CROSSOVERS_HZ: [f32; 2] = [200.0, 2_000.0];

/// The waveform of a sound.  A column is a whole number of samples, so columns never drift against the sound.
pub fn of(sound: &Sound) -> Waveform {
    let rate = sound.rate_hz.max(1);
    let n_per_column = ((f64::from(rate) / COLUMNS_PER_SEC).ceil() as usize).max(1);
    // One-pole low passes: gentle slopes are enough for a colour.
    let [low_step, mid_step] = CROSSOVERS_HZ.map(|hz| 1.0 - (-TAU * hz / rate as f32).exp());
    let (mut low, mut mid) = (0.0, 0.0);
    let columns = sound.frames.chunks(n_per_column).map(|frames| {
        let mut peak = 0.0_f32;
        let mut sums = [0.0_f32; 3];
        for frame in frames {
            let mono = (frame[0] + frame[1]) * 0.5;
            peak = peak.max(frame[0].abs()).max(frame[1].abs());
            low += low_step * (mono - low);
            mid += mid_step * (mono - mid);
            sums[0] += low.abs();
            sums[1] += (mid - low).abs();
            sums[2] += (mono - mid).abs();
        }
        let total: f32 = sums.iter().sum();
        let bands = if total > 0.0 { sums.map(|sum| sum / total) } else { [0.0; 3] };
        WaveformColumn { peak: peak.min(1.0), bands }
    });
    Waveform { columns: columns.collect(), secs_per_column: n_per_column as f64 / f64::from(rate) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f32, level: f32) -> Sound {
        let sample = |n: usize| level * (TAU * hz * n as f32 / 44_100.0).sin();
        Sound { rate_hz: 44_100, frames: (0..44_100).map(|n| [sample(n); 2]).collect() }
    }

    #[test]
    fn a_tone_shows_its_peak_and_its_band() {
        for (hz, band) in [(60.0, 0), (700.0, 1), (9_000.0, 2)] {
            let waveform = of(&tone(hz, 0.5));
            let column = waveform.columns[70];
            assert!((column.peak - 0.5).abs() < 0.02, "{hz}: {column:?}");
            let strongest = (0..3).max_by(|&a, &b| column.bands[a].total_cmp(&column.bands[b]));
            assert_eq!(strongest, Some(band), "{hz}: {column:?}");
        }
    }

    #[test]
    fn columns_cover_the_sound_and_no_more() {
        for rate_hz in [8_000, 44_100, 48_000, 96_000] {
            let sound = Sound { rate_hz, frames: vec![[0.0; 2]; rate_hz as usize * 2 + 17] };
            let waveform = of(&sound);
            let covered = waveform.secs_per_column * waveform.columns.len() as f64;
            assert!(covered >= sound.duration_secs() && covered - sound.duration_secs() < waveform.secs_per_column, "{rate_hz}");
            assert!(waveform.columns.len() <= 302, "{rate_hz}");
        }
    }

    #[test]
    fn silence_and_nothing_are_flat() {
        assert!(of(&Sound { rate_hz: 44_100, frames: vec![[0.0; 2]; 1_000] }).columns.iter().all(|c| *c == WaveformColumn::default()));
        assert!(of(&Sound::default()).columns.is_empty());
    }
}
