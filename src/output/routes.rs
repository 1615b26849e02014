//! Which universe goes where: a table that is plain data.
//!
//! Universe N (1-based, as people patch it) goes by the routes that are its own, or else by the default ones; its number on
//! the wire is N unless a route says otherwise.  Nothing here knows the network: nodes that asked for a port-address come
//! in as [`Subscribers`], and [`Routes::hops`] says where the packets of a universe leave to.  Targets are IPv4, as Art-Net is.
//!
//! Saved by the names used here: add, never rename.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::artnet::timecode::Rate;
use super::artnet::{self, PortAddress};
use super::merge::Merging;
use super::sacn;

/// A longer list is a mistake: every target costs a packet a universe a beat.
pub const MOST_TARGETS: usize = 64;
/// Light that is later than this is no delay but a fault.
pub const LONGEST_DELAY_MS: u16 = 1000;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RouteError {
    #[error("\"{0}\" is no target: give an IPv4 address, with a port if it is not the usual one, like 10.0.0.20 or 127.0.0.1:6454")]
    Target(String),
    #[error("\"{0}\" has no usable port: give 1 to 65535, or none for the usual one")]
    Port(String),
    #[error("255.255.255.255 reaches every device of the network at once: give the node's own address, or the network's broadcast address")]
    Broadcast,
    #[error("{0} is no address of a node: give the node's own, like 10.0.0.20")]
    Unroutable(Ipv4Addr),
    #[error("More than {MOST_TARGETS} targets: group the nodes, or use fewer")]
    TooMany,
    #[error("Art-Net has no port-address {0}: give 0 to 32767")]
    PortAddress(u16),
    #[error("sACN has no universe {0}: give 1 to 63999")]
    Universe(u16),
    #[error("Art-Net knows no multicast: give a node's address, or auto for the nodes that ask for the universe")]
    Multicast,
    #[error("Universe {0} is sent to the same place already: give one of the two another number or target")]
    Taken(u16),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Broadcast {
    #[default]
    Refuse,
    /// The user has asked for it.
    Allow,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    #[default]
    ArtNet,
    Sacn,
}

impl Protocol {
    pub fn name(self) -> &'static str {
        match self {
            Self::ArtNet => "Art-Net",
            Self::Sacn => "sACN",
        }
    }

    /// Of one universe's bytes.
    pub fn packet_len(self) -> usize {
        match self {
            Self::ArtNet => artnet::PACKET_LEN,
            Self::Sacn => sacn::PACKET_LEN,
        }
    }

    pub fn port(self) -> u16 {
        match self {
            Self::ArtNet => artnet::PORT,
            Self::Sacn => sacn::PORT,
        }
    }
}

/// Where a route leads: `auto`, `multicast`, `10.0.0.20`, `10.0.0.20:6454` or `broadcast 10.255.255.255`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum To {
    /// Art-Net: the nodes that ask for the port-address, found by asking all.  sACN: the universe's group.
    #[default]
    Auto,
    /// sACN alone.
    Multicast,
    Node(Ipv4Addr, Option<u16>),
    /// The directed broadcast of a network.
    Broadcast(Ipv4Addr, Option<u16>),
}

impl FromStr for To {
    type Err = RouteError;

    fn from_str(text: &str) -> Result<Self, RouteError> {
        let text = text.trim();
        match text {
            "auto" => return Ok(Self::Auto),
            "multicast" => return Ok(Self::Multicast),
            _ => {}
        }
        if let Some(network) = text.strip_prefix("broadcast ") {
            let (ip, port) = parse(network.trim())?;
            return if ip.is_broadcast() { Err(RouteError::Broadcast) } else { Ok(Self::Broadcast(ip, port)) };
        }
        let (ip, port) = parse(text)?;
        if ip.is_broadcast() { Err(RouteError::Broadcast) } else { Ok(Self::Node(ip, port)) }
    }
}

impl TryFrom<String> for To {
    type Error = RouteError;

    fn try_from(text: String) -> Result<Self, RouteError> {
        text.parse()
    }
}

impl From<To> for String {
    fn from(to: To) -> Self {
        to.to_string()
    }
}

impl fmt::Display for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Multicast => f.write_str("multicast"),
            Self::Node(ip, None) => write!(f, "{ip}"),
            Self::Node(ip, Some(port)) => write!(f, "{ip}:{port}"),
            Self::Broadcast(ip, None) => write!(f, "broadcast {ip}"),
            Self::Broadcast(ip, Some(port)) => write!(f, "broadcast {ip}:{port}"),
        }
    }
}

