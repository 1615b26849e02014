//! The fields of a node's parameters: sliders over their usual values, choices, colours, gradients, curves, selections, bands.

use bevy_egui::egui::{self, Color32, ComboBox, DragValue, Label, RichText, Sense, Slider, SliderClamping, TextEdit, Ui, vec2};
use serde_json::{Value, json};

use super::envelope::{Pulse, falloff_ui, pulse_ui};
use super::gradient::{gradient_ui, stops_of, to_json};
use super::selection_field::selection_ui;
use crate::engine::Rig;
use crate::engine::graph::model::{Node, color, flag, number};
use crate::engine::nodes::spec::{NodeSpec, Param, ParamKind};
use crate::engine::nodes::{arithmetic, audio, beat_envelope, color as colors, select};
use crate::patterns::edits::{GraphEdit, param_of};
use crate::ui::theme;

const WIDTH: f32 = 150.0;
/// A wider range is dragged, not slid.
const WIDEST: f64 = 20_000.0;
/// Bands that a node may have here.
const MOST_BANDS: usize = 16;

/// Draws all parameters of a node; what was changed.
pub fn params_ui(ui: &mut Ui, spec: &'static NodeSpec, node: &Node, rig: &Rig) -> Vec<GraphEdit> {
    let mut edits = Vec::new();
    ui.spacing_mut().slider_width = 84.0;
    picture_ui(ui, spec, node, &mut edits);
    egui::Grid::new(("params", &node.id)).num_columns(2).spacing(vec2(8.0, 4.0)).show(ui, |ui| {
        for param in spec.params.iter().filter(|param| !(spec.type_id == colors::GRADIENT.type_id && is_of_stops(node, param.name))) {
            let changed = node.params.contains_key(param.name);
            let name = RichText::new(param.name.replace('_', " ")).small().color(if changed { theme::text(ui) } else { theme::faint(ui) });
            let label = ui.add(Label::new(name).sense(Sense::click()));
            let label = if changed { label.on_hover_text("Double-click: as delivered") } else { label };
            if label.double_clicked() && changed {
                edits.push(GraphEdit::Unset { node: node.id.clone(), param: param.name });
            }
            let now = param_of(node, param.name, param.kind);
            if let Some(value) = param_ui(ui, &label, (spec, node, param), &now, rig) {
                edits.push(GraphEdit::Set { node: node.id.clone(), param: param.name, value });
            }
            ui.end_row();
        }
    });
    edits
}

/// The stops hold what the two end colours would say.
fn is_of_stops(node: &Node, name: &str) -> bool {
    let has_stops = node.params.get("stops").is_some_and(|stops| colors::read_stops(stops).len() >= 2);
    name == "stops" || (has_stops && (name == "start_color" || name == "end_color"))
}

/// What is bent and painted by hand, above the fields.
fn picture_ui(ui: &mut Ui, spec: &'static NodeSpec, node: &Node, edits: &mut Vec<GraphEdit>) {
    let value = |name: &str| spec.params.iter().find(|param| param.name == name).map(|param| param_of(node, param.name, param.kind));
    let level = |name: &str| value(name).as_ref().and_then(number).unwrap_or_default() as f32;
    let mut set = |param: &'static str, value: Value| edits.push(GraphEdit::Set { node: node.id.clone(), param, value });
    let round = |level: f32| json!((f64::from(level) * 1000.0).round() / 1000.0);
    if spec.type_id == beat_envelope::BEAT_ENVELOPE.type_id {
        const WEIGHTS: [&str; 4] = ["attack", "decay", "sustain", "release"];
        let pulse =
            Pulse { weights: WEIGHTS.map(level), level: level("sustain_level"), curves: ["attack_curve", "decay_curve"].map(level) };
        if let Some(bent) = pulse_ui(ui, pulse) {
            WEIGHTS.into_iter().zip(bent.weights).for_each(|(name, weight)| set(name, round(weight)));
            set("sustain_level", round(bent.level));
        }
    } else if spec.type_id == arithmetic::FALLOFF.type_id {
        if let Some((width, curve)) = falloff_ui(ui, (level("width"), level("curve"))) {
            set("width", round(width));
            set("curve", round(curve));
        }
    } else if spec.type_id == colors::GRADIENT.type_id {
        let end = |name: &str| value(name).as_ref().and_then(color).map_or([0.0; 4], |(rgb, alpha)| [rgb.0[0], rgb.0[1], rgb.0[2], alpha]);
        let stops = stops_of(node.params.get("stops").unwrap_or(&Value::Null), [end("start_color"), end("end_color")]);
        let mode = match value("mode").as_ref().and_then(Value::as_str) {
            Some("step") => 1,
            Some("smooth") => 2,
            _ => 0,
        };
        if let Some(stops) = gradient_ui(ui, &stops, mode) {
            set("stops", to_json(&stops));
        }
    }
}

