//! The library under everything that happens to files: kills, full and vanished disks, damage, two Lumas at once.
#![allow(clippy::print_stdout, reason = "a test that cannot run here says so")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on says where")]

mod damage;
mod disks;
mod edits;
mod kill;
mod stalls;
mod verbs;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use luma::document::codec;
use luma::document::history::Document;
use luma::document::step::Change;
use luma::registry::TableId;
use luma::store::typing::Typist;
use luma::store::{Opened, Options, Store, start};

const PATIENCE: Duration = Duration::from_secs(60);

/// Every row of every table, as text: what an export would hold, and what it would leave out as well.
fn image(document: &Document) -> String {
    let rows = TableId::all().flat_map(|table| document.ground().rows(table));
    let changes: Vec<Change> =
        rows.map(|row| Change { table: row.table(), id: row.id(), before: None, after: Some(row.clone()) }).collect();
    codec::encode(&changes)
}

/// Steps that can be undone and redone: number, label, and what they did.
fn history(document: &Document) -> Vec<(u64, bool, String, String)> {
    let (done, undone) = document.history();
    let done = done.map(|entry| (entry, true)).chain(undone.map(|entry| (entry, false)));
    done.map(|(entry, done)| (entry.seq, done, entry.step.label.clone(), codec::encode(&entry.step.changes))).collect()
}

/// The same rows and the same history; says where it breaks, not all of it.
#[track_caller]
fn assert_same(found: &Document, wanted: &Document) {
    for table in TableId::all() {
        assert_eq!(found.ground().n_rows(table), wanted.ground().n_rows(table), "rows in {table}");
        for row in wanted.ground().rows(table) {
            assert_eq!(found.ground().get(table, row.id()), Some(row));
        }
    }
    let (found, wanted) = (history(found), history(wanted));
    assert_eq!(found.len(), wanted.len(), "steps of the history");
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_eq!(found, wanted);
    }
}

fn quiet() -> Options {
    Options { backup_on_close: false, ..Options::default() }
}

fn open(path: &Path) -> (Store, Opened) {
    start(path, quiet()).unwrap()
}

/// A library in which somebody has typed, closed, and what it holds.
fn typed(path: &Path, n: u64) -> Document {
    let (store, mut opened) = open(path);
    let mut typist = Typist::new(n);
    for _ in 0..n {
        store.commit(typist.next(&mut opened.document).unwrap());
    }
    store.close(PATIENCE).unwrap();
    opened.document
}

fn luma(library: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_luma")).arg("--db").arg(library).arg("db").args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A full look at the file by the program's own verb.
#[track_caller]
fn assert_sound(library: &Path) {
    let output = luma(library, &["check"]);
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), said(&output));
}
