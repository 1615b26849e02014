//! Rows of the timeline: the z-indices in use, each as many rows high as annotations overlap in it.
//!
//! Row 0 is the lowest.  Beyond both ends rows go on, one z-index each, so that something can be put above or below all.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::score::model::Annotation;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lanes {
    /// The z-index of each row; never falling.
    rows: Vec<i32>,
    row_of: HashMap<Uuid, i32>,
}

impl Lanes {
    /// `annotations` by their start.
    pub(super) fn of_all(annotations: &[Annotation]) -> Self {
        // Per z-index: where each of its rows is taken until, and who stands in it.
        let mut stacks: BTreeMap<i32, (Vec<f64>, Vec<(Uuid, usize)>)> = BTreeMap::new();
        for one in annotations {
            let (taken, placed) = stacks.entry(one.z_index).or_default();
            let row = taken.iter().position(|until| *until <= one.start + 1e-9).unwrap_or(taken.len());
            if row == taken.len() {
                taken.push(one.end);
            } else {
                taken[row] = one.end;
            }
            placed.push((one.id, row));
        }
        let mut lanes = Self::default();
        for (z, (taken, placed)) in stacks {
            let first = lanes.rows.len();
            lanes.row_of.extend(placed.into_iter().map(|(id, row)| (id, (first + row) as i32)));
            lanes.rows.extend(std::iter::repeat_n(z, taken.len()));
        }
        lanes
    }

    pub(super) fn n(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn of(&self, annotation: &Annotation) -> i32 {
        self.row_of.get(&annotation.id).copied().unwrap_or_default()
    }

    /// The z-index of a row.
    pub(super) fn z(&self, row: i32) -> i32 {
        let (Some(&first), Some(&last)) = (self.rows.first(), self.rows.last()) else { return row };
        match usize::try_from(row) {
            Err(_) => first.saturating_add(row),
            Ok(at) => self.rows.get(at).copied().unwrap_or_else(|| last.saturating_add(row - (self.rows.len() as i32 - 1))),
        }
    }

    /// The z-index so many rows up.
    pub(super) fn lifted(&self, annotation: &Annotation, by_rows: i32) -> i32 {
        if by_rows == 0 { annotation.z_index } else { self.z(self.of(annotation).saturating_add(by_rows)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(n: u128, start: f64, end: f64, z_index: i32) -> Annotation {
        Annotation { id: Uuid::from_u128(n), start, end, z_index, ..Annotation::default() }
    }

    #[test]
    fn what_overlaps_in_one_z_index_stands_one_above_the_other() {
        let all = [one(1, 0.0, 2.0, 0), one(2, 1.0, 3.0, 0), one(3, 1.5, 2.0, 7), one(4, 2.0, 4.0, 0)];
        let lanes = Lanes::of_all(&all);
        assert_eq!(all.each_ref().map(|one| lanes.of(one)), [0, 1, 2, 0]);
        assert_eq!([-1, 0, 1, 2, 3, 4].map(|row| lanes.z(row)), [-1, 0, 0, 7, 8, 9]);
    }

    #[test]
    fn a_lift_goes_to_the_z_index_of_the_row_it_ends_in() {
        let all = [one(1, 0.0, 2.0, 0), one(2, 1.0, 3.0, 0), one(3, 1.5, 2.0, 7)];
        let lanes = Lanes::of_all(&all);
        assert_eq!([0, 1, 2, 3].map(|by| lanes.lifted(&all[0], by)), [0, 0, 7, 8]);
        assert_eq!(lanes.lifted(&all[2], -4), -2);
    }
}
