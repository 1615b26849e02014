//! The names that QXF files use, as tables: channel presets, range presets, groups and colours.
//!
//! Matched as whole words, never by part: `SpeedPanTiltFastSlow` holds "Pan" and `ShutterIrisFine` is no shutter.

use crate::venue::formats::definition::{Channel, Detail, Effect, Flash, Group, Primary, Range, Sweep, Turn};
use Sweep::{Down, Flat, Up};

const GROUPS: [(&str, Group); 12] = [
    ("Intensity", Group::Intensity),
    ("Colour", Group::Color),
    ("Gobo", Group::Gobo),
    ("Speed", Group::Speed),
    ("Pan", Group::Pan),
    ("Tilt", Group::Tilt),
    ("Shutter", Group::Shutter),
    ("Prism", Group::Prism),
    ("Beam", Group::Beam),
    ("Effect", Group::Effect),
    ("Maintenance", Group::Maintenance),
    ("Nothing", Group::Nothing),
];
const PRIMARIES: [(&str, Primary); 11] = [
    ("Red", Primary::Red),
    ("Green", Primary::Green),
    ("Blue", Primary::Blue),
    ("Cyan", Primary::Cyan),
    ("Magenta", Primary::Magenta),
    ("Yellow", Primary::Yellow),
    ("Amber", Primary::Amber),
    ("White", Primary::White),
    ("UV", Primary::Uv),
    ("Indigo", Primary::Indigo),
    ("Lime", Primary::Lime),
];
/// Of several words for one thing the first is the one to write.
const CHANNELS: [(&str, Group, Option<Detail>); 34] = [
    ("IntensityMasterDimmer", Group::Intensity, Some(Detail::MasterDimmer)),
    ("IntensityDimmer", Group::Intensity, Some(Detail::Dimmer)),
    ("IntensityHue", Group::Intensity, Some(Detail::Hue)),
    ("IntensitySaturation", Group::Intensity, Some(Detail::Saturation)),
    ("IntensityLightness", Group::Intensity, Some(Detail::Lightness)),
    ("IntensityValue", Group::Intensity, Some(Detail::Value)),
    ("SpeedPanSlowFast", Group::Speed, Some(Detail::PanSpeed(Up))),
    ("SpeedPanFastSlow", Group::Speed, Some(Detail::PanSpeed(Down))),
    ("SpeedTiltSlowFast", Group::Speed, Some(Detail::TiltSpeed(Up))),
    ("SpeedTiltFastSlow", Group::Speed, Some(Detail::TiltSpeed(Down))),
    ("SpeedPanTiltSlowFast", Group::Speed, Some(Detail::PanTiltSpeed(Up))),
    ("SpeedPanTiltFastSlow", Group::Speed, Some(Detail::PanTiltSpeed(Down))),
    ("ColorMacro", Group::Color, Some(Detail::ColorMacro)),
    ("ColorWheel", Group::Color, Some(Detail::ColorWheel)),
    ("ColorRGBMixer", Group::Color, Some(Detail::ColorMixer)),
    ("ColorCTOMixer", Group::Color, Some(Detail::ColorMixer)),
    ("ColorCTCMixer", Group::Color, Some(Detail::ColorMixer)),
    ("ColorCTBMixer", Group::Color, Some(Detail::ColorMixer)),
    ("GoboWheel", Group::Gobo, Some(Detail::GoboWheel)),
    ("GoboIndex", Group::Gobo, Some(Detail::GoboIndex)),
    ("ShutterStrobeSlowFast", Group::Shutter, Some(Detail::Strobe(Up))),
    ("ShutterStrobeFastSlow", Group::Shutter, Some(Detail::Strobe(Down))),
    ("ShutterIrisMinToMax", Group::Shutter, Some(Detail::Iris(Up))),
    ("ShutterIrisMaxToMin", Group::Shutter, Some(Detail::Iris(Down))),
    ("ShutterIris", Group::Shutter, Some(Detail::Iris(Flat))),
    ("BeamFocusNearFar", Group::Beam, Some(Detail::Focus(Up))),
    ("BeamFocusFarNear", Group::Beam, Some(Detail::Focus(Down))),
    ("BeamFocus", Group::Beam, Some(Detail::Focus(Flat))),
    ("BeamZoomSmallBig", Group::Beam, Some(Detail::Zoom(Up))),
    ("BeamZoomBigSmall", Group::Beam, Some(Detail::Zoom(Down))),
    ("BeamZoom", Group::Beam, Some(Detail::Zoom(Flat))),
    ("PrismRotationSlowFast", Group::Prism, Some(Detail::PrismRotation(Up))),
    ("PrismRotationFastSlow", Group::Prism, Some(Detail::PrismRotation(Down))),
    ("NoFunction", Group::Nothing, None),
];
/// The mirror of a scanner moves along axes; they are its pan and tilt.
const AXES: [(&str, Group); 4] =
    [("PositionPan", Group::Pan), ("PositionTilt", Group::Tilt), ("PositionXAxis", Group::Pan), ("PositionYAxis", Group::Tilt)];
