//! The composition: every note of the demo track, by voice.
//!
//! Times are ticks from the first beat, pitches MIDI notes (69 = 440 Hz), velocities `0.0..=1.0`.

use crate::engine::track::SectionLabel;

use super::song::{self, Harmony, Part, TICKS_PER_BAR};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Voice {
    Kick,
    Clap,
    /// The snare of the rolls, drier and shorter than the clap.
    Roll,
    ClosedHat,
    OpenHat,
    Crash,
    Sub,
    Bass,
    Pad,
    Arp,
    Stab,
    Lead,
    Choir,
    Riser,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Note {
    pub voice: Voice,
    pub tick: u32,
    pub length: u32,
    /// Drums ignore it.
    pub pitch: u8,
    pub velocity: f32,
}

/// A bar on its way into the score.
struct Bar<'a> {
    part: &'a Part,
    /// Which of the part's bars, and which of its parts of the same kind (0 or 1).
    index: u32,
    round: u32,
    tick: u32,
    chord: Harmony,
    notes: &'a mut Vec<Note>,
}

impl Bar<'_> {
    fn add(&mut self, voice: Voice, tick: u32, length: u32, pitch: u8, velocity: f32) {
        self.notes.push(Note { voice, tick: self.tick + tick, length, pitch, velocity });
    }

    fn is_last(&self) -> bool {
        self.index + 1 == self.part.n_bars
    }

    /// How far the part has come, `0.0..1.0`.
    fn progress(&self) -> f32 {
        self.index as f32 / self.part.n_bars as f32
    }
}

/// Every note of the track, ordered by part and bar.
pub fn notes() -> Vec<Note> {
    let mut notes = Vec::with_capacity(8_192);
    for (first_bar, part) in song::parts() {
        let round = u32::from(first_bar >= song::n_bars() / 2);
        for index in 0..part.n_bars {
            let tick = (first_bar + index) * TICKS_PER_BAR;
            let mut bar = Bar { part, index, round, tick, chord: song::harmony(part, index), notes: &mut notes };
            match part.label {
                SectionLabel::Intro => intro(&mut bar),
                SectionLabel::Build => build(&mut bar),
                SectionLabel::Drop => drop(&mut bar),
                SectionLabel::Break | SectionLabel::Verse => breakdown(&mut bar),
                SectionLabel::Outro => outro(&mut bar),
            }
        }
    }
    notes
}

fn intro(bar: &mut Bar) {
    kicks(bar, 4, 0.9);
    if bar.index >= 2 {
        closed_hats(bar, 0.55);
    }
    open_hats(bar, 0.3);
    pad(bar, 0.7);
    arpeggio(bar, 0.5);
}

fn build(bar: &mut Bar) {
    let progress = bar.progress();
    // The second build rises out of the break: its kick waits.
    if bar.round == 0 || bar.index >= 2 {
        kicks(bar, if bar.is_last() { 2 } else { 4 }, 0.85);
    }
    if bar.round == 0 {
        claps(bar, 0.6);
        bass_line(bar, 0.45);
    }
    closed_hats(bar, 0.4 + 0.3 * progress);
    pad(bar, 0.8);
    arpeggio(bar, 0.6 + 0.3 * progress);
    if bar.round == 1 {
        choir(bar, 0.35);
    }
    if bar.index == 0 {
        let length = bar.part.n_bars * TICKS_PER_BAR;
        bar.add(Voice::Riser, 0, length, 0, 0.8);
    }
    roll(bar);
}

fn drop(bar: &mut Bar) {
    if bar.index.is_multiple_of(8) {
        bar.add(Voice::Crash, 0, TICKS_PER_BAR, 0, if bar.index == 0 { 1.0 } else { 0.6 });
    }
    kicks(bar, 4, 1.0);
    claps(bar, 0.9);
    closed_hats(bar, 0.75);
    open_hats(bar, 0.8);
    bass_line(bar, 1.0);
    pad(bar, 0.55);
    stabs(bar, 0.8);
    if bar.index >= 8 || bar.round == 1 {
        arpeggio(bar, 0.5);
    }
    lead(bar, 0.85);
    if bar.round == 1 && bar.index >= 8 {
        choir(bar, 0.5);
    }
    if bar.index % 8 == 7 {
        // A fill that leads back round: two quick snares before the bar line.
        for (tick, velocity) in [(26, 0.5), (28, 0.65), (30, 0.8)] {
            bar.add(Voice::Roll, tick, 2, 0, velocity);
        }
    }
}

