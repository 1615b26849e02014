//! Venues out to MVR and back, and rooms of other programs in.

use glam::Vec3;
use uuid::Uuid;

use super::export::export;
use super::file_name;
use super::import::import;
use crate::engine::rig::Pose;
use crate::venue;
use crate::venue::formats::archive::Archive;
use crate::venue::formats::gdtf;
use crate::venue::formats::mvr::matrix::Matrix;
use crate::venue::formats::mvr::{Address, Fixture, Layer, Object, Scene, read, write};
use crate::venue::library::Library;
use crate::venue::lower;
use crate::venue::model::{Limits, MaxLevel, Scenery, SceneryKind, Venue};
use crate::venue::shapes::Shapes;

fn club() -> Venue {
    let mut venue = venue::builtin("club").unwrap();
    let fixture = &mut venue.fixtures[0];
    (fixture.invert_tilt, fixture.swap_pan_tilt, fixture.max_level) = (true, true, MaxLevel(0.5));
    fixture.limits = Limits { pan: Some([-90.0, 45.0]), tilt: None };
    fixture.rotation_deg = [10.0, -20.0, 30.0];
    venue
}

#[test]
fn a_venue_goes_out_and_comes_back_the_same() {
    let (venue, library) = (club(), Library::builtin());
    let (bytes, report) = export(&venue, &library).unwrap();
    assert!(report.notes.is_empty(), "{report:?}");
    assert_eq!(export(&venue, &library).unwrap().0, bytes, "the same venue gives the same file");
    let back = import(&bytes, "other", "", &library).unwrap();
    assert_eq!(back.venue.fixtures, venue.fixtures);
    assert_eq!((back.venue.id, &back.venue.name, &back.venue.groups), (venue.id, &venue.name, &venue.groups));
    assert_eq!(back.venue.scenery.len(), venue.scenery.len());
    for (a, b) in venue.scenery.iter().zip(&back.venue.scenery) {
        assert_eq!((a.kind, a.rotation_deg), (b.kind, b.rotation_deg));
        let near = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 2e-5);
        assert!(near(a.position, b.position) && near(a.size, b.size), "{a:?} {b:?}");
    }
}

/// As another program would read it: without what Luma wrote for itself.
#[test]
fn a_file_without_lumas_own_part_brings_the_definitions_that_were_packed() {
    let (venue, library) = (club(), Library::builtin());
    let (bytes, _) = export(&venue, &library).unwrap();
    let archive = Archive::open(&bytes).unwrap();
    let mut scene = read::read(&archive).unwrap();
    scene.own = None;
    let names: Vec<String> = archive.names().filter(|name| name.ends_with(".gdtf")).map(str::to_owned).collect();
    let files: Vec<_> = names.iter().map(|name| (name.clone(), archive.read(name, 1 << 20).unwrap().unwrap())).collect();
    let imported = import(&write::write(&scene, &files).unwrap(), "Room", "x/", &library).unwrap();
    assert_eq!(imported.venue.fixtures.len(), venue.fixtures.len());
    let library = Library::builtin().holding(imported.files);
    let (rig, problems) = lower::rig(&imported.venue, &library);
    assert!(problems.is_empty(), "{problems:?}");
    let (before, _) = lower::rig(&venue, &library);
    assert_eq!(rig.fixtures.len(), before.fixtures.len());
    for (a, b) in before.fixtures.iter().zip(&rig.fixtures) {
        assert_eq!((a.universe, a.address, a.kind.footprint), (b.universe, b.address, b.kind.footprint), "{}", a.label);
        // Colours of wheels are as bright as they can be in GDTF.
        assert_eq!(a.kind.functions.len(), b.kind.functions.len(), "{} {}", a.label, a.kind.model);
        assert_eq!(a.kind.defaults, b.kind.defaults, "{} {}", a.label, a.kind.model);
        assert!((a.pose.position - b.pose.position).length() < 1e-4);
    }
    assert_eq!(imported.venue.groups.len(), 1, "the layer");
}

