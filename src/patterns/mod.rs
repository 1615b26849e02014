//! Patterns: what the light should do, as node graphs.

pub mod builtin;
pub mod edits;
pub mod implementations;
pub mod model;
pub mod rows;
pub mod previews;
pub mod trial;
#[cfg(feature = "desktop")]
pub mod panel;
#[cfg(feature = "desktop")]
pub mod plugin;

pub use builtin::builtin;
