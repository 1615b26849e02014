//! The demo track: its form, its harmony, and everything that is true of it by construction.
//!
//! "First Light", A minor, 126 beats a minute, 64 bars.  At 44.1 kHz a thirty-second note is then a whole number of
//! samples, so every note and every beat of the grid lies on a sample.  Nothing here needs the sound: the grid,
//! chords, drum hits, sections and energies are known before the first sample is computed.

use std::sync::Arc;

use crate::engine::tempo::BeatGrid;
use crate::engine::track::{Audio, Chord, Section, SectionLabel, TrackAnalysis};
use crate::tracks::model::{Sound, Track, Waveform};
use crate::tracks::waveform;

use super::notes::{self, Voice};
use super::synth;

pub const RATE_HZ: u32 = 44_100;
pub const BPM: f64 = 126.0;
pub const BEATS_PER_BAR: u32 = 4;
/// A tick is a thirty-second note, the shortest in the score.
pub const TICKS_PER_BEAT: u32 = 8;
pub const TICKS_PER_BAR: u32 = TICKS_PER_BEAT * BEATS_PER_BAR;
pub const SAMPLES_PER_TICK: usize = 2_625;
/// A quarter of a second of silence, so that nothing may rely on a first beat at zero.
pub const FIRST_SAMPLE: usize = 11_025;
/// For the last chord to ring out.
const TAIL_SAMPLES: usize = 2 * RATE_HZ as usize;

/// One part of the form; its energy runs in a straight line from bar to bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    pub label: SectionLabel,
    pub n_bars: u32,
    pub energy: (f32, f32),
    /// How far the synthesisers' filter is open at the start and at the end, `0.0..=1.0`.
    pub brightness: (f32, f32),
}

const fn part(label: SectionLabel, n_bars: u32, energy: (f32, f32), brightness: (f32, f32)) -> Part {
    Part { label, n_bars, energy, brightness }
}

/// The first drop comes after fifteen seconds: whoever looks for twenty sees an intro, a build and a drop.
pub const FORM: [Part; 7] = [
    part(SectionLabel::Intro, 4, (0.28, 0.38), (0.30, 0.50)),
    part(SectionLabel::Build, 4, (0.42, 0.72), (0.50, 0.85)),
    part(SectionLabel::Drop, 16, (0.92, 0.96), (0.85, 0.95)),
    part(SectionLabel::Break, 8, (0.18, 0.26), (0.35, 0.45)),
    part(SectionLabel::Build, 8, (0.30, 0.78), (0.30, 0.90)),
    part(SectionLabel::Drop, 16, (0.95, 1.00), (0.90, 1.00)),
    part(SectionLabel::Outro, 8, (0.50, 0.15), (0.70, 0.20)),
];

/// A chord as it is voiced, in MIDI notes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Harmony {
    pub root: u8,
    pub quality: &'static str,
    pub bass: u8,
    pub voicing: [u8; 4],
}

const A_MIN7: Harmony = Harmony { root: 9, quality: "min7", bass: 33, voicing: [57, 60, 64, 67] };
const F_MAJ7: Harmony = Harmony { root: 5, quality: "maj7", bass: 29, voicing: [53, 57, 60, 64] };
const C_MAJ7: Harmony = Harmony { root: 0, quality: "maj7", bass: 36, voicing: [48, 55, 59, 64] };
const E_MIN7: Harmony = Harmony { root: 4, quality: "min7", bass: 28, voicing: [52, 55, 59, 62] };
const D_MIN7: Harmony = Harmony { root: 2, quality: "min7", bass: 38, voicing: [50, 57, 60, 65] };
const E_DOM7: Harmony = Harmony { root: 4, quality: "7", bass: 28, voicing: [52, 56, 59, 62] };

const ROUND: [Harmony; 4] = [A_MIN7, F_MAJ7, C_MAJ7, E_MIN7];
const BREAK: [Harmony; 8] = [D_MIN7, D_MIN7, F_MAJ7, F_MAJ7, A_MIN7, A_MIN7, E_MIN7, E_DOM7];

/// The chord of a bar, which lies `bar_of_part` bars into `part`.
pub fn harmony(part: &Part, bar_of_part: u32) -> Harmony {
    match part.label {
        SectionLabel::Break => BREAK[bar_of_part as usize % BREAK.len()],
        _ => ROUND[bar_of_part as usize % ROUND.len()],
    }
}

/// Every part with the bar that it begins at, counted from 0.
pub fn parts() -> impl Iterator<Item = (u32, &'static Part)> {
    FORM.iter().scan(0, |first_bar, part| {
        let at = *first_bar;
        *first_bar += part.n_bars;
        Some((at, part))
    })
}

pub fn n_bars() -> u32 {
    FORM.iter().map(|part| part.n_bars).sum()
}

pub fn n_samples() -> usize {
    sample_of_tick(n_bars() * TICKS_PER_BAR) + TAIL_SAMPLES
}

pub fn sample_of_tick(tick: u32) -> usize {
    FIRST_SAMPLE + tick as usize * SAMPLES_PER_TICK
}

pub fn secs_of_tick(tick: u32) -> f64 {
    sample_of_tick(tick) as f64 / f64::from(RATE_HZ)
}

fn secs_of_bar(bar: u32) -> f64 {
    secs_of_tick(bar * TICKS_PER_BAR)
}

