//! A universe as its 512 channels: fixtures are blocks that are dragged to another address, channels that two of them want
//! are red, and a definition from the library is dropped where it shall begin.

use bevy::prelude::*;
use bevy_egui::egui::{
    self, Align2, Color32, DragAndDrop, DragValue, FontId, Key, Modifiers, Painter, Pos2, Rect, Response, ScrollArea, Sense, Stroke,
    StrokeKind, Ui, WidgetInfo, WidgetType, pos2, vec2,
};
use uuid::Uuid;

use super::FIXTURES;
use super::library::Dragged;
use crate::document::plugin::{Doc, Edit, Told};
use crate::document::selection::Selection;
use crate::document::transaction::Transaction;
use crate::engine::Rig;
use crate::show::plugin::Part;
use crate::ui::theme;
use crate::venue::edits::add::{New, add};
use crate::venue::edits::shift::shift;
use crate::venue::edits::{self, EditError};
use crate::venue::library::Library;
use crate::venue::model::{Fixture, Venue};
use crate::venue::plugin::{Definitions, OpenVenue};

const COLUMNS: u16 = 32;
const ROWS: u16 = 16;
const CHANNELS: u16 = COLUMNS * ROWS;

/// A fixture's channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub id: Uuid,
    pub label: String,
    pub universe: u16,
    pub address: u16,
    pub n_channels: u16,
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Pick {
        id: Uuid,
        add: bool,
    },
    /// The fixture, and with it what is selected along with it, by so many channels.
    Shift {
        id: Uuid,
        by: i32,
    },
    /// Into another universe, to the best place there.
    Into {
        id: Uuid,
        universe: u16,
    },
    /// A definition was dropped on a channel.
    Add {
        dragged: Dragged,
        universe: u16,
        address: u16,
    },
    Show(u16),
}

/// What the panel remembers.
#[derive(Clone, Debug)]
pub struct State {
    universe: u16,
    blocks: Option<Vec<Block>>,
    /// Whose block is being dragged, and the channel of it that is held.
    held: Option<(Uuid, u16)>,
}

impl Default for State {
    fn default() -> Self {
        Self { universe: 1, blocks: None, held: None }
    }
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    fixtures: Query<&Doc<Fixture>>,
    venue: OpenVenue,
    definitions: Res<Definitions>,
    rig: Res<Part<Rig>>,
    mut state: Local<State>,
    mut selection: ResMut<Selection>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    // The rig changes whenever the venue does.
    if rig.is_changed() || definitions.is_changed() || state.blocks.is_none() {
        let n_channels = |fixture: &Fixture| definitions.0.kind(&fixture.definition, &fixture.mode).map_or(0, |kind| kind.footprint);
        let block = |fixture: &Doc<Fixture>| Block {
            id: fixture.id,
            label: fixture.label.clone(),
            universe: fixture.universe,
            address: fixture.address,
            n_channels: n_channels(fixture),
        };
        let mut blocks: Vec<Block> = fixtures.iter().map(block).filter(|block| block.n_channels > 0).collect();
        blocks.sort_by_key(|block| (block.universe, block.address, block.id));
        state.blocks = Some(blocks);
    }
    let blocks = state.blocks.take().unwrap_or_default();
    let deed = universe_ui(ui, &blocks, &|id| selection.has((FIXTURES, id)), &mut state);
    state.blocks = Some(blocks);
    let (Some(deed), Some(venue)) = (deed, venue.get()) else { return };
    let picked: Vec<Uuid> = selection.of(FIXTURES).collect();
    match deed {
        Deed::Pick { id, add: true } => selection.toggle((FIXTURES, id)),
        Deed::Pick { id, add: false } => selection.set([(FIXTURES, id)]),
        Deed::Show(universe) => state.universe = universe,
        Deed::Shift { .. } | Deed::Into { .. } => match readdress(&deed, &venue, &definitions.0, &picked) {
            Ok(transaction) => drop(edits.write(Edit(transaction))),
            Err(error) => drop(told.write(Told::Refused(error.to_string()))),
        },
        Deed::Add { dragged, universe, address } => {
            let new = New { at: Some((universe, address)), ..dragged.one() };
            match add(&venue, &definitions.0, &new, Uuid::now_v7) {
                Ok((transaction, ids)) => {
                    edits.write(Edit(transaction));
                    selection.set(ids.into_iter().map(|id| (FIXTURES, id)));
                }
                Err(error) => drop(told.write(Told::Refused(error.to_string()))),
            }
        }
    }
}

