//! `luma db check`.

use std::path::Path;

use anyhow::{Result, bail};
use serde_json::json;

use super::{Plain, say};
use crate::store::upkeep;

pub(super) fn run(library: &Path, plain: &Plain) -> Result<()> {
    let checkup = upkeep::check(library)?;
    let backups = checkup.backups.iter().map(|(backup, bad)| json!({ "path": backup.path, "problem": bad }));
    let answer = json!({ "path": library, "problems": checkup.problems, "rows": checkup.n_rows, "backups": backups.collect::<Vec<_>>() });
    let n_good = checkup.backups.iter().filter(|(_, bad)| bad.is_none()).count();
    let mut lines: Vec<String> = checkup.problems.clone();
    for (backup, bad) in &checkup.backups {
        lines.extend(bad.iter().map(|bad| format!("{} {bad}", backup.path.display())));
    }
    if checkup.problems.is_empty() {
        lines.push(format!(
            "{} is sound: {} rows; {n_good} of {} backups are good",
            library.display(),
            checkup.n_rows,
            checkup.backups.len()
        ));
    }
    say(plain, &answer, &lines.join("\n"))?;
    if !checkup.problems.is_empty() {
        bail!("the library has {} problems; `luma db restore` lists the backups", checkup.problems.len());
    }
    Ok(())
}
