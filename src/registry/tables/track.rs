//! Columns of sound: tracks, what people marked in them, what analysis found.
//!
//! Times are seconds of the track.  What is derived carries the version of its processor: of two, the newer wins.

use super::super::Check::{Length, Range};
use super::super::Column;
use super::super::ColumnKind::{Blob, Int, Json, Real, Text};
use super::{TableId, id, natural_id, to, uid};

const LONGEST_SECS: f64 = 1e6;

pub(super) const TRACKS: &[Column] = &[
    natural_id(),
    uid(),
    Column::new("track_hash", Text).check(Length(128)),
    Column::new("title", Text).null(),
    Column::new("artist", Text).null(),
    Column::new("album", Text).null(),
    Column::new("track_number", Int).null(),
    Column::new("disc_number", Int).null(),
    Column::new("duration_seconds", Real).null().check(Range(0.0, LONGEST_SECS)),
    Column::new("bpm", Real).null().check(Range(0.0, 1000.0)),
    Column::new("musical_key", Text).null(),
    Column::new("file_path", Text).default_text("").local(),
    Column::new("storage_path", Text).null(),
    Column::new("album_art_path", Text).null().local(),
    Column::new("album_art_mime", Text).null(),
];

pub(super) const TRACK_MARKERS: &[Column] = &[
    id(),
    uid(),
    to("track_id", TableId::Tracks),
    Column::new("time", Real).check(Range(0.0, LONGEST_SECS)),
    Column::new("label", Text).null(),
    Column::new("color", Text).null(),
];

pub(super) const TRACK_GRID_EDITS: &[Column] =
    &[natural_id(), uid(), to("track_id", TableId::Tracks), Column::new("edits_json", Json).default_text("[]")];

const fn processor_version() -> Column {
    Column::new("processor_version", Int).default_int(1).check(Range(0.0, 1e9))
}

/// Raw outputs of a network, in a file of this device.
const fn logits_path() -> Column {
    Column::new("logits_path", Text).null().local()
}

pub(super) const TRACK_BEATS: &[Column] = &[
    natural_id(),
    uid(),
    to("track_id", TableId::Tracks),
    Column::new("beats_json", Json),
    Column::new("downbeats_json", Json),
    Column::new("bpm", Real).null().check(Range(0.0, 1000.0)),
    Column::new("downbeat_offset", Real).null(),
    Column::new("beats_per_bar", Int).null().check(Range(1.0, 64.0)),
    logits_path(),
    processor_version(),
];

pub(super) const TRACK_ROOTS: &[Column] =
    &[natural_id(), uid(), to("track_id", TableId::Tracks), Column::new("sections_json", Json), logits_path(), processor_version()];

/// Packed columns of levels.  The preview is shared; the full picture is made anew from the sound on each device.
pub(super) const TRACK_WAVEFORMS: &[Column] = &[
    natural_id(),
    uid(),
    to("track_id", TableId::Tracks),
    Column::new("preview_samples", Blob),
    Column::new("preview_colors", Blob).null(),
    Column::new("preview_bands", Blob).null(),
    Column::new("full_samples", Blob).null().local(),
    Column::new("colors", Blob).null().local(),
    Column::new("bands", Blob).null().local(),
    Column::new("sample_rate", Int).check(Range(1.0, 1e6)),
    processor_version(),
];

pub(super) const TRACK_STEMS: &[Column] = &[
    natural_id(),
    uid(),
    to("track_id", TableId::Tracks),
    Column::new("stem_name", Text).check(Length(64)),
    Column::new("file_path", Text).default_text("").local(),
    Column::new("storage_path", Text).null(),
    processor_version(),
];

pub(super) const TRACK_DRUM_ONSETS: &[Column] =
    &[natural_id(), uid(), to("track_id", TableId::Tracks), Column::new("onsets_json", Json), processor_version()];

pub(super) const TRACK_BAR_CLASSIFICATIONS: &[Column] =
    &[natural_id(), uid(), to("track_id", TableId::Tracks), Column::new("classifications_json", Json), processor_version()];
