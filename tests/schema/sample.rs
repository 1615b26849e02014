//! A valid row for any table.

use luma::registry::{Check, Column, ColumnKind, OnDelete, Row, TableId, Value};
use luma::store::rows;
use uuid::Uuid;

use super::Fresh;

pub(crate) fn id(table: TableId, number: u64) -> Uuid {
    Uuid::from_u128(((table as u128 + 1) << 64) | (u128::from(number) + 1))
}

/// Every column is filled.  Parents are the samples numbered 0, or of the same number where there may be one row a parent; an
/// edge leads from node 0 to node 1.
pub(crate) fn row(table: TableId, number: u64) -> Row {
    let columns = table.def().columns.iter();
    Row::new(table, columns.map(|column| (column.name, value(table, column, number)))).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn value(table: TableId, column: &Column, number: u64) -> Value {
    let n = number as i64;
    match (table, column.name) {
        (TableId::RenderEdges, "to_node_id") => return id(TableId::RenderNodes, 1).into(),
        (TableId::Connections, "destination_id") => return id(TableId::Sends, 0).into(),
        (TableId::Connections, "intermediate_id") => return id(TableId::EquipmentSpecs, 0).into(),
        (TableId::TrackScores, "end_time") => return (n as f64 + 1.5).into(),
        (TableId::Fixtures, "breaks_json") => return r#"[{"universe":2,"address":1}]"#.into(),
        // Else nothing would be captured from there on.
        (TableId::SyncGuard, "applying") => return 0.into(),
        (TableId::SyncRemotes, "remote") => return format!("lan{n}").into(),
        _ => {}
    }
    if let Some(reference) = column.references.filter(|reference| reference.on_delete != OnDelete::Soft) {
        return match reference.table {
            TableId::SyncRemotes => "cloud".into(),
            TableId::FileQueue => 1.into(),
            parent => {
                let mut keys = table.def().unique.iter().copied().chain([table.def().key]);
                id(parent, if keys.any(|key| key.contains(&column.name)) { number } else { 0 }).into()
            }
        };
    }
    match (column.check, column.kind) {
        (Check::OneOf(words), _) => words[0].into(),
        (Check::Length(_), _) => format!("é{n}").into(),
        (Check::Range(low, high), ColumnKind::Int) => (low as i64 + n).min(high as i64).into(),
        (Check::Range(low, high), _) => (low + 0.25 + n as f64).min(high).into(),
        (Check::None, ColumnKind::Uuid) => id(table, number).into(),
        (Check::None, ColumnKind::Text) => format!("{} \"{n}\"", column.name).into(),
        (Check::None, ColumnKind::Json) => format!(r#"{{"n": {n}, "x":1e2}}"#).into(),
        (Check::None, ColumnKind::Time) => format!("2026-01-31T23:59:{:02}.123Z", number % 60).into(),
        (Check::None, ColumnKind::Int) => (n + 1).into(),
        (Check::None, ColumnKind::Bool) => (n % 2).into(),
        (Check::None, ColumnKind::Real) => (n as f64 + 0.1 + 0.2).into(),
        (Check::None, ColumnKind::Blob) => Value::Blob([0, 255, b'\'', number as u8].into()),
    }
}

/// Two rows in every table.
pub(crate) async fn fill(fresh: &mut Fresh) {
    for table in TableId::all() {
        for number in 0..2 {
            let row = row(table, number);
            rows::upsert(&mut fresh.db, &row).await.unwrap_or_else(|error| panic!("{row:?}: {error}"));
        }
    }
}
