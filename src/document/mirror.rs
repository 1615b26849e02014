//! Which records of the desk a commit touches: the pure half of mirroring the document in the world.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::ground::Ground;
use super::record::Desk;
use super::step::Change;
use crate::registry::{Row, TableId};

/// A record whose entity must be made anew from the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stale {
    Venue,
    Fixture(Uuid),
    Group(Uuid),
    Score,
    Annotation(Uuid),
    Pattern(Uuid),
    Track,
    Marker(Uuid),
    Cue(Uuid),
}

/// Everything that the desk shows.
pub(super) fn everything(ground: &Ground, desk: Desk) -> BTreeSet<Stale> {
    let mut stale = BTreeSet::from([Stale::Venue, Stale::Score, Stale::Track]);
    stale.extend(ground.children(desk.venue, TableId::Fixtures).map(|row| Stale::Fixture(row.id())));
    stale.extend(ground.children(desk.venue, TableId::FixtureGroups).map(|row| Stale::Group(row.id())));
    stale.extend(ground.children(desk.score, TableId::TrackScores).map(|row| Stale::Annotation(row.id())));
    stale.extend(ground.rows(TableId::Patterns).map(|row| Stale::Pattern(row.id())));
    stale.extend(ground.children(desk.track, TableId::TrackMarkers).map(|row| Stale::Marker(row.id())));
    stale.extend(ground.children(desk.venue, TableId::Cues).map(|row| Stale::Cue(row.id())));
    stale
}

/// What of the desk these changes touch.
pub(super) fn touched(ground: &Ground, desk: Desk, changes: &[Change]) -> BTreeSet<Stale> {
    let mut stale = BTreeSet::new();
    for change in changes {
        let owners = |column: &'static str| {
            let images = [&change.before, &change.after].into_iter().flatten();
            images.filter_map(move |row: &Row| row.uuid(column).ok())
        };
        match change.table {
            TableId::Venues if change.id == desk.venue => drop(stale.insert(Stale::Venue)),
            TableId::Fixtures => drop(stale.insert(Stale::Fixture(change.id))),
            TableId::FixtureGroups => drop(stale.insert(Stale::Group(change.id))),
            TableId::FixtureGroupMembers => stale.extend(owners("group_id").map(Stale::Group)),
            TableId::Scores if change.id == desk.score => drop(stale.insert(Stale::Score)),
            TableId::TrackScores => drop(stale.insert(Stale::Annotation(change.id))),
            TableId::Patterns => drop(stale.insert(Stale::Pattern(change.id))),
            TableId::Implementations | TableId::VenueImplementationOverrides => {
                stale.extend(owners("pattern_id").map(Stale::Pattern));
            }
            TableId::PatternCategories => stale.extend(ground.rows(TableId::Patterns).map(|row| Stale::Pattern(row.id()))),
            TableId::Tracks if change.id == desk.track => drop(stale.insert(Stale::Track)),
            TableId::TrackGridEdits => drop(stale.insert(Stale::Track)),
            TableId::Cues => drop(stale.insert(Stale::Cue(change.id))),
            TableId::TrackMarkers => drop(stale.insert(Stale::Marker(change.id))),
            _ => {}
        }
    }
    stale
}
