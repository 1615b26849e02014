//! Everything that is wrong with a patch, at once: channels that two fixtures want, fixtures that run over the end.

use uuid::Uuid;

use super::{MAX_UNIVERSE, N_CHANNELS, PatchError};

/// A fixture as it is patched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patched {
    pub id: Uuid,
    pub universe: u16,
    pub address: u16,
    pub footprint: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Both want the channels from `first` to `last`.
    Clash { fixtures: (Uuid, Uuid), universe: u16, first: u16, last: u16 },
    /// The address itself is none, or the fixture runs over the end of its universe.
    Place { fixture: Uuid, why: PatchError },
}

/// By universe and channel; a fixture that has no place of its own clashes with nobody.
pub fn faults(patched: &[Patched]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut placed = Vec::with_capacity(patched.len());
    for fixture in patched {
        let &Patched { id, universe, address, footprint } = fixture;
        let why = match () {
            () if !(1..=MAX_UNIVERSE).contains(&universe) => PatchError::Universe(universe),
            () if !(1..=N_CHANNELS).contains(&address) => PatchError::Address(address),
            () if footprint == 0 => PatchError::Empty,
            () if u32::from(address) + u32::from(footprint) > u32::from(N_CHANNELS) + 1 => {
                PatchError::PastEnd { universe, address, footprint }
            }
            () => {
                placed.push(fixture);
                continue;
            }
        };
        faults.push(Fault::Place { fixture: id, why });
    }
    placed.sort_by_key(|fixture| (fixture.universe, fixture.address, fixture.id));
    for (at, one) in placed.iter().enumerate() {
        let past = one.address + one.footprint;
        // Sorted by address: whoever begins before this one ends is in its way.
        for other in placed[at + 1..].iter().take_while(|other| other.universe == one.universe && other.address < past) {
            let last = past.min(other.address + other.footprint) - 1;
            faults.push(Fault::Clash { fixtures: (one.id, other.id), universe: one.universe, first: other.address, last });
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clash_and_overrun_is_found_at_once() {
        let fixture = |n: u128, universe, address, footprint| Patched { id: Uuid::from_u128(n), universe, address, footprint };
        let id = Uuid::from_u128;
        let found = faults(&[
            fixture(1, 1, 1, 10),
            fixture(2, 1, 5, 2),
            fixture(3, 1, 10, 5),
            fixture(4, 2, 1, 10),
            fixture(5, 2, 11, 1),
            fixture(6, 2, 510, 4),
            fixture(7, 0, 1, 1),
            fixture(8, 1, 513, 1),
        ]);
        assert_eq!(
            found,
            [
                Fault::Place { fixture: id(6), why: PatchError::PastEnd { universe: 2, address: 510, footprint: 4 } },
                Fault::Place { fixture: id(7), why: PatchError::Universe(0) },
                Fault::Place { fixture: id(8), why: PatchError::Address(513) },
                Fault::Clash { fixtures: (id(1), id(2)), universe: 1, first: 5, last: 6 },
                Fault::Clash { fixtures: (id(1), id(3)), universe: 1, first: 10, last: 10 },
            ]
        );
    }
}
