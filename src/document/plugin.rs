//! The document in the world: one entity per record of the open show, and the one system that edits.
//!
//! [`Doc`] can be read by everybody and made only here, so that undo, storing and sync can rely on hearing of every
//! change.  Entities are never saved or sent: ids are.  After every commit the records it touched are read anew from the
//! ground; those that came out the same are left alone, so `Changed<Doc<T>>` means a change.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use bevy::prelude::*;
use uuid::Uuid;

use super::ground::Ground;
use super::history::{Commit, Document};
use super::mirror::{self, Stale};
use super::record::{self, Desk};
use super::selection::Selection;
use super::transaction::Transaction;
use crate::engine::TrackAnalysis;
use crate::registry::{BadRow, TableId};
use crate::schedule::ShowSystems;
use crate::tracks;
use crate::tracks::model::{Hearing, Track};
use crate::venue::model::{Foreign, Scenery};

/// A saved thing.
#[derive(Component, Debug)]
pub struct Doc<T: Send + Sync + 'static>(T);

impl<T: Send + Sync + 'static> Deref for Doc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A venue without its fixtures and groups, which are entities of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct VenueHeader {
    pub id: Uuid,
    pub name: String,
    pub scenery: Vec<Scenery>,
    pub foreign: Foreign,
}

/// A score without its annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreHeader {
    pub id: Uuid,
    pub name: String,
}

/// Place in the order that people arranged: queries promise none, and selections follow the venue's.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub i64);

/// Which entity stands for an id.
#[derive(Resource, Default, Debug)]
pub struct DocIndex(BTreeMap<Uuid, Entity>);

impl DocIndex {
    pub fn entity(&self, id: Uuid) -> Option<Entity> {
        self.0.get(&id).copied()
    }
}

/// Everything that is saved.  Read by everybody; changed by [`Edit`] and [`Travel`] alone.
#[derive(Resource, Debug, Default)]
pub struct Saved(Document);

impl Saved {
    pub fn ground(&self) -> &Ground {
        self.0.ground()
    }

    pub fn document(&self) -> &Document {
        &self.0
    }
}

/// What of the document is on the desk.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnDesk(pub Desk);

/// Asks for something to replace what is on the desk.
#[derive(Message, Debug)]
pub struct OpenDocument {
    /// `None`: the document stays, and only what of it is on the desk changes.
    pub document: Option<Document>,
    pub desk: Desk,
    /// The desk's track with its sound and what is known of it.
    pub track: Track,
}

/// Asks for another score, venue or track of the document on the desk; who hears it finds the track's sound first.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutOnDesk(pub Desk);

/// Asks for an edit.
#[derive(Message, Clone, Debug)]
pub struct Edit(pub Transaction);

/// Tells what a worker found out; undo does not reach it.
#[derive(Message, Clone, Debug)]
pub struct Learn(pub Transaction);

/// What was heard of a track.
#[derive(Message, Clone, Debug)]
pub struct HeardTrack {
    pub track: Uuid,
    pub analysis: Arc<TrackAnalysis>,
    pub hearing: Arc<Hearing>,
}

/// Asks to go back or forth in what was done.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Travel {
    Undo,
    Redo,
}

/// Something was edited, undone or redone: what the store, sync and the LAN hear of.
#[derive(Message, Clone, Debug)]
pub struct Committed(pub Arc<Commit>);

/// For a person: an edit that could not be done, or what undo and redo just did.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Refused(String),
    Done(String),
}

pub fn plugin(app: &mut App) {
    app.init_resource::<DocIndex>()
        .init_resource::<Saved>()
        .init_resource::<OnDesk>()
        .init_resource::<Selection>()
        .add_message::<OpenDocument>()
        .add_message::<PutOnDesk>()
        .add_message::<Edit>()
        .add_message::<Travel>()
        .add_message::<Learn>()
        .add_message::<HeardTrack>()
        .add_message::<Committed>()
        .add_message::<Told>()
        .add_systems(Update, (open, hear, edit).chain().in_set(ShowSystems::Edit));
}

/// Marks every entity that stands for a saved thing.
#[derive(Component)]
struct Mirrored;

