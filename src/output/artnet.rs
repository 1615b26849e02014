//! `ArtDmx` as it lies on the wire.
//!
//! Head: `Art-Net\0`, opcode 0x5000 low byte first, protocol version 14 high byte first, sequence, physical, port-address low
//! byte first, length high byte first; then all 512 slots.
//!
//! The package `artnet_protocol` gives the port-address with its bounds, and the tests hold these bytes to its `Output`.  Its
//! encoder is not used to send: it allocates three times a packet, and the output thread allocates nothing.

pub mod address;
pub mod poll;
pub mod timecode;
pub mod trigger;

use super::packet::{N_SLOTS, Packet};

/// Where Art-Net is spoken.
pub const PORT: u16 = 6454;
pub const HEAD_LEN: usize = 18;
pub const PACKET_LEN: usize = HEAD_LEN + N_SLOTS;

/// Net, sub-net and universe in one number of 15 bits.
///
/// Universe N of a patch goes to port-address N unless routed elsewhere.  0 is legal but discouraged, since sACN has
/// no universe 0; no default route leads there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortAddress(artnet_protocol::PortAddress);

impl PortAddress {
    /// `None` beyond 32767.
    pub fn new(number: u16) -> Option<Self> {
        artnet_protocol::PortAddress::try_from(number).ok().map(Self)
    }

    pub fn number(self) -> u16 {
        self.0.into()
    }
}

/// A packet for one port-address.
pub type DmxPacket = Packet<PACKET_LEN, 12>;

impl DmxPacket {
    /// All slots dark, nothing sent yet.
    pub fn new(address: PortAddress) -> Self {
        let mut bytes = [0; PACKET_LEN];
        bytes[..8].copy_from_slice(b"Art-Net\0");
        bytes[8..10].copy_from_slice(&0x5000_u16.to_le_bytes());
        bytes[10..12].copy_from_slice(&14_u16.to_be_bytes());
        bytes[14..16].copy_from_slice(&address.number().to_le_bytes());
        bytes[16..18].copy_from_slice(&(N_SLOTS as u16).to_be_bytes());
        Self { bytes }
    }
}

/// "Show now what you have": behind the last packet of a frame, from the address that the frame came from.
pub const SYNC: [u8; 14] = [b'A', b'r', b't', b'-', b'N', b'e', b't', 0, 0x00, 0x52, 0, 14, 0, 0];

#[cfg(test)]
mod tests {
    use artnet_protocol::{ArtCommand, Output};

    use super::*;

    fn slots() -> [u8; 512] {
        std::array::from_fn(|at| (at * 7 % 251) as u8)
    }

    fn numbered(packet: &mut DmxPacket) -> &[u8; PACKET_LEN] {
        packet.set_sequence(1);
        packet.bytes()
    }

    #[test]
    fn our_packet_is_the_protocols_packet() {
        for number in [1, 15, 16, 255, 256, 0x1234, 32767] {
            let mut packet = DmxPacket::new(PortAddress::new(number).unwrap());
            packet.set_slots(&slots());
            let theirs =
                Output { sequence: 1, port_address: number.try_into().unwrap(), data: slots().to_vec().into(), ..Output::default() };
            assert_eq!(numbered(&mut packet).to_vec(), ArtCommand::Output(theirs).write_to_buffer().unwrap(), "port-address {number}");
        }
    }

    #[test]
    fn another_implementation_reads_what_we_wrote() {
        let mut packet = DmxPacket::new(PortAddress::new(300).unwrap());
        packet.set_slots(&slots());
        let ArtCommand::Output(read) = ArtCommand::from_buffer(numbered(&mut packet)).unwrap() else {
            panic!("not an ArtDmx");
        };
        assert_eq!((u16::from(read.port_address), read.sequence, *read.length), (300, 1, 512));
        assert_eq!(read.data.as_ref(), &slots());
        assert_eq!(read.version, [0, 14]);
    }

    #[test]
    fn only_other_slots_are_a_change() {
        let mut packet = DmxPacket::new(PortAddress::new(1).unwrap());
        assert!(!packet.set_slots(&[0; 512]));
        assert!(packet.set_slots(&slots()));
        assert!(!packet.set_slots(&slots()));
    }

    #[test]
    fn a_port_address_has_15_bits() {
        assert_eq!(PortAddress::new(32767).map(PortAddress::number), Some(32767));
        assert_eq!(PortAddress::new(32768), None);
    }
}
