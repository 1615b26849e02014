//! The strobe guard: dimmers that flash faster than a cap flash less often.
//!
//! It has no memory.  When a show is compiled its light is looked at from beginning to end, 176 times a second and wherever a
//! node says that it peaks, and every head's flashes are found (what one is, [`crate::engine::flash`] says).  Where more of
//! them than the cap fall into a second they make a train that is too fast.  Of a train the first flash stays; after it every second
//! one is left out, and every second of those that remain, until they are no closer than the cap allows: sixteenths become
//! eighths, then quarters, and stay on the beat, which leaving out whatever comes too soon would not.  Where the spacing is
//! uneven the same is decided anew from each kept flash to the next.
//!
//! What remains is a list of spans with a level above which a head may not go: its darkest level around the flashes left
//! out, so that the light between two kept flashes is flat.  Looking it up is a function of the instant alone, and seeking
//! equals playing.  A head that does not flash too fast is in no span: its light is the same to the last bit with the
//! guard on or off.
//!
//! Kept flashes keep one of the wire's ticks more than the cap's distance, since a tick may show them that much too late.
//! A light that comes on within that distance and stays is not left out but comes on later.
//!
//! # What it cannot see
//! Score and cues are looked at apart: each keeps to the cap by itself, and two that flash in turn may reach twice the cap
//! together.  So may two decks while they are mixed.  Hands on masters and programmer are nobody's to foresee.

use std::collections::VecDeque;

use super::fold::Light;
use super::program::Program;
use super::{Scratch, find_flashes, fold_at};
use crate::engine::flash::{Swings, TICKS_PER_SEC, Trough};
use crate::engine::rig::{Caps, HeadIdx};
use crate::engine::units::Window;

/// Windows that are looked at, at their middle and their end: music flickers faster than the wire's ticks, and which of its
/// flickers they show depends on when they fall.
const WINDOWS_PER_SEC: f64 = 2.0 * TICKS_PER_SEC;
/// Heads times windows that are looked at, at most: half an hour on a rig of fifty thousand.
const MAX_LOOKS: f64 = 8e9;
/// Spans that are kept at most: 100 MB.
const MAX_SPANS: usize = 1 << 23;
/// Instants are counted in parts of a second.
const CLOCK: f64 = 1e5;
/// A second that is this much shorter for having been measured is still a second.
const HAIR_SECS: f64 = 1e-3;
/// Before a peak without a rise it is as dark as it gets.
const BEFORE_PEAK_SECS: f64 = 5e-4;

/// What is left out of one program, or of one cue in its own time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Guard {
    /// By their beginning.
    moments: Vec<Moment>,
    spans: Vec<Span>,
    longest_secs: f64,
    /// Where it stopped looking, if that was before the end.
    pub(super) looked_until: Option<f64>,
}

/// A stretch of time in which some heads may not go above a level.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Moment {
    from: f64,
    to: f64,
    first_span: u32,
    n_spans: u32,
}

/// Heads side by side with the same highest level.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    first: HeadIdx,
    n: u32,
    highest: f32,
}

/// The stretch of a program that is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) from: f64,
    pub(super) until: f64,
    /// Its end is followed by its beginning.
    pub(super) round: bool,
}

