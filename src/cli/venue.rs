//! `luma venue`: rooms of other programs in and out.

mod exchange;

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
}

impl Venue {
    pub(super) fn run(&self) -> Result<()> {
        match &self.verb {
            Verb::Import(import) => import.run(),
            Verb::Export(export) => export.run(),
        }
    }
}
