//! Asking for nodes and answering: `ArtPoll` and `ArtPollReply`.
//!
//! Our own codec: `artnet_protocol` takes no reply shorter than 239 bytes, and real nodes send 207 and 213; its poll does
//! not ask for replies on change; it has no fields behind 212.  Here a reply of 198 bytes and more is read, and what it
//! lacks is zero, as the rules say.
//!
//! ```text
//!  10 IP · 14 port · 16 firmware · 18 net · 19 sub-net · 20 OEM · 23 status 1 · 24 ESTA (low first) · 26 short name
//!  44 long name · 108 report · 172 ports · 174 types · 178 inputs · 182 outputs · 186 SwIn · 190 SwOut · 200 style
//! 201 MAC · 207 bind IP · 211 bind index · 212 status 2 · 213 outputs B · 217 status 3 · 226 refresh rate
//! ```

use std::net::Ipv4Addr;

use super::PORT;
use super::timecode::Timecode;
use super::trigger::Trigger;

pub const POLL_LEN: usize = 14;
pub const REPLY_LEN: usize = 239;
const SHORTEST_REPLY: usize = 198;
/// A poll without the fields that newer rules add behind.
const SHORTEST_POLL: usize = 12;

/// Asks all to answer, now and when something changes.
pub const POLL: [u8; POLL_LEN] = [b'A', b'r', b't', b'-', b'N', b'e', b't', 0, 0x00, 0x20, 0, 14, 0x02, 0];

/// What of a packet is for us.
#[derive(Clone, Debug, PartialEq)]
pub enum Packet<'a> {
    Poll(Poll),
    Reply(Box<Reply>),
    Dmx(Dmx<'a>),
    Sync,
    Timecode(Timecode),
    Trigger(Trigger),
    /// Art-Net, but nothing that we act on.
    Other(u16),
}

/// The port-addresses that are asked for, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poll {
    pub targeted: Option<(u16, u16)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dmx<'a> {
    pub sequence: u8,
    pub physical: u8,
    pub address: u16,
    /// 1 to 512.
    pub slots: &'a [u8],
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub ip: [u8; 4],
    pub firmware: u16,
    pub net: u8,
    pub subnet: u8,
    pub oem: u16,
    pub status1: u8,
    pub esta: u16,
    pub short_name: String,
    pub long_name: String,
    pub report: String,
    pub n_ports: u16,
    pub types: [u8; 4],
    pub inputs: [u8; 4],
    pub outputs: [u8; 4],
    pub sw_in: [u8; 4],
    pub sw_out: [u8; 4],
    pub style: u8,
    pub mac: [u8; 6],
    pub bind_ip: [u8; 4],
    pub bind_index: u8,
    pub status2: u8,
    pub outputs_b: [u8; 4],
    pub status3: u8,
    /// 0 = as fast as DMX.
    pub refresh_hz: u16,
}

/// Why a datagram was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("not an Art-Net packet")]
    Foreign,
    #[error("too short for what it says it is")]
    Short,
    #[error("an Art-Net older than 14")]
    Version,
    #[error("a length that does not fit the packet")]
    Length,
    #[error("a value that cannot be")]
    Value,
}

/// Reads a datagram.
pub fn read(bytes: &[u8]) -> Result<Packet<'_>, Malformed> {
    if bytes.len() < 10 || &bytes[..8] != b"Art-Net\0" {
        return Err(Malformed::Foreign);
    }
    let code = u16::from_le_bytes([bytes[8], bytes[9]]);
    // A reply has its address where all others have the version.
    if code == 0x2100 {
        return if bytes.len() < SHORTEST_REPLY { Err(Malformed::Short) } else { Ok(Packet::Reply(Box::new(reply(bytes)))) };
    }
    if bytes.len() < SHORTEST_POLL {
        return Err(Malformed::Short);
    }
    if u16::from_be_bytes([bytes[10], bytes[11]]) < 14 {
        return Err(Malformed::Version);
    }
    match code {
        0x2000 => Ok(Packet::Poll(poll(bytes))),
        0x5000 => dmx(bytes).map(Packet::Dmx),
        0x5200 => Ok(Packet::Sync),
        0x9700 => Timecode::read(bytes).map(Packet::Timecode),
        0x9900 => Trigger::read(bytes).map(Packet::Trigger),
        other => Ok(Packet::Other(other)),
    }
}

fn poll(bytes: &[u8]) -> Poll {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let address = |at| u16::from_be_bytes([byte(at), byte(at + 1)]);
    let (top, bottom) = (address(14), address(16));
    Poll { targeted: (byte(12) & 0x20 != 0).then_some((bottom.min(top), top.max(bottom))) }
}

