//! What a definition says, as plain facts: the form that `luma fixtures dump` writes and that other programs compare.
//!
//! Offsets are 0-based inside the mode.  Decided where the form leaves it open:
//! - `heads` are those of the file; a mode without any has one with every channel, even where the rig splits it by its colours.
//! - Of two channels of one role in a head, `col`, `dim`, `pan` and `tilt` name the one that the rig drives: a real dimmer
//!   before a channel that is only filed under intensity, one with a low byte before one without, then the first.
//! - `dr` has intensity channels, and shutters that dim where no intensity channel does.
//! - `pan`, `tilt` and `lens` are `null` where the file has 0, which means unknown.
//! - `wh` has every high byte with ranges that name colours, whatever its group; `sh` every high byte of the shutter group
//!   that is no iris, also where no range is formal.
//! - A strobe's kind is `strobe`, `random`, `pulse`, `rampup` or `rampdown`; its direction `SF`, `FS` or `null` where it does
//!   not change over the range; its rates are `null` where the file has none.

pub mod gdtf;
pub mod mvr;

use std::collections::BTreeMap;

use serde::Serialize;

use super::formats::definition::{Channel, Definition, Detail, Effect, Flash, Group, Mode, Primary, Range, Sweep};
use super::lower;

/// High byte, low byte.
pub type Pair = (u16, Option<u16>);

/// A folder's definitions and rooms: QLC+'s in one list, GDTF's and MVR's in two others where there are any.
#[derive(Debug, Default, Serialize)]
pub struct Dump {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lib: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixtures: Option<Vec<FixtureDump>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gdtf: Option<Vec<gdtf::GdtfDump>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mvr: Option<Vec<mvr::MvrDump>>,
}

#[derive(Debug, Serialize)]
pub struct FixtureDump {
    pub f: String,
    pub mf: String,
    pub md: String,
    pub ty: &'static str,
    pub modes: Vec<ModeDump>,
}

#[derive(Debug, Serialize)]
pub struct ModeDump {
    pub n: String,
    pub ch: usize,
    pub pan: Option<f32>,
    pub tilt: Option<f32>,
    pub lens: Option<[f32; 2]>,
    pub layout: Option<[u16; 2]>,
    pub master: Option<Pair>,
    pub heads: Vec<HeadDump>,
    pub roles: Vec<String>,
    pub def: BTreeMap<u16, u8>,
    pub dr: BTreeMap<u16, [u8; 2]>,
    pub sh: BTreeMap<u16, ShutterDump>,
    pub wh: BTreeMap<u16, Vec<WheelRange>>,
    pub sp: BTreeMap<u16, &'static str>,
}

#[derive(Debug, Serialize)]
pub struct HeadDump {
    pub ch: Vec<u16>,
    pub col: BTreeMap<&'static str, Pair>,
    pub dim: Option<Pair>,
    pub pan: Option<Pair>,
    pub tilt: Option<Pair>,
}

#[derive(Debug, Default, Serialize)]
pub struct ShutterDump {
    pub open: Vec<[u8; 2]>,
    pub close: Vec<[u8; 2]>,
    pub strobe: Vec<(u8, u8, &'static str, Option<&'static str>, Option<f32>, Option<f32>)>,
}

/// `[min, max, colour]`, or with a second colour for a split position.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum WheelRange {
    Whole(u8, u8, String),
    Split(u8, u8, String, String),
}

pub fn fixture(path: &str, definition: &Definition) -> FixtureDump {
    FixtureDump {
        f: path.to_owned(),
        mf: definition.manufacturer.clone(),
        md: definition.model.clone(),
        ty: definition.device.name(),
        modes: definition.modes.iter().map(|mode| mode_dump(definition, mode)).collect(),
    }
}

