//! Nodes that listen: envelopes on beats and drums, frequencies, chords, bars, sections.

use luma::engine::nodes::features::{AudioRef, Features};
use luma::engine::track::{Audio, Chord, ChordLogits, Section, SectionLabel};
use luma::engine::{BeatGrid, TrackAnalysis};
use serde_json::{Value, json};

use super::harness::sketch::{Probe, Stage, all_close, close};

fn envelope_on(stage: &Stage, params: Value) -> Probe {
    stage.probe(&[("grid", "beat_clock", json!({})), ("it", "beat_envelope", params)], &["grid.grid_out it.grid"], "it.out")
}

fn envelope(params: Value) -> Probe {
    envelope_on(&Stage::new(), params)
}

/// Falls from 1 over the whole spacing.
fn saw(more: Value) -> Value {
    let mut params = json!({"attack": 0, "decay": 1, "sustain": 0, "release": 0, "sustain_level": 0});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params
}

#[test]
fn an_envelope_without_parameters_rises_falls_holds_and_is_released() {
    let it = envelope(json!({}));
    // Half a second from beat to beat.
    for (share, want) in [(0.0, 0.0), (0.15, 0.5), (0.3, 1.0), (0.4, 0.85), (0.5, 0.7), (0.79, 0.7), (0.9, 0.35), (0.999, 0.0035)] {
        close(it.one(3.0 + share / 2.0), want, format!("{share} of a beat"));
    }
}

#[test]
fn attack_decay_sustain_and_release_are_weights() {
    let (shares, parts) = (envelope(json!({})), envelope(json!({"attack": 3, "decay": 2, "sustain": 3, "release": 2})));
    for step in 0..50 {
        let secs = 3.0 + f64::from(step) / 100.0;
        close(parts.one(secs), shares.one(secs), secs);
    }
}

#[test]
fn subdivision_is_pulses_per_beat_and_a_wired_one_wins() {
    for (subdivision, peaks, between) in [
        (json!(1), vec![2.0, 2.5, 3.0], vec![2.25, 0.5]),
        (json!(0.25), vec![2.0, 4.0, 6.0], vec![3.0, 0.5]),
        (json!(4), vec![2.0, 2.125, 2.25, 2.375], vec![2.0625, 0.5]),
        (json!("-2"), vec![2.0, 2.25], vec![2.125, 0.5]),
    ] {
        let it = envelope(saw(json!({"subdivision": subdivision})));
        for secs in peaks {
            close(it.one(secs), 1.0, format!("subdivision {subdivision} at {secs}"));
        }
        close(it.one(between[0]), between[1] as f32, format!("subdivision {subdivision} between"));
    }
    let nodes = [
        ("grid", "beat_clock", json!({})),
        ("two", "scalar", json!({"value": 2})),
        ("it", "beat_envelope", saw(json!({"subdivision": 1}))),
    ];
    let wired = Stage::new().probe(&nodes, &["grid.grid_out it.grid", "two.out it.subdivision"], "it.out");
    close(wired.one(2.25), 1.0, "two pulses a beat");
}

#[test]
fn pulses_sit_on_the_songs_beats_and_not_on_the_annotations_first() {
    let stage = Stage { span: (2.2, 9.0), ..Stage::new() };
    let it = envelope_on(&stage, saw(json!({"subdivision": 0.25})));
    close(it.one(4.0), 1.0, "the ninth beat of the song");
    close(it.one(2.2), 0.9, "within the bar that began before");
}

#[test]
fn between_beats_pulses_are_interpolated_on_the_real_grid() {
    let grid = BeatGrid { beats: vec![0.0, 1.0, 2.0, 4.0, 5.0], downbeats: vec![0, 3], bpm: 60.0, beats_per_bar: 4 };
    let stage = Stage { span: (0.0, 5.0), ..Stage::with_track(TrackAnalysis::of_grid(grid, 20.0)) };
    let it = envelope_on(&stage, saw(json!({"subdivision": 2})));
    for (secs, want) in [(2.0, 1.0), (2.5, 0.5), (3.0, 1.0), (3.5, 0.5), (4.0, 1.0), (4.25, 0.5)] {
        close(it.one(secs), want, secs);
    }
    let bars = envelope_on(&stage, saw(json!({"only_downbeats": true})));
    for (secs, want) in [(0.0, 1.0), (4.0, 1.0), (1.0, 2.0 / 3.0), (2.0, 1.0 / 3.0)] {
        close(bars.one(secs), want, format!("downbeats at {secs}"));
    }
}

