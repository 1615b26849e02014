//! Colours: gradients, chord colours, hue.

use luma::engine::track::ChordLogits;
use luma::engine::{Rgb, TrackAnalysis};
use serde_json::{Value, json};

use super::harness::sketch::{Probe, Stage, all_close, close};

/// A gradient at a place, wired colours by port.
fn gradient(params: Value, at: f64, wired: &[(&str, &str)]) -> Vec<f32> {
    let mut nodes = vec![("place", "scalar", json!({"value": at})), ("it", "gradient", params)];
    let mut wires = vec!["place.out it.in".to_owned()];
    for (port, color) in wired {
        nodes.push((port, "color", json!({"color": color})));
        wires.push(format!("{port}.out it.{port}"));
    }
    let wires: Vec<&str> = wires.iter().map(String::as_str).collect();
    Stage::new().probe(&nodes, &wires, "it.out").channels(3.0)
}

#[test]
fn a_gradient_goes_from_black_to_white_unless_told_otherwise() {
    all_close(&gradient(json!({}), 0.25, &[]), &[0.25, 0.25, 0.25, 1.0], "black to white");
    all_close(&gradient(json!({}), 7.0, &[]), &[1.0; 4], "no further than its ends");
    let params = json!({"start_color": {"r": 255, "g": 0, "b": 0, "a": 0}, "end_color": "#0000ff"});
    all_close(&gradient(params.clone(), 0.5, &[]), &[0.5, 0.0, 0.5, 0.5], "alpha as well");
    all_close(&gradient(params, 0.5, &[("end_color", "#00ff00")]), &[0.5, 0.5, 0.0, 0.5], "a wired colour replaces the last");
}

#[test]
fn a_gradient_may_have_more_stops_and_three_ways_between_them() {
    let stops = json!([{"t": 0, "r": 1, "g": 0, "b": 0}, {"t": 0.5, "r": 0, "g": 1, "b": 0, "a": 0}, {"t": 1, "r": 0, "g": 0, "b": 1}]);
    let as_text = stops.to_string();
    for stops in [stops, json!(as_text)] {
        let of = |mode: &str, at| gradient(json!({"stops": stops, "mode": mode}), at, &[]);
        all_close(&of("linear", 0.25), &[0.5, 0.5, 0.0, 0.5], "linear");
        all_close(&of("step", 0.25), &[1.0, 0.0, 0.0, 1.0], "step stays until the next stop");
        all_close(&of("step", 0.5), &[0.0, 1.0, 0.0, 0.0], "and is there at it");
        // 3x² - 2x³ at a quarter.
        all_close(&of("smooth", 0.125), &[0.84375, 0.15625, 0.0, 0.84375], "smooth");
        let wired = [("start_color", "#ffffff"), ("end_color", "#000000")];
        all_close(&gradient(json!({"stops": stops}), 0.0, &wired), &[1.0; 4], "the first stop replaced");
        all_close(&gradient(json!({"stops": stops}), 1.0, &wired), &[0.0, 0.0, 0.0, 1.0], "the last stop replaced");
        all_close(&gradient(json!({"stops": stops}), 0.5, &wired), &[0.0, 1.0, 0.0, 0.0], "what lies between stays");
    }
}

/// Roots as they sound from second 2 on, a second each.
fn sounding(roots: &[usize]) -> Stage {
    let frame = |root: &usize| std::array::from_fn(|at| if at == *root { 60.0 } else { 0.0 });
    let logits = ChordLogits { first_secs: 2.0, hop_secs: 1.0, frames: roots.iter().map(frame).collect() };
    Stage::with_track(TrackAnalysis { logits: Some(logits), ..(*Stage::new().track).clone() })
}

fn by_chords(stage: &Stage, ty: &str, more: &[(&str, &str, Value)], wires: &[&str]) -> Probe {
    let mut nodes = vec![("sound", "audio_input", json!({})), ("chords", "harmony_analysis", json!({})), ("it", ty, json!({}))];
    nodes.extend(more.iter().cloned());
    let wires: Vec<&str> = ["sound.out chords.audio_in", "chords.signal it.chroma"].into_iter().chain(wires.iter().copied()).collect();
    stage.probe(&nodes, &wires, "it.out")
}

