//! The patch table: which fixture listens where, which of them overlap, and what is wrong with the rest.

use std::collections::BTreeMap;

use bevy::prelude::*;
use bevy_egui::egui::{self, Color32, DragValue, RichText, ScrollArea, Sense, TextEdit, Ui, vec2};
use uuid::Uuid;

use super::FIXTURES;
use crate::document::plugin::{Doc, Edit, Place};
use crate::document::selection::Selection;
use crate::document::transaction::Transaction;
use crate::engine::Rig;
use crate::registry::Value;
use crate::show::plugin::Part;
use crate::ui::theme;
use crate::venue::library::Library;
use crate::venue::model::Fixture;
use crate::venue::plugin::{Definitions, VenueProblems};

const ROW: f32 = 24.0;
const WIDTHS: [f32; 6] = [210.0, 200.0, 150.0, 74.0, 74.0, 80.0];
const HEADS: [&str; 6] = ["Name", "Definition", "Mode", "Universe", "Address", "Channels"];

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub id: Uuid,
    pub label: String,
    pub model: String,
    pub mode: String,
    pub universe: u16,
    pub address: u16,
    pub n_channels: u16,
    /// Why it is not in the rig, or with whom it shares channels.
    pub trouble: Option<String>,
}

/// What somebody did in the table.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Edit(Transaction),
    /// Picks a line; adds with Ctrl; with Shift everything from the last picked one.
    Pick {
        line: usize,
        add: bool,
        range: bool,
    },
}

/// What the panel remembers: its lines, until the venue changes.
#[derive(Default)]
pub struct State {
    search: String,
    all: Option<Vec<Line>>,
    /// Those that the search finds, and the search they answer.
    found: Option<(String, Vec<Line>)>,
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    fixtures: Query<(&Place, &Doc<Fixture>)>,
    (rig, definitions): (Res<Part<Rig>>, Res<Definitions>),
    problems: Res<VenueProblems>,
    mut selection: ResMut<Selection>,
    mut state: Local<State>,
    mut edits: MessageWriter<Edit>,
) {
    let state = &mut *state;
    // The rig changes whenever the venue does.
    if rig.is_changed() || definitions.is_changed() || problems.is_changed() || state.all.is_none() {
        state.all = Some(lines(fixtures.iter(), &definitions.0, &problems.0));
        state.found = None;
    }
    let all = state.all.as_deref().unwrap_or_default();
    ui.horizontal(|ui| {
        ui.add(TextEdit::singleline(&mut state.search).hint_text("Search fixtures").desired_width(220.0));
        let picked: Vec<Uuid> = selection.of(FIXTURES).collect();
        ui.add_enabled_ui(!picked.is_empty(), |ui| {
            if ui.button("Delete").on_hover_text("Remove the selected fixtures and take them out of their groups").clicked() {
                edits.write(Edit(delete(&picked)));
            }
        });
        let troubled = all.iter().filter(|line| line.trouble.is_some()).count();
        if troubled > 0 {
            ui.colored_label(theme::DANGER, format!("{troubled} with a problem"));
        }
        ui.weak(format!("{} fixtures, {} selected", all.len(), picked.len()));
    });
    let wanted = state.search.to_lowercase();
    if state.found.as_ref().is_none_or(|(asked, _)| *asked != wanted) {
        let fits =
            |line: &&Line| format!("{} {} {}.{}", line.label, line.model, line.universe, line.address).to_lowercase().contains(&wanted);
        state.found = Some((wanted.clone(), all.iter().filter(fits).cloned().collect()));
    }
    let found = state.found.as_ref().map(|(_, found)| found.as_slice()).unwrap_or_default();
    for deed in table_ui(ui, found, &|id| selection.has((FIXTURES, id))) {
        match deed {
            Deed::Edit(transaction) => drop(edits.write(Edit(transaction))),
            Deed::Pick { line, add, range } => pick(&mut selection, found, line, add, range),
        }
    }
}

