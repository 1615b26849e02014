//! How near the eye has to come so that no wall stands between it and the lamps.
//!
//! A preset derives its place from where the lamps are, and knows nothing of the hall that another program drew around them.

use bevy::prelude::*;

use super::camera::CameraPreset;
use super::space::bevy_from_venue;
use super::stage::RoomBounds;
use crate::engine::Rig;

/// Faces with a shorter longest edge hide too little to matter, in metres.
const WALL_M: f32 = 1.5;
/// As many of the largest are looked at; a hall has some thousands and is seen through some hundreds.
const MOST_WALLS: usize = 4000;
/// Lamps that are looked for.
const MOST_LAMPS: usize = 24;
/// Shares of the way from what is looked at to the eye, the farthest first.
const STEPS: [f32; 9] = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.42, 0.35, 0.28];

/// Large faces, in the venue's space.
#[derive(Debug, Default)]
pub(super) struct Walls(Vec<[Vec3; 3]>);

impl Walls {
    pub(super) fn triangle(&mut self, corners: &[Vec3; 3]) {
        if longest_edge(corners) > WALL_M {
            self.0.push(*corners);
        }
    }

    /// Of more faces than can be looked at, those that hide most.
    pub(super) fn keep_largest(&mut self) {
        if self.0.len() > MOST_WALLS {
            self.0.sort_by(|a, b| longest_edge(b).total_cmp(&longest_edge(a)));
            self.0.truncate(MOST_WALLS);
        }
    }

    fn hides(&self, from: Vec3, to: Vec3) -> bool {
        // What a lamp hangs on, and what is right before the eye, does not count.
        self.0.iter().any(|corners| met(from, to, corners).is_some_and(|share| (0.02..0.95).contains(&share)))
    }

    /// The share of the way from a preset's target to its eye at which most lamps are seen; all of it where none is hidden.
    pub(super) fn reach(&self, preset: CameraPreset, bounds: &RoomBounds, rig: &Rig) -> f32 {
        if self.0.is_empty() || rig.fixtures.is_empty() {
            return 1.0;
        }
        let back = bevy_from_venue().inverse();
        let (eye, target) = preset.view(bounds);
        let (eye, target) = (back * eye, back * target);
        let every = rig.fixtures.len().div_ceil(MOST_LAMPS);
        let lamps: Vec<Vec3> = rig.fixtures.iter().step_by(every).map(|fixture| fixture.pose.position).collect();
        let n_seen = |share: f32| {
            let at = target + (eye - target) * share;
            lamps.iter().filter(|lamp| !self.hides(at, **lamp)).count()
        };
        let best = STEPS.iter().map(|&share| (share, n_seen(share))).max_by(|a, b| a.1.cmp(&b.1).then(a.0.total_cmp(&b.0)));
        let most = best.map_or(0, |(_, n)| n);
        // The farthest that sees nearly as many as any.
        STEPS.into_iter().find(|&share| n_seen(share) * 10 >= most * 8).unwrap_or(1.0)
    }
}

fn longest_edge([a, b, c]: &[Vec3; 3]) -> f32 {
    a.distance(*b).max(b.distance(*c)).max(c.distance(*a))
}

/// Where on the way a triangle is met, as a share.  Möller and Trumbore, "Fast, Minimum Storage Ray/Triangle Intersection", 1997.
fn met(from: Vec3, to: Vec3, [a, b, c]: &[Vec3; 3]) -> Option<f32> {
    let (along, ab, ac) = (to - from, b - a, c - a);
    let across = along.cross(ac);
    let det = ab.dot(across);
    if det.abs() < 1e-9 {
        return None;
    }
    let to_a = from - a;
    let u = to_a.dot(across) / det;
    let turned = to_a.cross(ab);
    let v = along.dot(turned) / det;
    let share = ac.dot(turned) / det;
    ((0.0..=1.0).contains(&u) && v >= 0.0 && u + v <= 1.0).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue;
    use crate::venue::library::Library;

    #[test]
    fn the_eye_comes_into_the_hall_and_stays_outside_of_nothing() {
        let (rig, _) = venue::lower::rig(&venue::builtin("club").unwrap(), &Library::builtin());
        let bounds = RoomBounds::default();
        let back = bevy_from_venue().inverse();
        let (eye, target) = CameraPreset::FrontOfHouse.view(&bounds);
        let (eye, target) = (back * eye, back * target);
        assert_eq!(Walls::default().reach(CameraPreset::FrontOfHouse, &bounds, &rig), 1.0);
        // A wall across the way, at 0.65 of it.
        let y = target.y + (eye.y - target.y) * 0.65;
        let mut walls = Walls::default();
        let corner = |x: f32, z: f32| Vec3::new(x * 60.0, y, z * 60.0);
        walls.triangle(&[corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0)]);
        walls.triangle(&[corner(-1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)]);
        assert_eq!(walls.reach(CameraPreset::FrontOfHouse, &bounds, &rig), 0.6);
        assert!(walls.hides(eye, target) && !walls.hides(target + (eye - target) * 0.6, target));
    }
}
