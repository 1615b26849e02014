//! Channels of a file, by every name that a mode may call them, and what each is about.

use std::collections::BTreeMap;

use serde_json::Value;

use super::capability::{self, Capability};
use super::entity;
use super::matrix::Matrix;
use super::wheel::{Kind, Wheels};
use super::{MAX_CHANNELS, MAX_TEMPLATES, Object, OflError, Warnings, object, text};
use crate::venue::formats::definition::{Channel, Detail, Effect, Group, Precedence, Primary, Range, Sweep};

const PIXEL: &str = "$pixelKey";
const MAX_CAPABILITIES: usize = 1024;
/// Bytes of the longest value.
const MAX_BYTES: usize = 4;

/// A channel that a name leads to.
#[derive(Clone, Debug)]
pub(super) struct Found<'a> {
    pub(super) from: &'a Object,
    /// Its own name, pixel and all.
    pub(super) key: String,
    pub(super) pixel: Option<String>,
    /// 0 is the highest.
    pub(super) byte: usize,
}

/// What a switching name can stand for.
#[derive(Clone, Debug)]
pub(super) struct Switch<'a> {
    pub(super) trigger: Found<'a>,
    /// For every capability of the trigger that says so: its index, and the name of the channel.
    pub(super) targets: Vec<(usize, String)>,
}

#[derive(Debug, Default)]
pub(super) struct Sources {
    available: Object,
    templates: Object,
    /// Name of a low byte, its channel, which byte.
    fine: BTreeMap<String, (String, usize)>,
    template_fine: Vec<(String, String, usize)>,
    /// A switching name and its trigger.
    switches: BTreeMap<String, String>,
    template_switches: Vec<(String, String)>,
}

impl Sources {
    pub(super) fn new(root: &Object, matrix: &Matrix, warnings: &mut Warnings) -> Result<Self, OflError> {
        let read = |key: &str| object(root, key).cloned().unwrap_or_default();
        let mut sources = Self { available: read("availableChannels"), templates: read("templateChannels"), ..Self::default() };
        if sources.available.len() + sources.templates.len() > MAX_CHANNELS {
            return Err(OflError::TooMany { max: MAX_CHANNELS, what: "channels" });
        }
        if sources.templates.len() > MAX_TEMPLATES {
            return Err(OflError::TooMany { max: MAX_TEMPLATES, what: "channels for pixels" });
        }
        for (key, channel) in objects(&sources.available) {
            for (at, alias) in fine_aliases(channel).enumerate() {
                if sources.fine.insert(alias.to_owned(), (key.clone(), at + 1)).is_some() {
                    warnings.push(format!("two channels call a low byte \"{alias}\"; the last is meant"));
                }
            }
            for alias in switching(channel) {
                sources.switches.insert(alias.to_owned(), key.clone());
            }
        }
        for (key, channel) in objects(&sources.templates) {
            sources.template_fine.extend(fine_aliases(channel).enumerate().map(|(at, alias)| (alias.to_owned(), key.clone(), at + 1)));
            sources.template_switches.extend(switching(channel).map(|alias| (alias.to_owned(), key.clone())));
        }
        if !sources.templates.is_empty() && matrix.repeats(&Value::from("eachPixelABC")).is_none_or(|pixels| pixels.is_empty()) {
            warnings.push("there are channels for pixels, but no pixels".to_owned());
        }
        Ok(sources)
    }

    /// A channel's own name first, then names of low bytes, then those that a template gives to a pixel or group.
    pub(super) fn find(&self, name: &str, matrix: &Matrix) -> Option<Found<'_>> {
        let own = |key: &str, byte| {
            let from = self.available.get(key)?.as_object()?;
            Some(Found { from, key: key.to_owned(), pixel: None, byte })
        };
        let of_template = |alias: &str, template: &str, byte| {
            let pixel = pixel_in(alias, name).filter(|pixel| matrix.named(pixel).is_some())?;
            let from = self.templates.get(template)?.as_object()?;
            Some(Found { from, key: template.replace(PIXEL, pixel), pixel: Some(pixel.to_owned()), byte })
        };
        own(name, 0)
            .or_else(|| self.fine.get(name).and_then(|(key, byte)| own(key, *byte)))
            .or_else(|| self.templates.keys().find_map(|template| of_template(template, template, 0)))
            .or_else(|| self.template_fine.iter().find_map(|(alias, template, byte)| of_template(alias, template, *byte)))
    }

    pub(super) fn switch(&self, name: &str, matrix: &Matrix) -> Option<Switch<'_>> {
        let own = || self.switches.get(name).and_then(|trigger| self.find(trigger, matrix));
        let of_template = || {
            self.template_switches.iter().find_map(|(alias, template)| {
                let pixel = pixel_in(alias, name).filter(|pixel| matrix.named(pixel).is_some())?;
                self.find(&template.replace(PIXEL, pixel), matrix)
            })
        };
        let trigger = own().or_else(of_template)?;
        let resolve = |text: &str| trigger.pixel.as_ref().map_or_else(|| text.to_owned(), |pixel| text.replace(PIXEL, pixel));
        let target = |capability: &Object| {
            let (_, to) = object(capability, "switchChannels")?.iter().find(|(alias, _)| resolve(alias) == name)?;
            to.as_str().map(resolve)
        };
        let targets = capabilities(trigger.from).enumerate().filter_map(|(at, capability)| Some((at, target(capability)?)));
        let targets = targets.collect();
        Some(Switch { trigger, targets })
    }
}

