//! The list of tables.  Parents stand before children: the order is topological.
//!
//! The columns are beside, a file a domain.  A table is added here and by a new file in `migrations/`; the test of the
//! schema fails until both agree.  Names are persisted and sent: they are never changed.

mod device;
mod project;
mod production;
mod score;
mod server;
mod sync;
mod track;
mod venue;

use std::fmt;

use super::Check::Length;
use super::ColumnKind::{Int, Text, Uuid};
use super::OnDelete::Cascade;
use super::{Column, Kind, Policy, Scope, Table};

/// Makes the enum of tables and the list of their definitions in one order.
macro_rules! tables {
    ($($id:ident $name:literal { tier: $tier:literal, kind: $kind:ident, scope: $scope:expr, policy: $policy:ident,
        $(natural_key: $natural:expr,)? $(unique: $unique:expr,)? $(key: $key:expr,)?
        columns: $columns:expr })*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum TableId { $($id),* }

        const TABLES: &[Table] = &[$(Table {
            id: TableId::$id, name: $name, tier: $tier, kind: Kind::$kind, scope: $scope, policy: Policy::$policy,
            natural_key: tables!(@list $($natural)?), unique: tables!(@list $($unique)?),
            key: tables!(@key $($key)?), columns: $columns,
        }),*];
    };
    (@list) => { &[] };
    (@list $list:expr) => { $list };
    (@key) => { &["id"] };
    (@key $key:expr) => { $key };
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

/// A `UUIDv7`, or whatever UUID the maker gave.
const fn id() -> Column {
    Column::new("id", Uuid).default_new_id()
}

/// A `UUIDv5` of the natural key, so that two devices offline make the same row (sync.md 3.3).
const fn natural_id() -> Column {
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

const fn name() -> Column {
    Column::new("name", Text).check(Length(200))
}

/// In the order that people gave them.
const fn place() -> Column {
    Column::new("display_order", Int).default_int(0)
}

tables! {
    Profiles "profiles" { tier: 0, kind: Synced, scope: Scope::User, policy: Fields, columns: venue::PROFILES }
    Venues "venues" { tier: 0, kind: Document, scope: Scope::Venue, policy: Fields, columns: venue::VENUES }
    PatternCategories "pattern_categories" { tier: 0, kind: Document, scope: Scope::Global, policy: Fields,
        natural_key: &["name"], unique: &[&["name"]], columns: score::PATTERN_CATEGORIES }
    Patterns "patterns" { tier: 0, kind: Document, scope: Scope::User, policy: Fields, columns: score::PATTERNS }
    Tracks "tracks" { tier: 0, kind: Document, scope: Scope::User, policy: Fields,
        natural_key: &["uid", "track_hash"], unique: &[&["uid", "track_hash"]], columns: track::TRACKS }
    FixtureDefinitions "fixture_definitions" { tier: 0, kind: Document, scope: Scope::User, policy: Fields,
        natural_key: &["uid", "sha256"], unique: &[&["uid", "sha256"]], columns: venue::FIXTURE_DEFINITIONS }
    NamedVersions "named_versions" { tier: 0, kind: Document, scope: Scope::User, policy: Both, columns: score::NAMED_VERSIONS }
    EquipmentSpecs "equipment_specs" { tier: 0, kind: Synced, scope: Scope::Org, policy: Both, columns: production::EQUIPMENT_SPECS }
    Productions "productions" { tier: 0, kind: Synced, scope: Scope::Production, policy: Both, columns: production::PRODUCTIONS }
    Projects "projects" { tier: 0, kind: Synced, scope: Scope::Project, policy: Fields, unique: &[&["uid", "name"]],
        columns: project::PROJECTS }
    Assets "assets" { tier: 0, kind: Synced, scope: Scope::User, policy: Fields,
        natural_key: &["uid", "file_hash"], unique: &[&["uid", "file_hash"]], columns: project::ASSETS }
    OutputRoutes "output_routes" { tier: 0, kind: LocalDocument, scope: Scope::Local, policy: Local, columns: device::OUTPUT_ROUTES }

    VenueMemberships "venue_memberships" { tier: 1, kind: Synced, scope: Scope::Via("venue_id"), policy: Fields,
        natural_key: &["venue_id", "user_id"], unique: &[&["venue_id", "user_id"]], columns: venue::VENUE_MEMBERSHIPS }
    Fixtures "fixtures" { tier: 1, kind: Document, scope: Scope::Via("venue_id"), policy: Fields, columns: venue::FIXTURES }
    FixtureGroups "fixture_groups" { tier: 1, kind: Document, scope: Scope::Via("venue_id"), policy: Fields,
        unique: &[&["venue_id", "name"]], columns: venue::FIXTURE_GROUPS }
    Implementations "implementations" { tier: 1, kind: Document, scope: Scope::User, policy: Json, columns: score::IMPLEMENTATIONS }
    TrackMarkers "track_markers" { tier: 1, kind: Document, scope: Scope::User, policy: Fields, columns: track::TRACK_MARKERS }
    TrackGridEdits "track_grid_edits" { tier: 1, kind: Document, scope: Scope::User, policy: Fields,
        natural_key: &["track_id"], unique: &[&["track_id"]], columns: track::TRACK_GRID_EDITS }
    TrackBeats "track_beats" { tier: 1, kind: Derived, scope: Scope::User, policy: Derived,
        natural_key: &["track_id"], unique: &[&["track_id"]], columns: track::TRACK_BEATS }
    TrackRoots "track_roots" { tier: 1, kind: Derived, scope: Scope::User, policy: Derived,
        natural_key: &["track_id"], unique: &[&["track_id"]], columns: track::TRACK_ROOTS }
    TrackWaveforms "track_waveforms" { tier: 1, kind: Derived, scope: Scope::User, policy: Derived,
        natural_key: &["track_id"], unique: &[&["track_id"]], columns: track::TRACK_WAVEFORMS }
    TrackStems "track_stems" { tier: 1, kind: Derived, scope: Scope::User, policy: Derived,
        natural_key: &["track_id", "stem_name"], unique: &[&["track_id", "stem_name"]], columns: track::TRACK_STEMS }
    TrackDrumOnsets "track_drum_onsets" { tier: 1, kind: Derived, scope: Scope::User, policy: Derived,
        natural_key: &["track_id"], unique: &[&["track_id"]], columns: track::TRACK_DRUM_ONSETS }
    TrackBarClassifications "track_bar_classifications" { tier: 1, kind: Derived, scope: Scope::User, policy: Derived,
        natural_key: &["track_id"], unique: &[&["track_id"]], columns: track::TRACK_BAR_CLASSIFICATIONS }
    Scores "scores" { tier: 1, kind: Document, scope: Scope::FirstOf(&["venue_id"]), policy: Fields, columns: score::SCORES }
    MidiModifiers "midi_modifiers" { tier: 1, kind: Document, scope: Scope::Via("venue_id"), policy: Fields,
        columns: venue::MIDI_MODIFIERS }
    ProductionMembers "production_members" { tier: 1, kind: Synced, scope: Scope::Via("production_id"), policy: Fields,
        natural_key: &["production_id", "user_id"], unique: &[&["production_id", "user_id"]], columns: production::PRODUCTION_MEMBERS }
    Sources "sources" { tier: 1, kind: Synced, scope: Scope::Via("production_id"), policy: Both, columns: production::SOURCES }
    Sends "sends" { tier: 1, kind: Synced, scope: Scope::Via("production_id"), policy: Both, columns: production::SENDS }
    EquipmentIoPorts "equipment_io_ports" { tier: 1, kind: Synced, scope: Scope::Org, policy: Both,
        columns: production::EQUIPMENT_IO_PORTS }
    EquipmentCards "equipment_cards" { tier: 1, kind: Synced, scope: Scope::Org, policy: Both,
        unique: &[&["equipment_id", "slot_number"]], columns: production::EQUIPMENT_CARDS }
    ProjectTracks "project_tracks" { tier: 1, kind: Synced, scope: Scope::Via("project_id"), policy: Fields,
        columns: project::PROJECT_TRACKS }
    AnalysisCache "analysis_cache" { tier: 1, kind: Derived, scope: Scope::User, policy: Derived,
        natural_key: &["asset_id", "method"], unique: &[&["asset_id", "method"]], columns: project::ANALYSIS_CACHE }
    RenderJobs "render_jobs" { tier: 1, kind: Derived, scope: Scope::Via("project_id"), policy: Derived, columns: project::RENDER_JOBS }

    Cues "cues" { tier: 2, kind: Document, scope: Scope::Via("venue_id"), policy: Fields, columns: venue::CUES }
    MidiBindings "midi_bindings" { tier: 2, kind: Document, scope: Scope::Via("venue_id"), policy: Fields,
        columns: venue::MIDI_BINDINGS }
    FixtureGroupMembers "fixture_group_members" { tier: 2, kind: Document, scope: Scope::Via("group_id"), policy: Fields,
        natural_key: &["group_id", "fixture_id", "head_idx"], columns: venue::FIXTURE_GROUP_MEMBERS }
    TrackScores "track_scores" { tier: 2, kind: Document, scope: Scope::Via("score_id"), policy: Fields, columns: score::TRACK_SCORES }
    VenueImplementationOverrides "venue_implementation_overrides" { tier: 2, kind: Document, scope: Scope::Via("venue_id"),
        policy: Fields, natural_key: &["venue_id", "pattern_id"], unique: &[&["venue_id", "pattern_id"]],
        columns: score::VENUE_IMPLEMENTATION_OVERRIDES }
    SourceOutputs "source_outputs" { tier: 2, kind: Synced, scope: Scope::Via("source_id"), policy: Both,
        columns: production::SOURCE_OUTPUTS }
    EquipmentCardIo "equipment_card_io" { tier: 2, kind: Synced, scope: Scope::Org, policy: Both,
        columns: production::EQUIPMENT_CARD_IO }
    Clips "clips" { tier: 2, kind: Synced, scope: Scope::Via("track_id"), policy: Fields, columns: project::CLIPS }
    RenderNodes "render_nodes" { tier: 2, kind: Derived, scope: Scope::Via("job_id"), policy: Derived, columns: project::RENDER_NODES }

    Connections "connections" { tier: 3, kind: Synced, scope: Scope::Via("production_id"), policy: Both,
        columns: production::CONNECTIONS }
    RenderEdges "render_edges" { tier: 3, kind: Derived, scope: Scope::Via("from_node_id"), policy: Derived,
        columns: project::RENDER_EDGES }
    RenderArtifacts "render_artifacts" { tier: 3, kind: Derived, scope: Scope::Via("node_id"), policy: Derived,
        columns: project::RENDER_ARTIFACTS }
    FileObjects "file_objects" { tier: 3, kind: Synced, scope: Scope::User, policy: Fields,
        natural_key: &["bucket", "path"], unique: &[&["bucket", "path"]], columns: sync::FILE_OBJECTS }

    Settings "settings" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, key: &["key"], columns: device::SETTINGS }
    DevicesSelf "devices_self" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, columns: device::DEVICES_SELF }
    EditHistory "edit_history" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, key: &["seq"],
        columns: device::EDIT_HISTORY }
    AssetLocations "asset_locations" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, key: &["device_id", "path"],
        columns: device::ASSET_LOCATIONS }
    PreprocessingFailures "preprocessing_failures" { tier: 4, kind: Local, scope: Scope::Local, policy: Local,
        key: &["track_id", "processor"], columns: device::PREPROCESSING_FAILURES }
    SyncGuard "sync_guard" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, columns: sync::SYNC_GUARD }
    SyncRemotes "sync_remotes" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, key: &["remote"],
        columns: sync::SYNC_REMOTES }
    SyncScopes "sync_scopes" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, key: &["remote", "uid", "scope"],
        columns: sync::SYNC_SCOPES }
    SyncRows "sync_rows" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, key: &["remote", "tbl", "row_id"],
        columns: sync::SYNC_ROWS }
    PendingOps "pending_ops" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, key: &["row_id", "tbl", "remote"],
        columns: sync::PENDING_OPS }
    SentOps "sent_ops" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, key: &["remote", "tbl", "row_id", "ver"],
        columns: sync::SENT_OPS }
    SyncInbox "sync_inbox" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, key: &["remote", "uid", "scope", "rev"],
        columns: sync::SYNC_INBOX }
    SyncConflicts "sync_conflicts" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, columns: sync::SYNC_CONFLICTS }
    SyncLog "sync_log" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, columns: sync::SYNC_LOG }
    FileQueue "file_queue" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, columns: sync::FILE_QUEUE }
    FileParts "file_parts" { tier: 4, kind: Local, scope: Scope::Local, policy: Local, key: &["file_id", "part"],
        columns: sync::FILE_PARTS }

    SyncMeta "sync_meta" { tier: 5, kind: Local, scope: Scope::Local, policy: Local, columns: server::SYNC_META }
    SyncDevices "sync_devices" { tier: 5, kind: Local, scope: Scope::Local, policy: Local, key: &["device_id", "scope"],
        columns: server::SYNC_DEVICES }
    SyncGc "sync_gc" { tier: 5, kind: Local, scope: Scope::Local, policy: Local, key: &["scope"], columns: server::SYNC_GC }
    ProductionLocks "production_locks" { tier: 5, kind: Local, scope: Scope::Local, policy: Local, key: &["production_id"],
        columns: server::PRODUCTION_LOCKS }
    AuditLog "audit_log" { tier: 5, kind: Local, scope: Scope::Local, policy: Local, columns: server::AUDIT_LOG }
    StorageObjects "storage_objects" { tier: 5, kind: Local, scope: Scope::Local, policy: Local, key: &["bucket", "path"],
        columns: server::STORAGE_OBJECTS }
}

