//! The JSON form of changes, as `edit_history` keeps them: exact, columns of this device included.
//!
//! `[{"table":"fixtures","id":"...","before":null,"after":[...values in the registry's order, by name...]}]`; a blob is
//! `{"blob":"base64"}`, and a number keeps whether it is whole.  Persisted: the form is only ever added to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::step::Change;
use crate::registry::{Row, TableId, Value};

pub fn encode(changes: &[Change]) -> String {
    let changes = changes.iter().map(|change| {
        json!({ "table": change.table.name(), "id": change.id.to_string(),
                "before": change.before.as_ref().map(image), "after": change.after.as_ref().map(image) })
    });
    Json::Array(changes.collect()).to_string()
}

/// A history that this build cannot read (a newer one wrote it) is an error in words; the caller forgets it from there.
pub fn decode(text: &str) -> Result<Vec<Change>, String> {
    let changes: Vec<Map<String, Json>> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    changes.iter().map(change_of).collect()
}

fn change_of(json: &Map<String, Json>) -> Result<Change, String> {
    let text = |name: &str| json.get(name).and_then(Json::as_str).ok_or_else(|| format!("{name} is missing"));
    let table = text("table")?;
    let table = TableId::named(table).ok_or_else(|| format!("there is no table {table}"))?;
    let id = Uuid::try_parse(text("id")?).map_err(|error| error.to_string())?;
    let row = |name: &str| match json.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Object(values)) => row_of(table, values).map(Some),
        Some(other) => Err(format!("{name} is {other}")),
    };
    Ok(Change { table, id, before: row("before")?, after: row("after")? })
}

fn image(row: &Row) -> Json {
    let columns = row.table().def().columns.iter().zip(row.values());
    columns.map(|(column, value)| (column.name.to_owned(), exact(value))).collect::<Map<_, _>>().into()
}

fn exact(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(int) => json!(int),
        Value::Real(real) => json!(real),
        Value::Text(text) => json!(&**text),
        Value::Blob(bytes) => json!({ "blob": BASE64.encode(bytes) }),
    }
}

fn row_of(table: TableId, values: &Map<String, Json>) -> Result<Row, String> {
    let set = values.iter().map(|(name, json)| value_of(json).map(|value| (name.as_str(), value)));
    Row::new(table, set.collect::<Result<Vec<_>, _>>()?).map_err(|error| error.to_string())
}

fn value_of(json: &Json) -> Result<Value, String> {
    match json {
        Json::Null => Ok(Value::Null),
        Json::Number(number) if number.is_f64() => Ok(number.as_f64().into()),
        Json::Number(number) => number.as_i64().map(Value::Int).ok_or_else(|| format!("{number} is too large")),
        Json::String(text) => Ok(text.as_str().into()),
        Json::Object(map) => match map.get("blob").and_then(Json::as_str) {
            Some(text) => BASE64.decode(text).map(|bytes| Value::Blob(bytes.into())).map_err(|error| error.to_string()),
            None => Err("an object that is no blob".into()),
        },
        other => Err(format!("{other} is no value")),
    }
}
