//! Five songs dropped on the studio: waveform at once, grids one by one, cancel, a correction that stays, and all of it found
//! again at the next start.

use std::path::Path;
use std::time::{Duration, Instant};

use bevy::window::FileDragAndDrop;

use super::offscreen::Offscreen;
use super::studio_tests::demo;
use super::*;
use crate::analysis::listener::Line;
use crate::analysis::panel::{Asked, Listening};
use crate::analysis::queue::State;
use crate::document::plugin::{Doc, Edit, OnDesk, Saved, Travel};
use crate::document::record;
use crate::engine::StrobeGuard;
use crate::output::worker::OutputHandle;
use crate::playback::panel::beats::Correct;
use crate::registry::TableId;
use crate::store;
use crate::tracks::grid_edits::GridEdit;
use crate::tracks::model::Stage;
use crate::tracks::wav;

const PATIENCE: Duration = Duration::from_secs(240);

/// Kicks, and a hat between them.
fn write_song(folder: &Path, bpm: f64, secs: f64) -> std::path::PathBuf {
    let period = 60.0 / bpm * 44_100.0;
    let frame = |at: usize| {
        let since = at as f64 - ((at as f64 - 9_000.0) / period).floor() * period - 9_000.0;
        [(0.6 * (-since / 1_500.0).exp() * (since * 0.009).sin()) as f32; 2]
    };
    let path = folder.join(format!("song {bpm}.wav"));
    std::fs::write(&path, wav::bytes(&(0..(secs * 44_100.0) as usize).map(frame).collect::<Vec<_>>(), 44_100)).unwrap();
    path
}

/// The studio on the library in a folder, as the window would open it.
fn studio(folder: &Path) -> Offscreen {
    let (store, opened) = store::start(&folder.join("luma.db"), store::Options::default()).unwrap();
    let mut desktop = Desktop { guard: StrobeGuard::default(), ..demo() };
    if opened.document.ground().rows(TableId::Tracks).next().is_some() {
        desktop.document = opened.document;
    } else {
        let mut document = opened.document;
        let install = crate::document::builtin::install(&Library::builtin()).unwrap();
        store.commit(document.edit(&install).unwrap().unwrap());
        desktop.document = document;
    }
    desktop.store = Some(store);
    let mut studio = Offscreen::new(desktop, OutputHandle::default()).unwrap();
    until(&mut studio, "a track on the desk", |world| world.query::<&Doc<Track>>().iter(world).next().is_some());
    studio
}

