//! Fixtures, groups, tags and where they hang.
//!
//! [`model`] is what is saved, [`formats`] reads definitions and rooms, [`exchange`] makes venues of rooms, [`library`] finds definitions, [`lower`] makes the engine's rig of all
//! that.  [`open`] is the way in for everybody who has a file or a name.

pub mod check;
pub mod draft;
pub mod dump;
pub mod edits;
pub mod exchange;
pub mod formats;
pub mod library;
pub mod lines;
pub mod mapping;
pub mod lower;
pub mod model;
pub mod paper;
pub mod rows;
pub mod patch;
pub mod shapes;
pub mod suggest;
#[cfg(feature = "desktop")]
pub mod panel;
#[cfg(feature = "desktop")]
pub mod plugin;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use model::Venue;

/// Longer files are no venues.
const MAX_BYTES: u64 = 16 << 20;
/// Name and text of the venues inside the program.
const BUILTIN: &[(&str, &str)] = &[
    ("club", include_str!("../../assets/venues/club.json")),
    ("four-dimmers", include_str!("../../assets/venues/four-dimmers.json")),
    ("empty", include_str!("../../assets/venues/empty.json")),
];

/// Why a venue cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum VenueError {
    #[error("there is no venue file \"{name}\"; give the path of one, or one of the built-in venues {}", builtin_names())]
    NotFound { name: String },
    #[error("the venue \"{path}\" cannot be opened: {source}")]
    Unreadable { path: String, source: std::io::Error },
    #[error("the venue \"{path}\" is longer than {} MiB and so is no venue", MAX_BYTES >> 20)]
    TooLarge { path: String },
    #[error("the venue \"{path}\" cannot be read: {source}")]
    Broken { path: String, source: serde_json::Error },
}

fn builtin_names() -> String {
    BUILTIN.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// A venue inside the program: `club`, `four-dimmers` or `empty`.
pub fn builtin(name: &str) -> Option<Venue> {
    BUILTIN.iter().find(|(builtin, _)| *builtin == name).and_then(|(_, text)| serde_json::from_str(text).ok())
}

/// A venue by the path of its JSON file, or by the name of a built-in one.
pub fn open(path_or_name: impl AsRef<Path>) -> Result<Venue, VenueError> {
    let file = path_or_name.as_ref();
    let path = file.display().to_string();
    if !file.exists() {
        return builtin(&path).ok_or(VenueError::NotFound { name: path });
    }
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|opened| opened.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Err(source) => Err(VenueError::Unreadable { path, source }),
        Ok(n_bytes) if n_bytes as u64 > MAX_BYTES => Err(VenueError::TooLarge { path }),
        Ok(_) => serde_json::from_slice(&bytes).map_err(|source| VenueError::Broken { path, source }),
    }
}

#[cfg(test)]
mod tests;
