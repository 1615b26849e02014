//! Which bytes of a channel do what: the stretch that dims, the slots of a wheel, the ends of a sweep.
//!
//! A formal effect beats a label, and a label beats an assumption.  No constant is right for "slow" or "fast", so none is used
//! while the file says anything.

use super::purpose::says;
use crate::engine::rig::kind::WheelSlot;
use crate::engine::units::Rgb;
use crate::venue::formats::definition::{Channel, Detail, Effect, Range, Sweep};

/// Words of labels for a state in which a thing does nothing.
const NEUTRAL: [&str; 13] = [
    "no func",
    "nothing",
    "no effect",
    "not used",
    "unused",
    "disable",
    "none",
    "idle",
    "normal",
    "reserved",
    "neutral",
    "static",
    "manual",
];
const DANGER: [&str; 12] =
    ["reset", "lamp", "strike", "douse", "shutdown", "shut down", "calibrat", "factory", "power o", "reboot", "test", "standby"];

/// A range that must never be entered by accident.
pub(super) fn is_dangerous(range: &Range) -> bool {
    let told = |range: &Range| says(&range.label, &DANGER) && !says(&range.label, &NEUTRAL) && !says(&range.label, &["dim", "intens"]);
    is_switch(range) || (range.effect == Effect::Unnamed && told(range))
}

pub(super) fn is_neutral(range: &Range) -> bool {
    !is_dangerous(range)
        && (matches!(range.effect, Effect::ShutterOpen | Effect::PrismOff | Effect::RotationStop)
            || (range.effect == Effect::Unnamed && (says(&range.label, &NEUTRAL) || is_off(&range.label) || is_open(&range.label))))
}

fn is_off(label: &str) -> bool {
    let label = label.trim();
    says(
        label,
        &["blackout", "black out", "black-out", "no prism", "no gobo", "no frost", "no colo", "no macro", "no strobe", "no rotation"],
    ) || label.split(|sign: char| !sign.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case("off"))
}

pub(super) fn is_open(label: &str) -> bool {
    says(label, &["open"]) && !says(label, &["opening", "close", "strob"])
}

/// A byte that stands for the range: its end where it touches 0 or 255, else its middle, away from neighbours.
pub(super) fn byte_of(range: &Range) -> u8 {
    match (range.min, range.max) {
        (0, _) => 0,
        (_, u8::MAX) => u8::MAX,
        (min, max) => min + (max - min) / 2,
    }
}

/// Which way a range runs: formally, else by its label.
pub(super) fn sweep(range: &Range) -> Option<Sweep> {
    match range.effect {
        Effect::Sweep(sweep) | Effect::Strobe(_, sweep) | Effect::Rotation(_, sweep) | Effect::Dim(sweep) if sweep != Sweep::Flat => {
            Some(sweep)
        }
        _ => {
            let label = range.label.to_lowercase();
            let order = |low: &str, high: &str| Some((label.find(low)?, label.find(high)?));
            const PAIRS: [(&str, &str); 10] = [
                ("slow", "fast"),
                ("min", "max"),
                ("narrow", "wide"),
                ("small", "big"),
                ("small", "large"),
                ("near", "far"),
                ("dark", "bright"),
                ("low", "high"),
                ("0%", "100"),
                ("0 %", "100"),
            ];
            PAIRS.iter().find_map(|(low, high)| order(low, high)).map(|(low, high)| {
                // "100% - 0%" also holds "0%" inside of "100%".
                let falls = high < low || label.starts_with("100") || label.contains("(100");
                if falls { Sweep::Down } else { Sweep::Up }
            })
        }
    }
}

/// The bytes of a range at its low and its high end, in the sense of `sweep`.
pub(super) fn ends(range: &Range, assumed: Sweep) -> (u8, u8) {
    match sweep(range).unwrap_or(assumed) {
        Sweep::Down => (range.max, range.min),
        _ => (range.min, range.max),
    }
}

/// The file says formally that it resets something or switches a lamp.
pub(super) fn is_switch(range: &Range) -> bool {
    matches!(range.effect, Effect::Reset | Effect::LampOn | Effect::LampOff)
}

/// A channel that can formally reset something or switch a lamp besides what else it does.
pub(super) fn has_switch(channel: &Channel) -> bool {
    channel.ranges.iter().any(is_switch)
}

