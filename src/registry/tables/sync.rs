//! Columns of what sync knows: remotes, queues, cursors, conflicts and files (sync.md 3.1 and 3.4 to 3.9).
//!
//! `tbl` and `row_id` name a row of another table, which may be gone.  `ver` is the uuid of a write, `rev` a server's place in
//! its feed.  Images are JSON objects of a row's shared columns as the database holds them (see `store::image`).

use super::super::Check::{Length, OneOf, Range};
use super::super::Column;
use super::super::ColumnKind::{Bool, Int, Json, Text, Time, Uuid};
use super::super::OnDelete::Cascade;
use super::{NOBODY, TableId, id, natural_id, uid};

const fn text(name: &'static str) -> Column {
    Column::new(name, Text)
}

const fn count(name: &'static str) -> Column {
    Column::new(name, Int).default_int(0).check(Range(0.0, 9e15))
}

const fn remote() -> Column {
    text("remote").references(TableId::SyncRemotes, Cascade)
}

const fn op() -> Column {
    text("op").check(OneOf(&["insert", "update", "delete"]))
}

const fn user() -> Column {
    Column::new("uid", Uuid).default_text(NOBODY)
}

/// Synced facts of a file; it belongs to a track or an asset, or to neither.
pub(super) const FILE_OBJECTS: &[Column] = &[
    natural_id(),
    uid(),
    text("kind").check(OneOf(&["track_audio", "artwork_thumb", "analysis_package", "stem", "asset", "render_artifact"])),
    Column::new("track_id", Uuid).null().references(TableId::Tracks, Cascade),
    Column::new("asset_id", Uuid).null().references(TableId::Assets, Cascade),
    text("sha256").check(Length(64)),
    Column::new("size", Int).check(Range(0.0, 1e15)),
    text("bucket").check(Length(200)),
    text("path").check(Length(1024)),
    Column::new("parts", Int).default_int(1).check(Range(1.0, 100_000.0)),
    text("state").default_text("remote").check(OneOf(&["remote", "partial", "gone"])),
];

/// One row.  `applying` is 1 inside a transaction that applies what a server sent; `uid` is who is signed in.
pub(super) const SYNC_GUARD: &[Column] =
    &[Column::new("id", Int).default_int(1).check(Range(1.0, 1.0)), Column::new("applying", Bool).default_int(0), user()];

/// The remote `cloud` is always there: until it is set up (its `url` is null) it only collects operations.
pub(super) const SYNC_REMOTES: &[Column] = &[
    text("remote").check(Length(200)),
    text("kind").check(OneOf(&["cloud", "lan"])),
    text("url").null(),
    text("server_id").null(),
    text("generation").null(),
    text("tls_pin").null(),
    Column::new("schema", Int).null(),
];

pub(super) const SYNC_SCOPES: &[Column] = &[
    remote(),
    Column::new("uid", Uuid),
    text("scope").check(Length(200)),
    count("cursor"),
    Column::new("staged_to", Int).null(),
    text("role").null(),
];

/// What a server last said of a row.  `version` is the local one at that time; `image` is kept where the row itself is gone.
pub(super) const SYNC_ROWS: &[Column] = &[
    remote(),
    text("tbl"),
    text("row_id"),
    Column::new("ver", Uuid).null(),
    Column::new("rev", Int).null(),
    Column::new("version", Int).null(),
    Column::new("updated_by", Uuid).null(),
    Column::new("image", Json).null(),
    Column::new("synced_at", Time).null(),
];

/// What is to be sent: one operation a row, whatever happened to it since `base`.  Triggers write it with every change, so it
/// is checked lightly: `remote` is no foreign key (a trigger clears the queue of a remote that goes), `uid` and `base` are what
/// `sync_guard` and the row were.  `none` does not outlast its trigger.
pub(super) const PENDING_OPS: &[Column] = &[
    text("remote"),
    text("uid").default_text(NOBODY),
    text("tbl"),
    text("row_id"),
    text("op").check(OneOf(&["insert", "update", "delete", "none"])),
    Column::new("seq", Int).default_int(1).check(Range(1.0, 9e15)),
    text("base").null(),
    text("ver").null(),
    text("state").default_text("ready").check(OneOf(&[
        "ready",
        "inflight",
        "blocked:parent",
        "blocked:schema",
        "blocked:locked",
        "blocked:auth",
        "quarantined",
    ])),
    count("attempts"),
    Column::new("next_at", Time).null(),
    text("err").null(),
];

