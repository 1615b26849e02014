//! Cues: patterns armed for live use, each on a pad.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::engine::composite::blend::BlendMode;
use crate::engine::{self, BeatGrid, CueMode};

/// What a press of the pad means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Press {
    /// On, and with the next press off.
    #[default]
    Toggle,
    /// On while it is held.
    Hold,
    /// On for its bars, then off.
    Shot,
}

impl Press {
    pub const ALL: [(Self, &'static str); 3] = [(Self::Toggle, "toggle"), (Self::Hold, "hold"), (Self::Shot, "shot")];

    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(press, _)| *press == self).map_or("", |(_, name)| name)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Pad {
    pub id: Uuid,
    pub name: String,
    pub pattern: Uuid,
    /// Argument id to value, the selection among them.
    pub args: Map<String, Value>,
    pub z: i32,
    pub blend: BlendMode,
    /// Length of its loop, and of a shot.
    pub bars: f64,
    pub press: Press,
}

impl Default for Pad {
    fn default() -> Self {
        Self {
            id: Uuid::nil(),
            name: String::new(),
            pattern: Uuid::nil(),
            args: Map::new(),
            z: 0,
            blend: BlendMode::default(),
            bars: 4.0,
            press: Press::Toggle,
        }
    }
}

impl Pad {
    /// As the engine takes it.
    pub fn cue(&self) -> engine::Cue {
        engine::Cue {
            id: self.id,
            name: self.name.clone(),
            pattern: self.pattern,
            z: self.z,
            blend: self.blend,
            // The engine loops over whole bars.
            mode: CueMode::Loop { bars: self.bars.ceil().clamp(1.0, 1024.0) as u32 },
            args: self.args.clone(),
        }
    }
}

/// What the hands on the pads do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    Down(Uuid),
    Up(Uuid),
    ReleaseAll,
}

/// The pads that are on, and since which second of the track.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Running(BTreeMap<Uuid, f64>);

impl Running {
    pub fn is_on(&self, id: Uuid) -> bool {
        self.0.contains_key(&id)
    }

    pub fn hear(&mut self, hand: Hand, pads: &[Pad], at_secs: f64) {
        let press = |id: Uuid| pads.iter().find(|pad| pad.id == id).map(|pad| pad.press);
        match hand {
            Hand::Down(id) if press(id) == Some(Press::Toggle) && self.is_on(id) => drop(self.0.remove(&id)),
            Hand::Down(id) if press(id).is_some() => drop(self.0.insert(id, at_secs)),
            Hand::Up(id) if press(id) == Some(Press::Hold) => drop(self.0.remove(&id)),
            Hand::ReleaseAll => self.0.clear(),
            Hand::Down(_) | Hand::Up(_) => {}
        }
    }

    /// Ends what is over: shots whose bars are up (or before whose firing the track was sought), pads that are gone.
    pub fn settle(&mut self, pads: &[Pad], grid: &BeatGrid, at_secs: f64) {
        self.0.retain(|id, since| {
            let Some(pad) = pads.iter().find(|pad| pad.id == *id) else { return false };
            let first = (grid.bar_at(*since) + 1e-9).floor();
            let run = first..first + pad.bars;
            pad.press != Press::Shot || run.contains(&(grid.bar_at(at_secs) + 1e-9))
        });
    }

    /// For the engine.
    pub fn fired(&self, grid: &BeatGrid) -> Vec<engine::live::Fired> {
        self.0.iter().map(|(id, since)| engine::live::Fired::at(*id, grid, *since)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pads() -> Vec<Pad> {
        let pad = |n: u128, press, bars| Pad { id: Uuid::from_u128(n), press, bars, ..Pad::default() };
        vec![pad(1, Press::Toggle, 4.0), pad(2, Press::Hold, 4.0), pad(3, Press::Shot, 2.0)]
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn a_toggle_stays_a_hold_ends_with_the_hand_and_a_shot_with_its_bars() {
        let (pads, grid) = (pads(), BeatGrid::steady(120.0, 4, 0.0, 64));
        let mut running = Running::default();
        for n in 1..=3 {
            running.hear(Hand::Down(id(n)), &pads, 4.1);
            running.hear(Hand::Up(id(n)), &pads, 4.2);
        }
        running.settle(&pads, &grid, 4.3);
        assert_eq!([1, 2, 3].map(|n| running.is_on(id(n))), [true, false, true]);
        assert_eq!(running.fired(&grid).iter().map(|fired| fired.bar).collect::<Vec<_>>(), [2, 2]);
        running.settle(&pads, &grid, 7.9);
        assert!(running.is_on(id(3)), "its second bar");
        running.settle(&pads, &grid, 8.01);
        assert!(!running.is_on(id(3)) && running.is_on(id(1)));
        running.hear(Hand::Down(id(1)), &pads, 9.0);
        assert_eq!(running, Running::default());
    }

    #[test]
    fn a_pad_that_is_deleted_or_unknown_lights_nothing() {
        let (mut pads, grid) = (pads(), BeatGrid::default());
        let mut running = Running::default();
        running.hear(Hand::Down(id(9)), &pads, 0.0);
        running.hear(Hand::Down(id(1)), &pads, 0.0);
        pads.remove(0);
        running.settle(&pads, &grid, 0.1);
        assert_eq!(running, Running::default());
    }
}
