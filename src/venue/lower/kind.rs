//! A definition in one of its modes, as the engine drives it.
//!
//! One layer carries the level: a head's own dimmer, else a dimmer above it, else its colours.  Whatever stands above that
//! layer rests at full.

use super::purpose::Purpose;
use super::slots::{self, Place};
use super::{conditions, ranges, rest, shape, shutter};
use crate::engine::rig::kind::{Drive, Emitter, FixtureKind, Function};
use crate::venue::formats::definition::{Channel, Definition, Detail, Effect, Mode, Physical, Sweep};

/// The ranges that QLC+ assumes too where a file gives none, in degrees.
const ASSUMED_PAN_DEG: f32 = 360.0;
const ASSUMED_TILT_DEG: f32 = 270.0;

/// The kind, and what had to be assumed for it.
pub fn kind(definition: &Definition, mode: &Mode) -> (FixtureKind, Vec<String>) {
    let physical = definition.physical(mode);
    let heads = slots::heads(definition, mode);
    let places = slots::places(definition, mode, &heads);
    let body = shape::body(definition, physical, &places);
    let size_m = shape::size_m(physical);
    let mut defaults = vec![0; mode.slots.len()];
    for place in &places {
        let byte = rest::byte(place);
        defaults[usize::from(place.offset)] = byte;
        // Low bytes follow the default of a whole value, where the file knows whole values.
        let whole = |low: &Channel| place.channel.value.is_some() || low.low_of.is_some();
        let low = |offset: u16| definition.channel(mode.slots[usize::from(offset)]).filter(|low| whole(low));
        if let Some((offset, low)) = place.fine.and_then(|offset| Some((offset, low(offset)?)))
            && place.channel.default == Some(byte)
        {
            defaults[usize::from(offset)] = low.default.unwrap_or(0);
        }
    }
    let mut lowering = Lowering { places: &places, n_heads: heads.len() as u16, defaults, functions: Vec::new(), assumed: Vec::new() };
    lowering.light();
    lowering.dim_by_shutter();
    lowering.position(physical);
    lowering.beam();
    let Lowering { mut functions, defaults, assumed, .. } = lowering;
    functions.sort_by_key(|function| first_offset(&function.drive));
    let conditions = conditions::conditions(mode, &places);
    let kind = FixtureKind {
        manufacturer: definition.manufacturer.clone(),
        model: definition.model.clone(),
        mode: mode.name.clone(),
        body,
        size_m,
        lens_deg: shape::lens_deg(physical, body),
        footprint: mode.slots.len() as u16,
        defaults,
        functions,
        conditions,
        emitter_xy: places.iter().filter_map(|place| Some((place.offset, chroma(definition, place.channel)?))).collect(),
        head_offsets: shape::known_positions(mode, heads.len()).unwrap_or_else(|| shape::head_offsets(heads.len(), physical, size_m)),
    };
    (kind, assumed)
}

/// CIE xy of the light source that a channel feeds, where the file has measured it.
fn chroma(definition: &Definition, channel: &Channel) -> Option<[f32; 2]> {
    let source = || channel.value.as_ref()?.functions.iter().find_map(|function| function.source);
    let measured = || definition.sources.get(source()?).filter(|source| !source.filter)?.color;
    let [x, y] = channel.chroma.or_else(|| measured().map(|color| [color.x as f32, color.y as f32]))?;
    (channel.color.is_some() && x > 0.0 && y > 0.0 && x + y <= 1.0).then_some([x, y])
}

struct Lowering<'a> {
    places: &'a [Place<'a>],
    n_heads: u16,
    defaults: Vec<u8>,
    functions: Vec<Function>,
    assumed: Vec<String>,
}

impl<'a> Lowering<'a> {
    fn push(&mut self, place: &Place, drive: Drive) {
        self.functions.push(Function { heads: place.heads.clone(), drive });
    }

    fn set_default(&mut self, place: &Place, byte: u8) {
        self.defaults[usize::from(place.offset)] = byte;
        if let Some(fine) = place.fine {
            self.defaults[usize::from(fine)] = byte;
        }
    }

