//! What people do to a graph: add, connect, turn, move, remove.  The graph that was and an edit in, the graph that is out.
//!
//! Everything that an edit does not concern stays as it was, keys and nodes that this build does not know included.

use std::fmt;

use serde_json::Value;

use crate::engine::graph::check::output_type;
use crate::engine::graph::model::{Edge, Graph, Node};
use crate::engine::nodes;
use crate::engine::nodes::spec::ParamKind;

pub mod arguments;
pub mod arrange;
pub mod clip;
pub mod frames;

use arrange::Align;
use clip::Clip;

#[derive(Clone, Debug, PartialEq)]
pub enum GraphEdit {
    Add {
        type_id: &'static str,
        at: [f64; 2],
    },
    /// A node at the loose end of a wire: the wire goes into or comes from its `port`.
    AddWired {
        type_id: &'static str,
        at: [f64; 2],
        port: &'static str,
        wire: Loose,
    },
    Remove {
        nodes: Vec<String>,
    },
    Connect {
        from: Socket,
        to: Socket,
    },
    Disconnect {
        from: Socket,
        to: Socket,
    },
    Set {
        node: String,
        param: &'static str,
        value: Value,
    },
    /// As the kind has it.
    Unset {
        node: String,
        param: &'static str,
    },
    Move {
        node: String,
        at: [f64; 2],
    },
    /// Copies beside them, fed by the same wires.
    Duplicate {
        nodes: Vec<String>,
    },
    /// What was copied, its upper left corner here.
    Paste {
        clip: Clip,
        at: [f64; 2],
    },
    Align {
        nodes: Vec<String>,
        how: Align,
    },
    /// Every node in its column, as far from the start as its longest way in.
    Tidy,
    /// A titled frame round some nodes, or an empty one where there are none.
    AddFrame {
        nodes: Vec<String>,
        at: [f64; 2],
    },
    NameFrame {
        frame: String,
        title: String,
    },
    /// With the nodes that stand in it.
    MoveFrame {
        frame: String,
        by: [f64; 2],
    },
    SizeFrame {
        frame: String,
        size: [f64; 2],
    },
    /// The nodes in it stay.
    RemoveFrame {
        frame: String,
    },
    /// A new argument of `Color`, `Scalar` or `Selection`.
    AddArg {
        arg_type: &'static str,
    },
    RenameArg {
        arg: String,
        name: String,
    },
    SetArg {
        arg: String,
        value: Value,
    },
    /// Another type, with that type's usual value; wires that no longer fit go.
    RetypeArg {
        arg: String,
        arg_type: &'static str,
    },
    /// The least and most that its slider reaches.
    RangeArg {
        arg: String,
        range: Option<[f64; 2]>,
    },
    /// So many places down, or up where it is negative.
    ShiftArg {
        arg: String,
        by: isize,
    },
    /// With the wires that come from it.
    RemoveArg {
        arg: String,
    },
}

/// A wire of which one end is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loose {
    /// It comes from here.
    From(Socket),
    /// It leads here.
    To(Socket),
}

/// Types of arguments.
pub const ARG_TYPES: [&str; 3] = ["Scalar", "Color", "Selection"];

/// One port of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    pub node: String,
    pub port: String,
}

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.node, self.port)
    }
}

impl GraphEdit {
    /// As undo names it.
    pub fn label(&self) -> String {
        match self {
            Self::Add { type_id, .. } => format!("Add {}", nodes::find(type_id).map_or(type_id, |spec| &spec.title)),
            Self::AddWired { type_id, .. } => format!("Add {}", nodes::find(type_id).map_or(type_id, |spec| &spec.title)),
            Self::Remove { nodes } => format!("Remove {}", several(nodes)),
            Self::Connect { from, to } => format!("Connect {from} to {to}"),
            Self::Disconnect { from, to } => format!("Disconnect {from} from {to}"),
            Self::Set { node, param, .. } => format!("Set {node}.{param}"),
            Self::Move { node, .. } => format!("Move {node}"),
            Self::Unset { node, param } => format!("Set {node}.{param} back"),
            Self::Duplicate { nodes } => format!("Duplicate {}", several(nodes)),
            Self::Paste { clip, .. } => format!("Paste {} nodes", clip.n_nodes()),
            Self::Align { nodes, .. } => format!("Align {}", several(nodes)),
            Self::AddFrame { .. } => "Add a frame".into(),
            Self::NameFrame { title, .. } => format!("Name a frame {title}"),
            Self::MoveFrame { .. } => "Move a frame".into(),
            Self::SizeFrame { .. } => "Size a frame".into(),
            Self::RemoveFrame { .. } => "Remove a frame".into(),
            Self::Tidy => "Tidy the graph".into(),
            Self::AddArg { arg_type } => format!("Add a {} argument", arg_type.to_lowercase()),
            Self::RenameArg { name, .. } => format!("Name an argument {name}"),
            Self::SetArg { arg, .. } => format!("Set what {arg} is unless told"),
            Self::RetypeArg { arg, arg_type } => format!("Make {arg} a {}", arg_type.to_lowercase()),
            Self::RangeArg { arg, .. } => format!("Set the range of {arg}"),
            Self::ShiftArg { arg, .. } => format!("Move argument {arg}"),
            Self::RemoveArg { arg } => format!("Remove argument {arg}"),
        }
    }
}

