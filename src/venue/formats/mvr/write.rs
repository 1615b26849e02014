//! A [`Scene`] as an `.mvr` file: the description, the definitions and the one mesh that all scenery shares.

use super::{Fixture, FocusPoint, Kept, MvrError, Object, Place, SCENE, Scene, kept};
use crate::venue::formats::mesh::unit_box;
use crate::venue::formats::pack::{self, Xml};

/// The mesh of every object that has none of its own: a cube of one metre, which its matrix makes as large as it is.
pub const BOX: &str = "luma-box.glb";

/// The file.  `definitions` are GDTF files by the names that fixtures call them; they are packed as they are.
pub fn write(scene: &Scene, definitions: &[(String, Vec<u8>)]) -> Result<Vec<u8>, MvrError> {
    let text = description(scene);
    let shape = unit_box();
    let has_box = scene.objects.iter().any(|object| object.meshes.iter().any(|(file, _)| file == BOX));
    let mut entries: Vec<(&str, &[u8])> = vec![(SCENE, text.as_bytes())];
    entries.extend(definitions.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    entries.extend(has_box.then_some((BOX, shape.as_slice())));
    pack::zip(entries).map_err(|(name, reason)| MvrError::Unwritable { name, reason })
}

/// The text of its description.
pub fn description(scene: &Scene) -> String {
    let mut xml = Xml::new();
    let [major, minor] = scene.version.map(|number| number.to_string());
    xml.open(
        "GeneralSceneDescription",
        &[("verMajor", &major), ("verMinor", &minor), ("provider", "Luma"), ("providerVersion", env!("CARGO_PKG_VERSION"))],
    );
    xml.open("UserData", &[]);
    if let Some(own) = &scene.own {
        xml.text("Data", &[("provider", super::read::PROVIDER), ("ver", "1")], own);
    }
    xml.close();
    xml.open("Scene", &[]);
    xml.open("Layers", &[]);
    for (at, layer) in scene.layers.iter().enumerate() {
        xml.open("Layer", &[("name", &layer.name), ("uuid", &layer.uuid.to_string())]);
        xml.open("ChildList", &[]);
        scene.fixtures.iter().filter(|fixture| fixture.layer == Some(at)).for_each(|it| fixture(&mut xml, it, &scene.kept));
        scene.objects.iter().filter(|object| object.layer == Some(at)).for_each(|it| object(&mut xml, it));
        if at == 0 {
            scene.focus_points.iter().for_each(|point| focus_point(&mut xml, point));
            kept::write(&mut xml, &scene.kept, Place::Layer);
        }
        xml.close();
        xml.close();
    }
    xml.close();
    xml.open("AUXData", &[]);
    kept::write(&mut xml, &scene.kept, Place::Aux);
    xml.close();
    xml.finish()
}

fn fixture(xml: &mut Xml, fixture: &Fixture, parts: &[Kept]) {
    xml.open("Fixture", &[("name", &fixture.name), ("uuid", &fixture.uuid.to_string())]);
    xml.text("Matrix", &[], &fixture.world.text());
    xml.text("GDTFSpec", &[], &fixture.spec);
    xml.text("GDTFMode", &[], &fixture.mode);
    if let Some(focus) = fixture.focus {
        xml.text("Focus", &[], &focus.to_string());
    }
    for (name, flag) in [("DMXInvertPan", fixture.invert_pan), ("DMXInvertTilt", fixture.invert_tilt)] {
        if flag {
            xml.text(name, &[], "true");
        }
    }
    xml.open("Addresses", &[]);
    for address in &fixture.addresses {
        let absolute = (u64::from(address.universe) - 1) * 512 + u64::from(address.channel);
        xml.text("Address", &[("break", &address.dmx_break.to_string())], &absolute.to_string());
    }
    xml.close();
    xml.text("FixtureID", &[], &fixture.fixture_id);
    xml.text("UnitNumber", &[], &fixture.unit.to_string());
    kept::write(xml, parts, Place::Fixture(fixture.uuid));
    xml.close();
}

fn object(xml: &mut Xml, object: &Object) {
    let kind = ["SceneObject", "Truss", "Support", "VideoScreen", "Projector"].into_iter().find(|kind| *kind == object.kind);
    xml.open(kind.unwrap_or("SceneObject"), &[("name", &object.name), ("uuid", &object.uuid.to_string())]);
    xml.text("Matrix", &[], &object.world.text());
    xml.open("Geometries", &[]);
    for (file, at) in &object.meshes {
        xml.open("Geometry3D", &[("fileName", file)]);
        xml.text("Matrix", &[], &at.text());
        xml.close();
    }
    xml.close();
    xml.close();
}

fn focus_point(xml: &mut Xml, point: &FocusPoint) {
    xml.open("FocusPoint", &[("name", &point.name), ("uuid", &point.uuid.to_string())]);
    xml.text("Matrix", &[], &point.world.text());
    xml.open("Geometries", &[]);
    xml.close();
    xml.close();
}
