//! One row: the values of a table's columns, in the registry's order.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use thiserror::Error;
use uuid::Uuid;

use super::{Column, ColumnKind, TableId, Value};

/// Shared, and cheap to keep twice: undo and versions hold rows by the thousand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    table: TableId,
    values: Arc<[Value]>,
}

/// A row that its table or its model refuses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{table}{}: {column}: {reason}", .id.map(|id| format!(" {id}")).unwrap_or_default())]
pub struct BadRow {
    pub table: &'static str,
    pub id: Option<Uuid>,
    pub column: String,
    pub reason: String,
}

impl Row {
    /// A row of its table's defaults, with these columns set.  Unknown columns and unfit values are refused.
    pub fn new<'a>(table: TableId, set: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Self, BadRow> {
        let values: Arc<[Value]> = table.def().columns.iter().map(Column::default_value).collect();
        Self { table, values }.with(set)
    }

    /// From values in the registry's order, as the database gave them; each is checked.
    pub fn from_values(table: TableId, values: Vec<Value>) -> Result<Self, BadRow> {
        let row = Self { table, values: values.into() };
        let n_columns = table.def().columns.len();
        if row.values.len() != n_columns {
            return Err(row.bad("*", format!("{} values for {n_columns} columns", row.values.len())));
        }
        row.checked()
    }

    /// The same row with some columns changed.
    pub fn with<'a>(&self, set: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Self, BadRow> {
        let mut values = self.values.to_vec();
        for (name, value) in set {
            let at = self.table.def().column_idx(name).ok_or_else(|| self.bad(name, "there is no such column".into()))?;
            values[at] = value;
        }
        Self { table: self.table, values: values.into() }.checked()
    }

    fn checked(mut self) -> Result<Self, BadRow> {
        // SQLite gives a zero back without its sign; a row must equal itself after a restart.
        if self.values.iter().any(|value| matches!(value, Value::Real(real) if *real == 0.0 && real.is_sign_negative())) {
            let unsigned =
                |value: &Value| if matches!(value, Value::Real(real) if *real == 0.0) { Value::Real(0.0) } else { value.clone() };
            self.values = self.values.iter().map(unsigned).collect();
        }
        for (column, value) in self.table.def().columns.iter().zip(&*self.values) {
            if let Some(reason) = column.refuses(value) {
                return Err(self.bad(column.name, reason));
            }
        }
        Ok(self)
    }

    pub fn table(&self) -> TableId {
        self.table
    }

    /// In the registry's order.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Every table that rows are made of begins with its id, which [`Row::checked`] has seen to be one.
    pub fn id(&self) -> Uuid {
        match self.values.first() {
            Some(Value::Text(text)) => Uuid::try_parse(text).unwrap_or_default(),
            _ => Uuid::nil(),
        }
    }

    pub fn get(&self, column: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.table.def().column_idx(column).and_then(|at| self.values.get(at)).unwrap_or(&NULL)
    }

    pub fn text(&self, column: &str) -> Result<&str, BadRow> {
        match self.get(column) {
            Value::Text(text) => Ok(text),
            other => Err(self.bad(column, format!("{other} is no text"))),
        }
    }

    pub fn uuid(&self, column: &str) -> Result<Uuid, BadRow> {
        Uuid::try_parse(self.text(column)?).map_err(|error| self.bad(column, error.to_string()))
    }

    pub fn int(&self, column: &str) -> Result<i64, BadRow> {
        match self.get(column) {
            Value::Int(int) => Ok(*int),
            other => Err(self.bad(column, format!("{other} is no whole number"))),
        }
    }

    pub fn real(&self, column: &str) -> Result<f64, BadRow> {
        match self.get(column) {
            Value::Real(real) => Ok(*real),
            Value::Int(int) => Ok(*int as f64),
            other => Err(self.bad(column, format!("{other} is no number"))),
        }
    }

    pub fn flag(&self, column: &str) -> Result<bool, BadRow> {
        Ok(self.int(column)? != 0)
    }

    /// A JSON column, read into the model's type.
    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, BadRow> {
        serde_json::from_str(self.text(column)?).map_err(|error| self.bad(column, error.to_string()))
    }

    /// `None` where the column is null, else what `read` makes of it.
    pub fn maybe<'a, T>(&'a self, column: &str, read: impl Fn(&'a Self, &str) -> Result<T, BadRow>) -> Result<Option<T>, BadRow> {
        if *self.get(column) == Value::Null { Ok(None) } else { read(self, column).map(Some) }
    }

    /// The rule that this row breaks, named by table, id and column.
    pub fn bad(&self, column: &str, reason: String) -> BadRow {
        let id = Some(self.id()).filter(|id| !id.is_nil());
        BadRow { table: self.table.def().name, id, column: column.to_owned(), reason }
    }

    /// As an export holds it: columns by name, JSON columns as JSON, columns of this device left out.
    pub fn to_json(&self) -> Map<String, Json> {
        let columns = self.table.def().columns.iter().zip(&*self.values).filter(|(column, _)| !column.local);
        columns.map(|(column, value)| (column.name.to_owned(), json_of(column.kind, value))).collect()
    }

    /// From an export.  Columns that are absent take their defaults; columns this build does not know are named in the second
    /// part of the answer, so that they can be reported.
    pub fn from_json(table: TableId, json: &Map<String, Json>) -> Result<(Self, Vec<String>), BadRow> {
        let mut set = Vec::with_capacity(json.len());
        let mut unknown = Vec::new();
        for (name, value) in json {
            let Some(at) = table.def().column_idx(name) else {
                unknown.push(name.clone());
                continue;
            };
            let kind = table.def().columns[at].kind;
            let value = value_of(kind, value).map_err(|reason| BadRow {
                table: table.def().name,
                id: json.get("id").and_then(Json::as_str).and_then(|id| Uuid::try_parse(id).ok()),
                column: name.clone(),
                reason,
            })?;
            set.push((name.as_str(), value));
        }
        Ok((Self::new(table, set)?, unknown))
    }
}

