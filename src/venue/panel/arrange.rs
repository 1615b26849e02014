//! Selected fixtures put in order: lined up, spread, mirrored, laid along a line, an arc or a ring.
//!
//! What a button would do is shown in pictures of the room while the pointer is on it, and a shape while it is being set
//! ([`Ghosts`]); each deed is one step of undo.

use bevy::prelude::*;
use bevy_egui::egui::{Button, ComboBox, DragValue, Grid, Response, RichText, Ui};
use uuid::Uuid;

use super::FIXTURES;
use crate::document::plugin::{Doc, DocIndex, Edit, Told};
use crate::document::selection::Selection;
use crate::document::transaction::Transaction;
use crate::ui::theme;
use crate::venue::edits::arrange::{self, Arc, Arrange, Edge, Facing, Line, Plane, arranged};
use crate::venue::edits::hang::{self, Hung};
use crate::venue::model::Fixture;

/// Asks for the selected fixtures to be put in order.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub enum Deed {
    This(Arrange),
    /// A ring about where they hang.
    Ring,
}

/// Where fixtures would hang, for pictures of the room to show; forgotten when nobody shows them any more.
#[derive(Resource, Default, Debug)]
pub struct Ghosts {
    pub before: Vec<Hung>,
    pub after: Vec<Hung>,
    fresh: bool,
}

impl Ghosts {
    fn show(&mut self, before: &[Hung], after: Vec<Hung>) {
        self.before = before.to_vec();
        self.after = after;
        self.fresh = true;
    }
}

pub fn forget(mut ghosts: ResMut<Ghosts>) {
    if !std::mem::take(&mut ghosts.bypass_change_detection().fresh) && !ghosts.after.is_empty() {
        *ghosts = Ghosts::default();
    }
}

/// Does what was asked.
pub fn perform(
    mut deeds: MessageReader<Deed>,
    selection: Res<Selection>,
    index: Res<DocIndex>,
    fixtures: Query<&Doc<Fixture>>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    for deed in deeds.read() {
        let picked = picked(&selection, &index, &fixtures);
        if picked.is_empty() {
            told.write(Told::Refused("Select the fixtures to arrange first".to_owned()));
            continue;
        }
        let transaction = transaction(&picked, &how(deed, &picked));
        if !transaction.ops.is_empty() {
            edits.write(Edit(transaction));
        }
    }
}

fn how(deed: &Deed, picked: &[Hung]) -> Arrange {
    match *deed {
        Deed::This(how) => how,
        Deed::Ring => Arrange::Arc(arrange::likely_arc(picked)),
    }
}

fn transaction(picked: &[Hung], how: &Arrange) -> Transaction {
    let what = if picked.len() == 1 { "a fixture".to_owned() } else { format!("{} fixtures", picked.len()) };
    hang::placed(&format!("{} {what}", how.verb()), picked, &arranged(picked, how))
}

fn picked(selection: &Selection, index: &DocIndex, fixtures: &Query<&Doc<Fixture>>) -> Vec<Hung> {
    let one = |id: Uuid| fixtures.get(index.entity(id)?).ok().map(|fixture| Hung::of(fixture));
    selection.of(FIXTURES).filter_map(one).collect()
}

/// What is set for a shape.
#[derive(Clone, Copy, Debug, Default)]
pub struct State {
    shape: Shape,
    /// `None` until it is taken from where the fixtures hang.
    line: Option<Line>,
    arc: Option<Arc>,
    /// Mirror at the selection's own middle instead of the room's centre lines.
    own_middle: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shape {
    #[default]
    None,
    Line,
    Arc,
    Ring,
}

const SHAPES: [(Shape, &str); 4] = [(Shape::None, "Choose a shape"), (Shape::Line, "Line"), (Shape::Arc, "Arc"), (Shape::Ring, "Ring")];

/// The section of a panel.
pub fn panel(
    InMut(ui): InMut<Ui>,
    selection: Res<Selection>,
    index: Res<DocIndex>,
    fixtures: Query<&Doc<Fixture>>,
    mut state: Local<State>,
    mut ghosts: ResMut<Ghosts>,
    mut deeds: MessageWriter<Deed>,
) {
    let picked = picked(&selection, &index, &fixtures);
    if picked.is_empty() {
        ui.weak("Select fixtures to line up, spread, mirror or lay along a shape.");
        return;
    }
    let Asked { deed, preview } = arrange_ui(ui, &picked, &mut state);
    if let Some(how) = preview {
        ghosts.show(&picked, arranged(&picked, &how));
    }
    if let Some(how) = deed {
        deeds.write(Deed::This(how));
        if let Arrange::Line(_) | Arrange::Arc(_) = how {
            state.shape = Shape::None;
        }
    }
}

/// What a frame of the panel asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Asked {
    pub deed: Option<Arrange>,
    pub preview: Option<Arrange>,
}

