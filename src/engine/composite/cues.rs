//! Live cues: patterns that performers run above the score, folded by the rules of annotations.
//!
//! A cue has no end.  Its plan is compiled once, over the grid's first bars; while it runs, time goes round in them, and the
//! first of them lies on the bar in which it was fired.  So the light of a cue is a function of the instant and of [`Live`]
//! alone: firing asks for no compiling, and two machines that are told the same show the same.
//!
//! Cues lie above the score by z-index, then the bar they were fired in, then id.  A cue's level fades its light in and out
//! over what lies below it, whatever its blend mode; at 0 it is not there.  Position and beam cannot lie halfway between
//! two looks and follow a cue at any level.  Releasing a cue is taking it out of [`Live`]; where it left pan, tilt and
//! wheels is the business of [`crate::engine::Held`].

use std::sync::Arc;

use super::fold::{By, Light, fold_rest};
use super::guard::Guard;
use super::program::{Layer, Program};
use super::{Scratch, show_light};
use crate::engine::frame::{Frame, origin};
use crate::engine::graph::plan::{Arena, At, MAX_PEAKS, Peaks};
use crate::engine::live::{Fired, Live, MAX_CUES};
use crate::engine::tempo::BeatGrid;
use crate::engine::units::{Window, unit};

/// Bars that a loop may have.
pub(super) const MAX_BARS: u32 = 256;
/// An instant that should lie on a bar line may miss it by rounding.
const HAIR_BARS: f64 = 1e-9;
/// Sees a pulse that begins at an instant which rounding may have put before it.
const HAIR_SECS: f64 = 1e-7;

/// A cue, ready to be fired.
#[derive(Clone, Debug)]
pub struct CueLayer {
    /// Its start and end are those of its loop, in the plan's own time.
    pub layer: Layer,
    /// Length of the loop; `None` where it runs along with the track.
    pub(super) bars: Option<f64>,
    pub(super) guard: Option<Arc<Guard>>,
}

impl CueLayer {
    /// The plan's time at an instant of the track.
    fn secs(&self, grid: &BeatGrid, fired_bar: i64, secs: f64) -> f64 {
        let Some(bars) = self.bars else { return secs };
        let since = grid.bar_at(secs) - fired_bar as f64 + HAIR_BARS;
        grid.secs_at_bar((since.rem_euclid(bars) - HAIR_BARS).max(0.0))
    }

    /// Which round of the loop an instant lies in.
    fn round(&self, grid: &BeatGrid, fired_bar: i64, secs: f64) -> f64 {
        self.bars.map_or(0.0, |bars| ((grid.bar_at(secs) - fired_bar as f64 + HAIR_BARS) / bars).floor())
    }

    /// The instant of the track at which the plan's time is `own`, in a round of the loop.
    fn track_secs(&self, grid: &BeatGrid, fired_bar: i64, round: f64, own: f64) -> f64 {
        let Some(bars) = self.bars else { return own };
        grid.secs_at_bar(fired_bar as f64 + round * bars + grid.bar_at(own)) + HAIR_SECS
    }
}

/// A cue that is being folded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    /// Index in [`Program::cues`].
    cue: u32,
    bar: i64,
    level: f32,
}

/// The cues that run, from bottom to top, as entries of [`Live::cues`].
pub(in crate::engine) fn order(program: &Program, live: &Live) -> Vec<Fired> {
    let mut running = Vec::new();
    order_into(program, live, &mut running);
    running.into_iter().map(|run| Fired { cue: program.cues[run.cue as usize].layer.id, bar: run.bar, level: run.level }).collect()
}

fn order_into(program: &Program, live: &Live, running: &mut Vec<Running>) {
    running.clear();
    for fired in live.cues.iter().take(MAX_CUES) {
        let Ok(cue) = program.cues.binary_search_by(|cue| cue.layer.id.cmp(&fired.cue)) else { continue };
        let level = unit(fired.level);
        if level > 0.0 {
            running.push(Running { cue: cue as u32, bar: fired.bar, level });
        }
    }
    // Cues are sorted by id, so their index stands for it.
    running.sort_unstable_by_key(|run| (program.cues[run.cue as usize].layer.z, run.bar, run.cue));
}

/// Lays the cues that run over a frame.
pub(super) fn lay(program: &Program, window: Window, live: &Live, frame: &mut Frame) {
    if live.cues.is_empty() || program.cues.is_empty() || frame.n_heads() != program.rig.heads.len() {
        return;
    }
    let mut scratch = std::mem::take(&mut frame.scratch);
    scratch.make_room(program);
    order_into(program, live, &mut scratch.running);
    if !scratch.running.is_empty() {
        scratch.light.take(frame);
        scratch.base.copy_from(&scratch.light);
        let Scratch { arena, light, below, running, highest, .. } = &mut scratch;
        for &run in running.iter() {
            let cue = fold_one(program, run, (window.to, 0.0), arena, light, below, highest);
            let at = cue.layer.plan.at(arena);
            fold_rest(frame, &cue.layer, &at, By::Live);
            mark(frame, cue, &at);
        }
        flashes(program, window, &mut scratch);
        show_light(frame, &mut scratch);
    }
    frame.scratch = scratch;
}

