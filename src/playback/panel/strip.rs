//! The track at a glance: sections, bars, sound, loop and playhead, all of it to be clicked.
//!
//! In the ruler on top a drag marks a loop in whole bars and a double click removes it; below it a click or drag seeks.

use bevy_egui::egui::{Align2, Color32, FontId, Mesh, Painter, Pos2, Rect, Sense, Stroke, Ui, WidgetInfo, WidgetType, pos2, vec2};

use super::{BarState, Wish, section_name};
use crate::engine::BeatGrid;
use crate::tracks::model::WaveformColumn;
use crate::ui::theme;

const RULER: f32 = 18.0;
/// Closer bar lines than this are a grey fog.
const LEAST_SPACING: f32 = 7.0;

/// Seconds along the strip.
#[derive(Clone, Copy, Debug)]
struct Scale {
    left: f32,
    width: f32,
    end_secs: f64,
}

impl Scale {
    fn x(self, secs: f64) -> f32 {
        self.left + (secs / self.end_secs) as f32 * self.width
    }

    fn secs(self, x: f32) -> f64 {
        (f64::from((x - self.left) / self.width) * self.end_secs).clamp(0.0, self.end_secs)
    }
}

pub fn strip_ui(ui: &mut Ui, state: &BarState<'_>, wishes: &mut Vec<Wish>) {
    let size = vec2(ui.available_width(), ui.available_height().max(60.0));
    let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
    let scale = Scale { left: whole.left(), width: whole.width().max(1.0), end_secs: state.end_secs.max(1e-3) };
    let (ruler, body) = whole.split_top_bottom_at_y(whole.top() + RULER);
    seek(ui, body, scale, state, wishes);
    mark_loop(ui, ruler, scale, state, wishes);
    if !ui.is_rect_visible(whole) {
        return;
    }
    let painter = ui.painter_at(whole);
    painter.rect_filled(body, 3.0, theme::WELL);
    paint_sections(&painter, ruler, scale, state);
    paint_bars(&painter, body, scale, state);
    painter.add(sound_mesh(body, scale, state));
    paint_loop(&painter, whole, scale, state);
    let x = scale.x(state.at_secs);
    painter.line_segment([pos2(x, whole.top()), pos2(x, whole.bottom())], Stroke::new(2.0, theme::PLAYHEAD));
}

