//! A version is what the subject was: compared in words, restored to the byte, undone again.

use uuid::Uuid;

use super::*;
use crate::document::history::Document;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn row<const N: usize>(table: TableId, n: u128, set: [(&str, Value); N]) -> Row {
    Row::new(table, [("id", id(n).into())].into_iter().chain(set)).unwrap()
}

fn fixture(n: u128, label: &str, address: i64) -> Row {
    let set = [
        ("venue_id", id(1).into()),
        ("label", label.into()),
        ("address", Value::Int(address)),
        ("num_channels", Value::Int(4)),
        ("manufacturer", "Luma".into()),
        ("model", "Par".into()),
        ("mode_name", "4 ch".into()),
        ("fixture_path", "luma/Luma-Par-RGBW.qxf".into()),
    ];
    row(TableId::Fixtures, n, set)
}

fn annotation(n: u128, pattern: u128, start: f64, end: f64) -> Row {
    let set = [
        ("score_id", id(51).into()),
        ("pattern_id", id(pattern).into()),
        ("start_time", start.into()),
        ("end_time", end.into()),
        ("args_json", r##"{"color":"#ff0000","size":1}"##.into()),
    ];
    row(TableId::TrackScores, n, set)
}

fn member(n: u128, fixture: u128) -> Row {
    row(TableId::FixtureGroupMembers, n, [("group_id", id(20).into()), ("fixture_id", id(fixture).into())])
}

fn show() -> Document {
    let pattern = |n: u128, name: &str| row(TableId::Patterns, n, [("name", name.into())]);
    let graph = r#"{"nodes":[{"id":"a","typeId":"ramp"},{"id":"b","typeId":"math"}],"edges":[{"id":"w","fromNode":"a"}]}"#;
    let rows = [
        row(TableId::Venues, 1, [("name", "Club".into())]),
        pattern(41, "Pulse"),
        pattern(42, "Sweep"),
        row(TableId::Tracks, 50, [("track_hash", "aa".into())]),
        fixture(11, "Par 1", 1),
        fixture(12, "Par 2", 12),
        row(TableId::FixtureGroups, 20, [("venue_id", id(1).into()), ("name", "front".into())]),
        row(TableId::Implementations, 43, [("pattern_id", id(41).into()), ("graph_json", graph.into())]),
        row(TableId::Scores, 51, [("track_id", id(50).into()), ("name", "Main".into()), ("venue_id", id(1).into())]),
        member(21, 11),
        member(22, 12),
        annotation(61, 41, 12.5, 13.5),
        annotation(62, 42, 2.0, 4.0),
    ];
    let mut document = Document::default();
    document.edit(&Transaction::new("Build").put_all(rows)).unwrap();
    document
}

fn image(document: &Document) -> Vec<Row> {
    TableId::all().flat_map(|table| document.ground().rows(table).cloned().collect::<Vec<_>>()).collect()
}

fn keep(document: &mut Document, table: TableId, n: u128, version: u128) -> Content {
    let subject = Subject { table, id: id(n) };
    let saved_at = format!("2026-01-01T00:00:{version:02}Z");
    let version = Version { id: id(900 + version), subject, name: format!("v{version}"), note: None, saved_at };
    let edit = save(document.ground(), subject, &version).unwrap();
    document.edit(&edit).unwrap();
    content(document.ground(), version.id).unwrap().0
}

fn differences(document: &Document, before: &Content) -> Vec<String> {
    let now = Content::now(document.ground(), before.subject).unwrap();
    let told = compare(document.ground(), before, &now, &|secs| format!("{} s", words::number(secs)));
    told.into_iter().map(|difference| difference.text).collect()
}

#[test]
fn a_score_is_compared_annotation_by_annotation_and_restored() {
    let mut document = show();
    let before = image(&document);
    let kept = keep(&mut document, TableId::Scores, 51, 1);
    let with_version = image(&document);
    let edit = Transaction::new("Edit")
        .set(TableId::TrackScores, id(61), [("start_time", 14.0.into()), ("end_time", 15.0.into())])
        .delete(TableId::TrackScores, id(62))
        .put(annotation(63, 42, 20.0, 21.0));
    document.edit(&edit).unwrap();
    assert_eq!(
        differences(&document, &kept),
        ["Pattern Sweep at 2 s removed", "Pattern Pulse at 12.5 s moved to 14 s", "Pattern Sweep at 20 s added",]
    );

    let (restored, lost) = restore(document.ground(), &kept).unwrap();
    assert_eq!((restored.label.as_str(), lost.len()), ("Restore score \"Main\"", 0));
    document.edit(&restored).unwrap();
    assert_eq!(image(&document), with_version);
    document.undo().unwrap();
    assert_eq!(differences(&document, &kept).len(), 3);
    document.undo().unwrap();
    document.undo().unwrap();
    assert_eq!(image(&document), before);
}

#[test]
fn values_are_named_with_what_they_were_and_are() {
    let mut document = show();
    let score = keep(&mut document, TableId::Scores, 51, 1);
    let venue = keep(&mut document, TableId::Venues, 1, 2);
    let pattern = keep(&mut document, TableId::Patterns, 41, 3);
    let graph = r#"{"nodes":[{"id":"a","typeId":"ramp","params":{"x":1}},{"id":"c","typeId":"noise"}],"edges":[]}"#;
    let edit = Transaction::new("Edit")
        .set(
            TableId::TrackScores,
            id(61),
            [("args_json", r##"{"color":"#00ff00","size":1}"##.into()), ("z_index", Value::Int(3)), ("end_time", 15.5.into())],
        )
        .set(TableId::Fixtures, id(12), [("address", Value::Int(40))])
        .set(TableId::Fixtures, id(11), [("pos_z", 3.5.into()), ("invert_pan", Value::Int(1)), ("label", "Par A".into())])
        .set(TableId::FixtureGroups, id(20), [("tags_json", r#"["wash"]"#.into())])
        .delete(TableId::FixtureGroupMembers, id(22))
        .set(TableId::Implementations, id(43), [("graph_json", graph.into())]);
    document.edit(&edit).unwrap();
    assert_eq!(differences(&document, &score), ["Pattern Pulse at 12.5 s: length 1 -> 3 s, z-index 0 -> 3, color #ff0000 -> #00ff00"]);
    assert_eq!(
        differences(&document, &venue),
        [
            "Par 1: position (0, 0, 0) -> (0, 0, 3.5) m, label Par 1 -> Par A, invert pan no -> yes",
            "Par 2: address 12 -> 40",
            "Group front: tags [] -> [\"wash\"]",
            "Par 2 removed from group front",
        ]
    );
    assert_eq!(
        differences(&document, &pattern),
        ["The graph: 1 node added (noise), 1 node removed (math), 1 node changed (ramp), 1 wire different"]
    );
}

#[test]
fn what_is_gone_from_the_library_is_told_and_the_rest_comes_back() {
    let mut document = show();
    let kept = keep(&mut document, TableId::Scores, 51, 1);
    // Deleting the pattern takes its placement along; deleting the venue frees the score.
    let edit = Transaction::new("Delete").delete(TableId::Patterns, id(42)).delete(TableId::Venues, id(1));
    document.edit(&edit).unwrap();
    let (restored, lost) = restore(document.ground(), &kept).unwrap();
    assert_eq!(lost, ["a pattern that is gone: the pattern that it needs is no longer there"]);
    document.edit(&restored).unwrap();
    let ground = document.ground();
    assert_eq!(ground.n_rows(TableId::TrackScores), 1);
    assert_eq!(*ground.get(TableId::Scores, id(51)).unwrap().get("venue_id"), Value::Null);

    document.edit(&Transaction::new("Delete track").delete(TableId::Tracks, id(50))).unwrap();
    assert!(matches!(restore(document.ground(), &kept), Err(VersionError::Lost(_))));
}

#[test]
fn a_deleted_venue_comes_back_whole_with_its_ids() {
    let mut document = show();
    let kept = keep(&mut document, TableId::Venues, 1, 1);
    let before = Subject { table: TableId::Venues, id: id(1) }.rows(document.ground());
    assert_eq!(before.len(), 6);
    document.edit(&Transaction::new("Delete").delete(TableId::Venues, id(1))).unwrap();
    document.edit(&restore(document.ground(), &kept).unwrap().0).unwrap();
    assert_eq!(Subject { table: TableId::Venues, id: id(1) }.rows(document.ground()), before);
}

#[test]
fn versions_are_listed_in_the_order_of_their_saving() {
    let mut document = show();
    for version in [3, 1, 2] {
        keep(&mut document, TableId::Venues, 1, version);
    }
    let names = list(document.ground(), Subject { table: TableId::Venues, id: id(1) }).into_iter().map(|version| version.name);
    assert_eq!(names.collect::<Vec<_>>(), ["v1", "v2", "v3"]);
    assert!(list(document.ground(), Subject { table: TableId::Scores, id: id(51) }).is_empty());
}

#[test]
fn what_is_no_version_is_refused_in_words() {
    let mut document = show();
    let track = Subject { table: TableId::Tracks, id: id(50) };
    assert_eq!(Content::now(document.ground(), track), Err(VersionError::NoVersions(TableId::Tracks)));
    let nobody = Subject { table: TableId::Venues, id: id(77) };
    assert_eq!(Content::now(document.ground(), nobody), Err(VersionError::NoSubject(nobody)));
    keep(&mut document, TableId::Venues, 1, 1);
    let version = document.ground().get(TableId::NamedVersions, id(901)).unwrap().clone();
    for (text, word) in [
        ("{}", "no rows"),
        (r#"{"rows":{}}"#, "not in it"),
        (r#"{"rows":{"venues":[5]}}"#, "no row"),
        (r#"{"rows":{"venues":[{"id":"x"}]}}"#, "id"),
    ] {
        let broken = version.with([("content_json", text.into())]).unwrap();
        assert!(Content::read(&broken).unwrap_err().to_string().contains(word), "{text}");
    }
    let newer = version.text("content_json").unwrap().replacen(r#"{"rows":{"#, r#"{"rows":{"lasers":[],"tracks":[],"#, 1);
    let newer = newer.replacen(r#""name":"Club""#, r#""name":"Club","smell":"beer""#, 1);
    let (_, unknown) = Content::read(&version.with([("content_json", newer.into())]).unwrap()).unwrap();
    assert_eq!(unknown, ["rows of lasers", "rows of tracks", "venues.smell"]);
}
