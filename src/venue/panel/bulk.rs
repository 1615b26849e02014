//! What is done to the patch of many fixtures at once: names counted on, addresses, mode, copies, options.

use std::collections::BTreeMap;

use bevy::prelude::*;
use bevy_egui::egui::{Button, CollapsingHeader, ComboBox, DragValue, Grid, TextEdit, Ui};
use uuid::Uuid;

use super::FIXTURES;
use crate::document::plugin::{Edit, Told};
use crate::document::selection::Selection;
use crate::document::transaction::Transaction;
use crate::engine::Rig;
use crate::engine::dmx::mixer::Mixing;
use crate::engine::rig::curve::DimmerCurve;
use crate::show::plugin::Part;
use crate::ui::theme;
use crate::venue::edits::{self, Copies, EditError, Options};
use crate::venue::library::Library;
use crate::venue::model::{Fixture, Venue};
use crate::venue::plugin::{Definitions, OpenVenue};

/// What is filled in, until a button takes it.
#[derive(Clone, Debug)]
pub struct State {
    name: String,
    universe: u16,
    address: u16,
    n_copies: usize,
    step: f32,
}

impl Default for State {
    fn default() -> Self {
        Self { name: String::new(), universe: 1, address: 1, n_copies: 1, step: 1.0 }
    }
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Rename(String),
    Readdress(u16, u16),
    AutoAddress(u16),
    Mode(String),
    Copy(usize, f32),
    Options(Options),
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    selection: Res<Selection>,
    venue: OpenVenue,
    (rig, definitions): (Res<Part<Rig>>, Res<Definitions>),
    (mut state, mut known): (Local<State>, Local<Option<Venue>>),
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let ids: Vec<Uuid> = selection.of(FIXTURES).collect();
    // The rig changes whenever the venue does.
    if rig.is_changed() || known.is_none() {
        *known = venue.get();
    }
    let Some(venue) = known.as_ref().filter(|_| !ids.is_empty()) else {
        ui.weak("Select fixtures to name, address, copy or set them together.");
        return;
    };
    let Some(deed) = bulk_ui(ui, venue, &definitions.0, &ids, &mut state) else { return };
    match transaction(&deed, venue, &definitions.0, &ids) {
        Ok(transaction) => drop(edits.write_batch([Edit(transaction)])),
        Err(error) => drop(told.write_batch([Told::Refused(error.to_string())])),
    }
}

/// The edit that a deed means.
fn transaction(deed: &Deed, venue: &Venue, library: &Library, ids: &[Uuid]) -> Result<Transaction, EditError> {
    match deed {
        Deed::Rename(name) => Ok(rename(ids, name)),
        Deed::Readdress(universe, address) => edits::readdress(venue, library, ids, *universe, *address),
        Deed::AutoAddress(universe) => edits::auto_address(venue, library, ids, *universe),
        Deed::Mode(mode) => {
            let definition = venue.fixtures.iter().find(|fixture| ids.contains(&fixture.id)).map(|fixture| fixture.definition.clone());
            edits::change_definition(venue, library, ids, &definition.unwrap_or_default(), mode)
        }
        Deed::Copy(n, step) => {
            let copies = Copies { n: *n, step: [*step, 0.0, 0.0], from_universe: 1 };
            edits::clone_range(venue, library, ids, copies, Uuid::now_v7)
        }
        Deed::Options(options) => edits::set_options(venue, ids, options),
    }
}

/// "Spot 3" and on: the number at the end is where counting begins.
fn rename(ids: &[Uuid], name: &str) -> Transaction {
    let stem = name.trim_end_matches(|sign: char| sign.is_ascii_digit());
    let first: u64 = name[stem.len()..].parse().unwrap_or(1);
    let stem = if stem.len() == name.len() && ids.len() > 1 { format!("{stem} ") } else { stem.to_owned() };
    let label = |at: usize| if ids.len() == 1 { name.to_owned() } else { format!("{stem}{}", first.saturating_add(at as u64)) };
    let what = if ids.len() == 1 { "a fixture".to_owned() } else { format!("{} fixtures", ids.len()) };
    ids.iter()
        .enumerate()
        .fold(Transaction::new(format!("Name {what}")), |edit, (at, &id)| edit.set(FIXTURES, id, [("label", label(at).as_str().into())]))
}

