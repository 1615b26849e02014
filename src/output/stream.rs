//! One stream on the wire: a universe on its way to one place, its packet kept and patched in place.
//!
//! Pure.  A stream numbers its own packets, from 1 to 255 in Art-Net, where 0 means "not in order", and from 0 to 255 in
//! sACN.  What could not be sent keeps its number for the next try, so receivers see no gap.

use std::time::Instant;

use crate::engine::dmx::universe::N_CHANNELS;

use super::artnet::{self, PortAddress};
use super::pacing::{self, RATE_HZ};
use super::routes::{Hop, Lane, Protocol};
use super::sacn::{self, Source};

/// What a packet is sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// What has changed, or is too old.
    Due,
    /// All that there is, since it is the last.
    Last,
    /// That nothing comes any more, for protocols that can say so.
    End,
}

#[derive(Clone, Debug)]
enum Packet {
    ArtNet(artnet::DmxPacket),
    Sacn(sacn::DataPacket),
}

#[derive(Clone, Debug)]
pub struct Stream {
    pub universe: u16,
    pub hop: Hop,
    /// Who has to be told when a frame is whole, by place in the list of them.
    pub sync: Option<usize>,
    packet: Packet,
    sequence: u8,
    changed: bool,
    last_sent: Option<Instant>,
    /// Identical packets still owed since the last change.
    repeats: u8,
    delay: Delay,
    priorities: Option<Box<Priorities>>,
}

/// What sACN tells of every slot, about once a second.
#[derive(Clone, Debug)]
struct Priorities {
    packet: sacn::DataPacket,
    last_sent: Option<Instant>,
}

/// All streams are told alike.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    pub source: &'a Source,
    pub sync: Option<sacn::Universe>,
}

impl Stream {
    /// `None` for a number that the protocol has not.  `sequence` is the last one that was sent; `patched` the slots that are
    /// ours, for streams that tell it.
    pub fn new(universe: u16, hop: Hop, telling: Telling<'_>, sequence: Option<u8>, patched: Option<&[bool; N_CHANNELS]>) -> Option<Self> {
        let Telling { source, sync } = telling;
        let (packet, before) = match hop.lane.protocol {
            Protocol::ArtNet => (Packet::ArtNet(artnet::DmxPacket::new(PortAddress::new(hop.lane.number)?)), 0),
            Protocol::Sacn => {
                let universe = sacn::Universe::new(hop.lane.number)?;
                (Packet::Sacn(sacn::DataPacket::new(source, universe, hop.priority, sync)), u8::MAX)
            }
        };
        let priorities = sacn::Universe::new(hop.lane.number).filter(|_| hop.per_address).map(|universe| {
            let packet = sacn::DataPacket::new(source, universe, hop.priority, None).per_address(patched, hop.priority);
            Box::new(Priorities { packet, last_sent: None })
        });
        let delay = Delay::new(hop.delay_ms);
        let sequence = sequence.unwrap_or(before);
        Some(Self { universe, hop, sync: None, packet, sequence, changed: false, last_sent: None, repeats: 0, delay, priorities })
    }

    /// Goes on from where another stream of the same lane is: its numbers, its bytes, its beat.
    pub fn follow(&mut self, before: Self) {
        let slots: &[u8] = before.slots();
        if let Ok(slots) = slots.try_into() {
            self.set(slots);
        }
        let same = before.universe == self.universe && before.hop == self.hop;
        self.sequence = before.sequence;
        self.last_sent = before.last_sent;
        self.repeats = before.repeats;
        self.changed = before.changed || !same;
        if let (Some(now), Some(before)) = (&mut self.priorities, before.priorities)
            && now.packet.slots() == before.packet.slots()
        {
            now.last_sent = before.last_sent;
        }
        if before.delay.frames.len() == self.delay.frames.len() {
            self.delay = before.delay;
        }
    }

    pub fn lane(&self) -> Lane {
        self.hop.lane
    }

    pub fn sequence(&self) -> u8 {
        self.sequence
    }

    pub fn was_sent(&self) -> bool {
        self.last_sent.is_some()
    }

    pub fn slots(&self) -> &[u8] {
        match &self.packet {
            Packet::ArtNet(packet) => packet.slots(),
            Packet::Sacn(packet) => packet.slots(),
        }
    }

    /// Takes the bytes of one beat; late routes send those of a while ago.
    pub fn feed(&mut self, slots: &[u8; N_CHANNELS]) {
        match self.delay.pass(slots) {
            Some(delayed) => self.set(&delayed),
            None => self.set(slots),
        }
    }

    /// Takes bytes past the delay, since there will be no later beat.
    pub fn set(&mut self, slots: &[u8; N_CHANNELS]) {
        self.changed |= match &mut self.packet {
            Packet::ArtNet(packet) => packet.set_slots(slots),
            Packet::Sacn(packet) => packet.set_slots(slots),
        };
    }

    pub fn is_due(&self, sending: Sending, deadline: Instant) -> bool {
        match sending {
            Sending::Due => pacing::is_due(self.changed || self.repeats > 0, self.last_sent, deadline),
            Sending::Last => true,
            Sending::End => self.hop.lane.protocol == Protocol::Sacn,
        }
    }

    /// The bytes to send next; [`Self::sent`] makes their number count.
    pub fn bytes(&mut self, sending: Sending) -> &[u8] {
        let next = following(self.hop.lane.protocol, self.sequence);
        match &mut self.packet {
            Packet::ArtNet(packet) => {
                packet.set_sequence(next);
                packet.bytes()
            }
            Packet::Sacn(packet) => {
                packet.set_sequence(next);
                packet.set_terminated(sending == Sending::End);
                packet.bytes()
            }
        }
    }

