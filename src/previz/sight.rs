//! From the venue to the screen and back: the same for a camera in the room and for a plan of it.
//!
//! Screen places are egui points; rays are in the venue's space.

use bevy::prelude::*;
use bevy_egui::egui::{Pos2, Rect, pos2};

/// How something is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    pub rect: Rect,
    clip_from_venue: Mat4,
    venue_from_clip: Mat4,
}

/// What lies under a place of the screen.  `along` has length 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    pub from: Vec3,
    pub along: Vec3,
}

impl Ray {
    pub fn at(&self, distance: f32) -> Vec3 {
        self.from + self.along * distance
    }

    /// Where it meets a plane; `None` where it runs along it or away from it.
    pub fn meets_plane(&self, on: Vec3, normal: Vec3) -> Option<Vec3> {
        let steep = self.along.dot(normal);
        let distance = (on - self.from).dot(normal) / steep;
        (steep.abs() > 1e-4 && distance.is_finite() && distance > 0.0).then(|| self.at(distance))
    }

    /// How far along a line, counted from `on`, the line comes nearest to the ray; `None` where they run side by side.
    pub fn nearest_on_line(&self, on: Vec3, along: Vec3) -> Option<f32> {
        let between = self.from - on;
        let cosine = self.along.dot(along);
        let apart = 1.0 - cosine * cosine;
        (apart > 1e-4).then(|| (between.dot(along) - cosine * between.dot(self.along)) / apart)
    }

    /// How far away it enters a box that stands upright, turned by nothing.
    pub fn meets_box(&self, low: Vec3, high: Vec3) -> Option<f32> {
        let inverse = self.along.recip();
        let (a, b) = ((low - self.from) * inverse, (high - self.from) * inverse);
        let (near, far) = (a.min(b).max_element(), a.max(b).min_element());
        (near <= far && far > 0.0).then_some(near.max(0.0))
    }
}

impl Sight {
    pub fn new(rect: Rect, clip_from_venue: Mat4) -> Self {
        Self { rect, clip_from_venue, venue_from_clip: clip_from_venue.inverse() }
    }

    /// Straight on: `right` and `up` lie in the picture, `middle` in its middle.
    pub fn straight(rect: Rect, middle: Vec3, right: Vec3, up: Vec3, points_per_m: f32) -> Self {
        const DEEP_M: f32 = 2000.0;
        let toward = right.cross(up);
        let view = Mat4::from_mat3(Mat3::from_cols(right, up, toward).transpose()) * Mat4::from_translation(-middle);
        let scale = Vec3::new(2.0 * points_per_m / rect.width().max(1.0), 2.0 * points_per_m / rect.height().max(1.0), 1.0 / DEEP_M);
        Self::new(rect, Mat4::from_translation(Vec3::Z * 0.5) * Mat4::from_scale(scale) * view)
    }

    /// Where a place of the venue is seen; `None` behind the eye or far off the picture.
    pub fn place(&self, at: Vec3) -> Option<Pos2> {
        self.place_anywhere(at).filter(|at| self.rect.expand(40.0).contains(*at))
    }

    /// The same, off the picture too.
    pub fn place_anywhere(&self, at: Vec3) -> Option<Pos2> {
        let clip = self.clip_from_venue * at.extend(1.0);
        if clip.w <= 0.05 {
            return None;
        }
        let (x, y) = (clip.x / clip.w, clip.y / clip.w);
        let (min, size) = (self.rect.min, self.rect.size());
        Some(pos2(min.x + (x * 0.5 + 0.5) * size.x, min.y + (0.5 - y * 0.5) * size.y))
    }

    pub fn ray(&self, at: Pos2) -> Ray {
        let (min, size) = (self.rect.min, self.rect.size());
        let x = (at.x - min.x) / size.x.max(1.0) * 2.0 - 1.0;
        let y = 1.0 - (at.y - min.y) / size.y.max(1.0) * 2.0;
        // Depth is 1 at the eye's near plane and falls with distance, for cameras and plans alike.
        let from = self.venue_from_clip.project_point3(Vec3::new(x, y, 1.0));
        let on = self.venue_from_clip.project_point3(Vec3::new(x, y, 0.01));
        Ray { from, along: (on - from).normalize_or(Vec3::NEG_Z) }
    }

