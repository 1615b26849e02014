//! The universes as they leave: their bytes, and the streams that carry them.
//!
//! Pure.  A universe that was ever sent stays: without a show, or when a new rig no longer has it, it goes dark and is
//! repeated, since nodes hold what they heard last.
//!
//! When routes change, a lane that goes on keeps its numbers and its beat; one that ends sends its last frame three times
//! (in sACN as the end of the stream) and its number is remembered, should it come back.  Memory is taken when a route or
//! a universe is new, never else.

use std::collections::BTreeMap;
use std::net::SocketAddrV4;
use std::time::Instant;

use crate::engine::DmxFrame;
use crate::engine::dmx::universe::N_CHANNELS;

use super::artnet::timecode::Rate;
use super::batch;
use super::directions::{Directions, Taken};
use super::looks::Looks;
use super::loss::watch::Mix;
use super::merge::{self, Mixed, Side};
use super::routes::{Lane, Protocol, Via};
use super::sacn::{self, Source};
use super::stream::{Stream, Telling, following};

const DARK: [u8; N_CHANNELS] = [0; N_CHANNELS];
/// How often what is the last is sent, since a node that misses it would hold the one before for ever.
pub const N_LAST: u8 = 3;
/// Lanes whose numbers are remembered.
const MOST_RESTING: usize = 4096;

#[derive(Clone, Debug)]
struct Wire {
    universe: u16,
    /// What the show says.
    slots: [u8; N_CHANNELS],
    /// What was on the wire when something was lost, or came back.
    base: [u8; N_CHANNELS],
    /// What is on the wire instead of the show.
    mixed: [u8; N_CHANNELS],
    /// With another desk's.
    merge: Option<Box<Mixed>>,
    /// The newest beat on which any of it left.
    left_on: Option<u64>,
}

impl Wire {
    fn new(universe: u16) -> Self {
        Self { universe, slots: DARK, base: DARK, mixed: DARK, merge: None, left_on: None }
    }

    fn merge_on(&mut self, side: Side) -> Option<&mut Mixed> {
        self.merge.as_deref_mut().filter(|merge| merge.how.side == side)
    }

    /// The show, with what lies below it.
    fn show(&self) -> &[u8; N_CHANNELS] {
        self.merge.as_deref().filter(|merge| merge.how.side == Side::Below).map_or(&self.slots, |merge| &merge.out)
    }
}

/// A stream that has lost its route.
#[derive(Clone, Debug)]
pub struct Leaving {
    pub stream: Stream,
    pub left: u8,
}

/// Who is told that a frame is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncPoint {
    pub protocol: Protocol,
    pub via: Via,
    pub target: SocketAddrV4,
    /// Whether anything went there on this beat.
    pub touched: bool,
}

#[derive(Debug)]
pub struct Wires {
    taken: Taken,
    source: Source,
    /// Sorted by universe.
    wires: Vec<Wire>,
    /// Sorted by universe, or by where they go when there are very many; `places` says which wire each one carries.
    pub streams: Vec<Stream>,
    places: Vec<usize>,
    /// Whether something else than the show is sent.
    instead: bool,
    /// Whether any universe is mixed with another desk's.
    merging: bool,
    pub leaving: Vec<Leaving>,
    pub syncs: Vec<SyncPoint>,
    /// The universes of sACN groups, rising: what discovery tells.
    pub groups: Vec<u16>,
    pub sync_packet: Option<sacn::SyncPacket>,
    pub discovery: sacn::DiscoveryPacket,
    resting: BTreeMap<Lane, u8>,
}

impl Wires {
    pub fn new(source: Source, universes: &[u16]) -> Self {
        let discovery = sacn::DiscoveryPacket::new(&source);
        let mut wires = Self {
            taken: Taken::default(),
            source,
            wires: Vec::new(),
            streams: Vec::new(),
            places: Vec::new(),
            instead: false,
            merging: false,
            leaving: Vec::new(),
            syncs: Vec::new(),
            groups: Vec::new(),
            sync_packet: None,
            discovery,
            resting: BTreeMap::new(),
        };
        for &universe in universes {
            wires.add(universe);
        }
        wires
    }

