//! One steady tempo for a whole sound: its exact period and phase, or the finding that there is none.
//!
//! Music made with a clock keeps its phase from end to end.  So the onsets are correlated with complex waves at the beat,
//! its half and its quarter, over the whole length: the period comes out to about `1 / length`, and how much of the
//! windows' pulse adds up instead of cancelling says whether there is one grid at all.

use std::f64::consts::TAU;

use super::dsp::envelope;
use super::onsets::{KICK, N_BANDS, Onsets};

const CHUNK_SECS: f64 = 4.0;
/// Waves per beat, and what each weighs.
const HARMONICS: [(f64, f64); 3] = [(1.0, 1.0), (2.0, 0.7), (4.0, 0.4)];
/// How far the tempo's first estimate may be off.
const SEARCH: f64 = 0.012;
/// How far a chunk's own tempo is looked for.
const LOCAL_DETUNES: [f64; 9] = [-0.08, -0.06, -0.04, -0.02, 0.0, 0.02, 0.04, 0.06, 0.08];
/// The share of the pulse that must add up.
const MIN_COHERENCE: f64 = 0.62;
/// What each band says of where the beat is; hats between beats shall not count.
const ON_BEAT: [f32; N_BANDS] = [1.6, 0.8, 0.5, 0.6, 0.1];
/// Clocks are set to whole or half BPM: one within reach is taken if the pulse hardly suffers.
const ROUND_REACH_BPM: f64 = 0.06;
const ROUND_SHARE: f64 = 0.99;
/// How far the phase of the flux may be from the attack itself.
const SHARPEN_SECS: f64 = 0.025;

/// Beats at `phase_secs + n * period_secs`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Steady {
    pub(super) period_secs: f64,
    pub(super) phase_secs: f64,
    /// A whole or half BPM, which is then taken to be exact.
    is_round: bool,
}

/// A complex sum, as (cosine, sine).
type Sum = [f64; 2];

struct Chunk {
    middle_secs: f64,
    /// At each harmonic of the first estimate.
    sums: [Sum; HARMONICS.len()],
    /// What each harmonic would reach at the tempo that suits this chunk best.
    alone: [f64; HARMONICS.len()],
}

struct Chunks(Vec<Chunk>);

impl Chunks {
    fn new(onsets: &Onsets, beats_per_sec: f64) -> Self {
        let n = ((CHUNK_SECS / onsets.hop_secs) as usize).max(1);
        let sum = |first: usize, values: &[f32], waves_per_sec: f64| {
            let step = TAU * waves_per_sec;
            values.iter().enumerate().fold([0.0; 2], |sum: Sum, (at, value)| {
                let (sine, cosine) = (step * onsets.secs_of((first + at) as f64)).sin_cos();
                [sum[0] + f64::from(*value) * cosine, sum[1] - f64::from(*value) * sine]
            })
        };
        let chunk = |(index, values): (usize, &[f32])| {
            let first = index * n;
            let at = |harmonic: f64, detune: f64| sum(first, values, harmonic * beats_per_sec * (1.0 + detune));
            let alone = |harmonic: f64| {
                let strengths = LOCAL_DETUNES.map(|detune| at(harmonic, detune)).map(|[re, im]| re.hypot(im));
                strengths.into_iter().fold(0.0, f64::max)
            };
            Chunk {
                middle_secs: onsets.secs_of(first as f64 + values.len() as f64 / 2.0),
                sums: HARMONICS.map(|(harmonic, _)| at(harmonic, 0.0)),
                alone: HARMONICS.map(|(harmonic, _)| alone(harmonic)),
            }
        };
        Self(onsets.strength.chunks(n).enumerate().map(chunk).collect())
    }

    /// How strong the pulse is at a tempo that is off by `detune`, and how strong it would be if all chunks agreed.
    fn pulse(&self, detune: f64) -> (f64, f64) {
        let mut strengths = (0.0, 0.0);
        for (index, (harmonic, weight)) in HARMONICS.iter().enumerate() {
            let (mut sum, mut alone) = ([0.0; 2], 0.0);
            for chunk in &self.0 {
                let (sine, cosine) = (TAU * harmonic * detune * chunk.middle_secs).sin_cos();
                let [re, im] = chunk.sums[index];
                sum = [sum[0] + re * cosine + im * sine, sum[1] + im * cosine - re * sine];
                alone += chunk.alone[index];
            }
            strengths.0 += weight * sum[0].hypot(sum[1]);
            strengths.1 += weight * alone;
        }
        strengths
    }
}

