//! The file into the document: every row that people edit, the history, and the settings.
//!
//! A row or step that this build cannot read stays in the file, is left out and told; the rest opens.

use std::collections::BTreeMap;

use sqlx::SqliteConnection;

use super::rows;
use super::write::MARK;
use crate::document::codec;
use crate::document::ground::Ground;
use crate::document::history::{Document, Entry};
use crate::document::step::Step;
use crate::registry::TableId;

#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) document: Document,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) notices: Vec<String>,
    /// Steps that cannot be reached any more, by number: to be forgotten on disk.
    pub(super) unreachable: Vec<i64>,
}

pub(super) async fn library(db: &mut SqliteConnection) -> sqlx::Result<Loaded> {
    let mut loaded = Loaded::default();
    let mut kept = Vec::new();
    for table in TableId::all().filter(|table| table.def().kind.is_document()) {
        let mut bad = Vec::new();
        for row in rows::load(db, table).await? {
            match row {
                Ok(row) => kept.push(row),
                Err(error) => bad.push(error.to_string()),
            }
        }
        if let Some(first) = bad.first() {
            let n = bad.len();
            loaded.notices.push(format!("{n} of the rows in {table} cannot be read and stay out of the show; the first: {first}"));
        }
    }
    let (done, undone) = history(db, &mut loaded).await?;
    loaded.document = Document::open(Ground::load(kept), done, undone);
    let settings: Vec<(String, String)> = sqlx::query_as("SELECT key, value FROM settings").fetch_all(db).await?;
    loaded.settings = settings.into_iter().filter(|(key, _)| key != MARK).collect();
    Ok(loaded)
}

/// Undo goes from the newest done step down and redo from the oldest undone one up: a step that cannot be read ends either.
async fn history(db: &mut SqliteConnection, loaded: &mut Loaded) -> sqlx::Result<(Vec<Entry>, Vec<Entry>)> {
    type Found = (i64, String, Option<String>, String, bool);
    let found: Vec<Found> =
        sqlx::query_as("SELECT seq, label, group_key, changes_json, done FROM edit_history ORDER BY seq").fetch_all(db).await?;
    let (mut done, mut undone) = (Vec::new(), Vec::new());
    let mut unreachable = Vec::new();
    let mut broken = None;
    let mut redo_ends = false;
    for (seq, label, group, changes, is_done) in found {
        let entry = codec::decode(&changes).and_then(|changes| {
            let seq = u64::try_from(seq).map_err(|error| error.to_string())?;
            Ok(Entry { seq, step: Step { label, group, changes } })
        });
        match entry {
            Ok(entry) if is_done => done.push(entry),
            Ok(entry) if !redo_ends => undone.push(entry),
            Ok(_) => unreachable.push(seq),
            Err(why) => {
                broken.get_or_insert(why);
                unreachable.push(seq);
                if is_done {
                    unreachable.extend(done.drain(..).filter_map(|entry| i64::try_from(entry.seq).ok()));
                } else {
                    redo_ends = true;
                }
            }
        }
    }
    if let Some(why) = broken {
        loaded.notices.push(format!("{} steps of the history cannot be read, so undo does not reach them: {why}", unreachable.len()));
    }
    loaded.unreachable = unreachable;
    Ok((done, undone))
}

/// Forgets on disk what [`library`] could not read, so that numbers can be given anew.
pub(super) async fn forget(db: &mut SqliteConnection, unreachable: &[i64]) -> sqlx::Result<()> {
    for seq in unreachable {
        sqlx::query("DELETE FROM edit_history WHERE seq = ?").bind(seq).execute(&mut *db).await?;
    }
    Ok(())
}
