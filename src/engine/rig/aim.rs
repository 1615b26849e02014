//! Pan and tilt: from angles to a direction and back.
//!
//! A head at rest (0, 0) looks along -Z of its fixture.  Pan turns about the fixture's Z, tilt about its X after
//! that: direction = Rz(pan) Rx(tilt) (0, 0, -1).
//!
//! # Straight down
//! There pan means nothing, and a path through it meets the other side with pan turned by half a turn if the branch of its
//! start is kept: the head whips round while its beam should cross the floor.  Sweeps and eights do just that under the
//! usual base direction.  So a path that comes close to straight down is aimed *across* it: pan stays within a quarter turn of
//! the path's main direction, and tilt goes through 0.  Any other path keeps the branch of its start; a circle around
//! straight down would whip twice a turn where it now does once.  Which it is, is found from the whole path, so this
//! rule has no history either.

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
    /// The path is aimed across straight down: `pan` is its main direction, and the branch is whichever stays nearer to that.
    pub across: bool,
}

/// A path that comes closer to straight down than this is aimed across it.
const NEAR_DOWN_DEG: f32 = 10.0;
/// A path much longer than wide that lies on both sides of straight down passes it closely, seen or not.
const NARROW: f32 = 0.1;

/// Pan that looks along a horizontal direction of the fixture while tilting forward.
fn pan_along(x: f32, y: f32) -> f32 {
    (-x).atan2(y).to_degrees()
}

fn solution(local: Vec3, branch: Branch) -> Option<PanTilt> {
    let local = local.normalize_or(Vec3::NEG_Z);
    let tilt = (-local.z).clamp(-1.0, 1.0).acos().to_degrees();
    // Straight down (or up) any pan will do.
    let pan = (local.x.hypot(local.y) >= 1e-5).then(|| pan_along(local.x, local.y))?;
    Some(match branch {
        Branch::Forward => PanTilt { pan, tilt },
        Branch::Turned => PanTilt { pan: turned(pan), tilt: -tilt },
    })
}

fn turned(pan: f32) -> f32 {
    if pan > 0.0 { pan - 180.0 } else { pan + 180.0 }
}

/// Chooses the branch with the smaller pan, among those in range: the rule at an annotation's start.
pub fn habit(head: &Head, world: Vec3) -> Habit {
    let local = head.world_from_fixture.inverse() * world;
    let Some((forward, turned)) = solution(local, Branch::Forward).zip(solution(local, Branch::Turned)) else {
        return Habit::default();
    };
    let better = forward.pan.abs() <= turned.pan.abs() + 1e-4;
    let prefer_forward = match (reaches(head, forward), reaches(head, turned)) {
        (true, false) => true,
        (false, true) => false,
        _ => better,
    };
    let (branch, pan) = if prefer_forward { (Branch::Forward, forward.pan) } else { (Branch::Turned, turned.pan) };
    Habit { branch, pan, across: false }
}

/// The habit for a path of directions, the first of which is its start.
pub fn habit_of_path(head: &Head, path: &[Vec3]) -> Habit {
    let (mut along_x, mut along_y, mut both) = (0.0, 0.0, 0.0);
    let mut near = false;
    let inverse = head.world_from_fixture.inverse();
    let locals: Vec<Vec3> = path.iter().map(|&world| (inverse * world).normalize_or(Vec3::NEG_Z)).collect();
    for local in &locals {
        (along_x, along_y, both) = (along_x + local.x * local.x, along_y + local.y * local.y, both + local.x * local.y);
        near |= -local.z > NEAR_DOWN_DEG.to_radians().cos();
    }
    // The axis along which the path is longest, and how much longer than wide it is.
    let angle = (2.0 * both).atan2(along_x - along_y) / 2.0;
    let (y, x) = angle.sin_cos();
    let spread = (along_x - along_y).hypot(2.0 * both);
    let (long, wide) = ((along_x + along_y + spread) / 2.0, (along_x + along_y - spread) / 2.0);
    let on_side = |side: f32| locals.iter().any(|local| (local.x * x + local.y * y) * side > 0.1);
    let through = wide < NARROW * long && on_side(1.0) && on_side(-1.0);
    if !(near || through) || long < 1e-6 {
        return path.first().map_or_else(Habit::default, |&start| habit(head, start));
    }
    let pan = pan_along(x, y);
    let reached = |pan: f32| reaches(head, PanTilt { pan, tilt: 0.0 });
    // The same axis looked along either way: the smaller pan, as at any start.
    let better = if pan.abs() <= turned(pan).abs() + 1e-4 { pan } else { turned(pan) };
    let pan = if reached(better) { better } else { turned(better) };
    Habit { branch: Branch::Forward, pan, across: true }
}

