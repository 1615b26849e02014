//! Highlight: the selected fixtures stand in full white, whatever the show does, so that one sees which they are.  On the
//! wire as in the picture; nothing of it is saved.

use std::collections::BTreeMap;

use bevy::prelude::*;
use uuid::Uuid;

use super::FIXTURES;
use super::faders::{Faders, over};
use crate::document::selection::Selection;
use crate::engine::live::Manual;
use crate::engine::{Rgb, Rig};
use crate::show::plugin::{CurrentLive, Part};

/// Whether it is on.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Highlight(pub bool);

/// On or off.
pub fn toggle(mut highlight: ResMut<Highlight>) {
    highlight.0 = !highlight.0;
}

/// Keeps the programmer what faders and the selection say; highlight goes before faders.
pub fn apply(
    highlight: Res<Highlight>,
    faders: Res<Faders>,
    selection: Res<Selection>,
    rig: Res<Part<Rig>>,
    mut live: ResMut<CurrentLive>,
) {
    let changed = (highlight.is_changed() && !highlight.is_added()) || (faders.is_changed() && !faders.is_added());
    let follows = (highlight.0 && selection.is_changed()) || ((highlight.0 || !faders.held.is_empty()) && rig.is_changed());
    if !changed && !follows {
        return;
    }
    let picked: Vec<Uuid> = selection.of(FIXTURES).filter(|_| highlight.0).collect();
    let mut heads: BTreeMap<u32, Manual> = faders.of(rig.get()).into_iter().collect();
    for (head, full) in lit(rig.get(), &picked) {
        let below = heads.get(&head).copied().unwrap_or_default();
        heads.insert(head, over(below, &full));
    }
    live.0.programmer = heads.into_iter().collect();
}

/// Every head of these fixtures at full, by rising head.
fn lit(rig: &Rig, picked: &[Uuid]) -> Vec<(u32, Manual)> {
    let full = Manual { dimmer: Some(1.0), color: Some(Rgb([1.0; 3])), strobe: Some(0.0), ..Manual::default() };
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
        let heads = lit(&rig, &[bar.id]);
        assert!(heads.len() > 1 && heads.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(heads.iter().all(|(head, manual)| rig.head_id(*head).starts_with(&bar.id.to_string()) && manual.dimmer == Some(1.0)));
        assert_eq!(lit(&rig, &[]), []);
    }
}
