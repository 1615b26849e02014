//! Addresses for many fixtures at once.
//!
//! [`best_fit`] fills the smallest gap that holds all of them side by side, so that what is patched together stays together;
//! [`in_sequence`] counts up from an address.  A fixture never crosses the end of a universe.

use uuid::Uuid;

use super::{MAX_UNIVERSE, N_CHANNELS, Occupancy, PatchError};

/// A fixture that wants an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub id: Uuid,
    pub label: String,
    pub footprint: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    pub id: Uuid,
    pub universe: u16,
    pub address: u16,
}

/// Addresses beside each other, in the order of `units`, from `from_universe` on: in the smallest gap of a universe in use
/// that holds all of them, else in the first empty one.  Where they need more than one universe, each is filled in turn.
pub fn best_fit(taken: &Occupancy, units: &[Unit], from_universe: u16) -> Result<Vec<Placed>, PatchError> {
    if !(1..=MAX_UNIVERSE).contains(&from_universe) {
        return Err(PatchError::Universe(from_universe));
    }
    let mut taken = taken.clone();
    let mut placed = Vec::with_capacity(units.len());
    let mut rest = units;
    while let Some(first) = rest.first() {
        let mut n_channels = 0;
        let mut n_units = 0;
        while let Some(unit) = rest.get(n_units).filter(|unit| n_channels + unit.footprint <= N_CHANNELS) {
            if unit.footprint == 0 {
                return Err(PatchError::Empty);
            }
            n_channels += unit.footprint;
            n_units += 1;
        }
        if n_units == 0 {
            return Err(PatchError::PastEnd { universe: from_universe, address: 1, footprint: first.footprint });
        }
        let (run, later) = rest.split_at(n_units);
        let (universe, mut address) = taken.gap(n_channels, from_universe).ok_or(PatchError::Full)?;
        for unit in run {
            taken.claim(&unit.label, universe, address, unit.footprint)?;
            placed.push(Placed { id: unit.id, universe, address });
            address += unit.footprint;
        }
        rest = later;
    }
    Ok(placed)
}

/// Addresses counted up from one, on to the next universe where one ends.  What is in the way is an error.
pub fn in_sequence(taken: &Occupancy, units: &[Unit], universe: u16, address: u16) -> Result<Vec<Placed>, PatchError> {
    let mut taken = taken.clone();
    let (mut universe, mut address) = (universe, address);
    let mut placed = Vec::with_capacity(units.len());
    for unit in units {
        if address > 1
            && address.saturating_add(unit.footprint) > N_CHANNELS + 1
            && unit.footprint <= N_CHANNELS
            && address <= N_CHANNELS + 1
        {
            (universe, address) = (universe.saturating_add(1), 1);
        }
        taken.claim(&unit.label, universe, address, unit.footprint)?;
        placed.push(Placed { id: unit.id, universe, address });
        address += unit.footprint;
    }
    Ok(placed)
}

impl Occupancy {
    /// Stretches of free channels of a universe: first channel, one past the last.
    fn gaps(&self, universe: u16) -> Vec<(u16, u16)> {
        let mut taken: Vec<(u16, u16)> =
            self.universes.get(&universe).into_iter().flatten().map(|(first, past, _)| (*first, *past)).collect();
        taken.sort_unstable();
        let mut gaps = Vec::new();
        let mut free = 1;
        for (first, past) in taken.into_iter().chain([(N_CHANNELS + 1, N_CHANNELS + 1)]) {
            if first > free {
                gaps.push((free, first));
            }
            free = free.max(past);
        }
        gaps
    }

