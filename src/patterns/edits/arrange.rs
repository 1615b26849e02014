//! Where nodes stand: tidied along their wires, or lined up.

use std::collections::BTreeMap;

use super::{place, place_of};
use crate::engine::graph::model::{Graph, Node};
use crate::engine::nodes;

/// How nodes are lined up; gaps go by their guessed heights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Left sides on one line.
    Left,
    /// Upper sides on one line.
    Top,
    /// Below one another, evenly.
    Column,
    /// Beside one another, evenly.
    Row,
}

impl Align {
    pub const ALL: [Self; 4] = [Self::Left, Self::Top, Self::Column, Self::Row];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "Align left",
            Self::Top => "Align tops",
            Self::Column => "Stack in a column",
            Self::Row => "Put in a row",
        }
    }
}

const COLUMN: f64 = 260.0;
const ROW: f64 = 30.0;

/// A node's column is the number of wires on its longest way in; within a column nodes keep their order from top to bottom.
pub(super) fn tidy(graph: &mut Graph) {
    let mut depth: BTreeMap<String, usize> = graph.nodes.iter().map(|node| (node.id.clone(), 0)).collect();
    // A circle would go on for ever; no way is longer than there are nodes.
    for _ in 0..graph.nodes.len() {
        let mut changed = false;
        for edge in &graph.edges {
            let Some(from) = depth.get(&edge.from_node).copied() else { continue };
            if let Some(to) = depth.get_mut(&edge.to_node)
                && *to < (from + 1).min(graph.nodes.len())
            {
                *to = (from + 1).min(graph.nodes.len());
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let mut order: Vec<(usize, f64, usize)> = graph
        .nodes
        .iter()
        .enumerate()
        .map(|(nth, node)| (depth.get(&node.id).copied().unwrap_or(0), place_of(node, nth)[1], nth))
        .collect();
    order.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    let (mut column, mut y) = (usize::MAX, 0.0);
    for (at, _, nth) in order {
        if at != column {
            (column, y) = (at, 0.0);
        }
        let node = &mut graph.nodes[nth];
        place(node, [at as f64 * COLUMN, y]);
        y += height(node);
    }
}

/// How much room a node takes, with a gap below.
pub(super) fn height(node: &Node) -> f64 {
    let spec = nodes::find(&node.type_id);
    let n_rows = spec.map_or(2, |spec| spec.inputs.len() + spec.outputs.len() + spec.params.len() + 1);
    // What draws something in its body.
    let picture = spec.is_some_and(|spec| spec.category == "View" || ["gradient", "beat_envelope", "falloff"].contains(&spec.type_id));
    n_rows as f64 * ROW + 20.0 + if picture { 110.0 } else { 0.0 }
}

pub(super) fn align(graph: &mut Graph, ids: &[String], how: Align) {
    let mut picked: Vec<(usize, [f64; 2])> = (0..graph.nodes.len())
        .filter(|&nth| ids.contains(&graph.nodes[nth].id))
        .map(|nth| (nth, place_of(&graph.nodes[nth], nth)))
        .collect();
    let along = usize::from(matches!(how, Align::Left | Align::Column));
    picked.sort_by(|a, b| a.1[along].total_cmp(&b.1[along]).then(a.0.cmp(&b.0)));
    let Some(&(_, first)) = picked.first() else { return };
    let (left, top) = picked.iter().fold((f64::MAX, f64::MAX), |(x, y), (_, at)| (x.min(at[0]), y.min(at[1])));
    let mut next = match how {
        Align::Column => top,
        _ => left,
    };
    for (nth, at) in picked {
        let node = &mut graph.nodes[nth];
        let to = match how {
            Align::Left => [left, at[1]],
            Align::Top => [at[0], top],
            Align::Column => {
                let y = next;
                next += height(node);
                [first[0], y]
            }
            Align::Row => {
                let x = next;
                next += COLUMN;
                [x, first[1]]
            }
        };
        place(node, to);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{GraphEdit, apply};
    use super::*;

    #[test]
    fn nodes_are_lined_up_and_the_others_stay() {
        let mut graph = Graph::default();
        for at in [[0.0, 0.0], [50.0, 90.0], [20.0, 40.0]] {
            apply(&mut graph, &GraphEdit::Add { type_id: "scalar", at });
        }
        let places = |graph: &Graph| graph.nodes.iter().enumerate().map(|(nth, node)| place_of(node, nth)).collect::<Vec<_>>();
        let nodes = vec!["scalar_2".to_owned(), "scalar_3".to_owned()];
        let aligned = |how| {
            let mut graph = graph.clone();
            apply(&mut graph, &GraphEdit::Align { nodes: nodes.clone(), how });
            places(&graph)
        };
        assert_eq!(aligned(Align::Left), [[0.0, 0.0], [20.0, 90.0], [20.0, 40.0]]);
        assert_eq!(aligned(Align::Top), [[0.0, 0.0], [50.0, 40.0], [20.0, 40.0]]);
        let column = aligned(Align::Column);
        assert!(column[1][0] == column[2][0] && column[1][1] >= column[2][1] + height(&graph.nodes[2]));
        let row = aligned(Align::Row);
        assert!(row[1][1] == row[2][1] && row[1][0] == row[2][0] + COLUMN);
    }
}
