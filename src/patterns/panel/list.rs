//! The patterns at hand, by category: searched, read about, dragged onto the timeline.

use std::collections::BTreeMap;

use bevy::prelude::*;
use bevy_egui::egui::{self, CollapsingHeader, RichText, Sense, TextEdit, Ui};

use uuid::Uuid;

use super::graph::GraphEditor;
use crate::document::plugin::Doc;
use crate::patterns::model::{DraggedPattern, Pattern};
use crate::ui::theme;

/// The tab.
pub fn panel(InMut(ui): InMut<Ui>, patterns: Query<&Doc<Pattern>>, mut editor: ResMut<GraphEditor>, mut search: Local<String>) {
    let mut rows: Vec<&Pattern> = patterns.iter().map(|doc| &**doc).collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    if let Some(opened) = list_ui(ui, &rows, &mut search) {
        editor.open = Some(opened);
    }
}

/// Returns the pattern that was clicked.  Knows no world.
pub fn list_ui(ui: &mut Ui, patterns: &[&Pattern], search: &mut String) -> Option<Uuid> {
    let mut opened = None;
    ui.add(TextEdit::singleline(search).hint_text("Search patterns").desired_width(f32::INFINITY));
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
            for pattern in patterns {
                if pattern_ui(ui, pattern) {
                    opened = Some(pattern.id);
                }
            }
        });
    }
    opened
}

fn pattern_ui(ui: &mut Ui, pattern: &Pattern) -> bool {
    let row = ui.dnd_drag_source(egui::Id::new(("pattern", pattern.id)), DraggedPattern(pattern.id), |ui| {
        ui.add(egui::Label::new(&pattern.name).selectable(false).sense(Sense::hover()))
    });
    let hint = format!("{}\nDrag onto the timeline; click to see how it is made", pattern.description);
    row.response.on_hover_text(hint.trim()).interact(Sense::click()).clicked()
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
            list_ui(ui, &all.iter().collect::<Vec<_>>(), search);
        };
        let mut harness = Harness::builder().with_size([300.0, 2000.0]).build_ui_state(draw, "ballyhoo".to_owned());
        harness.run();
        assert!(harness.query_by_label("Ballyhoo").is_some());
        assert!(harness.query_by_label("Colour wash").is_none());
    }
}
