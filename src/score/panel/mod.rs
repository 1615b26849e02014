//! The timeline: annotations as blocks over the track's bars, a lane for every z-index in use, the highest on top.
//!
//! [`sheet`] keeps the score at hand, [`gesture`] says what the pointer means, [`obey`] what becomes of it, [`ruler`] and
//! [`minimap`] stand above and below, [`music`] draws what was heard and [`paint`] the rest.  This file gathers, and hands on.
//! Only what is on the screen is looked at twice, so that ten thousand annotations scroll.

pub mod check;
pub mod deeds;
pub mod gesture;
pub mod inspector;
mod lanes;
mod minimap;
mod music;
mod obey;
mod paint;
mod ruler;
pub mod scores;
pub mod sheet;
mod tools;

use std::collections::{BTreeMap, BTreeSet};

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui::{self, CursorIcon, Id, Rect, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
use uuid::Uuid;

use super::edits::{End, Snap};
use super::model::Annotation;
use crate::document::plugin::{Doc, Edit, OnDesk};
use crate::document::selection::Selection;
use crate::engine::BeatGrid;
use crate::patterns::model::{DraggedPattern, Pattern};
use crate::patterns::previews::plugin::Previews;
use crate::playback::panel::Wish;
use crate::playback::panel::beats::{Correct, GridDesk};
use crate::playback::plugin::{Playback, Wanted};
use crate::registry::TableId;
use crate::show::plugin::Playhead;
use crate::tracks::markers::{self, Marker};
use crate::tracks::model::Track;
use crate::ui::theme;
use deeds::Deed;
use gesture::{Gesture, Pointer, Spot, Under};
use lanes::Lanes;
use ruler::{Held, Ruler, RulerWish};
use sheet::Sheet;

/// As high as a lane may be, and as low.
const LANE: std::ops::RangeInclusive<f32> = 15.0..=28.0;
const RULER: f32 = 46.0;
/// Of the ruler, from its top: sections, then chords.
const SECTIONS: f32 = 13.0;
const CHORDS: f32 = 12.0;
/// Points from an end within which a press takes the end and not the body.
const GRIP: f32 = 6.0;
/// More blocks on one screen are a texture, and nobody has them read out.
const MOST_NAMED: usize = 400;
/// Points below which a block shows no picture of what it does.
const LEAST_PICTURE: f32 = 24.0;
const TABLE: TableId = TableId::TrackScores;

/// What part of the score is on the screen, and what the pointer is doing to it.
#[derive(Resource, Debug)]
pub struct Timeline {
    from_secs: f64,
    points_per_sec: f64,
    /// Lanes above the lowest drawn one that are scrolled away.
    lanes_down: f32,
    pub snap: Snap,
    follow: bool,
    /// To be brought on the screen with the next frame.
    pub zoom: Option<Zoom>,
    /// Another score of the track, drawn behind this one.
    pub compare: Option<Uuid>,
    gesture: Gesture,
    held: Held,
    drag: Option<Drag>,
    fitted: Option<Uuid>,
}

/// What a user wants to see of the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zoom {
    In,
    Out,
    Selection,
    Loop,
    Whole,
}

/// The annotations of a drag as they were when it began.
#[derive(Debug)]
struct Drag {
    group: String,
    originals: Vec<Annotation>,
    /// The one under the pointer: its ends snap, the others follow.
    anchor: Option<Annotation>,
    /// As they were: the drag itself empties and fills them.
    lanes: Lanes,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            from_secs: 0.0,
            points_per_sec: 20.0,
            lanes_down: 0.0,
            snap: Snap::default(),
            follow: true,
            zoom: None,
            compare: None,
            gesture: Gesture::Rest,
            held: Held::Nothing,
            drag: None,
            fitted: None,
        }
    }
}

/// Between screen and track.
#[derive(Clone, Debug)]
struct Scale {
    area: Rect,
    from_secs: f64,
    points_per_sec: f64,
    /// Points that a lane is high.
    lane_height: f32,
    lanes: std::sync::Arc<Lanes>,
    /// The lane that touches the top of the area.
    top_lane: i32,
    /// How much of it is scrolled away.
    top_hidden: f32,
}

