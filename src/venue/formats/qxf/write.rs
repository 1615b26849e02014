//! A definition as a `.qxf` file, as QLC+ writes them.
//!
//! [`write()`] reads back what it has written and gives a file only when that is the same definition: what QXF cannot hold is an
//! error that says where, not a quiet loss.  What only other formats know (see [`carried`]) is left out on purpose.

use std::fmt::Write as _;

use super::{QxfError, channel as reader, presets};
use crate::venue::formats::definition::{Channel, Definition, Effect, Group, Mode, Physical, Primary, Range};

/// Why a definition cannot be written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WriteError {
    #[error("{place} holds the sign U+{sign:04X}, which XML cannot; take it out")]
    Sign { place: String, sign: u32 },
    #[error("{place} cannot be said in QXF as it is; check the definition for what is wrong there")]
    Differs { place: String },
    #[error("what was written cannot be read again: {0}")]
    Unreadable(#[from] QxfError),
}

/// The bytes of a `.qxf` file that reads back as `carried(definition)`.
pub fn write(definition: &Definition) -> Result<Vec<u8>, WriteError> {
    let wanted = carried(definition);
    let text = text(&wanted)?;
    let mut got = super::read(&text)?;
    got.warnings.clear();
    match difference(&wanted, &got) {
        Some(place) => Err(WriteError::Differs { place }),
        None => Ok(text.into_bytes()),
    }
}

/// The definition in QXF's words: what only other formats know is left out, spaces are evened out as readers do.
#[allow(clippy::needless_update, reason = "what other formats add to a mode is left out without being named here")]
pub fn carried(definition: &Definition) -> Definition {
    let mode = |mode: &Mode| Mode {
        name: mode.name.clone(),
        slots: mode.slots.clone(),
        heads: mode.heads.clone(),
        physical: mode.physical.clone(),
        ..Mode::default()
    };
    let mut carried = Definition {
        manufacturer: definition.manufacturer.trim().to_owned(),
        model: definition.model.trim().to_owned(),
        device: definition.device,
        author: definition.author.trim().to_owned(),
        channels: definition.channels.iter().map(carried_channel).collect(),
        modes: definition.modes.iter().map(mode).collect(),
        physical: definition.physical.clone(),
        ..Definition::default()
    };
    if !carried.modes.iter().all(|mode| is_found_by_name(mode, &carried.channels)) {
        tell_apart(&mut carried);
    }
    carried
}

/// QXF names the channels of a mode: of several with one name a reader takes the first that is free.
fn is_found_by_name(mode: &Mode, channels: &[Channel]) -> bool {
    mode.slots.iter().enumerate().all(|(offset, slot)| {
        let Some(wanted) = channels.get(slot.channel) else { return true };
        let is_free = |at: usize| !mode.slots[..offset].iter().any(|slot| slot.channel == at);
        channels[..slot.channel].iter().enumerate().all(|(at, other)| other.name != wanted.name || !is_free(at))
    })
}

/// One channel of those that are the same, and a name of its own for each of those that are not.
fn tell_apart(definition: &mut Definition) {
    let mut kept: Vec<Channel> = Vec::with_capacity(definition.channels.len());
    let mut place: Vec<usize> = Vec::with_capacity(definition.channels.len());
    for (at, channel) in definition.channels.iter().enumerate() {
        let beside = |other: usize, mode: &Mode| {
            let has = |wanted: usize| mode.slots.iter().any(|slot| slot.channel == wanted);
            has(at) && place.iter().enumerate().any(|(before, kept)| *kept == other && has(before))
        };
        let same = kept.iter().position(|other| other == channel).filter(|other| !definition.modes.iter().any(|mode| beside(*other, mode)));
        place.push(same.unwrap_or(kept.len()));
        if same.is_none() {
            let names = (1..).map(|n| if n == 1 { channel.name.clone() } else { format!("{} {n}", channel.name) });
            let name = names.into_iter().find(|name| !kept.iter().any(|other| other.name == *name)).unwrap_or_default();
            kept.push(Channel { name, ..channel.clone() });
        }
    }
    for slot in definition.modes.iter_mut().flat_map(|mode| &mut mode.slots) {
        slot.channel = place.get(slot.channel).copied().unwrap_or(slot.channel);
    }
    definition.channels = kept;
}

