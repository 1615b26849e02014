//! Modes: which channel stands where, and which of them make a head.

use std::collections::BTreeMap;

use serde_json::Value;

use super::channel::{self, Found};
use super::matrix::Pixels;
use super::{MAX_ALL_SLOTS, MAX_CHANNELS, OflError, Reader, apply_physical, object, text};
use crate::venue::formats::definition::{Alias, Channel, Group, Mode, Range, Slot};

pub(super) const MAX_SLOTS: usize = 512;
const UNUSED: &str = "Unused";

impl Reader {
    pub(super) fn mode(&mut self, value: &Value) -> Result<(), OflError> {
        let Some(from) = value.as_object() else { return Ok(()) };
        let Some(entries) = from.get("channels").and_then(Value::as_array) else { return Ok(()) };
        let name = text(from, "name").unwrap_or_default().to_owned();
        if self.definition.mode(&name).is_some() {
            self.warnings.push(format!("a second mode \"{name}\" is left out"));
            return Ok(());
        }
        let names = self.names(&name, entries)?;
        let n_slots: usize = self.definition.modes.iter().map(|mode| mode.slots.len()).sum();
        if n_slots + names.len() > MAX_ALL_SLOTS {
            return Err(OflError::TooMany { max: MAX_ALL_SLOTS, what: "channels in all modes together" });
        }
        let mut mode = Mode { name, ..Mode::default() };
        // The pixel or group that each offset belongs to.
        let mut pixels: Vec<Option<String>> = Vec::with_capacity(names.len());
        for name in names {
            let (channel, pixel) = match name {
                Some(name) => self.slot(&mode.name, &name)?,
                None => (self.unused(UNUSED), None),
            };
            mode.slots.push(Slot { channel, acts_on: None });
            pixels.push(pixel);
        }
        if mode.slots.is_empty() {
            self.warnings.push(format!("mode \"{}\" has no channels", mode.name));
        }
        mode.heads = self.heads(&mode.slots, &pixels);
        let layout = self.matrix.layout(mode.heads.len());
        if let Some(own) = object(from, "physical") {
            let mut physical = self.physical.clone();
            apply_physical(own, &mut physical);
            physical.layout = layout;
            mode.physical = Some(physical);
        } else if layout.is_some() {
            mode.physical = Some(crate::venue::formats::definition::Physical { layout, ..self.physical.clone() });
        }
        self.definition.modes.push(mode);
        Ok(())
    }

    /// Names of a mode's channels with every repetition written out; `None` is a place without a channel.
    fn names(&mut self, mode: &str, entries: &[Value]) -> Result<Vec<Option<String>>, OflError> {
        let mut names: Vec<Option<String>> = Vec::new();
        let too_wide = || OflError::TooWide { mode: mode.to_owned() };
        for entry in entries {
            match entry {
                Value::Object(insert) => {
                    let templates = insert.get("templateChannels").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                    let Some(pixels) = insert.get("repeatFor").and_then(|order| self.matrix.repeats(order)) else {
                        self.warnings.push(format!("mode \"{mode}\" repeats channels for nothing that is known; they are left out"));
                        continue;
                    };
                    if names.len() + templates.len().saturating_mul(pixels.len()) > MAX_SLOTS {
                        return Err(too_wide());
                    }
                    let name = |template: &Value, pixel: &String| template.as_str().map(|name| name.replace("$pixelKey", pixel));
                    if text(insert, "channelOrder") == Some("perChannel") {
                        names.extend(templates.iter().flat_map(|template| pixels.iter().map(move |pixel| name(template, pixel))));
                    } else {
                        names.extend(pixels.iter().flat_map(|pixel| templates.iter().map(move |template| name(template, pixel))));
                    }
                }
                other => names.push(other.as_str().map(str::to_owned)),
            }
            if names.len() > MAX_SLOTS {
                return Err(too_wide());
            }
        }
        Ok(names)
    }

    /// The channel that a mode calls so, and its pixel.  An unknown name keeps its place.
    fn slot(&mut self, mode: &str, name: &str) -> Result<(usize, Option<String>), OflError> {
        if let Some((key, byte, pixel)) = self.place_of(name) {
            return Ok((self.channel(&key, byte)?, pixel));
        }
        let Some(switch) = self.sources.switch(name, &self.matrix) else {
            self.warnings.push(format!("mode \"{mode}\" names channel \"{name}\", which is not defined; assumed unused"));
            return Ok((self.unused(name), None));
        };
        let resting = channel::resting(switch.trigger.from);
        let (trigger, pixel, targets) = (switch.trigger.key.clone(), switch.trigger.pixel.clone(), switch.targets);
        let wanted = targets.iter().find(|(at, _)| Some(*at) == resting).or(targets.first()).map(|(_, to)| to.clone());
        let Some((wanted, found)) = wanted.and_then(|to| Some((to.clone(), self.place_of(&to)?))) else {
            self.warnings.push(format!("mode \"{mode}\": \"{name}\" switches to nothing that is defined; assumed unused"));
            return Ok((self.unused(name), pixel));
        };
        self.warnings.push(format!("\"{name}\" switches with \"{trigger}\"; Luma drives it as \"{wanted}\", what it is at rest"));
        let (key, byte, own_pixel) = found;
        let channel = self.channel(&key, byte)?;
        self.alias(mode, &trigger, &wanted, &targets)?;
        Ok((channel, own_pixel.or(pixel)))
    }

