//! The room as a tab: a picture of its own size, what is drawn over it, and picking.
//!
//! The room is always drawn into a texture as large as its tab.  A software renderer pays for every pixel, so there the
//! texture has half the pixels each way; panels stay sharp.  A view that is on no screen is not drawn.
//!
//! Drag turns, right drag or Shift+right drag moves, the wheel comes nearer; a click picks, Ctrl+click adds, Shift+drag
//! picks everything in a box.

use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureFormat};
use bevy_egui::egui::{self, Align2, Color32, FontId, Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2};
use bevy_egui::{EguiTextureHandle, EguiUserTextures, PrimaryEguiContext};
use bevy_panorbit_camera::ActiveCameraData;

use super::camera::CameraPreset;
use super::orbit::{CurrentView, LookFrom};
use super::space::bevy_from_venue;
use crate::document::selection::Selection;
use crate::engine::Rig;
use crate::registry::TableId;
use crate::show::plugin::Part;
use crate::ui::theme;

/// The picture of the room, where it stands on the screen, and what is written over it.
#[derive(Resource)]
pub struct View {
    image: Handle<Image>,
    size: UVec2,
    camera: Entity,
    /// Texture pixels per physical pixel.
    scale: f32,
    /// In points; empty while the tab is hidden.
    rect: Rect,
    pixels_per_point: f32,
    /// The pointer is over the picture and nothing else has it.
    pub pointed_at: bool,
    drawn: bool,
    labels: Labels,
    box_from: Option<egui::Pos2>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Labels {
    #[default]
    None,
    Names,
    Addresses,
}

impl Labels {
    const ALL: [(Self, &'static str); 3] = [(Self::None, "No labels"), (Self::Names, "Names"), (Self::Addresses, "Addresses")];
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, fit.run_if(resource_exists::<View>));
}

/// Makes `camera` draw into a picture of its own, and gives the panels a camera of theirs.
pub(super) fn set_up(commands: &mut Commands, images: &mut Assets<Image>, textures: &mut EguiUserTextures, camera: Entity, software: bool) {
    let size = UVec2::new(640, 360);
    let image = images.add(Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None));
    textures.add_image(EguiTextureHandle::Strong(image.clone()));
    commands.entity(camera).insert((Camera { order: -1, ..default() }, RenderTarget::Image(image.clone().into())));
    commands.spawn((Camera2d, PrimaryEguiContext, Msaa::Off));
    commands.insert_resource(View {
        image,
        size,
        camera,
        scale: if software { 0.5 } else { 1.0 },
        rect: Rect::NOTHING,
        pixels_per_point: 1.0,
        pointed_at: false,
        drawn: true,
        labels: Labels::default(),
        box_from: None,
    });
}

/// The texture follows the tab; a tab that was not drawn in the last frame costs nothing in this one.
fn fit(mut view: ResMut<View>, mut images: ResMut<Assets<Image>>, mut orbit: ResMut<ActiveCameraData>, mut cameras: Query<&mut Camera>) {
    let view = &mut *view;
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
    let wanted = (points * view.pixels_per_point * view.scale).as_uvec2().clamp(UVec2::splat(16), UVec2::splat(4096));
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
    cameras: Query<(&Camera, &GlobalTransform)>,
    rig: Res<Part<Rig>>,
    current: Res<CurrentView>,
    mut selection: ResMut<Selection>,
    mut look: MessageWriter<LookFrom>,
) {
    let view = &mut *view;
    let rect = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(rect, Sense::click_and_drag());
    (view.rect, view.pixels_per_point, view.drawn) = (rect, ui.ctx().pixels_per_point(), true);
    if let Some(texture) = textures.image_id(&view.image) {
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(texture, rect, whole, Color32::WHITE);
    }
    let boxing = view.box_from.is_some() || ui.input(|input| input.modifiers.shift);
    view.pointed_at = (response.contains_pointer() || response.dragged()) && !boxing;
    let Ok((camera, eye)) = cameras.get(view.camera) else {
        return;
    };
    let seen = Seen { rect, clip_from_world: camera.clip_from_view() * eye.to_matrix().inverse() };
    let places: Vec<Option<egui::Pos2>> =
        rig.get().fixtures.iter().map(|fixture| seen.place(bevy_from_venue() * fixture.pose.position)).collect();
    pick(ui, view, &response, rig.get(), &places, &mut selection);
    draw_over(ui, view, rig.get(), &places, &selection);
    bar_ui(ui, rect, view, current.0, &mut look);
}

/// From the room to the screen.
struct Seen {
    rect: Rect,
    clip_from_world: Mat4,
}

impl Seen {
    /// `None` behind the camera.
    fn place(&self, at: Vec3) -> Option<egui::Pos2> {
        let clip = self.clip_from_world * at.extend(1.0);
        if clip.w <= 0.05 {
            return None;
        }
        let ndc = clip.truncate() / clip.w;
        let Rect { min, .. } = self.rect;
        let size = self.rect.size();
        Some(pos2(min.x + (ndc.x * 0.5 + 0.5) * size.x, min.y + (0.5 - ndc.y * 0.5) * size.y))
            .filter(|at| self.rect.expand(40.0).contains(*at))
    }
}

/// How near to a fixture's middle a click must be, in points.
const REACH: f32 = 26.0;

fn pick(ui: &Ui, view: &mut View, response: &Response, rig: &Rig, places: &[Option<egui::Pos2>], selection: &mut Selection) {
    let modifiers = ui.input(|input| input.modifiers);
    let key = |at: usize| (TableId::Fixtures, rig.fixtures[at].id);
    if response.drag_started_by(egui::PointerButton::Primary) && modifiers.shift {
        view.box_from = response.interact_pointer_pos();
    }
    if let (Some(from), Some(to)) = (view.box_from, response.interact_pointer_pos()) {
        let marked = Rect::from_two_pos(from, to);
        let tint = theme::ACCENT;
        ui.painter().rect(marked, 0.0, tint.gamma_multiply(0.12), Stroke::new(1.0, tint), StrokeKind::Inside);
        if response.drag_stopped() {
            view.box_from = None;
            let inside = places.iter().enumerate().filter(|(_, place)| place.is_some_and(|at| marked.contains(at))).map(|(at, _)| key(at));
            if modifiers.command { selection.add(inside) } else { selection.set(inside) }
        }
    } else if response.clicked()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        let near = places.iter().enumerate().filter_map(|(at, place)| place.map(|place| (place.distance(pointer), at)));
        let nearest = near.filter(|(distance, _)| *distance < REACH).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, at)| key(at));
        match nearest {
            Some(key) if modifiers.command => selection.toggle(key),
            Some(key) => selection.set([key]),
            None if !modifiers.command && !selection.is_empty() => selection.clear(),
            None => {}
        }
    }
}

