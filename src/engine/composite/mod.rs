//! From plans to a frame: the layers active in a window, folded bottom to top, and what stands above the score.
//!
//! [`program`] compiles, [`fold`] blends, [`lookahead`] places idle heads and [`hues`] dark wheels, [`guard`] leaves out
//! flashes that come too fast, [`cues`] and [`above`] lay over it what performers hold, [`decks`] mixes two songs.  [`blend`]
//! is the only place where two lights meet.
//!
//! A frame covers `(from, to]`.  Its values are those at `to`, except where light flashed and went within the window:
//! a peak that is above both ends is shown, so that a pulse shorter than a frame still fires.

mod above;
pub mod blend;
pub mod cues;
pub mod decks;
mod fold;
mod guard;
mod guarded;
mod hues;
mod lookahead;
pub mod program;
mod timeline;

use std::sync::Arc;

use super::frame::{Frame, has};
use super::graph::plan::{Arena, At, MAX_PEAKS, Peaks};
use super::live::{Live, MAX_CUES};
use super::units::Window;
use cues::Running;
use fold::{By, Light};
use lookahead::Rest;
use program::{Layer, Program};

/// Room that rendering uses again and again; memos of pure results, nothing else.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    arena: Arena,
    rest: Rest,
    light: Light,
    begin: Light,
    peak: Light,
    instants: Vec<f64>,
    /// The light that cues are laid over, and that below one of them.
    base: Light,
    below: Light,
    running: Vec<Running>,
    /// Instants in a cue's own time.
    own_instants: Vec<f64>,
    /// The highest level of each head; 1 wherever no guard is at work.
    highest: Vec<f32>,
    /// The program there is room for, and its heads.
    room: Option<(Arc<()>, usize)>,
}

impl Scratch {
    /// Forgets what the frame's columns were last filled with.
    pub(super) fn forget(&mut self) {
        self.rest.forget();
    }

    /// All the room that a program will ever need, now: later frames must not wait for memory.  True where it is another
    /// program than before.
    fn make_room(&mut self, program: &Program) -> bool {
        let n_heads = program.rig.heads.len();
        if self.room.as_ref().is_some_and(|(known, n)| Arc::ptr_eq(known, &program.identity) && *n == n_heads) {
            return false;
        }
        self.room = Some((program.identity.clone(), n_heads));
        let layers = program.layers.iter().chain(program.cues.iter().map(|cue| &cue.layer));
        layers.for_each(|layer| self.arena.fit(&layer.plan));
        let Self { light, begin, peak, base, below, .. } = self;
        [light, begin, peak].into_iter().for_each(|light| light.reset(n_heads));
        self.instants.clear();
        self.instants.reserve(MAX_PEAKS);
        if !program.cues.is_empty() {
            [base, below].into_iter().for_each(|light| light.reset(n_heads));
            self.running.reserve(MAX_CUES);
            self.own_instants.reserve(MAX_PEAKS);
            self.highest.clear();
            self.highest.resize(n_heads, 1.0);
        }
        true
    }
}

/// Renders the frame of a window: every head's state.  Allocates nothing once `frame` has seen the program.
pub fn render(program: &Program, window: Window, live: &Live, frame: &mut Frame) {
    score(program, live.freeze.as_ref().map_or(window, |frozen| frozen.window), frame);
    perform(program, window, live, frame);
}

/// Lays what performers hold over a frame that shows the score alone, or over decks that were mixed: cues, programmer,
/// masters, limits, freeze, blackout.  Cues take their time from `program`.
///
/// While frozen, the frame below must be that of the frozen window.
pub fn perform(program: &Program, window: Window, live: &Live, frame: &mut Frame) {
    let (seen, held) = live.freeze.as_ref().map_or((window, live), |frozen| (frozen.window, &frozen.live));
    cues::lay(program, seen, held, frame);
    above::apply(program, held, frame);
    frame.window = window;
    if live.blackout {
        above::black_out(frame);
    }
}

/// The frame of the score alone.
fn score(program: &Program, window: Window, frame: &mut Frame) {
    let n_heads = program.rig.heads.len();
    let grown = frame.n_heads() != n_heads;
    frame.fit(n_heads, window);
    let mut scratch = std::mem::take(&mut frame.scratch);
    scratch.make_room(program);
    let segment = program.timeline.segment(window.to);
    let new_rest = scratch.rest.fit(program, segment, &mut scratch.arena);
    rest(frame, &scratch.rest, new_rest || grown, &program.rig.patch.wheels);
    fold_window(program, window, &mut scratch, |layer, at| fold::fold_rest(frame, layer, at, By::Score));
    show_light(frame, &mut scratch);
    hues::hold_wheels(program, segment, frame);
    frame.scratch = scratch;
}

