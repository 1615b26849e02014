//! The built-in patterns, the demo score and auto scores on the club's rig: what they do to the lamps.

#![expect(clippy::unwrap_used, reason = "a test that cannot find its venue has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Map;

use luma::demo;
use luma::engine::composite::blend::BlendMode;
use luma::engine::frame::BeamValue;
use luma::engine::track::{Audio, SectionLabel};
use luma::engine::{Annotation, Frame, Live, PatternGraph, Rig, Severity, Show, TrackAnalysis, Window, compile, render};
use luma::patterns::{builtin, model::Pattern};
use luma::score::auto;
use luma::score::model::Score;
use luma::venue;

const STEPS_PER_BAR: u32 = 32;

/// The demo track with a sound as simple as can be: a low and a high tone that die away after every beat.
fn heard() -> Arc<TrackAnalysis> {
    let mut track = demo::analysis_without_sound();
    let rate_hz = 8_000;
    let samples = (0..(track.duration_secs * f64::from(rate_hz)) as usize).map(|n| {
        let secs = n as f64 / f64::from(rate_hz);
        let level = 1.0 - track.grid.beat_at(secs).rem_euclid(1.0);
        let tones = (secs * 60.0 * std::f64::consts::TAU).sin() + (secs * 1000.0 * std::f64::consts::TAU).sin();
        (tones * level * 0.4) as f32
    });
    let audio = Audio { samples: samples.collect(), rate_hz };
    track.stems = [(); 4].map(|()| Some(audio.clone()));
    track.audio = Some(audio);
    Arc::new(track)
}

fn club() -> Arc<Rig> {
    let (rig, problems) = venue::lower::rig(&venue::builtin("club").unwrap(), &venue::library::Library::builtin());
    assert_eq!(problems, []);
    Arc::new(rig)
}

/// The pattern alone, over four bars of the first drop.
fn alone(pattern: &Pattern, rig: &Arc<Rig>, track: &Arc<TrackAnalysis>) -> Show {
    let (start, end) = (track.grid.secs_at_bar(8.0), track.grid.secs_at_bar(12.0));
    let annotation = Annotation { id: pattern.id, pattern: pattern.id, start, end, z: 0, blend: BlendMode::Replace, args: Map::new() };
    let graph = PatternGraph { name: pattern.name.clone(), graph: Arc::new(pattern.graph.clone()) };
    Show {
        rig: rig.clone(),
        annotations: Arc::new(vec![annotation]),
        patterns: Arc::new(BTreeMap::from([(pattern.id, graph)])),
        track: track.clone(),
        ..Show::default()
    }
}

/// What was seen over an annotation: lowest and highest of each value of each head.
#[derive(Default)]
struct Seen {
    brightest: f32,
    lit_heads: usize,
    dimmer_swing: f32,
    aim_swing_deg: f32,
    aimed_heads: usize,
    beam: bool,
    strobe: f32,
}

