//! How a node looks on the canvas: sockets with what flows through them, fields, pictures, and what is wrong with it.

use std::collections::BTreeSet;

use bevy_egui::egui::emath::TSTransform;
use bevy_egui::egui::{
    self, Align2, Color32, CornerRadius, FontId, Label, Painter, Pos2, Rect, RichText, Stroke, StrokeKind, Style, TextEdit, Ui,
};
use egui_snarl::ui::{AnyPins, BackgroundPattern, PinInfo, SnarlPin, SnarlStyle, SnarlViewer};
use egui_snarl::{InPin, InPinId, NodeId, OutPin, OutPinId, Snarl};

use super::canvas::{Block, Deed, Lens, rect_of};
use super::palette::{Palette, palette_ui};
use super::params::params_ui;
use super::plots::view_ui;
use super::values::reading_ui;
use crate::engine::graph::check::{Diagnostic, Severity};
use crate::engine::graph::model::Graph;
use crate::engine::nodes::spec::PortType;
use crate::engine::nodes::views;
use crate::patterns::edits::arrange::Align;
use crate::patterns::edits::frames::Frame;
use crate::patterns::edits::{self, GraphEdit, Loose, Socket};
use crate::ui::theme;

/// Width at which words in a node are broken.
const WORDS: f32 = 220.0;

pub(super) struct Viewer<'a> {
    pub(super) graph: &'a Graph,
    pub(super) lens: Lens<'a>,
    pub(super) frames: &'a [Frame],
    pub(super) selected: &'a BTreeSet<String>,
    pub(super) search: &'a mut String,
    pub(super) menu_new: &'a mut bool,
    pub(super) menu_at: Pos2,
    /// Something else is being dragged: the view stays where it is.
    pub(super) frozen: Option<TSTransform>,
    /// What came of it: where the canvas is seen from, where nodes stand, what was done.
    pub(super) to_global: TSTransform,
    pub(super) rects: Vec<(String, Rect)>,
    pub(super) edits: Vec<GraphEdit>,
    pub(super) deeds: Vec<Deed>,
    pub(super) refused: Option<String>,
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

    /// What the checker says of a node, then what building it on this venue and track has to add.
    fn problems<'b>(&'b self, block: &'b Block) -> Vec<&'b Diagnostic> {
        let seen = self.lens.sight.map_or(&[][..], |sight| &sight.diagnostics);
        let ours = seen.iter().filter(|problem| problem.node.as_deref() == Some(&block.id));
        let mut all: Vec<&Diagnostic> = block.problems.iter().collect();
        for problem in ours {
            if all.iter().all(|known| known.message != problem.message) {
                all.push(problem);
            }
        }
        all
    }

    fn palette(&mut self, ui: &mut Ui, at: Pos2, wire: Option<Loose>) {
        let palette = Palette { search: self.search, new: std::mem::take(self.menu_new), wire };
        self.edits.extend(palette_ui(ui, self.graph, palette, [f64::from(at.x).round(), f64::from(at.y).round()]));
    }

    fn frame_menu(&mut self, ui: &mut Ui, frame: &Frame) {
        let label = ui.label("Frame title");
        let mut title = frame.title.clone();
        if ui.add(TextEdit::singleline(&mut title).desired_width(200.0)).labelled_by(label.id).changed() {
            self.edits.push(GraphEdit::NameFrame { frame: frame.id.clone(), title });
        }
        if ui.button("Remove the frame").on_hover_text("The nodes in it stay").clicked() {
            self.edits.push(GraphEdit::RemoveFrame { frame: frame.id.clone() });
            ui.close();
        }
        ui.separator();
    }
}

fn is_view(block: &Block) -> bool {
    [views::VIEW_SIGNAL.type_id, views::VIEW_UV.type_id, views::MEL_SPEC_VIEWER.type_id].contains(&block.type_id.as_str())
}

