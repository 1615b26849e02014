//! Any bytes as a room: a description as text, or an archive with one; imported, lowered, exported and imported again.

use luma::venue::exchange::export::export;
use luma::venue::exchange::import::import;
use luma::venue::formats::mesh::Mesh;
use luma::venue::formats::mvr::{read, write};
use luma::venue::library::Library;
use luma::venue::lower;

pub(crate) fn run(data: &[u8]) {
    if let Some(mesh) = Mesh::read(data) {
        let finite = |corner: &[f32; 3]| corner.iter().all(|number| number.is_finite());
        assert!(mesh.corners.iter().all(finite) && mesh.triangles.iter().flatten().all(|at| (*at as usize) < mesh.corners.len()));
        assert!(mesh.bounds().is_some_and(|bounds| (0..3).all(|axis| bounds.low[axis] <= bounds.high[axis])));
        assert!(mesh.smooth().iter().flat_map(|(_, normals)| normals).all(|normal| normal.is_normalized()));
    }
    let packed = match std::str::from_utf8(data) {
        Ok(text) if !data.starts_with(b"PK") => match read::scene(text) {
            Ok(scene) => write::write(&scene, &[]).expect("a room that was read can be written"),
            Err(error) => return assert!(!error.to_string().is_empty()),
        },
        _ => data.to_vec(),
    };
    let library = Library::builtin();
    let imported = match import(&packed, "room", "", &library) {
        Ok(imported) => imported,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let venue = &imported.venue;
    let finite = |numbers: &[f32; 3]| numbers.iter().all(|number| number.is_finite());
    assert!(venue.fixtures.iter().all(|fixture| finite(&fixture.position) && finite(&fixture.rotation_deg)));
    assert!(
        venue.scenery.iter().all(|piece| finite(&piece.position) && finite(&piece.size) && piece.size.iter().all(|metres| *metres > 0.0))
    );
    assert!(imported.files.iter().all(|(path, _)| !path.contains("..") || !path.contains('/')), "a path that leads out");
    let library = library.holding(imported.files.clone());
    let (rig, problems) = lower::rig(venue, &library);
    assert!(rig.fixtures.len() + problems.len() >= venue.fixtures.len());
    let (out, _) = export(venue, &library).expect("a venue that was read can be written");
    let again = import(&out, "room", "", &library).expect("an exported room can be read").venue;
    assert_eq!(again.fixtures.len(), venue.fixtures.len());
}
