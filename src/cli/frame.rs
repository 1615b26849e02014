//! `luma frame`: any instant of a show, as heads and as bytes.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::open::{self, Opened};
use super::{args, status};
use crate::engine::frame::{BeamValue, HeadState};
use crate::engine::{self, DmxFrame, Held, Live, Window, encode, render};

#[derive(Args)]
pub(super) struct Frame {
    /// The show: "demo", or an audio file (with an automatic score)
    show: String,
    /// The instant, in seconds of the track
    #[arg(long, value_name = "SECONDS", value_parser = args::secs, allow_hyphen_values = true)]
    at: f64,
    /// How long before that instant the frame begins: what flashed in between counts [default: one tick, 1/44 s]
    #[arg(long, value_name = "SECONDS", value_parser = args::secs, allow_hyphen_values = true, conflicts_with = "from")]
    window: Option<f64>,
    /// The frame's beginning, instead of --window
    #[arg(long, value_name = "SECONDS", value_parser = args::secs, allow_hyphen_values = true)]
    from: Option<f64>,
    /// The venue: a file, or the name of a built-in one
    #[arg(long, value_name = "VENUE")]
    venue: Option<String>,
    /// Everything as one JSON object
    #[arg(long)]
    json: bool,
}

impl Frame {
    pub(super) fn run(&self) -> Result<()> {
        if self.from.is_some_and(|from| from > self.at) {
            return Err(super::refused("--from lies after --at: a frame begins before it ends"));
        }
        let opened = open::show(&self.show, self.venue.as_deref())?;
        opened.notices.iter().for_each(|notice| status::say(notice));
        let window = match self.from {
            Some(from) => Window { from, to: self.at },
            None => Window::ending(self.at, self.window.unwrap_or(1.0 / 44.0)),
        };
        let mut frame = engine::Frame::default();
        render(&opened.program, window, &Live::default(), &mut frame);
        let mut dmx = DmxFrame::default();
        encode(&opened.rig, &frame, &mut Held::default(), &mut dmx);
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer(&mut out, &describe(&opened, &frame, &dmx))?;
            writeln!(out)?;
        } else {
            out.write_all(table(&opened, &frame, &dmx).as_bytes())?;
        }
        Ok(())
    }
}

/// One head in `luma frame --json`.  Values a head lacks are null.
#[derive(Serialize)]
struct HeadRow<'a> {
    id: String,
    fixture: &'a str,
    dimmer: f32,
    color: Option<[f32; 3]>,
    strobe: f32,
    pan_deg: Option<f32>,
    tilt_deg: Option<f32>,
    frozen: bool,
    zoom: Option<f32>,
    focus: Option<f32>,
    iris: Option<f32>,
    frost: Option<f32>,
    gobo: Option<f32>,
    gobo_rotation: Option<f32>,
    prism: Option<f32>,
}

fn rows<'a>(opened: &'a Opened, frame: &'a engine::Frame) -> impl Iterator<Item = HeadRow<'a>> {
    (0..opened.rig.heads.len() as u32).map(|head| {
        let HeadState { dimmer, color, strobe, pan_deg, tilt_deg, frozen, .. } = frame.head(head);
        let beam = |value| frame.head(head).beam(value);
        HeadRow {
            id: opened.rig.head_id(head),
            fixture: &opened.rig.fixtures[opened.rig.heads[head as usize].fixture as usize].label,
            dimmer,
            color: color.map(|rgb| rgb.0),
            strobe,
            // Positions of heads that cannot move mean nothing.
            pan_deg: pan_deg.filter(|_| opened.rig.heads[head as usize].pan_deg.is_some()),
            tilt_deg: tilt_deg.filter(|_| opened.rig.heads[head as usize].tilt_deg.is_some()),
            frozen,
            zoom: beam(BeamValue::Zoom),
            focus: beam(BeamValue::Focus),
            iris: beam(BeamValue::Iris),
            frost: beam(BeamValue::Frost),
            gobo: beam(BeamValue::Gobo),
            gobo_rotation: beam(BeamValue::GoboRotation),
            prism: beam(BeamValue::Prism),
        }
    })
}

fn describe(opened: &Opened, frame: &engine::Frame, dmx: &DmxFrame) -> Value {
    let universes: serde_json::Map<String, Value> =
        dmx.universes().map(|universe| (universe.number.to_string(), json!(universe.bytes.as_slice()))).collect();
    let grid = &opened.show.track.grid;
    json!({
        "show": opened.records.score.name,
        "venue": opened.records.venue.name,
        "at": frame.window.to,
        "from": frame.window.from,
        "bar_beat": grid.bar_beat_at(frame.window.to),
        "heads": rows(opened, frame).collect::<Vec<_>>(),
        "universes": universes,
    })
}

fn table(opened: &Opened, frame: &engine::Frame, dmx: &DmxFrame) -> String {
    let place = opened.show.track.grid.bar_beat_at(frame.window.to);
    let mut text = format!("{:.3} s, bar {}.{}, {} heads\n", frame.window.to, place.bar, place.beat, frame.n_heads());
    text += &format!("{:<24} {:>4} {:>6}  {:<7} {:>6} {:>6} {:>6}\n", "head", "", "dimmer", "color", "strobe", "pan", "tilt");
    let degrees = |value: Option<f32>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
    for row in rows(opened, frame) {
        let color = row.color.map_or_else(
            || "-".to_owned(),
            |rgb| rgb.iter().fold("#".to_owned(), |hex, level| hex + &format!("{:02x}", (level * 255.0).round() as u8)),
        );
        let index = row.id.rsplit(':').next().unwrap_or_default();
        text += &format!(
            "{:<24} {index:>4} {:>6.3}  {color:<7} {:>6.3} {:>6} {:>6}\n",
            row.fixture,
            row.dimmer,
            row.strobe,
            degrees(row.pan_deg),
            degrees(row.tilt_deg)
        );
    }
    for universe in dmx.universes() {
        let last = universe.bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        text += &format!("\nuniverse {}\n", universe.number);
        for (row, bytes) in universe.bytes[..last].chunks(16).enumerate() {
            text += &format!("{:>5} ", row * 16 + 1);
            bytes.iter().for_each(|byte| text += &format!(" {byte:>3}"));
            text.push('\n');
        }
    }
    text
}
