//! Whole copies of the library in `backups/` beside it: made, checked, thinned out, and put back.
//!
//! A copy is written under a temporary name, opened and checked, synced and only then renamed: what has a backup's name
//! is a good backup.  Kept are the newest [`KEEP_NEWEST`] and, for [`KEEP_DAYS`] days, the newest of each day.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::SqliteConnection;

use super::StoreError;
use super::health::{self, Health};
use super::paths::{self, beside, folder, stem};
use super::read::Reading;
use super::stamp::Stamp;

pub const KEEP_NEWEST: usize = 10;
pub const KEEP_DAYS: u64 = 14;
/// No backup takes as long.
const STALE: Duration = Duration::from_secs(3600);

/// What a backup was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Auto,
    Close,
    Migration,
    Asked,
    Reset,
}

const WHYS: [(Why, &str); 5] =
    [(Why::Auto, "auto"), (Why::Close, "close"), (Why::Migration, "migration"), (Why::Asked, "asked"), (Why::Reset, "reset")];

impl Why {
    /// As file names have it.
    pub fn word(self) -> &'static str {
        WHYS.iter().find(|(why, _)| *why == self).map_or("", |(_, word)| word)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub path: PathBuf,
    pub at: Stamp,
    pub why: Why,
    pub bytes: u64,
    /// Of several in one second, the later has the higher number.
    n: u32,
}

impl Backup {
    /// By its name; `None` where the file is no backup of this library.
    fn at(library: &Path, path: PathBuf) -> Option<Self> {
        let name = path.file_stem()?.to_str()?;
        let rest = name.strip_prefix(&stem(library))?.strip_prefix('-')?;
        if path.extension()? != "db" {
            return None;
        }
        let at = Stamp::from_file_name(rest.get(..15)?)?;
        let mut words = rest.get(15..)?.strip_prefix('-')?.split('-');
        let word = words.next()?;
        let n = words.next().map_or(Some(1), |n| n.parse().ok())?;
        let why = WHYS.iter().find(|(_, known)| *known == word)?.0;
        let bytes = fs::metadata(&path).ok()?.len();
        Some(Self { path, at, why, bytes, n })
    }
}

/// A library's backups, newest first.  A folder that cannot be read has none.
pub fn list(library: &Path) -> Vec<Backup> {
    let entries = fs::read_dir(paths::backups(library)).into_iter().flatten().flatten();
    let mut found: Vec<Backup> = entries.filter_map(|entry| Backup::at(library, entry.path())).collect();
    found.sort_by_key(|backup| std::cmp::Reverse((backup.at, backup.n)));
    found
}

/// Makes a backup of the library as it is on disk now; a Luma that has it open goes on writing meanwhile.
pub async fn make(library: &Path, why: Why) -> Result<Backup, StoreError> {
    let backups = paths::backups(library);
    fs::create_dir_all(&backups).map_err(|error| StoreError::io(&backups, error))?;
    let at = Stamp::now();
    // One row of numbers for all backups of a second, whatever they were made for: the order of names is that of making.
    let n = list(library).iter().filter(|backup| backup.at == at).map(|backup| backup.n + 1).max().unwrap_or(1);
    let name = format!("{}-{}-{}", stem(library), at.in_file_name(), why.word());
    let path = backups.join(if n == 1 { format!("{name}.db") } else { format!("{name}-{n}.db") });
    let part = beside(&path, ".part");
    let made = make_at(library, &part, &path).await;
    if made.is_err() {
        // What is left of a failed copy is of no use to anybody.
        fs::remove_file(&part).unwrap_or_default();
    }
    made?;
    thin_out(library);
    Backup::at(library, path.clone()).ok_or_else(|| StoreError::io(&path, io::ErrorKind::NotFound.into()))
}

async fn make_at(library: &Path, part: &Path, path: &Path) -> Result<(), StoreError> {
    let mut reading = Reading::open(library).await.map_err(|error| StoreError::database(library, error))?;
    let copied = copy_into(&mut reading.db, part).await;
    reading.close().await;
    copied.map_err(|error| StoreError::database(part, error))?;
    match health::examine(part, health::Depth::Quick).await {
        Health::Good { .. } => {}
        other => return Err(StoreError::BadBackup { path: path.to_owned(), what: other.words() }),
    }
    fs::rename(part, path).and_then(|()| sync_folder(folder(path))).map_err(|error| StoreError::io(path, error))
}

/// Everything `db` sees into a new file, synced.
pub(super) async fn copy_into(db: &mut SqliteConnection, to: &Path) -> sqlx::Result<()> {
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(sqlx::Error::Io(error)),
        _ => {}
    }
    sqlx::query("VACUUM INTO ?").bind(to.to_string_lossy().into_owned()).execute(db).await?;
    File::open(to).and_then(|file| file.sync_all()).map_err(sqlx::Error::Io)
}

fn free_name(folder: &Path, name: &str) -> PathBuf {
    let numbered = |n: u32| folder.join(if n == 1 { format!("{name}.db") } else { format!("{name}-{n}.db") });
    (1..).map(numbered).find(|path| !path.exists()).unwrap_or_else(|| numbered(1))
}

