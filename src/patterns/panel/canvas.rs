//! The canvas: nodes and wires to be grabbed, frames behind them, a selection of nodes with its deeds.
//!
//! The canvas is rebuilt from the document whenever that changed under it; what the user does on it comes out as
//! [`GraphEdit`]s.  The selection is the canvas's own: snarl's cannot be set from outside, so it never learns of Shift.

use std::collections::BTreeSet;

use bevy_egui::egui::emath::TSTransform;
use bevy_egui::egui::{self, Align2, CornerRadius, FontId, Id, Modifiers, Pos2, Rect, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};
use egui_snarl::ui::{NodeLayout, PinPlacement, SnarlStyle, SnarlWidget};
use egui_snarl::{InPinId, NodeId, OutPinId, Snarl};
use uuid::Uuid;

use super::live::Sight;
use super::palette::{Palette, palette_ui};
use super::viewer::Viewer;
use crate::engine::Rig;
use crate::engine::graph::check::{Diagnostic, check, output_type};
use crate::engine::graph::model::{self, Graph};
use crate::engine::nodes;
use crate::engine::nodes::spec::{NodeSpec, PortType};
use crate::patterns::edits::clip::Clip;
use crate::patterns::edits::frames::{self, Frame};
use crate::patterns::edits::{self, GraphEdit};
use crate::patterns::model::Pattern;
use crate::ui::theme;

/// Height of a frame's title, and of the corner that sizes it.
const TITLE: f32 = 26.0;
const CORNER: f32 = 18.0;
/// How long a refusal is shown where it happened.
const NOTICE_SECS: f64 = 4.0;

/// A node on the canvas.
#[derive(Clone)]
pub(super) struct Block {
    pub(super) id: String,
    pub(super) type_id: String,
    pub(super) spec: Option<&'static NodeSpec>,
    pub(super) inputs: Vec<(String, Option<PortType>)>,
    pub(super) outputs: Vec<(String, Option<PortType>)>,
    pub(super) problems: Vec<Diagnostic>,
}

/// What is done with the selected nodes, by key, menu or button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    SelectAll,
    SelectNone,
    Copy,
    Cut,
    Paste,
    Duplicate,
    Remove,
    /// Round the selected nodes.
    Frame,
    /// Opens the palette.
    Add,
}

/// What lies around a canvas.
#[derive(Clone, Copy)]
pub(super) struct Lens<'a> {
    pub(super) rig: &'a Rig,
    pub(super) sight: Option<&'a Sight>,
}

#[derive(Default)]
pub struct Canvas {
    /// What the canvas was made of.
    pub(super) shown: Option<(Uuid, Graph)>,
    pub(super) nodes: Snarl<Block>,
    pub(super) selected: BTreeSet<String>,
    pub(super) clip: Option<Clip>,
    pub(super) search: String,
    /// Deeds that wait for the canvas.
    pub(super) deeds: Vec<Deed>,
    /// It was the last thing that was clicked: keys are meant for it.
    pub(super) has_keys: bool,
    to_global: TSTransform,
    gesture: Option<Gesture>,
    /// Where a menu was opened, on the canvas.
    pub(super) menu_at: Pos2,
    pub(super) menu_new: bool,
    adding: bool,
    notice: Option<(String, Pos2, f64)>,
}

enum Gesture {
    Marquee { from: Pos2 },
    Frame { frame: String, last: Pos2, sizing: Option<Vec2> },
}

/// What came of a canvas in one frame.
#[derive(Default)]
pub(super) struct Done {
    pub(super) edits: Vec<GraphEdit>,
    pub(super) refused: Option<String>,
}

impl Canvas {
    /// Asks for a deed if keys are meant for the canvas; says whether they are.
    pub fn take_key(&mut self, deed: Deed) -> bool {
        if self.has_keys {
            self.deeds.push(deed);
        }
        self.has_keys
    }

    pub(super) fn picked(&self) -> Vec<String> {
        self.selected.iter().cloned().collect()
    }

    fn select(&mut self, id: &str, more: bool) {
        if !more {
            self.selected = BTreeSet::from([id.to_owned()]);
        } else if !self.selected.remove(id) {
            self.selected.insert(id.to_owned());
        }
    }
}

