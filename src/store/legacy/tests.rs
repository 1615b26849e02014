//! Files as the predecessor wrote them, made here by its statements, read and taken into a library.

use std::path::PathBuf;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::document::history::Document;
use crate::registry::Value;
use crate::store::portable::{Choice, plan};

/// A `*.luma` of the first days.
const VENUE: &str = r#"
CREATE TABLE implementations (pattern_id INTEGER PRIMARY KEY, graph_json TEXT NOT NULL DEFAULT '{"nodes":[],"edges":[]}', updated_at TEXT);
CREATE TABLE fixtures (id TEXT PRIMARY KEY, universe INTEGER NOT NULL DEFAULT 1, address INTEGER NOT NULL, num_channels INTEGER NOT NULL,
    manufacturer TEXT NOT NULL, model TEXT NOT NULL, mode_name TEXT NOT NULL, fixture_path TEXT NOT NULL, label TEXT,
    pos_x REAL DEFAULT 0.0, pos_y REAL DEFAULT 0.0, pos_z REAL DEFAULT 0.0, rot_x REAL DEFAULT 0.0, rot_y REAL DEFAULT 0.0, rot_z REAL DEFAULT 0.0);
"#;

/// The library as the first seed has it: integer ids.
const FIRST: &str = r#"
CREATE TABLE venues (id INTEGER PRIMARY KEY AUTOINCREMENT, remote_id TEXT UNIQUE, name TEXT NOT NULL, description TEXT, version INTEGER NOT NULL DEFAULT 1, synced_at TEXT);
CREATE TABLE fixtures (id TEXT PRIMARY KEY, remote_id TEXT UNIQUE, venue_id INTEGER NOT NULL, universe INTEGER NOT NULL DEFAULT 1, address INTEGER NOT NULL,
    num_channels INTEGER NOT NULL, manufacturer TEXT NOT NULL, model TEXT NOT NULL, mode_name TEXT NOT NULL, fixture_path TEXT NOT NULL, label TEXT,
    pos_x REAL, pos_y REAL, pos_z REAL, rot_x REAL, rot_y REAL, rot_z REAL);
CREATE TABLE pattern_categories (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE patterns (id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT, category_id INTEGER, default_implementation_id INTEGER);
CREATE TABLE implementations (id INTEGER PRIMARY KEY, pattern_id INTEGER NOT NULL, name TEXT, graph_json TEXT NOT NULL);
CREATE TABLE venue_implementation_overrides (venue_id INTEGER, pattern_id INTEGER, implementation_id INTEGER, PRIMARY KEY (venue_id, pattern_id));
CREATE TABLE tracks (id INTEGER PRIMARY KEY, track_hash TEXT NOT NULL UNIQUE, title TEXT, artist TEXT, album TEXT, track_number INTEGER, disc_number INTEGER,
    duration_seconds REAL, file_path TEXT NOT NULL, storage_path TEXT, album_art_path TEXT, album_art_mime TEXT);
CREATE TABLE track_beats (track_id INTEGER PRIMARY KEY, beats_json TEXT NOT NULL, downbeats_json TEXT NOT NULL, bpm REAL);
CREATE TABLE scores (id INTEGER PRIMARY KEY, track_id INTEGER NOT NULL, name TEXT);
CREATE TABLE score_annotations (id INTEGER PRIMARY KEY, score_id INTEGER NOT NULL, pattern_id INTEGER NOT NULL, start_time REAL NOT NULL, end_time REAL NOT NULL,
    z_index INTEGER NOT NULL DEFAULT 0, blend_mode TEXT NOT NULL DEFAULT 'replace', args_json TEXT NOT NULL DEFAULT '{}');
CREATE TABLE settings (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL);
INSERT INTO venues (id, name, description) VALUES (7, 'Old Club', 'cellar');
INSERT INTO pattern_categories VALUES (2, 'Wash');
INSERT INTO patterns VALUES (3, 'Pulse', 'on the beat', 2, 31), (4, 'Sweep', NULL, NULL, NULL);
INSERT INTO implementations VALUES (31, 3, 'v2', '{ "nodes":[{"id":"a","typeId":"from_the_future"}],  "edges":[] }'), (41, 4, NULL, '{"nodes":[],"edges":[]}');
INSERT INTO venue_implementation_overrides VALUES (7, 3, 31);
INSERT INTO tracks (id, track_hash, title, duration_seconds, file_path) VALUES (5, 'abc', 'Song', 61.25, '/music/song.flac');
INSERT INTO track_beats VALUES (5, '[0.5]', '[0.5]', 120);
INSERT INTO scores VALUES (9, 5, 'main');
INSERT INTO score_annotations VALUES (1, 9, 3, 0.5, 4.5, 2, 'Add', '{ "c" : {"r":255} }'), (2, 9, 4, 4.5, 8, 0, 'replace', '{}');
INSERT INTO settings VALUES ('max_dimmer', '80');
"#;

/// The library of later: UUIDs, `track_scores`, groups, cues and MIDI.
const LATER: &str = r#"
CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL);
INSERT INTO _sqlx_migrations VALUES (20251220125200, 'create tables'), (20260130100000, 'zup coordinate swap');
CREATE TABLE venues (id TEXT PRIMARY KEY, uid TEXT, name TEXT NOT NULL, description TEXT, share_code TEXT, role TEXT NOT NULL DEFAULT 'owner');
CREATE TABLE fixtures (id TEXT PRIMARY KEY, venue_id TEXT NOT NULL, universe INTEGER NOT NULL DEFAULT 1, address INTEGER NOT NULL, num_channels INTEGER NOT NULL,
    manufacturer TEXT NOT NULL, model TEXT NOT NULL, mode_name TEXT NOT NULL, fixture_path TEXT NOT NULL, label TEXT,
    pos_x REAL, pos_y REAL, pos_z REAL, rot_x REAL, rot_y REAL, rot_z REAL);
