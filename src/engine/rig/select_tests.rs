//! Selections by the sentence: operators, atoms, warnings with their place, order.

use std::sync::Arc;

use glam::Vec3;
use uuid::Uuid;

use super::*;
use crate::engine::rig::kind::{Channel, Drive, Emitter, FixtureKind, Function};
use crate::engine::rig::{GroupSpec, Member, PatchOptions, Pose, RigFixture};

fn kind(functions: Vec<Drive>, n_heads: usize) -> Arc<FixtureKind> {
    let heads = 0..n_heads as u16;
    Arc::new(FixtureKind {
        footprint: 16,
        defaults: vec![0; 16],
        functions: functions.into_iter().map(|drive| Function { heads: heads.clone(), drive }).collect(),
        head_offsets: (0..n_heads).map(|head| Vec3::X * 0.1 * head as f32).collect(),
        ..FixtureKind::default()
    })
}

fn fixture(number: u128, kind: &Arc<FixtureKind>, position: Vec3) -> RigFixture {
    RigFixture {
        id: Uuid::from_u128(number),
        label: number.to_string(),
        kind: kind.clone(),
        universe: 1,
        address: (number as u16 - 1) * 16 + 1,
        pose: Pose { position, ..Pose::default() },
        options: PatchOptions::default(),
        first_head: 0,
    }
}

/// Heads 0-3: pars left to right on the floor (group `pars`, tag `warm`); 4-7: movers high up (group `movers`,
/// listed backwards); 8 and 9: the two cells of a bar in no group.
fn rig() -> Rig {
    let color = || Drive::Color { emitters: vec![(Emitter::Red, Channel { coarse: 0, fine: None })], scaled: true };
    let par = kind(vec![color()], 1);
    let pan = Drive::Pan { channel: Channel { coarse: 1, fine: None }, range_deg: (-270.0, 270.0) };
    let mover = kind(vec![color(), pan], 1);
    let bar = kind(vec![Drive::Dimmer { channel: Channel { coarse: 0, fine: None }, off: 0, range: (0, 255) }], 2);
    let mut fixtures: Vec<RigFixture> = (0..4).map(|i| fixture(i + 1, &par, Vec3::new(i as f32 * 2.0 - 3.0, -2.0, 0.0))).collect();
    fixtures.extend((0..4).map(|i| fixture(i + 5, &mover, Vec3::new(i as f32 * 2.0 - 3.0, 2.0, 6.0))));
    fixtures.push(fixture(9, &bar, Vec3::new(0.0, 0.0, 3.0)));
    let member = |number: u128| Member { fixture: Uuid::from_u128(number), head: None };
    let groups = vec![
        GroupSpec { name: "movers".into(), members: (5..9).rev().map(member).collect(), ..GroupSpec::default() },
        GroupSpec { name: "pars".into(), members: (1..5).map(member).collect(), tags: vec!["warm".into()], ..GroupSpec::default() },
    ];
    Rig::new(fixtures, groups)
}

fn picked(text: &str) -> Vec<HeadIdx> {
    select(&rig(), &parse(text).unwrap(), 7).0
}

#[test]
fn every_operator_does_what_it_says() {
    for (text, want) in [
        ("", vec![7, 6, 5, 4, 0, 1, 2, 3, 8, 9]),
        ("all", vec![7, 6, 5, 4, 0, 1, 2, 3, 8, 9]),
        ("pars", vec![0, 1, 2, 3]),
        ("movers", vec![7, 6, 5, 4]),
        ("warm", vec![0, 1, 2, 3]),
        ("pars & left", vec![0, 1]),
        ("pars & ~left", vec![2, 3]),
        ("has_movement", vec![7, 6, 5, 4]),
        ("~has_color", vec![8, 9]),
        ("has_dimmer & ~has_color", vec![8, 9]),
        ("nothing > pars", vec![0, 1, 2, 3]),
        ("nothing > neither > movers", vec![7, 6, 5, 4]),
        ("pars > movers", vec![0, 1, 2, 3]),
        ("pars | movers", vec![7, 6, 5, 4, 0, 1, 2, 3]),
        ("nothing ^ pars", vec![0, 1, 2, 3]),
        ("low", vec![0, 1, 2, 3]),
        ("high & right", vec![7, 6]),
        ("front", vec![0, 1, 2, 3]),
        ("~(pars | movers)", vec![8, 9]),
        ("circular", vec![]),
    ] {
        assert_eq!(picked(text), want, "{text}");
    }
}

#[test]
fn binding_runs_from_fallback_to_not() {
    assert_eq!(picked("nothing & pars | movers & left"), picked("(nothing & pars) | (movers & left)"));
    assert_eq!(picked("nothing > pars | movers"), picked("nothing > (pars | movers)"));
    assert_eq!(picked("~pars & left"), picked("(~pars) & left"));
}

#[test]
fn one_of_draws_either_side_by_seed_and_the_same_for_the_same_seed() {
    let (rig, expr) = (rig(), parse("pars ^ movers").unwrap());
    let draws: Vec<Vec<HeadIdx>> = (0..32).map(|seed| select(&rig, &expr, seed).0).collect();
    assert!(draws.contains(&vec![0, 1, 2, 3]) && draws.contains(&vec![7, 6, 5, 4]));
    assert_eq!(draws, (0..32).map(|seed| select(&rig, &expr, seed).0).collect::<Vec<_>>());
}

#[test]
fn an_unknown_name_warns_with_its_place() {
    let (items, warnings) = select(&rig(), &parse("pars & disco").unwrap(), 0);
    assert!(items.is_empty());
    assert_eq!(warnings, vec![Warning { at: 7, name: "disco".into() }]);
    assert_eq!(warnings[0].to_string(), "this venue has no group or tag \"disco\" (position 8)");
}

#[test]
fn broken_expressions_say_where() {
    for (text, at) in [("pars &", 6), ("(pars", 0), ("pars)", 4), ("& pars", 0), ("pars movers", 5), ("pars $", 5)] {
        assert_eq!(parse(text).unwrap_err().at, at, "{text}");
    }
    assert!(parse(&"(".repeat(10_000)).is_err());
    assert!(parse(&"~".repeat(3_000)).is_err());
}

#[test]
fn group_local_splits_by_group_and_keeps_the_rest_last() {
    let rig = rig();
    let selection = Selection::group_local(&rig, &picked("all"));
    assert_eq!(selection.parts, vec![0..4, 4..8, 8..10]);
    assert_eq!(selection.items, picked("all"));
}
