//! Folders of the Open Fixture Library: a small one made here, and the whole library where `OFL_FIXTURES` names the folder with
//! its `manufacturers.json`.
//!
//! What the mapping of the whole library should be is checked by `scripts/check-ofl`, which reads the files by itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::fs;
use std::path::{Path, PathBuf};

use luma::venue::library::catalogue::Catalogue;
use luma::venue::library::query::Query;
use luma::venue::library::sources::{Origin, Places};
use luma::venue::library::{Library, file, folder};
use luma::venue::mapping::{Mapper, State};
use serde_json::{Value, json};

const SCHEMA: &str = "https://raw.githubusercontent.com/OpenLightingProject/open-fixture-library/master/schemas/fixture.json";

fn write(folder: &Path, path: &str, value: &Value) {
    let file = folder.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, value.to_string()).unwrap();
}

fn par(name: &str) -> Value {
    json!({"$schema": SCHEMA, "name": name, "categories": ["Color Changer"],
           "availableChannels": {"Dimmer": {"capability": {"type": "Intensity"}}, "Red": {"capability": {"type": "ColorIntensity", "color": "Red"}}},
           "modes": [{"name": "2-channel", "channels": ["Dimmer", "Red"]}]})
}

/// A library of two makers, one redirect and a file that is none.
fn library(folder: &Path) {
    write(folder, "manufacturers.json", &json!({"american-dj": {"name": "American DJ"}, "clay-paky": {"name": "Clay Paky"}}));
    write(folder, "american-dj/par-56.json", &par("PAR 56"));
    write(
        folder,
        "clay-paky/old-par.json",
        &json!({"name": "Old PAR", "redirectTo": "american-dj/par-56", "reason": "SameAsDifferentBrand"}),
    );
    write(folder, "clay-paky/lost.json", &json!({"name": "Lost", "redirectTo": "nobody/nothing"}));
    write(folder, "clay-paky/loop.json", &json!({"name": "Loop", "redirectTo": "clay-paky/loop"}));
    write(folder, "clay-paky/out.json", &json!({"name": "Out", "redirectTo": "../../etc/passwd"}));
}

fn places(scratch: &Path) -> Places {
    Places { own: scratch.join("own"), cache: scratch.join("cache"), system: Vec::new() }
}

#[test]
fn a_folder_of_the_library_is_found_searched_and_driven() {
    let scratch = tempfile::tempdir().unwrap();
    let (folder, places) = (scratch.path().join("ofl"), places(scratch.path()));
    library(&folder);
    write(&folder, "american-dj/notes.txt", &json!("no definition"));
    places.add_folder(&folder).unwrap();
    let catalogue = Catalogue::open(Some(&places));
    let found = |query: &str| {
        let hits = catalogue.search(&Query::parse(query).unwrap());
        hits.iter().map(|hit| format!("{} {}", hit.item.summary.maker, hit.item.summary.model)).collect::<Vec<_>>()
    };
    assert_eq!(found("maker:american par"), ["American DJ PAR 56"]);
    assert_eq!(found("old channels:2 can:dimmer"), ["Clay Paky Old PAR"], "under its own name, as what it leads to");
    let broken: Vec<(&str, bool)> =
        catalogue.broken.iter().map(|broken| (broken.path.as_str(), broken.reason.contains("another name for"))).collect();
    assert_eq!(broken, [("clay-paky/loop.json", true), ("clay-paky/lost.json", true), ("clay-paky/out.json", true)]);
    let kind = Library::with_folder(&folder).kind("clay-paky/old-par.json", "2-channel").unwrap();
    let state = State { dimmer: 0.5, color: Some([1.0, 0.0, 0.0]), strobe: 0.0, pan: None, tilt: None };
    assert_eq!(Mapper::new(kind, false).bytes(&state), [128, 255]);

    // The list of makers counts for all files: a new name is seen without touching them.
    assert_eq!(Catalogue::open(Some(&places)).n_read, 0);
    std::thread::sleep(std::time::Duration::from_millis(20));
    write(&folder, "manufacturers.json", &json!({"american-dj": {"name": "ADJ"}, "clay-paky": {"name": "Clay Paky"}}));
    let catalogue = Catalogue::open(Some(&places));
    assert_eq!(catalogue.search(&Query::parse("maker:adj").unwrap()).len(), 1);
}

