//! What the ranges of a shutter mean: the byte that stands open, the one that is shut, the strobe from slow to fast.
//!
//! "Open" is at 0 in some devices, at 255 in others and in the middle in many; the file's formal ranges decide, then its labels.

use super::purpose::says;
use super::ranges::{byte_of, ends, is_dangerous, is_neutral, is_open, is_steady, is_strobe, safe, sweep};
use crate::engine::rig::kind::{self, Drive};
use crate::venue::formats::definition::{Channel, Detail, Effect, Flash, Range, Sweep};

/// What a shutter channel can do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shutter {
    pub(super) open: u8,
    pub(super) closed: Option<u8>,
    /// Slowest, fastest.
    pub(super) strobe: Option<(u8, u8)>,
    pub(super) hz: Option<(f32, f32)>,
}

impl Shutter {
    pub(super) fn into_drive(self, channel: kind::Channel) -> Drive {
        Drive::Shutter { channel, open: self.open, closed: self.closed, strobe: self.strobe, hz: self.hz }
    }
}

/// The length of a flash beside the rate: as it rests while the light is steady, short enough for dark between flashes while
/// it strobes.
pub(super) fn flash(channel: &Channel) -> Shutter {
    /// Half of the time from one flash to the next at 17 a second, about as fast as such devices go.
    const FLASH_S: f32 = 0.03;
    let byte = channel.ranges.first().map_or(0, |range| match range.numbers {
        [Some(from), Some(to)] if from != to => {
            let share = ((FLASH_S - from) / (to - from)).clamp(0.0, 1.0);
            (f32::from(range.min) + (f32::from(range.max) - f32::from(range.min)) * share).round() as u8
        }
        _ => range.min,
    });
    Shutter { open: channel.default.unwrap_or(u8::MAX), closed: None, strobe: Some((byte, byte)), hz: None }
}

pub(super) fn shutter(channel: &Channel) -> Shutter {
    if let [only] = channel.ranges.as_slice()
        && (channel.detail.is_some() || is_strobe(only))
    {
        let falls = channel.detail == Some(Detail::Strobe(Sweep::Down)) || sweep(only) == Some(Sweep::Down);
        let (slow, fast) = if falls { (u8::MAX, 0) } else { (0, u8::MAX) };
        // A device that rests at its fastest has no pause between flashes there: it stands open.
        if channel.value.is_some() && channel.default == Some(fast) {
            let hz = only.numbers[0].zip(only.numbers[1]).map(|(first, second)| (first.min(second), first.max(second)));
            return Shutter { open: fast, closed: None, strobe: Some((slow, if falls { 1 } else { u8::MAX - 1 })), hz };
        }
        // No open value is named; the devices behind such channels stand open at 0.
        let strobe = if falls { (u8::MAX, 1) } else { (1, u8::MAX) };
        return Shutter { open: 0, closed: None, strobe: Some(strobe), hz: None };
    }
    let formal = |effect: Effect| channel.ranges.iter().filter(move |range| range.effect == effect);
    let opens = |range: &&Range| range.effect == Effect::Unnamed && (is_open(&range.label) || is_steady(&range.label));
    let at_rest = |range: &&Range| channel.default.is_some_and(|default| range.contains(default));
    let resting = |mut ranges: Box<dyn Iterator<Item = &Range> + '_>| ranges.find(at_rest).and(channel.default);
    let open = resting(Box::new(formal(Effect::ShutterOpen)))
        .or_else(|| formal(Effect::ShutterOpen).rev().max_by_key(|range| range.width()).map(byte_of))
        .or_else(|| resting(Box::new(channel.ranges.iter().filter(opens))))
        .or_else(|| channel.ranges.iter().filter(opens).max_by_key(|range| range.width()).map(byte_of))
        .or_else(|| channel.ranges.iter().find(|range| !is_strobe(range) && !is_dangerous(range) && !is_shut(range)).map(byte_of))
        .unwrap_or(0);
    let closed = channel.ranges.iter().find(|range| is_shut(range)).map(byte_of);
    let (strobe, hz) = strobe(channel, open).map(|(stretch, hz)| (safe(channel, stretch), hz)).unzip();
    Shutter { open, closed, strobe, hz: hz.flatten() }
}

