//! The rig as a plan, from above, from the front or from the side, with its light as it is now.
//!
//! Drawn by egui's painter alone: no camera, no shaders, no picture of the room.  It is quick where the room is slow, and is
//! there where nothing can draw the room.  Everything that hands do in the room they do here.
//!
//! A drag on nothing is a box, the middle or right button moves the plan, the wheel comes nearer.

use std::f32::consts::TAU;

use bevy::prelude::*;
use bevy_egui::egui::epaint::{Mesh as Triangles, Vertex, WHITE_UV};
use bevy_egui::egui::{
    self, Align2, Color32, FontId, Painter, PointerButton, Pos2, Rect, Response, Sense, Stroke, Ui, WidgetInfo, WidgetType,
};

use super::hands::Hands;
use super::mirror::exposure_gain;
use super::motion::Motion;
use super::optics::{self, Character, Emission};
use super::sight::Sight;
use super::stage::RoomBounds;
use super::tools::{strip, tools_ui};
use super::workplace::{FocusOnSelection, Workplace};
use crate::engine::rig::{Pose, RigFixture};
use crate::engine::{Frame, Rig};
use crate::ui::theme;
use crate::venue::model::Scenery;

/// Where the plan is seen from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    #[default]
    Top,
    /// From the audience.
    Front,
    /// From the audience's right: the audience is at the left, upstage at the right.
    Right,
}

impl Side {
    pub const ALL: [(Self, &'static str); 3] = [(Self::Top, "From above"), (Self::Front, "From the front"), (Self::Right, "From the side")];

    /// Right and up in the picture.
    pub fn axes(self) -> (Vec3, Vec3) {
        match self {
            Self::Top => (Vec3::X, Vec3::Y),
            Self::Front => (Vec3::X, Vec3::Z),
            Self::Right => (Vec3::Y, Vec3::Z),
        }
    }
}

/// What the plan shows.
pub struct State {
    side: Side,
    /// The place in the middle of the picture.
    middle: Vec3,
    /// 0 until it has been fitted to a room.
    points_per_m: f32,
    /// The room it was fitted to, until somebody moves it.
    fitted_to: Option<RoomBounds>,
    focus: FocusOnSelection,
    hands: Hands,
    emissions: Vec<Option<Emission>>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            side: Side::Top,
            middle: Vec3::ZERO,
            points_per_m: 0.0,
            fitted_to: None,
            focus: FocusOnSelection::default(),
            hands: Hands::default(),
            emissions: Vec::new(),
        }
    }
}

impl State {
    fn sight(&self, rect: Rect) -> Sight {
        let (right, up) = self.side.axes();
        Sight::straight(rect, self.middle, right, up, self.points_per_m)
    }

    /// So that everything between two corners is seen.
    fn fit(&mut self, rect: Rect, low: Vec3, high: Vec3) {
        let (right, up) = self.side.axes();
        let size = (high - low).max(Vec3::splat(2.0));
        self.middle = (low + high) * 0.5;
        let scale = (rect.width() / size.dot(right)).min((rect.height() - 60.0).max(40.0) / size.dot(up)) * 0.9;
        self.points_per_m = if scale.is_finite() { scale.clamp(1.0, 2000.0) } else { 40.0 };
    }

    /// The wheel comes nearer to where the pointer is; the other buttons move the paper.
    fn travel(&mut self, ui: &Ui, response: &Response) {
        let (right, up) = self.side.axes();
        let venue = |points: egui::Vec2, scale: f32| (right * points.x - up * points.y) / scale;
        if response.dragged_by(PointerButton::Middle) || response.dragged_by(PointerButton::Secondary) {
            self.middle -= venue(response.drag_delta(), self.points_per_m);
            self.fitted_to = None;
        }
        if let Some(pointer) = response.hover_pos() {
            let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta.y, input.zoom_delta()));
            let factor = (wheel * 0.004).exp() * pinch;
            if (factor - 1.0).abs() > 1e-4 {
                let scale = (self.points_per_m * factor).clamp(1.0, 2000.0);
                let from_middle = pointer - response.rect.center();
                self.middle += venue(from_middle, self.points_per_m) - venue(from_middle, scale);
                self.points_per_m = scale;
                self.fitted_to = None;
            }
        }
    }
}

