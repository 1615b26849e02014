//! The arguments of a pattern: added, typed, ordered, removed.

use serde_json::{Value, json};

use crate::engine::graph::check::output_type;
use crate::engine::graph::model::{Arg, Graph, number};
use crate::engine::nodes;

/// Where an argument keeps the range of its slider; saved in files by these names.
const RANGE: [&str; 2] = ["min", "max"];

pub(super) fn add(graph: &mut Graph, arg_type: &str) {
    let word = arg_type.to_lowercase();
    let taken = |id: &String| graph.args.iter().any(|arg| arg.id == *id);
    let id = std::iter::once(word.clone()).chain((2..).map(|n| format!("{word}_{n}"))).find(|id| !taken(id)).unwrap_or_default();
    let name = id.replace('_', " ");
    graph.args.push(Arg { id, name, arg_type: arg_type.to_owned(), default_value: usual(arg_type), ..Arg::default() });
}

/// What an argument of a type is unless somebody says otherwise.
fn usual(arg_type: &str) -> Value {
    match arg_type {
        "Color" => json!({ "r": 255, "g": 255, "b": 255, "a": 1.0 }),
        "Selection" => json!({ "expression": "all", "spatialReference": "global" }),
        _ => json!(1.0),
    }
}

pub(super) fn retype(graph: &mut Graph, arg: &str, arg_type: &str) {
    let Some(found) = graph.args.iter_mut().find(|other| other.id == arg && other.arg_type != arg_type) else { return };
    arg_type.clone_into(&mut found.arg_type);
    found.default_value = usual(arg_type);
    RANGE.iter().for_each(|key| drop(found.other.shift_remove(*key)));
    let fits = |graph: &Graph, to_node: &str, to_port: &str| {
        let takes = graph.nodes.iter().find(|node| node.id == to_node).and_then(|node| nodes::find(&node.type_id)?.input(to_port));
        takes.is_none_or(|port| output_type(graph, &nodes::inputs::PATTERN_ARGS, arg) == Some(port.ty))
    };
    let gone: Vec<String> =
        wires_of(graph, arg).filter(|edge| !fits(graph, &edge.to_node, &edge.to_port)).map(|edge| edge.id.clone()).collect();
    graph.edges.retain(|edge| !gone.contains(&edge.id));
}

fn wires_of<'g>(graph: &'g Graph, arg: &'g str) -> impl Iterator<Item = &'g crate::engine::graph::model::Edge> {
    let gives = |id: &str| graph.nodes.iter().any(|node| node.id == id && node.type_id == nodes::inputs::PATTERN_ARGS.type_id);
    graph.edges.iter().filter(move |edge| edge.from_port == arg && gives(&edge.from_node))
}

/// The least and most that an argument's slider reaches, where somebody said so.
pub fn range(arg: &Arg) -> Option<[f64; 2]> {
    let end = |key: &str| arg.other.get(key).and_then(number);
    Some([end(RANGE[0])?, end(RANGE[1])?]).filter(|[low, high]| low < high)
}

pub(super) fn set_range(graph: &mut Graph, arg: &str, range: Option<[f64; 2]>) {
    let Some(found) = graph.args.iter_mut().find(|other| other.id == arg) else { return };
    for (nth, key) in RANGE.iter().enumerate() {
        match range {
            Some(ends) => drop(found.other.insert((*key).to_owned(), json!(ends[nth]))),
            None => drop(found.other.shift_remove(*key)),
        }
    }
}

pub(super) fn shift(graph: &mut Graph, arg: &str, by: isize) {
    let Some(at) = graph.args.iter().position(|other| other.id == arg) else { return };
    let to = at.saturating_add_signed(by).min(graph.args.len() - 1);
    let moved = graph.args.remove(at);
    graph.args.insert(to, moved);
}

pub(super) fn remove(graph: &mut Graph, arg: &str) {
    let gone: Vec<String> = wires_of(graph, arg).map(|edge| edge.id.clone()).collect();
    graph.args.retain(|other| other.id != arg);
    graph.edges.retain(|edge| !gone.contains(&edge.id));
}

#[cfg(test)]
mod tests {
    use super::super::{GraphEdit, apply};
    use super::*;

    fn washed() -> Graph {
        crate::patterns::builtin().into_iter().find(|pattern| pattern.name == "Colour wash").unwrap().graph
    }

    #[test]
    fn another_type_takes_the_wires_along_that_no_longer_fit() {
        let mut graph = washed();
        let n_edges = graph.edges.len();
        apply(&mut graph, &GraphEdit::RetypeArg { arg: "level".into(), arg_type: "Color" });
        assert_eq!(graph.edges.len(), n_edges, "a colour is a signal too");
        apply(&mut graph, &GraphEdit::RetypeArg { arg: "level".into(), arg_type: "Selection" });
        assert_eq!(graph.edges.len(), n_edges - 1);
        let level = graph.args.iter().find(|arg| arg.id == "level").unwrap();
        assert_eq!(level.default_value["expression"], "all");
    }

    #[test]
    fn a_range_is_kept_in_the_file_and_taken_back() {
        let mut graph = washed();
        apply(&mut graph, &GraphEdit::RangeArg { arg: "level".into(), range: Some([0.0, 2.0]) });
        let mut again: Graph = serde_json::from_str(&serde_json::to_string(&graph).unwrap()).unwrap();
        let level = |graph: &Graph| range(graph.args.iter().find(|arg| arg.id == "level").unwrap());
        assert_eq!(level(&again), Some([0.0, 2.0]));
        apply(&mut again, &GraphEdit::RangeArg { arg: "level".into(), range: None });
        assert_eq!((level(&again), again), (None, washed()));
    }

    #[test]
    fn arguments_change_places_and_stop_at_the_ends() {
        let mut graph = washed();
        let ids = |graph: &Graph| graph.args.iter().map(|arg| arg.id.clone()).collect::<Vec<_>>();
        apply(&mut graph, &GraphEdit::ShiftArg { arg: "level".into(), by: -1 });
        assert_eq!(ids(&graph), ["selection", "level", "color"]);
        apply(&mut graph, &GraphEdit::ShiftArg { arg: "level".into(), by: 9 });
        apply(&mut graph, &GraphEdit::ShiftArg { arg: "selection".into(), by: -1 });
        assert_eq!(ids(&graph), ["selection", "color", "level"]);
    }
}
