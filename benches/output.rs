//! What the wire costs: packets built, CPU of the beat for 1 to 512 universes, with and without the engine's mapping.
//!
//! `cargo bench --no-default-features --bench output`.  CPU time of the thread (not the clock on the wall, so that what else
//! runs on the machine does not count), over beats that follow each other without the waits between them: CPU of a beat, times
//! 44, is the share of a core.  Packets go to sockets of this machine that nobody reads, as lamps are.  How even the beat is
//! tells `luma output test`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot send has no figure to give")]
#![expect(clippy::print_stdout, reason = "the table is the point")]

use std::cell::Cell;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use glam::Vec3;
use luma::engine::rig::kind::{Channel, Drive, Emitter, FixtureKind, Function};
use luma::engine::rig::{PatchOptions, Pose, Rig, RigFixture};
use luma::engine::{DmxFrame, Frame, Held, Live, Program, Show, Window, compile, encode, render};
use luma::output::directions::Directions;
use luma::output::heart::{FrameSource, Heart, Outlet, Timer};
use luma::output::loss::{Act, LossRules, Rule};
use luma::output::pattern::Pattern;
use luma::output::plugs::Plugs;
use luma::output::routes::{Route, Routes, To, Via};
use luma::output::sacn::Source;
use luma::output::stats::Counters;
use luma::output::wire::Wires;
use luma::output::worker::{Output, OutputConfig, UdpOutlet};
use uuid::Uuid;

const HZ: f64 = 44.0;
/// At the most universes; fewer have as much to do by more beats, since the system counts CPU time in large grains.
const BEATS: u64 = 44 * 20;
/// RGB pixels in a universe.
const PIXELS: usize = 170;

/// Deadlines come at once.
struct Rushing {
    now: Rc<Cell<Instant>>,
    left: u64,
    stop: Arc<AtomicBool>,
}

impl Timer for Rushing {
    fn now(&self) -> Instant {
        self.now.get()
    }

    fn sleep_until(&mut self, deadline: Instant) {
        // Bursts of a beat wait too, for less than a beat.
        if deadline.saturating_duration_since(self.now.get()) > Duration::from_millis(11) {
            self.left = self.left.saturating_sub(1);
            self.stop.store(self.left == 0, Ordering::Release);
        }
        self.now.set(self.now.get().max(deadline));
    }
}

/// Takes packets and forgets them.
struct Nowhere(u64);

impl Outlet for Nowhere {
    fn send(&mut self, packet: &[u8], _: SocketAddrV4, _: Via) -> io::Result<()> {
        self.0 += std::hint::black_box(packet).len() as u64;
        Ok(())
    }
}

/// One packet a call, to see what the rest costs.
struct OneByOne(UdpOutlet);

impl Outlet for OneByOne {
    fn send(&mut self, packet: &[u8], target: SocketAddrV4, via: Via) -> io::Result<()> {
        self.0.send(packet, target, via)
    }
}

/// Pixels that all change on every beat.
struct Pixels {
    program: Program,
    frame: Frame,
    held: Held,
    beat: u64,
    /// Whether the score is rendered too, or only what heads do is written into bytes.
    renders: bool,
}

impl FrameSource for Pixels {
    fn frame(&mut self, _: Instant, dmx: &mut DmxFrame) -> Option<Window> {
        self.beat += 1;
        let window = Window { from: (self.beat - 1) as f64 / HZ, to: self.beat as f64 / HZ };
        if self.renders || self.beat == 1 {
            render(&self.program, window, &Live::default(), &mut self.frame);
        }
        let level = (self.beat % 250) as f32 / 250.0;
        self.frame.dimmer.iter_mut().for_each(|dimmer| *dimmer = level);
        encode(&self.program.rig, &self.frame, &mut self.held, dmx);
        Some(window)
    }

    fn reset(&mut self) {}
}

fn pixels(n_universes: u16, renders: bool) -> Pixels {
    let channel = |offset| Channel { coarse: offset, fine: None };
    let emitters = vec![(Emitter::Red, channel(0)), (Emitter::Green, channel(1)), (Emitter::Blue, channel(2))];
    let kind = Arc::new(FixtureKind {
        footprint: 3,
        functions: vec![Function { heads: 0..1, drive: Drive::Color { emitters, scaled: true } }],
        defaults: vec![0; 3],
        head_offsets: vec![Vec3::ZERO],
        ..FixtureKind::default()
    });
    let mut fixtures = Vec::new();
    for universe in 1..=n_universes {
        for nth in 0..PIXELS {
            let id = Uuid::from_u128(fixtures.len() as u128 + 1);
            fixtures.push(RigFixture {
                id,
                label: String::new(),
                kind: kind.clone(),
                universe,
                address: (nth * 3 + 1) as u16,
                pose: Pose::default(),
                options: PatchOptions::default(),
                first_head: 0,
            });
        }
    }
    let rig = Arc::new(Rig::new(fixtures, Vec::new()));
    let (program, _) = compile(&Show { rig, ..Show::default() });
    Pixels { program, frame: Frame::default(), held: Held::default(), beat: 0, renders }
}

