//! Rows into a portable file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use uuid::Uuid;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::manifest::{self, Entry, Manifest, What};
use super::repoint::natural_id;
use super::{MAX_AUDIO_BYTES, PortableError};
use crate::document::ground::Ground;
use crate::document::image;
use crate::document::subject::Subject;
use crate::files;
use crate::registry::{Kind, Row, TableId, Value};

/// What to export, and where its files are.
pub struct Export<'a> {
    pub ground: &'a Ground,
    pub what: What,
    /// The bytes of a definition by its path below the library, where it is neither inside the program nor a record.
    pub definitions: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    /// Where a track's sound lies; nobody is asked unless sound is wanted.
    pub audio: Option<&'a dyn Fn(&Row) -> Option<PathBuf>>,
}

/// What went in, and what could not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// By table.
    pub rows: BTreeMap<TableId, usize>,
    pub n_definitions: usize,
    pub n_audio: usize,
    pub notes: Vec<String>,
}

/// Writes a whole file or none.
pub fn save(export: &Export, path: &Path) -> Result<Summary, PortableError> {
    files::write_atomic_with(path, |file| {
        let mut out = BufWriter::new(file);
        let summary = write(export, &mut out)?;
        out.flush()?;
        Ok(summary)
    })
}

/// Writes the archive.  Equal rows and files give equal bytes.
pub fn write(export: &Export, out: impl Write + Seek) -> Result<Summary, PortableError> {
    let mut summary = Summary::default();
    let rows = gather(export, &mut summary.notes)?;
    let mut archive = Archive { zip: ZipWriter::new(out), manifest: Manifest::new(export.what) };
    let mut tables: Vec<(TableId, &BTreeMap<Uuid, Row>)> = rows.iter().map(|(table, rows)| (*table, rows)).collect();
    tables.sort_by_key(|(table, _)| table.name());
    for (table, rows) in tables {
        archive.records(table, rows)?;
        summary.rows.insert(table, rows.len());
    }
    let mut definitions: BTreeMap<String, &Row> = BTreeMap::new();
    for row in rows.get(&TableId::FixtureDefinitions).into_iter().flat_map(BTreeMap::values) {
        let name = format!("definitions/{}.{}", row.text("sha256").unwrap_or_default(), row.text("format").unwrap_or_default());
        definitions.insert(name, row);
    }
    summary.n_definitions = definitions.len();
    for (name, row) in definitions {
        if let Value::Blob(bytes) = row.get("content") {
            archive.entry(&name, packed(), &mut &**bytes, None)?;
        }
    }
    for (name, path) in export.audio.map(|find| sounds(&rows, find, &mut summary.notes)).unwrap_or_default() {
        match archive.sound(&name, &path) {
            Ok(()) => summary.n_audio += 1,
            Err(PortableError::Open { path, source }) => summary.notes.push(format!("{path} is left out: {source}")),
            Err(error) => return Err(error),
        }
    }
    archive.finish()?;
    Ok(summary)
}

type Rows = BTreeMap<TableId, BTreeMap<Uuid, Row>>;

/// The rows that the file needs to stand alone.
fn gather(export: &Export, notes: &mut Vec<String>) -> Result<Rows, PortableError> {
    let ground = export.ground;
    let mut rows = Rows::new();
    match export.what {
        What::Show => {
            for table in TableId::all().filter(|table| table.def().kind == Kind::Document) {
                let all: BTreeMap<Uuid, Row> = ground.rows(table).map(|row| (row.id(), row.clone())).collect();
                if !all.is_empty() {
                    rows.insert(table, all);
                }
            }
        }
        What::Alone(subject) => {
            if manifest::kind_of(subject.table).is_none() {
                return Err(PortableError::NotAlone(subject));
            }
            if ground.get(subject.table, subject.id).is_none() {
                return Err(PortableError::NoSubject(subject));
            }
            take(ground, subject, &mut rows);
            if subject.table == TableId::Scores
                && let Some(score) = rows.get_mut(&TableId::Scores).and_then(|scores| scores.get_mut(&subject.id))
                && let Ok(nowhere) = score.with([("venue_id", Value::Null)])
            {
                // Sheet music for any venue: alone, a score does not say where it was written.
                *score = nowhere;
            }
        }
    }
    definitions(export, &mut rows, notes);
    Ok(rows)
}

