//! Named versions of the score or the venue on the desk: save, compare with now, go back.

use bevy::prelude::*;
use bevy_egui::egui::{RichText, TextEdit, Ui};
use uuid::Uuid;

use crate::document::ground::Ground;
use crate::document::plugin::{Doc, Edit, OnDesk, Saved, Told};
use crate::document::subject::{self, Subject};
use crate::document::versions::{self, Content, Difference, Version, VersionError, What};
use crate::registry::TableId;
use crate::store::stamp::Stamp;
use crate::tracks::model::Track;
use crate::ui::theme;

/// More differences than these are counted, not listed.
const MAX_LISTED: usize = 200;

/// What the panel remembers between frames.
#[derive(Default)]
pub struct State {
    name: String,
    of_venue: bool,
    /// The version that is compared with now, and what differs.
    compared: Option<(Uuid, Vec<Difference>)>,
}

/// What somebody did with versions.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Save(String),
    Compare(Uuid),
    Restore(Uuid),
    Delete(Uuid),
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    saved: Res<Saved>,
    desk: Res<OnDesk>,
    track: Query<&Doc<Track>>,
    mut state: Local<State>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let ground = saved.ground();
    if saved.is_changed() {
        // It may compare otherwise now.
        state.compared = None;
    }
    ui.horizontal(|ui| {
        ui.label("Of the");
        for (venue, word) in [(false, "score"), (true, "venue")] {
            if ui.selectable_label(state.of_venue == venue, word).clicked() {
                *state = State { of_venue: venue, ..State::default() };
            }
        }
    });
    let (table, id) = if state.of_venue { (TableId::Venues, desk.0.venue) } else { (TableId::Scores, desk.0.score) };
    let subject = Subject { table, id };
    let found = versions::list(ground, subject);
    let Some(deed) = versions_ui(ui, &subject.name(ground), &found, &mut state) else { return };
    if let Deed::Compare(version) = deed {
        let grid = track.iter().next().map(|track| track.analysis.grid.clone()).unwrap_or_default();
        let at = |secs: f64| {
            let place = grid.bar_beat_at(secs);
            format!("bar {}.{}", place.bar, place.beat)
        };
        match differences(ground, subject, version, &at) {
            Ok(found) => state.compared = Some((version, found)),
            Err(error) => drop(told.write(Told::Refused(error.to_string()))),
        }
        return;
    }
    match transaction(ground, subject, &deed) {
        Ok((transaction, lost)) => {
            told.write_batch(lost.into_iter().map(Told::Done));
            edits.write(Edit(transaction));
        }
        Err(error) => drop(told.write(Told::Refused(error.to_string()))),
    }
}

fn differences(ground: &Ground, subject: Subject, version: Uuid, at: &dyn Fn(f64) -> String) -> Result<Vec<Difference>, VersionError> {
    let (before, _) = versions::content(ground, version)?;
    Ok(versions::compare(ground, &before, &Content::now(ground, subject)?, at))
}

fn transaction(
    ground: &Ground,
    subject: Subject,
    deed: &Deed,
) -> Result<(crate::document::transaction::Transaction, Vec<String>), VersionError> {
    use crate::document::transaction::Transaction;
    Ok(match deed {
        Deed::Save(name) => {
            let version = Version { id: Uuid::now_v7(), subject, name: name.clone(), note: None, saved_at: Stamp::now().rfc3339() };
            (versions::save(ground, subject, &version)?, Vec::new())
        }
        Deed::Restore(version) => versions::restore(ground, &versions::content(ground, *version)?.0)?,
        Deed::Delete(version) => {
            let name = ground.get(TableId::NamedVersions, *version).map(subject::title).unwrap_or_default();
            (Transaction::new(format!("Delete version \"{name}\"")).delete(TableId::NamedVersions, *version), Vec::new())
        }
        Deed::Compare(_) => (Transaction::new("Compare"), Vec::new()),
    })
}

