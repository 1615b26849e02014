//! The pattern on the canvas, seen in the room while one works on it: a cue above all others, let go of when the canvas
//! closes.
//!
//! It goes where all light goes, on the wire too, as the programmer's values do.  Nothing of it is saved.

use std::sync::Arc;

use bevy::prelude::*;
use uuid::Uuid;

use super::graph::GraphEditor;
use crate::engine::composite::blend::BlendMode;
use crate::engine::graph::model::Graph;
use crate::engine::{Cue, CueMode, Fired, PatternGraph, TrackAnalysis};
use crate::patterns::trial::{BARS, Trial};
use crate::show::plugin::{CurrentLive, Part, PatternGraphs};

/// The cue, and the pattern it runs; no saved thing has this id.
pub const TRIAL: Uuid = Uuid::from_u128(0x4c75_6d61_2d74_7269_616c_2d6c_6179_6572);
/// Frames without the canvas after which it is closed.
const GONE: u32 = 2;

/// Keeps the cue what the canvas shows, or lets go of it.
pub(super) fn keep(
    mut editor: ResMut<GraphEditor>,
    mut gone: Local<u32>,
    track: Res<Part<TrackAnalysis>>,
    mut patterns: ResMut<Part<PatternGraphs>>,
    mut cues: ResMut<Part<Vec<Cue>>>,
    mut live: ResMut<CurrentLive>,
) {
    let drawn = editor.bypass_change_detection().take_drawn();
    *gone = if drawn { 0 } else { gone.saturating_add(1) };
    if *gone > GONE && editor.in_room {
        editor.in_room = false;
    }
    let wanted = editor.trial.as_ref().filter(|_| editor.in_room);
    let Some(trial) = wanted else {
        if live.0.cues.iter().any(|fired| fired.cue == TRIAL) {
            live.0.cues.retain(|fired| fired.cue != TRIAL);
        }
        if cues.get().iter().any(|cue| cue.id == TRIAL) {
            let others: Vec<Cue> = cues.get().iter().filter(|cue| cue.id != TRIAL).cloned().collect();
            cues.set(others);
            let mut left = PatternGraphs::clone(patterns.get());
            left.remove(&TRIAL);
            patterns.set(left);
        }
        return;
    };
    let known = patterns.get().get(&TRIAL).is_some_and(|known| *known.graph == trial.graph);
    if !known {
        let mut with = PatternGraphs::clone(patterns.get());
        with.insert(TRIAL, PatternGraph { name: "What is tried out".into(), graph: Arc::new(trial.graph.clone()) });
        patterns.set(with);
    }
    let cue = cue(trial, track.get());
    if !cues.get().contains(&cue) {
        let mut all: Vec<Cue> = cues.get().iter().filter(|other| other.id != TRIAL).cloned().collect();
        all.push(cue);
        cues.set(all);
    }
    if live.0.cues.iter().all(|fired| fired.cue != TRIAL) {
        // Bar 0: the four bars that the canvas shows are the four that play.
        live.0.cues.push(Fired { cue: TRIAL, bar: 0, level: 1.0 });
    }
}

fn cue(trial: &Trial, track: &TrackAnalysis) -> Cue {
    let along = listens(&trial.graph) && track.duration_secs > 0.0;
    let mode = if along { CueMode::WithTrack } else { CueMode::Loop { bars: BARS as u32 } };
    let args = trial.annotation.args.clone();
    Cue { id: TRIAL, name: "Tried out".into(), pattern: TRIAL, z: i32::MAX, blend: BlendMode::Replace, mode, args }
}

/// Whether the sound matters, which no loop of bars repeats.
fn listens(graph: &Graph) -> bool {
    const LISTENING: [&str; 5] = ["frequency_amplitude", "drum_onset_envelope", "harmony_analysis", "bar_energy", "section_change"];
    graph.nodes.iter().any(|node| LISTENING.contains(&node.type_id.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{BeatGrid, Rig};
    use crate::patterns::builtin;
    use crate::patterns::trial::by_itself;
    use crate::schedule::ShowSystems;
    use crate::show::plugin::{CurrentFrame, CurrentProgram};
    use crate::venue;
    use crate::venue::library::Library;

    #[test]
    fn what_is_tried_out_lights_the_room_until_the_canvas_closes() {
        let mut app = App::new();
        app.add_plugins((crate::schedule::plugin, crate::show::plugin::plugin)).init_resource::<GraphEditor>();
        app.add_systems(Update, keep.after(ShowSystems::Lower).before(ShowSystems::Compile));
        let grid = BeatGrid::steady(120.0, 4, 0.0, 64);
        let rig = venue::lower::rig(&venue::builtin("club").unwrap(), &Library::builtin()).0;
        app.world_mut().resource_mut::<Part<Rig>>().set(rig);
        app.world_mut().resource_mut::<Part<TrackAnalysis>>().set(TrackAnalysis::of_grid(grid.clone(), 32.0));
        let wash = builtin().into_iter().find(|pattern| pattern.name == "Colour wash").unwrap();
        let frames = |app: &mut App, drawn: bool, lit: bool| {
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
            loop {
                if drawn {
                    app.world_mut().resource_mut::<GraphEditor>().draw();
                }
                app.update();
                let frame = &app.world().resource::<CurrentFrame>().0;
                let any = app.world().resource::<CurrentProgram>().program.is_some() && frame.dimmer.iter().any(|&level| level > 0.5);
                if any == lit {
                    return;
                }
                assert!(std::time::Instant::now() < deadline, "lit: {any}, wanted: {lit}");
            }
        };
        frames(&mut app, true, false);
        {
            let mut editor = app.world_mut().resource_mut::<GraphEditor>();
            editor.trial = Some(by_itself(&wash, &grid, 0.0, ""));
            editor.in_room = true;
        }
        frames(&mut app, true, true);
        frames(&mut app, false, false);
        assert!(!app.world().resource::<GraphEditor>().in_room);
        assert!(app.world().resource::<Part<Vec<Cue>>>().get().is_empty());
        assert!(!app.world().resource::<Part<PatternGraphs>>().get().contains_key(&TRIAL));
        assert!(app.world().resource::<CurrentLive>().0.cues.is_empty());
    }
}