impl Scale {
    fn x(&self, secs: f64) -> f32 {
        self.area.left() + ((secs - self.from_secs) * self.points_per_sec) as f32
    }

    fn secs(&self, x: f32) -> f64 {
        self.from_secs + f64::from(x - self.area.left()) / self.points_per_sec
    }

    /// Top of a lane.
    fn y(&self, lane: i32) -> f32 {
        self.area.top() + (self.top_lane - lane) as f32 * self.lane_height - self.top_hidden
    }

    fn lane(&self, y: f32) -> i32 {
        self.top_lane - ((y - self.area.top() + self.top_hidden) / self.lane_height).floor() as i32
    }

    fn block(&self, annotation: &Annotation) -> Rect {
        let y = self.y(self.lanes.of(annotation));
        Rect::from_min_max(
            pos2(self.x(annotation.start), y + 2.0),
            pos2(self.x(annotation.end).max(self.x(annotation.start) + 3.0), y + self.lane_height - 2.0),
        )
    }

    fn to_secs(&self) -> f64 {
        self.secs(self.area.right())
    }
}

/// What the timeline looks at.
#[derive(SystemParam)]
pub struct Looking<'w, 's> {
    sheet: Res<'w, Sheet>,
    patterns: Query<'w, 's, &'static Doc<Pattern>>,
    track: Query<'w, 's, &'static Doc<Track>>,
    markers: Query<'w, 's, &'static Doc<Marker>>,
    scores: scores::Known<'w, 's>,
    desk: Res<'w, OnDesk>,
    playhead: Res<'w, Playhead>,
    playback: Option<Res<'w, Playback>>,
    grid: Res<'w, GridDesk>,
    previews: ResMut<'w, Previews>,
}

