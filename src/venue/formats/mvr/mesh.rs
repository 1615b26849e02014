//! The box around a mesh, in millimetres, Z up: all that scenery needs of it.
//!
//! 3DS counts millimetres, GLB metres with Y up.  What is neither, or damaged, has no box.

use std::collections::BTreeSet;

use serde_json::Value;

use super::matrix::Matrix;

/// Pieces of one file that are looked at.
const MAX_PIECES: usize = 100_000;
const MAX_DEPTH: usize = 32;

/// Lowest and highest corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub low: [f64; 3],
    pub high: [f64; 3],
}

impl Bounds {
    pub fn around(points: impl IntoIterator<Item = [f64; 3]>) -> Option<Self> {
        let mut bounds: Option<Self> = None;
        for point in points.into_iter().filter(|point| point.iter().all(|number| number.is_finite())) {
            let ends = bounds.get_or_insert(Self { low: point, high: point });
            for (axis, number) in point.into_iter().enumerate() {
                ends.low[axis] = ends.low[axis].min(number);
                ends.high[axis] = ends.high[axis].max(number);
            }
        }
        bounds
    }

    pub fn corners(&self) -> [[f64; 3]; 8] {
        let end = |corner: usize, axis: usize| if corner >> axis & 1 == 0 { self.low[axis] } else { self.high[axis] };
        [0, 1, 2, 3, 4, 5, 6, 7].map(|corner| [0, 1, 2].map(|axis| end(corner, axis)))
    }
}

/// By what the bytes begin with, whatever the file is called.
pub fn bounds(bytes: &[u8]) -> Option<Bounds> {
    match bytes {
        [b'g', b'l', b'T', b'F', ..] => glb(bytes),
        [0x4d, 0x4d, ..] => three_ds(bytes),
        _ => None,
    }
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// Chunks in chunks: main, editor, object, mesh, and in it the list of points.
fn three_ds(bytes: &[u8]) -> Option<Bounds> {
    let mut points = Vec::new();
    let mut open = vec![(0, bytes.len())];
    let mut n_pieces = 0;
    while let Some((mut at, end)) = open.pop() {
        while let Some((id, length)) = number(bytes, at).map(u16::from_le_bytes).zip(number(bytes, at + 2).map(u32::from_le_bytes)) {
            let past = at.checked_add(length as usize).filter(|past| *past <= end && length >= 6);
            n_pieces += 1;
            let (Some(past), true) = (past, n_pieces < MAX_PIECES) else { break };
            match id {
                0x4d4d | 0x3d3d | 0x4100 => open.push((at + 6, past)),
                // An object begins with its name.
                0x4000 => {
                    let name = bytes[at + 6..past].iter().position(|byte| *byte == 0).unwrap_or(0);
                    open.push((at + 7 + name, past));
                }
                0x4110 => {
                    let n = usize::from(number(bytes, at + 6).map(u16::from_le_bytes)?);
                    let list = bytes.get(at + 8..past)?;
                    points.extend(list.chunks_exact(12).take(n).filter_map(|point| {
                        let axis = |axis: usize| number(point, axis * 4).map(f32::from_le_bytes).map(f64::from);
                        Some([axis(0)?, axis(1)?, axis(2)?])
                    }));
                }
                _ => {}
            }
            at = past;
        }
    }
    Bounds::around(points)
}

/// The boxes that accessors carry, through the nodes that use them.
fn glb(bytes: &[u8]) -> Option<Bounds> {
    let length = number(bytes, 12).map(u32::from_le_bytes)? as usize;
    let json: Value = serde_json::from_slice(bytes.get(20..20_usize.checked_add(length)?)?).ok()?;
    let list = |name: &str| json[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let (nodes, meshes, accessors) = (list("nodes"), list("meshes"), list("accessors"));
    let index = |value: &Value| value.as_u64().and_then(|at| usize::try_from(at).ok());
    let point = |value: &Value| -> Option<[f64; 3]> {
        let axis = |axis: usize| value.get(axis)?.as_f64();
        Some([axis(0)?, axis(1)?, axis(2)?])
    };
    let mut points = Vec::new();
    let children: BTreeSet<usize> =
        nodes.iter().flat_map(|node| node["children"].as_array().into_iter().flatten()).filter_map(index).collect();
    let mut open: Vec<(usize, Matrix, usize)> =
        (0..nodes.len().min(MAX_PIECES)).filter(|at| !children.contains(at)).map(|at| (at, Matrix::default(), 0)).collect();
    let mut n_pieces = 0;
    while let Some((at, above, depth)) = open.pop() {
        n_pieces += 1;
        let Some(node) = nodes.get(at).filter(|_| depth < MAX_DEPTH && n_pieces < MAX_PIECES) else { continue };
        let here = above.then(&local(node));
        if open.len() > MAX_PIECES || points.len() > MAX_PIECES {
            break;
        }
        open.extend(
            node["children"].as_array().into_iter().flatten().filter_map(index).take(MAX_PIECES).map(|child| (child, here, depth + 1)),
        );
        let primitives = index(&node["mesh"]).and_then(|mesh| meshes.get(mesh)).and_then(|mesh| mesh["primitives"].as_array());
        for primitive in primitives.into_iter().flatten().take(MAX_PIECES.saturating_sub(n_pieces)) {
            n_pieces += 1;
            let accessor = index(&primitive["attributes"]["POSITION"]).and_then(|at| accessors.get(at));
            let ends = accessor.and_then(|accessor| Some((point(&accessor["min"])?, point(&accessor["max"])?)));
            if let Some((low, high)) = ends {
                points.extend(Bounds { low, high }.corners().map(|corner| here.apply(corner)));
            }
        }
    }
    // Metres with Y up to millimetres with Z up.
    Bounds::around(points.into_iter().map(|[x, y, z]| [x * 1000.0, -z * 1000.0, y * 1000.0]))
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

/// A box of one metre around the origin, as a GLB: the shape of exported scenery.
pub fn unit_box() -> Vec<u8> {
    let mut data: Vec<u8> = Vec::new();
    let corners = Bounds { low: [-0.5; 3], high: [0.5; 3] }.corners();
    corners.iter().flatten().for_each(|number| data.extend((*number as f32).to_le_bytes()));
    let faces: [u16; 36] = [0, 2, 1, 1, 2, 3, 4, 5, 6, 5, 7, 6, 0, 1, 4, 1, 5, 4, 2, 6, 3, 3, 6, 7, 0, 4, 2, 2, 4, 6, 1, 3, 5, 3, 7, 5];
    faces.iter().for_each(|corner| data.extend(corner.to_le_bytes()));
    let json = serde_json::json!({
        "asset": {"version": "2.0", "generator": "Luma"},
        "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3", "min": [-0.5, -0.5, -0.5], "max": [0.5, 0.5, 0.5]},
            {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
        "bufferViews": [{"buffer": 0, "byteOffset": 0, "byteLength": 96}, {"buffer": 0, "byteOffset": 96, "byteLength": 72}],
        "buffers": [{"byteLength": data.len()}],
    });
    let mut text = json.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(4), b' ');
    let mut file: Vec<u8> = Vec::new();
    let total = 12 + 8 + text.len() + 8 + data.len();
    file.extend(b"glTF");
    [2, total as u32, text.len() as u32, 0x4e4f_534a].iter().for_each(|word: &u32| file.extend(word.to_le_bytes()));
    file.extend(text);
    [data.len() as u32, 0x004e_4942].iter().for_each(|word: &u32| file.extend(word.to_le_bytes()));
    file.extend(data);
    file
}
