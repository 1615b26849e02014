//! GDTF by hand-made descriptions: one rule a test.

use super::*;
use crate::engine::rig::kind::{Drive, Emitter, FixtureKind, Function};
use crate::venue::draft::Change;
use crate::venue::formats::definition::{Effect, Flash, Group, Mode, Primary, Sweep};
use crate::venue::formats::pack;
use crate::venue::formats::parameter::Break;
use crate::venue::lower::kind::kind;
use crate::venue::mapping::{Mapper, State};

/// A whole description: what is before the geometries, those, and the modes.
fn file(before: &str, geometries: &str, modes: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<GDTF DataVersion=\"1.2\">\n\
         <FixtureType Name=\"Lamp\" Manufacturer=\"Maker\" FixtureTypeID=\"523D7737-D5DB-4ABC-A03D-0FE2EA8CC216\">\n\
         {before}\n<Geometries>\n{geometries}\n</Geometries>\n<DMXModes>\n{modes}\n</DMXModes>\n</FixtureType>\n</GDTF>"
    )
}

const ONE_BEAM: &str = "<Geometry Name=\"Body\"><Beam Name=\"Beam\" BeamAngle=\"25\"/></Geometry>";

fn mode(channels: &str) -> String {
    format!("<DMXMode Name=\"m\" Geometry=\"Body\"><DMXChannels>{channels}</DMXChannels></DMXMode>")
}

/// A channel on `Body` with functions of one logical channel.
fn channel(offset: &str, attribute: &str, functions: &str) -> String {
    format!(
        "<DMXChannel Geometry=\"Body\" Offset=\"{offset}\"><LogicalChannel Attribute=\"{attribute}\">{functions}</LogicalChannel></DMXChannel>"
    )
}

fn plain(offset: &str, attribute: &str) -> String {
    channel(offset, attribute, &format!("<ChannelFunction Name=\"{attribute} 1\" Attribute=\"{attribute}\"/>"))
}

fn lamp(channels: &str) -> Definition {
    description(&file("", ONE_BEAM, &mode(channels))).unwrap()
}

fn value(definition: &Definition, at: usize) -> &crate::venue::formats::parameter::Value {
    definition.channels[at].value.as_deref().unwrap()
}

fn addresses(mode: &Mode) -> Vec<(u16, Vec<u16>, &str)> {
    let path = |part: usize| mode.parts[part].path.as_str();
    mode.params.iter().map(|param| (param.dmx_break, param.offsets.clone(), path(param.part))).collect()
}

fn kind_of(definition: &Definition, mode: &str) -> FixtureKind {
    kind(definition, definition.mode(mode).unwrap()).0
}

#[test]
fn channels_stand_at_their_addresses_in_their_size() {
    let definition = lamp(&format!("{}{}{}", plain("1", "Dimmer"), plain("3,4", "Pan"), plain("None", "Tilt")));
    assert_eq!((definition.manufacturer.as_str(), definition.model.as_str(), definition.id.is_some()), ("Maker", "Lamp", true));
    let mode = &definition.modes[0];
    assert_eq!(addresses(mode), [(1, vec![], "Body"), (1, vec![1], "Body"), (1, vec![3, 4], "Body")]);
    assert_eq!(mode.breaks, [(1, 4)]);
    let slots: Vec<&str> = mode.slots.iter().map(|slot| definition.channel(*slot).unwrap().name.as_str()).collect();
    assert_eq!(slots, ["Dimmer 1", "Unused", "Pan 1", "Pan 1 fine"]);
}

#[test]
fn a_function_ends_below_the_next_one_under_the_same_condition() {
    let condition = |from: u32, to: u32| format!("ModeMaster=\"Body_Gobo1\" ModeFrom=\"{from}/1\" ModeTo=\"{to}/1\"");
    let functions = format!(
        "<ChannelFunction Name=\"a\" Attribute=\"Gobo1Pos\" DMXFrom=\"0/2\" {0}/>\
         <ChannelFunction Name=\"b\" Attribute=\"Gobo1PosRotate\" DMXFrom=\"0/2\" {1}/>\
         <ChannelFunction Name=\"c\" Attribute=\"Gobo1Pos\" DMXFrom=\"601/2\" {1}><ChannelSet Name=\"x\" DMXFrom=\"601/2\"/><ChannelSet Name=\"y\" DMXFrom=\"700/2\"/></ChannelFunction>",
        condition(0, 34),
        condition(35, 59)
    );
    let definition = lamp(&format!("{}{}", channel("1,2", "Gobo1Pos", &functions), plain("3", "Gobo1")));
    let ends: Vec<(u32, u32)> = value(&definition, 0).functions.iter().map(|function| (function.from, function.to)).collect();
    assert_eq!(ends, [(0, 65535), (0, 600), (601, 65535)]);
    let sets: Vec<(u32, u32)> = value(&definition, 0).functions[2].sets.iter().map(|set| (set.from, set.to)).collect();
    assert_eq!(sets, [(601, 699), (700, 65535)]);
    let condition = value(&definition, 0).functions[1].condition.clone().unwrap();
    assert_eq!((condition.master.as_str(), condition.from, condition.to), ("Body_Gobo1", 35, 59));
}

