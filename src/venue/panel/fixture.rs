//! The selected fixtures: where they hang and how they are turned, one or many at once.

use bevy::prelude::*;
use bevy_egui::egui::{DragValue, Grid, RichText, Ui};
use uuid::Uuid;

use super::FIXTURES;
use super::highlight::Highlight;
use crate::document::plugin::{Doc, DocIndex, Edit};
use crate::document::selection::Selection;
use crate::document::transaction::Transaction;
use crate::registry::Value;
use crate::venue::model::Fixture;

const POSITION: [(&str, &str); 3] = [("pos_x", "Right"), ("pos_y", "Upstage"), ("pos_z", "Up")];
const ROTATION: [(&str, &str); 3] = [("rot_x", "About right"), ("rot_y", "About upstage"), ("rot_z", "About up")];
const FLAGS: [(&str, &str); 3] = [("invert_pan", "Invert pan"), ("invert_tilt", "Invert tilt"), ("swap_pan_tilt", "Swap pan and tilt")];

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    selection: Res<Selection>,
    index: Res<DocIndex>,
    fixtures: Query<&Doc<Fixture>>,
    mut highlight: ResMut<Highlight>,
    mut edits: MessageWriter<Edit>,
) {
    ui.horizontal(|ui| {
        let ways = [
            (Highlight::Steady, "Highlight", "The selected ones in full white, on the wire too (H)"),
            (Highlight::Blink, "Blink", "The selected ones on and off, to find them in a lit hall (Shift+H)"),
        ];
        for (way, name, words) in ways {
            if ui.selectable_label(*highlight == way, name).on_hover_text(words).clicked() {
                highlight.toggle(way);
            }
        }
    });
    let picked: Vec<Fixture> =
        selection.of(FIXTURES).filter_map(|id| fixtures.get(index.entity(id)?).ok()).map(|fixture| Fixture::clone(fixture)).collect();
    edits.write_batch(fixture_ui(ui, &picked).into_iter().map(Edit));
}

/// Numbers of several fixtures show the last picked one's, and a change moves all of them by the same.
pub fn fixture_ui(ui: &mut Ui, picked: &[Fixture]) -> Option<Transaction> {
    let Some(shown) = picked.last() else {
        ui.weak("Select fixtures on the stage or in the patch to see and change how they hang.");
        return None;
    };
    let title = if picked.len() == 1 { shown.label.clone() } else { format!("{} fixtures", picked.len()) };
    ui.label(RichText::new(title).heading());
    if picked.len() == 1 {
        ui.weak(format!("{} · {} · universe {} address {}", shown.definition, shown.mode, shown.universe, shown.address));
    }
    ui.add_space(4.0);
    let mut wanted = None;
    Grid::new("fixture").num_columns(2).spacing([14.0, 6.0]).show(ui, |ui| {
        for (axis, (column, name)) in POSITION.into_iter().enumerate() {
            let mut metres = f64::from(shown.position[axis]);
            let label = ui.label(name);
            let drag = DragValue::new(&mut metres).speed(0.02).range(-1000.0..=1000.0).max_decimals(3).suffix(" m");
            if ui.add(drag).labelled_by(label.id).changed() {
                let by = metres - f64::from(shown.position[axis]);
                wanted = Some(change(picked, "Move", column, |fixture| Value::Real(f64::from(fixture.position[axis]) + by)));
            }
            ui.end_row();
        }
        for (axis, (column, name)) in ROTATION.into_iter().enumerate() {
            let mut degrees = f64::from(shown.rotation_deg[axis]);
            let label = ui.label(name);
            let drag = DragValue::new(&mut degrees).speed(0.5).range(-360.0..=360.0).max_decimals(2).suffix("°");
            if ui.add(drag).labelled_by(label.id).changed() {
                let by = degrees - f64::from(shown.rotation_deg[axis]);
                wanted = Some(change(picked, "Turn", column, |fixture| Value::Real(f64::from(fixture.rotation_deg[axis]) + by)));
            }
            ui.end_row();
        }
    });
    for (at, (column, name)) in FLAGS.into_iter().enumerate() {
        let mut flag = [shown.invert_pan, shown.invert_tilt, shown.swap_pan_tilt][at];
        if ui.checkbox(&mut flag, name).changed() {
            wanted = Some(change(picked, name, column, |_| flag.into()));
        }
    }
    wanted
}

fn change(picked: &[Fixture], verb: &str, column: &str, value: impl Fn(&Fixture) -> Value) -> Transaction {
    let what = if let [one] = picked { one.label.clone() } else { format!("{} fixtures", picked.len()) };
    let ids: Vec<Uuid> = picked.iter().map(|fixture| fixture.id).collect();
    let group = format!("{verb} {column} {ids:?}");
    let transaction = Transaction::new(format!("{verb} {what}")).grouped(group);
    picked.iter().fold(transaction, |transaction, fixture| transaction.set(FIXTURES, fixture.id, [(column, value(fixture))]))
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::document::transaction::Op;

    #[test]
    fn a_number_typed_for_several_moves_all_of_them_by_the_same() {
        let at = |n: u128, x: f32| Fixture { id: Uuid::from_u128(n), position: [x, 0.0, 3.0], ..Fixture::default() };
        let picked = [at(1, 0.0), at(2, 2.0)];
        let draw = move |ui: &mut Ui, edits: &mut Vec<Transaction>| edits.extend(fixture_ui(ui, &picked));
        let mut harness = Harness::builder().with_size([400.0, 500.0]).build_ui_state(draw, Vec::new());
        harness.run();
        // The first number is the place to the right; with the focus it takes keys.
        let field = harness.get_all_by_role(bevy_egui::egui::accesskit::Role::SpinButton).next().unwrap();
        field.focus();
        harness.run();
        harness.key_press(bevy_egui::egui::Key::ArrowUp);
        harness.run();
        let edit = harness.state().last().expect("the arrow changes the number").clone();
        assert_eq!(edit.label, "Move 2 fixtures");
        let moved: Vec<f64> = edit
            .ops
            .iter()
            .filter_map(|op| if let Op::Set { columns, .. } = op { columns.first() } else { None })
            .filter_map(|(_, value)| if let Value::Real(metres) = value { Some(*metres) } else { None })
            .collect();
        assert!((moved[1] - moved[0] - 2.0).abs() < 1e-6 && moved[0] > 0.0, "{moved:?}");
    }
}
