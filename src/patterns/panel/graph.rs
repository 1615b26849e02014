//! The graph of one pattern, edited while it plays: what it does above, its canvas below.
//!
//! Everything that is done becomes an edit of the implementation that plays in this venue.

use bevy::prelude::*;
use bevy_egui::egui::{self, ComboBox, Key, Rect, RichText, Sense, Ui, pos2, vec2};
use uuid::Uuid;

use super::args;
use super::canvas::{Canvas, Deed, Lens, canvas_ui};
use super::live::Watch;
use super::selection_field::selection_ui;
use super::versions::versions_ui;
use crate::document::plugin::{Doc, Edit, OnDesk, Saved, Told};
use crate::document::selection::Selection;
use crate::document::transaction::Transaction;
use crate::engine::graph::model::Graph;
use crate::engine::preview::{Heatmap, Shows};
use crate::engine::{BeatGrid, Rig};
use crate::patterns::edits::arrange::Align;
use crate::patterns::edits::{self, GraphEdit};
use crate::patterns::implementations;
use crate::patterns::model::Pattern;
use crate::patterns::previews::plugin::{LARGE, Previews};
use crate::patterns::rows;
use crate::patterns::trial::{Trial, trial};
use crate::registry::TableId;
use crate::score::model::Annotation;
use crate::show::plugin::{Part, Playhead};
use crate::tracks::model::Track;
use crate::ui::actions::AddAction;
use crate::ui::theme;

/// Which pattern is open, and its canvas.
#[derive(Resource, Default)]
pub struct GraphEditor {
    pub open: Option<Uuid>,
    pub canvas: Canvas,
    args_open: bool,
    versions_open: bool,
    /// Heads that it is tried out on; empty: as it is placed, or as it says.
    try_on: String,
    /// It is seen in the room while one works on it.
    pub in_room: bool,
    pub(super) trial: Option<Trial>,
    drawn: bool,
}

impl GraphEditor {
    /// The canvas is on the screen in this frame.
    pub(super) fn draw(&mut self) {
        self.drawn = true;
    }

    /// Whether the canvas was on the screen since this was asked last.
    pub(super) fn take_drawn(&mut self) -> bool {
        let drawn = std::mem::take(&mut self.drawn);
        if !drawn {
            self.canvas.has_keys = false;
        }
        drawn
    }
}

/// What a name in the palette or a key does to the canvas, wherever the keys are.
pub(super) fn add_actions(app: &mut App) {
    let deeds = [
        ("Add a node", Some((egui::Modifiers::SHIFT, Key::A)), Deed::Add),
        ("Put a frame round the selected nodes", Some((egui::Modifiers::COMMAND, Key::G)), Deed::Frame),
        ("Select all nodes", None, Deed::SelectAll),
        ("Copy the selected nodes", None, Deed::Copy),
        ("Cut the selected nodes", None, Deed::Cut),
        ("Paste nodes", None, Deed::Paste),
        ("Duplicate the selected nodes", None, Deed::Duplicate),
        ("Remove the selected nodes", None, Deed::Remove),
    ];
    for (label, keys, deed) in deeds {
        app.add_action(label, keys, move |mut editor: ResMut<GraphEditor>| editor.canvas.deeds.push(deed));
    }
    app.add_action("Show the pattern in the room", None, |mut editor: ResMut<GraphEditor>| editor.in_room = !editor.in_room);
}