/// A device with two addresses, a beam each.
const TWO_BREAKS: &str = "<GDTF><FixtureType Name=\"Two\" Manufacturer=\"M\"><Geometries><Geometry Name=\"G\"><Beam Name=\"A\"/><Beam Name=\"B\"/></Geometry></Geometries>\
    <DMXModes><DMXMode Name=\"Mode\" Geometry=\"G\"><DMXChannels>\
    <DMXChannel DMXBreak=\"1\" Offset=\"1,2\" Geometry=\"A\"><LogicalChannel Attribute=\"Dimmer\"><ChannelFunction Name=\"D\" Attribute=\"Dimmer\"/></LogicalChannel></DMXChannel>\
    <DMXChannel DMXBreak=\"2\" Offset=\"1\" Geometry=\"B\"><LogicalChannel Attribute=\"Dimmer\"><ChannelFunction Name=\"D\" Attribute=\"Dimmer\"/></LogicalChannel></DMXChannel>\
    </DMXChannels></DMXMode></DMXModes></FixtureType></GDTF>";

fn room(addresses: &[(u16, u32, u16)]) -> Vec<u8> {
    let definition = gdtf::description(TWO_BREAKS).unwrap();
    let addresses = addresses.iter().map(|&(dmx_break, universe, channel)| Address { dmx_break, universe, channel });
    let fixture = Fixture {
        uuid: Uuid::from_u128(7),
        name: "Two".to_owned(),
        spec: "M@Two".to_owned(),
        mode: "Mode".to_owned(),
        layer: Some(0),
        addresses: addresses.collect(),
        ..Fixture::default()
    };
    let layers = vec![Layer { uuid: Uuid::from_u128(1), name: "1. Front / Truss".to_owned() }];
    let scene = Scene { version: [1, 5], layers, fixtures: vec![fixture], ..Scene::default() };
    write::write(&scene, &[("M@Two.gdtf".to_owned(), gdtf::write::write(&definition).unwrap())]).unwrap()
}

#[test]
fn a_device_with_two_addresses_is_one_fixture_where_they_follow_each_other_and_two_where_not() {
    let library = Library::builtin();
    let patched = |addresses: &[(u16, u32, u16)]| {
        let venue = import(&room(addresses), "r", "", &library).unwrap().venue;
        venue.fixtures.into_iter().map(|it| (it.mode, it.universe, it.address)).collect::<Vec<_>>()
    };
    assert_eq!(patched(&[(1, 1, 10), (2, 1, 12)]), [("Mode".to_owned(), 1, 10)]);
    assert_eq!(patched(&[(0, 1, 10), (1, 1, 12)]), [("Mode".to_owned(), 1, 10)], "counted from 0");
    assert_eq!(patched(&[(1, 1, 10), (2, 4, 100)]), [("Mode (break 1)".to_owned(), 1, 10), ("Mode (break 2)".to_owned(), 4, 100)]);
    assert_eq!(patched(&[(2, 4, 100)]), [("Mode (break 2)".to_owned(), 4, 100)]);
    assert_eq!(patched(&[]), [("Mode".to_owned(), 1, 1)], "behind everything that has an address");
}

#[test]
fn two_addresses_go_out_as_they_came_in_and_files_byte_for_byte() {
    for addresses in [&[(1, 1, 10), (2, 1, 12)][..], &[(1, 1, 10), (2, 4, 100)]] {
        let bytes = room(addresses);
        let imported = import(&bytes, "r", "here/", &Library::builtin()).unwrap();
        assert_eq!(imported.venue.groups[0].name, "layer_1_front_truss");
        assert_eq!(imported.files[0].0, "here/M@Two.gdtf");
        let library = Library::builtin().holding(imported.files.clone());
        let (out, report) = export(&imported.venue, &library).unwrap();
        assert!(report.notes.is_empty(), "{report:?}");
        let archive = Archive::open(&out).unwrap();
        assert_eq!(archive.read("M@Two.gdtf", 1 << 20).unwrap().as_ref(), Some(&imported.files[0].1));
        let again = import(&out, "r", "here/", &library).unwrap();
        assert_eq!(again.venue, imported.venue);
    }
}

