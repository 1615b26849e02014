//! Bytes back to a frame: what lamps do that somebody else's desk sends to, read along the same write list.
//!
//! The way back of [`encode`](super::encode::encode) for every byte that it writes.  Other desks write others too, so nothing
//! here is exact that need not be: a position between two of a wheel is the nearer one, a level outside of a range is its
//! nearer end, a macro is light as it is, and a beam that does something else rests.  What multiplies on a lamp multiplies
//! here: dimmer over dimmer, flag behind wheel.

use std::ops::Range;

use super::mixer;
use super::patch::{Axis, Patch, Place, What};
use super::universe::{DmxFrame, N_CHANNELS};
use crate::engine::frame::{BeamValue, Frame, has};
use crate::engine::rig::Rig;
use crate::engine::units::Rgb;

/// The slowest strobe is no open shutter.
const SLOWEST: f32 = 1e-3;

/// Writes into `frame` what the heads do that are patched in the universes of `dmx`; all others stay as they are.  Allocates
/// only for another rig than before.
pub fn decode(rig: &Rig, dmx: &DmxFrame, frame: &mut Frame) {
    if frame.n_heads() != rig.heads.len() {
        frame.reset(rig.heads.len(), frame.window);
    }
    let read = Bytes { patch: &rig.patch, dmx };
    let told = |universe: u16| dmx.numbers.binary_search(&universe).is_ok();
    for (at, fixture) in rig.fixtures.iter().enumerate().filter(|(_, fixture)| told(fixture.universe)) {
        rig.heads_of(at).for_each(|head| begin(frame, head as usize, !fixture.kind.functions.is_empty()));
    }
    for pixel in &rig.patch.pixels {
        let [Some(r), Some(g), Some(b)] = pixel.rgb.map(|at| read.byte(at)) else { continue };
        let light = Rgb([r, g, b].map(|byte| f32::from(byte) / 255.0));
        shine(frame, pixel.head as usize, light);
    }
    for write in &rig.patch.writes {
        one(frame, &read, write.heads.start as usize..write.heads.end as usize, &write.what);
    }
    for (at, fixture) in rig.fixtures.iter().enumerate().filter(|(_, fixture)| told(fixture.universe)) {
        for head in rig.heads_of(at) {
            let level = &mut frame.dimmer[head as usize];
            *level = fixture.options.response.invert(*level);
        }
    }
}

/// The bytes by their places in the patch.
struct Bytes<'a> {
    patch: &'a Patch,
    dmx: &'a DmxFrame,
}

impl Bytes<'_> {
    /// `None` where nobody tells anything of the universe.
    fn byte(&self, at: u32) -> Option<u8> {
        let at = at as usize;
        let number = *self.patch.numbers.get(at / N_CHANNELS)?;
        self.dmx.universe(number).map(|bytes| bytes[at % N_CHANNELS])
    }

    /// `0.0..=1.0` of the full range.
    fn unit(&self, place: Place) -> Option<f64> {
        let coarse = self.byte(place.coarse)?;
        Some(match place.fine {
            None => f64::from(coarse) / 255.0,
            Some(fine) => f64::from(u16::from_be_bytes([coarse, self.byte(fine)?])) / 65535.0,
        })
    }

    /// Where in a range of bytes, which may run downwards, a value lies: below 0 or above 1 outside of it.
    fn along(&self, place: Place, (from, to): (u8, u8)) -> Option<f32> {
        let coarse = self.byte(place.coarse)?;
        let (value, start, end) = match place.fine {
            None => (f64::from(coarse), f64::from(from), f64::from(to)),
            Some(_) if (from, to) == (0, 255) => (self.unit(place)?, 0.0, 1.0),
            Some(fine) => {
                let edge = |byte: u8, upper: bool| f64::from(byte) * 256.0 + if upper { 255.0 } else { 0.0 };
                let value = f64::from(u16::from_be_bytes([coarse, self.byte(fine)?]));
                (value, edge(from, from > to), edge(to, from < to))
            }
        };
        Some(if start == end { f32::from(u8::from(value >= start)) } else { ((value - start) / (end - start)) as f32 })
    }
}

/// A lamp in which nothing is closed shines white.
fn begin(frame: &mut Frame, head: usize, is_lamp: bool) {
    frame.dimmer[head] = f32::from(u8::from(is_lamp));
    frame.strobe[head] = 0.0;
    frame.color.iter_mut().for_each(|column| column[head] = 1.0);
    frame.set[head] = has::DRIVEN;
    frame.origin[head] = 0;
}