/// What it asks for.
#[derive(SystemParam)]
pub struct Asking<'w> {
    edits: MessageWriter<'w, Edit>,
    deeds: MessageWriter<'w, Deed>,
    wanted: MessageWriter<'w, Wanted>,
    correct: MessageWriter<'w, Correct>,
    scores: MessageWriter<'w, scores::ScoreDeed>,
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    mut timeline: ResMut<Timeline>,
    mut selection: ResMut<Selection>,
    mut looking: Looking,
    mut asking: Asking,
) {
    let Some(track) = looking.track.iter().next() else {
        ui.weak("No track is open");
        return;
    };
    let grid = &track.analysis.grid;
    let sheet = &*looking.sheet;
    let patterns: BTreeMap<Uuid, &Pattern> = looking.patterns.iter().map(|doc| (doc.id, &**doc)).collect();
    let timeline = timeline.bypass_change_detection();
    tools::tools_ui(ui, timeline, sheet, selection.of(TABLE).count(), &mut looking.scores, &mut asking);
    let whole = ui.available_rect_before_wrap();
    let (upper, map) = whole.split_top_bottom_at_y((whole.bottom() - minimap::HEIGHT).max(whole.top() + RULER + LANE.end()));
    let (ruler, area) = upper.split_top_bottom_at_y(upper.top() + RULER);
    let response = ui.allocate_rect(area, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, "Timeline"));
    let ruled = ui.interact(ruler, ui.id().with("ruler"), Sense::click_and_drag());
    ruled.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, "Timeline ruler"));
    let mapped = ui.interact(map, ui.id().with("minimap"), Sense::click_and_drag());
    mapped.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, "Score overview"));
    if timeline.fitted != Some(looking.desk.0.score) {
        timeline.fitted = Some(looking.desk.0.score);
        timeline.compare = None;
        timeline.from_secs = 0.0;
        timeline.points_per_sec = f64::from(area.width()) / track.analysis.duration_secs.clamp(1.0, 60.0);
    }
    let end_secs = track.analysis.duration_secs;
    let selected: BTreeSet<Uuid> = selection.of(TABLE).collect();
    let region = looking.playback.as_ref().and_then(|playback| playback.player.transport().loop_region());
    let region = region.map(|region| (region.start_secs(), region.end_secs()));
    if let Some(zoom) = timeline.zoom.take() {
        zoom_to(timeline, zoom, area.width().into(), &sheet.picked(&selected), region, (looking.playhead.at_secs, end_secs));
    }
    minimap::act(&mapped, map, timeline, f64::from(area.width()) / timeline.points_per_sec, end_secs);
    let scale = scroll(ui, timeline, area, sheet, end_secs, &response, &looking.playhead);
    if !ui.is_rect_visible(whole) {
        return;
    }
    let painter = ui.painter_at(whole);
    paint::ground(&painter, ruler, &scale, &track.analysis);
    let sections = Rect::from_min_size(ruler.min, vec2(ruler.width(), SECTIONS));
    let chords = Rect::from_min_size(sections.left_bottom(), vec2(ruler.width(), CHORDS));
    music::chords(&painter, chords.shrink2(vec2(0.0, 0.5)), &scale, &track.analysis);
    music::name(ui, sections, chords, &scale, &track.analysis);
    paint::waveform(&painter, &scale, &track.waveform);
    music::energy(&painter, &scale, &track.analysis);
    paint::drums(&painter, &scale, &track.analysis);
    paint::lanes(&painter, &scale);
    let ghosts = looking.scores.ghosts(timeline.compare);
    for ghost in &*ghosts {
        paint::ghost(&painter, &scale, ghost);
    }
    for (nth, annotation) in visible(sheet, &scale).enumerate() {
        // What it does, seen small, where there is room to see it.
        let wide = scale.block(annotation).width() >= LEAST_PICTURE && nth < MOST_NAMED;
        let picture = wide.then(|| looking.previews.texture(ui.ctx(), annotation)).flatten();
        let pattern = patterns.get(&annotation.pattern).copied();
        paint::annotation(&painter, &scale, annotation, pattern, selected.contains(&annotation.id), picture);
    }
    name_blocks(ui, sheet, &scale, grid, &patterns, &selected);
    if let Gesture::Boxing { from, .. } = &timeline.gesture
        && let Some(to) = response.interact_pointer_pos()
    {
        paint::marked(&painter, Rect::from_two_pos(pos2(scale.x(from.secs), scale.y(from.lane) + scale.lane_height / 2.0), to));
    }
    let markers: Vec<Marker> = looking.markers.iter().map(|doc| Marker::clone(doc)).collect();
    let above = Ruler { scale: &scale, grid, markers: &markers, region, end_secs, snap: timeline.snap, beats: looking.grid.drag };
    match above.act(ui, &ruled, &mut timeline.held) {
        Some(RulerWish::Seek(secs)) => drop(asking.wanted.write(Wanted(Wish::Seek(secs)))),
        Some(RulerWish::Marker(id, at)) => {
            selection.set([(TableId::TrackMarkers, id)]);
            asking.wanted.write(Wanted(Wish::Seek(at)));
        }
        Some(RulerWish::Loop(region)) => drop(asking.wanted.write(Wanted(Wish::Loop(region)))),
        Some(RulerWish::MoveMarker(id, to)) => drop(asking.edits.write(Edit(markers::shift(id, to)))),
        Some(RulerWish::Grid(edit)) => drop(asking.correct.write(Correct(Some(edit)))),
        None => {}
    }
    above.paint(&painter, ruler, upper, timeline.held, ruled.interact_pointer_pos());
    let color = |one: &Annotation| {
        let color = patterns.get(&one.pattern).map_or(theme::DANGER, |pattern| theme::category(&pattern.category));
        if selected.contains(&one.id) { theme::ACCENT } else { color.gamma_multiply(0.7) }
    };
    minimap::paint(&painter, map, &scale, sheet, end_secs, looking.playhead.at_secs, &color);
    paint::playhead(&painter, upper, &scale, looking.playhead.at_secs);
    if let Some(pattern) = response.dnd_release_payload::<DraggedPattern>()
        && let Some(at) = ui.input(|input| input.pointer.interact_pos())
    {
        let snap = timeline.snap;
        obey::drop_pattern(
            pattern.0,
            scale.secs(at.x),
            snap,
            grid,
            &sheet.all,
            &patterns,
            &looking.desk,
            &mut selection,
            &mut asking.edits,
        );
    }
    let Some(pointer) = pointer(ui, &scale, &response, sheet) else {
        return;
    };
    ui.ctx().set_cursor_icon(match pointer.under {
        Under::Edge(..) => CursorIcon::ResizeHorizontal,
        Under::Body(_) => CursorIcon::Grab,
        Under::Nothing => CursorIcon::Default,
    });
    if pointer.pressed {
        ui.memory_mut(|memory| memory.request_focus(response.id));
    }
    let (intents, last) = gesture::step(&mut timeline.gesture, pointer, &selected, &sheet.all, &|one| scale.lanes.of(one));
    for intent in intents {
        obey::obey(intent, timeline, &sheet.all, grid, &looking.desk, pointer.under, &mut selection, &mut asking.edits, &mut asking.wanted);
    }
    if last {
        timeline.drag = None;
    }
}

