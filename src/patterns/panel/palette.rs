//! Every kind of node, searched and chosen: all of them, or those that fit the loose end of a wire.

use bevy_egui::egui::{Key, Modifiers, RichText, ScrollArea, TextEdit, Ui};

use crate::engine::graph::check::output_type;
use crate::engine::graph::model::Graph;
use crate::engine::nodes;
use crate::engine::nodes::spec::{NodeSpec, PortType};
use crate::patterns::edits::{GraphEdit, Loose};
use crate::ui::theme;

/// What is offered.
pub struct Palette<'a> {
    pub search: &'a mut String,
    /// It has just been opened: the search takes the keys.
    pub new: bool,
    /// The wire that wants an end.
    pub wire: Option<Loose>,
}

/// The kinds that the search leaves and that fit the wire, with the port that it goes to; best first.
pub fn fitting(graph: &Graph, search: &str, wire: Option<&Loose>) -> Vec<(&'static NodeSpec, Option<&'static str>)> {
    let wanted = search.to_lowercase();
    let words: Vec<&str> = wanted.split_whitespace().collect();
    let matches = |spec: &NodeSpec| {
        let text = format!("{} {} {} {}", spec.title, spec.type_id, spec.category, spec.doc).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let ty = wire.and_then(|wire| type_of(graph, wire));
    let port = |spec: &'static NodeSpec| match (wire, ty) {
        (None, _) => Some(None),
        (Some(Loose::From(_)), Some(ty)) => {
            let mut fits = spec.inputs.iter().filter(|port| port.ty == ty);
            let first = fits.clone().next().map(|port| port.name);
            fits.find(|port| port.required).map(|port| port.name).or(first).map(Some)
        }
        (Some(Loose::To(_)), Some(ty)) => spec.outputs.iter().find(|port| port.ty == ty).map(|port| Some(port.name)),
        (Some(_), None) => None,
    };
    let mut found: Vec<(&'static NodeSpec, Option<&'static str>)> =
        nodes::ALL.iter().filter(|spec| matches(spec)).filter_map(|spec| Some((*spec, port(spec)?))).collect();
    // What is called so comes before what is only described so.
    let named = |spec: &NodeSpec| words.iter().all(|word| spec.title.to_lowercase().contains(word));
    if !words.is_empty() {
        found.sort_by_key(|(spec, _)| (!named(spec), !spec.title.to_lowercase().starts_with(&wanted)));
    }
    found
}

/// What flows through a loose wire.
fn type_of(graph: &Graph, wire: &Loose) -> Option<PortType> {
    let spec = |id: &str| graph.nodes.iter().find(|node| node.id == id).and_then(|node| nodes::find(&node.type_id));
    match wire {
        Loose::From(from) => output_type(graph, spec(&from.node)?, &from.port),
        Loose::To(to) => spec(&to.node)?.input(&to.port).map(|port| port.ty),
    }
}

/// Draws it; what was chosen, at a place of the canvas.
pub fn palette_ui(ui: &mut Ui, graph: &Graph, palette: Palette<'_>, at: [f64; 2]) -> Option<GraphEdit> {
    ui.set_min_width(230.0);
    let Palette { search, new, wire } = palette;
    if let Some(ty) = wire.as_ref().and_then(|wire| type_of(graph, wire)) {
        let whereto = if matches!(wire, Some(Loose::From(_))) { "takes" } else { "gives" };
        ui.label(RichText::new(format!("What {whereto} {ty}")).small().color(theme::faint(ui)));
    }
    let label = ui.label("Add a node");
    let field = ui.add(TextEdit::singleline(search).hint_text("Search nodes")).labelled_by(label.id);
    if new {
        field.request_focus();
    }
    let found = fitting(graph, search, wire.as_ref());
    let enter = field.has_focus() || field.lost_focus();
    let mut chosen = found.first().filter(|_| enter && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))).copied();
    ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
        let mut category = "";
        for &(spec, port) in &found {
            if spec.category != category && search.is_empty() {
                category = spec.category;
                ui.label(RichText::new(category).small().color(theme::faint(ui)));
            }
            if ui.button(spec.title).on_hover_text(spec.doc).clicked() {
                chosen = Some((spec, port));
            }
        }
        if found.is_empty() {
            ui.weak("No node is called that");
        }
    });
    let (spec, port) = chosen?;
    search.clear();
    ui.close();
    let type_id = spec.type_id;
    Some(match wire.zip(port) {
        Some((wire, port)) => GraphEdit::AddWired { type_id, at, port, wire },
        None => GraphEdit::Add { type_id, at },
    })
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::engine::graph::check::check;
    use crate::patterns::edits::{Socket, apply, refusal};

    fn wash() -> Graph {
        crate::patterns::builtin().into_iter().find(|pattern| pattern.name == "Colour wash").unwrap().graph
    }

    fn socket(node: &str, port: &str) -> Socket {
        Socket { node: node.into(), port: port.into() }
    }

    #[test]
    fn a_loose_wire_is_offered_only_what_it_may_be_connected_to() {
        let graph = wash();
        let ends = [
            Loose::From(socket("args", "selection")),
            Loose::From(socket("args", "color")),
            Loose::To(socket("apply_dimmer", "signal")),
            Loose::To(socket("apply_dimmer", "selection")),
        ];
        for wire in ends {
            let found = fitting(&graph, "", Some(&wire));
            assert!(!found.is_empty() && found.len() < nodes::ALL.len(), "{wire:?}");
            for (spec, port) in found {
                let mut graph = graph.clone();
                let id = format!("{}_1", spec.type_id);
                apply(&mut graph, &GraphEdit::Add { type_id: spec.type_id, at: [0.0; 2] });
                let new = socket(&id, port.unwrap());
                let (from, to) = match &wire {
                    Loose::From(from) => (from.clone(), new),
                    Loose::To(to) => (new, to.clone()),
                };
                assert_eq!(refusal(&graph, &from, &to), None, "{}", spec.type_id);
            }
        }
    }

    #[test]
    fn names_come_before_descriptions() {
        let found = fitting(&Graph::default(), "noise", None);
        assert_eq!(found[0].0.type_id, "noise");
        assert_eq!(fitting(&Graph::default(), "apply dim", None)[0].0.type_id, "apply_dimmer");
        assert!(fitting(&Graph::default(), "zzz", None).is_empty());
    }

    #[test]
    fn enter_takes_the_first_and_wires_it() {
        let draw = |ui: &mut Ui, state: &mut (Graph, String, bool)| {
            let wire = Some(Loose::From(socket("args", "level")));
            let palette = Palette { search: &mut state.1, new: std::mem::take(&mut state.2), wire };
            if let Some(edit) = palette_ui(ui, &state.0, palette, [500.0, 0.0]) {
                apply(&mut state.0, &edit);
            }
        };
        let mut harness = Harness::builder().with_size([300.0, 600.0]).build_ui_state(draw, (wash(), String::new(), true));
        harness.run();
        harness.get_by_label("Add a node").type_text("thresh");
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
        let graph = &harness.state().0;
        assert_eq!(graph.nodes.last().unwrap().type_id, "threshold");
        assert!(graph.edges.iter().any(|edge| edge.from_port == "level" && edge.to_node == "threshold_1" && edge.to_port == "in"));
        assert_eq!(check(graph).diagnostics, []);
    }
}
