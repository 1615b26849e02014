//! The expressions that choose an annotation's lamps: what they find, what stands in for what, which names are unknown.

use serde_json::Value;

use crate::engine::graph::check::check;
use crate::engine::graph::model::Graph;
use crate::engine::nodes::inputs::{PATTERN_ARGS, chosen};
use crate::engine::nodes::select::SELECT;
use crate::engine::rig::Rig;
use crate::engine::rig::select::{Expr, Warning, parse, select};
use crate::engine::show::{Annotation, Show};

/// An expression and what it comes to.
pub(super) struct Chosen {
    pub(super) text: String,
    pub(super) heads: usize,
    /// Sentences.
    pub(super) stand_ins: Vec<String>,
    pub(super) unknown: Vec<Warning>,
}

/// Every expression that a sink of the annotation's graph depends on.
pub(super) fn of(show: &Show, annotation: &Annotation) -> Vec<Chosen> {
    let Some(pattern) = show.patterns.get(&annotation.pattern) else { return Vec::new() };
    let mut texts = texts(&pattern.graph, annotation);
    texts.dedup();
    texts.into_iter().filter_map(|text| resolve(&show.rig, text, annotation.seed())).collect()
}

fn texts(graph: &Graph, annotation: &Annotation) -> Vec<String> {
    let checked = check(graph);
    let used = |node: &str, port: &str| {
        graph.edges.iter().any(|edge| {
            edge.from_node == node && edge.from_port == port && checked.index.get(edge.to_node.as_str()).is_some_and(|&to| checked.live[to])
        })
    };
    let mut texts = Vec::new();
    for node in &graph.nodes {
        if node.type_id == SELECT.type_id && used(&node.id, "out") {
            let given = ["tag_expression", "expression"].into_iter().find_map(|name| node.params.get(name)).map(Value::as_str);
            match given {
                Some(text) => texts.push(text.unwrap_or_default().to_owned()),
                // Lists of fixtures are no expressions.
                None if node.params.contains_key("selected_ids") => {}
                None => texts.push("all".to_owned()),
            }
        } else if node.type_id == PATTERN_ARGS.type_id {
            for arg in graph.args.iter().filter(|arg| arg.arg_type == "Selection" && used(&node.id, &arg.id)) {
                let given = annotation.args.get(&arg.id).and_then(chosen).or_else(|| chosen(&arg.default_value));
                texts.extend(given.map(|(text, _)| text));
            }
        }
    }
    texts
}

fn resolve(rig: &Rig, text: String, seed: u64) -> Option<Chosen> {
    // One that cannot be read is an error of the graph and told as such.
    let expr = parse(&text).ok()?;
    let (heads, unknown) = select(rig, &expr, seed);
    let mut stand_ins = Vec::new();
    if !heads.is_empty() {
        fallbacks(rig, &expr, seed, &mut stand_ins);
    }
    Some(Chosen { heads: heads.len(), text, stand_ins, unknown })
}

fn fallbacks(rig: &Rig, expr: &Expr, seed: u64, found: &mut Vec<String>) {
    match expr {
        Expr::All | Expr::Name { .. } => {}
        Expr::Not(inner) => fallbacks(rig, inner, seed, found),
        Expr::And(parts) | Expr::Or(parts) | Expr::OneOf { options: parts, .. } => {
            parts.iter().for_each(|part| fallbacks(rig, part, seed, found));
        }
        Expr::Fallback(parts) => {
            let Some(at) = parts.iter().position(|part| !select(rig, part, seed).0.is_empty()) else { return };
            if at > 0 {
                let missing: Vec<String> = parts[..at].iter().map(|part| format!("\"{}\"", words(part))).collect();
                let find = if at == 1 { "finds" } else { "find" };
                found.push(format!("{} {find} nothing here; \"{}\" stands in", missing.join(" and "), words(&parts[at])));
            }
            fallbacks(rig, &parts[at], seed, found);
        }
    }
}

/// An expression as people write it.
fn words(expr: &Expr) -> String {
    let join = |parts: &[Expr], symbol: &str| {
        let parts = parts.iter().map(|part| {
            if matches!(part, Expr::All | Expr::Name { .. } | Expr::Not(_)) { words(part) } else { format!("({})", words(part)) }
        });
        parts.collect::<Vec<_>>().join(symbol)
    };
    match expr {
        Expr::All => "all".to_owned(),
        Expr::Name { name, .. } => name.clone(),
        Expr::Not(inner) => format!("~{}", join(std::slice::from_ref(inner), "")),
        Expr::And(parts) => join(parts, " & "),
        Expr::Or(parts) => join(parts, " | "),
        Expr::OneOf { options, .. } => join(options, " ^ "),
        Expr::Fallback(parts) => join(parts, " > "),
    }
}
