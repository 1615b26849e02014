//! The names that QXF files use, as tables: channel presets, range presets, groups and colours.
//!
//! Matched as whole words, never by part: `SpeedPanTiltFastSlow` holds "Pan" and `ShutterIrisFine` is no shutter.

use crate::venue::formats::definition::{Channel, Detail, Effect, Flash, Group, Primary, Sweep, Turn};
use Sweep::{Down, Flat, Up};

pub(super) fn group(name: &str) -> Option<Group> {
    Some(match name {
        "Intensity" => Group::Intensity,
        "Colour" => Group::Color,
        "Gobo" => Group::Gobo,
        "Speed" => Group::Speed,
        "Pan" => Group::Pan,
        "Tilt" => Group::Tilt,
        "Shutter" => Group::Shutter,
        "Prism" => Group::Prism,
        "Beam" => Group::Beam,
        "Effect" => Group::Effect,
        "Maintenance" => Group::Maintenance,
        "Nothing" => Group::Nothing,
        _ => return None,
    })
}

pub(super) fn primary(name: &str) -> Option<Primary> {
    Some(match name {
        "Red" => Primary::Red,
        "Green" => Primary::Green,
        "Blue" => Primary::Blue,
        "Cyan" => Primary::Cyan,
        "Magenta" => Primary::Magenta,
        "Yellow" => Primary::Yellow,
        "Amber" => Primary::Amber,
        "White" => Primary::White,
        "UV" => Primary::Uv,
        "Indigo" => Primary::Indigo,
        "Lime" => Primary::Lime,
        _ => return None,
    })
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

fn channel_preset(name: &str) -> Option<(Group, Option<Detail>)> {
    let (group, detail) = match name {
        "IntensityMasterDimmer" => (Group::Intensity, Detail::MasterDimmer),
        "IntensityDimmer" => (Group::Intensity, Detail::Dimmer),
        "IntensityHue" => (Group::Intensity, Detail::Hue),
        "IntensitySaturation" => (Group::Intensity, Detail::Saturation),
        "IntensityLightness" => (Group::Intensity, Detail::Lightness),
        "IntensityValue" => (Group::Intensity, Detail::Value),
        "SpeedPanSlowFast" => (Group::Speed, Detail::PanSpeed(Up)),
        "SpeedPanFastSlow" => (Group::Speed, Detail::PanSpeed(Down)),
        "SpeedTiltSlowFast" => (Group::Speed, Detail::TiltSpeed(Up)),
        "SpeedTiltFastSlow" => (Group::Speed, Detail::TiltSpeed(Down)),
        "SpeedPanTiltSlowFast" => (Group::Speed, Detail::PanTiltSpeed(Up)),
        "SpeedPanTiltFastSlow" => (Group::Speed, Detail::PanTiltSpeed(Down)),
        "ColorMacro" => (Group::Color, Detail::ColorMacro),
        "ColorWheel" => (Group::Color, Detail::ColorWheel),
        "ColorRGBMixer" | "ColorCTOMixer" | "ColorCTCMixer" | "ColorCTBMixer" => (Group::Color, Detail::ColorMixer),
        "GoboWheel" => (Group::Gobo, Detail::GoboWheel),
        "GoboIndex" => (Group::Gobo, Detail::GoboIndex),
        "ShutterStrobeSlowFast" => (Group::Shutter, Detail::Strobe(Up)),
        "ShutterStrobeFastSlow" => (Group::Shutter, Detail::Strobe(Down)),
        "ShutterIrisMinToMax" => (Group::Shutter, Detail::Iris(Up)),
        "ShutterIrisMaxToMin" => (Group::Shutter, Detail::Iris(Down)),
        "ShutterIris" => (Group::Shutter, Detail::Iris(Flat)),
        "BeamFocusNearFar" => (Group::Beam, Detail::Focus(Up)),
        "BeamFocusFarNear" => (Group::Beam, Detail::Focus(Down)),
        "BeamFocus" => (Group::Beam, Detail::Focus(Flat)),
        "BeamZoomSmallBig" => (Group::Beam, Detail::Zoom(Up)),
        "BeamZoomBigSmall" => (Group::Beam, Detail::Zoom(Down)),
        "BeamZoom" => (Group::Beam, Detail::Zoom(Flat)),
        "PrismRotationSlowFast" => (Group::Prism, Detail::PrismRotation(Up)),
        "PrismRotationFastSlow" => (Group::Prism, Detail::PrismRotation(Down)),
        // The mirror of a scanner moves along axes; they are its pan and tilt.
        "PositionPan" | "PositionXAxis" => (Group::Pan, Detail::Position),
        "PositionTilt" | "PositionYAxis" => (Group::Tilt, Detail::Position),
        "NoFunction" => return Some((Group::Nothing, None)),
        _ => return None,
    };
    Some((group, Some(detail)))
}

pub(super) fn effect(preset: &str) -> Option<Effect> {
    if let Some(effect) = flash(preset).or_else(|| rotation(preset)) {
        return Some(effect);
    }
    Some(match preset {
        "SlowToFast" | "NearToFar" | "SmallToBig" => Effect::Sweep(Up),
        "FastToSlow" | "FarToNear" | "BigToSmall" => Effect::Sweep(Down),
        "ShutterOpen" => Effect::ShutterOpen,
        "ShutterClose" => Effect::ShutterClosed,
        "ColorMacro" => Effect::ColorMacro,
        "ColorDoubleMacro" => Effect::ColorSplit,
        "ColorWheelIndex" => Effect::ColorIndex,
        "GoboMacro" => Effect::Gobo,
        "GoboShakeMacro" => Effect::GoboShake,
        "GenericPicture" => Effect::Picture,
        "PrismEffectOn" => Effect::PrismOn,
        "PrismEffectOff" => Effect::PrismOff,
        "LampOn" => Effect::LampOn,
        "LampOff" => Effect::LampOff,
        "ResetAll" | "ResetPanTilt" | "ResetPan" | "ResetTilt" | "ResetMotors" | "ResetGobo" | "ResetColor" | "ResetCMY" | "ResetCTO"
        | "ResetEffects" | "ResetPrism" | "ResetBlades" | "ResetIris" | "ResetFrost" | "ResetZoom" => Effect::Reset,
        "SilentModeOn" | "SilentModeOff" | "SilentModeAutomatic" => Effect::SilentMode,
        "Alias" => Effect::Alias,
        "Custom" => Effect::Unnamed,
        _ => return None,
    })
}

fn flash(preset: &str) -> Option<Effect> {
    // Longer names first: "StrobeRandom" also begins with "Strobe".
    const SHAPES: [(&str, Flash); 5] = [
        ("StrobeRandom", Flash::Random),
        ("Strobe", Flash::Steady),
        ("Pulse", Flash::Pulse),
        ("RampUp", Flash::RampUp),
        ("RampDown", Flash::RampDown),
    ];
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
