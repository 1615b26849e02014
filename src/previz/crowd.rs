//! People in the room: somebody at the decks, and a crowd on the floor where nothing stands.

use std::collections::HashSet;

use bevy::prelude::*;

use super::shapes::Solid;
use super::stage::RoomBounds;
use crate::venue::model::Scenery;

/// Side of a patch of floor that is taken or free, in metres.
const PATCH_M: f32 = 0.4;
/// What lies lower is walked on, what hangs higher is walked under.
const STEP_M: f32 = 0.1;
const HEAD_M: f32 = 1.9;
/// Faces larger than this take no more patches: a room is not that large.
const MAX_PATCHES: i32 = 400;

/// Where on the floor something stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken(HashSet<(i32, i32)>);

impl Taken {
    /// A face in the venue's space, by the box around it.
    pub(super) fn triangle(&mut self, corners: &[Vec3; 3]) {
        let [a, b, c] = *corners;
        self.around(a.min(b).min(c), a.max(b).max(c));
    }

    pub(super) fn piece(&mut self, piece: &Scenery) {
        let (centre, half) = (Vec3::from_array(piece.position), Vec3::from_array(piece.size) * 0.5);
        self.around(centre - half, centre + half);
    }

    fn around(&mut self, low: Vec3, high: Vec3) {
        if low.z >= HEAD_M || high.z <= STEP_M {
            return;
        }
        let patch = |metres: f32| (metres / PATCH_M).floor() as i32;
        let range = |low: f32, high: f32| patch(low)..=patch(high).min(patch(low).saturating_add(MAX_PATCHES));
        for x in range(low.x, high.x) {
            self.0.extend(range(low.y, high.y).map(|y| (x, y)));
        }
    }

    fn is_free(&self, x: f32, y: f32) -> bool {
        let patch = |metres: f32| (metres / PATCH_M).floor() as i32;
        let (x, y) = (patch(x), patch(y));
        (-1..=1).all(|dx| (-1..=1).all(|dy| !self.0.contains(&(x + dx, y + dy))))
    }
}

pub(super) fn person(feet: Vec3, height: f32, arms: Arms, solid: &mut Solid) {
    let at = |x: f32, y: f32, share: f32| feet + Vec3::new(x * height, y * height, share * height);
    for side in [-1.0, 1.0] {
        solid.tube(at(side * 0.055, 0.0, 0.0), at(side * 0.05, 0.0, 0.48), 0.055, 0.085, 6);
        let shoulder = at(side * 0.115, 0.0, 0.8);
        let (elbow, hand) = match arms {
            Arms::Down => (at(side * 0.14, 0.02, 0.62), at(side * 0.12, 0.06, 0.47)),
            Arms::Up => (at(side * 0.17, 0.03, 0.95), at(side * 0.11, 0.05, 1.14)),
            Arms::Decks => (at(side * 0.15, -0.08, 0.66), at(side * 0.11, -0.22, 0.62)),
        };
        solid.tube(shoulder, elbow, 0.05, 0.042, 6).tube(elbow, hand, 0.042, 0.03, 6).ball(hand, Vec3::splat(0.045), 6);
    }
    solid.tube(at(0.0, 0.0, 0.45), at(0.0, 0.0, 0.62), 0.15, 0.135, 8);
    solid.tube(at(0.0, 0.0, 0.62), at(0.0, 0.0, 0.79), 0.135, 0.19, 8);
    solid.tube(at(0.0, 0.0, 0.79), at(0.0, 0.0, 0.84), 0.19, 0.06, 8);
    solid.tube(at(0.0, 0.0, 0.82), at(0.0, 0.0, 0.88), 0.055, 0.055, 6);
    solid.ball(at(0.0, 0.0, 0.93), Vec3::new(0.08, 0.1, 0.12), 10);
}

#[derive(Clone, Copy)]
pub(super) enum Arms {
    Down,
    Up,
    Decks,
}

/// People on the dance floor, as shapes against the light.  Placed by a fixed sequence: pictures must not differ.
pub(super) fn crowd(bounds: &RoomBounds, taken: &Taken, solid: &mut Solid) {
    let front = bounds.stage_front.y - 1.6;
    let back = (bounds.min.y + 1.2).min(front - 3.0);
    let half_width = ((bounds.max.x - bounds.min.x) * 0.5 - 1.6).clamp(1.0, 7.0);
    let middle = (bounds.min.x + bounds.max.x) * 0.5;
    // Golden-ratio steps in two dimensions: even without being a grid.
    for n in 0..46 {
        let (u, v) = ((n as f32 * 0.754_877_7) % 1.0, (n as f32 * 0.569_840_3) % 1.0);
        let (x, y) = (middle + (u * 2.0 - 1.0) * half_width, back + (front - back) * v);
        let height = 1.58 + 0.3 * ((n as f32 * 0.618_034) % 1.0);
        if taken.is_free(x, y) {
            person(Vec3::new(x, y, 0.0), height, if n % 5 == 2 { Arms::Up } else { Arms::Down }, solid);
        }
    }
}
