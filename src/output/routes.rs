//! Which universe goes where.
//!
//! Universe N (1-based, as people patch it) goes to port-address N of every target, unless a route says otherwise.
//! Targets are IPv4, as Art-Net is.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};

use thiserror::Error;

use super::artnet::{self, PortAddress};

/// A longer list is a mistake: every target costs a packet a universe a beat.
pub const MOST_TARGETS: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RouteError {
    #[error("\"{0}\" is no Art-Net target: give an IPv4 address, with a port if it is not 6454, like 10.0.0.20 or 127.0.0.1:6454")]
    Target(String),
    #[error("\"{0}\" has no usable port: give 1 to 65535, or none for 6454")]
    Port(String),
    #[error("255.255.255.255 reaches every device of the network at once: give the node's own address, or allow broadcast")]
    Broadcast,
    #[error("{0} is no address of a node: give the node's own, like 10.0.0.20")]
    Unroutable(Ipv4Addr),
    #[error("More than {MOST_TARGETS} targets: group the nodes, or use fewer")]
    TooMany,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Broadcast {
    #[default]
    Refuse,
    /// The user has asked for it.
    Allow,
}

/// Reads `IP` or `IP:PORT`.
pub fn parse_target(text: &str, broadcast: Broadcast) -> Result<SocketAddrV4, RouteError> {
    let text = text.trim();
    let (ip, port) = match text.split_once(':') {
        Some((ip, port)) => (ip, Some(port)),
        None => (text, None),
    };
    let ip: Ipv4Addr = ip.parse().map_err(|_not_an_ip| RouteError::Target(text.to_owned()))?;
    let port = match port.map(str::parse) {
        None => artnet::PORT,
        Some(Ok(port)) if port > 0 => port,
        Some(_) => return Err(RouteError::Port(text.to_owned())),
    };
    if ip.is_broadcast() && broadcast == Broadcast::Refuse {
        return Err(RouteError::Broadcast);
    }
    if ip.is_unspecified() || ip.is_multicast() {
        return Err(RouteError::Unroutable(ip));
    }
    Ok(SocketAddrV4::new(ip, port))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routes {
    targets: Vec<SocketAddrV4>,
    broadcast: Broadcast,
    moved: BTreeMap<u16, PortAddress>,
}

impl Default for Routes {
    /// This machine, where the demo can be watched without disturbing a network.
    fn default() -> Self {
        Self { targets: vec![SocketAddrV4::new(Ipv4Addr::LOCALHOST, artnet::PORT)], broadcast: Broadcast::Refuse, moved: BTreeMap::new() }
    }
}

impl Routes {
    /// Every universe to every target; a target named twice counts once.  No target = nothing leaves the machine.
    pub fn to(targets: impl IntoIterator<Item = SocketAddrV4>) -> Result<Self, RouteError> {
        let mut unique = Vec::new();
        for target in targets {
            if !unique.contains(&target) {
                unique.push(target);
            }
            if unique.len() > MOST_TARGETS {
                return Err(RouteError::TooMany);
            }
        }
        Ok(Self { targets: unique, broadcast: Broadcast::Refuse, moved: BTreeMap::new() })
    }

    /// Reads targets as people write them.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>, broadcast: Broadcast) -> Result<Self, RouteError> {
        let targets = texts.into_iter().map(|text| parse_target(text, broadcast)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { broadcast, ..Self::to(targets)? })
    }

    /// Sends a universe to another port-address than its own number.
    pub fn with_address(mut self, universe: u16, address: PortAddress) -> Self {
        self.moved.insert(universe, address);
        self
    }

    pub fn targets(&self) -> &[SocketAddrV4] {
        &self.targets
    }

    pub fn broadcast(&self) -> Broadcast {
        self.broadcast
    }

    /// `None` for a universe that Art-Net cannot name.
    pub fn address(&self, universe: u16) -> Option<PortAddress> {
        self.moved.get(&universe).copied().or_else(|| PortAddress::new(universe))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_people_write_them() {
        for (text, want) in
            [("10.0.0.20", "10.0.0.20:6454"), (" 127.0.0.1:7000 ", "127.0.0.1:7000"), ("2.255.255.255", "2.255.255.255:6454")]
        {
            assert_eq!(parse_target(text, Broadcast::Refuse), Ok(want.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_target_is_refused_with_a_remedy() {
        for text in [
            "",
            "node",
            "10.0.0",
            "10.0.0.256",
            "::1",
            "[::1]:6454",
            "10.0.0.1:x",
            "10.0.0.1:0",
            "10.0.0.1:",
            "0.0.0.0",
            "239.255.0.1",
            "255.255.255.255",
        ] {
            let error = parse_target(text, Broadcast::Refuse).unwrap_err().to_string();
            assert!(error.contains("give"), "{text}: {error}");
        }
        assert!(parse_target("255.255.255.255", Broadcast::Allow).is_ok());
    }

    #[test]
    fn universe_n_goes_to_port_address_n_unless_moved() {
        let routes = Routes::default().with_address(3, PortAddress::new(0x0120).unwrap());
        let address = |universe| routes.address(universe).map(PortAddress::number);
        assert_eq!((address(1), address(16), address(3), address(40000)), (Some(1), Some(16), Some(0x0120), None));
    }

    #[test]
    fn a_target_named_twice_gets_one_packet() {
        let routes = Routes::parse(["10.0.0.1", "10.0.0.1:6454", "10.0.0.2"], Broadcast::Refuse).unwrap();
        assert_eq!(routes.targets().len(), 2);
        let many: Vec<_> = (0..=MOST_TARGETS).map(|n| SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, n as u8), 6454)).collect();
        assert_eq!(Routes::to(many), Err(RouteError::TooMany));
    }
}
