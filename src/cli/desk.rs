//! What the window plays and edits: the library, with the demo in it and whatever was named put there.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use uuid::Uuid;

use super::library::named;
use super::open;
use super::refused;
use crate::document::builtin;
use crate::document::ground::Ground;
use crate::document::history::Document;
use crate::document::record::{self, Desk, Records};
use crate::document::transaction::Transaction;
use crate::registry::TableId;
use crate::store::{self, Store};
use crate::tracks::import::Opened;
use crate::tracks::model::Track;
use crate::venue::library::Library;
use crate::venue::library::sources::Places;
use crate::{demo, tracks, venue};

/// Set once the demo was put into a library, so that who deletes it has it deleted.
const DEMO_INSTALLED: &str = "demo_installed";

/// A show on the desk, in a library that is open for writing.
pub(super) struct OnDesk {
    pub(super) opened: open::Opened,
    /// Where the venue's definitions come from.
    pub(super) definitions: Arc<Library>,
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
    let (library, problem) = Library::standard(Places::platform().as_ref());
    editing.notices.extend(problem);
    if editing.store.setting(DEMO_INSTALLED).is_none() {
        editing.edit(&builtin::install(&library).map_err(refused)?)?;
        editing.store.set_setting(DEMO_INSTALLED, Some("1".into()));
    }
    let track = if name == "demo" { demo_on_desk(&mut editing, &library)? } else { file_on_desk(&mut editing, name)? };
    let edits = tracks::grid_edits::of_track(editing.document.ground(), track.id).map_err(refused)?;
    let track = track.corrected(edits);
    let (venue, library) = venue_on_desk(&mut editing, venue, library)?;
    let score = score_on_desk(&mut editing, &track)?;
    let desk = Desk { venue, score, track: track.id };
    let library = Arc::new(library);
    let opened = show(editing.document.ground(), desk, track, &library, &mut editing.notices)?;
    // Who quits at once finds it all the same.
    editing.store.flush(Duration::from_secs(2)).unwrap_or_default();
    Ok(OnDesk { opened, definitions: library, document: editing.document, desk, store: editing.store })
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
    // The window listens to it; what was found before is found again by its content.
    let (Opened { track, tags, .. }, warnings) = open::sound_file(name)?;
    editing.notices.extend(warnings);
    let row = tracks::rows::row(&track, &tags).map_err(refused)?;
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

/// The track's first score, or one that is made as soon as the track was listened to.
fn score_on_desk(editing: &mut Editing, track: &Track) -> Result<Uuid> {
    let ground = editing.document.ground();
    if let Some(row) = ground.children(track.id, TableId::Scores).next() {
        return Ok(row.id());
    }
    let (score, row) = record::waiting_score(track.id).map_err(refused)?;
    editing.edit(&Transaction::new(format!("Auto score for {}", track.title)).put(row))?;
    Ok(score)
}

fn show(ground: &Ground, desk: Desk, track: Track, library: &Arc<Library>, notices: &mut Vec<String>) -> Result<open::Opened> {
    let mut bad = Vec::new();
    let missing = |what: &str| refused(format!("the library has no such {what} (any more)"));
    let venue = record::venue(ground, desk.venue, &mut bad).ok_or_else(|| missing("venue"))?;
    let score = record::score(ground, desk.score, &mut bad).ok_or_else(|| missing("score"))?;
    let patterns = record::all_patterns(ground, desk.venue, &mut bad);
    notices.extend(bad.iter().map(|bad| format!("{bad}: left out until that is mended")));
    Ok(open::opened(Records { venue, track, score, patterns }, library.clone(), std::mem::take(notices)))
}
