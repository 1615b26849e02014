//! A definition that somebody is working on: copied, altered step by step, checked before it is saved.
//!
//! A [`Change`] takes a definition and gives the next one, so that going back is keeping the one before.  Whatever points at
//! channels and modes by number or name (slots, heads, aliases) follows a change; [`faults()`] says what is wrong and where.

mod faults;
#[cfg(test)]
mod tests;

pub use faults::{Fault, Place, faults};

use super::formats::definition::{Channel, Definition, Device, Mode, Physical, Range, Slot};
use super::formats::parameter::Source;

/// One step of work on a definition.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Name {
        manufacturer: String,
        model: String,
    },
    Author(String),
    Device(Device),
    /// Of one mode, or of the device; `None` gives a mode the device's again.
    Physical {
        mode: Option<usize>,
        physical: Option<Physical>,
    },
    AddChannel(Channel),
    /// Everything about a channel; ranges are put in order.
    PutChannel {
        channel: usize,
        to: Channel,
    },
    /// Takes it out of every mode as well.
    RemoveChannel(usize),
    PutRange {
        channel: usize,
        range: usize,
        to: Range,
    },
    /// Makes two of a range, the second from `at` on.
    SplitRange {
        channel: usize,
        range: usize,
        at: u8,
    },
    /// Gives a range what the next one covers.
    JoinRange {
        channel: usize,
        range: usize,
    },
    /// Empty, or a copy of another.
    AddMode {
        name: String,
        like: Option<usize>,
    },
    RenameMode {
        mode: usize,
        name: String,
    },
    RemoveMode(usize),
    /// Everything behind moves up by one.
    InsertSlot {
        mode: usize,
        at: usize,
        channel: usize,
    },
    RemoveSlot {
        mode: usize,
        at: usize,
    },
    MoveSlot {
        mode: usize,
        from: usize,
        to: usize,
    },
    ActsOn {
        mode: usize,
        at: usize,
        on: Option<u16>,
    },
    Heads {
        mode: usize,
        heads: Vec<Vec<u16>>,
    },
    /// A lamp or an LED with its colour.
    AddSource(Source),
    PutSource {
        source: usize,
        to: Source,
    },
    RemoveSource(usize),
}

/// Why a change cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    #[error("there is no {what} number {} (any more)", at + 1)]
    Gone { what: &'static str, at: usize },
    #[error("{at} does not lie inside of the range {min}-{max}, so it cannot be split there")]
    Split { at: u8, min: u8, max: u8 },
    #[error("a device keeps its physical data; empty it instead")]
    DevicePhysical,
}

