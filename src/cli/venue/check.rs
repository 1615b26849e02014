//! `luma venue check`: what is wrong with a patch.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use super::super::{open, refused};
use crate::venue::check;

#[derive(Args)]
pub(super) struct Check {
    /// The venue: a file, or the name of a built-in one
    venue: String,
    /// Everything as one JSON object
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(&self) -> Result<()> {
        let (venue, library) = open::open_venue(&self.venue)?;
        let troubles = check::troubles(&venue, &library);
        let mut out = std::io::stdout().lock();
        if self.json {
            let channels = |(universe, first, last): (u16, u16, u16)| json!({"universe": universe, "first": first, "last": last});
            let row = |trouble: &check::Trouble| json!({"text": trouble.text, "fixtures": trouble.fixtures, "channels": trouble.channels.map(channels)});
            let rows: Vec<Value> = troubles.iter().map(row).collect();
            serde_json::to_writer_pretty(&mut out, &json!({"venue": venue.name, "fixtures": venue.fixtures.len(), "problems": rows}))?;
            writeln!(out)?;
        } else {
            troubles.iter().try_for_each(|trouble| writeln!(out, "{}", trouble.text))?;
            writeln!(out, "{}: {} fixtures, {} problems", venue.name, venue.fixtures.len(), troubles.len())?;
        }
        if troubles.is_empty() { Ok(()) } else { Err(refused(format!("{} problems in the patch of \"{}\"", troubles.len(), venue.name))) }
    }
}
