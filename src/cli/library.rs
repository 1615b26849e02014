//! The library that verbs look into.  None of them opens it for writing; the window does: see `desk`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::Result;
use uuid::Uuid;

use super::open::{self, Opened};
use super::refused;
use crate::document::builtin;
use crate::document::ground::Ground;
use crate::document::record::{self, Desk, Records};
use crate::output::identity::{self, Role};
use crate::output::options::{self, OutputOptions};
use crate::output::routes::Routes;
use crate::output::rows;
use crate::output::sacn::Source;
use crate::registry::TableId;
use crate::tracks::model::Track;
use crate::venue::library::Library;
use crate::venue::library::sources::Places;
use crate::venue::model::Venue;
use crate::{demo, store, tracks};

/// `--db FILE`, if it was given.
static NAMED: OnceLock<PathBuf> = OnceLock::new();

/// Keeps what `--db` said for all verbs.
pub(super) fn name(path: Option<PathBuf>) {
    if let Some(path) = path {
        NAMED.get_or_init(|| path);
    }
}

pub(super) fn named() -> Option<&'static Path> {
    NAMED.get().map(PathBuf::as_path)
}

/// A venue that the library keeps, by its name.  `None` where there is no library, or none of that name in it.
pub(super) fn venue(name: &str) -> Result<Option<Venue>> {
    let mut notices = Vec::new();
    let Some(opened) = read(&mut notices)? else { return Ok(None) };
    let ground = opened.document.ground();
    let known = record::by_name(ground, TableId::Venues);
    let found = known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, id)| *id);
    let mut bad = Vec::new();
    let venue = found.and_then(|id| record::venue(ground, id, &mut bad));
    bad.iter().for_each(|bad| super::status::say(&format!("{bad}: left out until that is mended")));
    Ok(venue)
}

/// Who this device is in sACN: the same every time.
pub(super) fn source(role: Role) -> Source {
    let path = store::paths::library(named()).map(|library| identity::path(&library));
    identity::source(path.as_deref(), role)
}

/// What was chosen for the wire in the window.  A library that cannot be read chooses nothing.
pub(super) fn output_options() -> OutputOptions {
    let opened = read(&mut Vec::new()).ok().flatten();
    OutputOptions::read(opened.and_then(|opened| opened.settings.get(options::KEY).cloned()).as_deref())
}

/// Where the library's universes go, and what else was chosen for the wire.
pub(super) fn routes() -> (Routes, OutputOptions) {
    let opened = read(&mut Vec::new()).ok().flatten().unwrap_or_default();
    let setting = |key: &str| opened.settings.get(key).map(String::as_str);
    let default = rows::default_routes(setting(rows::DEFAULT_ROUTES)).unwrap_or_else(|| Routes::default().default);
    (rows::routes(&rows::entries(opened.document.ground()), &default), OutputOptions::read(setting(options::KEY)))
}

/// The library as it is; `None` where there is none, or where one that nobody asked for cannot be read.
fn read(notices: &mut Vec<String>) -> Result<Option<store::Opened>> {
    let Some(path) = store::paths::library(named()).filter(|path| path.exists()) else {
        return Ok(None);
    };
    match store::read(&path) {
        Ok(opened) => Ok(Some(opened)),
        // A library that was asked for must open; one that merely lies there must not keep the demo from playing.
        Err(error) if named().is_some() => Err(refused(error)),
        Err(error) => {
            notices.push(error.to_string());
            Ok(None)
        }
    }
}

/// A show that the library keeps, opened to look at: the demo, or a score by its name.  `None` where there is no library or
/// nothing of that name in it.
pub(super) fn kept(name: &str, venue: Option<&str>, notices: &mut Vec<String>) -> Result<Option<Opened>> {
    let Some(opened) = read(notices)? else { return Ok(None) };
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
    let track = track.corrected(tracks::grid_edits::of_track(ground, track_id).map_err(refused)?);
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
            Some(venue) => (venue, Library::standard(Places::platform().as_ref()).0),
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
