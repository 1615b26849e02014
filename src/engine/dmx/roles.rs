//! What a byte of the patch is for, for those who must change light without the engine: who fades bytes has to know which of
//! them are light, and which turn wheels and heads.

use super::patch::{Patch, Place, What};
use super::universe::N_CHANNELS;

/// From the least to the most, where functions share a byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Position, beam, gobo, speed, whatever is not patched: it stays.
    #[default]
    Keep,
    /// A colour wheel or a colour temperature: it turns, or it stays.
    Wheel,
    /// It opens, closes, strobes; between two values lie others.
    Shutter,
    /// The low byte of light.
    Fine,
    /// Colour, or a share of light, below a dimmer that carries the intensity.
    Tint,
    /// Intensity.
    Light,
}

impl Patch {
    /// The role of every channel of every universe, in the order of [`Self::numbers`].
    pub fn roles(&self) -> Vec<[Role; N_CHANNELS]> {
        let mut roles = vec![[Role::Keep; N_CHANNELS]; self.numbers.len()];
        let flat = roles.as_flattened_mut();
        let mut is = |at: u32, role: Role| flat[at as usize] = flat[at as usize].max(role);
        let mut lit = |place: &Place, role: Role| {
            is(place.coarse, role);
            place.fine.into_iter().for_each(|fine| is(fine, Role::Fine));
        };
        for write in &self.writes {
            match &write.what {
                What::Dimmer { place, share_of, .. } => lit(place, if share_of.is_none() { Role::Light } else { Role::Tint }),
                What::Color { places, scaled, share_of, .. } => {
                    let role = if *scaled && share_of.is_none() { Role::Light } else { Role::Tint };
                    places.iter().for_each(|place| lit(place, role));
                }
                What::Shutter { place, .. } | What::Strobe { place, .. } => lit(place, Role::Shutter),
                What::Wheel { place, .. } | What::Temperature { place, .. } => lit(place, Role::Wheel),
                What::Axis { .. } | What::Linear { .. } | What::Gobo { .. } | What::Prism { .. } | What::Speed { .. } => {}
            }
        }
        for pixel in &self.pixels {
            pixel.rgb.iter().for_each(|&at| flat[at as usize] = Role::Light);
        }
        roles
    }
}
