//! Where definitions come from: the user's own folder, folders that were added, a QLC+ that is installed, the program.
//!
//! In this order: a path is looked for in the first one first.  The list of added folders lies in the own folder, as
//! `sources.json`; JSON definitions of one's own lie in `ofl/` there, with a list of makers as the Open Fixture Library has it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{file, folder};
use crate::files;
use crate::venue::formats::{self, ofl};

/// A list is never longer than this.
const MAX_FOLDERS: usize = 64;

/// Where the platform keeps an application's own files, unless `LUMA_FIXTURES` and `LUMA_CACHE` name other folders.
#[derive(Clone, Debug)]
pub struct Places {
    /// The user's own definitions.
    pub own: PathBuf,
    /// Indexes: may be deleted at any time.
    pub cache: PathBuf,
    /// Libraries of QLC+, where there are any.
    pub system: Vec<PathBuf>,
}

impl Places {
    /// `None` where the system has no home for the user.
    pub fn platform() -> Option<Self> {
        let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let dirs = directories::ProjectDirs::from("", "", "luma");
        let own = named("LUMA_FIXTURES").or_else(|| dirs.as_ref().map(|dirs| dirs.data_dir().join("fixtures")))?;
        let cache = named("LUMA_CACHE").or_else(|| dirs.as_ref().map(|dirs| dirs.cache_dir().to_owned()))?;
        let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()).unwrap_or_default();
        let system = [
            home.join(".qlcplus/fixtures"),
            home.join("Library/Application Support/QLC+/Fixtures"),
            home.join("QLC+/Fixtures"),
            "/usr/share/qlcplus/fixtures".into(),
            "/usr/local/share/qlcplus/fixtures".into(),
            "/Applications/QLC+.app/Contents/Resources/Fixtures".into(),
            "C:/QLC+/Fixtures".into(),
        ];
        Some(Self { own, cache, system: system.into_iter().filter(|folder| folder.is_dir()).collect() })
    }

    /// Where the index of a folder is kept.
    pub fn index_of(&self, folder: &Path) -> PathBuf {
        let name = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, folder.as_os_str().as_encoded_bytes());
        self.cache.join("fixtures").join(format!("{}.json", name.simple()))
    }

    /// Every folder, the first to win first; and what is wrong with the list.
    pub fn folders(&self) -> (Vec<Source>, Option<String>) {
        let (added, problem) = match self.added() {
            Ok(added) => (added, None),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        let own = self.own.is_dir().then(|| Source { origin: Origin::Own, folder: self.own.clone() });
        let added = added.into_iter().map(|folder| Source { origin: Origin::Added, folder });
        let system = self.system.iter().map(|folder| Source { origin: Origin::System, folder: folder.clone() });
        (own.into_iter().chain(added).chain(system).collect(), problem)
    }

    fn list(&self) -> PathBuf {
        self.own.join("sources.json")
    }

    fn added(&self) -> Result<Vec<PathBuf>, String> {
        let path = self.list();
        let bytes = match folder::read_bounded(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(format!("the list of folders \"{}\" cannot be opened: {error}", path.display())),
        };
        let list: List = serde_json::from_slice(&bytes)
            .map_err(|error| format!("the list of folders \"{}\" cannot be read: {error}; mend or delete it", path.display()))?;
        Ok(list.folders.into_iter().take(MAX_FOLDERS).collect())
    }

    fn write(&self, folders: Vec<PathBuf>) -> Result<(), String> {
        let path = self.list();
        let written = fs::create_dir_all(&self.own)
            .and_then(|()| Ok(serde_json::to_vec_pretty(&List { folders })?))
            .and_then(|bytes| files::write_atomic(&path, &bytes));
        written.map_err(|error| format!("the list of folders \"{}\" cannot be written: {error}", path.display()))
    }

    /// Adds a folder to the list.
    pub fn add_folder(&self, folder: &Path) -> Result<PathBuf, String> {
        let folder = fs::canonicalize(folder).map_err(|error| format!("the folder \"{}\" cannot be opened: {error}", folder.display()))?;
        let mut folders = self.added()?;
        if folders.len() >= MAX_FOLDERS {
            return Err(format!("there are {MAX_FOLDERS} folders in the list already; remove one first"));
        }
        if !folders.contains(&folder) {
            folders.push(folder.clone());
            self.write(folders)?;
        }
        Ok(folder)
    }

    /// Takes a folder off the list; its files stay.
    pub fn remove_folder(&self, folder: &Path) -> Result<(), String> {
        let name = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let mut folders = self.added()?;
        let n_before = folders.len();
        folders.retain(|listed| *listed != name && listed != folder);
        if folders.len() == n_before {
            return Err(format!("the folder \"{}\" is not in the list", folder.display()));
        }
        self.write(folders)
    }

    /// Copies one definition into the own folder, below its maker; answers its path there.
    pub fn add_file(&self, path: &Path) -> Result<String, String> {
        let shown = path.display();
        let (definition, mut bytes) =
            file::read_with_bytes(path).map_err(|error| format!("the definition \"{shown}\" cannot be read: {error}"))?;
        let name = |text: &str| text.chars().map(|sign| if sign.is_alphanumeric() { sign } else { '-' }).take(80).collect::<String>();
        let extension = formats::extension(&shown.to_string());
        let begins = if bytes.starts_with(b"PK") { "gdtf" } else { "qxf" };
        let extension = formats::EXTENSIONS.iter().find(|known| **known == extension).unwrap_or(&begins);
        let (maker, model) = (name(&definition.manufacturer), name(&definition.model));
        // JSON gets a library of its own, whose list keeps the maker's name.
        let below = if *extension == "json" {
            bytes = with_name(&bytes, &definition.model).unwrap_or(bytes);
            self.list_maker(&maker, &definition.manufacturer)?;
            "ofl/"
        } else {
            ""
        };
        let path = format!("{below}{maker}/{model}.{extension}");
        let target = self.own.join(&path);
        let folder = target.parent().unwrap_or(&self.own);
        let written = fs::create_dir_all(folder).and_then(|()| files::write_atomic(&target, &bytes));
        written.map(|()| path).map_err(|error| format!("\"{}\" cannot be written: {error}", target.display()))
    }

    /// Notes what a maker's folder among the user's own JSON files is called.
    fn list_maker(&self, key: &str, name: &str) -> Result<(), String> {
        let list = self.own.join("ofl").join(ofl::MAKERS);
        let mut makers: serde_json::Map<String, serde_json::Value> =
            folder::read_bounded(&list).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        makers.insert(key.to_owned(), serde_json::json!({ "name": name }));
        let written = fs::create_dir_all(self.own.join("ofl"))
            .and_then(|()| Ok(serde_json::to_vec_pretty(&makers)?))
            .and_then(|bytes| files::write_atomic(&list, &bytes));
        written.map_err(|error| format!("the list of makers \"{}\" cannot be written: {error}", list.display()))
    }
}

/// JSON of a device under the name that it was found by: what a redirect leads to is called otherwise.
fn with_name(bytes: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut root: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes).ok()?;
    if root.get("name").and_then(serde_json::Value::as_str) == Some(name) {
        return None;
    }
    root.insert("name".to_owned(), name.into());
    serde_json::to_vec_pretty(&root).ok()
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct List {
    folders: Vec<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub origin: Origin,
    pub folder: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Own,
    Added,
    System,
    BuiltIn,
}

impl Origin {
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Added => "added",
            Self::System => "QLC+",
            Self::BuiltIn => "built in",
        }
    }
}
