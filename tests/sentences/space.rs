//! Nodes about heads: choosing, filtering, mirroring, and what each head is among the chosen.

use std::collections::BTreeSet;
use std::sync::Arc;

use glam::Vec3;
use luma::engine::rig::{GroupSpec, Member, PatchOptions, Pose, Rig, RigFixture};
use serde_json::{Value, json};
use uuid::Uuid;

use super::harness::rig::pixel_par;
use super::harness::sketch::{Probe, Stage, all_close};

/// One-headed lamps at these places, in groups of these lamps (from 0).
pub(super) fn lamps(places: &[Vec3], groups: &[(&str, &[usize])]) -> Arc<Rig> {
    let id = |at: usize| Uuid::from_u128(at as u128 + 1);
    let fixture = |(at, place): (usize, &Vec3)| RigFixture {
        id: id(at),
        label: String::new(),
        kind: pixel_par(),
        universe: 1,
        address: 1 + 3 * at as u16,
        pose: Pose { position: *place, ..Pose::default() },
        options: PatchOptions::default(),
        first_head: 0,
    };
    let members = |of: &[usize]| of.iter().map(|&at| Member { fixture: id(at), head: None }).collect();
    let group = |(name, of): &(&str, &[usize])| GroupSpec { name: (*name).into(), members: members(of), ..GroupSpec::default() };
    Arc::new(Rig::new(places.iter().enumerate().map(fixture).collect(), groups.iter().map(group).collect()))
}

fn stage(rig: Arc<Rig>) -> Stage {
    Stage { rig, ..Stage::new() }
}

fn attribute(stage: &Stage, attribute: &str, select: Value) -> Vec<f32> {
    let nodes = [("heads", "select", select), ("it", "get_attribute", json!({"attribute": attribute}))];
    stage.probe(&nodes, &["heads.out it.selection"], "it.out").lanes(3.0)
}

#[test]
fn each_attribute_is_a_number_per_head() {
    // A slope of four, not evenly spaced, in front of nothing.
    let places = [Vec3::new(0.0, 1.0, 2.0), Vec3::new(1.0, 1.0, 2.5), Vec3::new(2.0, 1.0, 3.0), Vec3::new(6.0, 1.0, 5.0)];
    let stage = stage(lamps(&places, &[("odd", &[1, 3]), ("even", &[0, 2])]));
    for (name, want) in [
        ("index", [0.0, 1.0, 2.0, 3.0]),
        ("normalized_index", [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]),
        ("pos_x", [1.0, 6.0, 0.0, 2.0]),
        ("pos_y", [1.0; 4]),
        ("pos_z", [2.5, 5.0, 2.0, 3.0]),
        ("rel_x", [1.0 / 6.0, 1.0, 0.0, 1.0 / 3.0]),
        ("rel_y", [0.5; 4]),
        ("rel_z", [1.0 / 6.0, 1.0, 0.0, 1.0 / 3.0]),
        ("rel_major_span", [1.0 / 6.0, 1.0, 0.0, 1.0 / 3.0]),
        ("rel_major_count", [1.0 / 3.0, 1.0, 0.0, 2.0 / 3.0]),
        ("head_index", [0.0; 4]),
    ] {
        // In the order of groups, then members: 1, 3, 0, 2.
        all_close(&attribute(&stage, name, json!({})), &want, name);
    }
    let center = places.iter().sum::<Vec3>() / 4.0;
    all_close(&attribute(&stage, "distance_to_center", json!({})), &[1, 3, 0, 2].map(|at: usize| places[at].distance(center)), "distance");
}

#[test]
fn group_local_attributes_are_computed_inside_each_group() {
    let places: Vec<Vec3> = (0..5).map(|at| Vec3::new(at as f32, 0.0, 0.0)).collect();
    let stage = stage(lamps(&places, &[("a", &[0, 1]), ("b", &[2, 3, 4])]));
    let local = json!({"spatial_reference": "group_local"});
    all_close(&attribute(&stage, "rel_x", json!({})), &[0.0, 0.25, 0.5, 0.75, 1.0], "global");
    all_close(&attribute(&stage, "rel_x", local.clone()), &[0.0, 1.0, 0.0, 0.5, 1.0], "local");
    all_close(&attribute(&stage, "index", local.clone()), &[0.0, 1.0, 0.0, 1.0, 2.0], "local index");
    all_close(&attribute(&stage, "group_index", local), &[0.0, 0.0, 1.0, 1.0, 1.0], "group index");
}

fn circle(n: usize, turn: glam::Quat, center: Vec3, radius: f32) -> Vec<Vec3> {
    let point = |at: usize| {
        let (sin, cos) = (at as f32 / n as f32 * std::f32::consts::TAU).sin_cos();
        center + turn * (Vec3::new(cos, sin, 0.0) * radius)
    };
    (0..n).map(point).collect()
}