impl Guard {
    pub(super) fn of(program: &Program, stretch: Stretch, cap_hz: f32) -> Self {
        let n_heads = program.rig.heads.len();
        let length = (stretch.until - stretch.from).max(0.0).min(MAX_LOOKS / n_heads.max(1) as f64 / WINDOWS_PER_SEC);
        let rule = Rule::of(cap_hz, stretch.round.then_some((length * CLOCK) as u32));
        let n_windows = (length * WINDOWS_PER_SEC).ceil().max(1.0);
        let edge = |window: f64| stretch.from + length * window / n_windows;
        let mut heads = vec![Watch::default(); n_heads];
        let dims: Vec<usize> = (0..n_heads).filter(|&head| program.rig.heads[head].caps.any(Caps::DIMMER)).collect();
        let mut limits: Vec<(Limit, HeadIdx, u32)> = Vec::new();
        let mut looks = Looks::new(program, stretch);
        // A round is looked at with what comes before it and what follows.
        let passes = if stretch.round { 3 } else { 1 };
        let mut looked = stretch.from + length;
        'passes: for pass in 0..passes {
            for window in 0..n_windows as u32 {
                let window = Window { from: edge(f64::from(window)), to: edge(f64::from(window + 1)) };
                looks.within(program, window, |secs, levels| {
                    let sample = pass * rule.round.unwrap_or(0) + ((secs - stretch.from).max(0.0) * CLOCK) as u32;
                    for &head in &dims {
                        heads[head].take(sample, levels[head], rule, &mut |limit| add(&mut limits, limit, head as HeadIdx));
                    }
                });
                if limits.len() >= MAX_SPANS {
                    looked = looked.min(window.to);
                    break 'passes;
                }
            }
        }
        for &head in &dims {
            heads[head].finish(rule, &mut |limit| add(&mut limits, limit, head as HeadIdx));
        }
        let limits = limits.into_iter().filter_map(|(limit, first, n)| Some((limit.inside(rule.round)?, first, n)));
        let mut guard = Self::from_limits(limits.collect(), |sample| stretch.from + f64::from(sample) / CLOCK);
        guard.looked_until = (looked < stretch.until - 1.0 / TICKS_PER_SEC).then_some(looked);
        guard
    }

    fn from_limits(mut limits: Vec<(Limit, HeadIdx, u32)>, time: impl Fn(u32) -> f64) -> Self {
        limits.sort_by_key(|(limit, first, _)| (limit.from, limit.to, *first));
        let mut guard = Self::default();
        for together in limits.chunk_by(|a, b| (a.0.from, a.0.to) == (b.0.from, b.0.to)) {
            let (from, to) = (time(together[0].0.from), time(together[0].0.to));
            guard.longest_secs = guard.longest_secs.max(to - from);
            guard.moments.push(Moment { from, to, first_span: guard.spans.len() as u32, n_spans: together.len() as u32 });
            guard.spans.extend(together.iter().map(|&(limit, first, n)| Span { first, n, highest: limit.highest }));
        }
        guard
    }

    /// Nothing is too fast.
    pub(super) fn is_idle(&self) -> bool {
        self.moments.is_empty()
    }

    /// Nothing is left out anywhere in a window.
    pub(super) fn is_idle_in(&self, window: Window) -> bool {
        let begun = self.moments.partition_point(|moment| moment.from <= window.to);
        let recent = self.moments[..begun].iter().rev().take_while(|moment| moment.from >= window.from - self.longest_secs);
        !recent.into_iter().any(|moment| window.from <= moment.to)
    }

    /// Heads that may not go above a level at an instant, and that level.
    pub(super) fn at(&self, secs: f64) -> impl Iterator<Item = (usize, f32)> {
        let begun = self.moments.partition_point(|moment| moment.from <= secs);
        let recent = self.moments[..begun].iter().rev().take_while(move |moment| moment.from >= secs - self.longest_secs);
        let spans = recent.filter(move |moment| secs <= moment.to).flat_map(|moment| {
            let first = moment.first_span as usize;
            &self.spans[first..first + moment.n_spans as usize]
        });
        spans.flat_map(|span| (span.first..span.first + span.n).map(|head| (head as usize, span.highest)))
    }

    /// Takes light away where it flashes too fast.
    pub(super) fn limit(&self, secs: f64, light: &mut Light) {
        self.at(secs).for_each(|(head, highest)| light.dimmer[head] = light.dimmer[head].min(highest));
    }
}

/// Looks at a program's light, instant by instant.
struct Looks {
    scratch: Scratch,
    looks: Vec<Look>,
    stretch: Stretch,
}

/// The light at an instant, or at the heights of the seconds before it; `at` is the instant that stands for it.
#[derive(Clone, Copy)]
struct Look {
    at: f64,
    secs: f64,
    window_secs: f64,
}

