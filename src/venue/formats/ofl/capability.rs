//! What one stretch of a channel does: a capability's type, quantities and words as a [`Range`] without its bounds.

use super::entity::{self, Entity, Unit};
use super::wheel::{self, Kind, WheelSlot, Wheels};
use super::{Object, text};
use crate::venue::formats::definition::{Effect, Flash, Range, Sweep, Turn};

/// A capability with what it refers to.
pub(super) struct Capability<'a> {
    pub(super) from: &'a Object,
    pub(super) kind: &'a str,
    /// Slots of the wheel that it is about.
    pub(super) slots: Option<&'a [WheelSlot]>,
}

impl<'a> Capability<'a> {
    pub(super) fn new(from: &'a Object, wheels: &'a Wheels, channel: &str) -> Self {
        // A few types name several wheels; the first stands for all.
        let named = from.get("wheel").and_then(|wheel| wheel.as_str().or_else(|| wheel.as_array()?.first()?.as_str()));
        Self { from, kind: text(from, "type").unwrap_or_default(), slots: wheels.slots(named, channel) }
    }

    fn ends(&self, name: &str) -> Option<[Entity; 2]> {
        entity::ends(self.from, name)
    }

    fn is(&self, flag: &str) -> bool {
        self.from.get(flag).and_then(serde_json::Value::as_bool).unwrap_or(false)
    }

    /// The slots at both ends of the range, and whether it stands between two.
    fn wheel_slots(&self) -> Option<(&'a WheelSlot, &'a WheelSlot, bool)> {
        let slots = self.slots.filter(|slots| !slots.is_empty())?;
        let [start, end] = self.ends("slotNumber")?;
        let at = |number: f32| &slots[(number.floor().max(1.0) as usize - 1) % slots.len()];
        let after = |number: f32| &slots[(number.ceil().max(1.0) as usize - 1) % slots.len()];
        let (low, high) = (start.value.min(end.value), start.value.max(end.value));
        Some((at(low), after(high), low != high || low.fract() != 0.0))
    }

    pub(super) fn range(&self) -> Range {
        let mut range = Range { label: self.label(), ..Range::default() };
        match self.kind {
            "ShutterStrobe" => self.shutter(&mut range),
            "StrobeSpeed" => {
                range.effect = Effect::Strobe(Flash::Steady, self.ends("speed").map_or(Sweep::Flat, entity::sweep));
                range.numbers = self.numbers("speed", Unit::Hertz);
            }
            "Intensity" | "ColorIntensity" => self.brightness(&mut range),
            "Pan" | "Tilt" => (range.effect, range.numbers) = (Effect::Angle, self.numbers("angle", Unit::Degrees)),
            "ColorPreset" => self.preset(&mut range),
            "ColorTemperature" => {
                range.effect = Effect::Temperature(self.ends("colorTemperature").map_or(Sweep::Flat, rises));
                range.numbers = self.numbers("colorTemperature", Unit::Kelvin);
            }
            "WheelSlot" => self.wheel_slot(&mut range),
            "WheelShake" if self.shows(Kind::Gobo) => range.effect = Effect::GoboShake,
            "PanContinuous" | "TiltContinuous" | "WheelRotation" | "WheelSlotRotation" | "PrismRotation" | "Rotation" => {
                range.effect = self.rotation();
            }
            "PanTiltSpeed" | "EffectSpeed" | "Speed" => {
                range.effect = Effect::Sweep(self.speed().map_or(Sweep::Flat, rises));
                range.numbers = self.speed().map_or([None; 2], |ends| ends.map(|end| Some(end.value)));
            }
            "Zoom" | "BeamAngle" => range.effect = self.sweep("angle"),
            "Focus" => range.effect = self.sweep("distance"),
            "Iris" => range.effect = self.sweep("openPercent"),
            "Frost" => range.effect = self.sweep("frostIntensity"),
            "Prism" => range.effect = Effect::PrismOn,
            "Maintenance" => range.effect = maintenance(&range.label),
            _ => {}
        }
        range
    }