/// What of a definition QXF has no place for, as one sentence.
pub fn left_out(definition: &Definition) -> Option<String> {
    let n_values = definition.channels.iter().filter(|channel| channel.value.is_some()).count();
    let n_several = definition.modes.iter().filter(|mode| mode.breaks.len() > 1).count();
    let lost: Vec<String> = [
        (definition.wheels.len(), "wheels"),
        (definition.sources.len(), "light sources with their colours"),
        (definition.geometries.len(), "pieces of geometry"),
        (n_values, "values in their full resolution"),
        (n_several, "modes with several addresses as such"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, what)| format!("{n} {what}"))
    .collect();
    (!lost.is_empty()).then(|| format!("QXF has no place for {}; they are left out", lost.join(", ")))
}

fn carried_channel(channel: &Channel) -> Channel {
    let mut carried = Channel {
        name: reader::one_line(&channel.name),
        group: channel.group,
        // QXF has one white for all of them.
        color: channel.color.map(|color| presets::primary(presets::primary_word(Some(color))).unwrap_or(Primary::White)),
        fine: channel.fine,
        default: channel.default,
        word: channel.word.clone(),
        ..Channel::default()
    };
    let told = Channel { detail: channel.detail, color: None, ..carried.clone() };
    carried.detail = channel.detail.filter(|_| presets::channel_word(&told).is_some());
    carried.ranges = channel.ranges.iter().map(carried_range).collect();
    carried
}

fn carried_range(range: &Range) -> Range {
    let mut carried = Range { label: range.label.trim().to_owned(), ..range.clone() };
    if presets::effect_word(range).is_none() {
        carried.effect = Effect::Unnamed;
    }
    carried
}

/// The first place where two definitions differ, in words.
fn difference(wanted: &Definition, got: &Definition) -> Option<String> {
    for (at, channel) in wanted.channels.iter().enumerate() {
        let other = got.channels.get(at);
        if other != Some(channel) {
            let range = channel.ranges.iter().enumerate().find(|(at, range)| other.and_then(|other| other.ranges.get(*at)) != Some(range));
            let inside = range.map_or_else(String::new, |(_, range)| format!(", range {}-{}", range.min, range.max));
            return Some(format!("channel \"{}\"{inside}", channel.name));
        }
    }
    let mode = wanted.modes.iter().enumerate().find(|(at, mode)| got.modes.get(*at) != Some(mode));
    mode.map(|(_, mode)| format!("mode \"{}\"", mode.name)).or_else(|| (wanted != got).then(|| "what it says about the device".to_owned()))
}

fn text(definition: &Definition) -> Result<String, WriteError> {
    let mut out = Xml::default();
    out.text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE FixtureDefinition>\n");
    out.open("FixtureDefinition", &[("xmlns", "http://www.qlcplus.org/FixtureDefinition")])?;
    out.open("Creator", &[])?;
    out.leaf("Name", &[], "Luma")?;
    out.leaf("Version", &[], env!("CARGO_PKG_VERSION"))?;
    out.leaf("Author", &[], &definition.author)?;
    out.close("Creator");
    out.leaf("Manufacturer", &[], &definition.manufacturer)?;
    out.leaf("Model", &[], &definition.model)?;
    out.leaf("Type", &[], definition.device.name())?;
    for channel in &definition.channels {
        out.place = format!("channel \"{}\"", channel.name);
        write_channel(&mut out, channel)?;
    }
    for mode in &definition.modes {
        out.place = format!("mode \"{}\"", mode.name);
        write_mode(&mut out, definition, mode)?;
    }
    out.place = "the physical data".to_owned();
    if definition.physical != Physical::default() {
        write_physical(&mut out, &definition.physical)?;
    }
    out.close("FixtureDefinition");
    Ok(out.text)
}