/// A subject, and the subjects that it uses.
fn take(ground: &Ground, subject: Subject, rows: &mut Rows) {
    if rows.get(&subject.table).is_some_and(|rows| rows.contains_key(&subject.id)) {
        return;
    }
    let mut used = BTreeSet::new();
    for row in subject.rows(ground) {
        for (column, table) in
            [("pattern_id", TableId::Patterns), ("track_id", TableId::Tracks), ("category_id", TableId::PatternCategories)]
        {
            if let Ok(id) = row.uuid(column) {
                used.insert(Subject { table, id });
            }
        }
        rows.entry(row.table()).or_default().insert(row.id(), row);
    }
    for subject in used {
        take(ground, subject, rows);
    }
}

/// The definitions that the fixtures need: those on record, and those of this device's library folder.
fn definitions(export: &Export, rows: &mut Rows, notes: &mut Vec<String>) {
    let known: Vec<&Row> = export.ground.rows(TableId::FixtureDefinitions).collect();
    let mut needed: BTreeMap<String, &Row> = BTreeMap::new();
    for fixture in rows.get(&TableId::Fixtures).into_iter().flat_map(BTreeMap::values) {
        if let Ok(path) = fixture.text("fixture_path") {
            let sha256 = fixture.text("definition_sha256").unwrap_or_default();
            needed.entry(format!("{path}\0{sha256}")).or_insert(fixture);
        }
    }
    let mut found = Vec::new();
    for (key, fixture) in needed {
        let (path, sha256) = key.split_once('\0').unwrap_or((&key, ""));
        let same = |row: &&&Row| row.text("sha256") == Ok(sha256) || sha256.is_empty() && row.text("path") == Ok(path);
        if let Some(row) = known.iter().find(same) {
            found.push((*row).clone());
        } else if let Some(bytes) = (export.definitions)(path) {
            match definition(path, fixture, bytes) {
                Ok(row) => found.push(row),
                Err(reason) => notes.push(format!("the definition \"{path}\" is left out: {reason}")),
            }
        }
    }
    for row in found {
        rows.entry(TableId::FixtureDefinitions).or_default().insert(row.id(), row);
    }
}

fn definition(path: &str, fixture: &Row, bytes: Vec<u8>) -> Result<Row, String> {
    let format = match Path::new(path).extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("qxf") => "qxf",
        Some("json") => "ofl",
        Some("gdtf") => "gdtf",
        _ => return Err("its format is not known".into()),
    };
    let set = [
        ("id", Uuid::nil().into()),
        ("manufacturer", fixture.get("manufacturer").clone()),
        ("model", fixture.get("model").clone()),
        ("format", format.into()),
        ("path", path.into()),
        ("sha256", hex(&Sha256::digest(&bytes)).into()),
        ("content", Value::Blob(bytes.into())),
    ];
    let row = Row::new(TableId::FixtureDefinitions, set).map_err(|bad| bad.to_string())?;
    let id = natural_id(&row).unwrap_or_default();
    row.with([("id", id.into())]).map_err(|bad| bad.to_string())
}

/// Entry name and file of each track's sound.
fn sounds(rows: &Rows, find: &dyn Fn(&Row) -> Option<PathBuf>, notes: &mut Vec<String>) -> BTreeMap<String, PathBuf> {
    let mut sounds = BTreeMap::new();
    for track in rows.get(&TableId::Tracks).into_iter().flat_map(BTreeMap::values) {
        let Some(path) = find(track) else {
            notes.push(format!("the sound of \"{}\" is not on this device and so not in the file", crate::document::subject::title(track)));
            continue;
        };
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
        let plain = !extension.is_empty() && extension.len() <= 8 && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
        sounds.insert(format!("audio/{}.{}", track.id(), if plain { &extension } else { "audio" }), path);
    }
    sounds
}

