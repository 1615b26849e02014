//! What is kept: every table of `luma.db`, its columns, keys, scope and merge policy, in one list.
//!
//! The document checks edits against it, the store binds and reads rows by it, capture triggers and exports are made
//! from it, and sync and server know from it what may be sent and how two edits merge.  A test holds it against the
//! schema that the migrations make.
//!
//! The architecture's picture had this in `store/`; it stands on the lowest shelf because the document, which may not
//! know of SQL, needs keys and parents as well: a second list of them would drift.
//!
//! [`Row`] leaves out the bookkeeping columns `version`, `created_at` and `updated_at`: the database keeps those.

mod column;
mod natural;
mod row;
pub mod tables;
mod value;

pub use column::{Check, Column, ColumnKind, DefaultValue, OnDelete, Reference};
pub use row::{BadRow, Row};
pub use tables::TableId;
pub use value::Value;

/// Columns that the database itself keeps in every table with an `id`.
pub const BOOKKEEPING: [&str; 3] = ["version", "created_at", "updated_at"];

/// Who keeps a table's rows, and what happens to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Edited by people: transactions, undo, capture.
    Document,
    /// Written by workers (analysis): no undo, captured all the same.
    Derived,
    /// Synced, edited through the server's interfaces only.
    Synced,
    /// This device's own, but edited by people with undo.
    LocalDocument,
    /// This device's own bookkeeping.
    Local,
}

impl Kind {
    /// Whether edits of such rows are transactions of the document.
    pub fn is_document(self) -> bool {
        matches!(self, Self::Document | Self::LocalDocument)
    }

    /// Whether writes are captured into `pending_ops`.
    pub fn is_captured(self) -> bool {
        matches!(self, Self::Document | Self::Derived | Self::Synced)
    }
}

/// Who shares a row (sync.md 3.1).  `Via` names the column that leads to the row which knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Ships with Luma, the same everywhere.
    Global,
    User,
    Org,
    /// The row is itself a venue, production or project.
    Venue,
    Production,
    Project,
    /// The scope of the row that this column points to.
    Via(&'static str),
    /// The first of these columns that is not null decides; else the user.
    FirstOf(&'static [&'static str]),
    /// Never leaves this device.
    Local,
}

/// How two edits of one row merge (sync.md 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Field by field; of one field, the later wins and the other is logged.
    Fields,
    /// Both are kept until a person chooses.
    Both,
    /// A node graph, merged by node and wire.
    Json,
    /// The newer processor wins.
    Derived,
    /// Never merged.
    Local,
}

/// One table.  Its first column is `id`, save in tables of [`Kind::Local`].
#[derive(Debug)]
pub struct Table {
    pub id: TableId,
    pub name: &'static str,
    /// Parents stand in a lower tier, or earlier in the same one (sync.md 3.1).
    pub tier: u8,
    pub kind: Kind,
    pub scope: Scope,
    pub policy: Policy,
    /// Without [`BOOKKEEPING`].
    pub columns: &'static [Column],
    /// Columns that the id is a `UUIDv5` of, where the row has a natural key (sync.md 3.3).
    pub natural_key: &'static [&'static str],
    /// Other sets of columns that no two rows share.
    pub unique: &'static [&'static [&'static str]],
    /// The primary key: `id`, save in tables of [`Kind::Local`].
    pub key: &'static [&'static str],
}

impl Table {
    /// Place of a column in a [`Row`].
    pub fn column_idx(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Whether rows are known by a UUID; then the database keeps [`BOOKKEEPING`] as well.
    pub fn has_id(&self) -> bool {
        matches!(self.columns.first(), Some(Column { name: "id", kind: ColumnKind::Uuid, .. }))
    }

    /// Columns that leave this device, with their places in a [`Row`].
    pub fn shared_columns(&self) -> impl Iterator<Item = (usize, &'static Column)> {
        self.columns.iter().enumerate().filter(|(_, column)| !column.local)
    }

    /// Columns that point to other rows, with the table they point to.
    pub fn references(&self) -> impl Iterator<Item = (usize, &'static Reference)> {
        self.columns.iter().enumerate().filter_map(|(at, column)| column.references.as_ref().map(|reference| (at, reference)))
    }
}
