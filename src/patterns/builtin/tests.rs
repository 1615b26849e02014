//! The files of the built-in patterns: listed, well formed, tidy in the node editor.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::engine::graph::model::Graph;
use crate::patterns::model::builtin_id;

const MOVEMENT_OR_BEAM_ONLY: [&str; 2] = ["Movement", "Beam"];

fn each(check: impl Fn(&str, &Graph)) {
    for pattern in builtin() {
        check(&pattern.name, &pattern.graph);
    }
}

fn is_sink(type_id: &str) -> bool {
    type_id.starts_with("apply_")
}

#[test]
fn every_file_is_in_the_list_and_parses_and_has_the_id_of_its_name() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/patterns");
    let on_disk: BTreeSet<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    let listed: BTreeSet<String> = FILES.iter().map(|(slug, _)| format!("{slug}.json")).collect();
    assert_eq!(on_disk, listed);
    for (slug, text) in FILES {
        let pattern: Pattern = serde_json::from_str(text).unwrap_or_else(|error| panic!("{slug}: {error}"));
        assert_eq!(pattern.id, builtin_id(slug), "{slug}");
        assert!(!pattern.name.is_empty() && !pattern.description.is_empty() && !pattern.category.is_empty(), "{slug}");
    }
}

#[test]
fn names_are_unique_and_there_are_enough_of_them() {
    let names: BTreeSet<String> = builtin().into_iter().map(|pattern| pattern.name).collect();
    assert_eq!(names.len(), FILES.len());
    assert!(names.len() >= 20);
}

#[test]
fn edges_join_nodes_that_exist_and_no_port_is_fed_twice() {
    each(|name, graph| {
        let nodes: BTreeSet<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
        assert_eq!(nodes.len(), graph.nodes.len(), "{name}: a node id twice");
        let mut fed = BTreeSet::new();
        for edge in &graph.edges {
            assert!(nodes.contains(edge.from_node.as_str()) && nodes.contains(edge.to_node.as_str()), "{name}: {edge:?}");
            assert!(fed.insert((&edge.to_node, &edge.to_port)), "{name}: {edge:?}");
        }
    });
}

#[test]
fn every_sink_takes_its_lamps_from_an_argument() {
    each(|name, graph| {
        let sinks: Vec<_> = graph.nodes.iter().filter(|node| is_sink(&node.type_id)).collect();
        assert!(!sinks.is_empty(), "{name}");
        for sink in sinks {
            let selection = graph.edges.iter().find(|edge| edge.to_node == sink.id && edge.to_port == "selection");
            let from = selection.and_then(|edge| graph.nodes.iter().find(|node| node.id == edge.from_node));
            assert_eq!(from.map(|node| node.type_id.as_str()), Some("pattern_args"), "{name}: {}", sink.id);
        }
    });
}

#[test]
fn every_argument_is_used_and_every_argument_port_is_declared() {
    each(|name, graph| {
        let arg_nodes: BTreeSet<&str> =
            graph.nodes.iter().filter(|node| node.type_id == "pattern_args").map(|node| node.id.as_str()).collect();
        let used: BTreeSet<&str> =
            graph.edges.iter().filter(|edge| arg_nodes.contains(edge.from_node.as_str())).map(|edge| edge.from_port.as_str()).collect();
        let declared: BTreeSet<&str> = graph.args.iter().map(|arg| arg.id.as_str()).collect();
        assert_eq!(used, declared, "{name}");
    });
}

#[test]
fn every_node_leads_to_a_sink() {
    each(|name, graph| {
        let mut useful: BTreeSet<&str> = graph.nodes.iter().filter(|node| is_sink(&node.type_id)).map(|node| node.id.as_str()).collect();
        for _ in 0..graph.nodes.len() {
            for edge in &graph.edges {
                if useful.contains(edge.to_node.as_str()) {
                    useful.insert(&edge.from_node);
                }
            }
        }
        for node in &graph.nodes {
            assert!(useful.contains(node.id.as_str()), "{name}: {}", node.id);
        }
    });
}

#[test]
fn no_two_nodes_lie_on_the_same_spot_and_wires_run_to_the_right() {
    each(|name, graph| {
        let at: BTreeMap<&str, (i64, i64)> = graph
            .nodes
            .iter()
            .map(|node| {
                let pos = |key: &str| node.other.get(key).and_then(serde_json::Value::as_i64).unwrap();
                (node.id.as_str(), (pos("positionX"), pos("positionY")))
            })
            .collect();
        assert_eq!(at.values().collect::<BTreeSet<_>>().len(), at.len(), "{name}");
        for edge in &graph.edges {
            assert!(at[edge.from_node.as_str()].0 < at[edge.to_node.as_str()].0, "{name}: {edge:?}");
        }
    });
}

#[test]
fn patterns_of_movement_and_beam_leave_intensity_and_colour_alone() {
    for pattern in builtin().iter().filter(|pattern| MOVEMENT_OR_BEAM_ONLY.contains(&pattern.category.as_str())) {
        for node in &pattern.graph.nodes {
            assert!(!matches!(node.type_id.as_str(), "apply_dimmer" | "apply_color" | "apply_strobe"), "{}", pattern.name);
        }
    }
}