/// Tells screen readers and tests what stands where; the pointer goes on being the timeline's.
fn name_blocks(ui: &Ui, sheet: &Sheet, scale: &Scale, grid: &BeatGrid, patterns: &BTreeMap<Uuid, &Pattern>, selected: &BTreeSet<Uuid>) {
    for one in visible(sheet, scale).take(MOST_NAMED) {
        let block = ui.interact(scale.block(one).intersect(scale.area), Id::new(one.id), Sense::hover());
        block.widget_info(|| {
            let name = patterns.get(&one.pattern).map_or("missing pattern", |pattern| &pattern.name);
            let place = grid.bar_beat_at(one.start);
            WidgetInfo::selected(WidgetType::Other, true, selected.contains(&one.id), format!("{name} at bar {}.{}", place.bar, place.beat))
        });
    }
}

fn visible<'a>(sheet: &'a Sheet, scale: &'a Scale) -> impl DoubleEndedIterator<Item = &'a Annotation> {
    let rows = scale.lane(scale.area.bottom())..=scale.top_lane;
    sheet.between(scale.from_secs, scale.to_secs()).filter(move |one| rows.contains(&scale.lanes.of(one)))
}

/// Brings what was asked for on the screen.
fn zoom_to(timeline: &mut Timeline, zoom: Zoom, width: f64, picked: &[Annotation], region: Option<(f64, f64)>, (at, end): (f64, f64)) {
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
fn scroll(
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

/// The pointer of this frame, while it is over the timeline or dragging there.
fn pointer(ui: &Ui, scale: &Scale, response: &egui::Response, sheet: &Sheet) -> Option<Pointer> {
    let at = response.interact_pointer_pos().or_else(|| response.hover_pos())?;
    // At a few frames a second a whole click lies inside one of them.
    let held = response.is_pointer_button_down_on() || response.clicked();
    let pressed = held && ui.input(|input| input.pointer.primary_pressed());
    let released = ui.input(|input| input.pointer.primary_released());
    let far = response.dragged_by(egui::PointerButton::Primary) || response.drag_stopped();
    let modifiers = ui.input(|input| input.modifiers);
    let spot = Spot { secs: scale.secs(at.x), lane: scale.lane(at.y) };
    // The topmost of those drawn one over another is the last.
    let hit = visible(sheet, scale).rfind(|one| scale.block(one).expand2(vec2(2.0, 0.0)).contains(at));
    let under = hit.filter(|_| scale.area.contains(at)).map_or(Under::Nothing, |one| {
        let block = scale.block(one);
        let grip = GRIP.min(block.width() / 4.0);
        if at.x < block.left() + grip {
            Under::Edge(one.id, End::Start)
        } else if at.x > block.right() - grip {
            Under::Edge(one.id, End::End)
        } else {
            Under::Body(one.id)
        }
    });
    Some(Pointer { at: spot, under, pressed, released, far, add: modifiers.command || modifiers.shift, copy: modifiers.alt })
}
