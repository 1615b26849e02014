//! The output's loop, beat by beat: take a frame, send what is due, never stop.
//!
//! Pure of clock and network: both are arguments, so tests run hours of it in no time.  Once every universe was seen it
//! neither allocates nor locks; the frame log, when asked for, is handed over through a bounded queue and drops what
//! the writer is too slow for.

use std::io;
use std::net::SocketAddrV4;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use crate::engine::{DmxFrame, Window};

use super::log::Record;
use super::pacing::{self, Beat, RATE_HZ, Tick};
use super::routes::Routes;
use super::stats::Counters;
use super::wire::Wires;

/// How often the last frame is sent, since a node that misses it would hold the one before for ever.
const N_EXIT_FRAMES: usize = 3;

/// Where bytes come from.
pub trait FrameSource {
    /// Fills `dmx` with the show at `at`; `None` when there is no show.
    fn frame(&mut self, at: Instant, dmx: &mut DmxFrame) -> Option<Window>;

    /// The last frame may be half done: start from clean memory.
    fn reset(&mut self);

    /// From now on all frames are dark, with everything else where it is.
    fn black_out(&mut self);
}

/// Where packets go.
pub trait Outlet {
    /// Must not block.
    fn send(&mut self, packet: &[u8], target: SocketAddrV4) -> io::Result<()>;
}

pub trait Timer {
    fn now(&self) -> Instant;

    fn sleep_until(&mut self, deadline: Instant);
}

/// What the lamps do when the show is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExitLook {
    #[default]
    Blackout,
    /// The last look stays.
    Hold,
}

pub struct Heart<S, O, T> {
    pub source: S,
    pub outlet: O,
    pub timer: T,
    targets: Vec<SocketAddrV4>,
    wires: Wires,
    dmx: DmxFrame,
    /// What the wires carry; `None` = darkness for want of a show.
    window: Option<Window>,
    counters: Arc<Counters>,
    log: Option<SyncSender<Record>>,
    start: Instant,
    rate: Rate,
}

/// Packets at the last mark, for the rate.
struct Rate {
    since: Instant,
    packets: u64,
}

impl<S: FrameSource, O: Outlet, T: Timer> Heart<S, O, T> {
    pub fn new(
        io: (S, O, T),
        routes: Routes,
        universes_when_empty: &[u16],
        counters: Arc<Counters>,
        log: Option<SyncSender<Record>>,
    ) -> Self {
        let (source, outlet, timer) = io;
        let start = timer.now();
        Self {
            source,
            outlet,
            timer,
            targets: routes.targets().to_vec(),
            wires: Wires::new(routes, universes_when_empty),
            dmx: DmxFrame::default(),
            window: None,
            counters,
            log,
            start,
            rate: Rate { since: start, packets: 0 },
        }
    }

    /// Beats until `stop`, then sends the last frames.
    pub fn run(&mut self, stop: &AtomicBool, exit: ExitLook) {
        let mut beat = Beat::new(self.start);
        while !stop.load(Ordering::Acquire) {
            let tick = self.wait(&mut beat);
            self.render(tick.deadline);
            self.counters.count_late(self.timer.now().saturating_duration_since(tick.deadline));
            self.send(tick, Sending::Due);
            self.measure_rate(tick);
        }
        for nth in 0..N_EXIT_FRAMES {
            let tick = self.wait(&mut beat);
            if nth == 0 && exit == ExitLook::Blackout {
                self.source.black_out();
                if !self.render(tick.deadline) {
                    self.wires.darken();
                }
            }
            self.send(tick, Sending::Last);
        }
    }

    fn wait(&mut self, beat: &mut Beat) -> Tick {
        let tick = beat.next(self.timer.now());
        self.timer.sleep_until(tick.deadline);
        self.counters.ticks.fetch_add(1, Ordering::Relaxed);
        self.counters.skipped.fetch_add(tick.skipped, Ordering::Relaxed);
        tick
    }

    /// At the deadline, not at the moment of waking: lateness then never shows as uneven movement.  False when it broke.
    fn render(&mut self, at: Instant) -> bool {
        // Nothing half-written is used: after a panic the source starts anew and the wires keep the last good bytes.
        let frame = catch_unwind(AssertUnwindSafe(|| self.source.frame(at, &mut self.dmx)));
        let whole = frame.is_ok();
        match frame {
            Ok(Some(window)) => {
                self.window = Some(window);
                self.wires.load(&self.dmx);
            }
            Ok(None) => {
                self.window = None;
                self.wires.darken();
            }
            Err(_panic) => {
                self.counters.panics.fetch_add(1, Ordering::Relaxed);
                self.source.reset();
                self.dmx = DmxFrame::default();
            }
        }
        whole
    }

    fn send(&mut self, tick: Tick, sending: Sending) {
        let is_due = |wire: &super::wire::Wire| sending == Sending::Last || wire.is_due(tick.deadline);
        let n_packets = self.wires.iter().filter(|wire| is_due(wire)).count() * self.targets.len();
        let started = self.timer.now();
        let mut nth = 0;
        for wire in self.wires.iter_mut().filter(|wire| is_due(wire)) {
            let packet = wire.packet.numbered();
            let mut reached = false;
            for &target in &self.targets {
                if let Some(wait) = pacing::stagger(nth, n_packets) {
                    self.timer.sleep_until(started + wait);
                }
                nth += 1;
                match self.outlet.send(packet, target) {
                    Ok(()) => {
                        reached = true;
                        self.counters.packets.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => self.counters.count_failure(&error),
                }
            }
            // What reached nobody stays due and is tried again on the next beat.
            if reached {
                wire.sent(tick.deadline);
                self.counters.count_frame(wire.universe);
                if let Some(log) = &self.log {
                    let record = Record {
                        tick: tick.number,
                        t_ms: self.timer.now().saturating_duration_since(self.start).as_secs_f64() * 1e3,
                        window: self.window,
                        exit: sending == Sending::Last,
                        universe: wire.universe,
                        sequence: wire.packet.sequence(),
                    };
                    if log.try_send(record).is_err() {
                        self.counters.log_dropped.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        }
    }

    fn measure_rate(&mut self, tick: Tick) {
        if tick.number.is_multiple_of(u64::from(RATE_HZ)) && tick.deadline > self.rate.since {
            let packets = self.counters.packets.load(Ordering::Relaxed);
            let secs = tick.deadline.duration_since(self.rate.since).as_secs_f64();
            self.counters.set_packets_per_sec((packets - self.rate.packets) as f64 / secs);
            self.rate = Rate { since: tick.deadline, packets };
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sending {
    Due,
    Last,
}

#[cfg(test)]
mod tests;