#[test]
fn offset_is_in_beats_and_amplitude_scales() {
    let it = envelope(saw(json!({"offset": 0.5, "amplitude": 3})));
    close(it.one(2.25), 3.0, "half a beat later");
    close(it.one(2.5), 1.5, "where the beat is");
    let bars = envelope(saw(json!({"only_downbeats": 1, "offset": "1"})));
    close(bars.one(2.5), 1.0, "one beat after the downbeat");
}

#[test]
fn without_attack_it_starts_full_and_curves_bend_attack_and_decay_but_not_release() {
    close(envelope(saw(json!({}))).one(2.0), 1.0, "attack 0");
    let curved = envelope(
        json!({"attack": 1, "decay": 1, "sustain": 0, "release": 1, "sustain_level": 0.5, "attack_curve": 0.2, "decay_curve": -0.2}),
    );
    let third = 0.5 / 3.0;
    // shape(0.5, 0.2) = 0.5^2; from 1 to 0.5 by shape(0.5, -0.2) = 1 - 0.5^2.
    for (thirds, want) in [(0.5, 0.25), (1.0, 1.0), (1.5, 0.5 + 0.5 * 0.75), (2.5, 0.25)] {
        close(curved.one(2.0 + third * thirds), want, format!("{thirds} thirds"));
    }
}

#[test]
fn a_drum_hit_falls_in_a_straight_line_and_below_the_threshold_is_nothing() {
    let track = TrackAnalysis { drums: Some([vec![3.0, 4.0], vec![3.5], vec![3.1, 3.2]]), ..(*Stage::new().track).clone() };
    let stage = Stage::with_track(track);
    let hits = |params: Value| stage.probe(&[("it", "drum_onset_envelope", params)], &[], "it.out");
    let kick = hits(json!({}));
    for (secs, want) in [(2.9, 0.0), (3.0, 1.0), (3.09, 0.5), (3.18, 0.0), (3.5, 0.0), (4.0, 1.0)] {
        close(kick.one(secs), want, format!("kick at {secs}"));
    }
    close(hits(json!({"drum": "snare", "decay_ms": 500})).one(3.75), 0.5, "snare");
    close(hits(json!({"drum": "hat", "decay_ms": 1000})).one(3.3), 0.9, "the later hat counts");
    close(hits(json!({"drum": "any", "decay_ms": 1000})).one(3.6), 0.9, "any drum: the snare was last");
    let cut = hits(json!({"decay_ms": 1000, "threshold": 0.6}));
    close(cut.one(3.4), 0.6, "at the threshold");
    close(cut.one(3.41), 0.0, "below it");
}

/// A low tone for two seconds, then a high one for two.
fn tones() -> Audio {
    let rate_hz = 8000;
    let tone = |n: usize| {
        let (secs, hz) = (n as f64 / f64::from(rate_hz), if n < 2 * rate_hz as usize { 100.0 } else { 2000.0 });
        (secs * hz * std::f64::consts::TAU).sin() as f32
    };
    Audio { samples: (0..4 * rate_hz as usize).map(tone).collect(), rate_hz }
}

fn level(stage: &Stage, filter: Option<(&str, f64)>, bands: &str) -> Probe {
    let mut nodes = vec![("sound", "audio_input", json!({})), ("it", "frequency_amplitude", json!({"selected_frequency_ranges": bands}))];
    let mut wires = vec!["sound.out it.audio_in"];
    if let Some((ty, cutoff_hz)) = filter {
        nodes.push(("filter", ty, json!({"cutoff_hz": cutoff_hz})));
        wires = vec!["sound.out filter.audio_in", "filter.audio_out it.audio_in"];
    }
    stage.probe(&nodes, &wires, "it.amplitude_out")
}

