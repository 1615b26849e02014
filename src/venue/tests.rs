//! The venues and definitions inside the program are whole, and files that are not are refused in words.

use std::collections::BTreeSet;

use super::library::Library;
use super::*;
use crate::engine::rig::kind::Drive;
use crate::venue::formats::definition::Effect;

#[test]
fn every_built_in_definition_loads_without_a_warning_in_every_mode() {
    let library = Library::builtin();
    assert!(Library::builtin_paths().count() >= 14);
    assert!(Library::builtin_paths().is_sorted());
    for path in Library::builtin_paths() {
        let definition = library.definition(path).unwrap();
        assert_eq!(definition.warnings, [], "{path}");
        assert_eq!(definition.manufacturer, "Luma");
        for mode in &definition.modes {
            let (kind, assumed) = lower::kind::kind(&definition, mode);
            assert_eq!(assumed, Vec::<String>::new(), "{path} {}", mode.name);
            assert_eq!(kind.defaults.len(), usize::from(kind.footprint), "{path} {}", mode.name);
            assert!(kind.footprint > 0 && !kind.head_offsets.is_empty(), "{path} {}", mode.name);
            assert!(kind.lens_deg.0 <= kind.lens_deg.1, "{path} {}", mode.name);
        }
    }
}

#[test]
fn no_built_in_channel_rests_where_it_resets_or_switches_a_lamp() {
    let library = Library::builtin();
    let mut n_dangerous = 0;
    for path in Library::builtin_paths() {
        let definition = library.definition(path).unwrap();
        for mode in &definition.modes {
            let kind = library.kind(path, &mode.name).unwrap();
            for (slot, &byte) in mode.slots.iter().zip(&kind.defaults) {
                let channel = definition.channel(*slot).unwrap();
                let dangerous = |effect| matches!(effect, Effect::Reset | Effect::LampOn | Effect::LampOff);
                n_dangerous += channel.ranges.iter().filter(|range| dangerous(range.effect)).count();
                let range = channel.ranges.iter().find(|range| range.contains(byte)).unwrap();
                assert!(!dangerous(range.effect), "{path} {}: {} rests at {byte}", mode.name, channel.name);
            }
        }
    }
    assert!(n_dangerous > 10, "the built-in definitions have such ranges");
}

#[test]
fn a_colour_macro_rests_where_it_leaves_the_mixed_colours_alone() {
    let kind = Library::builtin().kind("luma/Luma-Par-RGBAWUV.qxf", "10 Channel").unwrap();
    assert_eq!(kind.defaults, [0, 0, 0, 0, 0, 0, 0, 0, 20, 0], "shutter open, no macro");
}

#[test]
fn every_drive_stays_inside_the_footprint_and_no_byte_is_driven_twice() {
    let library = Library::builtin();
    for path in Library::builtin_paths() {
        for mode in &library.definition(path).unwrap().modes {
            let kind = library.kind(path, &mode.name).unwrap();
            let mut driven = BTreeSet::new();
            for function in &kind.functions {
                assert!(function.heads.start < function.heads.end, "{path} {}", mode.name);
                assert!(usize::from(function.heads.end) <= kind.head_offsets.len(), "{path} {}", mode.name);
                // A strobe shares its dimmer's channel.
                let own = (!matches!(function.drive, Drive::Strobe { .. })).then(|| channels(&function.drive));
                for channel in own.into_iter().flatten() {
                    for offset in [Some(channel.coarse), channel.fine].into_iter().flatten() {
                        assert!(offset < kind.footprint, "{path} {}", mode.name);
                        assert!(driven.insert(offset), "{path} {}: offset {offset} is driven twice", mode.name);
                    }
                }
            }
        }
    }
}

fn channels(drive: &Drive) -> Vec<crate::engine::rig::kind::Channel> {
    match drive {
        Drive::Color { emitters, .. } => emitters.iter().map(|(_, channel)| *channel).collect(),
        Drive::Dimmer { channel, .. }
        | Drive::ColorWheel { channel, .. }
        | Drive::Pan { channel, .. }
        | Drive::Tilt { channel, .. }
        | Drive::Shutter { channel, .. }
        | Drive::Strobe { channel, .. }
        | Drive::Temperature { channel, .. }
        | Drive::Zoom { channel, .. }
        | Drive::Focus { channel, .. }
        | Drive::Iris { channel, .. }
        | Drive::Frost { channel, .. }
        | Drive::Gobo { channel, .. }
        | Drive::GoboRotation { channel, .. }
        | Drive::Prism { channel, .. }
        | Drive::Speed { channel, .. } => vec![*channel],
    }
}

