//! What Luma brings along, as records: the demo show and the patterns, so that they can be edited like one's own.
//!
//! They are put into a library once, when it is made.  What somebody deleted stays deleted; [`restore`] brings
//! everything back as it was delivered, as an edit that can be undone.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::ground::Ground;
use super::record::{Desk, Records};
use super::transaction::Transaction;
use crate::registry::{BadRow, Row, TableId};
use crate::venue::library::Library;
use crate::{demo, patterns, venue};

/// The demo without its sound, which is made when it is opened.
pub fn records() -> Records {
    let patterns = patterns::builtin::builtin();
    let track = demo::track_without_sound();
    let score = demo::score::score(&track.analysis, &patterns);
    Records { venue: venue::builtin("club").unwrap_or_default(), track, score, patterns }
}

/// Where the demo stands in a library.
pub fn desk() -> Desk {
    records().desk()
}

/// Puts into a new library what comes with Luma.
pub fn install(library: &Library) -> Result<Transaction, BadRow> {
    Ok(Transaction::new("Add the demo show").put_all(records().rows(library)?))
}

/// The demo as it was delivered: its venue, track, score and patterns.  What was added to its venue and score goes.
pub fn restore(ground: &Ground, library: &Library) -> Result<Transaction, BadRow> {
    let records = records();
    let rows = records.rows(library)?;
    let own: BTreeSet<Uuid> = rows.iter().map(Row::id).collect();
    let mut transaction = Transaction::new("Restore the demo show");
    let added = |parent: Uuid, table: TableId| ground.children(parent, table).filter(|row| !own.contains(&row.id())).map(Row::id);
    for table in [TableId::FixtureGroups, TableId::Fixtures] {
        transaction = added(records.venue.id, table).fold(transaction, |transaction, id| transaction.delete(table, id));
    }
    for group in &records.venue.groups {
        let gone = added(group.id, TableId::FixtureGroupMembers);
        transaction = gone.fold(transaction, |transaction, id| transaction.delete(TableId::FixtureGroupMembers, id));
    }
    let annotations = added(records.score.id, TableId::TrackScores);
    transaction = annotations.fold(transaction, |transaction, id| transaction.delete(TableId::TrackScores, id));
    Ok(transaction.put_all(rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::history::Document;
    use crate::registry::Value;

    fn image(ground: &Ground) -> Vec<Row> {
        TableId::all().flat_map(|table| ground.rows(table).cloned().collect::<Vec<_>>()).collect()
    }

    #[test]
    fn the_demo_is_restored_whatever_was_done_to_it_and_that_can_be_undone() {
        let library = Library::builtin();
        let mut document = Document::default();
        document.edit(&install(&library).unwrap()).unwrap().unwrap();
        let delivered = image(document.ground());
        let desk = desk();
        let par = document.ground().children(desk.venue, TableId::Fixtures).next().unwrap().clone();
        let extra = par.with([("id", Uuid::from_u128(5).into()), ("universe", Value::Int(9))]).unwrap();
        let edits = Transaction::new("Havoc")
            .set(TableId::Fixtures, par.id(), [("pos_x", Value::Real(99.0))])
            .put(extra)
            .delete(TableId::Scores, desk.score)
            .delete(TableId::Patterns, patterns::builtin::builtin()[0].id);
        document.edit(&edits).unwrap();
        let havoc = image(document.ground());
        let restore = restore(document.ground(), &library).unwrap();
        document.edit(&restore).unwrap();
        assert_eq!(image(document.ground()), delivered);
        document.undo().unwrap();
        assert_eq!(image(document.ground()), havoc);
    }
}