/// Folds the score's light over a window into `scratch.light`.  `each` sees every layer at the window's end.
fn fold_window(program: &Program, window: Window, scratch: &mut Scratch, mut each: impl FnMut(&Layer, &At<'_>)) {
    scratch.light.reset(program.rig.heads.len());
    scratch.instants.clear();
    // The usual window, in which nothing begins or ends: what is evaluated at its end serves to find flashes too.
    let usual = program.timeline.moments_in(window.from, window.to).is_empty() && window.from < window.to;
    // What the guard leaves out it leaves out at instants, which a look at the window as a whole does not have.
    let whole = program.guard.as_ref().is_none_or(|guard| guard.score.is_idle_in(window));
    let mut by_lane = false;
    for &layer in program.timeline.active(program.timeline.segment(window.to)) {
        let layer = &program.layers[layer as usize];
        layer.plan.eval(window.to, &mut scratch.arena);
        let at = layer.plan.at(&scratch.arena);
        scratch.light.fold(layer, &at);
        each(layer, &at);
        if usual && layer.plan.lights() {
            let mut found = Peaks::new(&mut scratch.instants, whole);
            layer.plan.peaks_here(window.from, window.to, &scratch.arena, &mut found);
            by_lane |= found.by_lane;
        }
    }
    if let Some(guard) = &program.guard {
        guard.score.limit(window.to, &mut scratch.light);
    }
    if window.from < window.to {
        by_lane |= find_flashes(program, window, scratch, usual, whole);
        flashes(program, window, scratch, by_lane);
    }
}

/// Starts a frame from where idle heads rest.
fn rest(frame: &mut Frame, rest: &Rest, colors_too: bool, wheels: &[u32]) {
    frame.set.copy_from_slice(&rest.set);
    frame.origin.copy_from_slice(&rest.origin);
    frame.pan.copy_from_slice(&rest.pan);
    frame.tilt.copy_from_slice(&rest.tilt);
    for (column, rest) in frame.rest_color.iter_mut().zip(&rest.color) {
        if colors_too {
            column.copy_from_slice(rest);
        } else {
            // Nothing writes to the others: they are still what the same segment asked for.
            wheels.iter().for_each(|&head| column[head as usize] = rest[head as usize]);
        }
    }
}

/// The light of a segment's layers at an instant, or at the heights of the last `window_secs`.
fn fold_at(program: &Program, segment: usize, secs: f64, window_secs: f64, light: &mut Light, arena: &mut Arena) {
    light.reset(program.rig.heads.len());
    for &layer in program.timeline.active(segment) {
        let layer = &program.layers[layer as usize];
        layer.plan.eval_window(secs, window_secs, arena);
        light.fold(layer, &layer.plan.at(arena));
    }
    if let Some(guard) = &program.guard {
        guard.score.limit(secs, light);
    }
}

/// Adds the instants inside a window at which light may have peaked to `scratch.instants`; true where some head may have
/// flashed at an instant of its own, if that is of use.  `folded`: what layers do that stay the same over the whole window is
/// known already.
fn find_flashes(program: &Program, window: Window, scratch: &mut Scratch, folded: bool, whole: bool) -> bool {
    let moments = program.timeline.moments_in(window.from, window.to);
    let Scratch { arena, instants, .. } = scratch;
    let mut found = Peaks::new(instants, whole);
    // Layers that begin inside the window, also those that are over by its end.
    for (at, &moment) in moments.iter().enumerate() {
        let until = moments.get(at + 1).copied().unwrap_or(window.to);
        if program.timeline.active(program.timeline.segment(moment)).is_empty() {
            continue;
        }
        // The first and last instants of the stretch and its middle: a short annotation may rise, fall or swell.
        for secs in [moment, (moment + until) / 2.0, until - (until - moment) * 1e-3] {
            found.add(secs);
        }
    }
    for (from, to) in stretches(window, moments).filter(|_| !folded) {
        for &layer in program.timeline.active(program.timeline.segment((from + to) / 2.0)) {
            let plan = &program.layers[layer as usize].plan;
            if plan.lights() {
                plan.peaks(from, to, arena, &mut found);
            }
        }
    }
    let by_lane = found.by_lane;
    instants.retain(|secs| *secs > window.from && *secs < window.to);
    by_lane
}

/// Keeps what was brighter at the instants found than at both ends of the window.
fn flashes(program: &Program, window: Window, scratch: &mut Scratch, by_lane: bool) {
    let Scratch { arena, light, begin, peak, instants, .. } = scratch;
    if instants.is_empty() && !by_lane {
        return;
    }
    let segment = |secs: f64| program.timeline.segment(secs);
    fold_at(program, segment(window.from), window.from, 0.0, begin, arena);
    for &secs in instants.iter() {
        fold_at(program, segment(secs), secs, 0.0, peak, arena);
        light.keep_flashes(begin, peak);
    }
    let moments = program.timeline.moments_in(window.from, window.to);
    for (from, to) in stretches(window, moments).filter(|_| by_lane) {
        fold_at(program, segment((from + to) / 2.0), to, to - from, peak, arena);
        light.keep_flashes(begin, peak);
    }
}

/// The window, cut where layers begin and end.
fn stretches(window: Window, moments: &[f64]) -> impl Iterator<Item = (f64, f64)> + '_ {
    let inside = moments.iter().copied().filter(move |moment| *moment < window.to);
    std::iter::once(window.from).chain(inside.clone()).zip(inside.chain([window.to]))
}

/// Hands the light over; the frame's old columns are the room for the next.
fn show_light(frame: &mut Frame, scratch: &mut Scratch) {
    let light = &mut scratch.light;
    std::mem::swap(&mut frame.dimmer, &mut light.dimmer);
    std::mem::swap(&mut frame.strobe, &mut light.strobe);
    std::mem::swap(&mut frame.color, &mut light.color);
    for (set, colored) in frame.set.iter_mut().zip(&light.colored) {
        *set |= if *colored { has::COLOR } else { 0 };
    }
}

#[cfg(test)]
#[path = "above_tests.rs"]
mod above_tests;
