//! From a checked graph to a [`Plan`]: nodes are built on demand from the sinks backwards, once per time context.
//!
//! What depends on no instant is evaluated here and becomes a constant.  Nothing in here fails: problems become
//! diagnostics, and a graph with an error yields no plan.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::bake::{MAX_WORK, Room};
use super::check::{Checked, Diagnostic, Severity, check};
use super::looks::Looks;
use super::model::{self, Graph, Node};
use super::outputs;
use super::plan::{At, Op, Plan, Step};
use crate::engine::nodes::features::{AudioRef, Features};
use crate::engine::nodes::random::{hash_bytes, mix};
use crate::engine::nodes::spec::{NodeSpec, ParamKind};
use crate::engine::rig::Rig;
use crate::engine::rig::select::Selection;
use crate::engine::signal::{NOW, Slot, TimeSlot};
use crate::engine::track::TrackAnalysis;

/// Numbers that one plan may need at most: 64 MiB.
const MAX_ARENA: usize = 1 << 24;
/// Numbers, by weight, that one evaluation may compute at most: more would hold up the frame, and what is sent with it.
const MAX_COST: u64 = 1 << 26;
const TOO_LARGE: &str = "the graph is too large for this venue: select fewer heads or use fewer nodes";
/// Copies of nodes in different time contexts at most.
const MAX_INSTANCES: usize = 8192;
/// Bytes of tables that all annotations of a show may hold together.
pub const MAX_TABLES: usize = 256 << 20;

/// All that a graph is compiled against.
pub struct Inputs<'a> {
    pub rig: &'a Arc<Rig>,
    pub track: &'a Arc<TrackAnalysis>,
    pub features: &'a Features,
    pub args: &'a Map<String, Json>,
    pub start: f64,
    pub end: f64,
    pub seed: u64,
    /// Bytes of tables that the plan may hold.
    pub tables: usize,
}

/// What flows along a wire.
#[derive(Clone)]
pub enum Value {
    Signal(Slot),
    Selection(Arc<Selection>),
    Audio(AudioRef),
    Beats,
}

impl Value {
    /// The same at every instant.
    fn is_timeless(&self) -> bool {
        !matches!(self, Self::Signal(slot) if !slot.constant)
    }
}

/// Which capability a sink drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Dimmer,
    Color,
    Pan,
    Tilt,
    Strobe,
    Speed,
    Beam(crate::engine::frame::BeamValue),
}

/// One capability driven by one signal on one selection.
pub struct Sink {
    pub target: Target,
    pub selection: Arc<Selection>,
    pub slot: Slot,
    pub node: String,
}

pub(super) struct Builder<'a> {
    pub(super) checked: Checked<'a>,
    pub(super) inputs: &'a Inputs<'a>,
    pub(super) plan: Plan,
    pub(super) sinks: Vec<Sink>,
    pub(super) diagnostics: Vec<Diagnostic>,
    built: HashMap<(usize, TimeSlot), Arc<HashMap<String, Value>>>,
    /// Outputs of nodes that no instant changes: they serve in every time context.
    timeless: HashMap<usize, Arc<HashMap<String, Value>>>,
    /// The graph asked for more than it may have: nothing is built any more.
    pub(super) halted: bool,
    /// What compiling may still compute.
    pub(super) work_left: u64,
    pub(super) room: Room,
    /// Contexts of looks: grid, the context they are made of, how many looks ahead, the context.
    pub(super) looked: Vec<(Looks, TimeSlot, u32, TimeSlot)>,
    /// What was found over the range, by signal.
    pub(super) extents: HashMap<Slot, (f32, f32)>,
    pub(super) changes: HashMap<Slot, Arc<[f64]>>,
}