fn watch(show: &Show) -> Seen {
    let (program, diagnostics) = compile(show);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    let mut frame = Frame::default();
    let n = show.rig.heads.len();
    let mut dimmers = vec![(1.0_f32, 0.0_f32); n];
    let mut aims = vec![None::<[f32; 4]>; n];
    let mut seen = Seen::default();
    let Annotation { start, end, .. } = show.annotations[0];
    let n_steps = STEPS_PER_BAR * 4;
    for step in 0..n_steps {
        let at = start + (end - start) * f64::from(step) / f64::from(n_steps);
        render(&program, Window::instant(at), &Live::default(), &mut frame);
        for head in 0..n {
            let state = frame.head(head as u32);
            assert!(state.dimmer.is_finite() && (0.0..=1.0).contains(&state.dimmer));
            dimmers[head] = (dimmers[head].0.min(state.dimmer), dimmers[head].1.max(state.dimmer));
            seen.strobe = seen.strobe.max(state.strobe);
            seen.beam |= BeamValue::ALL.iter().any(|value| state.beam(*value).is_some());
            if let (Some(pan), Some(tilt)) = (state.pan_deg, state.tilt_deg) {
                let aim = aims[head].get_or_insert([pan, pan, tilt, tilt]);
                *aim = [aim[0].min(pan), aim[1].max(pan), aim[2].min(tilt), aim[3].max(tilt)];
            }
        }
    }
    seen.brightest = dimmers.iter().map(|(_, high)| *high).fold(0.0, f32::max);
    seen.lit_heads = dimmers.iter().filter(|(_, high)| *high > 0.1).count();
    seen.dimmer_swing = dimmers.iter().map(|(low, high)| high - low).fold(0.0, f32::max);
    let swings = aims.iter().flatten().map(|aim| (aim[1] - aim[0]).max(aim[3] - aim[2]));
    seen.aim_swing_deg = swings.fold(0.0, f32::max);
    seen.aimed_heads = aims.iter().flatten().filter(|aim| aim[2..].iter().any(|tilt| tilt.abs() > 1.0)).count();
    seen
}

#[test]
fn every_pattern_compiles_silently_and_does_something_within_four_bars() {
    let (rig, track) = (club(), heard());
    for pattern in builtin() {
        let show = alone(&pattern, &rig, &track);
        let seen = watch(&show);
        let name = &pattern.name;
        match (pattern.category.as_str(), name.as_str()) {
            ("Movement", "Focus point") => assert!(seen.aimed_heads >= 8, "{name}"),
            ("Movement", _) => assert!(seen.aim_swing_deg > 5.0, "{name}: {}", seen.aim_swing_deg),
            ("Beam", _) => assert!(seen.beam, "{name}"),
            (_, "Blackout" | "Fade") => {}
            (_, "Colour wash" | "Gradient wash" | "Colour flip" | "Colour drift" | "Rainbow sweep" | "Chord colours" | "Tension glow") => {
                assert!(seen.brightest > 0.5 && seen.lit_heads > 10, "{name}: {} {}", seen.brightest, seen.lit_heads);
            }
            (_, "Strobe hit") => assert!(seen.brightest > 0.5 && seen.strobe > 0.0, "{name}"),
            _ => assert!(seen.brightest > 0.3 && seen.dimmer_swing > 0.1, "{name}: {} {}", seen.brightest, seen.dimmer_swing),
        }
        if matches!(pattern.category.as_str(), "Movement" | "Beam") {
            assert_eq!(seen.brightest, 0.0, "{name} lights lamps");
        }
    }
}

#[test]
fn the_demo_score_compiles_silently() {
    let (_, diagnostics) = compile(&demo_show());
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
}

#[test]
fn the_demo_is_brightest_in_its_drops_calm_in_its_break_and_dark_before_a_drop() {
    let show = demo_show();
    let (program, _) = compile(&show);
    let mut frame = Frame::default();
    // By fixture, so that a bar of twelve pixels counts as one lamp.
    let mut light = |at: f64| {
        render(&program, Window::instant(at), &Live::default(), &mut frame);
        let of_fixture = |fixture: usize| {
            let heads = show.rig.heads_of(fixture);
            let n = heads.len() as f32;
            heads.map(|head| frame.dimmer[head as usize]).sum::<f32>() / n
        };
        (0..show.rig.fixtures.len()).map(of_fixture).sum::<f32>() / show.rig.fixtures.len() as f32
    };
    let mean_of: Vec<(SectionLabel, f32)> = show
        .track
        .sections
        .iter()
        .map(|section| {
            let at = |step: u32| section.start + (section.end - section.start) * (f64::from(step) + 0.5) / 400.0;
            (section.label, (0..400).map(|step| light(at(step))).sum::<f32>() / 400.0)
        })
        .collect();
    let of = |label: SectionLabel| mean_of.iter().filter(move |(found, _)| *found == label).map(|(_, mean)| *mean);
    let dimmest_drop = of(SectionLabel::Drop).fold(1.0, f32::min);
    assert!(of(SectionLabel::Build).all(|build| build * 1.3 < dimmest_drop), "{mean_of:?}");
    for calm in [SectionLabel::Intro, SectionLabel::Break, SectionLabel::Outro] {
        assert!(of(calm).all(|calm| calm > 0.04 && calm * 2.0 < dimmest_drop), "{mean_of:?}");
    }
    for drop in show.track.sections.iter().filter(|section| section.label == SectionLabel::Drop) {
        assert_eq!(light(drop.start - 0.1), 0.0);
        assert!(light(drop.start + 0.02) > 0.4);
    }
}

