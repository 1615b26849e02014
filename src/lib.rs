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
