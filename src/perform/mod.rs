//! Performing: cues on pads, and the masters over everything.

pub mod model;
#[cfg(feature = "desktop")]
pub mod panel;
#[cfg(feature = "desktop")]
pub mod plugin;
pub mod rows;
