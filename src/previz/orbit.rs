//! The window's camera: an orbit that the mouse drives, and jumps to the presets.
//!
//! The orbit takes nothing while the pointer is elsewhere than on the room.

use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;
use bevy_egui::EguiUserTextures;
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraPlugin};

use super::bench::Bench;
use super::camera::{self, CameraPreset};
use super::marks::{self, Marks};
use super::pools::is_software;
use super::quality;
use super::space::bevy_from_venue;
use super::stage::RoomBounds;
use super::view::{self, View};
use super::workplace::{Answer, FocusOnSelection};
use crate::engine::Rig;
use crate::schedule::ShowSystems;
use crate::show::plugin::Part;

/// Asks for a view.
#[derive(Message, Clone, Copy, Debug)]
pub struct LookFrom(pub CameraPreset);

/// The preset that was asked for last; `None` once the orbit has left it.
#[derive(Resource, Default, Debug, PartialEq, Eq)]
pub struct CurrentView(pub Option<CameraPreset>);

pub fn plugin(app: &mut App) {
    app.add_plugins((PanOrbitCameraPlugin, view::plugin, quality::plugin))
        .add_message::<LookFrom>()
        .init_resource::<FocusOnSelection>()
        .init_resource::<CurrentView>()
        .init_resource::<Bench>()
        .init_resource::<Marks>()
        .init_resource::<Answer>()
        .add_systems(Startup, spawn_camera)
        .add_systems(Update, marks::follow.after(ShowSystems::Lower))
        .add_systems(Update, (look_from, look_at_new_room, focus, yield_to_panels).chain());
}

fn spawn_camera(
    mut commands: Commands,
    adapter: Option<Res<RenderAdapterInfo>>,
    bounds: Res<RoomBounds>,
    mut images: ResMut<Assets<Image>>,
    mut textures: ResMut<EguiUserTextures>,
) {
    let software = is_software(adapter.as_deref());
    let preset = CameraPreset::default();
    let orbit = PanOrbitCamera { zoom_lower_limit: 0.5, orbit_smoothness: 0.0, pan_smoothness: 0.0, zoom_smoothness: 0.0, ..default() };
    let camera = commands.spawn((camera::film(software), orbit, preset.transform(&bounds))).id();
    view::set_up(&mut commands, &mut images, &mut textures, camera);
    commands.insert_resource(CurrentView(Some(preset)));
}

fn look_from(
    mut wanted: MessageReader<LookFrom>,
    bounds: Res<RoomBounds>,
    mut orbits: Query<&mut PanOrbitCamera>,
    mut view: ResMut<CurrentView>,
) {
    if let Some(LookFrom(preset)) = wanted.read().last() {
        orbits.iter_mut().for_each(|mut orbit| turn_to(&mut orbit, *preset, &bounds));
        view.0 = Some(*preset);
    }
}

/// The room's size is known only once it was built, after the camera was.
fn look_at_new_room(bounds: Res<RoomBounds>, view: Res<CurrentView>, mut orbits: Query<&mut PanOrbitCamera>) {
    if let Some(preset) = view.0.filter(|_| bounds.is_changed()) {
        orbits.iter_mut().for_each(|mut orbit| turn_to(&mut orbit, preset, &bounds));
    }
}

fn turn_to(orbit: &mut PanOrbitCamera, preset: CameraPreset, bounds: &RoomBounds) {
    let (eye, target) = preset.view(bounds);
    let away = eye - target;
    let radius = away.length().max(0.5);
    let pitch = (away.y / radius).clamp(-1.0, 1.0).asin();
    let yaw = if preset == CameraPreset::Top { 0.0 } else { away.x.atan2(away.z) };
    (orbit.focus, orbit.target_focus) = (target, target);
    (orbit.radius, orbit.target_radius) = (Some(radius), radius);
    (orbit.yaw, orbit.target_yaw) = (Some(yaw), yaw);
    (orbit.pitch, orbit.target_pitch) = (Some(pitch), pitch);
    orbit.force_update = true;
}

/// The selected fixtures in the middle, as large as fits, seen from the same side as before.
fn focus(
    wanted: Res<FocusOnSelection>,
    marks: Res<Marks>,
    rig: Res<Part<Rig>>,
    mut view: ResMut<CurrentView>,
    mut orbits: Query<&mut PanOrbitCamera>,
) {
    if !wanted.is_changed() || wanted.is_added() || marks.picked.is_empty() {
        return;
    }
    let places = marks.picked.iter().filter_map(|&at| rig.get().fixtures.get(at)).map(|fixture| fixture.pose.position);
    let (low, high) = places.fold((Vec3::MAX, Vec3::MIN), |(low, high), at| (low.min(at), high.max(at)));
    let middle = bevy_from_venue() * ((low + high) * 0.5);
    // Half the picture's height at 58 degrees, with some air around.
    let radius = ((high - low).length() * 0.5 + 0.8) / 29f32.to_radians().tan();
    if !middle.is_finite() || !radius.is_finite() {
        return;
    }
    for mut orbit in &mut orbits {
        (orbit.focus, orbit.target_focus) = (middle, middle);
        (orbit.radius, orbit.target_radius) = (Some(radius), radius);
        orbit.force_update = true;
    }
    view.0 = None;
}

fn yield_to_panels(view: Option<Res<View>>, mut orbits: Query<&mut PanOrbitCamera>) {
    let free = view.is_some_and(|view| view.pointed_at);
    for mut orbit in &mut orbits {
        if orbit.enabled != free {
            orbit.enabled = free;
        }
    }
}
