//! A definition of bytes and ranges with everything that GDTF wants: what lowering sees in QLC+'s words, said in GDTF's.
//!
//! Heads become beams of a geometry of their own, one tree a mode; channels hang on the piece that they serve; every range
//! becomes a function, or, where a scale fills its channel, the channel one.  What has no word there - a strobe that is only a
//! label, a macro - keeps its label under the attribute that comes nearest.

use std::ops::Range as Span;

use super::kind;
use super::purpose::Purpose;
use super::slots::{self, Place};
use crate::engine::rig::kind::{Drive, Emitter, FixtureKind};
use crate::venue::formats::definition::{Channel, Definition, Detail, Effect, Flash, Group, Mode, Range, Sweep, Turn};
use crate::venue::formats::gdtf::value::cie_color;
use crate::venue::formats::parameter::{
    Beam, Break, Cie, Function, Geometry, IDENTITY, Model, Param, Set, Slot, Source, Value, Wheel, max_of,
};

/// True where a mode has channels without a whole value.
pub fn is_needed(definition: &Definition) -> bool {
    let whole = |mode: &&Mode| !mode.params.is_empty() && !mode.geometry.is_empty();
    !definition.modes.iter().all(|mode| whole(&mode))
}

pub fn complete(definition: &Definition) -> Definition {
    let mut completed = Definition {
        manufacturer: definition.manufacturer.clone(),
        model: definition.model.clone(),
        device: definition.device,
        physical: definition.physical.clone(),
        id: definition.id,
        ..Definition::default()
    };
    completed.models.push(body_model(definition));
    for (at, mode) in definition.modes.iter().enumerate() {
        let mode =
            Completing { definition, mode, kind: kind::kind(definition, mode).0, prefix: format!("M{}", at + 1) }.run(&mut completed);
        completed.modes.push(mode);
    }
    completed
}

fn body_model(definition: &Definition) -> Model {
    let size = super::shape::size_m(&definition.physical);
    Model { name: "Body".to_owned(), size_m: size.to_array().map(metres), primitive: "Cube".to_owned(), ..Model::default() }
}

/// Single numbers without the digits that only a double has.
fn metres(number: f32) -> f64 {
    (f64::from(number) * 1e6).round() / 1e6
}

struct Completing<'a> {
    definition: &'a Definition,
    mode: &'a Mode,
    kind: FixtureKind,
    /// Makes its geometry's names its own.
    prefix: String,
}

