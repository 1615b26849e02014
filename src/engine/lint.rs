//! What becomes of a show on a venue's rig: what finds no lamps, what is lost, what stands in, what flashes too fast.
//!
//! Pure, like the engine: a show goes in, findings and a score come out.  The score says how much of the show this venue shows,
//! each annotation weighing as much as it lasts; flashes are told but cost nothing, since they are meant.  They are looked
//! for with the strobe guard off, and where the show has it on, what it leaves of them is told as well.

mod flashes;
mod losses;
mod selections;

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use super::composite::program::{Program, compile};
use super::graph::build::MAX_TABLES;
use super::graph::check::{Diagnostic, Severity};
use super::rig::HeadIdx;
use super::show::{Annotation, Show};
use losses::Asked;

/// Light is alarming when it flashes more often than this, by default.
pub const ALARM_HZ: f32 = 4.0;

/// What a finding is about, in the order in which reports tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A fixture that is left out, or overlaps another.
    Patch,
    /// A graph with errors: the annotation stays dark.
    Broken,
    NoLamps,
    LostLight,
    LostMovement,
    LostColor,
    LostStrobe,
    LostGobo,
    LostZoom,
    /// Focus, iris, frost, prism.
    LostBeam,
    /// Something of the track is not analysed.
    Analysis,
    StandIn,
    UnknownName,
    /// A warning about a graph.
    Graph,
    /// Much memory for what its graph had to know ahead.
    Memory,
    Flashes,
}

/// One thing to know, and where it happens.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    pub kind: Kind,
    /// A whole sentence without its full stop.
    pub text: String,
    /// Some of the light it is about is there all the same; it costs nothing.
    pub partly: bool,
    pub places: Vec<Place>,
    pub moment: Option<Moment>,
}

/// An annotation that a finding is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    pub annotation: Uuid,
    pub pattern: String,
    pub start: f64,
    pub end: f64,
}

/// A stretch of time in which some heads flash too fast.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moment {
    pub start: f64,
    pub end: f64,
    /// Flashes a second, where it is worst.
    pub hz: f32,
    /// The same under the show's strobe guard, if it is on.
    pub guarded_hz: Option<f32>,
    #[serde(skip)]
    pub heads: Vec<HeadIdx>,
    /// The same for files: `<fixture uuid>:<head index>`.
    #[serde(rename = "heads")]
    pub head_ids: Vec<String>,
}

/// Points that the show loses for one reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deduction {
    pub kind: Kind,
    pub points: f64,
}

#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// 100 minus all deductions.
    pub score: f64,
    pub deductions: Vec<Deduction>,
    pub annotations: usize,
    pub heads: usize,
    pub alarm_hz: f32,
    /// The cap of the show's strobe guard.
    pub guard_hz: Option<f32>,
    /// Flashes were looked for from the track's start to here.
    pub looked_until: f64,
    pub findings: Vec<Finding>,
}

/// Each fixture that is left out costs as much, and all of them together no more than the second.
const POINTS_PER_PATCH: f64 = 2.0;
const MAX_PATCH_POINTS: f64 = 20.0;
/// Share of an annotation that is lost when something else stands in, or when part of the music is unknown.
const STAND_IN_SHARE: f64 = 0.1;
/// Tables of one annotation that are worth telling.
const LARGE_TABLES: usize = 16 << 20;
const ANALYSIS_SHARE: f64 = 0.5;

/// Looks a show over.  `patch` are the venue's own problems, in words.
pub fn lint(show: &Show, patch: &[String], alarm_hz: f32) -> Report {
    let (guarded, diagnostics) = compile(show);
    let program = guarded.only(|_| true);
    let mut ledger = Ledger::default();
    patch.iter().for_each(|problem| ledger.find(Kind::Patch, problem.trim_end_matches('.').to_owned(), false, None));
    if show.rig.heads.is_empty() && !show.annotations.is_empty() {
        ledger.find(Kind::NoLamps, "the venue has no lamps at all".to_owned(), false, None);
    }
    for annotation in show.annotations.iter() {
        look(show, &program, &diagnostics, annotation, &mut ledger);
    }
    let (moments, looked_until) = flashes::moments(&program, show.track.duration_secs, alarm_hz);
    for (mut moment, layers) in moments {
        let mut text = format!("up to {:.0} flashes a second", moment.hz);
        if let Some(cap_hz) = guarded.guard_hz() {
            let left = flashes::fastest(&guarded, &moment);
            moment.guarded_hz = Some(left);
            text += &format!(", {left:.0} under the strobe guard at {cap_hz}");
        }
        let places = layers.iter().filter_map(|id| show.annotations.iter().find(|annotation| annotation.id == *id));
        let places = places.map(|annotation| place(show, annotation)).collect();
        ledger.findings.push(Finding { kind: Kind::Flashes, text, partly: false, places, moment: Some(moment) });
    }
    ledger.report(show, patch.len(), alarm_hz, looked_until)
}

