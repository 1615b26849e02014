//! MVR by hand-made descriptions and meshes: one rule a test.

use super::matrix::Matrix;
use super::read::{read, scene};
use super::*;
use crate::venue::formats::archive::Archive;
use crate::venue::formats::mesh::{Bounds, Mesh, unit_box};
use crate::venue::formats::pack;

fn room(children: &str) -> String {
    format!(
        "<GeneralSceneDescription verMajor=\"1\" verMinor=\"6\"><Scene><AUXData>\
         <Symdef uuid=\"AA\" name=\"s\"><ChildList><Geometry3D fileName=\"a.3ds\"><Matrix>{{1,0,0}}{{0,1,0}}{{0,0,1}}{{0,0,5}}</Matrix></Geometry3D></ChildList></Symdef>\
         <Symdef uuid=\"BB\" name=\"loop\"><ChildList><Symbol symdef=\"BB\"/></ChildList></Symdef></AUXData>\
         <Layers><Layer name=\"Front\" uuid=\"8becc9e4-adee-0a44-bf4c-34939930b329\"><ChildList>{children}</ChildList></Layer></Layers></Scene></GeneralSceneDescription>"
    )
}

fn fixture(id: u8, inside: &str) -> String {
    format!("<Fixture name=\"Spot {id}\" uuid=\"2e149740-6a41-bc43-bd59-8968781b11{id:02x}\">{inside}</Fixture>")
}

#[test]
fn fixtures_are_found_in_groups_and_on_other_things_where_they_are_in_the_world() {
    let lifted = |z: f64, inside: &str| format!("<Matrix>{{1,0,0}}{{0,1,0}}{{0,0,1}}{{0,0,{z}}}</Matrix>{inside}");
    let turned = "<Matrix>{0,1,0}{-1,0,0}{0,0,1}{1000,0,0}</Matrix>";
    let children = format!(
        "<GroupObject name=\"Wing\" uuid=\"x\">{turned}<ChildList>{}</ChildList></GroupObject>\
         <Truss name=\"T\" uuid=\"435954ee-e2fa-0a4e-a86d-87c71143cd8f\">{}<ChildList>{}</ChildList></Truss>",
        fixture(1, "<Matrix>{1,0,0}{0,1,0}{0,0,1}{500,0,0}</Matrix><ChildList/>"),
        lifted(4000.0, ""),
        fixture(
            2,
            &lifted(
                -300.0,
                "<GDTFSpec>A@B.gdtf</GDTFSpec><GDTFMode> M 1 </GDTFMode><FixtureID>11</FixtureID><UnitNumber>3</UnitNumber><DMXInvertPan>true</DMXInvertPan>"
            )
        ),
    );
    let scene = scene(&room(&children)).unwrap();
    assert!(scene.warnings.is_empty(), "{:?}", scene.warnings);
    let [first, second] = &scene.fixtures[..] else { panic!("{:?}", scene.fixtures) };
    assert_eq!((first.world.origin, first.world.axes[0]), ([1000.0, 500.0, 0.0], [0.0, 1.0, 0.0]));
    assert_eq!((first.groups.as_slice(), first.layer), (["Wing".to_owned()].as_slice(), Some(0)));
    assert_eq!((second.world.origin, second.unit, second.invert_pan, second.invert_tilt), ([0.0, 0.0, 3700.0], 3, true, false));
    assert_eq!((second.spec.as_str(), second.mode.as_str(), second.fixture_id.as_str()), ("A@B.gdtf", "M 1", "11"));
    assert_eq!((scene.version, scene.objects[0].kind.as_str(), scene.layers[0].name.as_str()), ([1, 6], "Truss", "Front"));
}

#[test]
fn addresses_are_absolute_or_have_a_universe_or_are_none() {
    let address = |text: &str| {
        let inside = format!("<Addresses><Address break=\"1\">{text}</Address></Addresses>");
        let scene = scene(&room(&fixture(1, &inside))).unwrap();
        let found = scene.fixtures[0].addresses.first().map(|it| (it.dmx_break, it.universe, it.channel));
        (found, scene.warnings.len())
    };
    assert_eq!(address("1"), (Some((1, 1, 1)), 0));
    assert_eq!(address("512"), (Some((1, 1, 512)), 0));
    assert_eq!(address("513"), (Some((1, 2, 1)), 0));
    assert_eq!(address("2.7"), (Some((1, 2, 7)), 0));
    assert_eq!(address("0"), (None, 0));
    for odd in ["2.0", "0.4", "1.513", "x", "-5", "99999999999"] {
        assert_eq!(address(odd), (None, 1), "{odd}");
    }
}

