//! Selection expressions: every operator and atom, where warnings point, and the order of what is found.

use std::sync::Arc;

use glam::Vec3;
use luma::engine::rig::select::{SPATIAL, parse, select};
use luma::engine::rig::{GroupSpec, HeadIdx, Member, PatchOptions, Pose, Rig, RigFixture};
use uuid::Uuid;

use super::harness::rig::{every_sort, pixel_par};
use super::space::lamps;

fn heads(rig: &Rig, text: &str) -> Vec<HeadIdx> {
    select(rig, &parse(text).unwrap(), 0).0
}

fn group(rig: &Rig, name: &str) -> Vec<HeadIdx> {
    rig.groups.iter().find(|group| group.name == name).unwrap().members.clone()
}

fn sorted(mut heads: Vec<HeadIdx>) -> Vec<HeadIdx> {
    heads.sort_unstable();
    heads
}

#[test]
fn operators_bind_from_fallback_to_not() {
    let rig = every_sort();
    for (text, clear) in [
        ("nobody > front | spots", "nobody > (front | spots)"),
        ("front | spots > nobody", "(front | spots) > nobody"),
        ("nobody & front | ring", "(nobody & front) | ring"),
        ("ring | nobody ^ front", "ring | (nobody ^ front)"),
        ("nobody ^ front & left", "nobody ^ (front & left)"),
        ("~front & left", "(~front) & left"),
        ("~~front", "front"),
        ("nobody > nobody > ring > front", "((nobody > nobody) > ring) > front"),
        ("  front|ring  ", "front | ring"),
    ] {
        assert_eq!(heads(&rig, text), heads(&rig, clear), "{text}");
        assert!(!heads(&rig, text).is_empty(), "{text}");
    }
}

#[test]
fn every_operator_does_what_it_says() {
    let rig = every_sort();
    let (front, ring, all) = (group(&rig, "front"), group(&rig, "ring"), heads(&rig, "all"));
    assert_eq!(heads(&rig, ""), all);
    assert_eq!(heads(&rig, "   "), all);
    assert_eq!(all.len(), rig.heads.len());
    assert_eq!(sorted(heads(&rig, "front | ring")), sorted([front.clone(), ring.clone()].concat()));
    assert!(heads(&rig, "front & ring").is_empty());
    assert_eq!(heads(&rig, "front & all"), front);
    assert_eq!(heads(&rig, "~front").len(), all.len() - front.len());
    assert_eq!(heads(&rig, "front > ring"), front);
    assert_eq!(heads(&rig, "front & ring > ring"), ring);
    assert_eq!(heads(&rig, "(front & ring > ring) & left"), heads(&rig, "ring & left"));
}

#[test]
fn one_of_two_is_drawn_by_the_seed_and_an_empty_side_gives_way() {
    let rig = every_sort();
    let expr = parse("front ^ ring").unwrap();
    let draws: Vec<Vec<HeadIdx>> = (0..64).map(|seed| select(&rig, &expr, seed).0).collect();
    let fronts = draws.iter().filter(|heads| **heads == group(&rig, "front")).count();
    let rings = draws.iter().filter(|heads| **heads == group(&rig, "ring")).count();
    assert!(fronts + rings == 64 && fronts > 16 && rings > 16, "{fronts} and {rings} of 64");
    for seed in 0..16 {
        assert_eq!(select(&rig, &parse("nobody ^ ring").unwrap(), seed).0, group(&rig, "ring"));
        assert_eq!(select(&rig, &parse("ring ^ front & spots").unwrap(), seed).0, group(&rig, "ring"));
    }
    // Two draws in one expression are two draws.
    let both = parse("(front ^ ring) | (front ^ ring)").unwrap();
    assert!((0..64).any(|seed| select(&rig, &both, seed).0.len() == 14), "sometimes one of each");
}

#[test]
fn every_atom_finds_what_it_is_called() {
    // Eight lamps at the corners of a box of 6 m x 4 m x 2 m, one in its middle, in no group.
    let corner = |at: usize| {
        Vec3::new(if at & 1 == 0 { -3.0 } else { 3.0 }, if at & 2 == 0 { -2.0 } else { 2.0 }, if at & 4 == 0 { 0.0 } else { 2.0 })
    };
    let rig = lamps(&(0..8).map(corner).chain([Vec3::Z]).collect::<Vec<_>>(), &[]);
    let with = |bit: usize, set: bool| (0..8u32).filter(|at| (*at as usize & bit != 0) == set).collect::<Vec<_>>();
    for (tag, want) in [
        ("left", with(1, false)),
        ("right", with(1, true)),
        ("front", with(2, false)),
        ("back", with(2, true)),
        ("low", with(4, false)),
        ("high", with(4, true)),
        ("center", vec![8]),
        ("circular", vec![]),
    ] {
        assert_eq!(heads(&rig, tag), want, "{tag}");
        assert!(SPATIAL.contains(&tag));
    }
    let rig = every_sort();
    let spots = group(&rig, "spots");
    for (atom, wanted) in [("has_zoom", &spots), ("has_gobo", &spots)] {
        assert_eq!(&heads(&rig, atom), wanted, "{atom}");
    }
    // The spots and the twin's two heads move; the spots and the wide par strobe; everything dims and has colour.
    assert_eq!((heads(&rig, "has_movement").len(), heads(&rig, "has_strobe").len()), (6, 5));
    assert_eq!((heads(&rig, "has_dimmer").len(), heads(&rig, "has_color").len()), (41, 41));
    // Tags that people gave: floor and air.
    assert_eq!((heads(&rig, "floor"), heads(&rig, "air")), (group(&rig, "odd"), spots));
}

