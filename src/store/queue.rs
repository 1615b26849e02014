//! What waits to be written, and how the writing goes: shared by those who hand in and the one that writes.
//!
//! Handing in takes a short lock, whatever the disk does: the writer never holds it while it writes.  Up to
//! [`APART`] batches wait one by one; what comes after is folded into the last of them (see [`super::batch`]), so
//! nothing is ever turned away and memory stays bounded.  What waits lives as long as the process.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::backup::Backup;
use super::batch::{Batch, CommitNo};
use super::trouble::NotSaved;

/// Batches that wait one by one, each to be a SQL transaction of its own.
const APART: usize = 64;

/// How the store does, at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    pub path: PathBuf,
    /// The newest commit handed in, and the newest that is on the disk for good.
    pub accepted: CommitNo,
    pub saved: CommitNo,
    /// Commits that are not on the disk yet.  They live as long as this process does.
    pub waiting: u64,
    /// Why nothing is being written, and what to do about it.
    pub trouble: Option<String>,
    /// Commits that the database refused; they lie in [`super::paths::refused`].
    pub refused: u64,
    /// The newest of them, in words.
    pub last_refusal: Option<String>,
    pub last_backup: Option<Backup>,
    /// All there are, newest first.
    pub backups: Arc<[Backup]>,
    /// Why the last backup failed.
    pub backup_trouble: Option<String>,
}

#[derive(Debug)]
pub(super) struct Queue {
    inner: Mutex<Inner>,
    /// Wakes the writer.
    pub(super) wake: Notify,
    /// Wakes those who wait for the writer.
    moved: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<Batch>,
    n_in_flight: u64,
    status: Status,
    settings: BTreeMap<String, String>,
    closing: Option<Instant>,
    backup_wanted: bool,
    closed: bool,
}

impl Queue {
    pub(super) fn new(path: &Path, settings: BTreeMap<String, String>) -> Self {
        let status = Status { path: path.to_owned(), ..Status::default() };
        Self { inner: Mutex::new(Inner { status, settings, ..Inner::default() }), wake: Notify::new(), moved: Condvar::new() }
    }

    /// Whoever died holding the lock left nothing half done: every change under it is complete in itself.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was found at the start.
    pub(super) fn begin(&self, refused: u64, backups: Vec<Backup>, trouble: Option<String>) {
        let mut inner = self.lock();
        inner.status.refused = refused;
        inner.status.last_backup = backups.first().cloned();
        inner.status.backups = backups.into();
        inner.status.trouble = trouble;
    }

    pub(super) fn push(&self, mut batch: Batch) -> CommitNo {
        let mut inner = self.lock();
        inner.status.accepted.0 += 1;
        batch.last = inner.status.accepted;
        batch.n_commits = 1;
        for (key, value) in &batch.settings {
            match value {
                Some(value) => drop(inner.settings.insert(key.clone(), value.clone())),
                None => drop(inner.settings.remove(key)),
            }
        }
        if inner.waiting.len() >= APART
            && let Some(tail) = inner.waiting.back_mut()
        {
            tail.absorb(batch);
        } else {
            inner.waiting.push_back(batch);
        }
        let no = inner.status.accepted;
        drop(inner);
        self.wake.notify_one();
        no
    }

    /// The next to be written.  It counts as waiting until [`Queue::written`] is told of it.
    pub(super) fn take(&self) -> Option<Batch> {
        let mut inner = self.lock();
        let batch = inner.waiting.pop_front()?;
        inner.n_in_flight = batch.n_commits;
        Some(batch)
    }

    pub(super) fn written(&self, last: CommitNo) {
        let mut inner = self.lock();
        inner.n_in_flight = 0;
        inner.status.saved = last;
        inner.status.trouble = None;
        drop(inner);
        self.moved.notify_all();
    }

    pub(super) fn refused(&self, last: CommitNo, n_commits: u64, words: String) {
        let mut inner = self.lock();
        inner.status.refused += n_commits;
        inner.status.last_refusal = Some(words);
        drop(inner);
        self.written(last);
    }