fn lines<'a>(
    fixtures: impl Iterator<Item = (&'a Place, &'a Doc<Fixture>)>,
    definitions: &Library,
    problems: &[crate::venue::lower::Problem],
) -> Vec<Line> {
    let mut sorted: Vec<_> = fixtures.collect();
    sorted.sort_by_key(|(place, fixture)| (**place, fixture.id));
    let kind = |fixture: &Fixture| definitions.kind(&fixture.definition, &fixture.mode).ok();
    let mut lines: Vec<Line> = sorted
        .iter()
        .map(|(_, fixture)| Line {
            id: fixture.id,
            label: fixture.label.clone(),
            model: definitions.definition(&fixture.definition).map_or_else(|_| fixture.definition.clone(), |found| found.model.clone()),
            mode: fixture.mode.clone(),
            universe: fixture.universe,
            address: fixture.address,
            n_channels: kind(fixture).map_or(0, |kind| kind.footprint),
            trouble: problems.iter().find(|problem| problem.fixture == Some(fixture.id)).map(|problem| problem.text.clone()),
        })
        .collect();
    mark_clashes(&mut lines);
    lines
}

fn pick(selection: &mut Selection, lines: &[Line], line: usize, add: bool, range: bool) {
    let key = |at: usize| (FIXTURES, lines[at].id);
    let from = selection.last().and_then(|(_, id)| lines.iter().position(|other| other.id == id));
    match from.filter(|_| range) {
        Some(from) => selection.add((from.min(line)..=from.max(line)).map(key)),
        None if add => selection.toggle(key(line)),
        None => selection.set([key(line)]),
    }
}

/// Names, on every line that overlaps another, the first it overlaps.
pub fn mark_clashes(lines: &mut [Line]) {
    let mut by_universe: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.n_channels > 0) {
        by_universe.entry(line.universe).or_default().push(at);
    }
    for mut group in by_universe.into_values() {
        group.sort_by_key(|&at| lines[at].address);
        // The one that reaches furthest so far.
        let mut reach: Option<usize> = None;
        for at in group {
            let ends: Vec<u16> = [Some(at), reach].into_iter().flatten().map(|at| lines[at].address + lines[at].n_channels).collect();
            let further = ends.get(1).is_none_or(|before| ends[0] > *before);
            if let Some(before) = reach.filter(|_| ends.get(1).is_some_and(|&end| lines[at].address < end)) {
                let (this, that) = (lines[at].label.clone(), lines[before].label.clone());
                lines[at].trouble.get_or_insert_with(|| format!("Shares channels with {that}"));
                lines[before].trouble.get_or_insert_with(|| format!("Shares channels with {this}"));
            }
            if further {
                reach = Some(at);
            }
        }
    }
}

fn delete(ids: &[Uuid]) -> Transaction {
    let what = if ids.len() == 1 { "fixture".to_owned() } else { format!("{} fixtures", ids.len()) };
    ids.iter().fold(Transaction::new(format!("Delete {what}")), |transaction, &id| transaction.delete(FIXTURES, id))
}

/// Draws the table; returns what was done in it.  Only lines on the screen are laid out.  Knows no world.
pub fn table_ui(ui: &mut Ui, lines: &[Line], selected: &dyn Fn(Uuid) -> bool) -> Vec<Deed> {
    let mut deeds = Vec::new();
    if lines.is_empty() {
        ui.weak("No fixtures are patched here");
        return deeds;
    }
    ui.horizontal(|ui| {
        for (name, width) in HEADS.into_iter().zip(WIDTHS) {
            cell(ui, width, RichText::new(name).small().color(theme::faint(ui)));
        }
    });
    ScrollArea::both().auto_shrink(false).show_rows(ui, ROW, lines.len(), |ui, range| {
        for at in range {
            line_ui(ui, at, &lines[at], selected(lines[at].id), &mut deeds);
        }
    });
    deeds
}

/// Words in a column, from its left.
fn cell(ui: &mut Ui, width: f32, text: RichText) {
    ui.allocate_ui_with_layout(vec2(width, ROW), egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.set_width(width);
        ui.add(egui::Label::new(text).truncate().selectable(false));
    });
}

