//! What can be done at the desk by name and by key, as far as no domain has registered it itself.

use std::collections::BTreeSet;

use bevy::prelude::*;
use bevy_egui::egui::{Key, Modifiers};
use uuid::Uuid;

use super::incoming::AskFile;
use super::tour;
use crate::document::builtin;
use crate::document::plugin::{Doc, Edit, Saved, Told, Travel};
use crate::document::selection::Selection;
use crate::document::subject;
use crate::document::transaction::Transaction;
use crate::playback::panel::Wish;
use crate::playback::panel::strip::bars_from;
use crate::playback::plugin::{Playback, Wanted};
use crate::engine::Rig;
use crate::previz::bench::{Bench, Labels};
use crate::previz::camera::CameraPreset;
use crate::previz::gizmo::Tool;
use crate::previz::orbit::LookFrom;
use crate::previz::workplace::FocusOnSelection;
use crate::registry::TableId;
use crate::score::panel::deeds::Deed;
use crate::show::plugin::{CurrentLive, Part, Playhead};
use crate::store::plugin::Ask;
use crate::tracks::model::Track;
use crate::ui::actions::{AddAction, CTRL, CTRL_SHIFT, Palette};
use crate::ui::shell::Layouts;
use crate::venue::edits::arrange::{Arrange, Edge};
use crate::venue::panel::{arrange, highlight};
use crate::venue::paper::What;
use crate::venue::plugin::Definitions;

const SEEK_SECS: f64 = 5.0;
const PLAIN: Modifiers = Modifiers::NONE;

pub(super) fn plugin(app: &mut App) {
    app.add_action("Commands", Some((CTRL, Key::K)), |mut palette: ResMut<Palette>| palette.open())
        .add_action("Undo", Some((CTRL, Key::Z)), |mut travel: MessageWriter<Travel>| {
            travel.write(Travel::Undo);
        })
        .add_action("Redo", Some((CTRL_SHIFT, Key::Z)), |mut travel: MessageWriter<Travel>| {
            travel.write(Travel::Redo);
        })
        .add_action("Play or pause", Some((PLAIN, Key::Space)), wish(|_| Wish::PlayOrPause))
        .add_action("Go to the start", Some((PLAIN, Key::Home)), wish(|_| Wish::Seek(0.0)))
        .add_action("Back five seconds", Some((PLAIN, Key::ArrowLeft)), wish(|at_secs| Wish::Seek(at_secs - SEEK_SECS)))
        .add_action("On five seconds", Some((PLAIN, Key::ArrowRight)), wish(|at_secs| Wish::Seek(at_secs + SEEK_SECS)))
        .add_action("Loop four bars, or end the loop", Some((PLAIN, Key::L)), toggle_loop)
        .add_action("Blackout", Some((PLAIN, Key::B)), |live: Res<CurrentLive>, mut wanted: MessageWriter<Wanted>| {
            wanted.write(Wanted(Wish::Blackout(!live.0.blackout)));
        });
    let deeds = [
        ("Select all annotations", Some((CTRL, Key::A)), Deed::SelectAll),
        ("Copy annotations", Some((CTRL, Key::C)), Deed::Copy),
        ("Cut annotations", Some((CTRL, Key::X)), Deed::Cut),
        ("Paste annotations at the playhead", Some((CTRL, Key::V)), Deed::Paste),
        ("Duplicate annotations", Some((CTRL, Key::D)), Deed::Duplicate),
        ("Split annotations at the playhead", Some((PLAIN, Key::S)), Deed::Split),
        ("Move annotations one step earlier", Some((PLAIN, Key::Comma)), Deed::Earlier),
        ("Move annotations one step later", Some((PLAIN, Key::Period)), Deed::Later),
    ];
    for (label, keys, deed) in deeds {
        app.add_action(label, keys, move |mut deeds: MessageWriter<Deed>| {
            deeds.write(deed);
        });
    }
    app.add_action("Highlight the selected fixtures", Some((PLAIN, Key::H)), highlight::toggle);
    app.add_action("Delete what is selected", Some((PLAIN, Key::Delete)), delete_selected).add_action(
        "Select nothing",
        Some((PLAIN, Key::Escape)),
        |mut selection: ResMut<Selection>| selection.clear(),
    );
    room_actions(app);
    let views = [
        ("Look from the front", Key::Num1),
        ("Look from above", Key::Num2),
        ("Look from the side", Key::Num3),
        ("Look from the DJ's place", Key::Num4),
    ];
    for ((label, key), preset) in views.into_iter().zip(CameraPreset::ALL) {
        app.add_action(label, Some((PLAIN, key)), move |mut look: MessageWriter<LookFrom>| {
            look.write(LookFrom(preset));
        });
    }
    for (label, keys, purpose) in [
        ("Import songs, shows, venues", Some((CTRL, Key::O)), AskFile::Import),
        ("Export the show", Some((CTRL, Key::E)), AskFile::Export),
        ("Export the venue as MVR", None, AskFile::Room),
        ("Write the patch sheet", None, AskFile::Sheet(What::Patch)),
        ("Write the address labels", None, AskFile::Sheet(What::Labels)),
        ("Write the universe map", None, AskFile::Sheet(What::Universes)),
        ("Write power and weight", None, AskFile::Sheet(What::Power)),
    ] {
        app.add_action(label, keys, move |mut ask: MessageWriter<AskFile>| {
            ask.write(purpose);
        });
    }
    app.add_action("Back up the library now", None, |mut ask: MessageWriter<Ask>| {
        ask.write(Ask::BackUp);
    })
    .add_action("Restore the demo show", None, restore_demo);
    app.add_action("Show the tour", None, tour::restart);
    app.add_action("Set the desk back as delivered", None, |mut layouts: ResMut<Layouts>| layouts.reset());
    let keys = [Key::F1, Key::F2, Key::F3, Key::F4, Key::F5, Key::F6];
    let labels = ["First desk", "Second desk", "Third desk", "Fourth desk", "Fifth desk", "Sixth desk"];
    for (at, (key, label)) in keys.into_iter().zip(labels).enumerate() {
        app.add_action(label, Some((PLAIN, key)), move |mut layouts: ResMut<Layouts>| layouts.choose(at));
    }
}