/// One way for a universe to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Route {
    pub protocol: Protocol,
    pub to: To,
    /// The port-address or sACN universe; none = the universe's own number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u16>,
    /// sACN: 0 to 200, the highest is shown.
    pub priority: u8,
    pub enabled: bool,
    /// To meet slower lamps or screens.
    pub delay_ms: u16,
}

impl Default for Route {
    fn default() -> Self {
        Self { protocol: Protocol::ArtNet, to: To::Auto, number: None, priority: sacn::PRIORITY, enabled: true, delay_ms: 0 }
    }
}

impl Route {
    pub fn artnet(to: To) -> Self {
        Self { to, ..Self::default() }
    }

    pub fn sacn(to: To) -> Self {
        Self { protocol: Protocol::Sacn, to, ..Self::default() }
    }

    /// The number on the wire, or why there is none.
    pub fn number(&self, universe: u16) -> Result<u16, RouteError> {
        let number = self.number.unwrap_or(universe);
        match self.protocol {
            Protocol::ArtNet => PortAddress::new(number).map(PortAddress::number).ok_or(RouteError::PortAddress(number)),
            Protocol::Sacn => sacn::Universe::new(number).map(sacn::Universe::number).ok_or(RouteError::Universe(number)),
        }
    }

    fn lanes(&self, universe: u16, subscribers: &Subscribers, add: &mut impl FnMut(Lane)) -> Result<(), RouteError> {
        let number = self.number(universe)?;
        let protocol = self.protocol;
        let socket = |ip, port: Option<u16>| SocketAddrV4::new(ip, port.unwrap_or(protocol.port()));
        let lane = |via, target| Lane { protocol, number, via, target };
        match (self.protocol, self.to) {
            (_, To::Node(ip, port)) => add(lane(Via::Unicast, socket(ip, port))),
            (_, To::Broadcast(ip, port)) => add(lane(Via::Broadcast, socket(ip, port))),
            (Protocol::ArtNet, To::Auto) => {
                subscribers.of(number).iter().for_each(|&node| add(lane(Via::Unicast, node)));
            }
            (Protocol::ArtNet, To::Multicast) => return Err(RouteError::Multicast),
            (Protocol::Sacn, To::Auto | To::Multicast) => {
                let universe = sacn::Universe::new(number).ok_or(RouteError::Universe(number))?;
                add(lane(Via::Multicast, universe.group()));
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    Unicast,
    Broadcast,
    Multicast,
}

/// One stream on the wire: its packets are numbered among themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lane {
    pub protocol: Protocol,
    pub number: u16,
    pub via: Via,
    pub target: SocketAddrV4,
}

/// A lane of a universe, and how it is to be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    pub lane: Lane,
    pub priority: u8,
    pub delay_ms: u16,
    /// sACN: a priority for every slot as well.
    pub per_address: bool,
}

/// The nodes that ask for each port-address, as discovery found them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscribers(pub BTreeMap<u16, Vec<SocketAddrV4>>);

impl Subscribers {
    pub fn of(&self, port_address: u16) -> &[SocketAddrV4] {
        self.0.get(&port_address).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What is wrong with a universe's routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteProblem {
    pub universe: u16,
    pub error: RouteError,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Routes {
    /// For every universe without an entry of its own.  None = such universes do not leave the machine.
    pub default: Vec<Route>,
    /// An empty list keeps the universe at home.
    pub universes: BTreeMap<u16, Vec<Route>>,
    /// `ArtSync` behind every frame, so that all nodes show it at once.
    pub art_sync: bool,
    /// The same for sACN: the universe that carries the sync packets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sacn_sync: Option<u16>,
    /// Universes that another desk's are mixed with.
    pub merges: BTreeMap<u16, Merging>,
    /// Universes whose sACN streams tell a priority for every slot: none for what is not patched.
    pub per_address: BTreeSet<u16>,
    /// Where the show's timecode is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timecode: Option<TimecodeOut>,
}

/// `ArtTimeCode` of what plays here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimecodeOut {
    pub rate: Rate,
    /// A node or a network.
    pub to: To,
}

impl TimecodeOut {
    /// `None` for what is no one's address.
    pub fn target(&self) -> Option<(SocketAddrV4, Via)> {
        let socket = |ip, port: Option<u16>| SocketAddrV4::new(ip, port.unwrap_or(artnet::PORT));
        match self.to {
            To::Node(ip, port) => Some((socket(ip, port), Via::Unicast)),
            To::Broadcast(ip, port) => Some((socket(ip, port), Via::Broadcast)),
            To::Auto | To::Multicast => None,
        }
    }
}

impl Default for Routes {
    /// This machine, where the demo can be watched without disturbing a network.
    fn default() -> Self {
        Self::of(vec![Route::artnet(To::Node(Ipv4Addr::LOCALHOST, None))])
    }
}

impl Routes {
    /// Every universe by these routes.
    pub fn of(default: Vec<Route>) -> Self {
        Self {
            default,
            universes: BTreeMap::new(),
            art_sync: false,
            sacn_sync: None,
            merges: BTreeMap::new(),
            per_address: BTreeSet::new(),
            timecode: None,
        }
    }

