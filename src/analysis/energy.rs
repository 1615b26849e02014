//! Energy of bars, and the coarse form that it draws: intro, build, drop, break, verse, outro.

use crate::engine::tempo::BeatGrid;
use crate::engine::track::{Section, SectionLabel};

use super::dsp::envelope::percentile;
use super::outline::Outline;

/// Loudness between the quietest and loudest bars is spread over 0 to 1, unless they differ by less than this.
const MIN_RANGE_DB: f32 = 9.0;
/// Parts begin on every fourth bar, counted from the first.
const BARS_PER_PHRASE: usize = 4;
/// How far phrases must differ in energy to be different parts.
const STEP: f32 = 0.16;
const HIGH: f32 = 0.76;
const LOW: f32 = 0.42;

/// `0.0..=1.0` for each bar from the first downbeat on.
pub(super) fn of_bars(outline: &Outline, grid: &BeatGrid) -> Vec<f32> {
    let secs = |index: usize| grid.downbeats.get(index).and_then(|&beat| grid.beats.get(beat)).copied().unwrap_or(f64::INFINITY);
    let loudness: Vec<f32> =
        (0..grid.downbeats.len()).map(|bar| outline.loudness_db(secs(bar), secs(bar + 1).min(outline.duration_secs()))).collect();
    let (quiet, loud) = (percentile(&loudness, 0.05), percentile(&loudness, 0.95));
    let range = (loud - quiet).max(MIN_RANGE_DB);
    loudness.iter().map(|db| (1.0 - (loud - db) / range).clamp(0.0, 1.0)).collect()
}

/// Parts of whole phrases, from the first bar to the end of the sound; a pick-up belongs to the first.
pub(super) fn sections(grid: &BeatGrid, bar_energy: &[f32], duration_secs: f64) -> Vec<Section> {
    // The bars left over at the end are the last phrase ringing out.
    let whole =
        if bar_energy.len() < BARS_PER_PHRASE { bar_energy } else { &bar_energy[..bar_energy.len() / BARS_PER_PHRASE * BARS_PER_PHRASE] };
    let phrases: Vec<f32> = whole.chunks(BARS_PER_PHRASE).map(mean).collect();
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for at in 0..phrases.len() {
        match parts.last_mut() {
            Some((from, to)) if (mean(&phrases[*from..*to]) - phrases[at]).abs() < STEP => *to = at + 1,
            _ => parts.push((at, at + 1)),
        }
    }
    let energies: Vec<f32> = parts.iter().map(|&(from, to)| mean(&phrases[from..to])).collect();
    let secs_of = |phrase: usize| {
        let beat = grid.downbeats.get(phrase * BARS_PER_PHRASE).and_then(|&beat| grid.beats.get(beat));
        beat.copied().filter(|_| phrase < phrases.len()).unwrap_or(duration_secs)
    };
    let mut sections: Vec<Section> = Vec::new();
    for (index, &(from, to)) in parts.iter().enumerate() {
        let (label, energy) = (label(&energies, index), energies[index]);
        let start = if index == 0 { 0.0 } else { secs_of(from) };
        match sections.last_mut() {
            Some(last) if last.label == label => {
                let shares = (last.end - last.start, secs_of(to) - start);
                last.energy = ((f64::from(last.energy) * shares.0 + f64::from(energy) * shares.1) / (shares.0 + shares.1).max(1e-6)) as f32;
                last.end = secs_of(to);
            }
            _ => sections.push(Section { start, end: secs_of(to), label, energy }),
        }
    }
    sections
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

fn label(energies: &[f32], index: usize) -> SectionLabel {
    let energy = energies[index];
    let next = energies.get(index + 1).copied();
    let is_last = next.is_none();
    if index == 0 && energy < HIGH && !is_last {
        SectionLabel::Intro
    } else if is_last && index > 0 && energy < HIGH {
        SectionLabel::Outro
    } else if energy >= HIGH {
        SectionLabel::Drop
    } else if next.is_some_and(|next| next >= HIGH) && energies[index - 1] < energy {
        SectionLabel::Build
    } else if energy < LOW {
        SectionLabel::Break
    } else {
        SectionLabel::Verse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(phrases: &[f32]) -> Vec<SectionLabel> {
        let bars: Vec<f32> = phrases.iter().flat_map(|energy| [*energy; BARS_PER_PHRASE]).collect();
        let grid = BeatGrid::steady(120.0, 4, 0.0, bars.len() * 4);
        let sections = sections(&grid, &bars, bars.len() as f64 * 2.0);
        assert!(sections.windows(2).all(|pair| pair[0].end == pair[1].start && pair[0].label != pair[1].label));
        sections.into_iter().map(|section| section.label).collect()
    }

    #[test]
    fn energy_draws_the_form() {
        use SectionLabel::{Break, Build, Drop, Intro, Outro, Verse};
        assert_eq!(labels(&[0.2, 0.5, 0.9, 0.9, 0.2, 0.2, 0.6, 1.0, 1.0, 0.1]), [Intro, Build, Drop, Break, Build, Drop, Outro]);
        assert_eq!(labels(&[0.3, 0.3, 0.55, 0.3, 0.3, 0.1]), [Intro, Verse, Break, Outro]);
        assert_eq!(labels(&[0.9]), [Drop]);
        assert_eq!(labels(&[0.5]), [Verse]);
        assert_eq!(labels(&[]), []);
    }
}
