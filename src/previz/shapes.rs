//! Solids built from boxes, tubes and trusses: everything in the room is drawn of these, so nothing is loaded.
//!
//! Coordinates are metres in whatever space the caller builds in; triangles wind counter-clockwise seen from outside.

use std::f32::consts::TAU;

use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;

/// Triangles on their way to a mesh.
#[derive(Default)]
pub struct Solid {
    positions: Vec<Vec3>,
    normals: Vec<Vec3>,
    indices: Vec<u32>,
}

impl Solid {
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    pub fn cuboid(&mut self, centre: Vec3, size: Vec3) -> &mut Self {
        let half = size * 0.5;
        for (normal, u, v) in [(Vec3::X, Vec3::Y, Vec3::Z), (Vec3::Y, Vec3::Z, Vec3::X), (Vec3::Z, Vec3::X, Vec3::Y)] {
            for side in [1.0, -1.0] {
                let face = centre + normal * half * side;
                let (du, dv) = (u * half * side, v * half);
                self.quad([face - du - dv, face + du - dv, face + du + dv, face - du + dv], normal * side);
            }
        }
        self
    }

    pub fn triangle(&mut self, corners: [Vec3; 3], normals: [Vec3; 3]) {
        let first = self.positions.len() as u32;
        self.positions.extend(corners);
        self.normals.extend(normals);
        self.indices.extend([first, first + 1, first + 2]);
    }

    /// The lowest corner's height; above everything where there is none.
    pub fn lowest(&self) -> f32 {
        self.positions.iter().map(|corner| corner.z).fold(f32::MAX, f32::min)
    }

    fn quad(&mut self, corners: [Vec3; 4], normal: Vec3) {
        let first = self.positions.len() as u32;
        self.positions.extend(corners);
        self.normals.extend([normal; 4]);
        self.indices.extend([0, 1, 2, 0, 2, 3].map(|corner| first + corner));
    }

    /// A closed frustum from `from` to `to`.
    pub fn tube(&mut self, from: Vec3, to: Vec3, radius_from: f32, radius_to: f32, sides: u32) -> &mut Self {
        let Some(axis) = (to - from).try_normalize() else {
            return self;
        };
        let (u, v) = axis.any_orthonormal_pair();
        let around = |side: u32| {
            let (sin, cos) = (side as f32 / sides as f32 * TAU).sin_cos();
            u * cos + v * sin
        };
        let first = self.positions.len() as u32;
        for side in 0..sides {
            let out = around(side);
            self.positions.extend([from + out * radius_from, to + out * radius_to]);
            self.normals.extend([out, out]);
        }
        for side in 0..sides {
            let (a, b) = (first + 2 * side, first + 2 * ((side + 1) % sides));
            self.indices.extend([a, b, b + 1, a, b + 1, a + 1]);
        }
        for (centre, radius, normal) in [(from, radius_from, -axis), (to, radius_to, axis)] {
            let first = self.positions.len() as u32;
            self.positions.extend((0..sides).map(|side| centre + around(side) * radius));
            self.normals.extend((0..sides).map(|_| normal));
            for side in 1..sides - 1 {
                let (b, c) = if normal == axis { (side, side + 1) } else { (side + 1, side) };
                self.indices.extend([first, first + b, first + c]);
            }
        }
        self
    }

    /// Four chords along X with zigzag lacing on every side.
    pub fn box_truss(&mut self, length: f32, depth: f32, height: f32) -> &mut Self {
        let chord = (depth.min(height) * 0.09).clamp(0.012, 0.03);
        let lace = chord * 0.5;
        let (x, y, z) = (length * 0.5, depth * 0.5 - chord, height * 0.5 - chord);
        let edges = [(y, z), (-y, z), (-y, -z), (y, -z)];
        for (y, z) in edges {
            self.tube(Vec3::new(-x, y, z), Vec3::new(x, y, z), chord, chord, 6);
        }
        let n_bays = (length / depth.max(height).max(0.1)).round().clamp(1.0, 80.0) as usize;
        let at = |bay: usize, (y, z): (f32, f32)| Vec3::new(-x + length * bay as f32 / n_bays as f32, y, z);
        for side in 0..4 {
            let (a, b) = (edges[side], edges[(side + 1) % 4]);
            for bay in 0..n_bays {
                let (from, to) = if bay % 2 == 0 { (a, b) } else { (b, a) };
                self.tube(at(bay, from), at(bay + 1, to), lace, lace, 4);
            }
            for bay in [0, n_bays] {
                self.tube(at(bay, a), at(bay, b), lace, lace, 4);
            }
        }
        self
    }

    pub fn ball(&mut self, centre: Vec3, radius: Vec3, sides: u32) -> &mut Self {
        let rings = (sides / 2).max(2);
        let first = self.positions.len() as u32;
        for ring in 0..=rings {
            let (sin_ring, cos_ring) = (ring as f32 / rings as f32 * TAU * 0.5).sin_cos();
            for side in 0..=sides {
                let (sin, cos) = (side as f32 / sides as f32 * TAU).sin_cos();
                let out = Vec3::new(cos * sin_ring, sin * sin_ring, cos_ring);
                self.positions.push(centre + out * radius);
                self.normals.push(out);
            }
        }
        for ring in 0..rings {
            for side in 0..sides {
                let a = first + ring * (sides + 1) + side;
                let b = a + sides + 1;
                self.indices.extend([a, b, b + 1, a, b + 1, a + 1]);
            }
        }
        self
    }

    /// Adds `other`, turned.
    pub fn append(&mut self, other: Self, turn: Quat) -> &mut Self {
        let first = self.positions.len() as u32;
        self.positions.extend(other.positions.into_iter().map(|position| turn * position));
        self.normals.extend(other.normals.into_iter().map(|normal| turn * normal));
        self.indices.extend(other.indices.into_iter().map(|corner| first + corner));
        self
    }

    pub fn mesh(self) -> Mesh {
        let flat: Vec<[f32; 2]> = vec![[0.0; 2]; self.positions.len()];
        Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default())
            .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, self.positions)
            .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, self.normals)
            .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, flat)
            .with_inserted_indices(Indices::U32(self.indices))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every triangle's winding agrees with the normals it carries.
    fn check(name: &str, solid: &Solid) {
        assert!(!solid.is_empty(), "{name}");
        for triangle in solid.indices.chunks(3) {
            let [a, b, c] = [triangle[0], triangle[1], triangle[2]].map(|corner| solid.positions[corner as usize]);
            let facing = (b - a).cross(c - a);
            let normal = triangle.iter().map(|&corner| solid.normals[corner as usize]).sum::<Vec3>();
            assert!(facing.length() < 1e-6 || facing.dot(normal) > 0.0, "{name}: {a} {b} {c}");
        }
    }

    #[test]
    fn every_solid_shows_its_outside() {
        let solid = |build: &dyn Fn(&mut Solid)| {
            let mut solid = Solid::default();
            build(&mut solid);
            solid
        };
        check("cuboid", &solid(&|s| _ = s.cuboid(Vec3::ONE, Vec3::new(1.0, 2.0, 3.0))));
        check("tube", &solid(&|s| _ = s.tube(Vec3::ZERO, Vec3::new(1.0, 1.0, 0.0), 0.2, 0.1, 7)));
        check("truss", &solid(&|s| _ = s.box_truss(6.0, 0.3, 0.3)));
        check("ball", &solid(&|s| _ = s.ball(Vec3::ZERO, Vec3::ONE, 8)));
    }
}
