//! What can still be read of a damaged library, row by row, into a new file.
//!
//! The last resort: there was no good backup.  Rows whose parents are lost are left out as well, since nothing could be
//! done with them.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use sqlx::{Connection, SqliteConnection};

use super::batch::{EntryOp, NetHistory};
use super::file;
use super::read::Reading;
use super::{StoreError, rows, scan, write};
use crate::document::codec;
use crate::document::ground::Key;
use crate::document::history::Entry;
use crate::document::step::Step;
use crate::registry::{OnDelete, Row, TableId, Value};

/// How much was saved.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Salvaged {
    rows: usize,
    /// Could be read, but not what they belong to.
    left_out: usize,
    /// Tables that broke off somewhere.
    broken: BTreeSet<&'static str>,
    steps: usize,
}

impl fmt::Display for Salvaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, left_out, steps, .. } = self;
        if *rows == 0 {
            return f.write_str("Nothing in it can be read, so a new library was begun");
        }
        write!(f, "{rows} rows and {steps} steps of undo could be read and were put into a new file")?;
        if *left_out > 0 {
            write!(f, "; {left_out} rows had to be left out, because what they belong to is lost")?;
        }
        let broken: Vec<&str> = self.broken.iter().copied().collect();
        if broken.is_empty() { Ok(()) } else { write!(f, "; some may be missing in {}", broken.join(", ")) }
    }
}

/// Reads what can be read of `damaged` and writes it to a fresh library at `part`.
pub(super) async fn into(damaged: &Path, part: &Path) -> Result<Salvaged, StoreError> {
    let mut salvaged = Salvaged::default();
    let mut found = Vec::new();
    let mut history = NetHistory::default();
    let mut settings: Vec<(String, String)> = Vec::new();
    // Where it cannot even be opened there is nothing to read.
    if let Ok(mut reading) = Reading::open(damaged).await {
        for table in TableId::all().filter(|table| table.def().has_id()) {
            let (rows, whole) = scan_table(&mut reading.db, table).await;
            found.extend(rows);
            if !whole {
                salvaged.broken.insert(table.name());
            }
        }
        history = steps(&mut reading.db).await;
        settings = sqlx::query_as("SELECT key, value FROM settings").fetch_all(&mut reading.db).await.unwrap_or_default();
        reading.close().await;
    }
    let n_found = found.len();
    let rows = with_parents(found);
    file::create_at(part).await.map_err(|error| StoreError::open(part, error))?;
    let database = |error| StoreError::database(part, error);
    let mut db = file::writer(part).await.map_err(database)?;
    let mut sql = db.begin().await.map_err(database)?;
    for row in &rows {
        // A row that the tables refuse (its key twice, for instance) is one of those left out.
        salvaged.rows += usize::from(rows::upsert(&mut sql, row).await.is_ok());
    }
    salvaged.left_out = n_found - salvaged.rows;
    if salvaged.left_out > 0 || !salvaged.broken.is_empty() {
        // Undo would stumble over what is lost.
        history = NetHistory::default();
    }
    salvaged.steps = history.entries.len();
    write::history(&mut sql, &history).await.map_err(database)?;
    for (key, value) in &settings {
        write::setting(&mut sql, key, Some(value)).await.map_err(database)?;
    }
    sql.commit().await.map_err(database)?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut db).await.map_err(database)?;
    db.close().await.map_err(database)?;
    Ok(salvaged)
}

/// Every row that can be read, and whether that is all.  A piece that cannot be read is read row by row, and over the row
/// that cannot be read it goes in growing steps.
async fn scan_table(db: &mut SqliteConnection, table: TableId) -> (Vec<Row>, bool) {
    let mut found = Vec::new();
    let (mut after, mut limit, mut step, mut whole) = (i64::MIN, PIECE, 1i64, true);
    while step < FARTHEST {
        match scan::after(db, table, after, limit).await {
            Ok(rows) => {
                let Some((last, _)) = rows.last() else { return (found, whole) };
                after = *last;
                (step, limit) = (1, (limit * 2).min(PIECE));
                for (_, row) in rows {
                    match row {
                        Ok(row) => found.push(row),
                        Err(_unfit) => whole = false,
                    }
                }
            }
            Err(_broken) if limit > 1 => limit = 1,
            Err(_broken) => {
                whole = false;
                after = after.max(0).saturating_add(step);
                step *= 2;
            }
        }
    }
    (found, whole)
}

/// Rows read at a time while all is well.
const PIECE: i64 = 256;
/// No table has more rows.
const FARTHEST: i64 = 1 << 32;

async fn steps(db: &mut SqliteConnection) -> NetHistory {
    type Found = (i64, String, Option<String>, String, bool);
    let found: Vec<Found> = sqlx::query_as("SELECT seq, label, group_key, changes_json, done FROM edit_history ORDER BY seq")
        .fetch_all(db)
        .await
        .unwrap_or_default();
    let mut history = NetHistory::default();
    for (seq, label, group, changes, done) in found {
        if let (Ok(seq), Ok(changes)) = (u64::try_from(seq), codec::decode(&changes)) {
            history.entries.insert(seq, EntryOp::Keep(Entry { seq, step: Step { label, group, changes } }, done));
        }
    }
    history
}

/// Without the rows that point to rows which are not there; what may point nowhere is made to.
fn with_parents(mut rows: Vec<Row>) -> Vec<Row> {
    loop {
        let present: BTreeSet<Key> = rows.iter().map(|row| (row.table(), row.id())).collect();
        let n_before = rows.len();
        rows = rows.into_iter().filter_map(|row| with_its_parents(row, &present)).collect();
        if rows.len() == n_before {
            return rows;
        }
    }
}

fn with_its_parents(row: Row, present: &BTreeSet<Key>) -> Option<Row> {
    let mut freed = Vec::new();
    for (at, reference) in row.table().def().references().filter(|(_, reference)| reference.on_delete != OnDelete::Soft) {
        let column = &row.table().def().columns[at];
        let Ok(Some(to)) = row.maybe(column.name, Row::uuid) else { continue };
        if !present.contains(&(reference.table, to)) {
            if reference.on_delete != OnDelete::SetNull || !column.nullable {
                return None;
            }
            freed.push((column.name, Value::Null));
        }
    }
    if freed.is_empty() { Some(row) } else { row.with(freed).ok() }
}
