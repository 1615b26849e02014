//! The room: floor, stage, walls, trusses, booth and the people, dark enough that only the show lights them.
//!
//! Scenery comes from the venue; the floor is always there, and people stand where nothing else does.

use bevy::prelude::*;

use super::shapes::Solid;
use super::space::{self, VenueRoot};
use crate::document::plugin::{Doc, VenueHeader};
use crate::engine::Rig;
use crate::engine::rig::Pose;
use crate::venue::model::{Scenery, SceneryKind};

/// What stands in the room and is not a fixture.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Room {
    pub scenery: Vec<Scenery>,
}

/// Makes the materials, before anything is built of them.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Painting;

#[derive(Resource, Clone)]
struct Paints {
    floor: Handle<StandardMaterial>,
    stage: Handle<StandardMaterial>,
    wall: Handle<StandardMaterial>,
    metal: Handle<StandardMaterial>,
    cloth: Handle<StandardMaterial>,
}

#[derive(Component)]
struct Piece;

/// The space that scenery and rig take up, in the venue's coordinates.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct RoomBounds {
    pub min: Vec3,
    pub max: Vec3,
    /// Top of the stage's floor, and how far towards the audience it reaches.
    pub stage_front: Vec3,
}

impl Default for RoomBounds {
    fn default() -> Self {
        Self { min: Vec3::new(-6.0, -6.0, 0.0), max: Vec3::new(6.0, 5.0, 6.0), stage_front: Vec3::new(0.0, -1.0, 0.8) }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Room>().init_resource::<RoomBounds>().add_systems(Startup, (mix_paints, spawn_root).in_set(Painting));
}

/// The room of the venue on the desk.
pub(super) fn follow_venue(venue: Query<&Doc<VenueHeader>, Changed<Doc<VenueHeader>>>, mut room: ResMut<Room>) {
    if let Some(venue) = venue.iter().next() {
        room.set_if_neq(Room { scenery: venue.scenery.clone() });
    }
}

fn spawn_root(mut commands: Commands) {
    commands.spawn((space::root(), Name::new("venue")));
}

fn mix_paints(mut commands: Commands, mut materials: ResMut<Assets<StandardMaterial>>) {
    let mut paint = |grey: f32, tint: f32, perceptual_roughness: f32, reflectance: f32| {
        let base_color = Color::linear_rgb(grey, grey, grey * tint);
        materials.add(StandardMaterial { base_color, perceptual_roughness, reflectance, ..default() })
    };
    commands.insert_resource(Paints {
        floor: paint(0.13, 1.05, 0.5, 0.28),
        stage: paint(0.09, 1.05, 0.48, 0.3),
        wall: paint(0.12, 1.1, 0.85, 0.3),
        metal: paint(0.10, 1.05, 0.45, 0.5),
        cloth: paint(0.014, 1.2, 0.95, 0.15),
    });
}

/// Replaces everything in the room; returns the space it takes.
pub(super) fn rebuild(world: &mut World, rig: &Rig) -> RoomBounds {
    let old: Vec<Entity> = world.query_filtered::<Entity, With<Piece>>().iter(world).collect();
    for entity in old {
        world.despawn(entity);
    }
    let scenery = world.resource::<Room>().scenery.clone();
    let bounds = bounds(rig, &scenery);
    let Ok(root) = world.query_filtered::<Entity, With<VenueRoot>>().single(world) else {
        return bounds;
    };
    let paints = world.resource::<Paints>().clone();
    for piece in &scenery {
        let (solid, paint) = build(piece, &paints);
        add(world, root, solid, paint, pose(piece));
    }
    let (mut floor, mut people) = (Solid::default(), Solid::default());
    let middle = (bounds.min + bounds.max) * 0.5;
    floor.cuboid(Vec3::new(middle.x, middle.y, -0.1), Vec3::new(60.0, 60.0, 0.2));
    add(world, root, floor, paints.floor, Transform::default());
    crowd(&bounds, &scenery, &mut people);
    if !people.is_empty() {
        add(world, root, people, paints.cloth, Transform::default());
    }
    bounds
}

fn add(world: &mut World, root: Entity, solid: Solid, paint: Handle<StandardMaterial>, transform: Transform) {
    let mesh = world.resource_mut::<Assets<Mesh>>().add(solid.mesh());
    world.spawn((Piece, Mesh3d(mesh), MeshMaterial3d(paint), transform, ChildOf(root)));
}

fn pose(piece: &Scenery) -> Transform {
    let pose = Pose { position: piece.position.into(), rotation_deg: piece.rotation_deg.into() };
    Transform::from_translation(pose.position).with_rotation(pose.rotation())
}

fn build(piece: &Scenery, paints: &Paints) -> (Solid, Handle<StandardMaterial>) {
    let size = Vec3::from_array(piece.size).abs().max(Vec3::splat(0.02));
    let mut solid = Solid::default();
    let paint = match piece.kind {
        SceneryKind::Truss => {
            truss(size, &mut solid);
            &paints.metal
        }
        SceneryKind::Booth => {
            booth(size, &mut solid);
            &paints.stage
        }
        SceneryKind::Stage => {
            solid.cuboid(Vec3::ZERO, size);
            &paints.stage
        }
        SceneryKind::Wall => {
            solid.cuboid(Vec3::ZERO, size);
            &paints.wall
        }
        SceneryKind::Block => {
            solid.cuboid(Vec3::ZERO, size);
            &paints.cloth
        }
    };
    (solid, paint.clone())
}

/// Along its longest side, whichever that is.
fn truss(size: Vec3, solid: &mut Solid) {
    let mut along_x = Solid::default();
    let turn = if size.x >= size.y && size.x >= size.z {
        along_x.box_truss(size.x, size.y, size.z);
        Quat::IDENTITY
    } else if size.y >= size.z {
        along_x.box_truss(size.y, size.x, size.z);
        Quat::from_rotation_z(std::f32::consts::FRAC_PI_2)
    } else {
        along_x.box_truss(size.z, size.y, size.x);
        Quat::from_rotation_y(-std::f32::consts::FRAC_PI_2)
    };
    solid.append(along_x, turn);
}

/// A table with two decks and a mixer, and somebody behind it.
fn booth(size: Vec3, solid: &mut Solid) {
    solid.cuboid(Vec3::ZERO, size);
    let top = size.z * 0.5;
    let third = size.x / 3.2;
    for (x, width) in [(-third, 0.36), (0.0, 0.3), (third, 0.36)] {
        solid.cuboid(Vec3::new(x, 0.0, top + 0.05), Vec3::new(f32::min(width, third * 0.9), size.y * 0.6, 0.1));
    }
    let feet = Vec3::new(0.0, size.y * 0.5 + 0.35, -top);
    person(feet, 1.78, Arms::Decks, solid);
}

fn person(feet: Vec3, height: f32, arms: Arms, solid: &mut Solid) {
    let at = |x: f32, y: f32, share: f32| feet + Vec3::new(x * height, y * height, share * height);
    for side in [-1.0, 1.0] {
        solid.tube(at(side * 0.055, 0.0, 0.0), at(side * 0.05, 0.0, 0.48), 0.055, 0.085, 6);
        let shoulder = at(side * 0.115, 0.0, 0.8);
        let (elbow, hand) = match arms {
            Arms::Down => (at(side * 0.14, 0.02, 0.62), at(side * 0.12, 0.06, 0.47)),
            Arms::Up => (at(side * 0.17, 0.03, 0.95), at(side * 0.11, 0.05, 1.14)),
            Arms::Decks => (at(side * 0.15, -0.08, 0.66), at(side * 0.11, -0.22, 0.62)),
        };
        solid.tube(shoulder, elbow, 0.05, 0.042, 6).tube(elbow, hand, 0.042, 0.03, 6).ball(hand, Vec3::splat(0.045), 6);
    }
    solid.tube(at(0.0, 0.0, 0.45), at(0.0, 0.0, 0.62), 0.15, 0.135, 8);
    solid.tube(at(0.0, 0.0, 0.62), at(0.0, 0.0, 0.79), 0.135, 0.19, 8);
    solid.tube(at(0.0, 0.0, 0.79), at(0.0, 0.0, 0.84), 0.19, 0.06, 8);
    solid.tube(at(0.0, 0.0, 0.82), at(0.0, 0.0, 0.88), 0.055, 0.055, 6);
    solid.ball(at(0.0, 0.0, 0.93), Vec3::new(0.08, 0.1, 0.12), 10);
}

#[derive(Clone, Copy)]
enum Arms {
    Down,
    Up,
    Decks,
}

/// People on the dance floor, as shapes against the light.  Placed by a fixed sequence: pictures must not differ.
fn crowd(bounds: &RoomBounds, scenery: &[Scenery], solid: &mut Solid) {
    let front = bounds.stage_front.y - 1.6;
    let back = (bounds.min.y + 1.2).min(front - 3.0);
    let half_width = ((bounds.max.x - bounds.min.x) * 0.5 - 1.6).clamp(1.0, 7.0);
    let middle = (bounds.min.x + bounds.max.x) * 0.5;
    let blocked = |x: f32, y: f32| {
        scenery.iter().any(|piece| {
            let low = piece.position[2] - piece.size[2] * 0.5;
            low < 1.9
                && (x - piece.position[0]).abs() < piece.size[0] * 0.5 + 0.4
                && (y - piece.position[1]).abs() < piece.size[1] * 0.5 + 0.4
        })
    };
    // Golden-ratio steps in two dimensions: even without being a grid.
    for n in 0..46 {
        let (u, v) = ((n as f32 * 0.754_877_7) % 1.0, (n as f32 * 0.569_840_3) % 1.0);
        let (x, y) = (middle + (u * 2.0 - 1.0) * half_width, back + (front - back) * v);
        let height = 1.58 + 0.3 * ((n as f32 * 0.618_034) % 1.0);
        if !blocked(x, y) {
            person(Vec3::new(x, y, 0.0), height, if n % 5 == 2 { Arms::Up } else { Arms::Down }, solid);
        }
    }
}

fn bounds(rig: &Rig, scenery: &[Scenery]) -> RoomBounds {
    let mut found = RoomBounds { min: Vec3::splat(f32::MAX), max: Vec3::splat(f32::MIN), stage_front: Vec3::new(0.0, f32::MAX, 0.0) };
    let mut take = |low: Vec3, high: Vec3| {
        found.min = found.min.min(low);
        found.max = found.max.max(high);
    };
    for fixture in &rig.fixtures {
        take(fixture.pose.position, fixture.pose.position);
    }
    for piece in scenery {
        let (centre, half) = (Vec3::from_array(piece.position), Vec3::from_array(piece.size) * 0.5);
        take(centre - half, centre + half);
    }
    if rig.fixtures.is_empty() && scenery.is_empty() {
        return RoomBounds::default();
    }
    for stage in scenery.iter().filter(|piece| piece.kind == SceneryKind::Stage) {
        let front = stage.position[1] - stage.size[1] * 0.5;
        if front < found.stage_front.y {
            found.stage_front = Vec3::new(stage.position[0], front, stage.position[2] + stage.size[2] * 0.5);
        }
    }
    if found.stage_front.y == f32::MAX {
        found.stage_front = Vec3::new((found.min.x + found.max.x) * 0.5, (found.min.y + found.max.y) * 0.5, 0.0);
    }
    found
}
