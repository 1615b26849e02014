//! The definition files below a folder, within bounds and always in the same order.
//!
//! Links to files are followed, links to folders are not, so that no walk goes round in circles.
//!
//! JSON can be anything: a `.json` file counts where the folder above its own has the Open Fixture Library's list of makers;
//! elsewhere where it begins like one of that library's fixtures.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::UNIX_EPOCH;

use crate::venue::formats::{self, ofl};

const MAX_DEPTH: usize = 8;
const MAX_FILES: usize = 100_000;

/// A file that may be a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Below the folder, with `/` between the parts.
    pub path: String,
    pub size: u64,
    /// Since 1970; 0 where the system does not know.
    pub modified_ns: u64,
}

#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// Sorted by path.
    pub files: Vec<Found>,
    /// What could not be looked into, in words.
    pub notices: Vec<String>,
}

/// Every definition file below `root`.
pub fn walk(root: &Path) -> Result<Walk, String> {
    walk_for(root, &formats::EXTENSIONS)
}

/// Every file below `root` whose name ends in one of `extensions`.
pub fn walk_for(root: &Path, extensions: &[&str]) -> Result<Walk, String> {
    if !root.is_dir() {
        return Err(format!("there is no folder \"{}\"", root.display()));
    }
    let mut walk = Walk::default();
    let mut open = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, below, depth)) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                walk.notices.push(format!("\"{}\" is left out: {error}", folder.display()));
                continue;
            }
        };
        // Its list of makers names what is in the files beside it, so they change with it.
        let makers = folder.parent().map(|library| library.join(ofl::MAKERS)).filter(|_| extensions.contains(&"json"));
        let makers_ns = makers.and_then(|makers| fs::metadata(makers).ok()).filter(fs::Metadata::is_file).map(|list| modified_ns(&list));
        for entry in entries.flatten() {
            // Names that are no text cannot be written into a venue.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{below}{name}");
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                if depth < MAX_DEPTH {
                    open.push((entry.path(), format!("{path}/"), depth + 1));
                } else {
                    walk.notices.push(format!("\"{path}\" is left out: folders nest deeper than {MAX_DEPTH}"));
                }
            } else if extensions.contains(&formats::extension(&name).as_str()) {
                let is_json = formats::extension(&name) == "json";
                if is_json && (name == ofl::MAKERS || (makers_ns.is_none() && !begins_as_a_fixture(&entry.path()))) {
                    continue;
                }
                let Some(metadata) = fs::metadata(entry.path()).ok().filter(fs::Metadata::is_file) else { continue };
                if walk.files.len() == MAX_FILES {
                    walk.notices.push(format!("\"{}\" holds more than {MAX_FILES} definitions; the rest is left out", root.display()));
                    open.clear();
                    break;
                }
                let modified_ns = modified_ns(&metadata).max(makers_ns.filter(|_| is_json).unwrap_or(0));
                walk.files.push(Found { path, size: metadata.len(), modified_ns });
            }
        }
    }
    walk.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(walk)
}

fn modified_ns(metadata: &fs::Metadata) -> u64 {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    modified.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

/// The library's files name their form in the first line.
fn begins_as_a_fixture(file: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(file).and_then(|file| file.take(512).read_to_end(&mut start));
    read.is_ok() && String::from_utf8_lossy(&start).contains("open-fixture-library/")
}

/// Reads one byte more than a definition may have, so that the reader can tell that it is too long.
pub fn read_bounded(file: &Path) -> io::Result<Vec<u8>> {
    read_at_most(file, formats::MAX_BYTES)
}

/// Reads up to one byte more than `max`.
pub fn read_at_most(file: &Path, max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(max as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
