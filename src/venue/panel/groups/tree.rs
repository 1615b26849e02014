//! The groups as a tree that is put in order by dragging: groups among groups, members among members and between groups.
//!
//! A row that has the focus is moved by Alt and the arrows as well.  Knows no world; every frame returns at most one deed.

use bevy_egui::egui::collapsing_header::CollapsingState;
use bevy_egui::egui::{
    self, Button, Checkbox, CollapsingHeader, DragAndDrop, DragValue, Grid, Key, Modifiers, Rect, Response, Sense, Slider, Stroke,
    TextEdit, Ui, WidgetInfo, WidgetType, vec2,
};
use uuid::Uuid;

use super::Deed;
use crate::ui::theme;
use crate::venue::model::{Group, Movement};
use crate::venue::patch::is_group_name;

const ROW: f32 = 22.0;

/// What is filled in, and which group was opened last.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub name: String,
    /// Tags being typed.
    tags: Option<(Uuid, String)>,
    /// A new name being typed.
    renamed: Option<(Uuid, String)>,
    pub shown: Option<String>,
}

/// What is being dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carried {
    Group(usize),
    Member { group: usize, at: usize },
}

/// Draws the list; returns what was done.
pub fn groups_ui(ui: &mut Ui, groups: &[&Group], label: &dyn Fn(Uuid) -> String, n_picked: usize, state: &mut State) -> Option<Deed> {
    let mut deed = None;
    ui.horizontal(|ui| {
        ui.add(TextEdit::singleline(&mut state.name).hint_text("new_group").desired_width(120.0));
        let taken = groups.iter().any(|group| group.name == state.name);
        let good = is_group_name(&state.name) && !taken;
        let hint = if taken { "There is a group of this name" } else { "Small letters, digits and _; begins with a letter" };
        let button = ui.add_enabled(good, Button::new("Make group"));
        if button.on_hover_text("Of the selected fixtures, in the order of picking").on_disabled_hover_text(hint).clicked() {
            deed = Some(Deed::Make(std::mem::take(&mut state.name)));
        }
    });
    ui.weak(format!("{n_picked} fixtures selected"));
    for (at, group) in groups.iter().enumerate() {
        deed = group_ui(ui, at, group, groups, label, n_picked, state).or(deed);
    }
    deed
}

fn group_ui(
    ui: &mut Ui,
    at: usize,
    group: &Group,
    groups: &[&Group],
    label: &dyn Fn(Uuid) -> String,
    n_picked: usize,
    state: &mut State,
) -> Option<Deed> {
    let mut deed = None;
    let id = ui.make_persistent_id(group.id);
    let mut header = CollapsingState::load_with_default_open(ui.ctx(), id, false);
    let row = row_ui(ui, id.with("row"), &format!("{}  ({})", group.name, group.members.len()), 18.0, Carried::Group(at));
    let toggle = Rect::from_min_size(row.rect.min, vec2(18.0, ROW));
    egui::collapsing_header::paint_default_icon(ui, header.openness(ui.ctx()), &row.clone().with_new_rect(toggle.shrink(5.0)));
    if row.clicked() {
        header.toggle(ui);
        state.shown = header.is_open().then(|| group.name.clone());
    }
    if row.hovered() {
        state.shown = Some(group.name.clone());
    }
    deed = match moved(ui, &row, at, groups.len()) {
        Some(to) => Some(Deed::OrderGroup(at, to)),
        None => deed,
    };
    match dropped(ui, &row) {
        Some((Carried::Group(from), below)) if from != at => deed = Some(Deed::OrderGroup(from, at + usize::from(below))),
        Some((Carried::Member { group: from, at: member }, _)) if from != at => {
            deed = Some(Deed::Regroup { from, member, into: at, to: group.members.len() });
        }
        _ => {}
    }
    header.store(ui.ctx());
    let body = header.show_body_indented(&row, ui, |ui| body_ui(ui, at, group, label, n_picked, state));
    deed.or_else(|| body.and_then(|body| body.inner))
}

