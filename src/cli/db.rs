//! `luma db`: the library as a file: make it, look at it, back it up, put it back, and what goes in and out of it.

mod check;
mod export;
mod import;
mod library;
mod reset;
mod restore;
mod status;
mod typing;
mod versions;

use std::io::{Write, stdout};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{refused, status as terminal};
use crate::store::{paths, upkeep};

#[derive(Args)]
pub(super) struct DbVerb {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Make the library, where there is none yet
    Init(Plain),
    /// Tell where the library is, what is in it, and which backups there are
    Status(Plain),
    /// Bring a library of an older Luma up to date, with a backup before
    Migrate(Plain),
    /// Make a backup now; a running Luma goes on meanwhile
    Backup(Plain),
    /// Put a backup back; without one, list them
    Restore(restore::Restore),
    /// Look at every page, row and backup
    Check(Plain),
    /// Write the whole show, or a score, venue or pattern of it, as one file
    Export(export::Export),
    /// Take in files that Luma exported, and those of the old Luma
    Import(import::Import),
    /// Named versions of a venue, score or pattern: save, list, compare, restore
    Versions(versions::Versions),
    /// Begin the library anew; asks for its name first, and keeps a backup
    Reset(Plain),
    /// Debug: edit at random and tell what is saved
    #[command(hide = true)]
    Type(typing::Type),
}

#[derive(Args)]
struct Plain {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Which library: `--db FILE`, else the variable `LUMA_DB`, else the platform's place.
pub(super) fn library(given: Option<&PathBuf>) -> Result<PathBuf> {
    let path = paths::library(given.map(PathBuf::as_path));
    path.ok_or_else(|| refused("this system has no place for an application's data: name the library with --db FILE or in LUMA_DB"))
}

impl DbVerb {
    pub(super) fn run(&self, given: Option<&PathBuf>) -> Result<()> {
        let library = std::path::absolute(library(given)?).context("the library's path")?;
        let shown = library.display();
        match &self.verb {
            Verb::Init(plain) => {
                let made = upkeep::init(&library).map_err(refused)?;
                let text = if made { format!("Made {shown}") } else { format!("{shown} is already there; nothing was changed") };
                say(plain, &json!({ "path": library, "made": made }), &text)
            }
            Verb::Status(plain) => status::run(&library, plain),
            Verb::Migrate(plain) => {
                let (from, to, notices) = upkeep::migrate(&library).map_err(refused)?;
                notices.iter().for_each(|notice| terminal::say(notice));
                let text = match from {
                    Some(from) if from == to => format!("{shown} is up to date (step {to})"),
                    Some(from) => format!(
                        "{shown} was brought from step {from} to {to}; a backup from before lies in {}",
                        paths::backups(&library).display()
                    ),
                    None => format!("{shown} is now at step {to}"),
                };
                say(plain, &json!({ "path": library, "from": from, "to": to, "notices": notices }), &text)
            }
            Verb::Backup(plain) => {
                let backup = upkeep::back_up(&library)?;
                let text = format!("Backup made and checked: {} ({})", backup.path.display(), bytes(backup.bytes));
                say(plain, &json!({ "path": backup.path, "bytes": backup.bytes, "at": backup.at.to_string() }), &text)
            }
            Verb::Restore(restore) => restore.run(&library),
            Verb::Check(plain) => check::run(&library, plain),
            Verb::Export(export) => export.run(&library),
            Verb::Import(import) => import.run(&library),
            Verb::Versions(versions) => versions.run(&library),
            Verb::Reset(plain) => reset::run(&library, plain),
            Verb::Type(typing) => typing.run(&library),
        }
    }
}

/// The answer, in the form that was asked for.
fn say(plain: &Plain, json: &serde_json::Value, text: &str) -> Result<()> {
    if plain.json {
        writeln!(stdout(), "{json}")?
    } else {
        writeln!(stdout(), "{text}")?
    }
    Ok(())
}

/// A size as people read it.
fn bytes(n: u64) -> String {
    match n {
        0..10_000 => format!("{n} B"),
        10_000..10_000_000 => format!("{} KB", n / 1000),
        _ => format!("{} MB", n / 1_000_000),
    }
}
