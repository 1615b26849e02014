//! What a head's light looks like from outside: where it leaves, which way, how wide, which colour, how bright.
//!
//! Pure, and in the venue's space (Z-up, metres).  A head at rest looks along -Z of its fixture; pan turns about the
//! fixture's Z, tilt about its X after pan.  Brightness is relative to a well-lit picture, not photometric: lamps
//! differ by a factor of a hundred in truth and by about five in a photograph of a club.

use std::f32::consts::{PI, TAU};

use glam::{Quat, Vec3};

use super::motion::Seen;
use crate::engine::frame::{BeamValue, HeadState};
use crate::engine::rig::kind::{Body, Drive, FixtureKind};
use crate::engine::rig::{Head, HeadIdx};

/// How a kind of lamp shows itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Character {
    /// Strength of the cone in haze at the lens.
    pub haze: f32,
    /// Strength of the patch of light where the beam lands.
    pub pool: f32,
    /// Radiance of the lens, seen head on.
    pub glow: f32,
    pub lens: Lens,
    /// From the point that the head turns about to the lens, metres.
    pub reach_m: f32,
    /// 0 = a hard edge, 1 = falls off from the middle.
    pub softness: f32,
    /// The cone is drawn no further than this, metres.
    pub throw_m: f32,
}

/// Half extents in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lens {
    Disc(f32),
    Panel(f32, f32),
}

impl Lens {
    /// The radius of a disc that lets as much light out.
    pub fn radius_m(self) -> f32 {
        match self {
            Self::Disc(radius) => radius,
            Self::Panel(x, y) => (4.0 * x * y / PI).sqrt(),
        }
    }
}

/// The light of one head at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Emission {
    /// Linear, dimmer and shutter included.
    pub color: Vec3,
    pub position: Vec3,
    /// Turns -Z into the beam's direction, and X into the lens's width.
    pub world_from_head: Quat,
    pub half_angle_rad: f32,
    /// 0 = a hard edge, 1 = falls off from the middle.
    pub softness: f32,
    /// Share of the beam's width that the iris leaves.
    pub iris: f32,
    pub frost: f32,
    /// Dioptres at which pictures are sharp; 0 = everywhere, where nobody sets the focus.
    pub sharp_at: f32,
    /// Layer of the picture in the beam; 0 = open.
    pub gobo: u8,
    pub gobo_turns: f32,
    /// More than 1 behind a prism.
    pub facets: u8,
}

impl Emission {
    /// Nothing, from a lamp that hangs there.
    pub fn dark(position: Vec3, world_from_head: Quat) -> Self {
        Self {
            color: Vec3::ZERO,
            position,
            world_from_head,
            half_angle_rad: 0.2,
            softness: 1.0,
            iris: 1.0,
            frost: 0.0,
            sharp_at: 0.0,
            gobo: 0,
            gobo_turns: 0.0,
            facets: 1,
        }
    }

    /// One of the beams that a prism makes of this one.
    pub fn facet(&self, number: u8) -> Self {
        if self.facets < 2 {
            return *self;
        }
        let around = f32::from(number) / f32::from(self.facets) * TAU;
        let aside = (self.half_angle_rad * 1.15 + 0.02).min(0.5);
        let turn = Quat::from_rotation_z(around) * Quat::from_rotation_x(aside) * Quat::from_rotation_z(-around);
        let share = f32::from(self.facets).powf(-0.7);
        Self { world_from_head: self.world_from_head * turn, color: self.color * share, ..*self }
    }

    pub fn direction(&self) -> Vec3 {
        self.world_from_head * Vec3::NEG_Z
    }
}

/// How much haze hangs in the room.
const AIR: f32 = 0.78;

impl Character {
    pub fn of(kind: &FixtureKind) -> Self {
        let size = kind.size_m;
        let width = if size.x > 0.0 { size.x } else { 0.3 };
        let n_heads = kind.head_offsets.len().max(1) as f32;
        let disc = |share: f32| Lens::Disc((width * share).clamp(0.03, 0.16));
        let (haze, pool, glow, lens, softness, throw_m) = match kind.body {
            Body::MovingBeam => (1.9, 0.8, 18.0, disc(0.24), 0.3, 30.0),
            Body::MovingSpot | Body::Scanner => (1.15, 1.1, 12.0, disc(0.22), 0.25, 22.0),
            Body::MovingWash => (0.85, 1.2, 9.0, disc(0.34), 0.8, 16.0),
            Body::Bar => (0.16, 1.0, 5.0, Lens::Panel((width / n_heads * 0.42).min(0.06), 0.03), 1.0, 2.4),
            Body::Strobe => (0.6, 1.6, 16.0, Lens::Panel(width * 0.44, size.y.clamp(0.1, 0.4) * 0.4), 1.0, 5.0),
            Body::Blinder => (0.7, 1.4, 14.0, Lens::Disc((width / n_heads * 0.4).clamp(0.05, 0.12)), 1.0, 6.0),
            Body::Dimmer => (0.6, 1.1, 6.0, disc(0.36), 0.6, 14.0),
            Body::Hazer => (0.0, 0.0, 0.0, disc(0.2), 1.0, 0.0),
            Body::Par | Body::Other => (0.65, 1.0, 7.0, disc(0.36), 0.7, 12.0),
        };
        // Heads of one lamp share its light.
        let many = if kind.body == Body::Bar { 1.0 } else { n_heads.powf(0.75) };
        let lens = match lens {
            Lens::Disc(radius) if many > 1.0 => Lens::Disc((radius * 1.6 / n_heads.sqrt()).min(radius)),
            lens => lens,
        };
        let (haze, glow) = (haze * AIR / many, glow);
        let reach_m = if is_moving_head(kind.body) { size.z.max(0.25) * 0.34 } else { 0.0 };
        Self { haze, pool, glow, lens, reach_m, softness, throw_m }
    }
}