fn json_of(kind: ColumnKind, value: &Value) -> Json {
    match (kind, value) {
        (_, Value::Null) => Json::Null,
        (ColumnKind::Bool, Value::Int(int)) => Json::Bool(*int != 0),
        (ColumnKind::Json, Value::Text(text)) => serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_string())),
        (_, Value::Text(text)) => Json::String(text.to_string()),
        (_, Value::Int(int)) => Json::from(*int),
        (_, Value::Real(real)) => Json::from(*real),
        (_, Value::Blob(bytes)) => Json::String(BASE64.encode(bytes)),
    }
}

fn value_of(kind: ColumnKind, json: &Json) -> Result<Value, String> {
    let value = match (kind, json) {
        (ColumnKind::Json, Json::Null) | (_, Json::Null) => Value::Null,
        (ColumnKind::Json, json) => Value::Text(json.to_string().into()),
        (ColumnKind::Bool, Json::Bool(flag)) => Value::from(*flag),
        (ColumnKind::Int, Json::Number(number)) if number.is_i64() => number.as_i64().into(),
        (ColumnKind::Real, Json::Number(number)) => number.as_f64().into(),
        (ColumnKind::Blob, Json::String(text)) => {
            Value::Blob(BASE64.decode(text).map_err(|error| format!("is no base64: {error}"))?.into())
        }
        // Other programs write ids in capitals or braces; one that is none is refused with its column's name.
        (ColumnKind::Uuid, Json::String(text)) => Uuid::try_parse(text).map_or_else(|_| text.as_str().into(), Value::from),
        (ColumnKind::Text | ColumnKind::Time, Json::String(text)) => Value::Text(text.as_str().into()),
        (kind, json) => return Err(format!("{json} is no {kind:?}").to_lowercase()),
    };
    Ok(value)
}
