//! What the pointer's intents and a pattern that is let fall do to the score: one transaction each, a drag's under one name.

use std::collections::{BTreeMap, BTreeSet};

use bevy::prelude::*;
use uuid::Uuid;

use super::gesture::{Gesture, Intent, Under};
use super::lanes::Lanes;
use super::{Drag, TABLE, Timeline};
use crate::document::plugin::{Edit, OnDesk};
use crate::document::selection::Selection;
use crate::document::transaction::Transaction;
use crate::engine::BeatGrid;
use crate::patterns::model::Pattern;
use crate::playback::panel::Wish;
use crate::playback::plugin::Wanted;
use crate::registry::BadRow;
use crate::score::edits::{self, End, Snap};
use crate::score::model::Annotation;

pub(super) fn obey(
    intent: Intent,
    timeline: &mut Timeline,
    all: &[Annotation],
    grid: &BeatGrid,
    desk: &OnDesk,
    under: Under,
    selection: &mut Selection,
    edits: &mut MessageWriter<Edit>,
    wanted: &mut MessageWriter<Wanted>,
) {
    match intent {
        Intent::Select(ids) => {
            if selection.of(TABLE).collect::<BTreeSet<_>>() != ids {
                selection.set(ids.into_iter().map(|id| (TABLE, id)));
            }
        }
        Intent::Toggle(id) => selection.toggle((TABLE, id)),
        Intent::Seek(secs) => drop(wanted.write(Wanted(Wish::Seek(secs)))),
        Intent::Move { by_secs, by_lanes } => {
            let drag = drag(timeline, all, under, selection);
            let by_secs = snapped(drag.anchor.as_ref().map(|anchor| anchor.start), by_secs, timeline.snap, grid);
            let Some(drag) = &timeline.drag else { return };
            let lift = |one: &Annotation| drag.lanes.lifted(one, by_lanes);
            send(edits, edits::shift(&drag.originals, by_secs, lift).grouped(&drag.group));
        }
        Intent::Copy { .. } => {
            let originals = drag(timeline, all, under, selection).originals.clone();
            let group = timeline.drag.as_ref().map(|drag| drag.group.clone()).unwrap_or_default();
            match edits::duplicate(desk.0.score, &originals, 0.0) {
                Ok((transaction, ids)) => {
                    send(edits, transaction.grouped(&group));
                    selection.set(ids.iter().map(|&id| (TABLE, id)));
                    let copies = originals.into_iter().zip(ids).map(|(one, id)| Annotation { id, ..one }).collect();
                    if let Some(drag) = &mut timeline.drag {
                        drag.originals = copies;
                    }
                    // From here on the copies move; the next frame's pointer says how far.
                    if let Gesture::Moving { copy, .. } = &mut timeline.gesture {
                        *copy = false;
                    }
                }
                Err(bad) => warn!("{bad}"),
            }
        }
        Intent::Trim { end, by_secs } => {
            let drag = drag(timeline, all, under, selection);
            let edge = drag.anchor.as_ref().map(|anchor| if end == End::Start { anchor.start } else { anchor.end });
            let by_secs = snapped(edge, by_secs, timeline.snap, grid);
            let Some(drag) = &timeline.drag else { return };
            send(edits, edits::trim(&drag.originals, end, by_secs).grouped(&drag.group));
        }
    }
}

/// The drag under way; begins one with what is selected.
fn drag<'a>(timeline: &'a mut Timeline, all: &[Annotation], under: Under, selection: &Selection) -> &'a Drag {
    timeline.drag.get_or_insert_with(|| {
        let selected: BTreeSet<Uuid> = selection.of(TABLE).collect();
        let originals: Vec<Annotation> = all.iter().filter(|one| selected.contains(&one.id)).cloned().collect();
        let held = match under {
            Under::Body(id) | Under::Edge(id, _) => originals.iter().find(|one| one.id == id),
            Under::Nothing => None,
        };
        let anchor = held.or_else(|| originals.first()).cloned();
        Drag { group: format!("drag {}", Uuid::now_v7()), originals, anchor, lanes: Lanes::of_all(all) }
    })
}

/// The way that brings `from` to a place of the grid.
fn snapped(from: Option<f64>, by_secs: f64, snap: Snap, grid: &BeatGrid) -> f64 {
    from.map_or(by_secs, |from| snap.nearest(grid, from + by_secs) - from)
}

fn send(edits: &mut MessageWriter<Edit>, transaction: Transaction) {
    if !transaction.ops.is_empty() {
        edits.write(Edit(transaction));
    }
}

pub(super) fn drop_pattern(
    pattern: Uuid,
    at_secs: f64,
    snap: Snap,
    grid: &BeatGrid,
    all: &[Annotation],
    patterns: &BTreeMap<Uuid, &Pattern>,
    desk: &OnDesk,
    selection: &mut Selection,
    edits: &mut MessageWriter<Edit>,
) {
    let start = snap.nearest(grid, at_secs);
    // Four bars, the length of a phrase.
    let end = if grid.beats.len() < 2 { start + 8.0 } else { grid.secs_at_bar(grid.bar_at(start + 1e-6) + 4.0) };
    let z_index = edits::free_lane(all, start, end);
    let annotation = Annotation { id: Uuid::now_v7(), pattern, start, end, z_index, ..Annotation::default() };
    let name = patterns.get(&pattern).map_or("pattern", |pattern| &pattern.name);
    let placed: Result<Transaction, BadRow> = edits::place(desk.0.score, &annotation, name);
    match placed {
        Ok(transaction) => {
            edits.write(Edit(transaction));
            selection.set([(TABLE, annotation.id)]);
        }
        Err(bad) => warn!("{bad}"),
    }
}
