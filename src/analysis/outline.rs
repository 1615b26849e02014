//! How a sound's loudness runs, millisecond by millisecond: what the grid and the sections need of it beside the nets.

/// Loudness as heard, roughly: the lowest octaves count less.
const BRIGHT: f32 = 0.95;
const DEEP: f32 = 0.02;

/// A sound at a rate, block by block.  All sums are over [`Self::block_secs`].
#[derive(Default)]
pub(super) struct Outline {
    rate_hz: u32,
    n_samples: usize,
    /// Highest samples of twentieths of seconds.
    peaks: Vec<f32>,
    peak: f32,
    energy: Sums,
    /// Of second differences: sticks, and not what they strike.
    sticks: Sums,
    heard: Sums,
    /// The last two samples.
    before: [f32; 2],
}

/// Sums over blocks, and the one that is not full yet.
#[derive(Default)]
struct Sums {
    all: Vec<f32>,
    sum: f32,
    n: usize,
}

impl Sums {
    fn add(&mut self, value: f32, n_block: usize) {
        self.sum += value;
        self.n += 1;
        if self.n == n_block {
            self.close();
        }
    }

    fn close(&mut self) {
        if self.n > 0 {
            self.all.push(self.sum);
            (self.sum, self.n) = (0.0, 0);
        }
    }
}

impl Outline {
    pub(super) fn new(rate_hz: u32) -> Self {
        Self { rate_hz: rate_hz.max(1), ..Self::default() }
    }

    fn n_block(&self) -> usize {
        (self.rate_hz / 1_000).max(1) as usize
    }

    fn n_peak(&self) -> usize {
        (self.rate_hz / 20).max(1) as usize
    }

    pub(super) fn push(&mut self, mono: &[f32]) {
        let (n_block, n_peak) = (self.n_block(), self.n_peak());
        for &sample in mono {
            let [older, old] = self.before;
            self.energy.add(sample * sample, n_block);
            let bright = sample - BRIGHT * old;
            self.heard.add(bright * bright + DEEP * sample * sample, n_block);
            if self.n_samples >= 2 {
                self.sticks.add((sample - 2.0 * old + older).powi(2), n_block);
            }
            self.peak = self.peak.max(sample.abs());
            self.before = [old, sample];
            self.n_samples += 1;
            if self.n_samples.is_multiple_of(n_peak) {
                self.peaks.push(std::mem::take(&mut self.peak));
            }
        }
    }

    pub(super) fn finish(&mut self) {
        [&mut self.energy, &mut self.sticks, &mut self.heard].into_iter().for_each(Sums::close);
        if !self.n_samples.is_multiple_of(self.n_peak()) {
            self.peaks.push(std::mem::take(&mut self.peak));
        }
    }

    pub(super) fn duration_secs(&self) -> f64 {
        self.n_samples as f64 / f64::from(self.rate_hz)
    }

    pub(super) fn block_secs(&self) -> f64 {
        self.n_block() as f64 / f64::from(self.rate_hz)
    }

    /// Of samples, and of second differences.
    pub(super) fn energies(&self) -> [&[f32]; 2] {
        [&self.energy.all, &self.sticks.all]
    }

    /// From when to when there is sound at all: `soft` is how much softer than the loudest it may be.
    pub(super) fn sounding(&self, soft: f32) -> (f64, f64) {
        let gate = soft * self.peaks.iter().copied().fold(0.0, f32::max);
        let secs = |block: usize| (block * self.n_peak()) as f64 / f64::from(self.rate_hz);
        let first = self.peaks.iter().position(|&peak| peak > gate).unwrap_or(0);
        let last = self.peaks.iter().rposition(|&peak| peak > gate).map_or(0, |last| last + 1);
        (secs(first), secs(last))
    }

    pub(super) fn is_louder_than(&self, level: f32) -> bool {
        self.peaks.iter().any(|peak| *peak > level)
    }

    /// Loudness between two instants, in decibels of any zero.
    pub(super) fn loudness_db(&self, from_secs: f64, to_secs: f64) -> f32 {
        let block = |secs: f64| ((secs.max(0.0) / self.block_secs()).round() as usize).min(self.heard.all.len());
        let (from, to) = (block(from_secs), block(to_secs));
        let sums = self.heard.all.get(from..to).unwrap_or_default();
        let n = (sums.len() * self.n_block()).max(1) as f32;
        10.0 * (sums.iter().sum::<f32>() / n + 1e-9).log10()
    }
}

#[cfg(test)]
impl Outline {
    pub(super) fn of(mono: &[f32], rate_hz: u32) -> Self {
        let mut outline = Self::new(rate_hz);
        outline.push(mono);
        outline.finish();
        outline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_any_length_draw_one_outline() {
        let mono: Vec<f32> = (0..44_100).map(|at| if at < 11_000 { 0.0 } else { ((at * at) % 31) as f32 / 31.0 - 0.5 }).collect();
        let mut by_blocks = Outline::new(44_100);
        mono.chunks(1_237).for_each(|block| by_blocks.push(block));
        by_blocks.finish();
        let whole = Outline::of(&mono, 44_100);
        assert_eq!(by_blocks.energies(), whole.energies());
        assert_eq!((whole.energies()[0].len(), whole.energies()[1].len()), (44_100_usize.div_ceil(44), 44_098_usize.div_ceil(44)));
        let (from, to) = whole.sounding(0.01);
        assert!((from - 0.2).abs() < 1e-9 && (to - 1.0).abs() < 1e-9, "{from} {to}");
        assert!(whole.loudness_db(0.3, 1.0) > whole.loudness_db(0.0, 0.2) + 60.0);
    }
}
