//! A compiled show: one plan per annotation, in the order in which they are folded, and one per cue.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::blend::BlendMode;
use super::cues::{CueLayer, MAX_BARS};
use super::guarded::{Guarded, Guards};
use super::hues::Hues;
use super::timeline::Timeline;
use crate::engine::graph::build::{Inputs, MAX_TABLES, build};
use crate::engine::graph::check::{Diagnostic, Severity};
use crate::engine::graph::plan::Plan;
use crate::engine::nodes::features::Features;
use crate::engine::rig::Rig;
use crate::engine::show::{Annotation, Cue, CueMode, PatternGraph, Show};
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
    /// What wheels show while it is dark.
    pub(super) hues: Option<Arc<Hues>>,
}

/// A compiled show.  Immutable: it is shared with the output thread as it is.
#[derive(Clone, Debug)]
pub struct Program {
    pub rig: Arc<Rig>,
    pub track: Arc<TrackAnalysis>,
    /// Bottom to top: by z-index, then start, then id.
    pub layers: Vec<Layer>,
    /// By id.
    pub cues: Vec<CueLayer>,
    pub(super) timeline: Timeline,
    pub(super) guard: Option<Guarded>,
    /// Tells this program from every other, for memos: whoever keeps a clone of it keeps its address from being used again.
    pub(super) identity: Arc<()>,
}

impl Program {
    /// The same show with only some of its layers and no strobe guard: for explaining and measuring, not for playing.
    pub fn only(&self, keep: impl Fn(&Layer) -> bool) -> Self {
        let layers = self.layers.iter().filter(|layer| keep(layer)).cloned().collect();
        Self { cues: self.cues.clone(), ..Self::of(self.rig.clone(), self.track.clone(), layers) }
    }

    /// A program of these layers, in their order.
    pub(super) fn of(rig: Arc<Rig>, track: Arc<TrackAnalysis>, layers: Vec<Layer>) -> Self {
        Self { rig, track, timeline: Timeline::new(&layers), layers, cues: Vec::new(), guard: None, identity: Arc::new(()) }
    }

    /// Flashes a second that the strobe guard allows, while it is on.
    pub fn guard_hz(&self) -> Option<f32> {
        self.guard.as_ref().map(|guard| guard.cap_hz)
    }
}

/// Compiles a show from nothing; see [`Compiler`] for keeping what did not change.
pub fn compile(show: &Show) -> (Program, Vec<Diagnostic>) {
    Compiler::default().compile(show)
}

/// Compiles shows one after another and keeps the plan of every annotation and cue whose inputs stayed the same.
#[derive(Default)]
pub struct Compiler {
    features: Features,
    kept: HashMap<Uuid, Kept>,
    kept_cues: HashMap<Uuid, Kept>,
    guards: Guards,
}

