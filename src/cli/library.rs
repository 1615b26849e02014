//! What the window plays and edits: the library, with the demo in it and whatever was named put there.
//!
//! Verbs that only look never open the library for writing: see [`kept`].

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Result;
use uuid::Uuid;

use super::open::{self, Opened};
use super::refused;
use crate::document::builtin;
use crate::document::ground::Ground;
use crate::document::history::Document;
use crate::document::record::{self, Desk, Records};
use crate::document::transaction::Transaction;
use crate::registry::TableId;
use crate::score::model::{Annotation, Score};
use crate::store::{self, Store};
use crate::tracks::model::Track;
use crate::venue::library::Library;
use crate::{demo, score, tracks, venue};

/// `--db FILE`, if it was given.
static NAMED: OnceLock<PathBuf> = OnceLock::new();

/// Keeps what `--db` said for all verbs.
pub(super) fn name(path: Option<PathBuf>) {
    if let Some(path) = path {
        NAMED.get_or_init(|| path);
    }
}

fn named() -> Option<&'static Path> {
    NAMED.get().map(PathBuf::as_path)
}

/// Set once the demo was put into a library, so that who deletes it has it deleted.
const DEMO_INSTALLED: &str = "demo_installed";

/// A show on the desk, in a library that is open for writing.
pub(super) struct OnDesk {
    pub(super) opened: Opened,
    pub(super) document: Document,
    pub(super) desk: Desk,
    pub(super) store: Store,
}

struct Editing {
    store: Store,
    document: Document,
    notices: Vec<String>,
}

impl Editing {
    fn edit(&mut self, transaction: &Transaction) -> Result<()> {
        if let Some(commit) = self.document.edit(transaction).map_err(refused)? {
            self.store.commit(commit);
        }
        Ok(())
    }
}

/// Opens the library and puts `name` on the desk: `demo`, or an audio file.
pub(super) fn open(name: &str, venue: &str) -> Result<OnDesk> {
    let path =
        store::paths::library(named()).ok_or_else(|| refused("this system names no place for an application's data: give --db FILE"))?;
    let (store, opened) = store::start(&path, store::Options::default()).map_err(refused)?;
    let mut editing = Editing { store, document: opened.document, notices: opened.notices };
    let library = Library::builtin();
    if editing.store.setting(DEMO_INSTALLED).is_none() {
        editing.edit(&builtin::install(&library).map_err(refused)?)?;
        editing.store.set_setting(DEMO_INSTALLED, Some("1".into()));
    }
    let track = if name == "demo" { demo_on_desk(&mut editing, &library)? } else { file_on_desk(&mut editing, name)? };
    let (venue, library) = venue_on_desk(&mut editing, venue, library)?;
    let score = score_on_desk(&mut editing, &track, venue)?;
    let desk = Desk { venue, score, track: track.id };
    let opened = show(editing.document.ground(), desk, track, library, &mut editing.notices)?;
    // Who quits at once finds it all the same.
    editing.store.flush(Duration::from_secs(2)).unwrap_or_default();
    Ok(OnDesk { opened, document: editing.document, desk, store: editing.store })
}

fn demo_on_desk(editing: &mut Editing, library: &Library) -> Result<Track> {
    let desk = builtin::desk();
    let ground = editing.document.ground();
    let here = ground.get(TableId::Scores, desk.score).is_some() && ground.get(TableId::Venues, desk.venue).is_some();
    if !here {
        let restore = builtin::restore(ground, library).map_err(refused)?;
        editing.edit(&restore)?;
        editing.notices.push("The demo show had been deleted from this library; it is back (Undo removes it again)".into());
    }
    Ok(demo::track())
}

fn file_on_desk(editing: &mut Editing, name: &str) -> Result<Track> {
    let (track, warnings) = open::track_file(name)?;
    editing.notices.extend(warnings);
    let row = tracks::rows::row(&track).map_err(refused)?;
    match editing.document.ground().get(TableId::Tracks, track.id) {
        // Known, perhaps from elsewhere: what people wrote about it stays.
        Some(known) if known.text("file_path").is_ok_and(|path| track.file.as_deref() == Some(Path::new(path))) => {}
        Some(_) => {
            let path = row.get("file_path").clone();
            let found = Transaction::new(format!("Find {}", track.title)).set(TableId::Tracks, track.id, [("file_path", path)]);
            editing.edit(&found)?;
        }
        None => editing.edit(&Transaction::new(format!("Add {}", track.title)).put(row))?,
    }
    Ok(track)
}

/// A venue of the library by its name, or one from a file or out of the program, which is then put into the library.
fn venue_on_desk(editing: &mut Editing, name: &str, builtin: Library) -> Result<(Uuid, Library)> {
    let known = record::by_name(editing.document.ground(), TableId::Venues);
    if let Some(&id) = known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, id)| id) {
        return Ok((id, builtin));
    }
    let (found, library) = open::open_venue(name)?;
    if editing.document.ground().get(TableId::Venues, found.id).is_none() {
        let rows = venue::rows::rows(&found, &library).map_err(refused)?;
        editing.edit(&Transaction::new(format!("Add venue {}", found.name)).put_all(rows))?;
    }
    Ok((found.id, library))
}

