//! The selected fixtures: where they hang and how they are turned, one or many at once.

use bevy::prelude::*;
use bevy_egui::egui::{DragValue, Grid, RichText, Ui};
use uuid::Uuid;

use super::FIXTURES;
use super::highlight::Highlight;
use crate::document::plugin::{Doc, Edit};
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
    fixtures: Query<&Doc<Fixture>>,
    mut highlight: ResMut<Highlight>,
    mut edits: MessageWriter<Edit>,
) {
    let on = highlight.0;
    if ui.selectable_label(on, "Highlight").on_hover_text("The selected ones in full white, on the wire too (H)").clicked() {
        highlight.0 = !on;
    }
    let picked: Vec<Fixture> = selection
        .of(FIXTURES)
        .filter_map(|id| fixtures.iter().find(|fixture| fixture.id == id))
        .map(|fixture| Fixture::clone(fixture))
        .collect();
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
    if picked.len() > 1 {
        ui.add_space(6.0);
        ui.label("Arrange");
        ui.horizontal_wrapped(|ui| {
            for (axis, (column, name)) in POSITION.into_iter().enumerate() {
                if ui.button(format!("Line up: {name}")).on_hover_text("All at the place of the last one picked").clicked() {
                    wanted = Some(change(picked, "Line up", column, |_| Value::Real(f64::from(shown.position[axis]))));
                }
            }
            if ui.button("Spread evenly").on_hover_text("Between the first and the last one picked, in the order of picking").clicked() {
                wanted = Some(spread(picked));
            }
        });
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

/// Evenly on the line from the first to the last.
fn spread(picked: &[Fixture]) -> Transaction {
    let transaction = Transaction::new(format!("Spread {} fixtures", picked.len()));
    let (Some(first), Some(last)) = (picked.first(), picked.last()) else { return transaction };
    let share = |at: usize| at as f64 / (picked.len() - 1).max(1) as f64;
    picked.iter().enumerate().fold(transaction, |transaction, (at, fixture)| {
        let place = |axis: usize| {
            let (from, to) = (f64::from(first.position[axis]), f64::from(last.position[axis]));
            Value::Real(from + (to - from) * share(at))
        };
        transaction.set(FIXTURES, fixture.id, [("pos_x", place(0)), ("pos_y", place(1)), ("pos_z", place(2))])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::transaction::Op;

    #[test]
    fn fixtures_are_spread_evenly_from_the_first_to_the_last() {
        let at = |n: u128, x: f32| Fixture { id: Uuid::from_u128(n), position: [x, 0.0, 3.0], ..Fixture::default() };
        let edit = spread(&[at(1, 0.0), at(2, 0.1), at(3, 0.2), at(4, 6.0)]);
        let xs: Vec<f64> = edit
            .ops
            .iter()
            .filter_map(|op| match op {
                Op::Set { columns, .. } => columns.iter().find(|(name, _)| name == "pos_x").map(|(_, value)| value.clone()),
                _ => None,
            })
            .filter_map(|value| if let Value::Real(x) = value { Some(x) } else { None })
            .collect();
        assert_eq!(xs, [0.0, 2.0, 4.0, 6.0]);
    }
}
