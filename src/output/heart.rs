//! The output's loop, beat by beat: take a frame, send what is due, never stop.
//!
//! Pure of clock and network: both are arguments, so tests run hours of it in no time.  Once every universe was seen and the
//! newest routes were taken it neither allocates nor locks; the frame log, when asked for, is handed over through a bounded
//! queue and drops what the writer is too slow for.

use std::io;
use std::net::SocketAddrV4;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use crate::engine::{DmxFrame, Window};

use super::artnet;
use super::artnet::timecode::Timecode;
use super::batch::Batch;
use super::directions::Directions;
use super::log::Record;
use super::looks::Looks;
use super::loss::watch::{Mix, Signs, Step, Watch};
use super::loss::{Cause, LossRules};
use super::merge::Side;
use super::pacing::{Beat, RATE_HZ, Tick};
use super::plugs::Plugs;
use super::routes::{Protocol, Via};
use super::sacn;
use super::stats::Counters;
use super::stream::Sending;
use super::wire::{N_LAST, Wires};

/// How often a source tells which sACN groups it sends to.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(10);
/// A timecode that stands is told all the same: who follows it would miss us.
const TELL_TIME_EVERY: Duration = Duration::from_millis(500);

/// Where bytes come from.
pub trait FrameSource {
    /// Fills `dmx` with the show at `at`; `None` when there is no show.
    fn frame(&mut self, at: Instant, dmx: &mut DmxFrame) -> Option<Window>;

    /// The last frame may be half done: start from clean memory.
    fn reset(&mut self);

    /// Whether somebody wants no light at all, so that what others send below the show goes dark with it.
    fn is_dark(&self) -> bool {
        false
    }
}

/// Where packets go.
pub trait Outlet {
    /// Nothing has left for a while: an interface that is back, or has another address, may want other sockets.
    fn renew(&mut self) {}

    /// Must not block.
    fn send(&mut self, packet: &[u8], target: SocketAddrV4, via: Via) -> io::Result<()>;

    /// So many packets [`Self::send_many`] takes.
    fn most_at_once(&self) -> usize {
        1
    }

    /// Packets of `each` bytes, one behind the other: all of them leave, or none.
    fn send_many(&mut self, packets: &[u8], each: usize, target: SocketAddrV4, via: Via) -> io::Result<()> {
        packets.chunks(each.max(1)).try_for_each(|packet| self.send(packet, target, via))
    }
}

pub trait Timer {
    fn now(&self) -> Instant;

    fn sleep_until(&mut self, deadline: Instant);
}

/// A render that gave no whole frame.
#[derive(Clone, Copy, Debug)]
struct Broken;

pub struct Heart<S, O, T> {
    pub source: S,
    pub outlet: O,
    pub timer: T,
    wires: Wires,
    directions: Arc<Directions>,
    plugs: Arc<Plugs>,
    watch: Watch,
    /// Nothing that was to leave has left.
    network_down: bool,
    dmx: DmxFrame,
    /// What the wires carry; `None` = darkness for want of a show.
    window: Option<Window>,
    counters: Arc<Counters>,
    log: Option<SyncSender<Record>>,
    start: Instant,
    rate: Rate,
    /// When the sACN groups are told next.
    announce_at: Instant,
    told_time: Option<(Timecode, Instant)>,
    renew_at: Instant,
    batch: Batch,
}

/// Packets at the last mark, for the rate.
struct Rate {
    since: Instant,
    packets: u64,
}

impl<S: FrameSource, O: Outlet, T: Timer> Heart<S, O, T> {
    pub fn new(
        io: (S, O, T),
        wires: Wires,
        (directions, plugs): (Arc<Directions>, Arc<Plugs>),
        counters: Arc<Counters>,
        log: Option<SyncSender<Record>>,
    ) -> Self {
        let (source, outlet, timer) = io;
        let start = timer.now();
        Self {
            source,
            outlet,
            timer,
            wires,
            directions,
            plugs,
            watch: Watch::default(),
            network_down: false,
            dmx: DmxFrame::default(),
            window: None,
            counters,
            log,
            start,
            rate: Rate { since: start, packets: 0 },
            announce_at: start,
            told_time: None,
            renew_at: start,
            batch: Batch::default(),
        }
    }

    /// Beats until `stop`, then sends the last frames.
    pub fn run(&mut self, stop: &AtomicBool) {
        let mut beat = Beat::new(self.start);
        // Who is stopped before the first beat has last frames to send all the same.
        self.wires.follow(&self.directions);
        loop {
            while !stop.load(Ordering::Acquire) && !self.plugs.is_pulled(Cause::Exit) {
                let tick = self.wait(&mut beat);
                self.beat(tick);
            }
            self.leave(&mut beat);
            // Pulled only to see what happens: it is as if Luma were closed until the plug is back.
            while !stop.load(Ordering::Acquire) && self.plugs.is_pulled(Cause::Exit) {
                self.wait(&mut beat);
            }
            if stop.load(Ordering::Acquire) {
                return;
            }
            self.wires.rebase();
            self.watch.come_back(self.plugs.rules().exit, self.timer.now());
        }
    }

