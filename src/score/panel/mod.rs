//! The timeline: annotations as blocks over the track's bars, a lane for every z-index in use, the highest on top.
//!
//! [`gesture`] says what the pointer means, [`crate::score::edits`] what to do about it, [`paint`] draws.  This file
//! gathers, and hands on.  Only what is on the screen is looked at twice, so that ten thousand annotations scroll.

pub mod check;
pub mod deeds;
pub mod gesture;
pub mod inspector;
mod lanes;
mod paint;

use std::collections::{BTreeMap, BTreeSet};

use bevy::prelude::*;
use bevy_egui::egui::{self, CursorIcon, Rect, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
use uuid::Uuid;

use super::edits::{self, End, Snap};
use super::model::Annotation;
use crate::document::plugin::{Doc, Edit, OnDesk};
use crate::document::selection::Selection;
use crate::document::transaction::Transaction;
use crate::engine::BeatGrid;
use crate::patterns::model::{DraggedPattern, Pattern};
use crate::playback::panel::Wish;
use crate::playback::plugin::Wanted;
use crate::registry::{BadRow, TableId};
use crate::show::plugin::Playhead;
use crate::tracks::model::Track;
use deeds::Deed;
use gesture::{Gesture, Intent, Pointer, Spot, Under};
use lanes::Lanes;

const LANE: f32 = 28.0;
const RULER: f32 = 22.0;
/// Points from an end within which a press takes the end and not the body.
const GRIP: f32 = 6.0;
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
    gesture: Gesture,
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
            gesture: Gesture::Rest,
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
    lanes: Lanes,
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
        self.area.top() + (self.top_lane - lane) as f32 * LANE - self.top_hidden
    }

    fn lane(&self, y: f32) -> i32 {
        self.top_lane - ((y - self.area.top() + self.top_hidden) / LANE).floor() as i32
    }

    fn block(&self, annotation: &Annotation) -> Rect {
        let y = self.y(self.lanes.of(annotation));
        Rect::from_min_max(
            pos2(self.x(annotation.start), y + 2.0),
            pos2(self.x(annotation.end).max(self.x(annotation.start) + 3.0), y + LANE - 2.0),
        )
    }

    fn to_secs(&self) -> f64 {
        self.secs(self.area.right())
    }
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    mut timeline: ResMut<Timeline>,
    mut selection: ResMut<Selection>,
    annotations: Query<&Doc<Annotation>>,
    patterns: Query<&Doc<Pattern>>,
    track: Query<&Doc<Track>>,
    desk: Res<OnDesk>,
    playhead: Res<Playhead>,
    mut edits: MessageWriter<Edit>,
    mut deeds: MessageWriter<Deed>,
    mut wanted: MessageWriter<Wanted>,
) {
    let Some(track) = track.iter().next() else {
        ui.weak("No track is open");
        return;
    };
    let grid = &track.analysis.grid;
    let mut all: Vec<Annotation> = annotations.iter().map(|doc| Annotation::clone(doc)).collect();
    all.sort_by(|a, b| a.start.total_cmp(&b.start).then(a.id.cmp(&b.id)));
    let patterns: BTreeMap<Uuid, &Pattern> = patterns.iter().map(|doc| (doc.id, &**doc)).collect();
    let timeline = &mut *timeline;
    tools_ui(ui, timeline, all.len(), selection.of(TABLE).count(), &mut deeds);
    let whole = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(whole, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, "Timeline"));
    let (ruler, area) = whole.split_top_bottom_at_y(whole.top() + RULER);
    if timeline.fitted != Some(desk.0.score) {
        timeline.fitted = Some(desk.0.score);
        timeline.from_secs = 0.0;
        timeline.points_per_sec = f64::from(area.width()) / track.analysis.duration_secs.clamp(1.0, 60.0);
    }
    let scale = scroll(ui, timeline, area, &all, track.analysis.duration_secs, &response, &playhead);
    if !ui.is_rect_visible(whole) {
        return;
    }
    let selected: BTreeSet<Uuid> = selection.of(TABLE).collect();
    let painter = ui.painter_at(whole);
    paint::ground(&painter, ruler, &scale, &track.analysis);
    paint::waveform(&painter, &scale, &track.waveform);
    paint::lanes(&painter, &scale);
    for annotation in visible(&all, &scale) {
        paint::annotation(&painter, &scale, annotation, patterns.get(&annotation.pattern).copied(), selected.contains(&annotation.id));
    }
    if let Gesture::Boxing { from, .. } = &timeline.gesture
        && let Some(to) = response.interact_pointer_pos()
    {
        paint::marked(&painter, Rect::from_two_pos(pos2(scale.x(from.secs), scale.y(from.lane) + LANE / 2.0), to));
    }
    paint::playhead(&painter, whole, &scale, playhead.at_secs);
    if let Some(pattern) = response.dnd_release_payload::<DraggedPattern>()
        && let Some(at) = ui.input(|input| input.pointer.interact_pos())
    {
        drop_pattern(pattern.0, scale.secs(at.x), timeline.snap, grid, &all, &patterns, &desk, &mut selection, &mut edits);
    }
    let Some(pointer) = pointer(ui, &scale, &response, &all) else {
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
    let (intents, last) = gesture::step(&mut timeline.gesture, pointer, &selected, &all, &|one| scale.lanes.of(one));
    for intent in intents {
        obey(intent, timeline, &all, grid, &desk, pointer.under, &mut selection, &mut edits, &mut wanted);
    }
    if last {
        timeline.drag = None;
    }
}

