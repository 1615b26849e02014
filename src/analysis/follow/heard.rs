//! What the last seconds of sound say of the beat: the pulse's newest line, on the row of places where drums and bars
//! say that the beats are.
//!
//! A net of beats alone is drawn to hats between the kicks, and often counts twice as fast.  Which of two rows of places
//! is the beat is weighed from everything that is heard there, one row against the other; no drum has to pass a mark of
//! its own, since a hat also rings a little like a kick.

use super::super::beats::peak_near;
use super::super::ear::{BEAT_FPS, Heard};
use super::super::pulse;
use super::clock::{Clock, line};

/// Beats of the last so many seconds make the line.
const LINE_SECS: f64 = 7.0;
/// So many seconds are weighed.
const WEIGHED_SECS: f64 = 10.0;
/// Beats nearer to the newest sample than this are not all heard yet.
const EDGE_SECS: f64 = 0.12;
/// What a snare and a first beat of a bar count for beside the net's beats and kicks, which count 1.
const SNARE: f64 = 1.5;
const FIRST: f64 = 1.5;
/// The net's first beats are the last to be drawn to hats: where they stand on one row alone, that is the beat.
const SOME_FIRSTS: f64 = 0.15;
const MANY_TIMES: f64 = 2.5;
/// How much more must speak for the places between.
const CLEARLY: f64 = 1.1;
/// Faster than this every other beat is doubted, slower than that the halves between are looked at.
const FAST_BPM: f64 = 145.0;
const SLOW_BPM: f64 = 66.0;
/// Nobody counts faster.
const FASTEST_BPM: f64 = 212.0;
/// What a kick on every beat comes to at least, and the share of pairs of places that must be the right way round for it.
const OFTEN: f64 = 0.35;
const EVERY: f64 = 0.95;
/// A row of which drums and bars say less than this share of what they say of the other is no row of beats.
const EMPTY: f64 = 0.3;

/// What speaks for beats at a row of places.
#[derive(Clone, Debug, Default)]
struct Said {
    beat: f64,
    /// First beats of bars.
    first: f64,
    /// Those, kicks and snares.
    drums: f64,
    /// Place by place.
    kicks: Vec<f64>,
}

impl Said {
    fn all(&self) -> f64 {
        self.beat + self.drums
    }

    /// Whether bars begin here and hardly ever at the other row.
    fn has_the_firsts(&self, other: &Self) -> bool {
        self.first > SOME_FIRSTS && self.first > MANY_TIMES * other.first
    }

    /// Whether there is a kick at every place, and at each more of one than at any of the other row's.
    fn has_every_kick(&self, other: &Self) -> bool {
        let mean = self.kicks.iter().sum::<f64>() / self.kicks.len().max(1) as f64;
        let more = |kick: &f64| other.kicks.iter().filter(|less| kick > less).count();
        let n_more: usize = self.kicks.iter().map(more).sum();
        mean > OFTEN && n_more as f64 > EVERY * (self.kicks.len() * other.kicks.len()) as f64
    }
}

fn said(clock: Clock, heard: &Heard, from_secs: f64, span: (f64, f64)) -> Said {
    let (first, last) = (clock.beat_at(span.0).ceil(), clock.beat_at(span.1).floor());
    let n = (last - first + 1.0).max(0.0) as usize;
    let mut sum = Said::default();
    for beat in 0..n {
        let secs = clock.beat_secs + (first + beat as f64) * clock.period_secs - from_secs;
        let at = |curve: &[f32]| f64::from(peak_near(curve, secs, BEAT_FPS, 1));
        let (first, kick) = (at(&heard.downbeat), at(&heard.drums[0]));
        sum.beat += at(&heard.beat);
        sum.first += first;
        sum.drums += FIRST * first + kick + SNARE * at(&heard.drums[1]);
        sum.kicks.push(kick);
    }
    let n = n.max(1) as f64;
    Said { beat: sum.beat / n, first: sum.first / n, drums: sum.drums / n, ..sum }
}

/// The clock as the hearing alone would set it.  `heard` begins at `from_secs`.
pub(super) fn clock(heard: &Heard, from_secs: f64, now_secs: f64) -> Option<Clock> {
    let beats: Vec<f64> =
        pulse::beats(&heard.beat).into_iter().map(|secs| secs + from_secs).filter(|secs| *secs < now_secs - EDGE_SECS).collect();
    let clock = line(&beats[beats.partition_point(|secs| *secs < now_secs - LINE_SECS)..])?;
    let span = ((now_secs - WEIGHED_SECS).max(from_secs), now_secs - EDGE_SECS);
    Some(placed(clock, &|clock| said(clock, heard, from_secs, span)))
}

/// Whether one row of places is the beat, rather than the one that was taken for it.
fn is_the_beat(one: &Said, taken: &Said) -> bool {
    if one.has_the_firsts(taken) || taken.has_the_firsts(one) {
        return one.first > taken.first;
    }
    if one.has_every_kick(taken) || taken.has_every_kick(one) {
        return one.has_every_kick(taken);
    }
    one.all() > CLEARLY * taken.all()
}

/// The clock on the row that most speaks for.
fn placed(clock: Clock, said: &dyn Fn(Clock) -> Said) -> Clock {
    let between = clock.later(0.5);
    let (on, off) = (said(clock), said(between));
    let clock = if is_the_beat(&off, &on) { between } else { clock };
    if clock.bpm() > FAST_BPM {
        let slow = clock.times(2.0);
        let rows = [slow, slow.later(0.5)];
        let [one, other] = rows.map(said);
        let (row, full, empty) = if is_the_beat(&other, &one) { (rows[1], other, one) } else { (rows[0], one, other) };
        if empty.drums < EMPTY * full.drums || clock.bpm() > FASTEST_BPM {
            return row;
        }
    } else if clock.bpm() < SLOW_BPM && said(clock.later(0.5)).drums > (1.0 - EMPTY) * said(clock).drums {
        return clock.times(0.5);
    }
    clock
}
