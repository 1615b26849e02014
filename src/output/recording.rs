//! A recording of the wire: every datagram as it came, when, and from whom.
//!
//! ```text
//! head      0 "LUMAWIRE" · 8 version (1) · 10 length of the head (32) · 12 zero · 16 start, Unix milliseconds · 24 zero
//! record    0 length of the datagram · 2 protocol (0 Art-Net, 1 sACN) · 3 zero · 4 microseconds since the start
//!          12 sender's address · 16 sender's port · 18 zero · 20 CRC-32 of bytes 0 to 19 and of the datagram · 24 the datagram
//! ```
//!
//! Little-endian, but for the address.  A later version may make the head longer, which its length tells; what it adds to
//! records makes it version 2, which this one refuses.  Records follow each other in the order of their times; nothing
//! closes the file, so whatever part of it was written is a recording.  One that was cut off, or damaged, is read up to the
//! last whole record before that.
//!
//! Pure over [`Read`] and [`Write`]; bounded: one record is in memory at a time.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use flate2::Crc;
use thiserror::Error;

use super::routes::Protocol;

const MAGIC: &[u8; 8] = b"LUMAWIRE";
const VERSION: u16 = 1;
const HEAD_LEN: usize = 32;
/// A head of a later version is at most this long.
const LONGEST_HEAD: usize = 4096;
const RECORD_HEAD_LEN: usize = 24;
/// What a packet of either protocol never exceeds.
pub const LONGEST_PACKET: usize = 1500;
/// A day of 512 universes would fill a disk; a file is not longer than this.
pub const LARGEST_FILE: u64 = 8 << 30;

#[derive(Debug, Error)]
pub enum RecordingError {
    #[error("it cannot be read ({0})")]
    Read(#[from] io::Error),
    #[error("it is no recording: those begin with LUMAWIRE")]
    Foreign,
    #[error("it was made by a later Luma (version {0}): take a newer Luma to play it")]
    Version(u16),
}

/// How a recording ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Cut {
    #[error("the file ends in the middle of a packet, {0} bytes from its start: everything before is whole")]
    Torn(u64),
    #[error("the file is damaged {0} bytes from its start: everything before is whole")]
    Damaged(u64),
}

/// One datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Since the start of the recording.
    pub at: Duration,
    pub protocol: Protocol,
    pub from: SocketAddrV4,
    pub bytes: Vec<u8>,
}

/// Writes packets behind each other.
pub struct Writer<W> {
    to: W,
    last: u64,
    pub n_packets: u64,
    /// What was too long, or came when the file was full.
    pub n_refused: u64,
    pub length: u64,
}

impl<W: Write> Writer<W> {
    pub fn new(mut to: W, started_unix_ms: u64) -> io::Result<Self> {
        let mut head = [0; HEAD_LEN];
        head[..8].copy_from_slice(MAGIC);
        head[8..10].copy_from_slice(&VERSION.to_le_bytes());
        head[10..12].copy_from_slice(&(HEAD_LEN as u16).to_le_bytes());
        head[16..24].copy_from_slice(&started_unix_ms.to_le_bytes());
        to.write_all(&head)?;
        Ok(Self { to, last: 0, n_packets: 0, n_refused: 0, length: HEAD_LEN as u64 })
    }

    /// False when the file is full.  A time before the last packet's counts as the last packet's.
    pub fn write(&mut self, at: Duration, protocol: Protocol, from: SocketAddrV4, bytes: &[u8]) -> io::Result<bool> {
        let whole = (RECORD_HEAD_LEN + bytes.len()) as u64;
        if bytes.len() > LONGEST_PACKET || self.length + whole > LARGEST_FILE {
            self.n_refused += 1;
            return Ok(bytes.len() > LONGEST_PACKET);
        }
        self.last = self.last.max(u64::try_from(at.as_micros()).unwrap_or(u64::MAX));
        let mut head = [0; RECORD_HEAD_LEN];
        head[..2].copy_from_slice(&(bytes.len() as u16).to_le_bytes());
        head[2] = u8::from(protocol == Protocol::Sacn);
        head[4..12].copy_from_slice(&self.last.to_le_bytes());
        head[12..16].copy_from_slice(&from.ip().octets());
        head[16..18].copy_from_slice(&from.port().to_le_bytes());
        let sum = sum(&head, bytes);
        head[20..].copy_from_slice(&sum.to_le_bytes());
        self.to.write_all(&head)?;
        self.to.write_all(bytes)?;
        self.n_packets += 1;
        self.length += whole;
        Ok(true)
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }

    pub fn into_inner(self) -> W {
        self.to
    }
}

fn sum(head: &[u8; RECORD_HEAD_LEN], bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(&head[..20]);
    crc.update(bytes);
    crc.sum()
}

/// Reads packets one behind the other.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    at: u64,
    last: u64,
    pub started_unix_ms: u64,
    /// Why nothing more comes, where it is not simply the end.
    pub cut: Option<Cut>,
    over: bool,
}

impl<R: Read> Reader<R> {
    pub fn open(mut from: R) -> Result<Self, RecordingError> {
        let mut head = [0; HEAD_LEN];
        let n = fill(&mut from, &mut head)?;
        if n < 12 || &head[..8] != MAGIC {
            return Err(RecordingError::Foreign);
        }
        let version = u16::from_le_bytes([head[8], head[9]]);
        if version != VERSION {
            return Err(RecordingError::Version(version));
        }
        let length = usize::from(u16::from_le_bytes([head[10], head[11]]));
        if n < HEAD_LEN || !(HEAD_LEN..=LONGEST_HEAD).contains(&length) {
            return Err(RecordingError::Foreign);
        }
        let mut rest = [0; LONGEST_HEAD];
        let over = fill(&mut from, &mut rest[..length - HEAD_LEN])? < length - HEAD_LEN;
        Ok(Self { from, at: length as u64, last: 0, started_unix_ms: eight(&head, 16), cut: None, over })
    }

