//! Frame to bytes, along the patch's write list.
//!
//! Bytes are rounded, never cut; full is 255.  A value of two bytes is one number of 16 bits.  A channel that nothing
//! asks for rests at its definition's default.
//!
//! # Wheels in the dark
//! "Dark = hold the slot" is about the head's light before masters and blackout: taking light away turns no wheel.  A head
//! without any stands at the colour that a layer gives it all the same (so that the wheel is there before the light), else
//! where its annotation's last colour was (`composite::hues`), where pre-positioning wants it, where something live left it
//! ([`Held`]), or where the last annotation did; where there never was a colour it is open.

use std::ops::Range;

use super::held::Held;
use super::patch::{Patch, Place, What};
use super::universe::{DmxFrame, N_CHANNELS};
use crate::engine::frame::{BeamValue, Frame, has};
use crate::engine::rig::Rig;
use crate::engine::rig::curve::Response;
use crate::engine::units::{Rgb, unit};

/// Writes the frame's bytes into `dmx`.  Allocates only when the rig's universes changed.
pub fn encode(rig: &Rig, frame: &Frame, held: &mut Held, dmx: &mut DmxFrame) {
    let patch: &Patch = &rig.patch;
    if dmx.numbers != patch.numbers {
        dmx.numbers.clone_from(&patch.numbers);
        dmx.bytes.clone_from(&patch.resting);
    } else {
        dmx.bytes.copy_from_slice(&patch.resting);
    }
    if frame.n_heads() != rig.heads.len() {
        return;
    }
    held.fit(rig);
    let bytes = dmx.bytes.as_flattened_mut();
    for pixel in &patch.pixels {
        let head = pixel.head as usize;
        let dimmer = frame.dimmer[head] * 255.0;
        let colored = frame.set[head] & has::COLOR != 0;
        for (channel, &at) in pixel.rgb.iter().enumerate() {
            let share = if colored { frame.color[channel][head] } else { 1.0 };
            bytes[at as usize] = (share * dimmer + 0.5) as u8;
        }
    }
    for write in &patch.writes {
        one(frame, held, write.heads.start as usize..write.heads.end as usize, &write.what, bytes);
    }
    for gate in &patch.gates {
        let within = |at: u32, (low, high): (u8, u8)| (low..=high).contains(&bytes[at as usize]);
        if within(gate.place.coarse, gate.stretch) && !within(gate.master, gate.range) {
            for at in std::iter::once(gate.place.coarse).chain(gate.place.fine) {
                bytes[at as usize] = patch.resting.as_flattened()[at as usize];
            }
        }
    }
    debug_assert_eq!(bytes.len(), patch.numbers.len() * N_CHANNELS);
}

fn one(frame: &Frame, held: &mut Held, heads: Range<usize>, what: &What, bytes: &mut [u8]) {
    match what {
        What::Dimmer { place, off, range, share_of, response } => {
            let level = shared(frame, highest(frame, heads), share_of.as_ref(), *response);
            if level > 0.0 { put_range(bytes, *place, *range, level) } else { put_range(bytes, *place, (*off, *off), 0.0) }
        }
        What::Color { mixer, places, scaled, share_of, response } => {
            let head = heads.start;
            let dimmer = frame.dimmer[head];
            let scale = match share_of {
                None if !*scaled => 1.0,
                share_of => shared(frame, dimmer, share_of.as_ref(), *response),
            };
            let levels = mixer.levels(color(frame, head));
            for (at, (place, amount)) in places.iter().zip(levels).enumerate() {
                // Flags filter what a dimmer lets through; they never carry intensity themselves.
                let value = match (mixer.is_filter(at), *scaled) {
                    (true, false) => amount,
                    (true, true) => 1.0 - (1.0 - amount) * scale,
                    (false, _) => amount * scale,
                };
                put_unit(bytes, *place, value);
            }
        }
        What::Wheel { place, slots } => {
            let head = heads.start;
            let wanted = held.wheel(frame, head);
            if let Some(slot) = wanted.map_or_else(|| slots.first(), |wanted| held.slot(frame, head, slots, wanted)) {
                bytes[place.coarse as usize] = slot.byte;
            }
        }
        What::Temperature { place, range, warmth } => {
            let wanted = held.wheel(frame, heads.start).unwrap_or(Rgb::WHITE);
            put_range(bytes, *place, *range, warmth.of(wanted));
        }
        What::Axis { place, range_deg, source, options } => {
            let angles = heads.filter_map(|head| held.axis(*source, frame, head));
            let (sum, count) = angles.fold((0.0, 0), |(sum, count), degrees| (sum + degrees, count + 1));
            let degrees = if count > 0 { sum / count as f32 } else { 0.0 };
            let degrees = f64::from(degrees) + f64::from(options.offset_deg);
            let degrees = options.limits_deg.map_or(degrees, |(low, high)| degrees.max(low.into()).min(high.into()));
            put_exact(bytes, *place, along(degrees, *range_deg));
        }
        What::Shutter { place, open, closed, strobe, .. } => {
            let rate = heads.clone().map(|head| frame.strobe[head]).fold(0.0, f32::max);
            match strobe {
                _ if closed.is_some() && highest(frame, heads) <= 0.0 => bytes[place.coarse as usize] = closed.unwrap_or(*open),
                Some(range) if rate > 0.0 => put_range(bytes, *place, *range, rate),
                _ => bytes[place.coarse as usize] = *open,
            }
        }
        What::Strobe { place, range } => {
            let rate = heads.clone().map(|head| frame.strobe[head]).fold(0.0, f32::max);
            if rate > 0.0 && highest(frame, heads) > 0.0 {
                put_range(bytes, *place, *range, rate);
            }
        }
        What::Linear { place, range, value, zero } => {
            if let Some(level) = beam(frame, heads, *value) {
                match zero {
                    Some(zero) if level <= 0.0 => bytes[place.coarse as usize] = *zero,
                    _ => put_range(bytes, *place, *range, level),
                }
            }
        }
        What::Gobo { place, slots } => {
            let wanted = beam(frame, heads, BeamValue::Gobo).map(|number| number.round() as usize);
            if let Some((wanted, n)) = wanted.zip((!slots.is_empty()).then_some(slots.len())) {
                bytes[place.coarse as usize] = slots[wanted % n];
            }
        }
        What::Prism { place, off, on } => {
            let inside = beam(frame, heads, BeamValue::Prism).is_some_and(|level| level > 0.5);
            bytes[place.coarse as usize] = if inside { *on } else { *off };
        }
        What::Speed { place, fast, slow } => {
            let frozen = heads.into_iter().any(|head| frame.set[head] & has::FROZEN != 0);
            bytes[place.coarse as usize] = if frozen { *slow } else { *fast };
        }
    }
}