/// The strobe of a channel that dims between `from` and `to` as well.
pub(super) fn strobe_beside(channel: &Channel, (from, to): (u8, u8)) -> Option<((u8, u8), Option<(f32, f32)>)> {
    strobe(channel, from).filter(|((slow, fast), _)| {
        let dims = from.min(to)..=from.max(to);
        !dims.contains(slow) && !dims.contains(fast)
    })
}

fn is_shut(range: &Range) -> bool {
    let told = says(&range.label, &["close", "blackout", "black out"]) && !is_open(&range.label);
    let moves = says(&range.label, &["fast", "slow", "puls", "ramp", "random", "strob"]);
    range.effect == Effect::ShutterClosed || (range.effect == Effect::Unnamed && told && !moves)
}

/// The best strobe of a channel: a steady one before random ones and pulses, one that sweeps before a fixed one, then the widest.
fn strobe(channel: &Channel, open: u8) -> Option<((u8, u8), Option<(f32, f32)>)> {
    let rank = |range: &&Range| {
        let steady = match range.effect {
            Effect::Strobe(Flash::Steady, _) => 3,
            Effect::Strobe(..) => 1,
            _ if says(&range.label, &["random", "pulse", "sound", "ramp", "lightning"]) => 0,
            _ => 2,
        };
        let sweeps = !matches!(range.effect, Effect::Strobe(_, Sweep::Flat));
        (steady > 1, sweeps, steady, range.width())
    };
    let free = || channel.ranges.iter().filter(|range| !range.contains(open) && !is_dangerous(range));
    let candidates = || free().filter(|range| is_strobe(range));
    // In a channel called strobe the widest range that does anything strobes, whatever it is called.
    let named = says(&channel.name, &["strob", "flash"]);
    let unnamed = || {
        free().filter(|range| named && matches!(range.effect, Effect::Unnamed | Effect::Sweep(_)) && !is_neutral(range) && !is_shut(range))
    };
    let best = candidates().max_by_key(rank).or_else(|| unnamed().max_by_key(|range| range.width()))?;
    if let Some(steps) = fixed_steps(candidates()) {
        return Some(steps);
    }
    let hz = match (best.numbers, sweep(best)) {
        ([Some(first), Some(second)], _) => Some((first.min(second), first.max(second))),
        ([Some(only), None], Some(Sweep::Up | Sweep::Down)) if only > 0.0 => Some((only.min(1.0), only)),
        ([Some(only), None], None) => Some((only, only)),
        _ => None,
    };
    Some((ends(best, Sweep::Up), hz))
}

/// Strobes of one frequency each, side by side, make one range from the slowest to the fastest.
fn fixed_steps<'a>(candidates: impl Iterator<Item = &'a Range>) -> Option<((u8, u8), Option<(f32, f32)>)> {
    let mut steps = Vec::new();
    for range in candidates {
        match (range.effect, range.numbers[0]) {
            (Effect::Strobe(Flash::Steady, Sweep::Flat), Some(hz)) => steps.push((hz, byte_of(range))),
            (Effect::Strobe(Flash::Steady, _), _) => return None,
            _ => {}
        }
    }
    let rising = steps.is_sorted_by(|a, b| a.0 <= b.0);
    let falling = steps.is_sorted_by(|a, b| a.0 >= b.0);
    let (first, last) = (steps.first()?, steps.last()?);
    match (steps.len() > 1, rising, falling) {
        (true, true, _) => Some(((first.1, last.1), Some((first.0, last.0)))),
        (true, _, true) => Some(((last.1, first.1), Some((last.0, first.0)))),
        _ => None,
    }
}
