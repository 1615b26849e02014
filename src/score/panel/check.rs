//! What becomes of the score in this venue: points, what is lost, what stands in, what flashes too fast.  A click goes there.
//!
//! The look takes seconds on a large show, so it is taken when asked for, on a thread of its own.

use std::thread::JoinHandle;

use bevy::prelude::*;
use bevy_egui::egui::{Button, CollapsingHeader, RichText, Ui};

use crate::document::plugin::{Doc, Told};
use crate::document::selection::Selection;
use crate::engine::lint::{ALARM_HZ, Finding, Place, Report, lint};
use crate::engine::show::Cue;
use crate::engine::{Annotation, Rig, Show, StrobeGuard, TrackAnalysis};
use crate::playback::panel::Wish;
use crate::playback::plugin::Wanted;
use crate::registry::TableId;
use crate::show::plugin::{Part, PatternGraphs};
use crate::tracks::model::Track;
use crate::ui::theme;
use crate::venue::plugin::VenueProblems;

/// A list is not longer than this.
const MAX_PLACES: usize = 12;

/// The last look, and one that is being taken.
#[derive(Default)]
pub struct State {
    report: Option<Report>,
    looking: Option<JoinHandle<Report>>,
    stale: bool,
}

/// What of the show is on the desk.
type Parts<'w> = (
    Res<'w, Part<Rig>>,
    Res<'w, Part<Vec<Annotation>>>,
    Res<'w, Part<PatternGraphs>>,
    Res<'w, Part<TrackAnalysis>>,
    Res<'w, Part<Vec<Cue>>>,
    Res<'w, Part<StrobeGuard>>,
);

/// The tab.
pub fn panel(
    InMut(ui): InMut<Ui>,
    (rig, annotations, patterns, analysis, cues, guard): Parts,
    problems: Res<VenueProblems>,
    track: Query<&Doc<Track>>,
    mut state: Local<State>,
    mut selection: ResMut<Selection>,
    mut wanted: MessageWriter<Wanted>,
    mut told: MessageWriter<Told>,
) {
    state.stale |= rig.is_changed() || annotations.is_changed() || patterns.is_changed() || analysis.is_changed() || guard.is_changed();
    if let Some(thread) = state.looking.take_if(|thread| thread.is_finished()) {
        state.report = thread.join().ok();
    }
    ui.horizontal(|ui| {
        let words = if state.report.is_none() { "Check this show here" } else { "Check again" };
        if ui.add_enabled(state.looking.is_none(), Button::new(words)).clicked() {
            let show = Show {
                rig: rig.get().clone(),
                annotations: annotations.get().clone(),
                patterns: patterns.get().clone(),
                track: analysis.get().clone(),
                cues: cues.get().clone(),
                guard: **guard.get(),
            };
            let patch: Vec<String> = problems.0.iter().map(|problem| problem.text.clone()).collect();
            match std::thread::Builder::new().name("lint".into()).spawn(move || lint(&show, &patch, ALARM_HZ)) {
                Ok(thread) => (state.looking, state.stale) = (Some(thread), false),
                Err(error) => drop(told.write_batch([Told::Refused(error.to_string())])),
            }
        }
        if state.looking.is_some() {
            ui.spinner();
        } else if state.stale && state.report.is_some() {
            ui.weak("The show has changed since.");
        }
    });
    let grid = track.iter().next().map(|track| track.analysis.grid.clone()).unwrap_or_default();
    let bar = |secs: f64| {
        let place = grid.bar_beat_at(secs);
        format!("{}.{}", place.bar, place.beat)
    };
    let Some(place) = state.report.as_ref().and_then(|report| report_ui(ui, report, &bar)) else { return };
    selection.set([(TableId::TrackScores, place.annotation)]);
    wanted.write(Wanted(Wish::Seek(place.start)));
}

/// Draws it; returns the place that was clicked.  Knows no world.
pub fn report_ui(ui: &mut Ui, report: &Report, bar: &dyn Fn(f64) -> String) -> Option<Place> {
    let color = if report.score >= 80.0 {
        theme::LOOP
    } else if report.score >= 50.0 {
        theme::ACCENT
    } else {
        theme::DANGER
    };
    ui.label(RichText::new(format!("{:.0} of 100", report.score)).heading().color(color));
    for deduction in report.deductions.iter().filter(|deduction| deduction.points >= 0.05) {
        ui.label(RichText::new(format!("−{:.1}  {}", deduction.points, deduction.kind.reason())).color(theme::faint(ui)));
    }
    let mut clicked = None;
    let mut last = None;
    for (at, finding) in report.findings.iter().enumerate() {
        if last.replace(finding.kind) != Some(finding.kind) {
            ui.add_space(4.0);
            ui.label(RichText::new(finding.kind.heading()).strong());
        }
        clicked = finding_ui(ui, at, finding, bar).or(clicked);
    }
    clicked
}

fn finding_ui(ui: &mut Ui, at: usize, finding: &Finding, bar: &dyn Fn(f64) -> String) -> Option<Place> {
    let mut clicked = None;
    let when = finding.moment.as_ref().map(|moment| format!("bar {}: ", bar(moment.start))).unwrap_or_default();
    ui.label(format!("{when}{}", finding.text));
    let n = finding.places.len();
    if n == 0 {
        return None;
    }
    let title = RichText::new(if n == 1 { "1 annotation".to_owned() } else { format!("{n} annotations") }).color(theme::faint(ui));
    CollapsingHeader::new(title).id_salt(at).show(ui, |ui| {
        for place in finding.places.iter().take(MAX_PLACES) {
            if ui.link(format!("{} at bar {}", place.pattern, bar(place.start))).on_hover_text("Select it and go there").clicked() {
                clicked = Some(place.clone());
            }
        }
        if finding.places.len() > MAX_PLACES {
            ui.weak(format!("and {} more", finding.places.len() - MAX_PLACES));
        }
    });
    clicked
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;
    use uuid::Uuid;

    use super::*;
    use crate::engine::lint::Kind;

    #[test]
    fn a_finding_leads_to_its_annotation() {
        let place = Place { annotation: Uuid::from_u128(7), pattern: "Wander".into(), start: 4.0, end: 8.0 };
        let finding = Finding {
            kind: Kind::NoLamps,
            text: "\"scanners\" finds no lamp here".into(),
            partly: false,
            places: vec![place.clone()],
            moment: None,
        };
        let report = Report {
            score: 61.4,
            deductions: Vec::new(),
            annotations: 1,
            heads: 4,
            alarm_hz: 4.0,
            guard_hz: None,
            looked_until: 8.0,
            findings: vec![finding],
        };
        let draw = move |ui: &mut Ui, clicked: &mut Option<Place>| *clicked = report_ui(ui, &report, &|_| "3.1".into()).or(clicked.take());
        let mut harness = Harness::new_ui_state(draw, None);
        assert!(harness.query_by_label("61 of 100").is_some());
        assert!(harness.query_by_label("\"scanners\" finds no lamp here").is_some());
        harness.get_by_label("1 annotation").click();
        harness.run();
        harness.get_by_label("Wander at bar 3.1").click();
        harness.run();
        assert_eq!(*harness.state(), Some(place));
    }
}
