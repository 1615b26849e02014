//! The thread that listens to tracks, one after another, in the order of the [`queue`](super::queue).
//!
//! Whoever asks never waits: tracks are handed in, [`Listener::progress`] is a copy for the screen, and what was found comes
//! back as [`News`].  A long track gives a first grid from its beginning before the whole is heard.  What is found is kept at
//! once, so that a process that is killed goes on where it ended; so is what failed, with its tries and its reason.
//!
//! The thread gives way to everything else; while a show plays it works alone and rests as long as it worked.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use super::plan::{Cancel, Failure, Plan, Source};
use super::processors;
use super::queue::{Priority, Queue, State};
use super::worker::{self, Cache};
use crate::engine::TrackAnalysis;
use crate::engine::tempo::BeatGrid;
use crate::tracks::model::{Hearing, Sound};

/// The longest rest between two stretches of work.
const LONGEST_REST: Duration = Duration::from_millis(500);
/// How long whoever quits waits for a track that is cancelled.
const PATIENCE: Duration = Duration::from_secs(2);
/// Rests are cut so short that a cancelled track ends soon.
const NAP: Duration = Duration::from_millis(20);

/// A track to be listened to.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub track: Uuid,
    /// SHA-256 of its file in hexadecimal.
    pub hash: String,
    pub title: String,
    pub file: PathBuf,
    /// Its sound, where somebody has it anyway; else the file is read.
    pub sound: Weak<Sound>,
}

/// Everything that was found of a track.
#[derive(Clone, Debug)]
pub struct Heard {
    pub track: Uuid,
    pub hash: String,
    /// Without sound and stems.
    pub analysis: Arc<TrackAnalysis>,
    pub hearing: Arc<Hearing>,
    /// Whether anything had to be listened to: `false` where all was kept from before.
    pub is_new: bool,
}

#[derive(Clone, Debug)]
pub enum News {
    /// A grid from the beginning alone.
    First {
        track: Uuid,
        grid: Arc<BeatGrid>,
    },
    Heard(Heard),
    /// A track that will not be tried again by itself.
    GaveUp {
        title: String,
        reason: String,
    },
}

/// A track that could not be listened to, as it is remembered from run to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    pub reason: String,
    pub n_tries: u32,
    /// Seconds since 1970 of the last try.
    pub at_unix_secs: u64,
    /// Which file it was: another with the same sound is tried at once.
    pub file: PathBuf,
    /// Which Luma it was: another may read what this one did not.
    pub version: String,
}

impl Failed {
    fn now(wanted: &Wanted, reason: String, n_tries: u32) -> Self {
        let (file, version) = (wanted.file.clone(), VERSION.to_owned());
        Self { reason, n_tries, at_unix_secs: unix_secs(), file, version }
    }

    fn is_of(&self, wanted: &Wanted) -> bool {
        self.file == wanted.file && self.version == VERSION
    }

    /// A clock that was set back makes it a moment ago.
    fn since(&self) -> Duration {
        Duration::from_secs(unix_secs().saturating_sub(self.at_unix_secs))
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn unix_secs() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Where results stay from run to run.
pub trait Keep: Cache + Send {
    /// A track is through: its results as tables of their own.
    fn finished(&self, heard: &Heard, plan: &Plan);

    /// How a track failed in a run before.
    fn failure(&self, hash: &str) -> Option<Failed>;

    /// It failed now, or (`None`) there is nothing against it any more.  Returns at once.
    fn set_failure(&self, hash: &str, failed: Option<&Failed>);
}

/// Keeps nothing: for a window without a library.
pub struct Nowhere;

impl Cache for Nowhere {
    fn get(&self, _: &str, _: &str, _: u32) -> Option<Json> {
        None
    }
    fn put(&self, _: &str, _: &str, _: u32, _: &Json) {}
}

impl Keep for Nowhere {
    fn finished(&self, _: &Heard, _: &Plan) {}
    fn failure(&self, _: &str) -> Option<Failed> {
        None
    }
    fn set_failure(&self, _: &str, _: Option<&Failed>) {}
}

/// Reads a file's sound.
pub type Read = dyn Fn(&std::path::Path) -> Result<Sound, String> + Send + Sync;

/// One line of the queue, for the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub hash: String,
    pub title: String,
    pub state: State,
}

#[derive(Default)]
struct Inner {
    queue: Queue,
    wanted: BTreeMap<String, Wanted>,
    news: VecDeque<News>,
    running: Option<Cancel>,
    is_over: bool,
}

#[derive(Default)]
struct Shared {
    inner: Mutex<Inner>,
    wake: Condvar,
    /// A show plays.
    gives_way: AtomicBool,
}

impl Shared {
    /// Whoever died holding the lock left nothing half done: every change under it is complete in itself.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread, as the rest of Luma holds it.  Ends with this: what runs is cancelled and goes on at the next start.
pub struct Listener {
    shared: Arc<Shared>,
    keep: Arc<dyn Keep + Sync>,
    thread: JoinHandle<()>,
}

impl Listener {
    pub fn start(plan: Plan, keep: Arc<dyn Keep + Sync>, read: Arc<Read>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (own, kept) = (shared.clone(), keep.clone());
        let thread = std::thread::Builder::new().name("analysis".into()).spawn(move || {
            give_way();
            run(&own, &plan, kept.as_ref(), read.as_ref());
        })?;
        Ok(Self { shared, keep, thread })
    }

