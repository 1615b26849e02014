//! What the pointer does to the timeline, as a state machine: where it was pressed and where it is now come in, what the
//! user means comes out.
//!
//! Knows neither screen nor document: positions are seconds and lanes.  Every intent of a drag carries the whole way from
//! where it began, so that applying it twice is applying it once; the last one of a drag says so.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::score::edits::End;
use crate::score::model::Annotation;

/// A place on the timeline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    pub secs: f64,
    /// The lane under the pointer, which may be between and beyond the drawn ones.
    pub lane: i32,
}

/// What lies under the pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    Nothing,
    Body(Uuid),
    Edge(Uuid, End),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// These and nothing else.
    Select(BTreeSet<Uuid>),
    Toggle(Uuid),
    /// The selection goes by so much from where it was when the drag began.
    Move {
        by_secs: f64,
        by_lanes: i32,
    },
    /// The same, and copies stay behind.
    Copy {
        by_secs: f64,
        by_lanes: i32,
    },
    Trim {
        end: End,
        by_secs: f64,
    },
    /// The playhead goes here.
    Seek(f64),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Gesture {
    #[default]
    Rest,
    /// Pressed, not yet moved far enough to mean a drag.
    Pressed {
        at: Spot,
        under: Under,
        add: bool,
        copy: bool,
    },
    Moving {
        from: Spot,
        copy: bool,
    },
    Trimming {
        from: Spot,
        end: End,
    },
    Boxing {
        from: Spot,
        keep: BTreeSet<Uuid>,
    },
}

/// The pointer in one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pointer {
    pub at: Spot,
    pub under: Under,
    pub pressed: bool,
    pub released: bool,
    /// It has moved so far since the press that a click is out of the question.
    pub far: bool,
    /// Ctrl or Shift: adds to the selection.
    pub add: bool,
    /// Alt: copies instead of moving.
    pub copy: bool,
}

/// What this frame of the pointer means.  `lane_of` says where an annotation is drawn.  The second part is true with the last intent of a drag.
pub fn step(
    gesture: &mut Gesture,
    pointer: Pointer,
    selected: &BTreeSet<Uuid>,
    annotations: &[Annotation],
    lane_of: &dyn Fn(&Annotation) -> i32,
) -> (Vec<Intent>, bool) {
    let mut intents = Vec::new();
    if pointer.pressed {
        *gesture = Gesture::Pressed { at: pointer.at, under: pointer.under, add: pointer.add, copy: pointer.copy };
        if let Under::Body(id) | Under::Edge(id, _) = pointer.under
            && !pointer.add
            && !selected.contains(&id)
        {
            intents.push(Intent::Select(BTreeSet::from([id])));
        }
    }
    if let Gesture::Pressed { at, under, add, copy } = *gesture
        && pointer.far
    {
        *gesture = match under {
            Under::Body(_) => Gesture::Moving { from: at, copy },
            Under::Edge(_, end) => Gesture::Trimming { from: at, end },
            Under::Nothing => Gesture::Boxing { from: at, keep: if add { selected.clone() } else { BTreeSet::new() } },
        };
    }
    match &*gesture {
        Gesture::Moving { from, copy } => {
            let (by_secs, by_lanes) = (pointer.at.secs - from.secs, pointer.at.lane - from.lane);
            intents.push(if *copy { Intent::Copy { by_secs, by_lanes } } else { Intent::Move { by_secs, by_lanes } });
        }
        Gesture::Trimming { from, end } => intents.push(Intent::Trim { end: *end, by_secs: pointer.at.secs - from.secs }),
        Gesture::Boxing { from, keep } => {
            let inside = boxed(*from, pointer.at, annotations, lane_of);
            intents.push(Intent::Select(keep | &inside));
        }
        Gesture::Pressed { under, add, .. } if pointer.released => match *under {
            Under::Body(id) | Under::Edge(id, _) if *add => intents.push(Intent::Toggle(id)),
            Under::Body(id) | Under::Edge(id, _) => intents.push(Intent::Select(BTreeSet::from([id]))),
            Under::Nothing => {
                if !add {
                    intents.push(Intent::Select(BTreeSet::new()));
                }
                intents.push(Intent::Seek(pointer.at.secs.max(0.0)));
            }
        },
        Gesture::Pressed { .. } | Gesture::Rest => {}
    }
    let last = pointer.released && *gesture != Gesture::Rest;
    if pointer.released {
        *gesture = Gesture::Rest;
    }
    (intents, last)
}

