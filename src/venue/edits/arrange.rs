//! Fixtures put in order: lined up, spread, laid along a line, an arc or a ring, mirrored.
//!
//! Poses in, poses out, in the order given (the order of picking).  Axes are 0 right, 1 upstage, 2 up.

use std::f32::consts::TAU;

use glam::{Quat, Vec3};

use super::hang::{Hung, bounds, degrees, mirrored};
use crate::engine::rig::Pose;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arrange {
    /// All to the same place on one axis.
    Align {
        axis: usize,
        to: Edge,
    },
    /// Even distances on one axis between the two outermost, which stay.
    Distribute {
        axis: usize,
    },
    /// On the straight line between the first and the last, evenly.
    Spread,
    Line(Line),
    Arc(Arc),
    /// At the plane `axis = at`.
    Mirror {
        axis: usize,
        at: f32,
    },
}

/// Where on an axis all go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    Low,
    Middle,
    High,
}

/// From one end to the other, both taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    pub from: Vec3,
    pub to: Vec3,
}

/// A part of a circle, or, from 360 degrees on, all of it with its ends not doubled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arc {
    pub center: Vec3,
    pub radius: f32,
    pub from_deg: f32,
    pub sweep_deg: f32,
    pub plane: Plane,
    pub facing: Facing,
}

/// The plane an arc lies in, and where its angles are counted from: right, then up or upstage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plane {
    /// Level, seen from above.
    #[default]
    Level,
    /// Upright and across, seen by the audience.
    Across,
    /// Upright and in depth, seen from the audience's right.
    Deep,
}

impl Plane {
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Level, "Level"), (Self::Across, "Upright, across"), (Self::Deep, "Upright, in depth")];

    /// Where 0 and 90 degrees lie.
    pub fn axes(self) -> (Vec3, Vec3) {
        match self {
            Self::Level => (Vec3::X, Vec3::Y),
            Self::Across => (Vec3::X, Vec3::Z),
            Self::Deep => (Vec3::Y, Vec3::Z),
        }
    }
}

/// How lamps on an arc are turned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Facing {
    /// As they were.
    #[default]
    Kept,
    /// Along with the arc: the first as it was, the others by their angle to it.
    Along,
    /// Their light at rest goes to the centre.
    Center,
    /// Away from it.
    Outward,
}

impl Facing {
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Kept, "As they are"), (Self::Along, "With the arc"), (Self::Center, "To the centre"), (Self::Outward, "Outward")];
}

impl Arrange {
    /// As undo names it, of several.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Align { .. } => "Line up",
            Self::Distribute { .. } | Self::Spread => "Spread",
            Self::Line(_) => "Lay in a line",
            Self::Arc(arc) if arc.is_ring() => "Lay in a ring",
            Self::Arc(_) => "Lay in an arc",
            Self::Mirror { .. } => "Mirror",
        }
    }
}

impl Arc {
    pub fn is_ring(&self) -> bool {
        self.sweep_deg.abs() >= 359.99
    }

    /// The place at an angle.
    pub fn at(&self, deg: f32) -> Vec3 {
        let (u, v) = self.plane.axes();
        let (sin, cos) = deg.to_radians().sin_cos();
        self.center + (u * cos + v * sin) * self.radius
    }

    /// The angle of the item at `index` of `n`.
    pub fn angle_deg(&self, index: usize, n: usize) -> f32 {
        let steps = if self.is_ring() { n } else { n.saturating_sub(1) };
        self.from_deg + self.sweep_deg * index as f32 / steps.max(1) as f32
    }
}

/// The arc that lies about where the fixtures hang already: for a panel to begin with.
pub fn likely_arc(hung: &[Hung]) -> Arc {
    let (low, high) = bounds(hung);
    let size = high - low;
    let plane = match () {
        () if size.z <= size.x.min(size.y) => Plane::Level,
        () if size.y <= size.x => Plane::Across,
        () => Plane::Deep,
    };
    let (u, v) = plane.axes();
    let radius = (size.dot(u).max(size.dot(v)) * 0.5).max(1.0);
    Arc { center: (low + high) * 0.5, radius, from_deg: 0.0, sweep_deg: 360.0, plane, facing: Facing::Kept }
}

/// Where they hang afterwards.
pub fn arranged(hung: &[Hung], how: &Arrange) -> Vec<Hung> {
    let (low, high) = bounds(hung);
    let n = hung.len();
    let share = |index: usize| index as f32 / n.saturating_sub(1).max(1) as f32;
    let put = |one: &Hung, position: Vec3| Hung { pose: Pose { position, ..one.pose }, ..*one };
    let along = |from: Vec3, to: Vec3| hung.iter().enumerate().map(|(at, one)| put(one, from.lerp(to, share(at)))).collect();
    match *how {
        Arrange::Align { axis, to } => {
            let axis = axis.min(2);
            let place = match to {
                Edge::Low => low[axis],
                Edge::Middle => (low[axis] + high[axis]) * 0.5,
                Edge::High => high[axis],
            };
            hung.iter().map(|one| put(one, with(one.pose.position, axis, place))).collect()
        }
        Arrange::Distribute { axis } => {
            let axis = axis.min(2);
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by(|&a, &b| hung[a].pose.position[axis].total_cmp(&hung[b].pose.position[axis]));
            let mut after = hung.to_vec();
            for (rank, &at) in order.iter().enumerate() {
                let place = low[axis] + (high[axis] - low[axis]) * share(rank);
                after[at].pose.position[axis] = place;
            }
            after
        }
        Arrange::Spread => match (hung.first(), hung.last()) {
            (Some(first), Some(last)) => along(first.pose.position, last.pose.position),
            _ => Vec::new(),
        },
        Arrange::Line(Line { from, to }) => along(from, to),
        Arrange::Arc(arc) => hung.iter().enumerate().map(|(index, one)| on_arc(one, &arc, index, n)).collect(),
        Arrange::Mirror { axis, at } => mirrored(hung, axis, at),
    }
}

