//! Values over time, column by column: of the heads that a plan drives, or of a bare signal.

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use serde_json::{Value, json};

use crate::engine::explain::Reading;
use crate::engine::graph::build::Target;
use crate::engine::graph::plan::{Arena, Plan};
use crate::engine::rig::HeadIdx;
use crate::engine::signal::Slot;
use crate::engine::{BeatGrid, Frame, Live, Program, Rig, Window, render};

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

pub(super) struct Column {
    target: Target,
    nodes: Vec<String>,
    heads: Vec<HeadIdx>,
}

/// What the plan drives, one column a value.
pub(super) fn columns(plan: &Plan) -> Vec<Column> {
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
    let runs =
        [(Target::Strobe, &outputs.strobe), (Target::Pan, &outputs.pan), (Target::Tilt, &outputs.tilt), (Target::Speed, &outputs.speed)];
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
    /// Numbers an instant.
    pub(super) fn width(&self) -> usize {
        self.heads.len() * channels(self.target)
    }

    pub(super) fn trace(self, rig: &Rig) -> Trace {
        let Self { target, nodes, heads } = self;
        let lanes = heads.iter().map(|&head| rig.head_id(head)).collect();
        Trace {
            name: target.name().to_owned(),
            drives: Some((target, heads)),
            nodes,
            lanes,
            channels: channels(target),
            values: Vec::new(),
        }
    }
}

pub(super) struct Probe {
    pub(super) name: String,
    pub(super) plan: Arc<Plan>,
    pub(super) slot: Slot,
}

impl Probe {
    pub(super) fn trace(&self, instants: &[f64]) -> Trace {
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
pub(super) struct Trace {
    name: String,
    drives: Option<(Target, Vec<HeadIdx>)>,
    nodes: Vec<String>,
    lanes: Vec<String>,
    channels: usize,
    values: Vec<Vec<f32>>,
}

pub(super) fn sample(program: &Program, instants: &[f64], traces: &mut [Trace]) {
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
    pub(super) fn json(&self) -> Value {
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

pub(super) fn table(out: &mut impl Write, instants: &[f64], grid: &BeatGrid, traces: &[Trace]) -> Result<()> {
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
