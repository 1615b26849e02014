//! Hands on a plan, driven by a pointer: what is picked, and that a drag is edits of one group that end where it ended.

use bevy::prelude::*;
use bevy_egui::egui::{Event, Modifiers, PointerButton, Pos2, Rect, Sense, Ui, pos2};
use egui_kittest::Harness;

use super::*;
use crate::document::selection::Selection;
use crate::document::transaction::Op;
use crate::previz::bench::Bench;
use crate::registry::{TableId, Value};
use crate::venue;
use crate::venue::library::Library;

struct Bed {
    rig: Rig,
    selection: Selection,
    bench: Bench,
    hands: Hands,
    wants: Vec<Want>,
}

const AREA: Rect = Rect { min: Pos2::ZERO, max: pos2(800.0, 600.0) };

fn sight() -> Sight {
    Sight::straight(AREA, Vec3::ZERO, Vec3::X, Vec3::Y, 40.0)
}

fn draw(ui: &mut Ui, bed: &mut Bed) {
    let response = ui.allocate_rect(AREA, Sense::click_and_drag());
    let marks = Marks::of(&bed.rig, &bed.selection);
    let sight = sight();
    bed.hands.look(&bed.rig, &sight);
    let scene = Scene { rig: &bed.rig, sight: &sight, marks: &marks, bench: &bed.bench, plan: true };
    for want in bed.hands.follow(ui, &response, &scene) {
        if let Want::Pick(how, fixtures) = &want {
            let keys = fixtures.iter().map(|&at| (TableId::Fixtures, bed.rig.fixtures[at].id));
            match how {
                How::Add => bed.selection.add(keys),
                How::Toggle => keys.for_each(|key| bed.selection.toggle(key)),
                _ => bed.selection.set(keys),
            }
        }
        bed.wants.push(want);
    }
    bed.hands.paint(ui, &scene);
}

fn bed(tool: Tool) -> Harness<'static, Bed> {
    let rig = venue::lower::rig(&venue::builtin("club").unwrap(), &Library::builtin()).0;
    let bench = Bench { tool, step_m: 0.5, ..Bench::default() };
    let bed = Bed { rig, selection: Selection::default(), bench, hands: Hands::default(), wants: Vec::new() };
    let mut harness = Harness::builder().with_size(AREA.size()).build_ui_state(|ui, bed: &mut Bed| draw(ui, bed), bed);
    harness.run();
    harness
}

fn named(bed: &Bed, label: &str) -> usize {
    bed.rig.fixtures.iter().position(|fixture| fixture.label == label).unwrap()
}

fn place(harness: &Harness<'_, Bed>, label: &str) -> Pos2 {
    let bed = harness.state();
    sight().place(bed.rig.fixtures[named(bed, label)].pose.position).unwrap()
}

fn press(harness: &mut Harness<'_, Bed>, pos: Pos2, modifiers: Modifiers, pressed: bool) {
    harness.event(Event::ModifiersChanged(modifiers));
    harness.event(Event::PointerMoved(pos));
    harness.event(Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers });
    harness.step();
}

fn click(harness: &mut Harness<'_, Bed>, pos: Pos2, modifiers: Modifiers) {
    press(harness, pos, modifiers, true);
    press(harness, pos, modifiers, false);
    harness.event(Event::ModifiersChanged(Modifiers::NONE));
    harness.step();
}

fn drag(harness: &mut Harness<'_, Bed>, from: Pos2, to: Pos2, modifiers: Modifiers) {
    harness.event(Event::PointerMoved(from));
    harness.step();
    press(harness, from, modifiers, true);
    for share in [0.3, 0.6, 1.0] {
        harness.event(Event::PointerMoved(from + (to - from) * share));
        harness.step();
    }
    press(harness, to, modifiers, false);
    harness.event(Event::ModifiersChanged(Modifiers::NONE));
    harness.step();
}

fn picked(harness: &Harness<'_, Bed>) -> Vec<String> {
    let bed = harness.state();
    let label = |id| bed.rig.fixtures.iter().find(|fixture| fixture.id == id).unwrap().label.clone();
    let mut labels: Vec<String> = bed.selection.of(TableId::Fixtures).map(label).collect();
    labels.sort();
    labels
}

