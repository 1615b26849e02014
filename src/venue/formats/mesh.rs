//! Meshes of rooms and devices, in millimetres with Z up, whatever their file counts in.
//!
//! 3DS counts millimetres, GLB metres with Y up.  What is neither, or damaged, is no mesh.  Colours, textures and smoothing of
//! the files are not read: the room has paints of its own, and [`Mesh::smooth`] finds the creases.

mod glb;
mod smooth;
mod three_ds;

/// Pieces of one file that are looked at.
const MAX_PIECES: usize = 100_000;
/// More of one file would take longer to draw than a show may wait.
const MAX_TRIANGLES: usize = 1_000_000;

/// Triangles with shared corners.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mesh {
    /// Millimetres, all finite.
    pub corners: Vec<[f32; 3]>,
    /// Each names three of the corners that there are.
    pub triangles: Vec<[u32; 3]>,
}

impl Mesh {
    /// By what the bytes begin with, whatever the file is called.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mesh = match bytes {
            [b'g', b'l', b'T', b'F', ..] => glb::read(bytes),
            [0x4d, 0x4d, ..] => three_ds::read(bytes),
            _ => None,
        };
        mesh.filter(|mesh| !mesh.corners.is_empty())
    }

    pub fn bounds(&self) -> Option<Bounds> {
        Bounds::around(self.corners.iter().map(|corner| corner.map(f64::from)))
    }

    /// Adds corners, and triangles that count from the first of them; what names no corner is left out.
    fn add(&mut self, corners: impl IntoIterator<Item = [f32; 3]>, triangles: impl IntoIterator<Item = [u32; 3]>) {
        let first = self.corners.len() as u32;
        self.corners.extend(corners.into_iter().map(|corner| if corner.iter().all(|it| it.is_finite()) { corner } else { [0.0; 3] }));
        let n = self.corners.len() as u32 - first;
        let whole = triangles.into_iter().filter(|triangle| triangle.iter().all(|corner| *corner < n));
        self.triangles.extend(whole.map(|triangle| triangle.map(|corner| first + corner)).take(MAX_TRIANGLES - self.triangles.len()));
    }
}

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

/// The faces of a box whose corners are counted as [`Bounds::corners`] does.
const BOX_FACES: [[u32; 3]; 12] =
    [[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4], [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5]];

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// A box of one metre around the origin, as a GLB: the shape of exported scenery.
pub fn unit_box() -> Vec<u8> {
    let mut data: Vec<u8> = Vec::new();
    let corners = Bounds { low: [-0.5; 3], high: [0.5; 3] }.corners();
    corners.iter().flatten().for_each(|number| data.extend((*number as f32).to_le_bytes()));
    BOX_FACES.iter().flatten().for_each(|corner| data.extend((*corner as u16).to_le_bytes()));
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
