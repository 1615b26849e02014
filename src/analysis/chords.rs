//! Chords and the key: the most likely row of chords, which change on beats rather than between them.

use std::fmt;

use crate::engine::tempo::BeatGrid;
use crate::engine::track::{Chord, ChordLogits};

use super::ear::{CHORD_FPS, N_CHORDS};

/// What it costs to change chord in a frame: anywhere, at a beat, at the first of a bar.
const ANYWHERE: f32 = 9.0;
const AT_BEAT: f32 = 4.5;
const AT_BAR: f32 = 2.8;
/// A change this near to a beat is on it.
const SNAP_SECS: f64 = 0.16;

/// A key: its tonic (0 = C), and whether it is minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub tonic: u8,
    pub is_minor: bool,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", name(self.tonic), if self.is_minor { "minor" } else { "major" })
    }
}

const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/// A pitch class as people write it.
pub fn name(pitch_class: u8) -> &'static str {
    NAMES[usize::from(pitch_class) % 12]
}

/// Chords of a whole sound; `heard` are natural logarithms of probabilities.
pub(super) fn chords(heard: &[[f32; N_CHORDS]], grid: &BeatGrid, duration_secs: f64) -> Vec<Chord> {
    if heard.is_empty() {
        return Vec::new();
    }
    let path = path(heard, &change_costs(heard.len(), grid));
    let mut chords: Vec<Chord> = Vec::new();
    let mut from = 0;
    for at in 1..=path.len() {
        if at == path.len() || path[at] != path[from] {
            let start = if from == 0 { 0.0 } else { snapped(from as f64 / CHORD_FPS, grid) };
            let end = if at == path.len() { duration_secs } else { snapped(at as f64 / CHORD_FPS, grid) };
            if end > start {
                chords.push(chord(path[from], start, end));
            }
            from = at;
        }
    }
    chords
}

fn chord(state: usize, start: f64, end: f64) -> Chord {
    let root = state.checked_sub(1).map(|state| (state % 12) as u8);
    let quality = match state {
        0 => "",
        1..=12 => "maj",
        _ => "min",
    };
    Chord { start, end, root, quality: quality.into() }
}

fn snapped(secs: f64, grid: &BeatGrid) -> f64 {
    let after = grid.beats.partition_point(|&beat| beat < secs);
    let near = [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|at| grid.beats.get(at));
    near.copied()
        .min_by(|a, b| (a - secs).abs().total_cmp(&(b - secs).abs()))
        .filter(|beat| (beat - secs).abs() < SNAP_SECS)
        .unwrap_or(secs)
}

fn change_costs(n: usize, grid: &BeatGrid) -> Vec<f32> {
    let mut costs = vec![ANYWHERE; n];
    let mut lower = |secs: f64, cost: f32| {
        // The frame that is nearest, of ten a second.
        if let Some(slot) = costs.get_mut((secs * CHORD_FPS).round().max(0.0) as usize) {
            *slot = slot.min(cost);
        }
    };
    grid.beats.iter().for_each(|&secs| lower(secs, AT_BEAT));
    grid.downbeats.iter().filter_map(|&at| grid.beats.get(at)).for_each(|&secs| lower(secs, AT_BAR));
    if grid.beats.is_empty() {
        costs.fill(AT_BEAT);
    }
    costs
}

fn path(heard: &[[f32; N_CHORDS]], costs: &[f32]) -> Vec<usize> {
    let mut totals = heard[0];
    let mut origins: Vec<[u8; N_CHORDS]> = Vec::with_capacity(heard.len());
    let best = |totals: &[f32; N_CHORDS]| (0..N_CHORDS).max_by(|&a, &b| totals[a].total_cmp(&totals[b])).unwrap_or(0);
    for (frame, cost) in heard.iter().zip(costs).skip(1) {
        let leader = best(&totals);
        let change = totals[leader] - cost;
        let mut from = [0; N_CHORDS];
        for state in 0..N_CHORDS {
            let stays = totals[state] >= change;
            from[state] = if stays { state } else { leader } as u8;
            totals[state] = if stays { totals[state] } else { change } + frame[state];
        }
        origins.push(from);
    }
    let mut state = best(&totals);
    let mut path = vec![state];
    for from in origins.iter().rev() {
        state = usize::from(from[state]);
        path.push(state);
    }
    path.reverse();
    path
}

