//! What is wrong with a graph before it is built: unknown kinds and ports, wires that do not fit, cycles, missing
//! inputs.  Every problem is reported, with its node and port.
//!
//! A problem is an error only where a sink depends on it; elsewhere it is a warning and the graph still runs.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::model::{Edge, Graph};
use crate::engine::nodes;
use crate::engine::nodes::spec::{NodeSpec, PortType};

/// More nodes or wires than this are refused: no person draws such a graph, and building recurses along it.
pub const MAX_NODES: usize = 2000;
pub const MAX_EDGES: usize = 10_000;
pub const MAX_ARGS: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Warning,
    /// The annotation contributes nothing.
    Error,
}

/// One thing that is wrong, where, in words.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Diagnostic {
    pub severity: Severity,
    pub pattern: Option<Uuid>,
    pub annotation: Option<Uuid>,
    pub node: Option<String>,
    pub port: Option<String>,
    pub message: String,
}

impl Diagnostic {
    pub fn new(severity: Severity, node: Option<&str>, port: Option<&str>, message: impl Into<String>) -> Self {
        Self { severity, pattern: None, annotation: None, node: node.map(Into::into), port: port.map(Into::into), message: message.into() }
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        })?;
        match (&self.node, &self.port) {
            (Some(node), Some(port)) => write!(f, " at {node}.{port}")?,
            (Some(node), None) => write!(f, " at {node}")?,
            _ => {}
        }
        write!(f, ": {}", self.message)
    }
}

/// A graph with its wires resolved to node indices.
pub struct Checked<'g> {
    pub graph: &'g Graph,
    pub specs: Vec<Option<&'static NodeSpec>>,
    /// Per node: input port to the edge that feeds it.
    pub inputs: Vec<BTreeMap<&'g str, &'g Edge>>,
    pub index: HashMap<&'g str, usize>,
    /// Some sink depends on the node.
    pub live: Vec<bool>,
    pub diagnostics: Vec<Diagnostic>,
}

/// The type of an output, the ports of `pattern_args` included.
pub fn output_type(graph: &Graph, spec: &NodeSpec, port: &str) -> Option<PortType> {
    if spec.type_id == nodes::inputs::PATTERN_ARGS.type_id {
        return graph.args.iter().find(|arg| arg.id == port).and_then(|arg| arg_type(&arg.arg_type));
    }
    spec.output(port).map(|port| port.ty)
}

fn arg_type(name: &str) -> Option<PortType> {
    match name {
        "Color" | "Scalar" => Some(PortType::Signal),
        "Selection" => Some(PortType::Selection),
        _ => None,
    }
}

pub fn check(graph: &Graph) -> Checked<'_> {
    let mut checked = Checked {
        graph,
        specs: graph.nodes.iter().map(|node| nodes::find(&node.type_id)).collect(),
        inputs: vec![BTreeMap::new(); graph.nodes.len()],
        index: HashMap::new(),
        live: vec![false; graph.nodes.len()],
        diagnostics: Vec::new(),
    };
    if graph.nodes.len() > MAX_NODES || graph.edges.len() > MAX_EDGES || graph.args.len() > MAX_ARGS {
        let (nodes, edges, args) = (graph.nodes.len(), graph.edges.len(), graph.args.len());
        let message = format!(
            "the graph has {nodes} nodes, {edges} wires and {args} arguments; {MAX_NODES}, {MAX_EDGES} and {MAX_ARGS} are the most"
        );
        checked.diagnostics.push(Diagnostic::new(Severity::Error, None, None, message));
        return checked;
    }
    let mut problems = Vec::new();
    for (at, node) in graph.nodes.iter().enumerate() {
        if checked.index.insert(&node.id, at).is_some() {
            problems.push((at, None, format!("two nodes have the id \"{}\"", node.id)));
        }
        if checked.specs[at].is_none() {
            problems.push((at, None, format!("unknown node type \"{}\"", node.type_id)));
        }
    }
    for arg in graph.args.iter().filter(|arg| arg_type(&arg.arg_type).is_none()) {
        let message = format!("argument \"{}\" has the unknown type \"{}\"; Color, Scalar and Selection are known", arg.id, arg.arg_type);
        checked.diagnostics.push(Diagnostic::new(Severity::Warning, None, None, message));
    }
    wire(&mut checked, &mut problems);
    missing_inputs(&checked, &mut problems);
    mark_live(&mut checked);
    cycles(&checked, &mut problems);
    problems.sort_by_key(|problem| problem.0);
    for (at, port, message) in problems {
        let severity = if checked.live[at] { Severity::Error } else { Severity::Warning };
        checked.diagnostics.push(Diagnostic::new(severity, Some(&graph.nodes[at].id), port.as_deref(), message));
    }
    checked
}

