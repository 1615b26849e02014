//! What the pointer does to the rig in a picture of it: picks, boxes, pulls handles.  The same in the room and on plans.
//!
//! A click picks; Shift adds, Ctrl adds or takes away.  A box picks whom it holds: Ctrl adds them, Alt takes them away.
//! Pulling a handle writes edits of one group, so that a drag is one step of undo; a right press or a changed selection takes
//! it back.

use bevy::prelude::*;
use bevy_egui::egui::{self, Color32, FontId, Modifiers, PointerButton, Pos2, Rect, Response, Stroke, StrokeKind, Ui};
use uuid::Uuid;

use super::bench::Bench;
use super::gizmo::drag::{Change, Drag};
use super::gizmo::{Gizmo, Handle, Tool, from_line};
use super::marks::Marks;
use super::sight::Sight;
use crate::document::transaction::Transaction;
use crate::engine::Rig;
use crate::engine::rig::HeadIdx;
use crate::ui::theme;
use crate::venue::edits::hang::{self, Hung, Pivot};

/// How near to a fixture a click must be, in points.
const REACH: f32 = 22.0;
/// With more fixtures than this the room is not rebuilt while handles are pulled: a drag shows where they will hang.
const LIVE_FIXTURES: usize = 400;

/// What the hands of one picture are doing.
#[derive(Default)]
pub struct Hands {
    doing: Doing,
    hot: Option<Handle>,
    /// Where each fixture is seen; kept for its room.
    places: Vec<Option<Pos2>>,
}

#[derive(Default)]
enum Doing {
    #[default]
    Nothing,
    Boxing(Pos2),
    Pulling(Box<Pull>),
}

struct Pull {
    drag: Drag,
    label: String,
    group: String,
    before: Vec<Hung>,
    /// What the document has by now.
    sent: Vec<Hung>,
    after: Vec<Hung>,
    change: Change,
}

/// What is looked at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub rig: &'a Rig,
    pub sight: &'a Sight,
    pub marks: &'a Marks,
    pub bench: &'a Bench,
    /// Dragging on nothing draws a box without a key; in the room it turns the camera.
    pub plan: bool,
}

/// What somebody wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Want {
    /// Fixtures by index.
    Pick(How, Vec<usize>),
    Edit(Transaction),
    /// What the drag has done so far is undone.
    TakeBack,
    /// A fixture was clicked, at this head.
    Clicked(HeadIdx),
    /// A fixture was clicked with the right button.
    Menu(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Set,
    Add,
    Toggle,
    Remove,
}

impl How {
    fn click(keys: Modifiers) -> Self {
        match (keys.command, keys.shift) {
            (true, _) => Self::Toggle,
            (false, true) => Self::Add,
            (false, false) => Self::Set,
        }
    }

    /// In the room Shift is what begins a box.
    fn boxing(keys: Modifiers, plan: bool) -> Self {
        match (keys.alt, keys.command || (plan && keys.shift)) {
            (true, _) => Self::Remove,
            (false, true) => Self::Add,
            (false, false) => Self::Set,
        }
    }
}

impl Hands {
    /// Where each fixture of the rig is seen in this frame.
    pub fn places(&self) -> &[Option<Pos2>] {
        &self.places
    }

    pub fn look(&mut self, rig: &Rig, sight: &Sight) {
        self.places.clear();
        self.places.extend(rig.fixtures.iter().map(|fixture| sight.place(fixture.pose.position)));
    }

    /// True while the pointer is busy with something, or about to be: a camera must not follow it.
    pub fn busy(&self) -> bool {
        self.hot.is_some() || !matches!(self.doing, Doing::Nothing)
    }

    /// Where fixtures will hang when what is being pulled is let go.
    pub fn pulled(&self) -> Option<&[Hung]> {
        if let Doing::Pulling(pull) = &self.doing { Some(&pull.after) } else { None }
    }