#[track_caller]
fn until(studio: &mut Offscreen, what: &str, done: impl Fn(&mut World) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done(studio.world()) {
        assert!(Instant::now() < deadline, "{what} was waited for in vain: {:?}", lines(studio.world()));
        studio.update();
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn lines(world: &World) -> (Vec<Line>, usize) {
    world.resource::<Listening>().0.as_ref().map(|listener| listener.progress()).unwrap_or_default()
}

fn on_desk(world: &mut World) -> Track {
    world.query::<&Doc<Track>>().iter(world).next().map(|doc| Track::clone(doc)).unwrap()
}

fn bpm_of(world: &World, title: &str) -> Option<f64> {
    let ground = world.resource::<Saved>().ground();
    ground.rows(TableId::Tracks).find(|row| row.text("title").is_ok_and(|known| known == title))?.real("bpm").ok()
}

#[test]
fn songs_that_are_dropped_are_listened_to_corrected_and_known_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let tempi = [104.0, 112.0, 124.0, 136.0, 148.0];
    let files = tempi.map(|bpm| write_song(folder.path(), bpm, 20.0));
    let mut first = studio(folder.path());
    for path_buf in files {
        first.world().write_message(FileDragAndDrop::DroppedFile { window: Entity::PLACEHOLDER, path_buf });
    }
    until(&mut first, "the first song on the desk", |world| on_desk(world).title == "song 104");
    let track = on_desk(first.world());
    assert!(!track.waveform.columns.is_empty() && track.sound.is_some(), "its waveform is there at once");
    until(&mut first, "a song in the queue", |world| !lines(world).0.is_empty() || lines(world).1 > 0);
    until(&mut first, "the grid of the song on the desk", |world| on_desk(world).hearing.stage == Stage::Whole);
    let track = on_desk(first.world());
    assert!((track.analysis.grid.bpm - 104.0).abs() < 0.1, "{}", track.analysis.grid.bpm);
    assert!(track.analysis.drums.as_ref().is_some_and(|[kick, ..]| kick.len() > 20), "lights have drums to react to");
    let OnDesk(desk) = *first.world().resource::<OnDesk>();
    let score = record::score(first.world().resource::<Saved>().ground(), desk.score, &mut Vec::new()).unwrap();
    until(&mut first, "the score that waited", |world| {
        world.resource::<Saved>().ground().children(desk.score, TableId::TrackScores).count() > 3
    });
    assert_ne!(score.name, "", "{score:?}");
    until(&mut first, "all five", |world| lines(world).1 == 5);
    for bpm in tempi {
        let title = format!("song {bpm}");
        until(&mut first, "a tempo in the library", |world| bpm_of(world, &title).is_some());
        let found = bpm_of(first.world(), &title).unwrap();
        assert!((found - bpm).abs() < 0.1, "the library says {found}, not {bpm}");
    }
    // Undo takes the score back, not what was heard.
    first.world().write_message(Travel::Undo);
    first.update();
    assert!(bpm_of(first.world(), "song 104").is_some());
    first.world().write_message(Travel::Redo);
    first.update();
    // A hand corrects the grid.
    first.world().write_message(Correct(Some(GridEdit::Halve)));
    until(&mut first, "the correction", |world| (on_desk(world).analysis.grid.bpm - 52.0).abs() < 0.1);
    drop(first);

    // Chords have to be heard again; the rest is known, and the correction is still there.
    std::fs::remove_dir_all(folder.path().join("logits")).unwrap();
    let mut second = studio(folder.path());
    second.update();
    let score = second.world().resource::<Saved>().ground().children(track.id, TableId::Scores).next().map(|row| row.id()).unwrap();
    let OnDesk(desk) = *second.world().resource::<OnDesk>();
    second.world().write_message(crate::document::plugin::PutOnDesk(Desk { score, track: track.id, ..desk }));
    until(&mut second, "the song again", |world| on_desk(world).id == track.id && on_desk(world).hearing.stage == Stage::Whole);
    let again = on_desk(second.world());
    assert!((again.analysis.grid.bpm - 52.0).abs() < 0.1 && again.edits() == [GridEdit::Halve], "{}", again.analysis.grid.bpm);
    assert!((again.heard().grid.bpm - 104.0).abs() < 0.1);
    assert!(!again.hearing.alternatives.is_empty());
    until(&mut second, "all of them", |world| lines(world).1 == 5);
}

#[test]
fn a_song_whose_file_is_gone_says_so_and_can_be_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = studio(folder.path());
    let row = crate::registry::Row::new(
        TableId::Tracks,
        [
            ("id", Track::id_of("abc").into()),
            ("track_hash", "abc".into()),
            ("title", "Gone".into()),
            ("file_path", folder.path().join("gone.flac").to_string_lossy().into_owned().into()),
        ],
    );
    studio.world().write_message(Edit(crate::document::transaction::Transaction::new("Add").put(row.unwrap())));
    until(&mut studio, "the reason", |world| {
        lines(world).0.iter().any(|line| matches!(&line.state, State::Failed { reason, .. } if reason.contains("gone.flac")))
    });
    studio.world().write_message(Asked::Cancel("abc".into()));
    until(&mut studio, "the end of it", |world| lines(world).0.iter().any(|line| line.state == State::Cancelled));
    studio.world().write_message(Asked::Retry("abc".into()));
    until(&mut studio, "another try", |world| lines(world).0.iter().any(|line| matches!(line.state, State::Failed { .. })));
}