    /// Hands a track in, or asks again for one that is known.
    pub fn add(&self, wanted: Wanted, priority: Priority) {
        let before = self.keep.failure(&wanted.hash).filter(|failed| failed.is_of(&wanted));
        let mut inner = self.shared.lock();
        inner.queue.add(&wanted.hash, priority);
        if let Some(failed) = before {
            let since = failed.since();
            inner.queue.had_failed(&wanted.hash, failed.reason, failed.n_tries, since, Instant::now());
        }
        inner.wanted.insert(wanted.hash.clone(), wanted);
        self.shared.wake.notify_all();
    }

    pub fn put_on_deck(&self, hash: &str) {
        self.shared.lock().queue.put_on_deck(hash);
    }

    pub fn cancel(&self, hash: &str) {
        self.shared.lock().queue.cancel(hash);
    }

    pub fn retry(&self, hash: &str) {
        self.keep.set_failure(hash, None);
        self.shared.lock().queue.retry(hash);
        self.shared.wake.notify_all();
    }

    /// A track that is no longer in the library.
    pub fn forget(&self, hash: &str) {
        self.keep.set_failure(hash, None);
        let mut inner = self.shared.lock();
        inner.queue.forget(hash);
        inner.wanted.remove(hash);
    }

    /// While a show plays the analysis takes no more than its share.
    pub fn set_gives_way(&self, gives_way: bool) {
        self.shared.gives_way.store(gives_way, Ordering::Relaxed);
    }

    pub fn take_news(&self) -> Vec<News> {
        self.shared.lock().news.drain(..).collect()
    }

    /// Every track that is not done, in the order in which they run, and how many are done.
    pub fn progress(&self) -> (Vec<Line>, usize) {
        let inner = self.shared.lock();
        let line = |(hash, state): (&str, &State)| Line {
            hash: hash.to_owned(),
            title: inner.wanted.get(hash).map(|wanted| wanted.title.clone()).unwrap_or_default(),
            state: state.clone(),
        };
        let (done, open): (Vec<_>, Vec<_>) = inner.queue.list().into_iter().partition(|(_, state)| **state == State::Done);
        (open.into_iter().map(line).collect(), done.len())
    }

