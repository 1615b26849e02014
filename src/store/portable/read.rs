//! A portable file into rows, believing nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Component, Path};
use std::sync::Arc;

use serde::Deserializer as _;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zip::ZipArchive;
use zip::result::ZipError;

use super::manifest::{self, Entry, FORMAT, Manifest, What};
use super::write::hex;
use super::{
    MAX_AUDIO_BYTES, MAX_DEFINITION_BYTES, MAX_ENTRIES, MAX_MANIFEST_BYTES, MAX_RECORDS_BYTES, MAX_ROWS, MAX_TOTAL_BYTES, PortableError,
};
use crate::document::image;
use crate::registry::{Kind, Row, TableId, Value};

/// What a file holds, ready to be planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    pub what: What,
    /// By table, parents first; then by id.
    pub rows: BTreeMap<TableId, Vec<Row>>,
    pub sounds: Vec<SoundEntry>,
    /// What this build does not know, in words: it is not carried over.
    pub notes: Vec<String>,
    /// Whether rows may belong to what is not in the bundle but in the library, as in files of the predecessor.
    pub loose: bool,
}

/// Sound of a track, still packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundEntry {
    pub entry: String,
    pub track: Uuid,
    pub extension: String,
    pub bytes: u64,
    pub sha256: String,
}

/// Reads a file, all but its sounds.
pub fn open(path: &Path) -> Result<Bundle, PortableError> {
    let file = File::open(path).map_err(|source| PortableError::Open { path: path.display().to_string(), source })?;
    read(BufReader::new(file))
}

pub fn read(from: impl Read + Seek) -> Result<Bundle, PortableError> {
    let mut file = Archive::open(from)?;
    let mut contents: HashMap<String, Arc<[u8]>> = HashMap::new();
    for (name, entry) in file.listed("definitions/") {
        let sha256 = name["definitions/".len()..].split('.').next().unwrap_or_default().to_owned();
        let bytes = file.bytes(&name, &entry, MAX_DEFINITION_BYTES)?;
        if sha256 != entry.sha256 {
            return Err(PortableError::broken(name, "its name is not the hash of what it holds"));
        }
        contents.insert(sha256, bytes.into());
    }
    let mut bundle = Bundle { what: file.manifest.what()?, rows: BTreeMap::new(), sounds: Vec::new(), notes: Vec::new(), loose: false };
    let mut n_rows = 0;
    for (name, entry) in file.listed("records/") {
        let table = name["records/".len()..].trim_end_matches(".json");
        let Some(table) = TableId::named(table).filter(|table| table.def().kind == Kind::Document) else {
            bundle
                .notes
                .push(format!("{name} ({} rows) is of a kind that this Luma does not know and is left out", entry.rows.unwrap_or(0)));
            continue;
        };
        let text = file.bytes(&name, &entry, MAX_RECORDS_BYTES)?;
        let rows = records(table, &name, &text, &contents, &mut bundle.notes)?;
        n_rows += rows.len();
        if n_rows > MAX_ROWS {
            return Err(PortableError::TooLarge { entry: "the number of rows".into(), limit: MAX_ROWS.to_string() });
        }
        bundle.rows.insert(table, rows);
    }
    for (name, entry) in file.listed("audio/") {
        bundle.sounds.push(sound(&name, entry)?);
    }
    if let What::Alone(subject) = bundle.what
        && !bundle.rows.get(&subject.table).into_iter().flatten().any(|row| row.id() == subject.id)
    {
        return Err(PortableError::broken(manifest::NAME, format!("it is of {subject}, which the file does not hold")));
    }
    bundle.notes.extend(file.notes);
    Ok(bundle)
}

/// An open archive and its checked table of contents.
pub(super) struct Archive<R> {
    zip: ZipArchive<R>,
    manifest: Manifest,
    /// How much more may be unpacked.
    left_bytes: u64,
    notes: Vec<String>,
}

