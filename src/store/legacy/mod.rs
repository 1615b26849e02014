//! The predecessor's files: a venue (`*.luma`), or its library (`luma.db`).
//!
//! Both are `SQLite`.  Which one it is, and of which age, is told by the tables and columns that are there:
//! - `*.luma`: `fixtures` without a venue, `implementations(pattern_id, graph_json)`.  The file is the venue.
//! - `luma.db`: `venues`, `patterns`, `tracks`, `scores`..., by integer ids, later by UUIDs.
//!
//! Ids that are UUIDs stay; others become `UUIDv5` of their table and number, so that a venue file and the library it was
//! used with meet, and importing twice adds nothing twice.  Graphs and arguments are carried over letter by letter.  What
//! cannot be carried over is reported row by row; the rest is.  The answer is a [`Bundle`], planned and taken like any
//! portable file.

mod file;
mod library;
mod music;
pub mod pose;
mod record;
mod rig;
#[cfg(test)]
mod tests;
mod venue;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::Path;

use thiserror::Error;
use uuid::Uuid;

use super::portable::{Bundle, What};
use crate::document::ground::Ground;
use crate::registry::{BadRow, Row, TableId};

use record::{Record, Records, Report};

#[derive(Debug, Error)]
pub enum LegacyError {
    #[error("\"{path}\" cannot be opened: {source}")]
    Open { path: String, source: io::Error },
    #[error("this is no file of the old Luma: {0}; choose a venue (*.luma) or its luma.db")]
    NotLegacy(String),
    #[error("the file is damaged ({0}): take a backup of it, or let `sqlite3 FILE .recover` save what it can into a new one")]
    Damaged(String),
    #[error("the file is too large: {0}")]
    TooLarge(String),
    #[error("the file cannot be read: {0}; it may be damaged, or in use by another program")]
    Database(#[from] sqlx::Error),
    #[error("the reader could not be started: {0}")]
    Start(io::Error),
}

/// What a file of the predecessor holds.
#[derive(Debug)]
pub struct Legacy {
    /// Ready to be planned; its notes are the report of what could not be carried over.
    pub bundle: Bundle,
    /// Whether it was a venue file, and not a library.
    pub is_venue: bool,
}

/// Whether this may be a file of the predecessor: by its first bytes.
pub fn is_legacy(path: &Path) -> bool {
    let mut header = [0; 16];
    let read = std::fs::File::open(path).and_then(|mut file| io::Read::read_exact(&mut file, &mut header));
    read.is_ok() && &header == b"SQLite format 3\0"
}

/// Reads a file from a thread that runs nothing asynchronous.
pub fn read(path: &Path, ground: &Ground) -> Result<Legacy, LegacyError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(LegacyError::Start)?;
    runtime.block_on(read_async(path, ground))
}

/// `ground` says which patterns are here already: a venue file names those of its library by number alone.
pub async fn read_async(path: &Path, ground: &Ground) -> Result<Legacy, LegacyError> {
    let (tables, notes) =
        file::read(path, &|table| WANTED.contains(&table), &|column| UNWANTED.contains(&column.to_lowercase().as_str())).await?;
    let is_library = tables.0.contains_key("venues") || tables.0.contains_key("tracks") || tables.0.contains_key("patterns");
    let is_venue = !is_library && tables.0.contains_key("fixtures");
    if !is_venue && !is_library {
        return Err(LegacyError::NotLegacy("it has neither fixtures nor venues, patterns or tracks".into()));
    }
    let mut import =
        Import { tables: &tables, rows: Vec::new(), made: HashSet::new(), read: BTreeSet::new(), report: Report::default(), ground };
    notes.into_iter().for_each(|note| import.report.say(note));
    if is_venue {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        venue::import(&mut import, &name);
    } else {
        library::import(&mut import);
    }
    import.unread();
    Ok(Legacy { bundle: import.bundle(), is_venue })
}

