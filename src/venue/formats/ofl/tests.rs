//! Reading files of the Open Fixture Library: roles, bytes, pixels, switching, and every way to be wrong.

use serde_json::{Value, json};

use super::*;
use crate::engine::rig::kind::{Drive, Emitter, FixtureKind};
use crate::venue::formats::definition::{Alias, Channel, Detail, Effect, Flash, Mode, Precedence, Primary, Sweep, Turn};
use crate::venue::lower;

/// A file with these channels, all in one mode, in this order.
fn file(channels: Value) -> Value {
    let names: Vec<String> = channels.as_object().unwrap().keys().cloned().collect();
    json!({"name": "One", "categories": ["Color Changer"], "availableChannels": channels, "modes": [{"name": "m", "channels": names}]})
}

fn read_value(file: &Value) -> Result<Definition, OflError> {
    read("clay-paky/one.json", file.to_string().as_bytes())
}

fn definition(file: &Value) -> Definition {
    read_value(file).unwrap()
}

/// One channel of one capability, or of several.
fn channel(capabilities: Value) -> Channel {
    let key = if capabilities.is_array() { "capabilities" } else { "capability" };
    definition(&file(json!({"x": {key: capabilities}}))).channels[0].clone()
}

fn kind(definition: &Definition, mode: &Mode) -> FixtureKind {
    lower::kind::kind(definition, mode).0
}

fn warned(file: &Value, words: &str) {
    let warnings = definition(file).warnings;
    assert!(warnings.iter().any(|warning| warning.text.contains(words) && warning.line == 0), "{words}: {warnings:?}");
}

#[test]
fn capabilities_say_what_a_channel_is_about() {
    let other = Some(Detail::Other);
    for (capability, group, color, detail) in [
        (json!({"type": "Intensity"}), Group::Intensity, None, Some(Detail::Dimmer)),
        (json!({"type": "ColorIntensity", "color": "Warm White"}), Group::Intensity, Some(Primary::WarmWhite), None),
        (json!({"type": "ColorIntensity", "color": "UV"}), Group::Intensity, Some(Primary::Uv), None),
        (json!({"type": "Pan", "angleStart": "0deg", "angleEnd": "540deg"}), Group::Pan, None, Some(Detail::Position)),
        (json!({"type": "PanContinuous", "speedStart": "fast CW", "speedEnd": "slow CW"}), Group::Speed, None, other),
        (
            json!({"type": "PanTiltSpeed", "speedStart": "fast", "speedEnd": "slow"}),
            Group::Speed,
            None,
            Some(Detail::PanTiltSpeed(Sweep::Down)),
        ),
        (
            json!({"type": "PanTiltSpeed", "durationStart": "0s", "durationEnd": "9s"}),
            Group::Speed,
            None,
            Some(Detail::PanTiltSpeed(Sweep::Down)),
        ),
        (json!({"type": "Zoom", "angleStart": "60deg", "angleEnd": "8deg"}), Group::Beam, None, Some(Detail::Zoom(Sweep::Down))),
        (json!({"type": "Focus", "distanceStart": "near", "distanceEnd": "far"}), Group::Beam, None, Some(Detail::Focus(Sweep::Up))),
        (
            json!({"type": "Iris", "openPercentStart": "open", "openPercentEnd": "closed"}),
            Group::Shutter,
            None,
            Some(Detail::Iris(Sweep::Down)),
        ),
        (json!({"type": "Frost", "frostIntensityStart": "off", "frostIntensityEnd": "high"}), Group::Beam, None, Some(Detail::Frost)),
        (
            json!({"type": "ColorTemperature", "colorTemperatureStart": "8000K", "colorTemperatureEnd": "2800K"}),
            Group::Color,
            None,
            Some(Detail::Temperature),
        ),
        (json!({"type": "StrobeSpeed", "speedStart": "1Hz", "speedEnd": "20Hz"}), Group::Shutter, None, Some(Detail::Strobe(Sweep::Flat))),
        (
            json!({"type": "PrismRotation", "speedStart": "slow CW", "speedEnd": "fast CW"}),
            Group::Prism,
            None,
            Some(Detail::PrismRotation(Sweep::Flat)),
        ),
        (json!({"type": "Maintenance"}), Group::Maintenance, None, other),
        (json!({"type": "NoFunction"}), Group::Nothing, None, None),
        (json!({"type": "EffectSpeed", "speed": "fast"}), Group::Speed, None, other),
        (json!({"type": "Fog", "fogType": "Haze"}), Group::Effect, None, other),
        (json!({"type": "BladeInsertion", "blade": 1, "insertion": "out"}), Group::Effect, None, other),
        (json!({"type": "Generic"}), Group::Effect, None, other),
        (json!({"type": "Smell"}), Group::Effect, None, other),
    ] {
        let read = channel(capability.clone());
        assert_eq!((read.group, read.color, read.detail), (group, color, detail), "{capability}");
        assert_eq!((read.ranges.len(), read.ranges[0].min, read.ranges[0].max), (1, 0, 255), "{capability}");
    }
    let mixed = json!([{"dmxRange": [0, 99], "type": "ColorIntensity", "color": "Red"}, {"dmxRange": [100, 255], "type": "Effect", "effectName": "x"}]);
    assert_eq!(channel(mixed.clone()).detail, other, "red is not driven through an effect");
    warned(&file(json!({"x": {"capabilities": mixed}})), "shares it with something else");
}

