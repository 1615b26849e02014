//! 3DS: chunks in chunks; main, editor, object, mesh, and in it a list of corners and one of faces.

use super::{MAX_PIECES, Mesh, number};

pub(super) fn read(bytes: &[u8]) -> Option<Mesh> {
    let mut mesh = Mesh::default();
    let mut open = vec![(0, bytes.len())];
    let mut n_pieces = 0;
    // Of the object that is read; its corners stand before its faces.
    let (mut corners, mut faces): (Vec<[f32; 3]>, Vec<[u32; 3]>) = Default::default();
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
                    mesh.add(corners.drain(..), faces.drain(..));
                    corners.extend(list::<12>(bytes, at, past)?.map(corner));
                }
                0x4120 => faces = list::<8>(bytes, at, past)?.map(face).collect(),
                _ => {}
            }
            at = past;
        }
    }
    mesh.add(corners, faces);
    Some(mesh)
}

/// The entries of a list that begins with how many they are.
fn list<const N: usize>(bytes: &[u8], at: usize, past: usize) -> Option<impl Iterator<Item = [u8; N]>> {
    let n = usize::from(number(bytes, at + 6).map(u16::from_le_bytes)?);
    let entries = bytes.get(at + 8..past)?.chunks_exact(N).take(n);
    Some(entries.map(|entry| entry.try_into().unwrap_or([0; N])))
}

fn corner(entry: [u8; 12]) -> [f32; 3] {
    [0, 4, 8].map(|at| number(&entry, at).map_or(0.0, f32::from_le_bytes))
}

/// Three corners, and flags that nobody needs here.
fn face(entry: [u8; 8]) -> [u32; 3] {
    [0, 2, 4].map(|at| number(&entry, at).map_or(0, u16::from_le_bytes).into())
}
