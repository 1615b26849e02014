//! The graph of one pattern: nodes, wires and knobs, edited while it plays.
//!
//! The canvas is rebuilt from the document whenever that changed under it; what the user does on the canvas comes out as
//! [`GraphEdit`]s and goes through the document like every other edit.

use bevy::prelude::*;
use bevy_egui::egui::{self, Color32, ComboBox, DragValue, RichText, TextEdit, Ui, pos2, vec2};
use egui_snarl::ui::{AnyPins, PinInfo, PinPlacement, SnarlPin, SnarlStyle, SnarlViewer, SnarlWidget};
use egui_snarl::{InPin, InPinId, NodeId, OutPin, OutPinId, Snarl};
use serde_json::Value;
use uuid::Uuid;

use super::args;
use crate::document::plugin::{Doc, Edit, OnDesk, Saved, Told};
use crate::document::transaction::Transaction;
use crate::engine::graph::check::{Diagnostic, Severity, check, output_type};
use crate::engine::graph::model::{self, Graph};
use crate::engine::nodes;
use crate::engine::nodes::spec::{NodeSpec, ParamKind, PortType};
use crate::patterns::edits::{self, GraphEdit, Socket};
use crate::patterns::model::Pattern;
use crate::patterns::rows;
use crate::registry::TableId;
use crate::ui::theme;

/// Which pattern is open, and its canvas.
#[derive(Resource, Default)]
pub struct GraphEditor {
    pub open: Option<Uuid>,
    /// What the canvas was made of.
    shown: Option<(Uuid, Graph)>,
    canvas: Snarl<Block>,
    search: String,
    args_open: bool,
}

/// A node on the canvas.
#[derive(Clone)]
struct Block {
    id: String,
    type_id: String,
    spec: Option<&'static NodeSpec>,
    inputs: Vec<(String, Option<PortType>)>,
    outputs: Vec<(String, Option<PortType>)>,
    problems: Vec<Diagnostic>,
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    mut editor: ResMut<GraphEditor>,
    patterns: Query<&Doc<Pattern>>,
    saved: Res<Saved>,
    desk: Res<OnDesk>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let editor = &mut *editor;
    let mut sorted: Vec<&Pattern> = patterns.iter().map(|doc| &**doc).collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    let mut of_header = None;
    let open = editor.open.and_then(|id| sorted.iter().find(|pattern| pattern.id == id).copied());
    ui.horizontal(|ui| {
        ui.label("Pattern");
        let name = open.map_or("choose one", |pattern| &pattern.name);
        ComboBox::from_id_salt("pattern").selected_text(name).width(200.0).height(400.0).show_ui(ui, |ui| {
            for pattern in &sorted {
                ui.selectable_value(&mut editor.open, Some(pattern.id), &pattern.name);
            }
        });
        if let Some(pattern) = open {
            if ui.button("Tidy").on_hover_text("From left to right, nothing on anything").clicked() {
                of_header = Some(GraphEdit::Tidy);
            }
            ui.toggle_value(&mut editor.args_open, format!("Arguments ({})", pattern.graph.args.len()));
            ui.weak("Right-click for nodes");
            ui.weak(&pattern.description);
        }
    });
    let Some(pattern) = open else {
        ui.weak("Choose a pattern, or click one in the list, to see how it is made.");
        return;
    };
    if editor.args_open {
        of_header = of_header.or(args::args_ui(ui, &pattern.graph.args));
    }
    let (of_canvas, refused) = canvas_ui(ui, editor, pattern);
    let on_canvas = of_header.is_none();
    let wanted = of_header.map(|edit| made(pattern, std::slice::from_ref(&edit))).or(of_canvas);
    told.write_batch(refused.map(Told::Refused));
    let Some((label, group, graph)) = wanted else {
        return;
    };
    match implementation(&saved, pattern.id, desk.0.venue).zip(serde_json::to_string(&graph).ok()) {
        Some((id, text)) => {
            let transaction = Transaction::new(label).set(TableId::Implementations, id, [("graph_json", text.into())]);
            edits.write(Edit(match group {
                Some(group) => transaction.grouped(group),
                None => transaction,
            }));
            // What was made beside the canvas has to be drawn anew.
            if on_canvas {
                editor.shown = Some((pattern.id, graph));
            }
        }
        None => drop(told.write(Told::Refused("This pattern has no implementation to edit".into()))),
    }
}