    fn numbers(&self, name: &str, unit: Unit) -> [Option<f32>; 2] {
        entity::ends_in(self.from, name, unit)
    }

    fn sweep(&self, name: &str) -> Effect {
        match self.ends(name).map_or(Sweep::Flat, rises) {
            Sweep::Flat => Effect::Unnamed,
            sweep => Effect::Sweep(sweep),
        }
    }

    /// Speeds, or durations as the speeds that they mean.
    pub(super) fn speed(&self) -> Option<[Entity; 2]> {
        let faster = |ends: [Entity; 2]| ends.map(|end| Entity { value: 1.0 / end.value.abs().max(0.001), unit: end.unit });
        self.ends("speed").or_else(|| self.ends("duration").map(faster))
    }

    fn shows(&self, kind: Kind) -> bool {
        self.slots.is_some_and(|slots| slots.iter().any(|slot| slot.kind == kind))
    }

    fn shutter(&self, range: &mut Range) {
        let sweep = self.ends("speed").map(entity::sweep).unwrap_or_default();
        let flash = match text(self.from, "shutterEffect").unwrap_or_default() {
            "Open" => return range.effect = Effect::ShutterOpen,
            "Closed" => return range.effect = Effect::ShutterClosed,
            // Nobody can say when it flashes.
            _ if self.is("soundControlled") => return,
            _ if self.is("randomTiming") => Flash::Random,
            "Strobe" => Flash::Steady,
            "RampUp" => Flash::RampUp,
            "RampDown" => Flash::RampDown,
            _ => Flash::Pulse,
        };
        range.effect = Effect::Strobe(flash, sweep);
        range.numbers = self.numbers("speed", Unit::Hertz);
    }

    fn brightness(&self, range: &mut Range) {
        let levels = |ends: [Entity; 2]| match ends {
            // Of lumens only the order is of use.
            [start, end] if start.unit == Unit::Lumens => {
                if start.value <= end.value {
                    [0.0, 1.0]
                } else {
                    [1.0, 0.0]
                }
            }
            ends => ends.map(|end| end.value),
        };
        let [start, end] = self.ends("brightness").map_or([0.0, 1.0], levels);
        if start == end {
            // One level is a switch; its label says which.
            range.label = if start <= 0.0 { "Off".to_owned() } else { "Open, full on".to_owned() };
            return;
        }
        range.effect = Effect::Dim(if start < end { Sweep::Up } else { Sweep::Down });
        range.numbers = [Some(start), Some(end)];
    }

    fn preset(&self, range: &mut Range) {
        let (start, end) = (wheel::colors(self.from, "colorsStart"), wheel::colors(self.from, "colorsEnd"));
        if let (Some(start), Some(end)) = (start.first(), end.first()) {
            (range.effect, range.colors) = (Effect::ColorIndex, vec![*start, *end]);
            return;
        }
        let told = wheel::colors(self.from, "colors");
        let guessed = || wheel::kelvin(self.from).or_else(|| text(self.from, "comment").and_then(wheel::color_named));
        range.colors = if told.is_empty() { guessed().into_iter().collect() } else { told };
        range.effect = match range.colors.len() {
            0 => Effect::ColorIndex,
            1 => Effect::ColorMacro,
            _ => Effect::ColorSplit,
        };
    }

    fn wheel_slot(&self, range: &mut Range) {
        let Some((first, last, between)) = self.wheel_slots() else { return };
        if between {
            range.label = format!("{} to {}", first.name, last.name);
            range.colors = first.colors.iter().chain(&last.colors).take(2).copied().collect();
            range.effect = if self.shows(Kind::Color) { Effect::ColorIndex } else { Effect::Unnamed };
            if range.colors.len() == 2 && self.shows(Kind::Color) {
                range.effect = Effect::ColorSplit;
            }
            return;
        }
        if range.label.is_empty() || first.kind == Kind::Open {
            range.label.clone_from(&first.name);
        }
        range.picture.clone_from(&first.picture);
        match first.kind {
            Kind::Color | Kind::Open if self.shows(Kind::Color) => {
                range.colors.clone_from(&first.colors);
                range.effect = match range.colors.len() {
                    0 => Effect::ColorIndex,
                    1 => Effect::ColorMacro,
                    _ => Effect::ColorSplit,
                };
            }
            Kind::Open if self.shows(Kind::Prism) => range.effect = Effect::PrismOff,
            Kind::Gobo => range.effect = Effect::Gobo,
            Kind::Prism => (range.effect, range.numbers[0]) = (Effect::PrismOn, first.facets),
            Kind::Closed => range.effect = Effect::ShutterClosed,
            _ => {}
        }
    }