fn visible<'a>(all: &'a [Annotation], scale: &'a Scale) -> impl Iterator<Item = &'a Annotation> {
    let until = all.partition_point(|annotation| annotation.start < scale.to_secs());
    let rows = scale.lane(scale.area.bottom())..=scale.top_lane;
    all[..until].iter().filter(move |one| one.end > scale.from_secs && rows.contains(&scale.lanes.of(one)))
}

/// Wheel: lanes; Shift+wheel or a sideways wheel: time; Ctrl+wheel or a pinch: zoom round the pointer.
fn scroll(
    ui: &Ui,
    timeline: &mut Timeline,
    area: Rect,
    all: &[Annotation],
    duration_secs: f64,
    response: &egui::Response,
    playhead: &Playhead,
) -> Scale {
    let lanes = Lanes::of_all(all);
    if response.contains_pointer() {
        let (delta, zoom, pointer) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta(), input.pointer.hover_pos()));
        let under = pointer.map_or(0.5, |at| f64::from(at.x - area.left()));
        let secs = timeline.from_secs + under / timeline.points_per_sec;
        timeline.points_per_sec = (timeline.points_per_sec * f64::from(zoom)).clamp(0.5, 2000.0);
        timeline.from_secs = secs - under / timeline.points_per_sec - f64::from(delta.x) / timeline.points_per_sec;
        timeline.lanes_down -= delta.y / LANE;
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
    timeline.lanes_down = timeline.lanes_down.clamp(0.0, (highest as f32 + 1.5 - area.height() / LANE).max(0.0));
    let down = timeline.lanes_down.floor();
    Scale {
        area,
        from_secs: timeline.from_secs,
        points_per_sec: timeline.points_per_sec,
        lanes,
        top_lane: highest.saturating_sub(down as i32),
        top_hidden: (timeline.lanes_down - down) * LANE,
    }
}

/// The pointer of this frame, while it is over the timeline or dragging there.
fn pointer(ui: &Ui, scale: &Scale, response: &egui::Response, all: &[Annotation]) -> Option<Pointer> {
    let at = response.interact_pointer_pos().or_else(|| response.hover_pos())?;
    // At a few frames a second a whole click lies inside one of them.
    let held = response.is_pointer_button_down_on() || response.clicked();
    let pressed = held && ui.input(|input| input.pointer.primary_pressed());
    let released = ui.input(|input| input.pointer.primary_released());
    let far = response.dragged_by(egui::PointerButton::Primary) || response.drag_stopped();
    let modifiers = ui.input(|input| input.modifiers);
    let spot = Spot { secs: scale.secs(at.x), lane: scale.lane(at.y) };
    // The topmost of those drawn one over another is the last.
    let hit = visible(all, scale).filter(|one| scale.block(one).expand2(vec2(2.0, 0.0)).contains(at)).last();
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

fn obey(
    intent: Intent,
    timeline: &mut Timeline,
    all: &[Annotation],
    grid: &BeatGrid,
    desk: &OnDesk,
    under: Under,
    selection: &mut Selection,
    edits: &mut MessageWriter<Edit>,
    wanted: &mut MessageWriter<Wanted>,
) {
    match intent {
        Intent::Select(ids) => {
            if selection.of(TABLE).collect::<BTreeSet<_>>() != ids {
                selection.set(ids.into_iter().map(|id| (TABLE, id)));
            }
        }
        Intent::Toggle(id) => selection.toggle((TABLE, id)),
        Intent::Seek(secs) => drop(wanted.write(Wanted(Wish::Seek(secs)))),
        Intent::Move { by_secs, by_lanes } => {
            let drag = drag(timeline, all, under, selection);
            let by_secs = snapped(drag.anchor.as_ref().map(|anchor| anchor.start), by_secs, timeline.snap, grid);
            let Some(drag) = &timeline.drag else { return };
            let lift = |one: &Annotation| drag.lanes.lifted(one, by_lanes);
            send(edits, edits::shift(&drag.originals, by_secs, lift).grouped(&drag.group));
        }
        Intent::Copy { .. } => {
            let originals = drag(timeline, all, under, selection).originals.clone();
            let group = timeline.drag.as_ref().map(|drag| drag.group.clone()).unwrap_or_default();
            match edits::duplicate(desk.0.score, &originals, 0.0) {
                Ok((transaction, ids)) => {
                    send(edits, transaction.grouped(&group));
                    selection.set(ids.iter().map(|&id| (TABLE, id)));
                    let copies = originals.into_iter().zip(ids).map(|(one, id)| Annotation { id, ..one }).collect();
                    if let Some(drag) = &mut timeline.drag {
                        drag.originals = copies;
                    }
                    // From here on the copies move; the next frame's pointer says how far.
                    if let Gesture::Moving { copy, .. } = &mut timeline.gesture {
                        *copy = false;
                    }
                }
                Err(bad) => warn!("{bad}"),
            }
        }
        Intent::Trim { end, by_secs } => {
            let drag = drag(timeline, all, under, selection);
            let edge = drag.anchor.as_ref().map(|anchor| if end == End::Start { anchor.start } else { anchor.end });
            let by_secs = snapped(edge, by_secs, timeline.snap, grid);
            let Some(drag) = &timeline.drag else { return };
            send(edits, edits::trim(&drag.originals, end, by_secs).grouped(&drag.group));
        }
    }
}

/// The drag under way; begins one with what is selected.
fn drag<'a>(timeline: &'a mut Timeline, all: &[Annotation], under: Under, selection: &Selection) -> &'a Drag {
    timeline.drag.get_or_insert_with(|| {
        let selected: BTreeSet<Uuid> = selection.of(TABLE).collect();
        let originals: Vec<Annotation> = all.iter().filter(|one| selected.contains(&one.id)).cloned().collect();
        let held = match under {
            Under::Body(id) | Under::Edge(id, _) => originals.iter().find(|one| one.id == id),
            Under::Nothing => None,
        };
        let anchor = held.or_else(|| originals.first()).cloned();
        Drag { group: format!("drag {}", Uuid::now_v7()), originals, anchor, lanes: Lanes::of_all(all) }
    })
}