fn dmx(bytes: &[u8]) -> Result<Dmx<'_>, Malformed> {
    let [.., high, low] = bytes.get(..super::HEAD_LEN).ok_or(Malformed::Short)? else { return Err(Malformed::Short) };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if !(1..=512).contains(&length) {
        return Err(Malformed::Length);
    }
    let slots = bytes.get(super::HEAD_LEN..super::HEAD_LEN + length).ok_or(Malformed::Length)?;
    let address = u16::from_le_bytes([bytes[14], bytes[15]]);
    // Bit 15 names nothing: another number than was sent would light another lamp.
    if address > 0x7fff {
        return Err(Malformed::Length);
    }
    Ok(Dmx { sequence: bytes[12], physical: bytes[13], address, slots })
}

fn reply(bytes: &[u8]) -> Reply {
    let mut whole = [0; REPLY_LEN];
    let length = bytes.len().min(REPLY_LEN);
    whole[..length].copy_from_slice(&bytes[..length]);
    let four = |at: usize| [whole[at], whole[at + 1], whole[at + 2], whole[at + 3]];
    let text = |at: usize, length: usize| {
        let field = &whole[at..at + length];
        let end = field.iter().position(|&byte| byte == 0).unwrap_or(length);
        String::from_utf8_lossy(&field[..end]).chars().filter(|char| !char.is_control()).collect::<String>()
    };
    Reply {
        ip: four(10),
        firmware: u16::from_be_bytes([whole[16], whole[17]]),
        net: whole[18] & 0x7f,
        subnet: whole[19] & 0x0f,
        oem: u16::from_be_bytes([whole[20], whole[21]]),
        status1: whole[23],
        esta: u16::from_le_bytes([whole[24], whole[25]]),
        short_name: text(26, 18),
        long_name: text(44, 64),
        report: text(108, 64),
        n_ports: u16::from_be_bytes([whole[172], whole[173]]),
        types: four(174),
        inputs: four(178),
        outputs: four(182),
        sw_in: four(186),
        sw_out: four(190),
        style: whole[200],
        mac: [whole[201], whole[202], whole[203], whole[204], whole[205], whole[206]],
        bind_ip: four(207),
        bind_index: whole[211],
        status2: whole[212],
        outputs_b: four(213),
        status3: whole[217],
        refresh_hz: u16::from_be_bytes([whole[226], whole[227]]),
    }
}

impl Reply {
    /// The whole address of a port's four bits.
    pub fn address(&self, universe: u8) -> u16 {
        u16::from(self.net) << 8 | u16::from(self.subnet) << 4 | u16::from(universe & 0x0f)
    }

    /// Ports in use, by index: types tell, and a count of 4 at most.
    pub fn ports(&self) -> impl Iterator<Item = usize> {
        0..usize::from(self.n_ports.min(4))
    }

    pub fn ip(&self) -> Ipv4Addr {
        self.ip.into()
    }