#[test]
fn json_counts_only_where_it_is_a_fixture() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    write(folder, "sources.json", &json!({"folders": []}));
    write(folder, "loose.json", &par("Loose"));
    write(folder, "deep/er/package.json", &json!({"name": "no fixture"}));
    write(folder, "ofl/manufacturers.json", &json!({}));
    write(folder, "ofl/maker/any.json", &json!({"oops": 1}));
    let found: Vec<String> = folder::walk(folder).unwrap().files.into_iter().map(|file| file.path).collect();
    assert_eq!(found, ["loose.json", "ofl/maker/any.json"]);
}

#[test]
fn a_file_that_is_added_keeps_its_maker_and_stands_before_its_copies() {
    let scratch = tempfile::tempdir().unwrap();
    let (folder, places) = (scratch.path().join("ofl"), places(scratch.path()));
    library(&folder);
    let qxf = "<FixtureDefinition><Manufacturer>American DJ</Manufacturer><Model>PAR-56</Model><Type>Other</Type><Channel Name=\"D\" \
               Preset=\"IntensityDimmer\"/><Mode Name=\"one\"><Channel Number=\"0\">D</Channel></Mode></FixtureDefinition>";
    fs::write(folder.join("par.qxf"), qxf).unwrap();
    places.add_folder(&folder).unwrap();
    let leader = || {
        let catalogue = Catalogue::open(Some(&places));
        let hits = catalogue.search(&Query::parse("maker:american").unwrap());
        assert_eq!(hits.len(), 1, "one device");
        (hits[0].item.path.clone(), hits[0].item.origin, hits[0].copies.len())
    };
    assert_eq!(leader(), ("par.qxf".to_owned(), Origin::Added, 1), "QXF before JSON");
    assert_eq!(places.add_file(&folder.join("american-dj/par-56.json")).unwrap(), "ofl/American-DJ/PAR-56.json");
    assert_eq!(leader(), ("ofl/American-DJ/PAR-56.json".to_owned(), Origin::Own, 2), "one's own before both");
    assert_eq!(places.add_file(&folder.join("clay-paky/old-par.json")).unwrap(), "ofl/Clay-Paky/Old-PAR.json");
    let (library, _) = Library::standard(Some(&places));
    let old = library.definition("ofl/Clay-Paky/Old-PAR.json").unwrap();
    assert_eq!((old.manufacturer.as_str(), old.model.as_str()), ("Clay Paky", "Old PAR"));
    assert_eq!(library.definition("ofl/American-DJ/PAR-56.json").unwrap().manufacturer, "American DJ");
}

fn whole_library() -> Option<PathBuf> {
    let folder = std::env::var_os("OFL_FIXTURES").map(PathBuf::from);
    let folder = folder.filter(|folder| folder.join("manufacturers.json").is_file());
    if folder.is_none() {
        eprintln!("skipped: OFL_FIXTURES names no folder of the Open Fixture Library with manufacturers.json in it");
    }
    folder
}

#[test]
fn the_whole_library_loads_lowers_and_plays() {
    let Some(folder) = whole_library() else { return };
    let walk = folder::walk(&folder).unwrap();
    assert!(walk.notices.is_empty() && walk.files.len() > 600, "{} files, {:?}", walk.files.len(), walk.notices);
    let library = Library::with_folder(&folder);
    let (mut n_modes, mut n_functions) = (0, 0);
    for found in &walk.files {
        let definition = file::read(&folder.join(&found.path)).unwrap_or_else(|error| panic!("{}: {error}", found.path));
        assert!(!definition.manufacturer.is_empty() && !definition.modes.is_empty(), "{}", found.path);
        for mode in &definition.modes {
            let what = format!("{} / {}", found.path, mode.name);
            n_modes += 1;
            let kind = library.kind(&found.path, &mode.name).unwrap();
            assert_eq!((usize::from(kind.footprint), kind.defaults.len()), (mode.slots.len(), mode.slots.len()), "{what}");
            let n_heads = kind.head_offsets.len();
            assert!(kind.functions.iter().all(|function| function.heads.start < function.heads.end), "{what}");
            assert!(kind.functions.iter().all(|function| usize::from(function.heads.end) <= n_heads), "{what}");
            n_functions += kind.functions.len();
            for matched in [false, true] {
                let mut mapper = Mapper::new(kind.clone(), matched);
                for (dimmer, strobe) in [(0.0, 0.0), (1.0, 0.0), (0.5, 1.0)] {
                    let state = State { dimmer, color: Some([1.0, 0.5, 0.1]), strobe, pan: Some(30.0), tilt: Some(-30.0) };
                    assert_eq!(mapper.bytes(&state).len(), mode.slots.len(), "{what}");
                }
            }
        }
    }
    assert!(n_modes > 2700 && n_functions > 15_000, "{n_modes} modes, {n_functions} functions");
}
