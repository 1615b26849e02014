//! What is in a folder of definitions, kept on disk so that opening it again reads no definition.
//!
//! A file is known by its path, size and time of change; what is known and unchanged is not read again.  An index that is
//! damaged, of another version or not there is made anew: it holds nothing that the files do not.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::num::NonZero;
use std::path::Path;
use std::thread;

use serde::{Deserialize, Serialize};

use super::file;
use super::folder::{self, Found};
use super::summary::Summary;
use crate::files;

/// Counts up whenever the readers or the form of the index change.
const VERSION: u32 = 3;
/// Longer files are no index.
const MAX_BYTES: u64 = 256 << 20;
/// More threads would wait for the disk.
const MAX_THREADS: usize = 4;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Below the folder.
    pub path: String,
    size: u64,
    modified_ns: u64,
    /// What is in the file, or why it cannot be read.
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    Definition(Summary),
    Broken(String),
}

impl Default for Content {
    fn default() -> Self {
        Self::Broken(String::new())
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Saved {
    version: u32,
    folder: String,
    entries: Vec<Entry>,
}

/// A folder as it is now.
#[derive(Debug, Default)]
pub struct Index {
    /// Sorted by path.
    pub entries: Vec<Entry>,
    /// Files that had to be read.
    pub n_read: usize,
    /// What a person should know, in words.
    pub notices: Vec<String>,
}

/// Brings the index of `folder` up to date; `saved` is where it is kept.
pub fn open(folder: &Path, saved: &Path) -> Result<Index, String> {
    let walk = folder::walk(folder)?;
    let name = folder.display().to_string();
    let before = read_saved(saved).filter(|before| before.version == VERSION && before.folder == name).unwrap_or_default();
    let n_before = before.entries.len();
    let mut known: BTreeMap<String, Entry> = before.entries.into_iter().map(|entry| (entry.path.clone(), entry)).collect();
    let mut entries = Vec::with_capacity(walk.files.len());
    let mut unknown = Vec::new();
    for found in walk.files {
        let same = |entry: &Entry| (entry.size, entry.modified_ns) == (found.size, found.modified_ns);
        match known.remove(&found.path).filter(same) {
            Some(entry) => entries.push(entry),
            None => unknown.push(found),
        }
    }
    let (n_kept, n_read) = (entries.len(), unknown.len());
    let mut index = Index { n_read, notices: walk.notices, ..Index::default() };
    entries.extend(read_all(folder, unknown));
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    if n_read > 0 || n_kept != n_before {
        let saving = Saved { version: VERSION, folder: name, entries };
        if let Err(error) = write_saved(saved, &saving) {
            index.notices.push(format!("the index \"{}\" cannot be written, so the next start is slow: {error}", saved.display()));
        }
        entries = saving.entries;
    }
    index.entries = entries;
    Ok(index)
}

fn read_saved(path: &Path) -> Option<Saved> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn write_saved(path: &Path, saved: &Saved) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    files::write_atomic(path, &serde_json::to_vec(saved)?)
}

/// Reads files side by side, as many threads as there are cores, up to a few.
fn read_all(folder: &Path, found: Vec<Found>) -> Vec<Entry> {
    let n_threads = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS);
    let n_each = found.len().div_ceil(n_threads).max(1);
    thread::scope(|scope| {
        let mut entries = Vec::with_capacity(found.len());
        let mut running = Vec::new();
        for part in found.chunks(n_each) {
            let read_part = move || part.iter().map(|found| read(folder, found)).collect::<Vec<Entry>>();
            match thread::Builder::new().name("definitions".into()).spawn_scoped(scope, read_part) {
                Ok(thread) => running.push(thread),
                // No thread to be had: here, then.
                Err(_) => entries.extend(read_part()),
            }
        }
        // A reader never panics; were one to, its files would be read again next time.
        entries.extend(running.into_iter().filter_map(|thread| thread.join().ok()).flatten());
        entries
    })
}

fn read(folder: &Path, found: &Found) -> Entry {
    let definition = file::read(&folder.join(&found.path)).map_err(|error| error.to_string());
    let content = definition.map_or_else(Content::Broken, |definition| Content::Definition(Summary::of(&definition)));
    Entry { path: found.path.clone(), size: found.size, modified_ns: found.modified_ns, content }
}
