//! Correcting the beat grid by hand and ear: tempo, phase, bars, taps, and a click on every beat.
//!
//! Draws and asks; [`crate::tracks::grid_edits`] says what an edit does.

use bevy::prelude::*;
use bevy_egui::egui::{Button, DragValue, RichText, Ui};

use crate::document::plugin::{Doc, Edit, Saved, Told};
use crate::engine::BeatGrid;
use crate::playback::plugin::Playback;
use crate::show::plugin::Playhead;
use crate::tracks::grid_edits::{self, GridEdit, tapped};
use crate::tracks::model::{Alternative, Hearing, Stage, Track};
use crate::ui::theme;

/// Taps further apart than this begin anew.
const PAUSE_SECS: f64 = 2.5;

/// What is being done to the grid.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct GridDesk {
    /// Annotations and markers keep their bar and beat.
    pub carry: bool,
    /// Beats can be dragged in the timeline.
    pub drag: bool,
    pub click: bool,
    bpm: f64,
    taps: Vec<f64>,
}

impl Default for GridDesk {
    fn default() -> Self {
        Self { carry: true, drag: false, click: false, bpm: 0.0, taps: Vec::new() }
    }
}

impl GridDesk {
    /// A tap at a second of the track.
    pub fn tap(&mut self, secs: f64) {
        if self.taps.last().is_some_and(|last| !(0.0..PAUSE_SECS).contains(&(secs - last))) {
            self.taps.clear();
        }
        self.taps.push(secs);
        if let Some((bpm, _)) = tapped(&self.taps) {
            self.bpm = (bpm * 100.0).round() / 100.0;
        }
    }
}

/// Asks for a correction of the track on the desk; `None` = as it was heard.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct Correct(pub Option<GridEdit>);

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    track: Query<&Doc<Track>>,
    playhead: Res<Playhead>,
    mut desk: ResMut<GridDesk>,
    mut correct: MessageWriter<Correct>,
) {
    let Some(track) = track.iter().next() else {
        ui.weak("No track is open");
        return;
    };
    let mut changed = desk.clone();
    let wanted = beats_ui(ui, &track.analysis.grid, &track.hearing, track.edits().len(), playhead.at_secs, &mut changed);
    desk.set_if_neq(changed);
    correct.write_batch(wanted.map(Correct));
}

/// Makes the edit of what was asked for.
pub fn perform(
    mut asked: MessageReader<Correct>,
    desk: Res<GridDesk>,
    track: Query<&Doc<Track>>,
    saved: Res<Saved>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    let Some(track) = track.iter().next() else { return };
    for Correct(edit) in asked.read() {
        match grid_edits::correct(saved.ground(), track.id, track.heard(), *edit, desk.carry) {
            Ok(transaction) => drop(edits.write(Edit(transaction))),
            Err(bad) => drop(told.write(Told::Refused(bad.to_string()))),
        }
    }
}

/// A click on every beat of the grid, while it is asked for.
pub fn click(desk: Res<GridDesk>, track: Query<Ref<Doc<Track>>>, mut playback: ResMut<Playback>) {
    let Some(track) = track.iter().next() else { return };
    if desk.is_changed() || track.is_changed() {
        playback.player.set_click(desk.click.then_some(&track.analysis.grid));
    }
}

