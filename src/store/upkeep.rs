//! What a person does to a library as a whole, from the command line: each function waits for the disk.
//!
//! Those that write take the lock first, so that none of them meets a running Luma.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::backup::{self, Backup, Why};
use super::file::{self, Version};
use super::health::{self, Depth, Health};
use super::read::Reading;
use super::start::{Options, start};
use super::{StoreError, load, lock, paths, refused, rows};
use crate::registry::TableId;

fn block_on<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(StoreError::Thread)?.block_on(work)
}

/// What can be told of a library without changing it.
#[derive(Debug)]
pub struct Facts {
    pub path: PathBuf,
    pub bytes: u64,
    pub health: Health,
    /// The last step of the tables in the file, and the last that this build knows.
    pub version: Option<i64>,
    pub newest: i64,
    /// Whether a Luma has it open, and which process, if that can be read.
    pub open_in: Option<Option<u32>>,
    /// Tables that have any.
    pub rows: Vec<(TableId, u64)>,
    pub undo_steps: u64,
    pub redo_steps: u64,
    /// Edits that no server has heard of.
    pub unsent: u64,
    pub refused: u64,
    /// Newest first.
    pub backups: Vec<Backup>,
}

pub fn facts(path: &Path) -> Result<Facts, StoreError> {
    block_on(async {
        let health = health::examine(path, Depth::Within(Duration::from_secs(5))).await;
        let mut facts = Facts {
            path: path.to_owned(),
            bytes: std::fs::metadata(path).map_or(0, |found| found.len()),
            health,
            version: None,
            newest: file::newest(),
            open_in: lock::holder(path),
            rows: Vec::new(),
            undo_steps: 0,
            redo_steps: 0,
            unsent: 0,
            refused: refused::count(path),
            backups: backup::list(path),
        };
        if let Health::Good { .. } = facts.health {
            count(path, &mut facts).await.map_err(|error| StoreError::database(path, error))?;
        }
        Ok(facts)
    })
}

async fn count(path: &Path, facts: &mut Facts) -> sqlx::Result<()> {
    let mut reading = Reading::open(path).await?;
    if let Version::Known(version) = file::version(&mut reading.db).await? {
        facts.version = Some(version);
    }
    let present: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'").fetch_all(&mut reading.db).await?;
    let mut count = async |table: &str, condition: &str| -> sqlx::Result<u64> {
        if !present.iter().any(|name| name == table) {
            return Ok(0);
        }
        let statement = format!("SELECT count(*) FROM \"{table}\" WHERE {condition}");
        let n: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(&mut reading.db).await?;
        Ok(u64::try_from(n).unwrap_or(0))
    };
    for table in TableId::all().filter(|table| table.def().has_id()) {
        let n = count(table.name(), "true").await?;
        if n > 0 {
            facts.rows.push((table, n));
        }
    }
    facts.undo_steps = count("edit_history", "done").await?;
    facts.redo_steps = count("edit_history", "NOT done").await?;
    facts.unsent = count("pending_ops", "true").await?;
    reading.close().await;
    Ok(())
}

/// Makes a library where there is none.  `false` where there is one already.
pub fn init(path: &Path) -> Result<bool, StoreError> {
    std::fs::create_dir_all(paths::folder(path)).map_err(|error| StoreError::io(path, error))?;
    let _lock = lock::take(path)?;
    block_on(async {
        if health::examine(path, Depth::Within(Duration::ZERO)).await != Health::Missing {
            return Ok(false);
        }
        file::create(path).await.map_err(|error| StoreError::open(path, error))?;
        Ok(true)
    })
}

/// Opens the library as the studio would, with everything that entails: a backup, newer tables, mending.  The answer are
/// the versions before and after, and what there is to tell.
pub fn migrate(path: &Path) -> Result<(Option<i64>, i64, Vec<String>), StoreError> {
    let before = facts(path)?;
    match before.health {
        Health::Missing => {
            return Err(StoreError::Unusable { path: path.to_owned(), what: "is not there: make it with `luma db init`".into() });
        }
        Health::Future { version } => return Err(StoreError::Future { path: path.to_owned(), version }),
        _ => {}
    }
    let (store, opened) = start(path, Options { backup_on_close: false, ..Options::default() })?;
    if let Some(trouble) = store.status().trouble {
        return Err(StoreError::Unusable { path: path.to_owned(), what: format!("could not be brought up to date. {trouble}") });
    }
    drop(store);
    Ok((before.version, file::newest(), opened.notices))
}

