//! Nodes that move heads: paths, points in the room, aiming, and how fast a head may be.

use std::sync::Arc;

use glam::Vec3;
use luma::engine::rig::aim::{PanTilt, direction};
use luma::engine::rig::kind::{Channel, Drive, FixtureKind, Function};
use luma::engine::rig::{GroupSpec, Member, Movement, PatchOptions, Pose, Rig, RigFixture};
use luma::engine::{Frame, Live, Window, render};
use serde_json::{Value, json};
use uuid::Uuid;

use super::harness::sketch::{Probe, Stage, all_close, close};

fn path(ty: &str, params: Value) -> Probe {
    Stage::new().probe(&[("it", ty, params)], &[], "it.uv")
}

#[test]
fn circle_eight_and_sweep_follow_their_figures_at_turns_per_beat() {
    // A quarter turn a beat, two beats a second: a turn takes two seconds from the annotation's start at 2 s.
    for (ty, params, turns) in [
        ("circle", json!({}), [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]),
        ("circle", json!({"radius": 0.5}), [[0.5, 0.0], [0.0, 0.5], [-0.5, 0.0], [0.0, -0.5]]),
        ("figure_8", json!({}), [[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [-1.0, 0.0]]),
        ("sweep", json!({"speed": 0.25}), [[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [-1.0, 0.0]]),
        ("sweep", json!({"speed": 0.25, "angle": 90, "range": 0.25}), [[0.0, 0.0], [0.0, 0.25], [0.0, 0.0], [0.0, -0.25]]),
    ] {
        let it = path(ty, params.clone());
        for (quarter, want) in turns.into_iter().enumerate() {
            all_close(&it.channels(2.0 + quarter as f64 * 0.5), &want, format!("{ty} {params}, {quarter} quarters"));
        }
    }
    // An eighth of the way the eight is at its highest: half of its height by default.
    all_close(&path("figure_8", json!({})).channels(2.25), &[std::f32::consts::FRAC_1_SQRT_2, 0.5], "figure_8");
    all_close(&path("circle", json!({"radius": 9})).channels(2.0), &[1.0, 0.0], "no further than the pyramid");
}

#[test]
fn a_phase_moves_each_head_along_the_path() {
    let nodes = [
        ("heads", "select", json!({"tag_expression": "spots"})),
        ("place", "get_attribute", json!({"attribute": "index"})),
        ("quarter", "math", json!({"operation": "multiply"})),
        ("by", "scalar", json!({"value": 0.25})),
        ("it", "circle", json!({})),
    ];
    let wires = ["heads.out place.selection", "place.out quarter.a", "by.out quarter.b", "quarter.out it.phase"];
    let planes = Stage::new().probe(&nodes, &wires, "it.uv").planes(2.0);
    all_close(&planes[0], &[1.0, 0.0, -1.0, 0.0], "u");
    all_close(&planes[1], &[0.0, 1.0, 0.0, -1.0], "v");
}

#[test]
fn wandering_is_smooth_seeded_and_keeps_inside() {
    let it = path("wander", json!({}));
    let points: Vec<Vec<f32>> = (0..7000).map(|step| it.channels(2.0 + f64::from(step) / 1000.0)).collect();
    assert!(points.iter().flatten().all(|value| value.abs() <= 1.0));
    let far = points.iter().map(|point| point[0].hypot(point[1])).fold(0.0, f32::max);
    assert!(far > 0.1, "it got {far} away from the middle");
    let step = points.windows(2).map(|pair| (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1])).fold(0.0, f32::max);
    assert!(step < 0.02, "a step of {step} in a millisecond");
    let other = Stage { seed: 8, ..Stage::new() }.probe(&[("it", "wander", json!({}))], &[], "it.uv");
    assert_ne!(other.channels(4.3), it.channels(4.3));
}

#[test]
fn an_orbit_goes_round_its_centre_in_metres_and_tilts_about_x() {
    let orbit = |params: Value, port: &str| {
        Stage::new().probe(&[("grid", "beat_clock", json!({})), ("it", "orbit", params)], &["grid.grid_out it.grid"], &format!("it.{port}"))
    };
    let params = json!({"center_x": 1, "center_y": 2, "center_z": 3, "radius_x": 4, "radius_z": 0.5});
    let flat = json!({"center_x": 1, "center_y": 2, "center_z": 3, "radius_x": 4, "radius_z": 0.5, "tilt_deg": 90});
    for (quarter, x, up) in [(0.0, 5.0, 0.0), (1.0, 1.0, 0.5), (2.0, -3.0, 0.0), (3.0, 1.0, -0.5)] {
        let secs = 2.0 + quarter * 0.5;
        close(orbit(params.clone(), "x").one(secs), x, "x");
        close(orbit(params.clone(), "y").one(secs), 2.0, "upright: y stays");
        close(orbit(params.clone(), "z").one(secs), 3.0 + up, "z");
        close(orbit(flat.clone(), "y").one(secs), 2.0 - up, "flat: y takes its place");
        close(orbit(flat.clone(), "z").one(secs), 3.0, "flat: z stays");
    }
}

#[test]
fn a_random_position_lies_in_its_box_and_stays_until_the_trigger_changes() {
    let params = json!({"min_x": 1, "max_x": 2, "min_y": -9, "max_y": -8, "min_z": 5, "max_z": 5});
    let nodes =
        [("grid", "beat_clock", json!({})), ("count", "ramp", json!({})), ("step", "round", json!({})), ("it", "random_position", params)];
    let wires = ["grid.grid_out count.grid", "count.out step.in", "step.out it.trigger"];
    let at = |secs: f64| ["x", "y", "z"].map(|axis| Stage::new().probe(&nodes, &wires, &format!("it.{axis}")).one(secs));
    let mut last = [0.0; 3];
    for beat in 0..12 {
        let [x, y, z] = at(2.05 + f64::from(beat) * 0.5);
        assert!((1.0..=2.0).contains(&x) && (-9.0..=-8.0).contains(&y) && z == 5.0, "{x} {y} {z}");
        assert_eq!(at(2.45 + f64::from(beat) * 0.5), [x, y, z]);
        assert_ne!(last, [x, y, z], "beat {beat}");
        last = [x, y, z];
    }
}

/// Pan jumps from 0 to 180 and back on every second beat, tilt too.
fn jumping(limits: Value) -> (Probe, Probe) {
    let nodes = [
        ("grid", "beat_clock", json!({})),
        ("count", "ramp", json!({})),
        ("step", "round", json!({})),
        ("odd", "modulo", json!({"divisor": 2})),
        ("deg", "remap", json!({"in_min": 0, "in_max": 1, "out_min": 0, "out_max": 180})),
        ("it", "smooth_movement", limits),
    ];
    let wires =
        ["grid.grid_out count.grid", "count.out step.in", "step.out odd.in", "odd.out deg.in", "deg.out it.pan_in", "deg.out it.tilt_in"];
    let probe = |port| Stage::new().probe(&nodes, &wires, port);
    (probe("it.pan"), probe("it.tilt"))
}

#[test]
fn smooth_movement_is_no_faster_than_its_limits_and_arrives() {
    let (pan, tilt) = jumping(json!({}));
    // 360 and 180 degrees a second; the jumps are on beats, half a second apart, noticed at the next of 240 looks a second.
    for (secs, pan_want, tilt_want) in [(2.0, 0.0, 0.0), (2.75, 90.0, 45.0), (2.99, 176.4, 88.2), (3.25, 90.0, 45.0)] {
        assert!((pan.one(secs) - pan_want).abs() < 2.0, "pan {} at {secs}", pan.one(secs));
        assert!((tilt.one(secs) - tilt_want).abs() < 2.0, "tilt {} at {secs}", tilt.one(secs));
    }
    for (probe, limit) in [(&pan, 360.0), (&tilt, 180.0)] {
        let values: Vec<f32> = (0..8000).map(|step| probe.one(2.0 + f64::from(step) / 1000.0)).collect();
        let fastest = values.windows(2).map(|pair| (pair[1] - pair[0]).abs() * 1000.0).fold(0.0, f32::max);
        assert!(fastest <= limit * 1.01 && fastest > limit * 0.95, "{fastest} degrees a second");
    }
    let (still, _) = jumping(json!({"pan_max_deg_per_s": 0}));
    assert!((0..80).all(|step| still.one(2.0 + f64::from(step) / 10.0) == 0.0), "at 0 it stays where it began");
    let (fast, _) = jumping(json!({"pan_max_deg_per_s": 1e5}));
    close(fast.one(2.6), 180.0, "fast enough to be there");
}

#[test]
fn where_a_head_can_follow_smooth_movement_is_the_movement_itself() {
    let nodes = [
        ("heads", "select", json!({"tag_expression": "front"})),
        ("place", "get_attribute", json!({"attribute": "index"})),
        ("wave", "sine_wave", json!({"frequency_hz": 0.5, "amplitude": 20})),
        ("sum", "math", json!({})),
        ("it", "smooth_movement", json!({})),
    ];
    let wires = ["heads.out place.selection", "place.out sum.a", "wave.out sum.b", "sum.out it.pan_in", "sum.out it.tilt_in"];
    let stage = Stage::new();
    let (plain, smooth) = (stage.probe(&nodes, &wires, "sum.out"), stage.probe(&nodes, &wires, "it.pan"));
    assert_eq!(smooth.plan.table_bytes, 0, "nothing needs to be remembered");
    for step in 0..80 {
        let secs = 2.0 + f64::from(step) / 10.0;
        for (got, want) in smooth.lanes(secs).into_iter().zip(plain.lanes(secs)) {
            assert!((got - want).abs() < 0.01, "{got}, not {want} at {secs}");
        }
    }
}

const PAN_DEG: (f32, f32) = (-270.0, 270.0);

/// Movers at these places, turned by these degrees, all in one group with this movement.
fn movers(poses: &[(Vec3, Vec3)], movement: Option<Movement>) -> Arc<Rig> {
    let at = |coarse| Channel { coarse, fine: None };
    let drives = [
        Drive::Pan { channel: at(0), range_deg: PAN_DEG },
        Drive::Tilt { channel: at(1), range_deg: (-135.0, 135.0) },
        Drive::Dimmer { channel: at(2), off: 0, range: (0, 255) },
    ];
    let kind = Arc::new(FixtureKind {
        footprint: 3,
        defaults: vec![0; 3],
        functions: drives.into_iter().map(|drive| Function { heads: 0..1, drive }).collect(),
        head_offsets: vec![Vec3::ZERO],
        ..FixtureKind::default()
    });
    let id = |at: usize| Uuid::from_u128(at as u128 + 1);
    let fixture = |(at, (position, rotation_deg)): (usize, &(Vec3, Vec3))| RigFixture {
        id: id(at),
        label: String::new(),
        kind: kind.clone(),
        universe: 1,
        address: 1 + 3 * at as u16,
        pose: Pose { position: *position, rotation_deg: *rotation_deg },
        options: PatchOptions::default(),
        first_head: 0,
    };
    let members = (0..poses.len()).map(|at| Member { fixture: id(at), head: None }).collect();
    let group = GroupSpec { name: "movers".into(), members, movement, ..GroupSpec::default() };
    Arc::new(Rig::new(poses.iter().enumerate().map(fixture).collect(), vec![group]))
}

/// Where a head of the rig looks, in the venue.
fn looks_along(rig: &Rig, head: usize, angles: PanTilt) -> Vec3 {
    rig.heads[head].world_from_fixture * direction(angles)
}

const POSES: [(Vec3, Vec3); 4] = [
    (Vec3::new(-3.0, 0.0, 6.0), Vec3::ZERO),
    (Vec3::new(3.0, 1.0, 6.0), Vec3::new(0.0, 0.0, 90.0)),
    (Vec3::new(0.0, 4.0, 0.0), Vec3::new(180.0, 0.0, 0.0)),
    (Vec3::new(-4.0, 4.0, 3.0), Vec3::new(30.0, 80.0, -20.0)),
];

fn look_at(params: Value, point: [f64; 3]) -> (Stage, Vec<PanTilt>) {
    let stage = Stage { rig: movers(&POSES, None), ..Stage::new() };
    let [x, y, z] = point.map(|value| json!({"value": value}));
    let nodes =
        [("heads", "select", json!({})), ("x", "scalar", x), ("y", "scalar", y), ("z", "scalar", z), ("it", "look_at_position", params)];
    let wires = ["heads.out it.selection", "x.out it.x", "y.out it.y", "z.out it.z"];
    let (pan, tilt) = (stage.probe(&nodes, &wires, "it.pan").lanes(3.0), stage.probe(&nodes, &wires, "it.tilt").lanes(3.0));
    (stage, pan.into_iter().zip(tilt).map(|(pan, tilt)| PanTilt { pan, tilt }).collect())
}

#[test]
fn every_head_looks_at_the_point_by_its_own_pose() {
    for point in [[0.0, 0.0, 1.0], [2.0, -5.0, 1.7], [-2.0, 3.0, 2.0]] {
        let (stage, angles) = look_at(json!({}), point);
        for (head, angles) in angles.into_iter().enumerate() {
            let wanted = (Vec3::from_array(point.map(|value| value as f32)) - POSES[head].0).normalize_or_zero();
            let looked = looks_along(&stage.rig, head, angles);
            // Within 135 degrees of where its mount points.
            let reachable = (stage.rig.heads[head].world_from_fixture.inverse() * wanted).z < 0.7;
            assert!(
                !reachable || looked.distance(wanted) < 2e-3,
                "head {head} at {point:?}: {angles:?} looks along {looked}, not {wanted}"
            );
            assert!(angles.pan.abs() <= 90.1, "the branch with the smaller pan: {angles:?}");
        }
    }
}

#[test]
fn offsets_are_added_and_the_range_is_kept_unless_told_otherwise() {
    let (_, plain) = look_at(json!({}), [0.0, -9.0, 1.0]);
    let (_, shifted) = look_at(json!({"pan_offset_deg": 10, "tilt_offset_deg": -5}), [0.0, -9.0, 1.0]);
    for (plain, shifted) in plain.iter().zip(&shifted) {
        close(shifted.pan, plain.pan + 10.0, "pan");
        close(shifted.tilt, plain.tilt - 5.0, "tilt");
    }
    let (_, clamped) = look_at(json!({"pan_offset_deg": 1000}), [0.0, -9.0, 1.0]);
    assert!(clamped.iter().all(|angles| angles.pan == 270.0), "{clamped:?}");
    let (_, free) = look_at(json!({"pan_offset_deg": 1000, "clamp": false}), [0.0, -9.0, 1.0]);
    assert!(free.iter().all(|angles| angles.pan > 900.0), "{free:?}");
}

#[test]
fn what_cannot_be_reached_is_neared() {
    // Straight up, where a hanging head with 135 degrees of tilt cannot look.
    let (stage, angles) = look_at(json!({}), [-3.0, 0.0, 100.0]);
    let looked = looks_along(&stage.rig, 0, angles[0]);
    close(looked.angle_between(Vec3::Z).to_degrees(), 45.0, "as near as its tilt allows");
}

/// The branch is chosen where the annotation begins, and holds for half a turn to either side.
#[test]
fn the_branch_of_the_start_is_kept_wherever_it_is_in_range() {
    let stage = Stage { rig: movers(&POSES[..1], None), ..Stage::new() };
    let nodes = [
        ("heads", "select", json!({})),
        ("grid", "beat_clock", json!({})),
        ("round", "orbit", json!({"center_x": -3, "radius_x": 3, "radius_z": 3, "tilt_deg": 90, "speed": 0.0625})),
        ("it", "look_at_position", json!({})),
    ];
    let wires = ["heads.out it.selection", "grid.grid_out round.grid", "round.x it.x", "round.y it.y", "round.z it.z"];
    let (pan, tilt) = (stage.probe(&nodes, &wires, "it.pan"), stage.probe(&nodes, &wires, "it.tilt"));
    let at = |secs: f64| PanTilt { pan: pan.one(secs), tilt: tilt.one(secs) };
    let path: Vec<PanTilt> = (0..=390).map(|step| at(2.0 + f64::from(step) / 100.0)).collect();
    let fastest = path.windows(2).map(|pair| (pair[1].pan - pair[0].pan).abs()).fold(0.0, f32::max);
    assert!(fastest < 1.0, "pan jumps by {fastest} degrees in 10 ms");
    assert!(path.iter().all(|angles| angles.tilt.signum() == path[0].tilt.signum()), "it tilts the same way throughout");
}

fn moved(movement: Option<Movement>, uv: [f64; 2], secs: f64) -> (Arc<Rig>, Frame) {
    // A circle of radius |uv| seen where it is at uv: a sweep would do for one axis only.
    let (angle, range) = (uv[1].atan2(uv[0]).to_degrees(), uv[0].hypot(uv[1]));
    let stage = Stage { rig: movers(&POSES, movement), ..Stage::new() };
    let nodes = [
        ("heads", "select", json!({})),
        ("path", "sweep", json!({"angle": angle, "range": range, "speed": 0.25})),
        ("it", "apply_movement", json!({})),
    ];
    let (program, problems) = stage.program(&nodes, &["heads.out it.selection", "path.uv it.uv"]);
    assert_eq!(problems, []);
    let mut frame = Frame::default();
    render(&program, Window::instant(secs), &Live::default(), &mut frame);
    (stage.rig, frame)
}

#[test]
fn a_group_turns_uv_into_a_direction_by_its_movement_and_each_head_by_its_pose() {
    let tilted = Movement { base: Vec3::new(0.0, -1.0, -1.0).normalize_or_zero(), half_u_deg: 40.0, half_v_deg: 10.0, rotation_deg: 0.0 };
    for (movement, uv, wanted) in [
        // Straight down by default, 30 degrees to either side: u is the venue's right, v upstage.
        (None, [0.0, 0.0], Vec3::NEG_Z),
        (None, [1.0, 0.0], Vec3::new(30.0f32.to_radians().tan(), 0.0, -1.0)),
        (None, [0.0, 1.0], Vec3::new(0.0, 30.0f32.to_radians().tan(), -1.0)),
        (Some(tilted), [0.0, 0.0], Vec3::new(0.0, -1.0, -1.0)),
        (Some(tilted), [-1.0, 0.0], Vec3::new(-(40.0f32.to_radians().tan()) * 2.0f32.sqrt(), -1.0, -1.0)),
    ] {
        let (rig, frame) = moved(movement, uv, 2.5);
        for head in 0..3 {
            let state = frame.head(head);
            let angles = PanTilt { pan: state.pan_deg.unwrap(), tilt: state.tilt_deg.unwrap() };
            let looked = looks_along(&rig, head as usize, angles);
            let wanted = wanted.normalize_or_zero();
            // The head that hangs upside down cannot look along its own mount.
            let reachable = (rig.heads[head as usize].world_from_fixture.inverse() * wanted).z < 0.6;
            assert!(!reachable || looked.distance(wanted) < 2e-3, "head {head} at {uv:?}: {looked}, not {wanted}");
        }
    }
}
