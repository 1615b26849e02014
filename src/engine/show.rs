//! A show as the engine takes it: rig, score, graphs and analysis.  Immutable and shared by part, so that changing one
//! annotation copies nothing else.

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
}
