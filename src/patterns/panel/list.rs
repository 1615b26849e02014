//! The patterns at hand, by category: searched, read about, dragged onto the timeline.

use std::collections::BTreeMap;

use bevy::prelude::*;
use bevy_egui::egui::{Button, CollapsingHeader, RichText, Sense, TextEdit, Ui, vec2};
use uuid::Uuid;

use super::graph::GraphEditor;
use crate::document::plugin::{Doc, Edit, Told};
use crate::document::transaction::Transaction;
use crate::patterns::model::{DraggedPattern, Pattern};
use crate::patterns::rows;
use crate::registry::{BadRow, TableId};
use crate::ui::theme;

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
    mut editor: ResMut<GraphEditor>,
    mut search: Local<String>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let mut rows: Vec<&Pattern> = patterns.iter().map(|doc| &**doc).collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    let Some(deed) = list_ui(ui, &rows, editor.open, &mut search) else { return };
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

/// Returns what was done.  Knows no world.
pub fn list_ui(ui: &mut Ui, patterns: &[&Pattern], open: Option<Uuid>, search: &mut String) -> Option<Deed> {
    let mut deed = None;
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(search).hint_text("Search patterns");
        ui.add(field.desired_width((ui.available_width() - 60.0).max(60.0)));
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
                deed = pattern_ui(ui, pattern, open == Some(pattern.id)).or(deed.take());
            }
        });
    }
    deed
}

fn pattern_ui(ui: &mut Ui, pattern: &Pattern, open: bool) -> Option<Deed> {
    let row = ui.add(Button::selectable(open, &pattern.name).sense(Sense::click_and_drag()).frame_when_inactive(false));
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
            list_ui(ui, &all.iter().collect::<Vec<_>>(), None, search);
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
            state.1.extend(list_ui(ui, &shown.iter().collect::<Vec<_>>(), None, &mut state.0));
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
