//! From a path to a running store: lock, look, mend, bring up to date, load, write.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Connection, SqliteConnection, SqlitePool};

use super::backup::{self, Why};
use super::batch::CommitNo;
use super::file::Version;
use super::handle::Store;
use super::health::{self, Depth, Health};
use super::link::{self, Link};
use super::load::{self, Loaded};
use super::open::{self, OpenError};
use super::queue::Queue;
use super::read::Reading;
use super::trouble::Trouble;
use super::worker::Writer;
use super::write::{self, MARK};
use super::{StoreError, file, lock, paths, refused, salvage};
use crate::document::history::Document;

/// What a start may spend on looking for damage; a larger file is checked by `luma db check` and with every backup.
pub(super) const CHECK_BUDGET: Duration = Duration::from_millis(800);

const N_READERS: u32 = 4;

/// A reader sees the file it opened, also after that was deleted and written anew: not for long.
const READER_LIFE: Duration = Duration::from_secs(30);

/// Called on the store's thread before each attempt to write.
pub type Hook = Arc<dyn Fn(CommitNo) + Send + Sync>;

#[derive(Clone)]
pub struct Options {
    /// Between two backups, if anything changed.
    pub backup_every: Duration,
    pub backup_on_close: bool,
    /// For tests: a slow or stalled disk.
    pub before_write: Option<Hook>,
}

impl Default for Options {
    fn default() -> Self {
        Self { backup_every: Duration::from_secs(600), backup_on_close: true, before_write: None }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("backup_every", &self.backup_every).finish_non_exhaustive()
    }
}

/// What was in the library.
#[derive(Debug, Default)]
pub struct Opened {
    pub document: Document,
    /// Of this device, as they were when it was opened.
    pub settings: BTreeMap<String, String>,
    /// What a person should know: damage that was mended, rows that were left out, a disk that cannot be written.
    pub notices: Vec<String>,
}

/// Opens the library at `path`, makes it where there is none, mends it where it is damaged.  Waits for the disk.
///
/// Where the disk cannot be written the store starts all the same: what can be read is opened, edits wait and
/// [`Status::trouble`](super::Status) says why.
pub fn start(path: &Path, options: Options) -> Result<(Store, Opened), StoreError> {
    let path = std::path::absolute(path).map_err(|error| StoreError::io(path, error))?;
    // Where it cannot be made, taking the lock and opening say why.
    std::fs::create_dir_all(paths::folder(&path)).unwrap_or_default();
    let lock = lock::take(&path)?;
    let (reply, answer) = std::sync::mpsc::sync_channel(1);
    let at = path.clone();
    let thread = std::thread::Builder::new().name("store".into()).spawn(move || run(&at, options, &reply)).map_err(StoreError::Thread)?;
    let ready = answer.recv().map_err(|_gone| StoreError::Stopped { path: path.clone() })??;
    let store = Store { path, queue: ready.queue, runtime: ready.runtime, readers: ready.readers, thread: Some(thread), lock };
    Ok((store, ready.opened))
}

struct Ready {
    queue: Arc<Queue>,
    runtime: tokio::runtime::Handle,
    readers: SqlitePool,
    opened: Opened,
}

/// The thread `store`.
fn run(path: &Path, options: Options, reply: &SyncSender<Result<Ready, StoreError>>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_time().build() {
        Ok(runtime) => runtime,
        // Nobody left to hear it is no error, here and below.
        Err(error) => return reply.send(Err(StoreError::Thread(error))).unwrap_or_default(),
    };
    runtime.block_on(async {
        let found = match library(path).await {
            Ok(found) => found,
            Err(error) => return reply.send(Err(error)).unwrap_or_default(),
        };
        let settings = found.loaded.settings.clone();
        let queue = Arc::new(Queue::new(path, found.loaded.settings));
        queue.begin(refused::count(path), backup::list(path), found.trouble);
        let readers =
            SqlitePoolOptions::new().max_connections(N_READERS).max_lifetime(READER_LIFE).connect_lazy_with(file::reader_options(path));
        let opened = Opened { document: found.loaded.document, settings, notices: found.loaded.notices };
        let ready = Ready { queue: queue.clone(), runtime: tokio::runtime::Handle::current(), readers: readers.clone(), opened };
        reply.send(Ok(ready)).unwrap_or_default();
        Writer { path: path.to_owned(), queue, readers, link: found.link, options, changed: found.changed }.run().await;
    });
}

