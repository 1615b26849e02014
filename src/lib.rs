//! Luma: sheet music for light.

#[cfg(feature = "desktop")]
pub mod app;
pub mod document;
pub mod engine;
pub mod output;
pub mod patterns;
pub mod playback;
#[cfg(feature = "desktop")]
pub mod previz;
#[cfg(feature = "desktop")]
pub mod schedule;
pub mod score;
#[cfg(feature = "desktop")]
pub mod show;
pub mod tracks;
pub mod venue;
