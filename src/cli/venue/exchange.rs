//! `luma venue import` and `export`: rooms of other programs in and out, as MVR.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::super::{open, refused};
use crate::files;
use crate::venue::exchange::{Report, export};

#[derive(Args)]
pub(in crate::cli) struct Import {
    /// The MVR file
    file: PathBuf,
    /// The venue's file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Answer with a JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(in crate::cli) struct Export {
    /// A venue's file, or the name of a built-in venue
    venue: String,
    /// The MVR file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Answer with a JSON object
    #[arg(long)]
    json: bool,
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    files::write_atomic(path, bytes).map_err(|error| refused(format!("\"{}\" cannot be written: {error}", path.display())))
}

impl Import {
    pub(in crate::cli) fn run(&self) -> Result<()> {
        let stem = self.out.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let below = format!("{stem}-fixtures");
        let (imported, _) = open::room(&self.file, &format!("{below}/"))?;
        let folder = self.out.parent().unwrap_or(Path::new("")).join(&below);
        if !imported.files.is_empty() {
            std::fs::create_dir_all(&folder).map_err(|error| refused(format!("\"{}\" cannot be made: {error}", folder.display())))?;
        }
        for (path, bytes) in &imported.files {
            let name = path.rsplit('/').next().unwrap_or(path);
            write(&folder.join(name), bytes)?;
        }
        let mut text = serde_json::to_vec_pretty(&imported.venue)?;
        text.push(b'\n');
        write(&self.out, &text)?;
        let venue = &imported.venue;
        let counts = json!({
            "fixtures": venue.fixtures.len(), "groups": venue.groups.len(), "scenery": venue.scenery.len(),
            "definitions": imported.n_definitions(),
        });
        let line = format!(
            "{} fixtures in {} groups, {} definitions, {} pieces of scenery written to \"{}\"",
            venue.fixtures.len(),
            venue.groups.len(),
            imported.n_definitions(),
            venue.scenery.len(),
            self.out.display(),
        );
        answer(self.json, counts, line, &imported.report)
    }
}

impl Export {
    pub(in crate::cli) fn run(&self) -> Result<()> {
        let (venue, library) = open::open_venue(&self.venue)?;
        let (bytes, report) = export::export(&venue, &library).map_err(refused)?;
        write(&self.out, &bytes)?;
        let counts = json!({"fixtures": venue.fixtures.len(), "scenery": venue.scenery.len(), "bytes": bytes.len()});
        let line = format!(
            "{} fixtures and {} pieces of scenery written to \"{}\"",
            venue.fixtures.len(),
            venue.scenery.len(),
            self.out.display()
        );
        answer(self.json, counts, line, &report)
    }
}

fn answer(as_json: bool, mut counts: serde_json::Value, line: String, report: &Report) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if as_json {
        counts["notes"] = report.notes.iter().cloned().collect();
        writeln!(out, "{counts}")?;
    } else {
        report.notes.iter().try_for_each(|note| writeln!(out, "{note}"))?;
        writeln!(out, "{line}")?;
    }
    Ok(())
}