impl Completing<'_> {
    fn run(&self, completed: &mut Definition) -> Mode {
        let heads = slots::heads(self.definition, self.mode);
        let places = slots::places(self.definition, self.mode, &heads);
        let name = |piece: &str| format!("{} {piece}", self.prefix);
        let n_heads = heads.len() as u16;
        let shared = shared_spans(&places, n_heads);
        completed.geometries.push(self.tree(&places, &shared, n_heads));
        let mut mode = Mode { name: self.mode.name.clone(), geometry: name("Body"), ..Mode::default() };
        let mut taken = vec![false; self.mode.slots.len()];
        let mut values: Vec<(Vec<u16>, Value)> = Vec::new();
        for place in &places {
            let offsets: Vec<u16> = std::iter::once(place.offset).chain(place.fine).collect();
            offsets.iter().for_each(|offset| taken[usize::from(*offset)] = true);
            let geometry = match place.purpose {
                Purpose::Pan if place.heads == (0..n_heads) => name("Yoke"),
                Purpose::Tilt if place.heads == (0..n_heads) => name("Head"),
                _ => self.geometry_of(&place.heads, &shared, n_heads),
            };
            let mut value = self.value(place, completed);
            (value.geometry, value.dmx_break) = (geometry, Break::Number(1));
            values.push((offsets, value));
        }
        // Low bytes without a high one, and places that nothing is known of.
        for offset in (0u16..).zip(&taken).filter(|(_, taken)| !**taken).map(|(offset, _)| offset) {
            let function = Function {
                attribute: "NoFeature".to_owned(),
                name: "NoFeature 1".to_owned(),
                to: 255,
                physical: [0.0, 1.0],
                ..Function::default()
            };
            let attribute = "NoFeature".to_owned();
            values
                .push((vec![offset], Value { bytes: 1, attribute, geometry: name("Body"), functions: vec![function], ..Value::default() }));
        }
        values.sort_by_key(|(offsets, _)| offsets[0]);
        for (offsets, mut value) in values {
            value.offsets = offsets.iter().map(|offset| offset + 1).collect();
            mode.params.push(Param { channel: completed.channels.len(), dmx_break: 1, offsets: value.offsets.clone(), part: 0 });
            // Its attribute says what it is; no other word may make a dimmer of it.
            completed.channels.push(Channel { group: Group::Effect, value: Some(Box::new(value)), ..Channel::default() });
        }
        mode
    }

    /// Body, where it moves yoke and head, and a beam for every head, those that share a channel under a piece of their own.
    fn tree(&self, places: &[Place], shared: &[Span<u16>], n_heads: u16) -> Geometry {
        let name = |piece: &str| format!("{} {piece}", self.prefix);
        let physical = self.definition.physical(self.mode);
        let lens = self.kind.lens_deg;
        let positions = &self.kind.head_offsets;
        let beam = |head: u16| {
            let at = positions.get(usize::from(head)).copied().unwrap_or_default().to_array().map(metres);
            let mut matrix = IDENTITY;
            matrix.iter_mut().zip(at).for_each(|(row, metres)| row[3] = metres);
            let share = |number: f32| f64::from(number) / f64::from(n_heads.max(1));
            let angle = if physical.lens_max_deg > 0.0 || physical.lens_min_deg > 0.0 { f64::from(lens.1) } else { 0.0 };
            let beam = Beam {
                angle_deg: angle,
                field_deg: angle,
                lumens: share(physical.lumens),
                kelvin: f64::from(physical.kelvin),
                radius_m: 0.05,
                watts: share(physical.watts),
            };
            Geometry { kind: "Beam".to_owned(), name: name(&format!("Beam {}", head + 1)), matrix, beam: Some(beam), ..Geometry::default() }
        };
        let mut children = nested(0..n_heads, shared, &|span| name(&format!("Part {}-{}", span.start + 1, span.end)), &beam);
        let turns = |purpose: Purpose| places.iter().any(|place| place.purpose == purpose && place.heads == (0..n_heads));
        for (purpose, piece) in [(Purpose::Tilt, "Head"), (Purpose::Pan, "Yoke")] {
            if turns(purpose) {
                children = vec![Geometry { kind: "Axis".to_owned(), name: name(piece), children, ..Geometry::default() }];
            }
        }
        Geometry { name: name("Body"), model: "Body".to_owned(), children, ..Geometry::default() }
    }

    fn geometry_of(&self, heads: &Span<u16>, shared: &[Span<u16>], n_heads: u16) -> String {
        let piece = match heads {
            heads if heads.len() == usize::from(n_heads) => "Body".to_owned(),
            heads if heads.len() == 1 => format!("Beam {}", heads.start + 1),
            heads if shared.contains(heads) => format!("Part {}-{}", heads.start + 1, heads.end),
            _ => "Body".to_owned(),
        };
        format!("{} {piece}", self.prefix)
    }

    fn value(&self, place: &Place, completed: &mut Definition) -> Value {
        let channel = place.channel;
        let bytes = if place.fine.is_some() { 2 } else { 1 };
        let attribute = attribute(place);
        let low = place.fine.and_then(|fine| self.definition.channel(self.mode.slots[usize::from(fine)])).and_then(|low| low.default);
        let whole = |byte: u8, low: u8| if bytes == 2 { u32::from(byte) << 8 | u32::from(low) } else { u32::from(byte) };
        let default = channel.default.map(|byte| whole(byte, low.unwrap_or(0)));
        let scale = self.scale(place);
        let mut value = Value { bytes, attribute: attribute.clone(), default, ..Value::default() };
        if let ([only], Some(physical)) = (channel.ranges.as_slice(), scale) {
            let name = channel.name.clone();
            let label = only.label.clone();
            let sets =
                if label.is_empty() || label == name { Vec::new() } else { vec![Set { name: label, to: max_of(bytes), ..Set::default() }] };
            let source = channel.chroma.map(|[x, y]| emitter(&name, [x, y], completed));
            value.functions.push(Function { attribute, name, physical, to: max_of(bytes), default, sets, source, ..Function::default() });
            return value;
        }
        let wheel = wheel(place, completed);
        for (at, range) in channel.ranges.iter().enumerate() {
            let (own, physical) = function_of(&attribute, range, scale);
            let (from, to) = (whole(range.min, 0), whole(range.max, 255));
            let slot = wheel.map_or(0, |_| slot_of(&channel.ranges, at));
            let sets = vec![Set { name: range.label.clone(), from, to, slot, ..Set::default() }];
            let initial = channel.default.is_some_and(|byte| range.contains(byte));
            if initial {
                value.initial = at;
            }
            // The channel's name stands in the one that says what it is about.
            let name = if at == 0 { channel.name.clone() } else { format!("{} {}", channel.name, at + 1) };
            let default = default.filter(|_| initial);
            value.functions.push(Function { attribute: own, name, from, to, physical, default, wheel, sets, ..Function::default() });
        }
        value.attribute = value
            .functions
            .first()
            .filter(|_| !value.functions.iter().any(|it| it.attribute == attribute))
            .map_or(attribute, |it| it.attribute.clone());
        value
    }

    /// What a scale has at its ends, in its unit.
    fn scale(&self, place: &Place) -> Option<[f64; 2]> {
        let either = |up: bool, [low, high]: [f64; 2]| if up { [low, high] } else { [high, low] };
        let reach = |wanted: fn(&Drive) -> Option<(f32, f32)>| {
            let mut found = self.kind.functions.iter().filter_map(|function| wanted(&function.drive));
            found.next().map_or([-180.0, 180.0], |(from, to)| [f64::from(from), f64::from(to)])
        };
        Some(match (place.purpose, place.channel.detail) {
            (Purpose::Pan, _) => reach(|drive| if let Drive::Pan { range_deg, .. } = drive { Some(*range_deg) } else { None }),
            (Purpose::Tilt, _) => reach(|drive| if let Drive::Tilt { range_deg, .. } = drive { Some(*range_deg) } else { None }),
            (Purpose::Zoom, detail) => {
                let (narrow, wide) = self.kind.lens_deg;
                let known = self.definition.physical(self.mode).lens_max_deg > 0.0 && wide > narrow;
                let ends = if known { [f64::from(narrow), f64::from(wide)] } else { [0.0, 1.0] };
                either(!matches!(detail, Some(Detail::Zoom(Sweep::Down))), ends)
            }
            (Purpose::Focus, detail) => either(!matches!(detail, Some(Detail::Focus(Sweep::Down))), [0.0, 1.0]),
            (Purpose::Iris, detail) => either(matches!(detail, Some(Detail::Iris(Sweep::Up))), [0.0, 1.0]),
            (Purpose::Speed, Some(Detail::PanTiltSpeed(sweep) | Detail::PanSpeed(sweep) | Detail::TiltSpeed(sweep))) => {
                either(sweep == Sweep::Up, [1.0, 100.0])
            }
            (Purpose::Dimmer { .. } | Purpose::Color(_) | Purpose::Frost | Purpose::Speed, _) => [0.0, 1.0],
            _ => return None,
        })
    }
}

