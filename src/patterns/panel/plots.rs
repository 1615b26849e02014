//! Pictures in nodes: a signal over time, a movement's path, a spectrum.

use bevy_egui::egui::{self, Align2, Color32, CornerRadius, FontId, Mesh, Pos2, Rect, Sense, Stroke, Ui, pos2, vec2};

use super::live::{SPECTRUM, View};
use crate::engine::graph::probe::Trace;
use crate::ui::theme;

const WIDE: egui::Vec2 = vec2(210.0, 92.0);
const SQUARE: egui::Vec2 = vec2(120.0, 120.0);

/// Draws what a view node shows; before anything was seen, an empty well.
pub fn view_ui(ui: &mut Ui, view: Option<&View>, square: bool) {
    let (rect, area) = ui.allocate_exact_size(if square { SQUARE } else { WIDE }, Sense::hover());
    let name = match view {
        Some(View::Curve(_)) => "Signal over time",
        Some(View::Path(_)) => "Path of the movement",
        Some(View::Spectrum { .. }) => "Spectrum",
        None => "Nothing to show",
    };
    area.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, name));
    ui.painter().rect_filled(rect, CornerRadius::same(3), theme::WELL);
    match view {
        Some(View::Curve(trace)) => curve(ui, rect, trace),
        Some(View::Path(trace)) => path(ui, rect, trace),
        Some(View::Spectrum { levels, .. }) => spectrum(ui, rect, levels),
        None => {
            ui.painter().text(rect.center(), Align2::CENTER_CENTER, "connect a wire", FontId::proportional(11.0), theme::FAINT);
        }
    }
}

/// The colours of several lanes, from the first to the last.
fn lane_color(lane: usize, n_lanes: usize) -> Color32 {
    let hue = 0.11 + 0.75 * lane as f32 / n_lanes.max(1) as f32;
    egui::ecolor::Hsva::new(hue.fract(), 0.65, 0.95, 1.0).into()
}

const CHANNELS: [Color32; 4] =
    [Color32::from_rgb(240, 96, 96), Color32::from_rgb(104, 200, 120), Color32::from_rgb(104, 150, 250), theme::FAINT];

fn curve(ui: &Ui, rect: Rect, trace: &Trace) {
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let (low, high) = trace.extent().unwrap_or((0.0, 1.0));
    // A level's own range is 0..1; whatever reaches further gets the room it needs.
    let (low, high) = (low.min(0.0), if low >= 0.0 && high <= 1.0 { 1.0 } else { high.max(low + 1e-6) });
    let inner = rect.shrink2(vec2(2.0, 6.0));
    let y = |value: f32| inner.bottom() - (value - low) / (high - low) * inner.height();
    painter.hline(inner.x_range(), y(0.0), Stroke::new(1.0, theme::LINE));
    painter.vline(inner.center().x, inner.y_range(), Stroke::new(1.0, theme::PLAYHEAD.gamma_multiply(0.5)));
    for (lane, values) in trace.lanes.iter().enumerate() {
        let n = values.len().max(2) - 1;
        for channel in 0..trace.n_channels.min(CHANNELS.len()) {
            let colored = (3..=4).contains(&trace.n_channels);
            let color = if colored { CHANNELS[channel] } else { lane_color(lane, trace.lanes.len()) };
            let x = |nth: usize| inner.left() + inner.width() * nth as f32 / n as f32;
            let points: Vec<Pos2> = values.iter().enumerate().map(|(nth, value)| pos2(x(nth), y(value[channel]))).collect();
            painter.line(points, Stroke::new(1.2, color));
        }
    }
    let font = FontId::monospace(9.0);
    let label = |value: f32| if value.abs() < 10.0 { format!("{value:.2}") } else { format!("{value:.0}") };
    painter.text(rect.left_top() + vec2(3.0, 1.0), Align2::LEFT_TOP, label(high), font.clone(), theme::FAINT);
    painter.text(rect.left_bottom() + vec2(3.0, -1.0), Align2::LEFT_BOTTOM, label(low), font, theme::FAINT);
}

