//! What one column holds, and what it refuses.

use super::{TableId, Value};

/// `SQLite` storage and JSON form of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// TEXT; a JSON string.
    Text,
    /// TEXT, lower-case hyphenated; a JSON string.
    Uuid,
    /// TEXT, RFC 3339 in UTC; a JSON string.
    Time,
    /// TEXT holding JSON, kept as it was written; the parsed value in exports.
    Json,
    /// INTEGER; a JSON number.
    Int,
    /// INTEGER 0 or 1; a JSON boolean.
    Bool,
    /// REAL, finite; a JSON number.
    Real,
    /// BLOB; base64 in JSON.
    Blob,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    /// The row goes with the one it points to.
    Cascade,
    /// The column becomes null.
    SetNull,
    /// The parent cannot be deleted while rows point to it.
    Restrict,
    /// Not a foreign key of the database: may dangle, and readers cope (sync.md 3.1, cycles).
    Soft,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    pub table: TableId,
    pub on_delete: OnDelete,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Check {
    None,
    /// Inclusive.
    Range(f64, f64),
    OneOf(&'static [&'static str]),
    /// Not empty, and no longer than this many characters.
    Length(usize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    pub name: &'static str,
    pub kind: ColumnKind,
    pub nullable: bool,
    /// What an absent value becomes; `Value::Null` where the column is nullable or has none.
    pub default: DefaultValue,
    /// Never captured, exported or sent: paths and caches of this device.
    pub local: bool,
    pub references: Option<Reference>,
    pub check: Check,
}

/// A default, as far as a constant can say it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    None,
    Text(&'static str),
    Int(i64),
    Real(f64),
}

impl Column {
    /// A column that must be given; the setters below relax it.
    pub const fn new(name: &'static str, kind: ColumnKind) -> Self {
        Self { name, kind, nullable: false, default: DefaultValue::None, local: false, references: None, check: Check::None }
    }

    pub const fn null(mut self) -> Self {
        self.nullable = true;
        self
    }

    pub const fn default_text(mut self, text: &'static str) -> Self {
        self.default = DefaultValue::Text(text);
        self
    }

    pub const fn default_int(mut self, int: i64) -> Self {
        self.default = DefaultValue::Int(int);
        self
    }

    pub const fn default_real(mut self, real: f64) -> Self {
        self.default = DefaultValue::Real(real);
        self
    }

    pub const fn local(mut self) -> Self {
        self.local = true;
        self
    }

    pub const fn references(mut self, table: TableId, on_delete: OnDelete) -> Self {
        self.references = Some(Reference { table, on_delete });
        self
    }

    pub const fn check(mut self, check: Check) -> Self {
        self.check = check;
        self
    }

    pub fn default_value(&self) -> Value {
        match self.default {
            DefaultValue::None => Value::Null,
            DefaultValue::Text(text) => Value::Text(text.into()),
            DefaultValue::Int(int) => Value::Int(int),
            DefaultValue::Real(real) => Value::Real(real),
        }
    }

    /// Why this value cannot stand in this column, in words.
    pub fn refuses(&self, value: &Value) -> Option<String> {
        let fits = match (self.kind, value) {
            (_, Value::Null) => return (!self.nullable).then(|| "must not be empty".to_owned()),
            (ColumnKind::Text | ColumnKind::Time, Value::Text(_)) => true,
            (ColumnKind::Uuid, Value::Text(text)) => uuid::Uuid::try_parse(text).is_ok(),
            (ColumnKind::Json, Value::Text(text)) => serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok(),
            (ColumnKind::Int, Value::Int(_)) | (ColumnKind::Bool, Value::Int(0 | 1)) | (ColumnKind::Blob, Value::Blob(_)) => true,
            (ColumnKind::Real, Value::Real(real)) => real.is_finite(),
            _ => false,
        };
        if !fits {
            return Some(format!("{value} is no {:?}", self.kind).to_lowercase());
        }
        let inside = match (self.check, value) {
            (Check::Range(low, high), Value::Int(int)) => (low..=high).contains(&(*int as f64)),
            (Check::Range(low, high), Value::Real(real)) => (low..=high).contains(real),
            (Check::OneOf(words), Value::Text(text)) => words.contains(&&**text),
            (Check::Length(longest), Value::Text(text)) => !text.is_empty() && text.chars().count() <= longest,
            _ => true,
        };
        (!inside).then(|| match self.check {
            Check::Range(low, high) => format!("{value} is outside {low}..{high}"),
            Check::OneOf(words) => format!("{value} is none of {}", words.join(", ")),
            Check::Length(longest) => format!("must have 1 to {longest} characters"),
            Check::None => format!("{value} is refused"),
        })
    }
}
