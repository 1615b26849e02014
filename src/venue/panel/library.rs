//! Adding fixtures: thousands of definitions searched as one types, a mode, a number, and they hang there.
//!
//! The catalogue is brought up to date on a thread of its own when the window opens; until then the panel says so.

use std::sync::Arc;
use std::thread::JoinHandle;

use bevy::prelude::*;
use bevy_egui::egui::{self, Button, DragValue, Panel, RichText, ScrollArea, Sense, TextEdit, Ui, vec2};
use uuid::Uuid;

use super::FIXTURES;
use crate::document::plugin::{Edit, Told};
use crate::document::selection::Selection;
use crate::ui::theme;
use crate::venue::edits::add::{New, add};
use crate::venue::edits::change_definition;
use crate::venue::library::Library;
use crate::venue::library::catalogue::Catalogue;
use crate::venue::library::query::Query as Question;
use crate::venue::library::sources::{Origin, Places};
use crate::venue::library::summary::Summary;
use crate::venue::plugin::{Definitions, OpenVenue};

const ROW: f32 = 24.0;
/// Where new fixtures hang: over the middle of the stage's front.
const MIDDLE: [f32; 3] = [0.0, 1.0, 4.0];

/// Every definition there is, once it is known.
#[derive(Resource, Default)]
pub struct Definable {
    pub catalogue: Option<Arc<Catalogue>>,
    coming: Option<JoinHandle<Catalogue>>,
}

pub fn begin(mut definable: ResMut<Definable>) {
    let read = || Catalogue::open(Places::platform().as_ref());
    definable.coming = std::thread::Builder::new().name("definitions".into()).spawn(read).ok();
}

pub fn arrive(mut definable: ResMut<Definable>, mut told: MessageWriter<Told>) {
    let Some(thread) = definable.bypass_change_detection().coming.take_if(|thread| thread.is_finished()) else { return };
    if let Ok(catalogue) = thread.join() {
        told.write_batch(catalogue.notices.iter().cloned().map(Told::Refused));
        definable.catalogue = Some(Arc::new(catalogue));
    }
}

/// A device in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    pub path: String,
    pub origin: Origin,
    pub summary: Summary,
    /// The modes that fit the question.
    pub modes: Vec<usize>,
}

/// A definition being dragged, for a universe, a plan or the room to catch.
#[derive(Clone, Debug, PartialEq)]
pub struct Dragged {
    pub definition: String,
    pub mode: String,
    pub label: String,
    pub n_channels: u16,
}

impl Dragged {
    fn of(device: &Device, mode: Option<usize>) -> Option<Self> {
        let known = device.summary.modes.get(mode.or(device.modes.first().copied()).unwrap_or(0))?;
        let (definition, label) = (device.path.clone(), device.summary.model.clone());
        Some(Self { definition, mode: known.name.clone(), label, n_channels: known.channels })
    }

    /// One of it, at the best place.
    pub fn one(&self) -> New {
        New {
            definition: self.definition.clone(),
            mode: self.mode.clone(),
            label: self.label.clone(),
            n: 1,
            from_universe: 1,
            middle: MIDDLE,
            spacing: 1.0,
            at: None,
        }
    }
}

/// What the panel remembers.
#[derive(Default)]
pub struct State {
    text: String,
    /// The question that `found` answers.
    asked: Option<String>,
    found: Vec<Device>,
    trouble: Option<String>,
    chosen: Option<Device>,
    mode: usize,
    n: usize,
    label: String,
    from_universe: u16,
}

impl State {
    /// Answers the question once a change.
    fn ask(&mut self, catalogue: &Catalogue) {
        if self.asked.as_ref() == Some(&self.text) {
            return;
        }
        self.asked = Some(self.text.clone());
        match Question::parse(&self.text) {
            Ok(question) => {
                let device = |hit: crate::venue::library::catalogue::Hit<'_>| Device {
                    path: hit.item.path.clone(),
                    origin: hit.item.origin,
                    summary: hit.item.summary.clone(),
                    modes: hit.modes,
                };
                self.found = catalogue.search(&question).into_iter().map(device).collect();
                self.trouble = None;
            }
            Err(error) => self.trouble = Some(error.to_string()),
        }
    }

    fn choose(&mut self, device: Device) {
        self.mode = device.modes.first().copied().unwrap_or(0);
        self.label.clone_from(&device.summary.model);
        self.n = self.n.max(1);
        self.from_universe = self.from_universe.max(1);
        self.chosen = Some(device);
    }
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    definable: Res<Definable>,
    definitions: Res<Definitions>,
    venue: OpenVenue,
    mut state: Local<State>,
    mut selection: ResMut<Selection>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let Some(catalogue) = &definable.catalogue else {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.weak("Looking through the fixture library");
        });
        return;
    };
    state.ask(catalogue);
    let picked: Vec<Uuid> = selection.of(FIXTURES).collect();
    let Some(deed) = library_ui(ui, catalogue.n_devices(), picked.len(), &mut state) else { return };
    let Some(venue) = venue.get() else { return };
    match deed {
        Deed::Add(new) => match adding(&venue, &definitions.0, &new) {
            Ok((transaction, ids)) => {
                edits.write(Edit(transaction));
                selection.set(ids.into_iter().map(|id| (FIXTURES, id)));
            }
            Err(error) => drop(told.write(Told::Refused(error))),
        },
        Deed::Swap { definition, mode } => match change_definition(&venue, &definitions.0, &picked, &definition, &mode) {
            Ok(transaction) => drop(edits.write(Edit(transaction))),
            Err(error) => drop(told.write(Told::Refused(error.to_string()))),
        },
    }
}

