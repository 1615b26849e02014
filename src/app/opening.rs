//! Puts something else on the desk: another score or venue, or the show of a library that took this one's place.
//!
//! A track's sound is read on a thread of its own; the show that is on the desk plays on until
//! the other one is there.

use std::path::Path;
use std::thread::JoinHandle;
use std::time::Instant;

use bevy::prelude::*;
use uuid::Uuid;

use super::clock;
use super::prefs::Prefs;
use crate::document::builtin;
use crate::document::ground::Ground;
use crate::document::history::Document;
use crate::document::plugin::{Doc, Edit, OnDesk, OpenDocument, PutOnDesk, Saved, Told};
use crate::document::record::Desk;
use crate::playback::player::Player;
use crate::playback::plugin::Playback;
use crate::playback::transport::Transport;
use crate::registry::TableId;
use crate::schedule::ShowSystems;
use crate::store::plugin::Reopened;
use crate::tracks::model::Track;
use crate::venue::plugin::Definitions;
use crate::{demo, tracks};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Opening>() // What a desk is asked for may be made by an edit of the same frame.
        .add_systems(Update, (finish.before(ShowSystems::Edit), begin.after(ShowSystems::Edit)));
}

/// What is being opened.
#[derive(Resource, Default)]
pub(super) struct Opening(Option<Job>);

impl Opening {
    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// A track that is at hand, with the rest of its desk.
    pub(super) fn open(&mut self, desk: Desk, track: Track) {
        self.0 = Some(Job { document: None, desk, track: Sound::Here(Box::new(track)), restore: false });
    }
}

struct Job {
    document: Option<Document>,
    desk: Desk,
    track: Sound,
    /// The demo has to be brought back first.
    restore: bool,
}

enum Sound {
    Here(Box<Track>),
    Coming(JoinHandle<Result<Track, String>>),
}

fn begin(
    mut reopened: ResMut<Messages<Reopened>>,
    mut wanted: MessageReader<PutOnDesk>,
    saved: Res<Saved>,
    desk: Res<OnDesk>,
    on_desk: Query<&Doc<Track>>,
    mut opening: ResMut<Opening>,
    mut told: MessageWriter<Told>,
) {
    let document = reopened.drain().last().and_then(|Reopened(document)| document);
    let wanted = wanted.read().last().map(|PutOnDesk(desk)| *desk);
    if document.is_none() && wanted.is_none() {
        return;
    }
    let ground = document.as_ref().map_or(saved.ground(), Document::ground);
    let asked = wanted.unwrap_or(desk.0);
    let (desk, restore) = match standing(ground, asked) {
        Some(desk) => (desk, false),
        None => (builtin::desk(), standing(ground, builtin::desk()).is_none()),
    };
    if desk != asked {
        told.write(Told::Done("What was on the desk is not in this library; here is the demo".into()));
    }
    let track = match on_desk.iter().find(|track| track.id == desk.track) {
        Some(track) => Sound::Here(Box::new(Track::clone(track))),
        None => match load(ground, desk.track) {
            Ok(thread) => Sound::Coming(thread),
            Err(error) => {
                told.write(Told::Refused(error));
                return;
            }
        },
    };
    opening.0 = Some(Job { document, desk, track, restore });
}

/// The desk, if all of it is there.
fn standing(ground: &Ground, desk: Desk) -> Option<Desk> {
    let all = [(TableId::Venues, desk.venue), (TableId::Scores, desk.score), (TableId::Tracks, desk.track)];
    all.into_iter().all(|(table, id)| ground.get(table, id).is_some()).then_some(desk)
}

fn load(ground: &Ground, id: Uuid) -> Result<JoinHandle<Result<Track, String>>, String> {
    let path = ground.get(TableId::Tracks, id).and_then(|row| row.text("file_path").ok()).map(str::to_owned);
    let label = ground.get(TableId::Tracks, id).and_then(|row| tracks::rows::label(row).ok());
    let is_demo = id == builtin::desk().track;
    let work = move || {
        if is_demo {
            return Ok(demo::track());
        }
        let path = path.filter(|path| !path.is_empty()).ok_or("The score's track has no file on this device")?;
        let track = tracks::import::open(Path::new(&path)).map_err(|error| error.to_string())?.track;
        Ok(match label {
            Some(label) => Track { id, title: label.title, artist: label.artist, ..track },
            None => Track { id, ..track },
        })
    };
    std::thread::Builder::new().name("open track".into()).spawn(work).map_err(|error| format!("The track cannot be opened: {error}"))
}

fn finish(
    mut opening: ResMut<Opening>,
    definitions: Option<Res<Definitions>>,
    prefs: Res<Prefs>,
    mut playback: Option<ResMut<Playback>>,
    on_desk: Query<&Doc<Track>>,
    mut open: MessageWriter<OpenDocument>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let ready = |job: &mut Job| match &job.track {
        Sound::Here(_) => true,
        Sound::Coming(thread) => thread.is_finished(),
    };
    let Some(Job { document, desk, track, restore }) = opening.0.take_if(ready) else { return };
    let track = match track {
        Sound::Here(track) => Ok(*track),
        Sound::Coming(thread) => thread.join().unwrap_or_else(|_| Err("The track could not be opened".into())),
    };
    let track = match track {
        Ok(track) => track,
        Err(error) => {
            told.write(Told::Refused(error));
            return;
        }
    };
    let other = on_desk.iter().all(|there| there.id != track.id);
    if let Some(playback) = playback.as_mut().filter(|_| other) {
        match Transport::new(Instant::now(), track.analysis.duration_secs) {
            Ok(transport) => playback.player = Player::new(transport, clock(track.sound.as_ref(), prefs.device())),
            Err(error) => {
                told.write(Told::Refused(error.to_string()));
                return;
            }
        }
    }
    if restore && let Some(definitions) = definitions {
        let document = document.as_ref().map(Document::ground).cloned().unwrap_or_default();
        match builtin::restore(&document, &definitions.0) {
            Ok(restore) => drop(edits.write(Edit(restore))),
            Err(error) => drop(told.write(Told::Refused(error.to_string()))),
        }
    }
    open.write(OpenDocument { document, desk, track });
}
