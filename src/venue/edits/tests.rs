//! Each edit applied to a venue's rows, and what the venue is afterwards.

use super::*;
use crate::document::ground::Ground;
use crate::document::record;
use crate::venue::lower;
use crate::venue::model::Fixture;

const PAR: &str = "luma/Luma-Par-RGB.qxf";
const BAR: &str = "luma/Luma-Pixel-Bar-12.qxf";

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn fixture_at(n: u128, definition: &str, mode: &str, universe: u16, address: u16) -> Fixture {
    let position = [n as f32, 0.0, 3.0];
    let (definition, mode, label) = (definition.to_owned(), mode.to_owned(), format!("Lamp {n}"));
    Fixture {
        id: id(n),
        label,
        definition,
        mode,
        universe,
        address,
        position,
        max_level: crate::venue::model::MaxLevel(0.5),
        ..Fixture::default()
    }
}

/// A venue and the edit that was asked for, applied to its rows.
fn applied(venue: &Venue, edit: Result<Transaction, EditError>) -> Venue {
    let edit = edit.unwrap();
    let mut ground = Ground::load(rows::rows(venue, &Library::builtin()).unwrap());
    let step = ground.apply(&edit).unwrap();
    let mut bad = Vec::new();
    let after = record::venue(&ground, venue.id, &mut bad).unwrap();
    assert_eq!(bad, []);
    ground.apply(&step.undo(&ground)).unwrap();
    assert_eq!(record::venue(&ground, venue.id, &mut bad).unwrap(), *venue, "undo brings all of it back");
    after
}

fn venue(fixtures: Vec<Fixture>) -> Venue {
    Venue { id: id(1000), name: "Test".into(), fixtures, ..Venue::default() }
}

fn addresses(venue: &Venue) -> Vec<(u16, u16)> {
    venue.fixtures.iter().map(|fixture| (fixture.universe, fixture.address)).collect()
}

fn modes(definition: &str) -> Vec<(String, u16, usize)> {
    let library = Library::builtin();
    let definition_ = library.definition(definition).unwrap();
    let kind = |name: &str| library.kind(definition, name).unwrap();
    definition_.modes.iter().map(|mode| (mode.name.clone(), kind(&mode.name).footprint, kind(&mode.name).head_offsets.len())).collect()
}

#[test]
fn fixtures_are_addressed_in_the_order_of_the_selection() {
    let before = venue((1..=4).map(|n| fixture_at(n, PAR, "3 Channel", 1, n as u16 * 50)).collect());
    let library = Library::builtin();
    let after = applied(&before, readdress(&before, &library, &[id(3), id(1)], 2, 508));
    assert_eq!(addresses(&after), [(3, 1), (1, 100), (2, 508), (1, 200)]);
    let after = applied(&before, auto_address(&before, &library, &[id(2), id(4)], 1));
    assert_eq!(addresses(&after), [(1, 50), (1, 1), (1, 150), (1, 4)], "the gap before the first one is the smallest");
    let refused = readdress(&before, &library, &[id(3), id(1)], 1, 99).unwrap_err().to_string();
    assert!(refused.contains("2 fixtures") && refused.contains("belongs to \"Lamp 2\""), "{refused}");
    assert_eq!(readdress(&before, &library, &[id(9)], 1, 1), Err(EditError::NoFixture(id(9))));
}

#[test]
fn copies_count_their_labels_on_and_find_room_together() {
    let before = venue(vec![fixture_at(1, PAR, "3 Channel", 1, 1), fixture_at(2, PAR, "3 Channel", 1, 4)]);
    let library = Library::builtin();
    let copies = Copies { n: 2, step: [0.0, 1.0, 0.0], from_universe: 1 };
    let mut next = 50;
    let new_id = || {
        next += 1;
        id(next)
    };
    let after = applied(&before, clone_range(&before, &library, &[id(1), id(2)], copies, new_id));
    let told: Vec<_> = after.fixtures.iter().map(|fixture| (fixture.label.as_str(), fixture.address, fixture.position)).collect();
    assert_eq!(
        told,
        [
            ("Lamp 1", 1, [1.0, 0.0, 3.0]),
            ("Lamp 2", 4, [2.0, 0.0, 3.0]),
            ("Lamp 3", 7, [1.0, 1.0, 3.0]),
            ("Lamp 4", 10, [2.0, 1.0, 3.0]),
            ("Lamp 5", 13, [1.0, 2.0, 3.0]),
            ("Lamp 6", 16, [2.0, 2.0, 3.0]),
        ]
    );
    assert!(after.fixtures.iter().all(|fixture| fixture.max_level.0 == 0.5), "options come along");
    let too_many = Copies { n: 5000, ..copies };
    assert_eq!(clone_range(&before, &library, &[id(1)], too_many, || id(1)), Err(EditError::TooMany));
}

