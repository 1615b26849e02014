//! sACN as it comes in: every packet checked before a byte of it is believed.
//!
//! Pure and without allocation; what is read borrows from what was received.

use thiserror::Error;
use uuid::Uuid;

use super::{
    CID_AT, HEAD_LEN, HIGHEST_PRIORITY, IDENTIFIER, LIST_AT, NAME_AT, NAME_LEN, OPTIONS_AT, PAGE_AT, PRIORITY_AT, SEQUENCE_AT,
    START_CODE_AT, SYNC_AT, SYNC_LEN, TERMINATED, UNIVERSE_AT, VECTOR_DATA, VECTOR_EXTENDED,
};

#[derive(Clone, Debug, PartialEq)]
pub enum Packet<'a> {
    Data(Data<'a>),
    Sync { cid: Uuid, sequence: u8, universe: u16 },
    Discovery(Discovery<'a>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Data<'a> {
    pub cid: Uuid,
    pub name: &'a str,
    pub priority: u8,
    /// 0 = shown at once.
    pub sync: u16,
    pub sequence: u8,
    /// Not for live output.
    pub preview: bool,
    pub terminated: bool,
    pub universe: u16,
    pub start_code: u8,
    /// 0 to 512.
    pub slots: &'a [u8],
}

#[derive(Clone, Debug, PartialEq)]
pub struct Discovery<'a> {
    pub cid: Uuid,
    pub name: &'a str,
    pub page: u8,
    pub last_page: u8,
    list: &'a [u8],
}

impl Discovery<'_> {
    pub fn universes(&self) -> impl Iterator<Item = u16> {
        self.list.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    #[error("too short for what it says it is")]
    Short,
    #[error("not an sACN packet")]
    Foreign,
    #[error("a length that does not fit the packet")]
    Length,
    #[error("a kind of packet that E1.31 does not know")]
    Vector,
    #[error("a universe outside of 1 to 63999")]
    Universe,
    #[error("a priority above 200")]
    Priority,
    #[error("another layout of properties than 513 bytes from 0")]
    Layout,
}

/// Reads a datagram.
pub fn read(bytes: &[u8]) -> Result<Packet<'_>, Malformed> {
    if bytes.len() < SYNC_LEN {
        return Err(Malformed::Short);
    }
    if bytes[..4] != [0x00, 0x10, 0, 0] || &bytes[4..16] != IDENTIFIER {
        return Err(Malformed::Foreign);
    }
    // Bytes behind the packet are somebody's padding.
    let end = 16 + layer(bytes, 16)?;
    let bytes = bytes.get(..end).filter(|bytes| bytes.len() >= SYNC_LEN).ok_or(Malformed::Length)?;
    if 38 + layer(bytes, 38)? != end {
        return Err(Malformed::Length);
    }
    let cid = Uuid::from_slice(&bytes[CID_AT..CID_AT + 16]).map_err(|_length| Malformed::Short)?;
    match (long(bytes, 18), long(bytes, 40)) {
        (VECTOR_DATA, 2) => data(bytes, cid).map(Packet::Data),
        (VECTOR_EXTENDED, 1) => Ok(Packet::Sync { cid, sequence: bytes[44], universe: universe(bytes, 45)? }),
        (VECTOR_EXTENDED, 2) => discovery(bytes, cid).map(Packet::Discovery),
        _ => Err(Malformed::Vector),
    }
}

fn data(bytes: &[u8], cid: Uuid) -> Result<Data<'_>, Malformed> {
    if bytes.len() < HEAD_LEN {
        return Err(Malformed::Short);
    }
    if 115 + layer(bytes, 115)? != bytes.len() {
        return Err(Malformed::Length);
    }
    let count = usize::from(short(bytes, 123));
    if bytes[117..123] != [0x02, 0xa1, 0, 0, 0, 1] || !(1..=513).contains(&count) {
        return Err(Malformed::Layout);
    }
    if HEAD_LEN - 1 + count != bytes.len() {
        return Err(Malformed::Length);
    }
    if bytes[PRIORITY_AT] > HIGHEST_PRIORITY {
        return Err(Malformed::Priority);
    }
    Ok(Data {
        cid,
        name: name(bytes),
        priority: bytes[PRIORITY_AT],
        sync: short(bytes, SYNC_AT),
        sequence: bytes[SEQUENCE_AT],
        preview: bytes[OPTIONS_AT] & 0x80 != 0,
        terminated: bytes[OPTIONS_AT] & TERMINATED != 0,
        universe: universe(bytes, UNIVERSE_AT)?,
        start_code: bytes[START_CODE_AT],
        slots: &bytes[HEAD_LEN..],
    })
}

fn discovery(bytes: &[u8], cid: Uuid) -> Result<Discovery<'_>, Malformed> {
    if bytes.len() < LIST_AT {
        return Err(Malformed::Short);
    }
    if 112 + layer(bytes, 112)? != bytes.len() {
        return Err(Malformed::Length);
    }
    if long(bytes, 114) != 1 {
        return Err(Malformed::Vector);
    }
    let list = &bytes[LIST_AT..];
    if list.len() > 2 * super::PER_PAGE || !list.len().is_multiple_of(2) {
        return Err(Malformed::Length);
    }
    Ok(Discovery { cid, name: name(bytes), page: bytes[PAGE_AT], last_page: bytes[PAGE_AT + 1], list })
}

fn short(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn long(bytes: &[u8], at: usize) -> u32 {
    u32::from(short(bytes, at)) << 16 | u32::from(short(bytes, at + 2))
}

/// The length that a layer says it has.
fn layer(bytes: &[u8], at: usize) -> Result<usize, Malformed> {
    let word = short(bytes, at);
    if word >> 12 == 7 { Ok(usize::from(word & 0x0fff)) } else { Err(Malformed::Length) }
}

fn universe(bytes: &[u8], at: usize) -> Result<u16, Malformed> {
    super::Universe::new(short(bytes, at)).map(super::Universe::number).ok_or(Malformed::Universe)
}

/// As far as it is UTF-8: a name is for people, and no reason to refuse light.
fn name(bytes: &[u8]) -> &str {
    let field = &bytes[NAME_AT..NAME_AT + NAME_LEN];
    let end = field.iter().position(|&byte| byte == 0).unwrap_or(NAME_LEN);
    let valid = match std::str::from_utf8(&field[..end]) {
        Ok(name) => return name,
        Err(error) => error.valid_up_to(),
    };
    std::str::from_utf8(&field[..valid]).unwrap_or_default()
}
