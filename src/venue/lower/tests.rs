//! What small definitions become: one rule each.

use std::path::Path;

use super::{Problem, rig};
use crate::engine::rig::kind::{Channel, Drive, Emitter, FixtureKind, Function};
use crate::engine::units::Rgb;
use crate::venue::formats::qxf;
use crate::venue::library::{Library, LibraryError};
use crate::venue::model::{Fixture, Group, Member, Venue};

const PHYSICAL: &str = "<Physical><Dimensions Width=\"1200\" Height=\"100\" Depth=\"300\"/><Lens DegreesMin=\"10\" DegreesMax=\"40\"/>\
    <Focus PanMax=\"540\" TiltMax=\"270\"/><Layout Width=\"4\" Height=\"1\"/></Physical>";

/// The kind of a mode that has `channels` in order, each an XML element, and `heads` as lists of offsets.
fn kind_of(channels: &[&str], heads: &[&[u16]]) -> FixtureKind {
    let named: Vec<String> = channels
        .iter()
        .enumerate()
        .map(
            |(at, xml)| {
                if xml.contains("Name=") { (*xml).to_owned() } else { xml.replacen("<Channel", &format!("<Channel Name=\"{at}\""), 1) }
            },
        )
        .collect();
    let name = |xml: &str| xml.split("Name=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let slots: String = named.iter().enumerate().map(|(at, xml)| format!("<Channel Number=\"{at}\">{}</Channel>", name(xml))).collect();
    let heads: String = heads
        .iter()
        .map(|head| format!("<Head>{}</Head>", head.iter().map(|at| format!("<Channel>{at}</Channel>")).collect::<String>()))
        .collect();
    let text = format!(
        "<FixtureDefinition><Manufacturer>a</Manufacturer><Model>b</Model><Type>Moving Head</Type>{}<Mode Name=\"m\">{slots}{heads}</Mode>{PHYSICAL}</FixtureDefinition>",
        named.concat()
    );
    let definition = qxf::read(&text).unwrap();
    assert_eq!(definition.warnings, [], "{text}");
    super::kind::kind(&definition, definition.mode("m").unwrap()).0
}

fn preset(name: &str) -> String {
    format!("<Channel Preset=\"{name}\"/>")
}

fn of_presets(names: &[&str], heads: &[&[u16]]) -> FixtureKind {
    let channels: Vec<String> = names.iter().map(|name| preset(name)).collect();
    kind_of(&channels.iter().map(String::as_str).collect::<Vec<_>>(), heads)
}

fn drives(kind: &FixtureKind) -> Vec<&Drive> {
    kind.functions.iter().map(|function| &function.drive).collect()
}

fn at(coarse: u16, fine: Option<u16>) -> Channel {
    Channel { coarse, fine }
}

#[test]
fn low_bytes_find_their_high_byte_by_role_and_position_is_centred() {
    let kind =
        of_presets(&["PositionPan", "PositionTilt", "PositionTiltFine", "PositionPanFine", "IntensityDimmer", "IntensityDimmerFine"], &[]);
    assert_eq!(
        drives(&kind),
        [
            &Drive::Pan { channel: at(0, Some(3)), range_deg: (-270.0, 270.0) },
            &Drive::Tilt { channel: at(1, Some(2)), range_deg: (-135.0, 135.0) },
            &Drive::Dimmer { channel: at(4, Some(5)), off: 0, range: (0, 255) },
        ]
    );
    assert_eq!(kind.defaults, [128, 128, 0, 0, 0, 0], "the middle of both axes, dark");
    assert_eq!((kind.footprint, kind.lens_deg), (6, (10.0, 40.0)));
}

