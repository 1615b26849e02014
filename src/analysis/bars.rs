//! Which beat is the first of the bar: where harmony changes, the kick falls, the snare does not, and parts begin.

use super::dsp::spectrum::Spectrum;
use super::onsets::{AIR, KICK, LOW_MID, Onsets, PRESENCE};

const PER_BAR: usize = super::BEATS_PER_BAR as usize;
const WINDOW_SECS: f64 = 0.18;
const LOWEST_HZ: f64 = 80.0;
const HIGHEST_HZ: f64 = 2_000.0;

/// What is heard around one beat.
#[derive(Clone, Copy, Debug, Default)]
struct Beat {
    chroma: [f32; 12],
    kick: f32,
    snare: f32,
    air: f32,
}

/// The index of the first beat that begins a bar, below four.
pub(super) fn first_downbeat(mono: &[f32], rate_hz: u32, onsets: &Onsets, beats: &[f64]) -> usize {
    let heard = hear(mono, rate_hz, onsets, beats);
    let mut scores = [0.0_f32; PER_BAR];
    let mut counts = [0.0_f32; PER_BAR];
    for at in 1..heard.len() {
        scores[at % PER_BAR] += evidence(&heard, at);
        counts[at % PER_BAR] += 1.0;
    }
    let mean = |phase: usize| scores[phase] / counts[phase].max(1.0);
    (0..PER_BAR.min(beats.len())).max_by(|&a, &b| mean(a).total_cmp(&mean(b))).unwrap_or(0)
}

fn hear(mono: &[f32], rate_hz: u32, onsets: &Onsets, beats: &[f64]) -> Vec<Beat> {
    let n = ((f64::from(rate_hz) * WINDOW_SECS) as usize).next_power_of_two().max(256);
    let bin_hz = f64::from(rate_hz) / n as f64;
    let mut spectrum = Spectrum::new(n);
    let spacing = beats.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::MAX, f64::min).min(2.0);
    let mut hear_beat = |&secs: &f64| {
        let mut beat = Beat {
            kick: onsets.peak_near(&onsets.bands[KICK], secs, 3),
            snare: onsets.peak_near(&onsets.bands[PRESENCE], secs, 3).min(onsets.peak_near(&onsets.bands[LOW_MID], secs, 3)),
            air: onsets.peak_near(&onsets.bands[AIR], secs, 3),
            ..Beat::default()
        };
        // Past the attack, where the tone is.
        for share in [0.35, 0.75] {
            let centre = ((secs + share * spacing).max(0.0) * f64::from(rate_hz)) as usize;
            add_chroma(&mut beat.chroma, spectrum.at(mono, centre), bin_hz);
        }
        let length = beat.chroma.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6);
        beat.chroma = beat.chroma.map(|value| value / length);
        beat
    };
    beats.iter().map(&mut hear_beat).collect()
}

fn add_chroma(chroma: &mut [f32; 12], magnitudes: &[f32], bin_hz: f64) {
    let (from, to) = ((LOWEST_HZ / bin_hz) as usize + 1, (HIGHEST_HZ / bin_hz) as usize);
    for bin in from..to.min(magnitudes.len().saturating_sub(1)) {
        let value = magnitudes[bin];
        // Only peaks: what lies between partials has no pitch.
        if value > magnitudes[bin - 1] && value >= magnitudes[bin + 1] {
            let pitch = 69.0 + 12.0 * (bin as f64 * bin_hz / 440.0).log2();
            chroma[(pitch.round() as i64).rem_euclid(12) as usize] += value.sqrt();
        }
    }
}

/// How much like the first beat of a bar a beat is.
fn evidence(heard: &[Beat], at: usize) -> f32 {
    let next = heard.get(at + 1).copied().unwrap_or_default();
    let harmony =
        2.0 * change(&heard[at - 1..at], &heard[at..=at]) + change(&heard[at.saturating_sub(2)..at], &heard[at..(at + 2).min(heard.len())]);
    let drums = 0.5 * heard[at].kick - 0.5 * heard[at].snare + 0.25 * next.snare + 0.25 * heard[at - 1].snare;
    harmony + 0.5 * drums + 0.3 * novelty(heard, at)
}

/// One less the cosine of two stretches' chroma.
fn change(before: &[Beat], after: &[Beat]) -> f32 {
    let sum = |beats: &[Beat]| beats.iter().fold([0.0_f32; 12], |sum, beat| std::array::from_fn(|pitch| sum[pitch] + beat.chroma[pitch]));
    let (a, b) = (sum(before), sum(after));
    let product = |x: &[f32; 12], y: &[f32; 12]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    let length = (product(&a, &a) * product(&b, &b)).sqrt();
    if length > 1e-9 { 1.0 - product(&a, &b) / length } else { 0.0 }
}

/// How different the drums of the next eight beats are from those of the last eight: parts begin on a first beat.
fn novelty(heard: &[Beat], at: usize) -> f32 {
    const SPAN: usize = 8;
    if at < SPAN || at + SPAN > heard.len() {
        return 0.0;
    }
    let mean = |beats: &[Beat], of: fn(&Beat) -> f32| beats.iter().map(of).sum::<f32>() / SPAN as f32;
    let (before, after) = (&heard[at - SPAN..at], &heard[at..at + SPAN]);
    let features: [fn(&Beat) -> f32; 3] = [|beat| beat.kick, |beat| beat.snare, |beat| beat.air];
    let step: f32 = features.iter().map(|of| (mean(after, *of) - mean(before, *of)).abs()).sum();
    // Small steps are everywhere; only large ones are a new part.
    step * step * 4.0
}