    pub(super) fn set_trouble(&self, words: Option<String>) {
        self.lock().status.trouble = words;
        self.moved.notify_all();
    }

    /// How making a backup went; `there`: all there are by now, newest first.
    pub(super) fn set_backup(&self, outcome: Result<Backup, String>, there: Vec<Backup>) {
        let mut inner = self.lock();
        inner.status.backups = there.into();
        match outcome {
            Ok(backup) => (inner.status.last_backup, inner.status.backup_trouble) = (Some(backup), None),
            Err(words) => inner.status.backup_trouble = Some(words),
        }
        drop(inner);
        self.moved.notify_all();
    }

    pub(super) fn status(&self) -> Status {
        let inner = self.lock();
        Status { waiting: inner.n_waiting(), ..inner.status.clone() }
    }

    pub(super) fn settings(&self) -> BTreeMap<String, String> {
        self.lock().settings.clone()
    }

    pub(super) fn setting(&self, key: &str) -> Option<String> {
        self.lock().settings.get(key).cloned()
    }

    pub(super) fn want_backup(&self) {
        self.lock().backup_wanted = true;
        self.wake.notify_one();
    }

    pub(super) fn take_backup_wanted(&self) -> bool {
        std::mem::take(&mut self.lock().backup_wanted)
    }

    /// Tells the writer to finish, and until when it may try.
    pub(super) fn close_by(&self, deadline: Instant) {
        self.lock().closing.get_or_insert(deadline);
        self.wake.notify_one();
    }

    pub(super) fn closing(&self) -> Option<Instant> {
        self.lock().closing
    }

    pub(super) fn set_closed(&self) {
        self.lock().closed = true;
        self.moved.notify_all();
    }

    /// Waits until everything handed in so far is on the disk.
    pub(super) fn wait_saved(&self, within: Duration) -> Result<(), NotSaved> {
        let upto = self.lock().status.accepted;
        self.wait(within, |inner| inner.status.saved >= upto)
    }

    /// Waits for the writer to end.  `Ok` says whether it has, where everything is saved either way.
    pub(super) fn wait_closed(&self, within: Duration) -> Result<bool, NotSaved> {
        let ended = self.wait(within, |inner| inner.closed).is_ok();
        let inner = self.lock();
        if inner.n_waiting() == 0 { Ok(ended) } else { Err(inner.not_saved()) }
    }

    fn wait(&self, within: Duration, done: impl Fn(&Inner) -> bool) -> Result<(), NotSaved> {
        let (inner, _) = self
            .moved
            .wait_timeout_while(self.lock(), within, |inner| !done(inner) && !inner.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if done(&inner) { Ok(()) } else { Err(inner.not_saved()) }
    }
}

impl Inner {
    fn n_waiting(&self) -> u64 {
        self.n_in_flight + self.waiting.iter().map(|batch| batch.n_commits).sum::<u64>()
    }

    fn not_saved(&self) -> NotSaved {
        NotSaved { path: self.status.path.clone(), waiting: self.n_waiting(), trouble: self.status.trouble.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_long_is_folded_and_still_counted() {
        let queue = Queue::new(Path::new("luma.db"), BTreeMap::new());
        for n in 0..10_000 {
            assert_eq!(queue.push(Batch::of_setting("volume".into(), Some(n.to_string()))).0, n + 1);
        }
        let n_apart = queue.lock().waiting.len();
        assert_eq!((n_apart, queue.status().waiting), (APART, 10_000));
        assert_eq!(queue.setting("volume").as_deref(), Some("9999"));
        while let Some(batch) = queue.take() {
            queue.written(batch.last);
        }
        assert_eq!((queue.status().waiting, queue.status().saved), (0, CommitNo(10_000)));
        assert!(queue.wait_saved(Duration::ZERO).is_ok());
    }
}
