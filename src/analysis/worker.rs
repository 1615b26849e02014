//! Runs a plan for one track: what is at hand is taken from the cache, the rest runs level by level, side by side where
//! nothing waits, and what is found is put back at once, so that a run that was cut short goes on where it ended.
//!
//! Threads are bounded by the caller, asked before each level: a show that plays leaves the analysis one.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use serde_json::Value as Json;

use super::plan::{Failure, Output, Plan, Preprocessor, Source};

/// Results by content hash, processor and version.
pub trait Cache: Sync {
    fn get(&self, hash: &str, processor: &str, version: u32) -> Option<Json>;
    /// What cannot be kept is made again next time.
    fn put(&self, hash: &str, processor: &str, version: u32, result: &Json);
}

/// All kept results of a track.  `progress` hears the share that is done.
pub fn run(
    plan: &Plan,
    source: &Source<'_>,
    cache: &dyn Cache,
    n_threads: &dyn Fn() -> usize,
    progress: &mut dyn FnMut(f32),
) -> Result<BTreeMap<&'static str, Json>, Failure> {
    let mut kept: BTreeMap<&'static str, Json> = BTreeMap::new();
    for name in plan.kept() {
        if let Some(result) = cache.get(source.hash, name, plan.version(name)) {
            kept.insert(name, result);
        }
    }
    let at_hand: BTreeSet<&'static str> = kept.keys().copied().collect();
    let mut outputs: BTreeMap<&'static str, Output> = kept.iter().map(|(name, result)| (*name, Output::Kept(result.clone()))).collect();
    let levels = plan.stale(&at_hand);
    let all: f32 = levels.iter().flatten().map(|processor| processor.effort()).sum();
    let mut done = 0.0;
    for level in levels {
        for together in level.chunks(n_threads().max(1)) {
            (source.rest)();
            if source.cancel.is_cancelled() {
                return Err(Failure::Cancelled);
            }
            for (processor, outcome) in together.iter().zip(side_by_side(together, source, &outputs)) {
                let output = outcome?;
                if let Output::Kept(result) = &output {
                    cache.put(source.hash, processor.name(), plan.version(processor.name()), result);
                    kept.insert(processor.name(), result.clone());
                }
                outputs.insert(processor.name(), output);
            }
            done += together.iter().map(|processor| processor.effort()).sum::<f32>();
            progress(done / all);
        }
    }
    progress(1.0);
    Ok(kept)
}

