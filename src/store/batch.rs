//! What is to be written in one SQL transaction: one commit, or several folded into one.
//!
//! Folding keeps of each row the image before the first and after the last commit, and of the history what is left of
//! it, so that however long the disk is away, what waits is no larger than the document and its [`MAX_STEPS`] of history.
//!
//! [`MAX_STEPS`]: crate::document::history::MAX_STEPS

use std::collections::BTreeMap;

use crate::document::ground::Key;
use crate::document::history::{Commit, Entry, HistoryOp};
use crate::registry::Row;

/// Commits are counted from 1 as they are handed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitNo(pub u64);

/// A row as the disk has it and as it shall be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Net {
    /// `None` where the row is new, or where nobody knows (derived rows).
    pub(super) before: Option<Row>,
    pub(super) after: Option<Row>,
}

/// What shall become of one entry of the history.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum EntryOp {
    Keep(Entry, bool),
    Mark(bool),
}

/// First what is forgotten, then the entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct NetHistory {
    pub(super) forget_from: Option<u64>,
    pub(super) forget_before: Option<u64>,
    pub(super) entries: BTreeMap<u64, EntryOp>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Batch {
    /// The newest commit in it.
    pub(super) last: CommitNo,
    pub(super) n_commits: u64,
    /// As undo names the newest of it.
    pub(super) label: String,
    pub(super) rows: BTreeMap<Key, Net>,
    pub(super) history: NetHistory,
    /// `None` forgets the key.
    pub(super) settings: BTreeMap<String, Option<String>>,
}

impl Batch {
    pub(super) fn of_commit(commit: Commit) -> Self {
        let rows = commit.changes.into_iter().map(|change| ((change.table, change.id), Net { before: change.before, after: change.after }));
        let mut batch = Self { label: commit.label, rows: rows.collect(), ..Self::default() };
        for op in commit.history {
            batch.history.then(op);
        }
        batch
    }

    pub(super) fn of_derived(rows: Vec<Row>) -> Self {
        let rows = rows.into_iter().map(|row| ((row.table(), row.id()), Net { before: None, after: Some(row) }));
        Self { label: "Analysis".into(), rows: rows.collect(), ..Self::default() }
    }

    pub(super) fn of_setting(key: String, value: Option<String>) -> Self {
        Self { label: format!("Setting {key}"), settings: BTreeMap::from([(key, value)]), ..Self::default() }
    }

    /// This batch and then `next`, as one.
    pub(super) fn absorb(&mut self, next: Self) {
        for (key, net) in next.rows {
            match self.rows.get_mut(&key) {
                None => drop(self.rows.insert(key, net)),
                // The disk never hears of a row that came and went while it was away.
                Some(first) if first.before.is_none() && net.after.is_none() && net.before.is_some() && key.0.def().kind.is_document() => {
                    self.rows.remove(&key);
                }
                Some(first) => first.after = net.after,
            }
        }
        self.history.absorb(next.history);
        self.settings.extend(next.settings);
        self.last = next.last;
        self.n_commits += next.n_commits;
        self.label = next.label;
    }
}

impl NetHistory {
    fn then(&mut self, op: HistoryOp) {
        match op {
            HistoryOp::Keep(entry) => drop(self.entries.insert(entry.seq, EntryOp::Keep(entry, true))),
            HistoryOp::Mark { seq, done } => match self.entries.get_mut(&seq) {
                Some(EntryOp::Keep(_, is_done) | EntryOp::Mark(is_done)) => *is_done = done,
                None => drop(self.entries.insert(seq, EntryOp::Mark(done))),
            },
            HistoryOp::ForgetFrom(seq) => {
                drop(self.entries.split_off(&seq));
                self.forget_from = Some(self.forget_from.map_or(seq, |from| from.min(seq)));
            }
            HistoryOp::ForgetBefore(seq) => {
                self.entries = self.entries.split_off(&seq);
                self.forget_before = Some(self.forget_before.map_or(seq, |before| before.max(seq)));
            }
        }
    }

    fn absorb(&mut self, next: Self) {
        let forget = next.forget_from.map(HistoryOp::ForgetFrom).into_iter().chain(next.forget_before.map(HistoryOp::ForgetBefore));
        forget.for_each(|op| self.then(op));
        for (seq, op) in next.entries {
            match op {
                EntryOp::Keep(..) => drop(self.entries.insert(seq, op)),
                EntryOp::Mark(done) => self.then(HistoryOp::Mark { seq, done }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::document::history::Document;
    use crate::document::transaction::Transaction;
    use crate::registry::{TableId, Value};

    fn venue(n: u128, name: &str) -> Row {
        Row::new(TableId::Venues, [("id", Uuid::from_u128(n).into()), ("name", name.into())]).unwrap()
    }

    fn fold(commits: impl IntoIterator<Item = Commit>) -> Batch {
        let mut commits = commits.into_iter().map(Batch::of_commit);
        let mut first = commits.next().unwrap();
        commits.for_each(|next| first.absorb(next));
        first
    }

    #[test]
    fn a_row_that_came_and_went_leaves_nothing_and_one_that_stayed_its_first_and_last_image() {
        let mut document = Document::default();
        let keep = document.edit(&Transaction::new("a").put(venue(1, "old"))).unwrap().unwrap();
        let commits = [
            document.edit(&Transaction::new("b").put(venue(2, "brief"))).unwrap().unwrap(),
            document
                .edit(&Transaction::new("c").set(TableId::Venues, Uuid::from_u128(1), [("name", Value::from("mid"))]))
                .unwrap()
                .unwrap(),
            document.edit(&Transaction::new("d").delete(TableId::Venues, Uuid::from_u128(2))).unwrap().unwrap(),
            document
                .edit(&Transaction::new("e").set(TableId::Venues, Uuid::from_u128(1), [("name", Value::from("new"))]))
                .unwrap()
                .unwrap(),
        ];
        let batch = fold(commits);
        let rows: Vec<_> = batch.rows.values().collect();
        assert_eq!(rows, [&Net { before: keep.changes[0].after.clone(), after: Some(venue(1, "new")) }]);
        assert_eq!(batch.history.entries.len(), 4);
    }

    #[test]
    fn what_an_edit_after_undo_forgets_is_forgotten_in_the_folded_history_too() {
        let mut document = Document::default();
        let commits = [
            document.edit(&Transaction::new("a").put(venue(1, "a"))).unwrap().unwrap(),
            document.edit(&Transaction::new("b").put(venue(2, "b"))).unwrap().unwrap(),
            document.undo().unwrap().unwrap(),
            document.undo().unwrap().unwrap(),
            document.redo().unwrap().unwrap(),
            document.edit(&Transaction::new("c").put(venue(3, "c"))).unwrap().unwrap(),
        ];
        let batch = fold(commits);
        assert_eq!(batch.history.forget_from, Some(1));
        let labels: Vec<_> = batch
            .history
            .entries
            .values()
            .map(|op| match op {
                EntryOp::Keep(entry, done) => (entry.step.label.as_str(), *done),
                EntryOp::Mark(done) => ("mark", *done),
            })
            .collect();
        assert_eq!(labels, [("a", true), ("c", true)]);
    }
}