impl<R: Read + Seek> Archive<R> {
    pub(super) fn open(from: R) -> Result<Self, PortableError> {
        let mut zip = ZipArchive::new(from).map_err(|error| PortableError::NotPortable(error.to_string()))?;
        if zip.len() > MAX_ENTRIES {
            return Err(PortableError::TooLarge { entry: "the number of entries".into(), limit: MAX_ENTRIES.to_string() });
        }
        let text = unpack(&mut zip, manifest::NAME, MAX_MANIFEST_BYTES).map_err(|error| match error {
            PortableError::Broken { reason, .. } => PortableError::NotPortable(format!("{}: {reason}", manifest::NAME)),
            other => other,
        })?;
        let manifest = manifest_of(&text)?;
        let mut notes = Vec::new();
        for name in zip.file_names() {
            let name = name.map_err(|error| PortableError::NotPortable(error.to_string()))?;
            if name != manifest::NAME && !manifest.entries.contains_key(&*name) {
                notes.push(format!("\"{}\" is not in the table of contents and is left out", shown(&name)));
            }
        }
        notes.sort();
        for name in manifest.entries.keys() {
            check_name(name)?;
            if zip.index_for_name(name).is_none() {
                return Err(PortableError::broken(name, "the table of contents names it, but it is not there"));
            }
        }
        for name in manifest.entries.keys().filter(|name| !["records/", "definitions/", "audio/"].iter().any(|kind| name.starts_with(kind)))
        {
            notes.push(format!("\"{name}\" is of a kind that this Luma does not know and is left out"));
        }
        Ok(Self { zip, manifest, left_bytes: MAX_TOTAL_BYTES, notes })
    }

    fn listed(&self, kind: &str) -> Vec<(String, Entry)> {
        let entries = self.manifest.entries.iter().filter(|(name, _)| name.starts_with(kind));
        entries.map(|(name, entry)| (name.clone(), entry.clone())).collect()
    }

    fn bytes(&mut self, name: &str, entry: &Entry, limit: u64) -> Result<Vec<u8>, PortableError> {
        let bytes = unpack(&mut self.zip, name, limit.min(self.left_bytes))?;
        self.left_bytes -= bytes.len() as u64;
        if bytes.len() as u64 != entry.bytes || hex(&Sha256::digest(&bytes)) != entry.sha256 {
            return Err(PortableError::broken(name, "it is not what was written there (its hash differs)"));
        }
        Ok(bytes)
    }

    /// Unpacks a sound into `out`, whole and as it was, or says why not.
    pub(super) fn sound(&mut self, sound: &SoundEntry, out: &mut dyn io::Write) -> Result<(), PortableError> {
        let entry = self.zip.by_name(&sound.entry).map_err(|error| entry_failed(&sound.entry, error))?;
        let mut from = entry.take(sound.bytes.min(MAX_AUDIO_BYTES) + 1);
        let (mut hash, mut n_bytes, mut block) = (Sha256::new(), 0_u64, vec![0; 64 << 10]);
        loop {
            let n_read = from.read(&mut block).map_err(|error| PortableError::broken(&sound.entry, error))?;
            if n_read == 0 {
                break;
            }
            hash.update(&block[..n_read]);
            n_bytes += n_read as u64;
            out.write_all(&block[..n_read])?;
        }
        if n_bytes != sound.bytes || hex(&hash.finalize()) != sound.sha256 {
            return Err(PortableError::broken(&sound.entry, "it is not what was written there (its hash differs)"));
        }
        Ok(())
    }
}

/// Whatever size the archive claims, no more than `limit` is unpacked.
fn unpack<R: Read + Seek>(zip: &mut ZipArchive<R>, name: &str, limit: u64) -> Result<Vec<u8>, PortableError> {
    let entry = zip.by_name(name).map_err(|error| entry_failed(name, error))?;
    let mut bytes = Vec::new();
    entry.take(limit + 1).read_to_end(&mut bytes).map_err(|error| PortableError::broken(name, error))?;
    if bytes.len() as u64 > limit {
        return Err(PortableError::TooLarge { entry: name.to_owned(), limit: format!("{} MiB", limit >> 20) });
    }
    Ok(bytes)
}

fn entry_failed(name: &str, error: ZipError) -> PortableError {
    match error {
        ZipError::FileNotFound => PortableError::broken(name, "it is not there"),
        error => PortableError::broken(name, error),
    }
}

