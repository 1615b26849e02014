//! The patterns that ship with Luma, from `assets/patterns/`, in the order people see them.
//!
//! A pattern's id is [`builtin_id`](super::model::builtin_id) of its file's name.  Adding one costs its file and its line in the list.

use super::model::Pattern;

macro_rules! embed {
    ($($slug:literal)*) => {
        /// File name without `.json`, and text.
        const FILES: &[(&str, &str)] = &[$(($slug, include_str!(concat!("../../assets/patterns/", $slug, ".json")))),*];
    };
}

embed! {
    "beat_pulse"
    "downbeat_pulse"
    "offbeat_pulse"
    "kick_hit"
    "snare_hit"
    "hat_shimmer"
    "gate"
    "odd_even"
    "linear_chase"
    "circular_chase"
    "bounce_chase"
    "centre_burst"
    "ripple"
    "fill"
    "colour_wash"
    "gradient_wash"
    "colour_flip"
    "colour_drift"
    "rainbow_sweep"
    "chord_colours"
    "tension_glow"
    "energy_wash"
    "sparkle"
    "twinkle"
    "breathing"
    "embers"
    "bass_throb"
    "pixel_run"
    "pixel_fill"
    "pixel_vu"
    "pixel_scan"
    "strobe_hit"
    "blinder_accent"
    "section_flash"
    "build_riser"
    "blackout"
    "fade"
    "fan"
    "figure_eight"
    "circle_movement"
    "pan_wave"
    "tilt_wave"
    "wander"
    "ballyhoo"
    "look_at_sweep"
    "focus_point"
    "random_targets"
    "gobo_spin"
    "open_beam"
    "prism_burst"
    "zoom_pulse"
    "beam_width"
}

/// Every pattern that ships with Luma.
pub fn builtin() -> Vec<Pattern> {
    // That each file parses is a test, so nothing is lost here.
    FILES.iter().filter_map(|(_, text)| serde_json::from_str(text).ok()).collect()
}

/// The same with their files' names.
pub fn slugs_and_patterns() -> Vec<(&'static str, Pattern)> {
    FILES.iter().filter_map(|(slug, text)| Some((*slug, serde_json::from_str(text).ok()?))).collect()
}

#[cfg(test)]
mod tests;