/// Compiles a graph.  `None` where an error keeps it from running.
pub fn build(graph: &Graph, inputs: &Inputs<'_>) -> (Option<Plan>, Vec<Diagnostic>) {
    let mut checked = check(graph);
    let mut diagnostics = std::mem::take(&mut checked.diagnostics);
    if diagnostics.iter().any(|problem| problem.severity == Severity::Error) {
        return (None, diagnostics);
    }
    let mut builder = Builder::new(checked, inputs);
    for at in 0..graph.nodes.len() {
        if builder.checked.specs[at].is_some_and(|spec| spec.sink) {
            builder.built(at, NOW);
        }
    }
    if !builder.checked.specs.iter().flatten().any(|spec| spec.sink) {
        let message = "the graph drives nothing: it has no sink such as apply_dimmer";
        builder.diagnostics.push(Diagnostic::new(Severity::Warning, None, None, message));
    }
    outputs::resolve(&mut builder);
    builder.plan.look_secs = look_secs(&builder.plan);
    let ops = builder.plan.steps.iter().filter_map(|step| if let Step::Eval { op, .. } = step { Some(op) } else { None });
    builder.plan.one_peaks_by_lane = ops.filter(|op| op.peaks_by_lane()).count() == 1;
    let Builder { plan, diagnostics: found, .. } = builder;
    diagnostics.extend(found);
    let broken = diagnostics.iter().any(|problem| problem.severity == Severity::Error);
    ((!broken).then_some(plan), diagnostics)
}

/// A graph whose fastest part turns more than 8 times a second may flash within a frame without saying when.
fn look_secs(plan: &Plan) -> f64 {
    let fastest = plan.steps.iter().map(|step| if let Step::Eval { op, .. } = step { op.fastest_hz() } else { 0.0 }).fold(0.0, f64::max);
    if fastest > 8.0 { (0.125 / fastest).max(0.002) } else { 0.0 }
}

impl<'a> Builder<'a> {
    pub(super) fn new(checked: Checked<'a>, inputs: &'a Inputs<'a>) -> Self {
        Self {
            checked,
            inputs,
            plan: Plan { n_times: 1, ..Plan::default() },
            sinks: Vec::new(),
            diagnostics: Vec::new(),
            built: HashMap::new(),
            timeless: HashMap::new(),
            halted: false,
            work_left: MAX_WORK,
            room: Room::default(),
            looked: Vec::new(),
            extents: HashMap::new(),
            changes: HashMap::new(),
        }
    }

    /// Builds a node in a time context, once, and returns its outputs.
    pub(super) fn built(&mut self, at: usize, time: TimeSlot) -> Arc<HashMap<String, Value>> {
        if let Some(outputs) = self.timeless.get(&at).or_else(|| self.built.get(&(at, time))) {
            return outputs.clone();
        }
        let graph: &'a Graph = self.checked.graph;
        let mut outputs = HashMap::new();
        if self.built.len() >= MAX_INSTANCES {
            self.halt(Some(&graph.nodes[at].id), "too many time delays behind one another");
        }
        if self.halted {
            return Arc::default();
        }
        if let Some(spec) = self.checked.specs[at] {
            let mut building = Building { builder: self, spec, node: &graph.nodes[at], at, time, outputs: HashMap::new() };
            (spec.build)(&mut building);
            outputs = building.outputs;
        }
        let outputs = Arc::new(outputs);
        if outputs.values().all(Value::is_timeless) {
            self.timeless.insert(at, outputs.clone());
        }
        self.built.insert((at, time), outputs.clone());
        outputs
    }

    /// Ends building: the graph asks for more than it may have.  Told once.
    pub(super) fn halt(&mut self, node: Option<&str>, message: &str) {
        if !std::mem::replace(&mut self.halted, true) {
            self.diagnostics.push(Diagnostic::new(Severity::Error, node, None, message));
        }
    }

    pub(super) fn add_constant(&mut self, n: u32, c: u32, values: &[f32]) -> Slot {
        let (n, c) = if self.plan.consts.len() + (n * c) as usize > MAX_ARENA {
            self.halt(None, TOO_LARGE);
            (1, 1)
        } else {
            (n, c)
        };
        let slot = Slot { at: self.plan.consts.len() as u32, n, c, constant: true };
        self.plan.consts.extend((0..slot.len()).map(|i| values[i % values.len()]));
        slot
    }
}

