//! What pulling a handle means: a way or a turn, snapped.  Rays in, a [`Change`] out; knows neither fixtures nor screen.

use bevy::prelude::*;

use super::{Gizmo, Handle};
use crate::previz::sight::Ray;

/// Steps that a drag keeps to; 0 = none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snap {
    pub step_m: f32,
    pub step_deg: f32,
}

impl Snap {
    pub const OFF: Self = Self { step_m: 0.0, step_deg: 0.0 };
}

/// What has been pulled so far, since the beginning of the drag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    Move(Vec3),
    Turn { axis: Vec3, deg: f32 },
}

impl Change {
    pub fn nothing(self) -> bool {
        match self {
            Self::Move(by) => by.length() < 1e-5,
            Self::Turn { deg, .. } => deg.abs() < 1e-4,
        }
    }

    /// For people, while they pull.
    pub fn words(self) -> String {
        match self {
            Self::Move(by) => {
                let axes = [(by.x, "right"), (by.y, "upstage"), (by.z, "up")];
                let parts: Vec<String> =
                    axes.iter().filter(|(metres, _)| metres.abs() > 5e-4).map(|(metres, name)| format!("{metres:+.2} m {name}")).collect();
                if parts.is_empty() { "0 m".to_owned() } else { parts.join("  ") }
            }
            Self::Turn { deg, .. } => format!("{deg:+.1}°"),
        }
    }
}

/// A handle being pulled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drag {
    pub gizmo: Gizmo,
    pub handle: Handle,
    from: Grip,
    /// Turned so far, counting whole turns.
    deg: f32,
}

/// What the pointer holds on to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Grip {
    /// Metres along an axis.
    Axis(f32),
    Point(Vec3),
    /// Degrees around an axis.
    Angle(f32),
}

impl Drag {
    /// `None` where the ray does not get hold of the handle.
    pub fn begin(gizmo: Gizmo, handle: Handle, ray: &Ray) -> Option<Self> {
        Some(Self { gizmo, handle, from: grip(&gizmo, handle, ray)?, deg: 0.0 })
    }

    /// What has been pulled up to `ray`; `None` where the ray has lost the handle.
    pub fn pull(&mut self, ray: &Ray, snap: Snap) -> Option<Change> {
        let gizmo = self.gizmo;
        Some(match (self.from, grip(&gizmo, self.handle, ray)?, self.handle) {
            (Grip::Axis(from), Grip::Axis(to), Handle::Axis(axis)) => {
                let along = gizmo.axis(axis);
                Change::Move(along * stepped(gizmo.at.dot(along), to - from, snap.step_m))
            }
            (Grip::Point(from), Grip::Point(to), handle) => {
                let (u, v) = match handle {
                    Handle::Plane(axis) => gizmo.across(axis),
                    Handle::Screen(normal) => spanning(normal),
                    _ => return None,
                };
                let by = |along: Vec3| along * stepped(gizmo.at.dot(along), (to - from).dot(along), snap.step_m);
                Change::Move(by(u) + by(v))
            }
            (Grip::Angle(from), Grip::Angle(to), Handle::Ring(axis)) => {
                // The nearest of all turns that end there: pulling on goes on past half a turn.
                let turned = to - from;
                self.deg = turned + ((self.deg - turned) / 360.0).round() * 360.0;
                let deg = if snap.step_deg > 0.0 { (self.deg / snap.step_deg).round() * snap.step_deg } else { self.deg };
                Change::Turn { axis: gizmo.axis(axis), deg }
            }
            _ => return None,
        })
    }
}

/// The way that ends on a multiple of `step`, counted in the venue: what is moved comes to stand on the grid.
fn stepped(at: f32, by: f32, step: f32) -> f32 {
    if step > 0.0 { ((at + by) / step).round() * step - at } else { by }
}

/// Two of the venue's axes that lie in the plane, where they do; else any two.
fn spanning(normal: Vec3) -> (Vec3, Vec3) {
    match normal.abs().max_position() {
        0 => (Vec3::Y, Vec3::Z),
        1 => (Vec3::X, Vec3::Z),
        _ => (Vec3::X, Vec3::Y),
    }
}

