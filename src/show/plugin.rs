//! The engine in the world: the parts that domains write, the program they add up to, and this frame's light.
//!
//! The world renders for the eye alone; the output thread renders for the wire, from the same program and with the
//! same function.  Compiling runs beside the frame; until it is done the old program plays on.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, poll_once};
use uuid::Uuid;

use crate::engine::{self, Annotation, Diagnostic, Frame, Live, PatternGraph, Program, Rig, Show, TrackAnalysis, Window};
use crate::schedule::ShowSystems;

/// A part of the show; written by its domain, read by everybody.
#[derive(Resource, Debug, Default)]
pub struct Part<T: Send + Sync + 'static>(Arc<T>);

impl<T: Send + Sync + 'static> Part<T> {
    pub fn set(&mut self, part: impl Into<Arc<T>>) {
        self.0 = part.into();
    }

    pub fn get(&self) -> &Arc<T> {
        &self.0
    }
}

/// The patterns of a show, by id.
pub type PatternGraphs = BTreeMap<Uuid, PatternGraph>;

/// What plays.  `None` until the first show has been compiled.
#[derive(Resource, Default)]
pub struct CurrentProgram {
    pub program: Option<Arc<Program>>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Where the show is.  Written by `playback/`, or by whoever renders pictures.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Playhead {
    pub at_secs: f64,
    pub playing: bool,
    pub rate: f64,
    /// True when the position did not come about by playing on from the last frame's.
    pub jumped: bool,
}

impl Default for Playhead {
    fn default() -> Self {
        Self { at_secs: 0.0, playing: false, rate: 1.0, jumped: true }
    }
}

/// What performers hold now.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct CurrentLive(pub Live);

/// The light of this moment.
#[derive(Resource, Debug, Default)]
pub struct CurrentFrame(pub Frame);

#[derive(Resource, Default)]
struct Compiling(Option<Task<(Program, Vec<Diagnostic>)>>);

/// Playing on for longer than this between two frames is a stall: the window is cut to it, so that one late picture
/// does not show every flash of the last minute at once.
const LONGEST_WINDOW_SECS: f64 = 0.5;

pub fn plugin(app: &mut App) {
    app.init_resource::<Part<Rig>>()
        .init_resource::<Part<Vec<Annotation>>>()
        .init_resource::<Part<PatternGraphs>>()
        .init_resource::<Part<TrackAnalysis>>()
        .init_resource::<CurrentProgram>()
        .init_resource::<Playhead>()
        .init_resource::<CurrentLive>()
        .init_resource::<CurrentFrame>()
        .init_resource::<Compiling>()
        .add_systems(Update, compile.in_set(ShowSystems::Compile))
        .add_systems(Update, render.in_set(ShowSystems::Render));
}

fn compile(
    rig: Res<Part<Rig>>,
    annotations: Res<Part<Vec<Annotation>>>,
    patterns: Res<Part<PatternGraphs>>,
    track: Res<Part<TrackAnalysis>>,
    mut stale: Local<bool>,
    mut compiling: ResMut<Compiling>,
    mut current: ResMut<CurrentProgram>,
) {
    *stale |= rig.is_changed() || annotations.is_changed() || patterns.is_changed() || track.is_changed();
    if let Some(task) = &mut compiling.0
        && let Some((program, diagnostics)) = block_on(poll_once(task))
    {
        *current = CurrentProgram { program: Some(Arc::new(program)), diagnostics };
        compiling.0 = None;
    }
    if !*stale || compiling.0.is_some() {
        return;
    }
    *stale = false;
    let show = Show { rig: rig.get().clone(), annotations: annotations.get().clone(), patterns: patterns.get().clone(), track: track.get().clone() };
    if current.program.is_none() {
        // Nothing plays yet: there is nothing to keep going meanwhile.
        let (program, diagnostics) = engine::compile(&show);
        *current = CurrentProgram { program: Some(Arc::new(program)), diagnostics };
    } else {
        compiling.0 = Some(AsyncComputeTaskPool::get_or_init(Default::default).spawn(async move { engine::compile(&show) }));
    }
}

fn render(current: Res<CurrentProgram>, playhead: Res<Playhead>, live: Res<CurrentLive>, mut frame: ResMut<CurrentFrame>) {
    let Some(program) = &current.program else {
        return;
    };
    let window = next_window(frame.0.window.to, &playhead);
    engine::render(program, window, &live.0, &mut frame.0);
}

/// The window since the last frame, or an instant after a jump.
fn next_window(last_to: f64, playhead: &Playhead) -> Window {
    let to = playhead.at_secs;
    let played = to - last_to;
    if playhead.jumped || !playhead.playing || played <= 0.0 {
        return Window::instant(to);
    }
    Window::ending(to, played.min(LONGEST_WINDOW_SECS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_spans_what_was_played_and_collapses_after_a_jump() {
        let playing = Playhead { at_secs: 10.0, playing: true, rate: 1.0, jumped: false };
        assert_eq!(next_window(9.98, &playing), Window { from: 9.98, to: 10.0 });
        assert_eq!(next_window(10.0, &playing), Window::instant(10.0), "nothing was played");
        assert_eq!(next_window(3.0, &Playhead { jumped: true, ..playing }), Window::instant(10.0));
        assert_eq!(next_window(9.98, &Playhead { playing: false, ..playing }), Window::instant(10.0));
        assert_eq!(next_window(1.0, &playing), Window { from: 9.5, to: 10.0 }, "a stall is cut short");
    }
}
