//! The beat grid: seconds of the track to fractional beats and back, on the beats that were really heard.
//!
//! Between two beats time is interpolated; before the first and after the last it runs on at the nearest
//! spacing, so that every instant has a beat.  Beat 0 is the first beat of the grid; a grid without beats counts at
//! its bpm from second 0.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BeatGrid {
    /// Seconds, strictly rising.
    pub beats: Vec<f64>,
    /// Which beats begin a bar: indices into `beats`, strictly rising.
    pub downbeats: Vec<usize>,
    pub bpm: f64,
    pub beats_per_bar: u32,
}

impl Default for BeatGrid {
    fn default() -> Self {
        Self { beats: Vec::new(), downbeats: Vec::new(), bpm: 120.0, beats_per_bar: 4 }
    }
}

/// Where an instant lies in the music, as people count it: both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BarBeat {
    pub bar: i64,
    pub beat: u32,
}

impl BeatGrid {
    /// A steady grid: `n_beats` beats at `bpm`, the first at `first_secs` and on a downbeat.
    pub fn steady(bpm: f64, beats_per_bar: u32, first_secs: f64, n_beats: usize) -> Self {
        let bpm = if bpm.is_finite() && bpm > 0.0 { bpm } else { 120.0 };
        let beats_per_bar = beats_per_bar.max(1);
        Self {
            beats: (0..n_beats).map(|beat| first_secs + beat as f64 * 60.0 / bpm).collect(),
            downbeats: (0..n_beats).step_by(beats_per_bar as usize).collect(),
            bpm,
            beats_per_bar,
        }
    }

    /// Fractional beats since the grid's first beat; negative before it.
    pub fn beat_at(&self, secs: f64) -> f64 {
        let Some((&first, &last)) = self.beats.first().zip(self.beats.last()) else {
            return secs / self.default_spacing();
        };
        if secs.is_nan() {
            return secs;
        }
        if secs < first {
            return (secs - first) / self.spacing_after(0);
        }
        if secs >= last {
            let n = self.beats.len() - 1;
            return n as f64 + (secs - last) / self.spacing_after(n);
        }
        let after = self.beats.partition_point(|&beat| beat <= secs);
        let (from, to) = (self.beats[after - 1], self.beats[after]);
        (after - 1) as f64 + (secs - from) / (to - from)
    }

    /// The inverse of [`Self::beat_at`].
    pub fn secs_at(&self, beat: f64) -> f64 {
        let Some((&first, &last)) = self.beats.first().zip(self.beats.last()) else {
            return beat * self.default_spacing();
        };
        let n = self.beats.len() - 1;
        if beat.is_nan() {
            return beat;
        }
        if beat < 0.0 {
            return first + beat * self.spacing_after(0);
        }
        if beat >= n as f64 {
            return last + (beat - n as f64) * self.spacing_after(n);
        }
        let index = beat as usize;
        self.beats[index] + (beat - index as f64) * (self.beats[index + 1] - self.beats[index])
    }

    /// Fractional bars since the first downbeat; between downbeats by beats, so a bar of any length counts as one.
    pub fn bar_at(&self, secs: f64) -> f64 {
        let beat = self.beat_at(secs);
        let per_bar = f64::from(self.beats_per_bar.max(1));
        let Some((&first, &last)) = self.downbeats.first().zip(self.downbeats.last()) else {
            return beat / per_bar;
        };
        if beat.is_nan() {
            return beat;
        }
        if beat < first as f64 {
            return (beat - first as f64) / per_bar;
        }
        let n = self.downbeats.len() - 1;
        if beat >= last as f64 {
            return n as f64 + (beat - last as f64) / per_bar;
        }
        let after = self.downbeats.partition_point(|&down| down as f64 <= beat);
        let (from, to) = (self.downbeats[after - 1] as f64, self.downbeats[after] as f64);
        (after - 1) as f64 + (beat - from) / (to - from)
    }