/// Draws the canvas and hears what is done on it.
pub(super) fn canvas_ui(ui: &mut Ui, canvas: &mut Canvas, pattern: &Pattern, lens: Lens<'_>) -> Done {
    let graph = &pattern.graph;
    if canvas.shown.as_ref().is_none_or(|(id, shown)| *id != pattern.id || shown != graph) {
        if canvas.shown.as_ref().is_none_or(|(id, _)| *id != pattern.id) {
            canvas.selected.clear();
        }
        canvas.nodes = blocks(graph);
        canvas.shown = Some((pattern.id, graph.clone()));
        canvas.selected.retain(|id| graph.nodes.iter().any(|node| node.id == *id));
    }
    let mut done = Done::default();
    let area = ui.available_rect_before_wrap();
    let frames = frames::of(graph);
    let modifiers = ui.input(|input| input.modifiers);
    let typing = ui.ctx().text_edit_focused();
    if !typing {
        // Snarl would select by itself.
        ui.input_mut(|input| input.modifiers = Modifiers::NONE);
    }
    let mut viewer = Viewer {
        graph,
        lens,
        frames: &frames,
        selected: &canvas.selected,
        search: &mut canvas.search,
        menu_new: &mut canvas.menu_new,
        menu_at: canvas.menu_at,
        frozen: canvas.gesture.is_some().then_some(canvas.to_global),
        to_global: canvas.to_global,
        rects: Vec::new(),
        edits: Vec::new(),
        deeds: Vec::new(),
        refused: None,
    };
    let style = SnarlStyle {
        collapsible: Some(false),
        pin_placement: Some(PinPlacement::Edge),
        pin_size: Some(11.0),
        centering: Some(true),
        // One below the other: beside each other, fields make nodes wider than a column.
        node_layout: Some(NodeLayout::sandwich()),
        ..SnarlStyle::new()
    };
    let response = SnarlWidget::new().id_salt(("graph", pattern.id)).style(style).show(&mut canvas.nodes, &mut viewer, ui);
    let Viewer { rects, to_global, edits, deeds, refused, .. } = viewer;
    ui.input_mut(|input| input.modifiers = modifiers);
    canvas.to_global = to_global;
    canvas.deeds.extend(deeds);
    done.edits = edits;
    if let Some(reason) = refused {
        let at = ui.input(|input| input.pointer.latest_pos()).unwrap_or(area.center());
        canvas.notice = Some((reason.clone(), at, ui.input(|input| input.time)));
        done.refused = Some(reason);
    }
    let hand = Hand { area, modifiers, empty_clicked: response.clicked(), rects: &rects, frames: &frames };
    pointer(ui, canvas, &hand, &mut done);
    if done.edits.is_empty() {
        done.edits = moved_together(canvas, graph);
    }
    act(ui, canvas, graph, area, &mut done);
    adding_ui(ui, canvas, graph, area, &mut done);
    notice_ui(ui, canvas);
    done
}

/// What the pointer has to do with.
struct Hand<'a> {
    area: Rect,
    modifiers: Modifiers,
    empty_clicked: bool,
    /// Nodes in the order in which they are drawn.
    rects: &'a [(String, Rect)],
    frames: &'a [Frame],
}

impl Hand<'_> {
    fn node_at(&self, at: Pos2) -> Option<&str> {
        self.rects.iter().rev().find(|(_, rect)| rect.contains(at)).map(|(id, _)| id.as_str())
    }
}

/// Whether a point is on the title of a frame, or on the corner that sizes it.
fn grip(frame: &Frame, at: Pos2) -> Option<bool> {
    let rect = rect_of(frame);
    let corner = Rect::from_min_max(rect.max - Vec2::splat(CORNER), rect.max);
    let title = Rect::from_min_size(rect.min, vec2(rect.width(), TITLE));
    if corner.contains(at) { Some(true) } else { title.contains(at).then_some(false) }
}

pub(super) fn rect_of(frame: &Frame) -> Rect {
    Rect::from_min_size(pos2(frame.at[0] as f32, frame.at[1] as f32), vec2(frame.size[0] as f32, frame.size[1] as f32))
}

