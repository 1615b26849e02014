//! Luma: sheet music for light.

pub mod analysis;
pub mod demo;
pub mod document;
pub mod engine;
pub mod patterns;
pub mod score;
pub mod tracks;
pub mod venue;