fn with(mut point: Vec3, axis: usize, place: f32) -> Vec3 {
    point[axis] = place;
    point
}

fn on_arc(one: &Hung, arc: &Arc, index: usize, n: usize) -> Hung {
    let deg = arc.angle_deg(index, n);
    let position = arc.at(deg);
    let (u, v) = arc.plane.axes();
    let to_center = (arc.center - position).normalize_or(one.looks());
    let turn = match arc.facing {
        Facing::Kept => return Hung { pose: Pose { position, ..one.pose }, ..*one },
        Facing::Along => Quat::from_axis_angle(u.cross(v), (deg - arc.from_deg).to_radians() % TAU),
        Facing::Center => Quat::from_rotation_arc(one.looks().normalize_or(Vec3::NEG_Z), to_center),
        Facing::Outward => Quat::from_rotation_arc(one.looks().normalize_or(Vec3::NEG_Z), -to_center),
    };
    Hung { pose: Pose { position, rotation_deg: degrees(turn * one.pose.rotation()) }, ..*one }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn lamps(places: &[[f32; 3]]) -> Vec<Hung> {
        let lamp = |(n, place): (usize, &[f32; 3])| Hung {
            id: Uuid::from_u128(n as u128),
            pose: Pose { position: (*place).into(), rotation_deg: Vec3::new(90.0, 0.0, 0.0) },
        };
        places.iter().enumerate().map(lamp).collect()
    }

    fn places(hung: &[Hung], axis: usize) -> Vec<f32> {
        hung.iter().map(|one| (one.pose.position[axis] * 100.0).round() / 100.0).collect()
    }

    #[test]
    fn lining_up_and_spreading_work_on_one_axis_and_leave_the_others() {
        let four = lamps(&[[0.0, 1.0, 3.0], [4.0, 2.0, 3.5], [1.0, 3.0, 4.0], [9.0, 4.0, 5.0]]);
        for (how, axis, want) in [
            (Arrange::Align { axis: 0, to: Edge::Low }, 0, [0.0; 4]),
            (Arrange::Align { axis: 0, to: Edge::Middle }, 0, [4.5; 4]),
            (Arrange::Align { axis: 2, to: Edge::High }, 2, [5.0; 4]),
            // By where they hang, not by the order of picking.
            (Arrange::Distribute { axis: 0 }, 0, [0.0, 6.0, 3.0, 9.0]),
            (Arrange::Spread, 0, [0.0, 3.0, 6.0, 9.0]),
            (Arrange::Spread, 2, [3.0, 3.67, 4.33, 5.0]),
        ] {
            let after = arranged(&four, &how);
            assert_eq!(places(&after, axis), want, "{how:?}");
            assert_eq!(places(&after, 1), [1.0, 2.0, 3.0, 4.0], "{how:?} leaves the depth");
        }
    }

    #[test]
    fn a_ring_has_no_two_lamps_in_one_place_and_an_arc_takes_both_ends() {
        let four = lamps(&[[0.0; 3]; 4]);
        let ring = Arc { center: Vec3::Z * 4.0, radius: 2.0, from_deg: 0.0, sweep_deg: 360.0, plane: Plane::Level, facing: Facing::Center };
        let after = arranged(&four, &Arrange::Arc(ring));
        assert_eq!((places(&after, 0), places(&after, 1)), (vec![2.0, 0.0, -2.0, 0.0], vec![0.0, 2.0, 0.0, -2.0]));
        for lamp in &after {
            assert!((lamp.looks() - (ring.center - lamp.pose.position) / 2.0).length() < 1e-3, "{lamp:?}");
        }
        let arc = Arc { sweep_deg: 180.0, plane: Plane::Across, facing: Facing::Along, ..ring };
        let after = arranged(&four, &Arrange::Arc(arc));
        assert_eq!((places(&after, 0), places(&after, 2)), (vec![2.0, 1.0, -1.0, -2.0], vec![4.0, 5.73, 5.73, 4.0]));
        assert!((after[0].looks() - four[0].looks()).length() < 1e-4, "the first keeps its turn");
    }

    #[test]
    fn one_lamp_or_none_is_no_trouble() {
        let arc = likely_arc(&[]);
        for n in 0..2 {
            let few = lamps(&[[1.0, 2.0, 3.0]][..n]);
            for how in [Arrange::Spread, Arrange::Distribute { axis: 0 }, Arrange::Arc(arc), Arrange::Mirror { axis: 0, at: 0.0 }] {
                let after = arranged(&few, &how);
                assert!(after.len() == n && after.iter().all(|one| one.pose.position.is_finite()), "{how:?}: {after:?}");
            }
        }
    }
}