/// Of several words for one thing the first is the one to write.
const EFFECTS: [(&str, Effect); 38] = [
    ("SlowToFast", Effect::Sweep(Up)),
    ("NearToFar", Effect::Sweep(Up)),
    ("SmallToBig", Effect::Sweep(Up)),
    ("FastToSlow", Effect::Sweep(Down)),
    ("FarToNear", Effect::Sweep(Down)),
    ("BigToSmall", Effect::Sweep(Down)),
    ("ShutterOpen", Effect::ShutterOpen),
    ("ShutterClose", Effect::ShutterClosed),
    ("ColorMacro", Effect::ColorMacro),
    ("ColorDoubleMacro", Effect::ColorSplit),
    ("ColorWheelIndex", Effect::ColorIndex),
    ("GoboMacro", Effect::Gobo),
    ("GoboShakeMacro", Effect::GoboShake),
    ("GenericPicture", Effect::Picture),
    ("PrismEffectOn", Effect::PrismOn),
    ("PrismEffectOff", Effect::PrismOff),
    ("LampOn", Effect::LampOn),
    ("LampOff", Effect::LampOff),
    ("ResetAll", Effect::Reset),
    ("ResetPanTilt", Effect::Reset),
    ("ResetPan", Effect::Reset),
    ("ResetTilt", Effect::Reset),
    ("ResetMotors", Effect::Reset),
    ("ResetGobo", Effect::Reset),
    ("ResetColor", Effect::Reset),
    ("ResetCMY", Effect::Reset),
    ("ResetCTO", Effect::Reset),
    ("ResetEffects", Effect::Reset),
    ("ResetPrism", Effect::Reset),
    ("ResetBlades", Effect::Reset),
    ("ResetIris", Effect::Reset),
    ("ResetFrost", Effect::Reset),
    ("ResetZoom", Effect::Reset),
    ("SilentModeOn", Effect::SilentMode),
    ("SilentModeOff", Effect::SilentMode),
    ("SilentModeAutomatic", Effect::SilentMode),
    ("Alias", Effect::Alias),
    ("Custom", Effect::Unnamed),
];

pub(super) fn group(name: &str) -> Option<Group> {
    GROUPS.iter().find(|(word, _)| *word == name).map(|(_, group)| *group)
}

pub(super) fn group_word(group: Group) -> &'static str {
    GROUPS.iter().find(|(_, of)| *of == group).map_or("Nothing", |(word, _)| word)
}

pub(super) fn primary(name: &str) -> Option<Primary> {
    PRIMARIES.iter().find(|(word, _)| *word == name).map(|(_, primary)| *primary)
}

/// `Generic` is what files write for no colour.
pub(super) fn primary_word(primary: Option<Primary>) -> &'static str {
    PRIMARIES.iter().find(|(_, of)| Some(*of) == primary).map_or("Generic", |(word, _)| word)
}

/// Sets what the preset implies.  `false` when the name is unknown; the channel then is plain intensity.
pub(super) fn apply_channel_preset(channel: &mut Channel, preset: &str) -> bool {
    let (name, fine) = match preset.strip_suffix("Fine") {
        Some(name) => (name, true),
        None => (preset, false),
    };
    if let Some(primary) = name.strip_prefix("Intensity").and_then(primary) {
        (channel.group, channel.color, channel.fine) = (Group::Intensity, Some(primary), fine);
        return true;
    }
    let Some((group, detail)) = channel_preset(name) else {
        return false;
    };
    (channel.group, channel.detail, channel.fine) = (group, detail, fine);
    true
}

/// True when the preset alone says what the channel is.
pub(super) fn fits(channel: &Channel, preset: &str) -> bool {
    let mut of_preset = Channel::default();
    apply_channel_preset(&mut of_preset, preset);
    let said = |channel: &Channel| (channel.group, channel.color, channel.fine, channel.detail);
    said(&of_preset) == said(channel)
}