/// A value for a message, cut where it would fill the screen.
pub fn brief(value: impl std::fmt::Display) -> String {
    const LONGEST: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A node being built: what its kind may ask and say.
pub struct Building<'b, 'a> {
    pub(super) builder: &'b mut Builder<'a>,
    pub spec: &'static NodeSpec,
    pub node: &'a Node,
    at: usize,
    time: TimeSlot,
    outputs: HashMap<String, Value>,
}

impl<'a> Building<'_, 'a> {
    pub fn inputs(&self) -> &'a Inputs<'a> {
        self.builder.inputs
    }

    pub fn rig(&self) -> &'a Arc<Rig> {
        self.builder.inputs.rig
    }

    pub fn track(&self) -> &'a Arc<TrackAnalysis> {
        self.builder.inputs.track
    }

    pub fn graph(&self) -> &'a Graph {
        self.builder.checked.graph
    }

    /// The time context this copy of the node lives in.
    pub fn time(&self) -> TimeSlot {
        self.time
    }

    /// A seed of this node's own.
    pub fn seed(&self) -> u64 {
        mix(self.builder.inputs.seed ^ hash_bytes(self.node.id.as_bytes()))
    }

    pub fn warn(&mut self, port: Option<&str>, message: impl Into<String>) {
        self.report(Severity::Warning, port, message);
    }

    pub fn error(&mut self, port: Option<&str>, message: impl Into<String>) {
        self.report(Severity::Error, port, message);
    }

    fn report(&mut self, severity: Severity, port: Option<&str>, message: impl Into<String>) {
        let problem = Diagnostic::new(severity, Some(&self.node.id), port, message);
        if !self.builder.diagnostics.contains(&problem) {
            self.builder.diagnostics.push(problem);
        }
    }

    fn input_at(&mut self, port: &str, time: TimeSlot) -> Option<Value> {
        let edge = *self.builder.checked.inputs[self.at].get(port)?;
        let from = *self.builder.checked.index.get(edge.from_node.as_str())?;
        self.builder.built(from, time).get(edge.from_port.as_str()).cloned()
    }

    pub fn is_connected(&self, port: &str) -> bool {
        self.builder.checked.inputs[self.at].contains_key(port)
    }

    /// The signal on an input, if one is connected.
    pub fn signal(&mut self, port: &str) -> Option<Slot> {
        self.signal_at(port, self.time)
    }

    /// The same in another time context.
    pub fn signal_at(&mut self, port: &str, time: TimeSlot) -> Option<Slot> {
        let Some(Value::Signal(slot)) = self.input_at(port, time) else { return None };
        let wanted = self.spec.input(port).map_or(0, |port| port.channels);
        if wanted != 0 && slot.c != wanted && !slot.is_empty() {
            self.error(Some(port), format!("\"{port}\" takes a signal of {wanted} channels, the wire brings {}", slot.c));
            return None;
        }
        (!slot.is_empty()).then_some(slot)
    }

    /// The signal on an input, or a constant in its place.
    pub fn signal_or(&mut self, port: &str, value: f32) -> Slot {
        match self.signal(port) {
            Some(slot) => slot,
            None => self.constant(1, 1, &[value]),
        }
    }

    pub fn selection(&mut self, port: &str) -> Arc<Selection> {
        match self.input_at(port, self.time) {
            Some(Value::Selection(selection)) => selection,
            _ => Arc::default(),
        }
    }

    pub fn audio(&mut self, port: &str) -> Option<AudioRef> {
        match self.input_at(port, self.time) {
            Some(Value::Audio(audio)) => Some(audio),
            _ => None,
        }
    }

    pub fn number(&mut self, name: &str) -> f64 {
        let Some(ParamKind::Number { default, min, max }) = self.kind(name) else { return 0.0 };
        match self.node.params.get(name) {
            None | Some(Json::Null) => default,
            Some(value) => match model::number(value) {
                Some(number) => number.clamp(min, max),
                None => {
                    self.warn(None, format!("\"{name}\" is not a number: {}; {default} is used", brief(value)));
                    default
                }
            },
        }
    }

    pub fn level(&mut self, name: &str) -> f32 {
        self.number(name) as f32
    }

    pub fn flag(&mut self, name: &str) -> bool {
        let Some(ParamKind::Flag { default }) = self.kind(name) else { return false };
        self.node.params.get(name).and_then(model::flag).unwrap_or(default)
    }

    /// The index of the chosen option.
    pub fn choice(&mut self, name: &str) -> usize {
        let Some(ParamKind::Choice { options }) = self.kind(name) else { return 0 };
        let Some(value) = self.node.params.get(name).filter(|value| !value.is_null()) else { return 0 };
        let found = value.as_str().and_then(|text| options.iter().position(|option| option.eq_ignore_ascii_case(text)));
        found.unwrap_or_else(|| {
            self.warn(None, format!("\"{name}\" cannot be {}; it is one of {}", brief(value), options.join(", ")));
            0
        })
    }

    pub fn text(&mut self, name: &str) -> String {
        match (self.node.params.get(name), self.kind(name)) {
            (Some(Json::String(text)), _) => text.clone(),
            (_, Some(ParamKind::Text { default })) => default.to_owned(),
            _ => String::new(),
        }
    }

    /// Red, green, blue, alpha.
    pub fn color(&mut self, name: &str) -> [f32; 4] {
        let given = self.node.params.get(name).filter(|value| !value.is_null());
        let read = given.and_then(model::color);
        if let (Some(given), None) = (given, read) {
            self.warn(None, format!("\"{name}\" is not a colour: {}", brief(given)));
        }
        let default = match self.kind(name) {
            Some(ParamKind::Color { default }) => crate::engine::units::Rgb::from_hex(default),
            _ => None,
        };
        let (rgb, alpha) = read.or(default).unwrap_or_default();
        [rgb.0[0], rgb.0[1], rgb.0[2], alpha]
    }

    fn kind(&self, name: &str) -> Option<ParamKind> {
        self.spec.params.iter().find(|param| param.name == name).map(|param| param.kind)
    }

    /// Puts a value on an output.
    pub fn output(&mut self, port: &str, value: Value) {
        self.outputs.insert(port.to_owned(), value);
    }

    /// A constant signal; `values` repeat as needed.
    pub fn constant(&mut self, n: u32, c: u32, values: &[f32]) -> Slot {
        self.builder.add_constant(n, c, values)
    }

    /// Adds a step that reads `inputs` and nothing else.  Evaluated on the spot when all of them are constant; `clocked` ops
    /// look at the time of the node's context and never are.
    pub fn push(&mut self, shape: (u32, u32), inputs: &[Slot], clocked: bool, op: impl Op + 'static) -> Slot {
        let (n, c) = shape;
        let len = n as usize * c as usize;
        let cost = len as u64 * u64::from(op.weight());
        let plan = &self.builder.plan;
        if plan.n_arena + plan.consts.len() + len > MAX_ARENA || plan.cost + cost > MAX_COST {
            self.too_large();
            return self.constant(1, c, &[0.0]);
        }
        if !self.builder.spend(cost) {
            return self.constant(1, c, &[0.0]);
        }
        if !clocked && inputs.iter().all(|input| input.constant) {
            let mut values = vec![0.0; len];
            op.eval(&At { consts: &self.builder.plan.consts, arena: &[], times: &[0.0], window_secs: 0.0 }, &mut values);
            return self.constant(n, c, &values);
        }
        let time = clocked.then_some(self.time);
        let plan = &mut self.builder.plan;
        let out = Slot { at: plan.n_arena as u32, n, c, constant: false };
        plan.n_arena += len;
        plan.cost += cost;
        plan.steps.push(Step::Eval { op: Arc::new(op), out, inputs: inputs.into(), time });
        out
    }

    fn too_large(&mut self) {
        self.builder.halt(Some(&self.node.id), TOO_LARGE);
    }

    /// A context in which it is `delay` seconds earlier, lane by lane.
    pub fn delayed(&mut self, delay: Slot) -> TimeSlot {
        let parent = self.time;
        let n = crate::engine::signal::broadcast(parent.n, delay.n);
        if self.builder.plan.n_times + n as usize > MAX_ARENA / 4 {
            self.too_large();
            return parent;
        }
        let plan = &mut self.builder.plan;
        let out = TimeSlot { at: plan.n_times as u32, n };
        plan.n_times += out.n as usize;
        plan.steps.push(Step::Delay { parent, delay, out });
        out
    }

    pub fn sink(&mut self, target: Target, selection: Arc<Selection>, slot: Slot) {
        let node = self.node.id.clone();
        self.builder.sinks.push(Sink { target, selection, slot, node });
    }

    /// The first number of a constant.
    pub fn sample_constant(&self, slot: Slot) -> f32 {
        self.builder.plan.consts.get(slot.at as usize).copied().filter(|_| slot.constant).unwrap_or(0.0)
    }
}
