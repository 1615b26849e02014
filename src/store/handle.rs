//! The store as the rest of Luma holds it: hand in, ask how it goes, read, close.  Nothing here waits for the disk save
//! [`Store::flush`], [`Store::close`] and [`Store::rows`], which say so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sqlx::SqlitePool;

use super::batch::{Batch, CommitNo};
use super::heard::Shelf;
use super::lock::Lock;
use super::queue::{Queue, Status};
use super::trouble::NotSaved;
use super::{StoreError, scan};
use crate::document::history::Commit;
use crate::registry::{Row, TableId, Value};

/// How long a store that is dropped without [`Store::close`] may still write.
const DROP_PATIENCE: Duration = Duration::from_secs(2);

/// An open library.  One a process and file; see [`super::start()`].
#[derive(Debug)]
pub struct Store {
    pub(super) path: PathBuf,
    pub(super) queue: Arc<Queue>,
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) readers: SqlitePool,
    pub(super) thread: Option<JoinHandle<()>>,
    pub(super) lock: Option<Lock>,
}

impl Store {
    /// Hands in what an edit, undo or redo did.  Returns at once, whatever the disk does; nothing is ever turned away.
    /// What waits lives as long as the process: [`Store::status`] tells how much that is.
    pub fn commit(&self, commit: Commit) -> CommitNo {
        self.queue.push(Batch::of_commit(commit))
    }

    /// Rows of workers ([`crate::registry::Kind::Derived`]): put, without undo.  Returns at once.
    pub fn put_derived(&self, rows: Vec<Row>) -> CommitNo {
        self.queue.push(Batch::of_derived(rows))
    }

    /// How it goes.  Cheap enough for every frame.
    pub fn status(&self) -> Status {
        self.queue.status()
    }

    pub fn path(&self) -> &PathBuf {
        &self.path
    }

    /// A setting of this device, from memory.
    pub fn setting(&self, key: &str) -> Option<String> {
        self.queue.setting(key)
    }

    pub fn settings(&self) -> BTreeMap<String, String> {
        self.queue.settings()
    }

    /// Sets or (`None`) forgets a setting of this device.  Returns at once.
    pub fn set_setting(&self, key: impl Into<String>, value: Option<String>) -> CommitNo {
        self.queue.push(Batch::of_setting(key.into(), value))
    }

    /// Asks for a backup soon; [`Status::last_backup`] tells when it is there.
    pub fn back_up_soon(&self) {
        self.queue.want_backup();
    }

    /// Rows of a table whose `column` is `value`, as the disk has them.  Waits for the disk: for workers, not for panels.
    pub fn rows(&self, table: TableId, column: &str, value: &Value) -> Result<Vec<Row>, StoreError> {
        rows(&self.runtime, &self.readers, &self.path, table, column, value)
    }

    /// Where the analysis keeps what it finds.
    pub fn shelf(&self) -> Shelf {
        let (path, queue, runtime, readers) = (self.path.clone(), self.queue.clone(), self.runtime.clone(), self.readers.clone());
        Shelf { path, queue, runtime, readers, known: Arc::default() }
    }

    /// Waits until everything handed in so far is on the disk.
    pub fn flush(&self, within: Duration) -> Result<(), NotSaved> {
        self.queue.wait_saved(within)
    }

    /// Writes what waits, makes a last backup if anything changed, and closes the file.  An error names what is not saved.
    pub fn close(mut self, within: Duration) -> Result<Status, NotSaved> {
        self.finish(within)?;
        Ok(self.queue.status())
    }

    fn finish(&mut self, within: Duration) -> Result<(), NotSaved> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        self.queue.close_by(Instant::now() + within);
        let closed = self.queue.wait_closed(within + Duration::from_millis(200));
        if matches!(closed, Ok(true)) {
            // The thread has nothing left to do; if it broke, the status says what was saved.
            thread.join().unwrap_or_default();
        } else {
            // Still at it, perhaps: another Luma must not write beside it.
            std::mem::forget(self.lock.take());
        }
        closed.map(drop)
    }
}

pub(super) fn rows(
    runtime: &tokio::runtime::Handle,
    readers: &SqlitePool,
    path: &Path,
    table: TableId,
    column: &str,
    value: &Value,
) -> Result<Vec<Row>, StoreError> {
    let (readers, column, value) = (readers.clone(), column.to_owned(), value.clone());
    let (reply, answer) = std::sync::mpsc::sync_channel(1);
    runtime.spawn(async move {
        let read = async {
            let mut db = readers.acquire().await?;
            scan::select(&mut db, table, &column, &value).await
        };
        // Nobody left to hear it is no error.
        reply.send(read.await).unwrap_or_default();
    });
    let stopped = |_| StoreError::Stopped { path: path.to_owned() };
    answer.recv().map_err(stopped)?.map_err(|error| StoreError::database(path, error))
}

impl Drop for Store {
    fn drop(&mut self) {
        // Whoever wants to hear of it closes.
        self.finish(DROP_PATIENCE).unwrap_or_default();
    }
}