fn seek(ui: &Ui, body: Rect, scale: Scale, state: &BarState<'_>, wishes: &mut Vec<Wish>) {
    let response = ui.interact(body, ui.id().with("waveform"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::slider(true, state.at_secs, "Waveform"));
    if (response.clicked() || response.dragged())
        && let Some(at) = response.interact_pointer_pos()
    {
        wishes.push(Wish::Seek(scale.secs(at.x)));
    }
}

fn mark_loop(ui: &Ui, ruler: Rect, scale: Scale, state: &BarState<'_>, wishes: &mut Vec<Wish>) {
    let response = ui.interact(ruler, ui.id().with("ruler"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, "Loop ruler"));
    if response.double_clicked() {
        wishes.push(Wish::Loop(None));
    }
    let grabbed = ui.id().with("loop from");
    if response.drag_started()
        && let Some(at) = ui.input(|input| input.pointer.press_origin())
    {
        ui.data_mut(|data| data.insert_temp(grabbed, scale.secs(at.x)));
    }
    if response.dragged()
        && let Some(at) = response.interact_pointer_pos()
        && let Some(from) = ui.data(|data| data.get_temp::<f64>(grabbed))
    {
        let wanted = whole_bars(state, from, scale.secs(at.x));
        if wanted.is_some() && wanted != state.region {
            wishes.push(Wish::Loop(wanted));
        }
    }
}

/// The bars that a drag has touched, inside the track.
fn whole_bars(state: &BarState<'_>, from_secs: f64, to_secs: f64) -> Option<(f64, f64)> {
    let grid = &state.track.grid;
    let (low, high) = (from_secs.min(to_secs), from_secs.max(to_secs));
    let start = grid.secs_at_bar(grid.bar_at(low).floor()).max(0.0);
    let end = grid.secs_at_bar(grid.bar_at(high).ceil()).min(state.end_secs);
    (end - start > 0.1).then_some((start, end))
}

/// From the bar that plays, four bars.
pub fn four_bars(state: &BarState<'_>) -> Option<(f64, f64)> {
    bars_from(&state.track.grid, state.at_secs, state.end_secs, 4.0)
}

/// From the bar at `at_secs`, `n_bars` bars, inside a track of `end_secs`.
pub fn bars_from(grid: &BeatGrid, at_secs: f64, end_secs: f64, n_bars: f64) -> Option<(f64, f64)> {
    let bar = (grid.bar_at(at_secs) + 1e-6).floor();
    let start = grid.secs_at_bar(bar).max(0.0);
    let end = grid.secs_at_bar(bar + n_bars).min(end_secs);
    (end - start > 0.1).then_some((start, end))
}

fn paint_sections(painter: &Painter, ruler: Rect, scale: Scale, state: &BarState<'_>) {
    for section in &state.track.sections {
        let area = Rect::from_x_y_ranges(scale.x(section.start)..=scale.x(section.end) - 1.0, ruler.top()..=ruler.bottom() - 2.0);
        painter.rect_filled(area, 2.0, theme::section(section.energy));
        if area.width() > 44.0 {
            painter.text(
                area.left_center() + vec2(6.0, 0.0),
                Align2::LEFT_CENTER,
                section_name(section.label),
                FontId::proportional(11.0),
                theme::TEXT,
            );
        }
    }
}

fn paint_bars(painter: &Painter, body: Rect, scale: Scale, state: &BarState<'_>) {
    let grid = &state.track.grid;
    let n_bars = grid.bar_at(state.end_secs).ceil().clamp(0.0, 10_000.0) as usize;
    let bar_width = scale.width / n_bars.max(1) as f32;
    let step = [1, 2, 4, 8, 16, 32, 64].into_iter().find(|&step| bar_width * step as f32 >= LEAST_SPACING).unwrap_or(128);
    for bar in (0..=n_bars).step_by(step) {
        let x = scale.x(grid.secs_at_bar(bar as f64));
        let strong = (bar / step).is_multiple_of(8);
        painter.line_segment(
            [pos2(x, body.top()), pos2(x, body.bottom())],
            Stroke::new(1.0, theme::LINE.gamma_multiply(if strong { 1.0 } else { 0.5 })),
        );
        if strong && bar < n_bars {
            painter.text(
                pos2(x + 3.0, body.bottom() - 1.0),
                Align2::LEFT_BOTTOM,
                (bar + 1).to_string(),
                FontId::proportional(10.0),
                theme::FAINT,
            );
        }
    }
}

/// One quad a pixel: as high as the loudest sample there, coloured by its frequencies.
fn sound_mesh(body: Rect, scale: Scale, state: &BarState<'_>) -> Mesh {
    let mut mesh = Mesh::default();
    let columns = &state.waveform.columns;
    let secs_per_column = state.waveform.secs_per_column;
    if columns.is_empty() || secs_per_column <= 0.0 {
        return mesh;
    }
    let played = scale.x(state.at_secs);
    for pixel in 0..scale.width as usize {
        let x = scale.left + pixel as f32;
        let at = |x: f32| ((scale.secs(x) / secs_per_column) as usize).min(columns.len() - 1);
        let (first, last) = (at(x), at(x + 1.0));
        let column = loudest(&columns[first..=last.max(first)]);
        let half = column.peak.clamp(0.0, 1.0) * (body.height() * 0.5 - 2.0);
        let area = Rect::from_center_size(Pos2::new(x + 0.5, body.center().y), vec2(1.0, (half * 2.0).max(1.0)));
        mesh.add_colored_rect(area, theme::sound(column.bands, x <= played));
    }
    mesh
}

fn loudest(columns: &[WaveformColumn]) -> WaveformColumn {
    columns.iter().copied().max_by(|a, b| a.peak.total_cmp(&b.peak)).unwrap_or_default()
}

fn paint_loop(painter: &Painter, whole: Rect, scale: Scale, state: &BarState<'_>) {
    let Some((start, end)) = state.region else { return };
    let area = Rect::from_x_y_ranges(scale.x(start)..=scale.x(end), whole.y_range());
    let tint: Color32 = theme::LOOP;
    painter.rect_filled(area, 0.0, tint.gamma_multiply(0.16));
    for x in [area.left(), area.right()] {
        painter.line_segment([pos2(x, whole.top()), pos2(x, whole.bottom())], Stroke::new(1.5, tint));
    }
}
