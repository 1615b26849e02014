//! A compiled show: one plan per annotation, in the order in which they are folded.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::blend::BlendMode;
use super::timeline::Timeline;
use crate::engine::graph::build::{Inputs, MAX_TABLES, build};
use crate::engine::graph::check::{Diagnostic, Severity};
use crate::engine::graph::plan::Plan;
use crate::engine::nodes::features::Features;
use crate::engine::rig::Rig;
use crate::engine::show::{Annotation, PatternGraph, Show};
use crate::engine::track::TrackAnalysis;

/// One annotation, ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Layer {
    pub id: Uuid,
    pub start: f64,
    pub end: f64,
    pub z: i32,
    pub blend: BlendMode,
    pub plan: Arc<Plan>,
}

/// A compiled show.  Immutable: it is shared with the output thread as it is.
#[derive(Clone, Debug)]
pub struct Program {
    pub rig: Arc<Rig>,
    pub track: Arc<TrackAnalysis>,
    /// Bottom to top: by z-index, then start, then id.
    pub layers: Vec<Layer>,
    pub(super) timeline: Timeline,
    /// Tells this program from every other, for memos: whoever keeps a clone of it keeps its address from being used again.
    pub(super) identity: Arc<()>,
}

impl Program {
    /// The same show with only some of its layers: for explaining and measuring, not for playing.
    pub fn only(&self, keep: impl Fn(&Layer) -> bool) -> Self {
        let layers: Vec<Layer> = self.layers.iter().filter(|layer| keep(layer)).cloned().collect();
        Self { rig: self.rig.clone(), track: self.track.clone(), timeline: Timeline::new(&layers), layers, identity: Arc::new(()) }
    }
}

/// Compiles a show from nothing; see [`Compiler`] for keeping what did not change.
pub fn compile(show: &Show) -> (Program, Vec<Diagnostic>) {
    Compiler::default().compile(show)
}

/// Compiles shows one after another and keeps the plan of every annotation whose inputs stayed the same.
#[derive(Default)]
pub struct Compiler {
    features: Features,
    kept: HashMap<Uuid, Kept>,
}

/// A plan and everything it was made from.
struct Kept {
    annotation: Annotation,
    pattern: PatternGraph,
    rig: Arc<Rig>,
    track: Arc<TrackAnalysis>,
    plan: Option<Arc<Plan>>,
    diagnostics: Vec<Diagnostic>,
    /// Bytes of tables that it was allowed.
    tables: usize,
}

impl Kept {
    /// Blend and z-index are no input of a plan.
    fn fits(&self, annotation: &Annotation, pattern: &PatternGraph, show: &Show, tables: usize) -> bool {
        let same_graph = Arc::ptr_eq(&self.pattern.graph, &pattern.graph) || self.pattern.graph == pattern.graph;
        let (kept, given) = (&self.annotation, annotation);
        let same_placement = kept.start == given.start && kept.end == given.end && kept.pattern == given.pattern && kept.args == given.args;
        let same_tables =
            self.plan.as_ref().is_none_or(|plan| if plan.tables_cut { self.tables == tables } else { plan.table_bytes <= tables });
        same_placement && same_graph && same_tables && Arc::ptr_eq(&self.rig, &show.rig) && Arc::ptr_eq(&self.track, &show.track)
    }
}

impl Compiler {
    pub fn compile(&mut self, show: &Show) -> (Program, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut layers = Vec::with_capacity(show.annotations.len());
        let mut kept = HashMap::with_capacity(show.annotations.len());
        let mut tables = MAX_TABLES;
        for annotation in show.annotations.iter() {
            let place = |mut problem: Diagnostic| {
                problem.annotation = Some(annotation.id);
                problem.pattern = Some(annotation.pattern);
                problem
            };
            if let Err(message) = placement(annotation) {
                diagnostics.push(place(Diagnostic::new(Severity::Error, None, None, message)));
                continue;
            }
            let Some(pattern) = show.patterns.get(&annotation.pattern) else {
                diagnostics.push(place(Diagnostic::new(Severity::Error, None, None, "the annotation's pattern is not in the library")));
                continue;
            };
            let compiled = match self.kept.remove(&annotation.id).filter(|kept| kept.fits(annotation, pattern, show, tables)) {
                Some(kept) => kept,
                None => self.build(annotation, pattern, show, tables),
            };
            tables = tables.saturating_sub(compiled.plan.as_ref().map_or(0, |plan| plan.table_bytes));
            diagnostics.extend(compiled.diagnostics.iter().cloned().map(place));
            if let Some(plan) = &compiled.plan {
                let Annotation { id, start, end, z, blend, .. } = *annotation;
                layers.push(Layer { id, start, end, z, blend, plan: plan.clone() });
            }
            kept.insert(annotation.id, compiled);
        }
        self.kept = kept;
        layers.sort_by(|a, b| a.z.cmp(&b.z).then(a.start.total_cmp(&b.start)).then(a.id.cmp(&b.id)));
        let timeline = Timeline::new(&layers);
        (Program { rig: show.rig.clone(), track: show.track.clone(), layers, timeline, identity: Arc::new(()) }, diagnostics)
    }

    fn build(&self, annotation: &Annotation, pattern: &PatternGraph, show: &Show, tables: usize) -> Kept {
        let inputs = Inputs {
            rig: &show.rig,
            track: &show.track,
            features: &self.features,
            args: &annotation.args,
            start: annotation.start,
            end: annotation.end,
            seed: annotation.seed(),
            tables,
        };
        let (plan, diagnostics) = build(&pattern.graph, &inputs);
        Kept {
            annotation: annotation.clone(),
            pattern: pattern.clone(),
            rig: show.rig.clone(),
            track: show.track.clone(),
            plan: plan.map(Arc::new),
            diagnostics,
            tables,
        }
    }
}

fn placement(annotation: &Annotation) -> Result<(), String> {
    if !(annotation.start.is_finite() && annotation.end.is_finite()) {
        return Err("the annotation's start or end is not a number".into());
    }
    if annotation.end <= annotation.start {
        return Err(format!("the annotation ends ({:.3} s) before it starts ({:.3} s)", annotation.end, annotation.start));
    }
    Ok(())
}
