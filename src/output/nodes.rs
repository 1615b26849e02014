//! The Art-Net nodes of the network, as their replies tell.
//!
//! Pure: rounds of asking are calls.  A node that did not answer a round is late, one that missed three is gone.  A box of
//! more than four ports answers in pages, told apart by their bind index.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddrV4};

use serde::Serialize;

use super::artnet::poll::Reply;
use super::routes::Subscribers;

/// Rounds without an answer after which a node is gone.
const MOST_MISSED: u8 = 3;
/// More is no network but a flood.
const MOST_NODES: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PortKind {
    /// Art-Net to lamps.
    Output,
    /// A desk's line to Art-Net.
    Input,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Port {
    pub kind: PortKind,
    pub address: u16,
    /// Data is on it.
    pub active: bool,
    /// Two sources are mixed.
    pub merging: bool,
    /// It listens to sACN instead.
    pub sacn: bool,
    pub fault: bool,
}

/// One page of a node, for panels and the command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Where its answers come from.
    pub ip: Ipv4Addr,
    /// What it says its address is.
    pub told_ip: Ipv4Addr,
    pub bind_index: u8,
    pub short_name: String,
    pub long_name: String,
    /// Its own words on how it is.
    pub report: String,
    pub style: &'static str,
    pub firmware: u16,
    pub oem: u16,
    pub esta: u16,
    pub mac: String,
    pub refresh_hz: u16,
    /// "hold", "dark", "full" or "scene": what it does when nobody sends; none where it does not tell.
    pub failsafe: Option<&'static str>,
    pub ports: Vec<Port>,
    pub late: bool,
    /// This program.
    pub own: bool,
    pub n_replies: u64,
}

struct Entry {
    reply: Reply,
    n_replies: u64,
    missed: u8,
    heard: bool,
    own: bool,
}

#[derive(Default)]
pub struct NodeTable {
    nodes: BTreeMap<(Ipv4Addr, u8), Entry>,
    /// Replies for which there was no place.
    pub refused: u64,
}

impl NodeTable {
    /// Takes a reply; true when it told something new.
    pub fn hear(&mut self, from: Ipv4Addr, reply: Reply, own: bool) -> bool {
        // 0 and 1 both mean the root.
        let key = (from, reply.bind_index.max(1));
        if let Some(entry) = self.nodes.get_mut(&key) {
            entry.n_replies += 1;
            entry.heard = true;
            let changed = entry.missed > 0 || entry.own != own || told(&entry.reply) != told(&reply);
            (entry.missed, entry.own, entry.reply) = (0, own, reply);
            return changed;
        }
        if self.nodes.len() >= MOST_NODES {
            self.refused += 1;
            return false;
        }
        self.nodes.insert(key, Entry { reply, n_replies: 1, missed: 0, heard: true, own });
        true
    }

    /// Begins a round of asking; true when a node became late or is gone.
    pub fn round(&mut self) -> bool {
        let mut changed = false;
        self.nodes.retain(|_, entry| {
            if !std::mem::take(&mut entry.heard) {
                entry.missed += 1;
                changed = true;
            }
            entry.missed < MOST_MISSED
        });
        changed
    }

    pub fn nodes(&self) -> Vec<Node> {
        self.nodes.iter().map(|(&(ip, bind_index), entry)| node(ip, bind_index, entry)).collect()
    }

    /// Nobody but us has answered.
    pub fn is_alone(&self) -> bool {
        self.nodes.values().all(|entry| entry.own)
    }

    /// Our own answer to our own question has come back.
    pub fn hears_itself(&self) -> bool {
        self.nodes.values().any(|entry| entry.own)
    }

    /// Who asks for which port-address.  This program is not sent to by itself.
    pub fn subscribers(&self, port: u16) -> Subscribers {
        let mut subscribers: BTreeMap<u16, BTreeSet<Ipv4Addr>> = BTreeMap::new();
        for ((ip, _), entry) in self.nodes.iter().filter(|(_, entry)| !entry.own) {
            for address in ports(&entry.reply).map(|(_, _, address)| address) {
                subscribers.entry(address).or_default().insert(*ip);
            }
        }
        let targets = |ips: BTreeSet<Ipv4Addr>| ips.into_iter().map(|ip| SocketAddrV4::new(ip, port)).collect();
        Subscribers(subscribers.into_iter().map(|(address, ips)| (address, targets(ips))).collect())
    }
}

/// Who brings which port-address to lamps.
pub fn takers(nodes: &[Node], udp_port: u16) -> Subscribers {
    let mut all = Subscribers::default();
    for node in nodes.iter().filter(|node| !node.own) {
        for port in node.ports.iter().filter(|port| port.kind == PortKind::Output) {
            all.0.entry(port.address).or_default().push(SocketAddrV4::new(node.ip, udp_port));
        }
    }
    all
}

/// A reply without its counter, which changes with every answer.
fn told(reply: &Reply) -> Reply {
    Reply { report: String::new(), ..reply.clone() }
}

/// Kind, index and port-address of every port in use.
fn ports(reply: &Reply) -> impl Iterator<Item = (PortKind, usize, u16)> {
    let output = reply.ports().filter(|&at| reply.types[at] & 0x80 != 0);
    let input = reply.ports().filter(|&at| reply.types[at] & 0x40 != 0);
    let output = output.map(|at| (PortKind::Output, at, reply.address(reply.sw_out[at])));
    output.chain(input.map(|at| (PortKind::Input, at, reply.address(reply.sw_in[at]))))
}

