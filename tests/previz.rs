//! What the room looks like, as pixels: needs a graphics driver, and says so where there is none.
#![cfg(feature = "desktop")]
#![expect(clippy::print_stdout, reason = "a test that cannot run says why")]

use std::sync::Arc;

use glam::Vec3;
use luma::engine::Rgb;
use luma::engine::frame::{BeamValue, has};
use luma::engine::rig::kind::{Body, Channel, Drive, FixtureKind, Function, WheelSlot};
use luma::engine::rig::{Pose, RigFixture};
use luma::engine::{Frame, Rig};
use luma::previz::camera::{CameraPreset, Eye};
use luma::previz::darkroom::Darkroom;
use luma::previz::picture::{Picture, PictureError};
use luma::previz::stage::Room;
use luma::venue::model::{Scenery, SceneryKind};
use uuid::Uuid;

fn darkroom() -> Option<Darkroom> {
    match Darkroom::open(320, 180) {
        Ok(darkroom) => Some(darkroom),
        Err(PictureError::NoDriver(error)) => {
            println!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A club in a few lines: movers on two trusses, pars, uplights, pixel bars, blinders and strobes.
struct Club {
    fixtures: Vec<RigFixture>,
}

impl Club {
    fn kind(body: Body, size_m: Vec3, lens_deg: (f32, f32), head_offsets: Vec<Vec3>) -> Arc<FixtureKind> {
        Arc::new(FixtureKind { body, size_m, lens_deg, head_offsets, ..FixtureKind::default() })
    }

    fn hang(&mut self, kind: &Arc<FixtureKind>, position: Vec3, rotation_deg: Vec3) {
        let n = self.fixtures.len() as u128 + 1;
        self.fixtures.push(RigFixture {
            id: Uuid::from_u128(n),
            label: format!("{n}"),
            kind: kind.clone(),
            universe: 1,
            address: 1,
            pose: Pose { position, rotation_deg },
            options: Default::default(),
            first_head: 0,
        });
    }

    fn rig() -> Rig {
        let one = || vec![Vec3::ZERO];
        let spot = Self::kind(Body::MovingSpot, Vec3::new(0.35, 0.3, 0.5), (12.0, 12.0), one());
        let wash = Self::kind(Body::MovingWash, Vec3::new(0.32, 0.28, 0.42), (10.0, 40.0), one());
        let beam = Self::kind(Body::MovingBeam, Vec3::new(0.3, 0.28, 0.45), (3.0, 3.0), one());
        let par = Self::kind(Body::Par, Vec3::new(0.25, 0.25, 0.3), (25.0, 25.0), one());
        let bar = Self::kind(
            Body::Bar,
            Vec3::new(1.0, 0.08, 0.1),
            (30.0, 30.0),
            (0..12).map(|n| Vec3::new(-0.46 + n as f32 * 0.083, 0.0, 0.0)).collect(),
        );
        let blinder = Self::kind(Body::Blinder, Vec3::new(0.45, 0.25, 0.2), (60.0, 60.0), vec![Vec3::X * -0.11, Vec3::X * 0.11]);
        let strobe = Self::kind(Body::Strobe, Vec3::new(0.45, 0.25, 0.15), (90.0, 90.0), one());
        let mut club = Self { fixtures: Vec::new() };
        let spread = |n: usize, of: usize, width: f32| (n as f32 / (of - 1) as f32 - 0.5) * width;
        for n in 0..8 {
            club.hang(&spot, Vec3::new(spread(n, 8, 9.0), 3.5, 5.0), Vec3::ZERO);
        }
        for n in 0..6 {
            club.hang(&wash, Vec3::new(spread(n, 6, 8.0), 0.0, 5.0), Vec3::ZERO);
        }
        for n in 0..6 {
            club.hang(&beam, Vec3::new(spread(n, 6, 8.4), 4.2, 1.3), Vec3::new(180.0, 0.0, 0.0));
        }
        for n in 0..8 {
            club.hang(&par, Vec3::new(spread(n, 8, 9.0), -4.0, 5.0), Vec3::new(30.0, 0.0, 0.0));
        }
        for n in 0..8 {
            club.hang(&par, Vec3::new(spread(n, 8, 9.6), 4.4, 0.9), Vec3::new(170.0, 0.0, 0.0));
        }
        for n in 0..4 {
            let (x, z) = (if n % 2 == 0 { -5.2 } else { 5.2 }, 1.4 + (n / 2) as f32 * 1.4);
            club.hang(&bar, Vec3::new(x, 2.6, z), Vec3::new(-90.0, 0.0, 90.0));
        }
        for n in 0..2 {
            club.hang(&blinder, Vec3::new(spread(n, 2, 5.0), 3.4, 4.4), Vec3::new(-60.0, 0.0, 0.0));
        }
        for n in 0..4 {
            club.hang(&strobe, Vec3::new(spread(n, 4, 7.0), 3.6, 5.2), Vec3::new(-50.0, 0.0, 0.0));
        }
        Rig::new(club.fixtures, Vec::new())
    }

    fn scenery() -> Vec<Scenery> {
        use SceneryKind::*;
        let piece = |kind, position, size| Scenery { kind, position, size, ..Scenery::default() };
        vec![
            piece(Stage, [0.0, 2.6, 0.4], [12.0, 5.2, 0.8]),
            piece(Wall, [0.0, 5.3, 3.0], [14.0, 0.2, 6.0]),
            piece(Wall, [-7.0, -1.5, 3.0], [0.2, 14.0, 6.0]),
            piece(Wall, [7.0, -1.5, 3.0], [0.2, 14.0, 6.0]),
            piece(Truss, [0.0, 3.5, 5.3], [11.0, 0.3, 0.3]),
            piece(Truss, [0.0, 0.0, 5.3], [11.0, 0.3, 0.3]),
            piece(Truss, [0.0, -4.0, 5.3], [11.0, 0.3, 0.3]),
            piece(Truss, [-5.6, 3.5, 2.8], [0.3, 0.3, 5.0]),
            piece(Truss, [5.6, 3.5, 2.8], [0.3, 0.3, 5.0]),
            piece(Booth, [0.0, 2.6, 1.35], [2.4, 0.8, 1.1]),
        ]
    }
}

/// Frames made by hand: `light` gives dimmer, colour, pan and tilt of a head.
fn frame(rig: &Rig, light: impl Fn(usize, Body) -> (f32, [f32; 3], f32, f32)) -> Frame {
    let n = rig.heads.len();
    let mut frame = Frame::default();
    (frame.dimmer, frame.strobe) = (vec![0.0; n], vec![0.0; n]);
    frame.color = std::array::from_fn(|_| vec![0.0; n]);
    (frame.pan, frame.tilt, frame.set) = (vec![0.0; n], vec![0.0; n], vec![has::COLOR | has::PAN | has::TILT; n]);
    frame.beam = std::array::from_fn(|_| vec![0.0; n]);
    for (at, head) in rig.heads.iter().enumerate() {
        let (dimmer, color, pan, tilt) = light(at, rig.fixtures[head.fixture as usize].kind.body);
        frame.dimmer[at] = dimmer;
        for (column, value) in frame.color.iter_mut().zip(color) {
            column[at] = value;
        }
        (frame.pan[at], frame.tilt[at]) = (pan, tilt);
    }
    frame
}

fn show_frame(rig: &Rig) -> Frame {
    frame(rig, |at, body| match body {
        Body::MovingSpot => (1.0, if at % 2 == 0 { [0.0, 0.35, 1.0] } else { [1.0, 0.0, 0.55] }, 0.0, -38.0 + 8.0 * (at % 3) as f32),
        Body::MovingWash => (0.7, [0.35, 0.0, 1.0], if at % 2 == 0 { 60.0 } else { -60.0 }, 25.0),
        Body::MovingBeam => (1.0, [0.0, 1.0, 0.75], 0.0, 12.0 + 6.0 * (at % 6) as f32),
        Body::Par => (0.8, [1.0, 0.12, 0.0], 0.0, 0.0),
        Body::Bar => (0.2 + 0.8 * (at % 12) as f32 / 11.0, [0.0, 0.6, 1.0], 0.0, 0.0),
        _ => (0.0, [1.0; 3], 0.0, 0.0),
    })
}

/// Mean brightness of each channel, and how many pixels are burnt out.
fn measure(picture: &Picture) -> ([f64; 3], f64) {
    let n = f64::from(picture.width * picture.height);
    let mut mean = [0.0; 3];
    let mut burnt = 0.0;
    for pixel in picture.rgb.chunks(3) {
        for (mean, &value) in mean.iter_mut().zip(pixel) {
            *mean += f64::from(value) / n;
        }
        burnt += f64::from(u8::from(pixel.iter().all(|&value| value > 250))) / n;
    }
    (mean, burnt)
}

/// The darkroom is one for all of these: starting a renderer costs more than all pictures together.
#[test]
fn what_the_frame_says_is_what_the_picture_shows() {
    let Some(mut room) = darkroom() else { return };
    let rig = Arc::new(Club::rig());
    room.build(rig.clone(), Room::plain(Club::scenery()));
    let one_colour = |color: [f32; 3]| frame(&rig, move |_, body| (f32::from(u8::from(body != Body::Hazer)), color, 0.0, -30.0));
    let mut take = |frame: &Frame, preset| room.take_frame(frame, preset).unwrap();

    let (dark, _) = measure(&take(&one_colour([0.0; 3]), CameraPreset::FrontOfHouse));
    assert!(dark.iter().all(|&mean| mean < 16.0), "a dark rig leaves the room dark: {dark:?}");

    for (color, channel) in [([1.0, 0.0, 0.0], 0), ([0.0, 1.0, 0.0], 1), ([0.0, 0.0, 1.0], 2)] {
        let (mean, _) = measure(&take(&one_colour(color), CameraPreset::FrontOfHouse));
        let others = (0..3).filter(|&other| other != channel).map(|other| mean[other]).fold(0.0, f64::max);
        assert!(mean[channel] > dark[channel] + 20.0 && mean[channel] > 1.5 * others, "{color:?} shows as {mean:?}");
    }

    let (full, burnt) = measure(&take(&one_colour([1.0; 3]), CameraPreset::FrontOfHouse));
    assert!(full[0] > 40.0 && burnt < 0.2, "everything on: mean {full:?}, {burnt} of the picture burnt out");

    let show = show_frame(&rig);
    let pictures: Vec<Picture> = CameraPreset::ALL.into_iter().map(|preset| take(&show, preset)).collect();
    for (preset, picture) in CameraPreset::ALL.into_iter().zip(&pictures) {
        let (mean, _) = measure(picture);
        assert!(mean.iter().sum::<f64>() > 20.0, "{preset:?} sees light: {mean:?}");
    }
    assert!(pictures.windows(2).all(|pair| pair[0] != pair[1]), "each camera stands somewhere else");
    assert_eq!(take(&show, CameraPreset::ALL[3]), pictures[3], "the same frame gives the same picture");
    footprints(&mut room);
}

/// The face of the wall that one lamp looks at, and the lamp's height, in metres.
const WALL_Y: f32 = 5.9;
const HIGH: f32 = 3.0;
/// From the lamp's hanging point to its lens.
const REACH: f32 = 0.17;
const ASIDE: Eye = Eye::At { eye: Vec3::new(4.5, 1.5, HIGH), target: Vec3::new(0.0, WALL_Y, HIGH) };

/// One profile at `y` that looks straight at the wall.
fn profile(y: f32, lens_deg: (f32, f32)) -> Rig {
    let slot = |name: &str| WheelSlot { byte: 0, color: Rgb::WHITE, name: name.to_owned() };
    let channel = |coarse| Channel { coarse, fine: None };
    let drives = [
        Drive::Gobo { channel: channel(0), slots: vec![slot("Open"), slot("Bars"), slot("Clouds"), slot("Dots")] },
        Drive::Prism { channel: channel(1), off: 0, on: 200 },
        Drive::Zoom { channel: channel(2), range: (0, 255) },
    ];
    let kind = FixtureKind {
        body: Body::MovingSpot,
        size_m: Vec3::new(0.35, 0.3, 0.5),
        lens_deg,
        footprint: 3,
        defaults: vec![0; 3],
        functions: drives.into_iter().map(|drive| Function { heads: 0..1, drive }).collect(),
        head_offsets: vec![Vec3::ZERO],
        ..FixtureKind::default()
    };
    let mut club = Club { fixtures: Vec::new() };
    club.hang(&Arc::new(kind), Vec3::new(0.0, y, HIGH), Vec3::ZERO);
    Rig::new(club.fixtures, Vec::new())
}

struct Wall<'a> {
    room: &'a mut Darkroom,
    picture: Picture,
}

impl<'a> Wall<'a> {
    /// Lights the wall; `name` is that of the picture that is kept where `LUMA_KEEP_PICTURES` names a folder.
    fn lit(room: &'a mut Darkroom, name: &str, y: f32, lens_deg: (f32, f32), values: &[(BeamValue, f32)]) -> Self {
        let rig = Arc::new(profile(y, lens_deg));
        let wall = Scenery { kind: SceneryKind::Wall, position: [0.0, 6.0, 3.0], size: [14.0, 0.2, 8.0], ..Scenery::default() };
        room.build(rig.clone(), Room::plain(vec![wall]));
        let mut frame = frame(&rig, |_, _| (0.25, [1.0, 0.3, 0.05], 0.0, 90.0));
        for (value, level) in values {
            frame.beam[*value as usize][0] = *level;
            frame.set[0] |= value.bit();
        }
        let picture = room.take_frame(&frame, ASIDE).unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Some(folder) = std::env::var_os("LUMA_KEEP_PICTURES") {
            picture.save(&std::path::Path::new(&folder).join(format!("{name}.png"))).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        Self { room, picture }
    }

    fn at(&self, x: f32, z: f32) -> [u8; 3] {
        let place = self.room.place_of(Vec3::new(x, WALL_Y, z), ASIDE).unwrap_or_else(|| panic!("{x} {z} is not in the picture"));
        self.picture.pixel(place.x as u32, place.y as u32)
    }

    fn light(&self, x: f32, z: f32) -> f32 {
        self.at(x, z).iter().map(|&value| f32::from(value)).sum()
    }

    /// How far from the middle the light falls below a share of the middle's, upwards and downwards, metres.
    fn reach(&self, share: f32) -> (f32, f32) {
        let middle = self.light(0.0, HIGH);
        let far = |side: f32| (1..300).map(|step| step as f32 * 0.01).find(|away| self.light(0.0, HIGH + side * away) < middle * share);
        (far(1.0).unwrap_or(3.0), far(-1.0).unwrap_or(3.0))
    }

    /// How often light and dark take turns along the wall.
    fn turns(&self, half_width: f32) -> usize {
        let line: Vec<f32> = (-100..=100).map(|step| self.light(step as f32 * 0.01 * half_width, HIGH)).collect();
        let (low, high) = line.iter().fold((f32::MAX, 0.0_f32), |(low, high), &light| (low.min(light), high.max(light)));
        let bright: Vec<bool> = line.iter().map(|light| *light > (low + high) * 0.5).collect();
        bright.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }
}

/// One head on a plain wall: middle, radius, colour, falloff, and everything that shapes a beam.
fn footprints(room: &mut Darkroom) {
    let tan = |full_deg: f32| (full_deg * 0.5).to_radians().tan();
    let far = |y: f32| WALL_Y - y - REACH;
    let open = Wall::lit(room, "wall-20deg", 0.0, (20.0, 20.0), &[]);
    let [red, green, blue] = open.at(0.0, HIGH);
    assert!(red > green && green > blue && red > 60, "colour of the middle: {red} {green} {blue}");
    let (up, down) = open.reach(0.5);
    let want = far(0.0) * tan(20.0);
    assert!((up - down).abs() < 0.12, "the middle lies {} m off", (up - down) * 0.5);
    assert!(((up + down) * 0.5 / want - 1.0).abs() < 0.1, "radius {up} and {down} m, the definition says {want}");
    let (near_light, sharp) = (open.light(0.0, HIGH), open.reach(0.2).0 - open.reach(0.8).0);

    let away = Wall::lit(room, "wall-20deg-far", -4.0, (20.0, 20.0), &[]);
    let (up, down) = away.reach(0.5);
    let want = far(-4.0) * tan(20.0);
    assert!(((up + down) * 0.5 / want - 1.0).abs() < 0.1, "from further: {up} and {down} m, the definition says {want}");
    assert!(away.light(0.0, HIGH) < near_light * 0.85, "light falls off with the distance");

    for (zoom, deg) in [(0.0, 10.0), (1.0, 30.0)] {
        let zoomed = Wall::lit(room, &format!("wall-zoom-{zoom}"), 0.0, (10.0, 30.0), &[(BeamValue::Zoom, zoom)]);
        let (up, down) = zoomed.reach(0.5);
        let want = far(0.0) * tan(deg);
        assert!(((up + down) * 0.5 / want - 1.0).abs() < 0.14, "zoom {zoom}: {up} and {down} m, the definition says {want}");
    }
    let iris = Wall::lit(room, "wall-iris", 0.0, (20.0, 20.0), &[(BeamValue::Iris, 0.6)]);
    let (up, down) = iris.reach(0.5);
    let want = far(0.0) * tan(20.0) * (1.0 - 0.85 * 0.6);
    assert!(((up + down) * 0.5 / want - 1.0).abs() < 0.16, "iris: {up} and {down} m, wanted {want}");

    let edge = |wall: &Wall| wall.reach(0.2).0 - wall.reach(0.8).0;
    let frost = edge(&Wall::lit(room, "wall-frost", 0.0, (20.0, 20.0), &[(BeamValue::Frost, 1.0)]));
    assert!(frost > sharp * 2.0, "frost softens the edge: {frost} m instead of {sharp}");
    // Focus 0 is at 2 m, 1 at 30 m, by ratio.
    let at_wall = (far(0.0) / 2.0).ln() / 15.0_f32.ln();
    let focus = [("wall-focus-off", 0.0), ("wall-focus-on", at_wall)]
        .map(|(name, focus)| edge(&Wall::lit(room, name, 0.0, (20.0, 20.0), &[(BeamValue::Focus, focus)])));
    assert!(focus[0] > focus[1] * 1.5, "out of focus {} m, in focus {} m", focus[0], focus[1]);

    let half_width = far(0.0) * tan(20.0) * 1.3;
    let plain = Wall::lit(room, "wall-open", 0.0, (20.0, 20.0), &[(BeamValue::Gobo, 0.0)]).turns(half_width);
    let bars = Wall::lit(room, "wall-gobo-bars", 0.0, (20.0, 20.0), &[(BeamValue::Gobo, 1.0)]).turns(half_width);
    assert!(plain <= 2 && bars >= 6, "an open beam takes {plain} turns, bars take {bars}");
    let clouds = Wall::lit(room, "wall-gobo-dots", 0.0, (20.0, 20.0), &[(BeamValue::Gobo, 3.0)]).picture;
    let prism = Wall::lit(room, "wall-prism", 0.0, (8.0, 8.0), &[(BeamValue::Prism, 1.0)]);
    let away = far(0.0) * (tan(8.0) * 1.15 + 0.02);
    assert!(prism.light(0.0, HIGH + away) > prism.light(0.0, HIGH - away * 2.6) * 1.5, "a facet looks up, none straight down");
    assert!(clouds != prism.picture);
}

/// The binary itself: the same picture twice, byte for byte, and a film as long as its music.
#[test]
fn pictures_and_films_from_the_command_line() {
    if luma::previz::driver::find_driver().is_err() {
        return println!("skipped: no graphics driver");
    }
    let folder = tempfile::tempdir().unwrap();
    let render = |arguments: &[&str], out: &str| {
        let mut luma = std::process::Command::new(env!("CARGO_BIN_EXE_luma"));
        luma.args(["--db", folder.path().join("none.db").to_str().unwrap(), "render", "demo"]).args(arguments);
        luma.args(["--size", "160x90", "--quality", "plain", "--out"]).arg(folder.path().join(out)).output().unwrap()
    };
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    for name in ["a.png", "b.png"] {
        let done = render(&["--at", "33.4", "--supersample", "2"], name);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    assert!(bytes("a.png") == bytes("b.png"), "the same instant gives the same picture");
    let refused = render(&["--from", "5", "--to", "4"], "c.mp4");
    assert_eq!(refused.status.code(), Some(2));
    let done = render(&["--from", "33", "--to", "33.5", "--fps", "10"], "film.mp4");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let probed = std::process::Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "stream=codec_type,start_time,duration", "-of", "csv=p=0"])
        .arg(folder.path().join("film.mp4"))
        .output();
    let Ok(probed) = probed else {
        assert_eq!(std::fs::read_dir(folder.path().join("film.frames")).unwrap().count(), 6, "five frames and the music");
        return;
    };
    let streams = String::from_utf8(probed.stdout).unwrap();
    for kind in ["video", "audio"] {
        let line = streams.lines().find(|line| line.starts_with(kind)).unwrap_or_else(|| panic!("no {kind}: {streams}"));
        let times: Vec<f64> = line.split(',').filter_map(|part| part.parse().ok()).collect();
        assert!(times[0].abs() < 0.03 && (times[1] - 0.5).abs() < 0.06, "{kind} begins at {} and lasts {} s", times[0], times[1]);
    }
}

#[test]
fn a_picture_is_a_whole_png_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture { width: 2, height: 1, rgb: vec![255, 0, 0, 0, 0, 255] };
    let path = folder.path().join("0001.png");
    picture.save(&path).unwrap();
    assert!(std::fs::read(&path).unwrap().starts_with(b"\x89PNG"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!((picture.pixel(1, 0), picture.pixel(9, 9)), ([0, 0, 255], [0, 0, 0]));
    assert!(matches!(picture.save(&folder.path().join("none/0001.png")), Err(PictureError::Write(..))));
}

#[test]
fn a_size_that_no_driver_takes_is_refused_before_one_is_asked() {
    assert!(matches!(Darkroom::open(4, 100_000), Err(PictureError::Size(4, 100_000))));
}