impl Looks {
    fn new(program: &Program, stretch: Stretch) -> Self {
        let mut scratch = Scratch::default();
        scratch.make_room(program);
        Self { scratch, looks: Vec::new(), stretch }
    }

    /// Shows the dimmers at the middle and the end of a window, and before and at every instant inside it at which they
    /// may peak.
    fn within(&mut self, program: &Program, window: Window, mut look: impl FnMut(f64, &[f32])) {
        let Stretch { from, until, round } = self.stretch;
        // What begins at the very beginning is seen; what ends with a round is gone at its very end.
        let from = if window.from <= from { from - BEFORE_PEAK_SECS } else { window.from };
        let window = Window { from, to: if round { window.to.min(until - 1e-6) } else { window.to } };
        self.scratch.instants.clear();
        let by_lane = find_flashes(program, window, &mut self.scratch, false, true);
        let Scratch { arena, light, instants, .. } = &mut self.scratch;
        let instant = |secs: f64| Look { at: secs, secs, window_secs: 0.0 };
        let middle = (window.from + window.to) / 2.0;
        self.looks.clear();
        self.looks.extend(instants.iter().flat_map(|secs| [instant(secs - BEFORE_PEAK_SECS), instant(*secs)]));
        self.looks.extend([middle, window.to - BEFORE_PEAK_SECS, window.to].map(instant));
        if by_lane {
            // Each head by itself: somewhere in either half.
            for (from, to) in [(window.from, middle), (middle, window.to)] {
                self.looks.push(Look { at: (from + to) / 2.0, secs: to, window_secs: to - from });
            }
        }
        self.looks.retain(|look| look.at > window.from && look.at <= window.to);
        self.looks.sort_by(|a, b| a.at.total_cmp(&b.at));
        for Look { at, secs, window_secs } in self.looks.iter().copied() {
            fold_at(program, program.timeline.segment(at), secs, window_secs, light, arena);
            look(at, &light.dimmer);
        }
    }
}

/// Adds a head's limit; heads side by side that flash alike share one.
fn add(limits: &mut Vec<(Limit, HeadIdx, u32)>, limit: Limit, head: HeadIdx) {
    match limits.last_mut() {
        Some((last, first, n)) if *last == limit && *first + *n == head => *n += 1,
        _ => limits.push((limit, head, 1)),
    }
}

/// Between two instants, a level that is not passed.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Limit {
    from: u32,
    to: u32,
    highest: f32,
}

impl Limit {
    /// Of a round, what lies in the second pass, which knows both its neighbours.
    fn inside(self, round: Option<u32>) -> Option<Self> {
        let Some(n) = round else { return Some(self) };
        let (from, to) = (self.from.max(n), self.to.min(2 * n));
        (from < to).then(|| Self { from: from - n, to: to - n, ..self })
    }
}

/// What is too fast, and how close kept flashes may be.  All instants are counts of [`CLOCK`].
#[derive(Clone, Copy, Debug)]
struct Rule {
    /// More flashes than these within the span are too many.
    allowed: usize,
    span: u32,
    closest: u32,
    /// After this everything comes again.
    round: Option<u32>,
}

impl Rule {
    fn of(cap_hz: f32, round: Option<u32>) -> Self {
        let cap_hz = f64::from(cap_hz).clamp(0.01, 1000.0);
        // Below one flash a second, a second is too short to count in.
        let span = (1.0 / cap_hz).max(1.0) - HAIR_SECS;
        let closest = 1.0 / cap_hz + 1.0 / TICKS_PER_SEC;
        Self { allowed: (cap_hz as usize).max(1), span: (span * CLOCK) as u32, closest: (closest * CLOCK) as u32, round }
    }

    /// Which pass of the round an instant lies in, and how much of it is left.
    fn place(self, sample: u32) -> (u32, u32) {
        self.round.map_or((0, u32::MAX), |round| (sample / round, round - sample % round))
    }
}

