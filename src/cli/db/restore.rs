//! `luma db restore`: lists the backups, or puts one back.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::bytes;
use crate::cli::refused;
use crate::store::{backup, paths, upkeep};

#[derive(Args)]
pub(super) struct Restore {
    /// The backup: a name or number from the list, "newest", or a file
    #[arg(value_name = "BACKUP")]
    backup: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Restore {
    pub(super) fn run(&self, library: &Path) -> Result<()> {
        let backups = backup::list(library);
        let Some(wanted) = &self.backup else { return self.list(library, &backups) };
        let from = chosen(wanted, &backups, library)?;
        let aside = upkeep::restore(library, &from).map_err(refused)?;
        if self.json {
            writeln!(stdout(), "{}", json!({ "path": library, "restored": from, "before": aside }))?;
            return Ok(());
        }
        writeln!(stdout(), "{} is now what {} was", library.display(), from.display())?;
        if let Some(aside) = aside {
            writeln!(stdout(), "What was there before is kept as {}", aside.display())?;
        }
        Ok(())
    }

    fn list(&self, library: &Path, backups: &[backup::Backup]) -> Result<()> {
        let mut out = stdout().lock();
        if self.json {
            let each = |backup: &backup::Backup| json!({ "path": backup.path, "at": backup.at.to_string(), "why": backup.why.word(), "bytes": backup.bytes });
            writeln!(out, "{}", json!({ "path": library, "backups": backups.iter().map(each).collect::<Vec<_>>() }))?;
            return Ok(());
        }
        if backups.is_empty() {
            writeln!(out, "No backups in {} yet: `luma db backup` makes one", paths::backups(library).display())?;
            return Ok(());
        }
        for (at, backup) in backups.iter().enumerate() {
            let name = backup.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            writeln!(out, "{:>3}  {}  {:<9} {:>8}  {name}", at + 1, backup.at, backup.why.word(), bytes(backup.bytes))?;
        }
        writeln!(out, "Put one back with `luma db restore NAME`; what is there now is kept")?;
        Ok(())
    }
}

fn chosen(wanted: &str, backups: &[backup::Backup], library: &Path) -> Result<PathBuf> {
    let listed = match (wanted, wanted.parse::<usize>()) {
        ("newest", _) => backups.first(),
        (_, Ok(number)) => number.checked_sub(1).and_then(|at| backups.get(at)),
        (name, Err(_)) => backups.iter().find(|backup| backup.path.file_name().is_some_and(|file| *file == *name)),
    };
    if let Some(backup) = listed {
        return Ok(backup.path.clone());
    }
    let file = PathBuf::from(wanted);
    if file.is_file() && file != library {
        return Ok(file);
    }
    Err(refused(format!("there is no backup \"{wanted}\": `luma db restore` lists what there is")))
}
