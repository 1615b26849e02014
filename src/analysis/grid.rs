//! Beats to an exact grid: one tempo from end to end, a few in turn, or the players' own path made smooth.
//!
//! Music made with a clock keeps its phase from end to end.  A straight line through hundreds of beats knows the period
//! to a millionth; where no line fits, the row is cut where cutting helps most, at most into [`MAX_PIECES`] pieces, and
//! where that does not help either each beat moves onto the line through its neighbours.

/// A beat is on a line within this; half of the net's frames are.
const NEAR_SECS: f64 = 0.025;
/// The share of beats that must be on a line.
const MIN_SHARE: f64 = 0.85;
/// How far the middle of any eighth of the beats may be from the line.
const MAX_DRIFT_SECS: f64 = 0.008;
const MAX_PIECES: usize = 4;
const MIN_PIECE_BEATS: usize = 24;
/// Neighbours on each side that a free beat is led by.
const REACH: usize = 3;
/// Clocks are set to whole or half BPM: one is taken if over the whole sound it moves no beat farther than this.
pub(super) const ROUND_DRIFT_SECS: f64 = 0.004;
/// Farther than this from its frames no clock is looked for.
pub(super) const MOST_ROUNDING_SECS: f64 = 0.03;

/// Beats `from..to` of a row lie at `first_secs + (n - from) * period_secs`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) first_secs: f64,
    pub(super) period_secs: f64,
}

