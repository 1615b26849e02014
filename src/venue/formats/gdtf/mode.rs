//! `<DMXMode>`: its channels, once for every instance of their geometry, at their addresses; and the heads that they make.
//!
//! # Several addresses
//! Channels in several breaks listen at an address each, which a venue's patch does not have.  Such a mode is read several
//! times: as it is, its breaks one behind the other in their order, to be patched as a whole; and once for every break, to be
//! patched wherever that one listens.

use std::collections::BTreeMap;

use super::geometry::{Instances, find};
use super::{GdtfError, Names, Warnings, channel, heads, physical};
use crate::venue::formats::definition::{Channel, Definition, Group, Mode, Range, Slot};
use crate::venue::formats::parameter::{OneBreak, Param, Relation};
use crate::venue::formats::xml::Element;

/// Channels of one mode with all their instances.
const MAX_PARAMS: usize = 8192;
const MAX_BREAKS: usize = 32;
/// Bytes of a universe.
const N_CHANNELS: u16 = 512;

/// The mode, and one a break where it has several.
pub(super) fn read(
    element: &Element,
    definition: &mut Definition,
    features: &[(String, String)],
    warnings: &mut Warnings,
) -> Result<Vec<Mode>, GdtfError> {
    let name = element.attribute("Name").unwrap_or_default().to_owned();
    let root_name = element.attribute("Geometry").unwrap_or_default();
    let root = find(&definition.geometries, root_name).or_else(|| {
        warnings.push(element, format!("mode \"{name}\" names no geometry that is there (\"{root_name}\"); the first one is taken"));
        definition.geometries.first()
    });
    let instances = root.map(|root| Instances::of(&definition.geometries, root)).transpose()?.unwrap_or_default();
    let geometry = root.map(|root| root.name.clone()).unwrap_or_default();
    let mut mode = Mode { name, geometry, ..Mode::default() };
    let list = element.child("DMXChannels");
    if let Some(list) = list.filter(|list| list.children.len() > MAX_PARAMS) {
        return Err(GdtfError::TooMany { line: list.line, max: MAX_PARAMS, what: "channels in one mode" });
    }
    let names = Names::of(definition, features, list);
    let mut channels: Vec<Channel> = Vec::new();
    for child in list.iter().flat_map(|list| list.children("DMXChannel")) {
        let at = definition.channels.len() + channels.len();
        let made = channel::read(child, &names, warnings);
        let Some(value) = made.first().and_then(|first| first.value.clone()) else { continue };
        let n_before = mode.params.len();
        for (part, dmx_break, add) in instances.on(&value.geometry, value.dmx_break) {
            let offsets: Option<Vec<u16>> = value.offsets.iter().map(|offset| u16::try_from(u32::from(*offset) + add).ok()).collect();
            match offsets {
                Some(offsets) => mode.params.push(Param { channel: at, dmx_break, offsets, part }),
                None => warnings.push(child, "a reference puts the channel beyond every address; it is left out there".to_owned()),
            }
        }
        if mode.params.len() > MAX_PARAMS {
            return Err(GdtfError::TooMany { line: child.line, max: MAX_PARAMS, what: "channels in one mode" });
        }
        if mode.params.len() == n_before {
            let text = format!("the channel's geometry \"{}\" is not in mode \"{}\"; it is left out", value.geometry, mode.name);
            warnings.push(child, text);
            continue;
        }
        channels.extend(made);
        super::check_channels(definition.channels.len() + channels.len(), child.line)?;
    }
    definition.channels.extend(channels);
    mode.relations = relations(element);
    mode.parts = instances.parts;
    mode.params.sort_by_key(|param| (param.dmx_break, param.offsets.first().copied()));
    finish(&mut mode, definition, Some((element, warnings)));
    if mode.breaks.len() > MAX_BREAKS {
        return Err(GdtfError::TooMany { line: element.line, max: MAX_BREAKS, what: "breaks in one mode" });
    }
    let breaks = if mode.breaks.len() > 1 { mode.breaks.clone() } else { Vec::new() };
    let parts: Vec<Mode> = breaks.into_iter().map(|(dmx_break, _)| one_break(&mode, dmx_break, definition)).collect();
    Ok(std::iter::once(mode).chain(parts).collect())
}

