//! GDTF and MVR from outside: the verbs on small files made here, and whole folders of makers' files where somebody has them.
//!
//! Makers' files are not ours to ship.  `LUMA_SAMPLES` names a folder of `.gdtf` and `.mvr` files; without it that test says so
//! and passes.  What the files really say is checked by `scripts/check-gdtf`, which reads them by itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "a test that cannot go on, or is left out, says so")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use luma::engine::rig::kind::{Drive, Function};
use luma::venue::exchange::export::export;
use luma::venue::exchange::import::import;
use luma::venue::formats::definition::Definition;
use luma::venue::formats::gdtf;
use luma::venue::library::{Library, folder};
use luma::venue::lower;
use luma::venue::model::Venue;
use serde_json::Value;

const LAMP: &str = "<GDTF DataVersion=\"1.2\"><FixtureType Name=\"Lamp\" Manufacturer=\"Maker\" FixtureTypeID=\"523D7737-D5DB-4ABC-A03D-0FE2EA8CC216\">\
    <Geometries><Geometry Name=\"Body\"><GeometryReference Name=\"L\" Geometry=\"Pixel\"><Break DMXBreak=\"1\" DMXOffset=\"2\"/></GeometryReference>\
    <GeometryReference Name=\"R\" Geometry=\"Pixel\"><Break DMXBreak=\"1\" DMXOffset=\"4\"/></GeometryReference></Geometry><Geometry Name=\"Pixel\"><Beam Name=\"Lens\"/></Geometry></Geometries>\
    <DMXModes><DMXMode Name=\"Two\" Geometry=\"Body\"><DMXChannels>\
    <DMXChannel DMXBreak=\"1\" Offset=\"1\" Geometry=\"Body\"><LogicalChannel Attribute=\"Shutter1\"><ChannelFunction Name=\"Open\" Attribute=\"Shutter1\" Default=\"5/1\"/><ChannelFunction Name=\"Strobe\" Attribute=\"Shutter1Strobe\" DMXFrom=\"10/1\" PhysicalFrom=\"1\" PhysicalTo=\"20.5\"/></LogicalChannel></DMXChannel>\
    <DMXChannel DMXBreak=\"1\" Offset=\"1,2\" Geometry=\"Pixel\"><LogicalChannel Attribute=\"Dimmer\"><ChannelFunction Name=\"D\" Attribute=\"Dimmer\"/></LogicalChannel></DMXChannel>\
    <DMXChannel DMXBreak=\"1\" Offset=\"\" Geometry=\"Body\"><LogicalChannel Attribute=\"Zoom\"><ChannelFunction Name=\"Z\" Attribute=\"Zoom\"/></LogicalChannel></DMXChannel>\
    </DMXChannels></DMXMode></DMXModes></FixtureType></GDTF>";

/// The program with a library of its own in `home`.
fn luma(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_luma"))
        .args(arguments)
        .env("LUMA_FIXTURES", home.join("own"))
        .env("LUMA_CACHE", home.join("cache"))
        .env("LUMA_DB", home.join("none.db"))
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn lamp() -> Vec<u8> {
    gdtf::write::write(&gdtf::description(LAMP).unwrap()).unwrap()
}

#[test]
fn a_gdtf_file_is_dumped_listed_shown_checked_and_added() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("Maker Lamp.gdtf");
    fs::write(&path, lamp()).unwrap();
    let dump: Value =
        serde_json::from_str(&said(&luma(home.path(), &["fixtures", "dump", "--lib", home.path().to_str().unwrap()]))).unwrap();
    assert_eq!(dump.as_object().unwrap().keys().collect::<Vec<_>>(), ["gdtf", "mvr"]);
    let expected = serde_json::json!([{
        "f": "Maker Lamp.gdtf", "mf": "Maker", "name": "Lamp", "uuid": "523d7737-d5db-4abc-a03d-0fe2ea8cc216",
        "modes": [{"n": "Two", "fp": {"1": 5}, "virtual": 1, "ch": [
            {"b": 1, "a": [1], "g": "Body", "attr": "Shutter1", "def": 5, "fn": [["Shutter1", 0, 9, 0.0, 1.0], ["Shutter1Strobe", 10, 255, 1.0, 20.5]]},
            {"b": 1, "a": [2, 3], "g": "Body/L", "attr": "Dimmer", "def": null, "fn": [["Dimmer", 0, 65535, 0.0, 1.0]]},
            {"b": 1, "a": [4, 5], "g": "Body/R", "attr": "Dimmer", "def": null, "fn": [["Dimmer", 0, 65535, 0.0, 1.0]]},
        ]}],
    }]);
    assert_eq!(dump["gdtf"], expected);
    let file = path.to_str().unwrap();
    assert!(said(&luma(home.path(), &["fixtures", "check", file])).contains("0 broken"));
    assert!(said(&luma(home.path(), &["fixtures", "show", file])).contains("Two (5 channels, 2 heads)"));
    assert!(said(&luma(home.path(), &["fixtures", "add", file])).contains("Lamp.gdtf"));
    let listed = said(&luma(home.path(), &["fixtures", "list", "maker:maker", "heads:2"]));
    assert!(listed.contains("Maker/Lamp.gdtf") && listed.contains("1 of "), "{listed}");
    assert!(said(&luma(home.path(), &["fixtures", "show", "Maker/Lamp.gdtf"])).contains("Maker Lamp"));
}

