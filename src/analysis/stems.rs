//! A sound in four parts without a model: drums, bass, vocals and other, which add up to it exactly.
//!
//! What lasts is a ridge along time, what strikes is a ridge along frequency: medians in both directions tell them apart
//! (`FitzGerald` 2010).  A kick is deep and rings, so its ridge runs along time as a bass note's does; it is told by the
//! drum hits that were found: what rises at a kick and falls off again is the kick.  Bass is what lasts below
//! [`BASS_HZ`], with its overtones as far as they follow it.  Nothing is taken for a voice: that part is silent, and
//! voices are in other.  What stands in the middle and does not repeat (REPET-SIM) was tried for one: it took as much from
//! pieces without a voice, and of a spoken voice it made less than silence does (`scripts/stem-score`).

use std::f32::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::engine::track::Stem;

const N: usize = 4_096;
const HOP: usize = 1_024;
const N_BINS: usize = N / 2 + 1;
/// Frames on each side, and bins on each side, that a median looks at.
const ALONG_TIME: usize = 9;
const ALONG_PITCH: usize = 11;
const BASS_HZ: f32 = 260.0;
const KICK_HZ: f32 = 160.0;
/// How long a kick rings.
const KICK_SECS: f64 = 0.22;
/// Frames of a stretch, and of its neighbours that its medians see.
const STRETCH: usize = 1_024;
const NEIGHBOURS: usize = 24;

type Frames = Vec<[f32; 2]>;

/// A stem's name in files.
pub fn name(stem: Stem) -> &'static str {
    match stem {
        Stem::Drums => "drums",
        Stem::Bass => "bass",
        Stem::Vocals => "vocals",
        Stem::Other => "other",
    }
}

/// In the order of [`Stem::ALL`].  `drums` are the seconds of kick, snare and hat hits, where they are known.
pub fn split(frames: &[[f32; 2]], rate_hz: u32, drums: Option<&[Vec<f64>; 3]>) -> [Frames; 4] {
    let mut transform = Transform::new();
    let mut parts: [Frames; 3] = std::array::from_fn(|_| vec![[0.0; 2]; frames.len()]);
    let n_windows = frames.len() / HOP + 2;
    let kicks: Vec<usize> = drums
        .map(|drums| drums[0].iter().map(|secs| (secs * f64::from(rate_hz) / HOP as f64).round() as usize).collect())
        .unwrap_or_default();
    for from in (0..n_windows).step_by(STRETCH) {
        let to = (from + STRETCH).min(n_windows);
        let (first, last) = (from.saturating_sub(NEIGHBOURS), (to + NEIGHBOURS).min(n_windows));
        let spectra: Vec<[Vec<Complex<f32>>; 2]> = (first..last).map(|at| [0, 1].map(|side| transform.forward(frames, at, side))).collect();
        let masks = masks(&spectra, rate_hz, &kicks, first);
        for at in from..to {
            for side in 0..2 {
                for (part, out) in parts.iter_mut().enumerate() {
                    let masked = spectra[at - first][side].iter().zip(&masks[at - first]).map(|(bin, mask)| bin * mask[part]).collect();
                    transform.backward(masked, at, |index, value| {
                        if let Some(frame) = out.get_mut(index) {
                            frame[side] += value;
                        }
                    });
                }
            }
        }
    }
    let [struck, bass, voice] = parts;
    let other = (0..frames.len())
        .map(|at| std::array::from_fn(|side| frames[at][side] - struck[at][side] - bass[at][side] - voice[at][side]))
        .collect();
    [struck, bass, voice, other]
}

/// Windows of one sound, centred on multiples of [`HOP`].
struct Transform {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    window: Vec<f32>,
    scratch: Vec<f32>,
}

impl Transform {
    fn new() -> Self {
        let mut planner = RealFftPlanner::new();
        // A square root of a Hann window on either side: together they add up to one constant.
        let window = (0..N).map(|at| (0.5 - 0.5 * (TAU * at as f32 / N as f32).cos()).sqrt()).collect();
        Self { forward: planner.plan_fft_forward(N), inverse: planner.plan_fft_inverse(N), window, scratch: vec![0.0; N] }
    }