impl Asked {
    fn by(&mut self, button: &Response, how: Arrange) {
        if button.clicked() {
            self.deed = Some(how);
        }
        if button.hovered() {
            self.preview = Some(how);
        }
    }
}

/// Draws it.  Knows no world.
pub fn arrange_ui(ui: &mut Ui, picked: &[Hung], state: &mut State) -> Asked {
    let mut asked = Asked::default();
    ui.weak(if picked.len() == 1 { "1 fixture".to_owned() } else { format!("{} fixtures, in the order of picking", picked.len()) });
    let middle = hang::middle(picked);
    Grid::new("arrange").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
        let edges = [Edge::Low, Edge::Middle, Edge::High];
        let rows = [("Line up", ["Left", "Centre", "Right"]), ("", ["Front", "Mid-depth", "Back"]), ("", ["Low", "Mid-height", "High"])];
        for (axis, (title, names)) in rows.into_iter().enumerate() {
            ui.label(title);
            ui.horizontal(|ui| {
                for (to, name) in edges.into_iter().zip(names) {
                    asked.by(&ui.add_enabled(picked.len() > 1, Button::new(name)), Arrange::Align { axis, to });
                }
            });
            ui.end_row();
        }
        ui.label("Spread evenly");
        ui.horizontal(|ui| {
            for (axis, name) in ["Across", "In depth", "In height"].into_iter().enumerate() {
                let button = ui.add_enabled(picked.len() > 2, Button::new(name));
                asked.by(&button.on_hover_text("Between the two outermost"), Arrange::Distribute { axis });
            }
            let button = ui.add_enabled(picked.len() > 2, Button::new("First to last"));
            asked.by(&button.on_hover_text("On the line between the first and the last one picked"), Arrange::Spread);
        });
        ui.end_row();
        ui.label("Mirror");
        ui.horizontal(|ui| {
            for (axis, name) in ["Left-right", "Front-back", "Up-down"].into_iter().enumerate() {
                let at = if state.own_middle { middle[axis] } else { 0.0 };
                asked.by(&ui.button(name), Arrange::Mirror { axis, at });
            }
        });
        ui.end_row();
        ui.label("");
        ui.checkbox(&mut state.own_middle, "at their own middle").on_hover_text("Else at the room's centre lines and at the floor");
        ui.end_row();
        ui.label("Lay out");
        let before = state.shape;
        let shown = SHAPES.iter().find(|(shape, _)| *shape == state.shape).map_or("", |(_, name)| name);
        ComboBox::from_id_salt("shape").selected_text(shown).show_ui(ui, |ui| {
            for (shape, name) in SHAPES {
                ui.selectable_value(&mut state.shape, shape, name);
            }
        });
        if state.shape != before {
            // A shape begins about where they hang.
            let arc = arrange::likely_arc(picked);
            let half = Arc { sweep_deg: if state.shape == Shape::Arc { 180.0 } else { 360.0 }, ..arc };
            let (first, last) = (picked[0].pose.position, picked[picked.len() - 1].pose.position);
            (state.line, state.arc) = (Some(Line { from: first, to: last }), Some(half));
        }
        ui.end_row();
    });
    if let Some(how) = shape_ui(ui, state) {
        asked.preview = asked.preview.or(Some(how));
        if ui.add(Button::new("Lay them out").fill(theme::ACCENT.gamma_multiply(0.45))).clicked() {
            asked.deed = Some(how);
        }
    }
    asked
}

fn shape_ui(ui: &mut Ui, state: &mut State) -> Option<Arrange> {
    match (state.shape, &mut state.line, &mut state.arc) {
        (Shape::Line, Some(line), _) => {
            Grid::new("line").num_columns(2).show(ui, |ui| {
                point_ui(ui, "From", &mut line.from);
                point_ui(ui, "To", &mut line.to);
            });
            Some(Arrange::Line(*line))
        }
        (Shape::Arc | Shape::Ring, _, Some(arc)) => {
            Grid::new("arc").num_columns(2).show(ui, |ui| {
                point_ui(ui, "Centre", &mut arc.center);
                number_ui(ui, "Radius", &mut arc.radius, (0.05, 500.0), " m");
                number_ui(ui, "Begins at", &mut arc.from_deg, (-360.0, 360.0), "°");
                if state.shape == Shape::Arc {
                    number_ui(ui, "Goes on for", &mut arc.sweep_deg, (-359.0, 359.0), "°");
                }
                choice_ui(ui, "Plane", &mut arc.plane, &Plane::ALL);
                choice_ui(ui, "They look", &mut arc.facing, &Facing::ALL);
            });
            Some(Arrange::Arc(*arc))
        }
        _ => None,
    }
}

