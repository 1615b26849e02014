//! What can be done at the desk by name and by key, as far as no domain has registered it itself.

use bevy::prelude::*;
use bevy_egui::egui::{Key, Modifiers};

use super::incoming::AskFile;
use super::tour;
use crate::document::builtin;
use crate::document::plugin::{Doc, Edit, Saved, Told, Travel};
use crate::document::selection::Selection;
use crate::document::subject;
use crate::document::transaction::Transaction;
use crate::patterns::panel::canvas::Deed as NodeDeed;
use crate::patterns::panel::graph::GraphEditor;
use crate::playback::panel::Wish;
use crate::playback::panel::beats::{Correct, GridDesk};
use crate::playback::panel::strip::bars_from;
use crate::playback::plugin::{Playback, Wanted};
use crate::previz::camera::CameraPreset;
use crate::previz::orbit::LookFrom;
use crate::score::panel::deeds::Deed;
use crate::score::panel::scores::ScoreDeed;
use crate::score::panel::{Timeline, Zoom};
use crate::show::plugin::{CurrentLive, Playhead};
use crate::store::plugin::Ask;
use crate::tracks::grid_edits::GridEdit;
use crate::tracks::markers::{self, Marker};
use crate::tracks::model::Track;
use crate::ui::actions::{AddAction, CTRL, CTRL_SHIFT, Palette};
use crate::ui::shell::Layouts;
use crate::venue::panel::highlight;
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
        app.add_action(label, keys, move |mut editor: ResMut<GraphEditor>, mut deeds: MessageWriter<Deed>| {
            // The same keys are meant for nodes where their canvas was clicked last.
            if !of_nodes(deed).is_some_and(|deed| editor.canvas.take_key(deed)) {
                deeds.write(deed);
            }
        });
    }
    let zooms = [
        ("Zoom in", Some((PLAIN, Key::Plus)), Zoom::In),
        ("Zoom out", Some((PLAIN, Key::Minus)), Zoom::Out),
        ("Zoom to the selection", Some((PLAIN, Key::Z)), Zoom::Selection),
        ("Zoom to the whole track", Some((Modifiers::SHIFT, Key::Z)), Zoom::Whole),
        ("Zoom to the loop", None, Zoom::Loop),
    ];
    for (label, keys, zoom) in zooms {
        app.add_action(label, keys, move |mut timeline: ResMut<Timeline>| timeline.zoom = Some(zoom));
    }
    app.add_action("Set a marker at the playhead", Some((PLAIN, Key::M)), set_marker)
        .add_action("Go to the next marker", Some((PLAIN, Key::CloseBracket)), to_marker(true))
        .add_action("Go to the marker before", Some((PLAIN, Key::OpenBracket)), to_marker(false))
        .add_action("Tap the tempo", Some((PLAIN, Key::T)), |playhead: Res<Playhead>, mut grid: ResMut<GridDesk>| {
            grid.tap(playhead.at_secs)
        })
        .add_action("Click on every beat, or none", Some((PLAIN, Key::C)), |mut grid: ResMut<GridDesk>| grid.click = !grid.click);
    let corrections = [
        ("Halve the tempo", Some(GridEdit::Halve)),
        ("Double the tempo", Some(GridEdit::Double)),
        ("Take the beat grid as it was heard", None),
    ];
    for (label, edit) in corrections {
        app.add_action(label, None, move |mut correct: MessageWriter<Correct>| {
            correct.write(Correct(edit));
        });
    }
    app.add_action("Begin a bar at the playhead", None, |playhead: Res<Playhead>, mut correct: MessageWriter<Correct>| {
        correct.write(Correct(Some(GridEdit::Downbeat { at: playhead.at_secs, onward: false })));
    });
    for (label, deed) in [
        ("New score", ScoreDeed::New),
        ("Copy the score", ScoreDeed::Copy),
        ("New auto score", ScoreDeed::Auto(0)),
        ("Fill the gaps of the score", ScoreDeed::Fill(0)),
    ] {
        app.add_action(label, None, move |mut deeds: MessageWriter<ScoreDeed>| {
            deeds.write(deed.clone());
        });
    }
    app.add_action("Highlight the selected fixtures", Some((PLAIN, Key::H)), highlight::toggle);
    app.add_action("Blink the selected fixtures", Some((Modifiers::SHIFT, Key::H)), highlight::toggle_blink);
    app.add_action("Delete what is selected", Some((PLAIN, Key::Delete)), delete_selected).add_action(
        "Select nothing",
        Some((PLAIN, Key::Escape)),
        |mut editor: ResMut<GraphEditor>, mut selection: ResMut<Selection>| {
            if !editor.canvas.take_key(NodeDeed::SelectNone) {
                selection.clear();
            }
        },
    );
    let views = [
        ("Look from the front", Key::Num1),
        ("Look from above", Key::Num2),
        ("Look from the side", Key::Num3),
        ("Look from the DJ's place", Key::Num4),
    ];
    for ((label, key), preset) in views.into_iter().zip(CameraPreset::ALL) {
        app.add_action(label, Some((PLAIN, key)), move |mut look: MessageWriter<LookFrom>| {
            look.write(LookFrom(preset.into()));
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

fn wish(wish: impl Fn(f64) -> Wish + Send + Sync + 'static) -> impl FnMut(Res<Playhead>, MessageWriter<Wanted>) + Send + Sync + 'static {
    move |playhead, mut wanted| {
        wanted.write(Wanted(wish(playhead.at_secs)));
    }
}

fn set_marker(
    playhead: Res<Playhead>,
    track: Query<&Doc<Track>>,
    known: Query<&Doc<Marker>>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let Some(track) = track.iter().next() else { return };
    match markers::set(track.id, playhead.at_secs, &(known.iter().count() + 1).to_string()) {
        Ok(transaction) => drop(edits.write(Edit(transaction))),
        Err(bad) => drop(told.write(Told::Refused(bad.to_string()))),
    }
}

fn to_marker(forward: bool) -> impl FnMut(Res<Playhead>, Query<&Doc<Marker>>, MessageWriter<Wanted>) + Send + Sync + 'static {
    move |playhead, known, mut wanted| {
        let known: Vec<Marker> = known.iter().map(|doc| Marker::clone(doc)).collect();
        wanted.write_batch(markers::next(&known, playhead.at_secs, forward).map(|marker| Wanted(Wish::Seek(marker.at))));
    }
}

/// What a deed with annotations is with nodes.
fn of_nodes(deed: Deed) -> Option<NodeDeed> {
    Some(match deed {
        Deed::SelectAll => NodeDeed::SelectAll,
        Deed::Copy => NodeDeed::Copy,
        Deed::Cut => NodeDeed::Cut,
        Deed::Paste => NodeDeed::Paste,
        Deed::Duplicate => NodeDeed::Duplicate,
        _ => return None,
    })
}

fn delete_selected(mut editor: ResMut<GraphEditor>, selection: Res<Selection>, mut edits: MessageWriter<Edit>) {
    if editor.canvas.take_key(NodeDeed::Remove) {
        return;
    }
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
