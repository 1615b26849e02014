//! Scores: patterns placed on a timeline.

pub mod model;