/// The way that brings `from` to a place of the grid.
fn snapped(from: Option<f64>, by_secs: f64, snap: Snap, grid: &BeatGrid) -> f64 {
    from.map_or(by_secs, |from| snap.nearest(grid, from + by_secs) - from)
}

fn send(edits: &mut MessageWriter<Edit>, transaction: Transaction) {
    if !transaction.ops.is_empty() {
        edits.write(Edit(transaction));
    }
}

fn drop_pattern(
    pattern: Uuid,
    at_secs: f64,
    snap: Snap,
    grid: &BeatGrid,
    all: &[Annotation],
    patterns: &BTreeMap<Uuid, &Pattern>,
    desk: &OnDesk,
    selection: &mut Selection,
    edits: &mut MessageWriter<Edit>,
) {
    let start = snap.nearest(grid, at_secs);
    // Four bars, the length of a phrase.
    let end = if grid.beats.len() < 2 { start + 8.0 } else { grid.secs_at_bar(grid.bar_at(start + 1e-6) + 4.0) };
    let z_index = edits::free_lane(all, start, end);
    let annotation = Annotation { id: Uuid::now_v7(), pattern, start, end, z_index, ..Annotation::default() };
    let name = patterns.get(&pattern).map_or("pattern", |pattern| &pattern.name);
    let placed: Result<Transaction, BadRow> = edits::place(desk.0.score, &annotation, name);
    match placed {
        Ok(transaction) => {
            edits.write(Edit(transaction));
            selection.set([(TABLE, annotation.id)]);
        }
        Err(bad) => warn!("{bad}"),
    }
}

const TOOLS: [(Deed, &str, &str); 3] = [
    (Deed::Split, "Split", "Cut at the playhead (S)"),
    (Deed::Duplicate, "Duplicate", "A copy right behind, on the bar (Ctrl+D)"),
    (Deed::Delete, "Delete", "Remove what is selected (Delete)"),
];

fn tools_ui(ui: &mut Ui, timeline: &mut Timeline, n_all: usize, n_picked: usize, deeds: &mut MessageWriter<Deed>) {
    ui.horizontal(|ui| {
        ui.label("Snap");
        let chosen = Snap::ALL.iter().find(|(snap, _)| *snap == timeline.snap).map_or("", |(_, name)| name);
        egui::ComboBox::from_id_salt("snap").width(90.0).selected_text(chosen).show_ui(ui, |ui| {
            for (snap, name) in Snap::ALL {
                ui.selectable_value(&mut timeline.snap, snap, name);
            }
        });
        ui.checkbox(&mut timeline.follow, "Follow").on_hover_text("Scroll along with the music");
        ui.separator();
        ui.add_enabled_ui(n_picked > 0, |ui| {
            for (deed, name, hint) in TOOLS {
                if ui.button(name).on_hover_text(hint).clicked() {
                    deeds.write(deed);
                }
            }
        });
        let words = match n_picked {
            0 => format!("{n_all} annotations"),
            n => format!("{n} of {n_all} selected"),
        };
        ui.weak(words);
    });
}