/// A backup now; a running Luma goes on meanwhile.
pub fn back_up(path: &Path) -> Result<Backup, StoreError> {
    block_on(async {
        match health::examine(path, Depth::Quick).await {
            Health::Good { .. } => backup::make(path, Why::Asked).await,
            other => Err(StoreError::Unusable { path: path.to_owned(), what: format!("{}, so no backup was made of it", other.words()) }),
        }
    })
}

/// Puts a backup in the library's place.  The answer is where the file that lay there is now.
pub fn restore(path: &Path, from: &Path) -> Result<Option<PathBuf>, StoreError> {
    let _lock = lock::take(path)?;
    block_on(async {
        settle(path).await;
        backup::put_back(path, from, "before-restore").await
    })
}

/// Begins the library anew.  What lay there is kept as a backup; the answer is where.
pub fn reset(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    let _lock = lock::take(path)?;
    block_on(async {
        settle(path).await;
        let part = paths::beside(path, ".reset.part");
        let kept = match health::examine(path, Depth::Quick).await {
            Health::Missing => None,
            Health::Good { .. } => Some(backup::make(path, Why::Reset).await?.path),
            // What is no sound library makes no backup: it is kept as it is, below.
            _ => None,
        };
        file::create_at(&part).await.map_err(|error| StoreError::open(path, error))?;
        let aside = backup::replace(path, &part, "before-reset")?;
        match (kept, aside) {
            // Once is enough.
            (Some(kept), Some(aside)) => {
                std::fs::remove_file(&aside).map_err(|error| StoreError::io(&aside, error))?;
                Ok(Some(kept))
            }
            (kept, aside) => Ok(kept.or(aside)),
        }
    })
}

/// Puts the log of a Luma that was killed back into the file, where that can be done, so that the file is whole by itself.
async fn settle(path: &Path) {
    use sqlx::Connection;
    if matches!(health::examine(path, Depth::Within(Duration::ZERO)).await, Health::Good { .. })
        && let Ok(mut db) = file::writer(path).await
    {
        // Where it fails the log goes aside with the file.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut db).await.map(drop).unwrap_or_default();
        db.close().await.unwrap_or_default();
    }
}

/// Everything that is wrong with a library and its backups, in words.
#[derive(Debug)]
pub struct Checkup {
    pub problems: Vec<String>,
    pub n_rows: u64,
    /// With what is wrong with it, if anything is.
    pub backups: Vec<(Backup, Option<String>)>,
}

/// Looks at everything: structure, indexes, references, every row against the registry, every backup.
pub fn check(path: &Path) -> Result<Checkup, StoreError> {
    block_on(async {
        let mut checkup = Checkup { problems: Vec::new(), n_rows: 0, backups: Vec::new() };
        match health::examine(path, Depth::Full).await {
            Health::Good { .. } => look_at_rows(path, &mut checkup).await.map_err(|error| StoreError::database(path, error))?,
            other => checkup.problems.push(format!("{} {}", path.display(), other.words())),
        }
        let n_refused = refused::count(path);
        if n_refused > 0 {
            checkup
                .problems
                .push(format!("{n_refused} edits were refused by the database; they are kept in {}", paths::refused(path).display()));
        }
        for backup in backup::list(path) {
            let health = health::examine(&backup.path, Depth::Quick).await;
            let bad = (!matches!(health, Health::Good { .. })).then(|| health.words());
            checkup.backups.push((backup, bad));
        }
        Ok(checkup)
    })
}

async fn look_at_rows(path: &Path, checkup: &mut Checkup) -> sqlx::Result<()> {
    let mut reading = Reading::open(path).await?;
    if file::is_old(&mut reading.db).await? {
        checkup.problems.push(format!("{} has older tables than this Luma: `luma db migrate` brings them up to date", path.display()));
    } else {
        for table in TableId::all().filter(|table| table.def().has_id()) {
            for row in rows::load(&mut reading.db, table).await? {
                checkup.n_rows += 1;
                checkup.problems.extend(row.err().map(|bad| bad.to_string()));
            }
        }
        checkup.problems.extend(load::library(&mut reading.db).await?.notices.into_iter().filter(|notice| notice.contains("history")));
    }
    reading.close().await;
    Ok(())
}