/// The longest part of a stretch in which nothing formally resets or switches a lamp, running the same way.
pub(super) fn safe(channel: &Channel, (from, to): (u8, u8)) -> (u8, u8) {
    let (low, high) = (from.min(to), from.max(to));
    let switches = |byte: u8| channel.ranges.iter().any(|range| range.contains(byte) && is_switch(range));
    if !(low..=high).any(switches) {
        return (from, to);
    }
    let mut best: Option<(u8, u8)> = None;
    let mut begun = None;
    for byte in low..=high {
        begun = if switches(byte) { None } else { begun.or(Some(byte)) };
        let length = |(from, to): (u8, u8)| to - from;
        if let Some(run) = begun.map(|begun| (begun, byte)).filter(|run| best.is_none_or(|best| length(*run) > length(best))) {
            best = Some(run);
        }
    }
    let (low, high) = best.unwrap_or((from, from));
    if from <= to { (low, high) } else { (high, low) }
}

/// Byte at level 0 and the stretch that dims.
pub(super) fn dimmer(channel: &Channel) -> (u8, (u8, u8)) {
    let (off, range) = stretch(channel);
    let range = safe(channel, range);
    let switches = channel.ranges.iter().any(|range| range.contains(off) && is_switch(range));
    (if switches { range.0 } else { off }, range)
}

fn stretch(channel: &Channel) -> (u8, (u8, u8)) {
    let full = (0, (0, u8::MAX));
    if let Some(formal) = formal_stretch(channel) {
        return formal;
    }
    if channel.ranges.len() < 2 {
        return channel.ranges.first().map_or(full, |range| if dims_down(range) { (u8::MAX, (u8::MAX, 0)) } else { full });
    }
    if counts_dimming(channel) {
        return full;
    }
    let dark = channel.ranges.first().filter(|range| is_dark(range));
    let dims = |range: &&Range| !is_dangerous(range) && !is_dark(range) && range.effect == Effect::Unnamed && names_dimming(&range.label);
    let named = joined(channel.ranges.iter().filter(dims)).into_iter().rev().max_by_key(Range::width);
    let strobes = channel.ranges.iter().any(is_strobe);
    let plain = |range: &&Range| !is_strobe(range) && !is_dangerous(range) && !is_dark(range) && range.width() > 16;
    let found = named.or_else(|| channel.ranges.iter().filter(plain).filter(|_| strobes).max_by_key(|range| range.width()).cloned());
    let Some(found) = found else {
        // Shut or open and strobes beside it: a switch, not a dimmer.
        let open = channel.ranges.iter().find(|range| strobes && is_open(&range.label)).map(byte_of);
        return dark.map(byte_of).zip(open).map_or(full, |(off, on)| (off, (on, on)));
    };
    // Steps of one width of which the first is dark count evenly from 0.
    if dark.is_some_and(|dark| steps_on(dark, &found, channel)) {
        return full;
    }
    let range = if dims_down(&found) { (found.max, found.min) } else { (found.min, found.max) };
    // Where the stretch itself begins at nothing there is no need to leave it; "6-255 flash intensity" still flashes at 6.
    let off = if begins_dark(&found.label) { range.0 } else { dark.map_or(range.0, byte_of) };
    (off, range)
}

/// The stretch that a file formally calls dimming.
fn formal_stretch(channel: &Channel) -> Option<(u8, (u8, u8))> {
    let dims = |range: &&Range| matches!(range.effect, Effect::Dim(_));
    let best = channel.ranges.iter().filter(dims).max_by_key(|range| range.width())?;
    let (from, to) = ends(best, Sweep::Up);
    let least = best.numbers.iter().flatten().copied().fold(f32::INFINITY, f32::min);
    let dark = channel.ranges.iter().find(|range| is_dark(range)).map(byte_of);
    Some((if least > 0.0 { dark.unwrap_or(from) } else { from }, (from, to)))
}

/// The longest formal run from one colour temperature to another: its ends, and kelvins there.  CTO and CTB mixers of files
/// without kelvins run from a white of 6500 K to the usual full filters.
pub(super) fn temperature(channel: &Channel) -> Option<((u8, u8), (f32, f32))> {
    let formal = channel.ranges.iter().filter_map(|range| match (range.effect, range.numbers) {
        (Effect::Temperature(_), [Some(from), Some(to)]) if from != to => Some((range, (from, to))),
        _ => None,
    });
    if let Some((range, kelvin)) = formal.max_by_key(|(range, _)| range.width()) {
        return Some(((range.min, range.max), kelvin));
    }
    let named = |word: &str| channel.detail == Some(Detail::ColorMixer) && says(&channel.name, &[word]);
    let full = match (named("cto"), named("ctb")) {
        (true, false) => 3200.0,
        (false, true) => 10_000.0,
        _ => return None,
    };
    let [only] = channel.ranges.as_slice() else { return None };
    Some(((only.min, only.max), (6500.0, full)))
}