#[test]
fn quantities_become_effects_with_numbers() {
    for (capability, effect, numbers) in [
        (json!({"type": "ShutterStrobe", "shutterEffect": "Open"}), Effect::ShutterOpen, [None; 2]),
        (json!({"type": "ShutterStrobe", "shutterEffect": "Closed"}), Effect::ShutterClosed, [None; 2]),
        (
            json!({"type": "ShutterStrobe", "shutterEffect": "Strobe", "speedStart": "1Hz", "speedEnd": "25Hz"}),
            Effect::Strobe(Flash::Steady, Sweep::Up),
            [Some(1.0), Some(25.0)],
        ),
        (
            json!({"type": "ShutterStrobe", "shutterEffect": "Strobe", "speedStart": "600bpm", "speedEnd": "30bpm"}),
            Effect::Strobe(Flash::Steady, Sweep::Down),
            [Some(10.0), Some(0.5)],
        ),
        (
            json!({"type": "ShutterStrobe", "shutterEffect": "Strobe", "speedStart": "fast", "speedEnd": "slow", "randomTiming": true}),
            Effect::Strobe(Flash::Random, Sweep::Down),
            [None; 2],
        ),
        (json!({"type": "ShutterStrobe", "shutterEffect": "RampUp"}), Effect::Strobe(Flash::RampUp, Sweep::Flat), [None; 2]),
        (json!({"type": "ShutterStrobe", "shutterEffect": "Lightning"}), Effect::Strobe(Flash::Pulse, Sweep::Flat), [None; 2]),
        (json!({"type": "ShutterStrobe", "shutterEffect": "Strobe", "soundControlled": true}), Effect::Unnamed, [None; 2]),
        (json!({"type": "Intensity"}), Effect::Dim(Sweep::Up), [Some(0.0), Some(1.0)]),
        (
            json!({"type": "Intensity", "brightnessStart": "bright", "brightnessEnd": "off"}),
            Effect::Dim(Sweep::Down),
            [Some(1.0), Some(0.0)],
        ),
        (json!({"type": "Tilt", "angleStart": "-20deg", "angleEnd": "250deg"}), Effect::Angle, [Some(-20.0), Some(250.0)]),
        (
            json!({"type": "Rotation", "speedStart": "slow CCW", "speedEnd": "fast CCW"}),
            Effect::Rotation(Turn::CounterClockwise, Sweep::Up),
            [None; 2],
        ),
        (
            json!({"type": "Rotation", "speedStart": "fast CW", "speedEnd": "fast CCW"}),
            Effect::Rotation(Turn::CounterClockwise, Sweep::Flat),
            [None; 2],
        ),
        (json!({"type": "Rotation", "speed": "stop"}), Effect::RotationStop, [None; 2]),
        (json!({"type": "Rotation", "angleStart": "0deg", "angleEnd": "360deg"}), Effect::RotationIndexed, [None; 2]),
        (json!({"type": "Maintenance", "comment": "Reset pan/tilt", "hold": "3s"}), Effect::Reset, [None; 2]),
        (json!({"type": "Maintenance", "comment": "Lamp off"}), Effect::LampOff, [None; 2]),
        (json!({"type": "Maintenance", "comment": "Lamp on"}), Effect::LampOn, [None; 2]),
        (json!({"type": "Maintenance", "comment": "Fan auto"}), Effect::Unnamed, [None; 2]),
        (
            json!({"type": "ColorTemperature", "colorTemperatureStart": "8000K", "colorTemperatureEnd": "2800K"}),
            Effect::Temperature(Sweep::Down),
            [Some(8000.0), Some(2800.0)],
        ),
    ] {
        let range = channel(capability.clone()).ranges[0].clone();
        assert_eq!(range.effect, effect, "{capability}");
        let near = |(a, b): (Option<f32>, Option<f32>)| a.zip(b).map_or(a == b, |(a, b)| (a - b).abs() < 1e-4);
        assert!(range.numbers.into_iter().zip(numbers).all(near), "{capability}: {:?}", range.numbers);
    }
}

