//! The output thread: its sockets, its clock, its priority, and the handle the rest of Luma speaks to it through.
//!
//! What is handed over (program, transport, live values, offset) is newest-wins: a value that was replaced before the
//! next beat was never shown.  Handing over never waits for the thread and the thread never waits for anybody.  A full
//! frame log drops records and counts them.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::engine::{Live, Program, Rig};
use crate::playback::transport::{LightOffset, Transport};

use super::directions::{Directions, Patched};
use super::heart::{FrameSource, Heart, Timer};
use super::input::InputSnapshot;
use super::log::{Lines, Record};
use super::looks::Looks;
use super::loss::{Cause, LossRules, SafeLook};
use super::newest::Newest;
use super::plugs::Plugs;
use super::routes::{Protocol, Routes, Subscribers};
use super::sacn::Source;
use super::stats::{Counters, OutputStats};
use super::wire::Wires;
use engine::EngineSource;
pub use udp::UdpOutlet;

/// Records the log's writer may be behind: two seconds of 48 universes.
const LOG_QUEUE: usize = 4096;
const STOP_WITHIN: Duration = Duration::from_secs(2);
/// Low among real-time threads: below the sound, above everything else.
const REALTIME_PRIORITY: u8 = 10;

#[derive(Debug, Error)]
pub enum OutputError {
    #[error("Cannot send from {1}: give an address of this machine, or none for any")]
    Bind(#[source] io::Error, Ipv4Addr),
    #[error("Cannot write the frame log {}: give a file in a folder that can be written", .1.display())]
    Log(#[source] io::Error, PathBuf),
    #[error("The system gave no thread to send from: close other programs and start again")]
    Thread(#[source] io::Error),
    #[error("The output did not end within 2 s and was left behind: its lamps hold their last look")]
    Stuck,
}

#[derive(Clone, Debug)]
pub struct OutputConfig {
    pub routes: Routes,
    /// Who sends, in sACN; keep its CID with the settings, so that receivers know this machine again.
    pub source: Source,
    /// The local address to send from.
    pub bind: Ipv4Addr,
    /// Kept dark while there is no program.
    pub universes_when_empty: Vec<u16>,
    /// Where to log the window of every frame sent.
    pub frame_log: Option<PathBuf>,
    /// What the lamps do when something is lost, or the show is closed.
    pub loss: LossRules,
}

impl Default for OutputConfig {
    fn default() -> Self {
        Self {
            routes: Routes::default(),
            source: Source::default(),
            bind: Ipv4Addr::UNSPECIFIED,
            universes_when_empty: vec![1],
            frame_log: None,
            loss: LossRules::default(),
        }
    }
}

/// A running output; stops when dropped.
pub struct Output {
    handle: OutputHandle,
    stop: Arc<AtomicBool>,
    threads: Vec<Joined>,
}

impl Output {
    pub fn start(config: OutputConfig) -> Result<Self, OutputError> {
        Self::start_with(config, EngineSource::new)
    }

    /// The same heart with bytes from elsewhere.
    pub fn start_with<S: FrameSource + Send + 'static>(
        config: OutputConfig,
        source: impl FnOnce(OutputHandle) -> S,
    ) -> Result<Self, OutputError> {
        let outlet = UdpOutlet::bind(config.bind)?;
        let stop = Arc::new(AtomicBool::new(false));
        let handle = OutputHandle::default();
        handle.set_routes(config.routes);
        handle.set_loss_rules(config.loss);
        let counters = handle.shared.counters.clone();
        let mut threads = Vec::new();
        let mut log = None;
        if let Some(path) = &config.frame_log {
            let (sender, thread) = start_log(path, counters.clone())?;
            log = Some(sender);
            threads.push(thread);
        }
        let source = source(handle.clone());
        let told = (handle.shared.directions.clone(), handle.shared.plugs.clone());
        let heart = Joined::spawn("luma-output", {
            let stop = stop.clone();
            move || {
                counters.realtime.store(ask_for_realtime(), Ordering::Relaxed);
                let io = (source, outlet, SystemTimer);
                let wires = Wires::new(config.source, &config.universes_when_empty);
                Heart::new(io, wires, told, counters, log).run(&stop);
            }
        })?;
        // First to end: the log ends when the heart has let go of it.
        threads.insert(0, heart);
        Ok(Self { handle, stop, threads })
    }

    pub fn handle(&self) -> OutputHandle {
        self.handle.clone()
    }

    pub fn stats(&self) -> OutputStats {
        self.handle.stats()
    }

    /// Sends the last frames, closes the log and gives the final count.
    pub fn stop(mut self) -> Result<OutputStats, OutputError> {
        self.end()?;
        Ok(self.handle.stats())
    }

    fn end(&mut self) -> Result<(), OutputError> {
        self.stop.store(true, Ordering::Release);
        // Its rule may take a while.
        let deadline = Instant::now() + STOP_WITHIN + Duration::from_millis(self.handle.loss_rules().exit.whole_ms());
        self.threads.drain(..).try_for_each(|thread| thread.join_until(deadline))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // A thread that is stuck at this point is nobody's to report to; it ends with the process.
        self.end().unwrap_or_default();
    }
}

/// What the world says to the output; cheap to clone.
#[derive(Clone, Default)]
pub struct OutputHandle {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    program: Newest<Program>,
    transport: Newest<Transport>,
    live: Newest<Live>,
    /// `f64` bits; 0 is 0.0.
    offset: AtomicU64,
    counters: Arc<Counters>,
    directions: Arc<Directions>,
    plugs: Arc<Plugs>,
    /// Universes that show a test pattern instead of the show.
    pattern: Newest<Vec<u16>>,
    /// Timecodes and triggers that came in.
    heard: AtomicU64,
    /// The rig and the safe look that the looks were made of; only those who hand over wait for each other.
    looks_of: Mutex<Option<(Weak<Rig>, SafeLook)>>,
}

impl OutputHandle {
    /// Where everything goes from the next beat on.  A lane that goes on keeps its numbers; one that ends holds its last
    /// frame.
    pub fn set_routes(&self, routes: Routes) {
        self.shared.directions.routes.set(Some(Arc::new(routes)));
    }

    pub fn routes(&self) -> Arc<Routes> {
        self.shared.directions.routes.get().clone().unwrap_or_default()
    }

    /// The nodes that ask for each port-address, for routes to `auto`.
    pub fn set_subscribers(&self, subscribers: Subscribers) {
        self.shared.directions.subscribers.set(Some(Arc::new(subscribers)));
    }

    /// A moving pattern on these universes instead of the show, or the show again.
    pub fn set_pattern(&self, universes: Option<Vec<u16>>) {
        self.shared.pattern.set(universes.map(Arc::new));
    }

    pub fn has_pattern(&self) -> bool {
        self.shared.pattern.get().is_some()
    }

    /// How many timecodes and triggers have come in: when it changes, whoever sleeps has something to do.
    pub fn heard(&self) -> u64 {
        self.shared.heard.load(Ordering::Relaxed)
    }

    fn count_heard(&self) {
        self.shared.heard.fetch_add(1, Ordering::Relaxed);
    }

    /// What others send, for universes that are mixed with ours.
    pub fn set_inputs(&self, protocol: Protocol, inputs: Arc<InputSnapshot>) {
        self.shared.directions.inputs(protocol).set(Some(inputs));
    }

    pub fn set_program(&self, program: Arc<Program>) {
        self.make_looks(&program.rig);
        self.shared.program.set(Some(program));
    }

    /// The looks of last resort, made by whoever hands over: the thread that sends may not be able to.
    fn make_looks(&self, rig: &Arc<Rig>) {
        let safe = self.loss_rules().safe;
        let mut made = self.shared.looks_of.lock().unwrap_or_else(PoisonError::into_inner);
        if made.as_ref().is_none_or(|(known, look)| !std::ptr::eq(known.as_ptr(), Arc::as_ptr(rig)) || *look != safe) {
            self.shared.plugs.looks.set(Some(Arc::new(Looks::of(rig, safe))));
            self.shared.directions.patched.set(Some(Arc::new(Patched::of(rig))));
            *made = Some((Arc::downgrade(rig), safe));
        }
    }

    /// For bytes that come from elsewhere than the engine.
    pub fn set_looks(&self, looks: Looks) {
        self.shared.plugs.looks.set(Some(Arc::new(looks)));
    }

    pub fn set_loss_rules(&self, rules: LossRules) {
        self.shared.plugs.set_rules(rules);
        if let Some(program) = self.shared.program.get().as_ref() {
            self.make_looks(&program.rig);
        }
    }

    pub fn loss_rules(&self) -> LossRules {
        self.shared.plugs.rules()
    }

    /// Pulls a plug, to see what happens, or puts it back.
    pub fn pull(&self, cause: Cause, pulled: bool) {
        self.shared.plugs.pull(cause, pulled);
    }

    pub fn is_pulled(&self, cause: Cause) -> bool {
        self.shared.plugs.is_pulled(cause)
    }

    /// The clock that the transport follows is gone, or there again.
    pub fn set_deck_lost(&self, lost: bool) {
        self.shared.plugs.set_deck_lost(lost);
    }

    /// No show: darkness on every universe known.
    pub fn clear_program(&self) {
        self.shared.program.set(None);
    }

    pub fn set_transport(&self, transport: Transport) {
        self.shared.transport.set(Some(Arc::new(transport)));
    }

    pub fn set_live(&self, live: Live) {
        self.shared.live.set(Some(Arc::new(live)));
    }

    pub fn set_offset(&self, offset: LightOffset) {
        self.shared.offset.store(offset.secs().to_bits(), Ordering::Release);
    }

    /// What has been sent so far; waits for nobody.
    pub fn stats(&self) -> OutputStats {
        self.shared.counters.read()
    }

    fn offset(&self) -> LightOffset {
        LightOffset::new(f64::from_bits(self.shared.offset.load(Ordering::Acquire))).unwrap_or_default()
    }
}

/// The machine's own clock.
pub(crate) struct SystemTimer;

impl Timer for SystemTimer {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep_until(&mut self, deadline: Instant) {
        // No spinning at the end: measured, it fights the renderer for the core and loses.
        while let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            thread::sleep(left);
        }
    }
}

/// True when granted; where it is not, the thread runs on with ordinary priority.
#[cfg(unix)]
fn ask_for_realtime() -> bool {
    use thread_priority::{
        RealtimeThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy, set_thread_priority_and_policy,
        thread_native_id,
    };
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    ThreadPriorityValue::try_from(REALTIME_PRIORITY)
        .is_ok_and(|priority| set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Crossplatform(priority), policy).is_ok())
}

