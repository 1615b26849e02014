//! The table of contents.  Everything else in the file is believed only as far as this names it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::PortableError;
use crate::document::subject::Subject;
use crate::registry::TableId;

/// What this build writes, and the newest that it reads.
pub const FORMAT: u64 = 1;

pub(super) const NAME: &str = "manifest.json";

/// What a file is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Everything.
    Show,
    /// A venue, score or pattern, with what it needs.
    Alone(Subject),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// `luma`: a zip archive with some other manifest is no file of ours.
    pub(super) luma: String,
    pub(super) format: u64,
    /// The program that wrote it, for people.
    pub(super) app: String,
    /// `show`, `venue`, `score` or `pattern`.
    pub(super) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Uuid>,
    /// By name.
    pub(super) entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) bytes: u64,
    pub(super) sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<u64>,
}

impl Manifest {
    pub(super) fn new(what: What) -> Self {
        let (kind, id) = match what {
            What::Show => ("show", None),
            What::Alone(subject) => (kind_of(subject.table).unwrap_or_default(), Some(subject.id)),
        };
        let app = env!("CARGO_PKG_VERSION").to_owned();
        Self { luma: "portable".into(), format: FORMAT, app, kind: kind.into(), id, entries: BTreeMap::new() }
    }

    pub(super) fn what(&self) -> Result<What, PortableError> {
        let table = match self.kind.as_str() {
            "show" => return Ok(What::Show),
            "venue" => TableId::Venues,
            "score" => TableId::Scores,
            "pattern" => TableId::Patterns,
            other => return Err(PortableError::broken(NAME, format!("it is of the kind \"{other}\", which does not exist"))),
        };
        let id = self.id.ok_or_else(|| PortableError::broken(NAME, format!("it does not say which {}", self.kind)))?;
        Ok(What::Alone(Subject { table, id }))
    }
}

/// The kind of a file with one subject of this table.
pub(super) fn kind_of(table: TableId) -> Option<&'static str> {
    Some(match table {
        TableId::Venues => "venue",
        TableId::Scores => "score",
        TableId::Patterns => "pattern",
        _ => return None,
    })
}