fn draw_over(ui: &Ui, view: &View, rig: &Rig, places: &[Option<egui::Pos2>], selection: &Selection) {
    let painter = ui.painter().with_clip_rect(view.rect);
    for (fixture, place) in rig.fixtures.iter().zip(places) {
        let Some(place) = *place else { continue };
        if selection.has((TableId::Fixtures, fixture.id)) {
            painter.circle_stroke(place, 15.0, Stroke::new(2.0, theme::ACCENT));
        }
        let text = match view.labels {
            Labels::None => continue,
            Labels::Names => fixture.label.clone(),
            Labels::Addresses => format!("{}.{}", fixture.universe, fixture.address),
        };
        let at = place + egui::vec2(0.0, 16.0);
        let galley = painter.layout_no_wrap(text, FontId::proportional(11.0), theme::TEXT);
        let area = Align2::CENTER_TOP.anchor_size(at, galley.size());
        painter.rect_filled(area.expand(2.0), 3.0, Color32::from_black_alpha(170));
        painter.galley(area.min, galley, theme::TEXT);
    }
}

fn bar_ui(ui: &mut Ui, rect: Rect, view: &mut View, current: Option<CameraPreset>, look: &mut MessageWriter<LookFrom>) {
    let corner = Rect::from_min_size(rect.min + egui::vec2(8.0, 8.0), egui::vec2(rect.width() - 16.0, 26.0));
    let mut bar = ui.new_child(egui::UiBuilder::new().max_rect(corner).layout(egui::Layout::left_to_right(egui::Align::Center)));
    for (at, preset) in CameraPreset::ALL.into_iter().enumerate() {
        let chosen = current == Some(preset);
        if bar.selectable_label(chosen, preset.label()).on_hover_text(format!("Look from here (key {})", at + 1)).clicked() {
            look.write(LookFrom(preset));
        }
    }
    bar.separator();
    let chosen = Labels::ALL.iter().find(|(labels, _)| *labels == view.labels).map_or("", |(_, name)| name);
    egui::ComboBox::from_id_salt("labels").selected_text(chosen).show_ui(&mut bar, |ui| {
        for (labels, name) in Labels::ALL {
            ui.selectable_value(&mut view.labels, labels, name);
        }
    });
}