#[test]
fn options_are_set_on_many_and_leave_the_rest_alone() {
    let before = venue((1..=3).map(|n| fixture_at(n, PAR, "3 Channel", 1, n as u16 * 10)).collect());
    let limits = Limits { pan: Some([-90.0, 90.0]), tilt: None };
    let options = Options {
        invert_tilt: Some(true),
        limits: Some(limits),
        dimmer_curve: Some(DimmerCurve::Square),
        color_mixing: Some(Mixing::Plain),
        ..Options::default()
    };
    let after = applied(&before, set_options(&before, &[id(1), id(3)], &options));
    assert_eq!(after.fixtures[1], before.fixtures[1]);
    for at in [0, 2] {
        let Fixture { invert_tilt, invert_pan, limits: set, dimmer_curve, max_level, .. } = after.fixtures[at];
        assert_eq!((invert_tilt, invert_pan, set, dimmer_curve, max_level.0), (true, false, limits, DimmerCurve::Square, 0.5));
    }
    let (rig, problems) = lower::rig(&after, &Library::builtin());
    assert_eq!(problems, []);
    assert_eq!(rig.fixtures[0].options.pan.limits_deg, Some((-90.0, 90.0)), "they reach the engine");
    assert_eq!(rig.fixtures[0].options.response.curve, DimmerCurve::Square);
    assert_eq!((rig.fixtures[0].options.mixing, rig.fixtures[1].options.mixing), (Mixing::Plain, Mixing::Matched));
}

#[test]
fn a_change_of_mode_keeps_pose_label_options_and_groups() {
    let modes = modes(BAR);
    let (many, few) = (modes.iter().max_by_key(|mode| mode.2).unwrap(), modes.iter().min_by_key(|mode| mode.2).unwrap());
    assert!(many.2 > few.2, "{modes:?}");
    let member = |n: u128, head| Member { fixture: id(n), head };
    let group = |n: u128, name: &str, members| Group { id: id(n), name: name.into(), members, ..Group::default() };
    let halves = many.2 as u16 / 2;
    let mut before = venue(vec![fixture_at(1, BAR, &many.0, 1, 1), fixture_at(2, PAR, "3 Channel", 1, 400)]);
    before.groups = vec![
        group(10, "whole", vec![member(2, None), member(1, None)]),
        group(11, "right_half", (halves..many.2 as u16).map(|head| member(1, Some(head))).chain([member(2, None)]).collect()),
        group(12, "pars", vec![member(2, None)]),
    ];
    let library = Library::builtin();
    let after = applied(&before, change_definition(&before, &library, &[id(1)], BAR, &few.0));
    assert_eq!(after.fixtures[0], Fixture { mode: few.0.clone(), ..before.fixtures[0].clone() });
    assert_eq!((&after.groups[0], &after.groups[2]), (&before.groups[0], &before.groups[2]));
    let heads: Vec<Option<u16>> = after.groups[1].members.iter().map(|member| member.head).collect();
    let expected: Vec<Option<u16>> = (few.2 as u16 / 2..few.2 as u16).map(Some).chain([None]).collect();
    assert_eq!(heads, expected, "the same half of the bar, then the par");

    let other = applied(&before, change_definition(&before, &library, &[id(2)], BAR, &many.0));
    assert_eq!(other.fixtures[1].definition, BAR);
    assert_eq!((other.fixtures[1].position, &other.fixtures[1].label), (before.fixtures[1].position, &before.fixtures[1].label));
    let missing = change_definition(&before, &library, &[id(1)], "luma/none.qxf", "x").unwrap_err().to_string();
    assert!(missing.contains("\"Lamp 1\": there is no definition"), "{missing}");
}

#[test]
fn a_mode_that_does_not_fit_its_place_moves_to_the_next_best_one() {
    let large = modes(PAR).into_iter().max_by_key(|mode| mode.1).unwrap();
    assert!(large.1 > 3);
    let before =
        venue(vec![fixture_at(1, PAR, "3 Channel", 1, 1), fixture_at(2, PAR, "3 Channel", 1, 4), fixture_at(3, PAR, "3 Channel", 1, 30)]);
    let after = applied(&before, change_definition(&before, &Library::builtin(), &[id(1)], PAR, &large.0));
    assert_eq!(addresses(&after), [(1, 7), (1, 4), (1, 30)]);
    let (_, problems) = lower::rig(&after, &Library::builtin());
    assert_eq!(problems, []);
}

#[test]
fn heads_of_another_body_are_found_by_place() {
    for (head, old, new, expected) in
        [(0, 12, 4, 0..1), (5, 12, 4, 1..2), (11, 12, 4, 3..4), (0, 4, 12, 0..3), (3, 4, 12, 9..12), (7, 4, 12, 0..0), (0, 1, 6, 0..6)]
    {
        assert_eq!(same_place(head, old, new), expected, "{head} of {old} in {new}");
    }
}