type Problem = (usize, Option<String>, String);

fn wire<'g>(checked: &mut Checked<'g>, problems: &mut Vec<Problem>) {
    for edge in &checked.graph.edges {
        let (from, to) = (checked.index.get(edge.from_node.as_str()), checked.index.get(edge.to_node.as_str()));
        let (Some(&from), Some(&to)) = (from, to) else {
            // What misses an input for it is told as that.
            let message = format!("wire \"{}\" goes to or from a node that is not there", edge.id);
            let node = from.or(to).map(|&at| checked.graph.nodes[at].id.as_str());
            checked.diagnostics.push(Diagnostic::new(Severity::Warning, node, None, message));
            continue;
        };
        if let (Some(from_spec), Some(to_spec)) = (checked.specs[from], checked.specs[to]) {
            let given = output_type(checked.graph, from_spec, &edge.from_port);
            let taken = to_spec.input(&edge.to_port);
            match (given, taken) {
                (None, _) => problems.push((
                    from,
                    Some(edge.from_port.clone()),
                    format!("{} has no output \"{}\"", from_spec.type_id, edge.from_port),
                )),
                (_, None) => {
                    problems.push((to, Some(edge.to_port.clone()), format!("{} has no input \"{}\"", to_spec.type_id, edge.to_port)))
                }
                (Some(given), Some(taken)) if given != taken.ty => {
                    problems.push((
                        to,
                        Some(edge.to_port.clone()),
                        format!("\"{}\" takes {}, the wire brings {given}", edge.to_port, taken.ty),
                    ));
                }
                _ => {}
            }
            if given.is_none() || taken.is_none_or(|taken| Some(taken.ty) != given) {
                // Kept as a dependency, so that what lies behind it counts as live.
                checked.inputs[to].entry(&edge.to_port).or_insert(edge);
                continue;
            }
        }
        if checked.inputs[to].insert(&edge.to_port, edge).is_some() {
            let message = "two wires go into one input; the later one counts";
            checked.diagnostics.push(Diagnostic::new(Severity::Warning, Some(&edge.to_node), Some(&edge.to_port), message));
        }
    }
}

fn missing_inputs(checked: &Checked<'_>, problems: &mut Vec<Problem>) {
    for (at, spec) in checked.specs.iter().enumerate() {
        for port in spec.iter().flat_map(|spec| spec.inputs).filter(|port| port.required) {
            if !checked.inputs[at].contains_key(port.name) {
                problems.push((at, Some(port.name.to_owned()), format!("nothing is connected to \"{}\"", port.name)));
            }
        }
    }
}

fn mark_live(checked: &mut Checked<'_>) {
    let mut open: Vec<usize> = (0..checked.specs.len()).filter(|&at| checked.specs[at].is_some_and(|spec| spec.sink)).collect();
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut checked.live[at], true) {
            continue;
        }
        open.extend(checked.inputs[at].values().filter_map(|edge| checked.index.get(edge.from_node.as_str())));
    }
}

/// Nodes on a cycle: what remains after taking away, again and again, whatever waits for nothing.
fn cycles(checked: &Checked<'_>, problems: &mut Vec<Problem>) {
    let n = checked.graph.nodes.len();
    let mut waits = vec![0usize; n];
    let mut feeds = vec![Vec::new(); n];
    for (to, inputs) in checked.inputs.iter().enumerate() {
        for edge in inputs.values() {
            if let Some(&from) = checked.index.get(edge.from_node.as_str()) {
                waits[to] += 1;
                feeds[from].push(to);
            }
        }
    }
    let mut left = waits.clone();
    let mut free: Vec<usize> = (0..n).filter(|&at| left[at] == 0).collect();
    while let Some(at) = free.pop() {
        for &to in &feeds[at] {
            left[to] -= 1;
            if left[to] == 0 {
                free.push(to);
            }
        }
    }
    // The same from behind, so that what merely hangs on a cycle is not named.
    let mut ahead: Vec<usize> = feeds.iter().map(Vec::len).collect();
    let mut done: Vec<usize> = (0..n).filter(|&at| ahead[at] == 0).collect();
    let mut on_cycle: Vec<bool> = left.iter().map(|&left| left > 0).collect();
    while let Some(at) = done.pop() {
        on_cycle[at] = false;
        for edge in checked.inputs[at].values() {
            if let Some(&from) = checked.index.get(edge.from_node.as_str()) {
                ahead[from] -= 1;
                if ahead[from] == 0 {
                    done.push(from);
                }
            }
        }
    }
    problems.extend(
        (0..n)
            .filter(|&at| on_cycle[at])
            .map(|at| (at, None, "this node is part of a cycle: its output comes back into itself".to_owned())),
    );
}
