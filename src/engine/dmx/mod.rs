//! From head states to channels: [`patch`] compiles where every value goes, [`encode`] writes it, frame by frame,
//! [`held`] remembers what was set live, and [`decode`] reads what others write.

pub mod chroma;
pub mod color;
pub mod decode;
pub mod encode;
pub mod held;
pub mod mixer;
pub mod patch;
pub mod roles;
pub mod universe;
mod warmth;
