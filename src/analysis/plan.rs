//! Which processors there are, in which order they run, and which of their results are stale.
//!
//! A processor turns results of others into one of its own.  Its result is kept under the content of the sound and the
//! processor's *effective version*: its own and those of all it builds on, added up, so that a new version of any of
//! them makes it stale and of two results the newer has the higher number.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value as Json;
use thiserror::Error;

use crate::tracks::model::Sound;

/// What a processor makes.
#[derive(Clone)]
pub enum Output {
    /// Kept from run to run.
    Kept(Json),
    /// Handed on within one run, for instance the sound itself.
    Passing(Arc<dyn Any + Send + Sync>),
}

/// Why a processor gave up, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    #[error("{0}")]
    Broken(String),
    #[error("cancelled")]
    Cancelled,
}

/// Set by whoever no longer wants the result.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// One step of the analysis.
pub trait Preprocessor: Send + Sync {
    /// Persisted with its results; never renamed.
    fn name(&self) -> &'static str;
    /// Raised whenever the same inputs would give another result.
    fn version(&self) -> u32;
    /// Names of the processors whose outputs it reads.
    fn inputs(&self) -> &'static [&'static str];
    /// Whether its output is kept; otherwise it runs again whenever a kept one needs it.
    fn is_kept(&self) -> bool;
    /// How long it takes beside the others; only progress looks at it.
    fn effort(&self) -> f32 {
        1.0
    }
    fn run(&self, source: &Source<'_>, inputs: &BTreeMap<&'static str, Output>) -> Result<Output, Failure>;
}

