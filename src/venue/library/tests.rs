//! Sources, indexes and searches on small libraries of their own.

use std::fs;
use std::path::Path;

use super::catalogue::Catalogue;
use super::index::{self, Content};
use super::query::{Query, QueryError};
use super::sources::{Origin, Places};
use super::{Library, folder};

fn definition(maker: &str, model: &str, kind: &str, body: &str) -> String {
    format!(
        "<FixtureDefinition><Manufacturer>{maker}</Manufacturer><Model>{model}</Model><Type>{kind}</Type>\
         <Channel Name=\"Pan\" Preset=\"PositionPan\"/><Channel Name=\"Pan fine\" Preset=\"PositionPanFine\"/><Channel Name=\"D\" Preset=\"IntensityDimmer\"/>\
         <Channel Name=\"R\" Preset=\"IntensityRed\"/><Channel Name=\"G\" Preset=\"IntensityGreen\"/><Channel Name=\"B\" Preset=\"IntensityBlue\"/>\
         <Channel Name=\"Gobo\"><Group Byte=\"0\">Gobo</Group><Capability Min=\"0\" Max=\"255\" Preset=\"GoboMacro\"/></Channel>{body}</FixtureDefinition>"
    )
}

fn mode(name: &str, channels: &[&str]) -> String {
    let channels: String = channels.iter().enumerate().map(|(at, name)| format!("<Channel Number=\"{at}\">{name}</Channel>")).collect();
    format!("<Mode Name=\"{name}\">{channels}</Mode>")
}

