//! A follower on a thread of its own, fed by whoever has the sound.
//!
//! ```text
//! audio callback ─ Inlet::push ─▶ ring ─▶ Station::step ─▶ Said: the newest wins
//! ```
//! The callback takes no lock, allocates nothing and waits for nobody: what was not fetched in time is overwritten.  The station
//! then hears silence of that length, so that its seconds stay those of the input.  A beat is said for an instant of the
//! machine's clock: the input's second 0 is the earliest instant from which its samples can have come, looked at anew again and
//! again, since sound cards run by clocks of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use super::{Clock, Follower};

/// How much sound waits at most.
const RING_SECS: usize = 4;
/// Of the input, between two hearings.
const UPDATE_SECS: f64 = 1.0 / 3.0;
/// Between two looks of the thread into its ring.
const NAP: Duration = Duration::from_millis(40);
/// For how long an earliest instant counts.
const ANCHOR_SECS: f64 = 10.0;
/// No sound for so long is no input.
const FED: Duration = Duration::from_secs(2);
const N_ORDERS: usize = 16;

struct Ring {
    /// Bits of samples.
    slots: Box<[AtomicU32]>,
    n_written: AtomicU64,
}

/// Where sound goes in.
pub struct Inlet(Arc<Ring>);

impl Inlet {
    /// The next samples, mono.  Takes no lock, allocates nothing, never waits.
    pub fn push(&mut self, samples: impl Iterator<Item = f32>) {
        let n = self.0.slots.len() as u64;
        let mut at = self.0.n_written.load(Ordering::Relaxed);
        for sample in samples {
            self.0.slots[(at % n) as usize].store(sample.to_bits(), Ordering::Relaxed);
            at += 1;
        }
        self.0.n_written.store(at, Ordering::Release);
    }

    /// The same of frames as sound cards give them, their channels side by side.
    pub fn push_frames(&mut self, interleaved: &[f32], n_channels: usize) {
        let n_channels = n_channels.max(1);
        self.push(interleaved.chunks_exact(n_channels).map(|frame| frame.iter().sum::<f32>() / n_channels as f32));
    }
}

/// What is said of the beat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Said {
    pub clock: Option<Clock>,
    /// Whether a hand's word stands.
    pub is_held: bool,
    /// Whether sound comes in at all.
    pub is_fed: bool,
    /// The loudest sample since the last look.
    pub peak: f32,
    /// When the input's second 0 was.
    began: Instant,
}

impl Said {
    fn nothing(now: Instant) -> Self {
        Self { clock: None, is_held: false, is_fed: false, peak: 0.0, began: now }
    }

    fn secs_at(&self, now: Instant) -> f64 {
        match now.checked_duration_since(self.began) {
            Some(since) => since.as_secs_f64(),
            None => -self.began.duration_since(now).as_secs_f64(),
        }
    }

    /// Fractional beats at an instant; only their part of a beat means something.
    pub fn beat_at(&self, now: Instant) -> Option<f64> {
        self.clock.map(|clock| clock.beat_at(self.secs_at(now)))
    }
}

/// What a person wants of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// The beat was here.
    Tap(Instant),
    /// Seconds later, or earlier.
    Nudge(f64),
    LetGo,
}

/// A follower and what feeds it.  Instants are arguments.
pub struct Station {
    ring: Arc<Ring>,
    n_read: u64,
    follower: Follower,
    rate_hz: f64,
    epoch: Instant,
    /// The earliest beginnings, in seconds after `epoch`: of the time before and of now, and since when now is.
    earliest: [f64; 2],
    earliest_since: f64,
    heard_secs: f64,
    fed_at: Option<Instant>,
    fetched: Vec<f32>,
}

impl Station {
    pub fn new(rate_hz: u32, now: Instant) -> (Inlet, Self) {
        let rate_hz = rate_hz.clamp(8_000, 192_000);
        let slots = (0..RING_SECS * rate_hz as usize).map(|_| AtomicU32::new(0)).collect();
        let ring = Arc::new(Ring { slots, n_written: AtomicU64::new(0) });
        let station = Self {
            ring: ring.clone(),
            n_read: 0,
            follower: Follower::new(rate_hz),
            rate_hz: f64::from(rate_hz),
            epoch: now,
            earliest: [f64::INFINITY; 2],
            earliest_since: 0.0,
            heard_secs: 0.0,
            fed_at: None,
            fetched: Vec::new(),
        };
        (Inlet(ring), station)
    }

