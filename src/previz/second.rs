//! A second view of the room beside the first: a camera and a picture of its own, to look at and not to work in.

use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureFormat};
use bevy_egui::egui::{Color32, Rect, Sense, Ui, WidgetInfo, WidgetType, pos2};
use bevy_egui::{EguiTextureHandle, EguiUserTextures};

use super::camera::{CameraPreset, Eye};
use super::quality::Quality;
use super::stage::RoomBounds;
use super::tools::strip;
use super::views::Views;
use crate::document::plugin::OnDesk;

/// The picture, and where it is taken from.
#[derive(Resource)]
pub struct Second {
    image: Handle<Image>,
    size: UVec2,
    camera: Entity,
    /// Pixels that the tab has; what it had in the last frame, until it is drawn in this one.
    wanted: UVec2,
    drawn: bool,
    eye: Eye,
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, fit.run_if(resource_exists::<Second>));
}

/// Makes `camera` draw into a picture of its own, once somebody looks at it.
pub(super) fn set_up(commands: &mut Commands, images: &mut Assets<Image>, textures: &mut EguiUserTextures, camera: Entity) {
    let size = UVec2::new(320, 180);
    let image = images.add(Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None));
    textures.add_image(EguiTextureHandle::Strong(image.clone()));
    commands.entity(camera).insert((Camera { order: -2, is_active: false, ..default() }, RenderTarget::Image(image.clone().into())));
    commands.insert_resource(Second { image, size, camera, wanted: size, drawn: false, eye: CameraPreset::Side.into() });
}

fn fit(
    mut second: ResMut<Second>,
    bounds: Res<RoomBounds>,
    mut images: ResMut<Assets<Image>>,
    mut cameras: Query<(&mut Camera, &mut Transform)>,
) {
    let second = &mut *second;
    let drawn = std::mem::take(&mut second.drawn);
    let Ok((mut camera, mut transform)) = cameras.get_mut(second.camera) else { return };
    if camera.is_active != drawn {
        camera.is_active = drawn;
    }
    if !drawn {
        return;
    }
    transform.set_if_neq(second.eye.transform(&bounds));
    if second.wanted != second.size {
        second.size = second.wanted;
        if let Some(mut image) = images.get_mut(&second.image) {
            image.resize(Extent3d { width: second.size.x, height: second.size.y, depth_or_array_layers: 1 });
        }
    }
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    second: Option<ResMut<Second>>,
    textures: Option<Res<EguiUserTextures>>,
    (views, desk, quality): (Res<Views>, Res<OnDesk>, Option<Res<Quality>>),
) {
    let (Some(mut second), Some(textures)) = (second, textures) else {
        ui.weak("There is no picture without a window");
        return;
    };
    let rect = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(rect, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, "The room, seen again"));
    let scale = quality.map_or(1.0, |quality| quality.scale()) * ui.ctx().pixels_per_point();
    let pixels = Vec2::new(rect.width(), rect.height()) * scale;
    second.wanted = pixels.as_uvec2().clamp(UVec2::splat(16), UVec2::splat(4096));
    second.drawn = true;
    if let Some(texture) = textures.image_id(&second.image) {
        ui.painter().image(texture, rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
    }
    let mut bar = strip(ui, rect);
    let presets = CameraPreset::ALL.into_iter().map(|preset| (preset.label(), Eye::from(preset)));
    let kept = views.of(desk.0.venue).iter().map(|view| (view.name.as_str(), view.look()));
    for (name, eye) in presets.chain(kept) {
        if bar.selectable_label(second.eye == eye, name).clicked() {
            second.eye = eye;
        }
    }
}
