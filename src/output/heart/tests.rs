//! Hours of beats in no time: the loop over a clock and a network that are values.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use super::*;
use crate::output::artnet::HEAD_LEN;
use crate::output::loss::{Act, Rule};
use crate::output::routes::{Route, Routes, To};
use crate::output::sacn::read::{Packet, read};
use crate::output::{pacing, stats};

const KEEP: Duration = pacing::KEEP_ALIVE;
const BLACK: Rule = Rule::new(Act::Black, 0, 0);
const HOLD: Rule = Rule::new(Act::Hold, 0, 0);

/// Goes to the deadline at once, or past it by what a test says; ends the run after its beats.
#[derive(Clone)]
struct FakeTimer {
    now: Rc<Cell<Instant>>,
    late: Duration,
    plugs: Arc<Plugs>,
    pulls: Rc<[(u64, Cause, bool)]>,
    start: Instant,
    /// Behind this millisecond the machine sleeps once.
    sleeps: Rc<Cell<Option<(u64, Duration)>>>,
}

impl Timer for FakeTimer {
    fn now(&self) -> Instant {
        self.now.get()
    }

    fn sleep_until(&mut self, deadline: Instant) {
        self.now.set(self.now.get().max(deadline + self.late));
        let millis = deadline.saturating_duration_since(self.start).as_millis() as u64;
        if let Some((_, slept)) = self.sleeps.get().filter(|(at, _)| *at <= millis) {
            self.sleeps.set(None);
            self.now.set(self.now.get() + slept);
        }
        for &(at, cause, pulled) in self.pulls.iter().filter(|(at, ..)| *at <= millis) {
            self.plugs.pull(cause, pulled && at <= millis);
        }
    }
}

struct Sent {
    at: Instant,
    target: SocketAddrV4,
    universe: u16,
    sequence: u8,
    level: u8,
}

#[derive(Default)]
struct Net {
    sent: Vec<Sent>,
    /// What is no `ArtDmx`.
    other: Vec<(Instant, SocketAddrV4, Vec<u8>)>,
    clock: Option<Rc<Cell<Instant>>>,
    /// Sends that fail before the first that works.
    failing: usize,
}

impl Outlet for Net {
    fn send(&mut self, packet: &[u8], target: SocketAddrV4, _via: Via) -> io::Result<()> {
        if self.failing > 0 {
            self.failing -= 1;
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let at = self.clock.as_ref().unwrap().get();
        if packet.len() == artnet::PACKET_LEN {
            let universe = u16::from_le_bytes([packet[14], packet[15]]);
            self.sent.push(Sent { at, target, universe, sequence: packet[12], level: packet[HEAD_LEN] });
        } else {
            self.other.push((at, target, packet.to_vec()));
        }
        Ok(())
    }
}

/// One frame per call, by number; asks for the end after `n_beats`.
struct Script<F> {
    level: F,
    universes: Vec<u16>,
    n_beats: u64,
    asked: u64,
    stop: Rc<AtomicBool>,
}

impl<F: FnMut(u64) -> Option<u8>> FrameSource for Script<F> {
    fn frame(&mut self, _at: Instant, dmx: &mut DmxFrame) -> Option<Window> {
        self.asked += 1;
        self.stop.store(self.asked >= self.n_beats, Ordering::Release);
        let level = (self.level)(self.asked - 1);
        dmx.numbers.clone_from(&self.universes);
        dmx.bytes = vec![[level?; 512]; self.universes.len()];
        Some(Window::instant(self.asked as f64))
    }

    fn reset(&mut self) {}
}

struct Run {
    sent: Vec<Sent>,
    other: Vec<(Instant, SocketAddrV4, Vec<u8>)>,
    stats: stats::OutputStats,
    records: Receiver<Record>,
    start: Instant,
}

struct Setup {
    universes: Vec<u16>,
    n_beats: u64,
    late: Duration,
    failing: usize,
    exit: Rule,
    rules: LossRules,
    /// At this millisecond a plug is pulled, or put back.
    pulls: Vec<(u64, Cause, bool)>,
    sleeps: Option<(u64, Duration)>,
    routes: Routes,
    /// Other routes from the frame of this number on.
    reroute: Option<(u64, Routes)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            universes: vec![1, 2],
            n_beats: 440,
            late: Duration::ZERO,
            failing: 0,
            exit: BLACK,
            rules: LossRules::default(),
            pulls: Vec::new(),
            sleeps: None,
            routes: Routes::default(),
            reroute: None,
        }
    }
}

