//! What the output has done, counted without a lock: the thread adds, anybody reads.
//!
//! Lateness is the time from a beat's deadline until its bytes are ready to leave, rendering included.  It is kept in
//! buckets of an eighth of an octave, so quantiles are upper bounds within 13 %; the maximum is exact.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU16, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde::Serialize;

use super::loss::Cause;

/// No room for now, which is no trouble of the network.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory)
}

/// Every number a universe can have, so that its counter is always there and never moves.
const N_UNIVERSES: usize = 1 << 16;
/// Eight buckets an octave of microseconds.
const N_BUCKETS: usize = 8 * 40;

/// What the thread writes.
#[derive(Debug)]
pub struct Counters {
    frames: Box<[AtomicU64]>,
    /// The highest universe counted, so that reading need not look at all of them.
    highest: AtomicU16,
    pub(super) ticks: AtomicU64,
    pub(super) skipped: AtomicU64,
    pub(super) packets: AtomicU64,
    /// `f64` bits.
    packets_per_sec: AtomicU64,
    dropped: AtomicU64,
    errors: AtomicU64,
    last_error: AtomicI32,
    pub(super) panics: AtomicU64,
    pub(super) log_dropped: AtomicU64,
    pub(super) log_failed: AtomicBool,
    pub(super) realtime: AtomicBool,
    /// 0, or one more than the cause.
    lost: AtomicU8,
    lost_millis: AtomicU64,
    losses: [AtomicU64; Cause::ALL.len()],
    lateness: Histogram,
    spread: Histogram,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            frames: std::iter::repeat_with(AtomicU64::default).take(N_UNIVERSES).collect(),
            highest: AtomicU16::default(),
            ticks: AtomicU64::default(),
            skipped: AtomicU64::default(),
            packets: AtomicU64::default(),
            packets_per_sec: AtomicU64::default(),
            dropped: AtomicU64::default(),
            errors: AtomicU64::default(),
            last_error: AtomicI32::default(),
            panics: AtomicU64::default(),
            log_dropped: AtomicU64::default(),
            log_failed: AtomicBool::default(),
            realtime: AtomicBool::default(),
            lost: AtomicU8::default(),
            lost_millis: AtomicU64::default(),
            losses: Default::default(),
            lateness: Histogram::default(),
            spread: Histogram::default(),
        }
    }
}

impl Counters {
    /// What became of `n` packets that went together; true when they left.
    pub(super) fn count_sent(&self, n: u64, sent: io::Result<()>) -> bool {
        match &sent {
            Ok(()) => {
                self.packets.fetch_add(n, Relaxed);
            }
            Err(error) => self.count_failure(n, error),
        }
        sent.is_ok()
    }

    pub(super) fn count_spread(&self, spread: Duration) {
        self.spread.record(spread);
    }

    pub(super) fn count_frame(&self, universe: u16) {
        self.frames[usize::from(universe)].fetch_add(1, Relaxed);
        self.highest.fetch_max(universe, Relaxed);
    }

    pub(super) fn count_late(&self, late: Duration) {
        self.lateness.record(late);
    }

    /// A full buffer is a drop, anything else an error; neither ends the show.
    fn count_failure(&self, n: u64, error: &io::Error) {
        if is_full(error) {
            self.dropped.fetch_add(n, Relaxed);
        } else {
            self.last_error.store(error.raw_os_error().unwrap_or_default(), Relaxed);
            self.errors.fetch_add(n, Relaxed);
        }
    }

    /// What is lost on this beat, and for how long it has been.
    pub(super) fn tell_loss(&self, loss: Option<(Cause, Duration)>) {
        let (cause, since) = loss.map_or((0, Duration::ZERO), |(cause, since)| (1 + cause as u8, since));
        if self.lost.swap(cause, Relaxed) != cause && cause > 0 {
            self.losses[usize::from(cause) - 1].fetch_add(1, Relaxed);
        }
        self.lost_millis.store(u64::try_from(since.as_millis()).unwrap_or(u64::MAX), Relaxed);
    }

    fn loss(&self) -> Option<LossNow> {
        let at = usize::from(self.lost.load(Relaxed)).checked_sub(1)?;
        Some(LossNow { cause: *Cause::ALL.get(at)?, secs: self.lost_millis.load(Relaxed) as f64 / 1e3 })
    }

    pub(super) fn set_packets_per_sec(&self, rate: f64) {
        self.packets_per_sec.store(rate.to_bits(), Relaxed);
    }

    pub fn read(&self) -> OutputStats {
        let frames = (0..=self.highest.load(Relaxed)).zip(&self.frames).map(|(universe, count)| (universe, count.load(Relaxed)));
        let last_error = self.last_error.load(Relaxed);
        OutputStats {
            frames_sent: frames.filter(|&(_, count)| count > 0).collect(),
            ticks: self.ticks.load(Relaxed),
            skipped_ticks: self.skipped.load(Relaxed),
            packets: self.packets.load(Relaxed),
            packets_per_sec: f64::from_bits(self.packets_per_sec.load(Relaxed)),
            dropped: self.dropped.load(Relaxed),
            errors: self.errors.load(Relaxed),
            last_error: (last_error != 0).then(|| io::Error::from_raw_os_error(last_error).to_string()),
            panics: self.panics.load(Relaxed),
            log_dropped: self.log_dropped.load(Relaxed),
            log_failed: self.log_failed.load(Relaxed),
            realtime: self.realtime.load(Relaxed),
            loss: self.loss(),
            losses: Cause::ALL.into_iter().zip(&self.losses).map(|(cause, n)| (cause, n.load(Relaxed))).filter(|(_, n)| *n > 0).collect(),
            lateness_ms: self.lateness.read(),
            spread_ms: self.spread.read(),
        }
    }
}