#[test]
fn low_bytes_defaults_and_resolutions_are_brought_to_bytes() {
    let read = definition(&file(json!({
        "Pan": {"fineChannelAliases": ["Pan fine", "Pan finest"], "defaultValue": "50%", "highlightValue": 16777215, "precedence": "LTP",
                "capability": {"type": "Pan", "angleStart": "0deg", "angleEnd": "540deg"}},
        "Pan fine": {"capability": {"type": "NoFunction"}},
        "Zoom": {"fineChannelAliases": ["Zoom fine"], "dmxValueResolution": "8bit", "defaultValue": 127, "constant": true,
                 "capabilities": [{"dmxRange": [0, 9], "type": "NoFunction"}, {"dmxRange": [10, 255], "type": "Zoom", "angle": "9deg"}]},
        "Iris": {"fineChannelAliases": ["Iris fine"], "capabilities": [
            {"dmxRange": [0, 2559], "type": "Iris", "openPercent": "open"}, {"dmxRange": [2560, 65535], "type": "Iris", "openPercent": "closed"}]}
    })));
    let by_name = |name: &str| read.channels.iter().find(|channel| channel.name == name).unwrap();
    let pan = by_name("Pan");
    assert_eq!((pan.default, pan.highlight, pan.precedence, pan.constant), (Some(0x80), Some(255), Some(Precedence::LatestFirst), false));
    // A channel of its own is meant where a name is both.
    assert_eq!(read.channel(read.modes[0].slots[1]).unwrap().group, Group::Nothing);
    let low = read.channels.iter().position(|channel| channel.name == "Pan finest").unwrap();
    assert!(read.channels[low].fine && read.channels[low].low_of == Some(low - 1));
    let zoom = by_name("Zoom");
    assert_eq!((zoom.default, zoom.constant, zoom.ranges[1].min), (Some(127), true, 10));
    assert_eq!(by_name("Zoom fine").default, Some(127), "what is written in one byte repeats, so that 255 is all of it");
    assert_eq!(by_name("Iris").ranges.iter().map(|range| (range.min, range.max)).collect::<Vec<_>>(), [(0, 9), (10, 255)]);
    assert!(read.warnings.iter().any(|warning| warning.text.contains("3 bytes")), "{:?}", read.warnings);
    assert_eq!(read.physical.pan_max_deg, 540.0);
}

