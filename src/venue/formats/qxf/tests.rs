//! Small files, one rule each.

use super::{QxfError, read, read_bytes};
use crate::venue::formats::definition::{Channel, Definition, Detail, Effect, Flash, Group, Primary, Sweep, Turn};

/// A definition of `body`, closed by a mode of its own where it brings none.
fn file(body: &str) -> String {
    let mode = if body.contains("<Mode") { "" } else { "<Mode Name=\"m\"/>" };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE FixtureDefinition>\n\
         <FixtureDefinition xmlns=\"http://www.qlcplus.org/FixtureDefinition\">\n\
         <Manufacturer>A &amp; B</Manufacturer><Model>One</Model><Type>Moving Head</Type>{body}{mode}</FixtureDefinition>"
    )
}

fn definition(body: &str) -> Definition {
    read(&file(body)).unwrap()
}

fn channel(xml: &str) -> Channel {
    definition(xml).channels[0].clone()
}

#[test]
fn presets_set_group_colour_and_byte() {
    for (preset, group, color, fine, detail) in [
        ("IntensityRed", Group::Intensity, Some(Primary::Red), false, None),
        ("IntensityLimeFine", Group::Intensity, Some(Primary::Lime), true, None),
        ("IntensityUV", Group::Intensity, Some(Primary::Uv), false, None),
        ("IntensityMasterDimmerFine", Group::Intensity, None, true, Some(Detail::MasterDimmer)),
        ("PositionPanFine", Group::Pan, None, true, Some(Detail::Position)),
        ("PositionXAxis", Group::Pan, None, false, Some(Detail::Position)),
        ("PositionYAxis", Group::Tilt, None, false, Some(Detail::Position)),
        ("SpeedPanTiltFastSlow", Group::Speed, None, false, Some(Detail::PanTiltSpeed(Sweep::Down))),
        ("ShutterIrisMaxToMin", Group::Shutter, None, false, Some(Detail::Iris(Sweep::Down))),
        ("ShutterStrobeSlowFast", Group::Shutter, None, false, Some(Detail::Strobe(Sweep::Up))),
        ("BeamZoomFine", Group::Beam, None, true, Some(Detail::Zoom(Sweep::Flat))),
        ("ColorCTOMixer", Group::Color, None, false, Some(Detail::ColorMixer)),
        ("NoFunction", Group::Nothing, None, false, None),
    ] {
        let read = channel(&format!("<Channel Name=\"x\" Preset=\"{preset}\"/>"));
        assert_eq!((read.group, read.color, read.fine, read.detail), (group, color, fine, detail), "{preset}");
        assert_eq!((read.ranges.len(), read.ranges[0].min, read.ranges[0].max), (1, 0, 255), "{preset}");
    }
}

#[test]
fn explicit_children_override_a_preset_and_nothing_means_intensity() {
    let plain = channel("<Channel Name=\"x\"/>");
    assert_eq!((plain.group, plain.fine, plain.default), (Group::Intensity, false, None));
    let own =
        channel("<Channel Name=\"x\" Preset=\"IntensityRed\" Default=\"7\"><Group Byte=\"1\">Pan</Group><Colour>Red</Colour></Channel>");
    assert_eq!((own.group, own.color, own.fine, own.default), (Group::Pan, None, true, Some(7)));
}

#[test]
fn what_is_unknown_is_told_and_taken_for_something_harmless() {
    for (body, words) in [
        ("<Channel Name=\"x\" Preset=\"IntensityPurple\"/>", "assumed plain intensity"),
        ("<Channel Name=\"x\"><Group Byte=\"0\">Smell</Group></Channel>", "unknown group \"Smell\""),
        ("<Channel Name=\"x\"><Capability Min=\"0\" Max=\"9\" Preset=\"Wobble\"/></Channel>", "told by its label"),
        ("<Channel Name=\"x\"><Capability Min=\"0\" Max=\"300\"/></Channel>", "no number in range"),
        ("<Channel Name=\"x\"><Capability Min=\"9\" Max=\"3\"/></Channel>", "overlaps or is reversed"),
        ("<Mode Name=\"m\"><Channel Number=\"0\">gone</Channel></Mode>", "assumed unused"),
        ("<Channel Name=\"x\"/><Mode Name=\"m\"><Channel Number=\"0\">x</Channel><Channel Number=\"1\">x</Channel></Mode>", "twice"),
        ("<Channel Name=\"x\"/><Mode Name=\"m\"><Channel Number=\"0\">x</Channel><Head><Channel>4</Channel></Head></Mode>", "offset 4"),
        ("<Mode Name=\"m\"/><Mode Name=\"m\"/>", "a second mode"),
    ] {
        let warnings = definition(body).warnings;
        assert!(warnings.iter().any(|warning| warning.text.contains(words) && warning.line >= 3), "{body}: {warnings:?}");
    }
}

