//! What fixtures are made of: a base that hangs, a yoke that pans, a head that tilts; boxes and cans for the rest.
//!
//! Built in fixture space (Z-up, light leaves along -Z at rest) around the point that the first head turns about.

use bevy::prelude::*;

use super::mirror::{HeadLight, HeadOf, Joint};
use super::optics::{self, Emission, is_moving_head, turning_head};
use super::projectors::{Landing, Surface};
use super::shapes::Solid;
use super::space::VenueRoot;
use crate::engine::Rig;
use crate::engine::rig::RigFixture;
use crate::engine::rig::kind::{Body, FixtureKind};

/// The drawn body of a fixture, by its index in the rig.
#[derive(Component, Clone, Copy, Debug)]
pub struct BodyOf(pub u32);

/// Sheet metal, painted black.
#[derive(Resource, Clone)]
pub struct BodyPaint(pub Handle<Surface>);

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Startup, mix_paint.in_set(super::stage::Painting));
}

fn mix_paint(mut commands: Commands, mut materials: ResMut<Assets<Surface>>, landing: Res<Landing>) {
    let paint =
        StandardMaterial { base_color: Color::linear_rgb(0.018, 0.018, 0.02), perceptual_roughness: 0.5, metallic: 0.0, ..default() };
    commands.insert_resource(BodyPaint(materials.add(landing.on(paint))));
}

/// Replaces every body in the room by the rig's.
pub(super) fn rebuild(world: &mut World, rig: &Rig) {
    let old: Vec<Entity> = world.query_filtered::<Entity, With<BodyOf>>().iter(world).collect();
    for entity in old {
        world.despawn(entity);
    }
    let Ok(root) = world.query_filtered::<Entity, With<VenueRoot>>().single(world) else {
        return;
    };
    let paint = world.resource::<BodyPaint>().0.clone();
    let mut made: Vec<(*const FixtureKind, Parts)> = Vec::new();
    for (index, fixture) in rig.fixtures.iter().enumerate() {
        let key = std::sync::Arc::as_ptr(&fixture.kind);
        let parts = match made.iter().find(|(kind, _)| *kind == key) {
            Some((_, parts)) => parts.clone(),
            None => {
                let parts = Parts::of(&fixture.kind, &mut world.resource_mut::<Assets<Mesh>>());
                made.push((key, parts.clone()));
                parts
            }
        };
        spawn(world, root, rig, index, fixture, &parts, &paint);
    }
}

/// The bodies that are there, where their fixtures hang now.
pub(super) fn hang(world: &mut World, rig: &Rig) {
    for (body, mut pose) in world.query::<(&BodyOf, &mut Transform)>().iter_mut(world) {
        if let Some(fixture) = rig.fixtures.get(body.0 as usize) {
            pose.set_if_neq(Transform::from_translation(fixture.pose.position).with_rotation(fixture.pose.rotation()));
        }
    }
}

fn spawn(world: &mut World, root: Entity, rig: &Rig, index: usize, fixture: &RigFixture, parts: &Parts, paint: &Handle<Surface>) {
    let paint = MeshMaterial3d(paint.clone());
    let pose = Transform::from_translation(fixture.pose.position).with_rotation(fixture.pose.rotation());
    let name = Name::new(fixture.label.clone());
    let body = world.spawn((BodyOf(index as u32), name, pose, Visibility::default(), ChildOf(root))).id();
    world.spawn((Mesh3d(parts.base.clone()), paint.clone(), ChildOf(body)));
    let turning = turning_head(fixture.first_head, &rig.heads);
    let mut holder = body;
    if let Some((yoke, head)) = &parts.moving {
        let pivot = Transform::from_translation(pivot(&fixture.kind));
        let pan = world.spawn((Mesh3d(yoke.clone()), paint.clone(), pivot, ChildOf(body))).id();
        let tilt = world.spawn((Mesh3d(head.clone()), paint, Transform::default(), ChildOf(pan))).id();
        if let Some(head) = turning {
            world.entity_mut(pan).insert(Joint::Pan(head));
            world.entity_mut(tilt).insert(Joint::Tilt(head));
        }
        holder = tilt;
    }
    for head in rig.heads_of(index) {
        let at_rest = dark(rig, head);
        world.spawn((HeadOf(head), HeadLight(at_rest), Transform::default(), Visibility::default(), ChildOf(holder)));
    }
}

