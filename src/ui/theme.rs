//! Colours and sizes: the one place that has any.  Dark, since it is looked at in dark rooms; legible at arm's length.

use bevy_egui::egui::{self, Color32, CornerRadius, Stroke, Visuals};

pub const PANEL: Color32 = Color32::from_rgb(17, 18, 22);
pub const WELL: Color32 = Color32::from_rgb(9, 10, 13);
pub const LINE: Color32 = Color32::from_rgb(44, 47, 56);
pub const TEXT: Color32 = Color32::from_rgb(222, 225, 232);
pub const FAINT: Color32 = Color32::from_rgb(139, 145, 158);
pub const ACCENT: Color32 = Color32::from_rgb(255, 176, 64);
pub const LOOP: Color32 = Color32::from_rgb(86, 196, 150);
pub const DANGER: Color32 = Color32::from_rgb(226, 62, 62);
/// Bodies of lamps on a plan.
pub const BODY: Color32 = Color32::from_rgb(66, 70, 82);
/// Where heads may move.
pub const MOVEMENT: Color32 = Color32::from_rgb(176, 136, 236);
/// Wires of the graph editor, by what they carry.
pub const SIGNAL: Color32 = Color32::from_rgb(240, 176, 72);
pub const SELECTION: Color32 = Color32::from_rgb(96, 168, 240);
pub const AUDIO: Color32 = Color32::from_rgb(104, 200, 136);
pub const BEATS: Color32 = Color32::from_rgb(176, 136, 236);
pub const PLAYHEAD: Color32 = Color32::from_rgb(255, 255, 255);

/// Low, middle and high frequencies, as DJs know them.
const BANDS: [[f32; 3]; 3] = [[236.0, 78.0, 58.0], [92.0, 196.0, 104.0], [96.0, 148.0, 255.0]];

/// The colour of sound with these shares of low, middle and high.
pub fn sound(bands: [f32; 3], bright: bool) -> Color32 {
    let total = bands.iter().sum::<f32>().max(1e-3);
    let light = if bright { 1.0 } else { 0.62 };
    let channel = |at: usize| (bands.iter().zip(BANDS).map(|(share, band)| share / total * band[at]).sum::<f32>() * light) as u8;
    Color32::from_rgb(channel(0), channel(1), channel(2))
}

/// A category of patterns: always the same colour, as far apart from the others as a name allows.
pub fn category(name: &str) -> Color32 {
    const KNOWN: [(&str, Color32); 8] = [
        ("Rhythm", Color32::from_rgb(236, 120, 84)),
        ("Chase", Color32::from_rgb(226, 178, 64)),
        ("Colour", Color32::from_rgb(92, 160, 236)),
        ("Movement", Color32::from_rgb(150, 116, 226)),
        ("Texture", Color32::from_rgb(96, 190, 150)),
        ("Accent", Color32::from_rgb(226, 90, 140)),
        ("Beam", Color32::from_rgb(84, 196, 206)),
        ("Pixel", Color32::from_rgb(168, 200, 84)),
    ];
    let other = || {
        let hash = name.bytes().fold(7_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
        Color32::from(egui::ecolor::Hsva::new((hash % 360) as f32 / 360.0, 0.5, 0.75, 1.0))
    };
    KNOWN.iter().find(|(known, _)| *known == name).map_or_else(other, |(_, color)| *color)
}

/// Axes of the room: right, upstage, up.
pub fn axis(axis: usize) -> Color32 {
    [Color32::from_rgb(236, 84, 92), Color32::from_rgb(122, 204, 84), Color32::from_rgb(88, 148, 250)][axis.min(2)]
}

/// One of many that have nothing to do with each other: neighbours in a list lie far apart in hue.
pub fn nth(at: usize) -> Color32 {
    let hue = (at as f32 * 0.618_034 + 0.08) % 1.0;
    Color32::from(egui::ecolor::Hsva::new(hue, 0.62, 0.95, 1.0))
}

/// A section of a track, by its energy.
pub fn section(energy: f32) -> Color32 {
    let energy = energy.clamp(0.0, 1.0);
    let mix = |calm: f32, loud: f32| (calm + (loud - calm) * energy) as u8;
    Color32::from_rgb(mix(38.0, 168.0), mix(58.0, 74.0), mix(92.0, 60.0))
}

/// Words that explain, in either theme.
pub fn faint(ui: &egui::Ui) -> Color32 {
    ui.visuals().weak_text_color()
}

pub fn text(ui: &egui::Ui) -> Color32 {
    ui.visuals().text_color()
}

/// The accent as ink: darker on light ground.
pub fn accent(ui: &egui::Ui) -> Color32 {
    if ui.visuals().dark_mode { ACCENT } else { Color32::from_rgb(176, 96, 0) }
}

/// For what stands on a picture or another dark ground, whatever the theme.
pub fn on_dark(ui: &mut egui::Ui) {
    *ui.visuals_mut() = visuals();
}

/// What floats above panels.
pub fn raised(ui: &egui::Ui) -> Color32 {
    ui.visuals().widgets.inactive.bg_fill
}

/// Tabs as quiet as the rest.
pub fn dock(style: &mut egui_dock::Style) {
    style.tab_bar.height = 26.0;
    style.dock_area_padding = None;
    style.separator.width = 2.0;
}

pub fn apply(ctx: &egui::Context) {
    ctx.set_visuals_of(egui::Theme::Dark, visuals());
    ctx.set_visuals_of(egui::Theme::Light, light());
    ctx.all_styles_mut(|style| {
        style.spacing.item_spacing = egui::vec2(8.0, 6.0);
        style.spacing.button_padding = egui::vec2(10.0, 4.0);
        style.spacing.interact_size.y = 24.0;
    });
}

fn light() -> Visuals {
    let mut visuals = Visuals::light();
    visuals.override_text_color = Some(Color32::from_rgb(24, 26, 32));
    visuals.weak_text_color = Some(Color32::from_rgb(92, 97, 108));
    visuals.selection.bg_fill = ACCENT.gamma_multiply(0.7);
    visuals.widgets.active.weak_bg_fill = ACCENT.gamma_multiply(0.6);
    visuals
}

fn visuals() -> Visuals {
    let mut visuals = Visuals::dark();
    visuals.weak_text_color = Some(FAINT);
    visuals.panel_fill = PANEL;
    visuals.window_fill = PANEL;
    visuals.extreme_bg_color = WELL;
    visuals.override_text_color = Some(TEXT);
    visuals.selection.bg_fill = ACCENT.gamma_multiply(0.55);
    visuals.selection.stroke = Stroke::new(1.0, ACCENT);
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, LINE);
    let radius = CornerRadius::same(4);
    for widget in [&mut visuals.widgets.inactive, &mut visuals.widgets.hovered, &mut visuals.widgets.active, &mut visuals.widgets.open] {
        widget.corner_radius = radius;
    }
    visuals.widgets.inactive.weak_bg_fill = Color32::from_rgb(34, 36, 43);
    visuals.widgets.inactive.bg_fill = Color32::from_rgb(46, 49, 58);
    visuals.widgets.hovered.weak_bg_fill = Color32::from_rgb(48, 51, 61);
    visuals.widgets.active.weak_bg_fill = ACCENT.gamma_multiply(0.45);
    visuals
}
