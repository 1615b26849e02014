//! A gradient to be painted: stops are added by a click on the bar, dragged along it, coloured and removed.

use bevy_egui::egui::{self, Color32, CornerRadius, Pos2, Rect, RichText, Sense, Stroke, Ui, pos2, vec2};
use serde_json::{Value, json};

use crate::engine::nodes::color::{MAX_STOPS, at_place, read_stops};
use crate::ui::theme;

/// A place and its colour: red, green, blue, strength.
pub type Stop = (f32, [f32; 4]);

const BAR: egui::Vec2 = vec2(180.0, 22.0);
const HANDLE: f32 = 5.0;
const SLICES: usize = 60;

/// The stops that a node's parameters mean.
pub fn stops_of(stops: &Value, ends: [[f32; 4]; 2]) -> Vec<Stop> {
    let read = read_stops(stops);
    if read.len() < 2 { vec![(0.0, ends[0]), (1.0, ends[1])] } else { read }
}

/// As the file has them.
pub fn to_json(stops: &[Stop]) -> Value {
    let round = |level: f32| (f64::from(level) * 1000.0).round() / 1000.0;
    let stop = |(place, [r, g, b, a]): &Stop| json!({ "t": round(*place), "r": round(*r), "g": round(*g), "b": round(*b), "a": round(*a) });
    stops.iter().map(stop).collect::<Vec<_>>().into()
}

/// Adds a stop of the colour that is there already; its number.
pub fn add(stops: &mut Vec<Stop>, mode: usize, place: f32) -> Option<usize> {
    if stops.len() >= MAX_STOPS {
        return None;
    }
    let color = at_place(stops, mode, place);
    let at = stops.partition_point(|stop| stop.0 <= place);
    stops.insert(at, (place, color));
    Some(at)
}

/// Moves a stop, past others if need be; its new number.
pub fn shift(stops: &mut Vec<Stop>, at: usize, place: f32) -> usize {
    if at >= stops.len() {
        return at;
    }
    let mut stop = stops.remove(at);
    stop.0 = place.clamp(0.0, 1.0);
    let to = stops.partition_point(|other| other.0 <= stop.0);
    stops.insert(to, stop);
    to
}

/// Two colours make a gradient: fewer are not left.
pub fn remove(stops: &mut Vec<Stop>, at: usize) -> bool {
    let may = stops.len() > 2 && at < stops.len();
    if may {
        stops.remove(at);
    }
    may
}

/// Draws it; the new stops if anything was done.
pub fn gradient_ui(ui: &mut Ui, stops: &[Stop], mode: usize) -> Option<Vec<Stop>> {
    let mut new = stops.to_vec();
    let mut done = false;
    let (rect, bar) = ui.allocate_exact_size(BAR + vec2(2.0 * HANDLE, 2.0 * HANDLE), Sense::click());
    let strip = Rect::from_min_size(rect.min + vec2(HANDLE, 0.0), BAR);
    let bar = bar.on_hover_text("Click to add a colour");
    bar.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, "Gradient"));
    paint(ui, strip, stops, mode);
    let memory = bar.id.with("chosen");
    let mut chosen = ui.data(|data| data.get_temp::<usize>(memory)).unwrap_or(0).min(stops.len().saturating_sub(1));
    let place = |at: Pos2| ((at.x - strip.left()) / strip.width()).clamp(0.0, 1.0);
    let mut on_handle = false;
    for (nth, stop) in stops.iter().enumerate() {
        let middle = pos2(strip.left() + strip.width() * stop.0, strip.bottom() + HANDLE);
        let area = Rect::from_center_size(middle, vec2(2.0 * HANDLE, 3.0 * HANDLE));
        let handle = ui.interact(area, bar.id.with(("stop", nth)), Sense::click_and_drag());
        handle.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Slider, true, format!("Stop {}", nth + 1)));
        on_handle |= handle.hovered();
        if handle.clicked() || handle.drag_started() {
            chosen = nth;
        }
        if handle.dragged()
            && let Some(at) = handle.interact_pointer_pos()
        {
            // The handle keeps its number while it is dragged: it stops at its neighbours.
            let low = nth.checked_sub(1).and_then(|before| stops.get(before)).map_or(0.0, |stop| stop.0);
            let high = stops.get(nth + 1).map_or(1.0, |stop| stop.0);
            new[nth].0 = place(at).clamp(low, high);
            (chosen, done) = (nth, true);
        }
        if handle.secondary_clicked() && remove(&mut new, nth) {
            done = true;
        }
        let stroke = Stroke::new(if nth == chosen { 2.0 } else { 1.0 }, if nth == chosen { theme::ACCENT } else { theme::TEXT });
        ui.painter().circle(middle, HANDLE, opaque(stop.1), stroke);
    }
    if bar.clicked()
        && !on_handle
        && !done
        && let Some(at) = bar.interact_pointer_pos()
        && let Some(added) = add(&mut new, mode, place(at))
    {
        (chosen, done) = (added, true);
    }
    ui.horizontal(|ui| done |= chosen_ui(ui, &mut new, &mut chosen));
    ui.data_mut(|data| data.insert_temp(memory, chosen));
    done.then_some(new)
}