/// Draws it; returns the correction that was asked for.  Knows no world.
pub fn beats_ui(
    ui: &mut Ui,
    grid: &BeatGrid,
    hearing: &Hearing,
    n_edits: usize,
    at_secs: f64,
    desk: &mut GridDesk,
) -> Option<Option<GridEdit>> {
    let mut wanted = None;
    let mut ask = |edit: GridEdit| wanted = Some(Some(edit));
    ui.label(RichText::new(format!("{:.2} bpm", grid.bpm)).heading());
    let place = grid.bar_beat_at(at_secs);
    ui.weak(format!("{} beats a bar · {} beats · playhead at {}.{}", grid.beats_per_bar, grid.beats.len(), place.bar, place.beat));
    heard_ui(ui, grid, hearing, &mut ask);
    ui.add_space(6.0);
    ui.label(RichText::new("Tempo").strong());
    ui.horizontal_wrapped(|ui| {
        if ui.button("½ tempo").on_hover_text("Every other beat is none").clicked() {
            ask(GridEdit::Halve);
        }
        if ui.button("2 × tempo").on_hover_text("A beat between every two").clicked() {
            ask(GridEdit::Double);
        }
    });
    ui.horizontal_wrapped(|ui| {
        if desk.bpm <= 0.0 {
            desk.bpm = (grid.bpm * 100.0).round() / 100.0;
        }
        let label = ui.label("Beats a minute");
        ui.add(DragValue::new(&mut desk.bpm).speed(0.05).range(grid_edits::BPM).max_decimals(2)).labelled_by(label.id);
        let n = desk.taps.len();
        let words = if n == 0 { "Tap".to_owned() } else { format!("Tap · {n}") };
        if ui.button(words).on_hover_text("With the music, four times or more (T)").clicked() {
            desk.tap(at_secs);
        }
    });
    ui.horizontal_wrapped(|ui| {
        let beat = tapped(&desk.taps).map_or_else(|| grid.secs_at(grid.beat_at(at_secs).round()), |(_, beat)| beat);
        if ui
            .button("Set for the whole track")
            .on_hover_text("One steady tempo, with a beat where you tapped or where the nearest one is")
            .clicked()
        {
            ask(GridEdit::Steady { at: beat.max(0.0), bpm: desk.bpm });
        }
        if ui.button("Set from the playhead on").on_hover_text("From the nearest beat to the end").clicked() {
            ask(GridEdit::Tempo { from: at_secs, bpm: desk.bpm });
        }
    });
    ui.add_space(6.0);
    ui.label(RichText::new("Phase").strong());
    ui.horizontal_wrapped(|ui| {
        for (name, hint, secs) in [
            ("−10 ms", "All beats earlier", -0.010),
            ("−1 ms", "All beats earlier", -0.001),
            ("+1 ms", "All beats later", 0.001),
            ("+10 ms", "All beats later", 0.010),
        ] {
            if ui.button(name).on_hover_text(hint).clicked() {
                ask(GridEdit::Shift { secs });
            }
        }
        if ui.button("Half a beat").on_hover_text("Where the off-beat was taken for the beat").clicked() {
            ask(GridEdit::Shift { secs: 30.0 / grid.bpm.max(1.0) });
        }
        if ui.button("A beat here").on_hover_text("Shift all beats so that the nearest lies under the playhead").clicked() {
            ask(GridEdit::Shift { secs: at_secs - grid.secs_at(grid.beat_at(at_secs).round()) });
        }
    });
    ui.checkbox(&mut desk.drag, "Drag beats in the timeline").on_hover_text("In the ruler; with Shift all later beats move along");
    ui.add_space(6.0);
    ui.label(RichText::new("Bars").strong());
    ui.horizontal_wrapped(|ui| {
        if ui.button("A bar begins here").on_hover_text("All bars of the track follow the beat nearest to the playhead").clicked() {
            ask(GridEdit::Downbeat { at: at_secs, onward: false });
        }
        if ui.button("From here on").on_hover_text("Bars before the playhead stay as they are").clicked() {
            ask(GridEdit::Downbeat { at: at_secs, onward: true });
        }
        let mut per_bar = grid.beats_per_bar;
        let label = ui.label("Beats a bar");
        if ui.add(DragValue::new(&mut per_bar).range(1..=16).speed(0.05)).labelled_by(label.id).changed() {
            ask(GridEdit::Metre { beats_per_bar: per_bar });
        }
    });
    ui.add_space(6.0);
    ui.checkbox(&mut desk.click, "Click on every beat")
        .on_hover_text("To hear whether the grid is right; higher on the first beat of a bar");
    ui.checkbox(&mut desk.carry, "Annotations keep their bar and beat")
        .on_hover_text("They move along with the grid, in all scores of the track");
    ui.add_space(6.0);
    let words = match n_edits {
        0 => "The grid is as it was heard".to_owned(),
        1 => "1 correction".to_owned(),
        n => format!("{n} corrections"),
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new(words).color(theme::faint(ui)));
        if ui.add_enabled(n_edits > 0, Button::new("As heard")).on_hover_text("Forget all corrections").clicked() {
            wanted = Some(None);
        }
    });
    wanted
}

/// How sure the listening is, and what else it could be: a click each.
fn heard_ui(ui: &mut Ui, grid: &BeatGrid, hearing: &Hearing, ask: &mut dyn FnMut(GridEdit)) {
    match hearing.stage {
        Stage::Unheard => {}
        Stage::First => drop(ui.weak("Heard from its beginning; the whole is being listened to")),
        Stage::Whole => {
            let steady = if hearing.is_steady { "one steady tempo" } else { "a tempo that moves" };
            let key = if hearing.key.is_empty() { String::new() } else { format!(" · {}", hearing.key) };
            ui.weak(format!("{steady} · {:.0} % sure{key}", hearing.confidence * 100.0));
        }
    }
    if hearing.alternatives.is_empty() {
        return;
    }
    ui.add_space(6.0);
    ui.label(RichText::new("Or is it").strong());
    ui.horizontal_wrapped(|ui| {
        for other in &hearing.alternatives {
            let Some((edit, words)) = repair(grid, other) else { continue };
            if ui.button(words).on_hover_text(other.why.as_str()).clicked() {
                ask(edit);
            }
        }
    });
}