/// What is looked at, and what is known of it.
#[derive(bevy::ecs::system::SystemParam)]
pub struct Around<'w, 's> {
    patterns: Query<'w, 's, &'static Doc<Pattern>>,
    annotations: Query<'w, 's, &'static Doc<Annotation>>,
    track: Query<'w, 's, &'static Doc<Track>>,
    selection: Res<'w, Selection>,
    playhead: Res<'w, Playhead>,
    rig: Res<'w, Part<Rig>>,
    saved: Res<'w, Saved>,
    desk: Res<'w, OnDesk>,
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    mut editor: ResMut<GraphEditor>,
    around: Around<'_, '_>,
    mut watch: ResMut<Watch>,
    mut previews: ResMut<Previews>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let editor = &mut *editor;
    editor.draw();
    let Around { patterns, annotations, track, selection, playhead, rig, saved, desk } = around;
    let mut sorted: Vec<&Pattern> = patterns.iter().map(|doc| &**doc).collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    let open = editor.open.and_then(|id| sorted.iter().find(|pattern| pattern.id == id).copied());
    let n_versions = open.map_or(0, |pattern| saved.ground().children(pattern.id, TableId::Implementations).count());
    let of_header = header_ui(ui, editor, &sorted, (open, n_versions));
    let Some(pattern) = open else {
        editor.trial = None;
        ui.weak("Choose a pattern, or click one in the list, to see how it is made.");
        return;
    };
    let key = (pattern.id, desk.0.venue);
    if editor.versions_open
        && let Some(wanted) = versions_ui(ui, &implementations::of(saved.ground(), key.0, key.1))
    {
        match implementations::edit(saved.ground(), key, &wanted) {
            Ok((transaction, _)) => drop(edits.write(Edit(transaction))),
            Err(reason) => drop(told.write(Told::Refused(reason))),
        }
    }
    let mut of_args = None;
    if editor.args_open {
        of_args = args::args_ui(ui, &pattern.graph.args, rig.get());
    }
    let grid = track.iter().next().map(|track| track.analysis.grid.clone()).unwrap_or_default();
    let placements: Vec<Annotation> =
        annotations.iter().filter(|one| one.pattern == pattern.id).map(|doc| Annotation::clone(doc)).collect();
    let picked = |id| selection.has((TableId::TrackScores, id));
    let secs = playhead.at_secs;
    let trial = trial(pattern, &placements, picked, (&grid, secs), &editor.try_on);
    let picture = previews.of_trial(&trial, LARGE);
    preview_ui(ui, editor, (&trial, &grid, secs), picture, rig.get());
    let sight = watch.look(&trial, secs);
    editor.trial = Some(trial);
    let lens = Lens { rig: rig.get(), sight: sight.as_deref() };
    let done = canvas_ui(ui, &mut editor.canvas, pattern, lens);
    told.write_batch(done.refused.map(Told::Refused));
    let (all, on_canvas) = match of_header.or(of_args) {
        Some(edit) => (vec![edit], false),
        None => (done.edits, true),
    };
    if all.is_empty() {
        return;
    }
    let (label, group, graph) = made(pattern, &all);
    match playing(&saved, key).zip(serde_json::to_string(&graph).ok()) {
        Some((id, text)) => {
            let transaction = Transaction::new(label).set(TableId::Implementations, id, [("graph_json", text.into())]);
            edits.write(Edit(match group {
                Some(group) => transaction.grouped(group),
                None => transaction,
            }));
            // Knobs and moves are on the canvas already; everything else is drawn anew.
            if on_canvas && matches!(all[0], GraphEdit::Set { .. } | GraphEdit::Unset { .. } | GraphEdit::Move { .. }) {
                editor.canvas.shown = Some((pattern.id, graph));
            }
        }
        None => drop(told.write(Told::Refused("This pattern has no version to edit: add one under Versions".into()))),
    }
}

/// The implementation that plays in the venue.
fn playing(saved: &Saved, (pattern, venue): (Uuid, Uuid)) -> Option<Uuid> {
    let ground = saved.ground();
    let over = ground
        .children(pattern, TableId::VenueImplementationOverrides)
        .find(|over| over.uuid("venue_id").is_ok_and(|of| of == venue))
        .and_then(|over| over.uuid("implementation_id").ok());
    let row = ground.get(TableId::Patterns, pattern)?;
    rows::chosen(row, over, ground.children(pattern, TableId::Implementations)).map(crate::registry::Row::id)
}

fn header_ui(
    ui: &mut Ui,
    editor: &mut GraphEditor,
    sorted: &[&Pattern],
    (open, n_versions): (Option<&Pattern>, usize),
) -> Option<GraphEdit> {
    let mut wanted = None;
    ui.horizontal(|ui| {
        let label = ui.label("Pattern");
        let name = open.map_or("choose one", |pattern| &pattern.name);
        let field = ComboBox::from_id_salt("pattern").selected_text(name).width(190.0).height(400.0).show_ui(ui, |ui| {
            for pattern in sorted {
                ui.selectable_value(&mut editor.open, Some(pattern.id), &pattern.name);
            }
        });
        field.response.labelled_by(label.id);
        let Some(pattern) = open else { return };
        ui.menu_button("Arrange", |ui| wanted = arrange_ui(ui, &mut editor.canvas));
        ui.toggle_value(&mut editor.args_open, format!("Arguments ({})", pattern.graph.args.len()));
        ui.toggle_value(&mut editor.versions_open, format!("Versions ({n_versions})"));
        let n = editor.canvas.selected.len();
        if n > 0 {
            ui.label(RichText::new(if n == 1 { "1 node selected".into() } else { format!("{n} nodes selected") }).color(theme::ACCENT));
        } else {
            ui.weak("Right-click or Shift+A for nodes");
        }
    });
    wanted
}