fn body_ui(ui: &mut Ui, at: usize, group: &Group, label: &dyn Fn(Uuid) -> String, n_picked: usize, state: &mut State) -> Option<Deed> {
    let mut deed = None;
    ui.horizontal_wrapped(|ui| {
        if ui.button("Select").clicked() {
            deed = Some(Deed::Select(group.id));
        }
        ui.add_enabled_ui(n_picked > 0, |ui| {
            if ui.button("Add selected").clicked() {
                deed = Some(Deed::Join(group.id));
            }
            if ui.button("Take out selected").clicked() {
                deed = Some(Deed::Leave(group.id));
            }
        });
        if ui.button("Delete").clicked() {
            deed = Some(Deed::Delete(group.id));
        }
    });
    for (place, member) in group.members.iter().enumerate() {
        let head = member.head.map(|head| format!(" · head {}", head + 1)).unwrap_or_default();
        let words = format!("{}. {}{head}", place + 1, label(member.fixture));
        let row = row_ui(ui, ui.id().with(("member", group.id, place)), &words, 4.0, Carried::Member { group: at, at: place });
        if let Some(to) = moved(ui, &row, place, group.members.len()) {
            deed = Some(Deed::OrderMember { group: at, from: place, to });
        }
        match dropped(ui, &row) {
            Some((Carried::Member { group: from, at: member }, below)) if from == at => {
                deed = Some(Deed::OrderMember { group: at, from: member, to: place + usize::from(below) });
            }
            Some((Carried::Member { group: from, at: member }, below)) => {
                deed = Some(Deed::Regroup { from, member, into: at, to: place + usize::from(below) });
            }
            _ => {}
        }
    }
    CollapsingHeader::new("Name and tags").id_salt(("words", group.id)).show(ui, |ui| deed = words_ui(ui, group, state).or(deed.take()));
    CollapsingHeader::new("Place in the room").id_salt(("axes", group.id)).show(ui, |ui| deed = axes_ui(ui, group).or(deed.take()));
    CollapsingHeader::new("Movement").id_salt(("movement", group.id)).show(ui, |ui| {
        state.shown = Some(group.name.clone());
        deed = movement_ui(ui, group).or(deed.take());
    });
    deed
}

/// A line that can be clicked, dragged and given the focus.
fn row_ui(ui: &mut Ui, id: egui::Id, words: &str, indent: f32, carried: Carried) -> Response {
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let row = ui.interact(area, id, Sense::click_and_drag());
    row.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, words));
    if row.drag_started() {
        row.dnd_set_drag_payload(carried);
    }
    let lit = row.hovered() || row.has_focus() || row.dragged();
    if lit {
        ui.painter().rect_filled(area, 2.0, theme::raised(ui).gamma_multiply(0.5));
    }
    if row.has_focus() {
        ui.painter().rect_stroke(area, 2.0, Stroke::new(1.0, theme::ACCENT), egui::StrokeKind::Inside);
    }
    let font = egui::TextStyle::Body.resolve(ui.style());
    let at = egui::pos2(area.left() + indent, area.center().y);
    ui.painter().with_clip_rect(area.intersect(ui.clip_rect())).text(at, egui::Align2::LEFT_CENTER, words, font, theme::text(ui));
    if row.dragged() {
        egui::Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), row.id, egui::PopupAnchor::Pointer).show(|ui| ui.label(words));
    }
    row
}

/// What was let go of on a row, and whether on its lower half; while it hovers, a line shows where it would go.
fn dropped(ui: &Ui, row: &Response) -> Option<(Carried, bool)> {
    if !row.contains_pointer() || !DragAndDrop::has_payload_of_type::<Carried>(ui.ctx()) {
        return None;
    }
    let below = ui.input(|input| input.pointer.latest_pos()).is_some_and(|at| at.y > row.rect.center().y);
    let y = if below { row.rect.bottom() + 1.0 } else { row.rect.top() - 1.0 };
    ui.painter().hline(row.rect.x_range(), y, Stroke::new(2.0, theme::ACCENT));
    row.dnd_release_payload::<Carried>().map(|carried| (*carried, below))
}

