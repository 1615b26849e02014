//! `luma db status`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use serde_json::{Map, json};

use super::{Plain, bytes, say};
use crate::cli::refused;
use crate::store::health::Health;
use crate::store::{paths, upkeep};

pub(super) fn run(library: &Path, plain: &Plain) -> Result<()> {
    let facts = upkeep::facts(library)?;
    let rows: Map<String, serde_json::Value> = facts.rows.iter().map(|(table, n)| (table.name().to_owned(), json!(n))).collect();
    let backups = facts
        .backups
        .iter()
        .map(|backup| json!({ "path": backup.path, "at": backup.at.to_string(), "why": backup.why.word(), "bytes": backup.bytes }));
    let answer = json!({
        "path": facts.path, "bytes": facts.bytes, "health": facts.health.words(), "good": matches!(facts.health, Health::Good { .. }),
        "step": facts.version, "newest_step": facts.newest, "open": facts.open_in.is_some(), "open_in_process": facts.open_in.flatten(),
        "rows": rows, "undo_steps": facts.undo_steps, "redo_steps": facts.redo_steps, "unsent": facts.unsent, "refused": facts.refused,
        "backups": backups.collect::<Vec<_>>(), "state_db": paths::state_db(library),
    });
    if facts.health == Health::Missing {
        let hint = "is not there yet: it is made when the studio opens, or by `luma db init`";
        if plain.json {
            return say(plain, &answer, "");
        }
        return Err(refused(format!("{} {hint}", facts.path.display())));
    }
    say(plain, &answer, text(&facts).trim_end())
}

fn text(facts: &upkeep::Facts) -> String {
    let mut text = format!("{}  {}, {}\n", facts.path.display(), bytes(facts.bytes), facts.health.words());
    let mut line = |line: String| writeln!(text, "{line}").unwrap_or_default();
    match facts.version {
        Some(version) if version < facts.newest => {
            line(format!("Tables at step {version} of {}: `luma db migrate` brings them up to date", facts.newest))
        }
        Some(version) => line(format!("Tables up to date (step {version})")),
        None => {}
    }
    match facts.open_in {
        Some(Some(pid)) => line(format!("Open in a running Luma (process {pid})")),
        Some(None) => line("Open in a running Luma".into()),
        None => line("Not open at present".into()),
    }
    for (table, n) in &facts.rows {
        line(format!("  {:<32} {n:>9}", table.name()));
    }
    line(format!("Undo reaches back {} steps, redo forward {}", facts.undo_steps, facts.redo_steps));
    line(format!("{} changes that no server has heard of", facts.unsent));
    if facts.refused > 0 {
        line(format!("{} edits were refused and are kept in {}", facts.refused, paths::refused(&facts.path).display()));
    }
    match facts.backups.first() {
        Some(newest) => line(format!("{} backups, the newest of {} ({})", facts.backups.len(), newest.at, newest.why.word())),
        None => line("No backups yet".into()),
    }
    text
}