    /// Follows the newest directions.  Allocates only when they are new.
    pub fn follow(&mut self, directions: &Directions) {
        if self.taken.update(directions) {
            self.lay();
        }
    }

    fn sacn_sync(&self) -> Option<sacn::Universe> {
        self.taken.routes.as_ref().and_then(|routes| routes.sacn_sync).and_then(sacn::Universe::new)
    }

    /// Where the show's timecode goes, if anywhere.
    pub fn timecode(&self) -> Option<(Rate, SocketAddrV4, Via)> {
        let told = self.taken.routes.as_ref()?.timecode?;
        told.target().map(|(target, via)| (told.rate, target, via))
    }

    /// Takes a frame's bytes.  Allocates only for universes not seen before.
    pub fn load(&mut self, dmx: &DmxFrame) {
        let before = self.wires.len();
        for &universe in &dmx.numbers {
            self.add(universe);
        }
        if self.wires.len() > before {
            self.lay();
        }
        for wire in &mut self.wires {
            wire.slots = *dmx.universe(wire.universe).unwrap_or(&DARK);
        }
    }

    pub fn darken(&mut self) {
        for wire in &mut self.wires {
            wire.slots = DARK;
        }
    }

    /// What is on the wires now is where the next mix leads away from.
    pub fn rebase(&mut self) {
        for wire in &mut self.wires {
            wire.base = if self.instead { wire.mixed } else { *wire.show() };
        }
    }

    /// The show, or what stands for it when something is lost.
    pub fn mix(&mut self, mix: Mix, looks: &Looks) {
        self.instead = mix != Mix::Show;
        if !self.instead {
            return;
        }
        for wire in &mut self.wires {
            let mut mixed = wire.mixed;
            match mix {
                Mix::Show => {}
                Mix::Away(act, amount) => looks.away(wire.universe, act, amount, &wire.base, &mut mixed),
                Mix::Back(amount) => looks.back(wire.universe, amount, &wire.base, wire.show(), &mut mixed),
            }
            wire.mixed = mixed;
        }
    }

    /// Whether something else than the show is on the wires.
    pub fn is_instead(&self) -> bool {
        self.instead
    }

    /// Takes what others send for universes that are mixed with theirs: below the show before it is mixed with anything
    /// else, or above everything behind that.  `dark`: what lies below goes dark with the show.
    pub fn merge(&mut self, side: Side, directions: &Directions, now: Instant, dark: bool) {
        if !self.merging {
            return;
        }
        let instead = self.instead && side == Side::Above;
        for wire in &mut self.wires {
            let universe = wire.universe;
            let ours = if instead { wire.mixed } else { wire.slots };
            let Some(merge) = wire.merge_on(side) else { continue };
            let inputs = directions.inputs(merge.how.protocol).get();
            let theirs = inputs.as_ref().filter(|_| !dark).and_then(|inputs| merge::theirs(merge.how, universe, inputs, now));
            merge.take(&ours, theirs);
        }
    }

    /// Hands the bytes to the streams, once a beat; the last time past every delay.
    pub fn advance(&mut self, last: bool) {
        for (stream, &place) in self.streams.iter_mut().zip(&self.places) {
            let wire = &self.wires[place];
            let slots = match &wire.merge {
                Some(merge) if merge.how.side == Side::Above => &merge.out,
                _ if self.instead => &wire.mixed,
                _ => wire.show(),
            };
            if last {
                stream.set(slots);
            } else {
                stream.feed(slots);
            }
        }
    }

    /// Whether a stream is the first of its universe to leave on a beat.
    pub fn is_first(&mut self, stream: usize, beat: u64) -> bool {
        let wire = &mut self.wires[self.places[stream]];
        wire.left_on.replace(beat) != Some(beat)
    }

    fn add(&mut self, universe: u16) {
        if let Err(at) = self.wires.binary_search_by_key(&universe, |wire| wire.universe) {
            self.wires.insert(at, Wire::new(universe));
        }
    }