    /// Follows the pointer through one frame.
    pub fn follow(&mut self, ui: &Ui, response: &Response, scene: &Scene<'_>) -> Vec<Want> {
        let mut wants = Vec::new();
        let (keys, secondary) = ui.input(|input| (input.modifiers, input.pointer.button_down(PointerButton::Secondary)));
        let pointer = response.interact_pointer_pos().or_else(|| response.hover_pos());
        let gizmo = gizmo(scene);
        if let Doing::Nothing = self.doing {
            self.hot = pointer.filter(|_| response.hovered()).and_then(|at| self.handle_under(scene, gizmo.as_ref(), at, keys));
        }
        if response.drag_started_by(PointerButton::Primary) {
            // The pointer has moved on since it was pressed.
            let from = ui.input(|input| input.pointer.press_origin()).or(pointer);
            if let Some(from) = from.filter(|from| response.rect.contains(*from)) {
                self.begin(scene, gizmo, from, keys);
            }
        }
        match std::mem::take(&mut self.doing) {
            Doing::Nothing => self.click(response, scene, pointer, keys, &mut wants),
            Doing::Boxing(from) => {
                let to = pointer.unwrap_or(from);
                if response.drag_stopped() || !response.dragged() {
                    let inside = self.inside(Rect::from_two_pos(from, to));
                    wants.push(Want::Pick(How::boxing(keys, scene.plan), inside));
                } else {
                    self.doing = Doing::Boxing(from);
                }
            }
            Doing::Pulling(mut pull) => {
                let same = pull.before.len() == scene.marks.picked.len()
                    && pull
                        .before
                        .iter()
                        .zip(&scene.marks.picked)
                        .all(|(hung, &at)| scene.rig.fixtures.get(at).is_some_and(|one| one.id == hung.id));
                if secondary || !same {
                    self.hot = None;
                    if pull.sent != pull.before {
                        wants.push(Want::TakeBack);
                    }
                } else {
                    if let Some(at) = pointer {
                        pull.to(scene, at, keys.command);
                    }
                    let over = response.drag_stopped() || !response.dragged();
                    if (over || scene.rig.fixtures.len() <= LIVE_FIXTURES)
                        && let Some(edit) = pull.send()
                    {
                        wants.push(Want::Edit(edit));
                    }
                    if !over {
                        self.doing = Doing::Pulling(pull);
                    }
                }
            }
        }
        wants
    }

    fn handle_under(&self, scene: &Scene<'_>, gizmo: Option<&Gizmo>, at: Pos2, keys: Modifiers) -> Option<Handle> {
        let hit = gizmo.and_then(|gizmo| gizmo.hit(scene.sight, scene.bench.tool, at));
        // A selected fixture is its own handle: level in the room, across the sight on a plan.
        let free = scene.bench.tool == Tool::Move || (scene.plan && scene.bench.tool == Tool::Select);
        let body = || {
            let own = |&(fixture, _): &(usize, HeadIdx)| scene.marks.is_picked[fixture];
            let under = if free && keys.is_none() { self.under(scene, at).filter(own) } else { None };
            under.map(|_| if scene.plan { Handle::Screen(scene.sight.ray(at).along) } else { Handle::Plane(2) })
        };
        hit.or_else(body)
    }

    fn begin(&mut self, scene: &Scene<'_>, gizmo: Option<Gizmo>, from: Pos2, keys: Modifiers) {
        let ray = scene.sight.ray(from);
        let grabbed = self.handle_under(scene, gizmo.as_ref(), from, keys);
        let drag = grabbed.zip(gizmo).and_then(|(handle, gizmo)| {
            let gizmo = if let Handle::Screen(_) = handle { Gizmo { axes: Quat::IDENTITY, ..gizmo } } else { gizmo };
            Drag::begin(gizmo, handle, &ray)
        });
        if let Some(drag) = drag {
            let before = hung(scene);
            let verb = if let Handle::Ring(_) = drag.handle { "Turn" } else { "Move" };
            let what =
                if let [one] = *scene.marks.picked { scene.rig.fixtures[one].label.clone() } else { format!("{} fixtures", before.len()) };
            self.hot = Some(drag.handle);
            let (sent, after) = (before.clone(), before.clone());
            let group = format!("drag {}", Uuid::now_v7());
            let change = Change::Move(Vec3::ZERO);
            self.doing = Doing::Pulling(Box::new(Pull { drag, label: format!("{verb} {what}"), group, before, sent, after, change }));
        } else if scene.plan || keys.shift {
            self.doing = Doing::Boxing(from);
        }
    }