#[test]
fn ids_that_are_none_or_taken_are_replaced_and_loops_end() {
    let symbol = |id: &str| format!("<SceneObject name=\"o\" uuid=\"\"><Geometries><Symbol symdef=\"{id}\"/></Geometries></SceneObject>");
    let children = [
        fixture(1, ""),
        fixture(1, ""),
        fixture(2, "").replace("2e149740", "nil"),
        symbol("aa"),
        symbol("bb"),
        symbol("cc"),
        "<Odd/>".to_owned(),
    ];
    let scene = scene(&room(&children.concat())).unwrap();
    let mut ids: Vec<Uuid> = scene.fixtures.iter().map(|fixture| fixture.uuid).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), ids.contains(&Uuid::nil())), (3, false));
    assert_eq!(scene.objects[0].meshes.len(), 1);
    assert_eq!(scene.objects[0].meshes[0].1.origin, [0.0, 0.0, 5.0], "where the symbol's own mesh is");
    assert!(scene.objects[1].meshes.is_empty());
    let told: String = scene.warnings.iter().map(|warning| warning.text.clone() + "\n").collect();
    for words in ["has no id of its own", "without an end", "there is no symbol \"cc\"", "<Odd> is no thing"] {
        assert!(told.contains(words), "{words} in\n{told}");
    }
}

#[test]
fn files_that_are_no_rooms_are_refused_with_the_reason() {
    let deep = format!("{}{}", "<GroupObject><ChildList>".repeat(40), "</ChildList></GroupObject>".repeat(40));
    for (text, words) in [
        ("<GeneralSceneDescription/>".to_owned(), "with a <Scene> was expected"),
        ("<GDTF/>".to_owned(), "<GDTF> where"),
        (room(&deep), "nest deeper than 64"),
        (room("&bomb;"), "unknown entity"),
    ] {
        let message = scene(&text).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
    let packed = pack::zip([("../../etc/passwd", b"x".as_slice())]).unwrap();
    let archive = Archive::open(&packed).unwrap();
    assert_eq!(read(&archive), Err(MvrError::NoScene));
}

#[test]
fn matrices_have_three_numbers_a_row_or_four() {
    let plain = Matrix::parse("{1,0,0}{0,1,0}{0,0,1}{10,20,30}").unwrap();
    assert_eq!(Matrix::parse("{1,0,0,0}{0,1,0,0}{0,0,1,0}{10,20,30,1}"), Some(plain));
    assert_eq!(Matrix::parse("{1.5e-3 0 0}{0 1 0}\n{0 0 1}{10 20 30}").map(|it| it.axes[0][0]), Some(0.0015));
    assert_eq!((Matrix::parse("{1,0}"), Matrix::parse("{nan,0,0}{0,1,0}{0,0,1}{0,0,0}")), (None, None));
    assert_eq!(Matrix::parse(&plain.text()), Some(plain));
}

/// A 3DS file with the points of one mesh.
fn three_ds(points: &[[f32; 3]]) -> Vec<u8> {
    let chunk = |id: u16, content: Vec<u8>| [&id.to_le_bytes()[..], &(content.len() as u32 + 6).to_le_bytes(), &content].concat();
    let list =
        [&(points.len() as u16).to_le_bytes()[..], &points.iter().flatten().flat_map(|it| it.to_le_bytes()).collect::<Vec<u8>>()].concat();
    let object = [&b"box\0"[..], &chunk(0x4100, chunk(0x4110, list))].concat();
    chunk(0x4d4d, [chunk(0x0002, vec![3, 0, 0, 0]), chunk(0x3d3d, chunk(0x4000, object))].concat())
}

fn bounds(bytes: &[u8]) -> Option<Bounds> {
    Mesh::read(bytes).and_then(|mesh| mesh.bounds())
}

#[test]
fn the_box_around_a_mesh_is_in_millimetres_with_z_up() {
    let file = three_ds(&[[0.0, -10.0, 5.0], [2000.0, 10.0, 5.0], [7.0, 0.0, 300.0]]);
    assert_eq!(bounds(&file), Some(Bounds { low: [0.0, -10.0, 5.0], high: [2000.0, 10.0, 300.0] }));
    assert_eq!(bounds(&unit_box()), Some(Bounds { low: [-500.0; 3], high: [500.0; 3] }));
    for file in [file, unit_box()] {
        assert!((0..file.len()).all(|at| bounds(&file[..at]).is_none_or(|it| it.low[0] <= it.high[0])));
    }
    assert_eq!((bounds(b""), bounds(b"MM\xff\xff\xff\xff"), bounds(b"glTF")), (None, None, None));
}

#[test]
fn nodes_of_a_glb_move_turn_and_stretch_their_meshes() {
    let json = br#"{"nodes":[{"children":[1],"translation":[1,0,0]},{"mesh":0,"scale":[2,2,2],"rotation":[0,0,0.7071067811865476,0.7071067811865476]}],
        "meshes":[{"primitives":[{"attributes":{"POSITION":0}}]}],"accessors":[{"min":[0,0,0],"max":[1,2,3]}]}"#;
    let mut file = b"glTF".to_vec();
    [2, 20 + json.len() as u32, json.len() as u32, 0x4e4f_534a].iter().for_each(|word: &u32| file.extend(word.to_le_bytes()));
    file.extend(json);
    let found = bounds(&file).unwrap();
    // A quarter turn about Z of (1, 2, 3) doubled: x -4..0, y 0..2, z 0..6, one to the right; then Y up becomes Z up.
    let expected = Bounds { low: [-3000.0, -6000.0, 0.0], high: [1000.0, 0.0, 2000.0] };
    let close = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
    assert!(close(found.low, expected.low) && close(found.high, expected.high), "{found:?}");
}
