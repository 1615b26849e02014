//! What leaves memory: portable files and the predecessor's files.

pub mod legacy;
pub mod portable;
