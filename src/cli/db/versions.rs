//! `luma db versions`: named versions of a venue, a score or a pattern.

use std::io::{Write, stdout};
use std::path::Path;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::library::{Editing, look, named};
use crate::cli::{refused, status as terminal};
use crate::document::ground::Ground;
use crate::document::subject::{self, Subject};
use crate::document::versions::{self, Content, Version};
use crate::registry::TableId;
use crate::store::stamp::Stamp;

#[derive(Args)]
pub(super) struct Versions {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List what was saved, oldest first
    List(List),
    /// Save what is there now under a name
    Save(Save),
    /// Tell what differs between two versions, or between one and now
    Compare(Compare),
    /// Make it again what the version holds; undo takes that back
    Restore(Restore),
}

#[derive(Args)]
struct List {
    #[command(flatten)]
    of: Of,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Save {
    /// What the version is to be called
    #[arg(value_name = "VERSION")]
    name: String,
    #[command(flatten)]
    of: Of,
    /// What to remember of it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

#[derive(Args)]
struct Compare {
    /// The earlier one, by name or id
    #[arg(value_name = "VERSION")]
    version: String,
    /// The later one; what is there now where none is named
    #[arg(value_name = "OTHER")]
    other: Option<String>,
    #[command(flatten)]
    of: Of,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Restore {
    /// By name or id
    #[arg(value_name = "VERSION")]
    version: String,
    #[command(flatten)]
    of: Of,
}

/// Of what.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Of {
    #[arg(long, value_name = "NAME")]
    venue: Option<String>,
    #[arg(long, value_name = "NAME")]
    score: Option<String>,
    #[arg(long, value_name = "NAME")]
    pattern: Option<String>,
}

impl Of {
    fn subject(&self, ground: &Ground) -> Result<Subject> {
        let asked = [(&self.venue, TableId::Venues), (&self.score, TableId::Scores), (&self.pattern, TableId::Patterns)];
        match asked.into_iter().find_map(|(name, table)| name.as_ref().map(|name| (name, table))) {
            Some((name, table)) => named(ground, table, name),
            None => Err(refused("name a --venue, a --score or a --pattern")),
        }
    }
}

impl Versions {
    pub(super) fn run(&self, library: &Path) -> Result<()> {
        match &self.verb {
            Verb::List(list) => list.run(library),
            Verb::Save(save) => save.run(library),
            Verb::Compare(compare) => compare.run(library),
            Verb::Restore(restore) => restore.run(library),
        }
    }
}

impl List {
    fn run(&self, library: &Path) -> Result<()> {
        let document = look(library)?;
        let found = versions::list(document.ground(), self.of.subject(document.ground())?);
        let mut out = stdout().lock();
        if self.json {
            let each =
                |version: &Version| json!({ "id": version.id, "name": version.name, "note": version.note, "savedAt": version.saved_at });
            writeln!(out, "{}", json!({ "versions": found.iter().map(each).collect::<Vec<_>>() }))?;
            return Ok(());
        }
        if found.is_empty() {
            writeln!(out, "No versions yet: `luma db versions save` makes one")?;
        }
        for version in found {
            writeln!(
                out,
                "{}  {}  {}{}",
                version.saved_at,
                version.id,
                version.name,
                version.note.map(|note| format!(" - {note}")).unwrap_or_default()
            )?;
        }
        Ok(())
    }
}

impl Save {
    fn run(&self, library: &Path) -> Result<()> {
        let mut editing = Editing::open(library)?;
        let subject = self.of.subject(editing.document.ground())?;
        let version =
            Version { id: Uuid::now_v7(), subject, name: self.name.clone(), note: self.note.clone(), saved_at: Stamp::now().rfc3339() };
        let edit = versions::save(editing.document.ground(), subject, &version).map_err(refused)?;
        editing.edit(&edit)?;
        let name = subject.name(editing.document.ground());
        editing.save()?;
        writeln!(stdout(), "Saved \"{}\" of {} \"{name}\" ({})", version.name, subject::one(subject.table), version.id)?;
        Ok(())
    }
}

impl Compare {
    fn run(&self, library: &Path) -> Result<()> {
        let document = look(library)?;
        let ground = document.ground();
        let subject = self.of.subject(ground)?;
        let before = held(ground, subject, &self.version)?;
        let after = match &self.other {
            Some(other) => held(ground, subject, other)?,
            None => Content::now(ground, subject).map_err(refused)?,
        };
        let differences = versions::compare(ground, &before, &after, &|secs| format!("{} s", (secs * 1000.0).round() / 1000.0));
        let mut out = stdout().lock();
        if self.json {
            let each = |difference: &versions::Difference| {
                let what = format!("{:?}", difference.what).to_lowercase();
                json!({ "kind": subject::one(difference.table), "id": difference.id, "what": what, "text": difference.text })
            };
            writeln!(out, "{}", json!({ "differences": differences.iter().map(each).collect::<Vec<_>>() }))?;
            return Ok(());
        }
        if differences.is_empty() {
            writeln!(out, "Nothing differs")?;
        }
        for difference in differences {
            writeln!(out, "{difference}")?;
        }
        Ok(())
    }
}

impl Restore {
    fn run(&self, library: &Path) -> Result<()> {
        let mut editing = Editing::open(library)?;
        let subject = self.of.subject(editing.document.ground())?;
        let content = held(editing.document.ground(), subject, &self.version)?;
        let (edit, lost) = versions::restore(editing.document.ground(), &content).map_err(refused)?;
        lost.iter().for_each(|line| terminal::say(line));
        let changed = editing.edit(&edit)?;
        editing.save()?;
        let done = if changed { "is again what the version holds" } else { "is what the version holds already" };
        writeln!(stdout(), "{} {done}: {}", subject::one(subject.table), self.version)?;
        Ok(())
    }
}

/// What the version of this name or id holds; of one name, the newest.
fn held(ground: &Ground, subject: Subject, wanted: &str) -> Result<Content> {
    let found = versions::list(ground, subject);
    let version = found.iter().rev().find(|version| version.name == wanted || version.id.to_string() == wanted);
    let Some(version) = version else {
        let names: Vec<String> = found.iter().map(|version| format!("\"{}\"", version.name)).collect();
        let there = if names.is_empty() { "there is none yet".into() } else { format!("there are {}", names.join(", ")) };
        return Err(refused(format!(
            "there is no version \"{wanted}\" of {} \"{}\"; {there}",
            subject::one(subject.table),
            subject.name(ground)
        )));
    };
    let (content, unknown) = versions::content(ground, version.id).map_err(refused)?;
    for what in unknown {
        terminal::say(&format!("the version holds {what}, which this Luma does not know; it is left out"));
    }
    Ok(content)
}
