//! The program is killed at random moments while edits stream in: the file opens without a question, holds every edit that
//! was acknowledged, and its history goes with its rows.
//!
//! Twenty rounds; `scripts/kill-test` asks for more through `LUMA_KILL_ROUNDS`.  Each round goes on with the file of the
//! round before.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use luma::document::history::Document;
use luma::registry::TableId;
use luma::store::typing::Typist;
use luma::store::{read, start};

use super::{PATIENCE, assert_same, assert_sound, history, image, quiet};

#[derive(Debug, Default)]
struct Heard {
    saved: u64,
    /// Number and moment of each edit that was typed.
    typed: Vec<(u64, Instant)>,
}

/// Starts the typist and listens to it.
fn type_away(library: &Path, seed: u64, rate: u64) -> (Child, Arc<Mutex<Heard>>, std::thread::JoinHandle<()>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_luma"))
        .arg("--db")
        .arg(library)
        .args(["db", "type", "--backup-ms", "300"])
        .args(["--seed", &seed.to_string(), "--rate", &rate.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let heard = Arc::new(Mutex::new(Heard::default()));
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let listener = {
        let heard = heard.clone();
        std::thread::Builder::new().name("listener".into()).spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut heard = heard.lock().unwrap();
                match line.split_once(' ') {
                    Some(("typed", n)) => heard.typed.push((n.parse().unwrap(), Instant::now())),
                    Some(("saved", n)) => heard.saved = n.parse().unwrap(),
                    _ => {}
                }
            }
        })
    };
    (child, heard, listener.unwrap())
}

/// What the typist had made after `n` commits on `start`.
fn replay(start: &Document, seed: u64, n: u64) -> Document {
    let mut document = start.clone();
    let mut typist = Typist::new(seed);
    for _ in 0..n {
        typist.next(&mut document).unwrap();
    }
    document
}

#[test]
fn killed_at_any_moment_nothing_acknowledged_is_lost() {
    let rounds: u64 = std::env::var("LUMA_KILL_ROUNDS").map_or(20, |rounds| rounds.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    // Named in what a failure says; a seed of its own each time, so that many runs see many moments.
    let run = std::env::var("LUMA_KILL_SEED")
        .map_or_else(|_| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64, |seed| seed.parse().unwrap());
    let mut dice = Typist::new(run);
    let mut document = Document::default();
    let mut n_saved_in_all = 0;
    for round in 0..rounds {
        let (seed, rate) = (dice.below(1 << 40), [0, 50, 400, 2000][dice.below(4) as usize]);
        let place = format!("LUMA_KILL_SEED={run} round {round} seed {seed}");
        let (mut child, heard, listener) = type_away(&library, seed, rate);
        std::thread::sleep(Duration::from_millis(dice.below(900)));
        let killed = Instant::now();
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());
        listener.join().unwrap();
        let heard = heard.lock().unwrap();

        let notices = if library.exists() {
            assert_sound(&library);
            let (store, opened) = start(&library, quiet()).unwrap();
            store.close(PATIENCE).unwrap();
            // How many of this round's edits the file holds: as many as make the same history and rows.
            let n = saved_edits(&document, &opened.document, seed, heard.saved, &heard.typed)
                .unwrap_or_else(|| panic!("{place}: the file holds no state at or after edit {} of {}", heard.saved, heard.typed.len()));
            document = replay(&document, seed, n);
            assert_same(&opened.document, &document);
            for (typed, at) in &heard.typed {
                let old = killed.saturating_duration_since(*at) > Duration::from_secs(1);
                assert!(!old || *typed <= n, "{place}: edit {typed} was typed a second before and is lost");
            }
            opened.notices
        } else {
            assert_eq!(heard.saved, 0, "{place}: acknowledged, and no file");
            Vec::new()
        };
        assert_eq!(notices, Vec::<String>::new(), "{place}");
        n_saved_in_all += heard.saved;
    }
    assert!(n_saved_in_all > rounds, "too little was typed to prove anything: {n_saved_in_all}");
    println!("{rounds} kills, {n_saved_in_all} edits acknowledged, none lost");
    let mut undone = read(&library).unwrap().document;
    while undone.undo().unwrap().is_some() {}
    // Undo reaches back to the empty library, through every kill, unless more was typed than is remembered.
    assert!(undone.history().1.count() >= 19_000 || image(&undone) == image(&Document::default()));
}

fn saved_edits(before: &Document, found: &Document, seed: u64, at_least: u64, typed: &[(u64, Instant)]) -> Option<u64> {
    let (mut document, mut typist) = (before.clone(), Typist::new(seed));
    // One more may have been handed in that was not told of yet.
    let at_most = typed.last().map_or(0, |(n, _)| *n) + 2;
    let size = |document: &Document| {
        let (done, undone) = document.history();
        (done.count(), undone.count(), TableId::all().map(|table| document.ground().n_rows(table)).sum::<usize>())
    };
    let (wanted, rows, steps) = (size(found), image(found), history(found));
    for n in 0..=at_most {
        if n >= at_least && size(&document) == wanted && image(&document) == rows && history(&document) == steps {
            return Some(n);
        }
        typist.next(&mut document)?;
    }
    None
}
