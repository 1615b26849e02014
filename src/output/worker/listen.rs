//! The thread that listens on Art-Net's port: it asks for nodes, answers who asks, and takes what others send.
//!
//! It has a socket for every interface, so that what is sent to another program of this machine (a visualiser on
//! 127.0.0.1, say) is not taken from it, and looks for interfaces with every round: one that comes back, or gets another
//! address, is used again.  It hands subscribers to the output thread and never waits for it.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;

use super::super::artnet;
use super::super::artnet::address::{self, Command};
use super::super::artnet::poll::{POLL, Packet, Poll, Reply, read};
use super::super::artnet::trigger::Trigger;
use super::super::health::Air;
use super::super::input::{InputSnapshot, Inputs, Merge};
use super::super::newest::Newest;
use super::super::nodes::{Node, NodeTable};
use super::super::timecode::Follower;
use super::networks::{Network, networks, open};
use super::{Joined, OutputError, OutputHandle, STOP_WITHIN};

/// The rules say 2.5 to 3 s.
const POLL_EVERY: Duration = Duration::from_millis(2750);
/// How long a packet may lie: buffers hold more than comes in that time.
const LOOK_EVERY: Duration = Duration::from_millis(8);
const PUBLISH_EVERY: Duration = Duration::from_millis(20);
/// Packets of one socket before the others have their turn.
const TURN: usize = 512;
/// Senders to all that are told apart.
const MOST_SENDERS: usize = 256;
/// Rounds without even our own question coming back, after which something is wrong.
const DEAF_AFTER: u32 = 2;

#[derive(Debug, Error)]
pub enum ListenError {
    #[error("{0} is no address of this machine: give one of its own, or 0.0.0.0 for all")]
    Address(Ipv4Addr),
    #[error("UDP port {1} of {0} is taken by another program: end it, or let it share the port, or listen on another address")]
    Taken(Ipv4Addr, u16),
    #[error("UDP port {1} of {0} cannot be listened on ({2}): give an address of this machine, or start Luma with the right to")]
    Port(Ipv4Addr, u16, #[source] std::io::Error),
    #[error("{0}")]
    Thread(#[from] OutputError),
}

impl ListenError {
    /// Why a port could not be opened.
    pub(super) fn of(ip: Ipv4Addr, port: u16, error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::AddrInUse { Self::Taken(ip, port) } else { Self::Port(ip, port, error) }
    }
}

#[derive(Clone, Debug)]
pub struct ListenConfig {
    /// The interface to use; unspecified = all but the loopback.
    pub bind: Ipv4Addr,
    pub port: u16,
    /// Nodes to ask besides, in networks that a broadcast does not reach.
    pub also_ask: Vec<Ipv4Addr>,
    /// What we are called in other controllers, 17 bytes.
    pub short_name: String,
    pub long_name: String,
    /// Port-addresses that we ask others to send us.
    pub inputs: Vec<u16>,
    pub merge: Merge,
}

impl Default for ListenConfig {
    fn default() -> Self {
        Self {
            bind: Ipv4Addr::UNSPECIFIED,
            port: artnet::PORT,
            also_ask: Vec::new(),
            short_name: "Luma".to_owned(),
            long_name: "Luma, sheet music for light".to_owned(),
            inputs: Vec::new(),
            merge: Merge::Htp,
        }
    }
}

#[derive(Default)]
struct Shared {
    nodes: Newest<Vec<Node>>,
    inputs: Newest<InputSnapshot>,
    /// What keeps an interface from being listened on.
    trouble: Newest<Vec<String>>,
    timecode: Newest<Follower>,
    air: Newest<Air>,
    /// Port-addresses that others are asked for; none = as it began.
    wanted: Newest<Vec<u16>>,
    stop: AtomicBool,
}

/// A running listener; stops when dropped.
pub struct Listener {
    shared: Arc<Shared>,
    thread: Option<Joined>,
    triggers: Receiver<(Trigger, Ipv4Addr)>,
    orders: SyncSender<Order>,
}

/// What a node is to be told: where it is, and the packet.
type Order = (Ipv4Addr, [u8; address::LEN]);

impl Listener {
    /// Nodes that ask for universes are made known to `output`, for its routes to `auto`.
    pub fn start(config: ListenConfig, output: &OutputHandle) -> Result<Self, ListenError> {
        let shared = Arc::new(Shared::default());
        // Both are by hand: more than these is no hand, and is dropped.
        let (pressed, triggers) = sync_channel(256);
        let (orders, ordered) = sync_channel(64);
        let mut listening = Listening::new(config, shared.clone(), output.clone(), pressed, ordered);
        listening.renew()?;
        let thread = Joined::spawn("luma-artnet", move || listening.run())?;
        Ok(Self { shared, thread: Some(thread), triggers, orders })
    }

    /// The timecode that comes in, as it was heard last.
    pub fn timecode(&self) -> Follower {
        self.shared.timecode.get().as_deref().copied().unwrap_or_default()
    }

    /// The triggers that have come since this was asked last.
    pub fn triggers(&self) -> impl Iterator<Item = (Trigger, Ipv4Addr)> {
        self.triggers.try_iter()
    }

    /// How loud the network is, and where we are in it.
    pub fn air(&self) -> Arc<Air> {
        self.shared.air.get().clone().unwrap_or_default()
    }

    /// Makes a node blink, or end that; gives it other names; ends its merging.  False when too much was asked for at once.
    pub fn tell(&self, node: Ipv4Addr, bind_index: u8, names: (&str, &str), command: Command) -> bool {
        self.orders.try_send((node, address::write(bind_index, names.0, names.1, command))).is_ok()
    }

    /// Asks others for these port-addresses from now on.  Desks learn it within a round of theirs.
    pub fn want(&self, port_addresses: Vec<u16>) {
        self.shared.wanted.set(Some(Arc::new(port_addresses)));
    }

    pub fn nodes(&self) -> Arc<Vec<Node>> {
        self.shared.nodes.get().clone().unwrap_or_default()
    }

    pub fn inputs(&self) -> Arc<InputSnapshot> {
        self.shared.inputs.get().clone().unwrap_or_default()
    }

    /// In words, with what to do.
    pub fn trouble(&self) -> Arc<Vec<String>> {
        self.shared.trouble.get().clone().unwrap_or_default()
    }

    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // One that is stuck is nobody's to report to; it ends with the process.
            thread.join_until(Instant::now() + STOP_WITHIN).unwrap_or_default();
        }
    }
}