impl Setup {
    fn run(self, mut level: impl FnMut(u64) -> Option<u8>) -> Run {
        let start = Instant::now();
        let now = Rc::new(Cell::new(start));
        let stop = Rc::new(AtomicBool::new(false));
        let counters = Arc::new(Counters::default());
        let (log, records) = sync_channel(100_000);
        let directions = Arc::new(Directions::of(self.routes));
        let mut reroute = self.reroute;
        let plugs = Arc::new(Plugs::of(LossRules { exit: self.exit, ..self.rules }));
        plugs.looks.set(Some(Arc::new(Looks::dimmers(&self.universes, 0.5))));
        let timer = FakeTimer {
            now: now.clone(),
            late: self.late,
            plugs: plugs.clone(),
            pulls: self.pulls.into(),
            start,
            sleeps: Rc::new(Cell::new(self.sleeps)),
        };
        let level = {
            let directions = directions.clone();
            move |n| {
                if let Some((_, routes)) = reroute.take_if(|(at, _)| *at == n) {
                    directions.routes.set(Some(Arc::new(routes)));
                }
                level(n)
            }
        };
        let source = Script { level, universes: self.universes, n_beats: self.n_beats, asked: 0, stop: stop.clone() };
        let outlet = Net { clock: Some(now.clone()), failing: self.failing, ..Net::default() };
        let wires = Wires::new(sacn::Source::default(), &[1, 7]);
        let mut heart = Heart::new((source, outlet, timer), wires, (directions, plugs), counters.clone(), Some(log));
        heart.run(&stop);
        Run { sent: heart.outlet.sent, other: heart.outlet.other, stats: counters.read(), records, start }
    }
}

impl Run {
    fn of(&self, universe: u16) -> Vec<&Sent> {
        self.sent.iter().filter(|sent| sent.universe == universe).collect()
    }
}

#[test]
fn what_changes_is_sent_44_times_a_second_with_a_sequence_of_its_own() {
    let run = Setup { n_beats: 44 * 60, exit: HOLD, ..Setup::default() }.run(|n| Some((n % 250) as u8 + 1));
    for universe in [1, 2] {
        let sent = run.of(universe);
        assert_eq!(sent.len(), 44 * 60 + 3);
        for (at, packet) in sent.iter().enumerate() {
            assert_eq!(usize::from(packet.sequence), at % 255 + 1, "universe {universe}");
        }
        assert_eq!(sent[44].at - sent[0].at, Duration::from_secs(1));
    }
    assert_eq!(run.stats.frames_sent, [(1, 2643), (2, 2643), (7, run.of(7).len() as u64)].into());
    assert_eq!(run.stats.skipped_ticks, 0);
    // Two universes that change, and the dark one that is repeated.
    assert!((run.stats.packets_per_sec - 89.0).abs() <= 1.0, "{}", run.stats.packets_per_sec);
}

#[test]
fn what_stands_still_is_repeated_before_it_is_old() {
    let run = Setup::default().run(|_| Some(9));
    for universe in [1, 2, 7] {
        let sent = run.of(universe);
        assert!((12..=16).contains(&sent.len()), "ten seconds and three last frames: {} packets", sent.len());
        for pair in sent.windows(2) {
            assert!(pair[1].at - pair[0].at <= KEEP, "universe {universe} was silent for {:?}", pair[1].at - pair[0].at);
        }
    }
}

#[test]
fn without_a_show_the_known_universes_are_dark_and_not_silent() {
    let run = Setup::default().run(|n| (100..200).contains(&n).then_some(50));
    let first: Vec<_> = run.sent.iter().take(2).map(|sent| (sent.universe, sent.level, sent.at)).collect();
    assert_eq!(first, [(1, 0, run.start), (7, 0, run.start)]);
    // Universe 2 came with the show; when the show is gone it goes dark too.
    let levels: Vec<u8> = run.of(2).iter().map(|sent| sent.level).collect();
    let lit = levels.iter().filter(|&&level| level == 50).count();
    assert!(levels[..lit].iter().all(|&level| level == 50) && levels[lit..].iter().all(|&level| level == 0), "{levels:?}");
    assert!(lit > 0 && levels.len() > lit);
    let windows: Vec<_> = run.records.try_iter().filter(|record| !record.exit).map(|record| record.window.is_some()).collect();
    assert!(windows.contains(&true) && windows.contains(&false));
}

