//! A track that is played by the beat of a clock from outside: which second of it, and how fast.

use crate::engine::BeatGrid;

use super::transport::RATES;

/// Where the track should be and at which rate, so that its beats fall on the clock's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chase {
    pub at_secs: f64,
    pub rate: f64,
}

/// `beat` is the clock's, of which only the part behind the point means something; the track goes to the nearest place that
/// fits.  Behind `end_secs` it begins again.
pub fn chase(grid: &BeatGrid, now_secs: f64, end_secs: f64, beat: f64, period_secs: f64) -> Chase {
    let ahead = |secs: f64| {
        let apart = beat - grid.beat_at(secs);
        apart - apart.round()
    };
    let fitting = |secs: f64| grid.secs_at(grid.beat_at(secs) + ahead(secs));
    let mut at_secs = fitting(now_secs);
    if at_secs >= end_secs {
        at_secs = fitting(0.0);
    }
    if at_secs < 0.0 {
        at_secs = grid.secs_at(grid.beat_at(at_secs) + 1.0);
    }
    let here = grid.beat_at(at_secs);
    let step_secs = grid.secs_at(here + 0.5) - grid.secs_at(here - 0.5);
    let rate = if period_secs > 0.0 { step_secs / period_secs } else { 1.0 };
    Chase { at_secs, rate: if rate.is_finite() { rate.clamp(*RATES.start(), *RATES.end()) } else { 1.0 } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_track_goes_to_the_nearest_place_that_fits_and_at_the_clocks_tempo() {
        let grid = BeatGrid::steady(120.0, 4, 0.25, 200);
        // The clock is a fifth of a beat ahead, and a tenth faster.
        let found = chase(&grid, 10.25, 100.0, 777.2, 60.0 / 132.0);
        assert!((found.at_secs - 10.35).abs() < 1e-9 && (found.rate - 1.1).abs() < 1e-9, "{found:?}");
        let found = chase(&grid, 10.25, 100.0, 776.9, 0.5);
        assert!((found.at_secs - 10.2).abs() < 1e-9 && (found.rate - 1.0).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn a_track_without_beats_counts_by_its_own_and_the_end_is_the_beginning() {
        let found = chase(&BeatGrid::default(), 3.0, 60.0, 0.5, 0.5);
        assert!((found.at_secs - 3.25).abs() < 1e-9 || (found.at_secs - 2.75).abs() < 1e-9, "{found:?}");
        let found = chase(&BeatGrid::default(), 60.0, 60.0, 0.25, 0.5);
        assert!((found.at_secs - 0.125).abs() < 1e-9, "{found:?}");
        let found = chase(&BeatGrid::default(), 0.0, 60.0, 0.75, 0.5);
        assert!(found.at_secs >= 0.0, "{found:?}");
        let wild = chase(&BeatGrid::default(), 1.0, 60.0, 0.0, 1e-9);
        assert_eq!(wild.rate, 4.0);
    }
}
