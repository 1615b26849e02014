//! Fixture definitions by path, from folders and from the set inside the program.
//!
//! A path such as `luma/Luma-Par-RGBW.qxf` is looked for in the folders first, in their order, so that a user's own file
//! wins.  Files are read once, when first asked for, and kept with the kinds made of them.  [`catalogue`] finds paths by what
//! the definitions can do, [`sources`] knows the folders.

mod builtin;
pub mod catalogue;
pub mod file;
pub mod folder;
pub mod index;
mod own;
pub mod query;
pub mod sources;
pub mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::formats::definition::Definition;
use super::formats::{self, FormatError};
use super::lower;
use crate::engine::rig::kind::FixtureKind;
use file::FileError;
use sources::Places;

/// Why a definition or one of its modes cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LibraryError {
    #[error("there is no definition \"{path}\"; the built-in ones are in `luma/`, others go into the library folder")]
    NoDefinition { path: String },
    #[error("the definition \"{path}\" cannot be opened: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("the definition \"{path}\" leads out of the library; write it relative to the library folder")]
    Outside { path: String },
    #[error("the definition \"{path}\" cannot be read: {source}")]
    Broken { path: String, source: FormatError },
    #[error("\"{path}\" has no mode \"{mode}\"; it has {modes}")]
    NoMode { path: String, mode: String, modes: String },
}

#[derive(Debug, Default)]
pub struct Library {
    folders: Vec<PathBuf>,
    /// Files that came with a room instead of a folder; they win over all others.
    held: BTreeMap<String, Vec<u8>>,
    /// Where the folders come from and their indexes are, where that is known.
    places: Option<Places>,
    read: Mutex<BTreeMap<String, Arc<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    definition: Result<Arc<Definition>, LibraryError>,
    kinds: Mutex<BTreeMap<String, Arc<FixtureKind>>>,
}

impl Library {
    /// The set inside the program alone.
    pub fn builtin() -> Self {
        Self::default()
    }

    /// A folder, with the set inside the program behind it.
    pub fn with_folder(folder: impl Into<PathBuf>) -> Self {
        Self::with_folders([folder.into()])
    }

    /// Folders, the first to win first, with the set inside the program behind them.
    pub fn with_folders(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { folders: folders.into_iter().collect(), ..Self::default() }
    }

    /// The same with files that are in no folder.
    pub fn holding(mut self, files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        self.held.extend(files);
        self
    }

    /// Paths of the definitions inside the program, sorted.
    pub fn builtin_paths() -> impl Iterator<Item = &'static str> {
        builtin::DEFINITIONS.iter().map(|(path, _)| *path)
    }

    pub fn definition(&self, path: &str) -> Result<Arc<Definition>, LibraryError> {
        self.entry(path).definition.clone()
    }

    pub fn kind(&self, path: &str, mode_name: &str) -> Result<Arc<FixtureKind>, LibraryError> {
        let entry = self.entry(path);
        let definition = entry.definition.clone()?;
        let Some(mode) = definition.mode(mode_name) else {
            let modes = definition.modes.iter().map(|mode| format!("\"{}\"", mode.name)).collect::<Vec<_>>().join(", ");
            return Err(LibraryError::NoMode { path: path.to_owned(), mode: mode_name.to_owned(), modes });
        };
        let mut kinds = entry.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kinds.entry(mode.name.clone()).or_insert_with(|| Arc::new(lower::kind::kind(&definition, mode).0));
        Ok(kind.clone())
    }

    fn entry(&self, path: &str) -> Arc<Entry> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = read.get(path) {
            return entry.clone();
        }
        let entry = Arc::new(Entry { definition: self.read(path).map(Arc::new), kinds: Mutex::default() });
        read.insert(path.to_owned(), entry.clone());
        entry
    }

    fn read(&self, path: &str) -> Result<Definition, LibraryError> {
        let broken = |source| LibraryError::Broken { path: path.to_owned(), source };
        if let Some(file) = self.file(path)? {
            return file::read(&file).map_err(|error| match error {
                FileError::Unreadable(reason) => LibraryError::Unreadable { path: path.to_owned(), reason },
                FileError::Broken(source) => broken(source),
            });
        }
        formats::read(path, &self.bytes(path)?).map_err(broken)
    }

    /// Where a definition lies, unless it is held or inside the program.
    fn file(&self, path: &str) -> Result<Option<PathBuf>, LibraryError> {
        if self.held.contains_key(path) {
            return Ok(None);
        }
        if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err(LibraryError::Outside { path: path.to_owned() });
        }
        Ok(self.folders.iter().map(|folder| folder.join(path)).find(|file| file.is_file()))
    }

    /// The file of a definition, as it is.
    pub fn bytes(&self, path: &str) -> Result<Vec<u8>, LibraryError> {
        if let Some(bytes) = self.held.get(path) {
            return Ok(bytes.clone());
        }
        if let Some(file) = self.file(path)? {
            return folder::read_bounded(&file)
                .map_err(|error| LibraryError::Unreadable { path: path.to_owned(), reason: error.to_string() });
        }
        let text = builtin::DEFINITIONS.iter().find(|(name, _)| *name == path).map(|(_, text)| text.as_bytes().to_vec());
        text.ok_or_else(|| LibraryError::NoDefinition { path: path.to_owned() })
    }
}
