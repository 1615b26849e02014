//! One definition file, with what stands beside it.
//!
//! A file of the Open Fixture Library does not name its maker and may be another name for a device in another file: the
//! folder two above it has the list of makers, and below it lies what a redirect leads to.

use std::path::Path;

use super::folder;
use crate::venue::formats::definition::Definition;
use crate::venue::formats::ofl::{self, OflError};
use crate::venue::formats::{self, FormatError};

/// Why a file gives no definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("it cannot be opened: {0}")]
    Unreadable(String),
    #[error(transparent)]
    Broken(#[from] FormatError),
}

/// The definition in the file at `path`, and the bytes that it came from.
pub fn read_with_bytes(path: &Path) -> Result<(Definition, Vec<u8>), FileError> {
    let open = |path: &Path| folder::read_bounded(path).map_err(|error| FileError::Unreadable(error.to_string()));
    let (name, bytes) = (path.to_string_lossy(), open(path)?);
    let error = match formats::read(&name, &bytes) {
        Ok(mut definition) => {
            name_maker(path, &mut definition);
            return Ok((definition, bytes));
        }
        Err(error) => error,
    };
    // The folder that holds the makers' folders.
    let library = path.parent().and_then(Path::parent);
    if let (FormatError::Ofl(OflError::Redirect { name, to }), Some(library)) = (&error, library)
        && is_plain(to)
    {
        let target = library.join(format!("{to}.json"));
        if let Ok(bytes) = open(&target) {
            // A redirect that leads to another one is refused like one that leads nowhere.
            let mut definition = formats::read(&target.to_string_lossy(), &bytes)?;
            name_maker(path, &mut definition);
            definition.model.clone_from(name);
            return Ok((definition, bytes));
        }
    }
    Err(error.into())
}

pub fn read(path: &Path) -> Result<Definition, FileError> {
    read_with_bytes(path).map(|(definition, _)| definition)
}

/// `maker/device` and nothing that leads elsewhere.
fn is_plain(to: &str) -> bool {
    to.split('/').count() == 2 && to.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '/'))
}

/// Calls the maker what the library's list calls it.
fn name_maker(path: &Path, definition: &mut Definition) {
    if formats::extension(&path.to_string_lossy()) != "json" {
        return;
    }
    let list = path.parent().and_then(Path::parent).map(|library| library.join(ofl::MAKERS)).filter(|list| list.is_file());
    let makers = list.and_then(|list| folder::read_bounded(&list).ok()).and_then(|bytes| ofl::makers(&bytes).ok());
    let key = ofl::folder_of(&path.to_string_lossy());
    if let Some(name) = makers.as_ref().zip(key.as_ref()).and_then(|(makers, key)| makers.get(key)) {
        definition.manufacturer.clone_from(name);
    }
}