#[test]
fn options_reach_the_bytes_and_can_be_taken_back() {
    use crate::engine::frame::has;
    use crate::engine::rig::kind::Drive;
    use crate::engine::{DmxFrame, Frame, Held, Window, encode};

    const SPOT: &str = "luma/Luma-Spot-350.qxf";
    let library = Library::builtin();
    let mode = library.definition(SPOT).unwrap().modes[0].name.clone();
    let before = venue(vec![fixture_at(1, SPOT, &mode, 1, 1)]);
    let kind = library.kind(SPOT, &mode).unwrap();
    let channel =
        |wanted: fn(&Drive) -> Option<(u16, (f32, f32))>| kind.functions.iter().find_map(|function| wanted(&function.drive)).unwrap();
    let (pan, pan_deg) =
        channel(|drive| if let Drive::Pan { channel, range_deg } = drive { Some((channel.coarse, *range_deg)) } else { None });
    let (tilt, tilt_deg) =
        channel(|drive| if let Drive::Tilt { channel, range_deg } = drive { Some((channel.coarse, *range_deg)) } else { None });
    let (dimmer, _) = channel(|drive| if let Drive::Dimmer { channel, .. } = drive { Some((channel.coarse, (0.0, 0.0))) } else { None });
    // Pan 45, tilt 30 degrees, at full.
    let bytes = |options: Options| {
        let after = applied(&before, set_options(&before, &[id(1)], &options));
        let (rig, problems) = lower::rig(&after, &library);
        assert_eq!(problems, []);
        let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
        frame.reset(rig.heads.len(), Window::default());
        frame.dimmer.fill(1.0);
        frame.pan.fill(45.0);
        frame.tilt.fill(30.0);
        frame.set.fill(has::PAN | has::TILT);
        encode(&rig, &frame, &mut Held::default(), &mut dmx);
        let universe = dmx.universe(1).unwrap();
        [pan, tilt, dimmer].map(|offset| universe[usize::from(offset)])
    };
    let at = |degrees: f32, (low, high): (f32, f32)| ((degrees - low) / (high - low) * 65535.0 / 256.0).floor() as u8;
    let full = Options { max_level: Some(1.0), ..Options::default() };
    assert_eq!(bytes(full), [at(45.0, pan_deg), at(30.0, tilt_deg), 255]);
    assert_eq!(bytes(Options { invert_pan: Some(true), ..full }), [at(-45.0, pan_deg), at(30.0, tilt_deg), 255]);
    assert_eq!(bytes(Options { invert_tilt: Some(true), ..full }), [at(45.0, pan_deg), at(-30.0, tilt_deg), 255]);
    assert_eq!(bytes(Options { swap_pan_tilt: Some(true), ..full }), [at(30.0, pan_deg), at(45.0, tilt_deg), 255]);
    assert_eq!(bytes(Options { pan_offset_deg: Some(10.0), ..full }), [at(55.0, pan_deg), at(30.0, tilt_deg), 255]);
    assert_eq!(bytes(Options { tilt_offset_deg: Some(-10.0), ..full }), [at(45.0, pan_deg), at(20.0, tilt_deg), 255]);
    let limits = Limits { pan: Some([-20.0, 20.0]), tilt: Some([40.0, 90.0]) };
    assert_eq!(bytes(Options { limits: Some(limits), ..full }), [at(20.0, pan_deg), at(40.0, tilt_deg), 255]);
    assert_eq!(bytes(Options { max_level: Some(0.5), ..full })[2], 128);
    let square = Options { max_level: Some(0.5), dimmer_curve: Some(DimmerCurve::Square), ..full };
    assert!(bytes(square)[2] < 255, "{:?}", bytes(square));
}

#[test]
fn labels_count_up_and_pass_over_what_others_have() {
    let before = venue((1..=4).map(|n| fixture_at(n, PAR, "3 Channel", 1, n as u16 * 10)).collect());
    let mut taken = before.clone();
    taken.fixtures[3].label = "Front 2".into();
    let after = applied(&taken, relabel(&taken, &[id(3), id(1), id(2)], "Front ", 1));
    let labels: Vec<&str> = after.fixtures.iter().map(|fixture| fixture.label.as_str()).collect();
    assert_eq!(labels, ["Front 3", "Front 4", "Front 1", "Front 2"]);
    assert_eq!(relabel(&before, &[id(77)], "x", 1), Err(EditError::NoFixture(id(77))));
}

#[test]
fn suggested_groups_become_groups_in_one_step() {
    let before = venue(
        (1..=6).map(|n| fixture_at(n, if n > 4 { BAR } else { PAR }, if n > 4 { "none" } else { "3 Channel" }, 1, n as u16 * 30)).collect(),
    );
    let mut before = before;
    let mode = modes(BAR)[0].0.clone();
    before.fixtures.iter_mut().filter(|fixture| fixture.definition == BAR).for_each(|fixture| fixture.mode.clone_from(&mode));
    let suggestions = crate::venue::suggest::groups(&before, &Library::builtin());
    let names: Vec<&str> = suggestions.iter().map(|suggestion| suggestion.group.name.as_str()).collect();
    assert_eq!(names, ["bars", "pars"], "one truss with everything is the whole venue");
    let mut next = 500;
    let new_id = || {
        next += 1;
        id(next)
    };
    let after = applied(&before, make_groups(&before, &suggestions, new_id));
    assert_eq!(after.groups.iter().map(|group| (group.name.as_str(), group.members.len())).collect::<Vec<_>>(), [("bars", 2), ("pars", 4)]);
    assert!(after.groups[0].tags.contains(&"wash".to_owned()), "{:?}", after.groups[0].tags);
}