#[test]
fn conditions_are_in_the_resolution_of_their_master() {
    let function =
        "<ChannelFunction Name=\"a\" Attribute=\"Gobo1Pos\" ModeMaster=\"Body_Gobo1.Gobo1.x\" ModeFrom=\"0/1\" ModeTo=\"127/1\"/>";
    let definition = lamp(&format!("{}{}", channel("1", "Gobo1Pos", function), plain("2,3", "Gobo1")));
    let condition = value(&definition, 0).functions[0].condition.clone().unwrap();
    assert_eq!((condition.from, condition.to), (0, 0x7f7f));
}

#[test]
fn a_default_stands_in_the_function_or_in_the_channel() {
    let of = |attributes: &str, function: &str| {
        let text = format!(
            "<DMXChannel Geometry=\"Body\" Offset=\"1,2\" {attributes}><LogicalChannel Attribute=\"Pan\">\
             <ChannelFunction Name=\"a\" Attribute=\"Pan\" DMXFrom=\"0/1\"/><ChannelFunction Name=\"b\" Attribute=\"Pan\" DMXFrom=\"100/1\" {function}/>\
             </LogicalChannel></DMXChannel>"
        );
        value(&lamp(&text), 0).default
    };
    assert_eq!(of("Default=\"128/1\"", ""), Some(0x8080));
    assert_eq!(of("InitialFunction=\"Body_Pan.Pan.b\"", "Default=\"32768/2\""), Some(32768));
    assert_eq!(of("Default=\"1/2\" InitialFunction=\"Body_Pan.Pan.b\"", "Default=\"32768/2\""), Some(32768));
    assert_eq!(of("", "Default=\"5/2\""), None, "the first function is the initial one, and has none");
    assert_eq!(of("Default=\"asdasd0asd/2asdasdasd\"", ""), Some(0));
}

const PIXELS: &str = "<Geometry Name=\"Body\">\
    <GeometryReference Name=\"P1\" Geometry=\"Pixel\" Position=\"{1,0,0,-0.5}{0,1,0,0}{0,0,1,0}{0,0,0,1}\"><Break DMXBreak=\"1\" DMXOffset=\"1\"/><Break DMXBreak=\"2\" DMXOffset=\"1\"/></GeometryReference>\
    <GeometryReference Name=\"P2\" Geometry=\"Pixel\" Position=\"{1,0,0,0.5}{0,1,0,0}{0,0,1,0.1}{0,0,0,1}\"><Break DMXBreak=\"1\" DMXOffset=\"4\"/><Break DMXBreak=\"2\" DMXOffset=\"11\"/></GeometryReference>\
    </Geometry><Geometry Name=\"Pixel\"><Beam Name=\"Lens\"/></Geometry>";

fn pixel(offset: &str, attribute: &str, dmx_break: &str, geometry: &str) -> String {
    plain(offset, attribute).replace("Geometry=\"Body\"", &format!("Geometry=\"{geometry}\" DMXBreak=\"{dmx_break}\""))
}

#[test]
fn links_hold_whatever_blanks_stand_around_a_name() {
    let text = file(
        "",
        "<Geometry Name=\" Body&#1;\"><GeometryReference Name=\"P1\" Geometry=\"   P\"><Break DMXBreak=\"1\" DMXOffset=\"4\"/></GeometryReference></Geometry>\
         <Geometry Name=\"P\"><Beam Name=\"Lens\"/></Geometry>",
        &format!(
            "<DMXMode Name=\"m \" Geometry=\"Body\"><DMXChannels>{}{}</DMXChannels></DMXMode>",
            plain("1", "Pan"),
            plain("1", "Dimmer").replace("Geometry=\"Body\"", "Geometry=\"P&#9;\"")
        ),
    );
    let definition = description(&text).unwrap();
    let mode = definition.mode("m ").unwrap();
    assert_eq!(addresses(mode), [(1, vec![1], " Body"), (1, vec![4], " Body/P1")], "names stay as they are");
    assert_eq!(definition.warnings, []);
    let back = description(&write::description(&definition).unwrap()).unwrap();
    assert_eq!(addresses(back.mode("m ").unwrap()), addresses(mode));
}

