//! `GeneralSceneDescription.xml` into a [`Scene`].

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::kept::Keeping;
use super::matrix::Matrix;
use super::{Address, Fixture, FocusPoint, Layer, MvrError, Object, Place, SCENE, Scene};
use crate::venue::formats::archive::Archive;
use crate::venue::formats::definition::Warning;
use crate::venue::formats::xml::{self, Element};

const LIMITS: xml::Limits = xml::Limits { bytes: 128 << 20, depth: 64, elements: 2_000_000 };
const MAX_FIXTURES: usize = 50_000;
const MAX_MESHES: usize = 100_000;
const MAX_WARNINGS: usize = 100;
/// Symbols inside of symbols; more than that go round in circles.
const MAX_SYMBOL_DEPTH: usize = 8;
/// Who wrote the part of the file that only Luma reads.
pub(super) const PROVIDER: &str = "Luma";

/// The room in an archive.
pub fn read(archive: &Archive) -> Result<Scene, MvrError> {
    let bytes = archive.read(SCENE, LIMITS.bytes as u64)?.ok_or(MvrError::NoScene)?;
    scene(&String::from_utf8_lossy(&bytes))
}

/// The room in the text of a description.
pub fn scene(text: &str) -> Result<Scene, MvrError> {
    // Some programs close their text with a zero.
    let root = xml::parse(text.trim_end_matches('\0'), LIMITS)?;
    let scene = root.child("Scene").filter(|_| root.name == "GeneralSceneDescription");
    let scene = scene.ok_or_else(|| MvrError::NotAScene { root: root.name.clone() })?;
    let number = |name: &str| root.attribute(name).and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let mut reader = Reader {
        scene: Scene { version: [number("verMajor"), number("verMinor")], ..Scene::default() },
        symbols: BTreeMap::new(),
        ids: BTreeSet::new(),
        n_meshes: 0,
        keeping: Keeping::default(),
    };
    for part in scene.child("AUXData").into_iter().flat_map(|aux| &aux.children).filter(|part| part.name != "Symdef") {
        reader.keep(part, Place::Aux);
    }
    for symbol in scene.child("AUXData").into_iter().flat_map(|aux| aux.children("Symdef")) {
        reader.symbols.entry(symbol.attribute("uuid").unwrap_or_default().to_lowercase()).or_insert(symbol);
    }
    for layer in scene.child("Layers").into_iter().flat_map(|layers| layers.children("Layer")) {
        let at = reader.scene.layers.len();
        let uuid = Uuid::parse_str(layer.attribute("uuid").unwrap_or_default().trim()).unwrap_or_default();
        reader.scene.layers.push(Layer { uuid, name: layer.attribute("name").unwrap_or_default().to_owned() });
        let world = reader.matrix(layer, &Matrix::default());
        reader.children(layer, &world, Around { layer: Some(at), groups: &[] })?;
    }
    let own = root.child("UserData").into_iter().flat_map(|data| data.children("Data"));
    let own = own.filter(|data| data.attribute("provider") == Some(PROVIDER)).map(|data| data.text.clone()).next();
    reader.scene.own = own;
    reader.scene.kept = reader.keeping.parts;
    Ok(reader.scene)
}

/// What stands around a child.
#[derive(Clone, Copy)]
struct Around<'a> {
    layer: Option<usize>,
    groups: &'a [String],
}

struct Reader<'a> {
    scene: Scene,
    /// By id, in small letters.
    symbols: BTreeMap<String, &'a Element>,
    ids: BTreeSet<Uuid>,
    n_meshes: usize,
    keeping: Keeping,
}

impl<'a> Reader<'a> {
    fn warn(&mut self, at: &Element, text: String) {
        match self.scene.warnings.len() {
            n if n < MAX_WARNINGS => self.scene.warnings.push(Warning { line: at.line, text }),
            MAX_WARNINGS => self.scene.warnings.push(Warning { line: at.line, text: "and more of this kind".to_owned() }),
            _ => {}
        }
    }

    fn keep(&mut self, part: &Element, place: Place) {
        if !self.keeping.keep(place, part) {
            self.warn(part, format!("<{}> is too much to be kept; it is left out", part.name));
        }
    }

    /// Where an element is in the world, inside of `parent`.
    fn matrix(&mut self, element: &Element, parent: &Matrix) -> Matrix {
        let Some(own) = element.child("Matrix").filter(|own| !own.text.is_empty()) else { return *parent };
        let parsed =
            Matrix::parse(&own.text).map(|local| parent.then(&local)).filter(|world| world.numbers().iter().all(|it| it.is_finite()));
        if parsed.is_none() {
            self.warn(
                own,
                format!("\"{}\" is no matrix; the object is put where its parent is", own.text.chars().take(60).collect::<String>()),
            );
        }
        parsed.unwrap_or(*parent)
    }

    fn children(&mut self, element: &'a Element, world: &Matrix, around: Around) -> Result<(), MvrError> {
        for child in element.child("ChildList").into_iter().flat_map(|list| &list.children) {
            self.child(child, world, around)?;
        }
        Ok(())
    }

