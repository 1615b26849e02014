//! Cues in the world: pads become a part of the show, hands on them what is live.

use bevy::prelude::*;

use super::model::{Hand, Pad, Running};
use crate::document::plugin::{Doc, Place};
use crate::engine::{BeatGrid, Cue};
use crate::schedule::ShowSystems;
use crate::show::plugin::{CurrentLive, Part, Playhead};
use crate::tracks::model::Track;

/// Somebody presses or lets go.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressed(pub Hand);

/// Which pads are on.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Pads(pub Running);

pub fn plugin(app: &mut App) {
    app.init_resource::<Pads>()
        .add_message::<Pressed>()
        .add_systems(Update, lower.run_if(changed).in_set(ShowSystems::Lower))
        .add_systems(Update, run.after(ShowSystems::Transport).before(ShowSystems::Lower));
}

/// All of them as people arranged them.
pub fn sorted(pads: &Query<(&Place, &Doc<Pad>)>) -> Vec<Pad> {
    let mut all: Vec<_> = pads.iter().collect();
    all.sort_by_key(|(place, pad)| (**place, pad.id));
    all.into_iter().map(|(_, pad)| Pad::clone(pad)).collect()
}

fn changed(changed: Query<(), Changed<Doc<Pad>>>, gone: RemovedComponents<Doc<Pad>>) -> bool {
    !changed.is_empty() || !gone.is_empty()
}

fn lower(pads: Query<(&Place, &Doc<Pad>)>, mut part: ResMut<Part<Vec<Cue>>>) {
    part.set(sorted(&pads).iter().map(Pad::cue).collect::<Vec<Cue>>());
}

fn run(
    mut pressed: MessageReader<Pressed>,
    pads: Query<(&Place, &Doc<Pad>)>,
    track: Query<&Doc<Track>>,
    playhead: Res<Playhead>,
    mut running: ResMut<Pads>,
    mut live: ResMut<CurrentLive>,
) {
    if pressed.is_empty() && running.0 == Running::default() && live.0.cues.is_empty() {
        return;
    }
    let all = sorted(&pads);
    let free = BeatGrid::default();
    let grid = track.iter().next().map_or(&free, |track| &track.analysis.grid);
    let mut now = running.0.clone();
    for Pressed(hand) in pressed.read() {
        now.hear(*hand, &all, playhead.at_secs);
    }
    now.settle(&all, grid, playhead.at_secs);
    let fired = now.fired(grid);
    if live.0.cues != fired {
        live.0.cues = fired;
    }
    running.set_if_neq(Pads(now));
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::document::builtin;
    use crate::document::history::Document;
    use crate::document::plugin::{Edit, OpenDocument};
    use crate::venue::library::Library;

    #[test]
    fn a_pad_that_is_pressed_runs_above_the_score_until_it_is_let_go() {
        let mut app = App::new();
        app.add_plugins((
            TaskPoolPlugin::default(),
            crate::schedule::plugin,
            crate::document::plugin::plugin,
            crate::show::plugin::plugin,
            plugin,
        ));
        let mut document = Document::default();
        document.edit(&builtin::install(&Library::builtin()).unwrap()).unwrap();
        let desk = builtin::desk();
        app.world_mut().write_message(OpenDocument { document: Some(document), desk, track: crate::demo::track_without_sound() });
        app.update();
        let pattern = crate::patterns::builtin::builtin()[0].id;
        let pad = Pad { id: Uuid::from_u128(7), name: "Wash".into(), pattern, ..Pad::default() };
        app.world_mut().write_message(Edit(super::super::rows::add(desk.venue, &pad, 0).unwrap()));
        app.update();
        app.update();
        assert_eq!(app.world().resource::<Part<Vec<Cue>>>().get().iter().map(|cue| cue.id).collect::<Vec<_>>(), [pad.id]);
        for n_on in [1, 0] {
            app.world_mut().write_message(Pressed(Hand::Down(pad.id)));
            app.update();
            assert_eq!(app.world().resource::<CurrentLive>().0.cues.len(), n_on);
        }
    }
}
