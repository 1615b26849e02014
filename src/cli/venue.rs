//! `luma venue`: a venue checked, its groups, the venue on paper, and rooms of other programs in and out.

mod check;
mod exchange;
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
    /// Make a venue of an MVR file: the venue as JSON, its definitions in a folder beside it
    Import(exchange::Import),
    /// Write a venue as an MVR file, with a GDTF file for every definition
    Export(exchange::Export),
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
            Verb::Import(import) => import.run(),
            Verb::Export(export) => export.run(),
            Verb::Check(check) => check.run(),
            Verb::Groups(groups) => groups.run(),
            Verb::Sheet(sheet) => sheet.run(),
        }
    }
}
