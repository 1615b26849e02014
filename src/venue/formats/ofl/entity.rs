//! Numbers with units, and the words that stand for them.
//!
//! Words are put on the same line as percentages: the least of a thing is 0, the most 1, and what runs the other way round
//! is negative.

use serde_json::Value;

use super::Object;
use crate::venue::formats::definition::{Sweep, Turn};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unit {
    /// No unit, or a share: `0.0..=1.0` and its negative.
    Share,
    Plain,
    Hertz,
    Seconds,
    Degrees,
    Kelvin,
    Metres,
    Lumens,
    CubicMetresPerMinute,
}

/// A quantity in its base unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Entity {
    pub(super) value: f32,
    pub(super) unit: Unit,
}

impl Entity {
    pub(super) fn in_unit(self, unit: Unit) -> Option<f32> {
        (self.unit == unit).then_some(self.value)
    }
}

/// Unit behind the number, what it is in base units, and the factor to that.
const UNITS: [(&str, Unit, f32); 12] = [
    ("m^3/min", Unit::CubicMetresPerMinute, 1.0),
    ("bpm", Unit::Hertz, 1.0 / 60.0),
    ("rpm", Unit::Hertz, 1.0 / 60.0),
    ("Hz", Unit::Hertz, 1.0),
    ("deg", Unit::Degrees, 1.0),
    ("lm", Unit::Lumens, 1.0),
    ("ms", Unit::Seconds, 0.001),
    ("s", Unit::Seconds, 1.0),
    ("m", Unit::Metres, 1.0),
    ("K", Unit::Kelvin, 1.0),
    ("%", Unit::Share, 0.01),
    ("", Unit::Plain, 1.0),
];

/// Words with their place between the least and the most; `CW` and `CCW` are two directions.
const WORDS: [(&str, f32); 39] = [
    ("off", 0.0),
    ("stop", 0.0),
    ("out", 0.0),
    ("closed", 0.0),
    ("instant", 0.0),
    ("slow", 0.01),
    ("low", 0.01),
    ("weak", 0.01),
    ("dark", 0.01),
    ("short", 0.01),
    ("small", 0.01),
    ("narrow", 0.01),
    ("near", 0.0),
    ("fast", 1.0),
    ("high", 1.0),
    ("strong", 1.0),
    ("bright", 1.0),
    ("long", 1.0),
    ("big", 1.0),
    ("wide", 1.0),
    ("far", 1.0),
    ("open", 1.0),
    ("in", 1.0),
    ("slow reverse", -0.01),
    ("fast reverse", -1.0),
    ("slow CW", 0.01),
    ("fast CW", 1.0),
    ("slow CCW", -0.01),
    ("fast CCW", -1.0),
    ("warm", -0.5),
    ("CTO", -1.0),
    ("default", 0.0),
    ("cold", 0.5),
    ("CTB", 1.0),
    ("left", -1.0),
    ("center", 0.0),
    ("right", 1.0),
    ("top", 1.0),
    ("bottom", -1.0),
];

pub(super) fn parse(value: &Value) -> Option<Entity> {
    if let Some(number) = value.as_f64() {
        return finite(number as f32, Unit::Plain);
    }
    let text = value.as_str()?.trim();
    if let Some((_, place)) = WORDS.iter().find(|(word, _)| *word == text) {
        return finite(*place, Unit::Share);
    }
    let digits = text.find(|sign: char| !matches!(sign, '0'..='9' | '.' | '-')).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f32 = number.parse().ok()?;
    let (_, unit, factor) = UNITS.iter().find(|(name, ..)| *name == unit)?;
    finite(number * factor, *unit)
}

fn finite(value: f32, unit: Unit) -> Option<Entity> {
    value.is_finite().then_some(Entity { value, unit })
}

/// What a quantity of a capability is at both ends of its range: `nameStart` and `nameEnd`, or `name` for both.
pub(super) fn ends(capability: &Object, name: &str) -> Option<[Entity; 2]> {
    let read = |name: &str| capability.get(name).and_then(parse);
    match (read(&format!("{name}Start")), read(&format!("{name}End"))) {
        (Some(start), Some(end)) => Some([start, end]),
        _ => read(name).map(|entity| [entity, entity]),
    }
}

/// The same in one unit alone.
pub(super) fn ends_in(capability: &Object, name: &str, unit: Unit) -> [Option<f32>; 2] {
    ends(capability, name).map_or([None; 2], |ends| ends.map(|entity| entity.in_unit(unit)))
}

/// How the size of a quantity runs.
pub(super) fn sweep([start, end]: [Entity; 2]) -> Sweep {
    let (start, end) = (start.value.abs(), end.value.abs());
    if end > start {
        Sweep::Up
    } else if end < start {
        Sweep::Down
    } else {
        Sweep::Flat
    }
}

/// Which way it turns, if it does.
pub(super) fn turn([start, end]: [Entity; 2]) -> Option<Turn> {
    let most = if start.value.abs() > end.value.abs() { start.value } else { end.value };
    if most > 0.0 {
        Some(Turn::Clockwise)
    } else if most < 0.0 {
        Some(Turn::CounterClockwise)
    } else {
        None
    }
}

/// `0.5` of `"50%"`.
pub(super) fn share(text: &str) -> Option<f64> {
    text.trim().strip_suffix('%')?.trim().parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number / 100.0)
}
