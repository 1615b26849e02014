//! What a track is called and where its sound lies, as a row.  Its analysis stands in tables of its own.

use uuid::Uuid;

use super::model::Track;
use crate::registry::{BadRow, Row, TableId, Value};

/// A new track.
pub fn row(track: &Track) -> Result<Row, BadRow> {
    let text = |text: &str| Value::from(Some(text).filter(|text| !text.is_empty()));
    let duration = track.analysis.duration_secs;
    let bpm = track.analysis.grid.bpm;
    let file = track.file.as_ref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    Row::new(
        TableId::Tracks,
        [
            ("id", track.id.into()),
            ("track_hash", track.hash.as_str().into()),
            ("title", text(&track.title)),
            ("artist", text(&track.artist)),
            ("duration_seconds", Some(duration).filter(|secs| *secs > 0.0).into()),
            ("bpm", Some(bpm).filter(|bpm| *bpm > 0.0).into()),
            ("file_path", file.into()),
        ],
    )
}

/// What people see of a track in lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub id: Uuid,
    pub title: String,
    pub artist: String,
}

pub fn label(row: &Row) -> Result<Label, BadRow> {
    let text = |column: &str| row.maybe(column, |row, column| row.text(column).map(str::to_owned)).map(Option::unwrap_or_default);
    Ok(Label { id: row.id(), title: text("title")?, artist: text("artist")? })
}
