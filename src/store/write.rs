//! A batch into one SQL transaction: rows, history and settings, all or nothing.
//!
//! 1. Rows that give up a unique key which another row of the batch takes are parked under their own id, so that two
//!    groups can swap names.
//! 2. Rows are put, parents first: what is moved away from a parent that goes is away before it goes.
//! 3. Rows are deleted, children first, so that the database's own cascades find nothing left.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use uuid::Uuid;

use super::batch::{Batch, EntryOp, NetHistory};
use super::rows;
use crate::document::codec;
use crate::registry::{Row, TableId, Value};

/// In `settings`: the newest commit in the file, by which a file is known again after its disk was away.
pub(super) const MARK: &str = "store.last_commit";

/// Writes the batch and returns once it is on the disk.
pub(super) async fn batch(db: &mut SqliteConnection, batch: &Batch, mark: &str) -> sqlx::Result<()> {
    let mut sql = db.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query("PRAGMA defer_foreign_keys = ON").execute(&mut *sql).await?;
    for (table, id, column) in parked(batch) {
        let statement = format!("UPDATE {} SET {column} = id WHERE id = ?", table.name());
        sqlx::query(AssertSqlSafe(statement)).bind(id.to_string()).execute(&mut *sql).await?;
    }
    for row in batch.rows.values().filter_map(|net| net.after.as_ref()) {
        rows::upsert(&mut sql, row).await?;
    }
    for (&(table, id), _) in batch.rows.iter().rev().filter(|(_, net)| net.after.is_none()) {
        rows::delete(&mut sql, table, id).await?;
    }
    history(&mut sql, &batch.history).await?;
    for (key, value) in &batch.settings {
        setting(&mut sql, key, value.as_deref()).await?;
    }
    setting(&mut sql, MARK, Some(mark)).await?;
    sql.commit().await
}

/// Which rows must let go of a unique key before others can take it, and the column to let go of.
fn parked(batch: &Batch) -> BTreeSet<(TableId, Uuid, &'static str)> {
    let mut parked = BTreeSet::new();
    let tables: BTreeSet<TableId> = batch.rows.keys().map(|key| key.0).collect();
    for table in tables {
        for columns in table.def().unique {
            let rows = || batch.rows.range((table, Uuid::nil())..=(table, Uuid::max()));
            let given: BTreeMap<String, Uuid> =
                rows().filter_map(|(&(_, id), net)| Some((key_of(net.before.as_ref()?, columns)?, id))).collect();
            for (&(_, id), net) in rows() {
                let wanted = net.after.as_ref().and_then(|row| key_of(row, columns));
                if let Some(&holder) = wanted.and_then(|key| given.get(&key)).filter(|holder| **holder != id) {
                    parked.extend(free_column(table, columns).map(|column| (table, holder, column)));
                }
            }
        }
    }
    parked
}

/// The column of a unique key that can hold a row's own id for a moment; one that points nowhere, if there is one.
fn free_column(table: TableId, columns: &'static [&'static str]) -> Option<&'static str> {
    let points = |name: &&str| table.def().column_idx(name).is_some_and(|at| table.def().columns[at].references.is_some());
    columns.iter().rev().find(|name| !points(name)).or(columns.last()).copied()
}

/// As in SQL: a key with a null in it is held by nobody.
fn key_of(row: &Row, columns: &[&str]) -> Option<String> {
    columns.iter().map(|column| Some(row.get(column)).filter(|value| **value != Value::Null).map(|value| format!("{value:?}"))).collect()
}

pub(super) async fn history(sql: &mut SqliteConnection, history: &NetHistory) -> sqlx::Result<()> {
    if let Some(seq) = history.forget_from {
        sqlx::query("DELETE FROM edit_history WHERE seq >= ?").bind(number(seq)).execute(&mut *sql).await?;
    }
    if let Some(seq) = history.forget_before {
        sqlx::query("DELETE FROM edit_history WHERE seq < ?").bind(number(seq)).execute(&mut *sql).await?;
    }
    for (&seq, op) in &history.entries {
        match op {
            EntryOp::Keep(entry, done) => {
                sqlx::query(
                    "INSERT INTO edit_history (seq, label, group_key, changes_json, done) VALUES (?, ?, ?, ?, ?) ON CONFLICT (seq) DO UPDATE SET \
                     label = excluded.label, group_key = excluded.group_key, changes_json = excluded.changes_json, done = excluded.done",
                )
                .bind(number(seq))
                .bind(&entry.step.label)
                .bind(&entry.step.group)
                .bind(codec::encode(&entry.step.changes))
                .bind(*done)
                .execute(&mut *sql)
                .await?;
            }
            EntryOp::Mark(done) => {
                sqlx::query("UPDATE edit_history SET done = ? WHERE seq = ?").bind(*done).bind(number(seq)).execute(&mut *sql).await?;
            }
        }
    }
    Ok(())
}

pub(super) async fn setting(sql: &mut SqliteConnection, key: &str, value: Option<&str>) -> sqlx::Result<()> {
    let query = match value {
        Some(value) => sqlx::query(
            "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
        )
        .bind(key)
        .bind(value),
        None => sqlx::query("DELETE FROM settings WHERE key = ?").bind(key),
    };
    query.execute(sql).await.map(drop)
}

/// `SQLite` counts in signed numbers; no history is that long.
fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::ground::Key;
    use crate::store::batch::Net;

    fn group(n: u128, name: &str) -> Row {
        let venue = Uuid::from_u128(1);
        Row::new(TableId::FixtureGroups, [("id", Uuid::from_u128(n).into()), ("venue_id", venue.into()), ("name", name.into())]).unwrap()
    }

    fn net(changes: &[(Option<Row>, Option<Row>)]) -> Batch {
        let key = |row: &Row| -> Key { (row.table(), row.id()) };
        let rows = changes.iter().map(|(before, after)| {
            (before.as_ref().or(after.as_ref()).map(key).unwrap(), Net { before: before.clone(), after: after.clone() })
        });
        Batch { rows: rows.collect(), ..Batch::default() }
    }

    #[test]
    fn rows_are_parked_when_another_takes_their_key_and_only_then() {
        let id = Uuid::from_u128;
        let swap = net(&[(Some(group(4, "front")), Some(group(4, "back"))), (Some(group(7, "back")), Some(group(7, "front")))]);
        let both = [(TableId::FixtureGroups, id(4), "name"), (TableId::FixtureGroups, id(7), "name")];
        assert_eq!(parked(&swap).into_iter().collect::<Vec<_>>(), both);
        let heir = net(&[(Some(group(4, "front")), None), (None, Some(group(7, "front")))]);
        assert_eq!(parked(&heir).into_iter().collect::<Vec<_>>(), both[..1]);
        let plain = net(&[(Some(group(4, "front")), Some(group(4, "front"))), (Some(group(7, "back")), Some(group(7, "other")))]);
        assert!(parked(&plain).is_empty());
    }
}
