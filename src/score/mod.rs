//! Scores: patterns placed on a timeline.

pub mod auto;
pub mod lower;
pub mod model;
pub mod rows;
#[cfg(feature = "desktop")]
pub mod plugin;
