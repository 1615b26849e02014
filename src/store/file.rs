//! The library's file: connections that neither make nor change it, a fresh one made whole, and whose tables it has.

use std::path::Path;
use std::sync::OnceLock;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::open::{self, OpenError};
use super::paths::{beside, folder};
use super::{backup, migrate};

/// Whose tables a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// No tables at all.
    None,
    /// Up to this step of ours.
    Known(i64),
    /// Steps up to this one, of which some are unknown here.
    Newer(i64),
    Foreign,
}

fn migrator() -> &'static Migrator {
    static MIGRATOR: OnceLock<Migrator> = OnceLock::new();
    MIGRATOR.get_or_init(migrate::luma)
}

/// The last step that this build knows.
pub(super) fn newest() -> i64 {
    migrator().iter().map(|migration| migration.version).max().unwrap_or(0)
}

pub(super) fn reader_options(path: &Path) -> SqliteConnectOptions {
    open::options(path).read_only(true)
}

/// The one connection that writes, as [`open::writer`] makes it, to a file that must be there and is left as it is.
pub(super) async fn writer(path: &Path) -> sqlx::Result<SqliteConnection> {
    writer_options(path).connect().await
}

fn writer_options(path: &Path) -> SqliteConnectOptions {
    open::options(path).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full)
}

/// A fresh library, under its own name only once it is whole.
pub(super) async fn create(path: &Path) -> Result<(), OpenError> {
    let part = beside(path, ".new.part");
    create_at(&part).await?;
    let placed = std::fs::rename(&part, path).and_then(|()| backup::sync_folder(folder(path)));
    placed.map_err(|error| sqlx::Error::Io(error).into())
}

/// A fresh library without that care; what was there before is removed.
pub(super) async fn create_at(path: &Path) -> Result<(), OpenError> {
    for suffix in ["", "-wal", "-shm"] {
        match std::fs::remove_file(beside(path, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(sqlx::Error::Io(error).into()),
            _ => {}
        }
    }
    let mut db = writer_options(path).create_if_missing(true).connect().await?;
    let made = open::bring_up_to_date(&mut db).await;
    let closed = db.close().await;
    made?;
    Ok(closed?)
}

/// Whose tables `db` has, and how new they are.
pub(super) async fn version(db: &mut SqliteConnection) -> sqlx::Result<Version> {
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'")
            .fetch_one(&mut *db)
            .await?;
    if tables == 0 {
        return Ok(Version::None);
    }
    let steps: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'").fetch_one(&mut *db).await?;
    if steps == 0 {
        return Ok(Version::Foreign);
    }
    let applied: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations ORDER BY version").fetch_all(&mut *db).await?;
    let (Some((first, checksum)), Some((newest, _))) = (applied.first(), applied.last()) else { return Ok(Version::Foreign) };
    // Others keep such a table too: the first step must be ours to the byte.
    if !migrator().iter().next().is_some_and(|ours| ours.version == *first && *ours.checksum == **checksum) {
        return Ok(Version::Foreign);
    }
    let known = applied.iter().all(|(version, _)| migrator().version_exists(*version));
    Ok(if known { Version::Known(*newest) } else { Version::Newer(*newest) })
}

/// Whether the file lacks steps of this build.
pub(super) async fn is_old(db: &mut SqliteConnection) -> sqlx::Result<bool> {
    Ok(match version(db).await? {
        Version::None => true,
        Version::Known(version) => version < newest(),
        Version::Newer(_) | Version::Foreign => false,
    })
}
