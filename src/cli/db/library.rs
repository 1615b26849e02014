//! The library's document, to look at and to edit from the command line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use uuid::Uuid;

use crate::cli::{refused, status as terminal};
use crate::document::ground::Ground;
use crate::document::history::{Commit, Document};
use crate::document::subject::{self, Subject};
use crate::document::transaction::Transaction;
use crate::registry::TableId;
use crate::store::{self, Options, Store};

/// How long a slow disk is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A library under edit.  What is done to the document reaches the disk with [`Editing::save`], and not otherwise: a verb
/// that fails halfway has changed nothing.
pub(super) struct Editing {
    store: Store,
    pub(super) document: Document,
    commits: Vec<Commit>,
}

impl Editing {
    pub(super) fn open(library: &Path) -> Result<Self> {
        let (store, opened) = store::start(library, Options::default()).map_err(refused)?;
        opened.notices.iter().for_each(|notice| terminal::say(notice));
        Ok(Self { store, document: opened.document, commits: Vec::new() })
    }

    /// Whether it changed anything.
    pub(super) fn edit(&mut self, transaction: &Transaction) -> Result<bool> {
        let commit = self.document.edit(transaction).map_err(refused)?;
        let changed = commit.is_some();
        self.commits.extend(commit);
        Ok(changed)
    }

    pub(super) fn save(self) -> Result<()> {
        for commit in self.commits {
            self.store.commit(commit);
        }
        self.store.close(PATIENCE)?;
        Ok(())
    }
}

/// The library as it is, also while another Luma has it open.
pub(super) fn look(library: &Path) -> Result<Document> {
    let opened = store::read(library).map_err(refused)?;
    opened.notices.iter().for_each(|notice| terminal::say(notice));
    Ok(opened.document)
}

/// The one thing of this name or id.
pub(super) fn named(ground: &Ground, table: TableId, name: &str) -> Result<Subject> {
    let subject = |id| Subject { table, id };
    if let Some(id) = Uuid::try_parse(name).ok().filter(|id| ground.get(table, *id).is_some()) {
        return Ok(subject(id));
    }
    let called = |same: &dyn Fn(&str) -> bool| -> Vec<Uuid> {
        ground.rows(table).filter(|row| row.text("name").is_ok_and(same)).map(crate::registry::Row::id).collect()
    };
    let exactly = called(&|other| other == name);
    let found = if exactly.is_empty() { called(&|other| other.to_lowercase() == name.to_lowercase()) } else { exactly };
    let what = subject::one(table);
    match found[..] {
        [id] => Ok(subject(id)),
        [] => {
            let mut names: Vec<String> = ground.rows(table).map(|row| format!("\"{}\"", subject::title(row))).take(20).collect();
            names.sort();
            let there = if names.is_empty() { "there is none at all".into() } else { format!("there are {}", names.join(", ")) };
            Err(refused(format!("there is no {what} called \"{name}\"; {there}")))
        }
        _ => {
            let ids: Vec<String> = found.iter().map(Uuid::to_string).collect();
            Err(refused(format!("more than one {what} is called \"{name}\": name it by its id, {}", ids.join(" or "))))
        }
    }
}

/// Where sounds that came with a file are kept.
pub(super) fn media(library: &Path) -> PathBuf {
    library.with_file_name("media")
}
