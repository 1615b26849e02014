//! Curves to be bent by hand: the pulse of a beat envelope, and a falloff.

use bevy_egui::egui::{self, Color32, CornerRadius, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

use crate::engine::nodes::arithmetic::falloff;
use crate::engine::nodes::beat_envelope::Envelope;
use crate::ui::theme;

const SIZE: egui::Vec2 = vec2(190.0, 64.0);
const POINTS: usize = 64;
const HANDLE: f32 = 4.5;

/// The parameters of a pulse that are bent by hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pulse {
    /// Attack, decay, sustain, release.
    pub weights: [f32; 4],
    pub level: f32,
    pub curves: [f32; 2],
}

impl Pulse {
    fn envelope(&self) -> Envelope {
        Envelope::new(self.weights, self.level, self.curves)
    }

    /// The same with the end of a part elsewhere; the parts beside it give and take, as shares of the whole.
    #[must_use]
    pub fn with_end(&self, part: usize, to: f32) -> Self {
        let mut ends = self.envelope().ends;
        if part >= ends.len() {
            return *self;
        }
        let low = if part == 0 { 0.0 } else { ends[part - 1] };
        let high = ends.get(part + 1).copied().unwrap_or(1.0);
        ends[part] = to.max(low).min(high);
        let round = |share: f32| (share * 1000.0).round() / 1000.0;
        let weights = [ends[0], ends[1] - ends[0], ends[2] - ends[1], 1.0 - ends[2]].map(round);
        Self { weights, ..*self }
    }
}

/// Draws the pulse with its handles; the new one if a handle was moved.
pub fn pulse_ui(ui: &mut Ui, pulse: Pulse) -> Option<Pulse> {
    let envelope = pulse.envelope();
    let (rect, area) = curve_ui(ui, "Pulse", |x| envelope.at(x.min(0.9999)));
    let mut new = None;
    let ends = envelope.ends;
    for (part, (name, level)) in
        [("End of the attack", 1.0), ("End of the decay", pulse.level), ("End of the sustain", pulse.level)].iter().enumerate()
    {
        let at = place(rect, ends[part], *level);
        let handle = ui.interact(Rect::from_center_size(at, vec2(14.0, 14.0)), area.id.with(part), Sense::drag());
        handle.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Slider, true, *name));
        let handle = handle.on_hover_text(*name);
        if handle.dragged()
            && let Some(pointer) = handle.interact_pointer_pos()
        {
            let mut bent = pulse.with_end(part, (pointer.x - rect.left()) / rect.width());
            if part > 0 {
                bent.level = ((rect.bottom() - pointer.y) / rect.height()).clamp(0.0, 1.0);
            }
            new = Some(bent);
        }
        let color = if handle.hovered() || handle.dragged() { theme::ACCENT } else { theme::TEXT };
        ui.painter().circle_filled(at, HANDLE, color);
    }
    new
}

/// Draws a falloff; the new width and curve if it was dragged: sideways the width, up and down the curve.
pub fn falloff_ui(ui: &mut Ui, (width, curve): (f32, f32)) -> Option<(f32, f32)> {
    let (rect, _) = curve_ui(ui, "Falloff", |x| falloff(x, width, curve));
    let area = ui.interact(rect, ui.id().with("falloff"), Sense::drag());
    let area = area.on_hover_text("Drag sideways for the width, up and down for the curve");
    if !area.dragged() {
        return None;
    }
    let moved = area.drag_delta();
    Some(((width - moved.x / rect.width() * 2.0).max(0.0), (curve + moved.y / rect.height() * 2.0).clamp(-1.0, 1.0)))
}

fn place(rect: Rect, x: f32, y: f32) -> Pos2 {
    pos2(rect.left() + rect.width() * x, rect.bottom() - rect.height() * y.clamp(0.0, 1.0))
}

fn curve_ui(ui: &mut Ui, name: &str, level: impl Fn(f32) -> f32) -> (Rect, egui::Response) {
    let (outer, area) = ui.allocate_exact_size(SIZE, Sense::hover());
    area.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, name));
    let rect = outer.shrink2(vec2(6.0, 8.0));
    let painter = ui.painter();
    painter.rect_filled(outer, CornerRadius::same(3), theme::WELL);
    let points: Vec<Pos2> = (0..=POINTS).map(|nth| nth as f32 / POINTS as f32).map(|x| place(rect, x, level(x))).collect();
    let fill = theme::SIGNAL.gamma_multiply(0.2);
    for pair in points.windows(2) {
        let below = [pair[0], pair[1], pos2(pair[1].x, rect.bottom()), pos2(pair[0].x, rect.bottom())];
        painter.add(Shape::convex_polygon(below.to_vec(), fill, Stroke::new(0.0, Color32::TRANSPARENT)));
    }
    painter.line(points, Stroke::new(1.5, theme::SIGNAL));
    (rect, area)
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    const PULSE: Pulse = Pulse { weights: [0.3, 0.2, 0.3, 0.2], level: 0.7, curves: [0.0; 2] };

    #[test]
    fn the_end_of_a_part_moves_between_its_neighbours() {
        assert_eq!(PULSE.with_end(0, 0.1).weights, [0.1, 0.4, 0.3, 0.2]);
        assert_eq!(PULSE.with_end(1, 0.9).weights, [0.3, 0.5, 0.0, 0.2]);
        assert_eq!(PULSE.with_end(2, 2.0).weights, [0.3, 0.2, 0.5, 0.0]);
        // Weights are relative: the pulse keeps its shape.
        let double = Pulse { weights: [3.0, 2.0, 3.0, 2.0], ..PULSE };
        assert_eq!(double.with_end(0, 0.3).weights, PULSE.weights);
    }

    #[test]
    fn a_handle_is_dragged_in_the_picture() {
        let draw = |ui: &mut Ui, pulse: &mut Pulse| {
            if let Some(bent) = pulse_ui(ui, *pulse) {
                *pulse = bent;
            }
        };
        let mut harness = Harness::new_ui_state(draw, PULSE);
        let from = harness.get_by_label("End of the decay").rect().center();
        harness.drag_at(from);
        harness.run();
        harness.hover_at(from + vec2(0.0, 30.0));
        harness.run();
        harness.drop_at(from + vec2(0.0, 30.0));
        harness.run();
        assert!(harness.state().level < 0.3, "{:?}", harness.state());
        assert!((harness.state().weights[0] - 0.3).abs() < 0.01);
    }
}
