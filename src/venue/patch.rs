//! Addresses: what is free, what overlaps, what runs over the end of a universe.

pub mod clashes;
pub mod plan;

use std::collections::BTreeMap;

/// Channels of a universe.
const N_CHANNELS: u16 = 512;
/// Art-Net's 15 bits; sACN goes further, but no output of Luma does.
pub const MAX_UNIVERSE: u16 = 32_768;

/// Why a fixture cannot have its address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    #[error("universe {0} is none; universes are counted from 1 to {MAX_UNIVERSE}")]
    Universe(u16),
    #[error("address {0} is none; addresses are counted from 1 to 512")]
    Address(u16),
    #[error(
        "at address {address} its {footprint} channels run past 512 of universe {universe}; the last address that fits is {last}",
        last = (N_CHANNELS + 1).saturating_sub(*footprint)
    )]
    PastEnd { universe: u16, address: u16, footprint: u16 },
    #[error("universe {universe}, channel {channel} belongs to \"{other}\" already; the next free address for it is {}", free_text(*free))]
    Overlap { universe: u16, channel: u16, other: String, free: Option<(u16, u16)> },
    #[error("its mode has no channels")]
    Empty,
    #[error("no universe is left that has room for them; free one, or begin at a lower one")]
    Full,
}

fn free_text(free: Option<(u16, u16)>) -> String {
    free.map_or_else(|| "in another universe".to_owned(), |(universe, address)| format!("{universe}.{address}"))
}

/// Who holds which channels.
#[derive(Clone, Debug, Default)]
pub struct Occupancy {
    /// By universe: first channel, one past the last, label.
    universes: BTreeMap<u16, Vec<(u16, u16, String)>>,
}

impl Occupancy {
    /// Takes `footprint` channels from `address` on, or says who is in the way.
    pub fn claim(&mut self, label: &str, universe: u16, address: u16, footprint: u16) -> Result<(), PatchError> {
        if !(1..=MAX_UNIVERSE).contains(&universe) {
            return Err(PatchError::Universe(universe));
        }
        if !(1..=N_CHANNELS).contains(&address) {
            return Err(PatchError::Address(address));
        }
        if footprint == 0 {
            return Err(PatchError::Empty);
        }
        let end = address.saturating_add(footprint);
        if end > N_CHANNELS + 1 {
            return Err(PatchError::PastEnd { universe, address, footprint });
        }
        let taken = self.universes.entry(universe).or_default();
        if let Some((first, _, other)) = taken.iter().find(|(first, past, _)| *first < end && address < *past) {
            let (channel, other) = (address.max(*first), other.clone());
            return Err(PatchError::Overlap { universe, channel, other, free: self.free(universe, footprint) });
        }
        taken.push((address, end, label.to_owned()));
        Ok(())
    }

    /// The first gap of `footprint` channels in `universe` or the one behind it.
    pub fn free(&self, universe: u16, footprint: u16) -> Option<(u16, u16)> {
        let in_universe = |universe: u16| {
            let mut taken = self.universes.get(&universe).cloned().unwrap_or_default();
            taken.sort_unstable();
            let mut address = 1;
            for (first, past, _) in taken {
                if first >= address + footprint {
                    break;
                }
                address = address.max(past);
            }
            (address + footprint <= N_CHANNELS + 1).then_some((universe, address))
        };
        if !(1..=N_CHANNELS).contains(&footprint) {
            return None;
        }
        in_universe(universe).or_else(|| in_universe(universe.saturating_add(1)).filter(|(universe, _)| *universe <= MAX_UNIVERSE))
    }
}

/// `[a-z][a-z0-9_]*`, and not the word that means everything.
pub fn is_group_name(name: &str) -> bool {
    name != "all"
        && name.starts_with(|sign: char| sign.is_ascii_lowercase())
        && name.chars().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_refused_with_the_reason_and_a_remedy() {
        let mut taken = Occupancy::default();
        taken.claim("Par 1", 1, 10, 5).unwrap();
        for (universe, address, footprint, words) in [
            (0, 1, 1, "universes are counted from 1"),
            (1, 0, 1, "addresses are counted from 1"),
            (1, 513, 1, "addresses are counted from 1"),
            (1, 509, 5, "the last address that fits is 508"),
            (1, 14, 1, "channel 14 belongs to \"Par 1\" already; the next free address for it is 1.1"),
            (1, 1, 10, "channel 10 belongs to \"Par 1\" already; the next free address for it is 1.15"),
            (1, 20, 0, "no channels"),
        ] {
            let error = taken.claim("x", universe, address, footprint).unwrap_err().to_string();
            assert!(error.contains(words), "{universe}.{address}: {error}");
        }
        taken.claim("x", 1, 15, 498).unwrap();
        assert_eq!(taken.free(1, 9), Some((1, 1)));
        assert_eq!(taken.free(1, 10), Some((2, 1)));
    }

    #[test]
    fn group_names_are_plain_words() {
        for (name, good) in
            [("front_wash", true), ("a1", true), ("all", false), ("1a", false), ("Front", false), ("", false), ("a-b", false)]
        {
            assert_eq!(is_group_name(name), good, "{name}");
        }
    }
}
