//! sACN as it lies on the wire, ANSI E1.31-2018: what a source sends, in buffers of fixed size.
//!
//! ```text
//!   0 root      16 flags and length · 18 vector · 22 CID
//!  38 framing   40 vector · 44 source name · 108 priority · 109 sync address · 111 sequence · 112 options · 113 universe
//! 115 DMP       117 02 a1 0000 0001 · 123 count · 125 start code · 126 slots
//! ```
//!
//! Our own codec: the crate `sacn` binds the port that receivers listen on and so takes packets from them, ends streams
//! with a priority that is not theirs and by multicast alone, cannot choose an interface, and allocates for every packet.
//! [`read`] is the other direction.  Big-endian throughout.

pub mod read;

use std::net::{Ipv4Addr, SocketAddrV4};

use uuid::Uuid;

use super::packet::{N_SLOTS, Packet};

pub const PORT: u16 = 5568;
pub const HEAD_LEN: usize = 126;
pub const PACKET_LEN: usize = HEAD_LEN + N_SLOTS;
pub const SYNC_LEN: usize = 49;
/// A page of universe discovery that is full.
pub const DISCOVERY_LEN: usize = LIST_AT + 2 * PER_PAGE;
/// Universes on a page of universe discovery.
pub const PER_PAGE: usize = 512;
/// What a stream has unless somebody says otherwise.
pub const PRIORITY: u8 = 100;
pub const HIGHEST_PRIORITY: u8 = 200;

const NAME_LEN: usize = 64;
const CID_AT: usize = 22;
const NAME_AT: usize = 44;
const PRIORITY_AT: usize = 108;
const SYNC_AT: usize = 109;
const SEQUENCE_AT: usize = 111;
const OPTIONS_AT: usize = 112;
const UNIVERSE_AT: usize = 113;
const START_CODE_AT: usize = 125;
const PAGE_AT: usize = 118;
const LIST_AT: usize = 120;
const TERMINATED: u8 = 0x40;
/// The start code of priorities slot by slot, an extension that most desks and receivers know.
pub const PER_ADDRESS_PRIORITY: u8 = 0xdd;
const IDENTIFIER: &[u8; 12] = b"ASC-E1.17\0\0\0";
const VECTOR_DATA: u32 = 4;
const VECTOR_EXTENDED: u32 = 8;

/// 1 to 63999, which is what E1.31 names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Universe(u16);

impl Universe {
    /// Where sources tell what they send.
    pub const DISCOVERY: Self = Self(64_214);

    pub fn new(number: u16) -> Option<Self> {
        (1..=63_999).contains(&number).then_some(Self(number))
    }

    pub fn number(self) -> u16 {
        self.0
    }

    /// 239.255.hi.lo
    pub fn group(self) -> SocketAddrV4 {
        let [high, low] = self.0.to_be_bytes();
        SocketAddrV4::new(Ipv4Addr::new(239, 255, high, low), PORT)
    }
}

/// Who sends.  The CID is made once and kept for ever: receivers know a source by it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub cid: Uuid,
    /// 63 bytes at most are told.
    pub name: String,
}

impl Default for Source {
    /// A source nobody has seen before.
    fn default() -> Self {
        Self { cid: Uuid::new_v4(), name: "Luma".to_owned() }
    }
}

/// A packet for one universe.
pub type DataPacket = Packet<PACKET_LEN, SEQUENCE_AT>;

impl DataPacket {
    /// All slots dark, nothing sent yet.  `sync` is the universe whose sync packet the frame waits for.
    pub fn new(source: &Source, universe: Universe, priority: u8, sync: Option<Universe>) -> Self {
        let mut bytes = [0; PACKET_LEN];
        root(&mut bytes, VECTOR_DATA, source);
        framing(&mut bytes, 2);
        name(&mut bytes, source);
        bytes[PRIORITY_AT] = priority.min(HIGHEST_PRIORITY);
        put(&mut bytes, SYNC_AT, &sync.map_or(0, Universe::number).to_be_bytes());
        put(&mut bytes, UNIVERSE_AT, &universe.number().to_be_bytes());
        length(&mut bytes, 115);
        // Set property; relative addresses of one byte each, from 0; the start code is the first of 513.
        put(&mut bytes, 117, &[0x02, 0xa1, 0, 0, 0, 1]);
        put(&mut bytes, 123, &(N_SLOTS as u16 + 1).to_be_bytes());
        Self { bytes }
    }

