//! Highlight: the selected fixtures stand in full white, whatever the show does, so that one sees which they are; or they blink,
//! which is seen from the back of a lit hall.  On the wire as in the picture; nothing of it is saved.

use std::collections::BTreeMap;

use bevy::prelude::*;
use uuid::Uuid;

use super::FIXTURES;
use super::faders::{Faders, over};
use crate::document::selection::Selection;
use crate::engine::live::Manual;
use crate::engine::{Rgb, Rig};
use crate::show::plugin::{CurrentLive, Part};

/// What the selected fixtures do.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Highlight {
    #[default]
    Off,
    Steady,
    Blink,
}

/// Half a blink, in seconds: a dimmer with a filament can follow.
const BLINK_SECS: f64 = 0.4;

impl Highlight {
    /// To `wanted`, or off where it is that already.
    pub fn toggle(&mut self, wanted: Self) {
        *self = if *self == wanted { Self::Off } else { wanted };
    }

    /// Dimmer of the selected ones, and nothing where they are left alone.
    fn level(self, secs: f64) -> Option<f32> {
        match self {
            Self::Off => None,
            Self::Steady => Some(1.0),
            Self::Blink => Some(if ((secs / BLINK_SECS) as u64).is_multiple_of(2) { 1.0 } else { 0.0 }),
        }
    }
}

pub fn toggle(mut highlight: ResMut<Highlight>) {
    highlight.toggle(Highlight::Steady);
}

pub fn toggle_blink(mut highlight: ResMut<Highlight>) {
    highlight.toggle(Highlight::Blink);
}

/// Keeps the programmer what faders and the selection say; highlight goes before faders.
pub fn apply(
    highlight: Res<Highlight>,
    faders: Res<Faders>,
    selection: Res<Selection>,
    rig: Res<Part<Rig>>,
    time: Res<Time<Real>>,
    mut shown: Local<Option<f32>>,
    mut live: ResMut<CurrentLive>,
) {
    let level = highlight.level(time.elapsed_secs_f64());
    let blinked = std::mem::replace(&mut *shown, level) != level;
    let changed = blinked || (highlight.is_changed() && !highlight.is_added()) || (faders.is_changed() && !faders.is_added());
    let follows = (level.is_some() && selection.is_changed()) || ((level.is_some() || !faders.is_empty()) && rig.is_changed());
    if !changed && !follows {
        return;
    }
    let picked: Vec<Uuid> = selection.of(FIXTURES).filter(|_| level.is_some()).collect();
    let mut heads: BTreeMap<u32, Manual> = faders.of(rig.get()).into_iter().collect();
    for (head, full) in lit(rig.get(), &picked, level.unwrap_or_default()) {
        let below = heads.get(&head).copied().unwrap_or_default();
        heads.insert(head, over(below, &full));
    }
    live.0.programmer = heads.into_iter().collect();
    live.0.raw = faders.raw.iter().map(|(&(universe, channel), &byte)| (universe, channel, byte)).collect();
}

/// Every head of these fixtures in white, by rising head.
fn lit(rig: &Rig, picked: &[Uuid], level: f32) -> Vec<(u32, Manual)> {
    let full = Manual { dimmer: Some(level), color: Some(Rgb([1.0; 3])), strobe: Some(0.0), ..Manual::default() };
    let chosen = |head: &usize| picked.contains(&rig.fixtures[rig.heads[*head].fixture as usize].id);
    (0..rig.heads.len()).filter(chosen).map(|head| (head as u32, full)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue;
    use crate::venue::library::Library;

    #[test]
    fn all_heads_of_the_picked_fixtures_stand_at_full_and_no_others() {
        let club = venue::builtin("club").unwrap();
        let (rig, _) = venue::lower::rig(&club, &Library::builtin());
        let bar = club.fixtures.iter().find(|fixture| fixture.definition.contains("Pixel-Bar")).unwrap();
        let heads = lit(&rig, &[bar.id], 1.0);
        assert!(heads.len() > 1 && heads.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(heads.iter().all(|(head, manual)| rig.head_id(*head).starts_with(&bar.id.to_string()) && manual.dimmer == Some(1.0)));
        assert_eq!(lit(&rig, &[], 1.0), []);
    }

    #[test]
    fn what_blinks_is_as_long_dark_as_lit_and_a_second_press_ends_it() {
        let mut highlight = Highlight::Off;
        highlight.toggle(Highlight::Blink);
        let levels: Vec<Option<f32>> = (0..4).map(|half| highlight.level((f64::from(half) + 0.5) * BLINK_SECS)).collect();
        assert_eq!(levels, [Some(1.0), Some(0.0), Some(1.0), Some(0.0)]);
        highlight.toggle(Highlight::Steady);
        assert_eq!(highlight, Highlight::Steady);
        highlight.toggle(Highlight::Steady);
        assert_eq!((highlight, highlight.level(7.0)), (Highlight::Off, None));
    }
}