/// Sets of heads, more than one and not all, that have channels in common and lie inside of each other or apart.
fn shared_spans(places: &[Place], n_heads: u16) -> Vec<Span<u16>> {
    let mut spans: Vec<Span<u16>> = Vec::new();
    for place in places.iter().filter(|place| place.heads.len() > 1 && place.heads.len() < usize::from(n_heads)) {
        let crosses = |span: &Span<u16>| {
            let (a, b) = (span, &place.heads);
            a.start < b.end && b.start < a.end && !(a.start <= b.start && b.end <= a.end) && !(b.start <= a.start && a.end <= b.end)
        };
        if !spans.contains(&place.heads) && !spans.iter().any(crosses) {
            spans.push(place.heads.clone());
        }
    }
    spans.sort_by_key(|span| (span.start, u16::MAX - span.end));
    spans
}

fn nested(span: Span<u16>, shared: &[Span<u16>], name: &dyn Fn(&Span<u16>) -> String, beam: &dyn Fn(u16) -> Geometry) -> Vec<Geometry> {
    let mut children = Vec::new();
    let mut head = span.start;
    while head < span.end {
        let inner = shared.iter().find(|inner| inner.start == head && inner.end <= span.end && **inner != span);
        if let Some(inner) = inner {
            let rest: Vec<Span<u16>> = shared.iter().filter(|other| *other != inner).cloned().collect();
            children.push(Geometry { name: name(inner), children: nested(inner.clone(), &rest, name, beam), ..Geometry::default() });
            head = inner.end;
        } else {
            children.push(beam(head));
            head += 1;
        }
    }
    children
}

