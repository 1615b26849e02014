//! Nodes that were copied, with the wires between them: pasted into the same graph or another.

use std::collections::BTreeMap;

use super::{free_edge, free_id, place, place_of};
use crate::engine::graph::model::{Arg, Edge, Graph, Node};
use crate::engine::nodes;

/// How far copies stand from what they are copies of.
const STEP: [f64; 2] = [40.0, 60.0];

/// Nodes with the wires between them and the arguments that they give.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clip {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    args: Vec<Arg>,
}

impl Clip {
    /// What is copied of a graph; `None` where none of the ids is there.
    pub fn of(graph: &Graph, ids: &[String]) -> Option<Self> {
        let mut nodes: Vec<Node> = Vec::new();
        for (nth, node) in graph.nodes.iter().enumerate().filter(|(_, node)| ids.contains(&node.id)) {
            let mut copy = node.clone();
            place(&mut copy, place_of(node, nth));
            nodes.push(copy);
        }
        let edges: Vec<Edge> =
            graph.edges.iter().filter(|edge| ids.contains(&edge.from_node) && ids.contains(&edge.to_node)).cloned().collect();
        let gives = |id: &str| nodes.iter().any(|node| node.id == id && node.type_id == nodes::inputs::PATTERN_ARGS.type_id);
        let used = |arg: &&Arg| edges.iter().any(|edge| edge.from_port == arg.id && gives(&edge.from_node));
        let args = graph.args.iter().filter(used).cloned().collect();
        (!nodes.is_empty()).then_some(Self { nodes, edges, args })
    }

    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Its upper left corner.
    pub fn corner(&self) -> [f64; 2] {
        let places = self.nodes.iter().enumerate().map(|(nth, node)| place_of(node, nth));
        places.fold([f64::MAX; 2], |[x, y], at| [x.min(at[0]), y.min(at[1])])
    }

    /// Adds copies to the end of the graph's nodes.  Arguments that the graph lacks come along; one of the same id and type
    /// is taken for the same.
    pub(super) fn paste(&self, graph: &mut Graph, [x, y]: [f64; 2]) {
        let corner = self.corner();
        let names = self.insert(graph, [x - corner[0], y - corner[1]]);
        let known = |id: &str| graph.args.iter().any(|arg| arg.id == id);
        let missing: Vec<Arg> = self.args.iter().filter(|arg| !known(&arg.id)).cloned().collect();
        graph.args.extend(missing);
        let unfit = |edge: &Edge| {
            let (ours, theirs) =
                (self.args.iter().find(|arg| arg.id == edge.from_port), graph.args.iter().find(|arg| arg.id == edge.from_port));
            let given = names.iter().any(|(old, new)| *new == edge.from_node && self.gives_args(old));
            given && ours.zip(theirs).is_some_and(|(ours, theirs)| ours.arg_type != theirs.arg_type)
        };
        let gone: Vec<String> = graph.edges.iter().filter(|edge| unfit(edge)).map(|edge| edge.id.clone()).collect();
        graph.edges.retain(|edge| !gone.contains(&edge.id));
    }

    fn gives_args(&self, id: &str) -> bool {
        self.nodes.iter().any(|node| node.id == id && node.type_id == nodes::inputs::PATTERN_ARGS.type_id)
    }

    /// Copies of the nodes, moved, and of the wires between them; old ids to new ones.
    fn insert(&self, graph: &mut Graph, by: [f64; 2]) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for (nth, node) in self.nodes.iter().enumerate() {
            let [x, y] = place_of(node, nth);
            let mut copy = Node { id: free_id(graph, &node.type_id), ..node.clone() };
            place(&mut copy, [x + by[0], y + by[1]]);
            names.insert(node.id.clone(), copy.id.clone());
            graph.nodes.push(copy);
        }
        for edge in &self.edges {
            let (Some(from), Some(to)) = (names.get(&edge.from_node), names.get(&edge.to_node)) else { continue };
            let copy = Edge { id: free_edge(graph), from_node: from.clone(), to_node: to.clone(), ..edge.clone() };
            graph.edges.push(copy);
        }
        names
    }
}

/// Copies beside the originals, fed by the same wires from outside.
pub(super) fn duplicate(graph: &mut Graph, ids: &[String]) {
    let Some(clip) = Clip::of(graph, ids) else { return };
    let feeding: Vec<Edge> =
        graph.edges.iter().filter(|edge| ids.contains(&edge.to_node) && !ids.contains(&edge.from_node)).cloned().collect();
    let names = clip.insert(graph, STEP);
    for edge in feeding {
        if let Some(to) = names.get(&edge.to_node) {
            let copy = Edge { id: free_edge(graph), to_node: to.clone(), ..edge };
            graph.edges.push(copy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{GraphEdit, apply};
    use super::*;
    use crate::engine::graph::check::{Severity, check};

    fn graph(name: &str) -> Graph {
        crate::patterns::builtin().into_iter().find(|pattern| pattern.name == name).unwrap().graph
    }

    #[test]
    fn a_whole_graph_pasted_into_an_empty_one_does_the_same() {
        let wash = graph("Colour wash");
        let all: Vec<String> = wash.nodes.iter().map(|node| node.id.clone()).collect();
        let clip = Clip::of(&wash, &all).unwrap();
        let mut new = Graph::default();
        apply(&mut new, &GraphEdit::Paste { clip, at: [100.0, 50.0] });
        assert_eq!((new.nodes.len(), new.edges.len(), &new.args), (wash.nodes.len(), wash.edges.len(), &wash.args));
        assert_eq!(check(&new).diagnostics, []);
        let corner = new
            .nodes
            .iter()
            .enumerate()
            .map(|(nth, node)| place_of(node, nth))
            .fold([f64::MAX; 2], |[x, y], at| [x.min(at[0]), y.min(at[1])]);
        assert_eq!(corner, [100.0, 50.0]);
    }

    #[test]
    fn a_part_keeps_the_wires_inside_it_and_every_id_is_its_own() {
        let mut chase = graph("Linear chase");
        let ids: Vec<String> = chase.nodes.iter().take(3).map(|node| node.id.clone()).collect();
        let before = chase.clone();
        let clip = Clip::of(&chase, &ids).unwrap();
        apply(&mut chase, &GraphEdit::Paste { clip, at: [0.0, 0.0] });
        assert_eq!(chase.nodes.len(), before.nodes.len() + 3);
        let mut names: Vec<&str> =
            chase.nodes.iter().map(|node| node.id.as_str()).chain(chase.edges.iter().map(|edge| edge.id.as_str())).collect();
        let n = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), n);
        assert_eq!(chase.args, before.args);
        assert_eq!(Clip::of(&chase, &["nobody".into()]), None);
    }

    #[test]
    fn an_argument_of_the_same_name_but_another_type_is_not_taken_for_the_same() {
        let wash = graph("Colour wash");
        let all: Vec<String> = wash.nodes.iter().map(|node| node.id.clone()).collect();
        let mut other = Graph::default();
        apply(&mut other, &GraphEdit::AddArg { arg_type: "Selection" });
        other.args[0].id = "color".into();
        apply(&mut other, &GraphEdit::Paste { clip: Clip::of(&wash, &all).unwrap(), at: [0.0, 0.0] });
        assert_eq!(other.args.iter().find(|arg| arg.id == "color").unwrap().arg_type, "Selection");
        assert!(other.edges.iter().all(|edge| edge.from_port != "color"));
        let errors = check(&other).diagnostics.into_iter().filter(|problem| problem.severity == Severity::Error);
        assert!(errors.into_iter().all(|problem| problem.message.contains("nothing is connected")));
    }
}
