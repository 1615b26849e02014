//! Which beats begin a bar, and how many beats a bar has: the most likely path through bars of three to seven beats.

use super::ear::{BEAT_FPS, Heard};

/// Beats in a bar, and how dear that is at all: most music counts to four.
const METRES: [(usize, f32); 5] = [(3, 2.5), (4, 0.0), (5, 5.0), (6, 6.0), (7, 6.0)];
/// What it costs to change to another metre at the end of a bar, and to break a bar off.
const CHANGE: f32 = 12.0;
const BREAK: f32 = 12.0;
const REACH_FRAMES: usize = 2;

/// Bars of a row of beats.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Bars {
    /// Indices into the beats.
    pub(super) downbeats: Vec<usize>,
    pub(super) beats_per_bar: u32,
    /// How much likelier this is than the same bars shifted, in nats per bar.
    pub(super) lead: f32,
}

/// How likely each beat is the first of a bar.
pub(super) fn evidence(heard: &Heard, beats: &[f64]) -> Vec<f32> {
    let near = |curve: &[f32], secs: f64| {
        let centre = (secs * BEAT_FPS).round().max(0.0) as usize;
        let to = (centre + REACH_FRAMES + 1).min(curve.len());
        curve.get(centre.saturating_sub(REACH_FRAMES).min(to)..to).unwrap_or(&[]).iter().copied().fold(0.0, f32::max)
    };
    beats.iter().map(|&secs| near(&heard.downbeat, secs).clamp(0.01, 0.99)).collect()
}

pub(super) fn bars(evidence: &[f32]) -> Bars {
    let states: Vec<(usize, usize)> = METRES.iter().enumerate().flat_map(|(metre, &(n, _))| (0..n).map(move |at| (metre, at))).collect();
    let first_of = |metre: usize| METRES[..metre].iter().map(|(n, _)| n).sum::<usize>();
    if evidence.is_empty() {
        return Bars { beats_per_bar: 4, ..Bars::default() };
    }
    let said = |at: usize, state: usize| if states[state].1 == 0 { evidence[at].ln() } else { (1.0 - evidence[at]).ln() };
    let per_beat = |metre: usize| METRES[metre].1 / 64.0;
    let mut totals: Vec<f32> = (0..states.len()).map(|state| said(0, state) - METRES[states[state].0].1).collect();
    let mut origins: Vec<Vec<u8>> = Vec::with_capacity(evidence.len());
    for at in 1..evidence.len() {
        let best_any = (0..states.len()).max_by(|&a, &b| totals[a].total_cmp(&totals[b])).unwrap_or(0);
        let is_last = |state: usize| states[state].1 + 1 == METRES[states[state].0].0;
        let best_end = (0..states.len()).filter(|&state| is_last(state)).max_by(|&a, &b| totals[a].total_cmp(&totals[b])).unwrap_or(0);
        let (mut next, mut from) = (Vec::with_capacity(states.len()), Vec::with_capacity(states.len()));
        for (state, &(metre, position)) in states.iter().enumerate() {
            let (total, origin) = if position > 0 {
                (totals[state - 1], state - 1)
            } else {
                let stay = first_of(metre) + METRES[metre].0 - 1;
                let ways = [
                    (totals[stay], stay),
                    (totals[best_end] - CHANGE, best_end),
                    (totals[best_any] - BREAK - CHANGE * f32::from(states[best_any].0 != metre), best_any),
                ];
                ways.into_iter().fold((f32::MIN, 0), |best, way| if way.0 > best.0 { way } else { best })
            };
            next.push(total + said(at, state) - per_beat(metre));
            from.push(origin as u8);
        }
        totals = next;
        origins.push(from);
    }
    let mut state = (0..states.len()).max_by(|&a, &b| totals[a].total_cmp(&totals[b])).unwrap_or(0);
    let mut path = vec![state];
    for from in origins.iter().rev() {
        state = usize::from(from[state]);
        path.push(state);
    }
    path.reverse();
    let downbeats: Vec<usize> = path.iter().enumerate().filter(|(_, state)| states[**state].1 == 0).map(|(at, _)| at).collect();
    let mut counts = [0_usize; METRES.len()];
    path.iter().for_each(|&state| counts[states[state].0] += 1);
    let metre = (0..METRES.len()).max_by_key(|&metre| counts[metre]).unwrap_or(1);
    let beats_per_bar = METRES[metre].0;
    Bars { lead: lead(evidence, &downbeats, beats_per_bar), downbeats, beats_per_bar: beats_per_bar as u32 }
}

/// How much better the first beats are than the best of their neighbours, per bar.
fn lead(evidence: &[f32], downbeats: &[usize], beats_per_bar: usize) -> f32 {
    let odds = |at: usize| evidence.get(at).map_or(0.0, |p| (p / (1.0 - p)).ln());
    let sum = |shift: usize| downbeats.iter().map(|&at| odds(at + shift)).sum::<f32>();
    let other = (1..beats_per_bar).map(sum).fold(f32::MIN, f32::max);
    (sum(0) - other) / downbeats.len().max(1) as f32
}

/// Shifts of the bar by one to `beats_per_bar - 1` beats, the likeliest first.
pub(super) fn shifts(evidence: &[f32], bars: &Bars) -> Vec<u32> {
    let odds = |at: usize| evidence.get(at).map_or(0.0, |p| (p / (1.0 - p)).ln());
    let mut shifts: Vec<(u32, f32)> =
        (1..bars.beats_per_bar).map(|shift| (shift, bars.downbeats.iter().map(|&at| odds(at + shift as usize)).sum::<f32>())).collect();
    shifts.sort_by(|a, b| b.1.total_cmp(&a.1));
    shifts.into_iter().map(|(shift, _)| shift).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_of_three_four_and_five_are_told_apart_and_one_doubtful_bar_does_not_turn_them() {
        for (n, first) in [(3, 1), (4, 2), (5, 0), (7, 3)] {
            let mut evidence: Vec<f32> = (0..60).map(|at| if at % n == first { 0.7 } else { 0.1 }).collect();
            evidence[first + n * 4] = 0.2;
            let bars = bars(&evidence);
            assert_eq!(bars.beats_per_bar as usize, n);
            assert_eq!(bars.downbeats, (first..60).step_by(n).collect::<Vec<_>>());
            assert!(bars.lead > 0.5);
        }
    }

    #[test]
    fn a_bar_that_breaks_off_is_followed() {
        let evidence: Vec<f32> = (0..64).map(|at| if (at < 30 && at % 4 == 0) || (at >= 30 && at % 4 == 2) { 0.9 } else { 0.03 }).collect();
        let downbeats = bars(&evidence).downbeats;
        assert!(downbeats.contains(&28) && downbeats.contains(&30) && downbeats.contains(&34), "{downbeats:?}");
    }

    #[test]
    fn no_beats_have_no_bars() {
        assert_eq!(bars(&[]).downbeats, Vec::<usize>::new());
    }
}