#[test]
fn a_reference_is_one_more_instance_of_every_channel_on_its_geometry() {
    let channels = [
        pixel("2", "ColorAdd_R", "1", "Pixel"),
        pixel("3", "ColorAdd_G", "1", "Pixel"),
        pixel("4", "ColorAdd_B", "1", "Lens"),
        plain("1", "Dimmer"),
    ]
    .concat();
    let definition = description(&file("", PIXELS, &mode(&channels))).unwrap();
    assert_eq!(
        addresses(&definition.modes[0]),
        [
            (1, vec![1], "Body"),
            (1, vec![2], "Body/P1"),
            (1, vec![3], "Body/P1"),
            (1, vec![4], "Body/P1/Lens"),
            (1, vec![5], "Body/P2"),
            (1, vec![6], "Body/P2"),
            (1, vec![7], "Body/P2/Lens"),
        ]
    );
    assert_eq!(definition.modes[0].heads, [vec![1, 2, 3], vec![4, 5, 6]]);
    assert_eq!(definition.modes[0].head_positions_m, [[-0.5, 0.0, 0.0], [0.5, 0.0, 0.1]]);
    let kind = kind_of(&definition, "m");
    assert_eq!(kind.head_offsets.len(), 2);
    let colors: Vec<_> = kind.functions.iter().filter(|it| matches!(it.drive, Drive::Color { .. })).map(|it| it.heads.clone()).collect();
    assert_eq!(colors, [0..1, 1..2]);
    assert!(kind.functions.iter().any(|it| it.heads == (0..2) && matches!(it.drive, Drive::Dimmer { channel, .. } if channel.coarse == 0)));
}

#[test]
fn several_breaks_are_one_mode_in_a_row_and_one_mode_each() {
    let channels =
        [plain("1", "Dimmer"), pixel("1", "ColorAdd_R", "Overwrite", "Pixel"), pixel("2,3", "ColorAdd_G", "2", "Pixel")].concat();
    let definition = description(&file("", PIXELS, &mode(&channels))).unwrap();
    assert_eq!(value(&definition, 1).dmx_break, Break::Overwrite);
    let names: Vec<&str> = definition.modes.iter().map(|mode| mode.name.as_str()).collect();
    assert_eq!(names, ["m", "m (break 1)", "m (break 2)"]);
    assert_eq!(definition.modes[0].breaks, [(1, 1), (2, 13)]);
    let footprints: Vec<usize> = definition.modes.iter().map(|mode| mode.slots.len()).collect();
    assert_eq!(footprints, [14, 1, 13]);
    let at: Vec<(u16, Vec<u16>)> = definition.modes[0].params.iter().map(|param| (param.dmx_break, param.offsets.clone())).collect();
    assert_eq!(at, [(1, vec![1]), (2, vec![1]), (2, vec![2, 3]), (2, vec![11]), (2, vec![12, 13])]);
    assert_eq!(definition.modes[2].one_break.as_ref().map(|one| (one.mode.as_str(), one.dmx_break)), Some(("m", 2)));
}

