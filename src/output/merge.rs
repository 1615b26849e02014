//! Another desk's universe mixed with our own of the same number, under it or over it.
//!
//! - *Below us*: it is a part of the show.  Blackout and loss rules take it along.
//! - *Above us*: it stands over everything we do, blackout and loss rules included.
//! - Highest level: each slot shows the higher of the two.  Latest change: each slot shows who changed it last, and who lies
//!   above where both did.
//! - A desk that is silent for 2.5 s is gone, in either protocol; what is left is ours alone.
//!
//! Pure, and without allocation once it is there.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::input::{InputSnapshot, Merge};
use super::routes::Protocol;
use crate::engine::dmx::universe::N_CHANNELS;

type Slots = [u8; N_CHANNELS];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    #[default]
    Below,
    Above,
}

/// Which universe that comes in is mixed with one of ours, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Merging {
    pub protocol: Protocol,
    /// The port-address or sACN universe; none = our universe's own number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u16>,
    pub rule: Merge,
    pub side: Side,
}

impl Merging {
    /// For people.
    pub fn words(self, universe: u16) -> String {
        let rule = if self.rule == Merge::Htp { "the higher level shows" } else { "the latest change shows" };
        let side = if self.side == Side::Below { "below" } else { "above" };
        format!("{} {} from another desk is mixed in {side} ours: {rule}", self.protocol.name(), self.number.unwrap_or(universe))
    }
}

/// What comes in for a universe, as long as somebody sends it.
pub fn theirs(how: Merging, universe: u16, inputs: &InputSnapshot, now: Instant) -> Option<&Slots> {
    let key = super::input::InputKey { protocol: how.protocol, number: how.number.unwrap_or(universe) };
    let input = inputs.universe(key)?;
    input.is_heard(now).then_some(&*input.slots)
}

/// One universe of two.
#[derive(Clone, Debug)]
pub struct Mixed {
    pub how: Merging,
    ours: Slots,
    theirs: Slots,
    /// Slots that the other desk changed last.
    is_theirs: [bool; N_CHANNELS],
    pub out: Slots,
    there: bool,
}

impl Mixed {
    pub fn new(how: Merging) -> Box<Self> {
        let none = [0; N_CHANNELS];
        Box::new(Self { how, ours: none, theirs: none, is_theirs: [false; N_CHANNELS], out: none, there: false })
    }

    /// Mixes one beat into `out`.
    pub fn take(&mut self, ours: &Slots, theirs: Option<&Slots>) {
        let Some(theirs) = theirs else {
            self.there = false;
            self.out = *ours;
            return;
        };
        match self.how.rule {
            Merge::Htp => {
                for (slot, out) in self.out.iter_mut().enumerate() {
                    *out = ours[slot].max(theirs[slot]);
                }
            }
            Merge::Ltp => {
                if !self.there {
                    // Who comes changes everything it does not leave at zero.
                    self.is_theirs = theirs.map(|level| level > 0);
                    (self.ours, self.theirs) = (*ours, *theirs);
                }
                for slot in 0..N_CHANNELS {
                    let (we, they) = (ours[slot] != self.ours[slot], theirs[slot] != self.theirs[slot]);
                    self.is_theirs[slot] = match (we, they) {
                        (false, false) => self.is_theirs[slot],
                        (true, true) => self.how.side == Side::Above,
                        (_, they) => they,
                    };
                    self.out[slot] = if self.is_theirs[slot] { theirs[slot] } else { ours[slot] };
                }
                (self.ours, self.theirs) = (*ours, *theirs);
            }
        }
        self.there = true;
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::super::artnet::poll::Dmx;
    use super::super::input::Inputs;
    use super::*;

    fn mixed(rule: Merge, side: Side) -> Box<Mixed> {
        Mixed::new(Merging { rule, side, ..Merging::default() })
    }

    fn slots(first: [u8; 3]) -> Slots {
        let mut slots = [0; N_CHANNELS];
        slots[..3].copy_from_slice(&first);
        slots
    }

    #[test]
    fn the_latest_change_of_a_slot_has_it_and_the_upper_desk_where_both_changed() {
        for (side, both) in [(Side::Below, 60), (Side::Above, 90)] {
            let mut mixed = mixed(Merge::Ltp, side);
            let mut take = |ours, theirs: Option<[u8; 3]>| {
                mixed.take(&slots(ours), theirs.map(slots).as_ref());
                [mixed.out[0], mixed.out[1], mixed.out[2]]
            };
            assert_eq!(take([10, 20, 30], None), [10, 20, 30]);
            assert_eq!(take([10, 20, 30], Some([0, 5, 0])), [10, 5, 30]);
            assert_eq!(take([10, 20, 31], Some([0, 5, 0])), [10, 5, 31]);
            assert_eq!(take([10, 21, 31], Some([1, 5, 0])), [1, 21, 31]);
            assert_eq!(take([10, 21, 60], Some([1, 5, 90])), [1, 21, both], "{side:?}");
            assert_eq!(take([10, 21, 60], None), [10, 21, 60], "gone");
        }
    }

    #[test]
    fn a_desk_that_is_silent_for_two_and_a_half_seconds_is_gone() {
        let (mut inputs, start) = (Inputs::default(), Instant::now());
        inputs.artnet(&Dmx { sequence: 1, physical: 0, address: 7, slots: &[200] }, Ipv4Addr::LOCALHOST, start);
        let snapshot = inputs.snapshot();
        let how = Merging { number: Some(7), ..Merging::default() };
        let level = |how, millis| theirs(how, 1, &snapshot, start + Duration::from_millis(millis)).map(|slots| slots[0]);
        assert_eq!((level(how, 2499), level(how, 2500)), (Some(200), None));
        assert_eq!(level(Merging::default(), 0), None, "another number");
        assert_eq!(how.words(1), "Art-Net 7 from another desk is mixed in below ours: the higher level shows");
    }

    proptest! {
        /// Every slot is one of the two desks', and by highest level the higher.
        #[test]
        fn nothing_is_shown_that_nobody_sent(beats in prop::collection::vec((any::<[u8; 3]>(), any::<[u8; 3]>(), any::<bool>()), 1..40), above in any::<bool>()) {
            let side = if above { Side::Above } else { Side::Below };
            let (mut high, mut late) = (mixed(Merge::Htp, side), mixed(Merge::Ltp, side));
            for (ours, theirs, there) in beats {
                let (ours, theirs) = (slots(ours), slots(theirs));
                for mixed in [&mut high, &mut late] {
                    mixed.take(&ours, there.then_some(&theirs));
                }
                for slot in 0..3 {
                    prop_assert_eq!(high.out[slot], if there { ours[slot].max(theirs[slot]) } else { ours[slot] });
                    prop_assert!(late.out[slot] == ours[slot] || there && late.out[slot] == theirs[slot]);
                }
            }
        }
    }
}