    /// The channel behind a name, which of its bytes, and its pixel.
    fn place_of(&self, name: &str) -> Option<(String, usize, Option<String>)> {
        self.sources.find(name, &self.matrix).map(|Found { key, byte, pixel, .. }| (key, byte, pixel))
    }

    /// Keeps with the trigger's ranges what stands there instead.
    fn alias(&mut self, mode: &str, trigger: &str, resting: &str, targets: &[(usize, String)]) -> Result<(), OflError> {
        let at = self.channel(trigger, 0)?;
        for (capability, to) in targets.iter().filter(|(_, to)| to != resting) {
            // Ranges that were left out are few; then the ones behind stand one lower.
            let range = self.definition.channels[at].ranges.get_mut(*capability);
            if let Some(range) = range.filter(|range| range.aliases.len() < MAX_SLOTS) {
                range.aliases.push(Alias { mode: mode.to_owned(), from: resting.to_owned(), to: to.clone() });
            }
        }
        Ok(())
    }

    /// Index of a channel's byte, made when it is first asked for with all its bytes.
    fn channel(&mut self, key: &str, byte: usize) -> Result<usize, OflError> {
        if let Some(first) = self.made.get(key) {
            return Ok(first + byte);
        }
        let channels: Vec<Channel> = match self.sources.find(key, &self.matrix) {
            Some(found) => channel::read(&found, &self.wheels, &mut self.warnings),
            None => Vec::new(),
        };
        let first = self.definition.channels.len();
        if first + channels.len() > MAX_CHANNELS {
            return Err(OflError::TooMany { max: MAX_CHANNELS, what: "channels" });
        }
        if channels.len() > 2 {
            self.warnings.push(format!("channel \"{key}\" has {} bytes; the highest two are driven", channels.len()));
        }
        for (at, mut channel) in channels.into_iter().enumerate() {
            channel.low_of = (at > 0).then(|| first + at - 1);
            self.definition.channels.push(channel);
        }
        self.made.insert(key.to_owned(), first);
        Ok(first + byte)
    }

    /// A place that does nothing.
    fn unused(&mut self, name: &str) -> usize {
        let taken = |channel: &Channel| channel.group == Group::Nothing && channel.name == name;
        if let Some(at) = self.definition.channels.iter().position(taken) {
            return at;
        }
        let whole = Range { max: u8::MAX, ..Range::default() };
        self.definition.channels.push(Channel { name: name.to_owned(), group: Group::Nothing, ranges: vec![whole], ..Channel::default() });
        self.definition.channels.len() - 1
    }

    /// Offsets of every head: of the pixels and groups in use those that hold no smaller one.  What has neither light nor
    /// movement of its own is no head.
    fn heads(&self, slots: &[Slot], pixels: &[Option<String>]) -> Vec<Vec<u16>> {
        let shines = |slot: &Slot| {
            let channel = self.definition.channel(*slot);
            channel.is_some_and(|channel| matches!(channel.group, Group::Intensity | Group::Pan | Group::Tilt | Group::Shutter))
        };
        if !slots.iter().zip(pixels).any(|(slot, pixel)| pixel.is_some() && shines(slot)) {
            return Vec::new();
        }
        let mut units: BTreeMap<&str, Pixels> = BTreeMap::new();
        for name in pixels.iter().flatten() {
            let members = || self.matrix.named(name).unwrap_or_default();
            units.entry(name.as_str()).or_insert_with(members);
        }
        units.retain(|_, members| !members.is_empty());
        let is_smallest = |members: &Pixels| !units.values().any(|other| other != members && members.holds(other));
        let mut heads: Vec<(&str, Pixels)> = units.iter().map(|(name, members)| (*name, *members)).collect();
        heads.retain(|(_, members)| is_smallest(members));
        if heads.len() < 2 {
            return Vec::new();
        }
        heads.sort_by_key(|(name, members)| (members.first(), *name));
        let serves = |unit: &str, members: &Pixels| units.get(unit).is_some_and(|pixels| pixels.holds(members));
        let offsets = |members: &Pixels| {
            let mine = |(_, pixel): &(u16, &Option<String>)| pixel.as_ref().is_some_and(|unit| serves(unit, members));
            (0u16..).zip(pixels).filter(mine).map(|(offset, _)| offset).collect::<Vec<u16>>()
        };
        heads.iter().map(|(_, members)| offsets(members)).collect()
    }
}
