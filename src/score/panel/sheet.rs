//! The score on the desk as panels look at it, gathered once for every change and not once a frame.

use std::collections::BTreeSet;
use std::sync::Arc;

use bevy::prelude::*;
use uuid::Uuid;

use super::lanes::Lanes;
use crate::document::plugin::Doc;
use crate::score::model::Annotation;

#[derive(Resource, Clone, Debug, Default)]
pub struct Sheet {
    /// By start, then id.
    pub(super) all: Arc<Vec<Annotation>>,
    pub(super) lanes: Arc<Lanes>,
    /// The longest annotation: none that begins earlier than this before an instant can reach it.
    pub(super) longest_secs: f64,
}

impl Sheet {
    pub(super) fn of(mut all: Vec<Annotation>) -> Self {
        all.sort_by(|a, b| a.start.total_cmp(&b.start).then(a.id.cmp(&b.id)));
        let longest_secs = all.iter().map(|one| one.end - one.start).fold(0.0, f64::max);
        Self { lanes: Arc::new(Lanes::of_all(&all)), all: Arc::new(all), longest_secs }
    }

    /// Those that touch a stretch of time.
    pub(super) fn between(&self, from_secs: f64, to_secs: f64) -> impl DoubleEndedIterator<Item = &Annotation> {
        let first = self.all.partition_point(|one| one.start < from_secs - self.longest_secs);
        let last = self.all.partition_point(|one| one.start < to_secs).max(first);
        self.all[first..last].iter().filter(move |one| one.end > from_secs)
    }

    pub(super) fn picked(&self, ids: &BTreeSet<Uuid>) -> Vec<Annotation> {
        self.all.iter().filter(|one| ids.contains(&one.id)).cloned().collect()
    }
}

/// Gathers the score anew when something in it changed.
pub fn gather(
    changed: Query<(), Changed<Doc<Annotation>>>,
    mut gone: RemovedComponents<Doc<Annotation>>,
    annotations: Query<&Doc<Annotation>>,
    mut sheet: ResMut<Sheet>,
) {
    let n_gone = gone.read().count();
    if n_gone > 0 || !changed.is_empty() {
        *sheet = Sheet::of(annotations.iter().map(|doc| Annotation::clone(doc)).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_annotation_that_began_long_ago_is_still_seen() {
        let one = |n: u128, start: f64, end: f64| Annotation { id: Uuid::from_u128(n), start, end, ..Annotation::default() };
        let sheet = Sheet::of(vec![one(3, 40.0, 41.0), one(1, 0.0, 100.0), one(2, 5.0, 6.0)]);
        let seen = |from, to| sheet.between(from, to).map(|one| one.id.as_u128()).collect::<Vec<_>>();
        assert_eq!([seen(50.0, 60.0), seen(5.5, 5.6), seen(100.0, 200.0), seen(-5.0, 0.0)], [vec![1], vec![1, 2], vec![], vec![]]);
        assert_eq!(seen(40.5, 40.6), [1, 3]);
    }
}
