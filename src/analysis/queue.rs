//! Which track is analysed next: a value that a worker asks and tells; it knows no thread and no clock of its own.
//!
//! What is on the deck comes first, then what a person asked for, then the rest in the order in which it came.  A track
//! that failed comes again after a while that doubles each time, and after [`MAX_TRIES`] only when a person says so.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::plan::Cancel;

pub const MAX_TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    OnDeck,
    Asked,
    Waiting,
}

#[derive(Clone, Debug, PartialEq)]
pub enum State {
    Waiting,
    /// `0.0..=1.0`.
    Running(f32),
    /// Comes again at an instant, or only by hand.
    Failed {
        reason: String,
        again: Option<Instant>,
    },
    Done,
    Cancelled,
}

#[derive(Clone, Debug)]
struct Entry {
    priority: Priority,
    /// The order of coming.
    seq: u64,
    state: State,
    n_tries: u32,
    cancel: Cancel,
}

/// How long a track waits that failed so often; `None` where only a person brings it back.
fn pause(n_tries: u32) -> Option<Duration> {
    (n_tries < MAX_TRIES).then(|| FIRST_PAUSE * 2_u32.pow(n_tries.saturating_sub(1)))
}

/// Tracks by the hash of their content.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    entries: BTreeMap<String, Entry>,
    n_come: u64,
}

impl Queue {
    /// Adds a track, or raises the priority of one that is there; what is done or was cancelled begins anew.
    pub fn add(&mut self, hash: &str, priority: Priority) {
        self.n_come += 1;
        let new = Entry { priority, seq: self.n_come, state: State::Waiting, n_tries: 0, cancel: Cancel::default() };
        match self.entries.get_mut(hash) {
            Some(entry) if matches!(entry.state, State::Waiting | State::Running(_) | State::Failed { .. }) => {
                entry.priority = entry.priority.min(priority);
            }
            _ => drop(self.entries.insert(hash.into(), new)),
        }
    }

    /// The track on the deck; the one before it goes back among the rest.
    pub fn put_on_deck(&mut self, hash: &str) {
        for (other, entry) in &mut self.entries {
            if other == hash {
                entry.priority = Priority::OnDeck;
            } else if entry.priority == Priority::OnDeck {
                entry.priority = Priority::Waiting;
            }
        }
    }

    /// Begins the next track, if one may: its hash, and how it is told to stop.
    pub fn begin(&mut self, now: Instant) -> Option<(String, Cancel)> {
        let may = |state: &State| match state {
            State::Waiting => true,
            State::Failed { again, .. } => again.is_some_and(|again| again <= now),
            State::Running(_) | State::Done | State::Cancelled => false,
        };
        let next = self.entries.iter_mut().filter(|(_, entry)| may(&entry.state)).min_by_key(|(_, entry)| (entry.priority, entry.seq))?;
        next.1.state = State::Running(0.0);
        next.1.cancel = Cancel::default();
        Some((next.0.clone(), next.1.cancel.clone()))
    }

    /// When something that failed comes again.
    pub fn wakes_at(&self) -> Option<Instant> {
        self.entries.values().filter_map(|entry| if let State::Failed { again, .. } = &entry.state { *again } else { None }).min()
    }

    pub fn progress(&mut self, hash: &str, share: f32) {
        if let Some(Entry { state: State::Running(done), .. }) = self.entries.get_mut(hash) {
            *done = share.clamp(0.0, 1.0);
        }
    }

    pub fn done(&mut self, hash: &str) {
        if let Some(entry) = self.running(hash) {
            entry.state = State::Done;
            entry.n_tries = 0;
        }
    }

    /// Says how often it failed by now, where it was running.
    pub fn failed(&mut self, hash: &str, reason: String, now: Instant) -> Option<u32> {
        let entry = self.running(hash)?;
        entry.n_tries += 1;
        entry.state = State::Failed { reason, again: pause(entry.n_tries).map(|pause| now + pause) };
        Some(entry.n_tries)
    }

    /// A track that waits and had failed before, `since` ago: its pause goes on.
    pub fn had_failed(&mut self, hash: &str, reason: String, n_tries: u32, since: Duration, now: Instant) {
        if let Some(entry) = self.entries.get_mut(hash).filter(|entry| entry.state == State::Waiting && entry.n_tries == 0) {
            entry.n_tries = n_tries;
            entry.state = State::Failed { reason, again: pause(n_tries).map(|pause| now + pause.saturating_sub(since)) };
        }
    }

    /// Stops a track that runs, or takes one that waits out of the queue.
    pub fn cancel(&mut self, hash: &str) {
        if let Some(entry) = self.entries.get_mut(hash).filter(|entry| entry.state != State::Done) {
            entry.cancel.cancel();
            entry.state = State::Cancelled;
        }
    }

    /// Drops a track altogether, and stops it if it runs.
    pub fn forget(&mut self, hash: &str) {
        if let Some(entry) = self.entries.remove(hash) {
            entry.cancel.cancel();
        }
    }