#[cfg(test)]
mod tests {
    use super::super::{OnDelete, Value};
    use super::*;

    #[test]
    fn parents_stand_before_children_and_never_in_a_higher_tier() {
        for table in TableId::all().map(TableId::def) {
            for (at, reference) in table.references().filter(|(_, reference)| reference.on_delete != OnDelete::Soft) {
                let parent = reference.table.def();
                assert!(parent.id < table.id && parent.tier <= table.tier, "{}.{}", table.name, table.columns[at].name);
            }
        }
    }

    #[test]
    fn defaults_are_fit_for_their_columns() {
        for table in TableId::all().map(TableId::def) {
            for column in table.columns.iter().filter(|column| column.default_value() != Value::Null) {
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

    #[test]
    fn shared_tables_are_known_by_id_and_say_whose_rows_they_hold() {
        for table in TableId::all().map(TableId::def).filter(|table| table.kind != Kind::Local) {
            assert!(table.has_id() && table.key == ["id"], "{}", table.name);
            assert_eq!(table.kind.is_captured(), table.column_idx("uid") == Some(1), "{}", table.name);
        }
    }

    #[test]
    fn keys_scopes_and_rules_name_columns_that_exist() {
        for table in TableId::all().map(TableId::def) {
            let scope: &[&str] = match &table.scope {
                Scope::Via(column) => std::slice::from_ref(column),
                Scope::FirstOf(columns) => columns,
                _ => &[],
            };
            let all = table.natural_key.iter().chain(table.key).chain(table.unique.iter().copied().flatten()).chain(scope);
            for name in all {
                assert!(table.column_idx(name).is_some(), "{}.{name}", table.name);
            }
        }
    }

    #[test]
    fn a_row_of_this_device_alone_can_arrive_from_elsewhere_without_its_local_columns() {
        for table in TableId::all().map(TableId::def) {
            for column in table.columns.iter().filter(|column| column.local) {
                assert!(column.nullable || column.default_value() != Value::Null, "{}.{}", table.name, column.name);
            }
        }
    }

    #[test]
    fn an_id_is_a_name_s_or_fresh_and_never_both() {
        for table in TableId::all().map(TableId::def).filter(|table| table.has_id() && table.kind.is_captured()) {
            let fresh = table.columns[0].default == super::super::DefaultValue::NewId;
            assert_eq!(fresh, table.natural_key.is_empty(), "{}", table.name);
            assert_eq!(table.columns[0].kind, Uuid, "{}", table.name);
        }
    }
}