fn breakdown(bar: &mut Bar) {
    if bar.index == 0 {
        bar.add(Voice::Crash, 0, TICKS_PER_BAR, 0, 0.7);
    }
    pad(bar, 1.0);
    choir(bar, 0.9);
    let root = bar.chord.bass;
    bar.add(Voice::Sub, 0, 28, root, 0.45);
    for (tick, tone) in [(0, 3), (6, 2), (12, 1), (20, 2), (26, 3)] {
        let pitch = bar.chord.voicing[tone] + 12;
        bar.add(Voice::Arp, tick, 4, pitch, 0.5);
    }
    if bar.index >= 4 {
        for tick in [4, 12, 20, 28] {
            bar.add(Voice::ClosedHat, tick, 2, 0, 0.25);
        }
    }
}

fn outro(bar: &mut Bar) {
    let fade = 1.0 - bar.progress();
    if bar.index == 0 {
        bar.add(Voice::Crash, 0, TICKS_PER_BAR, 0, 0.7);
    }
    kicks(bar, 4, 0.9);
    if bar.index < 6 {
        closed_hats(bar, 0.6 * fade);
    }
    if bar.index < 4 {
        claps(bar, 0.6);
        bass_line(bar, 0.8 * fade);
    }
    pad(bar, 0.4 + 0.4 * fade);
    arpeggio(bar, 0.55 * fade);
}

fn kicks(bar: &mut Bar, n_beats: u32, velocity: f32) {
    for beat in 0..n_beats {
        bar.add(Voice::Kick, beat * 8, 8, 0, velocity);
    }
}

fn claps(bar: &mut Bar, velocity: f32) {
    for tick in [8, 24] {
        bar.add(Voice::Clap, tick, 8, 0, velocity);
    }
}

fn closed_hats(bar: &mut Bar, velocity: f32) {
    for sixteenth in 0..16 {
        let accent = [0.55, 0.3, 0.8, 0.4][sixteenth as usize % 4];
        bar.add(Voice::ClosedHat, sixteenth * 2, 2, 0, velocity * accent);
    }
}

fn open_hats(bar: &mut Bar, velocity: f32) {
    for beat in 0..4 {
        bar.add(Voice::OpenHat, beat * 8 + 4, 4, 0, velocity);
    }
}

/// Quarters, eighths, sixteenths, then thirty-seconds, louder and louder up to the drop.
fn roll(bar: &mut Bar) {
    let to_go = bar.part.n_bars - bar.index;
    let step = match to_go {
        1 => 2,
        2 => 4,
        3 | 4 => 8,
        _ => return,
    };
    for tick in (0..TICKS_PER_BAR).step_by(step) {
        let step_now = if to_go == 1 && tick >= 16 { 1 } else { step as u32 };
        let velocity = 0.25 + 0.15 * (4 - to_go) as f32 + 0.2 * tick as f32 / TICKS_PER_BAR as f32;
        for sub in (tick..tick + step as u32).step_by(step_now as usize) {
            // The last eighth is silence: the drop falls into a hole.
            if to_go > 1 || sub < 28 {
                bar.add(Voice::Roll, sub, 2, 0, velocity);
            }
        }
    }
}

fn bass_line(bar: &mut Bar, velocity: f32) {
    let root = bar.chord.bass;
    let line: [(u32, u32, u8, f32); 7] =
        [(4, 3, 0, 1.0), (6, 2, 12, 0.6), (12, 4, 0, 1.0), (18, 2, 7, 0.6), (20, 3, 0, 0.9), (28, 2, 0, 1.0), (30, 2, 12, 0.7)];
    for (tick, length, interval, accent) in line {
        bar.add(Voice::Bass, tick, length, root + 12 + interval, velocity * accent);
    }
    for tick in [4, 12, 20, 28] {
        bar.add(Voice::Sub, tick, 4, root, velocity);
    }
}