/// Colour behind colour.
fn tint(frame: &mut Frame, head: usize, color: Rgb) {
    frame.set[head] |= has::COLOR;
    frame.color.iter_mut().zip(color.0).for_each(|(column, share)| column[head] *= share);
}

/// Light that carries its level itself.
fn shine(frame: &mut Frame, head: usize, light: Rgb) {
    let value = light.value();
    frame.dimmer[head] *= value;
    if value > 0.0 {
        tint(frame, head, Rgb(light.0.map(|level| level / value)));
    }
}

fn set_beam(frame: &mut Frame, heads: Range<usize>, value: BeamValue, level: f32) {
    frame.beam_used[value as usize] = true;
    for head in heads {
        frame.beam[value as usize][head] = level;
        frame.set[head] |= value.bit();
    }
}

/// Nothing where nobody tells anything of the place.
fn one(frame: &mut Frame, read: &Bytes<'_>, heads: Range<usize>, what: &What) -> Option<()> {
    match what {
        What::Dimmer { place, off, range, .. } => {
            let is_off = read.byte(place.coarse)? == *off && *off != range.0;
            let level = if is_off { 0.0 } else { read.along(*place, *range)?.clamp(0.0, 1.0) };
            heads.for_each(|head| frame.dimmer[head] *= level);
        }
        What::Color { mixer, places, scaled, .. } => {
            let mut levels = [0.0; mixer::MAX];
            for (level, place) in levels.iter_mut().zip(places) {
                *level = read.unit(*place)? as f32;
            }
            let light = mixer.color(&levels);
            // All that feed it shine alike.
            for head in heads {
                if *scaled { shine(frame, head, light) } else { tint(frame, head, light) }
            }
        }
        What::Wheel { place, slots } => {
            let byte = read.byte(place.coarse)?;
            let slot = slots.iter().min_by_key(|slot| slot.byte.abs_diff(byte))?;
            heads.for_each(|head| tint(frame, head, slot.color));
        }
        What::Temperature { place, range, warmth } => {
            let color = warmth.color(read.along(*place, *range)?.clamp(0.0, 1.0));
            heads.for_each(|head| tint(frame, head, color));
        }
        What::Axis { place, range_deg: (low, high), source, options } => {
            let degrees = f64::from(*low) + (f64::from(*high) - f64::from(*low)) * read.unit(*place)? - f64::from(options.offset_deg);
            for head in heads {
                let (bit, column) = if *source == Axis::Pan { (has::PAN, &mut frame.pan) } else { (has::TILT, &mut frame.tilt) };
                column[head] = degrees as f32;
                frame.set[head] |= bit;
            }
        }
        What::Shutter { place, open, shut, strobe, .. } => {
            let byte = read.byte(place.coarse)?;
            let rate = strobe.and_then(|range| read.along(*place, range)).filter(|rate| byte != *open && (0.0..=1.0).contains(rate));
            let is_shut = rate.is_none() && shut.is_some_and(|shut| byte.abs_diff(shut) < byte.abs_diff(*open));
            for head in heads {
                frame.strobe[head] = rate.map_or(0.0, |rate| rate.max(SLOWEST));
                frame.dimmer[head] *= f32::from(u8::from(!is_shut));
            }
        }
        What::Strobe { place, range } => {
            let rate = read.along(*place, *range).filter(|rate| (0.0..=1.0).contains(rate))?;
            for head in heads {
                frame.strobe[head] = rate.max(SLOWEST);
                // Its place is the dimmer's, which is full meanwhile.
                frame.dimmer[head] = 1.0;
            }
        }
        What::Linear { place, range, value, zero } => {
            let is_zero = zero.is_some() && *zero == read.byte(place.coarse);
            // Outside of its range it does something else, or nothing.
            let inside = read.along(*place, *range).filter(|level| (0.0..=1.0).contains(level));
            set_beam(frame, heads, *value, if is_zero { 0.0 } else { inside? });
        }
        What::Gobo { place, slots } => {
            let byte = read.byte(place.coarse)?;
            let (at, _) = slots.iter().enumerate().min_by_key(|(_, slot)| slot.abs_diff(byte))?;
            set_beam(frame, heads, BeamValue::Gobo, at as f32);
        }
        What::Prism { place, off, on } => {
            let byte = read.byte(place.coarse)?;
            let inside = byte.abs_diff(*on) < byte.abs_diff(*off);
            set_beam(frame, heads, BeamValue::Prism, f32::from(u8::from(inside)));
        }
        What::Speed { place, fast, slow } => {
            if read.byte(place.coarse)? == *slow && slow != fast {
                heads.for_each(|head| frame.set[head] |= has::FROZEN);
            }
        }
    }
    Some(())
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