#[test]
fn ranges_keep_label_effect_colours_numbers_and_aliases() {
    let read = channel(
        "<Channel Name=\"x\"><Group Byte=\"0\">Shutter</Group>\
         <Capability Min=\"0\" Max=\"9\" Preset=\"ShutterOpen\">Open &#62;&gt;</Capability>\
         <Capability Min=\"10\" Max=\"19\" Preset=\"StrobeFreqRange\" Res1=\"20\" Res2=\"0.5\">S</Capability>\
         <Capability Min=\"5\" Max=\"12\">overlaps</Capability>\
         <Capability Min=\"20\" Max=\"29\" Preset=\"ColorDoubleMacro\" Res1=\"#ff8000\" Res2=\"#0000ff\"/>\
         <Capability Min=\"30\" Max=\"39\" Color=\"#00ff00\">old form</Capability>\
         <Capability Min=\"40\" Max=\"49\" Preset=\"GoboMacro\" Res1=\"Others/a.svg\"/>\
         <Capability Min=\"50\" Max=\"59\" Preset=\"RotationCounterClockwiseFastToSlow\"/>\
         <Capability Min=\"60\" Max=\"69\" Preset=\"StrobeRandom\"/>\
         <Capability Min=\"70\" Max=\"79\" Preset=\"Alias\">label<Alias Mode=\"m\" Channel=\"a\" With=\"b\"/>tail</Capability></Channel>",
    );
    assert_eq!(read.ranges.iter().map(|range| range.min).collect::<Vec<_>>(), [0, 10, 20, 30, 40, 50, 60, 70]);
    assert_eq!((read.ranges[0].label.as_str(), read.ranges[0].effect), ("Open >>", Effect::ShutterOpen));
    assert_eq!(read.ranges[1].effect, Effect::Strobe(Flash::Steady, Sweep::Down), "20 to 0.5 Hz falls");
    assert_eq!(read.ranges[2].colors, [[255, 128, 0], [0, 0, 255]]);
    assert_eq!((read.ranges[3].effect, read.ranges[3].colors.as_slice()), (Effect::ColorMacro, [[0, 255, 0]].as_slice()));
    assert_eq!(read.ranges[4].picture.as_deref(), Some("Others/a.svg"));
    assert_eq!(read.ranges[5].effect, Effect::Rotation(Turn::CounterClockwise, Sweep::Down));
    assert_eq!(read.ranges[6].effect, Effect::Strobe(Flash::Random, Sweep::Flat));
    assert_eq!((read.ranges[7].label.as_str(), read.ranges[7].aliases[0].to.as_str()), ("label", "b"));
}

#[test]
fn a_mode_has_its_channels_in_order_its_heads_and_its_own_physical() {
    let read = definition(
        "<Channel Name=\"a\"/><Channel Name=\"b\"/><Channel Name=\"b\"/>\
         <Mode Name=\"m\"><Channel Number=\"0\">b</Channel><Channel Number=\"1\" ActsOn=\"0\">b</Channel><Channel Number=\"0\">a</Channel>\
         <Head><Channel>2</Channel><Channel>0</Channel></Head>\
         <Physical><Dimensions Width=\"500\" Height=\"-1\"/><Focus PanMax=\"540\" TiltMax=\"nan\"/><Layout Width=\"0\" Height=\"4\"/></Physical></Mode>\
         <Physical><Dimensions Width=\"9\" Height=\"9\"/></Physical>",
    );
    let mode = read.mode("m").unwrap();
    assert_eq!(mode.slots.iter().map(|slot| slot.channel).collect::<Vec<_>>(), [0, 1, 2], "numbers insert; repeated names take the next");
    assert_eq!((mode.slots[2].acts_on, mode.heads.as_slice()), (Some(0), [vec![2, 0]].as_slice()));
    let physical = read.physical(mode);
    assert_eq!((physical.width_mm, physical.height_mm, physical.pan_max_deg, physical.tilt_max_deg), (500.0, 0.0, 540.0, 0.0));
    assert_eq!((physical.layout, read.physical.width_mm), (Some((1, 4)), 9.0));
    assert_eq!(read.manufacturer, "A & B");
}

