//! The write list: every function of every fixture with its heads and the bytes it writes, compiled once per rig.
//!
//! A byte's place is an index into all universes of the rig laid end to end.  What would run past channel 512 is left
//! out; telling people about it is the venue's affair.

use std::ops::Range;
use std::sync::Arc;

use super::mixer::{self, Mixer, Mixing};
use super::universe::N_CHANNELS;
use super::warmth::Warmth;
use crate::engine::rig::curve::Response;
use crate::engine::rig::kind::{Channel, Drive, Emitter, WheelSlot};
use crate::engine::rig::{AxisOptions, HeadIdx, RigFixture};

/// Where a value goes: its coarse byte and, where there is one, its fine byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub coarse: u32,
    pub fine: Option<u32>,
}

/// The write list of a rig.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// Universe numbers, rising.
    pub numbers: Vec<u16>,
    /// What every channel rests at.
    pub resting: Vec<[u8; N_CHANNELS]>,
    /// Heads that a colour wheel follows, rising.
    pub wheels: Vec<HeadIdx>,
    pub(super) pixels: Vec<Pixel>,
    pub(super) writes: Vec<Write>,
    pub(super) gates: Vec<Gate>,
}

/// What is written into `stretch` counts only while `master` lies in `range`; else the place rests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    pub(super) place: Place,
    pub(super) stretch: (u8, u8),
    pub(super) master: u32,
    pub(super) range: (u8, u8),
}

/// A head of three 8-bit channels that carry its intensity: the bulk of every large rig, written in a loop of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pixel {
    pub(super) head: HeadIdx,
    pub(super) rgb: [u32; 3],
}

#[derive(Clone, Debug)]
pub(super) struct Write {
    pub(super) heads: Range<HeadIdx>,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// `share_of`: the heads of the dimmer above this one, which already carries the highest of them.
    Dimmer {
        place: Place,
        off: u8,
        range: (u8, u8),
        share_of: Option<Range<HeadIdx>>,
        response: Response,
    },
    Color {
        mixer: Arc<Mixer>,
        /// In the mixer's order.
        places: Vec<Place>,
        scaled: bool,
        share_of: Option<Range<HeadIdx>>,
        response: Response,
    },
    Wheel {
        place: Place,
        slots: Vec<WheelSlot>,
    },
    Temperature {
        place: Place,
        range: (u8, u8),
        warmth: Arc<Warmth>,
    },
    /// `range_deg` at the lowest and the highest value; `source` is pan or tilt, after swapping.
    Axis {
        place: Place,
        range_deg: (f32, f32),
        source: Axis,
        options: AxisOptions,
    },
    /// `closed`: nothing else can darken these heads, so level 0 shuts it.  `shut`: closed, whoever else can darken them.
    Shutter {
        place: Place,
        open: u8,
        closed: Option<u8>,
        shut: Option<u8>,
        strobe: Option<(u8, u8)>,
    },
    /// Over a dimmer of the same place.
    Strobe {
        place: Place,
        range: (u8, u8),
    },
    /// Zoom, focus, iris, frost, gobo rotation: linear in one beam value.
    Linear {
        place: Place,
        range: (u8, u8),
        value: crate::engine::frame::BeamValue,
        zero: Option<u8>,
    },
    Gobo {
        place: Place,
        slots: Vec<u8>,
    },
    Prism {
        place: Place,
        off: u8,
        on: u8,
    },
    Speed {
        place: Place,
        fast: u8,
        slow: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Pan,
    Tilt,
}

impl Patch {
    pub fn new(fixtures: &[RigFixture]) -> Self {
        let mut numbers: Vec<u16> = fixtures.iter().map(|fixture| fixture.universe).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut patch = Self { resting: vec![[0; N_CHANNELS]; numbers.len()], numbers, ..Self::default() };
        let mut mixers = Mixers::default();
        for fixture in fixtures {
            patch.add(fixture, &mut mixers);
        }
        let follows = |write: &&Write| matches!(write.what, What::Wheel { .. } | What::Temperature { .. });
        let wheels = patch.writes.iter().filter(follows).map(|write| write.heads.start);
        patch.wheels = wheels.collect();
        patch.wheels.sort_unstable();
        patch.wheels.dedup();
        patch
    }