    fn click(&self, response: &Response, scene: &Scene<'_>, pointer: Option<Pos2>, keys: Modifiers, wants: &mut Vec<Want>) {
        let Some(at) = pointer else { return };
        let under = self.under(scene, at);
        if response.secondary_clicked()
            && let Some((fixture, _)) = under
        {
            wants.push(Want::Menu(fixture));
        }
        if !response.clicked() {
            return;
        }
        match under {
            Some((fixture, head)) => {
                wants.push(Want::Pick(How::click(keys), vec![fixture]));
                wants.push(Want::Clicked(head));
            }
            None if How::click(keys) == How::Set && !scene.marks.picked.is_empty() => wants.push(Want::Pick(How::Set, Vec::new())),
            None => {}
        }
    }

    fn inside(&self, area: Rect) -> Vec<usize> {
        self.places.iter().enumerate().filter(|(_, place)| place.is_some_and(|at| area.contains(at))).map(|(at, _)| at).collect()
    }

    /// The fixture and head under a place: the nearest one on the screen, of those about as near the one in front.
    pub fn under(&self, scene: &Scene<'_>, at: Pos2) -> Option<(usize, HeadIdx)> {
        /// Long bars reach so far from their middle.
        const LONG: f32 = 260.0;
        let ray = scene.sight.ray(at);
        let mut best: Option<(f32, f32, usize, HeadIdx)> = None;
        for (fixture, place) in self.places.iter().enumerate() {
            let Some(place) = place.filter(|place| place.distance(at) < LONG) else { continue };
            let heads = scene.rig.heads_of(fixture);
            let (mut distance, mut nearest) = (place.distance(at), heads.start);
            if heads.len() > 1 {
                let seen = |head: HeadIdx| scene.sight.place(scene.rig.heads[head as usize].position);
                if let (Some(first), Some(last)) = (seen(heads.start), seen(heads.end - 1)) {
                    distance = distance.min(from_line(at, first, last));
                }
                let near = heads.filter_map(|head| Some((seen(head)?.distance(at), head))).min_by(|a, b| a.0.total_cmp(&b.0));
                nearest = near.map_or(nearest, |(_, head)| head);
            }
            let depth = (scene.rig.fixtures[fixture].pose.position - ray.from).dot(ray.along);
            // Six points are not to be aimed at: of two lamps in one spot the front one is meant.
            let rank = ((distance / 6.0).floor(), depth);
            if distance < REACH && best.is_none_or(|(far, deep, ..)| rank < (far, deep)) {
                best = Some((rank.0, rank.1, fixture, nearest));
            }
        }
        best.map(|(_, _, fixture, head)| (fixture, head))
    }

