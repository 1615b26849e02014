//! Beams and lenses on the GPU: one storage buffer for all heads, one mesh and one draw each.
//!
//! The buffer is rewritten every frame at the same size, so nothing is bound anew; it is replaced only when the number
//! of heads changes.  Everything in it is in Bevy's space.

use std::f32::consts::TAU;

use bevy::asset::{RenderAssetUsages, embedded_asset};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::light::{NotShadowCaster, NotShadowReceiver};
use bevy::mesh::{Indices, MeshVertexAttribute, MeshVertexBufferLayoutRef, PrimitiveTopology};
use bevy::pbr::{MaterialPipeline, MaterialPipelineKey};
use bevy::prelude::*;
use bevy::render::render_resource::{
    AsBindGroup, CompareFunction, Face, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError, VertexFormat,
};
use bevy::render::storage::ShaderBuffer;
use bevy::shader::{ShaderRef, load_shader_library};

use super::optics::facets;
use super::projectors::Landing;
use crate::engine::Rig;

/// One head, as the shaders see it; `emitters.wgsl` says what the numbers mean.
#[derive(Clone, Copy, Debug, Default, ShaderType)]
pub struct Emitter {
    pub apex: Vec4,
    pub dir: Vec4,
    pub haze: Vec4,
    pub side: Vec4,
    pub glow: Vec4,
    pub shape: Vec4,
    pub mask: Vec4,
}

#[derive(Clone, Debug, Default, ShaderType)]
pub struct Emitters {
    pub air: Vec4,
    #[shader(size(runtime))]
    pub all: Vec<Emitter>,
}

#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct BeamMaterial {
    #[storage(0, read_only)]
    pub emitters: Handle<ShaderBuffer>,
    #[texture(1, dimension = "2d_array")]
    #[sampler(2)]
    pub gobos: Handle<Image>,
}

#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct LensMaterial {
    #[storage(0, read_only)]
    pub emitters: Handle<ShaderBuffer>,
}

const HULL_SIDES: u32 = 10;
const EMITTER: MeshVertexAttribute = MeshVertexAttribute::new("Emitter", 0x6c75_6d61, VertexFormat::Uint32);

impl Material for BeamMaterial {
    fn vertex_shader() -> ShaderRef {
        "embedded://luma/previz/beam.wgsl".into()
    }

    fn fragment_shader() -> ShaderRef {
        "embedded://luma/previz/beam.wgsl".into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        AlphaMode::Add
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }

    fn specialize(
        _: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        layout: &MeshVertexBufferLayoutRef,
        _: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        take_corners(descriptor, layout)?;
        descriptor.primitive.cull_mode = Some(Face::Front);
        if let Some(depth) = descriptor.depth_stencil.as_mut() {
            // The shader clips by depth itself: a hull's back face may lie behind the wall that its light reaches.
            depth.depth_compare = Some(CompareFunction::Always);
        }
        Ok(())
    }
}

impl Material for LensMaterial {
    fn vertex_shader() -> ShaderRef {
        "embedded://luma/previz/lens.wgsl".into()
    }

    fn fragment_shader() -> ShaderRef {
        "embedded://luma/previz/lens.wgsl".into()
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }

    fn specialize(
        _: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        layout: &MeshVertexBufferLayoutRef,
        _: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        take_corners(descriptor, layout)?;
        descriptor.primitive.cull_mode = None;
        Ok(())
    }
}

fn take_corners(descriptor: &mut RenderPipelineDescriptor, layout: &MeshVertexBufferLayoutRef) -> Result<(), SpecializedMeshPipelineError> {
    descriptor.vertex.buffers =
        vec![layout.0.get_layout(&[Mesh::ATTRIBUTE_POSITION.at_shader_location(0), EMITTER.at_shader_location(1)])?];
    Ok(())
}

/// The buffer that this frame's light goes into.
#[derive(Resource, Default)]
pub struct EmitterBuffer {
    handle: Option<Handle<ShaderBuffer>>,
    /// By head, the first of its further slots; its prism's other beams go there.
    further: Vec<u32>,
    n_slots: usize,
}

/// The two entities that draw all beams and all lenses.
#[derive(Component)]
struct Drawn;

pub(super) fn plugin(app: &mut App) {
    load_shader_library!(app, "emitters.wgsl");
    embedded_asset!(app, "beam.wgsl");
    embedded_asset!(app, "lens.wgsl");
    app.add_plugins((MaterialPlugin::<BeamMaterial>::default(), MaterialPlugin::<LensMaterial>::default()))
        .init_resource::<EmitterBuffer>();
}

impl EmitterBuffer {
    pub fn n_slots(&self) -> usize {
        self.n_slots
    }

