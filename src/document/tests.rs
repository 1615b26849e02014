//! Any run of edits can be taken back to the first state and done again to the last, byte for byte.

use proptest::prelude::*;
use uuid::Uuid;

use super::codec;
use super::ground::{Ground, Refused};
use super::history::{Document, Entry, HistoryOp};
use super::step::Step;
use super::transaction::Transaction;
use crate::registry::{Row, TableId, Value};

fn id(n: u64) -> Uuid {
    Uuid::from_u128(0x1000 + u128::from(n))
}

fn venue(n: u64) -> Row {
    Row::new(TableId::Venues, [("id", id(n).into()), ("name", format!("Venue {n}").into())]).unwrap()
}

fn fixture(n: u64, venue: u64) -> Row {
    let text = ["manufacturer", "model", "mode_name", "fixture_path"].map(|name| (name, Value::from("x")));
    let set = [("id", id(n).into()), ("venue_id", id(venue).into()), ("address", Value::Int(1)), ("num_channels", Value::Int(4))];
    Row::new(TableId::Fixtures, set.into_iter().chain(text)).unwrap()
}

fn group(n: u64, venue: u64, name: &str) -> Row {
    Row::new(TableId::FixtureGroups, [("id", id(n).into()), ("venue_id", id(venue).into()), ("name", name.into())]).unwrap()
}

fn member(n: u64, group: u64, fixture: u64) -> Row {
    Row::new(TableId::FixtureGroupMembers, [("id", id(n).into()), ("group_id", id(group).into()), ("fixture_id", id(fixture).into())])
        .unwrap()
}

/// Every row of every table, exactly.
fn image(ground: &Ground) -> Vec<Row> {
    TableId::all().flat_map(|table| ground.rows(table).cloned().collect::<Vec<_>>()).collect()
}

fn small_rig() -> Document {
    let mut document = Document::default();
    let rows = [venue(1), fixture(2, 1), fixture(3, 1), group(4, 1, "front"), member(5, 4, 2), member(6, 4, 3)];
    document.edit(&Transaction::new("Build").put_all(rows)).unwrap();
    document
}

#[test]
fn deleting_a_parent_takes_its_children_along_and_undo_brings_all_back() {
    let mut document = small_rig();
    let before = image(document.ground());
    let commit = document.edit(&Transaction::new("Delete venue").delete(TableId::Venues, id(1))).unwrap().unwrap();
    assert_eq!(commit.changes.len(), 6);
    assert!(image(document.ground()).is_empty());
    document.undo().unwrap();
    assert_eq!(image(document.ground()), before);
    document.redo().unwrap();
    assert!(image(document.ground()).is_empty());
}

#[test]
fn a_transaction_that_fails_at_its_end_changes_nothing() {
    let mut document = small_rig();
    let before = image(document.ground());
    let edit = Transaction::new("Bad").delete(TableId::Fixtures, id(2)).put(fixture(9, 77));
    assert!(matches!(document.edit(&edit), Err(Refused::Dangling { .. })));
    assert_eq!(image(document.ground()), before);
    assert_eq!(document.undo_label(), Some("Build"));
}

#[test]
fn two_groups_of_one_venue_cannot_share_a_name_but_may_swap_names_in_one_step() {
    let mut document = small_rig();
    document.edit(&Transaction::new("Add").put(group(7, 1, "back"))).unwrap();
    assert!(matches!(document.edit(&Transaction::new("Clash").put(group(8, 1, "back"))), Err(Refused::Taken { .. })));
    let swap = Transaction::new("Swap").set(TableId::FixtureGroups, id(4), [("name", "back".into())]).set(
        TableId::FixtureGroups,
        id(7),
        [("name", "front".into())],
    );
    document.edit(&swap).unwrap();
    let name = |n| document.ground().get(TableId::FixtureGroups, id(n)).unwrap().text("name").unwrap().to_owned();
    assert_eq!((name(4), name(7)), ("back".into(), "front".into()));
    assert!(document.ground().clone().apply(&Transaction::new("Still").put(group(8, 1, "back"))).is_err());
}

#[test]
fn the_moves_of_one_drag_are_one_step() {
    let mut document = small_rig();
    let before = image(document.ground());
    for x in 1..=50 {
        let set = [("pos_x", Value::Real(f64::from(x)))];
        document.edit(&Transaction::new("Move fixture").grouped("drag 1").set(TableId::Fixtures, id(2), set)).unwrap();
    }
    document.undo().unwrap();
    assert_eq!(image(document.ground()), before);
}

#[test]
fn undo_leaves_alone_what_others_changed_in_the_same_row() {
    let mut document = small_rig();
    document.edit(&Transaction::new("Move").set(TableId::Fixtures, id(2), [("pos_x", Value::Real(3.0))])).unwrap();
    let entry = document.history().0.last().unwrap().clone();
    let mut elsewhere = document.ground().clone();
    elsewhere.apply(&Transaction::new("Pulled").set(TableId::Fixtures, id(2), [("address", Value::Int(99))])).unwrap();
    let undo = entry.step.undo(&elsewhere);
    elsewhere.apply(&undo).unwrap();
    let row = elsewhere.get(TableId::Fixtures, id(2)).unwrap();
    assert_eq!((row.real("pos_x").unwrap(), row.int("address").unwrap()), (0.0, 99));
}

