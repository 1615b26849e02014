//! Pictures on surfaces: lamps with an edge, an iris or a gobo light floor, walls and bodies through the room's own material.
//!
//! The renderer's lights know no picture that every driver could show, so the material adds these lamps itself, in closed form
//! and with the same picture as in the air.  A fixed list, lent each frame to those that add most; who finds no place there
//! gets a plain patch of light from `pools`.

use std::f32::consts::{PI, TAU};

use bevy::asset::embedded_asset;
use bevy::pbr::{ExtendedMaterial, MaterialExtension};
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::render::storage::ShaderBuffer;
use bevy::shader::{ShaderRef, load_shader_library};

use super::gobos;
use super::mirror::{HeadLight, HeadOf, Lit};
use super::optics::{Character, Emission, is_profile};
use super::pools::{LUMENS, RANGE_M, narrowness};
use super::quality::Quality;
use super::space::bevy_from_venue;
use crate::engine::Rig;
use crate::schedule::ShowSystems;
use crate::show::plugin::Part;

/// What everything in the room is made of.
pub type Surface = ExtendedMaterial<StandardMaterial, Lands>;

/// The part of the material that pictures land on.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct Lands {
    #[storage(100, read_only)]
    projectors: Handle<ShaderBuffer>,
    #[texture(101, dimension = "2d_array")]
    #[sampler(102)]
    gobos: Handle<Image>,
}

impl MaterialExtension for Lands {
    fn fragment_shader() -> ShaderRef {
        "embedded://luma/previz/surface.wgsl".into()
    }
}

/// What all surfaces share.
#[derive(Resource, Clone)]
pub struct Landing(Lands);

impl Landing {
    pub fn on(&self, base: StandardMaterial) -> Surface {
        ExtendedMaterial { base, extension: self.0.clone() }
    }

    pub fn gobos(&self) -> Handle<Image> {
        self.0.gobos.clone()
    }
}

/// `surface.wgsl` says what the numbers mean.
#[derive(Clone, Copy, Debug, Default, ShaderType)]
struct Projector {
    origin: Vec4,
    dir: Vec4,
    light: Vec4,
    side: Vec4,
    shape: Vec4,
}

#[derive(Clone, Debug, Default, ShaderType)]
struct Projectors {
    count: UVec4,
    #[shader(size(runtime))]
    all: Vec<Projector>,
}

/// Places in the list; what the best tier lends.
pub const MOST: usize = 256;

/// Fixtures, by their index in the rig, whose light lands as a picture in this frame.
#[derive(Resource, Default, Debug)]
pub struct Projected(pub Vec<bool>);

/// Decides who projects.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Project;

pub(super) fn plugin(app: &mut App) {
    load_shader_library!(app, "picture.wgsl");
    embedded_asset!(app, "surface.wgsl");
    app.add_plugins(MaterialPlugin::<Surface>::default())
        .init_resource::<Projected>()
        .add_systems(PostUpdate, project.in_set(Project).in_set(ShowSystems::Mirror).after(super::mirror::MirrorLights));
    let world = app.world_mut();
    let gobos = world.resource_mut::<Assets<Image>>().add(gobos::texture());
    let none = Projectors { count: UVec4::ZERO, all: vec![Projector::default(); MOST] };
    let projectors = world.resource_mut::<Assets<ShaderBuffer>>().add(ShaderBuffer::from(none));
    world.insert_resource(Landing(Lands { projectors, gobos }));
}

/// One beam that could be pictured.
struct Candidate {
    fixture: usize,
    weight: f32,
    light: Emission,
    pool: f32,
}

fn project(
    rig: Res<Part<Rig>>,
    quality: Res<Quality>,
    lit: Res<Lit>,
    lights: Query<(&HeadOf, &HeadLight)>,
    landing: Res<Landing>,
    mut projected: ResMut<Projected>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
) {
    let rig = rig.get();
    let mut candidates = Vec::new();
    for (head_of, HeadLight(light)) in &lights {
        let Some(head) = rig.heads.get(head_of.0 as usize) else { continue };
        let fixture = head.fixture as usize;
        let kind = &rig.fixtures[fixture].kind;
        if !(is_profile(kind.body) || light.gobo > 0 || light.facets > 1) || light.color.max_element() < 0.004 {
            continue;
        }
        let pool = Character::of(kind).pool / kind.head_offsets.len().max(1) as f32;
        // Who projected goes on unless somebody is clearly stronger, so that nobody flickers in and out.
        let stays = if projected.0.get(fixture).copied().unwrap_or(false) { 1.2 } else { 1.0 };
        let weight = light.color.max_element() * pool * stays;
        candidates.push(Candidate { fixture, weight, light: *light, pool });
    }
    candidates.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.fixture.cmp(&b.fixture)));
    projected.0.clear();
    projected.0.resize(rig.fixtures.len(), false);
    let mut all = Vec::with_capacity(MOST);
    let room = quality.spending().projectors.min(MOST);
    for candidate in &candidates {
        let n = usize::from(candidate.light.facets.max(1));
        if all.len() + n > room {
            continue;
        }
        projected.0[candidate.fixture] = true;
        all.extend((0..n as u8).map(|facet| projector(&candidate.light.facet(facet), candidate.pool, lit.gain)));
    }
    let count = UVec4::new(all.len() as u32, 0, 0, 0);
    all.resize(MOST, Projector::default());
    if let Some(mut buffer) = buffers.get_mut(&landing.0.projectors) {
        buffer.set_data(Projectors { count, all });
    }
}

fn projector(light: &Emission, pool: f32, gain: f32) -> Projector {
    let turn = bevy_from_venue() * light.world_from_head;
    let tan = light.half_angle_rad.tan().max(0.003);
    // The iris takes light away, it does not gather it.
    let open = (tan / light.iris.max(0.05)).atan();
    let candela = LUMENS / (4.0 * PI) * narrowness(open) * gain * pool;
    Projector {
        origin: (bevy_from_venue() * light.position).extend(RANGE_M),
        dir: (turn * Vec3::NEG_Z).extend(tan),
        light: (light.color * candela).extend(light.softness * 0.7),
        side: (turn * Vec3::X).extend(1.0 / light.iris.max(0.05)),
        shape: shape(light),
    }
}

/// What the shaders know of the picture in a beam.
pub(super) fn shape(light: &Emission) -> Vec4 {
    Vec4::new(f32::from(light.gobo), light.gobo_turns * TAU, light.sharp_at, light.frost * 0.8)
}