    /// Fetches what came, hears it when it is time, and says what is known.
    pub fn step(&mut self, now: Instant) -> Said {
        let peak = self.fetch();
        let input_secs = self.follower.now_secs();
        if !self.fetched.is_empty() {
            self.fed_at = Some(now);
            self.anchor(now.saturating_duration_since(self.epoch).as_secs_f64() - input_secs, input_secs);
        }
        if input_secs - self.heard_secs >= UPDATE_SECS {
            self.heard_secs = input_secs;
            self.follower.update();
        }
        let is_fed = self.fed_at.is_some_and(|fed| now.saturating_duration_since(fed) < FED);
        Said { clock: self.follower.clock(), is_held: self.follower.is_held(), is_fed, peak, began: self.began() }
    }

    pub fn obey(&mut self, order: Order) {
        match order {
            Order::Tap(at) => {
                let said = Said { began: self.began(), ..Said::nothing(at) };
                self.follower.tap_at(said.secs_at(at));
            }
            Order::Nudge(secs) => self.follower.nudge(secs),
            Order::LetGo => self.follower.let_go(),
        }
    }

    fn began(&self) -> Instant {
        let secs = self.earliest[0].min(self.earliest[1]);
        let secs = if secs.is_finite() { secs } else { 0.0 };
        let apart = Duration::from_secs_f64(secs.abs());
        if secs < 0.0 { self.epoch.checked_sub(apart).unwrap_or(self.epoch) } else { self.epoch + apart }
    }

    fn anchor(&mut self, began_secs: f64, input_secs: f64) {
        if input_secs - self.earliest_since > ANCHOR_SECS {
            (self.earliest, self.earliest_since) = ([self.earliest[1], f64::INFINITY], input_secs);
        }
        self.earliest[1] = self.earliest[1].min(began_secs);
    }

    /// Moves what came to the follower; the loudest of it.
    fn fetch(&mut self) -> f32 {
        let n = self.ring.slots.len() as u64;
        let written = self.ring.n_written.load(Ordering::Acquire);
        // The half that may be overwritten while it is read is lost.
        let from = self.n_read.max(written.saturating_sub(n / 2));
        self.fetched.clear();
        self.fetched.resize((from - self.n_read) as usize, 0.0);
        let slots = &self.ring.slots;
        self.fetched.extend((from..written).map(|at| f32::from_bits(slots[(at % n) as usize].load(Ordering::Relaxed))));
        fence(Ordering::Acquire);
        if self.ring.n_written.load(Ordering::Relaxed) > from + n {
            // This thread slept so long in between that new sound lies where old was read.
            self.fetched.fill(0.0);
        }
        self.n_read = written;
        self.follower.push(&self.fetched);
        self.fetched.iter().filter(|sample| sample.is_finite()).fold(0.0, |peak, sample| peak.max(sample.abs()))
    }

    /// Seconds of the input that were fetched.
    pub fn input_secs(&self) -> f64 {
        self.n_read as f64 / self.rate_hz
    }
}

/// A station on its own thread, which ends with this.
pub struct Live {
    said: Arc<ArcSwap<Said>>,
    orders: SyncSender<Order>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    pub fn start(rate_hz: u32) -> std::io::Result<(Inlet, Self)> {
        let now = Instant::now();
        let (inlet, station) = Station::new(rate_hz, now);
        let (orders, received) = sync_channel(N_ORDERS);
        let (said, is_over) = (Arc::new(ArcSwap::from_pointee(Said::nothing(now))), Arc::new(AtomicBool::new(false)));
        let (own, over) = (said.clone(), is_over.clone());
        let run = move || run(station, &received, &own, &over);
        let thread = std::thread::Builder::new().name("tempo follower".into()).spawn(run)?;
        Ok((inlet, Self { said, orders, is_over, thread: Some(thread) }))
    }

    pub fn said(&self) -> Said {
        **self.said.load()
    }

    /// More orders than it can take are dropped: nobody taps so fast.
    pub fn order(&self, order: Order) {
        self.orders.try_send(order).unwrap_or_default();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap_or_default();
        }
    }
}

fn run(mut station: Station, orders: &Receiver<Order>, said: &ArcSwap<Said>, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        let before = station.step(Instant::now());
        orders.try_iter().for_each(|order| station.obey(order));
        said.store(Arc::new(Said { clock: station.follower.clock(), is_held: station.follower.is_held(), ..before }));
        std::thread::sleep(NAP);
    }
}

#[cfg(test)]
#[path = "station_tests.rs"]
mod tests;
