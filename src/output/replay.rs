//! A recording sent again: every datagram byte for byte, at its time.
//!
//! Pure of clock and network, like the heart.  Deadlines are absolute; what is late is sent at once, since the stream is
//! what it was and not a show of ours: no rate is imposed, nothing is left out, sequence numbers are the recorded ones.

use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Serialize;

use super::heart::{Outlet, Timer};
use super::recording::{Packet, Reader};
use super::routes::{Protocol, Via};
use super::sacn;

/// No wait is longer, so that whoever wants to stop need not wait for it.
const LONGEST_WAIT: Duration = Duration::from_millis(50);

/// Where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// One place for all; without a port, that of the protocol.
    To(Ipv4Addr, Option<u16>),
    /// sACN to the groups of its universes, Art-Net to this machine.
    Groups,
}

impl Target {
    fn of(self, packet: &Packet) -> (SocketAddrV4, Via) {
        match self {
            Self::To(ip, port) => (SocketAddrV4::new(ip, port.unwrap_or(packet.protocol.port())), Via::Unicast),
            Self::Groups => match (packet.protocol, sacn::read::read(&packet.bytes)) {
                (Protocol::Sacn, Ok(sacn::read::Packet::Data(data))) if sacn::Universe::new(data.universe).is_some() => {
                    let universe = sacn::Universe::new(data.universe).unwrap_or(sacn::Universe::DISCOVERY);
                    (universe.group(), Via::Multicast)
                }
                (protocol, _) => (SocketAddrV4::new(Ipv4Addr::LOCALHOST, protocol.port()), Via::Unicast),
            },
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Replayed {
    pub packets: u64,
    /// The system did not take them.
    pub failed: u64,
    /// Of the recording.
    pub secs: f64,
    /// The latest that one left behind its time.
    pub latest_ms: f64,
}

/// Sends until the end, or until `stop`.
pub fn replay<R: Read>(
    reader: &mut Reader<R>,
    target: Target,
    outlet: &mut impl Outlet,
    timer: &mut impl Timer,
    stop: &AtomicBool,
) -> io::Result<Replayed> {
    let start = timer.now();
    let mut done = Replayed::default();
    while let Some(packet) = reader.packet()? {
        let deadline = start + packet.at;
        while timer.now() < deadline {
            if stop.load(Ordering::Acquire) {
                return Ok(done);
            }
            let look = timer.now() + LONGEST_WAIT;
            timer.sleep_until(deadline.min(look));
        }
        if stop.load(Ordering::Acquire) {
            return Ok(done);
        }
        let (to, via) = target.of(&packet);
        let late = timer.now().saturating_duration_since(deadline);
        match outlet.send(&packet.bytes, to, via) {
            Ok(()) => done.packets += 1,
            Err(_not_taken) => done.failed += 1,
        }
        done.secs = packet.at.as_secs_f64();
        done.latest_ms = done.latest_ms.max(late.as_secs_f64() * 1e3);
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::recording::Writer;
    use super::*;

    struct Rushing(Instant);

    impl Timer for Rushing {
        fn now(&self) -> Instant {
            self.0
        }

        fn sleep_until(&mut self, deadline: Instant) {
            self.0 = deadline;
        }
    }

    #[derive(Default)]
    struct Net(Vec<(Vec<u8>, SocketAddrV4, Via)>);

    impl Outlet for Net {
        fn send(&mut self, packet: &[u8], target: SocketAddrV4, via: Via) -> io::Result<()> {
            self.0.push((packet.to_vec(), target, via));
            Ok(())
        }
    }

    #[test]
    fn everything_leaves_as_it_came_and_sacn_finds_its_group() {
        let mut data = sacn::DataPacket::new(&sacn::Source::default(), sacn::Universe::new(258).unwrap(), 100, None);
        data.set_sequence(9);
        let mut writer = Writer::new(Vec::new(), 0).unwrap();
        let from = "10.0.0.9:5568".parse().unwrap();
        writer.write(Duration::from_millis(10), Protocol::ArtNet, from, b"whatever it was").unwrap();
        writer.write(Duration::from_millis(3010), Protocol::Sacn, from, data.bytes()).unwrap();
        let bytes = writer.into_inner();
        let send = |target| {
            let (mut net, mut timer) = (Net::default(), Rushing(Instant::now()));
            let begun = timer.0;
            let mut reader = Reader::open(bytes.as_slice()).unwrap();
            let done = replay(&mut reader, target, &mut net, &mut timer, &AtomicBool::new(false)).unwrap();
            assert_eq!((done.packets, timer.0 - begun), (2, Duration::from_millis(3010)));
            assert_eq!((net.0[0].0.as_slice(), net.0[1].0.as_slice()), (b"whatever it was".as_slice(), data.bytes().as_slice()));
            net.0.into_iter().map(|(_, to, via)| (to.to_string(), via)).collect::<Vec<_>>()
        };
        assert_eq!(send(Target::Groups), [("127.0.0.1:6454".to_owned(), Via::Unicast), ("239.255.1.2:5568".to_owned(), Via::Multicast)]);
        assert_eq!(send(Target::To([10, 0, 0, 1].into(), None))[1].0, "10.0.0.1:5568");
        assert_eq!(send(Target::To([10, 0, 0, 1].into(), Some(7)))[0].0, "10.0.0.1:7");
    }
}