    /// Points that a metre takes at a place, across the line of sight.
    pub fn points_per_m(&self, at: Vec3) -> Option<f32> {
        let here = self.place_anywhere(at)?;
        let longest = [Vec3::X, Vec3::Y, Vec3::Z]
            .into_iter()
            .filter_map(|axis| self.place_anywhere(at + axis * 0.01))
            .map(|there| there.distance(here) * 100.0);
        longest.max_by(f32::total_cmp).filter(|points| *points > 1e-3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::previz::space::bevy_from_venue;

    fn rect() -> Rect {
        Rect::from_min_size(pos2(100.0, 50.0), bevy_egui::egui::vec2(800.0, 400.0))
    }

    /// As Bevy's cameras see: depth reversed, no far plane.
    fn camera() -> Sight {
        let eye = Transform::from_xyz(1.0, 3.0, 12.0).looking_at(Vec3::new(0.0, 2.0, 0.0), Vec3::Y);
        let clip = Mat4::perspective_infinite_reverse_rh(58f32.to_radians(), 2.0, 0.05);
        Sight::new(rect(), clip * eye.to_matrix().inverse() * Mat4::from_quat(bevy_from_venue()))
    }

    fn plan() -> Sight {
        Sight::straight(rect(), Vec3::new(0.0, 1.0, 0.0), Vec3::X, Vec3::Y, 40.0)
    }

    #[test]
    fn a_ray_through_where_something_is_seen_passes_through_it() {
        for sight in [camera(), plan()] {
            for at in [Vec3::ZERO, Vec3::new(2.0, 3.0, 4.0), Vec3::new(-4.0, -2.0, 1.0)] {
                let seen = sight.place(at).unwrap();
                let ray = sight.ray(seen);
                let off = (at - ray.from).cross(ray.along).length();
                assert!(off < 2e-3, "{at} is missed by {off}");
                assert!((at - ray.from).dot(ray.along) > 0.0, "{at} lies behind the eye");
            }
        }
    }

    #[test]
    fn a_plan_has_upstage_above_and_the_same_scale_everywhere() {
        let plan = plan();
        let (here, there) = (plan.place(Vec3::ZERO).unwrap(), plan.place(Vec3::new(1.0, 2.0, 5.0)).unwrap());
        assert!((there - here - bevy_egui::egui::vec2(40.0, -80.0)).length() < 1e-2, "{here:?} {there:?}");
        assert!((plan.points_per_m(Vec3::new(3.0, 3.0, 3.0)).unwrap() - 40.0).abs() < 0.1);
    }

    #[test]
    fn rays_meet_planes_lines_and_boxes() {
        let ray = Ray { from: Vec3::new(0.0, -5.0, 2.0), along: Vec3::Y };
        assert_eq!(ray.meets_plane(Vec3::Y * 3.0, Vec3::NEG_Y), Some(Vec3::new(0.0, 3.0, 2.0)));
        assert_eq!(ray.meets_plane(Vec3::ZERO, Vec3::Z), None, "along it");
        assert_eq!(ray.meets_plane(Vec3::Y * -9.0, Vec3::Y), None, "behind");
        assert_eq!(ray.nearest_on_line(Vec3::ZERO, Vec3::Z), Some(2.0));
        assert_eq!(ray.nearest_on_line(Vec3::X, Vec3::Y), None);
        assert_eq!(ray.meets_box(Vec3::new(-1.0, 1.0, 0.0), Vec3::new(1.0, 2.0, 3.0)), Some(6.0));
        assert_eq!(ray.meets_box(Vec3::new(2.0, 1.0, 0.0), Vec3::new(3.0, 2.0, 3.0)), None);
    }
}
