//! `<Geometries>`: the tree as it is declared, and the instances that references make of it.

use super::value;
use super::{GdtfError, Warnings};
use crate::venue::formats::parameter::{Beam, Break, Geometry, IDENTITY, Part, Reference};
use crate::venue::formats::xml::Element;

/// Instances in one mode.
const MAX_PARTS: usize = 2048;
/// Letters of all their paths together.
const MAX_PATHS: usize = 8 << 20;
/// References inside of references; more than that go round in circles.
const MAX_DEPTH: usize = 32;

pub(super) fn read(element: &Element, warnings: &mut Warnings) -> Vec<Geometry> {
    element.children.iter().map(|child| geometry(child, warnings)).collect()
}

fn geometry(element: &Element, warnings: &mut Warnings) -> Geometry {
    let text = |name: &str| element.attribute(name).unwrap_or_default().to_owned();
    let matrix = element.attribute("Position").filter(|text| !text.trim().is_empty()).map(|text| {
        value::matrix(text).unwrap_or_else(|| {
            warnings.push(element, format!("the position of \"{}\" is no matrix, assumed at its parent", text_of(element)));
            IDENTITY
        })
    });
    let reference = (element.name == "GeometryReference").then(|| Reference {
        geometry: text("Geometry"),
        breaks: element.children("Break").map(|part| (number(part, "DMXBreak"), number(part, "DMXOffset"))).collect(),
    });
    // A Break is no geometry, and neither are the pins and cells of other kinds.
    let is_geometry = |child: &&Element| child.attribute("Name").is_some() && !matches!(child.name.as_str(), "Break" | "PinPatch");
    Geometry {
        kind: element.name.clone(),
        name: text("Name"),
        model: text("Model"),
        matrix: matrix.unwrap_or(IDENTITY),
        beam: matches!(element.name.as_str(), "Beam" | "Laser").then(|| beam(element)),
        reference,
        children: element.children.iter().filter(is_geometry).map(|child| geometry(child, warnings)).collect(),
    }
}

fn text_of(element: &Element) -> &str {
    element.attribute("Name").unwrap_or_default()
}

/// A break or an address of a reference: 1 where it is junk.
fn number(element: &Element, name: &str) -> u16 {
    element.attribute(name).and_then(|text| text.trim().parse().ok()).filter(|number| *number > 0).unwrap_or(1)
}

fn beam(element: &Element) -> Beam {
    let number = |name: &str| element.attribute(name).and_then(value::number).filter(|number| *number >= 0.0).unwrap_or(0.0);
    Beam {
        angle_deg: number("BeamAngle"),
        field_deg: number("FieldAngle"),
        lumens: number("LuminousFlux"),
        kelvin: number("ColorTemperature"),
        radius_m: number("BeamRadius"),
        watts: number("PowerConsumption"),
    }
}

/// A geometry by name, wherever it stands in the tree.
pub(super) fn find<'a>(tree: &'a [Geometry], name: &str) -> Option<&'a Geometry> {
    exactly(tree, name, false).or_else(|| exactly(tree, name.trim(), true))
}

/// `blanks`: those around a name do not count.
fn exactly<'a>(tree: &'a [Geometry], name: &str, blanks: bool) -> Option<&'a Geometry> {
    let called = |geometry: &Geometry| if blanks { geometry.name.trim() == name } else { geometry.name == name };
    let top = tree.iter().find(|geometry| called(geometry) && geometry.reference.is_none());
    top.or_else(|| tree.iter().find_map(|geometry| exactly(&geometry.children, name, blanks)))
}

/// Every geometry of a mode, each as often as it is there.
#[derive(Debug, Default)]
pub(super) struct Instances {
    pub(super) parts: Vec<Part>,
    /// Names that channels may call each part by, and where channels of that name begin: break and address.
    names: Vec<Vec<(String, Option<Vec<(u16, u16)>>)>>,
    n_letters: usize,
}

impl Instances {
    pub(super) fn of(tree: &[Geometry], root: &Geometry) -> Result<Self, GdtfError> {
        let mut instances = Self::default();
        instances.add(tree, root, None, IDENTITY, &None, 0)?;
        Ok(instances)
    }