/// The field of one parameter; the new value if it was changed.
fn param_ui(
    ui: &mut Ui,
    label: &egui::Response,
    (spec, node, param): (&'static NodeSpec, &Node, &Param),
    now: &Value,
    rig: &Rig,
) -> Option<Value> {
    match param.kind {
        ParamKind::Number { min, max, .. } => number_ui(ui, label, param, (min, max), number(now).unwrap_or_default()),
        ParamKind::Flag { .. } => {
            let mut set = flag(now).unwrap_or_default();
            ui.checkbox(&mut set, "").labelled_by(label.id).changed().then(|| set.into())
        }
        ParamKind::Choice { options } => {
            let mut chosen = now.as_str().unwrap_or_default().to_owned();
            let before = chosen.clone();
            let field =
                ComboBox::from_id_salt((&node.id, param.name)).width(WIDTH).selected_text(chosen.replace('_', " ")).show_ui(ui, |ui| {
                    for option in options {
                        ui.selectable_value(&mut chosen, (*option).to_owned(), option.replace('_', " "));
                    }
                });
            field.response.labelled_by(label.id);
            (chosen != before).then(|| chosen.into())
        }
        ParamKind::Text { .. } if spec.type_id == select::SELECT.type_id => {
            // Older files name it otherwise; what is typed goes where the current name is.
            let older = node.params.get("expression").filter(|_| !node.params.contains_key(param.name)).and_then(Value::as_str);
            let mut text = older.or_else(|| now.as_str()).unwrap_or_default().to_owned();
            selection_ui(ui, &mut text, rig, Some(label.id), WIDTH).then(|| text.into())
        }
        ParamKind::Text { .. } if spec.type_id == audio::FREQUENCY_AMPLITUDE.type_id => bands_ui(ui, &bands(now)).map(|bands| json!(bands)),
        ParamKind::Text { .. } => {
            let mut text = now.as_str().map_or_else(|| now.to_string(), str::to_owned);
            let field = TextEdit::singleline(&mut text).desired_width(WIDTH).min_size(vec2(WIDTH, 0.0));
            ui.add(field).labelled_by(label.id).changed().then(|| text.into())
        }
        ParamKind::Color { .. } => {
            let (rgb, alpha) = color(now).unwrap_or_default();
            let [r, g, b] = rgb.0.map(|channel| (channel * 255.0).round() as u8);
            let mut picked = Color32::from_rgb(r, g, b);
            let changed = ui.color_edit_button_srgba(&mut picked).labelled_by(label.id).changed();
            changed.then(|| hex(picked, alpha).into())
        }
    }
}

/// `#rrggbb`, and its strength where it is not whole.
fn hex(color: Color32, alpha: f32) -> String {
    let strength = (alpha.clamp(0.0, 1.0) * 255.0).round() as u8;
    let rgb = format!("#{:02x}{:02x}{:02x}", color.r(), color.g(), color.b());
    if strength == 255 { rgb } else { format!("{rgb}{strength:02x}") }
}

/// A slider over the usual values, beyond which one may type; a field to drag where there are none.
fn number_ui(ui: &mut Ui, label: &egui::Response, param: &Param, (min, max): (f64, f64), now: f64) -> Option<Value> {
    let (low, high) = param.usual.unwrap_or((min, max));
    let whole = matches!(param.name, "octaves" | "count");
    let mut value = now;
    let response = if high - low <= WIDEST {
        let slider = Slider::new(&mut value, low..=high).clamping(SliderClamping::Never).max_decimals(3);
        let slider = slider.logarithmic(low > 0.0 && high / low >= 100.0);
        ui.add(if whole { slider.step_by(1.0) } else { slider })
    } else {
        ui.add(DragValue::new(&mut value).range(min..=max).speed(0.02).max_decimals(3))
    };
    response.labelled_by(label.id).changed().then(|| value.clamp(min, max).into())
}

/// Lowest and highest frequency of each band, as JSON or in a string.
fn bands(now: &Value) -> Vec<[f64; 2]> {
    let read = |list: &Value| serde_json::from_value::<Vec<[f64; 2]>>(list.clone()).unwrap_or_default();
    match now {
        Value::String(text) => serde_json::from_str::<Value>(text).map(|list| read(&list)).unwrap_or_default(),
        list => read(list),
    }
}

fn hertz(value: &mut f64, range: std::ops::RangeInclusive<f64>) -> DragValue<'_> {
    DragValue::new(value).range(range).speed(4.0).max_decimals(0).suffix(" Hz")
}