fn dark(rig: &Rig, head: u32) -> Emission {
    let head = &rig.heads[head as usize];
    Emission::dark(head.position, head.world_from_fixture)
}

fn pivot(kind: &FixtureKind) -> Vec3 {
    kind.head_offsets.first().copied().unwrap_or(Vec3::ZERO)
}

/// Meshes of one kind, shared by all fixtures of it.
#[derive(Clone)]
struct Parts {
    base: Handle<Mesh>,
    /// Yoke and head, around the pivot.
    moving: Option<(Handle<Mesh>, Handle<Mesh>)>,
}

impl Parts {
    fn of(kind: &FixtureKind, meshes: &mut Assets<Mesh>) -> Self {
        let size = kind.size_m.max(Vec3::splat(0.08));
        let mut base = Solid::default();
        if is_moving_head(kind.body) {
            let (yoke, head) = moving_head(kind.body, size, pivot(kind), &mut base);
            return Self { base: meshes.add(base.mesh()), moving: Some((meshes.add(yoke.mesh()), meshes.add(head.mesh()))) };
        }
        match kind.body {
            Body::Par | Body::Dimmer | Body::Other => can(size, pivot(kind), &mut base),
            _ => housing(kind, size, &mut base),
        }
        Self { base: meshes.add(base.mesh()), moving: None }
    }
}

fn moving_head(body: Body, size: Vec3, pivot: Vec3, base: &mut Solid) -> (Solid, Solid) {
    let Vec3 { x: w, y: d, z: h } = size;
    let foot = h * 0.22;
    base.cuboid(pivot + Vec3::Z * (h * 0.5 - foot * 0.5), Vec3::new(w * 0.9, d * 0.9, foot));
    let mut yoke = Solid::default();
    let drop = h * 0.5 - foot;
    yoke.cuboid(Vec3::Z * (drop - h * 0.03), Vec3::new(w * 0.84, d * 0.3, h * 0.06));
    for side in [-1.0, 1.0] {
        yoke.cuboid(Vec3::new(side * w * 0.39, 0.0, drop * 0.45), Vec3::new(w * 0.1, d * 0.34, drop * 1.1));
    }
    let mut head = Solid::default();
    let reach = optics::Character::of(&FixtureKind { body, size_m: size, ..FixtureKind::default() }).reach_m;
    let back = Vec3::Z * (h * 0.2);
    let front = Vec3::NEG_Z * reach;
    let wide = if body == Body::MovingWash { 0.37 } else { 0.3 };
    head.tube(back, Vec3::ZERO, w * 0.24, w * 0.33, 14);
    head.tube(Vec3::ZERO, front, w * 0.33, w * wide, 14);
    (yoke, head)
}

fn can(size: Vec3, lens: Vec3, base: &mut Solid) {
    let Vec3 { x: w, z: h, .. } = size;
    let length = h * 0.75;
    let back = lens + Vec3::Z * length;
    base.tube(back, lens + Vec3::Z * length * 0.55, w * 0.28, w * 0.42, 14);
    base.tube(lens + Vec3::Z * length * 0.55, lens, w * 0.42, w * 0.42, 14);
    for side in [-1.0, 1.0] {
        base.cuboid(lens + Vec3::new(side * w * 0.47, 0.0, length * 0.8), Vec3::new(w * 0.04, w * 0.12, length * 0.9));
    }
    base.cuboid(lens + Vec3::Z * length * 1.24, Vec3::new(w * 0.98, w * 0.12, w * 0.04));
}

/// A box behind all lenses.
fn housing(kind: &FixtureKind, size: Vec3, base: &mut Solid) {
    let n = kind.head_offsets.len().max(1) as f32;
    let face = kind.head_offsets.iter().sum::<Vec3>() / n;
    base.cuboid(face + Vec3::Z * (size.z * 0.5), size);
}
