//! The predecessor's `SQLite` file as tables of plain values: opened read-only and immutable, nothing in it believed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Decode, Row as _, Sqlite, SqliteConnection, TypeInfo as _, ValueRef as _};

use super::LegacyError;
use crate::registry::Value;

/// Longer files are refused: waveforms and all, the predecessor's largest are a tenth of it.
const MAX_FILE_BYTES: u64 = 8 << 30;
pub(super) const MAX_ROWS: usize = 500_000;
/// Letters of one text.
pub(super) const MAX_TEXT: usize = 16 << 20;

#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Value>>,
    /// How many there are, whether read or not.
    pub(super) n_rows: i64,
}

/// Tables by name, in lower case.
#[derive(Debug, Default)]
pub(super) struct Tables(pub(super) BTreeMap<String, Table>);

impl Tables {
    /// Whether the file went through this change of its schema; `None` where it does not say.
    pub(super) fn migrated(&self, version: i64) -> Option<bool> {
        let table = self.0.get("_sqlx_migrations")?;
        let at = table.columns.iter().position(|name| name == "version")?;
        Some(table.rows.iter().any(|row| row[at] == Value::Int(version)))
    }
}

/// Reads the tables that `wanted` says, without the columns that `unwanted` says; of the others, how many rows there are.
pub(super) async fn read(
    path: &Path,
    wanted: &dyn Fn(&str) -> bool,
    unwanted: &dyn Fn(&str) -> bool,
) -> Result<(Tables, Vec<String>), LegacyError> {
    let mut notes = Vec::new();
    check_header(path)?;
    for suffix in ["-wal", "-journal"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        if std::fs::metadata(Path::new(&beside)).is_ok_and(|file| file.len() > 0) {
            notes.push(format!(
                "{} holds changes that are not in the file yet and were not read: open and close the old program once, then import again",
                Path::new(&beside).display()
            ));
        }
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true).pragma("trusted_schema", "OFF");
    let mut db = options.disable_statement_logging().connect().await?;
    let sound: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut db).await?;
    if sound != "ok" {
        return Err(LegacyError::Damaged(sound));
    }
    let mut tables = Tables::default();
    // Plain tables alone: a view or a virtual table could be anything, an endless one included.
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql LIKE 'CREATE TABLE%' ORDER BY name LIMIT 1000",
    )
    .fetch_all(&mut db)
    .await?;
    for name in names {
        let table = table(&mut db, &name, wanted(&name.to_lowercase()), unwanted).await?;
        if table.rows.len() > MAX_ROWS {
            return Err(LegacyError::TooLarge(format!("{name} has more than {MAX_ROWS} rows")));
        }
        tables.0.insert(name.to_lowercase(), table);
    }
    Ok((tables, notes))
}

fn check_header(path: &Path) -> Result<(), LegacyError> {
    let open = |source| LegacyError::Open { path: path.display().to_string(), source };
    let mut file = File::open(path).map_err(open)?;
    let length = file.metadata().map_err(open)?.len();
    if length > MAX_FILE_BYTES {
        return Err(LegacyError::TooLarge(format!("it is longer than {} GiB", MAX_FILE_BYTES >> 30)));
    }
    let mut header = [0; 16];
    match file.read_exact(&mut header) {
        Ok(()) if &header == b"SQLite format 3\0" => Ok(()),
        Ok(()) => Err(LegacyError::NotLegacy("it is no SQLite database".into())),
        Err(_short) => Err(LegacyError::NotLegacy("it is too short to be anything".into())),
    }
}

async fn table(db: &mut SqliteConnection, name: &str, wanted: bool, unwanted: &dyn Fn(&str) -> bool) -> Result<Table, LegacyError> {
    let quoted = format!("\"{}\"", name.replace('"', "\"\""));
    let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info(?)").bind(name).fetch_all(&mut *db).await?;
    let n_rows = sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) FROM {quoted}"))).fetch_one(&mut *db).await?;
    let columns: Vec<String> = columns.into_iter().filter(|column| wanted && !unwanted(column)).collect();
    let mut table = Table { name: name.to_owned(), columns, rows: Vec::new(), n_rows };
    if table.columns.is_empty() {
        return Ok(table);
    }
    let limit = MAX_TEXT + 1;
    let bounded = |column: &String| {
        let column = format!("\"{}\"", column.replace('"', "\"\""));
        format!("CASE WHEN typeof({column}) IN ('text', 'blob') THEN substr({column}, 1, {limit}) ELSE {column} END")
    };
    let list = table.columns.iter().map(bounded).collect::<Vec<_>>().join(", ");
    let select = format!("SELECT {list} FROM {quoted} LIMIT {}", MAX_ROWS + 1);
    let rows = sqlx::query(AssertSqlSafe(select)).fetch_all(&mut *db).await?;
    for row in rows {
        table.rows.push((0..table.columns.len()).map(|at| value(&row, at)).collect::<Result<_, _>>()?);
    }
    for name in &mut table.columns {
        *name = name.to_lowercase();
    }
    Ok(table)
}

/// By what is stored, not by what the column was declared as.
fn value(row: &sqlx::sqlite::SqliteRow, at: usize) -> Result<Value, LegacyError> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info().name().to_owned();
    let decoded = |error| LegacyError::Database(sqlx::Error::Decode(error));
    Ok(match kind.as_str() {
        "REAL" => Value::Real(<f64 as Decode<Sqlite>>::decode(raw).map_err(decoded)?),
        "BLOB" => Value::Blob(<Vec<u8> as Decode<Sqlite>>::decode(raw).map_err(decoded)?.into()),
        // Text that is none (bytes that are no UTF-8) is as good as a blob: whoever wants text says so.
        "TEXT" => {
            let bytes = <&[u8] as Decode<Sqlite>>::decode(raw).map_err(decoded)?;
            std::str::from_utf8(bytes).map_or_else(|_| Value::Blob(bytes.into()), Value::from)
        }
        _ => Value::Int(<i64 as Decode<Sqlite>>::decode(raw).map_err(decoded)?),
    })
}