    /// The smallest gap that holds `n_channels`, else the start of the first empty universe.
    fn gap(&self, n_channels: u16, from_universe: u16) -> Option<(u16, u16)> {
        let used = self.universes.iter().filter(|(_, taken)| !taken.is_empty()).map(|(universe, _)| *universe);
        let fitting = used.filter(|universe| *universe >= from_universe).flat_map(|universe| {
            let gaps = self.gaps(universe).into_iter().filter(|(first, past)| past - first >= n_channels);
            gaps.map(move |(first, past)| (past - first, universe, first))
        });
        if let Some((_, universe, address)) = fitting.min() {
            return Some((universe, address));
        }
        let empty = |universe: &u16| self.universes.get(universe).is_none_or(Vec::is_empty);
        (from_universe..=MAX_UNIVERSE).find(empty).map(|universe| (universe, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(footprints: &[u16]) -> Vec<Unit> {
        let unit = |(at, footprint): (usize, &u16)| Unit { id: Uuid::from_u128(at as u128), label: format!("{at}"), footprint: *footprint };
        footprints.iter().enumerate().map(unit).collect()
    }

    fn taken(claims: &[(u16, u16, u16)]) -> Occupancy {
        let mut taken = Occupancy::default();
        claims.iter().for_each(|(universe, address, footprint)| taken.claim("x", *universe, *address, *footprint).unwrap());
        taken
    }

    fn addresses(placed: Result<Vec<Placed>, PatchError>) -> Vec<(u16, u16)> {
        placed.unwrap().iter().map(|placed| (placed.universe, placed.address)).collect()
    }

    #[test]
    fn units_stay_together_in_the_smallest_gap_that_holds_them() {
        // Gaps: 1.1-20 (20), 1.31-512 (482), 2.1-40 (40), 2.61-512.
        let taken = taken(&[(1, 21, 10), (2, 41, 20)]);
        assert_eq!(addresses(best_fit(&taken, &units(&[10, 10]), 1)), [(1, 1), (1, 11)]);
        assert_eq!(addresses(best_fit(&taken, &units(&[10, 10, 10]), 1)), [(2, 1), (2, 11), (2, 21)]);
        assert_eq!(addresses(best_fit(&taken, &units(&[10, 10]), 2)), [(2, 1), (2, 11)], "from a universe on");
        assert_eq!(addresses(best_fit(&taken, &units(&[500]), 1)), [(3, 1)], "the first empty universe");
        assert_eq!(addresses(best_fit(&taken, &[], 1)), []);
    }

    #[test]
    fn more_than_a_universe_goes_on_in_the_next_and_no_unit_is_cut() {
        let placed = addresses(best_fit(&Occupancy::default(), &units(&[200; 6]), 4));
        assert_eq!(placed, [(4, 1), (4, 201), (5, 1), (5, 201), (6, 1), (6, 201)]);
        assert_eq!(addresses(in_sequence(&Occupancy::default(), &units(&[200; 4]), 1, 100)), [(1, 100), (1, 300), (2, 1), (2, 201)]);
        assert_eq!(addresses(in_sequence(&Occupancy::default(), &units(&[12, 1]), 1, 501)), [(1, 501), (2, 1)]);
    }

    #[test]
    fn what_cannot_be_placed_says_why() {
        let none = Occupancy::default();
        for (placed, words) in [
            (best_fit(&none, &units(&[513]), 1), "run past 512"),
            (best_fit(&none, &units(&[0]), 1), "no channels"),
            (best_fit(&none, &units(&[1]), 0), "universes are counted from 1"),
            (best_fit(&taken(&[(MAX_UNIVERSE, 1, 1)]), &units(&[512]), MAX_UNIVERSE), "no universe is left"),
            (in_sequence(&taken(&[(1, 5, 1)]), &units(&[4, 4]), 1, 1), "channel 5 belongs to"),
            (in_sequence(&none, &units(&[512, 1]), MAX_UNIVERSE, 1), "universes are counted from 1"),
            (in_sequence(&none, &units(&[1]), 1, 600), "addresses are counted from 1"),
        ] {
            let message = placed.unwrap_err().to_string();
            assert!(message.contains(words), "{message} / {words}");
        }
    }
}
