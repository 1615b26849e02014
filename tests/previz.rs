//! What the room looks like, as pixels: needs a graphics driver, and says so where there is none.
#![cfg(feature = "desktop")]
#![expect(clippy::print_stdout, reason = "a test that cannot run says why")]

use std::sync::Arc;

use glam::Vec3;
use luma::engine::frame::has;
use luma::engine::rig::kind::{Body, FixtureKind};
use luma::engine::rig::{Pose, RigFixture};
use luma::engine::{Frame, Rig};
use luma::previz::camera::CameraPreset;
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
    room.build(rig.clone(), Room { scenery: Club::scenery(), ..Room::default() });
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
