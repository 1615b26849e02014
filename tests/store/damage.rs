//! Files that are not what they were: each opens, says what was wrong in plain words, and nothing that could be kept is lost.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use luma::document::history::Document;
use luma::registry::TableId;
use luma::store::{StoreError, backup, paths, read, start, upkeep};
use sqlx::{ConnectOptions, Connection};

use super::{PATIENCE, assert_same, assert_sound, luma, open, quiet, said, typed};

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

/// Runs statements on the file behind Luma's back.
fn behind_its_back(path: &Path, statements: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let statements = statements.to_owned();
    runtime.block_on(async move {
        let mut db = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut db).await.unwrap();
        db.close().await.unwrap();
    });
}

fn kept_aside(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().contains("-damaged-") && path.extension().unwrap() == "db")
        .collect();
    found.sort();
    found
}

/// Damages a library that has a backup, opens it, and looks that the backup is in its place and the damaged file beside it.
#[track_caller]
fn check_falls_back(damage: impl Fn(&Path), words: &str) {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let backed_up = typed(&library, 300);
    let backup = upkeep::back_up(&library).unwrap();
    let (store, mut opened) = open(&library);
    let mut typist = luma::store::typing::Typist::new(9);
    for _ in 0..20 {
        store.commit(typist.next(&mut opened.document).unwrap());
    }
    store.close(PATIENCE).unwrap();
    damage(&library);
    let damaged = fs::read(&library).unwrap();

    let (store, opened) = open(&library);
    let notice = opened.notices.join("\n");
    assert!(notice.contains(words), "{notice}");
    assert!(notice.contains(&backup.at.to_string()) && notice.contains("missing") && notice.contains("luma-damaged-"), "{notice}");
    assert_same(&opened.document, &backed_up);
    let aside = kept_aside(folder.path());
    assert_eq!(aside.len(), 1);
    assert_eq!(fs::read(&aside[0]).unwrap(), damaged);
    store.close(PATIENCE).unwrap();
    let (_store, opened) = open(&library);
    assert_eq!(opened.notices, Vec::<String>::new(), "the next start has nothing to tell");
    drop(_store);
    assert_sound(&library);
}

#[test]
fn a_truncated_file_falls_back_to_the_newest_backup() {
    check_falls_back(
        |library| {
            let file = fs::OpenOptions::new().write(true).open(library).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2 / 4096 * 4096).unwrap();
        },
        "is damaged",
    );
}

#[test]
fn a_file_with_flipped_bits_falls_back_to_the_newest_backup() {
    // The pages' own headers, at a few places: what structure can show.
    check_falls_back(
        |library| {
            let pages = fs::metadata(library).unwrap().len() / 4096;
            for page in (2..pages).step_by(7) {
                overwrite(library, page * 4096, &[0x5a, 0xff, 0x13]);
            }
        },
        "is damaged",
    );
}

#[test]
fn an_overwritten_file_falls_back_to_the_newest_backup() {
    check_falls_back(|library| overwrite(library, 0, b"This is a letter"), "is no database");
}

#[test]
fn an_empty_file_falls_back_to_the_newest_backup() {
    check_falls_back(|library| fs::write(library, b"").unwrap(), "is empty");
}

#[test]
fn a_damaged_backup_is_passed_over_for_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let first = typed(&library, 100);
    upkeep::back_up(&library).unwrap();
    typed(&library, 60);
    let second = upkeep::back_up(&library).unwrap();
    overwrite(&second.path, 0, &[0; 100]);
    overwrite(&library, 0, &[0; 100]);
    let (_store, opened) = open(&library);
    assert_same(&opened.document, &first);
}

