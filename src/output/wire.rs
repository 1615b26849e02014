//! The universes as they leave: one packet each, kept and patched in place.
//!
//! Pure.  A universe that was ever sent stays: without a show, or when a new rig no longer has it, it goes dark and is
//! repeated, since nodes hold what they heard last.

use std::time::Instant;

use crate::engine::DmxFrame;
use crate::engine::dmx::universe::N_CHANNELS;

use super::artnet::DmxPacket;
use super::pacing;
use super::routes::Routes;

const DARK: [u8; N_CHANNELS] = [0; N_CHANNELS];

#[derive(Debug)]
pub struct Wire {
    pub universe: u16,
    pub packet: DmxPacket,
    changed: bool,
    last_sent: Option<Instant>,
}

impl Wire {
    fn set(&mut self, slots: &[u8; N_CHANNELS]) {
        self.changed |= self.packet.set_slots(slots);
    }

    pub fn is_due(&self, deadline: Instant) -> bool {
        pacing::is_due(self.changed, self.last_sent, deadline)
    }

    pub fn sent(&mut self, deadline: Instant) {
        self.changed = false;
        self.last_sent = Some(deadline);
    }
}

/// Sorted by universe.
#[derive(Debug)]
pub struct Wires {
    routes: Routes,
    wires: Vec<Wire>,
}

impl Wires {
    pub fn new(routes: Routes, universes: &[u16]) -> Self {
        let mut wires = Self { routes, wires: Vec::new() };
        for &universe in universes {
            wires.add(universe);
        }
        wires
    }

    /// Takes a frame's bytes.  Allocates only for universes not seen before.
    pub fn load(&mut self, dmx: &DmxFrame) {
        for &universe in &dmx.numbers {
            self.add(universe);
        }
        for wire in &mut self.wires {
            wire.set(dmx.universe(wire.universe).unwrap_or(&DARK));
        }
    }

    pub fn darken(&mut self) {
        for wire in &mut self.wires {
            wire.set(&DARK);
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Wire> {
        self.wires.iter()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Wire> {
        self.wires.iter_mut()
    }

    /// A universe that Art-Net cannot name gets no wire.
    fn add(&mut self, universe: u16) {
        if let Err(at) = self.wires.binary_search_by_key(&universe, |wire| wire.universe)
            && let Some(address) = self.routes.address(universe)
        {
            self.wires.insert(at, Wire { universe, packet: DmxPacket::new(address), changed: false, last_sent: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(universes: &[(u16, u8)]) -> DmxFrame {
        DmxFrame {
            numbers: universes.iter().map(|&(number, _)| number).collect(),
            bytes: universes.iter().map(|&(_, level)| [level; 512]).collect(),
        }
    }

    fn levels(wires: &Wires) -> Vec<(u16, u8)> {
        wires.iter().map(|wire| (wire.universe, wire.packet.slots()[511])).collect()
    }

    #[test]
    fn universes_that_a_new_rig_lacks_go_dark_and_stay() {
        let mut wires = Wires::new(Routes::default(), &[4, 2, 4]);
        assert_eq!(levels(&wires), [(2, 0), (4, 0)]);
        wires.load(&frame(&[(1, 10), (2, 20)]));
        assert_eq!(levels(&wires), [(1, 10), (2, 20), (4, 0)]);
        wires.load(&frame(&[(3, 30)]));
        assert_eq!(levels(&wires), [(1, 0), (2, 0), (3, 30), (4, 0)]);
    }

    #[test]
    fn a_universe_without_an_art_net_name_is_left_out() {
        let mut wires = Wires::new(Routes::default(), &[]);
        wires.load(&frame(&[(1, 10), (40_000, 20)]));
        assert_eq!(levels(&wires), [(1, 10)]);
    }

    #[test]
    fn a_change_stays_due_until_it_was_sent() {
        let now = Instant::now();
        let mut wires = Wires::new(Routes::default(), &[1]);
        wires.wires[0].sent(now);
        wires.load(&frame(&[(1, 10)]));
        wires.load(&frame(&[(1, 10)]));
        assert!(wires.wires[0].is_due(now));
        wires.wires[0].sent(now);
        assert!(!wires.wires[0].is_due(now));
    }
}