    /// Every universe by Art-Net to targets as people write them; a target named twice counts once.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>, broadcast: Broadcast) -> Result<Self, RouteError> {
        let mut targets: Vec<To> = Vec::new();
        for text in texts {
            let target = parse_target(text, broadcast)?;
            let to = if target.ip().is_broadcast() {
                To::Broadcast(*target.ip(), Some(target.port()))
            } else {
                To::Node(*target.ip(), Some(target.port()))
            };
            if !targets.contains(&to) {
                targets.push(to);
            }
            if targets.len() > MOST_TARGETS {
                return Err(RouteError::TooMany);
            }
        }
        Ok(Self::of(targets.into_iter().map(Route::artnet).collect()))
    }

    /// The routes of a universe.
    pub fn routes(&self, universe: u16) -> &[Route] {
        self.universes.get(&universe).unwrap_or(&self.default)
    }

    /// Where a universe's packets leave to; every lane once.  What cannot be is left out, and told by [`Self::problems`].
    pub fn hops(&self, universe: u16, subscribers: &Subscribers) -> Vec<Hop> {
        self.resolve(universe, subscribers, &mut |_error| {})
    }

    /// What is wrong with the routes of these universes, which are all that are sent.
    pub fn problems(&self, universes: &[u16], subscribers: &Subscribers) -> Vec<RouteProblem> {
        let mut taken = BTreeMap::new();
        let mut problems = Vec::new();
        for &universe in universes {
            let hops = self.resolve(universe, subscribers, &mut |error| problems.push(RouteProblem { universe, error }));
            for hop in hops {
                let first = *taken.entry(hop.lane).or_insert(universe);
                if first != universe {
                    problems.push(RouteProblem { universe, error: RouteError::Taken(first) });
                }
            }
        }
        problems
    }

    fn resolve(&self, universe: u16, subscribers: &Subscribers, wrong: &mut impl FnMut(RouteError)) -> Vec<Hop> {
        let mut hops: Vec<Hop> = Vec::new();
        let mut full = false;
        for route in self.routes(universe).iter().filter(|route| route.enabled) {
            let mut add = |lane| {
                full |= hops.len() >= MOST_TARGETS;
                if !full && !hops.iter().any(|hop| hop.lane == lane) {
                    let priority = route.priority.min(sacn::HIGHEST_PRIORITY);
                    let per_address = lane.protocol == Protocol::Sacn && self.per_address.contains(&universe);
                    hops.push(Hop { lane, priority, delay_ms: route.delay_ms.min(LONGEST_DELAY_MS), per_address });
                }
            };
            if let Err(error) = route.lanes(universe, subscribers, &mut add) {
                wrong(error);
            }
        }
        if full {
            wrong(RouteError::TooMany);
        }
        hops
    }
}

/// Reads `IP` or `IP:PORT`, for Art-Net.
pub fn parse_target(text: &str, broadcast: Broadcast) -> Result<SocketAddrV4, RouteError> {
    let (ip, port) = parse(text.trim())?;
    if ip.is_broadcast() && broadcast == Broadcast::Refuse {
        return Err(RouteError::Broadcast);
    }
    Ok(SocketAddrV4::new(ip, port.unwrap_or(artnet::PORT)))
}

fn parse(text: &str) -> Result<(Ipv4Addr, Option<u16>), RouteError> {
    let (ip, port) = match text.split_once(':') {
        Some((ip, port)) => (ip, Some(port)),
        None => (text, None),
    };
    let ip: Ipv4Addr = ip.parse().map_err(|_not_an_ip| RouteError::Target(text.to_owned()))?;
    let port = match port.map(str::parse) {
        None => None,
        Some(Ok(port)) if port > 0 => Some(port),
        Some(_) => return Err(RouteError::Port(text.to_owned())),
    };
    if ip.is_unspecified() || ip.is_multicast() {
        return Err(RouteError::Unroutable(ip));
    }
    Ok((ip, port))
}

#[cfg(test)]
mod tests;
