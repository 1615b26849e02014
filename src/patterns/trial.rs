//! A pattern tried out: where in the track, on which heads, with which arguments it is looked at while it is edited.
//!
//! By itself a pattern is looked at over the four bars around an instant.  A selection that somebody names replaces every
//! selection argument, and narrows every `select` node.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::model::Pattern;
use crate::engine::composite::blend::BlendMode;
use crate::engine::graph::model::Graph;
use crate::engine::nodes::select::SELECT;
use crate::engine::{self, BeatGrid};
use crate::score::model::Annotation;

/// Bars that a pattern by itself is looked at over.
pub const BARS: f64 = 4.0;

/// What is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    pub annotation: engine::Annotation,
    pub graph: Graph,
    /// It is a placement of the score, and not the pattern by itself.
    pub placed: bool,
}

/// The placement that somebody looks at: the picked one, else the topmost one at the instant; by itself where there is
/// none, or where another selection is named.
pub fn trial(
    pattern: &Pattern,
    placements: &[Annotation],
    picked: impl Fn(Uuid) -> bool,
    (grid, secs): (&BeatGrid, f64),
    selection: &str,
) -> Trial {
    let alone = selection.trim().is_empty();
    let ours = placements.iter().filter(|one| one.pattern == pattern.id && (one.start..one.end).contains(&secs));
    let placement = ours.max_by(|a, b| picked(a.id).cmp(&picked(b.id)).then(a.z_index.cmp(&b.z_index)).then(a.id.cmp(&b.id)));
    match placement.filter(|_| alone) {
        Some(placement) => Trial { annotation: lowered(placement), graph: pattern.graph.clone(), placed: true },
        None => by_itself(pattern, grid, secs, selection),
    }
}

/// A pattern over the bars around an instant.
pub fn by_itself(pattern: &Pattern, grid: &BeatGrid, secs: f64, selection: &str) -> Trial {
    let first = (grid.bar_at(secs) / BARS).floor() * BARS;
    let (start, end) = (grid.secs_at_bar(first), grid.secs_at_bar(first + BARS));
    let end = if end > start { end } else { start + 8.0 };
    let (graph, args) = narrowed(&pattern.graph, selection);
    let annotation = engine::Annotation { id: pattern.id, pattern: pattern.id, start, end, z: 0, blend: BlendMode::Replace, args };
    Trial { annotation, graph, placed: false }
}

/// As the engine takes a placement.
pub fn lowered(annotation: &Annotation) -> engine::Annotation {
    let Annotation { id, pattern, start, end, z_index, blend_mode, .. } = *annotation;
    engine::Annotation { id, pattern, start, end, z: z_index, blend: blend_mode, args: annotation.args.clone() }
}

/// The graph on the heads that an expression names, and the arguments to go with it.
pub fn narrowed(graph: &Graph, selection: &str) -> (Graph, Map<String, Value>) {
    let (mut graph, mut args) = (graph.clone(), Map::new());
    let selection = selection.trim();
    if selection.is_empty() {
        return (graph, args);
    }
    for arg in graph.args.iter().filter(|arg| arg.arg_type == "Selection") {
        let mut value = if arg.default_value.is_object() { arg.default_value.clone() } else { json!({}) };
        value["expression"] = selection.into();
        args.insert(arg.id.clone(), value);
    }
    for node in graph.nodes.iter_mut().filter(|node| node.type_id == SELECT.type_id) {
        let given = ["tag_expression", "expression"].into_iter().find_map(|name| node.params.get(name)).and_then(Value::as_str);
        let narrow = match given.map(str::trim) {
            None | Some("" | "all") => selection.to_owned(),
            Some(given) => format!("({given}) & ({selection})"),
        };
        node.params.insert("tag_expression".into(), narrow.into());
    }
    (graph, args)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(name: &str) -> Pattern {
        crate::patterns::builtin().into_iter().find(|pattern| pattern.name == name).unwrap()
    }

    fn placed(id: u128, pattern: &Pattern, start: f64, end: f64, z_index: i32) -> Annotation {
        Annotation { id: Uuid::from_u128(id), pattern: pattern.id, start, end, z_index, ..Annotation::default() }
    }

    #[test]
    fn the_placement_at_the_instant_is_looked_at_and_the_picked_one_first() {
        let (wash, chase) = (pattern("Colour wash"), pattern("Linear chase"));
        let grid = BeatGrid::steady(120.0, 4, 0.0, 64);
        let all =
            [placed(1, &wash, 0.0, 4.0, 0), placed(2, &wash, 0.0, 4.0, 3), placed(3, &chase, 0.0, 4.0, 9), placed(4, &wash, 8.0, 9.0, 9)];
        let seen = |picked: u128, secs, selection| trial(&wash, &all, |id| id == Uuid::from_u128(picked), (&grid, secs), selection);
        assert_eq!(seen(0, 1.0, "").annotation.id.as_u128(), 2);
        assert_eq!(seen(1, 1.0, "").annotation.id.as_u128(), 1);
        let alone = seen(0, 5.0, "");
        assert_eq!((alone.placed, alone.annotation.id, alone.annotation.start, alone.annotation.end), (false, wash.id, 0.0, 8.0));
        assert!(!seen(1, 1.0, "front").placed);
    }

    #[test]
    fn a_named_selection_replaces_arguments_and_narrows_nodes() {
        let (_, args) = narrowed(&pattern("Colour wash").graph, " front ");
        assert_eq!(args["selection"], json!({"expression": "front", "spatialReference": "global"}));
        let graph: Graph = serde_json::from_value(json!({"nodes": [
            {"id": "a", "typeId": "select"}, {"id": "b", "typeId": "select", "params": {"tag_expression": "left"}}]}))
        .unwrap();
        let (graph, args) = narrowed(&graph, "front");
        let texts: Vec<&Value> = graph.nodes.iter().map(|node| &node.params["tag_expression"]).collect();
        assert_eq!(texts, ["front", "(left) & (front)"]);
        assert!(args.is_empty());
    }
}
