//! Columns of what never leaves this device.

use super::super::Check::{Length, OneOf, Range};
use super::super::Column;
use super::super::ColumnKind::{Bool, Int, Json, Real, Text, Time, Uuid};
use super::super::OnDelete::Cascade;
use super::{TableId, id, place};

pub(super) const OUTPUT_ROUTES: &[Column] = &[
    id(),
    Column::new("universe", Int).check(Range(1.0, 63_999.0)),
    Column::new("protocol", Text).check(OneOf(&["artnet", "sacn"])),
    Column::new("target", Text).null(),
    Column::new("port_address", Int).null().check(Range(0.0, 63_999.0)),
    Column::new("enabled", Bool).default_int(1),
    Column::new("priority", Int).default_int(100).check(Range(0.0, 200.0)),
    Column::new("delay_ms", Int).default_int(0).check(Range(0.0, 10_000.0)),
    place(),
];

pub(super) const SETTINGS: &[Column] = &[Column::new("key", Text), Column::new("value", Text)];

/// One row: this device as other devices know it.  `hlc` is the last instant that it stamped (sync.md 3.3).
pub(super) const DEVICES_SELF: &[Column] = &[
    Column::new("id", Int).default_int(1).check(Range(1.0, 1.0)),
    Column::new("device_id", Uuid).default_new_id(),
    Column::new("name", Text).null(),
    Column::new("hlc", Uuid).null(),
    Column::new("clock_offset_secs", Real).default_real(0.0),
    Column::new("made_at", Time).default_now(),
];

/// Undo and redo across restarts: what was done, oldest first; of an undone step `done` is 0.
pub(super) const EDIT_HISTORY: &[Column] = &[
    Column::new("seq", Int),
    Column::new("label", Text),
    Column::new("group_key", Text).null(),
    Column::new("made_at", Time).default_now(),
    Column::new("changes_json", Json),
    Column::new("done", Bool).default_int(1),
];

/// Where an asset's file lies.  An absolute path holds one file.
pub(super) const ASSET_LOCATIONS: &[Column] = &[
    Column::new("device_id", Uuid),
    Column::new("path", Text).check(Length(32_768)),
    Column::new("asset_id", Uuid).references(TableId::Assets, Cascade),
    Column::new("seen_at", Time).default_now(),
];

pub(super) const PREPROCESSING_FAILURES: &[Column] = &[
    Column::new("track_id", Uuid).references(TableId::Tracks, Cascade),
    Column::new("processor", Text).check(Length(200)),
    Column::new("error", Text),
    Column::new("attempts", Int).default_int(1).check(Range(1.0, 1e9)),
    Column::new("failed_at", Time).default_now(),
];