#[test]
fn one_layer_carries_the_level() {
    // (channels, heads, the dimmers as (offset, heads), is colour scaled, defaults that are full)
    let cases: [(&[&str], &[&[u16]], &[(u16, u16)], Option<bool>, &[usize]); 6] = [
        (&["IntensityRed", "IntensityGreen", "IntensityBlue"], &[], &[], Some(true), &[]),
        (&["IntensityMasterDimmer", "IntensityRed", "IntensityGreen", "IntensityBlue"], &[], &[(0, 1)], Some(false), &[]),
        (&["IntensityMasterDimmer", "IntensityDimmer", "IntensityRed"], &[], &[(1, 1)], Some(false), &[0]),
        (&["IntensityMasterDimmer", "IntensityRed", "IntensityGreen"], &[&[1], &[2]], &[(0, 2)], Some(true), &[]),
        (&["IntensityMasterDimmer", "IntensityDimmer", "IntensityDimmer"], &[&[1], &[2]], &[(1, 1), (2, 1)], None, &[0]),
        (&["IntensityDimmer", "IntensityWhite"], &[], &[(0, 1)], None, &[1]),
    ];
    for (channels, heads, expected, scaled, full) in cases {
        let kind = of_presets(channels, heads);
        let mut dimmers = Vec::new();
        for Function { heads, drive } in &kind.functions {
            match drive {
                Drive::Dimmer { channel, .. } => dimmers.push((channel.coarse, heads.len() as u16)),
                Drive::Color { scaled: is_scaled, .. } => assert_eq!(Some(*is_scaled), scaled, "{channels:?}"),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(dimmers, expected, "{channels:?}");
        let at_full: Vec<usize> = kind.defaults.iter().enumerate().filter(|(_, byte)| **byte == 255).map(|(at, _)| at).collect();
        assert_eq!(at_full, full, "{channels:?}");
    }
}

#[test]
fn heads_come_from_the_file_or_from_repeated_colours_and_lie_on_the_grid() {
    let four = ["IntensityRed", "IntensityGreen", "IntensityBlue"].repeat(4);
    let undeclared = of_presets(&four, &[]);
    assert_eq!(undeclared.functions.len(), 4);
    assert_eq!(undeclared.functions[3].heads, 3..4);
    for (offset, x) in undeclared.head_offsets.iter().zip([-0.45, -0.15, 0.15, 0.45]) {
        assert!((offset.x - x).abs() < 1e-6, "{offset}: the middle of the cells of a bar of 1.2 m");
    }
    let two = of_presets(&["IntensityRed", "IntensityRed"], &[&[0], &[1]]);
    let x: Vec<f32> = two.head_offsets.iter().map(|offset| offset.x).collect();
    assert!((x[0] + 0.3).abs() < 1e-6 && (x[1] - 0.3).abs() < 1e-6, "two cells each: {x:?}");
    assert_eq!(two.size_m, glam::Vec3::new(1.2, 0.3, 0.1));
    let three = of_presets(&["IntensityRed"; 3], &[&[0], &[1], &[2]]);
    let x: Vec<f32> = three.head_offsets.iter().map(|offset| offset.x).collect();
    assert!((x[0] + 0.4).abs() < 1e-6 && x[1].abs() < 1e-6, "four cells do not fit three heads: {x:?}");
}

#[test]
fn low_bytes_that_stand_apart_make_no_head_of_their_own() {
    let rgb = ["IntensityRed", "IntensityGreen", "IntensityBlue"];
    let fine = ["IntensityRedFine", "IntensityGreenFine", "IntensityBlueFine"];
    let apart: Vec<&str> = rgb.into_iter().chain(["PositionPan"]).chain(fine).collect();
    let kind = of_presets(&apart, &[]);
    assert_eq!(kind.head_offsets.len(), 1);
    let emitters = vec![(Emitter::Red, at(0, Some(4))), (Emitter::Green, at(1, Some(5))), (Emitter::Blue, at(2, Some(6)))];
    assert!(drives(&kind).contains(&&Drive::Color { emitters, scaled: true }), "{kind:?}");
    let twice: Vec<&str> = apart.iter().copied().chain(["NoFunction"]).chain(apart.iter().copied()).collect();
    assert_eq!(of_presets(&twice, &[]).head_offsets.len(), 2);
    let only_low = of_presets(&["IntensityRedFine", "IntensityGreen", "IntensityBlueFine"], &[]);
    let emitters = vec![(Emitter::Red, at(0, None)), (Emitter::Green, at(1, None)), (Emitter::Blue, at(2, None))];
    assert_eq!(drives(&only_low), [&Drive::Color { emitters, scaled: true }], "a file that calls the only byte its low one");
}

#[test]
fn names_of_several_parts_dim_when_one_part_does() {
    for (name, dims) in [
        ("Master Dimmer/Program Speed", true),
        ("Dimmer (5ch mode)", true),
        ("Dim (ch 6 below 10) / Dim + Speed", true),
        ("Dimmer mode", false),
        ("Dimmer curve", false),
        ("Color Presets Dimmer", false),
        ("Speed/Sound Sensitivity Control", false),
    ] {
        let kind = kind_of(&[&format!("<Channel Name=\"{name}\"><Group Byte=\"0\">Intensity</Group></Channel>")], &[]);
        assert_eq!(drives(&kind).len(), usize::from(dims), "{name}");
    }
}

#[test]
fn a_shutter_that_dims_strobes_at_full() {
    let xml = "<Channel Name=\"Shutter\"><Group Byte=\"0\">Shutter</Group><Capability Min=\"0\" Max=\"4\" Preset=\"ShutterClose\">Blackout</Capability>\
        <Capability Min=\"5\" Max=\"131\">Dimmer</Capability><Capability Min=\"132\" Max=\"252\" Preset=\"StrobeSlowToFast\">Strobe</Capability>\
        <Capability Min=\"253\" Max=\"255\" Preset=\"ShutterOpen\">Open</Capability></Channel>";
    let kind = kind_of(&[xml], &[]);
    let channel = at(0, None);
    assert_eq!(
        drives(&kind),
        [&Drive::Dimmer { channel, off: 0, range: (5, 131) }, &Drive::Strobe { channel, range: (132, 252), hz: None }]
    );
    let mut mapper = crate::venue::mapping::Mapper::new(std::sync::Arc::new(kind), false);
    let mut byte = |dimmer, strobe| mapper.bytes(&crate::venue::mapping::State { dimmer, color: None, strobe, pan: None, tilt: None })[0];
    assert_eq!([byte(0.0, 0.0), byte(0.5, 0.0), byte(1.0, 0.0), byte(0.5, 1.0), byte(0.0, 1.0)], [0, 68, 131, 252, 0]);
}

#[test]
fn a_head_without_position_moves_with_the_only_one() {
    let kind = of_presets(&["PositionPan", "IntensityRed", "IntensityRed"], &[&[0, 1], &[2]]);
    let pan = kind.functions.iter().find(|function| matches!(function.drive, Drive::Pan { .. })).unwrap();
    assert_eq!(pan.heads, 0..2);
}

#[test]
fn all_colours_of_a_head_are_driven_together() {
    let kind = of_presets(&["IntensityCyan", "IntensityMagenta", "IntensityYellow", "IntensityUV", "IntensityUVFine"], &[]);
    let emitters =
        vec![(Emitter::Cyan, at(0, None)), (Emitter::Magenta, at(1, None)), (Emitter::Yellow, at(2, None)), (Emitter::Uv, at(3, Some(4)))];
    assert_eq!(drives(&kind), [&Drive::Color { emitters, scaled: true }]);
}

#[test]
fn a_dimmer_of_part_of_its_range_stays_in_it() {
    let cap = |min: u8, max: u8, label: &str| format!("<Capability Min=\"{min}\" Max=\"{max}\">{label}</Capability>");
    for (ranges, off, range) in [
        (vec![cap(0, 189, "Dimmer"), cap(190, 250, "Strobe"), cap(251, 255, "Full")], 0, (0, 189)),
        (vec![cap(0, 0, "Off"), cap(1, 200, "0-100%"), cap(201, 255, "Flash")], 1, (1, 200)),
        (vec![cap(0, 5, "Off"), cap(6, 255, "10-100%")], 0, (6, 255)),
        (vec![cap(0, 7, "Closed"), cap(8, 134, "100% -&gt; 0%"), cap(135, 255, "Strobe")], 134, (134, 8)),
        (vec![cap(0, 127, "Intensity"), cap(128, 255, "Full, strobe off")], 0, (0, 127)),
        (vec![cap(0, 15, "Blackout"), cap(16, 31, "Dimmer 1"), cap(32, 47, "Dimmer 2"), cap(48, 63, "Dimmer 3")], 0, (16, 63)),
        (vec![cap(0, 127, "Dark"), cap(128, 255, "Light")], 0, (0, 255)),
    ] {
        let xml = format!("<Channel Name=\"Dimmer\"><Group Byte=\"0\">Intensity</Group>{}</Channel>", ranges.concat());
        let kind = kind_of(&[&xml], &[]);
        assert_eq!(drives(&kind), [&Drive::Dimmer { channel: at(0, None), off, range }], "{xml}");
    }
}

#[test]
fn the_open_shutter_and_the_strobe_are_where_the_file_has_them() {
    let shutter = |default: &str, ranges: &str| {
        let kind = kind_of(&[&format!("<Channel Name=\"Shutter\"{default}><Group Byte=\"0\">Shutter</Group>{ranges}</Channel>")], &[]);
        assert_eq!(kind.functions.len(), 1, "{ranges}");
        let Drive::Shutter { open, closed, strobe, hz, .. } = kind.functions[0].drive else { panic!("{ranges}") };
        assert_eq!(kind.defaults[0], open, "it rests open: {ranges}");
        (open, closed, strobe, hz)
    };
    let formal = "<Capability Min=\"0\" Max=\"9\" Preset=\"ShutterClose\"/><Capability Min=\"10\" Max=\"19\" Preset=\"ShutterOpen\"/>\
        <Capability Min=\"20\" Max=\"99\" Preset=\"StrobeFreqRange\" Res1=\"1\" Res2=\"20\"/><Capability Min=\"100\" Max=\"199\" Preset=\"StrobeRandomSlowToFast\"/>\
        <Capability Min=\"200\" Max=\"250\" Preset=\"ResetAll\"/><Capability Min=\"251\" Max=\"255\" Preset=\"ShutterOpen\"/>";
    assert_eq!(shutter("", formal), (14, Some(0), Some((20, 99)), Some((1.0, 20.0))), "the widest open range");
    assert_eq!(shutter(" Default=\"253\"", formal).0, 253, "the default's open range");
    let falling =
        "<Capability Min=\"0\" Max=\"99\" Preset=\"StrobeFastToSlow\"/><Capability Min=\"100\" Max=\"255\" Preset=\"ShutterOpen\"/>";
    assert_eq!(shutter("", falling), (255, None, Some((99, 0)), None));
    let labels = "<Capability Min=\"0\" Max=\"5\">Shutter closed</Capability><Capability Min=\"6\" Max=\"9\">Open</Capability>\
        <Capability Min=\"10\" Max=\"200\">Strobe fast to slow</Capability><Capability Min=\"201\" Max=\"255\">Random strobe</Capability>";
    assert_eq!(shutter("", labels), (7, Some(0), Some((200, 10)), None));
    let steps = "<Capability Min=\"0\" Max=\"9\" Preset=\"ShutterOpen\"/><Capability Min=\"10\" Max=\"19\" Preset=\"StrobeFrequency\" Res1=\"2\"/>\
        <Capability Min=\"20\" Max=\"29\" Preset=\"StrobeFrequency\" Res1=\"5\"/>";
    assert_eq!(shutter("", steps), (0, None, Some((14, 24)), Some((2.0, 5.0))));
    assert_eq!(drives(&of_presets(&["ShutterStrobeSlowFast"], &[])).len(), 1);
}

#[test]
fn wheels_have_their_whole_slots_and_stay_open_where_colours_are_mixed() {
    let wheel = "<Channel Name=\"Wheel\"><Group Byte=\"0\">Colour</Group>\
        <Capability Min=\"0\" Max=\"9\" Preset=\"ColorMacro\" Res1=\"#ff0000\">Red</Capability>\
        <Capability Min=\"10\" Max=\"19\" Preset=\"ColorDoubleMacro\" Res1=\"#ff0000\" Res2=\"#ffffff\">Red/open</Capability>\
        <Capability Min=\"20\" Max=\"30\" Preset=\"ColorMacro\" Res1=\"#ffffff\">Open</Capability>\
        <Capability Min=\"31\" Max=\"255\" Preset=\"RotationClockwiseSlowToFast\"/></Channel>";
    let kind = kind_of(&[wheel], &[]);
    let Drive::ColorWheel { slots, .. } = &kind.functions[0].drive else { panic!("{kind:?}") };
    assert_eq!(slots.iter().map(|slot| (slot.byte, slot.color)).collect::<Vec<_>>(), [(0, Rgb([1.0, 0.0, 0.0])), (25, Rgb::WHITE)]);
    assert_eq!(kind.defaults, [25], "open at rest");
    let mixed = kind_of(&[wheel, &preset("IntensityCyan")], &[]);
    assert!(!drives(&mixed).iter().any(|drive| matches!(drive, Drive::ColorWheel { .. })));
    assert_eq!(mixed.defaults[0], 25);
}

#[test]
fn beam_channels_run_the_way_the_file_says() {
    let gobo = "<Channel Name=\"Gobo\"><Group Byte=\"0\">Gobo</Group><Capability Min=\"0\" Max=\"9\" Preset=\"GoboMacro\">A</Capability>\
        <Capability Min=\"10\" Max=\"19\" Preset=\"GoboShakeMacro\">A shaking</Capability><Capability Min=\"20\" Max=\"29\">Open</Capability></Channel>";
    let turning = "<Channel Name=\"Rotation\"><Group Byte=\"0\">Gobo</Group><Capability Min=\"0\" Max=\"99\" Preset=\"RotationClockwiseFastToSlow\"/>\
        <Capability Min=\"100\" Max=\"109\" Preset=\"RotationStop\"/></Channel>";
    let prism = "<Channel Name=\"Prism\"><Group Byte=\"0\">Prism</Group><Capability Min=\"0\" Max=\"99\" Preset=\"PrismEffectOn\"/>\
        <Capability Min=\"100\" Max=\"255\" Preset=\"PrismEffectOff\"/></Channel>";
    let frost = "<Channel Name=\"Frost\"><Group Byte=\"0\">Beam</Group><Capability Min=\"0\" Max=\"9\">No frost</Capability>\
        <Capability Min=\"10\" Max=\"199\">0-100%</Capability><Capability Min=\"200\" Max=\"255\">Pulse, opening</Capability></Channel>";
    let small = [preset("BeamZoomBigSmall"), preset("BeamFocusNearFar"), preset("ShutterIrisMinToMax"), preset("SpeedPanTiltSlowFast")];
    let channels: Vec<&str> = small.iter().map(String::as_str).chain([gobo, turning, prism, frost]).collect();
    let kind = kind_of(&channels, &[]);
    let drives = drives(&kind);
    assert_eq!(drives[0], &Drive::Zoom { channel: at(0, None), range: (255, 0) });
    assert_eq!(drives[1], &Drive::Focus { channel: at(1, None), range: (0, 255) });
    assert_eq!(drives[2], &Drive::Iris { channel: at(2, None), range: (255, 0) });
    assert_eq!(drives[3], &Drive::Speed { channel: at(3, None), fast: 255, slow: 0 });
    let Drive::Gobo { slots, .. } = drives[4] else { panic!("{:?}", drives[4]) };
    assert_eq!(slots.iter().map(|slot| slot.byte).collect::<Vec<_>>(), [24, 0], "open first, no shaking");
    assert_eq!(drives[5], &Drive::GoboRotation { channel: at(5, None), still: 104, range: (99, 0) });
    assert_eq!(drives[6], &Drive::Prism { channel: at(6, None), off: 255, on: 0 });
    assert_eq!(drives[7], &Drive::Frost { channel: at(7, None), range: (0, 199) });
    assert_eq!(kind.defaults, [128, 128, 255, 255, 24, 104, 255, 0]);
}

#[test]
fn nothing_rests_where_it_resets_whatever_the_default_says() {
    let xml = "<Channel Name=\"Control\" Default=\"250\"><Group Byte=\"0\">Maintenance</Group><Capability Min=\"0\" Max=\"9\" Preset=\"LampOff\">Lamp off</Capability>\
        <Capability Min=\"10\" Max=\"19\">Something</Capability><Capability Min=\"20\" Max=\"30\">No function</Capability><Capability Min=\"200\" Max=\"255\" Preset=\"ResetAll\">Reset</Capability></Channel>";
    assert_eq!(kind_of(&[xml], &[]).defaults, [25]);
}

fn fixture(n: u128, definition: &str, mode: &str, universe: u16, address: u16) -> Fixture {
    Fixture {
        id: uuid::Uuid::from_u128(n),
        label: format!("Lamp {n}"),
        definition: definition.to_owned(),
        mode: mode.to_owned(),
        universe,
        address,
        ..Fixture::default()
    }
}

#[test]
fn what_cannot_be_patched_is_left_out_in_words_and_the_rest_stays() {
    const PAR: &str = "luma/Luma-Par-RGB.qxf";
    let mut lost = fixture(11, PAR, "3 Channel", 2, 1);
    lost.position = [f32::NAN, 0.0, 0.0];
    let fixtures = vec![
        fixture(1, PAR, "3 Channel", 1, 1),
        fixture(2, "luma/none.qxf", "3 Channel", 1, 10),
        fixture(3, PAR, "9 Channel", 1, 20),
        fixture(4, PAR, "3 Channel", 1, 3),
        fixture(5, PAR, "5 Channel", 1, 509),
        fixture(6, PAR, "3 Channel", 0, 1),
        fixture(7, PAR, "3 Channel", 1, 0),
        fixture(1, PAR, "3 Channel", 1, 100),
        fixture(8, "../luma/x.qxf", "3 Channel", 1, 200),
        fixture(9, PAR, "3 Channel", 1, 4),
        lost,
    ];
    let member = |n| Member { fixture: uuid::Uuid::from_u128(n), head: None };
    let group = Group { name: "Pars".to_owned(), members: vec![member(9), member(1), member(77)], ..Group::default() };
    let venue = Venue { fixtures, groups: vec![group], ..Venue::default() };
    let (rig, problems) = rig(&venue, &Library::builtin());
    assert_eq!(rig.fixtures.iter().map(|fixture| fixture.label.as_str()).collect::<Vec<_>>(), ["Lamp 1", "Lamp 9"]);
    assert_eq!(rig.groups[0].members, [1, 0]);
    for (Problem { text, .. }, words) in problems.iter().zip([
        "\"Lamp 2\" is left out: there is no definition \"luma/none.qxf\"",
        "has no mode \"9 Channel\"; it has \"3 Channel\", \"5 Channel\"",
        "universe 1, channel 3 belongs to \"Lamp 1\" already; the next free address for it is 1.4",
        "run past 512 of universe 1; the last address that fits is 508",
        "universes are counted from 1",
        "addresses are counted from 1",
        "is used by another fixture already",
        "leads out of the library",
        "position or rotation is no number",
        "Group \"Pars\": a name has small letters",
        "Group \"Pars\" names fixture",
    ]) {
        assert!(text.contains(words), "{text} / {words}");
    }
    assert_eq!(problems.len(), 11);
}

#[test]
fn a_folder_comes_before_the_built_in_set_and_its_broken_files_name_themselves() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("luma")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "luma/Luma-Dimmer.qxf",
        "<FixtureDefinition><Manufacturer>Mine</Manufacturer><Model>b</Model><Mode Name=\"m\"/></FixtureDefinition>",
    );
    write("bad.qxf", "<FixtureDefinition>\n<oops");
    let library = Library::with_folder(folder.path());
    assert_eq!(library.definition("luma/Luma-Dimmer.qxf").unwrap().manufacturer, "Mine");
    assert_eq!(library.definition("luma/Luma-Par-RGB.qxf").unwrap().manufacturer, "Luma");
    let message = library.definition("bad.qxf").unwrap_err().to_string();
    assert!(message.contains("bad.qxf") && message.contains("line 2"), "{message}");
    let absolute = Path::new("/etc/hostname").display().to_string();
    assert!(matches!(library.definition(&absolute), Err(LibraryError::Outside { .. })));
}

