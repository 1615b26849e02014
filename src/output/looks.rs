//! The looks that need no show: darkness and the safe look as bytes, made while everything is well.
//!
//! Pure, and made by the engine from the rig alone, whatever the show's graphs are like.  Light fades, shutters and colour
//! wheels turn at once or not at all, and everything else stays: heads do not swing because something was lost.

use std::sync::Arc;

use super::loss::{Act, SafeLook};
use crate::engine::dmx::roles::Role;
use crate::engine::dmx::universe::N_CHANNELS;
use crate::engine::live::Manual;
use crate::engine::{DmxFrame, Frame, Held, Live, Rgb, Rig, Show, Window, compile, encode, render};

type Slots = [u8; N_CHANNELS];

#[derive(Clone, Debug)]
struct Universe {
    number: u16,
    roles: [Role; N_CHANNELS],
    dark: Slots,
    safe: Slots,
}

/// What each universe shows without a show.  One that is not among them goes dark as a whole and has no safe look.
#[derive(Clone, Debug, Default)]
pub struct Looks {
    /// By number.
    universes: Vec<Universe>,
}

impl Looks {
    /// Of a rig, through the engine.
    pub fn of(rig: &Arc<Rig>, safe: SafeLook) -> Self {
        let (program, _) = compile(&Show { rig: rig.clone(), ..Show::default() });
        let white = SafeLook { level: 0.0, color: [255; 3] };
        let shown = |look: SafeLook| {
            let manual = Manual {
                dimmer: Some(look.level),
                color: Some(Rgb(look.color.map(|channel| f32::from(channel) / 255.0))),
                strobe: Some(0.0),
                ..Manual::default()
            };
            let live = Live { programmer: (0..rig.heads.len() as u32).map(|head| (head, manual)).collect(), ..Live::default() };
            let (mut frame, mut dmx) = (Frame::default(), DmxFrame::default());
            render(&program, Window::instant(0.0), &live, &mut frame);
            encode(rig, &frame, &mut Held::default(), &mut dmx);
            dmx.bytes
        };
        let (dark, safe) = (shown(white), shown(safe));
        let universes = rig.patch.numbers.iter().zip(rig.patch.roles()).zip(dark.into_iter().zip(safe));
        Self { universes: universes.map(|((&number, roles), (dark, safe))| Universe { number, roles, dark, safe }).collect() }
    }

    /// Of universes that are nothing but dimmers, for patterns.
    pub fn dimmers(universes: &[u16], level: f32) -> Self {
        let safe = [(level.clamp(0.0, 1.0) * 255.0).round() as u8; N_CHANNELS];
        let mut universes: Vec<Universe> =
            universes.iter().map(|&number| Universe { number, roles: [Role::Light; N_CHANNELS], dark: [0; N_CHANNELS], safe }).collect();
        universes.sort_by_key(|universe| universe.number);
        Self { universes }
    }

    fn universe(&self, number: u16) -> Option<&Universe> {
        self.universes.binary_search_by_key(&number, |universe| universe.number).ok().map(|at| &self.universes[at])
    }

    /// From `base` to a look, by `amount`.
    pub fn away(&self, number: u16, act: Act, amount: f32, base: &Slots, out: &mut Slots) {
        let amount = weight(amount);
        let Some(universe) = self.universe(number) else {
            match act {
                Act::Black => out.iter_mut().zip(base).for_each(|(out, &from)| *out = between(from, 0, amount)),
                Act::Hold | Act::Safe => *out = *base,
            }
            return;
        };
        let to = match act {
            Act::Hold => {
                *out = *base;
                return;
            }
            Act::Safe => &universe.safe,
            Act::Black => &universe.dark,
        };
        for (at, out) in out.iter_mut().enumerate() {
            let (from, to) = (base[at], to[at]);
            *out = match (universe.roles[at], act) {
                (Role::Light, _) | (Role::Tint, Act::Safe) => between(from, to, amount),
                // Half of a fine byte is no half of the light: the coarse one fades, by steps that nobody sees.
                (Role::Fine, _) | (Role::Wheel, Act::Safe) if amount > 0 => to,
                // A shutter that strobes stops; one that is shut because it is all that makes darkness shuts at the end.
                (Role::Shutter, Act::Safe) if amount > 0 => to,
                (Role::Shutter, Act::Black) if amount >= FULL => to,
                _ => from,
            };
        }
    }

