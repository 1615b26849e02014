//! Any bytes as a recording of the wire: read, refused, or read as far as it is whole.
//!
//! Nothing may panic or be taken for longer than it is; times never run back, and what was read is written as it was.

use std::time::Duration;

use luma::output::recording::{Cut, LONGEST_PACKET, Reader, Writer};

pub(crate) fn run(data: &[u8]) {
    let Ok(mut reader) = Reader::open(data) else { return };
    let mut writer = Writer::new(Vec::new(), reader.started_unix_ms).expect("memory can be written");
    let (mut last, mut length) = (Duration::ZERO, 0);
    while let Some(packet) = reader.packet().expect("memory can be read") {
        assert!(packet.at >= last && packet.bytes.len() <= LONGEST_PACKET);
        last = packet.at;
        length += 24 + packet.bytes.len();
        assert!(length <= data.len());
        assert!(writer.write(packet.at, packet.protocol, packet.from, &packet.bytes).expect("memory can be written"));
    }
    assert!(reader.packet().expect("memory can be read").is_none(), "the end is the end");
    if let Some(Cut::Torn(at) | Cut::Damaged(at)) = reader.cut {
        assert!(at as usize <= data.len());
    }
    let written = writer.into_inner();
    let mut again = Reader::open(written.as_slice()).expect("what was written is a recording");
    let mut n = 0;
    while again.packet().expect("memory can be read").is_some() {
        n += 1;
    }
    assert!(again.cut.is_none() && (n > 0) == (length > 0));
}