    /// The button beside a failure.
    pub fn retry(&mut self, hash: &str) {
        if let Some(entry) = self.entries.get_mut(hash).filter(|entry| matches!(entry.state, State::Failed { .. } | State::Cancelled)) {
            (entry.state, entry.n_tries, entry.priority) = (State::Waiting, 0, entry.priority.min(Priority::Asked));
        }
    }

    /// Every track in the order in which it would run, for a list on the screen.
    pub fn list(&self) -> Vec<(&str, &State)> {
        let mut all: Vec<_> = self.entries.iter().collect();
        all.sort_by_key(|(_, entry)| (entry.priority, entry.seq));
        all.into_iter().map(|(hash, entry)| (hash.as_str(), &entry.state)).collect()
    }

    pub fn state(&self, hash: &str) -> Option<&State> {
        self.entries.get(hash).map(|entry| &entry.state)
    }

    fn running(&mut self, hash: &str) -> Option<&mut Entry> {
        self.entries.get_mut(hash).filter(|entry| matches!(entry.state, State::Running(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(hashes: &[&str]) -> Queue {
        let mut queue = Queue::default();
        hashes.iter().for_each(|hash| queue.add(hash, Priority::Waiting));
        queue
    }

    fn order(mut queue: Queue, now: Instant) -> Vec<String> {
        std::iter::from_fn(|| queue.begin(now).map(|(hash, _)| hash)).collect()
    }

    #[test]
    fn tracks_run_in_the_order_in_which_they_came() {
        assert_eq!(order(queue(&["b", "c", "a"]), Instant::now()), ["b", "c", "a"]);
    }

    #[test]
    fn the_playing_track_goes_first_and_what_was_asked_for_second() {
        let mut queue = queue(&["a", "b", "c", "d"]);
        queue.add("c", Priority::Asked);
        queue.put_on_deck("b");
        queue.put_on_deck("d");
        assert_eq!(order(queue, Instant::now()), ["d", "c", "a", "b"]);
    }

    #[test]
    fn cancel_stops_what_runs_and_drops_what_waits() {
        let mut queue = queue(&["a", "b", "c"]);
        let now = Instant::now();
        let (_, cancel) = queue.begin(now).unwrap();
        queue.cancel("a");
        queue.cancel("b");
        assert!(cancel.is_cancelled());
        queue.done("a");
        assert_eq!(queue.state("a"), Some(&State::Cancelled), "a result that comes too late is not wanted");
        assert_eq!(queue.begin(now).unwrap().0, "c");
        assert!(queue.begin(now).is_none());
        queue.add("a", Priority::Waiting);
        let (hash, cancel) = queue.begin(now).unwrap();
        assert_eq!((hash.as_str(), cancel.is_cancelled()), ("a", false), "asked for again it begins anew");
    }

    #[test]
    fn a_failure_comes_again_later_each_time_and_at_last_only_by_hand() {
        let mut queue = queue(&["a"]);
        let mut now = Instant::now();
        for n in 0..MAX_TRIES {
            queue.begin(now).unwrap();
            queue.failed("a", "the disk is full".into(), now);
            assert!(queue.begin(now).is_none(), "not at once");
            let Some(again) = queue.wakes_at() else {
                assert_eq!(n, MAX_TRIES - 1);
                break;
            };
            assert_eq!(again - now, FIRST_PAUSE * 2_u32.pow(n));
            now = again;
        }
        assert!(queue.begin(now + Duration::from_secs(86_400)).is_none());
        assert!(matches!(queue.state("a"), Some(State::Failed { reason, again: None }) if reason == "the disk is full"));
        queue.retry("a");
        assert_eq!(queue.begin(now).unwrap().0, "a");
    }

    #[test]
    fn what_failed_before_waits_out_its_pause_and_no_longer() {
        let mut queue = queue(&["a", "b"]);
        let now = Instant::now();
        queue.had_failed("a", "the disk is full".into(), 2, Duration::from_secs(4), now);
        queue.had_failed("b", "it is no sound".into(), MAX_TRIES, Duration::from_secs(86_400), now);
        assert!(queue.begin(now).is_none());
        assert_eq!(queue.wakes_at(), Some(now + FIRST_PAUSE * 2 - Duration::from_secs(4)));
        assert_eq!(queue.begin(now + FIRST_PAUSE * 2).unwrap().0, "a");
        assert_eq!(queue.failed("a", "again".into(), now), Some(3), "tries go on counting");
        queue.retry("b");
        assert_eq!(queue.begin(now).unwrap().0, "b");
    }

    #[test]
    fn progress_is_seen_while_it_runs() {
        let mut queue = queue(&["a", "b"]);
        queue.begin(Instant::now()).unwrap();
        queue.progress("a", 0.4);
        queue.progress("b", 0.9);
        assert_eq!(queue.list(), [("a", &State::Running(0.4)), ("b", &State::Waiting)]);
    }
}