/// Findings so far, and the seconds of annotations that were lost to each.
#[derive(Default)]
struct Ledger {
    findings: Vec<Finding>,
    index: BTreeMap<(Kind, String, bool), usize>,
    lost_secs: BTreeMap<Kind, f64>,
}

impl Ledger {
    fn find(&mut self, kind: Kind, text: String, partly: bool, place: Option<Place>) {
        let at = *self.index.entry((kind, text.clone(), partly)).or_insert_with(|| {
            self.findings.push(Finding { kind, text, partly, places: Vec::new(), moment: None });
            self.findings.len() - 1
        });
        let places = &mut self.findings[at].places;
        places.extend(place.filter(|place| !places.contains(place)));
    }

    fn lose(&mut self, kind: Kind, secs: f64) {
        if secs > 0.0 {
            *self.lost_secs.entry(kind).or_default() += secs;
        }
    }

    fn report(mut self, show: &Show, n_patch: usize, alarm_hz: f32, looked_until: f64) -> Report {
        let total: f64 = show.annotations.iter().map(length).sum();
        let mut deductions: Vec<Deduction> = Vec::new();
        if n_patch > 0 {
            deductions.push(Deduction { kind: Kind::Patch, points: (n_patch as f64 * POINTS_PER_PATCH).min(MAX_PATCH_POINTS) });
        }
        if total > 0.0 {
            deductions.extend(self.lost_secs.iter().map(|(&kind, &secs)| Deduction { kind, points: 100.0 * secs / total }));
        }
        let score = (100.0 - deductions.iter().map(|deduction| deduction.points).sum::<f64>()).clamp(0.0, 100.0);
        self.findings.sort_by_key(|finding| (finding.partly, finding.kind));
        let (annotations, heads) = (show.annotations.len(), show.rig.heads.len());
        let guard_hz = show.guard.cap_hz;
        Report { score, deductions, annotations, heads, alarm_hz, guard_hz, looked_until, findings: self.findings }
    }
}

fn length(annotation: &Annotation) -> f64 {
    let secs = annotation.end - annotation.start;
    if secs.is_finite() { secs.max(0.0) } else { 0.0 }
}

fn place(show: &Show, annotation: &Annotation) -> Place {
    let pattern = show.patterns.get(&annotation.pattern).map_or_else(|| "unknown pattern".to_owned(), |pattern| pattern.name.clone());
    Place { annotation: annotation.id, pattern, start: annotation.start, end: annotation.end }
}