    fn dimmers(&self) -> impl Iterator<Item = &'a Place<'a>> + use<'a> {
        self.places.iter().filter(|place| matches!(place.purpose, Purpose::Dimmer { .. }))
    }

    /// Level and colour.
    fn light(&mut self) {
        let carrying = self.carrying_dimmers();
        for place in self.dimmers() {
            let (off, range) = ranges::dimmer(place.channel);
            if carrying.contains(&place.offset) {
                self.push(place, Drive::Dimmer { channel: place.address(), off, range });
                self.strobe_in_dimmer(place, range);
            } else {
                self.set_default(place, range.1);
            }
        }
        let mut done: Vec<std::ops::Range<u16>> = Vec::new();
        for place in self.places.iter().filter(|place| matches!(place.purpose, Purpose::Color(_))) {
            if !done.contains(&place.heads) {
                done.push(place.heads.clone());
                self.color(&place.heads, &carrying);
            }
        }
    }

    /// Strobes on the channel of a dimmer that the file formally tells apart from it, where no shutter strobes.
    fn strobe_in_dimmer(&mut self, place: &Place, range: (u8, u8)) {
        let formal = place.channel.ranges.iter().any(|range| matches!(range.effect, Effect::Dim(_)));
        let has_shutter = self.places.iter().any(|other| other.purpose == Purpose::Shutter);
        if let Some((range, hz)) = shutter::strobe_beside(place.channel, range).filter(|_| formal && !has_shutter) {
            self.push(place, Drive::Strobe { channel: place.address(), range, hz });
        }
    }

    /// Where nothing else has a level, a shutter with a stretch that dims gives it; strobing, it is at full.
    fn dim_by_shutter(&mut self) {
        if self.functions.iter().any(|function| matches!(function.drive, Drive::Dimmer { .. } | Drive::Color { .. })) {
            return;
        }
        for place in self.places.iter().filter(|place| place.purpose == Purpose::Shutter) {
            if let Some((off, range)) = ranges::dimmer_in_shutter(place.channel) {
                self.push(place, Drive::Dimmer { channel: place.address(), off, range });
                if let Some((range, hz)) = shutter::strobe_beside(place.channel, range) {
                    self.push(place, Drive::Strobe { channel: place.address(), range, hz });
                }
            }
        }
    }

    /// Offsets of the dimmers that carry the level; every other one rests at full.
    fn carrying_dimmers(&self) -> Vec<u16> {
        let n_heads = usize::from(self.n_heads);
        let offsets = |dimmers: Vec<&Place>| dimmers.iter().map(|place| place.offset).collect::<Vec<_>>();
        let (above, parts): (Vec<&Place>, Vec<&Place>) = self.dimmers().partition(|place| place.heads.len() == n_heads);
        if n_heads == 1 {
            let (masters, plain): (Vec<&Place>, _) = above.iter().partition(|place| place.purpose == Purpose::Dimmer { master: true });
            return if plain.is_empty() { offsets(masters).into_iter().take(1).collect() } else { offsets(plain) };
        }
        let all_have_one = (0..self.n_heads).all(|head| parts.iter().any(|place| place.heads.contains(&head)));
        match above.first() {
            Some(master) if !all_have_one => vec![master.offset],
            _ => offsets(parts),
        }
    }

    /// The colours of one head, or of several that share theirs.
    fn color(&mut self, heads: &std::ops::Range<u16>, carrying: &[u16]) {
        let mut emitters: Vec<(Emitter, &Place)> = Vec::new();
        for place in self.places.iter().filter(|place| place.heads == *heads) {
            if let Purpose::Color(emitter) = place.purpose {
                match emitters.iter_mut().find(|(seen, _)| *seen == emitter) {
                    // Two of one colour in a head: both take the same value only if both are driven.
                    Some(_) => self
                        .push(place, Drive::Color { emitters: vec![(emitter, place.address())], scaled: self.is_scaled(heads, carrying) }),
                    None => emitters.push((emitter, place)),
                }
            }
        }
        let scaled = self.is_scaled(heads, carrying);
        // Two light sources that differ already have a colour to give; ultraviolet counts for none.
        let mut kinds: Vec<Emitter> = emitters.iter().map(|(emitter, _)| *emitter).filter(|emitter| *emitter != Emitter::Uv).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let primary = |emitter: &Emitter| {
            matches!(emitter, Emitter::Red | Emitter::Green | Emitter::Blue | Emitter::Cyan | Emitter::Magenta | Emitter::Yellow)
        };
        // A mixture of whites that the definition itself rests at is its designer's.
        let white = |emitter: &Emitter| matches!(emitter, Emitter::White | Emitter::WarmWhite | Emitter::ColdWhite);
        let rests_lit = emitters.iter().any(|(_, place)| place.channel.default.is_some_and(|default| default > 0));
        let told = rests_lit && kinds.iter().all(white);
        if (kinds.len() > 1 && !told) || kinds.iter().any(primary) {
            let emitters: Vec<_> = emitters.iter().map(|(emitter, place)| (*emitter, place.address())).collect();
            self.functions.push(Function { heads: heads.clone(), drive: Drive::Color { emitters, scaled } });
            return;
        }
        // A head of one white alone has a level, not a colour.
        for (_, place) in emitters {
            let (off, range) = ranges::dimmer(place.channel);
            if scaled && !self.shares_dimmer(heads, carrying) {
                self.push(place, Drive::Dimmer { channel: place.address(), off, range });
            } else if scaled {
                self.push(place, Drive::Color { emitters: vec![(Emitter::White, place.address())], scaled });
            } else if place.channel.default.is_none_or(|default| default == 0) {
                self.set_default(place, range.1);
            }
        }
    }

    /// True unless each of the heads has a dimmer that serves none beside them: one that is shared with other heads cannot
    /// tell them apart.
    fn is_scaled(&self, heads: &std::ops::Range<u16>, carrying: &[u16]) -> bool {
        let within = |place: &&Place| heads.start <= place.heads.start && place.heads.end <= heads.end;
        let dimmed = |head: u16| self.dimmers().filter(within).any(|place| carrying.contains(&place.offset) && place.heads.contains(&head));
        !heads.clone().all(dimmed)
    }

    fn shares_dimmer(&self, heads: &std::ops::Range<u16>, carrying: &[u16]) -> bool {
        self.dimmers().any(|place| carrying.contains(&place.offset) && place.heads.contains(&heads.start))
    }

    fn position(&mut self, physical: &Physical) {
        for (purpose, max_deg, assumed_deg) in
            [(Purpose::Pan, physical.pan_max_deg, ASSUMED_PAN_DEG), (Purpose::Tilt, physical.tilt_max_deg, ASSUMED_TILT_DEG)]
        {
            for place in self.first_in_heads(purpose) {
                let channel = place.address();
                let range_deg = shape::reach(place.channel).or_else(|| ranges::reach(place.channel)).unwrap_or_else(|| {
                    let max_deg = if max_deg > 0.0 {
                        max_deg
                    } else {
                        self.assumed.push(format!("the file gives no range for {}, assumed {assumed_deg} degrees", place.channel.name));
                        assumed_deg
                    };
                    (-max_deg / 2.0, max_deg / 2.0)
                });
                let drive = if purpose == Purpose::Pan { Drive::Pan { channel, range_deg } } else { Drive::Tilt { channel, range_deg } };
                self.push(place, drive);
            }
        }
    }

    /// The first channel of a purpose in every set of heads; further ones rest.
    fn first_in_heads(&self, purpose: Purpose) -> Vec<&'a Place<'a>> {
        let mut first: Vec<&Place> = Vec::new();
        for place in self.places.iter().filter(|place| place.purpose == purpose) {
            if !first.iter().any(|seen| seen.heads == place.heads) {
                first.push(place);
            }
        }
        first
    }

    fn beam(&mut self) {
        const PURPOSES: [Purpose; 11] = [
            Purpose::Shutter,
            Purpose::ColorWheel,
            Purpose::Temperature,
            Purpose::Gobo,
            Purpose::GoboRotation,
            Purpose::Prism,
            Purpose::Zoom,
            Purpose::Focus,
            Purpose::Iris,
            Purpose::Frost,
            Purpose::Speed,
        ];
        let places: Vec<&Place> =
            PURPOSES.into_iter().flat_map(|purpose| self.first_in_heads(purpose)).chain(self.further_strobes()).collect();
        for place in places {
            let dims = self
                .functions
                .iter()
                .any(|function| matches!(function.drive, Drive::Dimmer { channel, .. } if channel.coarse == place.offset));
            if let Some(drive) = self.beam_drive(place).filter(|_| !dims) {
                self.push(place, drive);
            }
        }
    }

    /// Shutters beside the first one of a head: lamps of one body that the file does not tell apart, each with its own.
    fn further_strobes(&self) -> Vec<&'a Place<'a>> {
        let first = self.first_in_heads(Purpose::Shutter);
        let strobes = |place: &&Place| place.purpose == Purpose::Shutter && shutter::shutter(place.channel).strobe.is_some();
        self.places.iter().filter(strobes).filter(|place| !first.iter().any(|seen| seen.offset == place.offset)).collect()
    }

    fn beam_drive(&self, place: &Place) -> Option<Drive> {
        let channel = place.address();
        Some(match place.purpose {
            Purpose::Shutter if place.channel.detail == Some(Detail::FlashLength) => {
                let rate = |other: &&Place| matches!(other.channel.detail, Some(Detail::Strobe(_))) && other.heads == place.heads;
                self.places.iter().find(rate)?;
                shutter::flash(place.channel).into_drive(channel)
            }
            Purpose::Shutter => shutter::shutter(place.channel).into_drive(channel),
            // Where a head mixes colours the wheel stays open, else both would filter.
            Purpose::ColorWheel if !self.mixes(&place.heads) => Drive::ColorWheel { channel, slots: ranges::color_slots(place.channel) },
            Purpose::Temperature if !self.mixes(&place.heads) => {
                let (range, kelvin) = ranges::temperature(place.channel)?;
                Drive::Temperature { channel, range, kelvin }
            }
            Purpose::Gobo => {
                let slots = ranges::gobo_slots(place.channel);
                return (slots.len() > 1).then_some(Drive::Gobo { channel, slots });
            }
            Purpose::GoboRotation => {
                let (still, range) = ranges::rotation(place.channel)?;
                Drive::GoboRotation { channel, still, range }
            }
            Purpose::Prism => {
                let (off, on) = ranges::prism(place.channel)?;
                Drive::Prism { channel, off, on }
            }
            Purpose::Zoom => Drive::Zoom { channel, range: ranges::level(place.channel, Sweep::Up) },
            Purpose::Focus => Drive::Focus { channel, range: ranges::level(place.channel, Sweep::Up) },
            Purpose::Iris => Drive::Iris { channel, range: ranges::iris(place.channel) },
            Purpose::Frost => Drive::Frost { channel, range: ranges::frost(place.channel) },
            Purpose::Speed => {
                let (fast, slow) = ranges::speed(place.channel);
                Drive::Speed { channel, fast, slow }
            }
            _ => return None,
        })
    }

    fn mixes(&self, heads: &std::ops::Range<u16>) -> bool {
        self.functions.iter().any(|function| {
            matches!(function.drive, Drive::Color { .. }) && function.heads.start < heads.end && heads.start < function.heads.end
        })
    }
}

fn first_offset(drive: &Drive) -> u16 {
    match drive {
        Drive::Color { emitters, .. } => emitters.iter().map(|(_, channel)| channel.coarse).min().unwrap_or_default(),
        Drive::Dimmer { channel, .. }
        | Drive::ColorWheel { channel, .. }
        | Drive::Temperature { channel, .. }
        | Drive::Pan { channel, .. }
        | Drive::Tilt { channel, .. }
        | Drive::Shutter { channel, .. }
        | Drive::Strobe { channel, .. }
        | Drive::Zoom { channel, .. }
        | Drive::Focus { channel, .. }
        | Drive::Iris { channel, .. }
        | Drive::Frost { channel, .. }
        | Drive::Gobo { channel, .. }
        | Drive::GoboRotation { channel, .. }
        | Drive::Prism { channel, .. }
        | Drive::Speed { channel, .. } => channel.coarse,
    }
}