#[test]
fn wheels_shutters_and_movements_drive_a_lamp() {
    let before = "<Wheels><Wheel Name=\"W\"><Slot Name=\"Open\" Color=\"0.3127,0.3290,100\"/><Slot Name=\"Red\" Color=\"0.64,0.33,20\"/></Wheel>\
         <Wheel Name=\"G\"><Slot Name=\"Open\"/><Slot Name=\"Dots\" MediaFileName=\"dots\"/></Wheel></Wheels>";
    let color = "<ChannelFunction Name=\"Color\" Attribute=\"Color1\" Wheel=\"W\"><ChannelSet Name=\"Open\" DMXFrom=\"0/1\" WheelSlotIndex=\"1\"/><ChannelSet Name=\"Red\" DMXFrom=\"10/1\" WheelSlotIndex=\"2\"/></ChannelFunction>\
         <ChannelFunction Name=\"Spin\" Attribute=\"Color1WheelSpin\" DMXFrom=\"128/1\" PhysicalFrom=\"10\" PhysicalTo=\"100\"/>";
    let gobo = "<ChannelFunction Name=\"Gobo\" Attribute=\"Gobo1\" Wheel=\"G\"><ChannelSet Name=\"Open\" DMXFrom=\"0/1\" WheelSlotIndex=\"1\"/><ChannelSet Name=\"Dots\" DMXFrom=\"10/1\" WheelSlotIndex=\"2\"/></ChannelFunction>";
    let shutter = "<ChannelFunction Name=\"Closed\" Attribute=\"Shutter1\" PhysicalFrom=\"0\" PhysicalTo=\"0\"/>\
         <ChannelFunction Name=\"Open\" Attribute=\"Shutter1\" DMXFrom=\"32/1\" PhysicalFrom=\"1\" PhysicalTo=\"1\"/>\
         <ChannelFunction Name=\"Strobe\" Attribute=\"Shutter1Strobe\" DMXFrom=\"64/1\" PhysicalFrom=\"0.5\" PhysicalTo=\"20\"/>\
         <ChannelFunction Name=\"Random\" Attribute=\"Shutter1StrobeRandom\" DMXFrom=\"200/1\" PhysicalFrom=\"20\" PhysicalTo=\"1\"/>";
    let pan = "<ChannelFunction Name=\"Pan 1\" Attribute=\"Pan\" PhysicalFrom=\"270\" PhysicalTo=\"-270\" Default=\"32768/2\"/>";
    let tilt = "<ChannelFunction Name=\"Tilt 1\" Attribute=\"Tilt\" PhysicalFrom=\"0\" PhysicalTo=\"200\"/>";
    let zoom = "<ChannelFunction Name=\"Zoom 1\" Attribute=\"Zoom\" PhysicalFrom=\"50\" PhysicalTo=\"5\"/>";
    let channels = [
        plain("1,2", "Dimmer"),
        channel("3", "Color1", color),
        channel("4", "Gobo1", gobo),
        channel("5", "Shutter1", shutter),
        channel("6,7", "Pan", pan),
        channel("8", "Tilt", tilt),
        channel("9", "Zoom", zoom),
    ];
    let definition = description(&file(before, ONE_BEAM, &mode(&channels.concat()))).unwrap();
    assert!(definition.warnings.is_empty(), "{:?}", definition.warnings);
    let shutter: Vec<(u8, u8, Effect)> = definition
        .channels
        .iter()
        .find(|it| it.group == Group::Shutter)
        .unwrap()
        .ranges
        .iter()
        .map(|it| (it.min, it.max, it.effect))
        .collect();
    assert_eq!(
        shutter,
        [
            (0, 31, Effect::ShutterClosed),
            (32, 63, Effect::ShutterOpen),
            (64, 199, Effect::Strobe(Flash::Steady, Sweep::Up)),
            (200, 255, Effect::Strobe(Flash::Random, Sweep::Down))
        ]
    );
    let kind = kind_of(&definition, "m");
    assert_eq!((kind.lens_deg, kind.footprint, kind.defaults[5]), ((5.0, 50.0), 9, 128));
    let drives: Vec<&Drive> = kind.functions.iter().map(|function| &function.drive).collect();
    assert!(matches!(drives[0], Drive::Dimmer { channel, range: (0, 255), .. } if (channel.coarse, channel.fine) == (0, Some(1))));
    let Drive::ColorWheel { slots, .. } = drives[1] else { panic!("{drives:?}") };
    assert_eq!(
        slots.iter().map(|slot| (slot.name.as_str(), slot.color.0)).collect::<Vec<_>>(),
        [("Open", [1.0; 3]), ("Red", [1.0, 0.0, 0.0])]
    );
    assert!(matches!(drives[2], Drive::Gobo { slots, .. } if slots.len() == 2));
    assert!(
        matches!(drives[3], Drive::Shutter { open: 47, closed: Some(0), strobe: Some((64, 199)), hz: Some((0.5, 20.0)), .. }),
        "{:?}",
        drives[3]
    );
    assert!(matches!(drives[4], Drive::Pan { range_deg: (270.0, -270.0), .. }), "{:?}", drives[4]);
    assert!(
        matches!(drives[5], Drive::Tilt { range_deg: (-100.0, 100.0), .. }),
        "a range on one side has its home in the middle: {:?}",
        drives[5]
    );
    assert!(matches!(drives[6], Drive::Zoom { range: (255, 0), .. }), "{:?}", drives[6]);
}

