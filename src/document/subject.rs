//! What people speak of as one thing: a venue, score, pattern or track, with the rows that belong to it.
//!
//! A row belongs to another through exactly one column, its owner's; other references (a cue's pattern) only use what they
//! point to.  Versions, portable files and their comparison all speak of subjects.

use std::fmt;

use uuid::Uuid;

use super::ground::Ground;
use crate::registry::{Row, TableId};

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    pub table: TableId,
    pub id: Uuid,
}

/// The column that leads to a row's owner, and the owner's table; `None` where rows of this table belong to themselves.
pub fn owner(table: TableId) -> Option<(&'static str, TableId)> {
    Some(match table {
        TableId::Fixtures
        | TableId::FixtureGroups
        | TableId::MidiModifiers
        | TableId::Cues
        | TableId::MidiBindings
        | TableId::VenueImplementationOverrides => ("venue_id", TableId::Venues),
        TableId::FixtureGroupMembers => ("group_id", TableId::FixtureGroups),
        TableId::Implementations => ("pattern_id", TableId::Patterns),
        TableId::TrackMarkers | TableId::TrackGridEdits => ("track_id", TableId::Tracks),
        TableId::TrackScores => ("score_id", TableId::Scores),
        _ => return None,
    })
}

/// The tables whose rows belong to rows of this one.
pub fn owned(table: TableId) -> impl Iterator<Item = (TableId, &'static str)> {
    TableId::all().filter_map(move |child| owner(child).filter(|(_, parent)| *parent == table).map(|(column, _)| (child, column)))
}

impl Subject {
    /// The subject's own row and all that belongs to it, by table (parents first), then id.  Empty where there is none.
    pub fn rows(self, ground: &Ground) -> Vec<Row> {
        let mut rows: Vec<Row> = ground.get(self.table, self.id).cloned().into_iter().collect();
        let mut at = 0;
        while let Some((table, id)) = rows.get(at).map(|row| (row.table(), row.id())) {
            at += 1;
            for (child, column) in owned(table) {
                let belongs = |row: &&Row| row.uuid(column) == Ok(id);
                rows.extend(ground.children(id, child).filter(belongs).cloned());
            }
        }
        rows.sort_by_key(|row| (row.table(), row.id()));
        rows
    }

    /// What people call it.
    pub fn name(self, ground: &Ground) -> String {
        ground.get(self.table, self.id).map_or_else(|| format!("{} {}", one(self.table), self.id), title)
    }
}

/// What a row is called, or else its id.
pub fn title(row: &Row) -> String {
    let given = ["name", "title", "label"].into_iter().find_map(|column| row.text(column).ok().filter(|text| !text.is_empty()));
    given.map_or_else(|| format!("{} {}", one(row.table()), row.id()), str::to_owned)
}

/// The word for one row of a table.
pub fn one(table: TableId) -> &'static str {
    match table {
        TableId::Venues => "venue",
        TableId::PatternCategories => "category",
        TableId::Patterns => "pattern",
        TableId::Tracks => "track",
        TableId::FixtureDefinitions => "fixture definition",
        TableId::NamedVersions => "version",
        TableId::Fixtures => "fixture",
        TableId::FixtureGroups => "group",
        TableId::Implementations => "implementation",
        TableId::TrackMarkers => "marker",
        TableId::TrackGridEdits => "beat grid",
        TableId::Scores => "score",
        TableId::MidiModifiers => "MIDI modifier",
        TableId::Cues => "cue",
        TableId::MidiBindings => "MIDI binding",
        TableId::FixtureGroupMembers => "group member",
        TableId::TrackScores => "annotation",
        TableId::VenueImplementationOverrides => "chosen implementation",
        other => other.name(),
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", one(self.table), self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Kind;

    #[test]
    fn owners_are_parents_that_take_their_rows_along() {
        for table in TableId::all() {
            let Some((column, parent)) = owner(table) else { continue };
            let at = table.def().column_idx(column).unwrap();
            let reference = table.def().columns[at].references.unwrap();
            assert_eq!((reference.table, reference.on_delete), (parent, crate::registry::OnDelete::Cascade), "{table}");
            assert_eq!(table.def().kind, Kind::Document, "{table}");
        }
    }
}
