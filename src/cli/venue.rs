//! `luma venue`: a venue checked, its groups, and the venue on paper.

mod check;
mod groups;
mod sheet;

use anyhow::Result;
use clap::{Args, Subcommand};

#[derive(Args)]
pub(super) struct Venue {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Tell everything that is wrong with a patch at once; exit code 2 when something is
    Check(check::Check),
    /// The groups of a venue, or the ones that its rig suggests
    Groups(groups::Groups),
    /// Patch sheet, address labels, universe map, or power and weight, as PDF or CSV
    Sheet(sheet::Sheet),
}

impl Venue {
    pub(super) fn run(&self) -> Result<()> {
        match &self.verb {
            Verb::Check(check) => check.run(),
            Verb::Groups(groups) => groups.run(),
            Verb::Sheet(sheet) => sheet.run(),
        }
    }
}
