//! `luma patterns`: the patterns that ship with Luma, as a list or, where there is a renderer, as pictures.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::args::Size;
use crate::patterns;
use crate::patterns::model::Pattern;

#[derive(Args)]
pub(super) struct Patterns {
    /// Everything as one JSON object
    #[arg(long)]
    json: bool,
    /// Take a picture of every pattern on the demo rig into this folder, with an index.html
    #[arg(long, value_name = "DIR", conflicts_with = "json")]
    out: Option<PathBuf>,
    /// Size of the pictures in pixels
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "640x360", requires = "out")]
    size: Size,
}

impl Patterns {
    pub(super) fn run(&self) -> Result<()> {
        if let Some(out) = &self.out {
            return pictures(out, self.size);
        }
        let patterns = patterns::builtin::slugs_and_patterns();
        let mut out = std::io::stdout().lock();
        if self.json {
            let row = |(slug, pattern): &(&str, Pattern)| {
                let args: Vec<_> = pattern
                    .graph
                    .args
                    .iter()
                    .map(|arg| json!({"id": arg.id, "name": arg.name, "type": arg.arg_type, "default": arg.default_value}))
                    .collect();
                json!({
                    "slug": slug, "id": pattern.id, "name": pattern.name, "category": pattern.category,
                    "description": pattern.description, "args": args,
                })
            };
            serde_json::to_writer_pretty(&mut out, &json!({"patterns": patterns.iter().map(row).collect::<Vec<_>>()}))?;
            writeln!(out)?;
        } else {
            out.write_all(text(&patterns).as_bytes())?;
        }
        Ok(())
    }
}

fn text(patterns: &[(&str, Pattern)]) -> String {
    let mut categories: Vec<&str> = Vec::new();
    for (_, pattern) in patterns {
        if !categories.contains(&pattern.category.as_str()) {
            categories.push(&pattern.category);
        }
    }
    let mut text = String::new();
    for category in categories {
        text += &format!("{category}\n");
        for (_, pattern) in patterns.iter().filter(|(_, pattern)| pattern.category == category) {
            let args: Vec<&str> = pattern.graph.args.iter().map(|arg| arg.name.as_str()).collect();
            text += &format!("  {:<18} {}\n  {:<18} {}\n", pattern.name, pattern.description, "", args.join(", "));
        }
        text.push('\n');
    }
    text + &format!("{} patterns\n", patterns.len())
}

#[cfg(feature = "desktop")]
fn pictures(out: &std::path::Path, size: Size) -> Result<()> {
    super::gallery::take(out, size)
}

#[cfg(not(feature = "desktop"))]
fn pictures(_out: &std::path::Path, _size: Size) -> Result<()> {
    Err(super::refused("no pictures: this build was made without the feature \"desktop\""))
}