fn several(nodes: &[String]) -> String {
    match nodes {
        [one] => one.clone(),
        more => format!("{} nodes", more.len()),
    }
}

/// Why these two sockets cannot be connected, in words.
pub fn refusal(graph: &Graph, from: &Socket, to: &Socket) -> Option<String> {
    let spec = |socket: &Socket| graph.nodes.iter().find(|node| node.id == socket.node).and_then(|node| nodes::find(&node.type_id));
    if from.node == to.node {
        return Some("A node cannot feed itself".into());
    }
    let gives = spec(from).and_then(|spec| output_type(graph, spec, &from.port));
    let takes = spec(to).and_then(|spec| spec.input(&to.port));
    match (gives, takes) {
        (Some(gives), Some(takes)) if gives != takes.ty => Some(format!("{from} is {gives}, but {to} takes {}", takes.ty)),
        (Some(_), Some(_)) if feeds(graph, &to.node, &from.node) => {
            Some(format!("{to} already leads to {}: that would be a circle", from.node))
        }
        (Some(_), Some(_)) => None,
        _ => Some("This node is not known here, so its wires cannot be changed".into()),
    }
}

/// Whether `from` leads to `to` over any wires.
fn feeds(graph: &Graph, from: &str, to: &str) -> bool {
    let mut open = vec![from];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(node) = open.pop() {
        if node == to {
            return true;
        }
        if seen.insert(node) {
            open.extend(graph.edges.iter().filter(|edge| edge.from_node == node).map(|edge| edge.to_node.as_str()));
        }
    }
    false
}

/// Applies an edit.  What it names and is not there changes nothing.
pub fn apply(graph: &mut Graph, edit: &GraphEdit) {
    match edit {
        GraphEdit::Add { type_id, at } => drop(add(graph, type_id, *at)),
        GraphEdit::AddWired { type_id, at, port, wire } => {
            let new = Socket { node: add(graph, type_id, *at), port: (*port).to_owned() };
            match wire {
                Loose::From(from) => connect(graph, from, &new),
                Loose::To(to) => connect(graph, &new, to),
            }
        }
        GraphEdit::Remove { nodes } => {
            graph.nodes.retain(|other| !nodes.contains(&other.id));
            graph.edges.retain(|edge| !nodes.contains(&edge.from_node) && !nodes.contains(&edge.to_node));
        }
        GraphEdit::Connect { from, to } => connect(graph, from, to),
        GraphEdit::Disconnect { from, to } => graph.edges.retain(|edge| {
            (&edge.from_node, &edge.from_port, &edge.to_node, &edge.to_port) != (&from.node, &from.port, &to.node, &to.port)
        }),
        GraphEdit::Set { node, param, value } => {
            if let Some(node) = graph.nodes.iter_mut().find(|other| other.id == *node) {
                node.params.insert((*param).to_owned(), value.clone());
            }
        }
        GraphEdit::Unset { node, param } => {
            if let Some(node) = graph.nodes.iter_mut().find(|other| other.id == *node) {
                node.params.shift_remove(*param);
            }
        }
        GraphEdit::Move { node, at } => {
            if let Some(node) = graph.nodes.iter_mut().find(|other| other.id == *node) {
                place(node, *at);
            }
        }
        GraphEdit::Duplicate { nodes } => clip::duplicate(graph, nodes),
        GraphEdit::Paste { clip, at } => clip.paste(graph, *at),
        GraphEdit::Align { nodes, how } => arrange::align(graph, nodes, *how),
        GraphEdit::Tidy => arrange::tidy(graph),
        GraphEdit::AddFrame { nodes, at } => frames::add(graph, nodes, *at),
        GraphEdit::NameFrame { frame, title } => frames::set(graph, frame, "title", title.as_str().into()),
        GraphEdit::MoveFrame { frame, by } => frames::shift(graph, frame, *by),
        GraphEdit::SizeFrame { frame, size: [width, height] } => {
            frames::set(graph, frame, "width", (*width).max(frames::LEAST).into());
            frames::set(graph, frame, "height", (*height).max(frames::LEAST).into());
        }
        GraphEdit::RemoveFrame { frame } => frames::remove(graph, frame),
        GraphEdit::AddArg { arg_type } => arguments::add(graph, arg_type),
        GraphEdit::RenameArg { arg, name } => {
            graph.args.iter_mut().filter(|other| other.id == *arg).for_each(|other| other.name.clone_from(name));
        }
        GraphEdit::SetArg { arg, value } => {
            graph.args.iter_mut().filter(|other| other.id == *arg).for_each(|other| other.default_value = value.clone());
        }
        GraphEdit::RetypeArg { arg, arg_type } => arguments::retype(graph, arg, arg_type),
        GraphEdit::RangeArg { arg, range } => arguments::set_range(graph, arg, *range),
        GraphEdit::ShiftArg { arg, by } => arguments::shift(graph, arg, *by),
        GraphEdit::RemoveArg { arg } => arguments::remove(graph, arg),
    }
}

