//! What two small nets hear in a sound: beats, first beats of bars, drum hits and chords, as probabilities over time.
//!
//! Their weights are our own (`assets/ear`, made by `scripts/ear` from rendered pieces whose truth is known).  A sound is
//! heard in stretches with enough of the neighbours on both sides, so that memory does not grow with its length and no
//! seam is heard.  Frames are centred on their instant: frame `n` is `n / rate` seconds, nothing to subtract.

mod layer;
mod spectrogram;

use layer::{Activation, Layer, Weights};
pub(super) use spectrogram::{RATE_HZ, Spectra};
use spectrogram::{Spectrogram, level};

/// Frames a second of beats and drums, and of chords.
pub(super) const BEAT_FPS: f64 = 50.0;
pub(super) const CHORD_FPS: f64 = 10.0;
/// No chord, twelve major, twelve minor.
pub(super) const N_CHORDS: usize = 25;

/// A stretch and what of its neighbours is heard with it: more than the widest layers reach.
const STRETCH_SECS: usize = 120;
const NEIGHBOUR_SECS: usize = 12;

const WIDTH: usize = 48;
const HITS: usize = 32;
const TONES: usize = 16;
const N_DECAY: usize = 3;
const N_WIDE: usize = 8;
const N_HARMONY: usize = 4;
const SLIDES: usize = 72;
const SLIDE_TAPS: usize = 9;

static RHYTHM: &[u8] = include_bytes!("../../../assets/ear/rhythm.bin");
static HARMONY: &[u8] = include_bytes!("../../../assets/ear/harmony.bin");

/// Probabilities over time.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    pub(super) beat: Vec<f32>,
    pub(super) downbeat: Vec<f32>,
    /// Kick, snare, hat.
    pub(super) drums: [Vec<f32>; 3],
    /// Natural logarithms of probabilities.
    pub(super) chords: Vec<[f32; N_CHORDS]>,
}

struct Rhythm {
    first: Layer,
    second: Layer,
    strike: Layer,
    decay: Vec<Layer>,
    tone: Layer,
    joined: Layer,
    wide: Vec<(Layer, Layer)>,
    beats: Layer,
    /// What a hit sounds like and where in the bar it falls, together.
    both: Layer,
    hits: Layer,
}

impl Rhythm {
    fn new() -> Option<Self> {
        let mut weights = Weights::read(RHYTHM, b"EARR")?;
        let (fast, slow) = (spectrogram::N_FAST, spectrogram::N_SLOW);
        let net = Self {
            first: weights.layer(fast, WIDTH, 5, 1)?,
            second: weights.layer(WIDTH, WIDTH, 3, 1)?,
            strike: weights.layer(WIDTH, HITS, 3, 1)?,
            decay: (0..N_DECAY).map(|at| weights.layer(HITS, HITS, 3, 1 << at)).collect::<Option<_>>()?,
            tone: weights.layer(slow, TONES, 1, 1)?,
            joined: weights.layer(WIDTH + TONES, WIDTH, 1, 1)?,
            wide: (0..N_WIDE)
                .map(|at| Some((weights.layer(WIDTH, WIDTH, 5, 1 << at)?, weights.layer(WIDTH, WIDTH, 1, 1)?)))
                .collect::<Option<_>>()?,
            beats: weights.layer(WIDTH, 2, 1, 1)?,
            both: weights.layer(HITS + WIDTH, HITS, 1, 1)?,
            hits: weights.layer(HITS, 3, 3, 1)?,
        };
        weights.is_used_up().then_some(net)
    }

