//! The beat grid: the pulse's path made exact, cut to where there is sound, with its bars and what else it could be.

use crate::engine::tempo::BeatGrid;
use crate::tracks::model::Alternative;

use super::bars::{self, Bars};
use super::ear::{BEAT_FPS, Heard};
use super::grid::{self, Fit, Piece};
use super::outline::Outline;
use super::pulse;
use super::sharpen::Rises;

#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) grid: BeatGrid,
    pub(super) confidence: f32,
    pub(super) is_steady: bool,
    pub(super) alternatives: Vec<Alternative>,
}

/// How much softer than the loud seconds a sound may be and still have beats, as a share of its amplitude.
const SOFT: f32 = 0.006;
/// What an attack without a kick counts for.
const NO_KICK: f64 = 0.15;
/// The share of the path's own probability that one clock must reach.
const ONE_CLOCK: f64 = 0.86;
/// The share of a path that slips that must be on a clock's beats or midway between them, that of either alone, and how near
/// that is.
const HALVES: f64 = 0.7;
const BOTH_SIDES: f64 = 0.08;
const ON_HALF_SECS: f64 = 0.025;
/// Where the net's clearest beats are, all is certain.
const CLEAR: f32 = 0.75;

/// How much stronger attacks beside the beats must be to be the beats.
const FAR_CLEARER: f64 = 30.0;
/// How much better the attacks must stand on a round tempo.
const CLEARLY: f64 = 1.03;
/// Shares of places with a hit: a kick in many of them, and in nearly all.
const OFTEN: f64 = 0.35;
const MOSTLY: f64 = 0.75;
/// The same over a whole sound, where it shows more clearly.
const CLEAR_HIT: f32 = 0.45;
const RARELY: f64 = 0.25;
/// Slower than this nobody counts twice too fast.
const TWICE_FROM_BPM: f64 = 160.0;

pub(super) fn find(heard: &Heard, outline: &Outline) -> Found {
    let path = pulse::beats(&heard.beat);
    let sounding = outline.sounding(SOFT);
    let path = within(&path, sounding);
    if path.len() < 4 {
        return Found::default();
    }
    let fit = match grid::fit(&path) {
        Fit::Steady(pieces) if pieces.len() == 1 => Fit::Steady(pieces),
        doubtful => one_clock(heard, &path).map_or(doubtful, |piece| Fit::Steady(vec![piece])),
    };
    let is_steady = matches!(&fit, Fit::Steady(pieces) if pieces.len() == 1);
    let beats = match fit {
        Fit::Free(beats) => beats,
        Fit::Steady(pieces) => {
            let rises = Rises::of(outline);
            let kick = |secs: f64| NO_KICK + f64::from(peak_near(&heard.drums[0], secs, BEAT_FPS, 1));
            let exact: Vec<Piece> = pieces
                .into_iter()
                .map(|piece| by_drums(piece, heard))
                .map(|piece| exact(onto_attacks(piece, &rises), &rises, &kick))
                .map(|piece| if is_steady { filled(piece, sounding) } else { piece })
                .collect();
            let mut beats: Vec<f64> = exact.iter().flat_map(|piece| (piece.from..piece.to).map(|beat| piece.secs(beat))).collect();
            beats.iter_mut().for_each(|beat| *beat = beat.max(0.0));
            beats.dedup_by(|later, earlier| *later - *earlier < 0.05);
            beats
        }
    };
    if beats.len() < 2 {
        return Found::default();
    }
    let bpm = 60.0 / median_step(&beats, is_steady);
    let evidence = bars::evidence(heard, &beats);
    let bars = bars::bars(&evidence);
    let clear = beats.iter().map(|&secs| peak_near(&heard.beat, secs, BEAT_FPS, 1)).sum::<f32>() / beats.len() as f32;
    let sure_of_bar = 1.0 - (-bars.lead.max(0.0)).exp();
    Found {
        confidence: (clear / CLEAR).min(1.0) * (0.7 + 0.3 * sure_of_bar),
        alternatives: alternatives(bpm, &evidence, &bars),
        grid: BeatGrid { beats, downbeats: bars.downbeats, bpm, beats_per_bar: bars.beats_per_bar },
        is_steady,
    }
}