fn objects(map: &Object) -> impl Iterator<Item = (&String, &Object)> {
    map.iter().filter_map(|(key, value)| Some((key, value.as_object()?)))
}

/// The pixel that makes a template's name into `name`.
fn pixel_in<'a>(template: &str, name: &'a str) -> Option<&'a str> {
    let (before, after) = template.split_once(PIXEL)?;
    let pixel = name.strip_prefix(before)?;
    if let Some(pixel) = pixel.strip_suffix(after) {
        return Some(pixel);
    }
    // The key stands in it more than once.
    let length = (pixel.len().checked_sub(after.replace(PIXEL, "").len())?) / (1 + after.matches(PIXEL).count());
    pixel.get(..length).filter(|pixel| template.replace(PIXEL, pixel) == name)
}

fn fine_aliases(channel: &Object) -> impl Iterator<Item = &str> {
    let aliases = channel.get("fineChannelAliases").and_then(Value::as_array).into_iter().flatten();
    aliases.take(MAX_BYTES - 1).filter_map(Value::as_str)
}

fn switching(channel: &Object) -> impl Iterator<Item = &str> {
    let maps = capabilities(channel).take(MAX_CAPABILITIES).filter_map(|capability| object(capability, "switchChannels"));
    maps.flat_map(|map| map.keys().map(String::as_str))
}

/// All capabilities of a channel; the only one of some stands alone.
pub(super) fn capabilities(channel: &Object) -> impl Iterator<Item = &Object> {
    let list = channel.get("capabilities").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_object).chain(object(channel, "capability")).take(MAX_CAPABILITIES)
}

/// Values of a channel, in the number of bytes that the file writes them in.
struct Scale {
    n_bytes: usize,
    written: usize,
}

impl Scale {
    fn of(channel: &Object) -> Self {
        let n_bytes = 1 + fine_aliases(channel).count();
        let written = match text(channel, "dmxValueResolution") {
            Some("8bit") => 1,
            Some("16bit") => 2,
            Some("24bit") => 3,
            _ => n_bytes,
        };
        Self { n_bytes, written: written.clamp(1, n_bytes) }
    }

    fn max(&self) -> u64 {
        (1 << (8 * self.written)) - 1
    }

    fn high_byte(&self, value: u64) -> u8 {
        (value.min(self.max()) >> (8 * (self.written - 1))) as u8
    }

    /// All bytes of a value, the highest first; bytes below what is written repeat the last one, so that full stays full.
    fn bytes(&self, value: &Value) -> Option<Vec<u8>> {
        let share = |text: &str| entity::share(text).map(|share| (share.clamp(0.0, 1.0) * self.max() as f64).round() as u64);
        let value = value.as_u64().or_else(|| value.as_str().and_then(share))?.min(self.max());
        let byte = |at: usize| (value >> (8 * (self.written - 1 - at.min(self.written - 1)))) as u8;
        Some((0..self.n_bytes).map(byte).collect())
    }
}

/// The capability of a channel that its default lies in.
pub(super) fn resting(channel: &Object) -> Option<usize> {
    let scale = Scale::of(channel);
    let bytes = scale.bytes(channel.get("defaultValue")?)?;
    let value = bytes.iter().take(scale.written).fold(0, |value, byte| value << 8 | u64::from(*byte));
    capabilities(channel).position(|capability| bounds(capability, &scale).is_some_and(|(min, max)| (min..=max).contains(&value)))
}

fn bounds(capability: &Object, scale: &Scale) -> Option<(u64, u64)> {
    match capability.get("dmxRange") {
        None => Some((0, scale.max())),
        Some(range) => match range.as_array().map(Vec::as_slice) {
            Some([min, max]) => Some((min.as_u64()?, max.as_u64()?)).filter(|(min, max)| min <= max),
            _ => None,
        },
    }
}

