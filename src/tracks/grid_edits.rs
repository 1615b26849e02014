//! What a person corrected in a beat grid: a list of edits that is applied, in order, to the grid that was heard.
//!
//! The heard grid is never changed, so that a new analysis keeps the corrections and "as heard" is one click.  Edits name
//! instants (seconds of the track), not beats by number: the nearest beat of the grid before them is meant.
//!
//! [`GridEdit::carry`] says where something that stood on the old grid stands on the new one: at its bar and beat.  Doubled
//! and halved tempi leave everything where it sounds, since there bar numbers change and the music does not.
//!
//! Saved by the names used here (`track_grid_edits.edits_json`): add, never rename.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::document::ground::Ground;
use crate::document::transaction::Transaction;
use crate::engine::{BeatGrid, TrackAnalysis};
use crate::registry::{BadRow, Row, TableId};

/// Tempi that people dance to, and some room.
pub const BPM: std::ops::RangeInclusive<f64> = 20.0..=400.0;
/// A longer list is no correction.
const MOST_EDITS: usize = 10_000;
/// As long as a track may be.
const LONGEST_SECS: f64 = 1e6;
const MOST_BEATS: usize = 200_000;
/// Beats that are nearer to one another are one.
const LEAST_SECS: f64 = 0.05;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GridEdit {
    /// Every beat later by so much.
    Shift {
        secs: f64,
    },
    Double,
    Halve,
    /// A bar begins at this beat; all bars, or those from here on, follow.
    Downbeat {
        at: f64,
        onward: bool,
    },
    /// So many beats a bar, counted from the first bar.
    Metre {
        beats_per_bar: u32,
    },
    /// This beat lies elsewhere; with `onward` all later ones move along.
    Beat {
        at: f64,
        to: f64,
        onward: bool,
    },
    /// From this beat to the end, this tempo.
    Tempo {
        from: f64,
        bpm: f64,
    },
    /// One tempo all through, with a beat here.
    Steady {
        at: f64,
        bpm: f64,
    },
}

impl GridEdit {
    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Shift { .. } => "Shift the beat grid",
            Self::Double => "Double the tempo",
            Self::Halve => "Halve the tempo",
            Self::Downbeat { .. } => "Set the downbeat",
            Self::Metre { .. } => "Set the metre",
            Self::Beat { .. } => "Move a beat",
            Self::Tempo { .. } => "Change the tempo",
            Self::Steady { .. } => "Set a steady tempo",
        }
    }

    /// Where what stood at `secs` of `old` stands on `new`, which is `old` after this edit.
    pub fn carry(self, old: &BeatGrid, new: &BeatGrid, secs: f64) -> f64 {
        let moved = match self {
            Self::Double | Self::Halve | Self::Metre { .. } => secs,
            Self::Shift { secs: by } => secs + by,
            Self::Beat { .. } | Self::Tempo { .. } => new.secs_at(old.beat_at(secs)),
            Self::Downbeat { at, onward } if onward && secs < at - 1e-6 => secs,
            Self::Downbeat { at, .. } => {
                let per_bar = f64::from(old.beats_per_bar.max(1));
                let off = (old.beat_at(at).round() - old.beat_at(old.secs_at_bar(old.bar_at(at).round()))).rem_euclid(per_bar);
                let by = if off > per_bar / 2.0 { off - per_bar } else { off };
                old.secs_at(old.beat_at(secs) + by)
            }
            // Another tempo altogether is no correction of this one.
            Self::Steady { at, bpm } if (0.75..1.34).contains(&(bpm / old.bpm.max(1.0))) => {
                new.secs_at(new.beat_at(at).round() + old.beat_at(secs) - old.beat_at(at).round())
            }
            Self::Steady { .. } => secs,
        };
        if moved.is_finite() { moved.max(0.0) } else { secs }
    }
}

/// The heard grid with everything that was corrected.  Edits that make no sense (no such tempo, no beats) are passed over.
pub fn apply(heard: &BeatGrid, edits: &[GridEdit], duration_secs: f64) -> BeatGrid {
    edits.iter().take(MOST_EDITS).fold(heard.clone(), |grid, edit| after(&grid, *edit, duration_secs).unwrap_or(grid))
}

