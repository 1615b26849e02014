//! Which sink drives which head: where two drive the same capability of one head, the later node wins.

use std::sync::Arc;

use super::build::{Builder, Sink, Target};
use super::check::{Diagnostic, Severity};
use super::plan::{Feed, Heads, LaneMap, LightRun, Run};
use crate::engine::frame::BeamValue;
use crate::engine::rig::HeadIdx;

/// Which sink (index) and lane drive each head; `None` where none does.
type Owners = Vec<Option<(u32, u32)>>;

pub(super) fn resolve(builder: &mut Builder<'_>) {
    let n_heads = builder.inputs.rig.heads.len();
    let sinks = std::mem::take(&mut builder.sinks);
    let mut touched = vec![false; n_heads];
    for &head in sinks.iter().flat_map(|sink| &sink.selection.items) {
        touched[head as usize] = true;
    }
    let mut owners = |target: Target| owners(&sinks, target, n_heads, &mut builder.diagnostics);
    let (dimmer, color) = (owners(Target::Dimmer), owners(Target::Color));
    let outputs = &mut builder.plan.outputs;
    outputs.light = light(&sinks, dimmer, color, n_heads);
    outputs.strobe = runs(&sinks, owners(Target::Strobe));
    outputs.pan = runs(&sinks, owners(Target::Pan));
    outputs.tilt = runs(&sinks, owners(Target::Tilt));
    outputs.speed = runs(&sinks, owners(Target::Speed));
    for value in BeamValue::ALL {
        outputs.beam.extend(runs(&sinks, owners(Target::Beam(value))).into_iter().map(|run| (value, run)));
    }
    outputs.touched = (0..n_heads as HeadIdx).filter(|&head| touched[head as usize]).collect();
}

fn owners(sinks: &[Sink], target: Target, n_heads: usize, diagnostics: &mut Vec<Diagnostic>) -> Option<Owners> {
    let mut owners: Option<Owners> = None;
    for (at, sink) in sinks.iter().enumerate().filter(|(_, sink)| sink.target == target && !sink.slot.is_empty()) {
        let owners = owners.get_or_insert_with(|| vec![None; n_heads]);
        let mut overruled = None;
        for (item, &head) in sink.selection.items.iter().enumerate() {
            let lane = if sink.slot.n == 1 { 0 } else { item as u32 % sink.slot.n };
            if let Some((earlier, _)) = owners[head as usize].replace((at as u32, lane)) {
                overruled = Some(earlier);
            }
        }
        if let Some(earlier) = overruled.map(|earlier| &sinks[earlier as usize]).filter(|earlier| earlier.node != sink.node) {
            let message = format!("\"{}\" drives the same heads; this later node wins", earlier.node);
            diagnostics.push(Diagnostic::new(Severity::Warning, Some(&sink.node), None, message));
        }
    }
    owners
}

/// Items of a sink that it still owns, in item order, so that lanes stay side by side.
fn owned(sink: &Sink, at: usize, owners: &Owners) -> (Vec<HeadIdx>, Vec<u32>) {
    let mut seen = std::collections::HashSet::new();
    let items = sink.selection.items.iter();
    items
        .filter(|&&head| seen.insert(head))
        .filter_map(|&head| owners[head as usize].filter(|(owner, _)| *owner == at as u32).map(|(_, lane)| (head, lane)))
        .unzip()
}

fn runs(sinks: &[Sink], owners: Option<Owners>) -> Vec<Run> {
    let Some(owners) = owners else { return Vec::new() };
    let mut runs = Vec::new();
    for (at, sink) in sinks.iter().enumerate() {
        let (heads, lanes) = owned(sink, at, &owners);
        if !heads.is_empty() {
            runs.push(Run { feed: feed(sink, lanes), heads: span(heads) });
        }
    }
    runs
}

fn light(sinks: &[Sink], dimmer: Option<Owners>, color: Option<Owners>, n_heads: usize) -> Vec<LightRun> {
    let none = || vec![None; n_heads];
    let (dimmer, color) = (dimmer.unwrap_or_else(none), color.unwrap_or_else(none));
    let mut groups: Vec<((Option<u32>, Option<u32>), Vec<HeadIdx>)> = Vec::new();
    // In the item order of the sinks, so that the common case is one span.
    let mut seen = vec![false; n_heads];
    for &head in sinks.iter().filter(|sink| matches!(sink.target, Target::Dimmer | Target::Color)).flat_map(|sink| &sink.selection.items) {
        if std::mem::replace(&mut seen[head as usize], true) {
            continue;
        }
        let key = (dimmer[head as usize].map(|owner| owner.0), color[head as usize].map(|owner| owner.0));
        if key == (None, None) {
            continue;
        }
        match groups.iter_mut().find(|group| group.0 == key) {
            Some(group) => group.1.push(head),
            None => groups.push((key, vec![head])),
        }
    }
    let feed_of = |sink: Option<u32>, owners: &Owners, heads: &[HeadIdx]| {
        let sink = &sinks[sink? as usize];
        Some(feed(sink, heads.iter().map(|&head| owners[head as usize].map_or(0, |owner| owner.1)).collect()))
    };
    let runs = groups.into_iter().map(|((dim, col), heads)| LightRun {
        dimmer: feed_of(dim, &dimmer, &heads),
        color: feed_of(col, &color, &heads),
        heads: span(heads),
    });
    runs.collect()
}

fn feed(sink: &Sink, lanes: Vec<u32>) -> Feed {
    let lanes = if sink.slot.n == 1 {
        LaneMap::One
    } else if lanes.iter().enumerate().all(|(i, &lane)| lane as usize == i) {
        LaneMap::Same
    } else {
        LaneMap::Each(lanes.into())
    };
    Feed { slot: sink.slot, lanes, node: Arc::from(sink.node.as_str()) }
}

fn span(heads: Vec<HeadIdx>) -> Heads {
    match heads.first() {
        Some(&first) if heads.iter().enumerate().all(|(i, &head)| head == first + i as HeadIdx) => {
            Heads::Span(first..first + heads.len() as HeadIdx)
        }
        _ => Heads::Picked(Arc::from(heads)),
    }
}