/// What is analysed.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// SHA-256 of the file in hexadecimal.
    pub hash: &'a str,
    /// Reads the sound; called only if something has to listen.
    pub sound: &'a (dyn Fn() -> Result<Arc<Sound>, Failure> + Sync),
    pub cancel: &'a Cancel,
    /// Called between two stretches of work: whoever shares the machine with a show rests here.
    pub rest: &'a (dyn Fn() + Sync),
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadPlan {
    #[error("two processors are called {0}")]
    Twice(&'static str),
    #[error("{0} reads {1}, which no processor makes")]
    Unknown(&'static str, &'static str),
    #[error("{0} waits for itself")]
    Circle(&'static str),
}

/// Processors in an order in which each comes after all that it reads.
#[derive(Clone)]
pub struct Plan {
    /// Those of one level do not wait for each other.
    levels: Vec<Vec<Arc<dyn Preprocessor>>>,
    effective: BTreeMap<&'static str, u32>,
}

impl Plan {
    pub fn new(processors: Vec<Arc<dyn Preprocessor>>) -> Result<Self, BadPlan> {
        let mut by_name: BTreeMap<&'static str, Arc<dyn Preprocessor>> = BTreeMap::new();
        for processor in processors {
            if let Some(twice) = by_name.insert(processor.name(), processor) {
                return Err(BadPlan::Twice(twice.name()));
            }
        }
        for processor in by_name.values() {
            if let Some(unknown) = processor.inputs().iter().find(|input| !by_name.contains_key(*input)) {
                return Err(BadPlan::Unknown(processor.name(), unknown));
            }
        }
        let mut ancestors: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
        let mut levels: Vec<Vec<Arc<dyn Preprocessor>>> = Vec::new();
        while ancestors.len() < by_name.len() {
            let is_ready = |processor: &&Arc<dyn Preprocessor>| {
                !ancestors.contains_key(processor.name()) && processor.inputs().iter().all(|input| ancestors.contains_key(input))
            };
            let level: Vec<Arc<dyn Preprocessor>> = by_name.values().filter(is_ready).cloned().collect();
            if level.is_empty() {
                let stuck = by_name.keys().find(|name| !ancestors.contains_key(*name)).copied().unwrap_or_default();
                return Err(BadPlan::Circle(stuck));
            }
            for processor in &level {
                let above = processor.inputs().iter().flat_map(|input| ancestors[input].iter().copied().chain([*input])).collect();
                ancestors.insert(processor.name(), above);
            }
            levels.push(level);
        }
        let effective = ancestors
            .iter()
            .map(|(name, above)| (*name, by_name[name].version() + above.iter().map(|other| by_name[other].version()).sum::<u32>()))
            .collect();
        Ok(Self { levels, effective })
    }

    /// The version under which a processor's result is kept.
    pub fn version(&self, name: &str) -> u32 {
        self.effective.get(name).copied().unwrap_or(0)
    }

    /// Names of the results that are kept.
    pub fn kept(&self) -> impl Iterator<Item = &'static str> {
        self.levels.iter().flatten().filter(|processor| processor.is_kept()).map(|processor| processor.name())
    }

    /// Level by level, what must run if these kept results are at hand.
    pub fn stale(&self, at_hand: &BTreeSet<&'static str>) -> Vec<Vec<Arc<dyn Preprocessor>>> {
        let mut needed: BTreeSet<&'static str> = BTreeSet::new();
        for processor in self.levels.iter().rev().flatten() {
            let name = processor.name();
            let is_missing = processor.is_kept() && !at_hand.contains(name);
            // What passes by runs only for those who read it; what is kept and at hand is read from there.
            if is_missing || (needed.contains(name) && !at_hand.contains(name)) {
                needed.insert(name);
                needed.extend(processor.inputs());
            }
        }
        let runs = |processor: &&Arc<dyn Preprocessor>| needed.contains(processor.name()) && !at_hand.contains(processor.name());
        self.levels.iter().map(|level| level.iter().filter(runs).cloned().collect::<Vec<_>>()).filter(|level| !level.is_empty()).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A processor that does nothing but exist.
    pub(in super::super) struct Step {
        pub(in super::super) name: &'static str,
        pub(in super::super) version: u32,
        pub(in super::super) inputs: &'static [&'static str],
        pub(in super::super) is_kept: bool,
    }

    impl Preprocessor for Step {
        fn name(&self) -> &'static str {
            self.name
        }
        fn version(&self) -> u32 {
            self.version
        }
        fn inputs(&self) -> &'static [&'static str] {
            self.inputs
        }
        fn is_kept(&self) -> bool {
            self.is_kept
        }
        fn run(&self, _: &Source<'_>, inputs: &BTreeMap<&'static str, Output>) -> Result<Output, Failure> {
            let missing = self.inputs.iter().find(|input| !inputs.contains_key(*input));
            missing.map_or_else(|| Ok(Output::Kept(self.name.into())), |input| Err(Failure::Broken(format!("{input} is missing"))))
        }
    }

    pub(in super::super) fn step(
        name: &'static str,
        version: u32,
        inputs: &'static [&'static str],
        is_kept: bool,
    ) -> Arc<dyn Preprocessor> {
        Arc::new(Step { name, version, inputs, is_kept })
    }

    fn plan(ear: u32) -> Plan {
        Plan::new(vec![
            step("chords", 1, &["ear", "beats"], true),
            step("beats", 2, &["ear"], true),
            step("loudness", 1, &["sound"], true),
            step("ear", ear, &["sound"], false),
            step("sound", 1, &[], false),
        ])
        .unwrap()
    }

    fn names(levels: &[Vec<Arc<dyn Preprocessor>>]) -> Vec<Vec<&'static str>> {
        levels.iter().map(|level| level.iter().map(|processor| processor.name()).collect()).collect()
    }

    #[test]
    fn order_each_comes_after_what_it_reads_and_the_independent_stand_side_by_side() {
        assert_eq!(names(&plan(1).stale(&BTreeSet::new())), [vec!["sound"], vec!["ear", "loudness"], vec!["beats"], vec!["chords"]]);
    }

    #[test]
    fn only_what_is_stale_runs_and_what_it_needs() {
        let at_hand = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(names(&plan(1).stale(&at_hand(&["beats", "chords"]))), [vec!["sound"], vec!["loudness"]]);
        assert_eq!(names(&plan(1).stale(&at_hand(&["beats", "loudness"]))), [vec!["sound"], vec!["ear"], vec!["chords"]]);
        assert!(plan(1).stale(&at_hand(&["beats", "chords", "loudness"])).is_empty());
    }

    #[test]
    fn a_version_bump_reaches_all_that_build_on_it_and_nothing_else() {
        let (old, new) = (plan(1), plan(2));
        assert!(new.version("beats") > old.version("beats") && new.version("chords") > old.version("chords"));
        assert_eq!(new.version("loudness"), old.version("loudness"));
    }

    #[test]
    fn plans_that_cannot_be_are_refused_by_name() {
        assert_eq!(Plan::new(vec![step("a", 1, &["b"], true), step("b", 1, &["a"], true)]).err(), Some(BadPlan::Circle("a")));
        assert_eq!(Plan::new(vec![step("a", 1, &["c"], true)]).err(), Some(BadPlan::Unknown("a", "c")));
        assert_eq!(Plan::new(vec![step("a", 1, &[], true), step("a", 2, &[], true)]).err(), Some(BadPlan::Twice("a")));
    }
}
