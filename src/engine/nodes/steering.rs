//! From a direction per head to pan and tilt, as sinks and nodes share it.
//!
//! The rule has no history: it looks at the whole path when it is compiled.  Each head's branch is the one with the smaller
//! pan at the annotation's start, kept wherever it is in range, unless the path leads through straight down
//! ([`crate::engine::rig::aim`]).

use glam::Vec3;

use crate::engine::graph::build::Building;
use crate::engine::graph::plan::{At, Op};
use crate::engine::rig::aim::{Habit, aim, habit_of_path};
use crate::engine::rig::{Head, HeadIdx, Movement};
use crate::engine::signal::Slot;

/// Instants at which a path is looked at: its start, and others that fall in step with no rhythm.
const LOOKS: u32 = 32;
const GOLDEN: f64 = 0.618_033_988_749_895;

/// Where a head should look, from the numbers of one instant.
pub(super) trait Direction: Send + Sync + 'static {
    fn of(&self, at: &At<'_>, item: usize, head: &Head) -> Vec3;
}

/// Adds a step that writes pan (channel 0) and tilt (channel 1) in degrees for each item.
pub(super) fn steer(b: &mut Building<'_, '_>, items: &[HeadIdx], inputs: &[Slot], direction: impl Direction, finish: Finish) -> Slot {
    if items.is_empty() {
        return b.constant(1, 2, &[0.0]);
    }
    let heads: Vec<Head> = items.iter().map(|&head| b.rig().heads[head as usize].clone()).collect();
    let n = heads.len() as u32;
    let (start, length) = (b.inputs().start, b.inputs().end - b.inputs().start);
    let probe = b.push((n, 3), inputs, true, Probe { heads: heads.clone(), direction });
    let instants: Vec<f64> = (0..LOOKS).map(|nth| start + length * (f64::from(nth) * GOLDEN).fract()).collect();
    let looks = b.sample(&instants, probe);
    let habit = |(item, head): (usize, &Head)| {
        let path: Vec<Vec3> = looks.iter().map(|looks| look(looks, n as usize, item)).collect();
        habit_of_path(head, &path)
    };
    let habits = heads.iter().enumerate().map(habit).collect();
    b.push((n, 2), &[probe], true, Steer { heads, habits, looks: probe, finish })
}

/// Offsets added after aiming, and whether the result keeps to the head's range.
pub(super) struct Finish {
    pub(super) pan_offset_deg: f32,
    pub(super) tilt_offset_deg: f32,
    pub(super) clamp: bool,
}

fn look(data: &[f32], n: usize, item: usize) -> Vec3 {
    let axis = |axis: usize| data.get(axis * n + item).copied().unwrap_or(0.0);
    Vec3::new(axis(0), axis(1), axis(2)).try_normalize().unwrap_or(Vec3::NEG_Z)
}

struct Probe<D> {
    heads: Vec<Head>,
    direction: D,
}

impl<D: Direction> Op for Probe<D> {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let n = out.len() / 3;
        for (item, head) in self.heads.iter().enumerate() {
            let world = self.direction.of(at, item, head);
            let world = if world.is_finite() { world } else { Vec3::NEG_Z };
            world.to_array().into_iter().enumerate().for_each(|(axis, value)| out[axis * n + item] = value);
        }
    }

    fn weight(&self) -> u32 {
        8
    }
}

struct Steer {
    heads: Vec<Head>,
    habits: Vec<Habit>,
    looks: Slot,
    finish: Finish,
}

impl Op for Steer {
    fn eval(&self, at: &At<'_>, out: &mut [f32]) {
        let (looks, n) = (at.read(self.looks), out.len() / 2);
        for (item, (head, habit)) in self.heads.iter().zip(&self.habits).enumerate() {
            let mut angles = aim(head, look(looks.data, n, item), *habit);
            angles.pan += self.finish.pan_offset_deg;
            angles.tilt += self.finish.tilt_offset_deg;
            if self.finish.clamp {
                angles = crate::engine::rig::aim::clamp(head, angles);
            }
            out[item] = angles.pan;
            out[n + item] = angles.tilt;
        }
    }

    fn weight(&self) -> u32 {
        32
    }
}

/// A group's movement pyramid: u and v in -1..1 open up to the half extents around the base direction.
///
/// U is the venue's X laid into the plane across the base (Y where they are parallel), V stands across both, so that
/// for a base straight down u is right and v is upstage.
pub fn pyramid(movement: &Movement, u: f32, v: f32) -> Vec3 {
    let base = movement.base.try_normalize().unwrap_or(Vec3::NEG_Z);
    let along = if base.x.abs() < 0.99 { Vec3::X } else { Vec3::Y };
    let across = (along - base * along.dot(base)).normalize_or(Vec3::X);
    let up = across.cross(base);
    let (sin, cos) = movement.rotation_deg.to_radians().sin_cos();
    let (axis_u, axis_v) = (across * cos + up * sin, up * cos - across * sin);
    let lean = |share: f32, half_deg: f32| (share.clamp(-1.0, 1.0) * half_deg.clamp(0.0, 89.0)).to_radians().tan();
    (base + axis_u * lean(u, movement.half_u_deg) + axis_v * lean(v, movement.half_v_deg)).normalize_or(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pyramid_opens_to_its_half_extents() {
        let movement = Movement { half_u_deg: 30.0, half_v_deg: 10.0, ..Movement::default() };
        assert!((pyramid(&movement, 0.0, 0.0) - Vec3::NEG_Z).length() < 1e-6);
        let right = pyramid(&movement, 1.0, 0.0);
        assert!((right.angle_between(Vec3::NEG_Z).to_degrees() - 30.0).abs() < 0.01 && right.x > 0.0 && right.y.abs() < 1e-6);
        let upstage = pyramid(&movement, 0.0, 1.0);
        assert!((upstage.angle_between(Vec3::NEG_Z).to_degrees() - 10.0).abs() < 0.01 && upstage.y > 0.0);
    }
}
