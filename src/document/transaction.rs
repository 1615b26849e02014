//! What somebody wants done to the document: named, whole or not at all.
//!
//! Panels, the command line and the server all write these; nothing else changes a saved thing.

use uuid::Uuid;

use crate::registry::{Row, TableId, Value};

#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Adds a row, or replaces the one of its id.
    Put(Row),
    /// Changes some columns of a row and leaves the others as they are.
    Set { table: TableId, id: Uuid, columns: Vec<(String, Value)> },
    /// Removes a row and what hangs on it.
    Delete { table: TableId, id: Uuid },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// As undo names it: "Move 3 fixtures".
    pub label: String,
    /// Transactions in a row with the same group are one step of undo: the moves of one drag.
    pub group: Option<String>,
    pub ops: Vec<Op>,
}

impl Transaction {
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), group: None, ops: Vec::new() }
    }

    #[must_use]
    pub fn grouped(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    #[must_use]
    pub fn put(mut self, row: Row) -> Self {
        self.ops.push(Op::Put(row));
        self
    }

    #[must_use]
    pub fn put_all(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.ops.extend(rows.into_iter().map(Op::Put));
        self
    }

    #[must_use]
    pub fn set<const N: usize>(mut self, table: TableId, id: Uuid, columns: [(&str, Value); N]) -> Self {
        let columns = columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.ops.push(Op::Set { table, id, columns });
        self
    }

    #[must_use]
    pub fn delete(mut self, table: TableId, id: Uuid) -> Self {
        self.ops.push(Op::Delete { table, id });
        self
    }
}
