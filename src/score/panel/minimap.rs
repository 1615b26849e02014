//! The whole score in a strip below the timeline: every annotation, and the part that is on the screen, which can be dragged.

use bevy_egui::egui::{Color32, Mesh, Painter, Rect, Response, Shape, Stroke, StrokeKind, pos2};

use super::sheet::Sheet;
use super::{Scale, Timeline};
use crate::score::model::Annotation;
use crate::ui::theme;

pub(super) const HEIGHT: f32 = 26.0;

/// Puts the middle of what is on the screen under the pointer.
pub(super) fn act(response: &Response, strip: Rect, timeline: &mut Timeline, width_secs: f64, end_secs: f64) {
    if (response.clicked() || response.dragged())
        && let Some(at) = response.interact_pointer_pos()
    {
        let secs = f64::from((at.x - strip.left()) / strip.width().max(1.0)) * end_secs;
        timeline.from_secs = (secs - width_secs / 2.0).max(0.0);
        timeline.follow = false;
    }
}

pub(super) fn paint(
    painter: &Painter,
    strip: Rect,
    scale: &Scale,
    sheet: &Sheet,
    end_secs: f64,
    at_secs: f64,
    color: &dyn Fn(&Annotation) -> Color32,
) {
    painter.rect_filled(strip, 0.0, theme::PANEL);
    let x = |secs: f64| strip.left() + (secs / end_secs.max(1e-3)) as f32 * strip.width();
    let n_lanes = sheet.lanes.n().max(1) as f32;
    let height = (strip.height() - 4.0) / n_lanes;
    let mut mesh = Mesh::default();
    for one in sheet.all.iter() {
        let top = strip.bottom() - 2.0 - (sheet.lanes.of(one) + 1) as f32 * height;
        let left = x(one.start);
        let block = Rect::from_min_max(pos2(left, top), pos2(x(one.end).max(left + 1.0), top + (height - 0.5).max(1.0)));
        mesh.add_colored_rect(block, color(one));
    }
    painter.add(Shape::mesh(mesh));
    let seen = Rect::from_x_y_ranges(x(scale.from_secs)..=x(scale.to_secs()).min(strip.right()), strip.y_range());
    painter.rect(seen, 2.0, theme::TEXT.gamma_multiply(0.08), Stroke::new(1.0, theme::FAINT), StrokeKind::Inside);
    painter.vline(x(at_secs), strip.y_range(), Stroke::new(1.0, theme::PLAYHEAD));
}