    /// Logits of beats and first beats (two a frame), and of drums (three a frame).
    fn hear(&self, fast: &[f32], slow: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let sound = self.second.run(&self.first.run(fast, Activation::Rectified), Activation::Rectified);
        let mut struck = self.strike.run(&sound, Activation::Rectified);
        for decay in &self.decay {
            let added = decay.run(&struck, Activation::Rectified);
            struck.iter_mut().zip(added).for_each(|(sum, added)| *sum += added);
        }
        let tone = self.tone.run(slow, Activation::Rectified);
        let n = (sound.len() / WIDTH).min(tone.len() / TONES * 5);
        let mut joined = Vec::with_capacity(n * (WIDTH + TONES));
        for at in 0..n {
            joined.extend_from_slice(&sound[at * WIDTH..(at + 1) * WIDTH]);
            joined.extend_from_slice(&tone[at / 5 * TONES..(at / 5 + 1) * TONES]);
        }
        let mut sum = self.joined.run(&joined, Activation::Rectified);
        for (wide, back) in &self.wide {
            let added = back.run(&wide.run(&sum, Activation::Rectified), Activation::None);
            sum.iter_mut().zip(added).for_each(|(sum, added)| *sum += added);
        }
        sum.iter_mut().for_each(|value| *value = value.max(0.0));
        let mut both = Vec::with_capacity(n * (HITS + WIDTH));
        for (struck, sum) in struck.chunks_exact(HITS).zip(sum.chunks_exact(WIDTH)) {
            both.extend_from_slice(struck);
            both.extend_from_slice(sum);
        }
        let hits = self.hits.run(&self.both.run(&both, Activation::Rectified), Activation::None);
        (self.beats.run(&sum, Activation::None), hits)
    }
}

struct Harmony {
    /// Eight filters that slide over pitch in steps of a semitone.
    slide: Layer,
    mix: Layer,
    wide: Vec<Layer>,
    chords: Layer,
}

impl Harmony {
    fn new() -> Option<Self> {
        let mut weights = Weights::read(HARMONY, b"EARH")?;
        let net = Self {
            slide: weights.layer(SLIDE_TAPS, 8, 1, 1)?,
            mix: weights.layer(8 * SLIDES, 96, 1, 1)?,
            wide: (0..N_HARMONY).map(|at| weights.layer(96, 96, 3, 1 << at)).collect::<Option<_>>()?,
            chords: weights.layer(96, N_CHORDS, 1, 1)?,
        };
        weights.is_used_up().then_some(net)
    }

    fn hear(&self, slow: &[f32]) -> Vec<f32> {
        let mut windows = Vec::with_capacity(SLIDES * SLIDE_TAPS);
        let mut slid = Vec::with_capacity(slow.len() / spectrogram::N_SLOW * 8 * SLIDES);
        for frame in slow.chunks_exact(spectrogram::N_SLOW) {
            let mean = frame.iter().sum::<f32>() / frame.len() as f32;
            windows.clear();
            for at in 0..SLIDES {
                let from = 3 * at;
                windows.extend(
                    (from..from + SLIDE_TAPS).map(|bin| bin.checked_sub(4).and_then(|bin| frame.get(bin)).map_or(0.0, |v| v - mean)),
                );
            }
            let filtered = self.slide.run(&windows, Activation::Rectified);
            // The net was taught with a filter's slides side by side.
            slid.extend((0..8).flat_map(|filter| (0..SLIDES).map(move |at| at * 8 + filter)).map(|at| filtered[at]));
        }
        let mut sum = self.mix.run(&slid, Activation::Rectified);
        for wide in &self.wide {
            let added = wide.run(&sum, Activation::Rectified);
            sum.iter_mut().zip(added).for_each(|(sum, added)| *sum += added);
        }
        self.chords.run(&sum, Activation::None)
    }
}

/// The half of the ear that hears beats, kept warm for sound that comes bit by bit.
pub(super) struct RhythmEar {
    net: Rhythm,
    fast: Spectrogram,
    slow: Spectrogram,
}

impl RhythmEar {
    pub(super) fn new() -> Option<Self> {
        Some(Self { net: Rhythm::new()?, fast: Spectrogram::fast(), slow: Spectrogram::slow() })
    }