#[test]
fn a_virtual_dimmer_leaves_the_level_to_the_colours() {
    let channels =
        [plain("", "Dimmer"), plain("1", "ColorAdd_R"), plain("2", "ColorAdd_G"), plain("3", "ColorAdd_B"), plain("4", "ColorAdd_WW")];
    let text = mode(&channels.concat()).replace(
        "</DMXChannels>",
        "</DMXChannels><Relations><Relation Name=\"r\" Type=\"Multiply\" Master=\"Body_Dimmer\" Follower=\"Body_ColorAdd_R\"/></Relations>",
    );
    let definition = description(&file("", ONE_BEAM, &text)).unwrap();
    assert_eq!(definition.modes[0].relations[0].kind, "Multiply");
    let kind = kind_of(&definition, "m");
    assert!(!kind.functions.iter().any(|function| matches!(function.drive, Drive::Dimmer { .. })));
    assert!(
        matches!(&kind.functions[0].drive, Drive::Color { emitters, scaled: true } if emitters.iter().any(|(emitter, _)| *emitter == Emitter::WarmWhite))
    );
}

#[test]
fn what_conditions_exclude_and_resets_are_not_driven_through() {
    let functions = "<ChannelFunction Name=\"Prism\" Attribute=\"Prism1\" DMXFrom=\"0/1\"/><ChannelFunction Name=\"Other\" Attribute=\"Effects1\" DMXFrom=\"10/1\" ModeMaster=\"Body_Control1\" ModeFrom=\"1/1\" ModeTo=\"2/1\"/>";
    let control = "<ChannelFunction Name=\"Idle\" Attribute=\"NoFeature\"/><ChannelFunction Name=\"Reset all\" Attribute=\"FixtureGlobalReset\" DMXFrom=\"100/1\"/>";
    let definition = lamp(&[channel("1", "Prism1", functions), channel("2", "Control1", control), plain("3", "ColorAdd_R")].concat());
    assert_eq!(definition.channels[0].ranges.len(), 1, "the other one overlaps and has a condition");
    let control = &definition.channels[1];
    assert_eq!((control.group, control.ranges[1].effect), (Group::Maintenance, Effect::Reset));
    assert_eq!(definition.channels[2].color, Some(Primary::Red));
}

/// The bytes of a lamp at address 1, lit and strobing as asked.
fn driven(definition: &Definition, color: [f32; 3], strobe: f32) -> Vec<u8> {
    let state = State { dimmer: 1.0, color: Some(color), strobe, pan: None, tilt: None };
    Mapper::new(std::sync::Arc::new(kind_of(definition, "m")), false).bytes(&state).to_vec()
}

#[test]
fn a_function_counts_only_while_its_master_is_in_the_range() {
    let functions = |from: u32, to: u32| {
        format!(
            "<ChannelFunction Name=\"Other\" Attribute=\"NoFeature\" ModeMaster=\"Body_Function\" ModeFrom=\"100/1\" ModeTo=\"255/1\"/>\
             <ChannelFunction Name=\"Mix\" Attribute=\"ColorSub_C\" ModeMaster=\"Body_Function.Function.Mix\" ModeFrom=\"{from}/1\" ModeTo=\"{to}/1\"/>"
        )
    };
    let lamp = |from: u32, to: u32| {
        let control = "<ChannelFunction Name=\"Mix\" Attribute=\"Function\" Default=\"7/1\"/>";
        lamp(&[plain("1", "Dimmer"), channel("2", "ColorSub_C", &functions(from, to)), channel("3", "Function", control)].concat())
    };
    let red = [1.0, 0.0, 0.0];
    assert_eq!(driven(&lamp(0, 99), [0.0, 1.0, 1.0], 0.0), [255, 255, 7], "the master rests inside");
    assert_eq!(driven(&lamp(0, 99), red, 0.0), [255, 0, 7]);
    assert_eq!(driven(&lamp(8, 99), [0.0, 1.0, 1.0], 0.0), [255, 0, 7], "the master rests outside, and so does the colour");
    let kind = kind_of(&lamp(0, 99), "m");
    assert!(kind.conditions.iter().any(|it| it.master == 2 && it.range == (0, 99) && it.channel.coarse == 1), "{:?}", kind.conditions);
}