/// A new node of a kind; its id.
fn add(graph: &mut Graph, type_id: &str, at: [f64; 2]) -> String {
    let mut node = Node { id: free_id(graph, type_id), type_id: type_id.to_owned(), ..Node::default() };
    place(&mut node, at);
    let id = node.id.clone();
    graph.nodes.push(node);
    id
}

/// An input takes one wire: the new one replaces the old.
fn connect(graph: &mut Graph, from: &Socket, to: &Socket) {
    graph.edges.retain(|edge| edge.to_node != to.node || edge.to_port != to.port);
    graph.edges.push(Edge {
        id: free_edge(graph),
        from_node: from.node.clone(),
        from_port: from.port.clone(),
        to_node: to.node.clone(),
        to_port: to.port.clone(),
        ..Edge::default()
    });
}

fn free_edge(graph: &Graph) -> String {
    (1..).map(|n| format!("e{n}")).find(|id| graph.edges.iter().all(|edge| edge.id != *id)).unwrap_or_default()
}

fn free_id(graph: &Graph, type_id: &str) -> String {
    let taken = |id: &String| graph.nodes.iter().any(|node| node.id == *id);
    (1..).map(|n| format!("{type_id}_{n}")).find(|id| !taken(id)).unwrap_or_default()
}

/// Where a node stands on the canvas; nodes that were never placed stand in a row.
pub fn place_of(node: &Node, nth: usize) -> [f64; 2] {
    let coordinate = |name: &str| node.other.get(name).and_then(Value::as_f64);
    match (coordinate("positionX"), coordinate("positionY")) {
        (Some(x), Some(y)) => [x, y],
        _ => [nth as f64 * 240.0, 0.0],
    }
}

fn place(node: &mut Node, [x, y]: [f64; 2]) {
    node.other.insert("positionX".into(), x.into());
    node.other.insert("positionY".into(), y.into());
}