#[test]
fn an_annotation_cannot_end_before_it_begins_nor_a_fixture_outgrow_its_universe() {
    let refused = Ground::default().apply(&Transaction::new("x").put(fixture(1, 1).with([("address", Value::Int(510))]).unwrap()));
    assert!(refused.unwrap_err().to_string().contains("beyond 512"));
}

#[derive(Clone, Debug)]
enum Deed {
    Put(u8, u64, u64),
    Move(u64, f64, bool),
    Delete(u8, u64),
    Undo,
    Redo,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (0..4u8, 1..12u64, 1..12u64).prop_map(|(kind, n, parent)| Deed::Put(kind, n, parent)),
        3 => (1..12u64, -5.0..5.0, any::<bool>()).prop_map(|(n, x, drag)| Deed::Move(n, x, drag)),
        2 => (0..4u8, 1..12u64).prop_map(|(kind, n)| Deed::Delete(kind, n)),
        2 => Just(Deed::Undo),
        1 => Just(Deed::Redo),
    ]
}

/// Ids of the four tables never meet: one id, one row.
fn transaction(deed: &Deed) -> Option<Transaction> {
    let tables = [TableId::Venues, TableId::Fixtures, TableId::FixtureGroups, TableId::FixtureGroupMembers];
    let own = |kind: u8, n: u64| u64::from(kind) * 100 + n;
    Some(match *deed {
        Deed::Put(0, n, _) => Transaction::new("Put venue").put(venue(n)),
        Deed::Put(1, n, parent) => Transaction::new("Put fixture").put(fixture(own(1, n), parent)),
        Deed::Put(2, n, parent) => Transaction::new("Put group").put(group(own(2, n), parent, &format!("g{}", n % 5))),
        Deed::Put(_, n, parent) => Transaction::new("Put member").put(member(own(3, n), own(2, parent), own(1, n))),
        Deed::Move(n, x, drag) => {
            let edit = Transaction::new("Move").set(TableId::Fixtures, id(own(1, n)), [("pos_x", Value::Real(x))]);
            if drag { edit.grouped("drag") } else { edit }
        }
        Deed::Delete(kind, n) => Transaction::new("Delete").delete(tables[usize::from(kind)], id(own(kind, n))),
        Deed::Undo | Deed::Redo => return None,
    })
}

/// What a store would hold, from the commits alone.
#[derive(Default)]
struct Disk {
    rows: std::collections::BTreeMap<(TableId, Uuid), Row>,
    history: std::collections::BTreeMap<u64, (Entry, bool)>,
}

impl Disk {
    fn take(&mut self, commit: &super::history::Commit) {
        for change in &commit.changes {
            match &change.after {
                Some(row) => drop(self.rows.insert((change.table, change.id), row.clone())),
                None => drop(self.rows.remove(&(change.table, change.id))),
            }
        }
        for op in &commit.history {
            match op {
                HistoryOp::Keep(entry) => drop(self.history.insert(entry.seq, (entry.clone(), true))),
                HistoryOp::Mark { seq, done } => self.history.get_mut(seq).unwrap().1 = *done,
                HistoryOp::ForgetFrom(seq) => self.history.retain(|other, _| other < seq),
                HistoryOp::ForgetBefore(seq) => self.history.retain(|other, _| other >= seq),
            }
        }
    }

    fn open(&self) -> Document {
        let pick = |wanted: bool| {
            let chosen = self.history.values().filter(move |(_, done)| *done == wanted);
            chosen
                .map(|(entry, _)| {
                    let changes = codec::decode(&codec::encode(&entry.step.changes)).unwrap();
                    Entry { seq: entry.seq, step: Step { changes, ..entry.step.clone() } }
                })
                .collect()
        };
        Document::open(Ground::load(self.rows.values().cloned()), pick(true), pick(false))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The store is rebuilt from the commits alone and opened again at random points; the document never notices.
    #[test]
    fn any_edits_are_undone_to_the_first_state_and_redone_to_the_last_over_restarts(
        deeds in prop::collection::vec((deed(), prop::bool::weighted(0.05)), 1..200),
    ) {
        let mut document = Document::default();
        let mut disk = Disk::default();
        for (deed, restart) in &deeds {
            let commit = match deed {
                Deed::Undo => document.undo().unwrap(),
                Deed::Redo => document.redo().unwrap(),
                deed => document.edit(&transaction(deed).unwrap()).unwrap_or_default(),
            };
            commit.iter().for_each(|commit| disk.take(commit));
            if *restart {
                document = disk.open();
            }
        }
        while let Some(commit) = document.redo().unwrap() {
            disk.take(&commit);
        }
        let last = image(document.ground());
        prop_assert_eq!(&last, &disk.rows.values().cloned().collect::<Vec<_>>());
        let mut n_undone = 0;
        while let Some(commit) = document.undo().unwrap() {
            disk.take(&commit);
            n_undone += 1;
        }
        prop_assert!(image(document.ground()).is_empty());
        document = disk.open();
        for _ in 0..n_undone {
            disk.take(&document.redo().unwrap().unwrap());
        }
        prop_assert_eq!(image(document.ground()), last);
        prop_assert!(document.redo().unwrap().is_none());
    }
}
