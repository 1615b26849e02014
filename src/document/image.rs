//! A row as JSON that people can read and that comes back exactly, for versions and portable files.
//!
//! As [`Row::to_json`] has it, columns of this device left out, with one difference: a JSON column whose text is not what
//! printing it again would give (blanks, escapes, numbers beyond 64 bits, a nesting too deep to parse), or which holds a
//! bare string or a bare null, stands as a string with that very text.  So graphs and arguments keep every character.

use serde_json::{Map, Value as Json};

use crate::registry::{BadRow, ColumnKind, Row, TableId, Value};

pub fn to_json(row: &Row) -> Map<String, Json> {
    let mut json = row.to_json();
    for (column, value) in row.table().def().columns.iter().zip(row.values()) {
        if let (ColumnKind::Json, Value::Text(text), Some(shown)) = (column.kind, value, json.get_mut(column.name)) {
            let printed = shown.to_string();
            if shown.is_string() || shown.is_null() || printed != **text {
                *shown = Json::String(text.to_string());
            }
        }
    }
    json
}

/// The row, and the names of columns that this build does not know.
pub fn from_json(table: TableId, mut json: Map<String, Json>) -> Result<(Row, Vec<String>), BadRow> {
    let mut texts = Vec::new();
    for column in table.def().columns.iter().filter(|column| column.kind == ColumnKind::Json) {
        if let Some(shown @ Json::String(_)) = json.get_mut(column.name)
            // Any JSON holds the place until the text is set: some of these columns have no default.
            && let Json::String(text) = std::mem::replace(shown, Json::Bool(false))
        {
            texts.push((column.name, Value::from(text)));
        }
    }
    let (row, unknown) = Row::from_json(table, &json)?;
    Ok((if texts.is_empty() { row } else { row.with(texts)? }, unknown))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_graph_keeps_every_character_and_plain_json_stays_readable() {
        let deep = format!("{}1{}", "[".repeat(400), "]".repeat(400));
        let cases = [
            (r#"{"nodes":[],"edges":[]}"#, true),
            (r#"{ "nodes": [] }"#, false),
            (r#"{"a":1e2,"a":2}"#, false),
            (r#"{"far":1e999}"#, false),
            (r#"{"text":"\u0041"}"#, false),
            (r#""a bare string""#, false),
            (r#"{"x":0.1,"n":-0.0,"big":18446744073709551615}"#, true),
            ("null", false),
            (&deep, false),
        ];
        for (graph, readable) in cases {
            let ids = [("id", Uuid::from_u128(1).into()), ("pattern_id", Uuid::from_u128(2).into())];
            let row = Row::new(TableId::Implementations, ids.into_iter().chain([("graph_json", graph.into())])).unwrap();
            let json = to_json(&row);
            assert_eq!(!json["graph_json"].is_string(), readable, "{graph}");
            let text = serde_json::to_string(&json).unwrap();
            let (back, unknown) = from_json(TableId::Implementations, serde_json::from_str(&text).unwrap()).unwrap();
            assert_eq!(back, row, "{graph}");
            assert!(unknown.is_empty());
        }
    }

    #[test]
    fn columns_of_a_newer_build_are_named() {
        let json = serde_json::json!({"id": Uuid::from_u128(1).to_string(), "name": "Club", "colour": "red"});
        let (row, unknown) = from_json(TableId::Venues, json.as_object().unwrap().clone()).unwrap();
        assert_eq!((row.text("name").unwrap(), unknown), ("Club", vec!["colour".to_owned()]));
    }
}
