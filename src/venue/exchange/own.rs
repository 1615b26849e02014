//! What only Luma reads of a file that it wrote: the venue as it was, for all that MVR has no word for.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::venue::model::{Fixture, Group, Venue};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Own {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) groups: Vec<Group>,
    /// With everything about each fixture that the rest of the file does not say; address and pose are read from there.
    pub(super) fixtures: Vec<Fixture>,
}

impl Own {
    pub(super) fn of(venue: &Venue) -> Self {
        Self { id: venue.id, name: venue.name.clone(), groups: venue.groups.clone(), fixtures: venue.fixtures.clone() }
    }

    pub(super) fn fixture(&self, id: Uuid) -> Option<&Fixture> {
        self.fixtures.iter().find(|fixture| fixture.id == id)
    }
}