    fn rotation(&self) -> Effect {
        if let Some(speed) = self.ends("speed") {
            return match entity::turn(speed) {
                None => Effect::RotationStop,
                // From one direction through a stop into the other one has no way to run.
                Some(turn) if speed[0].value * speed[1].value < 0.0 => Effect::Rotation(turn, Sweep::Flat),
                Some(turn) => Effect::Rotation(turn, entity::sweep(speed)),
            };
        }
        match self.ends("angle") {
            Some(_) => Effect::RotationIndexed,
            None => Effect::Rotation(Turn::Clockwise, Sweep::Flat),
        }
    }

    /// What people read, and what is looked at where nothing formal says what a range does.
    fn label(&self) -> String {
        let comment = text(self.from, "comment").unwrap_or_default();
        let effect = text(self.from, "effectName").or_else(|| text(self.from, "effectPreset"));
        match (self.kind, effect) {
            ("NoFunction", _) if comment.is_empty() => "No function".to_owned(),
            ("NoFunction", _) => format!("No function ({comment})"),
            ("ShutterStrobe", _) if self.is("soundControlled") => "Strobe by sound".to_owned(),
            ("IrisEffect", Some(effect)) => format!("Iris effect: {effect}"),
            ("FrostEffect", Some(effect)) => format!("Frost effect: {effect}"),
            (_, Some(effect)) if comment.is_empty() => effect.to_owned(),
            (_, Some(effect)) => format!("{effect} ({comment})"),
            ("Frost", None) if comment.is_empty() => self.amount("frostIntensity", "Frost"),
            ("Iris", None) if comment.is_empty() => self.amount("openPercent", "Iris"),
            ("Speed" | "EffectSpeed" | "PanTiltSpeed", None) if comment.is_empty() => self.amount("speed", "Speed"),
            ("SoundSensitivity", None) if comment.is_empty() => self.amount("soundSensitivity", "Sound sensitivity"),
            ("Fog" | "FogOutput", None) if comment.is_empty() => self.amount("fogOutput", "Fog"),
            ("WheelShake", None) if comment.is_empty() => "Shake".to_owned(),
            _ => comment.to_owned(),
        }
    }

    /// The file's own words for one quantity.
    fn amount(&self, name: &str, what: &str) -> String {
        let read = |name: &str| text(self.from, name);
        match (read(&format!("{name}Start")), read(&format!("{name}End")), read(name)) {
            (Some(start), Some(end), _) => format!("{what} {start} to {end}"),
            (_, _, Some(only)) => format!("{what} {only}"),
            _ => what.to_owned(),
        }
    }
}

/// How a signed quantity runs.
pub(super) fn rises([start, end]: [Entity; 2]) -> Sweep {
    if end.value > start.value {
        Sweep::Up
    } else if end.value < start.value {
        Sweep::Down
    } else {
        Sweep::Flat
    }
}

fn maintenance(label: &str) -> Effect {
    let label = label.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| label.contains(word));
    let lamp = says(&["lamp", "bulb"]);
    if says(&["reset", "reboot", "restart", "calibrat", "homing", "factory"]) {
        Effect::Reset
    } else if lamp && says(&["off", "douse", "shut"]) {
        Effect::LampOff
    } else if lamp && says(&["on", "strike", "ignit"]) || label.trim() == "strike" {
        Effect::LampOn
    } else {
        Effect::Unnamed
    }
}
