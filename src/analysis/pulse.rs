//! Beats from probabilities: the most likely path of a beat pointer whose tempo may change only at a beat.
//!
//! A path is a row of beats; every frame is either a beat or is none, so that paths of any tempo are told apart fairly
//! (after Whiteley 2006 and Krebs, Boeck, Widmer 2015).  What lies between two beats is a difference of two running sums,
//! hence each frame costs one look at every interval.

use super::ear::BEAT_FPS;

/// Frames a second of the pointer: twice the net's, so that fast music has enough tempi.
const FPS: f64 = 2.0 * BEAT_FPS;
/// Frames from beat to beat: 222 to 46 BPM.
const SHORTEST: usize = 27;
const LONGEST: usize = 130;
const N_INTERVALS: usize = LONGEST - SHORTEST + 1;
const N_ROWS: usize = LONGEST + 1;
/// What a change of tempo costs per unit of its logarithm, beyond what frames are too coarse for.
const STIFFNESS: f32 = 70.0;
const ONE_FRAME: f32 = 0.15;
/// What a jump to any other tempo costs.
const JUMP: f32 = 14.0;
/// How far around a tempo others are looked at one by one.
const REACH: f32 = 0.16;
/// The tempi that people prefer, weakly: centre and width in octaves of a bell.
const USUAL_BPM: f32 = 128.0;
const USUAL_OCTAVES: f32 = 0.9;
const MIN_PROBABILITY: f32 = 0.002;

/// Seconds of the beats; `probability` has [`BEAT_FPS`] frames a second.
pub(super) fn beats(probability: &[f32]) -> Vec<f64> {
    let curve = doubled(probability);
    let path = path(&curve);
    path.into_iter().map(|frame| between_frames(&curve, frame) / FPS).collect()
}

/// Twice as many frames, the new ones between the old.
fn doubled(probability: &[f32]) -> Vec<f32> {
    let next = |at: usize| probability.get(at + 1).copied().unwrap_or(0.0);
    probability.iter().enumerate().flat_map(|(at, &value)| [value, 0.5 * (value + next(at))]).collect()
}

/// Where the curve peaks around a frame, to a fraction of it.
fn between_frames(curve: &[f32], frame: usize) -> f64 {
    let from = frame.saturating_sub(2);
    let (mut sum, mut weight) = (0.0, 1e-6);
    for (at, value) in curve.iter().enumerate().take(frame + 3).skip(from) {
        sum += f64::from(*value) * (at as f64 - frame as f64);
        weight += f64::from(*value);
    }
    frame as f64 + sum / weight
}

fn change_cost(from: usize, to: usize) -> f32 {
    let frames = from.abs_diff(to);
    if frames <= 1 {
        return ONE_FRAME * frames as f32;
    }
    ONE_FRAME + STIFFNESS * (frames - 1) as f32 / from.min(to) as f32
}