/// What somebody did with a definition.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Add(New),
    /// The selected fixtures become this, and keep place, label and groups.
    Swap {
        definition: String,
        mode: String,
    },
}

fn adding(
    venue: &crate::venue::model::Venue,
    library: &Library,
    new: &New,
) -> Result<(crate::document::transaction::Transaction, Vec<Uuid>), String> {
    add(venue, library, new, Uuid::now_v7).map_err(|error| error.to_string())
}

/// Draws it; returns what is to be added.  Knows no world.
pub fn library_ui(ui: &mut Ui, n_devices: usize, n_picked: usize, state: &mut State) -> Option<Deed> {
    let mut new = None;
    Panel::right("definition").resizable(true).default_size(320.0).show(ui, |ui| new = details_ui(ui, n_picked, state));
    ui.horizontal(|ui| {
        let hint = "robe moving · channels:<20 · can:gobo · maker:martin";
        ui.add(TextEdit::singleline(&mut state.text).hint_text(hint).desired_width((ui.available_width() - 110.0).max(120.0)));
        ui.weak(format!("{} of {n_devices}", state.found.len()));
    });
    if let Some(trouble) = &state.trouble {
        ui.colored_label(theme::DANGER, trouble);
    }
    let mut chosen = None;
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, ROW, state.found.len(), |ui, range| {
        for device in &state.found[range] {
            let current = state.chosen.as_ref().is_some_and(|chosen| chosen.path == device.path);
            let mode = current.then_some(state.mode);
            if device_ui(ui, device, current, mode) {
                chosen = Some(device.clone());
            }
        }
    });
    if let Some(device) = chosen {
        state.choose(device);
    }
    new
}

fn device_ui(ui: &mut Ui, device: &Device, current: bool, mode: Option<usize>) -> bool {
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click_and_drag());
    if response.drag_started()
        && let Some(dragged) = Dragged::of(device, mode)
    {
        response.dnd_set_drag_payload(dragged);
    }
    if response.dragged() {
        egui::Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), response.id, egui::PopupAnchor::Pointer)
            .show(|ui| ui.label(format!("{} · drop it in the room, on a plan or on a universe", device.summary.model)));
    }
    let Summary { maker, model, kind, modes, .. } = &device.summary;
    let name = format!("{maker} {model}");
    response.widget_info(|| egui::WidgetInfo::selected(egui::WidgetType::SelectableLabel, true, current, &name));
    let fill = if current {
        theme::ACCENT.gamma_multiply(0.28)
    } else if response.hovered() {
        theme::raised(ui).gamma_multiply(0.5)
    } else {
        egui::Color32::TRANSPARENT
    };
    ui.painter().rect_filled(area, 2.0, fill);
    let channels: Vec<u16> = modes.iter().map(|mode| mode.channels).collect();
    let span = match (channels.iter().min(), channels.iter().max()) {
        (Some(low), Some(high)) if low == high => format!("{low} ch"),
        (Some(low), Some(high)) => format!("{low}–{high} ch"),
        _ => String::new(),
    };
    let font = egui::TextStyle::Body.resolve(ui.style());
    let middle = area.center().y;
    let mut clipped = ui.painter().with_clip_rect(area.intersect(ui.clip_rect()));
    let right = clipped.text(
        egui::pos2(area.right() - 6.0, middle),
        egui::Align2::RIGHT_CENTER,
        format!("{kind} · {span}"),
        font.clone(),
        theme::faint(ui),
    );
    clipped.set_clip_rect(area.with_max_x(right.left() - 8.0).intersect(ui.clip_rect()));
    let maker = clipped.text(egui::pos2(area.left() + 6.0, middle), egui::Align2::LEFT_CENTER, maker, font.clone(), theme::faint(ui));
    clipped.text(egui::pos2(maker.right() + 8.0, middle), egui::Align2::LEFT_CENTER, model, font, theme::text(ui));
    response.clicked()
}

