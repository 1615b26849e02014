//! Everything that can be put on the desk: scores with their tracks, and venues to play them in.

use bevy::prelude::*;
use bevy_egui::egui::{RichText, ScrollArea, TextEdit, Ui};
use uuid::Uuid;

use crate::document::ground::Ground;
use crate::document::plugin::{OnDesk, PutOnDesk, Saved};
use crate::document::record::Desk;
use crate::document::subject;
use crate::registry::TableId;
use crate::ui::theme;

/// A score or a venue, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: Uuid,
    pub name: String,
    pub about: String,
    pub desk: Desk,
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    saved: Res<Saved>,
    desk: Res<OnDesk>,
    mut search: Local<String>,
    mut lists: Local<[Vec<Entry>; 2]>,
    mut put: MessageWriter<PutOnDesk>,
) {
    if saved.is_changed() || desk.is_changed() || lists.iter().all(Vec::is_empty) {
        *lists = [scores(saved.ground(), desk.0), venues(saved.ground(), desk.0)];
    }
    put.write_batch(library_ui(ui, &lists, desk.0, &mut search).map(PutOnDesk));
}

/// By track, then name.
fn scores(ground: &Ground, desk: Desk) -> Vec<Entry> {
    let mut found: Vec<Entry> = ground
        .rows(TableId::Scores)
        .filter_map(|row| {
            let track = row.uuid("track_id").ok()?;
            let own = row.maybe("venue_id", |row, column| row.uuid(column)).ok()?;
            let venue = own.filter(|venue| ground.get(TableId::Venues, *venue).is_some()).unwrap_or(desk.venue);
            let n = ground.children(row.id(), TableId::TrackScores).count();
            let title = ground.get(TableId::Tracks, track).map(subject::title).unwrap_or_default();
            let about = format!("{title} · {n} annotation{}", if n == 1 { "" } else { "s" });
            Some(Entry { id: row.id(), name: subject::title(row), about, desk: Desk { venue, score: row.id(), track } })
        })
        .collect();
    found.sort_by(|a, b| (&a.about, &a.name, a.id).cmp(&(&b.about, &b.name, b.id)));
    found
}

fn venues(ground: &Ground, desk: Desk) -> Vec<Entry> {
    let mut found: Vec<Entry> = ground
        .rows(TableId::Venues)
        .map(|row| {
            let n = ground.children(row.id(), TableId::Fixtures).count();
            let about = format!("{n} fixture{}", if n == 1 { "" } else { "s" });
            Entry { id: row.id(), name: subject::title(row), about, desk: Desk { venue: row.id(), ..desk } }
        })
        .collect();
    found.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    found
}

/// Draws the lists; returns the desk that was chosen.  Knows no world.
pub fn library_ui(ui: &mut Ui, [scores, venues]: &[Vec<Entry>; 2], desk: Desk, search: &mut String) -> Option<Desk> {
    let mut chosen = None;
    ui.add(TextEdit::singleline(search).hint_text("Search the library").desired_width(f32::INFINITY));
    let wanted = search.to_lowercase();
    let fits = |entry: &&Entry| format!("{} {}", entry.name, entry.about).to_lowercase().contains(&wanted);
    for (title, entries, current) in [("Scores", scores, desk.score), ("Venues", venues, desk.venue)] {
        ui.add_space(4.0);
        ui.label(RichText::new(title).strong());
        let rows: Vec<&Entry> = entries.iter().filter(fits).collect();
        if rows.is_empty() {
            ui.weak("None of that name");
        }
        let height = ui.text_style_height(&bevy_egui::egui::TextStyle::Body) + 8.0;
        ScrollArea::vertical().id_salt(title).max_height(240.0).auto_shrink([false, true]).show_rows(
            ui,
            height,
            rows.len(),
            |ui, range| {
                for entry in &rows[range] {
                    ui.horizontal(|ui| {
                        let label = ui.selectable_label(entry.id == current, &entry.name);
                        if label.on_hover_text("Put on the desk").clicked() && entry.id != current {
                            chosen = Some(entry.desk);
                        }
                        ui.label(RichText::new(&entry.about).color(theme::faint(ui)));
                    });
                }
            },
        );
    }
    chosen
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::document::builtin;
    use crate::document::history::Document;
    use crate::document::transaction::Transaction;
    use crate::registry::Row;
    use crate::venue::library::Library;

    #[test]
    fn another_venue_is_put_on_the_desk_with_the_same_score() {
        let mut document = Document::default();
        document.edit(&builtin::install(&Library::builtin()).unwrap()).unwrap();
        let hall = Uuid::from_u128(7);
        let row = Row::new(TableId::Venues, [("id", hall.into()), ("name", "Town hall".into())]).unwrap();
        document.edit(&Transaction::new("Add").put(row)).unwrap();
        let desk = builtin::desk();
        let lists = [scores(document.ground(), desk), venues(document.ground(), desk)];
        assert_eq!((lists[0].len(), lists[1].len()), (1, 2));
        let state = (String::new(), None);
        let mut harness = Harness::new_ui_state(
            |ui, (search, chosen): &mut (String, Option<Desk>)| *chosen = chosen.or(library_ui(ui, &lists, desk, search)),
            state,
        );
        harness.get_by_label("Town hall").click();
        harness.run();
        assert_eq!(harness.state().1, Some(Desk { venue: hall, ..desk }));
    }
}