    /// Beats and drums in the whole seconds of a short sound at [`RATE_HZ`].
    pub(super) fn hear(&mut self, mono: &[f32]) -> Heard {
        let (gain, n_secs) = (level(mono), mono.len() / RATE_HZ as usize);
        let (fast, slow) = (self.fast.of(mono, gain, 0, n_secs), self.slow.of(mono, gain, 0, n_secs));
        let (beats, hits) = self.net.hear(&fast, &slow);
        let curve = |logits: &[f32], width: usize, at: usize| logits.chunks_exact(width).map(|frame| probability(frame[at])).collect();
        Heard {
            beat: curve(&beats, 2, 0),
            downbeat: curve(&beats, 2, 1),
            drums: [0, 1, 2].map(|drum| curve(&hits, 3, drum)),
            chords: Vec::new(),
        }
    }
}

/// Hears a sound by its spectra.  `None` where `go_on`, which is asked before each stretch, says no.
pub(super) fn hear(spectra: &Spectra, go_on: &mut dyn FnMut() -> bool) -> Option<Heard> {
    let (Some(rhythm), Some(harmony)) = (Rhythm::new(), Harmony::new()) else {
        // Only a build with broken assets gets here; the test below says so.
        return Some(Heard::default());
    };
    let mut heard = Heard::default();
    let n_secs = spectra.n_secs();
    for from in (0..n_secs.max(1)).step_by(STRETCH_SECS) {
        if !go_on() {
            return None;
        }
        let (first, last) = (from.saturating_sub(NEIGHBOUR_SECS), (from + STRETCH_SECS + NEIGHBOUR_SECS).min(n_secs));
        let [fast, slow] = spectra.of(first, last);
        let (beats, hits) = rhythm.hear(&fast, &slow);
        let chords = harmony.hear(&slow);
        let to = (from + STRETCH_SECS).min(n_secs);
        let span = |fps: f64| (from - first) * fps as usize..(to - first) * fps as usize;
        for frame in beats.chunks_exact(2).take(span(BEAT_FPS).end).skip(span(BEAT_FPS).start) {
            heard.beat.push(probability(frame[0]));
            heard.downbeat.push(probability(frame[1]));
        }
        for frame in hits.chunks_exact(3).take(span(BEAT_FPS).end).skip(span(BEAT_FPS).start) {
            heard.drums.iter_mut().zip(frame).for_each(|(drum, logit)| drum.push(probability(*logit)));
        }
        for frame in chords.chunks_exact(N_CHORDS).take(span(CHORD_FPS).end).skip(span(CHORD_FPS).start) {
            let most = frame.iter().copied().fold(f32::MIN, f32::max);
            let sum = frame.iter().map(|logit| (logit - most).exp()).sum::<f32>().ln() + most;
            heard.chords.push(std::array::from_fn(|chord| frame[chord] - sum));
        }
    }
    Some(heard)
}

fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_fit_the_nets_to_the_last_number() {
        assert!(Rhythm::new().is_some() && Harmony::new().is_some());
    }

    #[test]
    fn a_seam_between_stretches_is_not_heard() {
        let rate = RATE_HZ as usize;
        let n = (STRETCH_SECS + 20) * rate;
        let mono: Vec<f32> = (0..n).map(|at| if at % (rate / 2) < 400 { 0.5 * (at as f32 * 0.05).sin() } else { 0.0 }).collect();
        let heard = |mono: &[f32]| {
            let mut spectra = Spectra::new();
            spectra.push(mono);
            spectra.finish();
            hear(&spectra, &mut || true).unwrap()
        };
        let whole = heard(&mono);
        // The same clicks from a later second on: the seam lies elsewhere.
        let later = heard(&mono[10 * rate..]);
        for at in (STRETCH_SECS - 5) * 50..(STRETCH_SECS + 5) * 50 {
            let (a, b) = (whole.beat[at], later.beat[at - 500]);
            assert!((a - b).abs() < 0.02, "frame {at}: {a} {b}");
        }
    }
}