    /// From `base` to the show, by `amount`.
    pub fn back(&self, number: u16, amount: f32, base: &Slots, show: &Slots, out: &mut Slots) {
        let amount = weight(amount);
        let universe = self.universe(number);
        for (at, out) in out.iter_mut().enumerate() {
            *out = match universe.map_or(Role::Light, |universe| universe.roles[at]) {
                Role::Light | Role::Tint => between(base[at], show[at], amount),
                _ => show[at],
            };
        }
    }
}

const FULL: u32 = 1 << 16;

fn weight(amount: f32) -> u32 {
    (f64::from(amount.clamp(0.0, 1.0)) * f64::from(FULL)).round() as u32
}

fn between(from: u8, to: u8, weight: u32) -> u8 {
    ((u32::from(from) * (FULL - weight) + u32::from(to) * weight + FULL / 2) / FULL) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue;
    use crate::venue::library::Library;
    use crate::venue::lower;

    #[test]
    fn plain_bytes_fade_evenly_and_end_exactly() {
        let looks = Looks::dimmers(&[9, 3], 0.5);
        let mut out = [0; N_CHANNELS];
        let mut levels = |act, number| {
            [0.0, 0.25, 0.5, 1.0].map(|amount| {
                looks.away(number, act, amount, &[200; N_CHANNELS], &mut out);
                out[511]
            })
        };
        assert_eq!(levels(Act::Safe, 3), [200, 182, 164, 128]);
        assert_eq!(levels(Act::Black, 9), [200, 150, 100, 0]);
        assert_eq!(levels(Act::Hold, 9), [200; 4]);
        assert_eq!((levels(Act::Safe, 4), levels(Act::Black, 4)), ([200; 4], [200, 150, 100, 0]), "a universe that nobody knows");
    }

    #[test]
    fn in_a_rig_light_fades_to_what_the_engine_says_and_nothing_else_moves() {
        let venue = venue::builtin("club").unwrap();
        let rig = Arc::new(lower::rig(&venue, &Library::builtin()).0);
        let looks = Looks::of(&rig, SafeLook::default());
        assert_eq!(looks.universes.len(), rig.patch.numbers.len());
        let mut n_lit = 0;
        for universe in &looks.universes {
            // Somewhere in the middle of a show.
            let base = [77; N_CHANNELS];
            let (mut dark, mut safe) = ([0; N_CHANNELS], [0; N_CHANNELS]);
            looks.away(universe.number, Act::Black, 1.0, &base, &mut dark);
            looks.away(universe.number, Act::Safe, 1.0, &base, &mut safe);
            for at in 0..N_CHANNELS {
                match universe.roles[at] {
                    Role::Keep => assert_eq!((dark[at], safe[at]), (77, 77), "channel {} of {}", at + 1, universe.number),
                    Role::Light => {
                        n_lit += 1;
                        assert_eq!((dark[at], safe[at]), (universe.dark[at], universe.safe[at]));
                    }
                    _ => {}
                }
            }
        }
        assert!(n_lit > 20, "{n_lit}");
        // There is something to see by, and nothing in the dark.
        let sum = |of: fn(&Universe) -> &Slots| -> u32 {
            let lit = looks.universes.iter().flat_map(|universe| of(universe).iter().zip(universe.roles));
            lit.filter(|(_, role)| *role == Role::Light).map(|(&byte, _)| u32::from(byte)).sum()
        };
        assert!(sum(|universe| &universe.dark) < sum(|universe| &universe.safe));
        assert_eq!(sum(|universe| &universe.dark), 0);
    }

    #[test]
    fn the_way_back_meets_the_show() {
        let looks = Looks::dimmers(&[1], 0.0);
        let mut out = [0; N_CHANNELS];
        for (amount, level) in [(0.0, 10), (0.5, 60), (1.0, 110)] {
            looks.back(1, amount, &[10; N_CHANNELS], &[110; N_CHANNELS], &mut out);
            assert_eq!(out, [level; N_CHANNELS]);
        }
    }
}
