//! Columns of what the LAN server keeps beside the rows it serves (sync.md 3.1, 3.8 and 3.12).

use super::super::Check::{Length, Range};
use super::super::Column;
use super::super::ColumnKind::{Int, Json, Text, Time, Uuid};
use super::super::OnDelete::Cascade;
use super::TableId;

const fn text(name: &'static str) -> Column {
    Column::new(name, Text)
}

const fn rev(name: &'static str) -> Column {
    Column::new(name, Int).default_int(0).check(Range(0.0, 9e15))
}

/// One row.  A new generation tells clients to read everything again; `rev` is the feed's head.
pub(super) const SYNC_META: &[Column] = &[
    Column::new("id", Int).default_int(1).check(Range(1.0, 1.0)),
    Column::new("generation", Uuid).default_new_id(),
    Column::new("schema", Int).default_int(1),
    rev("rev"),
];

/// How far each device has read each scope.
pub(super) const SYNC_DEVICES: &[Column] = &[
    Column::new("device_id", Uuid),
    text("scope").check(Length(200)),
    Column::new("uid", Uuid),
    rev("acked_rev"),
    Column::new("seen_at", Time).default_now(),
];

/// Tombstones up to here are gone.
pub(super) const SYNC_GC: &[Column] = &[text("scope").check(Length(200)), rev("floor_rev")];

pub(super) const PRODUCTION_LOCKS: &[Column] = &[
    Column::new("production_id", Uuid).references(TableId::Productions, Cascade),
    text("holder"),
    Column::new("epoch", Int).default_int(1).check(Range(1.0, 9e15)),
    Column::new("expires_at", Time),
];

pub(super) const AUDIT_LOG: &[Column] = &[
    Column::new("id", Int),
    Column::new("at", Time).default_now(),
    Column::new("uid", Uuid).null(),
    Column::new("device_id", Uuid).null(),
    text("action"),
    text("tbl").null(),
    text("row_id").null(),
    Column::new("detail", Json).null(),
];

pub(super) const STORAGE_OBJECTS: &[Column] = &[
    text("bucket").check(Length(200)),
    text("path").check(Length(1024)),
    Column::new("owner", Uuid).null(),
    text("sha256").check(Length(64)),
    Column::new("size", Int).check(Range(0.0, 1e15)),
    text("content_type").null(),
    Column::new("metadata", Json).null(),
    Column::new("made_at", Time).default_now(),
];
