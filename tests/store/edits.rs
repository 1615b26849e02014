//! Whatever is edited can be undone to the first state and redone to the last, on the real file.

use std::fs;

use luma::document::history::{Commit, Document};
use luma::document::step::Change;
use luma::document::transaction::Transaction;
use luma::registry::{TableId, Value};
use luma::store::typing::{Typist, fixture, group};
use luma::store::{CommitNo, paths, read};
use uuid::Uuid;

use super::{PATIENCE, assert_same, assert_sound, image, open};

/// Random edits; the store is closed and opened again at random points, and nothing is different after.
#[test]
fn ten_thousand_edits_are_undone_to_the_first_state_and_redone_to_the_last_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let (mut store, mut opened) = open(&library);
    let first = image(&opened.document);
    let mut typist = Typist::new(42);
    let mut n_restarts = 0;
    for _ in 0..10_000 {
        store.commit(typist.next(&mut opened.document).unwrap());
        if typist.below(1000) == 0 {
            store.close(PATIENCE).unwrap();
            let before = opened.document;
            (store, opened) = open(&library);
            assert_same(&opened.document, &before);
            n_restarts += 1;
        }
    }
    assert!(n_restarts > 3, "{n_restarts} restarts");
    while let Some(commit) = opened.document.redo().unwrap() {
        store.commit(commit);
    }
    let last = image(&opened.document);
    let mut n_steps = 0;
    while let Some(commit) = opened.document.undo().unwrap() {
        store.commit(commit);
        n_steps += 1;
    }
    assert_eq!(image(&opened.document), first);
    assert!(n_steps > 5000, "{n_steps} steps");
    store.close(PATIENCE).unwrap();
    (store, opened) = open(&library);
    assert_eq!(image(&opened.document), first);
    for at in 0..n_steps {
        store.commit(opened.document.redo().unwrap().unwrap());
        if at == n_steps / 2 {
            store.close(PATIENCE).unwrap();
            (store, opened) = open(&library);
        }
    }
    assert_eq!(opened.document.redo().unwrap(), None);
    let status = store.close(PATIENCE).unwrap();
    assert_eq!((status.refused, status.trouble), (0, None));
    assert_eq!(image(&read(&library).unwrap().document), last);
    assert_sound(&library);
}

/// One by one, so that each is a SQL transaction of its own.
#[test]
fn a_venue_that_goes_while_its_lamp_moves_away_and_two_groups_that_swap_names_are_one_commit_each() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let (store, mut opened) = open(&library);
    let id = Uuid::from_u128;
    let venue = |n| luma::registry::Row::new(TableId::Venues, [("id", id(n).into()), ("name", format!("Venue {n}").into())]).unwrap();
    let name = |to: &str| [("name", Value::from(to))];
    let edits = [
        Transaction::new("Build").put_all([venue(1), venue(2), fixture(id(3), id(1), 1).unwrap(), fixture(id(4), id(1), 9).unwrap()]),
        Transaction::new("Group").put_all([group(id(5), id(2), "front").unwrap(), group(id(6), id(2), "back").unwrap()]),
        Transaction::new("Swap").set(TableId::FixtureGroups, id(5), name("back")).set(TableId::FixtureGroups, id(6), name("front")),
        Transaction::new("Heir").delete(TableId::FixtureGroups, id(5)).put(group(id(7), id(2), "back").unwrap()),
        Transaction::new("Move out").set(TableId::Fixtures, id(3), [("venue_id", id(2).into())]).delete(TableId::Venues, id(1)),
    ];
    for edit in &edits {
        store.commit(opened.document.edit(edit).unwrap().unwrap());
        store.flush(PATIENCE).unwrap();
    }
    while let Some(commit) = opened.document.undo().unwrap() {
        store.commit(commit);
        store.flush(PATIENCE).unwrap();
    }
    while let Some(commit) = opened.document.redo().unwrap() {
        store.commit(commit);
        store.flush(PATIENCE).unwrap();
    }
    let status = store.close(PATIENCE).unwrap();
    assert_eq!((status.refused, status.last_refusal), (0, None));
    let found = read(&library).unwrap().document;
    assert_same(&found, &opened.document);
    assert_eq!(found.ground().n_rows(TableId::Fixtures), 1);
}

#[test]
fn an_edit_that_the_database_refuses_is_kept_as_text_and_the_next_ones_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let (store, mut opened) = open(&library);
    // No document would let this pass: its venue does not exist.
    let stray = fixture(Uuid::from_u128(9), Uuid::from_u128(8), 1).unwrap();
    let change = Change { table: TableId::Fixtures, id: stray.id(), before: None, after: Some(stray) };
    let refused = store.commit(Commit { label: "Stray lamp".into(), changes: vec![change], history: vec![] });
    let mut typist = Typist::new(3);
    store.commit(typist.next(&mut opened.document).unwrap());
    store.flush(PATIENCE).unwrap();
    let status = store.status();
    assert_eq!((refused, status.saved, status.refused, status.trouble), (CommitNo(1), CommitNo(2), 1, None));
    assert!(status.last_refusal.unwrap().contains("Stray lamp"));
    let kept = fs::read_to_string(paths::refused(&library)).unwrap();
    assert!(kept.contains("00000000-0000-0000-0000-000000000009") && kept.lines().count() == 1, "{kept}");
    store.close(PATIENCE).unwrap();
    assert_same(&read(&library).unwrap().document, &opened.document);
    let (store, _) = open(&library);
    assert_eq!(store.status().refused, 1);
}

#[test]
fn settings_and_rows_of_workers_are_kept_and_read_beside_the_writing() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let (store, mut opened) = open(&library);
    assert_eq!(store.setting("max_dimmer").as_deref(), Some("100"));
    store.set_setting("max_dimmer", Some("80".into()));
    store.set_setting("panel.width", Some("300".into()));
    store.set_setting("artnet_net", None);
    assert_eq!(store.setting("max_dimmer").as_deref(), Some("80"));
    let mut typist = Typist::new(5);
    for _ in 0..50 {
        store.commit(typist.next(&mut opened.document).unwrap());
    }
    store.flush(PATIENCE).unwrap();
    let venue = opened.document.ground().rows(TableId::Venues).next().unwrap().id();
    let wanted: Vec<_> = opened.document.ground().children(venue, TableId::Fixtures).cloned().collect();
    assert_eq!(store.rows(TableId::Fixtures, "venue_id", &venue.into()).unwrap(), wanted);
    assert!(store.rows(TableId::Fixtures, "no_such", &Value::Null).is_err());
    store.close(PATIENCE).unwrap();
    let (store, _) = open(&library);
    assert_eq!((store.setting("max_dimmer"), store.setting("artnet_net")), (Some("80".into()), None));
    assert_eq!(store.setting("panel.width").as_deref(), Some("300"));
}

#[test]
fn a_library_is_read_while_another_luma_writes_it() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let (store, mut opened) = open(&library);
    let mut typist = Typist::new(11);
    for _ in 0..20 {
        store.commit(typist.next(&mut opened.document).unwrap());
        store.flush(PATIENCE).unwrap();
        assert_same(&read(&library).unwrap().document, &opened.document);
    }
    drop(store);
    let missing = read(&folder.path().join("none.db")).unwrap_err().to_string();
    assert!(missing.contains("is not there"), "{missing}");
}

#[test]
fn a_fresh_library_is_empty_and_opens_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let (store, opened) = open(&folder.path().join("deep/down/luma.db"));
    assert_same(&opened.document, &Document::default());
    assert_eq!(opened.notices, Vec::<String>::new());
    assert_eq!(store.status().trouble, None);
}
