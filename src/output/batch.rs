//! Packets for one place, handed to the system together where a beat has very many of them.
//!
//! Nodes see ordinary packets, one behind the other; what is saved is the way of each one through the system, which costs
//! more than everything else that a packet does.  A capture on the sending machine may show them in one piece, so a few
//! packets go one by one, as everybody expects to see them.

use std::net::SocketAddrV4;

use super::routes::Via;

/// Packets of a beat up to which each goes alone: they are cheap.
pub const FEW: usize = 128;
/// The system takes 64; a burst of very many universes is never longer than this.
const MOST: usize = 64;
const LONGEST: usize = 1500;

/// Packets of one length for one place, and the streams that they are of.
#[derive(Debug)]
pub struct Batch {
    bytes: Box<[u8]>,
    each: usize,
    to: Option<(SocketAddrV4, Via)>,
    streams: [usize; MOST],
    n: usize,
    most: usize,
}

impl Default for Batch {
    fn default() -> Self {
        Self { bytes: vec![0; MOST * LONGEST].into(), each: 0, to: None, streams: [0; MOST], n: 0, most: 1 }
    }
}

impl Batch {
    /// Begins a beat of so many packets; `most` is what the network takes at once.
    pub fn begin(&mut self, n_packets: usize, most: usize) {
        self.clear();
        self.most = if n_packets > FEW { most.clamp(1, MOST) } else { 1 };
    }

    pub fn clear(&mut self) {
        (self.n, self.to) = (0, None);
    }

    /// Whether another packet goes along with those that are there.  What goes to all goes alone: that has a socket of its own.
    pub fn takes(&self, length: usize, to: (SocketAddrV4, Via)) -> bool {
        self.n == 0 || self.n < self.most && self.each == length && self.to == Some(to) && to.1 == Via::Unicast
    }

    pub fn push(&mut self, stream: usize, packet: &[u8], to: (SocketAddrV4, Via)) {
        let at = self.n * packet.len();
        let Some(place) = self.bytes.get_mut(at..at + packet.len()).filter(|_| self.n < MOST) else { return };
        place.copy_from_slice(packet);
        self.streams[self.n] = stream;
        (self.each, self.to, self.n) = (packet.len(), Some(to), self.n + 1);
    }

    /// The bytes, the length of each packet, and where they go; `None` when there is nothing.
    pub fn packets(&self) -> Option<(&[u8], usize, SocketAddrV4, Via)> {
        let (target, via) = self.to?;
        Some((&self.bytes[..self.n * self.each], self.each, target, via))
    }

    pub fn streams(&self) -> impl Iterator<Item = usize> + use<> {
        self.streams.into_iter().take(self.n)
    }

    pub fn len(&self) -> usize {
        self.n
    }

    pub fn is_empty(&self) -> bool {
        self.n == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(text: &str) -> (SocketAddrV4, Via) {
        (text.parse().unwrap(), Via::Unicast)
    }

    #[test]
    fn only_packets_of_one_length_for_one_place_go_together_and_only_where_there_are_many() {
        let mut batch = Batch::default();
        for (n_packets, most, together) in [(FEW, 64, 1), (FEW + 1, 64, 64), (512, 1, 1), (512, 16, 16), (512, 500, MOST)] {
            batch.begin(n_packets, most);
            let mut n = 0;
            while batch.takes(530, to("10.0.0.1:6454")) {
                batch.push(n, &[n as u8; 530], to("10.0.0.1:6454"));
                n += 1;
            }
            assert_eq!((n, batch.len()), (together, together));
            let (bytes, each, target, _) = batch.packets().unwrap();
            assert_eq!((bytes.len(), each, target), (530 * together, 530, to("10.0.0.1:6454").0));
            assert!(bytes.chunks(each).enumerate().all(|(nth, packet)| packet.iter().all(|&byte| byte == nth as u8)));
            assert!(batch.streams().eq(0..together));
        }
        batch.begin(512, 64);
        batch.push(0, &[0; 530], to("10.0.0.1:6454"));
        assert!(!batch.takes(638, to("10.0.0.1:6454")) && !batch.takes(530, to("10.0.0.2:6454")));
        let all = ("10.0.0.255:6454".parse().unwrap(), Via::Broadcast);
        batch.begin(512, 64);
        batch.push(0, &[0; 530], all);
        assert!(!batch.takes(530, all));
        batch.clear();
        assert!(batch.is_empty() && batch.packets().is_none() && batch.takes(638, to("10.0.0.2:6454")));
    }
}