/// Draws the list, newest first; returns what was done.  Knows no world.
pub fn versions_ui(ui: &mut Ui, subject: &str, found: &[Version], state: &mut State) -> Option<Deed> {
    let mut deed = None;
    ui.horizontal(|ui| {
        let field = ui.add(TextEdit::singleline(&mut state.name).hint_text("Name, for instance \"before the tour\"").desired_width(220.0));
        let good = !state.name.trim().is_empty();
        let button = ui.add_enabled(good, bevy_egui::egui::Button::new("Save version"));
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(bevy_egui::egui::Key::Enter));
        if good && (button.clicked() || entered) {
            deed = Some(Deed::Save(std::mem::take(&mut state.name).trim().to_owned()));
        }
    });
    if found.is_empty() {
        ui.weak(format!("No version of {subject} has been saved yet."));
    }
    for version in found.iter().rev() {
        ui.separator();
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(&version.name).strong());
            let when = version.saved_at.get(..16).unwrap_or(&version.saved_at).replace('T', " ");
            ui.label(RichText::new(format!("{when} UTC")).color(theme::faint(ui)));
        });
        version.note.iter().for_each(|note| drop(ui.weak(note)));
        ui.horizontal(|ui| {
            let open = state.compared.as_ref().is_some_and(|(id, _)| *id == version.id);
            if ui.selectable_label(open, "Compare with now").clicked() {
                if open {
                    state.compared = None;
                } else {
                    deed = Some(Deed::Compare(version.id));
                }
            }
            if ui.button("Go back to it").on_hover_text(format!("{subject} becomes what it was then; undo takes that back")).clicked() {
                deed = Some(Deed::Restore(version.id));
            }
            if ui.button("Delete").clicked() {
                deed = Some(Deed::Delete(version.id));
            }
        });
        if let Some((_, found)) = state.compared.as_ref().filter(|(id, _)| *id == version.id) {
            differences_ui(ui, found);
        }
    }
    deed
}

fn differences_ui(ui: &mut Ui, found: &[Difference]) {
    if found.is_empty() {
        ui.weak("Nothing has changed since.");
    }
    for difference in found.iter().take(MAX_LISTED) {
        let (sign, color) = match difference.what {
            What::Added => ("+", theme::LOOP),
            What::Removed => ("−", theme::DANGER),
            What::Moved => ("→", theme::SELECTION),
            What::Changed => ("~", theme::accent(ui)),
        };
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(sign).monospace().color(color));
            ui.label(&difference.text);
        });
    }
    if found.len() > MAX_LISTED {
        ui.weak(format!("and {} more", found.len() - MAX_LISTED));
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::document::builtin;
    use crate::document::history::Document;
    use crate::venue::library::Library;

    #[test]
    fn a_version_is_saved_compared_and_gone_back_to() {
        let mut document = Document::default();
        document.edit(&builtin::install(&Library::builtin()).unwrap()).unwrap();
        let subject = Subject { table: TableId::Scores, id: builtin::desk().score };
        let (save, _) = transaction(document.ground(), subject, &Deed::Save("Before".into())).unwrap();
        document.edit(&save).unwrap();
        let annotation = document.ground().children(subject.id, TableId::TrackScores).next().unwrap().id();
        document.edit(&crate::document::transaction::Transaction::new("Delete").delete(TableId::TrackScores, annotation)).unwrap();
        let found = versions::list(document.ground(), subject);
        let ground = document.ground().clone();
        let state = (State::default(), Vec::new());
        let mut harness = Harness::new_ui_state(
            |ui, (state, deeds): &mut (State, Vec<Deed>)| {
                if let Some(deed) = versions_ui(ui, "the score", &found, state) {
                    if let Deed::Compare(id) = deed {
                        state.compared = Some((id, differences(&ground, subject, id, &|secs| format!("{secs} s")).unwrap()));
                    }
                    deeds.push(deed);
                }
            },
            state,
        );
        harness.get_by_label("Compare with now").click();
        harness.run();
        assert!(harness.query_by_label("−").is_some(), "what was deleted is told");
        harness.get_by_label("Go back to it").click();
        harness.run();
        let deed = harness.state().1.last().cloned().unwrap();
        let (back, lost) = transaction(document.ground(), subject, &deed).unwrap();
        assert_eq!(lost, Vec::<String>::new());
        document.edit(&back).unwrap();
        assert!(document.ground().get(TableId::TrackScores, annotation).is_some());
    }
}