#[test]
fn broken_files_are_refused_with_a_line() {
    let deep = "<a>".repeat(50);
    let many = "<a/>".repeat(100_001);
    let channels = "<Channel/>".repeat(4097);
    let wide = format!("<Mode Name=\"wide\">{}</Mode>", "<Channel Number=\"0\">x</Channel>".repeat(513));
    for (text, words) in [
        (String::new(), "no element"),
        ("plain text".to_owned(), "outside of the root"),
        ("<FixtureDefinition>\n\n<Model>x".to_owned(), "line 3: <Model> is never closed"),
        ("<FixtureDefinition>\n</Model>".to_owned(), "line 2: not well-formed"),
        ("<FixtureDefinition a=1>".to_owned(), "line 1: not well-formed"),
        ("<a/>\n<b/>".to_owned(), "line 2: not well-formed XML: a second root"),
        ("<html/>".to_owned(), "<html> where <FixtureDefinition>"),
        ("<FixtureDefinition/>".to_owned(), "no <Manufacturer>"),
        ("<!DOCTYPE x [<!ENTITY a \"b\">]>\n<x/>".to_owned(), "declares things of its own"),
        (file("<Channel Name=\"&bomb;\"/>"), "line 4: not well-formed"),
        (file("<Channel>&bomb;</Channel>"), "line 4: unknown entity &bomb;"),
        (file(&deep), "nest deeper than 16"),
        (file(&many), "more than 100000 elements"),
        (file(&channels), "more than 4096 channels"),
        (file(&wide), "mode \"wide\" has 513 channels"),
        (" ".repeat(5 << 20), "has at most"),
    ] {
        let message = read(&text).unwrap_err().to_string();
        assert!(message.contains(words), "{:?}: {message}", &text[..text.len().min(60)]);
    }
    assert_eq!(read_bytes(b"<a>\xff"), Err(QxfError::NotText { at: 3 }));
    let no_mode = "<FixtureDefinition><Manufacturer>a</Manufacturer><Model>b</Model></FixtureDefinition>";
    assert!(read(no_mode).unwrap_err().to_string().contains("no <Mode>"));
}

#[test]
fn no_cut_or_damaged_file_panics() {
    let whole = file(
        "<Channel Name=\"a\" Preset=\"PositionPan\"><Group Byte=\"0\">Pan</Group><Capability Min=\"0\" Max=\"255\" Res1=\"#12\u{e9}456\"/></Channel>\
         <Mode Name=\"m\"><Channel Number=\"0\">a</Channel><Head><Channel>0</Channel></Head></Mode>",
    );
    read(&whole).unwrap();
    let bytes = whole.as_bytes();
    let mut n_refused = 0;
    for at in 0..bytes.len() {
        n_refused += usize::from(read_bytes(&bytes[..at]).is_err());
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 0x15;
        n_refused += usize::from(read_bytes(&damaged).is_err());
    }
    assert!(n_refused > bytes.len(), "every cut file is refused");
}