#[test]
fn a_strobe_of_rate_and_duration_shines_steadily_until_it_is_asked_for() {
    let strobe = |attribute: &str, from: &str, to: &str| {
        format!(
            "<ChannelFunction Name=\"{attribute} 1\" Attribute=\"{attribute}\" PhysicalFrom=\"{from}\" PhysicalTo=\"{to}\" Default=\"255/1\"/>"
        )
    };
    let (duration, rate) = (strobe("StrobeDuration", "0.007", "0.65"), strobe("Strobe Rate P", "0.289", "16.67"));
    let both = [plain("1", "Dimmer"), channel("2", "StrobeDuration", &duration), channel("3", "Strobe Rate P", &rate)].concat();
    let white = [1.0; 3];
    assert_eq!(driven(&lamp(&both), white, 0.0), [255, 255, 255]);
    assert_eq!(driven(&lamp(&both), white, 1.0), [255, 9, 254], "flashes of 30 ms, as often as it can");
    assert_eq!(driven(&lamp(&both), white, 0.5), [255, 9, 127]);
    let hz = |it: &Function| matches!(it.drive, Drive::Shutter { hz: Some((low, high)), .. } if low < 0.3 && high > 16.0);
    assert!(kind_of(&lamp(&both), "m").functions.iter().any(hz));
    let alone = [plain("1", "Dimmer"), channel("2", "StrobeDuration", &duration)].concat();
    assert_eq!(driven(&lamp(&alone), white, 1.0), [255, 255], "a length without a rate is left alone");
}

#[test]
fn oddities_are_told_and_replaced() {
    let channels = [
        plain("0", "Dimmer"),
        plain("1", "Dimmer").replace("Attribute=\"Dimmer\"/>", "Attribute=\"Dimmer\" PhysicalTo=\"-nan(ind)\"/>"),
        plain("1", "Zoom"),
        plain("2", "Iris").replace("Geometry=\"Body\"", "Geometry=\"Nowhere\""),
        plain("3", "Focus1").replace("Offset", "DMXBreak=\"x\" Offset"),
        plain("4", "Frost1").replace("Offset", "DMXBreak=\"0\" Offset"),
    ];
    let text =
        file("", &ONE_BEAM.replace("BeamAngle", "Position=\"{1,2}\" BeamAngle"), &mode(&channels.concat())).replace("523D7737", "zz");
    let definition = description(&text).unwrap();
    let told: String = definition.warnings.iter().map(|warning| format!("{}: {}\n", warning.line, warning.text)).collect();
    for words in [
        "is no id",
        "is no matrix",
        "no list of up to four",
        "is no number, assumed 1",
        "are at address 1",
        "\"Nowhere\" is not in mode",
        "DMXBreak=\"x\"",
        "DMXBreak=\"0\" is no number of a break",
    ] {
        assert!(told.contains(words), "{words} in\n{told}");
    }
    assert_eq!((definition.modes[0].slots.len(), definition.modes[0].breaks.len()), (4, 1));
}

