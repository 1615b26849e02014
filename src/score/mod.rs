//! Scores: patterns placed on a timeline.

pub mod auto;
pub mod lower;
pub mod model;
#[cfg(feature = "desktop")]
pub mod plugin;