#[test]
fn angles_and_radius_are_those_of_the_ring_however_it_is_tilted() {
    for turn in
        [glam::Quat::IDENTITY, glam::Quat::from_rotation_x(0.8), glam::Quat::from_rotation_y(0.5) * glam::Quat::from_rotation_x(1.1)]
    {
        let stage = stage(lamps(&circle(8, turn, Vec3::new(1.0, 2.0, 4.0), 2.5), &[]));
        all_close(&attribute(&stage, "circle_radius", json!({})), &[2.5; 8], "radius");
        let angles = attribute(&stage, "angular_position", json!({}));
        for pair in angles.windows(2) {
            let step = (pair[1] - pair[0]).rem_euclid(1.0);
            assert!((step - 0.125).abs() < 1e-3 || (step - 0.875).abs() < 1e-3, "{angles:?}");
        }
        let ranks: BTreeSet<u32> = attribute(&stage, "angular_index", json!({})).iter().map(|rank| *rank as u32).collect();
        assert_eq!(ranks, (0..8).collect());
    }
}

#[test]
fn a_tilted_ring_is_circular_and_four_random_lamps_are_not() {
    let turn = glam::Quat::from_rotation_x(1.0) * glam::Quat::from_rotation_y(0.3);
    let mut places = circle(10, turn, Vec3::new(0.0, 0.0, 5.0), 3.0);
    // Another lamp in the group that is not on it, and four at random in a group of their own.
    places.push(Vec3::new(0.5, 0.2, 5.0));
    places.extend([Vec3::new(-4.0, 1.0, 2.0), Vec3::new(3.0, -2.5, 1.0), Vec3::new(0.3, 4.0, 3.0), Vec3::new(2.0, 2.0, 6.5)]);
    let stage = stage(lamps(&places, &[("ring", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), ("strewn", &[11, 12, 13, 14])]));
    let chosen = |text: &str| {
        let expr = luma::engine::rig::select::parse(text).unwrap();
        luma::engine::rig::select::select(&stage.rig, &expr, 0).0
    };
    assert_eq!(chosen("circular"), (0..10).collect::<Vec<u32>>());
    assert_eq!(chosen("circular & strewn"), [] as [u32; 0]);
}

#[test]
fn random_numbers_are_seeded_and_differ_from_head_to_head() {
    let places: Vec<Vec3> = (0..40).map(|at| Vec3::X * at as f32).collect();
    let stage = stage(lamps(&places, &[]));
    let draws = attribute(&stage, "random", json!({}));
    assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
    assert_eq!(draws.iter().map(|draw| draw.to_bits()).collect::<BTreeSet<_>>().len(), 40);
    assert_eq!(draws, attribute(&stage, "random", json!({})));
    assert_ne!(draws, attribute(&Stage { seed: 8, ..stage }, "random", json!({})));
}

#[test]
fn the_older_name_of_the_expression_and_listed_fixtures_select_as_well() {
    let stage = Stage::new();
    let heads = |select: Value| attribute(&stage, "index", select).len();
    assert_eq!((heads(json!({"expression": "spots"})), heads(json!({"tag_expression": "front"})), heads(json!({}))), (4, 6, 41));
    assert_eq!(heads(json!({"tag_expression": "spots", "selected_ids": "[]"})), 4, "an expression wins");
    let id = |number: u128| Uuid::from_u128(number).to_string();
    // A bar of eight heads, one head of a bar of twelve, and the same again.
    let ids = json!([id(8), format!("{}:3", id(9)), id(8), format!("{}:3", id(9))]);
    assert_eq!(heads(json!({"selected_ids": ids})), 9);
    assert_eq!(heads(json!({"selected_ids": ids.to_string()})), 9);
    let nodes = [("heads", "select", json!({"selected_ids": [id(99), id(1)]})), ("it", "get_attribute", json!({}))];
    let (it, problems) = stage.try_probe(&nodes, &["heads.out it.selection"], "it.out");
    assert_eq!((it.lanes(3.0).len(), problems), (1, vec!["warning at heads: 1 of 2 selected fixtures are not in this venue".to_owned()]));
}

#[test]
fn a_filter_keeps_what_has_the_capability() {
    let stage = Stage::new();
    let left = |capability: &str| {
        let nodes = [
            ("heads", "select", json!({"tag_expression": "front | spots | odd"})),
            ("few", "filter_selection", json!({"capability": capability})),
            ("it", "get_attribute", json!({})),
        ];
        stage.probe(&nodes, &["heads.out few.selection", "few.out it.selection"], "it.out").lanes(3.0).len()
    };
    // Six pars, four spots, a wide par, a twin of two heads.
    for (capability, n) in [("movement", 6), ("color", 13), ("strobe", 5), ("dimmer", 13), ("zoom", 4), ("gobo", 4)] {
        assert_eq!(left(capability), n, "{capability}");
    }
}