/// The counters at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OutputStats {
    /// By universe; a frame that reached several targets counts once.
    pub frames_sent: BTreeMap<u16, u64>,
    pub ticks: u64,
    /// Beats that were left out because one before them took too long.
    pub skipped_ticks: u64,
    pub packets: u64,
    /// Over the last second.
    pub packets_per_sec: f64,
    /// Packets for which the system had no room.
    pub dropped: u64,
    pub errors: u64,
    /// The system's words for the newest error.
    pub last_error: Option<String>,
    /// Renders that broke; the bytes before stood on.
    pub panics: u64,
    /// Records that the frame log was too slow for.
    pub log_dropped: u64,
    pub log_failed: bool,
    /// Whether the system granted real-time priority.
    pub realtime: bool,
    /// What is lost just now.
    pub loss: Option<LossNow>,
    /// How often what was lost.
    pub losses: BTreeMap<Cause, u64>,
    pub lateness_ms: Lateness,
    /// From the first packet of a beat to the last, where there were several.
    pub spread_ms: Lateness,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LossNow {
    pub cause: Cause,
    pub secs: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Lateness {
    pub p50: f64,
    pub p99: f64,
    pub max: f64,
}

/// The output's part of a show's `summary.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OutputSummary {
    pub frames_sent: BTreeMap<u16, u64>,
    pub lateness_ms: Lateness,
}

impl OutputStats {
    pub fn summary(&self) -> OutputSummary {
        OutputSummary { frames_sent: self.frames_sent.clone(), lateness_ms: self.lateness_ms }
    }
}

#[derive(Debug)]
struct Histogram {
    buckets: [AtomicU64; N_BUCKETS],
    max_nanos: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: std::array::from_fn(|_| AtomicU64::default()), max_nanos: AtomicU64::default() }
    }
}

impl Histogram {
    fn record(&self, late: Duration) {
        let nanos = u64::try_from(late.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[bucket(nanos / 1000)].fetch_add(1, Relaxed);
        self.max_nanos.fetch_max(nanos, Relaxed);
    }

    fn read(&self) -> Lateness {
        let counts: Vec<u64> = self.buckets.iter().map(|count| count.load(Relaxed)).collect();
        let max = self.max_nanos.load(Relaxed) as f64 / 1e6;
        let total: u64 = counts.iter().sum();
        let quantile = |share: f64| {
            let rank = (total as f64 * share).ceil().max(1.0) as u64;
            let mut seen = 0;
            let at = counts.iter().position(|count| {
                seen += count;
                seen >= rank
            });
            at.map_or(0.0, |at| (bucket_end(at) as f64 / 1e3).min(max))
        };
        Lateness { p50: quantile(0.5), p99: quantile(0.99), max }
    }
}

/// 0 to 7 µs have a bucket each; from there on, eight to an octave.
fn bucket(micros: u64) -> usize {
    if micros < 8 {
        return micros as usize;
    }
    let octave = micros.ilog2() as usize;
    let eighth = (micros >> (octave - 3)) as usize - 8;
    ((octave - 2) * 8 + eighth).min(N_BUCKETS - 1)
}

/// The first microsecond behind a bucket.
fn bucket_end(at: usize) -> u64 {
    if at < 8 {
        return at as u64 + 1;
    }
    let (octave, eighth) = (at / 8 + 2, at % 8);
    (9 + eighth as u64) << (octave - 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_lies_below_the_end_of_its_own_bucket_and_not_the_one_before() {
        for micros in (0..5000).chain([22_727, 1_000_000, 3_600_000_000]) {
            let at = bucket(micros);
            assert!(micros < bucket_end(at), "{micros} in {at}");
            assert!(at == 0 || micros >= bucket_end(at - 1), "{micros} in {at}");
        }
        assert_eq!(bucket(u64::MAX), N_BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_upper_bounds_within_an_eighth() {
        let histogram = Histogram::default();
        for millis in 1..=100 {
            histogram.record(Duration::from_millis(millis));
        }
        let Lateness { p50, p99, max } = histogram.read();
        assert!((50.0..57.0).contains(&p50), "{p50}");
        assert!((99.0..=100.0).contains(&p99), "{p99}");
        assert!((max - 100.0).abs() < 1e-9);
        assert_eq!(Histogram::default().read(), Lateness::default());
    }

    #[test]
    fn the_summary_is_what_the_file_promises() {
        let counters = Counters::default();
        counters.count_frame(2);
        counters.count_frame(2);
        counters.count_late(Duration::from_millis(4));
        let summary = serde_json::to_value(counters.read().summary()).unwrap();
        assert_eq!(summary, serde_json::json!({"frames_sent": {"2": 2}, "lateness_ms": {"p50": 4.0, "p99": 4.0, "max": 4.0}}));
    }

    #[test]
    fn a_full_buffer_is_a_drop_and_other_trouble_an_error() {
        let counters = Counters::default();
        counters.count_failure(16, &io::ErrorKind::WouldBlock.into());
        counters.count_failure(1, &io::Error::from_raw_os_error(13));
        let stats = counters.read();
        assert_eq!((stats.dropped, stats.errors), (16, 1));
        assert!(stats.last_error.is_some());
    }
}
