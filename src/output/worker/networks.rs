//! The networks that this machine is in, and sockets that hear them.

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};

use if_addrs::IfAddr;
use socket2::{Domain, Protocol, Socket, Type};

const RECEIVE_BUFFER: usize = 1 << 20;

/// A socket that hears Art-Net.
pub(super) fn open(address: Ipv4Addr, port: u16) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    // A visualiser or a node on the same machine listens here too.
    socket.set_reuse_address(true)?;
    socket.set_broadcast(true)?;
    socket.set_nonblocking(true)?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER).unwrap_or_default();
    socket.bind(&SocketAddrV4::new(address, port).into())?;
    Ok(socket.into())
}

/// An address to listen on, and the network that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Network {
    pub(super) ip: Ipv4Addr,
    pub(super) mask: Ipv4Addr,
    /// Everybody there.
    pub(super) broadcast: Ipv4Addr,
}

/// Addresses to listen on; a machine without a network has its loopback.
pub(super) fn networks(bind: Ipv4Addr) -> Vec<Network> {
    let mut found: Vec<Network> = Vec::new();
    for interface in if_addrs::get_if_addrs().unwrap_or_default() {
        let IfAddr::V4(v4) = interface.addr else { continue };
        let mask = u32::from(v4.netmask);
        let network = |ip| Network { ip, mask: v4.netmask, broadcast: Ipv4Addr::from(u32::from(v4.ip) | !mask) };
        if bind.is_unspecified() {
            found.push(network(v4.ip));
        } else if u32::from(v4.ip) & mask == u32::from(bind) & mask && (v4.ip == bind || v4.ip.is_loopback()) {
            found.push(network(bind));
        }
    }
    if bind.is_unspecified() && found.iter().any(|network| !network.ip.is_loopback()) {
        found.retain(|network| !network.ip.is_loopback());
    }
    found.sort_unstable();
    found.dedup_by_key(|network| network.ip);
    found
}