/// Selects, and moves and sizes frames.
fn pointer(ui: &Ui, canvas: &mut Canvas, hand: &Hand<'_>, done: &mut Done) {
    let (pressed, secondary, down, position) = ui.input(|input| {
        let pointer = &input.pointer;
        let secondary = pointer.button_pressed(egui::PointerButton::Secondary);
        (pointer.primary_pressed(), secondary, pointer.primary_down(), pointer.latest_pos())
    });
    let Some(position) = position else { return };
    // A menu above the canvas is not the canvas.
    let on_top = ui.ctx().layer_id_at(position).is_none_or(|layer| layer.order == ui.layer_id().order);
    let inside = hand.area.contains(position) && ui.clip_rect().contains(position);
    let at = canvas.to_global.inverse() * position;
    let more = hand.modifiers.shift || hand.modifiers.command;
    if pressed || secondary {
        canvas.has_keys = inside && (on_top || canvas.has_keys);
    }
    if secondary && inside && on_top {
        (canvas.menu_at, canvas.menu_new) = (at, true);
        canvas.search.clear();
        if let Some(id) = hand.node_at(at).filter(|id| !canvas.selected.contains(*id)) {
            canvas.select(id, false);
        }
    }
    if pressed && inside && on_top {
        if let Some(id) = hand.node_at(at) {
            if more || !canvas.selected.contains(id) {
                canvas.select(id, more);
            }
        } else if let Some((frame, sizing)) = hand.frames.iter().rev().find_map(|frame| Some((frame, grip(frame, at)?))) {
            let sizing = sizing.then(|| rect_of(frame).max - at);
            canvas.gesture = Some(Gesture::Frame { frame: frame.id.clone(), last: at, sizing });
        } else if hand.modifiers.shift {
            canvas.gesture = Some(Gesture::Marquee { from: at });
        }
    } else if hand.empty_clicked && !more && hand.node_at(at).is_none() {
        canvas.selected.clear();
    }
    drag(ui, canvas, hand, (at, down), done);
}

fn drag(ui: &Ui, canvas: &mut Canvas, hand: &Hand<'_>, (at, down): (Pos2, bool), done: &mut Done) {
    match &mut canvas.gesture {
        None => {}
        Some(Gesture::Marquee { from }) => {
            let marquee = Rect::from_two_pos(*from, at);
            let shown = Rect::from_two_pos(canvas.to_global * marquee.min, canvas.to_global * marquee.max);
            let painter = ui.painter().with_clip_rect(hand.area);
            painter.rect(shown, 0.0, theme::ACCENT.gamma_multiply(0.1), Stroke::new(1.0, theme::ACCENT), StrokeKind::Inside);
            if !down {
                let inside = hand.rects.iter().filter(|(_, rect)| rect.intersects(marquee));
                canvas.selected.extend(inside.map(|(id, _)| id.clone()));
            }
        }
        Some(Gesture::Frame { frame, last, sizing }) => {
            let by = at - *last;
            if by != Vec2::ZERO {
                let edit = match sizing {
                    None => GraphEdit::MoveFrame { frame: frame.clone(), by: [f64::from(by.x), f64::from(by.y)] },
                    Some(grabbed) => {
                        let start = hand.frames.iter().find(|other| other.id == *frame).map_or(Pos2::ZERO, |frame| rect_of(frame).min);
                        let size = at + *grabbed - start;
                        GraphEdit::SizeFrame { frame: frame.clone(), size: [f64::from(size.x), f64::from(size.y)] }
                    }
                };
                done.edits.push(edit);
                *last = at;
            }
        }
    }
    if !down {
        canvas.gesture = None;
    }
}

/// Nodes that stand elsewhere than the document says; what is selected moves as one.
fn moved_together(canvas: &mut Canvas, graph: &Graph) -> Vec<GraphEdit> {
    let moves = moved(&canvas.nodes, graph);
    let [GraphEdit::Move { node, .. }] = moves.as_slice() else { return moves };
    if canvas.selected.len() < 2 || !canvas.selected.contains(node) {
        return moves;
    }
    let saved = |id: &str| graph.nodes.iter().enumerate().find(|(_, other)| other.id == id).map(|(nth, other)| edits::place_of(other, nth));
    let by = canvas
        .nodes
        .nodes_pos()
        .find(|(_, block)| block.id == *node)
        .zip(saved(node))
        .map(|((at, _), [x, y])| at - pos2(x as f32, y as f32));
    let Some(by) = by else { return moves };
    let others: Vec<(NodeId, String)> = canvas
        .nodes
        .node_ids()
        .filter(|(_, block)| block.id != *node && canvas.selected.contains(&block.id))
        .map(|(at, block)| (at, block.id.clone()))
        .collect();
    for (at, id) in others {
        if let (Some(info), Some([x, y])) = (canvas.nodes.get_node_info_mut(at), saved(&id)) {
            info.pos = pos2(x as f32, y as f32) + by;
        }
    }
    moved(&canvas.nodes, graph)
}

pub(super) fn moved(nodes: &Snarl<Block>, graph: &Graph) -> Vec<GraphEdit> {
    let mut edits = Vec::new();
    for (at, block) in nodes.nodes_pos() {
        let Some((nth, node)) = graph.nodes.iter().enumerate().find(|(_, node)| node.id == block.id) else { continue };
        let [x, y] = edits::place_of(node, nth);
        if (f64::from(at.x) - x).abs() > 0.5 || (f64::from(at.y) - y).abs() > 0.5 {
            let round = |points: f32| f64::from((points * 2.0).round() / 2.0);
            edits.push(GraphEdit::Move { node: block.id.clone(), at: [round(at.x), round(at.y)] });
        }
    }
    edits
}

