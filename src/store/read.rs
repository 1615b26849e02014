//! Opening a library to look at it: while another Luma writes, and where nothing can be written at all.
//!
//! `SQLite` wants to write two small files beside the database even to read it.  Where that cannot be, the file is opened
//! as one that nobody changes; and where a log lies beside it that would then be passed over, both are copied to a
//! temporary folder first.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::{ConnectOptions, Connection, SqliteConnection};
use uuid::Uuid;

use super::health::{self, Depth, Health};
use super::paths::beside;
use super::start::Opened;
use super::{StoreError, file, load};

/// A connection that can only read, and the copy that it reads, if it had to be copied.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) db: SqliteConnection,
    copy: Option<Copy>,
}

/// Removed with its end.
#[derive(Debug)]
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        // The system sweeps its temporary folder as well.
        fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

impl Reading {
    pub(super) async fn open(path: &Path) -> sqlx::Result<Self> {
        match connect(path, false).await {
            Ok(db) => Ok(Self { db, copy: None }),
            Err(error) if !fs::exists(path).unwrap_or(false) => Err(error),
            Err(error) if cannot_write_beside(&error) => {
                if fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0) {
                    let folder = std::env::temp_dir().join(format!("luma-{}", Uuid::new_v4()));
                    fs::create_dir(&folder).map_err(sqlx::Error::Io)?;
                    let copy = Copy(folder);
                    let to = copy.0.join("luma.db");
                    fs::copy(path, &to).map_err(sqlx::Error::Io)?;
                    fs::copy(beside(path, "-wal"), beside(&to, "-wal")).map_err(sqlx::Error::Io)?;
                    return Ok(Self { db: connect(&to, false).await?, copy: Some(copy) });
                }
                Ok(Self { db: connect(path, true).await?, copy: None })
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn close(self) {
        // Read-only: nothing hangs on how it closes.
        self.db.close().await.unwrap_or_default();
        drop(self.copy);
    }
}

async fn connect(path: &Path, immutable: bool) -> sqlx::Result<SqliteConnection> {
    let mut db = file::reader_options(path).immutable(immutable).connect().await?;
    // Opening alone reads nothing.
    match sqlx::query_scalar::<_, i64>("SELECT count(*) FROM sqlite_schema").fetch_one(&mut db).await {
        Ok(_) => Ok(db),
        Err(error) => {
            db.close().await.unwrap_or_default();
            Err(error)
        }
    }
}

fn cannot_write_beside(error: &sqlx::Error) -> bool {
    const READONLY: i32 = 8;
    const IOERR: i32 = 10;
    const CANTOPEN: i32 = 14;
    [READONLY, IOERR, CANTOPEN].contains(&health::code(error))
}

/// Opens a library only to read it: no lock is needed, nothing of it is changed, and another Luma may be writing.
pub fn read(path: &Path) -> Result<Opened, StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(StoreError::Thread)?;
    runtime.block_on(async {
        match health::examine(path, Depth::Within(super::start::CHECK_BUDGET)).await {
            Health::Good { .. } => {}
            Health::Future { version } => return Err(StoreError::Future { path: path.to_owned(), version }),
            Health::Foreign => return Err(StoreError::Foreign { path: path.to_owned() }),
            other => return Err(StoreError::Unusable { path: path.to_owned(), what: other.words() }),
        }
        let mut reading = Reading::open(path).await.map_err(|error| StoreError::database(path, error))?;
        if file::is_old(&mut reading.db).await.map_err(|error| StoreError::database(path, error))? {
            let what = "was made by an older Luma: bring it up to date with `luma db migrate`".into();
            return Err(StoreError::Unusable { path: path.to_owned(), what });
        }
        let loaded = load::library(&mut reading.db).await;
        reading.close().await;
        let loaded = loaded.map_err(|error| StoreError::database(path, error))?;
        Ok(Opened { document: loaded.document, settings: loaded.settings, notices: loaded.notices })
    })
}
