//! A steady grid moved onto the attacks themselves, which frames only know to some milliseconds.
//!
//! The rise of the loudness in milliseconds is folded over parts of the sound, and a line through the parts' offsets
//! corrects both phase and period.  Under a wall of guitars only the sticks are sharp, in a bare kick only the whole is:
//! whichever is clearer counts.

use super::dsp::envelope;
use super::grid::Piece;
use super::outline::Outline;

/// How far the grid may be from the attacks.
const REACH_SECS: f64 = 0.022;
const PARTS: usize = 6;
/// Beyond this over the sound the parts hear different things.
const MAX_SLOPE_SECS: f64 = 0.012;

/// How loudness rises, in milliseconds, of the whole and of its sharpest part.
pub(super) struct Rises {
    curves: [Vec<f32>; 2],
    block_secs: f64,
}

impl Rises {
    pub(super) fn of(outline: &Outline) -> Self {
        Self { curves: outline.energies().map(rise), block_secs: outline.block_secs() }
    }

    /// The piece on its attacks.  `weight` says how much an instant's attack counts.
    pub(super) fn sharpened(&self, piece: Piece, weight: &dyn Fn(f64) -> f64, keep_period: bool) -> Piece {
        let n = piece.to - piece.from;
        let beats: Vec<f64> = (piece.from..piece.to).map(|beat| piece.secs(beat)).collect();
        let parts: Vec<(f64, f64, f64)> = beats.chunks(n.div_ceil(PARTS).max(8)).filter_map(|beats| self.clearest(beats, weight)).collect();
        let total: f64 = parts.iter().map(|part| part.2).sum();
        if total <= 0.0 {
            return piece;
        }
        let mean = |of: &dyn Fn(&(f64, f64, f64)) -> f64| parts.iter().map(|part| part.2 * of(part)).sum::<f64>() / total;
        let (middle, offset) = (mean(&|part| part.0), mean(&|part| part.1));
        let spread = mean(&|part| (part.0 - middle).powi(2));
        let slope = if spread > 1.0 { mean(&|part| (part.0 - middle) * (part.1 - offset)) / spread } else { 0.0 };
        let length = piece.secs(piece.to) - piece.first_secs;
        let slope = if !keep_period && (slope * length).abs() < MAX_SLOPE_SECS { slope } else { 0.0 };
        Piece {
            period_secs: piece.period_secs * (1.0 + slope),
            first_secs: piece.first_secs + offset + slope * (piece.first_secs - middle),
            ..piece
        }
    }

    /// How strongly attacks stand on the beats of a piece, of both curves together.
    pub(super) fn strength(&self, piece: Piece, weight: &dyn Fn(f64) -> f64) -> f64 {
        let of = |curve: &Vec<f32>| {
            let mean = f64::from(curve.iter().sum::<f32>()) / curve.len().max(1) as f64;
            let at = |secs: f64| {
                let block = (secs / self.block_secs).round().max(0.0) as usize;
                let around = curve.get(block.saturating_sub(2)..(block + 3).min(curve.len())).unwrap_or_default();
                f64::from(around.iter().copied().fold(0.0, f32::max))
            };
            let sum: f64 = (piece.from..piece.to).map(|beat| piece.secs(beat)).map(|secs| weight(secs) * at(secs)).sum();
            sum / mean.max(1e-12)
        };
        self.curves.iter().map(of).sum()
    }

    /// Middle of some beats, how late the attacks are there, and how clear that is, by the curve that shows it best.
    fn clearest(&self, beats: &[f64], weight: &dyn Fn(f64) -> f64) -> Option<(f64, f64, f64)> {
        self.curves.iter().filter_map(|curve| self.offset(curve, beats, weight)).max_by(|a, b| a.2.total_cmp(&b.2))
    }

    fn offset(&self, curve: &[f32], beats: &[f64], weight: &dyn Fn(f64) -> f64) -> Option<(f64, f64, f64)> {
        let reach = (REACH_SECS / self.block_secs) as usize;
        let mut fold = vec![0.0_f64; 2 * reach + 1];
        for &beat in beats {
            let at_beat = beat / self.block_secs;
            let weight = weight(beat);
            let (first, shift) = (at_beat.round() as isize - reach as isize, at_beat - at_beat.round());
            let value = |block: isize| usize::try_from(block).ok().and_then(|block| curve.get(block)).copied().map_or(0.0, f64::from);
            for (at, sum) in fold.iter_mut().enumerate() {
                let block = first + at as isize;
                // The beat lies between blocks; so does what is read around it.
                let (low, high) = if shift >= 0.0 { (value(block), value(block + 1)) } else { (value(block), value(block - 1)) };
                *sum += weight * (low + (high - low) * shift.abs());
            }
        }
        let peak = (1..fold.len() - 1).max_by(|&a, &b| fold[a].total_cmp(&fold[b]))?;
        let bend = fold[peak - 1] - 2.0 * fold[peak] + fold[peak + 1];
        let part = if bend < 0.0 { (0.5 * (fold[peak - 1] - fold[peak + 1]) / bend).clamp(-0.5, 0.5) } else { 0.0 };
        let mean = fold.iter().sum::<f64>() / fold.len() as f64;
        let clarity = if mean > 0.0 { (fold[peak] / mean - 1.0) * beats.len() as f64 } else { 0.0 };
        let late_secs = (peak as f64 + part - reach as f64) * self.block_secs;
        (clarity > 0.0).then(|| (f64::midpoint(beats[0], beats[beats.len() - 1]), late_secs, clarity))
    }
}

/// How much louder each block is than those before, compressed so that quiet parts count.
fn rise(energy: &[f32]) -> Vec<f32> {
    let loud = envelope::percentile(energy, 0.9).max(1e-9);
    let level: Vec<f32> = energy.iter().map(|energy| (1.0 + 100.0 * energy / loud).ln()).collect();
    let before = |at: usize| (level[at.saturating_sub(1)] + level[at.saturating_sub(2)] + level[at.saturating_sub(3)]) / 3.0;
    (0..level.len()).map(|at| (level[at] - before(at)).max(0.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_that_is_ten_milliseconds_late_is_brought_to_the_clicks() {
        let rate_hz = 44_100;
        let mut mono = vec![0.0_f32; 44_100 * 40];
        let period = 60.0 / 121.7;
        for beat in 0..80 {
            let at = ((0.5 + f64::from(beat) * period) * 44_100.0) as usize;
            (0..200).for_each(|n| {
                if let Some(slot) = mono.get_mut(at + n) {
                    *slot = (-(n as f32) / 60.0).exp() * (n as f32 * 0.4).sin()
                }
            });
        }
        let late = Piece { from: 0, to: 78, first_secs: 0.51, period_secs: period * 1.000_05 };
        let sharp = Rises::of(&Outline::of(&mono, rate_hz)).sharpened(late, &|_| 1.0, false);
        for beat in [0, 40, 77] {
            let off = sharp.secs(beat) - 0.5 - beat as f64 * period;
            assert!(off.abs() < 0.002, "beat {beat} is {:.2} ms off", off * 1e3);
        }
    }
}
