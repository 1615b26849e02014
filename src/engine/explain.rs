//! Why a head does what it does: for each capability the chain of values from the lowest layer to the byte.
//!
//! There is no second way of computing light in here: every value is read from a frame that [`render`] made of the program
//! with some layers silent, or with less of [`Live`] above it, and every byte from [`encode`].  The last value of each chain is the
//! frame's own.  Slow (a rendering per layer); for people, not for every frame.

mod bytes;
mod rest;
pub mod words;

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use super::composite::blend::BlendMode;
use super::composite::cues::order;
use super::composite::program::{Layer, Program};
use super::frame::{BeamValue, Frame, HeadState, has};
use super::graph::build::Target;
use super::graph::plan::{Feed, Heads, Outputs, Plan, Run};
use super::live::Live;
use super::rig::{Caps, HeadIdx};
use super::units::Window;
use super::{DmxFrame, Held, encode, render};
pub use bytes::{Written, written};
pub use rest::Rest;
use rest::resting;

/// Everything about one head in one window.
#[derive(Clone, Debug)]
pub struct Explanation {
    pub head: HeadIdx,
    pub window: Window,
    /// The window whose look is held, while frozen: the chains are those of that window.
    pub frozen: Option<Window>,
    /// An annotation drives the head; else it waits or travels dark.
    pub driven: bool,
    pub chains: Vec<Chain>,
    pub channels: Vec<Written>,
}

/// One capability, from below to above.
#[derive(Clone, Debug)]
pub struct Chain {
    pub target: Target,
    /// The head has the capability: without it the value goes nowhere.
    pub able: bool,
    /// Where the value comes from when no layer sets it.
    pub rest: Rest,
    pub steps: Vec<Step>,
    pub above: Vec<Above>,
    pub value: Reading,
}

/// A layer that drives the capability.
#[derive(Clone, Debug)]
pub struct Step {
    pub annotation: Uuid,
    pub start: f64,
    pub end: f64,
    pub z: i32,
    pub blend: BlendMode,
    /// Sinks of its graph, by node id: two where a colour's brightness meets a dimmer.
    pub nodes: Vec<String>,
    /// Over by the end of the window: it counts for its flash only.
    pub over: bool,
    /// What it says by itself.
    pub own: Reading,
    /// What it leaves, laid over everything below.
    pub after: Reading,
}

/// Something above the score that changed the value.
#[derive(Clone, Debug)]
pub struct Above {
    pub what: &'static str,
    /// Which cue, where it is one.
    pub cue: Option<Uuid>,
    pub after: Reading,
}

/// A value of a head.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Reading {
    Nothing,
    Flag(bool),
    Number(f32),
    Color([f32; 3]),
}

impl Reading {
    pub fn of(state: &HeadState, target: Target) -> Self {
        let number = |value: Option<f32>| value.map_or(Self::Nothing, Self::Number);
        match target {
            Target::Dimmer => Self::Number(state.dimmer),
            Target::Strobe => Self::Number(state.strobe),
            Target::Color => state.color.map_or(Self::Nothing, |rgb| Self::Color(rgb.0)),
            Target::Pan => number(state.pan_deg),
            Target::Tilt => number(state.tilt_deg),
            Target::Speed => Self::Flag(state.frozen),
            Target::Beam(value) => number(state.beam(value)),
        }
    }
}

impl Target {
    /// In the order in which people ask.
    pub const ALL: [Self; 13] = [
        Self::Dimmer,
        Self::Color,
        Self::Strobe,
        Self::Pan,
        Self::Tilt,
        Self::Speed,
        Self::Beam(BeamValue::Zoom),
        Self::Beam(BeamValue::Focus),
        Self::Beam(BeamValue::Iris),
        Self::Beam(BeamValue::Frost),
        Self::Beam(BeamValue::Gobo),
        Self::Beam(BeamValue::GoboRotation),
        Self::Beam(BeamValue::Prism),
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Dimmer => "dimmer",
            Self::Color => "color",
            Self::Strobe => "strobe",
            Self::Pan => "pan_deg",
            Self::Tilt => "tilt_deg",
            Self::Speed => "frozen",
            Self::Beam(value) => value.name(),
        }
    }

    /// What a head needs to follow.
    pub const fn caps(self) -> Caps {
        match self {
            Self::Dimmer => Caps::DIMMER,
            Self::Color => Caps::COLOR,
            Self::Strobe => Caps::STROBE,
            Self::Pan => Caps::PAN,
            Self::Tilt => Caps::TILT,
            Self::Speed => Caps::SPEED,
            Self::Beam(BeamValue::Zoom) => Caps::ZOOM,
            Self::Beam(BeamValue::Focus) => Caps::FOCUS,
            Self::Beam(BeamValue::Iris) => Caps::IRIS,
            Self::Beam(BeamValue::Frost) => Caps::FROST,
            Self::Beam(BeamValue::Gobo | BeamValue::GoboRotation) => Caps::GOBO,
            Self::Beam(BeamValue::Prism) => Caps::PRISM,
        }
    }
}