    fn add(
        &mut self,
        tree: &[Geometry],
        geometry: &Geometry,
        parent: Option<usize>,
        above: [[f64; 4]; 3],
        begins: &Option<Vec<(u16, u16)>>,
        depth: usize,
    ) -> Result<(), GdtfError> {
        if self.parts.len() >= MAX_PARTS {
            return Err(GdtfError::TooManyParts { max: MAX_PARTS });
        }
        let here = product(above, geometry.matrix);
        let part = self.parts.len();
        let path = parent.map_or_else(|| geometry.name.clone(), |parent| format!("{}/{}", self.parts[parent].path, geometry.name));
        self.n_letters += path.len();
        if self.n_letters > MAX_PATHS {
            return Err(GdtfError::TooManyParts { max: MAX_PARTS });
        }
        let position_m = [here[0][3], here[1][3], here[2][3]];
        let is_axis = geometry.kind == "Axis";
        self.parts.push(Part { path, parent, position_m, beam: geometry.beam, is_axis });
        self.names.push(vec![(geometry.name.clone(), begins.clone())]);
        if let Some(reference) = &geometry.reference {
            if depth >= MAX_DEPTH {
                return Err(GdtfError::ReferenceLoop { name: geometry.name.clone() });
            }
            let Some(target) = find(tree, &reference.geometry) else { return Ok(()) };
            // The target itself is where the reference stands: its own position does not count.
            let begins = Some(shifted(&reference.breaks, begins));
            self.parts[part].beam = target.beam;
            self.parts[part].is_axis = target.kind == "Axis";
            if target.name != geometry.name {
                self.names[part].push((target.name.clone(), begins.clone()));
            } else {
                self.names[part] = vec![(target.name.clone(), begins.clone())];
            }
            for child in &target.children {
                self.add(tree, child, Some(part), here, &begins, depth + 1)?;
            }
            return Ok(());
        }
        for child in &geometry.children {
            self.add(tree, child, Some(part), here, begins, depth)?;
        }
        Ok(())
    }

    /// Parts that a channel on a geometry is on, each with the break and what is added to its offsets there.
    pub(super) fn on<'a>(&'a self, geometry: &'a str, dmx_break: Break) -> impl Iterator<Item = (usize, u16, u32)> + 'a {
        // Blanks around a name count only where it is there with them.
        let is_exact = self.names.iter().flatten().any(|(name, _)| name == geometry);
        let called = move |name: &str| if is_exact { name == geometry } else { name.trim() == geometry.trim() };
        self.names.iter().enumerate().filter_map(move |(part, names)| {
            let (_, begins) = names.iter().find(|(name, _)| called(name))?;
            let found = |begins: &[(u16, u16)]| match dmx_break {
                Break::Overwrite => begins.last().copied(),
                Break::Number(number) => begins.iter().find(|(found, _)| *found == number).copied(),
            };
            let own = match dmx_break {
                Break::Overwrite => 1,
                Break::Number(number) => number,
            };
            let (number, offset) = begins.as_deref().and_then(found).unwrap_or((own, 1));
            Some((part, number, u32::from(offset) - 1))
        })
    }
}

/// References inside of references add up.
fn shifted(breaks: &[(u16, u16)], above: &Option<Vec<(u16, u16)>>) -> Vec<(u16, u16)> {
    let outer = |number: u16| above.iter().flatten().find(|(found, _)| *found == number).map_or(0, |(_, offset)| offset - 1);
    breaks.iter().map(|&(number, offset)| (number, offset.saturating_add(outer(number)))).collect()
}

fn product(a: [[f64; 4]; 3], b: [[f64; 4]; 3]) -> [[f64; 4]; 3] {
    let mut out = [[0.0; 4]; 3];
    for (row, from) in out.iter_mut().zip(a) {
        for (column, number) in row.iter_mut().enumerate() {
            let moved = if column == 3 { from[3] } else { 0.0 };
            *number = from[0] * b[0][column] + from[1] * b[1][column] + from[2] * b[2][column] + moved;
        }
    }
    out
}
