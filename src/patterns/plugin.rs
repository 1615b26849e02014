//! Patterns in the world: their graphs become a part of the show whenever one of them changes.

use std::sync::Arc;

use bevy::prelude::*;

use super::model::Pattern;
use crate::document::plugin::Doc;
use crate::engine::PatternGraph;
use crate::schedule::ShowSystems;
use crate::show::plugin::{Part, PatternGraphs};

pub fn plugin(app: &mut App) {
    app.add_systems(Update, lower_patterns.run_if(patterns_changed).in_set(ShowSystems::Lower));
}

fn patterns_changed(changed: Query<(), Changed<Doc<Pattern>>>, gone: RemovedComponents<Doc<Pattern>>) -> bool {
    !changed.is_empty() || !gone.is_empty()
}

fn lower_patterns(patterns: Query<&Doc<Pattern>>, mut part: ResMut<Part<PatternGraphs>>) {
    let graph = |pattern: &Pattern| PatternGraph { name: pattern.name.clone(), graph: Arc::new(pattern.graph.clone()) };
    part.set(patterns.iter().map(|pattern| (pattern.id, graph(pattern))).collect::<PatternGraphs>());
}