fn highest(frame: &Frame, heads: Range<usize>) -> f32 {
    frame.dimmer[heads].iter().copied().fold(0.0, f32::max)
}

/// A head's level; below a dimmer that already carries the highest of `of`, its share of that.
fn shared(frame: &Frame, level: f32, of: Option<&Range<u32>>, response: Response) -> f32 {
    let Some(of) = of else { return response.apply(level) };
    let above = response.apply(highest(frame, of.start as usize..of.end as usize));
    if above > 0.0 { response.apply(level) / above } else { 1.0 }
}

/// Where in a range an angle lies, `0.0..=1.0`; a range of nothing has only its middle.  Exact to a step of 16 bits, which
/// single precision is not.
fn along(degrees: f64, (low, high): (f32, f32)) -> f64 {
    if low == high { 0.5 } else { (degrees - f64::from(low)) / (f64::from(high) - f64::from(low)) }
}

/// A head's colour; white where nothing gives it one.
fn color(frame: &Frame, head: usize) -> Rgb {
    if frame.set[head] & has::COLOR == 0 {
        return Rgb::WHITE;
    }
    Rgb([frame.color[0][head], frame.color[1][head], frame.color[2][head]])
}

/// The first value that any of the heads has.
fn beam(frame: &Frame, mut heads: Range<usize>, value: BeamValue) -> Option<f32> {
    heads.find(|&head| frame.set[head] & value.bit() != 0).map(|head| frame.beam[value as usize][head])
}

/// Writes `0.0..=1.0` over the full range of a place.
fn put_unit(bytes: &mut [u8], place: Place, value: f32) {
    put_exact(bytes, place, f64::from(unit(value)));
}

/// The same in double precision; whatever lies outside, NaN included, is brought to an end of the range.
fn put_exact(bytes: &mut [u8], place: Place, value: f64) {
    let value = if value > 0.0 { value.min(1.0) } else { 0.0 };
    match place.fine {
        None => bytes[place.coarse as usize] = (value * 255.0 + 0.5) as u8,
        Some(fine) => {
            let [coarse, low] = ((value * 65535.0 + 0.5) as u16).to_be_bytes();
            bytes[place.coarse as usize] = coarse;
            bytes[fine as usize] = low;
        }
    }
}

/// Writes `0.0..=1.0` into a range of bytes, which may run downwards.
fn put_range(bytes: &mut [u8], place: Place, (from, to): (u8, u8), value: f32) {
    let value = unit(value);
    match place.fine {
        None => bytes[place.coarse as usize] = (f32::from(from) + (f32::from(to) - f32::from(from)) * value + 0.5) as u8,
        Some(_) if (from, to) == (0, 255) => put_unit(bytes, place, value),
        Some(fine) => {
            // The range ends with the last fine step of its upper byte.
            let edge = |byte: u8, upper: bool| f64::from(byte) * 256.0 + if upper { 255.0 } else { 0.0 };
            let (start, end) = if from <= to { (edge(from, false), edge(to, from < to)) } else { (edge(from, true), edge(to, false)) };
            let [coarse, low] = ((start + (end - start) * f64::from(value) + 0.5) as u16).to_be_bytes();
            bytes[place.coarse as usize] = coarse;
            bytes[fine as usize] = low;
        }
    }
}

#[cfg(test)]
#[path = "encode_tests.rs"]
mod tests;
