//! Why a head does what it does: for each capability the chain of values from the lowest layer to the byte.
//!
//! There is no second way of computing light in here: every value is read from a frame that [`render`] made of the program
//! with fewer layers, or with less of [`Live`] above it, and every byte from [`encode`].  The last value of each chain is the
//! frame's own.  Slow (a rendering per layer); for people, not for every frame.

use super::composite::blend::BlendMode;
use super::composite::program::{Layer, Program};
use super::frame::{BeamValue, Frame, HeadState, has};
use super::graph::build::Target;
use super::graph::plan::{Arena, Feed, Heads, Plan, Run};
use super::live::Live;
use super::rig::kind::{Channel, Drive};
use super::rig::{Caps, HeadIdx, Rig};
use super::units::Window;
use super::{DmxFrame, Held, encode, render};
use serde::Serialize;
use uuid::Uuid;

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
    pub after: Reading,
}

/// Where a value that no layer sets comes from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Rest {
    /// Dark, open, unfrozen, white, at home.
    Default,
    /// What this annotation left when it ended.
    Held { annotation: Uuid },
    /// Where this annotation will begin.
    PrePositioned { annotation: Uuid },
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

/// A channel of the head's fixture that the head has a part in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Written {
    pub what: String,
    pub universe: u16,
    /// `1..=512`.
    pub channel: u16,
    pub byte: u8,
    /// The low byte of a value of 16 bits, and its channel.
    pub fine: Option<(u16, u8)>,
    /// Other heads have a part in it as well.
    pub shared: bool,
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
    let folded: Vec<HeadState> = (1..=chained.len()).map(|n| state(&of(program, &chained[..n]), seen, &Live::default(), head)).collect();
    let alone: Vec<HeadState> = chained.iter().map(|layer| state(&alone(program, layer), seen, &Live::default(), head)).collect();
    let score = frame(program, seen, &Live::default());
    let stages = stages(below, live.blackout);
    let held_above: Vec<HeadState> = stages.iter().map(|(_, live)| state(program, seen, live, head)).collect();
    let shown = frame(program, window, live);
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
        for ((what, _), state) in stages.iter().zip(&held_above) {
            let after = Reading::of(state, target);
            if after != value {
                above.push(Above { what, after });
                value = after;
            }
        }
        let able = able.any(target.caps());
        if able || !steps.is_empty() || !above.is_empty() {
            let rest = if steps.is_empty() && above.is_empty() { resting(program, &score, target, head) } else { Rest::Default };
            chains.push(Chain { target, able, rest, steps, above, value: Reading::of(&shown.head(head), target) });
        }
    }
    let mut dmx = DmxFrame::default();
    encode(&program.rig, &shown, &mut held.clone(), &mut dmx);
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

fn of(program: &Program, layers: &[&Layer]) -> Program {
    program.only(|layer| layers.iter().any(|wanted| wanted.id == layer.id))
}

