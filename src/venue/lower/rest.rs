//! The byte a channel rests at while nothing drives it.
//!
//! The definition's own default, unless that lies in a range that resets or switches a lamp; else the neutral range: no prism,
//! open gobo, open shutter, no macro, the middle of a movement.

use super::purpose::Purpose;
use super::ranges::{self, byte_of, is_dangerous, is_neutral};
use super::{shutter, slots::Place};
use crate::engine::rig::kind::WheelSlot;
use crate::venue::formats::definition::{Channel, Effect};

pub(super) fn byte(place: &Place) -> u8 {
    let channel = place.channel;
    if let Some(default) = channel.default.filter(|&default| !is_in_danger(channel, default)) {
        return default;
    }
    let wanted = match place.purpose {
        Purpose::Dimmer { .. } => ranges::dimmer(channel).0,
        Purpose::Pan | Purpose::Tilt | Purpose::Zoom | Purpose::Focus => 128,
        Purpose::Shutter => shutter::shutter(channel).open,
        Purpose::Iris => opened(channel).unwrap_or_else(|| ranges::iris(channel).0),
        Purpose::Frost => ranges::frost(channel).0,
        Purpose::Speed => ranges::speed(channel).0,
        Purpose::ColorWheel => open_slot(channel).unwrap_or_else(|| neutral(channel)),
        Purpose::Temperature => temperature(channel),
        Purpose::Gobo => ranges::gobo_slots(channel).first().map_or_else(|| neutral(channel), |slot| slot.byte),
        _ => neutral(channel),
    };
    if is_in_danger(channel, wanted) { neutral(channel) } else { wanted }
}

/// White, as far as a channel that goes from one colour temperature to another has it.
fn temperature(channel: &Channel) -> u8 {
    let Some(((low, high), (from, to))) = ranges::temperature(channel) else { return neutral(channel) };
    if channel.ranges.iter().any(|range| range.effect == Effect::Unnamed && is_neutral(range)) {
        return neutral(channel);
    }
    let share = ((6500.0 - from) / (to - from)).clamp(0.0, 1.0);
    (f32::from(low) + (f32::from(high) - f32::from(low)) * share).round() as u8
}

/// Where the file says formally that an iris is open; its movement may begin a step later.
fn opened(channel: &Channel) -> Option<u8> {
    let open: Vec<_> = channel.ranges.iter().filter(|range| range.effect == Effect::ShutterOpen).collect();
    // A long one is the movement itself under a wrong name.
    open.iter().find(|range| range.width() <= 32).map(|range| byte_of(range))
}

fn is_in_danger(channel: &Channel, byte: u8) -> bool {
    channel.ranges.iter().any(|range| range.contains(byte) && is_dangerous(range))
}

/// Where a wheel or a list of colours does nothing.  A range called so comes before a white one: white as a macro would
/// cover what the head mixes itself.
fn open_slot(channel: &Channel) -> Option<u8> {
    if channel.ranges.iter().any(|range| is_neutral(range) && range.effect == Effect::Unnamed) {
        return None;
    }
    let is_white = |slot: &WheelSlot| slot.color.0.iter().all(|level| *level > 0.95);
    ranges::color_slots(channel).iter().find(|slot| is_white(slot)).map(|slot| slot.byte)
}

fn neutral(channel: &Channel) -> u8 {
    let safe = || channel.ranges.iter().filter(|range| !is_dangerous(range) && range.effect != Effect::Alias);
    let at_zero = safe().find(|range| range.contains(0) && is_neutral(range)).map(|_| 0);
    at_zero
        .or_else(|| safe().find(|range| is_neutral(range)).map(byte_of))
        .or_else(|| (!is_in_danger(channel, 0)).then_some(0))
        .or_else(|| safe().next().map(byte_of))
        // Between the ranges, if there is room; else where only a label warns, and nothing says formally what happens.
        .or_else(|| (0..=u8::MAX).find(|&byte| !is_in_danger(channel, byte)))
        .or_else(|| channel.ranges.iter().find(|range| !ranges::is_switch(range)).map(byte_of))
        .unwrap_or(0)
}
