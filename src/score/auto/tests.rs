//! Auto scores of ordinary, odd and absurd tracks.

use super::*;
use crate::engine::track::{Chord, Section, SectionLabel};
use crate::patterns::builtin::builtin;

fn grid_track(bpm: f64, per_bar: u32, duration_secs: f64) -> TrackAnalysis {
    let n_beats = (duration_secs * bpm / 60.0).floor() as usize + 1;
    TrackAnalysis::of_grid(BeatGrid::steady(bpm, per_bar, 0.3, n_beats), duration_secs)
}

fn with_energy(mut track: TrackAnalysis, energy: impl Fn(usize) -> f32) -> TrackAnalysis {
    let n_bars = track.grid.bar_at(track.duration_secs).ceil().max(0.0) as usize;
    track.bar_energy = (0..n_bars).map(energy).collect();
    track
}

fn with_sections(mut track: TrackAnalysis) -> TrackAnalysis {
    let labels =
        [SectionLabel::Intro, SectionLabel::Build, SectionLabel::Drop, SectionLabel::Break, SectionLabel::Drop, SectionLabel::Outro];
    let energies = [0.2, 0.5, 0.9, 0.2, 0.9, 0.2];
    let each = track.duration_secs / labels.len() as f64;
    track.sections = (0..labels.len())
        .map(|n| Section { start: n as f64 * each, end: (n + 1) as f64 * each, label: labels[n], energy: energies[n] })
        .collect();
    track
}

fn tracks() -> Vec<(&'static str, TrackAnalysis)> {
    let mut pickup = grid_track(120.0, 4, 90.0);
    pickup.grid.downbeats = (3..pickup.grid.beats.len()).step_by(4).collect();
    let mut no_downbeats = grid_track(140.0, 4, 60.0);
    no_downbeats.grid.downbeats.clear();
    let mut drums = with_energy(grid_track(126.0, 4, 120.0), |bar| if bar % 32 < 16 { 0.2 } else { 0.9 });
    drums.drums = Some([drums.grid.beats.clone(), drums.grid.beats.clone(), vec![]]);
    drums.chords = vec![Chord { start: 0.0, end: 120.0, root: Some(9), quality: "min".into() }];
    vec![
        ("plain", grid_track(120.0, 4, 180.0)),
        ("sections", with_sections(grid_track(126.0, 4, 124.0))),
        ("energy", with_energy(grid_track(128.0, 4, 200.0), |bar| (bar % 40) as f32 / 40.0)),
        ("drums and chords", drums),
        ("waltz", with_energy(grid_track(150.0, 3, 150.0), |bar| if bar % 16 < 8 { 0.3 } else { 0.8 })),
        ("pickup", pickup),
        ("no downbeats", no_downbeats),
        ("no beats", TrackAnalysis { duration_secs: 75.0, ..TrackAnalysis::default() }),
        ("two seconds", grid_track(120.0, 4, 2.0)),
        ("a tenth of a second", grid_track(120.0, 4, 0.1)),
        ("two hours", with_energy(grid_track(130.0, 4, 7200.0), |bar| (bar % 64) as f32 / 64.0)),
        (
            "absurd tempo",
            TrackAnalysis { grid: BeatGrid { bpm: 1e300, ..BeatGrid::default() }, duration_secs: 60.0, ..TrackAnalysis::default() },
        ),
        ("absurd length", TrackAnalysis { duration_secs: 1e12, ..TrackAnalysis::default() }),
    ]
}

fn is(annotation: &Annotation, slug: &str) -> bool {
    annotation.pattern == builtin_id(slug)
}

fn of_category<'a>(score: &'a Score, category: &str) -> Vec<&'a Annotation> {
    let ids: Vec<Uuid> = builtin().iter().filter(|pattern| pattern.category == category).map(|pattern| pattern.id).collect();
    score.annotations.iter().filter(|annotation| ids.contains(&annotation.pattern)).collect()
}

#[test]
fn the_ground_is_lit_from_the_first_second_to_the_last() {
    for (name, track) in tracks() {
        let score = score(&track, &builtin(), 7);
        let mut ground: Vec<_> = of_category(&score, "Colour")
            .into_iter()
            .filter(|a| a.args["selection"]["expression"].as_str().unwrap().contains("> all"))
            .map(|a| (a.start, a.end))
            .collect();
        ground.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut reached = 0.0;
        for (start, end) in ground {
            assert!((start - reached).abs() < 1e-6, "{name}: from {reached} s to {start} s");
            reached = end;
        }
        assert!((reached - track.duration_secs).abs() < 1e-6, "{name}: {reached} s");
        for black in score.annotations.iter().filter(|a| is(a, "blackout")) {
            let bars = track.grid.bar_at(black.end) - track.grid.bar_at(black.start);
            assert!(bars <= 0.5 + 1e-6, "{name}: dark for {bars} bars");
        }
    }
}

