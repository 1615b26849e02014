//! Places in a track that people gave a name.

use uuid::Uuid;

use crate::document::transaction::Transaction;
use crate::registry::{BadRow, Row, TableId};

const TABLE: TableId = TableId::TrackMarkers;

#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    pub id: Uuid,
    /// Seconds of the track.
    pub at: f64,
    pub label: String,
}

pub fn marker(row: &Row) -> Result<Marker, BadRow> {
    let label = row.maybe("label", |row, column| row.text(column).map(str::to_owned))?.unwrap_or_default();
    Ok(Marker { id: row.id(), at: row.real("time")?, label })
}

/// A new one.
pub fn set(track: Uuid, at_secs: f64, label: &str) -> Result<Transaction, BadRow> {
    let row = Row::new(
        TABLE,
        [("id", Uuid::now_v7().into()), ("track_id", track.into()), ("time", at_secs.max(0.0).into()), ("label", label.into())],
    )?;
    Ok(Transaction::new("Set a marker").put(row))
}

pub fn rename(id: Uuid, label: &str) -> Transaction {
    Transaction::new("Name a marker").set(TABLE, id, [("label", label.into())]).grouped(format!("marker {id}"))
}

pub fn shift(id: Uuid, to_secs: f64) -> Transaction {
    Transaction::new("Move a marker").set(TABLE, id, [("time", to_secs.max(0.0).into())])
}

pub fn delete(id: Uuid) -> Transaction {
    Transaction::new("Delete a marker").delete(TABLE, id)
}

/// The nearest one after, or before, an instant.
pub fn next(markers: &[Marker], secs: f64, forward: bool) -> Option<&Marker> {
    // What lies under the playhead is not the next one.
    let near = 0.02;
    if forward {
        markers.iter().filter(|marker| marker.at > secs + near).min_by(|a, b| a.at.total_cmp(&b.at))
    } else {
        markers.iter().filter(|marker| marker.at < secs - near).max_by(|a, b| a.at.total_cmp(&b.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_marker_is_not_the_one_under_the_playhead() {
        let marker = |at: f64| Marker { id: Uuid::from_u128(at as u128), at, label: String::new() };
        let markers = [marker(8.0), marker(2.0), marker(4.0)];
        let at = |secs, forward| next(&markers, secs, forward).map(|marker| marker.at);
        assert_eq!([at(4.0, true), at(4.0, false), at(9.0, true), at(1.0, false)], [Some(8.0), Some(2.0), None, None]);
    }
}
