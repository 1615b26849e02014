//! Rows under other ids: what an import as a copy, and a twin that is here already, do to references.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::document::subject::Subject;
use crate::document::versions::{Content, subject_of};
use crate::registry::{BadRow, OnDelete, Row, TableId, Value};

/// Old id to the id in this library, where they differ.
#[derive(Debug, Default)]
pub(super) struct Ids {
    ids: HashMap<(TableId, Uuid), Uuid>,
    /// What was copied, and the key that its new ids follow from: rows that only its versions remember follow too.
    copies: HashMap<Subject, String>,
}

impl Ids {
    pub(super) fn insert(&mut self, table: TableId, from: Uuid, to: Uuid) {
        if from != to {
            self.ids.insert((table, from), to);
        }
    }

    pub(super) fn copied(&mut self, subject: Subject, key: String) {
        self.copies.insert(subject, key);
    }

    pub(super) fn get(&self, table: TableId, id: Uuid) -> Uuid {
        self.ids.get(&(table, id)).copied().unwrap_or(id)
    }

    /// The row with its references led to where they now lie; its own id is left as it is.
    pub(super) fn lead(&self, row: &Row) -> Result<Row, BadRow> {
        let mut set = Vec::new();
        for (at, reference) in row.table().def().references() {
            let column = row.table().def().columns[at].name;
            if let Ok(id) = row.uuid(column)
                && self.get(reference.table, id) != id
                // Where a pattern came from is a fact about the past, not a pointer to follow.
                && !(reference.on_delete == OnDelete::Soft && column == "forked_from_id")
            {
                set.push((column, self.get(reference.table, id).into()));
            }
        }
        if set.is_empty() { Ok(row.clone()) } else { row.with(set) }
    }

    /// A version whose subject was copied speaks of the copy.
    pub(super) fn version(&self, row: &Row) -> Result<Row, String> {
        let subject = subject_of(row).map_err(|error| error.to_string())?;
        let Some(key) = self.copies.get(&subject) else {
            return Ok(row.clone());
        };
        let (content, _) = Content::read(row).map_err(|error| error.to_string())?;
        let mut all = Self { ids: self.ids.clone(), copies: HashMap::new() };
        for (table, id) in content.rows.keys() {
            all.ids.entry((*table, *id)).or_insert_with(|| copy_id(*id, key));
        }
        let mut rows = BTreeMap::new();
        for ((table, id), row) in content.rows {
            let id = all.get(table, id);
            let row = all.lead(&row).and_then(|row| row.with([("id", id.into())])).map_err(|bad| bad.to_string())?;
            rows.insert((table, id), row);
        }
        let content = Content { subject: Subject { table: subject.table, id: all.get(subject.table, subject.id) }, rows };
        let set = [("subject_id", content.subject.id.into()), ("content_json", content.to_text().into())];
        row.with(set).map_err(|bad| bad.to_string())
    }
}

/// The id of a copied row: the same file imported as a copy twice gives one copy.
pub(super) fn copy_id(id: Uuid, key: &str) -> Uuid {
    Uuid::new_v5(&id, key.as_bytes())
}

/// The id that follows from the row's natural key, where its table has one.
pub(super) fn natural_id(row: &Row) -> Option<Uuid> {
    let table = row.table();
    let key: Vec<Value> = table.def().natural_key.iter().map(|column| row.get(column).clone()).collect();
    (!key.is_empty()).then(|| table.natural_id(&key))
}
