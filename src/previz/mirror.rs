//! From the frame to the room: every head's light, the joints it turns, the buffer that beams are drawn from.
//!
//! Reads [`CurrentFrame`] and the rig; decides nothing about light, only about how a camera sees it.

use bevy::prelude::*;
use bevy::render::storage::ShaderBuffer;

use super::emitters::{Emitter, EmitterBuffer, Emitters};
use super::motion::Motion;
use super::optics::{self, Character, Emission, Lens, Shutter};
use super::projectors::shape;
use super::quality::Quality;
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

/// What a picture without one before it is exposed for.
pub(super) const LONGEST_EXPOSURE_SECS: f64 = 1.0 / 60.0;
/// Weaker light than this is not drawn: a head at one step of an 8-bit dimmer is darker.
const DARK: f32 = 0.002;

/// How bright all of it is.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Lit {
    /// What the camera makes of it.
    pub gain: f32,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<PictureTime>()
        .init_resource::<Motion>()
        .init_resource::<Quality>()
        .insert_resource(Lit { gain: 1.0 })
        .add_systems(PostUpdate, (advance, (mirror_lights, turn_joints), meter, write_emitters).chain().in_set(MirrorLights))
        .configure_sets(PostUpdate, MirrorLights.in_set(ShowSystems::Mirror));
}

/// Brings every [`HeadLight`] up to date.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MirrorLights;

/// At a window; whoever takes pictures says what time it is.
fn advance(
    time: Res<Time<Real>>,
    rig: Res<Part<Rig>>,
    frame: Res<CurrentFrame>,
    mut picture: ResMut<PictureTime>,
    mut motion: ResMut<Motion>,
) {
    if picture.follows_show {
        return;
    }
    picture.shutter = Shutter { at_secs: time.elapsed_secs_f64(), exposure_secs: time.delta_secs_f64().min(LONGEST_EXPOSURE_SECS) };
    motion.advance(rig.get(), &frame.0, picture.shutter);
}

fn mirror_lights(rig: Res<Part<Rig>>, frame: Res<CurrentFrame>, motion: Res<Motion>, mut lights: Query<(&HeadOf, &mut HeadLight)>) {
    let rig = rig.get();
    if frame.0.n_heads() != rig.heads.len() {
        return; // the frame is still the old rig's; its program is on its way
    }
    for (head_of, mut light) in &mut lights {
        if let Some(head) = rig.heads.get(head_of.0 as usize) {
            let kind = &rig.fixtures[head.fixture as usize].kind;
            light.0 = optics::emission(head, kind, &frame.0.head(head_of.0), &motion.seen(head_of.0));
        }
    }
}

fn turn_joints(motion: Res<Motion>, mut joints: Query<(&Joint, &mut Transform)>) {
    for (joint, mut transform) in &mut joints {
        transform.rotation = match joint {
            Joint::Pan(head) => optics::fixture_from_head(motion.seen(*head).pan_deg, 0.0),
            Joint::Tilt(head) => optics::fixture_from_head(0.0, motion.seen(*head).tilt_deg),
        };
    }
}

fn meter(rig: Res<Part<Rig>>, lights: Query<(&HeadOf, &HeadLight)>, mut lit: ResMut<Lit>) {
    let haze = |head_of: &HeadOf| {
        rig.get().heads.get(head_of.0 as usize).map(|head| Character::of(&rig.get().fixtures[head.fixture as usize].kind).haze)
    };
    let total = lights.iter().filter_map(|(head_of, light)| Some(light.0.color.max_element() * haze(head_of)?)).sum();
    lit.gain = exposure_gain(total);
}

fn write_emitters(
    rig: Res<Part<Rig>>,
    (picture, quality, lit): (Res<PictureTime>, Res<Quality>, Res<Lit>),
    lights: Query<(&HeadOf, &HeadLight)>,
    buffer: Res<EmitterBuffer>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
) {
    let rig = rig.get();
    let mut all = vec![Emitter::default(); buffer.n_slots()];
    for (head_of, light) in &lights {
        let Some(head) = rig.heads.get(head_of.0 as usize) else { continue };
        let character = Character::of(&rig.fixtures[head.fixture as usize].kind);
        for facet in 0..light.0.facets.max(1) {
            let Some(slot) = buffer.slot(head_of.0, facet).and_then(|slot| all.get_mut(slot)) else { continue };
            *slot = emitter(&character, &light.0.facet(facet), lit.gain);
        }
    }
    // Seconds drift in f32 on the GPU: an hour is enough to tell one cloud from the next.
    let drift_secs = (picture.shutter.at_secs % 3600.0) as f32;
    let spending = quality.spending();
    let air = Vec4::new(drift_secs, spending.clouds, spending.steps.0 as f32, spending.steps.1 as f32);
    buffer.write(&mut buffers, Emitters { air, all });
}

/// A camera closes its iris when the whole rig is on; without it a full stage is one white patch.
pub(super) fn exposure_gain(total: f32) -> f32 {
    1.0 / (1.0 + total / 26.0).powf(0.55)
}

fn emitter(character: &Character, light: &Emission, gain: f32) -> Emitter {
    let turn = bevy_from_venue() * light.world_from_head;
    let lit = light.color.max_element() > DARK;
    let tan = light.half_angle_rad.tan().max(0.005);
    let (half_width, aspect) = match character.lens {
        Lens::Disc(radius) => (radius, -1.0),
        Lens::Panel(x, y) => (x, y / x.max(1e-3)),
    };
    let radius = character.lens.radius_m() * light.iris.max(0.15);
    let length = if lit && character.haze > 0.0 { visible_length_m(radius, tan).min(character.throw_m) } else { 0.0 };
    Emitter {
        apex: (bevy_from_venue() * light.position).extend(length),
        dir: (turn * Vec3::NEG_Z).extend(tan),
        haze: (light.color * character.haze * gain).extend(radius),
        side: (turn * Vec3::X * half_width).extend(aspect),
        glow: (light.color * character.glow * gain).extend(light.softness),
        shape: shape(light),
        mask: Vec4::new(1.0 / light.iris.max(0.15), 0.0, 0.0, 0.0),
    }
}

/// How far a cone is worth drawing: to where its radius has grown so much that nothing is left to see.
fn visible_length_m(lens_radius: f32, tan: f32) -> f32 {
    const FADED: f32 = 60.0; // times the lens's radius; the cone's light has then fallen below a hundredth
    ((FADED - 1.0) * lens_radius / tan).max(1.5)
}