    fn beat(&mut self, tick: Tick) {
        self.wires.follow(&self.directions);
        let whole = self.render(tick.deadline);
        let signs = Signs { deck_lost: self.plugs.is_deck_lost(), engine_broken: whole.is_err(), network_down: self.network_down };
        let rules = self.plugs.rules();
        let step = self.watch.step(signs, &rules, tick.deadline);
        self.show(whole, step, tick.deadline);
        self.counters.tell_loss(self.watch.loss().map(|loss| (loss.cause, tick.deadline.saturating_duration_since(loss.since))));
        self.counters.count_late(self.timer.now().saturating_duration_since(tick.deadline));
        self.send(tick, Sending::Due);
        self.measure_rate(tick);
    }

    /// From the last look to that of the rule, then the last frames.
    fn leave(&mut self, beat: &mut Beat) {
        let LossRules { exit: rule, .. } = self.plugs.rules();
        self.wires.rebase();
        let mut since = None;
        let mut left = N_LAST;
        while left > 0 {
            let tick = self.wait(beat);
            let since = *since.get_or_insert(tick.deadline);
            let (mix, there) = Watch::leave(rule, tick.deadline.saturating_duration_since(since));
            self.counters.tell_loss(Some((Cause::Exit, tick.deadline.saturating_duration_since(since))));
            self.mix(mix, tick.deadline);
            left -= u8::from(there);
            self.send(tick, if there { Sending::Last } else { Sending::Due });
        }
        // What a packet carries that ends a stream is not looked at, so the last frame comes before.
        if self.wires.streams.iter().any(|stream| stream.lane().protocol == Protocol::Sacn) {
            for _nth in 0..N_LAST {
                let tick = self.wait(beat);
                self.send(tick, Sending::End);
            }
        }
    }

    fn wait(&mut self, beat: &mut Beat) -> Tick {
        let tick = beat.next(self.timer.now());
        self.timer.sleep_until(tick.deadline);
        self.counters.ticks.fetch_add(1, Ordering::Relaxed);
        self.counters.skipped.fetch_add(tick.skipped, Ordering::Relaxed);
        tick
    }

    /// At the deadline, not at the moment of waking: lateness then never shows as uneven movement.
    fn render(&mut self, at: Instant) -> Result<Option<Window>, Broken> {
        if self.plugs.is_pulled(Cause::Engine) {
            return Err(Broken);
        }
        // Nothing half-written is used: after a panic the source starts anew and the wires keep the last good bytes.
        catch_unwind(AssertUnwindSafe(|| self.source.frame(at, &mut self.dmx))).map_err(|_panic| {
            self.counters.panics.fetch_add(1, Ordering::Relaxed);
            self.source.reset();
            self.dmx = DmxFrame::default();
            Broken
        })
    }

    fn show(&mut self, frame: Result<Option<Window>, Broken>, step: Step, now: Instant) {
        if step.rebase {
            self.wires.rebase();
        }
        if let Ok(window) = frame {
            self.window = window;
            match window {
                Some(_) => self.wires.load(&self.dmx),
                None => self.wires.darken(),
            }
        }
        let dark = self.source.is_dark();
        self.wires.merge(Side::Below, &self.directions, now, dark);
        self.mix(step.mix, now);
    }

    fn mix(&mut self, mix: Mix, now: Instant) {
        match self.plugs.looks.get().as_ref() {
            Some(looks) => self.wires.mix(mix, looks),
            None => self.wires.mix(mix, &Looks::default()),
        }
        self.wires.merge(Side::Above, &self.directions, now, false);
    }

    /// Tells those that got something on this beat that it was all.
    fn synchronise(&mut self) {
        let Wires { syncs, sync_packet, .. } = &mut self.wires;
        if !syncs.iter().any(|point| point.touched) {
            return;
        }
        let sacn: &[u8] = sync_packet.as_mut().map(|packet| packet.numbered().as_slice()).unwrap_or_default();
        for point in syncs.iter_mut().filter(|point| point.touched) {
            point.touched = false;
            let packet = match point.protocol {
                Protocol::ArtNet => artnet::SYNC.as_slice(),
                Protocol::Sacn => sacn,
            };
            self.counters.count_sent(1, self.outlet.send(packet, point.target, point.via));
        }
    }

    /// Universe discovery: which groups this source sends to.  Only who sends to groups tells groups.
    fn announce(&mut self, tick: Tick) {
        // Further ahead than a round is a clock that was set back.
        if tick.deadline < self.announce_at && self.announce_at.duration_since(tick.deadline) <= ANNOUNCE_EVERY {
            return;
        }
        self.announce_at = tick.deadline + ANNOUNCE_EVERY;
        let Wires { groups, discovery, .. } = &mut self.wires;
        if groups.is_empty() {
            return;
        }
        for page in 0.. {
            let Some(packet) = discovery.page(groups, page) else { break };
            self.counters.count_sent(1, self.outlet.send(packet, sacn::Universe::DISCOVERY.group(), Via::Multicast));
        }
    }

    /// `ArtTimeCode` of the show, where that is wanted: every new frame of it, and twice a second while it stands.
    fn tell_time(&mut self, tick: Tick) {
        let told = self.wires.timecode();
        let Some(((rate, target, via), window)) = told.zip(self.window) else { return };
        let code = Timecode::at(window.to, rate);
        let again =
            self.told_time.is_none_or(|(before, at)| before != code || tick.deadline.saturating_duration_since(at) >= TELL_TIME_EVERY);
        if again && self.counters.count_sent(1, self.outlet.send(&code.write(), target, via)) {
            self.told_time = Some((code, tick.deadline));
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

mod sending;

#[cfg(test)]
mod tests;
