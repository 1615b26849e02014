//! The sockets packets leave by.
//!
//! One for nodes and groups, and one that alone may broadcast: a broadcast address that somebody gave as a node's is
//! refused by the system, not sent.
//!
//! Where the system takes many packets at once (Linux and Windows cut what they are given into packets of one length), very
//! many universes for one place cost a fifth of what they do one by one.  A network card that cannot be fed so is noticed
//! by its refusal, and fed one by one.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};

use quinn_udp::{Transmit, UdpSocketState};
use socket2::{Domain, Protocol, Socket, Type};

use super::super::heart::Outlet;
use super::super::routes::Via;
use super::OutputError;

/// Room for a beat of a thousand universes.
const SEND_BUFFER: usize = 1 << 20;

pub struct UdpOutlet {
    local: Ipv4Addr,
    plain: UdpSocket,
    broadcast: UdpSocket,
    /// What the plain socket takes at once; `None` = one packet.
    together: Option<UdpSocketState>,
}

impl UdpOutlet {
    pub fn bind(local: Ipv4Addr) -> Result<Self, OutputError> {
        let (plain, broadcast) = sockets(local).map_err(|error| OutputError::Bind(error, local))?;
        let together = UdpSocketState::new((&plain).into()).ok();
        Ok(Self { local, plain, broadcast, together })
    }
}

fn sockets(local: Ipv4Addr) -> io::Result<(UdpSocket, UdpSocket)> {
    let (plain, broadcast) = (open(local)?, open(local)?);
    broadcast.set_broadcast(true)?;
    Ok((plain, broadcast))
}

/// Any port: 6454 and 5568 belong to whoever listens on this machine.
fn open(local: Ipv4Addr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    // As much as the system gives; less is no reason not to send.
    socket.set_send_buffer_size(SEND_BUFFER).unwrap_or_default();
    socket.bind(&SocketAddrV4::new(local, 0).into())?;
    if !local.is_unspecified() {
        socket.set_multicast_if_v4(&local)?;
    }
    Ok(socket.into())
}

impl Outlet for UdpOutlet {
    fn renew(&mut self) {
        // While the address is not there those before are as good as any.
        if let Ok((plain, broadcast)) = sockets(self.local) {
            self.together = UdpSocketState::new((&plain).into()).ok();
            (self.plain, self.broadcast) = (plain, broadcast);
        }
    }

    fn send(&mut self, packet: &[u8], target: SocketAddrV4, via: Via) -> io::Result<()> {
        let socket = if via == Via::Broadcast { &self.broadcast } else { &self.plain };
        socket.send_to(packet, target).map(|_all_or_nothing| ())
    }
    fn most_at_once(&self) -> usize {
        self.together.as_ref().map_or(1, UdpSocketState::max_gso_segments)
    }

    fn send_many(&mut self, packets: &[u8], each: usize, target: SocketAddrV4, via: Via) -> io::Result<()> {
        if let Some(together) = &self.together {
            let transmit = Transmit { destination: target.into(), ecn: None, contents: packets, segment_size: Some(each), src_ip: None };
            let sent = together.try_send((&self.plain).into(), &transmit);
            // Its number falls to one where the card is the reason.
            if sent.is_ok() || together.max_gso_segments() > 1 {
                return sent;
            }
        }
        packets.chunks(each).try_for_each(|packet| self.send(packet, target, via))
    }
}