fn boxed(a: Spot, b: Spot, annotations: &[Annotation], lane_of: &dyn Fn(&Annotation) -> i32) -> BTreeSet<Uuid> {
    let (from, to) = (a.secs.min(b.secs), a.secs.max(b.secs));
    let lanes = a.lane.min(b.lane)..=a.lane.max(b.lane);
    let inside = |one: &&Annotation| one.start < to && one.end > from && lanes.contains(&lane_of(one));
    annotations.iter().filter(inside).map(|one| one.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: f64, lane: i32) -> Pointer {
        let at = Spot { secs, lane };
        Pointer { at, under: Under::Nothing, pressed: false, released: false, far: false, add: false, copy: false }
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn a_press_on_something_selects_it_and_a_drag_takes_it_along() {
        let (mut gesture, mut selected) = (Gesture::Rest, BTreeSet::new());
        let press = Pointer { pressed: true, under: Under::Body(id(1)), ..at(1.0, 0) };
        let (intents, _) = step(&mut gesture, press, &selected, &[], &|one| one.z_index);
        assert_eq!(intents, [Intent::Select(BTreeSet::from([id(1)]))]);
        selected.insert(id(1));
        assert_eq!(step(&mut gesture, at(1.01, 0), &selected, &[], &|one| one.z_index).0, [], "too near to be a drag");
        let (intents, last) = step(&mut gesture, Pointer { far: true, ..at(3.0, 2) }, &selected, &[], &|one| one.z_index);
        assert_eq!((intents, last), (vec![Intent::Move { by_secs: 2.0, by_lanes: 2 }], false));
        let (intents, last) = step(&mut gesture, Pointer { far: true, released: true, ..at(3.5, 2) }, &selected, &[], &|one| one.z_index);
        assert_eq!((intents, last), (vec![Intent::Move { by_secs: 2.5, by_lanes: 2 }], true));
        assert_eq!(gesture, Gesture::Rest);
    }

    #[test]
    fn dragging_one_of_several_selected_keeps_the_others() {
        let selected = BTreeSet::from([id(1), id(2)]);
        let mut gesture = Gesture::Rest;
        let press = Pointer { pressed: true, under: Under::Body(id(2)), ..at(1.0, 0) };
        assert_eq!(step(&mut gesture, press, &selected, &[], &|one| one.z_index).0, []);
        let release = Pointer { released: true, under: Under::Body(id(2)), ..at(1.0, 0) };
        assert_eq!(
            step(&mut gesture, release, &selected, &[], &|one| one.z_index).0,
            [Intent::Select(BTreeSet::from([id(2)]))],
            "a click picks it alone"
        );
    }

    #[test]
    fn a_click_beside_everything_lets_go_and_seeks() {
        let mut gesture = Gesture::Rest;
        let selected = BTreeSet::from([id(1)]);
        step(&mut gesture, Pointer { pressed: true, ..at(4.0, 0) }, &selected, &[], &|one| one.z_index);
        let (intents, _) = step(&mut gesture, Pointer { released: true, ..at(4.0, 0) }, &selected, &[], &|one| one.z_index);
        assert_eq!(intents, [Intent::Select(BTreeSet::new()), Intent::Seek(4.0)]);
    }

    #[test]
    fn a_box_picks_what_it_touches_and_with_ctrl_adds_it() {
        let one = |n, start, z_index| Annotation { id: id(n), start, end: start + 1.0, z_index, ..Annotation::default() };
        let annotations = [one(1, 0.0, 0), one(2, 2.0, 1), one(3, 2.5, 5)];
        let mut gesture = Gesture::Rest;
        let before = BTreeSet::from([id(3)]);
        step(&mut gesture, Pointer { pressed: true, add: true, ..at(0.5, 0) }, &before, &annotations, &|one| one.z_index);
        let (intents, _) = step(&mut gesture, Pointer { far: true, ..at(2.2, 1) }, &before, &annotations, &|one| one.z_index);
        assert_eq!(intents, [Intent::Select(BTreeSet::from([id(1), id(2), id(3)]))]);
    }

    #[test]
    fn an_edge_is_trimmed_and_alt_copies() {
        let mut gesture = Gesture::Rest;
        let selected = BTreeSet::from([id(1)]);
        step(&mut gesture, Pointer { pressed: true, under: Under::Edge(id(1), End::End), ..at(2.0, 0) }, &selected, &[], &|one| {
            one.z_index
        });
        let (intents, _) = step(&mut gesture, Pointer { far: true, released: true, ..at(2.5, 3) }, &selected, &[], &|one| one.z_index);
        assert_eq!(intents, [Intent::Trim { end: End::End, by_secs: 0.5 }]);
        step(&mut gesture, Pointer { pressed: true, copy: true, under: Under::Body(id(1)), ..at(2.0, 0) }, &selected, &[], &|one| {
            one.z_index
        });
        let (intents, _) = step(&mut gesture, Pointer { far: true, ..at(2.5, 0) }, &selected, &[], &|one| one.z_index);
        assert_eq!(intents, [Intent::Copy { by_secs: 0.5, by_lanes: 0 }]);
    }
}
