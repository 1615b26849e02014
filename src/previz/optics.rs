//! What a head's light looks like from outside: where it leaves, which way, how wide, which colour, how bright.
//!
//! Pure, and in the venue's space (Z-up, metres).  A head at rest looks along -Z of its fixture; pan turns about the
//! fixture's Z, tilt about its X after pan.  Brightness is relative to a well-lit picture, not photometric: lamps
//! differ by a factor of a hundred in truth and by about five in a photograph of a club.

use std::f32::consts::PI;

use glam::{Quat, Vec3};

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
}

impl Emission {
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

pub fn emission(head: &Head, kind: &FixtureKind, state: &HeadState, shutter: Shutter) -> Emission {
    let character = Character::of(kind);
    let turned = fixture_from_head(state.pan_deg.unwrap_or(0.0), state.tilt_deg.unwrap_or(0.0));
    let world_from_head = head.world_from_fixture * turned;
    let open = strobe_hz(kind, head.index, state.strobe).map_or(1.0, |hz| open_share(hz, shutter));
    let color = state.color.map_or(Vec3::ONE, |color| Vec3::from_array(color.0));
    let frost = state.beam(BeamValue::Frost).unwrap_or(0.0).clamp(0.0, 1.0);
    Emission {
        color: (color * state.dimmer.clamp(0.0, 1.0) * open).max(Vec3::ZERO),
        position: head.position + world_from_head * Vec3::NEG_Z * character.reach_m,
        world_from_head,
        half_angle_rad: half_angle_rad(kind, state) * (1.0 + 0.3 * frost),
        softness: character.softness + (1.0 - character.softness) * frost,
    }
}

fn half_angle_rad(kind: &FixtureKind, state: &HeadState) -> f32 {
    let (narrow, wide) = match kind.lens_deg {
        (narrow, wide) if narrow > 0.0 || wide > 0.0 => (narrow.min(wide), narrow.max(wide)),
        _ => (25.0, 25.0), // the definition does not say: an ordinary par
    };
    let zoom = state.beam(BeamValue::Zoom).unwrap_or(0.3).clamp(0.0, 1.0);
    let iris = state.beam(BeamValue::Iris).unwrap_or(0.0).clamp(0.0, 1.0);
    let full_deg = (narrow + (wide - narrow) * zoom) * (1.0 - 0.85 * iris);
    (full_deg * 0.5).clamp(0.5, 75.0).to_radians()
}

/// Flashes per second at strobe level `level`; `None` when the shutter stands open.
fn strobe_hz(kind: &FixtureKind, head_index: u16, level: f32) -> Option<f32> {
    if level <= 0.0 {
        return None;
    }
    let stated = kind.functions.iter().filter(|function| function.heads.contains(&head_index)).find_map(|function| match function.drive {
        Drive::Shutter { hz, .. } => hz,
        _ => None,
    });
    let (slow, fast) = stated.unwrap_or((1.0, 18.0)); // most definitions do not state their rates
    Some((slow + (fast - slow) * level.min(1.0)).clamp(0.1, 30.0))
}

/// How much of the exposure a shutter that flashes at `hz` was open, `0.0..=1.0`.
///
/// An integral, not a sample: pictures at any rate then show the right mean light, and flashes slower than the
/// pictures still show as flashes.
fn open_share(hz: f32, shutter: Shutter) -> f32 {
    const DUTY: f64 = 0.35;
    let exposure_secs = shutter.exposure_secs.max(1e-4);
    let opened_by = |secs: f64| {
        let cycles = secs * f64::from(hz);
        cycles.floor() * DUTY + (cycles - cycles.floor()).min(DUTY)
    };
    let open_cycles = opened_by(shutter.at_secs) - opened_by(shutter.at_secs - exposure_secs);
    (open_cycles / (exposure_secs * f64::from(hz))).clamp(0.0, 1.0) as f32
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

    #[test]
    fn a_slow_strobe_flashes_and_a_long_exposure_sees_its_mean() {
        let share = |at_secs, exposure_secs| open_share(2.0, Shutter { at_secs, exposure_secs });
        assert_eq!(share(10.1, 0.01), 1.0, "inside a flash");
        assert_eq!(share(10.4, 0.01), 0.0, "between flashes");
        assert!((share(10.0, 5.0) - 0.35).abs() < 1e-3, "over ten flashes");
    }
}