#[test]
fn clicks_pick_add_and_take_away() {
    let mut harness = bed(Tool::Select);
    let (one, two) = (place(&harness, "Uplight 4"), place(&harness, "Uplight 5"));
    click(&mut harness, one, Modifiers::NONE);
    assert_eq!(picked(&harness), ["Uplight 4"]);
    click(&mut harness, two, Modifiers::SHIFT);
    assert_eq!(picked(&harness), ["Uplight 4", "Uplight 5"]);
    click(&mut harness, one, Modifiers::COMMAND);
    assert_eq!(picked(&harness), ["Uplight 5"]);
    click(&mut harness, pos2(10.0, 590.0), Modifiers::NONE);
    assert!(picked(&harness).is_empty(), "a click on nothing lets go");
}

#[test]
fn a_box_on_the_floor_picks_whom_it_holds() {
    let mut harness = bed(Tool::Select);
    // The row of front washes, at the audience's side.
    let (left, right) = (place(&harness, "Front wash 1"), place(&harness, "Front wash 4"));
    drag(&mut harness, left + egui::vec2(-30.0, 40.0), right + egui::vec2(20.0, -8.0), Modifiers::NONE);
    let boxed = picked(&harness);
    for label in ["Front wash 1", "Front wash 2", "Front wash 3", "Front wash 4"] {
        assert!(boxed.iter().any(|one| one == label), "{boxed:?}");
    }
    assert!(!boxed.iter().any(|one| one == "Front wash 5"));
}

#[test]
fn pulling_an_arrow_moves_what_is_selected_in_edits_of_one_group() {
    let mut harness = bed(Tool::Move);
    let at = place(&harness, "Uplight 4");
    click(&mut harness, at, Modifiers::NONE);
    let start = harness.state().rig.fixtures[named(harness.state(), "Uplight 4")].pose.position;
    // 61 points are 1.525 m; the nearest half metre from 3.671 on is 5.0.
    drag(&mut harness, at + egui::vec2(50.0, 0.0), at + egui::vec2(111.0, 30.0), Modifiers::NONE);
    let edits: Vec<&Transaction> =
        harness.state().wants.iter().filter_map(|want| if let Want::Edit(edit) = want { Some(edit) } else { None }).collect();
    assert!(!edits.is_empty() && edits.iter().all(|edit| edit.group == edits[0].group && edit.group.is_some()));
    assert_eq!(edits[0].label, "Move Uplight 4");
    let last = edits.iter().rev().find_map(|edit| match &edit.ops[0] {
        Op::Set { columns, .. } => columns.iter().find(|(name, _)| name == "pos_x").map(|(_, value)| value.clone()),
        _ => None,
    });
    assert_eq!(last, Some(Value::Real(5.0)), "from {start}");
    let text = format!("{edits:?}");
    assert!(!text.contains("pos_y") && !text.contains("rot_x"), "only along the arrow: {text}");
}

#[test]
fn a_ring_turns_and_a_selection_that_changes_meanwhile_takes_it_back() {
    let mut harness = bed(Tool::Turn);
    let at = place(&harness, "Uplight 4");
    click(&mut harness, at, Modifiers::NONE);
    let on = |deg: f32| at + egui::vec2(deg.to_radians().cos(), -deg.to_radians().sin()) * 78.0;
    harness.event(Event::PointerMoved(on(10.0)));
    harness.step();
    press(&mut harness, on(10.0), Modifiers::NONE, true);
    for deg in [25.0, 40.0, 57.0] {
        harness.event(Event::PointerMoved(on(deg)));
        harness.step();
    }
    let turned = harness.state().wants.iter().any(|want| matches!(want, Want::Edit(edit) if edit.label == "Turn Uplight 4"));
    assert!(turned && harness.state().hands.busy(), "{:?}", harness.state().wants);
    harness.state_mut().selection.clear();
    harness.step();
    assert_eq!(harness.state().wants.last(), Some(&Want::TakeBack));
    assert!(!harness.state().hands.busy());
}
