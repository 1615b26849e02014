//! placeholder
pub mod encode;
pub mod patch;
pub mod universe;