CREATE TABLE fixture_groups (id TEXT PRIMARY KEY, venue_id TEXT NOT NULL, name TEXT, axis_lr REAL, axis_fb REAL, axis_ab REAL, movement_config TEXT,
    display_order INTEGER NOT NULL DEFAULT 0, tags TEXT NOT NULL DEFAULT '[]');
CREATE TABLE fixture_group_members (id TEXT PRIMARY KEY, fixture_id TEXT, group_id TEXT, head_index INTEGER NOT NULL DEFAULT -1, display_order INTEGER NOT NULL DEFAULT 0);
CREATE TABLE patterns (id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT, category_name TEXT, is_verified INTEGER, author_name TEXT, forked_from_id TEXT);
CREATE TABLE implementations (id TEXT PRIMARY KEY, pattern_id TEXT NOT NULL, name TEXT, graph_json TEXT NOT NULL);
CREATE TABLE tracks (id TEXT PRIMARY KEY, track_hash TEXT NOT NULL, title TEXT, file_path TEXT NOT NULL);
CREATE TABLE scores (id TEXT PRIMARY KEY, track_id TEXT NOT NULL, venue_id TEXT, name TEXT);
CREATE TABLE track_scores (id TEXT PRIMARY KEY, score_id TEXT NOT NULL, pattern_id TEXT NOT NULL, start_time REAL NOT NULL, end_time REAL NOT NULL,
    z_index INTEGER NOT NULL DEFAULT 0, blend_mode TEXT NOT NULL DEFAULT 'replace', args_json TEXT NOT NULL DEFAULT '{}');
CREATE TABLE cues (id TEXT PRIMARY KEY, venue_id TEXT NOT NULL, name TEXT NOT NULL, pattern_id TEXT NOT NULL, args_json TEXT NOT NULL DEFAULT '{}',
    z_index INTEGER NOT NULL DEFAULT 1, blend_mode TEXT NOT NULL DEFAULT 'Replace', default_target_json TEXT NOT NULL DEFAULT '"All"',
    execution_mode_json TEXT NOT NULL DEFAULT '"Loop"', display_x INTEGER NOT NULL DEFAULT 0, display_y INTEGER NOT NULL DEFAULT 0);
