//! From head states to channels: [`patch`] compiles where every value goes, [`encode`] writes it, frame by frame.

pub mod color;
pub mod encode;
pub mod patch;
pub mod universe;