#[test]
fn what_was_read_is_written_and_reads_back_equal_word_for_word() {
    let text = file(
        "<Creator><Name>x</Name><Author>Somebody &amp; Co</Author></Creator>\
         <Channel Name=\"Red\" Preset=\"IntensityRed\"/>\
         <Channel Name=\"X\" Default=\"0\" Preset=\"PositionXAxisFine\"/>\
         <Channel Name=\"Mix\" Preset=\"ColorCTOMixer\"/>\
         <Channel Name=\"odd\" Preset=\"IntensityPurple\"/>\
         <Channel Name=\"Red 2\"><Group Byte=\"1\">Intensity</Group><Colour>Red</Colour><Capability Min=\"0\" Max=\"255\">R</Capability></Channel>\
         <Channel Name=\"dim red\" Preset=\"IntensityDimmer\"><Group Byte=\"0\">Intensity</Group><Colour>Red</Colour></Channel>\
         <Channel Name=\"s\" Default=\"7\"><Group Byte=\"0\">Shutter</Group>\
         <Capability Min=\"0\" Max=\"9\" Preset=\"ShutterOpen\">O&lt;&gt;</Capability>\
         <Capability Min=\"10\" Max=\"19\" Preset=\"StrobeFreqRange\" Res1=\"20\" Res2=\"0.5\">a</Capability>\
         <Capability Min=\"20\" Max=\"29\" Preset=\"StrobeFastToSlow\" Res1=\"1\" Res2=\"2\">b</Capability>\
         <Capability Min=\"30\" Max=\"39\" Preset=\"StrobeRandom\">c</Capability>\
         <Capability Min=\"40\" Max=\"49\" Preset=\"ResetGobo\">d</Capability>\
         <Capability Min=\"50\" Max=\"59\" Color=\"#00FF00\">e</Capability>\
         <Capability Min=\"60\" Max=\"69\" Preset=\"GoboMacro\" Res1=\"Others/a.svg\">f</Capability>\
         <Capability Min=\"70\" Max=\"79\" Preset=\"Alias\">g<Alias Mode=\"m\" Channel=\"Red\" With=\"Mix\"/></Capability>\
         <Capability Min=\"80\" Max=\"89\" Preset=\"Wobble\">h</Capability>\
         <Capability Min=\"90\" Max=\"99\" Preset=\"NearToFar\">i</Capability></Channel>\
         <Mode Name=\"m &quot;1&quot;\"><Channel Number=\"0\">X</Channel><Channel Number=\"1\" ActsOn=\"0\">Red</Channel><Head><Channel>1</Channel></Head></Mode>\
         <Physical><Dimensions Width=\"500.5\"/><Technical PowerConsumption=\"90\" DmxConnector=\"3-pin\"/></Physical>",
    );
    let mut first = read(&text).unwrap();
    first.warnings.clear();
    let bytes = super::write::write(&first).unwrap();
    let mut second = read_bytes(&bytes).unwrap();
    second.warnings.clear();
    assert_eq!(second, first);
    assert_eq!(super::write::write(&second).unwrap(), bytes);
    let text = String::from_utf8(bytes).unwrap();
    for words in [
        "<Channel Name=\"Red\" Preset=\"IntensityRed\"/>",
        "Default=\"0\" Preset=\"PositionXAxisFine\"",
        "ColorCTOMixer",
        "ResetGobo",
        "NearToFar",
        "Preset=\"StrobeFreqRange\" Res1=\"20\" Res2=\"0.5\"",
        "Res1=\"#00ff00\"",
        "<Author>Somebody &amp; Co</Author>",
        "DmxConnector=\"3-pin\"",
        "m &quot;1&quot;",
    ] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
}

#[test]
fn what_qxf_cannot_hold_is_refused_with_its_place() {
    let whole = definition("<Channel Name=\"a\"/><Mode Name=\"m\"><Channel Number=\"0\">a</Channel></Mode>");
    let refused = |change: &dyn Fn(&mut Definition)| {
        let mut changed = whole.clone();
        change(&mut changed);
        super::write::write(&changed).unwrap_err().to_string()
    };
    for (message, words) in [
        (refused(&|it| it.channels[0].name = "a\u{1}".into()), "holds the sign U+0001"),
        (refused(&|it| it.channels[0].ranges.clear()), "channel \"a\" cannot be said"),
        (refused(&|it| it.channels[0].ranges[0].colors = vec![[0; 3]]), "channel \"a\", range 0-255"),
        (refused(&|it| it.modes[0].heads = vec![vec![3]]), "mode \"m\" cannot"),
        (refused(&|it| it.physical.watts = -1.0), "about the device"),
        (refused(&|it| it.modes.clear()), "no <Mode>"),
    ] {
        assert!(message.contains(words), "{message} / {words}");
    }
}