/// Picking, tools and arranging, in the room and on plans.
fn room_actions(app: &mut App) {
    app.add_action("Select all fixtures", Some((CTRL_SHIFT, Key::A)), |rig: Res<Part<Rig>>, mut selection: ResMut<Selection>| {
        selection.set(rig.get().fixtures.iter().map(|fixture| (TableId::Fixtures, fixture.id)));
    })
    .add_action("Select the other fixtures", None, |rig: Res<Part<Rig>>, mut selection: ResMut<Selection>| {
        let picked: BTreeSet<Uuid> = selection.of(TableId::Fixtures).collect();
        let others = rig.get().fixtures.iter().map(|fixture| fixture.id).filter(|id| !picked.contains(id));
        selection.set(others.map(|id| (TableId::Fixtures, id)));
    })
    .add_action("Look at the selected fixtures", Some((PLAIN, Key::F)), |mut focus: MessageWriter<FocusOnSelection>| {
        focus.write(FocusOnSelection);
    });
    for (label, key, tool) in
        [("Select fixtures", Key::Q, Tool::Select), ("Move fixtures", Key::W, Tool::Move), ("Turn fixtures", Key::E, Tool::Turn)]
    {
        app.add_action(label, Some((PLAIN, key)), move |mut bench: ResMut<Bench>| bench.tool = tool);
    }
    app.add_action("Keep moves and turns to steps, or not", None, |mut bench: ResMut<Bench>| bench.snapping ^= true);
    app.add_action("Ask why lamps are on", None, |mut bench: ResMut<Bench>| bench.asking ^= true);
    for (labels, name) in Labels::ALL {
        let label = if labels == Labels::None { "Label fixtures with nothing".to_owned() } else { format!("Label fixtures: {}", name.to_lowercase()) };
        app.add_action(label.leak(), None, move |mut bench: ResMut<Bench>| bench.labels = labels);
    }
    let align = |axis, to| arrange::Deed::This(Arrange::Align { axis, to });
    let deeds = [
        ("Line up fixtures at the left", align(0, Edge::Low)),
        ("Line up fixtures at their centre", align(0, Edge::Middle)),
        ("Line up fixtures at the right", align(0, Edge::High)),
        ("Line up fixtures at the front", align(1, Edge::Low)),
        ("Line up fixtures at their middle depth", align(1, Edge::Middle)),
        ("Line up fixtures at the back", align(1, Edge::High)),
        ("Line up fixtures at the lowest", align(2, Edge::Low)),
        ("Line up fixtures at their middle height", align(2, Edge::Middle)),
        ("Line up fixtures at the highest", align(2, Edge::High)),
        ("Spread fixtures across", arrange::Deed::This(Arrange::Distribute { axis: 0 })),
        ("Spread fixtures in depth", arrange::Deed::This(Arrange::Distribute { axis: 1 })),
        ("Spread fixtures in height", arrange::Deed::This(Arrange::Distribute { axis: 2 })),
        ("Lay fixtures in a line, first to last", arrange::Deed::This(Arrange::Spread)),
        ("Lay fixtures in a ring", arrange::Deed::Ring),
        ("Mirror fixtures left and right", arrange::Deed::This(Arrange::Mirror { axis: 0, at: 0.0 })),
        ("Mirror fixtures front and back", arrange::Deed::This(Arrange::Mirror { axis: 1, at: 0.0 })),
    ];
    for (label, deed) in deeds {
        app.add_action(label, None, move |mut deeds: MessageWriter<arrange::Deed>| {
            deeds.write(deed);
        });
    }
}

fn wish(wish: impl Fn(f64) -> Wish + Send + Sync + 'static) -> impl FnMut(Res<Playhead>, MessageWriter<Wanted>) + Send + Sync + 'static {
    move |playhead, mut wanted| {
        wanted.write(Wanted(wish(playhead.at_secs)));
    }
}

fn delete_selected(selection: Res<Selection>, mut edits: MessageWriter<Edit>) {
    let Some((table, _)) = selection.last() else { return };
    let ids: Vec<_> = selection.of(table).collect();
    let what = if ids.len() == 1 { subject::one(table).to_owned() } else { format!("{} {}s", ids.len(), subject::one(table)) };
    edits.write(Edit(ids.into_iter().fold(Transaction::new(format!("Delete {what}")), |all, id| all.delete(table, id))));
}

fn restore_demo(saved: Res<Saved>, definitions: Res<Definitions>, mut edits: MessageWriter<Edit>, mut told: MessageWriter<Told>) {
    match builtin::restore(saved.ground(), &definitions.0) {
        Ok(restore) => drop(edits.write(Edit(restore))),
        Err(error) => drop(told.write(Told::Refused(error.to_string()))),
    }
}

fn toggle_loop(playback: Option<Res<Playback>>, playhead: Res<Playhead>, track: Query<&Doc<Track>>, mut wanted: MessageWriter<Wanted>) {
    let looping = playback.is_some_and(|playback| playback.player.transport().loop_region().is_some());
    let four = |track: &Track| bars_from(&track.analysis.grid, playhead.at_secs, track.analysis.duration_secs, 4.0);
    let region = track.iter().next().filter(|_| !looping).and_then(|track| four(track));
    if looping || region.is_some() {
        wanted.write(Wanted(Wish::Loop(region)));
    }
}
