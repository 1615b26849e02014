//! Which pictures there are: by everything they depend on, a bounded number of them.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use uuid::Uuid;

use crate::engine::Annotation;
use crate::engine::graph::model::Graph;

/// Columns and rows.
pub type Size = (usize, usize);

/// Everything that a picture depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// What the graph means, and the arguments and seed it is given.
    what: u64,
    start: u64,
    end: u64,
    /// Versions of the rig and of what is known of the track.
    rig: u64,
    track: u64,
    size: Size,
}

/// Versions of what all pictures depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    pub rig: u64,
    pub track: u64,
}

impl Key {
    /// `meaning` is the graph's, see [`meaning`].
    pub fn of(annotation: &Annotation, meaning: u64, versions: Versions, size: Size) -> Self {
        let mut hasher = DefaultHasher::new();
        (meaning, annotation.seed()).hash(&mut hasher);
        for (name, value) in &annotation.args {
            (name, value.to_string()).hash(&mut hasher);
        }
        let (start, end) = (annotation.start.to_bits(), annotation.end.to_bits());
        Self { what: hasher.finish(), start, end, rig: versions.rig, track: versions.track, size }
    }
}

/// What a graph says, whatever stands where on the canvas.
pub fn meaning(graph: &Graph) -> u64 {
    let mut hasher = DefaultHasher::new();
    for node in &graph.nodes {
        (&node.id, &node.type_id, node.params.len()).hash(&mut hasher);
        for (name, value) in &node.params {
            (name, value.to_string()).hash(&mut hasher);
        }
    }
    for edge in &graph.edges {
        (&edge.from_node, &edge.from_port, &edge.to_node, &edge.to_port).hash(&mut hasher);
    }
    for arg in &graph.args {
        (&arg.id, &arg.arg_type, arg.default_value.to_string()).hash(&mut hasher);
    }
    hasher.finish()
}

/// Pictures, and which of them somebody saw last.  What was asked for least lately goes first.
#[derive(Debug)]
pub struct Kept<T> {
    pictures: BTreeMap<Key, (T, u64)>,
    /// The last picture of a thing: shown while its next one is drawn.
    last_of: BTreeMap<Uuid, Key>,
    most: usize,
    now: u64,
}

impl<T> Kept<T> {
    pub fn new(most: usize) -> Self {
        Self { pictures: BTreeMap::new(), last_of: BTreeMap::new(), most: most.max(1), now: 0 }
    }

    /// The picture, if it is drawn.
    pub fn get(&mut self, of: Uuid, key: Key) -> Option<&mut T> {
        self.now += 1;
        let now = self.now;
        let (picture, seen) = self.pictures.get_mut(&key)?;
        *seen = now;
        self.last_of.insert(of, key);
        Some(picture)
    }

    /// The last picture of a thing that was asked for, whatever has changed since.
    pub fn stale(&mut self, of: Uuid) -> Option<&mut T> {
        let key = *self.last_of.get(&of)?;
        self.get(of, key)
    }

    pub fn has(&self, key: &Key) -> bool {
        self.pictures.contains_key(key)
    }

    pub fn put(&mut self, key: Key, picture: T) {
        self.now += 1;
        self.pictures.insert(key, (picture, self.now));
        while self.pictures.len() > self.most {
            let Some(oldest) = self.pictures.iter().min_by_key(|(_, (_, seen))| *seen).map(|(key, _)| *key) else { return };
            self.pictures.remove(&oldest);
            self.last_of.retain(|_, key| *key != oldest);
        }
    }

    pub fn len(&self) -> usize {
        self.pictures.len()
    }

    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::composite::blend::BlendMode;
    use crate::patterns::builtin;
    use crate::patterns::edits::{GraphEdit, apply};

    fn annotation(start: f64) -> Annotation {
        Annotation {
            id: Uuid::from_u128(1),
            pattern: Uuid::from_u128(2),
            start,
            end: 9.0,
            z: 0,
            blend: BlendMode::Replace,
            args: serde_json::Map::new(),
        }
    }

    fn key(start: f64, meaning: u64) -> Key {
        Key::of(&annotation(start), meaning, Versions::default(), (64, 16))
    }

    #[test]
    fn a_key_changes_with_what_the_picture_depends_on_and_with_nothing_else() {
        let mut graph = builtin()[0].graph.clone();
        let before = meaning(&graph);
        apply(&mut graph, &GraphEdit::Tidy);
        assert_eq!(meaning(&graph), before, "where nodes stand means nothing");
        apply(&mut graph, &GraphEdit::Add { type_id: "scalar", at: [0.0; 2] });
        assert_ne!(meaning(&graph), before);
        let one = annotation(1.0);
        let of = |one: &Annotation, rig| Key::of(one, before, Versions { rig, track: 0 }, (64, 16));
        let mut turned = one.clone();
        turned.args.insert("level".into(), 0.5.into());
        let above = Annotation { z: 5, blend: BlendMode::Add, ..one.clone() };
        assert_eq!(of(&one, 0), of(&above, 0));
        for other in [of(&turned, 0), of(&one, 1), of(&Annotation { end: 8.0, ..one.clone() }, 0)] {
            assert_ne!(of(&one, 0), other);
        }
    }

    #[test]
    fn what_was_asked_for_least_lately_goes_first_and_the_last_picture_stays_until_then() {
        let mut kept = Kept::new(2);
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        kept.put(key(1.0, 0), "first");
        kept.put(key(2.0, 0), "second");
        assert_eq!(kept.get(a, key(1.0, 0)), Some(&mut "first"));
        kept.put(key(3.0, 0), "third");
        assert_eq!(kept.get(b, key(2.0, 0)), None);
        assert_eq!(kept.len(), 2);
        assert_eq!(kept.stale(a), Some(&mut "first"));
        assert_eq!(kept.get(a, key(3.0, 0)), Some(&mut "third"));
        assert_eq!(kept.stale(a), Some(&mut "third"));
        assert_eq!(kept.stale(b), None);
    }
}
