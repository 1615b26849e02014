//! `luma graph`: the catalogue of nodes, what is wrong with a graph, and what it does over time.

mod check;
mod eval;
mod nodes;
mod trace;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::refused;
use crate::engine::composite::blend::BlendMode;
use crate::engine::graph::model::Graph;
use crate::engine::{Annotation, PatternGraph, Rig, Show, TrackAnalysis};

/// Longer files are no graphs.
const MAX_BYTES: u64 = 16 << 20;

#[derive(Args)]
pub(super) struct GraphVerb {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List every kind of node with its ports and parameters
    Nodes(nodes::Nodes),
    /// Tell everything that is wrong with a graph
    Check(check::Check),
    /// Evaluate a graph over a stretch of time and print what its sinks do
    Eval(eval::Eval),
}

impl GraphVerb {
    pub(super) fn run(&self) -> Result<()> {
        match &self.verb {
            Verb::Nodes(nodes) => nodes.run(),
            Verb::Check(check) => check.run(),
            Verb::Eval(eval) => eval.run(),
        }
    }
}

/// A graph from a file, and what to call it.
struct Opened {
    name: String,
    graph: Graph,
}

/// Reads a graph, or a pattern with a graph inside.
fn open(path: &Path) -> Result<Opened> {
    let shown = path.display();
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text));
    match read {
        Err(error) => return Err(refused(format!("the graph \"{shown}\" cannot be read: {error}"))),
        Ok(n_bytes) if n_bytes as u64 > MAX_BYTES => {
            return Err(refused(format!("the graph \"{shown}\" is longer than {} MiB and so is none", MAX_BYTES >> 20)));
        }
        Ok(_) => {}
    }
    let broken = |error: serde_json::Error| refused(format!("the graph \"{shown}\" cannot be read: {error}"));
    let whole: Value = serde_json::from_str(&text).map_err(broken)?;
    let has = |key: &str| whole.get(key).is_some();
    if has("graph") {
        #[derive(Deserialize)]
        struct Pattern {
            #[serde(default)]
            name: String,
            graph: Graph,
        }
        // Read again from the text: the error then knows its line.
        let Pattern { name, graph } = serde_json::from_str(&text).map_err(broken)?;
        let name = if name.is_empty() { shown.to_string() } else { name };
        return Ok(Opened { name, graph });
    }
    if !has("nodes") {
        return Err(refused(format!("\"{shown}\" holds no graph: it has neither \"nodes\" nor, as a pattern would, \"graph\"")));
    }
    Ok(Opened { name: shown.to_string(), graph: serde_json::from_str(&text).map_err(broken)? })
}

/// A show of one annotation that places the graph.
fn show(name: &str, graph: Graph, rig: Arc<Rig>, track: Arc<TrackAnalysis>, (start, end): (f64, f64)) -> Show {
    let (id, pattern) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let annotation = Annotation { id, pattern, start, end, z: 0, blend: BlendMode::Replace, args: serde_json::Map::new() };
    let patterns = [(pattern, PatternGraph { name: name.to_owned(), graph: Arc::new(graph) })].into();
    Show { rig, annotations: Arc::new(vec![annotation]), patterns: Arc::new(patterns), track, ..Show::default() }
}
