//! The patterns at hand, by category: searched, read about, dragged onto the timeline.

use std::collections::BTreeMap;

use bevy::prelude::*;
use bevy_egui::egui::{Button, CollapsingHeader, Color32, Rect, Response, RichText, Sense, TextEdit, TextureId, Ui, Vec2, pos2, vec2};
use uuid::Uuid;

use super::graph::GraphEditor;
use crate::document::plugin::{Doc, Edit, Told};
use crate::document::transaction::Transaction;
use crate::engine::{BeatGrid, TrackAnalysis};
use crate::patterns::model::{DraggedPattern, Pattern};
use crate::patterns::previews::plugin::Previews;
use crate::patterns::rows;
use crate::patterns::trial::BARS;
use crate::registry::{BadRow, TableId};
use crate::show::plugin::Part;
use crate::ui::theme;

/// Points.
const PICTURE: Vec2 = vec2(72.0, 14.0);

/// What somebody did with patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Open(Uuid),
    New,
    Duplicate(Uuid),
    Rename(Uuid, String),
    Delete(Uuid),
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    patterns: Query<&Doc<Pattern>>,
    track: Res<Part<TrackAnalysis>>,
    (mut editor, mut previews): (ResMut<GraphEditor>, ResMut<Previews>),
    mut search: Local<String>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let mut rows: Vec<&Pattern> = patterns.iter().map(|doc| &**doc).collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    let bars = shown_bars(&track.get().grid, track.get().duration_secs);
    let mut picture = |pattern: Uuid| previews.bypass_change_detection().of_pattern(pattern, bars);
    let Some(deed) = list_ui(ui, &rows, editor.open, &mut search, &mut picture) else { return };
    match &deed {
        Deed::Open(id) => editor.open = Some(*id),
        deed => match transaction(deed, &rows) {
            Ok((transaction, made)) => {
                edits.write(Edit(transaction));
                editor.open = made.or(editor.open);
            }
            Err(bad) => drop(told.write_batch([Told::Refused(bad.to_string())])),
        },
    }
}

/// Where in the track patterns are shown: four bars in its middle, where most songs are awake.
fn shown_bars(grid: &BeatGrid, duration_secs: f64) -> (f64, f64) {
    let first = grid.bar_at(duration_secs * 0.5).floor();
    (grid.secs_at_bar(first), grid.secs_at_bar(first + BARS))
}

/// The edit that a deed means, and the pattern it makes.
fn transaction(deed: &Deed, patterns: &[&Pattern]) -> Result<(Transaction, Option<Uuid>), BadRow> {
    let find = |id: &Uuid| patterns.iter().find(|pattern| pattern.id == *id).copied();
    let name = |id: &Uuid| find(id).map_or("pattern", |pattern| &pattern.name);
    let free = |stem: &str| {
        let taken = |name: &String| patterns.iter().any(|pattern| pattern.name == *name);
        std::iter::once(stem.to_owned()).chain((2..).map(|n| format!("{stem} {n}"))).find(|name| !taken(name)).unwrap_or_default()
    };
    Ok(match deed {
        Deed::Open(_) => (Transaction::new("Open"), None),
        Deed::New => {
            let pattern = Pattern { id: Uuid::now_v7(), name: free("New pattern"), ..Pattern::default() };
            (Transaction::new("New pattern").put_all(rows::rows(&pattern)?), Some(pattern.id))
        }
        Deed::Duplicate(id) => {
            let Some(original) = find(id) else { return Ok((Transaction::new("Duplicate"), None)) };
            let copy = Pattern { id: Uuid::now_v7(), name: free(&format!("{} copy", original.name)), ..original.clone() };
            (Transaction::new(format!("Duplicate {}", original.name)).put_all(rows::rows(&copy)?), Some(copy.id))
        }
        Deed::Rename(id, to) => {
            let edit = Transaction::new(format!("Rename {}", name(id))).set(TableId::Patterns, *id, [("name", to.as_str().into())]);
            (edit.grouped(format!("rename {id}")), None)
        }
        Deed::Delete(id) => (Transaction::new(format!("Delete {}", name(id))).delete(TableId::Patterns, *id), None),
    })
}

/// The picture of a pattern, once it is drawn.
pub type PictureOf<'a> = &'a mut dyn FnMut(Uuid) -> Option<TextureId>;

