//! Files that want something else than to be imported: each is refused in words, and nothing is taken.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::manifest::{Entry, Manifest};
use super::tests::{export, id, show};
use super::*;
use crate::document::ground::Ground;
use crate::registry::TableId;

/// Entries of a good file.
fn unpacked(what: What) -> BTreeMap<String, Vec<u8>> {
    let bytes = export(show(2, 3).ground(), what);
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut entries = BTreeMap::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let name = entry.name().unwrap().into_owned();
        entries.insert(name, bytes);
    }
    entries
}

/// Packs entries with a manifest that fits them, whatever they are.
fn packed(entries: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut manifest: Manifest = serde_json::from_slice(&entries["manifest.json"]).unwrap();
    manifest.entries.clear();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries.iter().filter(|(name, _)| *name != "manifest.json") {
        let sha256 = write::hex(&Sha256::digest(bytes));
        manifest.entries.insert(name.clone(), Entry { bytes: bytes.len() as u64, sha256, rows: None });
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.start_file("manifest.json", SimpleFileOptions::default()).unwrap();
    zip.write_all(&serde_json::to_vec(&manifest).unwrap()).unwrap();
    zip.finish().unwrap().into_inner()
}

fn import(bytes: &[u8]) -> Result<Plan, PortableError> {
    plan(&read(Cursor::new(bytes))?, &Ground::default(), Choice::Copy, "Import")
}

/// Changes one entry's text, or adds it, and tells what is said to that.
fn answer(name: &str, change: impl Fn(&str) -> String) -> String {
    let mut entries = unpacked(What::Show);
    let text = entries.get(name).map(|bytes| String::from_utf8(bytes.clone()).unwrap()).unwrap_or_default();
    entries.insert(name.to_owned(), change(&text).into_bytes());
    match import(&packed(&entries)) {
        Ok(plan) => format!("taken: {}", plan.notes.join("; ")),
        Err(error) => error.to_string(),
    }
}

fn check(name: &str, change: impl Fn(&str) -> String, words: &[&str]) {
    let said = answer(name, change);
    for word in words {
        assert!(said.contains(word), "{name}: {said}");
    }
}

#[test]
fn a_repacked_good_file_is_taken() {
    assert_eq!(answer("records/venues.json", str::to_owned), "taken: ");
}

#[test]
fn records_that_are_none_are_named_by_entry_and_column() {
    let fixtures = "records/fixtures.json";
    check(fixtures, |_| "{".into(), &["records/fixtures.json", "ask for it again"]);
    check(fixtures, |_| "{}".into(), &["records/fixtures.json", "a list of rows"]);
    check(fixtures, |_| "[5]".into(), &["records/fixtures.json"]);
    check(fixtures, |text| format!("{text} x"), &["records/fixtures.json", "trailing"]);
    check(fixtures, |text| text.replacen("\"address\":1", "\"address\":600", 1), &["records/fixtures.json", "address", "600"]);
    check(fixtures, |text| text.replacen("\"address\":1", "\"address\":\"one\"", 1), &["records/fixtures.json", "address"]);
    check(fixtures, |text| text.replacen("\"address\":1", "\"address\":1e300", 1), &["records/fixtures.json", "address"]);
    check(fixtures, |text| text.replacen("\"id\":\"0198", "\"id\":\"zzzz", 1), &["records/fixtures.json", "id"]);
    check(
        fixtures,
        |text| text.replacen("[\n", &format!("[\n{},\n", text.lines().nth(1).unwrap().trim_end_matches(',')), 1),
        &["two of its rows have one id"],
    );
    check("records/venues.json", |text| text.replacen("Club", &"x".repeat(1000), 1), &["records/venues.json", "name"]);
    check("records/track_scores.json", |_| format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000)), &["records/track_scores.json"]);
    check("records/track_scores.json", |text| text.replacen("\"end_time\":0.1", "\"end_time\":-5.0", 1), &["end_time"]);
}

#[test]
fn references_that_lead_nowhere_refuse_the_whole_file() {
    check("records/venues.json", |_| "[]".into(), &["fixture", "belongs to a venue that is not in the file"]);
    check("records/patterns.json", |_| "[]".into(), &["belongs to a pattern that is not in the file"]);
    check("records/tracks.json", |_| "[]".into(), &["belongs to a track that is not in the file"]);
    let mut entries = unpacked(What::Show);
    for gone in ["patterns", "implementations", "cues", "midi_bindings", "venue_implementation_overrides", "named_versions"] {
        entries.remove(&format!("records/{gone}.json"));
    }
    let said = import(&packed(&entries)).unwrap_err().to_string();
    assert!(said.contains("track_scores") && said.contains("does not exist"), "{said}");
    // Patterns that claim each other as their origin are odd, but nothing follows that path.
    check(
        "records/patterns.json",
        |text| text.replace("\"forked_from_id\":null", &format!("\"forked_from_id\":\"{}\"", id(41))),
        &["taken"],
    );
}

#[test]
fn what_a_newer_build_adds_is_told_and_left_out() {
    check("records/lasers.json", |_| "[{}]".into(), &["taken", "records/lasers.json", "left out"]);
    check("records/output_routes.json", |_| "[]".into(), &["taken", "output_routes"]);
    check("records/venues.json", |text| text.replacen("{\"id\"", "{\"smell\":1,\"id\"", 1), &["taken", "\"smell\"", "1 of the rows"]);
    check("pictures/a.png", |_| "x".into(), &["taken", "pictures/a.png", "left out"]);
}

