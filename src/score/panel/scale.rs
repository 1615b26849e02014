//! Which part of the score is on the screen: scrolled, zoomed, followed.

use bevy_egui::egui::{self, Rect, Ui, pos2};

use super::gesture::Gesture;
use super::lanes::Lanes;
use super::sheet::Sheet;
use super::{LANE, Timeline};
use crate::score::model::Annotation;
use crate::show::plugin::Playhead;

/// What a user wants to see of the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zoom {
    In,
    Out,
    Selection,
    Loop,
    Whole,
}

/// Between screen and track.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    pub(super) area: Rect,
    pub(super) from_secs: f64,
    pub(super) points_per_sec: f64,
    /// Points that a lane is high.
    pub(super) lane_height: f32,
    pub(super) lanes: std::sync::Arc<Lanes>,
    /// The lane that touches the top of the area.
    pub(super) top_lane: i32,
    /// How much of it is scrolled away.
    pub(super) top_hidden: f32,
}

impl Scale {
    pub(super) fn x(&self, secs: f64) -> f32 {
        self.area.left() + ((secs - self.from_secs) * self.points_per_sec) as f32
    }

    pub(super) fn secs(&self, x: f32) -> f64 {
        self.from_secs + f64::from(x - self.area.left()) / self.points_per_sec
    }

    /// Top of a lane.
    pub(super) fn y(&self, lane: i32) -> f32 {
        self.area.top() + (self.top_lane - lane) as f32 * self.lane_height - self.top_hidden
    }

    pub(super) fn lane(&self, y: f32) -> i32 {
        self.top_lane - ((y - self.area.top() + self.top_hidden) / self.lane_height).floor() as i32
    }

    pub(super) fn block(&self, annotation: &Annotation) -> Rect {
        let y = self.y(self.lanes.of(annotation));
        Rect::from_min_max(
            pos2(self.x(annotation.start), y + 2.0),
            pos2(self.x(annotation.end).max(self.x(annotation.start) + 3.0), y + self.lane_height - 2.0),
        )
    }

    pub(super) fn to_secs(&self) -> f64 {
        self.secs(self.area.right())
    }
}

pub(super) fn visible<'a>(sheet: &'a Sheet, scale: &'a Scale) -> impl DoubleEndedIterator<Item = &'a Annotation> {
    let rows = scale.lane(scale.area.bottom())..=scale.top_lane;
    sheet.between(scale.from_secs, scale.to_secs()).filter(move |one| rows.contains(&scale.lanes.of(one)))
}

/// Brings what was asked for on the screen.
pub(super) fn zoom_to(
    timeline: &mut Timeline,
    zoom: Zoom,
    width: f64,
    picked: &[Annotation],
    region: Option<(f64, f64)>,
    (at, end): (f64, f64),
) {
    let shown_secs = width / timeline.points_per_sec;
    let span = match zoom {
        Zoom::Whole => Some((0.0, end)),
        Zoom::Loop => region,
        Zoom::Selection if picked.is_empty() => None,
        Zoom::Selection => Some(picked.iter().fold((f64::INFINITY, 0.0), |(from, to), one| (one.start.min(from), one.end.max(to)))),
        Zoom::In | Zoom::Out => {
            let factor = if zoom == Zoom::In { 0.5 } else { 2.0 };
            // Round the playhead where it is on the screen, else round the middle.
            let seen = (timeline.from_secs..timeline.from_secs + shown_secs).contains(&at);
            let middle = if seen { at } else { timeline.from_secs + shown_secs / 2.0 };
            timeline.from_secs = (middle - (middle - timeline.from_secs) * factor).max(0.0);
            timeline.points_per_sec = (timeline.points_per_sec / factor).clamp(0.5, 2000.0);
            return;
        }
    };
    let Some((from, to)) = span else { return };
    let room = if zoom == Zoom::Whole { 0.0 } else { (to - from) * 0.05 };
    timeline.follow &= zoom == Zoom::Whole;
    timeline.points_per_sec = (width / (to - from + 2.0 * room).max(0.1)).clamp(0.5, 2000.0);
    timeline.from_secs = (from - room).max(0.0);
}

/// Wheel: lanes; Shift+wheel or a sideways wheel: time; Ctrl+wheel or a pinch: zoom round the pointer.
pub(super) fn scroll(
    ui: &Ui,
    timeline: &mut Timeline,
    area: Rect,
    sheet: &Sheet,
    duration_secs: f64,
    response: &egui::Response,
    playhead: &Playhead,
) -> Scale {
    let lanes = sheet.lanes.clone();
    // All lanes at once where they are not too thin for it.
    let lane_height = (area.height() / (lanes.n() as f32 + 1.5)).clamp(*LANE.start(), *LANE.end());
    if response.contains_pointer() {
        let (delta, zoom, pointer) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta(), input.pointer.hover_pos()));
        let under = pointer.map_or(0.5, |at| f64::from(at.x - area.left()));
        let secs = timeline.from_secs + under / timeline.points_per_sec;
        timeline.points_per_sec = (timeline.points_per_sec * f64::from(zoom)).clamp(0.5, 2000.0);
        timeline.from_secs = secs - under / timeline.points_per_sec - f64::from(delta.x) / timeline.points_per_sec;
        timeline.lanes_down -= delta.y / lane_height;
        if delta.x != 0.0 || zoom != 1.0 {
            timeline.follow = false;
        }
    }
    let width_secs = f64::from(area.width()) / timeline.points_per_sec;
    let inside = timeline.from_secs..timeline.from_secs + width_secs * 0.9;
    if timeline.follow && playhead.playing && timeline.gesture == Gesture::Rest && !inside.contains(&playhead.at_secs) {
        timeline.from_secs = playhead.at_secs - width_secs * 0.1;
    }
    timeline.from_secs = timeline.from_secs.min(duration_secs - width_secs * 0.2).max(0.0);
    // One free lane above all.
    let highest = lanes.n() as i32;
    timeline.lanes_down = timeline.lanes_down.clamp(0.0, (highest as f32 + 1.5 - area.height() / lane_height).max(0.0));
    let down = timeline.lanes_down.floor();
    Scale {
        area,
        from_secs: timeline.from_secs,
        points_per_sec: timeline.points_per_sec,
        lane_height,
        lanes,
        top_lane: highest.saturating_sub(down as i32),
        top_hidden: (timeline.lanes_down - down) * lane_height,
    }
}
