//! A clock of beats, and a line through beats that were heard or tapped.

/// Beats that lie farther from their line are no pulse, in beats.
const LOOSE: f64 = 0.12;
const LEAST_BEATS: usize = 4;
/// How far one clock may be from another to be the same, in beats and as a ratio of tempo.
const NEAR_BEATS: f64 = 0.18;
const NEAR_TEMPO: f64 = 0.04;

/// A beat at every `period_secs`, one of them at `beat_secs`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    pub beat_secs: f64,
    pub period_secs: f64,
}

impl Clock {
    /// Fractional beats from its own.
    pub fn beat_at(self, secs: f64) -> f64 {
        (secs - self.beat_secs) / self.period_secs
    }

    pub fn bpm(self) -> f64 {
        60.0 / self.period_secs
    }

    /// The same so many of its beats later.
    pub(super) fn later(self, beats: f64) -> Self {
        Self { beat_secs: self.beat_secs + beats * self.period_secs, ..self }
    }

    /// Twice as slow or fast, on one of its own beats.
    pub(super) fn times(self, factor: f64) -> Self {
        Self { period_secs: self.period_secs * factor, ..self }
    }

    /// The same with its own beat next to an instant.
    pub(super) fn around(self, secs: f64) -> Self {
        self.later(self.beat_at(secs).round())
    }

    /// How far `other`'s beats lie from these around an instant, in beats: `-0.5..=0.5`.
    pub(super) fn off(self, other: Self, secs: f64) -> f64 {
        let apart = self.beat_at(secs) - other.beat_at(secs);
        apart - apart.round()
    }

    pub(super) fn is_near(self, other: Self, secs: f64) -> bool {
        (other.period_secs / self.period_secs - 1.0).abs() < NEAR_TEMPO && self.off(other, secs).abs() < NEAR_BEATS
    }

    /// What else the same sound can be counted as: twice as fast or slow, and each half a beat later.
    pub(super) fn relatives(self, secs: f64) -> [Self; 7] {
        let own = self.around(secs);
        let (slow, fast) = (own.times(2.0), own.times(0.5));
        [own, own.later(0.5), slow, slow.later(0.5), slow.later(0.25), slow.later(0.75), fast]
    }
}

/// A steady line through beats of which some may be missing or too many; `None` where they are no row.
pub(super) fn line(beats: &[f64]) -> Option<Clock> {
    if beats.len() < LEAST_BEATS {
        return None;
    }
    let clock = line_through(beats)?;
    let off = |secs: &f64| (clock.beat_at(*secs) - clock.beat_at(*secs).round()).abs();
    let n_loose = beats.iter().filter(|secs| off(secs) > LOOSE).count();
    (n_loose * 4 <= beats.len()).then_some(clock)
}

/// Least squares over numbered beats.
pub(super) fn line_through(beats: &[f64]) -> Option<Clock> {
    let mut steps: Vec<f64> = beats.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_unstable_by(f64::total_cmp);
    let step = *steps.get(steps.len() / 2).filter(|step| (0.15..3.0).contains(*step))?;
    let mut number = 0.0;
    let mut rows = vec![(0.0, beats[0])];
    for pair in beats.windows(2) {
        number += ((pair[1] - pair[0]) / step).round().max(1.0);
        rows.push((number, pair[1]));
    }
    let n = rows.len() as f64;
    let (mean_number, mean_secs) = (rows.iter().map(|row| row.0).sum::<f64>() / n, rows.iter().map(|row| row.1).sum::<f64>() / n);
    let spread: f64 = rows.iter().map(|row| (row.0 - mean_number).powi(2)).sum();
    let period_secs = rows.iter().map(|row| (row.0 - mean_number) * (row.1 - mean_secs)).sum::<f64>() / spread;
    let beat_secs = mean_secs + (number - mean_number) * period_secs;
    (period_secs > 0.1 && period_secs.is_finite()).then_some(Clock { beat_secs, period_secs })
}
