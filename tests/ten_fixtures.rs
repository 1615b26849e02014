//! Eleven well-known devices, byte by byte.
//!
//! Checked against the definition files of QLC+ (Debian's `qlcplus-data`), channel by channel: no maker's manual was at hand,
//! so a mistake of the file is one here too (the strobe of the MAC 250 is such a case).  Every byte is spelled out, with what
//! the file says about it.  Where the package is not installed the test says so and passes; `QLC_FIXTURES` names another folder.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::PathBuf;

use luma::venue::library::Library;
use luma::venue::mapping::{Mapper, State};

/// Full, orange, steady, turned.
const STEADY: State = State { dimmer: 1.0, color: Some([1.0, 0.5, 0.0]), strobe: 0.0, pan: Some(45.0), tilt: Some(-30.0) };
/// Half, blue, strobing as fast as it can, at home.
const STROBE: State = State { dimmer: 0.5, color: Some([0.0, 0.0, 1.0]), strobe: 1.0, pan: Some(0.0), tilt: Some(0.0) };

/// What the file says of a channel, and its bytes in the two states.
type Line = (&'static str, u8, u8);

const FIXTURES: [(&str, &str, &[Line]); 11] = [
    (
        "Clay_Paky/Clay-Paky-Sharpy.qxf",
        "Standard",
        &[
            ("colour wheel: orange 18-21, blue 120-123", 19, 121),
            ("shutter: open 208-212, the widest; strobe 4-103 up to 12 Hz", 210, 103),
            ("dimmer", 255, 128),
            ("static gobo: white 0-3", 0, 0),
            ("prism: out 0-127", 0, 0),
            ("prism rotation: position 0°, 0-20", 0, 0),
            ("effects movement", 0, 0),
            ("frost: none at 0", 0, 0),
            ("focus: middle", 128, 128),
            ("pan of 540: 315/540 of 65535 is 38229 = 149*256+85", 149, 128),
            ("pan fine", 85, 0),
            ("tilt of 250: 95/250 of 65535 is 24903 = 97*256+71", 97, 128),
            ("tilt fine", 71, 0),
            ("function: unused 0-11", 0, 0),
            ("reset: unused 0-25", 0, 0),
            ("lamp: unused 0-25", 0, 0),
        ],
    ),
    (
        "Martin/Martin-MAC-Aura.qxf",
        "Standard Mode",
        &[
            ("shutter: open 245-255, the widest; strobe 25-64 from fast to slow", 255, 25),
            ("dimmer", 255, 128),
            ("zoom: middle", 128, 128),
            ("pan of 540", 149, 128),
            ("pan fine", 85, 0),
            ("tilt of 232: 86/232 of 65535 is 24293 = 94*256+229", 94, 128),
            ("tilt fine", 229, 0),
            ("control: no function 0-9", 0, 0),
            ("colour wheel: open 0-9, or it would cover the mixture", 0, 0),
            ("red", 255, 0),
            ("green", 128, 0),
            ("blue", 0, 255),
            ("white: dark in a plain mapping", 0, 0),
            ("colour temperature: disabled 0-19", 0, 0),
        ],
    ),
    (
        "Martin/Martin-MAC250plus.qxf",
        "Mode 4",
        &[
            ("shutter: open 20-49; strobe 50-72, formally slow to fast", 34, 72),
            ("dimmer", 255, 128),
            ("colour: white 0-11; its colours have names alone", 0, 0),
            ("gobo: open 0-9", 0, 0),
            ("gobo rotation: none 0-2", 0, 0),
            ("focus: middle", 128, 128),
            ("prism: off 0-19", 0, 0),
            ("pan of 540", 149, 128),
            ("pan fine", 85, 0),
            ("tilt of 270: 105/270 of 65535 is 25486 = 99*256+142", 99, 128),
            ("tilt fine", 142, 0),
            ("speed: 3-245 from fast to slow", 3, 3),
            ("effect speed: 246-248 is tracking with something off, which is taken for neutral", 247, 247),
        ],
    ),
    (
        "Robe/Robe-Robin-100-LEDBeam.qxf",
        "Mode 1 - RGBW",
        &[
            ("pan of 450: 270/450 of 65535 is 39321 = 153*256+153", 153, 128),
            ("pan fine", 153, 0),
            ("tilt of 300: 120/300 of 65535 is 26214 = 102*256+102", 102, 128),
            ("tilt fine", 102, 0),
            ("speed: 1-255 from most to least", 1, 1),
            ("special functions: reserved 0-29", 0, 0),
            ("red, zone 1", 255, 0),
            ("fine", 255, 0),
            ("green: half of 65535 is 32768 = 128*256", 128, 0),
            ("fine", 0, 0),
            ("blue", 0, 255),
            ("fine", 0, 255),
            ("white", 0, 0),
            ("fine", 0, 0),
            ("red, zone 2", 255, 0),
            ("fine", 255, 0),
            ("green", 128, 0),
            ("fine", 0, 0),
            ("blue", 0, 255),
            ("fine", 0, 255),
            ("white", 0, 0),
            ("fine", 0, 0),
            ("red, zone 3", 255, 0),
            ("fine", 255, 0),
            ("green", 128, 0),
            ("fine", 0, 0),
            ("blue", 0, 255),
            ("fine", 0, 255),
            ("white", 0, 0),
            ("fine", 0, 0),
            ("colour temperature: no function 0", 0, 0),
            ("virtual wheel: no function 0", 0, 0),
            ("shutter: open 224-255, all zones strobe together 64-95", 255, 95),
            ("dimmer", 255, 128),
            ("dimmer fine", 255, 0),
        ],
    ),
    (
        "Robe/Robe-Pointe.qxf",
        "16 channel",
        &[
            ("pan of 540 in one byte", 149, 128),
            ("tilt of 270 in one byte", 99, 128),
            ("speed: 1-255 behind the fastest", 1, 1),
            ("special functions: reserved 0-9", 0, 0),
            ("colour wheel: orange 177-180, deep blue 135-138", 178, 136),
            ("effect speed", 0, 0),
            ("static gobo: open 0-3", 0, 0),
            ("rotating gobo: open 0", 0, 0),
            ("its rotation", 0, 0),
            ("prism: open 0-19", 0, 0),
            ("its rotation", 0, 0),
            ("frost: 0 of 0-179", 0, 0),
            ("zoom: middle", 128, 128),
            ("focus: middle", 128, 128),
            ("shutter: open 32-63, the first of four as wide; strobe 64-95", 47, 95),
            ("dimmer", 255, 128),
        ],
    ),
    (
        "Chauvet/Chauvet-SlimPAR-64.qxf",
        "7ch",
        &[
            ("red", 255, 0),
            ("green", 128, 0),
            ("blue", 0, 255),
            ("macros: no function 0-15", 0, 0),
            ("strobe: open 0-15, 16-255 slow to fast", 0, 255),
            ("mode: RGB 0-31", 0, 0),
            ("dimmer", 255, 128),
        ],
    ),
    (
        "American_DJ/American-DJ-Mega-Bar-RGBA.qxf",
        "9 Channel",
        &[
            ("red", 255, 0),
            ("green", 128, 0),
            ("blue", 0, 255),
            ("amber: dark in a plain mapping", 0, 0),
            ("macro", 0, 0),
            ("programs: no function 0-15", 0, 0),
            ("program speed", 0, 0),
            ("strobe: slow to fast without a named open value, so open at 0", 0, 255),
            ("master", 255, 128),
        ],
    ),
    (
        "Eurolite/Eurolite-LED-PAR-64-RGBW+UV.qxf",
        "7 Channel",
        &[
            ("red", 255, 0),
            ("green", 128, 0),
            ("blue", 0, 255),
            ("white: dark in a plain mapping", 0, 0),
            ("ultraviolet: the same", 0, 0),
            ("dimmer", 255, 128),
            ("control: no function 0; filed under effect, so its strobe is left alone", 0, 0),
        ],
    ),
    (
        "Stairville/Stairville-MH-110-Wash.qxf",
        "Standard",
        &[
            ("pan of 630: 360/630 of 65535 is 37449 = 146*256+73", 146, 128),
            ("pan fine", 73, 0),
            ("tilt of 220: 80/220 of 65535 is 23831 = 93*256+23", 93, 128),
            ("tilt fine", 23, 0),
            ("speed: fast to slow", 0, 0),
            ("dimmer", 255, 128),
            ("red", 255, 0),
            ("green", 128, 0),
            ("blue", 0, 255),
            ("white: dark in a plain mapping", 0, 0),
            ("colour temperature: off 0-35", 0, 0),
            ("macro: off 0-14", 0, 0),
            ("strobe: open 0-9, 10-140 slow to fast", 0, 140),
            ("special: none 0-99, reset from 200 on", 0, 0),
        ],
    ),
    (
        "Showtec/Showtec-Phantom-65.qxf",
        "Advanced",
        &[
            ("pan of 540; its low byte comes third", 149, 128),
            ("tilt of 270; its low byte comes fourth", 99, 128),
            ("pan fine", 85, 0),
            ("tilt fine", 142, 0),
            ("speed: fast to slow", 0, 0),
            ("dimmer", 255, 128),
            ("shutter: open 0-7, strobe 16-131", 0, 131),
            ("colour wheel: orange 35-41, UV (#4c00ff) 56-64", 38, 60),
            ("gobo: open 0-7", 0, 0),
            ("gobo rotation: none 0-7", 0, 0),
            ("prism: none 0-15", 0, 0),
            ("control: no function 0-7", 0, 0),
            ("programs: none 0-7", 0, 0),
        ],
    ),
    (
        "Martin/Martin-Atomic-3000.qxf",
        "Mode 3",
        &[("intensity: dark 0-5, 6-255 dims", 255, 131), ("duration", 0, 0), ("rate: single flash 0-5", 0, 0), ("effects: none 0-5", 0, 0)],
    ),
];

#[test]
fn well_known_devices_get_the_bytes_that_their_definitions_ask_for() {
    let package = std::env::var_os("QLC_FIXTURES").map_or_else(|| PathBuf::from("/usr/share/qlcplus/fixtures"), PathBuf::from);
    if !package.is_dir() {
        eprintln!("skipped: the package qlcplus-data is not installed ({} is not there)", package.display());
        return;
    }
    let library = Library::with_folder(&package);
    let mut wrong = Vec::new();
    for (path, mode, lines) in FIXTURES {
        let mut mapper = Mapper::new(library.kind(path, mode).unwrap(), false);
        for (state, of) in [(&STEADY, 0), (&STROBE, 1)] {
            let bytes = mapper.bytes(state);
            assert_eq!(bytes.len(), lines.len(), "{path}");
            for (at, ((told, steady, strobe), byte)) in lines.iter().zip(bytes).enumerate() {
                let wanted = [steady, strobe][of];
                if wanted != byte {
                    wrong.push(format!("{path} {mode}, channel {} ({told}), state {of}: {byte} instead of {wanted}", at + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