/// The channels of one value, the highest byte first.
pub(super) fn read(found: &Found, wheels: &Wheels, warnings: &mut Warnings) -> Vec<Channel> {
    let scale = Scale::of(found.from);
    let capabilities: Vec<Capability> =
        capabilities(found.from).map(|capability| Capability::new(capability, wheels, &found.key)).collect();
    let (group, color, detail) = role(&capabilities, &found.key, warnings);
    let mut ranges: Vec<Range> = Vec::new();
    for capability in &capabilities {
        let Some((min, max)) = bounds(capability.from, &scale) else {
            warnings.push(format!("channel \"{}\": a range without bounds is left out", found.key));
            continue;
        };
        let mut range = capability.range();
        (range.min, range.max) = (scale.high_byte(min), scale.high_byte(max));
        if let Some(last) = ranges.last().filter(|last| last.max >= range.min) {
            // Where two meet inside of one high byte the first has it; what overlaps more is wrong.
            let Some(next) = last.max.checked_add(1).filter(|next| *next <= range.max) else {
                warnings.push(format!("channel \"{}\": range {min}-{max} has no high byte of its own and is left out", found.key));
                continue;
            };
            if scale.written == 1 {
                warnings.push(format!("channel \"{}\": range {min}-{max} overlaps the one before; it begins at {next}", found.key));
            }
            range.min = next;
        }
        if group == Group::Prism && capability.kind == "NoFunction" {
            range.effect = Effect::PrismOff;
        }
        ranges.push(range);
    }
    if ranges.is_empty() {
        ranges.push(Range { max: u8::MAX, ..Range::default() });
    }
    let value = |key: &str| found.from.get(key).and_then(|value| scale.bytes(value));
    let (default, highlight) = (value("defaultValue"), value("highlightValue"));
    let byte_of = |bytes: &Option<Vec<u8>>, at: usize| bytes.as_ref().and_then(|bytes| bytes.get(at)).copied();
    let resolve = |alias: &str| found.pixel.as_ref().map_or_else(|| alias.to_owned(), |pixel| alias.replace(PIXEL, pixel));
    let names = std::iter::once(found.key.clone()).chain(fine_aliases(found.from).map(resolve));
    let whole = Range { max: u8::MAX, ..Range::default() };
    let channel = |(at, name): (usize, String)| Channel {
        name,
        group,
        color,
        detail,
        fine: at > 0,
        default: byte_of(&default, at),
        highlight: byte_of(&highlight, at),
        constant: found.from.get("constant").and_then(Value::as_bool).unwrap_or(false),
        precedence: match text(found.from, "precedence") {
            Some("HTP") => Some(Precedence::HighestFirst),
            Some("LTP") => Some(Precedence::LatestFirst),
            _ => None,
        },
        ranges: if at > 0 { vec![whole.clone()] } else { ranges.clone() },
        ..Channel::default()
    };
    names.enumerate().map(channel).collect()
}

type Role = (Group, Option<Primary>, Option<Detail>);

