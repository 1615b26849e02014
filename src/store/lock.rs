//! One Luma a library: an operating-system lock on `luma.db.lock`, with the holder's process number inside.
//!
//! The lock goes with the process, however it ends; the file stays, and a stale one is no obstacle.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use super::StoreError;
use super::paths::beside;

/// Held until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Takes the lock.  `Ok(None)` where the folder cannot be written: then nobody else can write there either.
pub(super) fn take(db: &Path) -> Result<Option<Lock>, StoreError> {
    let path = beside(db, ".lock");
    let mut file = match OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path) {
        Ok(file) => file,
        Err(error) if is_unwritable(&error) => return Ok(None),
        Err(error) => return Err(StoreError::io(&path, error)),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreError::InUse { path: db.to_owned(), pid: pid_in(&mut file) }),
        Err(TryLockError::Error(error)) => return Err(StoreError::io(&path, error)),
    }
    let pid = std::process::id().to_string();
    // A full disk has no room for the number; the lock holds all the same, and whoever meets it is told without.
    file.set_len(0).and_then(|()| file.write_all(pid.as_bytes())).unwrap_or_default();
    Ok(Some(Lock { _file: file }))
}

/// The process that has this library open, if one has and it says who it is.
pub fn holder(db: &Path) -> Option<Option<u32>> {
    let mut file = OpenOptions::new().read(true).write(true).open(beside(db, ".lock")).ok()?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Some(pid_in(&mut file)),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn pid_in(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

pub(super) fn is_unwritable(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_opened_once_and_a_stale_lock_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("luma.db");
        std::fs::write(beside(&db, ".lock"), "99999").unwrap();
        assert_eq!(holder(&db), None);
        let lock = take(&db).unwrap();
        assert!(lock.is_some());
        assert_eq!(holder(&db), Some(Some(std::process::id())));
        let refused = take(&db).unwrap_err().to_string();
        assert!(refused.contains(&std::process::id().to_string()) && refused.contains("--db FILE"), "{refused}");
        drop(lock);
        assert!(take(&db).unwrap().is_some());
    }
}