#[test]
fn no_stretch_runs_through_a_range_that_resets_or_switches_the_lamp() {
    let cap = |min: u8, max: u8, more: &str| format!("<Capability Min=\"{min}\" Max=\"{max}\" {more}</Capability>");
    let channel =
        |group: &str, ranges: &[String]| format!("<Channel Name=\"x\"><Group Byte=\"0\">{group}</Group>{}</Channel>", ranges.concat());
    let reset = |min, max| cap(min, max, "Preset=\"ResetAll\">r");
    // A dimmer keeps to the longer side, and what it is dark at is no switch.
    let dims = kind_of(&[&channel("Intensity", &[reset(0, 9), cap(10, 99, ">a"), reset(100, 109), cap(110, 255, ">b")])], &[]);
    assert_eq!(drives(&dims), [&Drive::Dimmer { channel: at(0, None), off: 110, range: (110, 255) }]);
    // Frost ends where a reset lies between none and all.
    let frost = format!(
        "<Channel Name=\"Frost\"><Group Byte=\"0\">Beam</Group>{}</Channel>",
        [cap(0, 9, ">No frost"), reset(10, 19), cap(20, 255, ">Light to heavy")].concat()
    );
    assert_eq!(drives(&kind_of(&[&frost], &[])), [&Drive::Frost { channel: at(0, None), range: (20, 255) }]);
    // A colour runs through its whole channel: with a switch in it it is left alone.
    let red = "<Channel Name=\"x\"><Group Byte=\"0\">Intensity</Group><Colour>Red</Colour>";
    let ranges = [cap(0, 250, ">red"), cap(251, 255, "Preset=\"LampOff\">off")].concat();
    assert!(kind_of(&[&format!("{red}{ranges}</Channel>")], &[]).functions.is_empty());
}
