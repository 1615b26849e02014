//! Named versions of a venue, a score or a pattern: saved, listed, compared and restored.
//!
//! A version holds the subject's rows as JSON, `{"rows":{"fixtures":[...],...}}`, each row as [`super::image`] writes it, so
//! that it can be read without what it once stood in.  Restoring keeps ids: what points to a fixture still does.
//! Everything is a [`Transaction`]; clock and ids come from the caller.

mod compare;
mod words;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use thiserror::Error;
use uuid::Uuid;

use super::ground::{Ground, Key};
use super::image;
use super::subject::{self, Subject};
use super::transaction::Transaction;
use crate::registry::{BadRow, OnDelete, Row, TableId, Value};

pub use compare::{Difference, What, compare};

/// A version of more rows is refused: a venue or a score of that size is a mistake.
pub const MAX_ROWS: usize = 200_000;
/// Longer contents are refused, saved or read.
pub const MAX_BYTES: usize = 128 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VersionError {
    #[error("there is no {0} (any more)")]
    NoSubject(Subject),
    #[error("only venues, scores and patterns have versions, not {0}")]
    NoVersions(TableId),
    #[error("there is no version {0} (any more): list them and choose another")]
    NoVersion(Uuid),
    #[error("the version would hold more than {} rows or {} MiB: too much for one version; export it instead", MAX_ROWS, MAX_BYTES >> 20)]
    TooLarge,
    #[error("the version cannot be read: {0}; choose another, or restore a backup")]
    Broken(String),
    #[error("the version cannot be restored: {0}")]
    Lost(String),
    #[error(transparent)]
    Row(#[from] BadRow),
}

/// The rows of a subject at some time.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    pub subject: Subject,
    pub rows: BTreeMap<Key, Row>,
}

/// A version, without its content.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub id: Uuid,
    pub subject: Subject,
    pub name: String,
    pub note: Option<String>,
    /// RFC 3339, UTC.
    pub saved_at: String,
}

impl Content {
    /// As the subject is now.
    pub fn now(ground: &Ground, subject: Subject) -> Result<Self, VersionError> {
        has_versions(subject.table)?;
        let rows = subject.rows(ground);
        if rows.is_empty() {
            return Err(VersionError::NoSubject(subject));
        }
        Ok(Self { subject, rows: rows.into_iter().map(|row| ((row.table(), row.id()), row)).collect() })
    }

    /// As a version has it, and what of it this build does not know.
    pub fn read(row: &Row) -> Result<(Self, Vec<String>), VersionError> {
        let subject = subject_of(row)?;
        let text = row.text("content_json")?;
        if text.len() > MAX_BYTES {
            return Err(VersionError::TooLarge);
        }
        let content: Map<String, Json> = serde_json::from_str(text).map_err(|error| VersionError::Broken(error.to_string()))?;
        let Some(Json::Object(tables)) = content.get("rows") else {
            return Err(VersionError::Broken("it holds no rows".into()));
        };
        let mut rows = BTreeMap::new();
        let mut unknown = Vec::new();
        for (name, list) in tables {
            let Some(table) = TableId::named(name).filter(|table| belongs(*table, subject.table)) else {
                unknown.push(format!("rows of {name}"));
                continue;
            };
            for row in list.as_array().into_iter().flatten() {
                let Json::Object(row) = row else { return Err(VersionError::Broken(format!("{name} holds something that is no row"))) };
                let (row, columns) = image::from_json(table, row.clone()).map_err(|bad| VersionError::Broken(bad.to_string()))?;
                unknown.extend(columns.into_iter().map(|column| format!("{name}.{column}")));
                rows.insert((table, row.id()), row);
            }
        }
        if rows.len() > MAX_ROWS {
            return Err(VersionError::TooLarge);
        }
        if !rows.contains_key(&(subject.table, subject.id)) {
            return Err(VersionError::Broken(format!("the {} itself is not in it", subject::one(subject.table))));
        }
        unknown.sort();
        unknown.dedup();
        Ok((Self { subject, rows }, unknown))
    }

    pub(crate) fn to_text(&self) -> String {
        let mut tables: BTreeMap<TableId, Vec<Json>> = BTreeMap::new();
        for row in self.rows.values() {
            tables.entry(row.table()).or_default().push(Json::Object(image::to_json(row)));
        }
        let tables: Map<String, Json> = tables.into_iter().map(|(table, rows)| (table.name().to_owned(), Json::Array(rows))).collect();
        json!({ "rows": tables }).to_string()
    }
}

