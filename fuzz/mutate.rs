//! Changes a graph as an editor would, and then some: nodes added, wired, doubled and removed, parameters turned.

use libfuzzer_sys::fuzzer_mutate;
use luma::engine::graph::model::{Edge, Graph, Node};
use luma::engine::nodes::random::draw_bits;
use luma::engine::nodes::spec::NodeSpec;
use luma::engine::nodes::{self, inputs};
use serde_json::{Map, Value, json};

use super::graphs::{self, Tape};

pub(crate) fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let choices: Vec<u16> = (0..400).map(|at| draw_bits(u64::from(seed), at, 1) as u16).collect();
    let mut tape = Tape::new(&choices);
    if tape.once_in(12) {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut graph = Value::Null;
    let mut given = Value::Null;
    if let Ok(value) = serde_json::from_slice::<Value>(&data[..size]) {
        given = value.get("given").cloned().unwrap_or_default();
        graph = value.get("graph").cloned().unwrap_or(value);
    }
    let mut graph: Graph = match serde_json::from_value(graph) {
        Ok(graph) => graph,
        Err(_) if tape.once_in(2) => return fuzzer_mutate(data, size, max_size),
        Err(_) => graphs::graph(&mut tape),
    };
    graph.other.shift_remove("given");
    for _ in 0..=tape.pick(3) {
        change(&mut graph, &mut given, &mut tape);
    }
    let mut value = serde_json::to_value(&graph).expect("a graph can be written");
    if tape.once_in(10) {
        spoil(&mut value, &mut tape);
    }
    if let (Some(map), false) = (value.as_object_mut(), given.is_null()) {
        map.insert("given".into(), given);
    }
    let text = value.to_string();
    if text.len() > max_size || text.len() > data.len() {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
}

fn change(graph: &mut Graph, given: &mut Value, tape: &mut Tape<'_>) {
    let n_nodes = graph.nodes.len();
    match tape.pick(10) {
        0 | 1 => add(graph, tape),
        2 if n_nodes > 0 => {
            // In place of a kind, another: wires stay where the ports are called alike.
            let spec: &NodeSpec = tape.of(nodes::ALL);
            let params = graphs::params(spec, tape);
            let node = &mut graph.nodes[tape.pick(n_nodes)];
            node.type_id = spec.type_id.into();
            node.params = params;
        }
        3 | 4 if n_nodes > 0 => {
            let node = &mut graph.nodes[tape.pick(n_nodes)];
            if let Some(spec) = nodes::find(&node.type_id) {
                node.params.extend(graphs::params(spec, tape));
            }
        }
        5 if !graph.edges.is_empty() => {
            let at = tape.pick(graph.edges.len());
            let (node, port) = an_output(graph, tape);
            (graph.edges[at].from_node, graph.edges[at].from_port) = (node, port);
        }
        6 if !graph.edges.is_empty() => drop(graph.edges.remove(tape.pick(graph.edges.len()))),
        7 if n_nodes > 0 => {
            let at = tape.pick(n_nodes);
            let id = graph.nodes.remove(at).id;
            graph.edges.retain(|edge| edge.from_node != id && edge.to_node != id);
        }
        8 => {
            // Another whole graph beside it.
            let other = graphs::graph(tape);
            let tag = format!("{n_nodes}.");
            graph.nodes.extend(other.nodes.into_iter().map(|node| Node { id: tag.clone() + &node.id, ..node }));
            graph.edges.extend(other.edges.into_iter().map(|edge| Edge {
                id: tag.clone() + &edge.id,
                from_node: tag.clone() + &edge.from_node,
                to_node: tag.clone() + &edge.to_node,
                ..edge
            }));
            if graph.args.is_empty() {
                graph.args = other.args;
            }
        }
        _ => {
            let mut args = Map::new();
            for arg in &graph.args {
                if tape.pick(2) == 0 {
                    args.insert(arg.id.clone(), graphs::argument(&arg.arg_type, tape));
                }
            }
            if tape.once_in(3) {
                args.insert("seed".into(), json!(tape.pick(1000)));
            }
            *given = Value::Object(args);
        }
    }
}

fn an_output(graph: &Graph, tape: &mut Tape<'_>) -> (String, String) {
    if graph.nodes.is_empty() {
        return Default::default();
    }
    let node = &graph.nodes[tape.pick(graph.nodes.len())];
    let port = if node.type_id == inputs::PATTERN_ARGS.type_id && !graph.args.is_empty() {
        graph.args[tape.pick(graph.args.len())].id.clone()
    } else {
        match nodes::find(&node.type_id).map(|spec| spec.outputs) {
            Some(ports) if !ports.is_empty() => ports[tape.pick(ports.len())].name.into(),
            _ => "out".into(),
        }
    };
    (node.id.clone(), port)
}

/// A node of any kind, its inputs wired to outputs of their type, and its first output in place of one that fed something.
fn add(graph: &mut Graph, tape: &mut Tape<'_>) {
    let spec: &NodeSpec = tape.of(nodes::ALL);
    let id = format!("n{}", graph.nodes.len());
    for port in spec.inputs {
        let fitting: Vec<(String, String)> = graph
            .nodes
            .iter()
            .filter_map(|node| Some((node, nodes::find(&node.type_id)?)))
            .flat_map(|(node, from)| from.outputs.iter().map(move |out| (node, out)))
            .filter(|(_, out)| out.ty == port.ty && (port.channels == 0 || out.channels == port.channels || out.channels == 0))
            .map(|(node, out)| (node.id.clone(), out.name.to_owned()))
            .collect();
        if let Some((from_node, from_port)) = fitting.get(tape.pick(fitting.len())).cloned() {
            let id_of_edge = format!("e{}", graph.edges.len());
            let (to_node, to_port) = (id.clone(), port.name.to_owned());
            graph.edges.push(Edge { id: id_of_edge, from_node, from_port, to_node, to_port, other: Map::new() });
        }
    }
    let params = graphs::params(spec, tape);
    graph.nodes.push(Node { id: id.clone(), type_id: spec.type_id.into(), params, other: Map::new() });
    if let (Some(out), false) = (spec.outputs.first(), graph.edges.is_empty()) {
        let at = tape.pick(graph.edges.len());
        if graph.edges[at].to_node != id {
            (graph.edges[at].from_node, graph.edges[at].from_port) = (id, out.name.into());
        }
    }
}

/// Something that no editor writes, somewhere.
fn spoil(value: &mut Value, tape: &mut Tape<'_>) {
    match value {
        Value::Object(map) if !map.is_empty() && !tape.once_in(8) => {
            let at = tape.pick(map.len());
            if let Some((_, inner)) = map.iter_mut().nth(at) {
                spoil(inner, tape);
            }
        }
        Value::Array(list) if !list.is_empty() && !tape.once_in(8) => {
            let at = tape.pick(list.len());
            spoil(&mut list[at], tape);
        }
        _ => {
            let values = [json!(null), json!(-1), json!("x"), json!([]), json!({}), json!(1e308), json!(""), json!([[0, 1e9]]), json!(true)];
            *value = values[tape.pick(values.len())].clone();
        }
    }
}