/// Where Alt and an arrow take the row that has the focus.
fn moved(ui: &Ui, row: &Response, at: usize, n: usize) -> Option<usize> {
    if !row.has_focus() {
        return None;
    }
    let (up, down) =
        ui.input_mut(|input| (input.consume_key(Modifiers::ALT, Key::ArrowUp), input.consume_key(Modifiers::ALT, Key::ArrowDown)));
    match (up, down) {
        (true, _) if at > 0 => Some(at - 1),
        (_, true) if at + 1 < n => Some(at + 2),
        _ => None,
    }
}

fn words_ui(ui: &mut Ui, group: &Group, state: &mut State) -> Option<Deed> {
    let mut deed = None;
    Grid::new("words").num_columns(2).show(ui, |ui| {
        let label = ui.label("Name");
        let mut name = state.renamed.as_ref().filter(|(of, _)| *of == group.id).map_or(&group.name, |(_, text)| text).clone();
        let field = ui.add(TextEdit::singleline(&mut name).desired_width(180.0)).labelled_by(label.id);
        if field.changed() {
            state.renamed = Some((group.id, name.clone()));
        }
        if field.lost_focus() && state.renamed.take().is_some_and(|(of, _)| of == group.id) && name != group.name {
            deed = Some(Deed::Rename(group.id, name));
        }
        ui.end_row();
        let label = ui.label("Tags");
        let mut tags =
            state.tags.as_ref().filter(|(of, _)| *of == group.id).map_or_else(|| group.tags.join(", "), |(_, text)| text.clone());
        let field = ui.add(TextEdit::singleline(&mut tags).hint_text("haze, front_row").desired_width(180.0)).labelled_by(label.id);
        if field.changed() {
            state.tags = Some((group.id, tags.clone()));
        }
        if field.lost_focus() && state.tags.take().is_some_and(|(of, _)| of == group.id) {
            deed = Some(Deed::Tags(group.id, tags));
        }
        ui.end_row();
    });
    deed
}

fn axes_ui(ui: &mut Ui, group: &Group) -> Option<Deed> {
    let mut deed = None;
    Grid::new("axes").num_columns(3).show(ui, |ui| {
        for (axis, name) in ["Left to right", "Front to back", "Low to high"].into_iter().enumerate() {
            let (mut set, mut place) = (group.axes[axis].is_some(), group.axes[axis].unwrap_or(0.0));
            let check = ui.add(Checkbox::new(&mut set, name)).on_hover_text("Else as its members hang");
            if check.changed() {
                deed = Some(Deed::Axis(group.id, axis, set.then_some(place)));
            }
            let slider = Slider::new(&mut place, -1.0..=1.0).max_decimals(2);
            if ui.add_enabled(set, slider).labelled_by(check.id).changed() {
                deed = Some(Deed::Axis(group.id, axis, Some(place)));
            }
            ui.end_row();
        }
    });
    deed
}

