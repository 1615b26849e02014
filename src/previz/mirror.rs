//! From the frame to the room: every head's light, the joints it turns, the buffer that beams are drawn from.
//!
//! Reads [`CurrentFrame`] and the rig; decides nothing about light, only about how a camera sees it.

use bevy::prelude::*;
use bevy::render::storage::ShaderBuffer;

use super::emitters::{Emitter, EmitterBuffer, Emitters};
use super::optics::{self, Character, Emission, Lens, Shutter};
use super::space::bevy_from_venue;
use crate::engine::Rig;
use crate::engine::rig::HeadIdx;
use crate::schedule::ShowSystems;
use crate::show::plugin::{CurrentFrame, Part};

/// Which head of the rig an entity stands for.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadOf(pub HeadIdx);

/// What the head sends out in this frame, in the venue's space.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct HeadLight(pub Emission);

/// A part of a body that a head's movement turns.
#[derive(Component, Clone, Copy, Debug)]
pub enum Joint {
    Pan(HeadIdx),
    Tilt(HeadIdx),
}

/// When the picture is taken, in seconds of a clock that runs while lamps strobe: real time at a window, the show's
/// time for pictures, which must not depend on when they were made.
#[derive(Resource, Clone, Copy, Debug)]
pub struct PictureTime {
    pub shutter: Shutter,
    pub follows_show: bool,
}

impl Default for PictureTime {
    fn default() -> Self {
        Self { shutter: Shutter { at_secs: 0.0, exposure_secs: LONGEST_EXPOSURE_SECS }, follows_show: false }
    }
}

/// A slow machine must not blur a strobe into a steady glow.
const LONGEST_EXPOSURE_SECS: f64 = 1.0 / 60.0;
/// Weaker light than this is not drawn: a head at one step of an 8-bit dimmer is darker.
const DARK: f32 = 0.002;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<PictureTime>()
        .add_systems(PostUpdate, (advance_picture_time, (mirror_lights, turn_joints), write_emitters).chain().in_set(MirrorLights))
        .configure_sets(PostUpdate, MirrorLights.in_set(ShowSystems::Mirror));
}

/// Brings every [`HeadLight`] up to date.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MirrorLights;

fn advance_picture_time(time: Res<Time<Real>>, frame: Res<CurrentFrame>, mut picture: ResMut<PictureTime>) {
    picture.shutter = if picture.follows_show {
        Shutter { at_secs: frame.0.window.to, exposure_secs: LONGEST_EXPOSURE_SECS }
    } else {
        Shutter { at_secs: time.elapsed_secs_f64(), exposure_secs: time.delta_secs_f64().min(LONGEST_EXPOSURE_SECS) }
    };
}

fn mirror_lights(rig: Res<Part<Rig>>, frame: Res<CurrentFrame>, picture: Res<PictureTime>, mut lights: Query<(&HeadOf, &mut HeadLight)>) {
    let rig = rig.get();
    if frame.0.n_heads() != rig.heads.len() {
        return; // the frame is still the old rig's; its program is on its way
    }
    for (head_of, mut light) in &mut lights {
        if let Some(head) = rig.heads.get(head_of.0 as usize) {
            let kind = &rig.fixtures[head.fixture as usize].kind;
            light.0 = optics::emission(head, kind, &frame.0.head(head_of.0), picture.shutter);
        }
    }
}

fn turn_joints(frame: Res<CurrentFrame>, mut joints: Query<(&Joint, &mut Transform)>) {
    let n_heads = frame.0.n_heads();
    for (joint, mut transform) in &mut joints {
        let (Joint::Pan(head) | Joint::Tilt(head)) = *joint;
        if head as usize >= n_heads {
            continue;
        }
        let state = frame.0.head(head);
        transform.rotation = match joint {
            Joint::Pan(_) => optics::fixture_from_head(state.pan_deg.unwrap_or(0.0), 0.0),
            Joint::Tilt(_) => optics::fixture_from_head(0.0, state.tilt_deg.unwrap_or(0.0)),
        };
    }
}

fn write_emitters(
    rig: Res<Part<Rig>>,
    picture: Res<PictureTime>,
    lights: Query<(&HeadOf, &HeadLight)>,
    buffer: Res<EmitterBuffer>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
) {
    let rig = rig.get();
    let mut all = vec![Emitter::default(); rig.heads.len()];
    let mut total = 0.0;
    for (head_of, light) in &lights {
        let Some((slot, head)) = all.get_mut(head_of.0 as usize).zip(rig.heads.get(head_of.0 as usize)) else {
            continue;
        };
        let character = Character::of(&rig.fixtures[head.fixture as usize].kind);
        total += light.0.color.max_element() * character.haze;
        *slot = emitter(&character, &light.0);
    }
    let gain = exposure_gain(total);
    for emitter in &mut all {
        emitter.haze *= Vec4::new(gain, gain, gain, 1.0);
        emitter.glow *= Vec4::new(gain, gain, gain, 1.0);
    }
    // Seconds drift in f32 on the GPU: an hour is enough to tell one cloud from the next.
    let drift_secs = (picture.shutter.at_secs % 3600.0) as f32;
    buffer.write(&mut buffers, Emitters { air: Vec4::new(drift_secs, 0.45, 0.0, 0.0), all });
}

/// A camera closes its iris when the whole rig is on; without it a full stage is one white patch.
pub(super) fn exposure_gain(total: f32) -> f32 {
    1.0 / (1.0 + total / 26.0).powf(0.55)
}

fn emitter(character: &Character, light: &Emission) -> Emitter {
    let turn = bevy_from_venue() * light.world_from_head;
    let lit = light.color.max_element() > DARK;
    let tan = light.half_angle_rad.tan().max(0.005);
    let (half_width, aspect) = match character.lens {
        Lens::Disc(radius) => (radius, -1.0),
        Lens::Panel(x, y) => (x, y / x.max(1e-3)),
    };
    let radius = character.lens.radius_m();
    let length = if lit && character.haze > 0.0 { visible_length_m(radius, tan).min(character.throw_m) } else { 0.0 };
    Emitter {
        apex: (bevy_from_venue() * light.position).extend(length),
        dir: (turn * Vec3::NEG_Z).extend(tan),
        haze: (light.color * character.haze).extend(radius),
        side: (turn * Vec3::X * half_width).extend(aspect),
        glow: (light.color * character.glow).extend(light.softness),
    }
}

/// How far a cone is worth drawing: to where its radius has grown so much that nothing is left to see.
fn visible_length_m(lens_radius: f32, tan: f32) -> f32 {
    const FADED: f32 = 60.0; // times the lens's radius; the cone's light has then fallen below a hundredth
    ((FADED - 1.0) * lens_radius / tan).max(1.5)
}