CREATE TABLE midi_modifiers (id TEXT PRIMARY KEY, venue_id TEXT NOT NULL, name TEXT NOT NULL, input_json TEXT NOT NULL, groups_json TEXT);
CREATE TABLE midi_bindings (id TEXT PRIMARY KEY, venue_id TEXT NOT NULL, trigger_json TEXT NOT NULL, required_modifiers_json TEXT NOT NULL DEFAULT '[]',
    exclusive INTEGER NOT NULL DEFAULT 0, mode_json TEXT NOT NULL DEFAULT '"Toggle"', action_json TEXT NOT NULL, target_override_json TEXT, display_order INTEGER NOT NULL DEFAULT 0);
INSERT INTO venues VALUES ('00000000-0000-4000-8000-000000000001', NULL, 'Arena', NULL, 'SHARE', 'owner');
INSERT INTO fixture_groups VALUES ('00000000-0000-4000-8000-000000000020', '00000000-0000-4000-8000-000000000001', 'Front Wash', -0.5, -1, 7, '{"baseDirection":[0,1,-1],"extentU":20,"extentV":10}', 3, '["wash"]'),
    ('00000000-0000-4000-8000-000000000021', '00000000-0000-4000-8000-000000000001', 'front-wash', NULL, NULL, NULL, '{"what":1}', 0, 'a, b'),
    ('00000000-0000-4000-8000-000000000022', '00000000-0000-4000-8000-000000000001', NULL, NULL, NULL, NULL, NULL, 0, '[]');
INSERT INTO patterns VALUES ('00000000-0000-4000-8000-000000000003', 'Pulse', NULL, 'Beats', 1, 'Ann', NULL);
INSERT INTO implementations VALUES ('00000000-0000-4000-8000-000000000031', '00000000-0000-4000-8000-000000000003', NULL, 'no json');
INSERT INTO tracks VALUES ('00000000-0000-4000-8000-000000000005', 'abc', 'Song', '/music/song.flac');
INSERT INTO scores VALUES ('00000000-0000-4000-8000-000000000009', '00000000-0000-4000-8000-000000000005', '00000000-0000-4000-8000-000000000001', NULL);
INSERT INTO track_scores VALUES ('00000000-0000-4000-8000-000000000061', '00000000-0000-4000-8000-000000000009', '00000000-0000-4000-8000-000000000003', 1, 2, 0, 'dissolve', '{}');
INSERT INTO cues (id, venue_id, name, pattern_id, execution_mode_json, display_x, display_y) VALUES
    ('00000000-0000-4000-8000-000000000070', '00000000-0000-4000-8000-000000000001', 'Hit', '00000000-0000-4000-8000-000000000003', '{"OneShot":4}', 2, 1);
INSERT INTO midi_modifiers VALUES ('00000000-0000-4000-8000-000000000071', '00000000-0000-4000-8000-000000000001', 'Shift', '{"note":1}', '["x"]');
INSERT INTO midi_bindings (id, venue_id, trigger_json, action_json, exclusive) VALUES
    ('00000000-0000-4000-8000-000000000072', '00000000-0000-4000-8000-000000000001', '{"note":36}', '{"FireCue":{"cueId":"00000000-0000-4000-8000-000000000070"}}', 1);
"#;

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(0x0000_0000_0000_4000_8000_0000_0000_0000 + n)
}

/// Writes a file by these statements.
fn file(folder: &TempDir, name: &str, statements: &[&str]) -> PathBuf {
    let path = folder.path().join(name);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true).journal_mode(SqliteJournalMode::Delete);
        let mut db = options.connect().await.unwrap();
        for statement in statements {
            db.execute(AssertSqlSafe((*statement).to_owned())).await.unwrap();
        }
        sqlx::Connection::close(db).await.unwrap();
    });
    path
}

fn taken(path: &Path, document: &mut Document) -> Vec<String> {
    let legacy = read(path, document.ground()).unwrap();
    let plan = plan(&legacy.bundle, document.ground(), Choice::Copy, "Import").unwrap();
    document.edit(&plan.transaction).unwrap();
    plan.notes
}

fn rows(document: &Document, table: TableId) -> Vec<Row> {
    document.ground().rows(table).cloned().collect()
}

fn labelled<'a>(rows: &'a [Row], label: &str) -> &'a Row {
    rows.iter().find(|row| row.text("label") == Ok(label)).unwrap()
}

fn triple(row: &Row, columns: [&str; 3]) -> [f64; 3] {
    columns.map(|column| row.real(column).unwrap())
}