fn implementation(saved: &Saved, pattern: Uuid, venue: Uuid) -> Option<Uuid> {
    let ground = saved.ground();
    let over = ground
        .children(pattern, TableId::VenueImplementationOverrides)
        .find(|over| over.uuid("venue_id").is_ok_and(|of| of == venue))
        .and_then(|over| over.uuid("implementation_id").ok());
    let row = ground.get(TableId::Patterns, pattern)?;
    rows::chosen(row, over, ground.children(pattern, TableId::Implementations)).map(crate::registry::Row::id)
}

type Wanted = (String, Option<String>, Graph);

/// Draws the canvas; returns the graph that the user made of it in this frame, if any, and a wire that was refused.
fn canvas_ui(ui: &mut Ui, editor: &mut GraphEditor, pattern: &Pattern) -> (Option<Wanted>, Option<String>) {
    if editor.shown.as_ref().is_none_or(|(id, graph)| *id != pattern.id || *graph != pattern.graph) {
        editor.canvas = canvas(&pattern.graph);
        editor.shown = Some((pattern.id, pattern.graph.clone()));
    }
    let mut viewer = Viewer { graph: &pattern.graph, search: &mut editor.search, edits: Vec::new(), refused: None };
    let style = SnarlStyle { collapsible: Some(false), pin_placement: Some(PinPlacement::Edge), pin_size: Some(11.0), ..SnarlStyle::new() };
    SnarlWidget::new().id_salt(("graph", pattern.id)).style(style).show(&mut editor.canvas, &mut viewer, ui);
    let Viewer { mut edits, refused, .. } = viewer;
    if edits.is_empty() {
        edits.extend(moved(&editor.canvas, &pattern.graph));
    }
    if edits.is_empty() {
        return (None, refused);
    }
    let wanted = made(pattern, &edits);
    if !matches!(edits[0], GraphEdit::Set { .. } | GraphEdit::Move { .. }) {
        editor.canvas = canvas(&wanted.2);
    }
    (Some(wanted), refused)
}

/// The graph after some edits, named by the first.
fn made(pattern: &Pattern, edits: &[GraphEdit]) -> Wanted {
    // Turning one knob or moving one node is one step of undo, however long it takes.
    let group = match edits.first() {
        Some(GraphEdit::Set { node, param, .. }) => Some(format!("set {} {node} {param}", pattern.id)),
        Some(GraphEdit::Move { node, .. }) => Some(format!("move {} {node}", pattern.id)),
        Some(GraphEdit::SetArg { arg, .. } | GraphEdit::RenameArg { arg, .. }) => Some(format!("argument {} {arg}", pattern.id)),
        _ => None,
    };
    let mut graph = pattern.graph.clone();
    edits.iter().for_each(|edit| edits::apply(&mut graph, edit));
    (edits.first().map(GraphEdit::label).unwrap_or_default(), group, graph)
}

fn canvas(graph: &Graph) -> Snarl<Block> {
    let checked = check(graph);
    let mut canvas = Snarl::new();
    let mut ids: Vec<NodeId> = Vec::new();
    for (nth, node) in graph.nodes.iter().enumerate() {
        let [x, y] = edits::place_of(node, nth);
        let spec = nodes::find(&node.type_id);
        let problems = checked.diagnostics.iter().filter(|problem| problem.node.as_deref() == Some(&node.id)).cloned().collect();
        let block = Block {
            id: node.id.clone(),
            type_id: node.type_id.clone(),
            spec,
            inputs: ports(graph, node, spec, true),
            outputs: ports(graph, node, spec, false),
            problems,
        };
        ids.push(canvas.insert_node(pos2(x as f32, y as f32), block));
    }
    let at = |id: &str| graph.nodes.iter().position(|node| node.id == id).map(|nth| ids[nth]);
    for edge in &graph.edges {
        let (Some(from), Some(to)) = (at(&edge.from_node), at(&edge.to_node)) else { continue };
        let output = canvas[from].outputs.iter().position(|(name, _)| *name == edge.from_port);
        let input = canvas[to].inputs.iter().position(|(name, _)| *name == edge.to_port);
        if let (Some(output), Some(input)) = (output, input) {
            canvas.connect(OutPinId { node: from, output }, InPinId { node: to, input });
        }
    }
    canvas
}

