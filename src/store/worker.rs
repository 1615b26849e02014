//! The one writer: takes what waits, writes it in order, and never gives up on a disk.
//!
//! Runs on the thread `store`.  While the disk cannot be written it tries again, first soon, then every
//! [`LONGEST_PAUSE`]; what it cannot write stays first in line, so order is kept.  Backups are made beside the writing,
//! from a connection of their own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::SqlitePool;
use tokio::task::JoinHandle;

use super::backup::{self, Backup, Why};
use super::batch::Batch;
use super::link::Link;
use super::queue::Queue;
use super::refused;
use super::start::Options;
use super::trouble::Trouble;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

pub(super) struct Writer {
    pub(super) path: PathBuf,
    pub(super) queue: Arc<Queue>,
    pub(super) readers: SqlitePool,
    pub(super) link: Link,
    pub(super) options: Options,
    /// Since the newest backup.
    pub(super) changed: bool,
}

impl Writer {
    pub(super) async fn run(mut self) {
        let mut next_backup = Instant::now() + self.options.backup_every;
        let mut backing_up: Option<JoinHandle<bool>> = None;
        loop {
            if let Some(finished) = backing_up.take_if(|running| running.is_finished()) {
                self.changed |= !finished.await.unwrap_or(false);
            }
            let due = Instant::now() >= next_backup;
            let why = if backing_up.is_some() {
                None
            } else if self.queue.take_backup_wanted() {
                Some(Why::Asked)
            } else {
                (due && self.changed).then_some(Why::Auto)
            };
            if let Some(why) = why {
                self.changed = false;
                backing_up = Some(tokio::spawn(back_up(self.path.clone(), self.queue.clone(), why)));
            }
            if due {
                next_backup = Instant::now() + self.options.backup_every;
            }
            if let Some(batch) = self.queue.take() {
                if !self.write(&batch).await {
                    break;
                }
            } else if self.queue.closing().is_some() {
                break;
            } else {
                let woken = self.queue.wake.notified();
                // Either ends the wait; which of them does not matter.
                tokio::time::timeout_at(next_backup.into(), woken).await.unwrap_or_default();
            }
        }
        if let Some(running) = backing_up {
            self.changed |= !running.await.unwrap_or(false);
        }
        if self.changed && self.options.backup_on_close && self.queue.status().trouble.is_none() {
            back_up(self.path.clone(), self.queue.clone(), Why::Close).await;
        }
        self.readers.close().await;
        if let Err(error) = self.link.close().await {
            self.queue.set_trouble(Some(format!("{} was not closed cleanly ({error}); nothing is lost by that", self.path.display())));
        }
        self.queue.set_closed();
    }

    /// Until the batch is on the disk, or was refused, or the deadline of closing has passed (`false`).
    async fn write(&mut self, batch: &Batch) -> bool {
        let mut pause = FIRST_PAUSE;
        loop {
            if let Some(hook) = &self.options.before_write {
                hook(batch.last);
            }
            let mut outcome = self.link.write(batch).await;
            if let Err(Trouble::Refused(words)) = &outcome {
                match refused::keep(&self.path, batch, words) {
                    Ok(()) => {
                        let words = format!(
                            "\"{}\" could not be saved: {words}. It is kept in {}",
                            batch.label,
                            super::paths::refused(&self.path).display()
                        );
                        self.queue.refused(batch.last, batch.n_commits, words);
                        return true;
                    }
                    // Where a refused edit cannot be kept either, it waits like any other.
                    Err(error) => outcome = Err(Trouble::of(&sqlx::Error::Io(error), &self.path)),
                }
            }
            match outcome {
                Ok(()) => {
                    self.changed = true;
                    self.queue.written(batch.last);
                    return true;
                }
                Err(Trouble::Wait { words, .. } | Trouble::Refused(words)) => self.queue.set_trouble(Some(words)),
            }
            if self.queue.closing().is_some_and(|deadline| Instant::now() >= deadline) {
                return false;
            }
            let left = self.queue.closing().map_or(pause, |deadline| pause.min(deadline.saturating_duration_since(Instant::now())));
            tokio::time::sleep(left).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Whether there is one now; if not, the status says why.
async fn back_up(path: PathBuf, queue: Arc<Queue>, why: Why) -> bool {
    let outcome: Result<Backup, String> = backup::make(&path, why).await.map_err(|error| error.to_string());
    let made = outcome.is_ok();
    queue.set_backup(outcome, backup::list(&path));
    queue.wake.notify_one();
    made
}
