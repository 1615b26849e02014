//! What each correction does to a grid, and to what stands on it.

use proptest::prelude::*;

use super::*;
use crate::document::history::Document;

/// 120 bpm in four, the first bar at 1 s.
fn grid() -> BeatGrid {
    BeatGrid::steady(120.0, 4, 1.0, 64)
}

fn apply_one(edit: GridEdit) -> BeatGrid {
    apply(&grid(), &[edit], 33.0)
}

fn bar(grid: &BeatGrid, secs: f64) -> (i64, u32) {
    let place = grid.bar_beat_at(secs);
    (place.bar, place.beat)
}

#[test]
fn doubling_and_halving_are_each_others_undoing() {
    let doubled = apply_one(GridEdit::Double);
    assert_eq!((doubled.bpm, doubled.beats[..3].to_vec()), (240.0, vec![1.0, 1.25, 1.5]));
    assert_eq!(doubled.downbeats[..3], [0, 4, 8]);
    assert_eq!(apply(&grid(), &[GridEdit::Double, GridEdit::Halve], 33.0), grid());
    let mut pickup = grid();
    pickup.downbeats = (3..64).step_by(4).collect();
    let halved = apply(&pickup, &[GridEdit::Halve], 33.0);
    assert_eq!(halved.secs_at_bar(0.0), pickup.secs_at_bar(0.0), "the first bar begins where it began");
    assert_eq!(halved.secs_at_bar(1.0), pickup.secs_at_bar(2.0));
}

#[test]
fn the_downbeat_is_set_for_all_bars_or_from_here_on() {
    let all = apply_one(GridEdit::Downbeat { at: 5.52, onward: false });
    assert_eq!([bar(&all, 1.5), bar(&all, 5.5)], [(1, 1), (3, 1)]);
    let onward = apply_one(GridEdit::Downbeat { at: 5.5, onward: true });
    assert_eq!([bar(&onward, 1.0), bar(&onward, 5.0), bar(&onward, 5.5)], [(1, 1), (3, 1), (4, 1)]);
}

#[test]
fn a_beat_is_dragged_alone_or_with_all_that_follow_and_never_past_its_neighbours() {
    let alone = apply_one(GridEdit::Beat { at: 2.0, to: 2.1, onward: false });
    assert_eq!(alone.beats[1..5], [1.5, 2.1, 2.5, 3.0]);
    let onward = apply_one(GridEdit::Beat { at: 2.0, to: 2.1, onward: true });
    assert_eq!((onward.beats[2], onward.beats[3], onward.beats[63]), (2.1, 2.6, 32.6));
    let far = apply_one(GridEdit::Beat { at: 2.0, to: 9.0, onward: false });
    assert!((far.beats[2] - 2.45).abs() < 1e-9);
}

#[test]
fn a_tempo_change_goes_on_to_the_end_and_keeps_bars_together() {
    let grid = apply_one(GridEdit::Tempo { from: 5.0, bpm: 60.0 });
    assert_eq!((bar(&grid, 5.0), bar(&grid, 9.0)), ((3, 1), (4, 1)));
    assert_eq!(grid.beats.last(), Some(&33.0));
    assert_eq!(apply_one(GridEdit::Tempo { from: 5.0, bpm: 6000.0 }), self::grid(), "no such tempo");
}

#[test]
fn a_metre_counts_from_the_first_bar() {
    let three = apply_one(GridEdit::Metre { beats_per_bar: 3 });
    assert_eq!((bar(&three, 1.0), bar(&three, 2.5), three.beats_per_bar), ((1, 1), (2, 1), 3));
}

#[test]
fn a_steady_tempo_has_a_beat_where_it_is_told_and_keeps_the_bar() {
    let steady = apply_one(GridEdit::Steady { at: 5.02, bpm: 121.0 });
    assert_eq!(bar(&steady, 5.02).1, 1);
    assert!(steady.beats[0] >= 0.0 && steady.beats.contains(&5.02));
}