fn pad(bar: &mut Bar, velocity: f32) {
    for pitch in bar.chord.voicing {
        bar.add(Voice::Pad, 0, TICKS_PER_BAR, pitch, velocity);
    }
}

fn arpeggio(bar: &mut Bar, velocity: f32) {
    const TONES: [usize; 16] = [0, 2, 1, 3, 2, 0, 3, 1, 2, 3, 0, 2, 1, 3, 2, 3];
    for (sixteenth, tone) in TONES.into_iter().enumerate() {
        let octave = if sixteenth % 6 == 5 { 24 } else { 12 };
        let accent = if sixteenth % 3 == 0 { 1.0 } else { 0.7 };
        let pitch = bar.chord.voicing[tone] + octave;
        bar.add(Voice::Arp, sixteenth as u32 * 2, 2, pitch, velocity * accent);
    }
}

/// The chord's rhythm in the drops: three against four.
fn stabs(bar: &mut Bar, velocity: f32) {
    for (tick, length) in [(0, 3), (6, 3), (12, 3), (20, 3), (26, 4)] {
        for pitch in bar.chord.voicing {
            bar.add(Voice::Stab, tick, length, pitch + 12, velocity);
        }
    }
}

/// The hook, in sixteenths: start, length, pitch; one row a bar, over the four chords of the round.
const HOOK: [&[(u32, u32, u8)]; 4] = [
    &[(0, 3, 76), (3, 3, 72), (6, 2, 74), (8, 3, 76), (11, 3, 79), (14, 2, 76)],
    &[(0, 3, 77), (3, 3, 76), (6, 2, 72), (8, 6, 69), (14, 2, 72)],
    &[(0, 3, 76), (3, 3, 74), (6, 2, 72), (8, 3, 74), (11, 3, 76), (14, 2, 79)],
    &[(0, 3, 74), (3, 3, 71), (6, 2, 74), (8, 8, 71)],
];

fn lead(bar: &mut Bar, velocity: f32) {
    for &(start, length, pitch) in HOOK[bar.index as usize % HOOK.len()] {
        bar.add(Voice::Lead, start * 2, length * 2, pitch, velocity);
    }
}

/// A wordless voice, in ticks; the break's eight bars, and the round of the builds and drops.
const BREAK_LINE: [&[(u32, u32, u8)]; 8] = [
    &[(0, 20, 69), (24, 8, 72)],
    &[(0, 28, 74)],
    &[(0, 20, 72), (24, 8, 69)],
    &[(0, 28, 67)],
    &[(0, 20, 72), (24, 8, 74)],
    &[(0, 28, 76)],
    &[(0, 16, 74), (16, 14, 71)],
    &[(0, 28, 68)],
];
const ROUND_LINE: [u8; 4] = [72, 69, 67, 71];

fn choir(bar: &mut Bar, velocity: f32) {
    if bar.part.label == SectionLabel::Break {
        for &(tick, length, pitch) in BREAK_LINE[bar.index as usize % BREAK_LINE.len()] {
            bar.add(Voice::Choir, tick, length, pitch, velocity);
        }
    } else {
        let pitch = ROUND_LINE[bar.index as usize % ROUND_LINE.len()];
        bar.add(Voice::Choir, 0, 28, pitch, velocity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_note_starts_inside_the_track_and_has_a_length_and_a_level() {
        for note in notes() {
            assert!(note.tick < song::n_bars() * TICKS_PER_BAR, "{note:?}");
            assert!(note.length > 0 && note.velocity > 0.0 && note.velocity <= 1.0, "{note:?}");
        }
    }

    #[test]
    fn the_break_has_no_kick_and_the_drops_have_one_on_every_beat() {
        let notes = notes();
        for (first_bar, part) in song::parts() {
            let span = first_bar * TICKS_PER_BAR..(first_bar + part.n_bars) * TICKS_PER_BAR;
            let n_kicks = notes.iter().filter(|note| note.voice == Voice::Kick && span.contains(&note.tick)).count();
            match part.label {
                SectionLabel::Break => assert_eq!(n_kicks, 0),
                SectionLabel::Drop => assert_eq!(n_kicks as u32, part.n_bars * 4),
                _ => assert!(n_kicks > 0, "{part:?}"),
            }
        }
    }
}
