//! `luma graph eval`: a graph as one annotation, looked at again and again over its range.
//!
//! A column is one value of the heads that the graph drives, as a frame shows it; `--probe` adds the bare signal of any output.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};

use super::super::{args, open, refused, status};
use super::{Opened, show};
use crate::engine::explain::Reading;
use crate::engine::graph::build::Target;
use crate::engine::graph::model::{Edge, Graph, Node};
use crate::engine::graph::plan::{Arena, Plan};
use crate::engine::rig::HeadIdx;
use crate::engine::signal::Slot;
use crate::engine::{BeatGrid, Frame, Live, Program, Rig, Severity, TrackAnalysis, Window, compile, nodes, render};

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
        let width: usize = columns.iter().map(|column| column.heads.len() * channels(column.target)).sum::<usize>()
            + probes.iter().map(|probe| probe.slot.len()).sum::<usize>();
        if count * width as f64 > MAX_NUMBERS && self.json {
            return Err(refused(format!("that would be {} numbers; give a shorter range, fewer instants or a smaller venue", count * width as f64)));
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

fn channels(target: Target) -> usize {
    if target == Target::Color { 3 } else { 1 }
}

/// A value as numbers.  Missing ones are 0; what is not driven is no part of a column.
fn read(target: Target, reading: Reading, to: &mut Vec<f32>) {
    match reading {
        Reading::Nothing => to.extend(std::iter::repeat_n(0.0, channels(target))),
        Reading::Flag(flag) => to.push(f32::from(u8::from(flag))),
        Reading::Number(number) => to.push(number),
        Reading::Color(rgb) => to.extend(rgb),
    }
}

struct Column {
    target: Target,
    nodes: Vec<String>,
    heads: Vec<HeadIdx>,
}

/// What the plan drives, one column a value.
fn columns(plan: &Plan) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    let mut add = |target: Target, node: &str, heads: &mut dyn Iterator<Item = usize>| {
        let at = columns.iter().position(|column| column.target.name() == target.name()).unwrap_or_else(|| {
            columns.push(Column { target, nodes: Vec::new(), heads: Vec::new() });
            columns.len() - 1
        });
        if !columns[at].nodes.iter().any(|known| known == node) {
            columns[at].nodes.push(node.to_owned());
        }
        columns[at].heads.extend(heads.map(|head| head as HeadIdx));
    };
    let outputs = &plan.outputs;
    for run in &outputs.light {
        if let Some(feed) = run.dimmer.as_ref().or(run.color.as_ref()) {
            add(Target::Dimmer, &feed.node, &mut run.heads.iter());
        }
        if let Some(feed) = &run.color {
            add(Target::Color, &feed.node, &mut run.heads.iter());
        }
    }
    let runs = [(Target::Strobe, &outputs.strobe), (Target::Pan, &outputs.pan), (Target::Tilt, &outputs.tilt), (Target::Speed, &outputs.speed)];
    for (target, runs) in runs {
        runs.iter().for_each(|run| add(target, &run.feed.node, &mut run.heads.iter()));
    }
    outputs.beam.iter().for_each(|(value, run)| add(Target::Beam(*value), &run.feed.node, &mut run.heads.iter()));
    columns.iter_mut().for_each(|column| {
        column.heads.sort_unstable();
        column.heads.dedup();
    });
    columns
}

impl Column {
    fn trace(self, rig: &Rig) -> Trace {
        let Self { target, nodes, heads } = self;
        let lanes = heads.iter().map(|&head| rig.head_id(head)).collect();
        Trace { name: target.name().to_owned(), drives: Some((target, heads)), nodes, lanes, channels: channels(target), values: Vec::new() }
    }
}

struct Probe {
    name: String,
    plan: Arc<Plan>,
    slot: Slot,
}

impl Probe {
    fn trace(&self, instants: &[f64]) -> Trace {
        let mut arena = Arena::default();
        let (n, c) = (self.slot.n as usize, self.slot.c as usize);
        let row = |&secs: &f64| {
            self.plan.eval(secs, &mut arena);
            let signal = self.plan.at(&arena).read(self.slot);
            (0..n * c).map(|at| signal.get(at / c, at % c)).collect()
        };
        let values = instants.iter().map(row).collect();
        let lanes = (0..n).map(|lane| lane.to_string()).collect();
        Trace { name: self.name.clone(), drives: None, nodes: Vec::new(), lanes, channels: c, values }
    }
}

/// A column with its values: per instant, lane by lane, channels side by side.
struct Trace {
    name: String,
    drives: Option<(Target, Vec<HeadIdx>)>,
    nodes: Vec<String>,
    lanes: Vec<String>,
    channels: usize,
    values: Vec<Vec<f32>>,
}

fn sample(program: &Program, instants: &[f64], traces: &mut [Trace]) {
    let mut frame = Frame::default();
    for &secs in instants {
        render(program, Window::instant(secs), &Live::default(), &mut frame);
        for trace in traces.iter_mut() {
            let Some((target, heads)) = &trace.drives else { continue };
            let mut row = Vec::with_capacity(heads.len() * trace.channels);
            heads.iter().for_each(|&head| read(*target, Reading::of(&frame.head(head), *target), &mut row));
            trace.values.push(row);
        }
    }
}

impl Trace {
    fn json(&self) -> Value {
        let what = if self.drives.is_some() { "heads" } else { "lanes" };
        let row = |row: &Vec<f32>| -> Value {
            if self.channels == 1 { json!(row) } else { row.chunks(self.channels).map(|lane| json!(lane)).collect() }
        };
        json!({
            "value": self.name, "sinks": self.nodes, "channels": self.channels, what: self.lanes,
            "values": self.values.iter().map(row).collect::<Vec<_>>(),
        })
    }

    /// Lowest, mean and highest of an instant, channels together.
    fn summary(&self, at: usize) -> [f32; 3] {
        let row = &self.values[at];
        let (low, high) = row.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)));
        if row.is_empty() { [0.0; 3] } else { [low, row.iter().sum::<f32>() / row.len() as f32, high] }
    }
}

fn table(out: &mut impl Write, instants: &[f64], grid: &BeatGrid, traces: &[Trace]) -> Result<()> {
    let mut head = format!("{:>9} {:>8}", "s", "beat");
    for trace in traces {
        let what = if trace.drives.is_some() { "heads" } else { "lanes" };
        head += &format!("  {:<26}", format!("{} ({} {what})", trace.name, trace.lanes.len()));
    }
    writeln!(out, "{}", head.trim_end())?;
    writeln!(out, "{:>18}{}", "", format!("  {:>8} {:>8} {:>8}", "min", "mean", "max").repeat(traces.len()))?;
    for (at, &secs) in instants.iter().enumerate() {
        write!(out, "{secs:>9.3} {:>8.3}", grid.beat_at(secs))?;
        for trace in traces {
            let [low, mean, high] = trace.summary(at);
            write!(out, "  {low:>8.3} {mean:>8.3} {high:>8.3}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}
