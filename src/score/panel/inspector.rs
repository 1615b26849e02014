//! What is selected in the score, to be read and set: times, blend mode and the pattern's arguments, of many at once.

use bevy::prelude::*;
use bevy_egui::egui::{self, DragValue, Grid, RichText, TextEdit, Ui};
use uuid::Uuid;

use crate::document::plugin::{Doc, Edit};
use crate::document::selection::Selection;
use crate::document::transaction::Transaction;
use crate::engine::Rig;
use crate::engine::composite::blend::BlendMode;
use crate::engine::graph::model::Arg;
use crate::patterns::model::Pattern;
use crate::patterns::panel::args;
use crate::registry::TableId;
use crate::score::edits;
use crate::score::model::Annotation;
use crate::score::panel::sheet::Sheet;
use crate::score::rows::blend_name;
use crate::show::plugin::Part;
use crate::tracks::markers::{self, Marker};
use crate::tracks::model::Track;

const TABLE: TableId = TableId::TrackScores;

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    selection: Res<Selection>,
    sheet: Res<Sheet>,
    markers: Query<&Doc<Marker>>,
    patterns: Query<&Doc<Pattern>>,
    track: Query<&Doc<Track>>,
    rig: Res<Part<Rig>>,
    mut edits: MessageWriter<Edit>,
) {
    if let Some(id) = selection.of(TableId::TrackMarkers).last()
        && let Some(marker) = markers.iter().find(|marker| marker.id == id)
    {
        edits.write_batch(marker_ui(ui, marker).map(Edit));
        return;
    }
    let picked = sheet.picked(&selection.of(TABLE).collect());
    let track = track.iter().next();
    let pattern = |id: Uuid| patterns.iter().find(|pattern| pattern.id == id).map(|doc| Pattern::clone(doc));
    let bar = |secs: f64| {
        let place = track.map(|track| track.analysis.grid.bar_beat_at(secs));
        place.map(|place| format!("{}.{}", place.bar, place.beat)).unwrap_or_default()
    };
    let wanted = inspector_ui(ui, &picked, &pattern, &bar, rig.get());
    edits.write_batch(wanted.into_iter().map(Edit));
}

/// A marker's name and place.  Knows no world.
fn marker_ui(ui: &mut Ui, marker: &Marker) -> Option<Transaction> {
    let mut wanted = None;
    ui.label(RichText::new("Marker").heading());
    Grid::new("marker").num_columns(2).spacing([14.0, 6.0]).show(ui, |ui| {
        let label = ui.label("Name");
        let mut name = marker.label.clone();
        if ui.add(TextEdit::singleline(&mut name).char_limit(200)).labelled_by(label.id).changed() {
            wanted = Some(markers::rename(marker.id, &name));
        }
        ui.end_row();
        let label = ui.label("At");
        let mut at = marker.at;
        if ui.add(DragValue::new(&mut at).speed(0.01).range(0.0..=1e6).fixed_decimals(2).suffix(" s")).labelled_by(label.id).changed() {
            wanted = Some(markers::shift(marker.id, at).grouped(format!("marker at {}", marker.id)));
        }
        ui.end_row();
    });
    if ui.button("Delete").clicked() {
        wanted = Some(markers::delete(marker.id));
    }
    wanted
}