    fn forward(&mut self, frames: &[[f32; 2]], at: usize, side: usize) -> Vec<Complex<f32>> {
        for (index, (slot, weight)) in self.scratch.iter_mut().zip(&self.window).enumerate() {
            *slot = (at * HOP + index).checked_sub(N / 2).and_then(|index| frames.get(index)).map_or(0.0, |frame| frame[side] * weight);
        }
        let mut bins = self.forward.make_output_vec();
        if self.forward.process(&mut self.scratch, &mut bins).is_err() {
            bins.fill(Complex::default());
        }
        bins
    }

    fn backward(&mut self, mut bins: Vec<Complex<f32>>, at: usize, mut add: impl FnMut(usize, f32)) {
        // What rounding left there would be refused.
        bins[0].im = 0.0;
        bins[N_BINS - 1].im = 0.0;
        if self.inverse.process(&mut bins, &mut self.scratch).is_err() {
            return;
        }
        let scale = 2.0 * HOP as f32 / N as f32 / N as f32;
        for (index, (value, weight)) in self.scratch.iter().zip(&self.window).enumerate() {
            if let Some(index) = (at * HOP + index).checked_sub(N / 2) {
                add(index, value * weight * scale);
            }
        }
    }
}

/// Shares of drums, bass and voice for each bin of each window; the rest is other.
fn masks(spectra: &[[Vec<Complex<f32>>; 2]], rate_hz: u32, kicks: &[usize], first: usize) -> Vec<Vec<[f32; 3]>> {
    let power = |bins: &[Vec<Complex<f32>>; 2]| -> Vec<f32> {
        (0..N_BINS).map(|bin| (bins[0][bin].norm_sqr() + bins[1][bin].norm_sqr()).sqrt()).collect()
    };
    let loud: Vec<Vec<f32>> = spectra.iter().map(power).collect();
    let lasting = along_time(&loud);
    let bin_of = |hz: f32| (hz * N as f32 / rate_hz.max(1) as f32) as usize;
    let (bass_end, kick_end) = (bin_of(BASS_HZ), bin_of(KICK_HZ));
    let ring = (KICK_SECS * f64::from(rate_hz) / HOP as f64).ceil() as usize;
    let mut struck_row = vec![0.0; N_BINS];
    (0..spectra.len())
        .map(|at| {
            median_filter(&loud[at], ALONG_PITCH, &mut struck_row);
            // The last kick that still rings, and how long ago it was.
            let now = first + at;
            let nearest = kicks.partition_point(|&kick| kick <= now + 1);
            let since = nearest.checked_sub(1).map(|index| now.saturating_sub(kicks[index])).filter(|since| *since < ring);
            (0..N_BINS)
                .map(|bin| {
                    let (lasts, strikes) = (lasting[at][bin], struck_row[bin]);
                    let mut drum = strikes * strikes / (strikes * strikes + lasts * lasts + 1e-12);
                    if bin < kick_end {
                        // What was there before the kick is the bass; what came with it goes with it.
                        let risen = since.map_or(0.0, |since| {
                            let before = at.checked_sub(since + 3).map_or(0.0, |at| loud[at][bin]);
                            (1.0 - before / loud[at][bin].max(1e-9)).max(0.0) * (1.0 - since as f32 / ring as f32).sqrt()
                        });
                        drum = (0.3 * drum).max(risen);
                    }
                    let low = if bin < bass_end { 1.0 } else { (1.0 - (bin - bass_end) as f32 / (0.6 * bass_end as f32)).max(0.0) };
                    [drum, (1.0 - drum) * low, 0.0]
                })
                .collect()
        })
        .collect()
}

