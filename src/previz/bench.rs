//! How people work on the rig: the tool in hand, its pivot and steps, and what is written over the picture.  One for the
//! room and for plans of it; nothing of it is saved.

use bevy::prelude::*;

use super::gizmo::Tool;
use super::gizmo::drag::Snap;
use crate::venue::edits::hang::Pivot;

#[derive(Resource, Clone, Debug)]
pub struct Bench {
    pub tool: Tool,
    pub pivot: Pivot,
    /// Handles stand along the axes of the fixture picked last, not along the room's.
    pub own_axes: bool,
    pub snapping: bool,
    pub step_m: f32,
    pub step_deg: f32,
    pub labels: Labels,
    pub tints: Tints,
    /// Circles through groups and through the selection.
    pub circles: bool,
    /// Where the heads of groups may move.
    pub pyramids: bool,
    /// A click asks why a lamp is on.
    pub asking: bool,
    /// The room is lit for working in it, whatever the show does.
    pub work_light: bool,
    /// A selection expression whose heads are shown; empty = none.
    pub expression: String,
}

impl Default for Bench {
    fn default() -> Self {
        Self {
            tool: Tool::Select,
            pivot: Pivot::Group,
            own_axes: false,
            snapping: true,
            step_m: 0.25,
            step_deg: 15.0,
            labels: Labels::None,
            tints: Tints::None,
            circles: false,
            pyramids: false,
            asking: false,
            work_light: false,
            expression: String::new(),
        }
    }
}

pub const STEPS_M: [f32; 3] = [0.1, 0.25, 0.5];
pub const STEPS_DEG: [f32; 2] = [5.0, 15.0];

impl Bench {
    /// The steps that a drag keeps to; `other` is held down to have it the other way round.
    pub fn snap(&self, other: bool) -> Snap {
        if self.snapping == other { Snap::OFF } else { Snap { step_m: self.step_m, step_deg: self.step_deg } }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Labels {
    #[default]
    None,
    Names,
    Addresses,
    Universes,
    /// Numbers of heads, where a fixture has several.
    Heads,
}

impl Labels {
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::None, "No labels"),
        (Self::Names, "Names"),
        (Self::Addresses, "Addresses"),
        (Self::Universes, "Universes"),
        (Self::Heads, "Heads"),
    ];
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tints {
    #[default]
    None,
    Groups,
    Universes,
}

impl Tints {
    pub const ALL: [(Self, &'static str); 3] = [(Self::None, "No colours"), (Self::Groups, "By group"), (Self::Universes, "By universe")];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_held_down_turns_snapping_the_other_way_round() {
        let mut bench = Bench::default();
        assert_eq!((bench.snap(false).step_m, bench.snap(true)), (0.25, Snap::OFF));
        bench.snapping = false;
        assert_eq!((bench.snap(false), bench.snap(true).step_deg), (Snap::OFF, 15.0));
    }
}