    fn add(&mut self, fixture: &RigFixture, mixers: &mut Mixers) {
        let Ok(universe) = self.numbers.binary_search(&fixture.universe) else { return };
        let first = usize::from(fixture.address.max(1)) - 1;
        for (offset, &byte) in fixture.kind.defaults.iter().enumerate() {
            if let Some(slot) = self.resting[universe].get_mut(first + offset) {
                *slot = byte;
            }
        }
        let index = |offset: u16| {
            let channel = first + usize::from(offset);
            (offset < fixture.kind.footprint && channel < N_CHANNELS).then(|| (universe * N_CHANNELS + channel) as u32)
        };
        let place = |channel: Channel| Some(Place { coarse: index(channel.coarse)?, fine: channel.fine.and_then(index) });
        for condition in &fixture.kind.conditions {
            if let Some((place, master)) = place(condition.channel).zip(index(condition.master)) {
                self.gates.push(Gate { place, stretch: condition.stretch, master, range: condition.range });
            }
        }
        for function in &fixture.kind.functions {
            let absolute =
                |heads: &Range<u16>| fixture.first_head + HeadIdx::from(heads.start)..fixture.first_head + HeadIdx::from(heads.end);
            // The widest dimmer above this function, if it is fed by more heads than this one.
            let above = fixture.kind.functions.iter().filter(|other| {
                let wider = other.heads.len() > function.heads.len()
                    && other.heads.start <= function.heads.start
                    && function.heads.end <= other.heads.end;
                matches!(other.drive, Drive::Dimmer { .. }) && wider
            });
            let share_of = above.max_by_key(|other| other.heads.len()).map(|other| absolute(&other.heads));
            let heads = absolute(&function.heads);
            let Some(what) = what(fixture, &function.drive, share_of, mixers, place) else { continue };
            match pixel(&heads, &what) {
                Some(pixel) => self.pixels.push(pixel),
                None => self.writes.push(Write { heads, what }),
            }
        }
    }
}

/// Heads of the same emitters share what was prepared for them.
#[derive(Default)]
struct Mixers(Vec<(Vec<Colored>, Mixing, Arc<Mixer>)>);

/// An emitter with its chromaticity, where that is known.
type Colored = (Emitter, Option<[f32; 2]>);

impl Mixers {
    fn of(&mut self, emitters: Vec<Colored>, mixing: Mixing) -> Arc<Mixer> {
        if let Some((.., mixer)) = self.0.iter().find(|(known, how, _)| *known == emitters && *how == mixing) {
            return mixer.clone();
        }
        let mixer = Arc::new(Mixer::new(&emitters, mixing));
        self.0.push((emitters, mixing, mixer.clone()));
        mixer
    }
}

fn pixel(heads: &Range<HeadIdx>, what: &What) -> Option<Pixel> {
    let What::Color { mixer, places, scaled: true, share_of: None, response } = what else { return None };
    let [r, g, b] = places[..] else { return None };
    let plain = heads.len() == 1 && response.is_plain() && mixer.is_plain_rgb() && [r, g, b].iter().all(|place| place.fine.is_none());
    plain.then_some(Pixel { head: heads.start, rgb: [r.coarse, g.coarse, b.coarse] })
}

fn what(
    fixture: &RigFixture,
    drive: &Drive,
    share_of: Option<Range<HeadIdx>>,
    mixers: &mut Mixers,
    place: impl Fn(Channel) -> Option<Place>,
) -> Option<What> {
    use crate::engine::frame::BeamValue;
    let response = fixture.options.response;
    let linear = |channel: Channel, range, value, zero| Some(What::Linear { place: place(channel)?, range, value, zero });
    Some(match drive {
        Drive::Dimmer { channel, off, range } => What::Dimmer { place: place(*channel)?, off: *off, range: *range, share_of, response },
        Drive::Color { emitters, scaled } => {
            let xy = |channel: &Channel| fixture.kind.emitter_xy.iter().find(|(offset, _)| *offset == channel.coarse).map(|(_, xy)| *xy);
            let mut emitters: Vec<(Colored, Place)> =
                emitters.iter().filter_map(|(emitter, channel)| Some(((*emitter, xy(channel)), place(*channel)?))).collect();
            emitters.sort_by_key(|((emitter, _), _)| *emitter);
            emitters.truncate(mixer::MAX);
            let (colored, places): (Vec<Colored>, Vec<Place>) = emitters.into_iter().unzip();
            What::Color { mixer: mixers.of(colored, fixture.options.mixing), places, scaled: *scaled, share_of, response }
        }
        Drive::ColorWheel { channel, slots } => What::Wheel { place: place(*channel)?, slots: slots.clone() },
        Drive::Temperature { channel, range, kelvin } => {
            What::Temperature { place: place(*channel)?, range: *range, warmth: Arc::new(Warmth::new(*kelvin)) }
        }
        Drive::Pan { channel, range_deg } => axis(fixture, place(*channel)?, *range_deg, Axis::Pan),
        Drive::Tilt { channel, range_deg } => axis(fixture, place(*channel)?, *range_deg, Axis::Tilt),
        Drive::Shutter { channel, open, closed, strobe, .. } => {
            let dims = |other: &Drive| matches!(other, Drive::Dimmer { .. } | Drive::Color { scaled: true, .. });
            let shut = *closed;
            let closed = shut.filter(|_| !fixture.kind.functions.iter().any(|other| dims(&other.drive)));
            What::Shutter { place: place(*channel)?, open: *open, closed, shut, strobe: *strobe }
        }
        Drive::Strobe { channel, range, .. } => What::Strobe { place: place(*channel)?, range: *range },
        Drive::Zoom { channel, range } => return linear(*channel, *range, BeamValue::Zoom, None),
        Drive::Focus { channel, range } => return linear(*channel, *range, BeamValue::Focus, None),
        Drive::Iris { channel, range } => return linear(*channel, *range, BeamValue::Iris, None),
        Drive::Frost { channel, range } => return linear(*channel, *range, BeamValue::Frost, None),
        Drive::GoboRotation { channel, still, range } => return linear(*channel, *range, BeamValue::GoboRotation, Some(*still)),
        Drive::Gobo { channel, slots } => What::Gobo { place: place(*channel)?, slots: slots.iter().map(|slot| slot.byte).collect() },
        Drive::Prism { channel, off, on } => What::Prism { place: place(*channel)?, off: *off, on: *on },
        Drive::Speed { channel, fast, slow } => What::Speed { place: place(*channel)?, fast: *fast, slow: *slow },
    })
}

fn axis(fixture: &RigFixture, place: Place, range_deg: (f32, f32), axis: Axis) -> What {
    let options = fixture.options;
    let source = match (axis, options.swap_pan_tilt) {
        (Axis::Pan, true) => Axis::Tilt,
        (Axis::Tilt, true) => Axis::Pan,
        (axis, false) => axis,
    };
    let (invert, options) = if axis == Axis::Pan { (options.invert_pan, options.pan) } else { (options.invert_tilt, options.tilt) };
    let range_deg = if invert { (range_deg.1, range_deg.0) } else { range_deg };
    What::Axis { place, range_deg, source, options }
}
