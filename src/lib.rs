//! Luma: sheet music for light.

pub mod engine;
pub mod files;
pub mod venue;
pub mod patterns;
pub mod tracks;
pub mod analysis;
pub mod score;
pub mod document;
pub mod demo;
pub mod playback;
pub mod output;
#[cfg(feature = "desktop")]
pub mod schedule;
#[cfg(feature = "desktop")]
pub mod show;
#[cfg(feature = "desktop")]
pub mod previz;
#[cfg(feature = "desktop")]
pub mod ui;
#[cfg(feature = "desktop")]
pub mod app;
pub mod cli;
