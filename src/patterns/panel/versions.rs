//! The versions of a pattern: which graph is the default, and which one this venue plays.

use bevy_egui::egui::{self, Frame, TextEdit, Ui, vec2};
use uuid::Uuid;

use crate::patterns::implementations::{Implementation, Wanted};

/// Draws them; what is wanted of one.
pub fn versions_ui(ui: &mut Ui, all: &[Implementation]) -> Option<Wanted> {
    let mut wanted = None;
    let of_venue = all.iter().any(|one| one.is_of_venue);
    Frame::group(ui.style()).show(ui, |ui| {
        egui::Grid::new("versions").num_columns(5).spacing([12.0, 4.0]).show(ui, |ui| {
            for one in all {
                wanted = version_ui(ui, one, all.len() > 1).or(wanted.take());
                ui.end_row();
            }
        });
        ui.horizontal(|ui| {
            if ui.button("Add a version").on_hover_text("A graph with nothing in it").clicked() {
                wanted = Some(Wanted::Add);
            }
            let back = egui::Button::new("Play the default here");
            if ui.add_enabled(of_venue, back).on_hover_text("This venue chooses no version of its own").clicked() {
                wanted = Some(Wanted::Here(None));
            }
        });
    });
    wanted
}

fn version_ui(ui: &mut Ui, one: &Implementation, several: bool) -> Option<Wanted> {
    let mut wanted = None;
    let mut name = one.name.clone();
    let field = ui.add(TextEdit::singleline(&mut name).desired_width(150.0).min_size(vec2(150.0, 0.0)));
    ui.ctx().accesskit_node_builder(field.id, |node| node.set_label(format!("Name of {}", one.name)));
    if field.changed() && !name.trim().is_empty() {
        wanted = Some(Wanted::Rename(one.id, name));
    }
    let here = ui.radio(one.plays, "plays here").on_hover_text("This venue plays it, whatever others play");
    name_it(ui, &here, "Play", one);
    if here.clicked() && !one.is_of_venue {
        wanted = Some(Wanted::Here(Some(one.id)));
    }
    let default = ui.radio(one.is_default, "default").on_hover_text("What every venue plays that chooses nothing else");
    name_it(ui, &default, "Default", one);
    if default.clicked() && !one.is_default {
        wanted = Some(Wanted::Default(one.id));
    }
    for (word, deed, may) in [("Duplicate", Wanted::Duplicate as fn(Uuid) -> Wanted, true), ("Delete", Wanted::Delete, several)] {
        let button = ui.add_enabled(may, egui::Button::new(word));
        name_it(ui, &button, word, one);
        if button.clicked() {
            wanted = Some(deed(one.id));
        }
    }
    wanted
}

fn name_it(ui: &Ui, response: &egui::Response, word: &str, one: &Implementation) {
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(format!("{word} {}", one.name)));
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::document::history::Document;
    use crate::document::transaction::Transaction;
    use crate::patterns::implementations::{edit, of};
    use crate::patterns::{builtin, rows};
    use crate::registry::{Row, TableId};

    const VENUE: Uuid = Uuid::from_u128(0x5e);

    #[test]
    fn versions_are_made_chosen_and_deleted_by_name() {
        let pattern = builtin().into_iter().find(|pattern| pattern.name == "Colour wash").unwrap();
        let mut document = Document::default();
        let venue = Row::new(TableId::Venues, [("id", VENUE.into()), ("name", "Club".into())]).unwrap();
        document.edit(&Transaction::new("Begin").put(venue).put_all(rows::rows(&pattern).unwrap())).unwrap();
        let key = (pattern.id, VENUE);
        let draw = move |ui: &mut Ui, document: &mut Document| {
            if let Some(wanted) = versions_ui(ui, &of(document.ground(), key.0, key.1)) {
                let (transaction, _) = edit(document.ground(), key, &wanted).unwrap();
                document.edit(&transaction).unwrap();
            }
        };
        let mut harness = Harness::builder().with_size([800.0, 300.0]).build_ui_state(draw, document);
        harness.run();
        let click = |harness: &mut Harness<'_, Document>, name: &str| {
            harness.get_by_label(name).click();
            harness.run();
            let found = of(harness.state().ground(), key.0, key.1);
            found.iter().map(|one| (one.name.clone(), one.is_default, one.plays)).collect::<Vec<_>>()
        };
        let find = |all: &[(String, bool, bool)], name: &str| all.iter().find(|one| one.0 == name).cloned();
        let all = click(&mut harness, "Duplicate Main");
        assert_eq!(find(&all, "Main copy"), Some(("Main copy".into(), false, false)));
        let all = click(&mut harness, "Play Main copy");
        assert_eq!((find(&all, "Main").unwrap().2, find(&all, "Main copy").unwrap().2), (false, true));
        let all = click(&mut harness, "Default Main copy");
        assert!(find(&all, "Main copy").unwrap().1 && !find(&all, "Main").unwrap().1);
        let all = click(&mut harness, "Delete Main copy");
        assert_eq!(all, [("Main".to_owned(), true, true)]);
    }
}