#[test]
fn pitch_classes_have_their_colours_from_red_round_to_magenta() {
    let stage = sounding(&[0, 1, 2, 3, 4, 5, 6, 7]);
    let palette = by_chords(&stage, "chroma_palette", &[], &[]);
    let colors = ["#ff0000", "#ff4500", "#ffa500", "#ffd700", "#ffff00", "#adff2f", "#00ff00", "#00ffff"];
    for (at, hex) in colors.into_iter().enumerate() {
        let (Rgb(rgb), _) = Rgb::from_hex(hex).unwrap();
        all_close(&palette.channels(2.5 + at as f64), &rgb, hex);
    }
    let stage = sounding(&[8, 9, 10, 11, 12]);
    let palette = by_chords(&stage, "chroma_palette", &[], &[]);
    for (at, hex) in ["#00bfff", "#0000ff", "#8a2be2", "#ff00ff"].into_iter().enumerate() {
        let (Rgb(rgb), _) = Rgb::from_hex(hex).unwrap();
        let peak = Rgb(rgb).value();
        all_close(&palette.channels(2.5 + at as f64), &rgb.map(|channel| channel / peak), hex);
    }
}

#[test]
fn several_pitch_classes_are_summed_and_gained_to_full() {
    let mut frame = [0.0f32; 13];
    (frame[0], frame[9]) = (60.0, 60.0);
    let logits = ChordLogits { first_secs: 2.0, hop_secs: 1.0, frames: vec![frame] };
    let stage = Stage::with_track(TrackAnalysis { logits: Some(logits), ..(*Stage::new().track).clone() });
    all_close(&by_chords(&stage, "chroma_palette", &[], &[]).channels(2.5), &[1.0, 0.0, 1.0], "half red and half blue, at full");
}

#[test]
fn a_spectral_shift_turns_the_hue_by_a_twelfth_for_each_step_of_the_strongest_pitch() {
    let stage = sounding(&[0, 4, 8]);
    let red = [("red", "color", json!({"color": "#ff000080"}))];
    let shift = by_chords(&stage, "spectral_shift", &red, &["red.out it.in"]);
    for (secs, rgb) in [(2.5, [1.0, 0.0, 0.0]), (3.5, [0.0, 1.0, 0.0]), (4.5, [0.0, 0.0, 1.0])] {
        let channels = shift.channels(secs);
        all_close(&channels[..3], &rgb, secs);
        close(channels[3], 128.0 / 255.0, "the fourth channel stays");
    }
}

#[test]
fn a_rainbow_takes_the_hue_from_its_input_spread_and_offset() {
    let rainbow = |params: Value, hue: f64| {
        Stage::new()
            .probe(&[("hue", "scalar", json!({"value": hue})), ("it", "rainbow", params)], &["hue.out it.in"], "it.out")
            .channels(3.0)
    };
    all_close(&rainbow(json!({}), 0.0), &[1.0, 0.0, 0.0, 1.0], "red");
    all_close(&rainbow(json!({}), 4.0 / 3.0), &[0.0, 1.0, 0.0, 1.0], "round and round");
    all_close(&rainbow(json!({"spread": 2, "offset": 1.0 / 3.0}), 1.0 / 6.0), &[0.0, 0.0, 1.0, 1.0], "two sixths and a third");
    all_close(&rainbow(json!({"saturation": 0.25}), 0.0), &[1.0, 0.75, 0.75, 1.0], "paler");
    let alone = Stage::new().probe(&[("it", "rainbow", json!({"offset": 0.5}))], &[], "it.out");
    all_close(&alone.channels(3.0), &[0.0, 1.0, 1.0, 1.0], "without an input it stands at its offset");
}

#[test]
fn hsv_has_full_saturation_and_value_unless_wired() {
    let hsv = |wires: &[&str]| {
        let nodes = [("hue", "scalar", json!({"value": 0.5})), ("half", "scalar", json!({"value": 0.5})), ("it", "hsv", json!({}))];
        let wires: Vec<&str> = ["hue.out it.h"].into_iter().chain(wires.iter().copied()).collect();
        Stage::new().probe(&nodes, &wires, "it.out").channels(3.0)
    };
    all_close(&hsv(&[]), &[0.0, 1.0, 1.0, 1.0], "cyan");
    all_close(&hsv(&["half.out it.s", "half.out it.v"]), &[0.25, 0.5, 0.5, 1.0], "half as strong, half as bright");
}
