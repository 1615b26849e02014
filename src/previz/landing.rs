//! Where something lands that is let go of over a picture of the room: under the truss or on the block that the pointer is
//! on, else on the floor.

use bevy::prelude::*;

use super::sight::Ray;
use crate::engine::rig::Pose;
use crate::venue::model::{Scenery, SceneryKind};

/// Nothing lands further away than this, in metres.
const FAR: f32 = 60.0;

/// `None` where the ray leaves the room.
pub fn landing(ray: &Ray, scenery: &[Scenery]) -> Option<Vec3> {
    let mut nearest: Option<(f32, Vec3)> = None;
    for piece in scenery.iter().filter(|piece| piece.kind != SceneryKind::Wall) {
        let pose = Pose { position: piece.position.into(), rotation_deg: piece.rotation_deg.into() };
        let back = pose.rotation().inverse();
        let local = Ray { from: back * (ray.from - pose.position), along: back * ray.along };
        // A truss is thin: whoever points near it means it.
        let half =
            (Vec3::from_array(piece.size) * 0.5).abs() + if piece.kind == SceneryKind::Truss { Vec3::splat(0.15) } else { Vec3::ZERO };
        let Some(distance) = local.meets_box(-half, half).filter(|distance| nearest.is_none_or(|(near, _)| *distance < near)) else {
            continue;
        };
        let met = ray.at(distance);
        let height = Vec3::from_array(piece.size).z.abs() * 0.5;
        let at = match piece.kind {
            SceneryKind::Truss => {
                Vec3::new(met.x, met.y.clamp(pose.position.y - half.y, pose.position.y + half.y), pose.position.z - height - 0.1)
            }
            _ => Vec3::new(met.x, met.y, pose.position.z + height),
        };
        nearest = Some((distance, at));
    }
    let floor = || ray.meets_plane(Vec3::ZERO, Vec3::Z).filter(|at| (*at - ray.from).length() < FAR || ray.from.length() > 500.0);
    nearest.map(|(_, at)| at).or_else(floor).filter(|at| at.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lamps_land_under_trusses_on_stages_and_on_the_floor() {
        let piece = |kind, position, size| Scenery { kind, position, size, ..Scenery::default() };
        let room = [
            piece(SceneryKind::Truss, [0.0, 4.0, 5.0], [10.0, 0.3, 0.3]),
            piece(SceneryKind::Stage, [0.0, 4.0, 0.4], [8.0, 4.0, 0.8]),
            piece(SceneryKind::Wall, [0.0, -9.0, 2.0], [9.0, 0.1, 4.0]),
        ];
        let eye = Vec3::new(0.0, -10.0, 3.0);
        let look = |at: Vec3| landing(&Ray { from: eye, along: (at - eye).normalize_or_zero() }, &room);
        let truss = look(Vec3::new(2.0, 4.0, 5.0)).unwrap();
        assert!((truss.z - 4.75).abs() < 1e-3 && (truss.x - 2.0).abs() < 0.1, "{truss}");
        let stage = look(Vec3::new(1.0, 3.0, 0.8)).unwrap();
        assert!((stage - Vec3::new(1.0, 3.0, 0.8)).length() < 0.01, "{stage}");
        let floor = look(Vec3::new(3.0, -2.0, 0.0)).unwrap();
        assert!((floor - Vec3::new(3.0, -2.0, 0.0)).length() < 0.01, "through the wall behind: {floor}");
        assert_eq!(look(Vec3::new(0.0, 5.0, 30.0)), None, "into the sky");
    }
}