/// One tempo for the whole row, where the net is about as sure of its beats as of the row's own, or where the row only
/// changes sides between beats and the middle between them: a path slips where nothing strikes, a clock does not.
fn one_clock(heard: &Heard, path: &[f64]) -> Option<Piece> {
    let seed = grid::longest_line(path)?;
    let (first, last) = (path[0], path[path.len() - 1]);
    let before = ((seed.first_secs - first) / seed.period_secs).round();
    let n = ((last - seed.first_secs) / seed.period_secs).round() + before + 1.0;
    let said = |secs: f64| f64::from(peak_near(&heard.beat, secs, BEAT_FPS, 1));
    let score = |first: f64, period: f64| (0..n as usize).map(|beat| said(first + beat as f64 * period)).sum::<f64>() / n;
    // The seed knows its own middle; the farther a beat is from there, the more a wrong period moves it.
    let middle_beat = (seed.to - seed.from) as f64 / 2.0;
    let (middle, far) = (seed.first_secs + middle_beat * seed.period_secs, before + middle_beat);
    let reach = 0.06 / n.max(1.0);
    let (sides, period) = (-40..=40)
        .map(|step| seed.period_secs + reach * f64::from(step) / 10.0)
        .map(|period| ([0.0, 0.5].map(|side| score(middle - (far - side) * period, period)), period))
        .max_by(|(a, _), (b, _)| (a[0] + a[1]).total_cmp(&(b[0] + b[1])))?;
    let side = f64::from(u8::from(sides[1] > sides[0])) / 2.0;
    let first_secs = middle - (far - side) * period;
    let own = path.iter().map(|&secs| said(secs)).sum::<f64>() / path.len() as f64;
    let (first_secs, period) = through(path, first_secs, period);
    let (n_on, n_between) = sides_of(path, first_secs, period);
    let share = |n: usize| n as f64 / path.len() as f64;
    // A row that slows down leaves a clock to one side of it; one that slips is on both.
    let slips = share(n_on) > HALVES && share(n_between.min(n_on - n_between)) > BOTH_SIDES;
    (sides[0].max(sides[1]) > ONE_CLOCK * own || slips).then_some(Piece { from: 0, to: n as usize, first_secs, period_secs: period })
}

/// Where a row's beats are in halves of a clock's beats, those alone that are near one.
fn on_halves(path: &[f64], first_secs: f64, period: f64, near_secs: f64) -> impl Iterator<Item = (f64, f64)> {
    let half = move |secs: f64| 2.0 * (secs - first_secs) / period;
    path.iter().map(move |&secs| (half(secs), secs)).filter_map(move |(half, secs)| {
        let is_near = (half - half.round()).abs() * period < 2.0 * near_secs;
        is_near.then_some((half.round(), secs))
    })
}

/// How many beats of a row are on a clock's halves, and how many of them midway between its beats.
fn sides_of(path: &[f64], first_secs: f64, period: f64) -> (usize, usize) {
    let on = || on_halves(path, first_secs, period, ON_HALF_SECS);
    (on().count(), on().filter(|(half, _)| half.rem_euclid(2.0) > 0.5).count())
}

/// The clock that goes straight through the beats on its halves.
fn through(path: &[f64], mut first_secs: f64, mut period: f64) -> (f64, f64) {
    for near_secs in [0.05, 0.03, ON_HALF_SECS] {
        let on: Vec<(f64, f64)> = on_halves(path, first_secs, period, near_secs).collect();
        let count = on.len().max(1) as f64;
        let (middle, secs) = (on.iter().map(|p| p.0).sum::<f64>() / count, on.iter().map(|p| p.1).sum::<f64>() / count);
        let spread: f64 = on.iter().map(|p| (p.0 - middle).powi(2)).sum();
        if spread > 0.0 {
            let half_secs = on.iter().map(|p| (p.0 - middle) * (p.1 - secs)).sum::<f64>() / spread;
            (first_secs, period) = (secs - half_secs * middle, 2.0 * half_secs);
        }
    }
    (first_secs, period)
}

/// The shares of a row's places at which the kick and the snare strike.
fn struck(heard: &Heard, first_secs: f64, period_secs: f64, n: usize) -> [f64; 2] {
    let sure = |drum: usize, secs: f64| peak_near(&heard.drums[drum], secs, BEAT_FPS, 2) > CLEAR_HIT;
    [0, 1].map(|drum| (0..n).filter(|&at| sure(drum, first_secs + at as f64 * period_secs)).count() as f64 / n.max(1) as f64)
}