fn manifest_of(text: &[u8]) -> Result<Manifest, PortableError> {
    let not_ours = |reason: String| PortableError::NotPortable(format!("{}: {reason}", manifest::NAME));
    // The format first: what else a newer manifest holds may have another shape.
    let loose: Map<String, Json> = serde_json::from_slice(text).map_err(|error| not_ours(error.to_string()))?;
    if loose.get("luma").and_then(Json::as_str) != Some("portable") {
        return Err(not_ours("it does not say that it is Luma's".into()));
    }
    match loose.get("format").and_then(Json::as_u64) {
        Some(1..=FORMAT) => {}
        Some(format) if format > FORMAT => return Err(PortableError::Newer { format }),
        _ => return Err(not_ours("it does not say its format".into())),
    }
    serde_json::from_value(Json::Object(loose)).map_err(|error| PortableError::broken(manifest::NAME, error))
}

/// Nothing is ever unpacked by the name that a file gives; a name that tries is a sign of what the file is.
fn check_name(name: &str) -> Result<(), PortableError> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if !inside || name.contains(['\\', ':', '\0']) {
        return Err(PortableError::broken(format!("\"{}\"", shown(name)), "the name leads out of the file"));
    }
    Ok(())
}

/// A name as it may be shown: short, on one line.
fn shown(name: &str) -> String {
    name.chars().take(80).map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}

fn records(
    table: TableId,
    name: &str,
    text: &[u8],
    contents: &HashMap<String, Arc<[u8]>>,
    notes: &mut Vec<String>,
) -> Result<Vec<Row>, PortableError> {
    let mut collect = Collect { table, contents, rows: Vec::new(), unknown: BTreeMap::new() };
    let mut json = serde_json::Deserializer::from_slice(text);
    json.deserialize_seq(&mut collect).and_then(|()| json.end()).map_err(|error| PortableError::broken(name, error))?;
    for (column, n) in collect.unknown {
        notes.push(format!("{name}: this Luma does not know \"{}\", which {n} of the rows have; it is left out", shown(&column)));
    }
    let ids: BTreeSet<Uuid> = collect.rows.iter().map(Row::id).collect();
    if ids.len() < collect.rows.len() {
        return Err(PortableError::broken(name, "two of its rows have one id"));
    }
    collect.rows.sort_by_key(Row::id);
    Ok(collect.rows)
}

/// Rows one by one, so that the JSON of a large table is never held as a tree.
struct Collect<'a> {
    table: TableId,
    contents: &'a HashMap<String, Arc<[u8]>>,
    rows: Vec<Row>,
    unknown: BTreeMap<String, usize>,
}

impl<'de> Visitor<'de> for &mut Collect<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(json) = list.next_element::<Map<String, Json>>()? {
            let (row, unknown) = self.row(json).map_err(A::Error::custom)?;
            for column in unknown {
                *self.unknown.entry(column).or_default() += 1;
            }
            self.rows.push(row);
            if self.rows.len() > MAX_ROWS {
                return Err(A::Error::custom(format!("more than {MAX_ROWS} rows")));
            }
        }
        Ok(())
    }
}

impl Collect<'_> {
    fn row(&self, mut json: Map<String, Json>) -> Result<(Row, Vec<String>), String> {
        let words = |bad: crate::registry::BadRow| bad.to_string();
        if self.table != TableId::FixtureDefinitions {
            return image::from_json(self.table, json).map_err(words);
        }
        json.insert("content".into(), Json::String(String::new()));
        let (row, unknown) = image::from_json(self.table, json).map_err(words)?;
        let sha256 = row.text("sha256").map_err(words)?;
        let Some(content) = self.contents.get(sha256) else {
            return Err(format!("the definition {} {} is not in the file", row.get("manufacturer"), row.get("model")));
        };
        let path = row.text("path").map_err(words)?;
        if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err(format!("the definition's path \"{}\" leads out of the library", shown(path)));
        }
        Ok((row.with([("content", Value::Blob(content.clone()))]).map_err(words)?, unknown))
    }
}

fn sound(name: &str, entry: Entry) -> Result<SoundEntry, PortableError> {
    let (track, extension) = name["audio/".len()..].split_once('.').unwrap_or_default();
    let plain = !extension.is_empty() && extension.len() <= 8 && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let track = Uuid::try_parse(track).ok().filter(|_| plain);
    let track = track.ok_or_else(|| PortableError::broken(name, "it is not named after a track"))?;
    if entry.bytes > MAX_AUDIO_BYTES {
        return Err(PortableError::TooLarge { entry: name.to_owned(), limit: "4 GiB".into() });
    }
    Ok(SoundEntry { entry: name.to_owned(), track, extension: extension.to_owned(), bytes: entry.bytes, sha256: entry.sha256 })
}