    fn child(&mut self, element: &'a Element, parent: &Matrix, around: Around) -> Result<(), MvrError> {
        let world = self.matrix(element, parent);
        let name = element.attribute("name").unwrap_or_default().to_owned();
        match element.name.as_str() {
            "Fixture" => {
                let fixture = self.fixture(element, name, world, around);
                if !self.keeping.keep_rest(Place::Fixture(fixture.uuid), element) {
                    self.warn(element, format!("\"{}\" has too much to be kept; a part is left out", fixture.name));
                }
                self.scene.fixtures.push(fixture);
                if self.scene.fixtures.len() > MAX_FIXTURES {
                    return Err(MvrError::TooMany { line: element.line, max: MAX_FIXTURES, what: "fixtures" });
                }
            }
            "GroupObject" => {
                let mut groups = around.groups.to_vec();
                groups.push(name);
                return self.children(element, &world, Around { groups: &groups, ..around });
            }
            "FocusPoint" => {
                let uuid = self.id(element);
                self.scene.focus_points.push(FocusPoint { uuid, name, world });
            }
            "SceneObject" | "Truss" | "Support" | "VideoScreen" | "Projector" => {
                let mut meshes = Vec::new();
                self.meshes(element.child("Geometries"), &Matrix::default(), &mut meshes, 0, element.line)?;
                let kind = element.name.clone();
                let uuid = self.id(element);
                self.scene.objects.push(Object { kind, uuid, name, world, layer: around.layer, meshes });
            }
            "ChildList" => {}
            other => {
                self.warn(element, format!("<{other}> is no thing that is known; it is kept for the next export"));
                self.keep(element, Place::Layer);
            }
        }
        self.children(element, &world, around)
    }

    /// The id, or one made for this place in the file where there is none or another has it.
    fn id(&mut self, element: &Element) -> Uuid {
        let text = element.attribute("uuid").unwrap_or_default();
        let id = Uuid::parse_str(text.trim()).ok().filter(|id| !id.is_nil());
        let id = id.filter(|id| !self.ids.contains(id)).unwrap_or_else(|| {
            let text = format!(
                "{} \"{}\" has no id of its own (\"{text}\"); it is given one",
                element.name,
                element.attribute("name").unwrap_or_default()
            );
            self.warn(element, text);
            Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("luma mvr {}", self.ids.len()).as_bytes())
        });
        self.ids.insert(id);
        id
    }

    fn fixture(&mut self, element: &Element, name: String, world: Matrix, around: Around) -> Fixture {
        let text = |name: &str| element.child(name).map(|child| child.text.clone()).unwrap_or_default();
        let flag = |name: &str| text(name).eq_ignore_ascii_case("true");
        let mut addresses = Vec::new();
        for child in element.child("Addresses").into_iter().flat_map(|list| list.children("Address")) {
            let dmx_break = child.attribute("break").and_then(|text| text.trim().parse().ok()).unwrap_or(0);
            match address(&child.text) {
                Some((universe, channel)) => addresses.push(Address { dmx_break, universe, channel }),
                None if matches!(child.text.trim(), "" | "0" | "-1") => {}
                None => self.warn(child, format!("\"{}\" is no address; \"{name}\" has none there", child.text)),
            }
        }
        Fixture {
            uuid: self.id(element),
            name,
            spec: text("GDTFSpec"),
            mode: text("GDTFMode"),
            fixture_id: text("FixtureID"),
            unit: text("UnitNumber").parse().unwrap_or(0),
            layer: around.layer,
            groups: around.groups.to_vec(),
            addresses,
            world,
            invert_pan: flag("DMXInvertPan"),
            invert_tilt: flag("DMXInvertTilt"),
            focus: Uuid::parse_str(text("Focus").trim()).ok().filter(|id| !id.is_nil()),
        }
    }

    /// Meshes below an element, symbols followed, each where it is in the object.
    fn meshes(
        &mut self,
        element: Option<&Element>,
        above: &Matrix,
        found: &mut Vec<(String, Matrix)>,
        depth: usize,
        line: usize,
    ) -> Result<(), MvrError> {
        for child in element.into_iter().flat_map(|element| &element.children) {
            let at = self.matrix(child, above);
            match child.name.as_str() {
                "Geometry3D" => {
                    self.n_meshes += 1;
                    if self.n_meshes > MAX_MESHES {
                        return Err(MvrError::TooMany { line, max: MAX_MESHES, what: "meshes" });
                    }
                    found.push((child.attribute("fileName").unwrap_or_default().to_owned(), at));
                }
                "Symbol" if depth >= MAX_SYMBOL_DEPTH => self.warn(child, "symbols stand in each other without an end".to_owned()),
                "Symbol" => {
                    let id = child.attribute("symdef").unwrap_or_default().to_lowercase();
                    let list = self.symbols.get(&id).and_then(|symbol| symbol.child("ChildList"));
                    if list.is_none() {
                        self.warn(child, format!("there is no symbol \"{id}\""));
                    }
                    self.meshes(list, &at, found, depth + 1, line)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// `513` or `2.1`, as universe and channel from 1.
fn address(text: &str) -> Option<(u32, u16)> {
    let text = text.trim();
    let (universe, channel) = match text.split_once('.') {
        Some((universe, channel)) => (universe.trim().parse().ok()?, channel.trim().parse::<u32>().ok()?),
        None => {
            let absolute = text.parse::<u32>().ok()?.checked_sub(1)?;
            (absolute / 512 + 1, absolute % 512 + 1)
        }
    };
    (universe > 0 && (1..=512).contains(&channel)).then_some((universe, channel as u16))
}