struct Found {
    loaded: Loaded,
    link: Link,
    /// Why nothing can be written at present.
    trouble: Option<String>,
    /// Since the newest backup.
    changed: bool,
}

async fn library(path: &Path) -> Result<Found, StoreError> {
    let mut notices = Vec::new();
    match prepare(path, &mut notices).await? {
        Prepared::Writable(db) => open_writable(path, db, notices).await,
        Prepared::Absent(trouble) => {
            let link = Link::new(path, None, None);
            notices.push(trouble.clone());
            Ok(Found { loaded: Loaded { notices, ..Loaded::default() }, link, trouble: Some(trouble), changed: false })
        }
        Prepared::Readable(trouble) => {
            let database = |error| StoreError::database(path, error);
            let mut reading = Reading::open(path).await.map_err(database)?;
            let mut loaded = load::library(&mut reading.db).await.map_err(database)?;
            let mark = link::mark(&mut reading.db).await.map_err(database)?;
            reading.close().await;
            notices.push(trouble.clone());
            notices.append(&mut loaded.notices);
            loaded.notices = notices;
            Ok(Found { loaded, link: Link::new(path, None, mark), trouble: Some(trouble), changed: false })
        }
    }
}

enum Prepared {
    Writable(SqliteConnection),
    /// Can be read, not written; why.
    Readable(String),
    /// Is not there and cannot be made; why.
    Absent(String),
}

async fn prepare(path: &Path, notices: &mut Vec<String>) -> Result<Prepared, StoreError> {
    match health::examine(path, Depth::Within(CHECK_BUDGET)).await {
        Health::Good { .. } => {}
        Health::Missing => {
            if let Some(newest) = backup::list(path).first() {
                notices.push(format!(
                    "{} was not there, so a new library was begun. There are backups, the newest of {}: `luma db restore` puts one back",
                    path.display(),
                    newest.at
                ));
            }
            if let Err(error) = file::create(path).await {
                return match error {
                    OpenError::Database(error) => match Trouble::of(&error, path) {
                        Trouble::Wait { words, .. } => Ok(Prepared::Absent(words)),
                        Trouble::Refused(_) => Err(StoreError::database(path, error)),
                    },
                    other => Err(StoreError::open(path, other)),
                };
            }
        }
        // A database without tables, as `sqlite3` makes one: becomes a library in place.
        Health::Empty { bytes } if bytes > 0 => {}
        Health::Future { version } => return Err(StoreError::Future { path: path.to_owned(), version }),
        Health::Foreign => return Err(StoreError::Foreign { path: path.to_owned() }),
        Health::Unreadable(why) => {
            return Err(StoreError::Unusable {
                path: path.to_owned(),
                what: format!("cannot be read ({why}). Make it readable, or open another library with --db FILE"),
            });
        }
        bad @ (Health::Empty { .. } | Health::NotADatabase | Health::Damaged(_)) => notices.push(mend(path, &bad).await?),
    }
    writable(path).await
}

/// Opens for writing and brings the tables up to date, with a backup before.
async fn writable(path: &Path) -> Result<Prepared, StoreError> {
    let mut db = match file::writer(path).await {
        Ok(db) => db,
        Err(error) => return unwritable(path, error),
    };
    match (file::is_old(&mut db).await, file::version(&mut db).await) {
        (Err(error), _) | (_, Err(error)) => return unwritable(path, error),
        (Ok(true), Ok(Version::Known(_))) => {
            let made = backup::make(path, Why::Migration).await;
            made.map_err(|source| StoreError::NotBackedUp { path: path.to_owned(), source: Box::new(source) })?;
        }
        _ => {}
    }
    match open::bring_up_to_date(&mut db).await {
        Ok(()) => Ok(Prepared::Writable(db)),
        Err(OpenError::Database(error)) => {
            // What matters is why it could not be written.
            db.close().await.unwrap_or_default();
            unwritable(path, error)
        }
        Err(other) => Err(StoreError::open(path, other)),
    }
}

