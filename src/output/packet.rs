//! A packet of 512 slots that is kept and patched in place: the head is written once, slots and sequence every time.
//!
//! What differs between the protocols is where the sequence lies, and the head, which [`artnet`](super::artnet) and
//! [`sacn`](super::sacn) write.

/// Slots in a universe of DMX512.
pub const N_SLOTS: usize = 512;

/// `LEN` bytes that end in the slots; the sequence is the byte at `SEQUENCE_AT`.
#[derive(Clone, Debug)]
pub struct Packet<const LEN: usize, const SEQUENCE_AT: usize> {
    pub(super) bytes: [u8; LEN],
}

impl<const LEN: usize, const SEQUENCE_AT: usize> Packet<LEN, SEQUENCE_AT> {
    const HEAD_LEN: usize = LEN - N_SLOTS;

    pub fn slots(&self) -> &[u8] {
        &self.bytes[Self::HEAD_LEN..]
    }

    /// Writes the slots; true when they differ from those before.
    pub fn set_slots(&mut self, slots: &[u8; N_SLOTS]) -> bool {
        let changed = self.slots() != slots;
        if changed {
            self.bytes[Self::HEAD_LEN..].copy_from_slice(slots);
        }
        changed
    }

    pub fn sequence(&self) -> u8 {
        self.bytes[SEQUENCE_AT]
    }

    pub fn set_sequence(&mut self, sequence: u8) {
        self.bytes[SEQUENCE_AT] = sequence;
    }

    pub fn bytes(&self) -> &[u8; LEN] {
        &self.bytes
    }
}