#[test]
fn without_a_backup_what_can_be_read_is_saved_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let before = typed(&library, 1500);
    // Two pages in the middle of the lamps.
    let pages = fs::metadata(&library).unwrap().len() / 4096;
    let bytes = fs::read(&library).unwrap();
    let leaf = |page: u64| {
        bytes[page as usize * 4096] == 13
            && bytes[page as usize * 4096..][..4096].windows(10).filter(|text| text == b"typedtyped").count() > 8
    };
    let lamps: Vec<u64> = (1..pages).filter(|page| leaf(*page)).collect();
    assert!(lamps.len() > 4, "{} pages of lamps", lamps.len());
    for page in [lamps[1], lamps[lamps.len() / 2]] {
        overwrite(&library, page * 4096, &[0xee; 64]);
    }
    let (store, opened) = open(&library);
    let notice = opened.notices.join("\n");
    assert!(notice.contains("There is no good backup") && notice.contains("rows"), "{notice}");
    let lamps = |document: &Document| document.ground().n_rows(TableId::Fixtures);
    let (was, is) = (lamps(&before), lamps(&opened.document));
    assert!(is < was && is * 2 > was, "{is} of {was} lamps");
    for row in opened.document.ground().rows(TableId::Fixtures) {
        assert_eq!(before.ground().get(TableId::Fixtures, row.id()), Some(row));
    }
    assert_eq!(kept_aside(folder.path()).len(), 1);
    store.close(PATIENCE).unwrap();
    assert_sound(&library);
}

#[test]
fn nothing_readable_and_no_backup_begins_anew_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    fs::write(&library, b"not a database at all, but somebody's only copy").unwrap();
    let (_store, opened) = open(&library);
    assert!(opened.notices.join("\n").contains("a new library was begun"), "{:?}", opened.notices);
    assert_eq!(fs::read(&kept_aside(folder.path())[0]).unwrap(), b"not a database at all, but somebody's only copy");
}

#[test]
fn a_library_of_a_newer_luma_is_refused_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    typed(&library, 30);
    behind_its_back(
        &library,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)",
    );
    let before = fs::read(&library).unwrap();
    let refused = start(&library, quiet()).unwrap_err();
    assert!(matches!(refused, StoreError::Future { version: 9999, .. }));
    assert!(refused.to_string().contains("made by a newer Luma"), "{refused}");
    assert!(read(&library).unwrap_err().to_string().contains("newer Luma"));
    let output = luma(&library, &["migrate"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("newer Luma"), "{}", said(&output));
    assert_eq!(fs::read(&library).unwrap(), before);
    assert!(kept_aside(folder.path()).is_empty() && backup::list(&library).is_empty());
}

#[test]
fn another_programs_database_is_refused_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    behind_its_back(&library, "CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')");
    let before = fs::read(&library).unwrap();
    let refused = start(&library, quiet()).unwrap_err().to_string();
    assert!(refused.contains("another program"), "{refused}");
    assert_eq!(fs::read(&library).unwrap(), before);
}

#[test]
fn a_row_that_breaks_a_rule_stays_in_the_file_and_out_of_the_show() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let before = typed(&library, 200);
    behind_its_back(
        &library,
        "PRAGMA ignore_check_constraints = ON; UPDATE fixtures SET address = 4711 WHERE id = (SELECT min(id) FROM fixtures)",
    );
    let (_store, opened) = open(&library);
    let notice = opened.notices.join("\n");
    assert!(notice.contains("1 of the rows in fixtures") && notice.contains("4711"), "{notice}");
    assert_eq!(opened.document.ground().n_rows(TableId::Fixtures) + 1, before.ground().n_rows(TableId::Fixtures));
    drop(_store);
    assert_eq!(luma(&library, &["check"]).status.code(), Some(1));
}

#[test]
fn a_step_of_history_that_cannot_be_read_shortens_undo_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("luma.db");
    let before = typed(&library, 200);
    let n_done = before.history().0.count();
    behind_its_back(&library, "UPDATE edit_history SET changes_json = '[{\"table\":\"later\"}]' WHERE seq = 10");
    let (store, mut opened) = open(&library);
    assert!(opened.notices.join("\n").contains("undo does not reach them"), "{:?}", opened.notices);
    assert_eq!(opened.document.history().0.count(), n_done - 11);
    let mut typist = luma::store::typing::Typist::new(77);
    for _ in 0..30 {
        store.commit(typist.next(&mut opened.document).unwrap());
    }
    store.close(PATIENCE).unwrap();
    let again = read(&library).unwrap();
    assert_same(&again.document, &opened.document);
    assert_eq!(again.notices, Vec::<String>::new());
    assert!(!paths::refused(&library).exists());
}
