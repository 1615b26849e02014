//! The demo score: a designed show, written in sections and bars and resolved to seconds by the track's own grid.
//!
//! `assets/demo/score.json` holds it.  Bars count from 0 at the start of their section; a negative one counts back from the
//! section's end, and no end means the section's.  `$name` in an argument is one of the file's colours.  Ids come from a
//! placement's running number in the file, so seeds stay what they are when bars move.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::engine::TrackAnalysis;
use crate::engine::composite::blend::BlendMode;
use crate::engine::track::{Section, SectionLabel};
use crate::patterns::model::{Pattern, builtin_id};
use crate::score::model::{Annotation, Score};

const PLAN: &str = include_str!("../../assets/demo/score.json");

#[derive(Debug, Default, Deserialize)]
struct Plan {
    name: String,
    /// Selection expressions by the name that placements use.
    lamps: BTreeMap<String, String>,
    colours: BTreeMap<String, String>,
    sections: Vec<PlanSection>,
}

#[derive(Debug, Deserialize)]
struct PlanSection {
    section: String,
    /// Which section of that label, from 1.
    nth: usize,
    placements: Vec<Placement>,
}

#[derive(Debug, Deserialize)]
struct Placement {
    /// File name of a built-in pattern, without `.json`.
    pattern: String,
    lamps: String,
    bars: (f64, Option<f64>),
    z: i32,
    #[serde(default)]
    blend: BlendMode,
    #[serde(default)]
    args: Map<String, Value>,
}

/// The demo score on a track with the demo's sections.  Sections that the track lacks and patterns that are not among
/// `patterns` are left out.
pub fn score(track: &TrackAnalysis, patterns: &[Pattern]) -> Score {
    // That the file parses is a test, so the default is never seen.
    let plan: Plan = serde_json::from_str(PLAN).unwrap_or_default();
    let mut annotations = Vec::new();
    let mut number = 0_u32;
    for planned in &plan.sections {
        let section = label(&planned.section).and_then(|label| nth_section(track, label, planned.nth));
        for placement in &planned.placements {
            number += 1;
            let span = section.and_then(|section| span_secs(track, section, placement.bars));
            let pattern = builtin_id(&placement.pattern);
            if let Some((start, end)) = span
                && patterns.iter().any(|known| known.id == pattern)
            {
                annotations.push(Annotation {
                    id: numbered_id(number),
                    pattern,
                    start,
                    end,
                    z_index: placement.z,
                    blend_mode: placement.blend,
                    args: plan.args(placement),
                });
            }
        }
    }
    Score { id: numbered_id(0), name: plan.name, annotations }
}

impl Plan {
    fn args(&self, placement: &Placement) -> Map<String, Value> {
        let expression = self.lamps.get(&placement.lamps).map_or("all", String::as_str);
        let mut args = Map::new();
        args.insert("selection".into(), json!({ "expression": expression, "spatialReference": "global" }));
        for (name, value) in &placement.args {
            let color = value.as_str().and_then(|text| text.strip_prefix('$')).and_then(|name| self.colours.get(name));
            args.insert(name.clone(), color.map_or_else(|| value.clone(), |color| json!(color)));
        }
        args
    }
}

fn numbered_id(number: u32) -> Uuid {
    Uuid::new_v5(&Uuid::new_v5(&Uuid::NAMESPACE_URL, b"luma/demo/score"), &number.to_be_bytes())
}

fn label(name: &str) -> Option<SectionLabel> {
    Some(match name {
        "intro" => SectionLabel::Intro,
        "verse" => SectionLabel::Verse,
        "build" => SectionLabel::Build,
        "drop" => SectionLabel::Drop,
        "break" => SectionLabel::Break,
        "outro" => SectionLabel::Outro,
        _ => return None,
    })
}

fn nth_section(track: &TrackAnalysis, label: SectionLabel, nth: usize) -> Option<&Section> {
    track.sections.iter().filter(|section| section.label == label).nth(nth.checked_sub(1)?)
}

/// Seconds of a placement, cut to its section; `None` where nothing of it is left.
fn span_secs(track: &TrackAnalysis, section: &Section, (from, to): (f64, Option<f64>)) -> Option<(f64, f64)> {
    let grid = &track.grid;
    // Sections are heard, bars are counted: the nearest downbeat is the one that was meant.
    let first_bar = grid.bar_at(section.start).round();
    let last_bar = grid.bar_at(section.end).round();
    let secs = |bar: f64| {
        let bar = if bar < 0.0 { last_bar + bar } else { first_bar + bar };
        grid.secs_at_bar(bar).clamp(section.start.max(0.0), section.end.max(section.start).max(0.0))
    };
    let (start, end) = (secs(from), to.map_or(section.end, secs));
    (end - start > 1e-6).then_some((start, end))
}

#[cfg(test)]
mod tests;