/// The attribute of a channel as a whole.
fn attribute(place: &Place) -> String {
    let channel = place.channel;
    let name = match place.purpose {
        Purpose::Dimmer { .. } => "Dimmer",
        Purpose::Color(emitter) => match emitter {
            Emitter::Red => "ColorAdd_R",
            Emitter::Green => "ColorAdd_G",
            Emitter::Blue => "ColorAdd_B",
            Emitter::White => "ColorAdd_W",
            Emitter::WarmWhite => "ColorAdd_WW",
            Emitter::ColdWhite => "ColorAdd_CW",
            Emitter::Amber => "ColorAdd_RY",
            Emitter::Lime => "ColorAdd_GY",
            Emitter::Indigo => "ColorAdd_BM",
            Emitter::Uv => "ColorAdd_UV",
            Emitter::Cyan => "ColorSub_C",
            Emitter::Magenta => "ColorSub_M",
            Emitter::Yellow => "ColorSub_Y",
        },
        Purpose::Pan => "Pan",
        Purpose::Tilt => "Tilt",
        Purpose::Shutter => "Shutter1",
        Purpose::Iris => "Iris",
        Purpose::ColorWheel => "Color1",
        Purpose::Temperature => "CTC",
        Purpose::Gobo => "Gobo1",
        Purpose::GoboRotation => "Gobo1Pos",
        Purpose::Prism => "Prism1",
        Purpose::Zoom => "Zoom",
        Purpose::Focus => "Focus1",
        Purpose::Frost => "Frost1",
        Purpose::Speed => match channel.detail {
            Some(Detail::PanSpeed(_)) => "PanMSpeed",
            Some(Detail::TiltSpeed(_)) => "TiltMSpeed",
            _ => "PositionMSpeed",
        },
        Purpose::Other => other(channel),
    };
    name.to_owned()
}

fn other(channel: &Channel) -> &'static str {
    match (channel.group, channel.detail) {
        (_, Some(Detail::Hue)) => "HSB_Hue",
        (_, Some(Detail::Saturation)) => "HSB_Saturation",
        (Group::Color, Some(Detail::ColorMacro)) => "ColorMacro1",
        (Group::Color, _) => "ColorEffects1",
        (Group::Speed, _) => "EffectsSpeed",
        (Group::Maintenance, _) => "Control1",
        (Group::Nothing, _) => "NoFeature",
        (Group::Pan, _) => "PanRotate",
        (Group::Tilt, _) => "TiltRotate",
        (Group::Prism, _) => "Prism1Pos",
        (Group::Gobo, _) => "Gobo1Pos",
        _ => "Effects1",
    }
}