    /// Makes the streams that the directions ask for out of those that there are.
    fn lay(&mut self) {
        let mut before: BTreeMap<Lane, Stream> = self.streams.drain(..).map(|stream| (stream.lane(), stream)).collect();
        let mut leaving: BTreeMap<Lane, Leaving> = self.leaving.drain(..).map(|leaving| (leaving.stream.lane(), leaving)).collect();
        let mut laid = BTreeMap::new();
        self.places.clear();
        let sync = self.sacn_sync();
        let routes = self.taken.routes.clone();
        let subscribers = self.taken.subscribers.clone().unwrap_or_default();
        let patched = self.taken.patched.clone();
        for wire in &mut self.wires {
            let how = routes.as_ref().and_then(|routes| routes.merges.get(&wire.universe)).copied();
            if wire.merge.as_ref().map(|merge| merge.how) != how {
                wire.merge = how.map(Mixed::new);
            }
        }
        self.merging = self.wires.iter().any(|wire| wire.merge.is_some());
        for (place, wire) in self.wires.iter().enumerate() {
            let hops = routes.as_ref().map(|routes| routes.hops(wire.universe, &subscribers)).unwrap_or_default();
            for hop in hops {
                // Two universes on one lane would fight: the first has it, and the routes tell of the other.
                if laid.insert(hop.lane, ()).is_some() {
                    continue;
                }
                let rested = self.resting.remove(&hop.lane);
                let ours = patched.as_ref().and_then(|patched| patched.0.get(&wire.universe));
                let telling = Telling { source: &self.source, sync };
                let Some(mut stream) = Stream::new(wire.universe, hop, telling, rested, ours) else { continue };
                let follows = before.remove(&hop.lane).or_else(|| leaving.remove(&hop.lane).map(|leaving| leaving.stream));
                if let Some(follows) = follows {
                    stream.follow(follows);
                }
                self.streams.push(stream);
                self.places.push(place);
            }
        }
        if self.streams.len() > batch::FEW {
            let mut laid: Vec<(Stream, usize)> = self.streams.drain(..).zip(self.places.drain(..)).collect();
            laid.sort_by_key(|(stream, _)| (stream.lane().via, stream.lane().target));
            (self.streams, self.places) = laid.into_iter().unzip();
        }
        for (lane, stream) in before.into_iter().filter(|(_, stream)| stream.was_sent()) {
            let last = (0..N_LAST).fold(stream.sequence(), |sequence, _| following(lane.protocol, sequence));
            self.resting.insert(lane, last);
            self.leaving.push(Leaving { stream, left: N_LAST });
        }
        self.leaving.extend(leaving.into_values());
        while self.resting.len() > MOST_RESTING {
            self.resting.pop_first();
        }
        self.gather();
    }

    /// Who is synchronised, and what is told to be sent.
    fn gather(&mut self) {
        let art_sync = self.taken.routes.as_ref().is_some_and(|routes| routes.art_sync);
        let sacn_sync = self.sacn_sync();
        if self.sync_packet.as_ref().map(sacn::SyncPacket::universe) != sacn_sync {
            self.sync_packet = sacn_sync.map(|universe| sacn::SyncPacket::new(&self.source, universe));
        }
        self.syncs.clear();
        self.groups.clear();
        for stream in &mut self.streams {
            let Lane { protocol, via, target, number } = stream.lane();
            if via == Via::Multicast {
                self.groups.push(number);
            }
            let target = match (protocol, via, sacn_sync) {
                (Protocol::ArtNet, ..) if art_sync => target,
                (Protocol::Sacn, Via::Multicast, Some(universe)) => universe.group(),
                (Protocol::Sacn, _, Some(_)) => target,
                _ => {
                    stream.sync = None;
                    continue;
                }
            };
            let point = SyncPoint { protocol, via, target, touched: false };
            let at = self.syncs.iter().position(|known| *known == point).unwrap_or_else(|| {
                self.syncs.push(point);
                self.syncs.len() - 1
            });
            stream.sync = Some(at);
        }
        self.groups.sort_unstable();
    }
}

#[cfg(test)]
mod tests;