/// Degrees from the middle at the lowest and the highest value, where a file gives them for the whole channel.
pub(super) fn reach(channel: &Channel) -> Option<(f32, f32)> {
    let [Range { min: 0, max: u8::MAX, effect: Effect::Angle, numbers: [Some(from), Some(to)], .. }] = channel.ranges[..] else {
        return None;
    };
    let middle = (from + to) / 2.0;
    (from != to && (to - from).abs() <= 3600.0).then_some((from - middle, to - middle))
}

/// The stretch goes on in steps of the dark range's width, up to the end.
fn steps_on(dark: &Range, stretch: &Range, channel: &Channel) -> bool {
    let steps = || channel.ranges.iter().filter(|range| stretch.contains(range.min));
    stretch.max == u8::MAX && steps().count() > 1 && steps().all(|step| step.width() == dark.width())
}

/// "100 -> 0" between "full dimming" below and "no dimming" above is how much is taken away: the light rises.
fn counts_dimming(channel: &Channel) -> bool {
    let first = channel.ranges.first().is_some_and(|range| says(&range.label, &["full dimm", "total dimm"]));
    let last = channel.ranges.last().is_some_and(|range| says(&range.label, &["no dimm"]));
    first && last
}

/// "Dim->Bright->Dim": a programme that fades, not a level.
pub(super) fn fades_by_itself(channel: &Channel) -> bool {
    channel.ranges.iter().any(|range| says(&range.label, &["dim", "bright"]) && range.label.matches("->").count() > 1)
}

/// Ranges from fast to slow: how a lamp follows its level.
pub(super) fn sets_a_pace(channel: &Channel) -> bool {
    let told = |word: &str| channel.ranges.iter().position(|range| says(&range.label, &[word]) && !is_strobe(range));
    told("fast").zip(told("slow")).is_some_and(|(fast, slow)| fast != slow)
}

/// More than half of the channel is called intensity, whatever its name is.
pub(super) fn dims_mostly(channel: &Channel) -> bool {
    channel.ranges.iter().any(|range| {
        let label = range.label.trim();
        range.width() > 128
            && range.effect == Effect::Unnamed
            && ["intensity", "dimmer", "dimming"].iter().any(|name| label.eq_ignore_ascii_case(name))
    })
}

fn begins_dark(label: &str) -> bool {
    let compact: String = label.to_lowercase().chars().filter(|sign| !sign.is_whitespace() && *sign != '%').collect();
    let rises =
        ["0-100", "0to100", "0->100", "0>100", "0~100", "0<100", "0..100", "0–100", "0→100", "zerotofull", "darktobright", "dark->bright"];
    // "10-100 %" and "100-0 %": only a 0 with no digit before it is nothing.
    let from_zero = |at: usize| !compact[..at].ends_with(|sign: char| sign.is_ascii_digit());
    dims_down(&Range { label: label.to_owned(), ..Range::default() })
        || rises.iter().any(|rising| compact.find(rising).is_some_and(from_zero))
}

fn dims_down(range: &Range) -> bool {
    let label = range.label.to_lowercase();
    let compact: String = label.chars().filter(|sign| !sign.is_whitespace() && *sign != '%').collect();
    says(&label, &["bright to dark", "bright->dark", "max > min", "full to zero"])
        || ["100-0", "100to0", "100->0", "100>0", "100~0"].iter().any(|falling| compact.contains(falling))
}

fn names_dimming(label: &str) -> bool {
    const DIMS: [&str; 9] = ["dim", "intens", "bright", "level", "fade", "linear", "%", "min", "0 to 100"];
    const NOT: [&str; 14] =
        ["strob", "stobe", "flash", "random", "pulse", "sound", "music", "auto", "macro", "speed", "program", "full", "no dim", "curve"];
    // What stands in brackets is a remark: "0-100% (auto programs have to be off)".
    let label = label.split(['(', '[']).next().filter(|label| says(label, &DIMS)).unwrap_or(label);
    says(label, &DIMS) && (!says(label, &NOT) || says(label, &["zero to full", "0 to full", "flash intens", "strobe intens"]))
}