fn open(world: &mut World) {
    let Some(OpenDocument { document, desk, track }) = world.resource_mut::<Messages<OpenDocument>>().drain().last() else {
        return;
    };
    let old: Vec<Entity> = world.query_filtered::<Entity, With<Mirrored>>().iter(world).collect();
    for entity in old {
        world.despawn(entity);
    }
    world.insert_resource(DocIndex::default());
    world.insert_resource(OnDesk(desk));
    world.insert_resource(Selection::default());
    if let Some(document) = document {
        world.insert_resource(Saved(document));
    }
    let stale: Vec<Stale> = mirror::everything(world.resource::<Saved>().ground(), desk).into_iter().collect();
    put(world, track.id, Place::default(), Some(track));
    refresh(world, stale);
}

/// Of the track on the desk; others are read when they come there.
fn hear(world: &mut World) {
    let heard: Vec<HeardTrack> = world.resource_mut::<Messages<HeardTrack>>().drain().collect();
    for HeardTrack { track, analysis, hearing } in heard {
        let entity = world.resource::<DocIndex>().entity(track);
        let Some((entity, known)) = entity.and_then(|entity| Some((entity, Track::clone(world.get::<Doc<Track>>(entity)?)))) else {
            continue;
        };
        world.entity_mut(entity).insert(Doc(known.heard_as(&analysis, hearing)));
    }
}

fn edit(world: &mut World) {
    let learnt: Vec<Learn> = world.resource_mut::<Messages<Learn>>().drain().collect();
    for Learn(transaction) in learnt {
        // What it is about may be gone by now: then there is nobody to tell.
        if let Ok(commit) = world.resource_mut::<Saved>().0.learn(&transaction) {
            committed(world, commit);
        }
    }
    let edits: Vec<Edit> = world.resource_mut::<Messages<Edit>>().drain().collect();
    for Edit(transaction) in edits {
        let outcome = world.resource_mut::<Saved>().0.edit(&transaction);
        match outcome {
            Ok(commit) => committed(world, commit),
            Err(refused) => tell(world, Told::Refused(format!("{}: {refused}", transaction.label))),
        }
    }
    let travels: Vec<Travel> = world.resource_mut::<Messages<Travel>>().drain().collect();
    for travel in travels {
        let document = &mut world.resource_mut::<Saved>().0;
        let (word, outcome) = match travel {
            Travel::Undo => ("Undone", document.undo()),
            Travel::Redo => ("Redone", document.redo()),
        };
        match outcome {
            Ok(Some(commit)) => {
                tell(world, Told::Done(format!("{word}: {}", commit.label)));
                committed(world, Some(commit));
            }
            Ok(None) => tell(world, Told::Done(format!("Nothing to {}", if travel == Travel::Undo { "undo" } else { "redo" }))),
            Err(refused) => tell(world, Told::Refused(format!("This step cannot be taken back: {refused}"))),
        }
    }
}

fn tell(world: &mut World, told: Told) {
    world.write_message(told);
}

fn committed(world: &mut World, commit: Option<Commit>) {
    let Some(commit) = commit else {
        return;
    };
    let OnDesk(desk) = *world.resource::<OnDesk>();
    let stale = mirror::touched(world.resource::<Saved>().ground(), desk, &commit.changes);
    refresh(world, stale);
    world.resource_scope(|world, mut selection: Mut<Selection>| {
        let ground = world.resource::<Saved>().ground();
        if selection.bypass_change_detection().keep_existing(ground) {
            selection.set_changed();
        }
    });
    world.write_message(Committed(Arc::new(commit)));
}

/// Reads these records anew from the ground.
fn refresh(world: &mut World, stale: impl IntoIterator<Item = Stale>) {
    for record in stale {
        if let Err(bad) = refresh_one(world, record) {
            warn!("{bad}: it is left out until that is mended");
        }
    }
}