#[test]
fn the_last_frame_is_sent_three_times_dark_or_held() {
    for (exit, level) in [(BLACK, 0), (HOLD, 40)] {
        let run = Setup { n_beats: 40, exit, ..Setup::default() }.run(|n| Some(n as u8 + 1));
        let sent = run.of(1);
        let last: Vec<u8> = sent.iter().rev().take(3).map(|sent| sent.level).collect();
        assert_eq!((last, sent.len()), (vec![level; 3], 43), "{exit:?}");
        assert_eq!(run.records.try_iter().filter(|record| record.exit && record.universe == 1).count(), 3);
    }
}

#[test]
fn a_render_that_panics_leaves_the_last_bytes_and_is_counted() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let run = Setup { exit: HOLD, ..Setup::default() }.run(|n| if n < 10 { Some(n as u8) } else { panic!("planned") });
    std::panic::set_hook(hook);
    assert_eq!(run.stats.panics, 430);
    let sent = run.of(1);
    assert!(sent[10..].iter().all(|sent| sent.level == 9) && sent.len() > 20, "held and repeated");
}

#[test]
fn a_packet_that_found_no_room_is_tried_again_on_the_next_beat() {
    let run = Setup { failing: 5, ..Setup::default() }.run(|_| Some(9));
    assert_eq!(run.stats.dropped, 5);
    assert!(run.of(7)[0].at - run.start < Duration::from_millis(50));
    assert_eq!(run.of(7)[0].level, 0);
}

#[test]
fn lateness_is_measured_and_does_not_slow_the_beat() {
    let run = Setup { late: Duration::from_millis(5), ..Setup::default() }.run(|n| Some(n as u8));
    let sent = run.of(1);
    assert_eq!(sent[440 - 1].at - sent[0].at, sent[439].at - run.start - Duration::from_millis(5));
    assert_eq!(run.stats.skipped_ticks, 0);
    assert_eq!(run.stats.lateness_ms.max, 5.0);
}

#[test]
fn beats_that_were_slept_through_are_skipped_not_made_up_for() {
    let run = Setup { late: Duration::from_millis(100), n_beats: 50, ..Setup::default() }.run(|n| Some(n as u8));
    assert!(run.stats.skipped_ticks > 100, "{}", run.stats.skipped_ticks);
    for pair in run.of(1).windows(2) {
        assert!(pair[1].at - pair[0].at > Duration::from_millis(90), "a burst after a stall");
    }
}

#[test]
fn many_universes_leave_in_bursts_that_end_before_half_the_beat() {
    let universes: Vec<u16> = (1..=64).collect();
    let run = Setup { universes, n_beats: 10, ..Setup::default() }.run(|n| Some(n as u8 + 1));
    let at: Vec<Instant> = run.sent.iter().filter(|sent| sent.level == 1).map(|sent| sent.at).collect();
    let most = at.chunk_by(|a, b| a == b).map(<[Instant]>::len).max();
    assert_eq!((at.len(), most), (64, Some(8)));
    assert!(at[63] - at[0] < Duration::from_secs(1) / RATE_HZ / 2);
}

fn to(last: u8) -> To {
    To::Node([10, 0, 0, last].into(), None)
}

#[test]
fn new_routes_are_followed_on_the_next_beat_and_what_ends_gets_its_last_frame_three_times() {
    let both = Routes::of(vec![Route::artnet(to(1)), Route::artnet(to(2))]);
    let one = Routes::of(vec![Route::artnet(to(1))]);
    let setup = Setup { universes: vec![1], n_beats: 100, routes: both, reroute: Some((50, one)), ..Setup::default() };
    let run = setup.run(|n| Some(n as u8 + 1));
    let of =
        |last: u8| -> Vec<&Sent> { run.sent.iter().filter(|sent| sent.universe == 1 && sent.target.ip().octets()[3] == last).collect() };
    assert_eq!(of(1).len(), 103);
    let levels: Vec<u8> = of(2).iter().map(|sent| sent.level).collect();
    assert_eq!((levels.len(), &levels[49..]), (54, [50, 51, 51, 51, 51].as_slice()));
    for sent in [of(1), of(2)] {
        assert!(sent.iter().enumerate().all(|(at, sent)| usize::from(sent.sequence) == at + 1));
    }
}

