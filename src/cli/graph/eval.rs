//! `luma graph eval`: a graph as one annotation, looked at again and again over its range.
//!
//! A column is one value of the heads that the graph drives, as a frame shows it; `--probe` adds the bare signal of any output.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use super::super::{args, open, refused, status};
use super::trace::{Column, Probe, Trace, columns, sample, table};
use super::{Opened, show};
use crate::engine::graph::model::{Edge, Graph, Node};
use crate::engine::{BeatGrid, Rig, Severity, TrackAnalysis, compile, nodes};

/// Instants, and numbers in all, at most.
const MAX_INSTANTS: f64 = 1e6;
const MAX_NUMBERS: f64 = 2e7;

#[derive(Args)]
pub(super) struct Eval {
    /// A graph or a pattern, as JSON
    file: PathBuf,
    /// Where the annotation begins, in seconds of the track
    #[arg(long, value_name = "SECONDS", value_parser = args::secs, allow_hyphen_values = true, default_value = "0")]
    from: f64,
    /// Where it ends
    #[arg(long, value_name = "SECONDS", value_parser = args::secs, allow_hyphen_values = true)]
    to: f64,
    /// Instants a second
    #[arg(long, value_name = "HZ", value_parser = args::span, allow_hyphen_values = true, default_value = "44")]
    hz: f64,
    /// The venue: a file, or the name of a built-in one
    #[arg(long, value_name = "VENUE", default_value = "club")]
    venue: String,
    /// The track: "demo", or an audio file; without one there is only a steady beat
    #[arg(long, value_name = "AUDIO")]
    track: Option<String>,
    /// Beats a minute of that steady beat; the first one, a downbeat, is at 0 s
    #[arg(long, value_name = "BPM", value_parser = args::bpm, allow_hyphen_values = true, default_value = "120", conflicts_with = "track")]
    bpm: f64,
    /// Also show the signal on this output of this node, as it is; again for more
    #[arg(long = "probe", value_name = "NODE.PORT")]
    probes: Vec<String>,
    /// Everything as one JSON object
    #[arg(long)]
    json: bool,
}

impl Eval {
    pub(super) fn run(&self) -> Result<()> {
        if self.to <= self.from {
            return Err(refused("--to must lie after --from"));
        }
        let count = ((self.to - self.from) * self.hz).ceil();
        if count > MAX_INSTANTS {
            return Err(refused(format!("that is {count} instants, {MAX_INSTANTS} are the most: give a shorter range or fewer a second")));
        }
        let Opened { name, graph } = super::open(&self.file)?;
        let (venue, rig, problems) = open::rig(&self.venue)?;
        problems.iter().for_each(|problem| status::say(problem));
        let track = self.analysis()?;
        let probes = self.probes.iter().map(|probe| self.probe(probe, &graph, &rig, &track)).collect::<Result<Vec<_>>>()?;
        let (program, problems) = compile(&show(&name, graph, rig.clone(), track.clone(), (self.from, self.to)));
        problems.iter().for_each(|problem| status::say(&problem.to_string()));
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            bail!("the graph has errors and does not run");
        }
        let mut columns = program.layers.first().map_or_else(Vec::new, |layer| columns(&layer.plan));
        let width: usize = columns.iter().map(Column::width).sum::<usize>() + probes.iter().map(|probe| probe.slot.len()).sum::<usize>();
        if count * width as f64 > MAX_NUMBERS && self.json {
            return Err(refused(format!(
                "that would be {} numbers; give a shorter range, fewer instants or a smaller venue",
                count * width as f64
            )));
        }
        let instants: Vec<f64> = (0..count as usize).map(|at| self.from + at as f64 / self.hz).collect();
        let mut traces: Vec<Trace> = columns.drain(..).map(|column| column.trace(&rig)).collect();
        sample(&program, &instants, &mut traces);
        traces.extend(probes.iter().map(|probe| probe.trace(&instants)));
        let mut out = std::io::stdout().lock();
        if self.json {
            let answer = json!({
                "name": name, "venue": venue.name, "from": self.from, "to": self.to, "hz": self.hz,
                "instants": instants,
                "beats": instants.iter().map(|&secs| track.grid.beat_at(secs)).collect::<Vec<_>>(),
                "columns": traces.iter().map(Trace::json).collect::<Vec<_>>(),
            });
            serde_json::to_writer(&mut out, &answer)?;
            writeln!(out)?;
        } else {
            table(&mut out, &instants, &track.grid, &traces)?;
        }
        Ok(())
    }

    fn analysis(&self) -> Result<Arc<TrackAnalysis>> {
        match &self.track {
            Some(track) => open::analysis(track),
            None => {
                let n_beats = (self.to * self.bpm / 60.0).ceil() as usize + 1;
                Ok(Arc::new(TrackAnalysis::of_grid(BeatGrid::steady(self.bpm, 4, 0.0, n_beats), self.to)))
            }
        }
    }

    /// The graph with one sink instead of all others, which takes the output that is asked for.
    fn probe(&self, probe: &str, graph: &Graph, rig: &Arc<Rig>, track: &Arc<TrackAnalysis>) -> Result<Probe> {
        let (node, port) = probe.rsplit_once('.').ok_or_else(|| refused(format!("\"{probe}\": give --probe NODE.PORT")))?;
        let from = graph.nodes.iter().find(|known| known.id == node);
        let known = from.and_then(|node| nodes::find(&node.type_id));
        let sound = known.is_some_and(|spec| crate::engine::graph::check::output_type(graph, spec, port).is_some());
        if !sound {
            return Err(refused(format!("--probe {probe}: the graph has no node \"{node}\" with an output \"{port}\"")));
        }
        let mut graph = graph.clone();
        graph.nodes.retain(|node| nodes::find(&node.type_id).is_some_and(|spec| !spec.sink));
        let (select, sink) = ("probe selection".to_owned(), "probe sink".to_owned());
        for (id, type_id) in [(&select, "select"), (&sink, "apply_dimmer")] {
            graph.nodes.push(Node { id: id.clone(), type_id: type_id.to_owned(), ..Node::default() });
        }
        for (id, from_node, from_port, to_port) in [("p1", select.as_str(), "out", "selection"), ("p2", node, port, "signal")] {
            let (id, from_node, from_port) = (id.to_owned(), from_node.to_owned(), from_port.to_owned());
            graph.edges.push(Edge { id, from_node, from_port, to_node: sink.clone(), to_port: to_port.to_owned(), ..Edge::default() });
        }
        let (program, problems) = compile(&show(probe, graph, rig.clone(), track.clone(), (self.from, self.to)));
        if let Some(error) = problems.iter().find(|problem| problem.severity == Severity::Error) {
            bail!("--probe {probe}: {error}");
        }
        let plan = program.layers.first().map(|layer| layer.plan.clone()).unwrap_or_default();
        let slot = plan.outputs.light.first().and_then(|run| run.dimmer.as_ref()).map(|feed| feed.slot);
        let slot = slot.ok_or_else(|| anyhow::anyhow!("--probe {probe}: a signal shows only where the venue has heads"))?;
        Ok(Probe { name: probe.to_owned(), plan, slot })
    }
}