#[test]
fn wheels_give_their_slots_to_ranges() {
    let mut file = file(json!({
        "Color Wheel": {"capabilities": [
            {"dmxRange": [0, 9], "type": "WheelSlot", "slotNumber": 1}, {"dmxRange": [10, 19], "type": "WheelSlot", "slotNumber": 2},
            {"dmxRange": [20, 29], "type": "WheelSlot", "slotNumber": 2.5}, {"dmxRange": [30, 39], "type": "WheelSlot", "slotNumber": 3},
            {"dmxRange": [40, 49], "type": "WheelSlot", "slotNumber": 4}, {"dmxRange": [50, 255], "type": "WheelRotation", "speedStart": "slow CW", "speedEnd": "fast CW"}]},
        "Gobos": {"capabilities": [
            {"dmxRange": [0, 9], "type": "WheelSlot", "wheel": "Gobo Wheel", "slotNumber": 1},
            {"dmxRange": [10, 19], "type": "WheelSlot", "wheel": "Gobo Wheel", "slotNumber": 2},
            {"dmxRange": [20, 255], "type": "WheelShake", "wheel": "Gobo Wheel", "slotNumber": 2, "shakeSpeedStart": "slow", "shakeSpeedEnd": "fast"}]}
    }));
    file["wheels"] = json!({
        "Color Wheel": {"slots": [{"type": "Open"}, {"type": "Color", "name": "Deep", "colors": ["#ff0000"]}, {"type": "Color", "name": "CTO"},
                                  {"type": "Color", "colors": ["#00ff00", "#0000ff"]}]},
        "Gobo Wheel": {"slots": [{"type": "Open"}, {"type": "Gobo", "name": "Dots", "resource": "gobos/dots"}]}
    });
    let read = definition(&file);
    let [colors, gobos] = [&read.channels[0], &read.channels[1]];
    assert_eq!(
        (colors.group, colors.detail, gobos.group, gobos.detail),
        (Group::Color, Some(Detail::ColorWheel), Group::Gobo, Some(Detail::GoboWheel))
    );
    let effects: Vec<Effect> = colors.ranges.iter().map(|range| range.effect).collect();
    assert_eq!(
        effects,
        [
            Effect::ColorMacro,
            Effect::ColorMacro,
            Effect::ColorSplit,
            Effect::ColorMacro,
            Effect::ColorSplit,
            Effect::Rotation(Turn::Clockwise, Sweep::Up)
        ]
    );
    assert_eq!((&colors.ranges[0].colors, &colors.ranges[1].colors), (&vec![[255; 3]], &vec![[255, 0, 0]]));
    let [r, g, b] = colors.ranges[3].colors[0];
    assert!(r == 255 && g < 220 && b < 160, "CTO is warm: {:?}", colors.ranges[3].colors);
    assert_eq!(gobos.ranges.iter().map(|range| range.effect).collect::<Vec<_>>(), [Effect::Unnamed, Effect::Gobo, Effect::GoboShake]);
    assert_eq!((gobos.ranges[0].label.as_str(), gobos.ranges[1].picture.as_deref()), ("Open", Some("gobos/dots")));
    let kind = kind(&read, &read.modes[0]);
    let wheel =
        kind.functions.iter().find_map(|function| if let Drive::ColorWheel { slots, .. } = &function.drive { Some(slots) } else { None });
    assert_eq!(wheel.unwrap().iter().map(|slot| slot.byte).collect::<Vec<_>>(), [0, 14, 34]);
}

fn pixels(matrix: Value, mode: Value) -> Value {
    json!({"name": "Bar", "categories": ["Pixel Bar"], "matrix": matrix,
           "availableChannels": {"Dimmer": {"capability": {"type": "Intensity"}}},
           "templateChannels": {"Red $pixelKey": {"fineChannelAliases": ["Red $pixelKey fine"], "capability": {"type": "ColorIntensity", "color": "Red"}},
                                "Pan $pixelKey": {"capability": {"type": "Pan", "angleStart": "0deg", "angleEnd": "90deg"}}},
           "modes": [{"name": "m", "channels": mode}]})
}

fn names(definition: &Definition) -> Vec<&str> {
    definition.modes[0].slots.iter().map(|slot| definition.channels[slot.channel].name.as_str()).collect()
}

#[test]
fn modes_repeat_channels_for_pixels_in_every_order() {
    let insert = |repeat: Value, order: &str| json!([{"insert": "matrixChannels", "repeatFor": repeat, "channelOrder": order, "templateChannels": ["Red $pixelKey", "Red $pixelKey fine"]}]);
    for (matrix, repeat, order, wanted) in [
        (json!({"pixelCount": [2, 1, 1]}), json!("eachPixelABC"), "perPixel", vec!["Red 1", "Red 1 fine", "Red 2", "Red 2 fine"]),
        (json!({"pixelCount": [2, 1, 1]}), json!("eachPixelABC"), "perChannel", vec!["Red 1", "Red 2", "Red 1 fine", "Red 2 fine"]),
        (
            json!({"pixelKeys": [[["10", null, "9"]]]}),
            json!("eachPixelABC"),
            "perPixel",
            vec!["Red 9", "Red 9 fine", "Red 10", "Red 10 fine"],
        ),
        (json!({"pixelKeys": [[["10", null, "9"]]]}), json!(["9"]), "perPixel", vec!["Red 9", "Red 9 fine"]),
    ] {
        assert_eq!(names(&definition(&pixels(matrix.clone(), insert(repeat.clone(), order)))), wanted, "{matrix} {repeat} {order}");
    }
    let order = |repeat: &str| {
        let read = definition(&pixels(
            json!({"pixelCount": [2, 2, 1]}),
            json!([{"insert": "matrixChannels", "repeatFor": repeat, "channelOrder": "perPixel", "templateChannels": ["Pan $pixelKey"]}]),
        ));
        names(&read).join(" ")
    };
    assert_eq!(order("eachPixelXYZ"), "Pan (1, 1) Pan (2, 1) Pan (1, 2) Pan (2, 2)");
    assert_eq!(order("eachPixelYXZ"), "Pan (1, 1) Pan (1, 2) Pan (2, 1) Pan (2, 2)");
    let heads = |matrix: Value, mode: Value| {
        let read = definition(&pixels(matrix, mode));
        (read.modes[0].heads.clone(), read.physical(&read.modes[0]).layout)
    };
    // Numbered by place, whatever the order in the footprint.
    let keys = json!({"pixelKeys": [[["B", "A"]]]});
    assert_eq!(heads(keys.clone(), json!(["Dimmer", "Red A", "Red B"])), (vec![vec![2], vec![1]], Some((2, 1))));
    let groups = json!({"pixelCount": [4, 1, 1], "pixelGroups": {"Left": {"x": ["<=2"]}, "Right": ["3", "4"], "All": "all"}});
    assert_eq!(heads(groups.clone(), json!(["Red Right", "Red Left", "Pan All"])), (vec![vec![1, 2], vec![0, 2]], None));
    assert_eq!(heads(groups.clone(), json!(["Red 1", "Red 2", "Pan Left"])).0, vec![vec![0, 2], vec![1, 2]]);
    assert_eq!(heads(groups, json!(["Red All", "Dimmer"])).0, Vec::<Vec<u16>>::new());
    warned(&pixels(json!({"pixelCount": [2, 1, 1], "pixelGroups": {"odd one": {"name": ["("]}}}), json!(["Dimmer"])), "is not understood");
    warned(
        &pixels(keys, json!([{"insert": "matrixChannels", "repeatFor": "eachFish", "channelOrder": "perPixel", "templateChannels": []}])),
        "nothing that is known",
    );
}

