//! Patterns: what the light should do, as node graphs.

pub mod model;
