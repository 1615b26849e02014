//! The ruler over the timeline: a click seeks, a drag marks a loop in whole bars, markers and (if asked for) beats are dragged.

use bevy_egui::egui::{self, Align2, CursorIcon, FontId, Painter, Rect, Response, Shape, Stroke, Ui, pos2, vec2};
use uuid::Uuid;

use super::Scale;
use crate::engine::BeatGrid;
use crate::score::edits::Snap;
use crate::tracks::grid_edits::GridEdit;
use crate::tracks::markers::Marker;
use crate::ui::theme;

/// Points from a marker or beat within which it is meant.
const NEAR: f32 = 6.0;

/// What the pointer holds in the ruler.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Held {
    #[default]
    Nothing,
    /// Marking a loop from this second.
    Loop(f64),
    Marker(Uuid),
    /// The beat that was at this second.
    Beat(f64),
}

/// What the user wants.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RulerWish {
    Seek(f64),
    /// Go there and pick it.
    Marker(Uuid, f64),
    Loop(Option<(f64, f64)>),
    MoveMarker(Uuid, f64),
    Grid(GridEdit),
}

pub(super) struct Ruler<'a> {
    pub scale: &'a Scale,
    pub grid: &'a BeatGrid,
    pub markers: &'a [Marker],
    pub region: Option<(f64, f64)>,
    pub end_secs: f64,
    pub snap: Snap,
    /// Beats can be dragged.
    pub beats: bool,
}

impl Ruler<'_> {
    /// The marker or beat at a place.
    fn under(&self, x: f32) -> Held {
        let marker = self.markers.iter().find(|marker| (0.0..NEAR * 1.5).contains(&(x - self.scale.x(marker.at) + NEAR / 2.0)));
        if let Some(marker) = marker {
            return Held::Marker(marker.id);
        }
        let beat = self.grid.secs_at(self.grid.beat_at(self.scale.secs(x)).round());
        if self.beats && (self.scale.x(beat) - x).abs() < NEAR { Held::Beat(beat) } else { Held::Nothing }
    }

    /// Acts on the pointer of this frame.
    pub(super) fn act(&self, ui: &Ui, response: &Response, held: &mut Held) -> Option<RulerWish> {
        let pointer = response.interact_pointer_pos().or_else(|| response.hover_pos())?;
        let secs = self.scale.secs(pointer.x).clamp(0.0, self.end_secs);
        match self.under(pointer.x) {
            Held::Nothing | Held::Loop(_) => {}
            Held::Marker(_) | Held::Beat(_) => ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal),
        }
        if response.double_clicked() {
            return Some(RulerWish::Loop(None));
        }
        if response.drag_started()
            && let Some(at) = ui.input(|input| input.pointer.press_origin())
        {
            *held = match self.under(at.x) {
                Held::Nothing => Held::Loop(self.scale.secs(at.x)),
                thing => thing,
            };
        }
        if response.dragged()
            && let Held::Loop(from) = *held
        {
            let wanted = self.whole_bars(from, secs);
            return (wanted.is_some() && wanted != self.region).then_some(RulerWish::Loop(wanted));
        }
        if response.drag_stopped() {
            return match std::mem::take(held) {
                Held::Marker(id) => Some(RulerWish::MoveMarker(id, self.snap.nearest(self.grid, secs))),
                Held::Beat(at) => {
                    let onward = ui.input(|input| input.modifiers.shift);
                    Some(RulerWish::Grid(GridEdit::Beat { at, to: secs, onward }))
                }
                Held::Loop(_) | Held::Nothing => None,
            };
        }
        if !response.clicked() {
            return None;
        }
        let picked = self.markers.iter().find(|marker| self.under(pointer.x) == Held::Marker(marker.id));
        Some(picked.map_or(RulerWish::Seek(secs), |marker| RulerWish::Marker(marker.id, marker.at)))
    }

    /// The bars that a drag has touched, inside the track.
    fn whole_bars(&self, from: f64, to: f64) -> Option<(f64, f64)> {
        let (low, high) = (from.min(to), from.max(to));
        let start = self.grid.secs_at_bar((self.grid.bar_at(low) + 1e-6).floor()).max(0.0);
        let end = self.grid.secs_at_bar((self.grid.bar_at(high) - 1e-6).ceil()).min(self.end_secs);
        (end - start > 0.1).then_some((start, end))
    }

    /// Loop, markers and beats.
    pub(super) fn paint(&self, painter: &Painter, ruler: Rect, whole: Rect, held: Held, pointer: Option<egui::Pos2>) {
        if let Some((start, end)) = self.region {
            let area = Rect::from_x_y_ranges(self.scale.x(start)..=self.scale.x(end), whole.y_range());
            painter.rect_filled(area, 0.0, theme::LOOP.gamma_multiply(0.07));
            let strip = Rect::from_x_y_ranges(area.x_range(), ruler.top()..=ruler.bottom());
            painter.rect_filled(strip, 2.0, theme::LOOP.gamma_multiply(0.35));
            for x in [area.left(), area.right()] {
                painter.vline(x, whole.y_range(), Stroke::new(1.0, theme::LOOP));
            }
        }
        if self.beats {
            self.paint_beats(painter, ruler, held, pointer);
        }
        for marker in self.markers {
            let dragged = held == Held::Marker(marker.id);
            let x = pointer.filter(|_| dragged).map_or(self.scale.x(marker.at), |at| at.x);
            if !(ruler.left() - 120.0..=ruler.right()).contains(&x) {
                continue;
            }
            painter.vline(x, whole.y_range(), Stroke::new(1.0, theme::SELECTION.gamma_multiply(0.6)));
            let top = ruler.top() + 26.0;
            let flag = vec![pos2(x, top), pos2(x + 8.0, top + 4.0), pos2(x, top + 8.0)];
            painter.add(Shape::convex_polygon(flag, theme::SELECTION, Stroke::NONE));
            let font = FontId::proportional(11.0);
            painter.text(pos2(x + 10.0, top + 4.0), Align2::LEFT_CENTER, &marker.label, font, theme::SELECTION);
        }
    }

    /// Handles on the beats that are on the screen; the one being dragged follows the pointer.
    fn paint_beats(&self, painter: &Painter, ruler: Rect, held: Held, pointer: Option<egui::Pos2>) {
        let (first, last) = (self.grid.beat_at(self.scale.from_secs).ceil().max(0.0), self.grid.beat_at(self.scale.to_secs()).floor());
        let spacing = (self.scale.area.width() as f64 / (last - first).max(1.0)) as f32;
        if spacing < NEAR * 1.5 {
            painter.text(
                ruler.right_center() - vec2(6.0, 0.0),
                Align2::RIGHT_CENTER,
                "Zoom in to drag beats",
                FontId::proportional(11.0),
                theme::BEATS,
            );
            return;
        }
        for beat in first as usize..=last.max(first) as usize {
            let secs = self.grid.secs_at(beat as f64);
            let is_held = matches!(held, Held::Beat(at) if (at - secs).abs() < 1e-6);
            let x = pointer.filter(|_| is_held).map_or(self.scale.x(secs), |at| at.x);
            let radius = if self.grid.downbeats.binary_search(&beat).is_ok() { 4.0 } else { 3.0 };
            painter.circle_filled(pos2(x, ruler.bottom() - 6.0), radius, if is_held { theme::ACCENT } else { theme::BEATS });
        }
    }
}
