//! A large library: how long it takes to open, and until an edit is on the disk.
//!
//! `cargo bench --no-default-features --bench library`.  10,000 lamps, 100,000 annotations, in a temporary folder (`TMPDIR`
//! names another disk).

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot write has no figure to give, and figures are the point")]

use std::path::Path;
use std::time::{Duration, Instant};

use luma::document::transaction::Transaction;
use luma::registry::{Row, TableId, Value};
use luma::store::typing::fixture;
use luma::store::{Options, read, start};
use uuid::Uuid;

const FIXTURES: u64 = 10_000;
const ANNOTATIONS: u64 = 100_000;
const EDITS: u64 = 1000;
const LONG: Duration = Duration::from_secs(300);

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    fill(&library);
    println!("the file: {:.1} MB", std::fs::metadata(&library).unwrap().len() as f64 / 1e6);
    let opens: Vec<f64> = (0..5)
        .map(|_| {
            let begun = Instant::now();
            let (store, opened) = start(&library, options()).unwrap();
            let took = begun.elapsed().as_secs_f64();
            assert_eq!(opened.document.ground().n_rows(TableId::TrackScores) as u64, ANNOTATIONS);
            store.close(LONG).unwrap();
            took
        })
        .collect();
    println!("open to edit: {}", spread(opens, "s", 1.0));
    let begun = Instant::now();
    read(&library).unwrap();
    println!("open to read: {:.2} s", begun.elapsed().as_secs_f64());
    edits(&library);
}

fn options() -> Options {
    Options { backup_on_close: false, ..Options::default() }
}

fn id(kind: u128, n: u64) -> Uuid {
    Uuid::from_u128((kind << 100) | u128::from(n))
}

fn fill(library: &Path) {
    let (store, mut opened) = start(library, options()).unwrap();
    let row = |table, set: &[(&str, Value)]| Row::new(table, set.iter().cloned()).unwrap();
    let (venue, pattern, track, score) = (id(1, 1), id(2, 1), id(3, 1), id(4, 1));
    let mut rows = vec![
        row(TableId::Venues, &[("id", venue.into()), ("name", "Arena".into())]),
        row(TableId::Patterns, &[("id", pattern.into()), ("name", "Pulse".into())]),
        row(TableId::Tracks, &[("id", track.into()), ("track_hash", "0123".into())]),
        row(TableId::Scores, &[("id", score.into()), ("track_id", track.into()), ("venue_id", venue.into())]),
    ];
    rows.extend((0..FIXTURES).map(|n| fixture(id(5, n), venue, n % 500 + 1).unwrap()));
    rows.extend((0..ANNOTATIONS).map(|n| annotation(n, score, pattern)));
    let begun = Instant::now();
    store.commit(opened.document.edit(&Transaction::new("Build").put_all(rows)).unwrap().unwrap());
    store.flush(LONG).unwrap();
    println!("{} rows in one commit: {:.1} s", FIXTURES + ANNOTATIONS + 4, begun.elapsed().as_secs_f64());
    store.close(LONG).unwrap();
}

fn annotation(n: u64, score: Uuid, pattern: Uuid) -> Row {
    let args = format!(r##"{{"color":"#ff{:04x}","level":{},"selection":"front & left"}}"##, n % 65536, n % 100);
    let times = [("start_time", Value::Real(n as f64 * 0.1)), ("end_time", Value::Real(n as f64 * 0.1 + 2.0))];
    let set = [("id", id(6, n).into()), ("score_id", score.into()), ("pattern_id", pattern.into()), ("args_json", args.into())];
    Row::new(TableId::TrackScores, set.into_iter().chain(times)).unwrap()
}

/// One edit at a time, each waited for.
fn edits(library: &Path) {
    let (store, mut opened) = start(library, options()).unwrap();
    let (mut handed, mut saved) = (Vec::new(), Vec::new());
    for n in 0..EDITS {
        // From 1: nothing changes where nothing is turned.
        let at = Value::Real(n as f64 + 1.0);
        let edit = match n % 4 {
            0 => Transaction::new("Turn lamp").set(TableId::Fixtures, id(5, n * 7 % FIXTURES), [("rot_z", at)]),
            _ => Transaction::new("Move annotation").set(
                TableId::TrackScores,
                id(6, n * 97 % ANNOTATIONS),
                [("end_time", Value::Real(2e4 + n as f64))],
            ),
        };
        let commit = opened.document.edit(&edit).unwrap().unwrap();
        let begun = Instant::now();
        store.commit(commit);
        handed.push(begun.elapsed().as_secs_f64());
        store.flush(LONG).unwrap();
        saved.push(begun.elapsed().as_secs_f64());
    }
    println!("an edit handed in: {}", spread(handed, "us", 1e6));
    println!("an edit on the disk: {}", spread(saved, "ms", 1e3));
    let begun = Instant::now();
    store.back_up_soon();
    while store.status().last_backup.is_none() && begun.elapsed() < LONG {
        std::thread::sleep(Duration::from_millis(1));
    }
    println!("a backup, made and checked: {:.2} s", begun.elapsed().as_secs_f64());
    store.close(LONG).unwrap();
}

fn spread(mut times: Vec<f64>, unit: &str, scale: f64) -> String {
    times.sort_by(f64::total_cmp);
    let share = |share: f64| times[((times.len() - 1) as f64 * share) as usize] * scale;
    format!("median {:.2} {unit}, 95 % {:.2} {unit}, slowest {:.2} {unit}", share(0.5), share(0.95), share(1.0))
}
