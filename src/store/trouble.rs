//! What a failed write means: wait and try again, or give up on this one commit.  In words for people.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::paths::beside;

/// Why a commit was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The disk cannot take it now.  With `reopen`, the connection is of no use any more.
    Wait { words: String, reopen: bool },
    /// The database is well and refuses this commit.
    Refused(String),
}

impl Trouble {
    pub(super) fn wait(words: impl Into<String>) -> Self {
        Self::Wait { words: words.into(), reopen: false }
    }

    /// What this error of `SQLite` or the file system means for the library at `path`.
    pub(super) fn of(error: &sqlx::Error, path: &Path) -> Self {
        let file = path.display();
        let waits = |words: String, reopen| Self::Wait { words, reopen };
        let code = match error {
            sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or(0),
            sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound => {
                return Self::Refused(error.to_string());
            }
            other => return waits(format!("{file} could not be written ({other}). Luma tries again by itself"), true),
        };
        // Primary result codes of SQLite; the rest of the number says more than anybody needs.
        match code & 0xff {
            BUSY | LOCKED => waits(format!("Another program is writing to {file}. Luma goes on when it has finished"), false),
            FULL => waits(format!("The disk that holds {file} is full. Free some space: Luma then saves by itself"), false),
            READONLY | IOERR | CANTOPEN if code & 0xff == READONLY || is_read_only(path) => waits(
                format!(
                    "{file} cannot be written: the file, its folder or the whole disk is read-only. Make it writable: Luma then saves by itself"
                ),
                true,
            ),
            IOERR | CANTOPEN => {
                waits(format!("The disk that holds {file} does not answer ({error}). Connect it again: Luma then saves by itself"), true)
            }
            CORRUPT | NOTADB => waits(
                format!(
                    "{file} has been damaged while Luma was using it. Export what is open, then start Luma again: it mends the file or falls back to a backup"
                ),
                true,
            ),
            _ => Self::Refused(error.to_string()),
        }
    }

    pub(super) fn vanished(path: &Path) -> Self {
        Self::Wait {
            words: format!("{} is gone: its disk or folder is not there. Connect it again: Luma then saves by itself", path.display()),
            reopen: false,
        }
    }

    pub(super) fn replaced(path: &Path) -> Self {
        let file = path.display();
        Self::wait(format!(
            "Another file has taken the place of {file}. Move it away and Luma writes its own there again, or start Luma again to open the other one"
        ))
    }
}

/// Asks the folder by trying: rights and mounts say too many different things.
fn is_read_only(path: &Path) -> bool {
    let probe = beside(path, ".probe");
    match File::create(&probe) {
        // That it cannot be removed again would be a different trouble.
        Ok(_) => fs::remove_file(&probe).is_err(),
        Err(error) => matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem),
    }
}

const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const NOTADB: i32 = 26;

/// Edits that are not on disk (yet).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{waiting} edits are not saved in {}: {}", .path.display(), .trouble.as_deref().unwrap_or("the disk is slow"))]
pub struct NotSaved {
    pub path: PathBuf,
    pub waiting: u64,
    /// In words, where the store knows why.
    pub trouble: Option<String>,
}
