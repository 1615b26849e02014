//! One row of the predecessor: its values as they may be meant, and the report of what could not be.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::file::{MAX_TEXT, Table};
use crate::registry::Value;

/// More lines than anybody reads; the rest is counted.
const MAX_LINES: usize = 2_000;

/// What could not be carried over, in words.
#[derive(Debug, Default)]
pub(super) struct Report {
    lines: Vec<String>,
    n_more: usize,
}

impl Report {
    pub(super) fn say(&mut self, line: impl Into<String>) {
        if self.lines.len() < MAX_LINES { self.lines.push(line.into()) } else { self.n_more += 1 }
    }

    pub(super) fn lines(mut self) -> Vec<String> {
        if self.n_more > 0 {
            self.lines.push(format!("... and {} more", self.n_more));
        }
        self.lines
    }
}

/// Rows of a table, and which of its columns were looked at.
pub(super) struct Records<'a> {
    table: &'a Table,
    looked: RefCell<BTreeSet<String>>,
}

pub(super) struct Record<'a> {
    records: &'a Records<'a>,
    values: &'a [Value],
    at: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(table: &'a Table) -> Self {
        Self { table, looked: RefCell::default() }
    }

    pub(super) fn iter(&'a self) -> impl Iterator<Item = Record<'a>> {
        self.table.rows.iter().enumerate().map(move |(at, values)| Record { records: self, values, at })
    }

    /// Columns that hold something and that nobody looked at, each with the number of rows it is set in.
    pub(super) fn ignored(&self) -> BTreeMap<&str, usize> {
        let looked = self.looked.borrow();
        let mut ignored = BTreeMap::new();
        for (at, column) in self.table.columns.iter().enumerate().filter(|(_, column)| !looked.contains(*column)) {
            let nothing = |value: &Value| match value {
                Value::Null | Value::Int(0) => true,
                Value::Text(text) => matches!(text.trim(), "" | "[]" | "{}" | "null"),
                _ => false,
            };
            let n_set = self.table.rows.iter().filter(|row| !nothing(&row[at])).count();
            if n_set > 0 {
                ignored.insert(column.as_str(), n_set);
            }
        }
        ignored
    }
}

impl Record<'_> {
    pub(super) fn get(&self, column: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.records.looked.borrow_mut().insert(column.to_owned());
        let at = self.records.table.columns.iter().position(|name| name == column);
        at.and_then(|at| self.values.get(at)).unwrap_or(&NULL)
    }

    /// As the report calls it: "fixtures row 3 (Par 3)".
    pub(super) fn name(&self) -> String {
        let called = ["label", "name", "title", "id", "pattern_id"].into_iter().find_map(|column| {
            let at = self.records.table.columns.iter().position(|name| name == column)?;
            let text = plain(self.values.get(at)?)?;
            Some(text.chars().take(60).collect::<String>()).filter(|text| !text.is_empty())
        });
        let called = called.map(|called| format!(" ({called})")).unwrap_or_default();
        format!("{} row {}{called}", self.records.table.name, self.at + 1)
    }

    /// Text, or a number where a text was meant.  Nothing where it is empty or longer than anything is.
    pub(super) fn text(&self, column: &str) -> Option<String> {
        plain(self.get(column)).filter(|text| !text.is_empty() && text.len() <= MAX_TEXT && !text.contains('\0'))
    }

    /// A whole number, however it was written down.
    pub(super) fn int(&self, column: &str) -> Option<i64> {
        match self.get(column) {
            Value::Int(int) => Some(*int),
            Value::Real(real) if real.fract() == 0.0 && real.abs() < 9e15 => Some(*real as i64),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub(super) fn real(&self, column: &str) -> Option<f64> {
        let number = match self.get(column) {
            Value::Int(int) => Some(*int as f64),
            Value::Real(real) => Some(*real),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|number: &f64| number.is_finite())
    }

    /// Whether the column holds anything at all.
    pub(super) fn is_set(&self, column: &str) -> bool {
        *self.get(column) != Value::Null
    }

    /// The id in a column: a UUID as it is, anything else by `UUIDv5` within `scope` and the table that it is an id of.
    pub(super) fn id(&self, column: &str, scope: &str, table: &str) -> Option<Uuid> {
        let text = plain(self.get(column)).filter(|text| !text.is_empty() && text.len() <= 1_000)?;
        Some(Uuid::try_parse(text.trim()).unwrap_or_else(|_| derived(scope, table, text.trim())))
    }
}

/// Persisted: the same file imported again must give the same ids.
pub(super) fn derived(scope: &str, table: &str, id: &str) -> Uuid {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"luma/legacy");
    Uuid::new_v5(&namespace, format!("{scope}/{table}/{id}").as_bytes())
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Int(int) => Some(int.to_string()),
        Value::Real(real) => Some(real.to_string()),
        Value::Null | Value::Blob(_) => None,
    }
}