fn details_ui(ui: &mut Ui, n_picked: usize, state: &mut State) -> Option<Deed> {
    let State { chosen, mode, n, label, from_universe, .. } = state;
    let Some(device) = chosen else {
        ui.weak("Choose a definition to add fixtures of it.");
        return None;
    };
    let summary = &device.summary;
    ui.label(RichText::new(&summary.model).heading());
    ui.weak(format!("{} · {} · {}", summary.maker, summary.kind, device.origin.name()));
    let facts: Vec<String> = [(summary.watts, "W"), (summary.weight_kg, "kg")]
        .into_iter()
        .filter(|(number, _)| *number > 0.0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    if !facts.is_empty() {
        ui.weak(facts.join(" · "));
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let name = ui.label("Name");
        ui.add(TextEdit::singleline(label).desired_width(180.0)).labelled_by(name.id);
    });
    ui.horizontal(|ui| {
        let name = ui.label("How many");
        ui.add(DragValue::new(n).range(1..=512).speed(0.05)).labelled_by(name.id);
        let name = ui.label("from universe");
        ui.add(DragValue::new(from_universe).range(1..=63_999).speed(0.05)).labelled_by(name.id);
    });
    let known = summary.modes.get(*mode);
    let words = if *n == 1 { "Add fixture".to_owned() } else { format!("Add {n} fixtures") };
    let add = ui.add_enabled(known.is_some() && !label.trim().is_empty(), Button::new(words).fill(theme::ACCENT.gamma_multiply(0.45)));
    let add = add.on_hover_text("At the next free addresses, side by side, in a row over the stage").clicked();
    let words = if n_picked == 1 { "Swap the selected one".to_owned() } else { format!("Swap the {n_picked} selected") };
    let swap = ui.add_enabled(known.is_some() && n_picked > 0, Button::new(words));
    let swap = swap.on_hover_text("They become this; name, place, groups and, where it can be, address stay").clicked();
    ui.add_space(4.0);
    ui.label(RichText::new("Mode").strong());
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for (at, known) in summary.modes.iter().enumerate() {
            let heads = if known.heads > 1 { format!(" · {} heads", known.heads) } else { String::new() };
            let title = format!("{} · {} ch{heads}", known.name, known.channels);
            if ui.selectable_label(at == *mode, title).on_hover_text(known.can.words().collect::<Vec<_>>().join(", ")).clicked() {
                *mode = at;
            }
        }
    });
    let known = summary.modes.get(*mode)?;
    if swap {
        return Some(Deed::Swap { definition: device.path.clone(), mode: known.name.clone() });
    }
    add.then(|| {
        Deed::Add(New {
            definition: device.path.clone(),
            mode: known.name.clone(),
            label: label.trim().to_owned(),
            n: *n,
            from_universe: *from_universe,
            middle: MIDDLE,
            spacing: if *n > 12 { 12.0 / *n as f32 } else { 1.0 },
            at: None,
        })
    })
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::venue::model::Venue;

    #[test]
    fn ten_fixtures_are_added_by_searching_choosing_and_a_click() {
        let catalogue = Catalogue::open(None);
        let state = (State::default(), Vec::<Deed>::new());
        let draw = |ui: &mut Ui, (state, wanted): &mut (State, Vec<Deed>)| {
            state.ask(&catalogue);
            wanted.extend(library_ui(ui, catalogue.n_devices(), 3, state));
        };
        let mut harness = Harness::builder().with_size([900.0, 400.0]).build_ui_state(draw, state);
        harness.run();
        harness.get_by_role(egui::accesskit::Role::TextInput).focus();
        harness.run();
        harness.get_by_role(egui::accesskit::Role::TextInput).type_text("par rgbw");
        harness.run();
        harness.get_by_label("Luma Par RGBW").click();
        harness.run();
        harness.state_mut().0.n = 10;
        harness.run();
        harness.get_by_label("Add 10 fixtures").click();
        harness.run();
        let Some(Deed::Add(new)) = harness.state().1.last().cloned() else { panic!("nothing is added") };
        let venue = Venue { id: Uuid::from_u128(1), ..Venue::default() };
        let (edit, ids) = adding(&venue, &Library::builtin(), &new).unwrap();
        assert_eq!((ids.len(), edit.label.as_str()), (10, "Add 10 × Par RGBW"));
        harness.get_by_label("Swap the 3 selected").click();
        harness.run();
        let Some(Deed::Swap { definition, mode }) = harness.state().1.last().cloned() else { panic!("nothing is swapped") };
        let club = crate::venue::builtin("club").unwrap();
        let washes: Vec<Uuid> = club.fixtures.iter().take(3).map(|fixture| fixture.id).collect();
        let edit = change_definition(&club, &Library::builtin(), &washes, &definition, &mode).unwrap();
        assert!(edit.label.contains("3 fixtures") && edit.ops.len() >= 3, "{edit:?}");
        assert!(!format!("{edit:?}").contains("FixtureGroupMembers"), "groups keep their members");
    }

    #[test]
    fn a_question_that_makes_no_sense_is_answered_in_words() {
        let catalogue = Catalogue::open(None);
        let mut state = State { text: "can:fly".into(), ..State::default() };
        state.ask(&catalogue);
        assert!(state.trouble.as_ref().is_some_and(|words| words.contains("fly")));
    }
}
