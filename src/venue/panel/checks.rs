//! Everything that is wrong with the venue, at once; a click picks whom it is about.

use bevy::prelude::*;
use bevy_egui::egui::{RichText, Ui};

use super::FIXTURES;
use crate::document::selection::Selection;
use crate::engine::Rig;
use crate::show::plugin::Part;
use crate::ui::theme;
use crate::venue::check::{Trouble, troubles};
use crate::venue::plugin::{Definitions, OpenVenue};

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    venue: OpenVenue,
    definitions: Res<Definitions>,
    rig: Res<Part<Rig>>,
    mut found: Local<Option<Vec<Trouble>>>,
    mut selection: ResMut<Selection>,
) {
    // The rig changes whenever the venue does.
    if rig.is_changed() || definitions.is_changed() || found.is_none() {
        *found = venue.get().map(|venue| troubles(&venue, &definitions.0));
    }
    let troubles = found.as_deref().unwrap_or_default();
    if let Some(at) = checks_ui(ui, troubles) {
        selection.set(troubles[at].fixtures.iter().map(|&id| (FIXTURES, id)));
    }
}

/// Draws them; returns which one was clicked.  Knows no world.
pub fn checks_ui(ui: &mut Ui, troubles: &[Trouble]) -> Option<usize> {
    if troubles.is_empty() {
        ui.colored_label(theme::LOOP, "Nothing is wrong with the patch.");
        return None;
    }
    let n = troubles.len();
    ui.colored_label(theme::DANGER, format!("{n} {}", if n == 1 { "problem" } else { "problems" }));
    let mut clicked = None;
    for (at, trouble) in troubles.iter().enumerate() {
        ui.separator();
        let words = ui.add(bevy_egui::egui::Button::new(RichText::new(&trouble.text)).frame(false).wrap());
        if words.on_hover_text("Select them").clicked() {
            clicked = Some(at);
        }
    }
    clicked
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::venue::library::Library;

    #[test]
    fn a_clash_is_told_and_a_click_picks_both() {
        let mut club = crate::venue::builtin("club").unwrap();
        (club.fixtures[1].universe, club.fixtures[1].address) = (club.fixtures[0].universe, club.fixtures[0].address);
        let found = troubles(&club, &Library::builtin());
        let both = [club.fixtures[0].id, club.fixtures[1].id];
        let shown = found.clone();
        let draw = move |ui: &mut Ui, clicked: &mut Option<usize>| *clicked = clicked.or(checks_ui(ui, &shown));
        let mut harness = Harness::new_ui_state(draw, None);
        let clash = found.iter().position(|trouble| both.iter().all(|id| trouble.fixtures.contains(id))).unwrap();
        harness.get_by_label(&found[clash].text).click();
        harness.run();
        assert_eq!(*harness.state(), Some(clash));
    }
}