/// The tab.
pub fn panel(InMut(ui): InMut<Ui>, mut state: Local<State>, bounds: Res<RoomBounds>, motion: Res<Motion>, mut work: Workplace) {
    draw(ui, &mut state, &bounds, &motion, &mut work);
}

/// The plan, in all the space that is there.
pub fn draw(ui: &mut Ui, state: &mut State, bounds: &RoomBounds, motion: &Motion, work: &mut Workplace) {
    let rect = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(rect, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, "The plan"));
    // Its size is known only once the room was built.
    if state.points_per_m == 0.0 || state.fitted_to.is_some_and(|fitted| fitted != *bounds) {
        state.fit(rect, bounds.min.with_z(0.0), bounds.max);
        state.fitted_to = Some(*bounds);
    }
    let asked = std::mem::replace(&mut state.focus, *work.focus) != *work.focus;
    if asked && !work.marks.picked.is_empty() {
        let places = work.marks.picked.iter().map(|&at| work.rig.get().fixtures[at].pose.position);
        let (low, high) = places.fold((Vec3::MAX, Vec3::MIN), |(low, high), at| (low.min(at), high.max(at)));
        state.fit(rect, low - 1.0, high + 1.0);
        state.fitted_to = None;
    }
    state.travel(ui, &response);
    let sight = state.sight(rect);
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 0.0, theme::WELL);
    grid(&painter, &sight, state);
    for piece in &work.room.scenery {
        scenery(&painter, &sight, piece);
    }
    let rig = work.rig.get().clone();
    look(&rig, &work.frame.0, motion, &mut state.emissions);
    let shapes = light(&rig, &sight, &state.emissions);
    painter.add(egui::Shape::mesh(shapes));
    work.work(ui, &mut state.hands, &response, &sight, true);
    let mut bar = strip(ui, rect);
    for (side, name) in Side::ALL {
        if bar.selectable_label(state.side == side, name).clicked() && state.side != side {
            state.side = side;
            state.fit(rect, bounds.min.with_z(0.0), bounds.max);
        }
    }
    if bar.button("Fit").on_hover_text("All of it").clicked() {
        state.fit(rect, bounds.min.with_z(0.0), bounds.max);
    }
    bar.separator();
    tools_ui(&mut bar, &mut work.bench, work.marks.hit.as_ref());
}

/// Lines in metres, as far apart as the eye likes, with the room's centre lines and the floor brighter.
fn grid(painter: &Painter, sight: &Sight, state: &State) {
    let step = [1.0, 2.0, 5.0, 10.0, 50.0].into_iter().find(|step| step * state.points_per_m >= 22.0).unwrap_or(100.0);
    let (right, up) = state.side.axes();
    let half = Vec2::new(sight.rect.width(), sight.rect.height()) / (2.0 * state.points_per_m);
    let (x, y) = (state.middle.dot(right), state.middle.dot(up));
    let lines = |from: f32, to: f32| ((from / step).ceil() as i32..=(to / step).floor() as i32).map(move |at| at as f32 * step);
    let stroke = |at: f32| Stroke::new(1.0, if at == 0.0 { theme::LINE } else { theme::LINE.gamma_multiply(0.4) });
    for at in lines(x - half.x, x + half.x) {
        if let Some(place) = sight.place_anywhere(right * at + up * y) {
            painter.vline(place.x, sight.rect.y_range(), stroke(at));
        }
    }
    for at in lines(y - half.y, y + half.y) {
        if let Some(place) = sight.place_anywhere(right * x + up * at) {
            painter.hline(sight.rect.x_range(), place.y, stroke(at));
        }
    }
    let words = match state.side {
        Side::Top => format!("grid {step} m · upstage is up, the audience below"),
        Side::Front => format!("grid {step} m · as the audience sees it"),
        Side::Right => format!("grid {step} m · the audience at the left, upstage at the right"),
    };
    painter.text(sight.rect.right_bottom() - egui::vec2(8.0, 6.0), Align2::RIGHT_BOTTOM, words, FontId::proportional(11.0), theme::FAINT);
}

