//! `luma db` as people call it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use luma::store::{Options, backup, paths, read, start};
use serde_json::Value;

use super::{PATIENCE, assert_same, assert_sound, luma, open, said, typed};

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", said(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_library_is_made_once_and_tells_about_itself() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("shows/tour.db");
    assert_eq!(luma(&library, &["status"]).status.code(), Some(2));
    assert_eq!(json(&luma(&library, &["init", "--json"]))["made"], true);
    assert_eq!(json(&luma(&library, &["init", "--json"]))["made"], false);
    typed(&library, 50);
    let status = json(&luma(&library, &["status", "--json"]));
    assert_eq!((&status["good"], &status["open"], &status["refused"]), (&Value::from(true), &Value::from(false), &Value::from(0)));
    assert!(status["rows"]["venues"].as_u64().unwrap() > 0 && status["undo_steps"].as_u64().unwrap() > 0, "{status}");
    assert_eq!(status["step"], status["newest_step"]);
    assert!(status["state_db"].as_str().unwrap().ends_with("shows/state.db"));
    let text = String::from_utf8(luma(&library, &["status"]).stdout).unwrap();
    assert!(text.contains("is sound") && text.contains("venues") && text.contains("No backups yet"), "{text}");
    assert!(json(&luma(&library, &["migrate", "--json"]))["from"].is_u64());
}

#[test]
fn the_variable_names_the_library_and_the_flag_wins() {
    let folder = tempfile::tempdir().unwrap();
    let (named, given) = (folder.path().join("named.db"), folder.path().join("given.db"));
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_luma")).env("LUMA_DB", &named).args(args).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    };
    run(&["db", "init"]);
    assert!(named.exists() && !given.exists());
    run(&["--db", given.to_str().unwrap(), "db", "init"]);
    assert!(given.exists());
}

#[test]
fn a_second_luma_is_told_who_has_the_library_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let (store, _) = open(&library);
    for verb in [&["migrate"][..], &["type"], &["restore", "newest"]] {
        drop(upkeep_backup(&library));
        let output = luma(&library, verb);
        assert_eq!(output.status.code(), Some(2), "{verb:?}");
        let said = said(&output);
        assert!(said.contains(&format!("process {}", std::process::id())) && said.contains("--db FILE"), "{said}");
    }
    assert_eq!(json(&luma(&library, &["status", "--json"]))["open_in_process"], std::process::id());
    drop(store);
    assert!(luma(&library, &["migrate"]).status.success());
}

fn upkeep_backup(library: &Path) -> Value {
    json(&luma(library, &["backup", "--json"]))
}

#[test]
fn a_backup_is_made_while_luma_runs_and_put_back_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let first = typed(&library, 120);
    let (store, mut opened) = open(&library);
    let made = upkeep_backup(&library);
    let mut typist = luma::store::typing::Typist::new(4);
    for _ in 0..40 {
        store.commit(typist.next(&mut opened.document).unwrap());
    }
    store.close(PATIENCE).unwrap();

    let list = String::from_utf8(luma(&library, &["restore"]).stdout).unwrap();
    let name = Path::new(made["path"].as_str().unwrap()).file_name().unwrap().to_str().unwrap();
    assert!(list.contains(name) && list.contains("asked"), "{list}");
    assert_same(&read(&library).unwrap().document, &opened.document);
    let unknown = luma(&library, &["restore", "no-such.db"]);
    assert_eq!(unknown.status.code(), Some(2));
    let restored = json(&luma(&library, &["restore", name, "--json"]));
    assert_same(&read(&library).unwrap().document, &first);
    let (store, mut reopened) = open(&library);
    assert_eq!(reopened.notices, Vec::<String>::new());
    assert!(reopened.document.undo().unwrap().is_some());
    drop(store);
    // What was there before is whole, under its own name.
    assert_same(&read(Path::new(restored["before"].as_str().unwrap())).unwrap().document, &opened.document);
    assert_sound(&library);
}

#[test]
fn reset_wants_the_name_and_keeps_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let before = typed(&library, 80);
    let reset = |answer: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_luma"))
            .arg("--db")
            .arg(&library)
            .args(["db", "reset", "--json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    for wrong in ["", "yes\n", "luma\n"] {
        let output = reset(wrong);
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains("nothing was changed"), "{}", said(&output));
    }
    assert_same(&read(&library).unwrap().document, &before);
    let kept = json(&reset("luma.db\n"))["kept"].as_str().unwrap().to_owned();
    assert_eq!(json(&luma(&library, &["status", "--json"]))["undo_steps"], 0);
    assert_same(&read(Path::new(&kept)).unwrap().document, &before);
    assert!(luma(&library, &["restore", "newest"]).status.success());
    assert_same(&read(&library).unwrap().document, &before);
}

#[test]
fn backups_are_made_while_edits_go_on_and_at_the_end_if_anything_changed() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let options = Options { backup_every: Duration::from_millis(30), ..Options::default() };
    let (store, mut opened) = start(&library, options).unwrap();
    let mut typist = luma::store::typing::Typist::new(8);
    let deadline = std::time::Instant::now() + PATIENCE;
    while backup::list(&library).len() < 2 {
        assert!(std::time::Instant::now() < deadline, "{:?}", store.status());
        store.commit(typist.next(&mut opened.document).unwrap());
        store.flush(PATIENCE).unwrap();
    }
    let status = store.close(PATIENCE).unwrap();
    assert_eq!((status.backup_trouble, status.trouble), (None, None));
    let newest = backup::list(&library).remove(0);
    assert_same(&read(&newest.path).unwrap().document, &opened.document);
    let (store, mut opened) = start(&library, Options::default()).unwrap();
    store.commit(opened.document.undo().unwrap().unwrap());
    store.close(PATIENCE).unwrap();
    let newest = backup::list(&library).remove(0);
    assert_eq!(newest.why.word(), "close");
    assert_same(&read(&newest.path).unwrap().document, &opened.document);
    // Nothing changed: no backup more.
    let n_backups = backup::list(&library).len();
    let (store, _) = start(&library, Options::default()).unwrap();
    store.close(PATIENCE).unwrap();
    assert_eq!(backup::list(&library).len(), n_backups);
    let leftovers =
        fs::read_dir(paths::backups(&library)).unwrap().filter(|entry| entry.as_ref().unwrap().path().extension().unwrap() != "db");
    assert_eq!(leftovers.count(), 0);
}
