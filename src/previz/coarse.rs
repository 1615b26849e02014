//! Half the pixels each way, where the CPU draws: a picture of its own size, stretched behind the panels.
//!
//! A software renderer pays for every pixel; panels stay sharp, since they are drawn at the window's own size.

use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureFormat};
use bevy::window::PrimaryWindow;
use bevy_egui::egui::{Color32, LayerId, Rect, pos2};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, EguiTextureHandle, EguiUserTextures, PrimaryEguiContext};
use bevy_panorbit_camera::ActiveCameraData;

/// The picture behind the panels, and the camera that takes it.
#[derive(Resource)]
pub struct CoarsePicture {
    image: Handle<Image>,
    size: UVec2,
    camera: Entity,
}

/// Draws the picture before anything else is drawn on it.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DrawBackdrop;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, fit_window.run_if(resource_exists::<CoarsePicture>))
        .add_systems(EguiPrimaryContextPass, draw_backdrop.in_set(DrawBackdrop).run_if(resource_exists::<CoarsePicture>));
}

/// Makes `camera` draw into a picture of its own.
pub fn set_up(commands: &mut Commands, images: &mut Assets<Image>, textures: &mut EguiUserTextures, camera: Entity) {
    let size = UVec2::new(640, 360);
    let image = images.add(Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None));
    textures.add_image(EguiTextureHandle::Strong(image.clone()));
    commands.entity(camera).insert((Camera { order: -1, ..default() }, RenderTarget::Image(image.clone().into())));
    commands.spawn((Camera2d, PrimaryEguiContext, Msaa::Off));
    commands.insert_resource(CoarsePicture { image, size, camera });
}

fn fit_window(
    window: Single<&Window, With<PrimaryWindow>>,
    mut picture: ResMut<CoarsePicture>,
    mut images: ResMut<Assets<Image>>,
    mut orbit: ResMut<ActiveCameraData>,
) {
    // The orbit finds its window by the camera's target, which is none.
    let size = Some(window.size());
    *orbit = ActiveCameraData { entity: Some(picture.camera), viewport_size: size, window_size: size, manual: true };
    let wanted = (window.physical_size() / 2).max(UVec2::splat(16));
    if wanted != picture.size {
        picture.size = wanted;
        if let Some(mut image) = images.get_mut(&picture.image) {
            image.resize(Extent3d { width: wanted.x, height: wanted.y, depth_or_array_layers: 1 });
        }
    }
}

fn draw_backdrop(mut contexts: EguiContexts, picture: Res<CoarsePicture>) -> Result {
    if let Some(texture) = contexts.image_id(&picture.image) {
        let ctx = contexts.ctx_mut()?;
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ctx.layer_painter(LayerId::background()).image(texture, ctx.viewport_rect(), whole, Color32::WHITE);
    }
    Ok(())
}