/// What the kind says, and for kinds that nobody knows what the wires say.
fn ports(graph: &Graph, node: &model::Node, spec: Option<&'static NodeSpec>, inputs: bool) -> Vec<(String, Option<PortType>)> {
    let mut found: Vec<(String, Option<PortType>)> = match spec {
        Some(spec) if inputs => spec.inputs.iter().map(|port| (port.name.to_owned(), Some(port.ty))).collect(),
        Some(spec) if spec.type_id == nodes::inputs::PATTERN_ARGS.type_id => {
            graph.args.iter().map(|arg| (arg.id.clone(), output_type(graph, spec, &arg.id))).collect()
        }
        Some(spec) => spec.outputs.iter().map(|port| (port.name.to_owned(), Some(port.ty))).collect(),
        None => Vec::new(),
    };
    for edge in &graph.edges {
        let (at, port) = if inputs { (&edge.to_node, &edge.to_port) } else { (&edge.from_node, &edge.from_port) };
        if *at == node.id && found.iter().all(|(name, _)| name != port) {
            found.push((port.clone(), None));
        }
    }
    found
}

/// Nodes that stand elsewhere than the document says.
fn moved(canvas: &Snarl<Block>, graph: &Graph) -> Vec<GraphEdit> {
    let mut edits = Vec::new();
    for (at, block) in canvas.nodes_pos() {
        let Some((nth, node)) = graph.nodes.iter().enumerate().find(|(_, node)| node.id == block.id) else { continue };
        let [x, y] = edits::place_of(node, nth);
        if (f64::from(at.x) - x).abs() > 0.5 || (f64::from(at.y) - y).abs() > 0.5 {
            let round = |points: f32| f64::from((points * 2.0).round() / 2.0);
            edits.push(GraphEdit::Move { node: block.id.clone(), at: [round(at.x), round(at.y)] });
        }
    }
    edits
}

struct Viewer<'a> {
    graph: &'a Graph,
    search: &'a mut String,
    edits: Vec<GraphEdit>,
    refused: Option<String>,
}

fn color_of(ty: Option<PortType>) -> Color32 {
    match ty {
        Some(PortType::Signal) => theme::SIGNAL,
        Some(PortType::Selection) => theme::SELECTION,
        Some(PortType::Audio) => theme::AUDIO,
        Some(PortType::Beats) => theme::BEATS,
        None => theme::FAINT,
    }
}

impl Viewer<'_> {
    fn output(canvas: &Snarl<Block>, pin: OutPinId) -> Option<Socket> {
        let block = canvas.get_node(pin.node)?;
        Some(Socket { node: block.id.clone(), port: block.outputs.get(pin.output)?.0.clone() })
    }

    fn input(canvas: &Snarl<Block>, pin: InPinId) -> Option<Socket> {
        let block = canvas.get_node(pin.node)?;
        Some(Socket { node: block.id.clone(), port: block.inputs.get(pin.input)?.0.clone() })
    }

    /// Every kind of node that the search leaves, by category.
    fn palette_ui(&mut self, ui: &mut Ui, at: egui::Pos2) {
        ui.set_min_width(220.0);
        ui.add(TextEdit::singleline(self.search).hint_text("Add a node"));
        let wanted = self.search.to_lowercase();
        egui::ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
            let mut category = "";
            for spec in
                nodes::ALL.iter().filter(|spec| format!("{} {} {}", spec.title, spec.category, spec.doc).to_lowercase().contains(&wanted))
            {
                if spec.category != category {
                    category = spec.category;
                    ui.label(RichText::new(category).small().color(theme::faint(ui)));
                }
                if ui.button(spec.title).on_hover_text(spec.doc).clicked() {
                    self.edits.push(GraphEdit::Add { type_id: spec.type_id, at: [f64::from(at.x), f64::from(at.y)] });
                    ui.close();
                }
            }
        });
    }
}