fn scenery(painter: &Painter, sight: &Sight, piece: &Scenery) {
    let pose = Pose { position: piece.position.into(), rotation_deg: piece.rotation_deg.into() };
    let outline = outline(sight, &pose, Vec3::ZERO, Vec3::from_array(piece.size) * 0.5);
    if outline.len() > 2 {
        painter.add(egui::Shape::convex_polygon(outline, theme::LINE.gamma_multiply(0.22), Stroke::new(1.0, theme::LINE)));
    }
}

/// A box seen from afar: the outer edge of its corners.
fn outline(sight: &Sight, pose: &Pose, middle: Vec3, half: Vec3) -> Vec<Pos2> {
    let turn = pose.rotation();
    let mut corners: Vec<Pos2> = (0..8)
        .filter_map(|corner: u8| {
            let sign = |bit: u8| if corner & bit == 0 { -1.0 } else { 1.0 };
            sight.place_anywhere(pose.position + turn * (middle + half * Vec3::new(sign(1), sign(2), sign(4))))
        })
        .collect();
    hull(&mut corners)
}

/// The convex hull, by Andrew's monotone chain.
fn hull(points: &mut [Pos2]) -> Vec<Pos2> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let mut hull: Vec<Pos2> = Vec::with_capacity(points.len());
    for upper in [false, true] {
        let base = hull.len();
        let ordered: &mut dyn Iterator<Item = &Pos2> = if upper { &mut points.iter().rev() } else { &mut points.iter() };
        for &point in ordered {
            while hull.len() >= base + 2 {
                let (a, b) = (hull[hull.len() - 2], hull[hull.len() - 1]);
                let (ab, ap) = (b - a, point - a);
                if ab.x * ap.y - ab.y * ap.x > 1e-3 {
                    break;
                }
                hull.pop();
            }
            hull.push(point);
        }
        hull.pop();
    }
    hull
}

/// What every head sends out now; `None` while the frame is another rig's.
fn look(rig: &Rig, frame: &Frame, motion: &Motion, emissions: &mut Vec<Option<Emission>>) {
    emissions.clear();
    let fits = frame.n_heads() == rig.heads.len();
    emissions.extend(rig.heads.iter().enumerate().map(|(at, head)| {
        let kind = &rig.fixtures[head.fixture as usize].kind;
        fits.then(|| optics::emission(head, kind, &frame.head(at as u32), &motion.seen(at as u32)))
    }));
}

/// Edges of a beam's cone.
const ROUND: usize = 12;
/// Brightness of a beam at its lens and at its end, of what the screen can show.
const NEAR: f32 = 0.5;
const FAR: f32 = 0.03;

/// Bodies, beams and lenses in one piece.
pub fn light(rig: &Rig, sight: &Sight, emissions: &[Option<Emission>]) -> Triangles {
    let mut beams = Triangles::default();
    let mut bodies = Triangles::default();
    let mut lenses = Triangles::default();
    let seen = sight.rect.expand(80.0);
    // The same everywhere on a plan.
    let points_per_m = sight.points_per_m(Vec3::ZERO).unwrap_or(1.0);
    let round: [(f32, f32); ROUND] = std::array::from_fn(|step| (step as f32 / ROUND as f32 * TAU).sin_cos());
    // As the room's camera does: the more is lit, the less of each.
    let total = emissions.iter().flatten().map(|emission| emission.color.max_element()).sum();
    let gain = exposure_gain(total);
    for fixture in &rig.fixtures {
        let Some(at) = sight.place_anywhere(fixture.pose.position).filter(|at| seen.contains(*at)) else { continue };
        body(&mut bodies, sight, fixture, at, points_per_m);
    }
    for (head, emission) in rig.heads.iter().zip(emissions) {
        let Some(at) = sight.place_anywhere(head.position).filter(|at| seen.contains(*at)) else { continue };
        let color = emission.as_ref().map_or(Vec3::ZERO, |emission| emission.color);
        let lit = color.max_element();
        if let Some(emission) = emission.as_ref().filter(|_| lit > 0.004) {
            beam(&mut beams, sight, emission, (&Character::of(&rig.fixtures[head.fixture as usize].kind), gain), &round);
        }
        let lens = if lit > 0.004 { opaque(color / lit.max(1e-3) * lit.sqrt()) } else { theme::LINE };
        square(&mut lenses, at, if rig.fixtures[head.fixture as usize].kind.head_offsets.len() > 1 { 1.6 } else { 2.6 }, lens);
    }
    beams.append(bodies);
    beams.append(lenses);
    beams
}