fn grip(gizmo: &Gizmo, handle: Handle, ray: &Ray) -> Option<Grip> {
    match handle {
        Handle::Axis(axis) => ray.nearest_on_line(gizmo.at, gizmo.axis(axis)).map(Grip::Axis),
        Handle::Plane(axis) => {
            let normal = gizmo.axis(axis);
            gizmo.faces(ray, normal).then(|| ray.meets_plane(gizmo.at, normal)).flatten().map(Grip::Point)
        }
        Handle::Screen(normal) => ray.meets_plane(gizmo.at, normal).map(Grip::Point),
        Handle::Ring(axis) => {
            let normal = gizmo.axis(axis);
            let met = gizmo.faces(ray, normal).then(|| ray.meets_plane(gizmo.at, normal)).flatten()?;
            let (u, v) = gizmo.across(axis);
            let from = met - gizmo.at;
            Some(Grip::Angle(from.dot(v).atan2(from.dot(u)).to_degrees()))
        }
    }
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::{Pos2, Rect, vec2};

    use super::*;
    use crate::previz::sight::Sight;

    fn plan() -> Sight {
        Sight::straight(Rect::from_min_size(Pos2::ZERO, vec2(800.0, 400.0)), Vec3::ZERO, Vec3::X, Vec3::Y, 40.0)
    }

    fn begin(handle: Handle) -> Drag {
        let gizmo = Gizmo::new(&plan(), Vec3::new(1.05, 1.0, 3.0), Quat::IDENTITY).unwrap();
        Drag::begin(gizmo, handle, &from_above(2.0, 1.0)).unwrap()
    }

    fn from_above(x: f32, y: f32) -> Ray {
        Ray { from: Vec3::new(x, y, 100.0), along: Vec3::NEG_Z }
    }

    fn moved(handle: Handle, x: f32, y: f32, step_m: f32) -> Vec3 {
        match begin(handle).pull(&from_above(x, y), Snap { step_m, step_deg: 0.0 }) {
            Some(Change::Move(by)) => (by * 100.0).round() / 100.0,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_axis_moves_along_itself_and_a_plane_along_both() {
        assert_eq!(moved(Handle::Axis(0), 3.13, 5.0, 0.0), Vec3::new(1.13, 0.0, 0.0));
        assert_eq!(moved(Handle::Plane(2), 3.13, 0.5, 0.0), Vec3::new(1.13, -0.5, 0.0));
        assert_eq!(moved(Handle::Screen(Vec3::Z), 3.13, 0.5, 0.0), Vec3::new(1.13, -0.5, 0.0));
    }

    #[test]
    fn snapping_brings_the_middle_onto_the_grid() {
        // From 1.05 by 1.13 to 2.18: the nearest quarter is 2.25.
        assert_eq!(moved(Handle::Axis(0), 3.13, 1.0, 0.25), Vec3::new(1.2, 0.0, 0.0));
    }

    #[test]
    fn a_ring_turns_on_past_half_a_turn_and_keeps_to_its_steps() {
        let mut drag = begin(Handle::Ring(2));
        let mut last = 0.0;
        for step in 0..=30 {
            let angle = (step as f32 * 10.0).to_radians();
            let ray = from_above(1.05 + 0.95 * angle.cos(), 1.0 + 0.95 * angle.sin());
            let Some(Change::Turn { axis, deg }) = drag.pull(&ray, Snap { step_m: 0.0, step_deg: 15.0 }) else { panic!() };
            assert_eq!(axis, Vec3::Z);
            assert!(deg >= last && (deg / 15.0).fract().abs() < 1e-4, "{deg} after {last}");
            last = deg;
        }
        assert_eq!(last, 300.0);
    }

    #[test]
    fn a_handle_that_cannot_be_followed_is_not_taken() {
        let gizmo = begin(Handle::Axis(0)).gizmo;
        assert!(Drag::begin(gizmo, Handle::Axis(2), &from_above(1.0, 1.0)).is_none(), "seen end on");
        assert!(Drag::begin(gizmo, Handle::Ring(0), &from_above(1.0, 1.0)).is_none(), "seen edge on");
        assert_eq!(Change::Move(Vec3::new(0.5, 0.0, -0.25)).words(), "+0.50 m right  -0.25 m up");
    }
}
