//! Luma: sheet music for light.

pub mod demo;
pub mod document;
pub mod engine;
pub mod output;
pub mod patterns;
pub mod playback;
pub mod score;
pub mod tracks;
pub mod venue;
