//! GDTF's attributes in the words of [`definition`](crate::venue::formats::definition): which group, which colour, what it does.

use crate::venue::formats::definition::{Detail, Effect, Flash, Group, Primary, Sweep, Turn};

/// Attributes that add or take away a colour.
pub(super) const COLORS: [(&str, Primary); 23] = [
    ("ColorAdd_R", Primary::Red),
    ("ColorAdd_G", Primary::Green),
    ("ColorAdd_B", Primary::Blue),
    ("ColorAdd_W", Primary::White),
    ("ColorAdd_CW", Primary::ColdWhite),
    ("ColorAdd_WW", Primary::WarmWhite),
    ("ColorAdd_RY", Primary::Amber),
    ("ColorAdd_GY", Primary::Lime),
    ("ColorAdd_UV", Primary::Uv),
    ("ColorAdd_BM", Primary::Indigo),
    ("ColorSub_C", Primary::Cyan),
    ("ColorSub_M", Primary::Magenta),
    ("ColorSub_Y", Primary::Yellow),
    ("ColorRGB_Red", Primary::Red),
    ("ColorRGB_Green", Primary::Green),
    ("ColorRGB_Blue", Primary::Blue),
    ("ColorRGB_White", Primary::White),
    ("ColorRGB_Cyan", Primary::Cyan),
    ("ColorRGB_Magenta", Primary::Magenta),
    ("ColorRGB_Yellow", Primary::Yellow),
    ("ColorRGB_Amber", Primary::Amber),
    ("ColorRGB_UV", Primary::Uv),
    ("ColorRGB_Lime", Primary::Lime),
];

/// The attribute with `(n)` for its first number: `Gobo(n)Pos`.
pub(super) fn numbered(attribute: &str) -> String {
    let digits = |text: &str| text.find(|sign: char| sign.is_ascii_digit());
    let Some(from) = digits(attribute) else { return attribute.to_owned() };
    let rest = attribute[from..].trim_start_matches(|sign: char| sign.is_ascii_digit());
    format!("{}(n){rest}", &attribute[..from])
}

/// What a channel with this first attribute is about.  `rises`: its unit grows with the value.
pub(super) fn meaning(attribute: &str, feature: &str, rises: bool) -> (Group, Option<Primary>, Option<Detail>) {
    let sweep = if rises { Sweep::Up } else { Sweep::Down };
    if let Some((_, primary)) = COLORS.iter().find(|(name, _)| *name == attribute) {
        return (Group::Intensity, Some(*primary), None);
    }
    if let Some(detail) = strobe(attribute, sweep) {
        return (Group::Shutter, None, Some(detail));
    }
    let name = numbered(attribute);
    let plain = |group| (group, None, None);
    let told = |group, detail| (group, None, Some(detail));
    match name.as_str() {
        "Dimmer" => told(Group::Intensity, Detail::Dimmer),
        "HSB_Hue" => told(Group::Intensity, Detail::Hue),
        "HSB_Saturation" => told(Group::Intensity, Detail::Saturation),
        "HSB_Brightness" => told(Group::Intensity, Detail::Value),
        "Pan" => told(Group::Pan, Detail::Position),
        "Tilt" => told(Group::Tilt, Detail::Position),
        "PositionMSpeed" | "GlobalMSpeed" => told(Group::Speed, Detail::PanTiltSpeed(sweep)),
        "PanMSpeed" => told(Group::Speed, Detail::PanSpeed(sweep)),
        "TiltMSpeed" => told(Group::Speed, Detail::TiltSpeed(sweep)),
        "Zoom" => told(Group::Beam, Detail::Zoom(sweep)),
        "Focus(n)" | "Focus(n)Distance" => told(Group::Beam, Detail::Focus(sweep)),
        "Iris" => told(Group::Shutter, Detail::Iris(sweep)),
        "Color(n)" | "Color(n)WheelIndex" | "Color(n)WheelSpin" => told(Group::Color, Detail::ColorWheel),
        "ColorMacro(n)" => told(Group::Color, Detail::ColorMacro),
        "Gobo(n)Pos" | "Gobo(n)PosRotate" | "Gobo(n)PosShake" => told(Group::Gobo, Detail::GoboIndex),
        "Prism(n)Pos" | "Prism(n)PosRotate" => told(Group::Prism, Detail::PrismRotation(sweep)),
        "NoFeature" | "Dummy" | "NoFeature(n)" | "" => plain(Group::Nothing),
        name if name.starts_with("Shutter(n)") => plain(Group::Shutter),
        name if name.starts_with("Gobo(n)") => told(Group::Gobo, Detail::GoboWheel),
        name if name.starts_with("Prism(n)") => plain(Group::Prism),
        name if name.starts_with("Frost(n)") => plain(Group::Beam),
        name if maintains(name) => plain(Group::Maintenance),
        name if name.ends_with("Speed") || name.ends_with("Rate") || name.ends_with("Duration") => plain(Group::Speed),
        name if name.starts_with("Color") || ["CTO", "CTC", "CTB", "Tint", "CRI"].iter().any(|word| name.starts_with(word)) => {
            plain(Group::Color)
        }
        name if name.starts_with("Blade") || name.starts_with("Shaper") || name.starts_with("Beam") => plain(Group::Effect),
        // An attribute of the maker's own is what its feature says.
        _ if feature.starts_with("Dimmer.") => told(Group::Intensity, Detail::Dimmer),
        _ => plain(Group::Effect),
    }
}

