//! The threads that hear everything and write it down as it is.
//!
//! One thread a socket, so that a packet's time is when it came; one more that writes.  The file is written under the name
//! with `.part` behind it, synced and renamed at the end: whoever is killed leaves a `.part` that can be played.  When the disk
//! is too slow, packets are dropped and counted.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use thiserror::Error;

use super::super::artnet;
use super::super::artnet::poll;
use super::super::recording::{LONGEST_PACKET, Writer};
use super::super::routes::Protocol;
use super::super::sacn;
use super::listen::{self, ListenConfig, ListenError};
use super::{Joined, networks, receive};

/// Packets that the disk may be behind: three seconds of 64 universes.
const QUEUE: usize = 8192;
/// How soon a thread sees that it is over.
const LOOK: Duration = Duration::from_millis(50);
/// What was heard longer ago than this is safe from a killed process.
const FLUSH_EVERY: Duration = Duration::from_millis(250);

#[derive(Debug, Error)]
pub enum RecordError {
    #[error("{} cannot be written ({source}): give a file in a folder that can be written", path.display())]
    File { source: io::Error, path: PathBuf },
    #[error(transparent)]
    Listen(#[from] ListenError),
}

/// What is listened to.
#[derive(Clone, Debug)]
pub struct RecordConfig {
    pub bind: Ipv4Addr,
    /// None = not that protocol.
    pub artnet_port: Option<u16>,
    pub sacn_port: Option<u16>,
    /// Whose sACN groups are joined, and what Art-Net desks are asked for.
    pub universes: Vec<u16>,
}

impl Default for RecordConfig {
    fn default() -> Self {
        Self { bind: Ipv4Addr::UNSPECIFIED, artnet_port: Some(artnet::PORT), sacn_port: Some(sacn::PORT), universes: Vec::new() }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Recorded {
    pub packets: u64,
    pub bytes: u64,
    /// For want of a faster disk, or of room in the file.
    pub dropped: u64,
    pub secs: f64,
}

struct Heard {
    at: Instant,
    protocol: Protocol,
    from: SocketAddrV4,
    length: usize,
    bytes: Box<[u8; LONGEST_PACKET]>,
}

/// Where a recording lies until it is done.
pub fn part(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

/// Writes down what comes until `stop`, or until `end`.
pub fn record(path: &Path, config: &RecordConfig, stop: &AtomicBool, end: Instant) -> Result<Recorded, RecordError> {
    let file = |source| RecordError::File { source, path: path.to_owned() };
    let mut sockets = Vec::new();
    if let Some(port) = config.artnet_port {
        sockets.extend(hear_artnet(config.bind, port)?.into_iter().map(|socket| (Protocol::ArtNet, socket)));
    }
    if let Some(port) = config.sacn_port {
        let receiving = receive::ReceiveConfig { bind: config.bind, port, universes: config.universes.clone(), ..Default::default() };
        let (groups, _) = receive::join(&receiving).map_err(|error| ListenError::of(config.bind, port, error))?;
        sockets.extend(groups.into_iter().map(|socket| (Protocol::Sacn, socket)));
    }
    let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let part = part(path);
    let begun = Instant::now();
    let writer = File::create(&part).and_then(|file| Writer::new(BufWriter::new(file), started.as_millis() as u64)).map_err(file)?;
    let (sender, heard) = sync_channel(QUEUE);
    let over = Arc::new(AtomicBool::new(false));
    let dropped = Arc::new(AtomicU64::new(0));
    let mut threads = Vec::new();
    let asks = Arc::new(config.clone());
    for (protocol, socket) in sockets {
        let asks = asks.clone();
        socket.set_nonblocking(false).and_then(|()| socket.set_read_timeout(Some(LOOK))).map_err(file)?;
        let (over, dropped, sender) = (over.clone(), dropped.clone(), sender.clone());
        threads.push(
            Joined::spawn("luma-record", move || listen(&socket, protocol, &asks, &over, &dropped, &sender)).map_err(ListenError::from)?,
        );
    }
    drop(sender);
    let written = write(writer, &heard, begun, stop, end).map_err(file);
    over.store(true, Ordering::Release);
    drop(heard);
    for thread in threads {
        // It looks up every 50 ms; one that does not ends with the process.
        thread.join_until(Instant::now() + Duration::from_secs(1)).unwrap_or_default();
    }
    let (writer, mut recorded) = written?;
    recorded.dropped += dropped.load(Ordering::Relaxed);
    writer.into_inner().map_err(|error| file(error.into_error()))?.sync_all().map_err(file)?;
    fs::rename(&part, path).map_err(file)?;
    Ok(recorded)
}

fn hear_artnet(bind: Ipv4Addr, port: u16) -> Result<Vec<UdpSocket>, ListenError> {
    let open = |ip| networks::open(ip, port).map_err(|error| ListenError::of(ip, port, error));
    let mut sockets = vec![open(bind)?];
    if cfg!(unix) && !bind.is_unspecified() {
        // What is sent to all comes only to those who listen there.
        let all = networks::networks(bind).into_iter().find(|network| network.ip == bind && network.broadcast != network.ip);
        sockets.extend(all.map(|network| open(network.broadcast)).transpose()?);
    }
    Ok(sockets)
}

fn listen(socket: &UdpSocket, protocol: Protocol, asks: &RecordConfig, over: &AtomicBool, dropped: &AtomicU64, to: &SyncSender<Heard>) {
    while !over.load(Ordering::Acquire) {
        let mut bytes = Box::new([0; LONGEST_PACKET]);
        let Ok((length, SocketAddr::V4(from))) = socket.recv_from(bytes.as_mut_slice()) else { continue };
        if protocol == Protocol::ArtNet {
            answer(socket, asks, from, &bytes[..length]);
        }
        if to.try_send(Heard { at: Instant::now(), protocol, from, length, bytes }).is_err() {
            dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Tells a desk that asks which universes are wanted here: those of today send to nobody else.
fn answer(socket: &UdpSocket, asks: &RecordConfig, from: SocketAddrV4, bytes: &[u8]) {
    let Ok(poll::Packet::Poll(poll)) = poll::read(bytes) else { return };
    let near =
        |network: &&networks::Network| u32::from(network.ip) & u32::from(network.mask) == u32::from(*from.ip()) & u32::from(network.mask);
    let Some(ip) = networks::networks(asks.bind).iter().find(near).map(|network| network.ip) else { return };
    let config = ListenConfig { inputs: asks.universes.iter().copied().chain([0]).collect(), ..ListenConfig::default() };
    for page in listen::pages(&config, ip, 0, poll) {
        // Who asked and went away asks again.
        socket
            .send_to(&page.write(), SocketAddrV4::new(*from.ip(), asks.artnet_port.unwrap_or(artnet::PORT)))
            .map(|_| ())
            .unwrap_or_default();
    }
}

fn write(
    mut writer: Writer<BufWriter<File>>,
    heard: &Receiver<Heard>,
    begun: Instant,
    stop: &AtomicBool,
    end: Instant,
) -> io::Result<(BufWriter<File>, Recorded)> {
    let mut next_flush = Instant::now() + FLUSH_EVERY;
    while !stop.load(Ordering::Acquire) && Instant::now() < end {
        match heard.recv_timeout(LOOK.min(end.saturating_duration_since(Instant::now()))) {
            Ok(Heard { at, protocol, from, length, bytes }) => {
                if !writer.write(at.saturating_duration_since(begun), protocol, from, &bytes[..length])? {
                    break;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if Instant::now() >= next_flush {
            next_flush = Instant::now() + FLUSH_EVERY;
            writer.flush()?;
        }
    }
    writer.flush()?;
    let recorded = Recorded {
        packets: writer.n_packets,
        bytes: writer.length,
        dropped: writer.n_refused,
        secs: Instant::now().saturating_duration_since(begun).as_secs_f64(),
    };
    Ok((writer.into_inner(), recorded))
}