/// A fixture alone, or all that are selected with it in the same universe.
fn readdress(deed: &Deed, venue: &Venue, library: &Library, picked: &[Uuid]) -> Result<Transaction, EditError> {
    let (Deed::Shift { id, .. } | Deed::Into { id, .. }) = *deed else { return Ok(Transaction::new("")) };
    let home = venue.fixtures.iter().find(|fixture| fixture.id == id).map(|fixture| fixture.universe);
    let mut along: Vec<&Fixture> =
        venue.fixtures.iter().filter(|fixture| picked.contains(&fixture.id) && Some(fixture.universe) == home).collect();
    along.sort_by_key(|fixture| (fixture.address, fixture.id));
    let ids: Vec<Uuid> = if picked.contains(&id) { along.iter().map(|fixture| fixture.id).collect() } else { vec![id] };
    match *deed {
        Deed::Shift { by, .. } => shift(venue, library, &ids, by, None),
        Deed::Into { universe, .. } => edits::auto_address(venue, library, &ids, universe),
        _ => Ok(Transaction::new("")),
    }
}

/// Draws it; returns what was done.  Knows no world.
pub fn universe_ui(ui: &mut Ui, blocks: &[Block], selected: &dyn Fn(Uuid) -> bool, state: &mut State) -> Option<Deed> {
    let mut deed = None;
    egui::Panel::left("universes").resizable(true).default_size(150.0).show(ui, |ui| {
        deed = list_ui(ui, blocks, state);
    });
    let here: Vec<&Block> = blocks.iter().filter(|block| block.universe == state.universe).collect();
    // All of it where the tab is high enough to read it.
    let height = (ui.available_height() - 6.0) / f32::from(ROWS);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        deed = grid_ui(ui, &here, height.clamp(15.0, 24.0), selected, state).or(deed.take());
    });
    deed
}

/// The universes in use, each with how full it is, and any other by number.
fn list_ui(ui: &mut Ui, blocks: &[Block], state: &mut State) -> Option<Deed> {
    let mut deed = None;
    ui.horizontal(|ui| {
        let label = ui.label("Universe");
        ui.add(DragValue::new(&mut state.universe).range(1..=crate::venue::patch::MAX_UNIVERSE).speed(0.05)).labelled_by(label.id);
    });
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for run in blocks.chunk_by(|a, b| a.universe == b.universe) {
            let number = run[0].universe;
            let used: u32 = run.iter().map(|block| u32::from(block.n_channels)).sum();
            let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
            if !ui.is_rect_visible(area) {
                continue;
            }
            let row = ui.interact(area, ui.id().with(("universe", number)), Sense::click());
            let words = format!("Universe {number} · {used} used");
            row.widget_info(|| WidgetInfo::selected(WidgetType::SelectableLabel, true, state.universe == number, &words));
            let fill = if state.universe == number { theme::ACCENT.gamma_multiply(0.28) } else { theme::raised(ui).gamma_multiply(0.3) };
            let share = (used as f32 / f32::from(CHANNELS)).min(1.0);
            ui.painter().rect_filled(area, 2.0, fill);
            let bar = Rect::from_min_max(pos2(area.left(), area.bottom() - 3.0), pos2(area.left() + area.width() * share, area.bottom()));
            ui.painter().rect_filled(bar, 1.0, if used > u32::from(CHANNELS) { theme::DANGER } else { theme::LOOP });
            let at = pos2(area.left() + 6.0, area.center().y);
            ui.painter().with_clip_rect(area.intersect(ui.clip_rect())).text(
                at,
                Align2::LEFT_CENTER,
                &words,
                FontId::proportional(12.5),
                theme::text(ui),
            );
            if row.clicked() {
                deed = Some(Deed::Show(number));
            }
            if let Some((id, _)) = state.held.filter(|_| row.contains_pointer()) {
                ui.painter().rect_stroke(area, 2.0, Stroke::new(1.5, theme::ACCENT), StrokeKind::Inside);
                if ui.input(|input| input.pointer.any_released()) && number != state.universe {
                    deed = Some(Deed::Into { id, universe: number });
                    state.held = None;
                }
            }
        }
        if blocks.is_empty() {
            ui.weak("Nothing is patched. Drop a definition on a channel.");
        }
    });
    deed
}

/// Where channels lie on the screen.
#[derive(Clone, Copy)]
struct Cells {
    min: Pos2,
    cell: egui::Vec2,
}

impl Cells {
    fn rect(self, channel: u16) -> Rect {
        let at = channel - 1;
        let min = self.min + vec2(f32::from(at % COLUMNS) * self.cell.x, f32::from(at / COLUMNS) * self.cell.y);
        Rect::from_min_size(min, self.cell)
    }

