//! What each channel of a mode is for, as far as Luma can drive it.
//!
//! Formal information (group, colour, preset, effects of the ranges) decides; names and labels only where there is none.

use super::ranges::{self, has_switch};
use crate::engine::rig::kind::Emitter;
use crate::venue::formats::definition::{Channel, Detail, Device, Effect, Flash, Group, Primary, Range};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `master`: the file says that it stands above other dimmers.
    Dimmer {
        master: bool,
    },
    Color(Emitter),
    Pan,
    Tilt,
    Shutter,
    Iris,
    ColorWheel,
    Temperature,
    Gobo,
    GoboRotation,
    Prism,
    Zoom,
    Focus,
    Frost,
    Speed,
    /// Rests at its neutral value.
    Other,
}

/// True when `text` holds any of `words`; both in any case.
pub(super) fn says(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| text.contains(word))
}

pub(in crate::venue) fn of(channel: &Channel, device: Device) -> Purpose {
    match told(channel, device) {
        // Their values run through the whole channel, so that one with a switch in it is left alone.
        Purpose::Color(_) | Purpose::Pan | Purpose::Tilt if has_switch(channel) => Purpose::Other,
        _ if channel.constant || channel.detail == Some(Detail::Other) => Purpose::Other,
        purpose => purpose,
    }
}

fn told(channel: &Channel, device: Device) -> Purpose {
    match channel.group {
        Group::Intensity => intensity(channel, device),
        Group::Pan if !turns_for_ever(channel) => Purpose::Pan,
        Group::Tilt if !turns_for_ever(channel) => Purpose::Tilt,
        // A fogger's shutter lets fog out, unless it strobes: then it is its lamps'.
        Group::Shutter if makes_fog(device) && !strobes(channel) => Purpose::Other,
        Group::Shutter => shutter(channel),
        Group::Color if ranges::temperature(channel).is_some() => Purpose::Temperature,
        Group::Color if is_wheel(channel) => Purpose::ColorWheel,
        Group::Gobo => gobo(channel),
        Group::Prism if !turns(channel) => Purpose::Prism,
        Group::Beam | Group::Effect => beam(channel),
        Group::Speed => speed(channel),
        _ => Purpose::Other,
    }
}

fn intensity(channel: &Channel, device: Device) -> Purpose {
    match (channel.color, channel.detail) {
        (Some(primary), _) => return Purpose::Color(emitter(primary, &channel.name)),
        (None, Some(Detail::MasterDimmer)) => return Purpose::Dimmer { master: true },
        (None, Some(Detail::Hue | Detail::Saturation)) => return Purpose::Other,
        _ => {}
    }
    // Fog follows no pattern: it would puff with every beat of a selection of everything.
    if makes_fog(device) && !says(&channel.name, &["dimmer", "red", "led"]) {
        return Purpose::Other;
    }
    let dims_in_part = || says(&channel.name, &["strob", "shutter"]) && ranges::dimmer_in_shutter(channel).is_some();
    if channel.detail.is_none() && (ranges::fades_by_itself(channel) || ranges::sets_a_pace(channel)) {
        return Purpose::Other;
    }
    if channel.detail.is_none() && !is_dimmer_by_name(channel) && !dims_in_part() && !ranges::dims_mostly(channel) {
        return if says(&channel.name, &["strob", "shutter"]) { Purpose::Shutter } else { Purpose::Other };
    }
    Purpose::Dimmer { master: says(&channel.name, &["master", "grand"]) }
}

pub(in crate::venue) fn makes_fog(device: Device) -> bool {
    matches!(device, Device::Smoke | Device::Hazer | Device::Fan)
}

/// Channels without a group are intensity in QXF, whatever they really do.  A name of several parts ("master dimmer /
/// programme speed") is a dimmer's when one of them is.
fn is_dimmer_by_name(channel: &Channel) -> bool {
    const NOT: [&str; 29] = [
        "curve",
        "mode",
        "speed",
        "macro",
        "program",
        "auto",
        "function",
        "chase",
        "control",
        "temperature",
        "cto",
        "ctc",
        "ctb",
        "reset",
        "lamp o",
        "sound",
        "music",
        "sensitiv",
        "fan",
        "power output",
        "synchron",
        "delay",
        "gobo",
        "pattern",
        "black out",
        "blackout",
        "fx",
        "fade",
        "duration",
    ];
    const NOT_A_DIMMER: [&str; 9] = ["curve", "mode", "speed", "fade", "delay", "effect", "fog", "fan", "preset"];
    let dims = |part: &str| says(part, &["dim", "intens", "master", "bright", "level"]);
    if dims(&channel.name) {
        return channel.name.split(['/', ',', '&', '(', ';']).any(|part| dims(part) && !says(part, &NOT_A_DIMMER));
    }
    let strobes = says(&channel.name, &["strob", "shutter", "flash", "frequency"]);
    !(strobes || says(&channel.name, &NOT))
}