/// Bodies whose head hangs in a yoke.
pub fn is_moving_head(body: Body) -> bool {
    matches!(body, Body::MovingBeam | Body::MovingSpot | Body::MovingWash)
}

/// Pan about Z, then tilt about the X that pan has turned.
pub fn fixture_from_head(pan_deg: f32, tilt_deg: f32) -> Quat {
    Quat::from_rotation_z(pan_deg.to_radians()) * Quat::from_rotation_x(tilt_deg.to_radians())
}

/// A span of real time during which a picture is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shutter {
    pub at_secs: f64,
    pub exposure_secs: f64,
}

/// What a head sends out, told `state` and having come as far as `seen`.
pub fn emission(head: &Head, kind: &FixtureKind, state: &HeadState, seen: &Seen) -> Emission {
    let character = Character::of(kind);
    let world_from_head = head.world_from_fixture * fixture_from_head(seen.pan_deg, seen.tilt_deg);
    let color = state.color.map_or(Vec3::ONE, |color| Vec3::from_array(color.0));
    let share = |value: BeamValue| state.beam(value).map(|share| share.clamp(0.0, 1.0));
    let frost = share(BeamValue::Frost).unwrap_or(0.0);
    let full_angle_rad = half_angle_rad(kind, share(BeamValue::Zoom)) * (1.0 + 0.3 * frost);
    let iris = 1.0 - 0.85 * share(BeamValue::Iris).unwrap_or(0.0);
    Emission {
        color: (color * seen.level).max(Vec3::ZERO),
        position: head.position + world_from_head * Vec3::NEG_Z * character.reach_m,
        world_from_head,
        half_angle_rad: (full_angle_rad.tan() * iris).atan(),
        softness: character.softness + (1.0 - character.softness) * frost,
        iris,
        frost,
        sharp_at: share(BeamValue::Focus).map_or(0.0, |focus| 1.0 / (NEAREST_M * (FARTHEST_M / NEAREST_M).powf(focus))),
        gobo: seen.gobo,
        gobo_turns: seen.gobo_turns,
        facets: if share(BeamValue::Prism).is_some_and(|prism| prism > 0.5) { facets(kind, head.index) } else { 1 },
    }
}

/// Where a picture in the beam can be made sharp, from focus 0 to focus 1.
const NEAREST_M: f32 = 2.0;
const FARTHEST_M: f32 = 30.0;

/// How many pictures a head's prism makes of one; 1 where it has none.
pub fn facets(kind: &FixtureKind, head_index: u16) -> u8 {
    let has = kind.functions.iter().any(|function| function.heads.contains(&head_index) && matches!(function.drive, Drive::Prism { .. }));
    // Definitions do not tell; beams are sold with many facets, profiles with few.
    match kind.body {
        _ if !has => 1,
        Body::MovingBeam => 6,
        _ => 3,
    }
}

/// Lamps with a lens that pictures something: an edge, an iris, a gobo.
pub fn is_profile(body: Body) -> bool {
    matches!(body, Body::MovingBeam | Body::MovingSpot | Body::Scanner)
}

fn half_angle_rad(kind: &FixtureKind, zoom: Option<f32>) -> f32 {
    let (narrow, wide) = match kind.lens_deg {
        (narrow, wide) if narrow > 0.0 || wide > 0.0 => (narrow.min(wide), narrow.max(wide)),
        _ => (25.0, 25.0), // the definition does not say: an ordinary par
    };
    let full_deg = narrow + (wide - narrow) * zoom.unwrap_or(0.3);
    (full_deg * 0.5).clamp(0.5, 75.0).to_radians()
}

/// Which head of a fixture turns its body.
pub fn turning_head(first_head: HeadIdx, heads: &[Head]) -> Option<HeadIdx> {
    let head = heads.get(first_head as usize)?;
    (head.pan_deg.is_some() || head.tilt_deg.is_some()).then_some(first_head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: Vec3, b: Vec3) -> bool {
        (a - b).length() < 1e-5
    }

    #[test]
    fn a_head_looks_down_at_home_and_tilts_about_the_axis_that_pan_turned() {
        for (pan, tilt, direction) in [
            (0.0, 0.0, Vec3::NEG_Z),
            (90.0, 0.0, Vec3::NEG_Z),
            (0.0, 90.0, Vec3::Y),
            (90.0, 90.0, Vec3::NEG_X),
            (180.0, 90.0, Vec3::NEG_Y),
            (0.0, -90.0, Vec3::NEG_Y),
        ] {
            let found = fixture_from_head(pan, tilt) * Vec3::NEG_Z;
            assert!(near(found, direction), "pan {pan} tilt {tilt}: {found}");
        }
    }
}