fn one_break(whole: &Mode, dmx_break: u16, definition: &mut Definition) -> Mode {
    let mut mode = Mode {
        name: format!("{} (break {dmx_break})", whole.name),
        params: whole.params.iter().filter(|param| param.dmx_break == dmx_break).cloned().collect(),
        parts: whole.parts.clone(),
        geometry: whole.geometry.clone(),
        one_break: Some(OneBreak { mode: whole.name.clone(), dmx_break }),
        ..Mode::default()
    };
    finish(&mut mode, definition, None);
    mode
}

fn relations(element: &Element) -> Vec<Relation> {
    let list = element.child("Relations");
    let text = |relation: &Element, name: &str| relation.attribute(name).unwrap_or_default().to_owned();
    let relation = |relation: &Element| Relation {
        name: text(relation, "Name"),
        kind: text(relation, "Type"),
        master: text(relation, "Master"),
        follower: text(relation, "Follower"),
    };
    list.iter().flat_map(|list| list.children("Relation")).map(relation).collect()
}

/// Footprints, slots, heads and what the device is in this mode, all from its channels.
fn finish(mode: &mut Mode, definition: &mut Definition, mut told: Option<(&Element, &mut Warnings)>) {
    let mut footprints: BTreeMap<u16, u16> = BTreeMap::new();
    for param in mode.params.iter().filter(|param| !param.offsets.is_empty()) {
        let last = param.offsets.iter().copied().max().unwrap_or(0);
        let footprint = footprints.entry(param.dmx_break).or_default();
        *footprint = last.max(*footprint);
    }
    mode.breaks = footprints.into_iter().collect();
    let mut slots: Vec<Option<usize>> = Vec::new();
    // Where each parameter stands among the slots.
    let mut places: Vec<Vec<u16>> = vec![Vec::new(); mode.params.len()];
    for &(dmx_break, footprint) in mode.breaks.iter().take(MAX_BREAKS) {
        let first = slots.len();
        slots.resize(first + usize::from(footprint.min(N_CHANNELS)), None);
        if footprint > N_CHANNELS
            && let Some((element, warnings)) = &mut told
        {
            warnings.push(
                element,
                format!("break {dmx_break} of mode \"{}\" ends at {footprint}; what is past {N_CHANNELS} is not driven", mode.name),
            );
        }
        for (at, param) in mode.params.iter().enumerate().filter(|(_, param)| param.dmx_break == dmx_break) {
            for (byte, offset) in param.offsets.iter().enumerate() {
                let Some(slot) = slots.get_mut(first + usize::from(*offset) - 1) else { continue };
                if slot.is_some() {
                    if let Some((element, warnings)) = &mut told {
                        warnings
                            .push(element, format!("two channels of mode \"{}\" are at address {offset}; the first is driven", mode.name));
                    }
                    continue;
                }
                *slot = Some(param.channel + byte);
                places[at].push((first + usize::from(*offset) - 1) as u16);
            }
        }
    }
    let unused = slots.iter().any(Option::is_none).then(|| unused(definition));
    mode.slots = slots.into_iter().filter_map(|slot| slot.or(unused)).map(|channel| Slot { channel, acts_on: None }).collect();
    (mode.heads, mode.head_positions_m) = heads::heads(mode, &definition.channels, &places);
    mode.physical = Some(physical::of_mode(definition, mode));
}

/// A channel for addresses that nothing listens at.
fn unused(definition: &mut Definition) -> usize {
    let is_it = |channel: &Channel| channel.group == Group::Nothing && channel.value.is_none() && !channel.fine;
    definition.channels.iter().position(is_it).unwrap_or_else(|| {
        let range = Range { max: u8::MAX, ..Range::default() };
        definition.channels.push(Channel { name: "Unused".to_owned(), group: Group::Nothing, ranges: vec![range], ..Channel::default() });
        definition.channels.len() - 1
    })
}
