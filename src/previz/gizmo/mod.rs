//! Handles that move and turn what is selected: what they look like, which one lies under the pointer.
//!
//! Drawn over the picture with egui's painter, as large on the screen wherever the fixtures hang; one set for the room and
//! for plans of it.  [`drag`] says what pulling one means.

pub mod drag;

use std::f32::consts::TAU;

use bevy::prelude::*;
use bevy_egui::egui::{self, Color32, Painter, Pos2, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, WidgetType};

use super::sight::{Ray, Sight};
use crate::ui::theme;

/// What the handles do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// There are none.
    #[default]
    Select,
    Move,
    Turn,
}

impl Tool {
    pub const ALL: [(Self, &'static str, &'static str); 3] =
        [(Self::Select, "Select", "Q"), (Self::Move, "Move", "W"), (Self::Turn, "Turn", "E")];
}

/// One of them; axes are 0 right, 1 upstage, 2 up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Handle {
    Axis(usize),
    /// Along the plane that this axis stands on.
    Plane(usize),
    /// Around this axis.
    Ring(usize),
    /// Across the line of sight.
    Screen(Vec3),
}

const MOVES: [Handle; 6] = [Handle::Plane(0), Handle::Plane(1), Handle::Plane(2), Handle::Axis(0), Handle::Axis(1), Handle::Axis(2)];
const TURNS: [Handle; 3] = [Handle::Ring(0), Handle::Ring(1), Handle::Ring(2)];

/// Length of an axis on the screen, and how near the pointer must come, in points.
const LENGTH: f32 = 78.0;
const REACH: f32 = 7.0;
/// Planes lie between these shares of the axes.
const PLANE: (f32, f32) = (0.3, 0.52);
const RING_STEPS: usize = 48;

/// Where the handles stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gizmo {
    pub at: Vec3,
    /// Turns the venue's axes into the handles'.
    pub axes: Quat,
    /// Length of an axis in metres.
    pub(super) size_m: f32,
}

impl Gizmo {
    /// `None` where it cannot be seen.
    pub fn new(sight: &Sight, at: Vec3, axes: Quat) -> Option<Self> {
        sight.place(at)?;
        Some(Self { at, axes, size_m: LENGTH / sight.points_per_m(at)? })
    }

    pub fn axis(&self, axis: usize) -> Vec3 {
        self.axes * [Vec3::X, Vec3::Y, Vec3::Z][axis.min(2)]
    }

    /// The two axes that span the plane on which `axis` stands.
    pub fn across(&self, axis: usize) -> (Vec3, Vec3) {
        (self.axis((axis + 1) % 3), self.axis((axis + 2) % 3))
    }

    fn handles(tool: Tool) -> &'static [Handle] {
        match tool {
            Tool::Select => &[],
            Tool::Move => &MOVES,
            Tool::Turn => &TURNS,
        }
    }

    /// What is drawn of a handle; empty where it is seen end on.
    fn outline(&self, sight: &Sight, handle: Handle) -> Vec<Pos2> {
        let place = |offset: Vec3| sight.place_anywhere(self.at + offset * self.size_m);
        let points: Option<Vec<Pos2>> = match handle {
            Handle::Axis(axis) => [0.16, 1.0].into_iter().map(|share| place(self.axis(axis) * share)).collect(),
            Handle::Plane(axis) => {
                let ((u, v), (near, far)) = (self.across(axis), PLANE);
                [(near, near), (far, near), (far, far), (near, far)].into_iter().map(|(a, b)| place(u * a + v * b)).collect()
            }
            Handle::Ring(axis) => {
                let (u, v) = self.across(axis);
                let on = |step: usize| (u, v, step as f32 / RING_STEPS as f32 * TAU);
                (0..RING_STEPS).map(on).map(|(u, v, angle)| place(u * angle.cos() + v * angle.sin())).collect()
            }
            Handle::Screen(_) => None,
        };
        let points = points.unwrap_or_default();
        let seen = match handle {
            Handle::Axis(_) => points.len() == 2 && points[0].distance(points[1]) > 14.0,
            Handle::Plane(_) | Handle::Ring(_) => area(&points) > if matches!(handle, Handle::Plane(_)) { 40.0 } else { 900.0 },
            Handle::Screen(_) => false,
        };
        if seen { points } else { Vec::new() }
    }

    /// The handle under the pointer.
    pub fn hit(&self, sight: &Sight, tool: Tool, pointer: Pos2) -> Option<Handle> {
        let near = |handle: &Handle| {
            let points = self.outline(sight, *handle);
            let distance = match handle {
                Handle::Axis(_) => from_line(pointer, points.first().copied()?, points.last().copied()?),
                Handle::Plane(_) => {
                    if inside(pointer, &points) {
                        0.0
                    } else {
                        REACH
                    }
                }
                _ => around(&points).map(|(a, b)| from_line(pointer, a, b)).fold(f32::INFINITY, f32::min),
            };
            (distance < REACH).then_some((distance, *handle))
        };
        Self::handles(tool).iter().filter_map(near).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, handle)| handle)
    }

    /// Tells screen readers and tests what can be pulled where; the pointer goes on being the picture's.
    pub fn name(&self, ui: &Ui, sight: &Sight, tool: Tool) {
        const AXES: [&str; 3] = ["right", "upstage", "up"];
        for &handle in Self::handles(tool) {
            let points = self.outline(sight, handle);
            let (Some(last), Handle::Axis(axis) | Handle::Plane(axis) | Handle::Ring(axis)) = (points.last(), handle) else { continue };
            let (words, at) = match handle {
                Handle::Axis(_) => ("Move along", *last),
                Handle::Ring(_) => ("Turn about", *last),
                _ => ("Move square to", Rect::from_points(&points).center()),
            };
            let area = Rect::from_center_size(at, egui::Vec2::splat(REACH)).intersect(sight.rect);
            let grip = ui.interact(area, ui.id().with(("handle", words, axis)), Sense::hover());
            grip.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, format!("{words} {}", AXES[axis])));
        }
    }

    /// Draws them; `hot` is under the pointer or being pulled.
    pub fn paint(&self, painter: &Painter, sight: &Sight, tool: Tool, hot: Option<Handle>) {
        for &handle in Self::handles(tool) {
            let points = self.outline(sight, handle);
            if points.is_empty() {
                continue;
            }
            let is_hot = hot == Some(handle);
            let (Handle::Axis(axis) | Handle::Plane(axis) | Handle::Ring(axis)) = handle else { continue };
            let color = if is_hot { theme::ACCENT } else { theme::axis(axis) };
            let stroke = Stroke::new(if is_hot { 3.5 } else { 2.2 }, color);
            match handle {
                Handle::Axis(_) => {
                    painter.line_segment([points[0], points[1]], stroke);
                    painter.add(arrow_head(points[0], points[1], color));
                }
                Handle::Plane(_) => {
                    painter.add(Shape::convex_polygon(
                        points,
                        color.gamma_multiply(if is_hot { 0.6 } else { 0.28 }),
                        Stroke::new(1.0, color),
                    ));
                }
                _ => drop(painter.add(Shape::closed_line(points, stroke))),
            }
        }
        if let (Some(at), true) = (sight.place(self.at), tool != Tool::Select) {
            painter.circle(at, 3.5, Color32::WHITE, Stroke::new(1.0, Color32::BLACK));
        }
    }

    /// True where a ray meets the plane on which `axis` stands steeply enough to be followed.
    pub(super) fn faces(&self, ray: &Ray, axis: Vec3) -> bool {
        ray.along.dot(axis).abs() > 0.08
    }
}

