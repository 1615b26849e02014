//! The timeline: annotations as blocks over the track's bars, a lane for every z-index in use, the highest on top.
//!
//! [`sheet`] keeps the score at hand, [`scale`] what of it is on the screen; [`gesture`] says what the pointer means, [`obey`] what becomes of it, [`ruler`] and
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
mod scale;
pub mod scores;
pub mod sheet;
mod tools;

use std::collections::{BTreeMap, BTreeSet};

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui::{self, CursorIcon, Id, Rect, Response, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
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
pub use scale::Zoom;
use scale::{Scale, scroll, visible, zoom_to};
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

/// Where its parts lie, and what the pointer does there.
struct Parts {
    whole: Rect,
    /// All but the overview.
    upper: Rect,
    ruler: Rect,
    area: Rect,
    map: Rect,
    lanes: Response,
    ruled: Response,
    mapped: Response,
}

impl Parts {
    fn of(ui: &mut Ui) -> Self {
        let whole = ui.available_rect_before_wrap();
        let (upper, map) = whole.split_top_bottom_at_y((whole.bottom() - minimap::HEIGHT).max(whole.top() + RULER + LANE.end()));
        let (ruler, area) = upper.split_top_bottom_at_y(upper.top() + RULER);
        let lanes = ui.allocate_rect(area, Sense::click_and_drag());
        let ruled = ui.interact(ruler, ui.id().with("ruler"), Sense::click_and_drag());
        let mapped = ui.interact(map, ui.id().with("minimap"), Sense::click_and_drag());
        for (part, name) in [(&lanes, "Timeline"), (&ruled, "Timeline ruler"), (&mapped, "Score overview")] {
            part.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, name));
        }
        Self { whole, upper, ruler, area, map, lanes, ruled, mapped }
    }
}

type Patterns<'a> = BTreeMap<Uuid, &'a Pattern>;

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
    let sheet = &*looking.sheet;
    let patterns: Patterns = looking.patterns.iter().map(|doc| (doc.id, &**doc)).collect();
    let timeline = timeline.bypass_change_detection();
    tools::tools_ui(ui, timeline, sheet, selection.of(TABLE).count(), &mut looking.scores, &mut asking);
    let parts = Parts::of(ui);
    if timeline.fitted != Some(looking.desk.0.score) {
        timeline.fitted = Some(looking.desk.0.score);
        timeline.compare = None;
        timeline.from_secs = 0.0;
        timeline.points_per_sec = f64::from(parts.area.width()) / track.analysis.duration_secs.clamp(1.0, 60.0);
    }
    let end_secs = track.analysis.duration_secs;
    let selected: BTreeSet<Uuid> = selection.of(TABLE).collect();
    let region = looking.playback.as_ref().and_then(|playback| playback.player.transport().loop_region());
    let region = region.map(|region| (region.start_secs(), region.end_secs()));
    if let Some(zoom) = timeline.zoom.take() {
        zoom_to(timeline, zoom, parts.area.width().into(), &sheet.picked(&selected), region, (looking.playhead.at_secs, end_secs));
    }
    minimap::act(&parts.mapped, parts.map, timeline, f64::from(parts.area.width()) / timeline.points_per_sec, end_secs);
    let scale = scroll(ui, timeline, parts.area, sheet, end_secs, &parts.lanes, &looking.playhead);
    if !ui.is_rect_visible(parts.whole) {
        return;
    }
    heard_ui(ui, &parts, &scale, track);
    for ghost in &*looking.scores.ghosts(timeline.compare) {
        paint::ghost(&ui.painter_at(parts.whole), &scale, ghost);
    }
    let grid = &track.analysis.grid;
    blocks_ui(ui, &parts, &scale, sheet, (&patterns, &selected), &mut looking.previews);
    name_blocks(ui, sheet, &scale, grid, &patterns, &selected);
    if let Gesture::Boxing { from, .. } = &timeline.gesture
        && let Some(to) = parts.lanes.interact_pointer_pos()
    {
        let from = pos2(scale.x(from.secs), scale.y(from.lane) + scale.lane_height / 2.0);
        paint::marked(&ui.painter_at(parts.whole), Rect::from_two_pos(from, to));
    }
    let markers: Vec<Marker> = looking.markers.iter().map(|doc| Marker::clone(doc)).collect();
    let above = Ruler { scale: &scale, grid, markers: &markers, region, end_secs, snap: timeline.snap, beats: looking.grid.drag };
    match above.act(ui, &parts.ruled, &mut timeline.held) {
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
    above.paint(&ui.painter_at(parts.whole), parts.ruler, parts.upper, timeline.held, parts.ruled.interact_pointer_pos());
    let color = |one: &Annotation| {
        let color = patterns.get(&one.pattern).map_or(theme::DANGER, |pattern| theme::category(&pattern.category));
        if selected.contains(&one.id) { theme::ACCENT } else { color.gamma_multiply(0.7) }
    };
    minimap::paint(&ui.painter_at(parts.whole), parts.map, &scale, sheet, end_secs, looking.playhead.at_secs, &color);
    paint::playhead(&ui.painter_at(parts.whole), parts.upper, &scale, looking.playhead.at_secs);
    if let Some(DraggedPattern(pattern)) = parts.lanes.dnd_release_payload::<DraggedPattern>().as_deref()
        && let Some(at) = ui.input(|input| input.pointer.interact_pos())
    {
        let (secs, snap) = (scale.secs(at.x), timeline.snap);
        obey::drop_pattern(*pattern, secs, snap, grid, &sheet.all, &patterns, &looking.desk, &mut selection, &mut asking.edits);
    }
    let Some(pointer) = pointer(ui, &scale, &parts.lanes, sheet) else {
        return;
    };
    if pointer.pressed {
        ui.memory_mut(|memory| memory.request_focus(parts.lanes.id));
    }
    ui.ctx().set_cursor_icon(icon(pointer.under));
    let (intents, last) = gesture::step(&mut timeline.gesture, pointer, &selected, &sheet.all, &|one| scale.lanes.of(one));
    for intent in intents {
        obey::obey(intent, timeline, &sheet.all, grid, &looking.desk, pointer.under, &mut selection, &mut asking.edits, &mut asking.wanted);
    }
    if last {
        timeline.drag = None;
    }
}

