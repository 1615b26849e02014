//! Zip archives from anywhere, within bounds: so many entries, so many bytes, whatever their directory promises.
//!
//! Nothing is ever written under a name from inside an archive; whoever keeps an entry names it himself.

use std::cell::{Cell, RefCell};
use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

const MAX_ENTRIES: usize = 20_000;
/// Bytes that all reads of one archive may unpack together.
const MAX_TOTAL: u64 = 1 << 30;

/// Why an archive or something in it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    #[error("the file is empty")]
    Empty,
    #[error("the file is no zip archive, or its directory is damaged: {reason}")]
    NotAnArchive { reason: String },
    #[error("the archive has {n} entries; at most {MAX_ENTRIES} are read")]
    TooMany { n: usize },
    #[error("\"{name}\" unpacks to more than {max} bytes, which is not read")]
    TooLarge { name: String, max: u64 },
    #[error("\"{name}\" cannot be unpacked: {reason}; pack the archive again with deflate")]
    Unsupported { name: String, reason: String },
    #[error("\"{name}\" is damaged: {reason}")]
    Damaged { name: String, reason: String },
}

/// An archive that is open for reading.
#[derive(Debug)]
pub struct Archive<'a> {
    zip: RefCell<ZipArchive<Cursor<&'a [u8]>>>,
    /// As they are written, and plain: small letters, `/` between the parts, nothing in front.
    names: Vec<(String, String)>,
    unpacked: Cell<u64>,
}

impl<'a> Archive<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        if bytes.is_empty() {
            return Err(ArchiveError::Empty);
        }
        if let Some(n) = promised_entries(bytes).filter(|n| *n > MAX_ENTRIES) {
            return Err(ArchiveError::TooMany { n });
        }
        let not_an_archive = |error: ZipError| ArchiveError::NotAnArchive { reason: error.to_string() };
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(not_an_archive)?;
        if zip.len() > MAX_ENTRIES {
            return Err(ArchiveError::TooMany { n: zip.len() });
        }
        // A name that is no text stays without one; nobody asks for it.
        let name = |at| zip.name_for_index(at).and_then(Result::ok).map(String::from).unwrap_or_default();
        let names = (0..zip.len()).map(name).map(|name: String| (name.clone(), plain(&name))).collect();
        Ok(Self { zip: RefCell::new(zip), names, unpacked: Cell::new(0) })
    }

    /// Names of the entries, as they are written.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| name.as_str())
    }

    /// The entry of a name: exactly, in other letters, or in a folder that should not be there.
    fn find(&self, name: &str) -> Option<usize> {
        let wanted = plain(name);
        let below = format!("/{wanted}");
        let lies_below = |plain: &str| plain.ends_with(&below) && !plain.starts_with("__macosx");
        let exact = self.names.iter().position(|(written, _)| written == name);
        exact.or_else(|| self.names.iter().position(|(_, plain)| *plain == wanted)).or_else(|| {
            let folded = self.names.iter().enumerate().filter(|(_, (_, plain))| lies_below(plain));
            folded.min_by_key(|(_, (_, plain))| plain.len()).map(|(at, _)| at)
        })
    }

    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The bytes of an entry, at most `max`; `None` where there is none of that name.
    pub fn read(&self, name: &str, max: u64) -> Result<Option<Vec<u8>>, ArchiveError> {
        let Some(at) = self.find(name) else { return Ok(None) };
        let damaged = |reason: String| ArchiveError::Damaged { name: name.to_owned(), reason };
        let mut zip = self.zip.borrow_mut();
        let entry = zip.by_index(at).map_err(|error| match error {
            ZipError::UnsupportedArchive(reason) => ArchiveError::Unsupported { name: name.to_owned(), reason: reason.to_string() },
            ZipError::InvalidPassword => ArchiveError::Unsupported { name: name.to_owned(), reason: "it is encrypted".to_owned() },
            error => damaged(error.to_string()),
        })?;
        let left = max.min(MAX_TOTAL.saturating_sub(self.unpacked.get()));
        let mut bytes = Vec::new();
        entry.take(left + 1).read_to_end(&mut bytes).map_err(|error| damaged(error.to_string()))?;
        self.unpacked.set(self.unpacked.get() + bytes.len() as u64);
        if bytes.len() as u64 > left {
            return Err(ArchiveError::TooLarge { name: name.to_owned(), max: left });
        }
        Ok(Some(bytes))
    }
}

fn plain(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches(['.', '/']).to_lowercase()
}

/// The number of entries that the end of the archive promises, so that a huge directory is refused before it is read.
fn promised_entries(bytes: &[u8]) -> Option<usize> {
    let tail = bytes.len().saturating_sub(65_557);
    let at = bytes[tail..].windows(4).rposition(|four| four == b"PK\x05\x06")? + tail;
    let count = bytes.get(at + 10..at + 12)?;
    Some(usize::from(u16::from_le_bytes([count[0], count[1]])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::formats::pack;

    #[test]
    fn a_huge_directory_is_refused_before_it_is_read() {
        let mut bytes = pack::zip([("a", b"x".as_slice())]).unwrap();
        let end = bytes.windows(4).rposition(|four| four == b"PK\x05\x06").unwrap();
        bytes[end + 10..end + 12].copy_from_slice(&60_000_u16.to_le_bytes());
        assert_eq!(Archive::open(&bytes).unwrap_err(), ArchiveError::TooMany { n: 60_000 });
    }

    #[test]
    fn no_entry_unpacks_to_more_than_was_asked_for() {
        let zeros = vec![0; 1 << 20];
        let bytes = pack::zip([("bomb", zeros.as_slice())]).unwrap();
        assert!(bytes.len() < 5000, "it packs well");
        let archive = Archive::open(&bytes).unwrap();
        assert_eq!(archive.read("bomb", 1000), Err(ArchiveError::TooLarge { name: "bomb".to_owned(), max: 1000 }));
        assert_eq!(archive.read("bomb", 1 << 20).unwrap().map(|it| it.len()), Some(1 << 20));
        assert_eq!(archive.unpacked.get(), 1001 + (1 << 20), "all reads count together");
    }

    #[test]
    fn names_are_found_in_other_letters_and_in_folders_but_not_among_a_macs_leftovers() {
        let bytes = pack::zip([("__MACOSX/b.xml", b"no".as_slice()), ("Folder\\B.XML", b"yes"), ("../x", b"up")]).unwrap();
        let archive = Archive::open(&bytes).unwrap();
        assert_eq!(archive.read("b.xml", 10).unwrap().as_deref(), Some(b"yes".as_slice()));
        assert!(archive.has("x") && !archive.has("c.xml") && archive.read("c.xml", 10) == Ok(None));
        assert_eq!(Archive::open(b"").unwrap_err(), ArchiveError::Empty);
    }
}
