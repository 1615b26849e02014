//! The one place where the venue's Z-up space becomes Bevy's Y-up: (x, y, z) → (x, z, -y), metres in both.
//!
//! What stands below [`VenueRoot`] is placed in the venue's own coordinates; what is not an entity (light data,
//! cameras) comes through [`bevy_from_venue`].

use std::f32::consts::FRAC_PI_2;

use bevy::prelude::*;

/// The entity that turns the room upright.
#[derive(Component)]
pub struct VenueRoot;

/// The turn itself; also maps directions.
pub fn bevy_from_venue() -> Quat {
    Quat::from_rotation_x(-FRAC_PI_2)
}

pub fn root() -> impl Bundle {
    (VenueRoot, Transform::from_rotation(bevy_from_venue()), Visibility::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_is_up_and_upstage_is_away_from_the_audience() {
        let found = bevy_from_venue() * Vec3::new(1.0, 2.0, 3.0);
        assert!((found - Vec3::new(1.0, 3.0, -2.0)).length() < 1e-5, "{found}");
    }
}
