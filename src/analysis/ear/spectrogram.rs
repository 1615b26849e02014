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
    let mut seconds = Seconds::default();
    seconds.push(mono);
    seconds.level()
}

/// How loud each second is.
#[derive(Default)]
struct Seconds {
    loud: Vec<f32>,
    sum: f32,
    n: usize,
}

impl Seconds {
    fn push(&mut self, mono: &[f32]) {
        for sample in mono {
            self.sum += sample * sample;
            self.n += 1;
            if self.n == RATE_HZ as usize {
                self.loud.push((self.sum / self.n as f32).sqrt());
                (self.sum, self.n) = (0.0, 0);
            }
        }
    }

    fn level(&self) -> f32 {
        // A second that is not whole counts only where there is no other.
        let only = [(self.sum / self.n.max(1) as f32).sqrt()];
        let loud = if self.loud.is_empty() { &only[..] } else { &self.loud };
        LOUD_RMS / super::super::dsp::envelope::percentile(loud, 0.95).max(1e-5)
    }
}

/// Both spectrograms of a sound that comes block by block: all that the nets need of it, a sixth of its size.
///
/// The level is known at the end; magnitudes are kept without it.
pub(in super::super) struct Spectra {
    fast: Kept,
    slow: Kept,
    seconds: Seconds,
    /// The newest samples, from the sound's sample `first` on.
    samples: Vec<f32>,
    first: usize,
}

struct Kept {
    spectrogram: Spectrogram,
    n_frames: usize,
    magnitudes: Vec<f32>,
}

/// So many samples are gathered before those that are done with are let go.
const GATHERED: usize = 1 << 17;

impl Spectra {
    pub(in super::super) fn new() -> Self {
        let kept = |spectrogram| Kept { spectrogram, n_frames: 0, magnitudes: Vec::new() };
        let (fast, slow) = (kept(Spectrogram::fast()), kept(Spectrogram::slow()));
        Self { fast, slow, seconds: Seconds::default(), samples: Vec::new(), first: 0 }
    }

    /// The next samples at [`RATE_HZ`].
    pub(in super::super) fn push(&mut self, mono: &[f32]) {
        self.seconds.push(mono);
        self.samples.extend_from_slice(mono);
        if self.samples.len() < GATHERED {
            return;
        }
        let n_samples = self.first + self.samples.len();
        for kept in [&mut self.fast, &mut self.slow] {
            kept.up_to(&self.samples, self.first, |centre, reach| centre + reach <= n_samples);
        }
        let unneeded = self.fast.needs_from().min(self.slow.needs_from()) - self.first;
        self.samples.drain(..unneeded);
        self.first += unneeded;
    }

    /// The sound has ended: its last second is filled up with silence.
    pub(in super::super) fn finish(&mut self) {
        let n = self.n_secs() * RATE_HZ as usize;
        for kept in [&mut self.fast, &mut self.slow] {
            kept.up_to(&self.samples, self.first, |centre, _| centre < n);
        }
        self.samples = Vec::new();
    }

    pub(super) fn n_secs(&self) -> usize {
        self.seconds.loud.len() + usize::from(self.seconds.n > 0)
    }

    /// The frames from one second up to another, fast and slow, band by band.
    pub(super) fn of(&self, from_secs: usize, to_secs: usize) -> [Vec<f32>; 2] {
        let gain = self.seconds.level();
        [&self.fast, &self.slow].map(|kept| {
            let n_sec = RATE_HZ as usize / kept.spectrogram.n_hop * kept.spectrogram.bands.len();
            let inside = kept.magnitudes.get(from_secs * n_sec..to_secs * n_sec).unwrap_or_default();
            inside.iter().map(|sum| compressed(gain, *sum)).collect()
        })
    }
}

impl Kept {
    /// Every frame whose samples are at hand: `is_there` is asked of its centre and of how far it reaches.
    fn up_to(&mut self, samples: &[f32], first: usize, is_there: impl Fn(usize, usize) -> bool) {
        let (n_hop, reach) = (self.spectrogram.n_hop, self.spectrogram.reach);
        while is_there(self.n_frames * n_hop, reach) {
            self.spectrogram.sums(samples, self.n_frames * n_hop - first, &mut self.magnitudes);
            self.n_frames += 1;
        }
    }

    /// The first sample that the next frame looks at.
    fn needs_from(&self) -> usize {
        (self.n_frames * self.spectrogram.n_hop).saturating_sub(self.spectrogram.reach)
    }
}

fn compressed(gain: f32, sum: f32) -> f32 {
    (COMPRESSION * gain * sum).ln_1p()
}

/// A triangle over the bins of a spectrum.
struct Band {
    first: usize,
    weights: Vec<f32>,
}

pub(super) struct Spectrogram {
    spectrum: Spectrum,
    n_hop: usize,
    /// Samples on either side of a frame's centre.
    reach: usize,
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
        Self { spectrum: Spectrum::new(n), n_hop, reach: n / 2, bands: centres.iter().map(band).collect() }
    }

    /// The frames from one second up to another, band by band.
    pub(super) fn of(&mut self, mono: &[f32], gain: f32, from_secs: usize, to_secs: usize) -> Vec<f32> {
        let per_sec = RATE_HZ as usize / self.n_hop;
        let mut frames = Vec::with_capacity((to_secs - from_secs) * per_sec * self.bands.len());
        for frame in from_secs * per_sec..to_secs * per_sec {
            self.sums(mono, frame * self.n_hop, &mut frames);
        }
        frames.iter_mut().for_each(|sum| *sum = compressed(gain, *sum));
        frames
    }

    /// Adds the bands of the frame around a sample.
    fn sums(&mut self, samples: &[f32], centre: usize, out: &mut Vec<f32>) {
        let magnitudes = self.spectrum.at(samples, centre);
        let sum =
            |band: &Band| band.weights.iter().zip(&magnitudes[band.first..]).map(|(weight, magnitude)| weight * magnitude).sum::<f32>();
        out.extend(self.bands.iter().map(sum));
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
    fn blocks_are_seen_as_the_whole_is() {
        let mono: Vec<f32> = (0..7 * RATE_HZ as usize + 999).map(|at| ((at * at) % 1_009) as f32 / 1_009.0 - 0.5).collect();
        let mut spectra = Spectra::new();
        mono.chunks(4_321).for_each(|block| spectra.push(block));
        assert!(spectra.samples.len() < 2 * GATHERED);
        spectra.finish();
        assert_eq!(spectra.n_secs(), 8);
        let gain = level(&mono);
        assert_eq!(spectra.of(0, 8), [Spectrogram::fast().of(&mono, gain, 0, 8), Spectrogram::slow().of(&mono, gain, 0, 8)]);
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