fn node(ip: Ipv4Addr, bind_index: u8, entry: &Entry) -> Node {
    let reply = &entry.reply;
    let port = |(kind, at, address): (PortKind, usize, u16)| {
        let (good, output) = match kind {
            PortKind::Output => (reply.outputs[at], true),
            PortKind::Input => (reply.inputs[at], false),
        };
        Port {
            kind,
            address,
            active: good & 0x80 != 0,
            merging: output && good & 0x08 != 0,
            sacn: good & 0x01 != 0,
            // A shorted line at an output, errors on the line at an input.
            fault: good & 0x04 != 0,
        }
    };
    let style = match reply.style {
        0 => "node",
        1 => "controller",
        2 => "media server",
        3 => "router",
        4 => "backup",
        5 => "configuration",
        6 => "visualiser",
        _ => "other",
    };
    // Status 3 is told by those who support failsafe at all.
    let failsafe = (reply.status3 & 0x20 != 0).then(|| ["hold", "dark", "full", "scene"][usize::from(reply.status3 >> 6)]);
    Node {
        ip,
        told_ip: reply.ip(),
        bind_index,
        short_name: reply.short_name.clone(),
        long_name: reply.long_name.clone(),
        report: reply.report.clone(),
        style,
        firmware: reply.firmware,
        oem: reply.oem,
        esta: reply.esta,
        mac: reply.mac.map(|byte| format!("{byte:02x}")).join(":"),
        refresh_hz: reply.refresh_hz,
        failsafe,
        ports: ports(reply).map(port).collect(),
        late: entry.missed > 0,
        own: entry.own,
        n_replies: entry.n_replies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(bind_index: u8, out: u8) -> Reply {
        Reply { bind_index, n_ports: 1, types: [0x80, 0, 0, 0], sw_out: [out, 0, 0, 0], short_name: "box".to_owned(), ..Reply::default() }
    }

    fn ip(last: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 0, 0, last)
    }

    fn asked(table: &NodeTable, address: u16) -> Vec<String> {
        table.subscribers(6454).of(address).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_node_appears_is_late_and_is_gone_after_three_rounds() {
        let mut table = NodeTable::default();
        assert!(table.hear(ip(1), reply(1, 3), false));
        assert!(!table.hear(ip(1), Reply { report: "#0001 [0002]".to_owned(), ..reply(1, 3) }, false), "a counter is no news");
        assert!(!table.round() && !table.nodes()[0].late);
        assert!(table.round() && table.nodes()[0].late);
        assert_eq!(asked(&table, 3), ["10.0.0.1:6454"], "one who is late is still sent to");
        assert!(table.hear(ip(1), reply(1, 3), false), "it is back");
        assert!(!table.nodes()[0].late && !table.round());
        for gone in [false, false, true] {
            assert!(table.round());
            assert_eq!(table.nodes().is_empty(), gone);
        }
        assert!(asked(&table, 3).is_empty());
    }

    #[test]
    fn pages_of_one_box_stand_side_by_side_and_are_sent_to_once_an_address() {
        let mut table = NodeTable::default();
        table.hear(ip(1), reply(0, 1), false);
        table.hear(ip(1), reply(1, 2), false);
        table.hear(ip(1), reply(2, 2), false);
        table.hear(ip(2), Reply { net: 1, subnet: 2, types: [0xc0, 0, 0, 0], sw_in: [9, 0, 0, 0], ..reply(1, 2) }, false);
        assert_eq!(table.nodes().len(), 3, "0 and 1 are the same page");
        assert_eq!(asked(&table, 2), ["10.0.0.1:6454"]);
        assert_eq!((asked(&table, 0x122), asked(&table, 0x129)), (vec!["10.0.0.2:6454".to_owned()], vec!["10.0.0.2:6454".to_owned()]));
        assert!(asked(&table, 1).is_empty(), "it was repatched");
    }

    #[test]
    fn what_is_no_port_is_not_sent_to_and_neither_are_we() {
        let mut table = NodeTable::default();
        table.hear(ip(1), Reply { n_ports: 0, ..reply(1, 1) }, false);
        table.hear(ip(2), Reply { types: [0; 4], ..reply(1, 1) }, false);
        table.hear(ip(3), reply(1, 1), true);
        table.hear(ip(4), Reply { n_ports: 9999, types: [0x80; 4], sw_out: [5, 6, 7, 8], ..reply(1, 1) }, false);
        assert!(asked(&table, 1).is_empty() && asked(&table, 0).is_empty());
        assert_eq!(asked(&table, 8), ["10.0.0.4:6454"]);
    }

    #[test]
    fn a_flood_of_names_is_bounded() {
        let mut table = NodeTable::default();
        for n in 0..5000_u32 {
            table.hear((0x0a00_0000 + n).into(), reply(1, 1), false);
        }
        assert_eq!((table.nodes().len(), table.refused), (4096, 5000 - 4096));
    }

    #[test]
    fn what_a_node_tells_is_put_into_words() {
        let mut table = NodeTable::default();
        let reply = Reply { outputs: [0x8c, 0, 0, 0], status3: 0x60, style: 1, mac: [1, 2, 3, 4, 5, 0xff], ..reply(1, 1) };
        table.hear(ip(1), reply, false);
        let node = table.nodes().remove(0);
        let port = &node.ports[0];
        assert_eq!((port.active, port.merging, port.fault, port.sacn), (true, true, true, false));
        assert_eq!((node.failsafe, node.style, node.mac.as_str()), (Some("dark"), "controller", "01:02:03:04:05:ff"));
    }
}