fn write_channel(out: &mut Xml, channel: &Channel) -> Result<(), WriteError> {
    let bare = channel.ranges.as_slice() == [reader::whole_range(channel)];
    let own_word = channel.word.clone().filter(|word| presets::fits(channel, word));
    // QLC+ gives a channel with a preset one range over everything, so that a plain colour with ranges is written without.
    let kept = bare || own_word.is_some() || channel.detail.is_some();
    let colorless = Channel { color: None, ..channel.clone() };
    let preset = own_word.or_else(|| presets::channel_word(channel)).or_else(|| presets::channel_word(&colorless)).filter(|_| kept);
    let default = channel.default.map(|byte| byte.to_string());
    let mut attributes = vec![("Name", channel.name.as_str())];
    attributes.extend(default.as_deref().map(|byte| ("Default", byte)));
    attributes.extend(preset.as_deref().map(|preset| ("Preset", preset)));
    let says_all = preset.as_deref().is_some_and(|preset| presets::fits(channel, preset));
    if bare && says_all {
        return out.empty("Channel", &attributes);
    }
    out.open("Channel", &attributes)?;
    if !says_all {
        out.leaf("Group", &[("Byte", if channel.fine { "1" } else { "0" })], presets::group_word(channel.group))?;
        if channel.group == Group::Intensity && channel.color.is_some() {
            out.leaf("Colour", &[], presets::primary_word(channel.color))?;
        }
    }
    if !bare {
        channel.ranges.iter().try_for_each(|range| write_range(out, range))?;
    }
    out.close("Channel");
    Ok(())
}

fn write_range(out: &mut Xml, range: &Range) -> Result<(), WriteError> {
    let (min, max) = (range.min.to_string(), range.max.to_string());
    let word = range.word.clone().filter(|word| reader::fits(range, word)).or_else(|| presets::effect_word(range));
    let resources = resources(range);
    let mut attributes = vec![("Min", min.as_str()), ("Max", max.as_str())];
    attributes.extend(word.as_deref().map(|word| ("Preset", word)));
    for (name, resource) in ["Res1", "Res2"].into_iter().zip(&resources) {
        attributes.extend(resource.as_deref().map(|resource| (name, resource)));
    }
    if range.aliases.is_empty() {
        return out.leaf("Capability", &attributes, &range.label);
    }
    out.start("Capability", &attributes)?;
    out.push(&range.label)?;
    out.text.push('\n');
    for alias in &range.aliases {
        out.empty("Alias", &[("Mode", &alias.mode), ("Channel", &alias.from), ("With", &alias.to)])?;
    }
    out.close("Capability");
    Ok(())
}

/// Numbers keep their place; colours, then a picture take what is left.
fn resources(range: &Range) -> [Option<String>; 2] {
    let mut resources = range.numbers.map(|number| number.map(|number| number.to_string()));
    let colors = range.colors.iter().map(|[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}"));
    for resource in colors.chain(range.picture.clone()) {
        if let Some(free) = resources.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(resource);
        }
    }
    resources
}

fn write_mode(out: &mut Xml, definition: &Definition, mode: &Mode) -> Result<(), WriteError> {
    out.open("Mode", &[("Name", &mode.name)])?;
    if let Some(physical) = &mode.physical {
        write_physical(out, physical)?;
    }
    for (offset, slot) in mode.slots.iter().enumerate() {
        let (number, acts_on) = (offset.to_string(), slot.acts_on.map(|offset| offset.to_string()));
        let mut attributes = vec![("Number", number.as_str())];
        attributes.extend(acts_on.as_deref().map(|offset| ("ActsOn", offset)));
        out.leaf("Channel", &attributes, definition.channel(*slot).map_or("", |channel| &channel.name))?;
    }
    for head in &mode.heads {
        out.open("Head", &[])?;
        head.iter().try_for_each(|offset| out.leaf("Channel", &[], &offset.to_string()))?;
        out.close("Head");
    }
    out.close("Mode");
    Ok(())
}