#[test]
fn files_that_are_none_are_refused_with_the_reason() {
    let twenty = |name: &str, target: &str| {
        let references: String = (0..20).map(|at| format!("<GeometryReference Name=\"r{at}\" Geometry=\"{target}\"/>")).collect();
        format!("<Geometry Name=\"{name}\">{references}</Geometry>")
    };
    let loops = file("", &twenty("Body", "Body"), &mode(&plain("1", "Dimmer")));
    let levels = [twenty("Body", "A"), twenty("A", "B"), twenty("B", "C"), twenty("C", "D"), twenty("D", "E")].concat();
    let explodes = file("", &levels, &mode(&plain("1", "Dimmer")));
    let deep = "<Geometry Name=\"a\">".repeat(60);
    for (text, words) in [
        ("<GDTF/>".to_owned(), "<FixtureType> was expected"),
        ("<html/>".to_owned(), "<html> where <GDTF>"),
        (file("", ONE_BEAM, ""), "no DMX mode"),
        (loops, "leads back to itself"),
        (explodes, "more than 2048 pieces"),
        (file("", &deep, ""), "nest deeper than"),
        ("<!DOCTYPE x [<!ENTITY a \"b\">]><GDTF/>".to_owned(), "declares things of its own"),
        (file("&bomb;", "", ""), "unknown entity"),
    ] {
        let message = description(&text).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
    let packed = |name: &str, text: &str| pack::zip([(name, text.as_bytes())]).unwrap();
    for (bytes, words) in [
        (Vec::new(), "the file is empty"),
        (b"no archive".to_vec(), "no zip archive"),
        (packed("other.xml", "<GDTF/>"), "no description.xml"),
        (packed("description.xml", &" ".repeat(33 << 20)), "unpacks to more than"),
    ] {
        let message = read(&bytes).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
    let good = file("", ONE_BEAM, &mode(&plain("1", "Dimmer")));
    for name in ["description.xml", "Description.XML", "folder/description.xml", "./description.xml"] {
        assert!(read(&packed(name, &good)).is_ok(), "{name}");
    }
}

#[test]
fn references_outside_of_any_address_are_left_out() {
    let geometries = PIXELS.replace("DMXOffset=\"11\"", "DMXOffset=\"65535\"").replace("DMXOffset=\"4\"", "DMXOffset=\"600\"");
    let channels = [pixel("2", "ColorAdd_R", "1", "Pixel"), pixel("9", "ColorAdd_G", "2", "Pixel")].concat();
    let definition = description(&file("", &geometries, &mode(&channels))).unwrap();
    let told: String = definition.warnings.iter().map(|warning| warning.text.as_str()).collect();
    assert!(told.contains("beyond every address") && told.contains("what is past 512 is not driven"), "{told}");
    assert_eq!(definition.modes[0].breaks, [(1, 601), (2, 9)]);
    assert_eq!(definition.modes[0].slots.len(), 512 + 9);
}

#[test]
fn no_cut_or_damaged_file_panics() {
    let text = file(
        "<Wheels><Wheel Name=\"W\"><Slot Name=\"a\" Color=\"1,1,1\"/></Wheel></Wheels>",
        PIXELS,
        &mode(&[pixel("1,2", "ColorAdd_R", "Overwrite", "Pixel"), plain("1", "Pan")].concat()),
    );
    let bytes = pack::zip([("description.xml", text.as_bytes())]).unwrap();
    read(&bytes).unwrap();
    for at in 0..bytes.len() {
        assert!(read(&bytes[..at]).is_err());
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x15;
        // Whichever way it goes, it goes.
        let _outcome = read(&damaged);
    }
    for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
        assert!(description(&text[..at]).is_err());
        let damaged = format!("{}9{}", &text[..at], &text[at..]);
        if let Ok(definition) = description(&damaged) {
            definition.modes.iter().for_each(|mode| drop(kind(&definition, mode)));
        }
    }
}

/// Without what only the file it came from can have.
fn comparable(mut definition: Definition) -> Definition {
    definition.warnings.clear();
    definition
}

#[test]
fn what_is_written_reads_back_equal() {
    let before = "<Wheels><Wheel Name=\"W\"><Slot Name=\"O &lt; &quot;p&quot;\" Color=\"0.3127,0.3290,100\"/><Slot Name=\"Red\" Color=\"0.64,0.33,20\" MediaFileName=\"r\"><Facet/><Facet/></Slot></Wheel></Wheels>\
        <PhysicalDescriptions><Emitters><Emitter Name=\"E\" Color=\"0.7,0.3,20\" DominantWaveLength=\"620\"/></Emitters><Filters><Filter Name=\"F\" Color=\"0.1,0.3,20\"/></Filters><Properties><Weight Value=\"12.5\"/></Properties></PhysicalDescriptions>\
        <Models><Model Name=\"B\" Length=\"0.3\" Width=\"0.2\" Height=\"0.5\" File=\"b\"/></Models>";
    let color = "<ChannelFunction Name=\"Color\" Attribute=\"Color1\" Wheel=\"W\" Default=\"1/1\" Filter=\"F\"><ChannelSet Name=\"Open\" DMXFrom=\"0/1\" WheelSlotIndex=\"1\"/><ChannelSet Name=\"Red\" DMXFrom=\"10/1\" WheelSlotIndex=\"2\" PhysicalFrom=\"1\" PhysicalTo=\"2\"/></ChannelFunction>";
    let position = "<ChannelFunction Name=\"a\" Attribute=\"Pan\" PhysicalFrom=\"-270.25\" PhysicalTo=\"270\" ModeMaster=\"Body_Color1\" ModeFrom=\"0/1\" ModeTo=\"9/1\"/><ChannelFunction Name=\"b\" CustomName=\"B!\" Attribute=\"PanRotate\" DMXFrom=\"0/3\" ModeMaster=\"Body_Color1\" ModeFrom=\"10/1\" ModeTo=\"255/1\"/></LogicalChannel><LogicalChannel Attribute=\"Zoom\"><ChannelFunction Name=\"z\" Attribute=\"Zoom\"/>";
    let channels = [
        channel("1", "Color1", color)
            .replace("<DMXChannel ", "<DMXChannel Highlight=\"200/1\" InitialFunction=\"Body_Color1.Color1.Color\" "),
        channel("2,3,4", "Pan", position).replace("<DMXChannel ", "<DMXChannel Default=\"128/1\" "),
        pixel("6", "ColorAdd_R", "Overwrite", "Pixel"),
        plain("", "Dimmer").replace("<LogicalChannel ", "<LogicalChannel Master=\"Grand\" Snap=\"Yes\" "),
    ];
    let geometries = PIXELS.replace("<Geometry Name=\"Body\">", "<Geometry Name=\"Body\" Model=\"B\"><Axis Name=\"Y\"/>");
    let text = mode(&channels.concat()).replace(
        "</DMXChannels>",
        "</DMXChannels><Relations><Relation Name=\"r\" Type=\"Override\" Master=\"m\" Follower=\"f\"/></Relations>",
    );
    let definition = comparable(description(&file(before, &geometries, &text)).unwrap());
    assert_eq!((definition.sources.len(), definition.physical.weight_kg, definition.physical.height_mm), (2, 12.5, 500.0));
    let back = comparable(read(&write::write(&definition).unwrap()).unwrap());
    assert_eq!(back, definition);
}

#[test]
fn a_definition_that_was_altered_is_written_as_it_is_now() {
    let shutter = "<ChannelFunction Name=\"Open\" Attribute=\"Shutter1\" PhysicalFrom=\"1\"/><ChannelFunction Name=\"Strobe\" Attribute=\"Shutter1Strobe\" DMXFrom=\"64/1\" PhysicalFrom=\"1\" PhysicalTo=\"20\"/>";
    let pan = "<ChannelFunction Name=\"Pan\" Attribute=\"Pan\" PhysicalFrom=\"-270\" PhysicalTo=\"270\"/>";
    let before = lamp(&[plain("1,2", "Dimmer"), channel("3", "Shutter1", shutter), channel("4,5", "Pan", pan)].concat());
    let at = before.channels.iter().position(|it| it.group == Group::Shutter).unwrap();
    let split = Change::SplitRange { channel: at, range: 1, at: 128 }.apply(&before).unwrap();
    let renamed = Change::Name { manufacturer: "Me".to_owned(), model: "Mine".to_owned() }.apply(&split).unwrap();
    let back = read(&write::write(&renamed).unwrap()).unwrap();
    assert_eq!((back.manufacturer.as_str(), back.model.as_str()), ("Me", "Mine"));
    assert_ne!(back.id, before.id, "another device");
    let ranges: Vec<(u8, u8)> =
        back.channels.iter().find(|it| it.group == Group::Shutter).unwrap().ranges.iter().map(|it| (it.min, it.max)).collect();
    assert_eq!(ranges, [(0, 63), (64, 127), (128, 255)]);
    let (mine, theirs) = (kind_of(&renamed, "m"), kind_of(&back, "m"));
    assert_eq!((mine.functions, mine.defaults), (theirs.functions, theirs.defaults));
}

#[test]
fn the_colour_of_an_emitter_is_the_channels_and_goes_out_again() {
    let before = "<PhysicalDescriptions><Emitters><Emitter Name=\"Deep\" Color=\"0.7,0.29,20\"/></Emitters></PhysicalDescriptions>";
    let red = "<ChannelFunction Name=\"Red\" Attribute=\"ColorAdd_R\" Emitter=\"Deep\"/>";
    let channels =
        [channel("1", "ColorAdd_R", red), plain("2", "ColorAdd_G"), plain("3", "ColorAdd_B"), plain("4", "ColorAdd_CW")].concat();
    let definition = description(&file(before, ONE_BEAM, &mode(&channels))).unwrap();
    let expected = vec![(0, [0.7, 0.29])];
    let kind = kind_of(&definition, "m");
    assert_eq!(kind.emitter_xy, expected);
    assert!(
        matches!(&kind.functions[0].drive, Drive::Color { emitters, .. } if emitters[3].0 == Emitter::ColdWhite),
        "{:?}",
        kind.functions
    );
    let mut plain = definition.clone();
    plain.forget_whole_values();
    let back = read(&write::write(&plain).unwrap()).unwrap();
    assert_eq!((kind_of(&plain, "m").emitter_xy, kind_of(&back, "m").emitter_xy), (expected.clone(), expected));
}