#[test]
fn definitions_must_be_what_their_names_say_and_stay_in_the_library() {
    let said = |change: &dyn Fn(&mut BTreeMap<String, Vec<u8>>)| {
        let mut entries = unpacked(What::Show);
        change(&mut entries);
        import(&packed(&entries)).unwrap_err().to_string()
    };
    let name = unpacked(What::Show).into_keys().find(|name| name.starts_with("definitions/")).unwrap();
    assert!(said(&|entries| drop(entries.insert(name.clone(), b"other".to_vec()))).contains("hash"));
    assert!(said(&|entries| drop(entries.remove(&name))).contains("is not in the file"));
    let outside = |text: &str| text.replace("acme/Par.qxf", "../../etc/passwd");
    check("records/fixture_definitions.json", outside, &["leads out of the library"]);
}

#[test]
fn names_that_lead_out_are_refused() {
    for name in ["../evil", "/etc/passwd", "records/../../evil.json", "a\\..\\b", "c:evil", "./x"] {
        check(name, |_| "x".into(), &["leads out of the file"]);
    }
    check("audio/nobody.flac", |_| "x".into(), &["audio/nobody.flac", "not named after a track"]);
    check(&format!("audio/{}.", id(1)), |_| "x".into(), &["not named after a track"]);
}

#[test]
fn manifests_that_are_none_or_newer_or_lie_are_refused() {
    let bytes = |entries: &BTreeMap<String, Vec<u8>>| {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    let said = |change: &dyn Fn(&str) -> String| {
        let mut entries = unpacked(What::Alone(Subject { table: TableId::Venues, id: id(1) }));
        let text = String::from_utf8(entries["manifest.json"].clone()).unwrap();
        entries.insert("manifest.json".into(), change(&text).into_bytes());
        import(&bytes(&entries)).map(|plan| plan.notes.join("; ")).unwrap_or_else(|error| error.to_string())
    };
    assert_eq!(said(&str::to_owned), "");
    for (change, word) in [
        (&|_: &str| "{}".to_owned() as _, "no Luma file"),
        (&|_: &str| "nonsense".to_owned() as _, "no Luma file"),
        (&|text: &str| text.replace("\"format\": 1", "\"format\": 99, \"entries2\": []") as _, "update Luma"),
        (&|text: &str| text.replace("\"format\": 1", "\"format\": -1") as _, "no Luma file"),
        (&|text: &str| text.replace("\"venue\"", "\"laser\"") as _, "\"laser\""),
        (&|text: &str| text.replace(&id(1).to_string(), &id(2).to_string()) as _, "does not hold"),
        (&|text: &str| text.replacen("\"sha256\": \"", "\"sha256\": \"0", 1) as _, "hash"),
        (&|text: &str| text.replace("records/fixtures.json", "records/fixture.json") as _, "it is not there"),
    ] as [(&dyn Fn(&str) -> String, &str); 8]
    {
        let said = said(change);
        assert!(said.contains(word), "{word}: {said}");
    }
    let mut entries = unpacked(What::Show);
    entries.remove("manifest.json");
    assert!(import(&bytes(&entries)).unwrap_err().to_string().contains("no Luma file"));
}

#[test]
fn a_bomb_goes_off_in_a_box() {
    // 300 MiB of blanks in a third of a MiB: more than any table may have.
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("records/venues.json", SimpleFileOptions::default()).unwrap();
    let blanks = vec![b' '; 1 << 20];
    (0..300).for_each(|_| zip.write_all(&blanks).unwrap());
    let entry = Entry { bytes: 10, sha256: String::new(), rows: None };
    let mut manifest = Manifest::new(What::Show);
    manifest.entries.insert("records/venues.json".into(), entry);
    zip.start_file("manifest.json", SimpleFileOptions::default()).unwrap();
    zip.write_all(&serde_json::to_vec(&manifest).unwrap()).unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    assert!(bytes.len() < 1 << 20);
    let error = import(&bytes).unwrap_err();
    assert!(matches!(&error, PortableError::TooLarge { entry, .. } if entry == "records/venues.json"), "{error}");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let bytes = export(show(2, 3).ground(), What::Show);
    for cut in (0..bytes.len()).step_by(bytes.len() / 40) {
        assert!(import(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    assert!(import(b"").unwrap_err().to_string().contains("no Luma file"));
    assert!(import(b"SQLite format 3\0").unwrap_err().to_string().contains("no Luma file"));
    assert!(open(std::path::Path::new("no/such.lumashow")).unwrap_err().to_string().contains("no/such.lumashow"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is taken from a file with flipped bytes is what stood in the good one: hashes see to it.
    #[test]
    fn flipped_bytes_never_panic_and_never_pass_for_something_else(flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 1..4)) {
        let good = export(show(1, 2).ground(), What::Show);
        let mut bytes = good.clone();
        for (at, flip) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
        }
        if let Ok(bundle) = read(Cursor::new(&bytes)) {
            let whole = read(Cursor::new(&good)).unwrap();
            prop_assert!(bundle.rows.iter().all(|(table, rows)| whole.rows.get(table) == Some(rows)));
        }
    }
}
