//! The strobe guards of a program: made when they are on, kept while what they looked at stays the same.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::blend::BlendMode;
use super::guard::{Guard, Stretch};
use super::program::{Layer, Program};
use crate::engine::graph::check::{Diagnostic, Severity};
use crate::engine::graph::plan::Plan;
use crate::engine::show::StrobeGuard;

/// The strobe guard of a program: what it leaves out of the score, and the rate above which no shutter strobes.
#[derive(Clone, Debug)]
pub(super) struct Guarded {
    pub(super) cap_hz: f32,
    pub(super) score: Arc<Guard>,
}

/// The guards of the last program, by what they were made from.
#[derive(Default)]
pub(super) struct Guards {
    score: Option<(Looked, Arc<Guard>)>,
    cues: HashMap<Uuid, (Looked, Arc<Guard>)>,
}

/// What a guard was made from.
struct Looked {
    cap_hz: f32,
    layers: Vec<(Arc<Plan>, f64, f64, BlendMode)>,
}

impl Looked {
    fn at(layers: &[Layer], cap_hz: f32) -> Self {
        Self { cap_hz, layers: layers.iter().map(|layer| (layer.plan.clone(), layer.start, layer.end, layer.blend)).collect() }
    }

    fn is(&self, other: &Self) -> bool {
        let same = |(a, b): (&(Arc<Plan>, f64, f64, BlendMode), &(Arc<Plan>, f64, f64, BlendMode))| {
            Arc::ptr_eq(&a.0, &b.0) && (a.1, a.2, a.3) == (b.1, b.2, b.3)
        };
        self.cap_hz == other.cap_hz && self.layers.len() == other.layers.len() && self.layers.iter().zip(&other.layers).all(same)
    }
}

impl Guards {
    pub(super) fn set(&mut self, program: &mut Program, guard: StrobeGuard, diagnostics: &mut Vec<Diagnostic>) {
        let Some(cap_hz) = guard.cap_hz else {
            *self = Self::default();
            return;
        };
        if !(cap_hz.is_finite() && cap_hz > 0.0) {
            let message = format!("the strobe guard is off: its cap of {cap_hz} flashes a second must be above 0");
            return diagnostics.push(Diagnostic::new(Severity::Error, None, None, message));
        }
        let looked = Looked::at(&program.layers, cap_hz);
        let (looked, score) = match self.score.take().filter(|(known, _)| known.is(&looked)) {
            Some(kept) => kept,
            None => {
                let until = program.layers.iter().map(|layer| layer.end).fold(0.0, f64::max);
                let from = program.layers.iter().map(|layer| layer.start).fold(until, f64::min);
                (looked, Arc::new(Guard::of(program, Stretch { from, until, round: false }, cap_hz)))
            }
        };
        if let Some(until) = score.looked_until {
            let message = format!("the strobe guard could look no further than {until:.0} s: flashes after that are as they were written");
            diagnostics.push(Diagnostic::new(Severity::Warning, None, None, message));
        }
        self.score = Some((looked, score.clone()));
        let mut known = std::mem::take(&mut self.cues);
        for cue in &mut program.cues {
            let looked = Looked::at(std::slice::from_ref(&cue.layer), cap_hz);
            let (looked, guard) = match known.remove(&cue.layer.id).filter(|(known, _)| known.is(&looked)) {
                Some(kept) => kept,
                None => {
                    let layer = Layer { blend: BlendMode::Replace, ..cue.layer.clone() };
                    let stretch = Stretch { from: layer.start, until: layer.end, round: cue.bars.is_some() };
                    let alone = Program::of(program.rig.clone(), program.track.clone(), vec![layer]);
                    (looked, Arc::new(Guard::of(&alone, stretch, cap_hz)))
                }
            };
            cue.guard = Some(guard.clone()).filter(|guard| !guard.is_idle());
            self.cues.insert(cue.layer.id, (looked, guard));
        }
        program.guard = Some(Guarded { cap_hz, score });
    }
}