impl SnarlViewer<Block> for Viewer<'_> {
    fn title(&mut self, block: &Block) -> String {
        block.spec.map_or_else(|| format!("{} (not known here)", block.type_id), |spec| spec.title.to_owned())
    }

    fn node_frame(&mut self, default: egui::Frame, node: NodeId, _: &[InPin], _: &[OutPin], canvas: &Snarl<Block>) -> egui::Frame {
        let block = &canvas[node];
        let bad = self.problems(block).iter().any(|problem| problem.severity == Severity::Error);
        if self.selected.contains(&block.id) {
            default.stroke(Stroke::new(2.0, theme::ACCENT))
        } else if bad {
            default.stroke(Stroke::new(1.5, theme::DANGER))
        } else {
            default
        }
    }

    fn header_frame(&mut self, default: egui::Frame, node: NodeId, _: &[InPin], _: &[OutPin], canvas: &Snarl<Block>) -> egui::Frame {
        match canvas[node].spec {
            Some(spec) => default.fill(theme::category(spec.category).gamma_multiply(0.22)),
            None => default,
        }
    }

    fn show_header(&mut self, node: NodeId, _: &[InPin], _: &[OutPin], ui: &mut Ui, canvas: &mut Snarl<Block>) {
        let block = &canvas[node];
        let title = ui.label(RichText::new(self.title(block)).strong());
        if let Some(spec) = block.spec {
            title.on_hover_text(spec.doc);
        }
    }

    fn inputs(&mut self, block: &Block) -> usize {
        block.inputs.len()
    }

    fn outputs(&mut self, block: &Block) -> usize {
        block.outputs.len()
    }

    fn show_input(&mut self, pin: &InPin, ui: &mut Ui, canvas: &mut Snarl<Block>) -> impl SnarlPin + 'static {
        let block = &canvas[pin.id.node];
        let (name, ty) = &block.inputs[pin.id.input];
        let required = block.spec.and_then(|spec| spec.input(name)).is_some_and(|port| port.required);
        let missing = required && pin.remotes.is_empty();
        let words = RichText::new(name.replace('_', " ")).small();
        let label = ui.label(if missing { words.color(theme::DANGER) } else { words });
        if let Some(ty) = ty {
            label.on_hover_text(if required { format!("Takes {ty}") } else { format!("May take {ty}") });
        }
        PinInfo::circle().with_fill(color_of(*ty))
    }

    fn show_output(&mut self, pin: &OutPin, ui: &mut Ui, canvas: &mut Snarl<Block>) -> impl SnarlPin + 'static {
        let block = &canvas[pin.id.node];
        let (name, ty) = &block.outputs[pin.id.output];
        let shown = self.graph.args.iter().find(|arg| arg.id == *name).map_or_else(|| name.replace('_', " "), |arg| arg.name.clone());
        let label = ui.label(RichText::new(shown).small());
        if let Some(ty) = ty {
            label.on_hover_text(format!("Gives {ty}"));
        }
        if let Some(reading) = self.lens.sight.and_then(|sight| sight.reading(&block.id, name)) {
            reading_ui(ui, reading);
        }
        PinInfo::circle().with_fill(color_of(*ty))
    }

    fn has_body(&mut self, block: &Block) -> bool {
        block.spec.is_some_and(|spec| !spec.params.is_empty()) || is_view(block)
    }

    fn show_body(&mut self, node: NodeId, _: &[InPin], _: &[OutPin], ui: &mut Ui, canvas: &mut Snarl<Block>) {
        let block = &canvas[node];
        let Some((spec, node)) = block.spec.zip(self.graph.nodes.iter().find(|node| node.id == block.id)) else { return };
        ui.vertical(|ui| {
            if is_view(block) {
                let view = self.lens.sight.and_then(|sight| sight.views.get(&block.id));
                view_ui(ui, view, block.type_id == views::VIEW_UV.type_id);
            }
            self.edits.extend(params_ui(ui, spec, node, self.lens.rig));
        });
    }

    fn has_footer(&mut self, block: &Block) -> bool {
        !self.problems(block).is_empty()
    }

    fn show_footer(&mut self, node: NodeId, _: &[InPin], _: &[OutPin], ui: &mut Ui, canvas: &mut Snarl<Block>) {
        ui.vertical(|ui| {
            ui.set_max_width(WORDS);
            for problem in self.problems(&canvas[node]) {
                let color = if problem.severity == Severity::Error { theme::DANGER } else { theme::ACCENT };
                ui.add(Label::new(RichText::new(&problem.message).small().color(color)).wrap());
            }
        });
    }

    fn final_node_rect(&mut self, node: NodeId, rect: Rect, _: &mut Ui, canvas: &mut Snarl<Block>) {
        self.rects.push((canvas[node].id.clone(), rect));
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

    fn has_graph_menu(&mut self, _: Pos2, _: &mut Snarl<Block>) -> bool {
        true
    }

    fn show_graph_menu(&mut self, _: Pos2, ui: &mut Ui, _: &mut Snarl<Block>) {
        let at = self.menu_at;
        let here = self.frames.iter().rev().find(|frame| frame.holds([f64::from(at.x), f64::from(at.y)]));
        if let Some(frame) = here {
            self.frame_menu(ui, frame);
        }
        self.palette(ui, at, None);
    }

    fn has_dropped_wire_menu(&mut self, _: AnyPins<'_>, _: &mut Snarl<Block>) -> bool {
        true
    }

    fn show_dropped_wire_menu(&mut self, at: Pos2, ui: &mut Ui, pins: AnyPins<'_>, canvas: &mut Snarl<Block>) {
        let wire = match pins {
            AnyPins::Out(pins) => pins.first().and_then(|&pin| Self::output(canvas, pin)).map(Loose::From),
            AnyPins::In(pins) => pins.first().and_then(|&pin| Self::input(canvas, pin)).map(Loose::To),
        };
        self.palette(ui, at, wire);
    }

    fn has_node_menu(&mut self, _: &Block) -> bool {
        true
    }

    fn show_node_menu(&mut self, _: NodeId, _: &[InPin], _: &[OutPin], ui: &mut Ui, _: &mut Snarl<Block>) {
        let deeds = [("Copy", Deed::Copy), ("Cut", Deed::Cut), ("Duplicate", Deed::Duplicate), ("Remove", Deed::Remove)];
        for (word, deed) in deeds.into_iter().chain([("Put a frame round", Deed::Frame)]) {
            if ui.button(word).clicked() {
                self.deeds.push(deed);
                ui.close();
            }
        }
        if self.selected.len() > 1 {
            ui.separator();
            for how in Align::ALL {
                if ui.button(how.name()).clicked() {
                    self.edits.push(GraphEdit::Align { nodes: self.selected.iter().cloned().collect(), how });
                    ui.close();
                }
            }
        }
    }

    fn draw_background(
        &mut self,
        background: Option<&BackgroundPattern>,
        viewport: &Rect,
        snarl_style: &SnarlStyle,
        style: &Style,
        painter: &Painter,
        _: &Snarl<Block>,
    ) {
        if let Some(background) = background {
            background.draw(viewport, snarl_style, style, painter);
        }
        for frame in self.frames {
            let rect = rect_of(frame);
            let line = Stroke::new(1.0, theme::SELECTION.gamma_multiply(0.5));
            painter.rect(rect, CornerRadius::same(6), theme::SELECTION.gamma_multiply(0.07), line, StrokeKind::Inside);
            let at = rect.min + egui::vec2(10.0, 6.0);
            painter.text(at, Align2::LEFT_TOP, &frame.title, FontId::proportional(14.0), theme::SELECTION);
            let corner = rect.max - egui::vec2(4.0, 4.0);
            for step in [6.0, 11.0] {
                painter.line_segment([corner - egui::vec2(step, 0.0), corner - egui::vec2(0.0, step)], line);
            }
        }
    }

    fn current_transform(&mut self, to_global: &mut TSTransform, _: &mut Snarl<Block>) {
        if let Some(frozen) = self.frozen {
            *to_global = frozen;
        }
        self.to_global = *to_global;
    }
}