    /// Whether anything runs or waits to run at once.
    pub fn is_busy(&self) -> bool {
        let inner = self.shared.lock();
        !inner.news.is_empty() || inner.queue.list().iter().any(|(_, state)| matches!(state, State::Waiting | State::Running(_)))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut inner = self.shared.lock();
        inner.is_over = true;
        inner.running.iter().for_each(Cancel::cancel);
        self.shared.wake.notify_all();
        drop(inner);
        // A file that is being read cannot be stopped; whoever quits does not wait for it.
        let deadline = Instant::now() + PATIENCE;
        while !self.thread.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Where the system does not allow it, listening competes with everything else on equal terms.
fn give_way() {
    use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};
    if let Ok(low) = ThreadPriorityValue::try_from(10_u8) {
        set_current_thread_priority(ThreadPriority::Crossplatform(low)).unwrap_or_default();
    }
}

fn run(shared: &Shared, plan: &Plan, keep: &(dyn Keep + Sync), read: &Read) {
    while let Some((wanted, cancel)) = next(shared) {
        let outcome = listen(shared, plan, keep, read, &wanted, &cancel);
        let mut inner = shared.lock();
        inner.running = None;
        match outcome {
            Ok(heard) if !cancel.is_cancelled() => {
                inner.queue.done(&wanted.hash);
                keep.set_failure(&wanted.hash, None);
                inner.news.push_back(News::Heard(heard));
            }
            Ok(_) | Err(Failure::Cancelled) => {}
            Err(Failure::Broken(reason)) => {
                if let Some(n_tries) = inner.queue.failed(&wanted.hash, reason.clone(), Instant::now()) {
                    keep.set_failure(&wanted.hash, Some(&Failed::now(&wanted, reason.clone(), n_tries)));
                }
                if matches!(inner.queue.state(&wanted.hash), Some(State::Failed { again: None, .. })) {
                    inner.news.push_back(News::GaveUp { title: wanted.title, reason });
                }
            }
        }
    }
}

/// Waits for the next track; `None` at the end.
fn next(shared: &Shared) -> Option<(Wanted, Cancel)> {
    let mut inner = shared.lock();
    loop {
        if inner.is_over {
            return None;
        }
        let now = Instant::now();
        if let Some((hash, cancel)) = inner.queue.begin(now) {
            if let Some(wanted) = inner.wanted.get(&hash).cloned() {
                inner.running = Some(cancel.clone());
                return Some((wanted, cancel));
            }
            inner.queue.cancel(&hash);
            continue;
        }
        let patience = inner.queue.wakes_at().map_or(Duration::from_secs(3_600), |at| at.saturating_duration_since(now));
        inner = shared.wake.wait_timeout(inner, patience).unwrap_or_else(PoisonError::into_inner).0;
    }
}

fn listen(shared: &Shared, plan: &Plan, keep: &(dyn Keep + Sync), read: &Read, wanted: &Wanted, cancel: &Cancel) -> Result<Heard, Failure> {
    let sound: Mutex<Option<Arc<Sound>>> = Mutex::new(wanted.sound.upgrade());
    let give = || {
        let mut sound = sound.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sound) = sound.as_ref() {
            return Ok(sound.clone());
        }
        let read = Arc::new(read(&wanted.file).map_err(Failure::Broken)?);
        Ok(sound.insert(read).clone())
    };
    if keep.get(&wanted.hash, "beats", plan.version("beats")).is_none()
        && let Some(grid) = processors::first_grid(give()?.as_ref(), cancel)
    {
        let mut inner = shared.lock();
        inner.queue.progress(&wanted.hash, 0.1);
        inner.news.push_back(News::First { track: wanted.track, grid: Arc::new(grid) });
    }
    let is_new = AtomicBool::new(false);
    let n_threads = || if shared.gives_way.load(Ordering::Relaxed) { 1 } else { cores() };
    let rest = resting(shared, cancel);
    let source = Source {
        hash: &wanted.hash,
        sound: &|| {
            is_new.store(true, Ordering::Relaxed);
            give()
        },
        cancel,
        rest: &rest,
    };
    let kept: BTreeMap<&'static str, Json> = worker::run(plan, &source, keep, &n_threads, &mut |share| {
        shared.lock().queue.progress(&wanted.hash, 0.1 + 0.9 * share);
    })?;
    let duration_secs = sound.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(0.0, |sound| sound.duration_secs());
    let heard = Heard {
        track: wanted.track,
        hash: wanted.hash.clone(),
        analysis: Arc::new(processors::assembled(&kept, duration_secs)),
        hearing: Arc::new(processors::hearing(&kept)),
        is_new: is_new.into_inner(),
    };
    keep.finished(&heard, plan);
    Ok(heard)
}

/// One core stays free.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get().saturating_sub(1).max(1))
}

/// While a show plays, as long a rest as there was work since the last one.
fn resting<'a>(shared: &'a Shared, cancel: &'a Cancel) -> impl Fn() + Sync + 'a {
    let worked_from = Mutex::new(Instant::now());
    move || {
        let mut from = worked_from.lock().unwrap_or_else(PoisonError::into_inner);
        let until = Instant::now() + from.elapsed().min(LONGEST_REST);
        while shared.gives_way.load(Ordering::Relaxed) && !cancel.is_cancelled() && Instant::now() < until {
            std::thread::sleep(NAP);
        }
        *from = Instant::now();
    }
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;
