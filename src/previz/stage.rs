//! The room: floor, stage, walls, trusses, booth and the people, dark enough that only the show lights them.
//!
//! Scenery comes from the venue, with its own meshes where a room of another program had some ([`furniture`](super::furniture));
//! the floor is always there, and people stand where nothing else does.

use std::sync::Arc;
use std::thread::JoinHandle;

use bevy::prelude::*;

use super::camera::CameraPreset;
use super::crowd::{Arms, crowd, person};
use super::furniture::{Furniture, pose};
use super::projectors::{Landing, Surface};
use super::shapes::Solid;
use super::space::{self, VenueRoot};
use crate::document::plugin::{Doc, VenueHeader};
use crate::engine::Rig;
use crate::venue::library::Library;
use crate::venue::model::{Scenery, SceneryKind, Venue};
use crate::venue::plugin::Definitions;

/// What stands in the room and is not a fixture.
#[derive(Resource, Clone, Debug, Default)]
pub struct Room {
    pub scenery: Vec<Scenery>,
    /// The pieces of it that have meshes.
    pub(super) furniture: Arc<Furniture>,
}

impl Room {
    /// Without meshes: boxes, trusses, walls.
    pub fn plain(scenery: Vec<Scenery>) -> Self {
        Self { scenery, furniture: Arc::default() }
    }

    pub fn of(venue: &Venue, library: &Library) -> Self {
        let furniture = Furniture::of(&venue.scenery, venue.foreign.models.as_deref(), library);
        Self { scenery: venue.scenery.clone(), furniture: Arc::new(furniture) }
    }
}

impl PartialEq for Room {
    fn eq(&self, other: &Self) -> bool {
        self.scenery == other.scenery && Arc::ptr_eq(&self.furniture, &other.furniture)
    }
}

/// Makes the materials, before anything is built of them.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Painting;

#[derive(Resource, Clone)]
struct Paints {
    floor: Handle<Surface>,
    stage: Handle<Surface>,
    wall: Handle<Surface>,
    metal: Handle<Surface>,
    /// Of things whose faces may have one side only.
    shell: Handle<Surface>,
    cloth: Handle<Surface>,
}

#[derive(Component)]
struct Piece;

/// The furniture as it stands.
#[derive(Component)]
struct Standing(Arc<Furniture>);

/// Scenery further from the lamps than this does not count as the room.
const AROUND_M: Vec3 = Vec3::new(5.0, 9.0, 6.0);
/// The same of another program's room, where scenery may be a whole town.
const CLOSE_M: Vec3 = Vec3::new(1.0, 1.5, 1.0);
/// A box is around lamps that are at least this deep in it.
const INSIDE_M: f32 = 0.3;
/// Our floor lies this far below the lowest of a room that brings its own.
const BELOW_M: f32 = 0.01;

/// The space that scenery and rig take up, in the venue's coordinates.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct RoomBounds {
    pub min: Vec3,
    pub max: Vec3,
    /// Top of the stage's floor, and how far towards the audience it reaches.
    pub stage_front: Vec3,
    /// By preset, how much of the way to its eye can be gone before a wall is in the way.
    pub reach: [f32; CameraPreset::ALL.len()],
}

