//! The scenery that has meshes, ready to be drawn: one mesh of it all, where on the floor it stands and what it hides.
//!
//! Costs up to seconds for a whole hall, and needs nothing of the world, so that it can be made on any thread.

use std::collections::BTreeSet;

use bevy::prelude::*;

use super::crowd::Taken;
use super::shapes::Solid;
use super::vantage::Walls;
use crate::engine::rig::Pose;
use crate::venue::library::Library;
use crate::venue::model::Scenery;
use crate::venue::shapes::Shapes;

/// In the venue's space.
#[derive(Debug, Default)]
pub(super) struct Furniture {
    /// The archive that the meshes were looked for in.
    pub(super) models: Option<String>,
    pub(super) mesh: Option<Mesh>,
    pub(super) lowest: f32,
    pub(super) taken: Taken,
    pub(super) walls: Walls,
    /// The places in the scenery of what is in the mesh.
    furnished: BTreeSet<usize>,
}

impl Furniture {
    pub(super) fn of(scenery: &[Scenery], models: Option<&str>, library: &Library) -> Self {
        let shapes = Shapes::load(scenery, models, library);
        let mut shell = Solid::default();
        let mut furniture = Self { models: models.map(str::to_owned), ..Self::default() };
        for (n, piece) in scenery.iter().enumerate() {
            let (pose, triangles) = (pose(piece), shapes.triangles(piece));
            if !triangles.is_empty() {
                furniture.furnished.insert(n);
            }
            for (corners, normals) in triangles {
                let corners = corners.map(|corner| pose.transform_point(corner));
                furniture.taken.triangle(&corners);
                furniture.walls.triangle(&corners);
                shell.triangle(corners, normals.map(|normal| pose.rotation * normal));
            }
        }
        furniture.walls.keep_largest();
        if !shell.is_empty() {
            furniture.lowest = shell.lowest();
            furniture.mesh = Some(shell.mesh());
        }
        furniture
    }

    /// Whether the piece at this place of the scenery is in the mesh.
    pub(super) fn has(&self, piece: usize) -> bool {
        self.furnished.contains(&piece)
    }
}

pub(super) fn pose(piece: &Scenery) -> Transform {
    let pose = Pose { position: piece.position.into(), rotation_deg: piece.rotation_deg.into() };
    Transform::from_translation(pose.position).with_rotation(pose.rotation())
}
