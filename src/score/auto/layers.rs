//! The layers of one phrase, bottom to top.
//!
//! z 0 light and movement, 10 rhythm (multiplied into the light), 20 drum hits, 30 accents, 100 the dark before a rise.

use serde_json::{Value, json};

use super::phrase::Mood;
use super::{Look, Sheet};
use crate::engine::composite::blend::BlendMode;
use crate::engine::track::Stem;

const GROUND: &str = "has_color & ~has_movement > ~has_movement > all";
const LOW_GROUND: &str = "low & has_color & ~has_movement > has_color & ~has_movement";
const FRONT: &str = "front & has_color & ~has_movement > has_color & ~has_movement";
const BEAMS: &str = "has_movement";
const GOBOS: &str = "has_gobo & has_movement";
const ZOOMS: &str = "has_zoom & has_movement";
const STROBES: &str = "has_strobe & ~has_color & ~has_movement > has_strobe & ~has_movement";
/// White lamps without a shutter: what a venue hangs to dazzle.
const BLINDERS: &str = "has_dimmer & ~has_color & ~has_movement & ~has_strobe > front & ~has_movement";

/// No alpha: the colour below stays.
const KEEP: &str = "#ffffff00";
/// A step up in energy that is worth a flash, and a riser before it.
const RISE: f32 = 0.2;

pub(super) fn place(look: &Look, sheet: &mut Sheet) {
    ground(look, sheet);
    beams(look, sheet);
    movement(look, sheet);
    rhythm(look, sheet);
    hits(look, sheet);
    if opens_high(look) {
        impact(look, sheet);
    }
    if leads_up(look) {
        tension(look, sheet);
    } else if look.phrase.mood() == Mood::High && look.phrase.n_bars() >= 4.0 {
        sheet.place("strobe_hit", STROBES, look.span(-0.5, look.phrase.n_bars()), 30, BlendMode::Max, json!({ "rate": 0.8, "level": 0.9 }));
    }
}

fn opens_high(look: &Look) -> bool {
    let phrase = look.phrase;
    phrase.mood() == Mood::High && look.before.is_some_and(|before| phrase.energy - before.energy >= RISE)
}

fn leads_up(look: &Look) -> bool {
    look.phrase.n_bars() >= 2.0 && look.after.is_some_and(|after| after.mood() == Mood::High && after.energy - look.phrase.energy >= RISE)
}

/// Steady light for the whole phrase on everything that stands still: the one layer that is never missing.
fn ground(look: &Look, sheet: &mut Sheet) {
    let energy = look.phrase.energy;
    let level = 0.25 + 0.65 * energy;
    let [a, b] = if look.phrase.mood() == Mood::Calm { look.palette.calm } else { look.palette.loud };
    let mut choices = vec!["gradient_wash", "colour_drift"];
    match look.phrase.mood() {
        Mood::Calm => {}
        Mood::Steady if has_chords(look) => choices.push("chord_colours"),
        Mood::Steady => {}
        Mood::High => choices = vec!["gradient_wash", "colour_flip", if look.chance(1, 0.3) { "rainbow_sweep" } else { "colour_flip" }],
    }
    let pace = if look.phrase.mood() == Mood::High { 2.0 } else { 4.0 };
    let Some(slug) = look.pick(1, &choices) else { return };
    let args = match slug {
        "chord_colours" => json!({ "level": level, "delay": 0.4 }),
        "rainbow_sweep" => json!({ "level": level, "beats": look.bars(2.0), "spread": 0.8 }),
        "colour_flip" => json!({ "level": level, "color": a, "color2": b, "rate": 1.0 / look.bars(1.0) }),
        _ => json!({ "level": level, "color": a, "color2": b, "beats": look.bars(pace), "spread": 0.8 }),
    };
    sheet.place(slug, GROUND, look.whole(), 0, BlendMode::Replace, args);
}

/// The moving heads' light; every other quiet phrase does without.
fn beams(look: &Look, sheet: &mut Sheet) {
    let energy = look.phrase.energy;
    let (slug, args) = match look.phrase.mood() {
        Mood::Calm if look.chance(2, 0.5) => ("twinkle", json!({ "color": look.palette.calm[1], "level": 0.5, "beats": look.bars(1.0) })),
        Mood::Calm => ("colour_wash", json!({ "color": look.palette.calm[0], "level": 0.25 + 0.3 * energy })),
        Mood::Steady => (
            "gradient_wash",
            json!({ "color": look.palette.loud[1], "color2": look.palette.calm[0], "level": 0.4 + 0.5 * energy, "beats": look.bars(4.0) }),
        ),
        Mood::High => {
            let color = if look.chance(2, 0.4) { look.palette.hit } else { look.palette.loud[0] };
            ("gradient_wash", json!({ "color": color, "color2": look.palette.loud[1], "level": 1, "beats": look.bars(2.0) }))
        }
    };
    if look.phrase.mood() == Mood::Calm && look.chance(3, 0.3) {
        return;
    }
    sheet.place(slug, BEAMS, look.whole(), 0, BlendMode::Replace, args);
    match look.phrase.mood() {
        Mood::Calm => sheet.place("gobo_spin", GOBOS, look.whole(), 0, BlendMode::Replace, json!({ "gobo": 2, "speed": 0.15 })),
        Mood::Steady => sheet.place("beam_width", ZOOMS, look.whole(), 0, BlendMode::Replace, json!({ "from": 0.1, "to": 0.4 })),
        Mood::High => sheet.place("zoom_pulse", ZOOMS, look.whole(), 0, BlendMode::Replace, json!({ "rate": 1.0 / look.bars(0.5) })),
    }
}