fn arrow_head(from: Pos2, to: Pos2, color: Color32) -> Shape {
    let along = (to - from).normalized();
    let side = along.rot90() * 5.0;
    Shape::convex_polygon(vec![to + along * 12.0, to + side, to - side], color, Stroke::NONE)
}

/// Neighbours around a closed line.
fn around(points: &[Pos2]) -> impl Iterator<Item = (Pos2, Pos2)> {
    points.iter().copied().zip(points.iter().copied().cycle().skip(1))
}

fn area(points: &[Pos2]) -> f32 {
    around(points).map(|(a, b)| a.x * b.y - b.x * a.y).sum::<f32>().abs() * 0.5
}

fn inside(at: Pos2, corners: &[Pos2]) -> bool {
    let mut odd = false;
    for (a, b) in around(corners) {
        if (a.y > at.y) != (b.y > at.y) && at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x {
            odd = !odd;
        }
    }
    odd
}

/// How far a point lies from a stretch of line.
pub fn from_line(at: Pos2, a: Pos2, b: Pos2) -> f32 {
    let way = b - a;
    let share = ((at - a).dot(way) / way.length_sq().max(1e-6)).clamp(0.0, 1.0);
    at.distance(a + way * share)
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::{Rect, vec2};

    use super::*;

    /// A plan from above: a metre has 40 points, upstage is up.
    fn plan() -> Sight {
        let rect = Rect::from_min_size(Pos2::ZERO, vec2(800.0, 400.0));
        Sight::straight(rect, Vec3::ZERO, Vec3::X, Vec3::Y, 40.0)
    }

    #[test]
    fn the_handle_under_the_pointer_is_found_and_what_is_seen_end_on_is_not_there() {
        let sight = plan();
        let gizmo = Gizmo::new(&sight, Vec3::new(1.0, 1.0, 3.0), Quat::IDENTITY).unwrap();
        let middle = sight.place(gizmo.at).unwrap();
        for (offset, tool, want) in [
            (vec2(60.0, 3.0), Tool::Move, Some(Handle::Axis(0))),
            (vec2(-2.0, -60.0), Tool::Move, Some(Handle::Axis(1))),
            (vec2(32.0, -32.0), Tool::Move, Some(Handle::Plane(2))),
            (vec2(-50.0, 50.0), Tool::Move, None),
            (vec2(55.0, -55.0), Tool::Turn, Some(Handle::Ring(2))),
            (vec2(30.0, 1.0), Tool::Turn, None),
            (vec2(60.0, 3.0), Tool::Select, None),
        ] {
            assert_eq!(gizmo.hit(&sight, tool, middle + offset), want, "{offset:?} {tool:?}");
        }
        assert!(gizmo.outline(&sight, Handle::Axis(2)).is_empty() && gizmo.outline(&sight, Handle::Ring(0)).is_empty());
        assert!(Gizmo::new(&sight, Vec3::new(900.0, 0.0, 0.0), Quat::IDENTITY).is_none(), "off the picture");
    }
}