    fn channel(self, at: Pos2) -> Option<u16> {
        let way = (at - self.min) / self.cell;
        let inside = way.x >= 0.0 && way.y >= 0.0 && way.x < f32::from(COLUMNS) && way.y < f32::from(ROWS);
        inside.then(|| way.y as u16 * COLUMNS + way.x as u16 + 1)
    }

    /// The rows that channels lie in, one rectangle each.
    fn runs(self, address: u16, n_channels: u16) -> impl Iterator<Item = Rect> {
        let last = address.saturating_add(n_channels).min(CHANNELS + 1);
        let first_row = address.saturating_sub(1) / COLUMNS;
        (first_row..ROWS).map_while(move |row| {
            let from = address.max(row * COLUMNS + 1);
            let to = last.min((row + 1) * COLUMNS + 1);
            (from < to).then(|| self.rect(from).union(self.rect(to - 1)))
        })
    }
}

fn grid_ui(ui: &mut Ui, here: &[&Block], height: f32, selected: &dyn Fn(Uuid) -> bool, state: &mut State) -> Option<Deed> {
    let mut deed = None;
    let width = (ui.available_width() - 40.0).max(f32::from(COLUMNS) * 13.0);
    let cell = vec2(width / f32::from(COLUMNS), height);
    let (area, _) = ui.allocate_exact_size(vec2(width + 34.0, cell.y * f32::from(ROWS) + 2.0), Sense::hover());
    let cells = Cells { min: area.min + vec2(34.0, 1.0), cell };
    let painter = ui.painter().with_clip_rect(ui.clip_rect());
    lines(&painter, cells, theme::faint(ui));
    let mut wanted = [0_u8; CHANNELS as usize + 1];
    for block in here {
        (block.address..block.address.saturating_add(block.n_channels).min(CHANNELS + 1))
            .for_each(|channel| wanted[usize::from(channel)] += 1);
    }
    for block in here {
        deed = block_ui(ui, cells, block, selected(block.id), state).or(deed);
    }
    for channel in (1..=CHANNELS).filter(|&channel| wanted[usize::from(channel)] > 1) {
        painter.rect(cells.rect(channel), 0.0, theme::DANGER.gamma_multiply(0.7), Stroke::new(1.0, theme::DANGER), StrokeKind::Inside);
    }
    let pointer = ui.input(|input| input.pointer.latest_pos()).filter(|at| ui.clip_rect().contains(*at));
    let under = pointer.and_then(|at| cells.channel(at));
    if let Some((id, grip)) = state.held {
        let block = here.iter().find(|block| block.id == id);
        if let (Some(block), Some(channel)) = (block, under) {
            let to = i32::from(channel) - i32::from(grip);
            let (by, n) = (to - i32::from(block.address), block.n_channels);
            let free = landing(&painter, cells, here, &|other| other == id || (selected(id) && selected(other)), to, n);
            let words = if (1..=512).contains(&to) { format!("{}.{to:03}", state.universe) } else { "outside".to_owned() };
            hint(&painter, pointer, &words, free);
            if ui.input(|input| input.pointer.any_released()) && by != 0 {
                deed = Some(Deed::Shift { id, by });
            }
        }
        if ui.input(|input| input.pointer.any_released()) {
            state.held = None;
        }
    }
    if let (Some(dragged), Some(channel)) = (DragAndDrop::payload::<Dragged>(ui.ctx()), under) {
        let free = landing(&painter, cells, here, &|_| false, i32::from(channel), dragged.n_channels);
        hint(&painter, pointer, &format!("{} at {}.{channel:03}", dragged.label, state.universe), free);
        if ui.input(|input| input.pointer.any_released()) {
            DragAndDrop::clear_payload(ui.ctx());
            deed = Some(Deed::Add { dragged: (*dragged).clone(), universe: state.universe, address: channel });
        }
    }
    deed
}

fn lines(painter: &Painter, cells: Cells, words: Color32) {
    let whole = cells.rect(1).union(cells.rect(CHANNELS));
    painter.rect_filled(whole, 0.0, theme::WELL);
    for column in 0..=COLUMNS {
        let strong = column % 8 == 0;
        let stroke = Stroke::new(1.0, if strong { theme::LINE } else { theme::LINE.gamma_multiply(0.35) });
        painter.vline(cells.min.x + f32::from(column) * cells.cell.x, whole.y_range(), stroke);
    }
    for row in 0..=ROWS {
        let y = cells.min.y + f32::from(row) * cells.cell.y;
        painter.hline(whole.x_range(), y, Stroke::new(1.0, theme::LINE.gamma_multiply(0.5)));
        if row < ROWS {
            let at = pos2(whole.left() - 5.0, y + cells.cell.y * 0.5);
            painter.text(at, Align2::RIGHT_CENTER, row * COLUMNS + 1, FontId::monospace(10.0), words);
        }
    }
}

