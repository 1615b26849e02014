//! Who this device is in sACN: a CID that was made once, kept beside the library, not in it.
//!
//! A library travels (backups, another machine) and would take the identity along: two machines with one CID are one
//! source to a receiver, which then throws half of their packets away.  The studio, a headless show and a test of the wire
//! may run at the same time, so each has an identity of its own, derived from the device's.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sacn::Source;
use crate::files;

/// The name of the file, beside the library.
pub const FILE: &str = "sacn-source.json";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    cid: Uuid,
    /// As receivers show it; people may change it here.
    name: String,
}

/// Which of this device's programs sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Studio,
    Headless,
    Test,
}

impl Role {
    fn source(self, kept: &Kept) -> Source {
        let (salt, suffix) = match self {
            Self::Studio => return Source { cid: kept.cid, name: kept.name.clone() },
            Self::Headless => ("headless", ""),
            Self::Test => ("test", " (test)"),
        };
        Source { cid: Uuid::new_v5(&kept.cid, salt.as_bytes()), name: format!("{}{suffix}", kept.name) }
    }
}

/// The file for a library.
pub fn path(library: &Path) -> PathBuf {
    library.with_file_name(FILE)
}

/// The identity that is kept at `path`; made there when it is the first time.  Where it cannot be kept it holds for this run.
pub fn source(path: Option<&Path>, role: Role) -> Source {
    let read = || serde_json::from_slice::<Kept>(&std::fs::read(path?).ok()?).ok();
    let kept = read().filter(|kept| !kept.cid.is_nil()).unwrap_or_else(|| {
        let Source { cid, name } = Source::default();
        let kept = Kept { cid, name };
        if let (Some(path), Ok(text)) = (path, serde_json::to_vec_pretty(&kept)) {
            // Only beside a library that is there: a show that is only tried leaves nothing behind.
            if path.parent().is_some_and(Path::exists) {
                files::write_atomic(path, &text).unwrap_or_default();
            }
        }
        kept
    });
    role.source(&kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_the_same_source_every_time_and_another_one_for_every_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(&folder.path().join("luma.db"));
        let first = source(Some(&path), Role::Studio);
        assert_eq!((source(Some(&path), Role::Studio), first.name.as_str()), (first.clone(), "Luma"));
        let headless = source(Some(&path), Role::Headless);
        assert_eq!(source(Some(&path), Role::Headless), headless);
        let test = source(Some(&path), Role::Test);
        assert!(headless.cid != first.cid && test.cid != headless.cid && test.name == "Luma (test)");
        std::fs::write(&path, "{").unwrap();
        assert_ne!(source(Some(&path), Role::Studio).cid, first.cid);
        assert_ne!(source(None, Role::Studio).cid, source(None, Role::Studio).cid, "nowhere to keep it");
        assert_ne!(source(Some(Path::new("/no/such/folder/x.json")), Role::Studio).cid, Uuid::nil());
    }
}
