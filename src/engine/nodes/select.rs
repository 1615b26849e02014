//! Choosing heads: by expression, by capability, and folding a selection at its middle.

use std::sync::Arc;

use serde_json::Value as Json;

use super::spec::{NodeSpec, choice, selection, signal, text};
use crate::engine::graph::build::{Building, Value, brief};
use crate::engine::rig::select::{Selection, capability, parse, select};
use crate::engine::rig::space::bounds;

pub const SELECT: NodeSpec = NodeSpec {
    type_id: "select",
    title: "Select",
    category: "Selection",
    doc: "Heads by expression: groups, tags and capabilities joined by > | ^ & ~ ( ).",
    inputs: &[],
    outputs: &[selection("out")],
    params: &[text("tag_expression", "all"), choice("spatial_reference", &["global", "group_local"])],
    sink: false,
    build: |b| {
        let local = b.choice("spatial_reference") == 1;
        let selection = match legacy_ids(b) {
            Some(selection) => selection,
            None => {
                let text = if b.node.params.contains_key("tag_expression") || !b.node.params.contains_key("expression") {
                    b.text("tag_expression")
                } else {
                    b.node.params.get("expression").and_then(Json::as_str).unwrap_or_default().to_owned()
                };
                expression(b, &text, local)
            }
        };
        b.output("out", Value::Selection(Arc::new(selection)));
    },
};

/// `selected_ids` of older files: a JSON array of fixture or head ids, or a string holding one.  An expression wins.
fn legacy_ids(b: &mut Building<'_, '_>) -> Option<Selection> {
    if b.node.params.contains_key("tag_expression") || b.node.params.contains_key("expression") {
        return None;
    }
    let given = b.node.params.get("selected_ids")?;
    let list = match given {
        Json::String(text) => serde_json::from_str::<Vec<String>>(text).ok(),
        Json::Array(list) => list.iter().map(|id| id.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    let Some(ids) = list else {
        b.warn(None, "\"selected_ids\" is not a list of fixture or head ids; nothing is selected");
        return Some(Selection::default());
    };
    let rig = b.rig().clone();
    let mut items = Vec::new();
    let mut seen = vec![false; rig.heads.len()];
    let mut missing = 0;
    for id in &ids {
        let Some(head) = rig.find_head(id) else {
            missing += 1;
            continue;
        };
        let heads = if id.contains(':') { head..head + 1 } else { rig.heads_of(rig.heads[head as usize].fixture as usize) };
        items.extend(heads.filter(|&head| !std::mem::replace(&mut seen[head as usize], true)));
    }
    if missing > 0 {
        b.warn(None, format!("{missing} of {} selected fixtures are not in this venue", ids.len()));
    }
    Some(Selection::of_items(&rig, items))
}

/// Resolves an expression on the rig; what cannot be read is an error, what the venue lacks a warning.
pub(super) fn expression(b: &mut Building<'_, '_>, text: &str, group_local: bool) -> Selection {
    let expr = match parse(text) {
        Ok(expr) => expr,
        Err(problem) => {
            b.error(None, format!("selection \"{}\": {problem}", brief(text)));
            return Selection::default();
        }
    };
    let rig = b.rig().clone();
    // A name costs a pass over the heads, and takes two characters at least.
    if !b.spend((text.len() / 2 + 2) * rig.heads.len()) {
        return Selection::default();
    }
    let (items, warnings) = select(&rig, &expr, b.inputs().seed);
    for warning in warnings {
        b.warn(None, format!("selection \"{}\": {warning}", brief(text)));
    }
    if group_local { Selection::group_local(&rig, &items) } else { Selection::of_items(&rig, items) }
}

pub const FILTER_SELECTION: NodeSpec = NodeSpec {
    type_id: "filter_selection",
    title: "Filter by capability",
    category: "Selection",
    doc: "Keeps the heads that can move, mix colour, strobe, dim, zoom or project gobos.",
    inputs: &[selection("selection")],
    outputs: &[selection("out")],
    params: &[choice("capability", &["movement", "color", "strobe", "dimmer", "zoom", "gobo"])],
    sink: false,
    build: |b| {
        let from = b.selection("selection");
        let wanted = ["movement", "color", "strobe", "dimmer", "zoom", "gobo"][b.choice("capability")];
        let caps = capability(&format!("has_{wanted}")).unwrap_or_default();
        let rig = b.rig().clone();
        let mut kept = Selection::default();
        for part in &from.parts {
            let start = kept.items.len();
            for item in part.clone().filter(|&item| rig.heads[from.items[item] as usize].caps.any(caps)) {
                kept.items.push(from.items[item]);
                kept.positions.push(from.positions[item]);
            }
            if kept.items.len() > start {
                kept.parts.push(start..kept.items.len());
            }
        }
        b.output("out", Value::Selection(Arc::new(kept)));
    },
};

pub const MIRROR: NodeSpec = NodeSpec {
    type_id: "mirror",
    title: "Mirror",
    category: "Selection",
    doc: "Folds positions at the selection's middle, so that both sides look alike; side tells them apart (-1, 0, 1).",
    inputs: &[selection("selection")],
    outputs: &[selection("out"), signal("side")],
    params: &[choice("axis", &["x", "y", "z"])],
    sink: false,
    build: |b| {
        let from = b.selection("selection");
        let axis = b.choice("axis");
        let mut folded = (*from).clone();
        let mut sides = vec![0.0; from.items.len()];
        for part in &from.parts {
            let (low, high) = bounds(&from.positions[part.clone()]);
            let middle = (low[axis] + high[axis]) / 2.0;
            for item in part.clone() {
                let offset = from.positions[item][axis] - middle;
                sides[item] = if offset.abs() < 1e-3 { 0.0 } else { offset.signum() };
                folded.positions[item][axis] = middle + offset.abs();
            }
        }
        let side = b.constant(sides.len() as u32, 1, &sides);
        b.output("out", Value::Selection(Arc::new(folded)));
        b.output("side", Value::Signal(side));
    },
};