/// The fields of the chosen stop.
fn chosen_ui(ui: &mut Ui, stops: &mut Vec<Stop>, chosen: &mut usize) -> bool {
    let mut done = false;
    let Some(&(place, color)) = stops.get(*chosen) else { return false };
    ui.spacing_mut().item_spacing.x = 4.0;
    let mut picked = opaque(color);
    let name = ui.label(RichText::new(format!("{} of {}", *chosen + 1, stops.len())).small().color(theme::faint(ui)));
    if ui.color_edit_button_srgba(&mut picked).labelled_by(name.id).changed() {
        let [r, g, b] = [picked.r(), picked.g(), picked.b()].map(|byte| f32::from(byte) / 255.0);
        stops[*chosen].1 = [r, g, b, color[3]];
        done = true;
    }
    let mut percent = place * 100.0;
    let drag = egui::DragValue::new(&mut percent).range(0.0..=100.0).speed(0.5).max_decimals(1).suffix(" %");
    if ui.add(drag).on_hover_text("Where along the gradient").changed() {
        *chosen = shift(stops, *chosen, percent / 100.0);
        done = true;
    }
    if ui.add_enabled(stops.len() < MAX_STOPS, egui::Button::new("+").small()).on_hover_text("Add a colour").clicked() {
        let next = stops.get(*chosen + 1).map_or(1.0, |stop| stop.0);
        let between = if *chosen + 1 < stops.len() { (place + next) / 2.0 } else { place / 2.0 };
        if let Some(added) = add(stops, 0, between) {
            *chosen = added;
            done = true;
        }
    }
    let removable = stops.len() > 2;
    if ui.add_enabled(removable, egui::Button::new("−").small()).on_hover_text("Remove this colour").clicked() && remove(stops, *chosen) {
        *chosen = chosen.saturating_sub(1);
        done = true;
    }
    done
}

fn opaque([r, g, b, _]: [f32; 4]) -> Color32 {
    let [r, g, b] = [r, g, b].map(|level| (level.clamp(0.0, 1.0) * 255.0).round() as u8);
    Color32::from_rgb(r, g, b)
}

fn paint(ui: &Ui, strip: Rect, stops: &[Stop], mode: usize) {
    let width = strip.width() / SLICES as f32;
    for slice in 0..SLICES {
        let place = (slice as f32 + 0.5) / SLICES as f32;
        let left = strip.left() + slice as f32 * width;
        let area = Rect::from_min_max(pos2(left, strip.top()), pos2(left + width + 0.5, strip.bottom()));
        ui.painter().rect_filled(area, CornerRadius::ZERO, opaque(at_place(stops, mode, place)));
    }
    ui.painter().rect_stroke(strip, CornerRadius::same(2), Stroke::new(1.0, theme::LINE), egui::StrokeKind::Outside);
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    fn two() -> Vec<Stop> {
        vec![(0.0, [0.0, 0.0, 0.0, 1.0]), (1.0, [1.0, 0.5, 0.0, 1.0])]
    }

    #[test]
    fn stops_are_added_moved_and_removed_and_come_back_from_the_file() {
        let mut stops = two();
        assert_eq!(add(&mut stops, 0, 0.5), Some(1));
        assert_eq!(stops[1], (0.5, [0.5, 0.25, 0.0, 1.0]), "a new stop changes nothing");
        assert_eq!(shift(&mut stops, 1, 2.0), 2);
        assert_eq!(stops_of(&to_json(&stops), [[0.0; 4]; 2]), stops);
        assert!(remove(&mut stops, 2) && !remove(&mut stops, 0));
        assert_eq!(stops, two());
        assert_eq!(stops_of(&Value::Null, [[0.1; 4], [0.9; 4]]), [(0.0, [0.1; 4]), (1.0, [0.9; 4])]);
    }

    #[test]
    fn a_click_on_the_bar_adds_a_colour_and_buttons_add_and_remove() {
        let draw = |ui: &mut Ui, stops: &mut Vec<Stop>| {
            if let Some(new) = gradient_ui(ui, stops, 0) {
                *stops = new;
            }
        };
        let mut harness = Harness::new_ui_state(draw, two());
        harness.get_by_label("Gradient").click();
        harness.run();
        assert_eq!(harness.state().len(), 3);
        assert!((harness.state()[1].0 - 0.5).abs() < 0.05, "{:?}", harness.state());
        harness.get_by_label("+").click();
        harness.run();
        assert_eq!(harness.state().len(), 4);
        for left in [3, 2, 2] {
            harness.get_by_label("−").click();
            harness.run();
            assert_eq!(harness.state().len(), left);
        }
    }
}