    /// A packet of priorities slot by slot instead of levels: `yes` where `patched` says that a slot is ours, else 0, which
    /// leaves it to others.
    pub fn per_address(mut self, patched: Option<&[bool; N_SLOTS]>, yes: u8) -> Self {
        self.bytes[START_CODE_AT] = PER_ADDRESS_PRIORITY;
        let yes = yes.clamp(1, HIGHEST_PRIORITY);
        let all = [true; N_SLOTS];
        let slots = patched.unwrap_or(&all).map(|ours| if ours { yes } else { 0 });
        self.set_slots(&slots);
        self
    }

    /// Tells receivers that the stream ends, instead of leaving them to wait for 2.5 s.
    pub fn set_terminated(&mut self, terminated: bool) {
        self.bytes[OPTIONS_AT] = if terminated { TERMINATED } else { 0 };
    }
}

/// Ends a frame of all universes that carry its address.
#[derive(Clone, Debug)]
pub struct SyncPacket {
    universe: Universe,
    bytes: [u8; SYNC_LEN],
}

impl SyncPacket {
    pub fn new(source: &Source, universe: Universe) -> Self {
        let mut bytes = [0; SYNC_LEN];
        root(&mut bytes, VECTOR_EXTENDED, source);
        framing(&mut bytes, 1);
        put(&mut bytes, 45, &universe.number().to_be_bytes());
        Self { universe, bytes }
    }

    pub fn universe(&self) -> Universe {
        self.universe
    }

    pub fn numbered(&mut self) -> &[u8; SYNC_LEN] {
        self.bytes[44] = self.bytes[44].wrapping_add(1);
        &self.bytes
    }
}

/// What a source sends, told every ten seconds, page by page.
#[derive(Clone, Debug)]
pub struct DiscoveryPacket {
    bytes: [u8; DISCOVERY_LEN],
}

impl DiscoveryPacket {
    pub fn new(source: &Source) -> Self {
        let mut bytes = [0; DISCOVERY_LEN];
        root(&mut bytes, VECTOR_EXTENDED, source);
        framing(&mut bytes, 2);
        name(&mut bytes, source);
        put(&mut bytes, 114, &1_u32.to_be_bytes());
        Self { bytes }
    }

    /// Page `page` of a rising list; `None` behind the last.  An empty list has one page, which says so.
    pub fn page(&mut self, universes: &[u16], page: usize) -> Option<&[u8]> {
        let last = universes.len().saturating_sub(1) / PER_PAGE;
        let on_page = universes.chunks(PER_PAGE).nth(page).unwrap_or_default();
        let (Ok(page_byte), Ok(last_byte)) = (u8::try_from(page), u8::try_from(last)) else { return None };
        if page > last {
            return None;
        }
        put(&mut self.bytes, PAGE_AT, &[page_byte, last_byte]);
        for (nth, universe) in on_page.iter().enumerate() {
            put(&mut self.bytes, LIST_AT + 2 * nth, &universe.to_be_bytes());
        }
        let packet = &mut self.bytes[..LIST_AT + 2 * on_page.len()];
        [16, 38, 112].into_iter().for_each(|at| length(packet, at));
        Some(packet)
    }
}

fn put(bytes: &mut [u8], at: usize, part: &[u8]) {
    bytes[at..at + part.len()].copy_from_slice(part);
}

/// Flags 0x7 and the length of what begins here.
fn length(bytes: &mut [u8], at: usize) {
    let length = 0x7000 | (bytes.len() - at) as u16;
    put(bytes, at, &length.to_be_bytes());
}

fn root(bytes: &mut [u8], vector: u32, source: &Source) {
    put(bytes, 0, &[0x00, 0x10, 0, 0]);
    put(bytes, 4, IDENTIFIER);
    length(bytes, 16);
    put(bytes, 18, &vector.to_be_bytes());
    put(bytes, CID_AT, source.cid.as_bytes());
}

fn framing(bytes: &mut [u8], vector: u32) {
    length(bytes, 38);
    put(bytes, 40, &vector.to_be_bytes());
}

/// Cut between characters, so that what is left is still UTF-8; the last byte stays zero.
fn name(bytes: &mut [u8], source: &Source) {
    let fits = source.name.floor_char_boundary(NAME_LEN - 1);
    put(bytes, NAME_AT, &source.name.as_bytes()[..fits]);
}

#[cfg(test)]
mod tests;
