//! What goes out comes back, byte for byte; what meets something else is added beside it, or replaces it, as chosen.

use std::io::Cursor;

use uuid::Uuid;

use super::repoint::natural_id;
use super::*;
use crate::document::ground::Ground;
use crate::document::history::Document;
use crate::document::transaction::Transaction;
use crate::document::versions::{self, Version};
use crate::registry::{Row, TableId, Value};

pub(super) fn id(n: u64) -> Uuid {
    Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}

pub(super) fn row<const N: usize>(table: TableId, n: u64, set: [(&str, Value); N]) -> Row {
    let row = Row::new(table, [("id", id(n).into())].into_iter().chain(set)).unwrap();
    match natural_id(&row) {
        Some(id) => row.with([("id", id.into())]).unwrap(),
        None => row,
    }
}

pub(super) fn track(hash: &str) -> Row {
    let set = [
        ("track_hash", hash.into()),
        ("title", "Söng \"1\"\n".into()),
        ("duration_seconds", 12.345_678_901_234_567.into()),
        ("file_path", "/somewhere/here.flac".into()),
    ];
    row(TableId::Tracks, 50, set)
}

/// A show with something in every table of the document.
pub(super) fn show(n_fixtures: u64, n_annotations: u64) -> Document {
    let venue = || ("venue_id", Value::from(id(1)));
    let category = row(TableId::PatternCategories, 30, [("name", "Wash".into())]);
    let track = track("5f");
    let mut rows = vec![
        row(TableId::Venues, 1, [("name", "Club".into()), ("description", "with a \u{1f525} cellar".into())]),
        row(
            TableId::Patterns,
            40,
            [("name", "Pulse".into()), ("category_id", category.id().into()), ("default_implementation_id", id(43).into())],
        ),
        row(TableId::Patterns, 41, [("name", "Sweep".into()), ("forked_from_id", id(40).into())]),
        row(TableId::Implementations, 43, [("pattern_id", id(40).into()), ("graph_json", r#"{ "nodes": [],  "odd":1e400}"#.into())]),
        row(TableId::Implementations, 44, [("pattern_id", id(41).into())]),
        row(TableId::TrackMarkers, 52, [("track_id", track.id().into()), ("time", 1.5.into())]),
        row(TableId::TrackGridEdits, 53, [("track_id", track.id().into()), ("edits_json", "[1]".into())]),
        row(TableId::Scores, 51, [("track_id", track.id().into()), venue(), ("name", "Main".into())]),
        row(TableId::FixtureGroups, 20, [venue(), ("name", "front".into()), ("axis_lr", (-0.25).into())]),
        row(TableId::Cues, 60, [venue(), ("pattern_id", id(41).into()), ("name", "Hit".into())]),
        row(TableId::MidiModifiers, 61, [venue(), ("name", "Shift".into()), ("input_json", r#"{"note":1}"#.into())]),
        row(TableId::MidiBindings, 62, [venue(), ("cue_id", id(60).into()), ("input_json", r#"{"note":2}"#.into())]),
        row(TableId::VenueImplementationOverrides, 63, [venue(), ("pattern_id", id(40).into()), ("implementation_id", id(43).into())]),
        category,
        track.clone(),
        definition("acme/Par.qxf", b"<FixtureDefinition/>"),
    ];
    for n in 0..n_fixtures {
        rows.push(row(
            TableId::Fixtures,
            1_000_000 + n,
            [
                venue(),
                ("label", format!("Par {n}").into()),
                ("universe", Value::Int(1 + (n / 128) as i64)),
                ("address", Value::Int(1 + (n % 128) as i64 * 4)),
                ("num_channels", Value::Int(4)),
                ("manufacturer", "Acme".into()),
                ("model", "Par".into()),
                ("mode_name", "4 ch".into()),
                ("fixture_path", "acme/Par.qxf".into()),
                ("pos_x", (n as f64 * 0.1).into()),
                ("rot_z", (-0.0).into()),
                ("invert_pan", (n % 2 == 0).into()),
            ],
        ));
        let member = [("group_id", id(20).into()), ("fixture_id", id(1_000_000 + n).into()), ("head_idx", Value::Int(0))];
        rows.push(row(TableId::FixtureGroupMembers, 2_000_000 + n, member));
    }
    for n in 0..n_annotations {
        rows.push(row(
            TableId::TrackScores,
            3_000_000 + n,
            [
                ("score_id", id(51).into()),
                ("pattern_id", id(40 + n % 2).into()),
                ("start_time", (n as f64 / 3.0).into()),
                ("end_time", (n as f64 / 3.0 + 0.1).into()),
                ("args_json", format!(r##"{{"color":"#{n:06x}","size":{}}}"##, n as f64 / 7.0).into()),
            ],
        ));
    }
    let mut document = Document::default();
    document.edit(&Transaction::new("Build").put_all(rows)).unwrap();
    for (n, table, of) in [(70, TableId::Venues, 1), (71, TableId::Scores, 51)] {
        let subject = Subject { table, id: id(of) };
        let version = Version { id: id(n), subject, name: "Before".into(), note: None, saved_at: "2026-01-01T00:00:00Z".into() };
        let edit = versions::save(document.ground(), subject, &version).unwrap();
        document.edit(&edit).unwrap();
    }
    document
}

pub(super) fn definition(path: &str, content: &[u8]) -> Row {
    use sha2::{Digest, Sha256};
    row(
        TableId::FixtureDefinitions,
        80,
        [
            ("manufacturer", "Acme".into()),
            ("model", "Par".into()),
            ("format", "qxf".into()),
            ("path", path.into()),
            ("sha256", write::hex(&Sha256::digest(content)).into()),
            ("content", Value::Blob(content.into())),
        ],
    )
}

pub(super) fn export(ground: &Ground, what: What) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    write(&Export { ground, what, definitions: &|_| None, audio: None }, &mut bytes).unwrap();
    bytes.into_inner()
}

fn planned(bytes: &[u8], ground: &Ground, choice: Choice) -> Plan {
    plan(&read(Cursor::new(bytes)).unwrap(), ground, choice, "Import").unwrap()
}

fn outcomes(plan: &Plan) -> Vec<(&'static str, Outcome)> {
    plan.items.iter().map(|item| (subject::one(item.table), item.outcome)).collect()
}

fn rows(ground: &Ground, table: TableId) -> Vec<Row> {
    ground.rows(table).cloned().collect()
}

#[test]
fn every_table_of_the_document_is_in_the_test_show() {
    let document = show(2, 2);
    for table in TableId::all().filter(|table| table.def().kind == crate::registry::Kind::Document) {
        assert!(document.ground().n_rows(table) > 0, "{table}");
    }
}

#[test]
fn a_show_imported_into_an_empty_library_and_exported_again_is_the_same_file() {
    let document = show(40, 60);
    let first = export(document.ground(), What::Show);
    let mut other = Document::default();
    let plan = planned(&first, other.ground(), Choice::Copy);
    assert!(plan.items.iter().all(|item| item.outcome == Outcome::Added) && plan.notes.is_empty(), "{:?}", plan.notes);
    other.edit(&plan.transaction).unwrap();
    assert!(export(other.ground(), What::Show) == first);
    for table in TableId::all().filter(|table| *table != TableId::Tracks) {
        assert_eq!(rows(other.ground(), table), rows(document.ground(), table), "{table}");
    }
    assert_eq!(rows(other.ground(), TableId::Tracks)[0].text("file_path"), Ok(""), "paths stay on their device");

    other.undo().unwrap();
    assert!(TableId::all().all(|table| other.ground().n_rows(table) == 0));
}

#[test]
fn a_large_show_goes_through_a_file_and_back() {
    // LUMA_LARGE=1 for a show as large as they are promised to work.
    let (n_fixtures, n_annotations) = if std::env::var_os("LUMA_LARGE").is_some() { (10_000, 100_000) } else { (500, 5_000) };
    let document = show(n_fixtures, n_annotations);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.lumashow");
    let summary = save(&Export { ground: document.ground(), what: What::Show, definitions: &|_| None, audio: None }, &path).unwrap();
    assert_eq!((summary.rows[&TableId::TrackScores] as u64, summary.rows[&TableId::Fixtures] as u64), (n_annotations, n_fixtures));
    let mut other = Document::default();
    let plan = plan(&open(&path).unwrap(), other.ground(), Choice::Copy, "Import").unwrap();
    other.edit(&plan.transaction).unwrap();
    assert!(export(other.ground(), What::Show) == std::fs::read(&path).unwrap());
}

#[test]
fn single_subjects_carry_what_they_need_and_come_back_the_same() {
    let document = show(3, 4);
    for (table, n, expected) in [
        (TableId::Patterns, 40, vec![TableId::PatternCategories, TableId::Patterns, TableId::Implementations]),
        (TableId::Scores, 51, vec![TableId::Tracks, TableId::Scores, TableId::Patterns, TableId::TrackScores, TableId::TrackGridEdits]),
        (
            TableId::Venues,
            1,
            vec![TableId::Fixtures, TableId::FixtureGroupMembers, TableId::FixtureDefinitions, TableId::Patterns, TableId::Cues],
        ),
    ] {
        let what = What::Alone(Subject { table, id: id(n) });
        let first = export(document.ground(), what);
        let bundle = read(Cursor::new(&first)).unwrap();
        for table in expected {
            assert!(bundle.rows.contains_key(&table), "{what:?} lacks {table}");
        }
        assert!(!bundle.rows.contains_key(&TableId::NamedVersions));
        let mut other = Document::default();
        other.edit(&planned(&first, other.ground(), Choice::Copy).transaction).unwrap();
        assert!(export(other.ground(), what) == first, "{what:?}");
        // Where it came from, it changes nothing.
        let again = planned(&first, document.ground(), Choice::Copy);
        assert!(again.transaction.ops.is_empty(), "{what:?}: {:?}", again.items);
    }
}

#[test]
fn what_is_here_and_differs_becomes_one_copy_however_often_it_is_imported() {
    let original = show(3, 4);
    let file = export(original.ground(), What::Show);
    let mut mine = show(3, 4);
    mine.edit(&Transaction::new("Edit").set(TableId::Implementations, id(43), [("graph_json", "{}".into())])).unwrap();
    let before = rows(mine.ground(), TableId::Patterns);

    let plan = planned(&file, mine.ground(), Choice::Copy);
    // The pattern differs; so does, in turn, whatever uses it.
    assert_eq!(
        outcomes(&plan),
        [
            ("category", Outcome::Same),
            ("fixture definition", Outcome::Same),
            ("track", Outcome::Same),
            ("pattern", Outcome::Copied),
            ("pattern", Outcome::Same),
            ("venue", Outcome::Copied),
            ("score", Outcome::Copied),
            ("version", Outcome::Copied),
            ("version", Outcome::Copied),
        ]
    );
    mine.edit(&plan.transaction).unwrap();
    let ground = mine.ground();
    assert_eq!((ground.n_rows(TableId::Patterns), ground.n_rows(TableId::Venues), ground.n_rows(TableId::Fixtures)), (3, 2, 6));
    assert!(before.iter().all(|row| ground.get(TableId::Patterns, row.id()) == Some(row)), "what was here is untouched");
    let copy = ground.rows(TableId::Scores).find(|score| score.id() != id(51)).unwrap();
    assert_eq!(copy.text("name"), Ok("Main (imported)"));
    let venue = copy.uuid("venue_id").unwrap();
    assert!(venue != id(1) && ground.get(TableId::Venues, venue).is_some());
    let pattern = ground.rows(TableId::Patterns).find(|pattern| pattern.text("name") == Ok("Pulse (imported)")).unwrap();
    assert_eq!(ground.children(copy.id(), TableId::TrackScores).filter(|row| row.uuid("pattern_id") == Ok(pattern.id())).count(), 2);
    let default = pattern.uuid("default_implementation_id").unwrap();
    assert_eq!(ground.get(TableId::Implementations, default).unwrap().uuid("pattern_id"), Ok(pattern.id()));
    // The copy's version speaks of the copy, and can be restored into it.
    let version = versions::list(ground, Subject { table: TableId::Scores, id: copy.id() }).pop().unwrap();
    let (content, _) = versions::content(ground, version.id).unwrap();
    let (restored, lost) = versions::restore(ground, &content).unwrap();
    assert!(lost.is_empty(), "{lost:?}");
    // It names the score as it was called before it was copied; nothing else differs.
    assert_eq!(restored.ops.len(), 1, "{:?}", restored.ops);

    let again = planned(&file, mine.ground(), Choice::Copy);
    assert!(again.transaction.ops.is_empty(), "{:?}", again.items);
    assert!(again.items.iter().all(|item| item.outcome == Outcome::Same));
}

#[test]
fn replacing_makes_things_what_the_file_says_and_undo_brings_ours_back() {
    let original = show(3, 4);
    let file = export(original.ground(), What::Show);
    let mut mine = show(5, 4);
    let edit = Transaction::new("Edit")
        .set(TableId::Fixtures, id(1_000_000), [("address", Value::Int(300))])
        .set(TableId::Tracks, rows(original.ground(), TableId::Tracks)[0].id(), [("title", "Other".into()), ("file_path", "/mine".into())])
        .delete(TableId::TrackScores, id(3_000_001));
    mine.edit(&edit).unwrap();
    let before: Vec<Vec<Row>> = TableId::all().map(|table| rows(mine.ground(), table)).collect();
    let plan = planned(&file, mine.ground(), Choice::Replace);
    mine.edit(&plan.transaction).unwrap();
    assert!(export(mine.ground(), What::Show) == file);
    assert_eq!(rows(mine.ground(), TableId::Tracks)[0].text("file_path"), Ok("/mine"), "where our sound lies is our affair");
    mine.undo().unwrap();
    assert_eq!(TableId::all().map(|table| rows(mine.ground(), table)).collect::<Vec<_>>(), before);
}

#[test]
fn what_can_be_there_only_once_is_found_by_its_key_and_ours_is_kept() {
    let original = show(1, 1);
    let file = export(original.ground(), What::Show);
    // The same sound and category, under ids that some other program gave them.
    let mut mine = Document::default();
    let category = Row::new(TableId::PatternCategories, [("id", id(7).into()), ("name", "Wash".into())]).unwrap();
    let track = track("5f").with([("id", id(8).into()), ("title", "My title".into())]).unwrap();
    mine.edit(&Transaction::new("Build").put(category).put(track.clone())).unwrap();
    let plan = planned(&file, mine.ground(), Choice::Copy);
    assert_eq!(outcomes(&plan)[..3], [("category", Outcome::Same), ("fixture definition", Outcome::Added), ("track", Outcome::Kept)]);
    mine.edit(&plan.transaction).unwrap();
    let ground = mine.ground();
    assert_eq!((rows(ground, TableId::Tracks), ground.n_rows(TableId::PatternCategories)), (vec![track], 1));
    assert_eq!(ground.get(TableId::Scores, id(51)).unwrap().uuid("track_id"), Ok(id(8)));
    assert_eq!(ground.get(TableId::Patterns, id(40)).unwrap().uuid("category_id"), Ok(id(7)));
    assert_eq!(ground.children(id(8), TableId::TrackMarkers).count(), 1);
}

#[test]
fn a_definition_of_the_library_folder_goes_along_and_stays_with_the_show() {
    let document = show(2, 1);
    let edit = Transaction::new("Repatch").set(TableId::Fixtures, id(1_000_000), [("fixture_path", "own/Spot.qxf".into())]);
    let mut document = document;
    document.edit(&edit).unwrap();
    let folder = |path: &str| (path == "own/Spot.qxf").then(|| b"<own/>".to_vec());
    let mut first = Cursor::new(Vec::new());
    let summary = write(&Export { ground: document.ground(), what: What::Show, definitions: &folder, audio: None }, &mut first).unwrap();
    assert_eq!(summary.n_definitions, 2);
    let mut other = Document::default();
    other.edit(&planned(first.get_ref(), other.ground(), Choice::Copy).transaction).unwrap();
    let own = other.ground().rows(TableId::FixtureDefinitions).find(|row| row.text("path") == Ok("own/Spot.qxf")).unwrap();
    assert_eq!(*own.get("content"), Value::Blob(b"<own/>"[..].into()));
    assert!(export(other.ground(), What::Show) == *first.get_ref());
}

#[test]
fn sound_goes_along_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let song = folder.path().join("song.FLAC");
    let noise: Vec<u8> = (0..300_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    std::fs::write(&song, &noise).unwrap();
    let document = show(1, 1);
    let what = What::Alone(Subject { table: TableId::Scores, id: id(51) });
    let pack = |ground: &Ground, song: &std::path::Path, to: &str| {
        let to = folder.path().join(to);
        let find = |_: &Row| Some(song.to_owned());
        let summary = save(&Export { ground, what, definitions: &|_| None, audio: Some(&find) }, &to).unwrap();
        assert_eq!((summary.n_audio, summary.notes.len()), (1, 0));
        to
    };
    let file = pack(document.ground(), &song, "a.lumascore");
    let mut other = Document::default();
    let plan = plan(&open(&file).unwrap(), other.ground(), Choice::Copy, "Import").unwrap();
    let edit = audio::unpack(&file, &plan, &folder.path().join("media")).unwrap();
    other.edit(&edit).unwrap();
    let path = rows(other.ground(), TableId::Tracks)[0].text("file_path").unwrap().to_owned();
    assert!(std::fs::read(&path).unwrap() == noise);
    let again = pack(other.ground(), std::path::Path::new(&path), "b.lumascore");
    assert!(std::fs::read(again).unwrap() == std::fs::read(&file).unwrap());
    // A sound that is not there is told and the rest goes out.
    let find = |_: &Row| Some(folder.path().join("gone.wav"));
    let export = Export { ground: document.ground(), what, definitions: &|_| None, audio: Some(&find) };
    let summary = write(&export, &mut Cursor::new(Vec::new())).unwrap();
    assert!(summary.n_audio == 0 && summary.notes[0].contains("gone.wav"), "{:?}", summary.notes);
}

#[test]
fn what_is_not_there_or_not_a_thing_cannot_be_exported() {
    let document = show(1, 1);
    let refuse = |table, n| {
        let export =
            Export { ground: document.ground(), what: What::Alone(Subject { table, id: id(n) }), definitions: &|_| None, audio: None };
        write(&export, &mut Cursor::new(Vec::new())).unwrap_err().to_string()
    };
    assert!(refuse(TableId::Venues, 99).contains("there is no venue"));
    assert!(refuse(TableId::Fixtures, 1_000_000).contains("not a fixture"));
}