#[test]
fn annotations_keep_their_bar_and_beat() {
    let edits = [
        GridEdit::Shift { secs: 0.2 },
        GridEdit::Downbeat { at: 5.5, onward: false },
        GridEdit::Beat { at: 9.0, to: 9.2, onward: true },
        GridEdit::Tempo { from: 9.0, bpm: 100.0 },
        GridEdit::Steady { at: 5.02, bpm: 121.0 },
    ];
    for edit in edits {
        let (old, new) = (grid(), apply_one(edit));
        for secs in [9.0, 12.5, 17.25] {
            let carried = edit.carry(&old, &new, secs);
            let (before, after) = (old.bar_beat_at(secs).beat, new.bar_beat_at(carried).beat);
            assert_eq!(before, after, "{edit:?} at {secs}: {carried}");
            assert!((old.beat_at(secs).fract() - new.beat_at(carried).fract()).abs() < 1e-6, "{edit:?}");
        }
    }
    assert_eq!(GridEdit::Double.carry(&grid(), &apply_one(GridEdit::Double), 9.0), 9.0);
    let onward = GridEdit::Downbeat { at: 5.5, onward: true };
    assert_eq!(onward.carry(&grid(), &apply_one(onward), 3.0), 3.0);
}

#[test]
fn taps_give_their_tempo_and_beat_even_when_the_hand_shakes() {
    let taps: Vec<f64> = (0..16).map(|n| 10.0 + f64::from(n) * 0.48 + if n % 2 == 0 { 0.008 } else { -0.008 }).collect();
    let (bpm, first) = tapped(&taps).unwrap();
    assert!((bpm - 125.0).abs() < 0.4 && (first - 10.0).abs() < 0.01, "{bpm} {first}");
    assert_eq!(tapped(&taps[..3]), None);
}

#[test]
fn a_correction_moves_every_score_of_the_track_in_one_step_and_is_taken_back_in_one() {
    let (track, score, pattern) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
    let rows = [
        Row::new(TableId::Tracks, [("id", track.into()), ("track_hash", "h".into())]),
        Row::new(TableId::Scores, [("id", score.into()), ("track_id", track.into())]),
        Row::new(TableId::Patterns, [("id", pattern.into()), ("name", "P".into())]),
        Row::new(
            TableId::TrackScores,
            [
                ("id", Uuid::from_u128(4).into()),
                ("score_id", score.into()),
                ("pattern_id", pattern.into()),
                ("start_time", 3.0.into()),
                ("end_time", 5.0.into()),
            ],
        ),
        Row::new(TableId::TrackMarkers, [("id", Uuid::from_u128(5).into()), ("track_id", track.into()), ("time", 3.0.into())]),
    ];
    let mut document = Document::default();
    document.edit(&Transaction::new("Build").put_all(rows.map(Result::unwrap))).unwrap();
    let heard = TrackAnalysis::of_grid(grid(), 33.0);
    let start = |document: &Document| {
        let real = |table, parent, column: &str| document.ground().children(parent, table).next().unwrap().real(column).unwrap();
        (real(TableId::TrackScores, score, "start_time"), real(TableId::TrackMarkers, track, "time"))
    };
    for _ in 0..2 {
        let shift = correct(document.ground(), track, &heard, Some(GridEdit::Shift { secs: 0.25 }), true).unwrap();
        document.edit(&shift).unwrap();
    }
    assert_eq!(start(&document), (3.5, 3.5));
    assert_eq!(of_track(document.ground(), track).unwrap(), [GridEdit::Shift { secs: 0.5 }], "shifts add up");
    document.undo().unwrap();
    document.undo().unwrap();
    assert_eq!((start(&document), of_track(document.ground(), track).unwrap()), ((3.0, 3.0), vec![]));
}

fn any_edit() -> impl Strategy<Value = GridEdit> {
    let number = || prop_oneof![-1e3..1e3, Just(f64::NAN), Just(1e300), 0.0..40.0];
    prop_oneof![
        number().prop_map(|secs| GridEdit::Shift { secs }),
        Just(GridEdit::Double),
        Just(GridEdit::Halve),
        (number(), any::<bool>()).prop_map(|(at, onward)| GridEdit::Downbeat { at, onward }),
        (0_u32..80).prop_map(|beats_per_bar| GridEdit::Metre { beats_per_bar }),
        (number(), number(), any::<bool>()).prop_map(|(at, to, onward)| GridEdit::Beat { at, to, onward }),
        (number(), 1.0..500.0).prop_map(|(from, bpm)| GridEdit::Tempo { from, bpm }),
        (number(), 1.0..500.0).prop_map(|(at, bpm)| GridEdit::Steady { at, bpm }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_edits_leave_a_grid_that_rises_and_can_be_asked(edits in proptest::collection::vec(any_edit(), 0..12)) {
        let after = apply(&grid(), &edits, 33.0);
        prop_assert!(after.beats.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(after.downbeats.iter().all(|&down| down < after.beats.len()));
        prop_assert!(BPM.contains(&after.bpm) && after.bar_at(10.0).is_finite());
        for edit in edits {
            prop_assert!(edit.carry(&grid(), &after, 7.0).is_finite());
        }
    }
}