/// Draws them; returns what was done.  Knows no world.
pub fn bulk_ui(ui: &mut Ui, venue: &Venue, library: &Library, ids: &[Uuid], state: &mut State) -> Option<Deed> {
    let mut deed = None;
    let by_id: BTreeMap<Uuid, &Fixture> = venue.fixtures.iter().map(|fixture| (fixture.id, fixture)).collect();
    let picked: Vec<&Fixture> = ids.iter().filter_map(|id| by_id.get(id).copied()).collect();
    let shown = picked.last()?;
    ui.weak(if picked.len() == 1 { shown.label.clone() } else { format!("{} fixtures, in the order of picking", picked.len()) });
    Grid::new("bulk").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
        let name = ui.label("Name");
        ui.horizontal(|ui| {
            let hint = "Spot 1: counted on from there";
            ui.add(TextEdit::singleline(&mut state.name).hint_text(hint).desired_width(170.0)).labelled_by(name.id);
            if ui.add_enabled(!state.name.trim().is_empty(), Button::new("Rename")).clicked() {
                deed = Some(Deed::Rename(state.name.trim().to_owned()));
            }
        });
        ui.end_row();
        ui.label("Address");
        ui.horizontal(|ui| {
            ui.add(DragValue::new(&mut state.universe).range(1..=63_999).speed(0.1).prefix("universe "));
            ui.add(DragValue::new(&mut state.address).range(1..=512).speed(0.2).prefix("from "));
            if ui.button("Set").on_hover_text("Counted up from there, without gaps").clicked() {
                deed = Some(Deed::Readdress(state.universe, state.address));
            }
            if ui.button("Best place").on_hover_text("The smallest gap that holds all of them, from this universe on").clicked() {
                deed = Some(Deed::AutoAddress(state.universe));
            }
        });
        ui.end_row();
        if picked.iter().all(|fixture| fixture.definition == shown.definition)
            && let Ok(definition) = library.definition(&shown.definition)
        {
            ui.label("Mode");
            ComboBox::from_id_salt("mode").width(220.0).selected_text(&shown.mode).show_ui(ui, |ui| {
                for mode in &definition.modes {
                    let title = format!("{} · {} ch", mode.name, mode.slots.len());
                    if ui.selectable_label(mode.name == shown.mode, title).clicked() && mode.name != shown.mode {
                        deed = Some(Deed::Mode(mode.name.clone()));
                    }
                }
            });
            ui.end_row();
        }
        ui.label("Copies");
        ui.horizontal(|ui| {
            ui.add(DragValue::new(&mut state.n_copies).range(1..=512).speed(0.05));
            ui.add(DragValue::new(&mut state.step).range(-100.0..=100.0).speed(0.05).suffix(" m to the right each"));
            if ui.button("Copy").on_hover_text("At the next free addresses; groups stay as they are").clicked() {
                deed = Some(Deed::Copy(state.n_copies, state.step));
            }
        });
        ui.end_row();
        ui.label("Full is");
        let mut level = shown.max_level.0 * 100.0;
        if ui.add(DragValue::new(&mut level).range(0.0..=100.0).speed(0.5).max_decimals(0).suffix(" %")).changed() {
            deed = Some(Deed::Options(Options { max_level: Some(level / 100.0), ..Options::default() }));
        }
        ui.end_row();
        ui.label("Dimmer curve");
        ComboBox::from_id_salt("curve").selected_text(shown.dimmer_curve.name()).show_ui(ui, |ui| {
            for curve in DimmerCurve::ALL {
                if ui.selectable_label(curve == shown.dimmer_curve, curve.name()).clicked() {
                    deed = Some(Deed::Options(Options { dimmer_curve: Some(curve), ..Options::default() }));
                }
            }
        });
        ui.end_row();
        ui.label("Colours");
        ui.horizontal(|ui| {
            for (mixing, name, hint) in [
                (Mixing::Matched, "matched", "With every emitter it has, as bright as the colour can be"),
                (Mixing::Plain, "plain", "Red, green and blue as they are, other emitters dark"),
            ] {
                if ui.selectable_label(mixing == shown.color_mixing, name).on_hover_text(hint).clicked() {
                    deed = Some(Deed::Options(Options { color_mixing: Some(mixing), ..Options::default() }));
                }
            }
        });
        ui.end_row();
        let offsets = [("Pan offset", shown.pan_offset_deg), ("Tilt offset", shown.tilt_offset_deg)];
        for (at, (name, mut degrees)) in offsets.into_iter().enumerate() {
            let label = ui.label(name);
            if ui.add(DragValue::new(&mut degrees).range(-360.0..=360.0).speed(0.5).suffix("°")).labelled_by(label.id).changed() {
                let degrees = Some(degrees);
                deed = Some(Deed::Options(match at {
                    0 => Options { pan_offset_deg: degrees, ..Options::default() },
                    _ => Options { tilt_offset_deg: degrees, ..Options::default() },
                }));
            }
            ui.end_row();
        }
    });
    CollapsingHeader::new("Where they listen").show(ui, |ui| {
        const MOST: usize = 40;
        for fixture in picked.iter().take(MOST) {
            ui.label(format!("{}.{:03}  {}", fixture.universe, fixture.address, fixture.label)).on_hover_text(&fixture.definition);
        }
        if picked.len() > MOST {
            ui.colored_label(theme::faint(ui), format!("and {} more", picked.len() - MOST));
        }
    });
    deed
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::venue;

    #[test]
    fn three_fixtures_are_named_on_and_addressed_together() {
        let club = venue::builtin("club").unwrap();
        let ids: Vec<Uuid> = club.fixtures.iter().take(3).map(|fixture| fixture.id).collect();
        let edit = rename(&ids, "Spot 7");
        let text = format!("{edit:?}");
        assert!(["Spot 7", "Spot 8", "Spot 9"].iter().all(|name| text.contains(name)), "{text}");
        let (library, picked) = (Library::builtin(), ids.clone());
        let venue = club.clone();
        let draw = move |ui: &mut Ui, state: &mut (State, Vec<Deed>)| state.1.extend(bulk_ui(ui, &venue, &library, &picked, &mut state.0));
        let mut harness = Harness::builder().with_size([600.0, 500.0]).build_ui_state(draw, (State::default(), Vec::new()));
        harness.run();
        harness.get_by_label("Best place").click();
        harness.run();
        assert_eq!(harness.state().1, [Deed::AutoAddress(1)]);
        let edit = transaction(&Deed::AutoAddress(9), &club, &Library::builtin(), &ids).unwrap();
        assert_eq!(edit.ops.len(), 3);
    }

    #[test]
    fn an_address_that_is_taken_is_refused_in_words() {
        let club = venue::builtin("club").unwrap();
        let last = club.fixtures.last().unwrap();
        let first = &club.fixtures[0];
        let deed = Deed::Readdress(first.universe, first.address);
        assert!(transaction(&deed, &club, &Library::builtin(), &[last.id]).unwrap_err().to_string().contains(&first.label));
    }
}