#[test]
fn the_level_of_chosen_frequencies_is_one_at_the_99th_percentile_and_interpolated() {
    let audio = tones();
    let series = Features::default().amplitude(&audio, &AudioRef::mix(), &[[50.0, 150.0]]);
    assert!(series.hop_secs <= 0.010, "{}", series.hop_secs);
    let mut sorted = series.values.clone();
    sorted.sort_by(f32::total_cmp);
    close(sorted[(sorted.len() as f64 * 0.99) as usize], 1.0, "99th percentile");
    let stage = Stage { span: (0.0, 4.0), ..Stage::with_track(TrackAnalysis { audio: Some(audio), ..(*Stage::new().track).clone() }) };
    let low = level(&stage, None, "[[50,150]]");
    assert!(low.one(1.0) > 0.5 && low.one(3.0) < 0.05, "{} {}", low.one(1.0), low.one(3.0));
    let (at, next) = (1.97, 1.98);
    close(low.one((at + next) / 2.0), (low.one(at) + low.one(next)) / 2.0, "half way between two looks");
    let (high, both) = (level(&stage, None, "[[1900,2100]]"), level(&stage, None, "[[50,150],[1900,2100]]"));
    assert!(high.one(1.0) < 0.05 && high.one(3.0) > 0.5);
    assert!(both.one(1.0) > 0.3 && both.one(3.0) > 0.3);
}

#[test]
fn filters_keep_what_lies_below_and_above_their_cutoff_wherever_it_is_put() {
    let track = TrackAnalysis { audio: Some(tones()), ..(*Stage::new().track).clone() };
    let stage = Stage { span: (0.0, 4.0), ..Stage::with_track(track) };
    let all = "[[20,4000]]";
    let (low, high) = (level(&stage, Some(("lowpass_filter", 200.0)), all), level(&stage, Some(("highpass_filter", 1000.0)), all));
    assert!(low.one(1.0) > 0.5 && low.one(3.0) < 0.1, "{} {}", low.one(1.0), low.one(3.0));
    assert!(high.one(1.0) < 0.03 && high.one(3.0) > 0.3, "{} {}", high.one(1.0), high.one(3.0));
    // Clamped to 1 Hz and to half the rate.
    for cutoff_hz in [-5.0, 0.0, 1e9] {
        for ty in ["lowpass_filter", "highpass_filter"] {
            assert!((0..40).all(|step| level(&stage, Some((ty, cutoff_hz)), all).one(f64::from(step) / 10.0).is_finite()));
        }
    }
}

#[test]
fn each_stem_is_heard_by_itself_and_one_that_is_missing_is_told() {
    let rate_hz = 8000;
    let on = |from: usize| Audio {
        samples: (0..32_000).map(|n| if n / 8000 == from { (n as f32 * 0.3).sin() } else { 0.0 }).collect(),
        rate_hz,
    };
    let track = TrackAnalysis { stems: [Some(on(0)), Some(on(1)), None, Some(on(3))], ..(*Stage::new().track).clone() };
    let stage = Stage { span: (0.0, 4.0), ..Stage::with_track(track) };
    for (port, second) in [("drums_out", 0), ("bass_out", 1), ("other_out", 3)] {
        let nodes = [("sound", "audio_input", json!({})), ("stems", "stem_splitter", json!({})), ("it", "frequency_amplitude", json!({}))];
        let wire = format!("stems.{port} it.audio_in");
        let it = stage.probe(&nodes, &["sound.out stems.audio_in", &wire], "it.amplitude_out");
        for look in 0..4 {
            let level = it.one(f64::from(look) + 0.5);
            assert!(if look == second { level > 0.1 } else { level < 0.001 }, "{port} at {look}.5 s: {level}");
        }
    }
    let nodes = [("sound", "audio_input", json!({})), ("stems", "stem_splitter", json!({})), ("it", "frequency_amplitude", json!({}))];
    let (silent, problems) = stage.try_probe(&nodes, &["sound.out stems.audio_in", "stems.vocals_out it.audio_in"], "it.amplitude_out");
    assert_eq!(problems, ["warning at it.audio_in: the vocals stem is not analysed yet; the level is 0"]);
    assert_eq!(silent.one(1.5), 0.0);
}

fn harmony(stage: &Stage, port: &str) -> Probe {
    let nodes =
        [("sound", "audio_input", json!({})), ("chords", "harmony_analysis", json!({})), ("tension", "harmonic_tension", json!({}))];
    stage.probe(&nodes, &["sound.out chords.audio_in", "chords.signal tension.chroma"], port)
}