/// A rename is on the disk once its folder is.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn thin_out(library: &Path) {
    for backup in expired(&list(library), Stamp::now()) {
        // A backup that cannot be removed is one too many, no more.
        fs::remove_file(&backup.path).unwrap_or_default();
    }
    // Halves that a Luma which was killed left behind, and no other Luma is still at.
    for entry in fs::read_dir(paths::backups(library)).into_iter().flatten().flatten() {
        let path = entry.path();
        let age = entry.metadata().ok().and_then(|found| found.modified().ok()?.elapsed().ok());
        if path.extension().is_some_and(|extension| extension == "part") && age.is_some_and(|age| age > STALE) {
            fs::remove_file(&path).unwrap_or_default();
        }
    }
}

/// Those that need not be kept.  `newest_first` as [`list`] gives them.
fn expired(newest_first: &[Backup], now: Stamp) -> Vec<&Backup> {
    let mut days = BTreeSet::new();
    let old = newest_first.iter().enumerate().filter(|(at, backup)| {
        let first_of_day = days.insert(backup.at.day());
        let recent = backup.at.day() + KEEP_DAYS > now.day();
        *at >= KEEP_NEWEST && !(first_of_day && recent)
    });
    old.map(|(_, backup)| backup).collect()
}

/// The newest backup that opens and is sound.
pub async fn newest_good(library: &Path) -> Option<Backup> {
    for backup in list(library) {
        if matches!(health::examine(&backup.path, health::Depth::Quick).await, Health::Good { .. }) {
            return Some(backup);
        }
    }
    None
}

/// Puts a copy of `from` in the library's place.  What lies there goes aside first; its new name is the answer.
/// The caller holds the lock.
pub async fn put_back(library: &Path, from: &Path, aside: &str) -> Result<Option<PathBuf>, StoreError> {
    match health::examine(from, health::Depth::Quick).await {
        Health::Good { .. } => {}
        other => return Err(StoreError::BadBackup { path: from.to_owned(), what: other.words() }),
    }
    let part = beside(library, ".restore.part");
    let copied = fs::copy(from, &part).and_then(|_| File::open(&part)?.sync_all());
    copied.map_err(|error| StoreError::io(&part, error))?;
    replace(library, &part, aside)
}

/// Puts `part` in the library's place, whole; what was there is kept under a name with `aside` in it.
pub(super) fn replace(library: &Path, part: &Path, aside: &str) -> Result<Option<PathBuf>, StoreError> {
    let kept = set_aside(library, aside)?;
    fs::rename(part, library).and_then(|()| sync_folder(folder(library))).map_err(|error| StoreError::io(library, error))?;
    Ok(kept)
}

/// A second name for the library's file, so that there is one under its own name at every moment; its log goes along.
fn set_aside(library: &Path, aside: &str) -> Result<Option<PathBuf>, StoreError> {
    if !library.exists() {
        return Ok(None);
    }
    let kept = free_name(folder(library), &format!("{}-{aside}-{}", stem(library), Stamp::now().in_file_name()));
    let linked = fs::hard_link(library, &kept).or_else(|_| fs::copy(library, &kept).and_then(|_| File::open(&kept)?.sync_all()));
    linked.map_err(|error| StoreError::io(&kept, error))?;
    for suffix in ["-wal", "-journal"] {
        let log = beside(library, suffix);
        if log.exists() {
            fs::rename(&log, beside(&kept, suffix)).map_err(|error| StoreError::io(&log, error))?;
        }
    }
    match fs::remove_file(beside(library, "-shm")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::io(library, error)),
        _ => Ok(Some(kept)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup(secs: u64) -> Backup {
        Backup { path: secs.to_string().into(), at: Stamp::from_secs(secs), why: Why::Auto, bytes: 0, n: 1 }
    }

    #[test]
    fn the_newest_ten_and_the_newest_of_each_of_fourteen_days_are_kept() {
        let (day, now) = (86_400, 86_400 * 20_000 + 80_000);
        let mut all: Vec<Backup> = (0..20 * 24).map(|hours| backup(now - hours * 3600)).collect();
        all.sort_by_key(|backup| std::cmp::Reverse(backup.at));
        let gone: BTreeSet<u64> = expired(&all, Stamp::from_secs(now)).iter().map(|backup| backup.at.secs()).collect();
        let kept: Vec<u64> = all.iter().map(|backup| backup.at.secs()).filter(|at| !gone.contains(at)).collect();
        let days: BTreeSet<u64> = kept.iter().map(|at| at / day).collect();
        assert_eq!((kept.len(), days.len()), (10 + 13, 14));
        assert!(kept.iter().all(|at| at / day + KEEP_DAYS > now / day));
    }

    #[test]
    fn names_tell_when_and_why_and_other_files_are_no_backups() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("tour.db");
        let backups = paths::backups(&library);
        fs::create_dir_all(&backups).unwrap();
        let names = ["tour-20261121-145301-auto.db", "tour-20261121-145301-auto-2.db", "tour-20261120-010203-close.db"];
        for name in
            names.into_iter().chain(["tour-20261121-145301-auto.db.part", "notes.txt", "other-20261121-145301-auto.db", "tour-1.db"])
        {
            fs::write(backups.join(name), "x").unwrap();
        }
        let found: Vec<_> =
            list(&library).into_iter().map(|backup| backup.path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        assert_eq!(found, [names[1], names[0], names[2]]);
    }
}
