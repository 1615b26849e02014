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

/// A column that holds the first column of a row of another table.
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
    /// Added to a table that had landed: it stands behind the bookkeeping columns.
    pub later: bool,
}

/// A default.  The last two are made by the database alone: a [`Row`](super::Row) must bring its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    None,
    Text(&'static str),
    Int(i64),
    Real(f64),
    /// A fresh `UUIDv7`.
    NewId,
    /// This instant.
    Now,
}

impl Column {
    /// A column that must be given; the setters below relax it.
    pub const fn new(name: &'static str, kind: ColumnKind) -> Self {
        Self { name, kind, nullable: false, default: DefaultValue::None, local: false, references: None, check: Check::None, later: false }
    }

    pub const fn later(mut self) -> Self {
        self.later = true;
        self
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

    pub const fn default_new_id(mut self) -> Self {
        self.default = DefaultValue::NewId;
        self
    }

    pub const fn default_now(mut self) -> Self {
        self.default = DefaultValue::Now;
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
            DefaultValue::None | DefaultValue::NewId | DefaultValue::Now => Value::Null,
            DefaultValue::Text(text) => Value::Text(text.into()),
            DefaultValue::Int(int) => Value::Int(int),
            DefaultValue::Real(real) => Value::Real(real),
        }
    }

    /// Why this value cannot stand in this column, in words.
    pub fn refuses(&self, value: &Value) -> Option<String> {
        let fits = match (self.kind, value) {
            (_, Value::Null) => return (!self.nullable).then(|| "must not be empty".to_owned()),
            // PostgreSQL holds no NUL in a text, and SQLite's own functions stop at one.
            (_, Value::Text(text)) if text.contains('\0') => return Some("must not contain the character NUL".to_owned()),
            (ColumnKind::Text, Value::Text(_)) => true,
            (ColumnKind::Time, Value::Text(text)) => is_time(text),
            (ColumnKind::Uuid, Value::Text(text)) => is_uuid(text),
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

/// Lower case and hyphenated: ids are compared as text.
fn is_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// `2026-01-31T23:59:59.123Z`, with any number of decimals or none.
fn is_time(text: &str) -> bool {
    let (Some(head), Some(tail)) = (text.get(..19), text.get(19..)) else { return false };
    let shape = head.bytes().zip(*b"0000-00-00T00:00:00").all(|(byte, like)| match like {
        b'0' => byte.is_ascii_digit(),
        _ => byte == like,
    });
    let inside = |at: usize, low: u32, high: u32| head[at..at + 2].parse().is_ok_and(|part: u32| (low..=high).contains(&part));
    let decimals = tail.strip_suffix('Z').is_some_and(|decimals| {
        decimals.is_empty()
            || decimals.strip_prefix('.').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    });
    shape && decimals && inside(5, 1, 12) && inside(8, 1, 31) && inside(11, 0, 23) && inside(14, 0, 59) && inside(17, 0, 59)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: ColumnKind, good: &[&str], bad: &[&str]) {
        let column = Column::new("it", kind);
        for text in good {
            assert_eq!(column.refuses(&Value::from(*text)), None, "{text}");
        }
        for text in bad {
            assert!(column.refuses(&Value::from(*text)).is_some(), "{text}");
        }
    }

    #[test]
    fn ids_are_lower_case_and_hyphenated() {
        check(
            ColumnKind::Uuid,
            &["00000000-0000-0000-0000-000000000000", "0198f1c2-7a3b-7cde-8f01-23456789abcd"],
            &[
                "",
                "0198F1C2-7A3B-7CDE-8F01-23456789ABCD",
                "0198f1c27a3b7cde8f0123456789abcd",
                "{0198f1c2-7a3b-7cde-8f01-23456789abcd}",
                "0198f1c2-7a3b-7cde-8f01-23456789abcg",
                "0198f1c2-7a3b-7cde8-f01-23456789abcd",
            ],
        );
    }

    #[test]
    fn times_are_utc_with_any_number_of_decimals() {
        check(
            ColumnKind::Time,
            &["2026-01-31T23:59:59Z", "2026-01-31T23:59:59.1Z", "2026-01-31T00:00:00.123456Z"],
            &[
                "",
                "2026-01-31",
                "2026-01-31 23:59:59Z",
                "2026-01-31T23:59:59",
                "2026-01-31T23:59:59+02:00",
                "2026-13-31T23:59:59Z",
                "2026-01-31T24:00:00Z",
                "2026-01-31T23:59:59.Z",
                "2026-01-31T23:59:59.1xZ",
                "2026-01-31T23:59:é9Z",
            ],
        );
    }

    #[test]
    fn a_nul_is_refused_wherever_text_stands() {
        check(ColumnKind::Text, &["", "é\n\u{1f4a1}"], &["a\0b"]);
        check(ColumnKind::Json, &["{}", "[1e2]"], &["{\0}", "{", ""]);
    }
}