/// What a channel is about, from all that it does.  A light's level and place come before anything else that shares the
/// channel with them, a shutter that opens before what is not light; of the rest what most ranges do.
fn role(capabilities: &[Capability], key: &str, warnings: &mut Warnings) -> Role {
    const OTHER: Role = (Group::Effect, None, Some(Detail::Other));
    let of = |kind: &str| capabilities.iter().filter(|it| it.kind == kind).count();
    let first = |kinds: &[&str]| capabilities.iter().find(|it| kinds.contains(&it.kind));
    if let Some(colored) = first(&["ColorIntensity"]) {
        let name = |it: &Capability| text(it.from, "color").unwrap_or_default().to_owned();
        let alone = capabilities.iter().all(|it| it.kind == "NoFunction" || it.kind == "ColorIntensity" && name(it) == name(colored));
        return match primary(&name(colored)).filter(|_| alone) {
            Some(primary) => (Group::Intensity, Some(primary), None),
            None => {
                warnings.push(format!("channel \"{key}\": a colour shares it with something else; it rests"));
                OTHER
            }
        };
    }
    for (kind, role) in [
        ("Intensity", (Group::Intensity, None, Some(Detail::Dimmer))),
        ("Pan", (Group::Pan, None, Some(Detail::Position))),
        ("Tilt", (Group::Tilt, None, Some(Detail::Position))),
    ] {
        if of(kind) > 0 {
            return role;
        }
    }
    let shutter = (Group::Shutter, None, Some(Detail::Strobe(Sweep::Flat)));
    let opens = |it: &Capability| it.kind == "ShutterStrobe" && matches!(text(it.from, "shutterEffect"), Some("Open" | "Closed"));
    if capabilities.iter().any(opens) {
        return shutter;
    }
    let sweep = |kinds: &[&str], name: &str| {
        let swept = capabilities.iter().filter(|it| kinds.contains(&it.kind)).filter_map(|it| entity::ends(it.from, name));
        whole_sweep(swept.map(|ends| ends.map(|end| end.value)))
    };
    let speed = || whole_sweep(capabilities.iter().filter_map(|it| it.speed().map(|ends| ends.map(|end| end.value.abs()))));
    let candidates: [(&[&str], Role); 12] = [
        (&["ShutterStrobe", "StrobeSpeed"], shutter),
        (&["Zoom", "BeamAngle"], (Group::Beam, None, Some(Detail::Zoom(sweep(&["Zoom", "BeamAngle"], "angle"))))),
        (&["Focus"], (Group::Beam, None, Some(Detail::Focus(sweep(&["Focus"], "distance"))))),
        (&["Iris", "IrisEffect"], (Group::Shutter, None, Some(Detail::Iris(sweep(&["Iris"], "openPercent"))))),
        (&["Frost", "FrostEffect"], (Group::Beam, None, Some(Detail::Frost))),
        (&["WheelSlot", "WheelShake", "WheelSlotRotation", "WheelRotation"], wheel(capabilities)),
        (&["Prism"], (Group::Prism, None, None)),
        (&["PrismRotation"], (Group::Prism, None, Some(Detail::PrismRotation(Sweep::Flat)))),
        (&["ColorPreset"], (Group::Color, None, Some(Detail::ColorMacro))),
        (&["ColorTemperature"], (Group::Color, None, Some(Detail::Temperature))),
        (&["PanTiltSpeed"], (Group::Speed, None, Some(Detail::PanTiltSpeed(speed())))),
        (&["Maintenance"], (Group::Maintenance, None, Some(Detail::Other))),
    ];
    let count = |kinds: &[&str]| kinds.iter().map(|kind| of(kind)).sum::<usize>();
    let named: usize = candidates.iter().map(|(kinds, _)| count(kinds)).sum();
    let nothing = of("NoFunction");
    let others = capabilities.len() - named - nothing;
    // The first of those that do as much.
    let best = candidates.iter().rev().max_by_key(|(kinds, _)| count(kinds)).filter(|(kinds, _)| count(kinds) > 0);
    match best {
        Some((kinds, role)) if count(kinds) >= others => *role,
        _ if nothing == capabilities.len() => (Group::Nothing, None, None),
        _ if first(&["EffectSpeed", "Speed", "Time", "PanContinuous", "TiltContinuous"]).is_some() => {
            (Group::Speed, None, Some(Detail::Other))
        }
        _ => OTHER,
    }
}

/// How a quantity runs over all of a channel.
fn whole_sweep(ends: impl Iterator<Item = [f32; 2]>) -> Sweep {
    let mut ends = ends;
    let Some([first, mut last]) = ends.next() else { return Sweep::Flat };
    if let Some([_, end]) = ends.last() {
        last = end;
    }
    let entity = |value: f32| entity::Entity { value, unit: entity::Unit::Plain };
    capability::rises([entity(first), entity(last)])
}

fn wheel(capabilities: &[Capability]) -> Role {
    let shows = |kind| capabilities.iter().any(|it| it.slots.is_some_and(|slots| slots.iter().any(|slot| slot.kind == kind)));
    let stops = capabilities.iter().any(|it| it.kind == "WheelSlot");
    match (shows(Kind::Color), shows(Kind::Gobo), shows(Kind::Prism)) {
        (true, ..) if stops => (Group::Color, None, Some(Detail::ColorWheel)),
        (true, ..) => (Group::Color, None, Some(Detail::Other)),
        (_, true, _) if stops => (Group::Gobo, None, Some(Detail::GoboWheel)),
        (_, true, _) => (Group::Gobo, None, Some(Detail::GoboIndex)),
        (_, _, true) if stops => (Group::Prism, None, None),
        (_, _, true) => (Group::Prism, None, Some(Detail::PrismRotation(Sweep::Flat))),
        _ => (Group::Beam, None, Some(Detail::Other)),
    }
}

fn primary(name: &str) -> Option<Primary> {
    Some(match name {
        "Red" => Primary::Red,
        "Green" => Primary::Green,
        "Blue" => Primary::Blue,
        "Cyan" => Primary::Cyan,
        "Magenta" => Primary::Magenta,
        "Yellow" => Primary::Yellow,
        "Amber" => Primary::Amber,
        "White" => Primary::White,
        "Warm White" => Primary::WarmWhite,
        "Cold White" => Primary::ColdWhite,
        "UV" => Primary::Uv,
        "Lime" => Primary::Lime,
        "Indigo" => Primary::Indigo,
        _ => return None,
    })
}
