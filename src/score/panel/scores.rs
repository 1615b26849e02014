//! The scores of the track: which one is on the desk, new ones, copies, one made by itself, and another one to compare with.

use std::sync::Arc;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui::containers::menu::{MenuButton, MenuConfig};
use bevy_egui::egui::{Button, DragValue, PopupCloseBehavior, RichText, TextEdit, Ui};
use uuid::Uuid;

use super::Timeline;
use super::sheet::Sheet;
use crate::document::ground::Ground;
use crate::document::plugin::{Doc, Edit, OnDesk, PutOnDesk, Saved, Told};
use crate::document::record::Desk;
use crate::document::subject;
use crate::document::transaction::Transaction;
use crate::patterns::model::Pattern;
use crate::registry::{BadRow, Row, TableId};
use crate::score::model::Annotation;
use crate::score::{self, rows, scores};
use crate::tracks::model::Track;
use crate::ui::theme;

/// What is to be done with the scores of the track on the desk.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub enum ScoreDeed {
    /// Put on the desk.
    Open(Uuid),
    New,
    Copy,
    /// One made by itself, from this seed.
    Auto(u64),
    /// The same, only where this score leaves the track empty.
    Fill(u64),
    Rename(String),
    Delete,
}

/// The scores of the track, for the menu and for comparing.
#[derive(SystemParam)]
pub struct Known<'w, 's> {
    saved: Res<'w, Saved>,
    desk: Res<'w, OnDesk>,
    seed: Local<'s, u64>,
    ghosts: Local<'s, Ghosts>,
}

/// The score that is compared with, read once.
#[derive(Default)]
pub struct Ghosts {
    of: Option<Uuid>,
    all: Arc<Vec<Annotation>>,
}

/// Names of the scores of a track, by name.
fn of_track(ground: &Ground, track: Uuid) -> Vec<(Uuid, String)> {
    let mut found: Vec<(Uuid, String)> = ground.children(track, TableId::Scores).map(|row| (row.id(), subject::title(row))).collect();
    found.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
    found
}

impl Known<'_, '_> {
    /// The annotations of another score.
    pub(super) fn ghosts(&mut self, of: Option<Uuid>) -> Arc<Vec<Annotation>> {
        if self.ghosts.of != of || (of.is_some() && self.saved.is_changed()) {
            let read =
                |id| self.saved.ground().children(id, TableId::TrackScores).filter_map(|row: &Row| rows::annotation(row).ok()).collect();
            let all = of.map(read).unwrap_or_default();
            *self.ghosts = Ghosts { of, all: Arc::new(all) };
        }
        self.ghosts.all.clone()
    }
}

pub(super) fn menu_ui(ui: &mut Ui, timeline: &mut Timeline, sheet: &Sheet, known: &mut Known, deeds: &mut MessageWriter<ScoreDeed>) {
    let OnDesk(desk) = *known.desk;
    let all = of_track(known.saved.ground(), desk.track);
    let here = all.iter().find(|(id, _)| *id == desk.score).map_or("Score", |(_, name)| name.as_str());
    let difference = timeline.compare.map(|other| scores::compare(&sheet.all, &known.ghosts(Some(other))));
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let button = MenuButton::new(format!("{here} ⏷")).config(config);
    button.ui(ui, |ui| {
        ui.set_min_width(240.0);
        // Menus take the frames off their buttons; this one is a form.
        ui.reset_style();
        let mut seed = *known.seed;
        let wish = menu_body(ui, &all, desk.score, &mut timeline.compare, &mut seed);
        *known.seed = seed;
        if let Some(wish) = wish {
            if matches!(wish, ScoreDeed::Open(_) | ScoreDeed::Delete) {
                ui.close();
            }
            deeds.write(wish);
        }
    });
    if let Some(found) = difference {
        let words = format!(
            "{} the same · {} set otherwise · {} only here · {} only there",
            found.same, found.changed, found.only_here, found.only_there
        );
        ui.label(RichText::new(words).color(theme::faint(ui)));
    }
}

