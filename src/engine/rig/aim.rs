//! Pan and tilt: from angles to a direction and back.
//!
//! A head at rest (0, 0) looks along -Z of its fixture.  Pan turns about the fixture's Z, tilt about its X after
//! that: direction = Rz(pan) Rx(tilt) (0, 0, -1).

use glam::{Quat, Vec3};

use super::Head;

/// Degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PanTilt {
    pub pan: f32,
    pub tilt: f32,
}

/// Where a head looks, in its fixture's space.
pub fn direction(angles: PanTilt) -> Vec3 {
    let (pan, tilt) = (angles.pan.to_radians(), angles.tilt.to_radians());
    Vec3::new(-pan.sin() * tilt.sin(), pan.cos() * tilt.sin(), -tilt.cos())
}

/// The same as a rotation from the head's own space to its fixture's.
pub fn rotation(angles: PanTilt) -> Quat {
    Quat::from_rotation_z(angles.pan.to_radians()) * Quat::from_rotation_x(angles.tilt.to_radians())
}

/// Which of the two ways to look somewhere: tilted forward, or turned half round and tilted back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Branch {
    #[default]
    Forward,
    Turned,
}

/// How a head reaches directions during one annotation: the branch it started on, and the pan there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Habit {
    pub branch: Branch,
    pub pan: f32,
}

fn solution(local: Vec3, branch: Branch) -> PanTilt {
    let local = local.normalize_or(Vec3::NEG_Z);
    let tilt = (-local.z).clamp(-1.0, 1.0).acos().to_degrees();
    let pan = if local.x.hypot(local.y) < 1e-6 { 0.0 } else { (-local.x).atan2(local.y).to_degrees() };
    match branch {
        Branch::Forward => PanTilt { pan, tilt },
        Branch::Turned => PanTilt { pan: if pan > 0.0 { pan - 180.0 } else { pan + 180.0 }, tilt: -tilt },
    }
}

/// Chooses the branch with the smaller pan, among those in range: the rule at an annotation's start.
pub fn habit(head: &Head, world: Vec3) -> Habit {
    let local = head.world_from_fixture.inverse() * world;
    let (forward, turned) = (solution(local, Branch::Forward), solution(local, Branch::Turned));
    let better = forward.pan.abs() <= turned.pan.abs() + 1e-4;
    let prefer_forward = match (reaches(head, forward), reaches(head, turned)) {
        (true, false) => true,
        (false, true) => false,
        _ => better,
    };
    if prefer_forward { Habit { branch: Branch::Forward, pan: forward.pan } } else { Habit { branch: Branch::Turned, pan: turned.pan } }
}

/// Pan and tilt that look along `world`: on the habit's branch while it is in range, else on the other; pan is taken
/// within half a turn of the habit's, so that it does not jump where the circle closes.  Unreachable = nearest.
pub fn aim(head: &Head, world: Vec3, habit: Habit) -> PanTilt {
    let local = head.world_from_fixture.inverse() * world;
    let other = if habit.branch == Branch::Forward { Branch::Turned } else { Branch::Forward };
    let mut best = None;
    for branch in [habit.branch, other] {
        let unwrapped = unwrap(solution(local, branch), habit.pan);
        for turns in [0.0, -360.0, 360.0] {
            let angles = PanTilt { pan: unwrapped.pan + turns, ..unwrapped };
            let reached = clamp(head, angles);
            if reached == angles {
                return angles;
            }
            let near = direction(reached).dot(local);
            if best.is_none_or(|(nearest, _)| near > nearest + 1e-6) {
                best = Some((near, reached));
            }
        }
    }
    best.map(|(_, angles)| angles).unwrap_or_default()
}

fn unwrap(angles: PanTilt, near: f32) -> PanTilt {
    PanTilt { pan: angles.pan - ((angles.pan - near) / 360.0).round() * 360.0, ..angles }
}

fn ordered((a, b): (f32, f32)) -> (f32, f32) {
    (a.min(b), a.max(b))
}

/// Keeps angles inside the head's range; an axis it lacks stays at 0.
pub fn clamp(head: &Head, angles: PanTilt) -> PanTilt {
    let axis = |value: f32, range: Option<(f32, f32)>| range.map_or(0.0, |range| value.clamp(ordered(range).0, ordered(range).1));
    PanTilt { pan: axis(angles.pan, head.pan_deg), tilt: axis(angles.tilt, head.tilt_deg) }
}

fn reaches(head: &Head, angles: PanTilt) -> bool {
    clamp(head, angles) == angles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rig::Caps;

    fn mover(turn: Quat) -> Head {
        Head {
            fixture: 0,
            index: 0,
            position: Vec3::ZERO,
            world_from_fixture: turn,
            caps: Caps::MOVEMENT,
            pan_deg: Some((-270.0, 270.0)),
            tilt_deg: Some((-135.0, 135.0)),
            strobe_hz: (1.0, 10.0),
        }
    }

    #[test]
    fn aiming_and_looking_are_inverse_for_any_pose() {
        for turn in [Quat::IDENTITY, Quat::from_rotation_x(2.1), Quat::from_rotation_y(0.6) * Quat::from_rotation_z(1.0)] {
            let head = mover(turn);
            for i in 0..200 {
                let (a, b) = (i as f32 * 0.31, (i as f32 * 0.17).sin());
                let world = Vec3::new(a.cos() * (1.0 - b * b).sqrt(), a.sin() * (1.0 - b * b).sqrt(), b);
                let angles = aim(&head, world, habit(&head, world));
                let looked = turn * direction(angles);
                if (head.world_from_fixture.inverse() * world).z < 0.6 {
                    assert!(looked.distance(world) < 1e-3, "{world}: {angles:?} looks along {looked}");
                }
            }
        }
    }

    #[test]
    fn the_branch_with_the_smaller_pan_is_taken_at_the_start_and_kept() {
        let head = mover(Quat::IDENTITY);
        let back = Vec3::new(0.1, -1.0, -1.0);
        let start = habit(&head, back);
        assert_eq!(start.branch, Branch::Turned);
        assert!(aim(&head, back, start).tilt < 0.0 && aim(&head, Vec3::new(0.0, 1.0, -1.0), start).tilt < 0.0);
    }

    #[test]
    fn pan_does_not_jump_where_the_circle_closes() {
        let head = mover(Quat::IDENTITY);
        let at = |degrees: f32| Vec3::new(-degrees.to_radians().sin(), degrees.to_radians().cos(), -0.5);
        let start = habit(&head, at(80.0));
        let pans: Vec<f32> = (0..=36).map(|step| aim(&head, at(80.0 + step as f32 * 5.0), start).pan).collect();
        assert!(pans.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 10.0), "{pans:?}");
    }
}