fn movement(look: &Look, sheet: &mut Sheet) {
    let (choices, bars, size): (&[&str], f64, f64) = match look.phrase.mood() {
        Mood::Calm => (&["figure_eight", "wander", "pan_wave"], 8.0, 0.6),
        Mood::Steady => (&["circle_movement", "pan_wave", "figure_eight", "tilt_wave"], 4.0, 0.6),
        Mood::High => (&["ballyhoo", "tilt_wave", "circle_movement", "pan_wave"], 2.0, 0.7),
    };
    if let Some(slug) = look.pick(4, choices) {
        sheet.place(slug, BEAMS, look.whole(), 0, BlendMode::Replace, json!({ "size": size, "beats": look.bars(bars) }));
    }
}

/// Shapes the light below; the floors keep the ground lit.
fn rhythm(look: &Look, sheet: &mut Sheet) {
    let swell = json!({ "beats": look.bars(2.0), "spread": 0.5, "floor": 0.5 });
    let pass = |bars: f64| json!({ "beats": look.bars(bars), "width": 0.5 });
    let (ground, floor, beams) = match look.phrase.mood() {
        Mood::Calm => (vec![("breathing", swell)], 0.5, vec![]),
        Mood::Steady => (
            ["beat_pulse", "downbeat_pulse", "ripple"].map(|slug| (slug, json!({}))).to_vec(),
            0.45,
            vec![("linear_chase", pass(1.0)), ("bounce_chase", pass(2.0)), ("breathing", json!({ "beats": look.bars(1.0), "floor": 0.2 }))],
        ),
        Mood::High => (
            ["beat_pulse", "offbeat_pulse", "ripple", "beat_pulse"].map(|slug| (slug, json!({}))).to_vec(),
            0.35,
            vec![
                ("odd_even", json!({ "rate": 1, "floor": 0.05 })),
                ("centre_burst", json!({ "beats": 1, "width": 0.6 })),
                ("linear_chase", pass(0.5)),
            ],
        ),
    };
    if let Some((slug, args)) = look.pick(5, &ground) {
        sheet.place(slug, GROUND, look.whole(), 10, BlendMode::Multiply, shaping(args, Some(floor)));
    }
    if let Some((slug, args)) = look.pick(6, &beams) {
        sheet.place(slug, BEAMS, look.whole(), 10, BlendMode::Multiply, shaping(args, None));
    }
}

/// Arguments with which a pattern only shapes: full level and no colour of its own.
fn shaping(mut args: Value, floor: Option<f64>) -> Value {
    args["color"] = json!(KEEP);
    args["level"] = json!(1);
    if let Some(floor) = floor {
        args["floor"] = json!(floor);
    }
    args
}

/// What the drums and the bass do, where they are known, and sparkle at the top.
fn hits(look: &Look, sheet: &mut Sheet) {
    let mood = look.phrase.mood();
    if mood == Mood::Calm {
        return;
    }
    if has_drums(look) {
        sheet.place(
            "kick_hit",
            LOW_GROUND,
            look.whole(),
            20,
            BlendMode::Max,
            json!({ "color": look.palette.hit, "level": 0.4 + 0.5 * look.phrase.energy }),
        );
        if mood == Mood::High {
            sheet.place("snare_hit", FRONT, look.whole(), 21, BlendMode::Screen, json!({ "color": look.palette.hit, "level": 0.8 }));
        }
    } else if look.track.stem(Stem::Bass).is_some() && mood == Mood::High {
        sheet.place("bass_throb", LOW_GROUND, look.whole(), 20, BlendMode::Max, json!({ "color": look.palette.loud[0], "level": 0.9 }));
    }
    if mood == Mood::High && look.chance(7, 0.5) {
        sheet.place("sparkle", GROUND, look.whole(), 22, BlendMode::Max, json!({ "color": look.palette.hit, "count": 4, "level": 0.8 }));
    }
}

/// The first beats of a loud section.
fn impact(look: &Look, sheet: &mut Sheet) {
    sheet.place("blinder_accent", BLINDERS, look.span(0.0, 0.5), 30, BlendMode::Max, json!({ "level": 1 }));
    sheet.place("strobe_hit", STROBES, look.span(0.0, 0.25), 30, BlendMode::Max, json!({ "rate": 0.9, "level": 1 }));
}

/// The last bars before a loud section: a riser, then half a bar of dark.
fn tension(look: &Look, sheet: &mut Sheet) {
    let n_bars = look.phrase.n_bars();
    let from = -n_bars.min(4.0);
    let [a, b] = [look.palette.calm[0], look.palette.loud[0]];
    let span = (look.span(from, n_bars).0, look.span(-0.5, n_bars).0);
    sheet.place("build_riser", BEAMS, span, 30, BlendMode::Replace, json!({ "color": a, "color2": b, "strobe": 0.5, "level": 1 }));
    sheet.place("blackout", "all", look.span(-0.5, n_bars), 100, BlendMode::Replace, json!({}));
}

fn has_drums(look: &Look) -> bool {
    look.track.drums.as_ref().is_some_and(|drums| !drums[0].is_empty())
}

fn has_chords(look: &Look) -> bool {
    look.track.logits.is_some() || look.track.chords.iter().any(|chord| chord.root.is_some())
}
