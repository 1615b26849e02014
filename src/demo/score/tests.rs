//! The plan of the demo score names what exists and lands where the music is.

use super::*;
use crate::engine::BeatGrid;
use crate::patterns::builtin::builtin;

const BAR_SECS: f64 = 60.0 / 126.0 * 4.0;
const FORM: [(SectionLabel, f64); 7] = [
    (SectionLabel::Intro, 4.0),
    (SectionLabel::Build, 4.0),
    (SectionLabel::Drop, 16.0),
    (SectionLabel::Break, 8.0),
    (SectionLabel::Build, 8.0),
    (SectionLabel::Drop, 16.0),
    (SectionLabel::Outro, 8.0),
];

fn track() -> TrackAnalysis {
    let mut sections = Vec::new();
    let mut start = 0.25;
    for (label, n_bars) in FORM {
        let end = start + n_bars * BAR_SECS;
        sections.push(Section { start, end, label, energy: 0.5 });
        start = end;
    }
    TrackAnalysis { sections, ..TrackAnalysis::of_grid(BeatGrid::steady(126.0, 4, 0.25, 257), start) }
}

fn plan() -> Plan {
    serde_json::from_str(PLAN).unwrap()
}

#[test]
fn every_placement_of_the_file_finds_its_place_and_names_what_exists() {
    let patterns = builtin();
    for planned in &plan().sections {
        assert!(label(&planned.section).is_some(), "{}", planned.section);
        for placement in &planned.placements {
            let pattern = patterns.iter().find(|pattern| pattern.id == builtin_id(&placement.pattern));
            let pattern = pattern.unwrap_or_else(|| panic!("{placement:?}"));
            assert!(plan().lamps.contains_key(&placement.lamps), "{placement:?}");
            for (name, value) in &placement.args {
                let arg = pattern.graph.args.iter().find(|arg| arg.id == *name);
                assert!(arg.is_some(), "{placement:?}: no argument {name}");
                if let Some(color) = value.as_str() {
                    assert!(color.strip_prefix('$').is_some_and(|name| plan().colours.contains_key(name)), "{placement:?}");
                }
            }
        }
    }
    let placed: usize = plan().sections.iter().map(|section| section.placements.len()).sum();
    assert_eq!(score(&track(), &patterns).annotations.len(), placed);
}

#[test]
fn placements_stay_inside_their_section_and_follow_the_grid() {
    let track = track();
    let score = score(&track, &builtin());
    for annotation in &score.annotations {
        let home = track.sections.iter().filter(|s| annotation.start >= s.start - 1e-9 && annotation.end <= s.end + 1e-9).count();
        assert_eq!(home, 1, "{annotation:?}");
        let eighths = track.grid.bar_at(annotation.start) * 8.0;
        assert!((eighths - eighths.round()).abs() < 1e-6, "{annotation:?}");
    }
}

#[test]
fn it_is_dark_for_half_a_bar_before_each_drop() {
    let track = track();
    let score = score(&track, &builtin());
    let black: Vec<_> = score.annotations.iter().filter(|annotation| annotation.pattern == builtin_id("blackout")).collect();
    let drops: Vec<_> = track.sections.iter().filter(|section| section.label == SectionLabel::Drop).collect();
    assert_eq!(black.len(), drops.len());
    for (black, drop) in black.iter().zip(drops) {
        assert!((black.end - drop.start).abs() < 1e-9);
        assert!((black.end - black.start - BAR_SECS / 2.0).abs() < 1e-6);
        let above =
            score.annotations.iter().filter(|other| other.z_index > black.z_index && other.end > black.start && other.start < black.end);
        assert_eq!(above.count(), 0);
    }
}

#[test]
fn movement_and_every_group_of_movers_is_always_covered() {
    let track = track();
    let score = score(&track, &builtin());
    let movement: Vec<Uuid> = builtin().iter().filter(|pattern| pattern.category == "Movement").map(|pattern| pattern.id).collect();
    for lamps in ["spots", "washes", "beams"] {
        let expression = plan().lamps[lamps].clone();
        let mut moved: Vec<_> = score
            .annotations
            .iter()
            .filter(|a| movement.contains(&a.pattern) && a.args["selection"]["expression"] == expression.as_str())
            .map(|a| (a.start, a.end))
            .collect();
        moved.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut reached = 0.25;
        for (start, end) in moved {
            assert!(start <= reached + 1e-6, "{lamps} stand still from {reached} s to {start} s");
            reached = f64::max(reached, end);
        }
        assert!(reached + 1e-6 >= track.duration_secs, "{lamps}");
    }
}

#[test]
fn ids_and_so_seeds_do_not_depend_on_the_track() {
    let placed = |track: &TrackAnalysis| -> BTreeMap<Uuid, (Uuid, Map<String, Value>)> {
        score(track, &builtin()).annotations.into_iter().map(|a| (a.id, (a.pattern, a.args))).collect()
    };
    let (all, mut shorter) = (placed(&track()), track());
    shorter.sections.remove(3);
    let some = placed(&shorter);
    assert_eq!(all.len(), score(&track(), &builtin()).annotations.len());
    assert!(some.len() < all.len());
    for (id, what) in some {
        assert_eq!(all.get(&id), Some(&what));
    }
}

#[test]
fn a_track_without_sections_gets_an_empty_score() {
    let bare = TrackAnalysis::of_grid(BeatGrid::steady(126.0, 4, 0.0, 8), 4.0);
    assert!(score(&bare, &builtin()).annotations.is_empty());
}
