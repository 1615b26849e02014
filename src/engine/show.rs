//! A show as the engine takes it: rig, score, cues, graphs and analysis.  Immutable and shared by part, so that changing
//! one annotation copies nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::composite::blend::BlendMode;
use super::graph::model::Graph;
use super::rig::Rig;
use super::track::TrackAnalysis;

/// A pattern placed in a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    pub id: Uuid,
    pub pattern: Uuid,
    /// Active while `start <= t < end`, in seconds of the track.
    pub start: f64,
    pub end: f64,
    /// Higher lies above lower.
    pub z: i32,
    pub blend: BlendMode,
    /// Argument id to value; what is missing takes the pattern's default.  `seed` may stand here too.
    pub args: Map<String, Value>,
}

impl Annotation {
    /// What every random draw of this annotation starts from: the argument `seed`, else a hash of the id.
    pub fn seed(&self) -> u64 {
        let given = self.args.get("seed").and_then(super::graph::model::number);
        given.map_or_else(|| super::nodes::random::hash_bytes(self.id.as_bytes()), |seed| super::nodes::random::mix(seed.to_bits()))
    }
}

/// A pattern armed for live use.  It lies on no timeline: [`super::Live`] says which cues run, and since which bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cue {
    pub id: Uuid,
    pub name: String,
    pub pattern: Uuid,
    /// Higher lies above lower; all cues lie above the score.
    pub z: i32,
    pub blend: BlendMode,
    pub mode: CueMode,
    /// As an annotation's, the selection among them.
    pub args: Map<String, Value>,
}

/// How a cue's time runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CueMode {
    /// Round and round in so many bars, the first of which lies on the bar in which the cue was fired.  What the graph
    /// hears of the track it hears at the track's first bars.
    Loop { bars: u32 },
    /// Along with the track, for graphs that listen to it: where the cue was fired means nothing.
    WithTrack,
}

impl Default for CueMode {
    fn default() -> Self {
        Self::Loop { bars: 4 }
    }
}

/// The rig-wide limit on flashes.  Strobe rates are capped; dimmers that flash faster flash less often.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StrobeGuard {
    /// Flashes a second that any head may make; `None` = the guard is off.
    pub cap_hz: Option<f32>,
}

/// A pattern as the engine needs it: its name for messages, and the graph this venue uses.
#[derive(Clone, Debug)]
pub struct PatternGraph {
    pub name: String,
    pub graph: Arc<Graph>,
}

#[derive(Clone, Debug, Default)]
pub struct Show {
    pub rig: Arc<Rig>,
    pub annotations: Arc<Vec<Annotation>>,
    pub patterns: Arc<BTreeMap<Uuid, PatternGraph>>,
    pub track: Arc<TrackAnalysis>,
    pub cues: Arc<Vec<Cue>>,
    pub guard: StrobeGuard,
}