#[test]
fn harmony_is_the_softmax_of_the_logits_over_thirteen_of_which_twelve_are_kept() {
    let mut frame = [0.0f32; 13];
    (frame[0], frame[7], frame[12]) = (2.0, 1.0, 3.0);
    let logits = ChordLogits { first_secs: 3.0, hop_secs: 0.5, frames: vec![frame, [1.0; 13]] };
    let stage = Stage::with_track(TrackAnalysis { logits: Some(logits), ..(*Stage::new().track).clone() });
    let roots = harmony(&stage, "chords.signal").channels(3.2);
    let sum: f32 = frame.iter().map(|logit| logit.exp()).sum();
    all_close(&roots, &frame[..12].iter().map(|logit| logit.exp() / sum).collect::<Vec<_>>(), "softmax");
    all_close(&harmony(&stage, "chords.signal").channels(3.6), &[1.0 / 13.0; 12], "all alike");
    close(harmony(&stage, "tension.tension").one(3.6), 1.0, "all alike is the highest tension");
    all_close(&harmony(&stage, "chords.signal").channels(2.9), &[0.0; 12], "before the first");
}

#[test]
fn without_logits_the_chords_are_one_hot_and_have_no_tension() {
    let chord = |start: f64, root| Chord { start, end: start + 1.0, root, quality: "min".into() };
    let track = TrackAnalysis { chords: vec![chord(3.0, Some(9)), chord(4.0, None)], ..(*Stage::new().track).clone() };
    let stage = Stage::with_track(track);
    let mut want = [0.0; 12];
    want[9] = 1.0;
    all_close(&harmony(&stage, "chords.signal").channels(3.5), &want, "A");
    for secs in [2.5, 4.5, 5.5] {
        all_close(&harmony(&stage, "chords.signal").channels(secs), &[0.0; 12], secs);
    }
    close(harmony(&stage, "tension.tension").one(3.5), 0.0, "one clear root");
}

#[test]
fn bar_energy_glides_from_bar_to_bar_and_a_section_change_fades_over_one() {
    let section = |start: f64| Section { start, end: start + 4.0, label: SectionLabel::Intro, energy: 0.5 };
    let track =
        TrackAnalysis { bar_energy: vec![0.0, 0.2, 1.0, 0.6], sections: vec![section(0.0), section(6.0)], ..(*Stage::new().track).clone() };
    let stage = Stage::with_track(track);
    let energy = stage.probe(&[("it", "bar_energy", json!({}))], &[], "it.out");
    // A bar is two seconds; each bar's own value stands in its middle.
    for (secs, want) in [(3.0, 0.2), (4.0, 0.6), (5.0, 1.0), (6.0, 0.8), (7.0, 0.6), (9.5, 0.6)] {
        close(energy.one(secs), want, secs);
    }
    let change = stage.probe(&[("it", "section_change", json!({}))], &[], "it.out");
    for (secs, want) in [(2.0, 0.0), (5.99, 0.0), (6.0, 1.0), (7.0, 0.5), (8.0, 0.0), (9.0, 0.0)] {
        close(change.one(secs), want, secs);
    }
}

#[test]
fn what_is_not_analysed_yet_is_zero_and_told_by_name() {
    let nothing = Stage::new();
    for (ty, port, inputs, words) in [
        ("drum_onset_envelope", "out", vec![], "drum hits are not analysed yet"),
        ("bar_energy", "out", vec![], "bars are not analysed yet"),
        ("section_change", "out", vec![], "sections are not analysed yet"),
        ("frequency_amplitude", "amplitude_out", vec!["sound.out it.audio_in"], "the track's sound is not analysed yet"),
        ("harmony_analysis", "signal", vec!["sound.out it.audio_in"], "chords are not analysed yet"),
    ] {
        let nodes = [("sound", "audio_input", json!({})), ("it", ty, json!({}))];
        let (it, problems) = nothing.try_probe(&nodes, &inputs, &format!("it.{port}"));
        assert!(problems.len() == 1 && problems[0].contains(words) && problems[0].starts_with("warning at it"), "{ty}: {problems:?}");
        assert!(it.channels(3.0).iter().all(|value| *value == 0.0), "{ty}");
    }
}