impl SnarlViewer<Block> for Viewer<'_> {
    fn title(&mut self, block: &Block) -> String {
        block.spec.map_or_else(|| format!("{} (not known here)", block.type_id), |spec| spec.title.to_owned())
    }

    fn show_header(&mut self, node: NodeId, _: &[InPin], _: &[OutPin], ui: &mut Ui, canvas: &mut Snarl<Block>) {
        let block = &canvas[node];
        let title = ui.label(RichText::new(self.title(block)).strong());
        if let Some(spec) = block.spec {
            title.on_hover_text(spec.doc);
        }
        for problem in &block.problems {
            let color = if problem.severity == Severity::Error { theme::DANGER } else { theme::ACCENT };
            ui.label(RichText::new("⚠").color(color)).on_hover_text(&problem.message);
        }
    }

    fn inputs(&mut self, block: &Block) -> usize {
        block.inputs.len()
    }

    fn outputs(&mut self, block: &Block) -> usize {
        block.outputs.len()
    }

    fn show_input(&mut self, pin: &InPin, ui: &mut Ui, canvas: &mut Snarl<Block>) -> impl SnarlPin + 'static {
        let (name, ty) = canvas[pin.id.node].inputs[pin.id.input].clone();
        ui.label(RichText::new(name).small());
        PinInfo::circle().with_fill(color_of(ty))
    }

    fn show_output(&mut self, pin: &OutPin, ui: &mut Ui, canvas: &mut Snarl<Block>) -> impl SnarlPin + 'static {
        let (name, ty) = canvas[pin.id.node].outputs[pin.id.output].clone();
        let shown = self.graph.args.iter().find(|arg| arg.id == name).map_or(name.as_str(), |arg| &arg.name);
        ui.label(RichText::new(shown).small());
        PinInfo::circle().with_fill(color_of(ty))
    }

    fn has_body(&mut self, block: &Block) -> bool {
        block.spec.is_some_and(|spec| !spec.params.is_empty())
    }

    fn show_body(&mut self, node: NodeId, _: &[InPin], _: &[OutPin], ui: &mut Ui, canvas: &mut Snarl<Block>) {
        let block = &canvas[node];
        let Some((spec, node)) = block.spec.zip(self.graph.nodes.iter().find(|node| node.id == block.id)) else { return };
        egui::Grid::new(("params", &block.id)).num_columns(2).spacing(vec2(8.0, 4.0)).show(ui, |ui| {
            for param in spec.params {
                let label = ui.label(RichText::new(param.name).small().color(theme::faint(ui)));
                let now = edits::param_of(node, param.name, param.kind);
                if let Some(value) = param_ui(ui, &label, param.kind, &now, (&block.id, param.name)) {
                    self.edits.push(GraphEdit::Set { node: block.id.clone(), param: param.name, value });
                }
                ui.end_row();
            }
        });
    }

    fn connect(&mut self, from: &OutPin, to: &InPin, canvas: &mut Snarl<Block>) {
        let (Some(from), Some(to)) = (Self::output(canvas, from.id), Self::input(canvas, to.id)) else { return };
        match edits::refusal(self.graph, &from, &to) {
            Some(reason) => self.refused = Some(reason),
            None => self.edits.push(GraphEdit::Connect { from, to }),
        }
    }

    fn disconnect(&mut self, from: &OutPin, to: &InPin, canvas: &mut Snarl<Block>) {
        if let (Some(from), Some(to)) = (Self::output(canvas, from.id), Self::input(canvas, to.id)) {
            self.edits.push(GraphEdit::Disconnect { from, to });
        }
    }

    fn drop_outputs(&mut self, pin: &OutPin, canvas: &mut Snarl<Block>) {
        let Some(from) = Self::output(canvas, pin.id) else { return };
        let ends = pin.remotes.iter().filter_map(|&to| Self::input(canvas, to));
        self.edits.extend(ends.map(|to| GraphEdit::Disconnect { from: from.clone(), to }));
    }

    fn drop_inputs(&mut self, pin: &InPin, canvas: &mut Snarl<Block>) {
        let Some(to) = Self::input(canvas, pin.id) else { return };
        let ends = pin.remotes.iter().filter_map(|&from| Self::output(canvas, from));
        self.edits.extend(ends.map(|from| GraphEdit::Disconnect { from, to: to.clone() }));
    }

    fn has_graph_menu(&mut self, _: egui::Pos2, _: &mut Snarl<Block>) -> bool {
        true
    }

    fn show_graph_menu(&mut self, at: egui::Pos2, ui: &mut Ui, _: &mut Snarl<Block>) {
        self.palette_ui(ui, at);
    }

    fn has_dropped_wire_menu(&mut self, _: AnyPins<'_>, _: &mut Snarl<Block>) -> bool {
        true
    }

    fn show_dropped_wire_menu(&mut self, at: egui::Pos2, ui: &mut Ui, _: AnyPins<'_>, _: &mut Snarl<Block>) {
        self.palette_ui(ui, at);
    }

    fn has_node_menu(&mut self, _: &Block) -> bool {
        true
    }

    fn show_node_menu(&mut self, node: NodeId, _: &[InPin], _: &[OutPin], ui: &mut Ui, canvas: &mut Snarl<Block>) {
        let node = canvas[node].id.clone();
        if ui.button("Duplicate").clicked() {
            self.edits.push(GraphEdit::Duplicate { node: node.clone() });
            ui.close();
        }
        if ui.button("Remove").clicked() {
            self.edits.push(GraphEdit::Remove { node });
            ui.close();
        }
    }
}

