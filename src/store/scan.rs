//! Reading by something else than the key: a table in pieces, over what is damaged, or by one of its columns.

use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use super::rows::{self, Reader, quoted};
use crate::registry::{BadRow, Row, TableId, Value};

/// At most `limit` rows whose `rowid` is greater than `after`, with that number.
pub(super) async fn after(
    db: &mut SqliteConnection,
    table: TableId,
    after: i64,
    limit: i64,
) -> sqlx::Result<Vec<(i64, Result<Row, BadRow>)>> {
    let statement = format!("SELECT {}, rowid FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?", columns(table));
    let found = sqlx::query(AssertSqlSafe(statement)).bind(after).bind(limit).fetch_all(db).await?;
    let (mut reader, rowid) = (Reader::new(table), table.def().columns.len());
    found.iter().map(|row| Ok((row.try_get(rowid)?, reader.read(row)))).collect()
}

/// Rows whose `column` is `value`, by id.  A row that breaks the model is an error.
pub(super) async fn select(db: &mut SqliteConnection, table: TableId, column: &str, value: &Value) -> sqlx::Result<Vec<Row>> {
    if table.def().column_idx(column).is_none() {
        return Err(sqlx::Error::ColumnNotFound(format!("{table}.{column}")));
    }
    let statement = format!("SELECT {} FROM {table} WHERE \"{column}\" IS ? ORDER BY {}", columns(table), quoted(table.def().key));
    let mut bound = SqliteArguments::default();
    rows::bind(&mut bound, value)?;
    let found = sqlx::query_with(AssertSqlSafe(statement), bound).fetch_all(db).await?;
    let mut reader = Reader::new(table);
    found.iter().map(|row| reader.read(row).map_err(|error| sqlx::Error::Decode(error.into()))).collect()
}

fn columns(table: TableId) -> String {
    quoted(&table.def().columns.iter().map(|column| column.name).collect::<Vec<_>>())
}