    /// As it is sent, 239 bytes.
    pub fn write(&self) -> [u8; REPLY_LEN] {
        let mut bytes = [0; REPLY_LEN];
        let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
        put(0, b"Art-Net\0");
        put(8, &0x2100_u16.to_le_bytes());
        put(10, &self.ip);
        put(14, &PORT.to_le_bytes());
        put(16, &self.firmware.to_be_bytes());
        put(18, &[self.net, self.subnet]);
        put(20, &self.oem.to_be_bytes());
        put(23, &[self.status1]);
        put(24, &self.esta.to_le_bytes());
        // Each closed by a zero.
        for (at, length, text) in [(26, 18, &self.short_name), (44, 64, &self.long_name), (108, 64, &self.report)] {
            put(at, &text.as_bytes()[..text.floor_char_boundary(length - 1)]);
        }
        put(172, &self.n_ports.to_be_bytes());
        for (at, four) in [(174, self.types), (178, self.inputs), (182, self.outputs), (186, self.sw_in), (190, self.sw_out)] {
            put(at, &four);
        }
        put(200, &[self.style]);
        put(201, &self.mac);
        put(207, &self.bind_ip);
        put(211, &[self.bind_index, self.status2]);
        put(213, &self.outputs_b);
        put(217, &[self.status3]);
        put(226, &self.refresh_hz.to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use artnet_protocol::{ArtCommand, PollReply};

    use super::*;

    fn node() -> Reply {
        Reply {
            ip: [10, 0, 0, 7],
            firmware: 0x0102,
            net: 3,
            subnet: 5,
            oem: 0x1234,
            status1: 0xd0,
            esta: 0x6c78,
            short_name: "stage left".to_owned(),
            long_name: "Stage left, upper bar".to_owned(),
            report: "#0001 [0007] fine".to_owned(),
            n_ports: 2,
            types: [0x80, 0x40, 0, 0],
            inputs: [0, 0x80, 0, 0],
            outputs: [0x88, 0, 0, 0],
            sw_in: [0, 2, 0, 0],
            sw_out: [1, 0, 0, 0],
            style: 0,
            mac: [2, 0, 0, 0, 0, 9],
            bind_ip: [10, 0, 0, 7],
            bind_index: 2,
            status2: 0x0e,
            outputs_b: [0x40, 0, 0, 0],
            status3: 0x20,
            refresh_hz: 44,
        }
    }

    #[test]
    fn a_reply_is_read_back_and_another_implementation_reads_it_too() {
        let bytes = node().write();
        assert_eq!(read(&bytes), Ok(Packet::Reply(Box::new(node()))));
        assert_eq!(node().address(node().sw_out[0]), 0x0351);
        let ArtCommand::PollReply(theirs) = ArtCommand::from_buffer(&bytes).unwrap() else { panic!("no reply") };
        let PollReply { address, port, port_address, short_name, num_ports, swin, swout, bind_index, mac, .. } = *theirs;
        assert_eq!((address.octets(), port, port_address, bind_index), ([10, 0, 0, 7], 0x1936, [3, 5], 2));
        assert_eq!(
            (&short_name[..11], num_ports, swin, swout, mac),
            (b"stage left\0".as_slice(), [0, 2], [0, 2, 0, 0], [1, 0, 0, 0], [2, 0, 0, 0, 0, 9])
        );
    }

    #[test]
    fn replies_of_every_real_length_are_read_and_what_they_lack_is_zero() {
        let bytes = node().write();
        for length in 0..=REPLY_LEN {
            let got = read(&bytes[..length]);
            let Ok(Packet::Reply(reply)) = got else {
                assert!(length < 198, "{length} bytes: {got:?}");
                continue;
            };
            assert!(length >= 198);
            assert_eq!((reply.sw_out, reply.short_name.as_str()), ([1, 0, 0, 0], "stage left"));
            assert_eq!(reply.bind_index, if length > 211 { 2 } else { 0 }, "{length} bytes");
            assert_eq!(reply.refresh_hz, if length > 227 { 44 } else { 0 });
        }
        let mut longer = bytes.to_vec();
        longer.extend([7; 40]);
        assert_eq!(read(&longer), read(&bytes));
    }

    #[test]
    fn names_without_an_end_and_control_bytes_are_made_readable() {
        let mut bytes = node().write();
        bytes[26..44].fill(b'A');
        bytes[44..50].copy_from_slice(b"a\x1b[2\xff\x07");
        let Ok(Packet::Reply(reply)) = read(&bytes) else { panic!("not read") };
        assert_eq!((reply.short_name.len(), reply.long_name.starts_with("a[2\u{fffd}")), (18, true));
        let long = Reply { short_name: "ä".repeat(30), ..node() };
        assert_eq!(long.write()[42..44], [0, 0], "17 bytes at most, and no half character");
    }

    #[test]
    fn polls_of_every_length_are_read() {
        assert_eq!(read(&POLL), Ok(Packet::Poll(Poll { targeted: None })));
        assert_eq!(read(&POLL[..12]), Ok(Packet::Poll(Poll { targeted: None })));
        assert_eq!(read(&POLL[..11]), Err(Malformed::Short));
        let mut targeted = POLL.to_vec();
        targeted[12] |= 0x20;
        targeted.extend([0x01, 0x20, 0x00, 0x10, 0, 0, 0, 0]);
        assert_eq!(read(&targeted), Ok(Packet::Poll(Poll { targeted: Some((0x10, 0x120)) })));
    }

    #[test]
    fn dmx_is_taken_as_long_as_it_says_and_no_longer() {
        let mut packet = super::super::DmxPacket::new(super::super::PortAddress::new(0x1234).unwrap());
        packet.set_slots(&[7; 512]);
        packet.set_sequence(9);
        let mut bytes = packet.bytes().to_vec();
        bytes.extend([1, 2, 3]);
        assert_eq!(read(&bytes), Ok(Packet::Dmx(Dmx { sequence: 9, physical: 0, address: 0x1234, slots: &[7; 512] })));
        assert_eq!(read(&bytes[..529]), Err(Malformed::Length));
        bytes[16..18].copy_from_slice(&[0, 3]);
        let Ok(Packet::Dmx(dmx)) = read(&bytes) else { panic!("not read") };
        assert_eq!(dmx.slots, [7; 3]);
        for (at, byte, want) in [
            (17, 0, Malformed::Length),
            (16, 3, Malformed::Length),
            (15, 0x80, Malformed::Length),
            (11, 13, Malformed::Version),
            (0, b'a', Malformed::Foreign),
        ] {
            let mut broken = bytes.clone();
            broken[at] = byte;
            if at == 17 {
                broken[16] = 0;
            }
            assert_eq!(read(&broken), Err(want), "byte {at}");
        }
        assert_eq!(read(b"Art-Net\0\x00\x27\x00\x0e"), Ok(Packet::Other(0x2700)));
    }
}