/// Evaluates a cue at an instant, or at the heights of the seconds before it, and folds its light over what is there.
fn fold_one<'p>(
    program: &'p Program,
    run: Running,
    (secs, window_secs): (f64, f64),
    arena: &mut Arena,
    light: &mut Light,
    below: &mut Light,
    highest: &mut [f32],
) -> &'p CueLayer {
    let cue = &program.cues[run.cue as usize];
    let grid = &program.track.grid;
    let own = cue.secs(grid, run.bar, secs);
    let window_secs = if window_secs > 0.0 { whole_secs(program, run, Window { from: secs - window_secs, to: secs }) } else { 0.0 };
    cue.layer.plan.eval_window(own, window_secs, arena);
    let at = cue.layer.plan.at(arena);
    if run.level < 1.0 || cue.guard.is_some() {
        below.copy_from(light);
    }
    light.fold(&cue.layer, &at);
    if let Some(guard) = &cue.guard {
        guard.at(own).for_each(|(head, level)| highest[head] = level);
        light.dim(below, &cue.layer, &at, highest);
        guard.at(own).for_each(|(head, _)| highest[head] = 1.0);
    }
    if run.level < 1.0 {
        light.fade(below, &cue.layer, run.level);
    }
    cue
}

/// The seconds of a cue's own time up to a window's end that can be looked at as a whole: none where its guard leaves
/// something out in them, which it does at instants, or where its loop begins anew.
fn whole_secs(program: &Program, run: Running, window: Window) -> f64 {
    let (cue, grid) = (&program.cues[run.cue as usize], &program.track.grid);
    if cue.round(grid, run.bar, window.from) != cue.round(grid, run.bar, window.to) {
        return 0.0;
    }
    let [from, to] = [window.from, window.to].map(|secs| cue.secs(grid, run.bar, secs));
    let idle = cue.guard.as_ref().is_none_or(|guard| guard.is_idle_in(Window { from, to }));
    if idle { to - from } else { 0.0 }
}

/// Notes which heads the cue drives, and which of them it gives a colour.
fn mark(frame: &mut Frame, cue: &CueLayer, at: &At<'_>) {
    let outputs = &cue.layer.plan.outputs;
    for &head in &outputs.touched {
        frame.origin[head as usize] |= origin::LIVE;
    }
    for run in &outputs.light {
        let Some(feed) = &run.color else { continue };
        let values = at.read(feed.slot);
        for (i, head) in run.heads.iter().enumerate() {
            if (0..3).any(|channel| values.get(feed.lane(i), channel) > 1e-6) {
                frame.origin[head] |= origin::LIVE_COLOR;
            }
        }
    }
}

/// Looks at the instants inside the window at which a cue may have peaked, over the score as the frame shows it.
fn flashes(program: &Program, window: Window, scratch: &mut Scratch) {
    if window.to <= window.from {
        return;
    }
    let Scratch { arena, light, base, below, begin, peak, running, highest, instants, own_instants, .. } = scratch;
    instants.clear();
    let mut by_lane = false;
    for &run in running.iter() {
        by_lane |= peaks(program, run, window, arena, own_instants, instants);
    }
    if instants.is_empty() && !by_lane {
        return;
    }
    let mut fold_at = |secs: f64, window_secs: f64, into: &mut Light| {
        into.copy_from(base);
        for &run in running.iter() {
            fold_one(program, run, (secs, window_secs), arena, into, below, highest);
        }
    };
    fold_at(window.from, 0.0, begin);
    for &secs in instants.iter() {
        fold_at(secs, 0.0, peak);
        light.keep_flashes(begin, peak);
    }
    if by_lane {
        fold_at(window.to, window.to - window.from, peak);
        light.keep_flashes(begin, peak);
    }
}

/// Adds the instants of the track at which a cue peaks within a window; true where heads peak at instants of their own.
fn peaks(program: &Program, run: Running, window: Window, arena: &mut Arena, own: &mut Vec<f64>, found: &mut Vec<f64>) -> bool {
    let (cue, grid) = (&program.cues[run.cue as usize], &program.track.grid);
    let mut by_lane = false;
    if !cue.layer.plan.lights() {
        return by_lane;
    }
    let rounds = [window.from, window.to].map(|secs| cue.round(grid, run.bar, secs));
    let ends = [window.from, window.to].map(|secs| cue.secs(grid, run.bar, secs));
    // A window in which the loop begins anew is the end of one round and the beginning of the next.
    let over = [(rounds[0], ends[0], cue.layer.end), (rounds[1], cue.layer.start - HAIR_SECS, ends[1])];
    let whole = [(rounds[1], ends[0], ends[1])];
    let pieces: &[(f64, f64, f64)] = if rounds[0] == rounds[1] { &whole } else { &over };
    let whole = whole_secs(program, run, window) > 0.0;
    for &(round, from, to) in pieces {
        own.clear();
        let mut peaks = Peaks::new(own, whole);
        cue.layer.plan.peaks(from, to, arena, &mut peaks);
        by_lane |= peaks.by_lane;
        for &peak in own.iter() {
            let secs = cue.track_secs(grid, run.bar, round, peak);
            if secs > window.from && secs < window.to && found.len() < MAX_PEAKS && !found.contains(&secs) {
                found.push(secs);
            }
        }
    }
    by_lane
}

#[cfg(test)]
#[path = "cues_tests.rs"]
mod tests;