/// The menu of what is done with several nodes.
fn arrange_ui(ui: &mut Ui, canvas: &mut Canvas) -> Option<GraphEdit> {
    let mut wanted = None;
    if ui.button("Tidy").on_hover_text("From left to right, nothing on anything").clicked() {
        wanted = Some(GraphEdit::Tidy);
    }
    let several = canvas.selected.len() > 1;
    for how in Align::ALL {
        if ui.add_enabled(several, egui::Button::new(how.name())).clicked() {
            wanted = Some(GraphEdit::Align { nodes: canvas.picked(), how });
        }
    }
    ui.separator();
    let some = !canvas.selected.is_empty();
    let deeds = [
        ("Select all", Deed::SelectAll, true),
        ("Copy", Deed::Copy, some),
        ("Cut", Deed::Cut, some),
        ("Paste", Deed::Paste, canvas.clip.is_some()),
        ("Duplicate", Deed::Duplicate, some),
        ("Remove", Deed::Remove, some),
        ("Add a node", Deed::Add, true),
        ("Add a frame", Deed::Frame, true),
    ];
    for (word, deed, may) in deeds {
        if ui.add_enabled(may, egui::Button::new(word)).clicked() {
            canvas.deeds.push(deed);
        }
    }
    wanted
}

type Picture = Option<(std::sync::Arc<Heatmap>, Option<egui::TextureId>)>;

/// What the pattern does, where it is looked at, and what it is tried out on.
fn preview_ui(ui: &mut Ui, editor: &mut GraphEditor, (trial, grid, secs): (&Trial, &BeatGrid, f64), picture: Picture, rig: &Rig) {
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 330.0).clamp(120.0, 520.0);
        let (rect, area) = ui.allocate_exact_size(vec2(width, 56.0), Sense::hover());
        area.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, "What the pattern does"));
        ui.painter().rect_filled(rect, 3.0, theme::WELL);
        let map = picture.as_ref().map(|(map, _)| map);
        if let Some(texture) = picture.as_ref().and_then(|(_, texture)| *texture) {
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(texture, rect, whole, egui::Color32::WHITE);
        } else {
            let words = if map.is_some() { "drives nothing here" } else { "being drawn" };
            ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, words, egui::FontId::proportional(12.0), theme::FAINT);
        }
        let annotation = &trial.annotation;
        let share = ((secs - annotation.start) / (annotation.end - annotation.start)) as f32;
        if (0.0..=1.0).contains(&share) {
            let x = rect.left() + rect.width() * share;
            ui.painter().vline(x, rect.y_range(), egui::Stroke::new(1.0, theme::PLAYHEAD));
        }
        area.on_hover_text(meaning(map.map(|map| &**map)));
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.label(RichText::new(caption(trial, grid, map.map(|map| &**map))).small().color(theme::faint(ui)));
            ui.horizontal(|ui| {
                let label = ui.label("Try on");
                selection_ui(ui, &mut editor.try_on, rig, Some(label.id), 130.0);
                ui.toggle_value(&mut editor.in_room, "In the room")
                    .on_hover_text("Shows it in the room and on the wire, above everything else, until this panel closes");
            });
        });
    });
}

/// Where the pattern is looked at, and how many heads it drives.
fn caption(trial: &Trial, grid: &BeatGrid, map: Option<&Heatmap>) -> String {
    let bar = |secs: f64| grid.bar_beat_at(secs + 1e-6).bar;
    let (first, last) = (bar(trial.annotation.start), bar(trial.annotation.end - 1e-3));
    let whence = if trial.placed { "as placed" } else { "by itself" };
    let heads = map.map_or(String::new(), |map| format!(", {} heads", map.n_heads));
    format!("{whence}, bars {first} to {last}{heads}")
}

fn meaning(map: Option<&Heatmap>) -> &'static str {
    match map.map(|map| map.shows) {
        Some(Shows::Light) => "Heads from top to bottom, time from left to right, in the colours of the light",
        Some(Shows::Movement) => "Heads from top to bottom, time from left to right: pan is colour, tilt is brightness",
        Some(Shows::Beam) => "Heads from top to bottom, time from left to right: brighter is more",
        Some(Shows::Nothing) | None => "This pattern drives no head of this venue yet",
    }
}

type Wanted = (String, Option<String>, Graph);

/// The graph after some edits, named by the first.
fn made(pattern: &Pattern, edits: &[GraphEdit]) -> Wanted {
    // Turning one knob or moving one node is one step of undo, however long it takes.
    let group = match edits.first() {
        Some(GraphEdit::Set { node, param, .. }) => Some(format!("set {} {node} {param}", pattern.id)),
        Some(GraphEdit::Move { node, .. }) => Some(format!("move {} {node}", pattern.id)),
        Some(GraphEdit::MoveFrame { frame, .. } | GraphEdit::SizeFrame { frame, .. } | GraphEdit::NameFrame { frame, .. }) => {
            Some(format!("frame {} {frame}", pattern.id))
        }
        Some(GraphEdit::SetArg { arg, .. } | GraphEdit::RenameArg { arg, .. } | GraphEdit::RangeArg { arg, range: Some(_) }) => {
            Some(format!("argument {} {arg}", pattern.id))
        }
        _ => None,
    };
    let mut graph = pattern.graph.clone();
    edits.iter().for_each(|edit| edits::apply(&mut graph, edit));
    (edits.first().map(GraphEdit::label).unwrap_or_default(), group, graph)
}
