//! `luma db export`: the whole show, or a score, venue or pattern of it, as one file.

use std::fs;
use std::io::{Read, Write, stdout};
use std::path::{Component, Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde_json::{Map, Value as Json, json};

use super::library::{look, named};
use crate::cli::{refused, status as terminal};
use crate::registry::{Row, TableId};
use crate::store::portable::{self, What};

#[derive(Args)]
pub(super) struct Export {
    /// Where to; by custom a .lumashow, .lumascore, .lumavenue or .lumapattern
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// This score alone, with its track's header and its patterns
    #[arg(long, value_name = "NAME", group = "what")]
    score: Option<String>,
    /// This venue alone, with its definitions and the patterns of its cues
    #[arg(long, value_name = "NAME", group = "what")]
    venue: Option<String>,
    /// This pattern alone
    #[arg(long, value_name = "NAME", group = "what")]
    pattern: Option<String>,
    /// The sound of its tracks as well
    #[arg(long)]
    with_audio: bool,
    /// Where fixture definitions lie that are neither inside Luma nor in the library
    #[arg(long, value_name = "FOLDER")]
    definitions: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Export {
    pub(super) fn run(&self, library: &Path) -> Result<()> {
        let document = look(library)?;
        let ground = document.ground();
        let asked = [(&self.score, TableId::Scores), (&self.venue, TableId::Venues), (&self.pattern, TableId::Patterns)];
        let what = match asked.iter().find_map(|(name, table)| name.as_ref().map(|name| (name, *table))) {
            Some((name, table)) => What::Alone(named(ground, table, name)?),
            None => What::Show,
        };
        let definitions = |path: &str| self.definitions.as_deref().and_then(|folder| definition(folder, path));
        let sound = |track: &Row| track.text("file_path").ok().filter(|path| !path.is_empty()).map(PathBuf::from);
        let audio: Option<&dyn Fn(&Row) -> Option<PathBuf>> = if self.with_audio { Some(&sound) } else { None };
        let export = portable::Export { ground, what, definitions: &definitions, audio };
        let summary = portable::save(&export, &self.file).map_err(refused)?;
        if self.json {
            let rows: Map<String, Json> = summary.rows.iter().map(|(table, n)| (table.name().into(), json!(n))).collect();
            let told = json!({ "path": self.file, "rows": rows, "definitions": summary.n_definitions, "audio": summary.n_audio, "notes": summary.notes });
            writeln!(stdout(), "{told}")?;
            return Ok(());
        }
        summary.notes.iter().for_each(|note| terminal::say(note));
        let n_rows: usize = summary.rows.values().sum();
        let sounds = if summary.n_audio > 0 { format!(", {} sounds", summary.n_audio) } else { String::new() };
        writeln!(stdout(), "Wrote {}: {n_rows} rows, {} definitions{sounds}", self.file.display(), summary.n_definitions)?;
        Ok(())
    }
}

/// A definition's bytes below a folder; nothing that leads out of it, nothing longer than a definition is.
fn definition(folder: &Path, path: &str) -> Option<Vec<u8>> {
    if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return None;
    }
    let mut bytes = Vec::new();
    fs::File::open(folder.join(path)).ok()?.take(portable::MAX_DEFINITION_BYTES + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= portable::MAX_DEFINITION_BYTES).then_some(bytes)
}