fn body(mesh: &mut Triangles, sight: &Sight, fixture: &RigFixture, at: Pos2, points_per_m: f32) {
    let size = fixture.kind.size_m.max(Vec3::splat(0.12));
    if points_per_m * size.max_element() < 9.0 {
        return square(mesh, at, 3.4, theme::BODY);
    }
    let offsets = &fixture.kind.head_offsets;
    let lens = offsets.iter().sum::<Vec3>() / offsets.len().max(1) as f32;
    let hull = outline(sight, &fixture.pose, lens * 0.5, size * 0.5);
    fan(mesh, &hull, theme::BODY);
}

/// The cone as it is seen: bright at the lens, faint where it ends.
fn beam(mesh: &mut Triangles, sight: &Sight, light: &Emission, (character, gain): (&Character, f32), round: &[(f32, f32); ROUND]) {
    let along = light.direction();
    // To the floor, where it goes there; a plan of a hall must stay legible.
    let to_floor = if along.z < -1e-3 { light.position.z / -along.z } else { f32::INFINITY };
    let length = to_floor.clamp(0.3, character.throw_m.clamp(1.0, 12.0));
    let radius = (light.half_angle_rad.min(1.2).tan() * length).min(6.0);
    let end = light.position + along * length;
    let (u, v) = along.any_orthonormal_pair();
    let (Some(apex), Some(middle)) = (sight.place_anywhere(light.position), sight.place_anywhere(end)) else { return };
    let (Some(right), Some(up)) = (sight.place_anywhere(end + u * radius), sight.place_anywhere(end + v * radius)) else { return };
    let (right, up) = (right - middle, up - middle);
    let strength = character.haze.clamp(0.15, 1.2);
    let near = glow(light.color, NEAR * strength * gain);
    let far = glow(light.color, FAR * strength * gain);
    let first = mesh.vertices.len() as u32;
    mesh.vertices.push(Vertex { pos: apex, uv: WHITE_UV, color: near });
    for &(sin, cos) in round {
        mesh.vertices.push(Vertex { pos: middle + right * cos + up * sin, uv: WHITE_UV, color: far });
    }
    for step in 0..ROUND as u32 {
        mesh.indices.extend([first, first + 1 + step, first + 1 + (step + 1) % ROUND as u32]);
    }
}

fn square(mesh: &mut Triangles, at: Pos2, half: f32, color: Color32) {
    mesh.add_colored_rect(Rect::from_center_size(at, egui::Vec2::splat(half * 2.0)), color);
}

fn fan(mesh: &mut Triangles, corners: &[Pos2], color: Color32) {
    let first = mesh.vertices.len() as u32;
    mesh.vertices.extend(corners.iter().map(|&pos| Vertex { pos, uv: WHITE_UV, color }));
    for step in 1..corners.len().saturating_sub(1) as u32 {
        mesh.indices.extend([first, first + step, first + step + 1]);
    }
}

/// Light that adds to what is there: colour without cover.  Panels add colours as the screen encodes them, so that is where a
/// share of it has to be taken; many beams over each other would be white otherwise.
fn glow(linear: Vec3, share: f32) -> Color32 {
    let [r, g, b] = linear.clamp(Vec3::ZERO, Vec3::ONE).to_array().map(|level| (level.sqrt() * share * 255.0).round() as u8);
    Color32::from_rgba_premultiplied(r, g, b, 0)
}

fn opaque(linear: Vec3) -> Color32 {
    let [r, g, b] = linear.clamp(Vec3::ZERO, Vec3::ONE).to_array().map(|level| (level.powf(0.45) * 255.0) as u8);
    Color32::from_rgb(r, g, b)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