fn write(folder: &Path, path: &str, text: &str) {
    let file = folder.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// Own folder, cache and a library of QLC+ in one scratch folder.
fn places(scratch: &Path) -> Places {
    let system = scratch.join("qlc");
    fs::create_dir_all(&system).unwrap();
    Places { own: scratch.join("own"), cache: scratch.join("cache"), system: vec![system] }
}

fn names(catalogue: &Catalogue, query: &str) -> Vec<String> {
    let hits = catalogue.search(&Query::parse(query).unwrap());
    hits.iter().filter(|hit| hit.item.origin != Origin::BuiltIn).map(|hit| hit.item.summary.model.clone()).collect()
}

#[test]
fn an_index_reads_only_what_is_new_or_changed_and_survives_damage() {
    let scratch = tempfile::tempdir().unwrap();
    let (library, saved) = (scratch.path().join("lib"), scratch.path().join("index.json"));
    for n in 0..5 {
        write(&library, &format!("a/{n}.qxf"), &definition("A", &format!("M{n}"), "Other", &mode("m", &["D"])));
    }
    write(&library, "b/broken.qxf", "<oops");
    write(&library, "b/readme.txt", "no definition");
    let n_read = |expected: usize| {
        let index = index::open(&library, &saved).unwrap();
        assert_eq!(index.n_read, expected);
        assert!(index.entries.is_sorted_by(|a, b| a.path < b.path));
        index
    };
    let first = n_read(6);
    assert!(matches!(&first.entries[5].content, Content::Broken(reason) if reason.contains("line 1")), "{:?}", first.entries[5]);
    assert_eq!(n_read(0).entries, first.entries, "the second time nothing is read");
    write(&library, "a/1.qxf", &definition("A", "Changed and longer", "Other", &mode("m", &["D"])));
    fs::remove_file(library.join("a/0.qxf")).unwrap();
    assert_eq!(n_read(1).entries.len(), 5);
    n_read(0);
    for damage in ["", "{", "[]", "{\"version\":0,\"folder\":\"x\",\"entries\":[]}"] {
        fs::write(&saved, damage).unwrap();
        n_read(5);
    }
    fs::write(&saved, fs::read_to_string(&saved).unwrap().replacen("\"version\":", "\"version\":9", 1)).unwrap();
    n_read(5);
    assert!(index::open(&scratch.path().join("none"), &saved).unwrap_err().contains("there is no folder"));
}

#[test]
fn searches_fit_words_by_their_beginning_and_all_of_them_on_one_mode() {
    let scratch = tempfile::tempdir().unwrap();
    let places = places(scratch.path());
    let wash = mode("8 bit", &["Pan", "D", "R", "G", "B"]) + &mode("16 bit", &["Pan", "Pan fine", "D", "R", "G", "B"]);
    write(&places.system[0], "r/wash.qxf", &definition("Robe", "Robin 600 LEDWash", "Moving Head", &wash));
    write(
        &places.system[0],
        "c/spot.qxf",
        &definition("Clay Paky", "Spot", "Moving Head", &mode("Standard", &["Pan", "Pan fine", "D", "Gobo"])),
    );
    write(&places.system[0], "g/par.qxf", &definition("Generic", "Par", "Color Changer", &mode("3 ch", &["R", "G", "B"])));
    let catalogue = Catalogue::open(Some(&places));
    for (query, expected) in [
        ("robe", vec!["Robin 600 LEDWash"]),
        ("rob led", vec!["Robin 600 LEDWash"]),
        ("wash robe", vec!["Robin 600 LEDWash"]),
        ("ash", vec![]),
        ("robin 600", vec!["Robin 600 LEDWash"]),
        ("maker:\"clay paky\"", vec!["Spot"]),
        ("claypaky", vec!["Spot"]),
        ("kind:mov", vec!["Spot", "Robin 600 LEDWash"]),
        ("kind:par", vec!["Par"]),
        ("maker:generic channels:3", vec!["Par"]),
        ("kind:moving can:gobo", vec!["Spot"]),
        ("kind:moving can:rgb ch:<6", vec!["Robin 600 LEDWash"]),
        ("can:16bit channels:5", vec![]),
        ("can:16bit channels:>5 maker:robe", vec!["Robin 600 LEDWash"]),
        ("mode:standard channels:4-5", vec!["Spot"]),
        ("can:movement can:colour", vec!["Robin 600 LEDWash"]),
    ] {
        assert_eq!(names(&catalogue, query), expected, "{query}");
    }
    let hits = catalogue.search(&Query::parse("robe can:16bit").unwrap());
    assert_eq!(hits[0].modes, [1], "only the mode that fits");
    for (query, words) in [
        ("colour:red", "is no key"),
        ("channels:many", "is no number of channels"),
        ("heads:9-3", "is no number of heads"),
        ("can:fly", "nothing is known"),
        (&"x ".repeat(99), "more than 32 words"),
    ] {
        let message = Query::parse(query).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(Query::parse("can:fly"), Err(QueryError::Ability { text: "fly".into() }));
}

#[test]
fn a_device_is_listed_once_and_the_users_own_comes_first() {
    let scratch = tempfile::tempdir().unwrap();
    let places = places(scratch.path());
    let added = scratch.path().join("added");
    write(&places.system[0], "x/one.qxf", &definition("Maker", "One", "Other", &mode("theirs", &["D"])));
    write(&added, "one.qxf", &definition("MAKER", "One!", "Other", &mode("added", &["D"])));
    write(&added, "Luma-Dimmer.qxf", &definition("Luma", "Dimmer", "Dimmer", &mode("mine", &["D"])));
    let file = scratch.path().join("mine.qxf");
    fs::write(&file, definition("Maker", "One", "Other", &mode("own", &["D"]))).unwrap();

    places.add_folder(&added).unwrap();
    places.add_folder(&added).unwrap();
    let origins = |catalogue: &Catalogue| {
        let hits = catalogue.search(&Query::parse("maker:maker").unwrap());
        assert_eq!(hits.len(), 1);
        let copies: Vec<Origin> = hits[0].copies.iter().map(|copy| copy.origin).collect();
        (hits[0].item.origin, copies)
    };
    assert_eq!(origins(&Catalogue::open(Some(&places))), (Origin::Added, vec![Origin::System]));
    assert_eq!(places.add_file(&file).unwrap(), "Maker/One.qxf");
    let catalogue = Catalogue::open(Some(&places));
    assert_eq!(origins(&catalogue), (Origin::Own, vec![Origin::Added, Origin::System]));
    let hits = catalogue.search(&Query::parse("luma dimmer").unwrap());
    assert_eq!(hits[0].item.origin, Origin::Added, "over the one inside the program");

    let (library, problem) = Library::standard(Some(&places));
    assert_eq!(problem, None);
    assert_eq!(library.definition("Maker/One.qxf").unwrap().modes[0].name, "own");
    assert_eq!(library.definition("x/one.qxf").unwrap().modes[0].name, "theirs");
    assert_eq!(library.definition("luma/Luma-Par-RGB.qxf").unwrap().manufacturer, "Luma");

    places.remove_folder(&added).unwrap();
    assert!(places.remove_folder(&added).unwrap_err().contains("not in the list"));
    assert_eq!(origins(&Catalogue::open(Some(&places))), (Origin::Own, vec![Origin::System]));
    assert!(places.add_file(&scratch.path().join("none.qxf")).unwrap_err().contains("cannot be opened"));
    fs::write(places.own.join("sources.json"), "{oops").unwrap();
    let catalogue = Catalogue::open(Some(&places));
    assert!(catalogue.notices.iter().any(|notice| notice.contains("mend or delete it")), "{:?}", catalogue.notices);
    assert_eq!(names(&catalogue, "maker:maker").len(), 1, "the rest is still there");
}

#[test]
fn a_walk_stays_within_its_bounds() {
    let scratch = tempfile::tempdir().unwrap();
    let deep = "d/".repeat(12) + "x.qxf";
    write(scratch.path(), &deep, "x");
    write(scratch.path(), "UPPER.QXF", "x");
    fs::create_dir(scratch.path().join("folder.qxf")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(scratch.path(), scratch.path().join("loop")).unwrap();
    let walk = folder::walk(scratch.path()).unwrap();
    assert_eq!(walk.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["UPPER.QXF"]);
    assert!(walk.notices.iter().any(|notice| notice.contains("nest deeper")), "{:?}", walk.notices);
}
