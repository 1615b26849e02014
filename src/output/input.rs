//! What others send to us, merged as a good node merges: universes of other desks, to be looked at and monitored.
//!
//! Pure: instants are arguments.
//! - Art-Net: two sources a universe, told apart by address and physical port; a third is not taken.  One that is silent for
//!   ten seconds is gone.
//! - sACN: the highest priority is shown; a source may give every slot its own (start code 0xDD), 0 = not this slot.  One
//!   that is silent for 2.5 s, or says so, is gone.
//! - Equal sources: the highest level of each slot, or the source that changed last.
//! - A packet that is older than the one before is thrown away.
//! - A universe that lost its last source keeps its look and says so.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::dmx::universe::N_CHANNELS;

use super::artnet::poll::Dmx;
use super::routes::Protocol;
use super::sacn::read::Data;
use super::sacn::{self, PER_ADDRESS_PRIORITY};

const ARTNET_LOSS: Duration = Duration::from_secs(10);
const SACN_LOSS: Duration = Duration::from_millis(2500);
const ARTNET_SOURCES: usize = 2;
const SACN_SOURCES: usize = 8;
/// More is no network but a flood.
const MOST_UNIVERSES: usize = 4096;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Merge {
    /// The highest level takes precedence, slot by slot.
    #[default]
    Htp,
    /// The source that changed last has the universe.
    Ltp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct InputKey {
    pub protocol: Protocol,
    /// The port-address or sACN universe.
    pub number: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Id {
    ArtNet(Ipv4Addr, u8),
    Sacn(Uuid),
}

#[derive(Clone, Debug)]
struct Source {
    id: Id,
    name: String,
    ip: Ipv4Addr,
    priority: u8,
    sequence: Option<u8>,
    heard: Instant,
    changed: Instant,
    packets: u64,
    slots: Box<[u8; N_CHANNELS]>,
    /// Priorities slot by slot, and when they were last told.
    per_address: Option<(Box<[u8; N_CHANNELS]>, Instant)>,
}

impl Source {
    fn priority_at(&self, slot: usize) -> u8 {
        self.per_address.as_ref().map_or(self.priority.saturating_add(1), |(priorities, _)| {
            // One up, so that 0 stays for "not mine" where a whole priority of 0 is a priority.
            if priorities[slot] == 0 { 0 } else { priorities[slot].saturating_add(1) }
        })
    }
}

#[derive(Clone, Debug)]
struct Universe {
    sources: Vec<Source>,
    shown: Box<[u8; N_CHANNELS]>,
    merge: Merge,
    exceeded: u64,
}

/// What is counted over all universes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InputCounts {
    pub packets: u64,
    /// Older than the one before.
    pub stale: u64,
    /// From sources, or for universes, that there was no place for.
    pub refused: u64,
    /// Not a packet of the protocol.
    pub malformed: u64,
}

/// One universe for a monitor or the previz.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputUniverse {
    #[serde(flatten)]
    pub key: InputKey,
    #[serde(skip)]
    pub slots: Box<[u8; N_CHANNELS]>,
    /// When the newest packet of a source that is there came.
    #[serde(skip)]
    pub heard: Option<Instant>,
    pub sources: Vec<InputSource>,
    /// Several sources make what is shown.
    pub merging: bool,
    /// Packets of sources that there was no place for.
    pub exceeded: u64,
}

impl InputUniverse {
    /// Whether somebody sends it just now.
    pub fn is_heard(&self, now: Instant) -> bool {
        self.heard.is_some_and(|heard| now.saturating_duration_since(heard) < SACN_LOSS)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputSource {
    pub name: String,
    pub ip: Ipv4Addr,
    pub priority: u8,
    pub per_address: bool,
    pub packets: u64,
    /// Whether any of it is to be seen.
    pub shown: bool,
}

/// Everything that comes in, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct InputSnapshot {
    pub universes: Vec<InputUniverse>,
    pub counts: InputCounts,
}

impl InputSnapshot {
    pub fn universe(&self, key: InputKey) -> Option<&InputUniverse> {
        self.universes.binary_search_by_key(&key, |universe| universe.key).ok().map(|at| &self.universes[at])
    }
}

#[derive(Debug, Default)]
pub struct Inputs {
    merge: Merge,
    universes: BTreeMap<InputKey, Universe>,
    pub counts: InputCounts,
}

struct Arrival<'a> {
    id: Id,
    name: &'a str,
    ip: Ipv4Addr,
    priority: u8,
    /// None = not in order.
    sequence: Option<u8>,
    start_code: u8,
    slots: &'a [u8],
}