/// Dimming told in pieces is one stretch: percentages, or steps of one width.
fn joined<'a>(ranges: impl Iterator<Item = &'a Range>) -> Vec<Range> {
    let mut stretches: Vec<(Range, u16)> = Vec::new();
    for range in ranges {
        match stretches.last_mut() {
            Some((last, width))
                if u16::from(last.max) + 1 == u16::from(range.min)
                    && (*width == range.width() || (last.label.contains('%') && range.label.contains('%'))) =>
            {
                last.max = range.max;
            }
            _ => stretches.push((range.clone(), range.width())),
        }
    }
    stretches.into_iter().map(|(stretch, _)| stretch).collect()
}

fn is_dark(range: &Range) -> bool {
    let lit = says(&range.label, &["strob", "full", "100"]);
    let told =
        says(&range.label, &["black", "close", "no light", "zero"]) || is_off(&range.label) || range.label.eq_ignore_ascii_case("bo");
    !is_dangerous(range) && !lit && (range.effect == Effect::ShutterClosed || told)
}

/// The stretch of a shutter that dims, in devices that have both on one channel.
pub(super) fn dimmer_in_shutter(channel: &Channel) -> Option<(u8, (u8, u8))> {
    let dims = |range: &Range| range.effect == Effect::Unnamed && names_dimming(&range.label) && says(&range.label, &["dim", "intens"]);
    let has_range = channel.ranges.iter().any(|range| dims(range) && range.width() > 16);
    (has_range && channel.ranges.len() > 1).then(|| dimmer(channel))
}

pub(super) fn is_strobe(range: &Range) -> bool {
    matches!(range.effect, Effect::Strobe(..))
        || (range.effect == Effect::Unnamed && says(&range.label, &["strob", "stobe", "flash", "lightning"]) && !is_steady(&range.label)
            // How bright a flash is, not how often it comes.
            && !says(&range.label, &["flash intens", "strobe intens"]))
}

pub(super) fn is_steady(label: &str) -> bool {
    says(label, &["no strob", "no flash", "strobe off", "strobo off", "strobe open", "without"]) || is_off(label)
}

/// Positions of a colour wheel: whole slots only, since a split one shows two colours at once.
pub(super) fn color_slots(channel: &Channel) -> Vec<WheelSlot> {
    let slot = |range: &Range| match (range.effect, range.colors.as_slice()) {
        (Effect::ColorMacro, [[r, g, b]]) => {
            let color = Rgb([*r, *g, *b].map(|byte| f32::from(byte) / 255.0));
            Some(WheelSlot { byte: byte_of(range), color, name: range.label.clone() })
        }
        _ => None,
    };
    channel.ranges.iter().filter_map(slot).collect()
}

/// Positions of a gobo wheel, the open one first.
pub(super) fn gobo_slots(channel: &Channel) -> Vec<WheelSlot> {
    let open =
        |range: &Range| !matches!(range.effect, Effect::GoboShake | Effect::Rotation(..)) && (is_neutral(range) || is_open(&range.label));
    let (mut slots, mut pictures) = (Vec::new(), Vec::new());
    for range in &channel.ranges {
        let slot = WheelSlot { byte: byte_of(range), color: Rgb::WHITE, name: range.label.clone() };
        match range.effect {
            _ if open(range) => slots.push(slot),
            Effect::Gobo => pictures.push(slot),
            Effect::Unnamed if names_gobo(range) => pictures.push(slot),
            _ => {}
        }
    }
    slots.truncate(1);
    slots.append(&mut pictures);
    slots
}

fn names_gobo(range: &Range) -> bool {
    let told = range.picture.is_some() || says(&range.label, &["gobo"]);
    told && !says(&range.label, &["shake", "rotat", "cw", "scroll", "rainbow"]) && !is_dangerous(range)
}

/// Byte for standing still, and the stretch from slowest to fastest.
pub(super) fn rotation(channel: &Channel) -> Option<(u8, (u8, u8))> {
    let turning = |range: &&Range| matches!(range.effect, Effect::Rotation(..));
    let best = channel.ranges.iter().filter(turning).max_by_key(|range| (sweep(range).is_some(), range.width()))?;
    let stops = |range: &&Range| matches!(range.effect, Effect::RotationStop) || (!turning(range) && is_neutral(range));
    let still =
        channel.ranges.iter().find(stops).or_else(|| channel.ranges.iter().find(|range| range.effect == Effect::RotationIndexed))?;
    Some((byte_of(still), ends(best, Sweep::Up)))
}