/// A flash, from the dark before to the dark after.
#[derive(Clone, Copy, Debug)]
struct Flash {
    from: u32,
    rise: u32,
    to: u32,
    /// The level before, and the lower one of both sides.
    before: f32,
    darkest: f32,
}

/// What is known of one head while looking.
#[derive(Clone, Debug, Default)]
struct Watch {
    swings: Swings,
    /// The last flash: how it began.
    begun: Option<(Trough, u32)>,
    /// Flashes that the next ones may still turn out to be too close to, and whether they are already.
    pending: VecDeque<(Flash, bool)>,
    kept_at: Option<u32>,
    /// Flashes since the kept one.
    since: u32,
    /// The pass of the round in which the train began that is being thinned.
    train: Option<u32>,
    left_out: Option<Limit>,
}

impl Watch {
    fn take(&mut self, sample: u32, level: f32, rule: Rule, found: &mut impl FnMut(Limit)) {
        if let Some(trough) = self.swings.take(sample, level)
            && let Some((before, rise)) = self.begun.replace((trough, sample))
        {
            self.flash(before, rise, Some(trough), rule, found);
        }
    }

    fn finish(&mut self, rule: Rule, found: &mut impl FnMut(Limit)) {
        if let Some((before, rise)) = self.begun.take() {
            self.flash(before, rise, self.swings.trough(), rule, found);
        }
        while let Some((flash, fast)) = self.pending.pop_front() {
            self.decide(flash, fast, rule, found);
        }
        self.left_out.take().into_iter().for_each(found);
    }

    /// `after`: `None` where the light stays.
    fn flash(&mut self, before: Trough, rise: u32, after: Option<Trough>, rule: Rule, found: &mut impl FnMut(Limit)) {
        let darkest = after.map_or(before.level, |after| after.level.min(before.level));
        let to = after.map_or(u32::MAX, |after| after.first);
        self.pending.push_back((Flash { from: before.last, rise, to, before: before.level, darkest }, false));
        let allowed = rule.allowed;
        if let Some(first) = self.pending.len().checked_sub(allowed + 1)
            && rise - self.pending[first].0.rise < rule.span
        {
            self.pending.range_mut(first..).for_each(|(_, fast)| *fast = true);
        }
        while self.pending.len() > allowed {
            let Some((flash, fast)) = self.pending.pop_front() else { break };
            self.decide(flash, fast, rule, found);
        }
    }

    fn decide(&mut self, flash: Flash, fast: bool, rule: Rule, found: &mut impl FnMut(Limit)) {
        if !fast {
            self.train = None;
            return self.keep(flash, found);
        }
        // A round begins anew, so that it is the same every time.
        let (pass, left) = rule.place(flash.rise);
        let first = self.train.replace(pass) != Some(pass);
        self.since += 1;
        // Out of a stretch of darkness the light comes back where it is darkest, which may be before it has risen by much.
        let begins = if self.left_out.is_some() { flash.from } else { flash.rise };
        let next = self.kept_at.map_or(begins, |kept| kept + rule.closest);
        if next <= begins && (first || self.since.is_power_of_two()) && left >= rule.closest {
            self.keep(flash, found);
        } else if flash.to.saturating_sub(flash.rise) >= rule.closest {
            self.leave_out(Limit { from: flash.from, to: next, highest: flash.before });
            self.keep(Flash { from: next, rise: next.max(flash.rise), ..flash }, found);
        } else {
            self.leave_out(Limit { from: flash.from, to: flash.to, highest: flash.darkest });
        }
    }

    fn keep(&mut self, flash: Flash, found: &mut impl FnMut(Limit)) {
        if let Some(before) = self.left_out.take() {
            found(Limit { to: before.to.max(flash.from), ..before });
        }
        (self.kept_at, self.since) = (Some(flash.rise), 0);
    }

    /// What is left out between two kept flashes is one stretch of darkness.
    fn leave_out(&mut self, limit: Limit) {
        if limit.to <= limit.from {
            return;
        }
        let all = self.left_out.get_or_insert(limit);
        (all.to, all.highest) = (all.to.max(limit.to), all.highest.min(limit.highest));
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