/// One address of this machine in one network.
struct Interface {
    ip: Ipv4Addr,
    mask: Ipv4Addr,
    broadcast: Ipv4Addr,
    socket: UdpSocket,
    /// On systems that deliver what is sent to all only to those who listen there.
    all: Option<UdpSocket>,
}

struct Listening {
    config: ListenConfig,
    shared: Arc<Shared>,
    output: OutputHandle,
    interfaces: Vec<Interface>,
    table: NodeTable,
    inputs: Inputs,
    n_answers: u32,
    pressed: SyncSender<(Trigger, Ipv4Addr)>,
    ordered: Receiver<Order>,
    follower: Follower,
    /// Rounds of asking since an interface was there.
    rounds: u32,
    /// Packets to all since the last round, by sender.
    to_all: BTreeMap<Ipv4Addr, u32>,
    counted: Instant,
}

impl Listening {
    fn new(
        config: ListenConfig,
        shared: Arc<Shared>,
        output: OutputHandle,
        pressed: SyncSender<(Trigger, Ipv4Addr)>,
        ordered: Receiver<Order>,
    ) -> Self {
        let inputs = Inputs::new(config.merge);
        Self {
            config,
            shared,
            output,
            interfaces: Vec::new(),
            table: NodeTable::default(),
            inputs,
            n_answers: 0,
            pressed,
            ordered,
            follower: Follower::default(),
            rounds: 0,
            to_all: BTreeMap::new(),
            counted: Instant::now(),
        }
    }