const POSITION: [&str; 3] = ["pos_x", "pos_y", "pos_z"];
const ROTATION: [&str; 3] = ["rot_x", "rot_y", "rot_z"];

/// A square of four lamps as the predecessor sees it (right, up, towards the audience), into either form of the table.
fn lamps(venue: Option<&str>, swapped: bool) -> String {
    let mut sql = String::new();
    for (n, (label, [x, y, z])) in [
        ("front left", [-2.0, 5.0, 3.0]),
        ("front right", [2.0, 5.0, 3.0]),
        ("back left", [-2.0, 4.0, -3.0]),
        ("back right", [2.0, 4.0, -3.0]),
    ]
    .into_iter()
    .enumerate()
    {
        let [y, z] = if swapped { [z, y] } else { [y, z] };
        // A quarter turn about the axis that points up in their space.
        let [ry, rz] = if swapped { ["0", "1.5707963267948966"] } else { ["1.5707963267948966", "0"] };
        let (column, value) = venue.map_or(("", String::new()), |venue| ("venue_id, ", format!("'{venue}', ")));
        sql += &format!(
            "INSERT INTO fixtures (id, {column}address, num_channels, manufacturer, model, mode_name, fixture_path, label, pos_x, pos_y, pos_z, rot_x, rot_y, rot_z)
             VALUES ('{}', {value}{}, 4, 'Robe', 'Spot', '4 ch', 'Robe/Robe-Spot.qxf', '{label}', {x}, {y}, {z}, 0, {ry}, {rz});\n",
            uuid(100 + n as u128), 1 + n * 4
        );
    }
    sql
}

/// Ours: right is +X, the audience is at -Y, up is +Z.
fn check_where_they_hang(document: &Document) {
    let fixtures = rows(document, TableId::Fixtures);
    for (label, position) in [
        ("front left", [-2.0, -3.0, 5.0]),
        ("front right", [2.0, -3.0, 5.0]),
        ("back left", [-2.0, 3.0, 4.0]),
        ("back right", [2.0, 3.0, 4.0]),
    ] {
        let fixture = labelled(&fixtures, label);
        assert_eq!(triple(fixture, POSITION), position, "{label}");
        assert_eq!(triple(fixture, ROTATION), [0.0, 0.0, 90.0], "{label}");
        assert_eq!(fixture.text("fixture_path"), Ok("Robe/Robe-Spot.qxf"));
    }
}