/// The grid near a first period; `None` if the beats wander.
pub(super) fn steady(onsets: &Onsets, period_secs: f64) -> Option<Steady> {
    let beats_per_sec = 1.0 / period_secs;
    let chunks = Chunks::new(onsets, beats_per_sec);
    let step = 1.0 / (16.0 * onsets.duration_secs().max(8.0));
    let n_steps = (SEARCH * beats_per_sec / step).ceil() as i32;
    let strength = |at: f64| chunks.pulse(at * step).0;
    let best = (-n_steps..=n_steps).max_by(|&a, &b| strength(a.into()).total_cmp(&strength(b.into())))?;
    let best = f64::from(best);
    let (before, at, after) = (strength(best - 1.0), strength(best), strength(best + 1.0));
    let bend = before - 2.0 * at + after;
    let shift = if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    let detune = (best + shift) * step;
    let (together, alone) = chunks.pulse(detune);
    if together < MIN_COHERENCE * alone || alone <= 0.0 {
        return None;
    }
    let round = round_tempo(beats_per_sec + detune).filter(|round| chunks.pulse(round - beats_per_sec).0 >= ROUND_SHARE * together);
    let period_secs = 1.0 / round.unwrap_or(beats_per_sec + detune);
    Some(Steady { period_secs, phase_secs: phase_secs(onsets, period_secs), is_round: round.is_some() })
}

/// The whole or half BPM next to a tempo, both in beats a second.
fn round_tempo(beats_per_sec: f64) -> Option<f64> {
    let bpm = beats_per_sec * 60.0;
    let round = (bpm * 2.0).round() / 2.0;
    ((round - bpm).abs() < ROUND_REACH_BPM).then_some(round / 60.0)
}

/// Where in the period the beat is: the fold of all onsets, in which kick and bass weigh most.
fn phase_secs(onsets: &Onsets, period_secs: f64) -> f64 {
    const N_BINS: usize = 96;
    let mut fold = [0.0_f32; N_BINS];
    for frame in 0..onsets.strength.len() {
        let turns = (onsets.secs_of(frame as f64) / period_secs).rem_euclid(1.0);
        let bin = (turns * N_BINS as f64) as usize % N_BINS;
        fold[bin] += onsets.bands.iter().zip(ON_BEAT).map(|(band, weight)| band[frame] * weight).sum::<f32>();
    }
    // Bins do not all hold the same count of frames, nor are frames as narrow as bins.
    let smooth = |bin: usize| {
        [(N_BINS - 2, 0.5), (N_BINS - 1, 1.0), (0, 1.2), (1, 1.0), (2, 0.5)]
            .map(|(by, w)| fold[(bin + by) % N_BINS] * w)
            .iter()
            .sum::<f32>()
    };
    let best = (0..N_BINS).max_by(|&a, &b| smooth(a).total_cmp(&smooth(b))).unwrap_or(0);
    (best as f64 + 0.5) / N_BINS as f64 * period_secs
}

impl Steady {
    /// Every beat of the sound; one that begins with the sound is kept, though it may come out a little before it.
    pub(super) fn beats(self, duration_secs: f64) -> Vec<f64> {
        let early = SHARPEN_SECS.min(self.period_secs / 8.0);
        let first = (self.phase_secs + early).rem_euclid(self.period_secs) - early;
        let n_beats = ((duration_secs - first) / self.period_secs).max(0.0).ceil() as usize;
        (0..n_beats).map(|beat| (first + beat as f64 * self.period_secs).max(0.0)).collect()
    }

