//! The list of tables.  Parents stand before children: the order is topological.
//!
//! A table is added here and by a new file in `migrations/`; the test of the schema fails until both agree.  Names are
//! persisted and sent: they are never changed.

use std::fmt;

use super::Check::{Length, OneOf, Range};
use super::ColumnKind::{Blob, Bool, Int, Json, Real, Text, Uuid};
use super::OnDelete::{Cascade, SetNull, Soft};
use super::{Column, Kind, Policy, Scope, Table};

/// Makes the enum of tables and the list of their definitions in one order.
macro_rules! tables {
    ($($id:ident $name:literal { tier: $tier:literal, kind: $kind:ident, scope: $scope:expr, policy: $policy:ident,
        $(natural_key: $natural:expr,)? $(unique: $unique:expr,)? columns: [$($column:expr),* $(,)?] })*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum TableId { $($id),* }

        const TABLES: &[Table] = &[$(Table {
            id: TableId::$id, name: $name, tier: $tier, kind: Kind::$kind, scope: $scope, policy: Policy::$policy,
            natural_key: tables!(@list $($natural)?), unique: tables!(@list $($unique)?), columns: &[$($column),*],
        }),*];
    };
    (@list) => { &[] };
    (@list $list:expr) => { $list };
}

impl TableId {
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        TABLES.iter().map(|table| table.id)
    }

    pub fn def(self) -> &'static Table {
        &TABLES[self as usize]
    }

    pub fn name(self) -> &'static str {
        self.def().name
    }

    pub fn named(name: &str) -> Option<Self> {
        TABLES.iter().find(|table| table.name == name).map(|table| table.id)
    }
}

impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const fn id() -> Column {
    Column::new("id", Uuid)
}

/// Whose row it is: the user that made it, the nil UUID before a login (sync.md 3.3).
const fn uid() -> Column {
    Column::new("uid", Uuid).default_text(NOBODY)
}

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

const fn to(name: &'static str, table: TableId) -> Column {
    Column::new(name, Uuid).references(table, Cascade)
}

/// In the order that people gave them.
const fn place() -> Column {
    Column::new("display_order", Int).default_int(0)
}

const BLEND_MODES: &[&str] = &["replace", "add", "subtract", "multiply", "screen", "max", "lighten", "min", "value"];

