//! The room as a tab: a picture of its own size, and what hands do in it.
//!
//! The room is always drawn into a texture as large as its tab, or smaller where the quality says so; panels stay sharp.  A
//! view that is on no screen is not drawn.  At the lowest quality the plan stands here instead.
//!
//! Drag turns, right drag or Shift+right drag moves, the right button and W A S D fly, the wheel comes nearer; a click picks, Shift+click adds, Ctrl+click adds
//! or takes away, Shift+drag picks everything in a box.

use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureFormat};
use bevy_egui::egui::{Color32, Rect, Sense, Ui, WidgetInfo, WidgetType, pos2};
use bevy_egui::{EguiTextureHandle, EguiUserTextures, PrimaryEguiContext};
use bevy_panorbit_camera::{ActiveCameraData, PanOrbitCamera};

use super::camera::CameraPreset;
use super::hands::Hands;
use super::motion::Motion;
use super::orbit::{CurrentView, LookFrom};
use super::plan;
use super::quality::{Measured, Quality, Tier};
use super::sight::Sight;
use super::space::bevy_from_venue;
use super::stage::RoomBounds;
use super::tools::{menu, quality_ui, strip, tools_ui};
use super::views::{Views, views_ui};
use super::workplace::Workplace;
use crate::document::plugin::OnDesk;
use crate::show::plugin::Playhead;

/// The picture of the room and where it stands on the screen.
#[derive(Resource)]
pub struct View {
    image: Handle<Image>,
    size: UVec2,
    camera: Entity,
    /// In points; empty while the tab is hidden.
    rect: Rect,
    pixels_per_point: f32,
    /// The pointer is over the picture and nothing else has it.
    pub pointed_at: bool,
    drawn: bool,
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, fit.run_if(resource_exists::<View>));
}

/// Makes `camera` draw into a picture of its own, and gives the panels a camera of theirs.
pub(super) fn set_up(commands: &mut Commands, images: &mut Assets<Image>, textures: &mut EguiUserTextures, camera: Entity) {
    let size = UVec2::new(640, 360);
    let image = images.add(Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None));
    textures.add_image(EguiTextureHandle::Strong(image.clone()));
    commands.entity(camera).insert((Camera { order: -1, ..default() }, RenderTarget::Image(image.clone().into())));
    commands.spawn((Camera2d, PrimaryEguiContext, Msaa::Off));
    commands.insert_resource(View { image, size, camera, rect: Rect::NOTHING, pixels_per_point: 1.0, pointed_at: false, drawn: true });
}

/// The texture follows the tab; a tab that was not drawn in the last frame costs nothing in this one.
fn fit(
    mut view: ResMut<View>,
    mut images: ResMut<Assets<Image>>,
    mut orbit: ResMut<ActiveCameraData>,
    mut cameras: Query<&mut Camera>,
    (quality, playhead): (Res<Quality>, Res<Playhead>),
    mut measured: ResMut<Measured>,
) {
    let view = &mut *view;
    // At rest, frames come as seldom as there is news: they tell nothing about the machine.
    measured.0 = view.drawn && playhead.playing;
    if let Ok(mut camera) = cameras.get_mut(view.camera)
        && camera.is_active != view.drawn
    {
        camera.is_active = view.drawn;
    }
    if !std::mem::take(&mut view.drawn) {
        view.pointed_at = false;
        return;
    }
    // The orbit finds its window by the camera's target, which is none.
    let points = Vec2::new(view.rect.width(), view.rect.height()).max(Vec2::ONE);
    *orbit = ActiveCameraData { entity: Some(view.camera), viewport_size: Some(points), window_size: Some(points), manual: true };
    let wanted = (points * view.pixels_per_point * quality.scale()).as_uvec2().clamp(UVec2::splat(16), UVec2::splat(4096));
    if wanted != view.size {
        view.size = wanted;
        if let Some(mut image) = images.get_mut(&view.image) {
            image.resize(Extent3d { width: wanted.x, height: wanted.y, depth_or_array_layers: 1 });
        }
    }
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    mut view: ResMut<View>,
    textures: Res<EguiUserTextures>,
    cameras: Query<(&Camera, &GlobalTransform, &PanOrbitCamera)>,
    current: Res<CurrentView>,
    (mut hands, mut paper): (Local<Hands>, Local<plan::State>),
    mut work: Workplace,
    mut look: MessageWriter<LookFrom>,
    (mut views, desk): (ResMut<Views>, Res<OnDesk>),
    (mut quality, mut motion, bounds): (ResMut<Quality>, ResMut<Motion>, Res<RoomBounds>),
) {
    let view = &mut *view;
    let rect = ui.available_rect_before_wrap();
    if quality.tier == Tier::Plan {
        plan::draw(ui, &mut paper, &bounds, &motion, &mut work);
        let mut bar = strip(ui, rect.with_min_y(rect.min.y + 30.0));
        quality_ui(&mut bar, &mut quality, &mut motion);
        bar.weak("The room is not drawn; choose another quality for it");
        return;
    }
    let response = ui.allocate_rect(rect, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, "The room"));
    (view.rect, view.pixels_per_point, view.drawn) = (rect, ui.ctx().pixels_per_point(), true);
    if let Some(texture) = textures.image_id(&view.image) {
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(texture, rect, whole, Color32::WHITE);
    }
    if let Ok((camera, eye, _)) = cameras.get(view.camera) {
        let clip_from_venue = camera.clip_from_view() * eye.to_matrix().inverse() * Mat4::from_quat(bevy_from_venue());
        work.work(ui, &mut hands, &response, &Sight::new(rect, clip_from_venue), false);
    }
    let boxing = ui.input(|input| input.modifiers.shift);
    view.pointed_at = (response.contains_pointer() || response.dragged()) && !boxing && !hands.busy();
    let mut bar = strip(ui, rect);
    for (at, preset) in CameraPreset::ALL.into_iter().enumerate() {
        let chosen = current.0 == Some(preset.into());
        if bar.selectable_label(chosen, preset.label()).on_hover_text(format!("Look from here (key {})", at + 1)).clicked() {
            look.write(LookFrom(preset.into()));
        }
    }
    let back = bevy_from_venue().inverse();
    let now = cameras.get(view.camera).map_or((Vec3::ZERO, Vec3::ZERO), |(_, eye, orbit)| (back * eye.translation(), back * orbit.focus));
    let (_, picked) = menu("Views").ui(&mut bar, |ui| views_ui(ui, &mut views, desk.0.venue, now));
    look.write_batch(picked.and_then(|picked| picked.inner).map(LookFrom));
    bar.separator();
    quality_ui(&mut bar, &mut quality, &mut motion);
    bar.separator();
    tools_ui(&mut bar, &mut work.bench, work.marks.hit.as_ref());
}
