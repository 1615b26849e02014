//! `luma db import`: portable files and the predecessor's into the library, whole or not at all.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde_json::{Value as Json, json};

use super::library::{Editing, look, media};
use crate::cli::{refused, status as terminal};
use crate::document::ground::Ground;
use crate::document::history::Document;
use crate::document::subject;
use crate::store::legacy;
use crate::store::portable::{self, Choice, Plan, audio};

#[derive(Args)]
pub(super) struct Import {
    /// Files that Luma exported, or the old Luma's venues (*.luma) and its luma.db
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Only tell what would be done
    #[arg(long)]
    dry_run: bool,
    /// Make what is here already and differs what the file says, instead of adding a copy
    #[arg(long)]
    replace: bool,
    /// Where to put sounds that come with a file; beside the library where none is named
    #[arg(long, value_name = "FOLDER")]
    media: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What is imported into: the library, or what it would become.
enum Target {
    Asked(Document),
    Open { library: Editing, media: PathBuf },
}

impl Target {
    fn ground(&self) -> &Ground {
        match self {
            Self::Asked(document) => document.ground(),
            Self::Open { library, .. } => library.document.ground(),
        }
    }

    /// Whether it changed anything.
    fn take(&mut self, file: &Path, plan: &Plan) -> Result<bool> {
        match self {
            Self::Asked(document) => Ok(document.edit(&plan.transaction).map_err(refused)?.is_some()),
            // Only portable files have sounds; the others' transactions come back as they are.
            Self::Open { library, media } => library.edit(&audio::unpack(file, plan, media).map_err(refused)?),
        }
    }
}

impl Import {
    pub(super) fn run(&self, library: &Path) -> Result<()> {
        let mut target = if self.dry_run {
            Target::Asked(if library.exists() { look(library)? } else { Document::default() })
        } else {
            Target::Open { library: Editing::open(library)?, media: self.media.clone().unwrap_or_else(|| media(library)) }
        };
        let mut told = Vec::new();
        let mut n_changed = 0;
        // Each file is planned on what those before it have made of the library; nothing is written until all are.
        for file in self.in_order() {
            let plan = self.plan(file, target.ground())?;
            n_changed += usize::from(target.take(file, &plan)?);
            self.tell(file, &plan, &mut told)?;
        }
        if let Target::Open { library, .. } = target {
            library.save()?;
        }
        if self.json {
            writeln!(stdout(), "{}", json!({ "library": library, "dryRun": self.dry_run, "files": told, "changed": n_changed }))?;
        } else if self.dry_run {
            writeln!(stdout(), "Nothing was changed: this was only asked")?;
        }
        Ok(())
    }

    /// The predecessor's library before its venues, which name its patterns by number.
    fn in_order(&self) -> Vec<&Path> {
        let mut files: Vec<&Path> = self.files.iter().map(PathBuf::as_path).collect();
        files.sort_by_key(|file| legacy::is_legacy(file) && file.extension().is_some_and(|extension| extension == "luma"));
        files
    }

    fn plan(&self, file: &Path, ground: &Ground) -> Result<Plan> {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let told = |error: &dyn std::fmt::Display| refused(format!("{name}: {error}"));
        let bundle = if legacy::is_legacy(file) {
            legacy::read(file, ground).map_err(|error| told(&error))?.bundle
        } else {
            portable::open(file).map_err(|error| told(&error))?
        };
        let choice = if self.replace { Choice::Replace } else { Choice::Copy };
        portable::plan(&bundle, ground, choice, &format!("Import {name}")).map_err(|error| told(&error))
    }

    fn tell(&self, file: &Path, plan: &Plan, told: &mut Vec<Json>) -> Result<()> {
        if self.json {
            let items: Vec<Json> = plan
                .items
                .iter()
                .map(|item| json!({ "kind": subject::one(item.table), "id": item.id, "name": item.name, "outcome": format!("{:?}", item.outcome).to_lowercase(), "rows": item.n_rows }))
                .collect();
            told.push(json!({ "path": file, "items": items, "notes": plan.notes, "sounds": plan.sounds.len() }));
            return Ok(());
        }
        let mut out = stdout().lock();
        writeln!(out, "{}", file.display())?;
        for item in &plan.items {
            writeln!(out, "  {item}")?;
        }
        plan.notes.iter().for_each(|note| terminal::say(&format!("  {note}")));
        Ok(())
    }
}
