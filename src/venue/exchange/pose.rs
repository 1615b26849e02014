//! Between MVR's matrices and a pose in metres and degrees, applied as Rx·Ry·Rz.

use glam::{DMat3, DQuat, DVec3, EulerRot};

use crate::venue::formats::mvr::matrix::Matrix;

/// Angles are rounded to this, so that 45 degrees come back as 45.
const STEP_DEG: f64 = 1e-4;

/// Position in metres, rotation in degrees, and the scale that the pose leaves out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) position: [f32; 3],
    pub(super) rotation_deg: [f32; 3],
    pub(super) scale: [f64; 3],
    pub(super) mirrored: bool,
}

pub(super) fn from_matrix(matrix: &Matrix) -> Placed {
    let axes = matrix.axes.map(DVec3::from_array);
    let scale = axes.map(DVec3::length);
    // Axes that are nothing, or lie in each other, turn nothing.
    let x = axes[0].try_normalize().unwrap_or(DVec3::X);
    let y = (axes[1] - x * axes[1].dot(x)).try_normalize();
    let (turn, mirrored) = match y {
        Some(y) => {
            let z = x.cross(y);
            (DMat3::from_cols(x, y, z), z.dot(axes[2]) < 0.0)
        }
        None => (DMat3::IDENTITY, false),
    };
    let (x, y, z) = DQuat::from_mat3(&turn).to_euler(EulerRot::XYZ);
    let degrees = |radians: f64| {
        let rounded = (radians.to_degrees() / STEP_DEG).round() * STEP_DEG;
        // No -0: it would be another value in a file.
        (rounded + 0.0) as f32
    };
    let position = matrix.origin.map(|mm| (mm / 1000.0).clamp(-1e6, 1e6) as f32 + 0.0);
    Placed { position, rotation_deg: [degrees(x), degrees(y), degrees(z)], scale, mirrored }
}

/// With its axes as long as `scale` says.
pub(super) fn to_matrix(position: [f32; 3], rotation_deg: [f32; 3], scale: [f64; 3]) -> Matrix {
    let [x, y, z] = rotation_deg.map(|degrees| f64::from(degrees).to_radians());
    let turn = DMat3::from_quat(DQuat::from_euler(EulerRot::XYZ, x, y, z));
    let tidy = |number: f64| if number.abs() < 1e-12 { 0.0 } else { number };
    let axis = |at: usize| (turn.col(at) * scale[at]).to_array().map(tidy);
    Matrix { axes: [axis(0), axis(1), axis(2)], origin: position.map(millimetres) }
}

/// With the digits that people see in metres, not those that only a double has.
fn millimetres(metres: f32) -> f64 {
    let shown: f64 = metres.to_string().parse().unwrap_or(f64::from(metres));
    (shown * 1e12).round() / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pose_becomes_a_matrix_and_comes_back() {
        for (position, rotation) in [
            ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
            ([1.25, -3.5, 6.1], [45.0, 0.0, 0.0]),
            ([-5.6, 14.198_6, 0.333], [10.0, 20.0, -30.0]),
            ([0.0, 0.0, 5.0], [180.0, 0.0, 90.0]),
            ([0.1, 0.2, 0.3], [-90.0, 12.5, 7.25]),
        ] {
            let back = from_matrix(&to_matrix(position, rotation, [1.0; 3]));
            assert_eq!((back.position, back.rotation_deg, back.mirrored), (position, rotation, false));
        }
    }

    #[test]
    fn millimetres_are_written_as_people_would() {
        assert_eq!(to_matrix([-5.6, 0.1, 14.1986], [0.0; 3], [1.0; 3]).text(), "{1,0,0}{0,1,0}{0,0,1}{-5600,100,14198.6}");
    }

    #[test]
    fn the_rows_of_a_matrix_are_where_the_axes_go() {
        // A quarter turn about Z: x goes to y.
        let matrix = Matrix::parse("{0,1,0}{-1,0,0}{0,0,1}{1000,2000,3000}").unwrap();
        let placed = from_matrix(&matrix);
        assert_eq!((placed.position, placed.rotation_deg), ([1.0, 2.0, 3.0], [0.0, 0.0, 90.0]));
        assert_eq!(matrix.apply([1.0, 0.0, 0.0]), [1000.0, 2001.0, 3000.0]);
    }

    #[test]
    fn scale_mirrors_and_nothing_are_told_apart() {
        let placed = from_matrix(&Matrix::parse("{2,0,0}{0,3,0}{0,0,-4}{0,0,0}").unwrap());
        assert_eq!((placed.scale, placed.mirrored, placed.rotation_deg), ([2.0, 3.0, 4.0], true, [0.0; 3]));
        let nothing = from_matrix(&Matrix { axes: [[0.0; 3]; 3], origin: [0.0; 3] });
        assert_eq!(nothing.rotation_deg, [0.0; 3]);
    }
}