struct Archive<W: Write + Seek> {
    zip: ZipWriter<W>,
    manifest: Manifest,
}

/// One instant for every entry, the first that a zip can say, and one level of packing.
fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
        .compression_method(CompressionMethod::Stored)
}

fn packed() -> SimpleFileOptions {
    stored().compression_method(CompressionMethod::Deflated).compression_level(Some(6))
}

impl<W: Write + Seek> Archive<W> {
    fn records(&mut self, table: TableId, rows: &BTreeMap<Uuid, Row>) -> Result<(), PortableError> {
        let mut lines = Lines { rows: rows.values(), started: false, line: Vec::new(), at: 0, ended: false };
        let name = format!("records/{}.json", table.name());
        self.entry(&name, packed(), &mut lines, Some(rows.len() as u64))
    }

    fn sound(&mut self, name: &str, path: &Path) -> Result<(), PortableError> {
        let open = |source| PortableError::Open { path: path.display().to_string(), source };
        let file = File::open(path).map_err(open)?;
        if file.metadata().map_err(open)?.len() > MAX_AUDIO_BYTES {
            return Err(open(io::Error::other("it is longer than 4 GiB")));
        }
        self.entry(name, stored(), &mut BufReader::new(file), None)
    }

    /// Copies `from` into a new entry and hashes it on the way: nothing is held in memory.
    fn entry(&mut self, name: &str, options: SimpleFileOptions, from: &mut dyn Read, rows: Option<u64>) -> Result<(), PortableError> {
        self.zip.start_file(name, options).map_err(zip_failed)?;
        let mut hash = Sha256::new();
        let mut bytes = 0_u64;
        let mut block = vec![0; 64 << 10];
        loop {
            let n_read = from.read(&mut block)?;
            if n_read == 0 {
                break;
            }
            hash.update(&block[..n_read]);
            bytes += n_read as u64;
            self.zip.write_all(&block[..n_read])?;
        }
        self.manifest.entries.insert(name.to_owned(), Entry { bytes, sha256: hex(&hash.finalize()), rows });
        Ok(())
    }

    fn finish(mut self) -> Result<(), PortableError> {
        let mut text = serde_json::to_string_pretty(&self.manifest).map_err(io::Error::from)?;
        text.push('\n');
        self.zip.start_file(manifest::NAME, packed()).map_err(zip_failed)?;
        self.zip.write_all(text.as_bytes())?;
        self.zip.finish().map_err(zip_failed)?;
        Ok(())
    }
}

/// The text of a `records` entry, made a row at a time as it is read.
struct Lines<I> {
    rows: I,
    started: bool,
    line: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<'a, I: Iterator<Item = &'a Row>> Lines<I> {
    fn next_line(&mut self) -> io::Result<()> {
        self.line.clear();
        self.at = 0;
        match self.rows.next() {
            Some(row) => {
                self.line.extend_from_slice(if self.started { b",\n" } else { b"[\n" });
                self.started = true;
                let mut json = image::to_json(row);
                if row.table() == TableId::FixtureDefinitions {
                    // The definition itself is an entry of its own.
                    json.remove("content");
                }
                serde_json::to_writer(&mut self.line, &json)?;
            }
            None if !self.ended => {
                self.line.extend_from_slice(if self.started { b"\n]\n" } else { b"[]\n" });
                self.ended = true;
            }
            None => {}
        }
        Ok(())
    }
}

impl<'a, I: Iterator<Item = &'a Row>> Read for Lines<I> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            self.next_line()?;
        }
        let n_read = (&self.line[self.at..]).read(into)?;
        self.at += n_read;
        Ok(n_read)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn zip_failed(error: zip::result::ZipError) -> PortableError {
    PortableError::Write(error.into())
}

impl From<io::Error> for PortableError {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}