/// Explains `head`; `None` where the rig has no such head.
pub fn explain(program: &Program, window: Window, live: &Live, held: &Held, head: HeadIdx) -> Option<Explanation> {
    let able = program.rig.heads.get(head as usize)?.caps;
    let (seen, below) = live.freeze.as_ref().map_or((window, live), |frozen| (frozen.window, &frozen.live));
    let chained: Vec<&Layer> = program.layers.iter().filter(|layer| counts(layer, seen) && touches(&layer.plan, head)).collect();
    let folded: Vec<HeadState> =
        (1..=chained.len()).map(|n| state(&without(program, &chained[n..]), seen, &Live::default(), head)).collect();
    let alone: Vec<HeadState> = chained.iter().map(|layer| state(&alone(program, layer, &chained), seen, &Live::default(), head)).collect();
    let unguarded = program.only(|_| true);
    let score = frame(&unguarded, seen, &Live::default());
    let stages = stages(program, below, live.blackout);
    let held_above: Vec<HeadState> = stages.iter().map(|stage| state(program, seen, &stage.live, head)).collect();
    let mut shown = frame(program, window, live);
    let mut dmx = DmxFrame::default();
    let mut memory = held.clone();
    encode(&program.rig, &shown, &mut memory, &mut dmx);
    memory.settle(&program.rig, &mut shown);
    let mut chains = Vec::new();
    for target in Target::ALL {
        let mut steps = Vec::new();
        for (at, layer) in chained.iter().enumerate() {
            let nodes = drivers(&layer.plan, target, head);
            let over = layer.end <= seen.to;
            let flashes = matches!(target, Target::Dimmer | Target::Color | Target::Strobe);
            if !nodes.is_empty() && (flashes || !over) {
                let (own, after) = (Reading::of(&alone[at], target), Reading::of(&folded[at], target));
                let Layer { id, start, end, z, blend, .. } = **layer;
                steps.push(Step { annotation: id, start, end, z, blend, nodes, over, own, after });
            }
        }
        let mut value = Reading::of(&score.head(head), target);
        let mut above = Vec::new();
        for (stage, state) in stages.iter().zip(&held_above) {
            let after = Reading::of(state, target);
            if after != value {
                above.push(Above { what: stage.what, cue: stage.cue, after });
                value = after;
            }
        }
        let able = able.any(target.caps());
        if able || !steps.is_empty() || !above.is_empty() {
            let rest = match steps.is_empty() && above.is_empty() {
                true if memory.holds(head, target) => Rest::Left,
                true => resting(program, &score, target, head),
                false => Rest::Default,
            };
            chains.push(Chain { target, able, rest, steps, above, value: Reading::of(&shown.head(head), target) });
        }
    }
    Some(Explanation {
        head,
        window,
        frozen: live.freeze.as_ref().map(|frozen| frozen.window),
        driven: shown.set[head as usize] & has::DRIVEN != 0,
        chains,
        channels: written(&program.rig, head, &dmx),
    })
}

/// The layer is there at the window's end, or was within it.
fn counts(layer: &Layer, window: Window) -> bool {
    layer.start <= window.to && (layer.end > window.to || layer.end > window.from)
}

fn touches(plan: &Plan, head: HeadIdx) -> bool {
    plan.outputs.touched.binary_search(&head).is_ok()
}