fn emitter(primary: Primary, name: &str) -> Emitter {
    match primary {
        Primary::Red => Emitter::Red,
        Primary::Green => Emitter::Green,
        Primary::Blue => Emitter::Blue,
        Primary::Cyan => Emitter::Cyan,
        Primary::Magenta => Emitter::Magenta,
        Primary::Yellow => Emitter::Yellow,
        Primary::Amber => Emitter::Amber,
        Primary::White if says(name, &["warm"]) => Emitter::WarmWhite,
        Primary::WarmWhite => Emitter::WarmWhite,
        Primary::ColdWhite => Emitter::ColdWhite,
        Primary::White if says(name, &["cold", "cool"]) => Emitter::ColdWhite,
        Primary::White => Emitter::White,
        Primary::Uv => Emitter::Uv,
        Primary::Indigo => Emitter::Indigo,
        Primary::Lime => Emitter::Lime,
    }
}

/// Endless rotation is a speed, not a position.  A preset settles it; a range that covers everything and is only called
/// rotation is an angle.
fn turns_for_ever(channel: &Channel) -> bool {
    if channel.detail == Some(Detail::Position) {
        return false;
    }
    let several = channel.ranges.len() > 1;
    (several && turns(channel)) || says(&channel.name, &["continuous", "endless", "infinite", "speed", "macro"])
}

fn strobes(channel: &Channel) -> bool {
    channel.ranges.iter().any(|range| matches!(range.effect, Effect::Strobe(..)))
}

fn turns(channel: &Channel) -> bool {
    matches!(channel.detail, Some(Detail::PrismRotation(_) | Detail::GoboIndex))
        || channel.ranges.iter().filter(|range| matches!(range.effect, Effect::Rotation(..) | Effect::RotationStop)).count() * 2
            > channel.ranges.len()
        || says(&channel.name, &["rotat"]) && !has_picture(channel)
}

fn has_picture(channel: &Channel) -> bool {
    channel.ranges.iter().any(|range| matches!(range.effect, Effect::Gobo | Effect::GoboShake | Effect::PrismOn))
}

fn shutter(channel: &Channel) -> Purpose {
    let named = || channel.detail.is_none() && says(&channel.name, &["iris"]) && !only_shuts(channel);
    let iris = matches!(channel.detail, Some(Detail::Iris(_))) || named();
    let other = channel.detail.is_none() && says(&channel.name, &["speed of", "blade", "barn", "fram"]);
    match (iris, other) {
        (true, _) => Purpose::Iris,
        (_, true) => Purpose::Other,
        _ => Purpose::Shutter,
    }
}

/// Formally shut, open and steadily strobing, without a stretch long enough to travel in: a shutter, whatever it is called.
fn only_shuts(channel: &Channel) -> bool {
    let any = |test: fn(Effect) -> bool| channel.ranges.iter().any(|range| test(range.effect));
    let travels = |range: &Range| match range.effect {
        Effect::Sweep(_) => true,
        Effect::ShutterOpen | Effect::Unnamed => range.width() > 64,
        _ => false,
    };
    any(|effect| effect == Effect::ShutterClosed)
        && any(|effect| effect == Effect::ShutterOpen)
        && any(|effect| matches!(effect, Effect::Strobe(Flash::Steady, _)))
        && !channel.ranges.iter().any(travels)
}

/// A wheel names at least two plain colours; a mixer or a list of programmes does not.
fn is_wheel(channel: &Channel) -> bool {
    let n_colors = channel.ranges.iter().filter(|range| range.effect == Effect::ColorMacro && range.colors.len() == 1).count();
    !matches!(channel.detail, Some(Detail::ColorMixer)) && n_colors >= 2
}

fn gobo(channel: &Channel) -> Purpose {
    if turns(channel) || says(&channel.name, &["index", "shake"]) && !has_picture(channel) { Purpose::GoboRotation } else { Purpose::Gobo }
}

fn beam(channel: &Channel) -> Purpose {
    let name = channel.name.as_str();
    match channel.detail {
        Some(Detail::Zoom(_)) => Purpose::Zoom,
        Some(Detail::Focus(_)) => Purpose::Focus,
        Some(Detail::Frost) => Purpose::Frost,
        _ if says(name, &["speed", "macro", "auto", "pulse", "reset"]) => Purpose::Other,
        _ if says(name, &["zoom"]) => Purpose::Zoom,
        _ if says(name, &["frost", "diffus"]) => Purpose::Frost,
        _ if channel.group != Group::Beam => Purpose::Other,
        _ if says(name, &["focus"]) => Purpose::Focus,
        _ if says(name, &["iris"]) => Purpose::Iris,
        _ => Purpose::Other,
    }
}

fn speed(channel: &Channel) -> Purpose {
    let name = channel.name.as_str();
    let moves = says(name, &["pan", "p/t", "x/y", "xy", "movement", "motor", "head", "position"]);
    let other =
        says(name, &["macro", "effect", "colo", "gobo", "strobe", "prism", "program", "chase", "zoom", "auto", "dim", "fan", "rotat"]);
    match channel.detail {
        Some(Detail::PanTiltSpeed(_) | Detail::PanSpeed(_) | Detail::TiltSpeed(_)) => Purpose::Speed,
        None if moves && !other => Purpose::Speed,
        _ => Purpose::Other,
    }
}
