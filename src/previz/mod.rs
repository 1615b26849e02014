//! The room on the screen: stage, bodies that pan and tilt, beams in haze, light on floor and walls.
//!
//! Shows the frame that `show/` rendered and decides nothing about light.  Brightness is what a camera would show, not
//! photometry.  The venue's Z-up space becomes Bevy's in [`space`] alone.

pub mod bench;
pub mod body;
pub mod camera;
pub mod darkroom;
pub mod driver;
pub mod emitters;
pub mod gizmo;
pub mod hands;
pub mod landing;
pub mod marks;
pub mod mirror;
pub mod optics;
pub mod orbit;
pub mod overlay;
pub mod picture;
pub mod plan;
pub mod pools;
pub mod shapes;
pub mod sight;
pub mod space;
pub mod stage;
pub mod tools;
pub mod view;
pub mod why;
pub mod workplace;

use bevy::light::cluster::GlobalClusterSettings;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;

use crate::engine::Rig;
use crate::schedule::ShowSystems;
use crate::show::plugin::Part;

pub fn plugin(app: &mut App) {
    app.add_plugins((stage::plugin, body::plugin, emitters::plugin, mirror::plugin, pools::plugin))
        .insert_resource(ClearColor(Color::linear_rgb(0.0006, 0.0007, 0.001)))
        .insert_resource(GlobalAmbientLight { color: Color::linear_rgb(0.55, 0.7, 1.0), brightness: 1.4, ..default() })
        .add_systems(PreStartup, cluster_on_cpu)
        .add_systems(
            PostUpdate,
            (stage::follow_venue, rebuild.run_if(room_changed)).chain().in_set(ShowSystems::Mirror).before(mirror::MirrorLights),
        );
}

/// Clustering lights on the GPU costs a software renderer four times what the CPU takes.
fn cluster_on_cpu(adapter: Option<Res<RenderAdapterInfo>>, settings: Option<ResMut<GlobalClusterSettings>>) {
    if let Some(mut settings) = settings.filter(|_| pools::is_software(adapter.as_deref())) {
        settings.gpu_clustering = None;
    }
}

fn room_changed(rig: Res<Part<Rig>>, room: Res<stage::Room>) -> bool {
    rig.is_changed() || room.is_changed()
}

fn rebuild(world: &mut World) {
    let rig = world.resource::<Part<Rig>>().get().clone();
    let bounds = stage::rebuild(world, &rig);
    world.insert_resource(bounds);
    body::rebuild(world, &rig);
    emitters::rebuild(world, rig.heads.len());
}