/// Nanoseconds that this thread has had of a core.
fn cpu_nanos() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

/// CPU seconds of a beat, and of all beats with their packets.
fn beat<S: FrameSource, O: Outlet>(source: S, outlet: O, n_universes: u16, routes: Routes) -> (f64, f64, u64) {
    let stop = Arc::new(AtomicBool::new(false));
    let timer = Rushing { now: Rc::new(Cell::new(Instant::now())), left: 44, stop: stop.clone() };
    let wires = Wires::new(Source::default(), &(1..=n_universes).collect::<Vec<_>>());
    let plugs = Plugs::of(LossRules { exit: Rule::new(Act::Hold, 0, 0), ..LossRules::default() });
    let counters = Arc::new(Counters::default());
    let told = (Arc::new(Directions::of(routes)), Arc::new(plugs));
    let mut heart = Heart::new((source, outlet, timer), wires, told, counters.clone(), None);
    heart.run(&stop);
    heart.timer.left = BEATS * u64::from(512 / n_universes);
    stop.store(false, Ordering::Release);
    let before = (cpu_nanos(), counters.read());
    heart.run(&stop);
    let stats = counters.read();
    let ticks = stats.ticks - before.1.ticks;
    let secs = (cpu_nanos() - before.0) / 1e9;
    (secs / ticks as f64, secs, stats.packets - before.1.packets)
}

/// The real thread with the real clock: how late its beats are, and how long a frame takes to leave.
fn even(n_universes: u16, to: To) {
    let routes = Routes::of(vec![Route::artnet(to)]);
    let universes: Vec<u16> = (1..=n_universes).collect();
    let config = OutputConfig { routes, universes_when_empty: universes.clone(), ..OutputConfig::default() };
    let output = Output::start_with(config, |_| Pattern::new(universes, true)).unwrap();
    std::thread::sleep(Duration::from_secs(10));
    let stats = output.stop().unwrap();
    let (late, spread) = (stats.lateness_ms, stats.spread_ms);
    println!(
        "{n_universes:9} | late p50 {:6.2} p99 {:6.2} worst {:6.2} ms | a frame leaves in p50 {:6.2} p99 {:6.2} worst {:6.2} ms | {} of {} beats left out, real-time {}",
        late.p50, late.p99, late.max, spread.p50, spread.p99, spread.max, stats.skipped_ticks, stats.ticks, stats.realtime
    );
}

fn main() {
    let sink = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = sink.local_addr().unwrap().port();
    let udp = || UdpOutlet::bind(Ipv4Addr::LOCALHOST).unwrap();
    let to = To::Node(Ipv4Addr::LOCALHOST, Some(port));
    println!("universes  protocol |    built alone | share of a core at 44 Hz: one by one      wire   + encode   + render and encode");
    for (name, route) in [("Art-Net", Route::artnet(to)), ("sACN", Route::sacn(to))] {
        for n_universes in [1_u16, 16, 64, 512] {
            let routes = || Routes::of(vec![route.clone()]);
            let pattern = || Pattern::new((1..=n_universes).collect(), true);
            let (_, built, packets) = beat(pattern(), Nowhere(0), n_universes, routes());
            let per_sec = packets as f64 / built;
            let alone = beat(pattern(), OneByOne(udp()), n_universes, routes()).0 * HZ * 100.0;
            let wire = beat(pattern(), udp(), n_universes, routes()).0 * HZ * 100.0;
            let encoded = beat(pixels(n_universes, false), udp(), n_universes, routes()).0 * HZ * 100.0;
            let rendered = beat(pixels(n_universes, true), udp(), n_universes, routes()).0 * HZ * 100.0;
            println!("{n_universes:9} {name:>9} | {per_sec:10.0} /s | {alone:36.3} % {wire:7.3} % {encoded:8.3} % {rendered:8.3} %");
        }
    }
    for n_universes in [1, 16, 64, 512] {
        even(n_universes, to);
    }
}
