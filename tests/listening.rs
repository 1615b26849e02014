//! A library of songs, listened to by a process that is killed in the middle, and by the one that starts after it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use luma::analysis::listener::{Heard, Listener, News, Wanted};
use luma::analysis::processors;
use luma::analysis::queue::{Priority, State};
use luma::document::transaction::Transaction;
use luma::registry::{Row, TableId};
use luma::store::{self, Store};
use luma::tracks::{decode, import, rows, wav};

/// In the environment of the process that is to be killed: its library.
const VICTIM: &str = "LUMA_TEST_LISTENS_IN";
const TEMPI: [f64; 5] = [100.0, 112.0, 124.0, 136.0, 148.0];

/// Kicks for so many seconds.
fn song(bpm: f64, secs: f64) -> Vec<u8> {
    let period = 60.0 / bpm * 44_100.0;
    let frame = |at: usize| {
        let since = at as f64 - ((at as f64 - 9_000.0) / period).floor() * period - 9_000.0;
        [(0.6 * (-since / 1_500.0).exp() * (since * 0.009).sin()) as f32; 2]
    };
    wav::bytes(&(0..(secs * 44_100.0) as usize).map(frame).collect::<Vec<_>>(), 44_100)
}

fn songs(folder: &Path) -> Vec<PathBuf> {
    let write = |bpm: &f64| {
        let path = folder.join(format!("song {bpm}.wav"));
        std::fs::write(&path, song(*bpm, 24.0)).unwrap();
        path
    };
    TEMPI.iter().map(write).collect()
}

/// Opens the library, with the songs in it, and begins to listen to them.
fn listen(folder: &Path) -> (Store, Listener) {
    let (store, mut opened) = store::start(&folder.join("luma.db"), store::Options::default()).unwrap();
    let read = |path: &Path| decode::decode(path).map(|decoded| decoded.sound).map_err(|error| error.to_string());
    let listener = Listener::start(processors::plan().unwrap(), Arc::new(store.shelf()), Arc::new(read)).unwrap();
    for bpm in TEMPI {
        let file = folder.join(format!("song {bpm}.wav"));
        let import::Opened { track, tags, .. } = import::open(&file).unwrap();
        if opened.document.ground().get(TableId::Tracks, track.id).is_none() {
            let added = opened.document.edit(&Transaction::new("Add").put(rows::row(&track, &tags).unwrap())).unwrap();
            store.commit(added.unwrap());
        }
        listener.add(Wanted { track: track.id, hash: track.hash, title: track.title, file, sound: Weak::new() }, Priority::Waiting);
    }
    (store, listener)
}

