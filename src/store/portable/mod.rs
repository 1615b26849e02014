//! Portable files: a whole library, one score, one venue or one pattern in one file that any Luma opens.
//!
//! A zip archive whose entries are, in this order, sorted by name within each kind:
//! ```text
//! records/<table>.json          every row of a table, by id, one a line, as `document::image` writes them
//! definitions/<sha256>.<format> the fixture definitions that the rows need, as they were found
//! audio/<track id>.<extension>  sound, where it was asked for; stored as it is
//! manifest.json                 format, kind, what it is of, and every entry's length and SHA-256
//! ```
//! Nothing in it depends on where or when it was written: the same rows give the same bytes, so a file that is imported
//! into an empty library and exported again is that file ([`write()`]).  Paths and caches of this device stay here.
//! What workers derive from sound (beat grids, waveforms, stems) is not in it: it is made anew.
//!
//! A file may come from anybody.  [`read()`] believes nothing: sizes are bounded while they are read, whatever the archive
//! claims; entries are taken by exact names only, so none can lead out of anything; hashes must be right.  [`plan()`] says
//! what an import would do before it does it, as one transaction that undo takes back.
//!
//! Persisted: names and forms are only ever added to; [`FORMAT`] counts what older builds could not read.

pub mod audio;
mod manifest;
pub mod plan;
pub mod read;
mod repoint;
pub mod write;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;

use std::io;

use thiserror::Error;

use crate::document::subject::{self, Subject};

pub use manifest::{FORMAT, What};
pub use plan::{Choice, Item, Outcome, Plan, plan};
pub use read::{Bundle, open, read};
pub use write::{Export, Summary, save, write};

/// More entries than any show has definitions and tracks.
pub const MAX_ENTRIES: usize = 20_000;
pub const MAX_ROWS: usize = 1_000_000;
/// Of one `records` entry, unpacked.
pub const MAX_RECORDS_BYTES: u64 = 256 << 20;
/// Of all `records` and `definitions` entries, unpacked.
pub const MAX_TOTAL_BYTES: u64 = 512 << 20;
pub const MAX_DEFINITION_BYTES: u64 = 32 << 20;
/// Of one sound; a zip entry beyond it would need another form.
pub const MAX_AUDIO_BYTES: u64 = (4 << 30) - 1;
pub(crate) const MAX_MANIFEST_BYTES: u64 = 8 << 20;

/// Why a portable file cannot be read or written.  Each says where and what to do.
#[derive(Debug, Error)]
pub enum PortableError {
    #[error("\"{path}\" cannot be opened: {source}")]
    Open { path: String, source: io::Error },
    #[error("the file cannot be written: {0}; free some space or choose another folder")]
    Write(io::Error),
    #[error("this is no Luma file: {0}; choose a file that Luma exported (.lumashow, .lumascore, .lumavenue, .lumapattern)")]
    NotPortable(String),
    #[error("the file was written by a newer Luma (format {format}, this one reads up to {FORMAT}): update Luma, or export it there again")]
    Newer { format: u64 },
    #[error("{entry} is larger than {limit}: no show needs that, so nothing was taken; ask for the file again")]
    TooLarge { entry: String, limit: String },
    #[error("{entry}: {reason}; the file is damaged or was made by something else: ask for it again, or export it once more")]
    Broken { entry: String, reason: String },
    #[error("{entry}: {reason}; import it as a copy instead")]
    Clash { entry: String, reason: String },
    #[error("there is no {0} (any more)")]
    NoSubject(Subject),
    #[error("only a show, venue, score or pattern can be exported alone, not a {}", subject::one(.0.table))]
    NotAlone(Subject),
}

impl PortableError {
    fn broken(entry: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Broken { entry: entry.into(), reason: reason.to_string() }
    }
}
