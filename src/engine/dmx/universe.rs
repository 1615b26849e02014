//! The bytes of one frame: 512 channels for every universe of the patch.

use serde::Serialize;

pub const N_CHANNELS: usize = 512;

/// All universes of a rig, sorted by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DmxFrame {
    /// 1-based numbers, rising; one per entry of `bytes`.
    pub numbers: Vec<u16>,
    pub bytes: Vec<[u8; N_CHANNELS]>,
}

/// One universe by reference.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Universe<'a> {
    pub number: u16,
    #[serde(skip)]
    pub bytes: &'a [u8; N_CHANNELS],
}

impl DmxFrame {
    pub fn universes(&self) -> impl Iterator<Item = Universe<'_>> {
        self.numbers.iter().zip(&self.bytes).map(|(&number, bytes)| Universe { number, bytes })
    }

    /// Sets one channel, counted from 1; nothing where there is no such universe or channel.
    pub fn hold(&mut self, universe: u16, channel: u16, byte: u8) {
        let Ok(at) = self.numbers.binary_search(&universe) else { return };
        if let Some(slot) = usize::from(channel).checked_sub(1).and_then(|slot| self.bytes[at].get_mut(slot)) {
            *slot = byte;
        }
    }

    pub fn universe(&self, number: u16) -> Option<&[u8; N_CHANNELS]> {
        self.numbers.binary_search(&number).ok().map(|at| &self.bytes[at])
    }
}
