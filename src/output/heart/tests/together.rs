//! Very many universes: together on their way out, and apart for whoever hears them.

use super::*;

/// Takes as many at once as it is given, and tells how many those were.
#[derive(Default)]
struct Together {
    alone: usize,
    many: Vec<(usize, SocketAddrV4)>,
    sequences: Vec<(u16, u8)>,
    refuses: usize,
}

impl Together {
    fn take(&mut self, packet: &[u8]) {
        self.sequences.push((u16::from_le_bytes([packet[14], packet[15]]), packet[12]));
    }
}

impl Outlet for Together {
    fn send(&mut self, packet: &[u8], _: SocketAddrV4, _: Via) -> io::Result<()> {
        self.alone += 1;
        self.take(packet);
        Ok(())
    }

    fn most_at_once(&self) -> usize {
        64
    }

    fn send_many(&mut self, packets: &[u8], each: usize, target: SocketAddrV4, _: Via) -> io::Result<()> {
        if self.refuses > 0 {
            self.refuses -= 1;
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.many.push((packets.len() / each, target));
        packets.chunks(each).for_each(|packet| self.take(packet));
        Ok(())
    }
}

#[test]
fn very_many_universes_leave_together_and_are_numbered_as_if_they_left_alone() {
    let targets: [SocketAddrV4; 2] = ["10.0.0.1:6454".parse().unwrap(), "10.0.0.2:6454".parse().unwrap()];
    let to = |target: SocketAddrV4| Route::artnet(To::Node(*target.ip(), None));
    for (n_universes, refuses) in [(40, 0), (150, 0), (150, 3)] {
        let plugs = Arc::new(Plugs::of(LossRules { exit: HOLD, ..LossRules::default() }));
        let start = Instant::now();
        let now = Rc::new(Cell::new(start));
        let timer = FakeTimer { now, late: Duration::ZERO, plugs: plugs.clone(), pulls: Rc::new([]), start, sleeps: Rc::default() };
        let stop = Rc::new(AtomicBool::new(false));
        let universes: Vec<u16> = (1..=n_universes).collect();
        let source = Script { level: |beat| Some(beat as u8 + 1), universes: universes.clone(), n_beats: 5, asked: 0, stop: stop.clone() };
        let outlet = Together { refuses, ..Together::default() };
        let wires = Wires::new(sacn::Source::default(), &universes);
        let directions = Arc::new(Directions::of(Routes::of(targets.map(to).to_vec())));
        let counters = Arc::new(Counters::default());
        let mut heart = Heart::new((source, outlet, timer), wires, (directions, plugs), counters.clone(), None);
        heart.run(&stop);
        let Together { alone, many, sequences, .. } = heart.outlet;
        let n_sent = usize::from(n_universes) * 2 * 8 - refuses * 10;
        if n_universes == 40 {
            assert_eq!((alone, many.len()), (n_sent, 0), "few leave alone");
        } else {
            assert!(alone == 0 && many.iter().all(|(n, _)| *n == 10), "{alone}, {many:?}");
        }
        let stats = counters.read();
        assert_eq!((sequences.len(), stats.packets as usize, stats.dropped as usize), (n_sent, n_sent, refuses * 10), "{n_universes}");
        assert_eq!(stats.frames_sent.len(), usize::from(n_universes));
        assert!(stats.frames_sent.values().all(|&n| n == 8), "five beats and the last three: {:?}", stats.frames_sent);
        // Both targets, each with its own numbers: every universe has each number twice, none left out.
        for universe in universes {
            let mut own: Vec<u8> = sequences.iter().filter(|(of, _)| *of == universe).map(|(_, sequence)| *sequence).collect();
            own.sort_unstable();
            own.dedup();
            assert_eq!(own, (1..=own.len() as u8).collect::<Vec<_>>(), "{universe}");
        }
    }
}
