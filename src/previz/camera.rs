//! Where the room is seen from: four presets derived from the room's size, and an orbit camera at the window.
//!
//! The orbit takes no input while the pointer or the keyboard belongs to a panel.

use bevy::camera::{Exposure, Hdr, ShadowLodOrigin};
use bevy::core_pipeline::prepass::DepthPrepass;
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::post_process::bloom::{Bloom, BloomCompositeMode};
use bevy::prelude::*;
use bevy::render::view::{ColorGrading, ColorGradingGlobal};

use super::space::bevy_from_venue;
use super::stage::RoomBounds;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CameraPreset {
    #[default]
    FrontOfHouse,
    Top,
    Side,
    Dj,
}

impl CameraPreset {
    pub const ALL: [Self; 4] = [Self::FrontOfHouse, Self::Top, Self::Side, Self::Dj];

    pub fn label(self) -> &'static str {
        match self {
            Self::FrontOfHouse => "Front",
            Self::Top => "Top",
            Self::Side => "Side",
            Self::Dj => "DJ",
        }
    }

    /// Eye and what it looks at, in Bevy's space.
    pub fn view(self, room: &RoomBounds) -> (Vec3, Vec3) {
        let RoomBounds { min, max, stage_front, reach } = *room;
        let size = max - min;
        let middle = (min + max) * 0.5;
        let (eye, target) = match self {
            Self::FrontOfHouse => {
                let away = (size.x * 0.78).max(size.y * 0.4).clamp(6.0, 18.0);
                let eye = Vec3::new(middle.x + size.x * 0.04, stage_front.y - away, 3.3);
                (eye, Vec3::new(middle.x, stage_front.y + 1.0, (max.z * 0.47).max(1.6)))
            }
            Self::Top => (Vec3::new(middle.x, middle.y - 0.6, max.z + size.x.max(size.y) * 0.5), middle),
            Self::Side => (
                Vec3::new(middle.x - size.x * 0.46, stage_front.y - size.y * 0.42, 2.6),
                Vec3::new(middle.x + 0.5, stage_front.y + 1.0, 2.2),
            ),
            Self::Dj => {
                (Vec3::new(middle.x + 1.5, max.y - 1.0, stage_front.z + 2.6), Vec3::new(middle.x, stage_front.y - 3.0, stage_front.z + 1.0))
            }
        };
        let eye = target + (eye - target) * reach[self as usize];
        (bevy_from_venue() * eye, bevy_from_venue() * target)
    }

    pub fn transform(self, room: &RoomBounds) -> Transform {
        let (eye, target) = self.view(room);
        // Looking straight down, "up" would be undefined; upstage is up on a plan.
        let up = if self == Self::Top { Vec3::NEG_Z } else { Vec3::Y };
        Transform::from_translation(eye).looking_at(target, up)
    }
}

/// Where a picture is taken from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Eye {
    Preset(CameraPreset),
    /// In the venue's space.
    At {
        eye: Vec3,
        target: Vec3,
    },
}

impl From<CameraPreset> for Eye {
    fn from(preset: CameraPreset) -> Self {
        Self::Preset(preset)
    }
}

impl Eye {
    /// Eye and what it looks at, in Bevy's space.
    pub fn places(self, room: &RoomBounds) -> (Vec3, Vec3) {
        match self {
            Self::Preset(preset) => preset.view(room),
            Self::At { eye, target } => (bevy_from_venue() * eye, bevy_from_venue() * target),
        }
    }

    pub fn transform(self, room: &RoomBounds) -> Transform {
        match self {
            Self::Preset(preset) => preset.transform(room),
            Self::At { eye, target } => {
                let along = (target - eye).normalize_or(Vec3::Y);
                // Looking straight down, "up" would be undefined; upstage is up on a plan.
                let up = if along.z.abs() > 0.999 { Vec3::Y } else { Vec3::Z };
                let turn = bevy_from_venue();
                Transform::from_translation(turn * eye).looking_to(turn * along, turn * up)
            }
        }
    }
}

/// Everything that makes a camera see a club: the same for the window and for pictures.
pub fn film(software: bool) -> impl Bundle {
    (
        Camera3d::default(),
        Hdr,
        Msaa::Off,
        DepthPrepass,
        ShadowLodOrigin,
        Tonemapping::TonyMcMapface,
        // The tone curve pales strong colours, as film does; light people paid for should stay coloured.
        ColorGrading { global: ColorGradingGlobal { post_saturation: 1.3, ..default() }, ..default() },
        Exposure { ev100: 5.0 },
        Projection::from(PerspectiveProjection { fov: 58_f32.to_radians(), near: 0.05, ..default() }),
        glow(software),
    )
}

/// Bright things glow, as in a lens.
pub fn glow(software: bool) -> Bloom {
    Bloom {
        intensity: 0.16,
        low_frequency_boost: 0.6,
        composite_mode: BloomCompositeMode::EnergyConserving,
        // A software renderer pays for every pixel of the pyramid.
        max_mip_dimension: if software { 256 } else { 512 },
        ..Bloom::NATURAL
    }
}
