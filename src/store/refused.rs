//! Edits that the database refused although its disk is well: kept as text beside it, so that nothing is lost.
//!
//! One JSON object a line: when, which commit, why, and the rows before and after as [`crate::document::codec`] writes
//! them.  The document checks edits by the same rules as the database, so a line here is a fault of Luma's.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value as Json, json};

use super::batch::Batch;
use super::paths;
use super::stamp::Stamp;
use crate::document::codec;
use crate::document::step::Change;

pub(super) fn keep(library: &Path, batch: &Batch, why: &str) -> io::Result<()> {
    let rows = batch.rows.iter();
    let changes: Vec<Change> =
        rows.map(|(&(table, id), net)| Change { table, id, before: net.before.clone(), after: net.after.clone() }).collect();
    let changes: Json = serde_json::from_str(&codec::encode(&changes))?;
    let line = json!({ "at": Stamp::now().to_string(), "commit": batch.last.0, "label": batch.label, "why": why,
                       "changes": changes, "settings": batch.settings });
    let mut file = OpenOptions::new().create(true).append(true).open(paths::refused(library))?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_all()
}

/// How many lie there.
pub(super) fn count(library: &Path) -> u64 {
    std::fs::read(paths::refused(library)).map_or(0, |text| text.iter().filter(|byte| **byte == b'\n').count() as u64)
}
