//! `luma graph check`: everything that is wrong with a graph, with node and port.
//!
//! Exit codes: 0 it runs, 1 it has errors, 2 it cannot be read.  The track is taken to be fully analysed (and silent), so that
//! nothing is said about a track nobody has named.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use super::super::{open, status};
use crate::demo;
use crate::engine::track::Audio;
use crate::engine::{Severity, TrackAnalysis, compile, nodes};

#[derive(Args)]
pub(super) struct Check {
    /// A graph or a pattern, as JSON
    file: PathBuf,
    /// The venue to check selections against: a file, or the name of a built-in one
    #[arg(long, value_name = "VENUE", default_value = "club")]
    venue: String,
    /// Everything as one JSON object
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(&self) -> Result<()> {
        let super::Opened { name, graph } = super::open(&self.file)?;
        let (venue, rig, problems) = open::rig(&self.venue)?;
        problems.iter().for_each(|problem| status::say(problem));
        let (n_nodes, n_wires) = (graph.nodes.len(), graph.edges.len());
        let n_sinks = graph.nodes.iter().filter(|node| nodes::find(&node.type_id).is_some_and(|spec| spec.sink)).count();
        let track = silent_track();
        let end = track.duration_secs;
        let (_, problems) = compile(&super::show(&name, graph, rig, Arc::new(track), (0.0, end)));
        let n_errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        let n_warnings = problems.len() - n_errors;
        let mut out = std::io::stdout().lock();
        if self.json {
            let rows: Vec<_> = problems
                .iter()
                .map(
                    |problem| json!({"severity": problem.severity, "node": problem.node, "port": problem.port, "message": problem.message}),
                )
                .collect();
            let answer = json!({
                "name": name, "venue": venue.name, "runs": n_errors == 0, "errors": n_errors, "warnings": n_warnings,
                "nodes": n_nodes, "wires": n_wires, "sinks": n_sinks, "problems": rows,
            });
            serde_json::to_writer(&mut out, &answer)?;
            writeln!(out)?;
        } else {
            for problem in &problems {
                writeln!(out, "{problem}")?;
            }
            let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
            let verdict = if n_errors == 0 { "runs" } else { "does not run" };
            let counts = [plural(n_nodes, "node"), plural(n_wires, "wire"), plural(n_sinks, "sink")].join(", ");
            let found = [plural(n_errors, "error"), plural(n_warnings, "warning")].join(", ");
            writeln!(out, "{name} {verdict}: {counts}; {found}")?;
        }
        if n_errors > 0 {
            bail!("the graph has errors, a show would leave it dark");
        }
        Ok(())
    }
}

/// Known in every respect, and quiet: 8 s of the demo's analysis over silence.
fn silent_track() -> TrackAnalysis {
    let audio = || Audio { samples: vec![0.0; 8 * 8000].into(), rate_hz: 8000 };
    TrackAnalysis { duration_secs: 8.0, audio: Some(audio()), stems: [(); 4].map(|()| Some(audio())), ..demo::analysis_without_sound() }
}