/// A definition as some programs write it for their rooms: so many channels, each a dimmer with a number.
fn placeholder(model: &str, n_channels: usize) -> Vec<u8> {
    let channel = |n: usize| {
        format!(
            "<DMXChannel Offset=\"{n}\" Geometry=\"G\"><LogicalChannel Attribute=\"Dimmer{n}\"><ChannelFunction Name=\"{n}\" Attribute=\"Dimmer{n}\"/></LogicalChannel></DMXChannel>"
        )
    };
    let channels: String = (1..=n_channels).map(channel).collect();
    let text = format!(
        "<GDTF><FixtureType Name=\"{model}\" Manufacturer=\"Luma GmbH\"><Geometries><Geometry Name=\"G\"><Beam Name=\"A\"/></Geometry></Geometries>\
         <DMXModes><DMXMode Name=\"Standard\" Geometry=\"G\"><DMXChannels>{channels}</DMXChannels></DMXMode></DMXModes></FixtureType></GDTF>"
    );
    gdtf::write::write(&gdtf::description(&text).unwrap()).unwrap()
}

#[test]
fn a_definition_of_nothing_but_numbered_dimmers_is_replaced_by_the_librarys_own() {
    let library = Library::builtin();
    let spot = library.definition("luma/Luma-Spot-350.qxf").unwrap();
    let (mode, n_channels) = (&spot.modes[0].name, spot.modes[0].slots.len());
    let imported = |model: &str, n_channels: usize| {
        let addresses = vec![Address { dmx_break: 1, universe: 2, channel: 40 }];
        let (spec, layer) = ("Spot".to_owned(), Some(0));
        let fixture = Fixture { uuid: Uuid::from_u128(7), spec, mode: "Standard".to_owned(), layer, addresses, ..Fixture::default() };
        let scene = Scene { layers: vec![Layer::default()], fixtures: vec![fixture], ..Scene::default() };
        let packed = write::write(&scene, &[("Spot.gdtf".to_owned(), placeholder(model, n_channels))]).unwrap();
        import(&packed, "r", "d/", &library).unwrap()
    };
    let known = imported(&spot.model.to_uppercase(), n_channels);
    let fixture = &known.venue.fixtures[0];
    assert_eq!((fixture.definition.as_str(), &fixture.mode), ("luma/Luma-Spot-350.qxf", mode));
    assert_eq!((fixture.universe, fixture.address, known.n_definitions()), (2, 40, 0));
    assert!(known.report.notes.iter().any(|note| note.contains("stands in for it (1 patched)")), "{:?}", known.report);
    for (model, n_channels) in [("Unknown 9", n_channels), (spot.model.as_str(), 511)] {
        let unknown = imported(model, n_channels);
        assert_eq!((unknown.venue.fixtures[0].definition.as_str(), unknown.n_definitions()), ("d/Spot.gdtf", 1));
        assert!(unknown.report.notes.iter().any(|note| note.contains("and not what they do")), "{:?}", unknown.report);
    }
}

