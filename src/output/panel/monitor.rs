//! The bytes of a universe as they leave, or as others send it.

use bevy_egui::egui::{Align2, Color32, ComboBox, FontId, Rect, RichText, Sense, Ui, vec2};

use crate::engine::DmxFrame;
use crate::output::options::OutputOptions;
use crate::output::plugin::Heard;
use crate::ui::theme;

const COLUMNS: usize = 32;

/// Which universe is looked at.
#[derive(Default)]
pub struct Monitor {
    universe: u16,
}

pub(super) fn monitor_ui(ui: &mut Ui, monitor: &mut Monitor, bytes: &DmxFrame, universes: &[u16], heard: &Heard, options: &OutputOptions) {
    if !universes.contains(&monitor.universe) {
        monitor.universe = universes.first().copied().unwrap_or_default();
    }
    ui.horizontal(|ui| {
        ui.label("Universe");
        ComboBox::from_id_salt("monitored").width(60.0).selected_text(monitor.universe.to_string()).show_ui(ui, |ui| {
            for &universe in universes {
                ui.selectable_value(&mut monitor.universe, universe, universe.to_string());
            }
        });
    });
    let shown = options.shows.get(&monitor.universe).map(|shown| shown.key(monitor.universe));
    let comes = shown.and_then(|key| heard.inputs.iter().find_map(|inputs| inputs.universe(key)));
    match (shown, comes, bytes.universe(monitor.universe)) {
        (_, Some(comes), _) => grid_ui(ui, &comes.slots),
        (Some(key), None, _) => {
            drop(ui.weak(format!("No desk has sent {} {} yet: its lamps are shown dark", key.protocol.name(), key.number)));
        }
        (None, _, Some(bytes)) => grid_ui(ui, bytes),
        (None, _, None) => drop(ui.weak("Nothing is patched there")),
    }
    for universe in heard.inputs.iter().flat_map(|inputs| &inputs.universes) {
        for from in &universe.sources {
            let words = format!("{} sends {} {}", from.ip, universe.key.protocol.name(), universe.key.number);
            ui.label(RichText::new(words).color(theme::faint(ui)));
        }
    }
}

/// 512 cells: the brighter, the higher; the number where there is room.
fn grid_ui(ui: &mut Ui, bytes: &[u8; 512]) {
    let cell = vec2((ui.available_width() / COLUMNS as f32).clamp(9.0, 30.0), 16.0);
    let (area, response) = ui.allocate_exact_size(vec2(cell.x * COLUMNS as f32, cell.y * 16.0), Sense::hover());
    if !ui.is_rect_visible(area) {
        return;
    }
    let painter = ui.painter_at(area);
    painter.rect_filled(area, 0.0, theme::WELL);
    for (channel, &level) in bytes.iter().enumerate() {
        let (column, row) = (channel % COLUMNS, channel / COLUMNS);
        let min = area.min + vec2(column as f32 * cell.x, row as f32 * cell.y);
        let rect = Rect::from_min_size(min, cell - vec2(1.0, 1.0));
        let light = f32::from(level) / 255.0;
        painter.rect_filled(rect, 1.0, theme::ACCENT.gamma_multiply(0.08 + 0.8 * light));
        if cell.x >= 20.0 && level > 0 {
            let ink = if light > 0.5 { Color32::BLACK } else { theme::TEXT };
            painter.text(rect.center(), Align2::CENTER_CENTER, level.to_string(), FontId::proportional(9.0), ink);
        }
    }
    if let Some(at) = response.hover_pos() {
        let from = at - area.min;
        let channel = (from.y / cell.y) as usize * COLUMNS + (from.x / cell.x) as usize;
        if let Some(level) = bytes.get(channel) {
            response.on_hover_text_at_pointer(format!("channel {} · {level} · {:.0} %", channel + 1, f32::from(*level) / 2.55));
        }
    }
}