fn path(ui: &Ui, rect: Rect, trace: &Trace) {
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let inner = rect.shrink(6.0);
    painter.hline(inner.x_range(), inner.center().y, Stroke::new(1.0, theme::LINE));
    painter.vline(inner.center().x, inner.y_range(), Stroke::new(1.0, theme::LINE));
    painter.rect_stroke(inner, CornerRadius::ZERO, Stroke::new(1.0, theme::LINE), egui::StrokeKind::Inside);
    let place = |uv: &[f32]| {
        let (u, v) = (uv.first().copied().unwrap_or_default(), uv.get(1).copied().unwrap_or_default());
        inner.center() + vec2(u.clamp(-1.0, 1.0), -v.clamp(-1.0, 1.0)) * inner.width() / 2.0
    };
    for (lane, values) in trace.lanes.iter().enumerate() {
        let color = lane_color(lane, trace.lanes.len());
        let n = values.len().max(1);
        for (nth, pair) in values.windows(2).enumerate() {
            // What is long ago fades.
            let faded = color.gamma_multiply(0.15 + 0.85 * nth as f32 / n as f32);
            painter.line_segment([place(&pair[0]), place(&pair[1])], Stroke::new(1.4, faded));
        }
        if let Some(last) = values.last() {
            painter.circle_filled(place(last), 3.0, color);
        }
    }
}

fn spectrum(ui: &Ui, rect: Rect, levels: &[f32]) {
    let (n_cols, n_bands) = SPECTRUM;
    if levels.len() != n_cols * n_bands {
        return;
    }
    let (width, height) = (rect.width() / n_cols as f32, rect.height() / n_bands as f32);
    let mut mesh = Mesh::default();
    for (nth, level) in levels.iter().enumerate() {
        let (col, band) = (nth / n_bands, nth % n_bands);
        let corner = pos2(rect.left() + col as f32 * width, rect.bottom() - (band + 1) as f32 * height);
        mesh.add_colored_rect(Rect::from_min_size(corner, vec2(width, height)), heat(*level));
    }
    ui.painter().add(mesh);
    ui.painter().vline(rect.center().x, rect.y_range(), Stroke::new(1.0, theme::PLAYHEAD.gamma_multiply(0.6)));
}

/// From black over violet and orange to pale yellow.
fn heat(level: f32) -> Color32 {
    let stops = [
        (0.0, [9.0, 10.0, 13.0]),
        (0.35, [72.0, 28.0, 110.0]),
        (0.65, [214.0, 84.0, 56.0]),
        (0.85, [250.0, 180.0, 70.0]),
        (1.0, [255.0, 246.0, 200.0]),
    ];
    let after = stops.partition_point(|stop| stop.0 <= level).clamp(1, stops.len() - 1);
    let (from, to) = (stops[after - 1], stops[after]);
    let share = ((level - from.0) / (to.0 - from.0)).clamp(0.0, 1.0);
    let [r, g, b] = [0, 1, 2].map(|channel| (from.1[channel] + (to.1[channel] - from.1[channel]) * share) as u8);
    Color32::from_rgb(r, g, b)
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn every_view_is_drawn_and_says_what_it_is() {
        let trace = Trace { from: 0.0, to: 1.0, n_channels: 2, lanes: vec![vec![vec![0.0, 1.0], vec![0.5, -1.0]]; 3] };
        let views = [
            View::Curve(trace.clone()),
            View::Path(trace),
            View::Spectrum { from: 0.0, to: 1.0, levels: vec![0.5; SPECTRUM.0 * SPECTRUM.1] },
        ];
        let mut harness = Harness::new_ui(move |ui| {
            views.iter().for_each(|view| view_ui(ui, Some(view), false));
            view_ui(ui, None, true);
        });
        harness.run();
        for name in ["Signal over time", "Path of the movement", "Spectrum", "Nothing to show"] {
            assert!(harness.query_by_label(name).is_some(), "{name}");
        }
    }

    #[test]
    fn louder_is_brighter() {
        let light = |level: f32| heat(level).to_array()[..3].iter().map(|&byte| u32::from(byte)).sum::<u32>();
        assert!((0..20).all(|nth| light(nth as f32 / 20.0) <= light((nth + 1) as f32 / 20.0)));
    }
}
