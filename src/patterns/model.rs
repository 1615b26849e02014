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

/// The id of a pattern that ships with Luma, from its file's name in `assets/patterns/` without `.json`.  Scores hold
/// these ids: a file is never renamed.
pub fn builtin_id(slug: &str) -> Uuid {
    Uuid::new_v5(&Uuid::new_v5(&Uuid::NAMESPACE_URL, b"luma/patterns"), slug.as_bytes())
}

/// A pattern on its way from a list to a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraggedPattern(pub Uuid);