impl Change {
    /// As undo names it.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Name { .. } => "Rename the definition",
            Self::Author(_) => "Change the author",
            Self::Device(_) => "Change the kind of device",
            Self::Physical { .. } => "Change physical data",
            Self::AddChannel(_) => "Add a channel",
            Self::PutChannel { .. } => "Change a channel",
            Self::RemoveChannel(_) => "Remove a channel",
            Self::PutRange { .. } => "Change a range",
            Self::SplitRange { .. } => "Split a range",
            Self::JoinRange { .. } => "Join two ranges",
            Self::AddMode { .. } => "Add a mode",
            Self::RenameMode { .. } => "Rename a mode",
            Self::RemoveMode(_) => "Remove a mode",
            Self::InsertSlot { .. } => "Insert a channel in a mode",
            Self::RemoveSlot { .. } => "Take a channel out of a mode",
            Self::MoveSlot { .. } => "Move a channel in a mode",
            Self::ActsOn { .. } => "Change what a channel acts on",
            Self::Heads { .. } => "Change the heads of a mode",
            Self::AddSource(_) => "Add a light source",
            Self::PutSource { .. } => "Change a light source",
            Self::RemoveSource(_) => "Remove a light source",
        }
    }

    /// The definition after the change.
    pub fn apply(&self, definition: &Definition) -> Result<Definition, ChangeError> {
        let mut after = definition.clone();
        // What was odd in the file was odd in another one.
        after.warnings.clear();
        match self.clone() {
            Self::Name { manufacturer, model } => {
                (after.manufacturer, after.model) = (tidy(&manufacturer), tidy(&model));
            }
            Self::Author(author) => after.author = tidy(&author),
            Self::Device(device) => after.device = device,
            Self::Physical { mode: None, physical } => after.physical = physical.ok_or(ChangeError::DevicePhysical)?,
            Self::Physical { mode: Some(at), physical } => mode(&mut after, at)?.physical = physical,
            Self::AddChannel(new) => after.channels.push(tidied(new)),
            Self::PutChannel { channel: at, to } => put_channel(&mut after, at, tidied(to))?,
            Self::RemoveChannel(at) => remove_channel(&mut after, at)?,
            Self::PutRange { channel: of, range: at, to } => *range(&mut after, of, at)? = to,
            Self::SplitRange { channel: of, range: at, at: byte } => split(&mut after, of, at, byte)?,
            Self::JoinRange { channel: of, range: at } => {
                let next = range(&mut after, of, at + 1)?.max;
                range(&mut after, of, at)?.max = next;
                channel(&mut after, of)?.ranges.remove(at + 1);
            }
            Self::AddMode { name, like } => {
                let copied = like.map(|at| mode(&mut after, at).cloned()).transpose()?.unwrap_or_default();
                after.modes.push(Mode { name: tidy(&name), ..copied });
            }
            Self::RenameMode { mode: at, name } => rename_mode(&mut after, at, &tidy(&name))?,
            Self::RemoveMode(at) => {
                let name = mode(&mut after, at)?.name.clone();
                after.modes.remove(at);
                each_range(&mut after, |range| range.aliases.retain(|alias| alias.mode != name));
            }
            Self::InsertSlot { mode: of, at, channel: index } => {
                channel(&mut after, index)?;
                insert_slot(mode(&mut after, of)?, at, Slot { channel: index, acts_on: None })?;
            }
            Self::RemoveSlot { mode: of, at } => remove_slot(mode(&mut after, of)?, at)?,
            Self::MoveSlot { mode: of, from, to } => move_slot(mode(&mut after, of)?, from, to)?,
            Self::ActsOn { mode: of, at, on } => {
                let gone = ChangeError::Gone { what: "channel of this mode", at };
                mode(&mut after, of)?.slots.get_mut(at).ok_or(gone)?.acts_on = on;
            }
            Self::Heads { mode: of, heads } => mode(&mut after, of)?.heads = heads,
            Self::AddSource(new) => after.sources.push(new),
            Self::PutSource { source: at, to } => {
                *after.sources.get_mut(at).ok_or(ChangeError::Gone { what: "light source", at })? = to;
            }
            Self::RemoveSource(at) => remove_source(&mut after, at)?,
        }
        match self {
            Self::Author(_) | Self::Device(_) | Self::RenameMode { .. } | Self::RemoveMode(_) => {}
            Self::AddSource(_) | Self::PutSource { .. } | Self::RemoveSource(_) => {}
            // Another device under another name.
            Self::Name { .. } => after.id = None,
            _ => after.forget_whole_values(),
        }
        Ok(after)
    }
}

/// A copy under another name, to be altered: what Luma knows of the device is the same.
pub fn duplicate(definition: &Definition, model: &str) -> Definition {
    Definition { model: tidy(model), warnings: Vec::new(), id: None, ..definition.clone() }
}

/// Spaces evened out, as readers do.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn tidied(mut channel: Channel) -> Channel {
    channel.name = tidy(&channel.name);
    for range in &mut channel.ranges {
        range.label = range.label.trim().to_owned();
    }
    channel.ranges.sort_by_key(|range| range.min);
    channel
}

fn channel(definition: &mut Definition, at: usize) -> Result<&mut Channel, ChangeError> {
    definition.channels.get_mut(at).ok_or(ChangeError::Gone { what: "channel", at })
}

fn range(definition: &mut Definition, of: usize, at: usize) -> Result<&mut Range, ChangeError> {
    channel(definition, of)?.ranges.get_mut(at).ok_or(ChangeError::Gone { what: "range", at })
}

fn mode(definition: &mut Definition, at: usize) -> Result<&mut Mode, ChangeError> {
    definition.modes.get_mut(at).ok_or(ChangeError::Gone { what: "mode", at })
}

fn each_range(definition: &mut Definition, mut change: impl FnMut(&mut Range)) {
    definition.channels.iter_mut().flat_map(|channel| &mut channel.ranges).for_each(&mut change);
}

