//! Several scores of one track: begin, copy, name and delete them, make one by itself, fill what is empty, compare.
//!
//! Like [`super::edits`]: records in, transactions out.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::model::{Annotation, Score};
use super::rows;
use crate::document::transaction::Transaction;
use crate::registry::{BadRow, TableId};

const TABLE: TableId = TableId::Scores;

/// A new score, and its id.
pub fn create(track: Uuid, name: &str, annotations: &[Annotation]) -> Result<(Transaction, Uuid), BadRow> {
    let annotations = annotations.iter().map(|one| Annotation { id: Uuid::now_v7(), ..one.clone() }).collect();
    let score = Score { id: Uuid::now_v7(), name: name.to_owned(), annotations };
    Ok((Transaction::new(format!("New score {name}")).put_all(rows::rows(&score, track, None)?), score.id))
}

/// These annotations into a score that is there.
pub fn add(score: Uuid, annotations: &[Annotation], label: &str) -> Result<Transaction, BadRow> {
    let fresh = annotations.iter().map(|one| rows::annotation_row(score, &Annotation { id: Uuid::now_v7(), ..one.clone() }));
    Ok(Transaction::new(label).put_all(fresh.collect::<Result<Vec<_>, _>>()?))
}

pub fn rename(score: Uuid, name: &str) -> Transaction {
    Transaction::new("Name a score").set(TABLE, score, [("name", name.into())]).grouped(format!("score {score}"))
}

pub fn delete(score: Uuid, name: &str) -> Transaction {
    Transaction::new(format!("Delete the score {name}")).delete(TABLE, score)
}

/// A name that none of these has: "Copy of Friday", "Copy of Friday 2".
pub fn free_name(wanted: &str, taken: &[String]) -> String {
    let numbered = |n: usize| if n == 1 { wanted.to_owned() } else { format!("{wanted} {n}") };
    (1..).map(numbered).find(|name| !taken.contains(name)).unwrap_or_default()
}

/// What of `made` lies where `there` leaves the track empty; pieces shorter than `shortest_secs` are left out.
pub fn in_gaps(there: &[Annotation], made: &[Annotation], shortest_secs: f64) -> Vec<Annotation> {
    let mut spans: Vec<(f64, f64)> = there.iter().map(|one| (one.start, one.end)).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut gaps = Vec::new();
    let mut until = 0.0;
    for (start, end) in spans {
        if start > until {
            gaps.push((until, start));
        }
        until = end.max(until);
    }
    gaps.push((until, f64::INFINITY));
    let piece = |one: &Annotation, gap: &(f64, f64)| {
        let (start, end) = (one.start.max(gap.0), one.end.min(gap.1));
        (end - start >= shortest_secs).then(|| Annotation { start, end, ..one.clone() })
    };
    made.iter().flat_map(|one| gaps.iter().filter_map(move |gap| piece(one, gap))).collect()
}

/// How two scores differ, by what they place where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    pub same: usize,
    /// The same pattern at the same time, otherwise set.
    pub changed: usize,
    pub only_here: usize,
    pub only_there: usize,
}

pub fn compare(here: &[Annotation], there: &[Annotation]) -> Difference {
    let place = |one: &Annotation| (one.pattern, (one.start * 1000.0).round() as i64, (one.end * 1000.0).round() as i64, one.z_index);
    let mut left: BTreeMap<_, Vec<&Annotation>> = BTreeMap::new();
    for one in there {
        left.entry(place(one)).or_default().push(one);
    }
    let mut found = Difference::default();
    for one in here {
        match left.get_mut(&place(one)).and_then(Vec::pop) {
            Some(other) if (other.blend_mode, &other.args) == (one.blend_mode, &one.args) => found.same += 1,
            Some(_) => found.changed += 1,
            None => found.only_here += 1,
        }
    }
    found.only_there = left.values().map(Vec::len).sum();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(n: u128, start: f64, end: f64) -> Annotation {
        Annotation { id: Uuid::from_u128(n), pattern: Uuid::from_u128(9), start, end, ..Annotation::default() }
    }

    #[test]
    fn only_what_lies_in_a_gap_is_filled_in() {
        let there = [one(1, 4.0, 8.0), one(2, 6.0, 10.0), one(3, 12.0, 16.0)];
        let made = [one(7, 0.0, 20.0), one(8, 9.0, 11.0), one(9, 15.9, 16.1), one(10, 5.0, 7.0)];
        let spans: Vec<_> = in_gaps(&there, &made, 0.5).iter().map(|one| (one.start, one.end)).collect();
        assert_eq!(spans, [(0.0, 4.0), (10.0, 12.0), (16.0, 20.0), (10.0, 11.0)]);
        assert_eq!(in_gaps(&[], &made, 0.5).len(), 3, "an empty score is one gap");
    }

    #[test]
    fn two_scores_are_compared_by_what_they_place_where() {
        let here = [one(1, 0.0, 4.0), one(2, 4.0, 8.0), one(3, 8.0, 9.0)];
        let other = Annotation { z_index: 0, args: [("x".to_owned(), 1.into())].into_iter().collect(), ..one(12, 4.0, 8.0) };
        let there = [one(11, 0.0, 4.0), other, one(13, 20.0, 24.0), one(14, 24.0, 28.0)];
        assert_eq!(compare(&here, &there), Difference { same: 1, changed: 1, only_here: 1, only_there: 2 });
    }

    #[test]
    fn a_copy_gets_a_name_of_its_own() {
        let taken = ["Auto".to_owned(), "Auto 2".to_owned()];
        assert_eq!(free_name("Auto", &taken), "Auto 3");
        assert_eq!(free_name("Friday", &taken), "Friday");
    }
}