/// Draws the menu; returns what was chosen.  Knows no world.
fn menu_body(ui: &mut Ui, all: &[(Uuid, String)], here: Uuid, compare: &mut Option<Uuid>, seed: &mut u64) -> Option<ScoreDeed> {
    let mut wish = None;
    ui.label(RichText::new("Scores of this track").strong());
    for (id, name) in all {
        ui.horizontal(|ui| {
            if ui.selectable_label(*id == here, name).on_hover_text("Put on the desk").clicked() && *id != here {
                wish = Some(ScoreDeed::Open(*id));
            }
            if *id != here {
                let comparing = *compare == Some(*id);
                if ui.selectable_label(comparing, "compare").on_hover_text(format!("Draw {name} behind this score")).clicked() {
                    *compare = (!comparing).then_some(*id);
                }
            }
        });
    }
    ui.separator();
    ui.horizontal(|ui| {
        if ui.button("New").on_hover_text("An empty score of this track").clicked() {
            wish = Some(ScoreDeed::New);
        }
        if ui.button("Copy").on_hover_text("The same once more, to try something").clicked() {
            wish = Some(ScoreDeed::Copy);
        }
        if ui.add_enabled(all.len() > 1, Button::new("Delete")).on_hover_text("This score; undo brings it back").clicked() {
            wish = Some(ScoreDeed::Delete);
        }
    });
    ui.horizontal(|ui| {
        let label = ui.label("Name");
        let mut name = all.iter().find(|(id, _)| *id == here).map(|(_, name)| name.clone()).unwrap_or_default();
        if ui.add(TextEdit::singleline(&mut name).desired_width(160.0).char_limit(200)).labelled_by(label.id).changed() {
            wish = Some(ScoreDeed::Rename(name));
        }
    });
    ui.separator();
    ui.label(RichText::new("Made by itself").strong());
    ui.horizontal(|ui| {
        let label = ui.label("Seed");
        ui.add(DragValue::new(seed).range(0..=999_999)).labelled_by(label.id).on_hover_text("Another seed, another show");
        if ui.button("New auto score").on_hover_text("From beats, bars and energy of the track").clicked() {
            wish = Some(ScoreDeed::Auto(*seed));
        }
        if ui.button("Fill the gaps").on_hover_text("Only where this score leaves the track empty").clicked() {
            wish = Some(ScoreDeed::Fill(*seed));
        }
    });
    wish
}

/// Does it.
pub fn perform(
    mut deeds: MessageReader<ScoreDeed>,
    saved: Res<Saved>,
    desk: Res<OnDesk>,
    sheet: Res<Sheet>,
    track: Query<&Doc<Track>>,
    patterns: Query<&Doc<Pattern>>,
    mut edits: MessageWriter<Edit>,
    mut put: MessageWriter<PutOnDesk>,
    mut told: MessageWriter<Told>,
) {
    let Some(track) = track.iter().next() else { return };
    for deed in deeds.read() {
        let made = |seed| {
            let mut patterns: Vec<Pattern> = patterns.iter().map(|doc| Pattern::clone(doc)).collect();
            patterns.sort_by_key(|pattern| pattern.id);
            score::auto::score(&track.analysis, &patterns, seed).annotations
        };
        match plan(deed, saved.ground(), desk.0, &sheet.all, track.analysis.grid.bpm, &made) {
            Ok((transaction, open)) => {
                edits.write_batch(transaction.map(Edit));
                put.write_batch(open.map(|score| PutOnDesk(Desk { score, ..desk.0 })));
            }
            Err(bad) => drop(told.write(Told::Refused(bad.to_string()))),
        }
    }
}

type Planned = (Option<Transaction>, Option<Uuid>);

