//! `luma db reset`: the one verb that asks back.

use std::io::{BufRead, Write, stderr, stdin};
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::{Plain, say};
use crate::cli::refused;
use crate::store::upkeep;

pub(super) fn run(library: &Path, plain: &Plain) -> Result<()> {
    let name = library.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut terminal = stderr().lock();
    write!(terminal, "Everything in {} will be gone (a backup is kept). Type its name, {name}, to go on: ", library.display())?;
    terminal.flush()?;
    let mut typed = String::new();
    stdin().lock().read_line(&mut typed)?;
    if typed.trim() != name {
        return Err(refused(format!("\"{}\" is not \"{name}\": nothing was changed", typed.trim())));
    }
    let kept = upkeep::reset(library).map_err(refused)?;
    let text = match &kept {
        Some(kept) => format!("{} was begun anew. What was in it is kept as {}", library.display(), kept.display()),
        None => format!("{} was begun anew", library.display()),
    };
    say(plain, &json!({ "path": library, "kept": kept }), &text)
}
