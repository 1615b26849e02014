//! A score: patterns placed on a track's timeline.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::engine::composite::blend::BlendMode;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    pub id: Uuid,
    pub name: String,
    pub annotations: Vec<Annotation>,
}

/// A placement of a pattern.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Annotation {
    pub id: Uuid,
    pub pattern: Uuid,
    /// Seconds of the track; active while `start <= t < end`.
    pub start: f64,
    pub end: f64,
    /// Higher lies above lower.
    #[serde(default)]
    pub z_index: i32,
    #[serde(default)]
    pub blend_mode: BlendMode,
    /// Argument id to value, shaped like the pattern's defaults.
    #[serde(default)]
    pub args: Map<String, Value>,
}