    /// Where a beam of a head goes; the first facet stands for the head itself.
    pub fn slot(&self, head: u32, facet: u8) -> Option<usize> {
        let first = *self.further.get(head as usize)?;
        let end = self.further.get(head as usize + 1).map_or(self.n_slots, |next| *next as usize);
        match facet {
            0 => Some(head as usize),
            facet => Some(first as usize + usize::from(facet) - 1).filter(|slot| *slot < end),
        }
    }

    /// Uploads this frame's light; true when it fitted, false when [`rebuild`] has to run first.
    pub fn write(&self, buffers: &mut Assets<ShaderBuffer>, emitters: Emitters) -> bool {
        let Some(mut buffer) =
            self.handle.as_ref().filter(|_| emitters.all.len() == self.n_slots).and_then(|handle| buffers.get_mut(handle))
        else {
            return false;
        };
        buffer.set_data(emitters);
        true
    }
}

/// Makes meshes and buffer anew for the heads of a rig.
pub(super) fn rebuild(world: &mut World, rig: &Rig) {
    let old: Vec<Entity> = world.query_filtered::<Entity, With<Drawn>>().iter(world).collect();
    for entity in old {
        world.despawn(entity);
    }
    let n_heads = rig.heads.len();
    let mut n_slots = n_heads;
    let further = rig.heads.iter().map(|head| {
        let first = n_slots;
        n_slots += usize::from(facets(&rig.fixtures[head.fixture as usize].kind, head.index)) - 1;
        first as u32
    });
    let further: Vec<u32> = further.collect();
    let n_slots = n_slots.max(1);
    // A storage buffer may not be empty, so a rig without heads keeps one dark emitter.
    let dark = Emitters { air: Vec4::ZERO, all: vec![Emitter::default(); n_slots] };
    let handle = world.resource_mut::<Assets<ShaderBuffer>>().add(ShaderBuffer::from(dark));
    *world.resource_mut::<EmitterBuffer>() = EmitterBuffer { handle: Some(handle.clone()), further, n_slots };
    let (hulls, panes) = {
        let mut meshes = world.resource_mut::<Assets<Mesh>>();
        (meshes.add(hull_mesh(n_slots)), meshes.add(pane_mesh(n_heads)))
    };
    let gobos = world.resource::<Landing>().gobos();
    let beam = world.resource_mut::<Assets<BeamMaterial>>().add(BeamMaterial { emitters: handle.clone(), gobos });
    let lens = world.resource_mut::<Assets<LensMaterial>>().add(LensMaterial { emitters: handle });
    world.spawn((Drawn, Name::new("beams"), Mesh3d(hulls), MeshMaterial3d(beam), NoFrustumCulling, NotShadowCaster, NotShadowReceiver));
    world.spawn((Drawn, Name::new("lenses"), Mesh3d(panes), MeshMaterial3d(lens), NoFrustumCulling, NotShadowCaster, NotShadowReceiver));
}

/// For each head a closed hull: unit circle in xy, from 0 at the lens to 1 at the far end along z.
fn hull_mesh(n_heads: usize) -> Mesh {
    let n = HULL_SIDES;
    let mut corners = Vec::new();
    for z in [0.0, 1.0] {
        corners.extend((0..n).map(|side| {
            let (sin, cos) = (side as f32 / n as f32 * TAU).sin_cos();
            [cos, sin, z]
        }));
    }
    let mut triangles = Vec::new();
    for side in 0..n {
        let next = (side + 1) % n;
        triangles.extend([side, next, n + next, side, n + next, n + side]);
    }
    for side in 1..n - 1 {
        triangles.extend([0, side + 1, side]);
        triangles.extend([n, n + side, n + side + 1]);
    }
    repeated(n_heads, &corners, &triangles)
}

fn pane_mesh(n_heads: usize) -> Mesh {
    repeated(n_heads, &[[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 1.0, 0.0]], &[0, 1, 2, 0, 2, 3])
}

fn repeated(n_heads: usize, corners: &[[f32; 3]], triangles: &[u32]) -> Mesh {
    let n_corners = corners.len() as u32;
    let heads = 0..n_heads.max(1) as u32;
    let positions: Vec<[f32; 3]> = heads.clone().flat_map(|_| corners.iter().copied()).collect();
    let emitters: Vec<u32> = heads.clone().flat_map(|head| std::iter::repeat_n(head, corners.len())).collect();
    let indices = heads.flat_map(|head| triangles.iter().map(move |corner| head * n_corners + corner)).collect();
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
        .with_inserted_attribute(EMITTER, emitters)
        .with_inserted_indices(Indices::U32(indices))
}
