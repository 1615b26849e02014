//! The writer's connection, and whether the file under it is still ours.
//!
//! `SQLite` writes on into a file that somebody has deleted or moved away, so before and after every transaction the
//! file at the path is compared with the one that was opened:
//! - deleted, its folder still there: it is written anew, whole, from the connection that still holds it;
//! - its disk or folder gone: wait;
//! - another file in its place: ours again if it carries the mark of our newest commit (the disk was away and is back),
//!   else wait for somebody to move it.
//!
//! A commit counts as written only when the file is there after it.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::{Connection, SqliteConnection};
use uuid::Uuid;

use super::backup;
use super::batch::Batch;
use super::file;
use super::open::OpenError;
use super::paths::{beside, folder};
use super::read::Reading;
use super::trouble::Trouble;
use super::write::{self, MARK};

/// Which file, and on which disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId {
    disk: u64,
    file: u64,
}

#[derive(Debug)]
pub(super) struct Link {
    path: PathBuf,
    db: Option<SqliteConnection>,
    /// `None` while the library has not been there since the start.
    id: Option<FileId>,
    disk: Option<u64>,
    /// The log that belongs to it: without its file a log is poison to whatever file has that name.
    log: Option<FileId>,
    /// Begins every mark of this process.
    session: Uuid,
    /// The mark of the newest commit known to be in the file, and of one that may be.
    saved: Option<String>,
    tried: Option<String>,
}

enum Place {
    Ours,
    Gone,
    /// Gone, and its folder is there, on the disk it was on.
    Deleted,
    Other(FileId),
}

impl Link {
    /// `db` as it was opened at the start, `None` where that was not possible, and the mark found in the file.
    pub(super) fn new(path: &Path, db: Option<SqliteConnection>, saved: Option<String>) -> Self {
        let (id, disk) = (id_of(path), id_of(folder(path)).map(|folder| folder.disk));
        Self { path: path.to_owned(), db, id, disk, log: id_of(&beside(path, "-wal")), session: Uuid::new_v4(), saved, tried: None }
    }

    /// Writes the batch, or says what is in the way.  May be called again with the same batch: images are whole.
    pub(super) async fn write(&mut self, batch: &Batch) -> Result<(), Trouble> {
        self.connect().await?;
        let Some(db) = &mut self.db else { return Err(Trouble::vanished(&self.path)) };
        let mark = format!("{}:{}", self.session, batch.last.0);
        self.tried = Some(mark.clone());
        if let Err(error) = write::batch(db, batch, &mark).await {
            return Err(self.failed(&error).await);
        }
        match self.place() {
            Place::Ours => {
                self.saved = Some(mark);
                self.log = id_of(&beside(&self.path, "-wal"));
                Ok(())
            }
            Place::Gone | Place::Deleted => Err(Trouble::vanished(&self.path)),
            Place::Other(_) => Err(Trouble::replaced(&self.path)),
        }
    }

    /// Opens what is not open, and mends what can be mended.
    async fn connect(&mut self) -> Result<(), Trouble> {
        match self.place() {
            Place::Ours if self.db.is_some() => Ok(()),
            Place::Ours => self.open().await,
            Place::Gone => Err(Trouble::vanished(&self.path)),
            Place::Deleted => self.write_anew().await,
            Place::Other(id) => self.adopt(id).await,
        }
    }

    fn place(&self) -> Place {
        match (id_of(&self.path), self.id) {
            (Some(now), Some(ours)) if now == ours => Place::Ours,
            (Some(now), _) => Place::Other(now),
            (None, _) => match (id_of(folder(&self.path)), self.disk) {
                (Some(folder), Some(disk)) if folder.disk == disk => Place::Deleted,
                _ => Place::Gone,
            },
        }
    }

    async fn open(&mut self) -> Result<(), Trouble> {
        let opened = file::writer(&self.path).await;
        self.db = Some(opened.map_err(|error| Trouble::of(&error, &self.path))?);
        self.id = id_of(&self.path);
        Ok(())
    }

    /// The file was deleted under a running Luma.  The connection still holds all of it.
    async fn write_anew(&mut self) -> Result<(), Trouble> {
        match (self.db.take(), self.id) {
            (Some(mut old), Some(_)) => {
                let part = beside(&self.path, ".anew.part");
                let copied = backup::copy_into(&mut old, &part).await;
                if let Err(error) = copied {
                    self.db = Some(old);
                    return Err(Trouble::of(&error, &self.path));
                }
                // Closed before the new file is there: closing removes the log by its name.
                old.close().await.map_err(|error| Trouble::of(&error, &self.path))?;
                let placed = fs::rename(&part, &self.path);
                placed.map_err(|error| Trouble::of(&sqlx::Error::Io(error), &self.path))?;
            }
            (None, Some(_)) => return Err(Trouble::vanished(&self.path)),
            // It never was there: the folder could not be written when Luma started.
            (_, None) => {
                file::create(&self.path).await.map_err(|error| match error {
                    OpenError::Database(error) => Trouble::of(&error, &self.path),
                    other => Trouble::wait(other.to_string()),
                })?;
            }
        }
        self.open().await
    }

    /// A file that is not the one that was opened: the same library on a disk that was away, or a stranger.
    async fn adopt(&mut self, id: FileId) -> Result<(), Trouble> {
        let Some(saved) = &self.saved else { return Err(Trouble::replaced(&self.path)) };
        // Our log beside a file that is not ours: opening it would lay the one over the other.
        if self.log.is_some() && id_of(&beside(&self.path, "-wal")) == self.log {
            return Err(Trouble::replaced(&self.path));
        }
        let found = match Reading::open(&self.path).await {
            Ok(mut reading) => {
                let found = mark(&mut reading.db).await;
                reading.close().await;
                found
            }
            Err(error) => Err(error),
        };
        let known = found.is_ok_and(|found| found.is_some() && (found.as_ref() == Some(saved) || found == self.tried));
        if !known {
            return Err(Trouble::replaced(&self.path));
        }
        // Never closed: closing would remove the log of the file that now has this name.
        std::mem::forget(self.db.take());
        self.disk = Some(id.disk);
        self.open().await
    }

    async fn failed(&mut self, error: &sqlx::Error) -> Trouble {
        let trouble = match self.place() {
            Place::Ours => Trouble::of(error, &self.path),
            Place::Gone | Place::Deleted => Trouble::vanished(&self.path),
            Place::Other(_) => Trouble::replaced(&self.path),
        };
        if matches!(trouble, Trouble::Wait { reopen: true, .. })
            && let Some(db) = self.db.take()
        {
            // It failed already: that closing fails as well says nothing new.
            db.close().await.unwrap_or_default();
        }
        trouble
    }

    /// Puts the log back into the file and closes it.
    pub(super) async fn close(mut self) -> sqlx::Result<()> {
        let place = self.place();
        let Some(mut db) = self.db.take() else { return Ok(()) };
        if !matches!(place, Place::Ours) {
            std::mem::forget(db);
            return Ok(());
        }
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut db).await?;
        db.close().await
    }
}

/// The mark of the newest commit in a library.
pub(super) async fn mark(db: &mut SqliteConnection) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT value FROM settings WHERE key = ?").bind(MARK).fetch_optional(db).await
}

#[cfg(unix)]
fn id_of(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|found| FileId { disk: found.dev(), file: found.ino() })
}

/// Elsewhere an open file can be neither deleted nor replaced: being there is enough.
#[cfg(not(unix))]
fn id_of(path: &Path) -> Option<FileId> {
    fs::metadata(path).ok().map(|_| FileId { disk: 0, file: 0 })
}