/// What is known of a track, on a corrected grid: each bar has the energy of the heard bar that sounds in its middle.
pub fn on_grid(heard: &TrackAnalysis, edits: &[GridEdit]) -> TrackAnalysis {
    let grid = apply(&heard.grid, edits, heard.duration_secs);
    let n_bars = if heard.bar_energy.is_empty() { 0 } else { grid.bar_at(heard.duration_secs).ceil().clamp(0.0, 1e5) as usize };
    let energy = |bar: usize| {
        let middle = grid.secs_at_bar(bar as f64 + 0.5);
        let of = heard.grid.bar_at(middle).floor().max(0.0) as usize;
        heard.bar_energy.get(of.min(heard.bar_energy.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    let bar_energy = (0..n_bars).map(energy).collect();
    TrackAnalysis { grid, bar_energy, ..heard.clone() }
}

/// A beat: its second, and whether a bar begins on it.
type Beat = (f64, bool);

fn after(grid: &BeatGrid, edit: GridEdit, duration_secs: f64) -> Option<BeatGrid> {
    let per_bar = grid.beats_per_bar.max(1);
    let mut beats = unpack(grid);
    let nearest = |secs: f64| (beats.len() >= 2).then(|| (grid.beat_at(secs).round().max(0.0) as usize).min(beats.len() - 1));
    let tempo = |bpm: f64| BPM.contains(&bpm).then_some(60.0 / bpm);
    match edit {
        GridEdit::Shift { secs } if secs.is_finite() => beats.iter_mut().for_each(|beat| beat.0 += secs),
        GridEdit::Shift { .. } => return None,
        GridEdit::Double => return doubled(grid, &beats),
        GridEdit::Halve => {
            let first = beats.iter().position(|beat| beat.1).unwrap_or_default();
            let halved = beats.iter().enumerate().filter(|(at, _)| at % 2 == first % 2).map(|(_, beat)| (beat.0, false)).collect();
            let halved = with_bars(halved, first / 2 + first % 2 * usize::from(first % 2 == 0), per_bar);
            return pack(halved, grid.bpm / 2.0, per_bar);
        }
        GridEdit::Downbeat { at, onward } => {
            let at = nearest(at)?;
            for (number, beat) in beats.iter_mut().enumerate() {
                if !onward || number >= at {
                    beat.1 = number.abs_diff(at).is_multiple_of(per_bar as usize);
                }
            }
            return pack(beats, grid.bpm, per_bar);
        }
        GridEdit::Metre { beats_per_bar } => {
            let per_bar = beats_per_bar.clamp(1, 32);
            let first = beats.iter().position(|beat| beat.1).unwrap_or_default() % per_bar as usize;
            let plain = beats.into_iter().map(|(secs, _)| (secs, false)).collect();
            return pack(with_bars(plain, first, per_bar), grid.bpm, per_bar);
        }
        GridEdit::Beat { at, to, onward } => {
            let at = nearest(at)?;
            let by = to - beats[at].0;
            let low = at.checked_sub(1).map_or(f64::NEG_INFINITY, |before| beats[before].0 + LEAST_SECS);
            let high = if onward { f64::INFINITY } else { beats.get(at + 1).map_or(f64::INFINITY, |next| next.0 - LEAST_SECS) };
            if !by.is_finite() || low > high {
                return None;
            }
            let by = (beats[at].0 + by).clamp(low, high) - beats[at].0;
            let last = if onward { beats.len() } else { at + 1 };
            beats[at..last].iter_mut().for_each(|beat| beat.0 += by);
        }
        GridEdit::Tempo { from, bpm } => {
            let spacing = tempo(bpm)?;
            let from = nearest(from)?;
            let start = beats[from].0;
            let bar = beats[..=from].iter().rposition(|beat| beat.1).unwrap_or_default();
            beats.truncate(from + 1);
            let n = (((duration_secs - start) / spacing).ceil().max(0.0) as usize).min(MOST_BEATS);
            beats.extend((1..=n).map(|n| (start + n as f64 * spacing, (from + n - bar).is_multiple_of(per_bar as usize))));
            // The song's tempo is that of its longer part.
            let bpm = if start > duration_secs / 2.0 { grid.bpm } else { bpm };
            return pack(beats, bpm, per_bar);
        }
        GridEdit::Steady { at, bpm } => {
            let spacing = tempo(bpm)?;
            if !(0.0..=LONGEST_SECS).contains(&at) {
                return None;
            }
            let before = (at / spacing).floor().clamp(0.0, MOST_BEATS as f64) as usize;
            let n = (((duration_secs - at) / spacing).ceil().max(0.0) as usize).min(MOST_BEATS);
            // The bar that was nearest keeps its place.
            let off = (grid.beat_at(at).round() - grid.beat_at(grid.secs_at_bar(grid.bar_at(at).floor()))).round() as i64;
            let beat = |number: i64| (at + number as f64 * spacing, (number + off).rem_euclid(i64::from(per_bar)) == 0);
            return pack((-(before as i64)..=n as i64).map(beat).collect(), bpm, per_bar);
        }
    }
    pack(beats, grid.bpm, per_bar)
}

fn doubled(grid: &BeatGrid, beats: &[Beat]) -> Option<BeatGrid> {
    let first = beats.iter().position(|beat| beat.1).unwrap_or_default() * 2;
    let middle = |at: usize| grid.secs_at(at as f64 + 0.5);
    let twice = beats.iter().enumerate().flat_map(|(at, beat)| [(beat.0, false), (middle(at), false)]).collect();
    pack(with_bars(twice, first, grid.beats_per_bar), grid.bpm * 2.0, grid.beats_per_bar)
}

fn with_bars(mut beats: Vec<Beat>, first: usize, per_bar: u32) -> Vec<Beat> {
    beats.iter_mut().skip(first).step_by(per_bar.max(1) as usize).for_each(|beat| beat.1 = true);
    beats
}

fn unpack(grid: &BeatGrid) -> Vec<Beat> {
    let mut beats: Vec<Beat> = grid.beats.iter().map(|&secs| (secs, false)).collect();
    for &down in &grid.downbeats {
        if let Some(beat) = beats.get_mut(down) {
            beat.1 = true;
        }
    }
    beats
}

fn pack(beats: Vec<Beat>, bpm: f64, beats_per_bar: u32) -> Option<BeatGrid> {
    let rising = beats.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let downbeats = beats.iter().enumerate().filter(|(_, beat)| beat.1).map(|(at, _)| at).collect();
    let fits = rising && beats.len() <= MOST_BEATS && BPM.contains(&bpm);
    fits.then(|| BeatGrid { beats: beats.into_iter().map(|beat| beat.0).collect(), downbeats, bpm, beats_per_bar })
}

fn row_id(track: Uuid) -> Uuid {
    TableId::TrackGridEdits.natural_id(&[Uuid::nil().into(), track.into()])
}

/// The edits of a track; none where nothing was corrected.
pub fn of_track(ground: &Ground, track: Uuid) -> Result<Vec<GridEdit>, BadRow> {
    ground.children(track, TableId::TrackGridEdits).next().map_or(Ok(Vec::new()), |row| row.json("edits_json"))
}

/// The transaction that corrects a track's grid by one more edit; `None` as the edit = as heard again.  Annotations and markers
/// of all its scores keep their bar and beat where `carry` is asked for.
pub fn correct(ground: &Ground, track: Uuid, heard: &TrackAnalysis, edit: Option<GridEdit>, carry: bool) -> Result<Transaction, BadRow> {
    let mut edits = of_track(ground, track)?;
    let old = apply(&heard.grid, &edits, heard.duration_secs);
    match edit {
        None => edits.clear(),
        Some(GridEdit::Shift { secs }) if let Some(GridEdit::Shift { secs: before }) = edits.last_mut() => *before += secs,
        Some(edit) => edits.push(edit),
    }
    let new = apply(&heard.grid, &edits, heard.duration_secs);
    let transaction = Transaction::new(edit.map_or("Take the grid as it was heard", GridEdit::label));
    let text = serde_json::to_string(&edits).unwrap_or_default();
    let id = ground.children(track, TableId::TrackGridEdits).next().map_or_else(|| row_id(track), Row::id);
    let mut transaction = match ground.get(TableId::TrackGridEdits, id) {
        Some(_) => transaction.set(TableId::TrackGridEdits, id, [("edits_json", text.into())]),
        None => transaction
            .put(Row::new(TableId::TrackGridEdits, [("id", id.into()), ("track_id", track.into()), ("edits_json", text.into())])?),
    };
    let Some(edit) = edit.filter(|_| carry) else { return Ok(transaction) };
    let at = |secs: f64| edit.carry(&old, &new, secs);
    for score in ground.children(track, TableId::Scores) {
        for row in ground.children(score.id(), TableId::TrackScores) {
            let (start, end) = (row.real("start_time")?, row.real("end_time")?);
            let (from, to) = (at(start), at(end));
            if (from, to) != (start, end) && to > from {
                transaction = transaction.set(TableId::TrackScores, row.id(), [("start_time", from.into()), ("end_time", to.into())]);
            }
        }
    }
    for row in ground.children(track, TableId::TrackMarkers) {
        let secs = row.real("time")?;
        transaction = transaction.set(TableId::TrackMarkers, row.id(), [("time", at(secs).into())]);
    }
    Ok(transaction)
}

/// A tempo and a beat from taps, in seconds of the track: the straight line through them.  `None` for fewer than four.
pub fn tapped(taps: &[f64]) -> Option<(f64, f64)> {
    let n = taps.len() as f64;
    if taps.len() < 4 {
        return None;
    }
    let mean_tap = taps.iter().sum::<f64>() / n;
    let mean_number = (n - 1.0) / 2.0;
    let spread: f64 = (0..taps.len()).map(|number| (number as f64 - mean_number).powi(2)).sum();
    let slope = taps.iter().enumerate().map(|(number, tap)| (number as f64 - mean_number) * (tap - mean_tap)).sum::<f64>() / spread;
    let bpm = 60.0 / slope;
    BPM.contains(&bpm).then_some((bpm, mean_tap - mean_number * slope))
}

#[cfg(test)]
mod tests;
