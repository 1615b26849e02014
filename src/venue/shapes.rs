//! The meshes of a room's scenery, out of the archive that came with the room.

use std::collections::{BTreeMap, BTreeSet};

use glam::{Affine3A, Mat3A, Vec3, Vec3A};

use super::formats::archive::Archive;
use super::formats::mesh::Mesh;
use super::library::Library;
use super::model::{Scenery, Shape};

/// More of a whole room would take longer to draw than a show may wait; what is behind them is not drawn.
const MAX_TRIANGLES: usize = 3_000_000;
const MAX_MESH_BYTES: u64 = 64 << 20;

/// Three corners in metres, and their normals.
pub type Triangle = ([Vec3; 3], [Vec3; 3]);

#[derive(Debug, Default)]
pub struct Shapes {
    meshes: BTreeMap<String, Vec<Triangle>>,
}

impl Shapes {
    /// Those that `scenery` names, of the archive `models` of the library; none where that is not to be had.
    pub fn load(scenery: &[Scenery], models: Option<&str>, library: &Library) -> Self {
        let archived = models.and_then(|path| library.bytes(path).ok());
        let archive = archived.as_deref().and_then(|bytes| Archive::open(bytes).ok());
        let parts: BTreeSet<&str> = scenery.iter().flat_map(|piece| &piece.shapes).map(|shape| shape.part.as_str()).collect();
        let mesh = |part: &str| Mesh::read(&archive.as_ref()?.read(part, MAX_MESH_BYTES).ok().flatten()?);
        let meshes = parts.into_iter().filter_map(|part| Some((part.to_owned(), mesh(part)?.smooth()))).collect();
        Self { meshes }
    }

    /// The triangles of a piece around its centre; none where one of its meshes is missing, so that its box is drawn.
    pub fn triangles(&self, piece: &Scenery) -> Vec<Triangle> {
        let mut triangles = Vec::new();
        for shape in &piece.shapes {
            let Some(mesh) = self.meshes.get(&shape.part) else { return Vec::new() };
            let at = placed(shape);
            let straight = at.matrix3.inverse().transpose();
            // What is pressed flat has no inverse; its faces are turned like its corners.
            let straight = if straight.is_finite() { straight } else { at.matrix3 };
            let normal = |normal: Vec3| Vec3::from(straight * Vec3A::from(normal)).normalize_or(Vec3::Z);
            let room = MAX_TRIANGLES.saturating_sub(triangles.len());
            triangles.extend(
                mesh.iter()
                    .take(room)
                    .map(|(corners, normals)| (corners.map(|corner| at.transform_point3(corner) * 1e-3), normals.map(normal)))
                    .filter(|(corners, _)| corners.iter().all(|corner| corner.is_finite())),
            );
        }
        triangles
    }
}

fn placed(shape: &Shape) -> Affine3A {
    let [u, v, w, o] = [0, 3, 6, 9].map(|at| Vec3A::new(shape.at[at], shape.at[at + 1], shape.at[at + 2]));
    Affine3A { matrix3: Mat3A::from_cols(u, v, w), translation: o }
}
