//! `luma demo` and `luma play`: a window where there is one, pictures and a status line where there is none.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::args::{self, Size, Span};
#[cfg(feature = "desktop")]
use super::desk;
use super::{headless, library, refused};
use crate::output::identity::Role;
use crate::output::routes::{Broadcast, Routes};
use crate::output::worker::OutputConfig;
use crate::playback::transport::LightOffset;

/// What every way of playing takes.
#[derive(Args, Clone)]
pub(super) struct Options {
    /// The venue: a file, or the name of a built-in one
    #[arg(long, value_name = "VENUE", default_value = "club")]
    pub(super) venue: String,
    /// No window: play, send, tell how it goes, and with --out take pictures
    #[arg(long)]
    pub(super) headless: bool,
    /// Stop after so many seconds [default: at the end of the track]
    #[arg(long, value_name = "SECONDS", value_parser = args::span, allow_hyphen_values = true)]
    pub(super) seconds: Option<f64>,
    /// Where pictures and summary.json go
    #[arg(long, value_name = "DIR", requires = "headless")]
    pub(super) out: Option<PathBuf>,
    /// Seconds between two pictures
    #[arg(long, value_name = "SECONDS", value_parser = args::span, allow_hyphen_values = true, default_value = "1")]
    pub(super) every: f64,
    /// Size of the pictures in pixels
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "960x540")]
    pub(super) size: Size,
    /// Send Art-Net here; again for more nodes
    #[arg(long = "target", value_name = "IP[:PORT]", default_value = "127.0.0.1")]
    pub(super) targets: Vec<String>,
    /// Start at this second of the track
    #[arg(long, value_name = "SECONDS", value_parser = args::secs, allow_hyphen_values = true, default_value = "0")]
    pub(super) start: f64,
    /// Play this part of the track again and again
    #[arg(long = "loop", value_name = "FROM-TO")]
    pub(super) region: Option<Span>,
    /// Playing speed, 0.25 to 4
    #[arg(long, value_name = "RATE", value_parser = args::rate, allow_hyphen_values = true, default_value = "1")]
    pub(super) rate: f64,
    /// How much earlier (positive) or later light is than sound, in milliseconds
    #[arg(long, value_name = "MS", value_parser = args::offset_ms, default_value = "0", allow_hyphen_values = true)]
    pub(super) offset_ms: f64,
    /// The strobe guard: nothing flashes more often a second than this [default: off]
    #[arg(long, value_name = "HZ", value_parser = args::hz, allow_hyphen_values = true)]
    pub(super) strobe_guard: Option<f32>,
    /// Log the window of every frame sent, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(super) frame_log: Option<PathBuf>,
    /// Debug: make the window's world sleep so long in every frame
    #[arg(long, value_name = "MS", default_value = "0", hide = true)]
    pub(super) stall_ms: u64,
    /// Debug: let a script drive the window through this port on 127.0.0.1
    #[arg(long, value_name = "PORT", hide = true)]
    pub(super) test_port: Option<u16>,
}

impl Options {
    pub(super) fn output(&self) -> Result<OutputConfig> {
        let routes = Routes::parse(self.targets.iter().map(String::as_str), Broadcast::Refuse).map_err(refused)?;
        let (source, loss) = (library::source(Role::Headless), library::output_options().loss);
        Ok(OutputConfig { routes, source, loss, frame_log: self.frame_log.clone(), ..OutputConfig::default() })
    }

    pub(super) fn offset(&self) -> Result<LightOffset> {
        LightOffset::new(self.offset_ms / 1000.0).map_err(refused)
    }
}

#[derive(Args)]
pub(super) struct Demo {
    #[command(flatten)]
    options: Options,
}

#[derive(Args)]
pub(super) struct Play {
    /// Audio files: mp3, flac, ogg, wav, aiff, m4a
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    #[command(flatten)]
    options: Options,
}

impl Demo {
    pub(super) fn run(&self) -> Result<()> {
        play(&["demo".to_owned()], &self.options)
    }
}

impl Play {
    pub(super) fn run(&self) -> Result<()> {
        play(&self.files, &self.options)
    }
}

/// `luma` alone: the studio, with the demo show on the desk.
pub(super) fn studio() -> Result<()> {
    #[derive(clap::Parser)]
    struct Defaults {
        #[command(flatten)]
        options: Options,
    }
    let Defaults { options } = clap::Parser::try_parse_from(["luma"])?;
    play(&["demo".to_owned()], &options)
}

fn play(shows: &[String], options: &Options) -> Result<()> {
    if options.headless {
        return headless::run(shows, options);
    }
    window(shows, options)
}

#[cfg(feature = "desktop")]
fn window(shows: &[String], options: &Options) -> Result<()> {
    let [first, rest @ ..] = shows else { return Ok(()) };
    let desk::OnDesk { opened, definitions, document, desk, store } = desk::open(first, &options.venue)?;
    let opened = opened.guarded(options.strobe_guard);
    opened.notices.iter().for_each(|notice| super::status::say(notice));
    if !rest.is_empty() {
        super::status::say("The window plays the first file; --headless plays all of them, one after another");
    }
    let desktop = crate::app::Desktop {
        document,
        desk,
        store: Some(store),
        definitions,
        track: opened.records.track,
        rig: opened.rig,
        program: opened.program,
        guard: opened.show.guard,
        output: options.output()?,
        offset: options.offset()?,
        start_secs: options.start,
        region: options.region.map(|region| (region.from, region.to)),
        rate: options.rate,
        seconds: options.seconds,
        stall_ms: options.stall_ms,
        test_port: options.test_port,
    };
    crate::app::desktop(desktop).map_err(refused)
}

#[cfg(not(feature = "desktop"))]
fn window(shows: &[String], options: &Options) -> Result<()> {
    super::status::say("This build has no window (it was made without the feature \"desktop\"): playing headless");
    headless::run(shows, options)
}
