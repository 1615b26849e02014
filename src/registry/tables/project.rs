//! Columns of projects: sets being assembled, the assets they use, and the steps that render them.

use super::super::Check::{Length, OneOf, Range};
use super::super::Column;
use super::super::ColumnKind::{Int, Json, Real, Text, Time, Uuid};
use super::super::OnDelete::SetNull;
use super::{TableId, id, name, natural_id, to, uid};

pub(super) const PROJECTS: &[Column] = &[
    id(),
    uid(),
    name(),
    Column::new("bpm", Int).default_int(120).check(Range(1.0, 1000.0)),
    Column::new("time_signature_num", Int).default_int(4).check(Range(1.0, 64.0)),
    Column::new("time_signature_denom", Int).default_int(4).check(Range(1.0, 64.0)),
    Column::new("key_root", Text).null(),
    Column::new("scale_type", Text).null(),
];

/// A sound by its content; where its file lies is `asset_locations`.
pub(super) const ASSETS: &[Column] = &[
    natural_id(),
    uid(),
    Column::new("file_hash", Text).check(Length(128)),
    Column::new("format", Text).null(),
    Column::new("size_bytes", Int).null().check(Range(0.0, 1e15)),
    Column::new("duration", Real).null().check(Range(0.0, 1e6)),
    Column::new("sample_rate", Int).null().check(Range(1.0, 1e6)),
    Column::new("channels", Int).null().check(Range(1.0, 1024.0)),
    Column::new("metadata", Json).null(),
    Column::new("last_scanned", Time).null().local(),
];

pub(super) const PROJECT_TRACKS: &[Column] = &[
    id(),
    uid(),
    to("project_id", TableId::Projects),
    name(),
    Column::new("type", Text).check(OneOf(&["AUDIO", "MIDI"])),
    Column::new("gain_db", Real).default_real(0.0),
    Column::new("pan", Real).default_real(0.0).check(Range(-1.0, 1.0)),
    Column::new("index", Int).default_int(0),
    Column::new("color", Text).null(),
];

/// Seconds; `offset` into the asset.
pub(super) const CLIPS: &[Column] = &[
    id(),
    uid(),
    to("track_id", TableId::ProjectTracks),
    Column::new("asset_id", Uuid).null().references(TableId::Assets, SetNull),
    Column::new("start_time", Real).check(Range(0.0, 1e6)),
    Column::new("duration", Real).check(Range(0.0, 1e6)),
    Column::new("offset", Real).default_real(0.0).check(Range(0.0, 1e6)),
    Column::new("name", Text).null(),
];

pub(super) const ANALYSIS_CACHE: &[Column] = &[
    natural_id(),
    uid(),
    to("asset_id", TableId::Assets),
    Column::new("method", Text).check(Length(200)),
    Column::new("result_json", Json),
    Column::new("processor_version", Int).default_int(1).check(Range(0.0, 1e9)),
];

const fn status() -> Column {
    Column::new("status", Text).default_text("PENDING").check(OneOf(&["PENDING", "RUNNING", "COMPLETED", "FAILED"]))
}

pub(super) const RENDER_JOBS: &[Column] = &[id(), uid(), to("project_id", TableId::Projects), status()];

/// One step.  Steps of equal `input_hash` have equal outputs: the cache's key.
pub(super) const RENDER_NODES: &[Column] = &[
    id(),
    uid(),
    to("job_id", TableId::RenderJobs),
    Column::new("type", Text),
    Column::new("input_hash", Text).check(Length(128)),
    Column::new("output_path", Text).null().local(),
    status(),
];

/// `to` waits for `from`; a trigger refuses a loop.
pub(super) const RENDER_EDGES: &[Column] = &[
    id(),
    uid(),
    to("from_node_id", TableId::RenderNodes),
    to("to_node_id", TableId::RenderNodes),
    Column::new("type", Text).default_text("data_flow"),
];

pub(super) const RENDER_ARTIFACTS: &[Column] = &[
    id(),
    uid(),
    to("node_id", TableId::RenderNodes),
    Column::new("path", Text).default_text("").local(),
    Column::new("hash", Text).check(Length(128)),
    Column::new("size_bytes", Int).check(Range(0.0, 1e15)),
];