/// Does what keys, menus and buttons asked for.
fn act(ui: &Ui, canvas: &mut Canvas, graph: &Graph, area: Rect, done: &mut Done) {
    for deed in std::mem::take(&mut canvas.deeds) {
        let nodes = canvas.picked();
        let some = !nodes.is_empty();
        match deed {
            Deed::SelectAll => canvas.selected = graph.nodes.iter().map(|node| node.id.clone()).collect(),
            Deed::SelectNone => canvas.selected.clear(),
            Deed::Copy => canvas.clip = Clip::of(graph, &nodes).or(canvas.clip.take()),
            Deed::Cut if some => {
                canvas.clip = Clip::of(graph, &nodes);
                done.edits.push(GraphEdit::Remove { nodes });
            }
            Deed::Paste => {
                let pointer = ui.input(|input| input.pointer.latest_pos()).filter(|at| area.contains(*at));
                let at = canvas.to_global.inverse() * pointer.unwrap_or(area.center());
                if let Some(clip) = canvas.clip.clone() {
                    done.edits.push(GraphEdit::Paste { clip, at: [f64::from(at.x).round(), f64::from(at.y).round()] });
                }
            }
            Deed::Duplicate if some => done.edits.push(GraphEdit::Duplicate { nodes }),
            Deed::Remove if some => done.edits.push(GraphEdit::Remove { nodes }),
            Deed::Frame => {
                let at = canvas.to_global.inverse() * area.center();
                done.edits.push(GraphEdit::AddFrame { nodes, at: [f64::from(at.x), f64::from(at.y)] });
            }
            Deed::Add => {
                (canvas.adding, canvas.menu_new) = (true, true);
                canvas.search.clear();
            }
            Deed::Cut | Deed::Duplicate | Deed::Remove => {}
        }
    }
    if done.edits.iter().any(|edit| {
        matches!(edit, GraphEdit::Paste { .. } | GraphEdit::Duplicate { .. } | GraphEdit::Add { .. } | GraphEdit::AddWired { .. })
    }) {
        // What is new stands at the end, and is what one goes on with.
        let mut after = graph.clone();
        done.edits.iter().for_each(|edit| edits::apply(&mut after, edit));
        canvas.selected = after.nodes.iter().skip(graph.nodes.len()).map(|node| node.id.clone()).collect();
    }
}

/// The palette that the keyboard opens.
fn adding_ui(ui: &Ui, canvas: &mut Canvas, graph: &Graph, area: Rect, done: &mut Done) {
    if !canvas.adding {
        return;
    }
    let middle = canvas.to_global.inverse() * area.center();
    let modal = egui::Modal::new(Id::new("add a node")).show(ui.ctx(), |ui| {
        let palette = Palette { search: &mut canvas.search, new: std::mem::take(&mut canvas.menu_new), wire: None };
        palette_ui(ui, graph, palette, [f64::from(middle.x).round(), f64::from(middle.y).round()])
    });
    let escape = modal.should_close();
    if let Some(edit) = modal.inner {
        let mut after = graph.clone();
        edits::apply(&mut after, &edit);
        canvas.selected = after.nodes.iter().skip(graph.nodes.len()).map(|node| node.id.clone()).collect();
        done.edits.push(edit);
        canvas.adding = false;
    } else if escape {
        canvas.adding = false;
    }
}

/// Why a wire was refused, where it was dropped.
fn notice_ui(ui: &Ui, canvas: &mut Canvas) {
    let Some((reason, at, since)) = &canvas.notice else { return };
    let left = since + NOTICE_SECS - ui.input(|input| input.time);
    if left <= 0.0 {
        canvas.notice = None;
        return;
    }
    ui.ctx().request_repaint_after_secs(left as f32);
    let painter = ui.ctx().layer_painter(egui::LayerId::new(egui::Order::Tooltip, Id::new("refused wire")));
    let galley = painter.layout(reason.clone(), FontId::proportional(13.0), theme::TEXT, 320.0);
    let rect = Align2::LEFT_TOP.anchor_size(*at + vec2(14.0, 10.0), galley.size()).expand(7.0);
    painter.rect(rect, CornerRadius::same(4), theme::PANEL, Stroke::new(1.0, theme::DANGER), StrokeKind::Outside);
    painter.galley(rect.min + Vec2::splat(7.0), galley, theme::TEXT);
}

pub(super) fn blocks(graph: &Graph) -> Snarl<Block> {
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

#[cfg(test)]
#[path = "canvas_tests.rs"]
mod tests;
