//! The row above the timeline: snap, zoom, what is done with the selection, and which score this is.

use bevy_egui::egui::{self, Ui};

use super::deeds::Deed;
use super::scores::{self, Known};
use super::sheet::Sheet;
use super::{Asking, Timeline, Zoom};
use crate::score::edits::Snap;

const TOOLS: [(Deed, &str, &str); 3] = [
    (Deed::Split, "Split", "Cut at the playhead (S)"),
    (Deed::Duplicate, "Duplicate", "A copy right behind, on the bar (Ctrl+D)"),
    (Deed::Delete, "Delete", "Remove what is selected (Delete)"),
];
const ZOOMS: [(Zoom, &str, &str); 4] = [
    (Zoom::Out, "−", "Zoom out (-)"),
    (Zoom::In, "+", "Zoom in (+)"),
    (Zoom::Selection, "Selection", "Zoom to what is selected (Z)"),
    (Zoom::Whole, "All", "Zoom to the whole track (Shift+Z)"),
];

pub(super) fn tools_ui(ui: &mut Ui, timeline: &mut Timeline, sheet: &Sheet, n_picked: usize, known: &mut Known, asking: &mut Asking) {
    ui.horizontal(|ui| {
        scores::menu_ui(ui, timeline, sheet, known, &mut asking.scores);
        ui.separator();
        ui.label("Snap");
        let chosen = Snap::ALL.iter().find(|(snap, _)| *snap == timeline.snap).map_or("", |(_, name)| name);
        egui::ComboBox::from_id_salt("snap").width(80.0).selected_text(chosen).show_ui(ui, |ui| {
            for (snap, name) in Snap::ALL {
                ui.selectable_value(&mut timeline.snap, snap, name);
            }
        });
        ui.checkbox(&mut timeline.follow, "Follow").on_hover_text("Scroll along with the music");
        ui.separator();
        for (zoom, name, hint) in ZOOMS {
            if ui.button(name).on_hover_text(hint).clicked() {
                timeline.zoom = Some(zoom);
            }
        }
        ui.separator();
        ui.add_enabled_ui(n_picked > 0, |ui| {
            for (deed, name, hint) in TOOLS {
                if ui.button(name).on_hover_text(hint).clicked() {
                    asking.deeds.write(deed);
                }
            }
        });
        let n_all = sheet.all.len();
        let words = match n_picked {
            0 => format!("{n_all} annotations"),
            n => format!("{n} of {n_all} selected"),
        };
        ui.weak(words);
    });
}