/// The field of one parameter; the new value if it was changed.
fn param_ui(ui: &mut Ui, label: &egui::Response, kind: ParamKind, now: &Value, id: (&str, &str)) -> Option<Value> {
    match kind {
        ParamKind::Number { min, max, .. } => {
            let mut number = model::number(now).unwrap_or_default();
            let speed = ((max - min) / 400.0).clamp(0.002, 0.05);
            let drag = DragValue::new(&mut number).range(min..=max).speed(speed).max_decimals(3);
            ui.add(drag).labelled_by(label.id).changed().then(|| number.into())
        }
        ParamKind::Flag { .. } => {
            let mut flag = model::flag(now).unwrap_or_default();
            ui.checkbox(&mut flag, "").labelled_by(label.id).changed().then(|| flag.into())
        }
        ParamKind::Choice { options } => {
            let mut chosen = now.as_str().unwrap_or_default().to_owned();
            let before = chosen.clone();
            ComboBox::from_id_salt(id).selected_text(chosen.as_str()).show_ui(ui, |ui| {
                for option in options {
                    ui.selectable_value(&mut chosen, (*option).to_owned(), *option);
                }
            });
            (chosen != before).then(|| chosen.into())
        }
        ParamKind::Text { .. } => {
            let mut text = now.as_str().map_or_else(|| now.to_string(), str::to_owned);
            ui.add(TextEdit::singleline(&mut text).desired_width(120.0)).labelled_by(label.id).changed().then(|| text.into())
        }
        ParamKind::Color { .. } => {
            let (rgb, _) = model::color(now).unwrap_or_default();
            let [r, g, b] = rgb.0.map(|channel| (channel * 255.0).round() as u8);
            let mut color = Color32::from_rgb(r, g, b);
            let hex = |color: Color32| format!("#{:02x}{:02x}{:02x}", color.r(), color.g(), color.b());
            ui.color_edit_button_srgba(&mut color).labelled_by(label.id).changed().then(|| hex(color).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;

    use super::*;

    #[test]
    fn every_pattern_that_ships_is_drawn_with_all_its_wires() {
        for pattern in crate::patterns::builtin::builtin() {
            let canvas = canvas(&pattern.graph);
            assert_eq!(canvas.nodes().count(), pattern.graph.nodes.len(), "{}", pattern.name);
            assert_eq!(canvas.wires().count(), pattern.graph.edges.len(), "{}", pattern.name);
            assert_eq!(moved(&canvas, &pattern.graph), [], "{}", pattern.name);
        }
    }

    #[test]
    fn drawing_a_graph_changes_nothing_in_it() {
        let pattern = crate::patterns::builtin::builtin().into_iter().find(|pattern| pattern.name == "Colour wash").unwrap();
        let draw = move |ui: &mut Ui, state: &mut (GraphEditor, usize)| {
            let (wanted, refused) = canvas_ui(ui, &mut state.0, &pattern);
            state.1 += usize::from(wanted.is_some() || refused.is_some());
        };
        let mut harness = Harness::builder().with_size([900.0, 600.0]).build_ui_state(draw, (GraphEditor::default(), 0));
        harness.run_steps(5);
        assert_eq!(harness.state().1, 0);
    }
}
