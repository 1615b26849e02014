//! Titled frames behind nodes: what belongs together, and why.
//!
//! They are kept in the graph under `frames`, a key that the engine does not know.  A node belongs to the frame that its
//! upper left corner stands in; nothing about that is saved.

use serde_json::{Map, Value, json};

use super::{arrange, place, place_of};
use crate::engine::graph::model::Graph;

const KEY: &str = "frames";
/// Smallest width and height.
pub const LEAST: f64 = 60.0;
const MARGIN: f64 = 24.0;
const TITLE: f64 = 30.0;
const NODE_WIDTH: f64 = 220.0;
/// More are not drawn.
const MOST: usize = 200;

#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    pub id: String,
    pub title: String,
    pub at: [f64; 2],
    pub size: [f64; 2],
}

impl Frame {
    fn read(value: &Value) -> Option<Self> {
        let number = |key: &str| value.get(key).and_then(Value::as_f64).filter(|number| number.abs() < 1e7);
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let size = [number("width")?.max(LEAST), number("height")?.max(LEAST)];
        Some(Self { id: text("id")?, title: text("title").unwrap_or_default(), at: [number("x")?, number("y")?], size })
    }

    pub fn holds(&self, [x, y]: [f64; 2]) -> bool {
        (self.at[0]..self.at[0] + self.size[0]).contains(&x) && (self.at[1]..self.at[1] + self.size[1]).contains(&y)
    }
}

/// The frames of a graph, from back to front.
pub fn of(graph: &Graph) -> Vec<Frame> {
    list(graph).iter().take(MOST).filter_map(Frame::read).collect()
}

fn list(graph: &Graph) -> &[Value] {
    graph.other.get(KEY).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn list_mut(graph: &mut Graph) -> Option<&mut Vec<Value>> {
    graph.other.entry(KEY).or_insert_with(|| json!([])).as_array_mut()
}

fn find<'g>(graph: &'g mut Graph, id: &str) -> Option<&'g mut Map<String, Value>> {
    let frames = graph.other.get_mut(KEY)?.as_array_mut()?;
    frames.iter_mut().find(|frame| frame.get("id").and_then(Value::as_str) == Some(id))?.as_object_mut()
}

pub(super) fn add(graph: &mut Graph, nodes: &[String], [x, y]: [f64; 2]) {
    let corners = graph.nodes.iter().enumerate().filter(|(_, node)| nodes.contains(&node.id)).map(|(nth, node)| {
        let [left, top] = place_of(node, nth);
        [left, top, left + NODE_WIDTH, top + arrange::height(node)]
    });
    let around = corners.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
    let [left, top, right, bottom] = around.map_or([x, y, x + 320.0, y + 200.0], |[left, top, right, bottom]| {
        [left - MARGIN, top - MARGIN - TITLE, right + MARGIN, bottom + MARGIN]
    });
    let taken = of(graph);
    let id = (1..).map(|n| format!("frame_{n}")).find(|id| taken.iter().all(|frame| frame.id != *id)).unwrap_or_default();
    let frame = json!({ "id": id, "title": "Note", "x": left, "y": top, "width": right - left, "height": bottom - top });
    if let Some(frames) = list_mut(graph) {
        frames.push(frame);
    }
}

pub(super) fn set(graph: &mut Graph, id: &str, key: &str, value: Value) {
    if let Some(frame) = find(graph, id) {
        frame.insert(key.to_owned(), value);
    }
}

pub(super) fn shift(graph: &mut Graph, id: &str, by: [f64; 2]) {
    let Some(frame) = of(graph).into_iter().find(|frame| frame.id == id) else { return };
    for (nth, node) in graph.nodes.iter_mut().enumerate() {
        let at = place_of(node, nth);
        if frame.holds(at) {
            place(node, [at[0] + by[0], at[1] + by[1]]);
        }
    }
    for (key, at, by) in [("x", frame.at[0], by[0]), ("y", frame.at[1], by[1])] {
        set(graph, id, key, json!(at + by));
    }
}

pub(super) fn remove(graph: &mut Graph, id: &str) {
    if let Some(frames) = list_mut(graph) {
        frames.retain(|frame| frame.get("id").and_then(Value::as_str) != Some(id));
        if frames.is_empty() {
            graph.other.shift_remove(KEY);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{GraphEdit, apply};
    use super::*;

    #[test]
    fn a_frame_goes_round_nodes_takes_them_along_and_leaves_no_trace() {
        let mut graph = crate::patterns::builtin().into_iter().find(|pattern| pattern.name == "Colour wash").unwrap().graph;
        let before = graph.clone();
        let nodes = vec!["apply_dimmer".to_owned(), "apply_color".to_owned()];
        apply(&mut graph, &GraphEdit::AddFrame { nodes: nodes.clone(), at: [0.0; 2] });
        let frame = of(&graph)[0].clone();
        let place = |graph: &Graph, id: &str| {
            graph.nodes.iter().enumerate().find(|(_, node)| node.id == id).map(|(nth, node)| place_of(node, nth)).unwrap()
        };
        assert!(nodes.iter().all(|id| frame.holds(place(&graph, id))) && !frame.holds(place(&graph, "args")));
        let id = frame.id;
        apply(&mut graph, &GraphEdit::MoveFrame { frame: id.clone(), by: [10.0, -5.0] });
        assert_eq!(place(&graph, "apply_dimmer"), [270.0, 5.0]);
        assert_eq!(place(&graph, "args"), place(&before, "args"));
        apply(&mut graph, &GraphEdit::NameFrame { frame: id.clone(), title: "Out".into() });
        apply(&mut graph, &GraphEdit::SizeFrame { frame: id.clone(), size: [1.0, 500.0] });
        assert_eq!((of(&graph)[0].title.as_str(), of(&graph)[0].size), ("Out", [LEAST, 500.0]));
        apply(&mut graph, &GraphEdit::MoveFrame { frame: id.clone(), by: [0.0; 2] });
        apply(&mut graph, &GraphEdit::RemoveFrame { frame: id });
        assert_eq!((of(&graph), &graph.other), (Vec::new(), &before.other));
    }

    #[test]
    fn frames_that_cannot_be_read_are_passed_over_and_kept() {
        let text = r#"{"nodes":[],"edges":[],"args":[],"frames":[7,{"id":"a"},{"id":"b","x":0,"y":0,"width":1e99,"height":1}]}"#;
        let graph: Graph = serde_json::from_str(text).unwrap();
        assert_eq!(of(&graph), []);
        assert_eq!(serde_json::to_value(&graph).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }
}