/// Keeps the subject as it is under a name.
pub fn save(ground: &Ground, subject: Subject, version: &Version) -> Result<Transaction, VersionError> {
    let content = Content::now(ground, subject)?;
    let text = content.to_text();
    if content.rows.len() > MAX_ROWS || text.len() > MAX_BYTES {
        return Err(VersionError::TooLarge);
    }
    let own = &content.rows[&(subject.table, subject.id)];
    let row = Row::new(
        TableId::NamedVersions,
        [
            ("id", version.id.into()),
            ("uid", own.get("uid").clone()),
            ("subject_table", subject.table.name().into()),
            ("subject_id", subject.id.into()),
            ("name", version.name.as_str().into()),
            ("note", version.note.clone().into()),
            ("content_json", text.into()),
            ("saved_at", version.saved_at.as_str().into()),
        ],
    )?;
    Ok(Transaction::new(format!("Save version \"{}\"", version.name)).put(row))
}

/// The subject's versions, oldest first.
pub fn list(ground: &Ground, subject: Subject) -> Vec<Version> {
    let mut versions: Vec<Version> = ground.rows(TableId::NamedVersions).filter_map(|row| version_of(row).ok()).collect();
    versions.retain(|version| version.subject == subject);
    versions.sort_by(|a, b| (&a.saved_at, a.id).cmp(&(&b.saved_at, b.id)));
    versions
}

/// What a version holds.
pub fn content(ground: &Ground, version: Uuid) -> Result<(Content, Vec<String>), VersionError> {
    Content::read(ground.get(TableId::NamedVersions, version).ok_or(VersionError::NoVersion(version))?)
}

/// The edit after which the subject is what the version holds, and what of it cannot be had any more.
pub fn restore(ground: &Ground, content: &Content) -> Result<(Transaction, Vec<String>), VersionError> {
    let subject = content.subject;
    let mut lost = Vec::new();
    let mut rows: BTreeMap<Key, Row> = BTreeMap::new();
    // Parents stand before children in the order of tables, so what hangs on a lost row is found lost in one pass.
    for (key, row) in &content.rows {
        match placed(ground, row, content, &rows) {
            Ok(row) => drop(rows.insert(*key, row)),
            Err(reason) if *key == (subject.table, subject.id) => return Err(VersionError::Lost(reason)),
            Err(reason) => lost.push(reason),
        }
    }
    let label = format!("Restore {} \"{}\"", subject::one(subject.table), subject::title(&content.rows[&(subject.table, subject.id)]));
    let mut transaction = Transaction::new(label);
    let changed = rows.values().filter(|row| ground.get(row.table(), row.id()) != Some(row));
    transaction = transaction.put_all(changed.cloned());
    for row in subject.rows(ground).iter().rev().filter(|row| !rows.contains_key(&(row.table(), row.id()))) {
        transaction = transaction.delete(row.table(), row.id());
    }
    Ok((transaction, lost))
}

/// The row as it can stand in the library as it is now; the reason where it cannot.
fn placed(ground: &Ground, row: &Row, content: &Content, placed: &BTreeMap<Key, Row>) -> Result<Row, String> {
    let mut row = row.clone();
    let table = row.table();
    for (at, reference) in table.def().references().filter(|(_, reference)| reference.on_delete != OnDelete::Soft) {
        let column = table.def().columns[at].name;
        let Ok(to) = row.uuid(column) else { continue };
        let key = (reference.table, to);
        let there = placed.contains_key(&key) || !content.rows.contains_key(&key) && ground.get(key.0, key.1).is_some();
        if there {
            continue;
        }
        if reference.on_delete == OnDelete::SetNull {
            row = row.with([(column, Value::Null)]).map_err(|bad| bad.to_string())?;
        } else {
            let who = words::Names::new(ground, content, content).name(&row);
            return Err(format!("{who}: the {} that it needs is no longer there", subject::one(reference.table)));
        }
    }
    Ok(row)
}

fn has_versions(table: TableId) -> Result<(), VersionError> {
    let allowed = matches!(table, TableId::Venues | TableId::Scores | TableId::Patterns);
    if allowed { Ok(()) } else { Err(VersionError::NoVersions(table)) }
}

/// Whether rows of `table` belong to a subject of `root`, however far up.
fn belongs(table: TableId, root: TableId) -> bool {
    table == root || subject::owner(table).is_some_and(|(_, parent)| belongs(parent, root))
}

pub(crate) fn subject_of(row: &Row) -> Result<Subject, VersionError> {
    let name = row.text("subject_table")?;
    let table = TableId::named(name).ok_or_else(|| VersionError::Broken(format!("there is no table {name}")))?;
    has_versions(table)?;
    Ok(Subject { table, id: row.uuid("subject_id")? })
}

fn version_of(row: &Row) -> Result<Version, VersionError> {
    Ok(Version {
        id: row.id(),
        subject: subject_of(row)?,
        name: row.text("name")?.to_owned(),
        note: row.maybe("note", |row, column| row.text(column).map(str::to_owned))?,
        saved_at: row.text("saved_at")?.to_owned(),
    })
}
