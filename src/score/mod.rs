//! Scores: patterns placed on a timeline.

pub mod auto;
pub mod lower;
pub mod edits;
pub mod model;
pub mod rows;
pub mod scores;
#[cfg(feature = "desktop")]
pub mod panel;
#[cfg(feature = "desktop")]
pub mod plugin;
