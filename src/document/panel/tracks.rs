//! The tracks of the library: found by name, tempo or key, put on the desk, named right.

use bevy::prelude::{DetectChanges, InMut, Local, MessageWriter, Res};
use bevy_egui::egui::load::SizedTexture;
use bevy_egui::egui::{Align, Button, Grid, Image, Label, Layout, RichText, ScrollArea, TextEdit, TextureId, Ui, vec2};
use uuid::Uuid;

use super::cover::Covers;
use crate::document::ground::Ground;
use crate::document::plugin::{Edit, OnDesk, PutOnDesk, Saved};
use crate::document::record::Desk;
use crate::document::transaction::Transaction;
use crate::registry::{Row, TableId};
use crate::ui::theme;

/// Points a side.
const COVER: f32 = 104.0;
const TABLE: TableId = TableId::Tracks;

/// A track, in words and figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    pub id: Uuid,
    pub title: String,
    pub artist: String,
    pub album: String,
    pub key: String,
    pub bpm: Option<f64>,
    pub secs: Option<f64>,
    pub n_scores: usize,
    /// Its first score by name.
    pub score: Option<Uuid>,
    /// The file of its cover, or nothing.
    pub cover: String,
    /// The sound lies on this device.
    pub here: bool,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
enum Wish {
    Open(Uuid),
    Edit(Transaction),
}

/// What the panel remembers.
#[derive(Default)]
pub struct Memory {
    search: String,
    entries: Vec<Entry>,
    picked: Option<Uuid>,
}

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    saved: Res<Saved>,
    desk: Res<OnDesk>,
    mut memory: Local<Memory>,
    mut covers: Covers,
    mut put: MessageWriter<PutOnDesk>,
    mut edits: MessageWriter<Edit>,
) {
    let memory = &mut *memory;
    if saved.is_changed() || memory.entries.is_empty() {
        memory.entries = tracks(saved.ground());
    }
    let mut cover = |path: &str| covers.look(path);
    match tracks_ui(ui, &memory.entries, desk.0.track, &mut memory.search, &mut memory.picked, &mut cover) {
        Some(Wish::Open(id)) => {
            let score = memory.entries.iter().find(|entry| entry.id == id).and_then(|entry| entry.score);
            put.write_batch(score.map(|score| PutOnDesk(Desk { score, track: id, ..desk.0 })));
        }
        Some(Wish::Edit(transaction)) => drop(edits.write(Edit(transaction))),
        None => {}
    }
}

fn tracks(ground: &Ground) -> Vec<Entry> {
    let mut found: Vec<Entry> = ground.rows(TABLE).map(|row| entry(ground, row)).collect();
    found.sort_by_key(|entry| (entry.title.to_lowercase(), entry.id));
    found
}

fn entry(ground: &Ground, row: &Row) -> Entry {
    let text = |column: &str| row.text(column).map(str::to_owned).unwrap_or_default();
    let mut scores: Vec<(String, Uuid)> = ground
        .children(row.id(), TableId::Scores)
        .map(|score| (score.text("name").map(str::to_lowercase).unwrap_or_default(), score.id()))
        .collect();
    scores.sort();
    let path = text("file_path");
    Entry {
        id: row.id(),
        title: text("title"),
        artist: text("artist"),
        album: text("album"),
        key: text("musical_key"),
        bpm: row.real("bpm").ok(),
        secs: row.real("duration_seconds").ok(),
        n_scores: scores.len(),
        score: scores.first().map(|(_, id)| *id),
        cover: text("album_art_path"),
        here: path.is_empty() || std::path::Path::new(&path).exists(),
    }
}

fn length(secs: Option<f64>) -> String {
    secs.map(|secs| format!("{}:{:02}", secs as u64 / 60, secs as u64 % 60)).unwrap_or_default()
}

/// The picture in a file, if there is one.
type CoverOf<'a> = &'a mut dyn FnMut(&str) -> Option<TextureId>;

/// Draws the list and the one that is picked.  Knows no world.
fn tracks_ui(
    ui: &mut Ui,
    entries: &[Entry],
    on_desk: Uuid,
    search: &mut String,
    picked: &mut Option<Uuid>,
    cover: CoverOf<'_>,
) -> Option<Wish> {
    let mut wish = None;
    ui.add(TextEdit::singleline(search).hint_text("Search tracks by title, artist, album, tempo or key").desired_width(f32::INFINITY));
    let wanted = search.to_lowercase();
    let fits = |entry: &&Entry| {
        let tempo = entry.bpm.map(|bpm| format!("{bpm:.0}")).unwrap_or_default();
        let text = format!("{} {} {} {tempo} {}", entry.title, entry.artist, entry.album, entry.key).to_lowercase();
        wanted.split_whitespace().all(|word| text.contains(word))
    };
    let rows: Vec<&Entry> = entries.iter().filter(fits).collect();
    if rows.is_empty() {
        ui.weak(if entries.is_empty() { "No tracks yet: drop songs on the window, or press Ctrl+O" } else { "No track is called that" });
    }
    let height = ui.spacing().interact_size.y;
    let room = (ui.available_height() - 190.0).max(height * 4.0);
    ScrollArea::vertical().id_salt("tracks").max_height(room).auto_shrink([false, true]).show_rows(ui, height, rows.len(), |ui, range| {
        for entry in &rows[range] {
            wish = row_ui(ui, entry, on_desk, picked).or(wish.take());
        }
    });
    let Some(entry) = picked.and_then(|id| entries.iter().find(|entry| entry.id == id)) else {
        return wish;
    };
    ui.separator();
    let picture = Some(&entry.cover).filter(|path| !path.is_empty()).and_then(|path| cover(path));
    let details = ui.horizontal_top(|ui| {
        if let Some(picture) = picture {
            ui.add(Image::new(SizedTexture::new(picture, vec2(COVER, COVER))).alt_text("Cover"));
        }
        ui.vertical(|ui| detail_ui(ui, entry, on_desk)).inner
    });
    details.inner.or(wish)
}