impl Piece {
    pub(super) fn secs(&self, beat: usize) -> f64 {
        self.first_secs + (beat as f64 - self.from as f64) * self.period_secs
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fit {
    /// One piece or a few.
    Steady(Vec<Piece>),
    /// The smoothed path.
    Free(Vec<f64>),
}

/// Fits beats that were found; two at least.
pub(super) fn fit(beats: &[f64]) -> Fit {
    if let Some(piece) = line(beats, 0, beats.len()).filter(|piece| holds(beats, piece)) {
        return Fit::Steady(vec![piece]);
    }
    pieces(beats).map_or_else(|| Fit::Free(smoothed(beats)), Fit::Steady)
}

/// The straight line through beats `from..to`, led by those that are near it.
fn line(beats: &[f64], from: usize, to: usize) -> Option<Piece> {
    let n = to - from;
    if n < 8 {
        return None;
    }
    // The median of slopes between beats half the row apart withstands a few that are wrong.
    let half = n / 2;
    let mut slopes: Vec<f64> = (from..to - half).map(|at| (beats[at + half] - beats[at]) / half as f64).collect();
    slopes.sort_unstable_by(f64::total_cmp);
    let mut period_secs = slopes[slopes.len() / 2];
    let mut offsets: Vec<f64> = (from..to).map(|at| beats[at] - (at - from) as f64 * period_secs).collect();
    offsets.sort_unstable_by(f64::total_cmp);
    let mut first_secs = offsets[offsets.len() / 2];
    for _ in 0..4 {
        let residual = |at: usize| beats[at] - first_secs - (at - from) as f64 * period_secs;
        let near: Vec<(f64, f64)> =
            (from..to).filter(|&at| residual(at).abs() < 2.0 * NEAR_SECS).map(|at| ((at - from) as f64, residual(at))).collect();
        if near.len() * 2 < n {
            return None;
        }
        let count = near.len() as f64;
        let (middle, offset) = (near.iter().map(|p| p.0).sum::<f64>() / count, near.iter().map(|p| p.1).sum::<f64>() / count);
        let spread: f64 = near.iter().map(|p| (p.0 - middle).powi(2)).sum();
        let slope = if spread > 0.0 { near.iter().map(|p| (p.0 - middle) * (p.1 - offset)).sum::<f64>() / spread } else { 0.0 };
        period_secs += slope;
        first_secs += offset - slope * middle;
    }
    (period_secs > 0.0).then_some(Piece { from, to, first_secs, period_secs })
}

/// Whether beats follow a line all along and not only on average.
fn holds(beats: &[f64], piece: &Piece) -> bool {
    let n = piece.to - piece.from;
    let residual = |at: usize| beats[at] - piece.secs(at);
    let near = (piece.from..piece.to).filter(|&at| residual(at).abs() < NEAR_SECS).count();
    if (near as f64) < MIN_SHARE * n as f64 {
        return false;
    }
    let part = (n / 8).max(8).min(n);
    (piece.from..piece.to).step_by(part).filter(|from| from + part <= piece.to).all(|from| {
        let mut around: Vec<f64> = (from..from + part).map(residual).collect();
        around.sort_unstable_by(f64::total_cmp);
        around[part / 2].abs() < MAX_DRIFT_SECS
    })
}

/// The longest stretch of a row that one line holds, where it is long enough to say something of the whole.
pub(super) fn longest_line(beats: &[f64]) -> Option<Piece> {
    let mut best: Option<Piece> = None;
    let mut from = 0;
    while from + MIN_PIECE_BEATS <= beats.len() {
        let good = |to: usize| line(beats, from, to).filter(|piece| holds(beats, piece));
        let mut to = from + MIN_PIECE_BEATS;
        let mut piece = good(to);
        if piece.is_some() {
            while let Some(longer) = (to + 8 <= beats.len()).then(|| good(to + 8)).flatten() {
                (piece, to) = (Some(longer), to + 8);
            }
        }
        if let Some(piece) = piece.filter(|piece| best.is_none_or(|best| piece.to - piece.from > best.to - best.from)) {
            best = Some(piece);
        }
        from += 8.max((to - from) / 2);
    }
    best
}

/// Cuts the row from the left into the longest lines that hold.
fn pieces(beats: &[f64]) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while beats.len() - from >= MIN_PIECE_BEATS {
        let good = |to: usize| line(beats, from, to).filter(|piece| holds(beats, piece));
        let (mut piece, mut to) = (good(from + MIN_PIECE_BEATS)?, from + MIN_PIECE_BEATS);
        for step in [64, 16, 4, 1] {
            while let Some(longer) = (to + step <= beats.len()).then(|| good(to + step)).flatten() {
                (piece, to) = (longer, to + step);
            }
        }
        // The tail that bends away already belongs to the next.
        while to > from + 8 && (beats[to - 1] - piece.secs(to - 1)).abs() > NEAR_SECS {
            to -= 1;
        }
        piece.to = to;
        pieces.push(piece);
        if pieces.len() > MAX_PIECES {
            return None;
        }
        from = to;
    }
    let rest = beats.len() - from;
    match pieces.last_mut() {
        // Too few to know better.
        Some(last) if rest > 0 && rest < 4 => last.to = beats.len(),
        Some(_) if rest > 0 => return None,
        _ => {}
    }
    (!pieces.is_empty()).then_some(pieces)
}

/// Each beat moved onto the straight line through its neighbours: players are steadier than frames.
fn smoothed(beats: &[f64]) -> Vec<f64> {
    let n = beats.len();
    let mut smooth: Vec<f64> = (0..n)
        .map(|at| {
            let reach = REACH.min(at).min(n - 1 - at);
            // Symmetric about `at`, so the line's value there is the weighted mean.
            let (mut sum, mut weight) = (0.0, 0.0);
            for (index, beat) in beats.iter().enumerate().take(at + reach + 1).skip(at - reach) {
                let share = 1.0 / (1.0 + index.abs_diff(at) as f64);
                sum += share * beat;
                weight += share;
            }
            sum / weight
        })
        .collect();
    smooth.dedup_by(|later, earlier| *later <= *earlier);
    smooth
}

/// The whole or half BPM next to a piece's own, and by how much its first and last beats move for it.
pub(super) fn rounded(piece: Piece) -> (Piece, f64) {
    let bpm = 60.0 / piece.period_secs;
    let period_secs = 60.0 / ((bpm * 2.0).round() / 2.0).max(0.5);
    let half = (piece.to - piece.from) as f64 / 2.0;
    let moved_secs = (period_secs - piece.period_secs).abs() * half;
    // The middle stays where it is.
    (Piece { first_secs: piece.first_secs + half * (piece.period_secs - period_secs), period_secs, ..piece }, moved_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Within 6 ms either way, the same in every run.
    fn noise(at: usize) -> f64 {
        ((at * 7_919 % 1_000) as f64 / 1_000.0 - 0.5) * 0.012
    }

    #[test]
    fn a_clock_is_found_to_the_last_digit_though_some_beats_are_wrong() {
        let period = 60.0 / 127.3;
        let mut beats: Vec<f64> = (0..300).map(|at| 0.7 + at as f64 * period + noise(at)).collect();
        for at in [30, 90, 150, 200] {
            beats[at] += 0.09;
        }
        let Fit::Steady(pieces) = fit(&beats) else { panic!("not steady") };
        assert_eq!(pieces.len(), 1);
        assert!((60.0 / pieces[0].period_secs - 127.3).abs() < 0.01, "{}", 60.0 / pieces[0].period_secs);
        assert!(rounded(pieces[0]).1 > ROUND_DRIFT_SECS);
    }

    #[test]
    fn a_whole_tempo_is_taken_for_what_it_is() {
        let piece = Piece { from: 0, to: 200, first_secs: 0.1, period_secs: 60.0 / 128.003 };
        let (round, moved_secs) = rounded(piece);
        assert!(moved_secs < ROUND_DRIFT_SECS);
        assert!((60.0 / round.period_secs - 128.0).abs() < 1e-9);
        assert!((round.secs(100) - piece.secs(100)).abs() < 1e-6);
    }

    #[test]
    fn two_tempi_are_two_pieces_and_players_are_none() {
        let mut beats: Vec<f64> = (0..100).map(|at| at as f64 * 0.5 + noise(at)).collect();
        beats.extend((1..=120).map(|at| 49.5 + f64::from(at) * 0.45 + noise(at as usize)));
        let Fit::Steady(pieces) = fit(&beats) else { panic!("not steady") };
        assert_eq!(pieces.len(), 2, "{pieces:?}");
        assert!(pieces[0].to.abs_diff(100) < 4);
        let mut swaying = vec![0.0];
        (1..300).for_each(|at| swaying.push(swaying[at - 1] + 0.5 + 0.03 * (at as f64 / 17.0).sin()));
        let Fit::Free(beats) = fit(&swaying) else { panic!("steady") };
        assert!(beats.iter().zip(&swaying).all(|(a, b)| (a - b).abs() < 0.01));
    }
}
