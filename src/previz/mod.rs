//! The room on the screen: stage, bodies that pan and tilt, beams in haze, light on floor and walls.
//!
//! Shows the frame that `show/` rendered and decides nothing about light.  Brightness is what a camera would show, not
//! photometry.  The venue's Z-up space becomes Bevy's in [`space`] alone.

pub mod bench;
pub mod body;
pub mod camera;
mod crowd;
pub mod darkroom;
pub mod driver;
pub mod emitters;
mod furniture;
pub mod gizmo;
pub mod gobos;
pub mod hands;
pub mod landing;
pub mod marks;
pub mod mirror;
pub mod optics;
pub mod motion;
pub mod orbit;
pub mod overlay;
pub mod picture;
pub mod plan;
pub mod pools;
pub mod projectors;
pub mod quality;
pub mod second;
pub mod shapes;
pub mod sight;
pub mod space;
pub mod stage;
pub mod tools;
pub mod view;
pub mod views;
mod vantage;
pub mod why;
pub mod workplace;

use std::sync::Arc;

use bevy::light::cluster::GlobalClusterSettings;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;

use crate::engine::Rig;
use crate::engine::rig::RigFixture;
use crate::schedule::ShowSystems;
use crate::show::plugin::Part;

pub fn plugin(app: &mut App) {
    app.add_plugins((projectors::plugin, stage::plugin, body::plugin, emitters::plugin, mirror::plugin, pools::plugin))
        .insert_resource(ClearColor(Color::linear_rgb(0.0006, 0.0007, 0.001)))
        .insert_resource(ambient(false))
        .add_systems(PreStartup, cluster_on_cpu)
        .add_systems(PostUpdate, switch_work_light.run_if(resource_exists::<bench::Bench>).before(rebuild))
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

/// What is seen of a room without a lamp on, or with the light that people work by.
fn ambient(work_light: bool) -> GlobalAmbientLight {
    let (color, brightness) =
        if work_light { (Color::linear_rgb(1.0, 0.93, 0.82), 26.0) } else { (Color::linear_rgb(0.55, 0.7, 1.0), 1.4) };
    GlobalAmbientLight { color, brightness, ..default() }
}

fn switch_work_light(bench: Res<bench::Bench>, mut lit: Local<bool>, mut light: ResMut<GlobalAmbientLight>) {
    if bench.work_light != *lit {
        *lit = bench.work_light;
        *light = ambient(*lit);
    }
}

fn room_changed(rig: Res<Part<Rig>>, room: Res<stage::Room>) -> bool {
    rig.is_changed() || room.is_changed()
}

/// What the room was last built of.
#[derive(Resource)]
struct Built {
    rig: Arc<Rig>,
    room: stage::Room,
}

impl Built {
    /// The same lamps and the same things around them, hung elsewhere at most.
    fn stands(&self, rig: &Rig, room: &stage::Room) -> bool {
        let same = |(old, new): (&RigFixture, &RigFixture)| old.id == new.id && Arc::ptr_eq(&old.kind, &new.kind);
        self.room == *room && self.rig.fixtures.len() == rig.fixtures.len() && self.rig.fixtures.iter().zip(&rig.fixtures).all(same)
    }
}

/// A room in which lamps are only moved is not built anew: its meshes would be gone for a frame, and the view would jump.
fn rebuild(world: &mut World) {
    let rig = world.resource::<Part<Rig>>().get().clone();
    let room = world.resource::<stage::Room>().clone();
    if world.get_resource::<Built>().is_some_and(|built| built.stands(&rig, &room)) {
        body::hang(world, &rig);
    } else {
        let bounds = stage::rebuild(world, &rig);
        world.insert_resource(bounds);
        body::rebuild(world, &rig);
        emitters::rebuild(world, &rig);
    }
    world.insert_resource(Built { rig, room });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue;
    use crate::venue::library::Library;

    #[test]
    fn a_room_whose_lamps_only_moved_stands_and_one_with_another_lamp_does_not() {
        let library = Library::builtin();
        let mut club = venue::builtin("club").unwrap();
        let rig = |club: &venue::model::Venue| Arc::new(venue::lower::rig(club, &library).0);
        let room = stage::Room::of(&club, &library);
        let built = Built { rig: rig(&club), room: room.clone() };
        club.fixtures[3].position = [1.0, 2.0, 3.0];
        club.fixtures[4].label = "Other".into();
        assert!(built.stands(&rig(&club), &room));
        let emptier = stage::Room { scenery: room.scenery[1..].to_vec(), ..room.clone() };
        assert!(!built.stands(&rig(&club), &emptier));
        let gone = club.fixtures.pop().unwrap();
        assert!(!built.stands(&rig(&club), &room));
        club.fixtures.push(venue::model::Fixture {
            definition: club.fixtures[0].definition.clone(),
            mode: club.fixtures[0].mode.clone(),
            ..gone
        });
        assert!(!built.stands(&rig(&club), &room), "another kind in its place");
    }
}
