//! The score in the world: annotations become a part of the show whenever one of them changes.

use std::collections::BTreeSet;

use bevy::prelude::*;

use super::lower;
use super::model::{Annotation, Score};
use crate::document::plugin::{Doc, Place, ScoreHeader};
use crate::engine;
use crate::patterns::model::Pattern;
use crate::schedule::ShowSystems;
use crate::show::plugin::Part;

pub fn plugin(app: &mut App) {
    app.add_systems(Update, lower_annotations.run_if(score_changed).in_set(ShowSystems::Lower));
}

fn score_changed(
    changed: Query<(), Or<(Changed<Doc<Annotation>>, Changed<Doc<Pattern>>)>>,
    gone: RemovedComponents<Doc<Annotation>>,
    patterns_gone: RemovedComponents<Doc<Pattern>>,
) -> bool {
    !changed.is_empty() || !gone.is_empty() || !patterns_gone.is_empty()
}

fn lower_annotations(
    score: Query<&Doc<ScoreHeader>>,
    annotations: Query<(&Place, &Doc<Annotation>)>,
    patterns: Query<&Doc<Pattern>>,
    mut part: ResMut<Part<Vec<engine::Annotation>>>,
) {
    let mut placed: Vec<_> = annotations.iter().collect();
    placed.sort_by_key(|(place, _)| **place);
    let (id, name) = score.iter().next().map(|score| (score.id, score.name.clone())).unwrap_or_default();
    let score = Score { id, name, annotations: placed.into_iter().map(|(_, annotation)| Annotation::clone(annotation)).collect() };
    let known: BTreeSet<_> = patterns.iter().map(|pattern| pattern.id).collect();
    let (annotations, problems) = lower::annotations(&score, &known);
    for problem in problems {
        warn!("{problem}");
    }
    part.set(annotations);
}
