//! The venue as the engine sees it: space, heads, groups.

use std::sync::Arc;

use glam::Vec3;
use luma::engine::frame::has;
use luma::engine::rig::kind::{Channel, Drive, FixtureKind, Function};
use luma::engine::rig::{Movement, PatchOptions, Pose, Rig, RigFixture};
use luma::engine::{DmxFrame, Frame, Held, encode};
use luma::venue::library::Library;
use uuid::Uuid;

use super::harness::rig::every_sort;

fn fixture(id: u128, kind: &Arc<FixtureKind>, address: u16, pose: Pose) -> RigFixture {
    let id = Uuid::from_u128(id);
    RigFixture { id, label: String::new(), kind: kind.clone(), universe: 1, address, pose, options: PatchOptions::default(), first_head: 0 }
}

#[test]
fn a_rotation_is_rx_ry_rz() {
    // Z first: +X becomes +Y; then Y: +Y stays; then X: +Y becomes +Z.
    let pose = Pose { position: Vec3::ZERO, rotation_deg: Vec3::new(90.0, 90.0, 90.0) };
    assert!((pose.rotation() * Vec3::X).distance(Vec3::Z) < 1e-6, "{}", pose.rotation() * Vec3::X);
}

#[test]
fn a_par_has_one_head_and_a_bar_of_twelve_pixels_twelve() {
    let library = Library::builtin();
    let n_heads = |path: &str| {
        let definition = library.definition(path).unwrap();
        definition.modes.iter().map(|mode| library.kind(path, &mode.name).unwrap().head_offsets.len()).max().unwrap()
    };
    assert_eq!(n_heads("luma/Luma-Par-RGBW.qxf"), 1);
    assert_eq!(n_heads("luma/Luma-Pixel-Bar-12.qxf"), 12);
}

#[test]
fn a_heads_place_is_its_offset_in_the_fixtures_pose() {
    let kind = Arc::new(FixtureKind { head_offsets: vec![Vec3::X * -0.5, Vec3::X * 0.5], ..FixtureKind::default() });
    // Turned by a quarter about Z: its own X is the venue's Y.
    let pose = Pose { position: Vec3::new(1.0, 2.0, 3.0), rotation_deg: Vec3::new(0.0, 0.0, 90.0) };
    let rig = Rig::new(vec![fixture(1, &kind, 1, pose)], Vec::new());
    for (head, want) in [Vec3::new(1.0, 1.5, 3.0), Vec3::new(1.0, 2.5, 3.0)].into_iter().enumerate() {
        assert!(rig.heads[head].position.distance(want) < 1e-6, "{}", rig.heads[head].position);
    }
}

#[test]
fn heads_are_numbered_by_fixture_id_and_called_by_it() {
    let kind = Arc::new(FixtureKind { head_offsets: vec![Vec3::ZERO; 2], ..FixtureKind::default() });
    let rig = Rig::new(vec![fixture(9, &kind, 1, Pose::default()), fixture(3, &kind, 20, Pose::default())], Vec::new());
    assert_eq!(rig.fixtures.iter().map(|fixture| fixture.id.as_u128()).collect::<Vec<_>>(), [3, 9]);
    assert_eq!(rig.head_id(3), format!("{}:1", Uuid::from_u128(9)));
    for head in 0..4 {
        assert_eq!(rig.find_head(&rig.head_id(head)), Some(head));
    }
    assert_eq!(rig.find_head(&Uuid::from_u128(9).to_string()), Some(2), "a bare fixture is its first head");
    for none in ["", ":", "nobody:0", &format!("{}:2", Uuid::from_u128(9)), &Uuid::from_u128(4).to_string()] {
        assert_eq!(rig.find_head(none), None, "{none}");
    }
}

/// Two heads, one pan, one dimmer.
#[test]
fn what_heads_share_takes_the_mean_position_and_the_highest_dimmer() {
    let at = |coarse| Channel { coarse, fine: None };
    let drives = [Drive::Pan { channel: at(0), range_deg: (0.0, 255.0) }, Drive::Dimmer { channel: at(1), off: 0, range: (0, 255) }];
    let kind = Arc::new(FixtureKind {
        footprint: 2,
        defaults: vec![0; 2],
        functions: drives.into_iter().map(|drive| Function { heads: 0..3, drive }).collect(),
        head_offsets: vec![Vec3::ZERO; 3],
        ..FixtureKind::default()
    });
    let rig = Rig::new(vec![fixture(1, &kind, 1, Pose::default())], Vec::new());
    assert!(rig.heads.iter().all(|head| head.pan_deg == Some((0.0, 255.0))), "each head has the fixture's pan");
    let mut frame = Frame::default();
    frame.dimmer = vec![0.2, 0.8, 0.0];
    (frame.pan, frame.tilt, frame.strobe) = (vec![10.0, 30.0, 200.0], vec![0.0; 3], vec![0.0; 3]);
    frame.set = vec![has::PAN, has::PAN, 0];
    let mut dmx = DmxFrame::default();
    encode(&rig, &frame, &mut Held::default(), &mut dmx);
    assert_eq!(dmx.bytes[0][..2], [20, 204], "the third head says nothing about pan");
}

#[test]
fn a_group_moves_straight_down_and_thirty_degrees_around_unless_configured() {
    let rig = every_sort();
    let front = rig.groups.iter().find(|group| group.name == "front").unwrap();
    assert_eq!(front.movement, Movement { base: Vec3::NEG_Z, half_u_deg: 30.0, half_v_deg: 30.0, rotation_deg: 0.0 });
}

#[test]
fn a_group_name_is_small_letters_digits_and_underscores_and_never_all() {
    use luma::venue::patch::is_group_name;
    assert!(["a", "back_truss", "row2", "x_"].into_iter().all(is_group_name));
    assert!(!["", "all", "2row", "_x", "Back", "back truss", "é", "a-b"].into_iter().any(is_group_name));
}