fn write_physical(out: &mut Xml, physical: &Physical) -> Result<(), WriteError> {
    fn leaf(out: &mut Xml, name: &str, attributes: &[(&str, String)]) -> Result<(), WriteError> {
        let attributes: Vec<(&str, &str)> = attributes.iter().map(|(name, value)| (*name, value.as_str())).collect();
        out.empty(name, &attributes)
    }
    let number = |value: f32| value.to_string();
    let Physical { width_mm, height_mm, depth_mm, weight_kg, .. } = *physical;
    out.open("Physical", &[])?;
    let bulb = [("Type", physical.bulb.clone()), ("Lumens", number(physical.lumens)), ("ColourTemperature", number(physical.kelvin))];
    leaf(out, "Bulb", &bulb)?;
    let dimensions =
        [("Weight", number(weight_kg)), ("Width", number(width_mm)), ("Height", number(height_mm)), ("Depth", number(depth_mm))];
    leaf(out, "Dimensions", &dimensions)?;
    let lens = [
        ("Name", physical.lens_name.clone()),
        ("DegreesMin", number(physical.lens_min_deg)),
        ("DegreesMax", number(physical.lens_max_deg)),
    ];
    leaf(out, "Lens", &lens)?;
    let focus = [("Type", physical.focus.clone()), ("PanMax", number(physical.pan_max_deg)), ("TiltMax", number(physical.tilt_max_deg))];
    leaf(out, "Focus", &focus)?;
    if let Some((columns, rows)) = physical.layout {
        leaf(out, "Layout", &[("Width", columns.to_string()), ("Height", rows.to_string())])?;
    }
    leaf(out, "Technical", &[("PowerConsumption", number(physical.watts)), ("DmxConnector", physical.connector.clone())])?;
    out.close("Physical");
    Ok(())
}

/// Indented XML; texts are escaped, signs that XML forbids are refused.
#[derive(Default)]
struct Xml {
    text: String,
    depth: usize,
    /// Where in the definition, for messages.
    place: String,
}

impl Xml {
    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) -> Result<(), WriteError> {
        self.tag(name, attributes)?;
        self.text.push('>');
        self.depth += 1;
        Ok(())
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> Result<(), WriteError> {
        self.start(name, attributes)?;
        self.text.push('\n');
        Ok(())
    }

    fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.indent();
        self.text.push_str(&format!("</{name}>\n"));
    }

    fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> Result<(), WriteError> {
        self.tag(name, attributes)?;
        self.text.push_str("/>\n");
        Ok(())
    }

    fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> Result<(), WriteError> {
        self.tag(name, attributes)?;
        self.text.push('>');
        self.push(text)?;
        self.text.push_str(&format!("</{name}>\n"));
        Ok(())
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) -> Result<(), WriteError> {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        for (name, value) in attributes {
            self.text.push_str(&format!(" {name}=\""));
            self.push(value)?;
            self.text.push('"');
        }
        Ok(())
    }

    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n(' ', self.depth));
    }

    fn push(&mut self, text: &str) -> Result<(), WriteError> {
        for sign in text.chars() {
            match sign {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                // As references, or readers would make spaces of them.
                '\t' | '\n' | '\r' => write!(self.text, "&#{};", u32::from(sign)).unwrap_or_default(),
                '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                    return Err(WriteError::Sign { place: self.place.clone(), sign: u32::from(sign) });
                }
                _ => self.text.push(sign),
            }
        }
        Ok(())
    }
}