/// A fixture: one rectangle a row, the first of which can be found by name.
fn block_ui(ui: &Ui, cells: Cells, block: &Block, selected: bool, state: &mut State) -> Option<Deed> {
    let mut deed = None;
    let held = state.held.is_some_and(|(id, _)| id == block.id);
    // Its own wherever it lies.
    let color = if selected { theme::ACCENT } else { theme::nth((block.id.as_u128() % 61) as usize) };
    let fill = color.gamma_multiply(if held { 0.25 } else { 0.5 });
    for (nth, run) in cells.runs(block.address, block.n_channels).enumerate() {
        let response = ui.interact(run, ui.id().with((block.id, nth)), Sense::click_and_drag());
        let painter = ui.painter();
        painter.rect(run.shrink(1.0), 3.0, fill, Stroke::new(if selected { 2.0 } else { 1.0 }, color), StrokeKind::Inside);
        let words = if nth == 0 { format!("{} · {}", block.label, block.address) } else { block.label.clone() };
        let at = run.left_center() + vec2(4.0, 0.0);
        painter.with_clip_rect(run.shrink(2.0).intersect(ui.clip_rect())).text(
            at,
            Align2::LEFT_CENTER,
            &words,
            FontId::proportional(11.0),
            theme::TEXT,
        );
        if nth == 0 {
            let name = format!("{}, {}.{:03}, {} channels", block.label, block.universe, block.address, block.n_channels);
            response.widget_info(|| WidgetInfo::selected(WidgetType::SelectableLabel, true, selected, &name));
        }
        deed = gestures(ui, &response, cells, block, state).or(deed);
        response.on_hover_text(format!(
            "{} · {}.{:03} to {}",
            block.label,
            block.universe,
            block.address,
            block.address + block.n_channels - 1
        ));
    }
    deed
}

fn gestures(ui: &Ui, response: &Response, cells: Cells, block: &Block, state: &mut State) -> Option<Deed> {
    if response.drag_started() {
        let from = ui.input(|input| input.pointer.press_origin()).and_then(|at| cells.channel(at)).unwrap_or(block.address);
        state.held = Some((block.id, from.saturating_sub(block.address)));
    }
    if response.has_focus() {
        let step = ui.input_mut(|input| {
            let mut key = |key| input.consume_key(Modifiers::ALT, key);
            i32::from(key(Key::ArrowRight)) - i32::from(key(Key::ArrowLeft))
                + 32 * (i32::from(key(Key::ArrowDown)) - i32::from(key(Key::ArrowUp)))
        });
        if step != 0 {
            return Some(Deed::Shift { id: block.id, by: step });
        }
    }
    response.clicked().then(|| Deed::Pick { id: block.id, add: ui.input(|input| input.modifiers.command || input.modifiers.shift) })
}

/// Where something would come to lie: red where somebody is, or where it runs over an end.  True where it can.
fn landing(painter: &Painter, cells: Cells, here: &[&Block], along: &dyn Fn(Uuid) -> bool, to: i32, n_channels: u16) -> bool {
    let end = to + i32::from(n_channels);
    let apart = |block: &&&Block| i32::from(block.address + block.n_channels) <= to || i32::from(block.address) >= end;
    let free = to >= 1 && end <= i32::from(CHANNELS) + 1 && here.iter().filter(|block| !along(block.id)).all(|block| apart(&block));
    let color = if free { theme::LOOP } else { theme::DANGER };
    if let Ok(address) = u16::try_from(to.max(1)) {
        for run in cells.runs(address, n_channels) {
            painter.rect(run, 2.0, color.gamma_multiply(0.25), Stroke::new(2.0, color), StrokeKind::Inside);
        }
    }
    free
}