#[test]
fn sacn_repeats_keeps_alive_and_ends_its_streams() {
    let routes = Routes::of(vec![Route::sacn(To::Multicast)]);
    let run = Setup { universes: vec![3], n_beats: 44 * 21, routes, ..Setup::default() }.run(|n| Some(if n < 10 { 1 } else { 2 }));
    let packets: Vec<_> = run
        .other
        .iter()
        .filter_map(|(at, target, bytes)| match read(bytes) {
            Ok(Packet::Data(data)) if data.universe == 3 => Some((*at, *target, data.sequence, data.slots[0], data.terminated)),
            _ => None,
        })
        .collect();
    for (nth, packet) in packets.iter().enumerate() {
        assert_eq!((packet.1.to_string().as_str(), usize::from(packet.2)), ("239.255.0.3:5568", nth % 256));
    }
    let times = |level| -> Vec<Instant> { packets.iter().filter(|packet| packet.3 == level && !packet.4).map(|packet| packet.0).collect() };
    let lit = times(2);
    let beat = Duration::from_secs(1) / 44;
    assert!(lit[3] - lit[0] < 4 * beat, "four at once");
    let gaps: Vec<Duration> = lit.windows(2).skip(3).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.len() > 20 && gaps.iter().all(|gap| (800..=1000).contains(&gap.as_millis())), "{gaps:?}");
    let last: Vec<(u8, bool)> = packets.iter().rev().take(6).rev().map(|packet| (packet.3, packet.4)).collect();
    assert_eq!(last, [(0, false), (0, false), (0, false), (0, true), (0, true), (0, true)]);
    let told: Vec<_> = run
        .other
        .iter()
        .filter_map(|(at, target, bytes)| match read(bytes) {
            Ok(Packet::Discovery(discovery)) => Some((*at - run.start, target.to_string(), discovery.universes().collect::<Vec<_>>())),
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 3);
    assert_eq!((told[1].1.as_str(), &told[1].2), ("239.255.250.214:5568", &vec![1, 3, 7]));
    assert_eq!((told[1].0.as_secs(), told[2].0.as_secs()), (10, 20));
}

#[test]
fn a_frame_that_is_whole_is_told_once_to_each_place_it_went_to() {
    let mut routes = Routes::of(vec![Route::artnet(to(1)), Route::artnet(to(2)), Route::sacn(To::Multicast)]);
    (routes.art_sync, routes.sacn_sync) = (true, Some(50));
    let run = Setup { universes: vec![1, 2], n_beats: 44 * 9, routes, ..Setup::default() }.run(|n| Some(n as u8));
    let syncs: Vec<_> = run.other.iter().filter(|(_, _, bytes)| *bytes == artnet::SYNC).collect();
    let to_first: Vec<Instant> = syncs.iter().filter(|sync| sync.1.ip().octets()[3] == 1).map(|sync| sync.0).collect();
    assert_eq!((to_first.len(), syncs.len()), (44 * 9 + 3, 2 * (44 * 9 + 3)));
    for at in to_first {
        assert!(run.sent.iter().any(|sent| sent.at <= at && at - sent.at < Duration::from_millis(5)));
    }
    let numbers: Vec<u8> = run
        .other
        .iter()
        .filter_map(|(_, target, bytes)| match read(bytes) {
            Ok(Packet::Sync { sequence, universe: 50, .. }) if target.to_string() == "239.255.0.50:5568" => Some(sequence),
            _ => None,
        })
        .collect();
    assert!(numbers.len() >= 44 * 9 && numbers.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)));
}

#[test]
fn a_late_route_sends_what_was_and_ends_with_what_is() {
    let mut routes = Routes::of(vec![Route::artnet(to(1))]);
    routes.universes.insert(2, vec![Route { delay_ms: 1000, ..Route::artnet(to(1)) }]);
    let run = Setup { n_beats: 100, routes, exit: HOLD, ..Setup::default() }.run(|n| Some(n as u8 + 1));
    let late: Vec<u8> = run.of(2).iter().map(|sent| sent.level).skip_while(|&level| level == 0).collect();
    assert_eq!((late[0], late[55], &late[56..]), (1, 56, [100, 100, 100].as_slice()));
}

#[test]
fn the_shows_timecode_is_told_frame_by_frame_and_while_it_stands() {
    use crate::output::artnet::poll;
    use crate::output::artnet::timecode::{Rate, Timecode};
    use crate::output::routes::TimecodeOut;
    let mut routes = Routes::of(vec![Route::artnet(to(1))]);
    routes.timecode = Some(TimecodeOut { rate: Rate::Smpte30, to: to(9) });
    // Its windows are a second apart.
    let run = Setup { n_beats: 100, routes, ..Setup::default() }.run(|_| Some(9));
    let told: Vec<Timecode> = run
        .other
        .iter()
        .filter(|(_, target, _)| target.to_string() == "10.0.0.9:6454")
        .filter_map(|(_, _, bytes)| match poll::read(bytes) {
            Ok(poll::Packet::Timecode(code)) => Some(code),
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 100);
    assert_eq!((told[0].to_string().as_str(), told[75].to_string().as_str()), ("00:00:01:00", "00:01:16:00"));
}

mod losses;
mod together;