fn unwritable(path: &Path, error: sqlx::Error) -> Result<Prepared, StoreError> {
    match Trouble::of(&error, path) {
        Trouble::Wait { words, .. } => Ok(Prepared::Readable(words)),
        Trouble::Refused(_) => Err(StoreError::database(path, error)),
    }
}

async fn open_writable(path: &Path, mut db: SqliteConnection, mut notices: Vec<String>) -> Result<Found, StoreError> {
    let mut loaded = match load::library(&mut db).await {
        Ok(loaded) => loaded,
        // The look at the start had no time to come so far.
        Err(error) if matches!(health::health_of(&error), Health::Damaged(_) | Health::NotADatabase) => {
            db.close().await.unwrap_or_default();
            notices.push(mend(path, &health::health_of(&error)).await?);
            let Prepared::Writable(opened) = writable(path).await? else { return Err(StoreError::database(path, error)) };
            db = opened;
            load::library(&mut db).await.map_err(|error| StoreError::database(path, error))?
        }
        Err(error) => return Err(StoreError::database(path, error)),
    };
    let database = |error| StoreError::database(path, error);
    load::forget(&mut db, &loaded.unreachable).await.map_err(database)?;
    let mut mark = link::mark(&mut db).await.map_err(database)?;
    let changed = mark.as_ref().is_some_and(|mark| !mark.ends_with(UNTOUCHED)) && mark != backup_mark(path).await;
    if mark.is_none() {
        // So that a disk which is pulled before the first edit is known again.
        let fresh = format!("{}{UNTOUCHED}", uuid::Uuid::new_v4());
        match write::setting(&mut db, MARK, Some(&fresh)).await {
            Ok(()) => mark = Some(fresh),
            Err(error) => tell_unwritable(path, &error, &mut notices),
        }
    }
    notices.append(&mut loaded.notices);
    loaded.notices = notices;
    Ok(Found { loaded, link: Link::new(path, Some(db), mark), trouble: None, changed })
}

/// The end of the mark of a library that nobody has edited.
const UNTOUCHED: &str = ":0";

/// The first edit will say the same, and wait.
fn tell_unwritable(path: &Path, error: &sqlx::Error, notices: &mut Vec<String>) {
    match Trouble::of(error, path) {
        Trouble::Wait { words, .. } | Trouble::Refused(words) => notices.push(words),
    }
}

/// The newest commit in the newest backup: a Luma that was killed made none at its end.
async fn backup_mark(path: &Path) -> Option<String> {
    let newest = backup::list(path).into_iter().next()?;
    let mut reading = Reading::open(&newest.path).await.ok()?;
    let mark = link::mark(&mut reading.db).await.ok()?;
    reading.close().await;
    mark
}

/// Puts the newest good backup in the place of a damaged library, or what can be read of it into a new one.  The answer
/// says what was done.
async fn mend(path: &Path, bad: &Health) -> Result<String, StoreError> {
    let what = format!("{} {}", path.display(), bad.words());
    let kept = |kept: Option<PathBuf>| kept.map(|kept| format!(" The damaged file is kept as {}", kept.display())).unwrap_or_default();
    if let Some(good) = backup::newest_good(path).await {
        let aside = backup::put_back(path, &good.path, "damaged").await?;
        return Ok(format!(
            "{what}. The newest good backup, of {}, has been put in its place: what was edited after that is missing.{}",
            good.at,
            kept(aside)
        ));
    }
    let part = paths::beside(path, ".salvage.part");
    let salvaged = salvage::into(path, &part).await?;
    let aside = backup::replace(path, &part, "damaged")?;
    Ok(format!("{what}. There is no good backup. {salvaged}.{}", kept(aside)))
}