    /// Moves the grid onto the attacks themselves, which frames only know to some milliseconds: the rise of the loudness
    /// in milliseconds is folded over each quarter of the sound, and a line through the four offsets corrects both
    /// phase and period.
    pub(super) fn sharpened(self, mono: &[f32], rate_hz: u32, onsets: &Onsets) -> Self {
        let n_per_block = (rate_hz / 1_000).max(1) as usize;
        let block_secs = n_per_block as f64 / f64::from(rate_hz);
        // Under a wall of guitars only the sticks are sharp, in a bare kick only the whole is: whichever is clearer counts.
        let sticks: Vec<f32> = mono.windows(3).map(|around| around[2] - 2.0 * around[1] + around[0]).collect();
        let rises = [rise(mono, n_per_block), rise(&sticks, n_per_block)];
        let beats = self.beats(onsets.duration_secs());
        let quarters: Vec<(f64, f64, f64)> =
            beats.chunks(beats.len().div_ceil(4).max(1)).filter_map(|beats| clearest(&rises, block_secs, onsets, beats)).collect();
        let weight: f64 = quarters.iter().map(|(_, _, weight)| weight).sum();
        if weight <= 0.0 {
            return self;
        }
        let mean = |of: &dyn Fn(&(f64, f64, f64)) -> f64| quarters.iter().map(|quarter| quarter.2 * of(quarter)).sum::<f64>() / weight;
        let (middle, offset) = (mean(&|q| q.0), mean(&|q| q.1));
        let spread = mean(&|q| (q.0 - middle).powi(2));
        // A slope needs quarters that agree: beyond a few milliseconds over the sound they hear different things.
        let slope = if spread > 1.0 { mean(&|q| (q.0 - middle) * (q.1 - offset)) / spread } else { 0.0 };
        let slope = if !self.is_round && (slope * onsets.duration_secs()).abs() < 0.012 { slope } else { 0.0 };
        Self {
            period_secs: self.period_secs * (1.0 + slope),
            is_round: self.is_round,
            phase_secs: self.phase_secs + offset + slope * (self.phase_secs - middle),
        }
    }
}

/// How much louder each millisecond is than the one before, compressed so that quiet parts count.
fn rise(mono: &[f32], n_per_block: usize) -> Vec<f32> {
    let energy = envelope::energy(mono, n_per_block);
    let loud = envelope::percentile(&energy, 0.9).max(1e-9);
    let level: Vec<f32> = energy.iter().map(|energy| (1.0 + 100.0 * energy / loud).ln()).collect();
    let before = |at: usize| (level[at.saturating_sub(1)] + level[at.saturating_sub(2)] + level[at.saturating_sub(3)]) / 3.0;
    (0..level.len()).map(|at| (level[at] - before(at)).max(0.0)).collect()
}

/// The offset of some beats by the curve that shows it best.
fn clearest(rises: &[Vec<f32>; 2], block_secs: f64, onsets: &Onsets, beats: &[f64]) -> Option<(f64, f64, f64)> {
    let offsets = rises.iter().filter_map(|rise| offset(rise, block_secs, onsets, beats));
    offsets.max_by(|a, b| a.2.total_cmp(&b.2))
}

/// Middle of some beats, how late the attacks are there, and how clear that is.
fn offset(rise: &[f32], block_secs: f64, onsets: &Onsets, beats: &[f64]) -> Option<(f64, f64, f64)> {
    let reach = (SHARPEN_SECS / block_secs) as usize;
    let mut fold = vec![0.0_f64; 2 * reach + 1];
    for &beat in beats {
        // Beats without a drum say little of where the attack is.
        let drum = f64::from(onsets.peak_near(&onsets.bands[KICK], beat, 3)) + 0.2 * f64::from(onsets.peak_near(&onsets.strength, beat, 3));
        let first = (beat / block_secs).round() as isize - reach as isize;
        let shift = beat / block_secs - (beat / block_secs).round();
        for (at, sum) in fold.iter_mut().enumerate() {
            let value = |block: isize| usize::try_from(block).ok().and_then(|block| rise.get(block)).copied().unwrap_or(0.0);
            let block = first + at as isize;
            // The beat lies between blocks; so does what is read around it.
            let (low, high) = if shift >= 0.0 { (value(block), value(block + 1)) } else { (value(block), value(block - 1)) };
            *sum += drum * (f64::from(low) + (f64::from(high) - f64::from(low)) * shift.abs());
        }
    }
    let peak = (1..fold.len() - 1).max_by(|&a, &b| fold[a].total_cmp(&fold[b]))?;
    let bend = fold[peak - 1] - 2.0 * fold[peak] + fold[peak + 1];
    let part = if bend < 0.0 { (0.5 * (fold[peak - 1] - fold[peak + 1]) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    let mean = fold.iter().sum::<f64>() / fold.len() as f64;
    let clarity = if mean > 0.0 { (fold[peak] / mean - 1.0) * beats.len() as f64 } else { 0.0 };
    let late_secs = (peak as f64 + part - reach as f64) * block_secs;
    (clarity > 0.0).then(|| (f64::midpoint(beats[0], beats[beats.len() - 1]), late_secs, clarity))
}
