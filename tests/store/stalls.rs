//! Nobody who hands in an edit ever waits for the disk.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use luma::store::typing::Typist;
use luma::store::{CommitNo, Options, read, start};

use super::{PATIENCE, assert_same, quiet};

#[test]
fn a_stalled_disk_delays_no_edit_and_everything_is_written_once_it_moves() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let gate = Arc::new(Mutex::new(()));
    let reached = Arc::new(AtomicBool::new(false));
    let hook = {
        let (gate, reached) = (gate.clone(), reached.clone());
        move |_: CommitNo| {
            reached.store(true, Ordering::SeqCst);
            drop(gate.lock().unwrap());
        }
    };
    let stalled = gate.lock().unwrap();
    let (store, mut opened) = start(&library, Options { before_write: Some(Arc::new(hook)), ..quiet() }).unwrap();
    let mut typist = Typist::new(1);
    let mut slowest = Duration::ZERO;
    store.commit(typist.next(&mut opened.document).unwrap());
    let deadline = Instant::now() + PATIENCE;
    while !reached.load(Ordering::SeqCst) {
        assert!(Instant::now() < deadline, "the writer never began");
        std::thread::yield_now();
    }
    for n in 2..=5000 {
        let commit = typist.next(&mut opened.document).unwrap();
        let before = Instant::now();
        assert_eq!(store.commit(commit), CommitNo(n));
        let status = store.status();
        slowest = slowest.max(before.elapsed());
        // The writer stands still all the while: that any of this returns is the point.
        assert_eq!((status.saved, status.waiting), (CommitNo(0), n));
    }
    assert!(slowest < Duration::from_secs(1), "slowest {slowest:?}");
    let unsaved = store.flush(Duration::from_millis(20)).unwrap_err();
    assert_eq!(unsaved.waiting, 5000);
    drop(stalled);
    store.flush(PATIENCE).unwrap();
    assert_eq!((store.status().saved, store.status().waiting), (CommitNo(5000), 0));
    store.close(PATIENCE).unwrap();
    assert_same(&read(&library).unwrap().document, &opened.document);
}

#[test]
fn who_closes_while_the_disk_stands_still_is_told_what_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Arc::new(Mutex::new(()));
    let hook = {
        let gate = gate.clone();
        move |_: CommitNo| drop(gate.lock().unwrap())
    };
    let stalled = gate.lock().unwrap();
    let (store, mut opened) = start(&folder.path().join("luma.db"), Options { before_write: Some(Arc::new(hook)), ..quiet() }).unwrap();
    store.commit(Typist::new(2).next(&mut opened.document).unwrap());
    let unsaved = store.close(Duration::from_millis(50)).unwrap_err();
    assert_eq!(unsaved.waiting, 1);
    assert!(unsaved.to_string().contains("1 edits are not saved"), "{unsaved}");
    drop(stalled);
}