#[test]
fn focus_points_and_parts_that_are_not_understood_go_out_again_as_they_came() {
    let fixture = "<Fixture name=\"A\" uuid=\"2e149740-6a41-bc43-bd59-8968781b1101\"><Matrix>{1,0,0}{0,1,0}{0,0,1}{0,0,4000}</Matrix>\
        <GDTFSpec>A.gdtf</GDTFSpec><Focus>2e149740-6a41-bc43-bd59-8968781b11aa</Focus><Addresses><Address break=\"1\">7</Address></Addresses>\
        <CustomId>12 &amp; 3</CustomId><Gobo rotation=\"32.5\">image.png</Gobo><Mappings><Mapping linkedDef=\"m\"><ux>5</ux></Mapping></Mappings></Fixture>";
    let point = "<FocusPoint name=\"Singer\" uuid=\"2e149740-6a41-bc43-bd59-8968781b11aa\"><Matrix>{1,0,0}{0,1,0}{0,0,1}{1500,-2000,1700}</Matrix></FocusPoint>";
    let text = format!(
        "<GeneralSceneDescription verMajor=\"1\" verMinor=\"6\"><Scene><AUXData><Class uuid=\"c\" name=\"Spots\"/><Symdef uuid=\"s\"/></AUXData>\
         <Layers><Layer name=\"L\" uuid=\"8becc9e4-adee-0a44-bf4c-34939930b329\"><ChildList>{fixture}{point}<Robot name=\"R\"><Arm n=\"2\"/></Robot></ChildList></Layer></Layers></Scene></GeneralSceneDescription>"
    );
    let first = read::scene(&text).unwrap();
    let kept: Vec<&str> = first.kept.iter().map(|part| part.xml.split([' ', '>']).next().unwrap()).collect();
    assert_eq!(kept, ["<Class", "<CustomId", "<Gobo", "<Mappings", "<Robot"]);
    let library = Library::builtin();
    let venue = import(&write::write(&first, &[]).unwrap(), "r", "", &library).unwrap().venue;
    assert_eq!((venue.foreign.focus_points[0].name.as_str(), venue.foreign.focus_points[0].position), ("Singer", [1.5, -2.0, 1.7]));
    let saved: Venue = serde_json::from_str(&serde_json::to_string(&venue).unwrap()).unwrap();
    let (out, _) = export(&saved, &library).unwrap();
    let again = read::read(&Archive::open(&out).unwrap()).unwrap();
    assert_eq!((again.kept, again.fixtures[0].focus), (first.kept, first.fixtures[0].focus));
    assert_eq!(again.focus_points, first.focus_points);
}

#[test]
fn what_is_missing_is_told_and_nothing_leads_out_of_the_folder() {
    let mut fixture = Fixture { uuid: Uuid::from_u128(9), spec: "../../evil\\x:y".to_owned(), layer: Some(0), ..Fixture::default() };
    fixture.world.axes[2] = [0.0, 0.0, -1.0];
    let scene = Scene { layers: vec![Layer::default()], fixtures: vec![fixture], ..Scene::default() };
    let imported = import(&write::write(&scene, &[]).unwrap(), "r", "d/", &Library::builtin()).unwrap();
    let notes = imported.report.notes.join("\n");
    for words in ["is not in the file", "1 fixture is mirrored", "1 fixture has no address"] {
        assert!(notes.contains(words), "{words} in {notes}");
    }
    assert_eq!(imported.venue.fixtures[0].definition, "d/-..-evil-x-y.gdtf");
    assert_eq!((file_name(".."), file_name(""), file_name("a/b\0c")), ("fixture".to_owned(), "fixture".to_owned(), "a-b-c".to_owned()));
}

#[test]
fn scenery_is_as_large_as_its_mesh_and_stands_where_that_does() {
    let pieces = [
        Scenery {
            kind: SceneryKind::Truss,
            position: [1.0, 2.0, 6.0],
            size: [4.0, 0.3, 0.3],
            rotation_deg: [0.0, 0.0, 90.0],
            ..Scenery::default()
        },
        Scenery {
            kind: SceneryKind::Stage,
            position: [0.0, 3.0, 0.5],
            size: [8.0, 6.0, 1.0],
            rotation_deg: [0.0; 3],
            ..Scenery::default()
        },
    ];
    let venue = Venue { id: Uuid::from_u128(3), name: "s".to_owned(), scenery: pieces.to_vec(), ..Venue::default() };
    let (bytes, _) = export(&venue, &Library::builtin()).unwrap();
    assert_eq!(import(&bytes, "s", "", &Library::builtin()).unwrap().venue, venue);
}

