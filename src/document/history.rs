//! The document's one history: what was done, what can be undone and redone.
//!
//! A line, not a tree: a new edit after undo forgets what was undone.  The store keeps the same line on disk, told of
//! each movement by [`HistoryOp`]s, so that undo reaches over a restart.  At most [`MAX_STEPS`] steps are kept.

use std::collections::VecDeque;

use super::ground::{Ground, Refused};
use super::step::{Change, Step};
use super::transaction::Transaction;

pub const MAX_STEPS: usize = 20_000;

/// One step and its number on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub seq: u64,
    pub step: Step,
}

/// What happened to the history, for the store to repeat.
#[derive(Clone, Debug, PartialEq)]
pub enum HistoryOp {
    /// A new entry, or a longer version of the one with this number.
    Keep(Entry),
    /// The entry is now done (redo) or not (undo).
    Mark { seq: u64, done: bool },
    /// Entries from this number on are forgotten.
    ForgetFrom(u64),
    /// Entries before this number are forgotten.
    ForgetBefore(u64),
}

/// What an edit, undo or redo did: for the store, sync, panels and mirrors alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    pub label: String,
    /// Sorted by table, parents first, each row once.
    pub changes: Vec<Change>,
    pub history: Vec<HistoryOp>,
}

/// The ground and how it came to be what it is.
#[derive(Clone, Debug, Default)]
pub struct Document {
    ground: Ground,
    done: VecDeque<Entry>,
    /// The next to redo is the last.
    undone: Vec<Entry>,
    next_seq: u64,
}

impl Document {
    /// As the disk holds it.  `done` and `undone` by number, ascending.
    pub fn open(ground: Ground, done: Vec<Entry>, mut undone: Vec<Entry>) -> Self {
        let next_seq = done.iter().chain(&undone).map(|entry| entry.seq + 1).max().unwrap_or(0);
        undone.reverse();
        Self { ground, done: done.into(), undone, next_seq }
    }

    pub fn ground(&self) -> &Ground {
        &self.ground
    }

    /// Applies an edit.  `Ok(None)` where it changes nothing.
    pub fn edit(&mut self, transaction: &Transaction) -> Result<Option<Commit>, Refused> {
        let step = self.ground.apply(transaction)?;
        if step.is_empty() {
            return Ok(None);
        }
        let (label, changes) = (step.label.clone(), step.changes.clone());
        let mut history = Vec::new();
        if let Some(first) = self.undone.last() {
            history.push(HistoryOp::ForgetFrom(first.seq));
            self.next_seq = first.seq;
            self.undone.clear();
        }
        let continued = step.group.is_some() && self.done.back().is_some_and(|last| last.step.group == step.group);
        let entry = match self.done.pop_back() {
            Some(last) if continued => Entry { seq: last.seq, step: last.step.then(step) },
            last => {
                self.done.extend(last);
                self.next_seq += 1;
                Entry { seq: self.next_seq - 1, step }
            }
        };
        history.push(HistoryOp::Keep(entry.clone()));
        self.done.push_back(entry);
        while self.done.len() > MAX_STEPS {
            self.done.pop_front();
            history.extend(self.done.front().map(|oldest| HistoryOp::ForgetBefore(oldest.seq)));
        }
        Ok(Some(Commit { label, changes, history }))
    }

    /// Applies what nobody did: a worker found it out, and undo does not reach it.  `Ok(None)` where it changes nothing.
    pub fn learn(&mut self, transaction: &Transaction) -> Result<Option<Commit>, Refused> {
        let step = self.ground.apply(transaction)?;
        Ok((!step.is_empty()).then(|| Commit { label: step.label, changes: step.changes, history: Vec::new() }))
    }

    /// Takes back the newest step.  `Ok(None)` where there is none.
    pub fn undo(&mut self) -> Result<Option<Commit>, Refused> {
        let Some(entry) = self.done.back() else {
            return Ok(None);
        };
        let step = self.ground.apply(&entry.step.undo(&self.ground))?;
        let commit = Commit { label: step.label, changes: step.changes, history: vec![HistoryOp::Mark { seq: entry.seq, done: false }] };
        self.undone.extend(self.done.pop_back());
        Ok(Some(commit))
    }

    pub fn redo(&mut self) -> Result<Option<Commit>, Refused> {
        let Some(entry) = self.undone.last() else {
            return Ok(None);
        };
        let step = self.ground.apply(&entry.step.redo(&self.ground))?;
        let commit = Commit { label: step.label, changes: step.changes, history: vec![HistoryOp::Mark { seq: entry.seq, done: true }] };
        self.done.extend(self.undone.pop());
        Ok(Some(commit))
    }

    /// What undo would take back.
    pub fn undo_label(&self) -> Option<&str> {
        self.done.back().map(|entry| entry.step.label.as_str())
    }

    pub fn redo_label(&self) -> Option<&str> {
        self.undone.last().map(|entry| entry.step.label.as_str())
    }

    /// Done and undone steps, by number.
    pub fn history(&self) -> (impl Iterator<Item = &Entry>, impl Iterator<Item = &Entry>) {
        (self.done.iter(), self.undone.iter().rev())
    }
}