    /// Handles, the box, and what is being pulled.
    pub fn paint(&self, ui: &Ui, scene: &Scene<'_>) {
        let painter = ui.painter().with_clip_rect(scene.sight.rect);
        match &self.doing {
            Doing::Boxing(from) => {
                let to = ui.input(|input| input.pointer.latest_pos()).unwrap_or(*from);
                let area = Rect::from_two_pos(*from, to);
                painter.rect(area, 0.0, theme::ACCENT.gamma_multiply(0.12), Stroke::new(1.0, theme::ACCENT), StrokeKind::Inside);
            }
            Doing::Pulling(pull) => {
                paint_ways(&painter, scene.sight, &pull.before, &pull.after);
                if let Some(at) = ui.input(|input| input.pointer.latest_pos()) {
                    let galley = painter.layout_no_wrap(pull.change.words(), FontId::proportional(13.0), theme::TEXT);
                    let area = Rect::from_min_size(at + egui::vec2(18.0, -8.0), galley.size());
                    painter.rect_filled(area.expand(4.0), 3.0, Color32::from_black_alpha(200));
                    painter.galley(area.min, galley, theme::TEXT);
                }
                // The handles go along.
                let now = match pull.change {
                    Change::Move(by) => Gizmo { at: pull.drag.gizmo.at + by, ..pull.drag.gizmo },
                    Change::Turn { .. } => pull.drag.gizmo,
                };
                now.paint(&painter, scene.sight, scene.bench.tool, self.hot);
                return;
            }
            Doing::Nothing => {}
        }
        if let Some(gizmo) = gizmo(scene) {
            gizmo.paint(&painter, scene.sight, scene.bench.tool, self.hot);
            gizmo.name(ui, scene.sight, scene.bench.tool);
        }
    }
}

impl Pull {
    fn to(&mut self, scene: &Scene<'_>, at: Pos2, other_snap: bool) {
        let Some(change) = self.drag.pull(&scene.sight.ray(at), scene.bench.snap(other_snap)) else { return };
        self.change = change;
        self.after = match change {
            _ if change.nothing() => self.before.clone(),
            Change::Move(by) => hang::moved(&self.before, by),
            Change::Turn { axis, deg } => {
                let about = (scene.bench.pivot == Pivot::Group && self.before.len() > 1).then_some(self.drag.gizmo.at);
                hang::turned(&self.before, Quat::from_axis_angle(axis, deg.to_radians()), about)
            }
        };
    }

    /// The edit from what the document has to where the pull has come.
    fn send(&mut self) -> Option<Transaction> {
        let edit = hang::placed(&self.label, &self.sent, &self.after).grouped(&self.group);
        self.sent.clone_from(&self.after);
        (!edit.ops.is_empty()).then_some(edit)
    }
}

/// The poses of the selected fixtures, in the order of picking.
pub fn hung(scene: &Scene<'_>) -> Vec<Hung> {
    let one = |&at: &usize| scene.rig.fixtures.get(at).map(|fixture| Hung { id: fixture.id, pose: fixture.pose });
    scene.marks.picked.iter().filter_map(one).collect()
}

/// Where the handles stand: in the middle of all, or at the fixture picked last.
fn gizmo(scene: &Scene<'_>) -> Option<Gizmo> {
    let hung = hung(scene);
    let last = hung.last()?;
    let at = if scene.bench.pivot == Pivot::Group { hang::middle(&hung) } else { last.pose.position };
    let axes = if scene.bench.own_axes { last.pose.rotation() } else { Quat::IDENTITY };
    Gizmo::new(scene.sight, at, axes)
}

/// From where fixtures hang to where they will.
pub fn paint_ways(painter: &egui::Painter, sight: &Sight, before: &[Hung], after: &[Hung]) {
    let stroke = Stroke::new(1.0, theme::ACCENT.gamma_multiply(0.5));
    for (old, new) in before.iter().zip(after) {
        let Some(to) = sight.place(new.pose.position) else { continue };
        if let Some(from) = sight.place(old.pose.position) {
            painter.line_segment([from, to], stroke);
        }
        painter.circle_stroke(to, 6.0, Stroke::new(1.5, theme::ACCENT));
        if let Some(tip) = sight.place_anywhere(new.pose.position + new.looks() * 0.6) {
            painter.line_segment([to, tip], Stroke::new(1.5, theme::ACCENT));
        }
    }
}

#[cfg(test)]
#[path = "hands_tests.rs"]
mod tests;