/// Returns what was done.  Knows no world.
pub fn list_ui(ui: &mut Ui, patterns: &[&Pattern], open: Option<Uuid>, search: &mut String, picture: PictureOf<'_>) -> Option<Deed> {
    let mut deed = None;
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(search).hint_text("Search patterns");
        ui.add(field.desired_width((ui.available_width() - 88.0).max(60.0)));
        if ui.add_enabled(!search.is_empty(), Button::new("×").frame(false)).on_hover_text("Show all patterns").clicked() {
            search.clear();
        }
        if ui.button("New").on_hover_text("A pattern with nothing in it").clicked() {
            deed = Some(Deed::New);
        }
    });
    let wanted = search.to_lowercase();
    let matches = |pattern: &&&Pattern| {
        let text = format!("{} {} {}", pattern.name, pattern.category, pattern.description).to_lowercase();
        wanted.split_whitespace().all(|word| text.contains(word))
    };
    let mut categories: BTreeMap<&str, Vec<&Pattern>> = BTreeMap::new();
    for pattern in patterns.iter().filter(matches) {
        categories.entry(if pattern.category.is_empty() { "Other" } else { &pattern.category }).or_default().push(pattern);
    }
    if categories.is_empty() {
        ui.weak("No pattern is called that");
    }
    for (category, patterns) in categories {
        let title = RichText::new(format!("{category}  {}", patterns.len())).color(theme::category(category));
        CollapsingHeader::new(title).id_salt(category).default_open(true).show(ui, |ui| {
            ui.spacing_mut().interact_size.y = 18.0;
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.spacing_mut().button_padding = vec2(6.0, 1.0);
            for pattern in patterns {
                deed = pattern_ui(ui, pattern, open == Some(pattern.id), picture).or(deed.take());
            }
        });
    }
    deed
}

fn pattern_ui(ui: &mut Ui, pattern: &Pattern, open: bool, picture: PictureOf<'_>) -> Option<Deed> {
    let row = ui.add(Button::selectable(open, &pattern.name).sense(Sense::click_and_drag()).frame_when_inactive(false));
    picture_ui(ui, &row, pattern.id, picture);
    row.dnd_set_drag_payload(DraggedPattern(pattern.id));
    let hint = format!("{}\nDrag onto the timeline; click to see how it is made", pattern.description);
    let row = row.on_hover_text(hint.trim());
    let mut deed = row.clicked().then_some(Deed::Open(pattern.id));
    row.context_menu(|ui| {
        let mut name = pattern.name.clone();
        let label = ui.label("Name");
        if ui.add(TextEdit::singleline(&mut name).desired_width(160.0)).labelled_by(label.id).changed() && !name.trim().is_empty() {
            deed = Some(Deed::Rename(pattern.id, name));
        }
        for (word, wanted) in [("Duplicate", Deed::Duplicate(pattern.id)), ("Delete", Deed::Delete(pattern.id))] {
            if ui.button(word).clicked() {
                deed = Some(wanted);
                ui.close();
            }
        }
    });
    deed
}

/// What the pattern does, at the right of its row where there is room.
fn picture_ui(ui: &Ui, row: &Response, pattern: Uuid, picture: PictureOf<'_>) {
    let right = ui.max_rect().right().min(ui.clip_rect().right() - 2.0);
    let place = Rect::from_min_size(pos2(right - PICTURE.x, row.rect.center().y - PICTURE.y * 0.5), PICTURE);
    if !ui.is_rect_visible(place) || place.left() < row.rect.right() + 4.0 {
        return;
    }
    ui.painter().rect_filled(place, 2.0, theme::WELL);
    if let Some(texture) = picture(pattern) {
        ui.painter().image(texture, place, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::patterns::builtin::builtin;

    #[test]
    fn a_search_leaves_what_matches() {
        let all = builtin();
        let draw = move |ui: &mut Ui, search: &mut String| {
            list_ui(ui, &all.iter().collect::<Vec<_>>(), None, search, &mut |_| None);
        };
        let mut harness = Harness::builder().with_size([300.0, 2000.0]).build_ui_state(draw, "ballyhoo".to_owned());
        harness.run();
        assert!(harness.query_by_label("Ballyhoo").is_some());
        assert!(harness.query_by_label("Colour wash").is_none());
    }

    #[test]
    fn a_click_opens_a_pattern_and_a_copy_has_a_name_of_its_own() {
        let all = builtin();
        let ballyhoo = all.iter().find(|pattern| pattern.name == "Ballyhoo").unwrap().id;
        let shown = all.clone();
        let draw = move |ui: &mut Ui, state: &mut (String, Vec<Deed>)| {
            state.1.extend(list_ui(ui, &shown.iter().collect::<Vec<_>>(), None, &mut state.0, &mut |_| None));
        };
        let mut harness = Harness::builder().with_size([300.0, 2000.0]).build_ui_state(draw, ("ballyhoo".to_owned(), Vec::new()));
        harness.run();
        harness.get_by_label("Ballyhoo").click();
        harness.run();
        assert_eq!(harness.state().1, [Deed::Open(ballyhoo)]);
        let (edit, made) = transaction(&Deed::Duplicate(ballyhoo), &all.iter().collect::<Vec<_>>()).unwrap();
        assert!(made.is_some_and(|made| made != ballyhoo));
        let mut document = crate::document::history::Document::default();
        document.edit(&edit).unwrap();
        let names: Vec<String> = document.ground().rows(TableId::Patterns).map(crate::document::subject::title).collect();
        assert_eq!(names, ["Ballyhoo copy"]);
    }
}
