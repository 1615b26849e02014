//! The window's camera: an orbit that the mouse drives, jumps to presets and kept views, flight by keys.
//!
//! The orbit takes nothing while the pointer is elsewhere than on the room.

use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;
use bevy_egui::EguiUserTextures;
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraPlugin};

use super::bench::Bench;
use super::camera::{self, CameraPreset, Eye};
use super::marks::{self, Marks};
use super::pools::is_software;
use super::space::bevy_from_venue;
use super::stage::RoomBounds;
use super::view::{self, View};
use super::views::{self, Views};
use super::workplace::{Answer, FocusOnSelection};
use super::{quality, second};
use crate::engine::Rig;
use crate::schedule::ShowSystems;
use crate::show::plugin::Part;

/// Asks for a view.
#[derive(Message, Clone, Copy, Debug)]
pub struct LookFrom(pub Eye);

/// The view that was asked for last; `None` once the orbit has left it.
#[derive(Resource, Default, Debug, PartialEq)]
pub struct CurrentView(pub Option<Eye>);

pub fn plugin(app: &mut App) {
    app.add_plugins((PanOrbitCameraPlugin, view::plugin, second::plugin, views::plugin, quality::plugin))
        .add_message::<LookFrom>()
        .init_resource::<FocusOnSelection>()
        .init_resource::<CurrentView>()
        .init_resource::<Bench>()
        .init_resource::<Marks>()
        .init_resource::<Answer>()
        .add_systems(Startup, spawn_camera)
        .add_systems(Update, marks::follow.after(ShowSystems::Lower))
        .add_systems(Update, (look_from, look_at_new_room, focus, yield_to_panels, fly).chain());
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
    let other = commands.spawn((camera::film(software), CameraPreset::Side.transform(&bounds))).id();
    second::set_up(&mut commands, &mut images, &mut textures, other);
    commands.insert_resource(CurrentView(Some(preset.into())));
}

fn look_from(
    mut wanted: MessageReader<LookFrom>,
    bounds: Res<RoomBounds>,
    mut orbits: Query<&mut PanOrbitCamera>,
    mut view: ResMut<CurrentView>,
) {
    if let Some(LookFrom(eye)) = wanted.read().last() {
        orbits.iter_mut().for_each(|mut orbit| turn_to(&mut orbit, *eye, &bounds));
        view.0 = Some(*eye);
    }
}

/// The room's size is known only once it was built, after the camera was.
fn look_at_new_room(bounds: Res<RoomBounds>, view: Res<CurrentView>, mut orbits: Query<&mut PanOrbitCamera>) {
    if let Some(eye) = view.0.filter(|_| bounds.is_changed()) {
        orbits.iter_mut().for_each(|mut orbit| turn_to(&mut orbit, eye, &bounds));
    }
}

fn turn_to(orbit: &mut PanOrbitCamera, view: Eye, bounds: &RoomBounds) {
    let (eye, target) = view.places(bounds);
    let away = eye - target;
    let radius = away.length().max(0.5);
    let pitch = (away.y / radius).clamp(-1.0, 1.0).asin();
    let yaw = if view == CameraPreset::Top.into() { 0.0 } else { away.x.atan2(away.z) };
    (orbit.focus, orbit.target_focus) = (target, target);
    (orbit.radius, orbit.target_radius) = (Some(radius), radius);
    (orbit.yaw, orbit.target_yaw) = (Some(yaw), yaw);
    (orbit.pitch, orbit.target_pitch) = (Some(pitch), pitch);
    orbit.force_update = true;
}

/// The selected fixtures in the middle, as large as fits, seen from the same side as before.
fn focus(
    wanted: Res<FocusOnSelection>,
    (marks, views): (Res<Marks>, Res<Views>),
    mut followed: Local<Vec<usize>>,
    rig: Res<Part<Rig>>,
    mut view: ResMut<CurrentView>,
    mut orbits: Query<&mut PanOrbitCamera>,
) {
    let follows = views.follow && marks.picked != *followed;
    if follows {
        followed.clone_from(&marks.picked);
    }
    let asked = wanted.is_changed() && !wanted.is_added();
    if !(asked || follows) || marks.picked.is_empty() {
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

/// Metres a second, and as often as much with Shift.
const FLIGHT: f32 = 4.0;
const FASTER: f32 = 4.0;

/// As long as the right button is held over the room, keys carry the camera and what it looks at along.
fn fly(
    view: Option<Res<View>>,
    (keys, buttons): (Option<Res<ButtonInput<KeyCode>>>, Option<Res<ButtonInput<MouseButton>>>),
    time: Res<Time<Real>>,
    mut current: ResMut<CurrentView>,
    mut orbits: Query<(&mut PanOrbitCamera, &Transform)>,
) {
    let (Some(view), Some(keys), Some(buttons)) = (view, keys, buttons) else { return };
    if !view.pointed_at || !buttons.pressed(MouseButton::Right) {
        return;
    }
    let way = way(&|key| keys.pressed(key));
    if way == Vec3::ZERO {
        return;
    }
    let faster = if keys.pressed(KeyCode::ShiftLeft) || keys.pressed(KeyCode::ShiftRight) { FASTER } else { 1.0 };
    // A frame that took long must not throw it through the wall.
    let step = FLIGHT * faster * time.delta_secs().min(0.25);
    for (mut orbit, eye) in &mut orbits {
        let by = (eye.rotation * Vec3::new(way.x, 0.0, way.z) + Vec3::Y * way.y).normalize_or_zero() * step;
        orbit.target_focus += by;
        orbit.focus += by;
        orbit.force_update = true;
    }
    current.0 = None;
}

/// Right, up and backwards, as a camera has its axes.
fn way(pressed: &dyn Fn(KeyCode) -> bool) -> Vec3 {
    let axis = |plus, minus| f32::from(i8::from(pressed(plus)) - i8::from(pressed(minus)));
    Vec3::new(axis(KeyCode::KeyD, KeyCode::KeyA), axis(KeyCode::KeyE, KeyCode::KeyQ), axis(KeyCode::KeyS, KeyCode::KeyW))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_fly_the_way_they_lie() {
        let held = |keys: &'static [KeyCode]| way(&|key| keys.contains(&key));
        assert_eq!(held(&[KeyCode::KeyW]), Vec3::NEG_Z);
        assert_eq!(held(&[KeyCode::KeyD, KeyCode::KeyE]), Vec3::new(1.0, 1.0, 0.0));
        assert_eq!(held(&[KeyCode::KeyA, KeyCode::KeyD]), Vec3::ZERO);
    }
}