/// All that is known of the track before it has been rendered: no mix, no stems.
pub fn analysis_without_sound() -> TrackAnalysis {
    let n_beats = (n_bars() * BEATS_PER_BAR) as usize;
    let grid = BeatGrid {
        beats: (0..n_beats as u32).map(|beat| secs_of_tick(beat * TICKS_PER_BEAT)).collect(),
        downbeats: (0..n_beats).step_by(BEATS_PER_BAR as usize).collect(),
        bpm: BPM,
        beats_per_bar: BEATS_PER_BAR,
    };
    TrackAnalysis {
        duration_secs: n_samples() as f64 / f64::from(RATE_HZ),
        grid,
        chords: chords(),
        drums: Some(drum_onsets()),
        bar_energy: parts().flat_map(|(_, part)| (0..part.n_bars).map(move |bar| energy(part, bar))).collect(),
        sections: sections(),
        ..TrackAnalysis::default()
    }
}

fn energy(part: &Part, bar: u32) -> f32 {
    let (from, to) = part.energy;
    from + (to - from) * bar as f32 / (part.n_bars - 1).max(1) as f32
}

fn sections() -> Vec<Section> {
    let section = |(first_bar, part): (u32, &Part)| Section {
        start: secs_of_bar(first_bar),
        end: secs_of_bar(first_bar + part.n_bars),
        label: part.label,
        energy: f32::midpoint(part.energy.0, part.energy.1),
    };
    parts().map(section).collect()
}

fn chords() -> Vec<Chord> {
    let mut chords: Vec<Chord> = Vec::new();
    for (first_bar, part) in parts() {
        for bar in 0..part.n_bars {
            let Harmony { root, quality, .. } = harmony(part, bar);
            let (start, end) = (secs_of_bar(first_bar + bar), secs_of_bar(first_bar + bar + 1));
            match chords.last_mut() {
                Some(last) if last.root == Some(root) && last.quality == quality => last.end = end,
                _ => chords.push(Chord { start, end, root: Some(root), quality: quality.into() }),
            }
        }
    }
    chords
}

fn drum_onsets() -> [Vec<f64>; 3] {
    let mut ticks: [Vec<u32>; 3] = Default::default();
    for note in notes::notes() {
        match note.voice {
            Voice::Kick => ticks[0].push(note.tick),
            Voice::Clap | Voice::Roll => ticks[1].push(note.tick),
            Voice::ClosedHat | Voice::OpenHat => ticks[2].push(note.tick),
            _ => {}
        }
    }
    ticks.map(|mut ticks| {
        ticks.sort_unstable();
        ticks.dedup();
        ticks.into_iter().map(secs_of_tick).collect()
    })
}

/// The whole track: the same bytes at every call.
pub fn track() -> Track {
    let synth::Render { mix, mono, stems } = synth::render();
    let audio = |samples: Vec<f32>| Audio { samples: samples.into(), rate_hz: RATE_HZ };
    let sound = Sound { rate_hz: RATE_HZ, frames: mix };
    let waveform = waveform::of(&sound);
    let analysis = TrackAnalysis { audio: Some(audio(mono)), stems: stems.map(|stem| Some(audio(stem))), ..analysis_without_sound() };
    Track { analysis: Arc::new(analysis), sound: Some(Arc::new(sound)), waveform: Arc::new(waveform), ..track_without_sound() }
}

/// Persisted: the demo's track is known by it.
const HASH: &str = "luma-demo-first-light";

/// The track as it is known at once; [`track`] has the same id and adds the sound.
pub fn track_without_sound() -> Track {
    Track {
        id: Track::id_of(HASH),
        hash: HASH.into(),
        file: None,
        title: "First Light".into(),
        artist: "Luma".into(),
        analysis: Arc::new(analysis_without_sound()),
        correction: None,
        hearing: Arc::default(),
        sound: None,
        waveform: Arc::new(Waveform::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_covers_the_track_without_gaps() {
        let analysis = analysis_without_sound();
        assert_eq!(analysis.bar_energy.len(), 64);
        assert_eq!(analysis.grid.downbeats.len(), 64);
        assert_eq!(analysis.grid.beats[0], 0.25);
        assert!((120.0..126.0).contains(&analysis.duration_secs));
        for pair in analysis.sections.windows(2) {
            assert_eq!(pair[0].end, pair[1].start);
        }
        for pair in analysis.chords.windows(2) {
            assert_eq!(pair[0].end, pair[1].start);
        }
        assert_eq!(analysis.chords[0].start, analysis.sections[0].start);
        assert!(analysis.bar_energy.iter().all(|energy| (0.0..=1.0).contains(energy)));
    }

    #[test]
    fn beats_and_tempo_agree_to_the_sample() {
        let grid = analysis_without_sound().grid;
        for (beat, &secs) in grid.beats.iter().enumerate() {
            assert!((secs - (0.25 + beat as f64 * 60.0 / BPM)).abs() < 1e-9, "beat {beat}");
        }
    }

    #[test]
    fn drum_hits_rise_and_lie_on_the_grid_of_thirty_seconds() {
        for hits in drum_onsets() {
            assert!(hits.len() > 50);
            assert!(hits.windows(2).all(|pair| pair[0] < pair[1]));
            for hit in hits {
                let ticks = (hit - 0.25) * f64::from(RATE_HZ) / SAMPLES_PER_TICK as f64;
                assert!((ticks - ticks.round()).abs() < 1e-6, "{hit}");
            }
        }
    }
}
