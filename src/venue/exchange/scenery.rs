//! Trusses, stages and everything else with a shape: its meshes where they can be read, and the box around them, or a usual
//! size where there is none.
//!
//! The meshes go together into one archive of their own beside the definitions, under the names that the room gave them.

use std::collections::{BTreeMap, BTreeSet};

use super::Report;
use super::pose::{from_matrix, to_matrix};
use crate::venue::formats::archive::Archive;
use crate::venue::formats::mesh::{Bounds, Mesh};
use crate::venue::formats::mvr::Object;
use crate::venue::formats::mvr::matrix::Matrix;
use crate::venue::formats::mvr::write::BOX;
use crate::venue::formats::{self, pack};
use crate::venue::model::{Scenery, SceneryKind, Shape};

/// Meshes that are larger are drawn at the usual size.
const MAX_MESH_BYTES: u64 = 64 << 20;
/// What all meshes may unpack to together; those behind it are boxes.
const MAX_KEPT_BYTES: usize = 128 << 20;
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

/// What is read of a mesh.
struct Known {
    bounds: Bounds,
    /// In the archive of the meshes.
    is_kept: bool,
}

/// The pieces, and the archive with their meshes if they have any.
pub(super) fn read(objects: &[Object], archive: &Archive, report: &mut Report) -> (Vec<Scenery>, Option<Vec<u8>>) {
    let mut known: BTreeMap<String, Option<Known>> = BTreeMap::new();
    let mut kept: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let (mut n_usual, mut n_nothing, mut left) = (0, 0, MAX_KEPT_BYTES);
    let mut pieces = Vec::new();
    for object in objects {
        let (mut points, mut parts) = (Vec::new(), Vec::new());
        for (file, at) in &object.meshes {
            let mesh = known.entry(file.clone()).or_insert_with(|| {
                let bytes = archive.read(file, MAX_MESH_BYTES).ok().flatten()?;
                let mesh = Mesh::read(&bytes)?;
                // Our own box needs no file: a piece without a mesh is drawn as what it is.
                let is_kept = file != BOX && !mesh.triangles.is_empty() && bytes.len() <= left;
                let bounds = mesh.bounds()?;
                if is_kept {
                    left -= bytes.len();
                    kept.insert(file.clone(), bytes);
                }
                Some(Known { bounds, is_kept })
            });
            let Some(mesh) = mesh else { continue };
            points.extend(mesh.bounds.corners().map(|corner| at.apply(corner)));
            if mesh.is_kept {
                parts.push((file, at));
            }
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
        let mut piece = piece(object, &bounds);
        piece.shapes = parts.into_iter().map(|(file, at)| shape(&piece, file, &object.world.then(at))).collect();
        pieces.push(piece);
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
    let models = packed(&kept, &mut pieces, report);
    let n_shaped = pieces.iter().filter(|piece| !piece.shapes.is_empty()).count();
    report.count(n_shaped, "piece of scenery is drawn with its own mesh", "pieces of scenery are drawn with their own meshes");
    let n_boxes = pieces.len() - n_shaped;
    report.count(n_boxes, "piece of scenery is drawn as the box around it", "pieces of scenery are drawn as the boxes around them");
    report.count(
        n_usual,
        "piece has no mesh that can be read and the usual size of its kind",
        "of them have no mesh that can be read and the usual size of their kind",
    );
    report.count(n_nothing, "object without a shape is left out", "objects without a shape are left out");
    (pieces, models)
}

/// The meshes as one archive; without one the pieces are boxes.
fn packed(kept: &BTreeMap<String, Vec<u8>>, pieces: &mut [Scenery], report: &mut Report) -> Option<Vec<u8>> {
    if kept.is_empty() {
        return None;
    }
    let files = kept.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let reason = match pack::zip(files) {
        Ok(archive) if archive.len() <= formats::MAX_BYTES => return Some(archive),
        Ok(_) => format!("they are longer than {} MiB together", formats::MAX_BYTES >> 20),
        Err((name, reason)) => format!("\"{name}\" cannot be packed: {reason}"),
    };
    report.note(format!("the meshes of the scenery are not kept: {reason}"));
    pieces.iter_mut().for_each(|piece| piece.shapes.clear());
    None
}

/// As an exported box counts them: the usual number of digits of a metre.
fn tidy(metres: f32) -> f32 {
    ((f64::from(metres) * 1e5).round() / 1e5) as f32
}

fn piece(object: &Object, bounds: &Bounds) -> Scenery {
    let placed = from_matrix(&object.world);
    let middle = [0, 1, 2].map(|axis| (bounds.low[axis] + bounds.high[axis]) / 2.0);
    let centre = object.world.apply(middle);
    let size = [0, 1, 2].map(|axis| ((bounds.high[axis] - bounds.low[axis]) * placed.scale[axis] / 1000.0) as f32);
    Scenery {
        kind: kind(object),
        position: centre.map(|mm| tidy((mm / 1000.0).clamp(-1e6, 1e6) as f32)),
        size: size.map(|metres| tidy(metres.clamp(MIN_M, 10_000.0))),
        rotation_deg: placed.rotation_deg,
        shapes: Vec::new(),
    }
}

/// A mesh that `world` puts into the room, as the piece has it.
fn shape(piece: &Scenery, file: &str, world: &Matrix) -> Shape {
    let pose = to_matrix(piece.position, piece.rotation_deg, [1.0; 3]);
    let at = pose.rigid_inverse().then(world).numbers();
    Shape { part: file.to_owned(), at: at.map(|number| if number.is_finite() { number.clamp(-1e9, 1e9) as f32 } else { 0.0 }) }
}

/// As an object with the piece's own meshes, or around the one box that all share.
pub(super) fn object(piece: &Scenery, id: uuid::Uuid) -> Object {
    let scale = if piece.shapes.is_empty() { piece.size.map(f64::from) } else { [1.0; 3] };
    let own = piece.shapes.iter().map(|shape| (shape.part.clone(), Matrix::of(shape.at.map(f64::from))));
    let meshes = if piece.shapes.is_empty() { vec![(BOX.to_owned(), Matrix::default())] } else { own.collect() };
    Object {
        kind: if piece.kind == SceneryKind::Truss { "Truss" } else { "SceneObject" }.to_owned(),
        uuid: id,
        name: name(piece.kind).to_owned(),
        world: to_matrix(piece.position, piece.rotation_deg, scale),
        layer: Some(0),
        meshes,
    }
}

/// The meshes that the pieces name, of the archive that they came in.
pub(super) fn files(pieces: &[Scenery], models: &[u8], report: &mut Report) -> Vec<(String, Vec<u8>)> {
    let archive = match Archive::open(models) {
        Ok(archive) => archive,
        Err(error) => {
            report.note(format!("the meshes of the scenery are not packed: {error}"));
            return Vec::new();
        }
    };
    let names: BTreeSet<&str> = pieces.iter().flat_map(|piece| &piece.shapes).map(|shape| shape.part.as_str()).collect();
    names.into_iter().filter_map(|name| Some((name.to_owned(), archive.read(name, MAX_MESH_BYTES).ok().flatten()?))).collect()
}