fn path(curve: &[f32]) -> Vec<usize> {
    let n = curve.len();
    if n < 2 * SHORTEST {
        return Vec::new();
    }
    let beat: Vec<f32> = curve.iter().map(|p| p.clamp(MIN_PROBABILITY, 1.0 - MIN_PROBABILITY).ln()).collect();
    // Frames next to a beat belong to it.
    let mut none = vec![0.0_f32; n + 1];
    let mut sum = 0.0_f64;
    for (at, p) in curve.iter().enumerate() {
        sum += f64::from((1.0 - p.clamp(MIN_PROBABILITY, 0.98)).ln());
        none[at + 1] = sum as f32;
    }
    let between = |from: usize, to: usize| if to > from + 3 { none[to - 1] - none[from + 2] } else { 0.0 };
    let nearby: Vec<std::ops::Range<usize>> = (SHORTEST..=LONGEST)
        .map(|to| {
            let low = ((to as f32 / (1.0 + REACH)) as usize).max(SHORTEST) - SHORTEST;
            let high = ((to as f32 * (1.0 + REACH)) as usize).min(LONGEST) - SHORTEST;
            low..high + 1
        })
        .collect();
    let costs: Vec<Vec<f32>> = nearby
        .iter()
        .enumerate()
        .map(|(to, range)| range.clone().map(|from| change_cost(from + SHORTEST, to + SHORTEST)).collect())
        .collect();
    let usual: Vec<f32> = (SHORTEST..=LONGEST)
        .map(|interval| {
            let octaves = (60.0 * FPS as f32 / interval as f32 / USUAL_BPM).log2() / USUAL_OCTAVES;
            -0.5 * octaves * octaves * interval as f32 / FPS as f32
        })
        .collect();

    // Nothing looks farther back than the longest interval.
    let row_of = |at: usize| at % N_ROWS * N_INTERVALS;
    let mut totals = vec![f32::MIN; N_ROWS * N_INTERVALS];
    let mut origins = vec![u8::MAX; n * N_INTERVALS];
    let mut best_of = vec![(f32::MIN, 0_usize); n];
    for at in 0..n {
        let (row, origin_row) = (row_of(at), at * N_INTERVALS);
        for to in 0..N_INTERVALS {
            let interval = to + SHORTEST;
            let Some(before) = at.checked_sub(interval) else {
                // A first beat: what lies before it is no beat.
                let first = none[at.saturating_sub(1)] + beat[at] - 2.0;
                totals[row + to] = first + usual[to];
                continue;
            };
            let past = &totals[row_of(before)..row_of(before) + N_INTERVALS];
            let range = nearby[to].clone();
            let (mut best, mut origin) = (best_of[before].0 - JUMP, best_of[before].1);
            for ((from, total), cost) in range.clone().zip(&past[range]).zip(&costs[to]) {
                if total - cost > best {
                    (best, origin) = (total - cost, from);
                }
            }
            totals[row + to] = best + between(before, at) + beat[at] + usual[to];
            origins[origin_row + to] = origin as u8;
        }
        let row = &totals[row..row + N_INTERVALS];
        let best = (0..N_INTERVALS).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
        best_of[at] = (row[best], best);
    }
    // The last beat: what lies behind it is no beat, and no further beat would have fitted.
    let ends = n.saturating_sub(LONGEST)..n;
    let ended =
        ends.flat_map(|at| (0..N_INTERVALS.min(LONGEST)).map(move |interval| (at, interval))).filter(|(at, to)| at + to + SHORTEST >= n);
    let score = |&(at, to): &(usize, usize)| totals[row_of(at) + to] + none[n] - none[(at + 2).min(n)];
    let Some((mut at, mut interval)) = ended.max_by(|a, b| score(a).total_cmp(&score(b))) else { return Vec::new() };
    let mut path = vec![at];
    while origins[at * N_INTERVALS + interval] != u8::MAX {
        let origin = usize::from(origins[at * N_INTERVALS + interval]);
        at -= interval + SHORTEST;
        interval = origin;
        path.push(at);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A curve with a bump at each beat.
    fn curve(beats: &[f64], secs: f64) -> Vec<f32> {
        let mut curve = vec![0.02_f32; (secs * BEAT_FPS) as usize];
        for beat in beats {
            for (at, value) in curve.iter_mut().enumerate() {
                let off = (at as f64 - beat * BEAT_FPS).abs();
                *value = value.max((0.9 - 0.5 * off).max(0.0) as f32);
            }
        }
        curve
    }

    fn check(truth: &[f64], found: &[f64], within_secs: f64) {
        let nearest = |secs: f64| found.iter().map(|beat| (beat - secs).abs()).fold(f64::MAX, f64::min);
        for &beat in truth {
            assert!(nearest(beat) < within_secs, "{beat} in {found:.2?}");
        }
        assert!(found.len().abs_diff(truth.len()) <= 2, "{} of {}", found.len(), truth.len());
    }

    #[test]
    fn steady_beats_of_any_tempo_are_found_and_a_missing_one_is_filled_in() {
        for bpm in [60.0, 97.3, 128.0, 174.0, 207.0] {
            let truth: Vec<f64> = (0..40).map(|beat| 0.3 + f64::from(beat) * 60.0 / bpm).collect();
            let mut heard = truth.clone();
            heard.remove(17);
            check(&truth, &beats(&curve(&heard, truth[39] + 0.2)), 0.012);
        }
    }

    #[test]
    fn a_tempo_that_rises_is_followed() {
        let mut truth = vec![0.2];
        while truth[truth.len() - 1] < 30.0 {
            truth.push(truth[truth.len() - 1] + 0.6 - 0.006 * truth[truth.len() - 1]);
        }
        check(&truth, &beats(&curve(&truth, truth[truth.len() - 1] + 0.2)), 0.015);
    }

    #[test]
    fn nothing_has_no_beats() {
        assert!(beats(&[]).is_empty() && beats(&[0.5; 10]).is_empty());
    }
}