#[test]
fn nothing_lies_outside_the_track_and_every_pattern_and_argument_exists() {
    let patterns = builtin();
    for (name, track) in tracks() {
        for annotation in score(&track, &patterns, 3).annotations {
            assert!(annotation.start >= 0.0 && annotation.end <= track.duration_secs + 1e-6, "{name}: {annotation:?}");
            assert!(annotation.end > annotation.start, "{name}: {annotation:?}");
            let pattern = patterns.iter().find(|pattern| pattern.id == annotation.pattern).unwrap();
            for arg in annotation.args.keys() {
                assert!(pattern.graph.args.iter().any(|known| known.id == *arg), "{name}: {} has no {arg}", pattern.name);
            }
        }
    }
}

#[test]
fn the_number_of_annotations_is_bounded_and_ids_are_unique() {
    for (name, track) in tracks() {
        let score = score(&track, &builtin(), 1);
        assert!(score.annotations.len() <= 20_000, "{name}: {}", score.annotations.len());
        let ids: BTreeSet<_> = score.annotations.iter().map(|annotation| annotation.id).collect();
        assert_eq!(ids.len(), score.annotations.len(), "{name}");
    }
}

#[test]
fn the_same_seed_gives_the_same_score_and_another_seed_another() {
    for (name, track) in tracks() {
        let of_seed = |seed| {
            let annotations = score(&track, &builtin(), seed).annotations;
            annotations.into_iter().map(|a| (a.pattern, a.args, a.z_index)).collect::<Vec<_>>()
        };
        assert_eq!(score(&track, &builtin(), 5), score(&track, &builtin(), 5), "{name}");
        let distinct = (0..8).filter(|&seed| of_seed(seed) != of_seed(5)).count();
        assert!(distinct >= 6, "{name}: {distinct}");
    }
}

#[test]
fn looks_begin_on_downbeats() {
    for (name, track) in tracks().into_iter().filter(|(name, _)| !name.starts_with("absurd")) {
        for annotation in of_category(&score(&track, &builtin(), 2), "Movement") {
            let bar = track.grid.bar_at(annotation.start);
            assert!(annotation.start == 0.0 || (bar - bar.round()).abs() < 1e-6, "{name}: bar {bar}");
        }
    }
}

#[test]
fn loud_bars_get_more_light_and_the_strobe_and_quiet_bars_neither() {
    let track = with_energy(grid_track(120.0, 4, 256.0), |bar| if bar % 32 < 16 { 0.1 } else { 0.95 });
    let score = score(&track, &builtin(), 11);
    let loud = |annotation: &Annotation| track.grid.bar_at(f64::midpoint(annotation.start, annotation.end)) as usize % 32 >= 16;
    let level = |annotation: &Annotation| annotation.args.get("level").and_then(Value::as_f64).unwrap_or(1.0);
    let ground =
        of_category(&score, "Colour").into_iter().filter(|a| a.args["selection"]["expression"].as_str().unwrap().contains("> all"));
    let (loud_ground, quiet_ground): (Vec<_>, Vec<_>) = ground.partition(|annotation| loud(annotation));
    let lowest = loud_ground.iter().map(|a| level(a)).fold(1.0, f64::min);
    let highest = quiet_ground.iter().map(|a| level(a)).fold(0.0, f64::max);
    assert!(lowest > highest + 0.2, "{lowest} {highest}");
    for slug in ["strobe_hit", "blinder_accent", "sparkle"] {
        let found: Vec<_> = score.annotations.iter().filter(|annotation| is(annotation, slug)).collect();
        assert!(found.iter().all(|annotation| loud(annotation)), "{slug}");
        assert!(!found.is_empty(), "{slug}");
    }
}

#[test]
fn a_rise_is_prepared_and_struck() {
    let track = with_sections(grid_track(126.0, 4, 124.0));
    let score = score(&track, &builtin(), 4);
    let struck = score.annotations.iter().find(|annotation| is(annotation, "blinder_accent")).unwrap();
    assert!(score.annotations.iter().any(|a| is(a, "build_riser") && a.end < struck.start));
    assert!(score.annotations.iter().any(|a| is(a, "blackout") && (a.end - struck.start).abs() < 1e-6));
}

#[test]
fn a_track_of_no_length_has_no_annotations() {
    for duration_secs in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let track = TrackAnalysis { duration_secs, ..TrackAnalysis::default() };
        assert!(score(&track, &builtin(), 1).annotations.is_empty());
    }
}

#[test]
fn sections_change_the_palette() {
    let track = with_sections(grid_track(126.0, 4, 124.0));
    let score = score(&track, &builtin(), 9);
    let colours: BTreeSet<String> =
        of_category(&score, "Colour").iter().filter_map(|a| a.args.get("color")).map(Value::to_string).collect();
    assert!(colours.len() >= 3, "{colours:?}");
}
