//! Patterns: what the light should do, as node graphs.

pub mod builtin;
pub mod model;

pub use builtin::builtin;