#[test]
fn a_group_that_says_where_it_is_overrides_where_its_lamps_hang() {
    let id = |at: usize| Uuid::from_u128(at as u128 + 1);
    let base = lamps(&[Vec3::X * -3.0, Vec3::X * 3.0, Vec3::X * 0.5], &[]);
    let members = vec![Member { fixture: id(0), head: None }];
    let spec = GroupSpec { name: "odd".into(), members, axes: [Some(1.0), Some(-1.0), None], ..GroupSpec::default() };
    let rig = Rig::new(base.fixtures.clone(), vec![spec]);
    assert_eq!(sorted(heads(&rig, "right")), [0, 1], "the lamp at -3 m counts as right now");
    assert_eq!((heads(&rig, "left"), heads(&rig, "front")), (vec![], vec![0]));
}

#[test]
fn an_unknown_name_selects_nothing_and_warns_where_it_stands() {
    let rig = every_sort();
    for (text, want) in [
        ("disco", vec![(0, "disco")]),
        ("front & disco", vec![(8, "disco")]),
        ("(gone | ~ah_so) > front", vec![(1, "gone"), (9, "ah_so")]),
        ("é | front", vec![(0, "é")]),
        ("front > disco", vec![]),
        ("disco > front > gone", vec![(0, "disco")]),
        ("has_wings", vec![(0, "has_wings")]),
        ("All", vec![(0, "All")]),
    ] {
        let (_, warnings) = select(&rig, &parse(text).unwrap(), 0);
        let got: Vec<(usize, &str)> = warnings.iter().map(|warning| (warning.at, warning.name.as_str())).collect();
        assert_eq!(got, want, "{text}");
        for warning in &warnings {
            assert!(text[warning.at..].starts_with(&warning.name));
            let place = format!("(position {})", warning.at + 1);
            assert!(warning.to_string().contains(&warning.name) && warning.to_string().ends_with(&place), "{warning}");
        }
    }
    assert!(heads(&rig, "front & disco").is_empty());
    assert_eq!(heads(&rig, "~disco").len(), rig.heads.len());
}

#[test]
fn an_expression_that_cannot_be_read_says_where_and_why() {
    for (text, at, words) in [
        ("front &", 7, "ends here"),
        ("& front", 0, "found \"&\""),
        ("(front", 0, "never closed"),
        ("front)", 5, "without a"),
        ("front ring", 6, "expected an operator"),
        ("front $ ring", 6, "expected an operator"),
        ("front | > ring", 8, "found \">\""),
        ("()", 1, "found \")\""),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.at == at && error.message.contains(words), "{text}: {error:?}");
        assert!(error.to_string().ends_with(&format!("at position {}", at + 1)), "{error}");
    }
}

/// Two groups that share a lamp, lamps outside of groups on two universes, ids in another order than addresses.
#[test]
fn the_order_is_groups_members_heads_and_for_the_rest_universe_address_head() {
    let kind = {
        let mut kind = (*pixel_par()).clone();
        kind.head_offsets = vec![Vec3::ZERO; 2];
        Arc::new(kind)
    };
    let fixture = |id: u128, universe: u16, address: u16| RigFixture {
        id: Uuid::from_u128(id),
        label: String::new(),
        kind: kind.clone(),
        universe,
        address,
        pose: Pose::default(),
        options: PatchOptions::default(),
        first_head: 0,
    };
    let fixtures = vec![fixture(1, 2, 1), fixture(2, 1, 50), fixture(3, 1, 10), fixture(4, 1, 30), fixture(5, 1, 90)];
    let whole = |id: u128| Member { fixture: Uuid::from_u128(id), head: None };
    let one = |id: u128, head: u16| Member { fixture: Uuid::from_u128(id), head: Some(head) };
    let groups = vec![
        GroupSpec { name: "b".into(), members: vec![whole(5), one(4, 1)], ..GroupSpec::default() },
        GroupSpec { name: "a".into(), members: vec![whole(4), one(5, 0)], ..GroupSpec::default() },
    ];
    let rig = Rig::new(fixtures, groups);
    // Heads: fixture 1 has 0 and 1, 2 has 2 and 3, 3 has 4 and 5, 4 has 6 and 7, 5 has 8 and 9.
    assert_eq!(heads(&rig, "all"), [8, 9, 7, 6, 4, 5, 2, 3, 0, 1]);
    assert_eq!(heads(&rig, "b"), [8, 9, 7]);
    assert_eq!(heads(&rig, "a"), [6, 7, 8], "a named group in its own order");
    assert_eq!(heads(&rig, "~(a | b)"), [4, 5, 2, 3, 0, 1]);
}
