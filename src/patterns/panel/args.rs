//! The arguments of a pattern: what whoever places it may change, and what it is unless told.

use bevy_egui::egui::{self, Color32, DragValue, Frame, RichText, TextEdit, Ui, vec2};
use serde_json::{Value, json};

use crate::engine::graph::model::{Arg, color, number};
use crate::patterns::edits::{ARG_TYPES, GraphEdit};
use crate::ui::theme;

/// Draws them; returns what was done.
pub fn args_ui(ui: &mut Ui, args: &[Arg]) -> Option<GraphEdit> {
    let mut edit = None;
    Frame::group(ui.style()).show(ui, |ui| {
        egui::Grid::new("arguments").num_columns(4).spacing([12.0, 4.0]).show(ui, |ui| {
            for arg in args {
                let mut name = arg.name.clone();
                let field = ui.add(TextEdit::singleline(&mut name).hint_text(&arg.id).desired_width(150.0).min_size(vec2(150.0, 0.0)));
                if field.changed() {
                    edit = Some(GraphEdit::RenameArg { arg: arg.id.clone(), name });
                }
                ui.label(RichText::new(arg.arg_type.to_lowercase()).color(theme::faint(ui)));
                if let Some(value) = value_ui(ui, arg) {
                    edit = Some(GraphEdit::SetArg { arg: arg.id.clone(), value });
                }
                if ui.button("Remove").on_hover_text("With the wires that come from it").clicked() {
                    edit = Some(GraphEdit::RemoveArg { arg: arg.id.clone() });
                }
                ui.end_row();
            }
        });
        ui.horizontal(|ui| {
            ui.label("Add");
            for arg_type in ARG_TYPES {
                if ui.button(arg_type).clicked() {
                    edit = Some(GraphEdit::AddArg { arg_type });
                }
            }
        });
    });
    edit
}

/// The field of an argument's default; the new value if it was changed.
fn value_ui(ui: &mut Ui, arg: &Arg) -> Option<Value> {
    let now = &arg.default_value;
    match arg.arg_type.as_str() {
        "Color" => {
            let (rgb, alpha) = color(now).unwrap_or_default();
            let [r, g, b] = rgb.0.map(|channel| (channel * 255.0).round() as u8);
            let mut picked = Color32::from_rgb(r, g, b);
            let changed = ui.color_edit_button_srgba(&mut picked).changed();
            changed.then(|| json!({ "r": picked.r(), "g": picked.g(), "b": picked.b(), "a": alpha }))
        }
        "Selection" => {
            let mut text = now.get("expression").and_then(Value::as_str).unwrap_or_default().to_owned();
            let changed =
                ui.add(TextEdit::singleline(&mut text).hint_text("all").desired_width(150.0).min_size(vec2(150.0, 0.0))).changed();
            changed.then(|| {
                let mut value = if now.is_object() { now.clone() } else { json!({ "spatialReference": "global" }) };
                value["expression"] = text.into();
                value
            })
        }
        _ => {
            let mut value = number(now).unwrap_or_default();
            ui.add(DragValue::new(&mut value).speed(0.01).max_decimals(3)).changed().then(|| json!(value))
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::engine::graph::model::Graph;
    use crate::patterns::edits::apply;

    #[test]
    fn arguments_are_added_and_removed_by_their_buttons() {
        let draw = |ui: &mut Ui, graph: &mut Graph| {
            if let Some(edit) = args_ui(ui, &graph.args) {
                apply(graph, &edit);
            }
        };
        let mut harness = Harness::new_ui_state(draw, Graph::default());
        for arg_type in ARG_TYPES {
            harness.get_by_label(arg_type).click();
            harness.run();
        }
        assert_eq!(harness.state().args.iter().map(|arg| arg.id.as_str()).collect::<Vec<_>>(), ["scalar", "color", "selection"]);
        harness.get_all_by_label("Remove").next().unwrap().click();
        harness.run();
        assert_eq!(harness.state().args.len(), 2);
    }
}