/// The program in which these layers do nothing.  They are still asked for their flashes, so that a frame looks at the same
/// instants as ever.
fn without<'a>(program: &Program, layers: impl IntoIterator<Item = &'a &'a Layer>) -> Program {
    let silent: Vec<Uuid> = layers.into_iter().map(|layer| layer.id).collect();
    let mut program = program.only(|_| true);
    for layer in program.layers.iter_mut().filter(|layer| silent.contains(&layer.id)) {
        let mut plan = (*layer.plan).clone();
        plan.outputs = Outputs::default();
        layer.plan = Arc::new(plan);
    }
    program
}

/// The layer over nothing, as it would be without any blending.
fn alone(program: &Program, wanted: &Layer, chained: &[&Layer]) -> Program {
    let mut program = without(program, chained.iter().filter(|layer| layer.id != wanted.id));
    program.layers.iter_mut().filter(|layer| layer.id == wanted.id).for_each(|layer| layer.blend = BlendMode::Replace);
    program
}

fn frame(program: &Program, window: Window, live: &Live) -> Frame {
    let mut frame = Frame::default();
    render(program, window, live, &mut frame);
    frame
}

fn state(program: &Program, window: Window, live: &Live, head: HeadIdx) -> HeadState {
    frame(program, window, live).head(head)
}

/// One more thing above the score than the stage before.
struct Stage {
    what: &'static str,
    cue: Option<Uuid>,
    live: Live,
}

/// What stands above the score, one more at a time, in the order in which it acts.
fn stages(program: &Program, live: &Live, blackout: bool) -> Vec<Stage> {
    let mut stage = Live::default();
    let mut stages = Vec::new();
    let mut add = |what: &'static str, cue: Option<Uuid>, raise: &dyn Fn(&mut Live)| {
        raise(&mut stage);
        stages.push(Stage { what, cue, live: stage.clone() });
    };
    if program.guard_hz().is_some() {
        add("strobe guard", None, &|_| {});
    }
    for fired in order(program, live) {
        add("cue", Some(fired.cue), &|stage| stage.cues.push(fired));
    }
    add("programmer", None, &|stage| stage.programmer.clone_from(&live.programmer));
    add("group master", None, &|stage| stage.group_masters.clone_from(&live.group_masters));
    add("grand master", None, &|stage| stage.grand_master = live.grand_master);
    add("strobe kill", None, &|stage| stage.strobe_kill = live.strobe_kill);
    add("strobe cap", None, &|stage| stage.strobe_cap_hz = live.strobe_cap_hz);
    add("highest dimmer", None, &|stage| stage.max_dimmer = live.max_dimmer);
    add("blackout", None, &|stage| stage.blackout = live.blackout || blackout);
    stages
}

fn runs(plan: &Plan, target: Target) -> Vec<&Run> {
    let outputs = &plan.outputs;
    match target {
        Target::Dimmer | Target::Color => Vec::new(),
        Target::Strobe => outputs.strobe.iter().collect(),
        Target::Pan => outputs.pan.iter().collect(),
        Target::Tilt => outputs.tilt.iter().collect(),
        Target::Speed => outputs.speed.iter().collect(),
        Target::Beam(value) => outputs.beam.iter().filter(|(driven, _)| *driven == value).map(|(_, run)| run).collect(),
    }
}

/// The feeds by which a plan drives a capability of a head, and the head's place in their runs.
fn feeds(plan: &Plan, target: Target, head: HeadIdx) -> Vec<(&Feed, usize)> {
    let place = |heads: &Heads| heads.iter().position(|other| other == head as usize);
    match target {
        Target::Dimmer | Target::Color => {
            let light = plan.outputs.light.iter().filter_map(|run| Some((run, place(&run.heads)?)));
            let feeds = light.flat_map(|(run, at)| {
                let dimmer = run.dimmer.as_ref().filter(|_| target == Target::Dimmer);
                [dimmer, run.color.as_ref()].into_iter().flatten().map(move |feed| (feed, at))
            });
            feeds.collect()
        }
        _ => runs(plan, target).into_iter().filter_map(|run| Some((&run.feed, place(&run.heads)?))).collect(),
    }
}

/// Which sinks of a plan drive a capability of a head.
pub fn drivers(plan: &Plan, target: Target, head: HeadIdx) -> Vec<String> {
    feeds(plan, target, head).into_iter().map(|(feed, _)| feed.node.to_string()).collect()
}