#[cfg(not(unix))]
fn ask_for_realtime() -> bool {
    thread_priority::set_current_thread_priority(thread_priority::ThreadPriority::Max).is_ok()
}

/// A named thread that is waited for no longer than until a deadline.
struct Joined {
    thread: JoinHandle<()>,
    /// Closed when the thread ends, however it ends.
    ended: Receiver<()>,
}

impl Joined {
    fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<Self, OutputError> {
        let (alive, ended) = sync_channel(0);
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let _alive: SyncSender<()> = alive;
                run();
            })
            .map_err(OutputError::Thread)?;
        Ok(Self { thread, ended })
    }

    fn join_until(self, deadline: Instant) -> Result<(), OutputError> {
        match self.ended.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Err(RecvTimeoutError::Disconnected) => self.thread.join().map_err(|_panic| OutputError::Stuck),
            Ok(()) | Err(RecvTimeoutError::Timeout) => Err(OutputError::Stuck),
        }
    }
}

/// The log is written in place, not renamed at the end: it is read while the show runs.
fn start_log(path: &Path, counters: Arc<Counters>) -> Result<(SyncSender<Record>, Joined), OutputError> {
    let file = File::create(path).map_err(|error| OutputError::Log(error, path.to_owned()))?;
    let (sender, records) = sync_channel(LOG_QUEUE);
    let thread = Joined::spawn("luma-frame-log", move || {
        if write_log(BufWriter::new(file), &records).is_err() {
            counters.log_failed.store(true, Ordering::Relaxed);
        }
    })?;
    Ok((sender, thread))
}

fn write_log(mut file: BufWriter<File>, records: &Receiver<Record>) -> io::Result<()> {
    let mut lines = Lines::default();
    loop {
        let line = match records.recv_timeout(Duration::from_millis(200)) {
            Ok(record) => lines.push(record),
            Err(RecvTimeoutError::Timeout) => {
                file.flush()?;
                None
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        if let Some(line) = line {
            file.write_all(line.as_bytes())?;
        }
    }
    if let Some(line) = lines.finish() {
        file.write_all(line.as_bytes())?;
    }
    file.flush()?;
    file.get_ref().sync_all()
}

mod engine;
pub mod listen;
mod networks;
pub mod receive;
pub mod record;
mod udp;

#[cfg(test)]
mod tests;