fn row_ui(ui: &mut Ui, entry: &Entry, on_desk: Uuid, picked: &mut Option<Uuid>) -> Option<Wish> {
    let mut wish = None;
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 190.0).max(120.0);
        let name = if entry.artist.is_empty() { entry.title.clone() } else { format!("{} · {}", entry.title, entry.artist) };
        let mut text = RichText::new(name);
        if entry.id == on_desk {
            text = text.strong().color(theme::accent(ui));
        } else if !entry.here {
            text = text.color(theme::faint(ui));
        }
        let button = Button::selectable(*picked == Some(entry.id), text).truncate();
        let row = ui
            .allocate_ui_with_layout(vec2(width, ui.spacing().interact_size.y), Layout::left_to_right(Align::Center), |ui| ui.add(button));
        let hint = if entry.here { "Double-click to put on the desk" } else { "Its file is not on this device" };
        let row = row.inner.on_hover_text(hint);
        if row.clicked() {
            *picked = Some(entry.id);
        }
        if row.double_clicked() && entry.id != on_desk {
            wish = Some(Wish::Open(entry.id));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(length(entry.secs)).monospace().color(theme::faint(ui)));
            ui.label(RichText::new(&entry.key).monospace());
            ui.label(RichText::new(entry.bpm.map(|bpm| format!("{bpm:.1}")).unwrap_or_default()).monospace());
        });
    });
    wish
}

fn detail_ui(ui: &mut Ui, entry: &Entry, on_desk: Uuid) -> Option<Wish> {
    let mut wish = None;
    Grid::new("track").num_columns(2).spacing([14.0, 4.0]).show(ui, |ui| {
        for (name, column, value) in
            [("Title", "title", &entry.title), ("Artist", "artist", &entry.artist), ("Album", "album", &entry.album)]
        {
            let label = ui.label(name);
            let mut text = value.clone();
            let field = TextEdit::singleline(&mut text).char_limit(500).desired_width(260.0);
            if ui.add(field).labelled_by(label.id).changed() {
                let edit = Transaction::new(format!("Set the {}", name.to_lowercase())).set(TABLE, entry.id, [(column, text.into())]);
                wish = Some(Wish::Edit(edit.grouped(format!("{column} {}", entry.id))));
            }
            ui.end_row();
        }
    });
    ui.horizontal(|ui| {
        let openable = entry.id != on_desk && entry.score.is_some() && entry.here;
        if ui.add_enabled(openable, Button::new("Put on the desk")).clicked() {
            wish = Some(Wish::Open(entry.id));
        }
        if ui
            .button("Delete")
            .on_hover_text("From the library, with its scores; the file stays where it is, and undo brings all back")
            .clicked()
        {
            wish = Some(Wish::Edit(Transaction::new(format!("Delete {}", entry.title)).delete(TABLE, entry.id)));
        }
        let n = entry.n_scores;
        ui.add(Label::new(RichText::new(format!("{n} score{}", if n == 1 { "" } else { "s" })).color(theme::faint(ui))));
    });
    wish
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    type State = (String, Option<Uuid>, Vec<Wish>);

    fn harness() -> Harness<'static, State> {
        let song = |n: u128, title: &str, bpm: f64| Entry {
            id: Uuid::from_u128(n),
            title: title.into(),
            bpm: Some(bpm),
            secs: Some(245.0),
            score: Some(Uuid::from_u128(100 + n)),
            here: true,
            ..Entry::default()
        };
        let entries = [song(1, "Night drive", 124.0), song(2, "Morning", 98.5)];
        let draw = move |ui: &mut Ui, (search, picked, wishes): &mut State| {
            wishes.extend(tracks_ui(ui, &entries, Uuid::from_u128(1), search, picked, &mut |_| None));
        };
        Harness::builder().with_size([520.0, 480.0]).build_ui_state(draw, State::default())
    }

    #[test]
    fn a_track_is_found_by_its_tempo_named_anew_and_put_on_the_desk() {
        let mut harness = harness();
        assert_eq!(harness.query_all_by_label("4:05").count(), 2);
        harness.state_mut().0 = "124".into();
        harness.run();
        assert!(harness.query_by_label("Morning").is_none() && harness.query_by_label("Night drive").is_some());
        harness.state_mut().0.clear();
        harness.run();
        harness.get_by_label("Morning").click();
        harness.run();
        harness.get_by_label("Artist").focus();
        harness.run();
        harness.get_by_label("Artist").type_text("Ada");
        harness.run();
        harness.get_by_label("Put on the desk").click();
        harness.run();
        let wishes = &harness.state().2;
        assert!(matches!(&wishes[0], Wish::Edit(edit) if edit.label == "Set the artist"), "{wishes:?}");
        assert_eq!(wishes.last(), Some(&Wish::Open(Uuid::from_u128(2))));
    }

    #[test]
    fn the_demo_is_listed_with_its_tempo_and_length() {
        use crate::document::builtin;
        use crate::document::history::Document;
        let mut document = Document::default();
        document.edit(&builtin::install(&crate::venue::library::Library::builtin()).unwrap()).unwrap();
        let found = tracks(document.ground());
        assert_eq!((found.len(), found[0].title.as_str(), found[0].bpm, found[0].n_scores), (1, "First Light", Some(126.0), 1));
        assert_eq!(length(found[0].secs), "2:04");
    }
}