fn look(show: &Show, program: &Program, diagnostics: &[Diagnostic], annotation: &Annotation, ledger: &mut Ledger) {
    let secs = length(annotation);
    let here = place(show, annotation);
    let mine: Vec<&Diagnostic> = diagnostics.iter().filter(|problem| problem.annotation == Some(annotation.id)).collect();
    let Some(layer) = program.layers.iter().find(|layer| layer.id == annotation.id) else {
        for problem in mine.iter().filter(|problem| problem.severity == Severity::Error) {
            ledger.find(Kind::Broken, words(problem), false, Some(here.clone()));
        }
        return ledger.lose(Kind::Broken, secs);
    };
    if layer.plan.table_bytes >= LARGE_TABLES {
        let (megabytes, all) = (layer.plan.table_bytes >> 20, MAX_TABLES >> 20);
        let text = format!("smoothed movement or random draws take {megabytes} MB of {all} for all: shorten it, or select fewer heads");
        ledger.find(Kind::Memory, text, false, Some(here.clone()));
    }
    let chosen = selections::of(show, annotation);
    let analysed = warnings(&mine, &chosen, &here, ledger);
    // Where there is no lamp at all every name is unknown; saying so once is enough.
    let unknown = chosen.iter().flat_map(|chosen| chosen.unknown.iter().map(move |warning| (chosen, warning)));
    for (chosen, warning) in unknown.filter(|_| !show.rig.heads.is_empty()) {
        ledger.find(Kind::UnknownName, format!("\"{}\": {warning}", chosen.text), false, Some(here.clone()));
    }
    if layer.plan.outputs.touched.is_empty() {
        if !show.rig.heads.is_empty() {
            let empty: Vec<_> = chosen.iter().filter(|chosen| chosen.heads == 0).collect();
            for chosen in &empty {
                ledger.find(Kind::NoLamps, format!("\"{}\" finds no lamp here", chosen.text), false, Some(here.clone()));
            }
            if empty.is_empty() {
                ledger.find(Kind::NoLamps, "none of the lamps it selects can do what it is about".to_owned(), false, Some(here));
            }
        }
        return ledger.lose(Kind::NoLamps, secs);
    }
    for chosen in chosen.iter().filter(|chosen| chosen.heads == 0) {
        ledger.find(Kind::NoLamps, format!("\"{}\" finds no lamp here", chosen.text), true, Some(here.clone()));
    }
    let asked = losses::asked(&program.rig, layer);
    let weight: f64 = asked.iter().map(|asked| losses::weight(asked.kind)).sum();
    let mut kept = 1.0;
    for Asked { kind, heads, able } in asked {
        if able < heads {
            let what = losses::what(kind);
            let lamps = chosen.iter().map(|chosen| format!("\"{}\"", chosen.text)).collect::<Vec<_>>().join(", ");
            let text = if able == 0 {
                format!("{lamps}: none of these lamps can {what}")
            } else {
                format!("{lamps}: some of these lamps cannot {what}")
            };
            ledger.find(kind, text, able > 0, Some(here.clone()));
        }
        if able == 0 {
            let share = losses::weight(kind) / weight;
            ledger.lose(kind, secs * share);
            kept -= share;
        }
    }
    let stand_ins: Vec<&String> = chosen.iter().flat_map(|chosen| &chosen.stand_ins).collect();
    stand_ins.iter().for_each(|text| ledger.find(Kind::StandIn, (*text).clone(), false, Some(here.clone())));
    if !analysed {
        ledger.lose(Kind::Analysis, secs * kept * ANALYSIS_SHARE);
        kept *= 1.0 - ANALYSIS_SHARE;
    }
    if !stand_ins.is_empty() {
        ledger.lose(Kind::StandIn, secs * kept * STAND_IN_SHARE);
    } else if chosen.iter().any(|chosen| !chosen.unknown.is_empty()) {
        ledger.lose(Kind::UnknownName, secs * kept * STAND_IN_SHARE);
    }
}

/// Tells the graph's warnings, but not those about selections again; false where the music is not known well enough.
fn warnings(mine: &[&Diagnostic], chosen: &[selections::Chosen], here: &Place, ledger: &mut Ledger) -> bool {
    let mut analysed = true;
    for problem in mine.iter().filter(|problem| problem.severity == Severity::Warning) {
        let told = chosen.iter().any(|chosen| chosen.unknown.iter().any(|warning| problem.message.ends_with(&warning.to_string())));
        let lacking = problem.message.contains("not analysed yet");
        analysed &= !lacking;
        if !told {
            let kind = if lacking { Kind::Analysis } else { Kind::Graph };
            ledger.find(kind, words(problem), false, Some(here.clone()));
        }
    }
    analysed
}

fn words(problem: &Diagnostic) -> String {
    match (&problem.node, &problem.port) {
        (Some(node), Some(port)) => format!("{node}.{port}: {}", problem.message),
        (Some(node), None) => format!("{node}: {}", problem.message),
        _ => problem.message.clone(),
    }
}

#[cfg(test)]
#[path = "lint/tests.rs"]
mod tests;
mod words;