    /// `None` at the end, wherever that is; [`Self::cut`] says when it is not where the recording ended.
    pub fn packet(&mut self) -> io::Result<Option<Packet>> {
        if self.over {
            return Ok(None);
        }
        let mut head = [0; RECORD_HEAD_LEN];
        let n = fill(&mut self.from, &mut head)?;
        if n < RECORD_HEAD_LEN {
            return Ok(self.end((n > 0).then_some(Cut::Torn(self.at))));
        }
        let length = usize::from(u16::from_le_bytes([head[0], head[1]]));
        let protocol = match head[2] {
            0 => Protocol::ArtNet,
            1 => Protocol::Sacn,
            _ => return Ok(self.end(Some(Cut::Damaged(self.at)))),
        };
        if length > LONGEST_PACKET {
            return Ok(self.end(Some(Cut::Damaged(self.at))));
        }
        let mut bytes = vec![0; length];
        if fill(&mut self.from, &mut bytes)? < length {
            return Ok(self.end(Some(Cut::Torn(self.at))));
        }
        let micros = eight(&head, 4);
        if sum(&head, &bytes) != u32::from_le_bytes([head[20], head[21], head[22], head[23]]) || micros < self.last {
            return Ok(self.end(Some(Cut::Damaged(self.at))));
        }
        self.last = micros;
        self.at += (RECORD_HEAD_LEN + length) as u64;
        let from = SocketAddrV4::new(Ipv4Addr::new(head[12], head[13], head[14], head[15]), u16::from_le_bytes([head[16], head[17]]));
        Ok(Some(Packet { at: Duration::from_micros(micros), protocol, from, bytes }))
    }

    fn end(&mut self, cut: Option<Cut>) -> Option<Packet> {
        (self.cut, self.over) = (cut, true);
        None
    }
}

fn eight(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}

/// As much as there is.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match from.read(&mut buffer[n..]) {
            Ok(0) => break,
            Ok(more) => n += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(n)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(micros: u64, bytes: &[u8]) -> Packet {
        let protocol = if bytes.len().is_multiple_of(2) { Protocol::ArtNet } else { Protocol::Sacn };
        Packet { at: Duration::from_micros(micros), protocol, from: "10.1.2.3:6454".parse().unwrap(), bytes: bytes.to_vec() }
    }

    fn written(packets: &[Packet]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), 1_700_000_000_123).unwrap();
        for packet in packets {
            assert!(writer.write(packet.at, packet.protocol, packet.from, &packet.bytes).unwrap());
        }
        writer.into_inner()
    }

    fn read(bytes: &[u8]) -> (Vec<Packet>, Option<Cut>) {
        let mut reader = Reader::open(bytes).unwrap();
        let mut packets = Vec::new();
        while let Some(packet) = reader.packet().unwrap() {
            packets.push(packet);
        }
        (packets, reader.cut)
    }

    #[test]
    fn what_is_no_recording_is_told_apart_from_one_of_tomorrow() {
        let mut bytes = written(&[]);
        assert_eq!(Reader::open(bytes.as_slice()).unwrap().started_unix_ms, 1_700_000_000_123);
        bytes[8] = 2;
        assert!(matches!(Reader::open(bytes.as_slice()), Err(RecordingError::Version(2))));
        for foreign in [&b""[..], b"LUMAWIRE", b"RIFF....WAVEfmt and so on, longer than the head of ours"] {
            assert!(matches!(Reader::open(foreign), Err(RecordingError::Foreign)));
        }
    }

    #[test]
    fn a_head_that_became_longer_is_skipped() {
        let mut bytes = written(&[packet(5, b"abc")]);
        bytes[10] = 40;
        bytes.splice(32..32, [7; 8]);
        assert_eq!(read(&bytes), (vec![packet(5, b"abc")], None));
    }

    #[test]
    fn what_is_too_long_is_refused_and_counted() {
        let mut writer = Writer::new(Vec::new(), 0).unwrap();
        assert!(writer.write(Duration::ZERO, Protocol::Sacn, "1.2.3.4:5".parse().unwrap(), &[0; 1501]).unwrap());
        assert_eq!((writer.n_packets, writer.n_refused), (0, 1));
    }

    proptest! {
        /// Cut anywhere, or with any byte turned, everything before that comes back and nothing that was never written.
        #[test]
        fn what_is_whole_is_read_and_nothing_else(
            packets in prop::collection::vec((0_u64..1000, prop::collection::vec(any::<u8>(), 0..40)), 1..8),
            place in any::<prop::sample::Index>(), turn in 1..=255_u8,
        ) {
            let mut micros = 0;
            let packets: Vec<Packet> = packets.iter().map(|(more, bytes)| { micros += more; packet(micros, bytes) }).collect();
            let bytes = written(&packets);
            prop_assert_eq!(read(&bytes), (packets.clone(), None));
            let at = 32 + place.index(bytes.len() - 32);
            let (whole, cut) = read(&bytes[..at]);
            prop_assert_eq!(&whole[..], &packets[..whole.len()]);
            let end = 32 + whole.iter().map(|packet| 24 + packet.bytes.len()).sum::<usize>();
            prop_assert_eq!(cut, (end != at).then_some(Cut::Torn(end as u64)));
            let mut turned = bytes.clone();
            turned[at] ^= turn;
            let (whole, cut) = read(&turned);
            prop_assert!(whole.len() < packets.len() && cut.is_some());
            prop_assert_eq!(&whole[..], &packets[..whole.len()]);
        }
    }
}