#[test]
fn switching_channels_stand_for_what_they_are_at_rest() {
    let file = json!({"name": "S", "categories": [], "availableChannels": {
        "Mode": {"defaultValue": 200, "capabilities": [
            {"dmxRange": [0, 99], "type": "NoFunction", "switchChannels": {"A / B": "A"}},
            {"dmxRange": [100, 255], "type": "NoFunction", "switchChannels": {"A / B": "B"}}]},
        "A": {"capability": {"type": "Zoom", "angleStart": "narrow", "angleEnd": "wide"}},
        "B": {"fineChannelAliases": ["B fine"], "capability": {"type": "Intensity"}}},
        "modes": [{"name": "m", "channels": ["Mode", "A / B", null, "gone"]}]});
    let read = definition(&file);
    assert_eq!(names(&read), ["Mode", "B", "Unused", "gone"]);
    assert_eq!(read.channels[0].ranges[0].aliases, [Alias { mode: "m".into(), from: "B".into(), to: "A".into() }]);
    assert!(read.channels[0].ranges[1].aliases.is_empty());
    warned(&file, "switches with \"Mode\"");
    warned(&file, "names channel \"gone\", which is not defined");
    let kind = kind(&read, &read.modes[0]);
    assert_eq!((kind.defaults.as_slice(), kind.functions.len()), ([200, 0, 0, 0].as_slice(), 1));
}

#[test]
fn dimmers_movements_and_temperatures_are_driven_by_their_numbers() {
    let read = definition(&file(json!({
        "Dimmer": {"capabilities": [{"dmxRange": [0, 7], "type": "Intensity", "brightness": "off"}, {"dmxRange": [8, 134], "type": "Intensity"},
                                    {"dmxRange": [135, 239], "type": "ShutterStrobe", "shutterEffect": "Strobe", "speedStart": "slow", "speedEnd": "fast"},
                                    {"dmxRange": [240, 255], "type": "Intensity", "brightness": "bright"}]},
        "Pan": {"capability": {"type": "Pan", "angleStart": "540deg", "angleEnd": "0deg"}},
        "CTO": {"capability": {"type": "ColorTemperature", "colorTemperatureStart": "6500K", "colorTemperatureEnd": "3200K"}}
    })));
    let kind = kind(&read, &read.modes[0]);
    let drives: Vec<&Drive> = kind.functions.iter().map(|function| &function.drive).collect();
    assert!(matches!(drives[0], Drive::Dimmer { off: 8, range: (8, 134), .. }), "{drives:?}");
    assert!(drives.iter().any(|drive| matches!(drive, Drive::Strobe { range: (135, 239), .. })), "{drives:?}");
    assert!(drives.iter().any(|drive| matches!(drive, Drive::Pan { range_deg: (270.0, -270.0), .. })), "{drives:?}");
    assert!(drives.iter().any(|drive| matches!(drive, Drive::Temperature { range: (0, 255), kelvin: (6500.0, 3200.0), .. })), "{drives:?}");
    let whites = definition(&file(json!({
        "WW": {"capability": {"type": "ColorIntensity", "color": "Warm White"}}, "CW": {"capability": {"type": "ColorIntensity", "color": "Cold White"}}})));
    let whites = lower::kind::kind(&whites, &whites.modes[0]).0;
    let Drive::Color { emitters, .. } = &whites.functions[0].drive else { panic!("{whites:?}") };
    assert_eq!(emitters.iter().map(|(emitter, _)| *emitter).collect::<Vec<_>>(), [Emitter::WarmWhite, Emitter::ColdWhite]);
}

