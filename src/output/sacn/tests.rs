//! Every byte against the tables of E1.31-2018, and what we wrote read back.

use super::read::{Malformed, Packet, read};
use super::*;

fn source() -> Source {
    Source { cid: Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff), name: "Bühne".to_owned() }
}

fn slots() -> [u8; 512] {
    std::array::from_fn(|at| (at * 7 % 251) as u8)
}

fn packet() -> DataPacket {
    let mut packet = DataPacket::new(&source(), Universe::new(0x1234).unwrap(), 120, Universe::new(7));
    packet.set_slots(&slots());
    packet.set_sequence(9);
    packet
}

#[test]
fn a_data_packet_is_the_tables_byte_for_byte() {
    let mut want = vec![0x00, 0x10, 0x00, 0x00];
    want.extend(*b"ASC-E1.17\0\0\0");
    want.extend([0x72, 0x6e, 0, 0, 0, 4]);
    want.extend([0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff]);
    want.extend([0x72, 0x58, 0, 0, 0, 2]);
    want.extend("Bühne".as_bytes());
    want.resize(108, 0);
    want.extend([120, 0x00, 0x07, 9, 0x00, 0x12, 0x34]);
    want.extend([0x72, 0x0b, 0x02, 0xa1, 0, 0, 0, 1, 0x02, 0x01, 0x00]);
    want.extend(slots());
    assert_eq!(want.len(), 638);
    assert_eq!(packet().bytes().as_slice(), want);
}

#[test]
fn a_sync_packet_is_the_tables_byte_for_byte() {
    let mut sync = SyncPacket::new(&source(), Universe::new(0x0102).unwrap());
    sync.numbered();
    let bytes = *sync.numbered();
    assert_eq!(bytes[16..22], [0x70, 0x21, 0, 0, 0, 8]);
    assert_eq!(bytes[38..], [0x70, 0x0b, 0, 0, 0, 1, 2, 0x01, 0x02, 0, 0]);
    assert_eq!(read(&bytes), Ok(Packet::Sync { cid: source().cid, sequence: 2, universe: 0x0102 }));
}

#[test]
fn universe_discovery_is_paged_by_512() {
    let universes: Vec<u16> = (1..=1100).collect();
    let mut discovery = DiscoveryPacket::new(&source());
    let mut told = Vec::new();
    for page in 0..3 {
        let bytes = discovery.page(&universes, page).unwrap();
        let length = (bytes.len() as u16 - 112) | 0x7000;
        assert_eq!(bytes[112..114], length.to_be_bytes());
        assert_eq!(bytes[114..120], [0, 0, 0, 1, page as u8, 2]);
        let Ok(Packet::Discovery(read)) = read(bytes) else { panic!("page {page} cannot be read") };
        assert_eq!(read.name, "Bühne");
        told.extend(read.universes());
    }
    assert_eq!(told, universes);
    assert!(discovery.page(&universes, 3).is_none());
    assert_eq!(discovery.page(&[], 0).map(<[u8]>::len), Some(120));
}

#[test]
fn what_we_wrote_is_read_back() {
    let mut packet = packet();
    packet.set_terminated(true);
    let Ok(Packet::Data(data)) = read(packet.bytes()) else { panic!("not read") };
    assert_eq!((data.cid, data.name, data.priority, data.sync, data.sequence), (source().cid, "Bühne", 120, 7, 9));
    assert_eq!((data.preview, data.terminated, data.universe, data.start_code), (false, true, 0x1234, 0));
    assert_eq!(data.slots, slots());
}

#[test]
fn fewer_slots_are_read_as_fewer() {
    let mut bytes = packet().bytes()[..HEAD_LEN + 3].to_vec();
    for at in [16, 38, 115] {
        length(&mut bytes, at);
    }
    put(&mut bytes, 123, &[0, 4]);
    let Ok(Packet::Data(data)) = read(&bytes) else { panic!("not read") };
    assert_eq!(data.slots, &slots()[..3]);
}

#[test]
fn each_thing_that_can_be_wrong_is_refused() {
    let broken = |at: usize, byte: u8| {
        let mut bytes = *packet().bytes();
        bytes[at] = byte;
        read(&bytes).err()
    };
    for (at, byte, want) in [
        (1, 0x11, Malformed::Foreign),
        (4, b'B', Malformed::Foreign),
        (16, 0x62, Malformed::Length),
        (17, 0x6f, Malformed::Length),
        (39, 0x57, Malformed::Length),
        (21, 9, Malformed::Vector),
        (43, 1, Malformed::Vector),
        (108, 201, Malformed::Priority),
        (113, 0xfa, Malformed::Universe),
        (116, 0x0a, Malformed::Length),
        (118, 0xa2, Malformed::Layout),
        (123, 0x03, Malformed::Layout),
        (124, 0x00, Malformed::Length),
    ] {
        assert_eq!(broken(at, byte), Some(want), "byte {at}");
    }
    for length in 0..PACKET_LEN {
        assert!(read(&packet().bytes()[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn a_long_name_is_cut_between_characters_and_closed() {
    let long = Source { name: "ü".repeat(40), ..source() };
    let packet = DataPacket::new(&long, Universe::new(1).unwrap(), 255, None);
    let Ok(Packet::Data(data)) = read(packet.bytes()) else { panic!("not read") };
    assert_eq!((data.name, data.priority), ("ü".repeat(31).as_str(), 200));
    assert_eq!(packet.bytes()[107], 0);
}

#[test]
fn universes_and_their_groups() {
    assert_eq!(Universe::new(0), None);
    assert_eq!(Universe::new(64_000), None);
    assert_eq!(Universe::new(63_999).unwrap().group(), "239.255.249.255:5568".parse().unwrap());
    assert_eq!(Universe::new(256).unwrap().group(), "239.255.1.0:5568".parse().unwrap());
    assert_eq!(Universe::DISCOVERY.group(), "239.255.250.214:5568".parse().unwrap());
}
