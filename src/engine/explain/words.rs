//! Readings and capabilities as people read them.

use super::Reading;
use crate::engine::graph::build::Target;

/// What a capability is called.
pub const fn title(target: Target) -> &'static str {
    match target {
        Target::Color => "colour",
        Target::Pan => "pan",
        Target::Tilt => "tilt",
        Target::Speed => "frozen",
        other => other.name(),
    }
}

pub fn reading(reading: Reading) -> String {
    match reading {
        Reading::Nothing => "-".to_owned(),
        Reading::Flag(flag) => if flag { "yes" } else { "no" }.to_owned(),
        Reading::Number(number) => format!("{number:.3}"),
        Reading::Color(rgb) => {
            rgb.iter().fold("#".to_owned(), |hex, level| hex + &format!("{:02x}", (level.clamp(0.0, 1.0) * 255.0).round() as u8))
        }
    }
}
