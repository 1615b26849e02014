//! Patterns: what the light should do, as node graphs.

pub mod builtin;
pub mod edits;
pub mod model;
pub mod rows;
#[cfg(feature = "desktop")]
pub mod panel;
#[cfg(feature = "desktop")]
pub mod plugin;

pub use builtin::builtin;
