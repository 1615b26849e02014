//! The canvas, driven as a person drives it.

use bevy_egui::egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::*;
use crate::engine::graph::check::Severity;
use crate::engine::graph::probe::Reading;
use crate::patterns::builtin;
use crate::ui::snapshot::{self, Raster};

struct Desk {
    canvas: Canvas,
    pattern: Pattern,
    sight: Sight,
    edits: Vec<GraphEdit>,
    refused: Vec<String>,
}

fn pattern(name: &str) -> Pattern {
    builtin().into_iter().find(|pattern| pattern.name == name).unwrap()
}

/// A canvas whose edits are done at once.
fn desk(pattern: Pattern) -> Harness<'static, Desk> {
    let desk = Desk { canvas: Canvas::default(), pattern, sight: Sight::default(), edits: Vec::new(), refused: Vec::new() };
    let rig = Rig::default();
    let draw = move |ui: &mut Ui, desk: &mut Desk| {
        let done = canvas_ui(ui, &mut desk.canvas, &desk.pattern, Lens { rig: &rig, sight: Some(&desk.sight) });
        done.edits.iter().for_each(|edit| edits::apply(&mut desk.pattern.graph, edit));
        desk.edits.extend(done.edits);
        desk.refused.extend(done.refused);
    };
    let mut harness = Harness::builder().with_size([1100.0, 700.0]).renderer(Raster::default()).build_ui_state(draw, desk);
    harness.run_steps(4);
    harness
}

fn deed(harness: &mut Harness<'_, Desk>, deed: Deed) {
    harness.state_mut().canvas.deeds.push(deed);
    harness.run_steps(3);
}

fn drag(harness: &mut Harness<'_, Desk>, from: Pos2, to: Pos2) {
    harness.hover_at(from);
    harness.step();
    harness.drag_at(from);
    harness.step();
    for share in [0.3, 0.6, 1.0] {
        harness.hover_at(from + (to - from) * share);
        harness.step();
    }
    harness.drop_at(to);
    harness.run_steps(3);
}

/// Where a node is grabbed, beside its title, on the screen.
fn grip_of(harness: &Harness<'_, Desk>, id: &str) -> Pos2 {
    let Desk { canvas, pattern, .. } = harness.state();
    let found = pattern.graph.nodes.iter().enumerate().find(|(_, node)| node.id == id);
    let [x, y] = found.map(|(nth, node)| edits::place_of(node, nth)).unwrap();
    canvas.to_global * (pos2(x as f32, y as f32) + vec2(-3.0, 8.0))
}

fn click(harness: &mut Harness<'_, Desk>, at: Pos2, modifiers: Modifiers) {
    harness.hover_at(at);
    harness.step();
    let button = |pressed| egui::Event::PointerButton { pos: at, button: egui::PointerButton::Primary, pressed, modifiers };
    harness.event_modifiers(button(true), modifiers);
    harness.step();
    harness.event_modifiers(button(false), modifiers);
    harness.run_steps(3);
}

#[test]
fn every_pattern_that_ships_is_drawn_with_all_its_wires() {
    for pattern in builtin() {
        let nodes = blocks(&pattern.graph);
        assert_eq!(nodes.nodes().count(), pattern.graph.nodes.len(), "{}", pattern.name);
        assert_eq!(nodes.wires().count(), pattern.graph.edges.len(), "{}", pattern.name);
        assert_eq!(moved(&nodes, &pattern.graph), [], "{}", pattern.name);
    }
}

#[test]
fn drawing_a_graph_changes_nothing_in_it() {
    let mut harness = desk(pattern("Colour wash"));
    harness.run_steps(5);
    assert_eq!((harness.state().edits.len(), harness.state().refused.len()), (0, 0));
}

#[test]
fn a_graph_looks_as_it_did() {
    let mut harness = desk(pattern("Circular chase"));
    snapshot::compare_all(&mut harness, "graph");
}

#[test]
fn a_click_selects_a_node_and_control_adds_another() {
    let mut harness = desk(pattern("Colour wash"));
    let at = grip_of(&harness, "apply_dimmer");
    click(&mut harness, at, Modifiers::NONE);
    assert_eq!(harness.state().canvas.picked(), ["apply_dimmer"]);
    let at = grip_of(&harness, "apply_color");
    click(&mut harness, at, Modifiers::COMMAND);
    assert_eq!(harness.state().canvas.picked(), ["apply_color", "apply_dimmer"]);
    assert!(harness.state().canvas.has_keys);
    assert_eq!(harness.state().edits, []);
}

