//! Playing without a window: real time, Art-Net, a status line, pictures on request, a summary at the end.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Serialize;

use super::open::{self, Opened};
use super::refused;
use super::run::Options;
use super::status::{self, Live};
use crate::files::write_atomic;
use crate::output::stats::{OutputStats, OutputSummary};
use crate::output::worker::Output;
use crate::playback::clock::SilentClock;
use crate::playback::player::Player;
#[cfg(feature = "desktop")]
use crate::playback::transport::LightOffset;
use crate::playback::transport::{LoopRegion, Transport};

/// How often the status line is renewed.
const STATUS_EVERY: Duration = Duration::from_millis(250);

/// `summary.json`.
#[derive(Serialize)]
struct Summary {
    seconds: f64,
    heads: usize,
    universes: usize,
    #[serde(flatten)]
    output: OutputSummary,
    packets: u64,
    dropped: u64,
    errors: u64,
    pictures: usize,
}

/// A show that plays, until it ends or somebody stops it.
pub(super) struct Playing<'a> {
    pub(super) opened: &'a Opened,
    pub(super) player: Player,
    #[cfg(feature = "desktop")]
    pub(super) offset: LightOffset,
    output: &'a Output,
    until: Option<Instant>,
    stop: Arc<AtomicBool>,
    live: Live,
    next_status: Instant,
}

pub(super) fn run(shows: &[String], options: &Options) -> Result<()> {
    let begun = Instant::now();
    if let Some(out) = &options.out {
        fs::create_dir_all(out).map_err(|error| refused(format!("{} cannot be made: {error}", out.display())))?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    ctrlc::set_handler({
        let stop = stop.clone();
        move || stop.store(true, Ordering::Relaxed)
    })
    .context("Ctrl-C cannot be watched for")?;
    let mut output = None;
    let mut played = 0.0;
    let mut pictures = 0;
    let mut counts = (0, 0);
    for show in shows {
        let opened = open::show(show, Some(&options.venue))?.guarded(options.strobe_guard);
        opened.notices.iter().for_each(|notice| status::say(notice));
        let output: &Output = match &mut output {
            Some(output) => output,
            none => none.insert(Output::start(options.output()?)?),
        };
        counts = (opened.rig.heads.len(), opened.rig.patch.numbers.len());
        let mut playing = start(&opened, output, options, &stop, options.seconds.map(|seconds| seconds - played))?;
        let first_light = begun.elapsed().as_secs_f64();
        status::say(&format!(
            "{} in {}: {} heads, {} universes; first light after {first_light:.1} s",
            opened.records.track.title, opened.records.venue.name, counts.0, counts.1
        ));
        let started = Instant::now();
        pictures += take_pictures(&mut playing, options, pictures)?;
        while playing.goes_on() {
            std::thread::park_timeout(Duration::from_millis(20));
        }
        playing.live.finish();
        played += started.elapsed().as_secs_f64();
        if stop.load(Ordering::Relaxed) || options.seconds.is_some_and(|seconds| played >= seconds - 1e-3) {
            break;
        }
    }
    let Some(output) = output else { return Ok(()) };
    let stats = output.stop()?;
    report(&stats);
    if let Some(out) = &options.out {
        let summary = Summary {
            seconds: played,
            heads: counts.0,
            universes: counts.1,
            output: stats.summary(),
            packets: stats.packets,
            dropped: stats.dropped,
            errors: stats.errors,
            pictures,
        };
        write_summary(&out.join("summary.json"), &summary)?;
    }
    Ok(())
}

fn start<'a>(
    opened: &'a Opened,
    output: &'a Output,
    options: &Options,
    stop: &Arc<AtomicBool>,
    seconds: Option<f64>,
) -> Result<Playing<'a>> {
    let now = Instant::now();
    let transport = Transport::new(now, opened.show.track.duration_secs).map_err(refused)?;
    let mut player = Player::new(transport, Box::new(SilentClock::default()));
    player.set_rate(now, options.rate).map_err(refused)?;
    if let Some(region) = options.region {
        player.set_loop(now, Some(LoopRegion::new(region.from, region.to).map_err(refused)?)).map_err(refused)?;
    }
    player.seek(now, options.start).map_err(refused)?;
    player.play(now);
    let handle = output.handle();
    let offset = options.offset()?;
    handle.set_offset(offset);
    handle.set_program(opened.program.clone());
    handle.set_transport(player.transport());
    let until = seconds.map(|seconds| now + Duration::from_secs_f64(seconds.max(0.0)));
    Ok(Playing {
        opened,
        player,
        #[cfg(feature = "desktop")]
        offset,
        output,
        until,
        stop: stop.clone(),
        live: Live::new(),
        next_status: now,
    })
}

impl Playing<'_> {
    /// Keeps the transport and the status line fresh; false when it is over.
    pub(super) fn goes_on(&mut self) -> bool {
        let now = Instant::now();
        let transport = self.player.tick(now);
        self.output.handle().set_transport(transport);
        if now >= self.next_status {
            self.next_status = now + STATUS_EVERY;
            let line = line(&transport, now, self.opened, &self.output.stats());
            self.live.show(&line);
        }
        let over = !transport.is_playing_at(now) || self.until.is_some_and(|until| now >= until);
        !over && !self.stop.load(Ordering::Relaxed)
    }
}

fn line(transport: &Transport, now: Instant, opened: &Opened, stats: &OutputStats) -> String {
    let secs = transport.position_at(now);
    let place = opened.show.track.grid.bar_beat_at(secs);
    let errors = stats.last_error.as_ref().map_or(String::new(), |error| format!(" · {} errors: {error}", stats.errors));
    format!(
        "{:>3}.{} · {}:{:04.1} · {:.0} packets/s · {} universes · lateness p99 {:.1} ms, max {:.1} ms{errors}",
        place.bar,
        place.beat,
        (secs / 60.0) as u64,
        secs % 60.0,
        stats.packets_per_sec,
        stats.frames_sent.len(),
        stats.lateness_ms.p99,
        stats.lateness_ms.max,
    )
}

fn report(stats: &OutputStats) {
    let frames: u64 = stats.frames_sent.values().sum();
    let lateness = stats.lateness_ms;
    let realtime = if stats.realtime { "real-time priority" } else { "normal priority" };
    status::say(&format!(
        "{frames} frames sent ({realtime}); lateness p50 {:.2} ms, p99 {:.2} ms, max {:.1} ms; {} dropped, {} errors",
        lateness.p50, lateness.p99, lateness.max, stats.dropped, stats.errors
    ));
}

fn write_summary(path: &Path, summary: &Summary) -> Result<()> {
    let text = serde_json::to_string_pretty(summary)?;
    write_atomic(path, text.as_bytes()).with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(feature = "desktop")]
fn take_pictures(playing: &mut Playing<'_>, options: &Options, taken: usize) -> Result<usize> {
    match &options.out {
        Some(out) => super::pictures::take(playing, out, options, taken),
        None => Ok(0),
    }
}

#[cfg(not(feature = "desktop"))]
fn take_pictures(_playing: &mut Playing<'_>, options: &Options, _taken: usize) -> Result<usize> {
    if options.out.is_some() {
        status::say("No pictures: this build was made without the feature \"desktop\"; playing and sending all the same");
    }
    Ok(0)
}
