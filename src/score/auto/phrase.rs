//! A track cut into phrases: stretches of whole bars that get one look each.
//!
//! Sections cut first, then every eight bars.  Without sections the energy decides where something new begins; without
//! energies every phrase is of the middle kind.  Phrases join without gaps from second 0 to the track's end, and there are
//! never more than [`MAX_PHRASES`] and one for each section: a longer track gets longer phrases.

use crate::engine::track::SectionLabel;
use crate::engine::{BeatGrid, TrackAnalysis};

const BARS_PER_PHRASE: f64 = 8.0;
const MAX_PHRASES: f64 = 1_000.0;
/// Sections beyond this are not cut at.
const MAX_SECTIONS: usize = 1_000;
/// A change of energy that makes a new section where none are known.
const NEW_SECTION_STEP: f32 = 0.25;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mood {
    Calm,
    Steady,
    High,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Phrase {
    pub from_bar: f64,
    pub to_bar: f64,
    /// Seconds.
    pub start: f64,
    pub end: f64,
    /// `0.0..=1.0`, as the light should follow it.
    pub energy: f32,
    pub label: Option<SectionLabel>,
    /// Running number of the section it belongs to.
    pub section: usize,
    pub opens_section: bool,
}

impl Phrase {
    pub(super) fn mood(&self) -> Mood {
        match self.energy {
            energy if energy < 0.4 => Mood::Calm,
            energy if energy < 0.7 => Mood::Steady,
            _ => Mood::High,
        }
    }

    pub(super) fn n_bars(&self) -> f64 {
        self.to_bar - self.from_bar
    }
}

/// The grid that bars are counted on: the track's, unless it counts more bars than a number can hold.
pub(super) fn usable_grid(track: &TrackAnalysis) -> BeatGrid {
    let last = track.grid.bar_at(track.duration_secs);
    if last.is_finite() && track.grid.bar_at(0.0).is_finite() && last.abs() < 1e9 { track.grid.clone() } else { BeatGrid::default() }
}

pub(super) fn phrases(track: &TrackAnalysis, grid: &BeatGrid) -> Vec<Phrase> {
    let duration = track.duration_secs;
    if !(duration.is_finite() && duration > 0.0) {
        return Vec::new();
    }
    let cuts = cuts(track, grid);
    let mut phrases: Vec<Phrase> = cuts.windows(2).map(|pair| phrase(track, grid, pair[0], pair[1])).collect();
    spread_energy(&mut phrases);
    number_sections(&mut phrases, track.sections.is_empty());
    phrases
}

/// A place where a phrase begins, in bars; the last one is where the track ends.
#[derive(Clone, Copy)]
struct Cut {
    bar: f64,
    opens_section: bool,
}

fn cuts(track: &TrackAnalysis, grid: &BeatGrid) -> Vec<Cut> {
    let (first, last) = (grid.bar_at(0.0), grid.bar_at(track.duration_secs));
    let step = BARS_PER_PHRASE * ((last - first) / (BARS_PER_PHRASE * MAX_PHRASES)).ceil().max(1.0);
    // Bars before the first downbeat are a pickup: they belong to what follows.
    let origin = if first < 0.0 && last > 1.0 { 0.0 } else { first.floor() };
    let heard = track.sections.iter().take(MAX_SECTIONS).map(|section| grid.bar_at(section.start).round());
    let mut openings: Vec<f64> = heard.filter(|bar| *bar > origin && *bar < last).collect();
    openings.push(origin);
    openings.sort_by(f64::total_cmp);
    openings.dedup();

    let mut cuts = Vec::new();
    for (at, &from) in openings.iter().enumerate() {
        let to = openings.get(at + 1).copied().unwrap_or(last);
        let n_phrases = ((to - from) / step).ceil().max(1.0) as usize;
        cuts.extend((0..n_phrases).map(|n| Cut { bar: from + n as f64 * step, opens_section: n == 0 }));
    }
    // What is left at the end is no phrase of its own when it is shorter than a bar.
    if cuts.len() > 1 && cuts.last().is_some_and(|cut| last - cut.bar < 1.0) {
        cuts.pop();
    }
    if let Some(start) = cuts.first_mut() {
        start.bar = first;
    }
    cuts.push(Cut { bar: last, opens_section: false });
    cuts
}

fn phrase(track: &TrackAnalysis, grid: &BeatGrid, from: Cut, to: Cut) -> Phrase {
    let secs = |bar: f64| grid.secs_at_bar(bar).clamp(0.0, track.duration_secs);
    let (start, end) = (secs(from.bar), secs(to.bar));
    let middle = f64::midpoint(start, end);
    let section = track.sections.iter().find(|section| section.start <= middle && middle < section.end);
    let bars = (from.bar.max(0.0).round() as usize)..(to.bar.max(0.0).round() as usize).min(track.bar_energy.len());
    let heard = track.bar_energy.get(bars).filter(|bars| !bars.is_empty());
    let energy = heard.map(|bars| bars.iter().sum::<f32>() / bars.len() as f32).or(section.map(|section| section.energy));
    Phrase {
        from_bar: from.bar,
        to_bar: to.bar,
        start,
        end,
        energy: energy.filter(|energy| energy.is_finite()).map_or(0.55, |energy| energy.clamp(0.0, 1.0)),
        label: section.map(|section| section.label),
        section: 0,
        opens_section: from.opens_section,
    }
}

/// Uses the whole range of light for a song that is loud all along, and lets a section's label correct what loudness says.
fn spread_energy(phrases: &mut [Phrase]) {
    let (low, high) = phrases.iter().fold((1.0_f32, 0.0_f32), |(low, high), phrase| (low.min(phrase.energy), high.max(phrase.energy)));
    for phrase in phrases {
        if high - low > 0.1 {
            phrase.energy = 0.4 * phrase.energy + 0.6 * (phrase.energy - low) / (high - low);
        }
        phrase.energy = match phrase.label {
            Some(SectionLabel::Drop) => phrase.energy.max(0.75),
            Some(SectionLabel::Build) => phrase.energy.clamp(0.4, 0.69),
            Some(SectionLabel::Break | SectionLabel::Intro | SectionLabel::Outro) => phrase.energy.min(0.39),
            Some(SectionLabel::Verse) | None => phrase.energy,
        };
    }
}

fn number_sections(phrases: &mut [Phrase], by_energy: bool) {
    let mut section = 0;
    let mut last: Option<f32> = None;
    for phrase in phrases {
        if let Some(last) = last {
            phrase.opens_section = if by_energy { (phrase.energy - last).abs() > NEW_SECTION_STEP } else { phrase.opens_section };
            section += usize::from(phrase.opens_section);
        }
        phrase.section = section;
        last = Some(phrase.energy);
    }
}
