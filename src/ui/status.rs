//! How the program is doing, in a row of names and values.

use bevy_egui::egui::{RichText, Ui};

use super::theme;

/// One line: a name, its value, and whether that is trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub name: &'static str,
    pub value: String,
    pub trouble: bool,
}

impl Line {
    pub fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into(), trouble: false }
    }

    pub fn trouble_if(mut self, trouble: bool) -> Self {
        self.trouble = trouble;
        self
    }
}

/// The lines one beside the other, small: for the bar at the bottom of the window.
pub fn bar_ui(ui: &mut Ui, lines: &[Line]) {
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            ui.separator();
        }
        ui.label(RichText::new(line.name).small().color(theme::faint(ui)));
        let color = if line.trouble { theme::DANGER } else { theme::text(ui) };
        ui.label(RichText::new(&line.value).small().color(color));
    }
}