/// A wedge, so that a box instead of it would be seen, where an object that is stretched, turned and moved puts it.
#[test]
fn meshes_of_a_room_stand_where_it_put_them_and_go_out_again() {
    let chunk = |id: u16, content: Vec<u8>| [&id.to_le_bytes()[..], &(content.len() as u32 + 6).to_le_bytes(), &content].concat();
    let corners = [[0.0_f32, 0.0, 0.0], [1000.0, 0.0, 0.0], [0.0, 500.0, 0.0], [0.0, 0.0, 2000.0]];
    let points = [&4_u16.to_le_bytes()[..], &corners.as_flattened().iter().flat_map(|it| it.to_le_bytes()).collect::<Vec<_>>()].concat();
    let faces = [[0_u16, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]].map(|[a, b, c]| [a, b, c, 0]);
    let list = [&4_u16.to_le_bytes()[..], &faces.as_flattened().iter().flat_map(|it| it.to_le_bytes()).collect::<Vec<_>>()].concat();
    let object = [&b"wedge\0"[..], &chunk(0x4100, [chunk(0x4110, points), chunk(0x4120, list)].concat())].concat();
    let wedge = chunk(0x4d4d, chunk(0x3d3d, chunk(0x4000, object)));

    let world = Matrix { axes: [[0.0, 2.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], origin: [3000.0, -4000.0, 1000.0] };
    let at = Matrix { origin: [10.0, 20.0, 30.0], ..Matrix::default() };
    let thing = Object {
        kind: "SceneObject".to_owned(),
        uuid: Uuid::from_u128(5),
        name: "wedge".to_owned(),
        world,
        layer: Some(0),
        meshes: vec![("wedge.3ds".to_owned(), at)],
    };
    let scene = Scene { version: [1, 6], layers: vec![Layer::default()], objects: vec![thing], ..Scene::default() };
    let bytes = write::write(&scene, &[("wedge.3ds".to_owned(), wedge.clone())]).unwrap();

    let expected = corners.map(|corner| world.then(&at).apply(corner.map(f64::from)).map(|mm| (mm / 1000.0) as f32));
    let first = import(&bytes, "room", "room-fixtures/", &Library::builtin()).unwrap();
    assert_eq!((first.n_definitions(), first.venue.foreign.models.as_deref()), (0, Some("room-fixtures/models.zip")));
    let holding = Library::builtin().holding(first.files.clone());
    let (out, report) = export(&first.venue, &holding).unwrap();
    assert!(report.notes.is_empty(), "{report:?}");
    assert_eq!(Archive::open(&out).unwrap().read("wedge.3ds", 1 << 20).unwrap(), Some(wedge));
    let second = import(&out, "room", "", &Library::builtin()).unwrap();
    for imported in [first, second] {
        let piece = &imported.venue.scenery[0];
        let library = Library::builtin().holding(imported.files.clone());
        let triangles = Shapes::load(&imported.venue.scenery, imported.venue.foreign.models.as_deref(), &library).triangles(piece);
        assert_eq!(triangles.len(), 4);
        let pose = Pose { position: piece.position.into(), rotation_deg: piece.rotation_deg.into() };
        for (corner, normal) in triangles.iter().flat_map(|(corners, normals)| corners.iter().zip(normals)) {
            let corner = pose.rotation() * *corner + pose.position;
            assert!(expected.iter().any(|known| corner.distance(Vec3::from_array(*known)) < 1e-4), "{corner} of {expected:?}");
            assert!(normal.is_normalized());
        }
        let missing = Shapes::load(&imported.venue.scenery, Some("gone.zip"), &Library::builtin());
        assert!(missing.triangles(piece).is_empty(), "a box is drawn where the archive is missing");
    }
}
