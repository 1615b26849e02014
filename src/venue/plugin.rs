//! The venue in the world: one entity per fixture and group, and the [`Rig`] they add up to.
//!
//! Records reach the world through [`crate::document`] alone.  This plugin only reads them and derives.

use std::sync::Arc;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::library::Library;
use super::lower;
use super::model::{Fixture, Group, Venue};
use crate::document::plugin::{Doc, Place, VenueHeader};
use crate::engine::Rig;
use crate::schedule::ShowSystems;
use crate::show::plugin::Part;

/// Where definitions come from.
#[derive(Resource, Clone, Debug)]
pub struct Definitions(pub Arc<Library>);

impl Default for Definitions {
    fn default() -> Self {
        Self(Arc::new(Library::builtin()))
    }
}

/// What of the venue is not in the rig, in words.
#[derive(Resource, Clone, Debug, Default)]
pub struct VenueProblems(pub Vec<lower::Problem>);

pub fn plugin(app: &mut App) {
    app.init_resource::<Definitions>()
        .init_resource::<VenueProblems>()
        .add_systems(Update, lower_rig.run_if(venue_changed).in_set(ShowSystems::Lower));
}

fn venue_changed(
    fixtures: Query<(), Or<(Changed<Doc<Fixture>>, Changed<Doc<Group>>, Changed<Doc<VenueHeader>>)>>,
    gone: RemovedComponents<Doc<Fixture>>,
    groups_gone: RemovedComponents<Doc<Group>>,
    definitions: Res<Definitions>,
) -> bool {
    !fixtures.is_empty() || !gone.is_empty() || !groups_gone.is_empty() || definitions.is_changed()
}

/// The venue on the desk, put together from its entities.
#[derive(SystemParam)]
pub struct OpenVenue<'w, 's> {
    fixtures: Query<'w, 's, (&'static Place, &'static Doc<Fixture>)>,
    groups: Query<'w, 's, (&'static Place, &'static Doc<Group>)>,
    header: Query<'w, 's, &'static Doc<VenueHeader>>,
}

impl OpenVenue<'_, '_> {
    /// Fixtures and groups in the order that people arranged.
    pub fn get(&self) -> Option<Venue> {
        let header = self.header.iter().next()?;
        let mut fixtures: Vec<_> = self.fixtures.iter().collect();
        fixtures.sort_by_key(|(place, fixture)| (**place, fixture.id));
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by_key(|(place, group)| (**place, group.id));
        Some(Venue {
            id: header.id,
            name: header.name.clone(),
            fixtures: fixtures.into_iter().map(|(_, fixture)| Fixture::clone(fixture)).collect(),
            groups: groups.into_iter().map(|(_, group)| Group::clone(group)).collect(),
            scenery: header.scenery.clone(),
            foreign: header.foreign.clone(),
        })
    }
}

fn lower_rig(venue: OpenVenue, definitions: Res<Definitions>, mut problems: ResMut<VenueProblems>, mut rig: ResMut<Part<Rig>>) {
    let Some(venue) = venue.get() else {
        return;
    };
    let (lowered, found) = lower::rig(&venue, &definitions.0);
    problems.0 = found;
    rig.set(lowered);
}
