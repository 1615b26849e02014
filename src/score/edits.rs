//! What people do to a score, as transactions: place, move, trim, split, stretch, duplicate, delete.
//!
//! Annotations in, a [`Transaction`] out; nothing is applied here.  Times are seconds of the track; what would begin before
//! 0 or end before it begins is held at the edge instead of refused, so that a drag never jumps.

use uuid::Uuid;

use super::model::Annotation;
use super::rows::{annotation_row, blend_name};
use crate::document::transaction::Transaction;
use crate::engine::BeatGrid;
use crate::engine::composite::blend::BlendMode;
use crate::registry::{BadRow, TableId, Value};

/// No annotation becomes shorter than this by trimming.
pub const SHORTEST_SECS: f64 = 0.02;
const TABLE: TableId = TableId::TrackScores;

/// What times are drawn to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Snap {
    Off,
    Bar,
    #[default]
    Beat,
    Half,
    Quarter,
}

impl Snap {
    pub const ALL: [(Self, &'static str); 5] =
        [(Self::Off, "Off"), (Self::Bar, "Bar"), (Self::Beat, "Beat"), (Self::Half, "1/2 beat"), (Self::Quarter, "1/4 beat")];

    /// The nearest place of this kind.
    pub fn nearest(self, grid: &BeatGrid, secs: f64) -> f64 {
        let in_beats = |parts: f64| grid.secs_at((grid.beat_at(secs) * parts).round() / parts);
        let snapped = match self {
            _ if grid.beats.len() < 2 => secs,
            Self::Off => secs,
            Self::Bar => grid.secs_at_bar(grid.bar_at(secs).round()),
            Self::Beat => in_beats(1.0),
            Self::Half => in_beats(2.0),
            Self::Quarter => in_beats(4.0),
        };
        snapped.max(0.0)
    }
}

/// A new annotation of a pattern.
pub fn place(score: Uuid, annotation: &Annotation, name: &str) -> Result<Transaction, BadRow> {
    Ok(Transaction::new(format!("Place {name}")).put(annotation_row(score, annotation)?))
}

/// `n` things in words.
fn count(n: usize) -> String {
    if n == 1 { "annotation".into() } else { format!("{n} annotations") }
}

/// All of them by the same time, each to the z-index that `lift` gives it; the first one stops all at the track's
/// start.
pub fn shift(annotations: &[Annotation], by_secs: f64, lift: impl Fn(&Annotation) -> i32) -> Transaction {
    let first = annotations.iter().map(|annotation| annotation.start).fold(f64::INFINITY, f64::min);
    let by_secs = by_secs.max(-first);
    annotations.iter().fold(Transaction::new(format!("Move {}", count(annotations.len()))), |transaction, annotation| {
        let z_index = lift(annotation);
        transaction.set(
            TABLE,
            annotation.id,
            [
                ("start_time", (annotation.start + by_secs).into()),
                ("end_time", (annotation.end + by_secs).into()),
                ("z_index", i64::from(z_index).into()),
            ],
        )
    })
}

/// Which end a trim moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Start,
    End,
}

pub fn trim(annotations: &[Annotation], end: End, by_secs: f64) -> Transaction {
    annotations.iter().fold(Transaction::new(format!("Trim {}", count(annotations.len()))), |transaction, annotation| match end {
        End::Start => {
            let start = (annotation.start + by_secs).clamp(0.0, annotation.end - SHORTEST_SECS);
            transaction.set(TABLE, annotation.id, [("start_time", start.into())])
        }
        End::End => {
            let end = (annotation.end + by_secs).max(annotation.start + SHORTEST_SECS);
            transaction.set(TABLE, annotation.id, [("end_time", end.into())])
        }
    })
}

/// Those that `at` cuts become two.  `None` where it cuts nothing.
pub fn split(score: Uuid, annotations: &[Annotation], at_secs: f64) -> Result<Option<Transaction>, BadRow> {
    let inside = |annotation: &&Annotation| at_secs > annotation.start + SHORTEST_SECS && at_secs < annotation.end - SHORTEST_SECS;
    let cut: Vec<&Annotation> = annotations.iter().filter(inside).collect();
    let mut transaction = Transaction::new(format!("Split {}", count(cut.len())));
    for annotation in &cut {
        let rest = Annotation { id: Uuid::now_v7(), start: at_secs, ..Annotation::clone(annotation) };
        transaction = transaction.set(TABLE, annotation.id, [("end_time", at_secs.into())]).put(annotation_row(score, &rest)?);
    }
    Ok((!cut.is_empty()).then_some(transaction))
}

/// Copies of all, `by_secs` later, and their ids.
pub fn duplicate(score: Uuid, annotations: &[Annotation], by_secs: f64) -> Result<(Transaction, Vec<Uuid>), BadRow> {
    let mut transaction = Transaction::new(format!("Duplicate {}", count(annotations.len())));
    let mut ids = Vec::new();
    for annotation in annotations {
        let (start, end) = (annotation.start + by_secs, annotation.end + by_secs);
        let copy = Annotation { id: Uuid::now_v7(), start: start.max(0.0), end: end.max(SHORTEST_SECS), ..annotation.clone() };
        ids.push(copy.id);
        transaction = transaction.put(annotation_row(score, &copy)?);
    }
    Ok((transaction, ids))
}

/// From the first start on, everything by this factor.
pub fn stretch(annotations: &[Annotation], factor: f64) -> Transaction {
    let from = annotations.iter().map(|annotation| annotation.start).fold(f64::INFINITY, f64::min);
    annotations.iter().fold(Transaction::new(format!("Stretch {}", count(annotations.len()))), |transaction, annotation| {
        let start = from + (annotation.start - from) * factor;
        let end = (from + (annotation.end - from) * factor).max(start + SHORTEST_SECS);
        transaction.set(TABLE, annotation.id, [("start_time", start.into()), ("end_time", end.into())])
    })
}

pub fn delete(ids: &[Uuid]) -> Transaction {
    ids.iter().fold(Transaction::new(format!("Delete {}", count(ids.len()))), |transaction, &id| transaction.delete(TABLE, id))
}

pub fn set_blend(ids: &[Uuid], mode: BlendMode) -> Transaction {
    let name = blend_name(mode);
    let transaction = Transaction::new(format!("Blend {} by {name}", count(ids.len())));
    ids.iter().fold(transaction, |transaction, &id| transaction.set(TABLE, id, [("blend_mode", name.as_str().into())]))
}

/// One argument of all; the others keep their values.
pub fn set_argument(annotations: &[Annotation], argument: &str, label: &str, value: &serde_json::Value) -> Transaction {
    let transaction = Transaction::new(format!("Set {label}"));
    annotations.iter().fold(transaction, |transaction, annotation| {
        let mut args = annotation.args.clone();
        args.insert(argument.to_owned(), value.clone());
        let text = serde_json::to_string(&args).map_or(Value::Null, Value::from);
        transaction.set(TABLE, annotation.id, [("args_json", text)])
    })
}

/// The lane for something new: above everything that it would overlap, as low as may be.
pub fn free_lane(annotations: &[Annotation], start: f64, end: f64) -> i32 {
    let over = annotations.iter().filter(|other| other.start < end && other.end > start);
    over.map(|other| other.z_index.saturating_add(1)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::history::Document;
    use crate::registry::Row;

    const SCORE: Uuid = Uuid::from_u128(10);

    fn annotation(n: u128, start: f64, end: f64) -> Annotation {
        Annotation { id: Uuid::from_u128(n), pattern: Uuid::from_u128(30), start, end, ..Annotation::default() }
    }

    /// A document with these annotations.
    fn document(annotations: &[Annotation]) -> Document {
        let mut document = Document::default();
        let rows = [
            Row::new(TableId::Tracks, [("id", Uuid::from_u128(20).into()), ("track_hash", "h".into())]),
            Row::new(TableId::Scores, [("id", SCORE.into()), ("track_id", Uuid::from_u128(20).into())]),
            Row::new(TableId::Patterns, [("id", Uuid::from_u128(30).into()), ("name", "P".into())]),
        ];
        let rows = rows.into_iter().map(Result::unwrap).chain(annotations.iter().map(|one| annotation_row(SCORE, one).unwrap()));
        document.edit(&Transaction::new("Build").put_all(rows)).unwrap();
        document
    }

    fn spans(document: &Document) -> Vec<(f64, f64, i64)> {
        let rows = document.ground().children(SCORE, TABLE);
        let mut spans: Vec<_> =
            rows.map(|row| (row.real("start_time").unwrap(), row.real("end_time").unwrap(), row.int("z_index").unwrap())).collect();
        spans.sort_by(|a, b| a.partial_cmp(b).unwrap());
        spans
    }

    fn after(annotations: &[Annotation], edit: &Transaction) -> Vec<(f64, f64, i64)> {
        let mut document = document(annotations);
        let before = spans(&document);
        document.edit(edit).unwrap();
        let after = spans(&document);
        document.undo().unwrap();
        assert_eq!(spans(&document), before, "undo of {}", edit.label);
        after
    }

    #[test]
    fn a_move_stops_at_the_start_of_the_track_and_keeps_the_distances() {
        let two = [annotation(1, 1.0, 2.0), annotation(2, 4.0, 5.0)];
        assert_eq!(after(&two, &shift(&two, -3.0, |one| one.z_index + 2)), [(0.0, 1.0, 2), (3.0, 4.0, 2)]);
    }

    #[test]
    fn a_trim_never_turns_an_annotation_round() {
        let one = [annotation(1, 1.0, 2.0)];
        assert_eq!(after(&one, &trim(&one, End::End, -9.0)), [(1.0, 1.0 + SHORTEST_SECS, 0)]);
        assert_eq!(after(&one, &trim(&one, End::Start, 9.0)), [(2.0 - SHORTEST_SECS, 2.0, 0)]);
        assert_eq!(after(&one, &trim(&one, End::Start, -9.0)), [(0.0, 2.0, 0)]);
    }

    #[test]
    fn a_split_leaves_no_gap_and_cuts_nothing_beside_it() {
        let two = [annotation(1, 1.0, 3.0), annotation(2, 4.0, 5.0)];
        let edit = split(SCORE, &two, 2.0).unwrap().unwrap();
        assert_eq!(after(&two, &edit), [(1.0, 2.0, 0), (2.0, 3.0, 0), (4.0, 5.0, 0)]);
        assert_eq!(split(SCORE, &two, 3.5).unwrap(), None);
    }

    #[test]
    fn copies_and_stretches_keep_the_shape() {
        let two = [annotation(1, 1.0, 2.0), annotation(2, 2.0, 4.0)];
        let (edit, ids) = duplicate(SCORE, &two, 3.0).unwrap();
        assert_eq!((after(&two, &edit).len(), ids.len()), (4, 2));
        assert_eq!(after(&two, &stretch(&two, 2.0)), [(1.0, 3.0, 0), (3.0, 7.0, 0)]);
    }

    #[test]
    fn one_argument_of_many_is_set_and_the_others_stay() {
        let mut one = annotation(1, 1.0, 2.0);
        one.args.insert("keep".into(), 1.into());
        let mut document = document(std::slice::from_ref(&one));
        document.edit(&set_argument(&[one], "color", "colour", &"#ff0000".into())).unwrap();
        let row = document.ground().get(TABLE, Uuid::from_u128(1)).unwrap();
        assert_eq!(row.text("args_json").unwrap(), r##"{"keep":1,"color":"#ff0000"}"##);
    }

    #[test]
    fn times_snap_to_bars_beats_and_parts_of_them() {
        let grid = BeatGrid::steady(120.0, 4, 0.0, 64);
        let snapped = |snap: Snap| (snap.nearest(&grid, 1.3) * 1000.0).round();
        assert_eq!(Snap::ALL.map(|(snap, _)| snapped(snap)), [1300.0, 2000.0, 1500.0, 1250.0, 1250.0]);
    }

    #[test]
    fn something_new_lies_above_what_it_overlaps() {
        let lanes = [Annotation { z_index: 3, ..annotation(1, 0.0, 2.0) }, Annotation { z_index: 7, ..annotation(2, 5.0, 6.0) }];
        assert_eq!((free_lane(&lanes, 1.0, 3.0), free_lane(&lanes, 3.0, 4.0)), (4, 0));
    }
}