fn heard(listener: &Listener, n: usize) -> Vec<Heard> {
    let (mut all, deadline) = (Vec::new(), Instant::now() + Duration::from_secs(300));
    while all.len() < n {
        assert!(Instant::now() < deadline, "{:?}", listener.progress());
        for news in listener.take_news() {
            match news {
                News::Heard(heard) => all.push(heard),
                News::First { .. } => {}
                News::GaveUp { title, reason } => panic!("{title}: {reason}"),
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    all
}

/// Run by the test below in a process of its own: says what it has heard until it is killed.
#[test]
fn a_victim_listens_until_it_is_killed() {
    let Some(folder) = std::env::var_os(VICTIM) else { return };
    let (store, listener) = listen(Path::new(&folder));
    for n in 1..=TEMPI.len() {
        heard(&listener, 1);
        store.flush(Duration::from_secs(10)).unwrap();
        std::io::stdout().write_all(format!("heard {n}\n").as_bytes()).unwrap();
    }
}

fn rows_of(store: &Store, table: TableId, heard: &Heard) -> Vec<Row> {
    store.rows(table, "track_id", &heard.track.into()).unwrap()
}

#[test]
fn killed_in_the_middle_the_next_start_goes_on_and_a_later_one_listens_to_nothing() {
    let folder = tempfile::tempdir().unwrap();
    songs(folder.path());
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_victim_listens_until_it_is_killed", "--nocapture"])
        .env(VICTIM, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let said = lines.map_while(Result::ok).find(|line| line.contains("heard 2"));
    assert!(said.is_some(), "it ended before it had heard two songs");
    victim.kill().unwrap();
    victim.wait().unwrap();

    let (store, listener) = listen(folder.path());
    let all = heard(&listener, TEMPI.len());
    let n_kept = all.iter().filter(|heard| !heard.is_new).count();
    assert!((2..TEMPI.len()).contains(&n_kept), "{n_kept} of the songs were heard before the kill");
    for (heard, bpm) in all.iter().zip(TEMPI) {
        assert!((heard.analysis.grid.bpm - bpm).abs() < 0.1, "{bpm}: {}", heard.analysis.grid.bpm);
    }
    store.flush(Duration::from_secs(10)).unwrap();
    for heard in &all {
        for table in [TableId::TrackBeats, TableId::TrackRoots, TableId::TrackDrumOnsets, TableId::TrackBarClassifications] {
            assert_eq!(rows_of(&store, table, heard).len(), 1, "{table} of {}", heard.hash);
        }
        let roots = rows_of(&store, TableId::TrackRoots, heard).remove(0);
        let logits = std::fs::read(roots.text("logits_path").unwrap()).unwrap();
        assert_eq!(logits.len(), heard.analysis.logits.as_ref().unwrap().frames.len() * 13 * 4, "32-bit floats, thirteen a frame");
    }
    drop(listener);
    drop(store);

    let (store, listener) = listen(folder.path());
    let again = heard(&listener, TEMPI.len());
    assert!(again.iter().all(|heard| !heard.is_new), "everything is in the cache");
    for (before, now) in all.iter().zip(&again) {
        assert_eq!(before.analysis.grid, now.analysis.grid);
        assert_eq!(before.analysis.logits, now.analysis.logits);
        assert_eq!(before.analysis.sections, now.analysis.sections);
    }
    drop((listener, store));

    // A result whose file is gone is made again, and only that.
    std::fs::remove_dir_all(folder.path().join("logits")).unwrap();
    let (_store, listener) = listen(folder.path());
    let third = heard(&listener, TEMPI.len());
    assert!(third.iter().all(|heard| heard.is_new));
    assert_eq!(third[0].analysis.chords, all[0].analysis.chords);
}

#[test]
fn a_song_that_failed_is_still_known_to_have_failed_after_a_restart_and_is_heard_when_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    songs(folder.path());
    let file = folder.path().join("song 100.wav");
    let away = folder.path().join("away");
    let hash = import::open(&file).unwrap().track.hash;
    let start = || {
        let (store, _) = store::start(&folder.path().join("luma.db"), store::Options::default()).unwrap();
        let read = |path: &Path| decode::decode(path).map(|decoded| decoded.sound).map_err(|error| error.to_string());
        let listener = Listener::start(processors::plan().unwrap(), Arc::new(store.shelf()), Arc::new(read)).unwrap();
        let title = "Song".to_owned();
        listener.add(
            Wanted { track: uuid::Uuid::from_u128(7), hash: hash.clone(), title, file: file.clone(), sound: Weak::new() },
            Priority::Waiting,
        );
        (store, listener)
    };
    let reason = |listener: &Listener| match listener.progress().0.first().map(|line| line.state.clone()) {
        Some(State::Failed { reason, .. }) => Some(reason),
        _ => None,
    };
    std::fs::rename(&file, &away).unwrap();
    let (store, listener) = start();
    let deadline = Instant::now() + Duration::from_secs(60);
    while reason(&listener).is_none() {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(listener);
    store.close(Duration::from_secs(10)).unwrap();
    std::fs::rename(&away, &file).unwrap();
    let (store, listener) = start();
    assert!(reason(&listener).unwrap().contains("there is no file"), "{:?}", listener.progress());
    listener.retry(&hash);
    assert!(heard(&listener, 1)[0].is_new);
    drop(listener);
    store.close(Duration::from_secs(10)).unwrap();
    let (_store, listener) = start();
    assert_eq!(reason(&listener), None, "it is well");
}

/// Half a second of tone each, named and (but for the ogg) with a cover.
const TAGGED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tags");

#[test]
fn a_song_is_called_what_its_file_says_and_brings_its_cover() {
    for coding in ["mp3", "flac", "m4a", "ogg"] {
        let import::Opened { track, tags, .. } = import::open(&Path::new(TAGGED).join(format!("tagged.{coding}"))).unwrap();
        assert_eq!((track.title.as_str(), track.artist.as_str(), tags.album.as_str()), ("Kingfisher", "Ada", "River"), "{coding}");
        assert_eq!((tags.track_number, tags.disc_number), (Some(3), Some(2)), "{coding}");
        let cover = tags.cover.as_ref().map(|cover| (cover.mime, cover.extension, &cover.bytes[..4]));
        assert_eq!(cover, (coding != "ogg").then_some(("image/png", "png", b"\x89PNG".as_slice())), "{coding}");
        let row = rows::row(&track, &tags).unwrap();
        assert_eq!((row.text("album").unwrap(), row.int("track_number").unwrap()), ("River", 3), "{coding}");
    }
}

#[test]
fn a_song_without_tags_is_called_like_its_file_and_a_coding_that_is_not_read_says_so() {
    let opened = import::open(&Path::new(TAGGED).join("tone.aiff")).unwrap();
    assert_eq!((opened.track.title.as_str(), opened.tags.cover.is_none()), ("tone", true));
    assert!((opened.track.analysis.duration_secs - 0.5).abs() < 1e-6);
    let words = import::open(&Path::new(TAGGED).join("tone.opus")).unwrap_err().to_string();
    assert!(words.contains("tone.opus") && words.contains("convert it to flac, mp3 or wav"), "{words}");
}