#[test]
fn a_venue_goes_out_as_mvr_and_is_opened_and_imported_again() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    said(&luma(home.path(), &["venue", "export", "club", "--out", &at("club.mvr")]));
    let frame = |venue: &str| said(&luma(home.path(), &["frame", "demo", "--at", "30", "--venue", venue, "--json"]));
    assert_eq!(frame(&at("club.mvr")), frame("club"), "the same light from the room as from the venue");
    said(&luma(home.path(), &["venue", "import", &at("club.mvr"), "--out", &at("back.json")]));
    let back: Venue = serde_json::from_slice(&fs::read(at("back.json")).unwrap()).unwrap();
    assert_eq!(back.fixtures, luma::venue::builtin("club").unwrap().fixtures);
    let dump: Value =
        serde_json::from_str(&said(&luma(home.path(), &["fixtures", "dump", "--lib", home.path().to_str().unwrap()]))).unwrap();
    let first = &dump["mvr"][0]["fixtures"][0];
    assert_eq!((dump["mvr"][0]["ver"].clone(), first["m"].as_array().unwrap().len()), (serde_json::json!([1, 6]), 12));
    fs::write(at("bad.mvr"), "no room").unwrap();
    let refused = luma(home.path(), &["venue", "import", &at("bad.mvr"), "--out", &at("x.json")]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no zip archive"), "{refused:?}");
}

/// Every definition inside the program as GDTF plays as it does as QXF.
#[test]
fn a_definition_of_qlc_plays_the_same_after_it_was_written_as_gdtf() {
    let library = Library::builtin();
    for path in Library::builtin_paths() {
        let definition = library.definition(path).unwrap();
        let back = gdtf::read(&gdtf::write::write(&definition).unwrap()).unwrap();
        assert_eq!((&back.manufacturer, &back.model, back.device), (&definition.manufacturer, &definition.model, definition.device));
        for mode in &definition.modes {
            let before = lower::kind::kind(&definition, mode).0;
            let after = lower::kind::kind(&back, back.mode(&mode.name).unwrap()).0;
            let what = format!("{path} / {}", mode.name);
            assert_eq!(after.functions.len(), before.functions.len(), "{what}");
            for (after, before) in after.functions.iter().zip(&before.functions) {
                assert_eq!(brightest(after), brightest(before), "{what}");
            }
            assert_eq!(after.defaults, before.defaults, "{what}");
            // A lens that is adjusted by hand has one angle there.
            assert_eq!((after.body, after.lens_deg.1), (before.body, before.lens_deg.1), "{what}");
            let near = |(a, b): (&glam::Vec3, &glam::Vec3)| (*a - *b).length() < 1e-5;
            assert!(
                after.head_offsets.iter().zip(&before.head_offsets).all(near) && after.head_offsets.len() == before.head_offsets.len(),
                "{what}"
            );
        }
        assert_eq!(plain(gdtf::read(&gdtf::write::write(&back).unwrap()).unwrap()), plain(back), "{path}");
    }
}

/// Colours of wheels are as bright as they can be in GDTF; the eighths are left, since its colours are rounded.
fn brightest(function: &Function) -> Function {
    let mut function = function.clone();
    if let Drive::ColorWheel { slots, .. } | Drive::Gobo { slots, .. } = &mut function.drive {
        for slot in slots {
            let linear = slot.color.0.map(|level| level.powf(2.2));
            let most = linear.iter().copied().fold(1e-6, f32::max);
            slot.color.0 = linear.map(|level| ((level / most).powf(1.0 / 2.2) * 8.0).round());
        }
    }
    function
}

fn plain(mut definition: Definition) -> Definition {
    definition.warnings.clear();
    definition
}

#[test]
fn a_folder_of_makers_files_is_read_written_and_read_again() {
    let Some(samples) = std::env::var_os("LUMA_SAMPLES").map(std::path::PathBuf::from).filter(|folder| folder.is_dir()) else {
        eprintln!("skipped: LUMA_SAMPLES names no folder of .gdtf and .mvr files");
        return;
    };
    let walk = folder::walk_for(&samples, &["gdtf", "mvr"]).unwrap();
    assert!(!walk.files.is_empty());
    let (mut n_definitions, mut n_modes, mut n_rooms, mut refused) = (0, 0, 0, Vec::new());
    for file in &walk.files {
        let bytes = fs::read(samples.join(&file.path)).unwrap();
        if file.path.ends_with(".mvr") {
            let imported = import(&bytes, "room", "", &Library::builtin()).unwrap_or_else(|error| panic!("{}: {error}", file.path));
            let library = Library::builtin().holding(imported.files.clone());
            let (rig, problems) = lower::rig(&imported.venue, &library);
            assert_eq!(rig.fixtures.len() + problems.len(), imported.venue.fixtures.len(), "{}: {problems:?}", file.path);
            let (out, _) = export(&imported.venue, &library).unwrap();
            let again = import(&out, "room", "", &library).unwrap().venue;
            assert_eq!(again.fixtures, imported.venue.fixtures, "{}", file.path);
            assert_eq!((again.groups, again.scenery.len()), (imported.venue.groups, imported.venue.scenery.len()), "{}", file.path);
            n_rooms += 1;
            continue;
        }
        let definition = match gdtf::read(&bytes) {
            Ok(definition) => plain(definition),
            Err(error) => {
                refused.push(format!("{}: {error}", file.path));
                continue;
            }
        };
        for mode in &definition.modes {
            let (kind, _) = lower::kind::kind(&definition, mode);
            assert_eq!(usize::from(kind.footprint), mode.slots.len(), "{}", file.path);
            n_modes += 1;
        }
        let back = plain(gdtf::read(&gdtf::write::write(&definition).unwrap()).unwrap());
        assert!(back == definition, "{} does not come back as it was", file.path);
        n_definitions += 1;
    }
    eprintln!("{n_definitions} definitions with {n_modes} modes and {n_rooms} rooms; refused: {refused:#?}");
    assert!(refused.len() * 10 <= n_definitions, "{refused:#?}");
}