    /// The inverse of [`Self::bar_at`].
    pub fn secs_at_bar(&self, bar: f64) -> f64 {
        let per_bar = f64::from(self.beats_per_bar.max(1));
        let Some((&first, &last)) = self.downbeats.first().zip(self.downbeats.last()) else {
            return self.secs_at(bar * per_bar);
        };
        let n = self.downbeats.len() - 1;
        if bar.is_nan() {
            return bar;
        }
        let beat = if bar < 0.0 {
            first as f64 + bar * per_bar
        } else if bar >= n as f64 {
            last as f64 + (bar - n as f64) * per_bar
        } else {
            let index = bar as usize;
            let (from, to) = (self.downbeats[index] as f64, self.downbeats[index + 1] as f64);
            from + (bar - index as f64) * (to - from)
        };
        self.secs_at(beat)
    }

    /// Bar and beat as people count them, both from 1.
    pub fn bar_beat_at(&self, secs: f64) -> BarBeat {
        // A hair of tolerance: an instant computed from a beat must read as that beat.
        let bar = (self.bar_at(secs) + 1e-9).floor();
        let beat = self.beat_at(secs) - self.beat_at(self.secs_at_bar(bar));
        BarBeat { bar: bar as i64 + 1, beat: (beat + 1e-6).max(0.0) as u32 + 1 }
    }

    fn default_spacing(&self) -> f64 {
        if self.bpm.is_finite() && self.bpm > 0.0 { 60.0 / self.bpm } else { 0.5 }
    }

    fn spacing_after(&self, index: usize) -> f64 {
        let at = index.min(self.beats.len().saturating_sub(2));
        match self.beats.get(at..at + 2) {
            Some([from, to]) if to > from => to - from,
            _ => self.default_spacing(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_are_interpolated_between_heard_ones_and_run_on_outside() {
        let grid = BeatGrid { beats: vec![1.0, 1.5, 2.5], downbeats: vec![0], bpm: 120.0, beats_per_bar: 4 };
        for (secs, beat) in [(0.5, -1.0), (1.0, 0.0), (1.25, 0.5), (1.5, 1.0), (2.0, 1.5), (2.5, 2.0), (3.5, 3.0)] {
            assert!((grid.beat_at(secs) - beat).abs() < 1e-9, "{secs}");
            assert!((grid.secs_at(beat) - secs).abs() < 1e-9, "{beat}");
        }
    }

    #[test]
    fn what_is_no_number_has_no_place_and_breaks_nothing() {
        for n_beats in [0, 1, 32] {
            let grid = BeatGrid::steady(120.0, 4, 0.0, n_beats);
            let places = [grid.beat_at(f64::NAN), grid.bar_at(f64::NAN), grid.secs_at(f64::NAN), grid.secs_at_bar(f64::NAN)];
            assert!(places.iter().all(|place| place.is_nan()), "{n_beats} beats: {places:?}");
        }
    }

    #[test]
    fn a_grid_without_beats_counts_at_its_bpm() {
        let grid = BeatGrid::default();
        assert_eq!(grid.beat_at(2.0), 4.0);
        assert_eq!(grid.bar_beat_at(2.0), BarBeat { bar: 2, beat: 1 });
    }

    #[test]
    fn bars_and_beats_count_from_one_even_with_a_pickup() {
        let mut grid = BeatGrid::steady(120.0, 4, 0.0, 32);
        grid.downbeats = (1..32).step_by(4).collect();
        assert_eq!(grid.bar_beat_at(0.5), BarBeat { bar: 1, beat: 1 });
        assert_eq!(grid.bar_beat_at(0.0).bar, 0);
        assert_eq!(grid.bar_beat_at(2.0), BarBeat { bar: 1, beat: 4 });
        assert_eq!(grid.bar_beat_at(2.5), BarBeat { bar: 2, beat: 1 });
    }
}
