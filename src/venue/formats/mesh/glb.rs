//! GLB: the triangles of a scene, through the nodes that use them.
//!
//! What is packed in a way that is not read (Draco, sparse accessors, files beside it) is the box that its accessor promises.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{BOX_FACES, Bounds, MAX_PIECES, MAX_TRIANGLES, Mesh, number};
use crate::venue::formats::mvr::matrix::Matrix;

const MAX_DEPTH: usize = 32;
const FLOAT: u64 = 5126;

pub(super) fn read(bytes: &[u8]) -> Option<Mesh> {
    let length = number(bytes, 12).map(u32::from_le_bytes)? as usize;
    let past = 20_usize.checked_add(length)?;
    let json: Value = serde_json::from_slice(bytes.get(20..past)?).ok()?;
    let data = number(bytes, past).map(u32::from_le_bytes).and_then(|length| bytes.get(past + 8..(past + 8).checked_add(length as usize)?));
    let file = File { json: &json, data: data.unwrap_or_default() };
    let nodes = file.list("nodes");
    let children: BTreeSet<usize> =
        nodes.iter().flat_map(|node| node["children"].as_array().into_iter().flatten()).filter_map(index).collect();
    let mut open: Vec<(usize, Matrix, usize)> =
        (0..nodes.len().min(MAX_PIECES)).filter(|at| !children.contains(at)).map(|at| (at, Matrix::default(), 0)).collect();
    let (mut mesh, mut n_pieces) = (Mesh::default(), 0);
    while let Some((at, above, depth)) = open.pop() {
        n_pieces += 1;
        let Some(node) = nodes.get(at).filter(|_| depth < MAX_DEPTH && n_pieces < MAX_PIECES) else { continue };
        let here = above.then(&local(node));
        if open.len() > MAX_PIECES || mesh.triangles.len() >= MAX_TRIANGLES {
            break;
        }
        open.extend(
            node["children"].as_array().into_iter().flatten().filter_map(index).take(MAX_PIECES).map(|child| (child, here, depth + 1)),
        );
        let primitives = index(&node["mesh"]).and_then(|mesh| file.list("meshes").get(mesh)).and_then(|mesh| mesh["primitives"].as_array());
        for primitive in primitives.into_iter().flatten().take(MAX_PIECES.saturating_sub(n_pieces)) {
            n_pieces += 1;
            if mesh.corners.len() > 3 * MAX_TRIANGLES {
                break;
            }
            let Some((corners, triangles)) = file.primitive(primitive) else { continue };
            mesh.add(corners.into_iter().map(|corner| up(here.apply(corner.map(f64::from)))), triangles);
        }
    }
    Some(mesh)
}

/// Metres with Y up to millimetres with Z up.
fn up([x, y, z]: [f64; 3]) -> [f32; 3] {
    [x, -z, y].map(|metres| (metres * 1000.0) as f32)
}

fn index(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|at| usize::try_from(at).ok())
}

type Triangles = (Vec<[f32; 3]>, Vec<[u32; 3]>);

struct File<'a> {
    json: &'a Value,
    /// The second chunk.
    data: &'a [u8],
}

impl<'a> File<'a> {
    fn list(&self, name: &str) -> &'a [Value] {
        self.json[name].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// Corners and triangles, or the box around them; nothing where it is made of points or lines.
    fn primitive(&self, primitive: &Value) -> Option<Triangles> {
        let accessor = self.list("accessors").get(index(&primitive["attributes"]["POSITION"])?)?;
        let mode = primitive["mode"].as_u64().unwrap_or(4);
        if !(4..=6).contains(&mode) {
            return None;
        }
        let corners = self.corners(accessor).filter(|corners| !corners.is_empty());
        let whole = corners.and_then(|corners| Some((self.order(&primitive["indices"], corners.len())?, corners)));
        let Some((order, corners)) = whole else {
            let [low, high] = ["min", "max"].map(|end| {
                let axis = |axis: usize| accessor[end].get(axis)?.as_f64();
                Some([axis(0)?, axis(1)?, axis(2)?])
            });
            let bounds = Bounds { low: low?, high: high? };
            return Some((bounds.corners().map(|corner| corner.map(|metres| metres as f32)).to_vec(), BOX_FACES.to_vec()));
        };
        let triangles = match mode {
            4 => order.chunks_exact(3).map(|three| [three[0], three[1], three[2]]).collect(),
            // A strip turns with every step; a fan has its first corner in all.
            5 => order
                .windows(3)
                .enumerate()
                .map(|(at, it)| if at % 2 == 0 { [it[0], it[1], it[2]] } else { [it[1], it[0], it[2]] })
                .collect(),
            _ => order.windows(2).skip(1).map(|pair| [order[0], pair[0], pair[1]]).collect(),
        };
        Some((corners, triangles))
    }