impl Inputs {
    pub fn new(merge: Merge) -> Self {
        Self { merge, ..Self::default() }
    }

    /// True when something new is to be seen.
    pub fn artnet(&mut self, dmx: &Dmx<'_>, from: Ipv4Addr, now: Instant) -> bool {
        let arrival = Arrival {
            id: Id::ArtNet(from, dmx.physical),
            name: "",
            ip: from,
            priority: sacn::PRIORITY,
            sequence: (dmx.sequence != 0).then_some(dmx.sequence),
            start_code: 0,
            slots: dmx.slots,
        };
        self.take(InputKey { protocol: Protocol::ArtNet, number: dmx.address }, &arrival, now)
    }

    /// True when something new is to be seen.
    pub fn sacn(&mut self, data: &Data<'_>, from: Ipv4Addr, now: Instant) -> bool {
        let key = InputKey { protocol: Protocol::Sacn, number: data.universe };
        if data.terminated {
            return self.end(key, Id::Sacn(data.cid));
        }
        if data.preview || ![0, PER_ADDRESS_PRIORITY].contains(&data.start_code) {
            return false;
        }
        let arrival = Arrival {
            id: Id::Sacn(data.cid),
            name: data.name,
            ip: from,
            priority: data.priority,
            sequence: Some(data.sequence),
            start_code: data.start_code,
            slots: data.slots,
        };
        self.take(key, &arrival, now)
    }

    fn take(&mut self, key: InputKey, arrival: &Arrival<'_>, now: Instant) -> bool {
        self.counts.packets += 1;
        if !self.universes.contains_key(&key) && self.universes.len() >= MOST_UNIVERSES {
            self.counts.refused += 1;
            return false;
        }
        let merge = self.merge;
        let universe = self.universes.entry(key).or_insert_with(|| Universe {
            sources: Vec::new(),
            shown: Box::new([0; N_CHANNELS]),
            merge,
            exceeded: 0,
        });
        let at = match universe.sources.iter().position(|source| source.id == arrival.id) {
            Some(at) => {
                let known = &mut universe.sources[at];
                if arrival.sequence.zip(known.sequence).is_some_and(|(sequence, last)| is_stale(sequence, last)) {
                    self.counts.stale += 1;
                    return false;
                }
                at
            }
            None => match universe.place(key.protocol, arrival, now) {
                Some(at) => at,
                None => {
                    universe.exceeded += 1;
                    self.counts.refused += 1;
                    return false;
                }
            },
        };
        universe.sources[at].take(arrival, now);
        universe.show()
    }

    fn end(&mut self, key: InputKey, id: Id) -> bool {
        let Some(universe) = self.universes.get_mut(&key) else { return false };
        let before = universe.sources.len();
        universe.sources.retain(|source| source.id != id);
        universe.show();
        universe.sources.len() < before
    }

    /// Lets go of sources that have fallen silent; true when there were any.
    pub fn sweep(&mut self, now: Instant) -> bool {
        let mut changed = false;
        for (key, universe) in &mut self.universes {
            let loss = loss(key.protocol);
            let before = universe.sources.len();
            universe.sources.retain(|source| now.saturating_duration_since(source.heard) < loss);
            let mut lost = universe.sources.len() < before;
            for source in &mut universe.sources {
                lost |= source.per_address.take_if(|(_, told)| now.saturating_duration_since(*told) >= loss).is_some();
            }
            if lost {
                universe.show();
                changed = true;
            }
        }
        changed
    }

    /// `None` for a universe that was never heard.
    pub fn slots(&self, key: InputKey) -> Option<&[u8; N_CHANNELS]> {
        self.universes.get(&key).map(|universe| &*universe.shown)
    }

    pub fn snapshot(&self) -> InputSnapshot {
        let universes = self.universes.iter().map(|(&key, universe)| universe.snapshot(key)).collect();
        InputSnapshot { universes, counts: self.counts }
    }
}

fn loss(protocol: Protocol) -> Duration {
    match protocol {
        Protocol::ArtNet => ARTNET_LOSS,
        Protocol::Sacn => SACN_LOSS,
    }
}

/// E1.31's rule, which does for Art-Net: up to 20 back is late, further back is a source that began anew.
fn is_stale(sequence: u8, last: u8) -> bool {
    let ahead = sequence.wrapping_sub(last) as i8;
    ahead <= 0 && ahead > -20
}

