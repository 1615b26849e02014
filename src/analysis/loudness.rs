//! Loudness as broadcasters measure it (ITU-R BS.1770-4): weighted as ears are, in blocks, without the silence.

use std::f64::consts::PI;

/// What is known of a sound's level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loudness {
    /// Integrated loudness in LUFS; `None` for silence.
    pub lufs_i: Option<f64>,
    /// The highest sample in decibels of full scale; `None` for silence.
    pub peak_db: Option<f64>,
}

const BLOCK_SECS: f64 = 0.4;
const STEPS_PER_BLOCK: usize = 4;
const ABSOLUTE_GATE_LUFS: f64 = -70.0;
const RELATIVE_GATE_LU: f64 = 10.0;

/// A second-order filter, and the two values it remembers.
#[derive(Clone, Copy)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    fn next(&mut self, input: f64) -> f64 {
        let output = self.b[0] * input + self.state[0];
        self.state[0] = self.b[1] * input - self.a[0] * output + self.state[1];
        self.state[1] = self.b[2] * input - self.a[1] * output;
        output
    }

    /// The head's shelf; constants are those that give the standard's coefficients at 48 kHz.
    fn shelf(rate_hz: f64) -> Self {
        let (k, q) = ((PI * 1_681.974_450_955_533 / rate_hz).tan(), 0.707_175_236_955_419_6);
        let high = 10_f64.powf(3.999_843_853_973_347 / 20.0);
        let band = high.powf(0.499_666_774_154_541_6);
        let a0 = 1.0 + k / q + k * k;
        Self {
            b: [(high + band * k / q + k * k) / a0, 2.0 * (k * k - high) / a0, (high - band * k / q + k * k) / a0],
            a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
            state: [0.0; 2],
        }
    }

    /// Deep tones count less.
    fn rumble(rate_hz: f64) -> Self {
        let (k, q) = ((PI * 38.135_470_876_024_44 / rate_hz).tan(), 0.500_327_037_323_877_3);
        let a0 = 1.0 + k / q + k * k;
        Self { b: [1.0, -2.0, 1.0], a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0], state: [0.0; 2] }
    }
}

pub fn loudness(frames: &[[f32; 2]], rate_hz: u32) -> Loudness {
    let mut meter = Meter::new(rate_hz);
    meter.push(frames);
    meter.loudness()
}

/// Measures a sound that comes block by block.
pub(super) struct Meter {
    filters: [[Biquad; 2]; 2],
    n_step: usize,
    peak: f32,
    /// Power of each quarter of a block.
    steps: Vec<f64>,
    sum: f64,
    n: usize,
}

impl Meter {
    pub(super) fn new(rate_hz: u32) -> Self {
        let rate = f64::from(rate_hz.max(1));
        Self {
            filters: [[Biquad::shelf(rate), Biquad::rumble(rate)]; 2],
            n_step: ((BLOCK_SECS * rate) as usize / STEPS_PER_BLOCK).max(1),
            peak: 0.0,
            steps: Vec::new(),
            sum: 0.0,
            n: 0,
        }
    }

    pub(super) fn push(&mut self, frames: &[[f32; 2]]) {
        for frame in frames {
            for (sample, [shelf, rumble]) in frame.iter().zip(&mut self.filters) {
                self.peak = self.peak.max(sample.abs());
                let heard = rumble.next(shelf.next(f64::from(*sample)));
                self.sum += heard * heard;
            }
            self.n += 1;
            if self.n == self.n_step {
                self.steps.push(self.sum / self.n_step as f64);
                (self.sum, self.n) = (0.0, 0);
            }
        }
    }

    pub(super) fn loudness(&self) -> Loudness {
        let peak_db = (self.peak > 0.0).then(|| 20.0 * f64::from(self.peak).log10());
        let blocks: Vec<f64> =
            self.steps.windows(STEPS_PER_BLOCK).map(|block| block.iter().sum::<f64>() / STEPS_PER_BLOCK as f64).collect();
        Loudness { lufs_i: gated(&blocks), peak_db }
    }
}

fn lufs(power: f64) -> f64 {
    -0.691 + 10.0 * power.log10()
}

fn gated(blocks: &[f64]) -> Option<f64> {
    let mean_above = |gate: f64| {
        let above: Vec<f64> = blocks.iter().copied().filter(|&power| power > 0.0 && lufs(power) > gate).collect();
        (!above.is_empty()).then(|| above.iter().sum::<f64>() / above.len() as f64)
    };
    let relative = lufs(mean_above(ABSOLUTE_GATE_LUFS)?) - RELATIVE_GATE_LU;
    mean_above(relative.max(ABSOLUTE_GATE_LUFS)).map(lufs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(rate_hz: u32, secs: f64, level: f32) -> Vec<[f32; 2]> {
        let n = (secs * f64::from(rate_hz)) as usize;
        (0..n).map(|at| [level * (2.0 * PI * 997.0 * at as f64 / f64::from(rate_hz)).sin() as f32; 2]).collect()
    }

    #[test]
    fn the_standards_own_tone_reads_as_it_must() {
        // 997 Hz at full scale in one channel is -3.01 LUFS; in both, 3.01 more.
        for rate_hz in [44_100, 48_000, 96_000] {
            let measured = loudness(&sine(rate_hz, 5.0, 1.0), rate_hz);
            assert!((measured.lufs_i.unwrap() - 0.0).abs() < 0.05, "{rate_hz}: {measured:?}");
            assert!(measured.peak_db.unwrap().abs() < 0.01);
        }
        let quiet = loudness(&sine(48_000, 5.0, 0.1), 48_000);
        assert!((quiet.lufs_i.unwrap() + 20.0).abs() < 0.05);
    }

    #[test]
    fn silence_does_not_count() {
        let mut frames = sine(48_000, 5.0, 0.5);
        let alone = loudness(&frames, 48_000).lufs_i.unwrap();
        frames.extend(vec![[0.0; 2]; 48_000 * 20]);
        assert!((loudness(&frames, 48_000).lufs_i.unwrap() - alone).abs() < 0.3);
        assert_eq!(loudness(&[[0.0; 2]; 48_000], 48_000), Loudness { lufs_i: None, peak_db: None });
        assert_eq!(loudness(&[], 0).lufs_i, None);
    }
}