fn channel_preset(name: &str) -> Option<(Group, Option<Detail>)> {
    let axis = || AXES.iter().find(|(word, _)| *word == name).map(|(_, group)| (*group, Some(Detail::Position)));
    CHANNELS.iter().find(|(word, ..)| *word == name).map(|(_, group, detail)| (*group, *detail)).or_else(axis)
}

/// The preset that says all of group, colour, byte and detail; `None` where no preset does.
pub(super) fn channel_word(channel: &Channel) -> Option<String> {
    let fine = if channel.fine { "Fine" } else { "" };
    let base = match (channel.color, channel.detail) {
        (Some(primary), None) if channel.group == Group::Intensity => format!("Intensity{}", primary_word(Some(primary))),
        (None, Some(Detail::Position)) => AXES.iter().find(|(_, group)| *group == channel.group)?.0.to_owned(),
        (None, detail) if detail.is_some() || channel.group == Group::Nothing => {
            CHANNELS.iter().find(|(_, group, of)| *group == channel.group && *of == detail)?.0.to_owned()
        }
        _ => return None,
    };
    Some(base + fine)
}

pub(super) fn effect(preset: &str) -> Option<Effect> {
    if let Some(effect) = flash(preset).or_else(|| rotation(preset)) {
        return Some(effect);
    }
    EFFECTS.iter().find(|(word, _)| *word == preset).map(|(_, effect)| *effect)
}

/// The word for an effect; `None` for one that only its label tells.
pub(super) fn effect_word(range: &Range) -> Option<String> {
    match range.effect {
        Effect::Unnamed => None,
        Effect::Strobe(shape, sweep) => {
            let shape_word = SHAPES.iter().find(|(_, of)| *of == shape)?.0;
            let run = match (sweep, range.numbers) {
                (Up, [Some(first), Some(second)]) if first <= second => "FreqRange",
                (Down, [Some(first), Some(second)]) if first > second => "FreqRange",
                (Up, _) => "SlowToFast",
                (Down, _) => "FastToSlow",
                (Flat, _) if shape == Flash::Random => "",
                (Flat, _) => "Frequency",
            };
            Some(format!("{shape_word}{run}"))
        }
        Effect::RotationStop => Some("RotationStop".to_owned()),
        Effect::RotationIndexed => Some("RotationIndexed".to_owned()),
        Effect::Rotation(turn, sweep) => {
            let turn = if turn == Turn::Clockwise { "Clockwise" } else { "CounterClockwise" };
            let run = match sweep {
                Up => "SlowToFast",
                Down => "FastToSlow",
                Flat => "",
            };
            Some(format!("Rotation{turn}{run}"))
        }
        effect => EFFECTS.iter().find(|(_, of)| *of == effect).map(|(word, _)| (*word).to_owned()),
    }
}

/// Longer names first: `StrobeRandom` also begins with `Strobe`.
const SHAPES: [(&str, Flash); 5] = [
    ("StrobeRandom", Flash::Random),
    ("Strobe", Flash::Steady),
    ("Pulse", Flash::Pulse),
    ("RampUp", Flash::RampUp),
    ("RampDown", Flash::RampDown),
];

fn flash(preset: &str) -> Option<Effect> {
    let (rest, shape) = SHAPES.iter().find_map(|&(name, shape)| Some((preset.strip_prefix(name)?, shape)))?;
    let sweep = match rest {
        // A range of frequencies runs from its first number to its second; the reader turns it where they fall.
        "SlowToFast" | "FreqRange" => Up,
        "FastToSlow" => Down,
        "Frequency" => Flat,
        "" if shape == Flash::Random => Flat,
        _ => return None,
    };
    Some(Effect::Strobe(shape, sweep))
}

fn rotation(preset: &str) -> Option<Effect> {
    let rest = preset.strip_prefix("Rotation")?;
    let (turn, sweep) = match rest {
        "Stop" => return Some(Effect::RotationStop),
        "Indexed" => return Some(Effect::RotationIndexed),
        "Clockwise" => (Turn::Clockwise, Flat),
        "ClockwiseSlowToFast" => (Turn::Clockwise, Up),
        "ClockwiseFastToSlow" => (Turn::Clockwise, Down),
        "CounterClockwise" => (Turn::CounterClockwise, Flat),
        "CounterClockwiseSlowToFast" => (Turn::CounterClockwise, Up),
        "CounterClockwiseFastToSlow" => (Turn::CounterClockwise, Down),
        _ => return None,
    };
    Some(Effect::Rotation(turn, sweep))
}