fn side_by_side(
    together: &[Arc<dyn Preprocessor>],
    source: &Source<'_>,
    outputs: &BTreeMap<&'static str, Output>,
) -> Vec<Result<Output, Failure>> {
    let one = |processor: &Arc<dyn Preprocessor>| {
        // A sound that trips one processor must cost that track, not the program.
        catch_unwind(AssertUnwindSafe(|| processor.run(source, outputs)))
            .unwrap_or_else(|_| Err(Failure::Broken(format!("{} gave up on this sound", processor.name()))))
    };
    if let [alone] = together {
        return vec![one(alone)];
    }
    thread::scope(|scope| {
        let started: Vec<_> = together
            .iter()
            .map(|processor| thread::Builder::new().name(format!("analysis {}", processor.name())).spawn_scoped(scope, || one(processor)))
            .collect();
        let failed = |what: String| Err(Failure::Broken(what));
        started
            .into_iter()
            .map(|thread| match thread {
                Ok(thread) => thread.join().unwrap_or_else(|_| failed("a thread of the analysis ended early".into())),
                Err(error) => failed(format!("no thread can be started: {error}")),
            })
            .collect()
    })
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::plan::Cancel;
    use super::super::plan::tests::step;
    use super::*;
    use crate::tracks::model::Sound;

    use super::super::listener::Failed;

    /// Results in memory, and what failed.
    #[derive(Default)]
    pub(in super::super) struct Memory(Mutex<BTreeMap<(String, String, u32), Json>>, Mutex<BTreeMap<String, Failed>>);

    impl Memory {
        pub(in super::super) fn failed(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Failed>> {
            self.1.lock().unwrap()
        }
    }

    impl Cache for Memory {
        fn get(&self, hash: &str, processor: &str, version: u32) -> Option<Json> {
            self.0.lock().unwrap().get(&(hash.into(), processor.into(), version)).cloned()
        }
        fn put(&self, hash: &str, processor: &str, version: u32, result: &Json) {
            self.0.lock().unwrap().insert((hash.into(), processor.into(), version), result.clone());
        }
    }

    /// Counts how often it ran, and fails as often as it is told to.
    struct Counting {
        version: u32,
        n_runs: Arc<AtomicUsize>,
        n_failures: AtomicUsize,
    }

    impl Preprocessor for Counting {
        fn name(&self) -> &'static str {
            "counting"
        }
        fn version(&self) -> u32 {
            self.version
        }
        fn inputs(&self) -> &'static [&'static str] {
            &["first"]
        }
        fn is_kept(&self) -> bool {
            true
        }
        fn run(&self, _: &Source<'_>, _: &BTreeMap<&'static str, Output>) -> Result<Output, Failure> {
            self.n_runs.fetch_add(1, Ordering::Relaxed);
            if self.n_failures.load(Ordering::Relaxed) > 0 {
                self.n_failures.fetch_sub(1, Ordering::Relaxed);
                return Err(Failure::Broken("the disk is full".into()));
            }
            Ok(Output::Kept(42.into()))
        }
    }

    fn plan(version: u32, n_runs: &Arc<AtomicUsize>, n_failures: usize) -> Plan {
        let counting = Counting { version, n_runs: n_runs.clone(), n_failures: n_failures.into() };
        Plan::new(vec![step("first", 1, &[], true), step("beside", 1, &[], true), Arc::new(counting)]).unwrap()
    }

    fn run_once(plan: &Plan, cache: &Memory, cancel: &Cancel) -> Result<BTreeMap<&'static str, Json>, Failure> {
        let sound = || Ok(Arc::new(Sound::default()));
        run(plan, &Source { hash: "abc", sound: &sound, cancel, rest: &|| {} }, cache, &|| 2, &mut |_| {})
    }

    #[test]
    fn the_second_call_is_a_cache_hit() {
        let (n_runs, cache, cancel) = (Arc::default(), Memory::default(), Cancel::default());
        let plan = plan(1, &n_runs, 0);
        let first = run_once(&plan, &cache, &cancel).unwrap();
        assert_eq!(first.keys().copied().collect::<Vec<_>>(), ["beside", "counting", "first"]);
        assert_eq!(run_once(&plan, &cache, &cancel).unwrap(), first);
        assert_eq!(n_runs.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_version_bump_runs_it_again() {
        let (n_runs, cache, cancel) = (Arc::default(), Memory::default(), Cancel::default());
        run_once(&plan(1, &n_runs, 0), &cache, &cancel).unwrap();
        run_once(&plan(2, &n_runs, 0), &cache, &cancel).unwrap();
        assert_eq!(n_runs.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_failure_is_told_and_the_next_run_goes_on_where_it_ended() {
        let (n_runs, cache, cancel) = (Arc::default(), Memory::default(), Cancel::default());
        let plan = plan(1, &n_runs, 1);
        assert_eq!(run_once(&plan, &cache, &cancel), Err(Failure::Broken("the disk is full".into())));
        assert!(cache.get("abc", "first", plan.version("first")).is_some(), "what was done is kept");
        assert_eq!(run_once(&plan, &cache, &cancel).unwrap()["counting"], 42);
    }

    #[test]
    fn a_cancelled_track_ends_before_its_next_step() {
        let (n_runs, cache, cancel) = (Arc::default(), Memory::default(), Cancel::default());
        cancel.cancel();
        assert_eq!(run_once(&plan(1, &n_runs, 0), &cache, &cancel), Err(Failure::Cancelled));
        assert_eq!(n_runs.load(Ordering::Relaxed), 0);
    }
}
