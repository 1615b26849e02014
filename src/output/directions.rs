//! Where things go, handed to the output thread: the routes, and the nodes that asked to be sent to.
//!
//! Two values, each newest-wins, since people change the one and the network the other.

use std::sync::Arc;

use super::newest::Newest;
use super::routes::{Routes, Subscribers};

#[derive(Default)]
pub struct Directions {
    pub routes: Newest<Routes>,
    pub subscribers: Newest<Subscribers>,
}

impl Directions {
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
}

impl Taken {
    /// Takes what is newest; true when that is something else than before.
    pub fn update(&mut self, directions: &Directions) -> bool {
        let routes = replace(&mut self.routes, &directions.routes);
        replace(&mut self.subscribers, &directions.subscribers) || routes
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