#[test]
fn a_venue_file_hangs_where_it_hung_and_brings_its_graphs() {
    let folder = TempDir::new().unwrap();
    let graph = r#"INSERT INTO implementations (pattern_id, graph_json) VALUES (3, '{ "nodes" : [] }');"#;
    let path = file(&folder, "club.luma", &[VENUE, &lamps(None, false), graph]);
    let before = std::fs::read(&path).unwrap();
    let mut document = Document::default();
    assert!(read(&path, document.ground()).unwrap().is_venue);
    let notes = taken(&path, &mut document);
    check_where_they_hang(&document);
    assert_eq!(rows(&document, TableId::Venues)[0].text("name"), Ok("club"));
    assert_eq!(rows(&document, TableId::Implementations)[0].text("graph_json"), Ok(r#"{ "nodes" : [] }"#));
    assert_eq!(rows(&document, TableId::VenueImplementationOverrides).len(), 1);
    assert_eq!(rows(&document, TableId::Patterns)[0].text("name"), Ok("Pattern 3 of club"));
    assert!(notes.len() == 1 && notes[0].contains("pattern 3 is known by its number alone"), "{notes:?}");
    assert_eq!(rows(&document, TableId::Fixtures)[0].id(), uuid(100), "ids that are UUIDs stay");
    assert!(std::fs::read(&path).unwrap() == before && std::fs::read_dir(folder.path()).unwrap().count() == 1, "nothing was written");

    let image: Vec<_> = TableId::all().map(|table| rows(&document, table)).collect();
    taken(&path, &mut document);
    assert_eq!(TableId::all().map(|table| rows(&document, table)).collect::<Vec<_>>(), image, "a second import adds nothing");
}

#[test]
fn a_library_of_the_first_days_comes_over_with_its_numbers_made_ids() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "luma.db", &[FIRST, &lamps(Some("7"), true)]);
    let mut document = Document::default();
    let notes = taken(&path, &mut document);
    check_where_they_hang(&document);
    let ground = document.ground();
    let pattern = ground.rows(TableId::Patterns).find(|row| row.text("name") == Ok("Pulse")).unwrap();
    let category = ground.get(TableId::PatternCategories, pattern.uuid("category_id").unwrap()).unwrap();
    assert_eq!(category.text("name"), Ok("Wash"));
    let graph = ground.get(TableId::Implementations, pattern.uuid("default_implementation_id").unwrap()).unwrap();
    assert_eq!(graph.text("graph_json"), Ok(r#"{ "nodes":[{"id":"a","typeId":"from_the_future"}],  "edges":[] }"#));
    let placed = ground.children(pattern.id(), TableId::TrackScores).next().unwrap();
    assert_eq!((placed.real("start_time"), placed.real("end_time"), placed.int("z_index")), (Ok(0.5), Ok(4.5), Ok(2)));
    assert_eq!((placed.text("blend_mode"), placed.text("args_json")), (Ok("add"), Ok(r#"{ "c" : {"r":255} }"#)));
    let score = ground.get(TableId::Scores, placed.uuid("score_id").unwrap()).unwrap();
    let track = ground.get(TableId::Tracks, score.uuid("track_id").unwrap()).unwrap();
    assert_eq!(
        (track.text("title"), track.real("duration_seconds"), track.text("file_path")),
        (Ok("Song"), Ok(61.25), Ok("/music/song.flac"))
    );
    assert_eq!(
        notes,
        [
            "settings (1 rows) is not carried over: settings belong to a device",
            "track_beats (1 rows) is not carried over: beats are found anew",
        ]
    );

    // A venue file that was used with this library finds its pattern, and the library imported again finds itself.
    let graph = "INSERT INTO implementations (pattern_id, graph_json) VALUES (3, '{}');";
    let venue = file(&folder, "club.luma", &[VENUE, graph]);
    assert!(taken(&venue, &mut document).is_empty());
    assert_eq!(document.ground().n_rows(TableId::Patterns), 2);
    let image: Vec<_> = TableId::all().map(|table| rows(&document, table)).collect();
    taken(&path, &mut document);
    taken(&venue, &mut document);
    assert_eq!(TableId::all().map(|table| rows(&document, table)).collect::<Vec<_>>(), image);
    document.undo().unwrap();
    document.undo().unwrap();
    assert!(TableId::all().all(|table| document.ground().n_rows(table) == 0));
}

#[test]
fn a_later_library_comes_over_with_groups_cues_and_midi() {
    let folder = TempDir::new().unwrap();
    let venue = uuid(1).to_string();
    let members = format!(
        "INSERT INTO fixture_group_members VALUES ('m1', '{}', '{}', -1, 1), ('m2', '{}', '{}', 2, 0), ('m3', 'gone', '{}', -1, 0);",
        uuid(100),
        uuid(0x20),
        uuid(101),
        uuid(0x20),
        uuid(0x20)
    );
    let path = file(&folder, "luma.db", &[LATER, &lamps(Some(&venue), true), &members]);
    let mut document = Document::default();
    let notes = taken(&path, &mut document);
    check_where_they_hang(&document);
    let ground = document.ground();
    let group = ground.get(TableId::FixtureGroups, uuid(0x20)).unwrap();
    assert_eq!((group.text("name"), triple(group, ["axis_lr", "axis_fb", "axis_ab"])), (Ok("front_wash"), [-0.5, -1.0, 1.0]));
    assert_eq!(group.text("tags_json"), Ok(r#"["wash"]"#));
    let movement: crate::venue::model::Movement = group.json("movement_config").unwrap();
    // Towards the audience and down, in a space where both of these turn round.
    let half = 0.5_f32.sqrt();
    assert!(movement.base.iter().zip([0.0, -half, -half]).all(|(a, b)| (a - b).abs() < 1e-6), "{movement:?}");
    assert_eq!((movement.half_u_deg, movement.half_v_deg), (20.0, 10.0));
    let mut members: Vec<Option<i64>> =
        ground.children(group.id(), TableId::FixtureGroupMembers).map(|row| row.int("head_idx").ok()).collect();
    members.sort();
    assert_eq!(members, [None, Some(2)]);
    let names: Vec<_> = rows(&document, TableId::FixtureGroups).iter().map(|row| row.text("name").unwrap().to_owned()).collect();
    assert_eq!(names, ["front_wash", "front_wash_2", "group"]);
    assert_eq!(ground.get(TableId::FixtureGroups, uuid(0x21)).unwrap().text("tags_json"), Ok(r#"["a","b"]"#));
    let binding = ground.get(TableId::MidiBindings, uuid(0x72)).unwrap();
    assert_eq!((binding.uuid("cue_id"), binding.text("input_json")), (Ok(uuid(0x70)), Ok(r#"{"note":36}"#)));
    assert!(binding.text("action_json").unwrap().contains(r#""exclusive":true"#));
    assert_eq!(ground.get(TableId::Cues, uuid(0x70)).unwrap().int("display_order"), Ok(1002));
    assert_eq!(ground.get(TableId::Scores, uuid(9)).unwrap().uuid("venue_id"), Ok(uuid(1)));
    assert_eq!(*ground.get(TableId::Implementations, uuid(0x31)).unwrap().get("graph_json"), Value::from(r#""no json""#));
    for words in [
        "the group \"Front Wash\" is called \"front_wash\"",
        "movement settings could not be read",
        "fixture_group_members row 3 (m3) is left out: its fixture_id \"gone\" is not in the file",
        "graph_json is no JSON",
        "there is no blend mode \"dissolve\"",
        "how it runs ({\"OneShot\":4}) is not carried over",
        "venues.share_code: not carried over (set in 1 of 1 rows)",
        "midi_modifiers.groups_json: not carried over",
    ] {
        assert!(notes.iter().any(|note| note.contains(words)), "{words}: {notes:#?}");
    }
}

#[test]
fn a_library_from_before_the_swap_says_so_and_is_read_so() {
    let folder = TempDir::new().unwrap();
    let venue = uuid(1).to_string();
    let path =
        file(&folder, "luma.db", &[LATER, "DELETE FROM _sqlx_migrations WHERE version = 20260130100000;", &lamps(Some(&venue), false)]);
    let mut document = Document::default();
    let notes = taken(&path, &mut document);
    check_where_they_hang(&document);
    assert!(notes.iter().any(|note| note.contains("Y up")), "{notes:?}");
}

#[test]
fn placements_from_before_there_were_scores_get_one() {
    let folder = TempDir::new().unwrap();
    let older = "DROP TABLE scores; DROP TABLE score_annotations;
        CREATE TABLE track_annotations (id INTEGER PRIMARY KEY, track_id INTEGER, pattern_id INTEGER, start_time REAL, end_time REAL, z_index INTEGER);
        INSERT INTO track_annotations VALUES (1, 5, 3, 1, 2, 0), (2, 5, 4, 2, 3, 1);";
    let path = file(&folder, "luma.db", &[FIRST, older]);
    let mut document = Document::default();
    taken(&path, &mut document);
    let scores = rows(&document, TableId::Scores);
    assert_eq!((scores.len(), document.ground().children(scores[0].id(), TableId::TrackScores).count()), (1, 2));
}

#[test]
fn rows_that_cannot_stand_are_told_one_by_one_and_the_rest_comes_over() {
    let folder = TempDir::new().unwrap();
    let insert = |id: &str, address: &str, channels: &str, path: &str, x: &str, label: &str| {
        format!(
            "INSERT INTO fixtures (id, address, num_channels, manufacturer, model, mode_name, fixture_path, pos_x, label) VALUES ({id}, {address}, {channels}, 'Robe', 'Spot', 'm', {path}, {x}, {label});"
        )
    };
    let path = file(
        &folder,
        "odd.luma",
        &[
            VENUE,
            &insert("'one'", "1", "4", "'Robe\\Spot.qxf'", "1.5", "'good'"),
            &insert("'two'", "600", "4", "'a/b.qxf'", "0", "'high'"),
            &insert("'three'", "510", "16", "'a/b.qxf'", "0", "'long'"),
            &insert("'four'", "'x'", "4", "'a/b.qxf'", "0", "'worded'"),
            &insert("'five'", "5", "4", "'/home/me/qlc/Robe/Spot.qxf'", "'far'", "'absolute'"),
            &insert("'six'", "9", "4", "'../../etc/passwd'", "9e999", "x'ff00'"),
            &insert("'seven'", "13.0", "'4'", "''", "1e300", "12"),
            &insert("'eight'", "9223372036854775807", "9223372036854775807", "'a/b.qxf'", "0", "'huge'"),
            "INSERT INTO implementations VALUES (1, x'00ff', NULL);",
        ],
    );
    let mut document = Document::default();
    let notes = taken(&path, &mut document);
    let fixtures = rows(&document, TableId::Fixtures);
    assert_eq!(fixtures.len(), 4, "{notes:#?}");
    assert_eq!(labelled(&fixtures, "good").text("fixture_path"), Ok("Robe/Spot.qxf"));
    assert_eq!(labelled(&fixtures, "absolute").text("fixture_path"), Ok("Robe/Spot.qxf"));
    assert_eq!((labelled(&fixtures, "12").int("address"), labelled(&fixtures, "12").int("num_channels")), (Ok(13), Ok(4)));
    for words in [
        "fixtures row 2 (high) is left out: address 600",
        "fixtures row 3 (long) is left out: address the last channel would be 525",
        "fixtures row 4 (worded) is left out: address",
        "(absolute): pos_x is no number",
        "\"../../etc/passwd\" does not lie below a library; looked for as \"etc/passwd\"",
        "fixtures row 8 (huge) is left out",
        "graph_json is no text",
    ] {
        assert!(notes.iter().any(|note| note.contains(words)), "{words}: {notes:#?}");
    }
}

#[test]
fn what_is_no_file_of_the_predecessor_is_refused_in_words() {
    let folder = TempDir::new().unwrap();
    let ground = Ground::default();
    let said = |path: &Path| read(path, &ground).unwrap_err().to_string();
    assert!(said(Path::new("no/such.luma")).contains("no/such.luma"));
    let text = folder.path().join("text.luma");
    std::fs::write(&text, "hello, this is a text file").unwrap();
    assert!(said(&text).contains("no SQLite") && !is_legacy(&text));
    std::fs::write(&text, "x").unwrap();
    assert!(said(&text).contains("too short"));
    let other = file(&folder, "other.db", &["CREATE TABLE birds (name TEXT);"]);
    assert!(said(&other).contains("neither fixtures nor venues") && is_legacy(&other));
    // A view in the place of a table could be endless; it is not looked at.
    let endless = "CREATE VIEW fixtures AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n;";
    assert!(said(&file(&folder, "view.luma", &[endless])).contains("neither"));
}

#[test]
fn damaged_files_and_open_journals_are_told() {
    let folder = TempDir::new().unwrap();
    let many: Vec<String> = (0..200).map(|n| format!("INSERT INTO implementations VALUES ({n}, '{}', NULL);", "{}".repeat(400))).collect();
    let path = file(&folder, "club.luma", &[&[VENUE, &lamps(None, false)].concat(), &many.concat()]);
    let whole = std::fs::read(&path).unwrap();
    let ground = Ground::default();
    for cut in [100, 4096, whole.len() / 2, whole.len() - 4096] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let error = read(&path, &ground).unwrap_err().to_string();
        assert!(error.contains("damaged"), "cut at {cut}: {error}");
    }
    // A flipped byte is found, or is in a text that nobody can tell is another; it never panics.
    for at in (0..whole.len()).step_by(whole.len() / 60) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x55;
        std::fs::write(&path, &flipped).unwrap();
        if let Ok(legacy) = read(&path, &ground) {
            plan(&legacy.bundle, &ground, Choice::Copy, "Import").unwrap();
        }
    }
    std::fs::write(&path, &whole).unwrap();
    std::fs::write(folder.path().join("club.luma-wal"), "changes").unwrap();
    let notes = read(&path, &ground).unwrap().bundle.notes;
    assert!(notes[0].contains("club.luma-wal") && notes[0].contains("open and close the old program"), "{notes:?}");
}