    fn run(mut self) {
        let (mut next_poll, mut next_publish) = (Instant::now(), Instant::now());
        let (mut heard_nodes, mut heard_data) = (false, false);
        while !self.shared.stop.load(Ordering::Acquire) {
            let now = Instant::now();
            if now >= next_poll {
                next_poll = now + POLL_EVERY;
                let trouble = self.renew().err().map(|error| error.to_string());
                self.shared.trouble.set(Some(Arc::new(trouble.into_iter().collect())));
                if self.table.round() {
                    self.output.set_subscribers(self.table.subscribers(self.config.port));
                }
                heard_nodes = true;
                self.measure(now);
                self.ask();
            }
            while let Ok((node, packet)) = self.ordered.try_recv() {
                self.order(node, &packet);
            }
            let (nodes, data) = self.look(now);
            heard_nodes |= nodes;
            heard_data |= data;
            if now >= next_publish {
                next_publish = now + PUBLISH_EVERY;
                heard_data |= self.inputs.sweep(now);
                if std::mem::take(&mut heard_nodes) {
                    self.shared.nodes.set(Some(Arc::new(self.table.nodes())));
                }
                if std::mem::take(&mut heard_data) {
                    let snapshot = Arc::new(self.inputs.snapshot());
                    self.output.set_inputs(super::super::routes::Protocol::ArtNet, snapshot.clone());
                    self.shared.inputs.set(Some(snapshot));
                }
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Opens the interfaces that are there and lets go of those that are not.
    fn renew(&mut self) -> Result<(), ListenError> {
        let wanted = networks(self.config.bind);
        if wanted.is_empty() && !self.config.bind.is_unspecified() {
            self.interfaces.clear();
            return Err(ListenError::Address(self.config.bind));
        }
        let before = self.interfaces.len();
        self.interfaces.retain(|open| wanted.contains(&Network { ip: open.ip, mask: open.mask, broadcast: open.broadcast }));
        if self.interfaces.len() < before {
            self.rounds = 0;
        }
        let mut result = Ok(());
        for network in wanted {
            let ip = network.ip;
            if self.interfaces.iter().any(|open| open.ip == ip) {
                continue;
            }
            match self.open(network) {
                Ok(interface) => self.interfaces.push(interface),
                Err(error) => result = Err(ListenError::of(ip, self.config.port, error)),
            }
        }
        if self.interfaces.is_empty() { result } else { Ok(()) }
    }

    fn open(&self, Network { ip, mask, broadcast }: Network) -> std::io::Result<Interface> {
        let port = self.config.port;
        let all = if cfg!(unix) && broadcast != ip { Some(open(broadcast, port)?) } else { None };
        Ok(Interface { ip, mask, broadcast, socket: open(ip, port)?, all })
    }

    /// A node is told from the address that is in its network, if there is one.
    fn order(&self, node: Ipv4Addr, packet: &[u8]) {
        let near = |open: &&Interface| u32::from(open.ip) & u32::from(open.mask) == u32::from(node) & u32::from(open.mask);
        if let Some(open) = self.interfaces.iter().find(near).or(self.interfaces.first()) {
            // It answers with a reply, or it does not: then the list says so.
            open.socket.send_to(packet, SocketAddrV4::new(node, self.config.port)).map(|_| ()).unwrap_or_default();
        }
    }

    /// How loud it was since the last round.
    fn measure(&mut self, now: Instant) {
        let secs = now.saturating_duration_since(self.counted).as_secs_f64().max(0.1);
        self.counted = now;
        let loudest = self.to_all.iter().max_by_key(|(_, n)| **n).map(|(&ip, &n)| (ip, f64::from(n) / secs));
        let hears_all = self.interfaces.iter().any(|open| open.all.is_some());
        let air = Air {
            broadcasts_per_sec: f64::from(self.to_all.values().sum::<u32>()) / secs,
            loudest,
            networks: self.interfaces.iter().map(|open| (open.ip, open.mask)).collect(),
            deaf: self.rounds >= DEAF_AFTER && hears_all && self.table.is_alone() && !self.table.hears_itself(),
        };
        self.to_all.clear();
        self.rounds = self.rounds.saturating_add(1);
        self.shared.air.set(Some(Arc::new(air)));
    }

    fn ask(&self) {
        for interface in &self.interfaces {
            let to = self.config.also_ask.iter().chain((interface.broadcast != interface.ip).then_some(&interface.broadcast));
            for &ip in to {
                // A network that is down answers nobody; the next round tries again.
                interface.socket.send_to(&POLL, SocketAddrV4::new(ip, self.config.port)).map(|_| ()).unwrap_or_default();
            }
        }
    }

    /// Takes what has come; whether nodes and whether data changed.
    fn look(&mut self, now: Instant) -> (bool, bool) {
        let (mut nodes, mut data) = (false, false);
        let mut buffer = [0; 2048];
        for at in 0..self.interfaces.len() {
            for all in [false, true] {
                for _ in 0..TURN {
                    let interface = &self.interfaces[at];
                    let Some(socket) = (if all { interface.all.as_ref() } else { Some(&interface.socket) }) else { break };
                    let Ok((length, SocketAddr::V4(from))) = socket.recv_from(&mut buffer) else { break };
                    if all && (self.to_all.len() < MOST_SENDERS || self.to_all.contains_key(from.ip())) {
                        *self.to_all.entry(*from.ip()).or_default() += 1;
                    }
                    match read(&buffer[..length]) {
                        Ok(Packet::Poll(poll)) => self.answer(at, from, poll),
                        Ok(Packet::Reply(reply)) => nodes |= self.hear(*from.ip(), *reply),
                        Ok(Packet::Dmx(dmx)) => {
                            self.inputs.artnet(&dmx, *from.ip(), now);
                            data = true;
                        }
                        Ok(Packet::Timecode(code)) => {
                            if self.follower.hear(code, *from.ip(), now) {
                                self.shared.timecode.set(Some(Arc::new(self.follower)));
                                self.output.count_heard();
                            }
                        }
                        // What nobody takes out is dropped.
                        Ok(Packet::Trigger(trigger)) => {
                            self.pressed.try_send((trigger, *from.ip())).unwrap_or_default();
                            self.output.count_heard();
                        }
                        Ok(Packet::Sync | Packet::Other(_)) => {}
                        Err(_malformed) => {
                            self.inputs.counts.malformed += 1;
                            data = true;
                        }
                    }
                }
            }
        }
        (nodes, data)
    }

    fn hear(&mut self, from: Ipv4Addr, reply: Reply) -> bool {
        let own = self.interfaces.iter().any(|open| open.ip == from) && reply.style == 1 && reply.long_name == self.config.long_name;
        if self.table.hear(from, reply, own) {
            self.output.set_subscribers(self.table.subscribers(self.config.port));
        }
        true
    }

    fn answer(&mut self, at: usize, from: SocketAddrV4, poll: Poll) {
        self.n_answers = (self.n_answers + 1) % 10_000;
        if let Some(wanted) = self.shared.wanted.get().as_deref() {
            self.config.inputs.clone_from(wanted);
        }
        let interface = &self.interfaces[at];
        for page in pages(&self.config, interface.ip, self.n_answers, poll) {
            // Whoever asked and went away asks again.
            interface.socket.send_to(&page.write(), SocketAddrV4::new(*from.ip(), self.config.port)).map(|_| ()).unwrap_or_default();
        }
    }
}

/// What we say of ourselves: a controller, with a page for every four port-addresses of one sub-net that we take.
pub(super) fn pages(config: &ListenConfig, ip: Ipv4Addr, n_answers: u32, poll: Poll) -> Vec<Reply> {
    let root = Reply {
        ip: ip.octets(),
        firmware: 1,
        oem: 0x00ff,
        esta: 0x7ff0,
        short_name: config.short_name.clone(),
        long_name: config.long_name.clone(),
        report: format!("#0001 [{n_answers:04}] Luma is well"),
        style: 1,
        bind_ip: ip.octets(),
        bind_index: 1,
        // 15-bit port-addresses.
        status2: 0x08,
        ..Reply::default()
    };
    let wanted = |address: u16| poll.targeted.is_none_or(|(low, high)| (low..=high).contains(&address));
    let mut inputs: Vec<u16> = config.inputs.iter().copied().filter(|&address| address <= 0x7fff && wanted(address)).collect();
    inputs.sort_unstable();
    inputs.dedup();
    if inputs.is_empty() {
        return if poll.targeted.is_none() { vec![root] } else { Vec::new() };
    }
    let subnets = inputs.chunk_by(|a, b| a >> 4 == b >> 4);
    let pages = subnets.flat_map(|subnet| subnet.chunks(4)).take(usize::from(u8::MAX)).zip(1_u8..);
    pages
        .map(|(ports, bind_index)| {
            let mut page = Reply {
                net: (ports[0] >> 8) as u8,
                subnet: (ports[0] >> 4 & 0x0f) as u8,
                n_ports: ports.len() as u16,
                bind_index,
                ..root.clone()
            };
            for (at, address) in ports.iter().enumerate() {
                page.types[at] = 0x80;
                page.outputs[at] = 0x80;
                page.sw_out[at] = (address & 0x0f) as u8;
            }
            page
        })
        .collect()
}
