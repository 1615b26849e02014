//! Where things go, handed to the output thread: the routes, and the nodes that asked to be sent to.
//!
//! Values of their own, each newest-wins, since people change some and the network others; and what comes in, for universes
//! that are mixed with ours.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::input::InputSnapshot;
use super::newest::Newest;
use super::routes::{Protocol, Routes, Subscribers};
use crate::engine::Rig;
use crate::engine::dmx::universe::N_CHANNELS;

/// The slots of every universe that the show uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patched(pub BTreeMap<u16, [bool; N_CHANNELS]>);

impl Patched {
    pub fn of(rig: &Rig) -> Self {
        let mut patched: BTreeMap<u16, [bool; N_CHANNELS]> = BTreeMap::new();
        for fixture in &rig.fixtures {
            let slots = patched.entry(fixture.universe).or_insert([false; N_CHANNELS]);
            let first = usize::from(fixture.address.max(1)) - 1;
            slots.iter_mut().skip(first).take(fixture.kind.footprint.into()).for_each(|slot| *slot = true);
        }
        Self(patched)
    }
}

#[derive(Default)]
pub struct Directions {
    pub routes: Newest<Routes>,
    pub subscribers: Newest<Subscribers>,
    pub patched: Newest<Patched>,
    artnet_in: Newest<InputSnapshot>,
    sacn_in: Newest<InputSnapshot>,
}

impl Directions {
    /// What others send.
    pub fn inputs(&self, protocol: Protocol) -> &Newest<InputSnapshot> {
        match protocol {
            Protocol::ArtNet => &self.artnet_in,
            Protocol::Sacn => &self.sacn_in,
        }
    }

    pub fn of(routes: Routes) -> Self {
        let directions = Self::default();
        directions.routes.set(Some(Arc::new(routes)));
        directions
    }
}

/// The directions that are followed now.
#[derive(Debug, Default)]
pub struct Taken {
    pub routes: Option<Arc<Routes>>,
    pub subscribers: Option<Arc<Subscribers>>,
    pub patched: Option<Arc<Patched>>,
}

impl Taken {
    /// Takes what is newest; true when that is something else than before.
    pub fn update(&mut self, directions: &Directions) -> bool {
        let routes = replace(&mut self.routes, &directions.routes);
        let patched = replace(&mut self.patched, &directions.patched);
        replace(&mut self.subscribers, &directions.subscribers) || routes || patched
    }
}

/// The value before is not freed here: whoever handed over the newer one keeps it until the next.
fn replace<T>(held: &mut Option<Arc<T>>, newest: &Newest<T>) -> bool {
    let newest = newest.get();
    let same = match (held.as_ref(), newest.as_ref()) {
        (Some(held), Some(newest)) => Arc::ptr_eq(held, newest),
        (None, None) => true,
        _ => false,
    };
    if !same {
        held.clone_from(&newest);
    }
    !same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hand_over_is_seen_once() {
        let directions = Directions::of(Routes::default());
        let mut taken = Taken::default();
        assert!(taken.update(&directions) && !taken.update(&directions));
        directions.subscribers.set(Some(Arc::default()));
        assert!(taken.update(&directions) && !taken.update(&directions));
        directions.routes.set(Some(Arc::new(Routes::of(Vec::new()))));
        assert!(taken.update(&directions) && !taken.update(&directions));
        assert_eq!(taken.routes.as_deref(), Some(&Routes::of(Vec::new())));
    }
}
