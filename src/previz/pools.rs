//! Patches of light on floor, walls and bodies: a fixed set of spot lights, lent each frame to the strongest fixtures.
//!
//! One light a fixture, its heads added up: the pixels of a bar land on the same wall.  No shadow maps.  Lamps whose light
//! has an edge or a picture are left to `projectors`.

use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;

use super::mirror::{HeadLight, HeadOf, Lit};
use super::optics::{Character, is_moving_head};
use super::projectors::Projected;
use super::quality::{Quality, Tier};
use super::space::bevy_from_venue;
use crate::engine::Rig;
use crate::schedule::ShowSystems;
use crate::show::plugin::Part;

#[derive(Component)]
struct Pool;

/// Lights that are there; a tier lends as many as it pays for.
const MOST: usize = Tier::Full.spending().pools;
/// Light further away than this is lost in the room.
pub(super) const RANGE_M: f32 = 22.0;
/// Lumen of a lamp with `pool` 1 and a 25 degree beam; Bevy spreads them over the full sphere.
pub(super) const LUMENS: f32 = 700_000.0;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Startup, spawn_pools).add_systems(PostUpdate, lend_pools.in_set(ShowSystems::Mirror).after(super::projectors::Project));
}

/// True where the CPU draws.
pub fn is_software(adapter: Option<&RenderAdapterInfo>) -> bool {
    adapter.is_some_and(|info| info.device_type == wgpu::DeviceType::Cpu)
}

fn spawn_pools(mut commands: Commands) {
    for _ in 0..MOST {
        commands.spawn((Pool, SpotLight { range: RANGE_M, shadow_maps_enabled: false, ..default() }, Visibility::Hidden));
    }
}

/// What one fixture throws on the room.
#[derive(Clone, Copy, Debug, Default)]
struct Throw {
    color: Vec3,
    position: Vec3,
    direction: Vec3,
    half_angle_rad: f32,
    n_lit: f32,
}

fn lend_pools(
    rig: Res<Part<Rig>>,
    (lit, quality, projected): (Res<Lit>, Res<Quality>, Res<Projected>),
    lights: Query<(&HeadOf, &HeadLight)>,
    mut pools: Query<(&mut SpotLight, &mut Transform, &mut Visibility), With<Pool>>,
) {
    let rig = rig.get();
    let mut throws = vec![Throw::default(); rig.fixtures.len()];
    for (head_of, HeadLight(light)) in &lights {
        let Some(head) = rig.heads.get(head_of.0 as usize) else { continue };
        let fixture = &rig.fixtures[head.fixture as usize];
        let character = Character::of(&fixture.kind);
        let share = character.pool / fixture.kind.head_offsets.len().max(1) as f32;
        let weight = light.color.max_element();
        let throw = &mut throws[head.fixture as usize];
        throw.color += light.color * share;
        throw.position += light.position * weight;
        throw.direction += light.direction() * weight;
        throw.half_angle_rad = throw.half_angle_rad.max(light.half_angle_rad);
        throw.n_lit += weight;
    }
    let mut strongest: Vec<usize> =
        (0..throws.len()).filter(|&fixture| throws[fixture].n_lit > 0.01 && !projected.0.get(fixture).copied().unwrap_or(false)).collect();
    // By index among equals, so that nobody swaps places without a reason that can be seen.
    strongest.sort_by(|&a, &b| throws[b].color.max_element().total_cmp(&throws[a].color.max_element()).then(a.cmp(&b)));
    let mut lent = strongest.into_iter().take(quality.spending().pools);
    for (mut light, mut transform, mut visibility) in &mut pools {
        let Some(fixture) = lent.next() else {
            visibility.set_if_neq(Visibility::Hidden);
            continue;
        };
        visibility.set_if_neq(Visibility::Inherited);
        let moving = is_moving_head(rig.fixtures[fixture].kind.body);
        aim(&throws[fixture], moving, lit.gain, &mut light, &mut transform);
    }
}

fn aim(throw: &Throw, moving: bool, gain: f32, light: &mut SpotLight, transform: &mut Transform) {
    let position = bevy_from_venue() * (throw.position / throw.n_lit);
    let direction = bevy_from_venue() * throw.direction.try_normalize().unwrap_or(Vec3::NEG_Z);
    let up = if direction.y.abs() > 0.99 { Vec3::X } else { Vec3::Y };
    *transform = Transform::from_translation(position).looking_to(direction, up);
    let strength = throw.color.max_element();
    let hue = throw.color / strength.max(1e-4);
    light.color = Color::linear_rgb(hue.x, hue.y, hue.z);
    light.intensity = LUMENS * strength * narrowness(throw.half_angle_rad) * gain;
    light.outer_angle = (throw.half_angle_rad * 1.05).min(1.5);
    light.inner_angle = light.outer_angle * if moving { 0.7 } else { 0.2 };
}

/// A narrow lamp is brighter where it lands, though far less in a photograph than per square metre.
pub(super) fn narrowness(half_angle_rad: f32) -> f32 {
    (12.5_f32.to_radians() / half_angle_rad.max(0.02)).powf(0.6)
}