/// Pan and tilt that look along `world`: on the habit's branch while it is in range, else on the other; pan is taken
/// within half a turn of the habit's, so that it does not jump where the circle closes.  Unreachable = nearest.
pub fn aim(head: &Head, world: Vec3, habit: Habit) -> PanTilt {
    let local = head.world_from_fixture.inverse() * world;
    let straight = PanTilt { pan: habit.pan, tilt: if local.z < 0.0 { 0.0 } else { 180.0 } };
    let near = |branch| solution(local, branch).map_or(straight, |angles| unwrap(angles, habit.pan));
    let (mut branch, mut other) = (Branch::Forward, Branch::Turned);
    let turned = if habit.across { (near(branch).pan - habit.pan).abs() > 90.0 } else { habit.branch == Branch::Turned };
    if turned {
        std::mem::swap(&mut branch, &mut other);
    }
    let mut best = None;
    for branch in [branch, other] {
        let unwrapped = near(branch);
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

    /// Directions along a line over the floor, or round a circle, under a head that hangs 1 m above its middle.
    fn path(at: impl Fn(f32) -> (f32, f32)) -> Vec<Vec3> {
        (0..=200).map(|step| at(step as f32 / 200.0)).map(|(x, y)| Vec3::new(x, y, -1.0).normalize_or_zero()).collect()
    }

    fn largest_step(path: &[Vec3], habit: Habit) -> f32 {
        let head = mover(Quat::IDENTITY);
        let angles: Vec<PanTilt> = path.iter().map(|&world| aim(&head, world, habit)).collect();
        for (angles, world) in angles.iter().zip(path) {
            assert!(direction(*angles).distance(*world) < 1e-3, "{angles:?} does not look along {world}");
        }
        angles.windows(2).map(|pair| (pair[1].pan - pair[0].pan).abs().max((pair[1].tilt - pair[0].tilt).abs())).fold(0.0, f32::max)
    }

    #[test]
    fn a_path_through_straight_down_tilts_across_it_and_does_not_whip_round() {
        let head = mover(Quat::IDENTITY);
        let along = |angle: f32, x: f32, y: f32| (x * angle.cos() - y * angle.sin(), x * angle.sin() + y * angle.cos());
        for angle in [0.0, 0.4, 1.5, 2.9] {
            let sweep = path(|t| along(angle, (t * 12.0).sin(), 0.0));
            assert!(largest_step(&sweep, habit_of_path(&head, &sweep)) < 6.0, "a sweep at {angle}");
            // What the branch of the start alone would do.
            assert!(largest_step(&sweep, habit(&head, sweep[10])) > 170.0);
            let eight = path(|t| along(angle, (t * 6.3 + 0.1).sin(), 0.5 * (t * 12.6 + 0.2).sin()));
            assert!(largest_step(&eight, habit_of_path(&head, &eight)) < 10.0, "an eight at {angle}");
            // Close by, pan has to follow for a moment; but the head ends where it began instead of half a turn away.
            let passing = path(|t| along(angle, t * 4.0 - 2.0, 0.02));
            let turn = |habit| (aim(&head, passing[200], habit).pan - aim(&head, passing[0], habit).pan).abs();
            assert!(turn(habit_of_path(&head, &passing)) < 2.0, "passing closely at {angle}");
            assert!(turn(habit(&head, passing[0])) > 170.0);
        }
        let circle = path(|t| ((t * 3.0).cos(), (t * 3.0).sin()));
        assert_eq!(habit_of_path(&head, &circle), habit(&head, circle[0]), "what does not come near keeps the branch of its start");
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