/// A parameter's value, its kind's default where the node has none.
pub fn param_of(node: &Node, name: &str, kind: ParamKind) -> Value {
    node.params.get(name).cloned().unwrap_or_else(|| match kind {
        ParamKind::Number { default, .. } => default.into(),
        ParamKind::Flag { default } => default.into(),
        ParamKind::Choice { options } => options.first().copied().unwrap_or_default().into(),
        ParamKind::Text { default } | ParamKind::Color { default } => default.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::graph::check::check;

    fn socket(node: &str, port: &str) -> Socket {
        Socket { node: node.into(), port: port.into() }
    }

    fn washed() -> Graph {
        crate::patterns::builtin::builtin().into_iter().find(|pattern| pattern.name == "Colour wash").unwrap().graph
    }

    #[test]
    fn a_graph_is_built_from_nothing_and_has_no_faults() {
        let mut graph = Graph::default();
        let add = |graph: &mut Graph, type_id| apply(graph, &GraphEdit::Add { type_id, at: [0.0, 0.0] });
        for type_id in ["select", "scalar", "apply_dimmer"] {
            add(&mut graph, type_id);
        }
        for (from, to) in [
            (socket("select_1", "out"), socket("apply_dimmer_1", "selection")),
            (socket("scalar_1", "out"), socket("apply_dimmer_1", "signal")),
        ] {
            assert_eq!(refusal(&graph, &from, &to), None);
            apply(&mut graph, &GraphEdit::Connect { from, to });
        }
        assert_eq!(check(&graph).diagnostics, []);
    }

    #[test]
    fn wires_of_the_wrong_type_and_circles_are_refused_with_the_reason() {
        let mut graph = washed();
        let wrong = refusal(&graph, &socket("args", "color"), &socket("apply_dimmer", "selection")).unwrap();
        assert!(wrong.contains("is a signal") && wrong.contains("takes a selection"), "{wrong}");
        for _ in 0..2 {
            apply(&mut graph, &GraphEdit::Add { type_id: "math", at: [0.0, 0.0] });
        }
        apply(&mut graph, &GraphEdit::Connect { from: socket("math_1", "out"), to: socket("math_2", "a") });
        let circle = refusal(&graph, &socket("math_2", "out"), &socket("math_1", "a")).unwrap();
        assert!(circle.contains("circle"), "{circle}");
    }

    #[test]
    fn an_input_takes_one_wire_and_a_removed_node_takes_its_wires_along() {
        let mut graph = washed();
        let n_edges = graph.edges.len();
        apply(&mut graph, &GraphEdit::Connect { from: socket("args", "color"), to: socket("apply_dimmer", "signal") });
        assert_eq!(graph.edges.len(), n_edges);
        apply(&mut graph, &GraphEdit::Remove { nodes: vec!["apply_dimmer".into()] });
        assert!(graph.edges.iter().all(|edge| edge.to_node == "apply_color"));
    }

    #[test]
    fn an_argument_is_added_wired_and_removed_with_its_wire() {
        let mut graph = washed();
        let before = (graph.args.len(), graph.edges.len());
        apply(&mut graph, &GraphEdit::AddArg { arg_type: "Color" });
        let new = graph.args.last().unwrap().id.clone();
        assert_ne!(new, graph.args[0].id);
        apply(&mut graph, &GraphEdit::Connect { from: socket("args", &new), to: socket("apply_color", "signal") });
        apply(&mut graph, &GraphEdit::RenameArg { arg: new.clone(), name: "Other".into() });
        assert_eq!(graph.args.last().unwrap().name, "Other");
        apply(&mut graph, &GraphEdit::RemoveArg { arg: new.clone() });
        assert_eq!(graph.args.len(), before.0);
        assert!(graph.edges.iter().all(|edge| edge.from_port != new));
    }

    #[test]
    fn a_tidy_graph_runs_from_left_to_right_and_nothing_lies_on_anything() {
        for pattern in crate::patterns::builtin::builtin() {
            let mut graph = pattern.graph.clone();
            apply(&mut graph, &GraphEdit::Tidy);
            let place = |id: &str| graph.nodes.iter().enumerate().find(|(_, node)| node.id == id).map(|(nth, node)| place_of(node, nth));
            for edge in &graph.edges {
                let (Some(from), Some(to)) = (place(&edge.from_node), place(&edge.to_node)) else { continue };
                assert!(from[0] < to[0], "{}: {} to {}", pattern.name, edge.from_node, edge.to_node);
            }
            let mut places: Vec<_> = graph.nodes.iter().enumerate().map(|(nth, node)| place_of(node, nth).map(|at| at as i64)).collect();
            places.sort_unstable();
            places.dedup();
            assert_eq!(places.len(), graph.nodes.len(), "{}", pattern.name);
        }
    }

    #[test]
    fn a_duplicate_is_fed_by_the_same_wires() {
        let mut graph = washed();
        let fed = graph.edges.iter().filter(|edge| edge.to_node == "apply_dimmer").count();
        apply(&mut graph, &GraphEdit::Duplicate { nodes: vec!["apply_dimmer".into()] });
        let copy = graph.nodes.last().unwrap().id.clone();
        assert_eq!(graph.edges.iter().filter(|edge| edge.to_node == copy).count(), fed);
    }

    #[test]
    fn what_is_not_known_stays_as_it_was() {
        let text = r#"{"nodes":[{"id":"a","typeId":"from_the_future","params":{},"note":1}],"edges":[],"args":[],"zoom":2}"#;
        let mut graph: Graph = serde_json::from_str(text).unwrap();
        apply(&mut graph, &GraphEdit::Add { type_id: "scalar", at: [1.0, 2.0] });
        apply(&mut graph, &GraphEdit::Remove { nodes: vec!["scalar_1".into()] });
        assert_eq!(serde_json::to_string(&graph).unwrap(), text);
    }
}