fn put_channel(definition: &mut Definition, at: usize, to: Channel) -> Result<(), ChangeError> {
    let before = std::mem::replace(channel(definition, at)?, to.clone()).name;
    let is_last = !definition.channels.iter().any(|channel| channel.name == before);
    if before != to.name && is_last {
        each_range(definition, |range| {
            let names = range.aliases.iter_mut().flat_map(|alias| [&mut alias.from, &mut alias.to]);
            names.filter(|name| **name == before).for_each(|name| name.clone_from(&to.name));
        });
    }
    Ok(())
}

fn remove_channel(definition: &mut Definition, at: usize) -> Result<(), ChangeError> {
    let name = channel(definition, at)?.name.clone();
    definition.channels.remove(at);
    for mode in &mut definition.modes {
        while let Some(slot) = mode.slots.iter().position(|slot| slot.channel == at) {
            remove_slot(mode, slot)?;
        }
        mode.slots.iter_mut().filter(|slot| slot.channel > at).for_each(|slot| slot.channel -= 1);
    }
    if !definition.channels.iter().any(|channel| channel.name == name) {
        each_range(definition, |range| range.aliases.retain(|alias| alias.from != name && alias.to != name));
    }
    Ok(())
}

/// What was lit by it is lit by nothing that is named.
fn remove_source(definition: &mut Definition, at: usize) -> Result<(), ChangeError> {
    if at >= definition.sources.len() {
        return Err(ChangeError::Gone { what: "light source", at });
    }
    definition.sources.remove(at);
    let values = definition.channels.iter_mut().filter_map(|channel| channel.value.as_mut());
    for function in values.flat_map(|value| &mut value.functions) {
        function.source = function.source.filter(|source| *source != at).map(|source| source - usize::from(source > at));
    }
    Ok(())
}

fn split(definition: &mut Definition, of: usize, at: usize, byte: u8) -> Result<(), ChangeError> {
    let first = range(definition, of, at)?;
    let (min, max) = (first.min, first.max);
    if byte <= min || byte > max {
        return Err(ChangeError::Split { at: byte, min, max });
    }
    let second = Range { min: byte, ..first.clone() };
    first.max = byte - 1;
    channel(definition, of)?.ranges.insert(at + 1, second);
    Ok(())
}

fn rename_mode(definition: &mut Definition, at: usize, name: &str) -> Result<(), ChangeError> {
    let before = std::mem::replace(&mut mode(definition, at)?.name, name.to_owned());
    each_range(definition, |range| {
        range.aliases.iter_mut().filter(|alias| alias.mode == before).for_each(|alias| name.clone_into(&mut alias.mode));
    });
    Ok(())
}

fn insert_slot(mode: &mut Mode, at: usize, slot: Slot) -> Result<(), ChangeError> {
    if at > mode.slots.len() {
        return Err(ChangeError::Gone { what: "channel of this mode", at });
    }
    renumber(mode, |offset| Some(if usize::from(offset) >= at { offset + 1 } else { offset }));
    mode.slots.insert(at, slot);
    Ok(())
}

fn remove_slot(mode: &mut Mode, at: usize) -> Result<(), ChangeError> {
    if at >= mode.slots.len() {
        return Err(ChangeError::Gone { what: "channel of this mode", at });
    }
    mode.slots.remove(at);
    renumber(mode, |offset| match usize::from(offset) {
        offset_at if offset_at == at => None,
        offset_at if offset_at > at => Some(offset - 1),
        _ => Some(offset),
    });
    Ok(())
}

fn move_slot(mode: &mut Mode, from: usize, to: usize) -> Result<(), ChangeError> {
    let n_slots = mode.slots.len();
    if let Some(at) = [from, to].into_iter().find(|at| *at >= n_slots) {
        return Err(ChangeError::Gone { what: "channel of this mode", at });
    }
    let slot = mode.slots.remove(from);
    mode.slots.insert(to, slot);
    renumber(mode, |offset| {
        let at = usize::from(offset);
        Some(match at {
            _ if at == from => to as u16,
            _ if from < at && at <= to => offset - 1,
            _ if to <= at && at < from => offset + 1,
            _ => offset,
        })
    });
    Ok(())
}

/// What points into the mode follows; a head without channels goes.
fn renumber(mode: &mut Mode, moved: impl Fn(u16) -> Option<u16>) {
    for slot in &mut mode.slots {
        slot.acts_on = slot.acts_on.and_then(&moved);
    }
    for head in &mut mode.heads {
        *head = head.iter().filter_map(|offset| moved(*offset)).collect();
    }
    mode.heads.retain(|head| !head.is_empty());
}