impl Default for RoomBounds {
    fn default() -> Self {
        Self { min: Vec3::new(-6.0, -6.0, 0.0), max: Vec3::new(6.0, 5.0, 6.0), stage_front: Vec3::new(0.0, -1.0, 0.8), reach: [1.0; 4] }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Room>().init_resource::<RoomBounds>().add_systems(Startup, (mix_paints, spawn_root).in_set(Painting));
}

/// A room that is being furnished, and what it will be.
#[derive(Default)]
pub(super) struct Furnishing(Option<(Vec<Scenery>, JoinHandle<Furniture>)>);

/// The room of the venue on the desk.  Meshes are read on a thread of their own: a whole hall takes longer than a frame, and
/// until it stands there is what needs none.
pub(super) fn follow_venue(
    venue: Query<Ref<Doc<VenueHeader>>>,
    definitions: Option<Res<Definitions>>,
    mut furnishing: Local<Furnishing>,
    mut room: ResMut<Room>,
) {
    if let Some((scenery, thread)) = furnishing.0.take_if(|(_, thread)| thread.is_finished())
        && let Ok(furniture) = thread.join()
    {
        *room = Room { scenery, furniture: Arc::new(furniture) };
    }
    let Some(venue) = venue.iter().next() else { return };
    // The library changes when a room comes in: its meshes may lie there only now.
    let newer = definitions.as_ref().is_some_and(|definitions| definitions.is_changed()) && venue.foreign.models.is_some();
    if !(venue.is_changed() || newer) {
        return;
    }
    let models = venue.foreign.models.clone();
    let is_coming = furnishing.0.as_ref().is_some_and(|(scenery, _)| *scenery == venue.scenery);
    if !newer && models == room.furniture.models && (models.is_none() || room.scenery == venue.scenery) {
        furnishing.0 = None;
        room.set_if_neq(Room { scenery: venue.scenery.clone(), furniture: room.furniture.clone() });
    } else if newer || !is_coming {
        if models != room.furniture.models {
            *room = Room::plain(venue.scenery.iter().filter(|piece| piece.shapes.is_empty()).cloned().collect());
        }
        let Some(definitions) = definitions else { return };
        let (scenery, library) = (venue.scenery.clone(), definitions.0.clone());
        let read = move || Furniture::of(&scenery, models.as_deref(), &library);
        let thread = std::thread::Builder::new().name("furniture".into()).spawn(read);
        furnishing.0 = thread.ok().map(|thread| (venue.scenery.clone(), thread));
    }
}

fn spawn_root(mut commands: Commands) {
    commands.spawn((space::root(), Name::new("venue")));
}

fn mix_paints(mut commands: Commands, mut materials: ResMut<Assets<Surface>>, landing: Res<Landing>) {
    let mut paint = |grey: f32, tint: f32, perceptual_roughness: f32, reflectance: f32| {
        let base_color = Color::linear_rgb(grey, grey, grey * tint);
        materials.add(landing.on(StandardMaterial { base_color, perceptual_roughness, reflectance, ..default() }))
    };
    let shell = StandardMaterial {
        base_color: Color::linear_rgb(0.1, 0.1, 0.105),
        perceptual_roughness: 0.7,
        reflectance: 0.3,
        double_sided: true,
        cull_mode: None,
        ..default()
    };
    commands.insert_resource(Paints {
        floor: paint(0.13, 1.05, 0.5, 0.28),
        stage: paint(0.09, 1.05, 0.48, 0.3),
        wall: paint(0.12, 1.1, 0.85, 0.3),
        metal: paint(0.10, 1.05, 0.45, 0.5),
        cloth: paint(0.014, 1.2, 0.95, 0.15),
        shell: materials.add(landing.on(shell)),
    });
}

/// Replaces everything in the room; returns the space it takes.
pub(super) fn rebuild(world: &mut World, rig: &Rig) -> RoomBounds {
    let old: Vec<Entity> = world.query_filtered::<Entity, With<Piece>>().iter(world).collect();
    for entity in old {
        world.despawn(entity);
    }
    let Room { scenery, furniture } = world.resource::<Room>().clone();
    let mut bounds = bounds(rig, &scenery);
    let Ok(root) = world.query_filtered::<Entity, With<VenueRoot>>().single(world) else {
        return bounds;
    };
    let paints = world.resource::<Paints>().clone();
    let mut taken = furniture.taken.clone();
    for (n, piece) in scenery.iter().enumerate() {
        if !furniture.has(n) && !is_hull(piece, rig) {
            let (solid, paint) = build(piece, &paints);
            add(world, root, solid.mesh(), paint, pose(piece));
            taken.piece(piece);
        }
    }
    bounds.reach = CameraPreset::ALL.map(|preset| furniture.walls.reach(preset, &bounds, rig));
    let ground = furniture.mesh.as_ref().map_or(0.0, |_| furniture.lowest.min(0.0) - BELOW_M);
    let standing = world.query::<(Entity, &Standing)>().iter(world).next().map(|(entity, Standing(there))| (entity, there.clone()));
    if standing.as_ref().is_none_or(|(_, there)| !Arc::ptr_eq(there, &furniture)) {
        if let Some((entity, _)) = standing {
            world.despawn(entity);
        }
        if let Some(mesh) = &furniture.mesh {
            let mesh = world.resource_mut::<Assets<Mesh>>().add(mesh.clone());
            let placed = (Mesh3d(mesh), MeshMaterial3d(paints.shell), Transform::default(), ChildOf(root));
            world.spawn((Standing(furniture.clone()), placed));
        }
    }
    let (mut floor, mut people) = (Solid::default(), Solid::default());
    let middle = (bounds.min + bounds.max) * 0.5;
    floor.cuboid(Vec3::new(middle.x, middle.y, ground - 0.1), Vec3::new(60.0, 60.0, 0.2));
    add(world, root, floor.mesh(), paints.floor, Transform::default());
    crowd(&bounds, &taken, &mut people);
    if !people.is_empty() {
        add(world, root, people.mesh(), paints.cloth, Transform::default());
    }
    bounds
}

/// A box around something hollow: a hall, a tent, a wall with a door.  Lamps hang in it, so it is not solid.
fn is_hull(piece: &Scenery, rig: &Rig) -> bool {
    let (pose, half) = (pose(piece), Vec3::from_array(piece.size).abs() * 0.5 - INSIDE_M);
    let within = |at: Vec3| (pose.rotation.inverse() * (at - pose.translation)).abs().cmplt(half).all();
    piece.kind == SceneryKind::Block && rig.fixtures.iter().any(|fixture| within(fixture.pose.position))
}

fn add(world: &mut World, root: Entity, mesh: Mesh, paint: Handle<Surface>, transform: Transform) {
    let mesh = world.resource_mut::<Assets<Mesh>>().add(mesh);
    world.spawn((Piece, Mesh3d(mesh), MeshMaterial3d(paint), transform, ChildOf(root)));
}

fn build(piece: &Scenery, paints: &Paints) -> (Solid, Handle<Surface>) {
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

fn bounds(rig: &Rig, scenery: &[Scenery]) -> RoomBounds {
    let mut found =
        RoomBounds { min: Vec3::splat(f32::MAX), max: Vec3::splat(f32::MIN), stage_front: Vec3::new(0.0, f32::MAX, 0.0), reach: [1.0; 4] };
    for fixture in &rig.fixtures {
        found.min = found.min.min(fixture.pose.position);
        found.max = found.max.max(fixture.pose.position);
    }
    let lamps = (found.min, found.max);
    for piece in scenery {
        let (centre, half) = (Vec3::from_array(piece.position), Vec3::from_array(piece.size) * 0.5);
        // Of a hall the part around the lamps is what a show is watched in.
        let around = if piece.shapes.is_empty() { AROUND_M } else { CLOSE_M };
        let (low, high) = if rig.fixtures.is_empty() { (Vec3::MIN, Vec3::MAX) } else { (lamps.0 - around, lamps.1 + around) };
        let (from, to) = ((centre - half).max(low), (centre + half).min(high));
        if from.cmple(to).all() {
            found.min = found.min.min(from);
            found.max = found.max.max(to);
        }
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