#[test]
fn selected_nodes_are_copied_pasted_into_another_pattern_and_removed() {
    let mut harness = desk(pattern("Colour wash"));
    deed(&mut harness, Deed::SelectAll);
    deed(&mut harness, Deed::Copy);
    harness.state_mut().pattern = Pattern { id: Uuid::from_u128(1), ..Pattern::default() };
    harness.run_steps(2);
    assert!(harness.state().canvas.selected.is_empty(), "nothing of another pattern stays selected");
    deed(&mut harness, Deed::Paste);
    let graph = &harness.state().pattern.graph;
    assert_eq!((graph.nodes.len(), graph.args.len()), (3, 3));
    assert_eq!(harness.state().canvas.selected.len(), 3, "what was pasted is selected");
    deed(&mut harness, Deed::Duplicate);
    assert_eq!(harness.state().pattern.graph.nodes.len(), 6);
    deed(&mut harness, Deed::Remove);
    assert_eq!(harness.state().pattern.graph.nodes.len(), 3);
    deed(&mut harness, Deed::SelectAll);
    deed(&mut harness, Deed::Cut);
    assert!(harness.state().pattern.graph.nodes.is_empty() && harness.state().pattern.graph.edges.is_empty());
}

#[test]
fn selected_nodes_move_together() {
    let mut harness = desk(pattern("Colour wash"));
    deed(&mut harness, Deed::SelectAll);
    let before: Vec<[f64; 2]> =
        harness.state().pattern.graph.nodes.iter().enumerate().map(|(nth, node)| edits::place_of(node, nth)).collect();
    let from = grip_of(&harness, "apply_dimmer");
    drag(&mut harness, from, from + vec2(60.0, 45.0));
    let graph = &harness.state().pattern.graph;
    let by: Vec<[f64; 2]> = graph
        .nodes
        .iter()
        .enumerate()
        .map(|(nth, node)| edits::place_of(node, nth))
        .zip(&before)
        .map(|(after, before)| [after[0] - before[0], after[1] - before[1]])
        .collect();
    assert!(by[0][0] > 10.0 && by[0][1] > 10.0, "{by:?}");
    assert!(by.iter().all(|one| (one[0] - by[0][0]).abs() < 1.1 && (one[1] - by[0][1]).abs() < 1.1), "{by:?}");
}

#[test]
fn a_frame_is_put_round_nodes_and_dragged_by_its_title() {
    let mut harness = desk(pattern("Colour wash"));
    let at = grip_of(&harness, "apply_dimmer");
    click(&mut harness, at, Modifiers::NONE);
    deed(&mut harness, Deed::Frame);
    let frame = frames::of(&harness.state().pattern.graph)[0].clone();
    let at = harness.state().canvas.to_global * (rect_of(&frame).min + vec2(20.0, 10.0));
    drag(&mut harness, at, at + vec2(0.0, 40.0));
    let moved = frames::of(&harness.state().pattern.graph)[0].clone();
    assert!(moved.at[1] > frame.at[1] + 10.0 && (moved.at[0] - frame.at[0]).abs() < 1.0, "{frame:?} {moved:?}");
    assert!(harness.state().edits.iter().all(|edit| matches!(edit, GraphEdit::AddFrame { .. } | GraphEdit::MoveFrame { .. })));
}

#[test]
fn a_graph_of_five_nodes_is_built_from_nothing() {
    let mut harness = desk(Pattern { id: Uuid::from_u128(1), ..Pattern::default() });
    for words in ["select", "beat clock", "beat envelope", "apply dimmer", "apply colour"] {
        deed(&mut harness, Deed::Add);
        harness.get_by_label("Add a node").type_text(words);
        harness.run_steps(2);
        harness.key_press(Key::Enter);
        harness.run_steps(3);
    }
    let ids: Vec<String> = harness.state().pattern.graph.nodes.iter().map(|node| node.type_id.clone()).collect();
    assert_eq!(ids, ["select", "beat_clock", "beat_envelope", "apply_dimmer", "apply_color"]);
    assert!(harness.query_all_by_label_contains("nothing is connected").next().is_some(), "the checker's words stand on the node");
}

#[test]
fn what_flows_is_written_beside_the_socket() {
    let mut harness = desk(pattern("Colour wash"));
    let readings = [("selection".to_owned(), Reading::Selection { n_heads: 17 })].into();
    harness.state_mut().sight.readings.insert("args".into(), readings);
    harness.state_mut().sight.diagnostics = vec![Diagnostic::new(Severity::Warning, Some("apply_dimmer"), None, "nobody is here")];
    harness.run_steps(2);
    assert!(harness.query_by_label("17 heads").is_some());
    assert!(harness.query_by_label("nobody is here").is_some());
}
