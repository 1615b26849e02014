//! Why a library could not be opened, copied or put back.  Words for people: what happened and what to do.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::open::OpenError;

#[derive(Debug, Error)]
pub enum StoreError {
    #[error("{} is open in another Luma{}. Close that one first, or open another library with --db FILE", .path.display(), process(*.pid))]
    InUse { path: PathBuf, pid: Option<u32> },
    #[error("{} was made by a newer Luma (its tables have step {version}). Update Luma, or open another library with --db FILE. The file has not been touched", .path.display())]
    Future { path: PathBuf, version: i64 },
    #[error("{} belongs to another program, or to Luma's predecessor (bring that in with `luma db import`). Open another library with --db FILE. The file has not been touched", .path.display())]
    Foreign { path: PathBuf },
    #[error("{} {what}", .path.display())]
    Unusable { path: PathBuf, what: String },
    #[error("the backup {} {what}: take another one (`luma db restore` lists them)", .path.display())]
    BadBackup { path: PathBuf, what: String },
    #[error("{} must be brought up to date, and the backup before that failed: {source}. Nothing has been changed", .path.display())]
    NotBackedUp { path: PathBuf, source: Box<StoreError> },
    #[error("{}: its tables could not be brought up to date: {source}. A backup from before lies in the folder backups beside it", .path.display())]
    Migration { path: PathBuf, source: OpenError },
    #[error("{}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: {source}", .path.display())]
    Database { path: PathBuf, source: sqlx::Error },
    #[error("the store of {} has ended", .path.display())]
    Stopped { path: PathBuf },
    #[error("the store's thread could not be started: {0}")]
    Thread(io::Error),
}

fn process(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

impl StoreError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    pub(super) fn open(path: &Path, source: OpenError) -> Self {
        match source {
            OpenError::Database(source) => Self::database(path, source),
            source => Self::Migration { path: path.to_owned(), source },
        }
    }

    pub(super) fn database(path: &Path, source: sqlx::Error) -> Self {
        Self::Database { path: path.to_owned(), source }
    }
}
