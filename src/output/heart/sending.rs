//! One beat's packets on their way out: spread over the beat, together where there are very many for one place.

use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::super::log::Record;
use super::super::loss::Cause;
use super::super::pacing::{self, Tick};
use super::super::routes::Protocol;
use super::super::stats;
use super::super::stream::Sending;
use super::super::wire::Wires;
use super::{FrameSource, Heart, Outlet, Timer};

/// How often sockets are made anew while nothing leaves.
const RENEW_EVERY: Duration = Duration::from_secs(1);

/// What this beat sends, and what became of it.
struct Going {
    tick: Tick,
    sending: Sending,
    unplugged: bool,
    n_left: u32,
    n_failed: u32,
}

impl<S: FrameSource, O: Outlet, T: Timer> Heart<S, O, T> {
    pub(super) fn send(&mut self, tick: Tick, sending: Sending) {
        self.wires.advance(sending != Sending::Due);
        let unplugged = self.plugs.is_pulled(Cause::Network);
        let streams = &self.wires.streams;
        let n_packets = streams.iter().filter(|stream| stream.is_due(sending, tick.deadline)).count() + self.wires.leaving.len();
        let mut going = Going { tick, sending, unplugged, n_left: 0, n_failed: 0 };
        let started = self.timer.now();
        self.batch.begin(n_packets, self.outlet.most_at_once());
        let mut nth = 0;
        for at in 0..self.wires.streams.len() {
            if !self.wires.streams[at].is_due(sending, tick.deadline) {
                continue;
            }
            self.stagger(nth, n_packets, started, &mut going);
            nth += 1;
            let lane = self.wires.streams[at].lane();
            let (length, to) = (lane.protocol.packet_len(), (lane.target, lane.via));
            if !self.batch.takes(length, to) {
                self.flush(&mut going);
            }
            self.batch.push(at, self.wires.streams[at].bytes(sending), to);
        }
        self.flush(&mut going);
        self.take_leave(nth, n_packets, started, &mut going);
        if n_packets > 1 {
            self.counters.count_spread(self.timer.now().saturating_duration_since(started));
        }
        // Where nothing was due, nothing is known.
        if going.n_left > 0 || going.n_failed > 0 {
            self.network_down = going.n_left == 0;
        }
        if self.network_down && tick.deadline >= self.renew_at {
            self.renew_at = tick.deadline + RENEW_EVERY;
            self.outlet.renew();
        }
        if !unplugged {
            self.synchronise();
            self.announce(tick);
            self.tell_time(tick);
        }
    }

    /// Waits before a burst; what belongs to the one before leaves first.
    fn stagger(&mut self, nth: usize, n_packets: usize, started: Instant, going: &mut Going) {
        if let Some(wait) = pacing::stagger(nth, n_packets) {
            self.flush(going);
            self.timer.sleep_until(started + wait);
        }
    }

    /// Sends what is gathered.  What did not leave stays due, and is tried again on the next beat.
    fn flush(&mut self, going: &mut Going) {
        let Self { wires, outlet, timer, counters, batch, log, window, start, .. } = self;
        let Some((packets, each, target, via)) = batch.packets() else { return };
        let n = batch.len();
        let sent = match n {
            _ if going.unplugged => Err(io::ErrorKind::NetworkDown.into()),
            1 => outlet.send(packets, target, via),
            _ => outlet.send_many(packets, each, target, via),
        };
        if sent.as_ref().is_err_and(|error| !stats::is_full(error)) {
            going.n_failed += n as u32;
        }
        let left = counters.count_sent(n as u64, sent);
        let streams = batch.streams();
        batch.clear();
        if !left {
            return;
        }
        going.n_left += n as u32;
        let show = !wires.is_instead();
        let Tick { number, deadline, .. } = going.tick;
        for at in streams {
            let first = wires.is_first(at, number);
            let Wires { streams, syncs, .. } = wires;
            let stream = &mut streams[at];
            stream.sent(deadline);
            if going.sending == Sending::Due
                && stream.owes_priorities(deadline)
                && counters.count_sent(1, outlet.send(stream.priorities(), target, via))
            {
                stream.priorities_sent(deadline);
            }
            if let Some(point) = stream.sync.and_then(|at| syncs.get_mut(at)) {
                point.touched = true;
            }
            if going.sending == Sending::End || !first {
                continue;
            }
            counters.count_frame(stream.universe);
            if let Some(log) = log {
                let record = Record {
                    tick: number,
                    t_ms: timer.now().saturating_duration_since(*start).as_secs_f64() * 1e3,
                    // Other bytes than the show's stand for no window.
                    window: window.filter(|_| show),
                    exit: going.sending == Sending::Last,
                    universe: stream.universe,
                    sequence: stream.sequence(),
                };
                if log.try_send(record).is_err() {
                    counters.log_dropped.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    /// The last frames of streams that have lost their route.
    fn take_leave(&mut self, before: usize, n_packets: usize, started: Instant, going: &mut Going) {
        for nth in 0..self.wires.leaving.len() {
            self.stagger(before + nth, n_packets, started, going);
            let Self { wires, outlet, counters, .. } = self;
            let leaving = &mut wires.leaving[nth];
            let lane = leaving.stream.lane();
            let last = if lane.protocol == Protocol::Sacn { Sending::End } else { Sending::Last };
            if !going.unplugged && counters.count_sent(1, outlet.send(leaving.stream.bytes(last), lane.target, lane.via)) {
                leaving.stream.sent(going.tick.deadline);
            }
            leaving.left = leaving.left.saturating_sub(1);
        }
        self.wires.leaving.retain(|leaving| leaving.left > 0);
    }
}
