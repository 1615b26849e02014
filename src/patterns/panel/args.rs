//! The arguments of a pattern: what whoever places it may change, of which type, in which range and order, and what it is
//! unless told.

use bevy_egui::egui::{
    self, Button, Color32, ComboBox, DragValue, Frame, Id, RichText, Slider, SliderClamping, Stroke, TextEdit, Ui, vec2,
};
use serde_json::{Value, json};

use super::selection_field::selection_ui;
use crate::engine::Rig;
use crate::engine::graph::model::{Arg, color, number};
use crate::patterns::edits::arguments::range;
use crate::patterns::edits::{ARG_TYPES, GraphEdit};
use crate::ui::theme;

const WIDTH: f32 = 150.0;

/// Draws them; returns what was done.
pub fn args_ui(ui: &mut Ui, args: &[Arg], rig: &Rig) -> Option<GraphEdit> {
    let mut edit = None;
    Frame::group(ui.style()).show(ui, |ui| {
        egui::Grid::new("arguments").num_columns(6).spacing([12.0, 4.0]).show(ui, |ui| {
            if !args.is_empty() {
                for title in ["Name", "Type", "Unless told", "Range", "", ""] {
                    ui.weak(title);
                }
                ui.end_row();
            }
            for (nth, arg) in args.iter().enumerate() {
                edit = arg_ui(ui, arg, (nth, args.len()), rig).or(edit.take());
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

fn arg_ui(ui: &mut Ui, arg: &Arg, (nth, n): (usize, usize), rig: &Rig) -> Option<GraphEdit> {
    let mut edit = None;
    let id = || arg.id.clone();
    let mut name = arg.name.clone();
    let field = ui.add(TextEdit::singleline(&mut name).hint_text(&arg.id).desired_width(WIDTH).min_size(vec2(WIDTH, 0.0)));
    named(&field, format!("Name of {}", arg.id));
    if field.changed() {
        edit = Some(GraphEdit::RenameArg { arg: id(), name });
    }
    let chosen = ComboBox::from_id_salt(("type", &arg.id)).width(90.0).selected_text(arg.arg_type.to_lowercase()).show_ui(ui, |ui| {
        ARG_TYPES.into_iter().find(|arg_type| ui.selectable_label(arg.arg_type == *arg_type, arg_type.to_lowercase()).clicked())
    });
    named(&chosen.response, format!("Type of {}", arg.id));
    if let Some(arg_type) = chosen.inner.flatten().filter(|arg_type| arg.arg_type != *arg_type) {
        edit = Some(GraphEdit::RetypeArg { arg: id(), arg_type });
    }
    if let Some(value) = value_ui(ui, arg, &arg.default_value, rig, None) {
        edit = Some(GraphEdit::SetArg { arg: id(), value });
    }
    edit = range_ui(ui, arg).or(edit);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (word, by, may) in [("⏶", -1, nth > 0), ("⏷", 1, nth + 1 < n)] {
            let button = ui.add_enabled(may, Button::new(word).small());
            named(&button, format!("{} {}", if by < 0 { "Raise" } else { "Lower" }, arg.id));
            if button.clicked() {
                edit = Some(GraphEdit::ShiftArg { arg: id(), by });
            }
        }
    });
    if ui.button("Remove").on_hover_text("With the wires that come from it").clicked() {
        edit = Some(GraphEdit::RemoveArg { arg: id() });
    }
    edit
}

fn named(response: &egui::Response, name: String) {
    let id = response.id;
    response.ctx.accesskit_node_builder(id, |node| node.set_label(name));
}

/// The range of a number's slider; nothing for other types.
fn range_ui(ui: &mut Ui, arg: &Arg) -> Option<GraphEdit> {
    if arg.arg_type != "Scalar" {
        ui.label("");
        return None;
    }
    let now = range(arg);
    let mut wanted = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        let mut bounded = now.is_some();
        let check = ui.checkbox(&mut bounded, "").on_hover_text("A slider between two values");
        named(&check, format!("Range of {}", arg.id));
        if check.changed() {
            let value = number(&arg.default_value).unwrap_or_default();
            wanted = Some(bounded.then(|| [value.min(0.0), value.max(1.0)]));
        }
        if let Some([mut low, mut high]) = now {
            let (most, least) = (high - 1e-3, low + 1e-3);
            let mut changed = ui.add(DragValue::new(&mut low).range(-1e6..=most).speed(0.02).max_decimals(3)).changed();
            ui.label("–");
            changed |= ui.add(DragValue::new(&mut high).range(least..=1e6).speed(0.02).max_decimals(3)).changed();
            if changed {
                wanted = Some(Some([low, high]));
            }
        }
    });
    wanted.map(|range| GraphEdit::RangeArg { arg: arg.id.clone(), range })
}

/// The field of an argument's value, its default or what a placement gives; the new value if it was changed.
pub fn value_ui(ui: &mut Ui, arg: &Arg, now: &Value, rig: &Rig, label: Option<Id>) -> Option<Value> {
    let labelled = |response: egui::Response| match label {
        Some(label) => response.labelled_by(label),
        None => {
            named(&response, format!("Default of {}", arg.id));
            response
        }
    };
    match arg.arg_type.as_str() {
        "Color" => {
            let (rgb, alpha) = color(now).unwrap_or_default();
            let [r, g, b] = rgb.0.map(|channel| (channel * 255.0).round() as u8);
            let mut picked = Color32::from_rgb(r, g, b);
            let mut strength = alpha;
            let mut changed = false;
            ui.vertical(|ui| {
                ui.horizontal(|ui| {
                    changed = labelled(ui.color_edit_button_srgba(&mut picked)).changed();
                    let drag = DragValue::new(&mut strength).range(0.0..=1.0).speed(0.01).max_decimals(2);
                    changed |= ui.add(drag).on_hover_text("Strength of the tint").changed();
                });
                if let Some(color) = swatches_ui(ui, picked) {
                    picked = color;
                    changed = true;
                }
            });
            changed.then(|| json!({ "r": picked.r(), "g": picked.g(), "b": picked.b(), "a": strength }))
        }
        "Selection" => {
            let mut text = now.get("expression").or(Some(now)).and_then(Value::as_str).unwrap_or_default().to_owned();
            let local = now.get("spatialReference").and_then(Value::as_str) == Some("group_local");
            let mut by_group = local;
            let mut changed = false;
            ui.vertical(|ui| {
                changed = selection_ui(ui, &mut text, rig, label, WIDTH);
                let hint = "Positions are taken within each group, not over all of them";
                changed |= ui.checkbox(&mut by_group, RichText::new("each group by itself").small()).on_hover_text(hint).changed();
            });
            changed.then(|| {
                let mut value = if now.is_object() { now.clone() } else { json!({}) };
                value["expression"] = text.into();
                value["spatialReference"] = if by_group { "group_local" } else { "global" }.into();
                value
            })
        }
        _ => {
            let mut value = number(now).unwrap_or_default();
            let response = match range(arg) {
                Some([low, high]) => ui.add(Slider::new(&mut value, low..=high).clamping(SliderClamping::Never).max_decimals(3)),
                None => ui.add(DragValue::new(&mut value).speed(0.01).max_decimals(3)),
            };
            labelled(response).changed().then(|| json!(value))
        }
    }
}

/// The colours that are wanted most, as lamps make them.
const SWATCHES: [(&str, [u8; 3]); 12] = [
    ("Red", [255, 0, 0]),
    ("Orange", [255, 70, 0]),
    ("Amber", [255, 140, 0]),
    ("Yellow", [255, 220, 0]),
    ("Green", [0, 255, 0]),
    ("Cyan", [0, 255, 255]),
    ("Light blue", [0, 110, 255]),
    ("Blue", [0, 0, 255]),
    ("Violet", [110, 0, 255]),
    ("Magenta", [255, 0, 255]),
    ("Pink", [255, 60, 120]),
    ("White", [255, 255, 255]),
];

/// Colours by one click; the one that was clicked.
fn swatches_ui(ui: &mut Ui, now: Color32) -> Option<Color32> {
    let mut picked = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding = vec2(0.0, 0.0);
        for (name, [r, g, b]) in SWATCHES {
            let color = Color32::from_rgb(r, g, b);
            let ink = if color == now { theme::text(ui) } else { Color32::TRANSPARENT };
            let swatch = ui.add(Button::new("").fill(color).stroke(Stroke::new(1.5, ink)).min_size(vec2(14.0, 14.0)).small());
            named(&swatch, name.to_owned());
            if swatch.on_hover_text(name).clicked() {
                picked = Some(color);
            }
        }
    });
    picked
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::engine::graph::model::Graph;
    use crate::patterns::edits::apply;

    fn harness(graph: Graph) -> Harness<'static, Graph> {
        let rig = Rig::default();
        let draw = move |ui: &mut Ui, graph: &mut Graph| {
            if let Some(edit) = args_ui(ui, &graph.args, &rig) {
                apply(graph, &edit);
            }
        };
        let mut harness = Harness::builder().with_size([900.0, 400.0]).build_ui_state(draw, graph);
        harness.run();
        harness
    }

    fn ids(harness: &Harness<'_, Graph>) -> Vec<String> {
        harness.state().args.iter().map(|arg| arg.id.clone()).collect()
    }

    #[test]
    fn arguments_are_added_and_removed_by_their_buttons() {
        let mut harness = harness(Graph::default());
        for arg_type in ARG_TYPES {
            harness.get_by_label(arg_type).click();
            harness.run();
        }
        assert_eq!(ids(&harness), ["scalar", "color", "selection"]);
        harness.get_all_by_label("Remove").next().unwrap().click();
        harness.run();
        assert_eq!(harness.state().args.len(), 2);
    }

    #[test]
    fn arguments_are_named_typed_bounded_and_ordered() {
        let mut graph = Graph::default();
        apply(&mut graph, &GraphEdit::AddArg { arg_type: "Scalar" });
        apply(&mut graph, &GraphEdit::AddArg { arg_type: "Color" });
        let mut harness = harness(graph);
        harness.get_by_label("Range of scalar").click();
        harness.run();
        assert_eq!(range(&harness.state().args[0]), Some([0.0, 1.0]));
        assert!(harness.query_by_role_and_label(egui::accesskit::Role::Slider, "Default of scalar").is_some());
        harness.get_by_label("Lower scalar").click();
        harness.run();
        assert_eq!(ids(&harness), ["color", "scalar"]);
        harness.get_by_label("Type of color").click();
        harness.run();
        harness.get_by_label("selection").click();
        harness.run();
        assert_eq!(harness.state().args[0].arg_type, "Selection");
        harness.get_by_label("Name of color").focus();
        harness.run();
        harness.get_by_label("Name of color").type_text("!");
        harness.run();
        assert!(harness.state().args[0].name.contains('!'));
    }
}