fn mode_dump(definition: &Definition, mode: &Mode) -> ModeDump {
    let channels: Vec<&Channel> = mode.slots.iter().filter_map(|slot| definition.channel(*slot)).collect();
    let physical = definition.physical(mode);
    let known = |degrees: f32| (degrees > 0.0).then_some(degrees);
    let lens = [physical.lens_min_deg, physical.lens_max_deg];
    let all = || (0..channels.len() as u16).collect::<Vec<u16>>();
    let scopes = if mode.heads.is_empty() { vec![all()] } else { mode.heads.clone() };
    let outside: Vec<u16> = all().into_iter().filter(|offset| !mode.heads.iter().any(|head| head.contains(offset))).collect();
    let roles = Roles { definition, channels: &channels };
    let dims = |channel: &&Channel| !channel.fine && channel.color.is_none() && lower::is_driven(channel, definition.device);
    let has_dimmer = channels.iter().any(|channel| channel.group == Group::Intensity && dims(channel));
    let high = || (0u16..).zip(&channels).filter(|(_, channel)| !channel.fine);
    ModeDump {
        n: mode.name.clone(),
        ch: channels.len(),
        pan: known(physical.pan_max_deg),
        tilt: known(physical.tilt_max_deg),
        lens: (lens != [0.0, 0.0]).then_some(lens),
        layout: physical.layout.map(|(columns, rows)| [columns, rows]),
        master: roles.first(&outside, (Group::Intensity, None)),
        heads: scopes.into_iter().map(|scope| roles.head(scope)).collect(),
        roles: channels.iter().map(|channel| role(channel)).collect(),
        def: (0u16..).zip(&channels).filter_map(|(at, channel)| Some((at, channel.default.filter(|byte| *byte != 0)?))).collect(),
        dr: high()
            .filter(|(_, channel)| channel.group == Group::Intensity || !has_dimmer)
            .filter_map(|(at, channel)| Some((at, lower::part_dimmer(channel, definition.device)?)))
            .collect(),
        sh: high().filter(|(_, channel)| is_shutter(channel)).map(|(at, channel)| (at, shutter(channel))).collect(),
        wh: high().map(|(at, channel)| (at, wheel(channel))).filter(|(_, ranges)| !ranges.is_empty()).collect(),
        sp: high().filter_map(|(at, channel)| Some((at, speed(channel)?))).collect(),
    }
}

struct Roles<'a> {
    definition: &'a Definition,
    channels: &'a [&'a Channel],
}

type Role = (Group, Option<Primary>);

impl Roles<'_> {
    fn head(&self, scope: Vec<u16>) -> HeadDump {
        let pair = |role| self.best(&scope, role);
        let anywhere: Vec<u16> = (0..self.channels.len() as u16).collect();
        let position = |group| pair((group, None)).or_else(|| self.first(&anywhere, (group, None)));
        HeadDump {
            col: PRIMARIES.iter().rev().filter_map(|(primary, name)| Some((*name, pair((Group::Intensity, Some(*primary)))?))).collect(),
            dim: pair((Group::Intensity, None)),
            pan: position(Group::Pan),
            tilt: position(Group::Tilt),
            ch: scope,
        }
    }

    /// Every high byte of a role in the scope, with the low byte that belongs to it.
    fn pairs(&self, scope: &[u16], role: Role) -> Vec<Pair> {
        let of = |fine: bool| {
            let mut offsets: Vec<u16> = scope.iter().copied().filter(|&at| self.has(at, role, fine)).collect();
            offsets.sort_unstable();
            offsets
        };
        let mut pairs: Vec<Pair> = of(false).into_iter().map(|high| (high, None)).collect();
        for low in of(true) {
            // The one right before it, else the nearest that has none yet.
            let free = pairs.iter_mut().filter(|(_, taken)| taken.is_none());
            if let Some(pair) = free.min_by_key(|(high, _)| (high + 1 != low, high.abs_diff(low))) {
                pair.1 = Some(low);
            }
        }
        pairs
    }

    fn has(&self, at: u16, role: Role, fine: bool) -> bool {
        self.channels.get(usize::from(at)).is_some_and(|channel| (channel.group, channel.color) == role && channel.fine == fine)
    }

    fn first(&self, scope: &[u16], role: Role) -> Option<Pair> {
        self.pairs(scope, role).into_iter().next()
    }

    fn best(&self, scope: &[u16], role: Role) -> Option<Pair> {
        let drives = |at: u16| lower::is_driven(self.channels[usize::from(at)], self.definition.device);
        self.pairs(scope, role).into_iter().min_by_key(|(high, low)| (!drives(*high), low.is_none()))
    }
}