fn movement_ui(ui: &mut Ui, group: &Group) -> Option<Deed> {
    const USUAL: Movement = Movement { base: [0.0, 0.0, -1.0], half_u_deg: 30.0, half_v_deg: 30.0, rotation_deg: 0.0 };
    let mut now = group.movement.unwrap_or(USUAL);
    let before = now;
    let mut usual = group.movement.is_none();
    ui.weak("Where movement signals take its heads: a pyramid, drawn in the room");
    if ui.checkbox(&mut usual, "The usual: straight down, 30° each way").changed() {
        return Some(Deed::Movement(group.id, if usual { None } else { Some(USUAL) }));
    }
    ui.add_enabled_ui(!usual, |ui| {
        ui.horizontal_wrapped(|ui| {
            for (name, base) in
                [("Down", [0.0, 0.0, -1.0]), ("To the audience", [0.0, -0.8, -0.6]), ("Upstage", [0.0, 0.8, -0.6]), ("Up", [0.0, 0.0, 1.0])]
            {
                if ui.button(name).clicked() {
                    now.base = base;
                }
            }
        });
        Grid::new("pyramid").num_columns(2).show(ui, |ui| {
            ui.label("Middle");
            ui.horizontal(|ui| {
                for (axis, prefix) in ["right ", "upstage ", "up "].into_iter().enumerate() {
                    ui.add(DragValue::new(&mut now.base[axis]).speed(0.01).range(-1.0..=1.0).max_decimals(2).prefix(prefix));
                }
            });
            ui.end_row();
            for (name, value, range) in [
                ("Half width u", &mut now.half_u_deg, 0.0..=89.0),
                ("Half width v", &mut now.half_v_deg, 0.0..=89.0),
                ("Turned by", &mut now.rotation_deg, -180.0..=180.0),
            ] {
                let label = ui.label(name);
                ui.add(DragValue::new(value).speed(0.5).range(range).max_decimals(1).suffix("°")).labelled_by(label.id);
                ui.end_row();
            }
        });
    });
    // No direction at all is none.
    let some = now.base.iter().any(|share| share.abs() > 1e-3);
    (now != before && some).then_some(Deed::Movement(group.id, Some(now)))
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::venue::model::Member;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn group(n: u128, name: &str, members: &[u128]) -> Group {
        let members = members.iter().map(|&fixture| Member { fixture: id(fixture), head: None }).collect();
        Group { id: id(n), name: name.into(), members, ..Group::default() }
    }

    fn harness() -> Harness<'static, (State, Vec<Deed>)> {
        let groups = [group(101, "front", &[1, 2, 3]), group(102, "back", &[4, 5])];
        let draw = move |ui: &mut Ui, (state, deeds): &mut (State, Vec<Deed>)| {
            let label = |id: Uuid| format!("Lamp {}", id.as_u128());
            let all: Vec<&Group> = groups.iter().collect();
            deeds.extend(groups_ui(ui, &all, &label, 3, state));
        };
        let mut harness = Harness::builder().with_size([420.0, 900.0]).build_ui_state(draw, (State::default(), Vec::new()));
        harness.run();
        harness
    }

    fn drag(harness: &mut Harness<'_, (State, Vec<Deed>)>, from: &str, to: &str, share: f32) {
        let rect = harness.get_by_label(to).rect();
        let target = egui::pos2(rect.center().x, rect.top() + rect.height() * share);
        let start = harness.get_by_label(from).rect().center();
        harness.drag_at(start);
        for step in [0.3, 0.7, 1.0] {
            harness.hover_at(start + (target - start) * step);
            harness.step();
        }
        harness.drop_at(target);
        harness.run();
    }

    #[test]
    fn a_group_is_made_of_what_is_selected_only_under_a_name_that_scores_can_use() {
        let mut harness = harness();
        harness.state_mut().0.name = "Front Row".into();
        harness.run();
        harness.get_by_label("Make group").click();
        harness.run();
        assert_eq!(harness.state().1, [], "a name with capitals and spaces cannot be selected by");
        harness.state_mut().0.name = "front_row".into();
        harness.run();
        harness.get_by_label("Make group").click();
        harness.run();
        assert_eq!(harness.state().1, [Deed::Make("front_row".into())]);
    }

    #[test]
    fn groups_and_members_are_dragged_into_order_and_between_groups() {
        let mut harness = harness();
        drag(&mut harness, "back  (2)", "front  (3)", 0.2);
        assert_eq!(harness.state().1, [Deed::OrderGroup(1, 0)]);
        harness.state_mut().1.clear();
        harness.get_by_label("front  (3)").click();
        harness.run();
        assert_eq!(harness.state().0.shown.as_deref(), Some("front"));
        drag(&mut harness, "1. Lamp 1", "3. Lamp 3", 0.8);
        assert_eq!(harness.state().1, [Deed::OrderMember { group: 0, from: 0, to: 3 }]);
        harness.state_mut().1.clear();
        drag(&mut harness, "2. Lamp 2", "back  (2)", 0.5);
        assert_eq!(harness.state().1, [Deed::Regroup { from: 0, member: 1, into: 1, to: 2 }]);
    }

    #[test]
    fn alt_and_an_arrow_move_the_row_with_the_focus() {
        let mut harness = harness();
        harness.get_by_label("front  (3)").focus();
        harness.run();
        harness.key_press_modifiers(Modifiers::ALT, Key::ArrowDown);
        harness.run();
        assert_eq!(harness.state().1, [Deed::OrderGroup(0, 2)]);
    }
}