impl Source {
    fn take(&mut self, arrival: &Arrival<'_>, now: Instant) {
        self.sequence = arrival.sequence;
        self.heard = now;
        self.packets += 1;
        self.priority = arrival.priority;
        if self.name != arrival.name {
            arrival.name.clone_into(&mut self.name);
        }
        // What is not told is dark, or not this source's.
        let mut slots = [0; N_CHANNELS];
        let length = arrival.slots.len().min(N_CHANNELS);
        slots[..length].copy_from_slice(&arrival.slots[..length]);
        if arrival.start_code == PER_ADDRESS_PRIORITY {
            slots.iter_mut().for_each(|priority| *priority = (*priority).min(sacn::HIGHEST_PRIORITY));
            self.per_address = Some((Box::new(slots), now));
        } else if *self.slots != slots {
            *self.slots = slots;
            self.changed = now;
        }
    }
}

impl Universe {
    /// Where a new source goes, if it may: among few, or in the place of one that matters less.
    fn place(&mut self, protocol: Protocol, arrival: &Arrival<'_>, now: Instant) -> Option<usize> {
        let source = Source {
            id: arrival.id,
            name: arrival.name.to_owned(),
            ip: arrival.ip,
            priority: arrival.priority,
            sequence: None,
            heard: now,
            changed: now,
            packets: 0,
            slots: Box::new([0; N_CHANNELS]),
            per_address: None,
        };
        let most = match protocol {
            Protocol::ArtNet => ARTNET_SOURCES,
            Protocol::Sacn => SACN_SOURCES,
        };
        let silent = |source: &Source| now.saturating_duration_since(source.heard) >= loss(protocol);
        if self.sources.len() < most {
            self.sources.push(source);
            return Some(self.sources.len() - 1);
        }
        let at = self.sources.iter().position(silent).or_else(|| {
            let (at, least) = self.sources.iter().enumerate().min_by_key(|(_, source)| source.priority)?;
            (least.priority < arrival.priority).then_some(at)
        })?;
        self.sources[at] = source;
        Some(at)
    }

    /// Who makes a slot: those of the highest priority, or of them the one that changed last.
    fn winners(&self, slot: usize) -> impl Iterator<Item = &Source> {
        let top = self.sources.iter().map(|source| source.priority_at(slot)).max().unwrap_or_default();
        let best = move |source: &&Source| top > 0 && source.priority_at(slot) == top;
        let last = self.sources.iter().filter(best).map(|source| source.changed).max();
        self.sources.iter().filter(best).filter(move |source| self.merge == Merge::Htp || Some(source.changed) == last)
    }

    /// Mixes anew; true when that is to be seen.  Without a source the look stays.
    fn show(&mut self) -> bool {
        let mut shown = [0; N_CHANNELS];
        match self.sources.as_slice() {
            [] => return false,
            [only] if only.per_address.is_none() => shown = *only.slots,
            sources if sources.iter().all(|source| source.per_address.is_none()) => {
                // All slots alike.
                let winners: Vec<&Source> = self.winners(0).collect();
                for source in winners {
                    shown.iter_mut().zip(source.slots.iter()).for_each(|(shown, &level)| *shown = level.max(*shown));
                }
            }
            _ => {
                for (slot, shown) in shown.iter_mut().enumerate() {
                    *shown = self.winners(slot).map(|source| source.slots[slot]).max().unwrap_or_default();
                }
            }
        }
        let changed = *self.shown != shown;
        *self.shown = shown;
        changed
    }

    fn snapshot(&self, key: InputKey) -> InputUniverse {
        let slots = if self.sources.iter().any(|source| source.per_address.is_some()) { 0..N_CHANNELS } else { 0..1 };
        let seen: Vec<Id> = slots.flat_map(|slot| self.winners(slot).map(|source| source.id)).collect();
        let source = |source: &Source| InputSource {
            name: source.name.clone(),
            ip: source.ip,
            priority: source.priority,
            per_address: source.per_address.is_some(),
            packets: source.packets,
            shown: seen.contains(&source.id),
        };
        let sources: Vec<InputSource> = self.sources.iter().map(source).collect();
        let merging = sources.iter().filter(|source| source.shown).count() > 1;
        let heard = self.sources.iter().map(|source| source.heard).max();
        InputUniverse { key, slots: self.shown.clone(), heard, sources, merging, exceeded: self.exceeded }
    }
}

#[cfg(test)]
mod tests;
