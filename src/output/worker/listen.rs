//! The thread that listens on Art-Net's port: it asks for nodes, answers who asks, and takes what others send.
//!
//! It has a socket for every interface, so that what is sent to another program of this machine (a visualiser on
//! 127.0.0.1, say) is not taken from it, and looks for interfaces with every round: one that comes back, or gets another
//! address, is used again.  It hands subscribers to the output thread and never waits for it.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use if_addrs::IfAddr;
use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;

use super::super::artnet;
use super::super::artnet::poll::{POLL, Packet, Poll, Reply, read};
use super::super::input::{InputSnapshot, Inputs, Merge};
use super::super::newest::Newest;
use super::super::nodes::{Node, NodeTable};
use super::{Joined, OutputError, OutputHandle, STOP_WITHIN};

/// The rules say 2.5 to 3 s.
const POLL_EVERY: Duration = Duration::from_millis(2750);
/// How long a packet may lie: buffers hold more than comes in that time.
const LOOK_EVERY: Duration = Duration::from_millis(8);
const PUBLISH_EVERY: Duration = Duration::from_millis(40);
const RECEIVE_BUFFER: usize = 1 << 20;
/// Packets of one socket before the others have their turn.
const TURN: usize = 512;

#[derive(Debug, Error)]
pub enum ListenError {
    #[error("{0} is no address of this machine: give one of its own, or 0.0.0.0 for all")]
    Address(Ipv4Addr),
    #[error("UDP port {1} of {0} cannot be listened on ({2}): end the program that has it, or give another address")]
    Port(Ipv4Addr, u16, #[source] std::io::Error),
    #[error("{0}")]
    Thread(#[from] OutputError),
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
    stop: AtomicBool,
}

/// A running listener; stops when dropped.
pub struct Listener {
    shared: Arc<Shared>,
    thread: Option<Joined>,
}

impl Listener {
    /// Nodes that ask for universes are made known to `output`, for its routes to `auto`.
    pub fn start(config: ListenConfig, output: &OutputHandle) -> Result<Self, ListenError> {
        let shared = Arc::new(Shared::default());
        let mut listening = Listening::new(config, shared.clone(), output.clone());
        listening.renew()?;
        let thread = Joined::spawn("luma-artnet", move || listening.run())?;
        Ok(Self { shared, thread: Some(thread) })
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
}

impl Listening {
    fn new(config: ListenConfig, shared: Arc<Shared>, output: OutputHandle) -> Self {
        let inputs = Inputs::new(config.merge);
        Self { config, shared, output, interfaces: Vec::new(), table: NodeTable::default(), inputs, n_answers: 0 }
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
                self.ask();
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
                    self.shared.inputs.set(Some(Arc::new(self.inputs.snapshot())));
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
        self.interfaces.retain(|open| wanted.contains(&(open.ip, open.broadcast)));
        let mut result = Ok(());
        for (ip, broadcast) in wanted {
            if self.interfaces.iter().any(|open| open.ip == ip) {
                continue;
            }
            match self.open(ip, broadcast) {
                Ok(interface) => self.interfaces.push(interface),
                Err(error) => result = Err(ListenError::Port(ip, self.config.port, error)),
            }
        }
        if self.interfaces.is_empty() { result } else { Ok(()) }
    }

    fn open(&self, ip: Ipv4Addr, broadcast: Ipv4Addr) -> std::io::Result<Interface> {
        let port = self.config.port;
        let all = if cfg!(unix) && broadcast != ip { Some(open(broadcast, port)?) } else { None };
        Ok(Interface { ip, broadcast, socket: open(ip, port)?, all })
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
                    match read(&buffer[..length]) {
                        Ok(Packet::Poll(poll)) => self.answer(at, from, poll),
                        Ok(Packet::Reply(reply)) => nodes |= self.hear(*from.ip(), *reply),
                        Ok(Packet::Dmx(dmx)) => {
                            self.inputs.artnet(&dmx, *from.ip(), now);
                            data = true;
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
        let interface = &self.interfaces[at];
        for page in pages(&self.config, interface, self.n_answers, poll) {
            // Whoever asked and went away asks again.
            interface.socket.send_to(&page.write(), SocketAddrV4::new(*from.ip(), self.config.port)).map(|_| ()).unwrap_or_default();
        }
    }
}

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

/// What we say of ourselves: a controller, with a page for every four port-addresses of one sub-net that we take.
fn pages(config: &ListenConfig, interface: &Interface, n_answers: u32, poll: Poll) -> Vec<Reply> {
    let root = Reply {
        ip: interface.ip.octets(),
        firmware: 1,
        oem: 0x00ff,
        esta: 0x7ff0,
        short_name: config.short_name.clone(),
        long_name: config.long_name.clone(),
        report: format!("#0001 [{n_answers:04}] Luma is well"),
        style: 1,
        bind_ip: interface.ip.octets(),
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

/// Addresses to listen on, each with its network's directed broadcast; a machine without a network has its loopback.
pub(super) fn networks(bind: Ipv4Addr) -> Vec<(Ipv4Addr, Ipv4Addr)> {
    let mut found: Vec<(Ipv4Addr, Ipv4Addr)> = Vec::new();
    for interface in if_addrs::get_if_addrs().unwrap_or_default() {
        let IfAddr::V4(v4) = interface.addr else { continue };
        let mask = u32::from(v4.netmask);
        let broadcast = Ipv4Addr::from(u32::from(v4.ip) | !mask);
        if bind.is_unspecified() {
            found.push((v4.ip, broadcast));
        } else if u32::from(v4.ip) & mask == u32::from(bind) & mask && (v4.ip == bind || v4.ip.is_loopback()) {
            found.push((bind, broadcast));
        }
    }
    if bind.is_unspecified() && found.iter().any(|(ip, _)| !ip.is_loopback()) {
        found.retain(|(ip, _)| !ip.is_loopback());
    }
    found.sort_unstable();
    found.dedup_by_key(|(ip, _)| *ip);
    found
}