tables! {
    Venues "venues" { tier: 0, kind: Document, scope: Scope::Venue, policy: Fields, columns: [
        id(), uid(),
        Column::new("name", Text).check(Length(200)),
        Column::new("description", Text).null(),
        Column::new("scenery_json", Json).default_text("[]"),
        Column::new("settings_json", Json).default_text("{}"),
    ]}
    PatternCategories "pattern_categories" { tier: 0, kind: Document, scope: Scope::Global, policy: Fields,
        natural_key: &["name"], unique: &[&["name"]], columns: [
        id(), uid(),
        Column::new("name", Text).check(Length(200)),
    ]}
    Patterns "patterns" { tier: 0, kind: Document, scope: Scope::User, policy: Fields, columns: [
        id(), uid(),
        Column::new("name", Text).check(Length(200)),
        Column::new("description", Text).null(),
        Column::new("category_id", Uuid).null().references(TableId::PatternCategories, SetNull),
        Column::new("default_implementation_id", Uuid).null().references(TableId::Implementations, Soft),
        Column::new("is_verified", Bool).default_int(0),
        Column::new("author_name", Text).null(),
        Column::new("forked_from_id", Uuid).null().references(TableId::Patterns, Soft),
    ]}
    Tracks "tracks" { tier: 0, kind: Document, scope: Scope::User, policy: Fields,
        natural_key: &["uid", "track_hash"], unique: &[&["uid", "track_hash"]], columns: [
        id(), uid(),
        Column::new("track_hash", Text).check(Length(128)),
        Column::new("title", Text).null(),
        Column::new("artist", Text).null(),
        Column::new("album", Text).null(),
        Column::new("track_number", Int).null(),
        Column::new("disc_number", Int).null(),
        Column::new("duration_seconds", Real).null().check(Range(0.0, 1e6)),
        Column::new("bpm", Real).null().check(Range(0.0, 1000.0)),
        Column::new("musical_key", Text).null(),
        Column::new("file_path", Text).default_text("").local(),
        Column::new("storage_path", Text).null(),
        Column::new("album_art_path", Text).null().local(),
        Column::new("album_art_mime", Text).null(),
    ]}
    FixtureDefinitions "fixture_definitions" { tier: 0, kind: Document, scope: Scope::User, policy: Fields,
        natural_key: &["uid", "sha256"], unique: &[&["uid", "sha256"]], columns: [
        id(), uid(),
        Column::new("manufacturer", Text),
        Column::new("model", Text),
        Column::new("format", Text).check(OneOf(&["qxf", "ofl", "gdtf"])),
        Column::new("path", Text),
        Column::new("sha256", Text).check(Length(64)),
        Column::new("content", Blob),
    ]}
    NamedVersions "named_versions" { tier: 0, kind: Document, scope: Scope::User, policy: Both, columns: [
        id(), uid(),
        Column::new("subject_table", Text).check(OneOf(&["venues", "scores", "patterns"])),
        Column::new("subject_id", Uuid),
        Column::new("name", Text).check(Length(200)),
        Column::new("note", Text).null(),
        Column::new("content_json", Json),
        Column::new("saved_at", super::ColumnKind::Time),
    ]}
    Fixtures "fixtures" { tier: 1, kind: Document, scope: Scope::Via("venue_id"), policy: Fields, columns: [
        id(), uid(),
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
    ]}
    FixtureGroups "fixture_groups" { tier: 1, kind: Document, scope: Scope::Via("venue_id"), policy: Fields,
        unique: &[&["venue_id", "name"]], columns: [
        id(), uid(),
        to("venue_id", TableId::Venues),
        Column::new("name", Text).check(Length(200)),
        Column::new("axis_lr", Real).null(),
        Column::new("axis_fb", Real).null(),
        Column::new("axis_ab", Real).null(),
        Column::new("tags_json", Json).default_text("[]"),
        Column::new("movement_config", Json).null(),
        Column::new("purpose", Text).null(),
        place(),
    ]}
    Implementations "implementations" { tier: 1, kind: Document, scope: Scope::User, policy: Json, columns: [
        id(), uid(),
        to("pattern_id", TableId::Patterns),
        Column::new("name", Text).null(),
        Column::new("graph_json", Json).default_text(r#"{"nodes":[],"edges":[]}"#),
    ]}
    TrackMarkers "track_markers" { tier: 1, kind: Document, scope: Scope::User, policy: Fields, columns: [
        id(), uid(),
        to("track_id", TableId::Tracks),
        Column::new("time", Real).check(Range(0.0, 1e6)),
        Column::new("label", Text).null(),
        Column::new("color", Text).null(),
    ]}
    TrackGridEdits "track_grid_edits" { tier: 1, kind: Document, scope: Scope::User, policy: Fields,
        natural_key: &["track_id"], unique: &[&["track_id"]], columns: [
        id(), uid(),
        to("track_id", TableId::Tracks),
        Column::new("edits_json", Json).default_text("[]"),
    ]}
    Scores "scores" { tier: 1, kind: Document, scope: Scope::FirstOf(&["venue_id"]), policy: Fields, columns: [
        id(), uid(),
        to("track_id", TableId::Tracks),
        Column::new("venue_id", Uuid).null().references(TableId::Venues, SetNull),
        Column::new("name", Text).null(),
    ]}
    MidiModifiers "midi_modifiers" { tier: 1, kind: Document, scope: Scope::Via("venue_id"), policy: Fields, columns: [
        id(), uid(),
        to("venue_id", TableId::Venues),
        Column::new("name", Text).check(Length(200)),
        Column::new("input_json", Json),
        place(),
    ]}
    Cues "cues" { tier: 2, kind: Document, scope: Scope::Via("venue_id"), policy: Fields, columns: [
        id(), uid(),
        to("venue_id", TableId::Venues),
        to("pattern_id", TableId::Patterns),
        Column::new("name", Text).check(Length(200)),
        Column::new("args_json", Json).default_text("{}"),
        Column::new("z_index", Int).default_int(0),
        Column::new("blend_mode", Text).default_text("replace").check(OneOf(BLEND_MODES)),
        Column::new("bars", Real).default_real(4.0).check(Range(0.25, 1024.0)),
        Column::new("mode", Text).default_text("toggle").check(OneOf(&["toggle", "hold", "shot"])),
        Column::new("color", Text).null(),
        place(),
    ]}
    MidiBindings "midi_bindings" { tier: 2, kind: Document, scope: Scope::Via("venue_id"), policy: Fields, columns: [
        id(), uid(),
        to("venue_id", TableId::Venues),
        Column::new("cue_id", Uuid).null().references(TableId::Cues, Cascade),
        Column::new("input_json", Json),
        Column::new("action_json", Json).default_text("{}"),
        Column::new("modifiers_json", Json).default_text("[]"),
        place(),
    ]}
    FixtureGroupMembers "fixture_group_members" { tier: 2, kind: Document, scope: Scope::Via("group_id"), policy: Fields,
        natural_key: &["group_id", "fixture_id", "head_idx"], columns: [
        id(), uid(),
        to("group_id", TableId::FixtureGroups),
        to("fixture_id", TableId::Fixtures),
        Column::new("head_idx", Int).null().check(Range(0.0, 65_535.0)),
        place(),
    ]}
    TrackScores "track_scores" { tier: 2, kind: Document, scope: Scope::Via("score_id"), policy: Fields, columns: [
        id(), uid(),
        to("score_id", TableId::Scores),
        to("pattern_id", TableId::Patterns),
        Column::new("start_time", Real),
        Column::new("end_time", Real),
        Column::new("z_index", Int).default_int(0),
        Column::new("blend_mode", Text).default_text("replace").check(OneOf(BLEND_MODES)),
        Column::new("args_json", Json).default_text("{}"),
    ]}
    VenueImplementationOverrides "venue_implementation_overrides" { tier: 2, kind: Document, scope: Scope::Via("venue_id"),
        policy: Fields, natural_key: &["venue_id", "pattern_id"], unique: &[&["venue_id", "pattern_id"]], columns: [
        id(), uid(),
        to("venue_id", TableId::Venues),
        to("pattern_id", TableId::Patterns),
        to("implementation_id", TableId::Implementations),
    ]}
    OutputRoutes "output_routes" { tier: 0, kind: LocalDocument, scope: Scope::Local, policy: Local, columns: [
        id(),
        Column::new("universe", Int).check(Range(1.0, 63_999.0)),
        Column::new("protocol", Text).check(OneOf(&["artnet", "sacn"])),
        Column::new("target", Text).null(),
        Column::new("port_address", Int).null().check(Range(0.0, 63_999.0)),
        Column::new("enabled", Bool).default_int(1),
        Column::new("priority", Int).default_int(100).check(Range(0.0, 200.0)),
        Column::new("delay_ms", Int).default_int(0).check(Range(0.0, 10_000.0)),
        place(),
    ]}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_stand_before_children_and_never_in_a_higher_tier() {
        for table in TableId::all().map(TableId::def) {
            for (at, reference) in table.references().filter(|(_, reference)| reference.on_delete != Soft) {
                let parent = reference.table.def();
                assert!(parent.id < table.id && parent.tier <= table.tier, "{}.{}", table.name, table.columns[at].name);
            }
        }
    }

    #[test]
    fn defaults_are_fit_for_their_columns() {
        for table in TableId::all().map(TableId::def) {
            for column in table.columns.iter().filter(|column| column.default_value() != super::super::Value::Null) {
                assert_eq!(column.refuses(&column.default_value()), None, "{}.{}", table.name, column.name);
            }
        }
    }

    #[test]
    fn names_are_unique_and_lead_back() {
        for table in TableId::all() {
            assert_eq!(TableId::named(table.name()), Some(table));
        }
    }
}
