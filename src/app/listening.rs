//! The library is listened to while the show goes on: who is next, what was found, and what it makes of the library.
//!
//! Every track whose file lies here is handed to the [`Listener`]; what was found before comes from the cache.  The track on
//! the desk goes first.  A score that waited for the beats is filled when they are known.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use bevy::prelude::*;
use uuid::Uuid;

use crate::analysis::listener::{Keep, Listener, News, Nowhere, Wanted};
use crate::analysis::panel::{Asked, Listening};
use crate::analysis::processors;
use crate::analysis::queue::Priority;
use crate::document::ground::Ground;
use crate::document::plugin::{Committed, Doc, Edit, HeardTrack, Learn, OnDesk, Saved, Told};
use crate::document::record;
use crate::engine::{BeatGrid, TrackAnalysis};
use crate::registry::{Row, TableId};
use crate::schedule::ShowSystems;
use crate::show::plugin::Playhead;
use crate::store::plugin::{Closing, Keeper};
use crate::tracks;
use crate::tracks::model::{Hearing, Sound, Stage, Track};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Listening>()
        .add_message::<Asked>()
        .add_systems(Update, (begin, give_way, obey, take_in).chain().before(ShowSystems::Edit))
        // A track's own row is handed to the store first.
        .add_systems(Last, (enlist, on_deck).chain().after(Closing));
}

fn read(path: &Path) -> Result<Sound, String> {
    tracks::decode::decode(path).map(|decoded| decoded.sound).map_err(|error| error.to_string())
}

/// The listener of the library that is open; another library has another.
fn begin(keeper: Option<Res<Keeper>>, mut listening: ResMut<Listening>, mut told: MessageWriter<Told>) {
    let other = keeper.as_ref().is_some_and(|keeper| keeper.is_changed());
    if listening.0.is_some() && !other {
        return;
    }
    let keep: Arc<dyn Keep + Sync> = match &keeper {
        None => Arc::new(Nowhere),
        Some(keeper) => match keeper.shelf() {
            Some(shelf) => Arc::new(shelf),
            // Closed, or a backup is being put back.
            None => return listening.0 = None,
        },
    };
    let started = processors::plan()
        .map_err(|bad| bad.to_string())
        .and_then(|plan| Listener::start(plan, keep, Arc::new(read)).map_err(|error| error.to_string()));
    match started {
        Ok(listener) => listening.0 = Some(listener),
        Err(error) => drop(told.write(Told::Refused(format!("Songs cannot be listened to: {error}")))),
    }
}

fn give_way(listening: Res<Listening>, playhead: Res<Playhead>) {
    listening.0.iter().for_each(|listener| listener.set_gives_way(playhead.playing));
}

fn obey(mut asked: MessageReader<Asked>, listening: Res<Listening>) {
    let Some(listener) = &listening.0 else { return asked.clear() };
    for asked in asked.read() {
        match asked {
            Asked::Cancel(hash) => listener.cancel(hash),
            Asked::Retry(hash) => listener.retry(hash),
        }
    }
}

/// The tracks whose files lie on this device, by their hash.
fn here(ground: &Ground) -> BTreeMap<String, (Uuid, String, PathBuf)> {
    let track = |row: &Row| {
        let (hash, path) = (row.text("track_hash").ok()?, row.text("file_path").ok()?);
        let title = row.text("title").unwrap_or_default().to_owned();
        (!path.is_empty()).then(|| (hash.to_owned(), (row.id(), title, PathBuf::from(path))))
    };
    ground.rows(TableId::Tracks).filter_map(track).collect()
}

fn enlist(
    listening: Res<Listening>,
    saved: Res<Saved>,
    desk: Res<OnDesk>,
    mut committed: MessageReader<Committed>,
    mut known: Local<BTreeMap<String, PathBuf>>,
) {
    let touched = committed.read().any(|Committed(commit)| commit.changes.iter().any(|change| change.table == TableId::Tracks));
    let Some(listener) = &listening.0 else { return known.clear() };
    let is_another = listening.is_changed();
    if is_another {
        known.clear();
    }
    if !(touched || is_another || desk.is_changed()) {
        return;
    }
    let tracks = here(saved.ground());
    known.retain(|hash, _| {
        tracks.contains_key(hash) || {
            listener.forget(hash);
            false
        }
    });
    for (hash, (track, title, file)) in tracks {
        if known.get(&hash) != Some(&file) {
            known.insert(hash.clone(), file.clone());
            listener.add(Wanted { track, hash, title, file, sound: Weak::new() }, Priority::Waiting);
        }
    }
}

/// A track that comes on the desk knows nothing yet and goes first.
fn on_deck(listening: Res<Listening>, tracks: Query<(Entity, &Doc<Track>)>, mut last: Local<Option<Entity>>) {
    let Some((entity, track)) = tracks.iter().next() else { return };
    let Some(listener) = listening.0.as_ref().filter(|_| *last != Some(entity) || listening.is_changed()) else { return };
    *last = Some(entity);
    if let Some(file) = track.file.clone().filter(|_| track.hearing.stage < Stage::Whole) {
        let sound = track.sound.as_ref().map(Arc::downgrade).unwrap_or_default();
        let wanted = Wanted { track: track.id, hash: track.hash.clone(), title: track.title.clone(), file, sound };
        listener.add(wanted, Priority::OnDeck);
        listener.put_on_deck(&track.hash);
    }
}

fn take_in(
    listening: Res<Listening>,
    saved: Res<Saved>,
    desk: Res<OnDesk>,
    mut heard: MessageWriter<HeardTrack>,
    mut learn: MessageWriter<Learn>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let Some(listener) = &listening.0 else { return };
    for news in listener.take_news() {
        match news {
            News::First { track, grid } => {
                let analysis = Arc::new(TrackAnalysis::of_grid(BeatGrid::clone(&grid), 0.0));
                heard.write(HeardTrack { track, analysis, hearing: Arc::new(Hearing { stage: Stage::First, ..Hearing::default() }) });
            }
            News::Heard(found) => {
                let ground = saved.ground();
                if ground.get(TableId::Tracks, found.track).is_some() {
                    learn.write(Learn(tracks::rows::learnt(found.track, &found.analysis, &found.hearing)));
                    match record::fill_waiting(ground, desk.0.venue, found.track, &found.analysis) {
                        Ok(filled) => drop(edits.write_batch(filled.map(Edit))),
                        Err(bad) => drop(told.write(Told::Refused(bad.to_string()))),
                    }
                }
                heard.write(HeardTrack { track: found.track, analysis: found.analysis, hearing: found.hearing });
            }
            News::GaveUp { title, reason } => {
                told.write(Told::Refused(format!("{title} could not be listened to: {reason}. Try again in Tracks")));
            }
        }
    }
}
