//! The queue at work: a real thread, real sounds, results in memory.

use std::path::Path;
use std::sync::atomic::AtomicUsize;

use super::super::worker::tests::Memory;
use super::*;

impl Keep for Memory {
    fn finished(&self, _: &Heard, _: &Plan) {}
    fn failure(&self, hash: &str) -> Option<Failed> {
        self.failed().get(hash).cloned()
    }
    fn set_failure(&self, hash: &str, failed: Option<&Failed>) {
        match failed {
            Some(failed) => drop(self.failed().insert(hash.into(), failed.clone())),
            None => drop(self.failed().remove(hash)),
        }
    }
}

#[test]
fn a_failure_is_remembered_by_the_next_listener_until_somebody_asks_again() {
    let memory = Arc::new(Memory::default());
    let first = listener(&memory, read);
    first.add(wanted("broken-1"), Priority::Waiting);
    let failed = |listener: &Listener| matches!(listener.progress().0.first(), Some(Line { state: State::Failed { .. }, .. }));
    let wait = |what: &dyn Fn() -> bool| {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !what() {
            assert!(Instant::now() < deadline);
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    wait(&|| failed(&first));
    drop(first);
    let kept = memory.failure("broken-1").unwrap();
    assert_eq!((kept.n_tries, kept.reason.as_str()), (1, "it is no sound"));
    // The next run: it waits and is not tried at once, though its file is read by now.
    let n_read = Arc::new(AtomicUsize::new(0));
    let counted = n_read.clone();
    let second = listener(&memory, move |_: &Path| {
        counted.fetch_add(1, Ordering::Relaxed);
        read(Path::new("a-120"))
    });
    second.add(wanted("broken-1"), Priority::Waiting);
    assert!(failed(&second), "{:?}", second.progress());
    second.retry("broken-1");
    wait(&|| second.progress().1 == 1);
    assert!(n_read.load(Ordering::Relaxed) > 0);
    assert_eq!(memory.failure("broken-1"), None, "it is well again");
    // Another file with the same sound is tried at once.
    memory.set_failure("x-120", Some(&Failed { file: "elsewhere".into(), ..kept }));
    second.add(wanted("x-120"), Priority::Waiting);
    wait(&|| second.progress().1 == 2);
}

/// Clicks at 120 and so on beats a minute, by the number in a file's name; "broken" cannot be read and "slow" takes its time.
fn read(path: &Path) -> Result<Sound, String> {
    let name = path.to_string_lossy().into_owned();
    if name.starts_with("broken") {
        return Err("it is no sound".into());
    }
    if name.starts_with("slow") {
        std::thread::sleep(Duration::from_millis(400));
    }
    let bpm: f64 = name.rsplit('-').next().and_then(|bpm| bpm.parse().ok()).unwrap_or(120.0);
    let period = 60.0 / bpm * 44_100.0;
    let frame = |at: usize| {
        let since = at as f64 - (at as f64 / period).floor() * period;
        [(0.6 * (-since / 900.0).exp() * (since * 0.012).sin()) as f32; 2]
    };
    Ok(Sound { rate_hz: 44_100, frames: (0..44_100 * 10).map(frame).collect() })
}

fn wanted(name: &str) -> Wanted {
    let (hash, title) = (name.to_owned(), name.to_owned());
    Wanted { track: Uuid::new_v5(&Uuid::nil(), name.as_bytes()), hash, title, file: name.into(), sound: Weak::new() }
}

fn listener(memory: &Arc<Memory>, read: impl Fn(&Path) -> Result<Sound, String> + Send + Sync + 'static) -> Listener {
    Listener::start(processors::plan().unwrap(), memory.clone(), Arc::new(read)).unwrap()
}

/// Everything that is found until `enough`.
#[track_caller]
fn news(listener: &Listener, enough: impl Fn(&[News]) -> bool) -> Vec<News> {
    let (mut all, deadline) = (Vec::new(), Instant::now() + Duration::from_secs(300));
    while !enough(&all) {
        assert!(Instant::now() < deadline, "still {:?} after {all:?}", listener.progress());
        all.extend(listener.take_news());
        std::thread::sleep(Duration::from_millis(5));
    }
    all
}

fn until_it_runs(listener: &Listener) {
    while listener.progress().0.iter().all(|line| !matches!(line.state, State::Running(_))) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn heard(news: &[News]) -> Vec<(&str, &Heard)> {
    news.iter().filter_map(|one| if let News::Heard(heard) = one { Some((heard.hash.as_str(), heard)) } else { None }).collect()
}

#[test]
fn five_songs_are_heard_one_by_one_the_playing_one_first_and_the_second_time_from_the_cache() {
    let memory = Arc::new(Memory::default());
    let listening = listener(&memory, read);
    // The first has begun; the others wait for it.
    listening.add(wanted("slow-120"), Priority::Waiting);
    until_it_runs(&listening);
    for name in ["a-100", "b-110", "c-125", "d-130"] {
        listening.add(wanted(name), Priority::Waiting);
    }
    listening.put_on_deck("d-130");
    let all = news(&listening, |news| heard(news).len() == 5);
    let order: Vec<&str> = heard(&all).iter().map(|(hash, _)| *hash).collect();
    assert_eq!(order, ["slow-120", "d-130", "a-100", "b-110", "c-125"]);
    for (hash, heard) in heard(&all) {
        let bpm: f64 = hash.rsplit('-').next().unwrap().parse().unwrap();
        assert!((heard.analysis.grid.bpm - bpm).abs() < 0.5, "{hash}: {}", heard.analysis.grid.bpm);
        assert!(heard.is_new && heard.hearing.stage == crate::tracks::model::Stage::Whole);
    }
    assert_eq!(listening.progress(), (Vec::new(), 5));
    drop(listening);
    // Started again, nothing has to be listened to.
    let again = listener(&memory, |_| Err("nobody needs the sound".into()));
    again.add(wanted("a-100"), Priority::Waiting);
    let all = news(&again, |news| heard(news).len() == 1);
    assert!(!heard(&all)[0].1.is_new && heard(&all)[0].1.analysis.grid.beats.len() > 10);
}

#[test]
fn what_is_cancelled_gives_no_news_and_begins_anew_when_asked_again() {
    let memory = Arc::new(Memory::default());
    let listening = listener(&memory, read);
    listening.add(wanted("slow-120"), Priority::OnDeck);
    listening.add(wanted("a-100"), Priority::Waiting);
    until_it_runs(&listening);
    listening.cancel("slow-120");
    let all = news(&listening, |news| heard(news).len() == 1);
    assert_eq!(heard(&all)[0].0, "a-100");
    assert_eq!(listening.progress().0[0].state, State::Cancelled);
    listening.retry("slow-120");
    let all = news(&listening, |news| heard(news).len() == 1);
    assert_eq!(heard(&all)[0].0, "slow-120");
}

#[test]
fn a_file_that_cannot_be_read_says_why_waits_and_is_tried_again_by_hand() {
    let (memory, n_reads) = (Arc::new(Memory::default()), Arc::new(AtomicUsize::new(0)));
    let count = n_reads.clone();
    let listening =
        listener(
            &memory,
            move |path| {
                if count.fetch_add(1, Ordering::Relaxed) == 0 { Err("the disk was away".into()) } else { read(path) }
            },
        );
    listening.add(wanted("a-120"), Priority::Waiting);
    let deadline = Instant::now() + Duration::from_secs(60);
    let failed = |lines: &[Line]| {
        lines.iter().any(|line| matches!(&line.state, State::Failed { reason, again: Some(_) } if reason == "the disk was away"))
    };
    while !failed(&listening.progress().0) {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(1));
    }
    listening.retry("a-120");
    assert_eq!(heard(&news(&listening, |news| heard(news).len() == 1)).len(), 1);
    assert_eq!(n_reads.load(Ordering::Relaxed), 2);
}

#[test]
fn a_listener_that_ends_in_the_middle_leaves_what_it_found_for_the_next() {
    let memory = Arc::new(Memory::default());
    let listening = listener(&memory, read);
    listening.add(wanted("slow-120"), Priority::Waiting);
    while memory.get("slow-120", "loudness", processors::plan().unwrap().version("loudness")).is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(listening);
    let again = listener(&memory, read);
    again.add(wanted("slow-120"), Priority::Waiting);
    assert!(heard(&news(&again, |news| heard(news).len() == 1))[0].1.analysis.grid.beats.len() > 10);
}

#[test]
fn a_long_song_has_a_grid_from_its_beginning_first() {
    let memory = Arc::new(Memory::default());
    let listening = listener(&memory, |_| {
        // Whole beats in ten seconds, so that no end is heard.
        let short = read(Path::new("x-126"))?;
        Ok(Sound { frames: short.frames.iter().copied().cycle().take(44_100 * 190).collect(), ..short })
    });
    listening.add(wanted("long"), Priority::Waiting);
    let all = news(&listening, |news| !news.is_empty());
    let News::First { grid, .. } = &all[0] else { panic!("{all:?}") };
    assert!((grid.bpm - 126.0).abs() < 1.0 && grid.beats.last().is_some_and(|last| *last > 188.0), "{}", grid.bpm);
}

#[test]
fn while_a_show_plays_it_rests_as_long_as_it_works() {
    let (shared, cancel) = (Shared::default(), Cancel::default());
    let rest = resting(&shared, &cancel);
    let timed = |work: Duration| {
        std::thread::sleep(work);
        let from = Instant::now();
        rest();
        from.elapsed()
    };
    assert!(timed(Duration::from_millis(60)) < Duration::from_millis(15), "nobody plays");
    shared.gives_way.store(true, Ordering::Relaxed);
    assert!(timed(Duration::from_millis(60)) >= Duration::from_millis(60));
    cancel.cancel();
    assert!(timed(Duration::from_millis(60)) < Duration::from_millis(15), "who cancels does not wait");
}
