//! What a track is called and where its sound lies, as a row.  Its analysis stands in tables of its own.

use uuid::Uuid;

use super::model::{Hearing, Tags, Track};
use crate::document::transaction::Transaction;
use crate::engine::TrackAnalysis;
use crate::registry::{BadRow, Row, TableId, Value};

/// A new track, with what its file says of itself.
pub fn row(track: &Track, tags: &Tags) -> Result<Row, BadRow> {
    let text = |text: &str| Value::from(Some(text).filter(|text| !text.is_empty()));
    let duration = track.analysis.duration_secs;
    let file = track.file.as_ref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    Row::new(
        TableId::Tracks,
        [
            ("id", track.id.into()),
            ("track_hash", track.hash.as_str().into()),
            ("title", text(&track.title)),
            ("artist", text(&track.artist)),
            ("album", text(&tags.album)),
            ("track_number", tags.track_number.map(i64::from).into()),
            ("disc_number", tags.disc_number.map(i64::from).into()),
            ("album_art_mime", tags.cover.as_ref().map(|cover| cover.mime).into()),
            ("duration_seconds", Some(duration).filter(|secs| *secs > 0.0).into()),
            ("bpm", bpm(&track.analysis)),
            ("file_path", file.into()),
        ],
    )
}

fn bpm(analysis: &TrackAnalysis) -> Value {
    Some(analysis.grid.bpm).filter(|bpm| *bpm > 0.0 && !analysis.grid.beats.is_empty()).into()
}

/// What listening found that lists show: tempo and key.
pub fn learnt(track: Uuid, analysis: &TrackAnalysis, hearing: &Hearing) -> Transaction {
    let key = Value::from(Some(hearing.key.as_str()).filter(|key| !key.is_empty()));
    Transaction::new("Listening").set(TableId::Tracks, track, [("bpm", bpm(analysis)), ("musical_key", key)])
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