fn refresh_one(world: &mut World, record: Stale) -> Result<(), BadRow> {
    let OnDesk(Desk { venue, score, track }) = *world.resource::<OnDesk>();
    let ground = world.resource::<Saved>().ground();
    let place = |table, id| Place(ground.get(table, id).and_then(|row| row.int("display_order").ok()).unwrap_or(0));
    let of = |table, id, column: &str, owner: Uuid| ground.get(table, id).filter(|row| row.uuid(column).is_ok_and(|to| to == owner));
    match record {
        Stale::Venue => {
            let header = ground.get(TableId::Venues, venue).map(|row| {
                let (scenery, foreign) = (crate::venue::rows::scenery(row)?, crate::venue::rows::foreign(row)?);
                Ok(VenueHeader { id: venue, name: row.text("name")?.to_owned(), scenery, foreign })
            });
            put(world, venue, Place::default(), header.transpose()?);
        }
        Stale::Fixture(id) => {
            let fixture = of(TableId::Fixtures, id, "venue_id", venue).map(crate::venue::rows::fixture);
            put_or_drop(world, id, place(TableId::Fixtures, id), fixture)?;
        }
        Stale::Group(id) => {
            let group = of(TableId::FixtureGroups, id, "venue_id", venue).map(|row| record::group(ground, row));
            put_or_drop(world, id, place(TableId::FixtureGroups, id), group)?;
        }
        Stale::Score => {
            let name = |row: &crate::registry::Row| row.text("name").unwrap_or_default().to_owned();
            let header = ground.get(TableId::Scores, score).map(|row| ScoreHeader { id: score, name: name(row) });
            put(world, score, Place::default(), header);
        }
        Stale::Annotation(id) => {
            let annotation = of(TableId::TrackScores, id, "score_id", score).map(crate::score::rows::annotation);
            put_or_drop(world, id, Place::default(), annotation)?;
        }
        Stale::Pattern(id) => {
            let pattern = record::pattern(ground, id, venue);
            put_or_drop(world, id, Place::default(), pattern)?;
        }
        Stale::Track => {
            let Some(label) = ground.get(TableId::Tracks, track).map(tracks::rows::label).transpose()? else {
                return Ok(());
            };
            let edits = tracks::grid_edits::of_track(ground, track)?;
            let entity = world.resource::<DocIndex>().entity(track);
            let known = entity.and_then(|entity| world.get::<Doc<Track>>(entity)).map(|doc| Track::clone(doc));
            if let (Some(entity), Some(known)) = (entity, known)
                && ((&known.title, &known.artist) != (&label.title, &label.artist) || known.edits() != edits)
            {
                let told = Track { title: label.title, artist: label.artist, ..known };
                world.entity_mut(entity).insert(Doc(told.corrected(edits)));
            }
        }
        Stale::Cue(id) => {
            let pad = of(TableId::Cues, id, "venue_id", venue).map(crate::perform::rows::pad);
            put_or_drop(world, id, place(TableId::Cues, id), pad)?;
        }
        Stale::Marker(id) => {
            let marker = of(TableId::TrackMarkers, id, "track_id", track).map(tracks::markers::marker);
            put_or_drop(world, id, Place::default(), marker)?;
        }
    }
    Ok(())
}

/// A record that cannot be read has no entity, rather than an old one.
fn put_or_drop<T: PartialEq + Send + Sync + 'static>(
    world: &mut World,
    id: Uuid,
    place: Place,
    record: Option<Result<T, BadRow>>,
) -> Result<(), BadRow> {
    let (record, outcome) = match record {
        Some(Ok(record)) => (Some(record), Ok(())),
        Some(Err(bad)) => (None, Err(bad)),
        None => (None, Ok(())),
    };
    put_if_new(world, id, place, record);
    outcome
}

fn put<T: Send + Sync + 'static>(world: &mut World, id: Uuid, place: Place, record: Option<T>) {
    let entity = world.resource::<DocIndex>().entity(id);
    match (record, entity) {
        (Some(record), Some(entity)) => drop(world.entity_mut(entity).insert((place, Doc(record)))),
        (Some(record), None) => {
            let entity = world.spawn((Mirrored, place, Doc(record))).id();
            world.resource_mut::<DocIndex>().0.insert(id, entity);
        }
        (None, Some(entity)) => {
            world.despawn(entity);
            world.resource_mut::<DocIndex>().0.remove(&id);
        }
        (None, None) => {}
    }
}

fn put_if_new<T: PartialEq + Send + Sync + 'static>(world: &mut World, id: Uuid, place: Place, record: Option<T>) {
    let entity = world.resource::<DocIndex>().entity(id);
    let same = entity.zip(record.as_ref()).is_some_and(|(entity, record)| {
        world.get::<Doc<T>>(entity).is_some_and(|doc| doc.0 == *record) && world.get::<Place>(entity) == Some(&place)
    });
    if !same {
        put(world, id, place, record);
    }
}

#[cfg(test)]
#[path = "plugin_tests.rs"]
mod tests;