fn line_ui(ui: &mut Ui, at: usize, line: &Line, selected: bool, deeds: &mut Vec<Deed>) {
    let top_left = ui.cursor().min;
    let width = WIDTHS.iter().sum::<f32>() + ui.spacing().item_spacing.x * WIDTHS.len() as f32;
    let area = egui::Rect::from_min_size(top_left, vec2(width.max(ui.available_width()), ROW));
    let row = ui.interact(area, ui.id().with(line.id), Sense::click());
    row.widget_info(|| egui::WidgetInfo::selected(egui::WidgetType::SelectableLabel, true, selected, &line.label));
    let fill = match (selected, line.trouble.is_some(), row.hovered()) {
        (true, ..) => theme::ACCENT.gamma_multiply(0.28),
        (_, true, _) => theme::DANGER.gamma_multiply(0.18),
        (.., true) => theme::raised(ui).gamma_multiply(0.4),
        _ => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(area, 2.0, fill);
    let set = |name: &str, column: &str, value: Value| {
        let transaction = Transaction::new(format!("{name} {}", line.label)).set(FIXTURES, line.id, [(column, value)]);
        Deed::Edit(transaction.grouped(format!("{column} {}", line.id)))
    };
    let mut typing = false;
    ui.horizontal(|ui| {
        ui.set_height(ROW);
        let mut label = line.label.clone();
        let name = ui.add_sized(
            [WIDTHS[0], ROW - 4.0],
            TextEdit::singleline(&mut label).frame(egui::Frame::NONE).vertical_align(egui::Align::Center).hint_text("unnamed"),
        );
        // Who types a name means that fixture.
        typing = name.gained_focus();
        if name.changed() {
            deeds.push(set("Name", "label", Value::from(Some(label).filter(|label| !label.is_empty()))));
        }
        for (text, width) in [(&line.model, WIDTHS[1]), (&line.mode, WIDTHS[2])] {
            cell(ui, width, RichText::new(text));
        }
        let (mut universe, mut address) = (line.universe, line.address);
        let last = 513 - line.n_channels.clamp(1, 512);
        if ui.add_sized([WIDTHS[3], ROW - 4.0], DragValue::new(&mut universe).range(1..=63_999).speed(0.1)).changed() {
            deeds.push(set("Repatch", "universe", i64::from(universe).into()));
        }
        if ui.add_sized([WIDTHS[4], ROW - 4.0], DragValue::new(&mut address).range(1..=last).speed(0.2)).changed() {
            deeds.push(set("Repatch", "address", i64::from(address).into()));
        }
        cell(ui, WIDTHS[5], RichText::new(line.n_channels.to_string()));
        if let Some(trouble) = &line.trouble {
            ui.colored_label(theme::DANGER, trouble);
        }
    });
    if row.clicked() || typing {
        let modifiers = ui.input(|input| input.modifiers);
        deeds.push(Deed::Pick { line: at, add: modifiers.command, range: modifiers.shift });
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    fn line(n: u128, universe: u16, address: u16, n_channels: u16) -> Line {
        let (label, model, mode) = (format!("Par {n}"), "Par".into(), "4 ch".into());
        Line { id: Uuid::from_u128(n), label, model, mode, universe, address, n_channels, trouble: None }
    }

    #[test]
    fn fixtures_that_share_channels_are_named_on_both_lines() {
        let mut lines = [line(1, 1, 1, 4), line(2, 1, 5, 4), line(3, 1, 8, 4), line(4, 2, 8, 4), line(5, 1, 400, 100), line(6, 1, 450, 4)];
        mark_clashes(&mut lines);
        let troubled: Vec<u128> = lines.iter().filter(|line| line.trouble.is_some()).map(|line| line.id.as_u128()).collect();
        assert_eq!(troubled, [2, 3, 5, 6]);
        assert_eq!(lines[1].trouble.as_deref(), Some("Shares channels with Par 3"));
    }

    #[test]
    fn a_new_name_is_one_edit_that_can_be_taken_back() {
        let lines = [line(1, 1, 1, 4)];
        let draw = move |ui: &mut Ui, deeds: &mut Vec<Deed>| deeds.extend(table_ui(ui, &lines, &|_| false));
        let mut harness = Harness::builder().with_size([900.0, 200.0]).build_ui_state(draw, Vec::new());
        let field = harness.get_by_role(egui::accesskit::Role::TextInput);
        field.focus();
        harness.run();
        harness.get_by_role(egui::accesskit::Role::TextInput).type_text("!");
        harness.run();
        let edited = harness.state().iter().find_map(|deed| if let Deed::Edit(edit) = deed { Some(edit.label.clone()) } else { None });
        assert_eq!(edited.as_deref(), Some("Name Par 1"));
    }
}
