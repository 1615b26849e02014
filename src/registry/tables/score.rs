//! Columns of what is written: patterns, their graphs, and their places in scores.

use super::super::Check::OneOf;
use super::super::Column;
use super::super::ColumnKind::{Bool, Int, Json, Real, Text, Time, Uuid};
use super::super::OnDelete::{SetNull, Soft};
use super::venue::BLEND_MODES;
use super::{TableId, id, name, natural_id, to, uid};

pub(super) const PATTERN_CATEGORIES: &[Column] = &[natural_id(), uid(), name()];

pub(super) const PATTERNS: &[Column] = &[
    id(),
    uid(),
    name(),
    Column::new("description", Text).null(),
    Column::new("category_id", Uuid).null().references(TableId::PatternCategories, SetNull),
    Column::new("default_implementation_id", Uuid).null().references(TableId::Implementations, Soft),
    Column::new("is_verified", Bool).default_int(0),
    Column::new("author_name", Text).null(),
    Column::new("forked_from_id", Uuid).null().references(TableId::Patterns, Soft),
];

pub(super) const IMPLEMENTATIONS: &[Column] = &[
    id(),
    uid(),
    to("pattern_id", TableId::Patterns),
    Column::new("name", Text).null(),
    Column::new("graph_json", Json).default_text(r#"{"nodes":[],"edges":[]}"#),
];

pub(super) const VENUE_IMPLEMENTATION_OVERRIDES: &[Column] = &[
    natural_id(),
    uid(),
    to("venue_id", TableId::Venues),
    to("pattern_id", TableId::Patterns),
    to("implementation_id", TableId::Implementations),
];

pub(super) const SCORES: &[Column] = &[
    id(),
    uid(),
    to("track_id", TableId::Tracks),
    Column::new("venue_id", Uuid).null().references(TableId::Venues, SetNull),
    Column::new("name", Text).null(),
];

/// Annotations.  Seconds of the track.
pub(super) const TRACK_SCORES: &[Column] = &[
    id(),
    uid(),
    to("score_id", TableId::Scores),
    to("pattern_id", TableId::Patterns),
    Column::new("start_time", Real),
    Column::new("end_time", Real),
    Column::new("z_index", Int).default_int(0),
    Column::new("blend_mode", Text).default_text("replace").check(OneOf(BLEND_MODES)),
    Column::new("args_json", Json).default_text("{}"),
];

/// `subject_id` is of `subject_table`; the version outlives what it is a version of.
pub(super) const NAMED_VERSIONS: &[Column] = &[
    id(),
    uid(),
    Column::new("subject_table", Text).check(OneOf(&["venues", "scores", "patterns"])),
    Column::new("subject_id", Uuid),
    name(),
    Column::new("note", Text).null(),
    Column::new("content_json", Json),
    Column::new("saved_at", Time),
];
