//! A saved score into the engine's annotations.  What cannot play is left out and told; the rest plays.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::model::{Annotation, Score};
use crate::engine;

/// Why a placement does not play.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    #[error("annotation {annotation} runs from {start} s to {end} s: it must begin at 0 or later and end after it begins")]
    Time { annotation: Uuid, start: f64, end: f64 },
    #[error("annotation {annotation} places the pattern {pattern}, which is not here: import it, or place another")]
    UnknownPattern { annotation: Uuid, pattern: Uuid },
    #[error("annotation {annotation} stands in the score twice: only the first one plays")]
    Twice { annotation: Uuid },
}

/// The annotations that can play, in the score's order, and what is wrong with the others.
pub fn annotations(score: &Score, patterns: &BTreeSet<Uuid>) -> (Vec<engine::Annotation>, Vec<Problem>) {
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    let mut playing = Vec::with_capacity(score.annotations.len());
    for annotation in &score.annotations {
        match problem(annotation, patterns, &mut seen) {
            Some(problem) => problems.push(problem),
            None => playing.push(lowered(annotation)),
        }
    }
    (playing, problems)
}

fn problem(annotation: &Annotation, patterns: &BTreeSet<Uuid>, seen: &mut BTreeSet<Uuid>) -> Option<Problem> {
    let &Annotation { id, pattern, start, end, .. } = annotation;
    if !seen.insert(id) {
        return Some(Problem::Twice { annotation: id });
    }
    if !(start.is_finite() && end.is_finite() && start >= 0.0 && end > start) {
        return Some(Problem::Time { annotation: id, start, end });
    }
    (!patterns.contains(&pattern)).then_some(Problem::UnknownPattern { annotation: id, pattern })
}

fn lowered(annotation: &Annotation) -> engine::Annotation {
    engine::Annotation {
        id: annotation.id,
        pattern: annotation.pattern,
        start: annotation.start,
        end: annotation.end,
        z: annotation.z_index,
        blend: annotation.blend_mode,
        args: annotation.args.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_play_is_told_and_the_rest_plays() {
        let (known, unknown) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let place = |id: u128, pattern, start, end| Annotation { id: Uuid::from_u128(id), pattern, start, end, ..Annotation::default() };
        let annotations = vec![
            place(10, known, 0.0, 1.0),
            place(11, unknown, 0.0, 1.0),
            place(12, known, 2.0, 2.0),
            place(13, known, f64::NAN, 2.0),
            place(14, known, -1.0, 2.0),
            place(10, known, 3.0, 4.0),
            place(15, known, 3.0, 4.0),
        ];
        let score = Score { annotations, ..Score::default() };

        let (playing, problems) = super::annotations(&score, &BTreeSet::from([known]));

        assert_eq!(playing.iter().map(|annotation| annotation.id.as_u128()).collect::<Vec<_>>(), [10, 15]);
        assert_eq!(problems.len(), 5);
        assert_eq!(problems[0], Problem::UnknownPattern { annotation: Uuid::from_u128(11), pattern: unknown });
        assert_eq!(problems[4], Problem::Twice { annotation: Uuid::from_u128(10) });
    }
}