#[test]
fn makers_come_from_folders_and_lists() {
    let file = file(json!({"x": {"capability": {"type": "Intensity"}}})).to_string();
    for (path, maker) in [("clay-paky/a.json", "Clay Paky"), ("lib/american-dj/a.json", "American Dj"), ("a.json", "Unknown maker")] {
        assert_eq!(read(path, file.as_bytes()).unwrap().manufacturer, maker);
    }
    let list = makers(br#"{"$schema": "x", "american-dj": {"name": "American DJ"}, "odd": 7}"#).unwrap();
    assert_eq!(list.into_iter().collect::<Vec<_>>(), [("american-dj".to_owned(), "American DJ".to_owned())]);
    let redirect = json!({"name": "Old", "redirectTo": "a/new"});
    assert_eq!(read_value(&redirect).unwrap_err(), OflError::Redirect { name: "Old".into(), to: "a/new".into() });
}

#[test]
fn broken_files_are_refused_and_odd_ones_are_told() {
    let many: Vec<String> = (0..600).map(|n| format!("c{n}")).collect();
    for (text, words) in [
        (String::new(), "not well-formed JSON"),
        ("[]".to_owned(), "no \"modes\""),
        ("{}".to_owned(), "no \"modes\""),
        (json!({"name": "x", "modes": []}).to_string(), "no \"modes\""),
        (json!({"name": " ", "modes": [{}]}).to_string(), "no \"name\""),
        (json!({"name": "x", "modes": [{"name": "wide", "channels": many}]}).to_string(), "mode \"wide\" has more than 512"),
        (
            json!({"name": "x", "matrix": {"pixelCount": [9000, 9000, 9000]}, "modes": [{"channels": []}]}).to_string(),
            "more than 1024 pixels",
        ),
        ("[".repeat(10_000), "not well-formed JSON"),
        (" ".repeat(5 << 20), "has at most"),
    ] {
        let message = read("a/b.json", text.as_bytes()).unwrap_err().to_string();
        assert!(message.contains(words), "{}: {message}", &text[..text.len().min(60)]);
    }
    for (channels, words) in [
        (json!({"x": {"capabilities": [{"dmxRange": [9, 3], "type": "Intensity"}]}}), "without bounds"),
        (
            json!({"x": {"capabilities": [{"dmxRange": [0, 9], "type": "Intensity"}, {"dmxRange": [5, 19], "type": "Intensity"}]}}),
            "overlaps the one before",
        ),
        (
            json!({"x": {"capabilities": [{"dmxRange": [0, 9], "type": "Intensity"}, {"dmxRange": [5, 8], "type": "Intensity"}]}}),
            "left out",
        ),
    ] {
        warned(&file(channels), words);
    }
    let twice = json!({"name": "x", "availableChannels": {"a": {"capability": {"type": "Intensity"}}},
                       "modes": [{"name": "m", "channels": ["a"]}, {"name": "m", "channels": ["a"]}, 7]});
    warned(&twice, "a second mode \"m\"");
}

#[test]
fn no_cut_or_damaged_file_panics() {
    let whole = pixels(
        json!({"pixelCount": [3, 1, 1], "pixelGroups": {"g": {"x": ["2n+1"], "name": ["^[13]$"]}}}),
        json!(["Dimmer", {"insert": "matrixChannels", "repeatFor": "eachPixelABC", "channelOrder": "perPixel", "templateChannels": ["Red $pixelKey", null]}]),
    )
    .to_string();
    let bytes = whole.as_bytes();
    let mut n_refused = 0;
    for at in 0..bytes.len() {
        n_refused += usize::from(read("a/b.json", &bytes[..at]).is_err());
        for flip in [0x15, 0x01, 0x40] {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= flip;
            let _read = read("a/b.json", &damaged);
        }
    }
    assert_eq!(n_refused, bytes.len(), "every cut file is refused");
}
