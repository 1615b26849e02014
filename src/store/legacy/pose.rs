//! Where the predecessor's fixtures hang, in our space.
//!
//! `*.luma` files are X right, Y up, Z towards the audience, Euler XYZ (the matrix Rx·Ry·Rz) in radians.  The later
//! `luma.db` holds the same numbers with Y and Z, and the angles about Y and Z, in each other's columns: read as
//! coordinates that is a left-handed space.  Ours is X right, Y upstage, Z up, Rx·Ry·Rz in degrees.  Positions and whole
//! rotation matrices change basis; angles by themselves never do.

use glam::{DMat3, DVec3};

/// How a file's columns are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// As `*.luma` has it.
    YUp,
    /// As the later `luma.db` has it: `pos_y` and `pos_z`, `rot_y` and `rot_z` in each other's place.
    Swapped,
}

/// Metres, and degrees applied as Rx·Ry·Rz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    pub position: [f64; 3],
    pub rotation_deg: [f64; 3],
}

/// The pose of a fixture from its columns, position in metres and angles in radians.
pub fn pose(frame: Frame, position: [f64; 3], rotation_rad: [f64; 3]) -> Pose {
    let ([x, y, z], [rx, ry, rz]) = match frame {
        Frame::YUp => (position, rotation_rad),
        Frame::Swapped => ([position[0], position[2], position[1]], [rotation_rad[0], rotation_rad[2], rotation_rad[1]]),
    };
    let ours = ours_from_theirs();
    let rotation = ours * matrix([rx, ry, rz]) * ours.transpose();
    Pose { position: [x, 0.0 - z, y], rotation_deg: angles(rotation).map(|angle| clean(angle.to_degrees())) }
}

/// A direction of the file in our space.
pub(super) fn direction(frame: Frame, [x, y, z]: [f64; 3]) -> [f64; 3] {
    match frame {
        Frame::YUp => [x, 0.0 - z, y],
        Frame::Swapped => [x, 0.0 - y, z],
    }
}

/// (x, y, z) -> (x, -z, y), a quarter turn about X.
fn ours_from_theirs() -> DMat3 {
    DMat3::from_cols(DVec3::X, DVec3::Z, DVec3::NEG_Y)
}

fn matrix([x, y, z]: [f64; 3]) -> DMat3 {
    DMat3::from_rotation_x(x) * DMat3::from_rotation_y(y) * DMat3::from_rotation_z(z)
}

/// The angles of Rx·Ry·Rz.  Where the middle one is a quarter turn, the outer two turn about one axis: all of it is given to
/// the first.
fn angles(m: DMat3) -> [f64; 3] {
    let flat = m.x_axis.x.hypot(m.y_axis.x);
    let y = m.z_axis.x.atan2(flat);
    if flat > 1e-9 { [(-m.z_axis.y).atan2(m.z_axis.z), y, (-m.y_axis.x).atan2(m.x_axis.x)] } else { [m.y_axis.z.atan2(m.y_axis.y), y, 0.0] }
}

/// A right angle stays one: what rounding leaves (1e-14 of a degree) is nothing that anybody set.
fn clean(degrees: f64) -> f64 {
    let rounded = (degrees * 1e9).round() / 1e9;
    if (degrees - rounded).abs() < 1e-11 { rounded + 0.0 } else { degrees }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_PI_2, PI};

    use proptest::prelude::*;

    use super::*;

    fn degrees_matrix(degrees: [f64; 3]) -> DMat3 {
        matrix(degrees.map(f64::to_radians))
    }

    fn close(a: DVec3, b: DVec3) -> bool {
        a.distance(b) < 1e-6 * (1.0 + a.length())
    }

    /// What a point fixed to the fixture does in their space, seen in ours, is what our pose does with that point.
    fn lands(position: [f64; 3], rotation: [f64; 3], point: [f64; 3]) {
        // By hand, as the description of the format says it, not with the functions under test.
        let seen = |v: DVec3| DVec3::new(v.x, -v.z, v.y);
        let point = DVec3::from_array(point);
        let expected = seen(DVec3::from_array(position) + matrix(rotation) * point);
        let swapped = |[x, y, z]: [f64; 3]| [x, z, y];
        for pose in [pose(Frame::YUp, position, rotation), pose(Frame::Swapped, swapped(position), swapped(rotation))] {
            let found = DVec3::from_array(pose.position) + degrees_matrix(pose.rotation_deg) * seen(point);
            assert!(close(found, expected), "{position:?} {rotation:?}: {found} for {expected} by {pose:?}");
        }
    }

    #[test]
    fn front_and_back_left_and_right_high_and_low_stay_what_they_were() {
        // Two to the right, five up, three towards the audience.
        assert_eq!(pose(Frame::YUp, [2.0, 5.0, 3.0], [0.0; 3]).position, [2.0, -3.0, 5.0]);
        assert_eq!(pose(Frame::Swapped, [2.0, 3.0, 5.0], [0.0; 3]).position, [2.0, -3.0, 5.0]);
        assert_eq!(direction(Frame::YUp, [0.0, -1.0, 0.0]), [0.0, 0.0, -1.0]);
        assert_eq!(direction(Frame::Swapped, [0.0, 1.0, 0.0]), [0.0, -1.0, 0.0]);
    }

    #[test]
    fn single_turns_are_what_one_would_say() {
        let turn = |rotation| pose(Frame::YUp, [0.0; 3], rotation).rotation_deg;
        assert_eq!(turn([FRAC_PI_2, 0.0, 0.0]), [90.0, 0.0, 0.0]);
        // A turn about their vertical is one about ours; about the axis towards the audience, one about ours upstage, backwards.
        assert_eq!(turn([0.0, 0.5_f64.to_radians(), 0.0]), [0.0, 0.0, 0.5]);
        assert_eq!(turn([0.0, 0.0, 30_f64.to_radians()]), [0.0, -30.0, 0.0]);
        assert_eq!(pose(Frame::Swapped, [0.0; 3], [0.0, 30_f64.to_radians(), 0.0]).rotation_deg, [0.0, -30.0, 0.0]);
    }

    #[test]
    fn quarter_turns_that_lock_the_gimbal_land_where_they_should() {
        let quarters = [-PI, -FRAC_PI_2, 0.0, FRAC_PI_2, PI];
        for x in quarters {
            for y in quarters {
                for z in quarters {
                    for nudge in [0.0, 1e-12, 1e-8, 1e-4] {
                        lands([1.0, 2.0, 3.0], [x + nudge, y - nudge, z + nudge], [0.3, -1.0, 0.7]);
                        lands([1.0, 2.0, 3.0], [x + 0.3, y, z + nudge], [0.3, -1.0, 0.7]);
                        lands([1.0, 2.0, 3.0], [x, y + nudge, z + 0.4], [0.3, -1.0, 0.7]);
                        lands([1.0, 2.0, 3.0], [x + 0.5, y + 0.4, z + nudge], [0.3, -1.0, 0.7]);
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_point_of_any_fixture_lands_where_it_was(
            position in prop::array::uniform3(-50.0..50.0),
            rotation in prop::array::uniform3(-10.0..10.0),
            point in prop::array::uniform3(-5.0..5.0),
        ) {
            lands(position, rotation, point);
        }
    }
}
