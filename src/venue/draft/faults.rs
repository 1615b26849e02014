//! What is wrong with a definition, and where: for the panel that alters it and before it is saved.

use std::collections::BTreeMap;
use std::fmt;

use crate::venue::formats::definition::{Channel, Definition, Effect, Mode, Physical, Range, Sweep};
use crate::venue::formats::parameter::Cie;

/// Channels of a universe.
const N_CHANNELS: usize = 512;

/// Where in a definition.  Numbers are places in its lists, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Device,
    Channel(usize),
    Range { channel: usize, range: usize },
    Mode(usize),
    Slot { mode: usize, at: usize },
    Head { mode: usize, head: usize },
    Source(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub place: Place,
    /// It cannot be saved like this; else it only deserves a look.
    pub blocks: bool,
    /// A whole sentence that names the place.
    pub text: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Everything at once, by place.
pub fn faults(definition: &Definition) -> Vec<Fault> {
    let mut found = Found(Vec::new());
    device(definition, &mut found);
    for (at, channel) in definition.channels.iter().enumerate() {
        ranges(definition, at, channel, &mut found);
    }
    for (at, mode) in definition.modes.iter().enumerate() {
        slots(definition, at, mode, &mut found);
        heads(at, mode, &mut found);
    }
    sources(definition, &mut found);
    found.0.sort_by_key(|fault| fault.place);
    found.0
}

struct Found(Vec<Fault>);

impl Found {
    fn wrong(&mut self, place: Place, text: String) {
        self.0.push(Fault { place, blocks: true, text });
    }

    fn odd(&mut self, place: Place, text: String) {
        self.0.push(Fault { place, blocks: false, text });
    }
}

fn device(definition: &Definition, found: &mut Found) {
    for (what, text) in [("maker", &definition.manufacturer), ("model", &definition.model)] {
        if text.trim().is_empty() {
            found.wrong(Place::Device, format!("The {what} has no name; give it one"));
        }
    }
    if definition.modes.is_empty() {
        found.wrong(Place::Device, "There is no mode; add one with the channels of the device".to_owned());
    }
    physical(&definition.physical, "the device", Place::Device, found);
    let mut named = BTreeMap::new();
    for (at, mode) in definition.modes.iter().enumerate() {
        if let Some(first) = named.insert(mode.name.as_str(), at) {
            found.wrong(Place::Mode(at), format!("Modes {} and {} are both called \"{}\"; rename one", first + 1, at + 1, mode.name));
        }
    }
}

fn physical(physical: &Physical, whose: &str, place: Place, found: &mut Found) {
    for (what, number) in [
        ("width", physical.width_mm),
        ("height", physical.height_mm),
        ("depth", physical.depth_mm),
        ("weight", physical.weight_kg),
        ("narrowest lens", physical.lens_min_deg),
        ("widest lens", physical.lens_max_deg),
        ("pan", physical.pan_max_deg),
        ("tilt", physical.tilt_max_deg),
        ("light", physical.lumens),
        ("colour temperature", physical.kelvin),
        ("power", physical.watts),
    ] {
        if !number.is_finite() || number < 0.0 {
            found.wrong(place, format!("The {what} of {whose} is {number}; it is 0 where it is not known, else more"));
        }
    }
    if physical.lens_max_deg > 0.0 && physical.lens_min_deg > physical.lens_max_deg {
        let (min, max) = (physical.lens_min_deg, physical.lens_max_deg);
        found.odd(place, format!("The narrowest lens of {whose} ({min}°) is wider than the widest ({max}°)"));
    }
    if physical.layout.is_some_and(|(columns, rows)| columns == 0 || rows == 0 || columns > 512 || rows > 512) {
        found.wrong(place, format!("The layout of {whose} has no cells, or more than 512 in a row"));
    }
}

/// A colour of light lies in CIE's triangle.
fn sources(definition: &Definition, found: &mut Found) {
    for (at, source) in definition.sources.iter().enumerate() {
        let place = Place::Source(at);
        if source.name.trim().is_empty() {
            found.wrong(place, format!("Light source {} has no name; give it one", at + 1));
        }
        let here = format!("Light source \"{}\"", source.name);
        let lies = |color: &Cie| {
            let Cie { x, y, luminance } = *color;
            [x, y, luminance].iter().all(|part| part.is_finite())
                && x >= 0.0
                && y > 0.0
                && x + y <= 1.0
                && (0.0..=100.0).contains(&luminance)
        };
        if let Some(Cie { x, y, luminance }) = source.color.filter(|color| !lies(color)) {
            found.wrong(
                place,
                format!("{here} has x {x}, y {y}, Y {luminance}, which is no colour of light; x and y add up to 1 at most, Y is 0-100"),
            );
        }
        if source.dominant_nm.is_some_and(|nm| !(300.0..=1100.0).contains(&nm)) {
            found.odd(place, format!("{here} has a wavelength that nobody sees"));
        }
    }
}

fn ranges(definition: &Definition, at: usize, channel: &Channel, found: &mut Found) {
    let name = &channel.name;
    let place = Place::Channel(at);
    if name.is_empty() {
        found.odd(place, format!("Channel {} has no name", at + 1));
    }
    if channel.color.is_some() && channel.group != crate::venue::formats::definition::Group::Intensity {
        found.wrong(place, format!("Channel \"{name}\" has a colour, which only an intensity has"));
    }
    let (Some(first), Some(last)) = (channel.ranges.first(), channel.ranges.last()) else {
        found.wrong(place, format!("Channel \"{name}\" has no range; give it one from 0 to 255"));
        return;
    };
    if first.min > 0 || last.max < u8::MAX {
        found.odd(place, format!("Channel \"{name}\" says nothing about values outside of {}-{}", first.min, last.max));
    }
    for (range, [one, next]) in channel.ranges.array_windows().enumerate() {
        let place = Place::Range { channel: at, range: range + 1 };
        if next.min <= one.max {
            let (a, b) = (format!("{}-{}", one.min, one.max), format!("{}-{}", next.min, next.max));
            found.wrong(place, format!("Ranges {a} and {b} of channel \"{name}\" overlap; let one end before the other begins"));
        } else if next.min > one.max + 1 {
            found.odd(place, format!("Channel \"{name}\" says nothing about values {}-{}", one.max + 1, next.min - 1));
        }
    }
    for (index, range) in channel.ranges.iter().enumerate() {
        one_range(definition, name, range, Place::Range { channel: at, range: index }, found);
    }
    let resets = |range: &&Range| matches!(range.effect, Effect::Reset | Effect::LampOff);
    if let Some(range) = channel.default.and_then(|byte| channel.ranges.iter().filter(resets).find(|range| range.contains(byte))) {
        found.odd(place, format!("Channel \"{name}\" rests in {}-{}, which resets or switches the lamp off", range.min, range.max));
    }
}

fn one_range(definition: &Definition, name: &str, range: &Range, place: Place, found: &mut Found) {
    let here = format!("Range {}-{} of channel \"{name}\"", range.min, range.max);
    if range.min > range.max {
        found.wrong(place, format!("{here} ends before it begins"));
    }
    if range.numbers.iter().flatten().any(|number| !number.is_finite()) {
        found.wrong(place, format!("{here} holds a value that is no number"));
    }
    let n_resources = range.numbers.iter().flatten().count() + range.colors.len() + usize::from(range.picture.is_some());
    if n_resources > 2 {
        found.wrong(place, format!("{here} has {n_resources} colours, numbers and pictures; two are the most"));
    }
    match (range.effect, range.numbers) {
        (Effect::Strobe(_, Sweep::Up), [Some(first), Some(second)]) if first > second => {
            found.wrong(place, format!("{here} strobes from slow to fast, but falls from {first} to {second} Hz; turn one of them"));
        }
        (Effect::ColorMacro | Effect::ColorSplit, _) if range.colors.is_empty() => {
            found.odd(place, format!("{here} is a colour without saying which; give it one"));
        }
        (Effect::Unnamed, _) if !range.colors.is_empty() => {
            found.wrong(place, format!("{here} has a colour, but its effect is none; say that it is a colour"));
        }
        _ => {}
    }
    for alias in &range.aliases {
        let unknown = [&alias.from, &alias.to].into_iter().find(|name| !definition.channels.iter().any(|channel| channel.name == **name));
        if let Some(unknown) = unknown {
            found.odd(place, format!("{here} exchanges channel \"{unknown}\", which is not defined"));
        } else if definition.mode(&alias.mode).is_none() {
            found.odd(place, format!("{here} exchanges a channel in mode \"{}\", which is not there", alias.mode));
        }
    }
}

fn slots(definition: &Definition, at: usize, mode: &Mode, found: &mut Found) {
    let name = &mode.name;
    let place = Place::Mode(at);
    if let Some(own) = &mode.physical {
        physical(own, &format!("mode \"{name}\""), place, found);
    }
    match mode.slots.len() {
        0 => found.odd(place, format!("Mode \"{name}\" has no channels; add some or remove it")),
        n if n > N_CHANNELS => found.wrong(place, format!("Mode \"{name}\" has {n} channels; a universe has {N_CHANNELS}")),
        _ => {}
    }
    let mut used = BTreeMap::new();
    for (offset, slot) in mode.slots.iter().enumerate() {
        let place = Place::Slot { mode: at, at: offset };
        let Some(channel) = definition.channel(*slot) else {
            found.wrong(place, format!("Channel {} of mode \"{name}\" is not defined", offset + 1));
            continue;
        };
        if let Some(first) = used.insert(slot.channel, offset) {
            let text =
                format!("Mode \"{name}\" has channel \"{}\" twice, as {} and {}; make a copy of it", channel.name, first + 1, offset + 1);
            found.wrong(place, text);
        }
        if slot.acts_on.is_some_and(|on| usize::from(on) >= mode.slots.len()) {
            found.wrong(place, format!("Channel \"{}\" of mode \"{name}\" acts on one that is not there", channel.name));
        }
        // QXF names channels, so of two with one name the first has to come first.
        let twin = definition.channels[..slot.channel].iter().position(|other| other.name == channel.name);
        if twin.is_some_and(|twin| !mode.slots[..offset].iter().any(|slot| slot.channel == twin)) {
            let text = format!("Mode \"{name}\" means the second channel called \"{}\"; in QXF it gets another name", channel.name);
            found.odd(place, text);
        }
    }
}

fn heads(at: usize, mode: &Mode, found: &mut Found) {
    let mut owner = BTreeMap::new();
    for (head, offsets) in mode.heads.iter().enumerate() {
        let place = Place::Head { mode: at, head };
        let here = format!("Head {} of mode \"{}\"", head + 1, mode.name);
        if offsets.is_empty() {
            found.wrong(place, format!("{here} has no channels; give it some or remove it"));
        }
        for (nth, offset) in offsets.iter().enumerate() {
            let shown = u32::from(*offset) + 1;
            if usize::from(*offset) >= mode.slots.len() {
                found.wrong(place, format!("{here} has channel {shown}; the mode has {}", mode.slots.len()));
            } else if offsets[..nth].contains(offset) {
                found.wrong(place, format!("{here} has channel {shown} twice"));
            } else if let Some(other) = owner.insert(*offset, head) {
                found.odd(place, format!("{here} has channel {shown}, which is head {}'s as well", other + 1));
            }
        }
    }
}
