//! The newest of what was handed over: a value that many set and one thread reads without ever waiting.
//!
//! What was replaced is kept until the reader has let go of it, and freed by whoever hands over the next: freeing a
//! program takes longer than a beat has time for.  Only those who hand over wait for each other.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwapOption, Guard};

pub struct Newest<T> {
    value: ArcSwapOption<T>,
    replaced: Mutex<Vec<Arc<T>>>,
}

impl<T> Default for Newest<T> {
    fn default() -> Self {
        Self { value: ArcSwapOption::empty(), replaced: Mutex::default() }
    }
}

impl<T> Newest<T> {
    pub fn set(&self, value: Option<Arc<T>>) {
        let mut replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        replaced.extend(self.value.swap(value));
        replaced.retain(|old| Arc::strong_count(old) > 1);
    }

    pub fn get(&self) -> Guard<Option<Arc<T>>> {
        self.value.load()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_wins_and_the_replaced_is_freed_by_the_next_hand_over() {
        let newest = Newest::default();
        let first = Arc::new(1);
        let freed = Arc::downgrade(&first);
        newest.set(Some(first));
        let held = newest.get();
        newest.set(Some(Arc::new(2)));
        assert_eq!((held.as_deref(), newest.get().as_deref()), (Some(&1), Some(&2)));
        drop(held);
        assert!(freed.upgrade().is_some(), "the reader was the last to hold it, and must not be the one to free it");
        newest.set(None);
        assert!(freed.upgrade().is_none() && newest.get().is_none());
    }
}
