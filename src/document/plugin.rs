//! Saved things in the world: one entity each, and the one writer of them.
//!
//! [`Doc`] can be read by everybody and made only here, so that undo, storing and sync can rely on hearing of every
//! change.  Entities are never saved or sent: ids are.

use std::collections::BTreeMap;
use std::ops::Deref;

use bevy::prelude::*;
use uuid::Uuid;

use super::record::Records;
use crate::patterns::model::Pattern;
use crate::schedule::ShowSystems;
use crate::score::model::Annotation;
use crate::tracks::model::Track;
use crate::venue::model::{Fixture, Group, Scenery};

/// A saved thing.
#[derive(Component, Debug)]
pub struct Doc<T: Send + Sync + 'static>(T);

impl<T: Send + Sync + 'static> Deref for Doc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A venue without what hangs in it: fixtures, groups and scenery are entities of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueHeader {
    pub id: Uuid,
    pub name: String,
}

/// A score without its annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreHeader {
    pub id: Uuid,
    pub name: String,
}

/// Place in the list it was saved in: queries promise no order, and selections follow the venue's.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub u32);

/// Which entity stands for an id.
#[derive(Resource, Default, Debug)]
pub struct DocIndex(BTreeMap<Uuid, Entity>);

impl DocIndex {
    pub fn entity(&self, id: Uuid) -> Option<Entity> {
        self.0.get(&id).copied()
    }
}

/// Asks for these records to replace whatever is open.
#[derive(Message, Debug)]
pub struct OpenRecords(pub Records);

pub fn plugin(app: &mut App) {
    app.init_resource::<DocIndex>().add_message::<OpenRecords>().add_systems(Update, open_records.in_set(ShowSystems::Edit));
}

/// Marks every entity that stands for a saved thing.
#[derive(Component)]
struct Saved;

fn open_records(
    mut commands: Commands,
    mut requests: ResMut<Messages<OpenRecords>>,
    old: Query<Entity, With<Saved>>,
    mut index: ResMut<DocIndex>,
) {
    let Some(OpenRecords(records)) = requests.drain().last() else {
        return;
    };
    for entity in &old {
        commands.entity(entity).despawn();
    }
    index.0.clear();
    let Records { venue, track, score, patterns } = records;
    let mut spawn = Spawner { commands: &mut commands, index: &mut index.0 };
    spawn.one(venue.id, 0, VenueHeader { id: venue.id, name: venue.name });
    spawn.list(venue.fixtures, |fixture: &Fixture| Some(fixture.id));
    spawn.list(venue.groups, |group: &Group| Some(group.id));
    spawn.list(venue.scenery, |_: &Scenery| None);
    spawn.one::<Track>(track.id, 0, track);
    spawn.one(score.id, 0, ScoreHeader { id: score.id, name: score.name });
    spawn.list(score.annotations, |annotation: &Annotation| Some(annotation.id));
    spawn.list(patterns, |pattern: &Pattern| Some(pattern.id));
}

struct Spawner<'a, 'w, 's> {
    commands: &'a mut Commands<'w, 's>,
    index: &'a mut BTreeMap<Uuid, Entity>,
}

impl Spawner<'_, '_, '_> {
    fn one<T: Send + Sync + 'static>(&mut self, id: Uuid, place: usize, record: T) {
        let entity = self.commands.spawn((Saved, Place(place as u32), Doc(record))).id();
        self.index.insert(id, entity);
    }

    fn list<T: Send + Sync + 'static>(&mut self, records: Vec<T>, id: impl Fn(&T) -> Option<Uuid>) {
        for (place, record) in records.into_iter().enumerate() {
            match id(&record) {
                Some(id) => self.one(id, place, record),
                None => {
                    self.commands.spawn((Saved, Place(place as u32), Doc(record)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::model::Score;
    use crate::venue::model::Venue;
    use std::sync::Arc;

    fn records(n_fixtures: u128) -> Records {
        let fixtures = (1..=n_fixtures).map(|n| Fixture { id: Uuid::from_u128(n), ..Fixture::default() }).collect();
        Records {
            venue: Venue { id: Uuid::from_u128(100), fixtures, ..Venue::default() },
            track: Track {
                id: Uuid::from_u128(101),
                title: "T".into(),
                artist: String::new(),
                analysis: Arc::default(),
                sound: None,
                waveform: Arc::default(),
            },
            score: Score { id: Uuid::from_u128(102), ..Score::default() },
            patterns: vec![Pattern { id: Uuid::from_u128(103), ..Pattern::default() }],
        }
    }

    #[test]
    fn opening_records_replaces_everything_that_was_open() {
        let mut app = App::new();
        app.add_plugins((crate::schedule::plugin, plugin));
        for n_fixtures in [5, 2] {
            app.world_mut().write_message(OpenRecords(records(n_fixtures)));
            app.update();
            let world = app.world_mut();
            assert_eq!(world.query::<&Doc<Fixture>>().iter(world).count(), n_fixtures as usize);
            assert_eq!(world.query::<&Doc<Pattern>>().iter(world).count(), 1);
        }
        assert!(app.world().resource::<DocIndex>().entity(Uuid::from_u128(2)).is_some());
        assert!(app.world().resource::<DocIndex>().entity(Uuid::from_u128(5)).is_none(), "a closed record has no entity");
    }
}
