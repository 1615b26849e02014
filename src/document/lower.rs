//! Records into the engine's [`Show`].  The rig is lowered by the venue, since that needs definitions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::record::Records;
use crate::engine::{PatternGraph, Rig, Show};
use crate::score::lower::{self, Problem};

/// The show that these records make on `rig`, and what of the score cannot play.  Never fails: the rest plays.
pub fn show(records: &Records, rig: Arc<Rig>) -> (Show, Vec<Problem>) {
    let patterns: BTreeMap<_, _> = records
        .patterns
        .iter()
        .map(|pattern| (pattern.id, PatternGraph { name: pattern.name.clone(), graph: Arc::new(pattern.graph.clone()) }))
        .collect();
    let known: BTreeSet<_> = patterns.keys().copied().collect();
    let (annotations, problems) = lower::annotations(&records.score, &known);
    let show = Show {
        rig,
        annotations: Arc::new(annotations),
        patterns: Arc::new(patterns),
        track: records.track.analysis.clone(),
        ..Show::default()
    };
    (show, problems)
}