#[test]
fn an_auto_score_fits_venues_it_has_never_seen_and_never_leaves_the_club_dark() {
    let track = heard();
    for name in ["club", "four-dimmers", "empty"] {
        let (rig, _) = venue::lower::rig(&venue::builtin(name).unwrap(), &venue::library::Library::builtin());
        let show = show_of(&auto::score(&track, &builtin(), 3), Arc::new(rig), track.clone());
        let (program, diagnostics) = compile(&show);
        // Where a layer finds no lamps there is a warning; nothing may be wrong with the graphs themselves.
        assert!(diagnostics.iter().all(|diagnostic| diagnostic.severity == Severity::Warning), "{name}: {diagnostics:#?}");
        assert!(name != "club" || diagnostics.is_empty(), "{diagnostics:#?}");
        if name == "empty" {
            continue;
        }
        let bar_secs = track.grid.secs_at_bar(1.0) - track.grid.secs_at_bar(0.0);
        let (mut frame, mut at, mut lit_at) = (Frame::default(), 0.0, 0.0);
        while at < track.duration_secs {
            render(&program, Window::instant(at), &Live::default(), &mut frame);
            if frame.dimmer.iter().any(|dimmer| *dimmer > 0.05) {
                lit_at = at;
            }
            assert!(at - lit_at < bar_secs, "{name} is dark at {at} s");
            at += bar_secs / 16.0;
        }
    }
}

#[test]
fn an_auto_score_is_brighter_where_the_music_is_louder() {
    let mut track = (*heard()).clone();
    track.sections.clear();
    track.drums = None;
    let n_bars = track.bar_energy.len();
    track.bar_energy = (0..n_bars).map(|bar| if bar % 32 < 16 { 0.15 } else { 0.9 }).collect();
    let track = Arc::new(track);
    for seed in 0..6 {
        let show = show_of(&auto::score(&track, &builtin(), seed), club(), track.clone());
        let (program, _) = compile(&show);
        let mut frame = Frame::default();
        let mut sums = [0.0_f32; 2];
        for step in 0..(n_bars as u32 / 32 * 32) * 16 {
            let bar = f64::from(step) / 16.0 + 0.01;
            render(&program, Window::instant(track.grid.secs_at_bar(bar)), &Live::default(), &mut frame);
            sums[usize::from(bar as usize % 32 >= 16)] += frame.dimmer.iter().sum::<f32>();
        }
        assert!(sums[1] > sums[0] * 1.5, "seed {seed}: {sums:?}");
    }
}

fn demo_show() -> Show {
    let (rig, track) = (club(), heard());
    let score = demo::score::score(&track, &builtin());
    show_of(&score, rig, track)
}

fn show_of(score: &Score, rig: Arc<Rig>, track: Arc<TrackAnalysis>) -> Show {
    let patterns: BTreeMap<_, _> =
        builtin().into_iter().map(|pattern| (pattern.id, PatternGraph { name: pattern.name, graph: Arc::new(pattern.graph) })).collect();
    let (annotations, problems) = luma::score::lower::annotations(score, &patterns.keys().copied().collect());
    assert_eq!(problems, []);
    Show { rig, annotations: Arc::new(annotations), patterns: Arc::new(patterns), track, ..Show::default() }
}