/// Bytes without and with the prism.
pub(super) fn prism(channel: &Channel) -> Option<(u8, u8)> {
    let out = |range: &&Range| range.effect == Effect::PrismOff || is_neutral(range);
    let off = channel.ranges.iter().find(out)?;
    let formal = channel.ranges.iter().find(|range| range.effect == Effect::PrismOn);
    let on = formal.or_else(|| {
        channel.ranges.iter().find(|range| !out(range) && !is_dangerous(range) && says(&range.label, &["prism", "on", "facet"]))
    })?;
    Some((byte_of(off), byte_of(on)))
}

/// Bytes for the fastest and the slowest movement.
pub(super) fn speed(channel: &Channel) -> (u8, u8) {
    let formal = match channel.detail {
        Some(Detail::PanTiltSpeed(sweep) | Detail::PanSpeed(sweep) | Detail::TiltSpeed(sweep)) => Some(sweep),
        _ => None,
    };
    let told = |range: &&Range| sweep(range).is_some();
    let usable = || channel.ranges.iter().filter(|range| !is_dangerous(range));
    let best = usable().max_by_key(|range| (told(range), range.width()));
    // Steps of one speed each, with numbers.
    let step = |range: &'_ &Range| (range.effect == Effect::Sweep(Sweep::Flat)).then_some(range.numbers[0]).flatten();
    let by_speed = |a: &&Range, b: &&Range| step(a).partial_cmp(&step(b)).unwrap_or(std::cmp::Ordering::Equal);
    if let (Some(slowest), Some(fastest)) = (usable().filter(|range| step(range).is_some()).min_by(by_speed), usable().max_by(by_speed))
        && best.is_none_or(|best| !told(&best))
    {
        return (byte_of(fastest), byte_of(slowest));
    }
    // Most devices are fast at 0.
    let (slow, fast) = best.map_or((u8::MAX, 0), |range| ends(range, formal.unwrap_or(Sweep::Down)));
    (fast, slow)
}

/// A plain sweep: bytes at its low and its high end, in the sense of the file's own words.
pub(super) fn level(channel: &Channel, assumed: Sweep) -> (u8, u8) {
    let formal = match channel.detail {
        Some(Detail::Zoom(sweep) | Detail::Focus(sweep) | Detail::Iris(sweep)) if sweep != Sweep::Flat => sweep,
        _ => assumed,
    };
    let moving =
        |range: &&Range| !is_dangerous(range) && !says(&range.label, &["pulse", "puls", "random", "auto", "macro", "strob", "ramp"]);
    let best = channel.ranges.iter().filter(moving).max_by_key(|range| (sweep(range).is_some(), range.width()));
    best.map_or((0, u8::MAX), |range| ends(range, formal))
}

/// Movements of its own: neither a position nor a rest.
fn moves_by_itself(range: &Range) -> bool {
    matches!(range.effect, Effect::Strobe(..))
        || says(&range.label, &["puls", "random", "auto", "macro", "strob", "ramp", "period", "effect", "fast", "slow"])
}

/// Bytes at the open and at the closed end.
pub(super) fn iris(channel: &Channel) -> (u8, u8) {
    let positions = channel.ranges.iter().filter(|range| !is_dangerous(range) && !moves_by_itself(range));
    let Some(best) = positions.max_by_key(|range| range.width()) else {
        return (0, u8::MAX);
    };
    let label = best.label.to_lowercase();
    const PAIRS: [(&str, &str); 5] = [("max", "min"), ("large", "small"), ("big", "small"), ("wide", "narrow"), ("open", "clos")];
    let told = PAIRS.iter().find_map(|(open, closed)| Some(label.find(closed)? < label.find(open)?));
    let opens = match channel.detail {
        Some(Detail::Iris(sweep)) if sweep != Sweep::Flat => sweep == Sweep::Up,
        _ => told.unwrap_or(false),
    };
    if opens { (best.max, best.min) } else { (best.min, best.max) }
}

/// Bytes without and with all of the frost.
pub(super) fn frost(channel: &Channel) -> (u8, u8) {
    let off = channel.ranges.iter().find(|range| channel.ranges.len() > 1 && is_neutral(range) && !moves_by_itself(range));
    let heavier = |range: &&Range| Some(*range) != off && !is_dangerous(range) && !moves_by_itself(range);
    let best = channel.ranges.iter().filter(heavier).max_by_key(|range| range.width());
    best.map_or((0, u8::MAX), |range| safe(channel, (off.map_or(range.min, byte_of), range.max)))
}