fn hint(painter: &Painter, pointer: Option<Pos2>, words: &str, free: bool) {
    let Some(at) = pointer else { return };
    let galley = painter.layout_no_wrap(words.to_owned(), FontId::monospace(12.0), if free { theme::TEXT } else { theme::DANGER });
    let area = Rect::from_min_size(at + vec2(14.0, -20.0), galley.size());
    painter.rect_filled(area.expand(3.0), 3.0, Color32::from_black_alpha(210));
    painter.galley(area.min, galley, theme::TEXT);
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::snapshot::{self, Raster};

    fn block(n: u128, universe: u16, address: u16, n_channels: u16) -> Block {
        Block { id: Uuid::from_u128(n), label: format!("Par {n}"), universe, address, n_channels }
    }

    fn harness(blocks: Vec<Block>) -> Harness<'static, (State, Vec<Deed>)> {
        let draw = move |ui: &mut Ui, (state, deeds): &mut (State, Vec<Deed>)| {
            if let Some(deed) = universe_ui(ui, &blocks, &|_| false, state) {
                if let Deed::Show(universe) = deed {
                    state.universe = universe;
                }
                deeds.push(deed);
            }
        };
        let mut harness =
            Harness::builder().with_size([1000.0, 480.0]).renderer(Raster::default()).build_ui_state(draw, (State::default(), Vec::new()));
        harness.run();
        harness
    }

    #[test]
    fn a_universe_looks_as_it_did() {
        let mut harness = harness(vec![block(1, 1, 1, 6), block(2, 1, 40, 4), block(3, 1, 43, 20), block(4, 2, 7, 4)]);
        snapshot::compare_all(&mut harness, "universe");
    }

    #[test]
    fn a_block_is_dragged_to_another_address() {
        let mut harness = harness(vec![block(1, 1, 1, 6), block(2, 1, 40, 4), block(3, 2, 7, 4)]);
        let run = harness.get_by_label("Par 2, 1.040, 4 channels").rect();
        let (cell, from) = (run.width() / 4.0, run.left_center() + vec2(run.width() * 0.4, 0.0));
        let to = from + vec2(cell * 10.0, 48.0);
        harness.drag_at(from);
        harness.hover_at(from + vec2(cell * 3.0, 10.0));
        harness.step();
        harness.hover_at(to);
        harness.step();
        harness.drop_at(to);
        harness.run();
        assert_eq!(harness.state().1, [Deed::Shift { id: Uuid::from_u128(2), by: 10 + 2 * 32 }]);
    }

    #[test]
    fn another_universe_is_shown_by_its_name_and_the_focus_moves_by_keys() {
        let mut harness = harness(vec![block(1, 1, 1, 6), block(3, 2, 7, 4)]);
        assert!(harness.query_by_label("Par 3, 2.007, 4 channels").is_none());
        harness.get_by_label("Universe 2 · 4 used").click();
        harness.run();
        harness.get_by_label("Par 3, 2.007, 4 channels").focus();
        harness.run();
        harness.key_press_modifiers(Modifiers::ALT, Key::ArrowDown);
        harness.run();
        assert_eq!(harness.state().1, [Deed::Show(2), Deed::Shift { id: Uuid::from_u128(3), by: 32 }]);
    }

    #[test]
    fn a_definition_dropped_on_a_channel_begins_there() {
        let mut harness = harness(vec![block(1, 1, 1, 6)]);
        let run = harness.get_by_label("Par 1, 1.001, 6 channels").rect();
        let at = pos2(run.left() + run.width() / 6.0 * 8.5, run.center().y + 24.0);
        let dragged = Dragged { definition: "x.qxf".into(), mode: "M".into(), label: "X".into(), n_channels: 4 };
        DragAndDrop::set_payload(&harness.ctx, dragged.clone());
        harness.drag_at(at);
        harness.step();
        DragAndDrop::set_payload(&harness.ctx, dragged.clone());
        harness.drop_at(at);
        harness.run();
        assert_eq!(harness.state().1, [Deed::Add { dragged, universe: 1, address: 41 }]);
    }

    #[test]
    fn what_is_selected_along_with_it_moves_along() {
        let club = crate::venue::builtin("club").unwrap();
        let ids: Vec<Uuid> = club.fixtures.iter().filter(|one| one.label.starts_with("Strobe")).map(|one| one.id).collect();
        let along = readdress(&Deed::Shift { id: ids[0], by: 250 }, &club, &Library::builtin(), &ids).unwrap();
        assert_eq!(along.ops.len(), ids.len());
        let alone = readdress(&Deed::Shift { id: ids[0], by: 250 }, &club, &Library::builtin(), &ids[1..]).unwrap();
        assert_eq!(alone.ops.len(), 1);
        let into = readdress(&Deed::Into { id: ids[0], universe: 7 }, &club, &Library::builtin(), &ids).unwrap();
        assert!(format!("{into:?}").contains("Int(7)"), "{into:?}");
    }
}
