//! Normals of a mesh that has none: faces that meet at a small angle are one curved surface, others have an edge between them.

use std::collections::HashMap;

use glam::Vec3;

use super::Mesh;

/// Cosine of the angle from which on two faces have an edge between them: 35 degrees.
const CREASE: f32 = 0.819;
/// Corners nearer to each other than this are one, in millimetres.
const SAME_MM: f32 = 0.1;
/// Faces at one corner that are looked at: the middle of a fan would take the square of its faces.
const MAX_FACES: usize = 32;

impl Mesh {
    /// Every triangle with its three corners and their normals.  Triangles without an area are left out.
    pub fn smooth(&self) -> Vec<([Vec3; 3], [Vec3; 3])> {
        let faces: Vec<([Vec3; 3], Vec3)> = self
            .triangles
            .iter()
            .filter_map(|triangle| {
                let corners = triangle.map(|corner| Vec3::from_array(self.corners[corner as usize]));
                // Its length is twice the area: a large face turns its neighbours' normals more than a small one.
                let normal = (corners[1] - corners[0]).cross(corners[2] - corners[0]);
                normal.try_normalize().map(|_| (corners, normal))
            })
            .collect();
        let place = |corner: Vec3| (corner / SAME_MM).round().as_ivec3();
        let mut around: HashMap<_, Vec<Vec3>> = HashMap::new();
        for (corners, normal) in &faces {
            for corner in corners {
                let met = around.entry(place(*corner)).or_default();
                if met.len() < MAX_FACES {
                    met.push(*normal);
                }
            }
        }
        let normal_at = |corner: Vec3, own: Vec3| {
            let flat = own.normalize_or(Vec3::Z);
            let met = around.get(&place(corner)).into_iter().flatten().filter(|other| other.normalize_or_zero().dot(flat) > CREASE);
            met.sum::<Vec3>().try_normalize().unwrap_or(flat)
        };
        faces.iter().map(|(corners, own)| (*corners, corners.map(|corner| normal_at(corner, *own)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::unit_box;
    use super::*;

    #[test]
    fn a_box_has_flat_faces_and_a_round_thing_none() {
        let cube = Mesh::read(&unit_box()).unwrap().smooth();
        assert_eq!(cube.len(), 12);
        for (corners, normals) in cube {
            let flat = (corners[1] - corners[0]).cross(corners[2] - corners[0]).normalize_or_zero();
            assert!(normals.iter().all(|normal| normal.dot(flat) > 0.999), "{normals:?}");
            assert!(flat.dot(corners[0]) > 0.0, "faces look outwards");
        }
        // A tube of 24 sides: every normal points away from the axis, exactly.
        let at = |side: u32, z: f32| {
            let (sin, cos) = (side as f32 / 24.0 * std::f32::consts::TAU).sin_cos();
            [1000.0 * cos, 1000.0 * sin, z]
        };
        let mut tube = Mesh::default();
        for side in 0..24 {
            tube.add([at(side, 0.0), at(side + 1, 0.0), at(side + 1, 500.0), at(side, 500.0)], [[0, 1, 2], [0, 2, 3]]);
        }
        for (corners, normals) in tube.smooth() {
            for (corner, normal) in corners.into_iter().zip(normals) {
                assert!(normal.dot(corner.truncate().extend(0.0).normalize_or_zero()) > 0.99, "{corner} {normal}");
            }
        }
    }
}
