//! Somebody who edits at random, the same way for the same seed: for the tests that kill, starve and fill the store.
//!
//! Whoever knows the seed and how many edits were made knows what the library must hold.

use uuid::Uuid;

use crate::document::history::{Commit, Document};
use crate::document::transaction::Transaction;
use crate::registry::{BadRow, Row, TableId, Value};

#[derive(Clone, Debug)]
pub struct Typist {
    seed: u64,
    drag: u64,
}

impl Typist {
    pub fn new(seed: u64) -> Self {
        Self { seed, drag: 0 }
    }

    /// The next edit that changes anything.  Edits that the document refuses are part of typing and passed over.
    pub fn next(&mut self, document: &mut Document) -> Option<Commit> {
        (0..1000).find_map(|_| self.attempt(document))
    }

    fn attempt(&mut self, document: &mut Document) -> Option<Commit> {
        let outcome = match self.below(100) {
            0..10 => document.undo(),
            10..15 => document.redo(),
            kind => document.edit(&self.edit(kind, document)?.ok()?),
        };
        outcome.ok().flatten()
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        // Steele's splitmix: any seed will do, and every build gives the same numbers.
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.seed;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % n.max(1)
    }

    fn id(&mut self) -> Uuid {
        let (high, low) = (self.below(u64::MAX), self.below(u64::MAX));
        uuid::Builder::from_random_bytes(((u128::from(high) << 64) | u128::from(low)).to_be_bytes()).into_uuid()
    }

    fn any(&mut self, document: &Document, table: TableId) -> Option<Row> {
        let at = self.below(document.ground().n_rows(table) as u64);
        document.ground().rows(table).nth(usize::try_from(at).ok()?).cloned()
    }

    fn edit(&mut self, kind: u64, document: &Document) -> Option<Result<Transaction, BadRow>> {
        let id = self.id();
        Some(match kind {
            15..18 => self.venue(id).map(|row| Transaction::new("Add venue").put(row)),
            18..40 => {
                let venue = self.any(document, TableId::Venues)?.id();
                fixture(id, venue, self.below(500) + 1).map(|row| Transaction::new("Add fixture").put(row))
            }
            40..46 => {
                let venue = self.any(document, TableId::Venues)?.id();
                group(id, venue, &format!("Group {}", self.below(40))).map(|row| Transaction::new("Add group").put(row))
            }
            46..54 => {
                let (group, fixture) = (self.any(document, TableId::FixtureGroups)?, self.any(document, TableId::Fixtures)?);
                let id = Uuid::new_v5(&group.id(), fixture.id().as_bytes());
                Row::new(
                    TableId::FixtureGroupMembers,
                    [("id", id.into()), ("group_id", group.id().into()), ("fixture_id", fixture.id().into())],
                )
                .map(|row| Transaction::new("Put into group").put(row))
            }
            54..60 => return self.swap_names(document).map(Ok),
            60..80 => {
                let fixture = self.any(document, TableId::Fixtures)?.id();
                if self.below(4) == 0 {
                    self.drag += 1;
                }
                let to =
                    [("pos_x", Value::Real(self.below(20_000) as f64 / 1000.0 - 10.0)), ("rot_z", Value::Real(self.below(360) as f64))];
                Ok(Transaction::new("Move fixture").grouped(format!("drag {}", self.drag)).set(TableId::Fixtures, fixture, to))
            }
            80..90 => {
                // What belongs to a venue that goes may go or move away in the same edit.
                let (venue, other) = (self.any(document, TableId::Venues)?.id(), self.any(document, TableId::Venues)?.id());
                if self.below(6) > 0 || venue == other {
                    let table = [TableId::Fixtures, TableId::FixtureGroups, TableId::FixtureGroupMembers][self.below(3) as usize];
                    let row = self.any(document, table)?.id();
                    Ok(Transaction::new("Delete").delete(table, row))
                } else {
                    let moved = document.ground().children(venue, TableId::Fixtures).take(3).map(Row::id).collect::<Vec<_>>();
                    let edit = Transaction::new("Close venue");
                    let edit = moved.into_iter().fold(edit, |edit, id| edit.set(TableId::Fixtures, id, [("venue_id", other.into())]));
                    Ok(edit.delete(TableId::Venues, venue))
                }
            }
            _ => {
                let fixture = self.any(document, TableId::Fixtures)?.id();
                let label = format!("Lamp \"{}\" \u{1f4a1}\n", self.below(1000));
                Ok(Transaction::new("Rename fixture").set(TableId::Fixtures, fixture, [("label", label.into())]))
            }
        })
    }

    fn venue(&mut self, id: Uuid) -> Result<Row, BadRow> {
        Row::new(TableId::Venues, [("id", id.into()), ("name", format!("Venue {}", self.below(1000)).into())])
    }

    fn swap_names(&mut self, document: &Document) -> Option<Transaction> {
        let (first, second) = (self.any(document, TableId::FixtureGroups)?, self.any(document, TableId::FixtureGroups)?);
        let swap = Transaction::new("Swap names").set(TableId::FixtureGroups, first.id(), [("name", second.get("name").clone())]);
        Some(swap.set(TableId::FixtureGroups, second.id(), [("name", first.get("name").clone())]))
    }
}

/// A lamp of four channels.
pub fn fixture(id: Uuid, venue: Uuid, address: u64) -> Result<Row, BadRow> {
    let text = ["manufacturer", "model", "mode_name", "fixture_path"].map(|name| (name, Value::from("typed")));
    let address = i64::try_from(address).unwrap_or(1);
    let set = [("id", id.into()), ("venue_id", venue.into()), ("address", Value::Int(address)), ("num_channels", Value::Int(4))];
    Row::new(TableId::Fixtures, set.into_iter().chain(text))
}

pub fn group(id: Uuid, venue: Uuid, name: &str) -> Result<Row, BadRow> {
    Row::new(TableId::FixtureGroups, [("id", id.into()), ("venue_id", venue.into()), ("name", name.into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_types_the_same_and_all_of_it_can_be_undone() {
        let type_some = || {
            let (mut document, mut typist) = (Document::default(), Typist::new(7));
            let labels: Vec<String> = (0..2000).map(|_| typist.next(&mut document).unwrap().label).collect();
            (document, labels)
        };
        let ((mut document, labels), (_, again)) = (type_some(), type_some());
        assert_eq!(labels, again);
        for label in ["Swap names", "Close venue", "Put into group", "Move fixture"] {
            assert!(labels.iter().any(|typed| typed == label), "never typed: {label}");
        }
        while document.undo().unwrap().is_some() {}
        assert!(TableId::all().all(|table| document.ground().n_rows(table) == 0));
    }
}