#[test]
fn the_built_in_venues_lower_without_problems() {
    for (name, n_fixtures, n_heads, n_universes) in [("club", 65, 173, 4), ("four-dimmers", 4, 4, 1), ("empty", 0, 0, 0)] {
        let venue = builtin(name).unwrap();
        let (rig, problems) = lower::rig(&venue, &Library::builtin());
        assert_eq!(problems, [], "{name}");
        assert_eq!((rig.fixtures.len(), rig.heads.len()), (n_fixtures, n_heads), "{name}");
        let universes: BTreeSet<u16> = rig.fixtures.iter().map(|fixture| fixture.universe).collect();
        assert_eq!(universes.len(), n_universes, "{name}");
        assert!(rig.groups.iter().all(|group| !group.members.is_empty()), "{name}");
    }
}

#[test]
fn the_club_hangs_as_a_designer_would_hang_it() {
    let (rig, _) = lower::rig(&builtin("club").unwrap(), &Library::builtin());
    for head in &rig.heads {
        let at = head.position;
        assert!(at.x.abs() <= 8.0 && at.y.abs() <= 7.0 && (0.0..=6.0).contains(&at.z), "{at} is in the room");
    }
    for (group, towards) in [
        ("front_wash", glam::Vec3::Y),
        ("moving_spots", glam::Vec3::NEG_Z),
        ("uplights", glam::Vec3::Z),
        ("bars_left", glam::Vec3::X),
        ("bars_right", glam::Vec3::NEG_X),
        ("blinders", glam::Vec3::NEG_Y),
        ("strobes", glam::Vec3::NEG_Y),
    ] {
        let group = rig.groups.iter().find(|candidate| candidate.name == group).unwrap();
        for &member in &group.members {
            let head = &rig.heads[member as usize];
            let beam = head.world_from_fixture * glam::Vec3::NEG_Z;
            assert!(beam.dot(towards) > 0.7, "{}: {beam}", group.name);
        }
    }
}

#[test]
fn a_ring_of_uplights_lies_on_one_circle() {
    let (rig, _) = lower::rig(&builtin("club").unwrap(), &Library::builtin());
    let ring = rig.groups.iter().find(|group| group.name == "uplights").unwrap();
    assert_eq!(ring.members.len(), 12);
    let at = |member: &u32| rig.heads[*member as usize].position;
    let center = ring.members.iter().map(at).sum::<glam::Vec3>() / 12.0;
    for member in &ring.members {
        assert!((at(member).distance(center) - 3.8).abs() < 0.01);
    }
}

#[test]
fn the_pixels_of_both_sides_run_upwards() {
    let (rig, _) = lower::rig(&builtin("club").unwrap(), &Library::builtin());
    for name in ["bars_left", "bars_right"] {
        let group = rig.groups.iter().find(|group| group.name == name).unwrap();
        assert_eq!(group.members.len(), 4 * 12);
        let heights: Vec<f32> = group.members[..12].iter().map(|&member| rig.heads[member as usize].position.z).collect();
        assert!(heights.is_sorted(), "{name}: {heights:?}");
    }
}

#[test]
fn a_venue_that_cannot_be_opened_says_where_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, "{\n  \"id\": 7\n}").unwrap();
    let message = open(&broken).unwrap_err().to_string();
    assert!(message.contains("broken.json") && message.contains("line 2 column"), "{message}");
    let message = open("no-such-venue").unwrap_err().to_string();
    assert!(message.contains("no-such-venue") && message.contains("\"club\""), "{message}");
    assert!(matches!(open(folder.path()), Err(VenueError::Unreadable { .. })));
    assert_eq!(open("club").unwrap().name, "Club");
}

#[test]
fn a_saved_venue_reads_back_as_it_was() {
    let venue = builtin("club").unwrap();
    let text = serde_json::to_string(&venue).unwrap();
    assert_eq!(serde_json::from_str::<Venue>(&text).unwrap(), venue);
}
