//! A field for a selection expression: what it selects is counted as one types, and names are completed.

use bevy_egui::egui::{Id, Key, Modifiers, RichText, TextEdit, Ui, text::CCursor, vec2};

use crate::engine::Rig;
use crate::engine::rig::select::{names_on, parse, select};
use crate::ui::theme;

/// Names that are offered at once.
const MOST: usize = 5;

/// What an expression selects.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    Heads(usize),
    /// Some name selects nothing here.
    Missing(usize, String),
    Unreadable(String),
}

pub fn find(rig: &Rig, text: &str) -> Found {
    match parse(text) {
        Err(problem) => Found::Unreadable(problem.to_string()),
        Ok(expr) => {
            let (heads, warnings) = select(rig, &expr, 0);
            match warnings.first() {
                None => Found::Heads(heads.len()),
                Some(warning) => Found::Missing(heads.len(), warning.to_string()),
            }
        }
    }
}

/// Where the word begins that ends at a byte offset.
fn word_start(text: &str, at: usize) -> usize {
    let before = &text[..at];
    before
        .rfind(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))
        .map_or(0, |found| found + before[found..].chars().next().map_or(1, char::len_utf8))
}

/// Names that begin with the word before the cursor, and where that word lies.
fn offers(names: &[String], text: &str, cursor: usize) -> (std::ops::Range<usize>, Vec<String>) {
    let at = text.char_indices().nth(cursor).map_or(text.len(), |(at, _)| at);
    let word = word_start(text, at)..at;
    let typed = text[word.clone()].to_lowercase();
    let fits = |name: &&String| name.starts_with(&typed) && **name != typed;
    (word, names.iter().filter(fits).take(MOST).cloned().collect())
}

/// Draws the field, what it selects below it, and the names that fit while one types.  True when `text` has changed.
pub fn selection_ui(ui: &mut Ui, text: &mut String, rig: &Rig, label: Option<Id>, width: f32) -> bool {
    let mut changed = false;
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let edit = TextEdit::singleline(text).hint_text("all").desired_width(width).min_size(vec2(width, 0.0));
        let output = edit.show(ui);
        let field = output.response.response;
        let field = label.map_or_else(|| field.clone(), |label| field.clone().labelled_by(label));
        changed = field.changed();
        let memory = field.id.with("offers");
        // The offers stay while one of them is being clicked, which takes the focus from the field.
        let clicking = ui.input(|input| input.pointer.any_down() || input.pointer.any_released());
        let open = field.has_focus() || (clicking && ui.data(|data| data.get_temp::<bool>(memory).unwrap_or_default()));
        ui.data_mut(|data| data.insert_temp(memory, open));
        let cursor_memory = field.id.with("cursor");
        let cursor = output.cursor_range.map(|range| range.primary.index.0);
        if let Some(cursor) = cursor {
            ui.data_mut(|data| data.insert_temp(cursor_memory, cursor));
        }
        if open {
            let cursor = ui.data(|data| data.get_temp::<usize>(cursor_memory)).unwrap_or_else(|| text.chars().count());
            let names = remembered(ui, rig, field.id.with("names"), || names_on(rig));
            let (word, offers) = offers(&names, text, cursor);
            let tab = field.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::CTRL, Key::Space));
            let mut taken = offers.first().filter(|_| tab).cloned();
            ui.horizontal_wrapped(|ui| {
                ui.set_max_width(width);
                ui.spacing_mut().item_spacing.x = 3.0;
                for offer in &offers {
                    if ui.small_button(offer).on_hover_text("Ctrl+Space takes the first").clicked() {
                        taken = Some(offer.clone());
                    }
                }
            });
            if let Some(name) = taken {
                let end = text[..word.start].chars().count() + name.chars().count();
                text.replace_range(word, &name);
                changed = true;
                let mut state = output.state;
                state.cursor.set_char_range(Some(bevy_egui::egui::text::CCursorRange::one(CCursor::new(end))));
                state.store(ui.ctx(), field.id);
                ui.data_mut(|data| data.insert_temp(cursor_memory, end));
                field.request_focus();
            }
        }
        let found = remembered(ui, rig, field.id.with(("found", text.as_str())), || find(rig, text));
        found_ui(ui, &found, width);
    });
    changed
}