/// Medians over the windows around, bin by bin.
fn along_time(loud: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let mut lasting = vec![vec![0.0; N_BINS]; loud.len()];
    let mut column = vec![0.0; loud.len()];
    let mut filtered = vec![0.0; loud.len()];
    for bin in 0..N_BINS {
        column.iter_mut().zip(loud).for_each(|(slot, row)| *slot = row[bin]);
        median_filter(&column, ALONG_TIME, &mut filtered);
        lasting.iter_mut().zip(&filtered).for_each(|(row, value)| row[bin] = *value);
    }
    lasting
}

/// The median of `reach` values on either side of each; kept sorted, one value leaving and one coming at a time.
fn median_filter(values: &[f32], reach: usize, out: &mut [f32]) {
    let mut sorted: Vec<f32> = Vec::with_capacity(2 * reach + 2);
    let add = |sorted: &mut Vec<f32>, value: f32| sorted.insert(sorted.partition_point(|other| *other < value), value);
    values.iter().take(reach).for_each(|&value| add(&mut sorted, value));
    for (at, slot) in out.iter_mut().enumerate().take(values.len()) {
        if let Some(&value) = values.get(at + reach) {
            add(&mut sorted, value);
        }
        if let Some(&gone) = at.checked_sub(reach + 1).and_then(|at| values.get(at)) {
            sorted.remove(sorted.partition_point(|other| *other < gone).min(sorted.len() - 1));
        }
        *slot = sorted[sorted.len() / 2];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 44_100;

    fn energy(frames: &[[f32; 2]]) -> f32 {
        frames.iter().flatten().map(|sample| sample * sample).sum()
    }

    #[test]
    fn the_parts_add_up_and_go_where_they_belong() {
        let n = RATE_HZ as usize * 6;
        let tone = |hz: f32, at: usize| (TAU * hz * at as f32 / RATE_HZ as f32).sin();
        let mut state = 1_u32;
        let mut sound = [vec![[0.0_f32; 2]; n], vec![[0.0; 2]; n], vec![[0.0; 2]; n]];
        let [drums, bass, rest] = &mut sound;
        for (at, ((noisy, low), high)) in drums.iter_mut().zip(bass).zip(rest).enumerate() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 8) as f32 / 8_388_608.0 - 1.0;
            let since = at % 22_050;
            *noisy = [0.5 * noise * (-(since as f32) / 1_500.0).exp(); 2];
            *low = [0.3 * tone(82.0, at); 2];
            *high = [0.2 * tone(660.0, at) + 0.2 * tone(990.0, at); 2];
        }
        let mix: Frames = (0..n).map(|at| std::array::from_fn(|side| sound.iter().map(|part| part[at][side]).sum())).collect();
        let split = split(&mix, RATE_HZ, None);
        for at in 0..n {
            for side in 0..2 {
                let sum: f32 = split.iter().map(|part| part[at][side]).sum();
                assert!((sum - mix[at][side]).abs() < 1e-6, "sample {at}");
            }
        }
        for (part, truth, least_db) in [(0, 0, 5.0), (1, 1, 10.0), (3, 2, 8.0)] {
            let wrong: Frames = split[part].iter().zip(&sound[truth]).map(|(a, b)| [a[0] - b[0], a[1] - b[1]]).collect();
            let sdr = 10.0 * (energy(&sound[truth]) / energy(&wrong)).log10();
            assert!(sdr > least_db, "part {part}: {sdr:.1} dB");
        }
    }

    #[test]
    fn medians_are_those_of_sorting() {
        let values: Vec<f32> = (0..60).map(|at| ((at * 37) % 23) as f32).collect();
        let mut out = vec![0.0; 60];
        median_filter(&values, 4, &mut out);
        for at in 0..60_usize {
            let mut around = values[at.saturating_sub(4)..(at + 5).min(60)].to_vec();
            around.sort_unstable_by(f32::total_cmp);
            assert_eq!(out[at], around[around.len() / 2], "at {at}");
        }
    }

    #[test]
    fn nothing_splits_into_nothing() {
        assert!(split(&[], RATE_HZ, None).iter().all(Vec::is_empty));
        assert!(split(&[[0.0; 2]; 100], 0, None).iter().flatten().flatten().all(|sample| *sample == 0.0));
    }
}
