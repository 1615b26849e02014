//! Columns of rooms: who may enter, what hangs there, how it is played.
//!
//! Poses are metres and degrees.

use super::super::Check::{Length, OneOf, Range};
use super::super::Column;
use super::super::ColumnKind::{Blob, Bool, Int, Json, Real, Text, Uuid};
use super::super::OnDelete::{Cascade, Soft};
use super::{TableId, id, name, natural_id, place, to, uid};

/// Stored in scores and cues by these names.
pub(super) const BLEND_MODES: &[&str] = &["replace", "add", "subtract", "multiply", "screen", "max", "lighten", "min", "value"];

/// What a member may do; `server` is a LAN server that forwards for others (sync.md 3.11).
pub(super) const ROLES: &[&str] = &["owner", "editor", "viewer", "server"];

/// The id is the user's own.
pub(super) const PROFILES: &[Column] = &[id(), uid(), Column::new("display_name", Text).null(), Column::new("email", Text).null()];

pub(super) const VENUES: &[Column] = &[
    id(),
    uid(),
    name(),
    Column::new("description", Text).null(),
    Column::new("scenery_json", Json).default_text("[]"),
    Column::new("settings_json", Json).default_text("{}"),
];

pub(super) const VENUE_MEMBERSHIPS: &[Column] = &[
    natural_id(),
    uid(),
    to("venue_id", TableId::Venues),
    Column::new("user_id", Uuid).references(TableId::Profiles, Soft),
    Column::new("role", Text).default_text("viewer").check(OneOf(ROLES)),
];

pub(super) const FIXTURE_DEFINITIONS: &[Column] = &[
    natural_id(),
    uid(),
    Column::new("manufacturer", Text),
    Column::new("model", Text),
    Column::new("format", Text).check(OneOf(&["qxf", "ofl", "gdtf"])),
    Column::new("path", Text),
    Column::new("sha256", Text).check(Length(64)),
    Column::new("content", Blob),
];

pub(super) const FIXTURES: &[Column] = &[
    id(),
    uid(),
    to("venue_id", TableId::Venues),
    Column::new("universe", Int).default_int(1).check(Range(1.0, 63_999.0)),
    Column::new("address", Int).check(Range(1.0, 512.0)),
    Column::new("num_channels", Int).check(Range(0.0, 65_535.0)),
    Column::new("manufacturer", Text),
    Column::new("model", Text),
    Column::new("mode_name", Text),
    Column::new("fixture_path", Text),
    Column::new("label", Text).null(),
    Column::new("pos_x", Real).default_real(0.0).null(),
    Column::new("pos_y", Real).default_real(0.0).null(),
    Column::new("pos_z", Real).default_real(0.0).null(),
    Column::new("rot_x", Real).default_real(0.0).null(),
    Column::new("rot_y", Real).default_real(0.0).null(),
    Column::new("rot_z", Real).default_real(0.0).null(),
    Column::new("definition_sha256", Text).null(),
    Column::new("invert_pan", Bool).default_int(0),
    Column::new("invert_tilt", Bool).default_int(0),
    Column::new("swap_pan_tilt", Bool).default_int(0),
    Column::new("pan_offset_deg", Real).default_real(0.0),
    Column::new("tilt_offset_deg", Real).default_real(0.0),
    Column::new("limits_json", Json).null(),
    Column::new("dimmer_curve", Text).default_text("linear").check(OneOf(&["linear", "square", "s_curve", "inverse_square"])),
    Column::new("max_level", Real).default_real(1.0).check(Range(0.0, 1.0)),
    Column::new("breaks_json", Json).default_text("[]"),
    Column::new("mvr_uuid", Uuid).null(),
    Column::new("fixture_number", Text).null(),
    Column::new("unit_number", Int).null(),
    place(),
    Column::new("color_mixing", Text).default_text("matched").check(OneOf(&["matched", "plain"])).later(),
];

pub(super) const FIXTURE_GROUPS: &[Column] = &[
    id(),
    uid(),
    to("venue_id", TableId::Venues),
    name(),
    Column::new("axis_lr", Real).null(),
    Column::new("axis_fb", Real).null(),
    Column::new("axis_ab", Real).null(),
    Column::new("tags_json", Json).default_text("[]"),
    Column::new("movement_config", Json).null(),
    Column::new("purpose", Text).null(),
    place(),
];

pub(super) const FIXTURE_GROUP_MEMBERS: &[Column] = &[
    natural_id(),
    uid(),
    to("group_id", TableId::FixtureGroups),
    to("fixture_id", TableId::Fixtures),
    Column::new("head_idx", Int).null().check(Range(0.0, 65_535.0)),
    place(),
];

pub(super) const CUES: &[Column] = &[
    id(),
    uid(),
    to("venue_id", TableId::Venues),
    to("pattern_id", TableId::Patterns),
    name(),
    Column::new("args_json", Json).default_text("{}"),
    Column::new("z_index", Int).default_int(0),
    Column::new("blend_mode", Text).default_text("replace").check(OneOf(BLEND_MODES)),
    Column::new("bars", Real).default_real(4.0).check(Range(0.25, 1024.0)),
    Column::new("mode", Text).default_text("toggle").check(OneOf(&["toggle", "hold", "shot"])),
    Column::new("color", Text).null(),
    place(),
];

pub(super) const MIDI_MODIFIERS: &[Column] =
    &[id(), uid(), to("venue_id", TableId::Venues), name(), Column::new("input_json", Json), place()];

pub(super) const MIDI_BINDINGS: &[Column] = &[
    id(),
    uid(),
    to("venue_id", TableId::Venues),
    Column::new("cue_id", Uuid).null().references(TableId::Cues, Cascade),
    Column::new("input_json", Json),
    Column::new("action_json", Json).default_text("{}"),
    Column::new("modifiers_json", Json).default_text("[]"),
    place(),
];
