//! Trusses, stages and everything else with a shape as boxes: the box around their meshes, or a usual size where there is none.

use std::collections::BTreeMap;

use super::Report;
use super::pose::{from_matrix, to_matrix};
use crate::venue::formats::archive::Archive;
use crate::venue::formats::mvr::Object;
use crate::venue::formats::mvr::matrix::Matrix;
use crate::venue::formats::mvr::mesh::{self, Bounds};
use crate::venue::formats::mvr::write::BOX;
use crate::venue::model::{Scenery, SceneryKind};

/// Meshes that are larger are drawn at the usual size.
const MAX_MESH_BYTES: u64 = 64 << 20;
/// More boxes would only hide the rig.
const MAX_PIECES: usize = 3000;
/// Thinner things get this, in metres, so that they can be seen.
const MIN_M: f32 = 0.01;

/// Metres of an object whose shape is not known: width, depth, height.
fn usual(kind: &str) -> [f64; 3] {
    match kind {
        "Truss" => [2.0, 0.29, 0.29],
        "VideoScreen" => [3.0, 0.1, 2.0],
        "Support" => [0.3, 0.3, 3.0],
        _ => [1.0, 1.0, 1.0],
    }
}

const NAMES: [(SceneryKind, &str); 5] = [
    (SceneryKind::Block, "Block"),
    (SceneryKind::Stage, "Stage"),
    (SceneryKind::Truss, "Truss"),
    (SceneryKind::Wall, "Wall"),
    (SceneryKind::Booth, "Booth"),
];

/// The name under which a piece is exported.
pub(super) fn name(kind: SceneryKind) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == kind).map_or("Block", |(_, name)| name)
}

fn kind(object: &Object) -> SceneryKind {
    let says = |words: &[&str]| words.iter().any(|word| object.name.to_lowercase().contains(word));
    match object.kind.as_str() {
        "Truss" => SceneryKind::Truss,
        "VideoScreen" => SceneryKind::Wall,
        _ if says(&["truss"]) => SceneryKind::Truss,
        _ if says(&["stage", "riser", "deck", "platform"]) => SceneryKind::Stage,
        _ if says(&["booth"]) => SceneryKind::Booth,
        _ if says(&["wall", "curtain", "drape"]) => SceneryKind::Wall,
        _ => SceneryKind::Block,
    }
}

pub(super) fn read(objects: &[Object], archive: &Archive, report: &mut Report) -> Vec<Scenery> {
    let mut known: BTreeMap<String, Option<Bounds>> = BTreeMap::new();
    let (mut n_usual, mut n_nothing) = (0, 0);
    let mut pieces = Vec::new();
    for object in objects {
        let mut points = Vec::new();
        for (file, at) in &object.meshes {
            let bounds = known.entry(file.clone()).or_insert_with(|| {
                let bytes = archive.read(file, MAX_MESH_BYTES).ok().flatten()?;
                mesh::bounds(&bytes)
            });
            points.extend(bounds.iter().flat_map(Bounds::corners).map(|corner| at.apply(corner)));
        }
        let bounds = Bounds::around(points);
        // Without any geometry it is a name for what is in it.
        if bounds.is_none() && object.meshes.is_empty() && object.kind == "SceneObject" {
            n_nothing += 1;
            continue;
        }
        n_usual += usize::from(bounds.is_none());
        let half = usual(&object.kind).map(|metres| metres * 500.0);
        let bounds = bounds.unwrap_or(Bounds { low: half.map(|it| -it), high: half });
        pieces.push(piece(object, &bounds));
    }
    let volume = |piece: &Scenery| piece.size.iter().product::<f32>();
    if pieces.len() > MAX_PIECES {
        report.note(format!("of {} pieces of scenery the {MAX_PIECES} largest are kept", pieces.len()));
        let mut sizes: Vec<f32> = pieces.iter().map(volume).collect();
        sizes.sort_by(|a, b| b.total_cmp(a));
        let least = sizes[MAX_PIECES - 1];
        pieces.retain(|piece| volume(piece) >= least);
        pieces.truncate(MAX_PIECES);
    }
    report.count(pieces.len(), "piece of scenery is drawn as the box around it", "pieces of scenery are drawn as the boxes around them");
    report.count(
        n_usual,
        "piece has no mesh that can be read and the usual size of its kind",
        "of them have no mesh that can be read and the usual size of their kind",
    );
    report.count(n_nothing, "object without a shape is left out", "objects without a shape are left out");
    pieces
}

fn piece(object: &Object, bounds: &Bounds) -> Scenery {
    let placed = from_matrix(&object.world);
    let middle = [0, 1, 2].map(|axis| (bounds.low[axis] + bounds.high[axis]) / 2.0);
    let centre = object.world.apply(middle);
    let size = [0, 1, 2].map(|axis| ((bounds.high[axis] - bounds.low[axis]) * placed.scale[axis] / 1000.0) as f32);
    // As an exported box counts them: the usual number of digits of a metre.
    let tidy = |metres: f32| ((f64::from(metres) * 1e5).round() / 1e5) as f32;
    Scenery {
        kind: kind(object),
        position: centre.map(|mm| tidy((mm / 1000.0).clamp(-1e6, 1e6) as f32)),
        size: size.map(|metres| tidy(metres.clamp(MIN_M, 10_000.0))),
        rotation_deg: placed.rotation_deg,
    }
}

/// As an object around the one box that all share.
pub(super) fn object(piece: &Scenery, id: uuid::Uuid) -> Object {
    Object {
        kind: if piece.kind == SceneryKind::Truss { "Truss" } else { "SceneObject" }.to_owned(),
        uuid: id,
        name: name(piece.kind).to_owned(),
        world: to_matrix(piece.position, piece.rotation_deg, piece.size.map(f64::from)),
        layer: Some(0),
        meshes: vec![(BOX.to_owned(), Matrix::default())],
    }
}