/// The track's first score, or an automatic one.
fn score_on_desk(editing: &mut Editing, track: &Track, venue: Uuid) -> Result<Uuid> {
    let ground = editing.document.ground();
    if let Some(row) = ground.children(track.id, TableId::Scores).next() {
        return Ok(row.id());
    }
    let patterns = record::all_patterns(ground, venue, &mut Vec::new());
    let auto = of_track(score::auto::score(&track.analysis, &patterns, 0), track.id);
    let rows = score::rows::rows(&auto, track.id, None).map_err(refused)?;
    editing.edit(&Transaction::new(format!("Auto score for {}", track.title)).put_all(rows))?;
    Ok(auto.id)
}

/// An automatic score's ids are the same for every track; in a library they are the track's own.
fn of_track(score: Score, track: Uuid) -> Score {
    let own = |id: Uuid| Uuid::new_v5(&track, id.as_bytes());
    let annotations = score.annotations.into_iter().map(|one| Annotation { id: own(one.id), ..one }).collect();
    Score { id: own(score.id), annotations, ..score }
}

fn show(ground: &Ground, desk: Desk, track: Track, library: Library, notices: &mut Vec<String>) -> Result<Opened> {
    let mut bad = Vec::new();
    let missing = |what: &str| refused(format!("the library has no such {what} (any more)"));
    let venue = record::venue(ground, desk.venue, &mut bad).ok_or_else(|| missing("venue"))?;
    let score = record::score(ground, desk.score, &mut bad).ok_or_else(|| missing("score"))?;
    let patterns = record::all_patterns(ground, desk.venue, &mut bad);
    notices.extend(bad.iter().map(|bad| format!("{bad}: left out until that is mended")));
    Ok(open::opened(Records { venue, track, score, patterns }, Arc::new(library), std::mem::take(notices)))
}

/// A show that the library keeps, opened to look at: the demo, or a score by its name.  `None` where there is no library or
/// nothing of that name in it.
pub(super) fn kept(name: &str, venue: Option<&str>, notices: &mut Vec<String>) -> Result<Option<Opened>> {
    let Some(path) = store::paths::library(named()).filter(|path| path.exists()) else {
        return Ok(None);
    };
    let opened = match store::read(&path) {
        Ok(opened) => opened,
        // A library that was asked for must open; one that merely lies there must not keep the demo from playing.
        Err(error) if named().is_some() => return Err(refused(error)),
        Err(error) => {
            notices.push(error.to_string());
            return Ok(None);
        }
    };
    let ground = opened.document.ground();
    let demo = builtin::desk();
    let scores = record::by_name(ground, TableId::Scores);
    let wanted = if name == "demo" { Some(demo.score) } else { scores.get(name).copied() };
    let Some(row) = wanted.and_then(|id| ground.get(TableId::Scores, id)) else {
        return Ok(None);
    };
    notices.extend(opened.notices);
    let track_id = row.uuid("track_id").map_err(refused)?;
    let track = if track_id == demo.track { demo::track() } else { kept_track(ground, track_id, notices)? };
    let known = record::by_name(ground, TableId::Venues);
    let own = venue.and_then(|name| known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, id)| *id));
    let mut desk = Desk { venue: own.unwrap_or(demo.venue), score: row.id(), track: track_id };
    let mut bad = Vec::new();
    let foreign = venue.filter(|_| own.is_none()).map(open::open_venue).transpose()?;
    let (venue, library) = match foreign {
        Some((venue, library)) => {
            desk.venue = venue.id;
            (venue, library)
        }
        None => match record::venue(ground, desk.venue, &mut bad) {
            Some(venue) => (venue, Library::builtin()),
            None => open::open_venue(open::DEFAULT_VENUE)?,
        },
    };
    let Some(score) = record::score(ground, desk.score, &mut bad) else { return Ok(None) };
    let patterns = record::all_patterns(ground, desk.venue, &mut bad);
    notices.extend(bad.iter().map(|bad| format!("{bad}: left out until that is mended")));
    Ok(Some(open::opened(Records { venue, track, score, patterns }, Arc::new(library), std::mem::take(notices))))
}

/// A track of the library with its sound.
fn kept_track(ground: &Ground, id: Uuid, notices: &mut Vec<String>) -> Result<Track> {
    let row = ground.get(TableId::Tracks, id).ok_or_else(|| refused("the score's track is not in the library"))?;
    let path = row.text("file_path").map_err(refused)?;
    let (track, warnings) = open::track_file(path)?;
    if track.id != id {
        notices.push(format!("{path} is no longer the file that this score was made for"));
    }
    notices.extend(warnings);
    let label = tracks::rows::label(row).map_err(refused)?;
    Ok(Track { id, title: label.title, artist: label.artist, ..track })
}
