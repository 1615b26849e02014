//! The views `<table>_sync`: a synced table under the names that the seeds gave to what sync knows of a row.
//!
//! `remote_id`, `synced_at` and `synced_version` are null until the remote `cloud` has answered for the row; `needs_sync`
//! is 1 while an operation for it is pending.  Where the video seed has them, `last_modified_by` is the last writer and
//! `is_deleted` tells rows deleted here, of which the remote has not heard yet, from those that are there: the table itself
//! holds no deleted rows.

use crate::registry::{BOOKKEEPING, Table, TableId};

/// Tables of the video seed that have `last_modified_by`, and those that have `is_deleted`.
const LAST_MODIFIED_BY: [TableId; 4] = [TableId::Productions, TableId::EquipmentSpecs, TableId::Sources, TableId::Sends];
const IS_DELETED: [TableId; 5] = [TableId::Productions, TableId::EquipmentSpecs, TableId::Sources, TableId::Sends, TableId::Connections];

/// Name and statement of each view, in the registry's order.
pub(super) fn views() -> Vec<(String, String)> {
    TableId::all().map(TableId::def).filter(|table| table.kind.is_captured()).map(view).collect()
}

fn view(table: &Table) -> (String, String) {
    let name = format!("{}_sync", table.name);
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).chain(BOOKKEEPING).collect();
    let select = |columns: Vec<String>, more: &[(bool, &str)]| {
        let more = more.iter().filter(|(wanted, _)| *wanted).map(|(_, column)| (*column).to_owned());
        columns.into_iter().chain(more).collect::<Vec<_>>().join(", ")
    };
    let writer = LAST_MODIFIED_BY.contains(&table.id);
    let deleted = IS_DELETED.contains(&table.id);
    let here = select(
        columns.iter().map(|column| format!("t.\"{column}\"")).collect(),
        &[
            (true, "s.row_id AS remote_id, s.synced_at, p.row_id IS NOT NULL AS needs_sync, s.version AS synced_version"),
            (writer, "coalesce(p.uid, s.updated_by, t.uid) AS last_modified_by"),
            (deleted, "0 AS is_deleted"),
        ],
    );
    let of = |alias: &str, id: &str| {
        format!("LEFT JOIN sync_rows AS {alias} ON {alias}.remote = 'cloud' AND {alias}.tbl = '{}' AND {alias}.row_id = {id}", table.name)
    };
    let mut sql = format!(
        "CREATE VIEW {name} AS\nSELECT {here}\nFROM {table} AS t\n{}\nLEFT JOIN pending_ops AS p ON p.remote = 'cloud' AND p.tbl = '{table}' AND p.row_id = t.id",
        of("s", "t.id"),
        table = table.name,
    );
    if deleted {
        let gone = select(
            columns
                .iter()
                .map(|column| if BOOKKEEPING.contains(column) { "NULL".to_owned() } else { format!("p.base ->> '$.{column}'") })
                .collect(),
            &[(true, "s.row_id, s.synced_at, 1, s.version"), (writer, "p.uid"), (true, "1")],
        );
        sql += &format!(
            "\nUNION ALL\nSELECT {gone}\nFROM pending_ops AS p\n{}\nWHERE p.remote = 'cloud' AND p.tbl = '{}' AND p.op = 'delete' AND p.base IS NOT NULL",
            of("s", "p.row_id"),
            table.name
        );
    }
    (name, sql)
}