fn icon(under: Under) -> CursorIcon {
    match under {
        Under::Edge(..) => CursorIcon::ResizeHorizontal,
        Under::Body(_) => CursorIcon::Grab,
        Under::Nothing => CursorIcon::Default,
    }
}

/// What lies behind the blocks: the ground, and the music.
fn heard_ui(ui: &Ui, parts: &Parts, scale: &Scale, track: &Track) {
    let painter = ui.painter_at(parts.whole);
    paint::ground(&painter, parts.ruler, scale, &track.analysis);
    let sections = Rect::from_min_size(parts.ruler.min, vec2(parts.ruler.width(), SECTIONS));
    let chords = Rect::from_min_size(sections.left_bottom(), vec2(parts.ruler.width(), CHORDS));
    music::chords(&painter, chords.shrink2(vec2(0.0, 0.5)), scale, &track.analysis);
    music::name(ui, sections, chords, scale, &track.analysis);
    paint::waveform(&painter, scale, &track.waveform);
    music::energy(&painter, scale, &track.analysis);
    paint::drums(&painter, scale, &track.analysis);
    paint::lanes(&painter, scale);
}

fn blocks_ui(
    ui: &Ui,
    parts: &Parts,
    scale: &Scale,
    sheet: &Sheet,
    (patterns, selected): (&Patterns<'_>, &BTreeSet<Uuid>),
    previews: &mut Previews,
) {
    let painter = ui.painter_at(parts.whole);
    for (nth, annotation) in visible(sheet, scale).enumerate() {
        // What it does, seen small, where there is room to see it.
        let wide = scale.block(annotation).width() >= LEAST_PICTURE && nth < MOST_NAMED;
        let picture = wide.then(|| previews.texture(ui.ctx(), annotation)).flatten();
        let pattern = patterns.get(&annotation.pattern).copied();
        paint::annotation(&painter, scale, annotation, pattern, selected.contains(&annotation.id), picture);
    }
}

/// Tells screen readers and tests what stands where; the pointer goes on being the timeline's.
fn name_blocks(ui: &Ui, sheet: &Sheet, scale: &Scale, grid: &BeatGrid, patterns: &Patterns<'_>, selected: &BTreeSet<Uuid>) {
    for one in visible(sheet, scale).take(MOST_NAMED) {
        let block = ui.interact(scale.block(one).intersect(scale.area), Id::new(one.id), Sense::hover());
        block.widget_info(|| {
            let name = patterns.get(&one.pattern).map_or("missing pattern", |pattern| &pattern.name);
            let place = grid.bar_beat_at(one.start);
            WidgetInfo::selected(WidgetType::Other, true, selected.contains(&one.id), format!("{name} at bar {}.{}", place.bar, place.beat))
        });
    }
}

/// The pointer of this frame, while it is over the timeline or dragging there.
fn pointer(ui: &Ui, scale: &Scale, response: &Response, sheet: &Sheet) -> Option<Pointer> {
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
