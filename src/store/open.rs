//! Opening the files: their settings, their schema, the writer and the readers.
//!
//! There is one writer.  Nothing here locks out a second program: that is its caller's business.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};
use thiserror::Error;

use super::{derived, migrate};

/// How long a statement waits for another program's lock (a backup tool, a second reader's checkpoint).
const BUSY: Duration = Duration::from_secs(5);

/// Rows that may be on their way from `SQLite`'s thread: the default of 50 makes a load wait for the other thread 20 times as often.
const ROWS_IN_FLIGHT: usize = 1000;

/// Statements kept prepared: each table has an upsert, a delete and two of loading.
const STATEMENTS: usize = 300;

#[derive(Debug, Error)]
pub enum OpenError {
    #[error("the file was written by a newer Luma (its migration {0} is unknown here); open it with that one, or restore a backup")]
    FromTheFuture(i64),
    #[error("migration {0} of the file is not the one this Luma knows; restore a backup")]
    OtherHistory(i64),
    #[error("migration {number} failed; the file is as it was before it")]
    Migration {
        number: i64,
        #[source]
        source: sqlx::Error,
    },
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<MigrateError> for OpenError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(number) => Self::FromTheFuture(number),
            MigrateError::VersionMismatch(number) | MigrateError::Dirty(number) => Self::OtherHistory(number),
            MigrateError::ExecuteMigration(source, number) => Self::Migration { number, source },
            MigrateError::Execute(source) => Self::Database(source),
            other => Self::Database(other.into()),
        }
    }
}

/// How every connection to the file is opened.
///
/// `recursive_triggers`: without it `INSERT OR REPLACE` deletes the row it evicts without a trigger, and sync never hears
/// of it.
pub fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .pragma("recursive_triggers", "ON")
        // A statement with triggers keeps a journal of its own; as a file, that costs more than the statement.
        .pragma("temp_store", "MEMORY")
        .busy_timeout(BUSY)
        .row_buffer_size(ROWS_IN_FLIGHT)
        .statement_cache_capacity(STATEMENTS)
        .thread_name(|number| format!("luma-store-{number}"))
        .disable_statement_logging()
}

/// The writer's connection; the file is made if there is none, and brought to this build's schema.
///
/// `synchronous=FULL`: what is committed survives a power cut, not only the end of the program.
pub async fn writer(path: &Path) -> Result<SqliteConnection, OpenError> {
    let mut db =
        options(path).create_if_missing(true).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full).connect().await?;
    bring_up_to_date(&mut db).await?;
    Ok(db)
}

/// Readers of a file that [`writer`] has opened.  They cannot write.
pub async fn readers(path: &Path, at_most: u32) -> sqlx::Result<SqlitePool> {
    SqlitePoolOptions::new().max_connections(at_most).connect_with(options(path).pragma("query_only", "ON")).await
}

/// Who is signed in: `state.db`, made if there is none, readable by its owner alone.
pub async fn state(path: &Path) -> Result<SqliteConnection, OpenError> {
    let mut file = std::fs::OpenOptions::new();
    file.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map_err(sqlx::Error::Io)?;
    let mut db = options(path).synchronous(SqliteSynchronous::Full).connect().await?;
    migrate::state().run_direct(None, &mut db, false).await?;
    Ok(db)
}

/// Migrates, and makes what the registry generates.
///
/// Migrations run without generated triggers and views: a rebuilt table is no edit to be captured, and a view on a table
/// that is about to be renamed would stop the migration.
pub async fn bring_up_to_date(db: &mut SqliteConnection) -> Result<(), OpenError> {
    let migrator = migrate::luma();
    if migrate::is_behind(db, &migrator).await? {
        derived::remove(db).await?;
        migrator.run_direct(None, db, false).await?;
    }
    derived::install(db).await?;
    Ok(())
}