#[test]
fn a_mirror_folds_positions_at_the_middle_and_tells_the_sides_apart() {
    let places: Vec<Vec3> = [-3.0, -1.0, 1.0, 3.0, 5.0].map(|x| Vec3::new(x, x, 2.0)).to_vec();
    let stage = stage(lamps(&places, &[]));
    let folded = |axis: &str, attribute: &str| {
        let nodes = [
            ("heads", "select", json!({})),
            ("fold", "mirror", json!({"axis": axis})),
            ("it", "get_attribute", json!({"attribute": attribute})),
        ];
        stage.probe(&nodes, &["heads.out fold.selection", "fold.out it.selection"], "it.out").lanes(3.0)
    };
    all_close(&folded("x", "pos_x"), &[5.0, 3.0, 1.0, 3.0, 5.0], "folded at 1");
    all_close(&folded("y", "pos_x"), &[-3.0, -1.0, 1.0, 3.0, 5.0], "another axis stays");
    all_close(&folded("y", "pos_y"), &[5.0, 3.0, 1.0, 3.0, 5.0], "folded at 1");
    all_close(&folded("z", "pos_z"), &[2.0; 5], "flat");
    let nodes = [("heads", "select", json!({})), ("fold", "mirror", json!({}))];
    let side = stage.probe(&nodes, &["heads.out fold.selection"], "fold.side");
    all_close(&side.lanes(3.0), &[-1.0, -1.0, 0.0, 1.0, 1.0], "sides");
}

/// A mask drawn on every beat.
fn mask(stage: &Stage, params: Value, more: &[(&str, &str, Value)], wires: &[&str]) -> Probe {
    let mut nodes = vec![
        ("heads", "select", json!({"tag_expression": "front | ring"})),
        ("grid", "beat_clock", json!({})),
        ("count", "ramp", json!({})),
        ("step", "round", json!({})),
        ("it", "random_select_mask", params),
    ];
    nodes.extend(more.iter().cloned());
    let base = ["heads.out it.selection", "grid.grid_out count.grid", "count.out step.in", "step.out it.trigger"];
    let wires: Vec<&str> = base.into_iter().chain(wires.iter().copied()).collect();
    stage.probe(&nodes, &wires, "it.out")
}

fn lit(lanes: &[f32]) -> BTreeSet<usize> {
    assert!(lanes.iter().all(|value| *value == 0.0 || *value == 1.0), "{lanes:?}");
    lanes.iter().enumerate().filter(|(_, value)| **value == 1.0).map(|(at, _)| at).collect()
}

#[test]
fn a_mask_is_drawn_anew_when_the_trigger_changes_and_not_before() {
    let stage = Stage::new();
    let it = mask(&stage, json!({"count": 3}), &[], &[]);
    for beat in 0..15 {
        let (early, late) = (2.01 + f64::from(beat) * 0.5, 2.49 + f64::from(beat) * 0.5);
        let now = lit(&it.lanes(early));
        assert_eq!(now.len(), 3);
        assert_eq!(now, lit(&it.lanes(late)), "beat {beat}");
        assert!(now.is_disjoint(&lit(&it.lanes(early + 0.5))), "avoid_repeat is the default, beat {beat}");
    }
    assert_eq!(lit(&mask(&stage, json!({}), &[], &[]).lanes(3.0)).len(), 1, "one unless told");
    let again: Vec<_> = (0..15).map(|beat| lit(&mask(&stage, json!({"count": 3}), &[], &[]).lanes(2.2 + f64::from(beat) * 0.5))).collect();
    let other: Vec<_> = (0..15)
        .map(|beat| lit(&mask(&Stage { seed: 8, ..stage.clone() }, json!({"count": 3}), &[], &[]).lanes(2.2 + f64::from(beat) * 0.5)))
        .collect();
    assert_eq!(again, (0..15).map(|beat| lit(&it.lanes(2.2 + f64::from(beat) * 0.5))).collect::<Vec<_>>());
    assert_ne!(again, other, "another seed draws others");
}

#[test]
fn a_wired_count_wins_and_more_than_there_are_is_all() {
    let stage = Stage::new();
    let wired = |count: f64| {
        let it = mask(&stage, json!({"count": 1}), &[("n", "scalar", json!({"value": count}))], &["n.out it.count"]);
        lit(&it.lanes(3.2)).len()
    };
    assert_eq!((wired(0.0), wired(4.0), wired(4.6), wired(-3.0), wired(99.0)), (0, 4, 5, 0, 14));
}