/// An alternative as a correction of the grid as it is, and what its button says.
fn repair(grid: &BeatGrid, other: &Alternative) -> Option<(GridEdit, String)> {
    if other.bar_shift > 0 {
        let first = grid.downbeats.first().copied().unwrap_or_default();
        let beat = first + other.bar_shift as usize;
        let at = *grid.beats.get(beat)?;
        let plural = if other.bar_shift == 1 { "" } else { "s" };
        return Some((GridEdit::Downbeat { at, onward: false }, format!("Bars {} beat{plural} later", other.bar_shift)));
    }
    if other.beats_offset != 0.0 {
        return Some((GridEdit::Shift { secs: other.beats_offset }, "The off-beat".to_owned()));
    }
    let edit = if other.bpm > grid.bpm { GridEdit::Double } else { GridEdit::Halve };
    Some((edit, format!("{:.1} bpm", other.bpm)))
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    type State = (GridDesk, Vec<Option<GridEdit>>);

    fn harness() -> Harness<'static, State> {
        let other = |bpm: f64, beats_offset: f64, bar_shift: u32| Alternative { bpm, beats_offset, bar_shift, why: "why".into() };
        let hearing = Hearing {
            stage: Stage::Whole,
            confidence: 0.83,
            is_steady: true,
            key: "A minor".into(),
            alternatives: vec![other(120.0, 0.0, 2), other(240.0, 0.0, 0), other(60.0, 0.0, 0), other(120.0, 0.25, 0)],
            lufs: None,
        };
        let grid = BeatGrid::steady(120.0, 4, 0.0, 64);
        Harness::builder().with_size([420.0, 560.0]).build_ui_state(
            move |ui, (desk, wanted): &mut State| wanted.extend(beats_ui(ui, &grid, &hearing, 1, 4.03, desk)),
            (GridDesk::default(), Vec::new()),
        )
    }

    #[test]
    fn every_button_asks_for_its_correction() {
        let mut harness = harness();
        for label in ["½ tempo", "2 × tempo", "−10 ms", "Half a beat", "A bar begins here", "From here on", "As heard"] {
            harness.get_by_label(label).click();
            harness.run();
        }
        let at = 4.03;
        let wanted = [
            Some(GridEdit::Halve),
            Some(GridEdit::Double),
            Some(GridEdit::Shift { secs: -0.01 }),
            Some(GridEdit::Shift { secs: 0.25 }),
            Some(GridEdit::Downbeat { at, onward: false }),
            Some(GridEdit::Downbeat { at, onward: true }),
            None,
        ];
        assert_eq!(harness.state().1, wanted);
    }

    #[test]
    fn every_other_reading_is_one_click() {
        let mut harness = harness();
        assert!(harness.query_by_label("one steady tempo · 83 % sure · A minor").is_some());
        for label in ["Bars 2 beats later", "240.0 bpm", "60.0 bpm", "The off-beat"] {
            harness.get_by_label(label).click();
            harness.run();
        }
        let wanted = [
            Some(GridEdit::Downbeat { at: 1.0, onward: false }),
            Some(GridEdit::Double),
            Some(GridEdit::Halve),
            Some(GridEdit::Shift { secs: 0.25 }),
        ];
        assert_eq!(harness.state().1, wanted);
    }

    #[test]
    fn taps_set_the_tempo_and_a_pause_begins_anew() {
        let mut desk = GridDesk::default();
        for n in 0..6 {
            desk.tap(10.0 + f64::from(n) * 0.5);
        }
        assert_eq!((desk.bpm, desk.taps.len()), (120.0, 6));
        desk.tap(40.0);
        assert_eq!(desk.taps, [40.0]);
        desk.tap(1.0);
        assert_eq!(desk.taps, [1.0], "a seek back is a new beginning");
    }

    #[test]
    fn click_and_carry_are_switches() {
        let mut harness = harness();
        harness.get_by_label("Click on every beat").click();
        harness.run();
        harness.get_by_label("Annotations keep their bar and beat").click();
        harness.run();
        assert!(harness.state().0.click && !harness.state().0.carry);
    }
}