fn bands_ui(ui: &mut Ui, bands: &[[f64; 2]]) -> Option<Vec<[f64; 2]>> {
    let mut new = bands.to_vec();
    let mut done = false;
    ui.vertical(|ui| {
        let mut gone = None;
        for (nth, band) in new.iter_mut().enumerate() {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 3.0;
                let [low, high] = *band;
                done |= ui.add(hertz(&mut band[0], 0.0..=high)).changed();
                ui.label("–");
                done |= ui.add(hertz(&mut band[1], low..=24_000.0)).changed();
                if ui.small_button("−").on_hover_text("Remove this band").clicked() {
                    gone = Some(nth);
                }
            });
        }
        if let Some(nth) = gone {
            new.remove(nth);
            done = true;
        }
        if new.len() < MOST_BANDS && ui.small_button("Add a band").clicked() {
            new.push([20.0, 200.0]);
            done = true;
        }
    });
    done.then_some(new)
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::engine::graph::model::Graph;
    use crate::engine::nodes;
    use crate::patterns::edits::apply;

    /// A graph of one node, its fields drawn and its edits done.
    fn one(type_id: &'static str) -> Harness<'static, Graph> {
        let mut graph = Graph::default();
        apply(&mut graph, &GraphEdit::Add { type_id, at: [0.0; 2] });
        let spec = nodes::find(type_id).unwrap();
        let rig = Rig::default();
        let draw = move |ui: &mut Ui, graph: &mut Graph| {
            let edits = params_ui(ui, spec, &graph.nodes[0], &rig);
            edits.iter().for_each(|edit| apply(graph, edit));
        };
        let mut harness = Harness::builder().with_size([420.0, 700.0]).build_ui_state(draw, graph);
        harness.run();
        harness
    }

    fn param(harness: &Harness<'_, Graph>, name: &str) -> Value {
        harness.state().nodes[0].params.get(name).cloned().unwrap_or_default()
    }

    #[test]
    fn every_kind_of_node_is_drawn_and_drawing_changes_nothing() {
        for spec in nodes::ALL {
            let mut harness = one(spec.type_id);
            harness.run_steps(3);
            assert_eq!(harness.state().nodes[0].params.len(), 0, "{}", spec.type_id);
        }
    }

    #[test]
    fn usual_values_lie_within_what_a_parameter_may_be_and_hold_its_default() {
        for (spec, param) in nodes::ALL.iter().flat_map(|spec| spec.params.iter().map(move |param| (spec, param))) {
            if let (Some((low, high)), ParamKind::Number { default, min, max }) = (param.usual, param.kind) {
                assert!(min <= low && low < high && high <= max, "{}.{}", spec.type_id, param.name);
                assert!((low..=high).contains(&default), "{}.{}", spec.type_id, param.name);
            }
        }
    }

    #[test]
    fn a_slider_moves_by_the_keyboard_and_what_it_set_is_taken_back() {
        let mut harness = one("threshold");
        let slider = harness.get_by_role_and_label(egui::accesskit::Role::Slider, "threshold");
        slider.focus();
        harness.run();
        for _ in 0..3 {
            harness.key_press(egui::Key::ArrowRight);
            harness.run();
        }
        let turned = param(&harness, "threshold").as_f64().unwrap();
        assert!(turned > 0.5 && turned <= 1.0, "{turned}");
        let edit = GraphEdit::Unset { node: "threshold_1".into(), param: "threshold" };
        apply(harness.state_mut(), &edit);
        assert_eq!(param(&harness, "threshold"), Value::Null);
    }

    #[test]
    fn a_gradient_gets_a_third_colour_by_a_click() {
        let mut harness = one("gradient");
        harness.get_by_label("Gradient").click();
        harness.run();
        let stops = colors::read_stops(&param(&harness, "stops"));
        assert_eq!(stops.len(), 3);
        assert!(stops[1].1[0] > 0.4 && stops[1].1[0] < 0.6, "grey between black and white: {stops:?}");
        assert!(harness.query_by_label("start color").is_none(), "the stops say it now");
    }

    #[test]
    fn bands_are_added_and_removed() {
        let mut harness = one("frequency_amplitude");
        harness.get_by_label("Add a band").click();
        harness.run();
        assert_eq!(bands(&param(&harness, "selected_frequency_ranges")), [[20.0, 20_000.0], [20.0, 200.0]]);
        harness.get_all_by_label("−").next().unwrap().click();
        harness.run();
        assert_eq!(bands(&param(&harness, "selected_frequency_ranges")), [[20.0, 200.0]]);
    }
}
