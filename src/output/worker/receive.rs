//! The thread that hears sACN: it joins the groups it is asked for and merges what comes.
//!
//! Systems limit the groups of one socket (Linux: 20 unless told otherwise), so another is opened when one is full; each
//! takes only its own groups, or every packet would come once per socket.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use socket2::{Domain, Protocol, Socket, Type};
use uuid::Uuid;

use super::super::input::{InputSnapshot, Inputs, Merge};
use super::super::newest::Newest;
use super::super::sacn::read::{Discovery, Packet, read};
use super::super::sacn::{self, Universe};
use super::listen::ListenError;
use super::{Joined, OutputHandle, STOP_WITHIN};

const LOOK_EVERY: Duration = Duration::from_millis(8);
const PUBLISH_EVERY: Duration = Duration::from_millis(20);
const RECEIVE_BUFFER: usize = 1 << 20;
/// Packets of one socket before the others have their turn.
const TURN: usize = 512;
/// A source tells itself every ten seconds; two rounds may be lost.
const SOURCE_LOSS: Duration = Duration::from_secs(25);
const MOST_SOURCES: usize = 256;

#[derive(Clone, Debug)]
pub struct ReceiveConfig {
    /// The interface whose groups are joined; unspecified = as the system routes them.
    pub bind: Ipv4Addr,
    pub port: u16,
    pub universes: Vec<u16>,
    pub merge: Merge,
}

impl Default for ReceiveConfig {
    fn default() -> Self {
        Self { bind: Ipv4Addr::UNSPECIFIED, port: sacn::PORT, universes: Vec::new(), merge: Merge::Htp }
    }
}

/// A source as it tells itself, whether or not we listen to any of its universes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SacnSource {
    pub cid: Uuid,
    pub name: String,
    pub ip: Ipv4Addr,
    pub universes: Vec<u16>,
}

#[derive(Default)]
struct Shared {
    inputs: Newest<InputSnapshot>,
    sources: Newest<Vec<SacnSource>>,
    stop: AtomicBool,
}

/// A running receiver; stops when dropped.
pub struct Receiver {
    shared: Arc<Shared>,
    thread: Option<Joined>,
    /// Universes whose groups could not be joined; what is sent to this machine alone is heard all the same.
    pub not_joined: Vec<u16>,
}

impl Receiver {
    pub fn start(config: ReceiveConfig) -> Result<Self, ListenError> {
        Self::start_for(config, None)
    }

    /// The same, with what comes made known to `output`, for universes that are mixed with ours.
    pub fn start_for(config: ReceiveConfig, output: Option<OutputHandle>) -> Result<Self, ListenError> {
        let shared = Arc::new(Shared::default());
        let (sockets, not_joined) = join(&config).map_err(|error| ListenError::of(config.bind, config.port, error))?;
        let receiving = Receiving { sockets, inputs: Inputs::new(config.merge), sources: BTreeMap::new(), shared: shared.clone(), output };
        let thread = Joined::spawn("luma-sacn", move || receiving.run())?;
        Ok(Self { shared, thread: Some(thread), not_joined })
    }

    pub fn inputs(&self) -> Arc<InputSnapshot> {
        self.shared.inputs.get().clone().unwrap_or_default()
    }

    pub fn sources(&self) -> Arc<Vec<SacnSource>> {
        self.shared.sources.get().clone().unwrap_or_default()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // One that is stuck is nobody's to report to; it ends with the process.
            thread.join_until(Instant::now() + STOP_WITHIN).unwrap_or_default();
        }
    }
}

fn open(port: u16) -> std::io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER).unwrap_or_default();
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_multicast_all_v4(false)?;
    socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into())?;
    Ok(socket)
}

/// The sockets that have the groups, and the universes whose groups none would take.
pub(super) fn join(config: &ReceiveConfig) -> std::io::Result<(Vec<UdpSocket>, Vec<u16>)> {
    let mut sockets = vec![open(config.port)?];
    let mut not_joined = Vec::new();
    let universes = config.universes.iter().filter_map(|&number| Universe::new(number));
    for universe in universes.chain([Universe::DISCOVERY]) {
        let group = *universe.group().ip();
        let joined = |socket: Option<&Socket>| socket.is_some_and(|socket| socket.join_multicast_v4(&group, &config.bind).is_ok());
        if joined(sockets.last()) {
            continue;
        }
        let another = open(config.port)?;
        if joined(Some(&another)) {
            sockets.push(another);
        } else if universe != Universe::DISCOVERY {
            not_joined.push(universe.number());
        }
    }
    Ok((sockets.into_iter().map(UdpSocket::from).collect(), not_joined))
}

/// The pages of a source's list, as far as they came.
struct Told {
    source: SacnSource,
    pages: BTreeMap<u8, Vec<u16>>,
    heard: Instant,
}

struct Receiving {
    sockets: Vec<UdpSocket>,
    inputs: Inputs,
    sources: BTreeMap<Uuid, Told>,
    shared: Arc<Shared>,
    output: Option<OutputHandle>,
}

impl Receiving {
    fn run(mut self) {
        let mut next_publish = Instant::now();
        let mut heard = false;
        while !self.shared.stop.load(Ordering::Acquire) {
            let now = Instant::now();
            heard |= self.look(now);
            if now >= next_publish {
                next_publish = now + PUBLISH_EVERY;
                heard |= self.inputs.sweep(now);
                self.sources.retain(|_, told| now.saturating_duration_since(told.heard) < SOURCE_LOSS);
                if std::mem::take(&mut heard) {
                    let snapshot = Arc::new(self.inputs.snapshot());
                    if let Some(output) = &self.output {
                        output.set_inputs(super::super::routes::Protocol::Sacn, snapshot.clone());
                    }
                    self.shared.inputs.set(Some(snapshot));
                    self.shared.sources.set(Some(Arc::new(self.sources.values().map(|told| told.source.clone()).collect())));
                }
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    fn look(&mut self, now: Instant) -> bool {
        let mut heard = false;
        let mut buffer = [0; 1500];
        for socket in &self.sockets {
            for _ in 0..TURN {
                let Ok((length, SocketAddr::V4(from))) = socket.recv_from(&mut buffer) else { break };
                heard = true;
                match read(&buffer[..length]) {
                    Ok(Packet::Data(data)) => {
                        self.inputs.sacn(&data, *from.ip(), now);
                    }
                    Ok(Packet::Discovery(discovery)) => tell(&mut self.sources, &discovery, *from.ip(), now),
                    // Shown as it comes: nothing here is so exact that it would have to wait.
                    Ok(Packet::Sync { .. }) => {}
                    Err(_malformed) => self.inputs.counts.malformed += 1,
                }
            }
        }
        heard
    }
}

fn tell(sources: &mut BTreeMap<Uuid, Told>, discovery: &Discovery<'_>, ip: Ipv4Addr, now: Instant) {
    if !sources.contains_key(&discovery.cid) && sources.len() >= MOST_SOURCES {
        return;
    }
    let told = sources.entry(discovery.cid).or_insert_with(|| Told {
        source: SacnSource { cid: discovery.cid, name: String::new(), ip, universes: Vec::new() },
        pages: BTreeMap::new(),
        heard: now,
    });
    told.heard = now;
    discovery.name.clone_into(&mut told.source.name);
    told.source.ip = ip;
    told.pages.retain(|&page, _| page <= discovery.last_page);
    if discovery.page <= discovery.last_page {
        told.pages.insert(discovery.page, discovery.universes().collect());
    }
    told.source.universes = told.pages.values().flatten().copied().collect();
}
