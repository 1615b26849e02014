//! Rows in and out, for every table of the registry alike.
//!
//! Statements are made once from the registry and stay prepared.  No rule is decided here: what a table refuses, the
//! database refuses.  A row in the file that breaks the registry's rules is reported and left where it is; it never keeps
//! the others from being read.

use std::sync::{Arc, OnceLock};

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, Decode, Row as _, Sqlite, SqliteConnection, TypeInfo as _, ValueRef as _};
use uuid::Uuid;

use crate::registry::{BadRow, Column, Row, Table, TableId, Value};

/// Rows read at a time: enough that the statement's start does not count, few enough that memory does not either.
const PAGE: i64 = 2000;

/// Writes a row, whole.  A row that is there already and equal is not touched: no trigger hears of it.
pub async fn upsert(db: &mut SqliteConnection, row: &Row) -> sqlx::Result<()> {
    let mut bound = SqliteArguments::default();
    for value in row.values() {
        bind(&mut bound, value)?;
    }
    sqlx::query_with(statements(row.table()).upsert.as_str(), bound).execute(db).await?;
    Ok(())
}

/// Whether there was such a row.  Rows that belong to it go too, as the foreign keys say.
pub async fn delete(db: &mut SqliteConnection, table: TableId, id: Uuid) -> sqlx::Result<bool> {
    if !table.def().has_id() {
        return Err(sqlx::Error::InvalidArgument(format!("rows of {table} have no id")));
    }
    let mut bound = SqliteArguments::default();
    bind(&mut bound, &id.into())?;
    Ok(sqlx::query_with(statements(table).delete.as_str(), bound).execute(db).await?.rows_affected() > 0)
}

/// Every row of a table, in the order of its keys.
pub async fn load(db: &mut SqliteConnection, table: TableId) -> sqlx::Result<Vec<Result<Row, BadRow>>> {
    let mut rows = Vec::new();
    let mut reader = Reader::new(table);
    let mut after: Option<Vec<Value>> = None;
    loop {
        let mut bound = SqliteArguments::default();
        for value in after.iter().flatten().chain([&Value::Int(PAGE)]) {
            bind(&mut bound, value)?;
        }
        let sql = if after.is_some() { &statements(table).next } else { &statements(table).first };
        let page = sqlx::query_with(sql.as_str(), bound).fetch_all(&mut *db).await?;
        rows.extend(page.iter().map(|row| reader.read(row)));
        match page.last() {
            Some(last) if page.len() as i64 == PAGE => {
                after = Some(table.def().key.iter().map(|key| value(last.try_get_raw(*key)?)).collect::<sqlx::Result<_>>()?);
            }
            _ => return Ok(rows),
        }
    }
}

pub(super) fn bind(bound: &mut SqliteArguments, value: &Value) -> sqlx::Result<()> {
    match value {
        Value::Null => bound.add(None::<i64>),
        Value::Int(int) => bound.add(*int),
        Value::Real(real) => bound.add(*real),
        Value::Text(text) => bound.add(Arc::clone(text)),
        Value::Blob(bytes) => bound.add(&**bytes),
    }
    .map_err(sqlx::Error::Encode)
}

/// Makes rows of what `SQLite` gives, and remembers the texts of the row before: neighbours share most of theirs.
pub(super) struct Reader {
    table: &'static Table,
    before: Vec<Value>,
}

impl Reader {
    pub(super) fn new(table: TableId) -> Self {
        Self { table: table.def(), before: vec![Value::Null; table.def().columns.len()] }
    }

    pub(super) fn read(&mut self, row: &SqliteRow) -> Result<Row, BadRow> {
        let mut values = Vec::with_capacity(self.before.len());
        for (at, before) in self.before.iter_mut().enumerate() {
            let value = row.try_get_raw(at).and_then(|raw| match before {
                // Of a null, sqlx tells the column's type.
                Value::Text(known) if !raw.is_null() && raw.type_info().name() == "TEXT" => {
                    let text = <&str as Decode<Sqlite>>::decode(raw).map_err(sqlx::Error::Decode)?;
                    Ok(if **known == *text { Value::Text(Arc::clone(known)) } else { text.into() })
                }
                _ => value(raw),
            });
            match value {
                Ok(value) => {
                    before.clone_from(&value);
                    values.push(value);
                }
                Err(error) => return Err(self.bad(row, at, &error)),
            }
        }
        Row::from_values(self.table.id, values)
    }

    fn bad(&self, row: &SqliteRow, at: usize, error: &sqlx::Error) -> BadRow {
        let id = row.try_get::<&str, _>(0).ok().and_then(|id| Uuid::try_parse(id).ok());
        BadRow { table: self.table.name, id, column: self.table.columns[at].name.to_owned(), reason: error.to_string() }
    }
}

/// What stands in a cell, whatever its column was declared as.
fn value(raw: sqlx::sqlite::SqliteValueRef<'_>) -> sqlx::Result<Value> {
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let read = match raw.type_info().name() {
        "INTEGER" => <i64 as Decode<Sqlite>>::decode(raw).map(Value::Int),
        "REAL" => <f64 as Decode<Sqlite>>::decode(raw).map(Value::Real),
        "BLOB" => <&[u8] as Decode<Sqlite>>::decode(raw).map(|bytes| Value::Blob(bytes.into())),
        _ => <&str as Decode<Sqlite>>::decode(raw).map(Value::from),
    };
    read.map_err(sqlx::Error::Decode)
}

struct Statements {
    upsert: String,
    delete: String,
    /// The first page, and the page after a key.
    first: String,
    next: String,
}

fn statements(table: TableId) -> &'static Statements {
    static ALL: OnceLock<Vec<Statements>> = OnceLock::new();
    &ALL.get_or_init(|| TableId::all().map(|table| Statements::of(table.def())).collect())[table as usize]
}

impl Statements {
    fn of(table: &Table) -> Self {
        let name = table.name;
        let key = quoted(table.key);
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        let marks = vec!["?"; columns.len()].join(", ");
        let rest: Vec<&Column> = table.columns.iter().filter(|column| !table.key.contains(&column.name)).collect();
        let each = |each: fn(&str, &str) -> String, between: &str| {
            rest.iter().map(|column| each(name, column.name)).collect::<Vec<_>>().join(between)
        };
        let set = each(|_, column| format!("\"{column}\" = excluded.\"{column}\""), ", ");
        let differs = each(|table, column| format!("{table}.\"{column}\" IS NOT excluded.\"{column}\""), " OR ");
        let columns = quoted(&columns);
        let from = format!("SELECT {columns} FROM {name}");
        let after = vec!["?"; table.key.len()].join(", ");
        Self {
            upsert: format!("INSERT INTO {name} ({columns}) VALUES ({marks}) ON CONFLICT ({key}) DO UPDATE SET {set} WHERE {differs}"),
            delete: format!("DELETE FROM {name} WHERE {key} = ?"),
            first: format!("{from} ORDER BY {key} LIMIT ?"),
            next: format!("{from} WHERE ({key}) > ({after}) ORDER BY {key} LIMIT ?"),
        }
    }
}

/// Column names, quoted: some are `SQL`'s own words.
pub(super) fn quoted(columns: &[&str]) -> String {
    columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ")
}
