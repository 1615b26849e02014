//! From plans to a frame: the layers active in a window, folded bottom to top, and what stands above the score.
//!
//! [`program`] compiles, [`fold`] blends, [`lookahead`] places idle heads, [`above`] holds what performers hold, [`decks`]
//! mixes two songs.  [`blend`] is the only place where two
//! lights meet.
//!
//! A frame covers `(from, to]`.  Its values are those at `to`, except where light flashed and went within the window:
//! a peak that is above both ends is shown, so that a pulse shorter than a frame still fires.

mod above;
pub mod blend;
pub mod decks;
mod fold;
mod lookahead;
pub mod program;
mod timeline;

use super::frame::{Frame, has};
use super::graph::plan::{Arena, MAX_PEAKS, Peaks};
use super::live::Live;
use super::units::Window;
use fold::Light;
use lookahead::Rest;
use program::Program;

/// Room that rendering uses again and again; memos of pure results, nothing else.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    arena: Arena,
    rest: Rest,
    light: Light,
    begin: Light,
    peak: Light,
    instants: Vec<f64>,
}

impl Scratch {
    /// Forgets what the frame's columns were last filled with.
    pub(super) fn forget(&mut self) {
        self.rest.forget();
    }
}

/// Renders the frame of a window: every head's state.  Allocates nothing once `frame` has seen the program.
pub fn render(program: &Program, window: Window, live: &Live, frame: &mut Frame) {
    match &live.freeze {
        Some(frozen) => {
            look(program, frozen.window, &frozen.live, frame);
            frame.window = window;
        }
        None => look(program, window, live, frame),
    }
    if live.blackout {
        above::black_out(frame);
    }
}

/// The frame without freeze and blackout.
fn look(program: &Program, window: Window, live: &Live, frame: &mut Frame) {
    let n_heads = program.rig.heads.len();
    let grown = frame.n_heads() != n_heads;
    frame.fit(n_heads, window);
    let mut scratch = std::mem::take(&mut frame.scratch);
    let segment = program.timeline.segment(window.to);
    let new_rest = scratch.rest.fit(program, segment, &mut scratch.arena);
    if new_rest || grown {
        // All the room that the program will ever need, now: later frames must not wait for memory.
        program.layers.iter().for_each(|layer| scratch.arena.fit(&layer.plan));
        scratch.begin.reset(n_heads);
        scratch.peak.reset(n_heads);
    }
    rest(frame, &scratch.rest, new_rest || grown);
    scratch.light.reset(n_heads);
    scratch.instants.clear();
    scratch.instants.reserve(MAX_PEAKS);
    let moments = program.timeline.moments_in(window.from, window.to);
    let flash_from = if moments.is_empty() { window.from } else { window.to };
    let mut by_lane = false;
    for &layer in program.timeline.active(segment) {
        let layer = &program.layers[layer as usize];
        layer.plan.eval(window.to, &mut scratch.arena);
        let at = layer.plan.at(&scratch.arena);
        scratch.light.fold(layer, &at);
        fold::fold_rest(frame, layer, &at);
        // The usual window, in which nothing begins or ends: the evaluation just made serves to find flashes too.
        if flash_from < window.to && layer.plan.lights() {
            let mut found = Peaks::new(&mut scratch.instants);
            layer.plan.peaks_here(flash_from, window.to, &scratch.arena, &mut found);
            by_lane |= found.by_lane;
        }
    }
    flashes(program, window, &mut scratch, moments, by_lane);
    show_light(frame, &mut scratch);
    above::apply(&program.rig, live, frame);
    frame.scratch = scratch;
}

/// Starts a frame from where idle heads rest.
fn rest(frame: &mut Frame, rest: &Rest, colors_too: bool) {
    frame.set.copy_from_slice(&rest.set);
    frame.pan.copy_from_slice(&rest.pan);
    frame.tilt.copy_from_slice(&rest.tilt);
    if !colors_too {
        // No layer writes here: they are still what the same segment asked for.
        return;
    }
    for (column, rest) in frame.rest_color.iter_mut().zip(&rest.color) {
        column.copy_from_slice(rest);
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
}

/// Looks at the instants inside the window at which light may have peaked, and keeps peaks above both ends.  `by_lane`: some
/// head may have flashed at an instant of its own.
fn flashes(program: &Program, window: Window, scratch: &mut Scratch, moments: &[f64], by_lane: bool) {
    let Scratch { arena, light, begin, peak, instants, .. } = scratch;
    if window.to <= window.from {
        return;
    }
    let mut found = Peaks::new(instants);
    found.by_lane = by_lane;
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
    for (from, to) in stretches(window, moments).filter(|_| !moments.is_empty()) {
        for &layer in program.timeline.active(program.timeline.segment((from + to) / 2.0)) {
            let plan = &program.layers[layer as usize].plan;
            if plan.lights() {
                plan.peaks(from, to, arena, &mut found);
            }
        }
    }
    let by_lane = found.by_lane;
    instants.retain(|secs| *secs > window.from && *secs < window.to);
    if instants.is_empty() && !by_lane {
        return;
    }
    let segment = |secs: f64| program.timeline.segment(secs);
    fold_at(program, segment(window.from), window.from, 0.0, begin, arena);
    for &secs in instants.iter() {
        fold_at(program, segment(secs), secs, 0.0, peak, arena);
        keep(light, begin, peak);
    }
    for (from, to) in stretches(window, moments).filter(|_| by_lane) {
        fold_at(program, segment((from + to) / 2.0), to, to - from, peak, arena);
        keep(light, begin, peak);
    }
}

/// The window, cut where layers begin and end.
fn stretches(window: Window, moments: &[f64]) -> impl Iterator<Item = (f64, f64)> + '_ {
    let inside = moments.iter().copied().filter(move |moment| *moment < window.to);
    std::iter::once(window.from).chain(inside.clone()).zip(inside.chain([window.to]))
}

/// Keeps what is brighter at a peak than at both ends.
fn keep(light: &mut Light, begin: &Light, peak: &Light) {
    for head in 0..light.dimmer.len() {
        let level = peak.dimmer[head];
        if level > light.dimmer[head] + 1e-6 && level > begin.dimmer[head] + 1e-6 {
            light.dimmer[head] = level;
            light.colored[head] = peak.colored[head];
            (0..3).for_each(|channel| light.color[channel][head] = peak.color[channel][head]);
        }
        if peak.strobe[head] > light.strobe[head] && peak.strobe[head] > begin.strobe[head] {
            light.strobe[head] = peak.strobe[head];
        }
    }
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