/// Writes sent and not yet known to have arrived.
pub(super) const SENT_OPS: &[Column] = &[
    remote(),
    text("tbl"),
    text("row_id"),
    Column::new("ver", Uuid),
    Column::new("seq", Int).check(Range(1.0, 9e15)),
    op(),
    Column::new("image", Json),
    Column::new("sent_at", Time).default_now(),
];

/// Rows that a server sent, staged until the whole cut is here.
pub(super) const SYNC_INBOX: &[Column] = &[
    remote(),
    Column::new("uid", Uuid),
    text("scope"),
    Column::new("rev", Int).check(Range(0.0, 9e15)),
    text("tbl"),
    text("row_id"),
    Column::new("row", Json),
    Column::new("staged_at", Time).default_now(),
];

pub(super) const SYNC_CONFLICTS: &[Column] = &[
    id(),
    text("remote").default_text("cloud"),
    user(),
    text("table_name"),
    text("record_id"),
    Column::new("cloud_version", Int).null(),
    Column::new("local_version", Int).null(),
    Column::new("cloud_data", Json).null(),
    Column::new("local_data", Json).null(),
    Column::new("base_data", Json).null(),
    Column::new("fields", Json).null(),
    Column::new("cloud_updated_at", Time).null(),
    Column::new("local_updated_at", Time).null(),
    text("resolution").null().default_text("pending").check(OneOf(&["pending", "cloud_wins", "local_wins", "merged", "manual"])),
    Column::new("resolved_at", Time).null(),
    Column::new("resolved_by", Uuid).null(),
];

pub(super) const SYNC_LOG: &[Column] = &[
    id(),
    text("remote").default_text("cloud"),
    text("sync_direction").null().check(OneOf(&["upload", "download", "bidirectional"])),
    Column::new("started_at", Time).null().default_now(),
    Column::new("completed_at", Time).null(),
    text("status").null().check(OneOf(&["started", "completed", "failed", "partial"])),
    Column::new("records_synced", Int).null().default_int(0),
    Column::new("conflicts_detected", Int).null().default_int(0),
    Column::new("errors", Json).null(),
    text("server_id").null(),
];

/// Files on their way.  Lower priorities go first.
pub(super) const FILE_QUEUE: &[Column] = &[
    Column::new("id", Int),
    remote().default_text("cloud"),
    text("direction").default_text("up").check(OneOf(&["up", "down"])),
    text("upload_type").check(OneOf(&["track_audio", "artwork_thumb", "analysis_package", "stem", "asset"])),
    Column::new("track_id", Uuid).null().references(TableId::Tracks, Cascade),
    Column::new("asset_id", Uuid).null().references(TableId::Assets, Cascade),
    text("local_path").null(),
    text("storage_path").null(),
    Column::new("file_size", Int).null().check(Range(0.0, 1e15)),
    count("bytes_uploaded"),
    text("status").default_text("pending").check(OneOf(&["waiting_inputs", "pending", "uploading", "completed", "failed"])),
    count("attempts"),
    text("last_error").null(),
    Column::new("priority", Int).default_int(2).check(Range(1.0, 9.0)),
    text("sha256").null().check(Length(64)),
    text("tus_url").null(),
    Column::new("tus_expires", Time).null(),
    Column::new("device", Uuid).null(),
    Column::new("created_at", Time).default_now(),
    Column::new("completed_at", Time).null(),
];

pub(super) const FILE_PARTS: &[Column] = &[
    Column::new("file_id", Int).references(TableId::FileQueue, Cascade),
    Column::new("part", Int).check(Range(0.0, 100_000.0)),
    Column::new("offset", Int).check(Range(0.0, 1e15)),
    Column::new("size", Int).check(Range(0.0, 1e15)),
    text("sha256").null().check(Length(64)),
    text("tus_url").null(),
    text("state").default_text("pending").check(OneOf(&["pending", "uploading", "completed", "failed"])),
];
