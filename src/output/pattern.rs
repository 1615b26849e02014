//! Bytes for trying a network: a ramp over all channels of some universes, running or standing still.
//!
//! Channel C of universe U shows `C + 16 U`, and three more with every beat while it runs, so that a receiver can tell
//! universes apart, sees every packet change, and can check every byte.

use std::time::Instant;

use crate::engine::{DmxFrame, Window};

use super::heart::FrameSource;

#[derive(Clone, Debug)]
pub struct Pattern {
    universes: Vec<u16>,
    moving: bool,
    beat: u32,
    start: Option<Instant>,
}

impl Pattern {
    pub fn new(universes: Vec<u16>, moving: bool) -> Self {
        Self { universes, moving, beat: 0, start: None }
    }

    pub fn is_of(&self, universes: &[u16]) -> bool {
        self.universes == universes
    }
}

/// What a channel, from 0, shows on a beat.
pub fn level(universe: u16, channel: usize, beat: u32) -> u8 {
    (channel as u8).wrapping_add((universe as u8).wrapping_mul(16)).wrapping_add((beat as u8).wrapping_mul(3))
}

impl FrameSource for Pattern {
    fn frame(&mut self, at: Instant, dmx: &mut DmxFrame) -> Option<Window> {
        if dmx.numbers != self.universes {
            dmx.numbers.clone_from(&self.universes);
            dmx.bytes = vec![[0; 512]; self.universes.len()];
        }
        for (&universe, bytes) in self.universes.iter().zip(&mut dmx.bytes) {
            let first = level(universe, 0, self.beat);
            for (channel, byte) in bytes.iter_mut().enumerate() {
                *byte = first.wrapping_add(channel as u8);
            }
        }
        self.beat = self.beat.wrapping_add(u32::from(self.moving));
        let start = *self.start.get_or_insert(at);
        Some(Window::instant(at.saturating_duration_since(start).as_secs_f64()))
    }

    fn reset(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_runs_or_stands() {
        for moving in [true, false] {
            let (mut pattern, mut dmx) = (Pattern::new(vec![1, 9], moving), DmxFrame::default());
            for beat in 0..100 {
                pattern.frame(Instant::now(), &mut dmx);
                let shown = |universe: u16, channel| dmx.universe(universe).map(|bytes| bytes[channel]);
                for (universe, channel) in [(1, 0), (1, 511), (9, 300)] {
                    assert_eq!(shown(universe, channel), Some(level(universe, channel, if moving { beat } else { 0 })));
                }
            }
        }
    }
}
