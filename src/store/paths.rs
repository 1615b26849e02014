//! Where a library lies, and what lies beside it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// `--db FILE`, else `LUMA_DB`, else where the platform keeps an application's data.
pub fn library(given: Option<&Path>) -> Option<PathBuf> {
    let named = || std::env::var_os("LUMA_DB").filter(|name| !name.is_empty()).map(PathBuf::from);
    let platform = || directories::ProjectDirs::from("", "", "luma").map(|dirs| dirs.data_dir().join("luma.db"));
    given.map(Path::to_owned).or_else(named).or_else(platform)
}

/// The file for sign-in data alone, which is never backed up with the library nor exported.  Made when first needed.
pub fn state_db(library: &Path) -> PathBuf {
    library.with_file_name("state.db")
}

/// The folder of a library's backups.
pub fn backups(library: &Path) -> PathBuf {
    folder(library).join("backups")
}

/// The folder of what a network said of each track's chords, frame by frame.
pub fn logits(library: &Path) -> PathBuf {
    folder(library).join("logits")
}

/// The folder of covers.
pub fn art(library: &Path) -> PathBuf {
    folder(library).join("art")
}

/// Edits that the database refused, kept one JSON object a line.
pub fn refused(library: &Path) -> PathBuf {
    beside(library, ".refused.jsonl")
}

/// The folder a file lies in; `.` for a bare name.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The same name with something added.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().map(OsString::from).unwrap_or_default();
    name.push(suffix);
    path.with_file_name(name)
}

/// `luma` of `luma.db`.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "luma".into(), |stem| stem.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_of_a_library_lies_beside_it() {
        let library = Path::new("/shows/tour.db");
        assert_eq!(state_db(library), Path::new("/shows/state.db"));
        assert_eq!(backups(library), Path::new("/shows/backups"));
        assert_eq!(refused(library), Path::new("/shows/tour.db.refused.jsonl"));
        assert_eq!((folder(Path::new("x.db")), stem(library)), (Path::new("."), "tour".into()));
    }
}