/// A layer over nothing, as it would be without any blending.
pub(super) fn alone(program: &Program, wanted: &Layer) -> Program {
    let mut program = of(program, &[wanted]);
    program.layers.iter_mut().for_each(|layer| layer.blend = BlendMode::Replace);
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

/// What stands above the score, one more at a time, in the order in which it acts.
fn stages(live: &Live, blackout: bool) -> Vec<(&'static str, Live)> {
    let mut stage = Live::default();
    let mut stages = Vec::new();
    let mut add = |what: &'static str, raise: &dyn Fn(&mut Live)| {
        raise(&mut stage);
        stages.push((what, stage.clone()));
    };
    add("programmer", &|stage| stage.programmer.clone_from(&live.programmer));
    add("group master", &|stage| stage.group_masters.clone_from(&live.group_masters));
    add("grand master", &|stage| stage.grand_master = live.grand_master);
    add("strobe kill", &|stage| stage.strobe_kill = live.strobe_kill);
    add("strobe cap", &|stage| stage.strobe_cap_hz = live.strobe_cap_hz);
    add("highest dimmer", &|stage| stage.max_dimmer = live.max_dimmer);
    add("blackout", &|stage| stage.blackout = live.blackout || blackout);
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

/// Where a head that no layer drives has its position or wheel colour from: found again in the order in which the
/// compositor looks, ahead first where the head is idle.
fn resting(program: &Program, frame: &Frame, target: Target, head: HeadIdx) -> Rest {
    let index = program.rig.heads[head as usize].index;
    let functions = &program.rig.fixtures[program.rig.heads[head as usize].fixture as usize].kind.functions;
    let has_wheel = || functions.iter().any(|function| function.heads.contains(&index) && matches!(function.drive, Drive::ColorWheel { .. }));
    // Mixed colours wait for nothing; a wheel has to turn.
    if !(matches!(target, Target::Pan | Target::Tilt) || target == Target::Color && has_wheel()) {
        return Rest::Default;
    }
    let (now, idle) = (frame.window.to, frame.set[head as usize] & has::DRIVEN == 0);
    let ahead = |layer: &&Layer| layer.start > now && touches(&layer.plan, head);
    let next = program.layers.iter().filter(ahead).map(|layer| layer.start).fold(f64::INFINITY, f64::min);
    if idle && next.is_finite() {
        let mut starting = program.layers.iter().rev().filter(|layer| layer.start == next);
        if let Some(layer) = starting.find(|layer| leaves(&layer.plan, target, head, next)) {
            return Rest::PrePositioned { annotation: layer.id };
        }
    }
    let ended = program.layers.iter().filter(|layer| layer.end <= now && leaves(&layer.plan, target, head, layer.end));
    // Of those that end together the upper one, which comes last.
    ended.max_by(|a, b| a.end.total_cmp(&b.end)).map_or(Rest::Default, |layer| Rest::Held { annotation: layer.id })
}

/// A plan says something of a position or colour at an instant.
fn leaves(plan: &Plan, target: Target, head: HeadIdx, secs: f64) -> bool {
    let mut arena = Arena::default();
    let Some((feed, at)) = feeds(plan, target, head).pop() else { return false };
    plan.eval(secs, &mut arena);
    let values = plan.at(&arena).read(feed.slot);
    let value = |channel| values.get(feed.lane(at), channel);
    if target == Target::Color { (0..3).any(|channel| value(channel) > 1e-4) } else { value(0).is_finite() }
}

/// The channels that a head has a part in, with their bytes.
fn written(rig: &Rig, head: HeadIdx, dmx: &DmxFrame) -> Vec<Written> {
    let index = rig.heads[head as usize].index;
    let fixture = &rig.fixtures[rig.heads[head as usize].fixture as usize];
    let Some(bytes) = dmx.universe(fixture.universe) else { return Vec::new() };
    let mut written = Vec::new();
    for function in fixture.kind.functions.iter().filter(|function| function.heads.contains(&index)) {
        for (what, Channel { coarse, fine }) in channels(&function.drive) {
            let place = |offset: u16| {
                let channel = fixture.address.max(1).checked_add(offset)?;
                Some((channel, *bytes.get(usize::from(channel) - 1)?))
            };
            if let Some((channel, byte)) = place(coarse) {
                let (universe, shared) = (fixture.universe, function.heads.len() > 1);
                written.push(Written { what, universe, channel, byte, fine: fine.and_then(place), shared });
            }
        }
    }
    written.sort_by_key(|written| written.channel);
    written
}

fn channels(drive: &Drive) -> Vec<(String, Channel)> {
    let one = |what: &str, channel: &Channel| vec![(what.to_owned(), *channel)];
    match drive {
        Drive::Dimmer { channel, .. } => one("dimmer", channel),
        Drive::Color { emitters, .. } => {
            emitters.iter().map(|(emitter, channel)| (format!("{emitter:?}").to_lowercase(), *channel)).collect()
        }
        Drive::ColorWheel { channel, .. } => one("colour wheel", channel),
        Drive::Pan { channel, .. } => one("pan", channel),
        Drive::Tilt { channel, .. } => one("tilt", channel),
        Drive::Shutter { channel, .. } => one("shutter", channel),
        Drive::Zoom { channel, .. } => one("zoom", channel),
        Drive::Focus { channel, .. } => one("focus", channel),
        Drive::Iris { channel, .. } => one("iris", channel),
        Drive::Frost { channel, .. } => one("frost", channel),
        Drive::Gobo { channel, .. } => one("gobo", channel),
        Drive::GoboRotation { channel, .. } => one("gobo rotation", channel),
        Drive::Prism { channel, .. } => one("prism", channel),
        Drive::Speed { channel, .. } => one("speed", channel),
    }
}