fn point_ui(ui: &mut Ui, name: &str, point: &mut Vec3) {
    ui.label(RichText::new(name));
    ui.horizontal(|ui| {
        for (axis, prefix) in ["right ", "upstage ", "up "].into_iter().enumerate() {
            ui.add(DragValue::new(&mut point[axis]).speed(0.02).range(-1000.0..=1000.0).max_decimals(2).prefix(prefix));
        }
    });
    ui.end_row();
}

fn number_ui(ui: &mut Ui, name: &str, value: &mut f32, (low, high): (f32, f32), unit: &str) {
    let label = ui.label(name);
    let speed = if unit == "°" { 1.0 } else { 0.02 };
    ui.add(DragValue::new(value).speed(speed).range(low..=high).max_decimals(2).suffix(unit)).labelled_by(label.id);
    ui.end_row();
}

fn choice_ui<T: Copy + PartialEq>(ui: &mut Ui, name: &str, chosen: &mut T, all: &[(T, &'static str)]) {
    ui.label(name);
    let shown = all.iter().find(|(one, _)| one == chosen).map_or("", |(_, words)| words);
    ComboBox::from_id_salt(name).selected_text(shown).show_ui(ui, |ui| {
        for (one, words) in all {
            ui.selectable_value(chosen, *one, *words);
        }
    });
    ui.end_row();
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::engine::rig::Pose;

    fn lamps(n: usize) -> Vec<Hung> {
        let at = |at: usize| Pose { position: Vec3::new(at as f32 * at as f32, 0.0, 4.0), rotation_deg: Vec3::ZERO };
        (0..n).map(|index| Hung { id: Uuid::from_u128(index as u128), pose: at(index) }).collect()
    }

    fn harness(n: usize) -> Harness<'static, (State, Vec<Asked>)> {
        let picked = lamps(n);
        let draw = move |ui: &mut Ui, (state, all): &mut (State, Vec<Asked>)| all.push(arrange_ui(ui, &picked, state));
        Harness::builder().with_size([520.0, 480.0]).build_ui_state(draw, (State::default(), Vec::new()))
    }

    #[test]
    fn four_lamps_are_spread_by_a_click_and_shown_beforehand() {
        let mut harness = harness(4);
        harness.get_by_label("Across").hover();
        harness.run();
        let how = Arrange::Distribute { axis: 0 };
        assert_eq!(harness.state().1.last(), Some(&Asked { deed: None, preview: Some(how) }));
        harness.get_by_label("Across").click();
        harness.run();
        assert!(harness.state().1.iter().any(|asked| asked.deed == Some(how)));
        let edit = transaction(&lamps(4), &how);
        assert_eq!((edit.label.as_str(), edit.ops.len()), ("Spread 4 fixtures", 2), "the outermost stay");
    }

    #[test]
    fn a_ring_begins_about_where_they_hang_and_is_laid_by_a_button() {
        let mut harness = harness(5);
        let arc = arrange::likely_arc(&lamps(5));
        harness.state_mut().0 = State { shape: Shape::Ring, arc: Some(arc), ..State::default() };
        harness.run();
        assert_eq!(harness.state().1.last().unwrap().preview, Some(Arrange::Arc(arc)));
        harness.get_by_label("Lay them out").click();
        harness.run();
        assert!(harness.state().1.iter().any(|asked| asked.deed == Some(Arrange::Arc(arc))));
        assert_eq!(transaction(&lamps(5), &Arrange::Arc(arc)).label, "Lay in a ring 5 fixtures");
    }

    #[test]
    fn one_lamp_can_be_mirrored_and_not_lined_up() {
        let mut harness = harness(1);
        harness.get_by_label("Left").click();
        harness.get_by_label("Left-right").click();
        harness.run();
        let deeds: Vec<Arrange> = harness.state().1.iter().filter_map(|asked| asked.deed).collect();
        assert_eq!(deeds, [Arrange::Mirror { axis: 0, at: 0.0 }]);
    }
}