/// Tables that are read.
const WANTED: &[&str] = &[
    "_sqlx_migrations",
    "categories",
    "cues",
    "fixture_group_members",
    "fixture_groups",
    "fixtures",
    "implementations",
    "midi_bindings",
    "midi_modifiers",
    "pattern_categories",
    "patterns",
    "score_annotations",
    "scores",
    "track_annotations",
    "track_scores",
    "tracks",
    "venue_implementation_overrides",
    "venues",
];

/// Columns that say how the predecessor kept a row, not what it is.
const UNWANTED: &[&str] = &[
    "checksum",
    "created_at",
    "execution_time",
    "installed_on",
    "is_deleted",
    "needs_sync",
    "origin",
    "remote_id",
    "success",
    "synced_at",
    "synced_version",
    "uid",
    "updated_at",
];

/// What is made anew, or belongs to a device or an account: no loss.
const DERIVED: &[(&str, &str)] = &[
    ("track_beats", "beats are found anew"),
    ("track_roots", "harmony is found anew"),
    ("track_waveforms", "waveforms are drawn anew"),
    ("track_stems", "stems are separated anew"),
    ("track_drum_onsets", "drum hits are found anew"),
    ("track_bar_classifications", "bars are judged anew"),
    ("settings", "settings belong to a device"),
];

/// An import under way.
struct Import<'a> {
    tables: &'a file::Tables,
    rows: Vec<Row>,
    /// What was carried over, so that nothing points to what was not.
    made: HashSet<(TableId, Uuid)>,
    /// Tables whose rows were gone through.
    read: BTreeSet<String>,
    report: Report,
    ground: &'a Ground,
}

impl Import<'_> {
    /// Runs `take` over the rows of the first of these tables that is there, and reports the columns that nobody looked at.
    fn each(&mut self, names: &[&str], mut take: impl FnMut(&mut Self, &Record)) {
        let tables = self.tables;
        let Some(table) = names.iter().find_map(|name| tables.0.get(*name)) else { return };
        self.read.insert(table.name.to_lowercase());
        let records = Records::new(table);
        for record in records.iter() {
            take(self, &record);
        }
        for (column, n_rows) in records.ignored() {
            if !matches!(column, "id" | "version") {
                self.report.say(format!("{}.{column}: not carried over (set in {n_rows} of {} rows)", table.name, table.rows.len()));
            }
        }
    }

    /// Takes a row that fits its table; says which did not, and why.
    fn take(&mut self, record: &Record, row: Result<Row, BadRow>) {
        match row {
            Ok(row) if self.made.insert((row.table(), row.id())) => self.rows.push(row),
            Ok(_) => self.lost(record, "another row has the same id"),
            Err(bad) => self.lost(record, &format!("{} {}", bad.column, bad.reason)),
        }
    }

    fn lost(&mut self, record: &Record, reason: &str) {
        self.report.say(format!("{} is left out: {reason}", record.name()));
    }

    fn changed(&mut self, record: &Record, what: &str) {
        self.report.say(format!("{}: {what}", record.name()));
    }

    fn unread(&mut self) {
        for table in self.tables.0.values().filter(|table| table.n_rows > 0) {
            let name = table.name.to_lowercase();
            if self.read.contains(&name) || name == "_sqlx_migrations" || name.starts_with("sync_") || name == "pending_ops" {
                continue;
            }
            let reason = DERIVED.iter().find(|(derived, _)| *derived == name).map_or("Luma has no such thing", |(_, reason)| reason);
            self.report.say(format!("{} ({} rows) is not carried over: {reason}", table.name, table.n_rows));
        }
    }

    fn bundle(self) -> Bundle {
        let mut rows: BTreeMap<TableId, Vec<Row>> = BTreeMap::new();
        for row in self.rows {
            rows.entry(row.table()).or_default().push(row);
        }
        for rows in rows.values_mut() {
            rows.sort_by_key(Row::id);
        }
        Bundle { what: What::Show, rows, sounds: Vec::new(), notes: self.report.lines(), loose: true }
    }
}
