//! Everything that is wrong with the venue, at once; a click picks whom it is about, and a button mends what a plain edit can.

use bevy::prelude::*;
use bevy_egui::egui::{RichText, Ui};
use uuid::Uuid;

use super::FIXTURES;
use crate::document::plugin::{Edit, Told};
use crate::document::selection::Selection;
use crate::document::transaction::Transaction;
use crate::engine::Rig;
use crate::show::plugin::Part;
use crate::ui::theme;
use crate::venue::check::remedy::Remedy;
use crate::venue::check::{Trouble, troubles};
use crate::venue::edits::{self, EditError};
use crate::venue::library::Library;
use crate::venue::model::Venue;
use crate::venue::plugin::{Definitions, OpenVenue};

/// What somebody did with one of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Select(usize),
    Mend(usize),
    MendAll,
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    venue: OpenVenue,
    definitions: Res<Definitions>,
    rig: Res<Part<Rig>>,
    mut found: Local<Option<Vec<Trouble>>>,
    mut selection: ResMut<Selection>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    // The rig changes whenever the venue does.
    if rig.is_changed() || definitions.is_changed() || found.is_none() {
        *found = venue.get().map(|venue| troubles(&venue, &definitions.0));
    }
    let troubles = found.as_deref().unwrap_or_default();
    match checks_ui(ui, troubles) {
        Some(Deed::Select(at)) => selection.set(troubles[at].fixtures.iter().map(|&id| (FIXTURES, id))),
        Some(deed @ (Deed::Mend(_) | Deed::MendAll)) => {
            let only = if let Deed::Mend(at) = deed { Some(at) } else { None };
            let Some(venue) = venue.get() else { return };
            match mending(&venue, &definitions.0, troubles, only) {
                Ok(edit) => drop(edits.write(Edit(edit))),
                Err(error) => drop(told.write(Told::Refused(error.to_string()))),
            }
        }
        None => {}
    }
}

/// One remedy, or as many as can be done at once: what moves must not land on what has just moved, so each sees the others.
fn mending(venue: &Venue, library: &Library, troubles: &[Trouble], only: Option<usize>) -> Result<Transaction, EditError> {
    if let Some(at) = only {
        let remedy = troubles.get(at).and_then(|trouble| trouble.remedy.as_ref());
        return remedy.map_or_else(|| Ok(Transaction::new("")), |remedy| remedy.transaction(venue, library));
    }
    let mut all = Transaction::new("Mend the venue");
    let mut moved: Vec<Uuid> = Vec::new();
    for remedy in troubles.iter().filter_map(|trouble| trouble.remedy.as_ref()) {
        match remedy {
            Remedy::Move { fixture, .. } | Remedy::BestPlace { fixture, .. } => {
                if !moved.contains(fixture) {
                    moved.push(*fixture);
                }
            }
            other => all.ops.extend(other.transaction(venue, library)?.ops),
        }
    }
    if !moved.is_empty() {
        all.ops.extend(edits::auto_address(venue, library, &moved, 1)?.ops);
    }
    Ok(all)
}

/// Draws them; returns what was done.  Knows no world.
pub fn checks_ui(ui: &mut Ui, troubles: &[Trouble]) -> Option<Deed> {
    if troubles.is_empty() {
        ui.colored_label(theme::LOOP, "Nothing is wrong with the patch.");
        return None;
    }
    let mut deed = None;
    let (n, mendable) = (troubles.len(), troubles.iter().filter(|trouble| trouble.remedy.is_some()).count());
    ui.horizontal(|ui| {
        ui.colored_label(theme::DANGER, format!("{n} {}", if n == 1 { "problem" } else { "problems" }));
        if mendable > 1 && ui.button(format!("Mend {mendable}")).on_hover_text("All that a plain edit mends, as one step of undo").clicked()
        {
            deed = Some(Deed::MendAll);
        }
    });
    for (at, trouble) in troubles.iter().enumerate() {
        ui.separator();
        let words = ui.add(bevy_egui::egui::Button::new(RichText::new(&trouble.text)).frame(false).wrap());
        if words.on_hover_text("Select them").clicked() {
            deed = Some(Deed::Select(at));
        }
        if let Some(remedy) = &trouble.remedy
            && ui.button(remedy.words()).clicked()
        {
            deed = Some(Deed::Mend(at));
        }
    }
    deed
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn a_clash_is_told_and_a_click_picks_both() {
        let mut club = crate::venue::builtin("club").unwrap();
        (club.fixtures[1].universe, club.fixtures[1].address) = (club.fixtures[0].universe, club.fixtures[0].address);
        let found = troubles(&club, &Library::builtin());
        let both = [club.fixtures[0].id, club.fixtures[1].id];
        let shown = found.clone();
        let draw = move |ui: &mut Ui, clicked: &mut Option<Deed>| *clicked = clicked.or(checks_ui(ui, &shown));
        let mut harness = Harness::new_ui_state(draw, None);
        let clash = found.iter().position(|trouble| both.iter().all(|id| trouble.fixtures.contains(id))).unwrap();
        harness.get_by_label(&found[clash].text).click();
        harness.run();
        assert_eq!(*harness.state(), Some(Deed::Select(clash)));
        *harness.state_mut() = None;
        let remedy = found[clash].remedy.clone().unwrap();
        harness.get_all_by_label(&remedy.words()).next().unwrap().click();
        harness.run();
        assert_eq!(*harness.state(), Some(Deed::Mend(clash)));
        let edit = mending(&club, &Library::builtin(), &found, Some(clash)).unwrap();
        assert_eq!(edit.ops.len(), 1, "{edit:?}");
    }

    #[test]
    fn what_is_mended_together_does_not_land_on_each_other() {
        let mut club = crate::venue::builtin("club").unwrap();
        let (universe, address) = (club.fixtures[0].universe, club.fixtures[0].address);
        for fixture in &mut club.fixtures[1..4] {
            (fixture.universe, fixture.address) = (universe, address);
        }
        let library = Library::builtin();
        let edit = mending(&club, &library, &troubles(&club, &library), None).unwrap();
        let mut document = crate::document::history::Document::default();
        document.edit(&Transaction::new("open").put_all(crate::venue::rows::rows(&club, &library).unwrap())).unwrap();
        document.edit(&edit).unwrap();
        let mut bad = Vec::new();
        let mended = crate::document::record::venue(document.ground(), club.id, &mut bad).unwrap();
        assert_eq!(troubles(&mended, &library), []);
    }
}
