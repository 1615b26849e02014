//! What is done with the selected annotations, whether by a button of the timeline, by a key or out of the palette.

use bevy::prelude::*;
use uuid::Uuid;

use super::Timeline;
use super::sheet::Sheet;
use crate::document::plugin::{Doc, Edit, OnDesk, Told};
use crate::document::selection::Selection;
use crate::document::transaction::Transaction;
use crate::engine::BeatGrid;
use crate::registry::{BadRow, TableId};
use crate::score::edits::{self, Snap};
use crate::score::model::Annotation;
use crate::show::plugin::Playhead;
use crate::tracks::model::Track;

const TABLE: TableId = TableId::TrackScores;

#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    SelectAll,
    /// At the playhead.
    Split,
    /// Right behind, on the bar.
    Duplicate,
    Copy,
    Cut,
    /// At the playhead.
    Paste,
    Delete,
    /// By one step of the snap.
    Earlier,
    Later,
}

/// What was copied, from whatever score.
#[derive(Resource, Default)]
pub struct Clipboard(Vec<Annotation>);

/// Does it.
pub fn perform(
    mut deeds: MessageReader<Deed>,
    sheet: Res<Sheet>,
    track: Query<&Doc<Track>>,
    (desk, playhead, timeline): (Res<OnDesk>, Res<Playhead>, Res<Timeline>),
    mut clipboard: ResMut<Clipboard>,
    mut selection: ResMut<Selection>,
    mut edits: MessageWriter<Edit>,
    mut told: MessageWriter<Told>,
) {
    for deed in deeds.read() {
        let picked = sheet.picked(&selection.of(TABLE).collect());
        let grid = track.iter().next().map(|track| track.analysis.grid.clone()).unwrap_or_default();
        let at = playhead.at_secs;
        if let Deed::Copy | Deed::Cut = deed
            && !picked.is_empty()
        {
            clipboard.0.clone_from(&picked);
        }
        if *deed == Deed::SelectAll {
            selection.set(sheet.all.iter().map(|one| (TABLE, one.id)));
            continue;
        }
        match transaction(*deed, desk.0.score, &picked, &clipboard.0, &grid, timeline.snap, at) {
            Ok(Some((transaction, made))) => {
                edits.write(Edit(transaction));
                if !made.is_empty() {
                    selection.set(made.into_iter().map(|id| (TABLE, id)));
                }
            }
            Ok(None) => {}
            Err(bad) => {
                told.write(Told::Refused(bad.to_string()));
            }
        }
    }
}

/// The edit that a deed means, and what it makes; `None` where there is nothing to do.
fn transaction(
    deed: Deed,
    score: Uuid,
    picked: &[Annotation],
    copied: &[Annotation],
    grid: &BeatGrid,
    snap: Snap,
    at_secs: f64,
) -> Result<Option<(Transaction, Vec<Uuid>)>, BadRow> {
    let first = |of: &[Annotation]| of.iter().map(|one| one.start).fold(f64::INFINITY, f64::min);
    let ids = || picked.iter().map(|one| one.id).collect::<Vec<_>>();
    let nothing = match deed {
        Deed::Paste => copied.is_empty(),
        _ => picked.is_empty(),
    };
    if nothing {
        return Ok(None);
    }
    Ok(match deed {
        Deed::SelectAll | Deed::Copy => None,
        Deed::Split => edits::split(score, picked, at_secs)?.map(|split| (split, Vec::new())),
        Deed::Duplicate => {
            let to = picked.iter().map(|one| one.end).fold(0.0, f64::max);
            let by = Snap::Bar.nearest(grid, to).max(to - 1e-6) - first(picked);
            Some(edits::duplicate(score, picked, by)?)
        }
        Deed::Paste => {
            let (transaction, made) = edits::duplicate(score, copied, snap.nearest(grid, at_secs) - first(copied))?;
            Some((Transaction { label: transaction.label.replacen("Duplicate", "Paste", 1), ..transaction }, made))
        }
        Deed::Cut | Deed::Delete => Some((edits::delete(&ids()), Vec::new())),
        Deed::Earlier | Deed::Later => {
            let way = if deed == Deed::Later { 1.0 } else { -1.0 };
            let from = first(picked);
            let by = step(grid, snap, from, way);
            Some((edits::shift(picked, by, |one| one.z_index).grouped(format!("nudge {}", picked[0].id)), Vec::new()))
        }
    })
}

/// From `secs` to the next place of the snap in a direction.
fn step(grid: &BeatGrid, snap: Snap, secs: f64, way: f64) -> f64 {
    let beats = match snap {
        Snap::Off => return way * 0.01,
        Snap::Bar => return grid.secs_at_bar(grid.bar_at(secs) + way) - secs,
        Snap::Beat => 1.0,
        Snap::Half => 0.5,
        Snap::Quarter => 0.25,
    };
    if grid.beats.len() < 2 { way * 0.1 } else { grid.secs_at(grid.beat_at(secs) + way * beats) - secs }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annotation(id: u128, start: f64, end: f64) -> Annotation {
        Annotation { id: Uuid::from_u128(id), start, end, ..Annotation::default() }
    }

    fn grid() -> BeatGrid {
        BeatGrid::steady(120.0, 4, 0.0, 64)
    }

    #[test]
    fn what_was_copied_is_pasted_on_the_nearest_beat_with_its_spacing() {
        let copied = [annotation(1, 4.0, 6.0), annotation(2, 5.0, 6.0)];
        let (paste, made) = transaction(Deed::Paste, Uuid::from_u128(9), &[], &copied, &grid(), Snap::Beat, 10.1).unwrap().unwrap();
        assert_eq!((paste.label.as_str(), made.len()), ("Paste 2 annotations", 2));
        let starts: Vec<String> = paste.ops.iter().map(|op| format!("{op:?}")).collect();
        assert!(starts[0].contains("10.0") && starts[1].contains("11.0"), "{starts:?}");
    }

    #[test]
    fn a_nudge_goes_by_one_place_of_the_snap() {
        for (snap, by) in [(Snap::Bar, 2.0), (Snap::Beat, 0.5), (Snap::Quarter, 0.125), (Snap::Off, 0.01)] {
            assert!((step(&grid(), snap, 4.0, 1.0) - by).abs() < 1e-9, "{snap:?}");
            assert!((step(&grid(), snap, 4.0, -1.0) + by).abs() < 1e-9, "{snap:?}");
        }
    }

    #[test]
    fn with_nothing_selected_nothing_is_done() {
        for deed in [Deed::Split, Deed::Duplicate, Deed::Copy, Deed::Cut, Deed::Paste, Deed::Delete, Deed::Earlier, Deed::Later] {
            assert_eq!(transaction(deed, Uuid::nil(), &[], &[], &grid(), Snap::Beat, 1.0).unwrap(), None);
        }
    }
}