/// The edit that a deed means, and the score that is on the desk then.
fn plan(
    deed: &ScoreDeed,
    ground: &Ground,
    desk: Desk,
    here: &[Annotation],
    bpm: f64,
    made: &dyn Fn(u64) -> Vec<Annotation>,
) -> Result<Planned, BadRow> {
    let all = of_track(ground, desk.track);
    let taken: Vec<String> = all.iter().map(|(_, name)| name.clone()).collect();
    let name = all.iter().find(|(id, _)| *id == desk.score).map_or("score", |(_, name)| name.as_str());
    let create = |wanted: &str, annotations: &[Annotation]| {
        let (transaction, id) = scores::create(desk.track, &scores::free_name(wanted, &taken), annotations)?;
        Ok((Some(transaction), Some(id)))
    };
    match deed {
        ScoreDeed::Open(id) => Ok((None, Some(*id))),
        ScoreDeed::New => create("New score", &[]),
        ScoreDeed::Copy => create(&format!("Copy of {name}"), here),
        ScoreDeed::Auto(seed) => create(&format!("Auto {seed}"), &made(*seed)),
        ScoreDeed::Fill(seed) => {
            // A beat is the least that is worth a look.
            let missing = scores::in_gaps(here, &made(*seed), 60.0 / bpm.max(1.0));
            let fill = || scores::add(desk.score, &missing, &format!("Fill the gaps with {} annotations", missing.len()));
            Ok(((!missing.is_empty()).then(fill).transpose()?, None))
        }
        ScoreDeed::Rename(name) => Ok((Some(scores::rename(desk.score, name)), None)),
        ScoreDeed::Delete => {
            let next = all.iter().find(|(id, _)| *id != desk.score).map(|(id, _)| *id);
            Ok((next.map(|_| scores::delete(desk.score, name)), next))
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::document::builtin;
    use crate::document::history::Document;
    use crate::venue::library::Library;

    fn demo() -> (Document, Desk) {
        let mut document = Document::default();
        document.edit(&builtin::install(&Library::builtin()).unwrap()).unwrap();
        (document, builtin::desk())
    }

    fn planned(document: &Document, desk: Desk, deed: &ScoreDeed) -> (Transaction, Option<Uuid>) {
        let here: Vec<Annotation> =
            document.ground().children(desk.score, TableId::TrackScores).map(|row| rows::annotation(row).unwrap()).collect();
        let made = |seed: u64| vec![Annotation { pattern: here[0].pattern, start: 0.0, end: 1e4 + seed as f64, ..Annotation::default() }];
        let (transaction, open) = plan(deed, document.ground(), desk, &here, 120.0, &made).unwrap();
        (transaction.unwrap_or_else(|| Transaction::new("nothing")), open)
    }

    #[test]
    fn scores_are_copied_made_filled_and_deleted_and_each_is_one_step() {
        let (mut document, desk) = demo();
        let n_here = document.ground().children(desk.score, TableId::TrackScores).count();
        let (copy, open) = planned(&document, desk, &ScoreDeed::Copy);
        document.edit(&copy).unwrap();
        assert_eq!(document.ground().children(open.unwrap(), TableId::TrackScores).count(), n_here);
        let (auto, open) = planned(&document, desk, &ScoreDeed::Auto(7));
        document.edit(&auto).unwrap();
        assert_eq!(document.ground().children(open.unwrap(), TableId::TrackScores).count(), 1);
        let (fill, open) = planned(&document, desk, &ScoreDeed::Fill(7));
        document.edit(&fill).unwrap();
        assert!(open.is_none() && document.ground().children(desk.score, TableId::TrackScores).count() > n_here);
        let (delete, open) = planned(&document, desk, &ScoreDeed::Delete);
        document.edit(&delete).unwrap();
        assert!(document.ground().get(TableId::Scores, desk.score).is_none());
        assert!(document.ground().get(TableId::Scores, open.unwrap()).is_some());
        for _ in 0..4 {
            document.undo().unwrap();
        }
        assert_eq!(of_track(document.ground(), desk.track).len(), 1);
    }

    #[test]
    fn the_menu_asks_for_what_its_buttons_say() {
        let all = [(Uuid::from_u128(1), "Friday".to_owned()), (Uuid::from_u128(2), "Quiet".to_owned())];
        type State = (Option<Uuid>, u64, Vec<ScoreDeed>);
        let draw = move |ui: &mut Ui, (compare, seed, wishes): &mut State| {
            wishes.extend(menu_body(ui, &all, Uuid::from_u128(1), compare, seed));
        };
        let mut harness = Harness::builder().build_ui_state(draw, (None, 5, Vec::new()));
        for label in ["compare", "New", "Copy", "New auto score", "Fill the gaps", "Quiet"] {
            harness.get_by_label(label).click();
            harness.run();
        }
        use ScoreDeed::{Auto, Copy, Fill, New, Open};
        assert_eq!(harness.state().2, [New, Copy, Auto(5), Fill(5), Open(Uuid::from_u128(2))]);
        assert_eq!(harness.state().0, Some(Uuid::from_u128(2)));
    }
}
