//! Which records are picked: one selection, in panels and previz alike.

use std::collections::BTreeSet;

use bevy::prelude::*;
use uuid::Uuid;

use super::ground::{Ground, Key};
use crate::registry::TableId;

/// In the order in which they were picked: a fan runs along it, and the last one is the one whose values fields show.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    picked: Vec<Key>,
}

impl Selection {
    pub fn is_empty(&self) -> bool {
        self.picked.is_empty()
    }

    pub fn has(&self, key: Key) -> bool {
        self.picked.contains(&key)
    }

    /// Ids of one table, in the order of picking.
    pub fn of(&self, table: TableId) -> impl Iterator<Item = Uuid> {
        self.picked.iter().filter(move |(of, _)| *of == table).map(|(_, id)| *id)
    }

    pub fn last(&self) -> Option<Key> {
        self.picked.last().copied()
    }

    /// These and nothing else.
    pub fn set(&mut self, keys: impl IntoIterator<Item = Key>) {
        self.picked.clear();
        self.add(keys);
    }

    pub fn add(&mut self, keys: impl IntoIterator<Item = Key>) {
        let mut known: BTreeSet<Key> = self.picked.iter().copied().collect();
        self.picked.extend(keys.into_iter().filter(|&key| known.insert(key)));
    }

    /// In if it was out, out if it was in.
    pub fn toggle(&mut self, key: Key) {
        match self.picked.iter().position(|&other| other == key) {
            Some(at) => drop(self.picked.remove(at)),
            None => self.picked.push(key),
        }
    }

    pub fn clear(&mut self) {
        self.picked.clear();
    }

    /// Lets go of what is no longer there; says whether anything was.
    pub fn keep_existing(&mut self, ground: &Ground) -> bool {
        let before = self.picked.len();
        self.picked.retain(|&(table, id)| ground.get(table, id).is_some());
        self.picked.len() != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picking_keeps_its_order_and_forgets_what_was_deleted() {
        let key = |n| (TableId::Fixtures, Uuid::from_u128(n));
        let mut selection = Selection::default();
        selection.set([key(3), key(1), key(3)]);
        selection.toggle(key(2));
        assert_eq!(selection.of(TableId::Fixtures).map(|id| id.as_u128()).collect::<Vec<_>>(), [3, 1, 2]);
        selection.toggle(key(1));
        assert_eq!(selection.last(), Some(key(2)));
        assert!(!selection.has(key(1)));
        assert!(selection.keep_existing(&Ground::default()) && selection.is_empty());
    }
}
