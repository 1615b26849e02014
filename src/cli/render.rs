//! `luma render`: pictures and films of a show, as often as wanted the same, and how long they take.

mod film;
mod recorded;
mod speed;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use super::args::{self, Size};
use super::open::{self, Opened};
use super::{refused, status};
use crate::engine::{Live, Window};
use crate::previz::camera::{CameraPreset, Eye};
use crate::previz::darkroom::{Darkroom, Look};
use crate::previz::picture::Picture;
use crate::previz::quality::Tier;
use crate::previz::stage::Room;

#[derive(Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["at", "from", "bench"]))]
pub(super) struct Render {
    /// The show: "demo", a score of the library, or an audio file
    #[arg(default_value = "demo")]
    show: String,
    /// The venue: a file, or the name of one
    #[arg(long, value_name = "VENUE")]
    venue: Option<String>,
    /// Instead of the show: what a recording of the wire makes of the lamps, in seconds of the recording
    #[arg(long, value_name = "FILE", conflicts_with = "bench")]
    recording: Option<PathBuf>,
    /// A picture of this second of the track
    #[arg(long, value_name = "SECONDS", value_parser = args::secs, allow_hyphen_values = true)]
    at: Option<f64>,
    /// A film from this second on
    #[arg(long, value_name = "SECONDS", value_parser = args::secs, allow_hyphen_values = true, requires = "to")]
    from: Option<f64>,
    /// The film's end
    #[arg(long, value_name = "SECONDS", value_parser = args::secs, allow_hyphen_values = true, requires = "from")]
    to: Option<f64>,
    /// Pictures a second of the film
    #[arg(long, value_name = "N", default_value = "30", value_parser = clap::value_parser!(u32).range(1..=240))]
    fps: u32,
    /// Where it is seen from
    #[arg(long, value_enum, default_value = "front")]
    camera: Camera,
    /// Or from this place of the venue, in metres: to the audience's right, upstage, up
    #[arg(long, value_name = "X,Y,Z", value_parser = args::place, allow_hyphen_values = true, requires = "look_at")]
    eye: Option<[f32; 3]>,
    /// What it looks at from there
    #[arg(long, value_name = "X,Y,Z", value_parser = args::place, allow_hyphen_values = true, requires = "eye")]
    look_at: Option<[f32; 3]>,
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1280x720")]
    size: Size,
    /// Draw so many pixels for each of the picture's, along a side
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=4))]
    supersample: u32,
    /// What may be spent on a picture
    #[arg(long, value_enum, default_value = "full")]
    quality: Spend,
    /// A picture: a PNG file.  A film: a file that ffmpeg knows by its ending; without ffmpeg, a folder of PNGs beside it
    #[arg(long, value_name = "FILE", required_unless_present = "bench")]
    out: Option<PathBuf>,
    /// Instead of a picture: how long frames of 32 to 4,096 heads take, at each quality
    #[arg(long)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Camera {
    Front,
    Top,
    Side,
    Dj,
}

impl Camera {
    fn preset(self) -> CameraPreset {
        match self {
            Self::Front => CameraPreset::FrontOfHouse,
            Self::Top => CameraPreset::Top,
            Self::Side => CameraPreset::Side,
            Self::Dj => CameraPreset::Dj,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Spend {
    Full,
    Balanced,
    Plain,
}

impl Spend {
    fn tier(self) -> Tier {
        match self {
            Self::Full => Tier::Full,
            Self::Balanced => Tier::Balanced,
            Self::Plain => Tier::Plain,
        }
    }
}

/// The span of a picture at one instant: a tick of the output.
const TICK_SECS: f64 = 1.0 / 44.0;

impl Render {
    pub(super) fn run(&self) -> Result<()> {
        if self.bench {
            return speed::run(self.look(), self.eye());
        }
        let Some(out) = &self.out else { return Err(refused("give --out FILE")) };
        let span = self.from.zip(self.to);
        if let Some((from, to)) = span
            && to <= from
        {
            return Err(refused("--to lies before --from: a film ends after it begins"));
        }
        let opened = open::show(&self.show, self.venue.as_deref())?;
        opened.notices.iter().for_each(|notice| status::say(notice));
        let mut recorded = self.recording.as_deref().map(recorded::Recorded::open).transpose()?;
        let mut darkroom = self.darkroom(&opened)?;
        let (eye, rig) = (self.eye(), &opened.program.rig);
        if let Some((from, to)) = span {
            let film = film::Film { from, to, fps: self.fps };
            let sound = opened.records.track.sound.as_deref().filter(|_| recorded.is_none());
            let mut shot = |darkroom: &mut Darkroom, window: Window| -> Result<Picture> {
                Ok(match &mut recorded {
                    Some(recorded) => darkroom.follow(recorded.frame(rig, window)?, eye)?,
                    None => darkroom.take(window, &Live::default(), eye)?,
                })
            };
            return film.shoot(&mut darkroom, &mut shot, sound, (self.size.width, self.size.height), out);
        }
        let at = self.at.unwrap_or_default();
        let window = Window::ending(at, TICK_SECS);
        let picture = match &mut recorded {
            Some(recorded) => darkroom.take_frame(recorded.frame(rig, window)?, eye)?,
            None => darkroom.take(window, &Live::default(), eye)?,
        };
        picture.save(out).with_context(|| format!("{} cannot be written", out.display()))?;
        let of = self.recording.as_ref().map_or(opened.records.track.title.clone(), |file| file.display().to_string());
        status::say(&format!("{of} at {at:.3} s: {}", out.display()));
        Ok(())
    }

    fn eye(&self) -> Eye {
        match self.eye.zip(self.look_at) {
            Some((eye, target)) => Eye::At { eye: eye.into(), target: target.into() },
            None => self.camera.preset().into(),
        }
    }

    fn look(&self) -> Look {
        let Size { width, height } = self.size;
        Look { width, height, supersample: self.supersample, tier: Some(self.quality.tier()) }
    }

    fn darkroom(&self, opened: &Opened) -> Result<Darkroom> {
        let mut darkroom = Darkroom::open_for(self.look()).map_err(refused)?;
        darkroom.hang(opened.program.clone(), Room::of(&opened.records.venue, &opened.library));
        Ok(darkroom)
    }
}