/// Whites of two temperatures go under one name; the plain one first.
const PRIMARIES: [(Primary, &str); 13] = [
    (Primary::Red, "R"),
    (Primary::Green, "G"),
    (Primary::Blue, "B"),
    (Primary::Cyan, "C"),
    (Primary::Magenta, "M"),
    (Primary::Yellow, "Y"),
    (Primary::Amber, "A"),
    (Primary::White, "W"),
    (Primary::ColdWhite, "W"),
    (Primary::WarmWhite, "W"),
    (Primary::Uv, "UV"),
    (Primary::Lime, "L"),
    (Primary::Indigo, "IN"),
];

fn role(channel: &Channel) -> String {
    let color = PRIMARIES.iter().find(|(primary, _)| channel.color == Some(*primary)).map(|(_, name)| *name);
    let group = match channel.group {
        Group::Intensity => "I",
        Group::Color => "C",
        Group::Gobo => "G",
        Group::Speed => "S",
        Group::Pan => "P",
        Group::Tilt => "T",
        Group::Shutter => "SH",
        Group::Prism => "PR",
        Group::Beam => "B",
        Group::Effect => "E",
        Group::Maintenance => "M",
        Group::Nothing => "N",
    };
    let low = if channel.fine { ".f" } else { "" };
    color.map_or_else(|| format!("{group}{low}"), |color| format!("{group}.{color}{low}"))
}

fn is_shutter(channel: &Channel) -> bool {
    channel.group == Group::Shutter && !matches!(channel.detail, Some(Detail::Iris(_)))
}

fn shutter(channel: &Channel) -> ShutterDump {
    let mut dump = ShutterDump::default();
    for range in &channel.ranges {
        match range.effect {
            Effect::ShutterOpen => dump.open.push([range.min, range.max]),
            Effect::ShutterClosed => dump.close.push([range.min, range.max]),
            Effect::Strobe(flash, sweep) => {
                let kind = match flash {
                    Flash::Steady => "strobe",
                    Flash::Random => "random",
                    Flash::Pulse => "pulse",
                    Flash::RampUp => "rampup",
                    Flash::RampDown => "rampdown",
                };
                let (low, high) = hz(range);
                dump.strobe.push((range.min, range.max, kind, direction(sweep), low, high));
            }
            _ => {}
        }
    }
    dump
}

/// A range of one rate has it twice.
fn hz(range: &Range) -> (Option<f32>, Option<f32>) {
    match range.numbers {
        [Some(first), Some(second)] => (Some(first.min(second)), Some(first.max(second))),
        [only, other] => (only.or(other), only.or(other)),
    }
}

fn direction(sweep: Sweep) -> Option<&'static str> {
    match sweep {
        Sweep::Up => Some("SF"),
        Sweep::Down => Some("FS"),
        Sweep::Flat => None,
    }
}

fn wheel(channel: &Channel) -> Vec<WheelRange> {
    let hex = |[r, g, b]: [u8; 3]| format!("#{r:02x}{g:02x}{b:02x}");
    let range = |range: &Range| match range.colors[..] {
        [first, second, ..] => Some(WheelRange::Split(range.min, range.max, hex(first), hex(second))),
        [only] => Some(WheelRange::Whole(range.min, range.max, hex(only))),
        [] => None,
    };
    channel.ranges.iter().filter_map(range).collect()
}

fn speed(channel: &Channel) -> Option<&'static str> {
    match channel.detail {
        Some(Detail::PanTiltSpeed(sweep) | Detail::PanSpeed(sweep) | Detail::TiltSpeed(sweep)) => direction(sweep),
        _ => None,
    }
}