/// Strobes that have a channel for their rate, and mostly one for the length of a flash; makers put words of their own behind.
fn strobe(attribute: &str, sweep: Sweep) -> Option<Detail> {
    let name: String = attribute.chars().filter(|sign| !sign.is_whitespace()).flat_map(char::to_lowercase).collect();
    match () {
        () if ["stroberate", "strobefrequency"].iter().any(|word| name.starts_with(word)) => Some(Detail::Strobe(sweep)),
        () if name.starts_with("strobeduration") => Some(Detail::FlashLength),
        () => None,
    }
}

/// Whether its numbers are seconds that a flash lasts.
pub(super) fn is_flash_length(attribute: &str) -> bool {
    strobe(attribute, Sweep::Flat) == Some(Detail::FlashLength)
}

fn maintains(attribute: &str) -> bool {
    attribute.starts_with("Control(n)")
        || attribute.starts_with("Lamp")
        || attribute.starts_with("Fan")
        || ["Reset", "Mode", "Function", "Calibration", "DimmerCurve"].iter().any(|end| attribute.ends_with(end))
}

/// What a stretch of a channel does: its attribute, then what its name says.  `rises` as above; `still`: both ends are alike.
pub(super) fn effect(attribute: &str, label: &str, physical: [f64; 2]) -> Effect {
    let [from, to] = physical;
    let sweep = match from.abs().total_cmp(&to.abs()) {
        std::cmp::Ordering::Less => Sweep::Up,
        std::cmp::Ordering::Greater => Sweep::Down,
        std::cmp::Ordering::Equal => Sweep::Flat,
    };
    let says = |words: &[&str]| words.iter().any(|word| label.to_lowercase().contains(word));
    if matches!(strobe(attribute, sweep), Some(Detail::Strobe(_))) {
        return Effect::Strobe(Flash::Steady, sweep);
    }
    let name = numbered(attribute);
    match name.as_str() {
        "Shutter(n)" if says(&["open"]) && !says(&["strob", "puls", "close"]) => Effect::ShutterOpen,
        "Shutter(n)" if says(&["close", "blackout"]) && !says(&["strob", "puls", "open"]) => Effect::ShutterClosed,
        "Shutter(n)" if from == 1.0 && to == 1.0 && !says(&["strob", "puls"]) => Effect::ShutterOpen,
        "Shutter(n)" if from == 0.0 && to == 0.0 && !says(&["strob", "puls"]) => Effect::ShutterClosed,
        name if name.starts_with("Shutter(n)Strobe") => Effect::Strobe(flash(&name["Shutter(n)Strobe".len()..]), sweep),
        name if turns(name) => match (from, to) {
            (0.0, 0.0) => Effect::RotationStop,
            _ if from + to < 0.0 => Effect::Rotation(Turn::Clockwise, sweep),
            _ => Effect::Rotation(Turn::CounterClockwise, sweep),
        },
        "Gobo(n)Pos" | "Prism(n)Pos" | "AnimationWheel(n)Pos" => Effect::RotationIndexed,
        "Gobo(n)SelectShake" | "Gobo(n)WheelShake" | "Gobo(n)PosShake" => Effect::GoboShake,
        "LampControl" if says(&["lamp on", "strike", "ignit"]) => Effect::LampOn,
        "LampControl" if says(&["lamp off", "douse"]) => Effect::LampOff,
        name if name.ends_with("Reset") && !says(&["no ", "idle", "nothing", "reserved", "normal"]) => Effect::Reset,
        _ => Effect::Unnamed,
    }
}

/// Movements without an end.
pub(super) fn turns(attribute: &str) -> bool {
    matches!(
        numbered(attribute).as_str(),
        "Gobo(n)PosRotate"
            | "Prism(n)PosRotate"
            | "Color(n)WheelSpin"
            | "Gobo(n)WheelSpin"
            | "AnimationWheel(n)PosRotate"
            | "PanRotate"
            | "TiltRotate"
    )
}

fn flash(kind: &str) -> Flash {
    match kind {
        "" => Flash::Steady,
        kind if kind.starts_with("Random") => Flash::Random,
        "PulseOpen" => Flash::RampUp,
        "PulseClose" => Flash::RampDown,
        _ => Flash::Pulse,
    }
}

/// Attributes that run through all their values alike: their named pieces are places on a scale, not things of their own.
pub(super) fn is_scale(attribute: &str) -> bool {
    let name = numbered(attribute);
    COLORS.iter().any(|(color, _)| *color == attribute)
        || strobe(attribute, Sweep::Flat).is_some()
        || name.starts_with("Shutter(n)Strobe")
        || turns(attribute)
        || matches!(
            name.as_str(),
            "Dimmer"
                | "Pan"
                | "Tilt"
                | "Zoom"
                | "Focus(n)"
                | "Iris"
                | "Frost(n)"
                | "PositionMSpeed"
                | "HSB_Hue"
                | "HSB_Saturation"
                | "HSB_Brightness"
                | "Gobo(n)Pos"
                | "Prism(n)Pos"
        )
}