fn found_ui(ui: &mut Ui, found: &Found, width: f32) {
    let (words, color, hint) = match found {
        Found::Heads(1) => ("1 head".to_owned(), theme::SELECTION, ""),
        Found::Heads(n) => (format!("{n} heads"), if *n == 0 { theme::ACCENT } else { theme::SELECTION }, ""),
        Found::Missing(n, why) => (format!("{n} heads, a name is not known here"), theme::ACCENT, why.as_str()),
        Found::Unreadable(why) => (why.clone(), theme::DANGER, ""),
    };
    ui.scope(|ui| {
        ui.set_max_width(width);
        let label = ui.add(bevy_egui::egui::Label::new(RichText::new(words).small().color(color)).wrap());
        if !hint.is_empty() {
            label.on_hover_text(hint);
        }
    });
}

/// Something about a rig, found once: circles are looked for, which takes time in a large venue.
fn remembered<T: Clone + Send + Sync + 'static>(ui: &Ui, rig: &Rig, id: Id, make: impl FnOnce() -> T) -> T {
    // Another venue, or the same with other groups, lies elsewhere in memory or has another shape.
    let place = (std::ptr::from_ref(rig) as usize, rig.heads_key, rig.groups.len());
    if let Some((known, value)) = ui.data(|data| data.get_temp::<((usize, u64, usize), T)>(id))
        && known == place
    {
        return value;
    }
    let value = make();
    ui.data_mut(|data| data.insert_temp(id, (place, value.clone())));
    value
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::venue;
    use crate::venue::library::Library;

    fn club() -> Arc<Rig> {
        Arc::new(venue::lower::rig(&venue::builtin("club").unwrap(), &Library::builtin()).0)
    }

    #[test]
    fn a_word_is_completed_where_the_cursor_stands() {
        let names = ["front_truss", "front", "back"].map(str::to_owned);
        let (word, found) = offers(&names, "fr & back", 2);
        assert_eq!((word, found), (0..2, vec!["front_truss".to_owned(), "front".to_owned()]));
        assert_eq!(offers(&names, "~(ba", 4), (2..4, vec!["back".to_owned()]));
        assert_eq!(offers(&names, "", 0).1.len(), 3);
        assert_eq!(offers(&names, "back", 4).1, Vec::<String>::new(), "a whole name needs no offer");
        assert_eq!(offers(&names, "é fr", 4).0, 3..5);
    }

    #[test]
    fn what_is_typed_is_counted_and_faults_are_told() {
        let club = club();
        let n = club.heads.len();
        assert_eq!(find(&club, ""), Found::Heads(n));
        assert!(matches!(find(&club, "has_movement"), Found::Heads(some) if some > 0 && some < n));
        assert!(matches!(find(&club, "nowhere"), Found::Missing(0, why) if why.contains("nowhere")));
        assert!(matches!(find(&club, "left &"), Found::Unreadable(_)));
    }

    #[test]
    fn a_name_is_taken_by_a_click_and_counted() {
        let club = club();
        let draw = move |ui: &mut Ui, text: &mut String| {
            let label = ui.label("Lamps");
            selection_ui(ui, text, &club, Some(label.id), 200.0);
        };
        let mut harness = Harness::new_ui_state(draw, String::new());
        harness.get_by_label("Lamps").focus();
        harness.run();
        harness.get_by_label("Lamps").type_text("has_mo");
        harness.run();
        harness.get_by_label("has_movement").click();
        harness.run();
        assert_eq!(harness.state(), "has_movement");
        assert!(harness.query_by_label_contains("heads").is_some());
    }
}
