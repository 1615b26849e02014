//! The sockets packets leave by.
//!
//! One for nodes and groups, and one that alone may broadcast: a broadcast address that somebody gave as a node's is
//! refused by the system, not sent.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use super::super::heart::Outlet;
use super::super::routes::Via;
use super::OutputError;

/// Room for a beat of a thousand universes.
const SEND_BUFFER: usize = 1 << 20;

pub(crate) struct UdpOutlet {
    local: Ipv4Addr,
    plain: UdpSocket,
    broadcast: UdpSocket,
}

impl UdpOutlet {
    pub(crate) fn bind(local: Ipv4Addr) -> Result<Self, OutputError> {
        let (plain, broadcast) = sockets(local).map_err(|error| OutputError::Bind(error, local))?;
        Ok(Self { local, plain, broadcast })
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
            (self.plain, self.broadcast) = (plain, broadcast);
        }
    }

    fn send(&mut self, packet: &[u8], target: SocketAddrV4, via: Via) -> io::Result<()> {
        let socket = if via == Via::Broadcast { &self.broadcast } else { &self.plain };
        socket.send_to(packet, target).map(|_all_or_nothing| ())
    }
}