/// Hats between the beats draw a net to themselves; a kick that strikes in a row and never between it says where beats
/// are.  Only where that is beyond doubt: all but a few of one row are struck, all but none of the other.
fn by_drums(piece: Piece, heard: &Heard) -> Piece {
    let n = piece.to - piece.from;
    let (first, period) = (piece.first_secs, piece.period_secs);
    let ([on, _], [between, _]) = (struck(heard, first, period, n), struck(heard, first + period / 2.0, period, n));
    if between > OFTEN && on < RARELY * between {
        return Piece { first_secs: first + period / 2.0, ..piece };
    }
    if 60.0 / period < TWICE_FROM_BPM {
        return piece;
    }
    // Twice too fast: every other beat has a kick, those in between have nothing to tell them from none.
    let rows = [0, 1].map(|start| struck(heard, first + f64::from(start) * period, 2.0 * period, n / 2));
    let kicked = usize::from(rows[1][0] > rows[0][0]);
    let [other_kick, other_snare] = rows[1 - kicked];
    if rows[kicked][0] > MOSTLY && other_kick < RARELY && other_snare < RARELY {
        return Piece { to: piece.from + n / 2, first_secs: first + kicked as f64 * period, period_secs: 2.0 * period, ..piece };
    }
    piece
}

/// Where nothing strikes at the beats and everything does a little beside them, as in bare clicks, the attacks are right.
fn onto_attacks(piece: Piece, rises: &Rises) -> Piece {
    const STEP_SECS: f64 = 0.004;
    let strength = |piece: Piece| rises.strength(piece, &|_| 1.0);
    let moved = |step: i32| Piece { first_secs: piece.first_secs + f64::from(step) * STEP_SECS, ..piece };
    let most = (piece.period_secs / 4.0 / STEP_SECS) as i32;
    let best = (-most..=most).map(|step| (step, strength(moved(step)))).max_by(|a, b| a.1.total_cmp(&b.1));
    best.filter(|best| best.1 > FAR_CLEARER * strength(piece)).map_or(piece, |best| moved(best.0))
}

fn exact(piece: Piece, rises: &Rises, kick: &dyn Fn(f64) -> f64) -> Piece {
    let sharp = rises.sharpened(piece, kick, false);
    let (round, moved_secs) = grid::rounded(sharp);
    if moved_secs > grid::MOST_ROUNDING_SECS {
        return sharp;
    }
    let round = rises.sharpened(round, kick, true);
    // Next to nothing is taken on trust; more only if the attacks say so.
    let trusted = moved_secs < grid::ROUND_DRIFT_SECS || rises.strength(round, kick) > CLEARLY * rises.strength(sharp, kick);
    if trusted { round } else { sharp }
}

fn median_step(beats: &[f64], is_steady: bool) -> f64 {
    if is_steady {
        return (beats[beats.len() - 1] - beats[0]) / (beats.len() - 1) as f64;
    }
    let mut steps: Vec<f64> = beats.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_unstable_by(f64::total_cmp);
    steps[steps.len() / 2]
}

pub(super) fn peak_near(curve: &[f32], secs: f64, fps: f64, reach: usize) -> f32 {
    let centre = (secs * fps).round().max(0.0) as usize;
    let to = (centre + reach + 1).min(curve.len());
    curve.get(centre.saturating_sub(reach).min(to)..to).unwrap_or(&[]).iter().copied().fold(0.0, f32::max)
}

/// A clock begins with the sound and ends with it, though the net is only sure a beat or two later.
fn filled(mut piece: Piece, (from, to): (f64, f64)) -> Piece {
    const NEAR_SECS: f64 = 0.02;
    while piece.first_secs - piece.period_secs >= from - NEAR_SECS {
        piece.first_secs -= piece.period_secs;
        piece.to += 1;
    }
    while piece.secs(piece.to) <= to - NEAR_SECS {
        piece.to += 1;
    }
    piece
}

fn within(beats: &[f64], (from, to): (f64, f64)) -> Vec<f64> {
    beats.iter().copied().filter(|&beat| beat >= from - 0.06 && beat <= to + 0.02).collect()
}

fn alternatives(bpm: f64, evidence: &[f32], bars: &Bars) -> Vec<Alternative> {
    let plain = Alternative { bpm, beats_offset: 0.0, bar_shift: 0, why: String::new() };
    let shifted = bars::shifts(evidence, bars).into_iter().take(2).map(|bar_shift| Alternative {
        bar_shift,
        why: "another beat is the first".into(),
        ..plain.clone()
    });
    let mut all: Vec<Alternative> = shifted.collect();
    let twice = Alternative { bpm: 2.0 * bpm, why: "double tempo".into(), ..plain.clone() };
    let half = Alternative { bpm: 0.5 * bpm, why: "half tempo".into(), ..plain.clone() };
    // The nearer to what people tap comes first.
    all.extend(if bpm > 120.0 { [half, twice] } else { [twice, half] });
    all.push(Alternative { beats_offset: 30.0 / bpm, why: "half a beat later".into(), ..plain });
    all
}
