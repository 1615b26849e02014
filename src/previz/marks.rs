//! What is known of the rig and the selection for drawing over pictures: made anew when they change, not in every frame.

use std::collections::BTreeMap;

use bevy::prelude::*;

use super::bench::Bench;
use crate::document::selection::Selection;
use crate::engine::Rig;
use crate::engine::rig::select::{parse, select};
use crate::engine::rig::space::{Circle, fit_circle};
use crate::registry::TableId;
use crate::show::plugin::Part;

/// Fixtures and heads by their index in the rig.
#[derive(Resource, Default, Debug)]
pub struct Marks {
    /// In the order of picking.
    pub picked: Vec<usize>,
    pub is_picked: Vec<bool>,
    /// The circle that the selected fixtures stand on.
    pub circle: Option<Circle>,
    pub groups: Vec<GroupMark>,
    /// Which of `groups` each fixture is in.
    pub groups_of: Vec<Vec<u16>>,
    /// Rising.
    pub universes: Vec<u16>,
    /// "1.041" of each fixture.
    pub addresses: Vec<String>,
    asked: String,
    /// Heads that the expression hits, and what is to be said about it; `None` without an expression.
    pub hit: Option<Hit>,
}

#[derive(Debug, PartialEq)]
pub struct GroupMark {
    pub name: String,
    /// Middle of its heads.
    pub middle: Vec3,
    pub circle: Option<Circle>,
}

#[derive(Debug, Default, PartialEq)]
pub struct Hit {
    /// By head: place in the selection, from 1; 0 = not hit.
    pub places: Vec<u32>,
    pub n: usize,
    /// What is wrong with the expression.
    pub trouble: Option<String>,
}

pub(super) fn follow(rig: Res<Part<Rig>>, selection: Res<Selection>, bench: Res<Bench>, mut marks: ResMut<Marks>) {
    let new_rig = rig.is_changed();
    let marks = marks.bypass_change_detection();
    if new_rig {
        marks.know(rig.get());
    }
    if new_rig || selection.is_changed() {
        marks.pick(rig.get(), &selection);
    }
    if new_rig || marks.asked != bench.expression {
        marks.asked.clone_from(&bench.expression);
        marks.hit = hit(rig.get(), &bench.expression);
    }
}

impl Marks {
    /// For a rig and a selection at once.
    pub fn of(rig: &Rig, selection: &Selection) -> Self {
        let mut marks = Self::default();
        marks.know(rig);
        marks.pick(rig, selection);
        marks
    }

    fn know(&mut self, rig: &Rig) {
        self.groups_of = vec![Vec::new(); rig.fixtures.len()];
        self.groups.clear();
        for (at, group) in rig.groups.iter().enumerate() {
            let points: Vec<Vec3> = group.members.iter().map(|&head| rig.heads[head as usize].position).collect();
            let middle = points.iter().sum::<Vec3>() / points.len().max(1) as f32;
            self.groups.push(GroupMark { name: group.name.clone(), middle, circle: fit_circle(&points) });
            for &head in &group.members {
                let of = &mut self.groups_of[rig.heads[head as usize].fixture as usize];
                if of.last() != Some(&(at as u16)) && !of.contains(&(at as u16)) {
                    of.push(at as u16);
                }
            }
        }
        let numbers: BTreeMap<u16, ()> = rig.fixtures.iter().map(|fixture| (fixture.universe, ())).collect();
        self.universes = numbers.into_keys().collect();
        self.addresses = rig.fixtures.iter().map(|fixture| format!("{}.{:03}", fixture.universe, fixture.address)).collect();
    }

    fn pick(&mut self, rig: &Rig, selection: &Selection) {
        // Fixtures of a rig are sorted by id.
        let index = |id| rig.fixtures.binary_search_by_key(&id, |fixture| fixture.id).ok();
        self.picked = selection.of(TableId::Fixtures).filter_map(index).collect();
        self.is_picked = vec![false; rig.fixtures.len()];
        self.picked.iter().for_each(|&at| self.is_picked[at] = true);
        let points: Vec<Vec3> = self.picked.iter().map(|&at| rig.fixtures[at].pose.position).collect();
        self.circle = fit_circle(&points);
    }

    /// True while what is known here is about this rig.
    pub fn fits(&self, rig: &Rig) -> bool {
        self.is_picked.len() == rig.fixtures.len() && self.addresses.len() == rig.fixtures.len()
    }

    /// Place of a universe among those in use.
    pub fn universe_place(&self, universe: u16) -> usize {
        self.universes.binary_search(&universe).unwrap_or(0)
    }
}

/// Whom an expression hits in a rig; its draws fall as they would with seed 0.
pub fn hit(rig: &Rig, expression: &str) -> Option<Hit> {
    if expression.trim().is_empty() {
        return None;
    }
    let mut hit = Hit { places: vec![0; rig.heads.len()], ..Hit::default() };
    match parse(expression) {
        Ok(expr) => {
            let (heads, warnings) = select(rig, &expr, 0);
            hit.n = heads.len();
            heads.iter().enumerate().for_each(|(place, &head)| hit.places[head as usize] = place as u32 + 1);
            hit.trouble = warnings.first().map(ToString::to_string);
        }
        Err(error) => hit.trouble = Some(error.to_string()),
    }
    Some(hit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue;
    use crate::venue::library::Library;

    fn club() -> Rig {
        venue::lower::rig(&venue::builtin("club").unwrap(), &Library::builtin()).0
    }

    #[test]
    fn an_expression_shows_whom_it_hits_and_in_which_order_or_says_what_is_wrong() {
        let rig = club();
        let found = hit(&rig, "has_movement & left").unwrap();
        assert!(found.n > 0 && found.n < rig.heads.len() && found.trouble.is_none());
        let mut places: Vec<u32> = found.places.iter().copied().filter(|place| *place > 0).collect();
        places.sort_unstable();
        assert_eq!(places, (1..=found.n as u32).collect::<Vec<_>>());
        assert!(hit(&rig, "nobody").unwrap().trouble.unwrap().contains("no group or tag \"nobody\""));
        assert!(hit(&rig, "left &").unwrap().trouble.unwrap().contains("position"));
        assert_eq!(hit(&rig, "  "), None);
    }

    #[test]
    fn picked_fixtures_keep_their_order_and_a_ring_of_them_is_seen() {
        let rig = club();
        let uplights: Vec<_> =
            rig.fixtures.iter().filter(|fixture| fixture.label.starts_with("Uplight")).map(|fixture| fixture.id).collect();
        let mut selection = Selection::default();
        selection.set(uplights.iter().rev().map(|&id| (TableId::Fixtures, id)));
        let marks = Marks::of(&rig, &selection);
        assert!(marks.fits(&rig) && marks.picked.len() == 12 && marks.picked.windows(2).all(|pair| pair[0] > pair[1]));
        let circle = marks.circle.unwrap();
        assert!((3.0..4.5).contains(&circle.radius) && circle.normal.z > 0.99, "{circle:?}");
        assert!(marks.groups.iter().any(|group| group.circle.is_some()));
    }
}
