//! `luma venue groups`: who belongs together, or could.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use super::super::open;
use crate::venue::library::Library;
use crate::venue::model::{Group, Venue};
use crate::venue::suggest;

#[derive(Args)]
pub(super) struct Groups {
    /// The venue: a file, or the name of a built-in one
    venue: String,
    /// Groups that the rig asks for and that it does not have: by truss, kind and model
    #[arg(long)]
    suggest: bool,
    /// Everything as one JSON array of groups, as a venue file holds them
    #[arg(long)]
    json: bool,
}

/// A group, what it is good for, why it is suggested.
type Shown = (Group, Vec<String>, Option<String>);

impl Groups {
    pub(super) fn run(&self) -> Result<()> {
        let (venue, library) = open::open_venue(&self.venue)?;
        let shown = if self.suggest { suggested(&venue, &library) } else { there(&venue, &library) };
        let mut out = std::io::stdout().lock();
        if self.json {
            let row = |(group, purposes, why): &Shown| -> Result<Value> {
                let mut value = serde_json::to_value(group)?;
                value["purposes"] = json!(purposes);
                value["why"] = json!(why);
                Ok(value)
            };
            let rows = shown.iter().map(row).collect::<Result<Vec<_>>>()?;
            serde_json::to_writer_pretty(&mut out, &rows)?;
            writeln!(out)?;
            return Ok(());
        }
        for (group, purposes, why) in &shown {
            let why = why.as_ref().map(|why| format!("  ({why})")).unwrap_or_default();
            writeln!(out, "{:<28} {:>3}  {}{why}", group.name, group.members.len(), purposes.join(" "))?;
            let labels: Vec<String> = group.members.iter().map(|member| label(&venue, member)).collect();
            writeln!(out, "    {}", labels.join(", "))?;
        }
        writeln!(out, "{} groups{}", shown.len(), if self.suggest { " suggested" } else { "" })?;
        Ok(())
    }
}

fn there(venue: &Venue, library: &Library) -> Vec<Shown> {
    let purposes = |group: &Group| suggest::purposes(venue, library, &group.members).into_iter().map(str::to_owned).collect();
    venue.groups.iter().map(|group| (group.clone(), purposes(group), None)).collect()
}

fn suggested(venue: &Venue, library: &Library) -> Vec<Shown> {
    suggest::groups(venue, library).into_iter().map(|it| (it.group.clone(), it.group.tags, Some(it.why))).collect()
}

fn label(venue: &Venue, member: &crate::venue::model::Member) -> String {
    let label = venue.fixtures.iter().find(|fixture| fixture.id == member.fixture).map_or("(gone)", |fixture| &fixture.label);
    member.head.map_or_else(|| label.to_owned(), |head| format!("{label} head {}", head + 1))
}