    fn corners(&self, accessor: &Value) -> Option<Vec<[f32; 3]>> {
        if accessor["componentType"].as_u64() != Some(FLOAT) || accessor["type"] != "VEC3" {
            return None;
        }
        self.entries::<12>(accessor)
            .map(|entries| entries.map(|entry| [0, 4, 8].map(|at| number(&entry, at).map_or(0.0, f32::from_le_bytes))).collect())
    }

    /// Which corner comes when; one after the other where the file does not say.
    fn order(&self, indices: &Value, n: usize) -> Option<Vec<u32>> {
        let Some(accessor) = index(indices) else { return Some((0..n as u32).collect()) };
        let accessor = self.list("accessors").get(accessor)?;
        match accessor["componentType"].as_u64()? {
            5121 => self.entries::<1>(accessor).map(|entries| entries.map(|[it]| it.into()).collect()),
            5123 => self.entries::<2>(accessor).map(|entries| entries.map(|it| u16::from_le_bytes(it).into()).collect()),
            5125 => self.entries::<4>(accessor).map(|entries| entries.map(u32::from_le_bytes).collect()),
            _ => None,
        }
    }

    /// The entries of an accessor whose bytes are all there.
    fn entries<const N: usize>(&self, accessor: &Value) -> Option<impl Iterator<Item = [u8; N]> + use<'a, N>> {
        let view = self.list("bufferViews").get(index(&accessor["bufferView"])?)?;
        if !accessor["sparse"].is_null() || index(&view["buffer"]) != Some(0) || !self.list("buffers").first()?["uri"].is_null() {
            return None;
        }
        let offset = |value: &Value| index(value).unwrap_or(0);
        let start = offset(&view["byteOffset"]).checked_add(offset(&accessor["byteOffset"]))?;
        let stride = index(&view["byteStride"]).filter(|stride| *stride >= N).unwrap_or(N);
        let n = index(&accessor["count"]).filter(|n| *n <= 3 * MAX_TRIANGLES)?;
        let last = start.checked_add(stride.checked_mul(n.checked_sub(1)?)?)?.checked_add(N)?;
        let bytes = self.data.get(start..last)?;
        Some(bytes.chunks(stride).filter_map(|chunk| number(chunk, 0)))
    }
}

/// A node's own place: a matrix, column by column, or translation, rotation and scale.
fn local(node: &Value) -> Matrix {
    let numbers = |name: &str| -> Option<Vec<f64>> { node[name].as_array()?.iter().map(Value::as_f64).collect() };
    if let Some(m) = numbers("matrix").filter(|m| m.len() == 16) {
        return Matrix { axes: [[m[0], m[1], m[2]], [m[4], m[5], m[6]], [m[8], m[9], m[10]]], origin: [m[12], m[13], m[14]] };
    }
    let three = |name: &str, assumed: f64| numbers(name).filter(|it| it.len() == 3).map_or([assumed; 3], |it| [it[0], it[1], it[2]]);
    let (origin, scale) = (three("translation", 0.0), three("scale", 1.0));
    let [x, y, z, w] = numbers("rotation").filter(|it| it.len() == 4).map_or([0.0, 0.0, 0.0, 1.0], |it| [it[0], it[1], it[2], it[3]]);
    let axes = [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + z * w), 2.0 * (x * z - y * w)],
        [2.0 * (x * y - z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z + x * w)],
        [2.0 * (x * z + y * w), 2.0 * (y * z - x * w), 1.0 - 2.0 * (x * x + y * y)],
    ];
    let scaled = |axis: usize| axes[axis].map(|number| number * scale[axis]);
    Matrix { axes: [scaled(0), scaled(1), scaled(2)], origin }
}
