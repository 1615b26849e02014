//! A row as triggers write it down: a JSON object of its shared columns, each as the database holds it.
//!
//! Texts, ids, times and JSON documents are strings (a document is kept as it was written, not parsed), whole numbers and
//! flags are numbers, BLOBs are hexadecimal.  A REAL has 17 significant digits: `json_object` and casts to text print 15 and
//! would turn 0.1 + 0.2 into 0.3 (sync.md 0).

use serde_json::{Map, Value as Json};

use crate::registry::{BadRow, Column, ColumnKind, Row, Table, TableId, Value};

/// The expression that makes the image of the trigger's row `row`, `OLD` or `NEW`.
pub(super) fn sql(table: &Table, row: &str) -> String {
    let (mut form, mut values) = (Vec::new(), Vec::new());
    for (_, column) in table.shared_columns() {
        let (mark, value) = field(column, &format!("{row}.\"{}\"", column.name));
        form.push(format!("\"{}\":{mark}", column.name));
        values.push(value);
    }
    format!("format('{{{}}}', {})", form.join(","), values.join(", "))
}

/// How a column stands in the form, and what is put there.
fn field(column: &Column, value: &str) -> (&'static str, String) {
    let (mark, text) = match column.kind {
        // Ids and times have a form, which the table checks: nothing in them wants escaping.
        ColumnKind::Uuid | ColumnKind::Time => ("\"%s\"", value.to_owned()),
        ColumnKind::Text | ColumnKind::Json => return ("%s", format!("json_quote({value})")),
        ColumnKind::Int | ColumnKind::Bool => ("%d", value.to_owned()),
        ColumnKind::Real => ("%!.17g", value.to_owned()),
        ColumnKind::Blob => ("\"%s\"", format!("hex({value})")),
    };
    if column.nullable { ("%s", format!("iif({value} IS NULL, 'null', format('{mark}', {text}))")) } else { (mark, text) }
}

/// The row that an image is of.  Columns of this device alone take their defaults.
pub fn parse(table: TableId, image: &str) -> Result<Row, BadRow> {
    let bad = |column: &str, reason: String| BadRow { table: table.name(), id: None, column: column.to_owned(), reason };
    let fields: Map<String, Json> = serde_json::from_str(image).map_err(|error| bad("*", error.to_string()))?;
    let mut set = Vec::with_capacity(fields.len());
    for (name, json) in &fields {
        let column = table.def().column_idx(name).map(|at| &table.def().columns[at]);
        let column = column.ok_or_else(|| bad(name, "there is no such column".into()))?;
        set.push((
            column.name,
            value(column.kind, json).ok_or_else(|| bad(name, format!("{json} is no {:?}", column.kind).to_lowercase()))?,
        ));
    }
    Row::new(table, set)
}

fn value(kind: ColumnKind, json: &Json) -> Option<Value> {
    Some(match (kind, json) {
        (_, Json::Null) => Value::Null,
        (ColumnKind::Int | ColumnKind::Bool, Json::Number(number)) => number.as_i64()?.into(),
        (ColumnKind::Real, Json::Number(number)) => number.as_f64()?.into(),
        (ColumnKind::Blob, Json::String(hex)) => Value::Blob(bytes(hex)?.into()),
        (ColumnKind::Text | ColumnKind::Json | ColumnKind::Uuid | ColumnKind::Time, Json::String(text)) => text.as_str().into(),
        _ => return None,
    })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| if let [high, low] = *pair { Some(digit(high)? << 4 | digit(low)?) } else { None }).collect()
}