/// A plan and everything it was made from.
struct Kept {
    annotation: Annotation,
    pattern: PatternGraph,
    rig: Arc<Rig>,
    track: Arc<TrackAnalysis>,
    plan: Option<Arc<Plan>>,
    hues: Option<Arc<Hues>>,
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
        let mut old = std::mem::take(&mut self.kept);
        let mut layers = Vec::with_capacity(show.annotations.len());
        let mut tables = MAX_TABLES;
        for annotation in show.annotations.iter() {
            let kept = self.placed(annotation, &mut old, show, &mut tables, &mut diagnostics);
            layers.extend(kept.as_ref().and_then(|kept| layer(annotation, kept)));
            self.kept.extend(kept.map(|kept| (annotation.id, kept)));
        }
        layers.sort_by(|a, b| a.z.cmp(&b.z).then(a.start.total_cmp(&b.start)).then(a.id.cmp(&b.id)));
        let cues = self.cues(show, &mut tables, &mut diagnostics);
        let mut program = Program { cues, ..Program::of(show.rig.clone(), show.track.clone(), layers) };
        self.guards.set(&mut program, show.guard, &mut diagnostics);
        (program, diagnostics)
    }

    fn cues(&mut self, show: &Show, tables: &mut usize, diagnostics: &mut Vec<Diagnostic>) -> Vec<CueLayer> {
        let mut old = std::mem::take(&mut self.kept_cues);
        let mut cues: Vec<CueLayer> = Vec::with_capacity(show.cues.len());
        for cue in show.cues.iter() {
            if self.kept_cues.contains_key(&cue.id) {
                diagnostics.push(about(cue.id, cue.pattern, Diagnostic::new(Severity::Error, None, None, "another cue has the same id")));
                continue;
            }
            let (placed, bars) = match cue_placement(cue, &show.track) {
                Ok(placement) => placement,
                Err(message) => {
                    diagnostics.push(about(cue.id, cue.pattern, Diagnostic::new(Severity::Error, None, None, message)));
                    continue;
                }
            };
            let kept = self.placed(&placed, &mut old, show, tables, diagnostics);
            cues.extend(kept.as_ref().and_then(|kept| Some(CueLayer { layer: layer(&placed, kept)?, bars, guard: None })));
            self.kept_cues.extend(kept.map(|kept| (cue.id, kept)));
        }
        cues.sort_by_key(|cue| cue.layer.id);
        cues
    }

    /// What one placement compiles to, with everything that is to be said about it; `None` where nothing could be tried.
    /// `tables`: bytes that are left for tables.
    fn placed(
        &self,
        annotation: &Annotation,
        old: &mut HashMap<Uuid, Kept>,
        show: &Show,
        tables: &mut usize,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Kept> {
        let place = |problem: Diagnostic| about(annotation.id, annotation.pattern, problem);
        if let Err(message) = placement(annotation) {
            diagnostics.push(place(Diagnostic::new(Severity::Error, None, None, message)));
            return None;
        }
        let Some(pattern) = show.patterns.get(&annotation.pattern) else {
            diagnostics.push(place(Diagnostic::new(Severity::Error, None, None, "its pattern is not in the library")));
            return None;
        };
        let kept = match old.remove(&annotation.id).filter(|kept| kept.fits(annotation, pattern, show, *tables)) {
            Some(kept) => kept,
            None => self.build(annotation, pattern, show, *tables),
        };
        *tables = tables.saturating_sub(kept.plan.as_ref().map_or(0, |plan| plan.table_bytes));
        diagnostics.extend(kept.diagnostics.iter().cloned().map(place));
        Some(kept)
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
        let hues = plan.as_ref().and_then(|plan| Hues::of(plan, &show.rig, annotation.start, annotation.end));
        Kept {
            annotation: annotation.clone(),
            pattern: pattern.clone(),
            rig: show.rig.clone(),
            track: show.track.clone(),
            plan: plan.map(Arc::new),
            hues: hues.map(Arc::new),
            diagnostics,
            tables,
        }
    }
}

fn layer(annotation: &Annotation, kept: &Kept) -> Option<Layer> {
    let Annotation { id, start, end, z, blend, .. } = *annotation;
    Some(Layer { id, start, end, z, blend, plan: kept.plan.clone()?, hues: kept.hues.clone() })
}

/// A problem of an annotation or a cue: either has its id where people look for it.
fn about(id: Uuid, pattern: Uuid, problem: Diagnostic) -> Diagnostic {
    Diagnostic { annotation: Some(id), pattern: Some(pattern), ..problem }
}

/// Where a cue's plan lies in its own time, as if it were an annotation, and the bars of its loop.
fn cue_placement(cue: &Cue, track: &TrackAnalysis) -> Result<(Annotation, Option<f64>), String> {
    let (start, end, bars) = match cue.mode {
        CueMode::Loop { bars } if (1..=MAX_BARS).contains(&bars) => {
            (track.grid.secs_at_bar(0.0), track.grid.secs_at_bar(f64::from(bars)), Some(f64::from(bars)))
        }
        CueMode::Loop { bars } => return Err(format!("a cue's loop has 1 to {MAX_BARS} bars, not {bars}")),
        CueMode::WithTrack if track.duration_secs > 0.0 => (0.0, track.duration_secs, None),
        CueMode::WithTrack => return Err("the cue runs along with the track, and there is none: let it run as a loop of bars".into()),
    };
    let Cue { id, pattern, z, blend, .. } = *cue;
    Ok((Annotation { id, pattern, start, end, z, blend, args: cue.args.clone() }, bars))
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