/// Twelve roots and "none", as a softmax gives them back.
pub(super) fn logits(heard: &[[f32; N_CHORDS]]) -> ChordLogits {
    let fold = |frame: &[f32; N_CHORDS]| {
        std::array::from_fn(|root| if root == 12 { frame[0] } else { (frame[1 + root].exp() + frame[13 + root].exp()).max(1e-9).ln() })
    };
    ChordLogits { first_secs: 0.0, hop_secs: 1.0 / CHORD_FPS, frames: heard.iter().map(fold).collect() }
}

/// The key whose own chords sound longest, its tonic first of all.
pub(super) fn key(chords: &[Chord]) -> Option<Key> {
    // Degrees in semitones above the tonic, major and minor chords, and what each says of the key.
    const MAJOR: [(u8, bool, f64); 6] =
        [(0, false, 1.0), (7, false, 0.75), (5, false, 0.7), (9, true, 0.6), (2, true, 0.55), (4, true, 0.45)];
    const MINOR: [(u8, bool, f64); 7] =
        [(0, true, 1.05), (8, false, 0.65), (10, false, 0.6), (3, false, 0.6), (5, true, 0.65), (7, true, 0.5), (7, false, 0.6)];
    let mut secs = [[0.0; 12]; 2];
    for chord in chords {
        if let Some(root) = chord.root {
            secs[usize::from(chord.quality == "min")][usize::from(root) % 12] += chord.end - chord.start;
        }
    }
    let of = |tonic: u8, table: &[(u8, bool, f64)]| {
        table.iter().map(|&(degree, minor, weight)| weight * secs[usize::from(minor)][usize::from((tonic + degree) % 12)]).sum::<f64>()
    };
    let keys =
        (0..12).flat_map(|tonic| [(Key { tonic, is_minor: false }, of(tonic, &MAJOR)), (Key { tonic, is_minor: true }, of(tonic, &MINOR))]);
    keys.filter(|(_, score)| *score > 0.0).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(state: usize) -> [f32; N_CHORDS] {
        std::array::from_fn(|at| if at == state { -0.4 } else { -4.0 })
    }

    #[test]
    fn changes_fall_on_beats_and_a_single_doubtful_frame_does_not_count() {
        let grid = BeatGrid::steady(120.0, 4, 0.0, 17);
        let mut heard: Vec<_> = (0..80).map(|at| frame(if at < 41 { 1 } else { 13 + 9 })).collect();
        heard[13] = frame(5);
        let chords = chords(&heard, &grid, 8.0);
        assert_eq!(chords.len(), 2, "{chords:?}");
        assert_eq!((chords[0].root, chords[0].quality.as_str(), chords[0].end), (Some(0), "maj", 4.0));
        assert_eq!((chords[1].root, chords[1].quality.as_str(), chords[1].end), (Some(9), "min", 8.0));
    }

    #[test]
    fn the_key_is_where_the_chords_are_at_home() {
        let row = |chords: &[(u8, &str)]| -> Vec<Chord> {
            let chord = |(at, &(root, quality)): (usize, &(u8, &str))| Chord {
                start: at as f64,
                end: at as f64 + 1.0,
                root: Some(root),
                quality: quality.into(),
            };
            chords.iter().enumerate().map(chord).collect()
        };
        assert_eq!(key(&row(&[(0, "maj"), (5, "maj"), (7, "maj"), (0, "maj")])), Some(Key { tonic: 0, is_minor: false }));
        assert_eq!(key(&row(&[(9, "min"), (5, "maj"), (0, "maj"), (4, "maj"), (9, "min")])), Some(Key { tonic: 9, is_minor: true }));
        assert_eq!(key(&[]), None);
    }

    #[test]
    fn logits_keep_the_sum_of_both_thirds() {
        let heard = [std::array::from_fn(|_| (1.0_f32 / 25.0).ln())];
        let frame = logits(&heard).frames[0];
        assert!((frame[3].exp() - 0.08).abs() < 1e-6 && (frame[12].exp() - 0.04).abs() < 1e-6);
    }
}
