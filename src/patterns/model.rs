//! A pattern: a named idea of light, as one node graph.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::graph::model::Graph;

/// The JSON form is what stands in `assets/patterns/`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pattern {
    pub id: Uuid,
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub category: String,
    pub graph: Graph,
}