/// The attribute of one range, and what it has at its ends.
fn function_of(attribute: &str, range: &Range, scale: Option<[f64; 2]>) -> (String, [f64; 2]) {
    let strobe = |flash: Flash| match flash {
        Flash::Steady => "Shutter1Strobe",
        Flash::Random => "Shutter1StrobeRandom",
        Flash::Pulse => "Shutter1StrobePulse",
        Flash::RampUp => "Shutter1StrobePulseOpen",
        Flash::RampDown => "Shutter1StrobePulseClose",
    };
    let hz = |sweep: Sweep| match (range.numbers.map(|hz| hz.map(f64::from)), sweep) {
        ([Some(from), Some(to)], _) => [from, to],
        ([Some(only), None] | [None, Some(only)], _) => [only, only],
        (_, Sweep::Down) => [1.0, 0.0],
        (_, Sweep::Flat) => [0.0, 0.0],
        _ => [0.0, 1.0],
    };
    let turning = |turn: Turn, sweep: Sweep| {
        let ends = match sweep {
            Sweep::Up => [1.0, 360.0],
            Sweep::Down => [360.0, 1.0],
            Sweep::Flat => [180.0, 180.0],
        };
        if turn == Turn::Clockwise { ends.map(|speed: f64| -speed) } else { ends }
    };
    let rotates = match attribute {
        "Gobo1" | "Color1" => format!("{attribute}WheelSpin"),
        "Prism1" | "Prism1Pos" => "Prism1PosRotate".to_owned(),
        "PanRotate" | "TiltRotate" => attribute.to_owned(),
        _ => "Gobo1PosRotate".to_owned(),
    };
    match range.effect {
        Effect::Strobe(flash, sweep) => (strobe(flash).to_owned(), hz(sweep)),
        Effect::ShutterOpen => ("Shutter1".to_owned(), [1.0, 1.0]),
        Effect::ShutterClosed => ("Shutter1".to_owned(), [0.0, 0.0]),
        Effect::Rotation(turn, sweep) => (rotates, turning(turn, sweep)),
        Effect::RotationStop => (rotates, [0.0, 0.0]),
        Effect::RotationIndexed if attribute.starts_with("Prism") => ("Prism1Pos".to_owned(), [-180.0, 180.0]),
        Effect::RotationIndexed => ("Gobo1Pos".to_owned(), [-180.0, 180.0]),
        Effect::GoboShake => ("Gobo1SelectShake".to_owned(), [0.0, 1.0]),
        Effect::PrismOff => (attribute.to_owned(), [0.0, 0.0]),
        Effect::PrismOn => (attribute.to_owned(), [1.0, 1.0]),
        Effect::Reset => ("FixtureGlobalReset".to_owned(), [0.0, 1.0]),
        Effect::LampOn | Effect::LampOff => ("LampControl".to_owned(), [0.0, 1.0]),
        Effect::ColorMacro | Effect::ColorSplit | Effect::ColorIndex if attribute == "ColorEffects1" => {
            ("ColorMacro1".to_owned(), [0.0, 1.0])
        }
        _ => (attribute.to_owned(), scale.unwrap_or([0.0, 1.0])),
    }
}

/// The light source of that colour, which a channel feeds.
fn emitter(name: &str, [x, y]: [f32; 2], completed: &mut Definition) -> usize {
    let color = Some(Cie { x: metres(x), y: metres(y), luminance: 100.0 });
    let known = completed.sources.iter().position(|source| source.color == color);
    known.unwrap_or_else(|| {
        let name = format!("{} {name}", completed.sources.len() + 1);
        completed.sources.push(Source { name, color, ..Source::default() });
        completed.sources.len() - 1
    })
}

/// What a wheel has a slot for.
fn is_slot(range: &Range) -> bool {
    !range.colors.is_empty() || range.picture.is_some() || range.effect == Effect::Gobo
}

/// The wheel's slot for a range, 0 for none.  The first slot is the open one.
fn slot_of(ranges: &[Range], at: usize) -> u16 {
    if is_slot(&ranges[at]) { ranges[..at].iter().filter(|range| is_slot(range)).count() as u16 + 2 } else { 0 }
}

/// A wheel with an open slot and one for every range that shows something.
fn wheel(place: &Place, completed: &mut Definition) -> Option<usize> {
    let ranges = &place.channel.ranges;
    if !ranges.iter().any(is_slot) {
        return None;
    }
    let slot = |range: &Range| Slot {
        name: range.label.clone(),
        color: range.colors.first().filter(|_| range.colors.len() == 1).map(|color| cie_color(*color)),
        picture: range.picture.clone().unwrap_or_default(),
        ..Slot::default()
    };
    let open = Slot { name: "Open".to_owned(), ..Slot::default() };
    let slots: Vec<Slot> = std::iter::once(open).chain(ranges.iter().filter(|range| is_slot(range)).map(slot)).collect();
    let known = completed.wheels.iter().position(|wheel| wheel.slots == slots);
    Some(known.unwrap_or_else(|| {
        completed.wheels.push(Wheel { name: format!("Wheel {}", completed.wheels.len() + 1), slots });
        completed.wheels.len() - 1
    }))
}