/// Draws it; returns what the user wants of this frame.  Knows no world.
pub fn inspector_ui(
    ui: &mut Ui,
    picked: &[Annotation],
    pattern: &dyn Fn(Uuid) -> Option<Pattern>,
    place: &dyn Fn(f64) -> String,
    rig: &Rig,
) -> Option<Transaction> {
    let Some(first) = picked.first() else {
        ui.weak("Select annotations in the timeline to see and change what they do.");
        return None;
    };
    let ids: Vec<Uuid> = picked.iter().map(|one| one.id).collect();
    let shared = picked.iter().all(|one| one.pattern == first.pattern).then(|| pattern(first.pattern)).flatten();
    let mut wanted = None;
    let title = match (&shared, picked.len()) {
        (Some(pattern), 1) => pattern.name.clone(),
        (Some(pattern), n) => format!("{} × {n}", pattern.name),
        (None, n) => format!("{n} annotations of several patterns"),
    };
    ui.label(RichText::new(title).heading());
    if let Some(pattern) = shared.as_ref().filter(|pattern| !pattern.description.is_empty()) {
        ui.weak(&pattern.description);
    }
    ui.add_space(4.0);
    Grid::new("annotation").num_columns(2).spacing([14.0, 6.0]).show(ui, |ui| {
        if let [one] = picked {
            let (mut start, mut end) = (one.start, one.end);
            let label = ui.label("From");
            ui.horizontal(|ui| {
                let drag = DragValue::new(&mut start).speed(0.01).range(0.0..=1e6).fixed_decimals(2).suffix(" s");
                if ui.add(drag).labelled_by(label.id).changed() {
                    wanted = Some(edits::trim(picked, edits::End::Start, start - one.start).grouped(format!("from {}", one.id)));
                }
                ui.weak(format!("bar {}", place(one.start)));
            });
            ui.end_row();
            let label = ui.label("To");
            ui.horizontal(|ui| {
                let drag = DragValue::new(&mut end).speed(0.01).range(0.0..=1e6).fixed_decimals(2).suffix(" s");
                if ui.add(drag).labelled_by(label.id).changed() {
                    wanted = Some(edits::trim(picked, edits::End::End, end - one.end).grouped(format!("to {}", one.id)));
                }
                ui.weak(format!("bar {}", place(one.end)));
            });
            ui.end_row();
        }
        let label = ui.label("Blend");
        let same = picked.iter().all(|one| one.blend_mode == first.blend_mode);
        let shown = if same { blend_name(first.blend_mode) } else { "several".into() };
        let modes = egui::ComboBox::from_id_salt("blend").selected_text(shown).show_ui(ui, |ui| {
            for mode in BlendMode::ALL {
                if ui.selectable_label(same && first.blend_mode == mode, blend_name(mode)).clicked() {
                    wanted = Some(edits::set_blend(&ids, mode));
                }
            }
        });
        modes.response.labelled_by(label.id);
        ui.end_row();
        for arg in shared.iter().flat_map(|pattern| &pattern.graph.args) {
            let now = first.args.get(&arg.id).unwrap_or(&arg.default_value);
            let label = ui.label(name_of(arg));
            if let Some(value) = args::value_ui(ui, arg, now, rig, Some(label.id)) {
                let edit = edits::set_argument(picked, &arg.id, name_of(arg), &value);
                wanted = Some(edit.grouped(format!("argument {} {}", arg.id, first.id)));
            }
            ui.end_row();
        }
    });
    wanted
}

fn name_of(arg: &Arg) -> &str {
    if arg.name.is_empty() { &arg.id } else { &arg.name }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::patterns::builtin::builtin;

    #[test]
    fn what_is_typed_into_an_argument_becomes_one_edit_of_all_selected() {
        let wash = builtin().into_iter().find(|pattern| pattern.name == "Colour wash").unwrap();
        let one = |n| Annotation { id: Uuid::from_u128(n), pattern: wash.id, start: 1.0, end: 2.0, ..Annotation::default() };
        let picked = [one(1), one(2)];
        let draw = move |ui: &mut Ui, edits: &mut Vec<Transaction>| {
            let found = inspector_ui(ui, &picked, &|_| Some(wash.clone()), &|_| String::new(), &Rig::default());
            edits.extend(found);
        };
        let mut harness = Harness::builder().build_ui_state(draw, Vec::new());
        harness.get_by_label("Lamps").focus();
        harness.run();
        harness.get_by_label("Lamps").type_text("front");
        harness.run();
        let edits = harness.state();
        assert_eq!(edits.last().map(|edit| (edit.label.as_str(), edit.ops.len())), Some(("Set Lamps", 2)));
    }

    #[test]
    fn a_marker_is_named_and_deleted() {
        let marker = Marker { id: Uuid::from_u128(5), at: 2.0, label: String::new() };
        let draw = move |ui: &mut Ui, edits: &mut Vec<Transaction>| edits.extend(marker_ui(ui, &marker));
        let mut harness = Harness::builder().build_ui_state(draw, Vec::new());
        harness.get_by_label("Name").focus();
        harness.run();
        harness.get_by_label("Name").type_text("Drop");
        harness.run();
        harness.get_by_label("Delete").click();
        harness.run();
        let labels: Vec<&str> = harness.state().iter().map(|edit| edit.label.as_str()).collect();
        assert_eq!((labels.first(), labels.last()), (Some(&"Name a marker"), Some(&"Delete a marker")));
    }

    #[test]
    fn nothing_selected_says_what_to_do() {
        let draw =
            |ui: &mut Ui, edits: &mut Vec<Transaction>| edits.extend(inspector_ui(ui, &[], &|_| None, &|_| String::new(), &Rig::default()));
        let harness = Harness::builder().build_ui_state(draw, Vec::new());
        assert!(harness.query_by_label_contains("Select annotations").is_some());
    }
}