    /// Whether the priorities of the slots are to be told: on a change and about every second.
    pub fn owes_priorities(&self, deadline: Instant) -> bool {
        self.priorities.as_ref().is_some_and(|priorities| pacing::is_due(false, priorities.last_sent, deadline))
    }

    /// The packet that tells them; it has the stream's next number, since all packets of a universe count together.
    pub fn priorities(&mut self) -> &[u8] {
        let next = following(self.hop.lane.protocol, self.sequence);
        self.priorities.as_mut().map_or(&[], |priorities| {
            priorities.packet.set_sequence(next);
            priorities.packet.bytes()
        })
    }

    pub fn priorities_sent(&mut self, deadline: Instant) {
        self.sequence = following(self.hop.lane.protocol, self.sequence);
        if let Some(priorities) = &mut self.priorities {
            priorities.last_sent = Some(deadline);
        }
    }

    pub fn sent(&mut self, deadline: Instant) {
        self.sequence = following(self.hop.lane.protocol, self.sequence);
        self.repeats = match (self.hop.lane.protocol, self.changed) {
            (Protocol::ArtNet, _) => 0,
            (Protocol::Sacn, true) => pacing::SACN_REPEATS,
            (Protocol::Sacn, false) => self.repeats.saturating_sub(1),
        };
        self.changed = false;
        self.last_sent = Some(deadline);
    }
}

/// The number behind a number.
pub fn following(protocol: Protocol, sequence: u8) -> u8 {
    match (protocol, sequence) {
        (Protocol::ArtNet, u8::MAX) => 1,
        (Protocol::Sacn, u8::MAX) => 0,
        _ => sequence + 1,
    }
}

/// Bytes on their way through a number of beats.
#[derive(Clone, Debug)]
struct Delay {
    frames: Box<[[u8; N_CHANNELS]]>,
    at: usize,
}

impl Delay {
    fn new(delay_ms: u16) -> Self {
        let beats = (u32::from(delay_ms) * RATE_HZ + 500) / 1000;
        Self { frames: vec![[0; N_CHANNELS]; beats as usize].into(), at: 0 }
    }

    /// What went in so many beats ago; `None` without a delay.
    fn pass(&mut self, slots: &[u8; N_CHANNELS]) -> Option<[u8; N_CHANNELS]> {
        let n_frames = self.frames.len();
        let frame = self.frames.get_mut(self.at)?;
        self.at = (self.at + 1) % n_frames;
        Some(std::mem::replace(frame, *slots))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::routes::Via;

    fn stream(protocol: Protocol, delay_ms: u16) -> Stream {
        let lane = Lane { protocol, number: 1, via: Via::Unicast, target: "127.0.0.1:6454".parse().unwrap() };
        let source = Source::default();
        let hop = Hop { lane, priority: 100, delay_ms, per_address: false };
        Stream::new(1, hop, Telling { source: &source, sync: None }, None, None).unwrap()
    }

    #[test]
    fn art_net_counts_from_1_to_255_and_sacn_from_0_to_255() {
        let now = Instant::now();
        for (protocol, at, first, after_last) in [(Protocol::ArtNet, 12, 1, 1), (Protocol::Sacn, 111, 0, 0)] {
            let mut stream = stream(protocol, 0);
            let mut seen = Vec::new();
            for _ in 0..600 {
                seen.push(stream.bytes(Sending::Due)[at]);
                stream.sent(now);
            }
            assert_eq!(seen[0], first);
            for pair in seen.windows(2) {
                assert_eq!(pair[1], if pair[0] == 255 { after_last } else { pair[0] + 1 }, "{protocol:?}");
            }
        }
    }

    #[test]
    fn what_could_not_be_sent_keeps_its_number() {
        let mut stream = stream(Protocol::ArtNet, 0);
        assert_eq!((stream.bytes(Sending::Due)[12], stream.bytes(Sending::Due)[12]), (1, 1));
        stream.sent(Instant::now());
        assert_eq!(stream.bytes(Sending::Due)[12], 2);
    }

    #[test]
    fn sacn_owes_three_identical_packets_behind_a_change() {
        let now = Instant::now();
        let mut stream = stream(Protocol::Sacn, 0);
        stream.feed(&[1; 512]);
        let mut n_sent = 0;
        while stream.is_due(Sending::Due, now) {
            stream.sent(now);
            n_sent += 1;
        }
        assert_eq!(n_sent, 4);
        assert!(stream.is_due(Sending::Due, now + pacing::KEEP_ALIVE));
    }

    #[test]
    fn the_end_of_a_stream_is_said_in_sacn_alone() {
        let now = Instant::now();
        assert!(!stream(Protocol::ArtNet, 0).is_due(Sending::End, now));
        let mut stream = stream(Protocol::Sacn, 0);
        assert_eq!((stream.bytes(Sending::End)[112], stream.bytes(Sending::Last)[112]), (0x40, 0));
    }

    #[test]
    fn a_delay_of_100_ms_is_four_beats() {
        let mut stream = stream(Protocol::ArtNet, 100);
        let out: Vec<u8> = (1..=8)
            .map(|level| {
                stream.feed(&[level; 512]);
                stream.slots()[0]
            })
            .collect();
        assert_eq!(out, [0, 0, 0, 0, 1, 2, 3, 4]);
        stream.set(&[9; 512]);
        assert_eq!(stream.slots()[0], 9);
    }
}
